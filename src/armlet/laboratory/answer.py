"""What the door of the product strand answers, and how it says no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from armlet.issues import Issue, error
from armlet.ledger.product_events import Consequence, ProductEvent


@dataclass(frozen=True, slots=True)
class Accepted:
    """Yes: what is written, the record first and then what follows from it."""

    events: tuple[ProductEvent, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """No, and every reason; `noted` is written all the same: a scan that did not match is kept as a near miss."""

    issues: tuple[Issue, ...]
    noted: tuple[Consequence, ...] = ()


Decision: TypeAlias = Accepted | Refused


def refuse(rule: str, where: str, message: str, fix: str) -> Issue:
    """An issue that refuses a record; `where` is the thing that it is about."""
    return error(f"laboratory/{rule}", where, message, fix)
