"""What happened, told in plain words from the open strand: one sentence an entry, in the order of the strand.

The sentence is made from the kind of event and its fields, so an event that is added later is told as well. What is in
a box is said to be sealed. There is no arm in here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from armlet.conduct.sealing import as_shown
from armlet.ledger.entry import Chained
from armlet.ledger.event import HELD

SEALED: Final = "sealed"
_SAID_ELSEWHERE: Final = frozenset({"kind", "participant", "version"})
_FEW: Final = 12


@dataclass(frozen=True, slots=True)
class Told:
    """One entry, told: when, by whom in which role, about whom, what, and why it was changed."""

    entry: int
    occurred: datetime
    recorded: datetime
    actor: str
    role: str
    event: str
    participant: str
    what: str
    reason: str

    def sentence(self) -> str:
        """The entry as one line for people."""
        who = f"{self.actor} ({self.role.replace('_', ' ')})"
        about = f" {self.participant}" if self.participant else ""
        more = f": {self.what}" if self.what else ""
        why = f"; reason: {self.reason}" if self.reason else ""
        said = f"{self.event}{more}{why}".rstrip(".")
        return f"{self.occurred:%Y-%m-%d %H:%M}{about} {said}. By {who}, entry {self.entry}."


def tell(entries: Iterable[Chained]) -> Iterator[Told]:
    """Every entry, told; words that were held and released are shown as released."""
    for one in as_shown(entries):
        entry, event = one.entry, one.event
        plain: Mapping[str, object] = json.loads(event.canonical())
        what = describe(plain)
        yield Told(
            one.seq, entry.occurred, entry.recorded, entry.actor, entry.role.value, event.kind,
            str(plain.get("participant") or ""), what, entry.reason or "",
        )  # fmt: skip


def describe(plain: Mapping[str, object]) -> str:
    """The fields of an event in words, but for its kind and whom it is about."""
    return "; ".join(_field(name, value) for name, value in plain.items() if _is_told(name, value))


def _is_told(name: str, value: object) -> bool:
    return name not in _SAID_ELSEWHERE and value not in ("", None)


def _field(name: str, value: object) -> str:
    label = name.replace("_", " ")
    if name == "box":
        return f"value {SEALED}"
    return f"{label} {_value(value)}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return "not shown until checked" if value == HELD else value
    if isinstance(value, list):
        shown = [_value(one) for one in value[:_FEW]]
        return ", ".join([*shown, f"and {len(value) - _FEW} more"] if len(value) > _FEW else shown) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{str(name).replace('_', ' ')} = {_value(one)}" for name, one in value.items()) or "none"
    return str(value)
