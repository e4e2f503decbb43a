"""Yes and no as the values 1 and 0 of an endpoint, and how several are joined when some are not known."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from armlet.derivation.composed import entries_of_parts, first_reason, notes_of_parts
from armlet.derivation.derived import Answer, Derived, Reason, Value

YES: Final = Decimal(1)
NO: Final = Decimal(0)


def as_value(*, holds: bool, entries: tuple[int, ...], notes: tuple[str, ...] = ()) -> Value:
    """1 where it holds, 0 where it does not, in the unit 1."""
    return Value(YES if holds else NO, entries, notes)


def all_hold(found: Sequence[Derived | Reason]) -> Answer:
    """1 where every part is 1, 0 as soon as one is 0 whatever else is missing, otherwise the reasons."""
    return _joined(found, decides=NO)


def any_holds(found: Sequence[Derived | Reason]) -> Answer:
    """1 as soon as one part is 1 whatever else is missing, 0 where every part is 0, otherwise the reasons."""
    return _joined(found, decides=YES)


def _joined(found: Sequence[Derived | Reason], decides: Decimal) -> Answer:
    known = [item for item in found if isinstance(item, Derived)]
    other = next((item for item in known if item.value not in {YES, NO}), None)
    if other is not None:
        return Reason(f"{other.endpoint} is {other.value}, which is neither 1 nor 0")
    deciding = [item for item in known if item.value == decides]
    missing = first_reason(*found)
    if missing is not None and (not deciding or not any(isinstance(item, Derived) for item in found)):
        return missing
    used = deciding or known
    said = tuple(f"{item.endpoint}: {'yes' if item.value == YES else 'no'}" for item in used)
    value = decides if deciding else (NO if decides == YES else YES)
    return Value(value, entries_of_parts(*used), (*said, *notes_of_parts(*used)))
