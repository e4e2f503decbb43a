"""Keys on the command line: rotated, split, joined, and used in shares; no secret is in words, arguments or prints."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from armlet.allocation.sealed_strand import VaultKey
from armlet.allocation.vault import Vault
from tests.unit.cli.sealed_trial import allocate, key_of, request, seal


@pytest.fixture
def sealed(armlet: Any, tmp_path: Path) -> Path:
    """The trial with one person allocated and one who asked."""
    folder = tmp_path / "trial"
    seal(armlet, folder)
    request(folder, "P1", "P2")
    allocate(folder, "P1")
    return folder


def rotate(folder: Path, *more: object) -> tuple[object, ...]:
    keys = ("--key", key_of(folder), "--new-key", folder.parent / "keys" / "new.hex")
    return ("vault", "rotate", "--strand", folder / "sealed.jsonl", *keys, "--by", "Ruth", *more)


def split(armlet: Any, folder: Path, threshold: int = 2, shares: int = 3) -> list[Path]:
    out = folder.parent / "shares"
    called = armlet(
        "vault", "split", "--key", key_of(folder), "--threshold", threshold, "--shares", shares, "--out", out
    )
    assert called.code == 0, called.err
    return [out / f"share-{number}-of-{shares}.txt" for number in range(1, shares + 1)]


def with_shares(*paths: Path) -> list[object]:
    return [word for path in paths for word in ("--share", path)]


# --- Rotation -------------------------------------------------------------------------------------------------------


def test_after_a_rotation_the_new_key_opens_everything_and_the_old_one_nothing(armlet: Any, sealed: Path) -> None:
    called = armlet(*rotate(sealed, "--json"))
    new = sealed.parent / "keys" / "new.hex"
    strand = ("--strand", sealed / "sealed.jsonl")

    assert called.code == 0, called.err
    document = called.document()
    assert (document["generation"], document["sealed_head"]["seq"]) == (2, 4)
    assert new.stat().st_mode & 0o077 == 0
    old = armlet("vault", "status", *strand, "--key", key_of(sealed))
    assert (old.code, "an older key of this vault, from before a rotation" in old.err) == (4, True)
    assert armlet("vault", "status", *strand, "--key", new, "--people", 12).out == "1 slots used, 11 left of 12.\n"
    assert allocate(sealed, "P2", key=new) == ["PREP-002"]


def test_no_word_of_a_rotation_holds_a_key(armlet: Any, sealed: Path) -> None:
    old = key_of(sealed).read_text().strip()

    called = armlet(*rotate(sealed))

    new = (sealed.parent / "keys" / "new.hex").read_text().strip()
    assert old not in called.out + called.err + (sealed / "sealed.jsonl").read_text()
    assert new not in called.out + called.err + (sealed / "sealed.jsonl").read_text()


def test_the_new_key_does_not_lie_beside_the_strand_and_replaces_nothing(armlet: Any, sealed: Path) -> None:
    before = (sealed / "sealed.jsonl").read_bytes()
    beside = armlet("vault", "rotate", "--strand", sealed / "sealed.jsonl", "--key", key_of(sealed), "--new-key",
                    sealed / "new.hex", "--by", "Ruth")  # fmt: skip
    (sealed.parent / "keys" / "new.hex").write_text("something")
    there = armlet(*rotate(sealed))

    assert (beside.code, "vault/key-beside" in beside.err) == (1, True)
    assert (there.code, "vault/exists" in there.err) == (1, True)
    assert (sealed / "sealed.jsonl").read_bytes() == before
    assert not (sealed / "new.hex").exists()


def test_whoever_rotates_twice_with_the_same_words_is_told_that_it_was_done(armlet: Any, sealed: Path) -> None:
    first, second = armlet(*rotate(sealed, "--json")), armlet(*rotate(sealed, "--json"))

    assert (second.code, second.document()) == (0, first.document())


def test_a_wrong_key_rotates_nothing_and_makes_no_file(armlet: Any, sealed: Path) -> None:
    other = sealed.parent / "keys" / "other.hex"
    VaultKey.generate().save(other)

    called = armlet("vault", "rotate", "--strand", sealed / "sealed.jsonl", "--key", other, "--new-key",
                    sealed.parent / "keys" / "new.hex", "--by", "Ruth")  # fmt: skip

    assert (called.code, "no key of this strand" in called.err) == (4, True)
    assert not (sealed.parent / "keys" / "new.hex").exists()


# --- Shares ---------------------------------------------------------------------------------------------------------


def test_shares_are_for_their_owners_alone_and_say_which_they_are(armlet: Any, sealed: Path) -> None:
    paths = split(armlet, sealed)

    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}
    text = paths[1].read_text()
    assert text.startswith("# Share 2 of 3 of the key of an Armlet vault (SLIP-39, ")
    assert "# Any 2 of them open it." in text
    assert len(" ".join(line for line in text.splitlines() if not line.startswith("#")).split()) == 33
    assert key_of(sealed).read_text().strip() not in "".join(path.read_text() for path in paths)


def test_any_two_of_three_open_the_vault_for_every_deed_and_no_key_is_written(armlet: Any, sealed: Path) -> None:
    paths = split(armlet, sealed)
    key = key_of(sealed).read_text()
    key_of(sealed).unlink()
    strand = ("--strand", sealed / "sealed.jsonl")
    keys = sealed.parent / "keys"

    status = armlet("vault", "status", *strand, *with_shares(paths[0], paths[2]), "--people", 12)
    entered = armlet("vault", "enter", sealed, "--ledger", sealed / "open.jsonl", *strand, "--sheet", 2,
                     "--participant", "P2", "--by", "Ada", *with_shares(paths[1], paths[2]))  # fmt: skip
    sheets = armlet("vault", "sheets", *strand, *with_shares(*paths), "--people", 12, "--out", keys / "sheets.html")

    assert (status.code, status.out) == (0, "1 slots used, 11 left of 12.\n")
    assert (entered.code, entered.out) == (0, "Sheet 2 is entered: P2 has PREP-002.\n")
    assert (sheets.code, sheets.out[:9]) == (0, "10 sheets")
    assert [path.name for path in keys.iterdir()] == ["sheets.html"]
    rotated = armlet("vault", "rotate", *strand, *with_shares(*paths[:2]), "--new-key", keys / "new.hex", "--by", "R")
    assert rotated.code == 0, rotated.err
    after = armlet("vault", "status", *strand, *with_shares(*paths[:2]))
    assert (after.code, "older key" in after.err) == (4, True), "shares of the old key open nothing any more"
    assert key not in (keys / "new.hex").read_text()


def test_the_draws_are_proven_with_shares_as_with_the_key(armlet: Any, sealed: Path, tmp_path: Path) -> None:
    paths = split(armlet, sealed)
    life = tmp_path / "life"
    for source, place in (("open.jsonl", "ledger"), ("sealed.jsonl", "vault")):
        (life / place).mkdir(parents=True)
        shutil.copy(sealed / source, life / place / source)
        head = armlet("verify", life / place / source, "--json").document()["head"]
        (life / place / "head.json").write_text(f"{head['seq']} {head['digest']}\n")
    shutil.copy(sealed / "protocol.yaml", life)
    (life / "ledger/head.json").write_text(_as_json(armlet, life / "ledger/open.jsonl"))

    called = armlet("verify", life, *with_shares(*paths[:2]))
    few = armlet("verify", life, *with_shares(paths[0]))

    assert called.code == 0, called.out + called.err
    assert "opened with the key; every draw was made again" in called.out
    assert (few.code, "2 different shares open the vault; got 1" in few.err) == (1, True)


def _as_json(armlet: Any, strand: Path) -> str:
    import json

    return json.dumps(armlet("verify", strand, "--json").document()["head"])


def test_a_key_that_is_joined_again_is_the_key(armlet: Any, sealed: Path) -> None:
    paths = split(armlet, sealed, 3, 5)
    again = sealed.parent / "keys" / "again.hex"

    called = armlet("vault", "join", paths[4], paths[0], paths[2], "--key", again)
    twice = armlet("vault", "join", *paths, "--key", again)

    assert called.code == 0, called.err
    assert again.read_text() == key_of(sealed).read_text()
    assert again.stat().st_mode & 0o077 == 0
    assert again.read_text().strip() not in called.out + called.err
    assert (twice.code, "vault/exists" in twice.err) == (1, True)
    assert Vault(VaultKey.load(again), sealed / "sealed.jsonl").last_slot() == 1


def test_every_share_that_cannot_be_used_is_named_and_no_key_is_made(armlet: Any, sealed: Path) -> None:
    paths = split(armlet, sealed)
    words = paths[0].read_text().splitlines()[-1].split()
    spoiled = paths[0].read_text().replace(words[-3], "academic" if words[-3] != "academic" else "acid")
    paths[0].write_text(spoiled)
    target = sealed.parent / "keys" / "again.hex"

    called = armlet("vault", "join", paths[0], sealed.parent / "none.txt", paths[1], "--key", target)

    assert called.code == 1
    assert re.search(r"share-1-of-3.txt vault/share-damaged: the words are of the list, and their checksum", called.err)
    assert "none.txt vault/unreadable" in called.err
    assert words[-3] not in called.err
    assert not target.exists()


def test_splitting_overwrites_nothing_and_leaves_nothing_half_done(armlet: Any, sealed: Path) -> None:
    out = sealed.parent / "shares"
    out.mkdir()
    (out / "share-2-of-3.txt").write_text("mine")

    called = armlet("vault", "split", "--key", key_of(sealed), "--threshold", 2, "--shares", 3, "--out", out)

    assert (called.code, "vault/exists" in called.err) == (1, True)
    assert [path.name for path in out.iterdir()] == ["share-2-of-3.txt"]


@pytest.mark.parametrize("both", [True, False])
def test_either_a_key_or_shares_are_named(armlet: Any, sealed: Path, both: bool) -> None:
    words = ["--key", key_of(sealed), *with_shares(key_of(sealed))] if both else []

    called = armlet("vault", "status", "--strand", sealed / "sealed.jsonl", *words)

    assert (called.code, "give --key FILE, or --share FILE for each share" in called.err) == (2, True)
