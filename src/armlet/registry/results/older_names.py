"""How the older layouts of ClinicalTrials.gov spell the rows of results. Each line was seen in public records."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

YES_NO: Final = frozenset({"calculatePct", "testedNonInferiority", "piSponsorEmployee", "restrictiveAgreement"})
NUMBERS: Final = frozenset(
    {"numEvents", "numAffected", "numAtRisk"}
    | {f"{kind}Num{what}" for kind in ("deaths", "serious", "other") for what in ("Affected", "AtRisk")}
)
ENUMERATED: Final = frozenset(
    {
        ("", name)
        for name in ("reportingStatus", "nonInferiorityType", "ciNumSides", "assessmentType", "restrictionType")
    }
    | {("outcomeMeasures", name) for name in ("type", "paramType")}
    | {("measures", name) for name in ("paramType", "dispersionType")}
    | {("analyses", "dispersionType")}
)
"""Fields with a closed list of words, by the structure that they stand in; an outcome's dispersion is free text."""

WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "1-sided": "ONE_SIDED",
        "2-sided": "TWO_SIDED",
        "80% confidence interval": "CONFIDENCE_80",
        "90% confidence interval": "CONFIDENCE_90",
        "95% confidence interval": "CONFIDENCE_95",
        "97.5% confidence interval": "CONFIDENCE_975",
        "99% confidence interval": "CONFIDENCE_99",
        "geometric coefficient of variation": "GEOMETRIC_COEFFICIENT",
        "standard error of the mean": "STANDARD_ERROR_OF_MEAN",
    }
)
"""Words that are not their enumeration in capitals."""

_MEASURED: Final = {
    "MeasureList": "measures",
    "ClassList": "classes",
    "ClassDenomList": "denoms",
    "ClassDenomCountList": "counts",
    "CategoryList": "categories",
    "MeasurementList": "measurements",
    "GroupList": "groups",
    "DenomList": "denoms",
    "DenomCountList": "counts",
}

LISTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "FlowGroupList": "groups",
        "FlowPeriodList": "periods",
        "FlowMilestoneList": "milestones",
        "FlowAchievementList": "achievements",
        "FlowDropWithdrawList": "dropWithdraws",
        "FlowReasonList": "reasons",
        **{f"Baseline{name}": key for name, key in _MEASURED.items()},
        "BaselineMeasureDenomList": "denoms",
        "BaselineMeasureDenomCountList": "counts",
        **{f"Outcome{name}": key for name, key in _MEASURED.items()},
        "OutcomeMeasureList": "outcomeMeasures",
        "OutcomeAnalysisList": "analyses",
        "OutcomeAnalysisGroupIdList": "groupIds",
        "EventGroupList": "eventGroups",
        "SeriousEventList": "seriousEvents",
        "SeriousEventStatsList": "stats",
        "OtherEventList": "otherEvents",
        "OtherEventStatsList": "stats",
    }
)
"""The lists of the classic API, and the API's key for each."""

_FLOW: Final = "participantFlowModule"
_PERIOD: Final = f"{_FLOW}.periods[period]"
_BASELINE: Final = "baselineCharacteristicsModule"
_OUTCOME: Final = "outcomeMeasuresModule.outcomeMeasures[outcome]"
_EVENTS: Final = "adverseEventsModule"
_MORE: Final = "moreInfoModule"


def _groups(element: str, key: str) -> dict[str, str]:
    return {
        f"{element}/group_list/group@group_id": f"{key}[group].id",
        f"{element}/group_list/group/title": f"{key}[group].title",
        f"{element}/group_list/group/description": f"{key}[group].description",
    }


def _milestones(element: str, key: str, kind: str) -> dict[str, str]:
    below = f"{element}/participants_list/participants"
    return {
        f"{element}/title": f"{key}.type",
        below: f"{key}.{kind}[participants].comment",
        f"{below}@group_id": f"{key}.{kind}[participants].groupId",
        f"{below}@count": f"{key}.{kind}[participants].numSubjects",
    }


def _analysed(element: str, key: str) -> dict[str, str]:
    """Denominators; the scope is said by where they stand."""
    below = f"{element}/analyzed_list/analyzed"
    return {
        f"{below}/units": f"{key}.denoms[analyzed].units",
        f"{below}/scope": "",
        f"{below}/count_list/count@group_id": f"{key}.denoms[analyzed].counts[count].groupId",
        f"{below}/count_list/count@value": f"{key}.denoms[analyzed].counts[count].value",
    }


def _classes(element: str, key: str) -> dict[str, str]:
    one, row = f"{element}/class_list/class", f"{key}.classes[class]"
    category = f"{one}/category_list/category"
    cell, at = f"{category}/measurement_list/measurement", f"{row}.categories[category].measurements[measurement]"
    return {
        f"{one}/title": f"{row}.title",
        **_analysed(one, row),
        f"{category}/title": f"{row}.categories[category].title",
        cell: f"{at}.comment",
        f"{cell}@group_id": f"{at}.groupId",
        f"{cell}@value": f"{at}.value",
        f"{cell}@spread": f"{at}.spread",
        f"{cell}@lower_limit": f"{at}.lowerLimit",
        f"{cell}@upper_limit": f"{at}.upperLimit",
    }


def _analysis() -> dict[str, str]:
    element, key = "outcome_list/outcome/analysis_list/analysis", f"{_OUTCOME}.analyses[analysis]"
    same = {
        "groups_desc": "groupDescription",
        "non_inferiority": "testedNonInferiority",
        "non_inferiority_type": "nonInferiorityType",
        "non_inferiority_desc": "nonInferiorityComment",
        "p_value": "pValue",
        "p_value_desc": "pValueComment",
        "method": "statisticalMethod",
        "method_desc": "statisticalComment",
        "param_type": "paramType",
        "param_value": "paramValue",
        "dispersion_type": "dispersionType",
        "dispersion_value": "dispersionValue",
        "ci_percent": "ciPctValue",
        "ci_n_sides": "ciNumSides",
        "ci_lower_limit": "ciLowerLimit",
        "ci_upper_limit": "ciUpperLimit",
        "ci_lower_limit_na_comment": "ciLowerLimitComment",
        "ci_upper_limit_na_comment": "ciUpperLimitComment",
        "estimate_desc": "estimateComment",
        "other_analysis_desc": "otherAnalysisDescription",
    }
    return {
        f"{element}/group_id_list/group_id": f"{key}.groupIds[group_id]",
        **{f"{element}/{tag}": f"{key}.{name}" for tag, name in same.items()},
    }


def _event_rows(kind: str) -> dict[str, str]:
    element = f"reported_events/{kind}_events/category_list/category/event_list/event"
    key = f"{_EVENTS}.{kind}Events[category+event]"
    return {
        f"{element}/sub_title": f"{key}.term",
        f"{element}/sub_title@vocab": f"{key}.sourceVocabulary",
        f"{element}/assessment": f"{key}.assessmentType",
        f"{element}/description": f"{key}.notes",
        f"{element}/counts@group_id": f"{key}.stats[counts].groupId",
        f"{element}/counts@events": f"{key}.stats[counts].numEvents",
        f"{element}/counts@subjects_affected": f"{key}.stats[counts].numAffected",
        f"{element}/counts@subjects_at_risk": f"{key}.stats[counts].numAtRisk",
    }


def _outcome() -> dict[str, str]:
    element, measure = "outcome_list/outcome", "outcome_list/outcome/measure"
    told = {"type": "type", "title": "title", "description": "description", "time_frame": "timeFrame"}
    counted = {"units": "unitOfMeasure", "param": "paramType", "dispersion": "dispersionType"}
    return {
        **{f"{element}/{tag}": f"{_OUTCOME}.{name}" for tag, name in told.items()},
        f"{element}/population": f"{_OUTCOME}.populationDescription",
        f"{element}/posting_date": f"{_OUTCOME}.anticipatedPostingDate",
        **_groups(element, f"{_OUTCOME}.groups"),
        **{f"{measure}/{tag}": f"{_OUTCOME}.{name}" for tag, name in counted.items()},
        **{f"{measure}/{tag}": "" for tag in ("title", "description", "population")},
        f"{measure}/units_analyzed": f"{_OUTCOME}.denomUnitsSelected",
        **_analysed(measure, _OUTCOME),
        **_classes(measure, _OUTCOME),
        **_analysis(),
    }


XML: Final[Mapping[str, str]] = MappingProxyType(
    {
        "participant_flow/pre_assignment_details": f"{_FLOW}.preAssignmentDetails",
        "participant_flow/recruitment_details": f"{_FLOW}.recruitmentDetails",
        **_groups("participant_flow", f"{_FLOW}.groups"),
        "participant_flow/period_list/period/title": f"{_PERIOD}.title",
        **_milestones(
            "participant_flow/period_list/period/milestone_list/milestone",
            f"{_PERIOD}.milestones[milestone]",
            "achievements",
        ),
        **_milestones(
            "participant_flow/period_list/period/drop_withdraw_reason_list/drop_withdraw_reason",
            f"{_PERIOD}.dropWithdraws[drop_withdraw_reason]",
            "reasons",
        ),
        "baseline/population": f"{_BASELINE}.populationDescription",
        **_groups("baseline", f"{_BASELINE}.groups"),
        **_analysed("baseline", _BASELINE),
        **{
            f"baseline/measure_list/measure/{tag}": f"{_BASELINE}.measures[measure].{name}"
            for tag, name in {
                "title": "title",
                "description": "description",
                "population": "populationDescription",
                "units": "unitOfMeasure",
                "param": "paramType",
                "dispersion": "dispersionType",
                "units_analyzed": "denomUnitsSelected",
            }.items()
        },
        **_analysed("baseline/measure_list/measure", f"{_BASELINE}.measures[measure]"),
        **_classes("baseline/measure_list/measure", f"{_BASELINE}.measures[measure]"),
        **_outcome(),
        "reported_events/time_frame": f"{_EVENTS}.timeFrame",
        "reported_events/desc": f"{_EVENTS}.description",
        "reported_events/other_events/frequency_threshold": f"{_EVENTS}.frequencyThreshold",
        **_groups("reported_events", f"{_EVENTS}.eventGroups"),
        **_event_rows("serious"),
        **_event_rows("other"),
        "limitations_and_caveats": f"{_MORE}.limitationsAndCaveats.description",
        "certain_agreements/pi_employee": f"{_MORE}.certainAgreement.piSponsorEmployee",
        "point_of_contact/organization": f"{_MORE}.pointOfContact.organization",
    }
)
"""The elements of ``clinical_results``, and the row of each; an empty one says what its place says already."""
