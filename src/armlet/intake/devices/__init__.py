"""One module for each export of a device; each offers one ``METHOD``, and none imports another.

A reader gives readings with the time that the export has and the unit that its header states; it converts nothing, and
reads neither names nor notes. Which headers were verified, and where, stands in the docstring of each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from armlet.errors import InputError
from armlet.issues import error


class Kind(StrEnum):
    """What a reading is of."""

    GLUCOSE = "glucose"
    INSULIN = "insulin"


class Beyond(StrEnum):
    """A reading without a number: beyond what the device measures, or a dose whose size was not entered."""

    LOW = "low"
    HIGH = "high"
    UNSAID = "without a number"


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading. `at` has a zone where the export states one; else it is what the clock of the device showed.

    `value` is the number as the export writes it, with a decimal point; "" where `beyond` says why there is none.
    """

    line: int
    kind: Kind
    at: datetime
    value: str = field(repr=False)
    unit: str
    beyond: Beyond | None = None


@dataclass(frozen=True)
class Device:
    """A kind of export: its reader takes the text, its name, and how its moments are written ("": as usual for it)."""

    id: str
    label: str
    read: Callable[[str, str, str], list[Reading]]


def find_devices() -> Mapping[str, Device]:
    """Every kind of export by its id."""
    from armlet.intake import devices
    from armlet.plugins import find_methods

    found = [one for one in find_methods(devices).values() if isinstance(one, Device)]
    return {one.id: one for one in found}


def read_moment(text: str, spelling: str, where: str) -> datetime:
    """A moment as the export writes it. Raises InputError."""
    try:
        return datetime.strptime(text, spelling)  # noqa: DTZ007 (the wall clock of the device)
    except ValueError:
        message = f"the moment is {text[:40]!r}; expected {spelling}."
        fix = "Say in the mapping how moments are written (`moment`)."
        raise InputError([error("import/moment", where, message, fix)]) from None
