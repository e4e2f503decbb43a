"""`armlet anchor` and `armlet verify --anchor`: each attack on a strand that keeps its chain whole, and what finds it."""

from __future__ import annotations

import hashlib
import json
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from armlet.ledger.anchor import Anchor, read_anchor, sign_head

Call = Callable[..., Any]
OPEN, HEAD = "ledger/open.jsonl", "ledger/head.json"
SEED = bytes(range(32))


def canonical(plain: object) -> bytes:
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def rechained(lines: list[bytes], change: Callable[[list[dict[str, Any]]], object]) -> bytes:
    """The strand with something changed and every digest after it computed anew, as a forger would."""
    entries = [json.loads(line) for line in lines]
    change(entries)
    previous, out = "sha256:" + "0" * 64, b""
    for number, entry in enumerate(entries, start=1):
        entry.pop("digest", None)
        entry |= {"seq": number, "previous": previous}
        previous = "sha256:" + hashlib.sha256(canonical(entry)).hexdigest()
        out += canonical({**entry, "digest": previous}) + b"\n"
    return out


def suspended(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry like the one given, in which something else happened."""
    event = {
        "kind": "recruitment suspended",
        "version": 1,
        "because": "product or manufacturing",
        "why": "A culture grew.",
    }
    return {**entry, "event": event}


@pytest.fixture
def keys(armlet: Call, tmp_path: Path) -> Path:
    assert armlet("anchor", "--new-key", tmp_path / "keys").code == 0
    return tmp_path / "keys"


@pytest.fixture
def anchored(armlet: Call, life: Path, keys: Path, tmp_path: Path) -> Path:
    """The folder of a trial with a strand of five entries, whose head was signed: the anchor lies in ``anchor.json``."""
    lines = (life / OPEN).read_bytes().splitlines()
    grown = rechained(lines, lambda entries: entries.extend([suspended(entries[2])] * 2))
    (life / OPEN).write_bytes(grown)
    write_head(life)
    assert armlet("anchor", life, "--key", keys / "anchor-key.pem", "--out", tmp_path / "anchor.json").code == 0
    return life


def write_head(folder: Path) -> None:
    """The head beside the strand, made to fit: whoever can write the one can write the other."""
    last = json.loads((folder / OPEN).read_bytes().splitlines()[-1])
    (folder / HEAD).write_text(json.dumps({"seq": last["seq"], "digest": last["digest"]}))


def cut_tail(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines[:4])


def replay_backup(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines[:3])


def fork(lines: list[bytes]) -> bytes:
    """The same beginning, another end, as long as the true one."""
    return rechained(lines, lambda entries: entries.__setitem__(4, {**entries[4], "actor": "Eve"}))


def fork_and_outgrow(lines: list[bytes]) -> bytes:
    return rechained(
        lines, lambda entries: entries.__setitem__(slice(3, 5), [{**entries[3], "actor": "Eve"}] * 4)
    )  # fmt: skip


def rewrite_from_the_start(lines: list[bytes]) -> bytes:
    return rechained(lines, lambda entries: entries[0].update(actor="Eve"))


def take_one_out(lines: list[bytes]) -> bytes:
    return rechained(lines, lambda entries: entries.pop(3))


def put_one_in(lines: list[bytes]) -> bytes:
    return rechained(lines, lambda entries: entries.insert(3, {**suspended(entries[2]), "actor": "Eve"}))


ATTACKS = {
    "the tail was cut": (cut_tail, "the tail was cut: the published head is entry 5, the last one here is 4"),
    "an older copy was put back": (replay_backup, "the tail was cut: the published head is entry 5, the last one here is 3"),
    "history was forked": (fork, "history was rewritten: entry 5 is not the one whose digest was published"),
    "history was forked and goes on": (fork_and_outgrow, "history was rewritten: entry 5 is not the one"),
    "all of history was written anew": (rewrite_from_the_start, "history was rewritten: entry 5 is not the one"),
    "an entry was taken out": (take_one_out, "the tail was cut: the published head is entry 5, the last one here is 4"),
    "an entry was put in": (put_one_in, "history was rewritten: entry 5 is not the one whose digest was published"),
}  # fmt: skip


@pytest.mark.parametrize("what", ATTACKS)
def test_an_attack_that_keeps_the_chain_whole_is_found_by_the_anchor_and_only_by_it(
    armlet: Call, anchored: Path, keys: Path, tmp_path: Path, what: str
) -> None:
    attack, said = ATTACKS[what]
    forged = attack((anchored / OPEN).read_bytes().splitlines())
    assert forged != (anchored / OPEN).read_bytes()
    (anchored / OPEN).write_bytes(forged)
    write_head(anchored)
    assert armlet("verify", anchored).code == 0, "the chain alone must not show it"
    for path in (anchored, anchored / OPEN):
        against = ("--anchor", tmp_path / "anchor.json", "--public-key", keys / "anchor-key.public.pem")
        called = armlet("verify", path, *against)
        assert called.code == 4
        assert said in called.out


def test_a_strand_that_only_grew_is_whole_against_every_anchor_it_has(
    armlet: Call, anchored: Path, keys: Path, tmp_path: Path
) -> None:
    lines = (anchored / OPEN).read_bytes().splitlines()
    (anchored / OPEN).write_bytes(rechained(lines, lambda entries: entries.append(suspended(entries[3]))))
    write_head(anchored)
    private, later = keys / "anchor-key.pem", tmp_path / "later.json"
    assert armlet("anchor", anchored, "--key", private, "--out", later).code == 0
    both = ("--anchor", tmp_path / "anchor.json", "--anchor", later)
    called = armlet("verify", anchored, *both, "--public-key", keys / "anchor-key.public.pem")
    assert called.code == 0
    assert "(held against the head of entry 6, signed by the key that was given)" in called.out
    unsure = armlet("verify", anchored, *both)
    assert unsure.code == 0
    assert "signed by whomever: give --public-key to be certain by whom" in unsure.out
    assert armlet("verify", anchored / OPEN, *both, "--json").document()["strands"][0]["caveat"] != ""


def forge(anchor: Anchor, **changes: object) -> Anchor:
    return anchor.model_copy(update=changes)


def test_a_forged_anchor_is_found(armlet: Call, anchored: Path, keys: Path, tmp_path: Path) -> None:
    """The strand is cut, and the anchor is made to fit it: by editing it, by another key, by another trial's anchor."""
    true = read_anchor((tmp_path / "anchor.json").read_bytes())
    (anchored / OPEN).write_bytes(cut_tail((anchored / OPEN).read_bytes().splitlines()))
    write_head(anchored)
    last = json.loads((anchored / HEAD).read_text())
    fitting = {"entries": 4, "head": last["digest"]}
    eve = Ed25519PrivateKey.from_private_bytes(SEED)
    head = forge(true, **fitting).published
    forgeries = {
        "the anchor of entry 4 was altered: its signature does not fit": forge(true, **fitting),
        "the anchor of entry 5 was altered: its signature does not fit": forge(true, signature=""),
        "the anchor of entry 4 was signed by another key than the one that was given": sign_head(
            eve, "breeze", head, true.at
        ),
    }
    for said, forged in forgeries.items():
        (tmp_path / "forged.json").write_bytes(forged.canonical())
        public = ("--public-key", keys / "anchor-key.public.pem")
        called = armlet("verify", anchored, "--anchor", tmp_path / "forged.json", *public)
        assert called.code == 4
        assert said in called.out
    (tmp_path / "other.json").write_bytes(sign_head(eve, "storm", head, true.at).canonical())
    called = armlet("verify", anchored, "--anchor", tmp_path / "other.json")
    assert called.code == 4
    assert "the anchor of entry 4 is of the trial storm, the strand of breeze" in called.out


def test_every_field_of_an_anchor_is_signed(anchored: Path, tmp_path: Path) -> None:
    true = read_anchor((tmp_path / "anchor.json").read_bytes())
    assert true.has_valid_signature()
    other = Ed25519PrivateKey.from_private_bytes(SEED)
    changed = sign_head(other, "storm", true.published, true.at.replace(year=2001))
    for name in ("trial", "entries", "head", "at", "key", "signature"):
        value = {"entries": 4, "head": "sha256:" + "1" * 64}.get(name, getattr(changed, name))
        assert not forge(true, **{name: value}).has_valid_signature(), name


def test_a_signature_is_that_of_the_standard_and_another_program_can_check_it(
    anchored: Path, keys: Path, tmp_path: Path
) -> None:
    """What is signed is `armlet/anchor/1/` and the canonical JSON of the rest; openssl agrees where it is installed."""
    plain = json.loads((tmp_path / "anchor.json").read_bytes())
    (tmp_path / "signature").write_bytes(bytes.fromhex(plain.pop("signature")))
    (tmp_path / "signed").write_bytes(b"armlet/anchor/1/" + canonical(plain))
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(keys / "anchor-key.public.pem"), "-rawin"]
    try:
        done = subprocess.run(
            [*command, "-in", str(tmp_path / "signed"), "-sigfile", str(tmp_path / "signature")],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    assert "Signature Verified Successfully" in done.stdout, done.stderr


def test_only_its_owner_may_read_the_private_key_and_nothing_is_replaced(armlet: Call, keys: Path, life: Path) -> None:
    assert stat.S_IMODE((keys / "anchor-key.pem").stat().st_mode) == 0o600
    before = {path: path.read_bytes() for path in keys.iterdir()}
    called = armlet("anchor", "--new-key", keys)
    assert (called.code, "the file is there already" in called.err) == (1, True)
    assert armlet("anchor", life, "--key", keys / "anchor-key.pem", "--out", keys / "anchor-key.pem").code == 1
    assert {path: path.read_bytes() for path in keys.iterdir()} == before


def test_a_broken_strand_is_not_signed(armlet: Call, life: Path, keys: Path, tmp_path: Path) -> None:
    (life / OPEN).write_bytes((life / OPEN).read_bytes().replace(b"Ada", b"Eve", 1))
    called = armlet("anchor", life, "--key", keys / "anchor-key.pem", "--out", tmp_path / "anchor.json")
    assert (called.code, "is not signed: line 1: entry 1 was altered" in called.err) == (4, True)
    assert not (tmp_path / "anchor.json").exists()


def test_what_cannot_be_used_is_said(armlet: Call, anchored: Path, keys: Path, tmp_path: Path) -> None:
    rsa_like = X25519PrivateKey.from_private_bytes(SEED)
    other_kind = rsa_like.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "other.pem").write_bytes(other_kind)
    (tmp_path / "text").write_text("hello")
    (tmp_path / "empty").write_bytes(b"")
    private, public, anchor = keys / "anchor-key.pem", keys / "anchor-key.public.pem", tmp_path / "anchor.json"
    out = ("--out", tmp_path / "new.json")
    calls: list[tuple[tuple[object, ...], int, str]] = [
        (("anchor", anchored), 2, "PATH, --key and --out are needed"),
        (("anchor", anchored, "--new-key", tmp_path), 2, "a new key is made on its own"),
        (("anchor", anchored, "--key", public, *out), 1, "this is no private Ed25519 key"),
        (("anchor", anchored, "--key", tmp_path / "other.pem", *out), 1, "this is no private Ed25519 key"),
        (("anchor", anchored, "--key", tmp_path / "text", *out), 1, "this is no private Ed25519 key"),
        (("anchor", anchored, "--key", tmp_path / "none", *out), 1, "there is no such file"),
        (("anchor", tmp_path / "keys", "--key", private, *out), 1, "there is no ledger/open.jsonl here"),
        (("anchor", tmp_path / "empty", "--key", private, *out), 1, "does not begin with the opening of a trial"),
        (("verify", anchored, "--public-key", public), 2, "no anchor was given"),
        (("verify", anchored, "--anchor", tmp_path / "text"), 1, "this is no signed head"),
        (("verify", anchored, "--anchor", anchor, "--public-key", private), 1, "this is no public Ed25519 key"),
        (("verify", anchored / "vault/sealed.jsonl", "--anchor", anchor), 1, "an anchor is of an open strand"),
    ]
    for words, code, said in calls:
        called = armlet(*words)
        assert (called.code, said in called.err) == (code, True), (words, called)
    assert not (tmp_path / "new.json").exists()
