"""One person against the rules of a protocol: true, false or unknown, each with its reason.

Limits are met or missed at their last digit and their last day. A rule that speaks of something unanswered is unknown
unless the rest decides it; answering more can make an unknown true or false and can change nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from armlet.eligibility import explain
from armlet.eligibility.person import Coded, Elapsed, Judged, Person, Reading
from armlet.eligibility.truth import Truth, all_of, any_of
from armlet.eligibility.verdict import Assessment, CriterionVerdict, Finding, Outcome, Verdict
from armlet.protocol.criteria import (
    All,
    AnyOf,
    Compare,
    CompareTo,
    Comparison,
    Judgement,
    Measure,
    MeasureIs,
    Not,
    Question,
    Rule,
    Unless,
    Within,
    WithinOf,
)
from armlet.protocol.model import Protocol
from armlet.protocol.prose import codes_of
from armlet.studytime import Duration
from armlet.units import Quantity, UnitError, parse_unit


def evaluate_criteria(protocol: Protocol, person: Person) -> Assessment:
    """The verdict on every criterion, and the outcome for the person."""
    verdicts = []
    for criterion in protocol.criteria:
        finding = evaluate_rule(criterion.rule, person, protocol)
        verdict = Verdict.of(finding.truth)
        verdicts.append(CriterionVerdict(criterion.id, criterion.kind, verdict, finding.because))
    return Assessment(_outcome_of(verdicts), tuple(verdicts))


def _outcome_of(verdicts: Sequence[CriterionVerdict]) -> Outcome:
    if any(item.keeps_out for item in verdicts):
        return Outcome.NOT_ELIGIBLE
    is_open = any(item.verdict is Verdict.UNKNOWN for item in verdicts)
    return Outcome.UNKNOWN if is_open else Outcome.ELIGIBLE


def evaluate_rule(rule: Rule, person: Person, protocol: Protocol) -> Finding:
    """How a rule stands for a person. A rule that its measure cannot answer is unknown, never an exception."""
    match rule:
        case MeasureIs():
            return _evaluate_yes_no(rule.measure, person, protocol)
        case Compare():
            return _evaluate_compare(rule.compare, person, protocol)
        case Within():
            return _evaluate_within(rule.within, person, protocol)
        case Judgement():
            return _evaluate_judgement(rule.judgement, person)
        case All():
            return _all_findings([evaluate_rule(part, person, protocol) for part in rule.all])
        case AnyOf():
            return _any_finding([evaluate_rule(part, person, protocol) for part in rule.any])
        case Not():
            return _not_finding(evaluate_rule(rule.not_, person, protocol))
        case Unless():
            when = evaluate_rule(rule.unless.when, person, protocol)
            return _all_findings([when, _not_finding(evaluate_rule(rule.unless.except_, person, protocol))])


# --- Joining --------------------------------------------------------------------------------------------------------


def _joined(truth: Truth, parts: Sequence[Finding]) -> Finding:
    """The whole's truth with the reasons of those parts that make it so."""
    return Finding(truth, explain.joined([part.because for part in parts if part.truth is truth]))


def _all_findings(parts: Sequence[Finding]) -> Finding:
    return _joined(all_of(part.truth for part in parts), parts)


def _any_finding(parts: Sequence[Finding]) -> Finding:
    return _joined(any_of(part.truth for part in parts), parts)


def _not_finding(part: Finding) -> Finding:
    return Finding(~part.truth, part.because)


# --- Single nodes ---------------------------------------------------------------------------------------------------


def _unanswered(measure_id: str, person: Person, protocol: Protocol) -> Finding:
    is_missing = person.value(measure_id) is None
    say = explain.say_missing if is_missing else explain.say_unfit
    return Finding(Truth.UNKNOWN, say(measure_id, protocol))


def _evaluate_yes_no(measure_id: str, person: Person, protocol: Protocol) -> Finding:
    answer = person.value(measure_id)
    if not isinstance(answer, bool):
        return _unanswered(measure_id, person, protocol)
    return Finding(Truth.of(answer), explain.say_yes_no(measure_id, answer, protocol))


def _evaluate_judgement(question: Question, person: Person) -> Finding:
    judged = person.value(question.id)
    if not isinstance(judged, Judged):
        return Finding(Truth.UNKNOWN, explain.say_judged(question, None))
    return Finding(Truth.of(judged.answer), explain.say_judged(question, judged))


def _evaluate_compare(node: CompareTo, person: Person, protocol: Protocol) -> Finding:
    value = person.value(node.measure)
    if isinstance(value, Reading) and node.value is not None:
        return _compare_quantity(node, node.value, protocol.measure(node.measure), value, protocol)
    if isinstance(value, Coded) and codes_of(node):
        return _compare_code(node, protocol.measure(node.measure), value)
    return _unanswered(node.measure, person, protocol)


def _compare_code(node: CompareTo, measure: Measure, coded: Coded) -> Finding:
    """A code that is neither one nor the other is unknown, unless the rule asks for that very code."""
    wanted = {code.casefold() for code in codes_of(node)}
    is_wanted, is_unclear = coded.code.casefold() in wanted, coded.code in measure.unclear
    truth = Truth.UNKNOWN if is_unclear and not is_wanted else Truth.of(is_wanted)
    return Finding(truth, explain.say_coded(node, measure, coded, truth))


def _compare_quantity(
    node: CompareTo, limit: Quantity, measure: Measure, reading: Reading, protocol: Protocol
) -> Finding:
    compared = floored(reading.amount) if measure.whole == "down" else reading.amount
    try:
        sign = compared.compare(limit.to(compared.unit, measure.molar_mass) if _differs(compared, limit) else limit)
    except UnitError:
        return Finding(Truth.UNKNOWN, explain.say_unfit(measure.id, protocol))
    is_so = _holds(node.is_, sign)
    return Finding(Truth.of(is_so), explain.say_compared(node, measure, reading, compared, is_so))


def _differs(amount: Quantity, limit: Quantity) -> bool:
    return not amount.measures_same_as(limit.unit)


def floored(amount: Quantity) -> Quantity:
    """The whole units that are completed: of 17.9 years, 17."""
    whole = math.floor(Fraction(amount.exact()) / parse_unit(amount.unit).factor)
    return Quantity(Decimal(whole), amount.unit)


def _holds(comparison: Comparison, sign: int) -> bool:
    match comparison:
        case Comparison.LESS:
            return sign < 0
        case Comparison.AT_MOST:
            return sign <= 0
        case Comparison.EQUAL | Comparison.IN:
            return sign == 0
        case Comparison.AT_LEAST:
            return sign >= 0
        case Comparison.MORE:
            return sign > 0


# --- Dates ----------------------------------------------------------------------------------------------------------


def _evaluate_within(node: WithinOf, person: Person, protocol: Protocol) -> Finding:
    when = person.value(node.measure)
    if isinstance(when, date) and person.reference is not None:
        truth = Truth.of(when >= node.at_most.before(person.reference))
    elif isinstance(when, Elapsed):
        truth = compare_elapsed(when.span, node.at_most, person.reference)
    else:
        return _unanswered(node.measure, person, protocol)
    assert isinstance(when, date | Elapsed)  # the two cases above
    return Finding(truth, explain.say_within(node, when, person, truth, protocol))


def compare_elapsed(span: Duration, at_most: Duration, reference: date | None) -> Truth:
    """Whether so long ago is at most so long ago. The calendar decides, and may leave it open.

    Days count back from the reference date where it is known. Months and years compare as such: one year ago is
    within a year on any day. Otherwise 366 days may or may not be within a year.
    """
    if span.months <= at_most.months and span.days <= at_most.days:
        return Truth.TRUE
    if span.months >= at_most.months and span.days >= at_most.days:
        return Truth.FALSE
    if reference is not None and span.months == 0:
        return Truth.of(span.before(reference) >= at_most.before(reference))
    if span.longest_days() <= at_most.shortest_days():
        return Truth.TRUE
    return Truth.FALSE if span.shortest_days() > at_most.longest_days() else Truth.UNKNOWN
