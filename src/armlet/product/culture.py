"""The growth of cells in culture: population doublings of each passage, their sum, and the limits of the protocol.

A doubling is log2(harvested / seeded). Its logarithm is for reading; whether a limit is kept is decided on the exact
ratio of the counts (ratio <= 2^limit), so that a culture at its limit is at its limit. After a thaw the cells that were
viable and attached are what was seeded; that is for the laboratory to count, and for the caller to pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final

from armlet.issues import Issue, error, note, warning
from armlet.protocol.product import Culture
from armlet.units import Quantity, UnitError, format_decimal

_FOR_READING: Final = Context(prec=40)
_PLACES: Final = Decimal("0.001")
LONGEST_SERIES: Final = 100
"""More passages than any culture has, so that the exact product of the ratios stays small."""


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage: its number as the laboratory counts, cells seeded and harvested, and how long it lasted."""

    number: int
    seeded: Quantity
    harvested: Quantity
    lasted: Quantity


@dataclass(frozen=True, slots=True)
class Growth:
    """One passage in doublings, to three places; `cumulative` counts from the first. Below 0, cells were lost.

    `doubling_time` in days is None where the cells did not double at all (0 doublings or fewer).
    """

    number: int
    doublings: Decimal
    cumulative: Decimal
    doubling_time: Decimal | None


@dataclass(frozen=True, slots=True)
class CultureAssessed:
    """The growth of each passage, and what is wrong with it: an error where a limit is passed, else to be looked at."""

    growth: tuple[Growth, ...]
    issues: tuple[Issue, ...]


def assess_culture(passages: Sequence[Passage], limits: Culture | None) -> CultureAssessed | tuple[Issue, ...]:
    """The doublings of a culture against the protocol's limits; the issues alone where they cannot be computed.

    Nothing seeded, a negative count and a time that is no time are refused. Without limits the growth is computed, and
    a warning says that the protocol sets none.
    """
    refused = _unreadable(passages)
    if refused:
        return refused
    growth = _grow(passages)
    lost = (
        note("product/cells-lost", _where(one.number), f"fewer cells than were seeded: {one.doublings} doublings.")
        for one in growth
        if one.doublings < 0
    )
    return CultureAssessed(growth, (*lost, *_beyond(passages, growth, limits)))


def _unreadable(passages: Sequence[Passage]) -> tuple[Issue, ...]:
    if len(passages) > LONGEST_SERIES:
        return (error("product/culture", "culture", f"{len(passages)} passages are more than any culture has."),)
    return tuple(found for passage in passages for found in _problems(passage)) + _out_of_order(passages)


def _problems(passage: Passage) -> list[Issue]:
    where, fix = _where(passage.number), "Check the counts and the dates."
    found = []
    for name, value, unit in (
        ("seeded", passage.seeded, "10*6"), ("harvested", passage.harvested, "10*6"), ("lasted", passage.lasted, "d"),
    ):  # fmt: skip
        try:
            amount = Fraction(value.to(unit).value)
        except (UnitError, ValueError, OverflowError) as problem:
            found.append(error("product/culture", where, f"{name}: {problem}", fix))
            continue
        if amount < 0 or (amount == 0 and name != "harvested"):
            message = f"{name} is {value}; expected above 0. Doublings cannot be computed."
            found.append(error("product/culture", where, message, fix))
    return found


def _out_of_order(passages: Sequence[Passage]) -> tuple[Issue, ...]:
    return tuple(
        error(
            "product/culture",
            _where(later.number),
            f"passage {later.number} follows passage {earlier.number}; expected {earlier.number + 1}.",
            "Check the numbers.",
        )
        for earlier, later in pairwise(passages)
        if later.number != earlier.number + 1
    )


def _ratio(passage: Passage) -> Fraction:
    return passage.harvested.exact() / passage.seeded.exact()


def _grow(passages: Sequence[Passage]) -> tuple[Growth, ...]:
    """Until a passage from which nothing was harvested: nothing doubles after it."""
    grown, total = [], Fraction(1)
    for passage in passages:
        ratio = _ratio(passage)
        if ratio == 0:
            break
        total *= ratio
        doublings = _log2(ratio)
        days = passage.lasted.to("d").value
        time = _FOR_READING.divide(days, doublings).quantize(_PLACES) if ratio > 1 else None
        grown.append(Growth(passage.number, doublings.quantize(_PLACES), _log2(total).quantize(_PLACES), time))
    return tuple(grown)


def _log2(ratio: Fraction) -> Decimal:
    """To 40 digits; for reading only."""
    value = _FOR_READING.divide(Decimal(ratio.numerator), Decimal(ratio.denominator))
    return _FOR_READING.divide(_FOR_READING.ln(value), _FOR_READING.ln(Decimal(2)))


def is_beyond_doublings(ratio: Fraction, limit: Quantity) -> bool:
    """Whether cells that multiplied by this ratio went through more doublings than the limit; decided exactly.

    ratio > 2^(p/q) is ratio^q > 2^p, in whole numbers.
    """
    most = limit.exact()
    return ratio**most.denominator > Fraction(2) ** most.numerator


def _beyond(passages: Sequence[Passage], growth: tuple[Growth, ...], limits: Culture | None) -> list[Issue]:
    empty = [one for one in passages if _ratio(one) == 0]
    found = [error("product/no-harvest", _where(one.number), "nothing was harvested.") for one in empty]
    if limits is None:
        message = "the protocol sets no limit to passages and doublings."
        fix = "Add `culture` to the product, or say in `without` why it has none."
        return [*found, warning("product/culture-unlimited", "culture", message, fix)]
    return [*found, *_over_limits(passages, growth, limits), *_slow(growth, limits)]


def _over_limits(passages: Sequence[Passage], growth: tuple[Growth, ...], limits: Culture) -> list[Issue]:
    found, total = [], Fraction(1)
    if passages and passages[0].number < limits.first_passage:
        message = f"passage {passages[0].number}: this protocol counts from {limits.first_passage}."
        found.append(
            error("product/passage-number", _where(passages[0].number), message, "Count as the protocol does.")
        )
    for passage, grown in zip(passages, growth, strict=False):
        total *= _ratio(passage)
        if passage.number > limits.highest_passage:
            message = f"passage {passage.number}; the highest that the protocol allows is {limits.highest_passage}."
            found.append(error("product/passage-limit", _where(passage.number), message, "Do not use these cells."))
        if is_beyond_doublings(total, limits.most_doublings):
            most = format_decimal(limits.most_doublings.value)
            message = f"{grown.cumulative} doublings in all; the protocol allows {most}."
            found.append(error("product/doubling-limit", _where(passage.number), message, "Do not use these cells."))
    return found


def _slow(growth: tuple[Growth, ...], limits: Culture) -> list[Issue]:
    """Each passage that took much longer to double than the fastest before it: a slow decline is seen as well."""
    if limits.slow_growth is None:
        return []
    found, fastest = [], None
    for one in growth:
        if one.doubling_time is None:
            continue
        if fastest is not None and one.doubling_time > fastest * limits.slow_growth.value:
            message = f"the cells doubled in {one.doubling_time} days; in {fastest} days before."
            fix = "Look at the culture: the cells may be ageing."
            found.append(warning("product/slow-growth", _where(one.number), message, fix))
        fastest = one.doubling_time if fastest is None else min(fastest, one.doubling_time)
    return found


def _where(number: int) -> str:
    return f"passage {number}"
