"""The values that the registry takes for each pick-list, and how the v2 API's enumerations are spelt in them.

The upload schemas name the lists in comments; their display values, which an upload may use, are those of the registry's
screens and public records. Sources: the comments of ``ProtocolRecordSchema.xsd`` (2018-05-08) and ``RRSUploadSchema.xsd``
(2017-04-18); the 22 public v2 records with results of 2026; the Data Element Definitions. What is newer than the schemas,
or from memory, is marked.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

from armlet.registry.record import (
    ArmGroupType,
    BioSpecRetention,
    DateType,
    DesignAllocation,
    DesignTimePerspective,
    ExpandedAccessStatus,
    InterventionalAssignment,
    InterventionType,
    IpdSharing,
    ObservationalModel,
    OfficialRole,
    Phase,
    PrimaryPurpose,
    RecruitmentStatus,
    ResponsiblePartyType,
    SamplingMethod,
    SecondaryIdType,
    Sex,
    Status,
    StudyType,
)
from armlet.registry.results.rows import (
    AnalysisDispersionType,
    ConfidenceIntervalNumSides,
    EventAssessment,
    MeasureDispersionType,
    MeasureParam,
    NonInferiorityType,
    OutcomeMeasureType,
)
from armlet.registry.review.event_terms import ORGAN_SYSTEMS

OTHER: Final = "Other"


def _spelt(*members: StrEnum, **different: str) -> dict[StrEnum, str]:
    """Each member in title case; those spelt otherwise by name."""
    return {one: different.get(one.name, one.value.replace("_", " ").title()) for one in members}


M = TypeVar("M", bound=StrEnum)


def spelt(listed: Mapping[M, str], member: M | None) -> str | None:
    """The list's spelling of a member; the member's own where the list has none, for the lint to find. None for None."""
    return None if member is None else listed.get(member, member.value)


def yes_or_no(value: bool | None) -> str | None:
    """A truth as the schema spells it; None where it is not known."""
    return None if value is None else "yes" if value else "no"


STUDY_TYPES: Final = _spelt(*StudyType)
STATUSES: Final = _spelt(
    *(one for one in Status if one.name in RecruitmentStatus.__members__ and one.name != "AVAILABLE"),
    ACTIVE_NOT_RECRUITING="Active, not recruiting",
    ENROLLING_BY_INVITATION="Enrolling by invitation",
    NOT_YET_RECRUITING="Not yet recruiting",
)
SITE_STATUSES: Final = {
    RecruitmentStatus[str(one.name)]: words
    for one, words in STATUSES.items()
    if one.name in RecruitmentStatus.__members__
}
ACCESS_STATUSES: Final = _spelt(
    *ExpandedAccessStatus,
    NO_LONGER_AVAILABLE="No longer available",
    TEMPORARILY_NOT_AVAILABLE="Temporarily not available",
    APPROVED_FOR_MARKETING="Approved for marketing",
)
ACCESS_STATUSES_BY_NAME: Final = {one.name: words for one, words in ACCESS_STATUSES.items()}
DATE_TYPES: Final = _spelt(*DateType, ESTIMATED="Anticipated")
ALLOCATIONS: Final = _spelt(*DesignAllocation, NON_RANDOMIZED="Non-randomized", NA="N/A")
MODELS: Final = {one: f"{words} Assignment" for one, words in _spelt(*InterventionalAssignment).items()}
PURPOSES: Final = _spelt(*(one for one in PrimaryPurpose if one is not PrimaryPurpose.ECT))
PHASES: Final = {
    (Phase.NA,): "N/A",
    (Phase.EARLY_PHASE1,): "Early Phase 1",
    (Phase.PHASE1,): "Phase 1",
    (Phase.PHASE1, Phase.PHASE2): "Phase 1/2",
    (Phase.PHASE2,): "Phase 2",
    (Phase.PHASE2, Phase.PHASE3): "Phase 2/3",
    (Phase.PHASE3,): "Phase 3",
    (Phase.PHASE4,): "Phase 4",
}
OBSERVATIONAL_MODELS: Final = _spelt(
    *ObservationalModel,
    CASE_CONTROL="Case-Control",
    CASE_ONLY="Case-Only",
    CASE_CROSSOVER="Case-Crossover",
    FAMILY_BASED="Family-Based",
    ECOLOGIC_OR_COMMUNITY="Ecologic or Community",
)  # "Defined Population" and "Natural History" stand in old records only
TIME_PERSPECTIVES: Final = _spelt(*DesignTimePerspective, CROSS_SECTIONAL="Cross-Sectional")
RETENTIONS: Final = _spelt(*BioSpecRetention)
ARM_TYPES: Final = _spelt(*ArmGroupType)
INTERVENTION_TYPES: Final = _spelt(*InterventionType, BIOLOGICAL="Biological/Vaccine", PROCEDURE="Procedure/Surgery")
"""Combination product and diagnostic test are newer than the schema of 2018 (from memory)."""
SEXES: Final = _spelt(*Sex)
SAMPLINGS: Final = _spelt(*SamplingMethod, NON_PROBABILITY_SAMPLE="Non-Probability Sample")
PARTY_TYPES: Final = _spelt(*ResponsiblePartyType, SPONSOR_INVESTIGATOR="Sponsor-Investigator")
OFFICIAL_ROLES: Final = _spelt(*OfficialRole, SUB_INVESTIGATOR="Sub-Investigator")
IPD_PLANS: Final = {one: one.value.lower() for one in IpdSharing}
ID_TYPES: Final = {
    SecondaryIdType.NIH: "NIH Grant Number",
    SecondaryIdType.OTHER_GRANT: "Other Grant/Funding Number",
    SecondaryIdType.REGISTRY: "Registry Identifier",
    SecondaryIdType.CTIS: "EU Trial (CTIS) Number",
    SecondaryIdType.EUDRACT_NUMBER: "EudraCT Number",
    SecondaryIdType.OTHER: "Other Identifier",
}
"""The API has five more, each a grant of one agency: they go as grants, with the agency as their domain."""

OUTCOME_TYPES: Final = _spelt(*OutcomeMeasureType, OTHER_PRE_SPECIFIED="Other Pre-specified", POST_HOC="Post-Hoc")
PARAMETERS: Final = _spelt(
    *MeasureParam, COUNT_OF_PARTICIPANTS="Count of Participants", COUNT_OF_UNITS="Count of Units"
)  # "Log Mean" was taken off the list on 2017-01-18 and stands in old records only
DISPERSIONS: Final = _spelt(
    *MeasureDispersionType,
    NA="Not Applicable",
    INTER_QUARTILE_RANGE="Inter-Quartile Range",
    CONFIDENCE_80="80% Confidence Interval",
    CONFIDENCE_90="90% Confidence Interval",
    CONFIDENCE_95="95% Confidence Interval",
    CONFIDENCE_975="97.5% Confidence Interval",
    CONFIDENCE_99="99% Confidence Interval",
    CONFIDENCE_OTHER="Other Confidence Interval Level",
    GEOMETRIC_COEFFICIENT="Geometric Coefficient of Variation",
)
OTHER_LEVEL: Final = DISPERSIONS[MeasureDispersionType.CONFIDENCE_OTHER]
ESTIMATE_DISPERSIONS: Final = _spelt(*AnalysisDispersionType, STANDARD_ERROR_OF_MEAN="Standard Error of the Mean")
SIDES: Final = _spelt(*ConfidenceIntervalNumSides, ONE_SIDED="1-Sided", TWO_SIDED="2-Sided")
TESTS: Final = _spelt(
    *NonInferiorityType,
    NON_INFERIORITY="Non-Inferiority",
    NON_INFERIORITY_OR_EQUIVALENCE="Non-Inferiority or Equivalence",
    SUPERIORITY_OR_OTHER="Superiority or Other",
    NON_INFERIORITY_OR_EQUIVALENCE_LEGACY="Non-Inferiority or Equivalence (legacy)",
    SUPERIORITY_OR_OTHER_LEGACY="Superiority or Other (legacy)",
)
ASSESSMENTS: Final = _spelt(*EventAssessment, NON_SYSTEMATIC_ASSESSMENT="Non-Systematic Assessment")
REASONS: Final = (
    "Adverse Event",
    "Death",
    "Lack of Efficacy",
    "Lost to Follow-up",
    "Physician Decision",
    "Pregnancy",
    "Protocol Violation",
    "Withdrawal by Subject",
    OTHER,
)
BASELINE_TITLES: Final = (
    "Age, Continuous",
    "Age, Categorical",
    "Age, Customized",
    "Sex: Female, Male",
    "Sex/Gender, Customized",
    "Gender, Customized",
    "Race (NIH/OMB)",
    "Ethnicity (NIH/OMB)",
    "Race/Ethnicity, Customized",
    "Race and Ethnicity Not Collected",
    "Region of Enrollment",
    OTHER,
)
"""A characteristic of the trial's own goes as ``Other`` (a raw value, by a sponsor's upload program) with its title."""
METHODS: Final = (
    "ANCOVA",
    "ANOVA",
    "Chi-squared",
    "Chi-squared, Corrected",
    "Cochran-Mantel-Haenszel",
    "Fisher Exact",
    "Kruskal-Wallis",
    "Log Rank",
    "Mantel Haenszel",
    "Mixed Models Analysis",
    "McNemar",
    "Regression, Cox",
    "Regression, Linear",
    "Regression, Logistic",
    "Sign Test",
    "t-test, 1 sided",
    "t-test, 2 sided",
    "Wilcoxon (Mann-Whitney)",
    OTHER,
)
"""Partly from memory: what is not here goes as Other with its name, which the registry always takes."""
ESTIMATES: Final = (
    "Cox Proportional Hazard",
    "Hazard Ratio (HR)",
    "Hazard Ratio, log",
    "Mean Difference (Final Values)",
    "Mean Difference (Net)",
    "Median Difference (Final Values)",
    "Median Difference (Net)",
    "Odds Ratio (OR)",
    "Odds Ratio, log",
    "Risk Difference (RD)",
    "Risk Ratio (RR)",
    "Risk Ratio, log",
    "Slope",
    OTHER,
)
"""As for the methods."""
YES_NO: Final = ("yes", "no")

RESTRICTIONS: Final = ("LTE60", "GT60", "OTHER")

LISTS: Final[dict[str, frozenset[str]]] = {
    tail: frozenset(values)
    for tail, values in (
        ("study_design/study_type", STUDY_TYPES.values()),
        ("clinical_study/overall_status", STATUSES.values()),
        ("location/status", [*STATUSES.values(), "No longer recruiting"]),
        ("clinical_study/expanded_access_status", ACCESS_STATUSES.values()),
        ("start_date_type", DATE_TYPES.values()),
        ("last_follow_up_date_type", DATE_TYPES.values()),
        ("primary_compl_date_type", DATE_TYPES.values()),
        ("enrollment_type", DATE_TYPES.values()),
        ("interventional_subtype", PURPOSES.values()),
        ("interventional_design/phase", PHASES.values()),
        ("interventional_design/assignment", MODELS.values()),
        ("interventional_design/allocation", ALLOCATIONS.values()),
        ("observational_study_design", OBSERVATIONAL_MODELS.values()),
        ("biospecimen_retention", RETENTIONS.values()),
        ("observational_design/timing", TIME_PERSPECTIVES.values()),
        ("arm_type", ARM_TYPES.values()),
        ("intervention_type", INTERVENTION_TYPES.values()),
        ("eligibility/gender", SEXES.values()),
        ("sampling_method", SAMPLINGS.values()),
        ("resp_party_type", PARTY_TYPES.values()),
        ("overall_official/role", OFFICIAL_ROLES.values()),
        ("sharing_ipd", IPD_PLANS.values()),
        ("secondary_id/id_type", ID_TYPES.values()),
        ("measureType", OUTCOME_TYPES.values()),
        ("baselineMeasure/title", BASELINE_TITLES),
        ("baselineMeasure/parameterType", PARAMETERS.values()),
        ("outcomeMeasure/parameterType", PARAMETERS.values()),
        ("baselineMeasure/dispersionType", DISPERSIONS.values()),
        ("outcomeMeasure/dispersionType", DISPERSIONS.values()),
        ("measureAnalysis/dispersionType", ESTIMATE_DISPERSIONS.values()),
        ("measureAnalysis/parameterType", ESTIMATES),
        ("ciNumSides", SIDES.values()),
        ("statisticalTestType", TESTS.values()),
        ("statisticalMethod", METHODS),
        ("reasonType", REASONS),
        ("assessmentType", ASSESSMENTS.values()),
        ("organSystemName", ORGAN_SYSTEMS),
        ("restrictionType", RESTRICTIONS),
        *(
            (name, YES_NO)
            for name in (
                "delayed_posting", "has_dmc", "fda_regulated_drug", "fda_regulated_device", "exported_from_us",
                "ped_postmarket_surv", "no_masking", "masked_subject", "masked_caregiver", "masked_investigator",
                "masked_assessor", "healthy_volunteers", "gender_based", "patient_registry", "is_results_ref",
                "ipd_info_type_protocol", "ipd_info_type_sap", "ipd_info_type_icf", "ipd_info_type_csr",
                "ipd_info_type_analytic_code", "calculatePct", "piSponsorEmployee", "restrictiveAgreement",
            )
        ),
    )
}  # fmt: skip
"""What an element may hold, by the end of its path without numbers."""
