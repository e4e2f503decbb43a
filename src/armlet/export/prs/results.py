"""The results of a record as the upload schema names and orders them. See ``RRSUploadSchema.xsd``.

Groups get ids of their own, since an id is unique in the whole document and the API's are not. What the schema has no
place for is left out, and `armlet.export.prs.lint.find_lost` lists it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from armlet.export.prs import picklists
from armlet.export.prs.node import Node, element, needed, text
from armlet.export.prs.picklists import spelt, yes_or_no
from armlet.registry.results.rows import (
    AdverseEvent,
    AdverseEventsModule,
    BaselineCharacteristicsModule,
    BaselineMeasure,
    Denom,
    DropWithdraw,
    EventGroup,
    FlowMilestone,
    FlowPeriod,
    Group,
    MeasureAnalysis,
    MeasureClass,
    Measurement,
    MoreInfoModule,
    OutcomeMeasure,
    ParticipantFlowModule,
    ResultsSection,
)
from armlet.registry.results.walk import total_id
from armlet.studytime import PartialDate

NAMESPACE: Final = "http://clinicaltrials.gov/rrs"
Ids = Mapping[str | None, str]


def results_node(results: ResultsSection) -> Node:
    """The element ``result``, with the parts in the order of the schema."""
    more = results.more_info_module
    limits = text("description", more.limitations_and_caveats.description)
    found = [
        _baseline(results.baseline_characteristics_module, total_id(results)),
        _agreement(more),
        None if limits is None else element("limitationsAndCaveats", limits),
        element(
            "outcomeMeasures",
            *(_outcome(number, one) for number, one in _counted(results.outcome_measures_module.outcome_measures)),
        ),
        _flow(results.participant_flow_module),
        _contact(more),
        _events(results.adverse_events_module),
    ]
    return element("rrs:result", *found)


def _counted(outcomes: Sequence[OutcomeMeasure]) -> Iterable[tuple[int, OutcomeMeasure]]:
    return enumerate(outcomes, start=1)


def _ids(groups: Sequence[Group | EventGroup], prefix: str) -> dict[str | None, str]:
    return {group.id: f"{prefix}.{number}" for number, group in enumerate(groups, start=1)}


def _id_of(ids: Ids, group_id: str | None) -> Node:
    """A reference; one to no group stays as it is, and the lint says so."""
    return needed("reportingGroupId", ids.get(group_id, group_id))


# --- Participant flow -------------------------------------------------------------------------------------------------


def _flow(module: ParticipantFlowModule) -> Node | None:
    if not module.groups:
        return None
    ids = _ids(module.groups, "ParticipantFlow.Group")
    return element(
        "participantFlow",
        element("participantFlowGroups", *(_group("flowGroup", group, ids[group.id]) for group in module.groups)),
        element("periods", *(_period(period, ids) for period in module.periods)),
        text("preAssignmentDescription", module.pre_assignment_details),
        text("recruitmentDetails", module.recruitment_details),
        text("typeUnitsAnalyzed", module.type_units_analyzed),
    )


def _group(name: str, group: Group, group_id: str) -> Node:
    return element(name, text("description", group.description), text("title", group.title), id=group_id)


def _period(period: FlowPeriod, ids: Ids) -> Node:
    """NOT COMPLETED has no place: the registry takes it for the difference of the other two."""
    named = {one.type: one for one in period.milestones}
    between = [one for one in period.milestones if one.type not in {"STARTED", "COMPLETED", "NOT COMPLETED"}]
    return element(
        "period",
        _milestone("completedMilestone", named.get("COMPLETED", FlowMilestone()), ids),
        element("dropWithdrawReasons", *(_reason(one, ids) for one in period.drop_withdraws)),
        element("milestones", *(_milestone("milestone", one, ids, title=one.type) for one in between)),
        _milestone("startedMilestone", named.get("STARTED", FlowMilestone()), ids),
        text("title", period.title),
    )


def _milestone(name: str, one: FlowMilestone, ids: Ids, title: str | None = None) -> Node:
    achieved = (
        element(
            "milestoneAchievement",
            _id_of(ids, stats.group_id),
            text("comment", stats.comment),
            text("subjectsAchieve", stats.num_subjects),
            text("unitsAchieve", stats.num_units),
        )
        for stats in one.achievements
    )
    return element(
        name, text("comment", one.comment), element("milestoneAchievements", *achieved), text("titleOther", title)
    )


def _reason(one: DropWithdraw, ids: Ids) -> Node:
    is_listed = one.type in picklists.REASONS
    details = (
        element("reasonDetail", _id_of(ids, stats.group_id), text("subjectsAffected", stats.num_subjects))
        for stats in one.reasons
    )
    return element(
        "dropWithdrawReason",
        element("dropWithdrawReasonDetails", *details),
        None if is_listed else text("otherReasonName", one.type),
        needed("reasonType", one.type if is_listed else picklists.OTHER),
    )


# --- Measures ---------------------------------------------------------------------------------------------------------


def _baseline(module: BaselineCharacteristicsModule, total: str | None) -> Node | None:
    if not module.groups:
        return None
    ids = _ids(module.groups, "Baseline.Group")
    columns = {
        group.id: _measure_group(
            "totalBaselineReportingGroup" if group.id == total else "baselineReportingGroup", group, ids, module.denoms
        )
        for group in module.groups
    }
    return element(
        "baseline",
        element("baselineMeasures", *(_baseline_measure(one, ids) for one in module.measures)),
        element("baselineReportingGroups", *(node for group, node in columns.items() if group != total)),
        text("populationAnalysisDescription", module.population_description),
        None if total is None else columns[total],
        text("typeUnitsAnalyzed", module.type_units_analyzed),
    )


def _measure_group(name: str, group: Group, ids: Ids, denoms: Sequence[Denom]) -> Node:
    return element(
        name,
        text("description", group.description),
        text("numUnitsAnalyzed", _denominator(denoms, group.id, participants=False)),
        text("subjectsAnalyzed", _denominator(denoms, group.id, participants=True)),
        text("title", group.title),
        id=ids[group.id],
    )


def _denominator(denoms: Sequence[Denom], group_id: str | None, *, participants: bool) -> str | None:
    for denom in denoms:
        if (denom.units == "Participants") is participants:
            for count in denom.counts:
                if count.group_id == group_id:
                    return count.value
    return None


def _baseline_measure(one: BaselineMeasure, ids: Ids) -> Node:
    is_listed = one.title in picklists.BASELINE_TITLES
    return element(
        "baselineMeasure",
        *_measure(one, ids, spelt(picklists.DISPERSIONS, one.dispersion_type), one.denoms),
        text("title", one.title if is_listed or not one.title else picklists.OTHER),
        text("unitOfMeasure", one.unit_of_measure),
        None if is_listed else text("otherTitle", one.title),
    )


def _measure(
    one: BaselineMeasure | OutcomeMeasure, ids: Ids, dispersion: str | None, own: Sequence[Denom]
) -> Iterator[Node | None]:
    """What both kinds of measure begin with; `own` are denominators of the measure that stand in its rows."""
    level = _other_level(dispersion)
    yield text("calculatePct", yes_or_no(one.calculate_pct))
    yield text("ciPctLevel", level)
    yield text("dispersionType", dispersion if level is None else picklists.OTHER_LEVEL)
    yield element("measureRows", *(_row(row, ids, row.denoms or own) for row in one.classes))
    yield text("measureDescription", one.description)
    yield text("parameterType", spelt(picklists.PARAMETERS, one.param_type))
    yield text("populationAnalysisDescription", one.population_description)
    yield text("selectedUnitOfAnalysis", one.denom_units_selected)


def _other_level(dispersion: str | None) -> str | None:
    """The level of an interval that the pick-list does not have, ``98`` of ``98% Confidence Interval``."""
    suffix = "% Confidence Interval"
    if dispersion is None or dispersion in picklists.DISPERSIONS.values() or not dispersion.endswith(suffix):
        return None
    return dispersion.removesuffix(suffix)


def _row(row: MeasureClass, ids: Ids, denoms: Sequence[Denom]) -> Node:
    shown = [
        group for group in ids if _has_cell(row, group) or _denominator(denoms, group, participants=True) is not None
    ]
    return element(
        "measureRow",
        element("reportedValues", *(_reported(row, group, ids, denoms) for group in shown)),
        text("title", row.title),
    )


def _has_cell(row: MeasureClass, group_id: str | None) -> bool:
    return any(cell.group_id == group_id for line in row.categories for cell in line.measurements)


def _reported(row: MeasureClass, group_id: str | None, ids: Ids, denoms: Sequence[Denom]) -> Node:
    entries = (
        _entry(line.title, cell) for line in row.categories for cell in line.measurements if cell.group_id == group_id
    )
    return element(
        "reportedValue",
        _id_of(ids, group_id),
        text("numUnitsAnalyzed", _denominator(denoms, group_id, participants=False)),
        element("reportedEntries", *entries),
        text("subjectsAnalyzed", _denominator(denoms, group_id, participants=True)),
    )


def _entry(category: str | None, cell: Measurement) -> Node:
    return element(
        "reportedEntry",
        text("catName", category),
        text("dispersionLowerLimit", cell.lower_limit),
        text("dispersionSpread", cell.spread),
        text("dispersionUpperLimit", cell.upper_limit),
        text("naComment", cell.comment),
        text("parameterValue", cell.value),
    )


def _outcome(number: int, one: OutcomeMeasure) -> Node:
    ids = _ids(one.groups, f"Outcome.{number}.Group")
    return element(
        "outcomeMeasure",
        *_measure(one, ids, one.dispersion_type, ()),
        text("timeFrame", one.time_frame),
        text("title", one.title),
        text("unitOfMeasure", one.unit_of_measure),
        _month("anticipatedResultPostingDate", one.anticipated_posting_date),
        needed("measureType", spelt(picklists.OUTCOME_TYPES, one.type)),
        element("outcomeMeasureAnalyses", *(_analysis(analysis, ids) for analysis in one.analyses)),
        element(
            "outcomeReportingGroups",
            *(_measure_group("outcomeReportingGroup", group, ids, one.denoms) for group in one.groups),
        ),
        text("typeUnitsAnalyzed", one.type_units_analyzed),
    )


def _month(name: str, day: PartialDate | None) -> Node | None:
    if day is None:
        return None
    month = None if day.month is None else f"{day.month:02d}"
    return element(name, text("month", month), text("year", f"{day.year:04d}"))


def _analysis(one: MeasureAnalysis, ids: Ids) -> Node:
    method, parameter = _listed(one.statistical_method, picklists.METHODS), _listed(one.param_type, picklists.ESTIMATES)
    return element(
        "measureAnalysis",
        element(
            "outcomeReportingGroups",
            *(needed("outcomeReportingGroupId", ids.get(group, group)) for group in one.group_ids),
        ),
        text("ciLowerLimit", one.ci_lower_limit),
        text("ciNumSides", spelt(picklists.SIDES, one.ci_num_sides)),
        text("ciPctValue", one.ci_pct_value),
        text("ciUpperLimit", one.ci_upper_limit),
        text("ciUpperLimitNaComment", one.ci_upper_limit_comment),
        text("dispersionType", spelt(picklists.ESTIMATE_DISPERSIONS, one.dispersion_type)),
        text("dispersionValue", one.dispersion_value),
        text("estimateComment", one.estimate_comment),
        text("groupDescription", one.group_description),
        text("nonInferiorityTestComment", one.non_inferiority_comment),
        text("otherAnalysis", one.other_analysis_description),
        text("otherMethodName", one.statistical_method if method == picklists.OTHER else None),
        text("otherTypeName", one.param_type if parameter == picklists.OTHER else None),
        needed("parameterType", parameter),
        text("parameterValue", one.param_value),
        text("pValue", one.p_value),
        text("pValueComment", one.p_value_comment),
        text("statisticalMethod", method),
        text("statisticalTestComment", one.statistical_comment),
        text("statisticalTestType", spelt(picklists.TESTS, one.non_inferiority_type)),
    )


def _listed(value: str | None, listed: Sequence[str]) -> str | None:
    """The value as the list spells it; Other for one that it does not have."""
    if value is None:
        return None
    return next((one for one in listed if one == value), picklists.OTHER)


# --- Adverse events, and the rest -------------------------------------------------------------------------------------


def _events(module: AdverseEventsModule) -> Node | None:
    if not module.event_groups:
        return None
    ids = _ids(module.event_groups, "Events.Group")
    return element(
        "reportedEvents",
        text("allCauseMortComment", module.all_cause_mortality_comment),
        text("frequencyReportingThreshold", module.frequency_threshold),
        element("frequentAdverseEvents", *(_event("frequentEvent", one, ids) for one in module.other_events)),
        element("interventionGroups", *(_event_group(group, ids) for group in module.event_groups)),
        text("notes", module.description),
        element("seriousAdverseEvents", *(_event("seriousEvent", one, ids) for one in module.serious_events)),
        text("timeFrame", module.time_frame),
    )


def _event_group(group: EventGroup, ids: Ids) -> Node:
    return element(
        "interventionGroup",
        text("description", group.description),
        text("numDeaths", group.deaths_num_affected),
        text("numSubjectsFrequentEvents", group.other_num_affected),
        text("numSubjectsSeriousEvents", group.serious_num_affected),
        text("partAtRiskAllCauseMort", group.deaths_num_at_risk),
        text("partAtRiskFrequentEvents", group.other_num_at_risk),
        text("partAtRiskSeriousEvents", group.serious_num_at_risk),
        text("title", group.title),
        id=ids[group.id],
    )


def _event(name: str, one: AdverseEvent, ids: Ids) -> Node:
    stats = (
        element(
            "eventStats",
            _id_of(ids, row.group_id),
            text("numEvents", row.num_events),
            text("numSubjectsAffected", row.num_affected),
            text("numSubjects", row.num_at_risk),
        )
        for row in one.stats
    )
    return element(
        name,
        element("adverseEventStats", *stats),
        text("assessmentType", spelt(picklists.ASSESSMENTS, one.assessment_type)),
        text("notes", one.notes),
        text("organSystemName", one.organ_system),
        text("sourceVocabulary", one.source_vocabulary),
        text("term", one.term),
    )


def _agreement(more: MoreInfoModule) -> Node | None:
    one = more.certain_agreement
    found = element(
        "certainAgreement",
        text("otherDetails", one.other_details),
        text("piSponsorEmployee", yes_or_no(one.pi_sponsor_employee)),
        text("restrictionType", one.restriction_type),
        text("restrictiveAgreement", yes_or_no(one.restrictive_agreement)),
    )
    return found if found.children else None


def _contact(more: MoreInfoModule) -> Node | None:
    one = more.point_of_contact
    found = element(
        "pointOfContact",
        text("email", one.email),
        text("organizationName", one.organization),
        text("phoneExtension", one.phone_ext),
        text("phoneNumber", one.phone),
        text("title", one.title),
    )
    return found if found.children else None
