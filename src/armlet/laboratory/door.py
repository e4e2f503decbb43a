"""The door of the product strand: a record goes in with who asks, and the strand grows or a refusal comes out.

The door is the edge: it has the clock and the strand. Two people at once: the second meets another end, looks again and
decides on what is true now. A near miss is written although the record that showed it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from armlet.conduct.commands import By
from armlet.document import canonical_json, digest
from armlet.laboratory.answer import Accepted, Decision, Refused, refuse
from armlet.laboratory.decide import decide
from armlet.laboratory.gate import OpenSide
from armlet.laboratory.state import ProductState, fold
from armlet.laboratory.strand import SIZE, ProductEntry, ProductStrand
from armlet.ledger.encrypted import StrandMoved
from armlet.ledger.product_events import NearMissRecorded, ProductEvent, ProductRecord
from armlet.protocol.model import Protocol
from armlet.studytime import Clock, as_utc


class ProductDoor:
    """Takes records for one trial's product. `side` answers what the open strand says at that moment."""

    def __init__(self, protocol: Protocol, strand: ProductStrand, side: Callable[[], OpenSide], clock: Clock) -> None:
        self.protocol = protocol
        self._strand, self._side, self._clock = strand, side, clock
        self._state = ProductState()

    @property
    def state(self) -> ProductState:
        """Where the product stands now."""
        self._strand.look_again()
        return fold(self._strand.entries(self._state.last), self._state)

    def ask(self, record: ProductRecord, by: By) -> Decision:
        """Decides, and writes: all that was decided, or nothing. The same asked again under its key is answered again.

        Raises OSError where the disk does not take it, SealBroken where the strand is not what was written.
        """
        while True:
            state = self.state
            again = self._find_answered(record, by)
            if again is not None:
                return again
            if by.occurred > self._clock.now():
                message = f"it is said to happen at {by.occurred.isoformat()}, which is yet to come."
                return Refused((refuse("future", record.kind, message, "Record it when it has happened."),))
            decision = decide(self.protocol, state, self._side(), record, by)
            entries = self._entries(_written(decision), record, by)
            if any(len(entry.spell()) > SIZE for entry in entries):
                message = "it names more than one entry can hold."
                return Refused((refuse("too-long", record.kind, message, "Split it into several records."),))
            try:
                if entries:
                    self._strand.append(entries)
            except StrandMoved:
                continue
            return decision

    def ask_all(self, wishes: Sequence[tuple[ProductRecord, By]]) -> tuple[Decision, ...]:
        """Several records as one act: all are written, or none.

        Ends with the first refusal; a near miss that it tells of is written all the same, and nothing else is.
        """
        while True:
            self._strand.look_again()
            before = self._strand.head().seq
            trial = self._strand.detached()
            door = ProductDoor(self.protocol, trial, self._side, self._clock)
            decisions: list[Decision] = []
            entries: Sequence[ProductEntry] = ()
            for record, by in wishes:
                decision = door.ask(record, by)
                decisions.append(decision)
                if isinstance(decision, Refused):
                    entries = self._entries(decision.noted, record, by)
                    break
            else:
                entries = trial.entries(before)
            try:
                if entries:
                    self._strand.append(entries)
            except StrandMoved:
                continue
            return tuple(decisions)

    def _find_answered(self, record: ProductRecord, by: By) -> Decision | None:
        """What the same wish under the same key was answered before; a refusal where the key was for another wish."""
        if by.key is None:
            return None
        found = [entry for entry in self._strand.entries() if entry.key == by.key]
        if not found:
            return None
        if found[0].asked != _digest(record, by):
            message = f"this key was used already, for something else (entry {found[0].seq})."
            return Refused((refuse("key-used", record.kind, message, "Give each act a key of its own."),))
        return Accepted(tuple(entry.event for entry in found))

    def _entries(self, events: Sequence[ProductEvent], record: ProductRecord, by: By) -> list[ProductEntry]:
        recorded = as_utc(self._clock.now())
        is_kept = not any(isinstance(event, NearMissRecorded) for event in events)
        return [
            ProductEntry(
                seq=seq,
                occurred=by.occurred,
                recorded=recorded,
                actor=by.actor,
                role=by.role,
                reason=by.reason,
                key=by.key if is_kept else None,
                asked=_digest(record, by) if by.key is not None and is_kept else None,
                event=event,
            )
            for seq, event in enumerate(events, start=self._strand.head().seq + 1)
        ]


def _written(decision: Decision) -> tuple[ProductEvent, ...]:
    return decision.events if isinstance(decision, Accepted) else decision.noted


def _digest(record: ProductRecord, by: By) -> str:
    return digest(canonical_json([record.model_dump(mode="json"), by.actor, by.role.value]))
