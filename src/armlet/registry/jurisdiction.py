"""Which laws and policies on posting a trial falls under: yes, no or not known, each with the reason.

What a record does not say is not known, and is not guessed from what is usual. Who has other papers can add an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator

from armlet.document import Document, load_document, read_yaml
from armlet.eligibility.truth import Truth, all_of, any_of
from armlet.registry.record import (
    InterventionType,
    Phase,
    PrimaryPurpose,
    ProtocolSection,
    Record,
    SecondaryIdType,
    StandardAge,
    Status,
    StudyType,
)
from armlet.studytime import Duration, PartialDate


class Regime(StrEnum):
    """A body of rules on telling the public of a trial."""

    US_ACT = "us_act"
    US_RESULTS = "us_results"
    WHO = "who"
    EU_REGULATION = "eu_regulation"
    EU_DIRECTIVE = "eu_directive"


class Milestone(StrEnum):
    """A date that a deadline counts from, or that shows that something was done."""

    START = "start"
    PRIMARY_COMPLETION = "primary_completion"
    COMPLETION = "completion"
    FIRST_SUBMITTED = "first_submitted"
    RESULTS_SUBMITTED = "results_submitted"
    LAST_UPDATED = "last_updated"


class Circumstance(StrEnum):
    """What decides between two rules of one regime."""

    ENDED_EARLY = "ended_early"
    RAN_ITS_COURSE = "ran_its_course"
    ADULTS_ONLY = "adults_only"
    WITH_CHILDREN = "with_children"
    SOMEBODY_ENROLLED = "somebody_enrolled"


class Question(StrEnum):
    """A yes-or-no fact that a record may not state and that somebody may add."""

    FDA_REGULATED = "fda_regulated"
    US_SITE = "us_site"
    UNDER_IND = "under_ind"
    MADE_IN_US = "made_in_us"
    PRODUCT_APPROVED = "product_approved"
    EU_SITE = "eu_site"
    MEDICINAL_PRODUCT = "medicinal_product"


def _day(value: object) -> object:
    return date.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_day)]
Checked = Literal["text", "secondary", "memory"]


class Rule(Document):
    """One rule: what is to be done, counted from which date, and where that is written. See the head of the data file."""

    id: str
    regime: Regime
    what: str
    counts_from: Milestone
    latest_from: Milestone | None = None
    within: Duration
    done_by: Milestone | None = None
    last: bool = False
    each_secondary: bool = False
    certificate: bool = False
    only: tuple[Circumstance, ...] = ()
    binding: Literal["law", "policy"]
    source: str
    checked: Checked


class CertificateRule(Document):
    """How far a certificate of delay moves a deadline."""

    after_event: Duration
    at_most: Duration
    source: str
    checked: Checked


class _Dates(Document):
    us_results_of_unapproved: Day
    eu_regulation_applies: Day
    eu_directive_ends: Day
    eudract_results_open: Day


class Rules(Document):
    """The data file: the rules, the dates from which laws apply, and the countries of a jurisdiction."""

    rules: tuple[Rule, ...]
    certificate: CertificateRule
    dates: _Dates
    united_states: frozenset[str]
    european_union: frozenset[str]
    left_european_union: frozenset[str]


@cache
def load_rules() -> Rules:
    """The rules that this version knows."""
    name = "data/posting_deadlines.yaml"
    plain, lines = read_yaml(files("armlet.registry").joinpath(name).read_text(encoding="utf-8"), name)
    return load_document(Rules, plain, lines, "deadlines")


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether something is so, and why it is thought to be."""

    is_so: Truth
    because: str


_WORDS: Final = {
    Question.FDA_REGULATED: "whether the U.S. FDA regulates the product",
    Question.US_SITE: "whether a site is in the United States",
    Question.UNDER_IND: "whether the trial runs under a U.S. IND or IDE",
    Question.MADE_IN_US: "whether the product is made in the United States and exported",
    Question.PRODUCT_APPROVED: "whether the FDA had approved the product",
    Question.EU_SITE: "whether a site is in the European Union",
    Question.MEDICINAL_PRODUCT: "whether the trial is of a medicinal product",
}


class Case:
    """One trial as the rules see it: its record, and the answers and dates that somebody added."""

    def __init__(
        self,
        record: Record,
        answers: Mapping[Question, bool] | None = None,
        dates: Mapping[Milestone, PartialDate] | None = None,
    ) -> None:
        self.record = record
        self._answers = dict(answers or {})
        self._dates = dict(dates or {})

    @property
    def section(self) -> ProtocolSection:
        """What those who run the trial told the registry."""
        return self.record.protocol_section

    def date_of(self, milestone: Milestone) -> PartialDate | None:
        """The date, as somebody added it or as the record has it; None where neither does."""
        return self._dates.get(milestone) or _date_in_record(self.record, milestone)

    def is_planned(self, milestone: Milestone) -> bool:
        """Whether the record has the date as an estimate and nobody gave another."""
        status = self.section.status_module
        given = {
            Milestone.START: status.start_date_struct,
            Milestone.PRIMARY_COMPLETION: status.primary_completion_date_struct,
            Milestone.COMPLETION: status.completion_date_struct,
        }.get(milestone)
        return milestone not in self._dates and given is not None and given.type == "ESTIMATED"

    def answer(self, question: Question) -> Answer:
        """What is known on one question."""
        if question in self._answers:
            said = self._answers[question]
            return Answer(Truth.of(said), f"{_WORDS[question]}: {'yes' if said else 'no'}, as was added")
        return _ANSWERS[question](self.section)

    def applies(self, regime: Regime) -> Answer:
        """Whether the trial falls under the regime."""
        return _REGIMES[regime](self)

    def holds(self, circumstance: Circumstance) -> Truth:
        """Whether the circumstance holds."""
        return _CIRCUMSTANCES[circumstance](self.section)


def _date_in_record(record: Record, milestone: Milestone) -> PartialDate | None:
    status = record.protocol_section.status_module
    match milestone:
        case Milestone.START:
            return status.start_date_struct.date
        case Milestone.PRIMARY_COMPLETION:
            return status.primary_completion_date_struct.date
        case Milestone.COMPLETION:
            return status.completion_date_struct.date
        case Milestone.FIRST_SUBMITTED:
            return status.study_first_submit_date or status.study_first_post_date_struct.date
        case Milestone.RESULTS_SUBMITTED:
            return status.results_first_submit_date or status.results_first_post_date_struct.date
        case Milestone.LAST_UPDATED:
            return status.last_update_submit_date or status.last_update_post_date_struct.date


# --- What the record says on each question ----------------------------------------------------------------------------


def _unsaid(question: Question) -> Answer:
    return Answer(Truth.UNKNOWN, f"the record does not say {_WORDS[question]}")


def _fda_regulated(section: ProtocolSection) -> Answer:
    oversight = section.oversight_module
    said = (oversight.is_fda_regulated_drug, oversight.is_fda_regulated_device)
    if True in said:
        return Answer(Truth.TRUE, "the record says that the U.S. FDA regulates the product")
    if said == (False, False):
        return Answer(Truth.FALSE, "the record says that the U.S. FDA regulates neither drug nor device of the trial")
    return _unsaid(Question.FDA_REGULATED)


def _site_in(section: ProtocolSection, places: frozenset[str], question: Question, name: str) -> Answer:
    locations = section.contacts_locations_module.locations
    countries = {one.country for one in locations if one.country}
    inside = sorted(countries & places)
    if inside:
        return Answer(Truth.TRUE, f"a site is in {inside[0]}")
    if not countries or any(one.country is None for one in locations):
        return _unsaid(question)
    return Answer(Truth.FALSE, f"no site is in {name}: the record has sites in {', '.join(sorted(countries))}")


def _us_site(section: ProtocolSection) -> Answer:
    return _site_in(section, load_rules().united_states, Question.US_SITE, "the United States")


def _eu_site(section: ProtocolSection) -> Answer:
    rules = load_rules()
    countries = {one.country for one in section.contacts_locations_module.locations}
    inside = _site_in(section, rules.european_union, Question.EU_SITE, "the European Union or the EEA")
    if inside.is_so is Truth.FALSE and countries & rules.left_european_union:
        return Answer(
            Truth.UNKNOWN, "a site is in the United Kingdom, which left the European Union during these years"
        )
    return inside


def _made_in_us(section: ProtocolSection) -> Answer:
    said = section.oversight_module.is_us_export
    if said is None:
        return _unsaid(Question.MADE_IN_US)
    return Answer(Truth.of(said), f"the record says that the product is {'' if said else 'not '}exported from the U.S.")


def _never_said(question: Question) -> Callable[[ProtocolSection], Answer]:
    return lambda _section: Answer(Truth.UNKNOWN, f"records do not say {_WORDS[question]}")


_MEDICINAL: Final = frozenset({InterventionType.DRUG, InterventionType.BIOLOGICAL, InterventionType.GENETIC})
_NOT_MEDICINAL: Final = frozenset({InterventionType.BEHAVIORAL, InterventionType.DEVICE, InterventionType.RADIATION})


def _medicinal(section: ProtocolSection) -> Answer:
    kinds = [one.type for one in section.arms_interventions_module.interventions]
    for kind in kinds:
        if kind in _MEDICINAL:
            return Answer(Truth.TRUE, f"the record lists an intervention of the type {kind}")
    if kinds and all(kind in _NOT_MEDICINAL for kind in kinds):
        return Answer(Truth.FALSE, "the record lists no drug, biological or genetic intervention")
    return _unsaid(Question.MEDICINAL_PRODUCT)


_ANSWERS: Final[Mapping[Question, Callable[[ProtocolSection], Answer]]] = {
    Question.FDA_REGULATED: _fda_regulated,
    Question.US_SITE: _us_site,
    Question.UNDER_IND: _never_said(Question.UNDER_IND),
    Question.MADE_IN_US: _made_in_us,
    Question.PRODUCT_APPROVED: _never_said(Question.PRODUCT_APPROVED),
    Question.EU_SITE: _eu_site,
    Question.MEDICINAL_PRODUCT: _medicinal,
}


def _interventional(section: ProtocolSection) -> Answer:
    kind = section.design_module.study_type
    if kind is None:
        return Answer(Truth.UNKNOWN, "the record does not say whether it is an interventional trial")
    return Answer(Truth.of(kind is StudyType.INTERVENTIONAL), f"the record is of the type {kind}")


def _beyond_phase_1(section: ProtocolSection) -> Answer:
    """Neither phase 1 nor device feasibility. That early phase 1 counts as phase 1 is from memory."""
    design = section.design_module
    if design.design_info.primary_purpose is PrimaryPurpose.DEVICE_FEASIBILITY:
        return Answer(Truth.FALSE, "it is a device feasibility trial")
    if not design.phases:
        return Answer(Truth.UNKNOWN, "the record states no phase")
    is_first = set(design.phases) <= {Phase.EARLY_PHASE1, Phase.PHASE1}
    return Answer(Truth.of(not is_first), f"it is of {' and '.join(design.phases)}")


# --- The regimes ------------------------------------------------------------------------------------------------------


def _all(*answers: Answer) -> Answer:
    """All of them; the reasons are those that decide."""
    verdict = all_of(answer.is_so for answer in answers)
    return Answer(verdict, _reasons(answers, verdict))


def _any(*answers: Answer) -> Answer:
    verdict = any_of(answer.is_so for answer in answers)
    return Answer(verdict, _reasons(answers, verdict))


def _reasons(answers: tuple[Answer, ...], verdict: Truth) -> str:
    return "; ".join(answer.because for answer in answers if answer.is_so is verdict)


def _us_act(case: Case) -> Answer:
    """An applicable clinical trial, by the four questions of NLM's checklist to 42 CFR 11.22(b).

    The checklist is for trials begun on or after 18 January 2017. For older ones the statute (42 U.S.C. 282(j)(1)(A))
    decides; that the same questions answer it is from memory.
    """
    tie = _any(*(case.answer(one) for one in (Question.US_SITE, Question.UNDER_IND, Question.MADE_IN_US)))
    return _all(_interventional(case.section), case.answer(Question.FDA_REGULATED), _beyond_phase_1(case.section), tie)


def _us_results(case: Case) -> Answer:
    """An applicable clinical trial whose results 42 CFR 11.42 asks for."""
    return _all(_us_act(case), _any(_completed_since_final_rule(case), case.answer(Question.PRODUCT_APPROVED)))


def _completed_since_final_rule(case: Case) -> Answer:
    since, reached = load_rules().dates.us_results_of_unapproved, case.date_of(Milestone.PRIMARY_COMPLETION)
    words = f"primary completion on or after {since}, from when results of unapproved products are asked for as well"
    if reached is None:
        return Answer(Truth.UNKNOWN, f"the record does not say whether it has {words}")
    is_since = _is_since(reached, since)
    return Answer(is_since, f"primary completion {reached}; {words}: {_SAID[is_since]}")


_SAID: Final = {Truth.TRUE: "yes", Truth.FALSE: "no", Truth.UNKNOWN: "not known to the day"}


def _is_since(reached: PartialDate, since: date) -> Truth:
    if reached.earliest() >= since:
        return Truth.TRUE
    return Truth.FALSE if reached.latest() < since else Truth.UNKNOWN


def _ended_since(case: Case, since: date, words: str) -> Answer:
    reached = case.date_of(Milestone.COMPLETION)
    if reached is None:
        return Answer(Truth.UNKNOWN, f"the record does not say when it ended, and so not whether {words}")
    return Answer(_is_since(reached, since), f"it ends {reached}; {words} {since}")


def _eu_regulation(case: Case) -> Answer:
    dates = load_rules().dates
    return _all(
        _interventional(case.section),
        case.answer(Question.EU_SITE),
        case.answer(Question.MEDICINAL_PRODUCT),
        _ended_since(case, dates.eu_regulation_applies, "the Regulation applies from"),
        _any(
            _authorised_under_regulation(case.section),
            _ended_since(case, dates.eu_directive_ends, "trials of the Directive moved to the Regulation by"),
        ),
    )


def _eu_directive(case: Case) -> Answer:
    """Under the Directive, and ended since EudraCT takes results."""
    dates = load_rules().dates
    authorised = _authorised_under_regulation(case.section)
    ended_later = _ended_since(case, dates.eu_directive_ends, "the Directive ended on")
    return _all(
        _interventional(case.section),
        case.answer(Question.EU_SITE),
        case.answer(Question.MEDICINAL_PRODUCT),
        Answer(~authorised.is_so, authorised.because),
        Answer(~ended_later.is_so, ended_later.because),
        _ended_since(case, dates.eudract_results_open, "EudraCT takes results of trials that end from"),
    )


def _authorised_under_regulation(section: ProtocolSection) -> Answer:
    kinds = {one.type for one in section.identification_module.secondary_id_infos}
    if SecondaryIdType.CTIS in kinds:
        return Answer(Truth.TRUE, "the record has an EU trial number of CTIS, so it is under the Regulation")
    if SecondaryIdType.EUDRACT_NUMBER in kinds:
        return Answer(Truth.FALSE, "the record has a EudraCT number and none of CTIS, so it is under the Directive")
    start = section.status_module.start_date_struct.date
    applies = load_rules().dates.eu_regulation_applies
    if start is not None and start.latest() < applies:
        return Answer(Truth.FALSE, f"it started {start}, before the Regulation applied ({applies})")
    return Answer(
        Truth.UNKNOWN, "the record does not say whether it was authorised under the Regulation or the Directive"
    )


def _who(case: Case) -> Answer:
    return _interventional(case.section)


_REGIMES: Final[Mapping[Regime, Callable[[Case], Answer]]] = {
    Regime.US_ACT: _us_act,
    Regime.US_RESULTS: _us_results,
    Regime.WHO: _who,
    Regime.EU_REGULATION: _eu_regulation,
    Regime.EU_DIRECTIVE: _eu_directive,
}


# --- Circumstances ----------------------------------------------------------------------------------------------------


def _ended_early(section: ProtocolSection) -> Truth:
    status = section.status_module.overall_status
    if status in {Status.TERMINATED, Status.WITHDRAWN}:
        return Truth.TRUE
    return Truth.UNKNOWN if status in {None, Status.UNKNOWN, Status.SUSPENDED} else Truth.FALSE


def _never_began(section: ProtocolSection) -> Truth:
    """The registry calls a trial withdrawn that ended before its first participant was enrolled."""
    status = section.status_module.overall_status
    return Truth.UNKNOWN if status is None else Truth.of(status is Status.WITHDRAWN)


def _with_children(section: ProtocolSection) -> Truth:
    """By the registry's own age classes, or the minimum age in years; no minimum age stated is not known."""
    eligibility = section.eligibility_module
    if eligibility.std_ages:
        return Truth.of(StandardAge.CHILD in eligibility.std_ages)
    number, _, unit = (eligibility.minimum_age or "").partition(" ")
    if not number.isdigit():
        return Truth.UNKNOWN
    return Truth.of(not (unit.startswith("Year") and int(number) >= _ADULT))


_ADULT: Final = 18

_CIRCUMSTANCES: Final[Mapping[Circumstance, Callable[[ProtocolSection], Truth]]] = {
    Circumstance.ENDED_EARLY: _ended_early,
    Circumstance.RAN_ITS_COURSE: lambda section: ~_ended_early(section),
    Circumstance.SOMEBODY_ENROLLED: lambda section: ~_never_began(section),
    Circumstance.WITH_CHILDREN: _with_children,
    Circumstance.ADULTS_ONLY: lambda section: ~_with_children(section),
}
