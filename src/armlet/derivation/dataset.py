"""Every derived value of a trial, with no arm: what a blinded role may compute and an analysis starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal
from functools import cached_property
from typing import Final

from armlet.derivation.baseline import Change, ChangeOrNot
from armlet.derivation.derived import Derived, DerivedOrNot
from armlet.derivation.followed import Followed

_Key = tuple[str, str, str]

COLUMNS: Final = (
    "endpoint", "participant", "visit", "date", "value", "unit", "change", "entries", "notes", "reason",
)  # fmt: skip


@dataclass(frozen=True)
class BlindedDataset:
    """The values of all endpoints: `participants` in the order of enrolment, `derived` by endpoint, participant, visit.

    `protocol` is the digest of the protocol that the values were derived by. `changes` has one item for each value
    after baseline. `sets` holds the participants of each analysis set; it holds nobody for the sets of `unassigned`,
    which the blind review has not named yet. `followed` has the course of each participant beside the values. There is
    no arm in here, not even an empty one.
    An endpoint whose values could tell the arm (`Endpoint.tells_arm`) is in here all the same: whoever shows values to
    a blinded person must leave those out.
    """

    trial: str
    protocol: str
    simulated: bool
    participants: tuple[str, ...]
    derived: tuple[DerivedOrNot, ...]
    changes: tuple[ChangeOrNot, ...]
    sets: Mapping[str, tuple[str, ...]]
    followed: Mapping[str, Followed] = field(default_factory=dict)
    unassigned: frozenset[str] = frozenset()

    def value(self, endpoint: str, participant: str, visit: str) -> DerivedOrNot:
        """The value, or why there is none. Raises KeyError for what the protocol never asks for."""
        return self._values[endpoint, participant, visit]

    def change(self, endpoint: str, participant: str, visit: str) -> ChangeOrNot:
        """The change from baseline, or why there is none. Raises KeyError for what is never asked for."""
        return self._changes[endpoint, participant, visit]

    def rows(self) -> tuple[dict[str, str], ...]:
        """One row for each value asked for, all as text under `COLUMNS`; lists are joined by ``; ``, gaps are empty."""
        return tuple(self._row(item) for item in self.derived)

    def _row(self, item: DerivedOrNot) -> dict[str, str]:
        key = _key(item)
        row = dict.fromkeys(COLUMNS, "") | dict(zip(COLUMNS, key, strict=False))
        if not isinstance(item, Derived):
            return row | {"reason": item.because}
        change = self._changes.get(key)
        return row | {
            "date": item.on.isoformat(),
            "value": _plain(item.value),
            "unit": item.unit,
            "change": _plain(change.change) if isinstance(change, Change) else "",
            "entries": "; ".join(str(entry) for entry in item.entries),
            "notes": "; ".join(item.notes),
        }

    @cached_property
    def _values(self) -> dict[_Key, DerivedOrNot]:
        return {_key(item): item for item in self.derived}

    @cached_property
    def _changes(self) -> dict[_Key, ChangeOrNot]:
        return {_key(item): item for item in self.changes}


def _key(item: DerivedOrNot | ChangeOrNot) -> _Key:
    return item.endpoint, item.participant, item.visit


def _plain(value: Decimal) -> str:
    """To twelve significant digits: far more than any measurement has, and a table that can be read."""
    rounded = Context(prec=12).create_decimal(value)
    return format(rounded if rounded == value else rounded.normalize(), "f")
