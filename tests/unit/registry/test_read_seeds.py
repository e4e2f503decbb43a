"""The two founding documents: every line accounted for, every field of the mapping tables as hand-written there."""

from __future__ import annotations

from pathlib import Path

import pytest

from armlet.registry.accounting import CRITERIA, Inferred, Reading
from armlet.registry.criteria_text import split_criteria
from armlet.registry.read import read_record
from armlet.registry.record import (
    AgencyClass,
    ArmGroupType,
    DateType,
    DesignAllocation,
    DesignMasking,
    InterventionalAssignment,
    InterventionType,
    OfficialRole,
    Phase,
    PrimaryPurpose,
    Sex,
    StandardAge,
    Status,
    StudyType,
    WhoMasked,
)

SEEDS = Path(__file__).parents[3] / ".." / "shared" / "records" / "seeds"
LISTING = SEEDS / "000_90e0e7b6a174f708.txt"
CLASSIC = SEEDS / "001_cb6ae5f777205bbc.txt"
needs_seeds = pytest.mark.skipif(not LISTING.exists(), reason="the founding records (../shared/records) are not here")
pytestmark = needs_seeds


@pytest.fixture(scope="module")
def listing() -> Reading:
    return read_record(LISTING.read_bytes(), "listing.txt")


@pytest.fixture(scope="module")
def classic() -> Reading:
    return read_record(CLASSIC.read_bytes(), "classic.txt")


def confirmed(reading: Reading) -> dict[str, Inferred]:
    return {item.path.removeprefix("protocolSection."): item for item in reading.confirm}


def _shortened(text: str) -> str:
    """The first two and the last two words of a text of more than five; no sentence of a record is copied here."""
    words = text.split()
    return text if len(words) <= 5 else " ".join((*words[:2], "...", *words[-2:]))


def facts_at(reading: Reading, line: int) -> set[tuple[str, object]]:
    return {(fact.path.removeprefix("protocolSection."), fact.value) for fact in reading.facts if fact.line == line}


@pytest.mark.parametrize(("path", "non_empty"), [(LISTING, 36), (CLASSIC, 69)])
def test_every_non_empty_line_is_accounted_for(path: Path, non_empty: int) -> None:
    reading = read_record(path.read_bytes(), path.name)
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert len(lines) == non_empty
    assert reading.unrecognised == ()
    assert (reading.total, reading.accounted) == (non_empty, non_empty)


@pytest.mark.parametrize("path", [LISTING, CLASSIC])
def test_every_quote_stands_in_its_line(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").split("\n")
    reading = read_record(path.read_bytes(), path.name)
    assert [fact for fact in (*reading.facts, *reading.provenance) if fact.quote not in lines[fact.line - 1]] == []


@pytest.mark.parametrize(("path", "format_name"), [(LISTING, "listing_page"), (CLASSIC, "classic_page")])
def test_the_format_is_recognised_whatever_the_file_is_called(path: Path, format_name: str) -> None:
    assert read_record(path.read_bytes(), "misleading.json").format == format_name


def test_the_listing_gives_identity_status_and_dates(listing: Reading) -> None:
    section = listing.record.protocol_section
    identity, status = section.identification_module, section.status_module
    assert identity.nct_id == "NCT02893306"
    assert identity.org_study_id_info.id == "DMT1-MSC"
    assert identity.brief_title is None
    assert identity.official_title is not None
    assert identity.official_title.startswith("Phase 2 Study of Intravenous Administration of Allogeneic")
    assert identity.organization.full_name == "Universidad del Desarrollo"
    assert status.overall_status is Status.ACTIVE_NOT_RECRUITING
    assert status.last_known_status is None
    assert str(status.start_date_struct.date) == "2012-03"
    assert status.start_date_struct.type is None
    assert str(status.completion_date_struct.date) == "2017-03"
    assert status.completion_date_struct.type is DateType.ESTIMATED
    assert status.primary_completion_date_struct.date is None
    assert status.last_update_submit_date is None
    assert listing.as_of == "2016-09"


def test_the_listing_gives_sponsor_design_and_size(listing: Reading) -> None:
    section = listing.record.protocol_section
    sponsors, design = section.sponsor_collaborators_module, section.design_module
    assert sponsors.lead_sponsor.name == "Universidad del Desarrollo"
    assert sponsors.lead_sponsor.agency_class is None
    assert [sponsor.name for sponsor in sponsors.collaborators] == ["Clinica Alemana de Santiago"]
    assert sponsors.responsible_party.type is None
    assert section.conditions_module.conditions == ("type 1 diabetes mellitus",)
    assert design.phases == (Phase.PHASE2,)
    assert design.study_type is StudyType.INTERVENTIONAL
    assert design.design_info.intervention_model is InterventionalAssignment.SINGLE_GROUP
    assert design.design_info.allocation is DesignAllocation.NA
    assert design.design_info.primary_purpose is PrimaryPurpose.TREATMENT
    assert design.design_info.masking_info.masking is DesignMasking.NONE
    assert design.design_info.masking_info.who_masked == ()
    assert (design.enrollment_info.count, design.enrollment_info.type) == (10, DateType.ESTIMATED)


def test_the_listing_gives_the_arm_the_product_and_the_outcomes(listing: Reading) -> None:
    section = listing.record.protocol_section
    (arm,) = section.arms_interventions_module.arm_groups
    (product,) = section.arms_interventions_module.interventions
    assert arm.type is ArmGroupType.EXPERIMENTAL
    assert arm.description is not None
    assert arm.description.startswith("type 1 diabetic patients receiving a single dose")
    assert arm.description.endswith("ex vivo expanded mesenchymal stem cells")
    assert len(arm.description.split()) == 16
    assert (product.name, product.other_names) == ("mscs", ("mesenchymal stem cells",))
    assert product.type is InterventionType.BIOLOGICAL
    assert product.description is not None
    assert product.description.startswith("origin: bone marrow of healthy donor; manipulation:")
    assert product.description.endswith("dose: 2-3 millions/Kg; dosage: single")
    (primary,) = section.outcomes_module.primary_outcomes
    (secondary,) = section.outcomes_module.secondary_outcomes
    assert (primary.measure, primary.time_frame) == (
        "Changes in insulin pancreatic reserve",
        "pre- and 1, 6, 24 months post-intervention",
    )
    assert (secondary.measure, secondary.time_frame) == (
        "Changes in insulin requirement",
        "pre- and up to 24 months post-intervention",
    )


def test_the_listing_gives_people_ages_and_descriptions(listing: Reading) -> None:
    section = listing.record.protocol_section
    eligibility = section.eligibility_module
    assert eligibility.sex is Sex.ALL
    assert (eligibility.minimum_age, eligibility.maximum_age) == ("18 Years", None)
    assert eligibility.std_ages == (StandardAge.ADULT, StandardAge.OLDER_ADULT)
    assert eligibility.healthy_volunteers is None
    (official,) = section.contacts_locations_module.overall_officials
    assert (official.name, official.affiliation, official.role) == (
        "Paulette Conget, PhD",
        None,
        OfficialRole.PRINCIPAL_INVESTIGATOR,
    )
    assert section.contacts_locations_module.locations == ()
    summary = section.description_module.brief_summary
    description = section.description_module.detailed_description
    assert summary is not None
    assert summary.startswith("The purpose of this study is to evaluate whether")
    assert description is not None
    assert "under exogenous insulin treatment" in description


def test_the_one_line_of_criteria_is_seven_in_and_three_out(listing: Reading) -> None:
    text = listing.record.protocol_section.eligibility_module.eligibility_criteria or ""
    assert [(criterion.kind.value, _shortened(criterion.text)) for criterion in split_criteria(text)] == [
        ("inclusion", "differential diagnosis ... 1 Diabetes"),
        ("inclusion", "diagnosed performed ... before enrollment"),
        ("inclusion", "pancreatic reserve ... 0.8 nmol/L/h"),
        ("inclusion", "good general health status"),
        ("inclusion", "informed consent of patient"),
        ("inclusion", "consent of treating physician"),
        ("inclusion", "proved psychiatric ... clinical study"),
        ("exclusion", "pregnancy"),
        ("exclusion", "significant comorbidities"),
        ("exclusion", "HIV, HBV, ... VDRL positive"),
    ]
    quoted = [fact.quote for fact in listing.facts if fact.path == CRITERIA]
    assert "pregnancy" in quoted
    assert len(quoted) == 12


def test_the_misspelt_virus_is_kept_as_written_and_offered_corrected(listing: Reading) -> None:
    (offer,) = listing.offers
    assert (offer.as_written, offer.offered, offer.line) == ("HLTV-2", "HTLV-2", 43)
    assert "HLTV-2" in (listing.record.protocol_section.eligibility_module.eligibility_criteria or "")
    assert "HTLV-2" not in (listing.record.protocol_section.eligibility_module.eligibility_criteria or "")


def test_everything_inferred_from_the_listing_is_to_be_confirmed(listing: Reading) -> None:
    found = {path: (item.value, item.stored) for path, item in confirmed(listing).items()}
    arms = "armsInterventionsModule.armGroups[0]"
    assert found["identificationModule.orgStudyIdInfo.id"] == ("DMT1-MSC", True)
    assert found["designModule.designInfo.allocation"] == ("NA", True)
    assert found["designModule.studyType"] == ("INTERVENTIONAL", True)
    assert found["designModule.enrollmentInfo.type"] == ("ESTIMATED", True)
    assert found["statusModule.completionDateStruct.type"] == ("ESTIMATED", True)
    assert found["statusModule.startDateStruct.type"] == ("ACTUAL", False)
    assert found["armsInterventionsModule.interventions[0].type"] == ("BIOLOGICAL", True)
    assert found[f"{arms}.type"] == ("EXPERIMENTAL", True)
    assert f"{arms}.label" in found
    assert found["sponsorCollaboratorsModule.leadSponsor.class"] == ("OTHER", False)
    assert found["sponsorCollaboratorsModule.responsibleParty.type"] == ("SPONSOR", False)
    affiliation = found["contactsLocationsModule.overallOfficials[0].affiliation"]
    assert affiliation == ("Universidad del Desarrollo", False)


def test_what_the_listing_says_without_a_field_in_the_api_is_kept_as_provenance(listing: Reading) -> None:
    assert {(fact.path, fact.value) for fact in listing.provenance} == {
        ("endpointClassification", "efficacy study"),
        ("lastUpdated", "2016-09"),
        ("noLocationsRecruiting", "United States"),
        ("noLocationsRecruiting", "Other Countries"),
    }
    assert [fact.line for fact in listing.provenance if fact.path == "noLocationsRecruiting"] == [16, 17]
    assert not {16, 17} & {line.line for line in listing.boilerplate}


def test_the_classic_page_gives_identity_status_and_dates(classic: Reading) -> None:
    section = classic.record.protocol_section
    identity, status = section.identification_module, section.status_module
    title = "Mesenchymal Stem Cells to Intervene in the Development of Type 1 Diabetes: a Blinded Randomized Study"
    assert (identity.brief_title, identity.official_title) == (title, title)
    assert (identity.nct_id, identity.org_study_id_info.id) == ("NCT02057211", "AS Dnr2013/195")
    assert status.overall_status is Status.TERMINATED
    assert status.why_stopped == "Changed regulations of culture procedure"
    for struct, date in (
        (status.start_date_struct, "2014-04"),
        (status.primary_completion_date_struct, "2017-11"),
        (status.completion_date_struct, "2017-11"),
    ):
        assert (str(struct.date), struct.type) == (date, DateType.ACTUAL)
    assert str(status.study_first_post_date_struct.date) == "2014-02-07"
    assert status.study_first_post_date_struct.type is DateType.ESTIMATED
    assert str(status.last_update_post_date_struct.date) == "2020-11-06"
    assert str(status.status_verified_date) == "2020-11"
    assert classic.record.has_results is False
    assert classic.as_of == "2020-11-06"


def test_the_classic_page_gives_the_design(classic: Reading) -> None:
    section = classic.record.protocol_section
    design = section.design_module
    assert section.conditions_module.conditions == ("Type 1 Diabetes Mellitus",)
    assert (design.study_type, design.phases) == (StudyType.INTERVENTIONAL, (Phase.PHASE2,))
    assert (design.enrollment_info.count, design.enrollment_info.type) == (10, DateType.ACTUAL)
    assert design.design_info.allocation is DesignAllocation.RANDOMIZED
    assert design.design_info.intervention_model is InterventionalAssignment.PARALLEL
    assert design.design_info.primary_purpose is PrimaryPurpose.PREVENTION
    assert design.design_info.masking_info.masking is DesignMasking.TRIPLE
    assert design.design_info.masking_info.who_masked == (
        WhoMasked.PARTICIPANT,
        WhoMasked.CARE_PROVIDER,
        WhoMasked.INVESTIGATOR,
    )


def test_the_classic_page_gives_both_arms_and_interventions(classic: Reading) -> None:
    module = classic.record.protocol_section.arms_interventions_module
    sham, active = "sham transplantation of mesenchymal stem cells", "autologous mesenchymal stem cell transplantation"
    assert [(arm.label, arm.type, arm.description, arm.intervention_names) for arm in module.arm_groups] == [
        (sham, ArmGroupType.PLACEBO_COMPARATOR, "control arm with sham transplantation", (f"Procedure: {sham}",)),
        (
            active,
            ArmGroupType.ACTIVE_COMPARATOR,
            "Active arm with transplantation of cells",
            (f"Biological: {active}",),
        ),
    ]
    assert [(item.type, item.name, item.description, item.arm_group_labels) for item in module.interventions] == [
        (InterventionType.BIOLOGICAL, active, None, (active,)),
        (InterventionType.PROCEDURE, sham, "Placebo control for transplantation of mesenchymal stem cells", (sham,)),
    ]


def test_the_classic_page_gives_the_outcome_whose_heading_was_lost(classic: Reading) -> None:
    outcomes = classic.record.protocol_section.outcomes_module
    (primary,) = outcomes.primary_outcomes
    assert outcomes.secondary_outcomes == ()
    assert primary.measure is not None
    assert primary.time_frame is not None
    assert len(primary.measure) == 166
    assert len(primary.time_frame) == 206
    assert primary.measure.startswith("∆-change of C-peptide Area Under the Curve (AUC)")
    assert "outcomesModule.primaryOutcomes[0].measure" in confirmed(classic)


def test_the_classic_page_gives_eligibility(classic: Reading) -> None:
    eligibility = classic.record.protocol_section.eligibility_module
    assert (eligibility.minimum_age, eligibility.maximum_age) == ("18 Years", "40 Years")
    assert eligibility.std_ages == (StandardAge.ADULT,)
    assert (eligibility.sex, eligibility.healthy_volunteers) == (Sex.ALL, False)
    criteria = split_criteria(eligibility.eligibility_criteria or "")
    assert [criterion.kind.value for criterion in criteria] == ["inclusion"] * 2 + ["exclusion"] * 6
    assert criteria[0].text == "fasting C-peptide >0.12 nmol/l"
    assert criteria[1].text == "within three weeks of diagnosis of type 1 diabetes"
    assert criteria[2].text == "body mass index (BMI) >30"
    assert "(patients with serology consistent with previous vaccination and" in criteria[5].text
    assert criteria[7].text.endswith("effective methods of contraception during study")


def test_the_classic_page_gives_the_site_and_the_people(classic: Reading) -> None:
    section = classic.record.protocol_section
    (site,) = section.contacts_locations_module.locations
    assert (site.facility, site.city, site.state, site.zip, site.country) == (
        "Uppsala University Hospital",
        "Uppsala",
        None,
        "SE-75185",
        "Sweden",
    )
    (official,) = section.contacts_locations_module.overall_officials
    assert (official.name, official.affiliation, official.role) == (
        "Per-Ola Carlsson, MD, PhD",
        "Uppsala University Hospital",
        OfficialRole.PRINCIPAL_INVESTIGATOR,
    )
    party = section.sponsor_collaborators_module.responsible_party
    assert party.type is None
    assert (party.investigator_full_name, party.investigator_title, party.investigator_affiliation) == (
        "Per-Ola Carlsson",
        "Professor",
        "Uppsala University Hospital",
    )
    assert section.sponsor_collaborators_module.lead_sponsor.name == "Uppsala University Hospital"
    assert section.sponsor_collaborators_module.lead_sponsor.agency_class is not AgencyClass.INDUSTRY


def test_what_the_classic_page_leaves_unsaid_is_to_be_confirmed(classic: Reading) -> None:
    found = {path: (item.value, item.stored) for path, item in confirmed(classic).items()}
    assert found["sponsorCollaboratorsModule.leadSponsor.name"] == ("Uppsala University Hospital", True)
    assert found["sponsorCollaboratorsModule.responsibleParty.type"] == ("PRINCIPAL_INVESTIGATOR", False)
    assert found["statusModule.studyFirstPostDateStruct.type"] == ("ESTIMATED", True)


def test_the_run_together_subject_headings_are_parted(classic: Reading) -> None:
    browse = classic.record.derived_section.condition_browse_module
    assert [(mesh.id, mesh.term) for mesh in browse.meshes] == [
        ("D003920", "Diabetes Mellitus"),
        ("D003922", "Diabetes Mellitus, Type 1"),
    ]
    assert [(mesh.id, mesh.term) for mesh in browse.ancestors] == [
        ("D044882", "Glucose Metabolism Disorders"),
        ("D008659", "Metabolic Diseases"),
        ("D004700", "Endocrine System Diseases"),
        ("D001327", "Autoimmune Diseases"),
        ("D007154", "Immune System Diseases"),
    ]


def test_the_identifier_is_a_fact_at_each_of_its_three_lines(classic: Reading) -> None:
    assert [
        line for line in range(1, 73) if ("identificationModule.nctId", "NCT02057211") in facts_at(classic, line)
    ] == [
        4,
        59,
        65,
    ]


def test_an_identifier_that_differs_in_one_place_is_an_issue_with_both_lines() -> None:
    text = CLASSIC.read_text(encoding="utf-8").replace("Identifier: | NCT02057211", "Identifier: | NCT02057212")
    reading = read_record(text.encode(), "page.txt")
    (issue,) = [issue for issue in reading.issues if issue.rule == "read/contradiction"]
    assert issue.where == "page.txt:65"
    assert "line 4" in issue.message
    assert [line.line for line in reading.unrecognised] == [65]


@pytest.mark.parametrize("path", [LISTING, CLASSIC])
def test_a_page_cut_in_the_middle_is_read_as_far_as_it_goes(path: Path) -> None:
    data = path.read_bytes()
    reading = read_record(data[: len(data) // 3], path.name)
    assert reading.record.protocol_section.identification_module.nct_id is not None
    (issue,) = [issue for issue in reading.issues if issue.rule == "read/incomplete"]
    assert "eligibilityModule" in issue.message
    assert "outcomesModule" in issue.message


@pytest.mark.parametrize("path", [LISTING, CLASSIC])
def test_the_record_survives_a_round_through_v2_json(path: Path) -> None:
    reading = read_record(path.read_bytes(), path.name)
    again = read_record(reading.record.canonical(), "record.json")
    assert again.format == "v2_json"
    assert again.record == reading.record
    assert again.unrecognised == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encodings_and_line_ends_make_no_difference(encoding: str, newline: str, classic: Reading) -> None:
    text = CLASSIC.read_text(encoding="utf-8").replace("\n", newline)
    assert read_record(text.encode(encoding), "page.txt").facts == classic.facts
