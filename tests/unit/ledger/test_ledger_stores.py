"""The two homes of the open strand, and what only the file has to withstand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from armlet.document import canonical_json, digest
from armlet.errors import LedgerBroken
from armlet.ledger.entry import Chained
from armlet.ledger.stores import Conflict, Store
from armlet.ledger.stores.file import FileStore
from armlet.ledger.stores.memory import MemoryStore

MakeStrand = Callable[..., list[Chained]]
Spell = Callable[[list[Chained]], bytes]


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return MemoryStore() if request.param == "memory" else FileStore(tmp_path / "ledger")


def test_what_is_appended_is_read_back_in_order(store: Store, make_strand: MakeStrand) -> None:
    strand = make_strand(4)
    assert store.append([one.entry for one in strand[:3]], expected_seq=0) == strand[2].head
    assert store.append([strand[3].entry], expected_seq=3) == strand[3].head == store.head()
    assert list(store.read()) == strand
    assert list(store.read(after=2)) == strand[2:]
    assert list(store.read(after=4)) == []


def test_who_expects_another_last_entry_is_turned_away(store: Store, make_strand: MakeStrand) -> None:
    strand = make_strand(2)
    store.append([strand[0].entry], expected_seq=0)
    with pytest.raises(Conflict, match="expected the last entry to be 0, found 1"):
        store.append([strand[0].entry], expected_seq=0)
    with pytest.raises(Conflict, match="expected the last entry to be 5, found 1"):
        store.append([strand[1].entry], expected_seq=5)
    assert list(store.read()) == strand[:1]


def test_an_entry_that_does_not_follow_is_a_defect_and_is_not_written(store: Store, make_strand: MakeStrand) -> None:
    strand, other = make_strand(3), make_strand(3, names="OTHER")
    store.append([strand[0].entry], expected_seq=0)
    for wrong in ([strand[2]], [other[1]], [strand[1], other[2]]):
        with pytest.raises(ValueError, match="cannot follow"):
            store.append([one.entry for one in wrong], expected_seq=1)
    assert list(store.read()) == strand[:1]


def test_a_file_is_read_again_by_whoever_opens_it(tmp_path: Path, make_strand: MakeStrand, spell: Spell) -> None:
    strand = make_strand(3)
    FileStore(tmp_path / "ledger").append([one.entry for one in strand], expected_seq=0)
    assert (tmp_path / "ledger").read_bytes() == spell(strand)
    again = FileStore(tmp_path / "ledger")
    assert (list(again.read()), again.head(), again.recovered) == (strand, strand[-1].head, "")


def test_what_another_store_appended_is_seen_at_once(tmp_path: Path, make_strand: MakeStrand) -> None:
    strand = make_strand(3)
    one, other = FileStore(tmp_path / "ledger"), FileStore(tmp_path / "ledger")
    one.append([strand[0].entry], expected_seq=0)
    assert other.head() == strand[0].head
    other.append([strand[1].entry], expected_seq=1)
    assert list(one.read()) == strand[:2]
    with pytest.raises(Conflict):
        one.append([strand[1].entry], expected_seq=0)


def test_a_cut_tail_is_set_aside_and_said_at_every_byte_of_a_line(
    tmp_path: Path, make_strand: MakeStrand, spell: Spell
) -> None:
    strand = make_strand(3)
    start, data = len(spell(strand[:2])), spell(strand)
    for size in range(start + 1, len(data)):
        path = tmp_path / str(size) / "ledger"
        path.parent.mkdir()
        path.write_bytes(data[:size])
        store = FileStore(path)
        assert store.recovered == (
            f"ledger: the last line was cut off by a crash; recovered to entry 2. "
            f"The {size - start} bytes of the unfinished line are kept in ledger.cut-{size}."
        )
        assert (path.parent / f"ledger.cut-{size}").read_bytes() == data[start:size]
        store.append([strand[2].entry], expected_seq=2)
        assert path.read_bytes() == data


def test_a_first_line_cut_off_leaves_an_empty_strand(tmp_path: Path, make_strand: MakeStrand, spell: Spell) -> None:
    (tmp_path / "ledger").write_bytes(spell(make_strand(1))[:40])
    store = FileStore(tmp_path / "ledger")
    assert "recovered to entry 0" in store.recovered
    assert store.head().seq == 0


def test_a_second_crash_at_the_same_byte_keeps_both_cut_tails(
    tmp_path: Path, make_strand: MakeStrand, spell: Spell
) -> None:
    strand = make_strand(2)
    size = len(spell(strand[:1]))
    for tail in (b'{"first', b'{"other'):
        (tmp_path / "ledger").write_bytes(spell(strand[:1]) + tail)
        FileStore(tmp_path / "ledger")
    kept = {path.name: path.read_bytes() for path in tmp_path.iterdir() if "cut" in path.name}
    assert kept == {f"ledger.cut-{size + 7}": b'{"first', f"ledger.cut-{size + 7}-2": b'{"other'}


def test_the_tail_of_another_process_that_died_is_set_aside_before_the_next_append(
    tmp_path: Path, make_strand: MakeStrand, spell: Spell
) -> None:
    strand = make_strand(3)
    store = FileStore(tmp_path / "ledger")
    store.append([strand[0].entry], expected_seq=0)
    with (tmp_path / "ledger").open("ab") as file:
        file.write(b'{"actor":"somebody who d')
    store.append([strand[1].entry], expected_seq=1)
    assert "recovered to entry 1" in store.recovered
    assert (tmp_path / "ledger").read_bytes() == spell(strand[:2])


def test_an_altered_line_end_is_no_crash(tmp_path: Path, make_strand: MakeStrand, spell: Spell) -> None:
    data = spell(make_strand(2))[:-1] + b"\x0b"
    (tmp_path / "ledger").write_bytes(data)
    with pytest.raises(LedgerBroken, match="entry 2 was altered"):
        FileStore(tmp_path / "ledger")
    assert (tmp_path / "ledger").read_bytes() == data


def test_a_broken_strand_does_not_open_and_is_not_touched(
    tmp_path: Path, make_strand: MakeStrand, spell: Spell
) -> None:
    data = spell(make_strand(3)).replace(b"P2", b"P9") + b'{"cut'
    (tmp_path / "ledger").write_bytes(data)
    with pytest.raises(LedgerBroken, match="entry 2 was altered"):
        FileStore(tmp_path / "ledger")
    assert (tmp_path / "ledger").read_bytes() == data


def test_a_backup_restored_under_an_open_store_is_found(tmp_path: Path, make_strand: MakeStrand, spell: Spell) -> None:
    strand = make_strand(3)
    store = FileStore(tmp_path / "ledger")
    store.append([one.entry for one in strand], expected_seq=0)
    (tmp_path / "ledger").write_bytes(spell(strand[:2]))
    with pytest.raises(LedgerBroken, match="entry 3 is no longer the one that was read here before"):
        store.append([make_strand(4)[3].entry], expected_seq=3)


def test_the_file_never_shrinks_by_an_append_of_nothing(tmp_path: Path, make_strand: MakeStrand) -> None:
    strand = make_strand(1)
    store = FileStore(tmp_path / "ledger")
    store.append([strand[0].entry], expected_seq=0)
    assert store.append([], expected_seq=1) == strand[0].head
    assert list(store.read()) == strand


def test_a_batch_cut_off_at_any_byte_is_all_there_or_not_at_all(
    tmp_path: Path, make_strand: MakeStrand, spell: Spell
) -> None:
    """What the disk may hold after a power cut: the announcement, and any beginning of the batch it announces."""
    strand = make_strand(4)
    data, start = spell(strand), len(spell(strand[:1]))
    note = canonical_json({"from": start, "to": len(data), "digest": digest(data[start:])})
    for size in range(start, len(data) + 1, 7):
        folder = tmp_path / str(size)
        folder.mkdir()
        (folder / "ledger").write_bytes(data[:size])
        (folder / "ledger.pending").write_bytes(note)
        store = FileStore(folder / "ledger")
        assert store.head() == strand[0].head
        assert (folder / "ledger").read_bytes() == data[:start]
        if size > start:
            assert store.recovered == (
                "ledger: an append of several entries was cut off by a crash, and none of them was acknowledged. "
                f"The {size - start} bytes that were written are kept in ledger.cut-{size}."
            )
            assert (folder / f"ledger.cut-{size}").read_bytes() == data[start:size]
        assert not (folder / "ledger.pending").exists()
        store.append([one.entry for one in strand[1:]], expected_seq=1)
        assert (folder / "ledger").read_bytes() == data


def test_a_batch_that_is_all_there_stays_whatever_became_of_its_announcement(
    tmp_path: Path, make_strand: MakeStrand, spell: Spell
) -> None:
    strand = make_strand(5)
    data, start, end = spell(strand), len(spell(strand[:1])), len(spell(strand[:4]))
    note = canonical_json({"from": start, "to": end, "digest": digest(data[start:end])})
    for name, written, announced, last in (
        ("unacknowledged", data[:end], note, 4),
        ("and one more entry", data, note, 5),
        ("announced in part", data[:start], note[:30], 1),
        ("announced and not begun", data[:start], note, 1),
    ):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "ledger").write_bytes(written)
        (folder / "ledger.pending").write_bytes(announced)
        store = FileStore(folder / "ledger")
        assert (store.head().seq, store.recovered) == (last, ""), name
        assert [path.name for path in folder.iterdir()] == ["ledger"], name


def test_a_batch_of_another_process_that_died_is_taken_back_before_the_next_append(
    tmp_path: Path, make_strand: MakeStrand, spell: Spell
) -> None:
    """Also where not one byte of it was written: its announcement must not judge what comes after."""
    strand = make_strand(4)
    data, start = spell(strand), len(spell(strand[:1]))
    for size in (start, start + 9, len(spell(strand[:3]))):
        path = tmp_path / str(size) / "ledger"
        path.parent.mkdir()
        store = FileStore(path)
        store.append([strand[0].entry], expected_seq=0)
        path.write_bytes(data[:size])
        note = canonical_json({"from": start, "to": len(data), "digest": digest(data[start:])})
        path.with_name("ledger.pending").write_bytes(note)
        other = make_strand(1, after=strand[0].head, names="Q")
        store.append([other[0].entry], expected_seq=1)
        assert path.read_bytes() == spell([strand[0], other[0]])
        assert FileStore(path).head() == other[0].head


def test_only_what_is_new_is_read_again(tmp_path: Path, make_strand: MakeStrand) -> None:
    """A page must not slow with the length of the trial: what is known is not read, as its sameness shows."""
    strand = make_strand(5)
    one, other = FileStore(tmp_path / "ledger"), FileStore(tmp_path / "ledger")
    one.append([entry.entry for entry in strand[:3]], expected_seq=0)
    known = list(other.read())
    one.append([entry.entry for entry in strand[3:]], expected_seq=3)
    assert list(other.read()) == strand
    assert all(before is after for before, after in zip(known, other.read(), strict=False))


def test_an_entry_that_another_process_appended_wrongly_is_found(
    tmp_path: Path, make_strand: MakeStrand, spell: Spell
) -> None:
    strand = make_strand(3)
    for what, tail in {
        "entry 2 was altered: its content does not give its digest": spell(strand)[len(spell(strand[:1])) :].replace(
            b"P2", b"P9"
        ),
        "entry 3 does not follow from entry 1": spell(strand[2:]),
        "entry 2 was altered: the line cannot be read": b"{}\n",
        "entry 2 was altered: its line has another end": spell(strand[1:2])[:-1] + b"\r",
    }.items():
        path = tmp_path / "ledger"
        path.unlink(missing_ok=True)
        store = FileStore(path)
        store.append([strand[0].entry], expected_seq=0)
        with path.open("ab") as file:
            file.write(tail)
        with pytest.raises(LedgerBroken, match=what):
            store.head()
