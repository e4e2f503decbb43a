"""The course of one participant's endpoint over visits: how far it can be followed, and how fast its logarithm falls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from armlet.derivation.derived import EXACT, Derived, Reason, Why, finished, mean


@dataclass(frozen=True, slots=True)
class Slope:
    """The fall or rise of the natural logarithm for each day, by least squares over `used` visits.

    `left_out` are the visits after the first one at the floor: a level that cannot fall further says nothing of speed.
    """

    per_day: Decimal
    used: tuple[str, ...]
    left_out: tuple[str, ...]
    entries: tuple[int, ...]


def until_floor(course: Sequence[Derived], floor: Decimal) -> tuple[Derived, ...]:
    """The values of one participant in order of their days, up to and with the first that is at the floor or below it.

    `floor` is the value of a test that is below the limit of detection throughout, in the endpoint's unit; a value
    marked as below the limit is at the floor as well. The rule is `prev_visit_at_threshold` of the public package
    CpeptideTools (github.com/BenaroyaResearch/CpeptideTools).
    """
    kept: list[Derived] = []
    for value in sorted(course, key=lambda one: one.on):
        kept.append(value)
        if value.below_limit or value.value <= floor:
            break
    return tuple(kept)


def derive_slope(course: Sequence[Derived], start: date, floor: Decimal) -> Slope | Reason:
    """The slope of ln(value) on days since `start` for one participant; a Reason where two days are not followed.

    One line a participant; a model with random intercepts and slopes over participants belongs to the analysis and
    should be given the values of `until_floor`.
    """
    kept = until_floor(course, floor)
    left_out = tuple(one.visit for one in course if one not in kept)
    if any(one.value <= 0 for one in kept):
        return Reason("a level of 0 has no logarithm: choose what stands for values below the limit", Why.OTHER)
    days = [Decimal((one.on - start).days) for one in kept]
    if len(set(days)) < 2:
        return Reason(f"{len(kept)} visits up to the floor: a slope needs two days", Why.TOO_FEW)
    logs = [EXACT.ln(one.value) for one in kept]
    middle, level = mean(days), mean(logs)
    across, around = Decimal(0), Decimal(0)
    for day, log in zip(days, logs, strict=True):
        off = EXACT.subtract(day, middle)
        across = EXACT.add(across, EXACT.multiply(off, EXACT.subtract(log, level)))
        around = EXACT.add(around, EXACT.multiply(off, off))
    entries = tuple(sorted({entry for one in kept for entry in one.entries}))
    return Slope(finished(EXACT.divide(across, around)), tuple(one.visit for one in kept), left_out, entries)
