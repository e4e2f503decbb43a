"""Events for each unit of time at a visit: a count divided by the time over which events were looked for.

Both are results of the visit: for example the episodes of hypoglycaemia below 54 mg/dL of a sensor, and the days that it
was worn. A count of 0 over a known time is a rate of 0; a count without its time has none. The rate of a group is the sum
of the counts over the sum of the times, never the mean of these values. A year has no fixed length here: for a rate a year
the settings say how long one is (`year: 365.25 d`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from armlet.conduct.observation import Observation
from armlet.derivation.derived import EXACT, Answer, Reason, Value, finished
from armlet.derivation.methods import Method, Setting, SettingsReader
from armlet.derivation.single import one_result
from armlet.protocol.model import ActivityKind, Endpoint, Protocol
from armlet.units import Quantity, UnitError

_A_YEAR: Final = "1/a"

_SETTINGS: Final = (
    Setting("activity", "the activity that yields count and time"),
    Setting("measure", "the count"),
    Setting("time", "the time over which events were looked for"),
    Setting("year", "how long a year is, for a rate in 1/a", "no rate a year"),
)


@dataclass(frozen=True, slots=True)
class RateSettings:
    """The count, the time at risk, and how long a year is where the rate is a year's."""

    activity: str
    measure: str
    time: str
    year: Quantity | None


def parse(settings: Mapping[str, object], protocol: Protocol) -> RateSettings:
    """Raises InputError with all that is amiss."""
    reader = SettingsReader(settings, protocol, _SETTINGS)
    activity = reader.activity(ActivityKind.SINGLE, ActivityKind.PROCEDURE)
    read = RateSettings(
        activity,
        reader.measure(activity),
        reader.measure_of_visit("time"),
        reader.quantity("year", "d") if "year" in settings else None,
    )
    reader.finish()
    return read


def derive(
    observations: Sequence[Observation], endpoint: Endpoint, settings: RateSettings, protocol: Protocol
) -> Answer:
    """The rate in the endpoint's unit, such as 1/wk or 1/a."""
    count = one_result(observations, settings.activity, settings.measure, protocol)
    time = one_result(observations, settings.activity, settings.time, protocol)
    for item in (count, time):
        if isinstance(item, Reason):
            return item
    if isinstance(count, Reason) or isinstance(time, Reason) or count.quantity is None or time.quantity is None:
        return Reason("no count or no time is recorded")
    try:
        events, days = count.quantity.to("1").value, time.quantity.to("d").value
    except UnitError as problem:
        return Reason(str(problem))
    if events < 0 or events != events.to_integral_value():
        return Reason(f"{count.quantity} is no count")
    if days <= 0:
        return Reason(f"the time at risk is {time.quantity}; it must be more than 0")
    rate = Quantity(EXACT.divide(events, days), "1/d")
    try:
        if settings.year is not None and endpoint.unit == _A_YEAR:
            value = EXACT.multiply(rate.value, settings.year.to("d").value)
        else:
            value = rate.to(endpoint.unit).value
    except UnitError as problem:
        return Reason(str(problem))
    notes = (f"{count.quantity.value} events in {time.quantity}",)
    return Value(finished(value), tuple(sorted((count.entry, time.entry))), notes)


METHOD: Final = Method(
    name="event_rate",
    label="Events for each unit of time",
    source="Count divided by time at risk",
    parse=parse,
    derive=derive,
    settings=_SETTINGS,
)
