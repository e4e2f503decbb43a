"""The net incremental area: the area under the curve minus that under a flat line at the level of the start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from armlet.conduct.observation import Observation
from armlet.derivation.derived import EXACT, Answer, Reason, Value, finished
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
    """The area minus the level at the start times the minutes covered; negative where the curve sank below its start.

    What lies below the start counts against what lies above: the area above alone is `auc_incremental_positive`.
    """
    unit = level_unit(endpoint.unit, protocol.measure(settings.measure))
    curve = derive_curve(observations, settings, protocol, unit)
    if isinstance(curve, Reason):
        return curve
    net = EXACT.subtract(curve.area(), EXACT.multiply(curve.level, curve.span()))
    area = Quantity(net, f"{unit}.min").to(endpoint.unit).value
    below = all(reading.below for reading in curve.readings)
    return Value(finished(area), curve.entries(), curve.notes, below)


METHOD: Final = Method(
    name="auc_incremental",
    label="Net area above the start",
    source="The area by the linear trapezoidal rule minus the level at the start times the span",
    parse=parse_incremental_settings,
    derive=derive,
    settings=CURVE_SETTINGS,
)
