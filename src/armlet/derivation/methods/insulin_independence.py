"""Whether somebody lives without insulin at a visit: no unit on each of so many consecutive days, and glucose in hand.

Made from the daily insulin of the days before the visit, every one of which must be recorded as 0 (a blank day proves
nothing), and from at least one criterion of glycaemia that is a yes-or-no endpoint, such as HbA1c at most 6.5 %: somebody
who merely stopped insulin is not independent of it. Neither the number of days nor the criteria are assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from armlet.derivation.composed import ComposedMethod, Known, Part, PartsReader
from armlet.derivation.derived import Answer, Derived, Reason
from armlet.derivation.methods import Setting
from armlet.derivation.truth import NO, YES, all_hold
from armlet.protocol.model import Endpoint, Protocol

_SETTINGS: Final = (
    Setting("endpoint", "a `daily_insulin` endpoint that needs each of its days"),
    Setting("days", "on how many days in a row there must be none"),
    Setting("criteria", "answers of yes or no about glycaemia, all of which must be yes"),
)


@dataclass(frozen=True, slots=True)
class IndependenceSettings:
    """The daily insulin, on how many days there must be none, and the criteria of glycaemia."""

    dose: str
    days: int
    criteria: tuple[str, ...]


def parse(settings: Mapping[str, object], protocol: Protocol) -> IndependenceSettings:
    """Raises InputError with all that is amiss, also where the dose is from fewer days or not from each of them."""
    reader = PartsReader(settings, protocol, _SETTINGS)
    dose, days = reader.endpoint("endpoint", "[IU]/d"), reader.whole("days")
    if days is None and "days" not in settings:
        reader.add("days", "it is not said on how many days in a row there must be no insulin.", "Add it.")
    named = next((one for one in protocol.endpoints if one.id == dose), None)
    if named is not None and days is not None and not _covers(named, days, protocol):
        message = f'"{dose}" does not need {days} days in a row, each recorded.'
        fix = f"Name a daily_insulin endpoint whose days and at_least are both {days} or more and alike."
        reader.add("endpoint", message, fix)
    read = IndependenceSettings(dose, days or 1, reader.endpoints("criteria", "1"))
    reader.finish()
    return read


def _covers(dose: Endpoint, days: int, protocol: Protocol) -> bool:
    diary = next((one for one in protocol.activities if one.id == dose.settings.get("activity")), None)
    window = dose.settings.get("days", diary.days if diary is not None else None)
    is_whole = isinstance(window, int) and dose.settings.get("at_least") == window
    return dose.method == "daily_insulin" and is_whole and isinstance(window, int) and window >= days


def derive_from(known: Known, endpoint: Endpoint, settings: IndependenceSettings, _protocol: Protocol) -> Answer:
    """1 or 0 in the unit 1; 0 as soon as one condition fails, whatever else is missing."""
    if endpoint.unit != "1":
        return Reason(f"an answer of yes or no is in the unit 1; the endpoint is in {endpoint.unit}")
    dose = known.here(settings.dose)
    without = replace(dose, value=YES if dose.value == 0 else NO) if isinstance(dose, Derived) else dose
    return all_hold([without, *(known.here(name) for name in settings.criteria)])


def _parts(settings: IndependenceSettings) -> tuple[Part, ...]:
    return (Part(settings.dose, "endpoint"), *(Part(name, "criteria") for name in settings.criteria))


METHOD: Final = ComposedMethod(
    name="insulin_independence",
    label="Independence of insulin",
    source=(
        "No insulin on so many consecutive days with criteria of glycaemia; at least 14 days and HbA1c of at most 6.5 % are "
        "remembered from trials and must be looked up, so the protocol gives them"
    ),
    parse=parse,
    parts=_parts,
    derive_from=derive_from,
    settings=_SETTINGS,
)
