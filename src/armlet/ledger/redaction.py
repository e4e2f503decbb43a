"""Words taken out of an entry, while the chain stays: how the redacted line looks, and when it is accepted.

A redacted line is the same entry with a placeholder in the named fields, and it keeps the digest of what stood there
before, so the next entry, published heads and anchors still fit. It is accepted only where a later `EntryRedacted` names
the entry, the fields, and the digest of exactly what is left. That the other fields are as they were cannot be proven
from the strand alone: two people agreed to it, and an older copy proves it.

The salt is replaced by one that is computed from it one way, so that neither the old digest nor the digest of what is
left tells, by trying, what was taken out. An entry without a salt has no such protection. `asked` is taken out as well:
it is a digest of the words without chance.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from armlet.document import canonical_json
from armlet.ledger.entry import Chained, Entry, decode, spell_line
from armlet.ledger.event import words_of
from armlet.ledger.events import EntryRedacted, TextReleased

PLACEHOLDER: Final = "[redacted]"
_SALT_CONTEXT: Final = b"armlet/redaction/1/"
Told = tuple[int, EntryRedacted]
"""An entry's number, and the redaction that it tells of."""


def redactable(entry: Entry) -> dict[str, str]:
    """The words that may be taken out of an entry, by field; `held` is a box, whose words cannot be read here."""
    if isinstance(entry.event, EntryRedacted):
        return {}
    words = {"reason": entry.reason, "held": entry.held, **words_of(entry.event)}
    if isinstance(entry.event, TextReleased):
        words |= {f"texts.{name}": text for name, text in entry.event.texts.items()}
    gone = set(entry.redacted or ())
    return {name: text for name, text in words.items() if text and name not in gone}


def find_words(entries: Iterable[Chained], wanted: str) -> list[tuple[int, str]]:
    """In which entries and fields a text occurs, in whatever capitals; boxes cannot be searched.

    Also in the reasons of redactions and in names of people, which cannot be taken out: the field is in brackets then.
    """
    look_for, found = wanted.casefold(), []
    for one in entries:
        words = redactable(one.entry)
        hits = [name for name, text in words.items() if name != "held" and look_for in text.casefold()]
        found += [(one.seq, name) for name in hits]
        bare = one.entry.model_copy(update={"held": None, "previous": "", "protocol": ""})
        if not hits and look_for in json.dumps(json.loads(bare.canonical()), ensure_ascii=False).casefold():
            found.append((one.seq, "(structured)"))
    return found


def redact(chained: Chained, fields: Iterable[str]) -> Chained:
    """The entry without the words of the fields. Raises ValueError for a field that is not there to be taken out."""
    wanted = set(fields)
    unknown = wanted - set(redactable(chained.entry))
    if unknown or not wanted:
        raise ValueError(f"entry {chained.seq} has no words to take out of {', '.join(sorted(unknown)) or 'nothing'}")
    plain = json.loads(chained.canonical())
    for name in wanted:
        if name == "held":
            del plain["held"]
        elif name == "reason":
            plain["reason"] = PLACEHOLDER
        elif name.startswith("texts."):
            plain["event"]["texts"][name.removeprefix("texts.")] = PLACEHOLDER
        else:
            plain["event"][name] = PLACEHOLDER
    if "salt" in plain:
        plain["salt"] = hashlib.sha256(_SALT_CONTEXT + bytes.fromhex(plain["salt"])).hexdigest()[:32]
    plain.pop("asked", None)
    plain["redacted"] = sorted(wanted | set(chained.entry.redacted or ()))
    return decode(spell_line(canonical_json(plain), chained.digest))


def redact_as_told(chained: Chained, told: Sequence[Told]) -> Chained:
    """The entry as it must stand after these redactions of it, in their order; the same object where it does already.

    Raises ValueError where what stands there is not what they say was left.
    """
    kept = [event.kept for _, event in told]
    done = 0
    if chained.entry.redacted is not None:
        if chained.kept not in kept:
            by = f"what entry {told[-1][0]} says was left" if told else "told by any later entry"
            raise ValueError(f"entry {chained.seq} was altered: that words were taken out of it is not {by}")
        done = kept.index(chained.kept) + 1
        named = {name for _, event in told[:done] for name in event.fields}
        if named != set(chained.entry.redacted):
            raise ValueError(f"entry {chained.seq} was altered: other fields are redacted than entry {told[0][0]} says")
    for seq, event in told[done:]:
        chained = redact(chained, event.fields)
        if chained.kept != event.kept:
            raise ValueError(f"entry {chained.seq} is not the one that entry {seq} says was redacted")
    return chained


@dataclass(frozen=True, slots=True)
class Settled:
    """Entries as they are to be read, what is wrong, and the numbers of those whose words still stand on disk."""

    entries: tuple[Chained, ...]
    problems: tuple[tuple[int, str], ...]
    unfinished: tuple[int, ...]


def settle(entries: Sequence[Chained]) -> Settled:
    """Holds every redacted entry to the later entry that tells of it, and takes out what a crash left standing."""
    told: dict[int, list[Told]] = {}
    problems: list[tuple[int, str]] = []
    known = {one.seq for one in entries}
    for one in entries:
        if isinstance(one.event, EntryRedacted):
            told.setdefault(one.event.of, []).append((one.seq, one.event))
            if one.event.of >= one.seq or one.event.of not in known:
                problems.append((one.seq, f"entry {one.seq} tells of the redaction of an entry that is not before it"))
    if not told and not any(one.entry.redacted for one in entries):
        return Settled(tuple(entries), (), ())
    settled, unfinished = [], []
    for one in entries:
        try:
            after = redact_as_told(one, told.get(one.seq, ()))
        except ValueError as problem:
            problems.append((one.seq, str(problem)))
            after = one
        if after is not one:
            unfinished.append(one.seq)
        settled.append(after)
    return Settled(tuple(settled), tuple(problems), tuple(unfinished))


def redactions(entries: Iterable[Chained]) -> list[Told]:
    """The redactions that the entries tell of."""
    return [(one.seq, one.event) for one in entries if isinstance(one.event, EntryRedacted)]


def only_redacted_fields_differ(now: Sequence[Chained], older: Sequence[Chained]) -> list[str]:
    """What else differs from an older copy than the words that were taken out; nothing where the copies agree."""
    said: list[str] = []
    for one, before in zip(now, older, strict=False):
        if one.digest != before.digest:
            return [*said, f"entry {one.seq} is another one in the older copy"]
        more = set(one.entry.redacted or ()) - set(before.entry.redacted or ())
        expected = before
        if one.entry.redacted != before.entry.redacted:
            expected = _try_redact(before, more)
        if _without_chance(one) != _without_chance(expected):
            said.append(
                f"entry {one.seq} differs from the older copy in more than {', '.join(sorted(more)) or 'nothing'}"
            )
    if len(older) > len(now):
        said.append(f"the older copy has {len(older)} entries, this one {len(now)}")
    return said


def _try_redact(before: Chained, more: set[str]) -> Chained:
    try:
        return redact(before, more)
    except ValueError:
        return before


def _without_chance(one: Chained) -> dict[str, object]:
    """All but the salt, which is replaced once for each redaction."""
    plain: dict[str, object] = json.loads(one.canonical())
    plain.pop("salt", None)
    return plain
