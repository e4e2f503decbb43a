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
from armlet.protocol.criteria import Compare, CompareTo, Comparison, CriterionKind
from armlet.protocol.model import Protocol
from armlet.protocol.prose import codes_of, listed, quantity_in_words

RULE = "eligibility/population"
_LIMITS: Final = {
    "minimum_age": {CriterionKind.INCLUSION: Comparison.AT_LEAST, CriterionKind.EXCLUSION: Comparison.LESS},
    "maximum_age": {CriterionKind.INCLUSION: Comparison.AT_MOST, CriterionKind.EXCLUSION: Comparison.MORE},
}
"""How a criterion spells an age that belongs to the population as its last; other spellings are not compared."""


def _age_nodes(protocol: Protocol) -> Iterator[tuple[CriterionKind, CompareTo]]:
    for _, criterion, node in nodes_of(protocol):
        if isinstance(node, Compare) and node.compare.measure == "age":
            yield criterion.kind, node.compare


def _age_issues(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    stated = {"minimum_age": protocol.population.minimum_age, "maximum_age": protocol.population.maximum_age}
    nodes = list(_age_nodes(protocol))
    for side, said in stated.items():
        if said is None:
            continue
        where, words = lines.where(("population", side)), f"a {side.replace('_', ' ')} of {quantity_in_words(said)}"
        if not nodes:
            message = f"the population has {words}, and no criterion asks for an age."
            yield warning(RULE, where, message, "Add the criterion: the criteria decide.")
        for limit in (node.value for kind, node in nodes if node.is_ is _LIMITS[side][kind]):
            if limit is not None and limit.measures_same_as(said.unit) and limit.compare(said) != 0:
                message = f"the population has {words}, and a criterion says {quantity_in_words(limit)}."
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
            wanted = listed(sorted(asked), "or")
            message = f'the population is of sex "{stated}", and criterion {criterion.id} asks for {wanted}.'
            yield warning(RULE, lines.where(("population", "sex")), message, "Make the two agree.")


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    yield from _age_issues(protocol, lines)
    yield from _sex_issues(protocol, lines)


METHOD = Check(
    rule=RULE,
    says="The ages and the sex of the population are those that the criteria ask for.",
    find=_find,
)
