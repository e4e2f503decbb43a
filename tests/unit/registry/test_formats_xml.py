"""Legacy XML of trials that never were: every vintage, wraps, references, search answers, and XML made to do harm."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.errors import InputError
from armlet.issues import Issue
from armlet.registry.accounting import Reading
from armlet.registry.criteria_text import split_criteria
from armlet.registry.read import read_record
from armlet.registry.record import (
    AgencyClass,
    ArmGroupType,
    DateType,
    DesignAllocation,
    DesignMasking,
    DesignTimePerspective,
    InterventionalAssignment,
    InterventionType,
    ObservationalModel,
    OfficialRole,
    Phase,
    PrimaryPurpose,
    RecruitmentStatus,
    ReferenceType,
    StandardAge,
    Status,
    StudyType,
    WhoMasked,
)

PUBLIC = """\
<?xml version="1.0" encoding="UTF-8"?>
<clinical_study rank="7">
  <!-- This xml conforms to a schema -->
  <required_header>
    <download_date>processed this data on May 09, 2023</download_date>
    <link_text>Link to the current record.</link_text>
    <url>https://example.org/show/NCT09999981</url>
  </required_header>
  <id_info>
    <org_study_id>MOSS-1</org_study_id>
    <secondary_id>GARDEN-2</secondary_id>
    <nct_id>NCT09999981</nct_id>
  </id_info>
  <brief_title>Moss &amp; Fern for Tired Feet</brief_title>
  <sponsors>
    <lead_sponsor>
      <agency>Moss University</agency>
      <agency_class>Other</agency_class>
    </lead_sponsor>
    <collaborator>
      <agency>Fern Office</agency>
      <agency_class>U.S. Fed</agency_class>
    </collaborator>
  </sponsors>
  <source>Moss University</source>
  <oversight_info>
    <authority>Nowhere: Board of Feet</authority>
    <has_dmc>Yes</has_dmc>
  </oversight_info>
  <brief_summary>
    <textblock>
      Feet get tired when people walk, and nobody has found out so far whether the moss of the
      garden &lt; 5 cm high helps.

      A second paragraph follows here.
    </textblock>
  </brief_summary>
  <overall_status>Terminated</overall_status>
  <why_stopped>
    The moss dried
    up
  </why_stopped>
  <start_date>April 2010</start_date>
  <completion_date type="Actual">June 3, 2011</completion_date>
  <phase>Phase 1/Phase 2</phase>
  <study_type>Interventional</study_type>
  <study_design>Allocation: Randomized, Endpoint Classification: Safety/Efficacy Study, \
Intervention Model: Parallel Assignment, Masking: Double Blind (Subject, Outcomes Assessor), \
Primary Purpose: Supportive Care</study_design>
  <primary_outcome>
    <measure>Tiredness</measure>
    <time_frame>6 weeks</time_frame>
    <safety_issue>No</safety_issue>
  </primary_outcome>
  <number_of_arms>2</number_of_arms>
  <enrollment type="Anticipated">1,200</enrollment>
  <condition>Tired feet</condition>
  <arm_group>
    <arm_group_label>Moss</arm_group_label>
    <arm_group_type>Experimental</arm_group_type>
  </arm_group>
  <arm_group>
    <arm_group_label>Straw</arm_group_label>
    <arm_group_type>Sham Comparator</arm_group_type>
  </arm_group>
  <intervention>
    <intervention_type>Dietary Supplement</intervention_type>
    <intervention_name>moss</intervention_name>
    <arm_group_label>Moss</arm_group_label>
    <other_name>Bryum</other_name>
  </intervention>
  <eligibility>
    <criteria>
      <textblock>
        Inclusion Criteria:

          -  walks more than
             5 km a day

               -  or stands all day

          -  has two feet

        Exclusion Criteria:

          1. allergy to moss
      </textblock>
    </criteria>
    <gender>Both</gender>
    <minimum_age>6 Months</minimum_age>
    <maximum_age>N/A</maximum_age>
    <healthy_volunteers>Accepts Healthy Volunteers</healthy_volunteers>
  </eligibility>
  <overall_official>
    <first_name>Ann</first_name>
    <last_name>Green</last_name>
    <degrees>MD</degrees>
    <role>Principal Investigator</role>
    <affiliation>Moss University</affiliation>
  </overall_official>
  <overall_contact>
    <last_name>Secret Person</last_name>
    <phone>0123-456</phone>
    <email>secret@example.org</email>
  </overall_contact>
  <location>
    <facility>
      <name>Moss Clinic</name>
      <address>
        <city>Mossburg</city>
        <country>Nowhere</country>
      </address>
    </facility>
    <status>Withdrawn</status>
    <contact>
      <last_name>Hidden Person</last_name>
    </contact>
  </location>
  <reference>
    <citation>Green A. Feet. 2001.</citation>
    <PMID>1</PMID>
  </reference>
  <results_reference>
    <citation>Green A. Moss. 2012.</citation>
  </results_reference>
  <verification_date>September 2009</verification_date>
  <firstreceived_date>September 7, 2009</firstreceived_date>
  <lastchanged_date>October 9, 2011</lastchanged_date>
  <!-- Results have not yet been posted for this study -->
</clinical_study>
"""
ARCHIVED = """\
<clinical_study>
<study_id>
<org_name>
  MOSS
</org_name>
<nct_id>
  NCT09999981
</nct_id>
</study_id>
<brief_title>
<textblock>
  Moss for Tired Feet
</textblock>
</brief_title>
<status_block>
<status>
  Not yet recruiting
</status>
<date>
  2003-10
</date>
</status_block>
<last_follow_up_date
 type="Anticipated"
>
<date>
  2005-09
</date>
</last_follow_up_date>
<design>
  Single Blind (Subject)
</design>
<design>
  Uncontrolled
</design>
<eligibility>
<criteria>
<textblock>
  Inclusion Criteria:

  - walks
    * far
  - stands
</textblock>
</criteria>
</eligibility>
<investigator>
<role>
  Study Chair
</role>
<name>
  Ann Green
</name>
</investigator>
<contact>
<name>
  Secret Person
</name>
</contact>
<last_release_date>
2004-02-29\x20
</last_release_date>
</clinical_study>
"""


def small(*elements: str) -> bytes:
    inside = "\n".join(elements)
    return (
        f"<clinical_study>\n<id_info>\n<nct_id>NCT09999982</nct_id>\n</id_info>\n{inside}\n</clinical_study>".encode()
    )


def criteria(text: str) -> bytes:
    return small(f"<eligibility><criteria><textblock>\n{text}\n</textblock></criteria></eligibility>")


def kept_criteria(data: bytes) -> str:
    return read_record(data, "x").record.protocol_section.eligibility_module.eligibility_criteria or ""


def refused(data: bytes) -> Issue:
    with pytest.raises(InputError) as caught:
        read_record(data, "file.xml")
    (issue,) = caught.value.issues
    return issue


@pytest.fixture(scope="module")
def public() -> Reading:
    return read_record(PUBLIC.encode(), "moss.xml")


@pytest.fixture(scope="module")
def archived() -> Reading:
    return read_record(ARCHIVED.encode(), "moss.xml")


def test_identity_sponsors_and_status_of_a_public_record(public: Reading) -> None:
    section = public.record.protocol_section
    identity, status = section.identification_module, section.status_module
    sponsors = section.sponsor_collaborators_module
    assert public.format == "legacy_xml"
    assert (identity.nct_id, identity.org_study_id_info.id) == ("NCT09999981", "MOSS-1")
    assert identity.secondary_id_infos[0].id == "GARDEN-2"
    assert identity.brief_title == "Moss & Fern for Tired Feet"
    assert (sponsors.lead_sponsor.name, sponsors.lead_sponsor.agency_class) == ("Moss University", AgencyClass.OTHER)
    assert sponsors.collaborators[0].agency_class is AgencyClass.FED
    assert status.overall_status is Status.TERMINATED
    assert status.why_stopped == "The moss dried up"
    assert str(status.start_date_struct.date) == "2010-04"
    assert (str(status.completion_date_struct.date), status.completion_date_struct.type) == (
        "2011-06-03",
        DateType.ACTUAL,
    )
    assert str(status.study_first_submit_date) == "2009-09-07"
    assert public.as_of == "2011-10-09"
    assert public.record.has_results is False


def test_the_design_in_one_sentence_is_taken_apart(public: Reading) -> None:
    design = public.record.protocol_section.design_module
    info = design.design_info
    assert design.phases == (Phase.PHASE1, Phase.PHASE2)
    assert info.allocation is DesignAllocation.RANDOMIZED
    assert info.intervention_model is InterventionalAssignment.PARALLEL
    assert info.primary_purpose is PrimaryPurpose.SUPPORTIVE_CARE
    assert info.masking_info.masking is DesignMasking.DOUBLE
    assert info.masking_info.who_masked == (WhoMasked.PARTICIPANT, WhoMasked.OUTCOMES_ASSESSOR)
    assert ("design.endpointClassification", "Safety/Efficacy Study") in {(f.path, f.value) for f in public.provenance}
    assert (design.enrollment_info.count, design.enrollment_info.type) == (1200, DateType.ESTIMATED)


def test_arms_interventions_and_outcomes(public: Reading) -> None:
    section = public.record.protocol_section
    moss, straw = section.arms_interventions_module.arm_groups
    (given_moss,) = section.arms_interventions_module.interventions
    assert (moss.label, moss.type, moss.intervention_names) == (
        "Moss",
        ArmGroupType.EXPERIMENTAL,
        ("Dietary Supplement: moss",),
    )
    assert (straw.type, straw.intervention_names) == (ArmGroupType.SHAM_COMPARATOR, ())
    assert given_moss.type is InterventionType.DIETARY_SUPPLEMENT
    assert (given_moss.arm_group_labels, given_moss.other_names) == (("Moss",), ("Bryum",))
    (outcome,) = section.outcomes_module.primary_outcomes
    assert (outcome.measure, outcome.time_frame) == ("Tiredness", "6 weeks")


def test_wrapped_lines_are_joined_and_paragraphs_points_and_nesting_kept(public: Reading) -> None:
    section = public.record.protocol_section
    assert section.description_module.brief_summary == (
        "Feet get tired when people walk, and nobody has found out so far whether the moss of the garden < 5 cm high "
        "helps.\n\nA second paragraph follows here."
    )
    text = section.eligibility_module.eligibility_criteria
    assert text == (
        "Inclusion Criteria:\n\n- walks more than 5 km a day\n  - or stands all day\n- has two feet\n\n"
        "Exclusion Criteria:\n\n1. allergy to moss"
    )
    assert [(item.kind.value, item.text) for item in split_criteria(text)] == [
        ("inclusion", "walks more than 5 km a day\n- or stands all day"),
        ("inclusion", "has two feet"),
        ("exclusion", "allergy to moss"),
    ]


def test_ages_healthy_volunteers_and_age_groups(public: Reading) -> None:
    eligibility = public.record.protocol_section.eligibility_module
    assert (eligibility.minimum_age, eligibility.maximum_age) == ("6 Months", None)
    assert eligibility.healthy_volunteers is True
    assert eligibility.std_ages == (StandardAge.CHILD, StandardAge.ADULT, StandardAge.OLDER_ADULT)


def test_officials_are_kept_and_contacts_are_not(public: Reading) -> None:
    module = public.record.protocol_section.contacts_locations_module
    (official,) = module.overall_officials
    assert (official.name, official.role) == ("Ann Green, MD", OfficialRole.PRINCIPAL_INVESTIGATOR)
    (location,) = module.locations
    assert (location.facility, location.city, location.status) == (
        "Moss Clinic",
        "Mossburg",
        RecruitmentStatus.WITHDRAWN,
    )
    printed = str(public.as_json())
    for word in ("Secret", "secret@", "0123-456", "Hidden"):
        assert word not in printed
    assert "(contact details, not kept)" in printed


def test_references_say_that_they_report_results_only_where_the_record_does(public: Reading) -> None:
    first, second = public.record.protocol_section.references_module.references
    assert (first.citation, first.pmid, first.type) == ("Green A. Feet. 2001.", "1", None)
    assert (second.citation, second.type) == ("Green A. Moss. 2012.", ReferenceType.RESULT)


def test_every_line_is_accounted_for_and_every_quote_stands_in_its_line(public: Reading, archived: Reading) -> None:
    for reading, source in ((public, PUBLIC), (archived, ARCHIVED)):
        lines = source.split("\n")
        assert reading.unrecognised == ()
        assert reading.total == reading.accounted == len([line for line in lines if line.strip()])
        for fact in (*reading.facts, *reading.provenance):
            assert fact.quote in lines[fact.line - 1]


def test_a_quote_keeps_the_reference_that_the_value_resolves(public: Reading) -> None:
    (fact,) = [fact for fact in public.facts if fact.path.endswith("briefTitle")]
    assert (fact.value, fact.quote, fact.line) == (
        "Moss & Fern for Tired Feet",
        "Moss &amp; Fern for Tired Feet",
        14,
    )


def test_an_archived_version_has_other_names_and_lines_of_its_own(archived: Reading) -> None:
    section = archived.record.protocol_section
    completion = section.status_module.completion_date_struct
    assert section.identification_module.nct_id == "NCT09999981"
    assert section.status_module.overall_status is Status.NOT_YET_RECRUITING
    assert str(section.status_module.status_verified_date) == "2003-10"
    assert (str(completion.date), completion.type) == ("2005-09", DateType.ESTIMATED)
    assert section.design_module.design_info.masking_info.masking is DesignMasking.SINGLE
    assert section.eligibility_module.eligibility_criteria == "Inclusion Criteria:\n\n- walks\n  * far\n- stands"
    assert section.contacts_locations_module.overall_officials[0].role is OfficialRole.STUDY_CHAIR
    assert archived.as_of == "2004-02-29"
    assert "Secret" not in str(archived.as_json())


def test_lines_that_end_in_a_carriage_return_reference_read_like_others(public: Reading) -> None:
    returned = PUBLIC.replace("\n", "&#xD;\n").replace(">&#xD;\n", ">\n").replace("--&#xD;", "--")
    assert "&#xD;" in returned
    reading = read_record(returned.encode(), "x")
    assert reading.record == public.record
    assert all("&#xD;" not in fact.quote for fact in reading.facts)


def test_references_escaped_twice_are_resolved_and_reported() -> None:
    reading = read_record(small("<brief_title>age &amp;lt; 18 &amp;amp; height &amp;#8805; 1 m</brief_title>"), "x.xml")
    assert reading.record.protocol_section.identification_module.brief_title == "age < 18 & height ≥ 1 m"
    (issue,) = [issue for issue in reading.issues if issue.rule == "read/escaped-twice"]
    assert issue.where == "x.xml:5"


def test_criteria_under_headings_of_their_own_get_no_polarity() -> None:
    text = (
        "        DISEASE CHARACTERISTICS:\n\n          -  Tired feet\n\n"
        "        PATIENT CHARACTERISTICS:\n\n          -  Age 18 and over"
    )
    data = criteria(text)
    reading = read_record(data, "x")
    assert kept_criteria(data) == (
        "DISEASE CHARACTERISTICS:\n\n- Tired feet\n\nPATIENT CHARACTERISTICS:\n\n- Age 18 and over"
    )
    assert split_criteria(kept_criteria(data)) == ()
    assert "read/criteria-polarity" in {issue.rule for issue in reading.issues}


def test_a_wrapped_line_that_begins_like_a_point_is_no_point() -> None:
    assert kept_criteria(criteria("      follow-up by the end of year\n      3. However, it may be longer")) == (
        "follow-up by the end of year 3. However, it may be longer"
    )


def test_the_bare_design_words_of_2005_are_read() -> None:
    words = "Prevention, Randomized, Double-Blind, Placebo Control, Crossover Assignment, Efficacy Study"
    reading = read_record(small(f"<study_design>{words}</study_design>"), "x")
    info = reading.record.protocol_section.design_module.design_info
    assert info.primary_purpose is PrimaryPurpose.PREVENTION
    assert info.allocation is DesignAllocation.RANDOMIZED
    assert info.masking_info.masking is DesignMasking.DOUBLE
    assert info.intervention_model is InterventionalAssignment.CROSSOVER
    assert {fact.value for fact in reading.provenance} == {"Placebo Control", "Efficacy Study"}


def test_a_design_word_that_nobody_knows_is_listed_and_the_others_are_read() -> None:
    reading = read_record(small("<study_design>Allocation: Randomized, Masking: Blindfold</study_design>"), "x")
    assert reading.record.protocol_section.design_module.design_info.allocation is DesignAllocation.RANDOMIZED
    assert [line.text for line in reading.unrecognised] == ["study_design (Masking: Blindfold)"]
    assert reading.accounted == reading.total - 1


def test_an_observational_study_and_words_that_the_api_gave_up() -> None:
    data = small(
        "<study_type>Observational [Patient Registry]</study_type>",
        "<study_design_info>",
        "<observational_model>Case Control</observational_model>",
        "<time_perspective>Longitudinal</time_perspective>",
        "</study_design_info>",
    )
    reading = read_record(data, "x")
    design = reading.record.protocol_section.design_module
    assert (design.study_type, design.patient_registry) == (StudyType.OBSERVATIONAL, True)
    assert design.design_info.observational_model is ObservationalModel.CASE_CONTROL
    assert design.design_info.time_perspective is None
    assert DesignTimePerspective.OTHER.value not in str(reading.record.as_json())
    assert ("timePerspective", "Longitudinal") in {(fact.path, fact.value) for fact in reading.provenance}
    assert "read/not-interventional" in {issue.rule for issue in reading.issues}


def test_an_unknown_element_and_an_unknown_attribute_are_listed_with_path_and_line() -> None:
    data = small('<enrollment mood="high">10</enrollment>', "<weather><wind>north</wind></weather>")
    reading = read_record(data, "x")
    assert [(line.line, line.text) for line in reading.unrecognised] == [
        (5, "enrollment@mood (high)"),
        (6, "weather/wind (north)"),
    ]
    assert reading.record.protocol_section.design_module.enrollment_info.count == 10


@pytest.mark.parametrize(
    ("element", "listed"),
    [
        ("<overall_status>Sleeping</overall_status>", "overall_status (Sleeping)"),
        ("<start_date>Smarch 2001</start_date>", "start_date (Smarch 2001)"),
        ("<firstreceived_date>May 2001</firstreceived_date>", "firstreceived_date (May 2001)"),
        ("<enrollment>many</enrollment>", "enrollment (many)"),
        ("<phase>Phase 9</phase>", "phase (Phase 9)"),
        ("<eligibility><minimum_age>old</minimum_age></eligibility>", "eligibility/minimum_age (old)"),
        ("<sponsors>Moss</sponsors>", "sponsors (Moss)"),
    ],
)
def test_a_value_that_is_not_understood_is_listed_and_left_out(element: str, listed: str) -> None:
    reading = read_record(small(element), "x")
    assert [line.text for line in reading.unrecognised] == [listed]
    assert reading.record.as_json() == {"protocolSection": {"identificationModule": {"nctId": "NCT09999982"}}}


def test_a_number_of_another_registry_is_no_number_of_this_one() -> None:
    reading = read_record(b"<clinical_study><id_info><nct_id>ISRCTN1</nct_id></id_info></clinical_study>", "x")
    assert reading.record.as_json() == {}
    assert [line.text for line in reading.unrecognised] == ["id_info/nct_id (ISRCTN1)"]


def test_an_item_that_is_not_understood_leaves_the_paths_of_the_others_those_of_the_record() -> None:
    types = ("Study Protocol", "Palm leaf", "Analytic Code")
    data = small("<patient_data>", *(f"<ipd_info_type>{kind}</ipd_info_type>" for kind in types), "</patient_data>")
    reading = read_record(data, "x")
    path = "protocolSection.ipdSharingStatementModule.infoTypes"
    found = {fact.path: fact.value for fact in reading.facts if fact.path.startswith(path)}
    assert found == {f"{path}[0]": "STUDY_PROTOCOL", f"{path}[1]": "ANALYTIC_CODE"}


def test_two_values_where_one_belongs_are_a_contradiction() -> None:
    reading = read_record(small("<acronym>MOSS</acronym>", "<acronym>FERN</acronym>"), "x.xml")
    assert reading.record.protocol_section.identification_module.acronym == "MOSS"
    (issue,) = [issue for issue in reading.issues if issue.rule == "read/contradiction"]
    assert issue.where == "x.xml:6"
    assert [line.line for line in reading.unrecognised] == [6]


def test_results_are_carried_with_their_paths_and_counted_without_the_contact() -> None:
    data = small(
        "<clinical_results>",
        '<group_list><group group_id="P1"><title>Moss</title></group><group group_id="P2"/></group_list>',
        "<point_of_contact>",
        "<name_or_title>Secret Person</name_or_title>",
        "<organization>Moss University</organization>",
        "<email>secret@example.org</email>",
        "</point_of_contact>",
        "</clinical_results>",
    )
    reading = read_record(data, "x.xml")
    assert reading.record.has_results is True
    assert [(fact.path, fact.value, fact.line) for fact in reading.provenance] == [
        ("clinical_results/group_list/group[0]@group_id", "P1", 6),
        ("clinical_results/group_list/group[0]/title", "Moss", 6),
        ("clinical_results/group_list/group[1]@group_id", "P2", 6),
        ("clinical_results/point_of_contact/organization", "Moss University", 9),
    ]
    (issue,) = [issue for issue in reading.issues if issue.rule == "read/results-not-mapped"]
    assert "4 values" in issue.message
    assert reading.unrecognised == ()
    assert "ecret" not in str(reading.as_json())


def test_names_with_a_prefix_and_marked_sections_are_read() -> None:
    data = (
        '<r:clinical_study xmlns:r="urn:r"><r:id_info><r:nct_id><![CDATA[NCT09999983]]></r:nct_id></r:id_info>'
        "</r:clinical_study>"
    )
    reading = read_record(data.encode(), "x")
    assert reading.record.protocol_section.identification_module.nct_id == "NCT09999983"
    assert reading.facts[0].quote == "NCT09999983"


def test_a_search_answer_with_one_whole_study_is_read() -> None:
    data = b"<search_results count='1'>" + small().replace(b"\n", b"") + b"</search_results>"
    reading = read_record(data, "x")
    assert reading.record.protocol_section.identification_module.nct_id == "NCT09999982"


@pytest.mark.parametrize(
    ("inside", "says"),
    [
        ("", "0 studies"),
        ("<study><nct_id>NCT09999984</nct_id></study>", "summary of one study (NCT09999984)"),
        ("<study/><study/><study/>", "3 studies"),
        ("<study><nct_id>NCT09999984</nct_id></study>" * 5, "5 studies (NCT09999984, NCT09999984, NCT09999984, …)"),
    ],
)
def test_a_search_answer_with_another_number_of_studies_is_refused_with_the_count(inside: str, says: str) -> None:
    issue = refused(f"<search_results>{inside}</search_results>".encode())
    assert issue.rule == "read/not-a-record"
    assert says in issue.message
    assert issue.fix


def test_other_xml_is_refused_by_the_name_of_its_first_element() -> None:
    issue = refused(b'<?xml version="1.0"?>\n<rss version="2.0"><channel/></rss>')
    assert issue.rule == "read/not-a-record"
    assert "rss" in issue.message


def bomb(root: str) -> bytes:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    return f'<!DOCTYPE {root} [<!ENTITY l0 "ha">{levels}]><{root}><brief_title>&l11;</brief_title></{root}>'.encode()


@pytest.mark.parametrize(
    ("data", "rule", "says"),
    [
        (bomb("clinical_study"), "read/xml", "entity"),
        (
            b'<!DOCTYPE clinical_study [<!ENTITY x SYSTEM "file:///etc/passwd">]><clinical_study>&x;</clinical_study>',
            "read/xml",
            "entity",
        ),
        (b"<clinical_study>" + b"<a>" * 300_000, "read/xml", "nested more than 60 deep"),
        (b"<clinical_study><id_info></clinical_study>", "read/xml", "mismatched tag"),
        (b"<clinical_study>&nope;</clinical_study>", "read/xml", "undefined entity"),
        (b"<clinical_study><a", "read/xml", "not XML"),
        (b"<clinical_study></clinical_study>", "read/not-a-record", "empty"),
        (b"<!--" + b"-" * 900_000, "read/not-a-record", "XML"),
        (b"<?" * 400_000, "read/not-a-record", "XML"),
        (b"<!DOCTYPE clinical_study [" * 30_000, "read/not-a-record", "XML"),
    ],
)
def test_xml_that_is_broken_or_made_to_do_harm_is_refused(data: bytes, rule: str, says: str) -> None:
    issue = refused(data)
    assert (issue.rule, issue.where.startswith("file.xml")) == (rule, True)
    assert says in issue.message


def test_broken_xml_is_told_with_its_line() -> None:
    assert refused(b"<clinical_study>\n<id_info>\n</clinical_study>").where == "file.xml:3"


def read_or_refuse(data: bytes) -> None:
    """Whatever the bytes are: a reading whose quotes stand in their lines, or issues; never another exception."""
    try:
        reading = read_record(data, "x")
    except InputError:
        return
    assert 0 <= reading.accounted <= reading.total
    assert reading.record.canonical()


@given(st.integers(min_value=0, max_value=len(PUBLIC)))
@settings(max_examples=60, deadline=None)
def test_a_record_cut_anywhere_is_refused_or_read(cut: int) -> None:
    read_or_refuse(PUBLIC.encode()[:cut])


@given(st.sampled_from([PUBLIC, ARCHIVED]), st.integers(0, 4000), st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_a_record_with_one_byte_changed_is_refused_or_read(source: str, where: int, byte: int) -> None:
    data = bytearray(source.encode())
    data[where % len(data)] = byte
    read_or_refuse(bytes(data))


ELEMENTS = st.sampled_from(
    [
        "condition",
        "start_date",
        "enrollment",
        "phase",
        "study_design",
        "eligibility",
        "minimum_age",
        "reference",
        "moss",
    ]
)
TREES = st.recursive(
    st.text(max_size=12).map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;")),
    lambda inner: st.tuples(ELEMENTS, inner, inner).map(lambda part: f"<{part[0]}>{part[1]}</{part[0]}>{part[2]}"),
    max_leaves=12,
)


@given(TREES)
@settings(max_examples=150, deadline=None)
def test_known_elements_in_any_disorder_are_refused_or_read(tree: str) -> None:
    read_or_refuse(f"<clinical_study>{tree}</clinical_study>".encode(errors="replace"))
