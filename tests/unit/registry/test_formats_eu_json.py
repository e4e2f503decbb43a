"""EudraCT, CTIS and ISRCTN in JSON: trials that never were, in each shape, with translations and people to ask."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypeAlias

import pytest

from armlet.errors import InputError
from armlet.registry.accounting import Reading
from armlet.registry.criteria_text import CriterionKind, split_criteria
from armlet.registry.read import read_record
from armlet.registry.record import (
    ArmGroupType,
    DateType,
    DesignAllocation,
    InterventionType,
    IpdSharing,
    Phase,
    PrimaryPurpose,
    SecondaryIdType,
    Sex,
    StandardAge,
    Status,
    StudyType,
)

Tree: TypeAlias = dict[str, object]

EUDRACT: Tree = {
    "x4_clinical_trial_type": "EEA CTA",
    "x5_trial_status": "Completed",
    "record_last_import": "2024-05-06 07:08:09",
    "ctrname": "EUCTR",
    "a1_member_state_concerned": "Spain - AEMPS",
    "a2_eudract_number": "2010-000001-11",
    "a3_full_title_of_the_trial": "A trial of seed",
    "a3_full_title_of_the_trial_es": "Un ensayo de semillas",
    "a41_sponsors_protocol_code_number": "LARK-1",
    "b1_sponsor": [
        {
            "_b1_sponsor": "1",
            "b11_name_of_sponsor": "Lark Ltd",
            "b31_and_b32_status_of_the_sponsor": "Commercial",
            "b52_functional_name_of_contact_point": "Ann Fieldfare",
            "b54_telephone_number": "3412345678",
            "b56_email": "ann@example.org",
        }
    ],
    "dimp": [{"_dimp": "1", "d31_product_name": "Seed", "d3111_active_substance_of_chemical_origin": "Yes"}],
    "e11_medical_conditions_being_investigated": "Silence",
    "e3_principal_inclusion_criteria": "larks  18 years",
    "e4_principal_exclusion_criteria": "owls",
    "e51_primary_end_points": "songs",
    "e74_therapeutic_use_phase_iv": "Yes",
    "e81_controlled": "Yes",
    "e811_randomised": "No",
    "e863_trial_sites_planned_in": "Spain Norway",
    "f422_in_the_whole_clinical_trial": "40",
    "trialInformation": {
        "usctnIdentifier": "NCT09999991",
        "isGlobalEndOfTrialReached": "true",
        "globalEndOfTrialPremature": "true",
        "globalEndOfTrialDate": "2012-05-06T00:00:00+02:00",
        "sponsors": {"sponsor": {"publicContact": {"emailAddress": "bob@example.org"}}},
    },
    "subjectDisposition": {
        "postAssignmentPeriods": {
            "postAssignmentPeriod": {
                "arms": {"arm": [{"title": "Seed", "type": {"value": "ARM_TYPE.experimental"}}, {"title": "None"}]}
            }
        }
    },
    "endPoints": {"endPoint": {"title": "songs"}},
    "q9_colour": "brown",
}


def part_one() -> Tree:
    def translated(name: str, text: str, other: str) -> Tree:
        return {name: text, f"{name}Translations": [{"languageDescription": "Spanish", "attributeTranslation": other}]}

    numbers = {"1": "first", "10": "tenth", "2": "second"}
    return {
        "rowSubjectCount": 0,
        "products": [
            {
                "productName": "Seed 5 mg",
                "mpRoleInTrial": "1",
                "allSubstancesChemicals": True,
                "pharmaceuticalFormDisplay": "TABLET",
                "routes": ["ORAL USE"],
                "jsonActiveSubstanceNames": "semen",
            },
            {"productName": "Seed 5 mg", "mpRoleInTrial": "1"},
            {"productName": "Seed placebo", "mpRoleInTrial": "3", "jsonActiveSubstanceNames": "N/A"},
        ],
        "sponsors": [
            {
                "primary": True,
                "organisation": {"name": "Lark Ltd", "type": "Pharmaceutical company"},
                "publicContacts": [{"functionalName": "Ann Fieldfare", "telephone": "+3412345678"}],
            }
        ],
        "trialDetails": {
            "clinicalTrialIdentifiers": {
                **translated("fullTitle", "A trial of seed", "Un ensayo de semillas"),
                "publicTitle": "Do larks sing?",
                "shortTitle": "LARK-1",
                "secondaryIdentifyingNumbers": {
                    "nctNumber": {"id": 7, "number": "NCT09999991"},
                    "additionalRegistries": [{"number": "JPRN-1", "otherRegistryName": "jRCT"}],
                },
            },
            "trialInformation": {
                "medicalCondition": {"partIMedicalConditions": [{"medicalCondition": "Silence"}]},
                "eligibilityCriteria": {
                    "principalInclusionCriteria": [
                        {"number": number, "principalInclusionCriteria": text} for number, text in numbers.items()
                    ],
                    "principalExclusionCriteria": [{"number": "1", "principalExclusionCriteria": "owls\n• snowy"}],
                },
                "endPoint": {
                    "primaryEndPoints": [{"number": "1", "endPoint": "songs a day"}],
                    "secondaryEndPoints": [{"number": "1", "endPoint": "weight"}, {"number": "2", "endPoint": "age"}],
                },
                "trialDuration": {"estimatedRecruitmentStartDate": "2024-06-01", "estimatedEndDate": "2030-01-31"},
                "populationOfTrialSubjects": {"isFemaleSubjects": True, "isMaleSubjects": False},
            },
        },
    }


SITES: list[Tree] = [
    {
        "trialSites": [
            {
                "organisationAddressInfo": {
                    "organisation": {"name": "Nest Hospital"},
                    "address": {"city": "Toledo", "postcode": "45001", "countryName": "Spain"},
                    "email": "nest@example.org",
                },
                "personInfo": {"firstName": "Ann", "lastName": "Fieldfare"},
            }
        ]
    }
]
NEW_CTIS: Tree = {
    "ctNumber": "2023-500001-11-00",
    "ctStatus": 5,
    "ctPublicStatusCode": 5,
    "startDateEU": "03/04/2024",
    "lastUpdated": "15/09/2025",
    "trialPhase": "Therapeutic exploratory (Phase II)",
    "ageGroup": "65+ years, 18-64 years",
    "totalNumberEnrolled": "60",
    "authorizedApplication": {
        "authorizedPartI": part_one(),
        "authorizedPartsII": SITES,
        "eudraCt": {"isTransitioned": True, "eudraCtCode": "2010-000001-11"},
    },
    "newThing": {"colour": "brown"},
}
OLD_CTIS: Tree = {
    "ctNumber": "2022-500001-11-00",
    "ctStatus": "Authorised, not started",
    "lastUpdated": "2022-08-03",
    "trialPhase": "Therapeutic exploratory (Phase II)",
    "ageGroup": "0-17 years",
    "totalNumberEnrolled": "60",
    "authorizedPartI": {**part_one(), "rowSubjectCount": 25},
    "authorizedPartsII": SITES,
}
ISRCTN: Tree = {
    "isrctn": "00000001",
    "trialDescription": {
        "title": "Do larks sing?",
        "scientificTitle": "A trial of seed",
        "acronym": "LARK",
        "plainEnglishSummary": "Background\nLarks sing.\nWho is the main contact? \nDr Ann Fieldfare\nann@example.org",
        "primaryOutcome": "Songs a day at week 4",
        "secondaryOutcome": "1. weight\n2. age",
    },
    "externalRefs": {
        "doi": "10.1186/ISRCTN00000001",
        "eudraCTNumber": "2010-000001-11",
        "clinicalTrialsGovNumber": "NCT09999991",
        "protocolSerialNumber": "LARK-1",
        "secondaryNumbers": {"secondaryNumber": ["2010-000001-11", "LARK-1", "GRANT-7"]},
    },
    "trialDesign": {
        "studyDesign": "Double-blind trial",
        "primaryStudyDesign": "Interventional",
        "secondaryStudyDesign": "Non randomised study",
        "trialTypes": {"trialType": "Prevention"},
        "overallEndDate": "2012-05-06T00:00:00.000Z",
        "overallStatusOverride": "Stopped",
        "reasonAbandoned": "No larks",
    },
    "participants": {
        "recruitmentCountries": {"country": ["Spain", "Norway"]},
        "trialCentres": {"trialCentre": {"name": "Nest Hospital", "city": "Toledo", "country": "Spain", "zip": "-"}},
        "participantTypes": {"participantType": ["Patient", "Healthy volunteer"]},
        "inclusion": "1. larks\n2. that sing",
        "exclusion": "owls",
        "ageRange": "Child",
        "lowerAgeLimit": "6 Months",
        "gender": "Both",
        "targetEnrolment": "20",
        "totalFinalEnrolment": "9",
        "recruitmentStart": "2011-02-03T00:00:00.000Z",
    },
    "conditions": {"condition": {"description": "Silence"}},
    "interventions": {
        "intervention": {"description": "Seed.", "interventionType": "Behavioural", "phase": "Phase II/III"}
    },
    "parties": {"contactId": "an-id-of-a-person", "sponsorId": "an-id"},
    "miscellaneous": {"ipdSharingPlan": "No"},
    "record_last_import": "2024-05-06 07:08:09",
    "outputs": "\n   ",
    "colour": "brown",
}


def read(tree: Tree) -> Reading:
    return read_record(json.dumps(tree, indent=1, ensure_ascii=False).encode(), "trial.json")


def proposed(reading: Reading) -> dict[str, object]:
    return {item.path.removeprefix("protocolSection."): item.value for item in reading.confirm if not item.stored}


def changed(tree: Tree, change: Callable[[dict[str, dict[str, object]]], None]) -> Tree:
    copy: dict[str, dict[str, object]] = json.loads(json.dumps(tree))
    change(copy)
    return dict(copy)


ALL = {"eudract": EUDRACT, "ctis, later": NEW_CTIS, "ctis, earlier": OLD_CTIS, "isrctn": ISRCTN}


@pytest.mark.parametrize("tree", ALL.values(), ids=ALL)
def test_no_name_number_or_address_of_a_person_is_kept(tree: Tree) -> None:
    shown = str(read(tree).as_json())
    for word in ("Fieldfare", "12345678", "@example.org", "an-id-of-a-person"):
        assert word not in shown


@pytest.mark.parametrize("tree", ALL.values(), ids=ALL)
def test_every_value_is_a_fact_provenance_hidden_or_unrecognised(tree: Tree) -> None:
    reading = read(tree)
    used = {fact.line for fact in (*reading.facts, *reading.provenance)}
    settled = used | {line.line for line in (*reading.boilerplate, *reading.unrecognised)}
    lines = json.dumps(tree, indent=1, ensure_ascii=False).split("\n")
    assert settled == set(range(1, len(lines) + 1))
    for fact in reading.facts:
        assert fact.quote in lines[fact.line - 1]


@pytest.mark.parametrize(
    ("tree", "shown"),
    [
        (EUDRACT, "q9_colour (brown)"),
        (NEW_CTIS, "newThing.colour (brown)"),
        (ISRCTN, "colour (brown)"),
    ],
)
def test_a_key_that_nobody_knows_is_listed_with_its_path(tree: Tree, shown: str) -> None:
    assert [line.text for line in read(tree).unrecognised] == [shown]


def test_a_eudract_record_gives_its_numbers_title_and_country() -> None:
    reading = read(EUDRACT)
    section = reading.record.protocol_section
    identity = section.identification_module
    assert reading.format == "euctr_json"
    assert reading.as_of == "2024-05-06"
    assert (identity.nct_id, identity.org_study_id_info.id) == ("NCT09999991", "LARK-1")
    assert identity.secondary_id_infos[0].type is SecondaryIdType.EUDRACT_NUMBER
    assert identity.official_title == "A trial of seed"
    assert "Un ensayo de semillas" in {fact.value for fact in reading.provenance}
    assert [place.country for place in section.contacts_locations_module.locations] == ["Spain"]
    assert section.design_module.phases == (Phase.PHASE4,)
    assert section.design_module.design_info.allocation is DesignAllocation.NON_RANDOMIZED
    assert section.design_module.enrollment_info.count == 40


def test_the_end_of_a_word_is_not_taken_for_a_language() -> None:
    kept = {fact.path: fact.value for fact in read(EUDRACT).provenance}
    assert kept["e863_trial_sites_planned_in"] == "Spain Norway"


def test_results_say_more_of_the_end_than_the_form_of_one_member_state() -> None:
    reading = read(EUDRACT)
    status = reading.record.protocol_section.status_module
    assert status.overall_status is Status.TERMINATED
    assert str(status.completion_date_struct.date) == "2012-05-06"
    assert proposed(reading)["statusModule.completionDateStruct.type"] == "ACTUAL"
    assert reading.record.has_results is True


def test_arms_are_read_from_the_results() -> None:
    seed, nothing = read(EUDRACT).record.protocol_section.arms_interventions_module.arm_groups
    assert (seed.label, seed.type) == ("Seed", ArmGroupType.EXPERIMENTAL)
    assert (nothing.label, nothing.type) == ("None", None)


def test_criteria_of_an_export_that_drops_signs_are_warned_of() -> None:
    (issue,) = [issue for issue in read(EUDRACT).issues if issue.rule == "read/lost-characters"]
    assert issue.where == "trial.json:29"
    kept = {**EUDRACT, "e3_principal_inclusion_criteria": "larks ≥ 18 years"}
    assert "read/lost-characters" not in {issue.rule for issue in read(kept).issues}


@pytest.mark.parametrize(("tree", "number"), [(NEW_CTIS, "2023-500001-11-00"), (OLD_CTIS, "2022-500001-11-00")])
def test_both_shapes_of_ctis_give_the_same_trial(tree: Tree, number: str) -> None:
    reading = read(tree)
    section = reading.record.protocol_section
    identity = section.identification_module
    assert reading.format == "ctis_json"
    assert (identity.nct_id, identity.brief_title) == ("NCT09999991", "Do larks sing?")
    assert (identity.secondary_id_infos[0].id, identity.secondary_id_infos[0].type) == (number, SecondaryIdType.CTIS)
    assert identity.secondary_id_infos[-1].id == "JPRN-1"
    assert section.sponsor_collaborators_module.lead_sponsor.name == "Lark Ltd"
    assert section.conditions_module.conditions == ("Silence",)
    assert section.design_module.phases == (Phase.PHASE2,)
    assert section.eligibility_module.sex is Sex.FEMALE
    (place,) = section.contacts_locations_module.locations
    assert (place.facility, place.city, place.zip, place.country) == ("Nest Hospital", "Toledo", "45001", "Spain")
    assert "Un ensayo de semillas" in {fact.value for fact in reading.provenance}


def test_criteria_of_ctis_stand_in_the_order_of_their_numbers() -> None:
    text = read(NEW_CTIS).record.protocol_section.eligibility_module.eligibility_criteria
    assert text is not None
    assert [(criterion.kind, criterion.text) for criterion in split_criteria(text)] == [
        (CriterionKind.INCLUSION, "first"),
        (CriterionKind.INCLUSION, "second"),
        (CriterionKind.INCLUSION, "tenth"),
        (CriterionKind.EXCLUSION, "owls\n- snowy"),
    ]


def test_products_and_end_points_of_ctis() -> None:
    section = read(NEW_CTIS).record.protocol_section
    seed, placebo = section.arms_interventions_module.interventions
    assert (seed.name, seed.type, seed.description) == ("Seed 5 mg", InterventionType.DRUG, "TABLET\nORAL USE")
    assert seed.other_names == ("semen",)
    assert (placebo.name, placebo.type, placebo.other_names) == ("Seed placebo", None, ())
    assert [item.measure for item in section.outcomes_module.secondary_outcomes] == ["weight", "age"]


def test_dates_of_ctis_put_the_day_first_and_say_whether_they_are_planned() -> None:
    status = read(NEW_CTIS).record.protocol_section.status_module
    assert (str(status.start_date_struct.date), status.start_date_struct.type) == ("2024-04-03", DateType.ACTUAL)
    assert (str(status.completion_date_struct.date), status.completion_date_struct.type) == (
        "2030-01-31",
        DateType.ESTIMATED,
    )
    assert read({**NEW_CTIS, "lastUpdated": "05/09/2025"}).as_of == "2025-09-05"
    earlier = read(OLD_CTIS).record.protocol_section.status_module
    assert (str(earlier.start_date_struct.date), earlier.start_date_struct.type) == ("2024-06-01", DateType.ESTIMATED)


@pytest.mark.parametrize(
    ("code", "status", "suggested"),
    [
        (2, Status.NOT_YET_RECRUITING, None),
        (4, Status.RECRUITING, None),
        (5, Status.ACTIVE_NOT_RECRUITING, None),
        (6, Status.SUSPENDED, None),
        (8, None, "COMPLETED"),
        (10, None, "TERMINATED"),
        (99, None, None),
    ],
)
def test_a_status_of_ctis_is_stored_only_where_it_is_certain(
    code: int, status: Status | None, suggested: str | None
) -> None:
    reading = read({**NEW_CTIS, "ctPublicStatusCode": code})
    assert reading.record.protocol_section.status_module.overall_status is status
    assert proposed(reading).get("statusModule.overallStatus") == suggested


def test_a_size_that_may_lack_the_sites_elsewhere_is_only_proposed() -> None:
    assert read(NEW_CTIS).record.protocol_section.design_module.enrollment_info.count == 60
    reading = read(OLD_CTIS)
    assert reading.record.protocol_section.design_module.enrollment_info.count is None
    assert proposed(reading)["designModule.enrollmentInfo.count"] == 60


def test_an_isrctn_record_in_the_shape_of_the_api() -> None:
    reading = read(ISRCTN)
    section = reading.record.protocol_section
    identity = section.identification_module
    assert reading.format == "isrctn_json"
    assert (identity.nct_id, identity.org_study_id_info.id, identity.acronym) == ("NCT09999991", "LARK-1", "LARK")
    assert [(number.id, number.type) for number in identity.secondary_id_infos] == [
        ("ISRCTN00000001", SecondaryIdType.REGISTRY),
        ("2010-000001-11", SecondaryIdType.EUDRACT_NUMBER),
        ("GRANT-7", None),
    ]
    design = section.design_module
    assert design.study_type is StudyType.INTERVENTIONAL
    assert design.phases == (Phase.PHASE2, Phase.PHASE3)
    assert design.design_info.allocation is DesignAllocation.NON_RANDOMIZED
    assert design.design_info.primary_purpose is PrimaryPurpose.PREVENTION
    assert design.design_info.masking_info.masking is None
    assert proposed(reading)["designModule.designInfo.maskingInfo.masking"] == "DOUBLE"
    assert (design.enrollment_info.count, design.enrollment_info.type) == (9, DateType.ACTUAL)
    assert section.ipd_sharing_statement_module.ipd_sharing is IpdSharing.NO


def test_who_may_take_part_in_an_isrctn_trial() -> None:
    section = read(ISRCTN).record.protocol_section
    eligibility = section.eligibility_module
    assert (eligibility.sex, eligibility.minimum_age, eligibility.std_ages) == (
        Sex.ALL,
        "6 Months",
        (StandardAge.CHILD,),
    )
    assert eligibility.healthy_volunteers is True
    assert [(place.facility, place.country, place.zip) for place in section.contacts_locations_module.locations] == [
        ("Nest Hospital", "Spain", None),
        (None, "Norway", None),
    ]
    assert section.arms_interventions_module.interventions[0].type is InterventionType.BEHAVIORAL


def test_the_lay_summary_ends_before_it_names_a_person() -> None:
    summary = read(ISRCTN).record.protocol_section.description_module.brief_summary
    assert summary == "Background\nLarks sing."


def test_a_mail_address_and_a_number_within_a_text_are_struck_out() -> None:
    def ask(tree: dict[str, dict[str, object]]) -> None:
        tree["participants"]["exclusion"] = "owls (ask bob@example.org, tel: 0123 456 789) or 2010-000001-11"

    text = read(changed(ISRCTN, ask)).record.protocol_section.eligibility_module.eligibility_criteria
    assert text is not None
    hidden = "(contact details, not kept)"
    assert text.endswith(f"Exclusion Criteria:\n\nowls (ask {hidden}, {hidden}) or 2010-000001-11")


def test_a_stopped_trial_is_terminated_only_if_somebody_was_enrolled() -> None:
    status = read(ISRCTN).record.protocol_section.status_module
    assert (status.overall_status, status.why_stopped) == (Status.TERMINATED, "No larks")

    def forget(tree: dict[str, dict[str, object]]) -> None:
        tree["participants"]["totalFinalEnrolment"] = ""

    reading = read(changed(ISRCTN, forget))
    assert reading.record.protocol_section.status_module.overall_status is None
    assert proposed(reading)["statusModule.overallStatus"] == "TERMINATED"


def test_an_isrctn_status_that_follows_from_the_dates_is_proposed() -> None:
    def forget(tree: dict[str, dict[str, object]]) -> None:
        del tree["trialDesign"]["overallStatusOverride"]

    reading = read(changed(ISRCTN, forget))
    assert reading.record.protocol_section.status_module.overall_status is None
    assert proposed(reading)["statusModule.overallStatus"] == "COMPLETED"


def test_an_observational_isrctn_study_is_read_and_warned_of() -> None:
    def observe(tree: dict[str, dict[str, object]]) -> None:
        tree["trialDesign"]["primaryStudyDesign"] = "Observational"

    reading = read(changed(ISRCTN, observe))
    assert reading.record.protocol_section.design_module.study_type is StudyType.OBSERVATIONAL
    assert "read/not-interventional" in {issue.rule for issue in reading.issues}


@pytest.mark.parametrize(
    "text",
    [
        '{"ctNumber": "2023-500001-11-00", "ctPublicStatusCode": 5}',
        '{"isrctn": "12", "trialDescription": {}}',
        '{"a2_eudract_number": null}',
        '{"a2_eudract_number": "2010-000001-11"',
    ],
)
def test_json_of_another_registry_without_its_trial_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        read_record(text.encode(), "trial.json")
    (issue,) = caught.value.issues
    assert issue.rule in {"read/not-a-record", "read/json"}
    assert issue.fix


def test_a_key_given_twice_keeps_the_first_and_is_told() -> None:
    text = json.dumps(EUDRACT, indent=1).replace('"ctrname": "EUCTR",', '"ctrname": "EUCTR",\n "ctrname": "OTHER",')
    reading = read_record(text.encode(), "trial.json")
    assert "read/duplicate-key" in {issue.rule for issue in reading.issues}
    assert "OTHER" not in {fact.value for fact in reading.provenance}
    assert reading.accounted < reading.total
