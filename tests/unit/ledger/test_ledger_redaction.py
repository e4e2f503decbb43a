"""What a redacted entry is, to the letter; and that nobody writes into a file that was replaced meanwhile."""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from armlet.ledger.chain import verify
from armlet.ledger.entry import GENESIS, Chained, Entry, chain, decode, encode
from armlet.ledger.events import DeviationRecorded, EntryRedacted, OpenEvent, TextReleased
from armlet.ledger.redaction import find_words, redact, redactable
from armlet.ledger.stores.durable import locked, replace_durably
from armlet.ledger.stores.file import FileStore
from armlet.protocol.model import Role

AT = datetime(2021, 3, 1, 9, tzinfo=UTC)
SALT = "000102030405060708090a0b0c0d0e0f"
BOX = "A" * 40
LATE = DeviationRecorded(participant="P1", what="Zebedee came late", on=AT.date())


def entry(event: OpenEvent, before: Chained | None = None, **more: str) -> Chained:
    plain = {
        "seq": before.seq + 1 if before else 1, "occurred": AT, "recorded": AT, "actor": "Ada",
        "role": Role.INVESTIGATOR, "protocol": "sha256:0", "previous": before.digest if before else GENESIS,
    }  # fmt: skip
    return chain(Entry.model_validate({**plain, **more, "event": event}))


def test_only_the_named_words_the_salt_and_what_was_asked_change() -> None:
    before = entry(LATE, salt=SALT, key="K1", asked="sha256:1", reason="Zebedee rang")
    left = redact(before, ["what"])

    assert left.digest == before.digest
    assert left.kept == chain(left.entry).digest != before.digest
    assert left.entry == before.entry.model_copy(
        update={
            "event": LATE.model_copy(update={"what": "[redacted]"}),
            "salt": hashlib.sha256(b"armlet/redaction/1/" + bytes(range(16))).hexdigest()[:32],
            "asked": None,
            "redacted": ("what",),
        }
    )
    assert decode(encode(left)) == left


def test_released_words_and_held_boxes_can_be_redacted() -> None:
    released = entry(TextReleased(of=1, texts={"why": "Zebedee fell", "reason": "asked"}), salt=SALT)
    left = redact(released, ["texts.why"]).event
    assert isinstance(left, TextReleased)
    assert left.texts == {"why": "[redacted]", "reason": "asked"}
    held = entry(LATE, held=BOX)
    assert BOX.encode() not in encode(redact(held, ["held"]))
    assert redact(held, ["held"]).entry.redacted == ("held",)


def test_what_is_no_words_or_is_gone_already_is_refused() -> None:
    before = entry(LATE)
    for fields in (["participant"], ["reason"], ["held"], []):
        with pytest.raises(ValueError, match="has no words to take out"):
            redact(before, fields)
    with pytest.raises(ValueError, match="has no words to take out of what"):
        redact(redact(before, ["what"]), ["what"])


def test_what_cannot_be_taken_out_is_found_all_the_same() -> None:
    first = entry(LATE)
    event = EntryRedacted(of=1, fields=("what",), kept=GENESIS, why="Zebedee wrote", agreed_by=("Ada", "Bo"))
    told = entry(event, first)
    assert redactable(told.entry) == {}
    assert find_words([first, told], "zebedee") == [(1, "what"), (2, "(structured)")]


def test_a_redaction_that_fits_nothing_is_found() -> None:
    first = entry(LATE)
    event = EntryRedacted(of=1, fields=("what",), kept=GENESIS, why="x", agreed_by=("Ada", "Bo"))
    strand = [first, entry(event, first)]
    found = verify(b"".join(encode(one) + b"\n" for one in strand))
    assert [str(one) for one in found.breaks] == ["line 1: entry 1 is not the one that entry 2 says was redacted"]


def test_who_waited_for_the_lock_writes_into_the_file_that_took_the_place(tmp_path: Path) -> None:
    path = tmp_path / "open.jsonl"
    first, store = entry(LATE), FileStore(path)
    store.append([first.entry], expected_seq=0)
    second = entry(LATE, first)
    waiting = threading.Thread(target=store.append, args=([second.entry], 1))
    with locked(path) as file:
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive()
        replace_durably(path, file, path.read_bytes())
    waiting.join(10)
    assert path.read_bytes() == encode(first) + b"\n" + encode(second) + b"\n"
