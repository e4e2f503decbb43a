"""The public door: a command goes in with who asks, and the strand grows or a refusal comes out.

The door is the edge: it has the clock and the store. Two people at once: the second append meets another head, is
turned away by the store, and decides again on what is true now.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import takewhile
from typing import Final, get_args

from pydantic import TypeAdapter

from armlet.conduct import commands
from armlet.conduct.commands import By, Command, Redact
from armlet.conduct.course.commands import AdoptAmendment
from armlet.conduct.decide import Accepted, Decision, Refused, decide
from armlet.conduct.following import Following
from armlet.conduct.redaction import prepare
from armlet.conduct.rules import refuse
from armlet.conduct.rules.unblinding import note_refusal
from armlet.conduct.rules.values import is_text
from armlet.conduct.sealing import Sealer, wish_to_digest, without_secrets
from armlet.conduct.state import Answered, Phase, TrialState
from armlet.document import canonical_json, digest
from armlet.issues import Issue
from armlet.ledger.box import CHANCE_BYTES
from armlet.ledger.entry import Chained, Entry, chain
from armlet.ledger.event import words_of
from armlet.ledger.events import OpenEvent
from armlet.ledger.stores import Conflict, Store
from armlet.protocol.model import Protocol
from armlet.studytime import Clock, as_utc, pause

SALT_BYTES: Final = 16
"""Chance in an entry that holds words: 128 bits, more than anybody can try."""


def draw_salt(_seq: int) -> bytes:
    """Chance from the operating system for one entry."""
    return os.urandom(SALT_BYTES)


def draw_chance(_seq: int) -> bytes:
    """Chance from the operating system for the box of one entry."""
    return os.urandom(CHANCE_BYTES)


SHORTEST_PAUSE: Final = 0.001
LONGEST_PAUSE: Final = 0.03
"""Seconds that who lost a race waits, longer each time: of sixteen at once, most would decide in vain otherwise."""


class Door:
    """Takes commands for one trial. The state it keeps is folded from the store and only ever extended.

    `salts` draws the chance of an entry from its number and `chance` that of its box; a rehearsal gives its own, so that
    it can be lived again. What could tell the arm leaves the door sealed; the answer holds it as it was appended.
    `following` is that of the same store where the program has one already: a long strand is then folded, and held in
    memory, once for all who look at it in one thread. `versions` are other versions of the protocol that the ledger may have
    adopted: decided is by the one in force, and whoever adopts an amendment brings its version along.
    """

    def __init__(
        self,
        protocol: Protocol,
        store: Store,
        clock: Clock,
        salts: Callable[[int], bytes] = draw_salt,
        chance: Callable[[int], bytes] = draw_chance,
        following: Following | None = None,
        versions: Iterable[Protocol] = (),
    ) -> None:
        self._first = protocol
        self._versions = {one.digest(): one for one in (protocol, *versions)}
        self._digest = protocol.digest()
        self._store = store
        self._clock = clock
        self._salts = salts
        self._sealers = {key: Sealer(one, chance) for key, one in self._versions.items()}
        self._chance = chance
        self._following = following or Following(store)
        self._state = self._following.state

    @property
    def state(self) -> TrialState:
        """Where the trial stands now."""
        self._state = self._following.state
        return self._state

    @property
    def protocol(self) -> Protocol:
        """The version in force; before any was adopted, the one that the door was made with."""
        return self._versions.get(self.state.protocol_digest, self._first)

    def _turn_to(self, state: TrialState, command: Command) -> bool:
        """Turns to the version that the ledger has in force; False where the door does not have it."""
        if isinstance(command, AdoptAmendment):
            version = command.protocol.digest()
            self._versions.setdefault(version, command.protocol)
            self._sealers.setdefault(version, Sealer(command.protocol, self._chance))
        self._digest = state.protocol_digest or self._digest
        return self._digest in self._versions

    def entries(self) -> Iterator[Chained]:
        """Every entry, from the first."""
        return self._store.read()

    def ask(self, command: Command, by: By) -> Decision:
        """Decides, and on acceptance appends; answers what was decided.

        The same asked again under its key is answered with the same events, and nothing is appended.
        """
        seconds = 0.0
        while True:
            state = self.state
            if not self._turn_to(state, command):
                return Refused((_other_protocol(state),))
            if by.key is not None and by.key in state.answered:
                return self._answer_again(state.answered[by.key], command, by)
            decision = decide(self._versions[self._digest], state, command, by)
            if isinstance(command, Redact) and isinstance(decision, Accepted):
                decision = self._check_redaction(command, decision)
            entries = self._entries(decision, command, by) if isinstance(decision, Accepted) else []
            if isinstance(decision, Refused) and isinstance(command, commands.GrantWarrant):
                entries = self._note_attempt(decision, command, by)
            if not entries:
                return decision
            try:
                self._store.append(entries, expected_seq=state.head.seq)
            except Conflict:
                seconds = min(2 * seconds + SHORTEST_PAUSE, LONGEST_PAUSE)
                pause(seconds)
                continue
            return decision if isinstance(decision, Refused) else Accepted(tuple(one.event for one in entries))

    def _check_redaction(self, command: Redact, accepted: Accepted) -> Decision:
        """What is left of the entry is what the command says; only the strand has the words, so no pure rule can tell."""
        entries = list(self._store.read())
        found = prepare(entries, command.of, command.fields, command.why, command.agreed_by)
        if not isinstance(found, Redact):
            return Refused((found,))
        if found != command:
            message = f"entry {command.of} would not be left as the command says."
            return Refused((refuse("other-kept", "", message, "Prepare the redaction again."),))
        return accepted

    def _note_attempt(self, refused: Refused, command: commands.GrantWarrant, by: By) -> list[Entry]:
        """The entry of a refused attempt to learn an allocation; none where nobody is named or no trial is open.

        It has no key, so that the same wish is decided anew when what it was refused for is mended, and it stands at
        the time of the attempt, whenever the asker says that it was.
        """
        if self._state.phase is Phase.NOT_OPENED or not by.actor.strip() or not is_text(by.actor):
            return []
        now = as_utc(self._clock.now())
        told = note_refusal(self._state, command, refused.issues, by.actor, now)
        who = By(by.actor, by.role, now)
        return self._entries(Accepted((told,)), command, who) if told is not None else []

    def _answer_again(self, answered: Answered, command: Command, by: By) -> Decision:
        if answered.asked not in {digest_of_wish(command, by), digest_of_wish(without_secrets(command), by)}:
            return Refused((_other_wish(answered),))
        entries = takewhile(lambda one: one.seq <= answered.last, self._store.read(after=answered.first - 1))
        return Accepted(tuple(one.event for one in entries if one.entry.key == by.key))

    def _entries(self, accepted: Accepted, command: Command, by: By) -> list[Entry]:
        recorded = as_utc(self._clock.now())
        previous, seq = self._state.head.digest, self._state.head.seq
        wish = wish_to_digest(self._versions[self._digest], self._state, command, by)
        asked = digest_of_wish(wish, by) if by.key is not None else None
        entries = []
        for offset, decided in enumerate(accepted.events, start=1):
            sealed = self._sealers[self._digest].seal(self._state, decided, command, seq + offset)
            event, reason, held = self._sealers[self._digest].hold(self._state, sealed, by, seq + offset)
            entry = Entry(
                seq=seq + offset,
                occurred=by.occurred,
                recorded=recorded,
                actor=by.actor,
                role=by.role,
                reason=reason,
                protocol=self._digest,
                key=by.key,
                asked=asked,
                salt=self._salt(event, by, seq + offset),
                held=held,
                event=event,
                previous=previous,
            )
            previous = chain(entry).digest
            entries.append(entry)
        return entries

    def _salt(self, event: OpenEvent, by: By, seq: int) -> str | None:
        """Only what holds words can be redacted, and only what is redacted needs chance in its digest."""
        return self._salts(seq).hex() if by.reason or words_of(event) else None


def digest_of_wish(command: Command, by: By) -> str:
    """The digest of what somebody asks for, apart from when they say that it happened."""
    wish = _spelling_of(type(command).__name__).dump_python(command, mode="json")
    return digest(canonical_json([type(command).__name__, wish, by.actor, by.role.value]))


_KINDS: Final[dict[str, type[Command]]] = {kind.__name__: kind for kind in get_args(Command)}


@lru_cache
def _spelling_of(kind: str) -> TypeAdapter[Command]:
    return TypeAdapter(_KINDS[kind])


def _other_wish(answered: Answered) -> Issue:
    message = f"this key was used already, for something else (entry {answered.first})."
    return refuse("key-used", "", message, "Give each act a key of its own.")


def _other_protocol(state: TrialState) -> Issue:
    message = f"this is not the protocol that the ledger adopted as version {state.protocol_version}."
    return refuse(
        "other-protocol", "", message, "Use the protocol as it was adopted; a changed one is adopted as an amendment."
    )
