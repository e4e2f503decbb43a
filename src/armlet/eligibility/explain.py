"""Why a rule is met, not met or unknown: one plain sentence each, with what was expected and what was found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Context, Decimal
from typing import Final

from armlet.eligibility.person import Coded, Elapsed, Judged, Person, Reading
from armlet.eligibility.truth import Truth
from armlet.eligibility.verdict import Assessment, CriterionVerdict, Outcome, Verdict
from armlet.protocol.criteria import CompareTo, Comparison, CriterionKind, Measure, Question, WithinOf
from armlet.protocol.model import Protocol
from armlet.protocol.prose import codes_of, label_of, listed, quantity_in_words, with_article
from armlet.units import Quantity, format_decimal

_STANDS: Final = {
    Comparison.LESS: "below",
    Comparison.AT_MOST: "at most",
    Comparison.EQUAL: "exactly",
    Comparison.AT_LEAST: "at least",
    Comparison.MORE: "above",
}
_SIGNIFICANT_DIGITS: Final = (4, 6, 9, 15)


def say_missing(measure_id: str, protocol: Protocol) -> str:
    """Nobody has answered."""
    return f"{label_of(measure_id, protocol)} is not known"


def say_unfit(measure_id: str, protocol: Protocol) -> str:
    """The rule asks a measure for something that its kind cannot answer: a defect of the protocol."""
    return f"the protocol asks {label_of(measure_id, protocol)} for something that it cannot tell"


def say_yes_no(measure_id: str, answer: bool, protocol: Protocol) -> str:
    """``pregnancy: no``."""
    return f"{label_of(measure_id, protocol)}: {'yes' if answer else 'no'}"


def say_judged(question: Question, judged: Judged | None) -> str:
    """Who judged and how; who must where nobody has."""
    if judged is None:
        return f"{with_article(question.by)} must judge: {question.question}"
    who = f"{judged.by} ({question.by.replace('_', ' ')})" if judged.by else with_article(question.by)
    return f"{who} answered {'yes' if judged.answer else 'no'} to: {question.question}"


def say_compared(node: CompareTo, measure: Measure, reading: Reading, compared: Quantity, is_so: bool) -> str:
    """``body mass index 35.1 kg/m2 is not above 35 kg/m2``; a converted value stands in brackets behind the given."""
    if node.value is None:
        return f"{measure.label} {quantity_in_words(reading.given)}"
    stands = f"{'is' if is_so else 'is not'} {_STANDS.get(node.is_, node.is_.value)}"
    got = quantity_in_words(reading.given)
    if measure.whole == "down" and compared.value != reading.given.value:
        got = f"{got} (in whole {_unit_word(compared)}: {format_decimal(compared.value)})"
    elif reading.given.unit != node.value.unit:
        got = f"{got} ({quantity_in_words(_in_unit_of(node.value, compared, measure))})"
    return f"{measure.label} {got} {stands} {quantity_in_words(node.value)}"


def _unit_word(quantity: Quantity) -> str:
    return quantity_in_words(Quantity(Decimal(2), quantity.unit)).partition(" ")[2]


def _in_unit_of(limit: Quantity, amount: Quantity, measure: Measure) -> Quantity:
    """The amount in the limit's unit, with just enough digits that it cannot be mistaken for the limit."""
    exact = amount.to(limit.unit, measure.molar_mass)
    for digits in _SIGNIFICANT_DIGITS:
        short = Context(prec=digits).create_decimal(exact.value).normalize()
        if short != limit.value or exact.value == limit.value:
            return Quantity(short, limit.unit)
    return exact


def say_coded(node: CompareTo, measure: Measure, coded: Coded, truth: Truth) -> str:
    """``HIV antibody is negative, not positive``."""
    wanted = listed(codes_of(node), "or")
    if truth is Truth.UNKNOWN:
        return f"{measure.label} is {coded.code}, which does not tell whether it is {wanted}"
    if truth is Truth.TRUE:
        return f"{measure.label} is {coded.code}"
    return f"{measure.label} is {coded.code}, not {wanted}"


def say_within(node: WithinOf, when: date | Elapsed, person: Person, truth: Truth, protocol: Protocol) -> str:
    """``first diagnosis on 2016-03-01 is at most 3 weeks before the reference date 2016-03-22``."""
    label, span = label_of(node.measure, protocol), node.at_most.in_words()
    if isinstance(when, date):
        got, until = f"{label} on {when}", f"the reference date {person.reference}"
    else:
        got, until = f"{label} {when.span.in_words()} ago", "the reference date"
    if truth is Truth.UNKNOWN:
        ago = when.span.in_words() if isinstance(when, Elapsed) else "it"
        return f"{got}: {ago} may or may not be at most {span}; give the dates"
    limit = f" ({node.at_most.before(person.reference)} or later)" if person.reference is not None else ""
    return f"{got} is {'' if truth is Truth.TRUE else 'not '}at most {span} before {until}{limit}"


def joined(reasons: Sequence[str]) -> str:
    """Several reasons as one sentence, each once."""
    return "; ".join(dict.fromkeys(reasons))


_OUTCOMES: Final = {
    Outcome.ELIGIBLE: "Eligible: every criterion is known and none stands in the way.",
    Outcome.NOT_ELIGIBLE: "Not eligible.",
    Outcome.UNKNOWN: "Not known yet: answer what is marked unknown before enrolment.",
}


def render_assessment(assessment: Assessment, protocol: Protocol) -> str:
    """The assessment as plain text: the outcome, then each criterion with its verdict and reason."""
    says = {criterion.id: criterion.says for criterion in protocol.criteria}
    lines = [_OUTCOMES[assessment.verdict]]
    for kind in CriterionKind:
        found = [item for item in assessment.criteria if item.kind is kind]
        if found:
            lines += ["", f"{kind.value.capitalize()} criteria", *(_line(item, says) for item in found)]
    return "\n".join(lines) + "\n"


def _line(item: CriterionVerdict, says: dict[str, str]) -> str:
    excludes = ", which excludes" if item.kind is CriterionKind.EXCLUSION and item.verdict is Verdict.MET else ""
    because = item.because if item.because.endswith((".", "?", "!")) else f"{item.because}."
    return f"  {item.verdict.value}{excludes}: {says.get(item.id, item.id)}\n      {because}"
