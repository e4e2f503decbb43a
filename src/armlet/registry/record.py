"""A registry record in the shape of the ClinicalTrials.gov v2 API: one study, its modules, its enumerations.

Python names are snake_case, the JSON names are the API's. A module or structure of which nothing is known is an empty
one (never None), so ``record.protocol_section.status_module.why_stopped`` can always be asked; a single value that is
not known is None, a list is empty, and none of these is written out: what is absent stays absent. Dates keep the
precision they were given in. Sections that Armlet carries but does not interpret (results, documents, annotations)
are kept as plain JSON.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

from armlet.document import Document, canonical_json
from armlet.studytime import PartialDate

JsonObject: TypeAlias = dict[str, JsonValue]


class Status(StrEnum):
    """The recruitment status of the trial, as of the last update of its record, which may be years ago."""

    ACTIVE_NOT_RECRUITING = "ACTIVE_NOT_RECRUITING"
    COMPLETED = "COMPLETED"
    ENROLLING_BY_INVITATION = "ENROLLING_BY_INVITATION"
    NOT_YET_RECRUITING = "NOT_YET_RECRUITING"
    RECRUITING = "RECRUITING"
    SUSPENDED = "SUSPENDED"
    TERMINATED = "TERMINATED"
    WITHDRAWN = "WITHDRAWN"
    AVAILABLE = "AVAILABLE"
    NO_LONGER_AVAILABLE = "NO_LONGER_AVAILABLE"
    TEMPORARILY_NOT_AVAILABLE = "TEMPORARILY_NOT_AVAILABLE"
    APPROVED_FOR_MARKETING = "APPROVED_FOR_MARKETING"
    WITHHELD = "WITHHELD"
    UNKNOWN = "UNKNOWN"


class RecruitmentStatus(StrEnum):
    """The recruitment status of one location."""

    ACTIVE_NOT_RECRUITING = "ACTIVE_NOT_RECRUITING"
    COMPLETED = "COMPLETED"
    ENROLLING_BY_INVITATION = "ENROLLING_BY_INVITATION"
    NOT_YET_RECRUITING = "NOT_YET_RECRUITING"
    RECRUITING = "RECRUITING"
    SUSPENDED = "SUSPENDED"
    TERMINATED = "TERMINATED"
    WITHDRAWN = "WITHDRAWN"
    AVAILABLE = "AVAILABLE"


class ExpandedAccessStatus(StrEnum):
    """The status of an expanded access programme."""

    AVAILABLE = "AVAILABLE"
    NO_LONGER_AVAILABLE = "NO_LONGER_AVAILABLE"
    TEMPORARILY_NOT_AVAILABLE = "TEMPORARILY_NOT_AVAILABLE"
    APPROVED_FOR_MARKETING = "APPROVED_FOR_MARKETING"


class StudyType(StrEnum):
    """What is registered; only INTERVENTIONAL is a clinical trial."""

    EXPANDED_ACCESS = "EXPANDED_ACCESS"
    INTERVENTIONAL = "INTERVENTIONAL"
    OBSERVATIONAL = "OBSERVATIONAL"


class Phase(StrEnum):
    """One phase; a trial of phase 2/3 lists two of them. NA means that phases do not apply, not that none is known."""

    NA = "NA"
    EARLY_PHASE1 = "EARLY_PHASE1"
    PHASE1 = "PHASE1"
    PHASE2 = "PHASE2"
    PHASE3 = "PHASE3"
    PHASE4 = "PHASE4"


class DesignAllocation(StrEnum):
    """How participants come to their arms; NA for a single arm."""

    RANDOMIZED = "RANDOMIZED"
    NON_RANDOMIZED = "NON_RANDOMIZED"
    NA = "NA"


class InterventionalAssignment(StrEnum):
    """The intervention model."""

    SINGLE_GROUP = "SINGLE_GROUP"
    PARALLEL = "PARALLEL"
    CROSSOVER = "CROSSOVER"
    FACTORIAL = "FACTORIAL"
    SEQUENTIAL = "SEQUENTIAL"


class PrimaryPurpose(StrEnum):
    """What the intervention is for."""

    TREATMENT = "TREATMENT"
    PREVENTION = "PREVENTION"
    DIAGNOSTIC = "DIAGNOSTIC"
    ECT = "ECT"
    SUPPORTIVE_CARE = "SUPPORTIVE_CARE"
    SCREENING = "SCREENING"
    HEALTH_SERVICES_RESEARCH = "HEALTH_SERVICES_RESEARCH"
    BASIC_SCIENCE = "BASIC_SCIENCE"
    DEVICE_FEASIBILITY = "DEVICE_FEASIBILITY"
    OTHER = "OTHER"


class ObservationalModel(StrEnum):
    """The model of an observational study."""

    COHORT = "COHORT"
    CASE_CONTROL = "CASE_CONTROL"
    CASE_ONLY = "CASE_ONLY"
    CASE_CROSSOVER = "CASE_CROSSOVER"
    ECOLOGIC_OR_COMMUNITY = "ECOLOGIC_OR_COMMUNITY"
    FAMILY_BASED = "FAMILY_BASED"
    DEFINED_POPULATION = "DEFINED_POPULATION"
    NATURAL_HISTORY = "NATURAL_HISTORY"
    OTHER = "OTHER"


class DesignTimePerspective(StrEnum):
    """The time perspective of an observational study."""

    RETROSPECTIVE = "RETROSPECTIVE"
    PROSPECTIVE = "PROSPECTIVE"
    CROSS_SECTIONAL = "CROSS_SECTIONAL"
    OTHER = "OTHER"


class BioSpecRetention(StrEnum):
    """Whether an observational study keeps samples."""

    NONE_RETAINED = "NONE_RETAINED"
    SAMPLES_WITH_DNA = "SAMPLES_WITH_DNA"
    SAMPLES_WITHOUT_DNA = "SAMPLES_WITHOUT_DNA"


class DesignMasking(StrEnum):
    """How many of the four roles are masked (the registry's word for blinded)."""

    NONE = "NONE"
    SINGLE = "SINGLE"
    DOUBLE = "DOUBLE"
    TRIPLE = "TRIPLE"
    QUADRUPLE = "QUADRUPLE"


class WhoMasked(StrEnum):
    """A role that is masked."""

    PARTICIPANT = "PARTICIPANT"
    CARE_PROVIDER = "CARE_PROVIDER"
    INVESTIGATOR = "INVESTIGATOR"
    OUTCOMES_ASSESSOR = "OUTCOMES_ASSESSOR"


class ArmGroupType(StrEnum):
    """The role of an arm in the comparison."""

    EXPERIMENTAL = "EXPERIMENTAL"
    ACTIVE_COMPARATOR = "ACTIVE_COMPARATOR"
    PLACEBO_COMPARATOR = "PLACEBO_COMPARATOR"
    SHAM_COMPARATOR = "SHAM_COMPARATOR"
    NO_INTERVENTION = "NO_INTERVENTION"
    OTHER = "OTHER"


class InterventionType(StrEnum):
    """The kind of an intervention."""

    BEHAVIORAL = "BEHAVIORAL"
    BIOLOGICAL = "BIOLOGICAL"
    COMBINATION_PRODUCT = "COMBINATION_PRODUCT"
    DEVICE = "DEVICE"
    DIAGNOSTIC_TEST = "DIAGNOSTIC_TEST"
    DIETARY_SUPPLEMENT = "DIETARY_SUPPLEMENT"
    DRUG = "DRUG"
    GENETIC = "GENETIC"
    PROCEDURE = "PROCEDURE"
    RADIATION = "RADIATION"
    OTHER = "OTHER"


class Sex(StrEnum):
    """Who may take part, by sex."""

    FEMALE = "FEMALE"
    MALE = "MALE"
    ALL = "ALL"


class StandardAge(StrEnum):
    """The registry's age groups: under 18, 18 to 64, 65 and over."""

    CHILD = "CHILD"
    ADULT = "ADULT"
    OLDER_ADULT = "OLDER_ADULT"


class SamplingMethod(StrEnum):
    """How an observational study draws its sample."""

    PROBABILITY_SAMPLE = "PROBABILITY_SAMPLE"
    NON_PROBABILITY_SAMPLE = "NON_PROBABILITY_SAMPLE"


class DateType(StrEnum):
    """Whether a date (or the size) is planned or has come about."""

    ACTUAL = "ACTUAL"
    ESTIMATED = "ESTIMATED"


class ResponsiblePartyType(StrEnum):
    """In which capacity somebody answers for the record."""

    SPONSOR = "SPONSOR"
    PRINCIPAL_INVESTIGATOR = "PRINCIPAL_INVESTIGATOR"
    SPONSOR_INVESTIGATOR = "SPONSOR_INVESTIGATOR"


class AgencyClass(StrEnum):
    """The kind of an organisation."""

    NIH = "NIH"
    FED = "FED"
    OTHER_GOV = "OTHER_GOV"
    INDIV = "INDIV"
    INDUSTRY = "INDUSTRY"
    NETWORK = "NETWORK"
    AMBIG = "AMBIG"
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


class OrgStudyIdType(StrEnum):
    """Which body gave the organisation's own identifier."""

    NIH = "NIH"
    FDA = "FDA"
    VA = "VA"
    CDC = "CDC"
    AHRQ = "AHRQ"
    SAMHSA = "SAMHSA"


class SecondaryIdType(StrEnum):
    """Which kind of body gave a secondary identifier."""

    NIH = "NIH"
    FDA = "FDA"
    VA = "VA"
    CDC = "CDC"
    AHRQ = "AHRQ"
    SAMHSA = "SAMHSA"
    OTHER_GRANT = "OTHER_GRANT"
    EUDRACT_NUMBER = "EUDRACT_NUMBER"
    CTIS = "CTIS"
    REGISTRY = "REGISTRY"
    OTHER = "OTHER"


class OfficialRole(StrEnum):
    """The role of a person who answers for the trial as a whole."""

    STUDY_CHAIR = "STUDY_CHAIR"
    STUDY_DIRECTOR = "STUDY_DIRECTOR"
    PRINCIPAL_INVESTIGATOR = "PRINCIPAL_INVESTIGATOR"
    SUB_INVESTIGATOR = "SUB_INVESTIGATOR"


class ContactRole(StrEnum):
    """The role of a person to write to."""

    STUDY_CHAIR = "STUDY_CHAIR"
    STUDY_DIRECTOR = "STUDY_DIRECTOR"
    PRINCIPAL_INVESTIGATOR = "PRINCIPAL_INVESTIGATOR"
    SUB_INVESTIGATOR = "SUB_INVESTIGATOR"
    CONTACT = "CONTACT"


class ReferenceType(StrEnum):
    """What a publication is to the trial; DERIVED ones were found by machine."""

    BACKGROUND = "BACKGROUND"
    RESULT = "RESULT"
    DERIVED = "DERIVED"


class IpdSharing(StrEnum):
    """Whether individual participant data will be shared."""

    YES = "YES"
    NO = "NO"
    UNDECIDED = "UNDECIDED"


class IpdSharingInfoType(StrEnum):
    """What is shared with individual participant data."""

    STUDY_PROTOCOL = "STUDY_PROTOCOL"
    SAP = "SAP"
    ICF = "ICF"
    CSR = "CSR"
    ANALYTIC_CODE = "ANALYTIC_CODE"


class BrowseLeafRelevance(StrEnum):
    """How much a browse term has to do with the trial."""

    LOW = "LOW"
    HIGH = "HIGH"


def _to_the_day(value: PartialDate) -> PartialDate:
    if value.day is None:
        raise ValueError("this date needs its day, as in YYYY-MM-DD")
    return value


FullDate = Annotated[PartialDate, AfterValidator(_to_the_day)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
NCT_ID: Final = re.compile(r"NCT[0-9]{8}")
NctId = Annotated[str, Field(pattern=rf"^{NCT_ID.pattern}$")]


class _Part(Document):
    """A structure of the API; its JSON names are the camelCase of its attributes unless said otherwise."""

    model_config = ConfigDict(alias_generator=to_camel)


class PartialDateStruct(_Part):
    date: PartialDate | None = None
    type: DateType | None = None


class DateStruct(_Part):
    date: FullDate | None = None
    type: DateType | None = None


class OrgStudyIdInfo(_Part):
    id: str | None = None
    type: OrgStudyIdType | None = None
    link: str | None = None


class SecondaryIdInfo(_Part):
    id: str | None = None
    type: SecondaryIdType | None = None
    domain: str | None = None
    link: str | None = None


class Organization(_Part):
    full_name: str | None = None
    agency_class: AgencyClass | None = Field(default=None, alias="class")


class IdentificationModule(_Part):
    nct_id: NctId | None = None
    nct_id_aliases: tuple[str, ...] = ()
    org_study_id_info: OrgStudyIdInfo = OrgStudyIdInfo()
    secondary_id_infos: tuple[SecondaryIdInfo, ...] = ()
    organization: Organization = Organization()
    brief_title: str | None = None
    official_title: str | None = None
    acronym: str | None = None


class ExpandedAccessInfo(_Part):
    has_expanded_access: bool | None = None
    nct_id: str | None = None
    status_for_nct_id: ExpandedAccessStatus | None = None


class StatusModule(_Part):
    """Status and dates. Every date is the registry's; those of start and completion may lack a day."""

    status_verified_date: PartialDate | None = None
    overall_status: Status | None = None
    last_known_status: Status | None = None
    delayed_posting: bool | None = None
    why_stopped: str | None = None
    expanded_access_info: ExpandedAccessInfo = ExpandedAccessInfo()
    start_date_struct: PartialDateStruct = PartialDateStruct()
    primary_completion_date_struct: PartialDateStruct = PartialDateStruct()
    completion_date_struct: PartialDateStruct = PartialDateStruct()
    study_first_submit_date: FullDate | None = None
    study_first_submit_qc_date: FullDate | None = None
    study_first_post_date_struct: DateStruct = DateStruct()
    results_waived: bool | None = None
    results_first_submit_date: FullDate | None = None
    results_first_submit_qc_date: FullDate | None = None
    results_first_post_date_struct: DateStruct = DateStruct()
    disp_first_submit_date: FullDate | None = None
    disp_first_submit_qc_date: FullDate | None = None
    disp_first_post_date_struct: DateStruct = DateStruct()
    last_update_submit_date: FullDate | None = None
    last_update_post_date_struct: DateStruct = DateStruct()


class ResponsibleParty(_Part):
    type: ResponsiblePartyType | None = None
    investigator_full_name: str | None = None
    investigator_title: str | None = None
    investigator_affiliation: str | None = None
    old_name_title: str | None = None
    old_organization: str | None = None


class Sponsor(_Part):
    name: str | None = None
    agency_class: AgencyClass | None = Field(default=None, alias="class")


class SponsorCollaboratorsModule(_Part):
    responsible_party: ResponsibleParty = ResponsibleParty()
    lead_sponsor: Sponsor = Sponsor()
    collaborators: tuple[Sponsor, ...] = ()


class OversightModule(_Part):
    oversight_has_dmc: bool | None = None
    is_fda_regulated_drug: bool | None = None
    is_fda_regulated_device: bool | None = None
    is_unapproved_device: bool | None = None
    is_ppsd: bool | None = None
    is_us_export: bool | None = None
    fdaaa801_violation: bool | None = Field(default=None, alias="fdaaa801Violation")


class DescriptionModule(_Part):
    brief_summary: str | None = None
    detailed_description: str | None = None


class ConditionsModule(_Part):
    conditions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


class ExpandedAccessTypes(_Part):
    individual: bool | None = None
    intermediate: bool | None = None
    treatment: bool | None = None


class MaskingInfo(_Part):
    """`masking` is a level; the API means by it the number of roles in `who_masked`, older records do not."""

    masking: DesignMasking | None = None
    masking_description: str | None = None
    who_masked: tuple[WhoMasked, ...] = ()


class DesignInfo(_Part):
    allocation: DesignAllocation | None = None
    intervention_model: InterventionalAssignment | None = None
    intervention_model_description: str | None = None
    primary_purpose: PrimaryPurpose | None = None
    observational_model: ObservationalModel | None = None
    time_perspective: DesignTimePerspective | None = None
    masking_info: MaskingInfo = MaskingInfo()


class BioSpec(_Part):
    retention: BioSpecRetention | None = None
    description: str | None = None


class EnrollmentInfo(_Part):
    """The size in participants; `type` says whether planned (ESTIMATED) or reached (ACTUAL)."""

    count: int | None = Field(default=None, ge=0)
    type: DateType | None = None


class DesignModule(_Part):
    study_type: StudyType | None = None
    n_ptrs_to_this_exp_acc_nct_id: int | None = None
    expanded_access_types: ExpandedAccessTypes = ExpandedAccessTypes()
    patient_registry: bool | None = None
    target_duration: str | None = None
    phases: tuple[Phase, ...] = ()
    design_info: DesignInfo = DesignInfo()
    bio_spec: BioSpec = BioSpec()
    enrollment_info: EnrollmentInfo = EnrollmentInfo()


class ArmGroup(_Part):
    """One arm; `intervention_names` are spelt ``Type: name``."""

    label: str | None = None
    type: ArmGroupType | None = None
    description: str | None = None
    intervention_names: tuple[str, ...] = ()


class Intervention(_Part):
    type: InterventionType | None = None
    name: str | None = None
    description: str | None = None
    arm_group_labels: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()


class ArmsInterventionsModule(_Part):
    arm_groups: tuple[ArmGroup, ...] = ()
    interventions: tuple[Intervention, ...] = ()


class Outcome(_Part):
    measure: str | None = None
    description: str | None = None
    time_frame: str | None = None


class OutcomesModule(_Part):
    primary_outcomes: tuple[Outcome, ...] = ()
    secondary_outcomes: tuple[Outcome, ...] = ()
    other_outcomes: tuple[Outcome, ...] = ()


class EligibilityModule(_Part):
    """Criteria are one text. Ages are the registry's words, as in ``6 Months``; no age means no limit was stated."""

    eligibility_criteria: str | None = None
    healthy_volunteers: bool | None = None
    sex: Sex | None = None
    gender_based: bool | None = None
    gender_description: str | None = None
    minimum_age: str | None = None
    maximum_age: str | None = None
    std_ages: tuple[StandardAge, ...] = ()
    study_population: str | None = None
    sampling_method: SamplingMethod | None = None


class Contact(_Part):
    """A person to write to, and how; left out of every reading that did not ask for contacts."""

    name: str | None = None
    role: ContactRole | None = None
    phone: str | None = None
    phone_ext: str | None = None
    email: str | None = None


class Official(_Part):
    name: str | None = None
    affiliation: str | None = None
    role: OfficialRole | None = None


class GeoPoint(_Part):
    """Degrees."""

    lat: Finite | None = None
    lon: Finite | None = None


class Location(_Part):
    facility: str | None = None
    status: RecruitmentStatus | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: str | None = None
    contacts: tuple[Contact, ...] = ()
    geo_point: GeoPoint = GeoPoint()


class ContactsLocationsModule(_Part):
    central_contacts: tuple[Contact, ...] = ()
    overall_officials: tuple[Official, ...] = ()
    locations: tuple[Location, ...] = ()


class Retraction(_Part):
    pmid: str | None = None
    source: str | None = None


class Reference(_Part):
    pmid: str | None = None
    type: ReferenceType | None = None
    citation: str | None = None
    retractions: tuple[Retraction, ...] = ()


class SeeAlsoLink(_Part):
    label: str | None = None
    url: str | None = None


class AvailIpd(_Part):
    id: str | None = None
    type: str | None = None
    url: str | None = None
    comment: str | None = None


class ReferencesModule(_Part):
    references: tuple[Reference, ...] = ()
    see_also_links: tuple[SeeAlsoLink, ...] = ()
    avail_ipds: tuple[AvailIpd, ...] = ()


class IpdSharingStatementModule(_Part):
    ipd_sharing: IpdSharing | None = None
    description: str | None = None
    info_types: tuple[IpdSharingInfoType, ...] = ()
    time_frame: str | None = None
    access_criteria: str | None = None
    url: str | None = None


class ProtocolSection(_Part):
    """What those who run the trial told the registry."""

    identification_module: IdentificationModule = IdentificationModule()
    status_module: StatusModule = StatusModule()
    sponsor_collaborators_module: SponsorCollaboratorsModule = SponsorCollaboratorsModule()
    oversight_module: OversightModule = OversightModule()
    description_module: DescriptionModule = DescriptionModule()
    conditions_module: ConditionsModule = ConditionsModule()
    design_module: DesignModule = DesignModule()
    arms_interventions_module: ArmsInterventionsModule = ArmsInterventionsModule()
    outcomes_module: OutcomesModule = OutcomesModule()
    eligibility_module: EligibilityModule = EligibilityModule()
    contacts_locations_module: ContactsLocationsModule = ContactsLocationsModule()
    references_module: ReferencesModule = ReferencesModule()
    ipd_sharing_statement_module: IpdSharingStatementModule = IpdSharingStatementModule()


class Mesh(_Part):
    id: str | None = None
    term: str | None = None


class BrowseLeaf(_Part):
    id: str | None = None
    name: str | None = None
    as_found: str | None = None
    relevance: BrowseLeafRelevance | None = None


class BrowseBranch(_Part):
    abbrev: str | None = None
    name: str | None = None


class BrowseModule(_Part):
    meshes: tuple[Mesh, ...] = ()
    ancestors: tuple[Mesh, ...] = ()
    browse_leaves: tuple[BrowseLeaf, ...] = ()
    browse_branches: tuple[BrowseBranch, ...] = ()


class FirstMcpInfo(_Part):
    post_date_struct: DateStruct = DateStruct()


class SubmissionInfo(_Part):
    release_date: FullDate | None = None
    unrelease_date: FullDate | None = None
    unrelease_date_unknown: bool | None = None
    reset_date: FullDate | None = None
    mcp_release_n: int | None = None


class SubmissionTracking(_Part):
    estimated_results_first_submit_date: FullDate | None = None
    first_mcp_info: FirstMcpInfo = FirstMcpInfo()
    submission_infos: tuple[SubmissionInfo, ...] = ()


class BmiLimits(_Part):
    """Body mass index limits (kg/m2) that the registry's own model read out of the criteria."""

    min_bmi: Finite | None = None
    max_bmi: Finite | None = None


class ModelPredictions(_Part):
    bmi_limits: BmiLimits = BmiLimits()


class MiscInfoModule(_Part):
    version_holder: FullDate | None = None
    removed_countries: tuple[str, ...] = ()
    submission_tracking: SubmissionTracking = SubmissionTracking()
    model_predictions: ModelPredictions = ModelPredictions()


class DerivedSection(_Part):
    """What the registry worked out itself: read, never sent back to it."""

    misc_info_module: MiscInfoModule = MiscInfoModule()
    condition_browse_module: BrowseModule = BrowseModule()
    intervention_browse_module: BrowseModule = BrowseModule()


class Record(_Part):
    """One registered study. `has_results` None means that nothing was said about results."""

    protocol_section: ProtocolSection = ProtocolSection()
    results_section: JsonObject | None = None
    annotation_section: JsonObject | None = None
    document_section: JsonObject | None = None
    derived_section: DerivedSection = DerivedSection()
    has_results: bool | None = None

    def as_json(self) -> JsonObject:
        """The record as the API spells it; what is absent or empty is left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)

    def canonical(self) -> bytes:
        """The one spelling of this record, without what is absent or empty."""
        return canonical_json(self.as_json())
