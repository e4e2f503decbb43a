"""The mean total daily dose of insulin: all kinds of a day added (basal, meal, correction), then the mean of valid days.

A day is valid where every kind named has a value: a recorded 0 is a value, a blank is not and never counts as 0. Premixed
insulin counts in full. The divisor is the number of valid days, not the length of the diary. `days` are the last so many
days before the visit (all of the diary where it is left out); how many of them must be valid is never assumed. Units of
insulin are units whatever the strength of the pen. Insulin into a vein, as for ketoacidosis, belongs in no kind named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from armlet.conduct.observation import Observation
from armlet.conduct.rules.visits import samples_of
from armlet.derivation.derived import EXACT, Answer, Reason, Value, finished, implausible_range, mean
from armlet.derivation.methods import Method, Setting, SettingsReader
from armlet.protocol.model import ActivityKind, Endpoint, Protocol
from armlet.units import Quantity, UnitError

_A_DAY: Final = "[IU]/d"

_SETTINGS: Final = (
    Setting("activity", "the diary"),
    Setting("measures", "the kinds of insulin that are added within a day"),
    Setting("days", "the last so many days before the visit", "all of the diary"),
    Setting("at_least", "how many of them must be valid"),
)


@dataclass(frozen=True, slots=True)
class DailySettings:
    """Which diary, which kinds of insulin, the last how many days, and how many of these must be valid."""

    activity: str
    measures: tuple[str, ...]
    days: int
    at_least: int


def parse(settings: Mapping[str, object], protocol: Protocol) -> DailySettings:
    """Raises InputError with all that is amiss."""
    reader = SettingsReader(settings, protocol, _SETTINGS)
    activity = reader.activity(ActivityKind.DAILY)
    diary = {item.id: item for item in protocol.activities}.get(activity)
    measures = reader.measures("measures", activity)
    days, at_least = reader.whole("days"), reader.whole("at_least")
    planned = diary.days if diary is not None else None
    if diary is not None and planned is None:
        reader.add("activity", f'it is not said how many days "{activity}" has.', "Add its days.")
    if diary is not None and at_least is None:
        reader.add("at_least", "it is not said how many days must be valid.", "Add it.")
    window = days or planned or 1
    if planned is not None and window > planned:
        reader.add("days", f"{window} days are asked for; the diary has {planned}.", "Ask for fewer.")
    if at_least is not None and at_least > window:
        reader.add("at_least", f"{at_least} valid days are asked for, of {window}.", "Ask for fewer.")
    reader.finish()
    return DailySettings(activity, measures, window, at_least or 1)


def derive(
    observations: Sequence[Observation], endpoint: Endpoint, settings: DailySettings, protocol: Protocol
) -> Answer:
    """The mean of the valid days' totals in the endpoint's unit, such as [IU]/d."""
    samples = samples_of(protocol.activity(settings.activity))[-settings.days :]
    own = [
        item
        for item in observations
        if item.activity == settings.activity and item.measure in settings.measures and item.sample in samples
    ]
    by_day: dict[str, dict[str, Observation]] = {sample: {} for sample in samples}
    for item in sorted(own, key=lambda one: one.entry):
        if item.measure in by_day[item.sample]:
            return Reason(f"the diary has {item.measure} of {item.sample} twice")
        by_day[item.sample][item.measure] = item
    valid = {
        day: [kinds[measure] for measure in settings.measures]
        for day, kinds in by_day.items()
        if all(measure in kinds and kinds[measure].quantity is not None for measure in settings.measures)
    }
    if len(valid) < settings.at_least:
        return Reason(f"{len(valid)} of {settings.days} days are valid; at least {settings.at_least} needed")
    try:
        totals = [_total(items) for items in valid.values()]
        value = Quantity(mean(totals), _A_DAY).to(endpoint.unit).value
    except UnitError as problem:
        return Reason(f"a daily dose: {problem}")
    if any(item.quantity is not None and item.quantity.value < 0 for items in valid.values() for item in items):
        return Reason("a daily dose is negative")
    entries = tuple(sorted(item.entry for items in valid.values() for item in items))
    return Value(finished(value), entries, tuple(_notes(valid, by_day, settings, protocol)))


def _total(items: Sequence[Observation]) -> Decimal:
    """The units of one day. Raises UnitError for what is no dose."""
    total = Decimal(0)
    for item in items:
        quantity = item.quantity
        if quantity is None:
            raise UnitError("a blank has no dose.")
        if not quantity.measures_same_as(_A_DAY):
            quantity = Quantity(quantity.value, f"{quantity.unit}/d")
        total = EXACT.add(total, quantity.to(_A_DAY).value)
    return total


def _notes(
    valid: Mapping[str, Sequence[Observation]],
    by_day: Mapping[str, Mapping[str, Observation]],
    settings: DailySettings,
    protocol: Protocol,
) -> Iterator[str]:
    kinds = f"; {' + '.join(settings.measures)}" if len(settings.measures) > 1 else ""
    yield f"mean of {len(valid)} valid of {settings.days} days{kinds}"
    halves = [day for day, found in by_day.items() if day not in valid and any(one.quantity for one in found.values())]
    if halves:
        yield f"left out because a kind of insulin is blank: {', '.join(halves)}"
    for items in valid.values():
        for item in items:
            outside = item.quantity and implausible_range(item.quantity, protocol.measure(item.measure))
            if outside:
                yield f"{item.quantity} is outside the plausible range {outside} (at {item.sample})"


METHOD: Final = Method(
    name="daily_insulin",
    label="Mean total daily dose of insulin",
    source=(
        "The sum of all insulin of a day, the mean over the valid days; three or seven days before a visit are usual "
        "(remembered of TrialNet and ITN, to be looked up), so the protocol gives the number"
    ),
    parse=parse,
    derive=derive,
    settings=_SETTINGS,
)
