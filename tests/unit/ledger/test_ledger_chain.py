"""Whatever is done to a strand after it was written is found, and the entry is named."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from armlet.document import canonical_json
from armlet.ledger.chain import verify
from armlet.ledger.entry import Chained, Head, encode
from armlet.ledger.events import DatabaseLocked, OpenEvent, TrialCompleted

MakeStrand = Callable[..., list[Chained]]
Spell = Callable[[list[Chained]], bytes]


def first_break(data: bytes, published: Head | None = None) -> str:
    found = verify(data, published)
    assert not found.is_whole
    return str(found.breaks[0])


def test_a_strand_as_it_was_written_is_whole(make_strand: MakeStrand, spell: Spell) -> None:
    strand = make_strand(3)
    found = verify(spell(strand), strand[-1].head)
    assert (found.is_whole, found.cut, found.head) == (True, b"", strand[-1].head)
    assert list(found.entries) == strand


def test_an_empty_strand_is_whole_and_ends_nowhere() -> None:
    assert verify(b"").is_whole
    assert verify(b"").head == Head(0, "sha256:" + "0" * 64)


def test_a_line_end_alone_is_no_empty_strand() -> None:
    assert first_break(b"\n") == "line 1: entry 1 was altered: the line cannot be read as an entry"


@pytest.mark.parametrize("bit", [0x01, 0x20, 0x80])
def test_every_single_flipped_byte_is_found_and_its_entry_named(
    make_strand: MakeStrand, spell: Spell, bit: int
) -> None:
    data = spell(make_strand(3))
    for position in range(len(data)):
        number = data[:position].count(b"\n") + 1
        flipped = data[:position] + bytes([data[position] ^ bit]) + data[position + 1 :]
        assert f"entry {number} was altered" in first_break(flipped), position


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        (1, "line 1: entry 1 missing before entry 2 (removed or moved)"),
        (2, "line 2: entry 2 missing before entry 3 (removed or moved)"),
        (3, "line 3: entry 3 missing before entry 4 (removed or moved)"),
    ],
)
def test_a_removed_entry_is_missed(make_strand: MakeStrand, spell: Spell, gone: int, words: str) -> None:
    strand = make_strand(4)
    del strand[gone - 1]
    assert first_break(spell(strand)) == words


def test_two_removed_entries_are_missed(make_strand: MakeStrand, spell: Spell) -> None:
    strand = make_strand(5)
    del strand[1:3]
    assert first_break(spell(strand)) == "line 2: entries 2 to 3 missing before entry 4 (removed or moved)"


def test_a_duplicated_entry_is_found(make_strand: MakeStrand, spell: Spell) -> None:
    strand = make_strand(4)
    strand.insert(2, strand[1])
    assert first_break(spell(strand)) == "line 3: entry 2 stands after entry 2 (inserted or moved)"


def test_a_forged_entry_with_a_right_digest_does_not_fit_between_others(make_strand: MakeStrand, spell: Spell) -> None:
    strand = make_strand(4)
    forged = make_strand(1, after=strand[1].head, names="FORGED")
    assert first_break(spell([*strand[:2], *forged, *strand[2:]])).startswith("line 4: entry 3 stands after entry 3")


def test_an_entry_replaced_by_a_forged_one_breaks_the_link_of_the_next(make_strand: MakeStrand, spell: Spell) -> None:
    strand = make_strand(4)
    strand[1:2] = make_strand(1, after=strand[0].head, names="FORGED")
    assert first_break(spell(strand)).startswith("line 3: entry 3 does not follow from the entry before it")


def test_swapped_entries_are_found(make_strand: MakeStrand, spell: Spell) -> None:
    strand = make_strand(4)
    strand[1], strand[2] = strand[2], strand[1]
    assert first_break(spell(strand)) == "line 2: entry 2 missing before entry 3 (removed or moved)"


def test_altered_content_with_its_old_digest_is_found(make_strand: MakeStrand, spell: Spell) -> None:
    data = spell(make_strand(3)).replace(b'"participant":"P2"', b'"participant":"P9"')
    assert first_break(data) == "line 2: entry 2 was altered: its content does not give its digest"


def test_a_cut_tail_shows_against_the_published_head_and_only_there(make_strand: MakeStrand, spell: Spell) -> None:
    strand = make_strand(4)
    data = spell(strand[:2])
    assert verify(data).is_whole
    words = "line 2: the tail was cut: the published head is entry 4, the last one here is 2"
    assert first_break(data, strand[-1].head) == words


def test_a_rewritten_history_shows_against_the_published_head_and_only_there(
    make_strand: MakeStrand, spell: Spell
) -> None:
    strand = make_strand(4)
    rewritten = [*strand[:1], *make_strand(3, after=strand[0].head, names="NEW")]
    assert verify(spell(rewritten)).is_whole
    words = "line 4: history was rewritten: entry 4 is not the one whose digest was published"
    assert first_break(spell(rewritten), strand[-1].head) == words


ALTERED_LOCK = "entry 4: the lock names another history than the one before it"


def locked_after(strand: list[Chained], make_strand: MakeStrand, lock: Head | None = None) -> list[Chained]:
    """The strand with a lock at its end that names `lock`, or the end of the strand; and one entry after it."""
    named = lock or strand[-1].head
    event = DatabaseLocked(entries=named.seq, head=named.digest, agreed_by=("Ada", "Bo"))
    events: tuple[OpenEvent, ...] = (event, TrialCompleted())
    return [*strand, *make_strand(2, after=strand[-1].head, events=events)]


def test_a_lock_that_names_the_entries_before_it_is_whole(make_strand: MakeStrand, spell: Spell) -> None:
    assert verify(spell(locked_after(make_strand(3), make_strand))).breaks == ()


def test_a_rechained_forgery_with_its_own_head_shows_against_the_lock(make_strand: MakeStrand, spell: Spell) -> None:
    agreed = make_strand(3)
    forged = [agreed[0], *make_strand(2, after=agreed[0].head, names="FORGED")]
    strand = locked_after(forged, make_strand, lock=agreed[-1].head)
    found = verify(spell(strand), strand[-1].head)
    assert [str(one) for one in found.breaks] == [f"line 4: {ALTERED_LOCK}"]


@pytest.mark.parametrize("removed", [1, 2])
def test_a_history_made_shorter_or_longer_shows_against_the_lock(
    make_strand: MakeStrand, spell: Spell, removed: int
) -> None:
    strand = make_strand(3)
    lock = Head(strand[-1].seq - removed, strand[-1].digest)
    assert first_break(spell(locked_after(strand, make_strand, lock))) == f"line 4: {ALTERED_LOCK}"


def test_a_lock_is_held_against_its_history_even_after_a_break(make_strand: MakeStrand, spell: Spell) -> None:
    strand = locked_after(make_strand(3), make_strand, lock=Head(3, "sha256:" + "1" * 64))
    lines = spell(strand).split(b"\n")
    lines[2] = b"rubbish"
    assert f"line 4: {ALTERED_LOCK}" in [str(one) for one in verify(b"\n".join(lines)).breaks]


def test_every_published_head_is_held_against_the_strand(make_strand: MakeStrand, spell: Spell) -> None:
    strand = make_strand(3)
    found = verify(spell(strand[:2]), strand[1].head, None, strand[2].head, strand[2].head)
    assert [str(one) for one in found.breaks] == [
        "line 2: the tail was cut: the published head is entry 3, the last one here is 2"
    ]


def test_a_strand_that_grew_after_its_head_was_published_is_whole(make_strand: MakeStrand, spell: Spell) -> None:
    strand = make_strand(5)
    assert verify(spell(strand), strand[2].head).is_whole


def test_a_tail_cut_at_any_byte_leaves_the_whole_entries_and_the_cut_bytes(
    make_strand: MakeStrand, spell: Spell
) -> None:
    strand = make_strand(3)
    data = spell(strand)
    for size in range(len(data)):
        found = verify(data[:size])
        whole = data[:size].count(b"\n")
        assert (found.is_whole, list(found.entries)) == (True, strand[:whole]), size
        assert found.cut == data[len(spell(strand[:whole])) : size]


def test_reading_goes_on_after_a_break(make_strand: MakeStrand, spell: Spell) -> None:
    lines = spell(make_strand(4)).split(b"\n")
    lines[1] = b"rubbish"
    found = verify(b"\n".join(lines))
    assert [entry.seq for entry in found.entries] == [1, 3, 4]
    assert len(found.breaks) == 1


@pytest.mark.parametrize(
    "digest",
    [5, None, [], {}, True, "\ud800", "sha256:", float("nan")],
)
def test_a_line_with_a_strange_digest_is_altered_and_never_a_traceback(make_strand: MakeStrand, digest: object) -> None:
    plain = json.loads(encode(make_strand(1)[0]))
    line = json.dumps({**plain, "digest": digest}, sort_keys=True, separators=(",", ":")).encode()
    assert "entry 1 was altered" in first_break(line + b"\n")


@pytest.mark.parametrize(
    "line", [b"", b"null", b"[]", b'"text"', b"5", b"\xff\xfe", b"{}", b"[" * 100_000, b'{"digest":1e999}']
)
def test_a_line_that_is_no_entry_is_altered_and_never_a_traceback(line: bytes) -> None:
    assert first_break(line + b"\n") == "line 1: entry 1 was altered: the line cannot be read as an entry"


@pytest.mark.parametrize(
    "change",
    [
        {"event": {"kind": "arm assigned", "version": 1}},
        {"event": {"kind": "no such kind", "version": 1}},
        {"event": {"kind": "identified", "version": 1, "participant": "P1", "site": "harbour", "arm": "cells"}},
        {"event": {"kind": "identified", "version": 2, "participant": "P1", "site": "harbour"}},
        {"arm": "cells"},
        {"occurred": "2021-03-01T09:00:00"},
        {"seq": 0},
        {"seq": "1"},
        {"role": "king"},
    ],
)
def test_an_entry_of_another_shape_is_not_read_even_with_a_right_digest(
    make_strand: MakeStrand, change: dict[str, object]
) -> None:
    plain = json.loads(encode(make_strand(1)[0]))
    assert "entry 1 was altered" in first_break(canonical_json({**plain, **change}) + b"\n")


def test_another_spelling_of_the_same_entry_is_found(make_strand: MakeStrand) -> None:
    line = encode(make_strand(1)[0])
    spaced = json.dumps(json.loads(line)).encode()
    words = "line 1: entry 1 was altered: the line is not in the one spelling that entries have"
    assert first_break(spaced + b"\n") == words
