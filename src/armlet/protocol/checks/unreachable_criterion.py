"""Criteria that nobody can satisfy: against each other, or against what people can have at all.

Only what certainly holds is looked at: below `any` of an inclusion criterion another alternative may do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from armlet.document import Lines
from armlet.issues import Issue, error
from armlet.protocol.checks import Check
from armlet.protocol.checks._regions import Condition, Interval, conditions_of, do_meet, plausible_region
from armlet.protocol.criteria import CriterionKind, Within
from armlet.protocol.model import Protocol
from armlet.protocol.prose import quantity_in_words, rule_in_words

RULE = "eligibility/unreachable"


def _asked(condition: Condition, protocol: Protocol) -> str:
    words = rule_in_words(condition.node, protocol)
    return f'criterion {condition.criterion.id} asks for "{words}"' if condition.wanted else _denied(condition, words)


def _denied(condition: Condition, words: str) -> str:
    is_exclusion = condition.criterion.kind is CriterionKind.EXCLUSION
    return f'criterion {condition.criterion.id} {"excludes" if is_exclusion else "denies"} "{words}"'


def _reach(condition: Condition) -> str:
    plausible = condition.measure.plausible
    if plausible is None:
        return f"the codes of {condition.measure.label} hold no such value"
    limits = f"{quantity_in_words(plausible.lowest)} to {quantity_in_words(plausible.highest)}"
    return f"{condition.measure.label} lies from {limits} in everybody"


def _against_people(condition: Condition, protocol: Protocol) -> str | None:
    plausible = plausible_region(condition.measure)
    if plausible is None or do_meet(plausible, condition.region):
        return None
    return f"{_asked(condition, protocol)}, and {_reach(condition)}: nobody could take part."


def _against_others(condition: Condition, earlier: Sequence[Condition], protocol: Protocol) -> str | None:
    same = [other for other in earlier if other.measure.id == condition.measure.id]
    for other in same:
        if not do_meet(other.region, condition.region) or _do_dates_exclude(condition, other):
            return f"{_asked(condition, protocol)}, and {_asked(other, protocol)}: nobody could take part."
    if not isinstance(condition.region, Interval) and same and not _common(condition, same):
        return f"{_asked(condition, protocol)}, and earlier criteria leave no other code: nobody could take part."
    return None


def _do_dates_exclude(one: Condition, other: Condition) -> bool:
    """Whether one asks for a date within a time and the other for none within the same or a longer time."""
    if not isinstance(one.node, Within) or not isinstance(other.node, Within) or one.wanted == other.wanted:
        return False
    first, second = one.node.within.at_most, other.node.within.at_most
    inside, outside = (first, second) if one.wanted else (second, first)
    return inside.months <= outside.months and inside.days <= outside.days


def _common(condition: Condition, others: Sequence[Condition]) -> frozenset[str]:
    """The answers that every one of the conditions allows."""
    regions = [item.region for item in (condition, *others)]
    return frozenset.intersection(*(region for region in regions if isinstance(region, frozenset)))


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    earlier: list[Condition] = []
    for condition in conditions_of(protocol):
        message = _against_people(condition, protocol) or _against_others(condition, earlier, protocol)
        if message is None:
            earlier.append(condition)
            continue
        yield error(RULE, lines.where(condition.path), message, "Correct one of the limits.")


METHOD = Check(
    rule=RULE,
    says="Somebody can satisfy all criteria together, with values that people have.",
    find=_find,
)
