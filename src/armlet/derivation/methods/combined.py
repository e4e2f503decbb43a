"""Several answers of yes or no joined into one: any of them, or all.

What is already decided stays decided when another part is missing: one yes settles any, one no settles all. Everything
else that lacks a part has no value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from armlet.derivation.composed import ComposedMethod, Known, Part, PartsReader
from armlet.derivation.derived import Answer, Reason
from armlet.derivation.methods import Setting
from armlet.derivation.truth import all_hold, any_holds
from armlet.protocol.model import Endpoint, Protocol

_SETTINGS: Final = (
    Setting("endpoints", "the answers of yes or no"),
    Setting("how", "`any` or `all`"),
)


class How(StrEnum):
    """How the answers are joined."""

    ANY = "any"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class CombinedSettings:
    """The endpoints of yes or no, and how they are joined."""

    endpoints: tuple[str, ...]
    how: How


def parse(settings: Mapping[str, object], protocol: Protocol) -> CombinedSettings:
    """Raises InputError with all that is amiss."""
    reader = PartsReader(settings, protocol, _SETTINGS)
    if "how" not in settings:
        reader.add("how", "it is not said how the answers are joined.", 'Add "any" or "all".')
    read = CombinedSettings(reader.endpoints("endpoints", "1"), reader.choice("how", How.ALL))
    reader.finish()
    return read


def derive_from(known: Known, endpoint: Endpoint, settings: CombinedSettings, _protocol: Protocol) -> Answer:
    """1 or 0 in the unit 1."""
    if endpoint.unit != "1":
        return Reason(f"an answer of yes or no is in the unit 1; the endpoint is in {endpoint.unit}")
    found = [known.here(name) for name in settings.endpoints]
    return any_holds(found) if settings.how is How.ANY else all_hold(found)


def _parts(settings: CombinedSettings) -> tuple[Part, ...]:
    return tuple(Part(name, "endpoints") for name in settings.endpoints)


METHOD: Final = ComposedMethod(
    name="combined",
    label="Any or all of several answers",
    source="Three-valued logic (Kleene): what is unknown never counts as yes or no",
    parse=parse,
    parts=_parts,
    derive_from=derive_from,
    settings=_SETTINGS,
)
