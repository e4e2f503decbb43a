"""What could tell the arm is written for the vault alone: telling results, guesses, and words not yet checked.

`decide` decides on what was asked, in clear. What it accepted passes through a `Sealer` before it is appended, and only
the vault can open what comes out. Pure but for the chance of each box, which is an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final

from armlet.conduct import commands as c
from armlet.conduct.blinding import commands as b
from armlet.conduct.commands import By, Command
from armlet.conduct.intake.commands import ImportResults
from armlet.conduct.roles import UnblindedViewpoint, viewpoint
from armlet.conduct.rules import refuse
from armlet.conduct.state import TrialState
from armlet.document import canonical_json
from armlet.issues import Issue
from armlet.ledger import events as e
from armlet.ledger.blinding_events import BlindingEvent
from armlet.ledger.box import SIZES, seal_box
from armlet.ledger.entry import Chained
from armlet.ledger.event import HELD, REASON, words_of
from armlet.ledger.events import OpenEvent
from armlet.ledger.intake_events import ResultsImported
from armlet.protocol.hidden import hidden_before_lock
from armlet.protocol.model import Protocol, Role

UNSEALED: Final = "A" * 40
"""Stands for a box between the decision and the sealing; the ledger never holds it."""
_MOST: Final = SIZES[-1] // 4
"""So many signs of what must be sealed always fit a box, however each of them is spelled."""

_WORDS: Final = ("why", "what", "term", "remedy", "narrative")
"""The fields of commands that become words of events."""

Chance = Callable[[int], bytes]
Boxed = e.ResultSealed | e.SealedResultCorrected | e.GuessGiven | BlindingEvent | ResultsImported


def check_sealable(protocol: Protocol, state: TrialState, command: Command, by: By) -> Iterator[Issue]:
    """What must be sealed can be: the key to seal with is published, and it fits a box.

    Words of unblinded roles are held only in a trial with a key: an emergency is not refused for want of one.
    """
    where = getattr(command, "participant", None) or ""
    secret = _secret_of(protocol, state, command)
    if secret and not state.sealing_key:
        message = "this could tell the arm and must be sealed, and the trial has published no sealing key."
        fix = "The randomisation statistician publishes it before the first consent (`armlet vault seal`)."
        yield refuse("no-sealing-key", where, message, fix)
    texts = (*secret, *(_words_to_hold(protocol, state, command, by) if state.sealing_key else ()))
    if sum(len(text) for text in texts) > _MOST:
        message = f"this must be sealed and is longer than {_MOST} signs."
        yield refuse("too-long", where, message, "Say it shorter.")


def _secret_of(protocol: Protocol, state: TrialState, command: Command) -> tuple[str, ...]:
    """The texts of a command that must not stand in clear; empty where all of it may."""
    if isinstance(command, c.GiveGuess):
        return (command.guess, command.because)
    if isinstance(command, b.BlindingCommand):
        return (command.remark,)
    if isinstance(command, c.RecordResult):
        is_telling = tells_arm(protocol, state, command.participant, command.measure, command.visit)
        return (command.value, command.unit, command.actual) if is_telling else ()
    if isinstance(command, c.CorrectResult):
        return (command.value, command.unit, command.why) if is_sealed(state, command.of) else ()
    return ()


def _words_to_hold(protocol: Protocol, state: TrialState, command: Command, by: By) -> tuple[str, ...]:
    if not _holds(protocol, state, by.role):
        return ()
    return tuple(filter(None, (by.reason, *(getattr(command, name, "") for name in _WORDS))))


def _holds(protocol: Protocol, state: TrialState, role: Role) -> bool:
    """Whether words of this role wait until somebody checked them: it may know arms that others must not.

    After the lock nothing that is read can change what was measured, and nothing is held.
    """
    is_unblinded = isinstance(viewpoint(protocol, role), UnblindedViewpoint)
    return bool(state.sealing_key) and is_unblinded and not protocol.is_open_label and state.locked is None


def wish_to_digest(protocol: Protocol, state: TrialState, command: Command, by: By) -> Command:
    """The command without what may not stand in clear: a digest of a value is opened by trying the few values."""
    if isinstance(command, ImportResults):
        return without_secrets(command)
    is_secret = bool(_secret_of(protocol, state, command) or _words_to_hold(protocol, state, command, by))
    return without_secrets(command) if is_secret else command


def without_secrets(command: Command) -> Command:
    """The command with empty places where a value, a guess or words may stand."""
    match command:
        case c.RecordResult():
            return replace(command, value="", unit="", actual="", below=False, confirmed=False)
        case c.CorrectResult():
            return replace(command, value="", unit="", why="", below=False, confirmed=False)
        case ImportResults():
            return replace(command, rows=(), source="", plan="")
        case c.GiveGuess():
            return replace(command, guess="", certainty=None, because="")
        case b.KeepRemark():
            return replace(command, remark="")
        case _:
            return _without_words(command)


def _without_words(command: Command) -> Command:
    words: dict[str, Any] = {name: "" for name in _WORDS if isinstance(getattr(command, name, None), str)}
    return replace(command, **words)


def tells_arm(protocol: Protocol, state: TrialState, participant: str, measure: str, visit: str) -> bool:
    """Whether a result could tell the arm. A weight that the dose waits for cannot: nothing was given yet."""
    if not hidden_before_lock(protocol).hides_measure(measure, visit):
        return False
    one = state.participants.get(participant)
    weights = {protocol.body_weight(product.dose) for product in protocol.products}
    return measure not in weights or one is None or one.administered is not None


def is_sealed(state: TrialState, entry: int) -> bool:
    """Whether the result of that entry stands in a box."""
    found = state.result_of_entry.get(entry)
    standing = state.participants[found[0]].results.get(found[1]) if found is not None else None
    return standing is not None and standing.is_sealed


class Sealer:
    """Puts what could tell the arm into boxes; `chance` draws the 32 bytes of one box from its entry's number."""

    def __init__(self, protocol: Protocol, chance: Chance) -> None:
        self._protocol = protocol
        self._chance = chance

    def seal(self, state: TrialState, event: OpenEvent, command: Command, seq: int) -> OpenEvent:
        """The event as the open strand may hold it."""
        if isinstance(event, e.ResultRecorded):
            if not tells_arm(self._protocol, state, event.participant, event.measure, event.visit):
                return event
            fields = ("participant", "visit", "activity", "measure", "sample")
            sealed = e.ResultSealed(**{name: getattr(event, name) for name in fields}, box=UNSEALED)
            return self._fill(state, sealed, event.canonical(), seq)
        if isinstance(event, e.ResultCorrected) and is_sealed(state, event.of):
            corrected = e.SealedResultCorrected(participant=event.participant, of=event.of, box=UNSEALED)
            return self._fill(state, corrected, event.canonical(), seq)
        if isinstance(event, ResultsImported) and isinstance(command, ImportResults) and event.box is not None:
            return self._fill(state, event, canonical_json({"source": command.source, "plan": command.plan}), seq)
        if isinstance(event, e.GuessGiven) and isinstance(command, c.GiveGuess):
            told = {"guess": command.guess, "certainty": command.certainty, "because": command.because}
            return self._fill(state, event, canonical_json(told), seq)
        if isinstance(event, BlindingEvent) and isinstance(command, b.BlindingCommand):
            return self._fill(state, event, canonical_json({"remark": command.remark}), seq)
        return event

    def _fill(self, state: TrialState, event: Boxed, plain: bytes, seq: int) -> OpenEvent:
        box = seal_box(state.sealing_key, plain, bound_of(event, state.trial), self._chance(seq))
        return event.model_copy(update={"box": box})

    def hold(self, state: TrialState, event: OpenEvent, by: By, seq: int) -> tuple[OpenEvent, str | None, str | None]:
        """The event, the reason and the box of an entry, its words put into the box where they are to be held."""
        words = {**words_of(event), **({REASON: by.reason} if by.reason else {})}
        if not words or not _holds(self._protocol, state, by.role):
            return event, by.reason, None
        chance = sha256(b"armlet/held words/1" + self._chance(seq)).digest()  # no two boxes of an entry share theirs
        box = seal_box(state.sealing_key, canonical_json(words), bound_of_words(state.trial, seq), chance)
        held = {name: HELD for name in words if name != REASON}
        return event.model_copy(update=held), HELD if by.reason else by.reason, box


def bound_of(event: Boxed, trial: str) -> str:
    """What makes the event's box unmovable: everything that the event says in clear, and of which trial."""
    return canonical_json([trial, event.model_dump(mode="json", exclude={"box"})]).decode()


def bound_of_words(trial: str, seq: int) -> str:
    """What makes held words unmovable: the number of their entry."""
    return canonical_json([trial, "held words", seq]).decode()


def as_shown(entries: Iterable[Chained], opened: Mapping[int, OpenEvent] = MappingProxyType({})) -> list[Chained]:
    """The entries as they may be read: opened events in the place of sealed ones, released words in that of held ones.

    For folding and for views only: their digests are still those of what was written.
    """
    listed = list(entries)
    released = {one.event.of: one.event.texts for one in listed if isinstance(one.event, e.TextReleased)}
    return [_as_shown(one, opened.get(one.seq), released.get(one.seq, {})) for one in listed]


def _as_shown(one: Chained, opened: OpenEvent | None, texts: Mapping[str, str]) -> Chained:
    if opened is None and not texts:
        return one
    event = opened or one.event.model_copy(update={name: text for name, text in texts.items() if name != REASON})
    reason = texts.get(REASON, one.entry.reason)
    return replace(one, entry=one.entry.model_copy(update={"event": event, "reason": reason}))
