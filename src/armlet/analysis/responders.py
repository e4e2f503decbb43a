"""Who has the event: an outcome of 1, or one beyond a threshold that the protocol says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from armlet.analysis.cases import Case
from armlet.analysis.method import SettingsReader

_BEYOND: Final[dict[str, tuple[str, Callable[[float, float], bool]]]] = {
    "at_least": ("at least", lambda value, limit: value >= limit),
    "above": ("above", lambda value, limit: value > limit),
    "at_most": ("at most", lambda value, limit: value <= limit),
    "below": ("below", lambda value, limit: value < limit),
}


@dataclass(frozen=True, slots=True)
class Responder:
    """A threshold on the outcome in its own unit; with `of_change`, on its change from baseline."""

    kind: str
    limit: float
    of_change: bool = False

    @property
    def words(self) -> str:
        """The rule as a reader sees it."""
        what = "change from baseline" if self.of_change else "outcome"
        return f"{what} {_BEYOND[self.kind][0]} {self.limit:g}"

    def has_event(self, row: Case) -> bool:
        """Only for people with an outcome, and with a baseline where the change is judged."""
        assert row.outcome is not None
        value = row.outcome
        if self.of_change:
            assert row.baseline is not None
            value -= row.baseline
        # a value that only rounding puts on the other side of its threshold is on it
        on_it = abs(value - self.limit) <= 1e-12 * max(1.0, abs(self.limit))
        return _BEYOND[self.kind][1](self.limit if on_it else value, self.limit)


def read_responder(reader: SettingsReader) -> Responder | None:
    """The settings `responder` (one of at_least, above, at_most, below, with a number) and `responder_change`."""
    found = reader.one_number_of("responder", tuple(_BEYOND))
    of_change = reader.flag("responder_change", default=False)
    return Responder(*found, of_change=of_change) if found else None


RESPONDER_NAMES: Final = ("responder", "responder_change")


def events(rows: tuple[Case, ...], responder: Responder | None) -> list[bool] | str:
    """Whether each person has the event; or what is amiss where outcomes are to be 0 or 1 and are not."""
    if responder is not None:
        return [responder.has_event(row) for row in rows]
    if any(row.outcome not in {0.0, 1.0} for row in rows):
        return "an outcome is neither 0 (no event) nor 1 (event)"
    return [row.outcome == 1.0 for row in rows]
