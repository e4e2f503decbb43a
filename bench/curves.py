"""Areas under curves by the decimal reference path, and how the cost grows with the samples. There is no peer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial

from armlet.conduct.observation import Observation
from armlet.derivation.derive import prepare_endpoint
from armlet.protocol.model import Protocol
from armlet.units import Quantity
from bench.timing import Row, Scale, alone, per_second
from bench.trials import CURVE_ENDPOINT, with_samples


def rows(scale: Scale) -> Iterator[Row]:
    """One AUC mean at a time, at more and more samples a curve."""
    before: float | None = None
    for samples in scale.sizes(5, 10, 20, 40, 80):
        protocol = with_samples(samples)
        prepared = prepare_endpoint(protocol, protocol.endpoint(CURVE_ENDPOINT))
        seconds = alone(scale, partial(prepared.derive, _curve(protocol)))
        growth = f", {seconds / before:.2f} times the row before" if before is not None else ""
        note = f"{per_second(samples, seconds, 'samples')}{growth}; no peer with these rules"
        yield Row("AUC mean, in decimals", f"{samples} samples", seconds, note=note)
        before = seconds


def _curve(protocol: Protocol) -> tuple[Observation, ...]:
    (activity,) = (one for one in protocol.activities if one.at)
    return tuple(
        Observation(
            index + 1,
            "P1",
            "screening",
            activity.id,
            activity.measures[0],
            str(at),
            f"{at.value + 1 if index else at.value} min",
            date(2020, 1, 1),
            Quantity(Decimal(100 + index % 7) / 100, "L"),
        )
        for index, at in enumerate(activity.at)
    )
