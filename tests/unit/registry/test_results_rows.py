"""Rows of results: what the v2 API gives goes through unchanged, and what the rows cannot hold is kept and listed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from armlet.registry.record import JsonObject
from armlet.registry.results import rows
from armlet.registry.results.reading import read_results

SHARED = Path(__file__).parents[3] / ".." / "shared"
V2 = sorted((SHARED / "records" / "v2json").glob("*.json"))
OPENAPI = SHARED / "standards" / "ctgov" / "ctg-oas-v2.yaml"
SECTION: JsonObject = {
    "participantFlowModule": {
        "groups": [{"id": "FG000", "title": "Tea"}, {"id": "FG001", "title": "Water"}],
        "periods": [
            {
                "title": "Overall Study",
                "milestones": [{"type": "STARTED", "achievements": [{"groupId": "FG000", "numSubjects": "3"}]}],
            }
        ],
    },
    "outcomeMeasuresModule": {
        "outcomeMeasures": [
            {
                "type": "PRIMARY",
                "title": "Calm",
                "reportingStatus": "POSTED",
                "dispersionType": "Standard Deviation",
                "classes": [
                    {"categories": [{"measurements": [{"groupId": "OG000", "value": "1.50", "spread": "NA"}]}]}
                ],
                "analyses": [{"groupIds": ["OG000"], "pValue": "<0.0001", "ciNumSides": "TWO_SIDED"}],
            }
        ]
    },
    "adverseEventsModule": {"frequencyThreshold": "0", "eventGroups": [{"id": "EG000", "deathsNumAffected": 0}]},
    "moreInfoModule": {"certainAgreement": {"piSponsorEmployee": False}},
}


def with_results() -> list[Path]:
    return [path for path in V2 if '"resultsSection"' in path.read_text("utf-8")]


def section_of(path: Path) -> JsonObject:
    section = json.loads(path.read_text("utf-8"))["resultsSection"]
    assert isinstance(section, dict)
    return section


needs_records = pytest.mark.skipif(not V2, reason="the real records (../shared/records) are not here")


@needs_records
def test_there_are_records_with_results() -> None:
    assert len(with_results()) == 22


@needs_records
@pytest.mark.parametrize("path", with_results(), ids=lambda path: path.name)
def test_a_real_section_of_results_goes_through_the_rows_unchanged_with_nothing_left_over(path: Path) -> None:
    read = read_results(section_of(path))

    assert read.kept == ()
    assert read.section.as_json() == section_of(path)


def test_values_keep_the_text_they_were_given_in() -> None:
    section = read_results(SECTION).section
    cell = section.outcome_measures_module.outcome_measures[0].classes[0].categories[0].measurements[0]

    assert (cell.value, cell.spread) == ("1.50", "NA")
    assert section.adverse_events_module.event_groups[0].deaths_num_affected == 0
    assert section.more_info_module.certain_agreement.pi_sponsor_employee is False
    assert section.as_json() == SECTION


def test_an_unknown_field_and_an_unknown_word_are_listed_with_their_place_and_written_back() -> None:
    section = copy.deepcopy(SECTION)
    outcomes = section["outcomeMeasuresModule"]
    assert isinstance(outcomes, dict)
    outcomes["outcomeMeasures"] = [
        {"type": "TERTIARY", "title": "Sleep", "mood": {"score": [1, None]}, "groups": ["none"]},
        {"type": "SECONDARY"},
    ]
    section["futureModule"] = {"a": 1}

    read = read_results(section)

    assert read.as_json() == section
    assert [one.path for one in read.kept] == [
        "futureModule",
        "outcomeMeasuresModule.outcomeMeasures[0].mood",
        "outcomeMeasuresModule.outcomeMeasures[0].groups",
        "outcomeMeasuresModule.outcomeMeasures[0].type",
    ]
    assert {issue.rule for issue in read.issues("x.json")} == {"results/not-a-row"}
    assert read.section.outcome_measures_module.outcome_measures[0].title == "Sleep"


def places(node: JsonValue, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(node, dict):
        for key, item in node.items():
            yield (*above, key)
            yield from places(item, (*above, key))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from places(item, (*above, index))


def put(node: JsonValue, steps: tuple[str | int, ...], value: JsonValue) -> None:
    for step in steps[:-1]:
        node = node[str(step)] if isinstance(node, dict) else node[int(step)] if isinstance(node, list) else None
    assert isinstance(node, dict)
    node[str(steps[-1])] = value


JUNK = st.recursive(
    st.integers() | st.booleans() | st.text(max_size=4),
    lambda inner: st.lists(inner, min_size=1, max_size=2) | st.dictionaries(st.text(max_size=4), inner, min_size=1),
    max_leaves=4,
)


@given(st.lists(st.tuples(st.integers(0, 60), JUNK), max_size=4))
def test_whatever_stands_where_a_row_should_is_written_back_as_it_was(spoilt: list[tuple[int, JsonValue]]) -> None:
    section = copy.deepcopy(SECTION)
    for which, junk in spoilt:
        all_places = [place for place in places(section) if isinstance(place[-1], str)]
        put(section, all_places[which % len(all_places)], junk)

    assert read_results(section).as_json() == section


@pytest.mark.skipif(not OPENAPI.exists(), reason="the OpenAPI description (../shared/standards) is not here")
@pytest.mark.parametrize(
    "name",
    [
        "OutcomeMeasureType",
        "ReportingStatus",
        "MeasureParam",
        "MeasureDispersionType",
        "AnalysisDispersionType",
        "ConfidenceIntervalNumSides",
        "NonInferiorityType",
        "EventAssessment",
        "AgreementRestrictionType",
    ],
)
def test_the_enumerations_are_those_of_the_api(name: str) -> None:
    import yaml

    said = yaml.safe_load(OPENAPI.read_text("utf-8"))["components"]["schemas"][name]["enum"]

    assert [member.value for member in getattr(rows, name)] == said


SCHEMAS = {
    "Group": "FlowGroup",
    "DenomCount": "DenomCount",
    "Denom": "Denom",
    "FlowStats": "FlowStats",
    "FlowMilestone": "FlowMilestone",
    "DropWithdraw": "DropWithdraw",
    "FlowPeriod": "FlowPeriod",
    "ParticipantFlowModule": "ParticipantFlowModule",
    "Measurement": "Measurement",
    "MeasureCategory": "MeasureCategory",
    "MeasureClass": "MeasureClass",
    "BaselineMeasure": "BaselineMeasure",
    "BaselineCharacteristicsModule": "BaselineCharacteristicsModule",
    "MeasureAnalysis": "MeasureAnalysis",
    "OutcomeMeasure": "OutcomeMeasure",
    "OutcomeMeasuresModule": "OutcomeMeasuresModule",
    "EventGroup": "EventGroup",
    "EventStats": "EventStats",
    "AdverseEvent": "AdverseEvent",
    "AdverseEventsModule": "AdverseEventsModule",
    "LimitationsAndCaveats": "LimitationsAndCaveats",
    "CertainAgreement": "CertainAgreement",
    "PointOfContact": "PointOfContact",
    "MoreInfoModule": "MoreInfoModule",
    "ResultsSection": "ResultsSection",
}


@pytest.mark.skipif(not OPENAPI.exists(), reason="the OpenAPI description (../shared/standards) is not here")
def test_every_field_of_the_api_has_its_row_and_no_row_has_another() -> None:
    import yaml

    schemas = yaml.safe_load(OPENAPI.read_text("utf-8"))["components"]["schemas"]
    ours = {kind: {field.alias for field in getattr(rows, kind).model_fields.values()} for kind in SCHEMAS}

    assert ours == {kind: set(schemas[name]["properties"]) for kind, name in SCHEMAS.items()}
