"""The days that somebody spent in a state up to a visit, from an answer of yes or no at each visit.

The days between two visits in a row count where the answer is yes at both. Where it changes, the moment is not known and
nothing counts; a visit without an answer breaks the chain. So the number is a lower bound of what can be known, and
stands on the days that visits really took place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

from armlet.derivation.composed import ComposedMethod, Known, Part, PartsReader, entries_of_parts, first_reason
from armlet.derivation.derived import SEALED, Answer, Derived, DerivedOrNot, Reason, Value, finished
from armlet.derivation.methods import Setting
from armlet.derivation.truth import YES
from armlet.protocol.model import Endpoint, Protocol
from armlet.units import Quantity, UnitError

_SETTINGS: Final = (Setting("endpoint", "the answer of yes or no"),)


@dataclass(frozen=True, slots=True)
class StateSettings:
    """The answer of yes or no."""

    endpoint: str


def parse(settings: Mapping[str, object], protocol: Protocol) -> StateSettings:
    """Raises InputError with all that is amiss."""
    reader = PartsReader(settings, protocol, _SETTINGS)
    read = StateSettings(reader.endpoint("endpoint", "1"))
    reader.finish()
    return read


def derive_from(known: Known, endpoint: Endpoint, settings: StateSettings, protocol: Protocol) -> Answer:
    """The days in the state from the first answer to this visit, in the endpoint's unit of time."""
    here = known.here(settings.endpoint)
    if isinstance(here, Reason):
        return first_reason(here) or here
    place = {visit.id: number for number, visit in enumerate(protocol.visits)}
    course = sorted(known.course(settings.endpoint), key=lambda item: place[item.visit])
    so_far = [item for item in course if place[item.visit] <= place[known.visit]]
    if any(not isinstance(item, Derived) and item.because == SEALED for item in so_far):
        return Reason(SEALED)
    days = sum(_days(earlier, later) for earlier, later in pairwise(so_far))
    try:
        value = Quantity(Decimal(days), "d").to(endpoint.unit).value
    except UnitError as problem:
        return Reason(str(problem))
    answered = [item for item in so_far if isinstance(item, Derived)]
    unknown = [item.visit for item in so_far if not isinstance(item, Derived)]
    notes = tuple([f"not known at {', '.join(unknown)}: nothing counted up to and from there"] if unknown else [])
    return Value(finished(value), entries_of_parts(*answered), notes)


def _days(earlier: DerivedOrNot, later: DerivedOrNot) -> int:
    """The days between two visits with the answer yes at both, else 0."""
    if not (isinstance(earlier, Derived) and isinstance(later, Derived)):
        return 0
    return (later.on - earlier.on).days if earlier.value == later.value == YES else 0


def _parts(settings: StateSettings) -> tuple[Part, ...]:
    return (Part(settings.endpoint, "endpoint"),)


METHOD: Final = ComposedMethod(
    name="time_in_state",
    label="Days in a state",
    source="The days between visits in a row with the answer yes at both: a choice of this program, a lower bound",
    parse=parse,
    parts=_parts,
    derive_from=derive_from,
    settings=_SETTINGS,
)
