"""The public door: a command goes in with who asks, and the strand grows or a refusal comes out.

The door is the edge: it has the clock and the store. Two people at once: the second append meets another head, is
turned away by the store, and decides again on what is true now.
"""

from __future__ import annotations

from armlet.conduct.commands import By, Command
from armlet.conduct.decide import Accepted, Decision, Refused, decide
from armlet.conduct.following import Following
from armlet.conduct.rules import refuse
from armlet.conduct.state import TrialState
from armlet.issues import Issue
from armlet.ledger.entry import Entry, chain
from armlet.ledger.events import OpenEvent
from armlet.ledger.stores import Conflict, Store
from armlet.protocol.model import Protocol
from armlet.studytime import Clock, as_utc


class Door:
    """Takes commands for one trial. The state it keeps is folded from the store and only ever extended."""

    def __init__(self, protocol: Protocol, store: Store, clock: Clock) -> None:
        self.protocol = protocol
        self._digest = protocol.digest()
        self._store = store
        self._clock = clock
        self._following = Following(store)
        self._state = self._following.state

    @property
    def state(self) -> TrialState:
        """Where the trial stands now."""
        return self._following.state

    def ask(self, command: Command, by: By) -> Decision:
        """Decides, and on acceptance appends; answers what was decided."""
        while True:
            state = self.state
            if state.protocol_digest not in {"", self._digest}:
                return Refused((_other_protocol(state),))
            decision = decide(self.protocol, state, command, by)
            if isinstance(decision, Refused) or not decision.events:
                return decision
            try:
                self._store.append(self._entries(decision, by), expected_seq=state.head.seq)
            except Conflict:
                continue
            return decision

    def _entries(self, accepted: Accepted, by: By) -> list[Entry]:
        recorded = as_utc(self._clock.now())
        previous, seq = self._state.head.digest, self._state.head.seq
        entries = []
        for offset, event in enumerate(accepted.events, start=1):
            entry = self._entry(event, by, seq + offset, previous, recorded)
            previous = chain(entry).digest
            entries.append(entry)
        return entries

    def _entry(self, event: OpenEvent, by: By, seq: int, previous: str, recorded: object) -> Entry:
        return Entry.model_validate(
            {
                "seq": seq,
                "occurred": by.occurred,
                "recorded": recorded,
                "actor": by.actor,
                "role": by.role,
                "reason": by.reason,
                "protocol": self._digest,
                "event": event,
                "previous": previous,
            }
        )


def _other_protocol(state: TrialState) -> Issue:
    message = f"this is not the protocol that the ledger adopted as version {state.protocol_version}."
    return refuse("other-protocol", "", message, "Use the protocol as it was adopted; a changed one is an amendment.")
