"""The levels of a factor that the arms are balanced over, by name, and the level of a value."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from armlet.protocol.criteria import Measure, MeasureKind
from armlet.protocol.model import Factor, Protocol
from armlet.units import Quantity, UnitError

YES_NO: Final = ("yes", "no")


def levels_of(protocol: Protocol, factor: Factor) -> tuple[str, ...]:
    """Every level, in the protocol's order; none where the factor names no measure that has levels."""
    if factor.site:
        return tuple(site.id for site in protocol.organisation.sites)
    measure = {one.id: one for one in protocol.measures}.get(factor.measure or "")
    return () if measure is None else _levels_of_measure(measure, factor)


def _levels_of_measure(measure: Measure, factor: Factor) -> tuple[str, ...]:
    match measure.kind:
        case MeasureKind.QUANTITY:
            return name_bands(factor.cuts or ())
        case MeasureKind.CODE:
            return measure.codes if factor.levels is None else factor.levels
        case MeasureKind.YES_NO:
            return YES_NO
        case MeasureKind.DATE:
            return ()


def name_bands(cuts: Sequence[Quantity]) -> tuple[str, ...]:
    """The bands between the cut points in words, lowest first; a cut point belongs to the band that it opens."""
    if not cuts:
        return ()
    middle = (f"{low} to below {high}" for low, high in pairwise(cuts))
    return (f"below {cuts[0]}", *middle, f"{cuts[-1]} or more")


def band_of(amount: Quantity, measure: Measure, cuts: Sequence[Quantity], *, below: bool = False) -> str | None:
    """The band that the amount lies in, compared exactly; `below`: less than the amount was reported.

    None where that does not decide it. Raises UnitError where the units do not fit.
    """
    unit = measure.unit or "1"
    value = amount.to(unit, measure.molar_mass)
    opened = sum(value.compare(cut.to(unit, measure.molar_mass)) >= 0 for cut in cuts)
    if not below:
        return name_bands(cuts)[opened]
    is_in_lowest = value.compare(cuts[0].to(unit, measure.molar_mass)) <= 0
    return name_bands(cuts)[0] if is_in_lowest else None


def are_ascending(cuts: Sequence[Quantity], measure: Measure) -> bool:
    """Whether the cut points are in the measure's units and each is more than the one before."""
    unit = measure.unit or "1"
    try:
        amounts = [cut.to(unit, measure.molar_mass) for cut in cuts]
    except UnitError:
        return False
    return all(low.compare(high) < 0 for low, high in pairwise(amounts))
