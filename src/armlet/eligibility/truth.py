"""Three-valued truth (Kleene's strong logic): what is not known is neither true nor false."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Never


class Truth(Enum):
    """True, false or unknown. ``if truth`` is refused: an unknown taken for false would exclude, or enrol, silently."""

    FALSE = "false"
    UNKNOWN = "unknown"
    TRUE = "true"

    @classmethod
    def of(cls, value: bool) -> Truth:
        """The truth of something known."""
        return cls.TRUE if value else cls.FALSE

    def __bool__(self) -> Never:
        raise TypeError("a truth has three values; compare it with Truth.TRUE, Truth.FALSE or Truth.UNKNOWN")

    def __invert__(self) -> Truth:
        return {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE, Truth.UNKNOWN: Truth.UNKNOWN}[self]

    def __and__(self, other: Truth) -> Truth:
        return all_of((self, other))

    def __or__(self, other: Truth) -> Truth:
        return any_of((self, other))


def all_of(truths: Iterable[Truth]) -> Truth:
    """False where any is false, else unknown where any is unknown; true for none at all."""
    found = set(truths)
    if Truth.FALSE in found:
        return Truth.FALSE
    return Truth.UNKNOWN if Truth.UNKNOWN in found else Truth.TRUE


def any_of(truths: Iterable[Truth]) -> Truth:
    """True where any is true, else unknown where any is unknown; false for none at all."""
    return ~all_of(~truth for truth in truths)
