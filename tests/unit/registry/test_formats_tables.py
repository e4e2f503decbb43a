"""ClinicalTrials.gov tables in their sets of columns and ICTRP exports: one row is read, several are refused."""

from __future__ import annotations

import csv
import io

import pytest

from armlet.errors import InputError
from armlet.issues import Issue
from armlet.registry.accounting import Reading
from armlet.registry.criteria_text import CriterionKind, split_criteria
from armlet.registry.read import read_record
from armlet.registry.record import (
    AgencyClass,
    DateType,
    DesignAllocation,
    DesignMasking,
    InterventionalAssignment,
    InterventionType,
    Phase,
    PrimaryPurpose,
    SecondaryIdType,
    Sex,
    StandardAge,
    Status,
    StudyType,
    WhoMasked,
)

NEW = {
    "NCT Number": "NCT09999991",
    "Study Title": 'Larks, "early" ones',
    "Study URL": "https://clinicaltrials.gov/study/NCT09999991",
    "Acronym": "LARK",
    "Study Status": "ACTIVE_NOT_RECRUITING",
    "Brief Summary": "Larks sing.\nOwls do not.",
    "Study Results": "NO",
    "Conditions": "Silence|Dawn",
    "Interventions": "DIETARY_SUPPLEMENT: Seed|OTHER: Water: plain",
    "Primary Outcome Measures": "Songs, songs a day, 4 weeks|Weight, 8 weeks",
    "Sponsor": "Lark Foundation",
    "Collaborators": "Owl Society|Seed Trust",
    "Sex": "FEMALE",
    "Age": "ADULT, OLDER_ADULT",
    "Phases": "PHASE1|PHASE2",
    "Enrollment": "24",
    "Funder Type": "OTHER_GOV",
    "Study Type": "INTERVENTIONAL",
    "Study Design": "Allocation: RANDOMIZED|Intervention Model: CROSSOVER|"
    "Masking: DOUBLE (PARTICIPANT, OUTCOMES_ASSESSOR)|Primary Purpose: PREVENTION",
    "Other IDs": "LARK-1|2010-000001-11",
    "Start Date": "2010-12",
    "Completion Date": "2031-05-06",
    "First Posted": "2010-03-04",
    "Last Update Posted": "2024-05-06",
    "Locations": "Nest Hospital, Toledo, 45001, Spain|Aviary, Tehran, Iran, Islamic Republic of|"
    "Wing 3, Nest, Austin, Texas, 78701, United States|Burrow, Austin, Texas, 78701, United States",
    "Study Documents": "Study Protocol, https://example.org/p.pdf",
    "Colour": "brown",
}
OLD = {
    "Rank": "1",
    "NCT Number": "NCT09999992",
    "Title": "Larks",
    "Status": "Active, not recruiting",
    "Study Results": "Has Results",
    "Outcome Measures": "Songs|Weight",
    "Sponsor/Collaborators": "Lark Foundation|Owl Society",
    "Gender": "All",
    "Age": "18 Years to 65 Years \xa0 (Adult, Older Adult)",
    "Phases": "Phase 2|Phase 3",
    "Funded Bys": "Other|Industry",
    "Study Type": "Observational",
    "Study Designs": "Observational Model: |Time Perspective: p",
    "Start Date": "October 12, 2020",
    "First Posted": "May 2020",
}
NCT_ROW = {
    "TrialID": "NCT09999993",
    "Last Refreshed on": "24 August 2026",
    "Public title": "Larks",
    "Scientific title": "A trial of larks",
    "Primary sponsor": "Lark Foundation",
    "Date registration3": "20200328",
    "Recruitment Status": "Recruiting",
    "Inclusion agemin": "6M",
    "Inclusion agemax": "N/A (No limit)",
    "Inclusion gender": "All",
    "Date enrollement": "October 12, 2030",
    "Target size": "28",
    "Study type": "Interventional",
    "Study design": "Allocation: Randomized. Intervention model: Parallel Assignment. Primary purpose: Treatment. "
    "Masking: Double (Participant, Investigator).",
    "Phase": "Phase 2/Phase 3",
    "Countries": "Spain;Iran (Islamic Republic of)",
    "Contact Firstname": "Ann",
    "Contact Lastname": "Fieldfare",
    "Contact Tel": "+1 555 123 4567",
    "Contact Email": "ann@example.org",
    "Contact Affiliation": "Aviary",
    "Inclusion Criteria": "Inclusion Criteria:<br><br> - larks<br><br> Exclusion Criteria:<br><br> - owls",
    "Condition": "Silence;Dawn",
    "Intervention": "Biological: seed;Other: water",
    "Primary outcome": "Songs a day;Weight",
}
EUCTR_XML = """\
<?xml version='1.0' encoding='UTF-8' ?>
<Trials_downloaded_from_ICTRP>
  <Trial>
    <TrialID>EUCTR2010-000001-11-SE
    </TrialID>
    <Public_title>Larks &amp; owls</Public_title>
    <Acronym/>
    <Primary_sponsor>Lark Foundation</Primary_sponsor>
    <Source_Register>EU Clinical Trials Register</Source_Register>
    <Recruitment_Status>Not Recruiting</Recruitment_Status>
    <Inclusion_agemin>18</Inclusion_agemin>
    <Inclusion_gender>Female: yes
Male: no
</Inclusion_gender>
    <Date_enrollement>03/04/2020</Date_enrollement>
    <Study_design>Controlled: yes Randomised: yes Open: no Single blind: no Double blind: yes Cross over: no</Study_design>
    <Phase>Human pharmacology (Phase I): no
Therapeutic exploratory (Phase II): yes
Therapeutic confirmatory - (Phase III): no</Phase>
    <Contact_Firstname>Ann</Contact_Firstname>
    <Contact_Lastname>Fieldfare</Contact_Lastname>
    <Inclusion_Criteria>1. larks&lt;br&gt;2. singing at dawn</Inclusion_Criteria>
    <Exclusion_Criteria>1. owls</Exclusion_Criteria>
    <Condition>Silence &lt;br&gt;MedDRA version: 20.0</Condition>
    <Intervention>Seed by mouth, twice a day</Intervention>
    <Primary_outcome>Main Objective: song;Primary end point(s): songs a day;\
Timepoint(s) of evaluation of this end point: week 4</Primary_outcome>
    <Target_size>Lark:60;Owl:50;</Target_size>
    <Study_type>Interventional clinical trial of medicinal product</Study_type>
    <Colour>brown</Colour>
  </Trial>
</Trials_downloaded_from_ICTRP>
"""
DATA_SET = """\
<DataSet xmlns="http://www.who.int">
  <diffgr:diffgram xmlns:diffgr="urn:schemas-microsoft-com:xml-diffgram-v1">
    <NewDataSet xmlns="">
      <Trial><TrialID>ACTRN1</TrialID><Public_title>Larks</Public_title><Phase>Phase 3</Phase></Trial>
      <Contacts><Firstname>Ann</Firstname><Lastname>Fieldfare</Lastname><City>Perth</City></Contacts>
      <Criteria><Inclusion_criteria>larks</Inclusion_criteria><Inclusion_sex>Males</Inclusion_sex></Criteria>
      <Country><CountryName>Australia</CountryName></Country>
      <Primary_outcome><Outcome_Name>songs</Outcome_Name></Primary_outcome>
    </NewDataSet>
  </diffgr:diffgram>
</DataSet>
"""


def table(*rows: dict[str, str], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return ("\ufeff" + text.getvalue()).encode()


def read(*rows: dict[str, str]) -> Reading:
    return read_record(table(*rows), "table.csv")


def refused(data: bytes) -> Issue:
    with pytest.raises(InputError) as caught:
        read_record(data, "table.csv")
    (issue,) = caught.value.issues
    assert issue.fix
    return issue


def proposed(reading: Reading) -> dict[str, object]:
    return {item.path.removeprefix("protocolSection."): item.value for item in reading.confirm if not item.stored}


def rules(reading: Reading) -> set[str]:
    return {issue.rule for issue in reading.issues}


def test_a_row_of_the_newer_table_is_a_record() -> None:
    reading = read(NEW)
    section = reading.record.protocol_section
    identity, status = section.identification_module, section.status_module
    assert reading.format == "ctg_csv"
    assert (identity.nct_id, identity.brief_title) == ("NCT09999991", 'Larks, "early" ones')
    assert (identity.org_study_id_info.id, identity.secondary_id_infos[0].id) == ("LARK-1", "2010-000001-11")
    assert status.overall_status is Status.ACTIVE_NOT_RECRUITING
    assert str(status.start_date_struct.date) == "2010-12"
    assert str(status.study_first_post_date_struct.date) == "2010-03-04"
    assert reading.as_of == "2024-05-06"
    assert status.completion_date_struct.type is DateType.ESTIMATED
    assert section.description_module.brief_summary == "Larks sing.\nOwls do not."
    assert reading.record.has_results is False
    assert [line.text for line in reading.unrecognised] == ["Colour (brown)"]


def test_the_design_of_the_newer_table() -> None:
    section = read(NEW).record.protocol_section
    design = section.design_module
    assert design.phases == (Phase.PHASE1, Phase.PHASE2)
    assert design.enrollment_info.count == 24
    assert design.design_info.allocation is DesignAllocation.RANDOMIZED
    assert design.design_info.intervention_model is InterventionalAssignment.CROSSOVER
    assert design.design_info.primary_purpose is PrimaryPurpose.PREVENTION
    assert design.design_info.masking_info.masking is DesignMasking.DOUBLE
    assert design.design_info.masking_info.who_masked == (WhoMasked.PARTICIPANT, WhoMasked.OUTCOMES_ASSESSOR)
    assert section.eligibility_module.std_ages == (StandardAge.ADULT, StandardAge.OLDER_ADULT)
    sponsors = section.sponsor_collaborators_module
    assert (sponsors.lead_sponsor.name, sponsors.lead_sponsor.agency_class) == (
        "Lark Foundation",
        AgencyClass.OTHER_GOV,
    )
    assert [sponsor.name for sponsor in sponsors.collaborators] == ["Owl Society", "Seed Trust"]


def test_lists_are_parted_and_types_read() -> None:
    reading = read(NEW)
    section = reading.record.protocol_section
    assert section.conditions_module.conditions == ("Silence", "Dawn")
    assert [(item.type, item.name) for item in section.arms_interventions_module.interventions] == [
        (InterventionType.DIETARY_SUPPLEMENT, "Seed"),
        (InterventionType.OTHER, "Water: plain"),
    ]
    assert [item.measure for item in section.outcomes_module.primary_outcomes] == [
        "Songs, songs a day, 4 weeks",
        "Weight, 8 weeks",
    ]
    doubted = [item.path for item in reading.confirm if item.stored and "run" in item.because]
    assert "protocolSection.outcomesModule.primaryOutcomes[1].measure" in doubted


def test_a_place_whose_commas_leave_a_doubt_is_provenance() -> None:
    reading = read(NEW)
    places = reading.record.protocol_section.contacts_locations_module.locations
    assert [(place.facility, place.city, place.state, place.zip, place.country) for place in places] == [
        ("Nest Hospital", "Toledo", None, "45001", "Spain"),
        ("Aviary", "Tehran", None, None, "Iran, Islamic Republic of"),
        ("Burrow", "Austin", "Texas", "78701", "United States"),
    ]
    kept = [fact.value for fact in reading.provenance if fact.path == "Locations"]
    assert kept == ["Wing 3, Nest, Austin, Texas, 78701, United States"]


@pytest.mark.parametrize(
    ("words", "known"),
    [
        ("Royal Hospital, Perth, Western Australia, Australia", True),
        ("Faculty of Song, Nest University, Zagazig, Egypt", False),
        ("Nest Hospital, Toledo, Spain", True),
        ("Spain", False),
    ],
)
def test_a_fourth_part_is_a_state_only_where_there_are_states(words: str, known: bool) -> None:
    reading = read({**NEW, "Locations": words})
    assert bool(reading.record.protocol_section.contacts_locations_module.locations) is known
    assert (words in {fact.value for fact in reading.provenance}) is not known


def test_a_row_of_the_older_table_says_less_and_tells_so() -> None:
    reading = read(OLD)
    section = reading.record.protocol_section
    assert section.status_module.overall_status is Status.ACTIVE_NOT_RECRUITING
    assert section.outcomes_module.primary_outcomes == ()
    assert {"read/mixed-outcomes", "read/not-interventional"} <= rules(reading)
    assert section.design_module.study_type is StudyType.OBSERVATIONAL
    assert (section.eligibility_module.minimum_age, section.eligibility_module.maximum_age) == ("18 Years", "65 Years")
    assert section.sponsor_collaborators_module.lead_sponsor.agency_class is None
    assert [item.name for item in section.sponsor_collaborators_module.collaborators] == ["Owl Society"]
    assert str(section.status_module.start_date_struct.date) == "2020-10-12"
    kept = {fact.path: fact.value for fact in reading.provenance}
    assert kept["Study Design: Time Perspective"] == "p"
    assert kept["Funded Bys"] == "Other|Industry"
    assert kept["First Posted"] == "May 2020"
    assert reading.record.has_results is True


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_a_table_with_another_separator_is_read(delimiter: str) -> None:
    reading = read_record(table(NEW, delimiter=delimiter), "table.csv")
    assert reading.record.protocol_section.identification_module.brief_title == 'Larks, "early" ones'


def test_every_fact_of_a_table_quotes_words_of_its_line() -> None:
    lines = table(NEW).decode("utf-8-sig").split("\r\n")[:-1]
    physical = "\r\n".join(lines).replace("\r\n", "\n").split("\n")
    reading = read(NEW)
    assert len(reading.facts) > 40
    for fact in reading.facts:
        assert fact.quote in physical[fact.line - 1]


def test_several_rows_are_refused_with_their_number_and_what_to_do() -> None:
    issue = refused(table(NEW, {**NEW, "NCT Number": "NCT09999994"}))
    assert issue.rule == "read/several-records"
    assert "2 records (NCT09999991, NCT09999994)" in issue.message
    assert "--record" in issue.fix


def test_a_header_without_a_row_is_refused() -> None:
    assert refused(table(NEW).split(b"\r\n")[0]).rule == "read/no-record"


def test_a_table_cut_within_quotation_marks_is_refused_with_the_line() -> None:
    data = table(NEW)
    issue = refused(data[: data.index(b"Owls do")])
    assert issue.rule == "read/table"
    assert issue.where == "table.csv:2"


def test_an_ictrp_row_from_clinicaltrials_gov() -> None:
    reading = read(NCT_ROW)
    section = reading.record.protocol_section
    design = section.design_module
    assert reading.format == "ictrp"
    assert reading.as_of == "2026-08-24"
    assert section.identification_module.nct_id == "NCT09999993"
    assert section.status_module.overall_status is Status.RECRUITING
    assert (str(section.status_module.start_date_struct.date), section.status_module.start_date_struct.type) == (
        "2030-10-12",
        DateType.ESTIMATED,
    )
    assert design.phases == (Phase.PHASE2, Phase.PHASE3)
    assert design.design_info.masking_info.who_masked == (WhoMasked.PARTICIPANT, WhoMasked.INVESTIGATOR)
    assert design.design_info.primary_purpose is PrimaryPurpose.TREATMENT
    assert (section.eligibility_module.minimum_age, section.eligibility_module.maximum_age) == ("6 Months", None)
    assert [item.measure for item in section.outcomes_module.primary_outcomes] == ["Songs a day", "Weight"]
    assert [place.country for place in section.contacts_locations_module.locations] == [
        "Spain",
        "Iran (Islamic Republic of)",
    ]
    text = section.eligibility_module.eligibility_criteria
    assert text is not None
    assert [(criterion.kind, criterion.text) for criterion in split_criteria(text)] == [
        (CriterionKind.INCLUSION, "larks"),
        (CriterionKind.EXCLUSION, "owls"),
    ]


def test_an_ictrp_export_in_xml_from_the_eu_register() -> None:
    reading = read_record(EUCTR_XML.encode(), "export.xml")
    section = reading.record.protocol_section
    (number,) = section.identification_module.secondary_id_infos
    assert (number.id, number.type) == ("2010-000001-11", SecondaryIdType.EUDRACT_NUMBER)
    assert section.identification_module.brief_title == "Larks & owls"
    design = section.design_module
    assert design.study_type is StudyType.INTERVENTIONAL
    assert design.phases == (Phase.PHASE2,)
    assert design.design_info.allocation is DesignAllocation.RANDOMIZED
    assert design.design_info.intervention_model is None
    assert design.design_info.masking_info.masking is DesignMasking.DOUBLE
    assert section.eligibility_module.sex is Sex.FEMALE
    assert section.conditions_module.conditions == ("Silence",)
    (outcome,) = section.outcomes_module.primary_outcomes
    assert (outcome.measure, outcome.time_frame) == ("songs a day", "week 4")
    assert section.arms_interventions_module.interventions[0].description == "Seed by mouth, twice a day"
    assert [line.text for line in reading.unrecognised] == ["Colour (brown)"]


def test_what_ictrp_leaves_open_is_proposed_and_not_stored() -> None:
    reading = read_record(EUCTR_XML.encode(), "export.xml")
    section = reading.record.protocol_section
    assert section.status_module.overall_status is None
    assert section.status_module.start_date_struct.date is None
    assert section.eligibility_module.minimum_age is None
    assert section.design_module.enrollment_info.count is None
    suggestions = proposed(reading)
    assert suggestions["statusModule.overallStatus"] == "ACTIVE_NOT_RECRUITING"
    assert suggestions["eligibilityModule.minimumAge"] == "18 Years"
    assert suggestions["designModule.enrollmentInfo.count"] == 110
    (issue,) = [issue for issue in reading.issues if issue.rule == "read/ambiguous-date"]
    assert issue.where == "export.xml:15"
    assert "03/04/2020" in issue.message


def test_the_older_ictrp_export_lays_a_trial_out_in_tables() -> None:
    reading = read_record(DATA_SET.encode(), "export.xml")
    section = reading.record.protocol_section
    (number,) = section.identification_module.secondary_id_infos
    assert (number.id, number.type) == ("ACTRN1", SecondaryIdType.REGISTRY)
    assert section.eligibility_module.eligibility_criteria == "Inclusion Criteria:\n\nlarks"
    assert section.outcomes_module.primary_outcomes[0].measure == "songs"
    assert section.contacts_locations_module.locations[0].country == "Australia"
    assert "Fieldfare" not in str(reading.as_json())
    assert "Perth" not in str(reading.as_json())


@pytest.mark.parametrize("data", [table(NCT_ROW), EUCTR_XML.encode()], ids=["table", "xml"])
def test_no_contact_of_an_ictrp_export_is_kept(data: bytes) -> None:
    shown = str(read_record(data, "x").as_json())
    for word in ("Fieldfare", "555 123", "ann@example.org", "Aviary"):
        assert word not in shown


def test_an_export_of_several_trials_is_refused_with_their_number() -> None:
    start, end = EUCTR_XML.index("  <Trial>"), EUCTR_XML.index("</Trials_down")
    doubled = EUCTR_XML[:end] + EUCTR_XML[start:end].replace("11-SE", "11-NO") + EUCTR_XML[end:]
    issue = refused(doubled.encode())
    assert issue.rule == "read/several-records"
    assert "2 records (EUCTR2010-000001-11-SE, EUCTR2010-000001-11-NO)" in issue.message
    assert refused(table(NCT_ROW, {**NCT_ROW, "TrialID": "NCT09999994"})).rule == "read/several-records"


def test_an_export_that_declares_an_entity_is_refused() -> None:
    bomb = EUCTR_XML.replace("<Trials_down", '<!DOCTYPE x [<!ENTITY a "aa">]>\n<Trials_down', 1)
    assert "entity" in refused(bomb.encode()).message
    assert refused(bomb.encode()).rule == "read/xml"


def test_the_head_of_an_export_without_a_trial_is_refused() -> None:
    head = '<?xml version="1.0"?>\n<DataSet xmlns="http://www.who.int"><xs:schema></xs:schema>'
    assert refused(head.encode()).rule == "read/no-record"
