"""Factors that the arms cannot be balanced over, or that a small trial had better not be balanced over.

The limit of strata is a working rule of ours: with S lists of blocks of b, up to S blocks end half-filled, so that from
S above N/(4b) on the arms of N people end less balanced than the blocks promise. The size of the blocks is sealed; what
is reckoned with is twice the sum of the ratio, the usual one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from armlet.document import Lines
from armlet.issues import Issue, error, warning
from armlet.protocol.checks import Check
from armlet.protocol.checks._rules import suggest
from armlet.protocol.criteria import Measure, MeasureKind
from armlet.protocol.factors import are_ascending, levels_of
from armlet.protocol.model import Factor, Protocol

RULE: Final = "design/stratification"
WITHOUT_LISTS: Final = "minimisation"
"""The method that balances over factors without a list for each stratum."""


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    factors = protocol.allocation.factors or ()
    for index, factor in enumerate(factors):
        for what, fix in _unfit(protocol, factor, factors[:index]):
            yield error(RULE, lines.where(("allocation", "factors", index)), f"{_named(factor)} {what}", fix)
        if len(levels_of(protocol, factor)) == 1:
            message = f"{_named(factor)} has one level only, over which nothing is balanced."
            yield warning(RULE, lines.where(("allocation", "factors", index)), message, "Leave it out.")
    yield from _too_many(protocol, lines)


def _named(factor: Factor) -> str:
    return f'the factor "{factor.label}"'


def _unfit(protocol: Protocol, factor: Factor, before: tuple[Factor, ...]) -> Iterator[tuple[str, str]]:
    if factor.id in {other.id for other in before}:
        yield f"has the id {factor.id}, which another has.", "Give it an id of its own."
    if factor.measure in {other.measure for other in before}:
        source = "the site" if factor.measure is None else f"the measure {factor.measure}"
        yield f"is taken from {source} like another factor: it would count twice.", "Keep one of them."
    if factor.measure is None:
        if factor.cuts or factor.levels:
            yield "is the site and has levels of its own.", "Take them out: the levels are the sites."
        return
    measures = {measure.id: measure for measure in protocol.measures}
    if factor.measure not in measures:
        yield f'names "{factor.measure}", which is no measure.', suggest(factor.measure, measures)
    else:
        yield from _unfit_measure(factor, measures[factor.measure])


def _unfit_measure(factor: Factor, measure: Measure) -> Iterator[tuple[str, str]]:
    is_quantity, is_coded = measure.kind is MeasureKind.QUANTITY, measure.kind is MeasureKind.CODE
    if measure.kind is MeasureKind.DATE:
        yield "is a date, which has no levels.", "Use a quantity, such as the age, with cut points."
        return
    if is_quantity and not factor.cuts:
        yield "is a quantity without cut points.", f"Add, for example, `cuts: [20 {measure.unit or '1'}]`."
    elif is_quantity and not are_ascending(factor.cuts or (), measure):
        yield f"has cut points that do not rise, or are not in {measure.unit or '1'}.", "List them from the lowest up."
    if factor.cuts and not is_quantity:
        yield "has cut points and is no quantity.", "Take out `cuts`."
    if factor.levels is not None and not is_coded:
        yield "has levels and is no coded measure.", "Take out `levels`."
    elif unknown := [level for level in factor.levels or () if level not in measure.codes]:
        yield f'has the level "{unknown[0]}", which is no code of its measure.', suggest(unknown[0], measure.codes)


def _too_many(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    allocation, people = protocol.allocation, protocol.design.participants
    if not allocation.factors or allocation.method == WITHOUT_LISTS:
        return
    strata = math.prod(len(levels_of(protocol, factor)) for factor in allocation.factors)
    shares = list(allocation.ratio.values())
    block = 2 * sum(shares) // math.gcd(*shares)
    if strata <= 1 or strata * 4 * block <= people:
        return
    at_most = people // (4 * block)
    advice = "no stratum" if at_most < 2 else f"at most {at_most} strata"
    message = (
        f"{people} participants in {strata} strata; with blocks of {block} our working rule allows {advice}. "
        "Lists that end early undo what the blocks balance."
    )
    fix = "Leave out the factors and adjust for them in the analysis, or use minimisation; see `armlet predictability`."
    yield warning(RULE, lines.where(("allocation", "factors")), message, fix)


METHOD = Check(
    rule=RULE,
    says="What the arms are balanced over has levels, counts once, and is not too much for so few people.",
    find=_find,
)
