"""Whether an autoantibody is positive: 1 or 0 by the cut-off of the laboratory that measured it.

A cut-off belongs to one assay of one laboratory and is never assumed; a value at the cut-off is positive. A result that is
only known to be below the cut-off or less is negative. For antibodies against insulin name `days_on_insulin` (a measure in
days) and `at_most_days`: after that the antibodies may be those against injected insulin, and there is no answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from armlet.conduct.observation import Observation
from armlet.derivation.derived import Answer, Reason
from armlet.derivation.methods import Method, Setting, SettingsReader
from armlet.derivation.single import one_result
from armlet.derivation.truth import as_value
from armlet.protocol.model import ActivityKind, Endpoint, Protocol
from armlet.units import Quantity, UnitError, format_decimal

_SETTINGS: Final = (
    Setting("activity", "the activity that yields the value"),
    Setting("measure", "the antibody"),
    Setting("assay", "the assay and laboratory, in words"),
    Setting("positive_from", "the cut-off of that laboratory, itself positive"),
    Setting(
        "days_on_insulin",
        "for antibodies against insulin: the measure of days on insulin",
        "does not matter",
    ),
    Setting(
        "at_most_days", "until which day on insulin they are read", "does not matter", "10 days in the trial EXTEND"
    ),
)


@dataclass(frozen=True, slots=True)
class PositiveSettings:
    """The antibody, the assay and its cut-off; and for antibodies against insulin, until which day on insulin it counts."""

    activity: str
    measure: str
    assay: str
    positive_from: Quantity
    days_on_insulin: str
    at_most_days: int


def parse(settings: Mapping[str, object], protocol: Protocol) -> PositiveSettings:
    """Raises InputError with all that is amiss."""
    reader = SettingsReader(settings, protocol, _SETTINGS)
    activity = reader.activity(ActivityKind.SINGLE, ActivityKind.PROCEDURE)
    measure = reader.measure(activity)
    unit = next((one.unit or "1" for one in protocol.measures if one.id == measure), "1")
    days = reader.measure_of_visit("days_on_insulin") if "days_on_insulin" in settings else ""
    at_most = reader.whole("at_most_days")
    if bool(days) != (at_most is not None):
        reader.add("at_most_days", "days_on_insulin and at_most_days belong together.", "Give both or neither.")
    read = PositiveSettings(
        activity, measure, reader.text("assay"), reader.quantity("positive_from", unit), days, at_most or 0
    )
    reader.finish()
    return read


def derive(
    observations: Sequence[Observation], endpoint: Endpoint, settings: PositiveSettings, protocol: Protocol
) -> Answer:
    """1 or 0 in the unit 1."""
    if endpoint.unit != "1":
        return Reason(f"an answer of yes or no is in the unit 1; the endpoint is in {endpoint.unit}")
    item = one_result(observations, settings.activity, settings.measure, protocol)
    if isinstance(item, Reason):
        return item
    on_insulin = _on_insulin(observations, settings, protocol)
    if isinstance(on_insulin, Reason):
        return on_insulin
    if item.quantity is None:
        return Reason(f"no result of {protocol.measure(settings.measure).label} is recorded")
    try:
        order = item.quantity.compare(settings.positive_from)
    except UnitError as problem:
        return Reason(str(problem))
    if item.below and order > 0:
        return Reason(f"only known to be below {item.quantity}, which is above the cut-off of {settings.positive_from}")
    entries = tuple(sorted({item.entry, *on_insulin}))
    note = f"{'<' if item.below else ''}{item.quantity} against {settings.positive_from} of {settings.assay}"
    return as_value(holds=order >= 0 and not item.below, entries=entries, notes=(note,))


def _on_insulin(
    observations: Sequence[Observation], settings: PositiveSettings, protocol: Protocol
) -> tuple[int, ...] | Reason:
    """The entry that says how long somebody is on insulin, nothing where it does not matter, or why it spoils the answer."""
    if not settings.days_on_insulin:
        return ()
    label = protocol.measure(settings.days_on_insulin).label
    found = [item for item in observations if item.measure == settings.days_on_insulin and item.quantity is not None]
    if len(found) != 1:
        return Reason(f"{label} is recorded {len(found)} times; without it antibodies against insulin cannot be read")
    quantity = found[0].quantity
    try:
        days = quantity.to("d").value if quantity is not None else None
    except UnitError as problem:
        return Reason(f"{label}: {problem}")
    if days is None or days > settings.at_most_days:
        said = "unknown" if days is None else f"{format_decimal(days)} d"
        return Reason(
            f"{said} on insulin, more than {settings.at_most_days} d: may be antibodies against injected insulin"
        )
    return (found[0].entry,)


METHOD: Final = Method(
    name="antibody_positive",
    label="Autoantibody positive",
    source=(
        "The cut-off of the laboratory; antibodies against insulin only within 10 days of starting it, as in the trial "
        "EXTEND (NCT02293837)"
    ),
    parse=parse,
    derive=derive,
    settings=_SETTINGS,
)
