"""Donors, and whether their cells may be used: the determination by a rule set, as a state that says why.

A donor and a participant are different records even where they are one person (autologous cells). Results are coded;
an indeterminate one is neither negative nor positive. The state is computed from everything known, so a late result
re-opens it; `may_follow` says which changes can happen at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from armlet.errors import InputError
from armlet.issues import Issue, error
from armlet.product.donor_rules import DonorRules, DonorTest


class DonorState(StrEnum):
    """Where the determination of a donor stands. Cells stay in quarantine until it is eligible or not required."""

    INCOMPLETE = "incomplete"
    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    NEEDS_RISK_ASSESSMENT = "needs risk assessment"
    NOT_REQUIRED = "not required"


_DETERMINED: Final = frozenset(DonorState) - {DonorState.NOT_REQUIRED}
_FOLLOWS: Final[Mapping[DonorState, frozenset[DonorState]]] = {
    DonorState.INCOMPLETE: _DETERMINED,
    DonorState.NEEDS_RISK_ASSESSMENT: _DETERMINED,
    DonorState.ELIGIBLE: _DETERMINED,
    DonorState.INELIGIBLE: frozenset({DonorState.INELIGIBLE}),
    DonorState.NOT_REQUIRED: frozenset({DonorState.NOT_REQUIRED}),
}


def may_follow(before: DonorState, after: DonorState) -> bool:
    """Whether a determination may go from one state to the other.

    A late result re-opens an eligible donor; an ineligible one stays so (a wrong result is corrected as a result, and
    the determination begins anew from incomplete). Whether one is required does not change.
    """
    return after in _FOLLOWS[before]


class TestResult(StrEnum):
    """The result of a donor test. There is no free text: what the laboratory wrote otherwise is asked back."""

    __test__ = False

    NEGATIVE = "negative"
    POSITIVE = "positive"
    INDETERMINATE = "indeterminate"


def read_result(text: str) -> TestResult:
    """The coded result. Raises InputError for anything else, ``neg.`` and ``Negative`` included."""
    try:
        return TestResult(text)
    except ValueError:
        message = f"{text[:40]!r} is no result of a donor test; expected negative, positive or indeterminate."
        raise InputError([error("donor/result", "result", message, "Enter the coded value.")]) from None


@dataclass(frozen=True, slots=True)
class DonorSample:
    """One result of one test: when its sample was taken, and whether the kit is licensed for screening donors."""

    test: str
    result: TestResult
    sampled: date
    kit_licensed: bool
    hours_since_colloid: int | None = None
    hours_since_crystalloid: int | None = None
    dilution_adequate: bool | None = None


@dataclass(frozen=True, slots=True)
class DonorFacts:
    """What is known of a donor on a day. `participant` is set where the cells are for the donor alone.

    `screened` gives the day of each part of the screening, `history` the findings that ask for more tests;
    `signed_by` is the responsible person. `risk_accepted` is None until a risk assessment is signed.
    """

    donor: str
    donated: date
    tissue: str
    leukocyte_rich: bool
    participant: str | None = None
    screened: Mapping[str, date] = field(default_factory=dict)
    history: frozenset[str] | None = None
    samples: tuple[DonorSample, ...] = ()
    also_tested: tuple[str, ...] = ()
    risk_accepted: bool | None = None
    signed_by: str = ""


@dataclass(frozen=True, slots=True)
class Determination:
    """The state, why, and the texts for the container that follow from it. `rules` is the rule set it rests on."""

    state: DonorState
    reasons: tuple[str, ...]
    labels: tuple[str, ...]
    rules: str


def determine(rules: DonorRules, facts: DonorFacts) -> Determination:
    """Whether the donor is eligible by these rules. Raises InputError for rules of another time.

    A positive test that excludes decides at once; otherwise what is missing comes before what must be assessed, because
    nobody can assess half a panel.
    """
    if not rules.applies_on(facts.donated):
        message = f"{rules.title} does not apply to a donation of {facts.donated}."
        raise InputError([error("donor/rules-of-another-time", facts.donor, message, "Choose the rules by that day.")])
    if facts.participant is not None and rules.autologous.determination == "not required":
        evaluated = _state_of(rules, facts)[0] is DonorState.ELIGIBLE
        reason = f"not required of cells for their own donor ({rules.autologous.source})"
        return _determined(rules, facts, DonorState.NOT_REQUIRED, (reason,), not_evaluated=not evaluated)
    state, reasons = _state_of(rules, facts)
    return _determined(rules, facts, state, reasons, not_evaluated=state is DonorState.INCOMPLETE)


def _state_of(rules: DonorRules, facts: DonorFacts) -> tuple[DonorState, tuple[str, ...]]:
    excluding = tuple(_positive(rules, facts, "ineligible"))
    if excluding or facts.risk_accepted is False:
        return DonorState.INELIGIBLE, excluding or ("the risk was assessed and not accepted",)
    missing = tuple(_missing(rules, facts))
    if missing:
        return DonorState.INCOMPLETE, missing
    risks = tuple(_positive(rules, facts, "risk assessment"))
    if risks and facts.risk_accepted is None:
        return DonorState.NEEDS_RISK_ASSESSMENT, risks
    if not facts.signed_by.strip():
        return DonorState.INCOMPLETE, ("the responsible person has not signed",)
    return DonorState.ELIGIBLE, risks


def _determined(
    rules: DonorRules, facts: DonorFacts, state: DonorState, reasons: tuple[str, ...], *, not_evaluated: bool
) -> Determination:
    autologous = facts.participant is not None
    positive = any(sample.result is TestResult.POSITIVE for sample in facts.samples)
    holds = {
        "autologous": autologous,
        "not evaluated": autologous and not_evaluated,
        "ineligible": state is DonorState.INELIGIBLE,
        "positive": positive,
    }
    labels = tuple(label.text for label in rules.labels if holds[label.when])
    return Determination(state, reasons, labels, rules.id)


# --- What is missing ------------------------------------------------------------------------------------------------


def _missing(rules: DonorRules, facts: DonorFacts) -> Iterator[str]:
    if rules.unsettled:
        yield rules.unsettled
    for part in rules.screening.parts:
        day = facts.screened.get(part)
        words = part.replace("_", " ")
        if day is None:
            yield f"no {words}"
        elif day > facts.donated:
            yield f"{words} on {day}, after the collection on {facts.donated}"
    for test in rules.tests:
        if _is_asked(rules, facts, test) is None:
            yield f"{test.label}: it is not known whether the history asks for it"
        elif _is_asked(rules, facts, test):
            yield from _missing_test(rules, facts, test.id, test.label)
    for name in facts.also_tested:
        if rules.test(name) is None or not _is_asked(rules, facts, _known(rules, name)):
            yield from _missing_test(rules, facts, name, name.replace("_", " "))


def _known(rules: DonorRules, name: str) -> DonorTest:
    return next(test for test in rules.tests if test.id == name)


def _is_asked(rules: DonorRules, facts: DonorFacts, test: DonorTest) -> bool | None:
    """Whether the test is asked of this donor; None where the history that decides it was not taken."""
    match test.asked:
        case "always":
            return True
        case "leukocyte rich":
            return facts.leukocyte_rich
        case "on history":
            return None if facts.history is None else test.history in facts.history
        case "to settle":
            screens = [one.id for one in rules.tests if one.settled_by == test.id]
            return any(_result(rules, facts, screen) is TestResult.POSITIVE for screen in screens)


def _missing_test(rules: DonorRules, facts: DonorFacts, name: str, label: str) -> Iterator[str]:
    """Why a test does not count, one reason for each of its samples; nothing where one sample counts."""
    problems = [(sample, _why_not(rules, facts, sample)) for sample in facts.samples if sample.test == name]
    if not problems:
        yield f"{label}: no result"
    elif all(reason for _, reason in problems):
        yield from (f"{label}: {reason}" for _, reason in problems)
    elif _result(rules, facts, name) is None:
        yield f"{label}: indeterminate, which is neither negative nor positive"


def _why_not(rules: DonorRules, facts: DonorFacts, sample: DonorSample) -> str:
    """Why a sample does not count; empty where it does."""
    window, days = rules.window(facts.tissue), (sample.sampled - facts.donated).days
    if not -window.before <= days <= window.after:
        allowed = f"from {window.before} days before to {window.after} after"
        return f"sampled on day {days:+d} of the collection; allowed is {allowed} ({window.source})"
    if not sample.kit_licensed:
        return f"the kit is not licensed for screening donors ({rules.kit.source})"
    return _dilution(rules, sample)


def _dilution(rules: DonorRules, sample: DonorSample) -> str:
    rule = rules.haemodilution
    if rule is None or sample.dilution_adequate:
        return ""
    colloid, crystalloid = sample.hours_since_colloid, sample.hours_since_crystalloid
    is_near = (colloid is not None and colloid <= rule.colloid_hours) or (
        crystalloid is not None and crystalloid <= rule.crystalloid_hours
    )
    if sample.dilution_adequate is False:
        return f"the sample is too diluted ({rule.source})"
    return f"infusions before the sample ask for an assessment of dilution ({rule.source})" if is_near else ""


def _result(rules: DonorRules, facts: DonorFacts, name: str) -> TestResult | None:
    """The result of a test over all samples: one positive is positive, whether or not its sample counts otherwise.

    Negative is only what a sample that counts says, with none indeterminate beside it.
    """
    samples = [sample for sample in facts.samples if sample.test == name]
    if any(sample.result is TestResult.POSITIVE for sample in samples):
        return TestResult.POSITIVE
    counting = [sample for sample in samples if not _why_not(rules, facts, sample)]
    return TestResult.NEGATIVE if counting and all(one.result is TestResult.NEGATIVE for one in counting) else None


def _positive(rules: DonorRules, facts: DonorFacts, outcome: str) -> Iterator[str]:
    """The positive tests of that outcome. A positive screen is judged by the test that settles it, not by itself.

    What nobody asked for and came back positive is not passed over: somebody must assess it.
    """
    known = {test.id for test in rules.tests}
    for test in rules.tests:
        is_positive = _result(rules, facts, test.id) is TestResult.POSITIVE
        if is_positive and test.positive == outcome and test.settled_by is None:
            yield f"{test.label}: positive ({test.source})"
    for name in sorted({sample.test for sample in facts.samples} - known):
        added = name in facts.also_tested
        if outcome == ("ineligible" if added else "risk assessment") and _result(rules, facts, name) is (
            TestResult.POSITIVE
        ):
            why = "a test that the trial adds" if added else "a test that these rules do not name"
            yield f"{name.replace('_', ' ')}: positive ({why})"


# --- Use ------------------------------------------------------------------------------------------------------------


def check_use(rules: DonorRules, facts: DonorFacts, determination: Determination, recipient: str, reason: str = "") -> (
    Issue | None
):  # fmt: skip
    """Why the cells of this donor may not be given to this participant; None where they may.

    Cells for their own donor go to nobody else, whoever signs. `reason` is the documented exception by which cells of
    an ineligible donor may be used, where the rules have exceptions at all.
    """
    if facts.participant is not None and facts.participant != recipient:
        message = "these cells are for their own donor only, and this is another participant."
        return error("donor/not-their-own", facts.donor, message, "Stop. There is no exception.")
    if determination.state in {DonorState.ELIGIBLE, DonorState.NOT_REQUIRED}:
        return None
    allowed = rules.exceptions.ids if rules.exceptions is not None else ()
    if determination.state is DonorState.INELIGIBLE and reason in allowed:
        return None
    why = "; ".join(determination.reasons)
    message = f"the donor is {determination.state.value}: {why}."
    return error("donor/not-eligible", facts.donor, message, "Keep the cells in quarantine.")
