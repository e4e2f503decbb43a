"""Result rows out of the older layouts, and arms matched across sections by title."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import JsonValue

from armlet.registry.read import read_record
from armlet.registry.results.arms import match_arms
from armlet.registry.results.older import results_of
from armlet.registry.results.reading import ReadResults
from armlet.registry.results.rows import EventGroup, Group, OutcomeMeasure, ResultsSection

RECORDS = Path(__file__).parents[3] / ".." / "shared" / "records"
CLASSIC = RECORDS / "v1json_fullstudies"
XML = RECORDS / "legacyxml"
OLDER = [
    path
    for path in sorted([*CLASSIC.glob("*.json"), *XML.glob("*.xml")])
    if re.search(rb'<clinical_results>|"ResultsSection"', path.read_bytes())
]
needs_records = pytest.mark.skipif(not XML.exists(), reason="the real records (../shared/records) are not here")


def results(text: str) -> ReadResults:
    found = results_of(read_record(text.encode(), "x"))
    assert found is not None
    return found


INVENTED_XML = """<?xml version="1.0" encoding="UTF-8"?>
<clinical_study>
  <id_info><nct_id>NCT09999992</nct_id></id_info>
  <brief_title>Tea against Water</brief_title>
  <overall_status>Completed</overall_status>
  <study_type>Interventional</study_type>
  <clinical_results>
    <participant_flow>
      <recruitment_details>In a tea house.</recruitment_details>
      <group_list>
        <group group_id="P1"><title>Tea</title><description>Hot.</description></group>
        <group group_id="P2"><title>Water</title></group>
      </group_list>
      <period_list><period>
        <title>Overall Study</title>
        <milestone_list>
          <milestone><title>STARTED</title><participants_list>
            <participants group_id="P1" count="3">one came late</participants>
            <participants group_id="P2" count="2"/>
          </participants_list></milestone>
        </milestone_list>
        <drop_withdraw_reason_list><drop_withdraw_reason><title>Death</title><participants_list>
            <participants group_id="P1" count="1"/></participants_list></drop_withdraw_reason>
        </drop_withdraw_reason_list>
      </period></period_list>
    </participant_flow>
    <baseline>
      <group_list><group group_id="B1"><title>Tea</title></group>
        <group group_id="B2"><title>Total</title></group></group_list>
      <analyzed_list><analyzed><units>Participants</units><scope>Overall</scope>
        <count_list><count group_id="B1" value="3"/><count group_id="B2" value="5"/></count_list></analyzed></analyzed_list>
      <measure_list><measure><title>Age</title><units>years</units><param>Mean</param>
        <dispersion>Standard Deviation</dispersion>
        <class_list><class><category_list><category><measurement_list>
          <measurement group_id="B1" value="40.0" spread="2.5"/>
        </measurement_list></category></category_list></class></class_list></measure></measure_list>
    </baseline>
    <outcome_list>
      <outcome><type>Primary</type><title>Calm</title><time_frame>1 day</time_frame>
        <population>All.</population>
        <group_list><group group_id="O1"><title>tea </title></group></group_list>
        <measure><title>Calm</title><population>All.</population><units>score</units><param>Least Squares Mean</param>
          <dispersion>95% Confidence Interval</dispersion>
          <analyzed_list><analyzed><units>Participants</units><scope>Measure</scope>
            <count_list><count group_id="O1" value="2"/></count_list></analyzed></analyzed_list>
          <class_list><class><title>Day 1</title><category_list><category><measurement_list>
            <measurement group_id="O1" value="NA" lower_limit="1" upper_limit="2">too few</measurement>
          </measurement_list></category></category_list></class></class_list></measure>
        <analysis_list><analysis><group_id_list><group_id>O1</group_id></group_id_list>
          <non_inferiority>No</non_inferiority><non_inferiority_type>Superiority or Other</non_inferiority_type>
          <p_value>&lt;0.05</p_value><method>ANOVA</method><ci_percent>95</ci_percent><ci_n_sides>2-Sided</ci_n_sides>
        </analysis></analysis_list></outcome>
      <outcome><type>Post-Hoc</type><title>Sleep</title><posting_date>05/2030</posting_date><safety_issue>No</safety_issue>
      </outcome>
    </outcome_list>
    <reported_events>
      <time_frame>1 day</time_frame>
      <group_list><group group_id="E1"><title>Tea</title></group>
        <group group_id="E2"><title>Lemonade</title></group></group_list>
      <serious_events><default_vocab>own words</default_vocab>
        <default_assessment>Non-systematic Assessment</default_assessment>
        <category_list>
          <category><title>Total</title><event_list><event><sub_title>Total, serious adverse events</sub_title>
            <counts group_id="E1" subjects_affected="1" subjects_at_risk="3"/></event></event_list></category>
          <category><title>Skin</title><event_list><event><sub_title>Scald</sub_title>
            <counts group_id="E1" events="4" subjects_affected="1" subjects_at_risk="3"/></event></event_list></category>
        </category_list></serious_events>
      <other_events><frequency_threshold>5</frequency_threshold><category_list>
          <category><title>Total</title><event_list><event><sub_title>Total, other adverse events</sub_title>
            <counts group_id="E1" subjects_affected="0" subjects_at_risk="3"/></event></event_list></category>
        </category_list></other_events>
    </reported_events>
    <certain_agreements><pi_employee>Principal Investigators are NOT employed by the sponsor.</pi_employee>
      <restrictive_agreement>There is NOT an agreement that restricts them.</restrictive_agreement></certain_agreements>
    <point_of_contact><name_or_title>Ada Example</name_or_title><organization>Tea House</organization></point_of_contact>
  </clinical_results>
</clinical_study>
"""


def test_the_old_xml_gives_the_rows_of_the_api() -> None:
    section = results(INVENTED_XML).section
    first, second = section.outcome_measures_module.outcome_measures

    (period,) = section.participant_flow_module.periods
    assert [(one.group_id, one.num_subjects, one.comment) for one in period.milestones[0].achievements] == [
        ("P1", "3", "one came late"),
        ("P2", "2", None),
    ]
    assert (period.drop_withdraws[0].type, period.drop_withdraws[0].reasons[0].num_subjects) == ("Death", "1")
    (age,) = section.baseline_characteristics_module.measures
    assert (str(age.param_type), str(age.dispersion_type)) == ("MEAN", "STANDARD_DEVIATION")
    assert (str(first.type), str(first.param_type), first.dispersion_type) == (
        "PRIMARY",
        "LEAST_SQUARES_MEAN",
        "95% Confidence Interval",
    )
    (cell,) = first.classes[0].categories[0].measurements
    assert (cell.value, cell.lower_limit, cell.upper_limit, cell.comment) == ("NA", "1", "2", "too few")
    (analysis,) = first.analyses
    assert (analysis.group_ids, analysis.tested_non_inferiority, analysis.p_value) == (("O1",), False, "<0.05")
    assert (str(analysis.ci_num_sides), str(analysis.non_inferiority_type)) == ("TWO_SIDED", "SUPERIORITY_OR_OTHER")
    assert (str(second.type), str(second.reporting_status), str(second.anticipated_posting_date)) == (
        "POST_HOC",
        "NOT_POSTED",
        "2030-05",
    )


def test_adverse_events_of_the_old_xml_get_their_organ_system_and_groups_their_totals() -> None:
    events = results(INVENTED_XML).section.adverse_events_module

    group = events.event_groups[0]
    assert (group.serious_num_affected, group.serious_num_at_risk, group.other_num_affected) == (1, 3, 0)
    (scald,) = events.serious_events
    assert (scald.term, scald.organ_system, scald.source_vocabulary) == ("Scald", "Skin", "own words")
    assert str(scald.assessment_type) == "NON_SYSTEMATIC_ASSESSMENT"
    assert [(one.num_events, one.num_affected, one.num_at_risk) for one in scald.stats] == [(4, 1, 3)]
    assert (events.other_events, events.frequency_threshold) == ((), "5")


def test_what_has_no_row_is_kept_and_nobody_to_write_to_is() -> None:
    read = results(INVENTED_XML)
    more = read.section.more_info_module

    assert [(one.path, one.value) for one in read.kept] == [
        ("clinical_results/outcome_list/outcome[1]/safety_issue", "No")
    ]
    assert (more.certain_agreement.pi_sponsor_employee, more.certain_agreement.restrictive_agreement) == (False, False)
    assert (more.point_of_contact.organization, more.point_of_contact.title) == ("Tea House", None)


INVENTED_CLASSIC = {
    "FullStudiesResponse": {
        "FullStudies": [
            {
                "Rank": 1,
                "Study": {
                    "ProtocolSection": {"IdentificationModule": {"NCTId": "NCT09999993", "BriefTitle": "Tea"}},
                    "ResultsSection": {
                        "ParticipantFlowModule": {
                            "FlowRecruitmentDetails": "In a tea house.",
                            "FlowGroupList": {"FlowGroup": [{"FlowGroupId": "FG000", "FlowGroupTitle": "Tea"}]},
                        },
                        "OutcomeMeasuresModule": {
                            "OutcomeMeasureList": {
                                "OutcomeMeasure": [
                                    {
                                        "OutcomeMeasureType": "Other Pre-specified",
                                        "OutcomeMeasureParamType": "Count of Participants",
                                        "OutcomeMeasureDispersionType": "Inter-Quartile Range",
                                        "OutcomeAnalysisList": {
                                            "OutcomeAnalysis": [
                                                {
                                                    "OutcomeAnalysisGroupIdList": {
                                                        "OutcomeAnalysisGroupId": ["OG000", "OG001"]
                                                    },
                                                    "OutcomeAnalysisCIPctValue": "95",
                                                    "OutcomeAnalysisPValue": "0.4",
                                                    "OutcomeAnalysisTestedNonInferiority": "Yes",
                                                }
                                            ]
                                        },
                                        "OutcomeMeasureMood": "fine",
                                    }
                                ]
                            }
                        },
                        "AdverseEventsModule": {
                            "EventsFrequencyThreshold": "5",
                            "EventGroupList": {
                                "EventGroup": [{"EventGroupId": "EG000", "EventGroupOtherNumAtRisk": "3"}]
                            },
                        },
                        "MoreInfoModule": {"CertainAgreement": {"AgreementPISponsorEmployee": "No"}},
                    },
                },
            }
        ]
    }
}


def test_the_classic_api_gives_the_rows_of_the_api_and_an_unknown_name_is_kept() -> None:
    read = results(json.dumps(INVENTED_CLASSIC))
    (outcome,) = read.section.outcome_measures_module.outcome_measures

    assert read.section.participant_flow_module.groups == (Group(id="FG000", title="Tea"),)
    assert read.section.participant_flow_module.recruitment_details == "In a tea house."
    assert (str(outcome.type), str(outcome.param_type)) == ("OTHER_PRE_SPECIFIED", "COUNT_OF_PARTICIPANTS")
    assert outcome.dispersion_type == "Inter-Quartile Range"
    (analysis,) = outcome.analyses
    assert (analysis.group_ids, analysis.ci_pct_value, analysis.p_value) == (("OG000", "OG001"), "95", "0.4")
    assert analysis.tested_non_inferiority is True
    assert read.section.adverse_events_module.event_groups[0].other_num_at_risk == 3
    assert read.section.more_info_module.certain_agreement.pi_sponsor_employee is False
    assert [(one.path, one.value) for one in read.kept] == [
        ("outcomeMeasuresModule.outcomeMeasures[0].mood", "fine"),
    ]


def test_a_record_without_results_has_none() -> None:
    assert (
        results_of(read_record(b'{"protocolSection": {"statusModule": {"overallStatus": "COMPLETED"}}}', "x")) is None
    )


# --- Real records ---------------------------------------------------------------------------------------------------


def differences(one: JsonValue, other: JsonValue, path: str = "") -> Iterator[str]:
    """The paths, without numbers, at which two trees differ; ids and blanks do not count."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            if key not in {"id", "groupId", "groupIds"}:
                yield from differences(one.get(key), other.get(key), f"{path}.{key}".lstrip("."))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for mine, theirs in zip(one, other, strict=True):
            yield from differences(mine, theirs, path)
    elif isinstance(one, str) and isinstance(other, str):
        yield from () if one.split() == other.split() else (path,)
    elif one != other:
        yield path


def sorted_events(read: ReadResults) -> JsonValue:
    section = read.section.as_json()
    events = section["adverseEventsModule"]
    assert isinstance(events, dict)
    for kind in ("seriousEvents", "otherEvents"):
        found = events.get(kind)
        assert isinstance(found, list)
        events[kind] = sorted(found, key=lambda one: json.dumps([one["organSystem"], one["term"]]))
    return section


@needs_records
def test_two_layouts_of_one_trial_give_the_same_rows_but_for_what_was_changed_between_them() -> None:
    """The XML of this trial is a later version of the record than the classic JSON; each difference was looked up."""
    trial = "NCT00023673"
    classic = results((CLASSIC / f"{trial}.json").read_text("utf-8"))
    xml = results((XML / f"{trial}.xml").read_text("utf-8"))

    assert set(differences(sorted_events(classic), sorted_events(xml))) == {
        "baselineCharacteristicsModule.measures.title",
        "moreInfoModule.limitationsAndCaveats",
    }


@needs_records
def test_there_are_older_records_with_results() -> None:
    assert len(OLDER) == 25


@needs_records
@pytest.mark.parametrize("path", OLDER, ids=lambda path: path.name)
def test_no_value_of_a_real_record_is_lost_on_the_way_to_its_rows(path: Path) -> None:
    read = results(path.read_text("utf-8"))

    lost = {re.sub(r"\[\d+\]", "", one.path) for one in read.kept}
    assert lost <= {"clinical_results/outcome_list/outcome/safety_issue"}
    assert read.section.outcome_measures_module.outcome_measures
    assert read.section.adverse_events_module.event_groups[0].serious_num_at_risk is not None


# --- Arms across sections -------------------------------------------------------------------------------------------


def test_arms_match_by_title_and_what_does_not_is_told_with_the_reason() -> None:
    matched = match_arms(results(INVENTED_XML).section)

    assert [(arm.title, dict(arm.ids)) for arm in matched.arms] == [
        (
            "Tea",
            {
                "participantFlowModule": "P1",
                "baselineCharacteristicsModule": "B1",
                "outcomeMeasures[0]": "O1",
                "adverseEventsModule": "E1",
            },
        )
    ]
    assert [(one.place.id, one.because) for one in matched.unmatched] == [
        ("P2", "the title stands in participantFlowModule only"),
        ("B2", "the title stands in baselineCharacteristicsModule only"),
        ("E2", "the title stands in adverseEventsModule only"),
    ]


def test_a_title_that_stands_twice_in_a_section_or_is_empty_matches_nothing() -> None:
    section = ResultsSection.model_validate(
        {
            "participant_flow_module": {"groups": (Group(id="FG000", title="Tea"), Group(id="FG001", title=" TEA"))},
            "adverse_events_module": {"event_groups": (EventGroup(id="EG000", title="Tea"), EventGroup(id="EG001"))},
        }
    )
    matched = match_arms(section)

    assert matched.arms == ()
    assert [one.because for one in matched.unmatched] == [
        *["the title stands more than once in participantFlowModule"] * 3,
        "it has no title",
    ]


def test_an_exported_trial_matches_all_of_its_arms() -> None:
    groups = (Group(id="OG000", title="Tea"), Group(id="OG001", title="Water"))
    section = ResultsSection.model_validate(
        {
            "participant_flow_module": {"groups": groups},
            "outcome_measures_module": {"outcome_measures": (OutcomeMeasure(groups=groups),)},
        }
    )

    assert [arm.title for arm in match_arms(section).arms] == ["Tea", "Water"]
    assert match_arms(section).unmatched == ()
