"""Opening what the open strand holds in boxes: only the vault has the key, and only a warrant gives it out.

Whoever calls these functions answers for the warrant: `opening_key` is asked for after `find_warrant`, never before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from armlet.allocation.vault import Vault
from armlet.conduct.commands import DOES_NOT_KNOW
from armlet.conduct.sealing import bound_of, bound_of_words
from armlet.errors import SealBroken
from armlet.ledger import events as e
from armlet.ledger.blinding_events import RemarkKept
from armlet.ledger.box import OpeningKey
from armlet.ledger.entry import Chained
from armlet.ledger.intake_events import ResultsImported
from armlet.ledger.sealed import SealingKeyMade
from armlet.protocol.model import Role

_SEALED: Final = (e.ResultSealed, e.SealedResultCorrected, e.GuessGiven, RemarkKept, ResultsImported)
_WHERE: Final = ("participant", "visit", "activity", "measure", "sample")


@dataclass(frozen=True, slots=True)
class OpenedGuess:
    """What somebody believed; `guess` is an arm's id or `DOES_NOT_KNOW`. With the arms beside it, unblinded by nature."""

    entry: int
    participant: str
    of: Role
    who: str
    occasion: e.GuessOccasion
    guess: str
    certainty: str
    because: str

    @property
    def names_an_arm(self) -> bool:
        """Whether an arm was named."""
        return self.guess != DOES_NOT_KNOW


def opening_key(vault: Vault) -> OpeningKey | None:
    """The key to the boxes of the open strand; None in a vault that was sealed without one."""
    return next((OpeningKey(bytes.fromhex(made.secret)) for made in vault.events(SealingKeyMade)), None)


def open_boxes(entries: Iterable[Chained], key: OpeningKey | None) -> Mapping[int, e.OpenEvent]:
    """The results that were sealed, as they were recorded, by the number of their entry.

    Raises SealBroken where one does not open, and where there is a box and no key.
    """
    opened: dict[int, e.OpenEvent] = {}
    for chained, trial in _boxed(entries):
        event = chained.event
        if isinstance(event, e.ResultSealed):
            opened[chained.seq] = _result(chained.seq, event, _open(chained.seq, key, event, trial))
        elif isinstance(event, e.SealedResultCorrected):
            opened[chained.seq] = _correction(chained.seq, event, _open(chained.seq, key, event, trial))
    return opened


def open_guesses(entries: Iterable[Chained], key: OpeningKey | None) -> tuple[OpenedGuess, ...]:
    """Every guess that was given, in the order of the strand. Raises SealBroken."""
    return tuple(
        _guess(chained.seq, event, _open(chained.seq, key, event, trial))
        for chained, trial in _boxed(entries)
        if isinstance(event := chained.event, e.GuessGiven)
    )


@dataclass(frozen=True, slots=True)
class OpenedRemark:
    """What somebody said, unasked, about what was given. With the arms beside it, unblinded by nature."""

    entry: int
    event: RemarkKept
    words: str


def open_remarks(entries: Iterable[Chained], key: OpeningKey | None) -> tuple[OpenedRemark, ...]:
    """Every remark, in the order of the strand. Raises SealBroken.

    Remarks are beliefs about the arm, as guesses are: they are opened after the lock only.
    """
    return tuple(
        OpenedRemark(chained.seq, event, _remark(chained.seq, event, key, trial))
        for chained, trial in _boxed(entries)
        if isinstance(event := chained.event, RemarkKept)
    )


def open_held(chained: Chained, trial: str, key: OpeningKey | None) -> Mapping[str, str]:
    """The words of one entry that are held, by field. Raises SealBroken, also where none are held."""
    if chained.entry.held is None:
        raise SealBroken(f"entry {chained.seq} holds no words.")
    plain = _json(chained.seq, _open_with(chained.seq, key, chained.entry.held, bound_of_words(trial, chained.seq)))
    return {str(name): str(text) for name, text in plain.items()}


def open_imports(entries: Iterable[Chained], key: OpeningKey | None) -> Mapping[int, str]:
    """The digest of the file of every import, by the number of its entry. Raises SealBroken."""
    return {
        chained.seq: _import(chained.seq, chained.event, key, trial)
        for chained, trial in _boxed(entries)
        if isinstance(chained.event, ResultsImported)
    }


def find_unopened(entries: Iterable[Chained], key: OpeningKey | None) -> Iterator[tuple[int, str]]:
    """The entries whose box does not open, or holds something else than it says, with what is wrong."""
    listed = list(entries)
    for chained, trial in _boxed(listed):
        event = chained.event
        try:
            if isinstance(event, e.GuessGiven):
                _guess(chained.seq, event, _open(chained.seq, key, event, trial))
            elif isinstance(event, e.ResultSealed):
                _result(chained.seq, event, _open(chained.seq, key, event, trial))
            elif isinstance(event, e.SealedResultCorrected):
                _correction(chained.seq, event, _open(chained.seq, key, event, trial))
            elif isinstance(event, RemarkKept):
                _remark(chained.seq, event, key, trial)
            elif isinstance(event, ResultsImported):
                _import(chained.seq, event, key, trial)
            if chained.entry.held is not None:
                open_held(chained, trial, key)
        except SealBroken as problem:
            yield chained.seq, str(problem)


def _import(seq: int, event: ResultsImported, key: OpeningKey | None, trial: str) -> str:
    """The digest of the file that an import was of: in clear, or in its box."""
    if event.box is None:
        return event.source or ""
    source = _json(seq, _open_with(seq, key, event.box, bound_of(event, trial))).get("source")
    if not isinstance(source, str):
        raise SealBroken(f"entry {seq}: what is in the box is no digest of a file.")
    return source


def _boxed(entries: Iterable[Chained]) -> Iterator[tuple[Chained, str]]:
    """The entries with a box, each with the name of its trial."""
    trial = ""
    for chained in entries:
        if isinstance(chained.event, e.TrialOpened):
            trial = chained.event.trial
        if isinstance(chained.event, _SEALED) or chained.entry.held is not None:
            yield chained, trial


def _open(
    seq: int,
    key: OpeningKey | None,
    event: e.ResultSealed | e.SealedResultCorrected | e.GuessGiven | RemarkKept,
    trial: str,
) -> bytes:
    return _open_with(seq, key, event.box, bound_of(event, trial))


def _open_with(seq: int, key: OpeningKey | None, box: str, bound: str) -> bytes:
    if key is None:
        raise SealBroken(f"entry {seq} holds a box, and the vault has no key to open it.")
    try:
        return key.open(box, bound)
    except SealBroken as problem:
        raise SealBroken(f"entry {seq}: {problem}") from None


def _json(seq: int, plain: bytes) -> Mapping[str, object]:
    try:
        found: object = json.loads(plain)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SealBroken(f"entry {seq}: what is in the box cannot be read.")
    return found


def _result(seq: int, sealed: e.ResultSealed, plain: bytes) -> e.ResultRecorded:
    try:
        result = e.ResultRecorded.model_validate_json(plain)
    except ValidationError:
        raise SealBroken(f"entry {seq}: what is in the box is no result.") from None
    if any(getattr(result, name) != getattr(sealed, name) for name in _WHERE):
        raise SealBroken(f"entry {seq}: what is in the box is another result than the entry says.")
    return result


def _correction(seq: int, sealed: e.SealedResultCorrected, plain: bytes) -> e.ResultCorrected:
    try:
        correction = e.ResultCorrected.model_validate_json(plain)
    except ValidationError:
        raise SealBroken(f"entry {seq}: what is in the box is no correction.") from None
    if (correction.participant, correction.of) != (sealed.participant, sealed.of):
        raise SealBroken(f"entry {seq}: what is in the box is another correction than the entry says.")
    return correction


def _guess(seq: int, given: e.GuessGiven, plain: bytes) -> OpenedGuess:
    told = _json(seq, plain)
    if not isinstance(told.get("guess"), str):
        raise SealBroken(f"entry {seq}: what is in the box is no guess.")
    certainty, because = told.get("certainty") or "", told.get("because") or ""
    return OpenedGuess(
        seq, given.participant, given.of, given.who, given.occasion, str(told["guess"]), str(certainty), str(because)
    )


def _remark(seq: int, event: RemarkKept, key: OpeningKey | None, trial: str) -> str:
    told = _json(seq, _open(seq, key, event, trial)).get("remark")
    if not isinstance(told, str):
        raise SealBroken(f"entry {seq}: what is in the box is no remark.")
    return told
