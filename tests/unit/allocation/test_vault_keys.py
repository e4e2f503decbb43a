"""Rotation: the newest key opens everything, an older one nothing that came after it, and the words say which is which."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.allocation.allocator import VaultAllocator
from armlet.allocation.sealed_strand import SealedLine, VaultKey, unseal_all, unseal_line, verify_sealed
from armlet.allocation.vault import Vault, Writer, replay_draws
from armlet.errors import SealBroken
from armlet.ledger.sealed import ArmRead, KeyRotated, VaultOpened

WRITER = Writer("the statistician", datetime(2021, 3, 1, 9, tzinfo=UTC))
KEYS = tuple(VaultKey(bytes([number]) * 32) for number in (1, 2, 3, 4))


def opened(path: Path | None = None) -> Vault:
    vault = Vault(KEYS[0], path)
    event = VaultOpened(
        trial="breeze", arms=("cells", "imitation"), ratio=(1, 1), method="permuted_blocks", settings={"block": 4},
        seed="5e" * 32, simulated=True,
    )  # fmt: skip
    vault.write(WRITER, event)
    return vault


def allocate(vault: Vault, *people: str) -> list[str]:
    allocator = VaultAllocator(vault, lambda: WRITER)
    return [allocator.allocate(one, f"R-{one}") for one in people]


@pytest.fixture
def strand(tmp_path: Path) -> Path:
    """A strand of three generations, somebody allocated in each."""
    path = tmp_path / "sealed.jsonl"
    vault = opened(path)
    allocate(vault, "P1")
    for key, who in zip(KEYS[1:3], ("P2", "P3"), strict=True):
        vault.rotate(WRITER, key)
        allocate(vault, who)
    return path


def test_the_newest_key_opens_every_generation_and_the_chain_is_whole(strand: Path) -> None:
    vault = Vault(KEYS[2], strand)

    assert verify_sealed(strand.read_bytes())[1] == []
    assert vault.generation == 3
    assert [one.participant for one in vault.assignments()] == ["P1", "P2", "P3"]
    assert [one.generation for one in vault.events(KeyRotated)] == [2, 3]
    assert replay_draws(vault) == []
    assert allocate(vault, "P4") == ["PREP-004"]
    assert len(Vault(KEYS[2], strand).assignments()) == 4


def test_all_lines_keep_one_size_whether_they_hold_a_key_or_not(strand: Path) -> None:
    lines, _ = verify_sealed(strand.read_bytes())

    assert {len(line.sealed) for line in lines} == {2048 + 16}


@pytest.mark.parametrize("number", [0, 1])
def test_an_older_key_opens_no_vault_and_none_of_what_came_after_it(strand: Path, number: int) -> None:
    with pytest.raises(SealBroken, match="an older key of this vault, from before a rotation"):
        Vault(KEYS[number], strand)
    lines, _ = verify_sealed(strand.read_bytes())
    opens = [_opens(line, KEYS[number]) for line in lines]
    assert opens == [[True, True, False, False, False, False], [False, False, True, True, False, False]][number]


def _opens(line: SealedLine, key: VaultKey) -> bool:
    try:
        unseal_line(line, key)
    except SealBroken:
        return False
    return True


def test_a_key_of_another_vault_is_told_apart_from_an_older_one(strand: Path) -> None:
    with pytest.raises(SealBroken, match="it is no key of this strand"):
        Vault(KEYS[3], strand)


def test_whoever_reads_on_with_a_key_that_was_rotated_meanwhile_is_told_so(strand: Path) -> None:
    lines, _ = verify_sealed(strand.read_bytes())

    assert [entry.seq for entry in unseal_all(lines[:2], KEYS[0])] == [1, 2]
    assert [entry.seq for entry in unseal_all(lines[2:4], KEYS[1], lines[:2])] == [3, 4]
    with pytest.raises(SealBroken, match="an older key of this vault, from before a rotation"):
        unseal_all(lines[2:], KEYS[0], lines[:2])


def test_a_missing_generation_is_said(tmp_path: Path) -> None:
    """Somebody sealed a rotation that names a key which is not the one before."""
    path = tmp_path / "sealed.jsonl"
    vault = opened(path)
    vault._key = KEYS[3]
    vault.rotate(WRITER, KEYS[1])

    with pytest.raises(
        SealBroken, match=r"entry 1 does not open with the key that the rotation in entry 2 holds: .* missing"
    ):
        Vault(KEYS[1], path)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_no_key_is_used_again(strand: Path, number: int) -> None:
    vault = Vault(KEYS[2], strand)
    before = strand.read_bytes()

    with pytest.raises(SealBroken, match="the vault's key already, or was once"):
        vault.rotate(WRITER, KEYS[number])
    assert strand.read_bytes() == before


def test_a_rotation_is_never_written_as_an_ordinary_entry() -> None:
    vault = opened()

    with pytest.raises(SealBroken, match="rotated on its own"):
        vault.write(WRITER, KeyRotated(generation=2, previous="00" * 32))


def test_an_allocator_that_still_has_the_old_key_can_write_nothing_more(strand: Path) -> None:
    behind, ahead = Vault(KEYS[2], strand), Vault(KEYS[2], strand)
    ahead.rotate(WRITER, KEYS[3])
    before = strand.read_bytes()

    with pytest.raises(SealBroken, match=r"open the vault again|an older key of this vault"):
        allocate(behind, "P4")
    assert strand.read_bytes() == before


def test_neither_a_key_nor_its_rotation_prints_itself(strand: Path) -> None:
    (first, _) = Vault(KEYS[2], strand).events(KeyRotated)

    for text in (repr(first), str(first), f"{first}", repr(KEYS[0]), repr(Vault(KEYS[2], strand))):
        assert "01" * 4 not in text
    assert first.previous == "01" * 32


def test_an_altered_entry_of_an_older_generation_is_found(strand: Path) -> None:
    """Its chain is made anew, as only somebody without the key would have to."""
    lines, _ = verify_sealed(strand.read_bytes())
    vault = Vault(KEYS[2], strand)
    vault.write(WRITER, ArmRead(participant="P1", warrant="W1", by="Cy"))
    from dataclasses import replace

    spoiled = [replace(lines[0], sealed=lines[0].sealed[::-1])]
    for line in lines[1:]:
        spoiled.append(replace(line, previous=spoiled[-1].digest))
    strand.write_bytes(b"".join(line.encode() + b"\n" for line in spoiled))

    with pytest.raises(SealBroken, match="does not open with this key"):
        Vault(KEYS[2], strand)


@given(st.lists(st.sampled_from(["allocate", "rotate", "open again"]), max_size=12))
@settings(max_examples=25, deadline=None)
def test_however_rotations_and_allocations_follow_the_newest_key_opens_all_and_no_other_does(deeds: list[str]) -> None:
    with TemporaryDirectory() as folder:
        path, keys, people = Path(folder) / "sealed.jsonl", [KEYS[0]], 0
        vault = opened(path)
        for deed in deeds:
            if deed == "allocate":
                people += 1
                assert allocate(vault, f"P{people}") == [f"PREP-{people:03d}"]
            elif deed == "rotate":
                keys.append(VaultKey.generate())
                vault.rotate(WRITER, keys[-1])
            else:
                vault = Vault(keys[-1], path)
        again = Vault(keys[-1], path)
        assert (again.generation, again.last_slot(), replay_draws(again)) == (len(keys), people, [])
        assert again.as_bytes() == path.read_bytes() == vault.as_bytes()
        for key in keys[:-1]:
            with pytest.raises(SealBroken, match="an older key of this vault"):
                Vault(key, path)
