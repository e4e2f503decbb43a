"""Whether an archive is what was written: every checksum, the signature, the chain, signed heads, the proof of the draws.

Nothing is needed but the archive: no key, no server, no network. A public key that was kept elsewhere says who signed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from armlet.allocation.disclosed import NotDisclosedError, prove_disclosed, read_disclosed
from armlet.allocation.sealed_strand import verify_sealed
from armlet.archive.manifest import (
    MANIFEST,
    SIGNATURE,
    SUMS,
    ArchiveManifest,
    NotAnArchiveError,
    find_differences,
    read_manifest,
    read_signature,
    spell_manifest,
    spell_sums,
)
from armlet.archive.opened import PROOF
from armlet.conduct.state import fold
from armlet.errors import InputError, LedgerBroken
from armlet.export.package import OPEN, PROTOCOL, SEALED
from armlet.ledger.anchor import NotAnAnchorError, check_anchors, key_text, read_anchor
from armlet.ledger.chain import verify
from armlet.ledger.entry import Chained, Head, UnreadableLineError, decode
from armlet.protocol.load import VERSIONS, read_protocol
from armlet.protocol.model import Protocol

ANCHORS = "anchors/"


@dataclass
class Findings:
    """What was found: the manifest, each break, and what was verified, in words. `notes` are worth knowing."""

    manifest: ArchiveManifest | None = None
    breaks: list[str] = field(default_factory=list)
    verified: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether nothing was found that is not as it was written."""
        return not self.breaks


def verify_archive(files: Mapping[str, bytes], public: Ed25519PublicKey | None = None) -> Findings:
    """Verifies all that can be verified from the files themselves."""
    found = Findings()
    try:
        found.manifest = read_manifest(files.get(MANIFEST, b""))
    except NotAnArchiveError as problem:
        found.breaks.append(f"{MANIFEST}: {problem}")
        return found
    if files[MANIFEST] != spell_manifest(found.manifest):
        found.breaks.append(f"{MANIFEST} is not spelled as it was written")
    found.breaks += find_differences(found.manifest, files)
    if files.get(SUMS) != spell_sums(found.manifest):
        found.breaks.append(f"{SUMS} is not what {MANIFEST} lists")
    if not found.breaks:
        found.verified.append(f"{len(found.manifest.files)} checksums")
    _verify_signature(files, public, found)
    if found.manifest.kind == "participant":
        _verify_copy(files, found.manifest, found)
    else:
        _verify_trial(files, found.manifest, found)
    return found


def _verify_signature(files: Mapping[str, bytes], public: Ed25519PublicKey | None, found: Findings) -> None:
    if SIGNATURE not in files:
        if public is not None:
            found.breaks.append("it is not signed, and a public key was given")
        else:
            found.notes.append("It is not signed: whoever could write it could write all of it anew.")
        return
    try:
        signature = read_signature(files[SIGNATURE])
    except NotAnArchiveError as problem:
        found.breaks.append(f"{SIGNATURE}: {problem}")
        return
    if not signature.fits(files[MANIFEST]):
        found.breaks.append(f"{SIGNATURE}: the signature does not fit {MANIFEST}")
    elif public is not None and signature.key != key_text(public):
        found.breaks.append(f"{SIGNATURE}: signed by another key than the one that was given")
    else:
        whose = "the key that was given" if public is not None else f"the key {signature.key[:16]}…"
        found.verified.append(f"signed by {whose}")


def _verify_copy(files: Mapping[str, bytes], manifest: ArchiveManifest, found: Findings) -> None:
    """A copy of one participant has single entries: each must give its own digest and be about that participant."""
    name, count = "ledger/entries.jsonl", 0
    for line in files.get(name, b"").splitlines():
        count += 1
        try:
            one = decode(line)
        except UnreadableLineError as problem:
            found.breaks.append(f"{name}, line {count}: {problem}")
            continue
        if not one.is_unaltered:
            found.breaks.append(f"{name}, line {count}: entry {one.seq} was altered")
        if getattr(one.event, "participant", None) != manifest.participant:
            found.breaks.append(f"{name}, line {count}: entry {one.seq} is about somebody else")
    if not found.breaks:
        found.verified.append(f"{count} entries, each with its own digest")
    found.notes.append("A copy of one participant has no whole chain; hold its entries against the ledger itself.")


def _verify_trial(files: Mapping[str, bytes], manifest: ArchiveManifest, found: Findings) -> None:
    strand = verify(files.get(OPEN.as_posix(), b""), Head(manifest.entries, manifest.head))
    found.breaks += [f"{OPEN}, {one}" for one in strand.breaks]
    if strand.cut:
        found.breaks.append(f"{OPEN}: the last line was cut off")
    if strand.is_whole:
        found.verified.append(f"the chain of {len(strand.entries)} entries to head {strand.head}")
    _verify_anchors(files, strand.entries, found)
    protocols = dict(_protocols(files, found))
    named = {one.entry.protocol for one in strand.entries}
    if missing := sorted(named - protocols.keys()):
        found.breaks.append(f"no protocol here has the digest that entries name: {', '.join(missing)}")
    else:
        found.verified.append(f"{len(named)} protocol version{'' if len(named) == 1 else 's'}, by digest")
    if SEALED.as_posix() in files:
        _, breaks = verify_sealed(files[SEALED.as_posix()], None)
        found.breaks += [f"{SEALED}, {one}" for one in breaks]
        found.verified += [] if breaks else ["the chain of the sealed strand"]
    if PROOF in files and strand.is_whole and not missing:
        _verify_proof(files[PROOF], protocols[strand.entries[-1].entry.protocol], strand.entries, found)


def _verify_anchors(files: Mapping[str, bytes], entries: tuple[Chained, ...], found: Findings) -> None:
    by_seq = {one.seq: one.digest for one in entries}
    for name in sorted(one for one in files if one.startswith(ANCHORS)):
        try:
            anchor = read_anchor(files[name])
        except NotAnAnchorError as problem:
            found.breaks.append(f"{name}: {problem}")
            continue
        wrong = [one.what for one in check_anchors(entries, (anchor,), None)]
        if by_seq.get(anchor.entries) != anchor.head:
            wrong.append(f"history was rewritten: entry {anchor.entries} is not the one whose digest was signed")
        found.breaks += [f"{name}: {what}" for what in wrong]
        found.verified += [] if wrong else [f"the head of entry {anchor.entries}, signed at {anchor.at.isoformat()}"]


def _protocols(files: Mapping[str, bytes], found: Findings) -> Iterator[tuple[str, Protocol]]:
    for name in sorted(files):
        if name == PROTOCOL.as_posix() or fnmatch(name, VERSIONS):
            try:
                protocol = read_protocol(files[name].decode("utf-8-sig"), name)[0]
            except (InputError, UnicodeDecodeError) as problem:
                found.breaks.append(f"{name} cannot be read as a protocol: {problem}")
                continue
            yield protocol.digest(), protocol


def _verify_proof(proof: bytes, protocol: Protocol, entries: tuple[Chained, ...], found: Findings) -> None:
    try:
        told = read_disclosed(proof)
        breaks, notes = prove_disclosed(told, protocol, fold(entries))
    except (NotDisclosedError, LedgerBroken) as problem:
        found.breaks.append(f"{PROOF}: {problem}")
        return
    found.breaks += [f"{PROOF}: {one.what}" for one in breaks]
    found.notes += notes
    if not breaks:
        found.verified.append(f"the allocation: commitment, and {len(told.assigned)} draws made again from the seed")
