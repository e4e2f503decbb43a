"""What an analysis answers: an `Estimate`, or `NotEstimable` with the reason. Never a NaN, never an empty row."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from armlet.errors import Fault

LeftOut = tuple[str, str]
"""A participant who has no part in the number, and why."""

Detail = tuple[str, float | str]
"""A named by-product of a method: degrees of freedom, an adjusted mean, the number of sequences."""


def _require_finite(what: str, *numbers: float | None) -> None:
    if any(number is not None and not math.isfinite(number) for number in numbers):
        raise Fault(f"an analysis produced a number that is not finite ({what})")


@dataclass(frozen=True, slots=True)
class Interval:
    """Confidence limits, both ends included, in the unit of the estimate.

    `nominal` is the level asked for (0.95). `attained` is the level really held where the data come in steps and it
    can be computed; it may fall short of the nominal level when too few people are there, which a warning then says.
    None means "at least the nominal level" for exact methods and "the nominal level, if the model holds" for others.
    """

    lower: float
    upper: float
    nominal: float
    attained: float | None = None

    def __post_init__(self) -> None:
        _require_finite("interval", self.lower, self.upper, self.nominal, self.attained)
        if self.lower > self.upper:
            raise Fault("an analysis produced an interval whose lower limit is above its upper limit")

    def as_json(self) -> dict[str, object]:
        """The four numbers; `attained` is null where it is not computed."""
        return {"lower": self.lower, "upper": self.upper, "nominal": self.nominal, "attained": self.attained}


HOLDS_NOTHING = 1e-12
"""A confidence attained below this is 0 but for rounding."""

NO_INTERVAL = "No interval is given: "
"""How the warning begins that says why."""


def interval_with_width(
    lower: float, upper: float, nominal: float, attained: float | None = None, *, rounding: float = 0.0
) -> Interval | None:
    """The interval; None where its ends are one number but for `rounding`, or where it is sure to hold nothing.

    Such limits come from values that are all alike and would pass for perfect precision, so whoever asks has to warn.
    """
    holds_nothing = attained is not None and attained <= HOLDS_NOTHING
    return None if holds_nothing or upper - lower <= rounding else Interval(lower, upper, nominal, attained)


def why_no_interval(attained: float, people: str, alike: str) -> str:
    """The warning of a method whose interval is None: because of too few people, or because of what is `alike`."""
    if attained <= HOLDS_NOTHING:
        return f"{NO_INTERVAL}with {people} no two limits would hold what is estimated with any probability."
    return f"{NO_INTERVAL}{alike}, so its two limits would be the same number, which says nothing of chance."


@dataclass(frozen=True, slots=True)
class PValue:
    """A probability under "no difference", with its sides said.

    `exact` is False for a p-value that leans on a distribution assumed for the data, or on sampled sequences.
    `smallest_reachable` is the least p that could have come out, whatever the outcomes; None where nothing bounds it.
    """

    value: float
    exact: bool
    smallest_reachable: float | None = None
    sides: str = "two-sided"

    def __post_init__(self) -> None:
        _require_finite("p-value", self.value, self.smallest_reachable)
        if not 0 < self.value <= 1:
            raise Fault("an analysis produced a p-value outside (0, 1]")

    def as_json(self) -> dict[str, object]:
        """The value with its sides, whether it is exact, and the smallest that was reachable (or null)."""
        return {
            "value": self.value,
            "sides": self.sides,
            "exact": self.exact,
            "smallest_reachable": self.smallest_reachable,
        }


@dataclass(frozen=True, slots=True)
class Estimate:
    """One estimated number with all that a reader needs to judge it.

    `estimand` says in words what the value is (whose mean minus whose). `unit` is the unit of value and limits; after
    a transformation it names the transformed scale. `n_used` counts people by arm. `left_out` lists everybody else.
    """

    label: str
    estimand: str
    method: str
    value: float
    unit: str
    interval: Interval | None
    p: PValue | None
    n_used: Mapping[str, int]
    left_out: tuple[LeftOut, ...] = ()
    warnings: tuple[str, ...] = ()
    details: tuple[Detail, ...] = field(default=())

    def __post_init__(self) -> None:
        _require_finite("estimate", self.value, *(value for _, value in self.details if not isinstance(value, str)))

    def detail(self, name: str) -> float | str:
        """The by-product of that name; KeyError where the method made none."""
        return dict(self.details)[name]

    def as_json(self) -> dict[str, object]:
        """A JSON object; `estimable` is true, and absent interval or p are null."""
        return {
            "estimable": True,
            "label": self.label,
            "estimand": self.estimand,
            "method": self.method,
            "value": self.value,
            "unit": self.unit,
            "interval": self.interval.as_json() if self.interval else None,
            "p": self.p.as_json() if self.p else None,
            "n_used": dict(self.n_used),
            "left_out": _left_out_json(self.left_out),
            "warnings": list(self.warnings),
            "details": [{"name": name, "value": value} for name, value in self.details],
        }


@dataclass(frozen=True, slots=True)
class NotEstimable:
    """An analysis that these people cannot answer, and why, in words a nurse understands."""

    label: str
    method: str
    reason: str
    n_used: Mapping[str, int]
    left_out: tuple[LeftOut, ...] = ()

    def as_json(self) -> dict[str, object]:
        """A JSON object; `estimable` is false and there is no value at all."""
        return {
            "estimable": False,
            "label": self.label,
            "method": self.method,
            "reason": self.reason,
            "n_used": dict(self.n_used),
            "left_out": _left_out_json(self.left_out),
        }


Result = Estimate | NotEstimable


def _left_out_json(left_out: tuple[LeftOut, ...]) -> list[dict[str, str]]:
    return [{"participant": participant, "reason": reason} for participant, reason in left_out]
