"""The area under the curve between two times, by the linear trapezoidal rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from armlet.conduct.observation import Observation
from armlet.derivation.derived import Answer, Reason, Value, finished
from armlet.derivation.methods import Method
from armlet.derivation.timed import CURVE_SETTINGS, CurveSettings, derive_curve, level_unit, parse_curve_settings
from armlet.protocol.model import Endpoint, Protocol
from armlet.units import Quantity


def derive(
    observations: Sequence[Observation], endpoint: Endpoint, settings: CurveSettings, protocol: Protocol
) -> Answer:
    """The area in the endpoint's unit, such as nmol.min/L or nmol.h/L.

    Where the last sample was drawn early, the area covers less than the planned span; a note says so, and nothing is
    added for the minutes without a sample.
    """
    unit = level_unit(endpoint.unit, protocol.measure(settings.measure))
    curve = derive_curve(observations, settings, protocol, unit)
    if isinstance(curve, Reason):
        return curve
    area = Quantity(curve.area(), f"{unit}.min").to(endpoint.unit).value
    return Value(finished(area), curve.entries(), curve.notes, curve.is_below_limit())


METHOD: Final = Method(
    name="auc",
    label="Area under the curve",
    source="Linear trapezoidal rule",
    parse=parse_curve_settings,
    derive=derive,
    settings=CURVE_SETTINGS,
)
