"""The positive incremental area: that between the curve and the level of the start, only where the curve is above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from armlet.conduct.observation import Observation
from armlet.derivation.derived import Answer, Reason, Value, finished
from armlet.derivation.methods import Method
from armlet.derivation.timed import (
    CURVE_SETTINGS,
    CurveSettings,
    derive_curve,
    level_unit,
    parse_incremental_settings,
)
from armlet.protocol.model import Endpoint, Protocol
from armlet.units import Quantity


def derive(
    observations: Sequence[Observation], endpoint: Endpoint, settings: CurveSettings, protocol: Protocol
) -> Answer:
    """The area above the start, each line cut where it meets that level; never negative.

    Another variable than the net area, `auc_incremental`: the two agree only where the curve never sinks below its start.
    """
    unit = level_unit(endpoint.unit, protocol.measure(settings.measure))
    curve = derive_curve(observations, settings, protocol, unit)
    if isinstance(curve, Reason):
        return curve
    area = Quantity(curve.area_above(curve.level), f"{unit}.min").to(endpoint.unit).value
    below = all(reading.below for reading in curve.readings)
    return Value(finished(area), curve.entries(), curve.notes, below)


METHOD: Final = Method(
    name="auc_incremental_positive",
    label="Area above the start, what is below it left out",
    source="The area between the straight lines and the level at the start, where they are above it",
    parse=parse_incremental_settings,
    derive=derive,
    settings=CURVE_SETTINGS,
)
