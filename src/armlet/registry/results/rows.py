"""Result rows in the shape of ``resultsSection`` of the ClinicalTrials.gov v2 API, with its enumerations.

Python names are snake_case, the JSON names are the API's camelCase. Numbers of measures are text, as the registry keeps
them (``1.50`` is not ``1.5``, and ``NA`` is a value that needs a comment); counts of adverse events are whole numbers.
A single value that is not there is None, a list is empty, and neither is written out. Groups have ids of their own in
each module (``FG000``, ``BG000``, ``OG000``, ``EG000``); only their titles say that two of them are the same arm.
The models are closed: what the API does not have is refused here, and kept by `armlet.registry.results.reading`.

Source: the OpenAPI description of the v2 API (2.0.0 draft), schemas reachable from ``ResultsSection``.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from armlet.document import Document, canonical_json
from armlet.registry.record import JsonObject
from armlet.studytime import PartialDate


class OutcomeMeasureType(StrEnum):
    """Where an outcome stands in the plan; POST_HOC ones were not in it."""

    PRIMARY = "PRIMARY"
    SECONDARY = "SECONDARY"
    OTHER_PRE_SPECIFIED = "OTHER_PRE_SPECIFIED"
    POST_HOC = "POST_HOC"


class ReportingStatus(StrEnum):
    """Whether an outcome has its numbers; without them it says when they are expected."""

    NOT_POSTED = "NOT_POSTED"
    POSTED = "POSTED"


class MeasureParam(StrEnum):
    """What kind of number a cell holds."""

    GEOMETRIC_MEAN = "GEOMETRIC_MEAN"
    GEOMETRIC_LEAST_SQUARES_MEAN = "GEOMETRIC_LEAST_SQUARES_MEAN"
    LEAST_SQUARES_MEAN = "LEAST_SQUARES_MEAN"
    LOG_MEAN = "LOG_MEAN"
    MEAN = "MEAN"
    MEDIAN = "MEDIAN"
    NUMBER = "NUMBER"
    COUNT_OF_PARTICIPANTS = "COUNT_OF_PARTICIPANTS"
    COUNT_OF_UNITS = "COUNT_OF_UNITS"


class MeasureDispersionType(StrEnum):
    """What a baseline cell's spread or limits are. Outcomes spell theirs in words (`OutcomeMeasure`)."""

    NA = "NA"
    STANDARD_DEVIATION = "STANDARD_DEVIATION"
    STANDARD_ERROR = "STANDARD_ERROR"
    INTER_QUARTILE_RANGE = "INTER_QUARTILE_RANGE"
    FULL_RANGE = "FULL_RANGE"
    CONFIDENCE_80 = "CONFIDENCE_80"
    CONFIDENCE_90 = "CONFIDENCE_90"
    CONFIDENCE_95 = "CONFIDENCE_95"
    CONFIDENCE_975 = "CONFIDENCE_975"
    CONFIDENCE_99 = "CONFIDENCE_99"
    CONFIDENCE_OTHER = "CONFIDENCE_OTHER"
    GEOMETRIC_COEFFICIENT = "GEOMETRIC_COEFFICIENT"


class AnalysisDispersionType(StrEnum):
    """What the dispersion of an estimated parameter is."""

    STANDARD_DEVIATION = "STANDARD_DEVIATION"
    STANDARD_ERROR_OF_MEAN = "STANDARD_ERROR_OF_MEAN"


class ConfidenceIntervalNumSides(StrEnum):
    """Whether an interval has one limit or two."""

    ONE_SIDED = "ONE_SIDED"
    TWO_SIDED = "TWO_SIDED"


class NonInferiorityType(StrEnum):
    """What a statistical test was to show; the last four stand in older records only."""

    SUPERIORITY = "SUPERIORITY"
    NON_INFERIORITY = "NON_INFERIORITY"
    EQUIVALENCE = "EQUIVALENCE"
    OTHER = "OTHER"
    NON_INFERIORITY_OR_EQUIVALENCE = "NON_INFERIORITY_OR_EQUIVALENCE"
    SUPERIORITY_OR_OTHER = "SUPERIORITY_OR_OTHER"
    NON_INFERIORITY_OR_EQUIVALENCE_LEGACY = "NON_INFERIORITY_OR_EQUIVALENCE_LEGACY"
    SUPERIORITY_OR_OTHER_LEGACY = "SUPERIORITY_OR_OTHER_LEGACY"


class EventAssessment(StrEnum):
    """Whether adverse events were asked for on a schedule, or taken down when told."""

    NON_SYSTEMATIC_ASSESSMENT = "NON_SYSTEMATIC_ASSESSMENT"
    SYSTEMATIC_ASSESSMENT = "SYSTEMATIC_ASSESSMENT"


class AgreementRestrictionType(StrEnum):
    """How long a sponsor may hold back what an investigator wants to publish: to 60 days, 180 days, or else."""

    LTE60 = "LTE60"
    GT60 = "GT60"
    OTHER = "OTHER"


class ResultRow(Document):
    """A structure of the API; its JSON names are the camelCase of its attributes."""

    model_config = ConfigDict(alias_generator=to_camel)


class Group(ResultRow):
    """One arm as one module shows it (FlowGroup and MeasureGroup of the API); `title` links it to other modules."""

    id: str | None = None
    title: str | None = None
    description: str | None = None


class DenomCount(ResultRow):
    """How many participants (or units) of one group a number stands on."""

    group_id: str | None = None
    value: str | None = None


class Denom(ResultRow):
    """The denominators of a table or a row, one for each group; `units` is most often ``Participants``."""

    units: str | None = None
    counts: tuple[DenomCount, ...] = ()


# --- Participant flow -----------------------------------------------------------------------------------------------


class FlowStats(ResultRow):
    """How many participants of one group reached a milestone, or left for a reason."""

    group_id: str | None = None
    comment: str | None = None
    num_subjects: str | None = None
    num_units: str | None = None


class FlowMilestone(ResultRow):
    """A step of a period: STARTED, COMPLETED, NOT COMPLETED, or one of the trial's own in between."""

    type: str | None = None
    comment: str | None = None
    achievements: tuple[FlowStats, ...] = ()


class DropWithdraw(ResultRow):
    """A reason for not completing a period, with who left for it."""

    type: str | None = None
    comment: str | None = None
    reasons: tuple[FlowStats, ...] = ()


class FlowPeriod(ResultRow):
    """One stretch of the trial, from STARTED to COMPLETED; the reasons add up to NOT COMPLETED."""

    title: str | None = None
    milestones: tuple[FlowMilestone, ...] = ()
    drop_withdraws: tuple[DropWithdraw, ...] = ()


class ParticipantFlowModule(ResultRow):
    """Who came, who went, by arm."""

    pre_assignment_details: str | None = None
    recruitment_details: str | None = None
    type_units_analyzed: str | None = None
    groups: tuple[Group, ...] = ()
    periods: tuple[FlowPeriod, ...] = ()


# --- Measures: baseline and outcomes --------------------------------------------------------------------------------


class Measurement(ResultRow):
    """One cell; `value` NA needs a `comment` that says why there is no number."""

    group_id: str | None = None
    value: str | None = None
    spread: str | None = None
    lower_limit: str | None = None
    upper_limit: str | None = None
    comment: str | None = None


class MeasureCategory(ResultRow):
    """A line of a row: one category (``Female``), or the whole row where there are none."""

    title: str | None = None
    measurements: tuple[Measurement, ...] = ()


class MeasureClass(ResultRow):
    """A row of a table (a visit, a subscale); it may stand on fewer participants than its table."""

    title: str | None = None
    denoms: tuple[Denom, ...] = ()
    categories: tuple[MeasureCategory, ...] = ()


class BaselineMeasure(ResultRow):
    """One characteristic at the start, by arm."""

    title: str | None = None
    description: str | None = None
    population_description: str | None = None
    param_type: MeasureParam | None = None
    dispersion_type: MeasureDispersionType | None = None
    unit_of_measure: str | None = None
    calculate_pct: bool | None = None
    denom_units_selected: str | None = None
    denoms: tuple[Denom, ...] = ()
    classes: tuple[MeasureClass, ...] = ()


class BaselineCharacteristicsModule(ResultRow):
    """Who the participants were; one group more than there are arms holds the total."""

    population_description: str | None = None
    type_units_analyzed: str | None = None
    groups: tuple[Group, ...] = ()
    denoms: tuple[Denom, ...] = ()
    measures: tuple[BaselineMeasure, ...] = ()


class MeasureAnalysis(ResultRow):
    """One statistical analysis of an outcome: test, estimated parameter, interval. `p_value` may be ``<0.0001``."""

    param_type: str | None = None
    param_value: str | None = None
    dispersion_type: AnalysisDispersionType | None = None
    dispersion_value: str | None = None
    statistical_method: str | None = None
    statistical_comment: str | None = None
    p_value: str | None = None
    p_value_comment: str | None = None
    ci_num_sides: ConfidenceIntervalNumSides | None = None
    ci_pct_value: str | None = None
    ci_lower_limit: str | None = None
    ci_upper_limit: str | None = None
    ci_lower_limit_comment: str | None = None
    ci_upper_limit_comment: str | None = None
    estimate_comment: str | None = None
    tested_non_inferiority: bool | None = None
    non_inferiority_type: NonInferiorityType | None = None
    non_inferiority_comment: str | None = None
    other_analysis_description: str | None = None
    group_description: str | None = None
    group_ids: tuple[str, ...] = ()


class OutcomeMeasure(ResultRow):
    """One outcome with its numbers by arm. `dispersion_type` is spelt in words (``Standard Deviation``)."""

    type: OutcomeMeasureType | None = None
    title: str | None = None
    description: str | None = None
    population_description: str | None = None
    reporting_status: ReportingStatus | None = None
    anticipated_posting_date: PartialDate | None = None
    param_type: MeasureParam | None = None
    dispersion_type: str | None = None
    unit_of_measure: str | None = None
    calculate_pct: bool | None = None
    time_frame: str | None = None
    type_units_analyzed: str | None = None
    denom_units_selected: str | None = None
    groups: tuple[Group, ...] = ()
    denoms: tuple[Denom, ...] = ()
    classes: tuple[MeasureClass, ...] = ()
    analyses: tuple[MeasureAnalysis, ...] = ()


class OutcomeMeasuresModule(ResultRow):
    """Every outcome, primary ones first."""

    outcome_measures: tuple[OutcomeMeasure, ...] = ()


# --- Adverse events, and the rest -----------------------------------------------------------------------------------


class EventGroup(ResultRow):
    """One arm among the adverse events: who was at risk, who died, who had a serious event, who had another."""

    id: str | None = None
    title: str | None = None
    description: str | None = None
    deaths_num_affected: int | None = Field(default=None, ge=0)
    deaths_num_at_risk: int | None = Field(default=None, ge=0)
    serious_num_affected: int | None = Field(default=None, ge=0)
    serious_num_at_risk: int | None = Field(default=None, ge=0)
    other_num_affected: int | None = Field(default=None, ge=0)
    other_num_at_risk: int | None = Field(default=None, ge=0)


class EventStats(ResultRow):
    """How many of one arm had an event, and how often."""

    group_id: str | None = None
    num_events: int | None = Field(default=None, ge=0)
    num_affected: int | None = Field(default=None, ge=0)
    num_at_risk: int | None = Field(default=None, ge=0)


class AdverseEvent(ResultRow):
    """One adverse event term, by arm; `source_vocabulary` says whose words the term is in."""

    term: str | None = None
    organ_system: str | None = None
    source_vocabulary: str | None = None
    assessment_type: EventAssessment | None = None
    notes: str | None = None
    stats: tuple[EventStats, ...] = ()


class AdverseEventsModule(ResultRow):
    """Deaths, serious events, and other events that are more frequent than `frequency_threshold` per cent."""

    frequency_threshold: str | None = None
    time_frame: str | None = None
    description: str | None = None
    all_cause_mortality_comment: str | None = None
    event_groups: tuple[EventGroup, ...] = ()
    serious_events: tuple[AdverseEvent, ...] = ()
    other_events: tuple[AdverseEvent, ...] = ()


class LimitationsAndCaveats(ResultRow):
    """What a reader has to know before believing the numbers."""

    description: str | None = None


class CertainAgreement(ResultRow):
    """Whether the sponsor may keep the investigator from publishing."""

    pi_sponsor_employee: bool | None = None
    restriction_type: AgreementRestrictionType | None = None
    restrictive_agreement: bool | None = None
    other_details: str | None = None


class PointOfContact(ResultRow):
    """Where to ask about the results."""

    title: str | None = None
    organization: str | None = None
    email: str | None = None
    phone: str | None = None
    phone_ext: str | None = None


class MoreInfoModule(ResultRow):
    """Limitations, agreements, contact. A structure of which nothing is known is an empty one."""

    limitations_and_caveats: LimitationsAndCaveats = LimitationsAndCaveats()
    certain_agreement: CertainAgreement = CertainAgreement()
    point_of_contact: PointOfContact = PointOfContact()


class ResultsSection(ResultRow):
    """The results of one trial. A module of which nothing is known is an empty one."""

    participant_flow_module: ParticipantFlowModule = ParticipantFlowModule()
    baseline_characteristics_module: BaselineCharacteristicsModule = BaselineCharacteristicsModule()
    outcome_measures_module: OutcomeMeasuresModule = OutcomeMeasuresModule()
    adverse_events_module: AdverseEventsModule = AdverseEventsModule()
    more_info_module: MoreInfoModule = MoreInfoModule()

    def as_json(self) -> JsonObject:
        """The results as the API spells them; what is absent or empty is left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)

    def canonical(self) -> bytes:
        """The one spelling of these results, without what is absent or empty."""
        return canonical_json(self.as_json())
