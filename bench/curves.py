"""Areas under curves: by the decimal reference path, and on arrays beside numpy's trapezoid and a read of the memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Final

import numpy as np

from armlet.conduct.observation import Observation
from armlet.derivation import arrays
from armlet.derivation.arrays import TimedTests
from armlet.derivation.derive import prepare_endpoint
from armlet.protocol.model import Protocol
from armlet.units import Quantity
from bench.timing import Row, Scale, alone, compare, per_second
from bench.trials import CURVE_ENDPOINT, with_samples

MEAL: Final = (0.0, 15.0, 30.0, 60.0, 90.0, 120.0)


def rows(scale: Scale) -> Iterator[Row]:
    """One AUC mean at a time in decimals, then very many at once on arrays."""
    yield from decimals(scale)
    for number in scale.sizes(1_000, 1_000_000):
        yield from on_arrays(scale, number)


def on_arrays(scale: Scale, number: int) -> Iterator[Row]:
    """AUC means of many tests: all samples there, with gaps, and at real times."""
    chance = np.random.default_rng(20210315)
    levels = chance.gamma(2.0, 0.3, (number, len(MEAL)))
    minutes, rules, size = np.array(MEAL), arrays.rules(0, 120), f"{number:,} tests"
    complete = TimedTests.of(minutes, levels)
    ours = partial(arrays.derive_auc_mean, complete, rules)
    peer = partial(_trapezoid_mean, levels, minutes)
    yield compare(scale, "AUC mean on arrays", size, ours, "a read of the memory (levels.sum())", levels.sum)
    yield compare(scale, "AUC mean on arrays", size, ours, "numpy.trapezoid / span", peer)
    present = chance.random(levels.shape) > 0.05
    gaps = TimedTests.of(minutes, levels, present)
    note = "the peer has no rule for gaps: it is given none"
    yield compare(
        scale,
        "the same, 5 % of samples lost",
        size,
        partial(arrays.derive_auc_mean, gaps, rules),
        "numpy.trapezoid",
        peer,
        note,
    )
    drawn = minutes + np.round(chance.normal(0, 2, levels.shape))
    timed = TimedTests.of(minutes, levels, present, drawn)
    at_times = partial(_trapezoid_mean, levels, drawn)
    note = "gaps, cut at the end, order checked; the peer does none of it"
    yield compare(
        scale,
        "the same at real times",
        size,
        partial(arrays.derive_auc_mean, timed, rules),
        "numpy.trapezoid",
        at_times,
        note,
    )


def _trapezoid_mean(levels: arrays.Floats, minutes: arrays.Floats) -> object:
    return np.trapezoid(levels, minutes, axis=1) / (minutes[..., -1] - minutes[..., 0])


def decimals(scale: Scale) -> Iterator[Row]:
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
