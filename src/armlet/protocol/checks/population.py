"""The registry's own fields for age and sex against the criteria, which decide; a difference is questioned.

Age is the measure `age`; sex is the coded measure `sex`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from armlet.document import Lines
from armlet.issues import Issue, warning
from armlet.protocol.checks import Check
from armlet.protocol.checks._rules import nodes_of
from armlet.protocol.criteria import Compare, Comparison, CriterionKind
from armlet.protocol.model import Protocol
from armlet.protocol.prose import codes_of, listed, quantity_in_words
from armlet.units import Quantity

RULE = "eligibility/population"
_SIDES: Final = (
    ("minimum_age", frozenset({Comparison.AT_LEAST, Comparison.MORE}), frozenset({Comparison.LESS, Comparison.AT_MOST})),
    ("maximum_age", frozenset({Comparison.AT_MOST, Comparison.LESS}), frozenset({Comparison.MORE, Comparison.AT_LEAST})),
)  # fmt: skip


def _ages(protocol: Protocol, inclusion: frozenset[Comparison], exclusion: frozenset[Comparison]) -> list[Quantity]:
    """The age limits that bound one side: of inclusion criteria, and of exclusion criteria turned round."""
    found = []
    for _, criterion, node in nodes_of(protocol):
        wanted = inclusion if criterion.kind is CriterionKind.INCLUSION else exclusion
        if isinstance(node, Compare) and node.compare.measure == "age" and node.compare.is_ in wanted:
            found.append(node.compare.value)
    return [value for value in found if value is not None]


def _age_issues(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    stated = {"minimum_age": protocol.population.minimum_age, "maximum_age": protocol.population.maximum_age}
    for side, inclusion, exclusion in _SIDES:
        limits, where, said = _ages(protocol, inclusion, exclusion), lines.where(("population", side)), stated[side]
        words = side.replace("_", " ")
        if said is not None and not limits:
            message = f"the population has a {words} of {quantity_in_words(said)}, and no criterion asks for it."
            yield warning(RULE, where, message, "Add the criterion: the criteria decide.")
        for limit in limits:
            if said is not None and limit.measures_same_as(said.unit) and limit.compare(said) != 0:
                got, expected = quantity_in_words(limit), quantity_in_words(said)
                message = f"the population has a {words} of {expected}, and a criterion says {got}."
                yield warning(RULE, where, message, "Make the two agree.")


def _sex_issues(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    for _, criterion, node in nodes_of(protocol):
        if not isinstance(node, Compare) or node.compare.measure != "sex":
            continue
        is_sole = criterion.rule is node and criterion.kind is CriterionKind.INCLUSION
        asked = {code.casefold() for code in codes_of(node.compare)}
        stated = protocol.population.sex
        allowed = {"female", "male"} if stated == "all" else {stated}
        if is_sole and asked != allowed:
            message = f'the population is of sex "{stated}", and criterion {criterion.id} asks for {listed(asked)}.'
            yield warning(RULE, lines.where(("population", "sex")), message, "Make the two agree.")


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    yield from _age_issues(protocol, lines)
    yield from _sex_issues(protocol, lines)


METHOD = Check(
    rule=RULE,
    says="The ages and the sex of the population are those that the criteria ask for.",
    find=_find,
)
