"""The classic API's JSON of a study that never was, and its answers that are no single record."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from armlet.errors import InputError
from armlet.issues import Issue
from armlet.registry.accounting import Reading
from armlet.registry.read import read_record
from armlet.registry.record import (
    AgencyClass,
    ArmGroupType,
    BrowseLeafRelevance,
    DateType,
    DesignMasking,
    ObservationalModel,
    Phase,
    ReferenceType,
    SecondaryIdType,
    StandardAge,
    Status,
    WhoMasked,
)

PROTOCOL: dict[str, JsonValue] = {
    "IdentificationModule": {
        "NCTId": "NCT09999971",
        "OrgStudyIdInfo": {"OrgStudyId": "SNOW-1"},
        "SecondaryIdInfoList": {
            "SecondaryIdInfo": [
                {"SecondaryId": "S-2", "SecondaryIdType": "Registry Identifier", "SecondaryIdDomain": "Ice"}
            ]
        },
        "Organization": {"OrgFullName": "Snow Office", "OrgClass": "OTHER_GOV"},
        "BriefTitle": "Snow for Hot Heads",
    },
    "StatusModule": {
        "StatusVerifiedDate": "February 2021",
        "OverallStatus": "Active, not recruiting",
        "ExpandedAccessInfo": {"HasExpandedAccess": "No"},
        "StartDateStruct": {"StartDate": "June 1, 2020", "StartDateType": "Actual"},
        "CompletionDateStruct": {"CompletionDate": "April 2021", "CompletionDateType": "Anticipated"},
        "StudyFirstSubmitDate": "February 27, 2021",
        "StudyFirstPostDateStruct": {"StudyFirstPostDate": "March 3, 2021", "StudyFirstPostDateType": "Estimate"},
    },
    "SponsorCollaboratorsModule": {
        "LeadSponsor": {"LeadSponsorName": "Snow Office", "LeadSponsorClass": "OTHER_GOV"},
        "CollaboratorList": {"Collaborator": [{"CollaboratorName": "Ice Ltd", "CollaboratorClass": "INDUSTRY"}]},
    },
    "OversightModule": {"OversightHasDMC": "Yes", "IsFDARegulatedDrug": "No"},
    "ConditionsModule": {"ConditionList": {"Condition": ["Hot head", "Red ears"]}},
    "DesignModule": {
        "StudyType": "Interventional",
        "PhaseList": {"Phase": ["Phase 2", "Phase 3"]},
        "DesignInfo": {
            "DesignAllocation": "Randomized",
            "DesignInterventionModel": "Crossover Assignment",
            "DesignMaskingInfo": {
                "DesignMasking": "Double",
                "DesignWhoMaskedList": {"DesignWhoMasked": ["Participant", "Outcomes Assessor"]},
            },
        },
        "EnrollmentInfo": {"EnrollmentCount": "40", "EnrollmentType": "Actual"},
    },
    "ArmsInterventionsModule": {
        "ArmGroupList": {
            "ArmGroup": [
                {
                    "ArmGroupLabel": "Snow",
                    "ArmGroupType": "Experimental",
                    "ArmGroupInterventionList": {"ArmGroupInterventionName": ["Other: snow"]},
                }
            ]
        },
        "InterventionList": {
            "Intervention": [
                {
                    "InterventionType": "Other",
                    "InterventionName": "snow",
                    "InterventionOtherNameList": {"InterventionOtherName": ["neige", "snö"]},
                }
            ]
        },
    },
    "OutcomesModule": {
        "PrimaryOutcomeList": {
            "PrimaryOutcome": [{"PrimaryOutcomeMeasure": "Coolness", "PrimaryOutcomeTimeFrame": "1 hour"}]
        }
    },
    "EligibilityModule": {
        "EligibilityCriteria": "Inclusion Criteria:\n\nhot head\n\nExclusion Criteria:\n\nno head",
        "HealthyVolunteers": "Accepts Healthy Volunteers",
        "Gender": "All",
        "MinimumAge": "3 Months",
        "StdAgeList": {"StdAge": ["Child", "Adult", "Older Adult"]},
    },
    "ContactsLocationsModule": {
        "CentralContactList": {
            "CentralContact": [{"CentralContactName": "Secret Person", "CentralContactEMail": "secret@example.org"}]
        },
        "OverallOfficialList": {
            "OverallOfficial": [{"OverallOfficialName": "Ann Frost", "OverallOfficialRole": "Study Chair"}]
        },
        "LocationList": {
            "Location": [
                {
                    "LocationFacility": "Snow Clinic",
                    "LocationCity": "Frostville",
                    "LocationContactList": {"LocationContact": [{"LocationContactName": "Hidden Person"}]},
                }
            ]
        },
    },
    "ReferencesModule": {
        "ReferenceList": {"Reference": [{"ReferencePMID": "7", "ReferenceType": "derived", "ReferenceCitation": "F."}]},
        "SeeAlsoLinkList": {"SeeAlsoLink": [{"SeeAlsoLinkLabel": "Snow", "SeeAlsoLinkURL": "https://example.org"}]},
    },
    "IPDSharingStatementModule": {
        "IPDSharing": "Undecided",
        "IPDSharingInfoTypeList": {"IPDSharingInfoType": ["Study Protocol", "Informed Consent Form (ICF)"]},
    },
}
DERIVED: dict[str, JsonValue] = {
    "MiscInfoModule": {"VersionHolder": "March 03, 2021"},
    "ConditionBrowseModule": {
        "ConditionMeshList": {"ConditionMesh": [{"ConditionMeshId": "D000001", "ConditionMeshTerm": "Heads"}]},
        "ConditionBrowseLeafList": {
            "ConditionBrowseLeaf": [{"ConditionBrowseLeafId": "M1", "ConditionBrowseLeafRelevance": "high"}]
        },
    },
}
STUDY: dict[str, JsonValue] = {"ProtocolSection": PROTOCOL, "DerivedSection": DERIVED}


def changed(**modules: JsonValue) -> bytes:
    return json.dumps({"Study": {"ProtocolSection": {**PROTOCOL, **modules}}}, indent=1).encode()


def refused(document: JsonValue) -> Issue:
    with pytest.raises(InputError) as caught:
        read_record(json.dumps(document).encode(), "file.json")
    (issue,) = caught.value.issues
    assert issue.fix
    return issue


@pytest.fixture(scope="module")
def snow() -> Reading:
    return read_record(json.dumps({"Rank": 1, "Study": STUDY}, indent=1).encode(), "snow.json")


def test_identity_status_and_sponsors_are_those_of_the_record(snow: Reading) -> None:
    section = snow.record.protocol_section
    identity, status = section.identification_module, section.status_module
    assert snow.format == "v1_json"
    assert (identity.nct_id, identity.brief_title) == ("NCT09999971", "Snow for Hot Heads")
    assert identity.organization.agency_class is AgencyClass.OTHER_GOV
    (other,) = identity.secondary_id_infos
    assert (other.id, other.type, other.domain) == ("S-2", SecondaryIdType.REGISTRY, "Ice")
    assert status.overall_status is Status.ACTIVE_NOT_RECRUITING
    assert str(status.status_verified_date) == "2021-02"
    assert (str(status.start_date_struct.date), status.start_date_struct.type) == ("2020-06-01", DateType.ACTUAL)
    assert status.completion_date_struct.type is DateType.ESTIMATED
    assert str(status.study_first_post_date_struct.date) == "2021-03-03"
    assert status.expanded_access_info.has_expanded_access is False
    assert section.sponsor_collaborators_module.collaborators[0].name == "Ice Ltd"


def test_lists_wrapped_in_objects_become_lists(snow: Reading) -> None:
    section = snow.record.protocol_section
    design = section.design_module
    assert section.conditions_module.conditions == ("Hot head", "Red ears")
    assert design.phases == (Phase.PHASE2, Phase.PHASE3)
    assert design.enrollment_info.count == 40
    assert design.design_info.masking_info.masking is DesignMasking.DOUBLE
    assert design.design_info.masking_info.who_masked == (WhoMasked.PARTICIPANT, WhoMasked.OUTCOMES_ASSESSOR)
    (arm,) = section.arms_interventions_module.arm_groups
    assert (arm.label, arm.type, arm.intervention_names) == ("Snow", ArmGroupType.EXPERIMENTAL, ("Other: snow",))
    assert section.arms_interventions_module.interventions[0].other_names == ("neige", "snö")
    assert section.outcomes_module.primary_outcomes[0].time_frame == "1 hour"
    assert section.eligibility_module.std_ages == (StandardAge.CHILD, StandardAge.ADULT, StandardAge.OLDER_ADULT)
    assert section.eligibility_module.healthy_volunteers is True
    assert section.references_module.references[0].type is ReferenceType.DERIVED


def test_criteria_keep_their_own_lines(snow: Reading) -> None:
    text = snow.record.protocol_section.eligibility_module.eligibility_criteria
    assert text == "Inclusion Criteria:\n\nhot head\n\nExclusion Criteria:\n\nno head"


def test_what_the_registry_worked_out_is_read_too(snow: Reading) -> None:
    derived = snow.record.derived_section
    assert str(derived.misc_info_module.version_holder) == "2021-03-03"
    assert derived.condition_browse_module.meshes[0].term == "Heads"
    assert derived.condition_browse_module.browse_leaves[0].relevance is BrowseLeafRelevance.HIGH


def test_every_line_is_accounted_for_and_every_quote_stands_in_its_line(snow: Reading) -> None:
    lines = json.dumps({"Rank": 1, "Study": STUDY}, indent=1).split("\n")
    assert snow.unrecognised == ()
    assert snow.total == snow.accounted == len(lines)
    for fact in snow.facts:
        assert fact.quote in lines[fact.line - 1]


def test_officials_are_kept_and_contacts_are_not(snow: Reading) -> None:
    module = snow.record.protocol_section.contacts_locations_module
    assert module.overall_officials[0].name == "Ann Frost"
    assert module.locations[0].city == "Frostville"
    printed = str(snow.as_json())
    assert "Secret" not in printed
    assert "secret@" not in printed
    assert "Hidden" not in printed


@pytest.mark.parametrize(
    "document",
    [
        STUDY,
        {"Study": STUDY},
        [{"Rank": 1, "Study": STUDY}],
        {"FullStudies": [{"Study": STUDY}]},
        {"FullStudiesResponse": {"NStudiesReturned": 1, "FullStudies": [{"Rank": 1, "Study": STUDY}]}},
    ],
)
def test_one_study_is_read_whatever_stands_around_it(document: JsonValue, snow: Reading) -> None:
    assert read_record(json.dumps(document).encode(), "x").record == snow.record


def test_an_answer_with_several_studies_is_refused_with_the_count_and_what_to_do() -> None:
    issue = refused({"FullStudiesResponse": {"FullStudies": [{"Study": STUDY}, {"Study": STUDY}]}})
    assert issue.rule == "read/several-records"
    assert "2 records" in issue.message
    assert "--record" in issue.fix


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"FullStudiesResponse": {"FullStudies": []}}, "0 studies"),
        ([STUDY, STUDY, STUDY], "3 records"),
        ({"StudyFieldsResponse": {"StudyFields": [{"NCTId": ["NCT09999971"]}]}}, "chosen fields"),
        ({"FullStudiesResponse": 7}, "ProtocolSection"),
        ({"FullStudiesResponse": {"FullStudies": ["x"]}}, "ProtocolSection"),
        ({"ProtocolSection": []}, "ProtocolSection"),
    ],
)
def test_other_answers_are_refused_with_the_reason(document: JsonValue, says: str) -> None:
    assert says in refused(document).message


def test_results_are_carried_with_their_paths_and_counted_without_the_contact() -> None:
    study: JsonValue = {
        **STUDY,
        "ResultsSection": {
            "MoreInfoModule": {
                "PointOfContact": {
                    "PointOfContactTitle": "Secret Person",
                    "PointOfContactEMail": "secret@example.org",
                    "PointOfContactOrganization": "Snow Office",
                }
            },
            "OutcomeMeasuresModule": {"OutcomeMeasureList": {"OutcomeMeasure": [{"OutcomeMeasureTitle": "Coolness"}]}},
        },
    }
    reading = read_record(json.dumps(study, indent=1).encode(), "x")
    assert reading.record.has_results is True
    path = "ResultsSection.OutcomeMeasuresModule.OutcomeMeasureList.OutcomeMeasure[0].OutcomeMeasureTitle"
    assert (path, "Coolness") in {(fact.path, fact.value) for fact in reading.provenance}
    (issue,) = [issue for issue in reading.issues if issue.rule == "read/results-not-mapped"]
    assert "2 values" in issue.message
    assert "ecret" not in str(reading.as_json())


def test_an_unknown_member_is_listed_with_its_path() -> None:
    reading = read_record(changed(WeatherModule={"Wind": ["north"]}), "x")
    assert [line.text for line in reading.unrecognised] == ["ProtocolSection.WeatherModule.Wind[0] (north)"]
    assert reading.accounted == reading.total - 1


@pytest.mark.parametrize(
    "status",
    [
        {"OverallStatus": "Sleeping"},
        {"StudyFirstSubmitDate": "February 2021"},
        {"StartDateStruct": {"StartDate": "Smarch 2021"}},
        {"ExpandedAccessInfo": {"HasExpandedAccess": "Perhaps"}},
    ],
)
def test_a_value_that_is_not_understood_is_listed_and_left_out(status: JsonValue) -> None:
    reading = read_record(changed(StatusModule=status), "x")
    assert len(reading.unrecognised) == 1
    assert reading.record.protocol_section.status_module == type(reading.record.protocol_section.status_module)()


def test_an_item_that_is_not_understood_leaves_the_paths_of_the_others_those_of_the_record() -> None:
    sharing: JsonValue = {
        "IPDSharingInfoTypeList": {"IPDSharingInfoType": ["Study Protocol", "Palm leaf", "Analytic Code"]}
    }
    reading = read_record(changed(IPDSharingStatementModule=sharing), "x")
    found = {fact.path: fact.value for fact in reading.facts if "infoTypes" in fact.path}
    path = "protocolSection.ipdSharingStatementModule.infoTypes"
    assert found == {f"{path}[0]": "STUDY_PROTOCOL", f"{path}[1]": "ANALYTIC_CODE"}


def test_the_first_of_several_observational_models_is_kept_and_the_others_remembered() -> None:
    design: JsonValue = {
        "DesignInfo": {"DesignObservationalModelList": {"DesignObservationalModel": ["Cohort", "Family-Based"]}}
    }
    reading = read_record(changed(DesignModule=design), "x")
    model = reading.record.protocol_section.design_module.design_info.observational_model
    assert model is ObservationalModel.COHORT
    assert [(fact.path, fact.value) for fact in reading.provenance] == [("observationalModel", "Family-Based")]


WHOLE = json.dumps({"Rank": 1, "Study": STUDY}, indent=1).encode()


def read_or_refuse(data: bytes) -> None:
    try:
        reading = read_record(data, "x")
    except InputError:
        return
    assert 0 <= reading.accounted <= reading.total
    assert reading.record.canonical()


@given(st.integers(0, len(WHOLE)))
@settings(max_examples=50, deadline=None)
def test_a_study_cut_anywhere_is_refused_or_read(cut: int) -> None:
    read_or_refuse(WHOLE[:cut])


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_a_study_with_one_byte_changed_is_refused_or_read(where: int, byte: int) -> None:
    data = bytearray(WHOLE)
    data[where] = byte
    read_or_refuse(bytes(data))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 99) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(PROTOCOL)), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(PROTOCOL)), VALUES)
@settings(max_examples=100, deadline=None)
def test_a_module_with_anything_in_it_is_refused_or_read(module: str, value: JsonValue) -> None:
    read_or_refuse(changed(**{module: value}))
