"""The vault: what it holds is found again and by nobody else, and a slot is used once, for ever."""

from __future__ import annotations

import pprint
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.pretty import pretty_repr

from armlet.allocation.allocator import VaultAllocator
from armlet.allocation.scheme import Scheme
from armlet.allocation.sealed_strand import (
    SealedEntry,
    SealedLine,
    VaultKey,
    decode_line,
    seal,
    unseal_line,
    verify_sealed,
)
from armlet.allocation.stream import draw_arm
from armlet.allocation.unblinded import Slot, UnblindedDataset
from armlet.allocation.vault import Vault, VaultMoved, Writer, replay_draws
from armlet.derivation.dataset import BlindedDataset
from armlet.errors import SealBroken
from armlet.ledger.entry import Head
from armlet.ledger.sealed import ArmAssigned, ArmRead, SealedEvent, VaultOpened

SECRET = bytes(range(32))
SEED = "5e" * 32
MOMENT = datetime(2021, 3, 1, 9, tzinfo=UTC)
WRITER = Writer("the allocator", MOMENT)
ARMS = ("cells", "imitation")
HINTS = (*ARMS, SEED, SECRET.hex(), "5e5e5e", repr(SECRET)[2:20])
"""What no text may hold that could reach a blinded person."""
MakeVault = Callable[..., Vault]


def opened() -> VaultOpened:
    return VaultOpened(
        trial="breeze",
        arms=ARMS,
        ratio=(1, 1),
        method="permuted_blocks",
        settings={"block": 4},
        seed=SEED,
        simulated=True,
    )


def open_vault(path: Path | None = None, people: int = 0, seed: bytes = SECRET) -> Vault:
    vault = Vault(VaultKey(seed), path, nonces=lambda seq: seq.to_bytes(12, "big"))
    vault.write(WRITER, opened())
    allocator = VaultAllocator(vault, lambda: WRITER)
    for number in range(1, people + 1):
        allocator.allocate(f"P{number}", f"R{number}")
    return vault


def assert_no_hint(*texts: str) -> None:
    for text in texts:
        for hint in HINTS:
            assert hint not in text, (hint, text)


# --- The strand -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bit", [0x01, 0xA0])
def test_every_single_flipped_byte_is_found_without_the_key_and_its_entry_named(bit: int) -> None:
    data = open_vault(people=2).as_bytes()
    for position in range(len(data)):
        number = data[:position].count(b"\n") + 1
        flipped = data[:position] + bytes([data[position] ^ bit]) + data[position + 1 :]
        breaks = verify_sealed(flipped)[1]
        assert breaks, position
        assert breaks[0].line == number, position


def test_a_strand_as_it_was_written_is_whole_and_its_head_can_be_published() -> None:
    vault = open_vault(people=3)
    lines, breaks = verify_sealed(vault.as_bytes(), vault.head())
    assert (len(lines), breaks) == (4, [])
    assert lines[-1].head == vault.head()


def test_a_removed_duplicated_or_swapped_line_is_found() -> None:
    lines = open_vault(people=3).as_bytes().splitlines(keepends=True)
    for wrong, named in (
        ([lines[0], lines[2], lines[3]], "line 2: sealed entry 3 does not follow from entry 1"),
        ([lines[0], lines[1], lines[1], lines[2]], "line 3: sealed entry 2 does not follow from entry 2"),
        ([lines[0], lines[2], lines[1], lines[3]], "line 2: sealed entry 3 does not follow from entry 1"),
        (lines[1:], "line 1: sealed entry 2 does not follow from entry 0"),
    ):
        assert str(verify_sealed(b"".join(wrong))[1][0]) == named


def test_a_cut_tail_or_another_history_shows_against_the_published_head() -> None:
    vault = open_vault(people=3)
    short = b"".join(vault.as_bytes().splitlines(keepends=True)[:3])
    assert verify_sealed(short)[1] == []
    assert "does not end at its published head, entry 4" in str(verify_sealed(short, vault.head())[1][0])
    other = Vault(VaultKey(SECRET), nonces=lambda seq: (seq + 9).to_bytes(12, "big"))
    other.write(WRITER, *(entry for entry in vault.events(VaultOpened)), *vault.assignments())
    assert other.head().seq == vault.head().seq
    assert verify_sealed(other.as_bytes())[1] == []
    assert verify_sealed(other.as_bytes(), vault.head())[1] != []


def test_a_line_forged_without_the_key_has_a_right_digest_and_does_not_open() -> None:
    line = verify_sealed(open_vault(people=1).as_bytes())[0][1]
    forged = SealedLine(line.seq, line.nonce, line.sealed[:-1] + bytes([line.sealed[-1] ^ 1]), line.previous)
    assert decode_line(forged.encode()) == forged
    with pytest.raises(SealBroken, match="sealed entry 2 does not open with this key"):
        unseal_line(forged, VaultKey(SECRET))


def test_a_line_moved_to_another_place_does_not_open() -> None:
    lines = verify_sealed(open_vault(people=2).as_bytes())[0]
    for moved in (
        SealedLine(2, lines[2].nonce, lines[2].sealed, lines[2].previous),
        SealedLine(3, lines[2].nonce, lines[2].sealed, lines[1].previous),
    ):
        with pytest.raises(SealBroken):
            unseal_line(moved, VaultKey(SECRET))


@pytest.mark.parametrize(
    "text",
    [b"", b"null", b"[]", b"{}", b"\xff", b'{"seq":"x","nonce":"","sealed":"","previous":""}', b"[" * 50_000,
     b'{"nonce":"00","previous":"","sealed":"AA==","seq":1,"digest":"x"}'],
)  # fmt: skip
def test_what_is_no_line_is_a_broken_seal_and_never_a_traceback(text: bytes) -> None:
    with pytest.raises(SealBroken):
        decode_line(text)


def test_a_nonce_of_another_length_is_a_broken_seal() -> None:
    line = SealedLine(1, b"1234", b"x" * 40, Head().digest)
    with pytest.raises(SealBroken, match="sealed entry 1 was altered"):
        decode_line(line.encode())


def test_all_lines_are_of_one_length_whatever_they_hold() -> None:
    vault = open_vault(people=4)
    vault.write(
        WRITER, ArmRead(participant=None, warrant="W" * 200, by="x"), ArmRead(participant="P1", warrant="W", by="y")
    )
    assert len({len(line) for line in vault.as_bytes().splitlines()}) == 1
    assert len(vault.as_bytes().splitlines()) == 7


def test_what_does_not_fit_its_envelope_is_refused_without_a_hint() -> None:
    vault = open_vault()
    with pytest.raises(SealBroken) as raised:
        vault.write(WRITER, ArmRead(participant="P1", warrant=ARMS[0] * 600, by="x"))
    assert_no_hint(str(raised.value), "".join(traceback.format_exception(raised.value)))
    assert vault.head().seq == 1


# --- The key --------------------------------------------------------------------------------------------------------


def test_another_key_opens_nothing_and_tells_nothing(tmp_path: Path) -> None:
    open_vault(tmp_path / "vault", people=3)
    with pytest.raises(SealBroken, match="sealed entry 1 does not open with this key") as raised:
        Vault(VaultKey(bytes(32)), tmp_path / "vault")
    assert_no_hint(str(raised.value), "".join(traceback.format_exception(raised.value)))
    with_locals = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
    assert_no_hint("".join(with_locals.format()))


def test_a_key_is_kept_in_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    key = VaultKey.generate()
    key.save(tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    open_vault(tmp_path / "vault", seed=bytes.fromhex((tmp_path / "key").read_text().strip()))
    assert Vault(VaultKey.load(tmp_path / "key"), tmp_path / "vault").opening() == opened()
    with pytest.raises(FileExistsError):
        key.save(tmp_path / "key")


@pytest.mark.parametrize("content", [b"", b"00", b"zz" * 32, b"\xff" * 64, b"00" * 33])
def test_a_file_that_is_no_key_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(SealBroken, match="vault key"):
        VaultKey.load(tmp_path / "key")
    with pytest.raises(SealBroken, match="vault key"):
        VaultKey.load(tmp_path / "no such file")


def test_nothing_that_holds_an_arm_or_a_key_prints_it() -> None:
    vault = open_vault(people=4)
    assigned = vault.assignments()[0]
    line = verify_sealed(vault.as_bytes())[0][1]
    dataset = BlindedDataset("breeze", "sha256:0", True, ("P1",), (), (), {})
    slot = Slot(1, "P1", assigned.arm)
    scheme = Scheme.of(("x", "y"), (1, 1), "permuted_blocks", {"block": 4})
    things: tuple[object, ...] = (
        VaultKey(SECRET), vault, assigned, opened(), line, unseal_line(line, VaultKey(SECRET)), slot,
        draw_arm(vault.scheme(), (), bytes.fromhex(SEED), 0), vault.assignments(), WRITER,
        UnblindedDataset(dataset, scheme, (slot,), {}, {}),
    )  # fmt: skip
    for thing in things:
        shown = (repr(thing), str(thing), f"{thing}", pprint.pformat(thing), pretty_repr(thing), ascii(thing))
        assert_no_hint(*shown)


# --- Slots ----------------------------------------------------------------------------------------------------------


def test_the_same_participant_gets_the_same_preparation_for_ever() -> None:
    vault = open_vault()
    allocator = VaultAllocator(vault, lambda: WRITER)
    first = allocator.allocate("P1", "R1")
    assert (first, allocator.allocate("P2", "R2")) == ("PREP-001", "PREP-002")
    for request in ("R1", "R2", "another"):
        assert allocator.allocate("P1", request) == first
    assert [(assigned.slot, assigned.participant) for assigned in vault.assignments()] == [(1, "P1"), (2, "P2")]


def test_a_crash_between_the_vault_and_the_open_strand_is_completed_on_retry(tmp_path: Path) -> None:
    vault = open_vault(tmp_path / "vault", people=2)
    lost = VaultAllocator(vault, lambda: WRITER).allocate("P3", "R3")
    again = Vault(VaultKey(SECRET), tmp_path / "vault")
    assert VaultAllocator(again, lambda: WRITER).allocate("P3", "R3") == lost == "PREP-003"
    assert len(again.assignments()) == 3
    assert again.head() == vault.head()


def test_a_vault_opened_again_goes_on_where_it_stopped(tmp_path: Path) -> None:
    open_vault(tmp_path / "vault", people=3)
    again = Vault(VaultKey(SECRET), tmp_path / "vault")
    VaultAllocator(again, lambda: WRITER).allocate("P4", "R4")
    assert again.assignments() == open_vault(people=4).assignments()
    assert sorted(assigned.arm for assigned in again.assignments()) == ["cells", "cells", "imitation", "imitation"]
    assert verify_sealed((tmp_path / "vault").read_bytes(), again.head())[1] == []


def assign(slot: int, participant: str, arm: str = "cells") -> ArmAssigned:
    return ArmAssigned(
        participant=participant, request="R", slot=slot, arm=arm, drawn="0", preparation=f"PREP-{slot:03d}"
    )


@pytest.mark.parametrize(
    "events",
    [(assign(1, "P9"),), (assign(3, "P1"),), (assign(3, "P8"), assign(3, "P9")), (assign(3, "P9"), assign(4, "P9"))],
)
def test_a_slot_and_a_participant_are_used_once(events: tuple[SealedEvent, ...]) -> None:
    vault = open_vault(people=2)
    with pytest.raises(SealBroken, match="was used already") as raised:
        vault.write(WRITER, *events)
    assert_no_hint(str(raised.value))
    assert vault.head().seq == 3


def test_a_vault_is_opened_once() -> None:
    with pytest.raises(SealBroken, match="opened already"):
        open_vault().write(WRITER, opened())


def test_a_vault_that_was_never_opened_allocates_nothing() -> None:
    with pytest.raises(SealBroken, match="never opened"):
        VaultAllocator(Vault(VaultKey(SECRET)), lambda: WRITER).allocate("P1", "R1")


def test_two_allocators_at_one_vault_do_not_use_one_slot_twice(tmp_path: Path) -> None:
    one = open_vault(tmp_path / "vault")
    other = Vault(VaultKey(SECRET), tmp_path / "vault")
    VaultAllocator(one, lambda: WRITER).allocate("P1", "R1")
    with pytest.raises(VaultMoved, match="somebody else wrote into the sealed strand"):
        VaultAllocator(other, lambda: WRITER).take_next("P2", "R2", {})
    assert other.assignments() == ()
    assert VaultAllocator(other, lambda: WRITER).allocate("P2", "R2") == "PREP-002"
    assert [one.participant for one in other.assignments()] == ["P1", "P2"]
    assert Vault(VaultKey(SECRET), tmp_path / "vault").as_bytes() == other.as_bytes()


def test_a_vault_that_looks_again_opens_only_what_is_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, opened_lines = open_vault(tmp_path / "vault", people=5), list[int]()
    other = Vault(VaultKey(SECRET), tmp_path / "vault")
    VaultAllocator(one, lambda: WRITER).allocate("P6", "R6")

    def count(line: SealedLine, key: VaultKey) -> SealedEntry:
        opened_lines.append(line.seq)
        return unseal_line(line, key)

    monkeypatch.setattr("armlet.allocation.sealed_strand.unseal_line", count)
    other.look_again()
    other.look_again()
    assert opened_lines == [7]
    assert other.head() == one.head()


def test_a_vault_that_is_another_one_than_before_is_broken_when_it_looks_again(tmp_path: Path) -> None:
    vault = open_vault(tmp_path / "vault", people=2)
    older = b"".join((tmp_path / "vault").read_bytes().splitlines(keepends=True)[:2])
    (tmp_path / "vault").write_bytes(older)
    with pytest.raises(SealBroken, match="sealed entry 3 is no longer the one that was read here before"):
        vault.look_again()


def test_what_is_added_is_written_whatever_others_wrote_since(tmp_path: Path) -> None:
    one = open_vault(tmp_path / "vault", people=1)
    other = Vault(VaultKey(SECRET), tmp_path / "vault")
    VaultAllocator(one, lambda: WRITER).allocate("P2", "R2")
    other.add(WRITER, ArmRead(participant="P1", warrant="W", by="Ada"))
    assert other.head().seq == 4
    with pytest.raises(VaultMoved):
        one.write(WRITER, ArmRead(participant="P1", warrant="W", by="Ada"))


def test_every_draw_can_be_replayed_and_a_wrong_one_is_named() -> None:
    vault = open_vault(people=8)
    assert replay_draws(vault) == []
    third = vault.assignments()[2]
    tampered = Vault(VaultKey(SECRET))
    swapped = third.model_copy(update={"drawn": "0" * 64})
    tampered.write(WRITER, opened(), *vault.assignments()[:2], swapped, *vault.assignments()[3:])
    assert replay_draws(tampered) == [3]


def test_an_arm_that_was_not_drawn_is_named_by_its_slot() -> None:
    vault = open_vault(people=2)
    first, second = vault.assignments()
    assert first.arm != second.arm or first.arm in ARMS
    other_arm = next(arm for arm in ARMS if arm != second.arm)
    tampered = Vault(VaultKey(SECRET))
    tampered.write(WRITER, opened(), first, second.model_copy(update={"arm": other_arm}))
    assert replay_draws(tampered) == [2]


# --- The file -------------------------------------------------------------------------------------------------------


def test_a_line_cut_off_by_a_crash_is_set_aside_and_said(tmp_path: Path) -> None:
    data = open_vault(tmp_path / "vault", people=2).as_bytes()
    whole = len(b"".join(data.splitlines(keepends=True)[:2]))
    for size in range(whole + 1, len(data), 97):
        (tmp_path / "vault").write_bytes(data[:size])
        vault = Vault(VaultKey(SECRET), tmp_path / "vault")
        assert "recovered to entry 2" in vault.recovered
        assert (tmp_path / "vault").read_bytes() == data[:whole]
        assert (tmp_path / f"vault.cut-{size}").read_bytes() == data[whole:size]
        VaultAllocator(vault, lambda: WRITER).allocate("P2", "R2")
        assert vault.assignments() == open_vault(people=2).assignments()


def test_an_altered_line_end_is_no_crash(tmp_path: Path) -> None:
    data = open_vault(tmp_path / "vault", people=1).as_bytes()
    (tmp_path / "vault").write_bytes(data[:-1] + b"\x0b")
    with pytest.raises(SealBroken):
        Vault(VaultKey(SECRET), tmp_path / "vault")


def test_an_altered_vault_does_not_open(tmp_path: Path) -> None:
    data = open_vault(tmp_path / "vault", people=1).as_bytes()
    (tmp_path / "vault").write_bytes(data.replace(b'"seq":2', b'"seq":3'))
    with pytest.raises(SealBroken, match="sealed entry 2 was altered"):
        Vault(VaultKey(SECRET), tmp_path / "vault")


def test_what_a_sealed_entry_holds_is_read_back(tmp_path: Path) -> None:
    """A reading of all has no participant: it must open again like any other entry."""
    vault = open_vault(tmp_path / "vault", people=1)
    vault.write(WRITER, ArmRead(participant=None, warrant="W1", by="Cy"))
    again = Vault(VaultKey(SECRET), tmp_path / "vault")
    assert list(again.events(ArmRead)) == [ArmRead(participant=None, warrant="W1", by="Cy")]
    entry = SealedEntry(seq=1, recorded=MOMENT, actor="x", event=assign(1, "P1"))
    assert unseal_line(seal(entry, VaultKey(SECRET), bytes(12), "y"), VaultKey(SECRET)) == entry
