"""The mean level over a span of time: the area under the curve divided by the minutes that it really covers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from armlet.conduct.observation import Observation
from armlet.derivation.derived import Answer, Reason, Value, finished
from armlet.derivation.methods import Method
from armlet.derivation.timed import CURVE_SETTINGS, CurveSettings, derive_curve, parse_curve_settings
from armlet.protocol.model import Endpoint, Protocol


def derive(
    observations: Sequence[Observation], endpoint: Endpoint, settings: CurveSettings, protocol: Protocol
) -> Answer:
    """The mean level in the endpoint's unit, a concentration; never an area, and never an area over planned minutes."""
    curve = derive_curve(observations, settings, protocol, endpoint.unit)
    if isinstance(curve, Reason):
        return curve
    mean, below = curve.held()
    return Value(finished(mean), curve.entries(), curve.notes, below)


METHOD: Final = Method(
    name="auc_mean",
    label="Area under the curve divided by its span",
    source=("Linear trapezoidal rule; the area divided by the interval as in Orban T et al., Lancet 2011;378:412-419"),
    parse=parse_curve_settings,
    derive=derive,
    settings=CURVE_SETTINGS,
)
