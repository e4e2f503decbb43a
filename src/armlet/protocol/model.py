"""What a protocol may say. The shape follows CDISC USDM, the spelling follows trial staff.

Every statement that somebody could contest carries its `source`. What the record leaves unsaid is a `Question` with an
answer that is assumed, never a silent default.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator

from armlet.document import Document
from armlet.protocol.consenting import Consenting
from armlet.protocol.course import CourseRules
from armlet.protocol.criteria import Comparison, Criterion, CriterionKind, Measure, Name
from armlet.protocol.data_management import AnalysisVisits, DataManagement, EditCheck
from armlet.protocol.intercurrent import Exposure, IntercurrentEvent, Treated
from armlet.protocol.monitoring import Monitoring
from armlet.protocol.product import (
    Administration,
    Bags,
    Culture,
    Donors,
    OutOfSpecification,
    ProductFailure,
    Storage,
    Without,
)
from armlet.protocol.reporting import Board, Reporting
from armlet.protocol.source import Sourced
from armlet.protocol.stopping import Stopping
from armlet.studytime import Duration, PartialDate
from armlet.units import Quantity

Settings = dict[str, JsonValue]


class Role(StrEnum):
    """Who acts in a trial (ICH E6(R3); the roles of unblinded product staff are named apart)."""

    PARTICIPANT = "participant"
    CARE_PROVIDER = "care_provider"
    SITE_COORDINATOR = "site_coordinator"
    INVESTIGATOR = "investigator"
    TREATING_PHYSICIAN = "treating_physician"
    OUTCOME_ASSESSOR = "outcome_assessor"
    CELL_LABORATORY = "cell_laboratory"
    UNBLINDED_PHARMACIST = "unblinded_pharmacist"
    RANDOMISATION_STATISTICIAN = "randomisation_statistician"
    TRIAL_STATISTICIAN = "trial_statistician"
    SAFETY_BOARD = "safety_board"
    SAFETY_UNIT = "safety_unit"
    MONITOR = "monitor"
    UNBLINDED_MONITOR = "unblinded_monitor"
    CODE_BREAK_HOLDER = "code_break_holder"
    DATA_MANAGER = "data_manager"
    SPONSOR = "sponsor"
    SYSTEM_ADMINISTRATOR = "system_administrator"
    INSPECTOR = "inspector"


# --- Identity -------------------------------------------------------------------------------------------------------


class Identifier(Document):
    """A number by which somebody knows the trial."""

    id: str
    given_by: str
    source: str = ""


class Person(Document):
    """Somebody the record names, and what they do in the trial."""

    name: str
    role: str
    title: str = ""
    affiliation: str = ""


class Site(Document):
    """A hospital where participants are seen."""

    id: Name
    name: str
    city: str = ""
    postcode: str = ""
    country: str = ""


class RegistryStatus(Sourced):
    """What the registry said of the trial, as of a date; it is not what is true today."""

    status: str
    as_of: PartialDate
    why_stopped: str = ""
    first_posted: PartialDate | None = None
    last_updated: PartialDate | None = None
    last_verified: PartialDate | None = None
    start: PartialDate | None = None
    primary_completion: PartialDate | None = None
    completion: PartialDate | None = None
    enrolment: int | None = Field(default=None, ge=0)
    enrolment_is: Literal["actual", "estimated"] | None = None
    results_posted: bool | None = None


class Organisation(Sourced):
    """Who carries the trial: sponsor, collaborators, responsible party, people, sites."""

    sponsor: str
    collaborators: tuple[str, ...] = ()
    responsible_party: str = ""
    people: tuple[Person, ...] = ()
    sites: tuple[Site, ...] = ()


# --- Design ---------------------------------------------------------------------------------------------------------


class Design(Sourced):
    """The trial's design in the registry's terms."""

    phase: str
    allocation: Literal["randomised", "not randomised", "single arm"]
    model: Literal["single group", "parallel"]
    purpose: str
    participants: int = Field(gt=0)
    keywords: tuple[str, ...] = ()


class ArmType(StrEnum):
    """The kinds of arm of ClinicalTrials.gov."""

    EXPERIMENTAL = "EXPERIMENTAL"
    ACTIVE_COMPARATOR = "ACTIVE_COMPARATOR"
    PLACEBO_COMPARATOR = "PLACEBO_COMPARATOR"
    SHAM_COMPARATOR = "SHAM_COMPARATOR"
    NO_INTERVENTION = "NO_INTERVENTION"
    OTHER = "OTHER"


class Arm(Sourced):
    """One arm: its label, kind and interventions. `reference` marks the arm that others are compared with."""

    id: Name
    label: str
    type: ArmType
    description: str = ""
    interventions: tuple[Name, ...] = ()
    reference: bool = False


class Intervention(Sourced):
    """What is done to the participants of an arm; `product` when something is prepared, `sham` when it is imitated."""

    id: Name
    label: str
    type: str
    other_names: tuple[str, ...] = ()
    description: str = ""
    product: Name | None = None
    sham: bool = False


class Blinding(Sourced):
    """Who is blinded. A role that `unblinded` does not name is blinded; `blinded` keeps what the record names."""

    blinded: tuple[Role, ...] = ()
    unblinded: tuple[Role, ...] = ()


class Factor(Sourced):
    """What the arms are balanced over: the site, or a measure known before allocation.

    A quantity has `cuts`, each of which opens a band: 25 a makes "below 25 a" and "25 a or more". A coded measure has
    `levels`, the codes that count (all of them where none are named); yes-or-no and the site have the levels they have.
    """

    id: Name
    label: str
    measure: Name | None = None
    site: Literal[True] | None = None
    cuts: tuple[Quantity, ...] | None = None
    levels: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _is_of_one_thing(self) -> Self:
        if (self.measure is None) == (self.site is None):
            raise ValueError("a factor needs either `measure` or `site: true`")
        return self


class Allocation(Sourced):
    """How participants get their arm. Limits, block sizes and seeds stand beside the vault, never here.

    With `factors` each combination of their levels (stratum) has a list of its own, unless the method balances over
    them in another way. Decision record 0013 tells how.
    """

    method: str
    ratio: dict[Name, Annotated[int, Field(gt=0)]]
    after: tuple[Name, ...] = ()
    """Activities that must be done before allocation (a harvest, a baseline test)."""
    factors: tuple[Factor, ...] | None = Field(default=None, min_length=1)
    after_release: Literal[True] | None = None
    """Everybody's product is made and released before anybody's arm is drawn, so that none fails after allocation."""


# --- Product --------------------------------------------------------------------------------------------------------


class Dose(Sourced):
    """The dose per kilogram: closed limits, a target that is never assumed to be the middle, and how weight is used.

    `weight` names the measure of the body weight; it may be left out where only one measure is in kg.
    """

    basis: Literal["viable", "total"]
    lowest: Quantity
    highest: Quantity
    target: Quantity
    volume_step: Quantity
    dead_volume: Quantity
    weight_valid_for: Duration
    weight_change_limit: Quantity
    weight: Name | None = None
    counted: Literal["in the bag", "delivered"] | None = None
    """Where the cells of the dose are counted. None: the protocol does not say, and nothing is taken off for the line."""
    weight_query_limit: Quantity | None = None
    """A change of weight above it is asked about, and never just computed with."""
    weight_cap: Quantity | None = None
    """A heavier participant is dosed as if they weighed this."""
    count_variation_limit: Quantity | None = None
    """Replicate counts that vary more (coefficient of variation) are counted again."""
    uncertainty_limit: Quantity | None = None
    """Of the dose, combined, relative, one standard uncertainty."""
    bags: Bags | None = None


class ReleaseTest(Sourced):
    """One attribute of the release specification. `after_release`: its result may come when the product is given.

    Tests of one `either` stand for each other: that one passes is enough. `final`: its failure is never waived.
    """

    id: Name
    label: str
    unit: str | None = None
    is_: Comparison = Field(alias="is")
    limit: Quantity | None = None
    codes: tuple[str, ...] = ()
    releasing: bool = True
    after_release: bool = False
    either: Name | None = None
    final: Literal[True] | None = None


class Sham(Sourced):
    """What imitates the product, so that its preparation cannot be told from the real one."""

    content: str
    volume: str


class Product(Sourced):
    """The product: whose cells, made how, in what, given how."""

    id: Name
    label: str
    donor: Literal["participant", "another person"]
    origin: str
    manipulation: str
    route: str
    vehicle: str
    preparation_takes: Duration
    shelf_life: Quantity
    dose: Dose
    release: tuple[ReleaseTest, ...] = ()
    sham: Sham | None = None
    specification: str | None = None
    """The version of the release specification, a signed document; a verdict names the one that it was made by."""
    donors: Donors | None = None
    culture: Culture | None = None
    storage: tuple[Storage, ...] | None = Field(default=None, min_length=1)
    administration: Administration | None = None
    failure: ProductFailure | None = None
    out_of_specification: OutOfSpecification | None = None
    without: tuple[Without, ...] | None = Field(default=None, min_length=1)


# --- Schedule -------------------------------------------------------------------------------------------------------


class ActivityKind(StrEnum):
    """How an activity yields its values."""

    SINGLE = "single"
    TIMED_SAMPLES = "timed samples"
    DAILY = "daily"
    PROCEDURE = "procedure"


class Activity(Sourced):
    """Something done at a visit. `at` are the nominal times of samples; `days` and `at_least` those of a diary.

    `sample`: it takes something of the body, so it is not done with who takes back samples.
    """

    id: Name
    label: str
    kind: ActivityKind
    measures: tuple[Name, ...] = ()
    at: tuple[Quantity, ...] = ()
    days: int | None = Field(default=None, gt=0)
    at_least: int | None = Field(default=None, gt=0)
    sample: Literal[True] | None = None


class Anchor(StrEnum):
    """The moments that visits are counted from; `administration` is the planned date for those not given it."""

    CONSENT = "consent"
    ENROLMENT = "enrolment"
    RANDOMISATION = "randomisation"
    ADMINISTRATION = "administration"


class Visit(Sourced):
    """One visit: so long after its anchor, with a window of which both ends belong to it."""

    id: Name
    label: str
    epoch: str
    anchor: Anchor
    offset: Duration
    early: Duration
    late: Duration
    activities: tuple[Name, ...] = ()


# --- Eligibility, consent -------------------------------------------------------------------------------------------


class Population(Sourced):
    """Who may take part, as far as the registry has fields of its own for it; the criteria decide."""

    condition: str
    sex: Literal["all", "female", "male"]
    minimum_age: Quantity | None = None
    maximum_age: Quantity | None = None
    healthy_volunteers: bool = False


class ConsentForm(Sourced):
    """A consent that must be given before the trial may touch the participant."""

    id: Name
    label: str
    by: Role
    version: str
    measure: Name | None = None


# --- Endpoints and analysis -----------------------------------------------------------------------------------------


class Endpoint(Sourced):
    """A variable derived from results. `method` and `settings` belong to the derivation; `baseline` names a visit."""

    id: Name
    label: str
    level: Literal["primary", "secondary", "exploratory"]
    objective: str
    time_frame: str
    method: str
    settings: Settings = Field(default_factory=dict)
    unit: str
    visits: tuple[Name, ...]
    baseline: Name
    tells_arm: bool = False


class AnalysisSet(Sourced):
    """Whom an analysis counts: everybody who reached this point of the trial, or whom the blind review named.

    `per protocol`: who kept to the protocol is judged by blinded people before the lock; until then it has nobody.
    """

    id: Name
    label: str
    of: Literal["enrolled", "randomised", "administered", "per protocol"]


class Analysis(Sourced):
    """One pre-specified analysis of one estimand; `method` and `settings` belong to the analysis package.

    `summary` is the estimand's population-level summary in words (ICH E9(R1), A.3.3). `covariates` name factors of the
    allocation, measures or endpoints; their values are those known before allocation.
    """

    id: Name
    label: str
    endpoint: Name
    role: Literal["primary", "supportive", "sensitivity"]
    method: str
    settings: Settings = Field(default_factory=dict)
    set: Name
    visits: tuple[Name, ...]
    intercurrent: tuple[Treated, ...] = ()
    summary: str | None = None
    covariates: tuple[Name, ...] | None = Field(default=None, min_length=1)
    exposure: Exposure | None = None


class Safety(Sourced):
    """The scale by which adverse events are graded, and what an event may be related to."""

    scale: str
    related_to: tuple[str, ...]
    follow_up: Duration
    reporting: Reporting | None = None
    board: Board | None = None
    stopping: Stopping | None = None
    monitoring: Monitoring | None = None


class OpenQuestion(Document):
    """What the record leaves out or contradicts: why it matters, who answers, what was answered."""

    id: Name
    about: str
    why: str
    who: str
    options: tuple[str, ...] = ()
    default: str | None = None
    answer: str | None = None
    because: str = ""
    confirm: str = ""


# --- The whole ------------------------------------------------------------------------------------------------------


class Protocol(Document):
    """One trial, computable: what should happen, from consent to analysis."""

    armlet: Literal[1]
    id: Name
    version: str
    title: str
    official_title: str = ""
    acronym: str = ""
    aim: str
    identifiers: tuple[Identifier, ...]
    registry: RegistryStatus
    organisation: Organisation
    design: Design
    arms: tuple[Arm, ...] = Field(min_length=1)
    interventions: tuple[Intervention, ...] = ()
    blinding: Blinding
    allocation: Allocation
    products: tuple[Product, ...] = ()
    population: Population
    consents: tuple[ConsentForm, ...] = Field(min_length=1)
    measures: tuple[Measure, ...]
    criteria: tuple[Criterion, ...]
    activities: tuple[Activity, ...]
    visits: tuple[Visit, ...]
    endpoints: tuple[Endpoint, ...]
    sets: tuple[AnalysisSet, ...]
    analyses: tuple[Analysis, ...]
    safety: Safety
    questions: tuple[OpenQuestion, ...] = ()
    edit_checks: tuple[EditCheck, ...] | None = Field(default=None, min_length=1)
    data_management: DataManagement | None = None
    analysis_visits: AnalysisVisits | None = None
    consenting: Consenting | None = None
    course: CourseRules | None = None
    intercurrent_events: tuple[IntercurrentEvent, ...] | None = Field(default=None, min_length=1)

    def arm(self, arm_id: str) -> Arm:
        """The arm of that id. Raises KeyError."""
        return {arm.id: arm for arm in self.arms}[arm_id]

    def measure(self, measure_id: str) -> Measure:
        """The measure of that id. Raises KeyError."""
        return {measure.id: measure for measure in self.measures}[measure_id]

    def visit(self, visit_id: str) -> Visit:
        """The visit of that id. Raises KeyError."""
        return {visit.id: visit for visit in self.visits}[visit_id]

    def activity(self, activity_id: str) -> Activity:
        """The activity of that id. Raises KeyError."""
        return {activity.id: activity for activity in self.activities}[activity_id]

    def endpoint(self, endpoint_id: str) -> Endpoint:
        """The endpoint of that id. Raises KeyError."""
        return {endpoint.id: endpoint for endpoint in self.endpoints}[endpoint_id]

    def intercurrent_event(self, event_id: str) -> IntercurrentEvent:
        """The intercurrent event of that id. Raises KeyError."""
        return {event.id: event for event in self.intercurrent_events or ()}[event_id]

    def criteria_of(self, kind: CriterionKind) -> tuple[Criterion, ...]:
        """The inclusion or the exclusion criteria, in the protocol's order."""
        return tuple(criterion for criterion in self.criteria if criterion.kind is kind)

    @property
    def reference_arm(self) -> str | None:
        """The arm that others are compared with; None where there is one arm only."""
        marked = [arm.id for arm in self.arms if arm.reference]
        return marked[0] if len(self.arms) > 1 and marked else None

    def body_weight(self, dose: Dose) -> str | None:
        """The measure that a dose takes the weight from; None where none is named and not just one is in kg."""
        in_kilograms = [measure.id for measure in self.measures if measure.unit == "kg"]
        return dose.weight or (in_kilograms[0] if len(in_kilograms) == 1 else None)

    @property
    def is_open_label(self) -> bool:
        """Whether nobody is blinded: every role is granted the unblinded viewpoint."""
        return set(self.blinding.unblinded) == set(Role)
