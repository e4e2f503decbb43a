"""`armlet archive`: all of a trial in one file of open formats; or one participant's data as a certified copy."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.inputs import read_bytes
from armlet.cli.output import Output
from armlet.cli.vault_key import add_key_arguments, read_key
from armlet.errors import ExitCode, InputError, RefusedError, UsageError
from armlet.issues import error

if TYPE_CHECKING:
    from armlet.allocation.sealed_strand import VaultKey
    from armlet.archive.contents import Kept
    from armlet.archive.manifest import ArchiveManifest, Kind
    from armlet.archive.opened import Opened
    from armlet.export.package import TrialData

NAME: Final = "archive"
HELP: Final = "put all of a trial into one file that anybody can read and verify for decades"

_EPILOG: Final = """\
example:
  armlet archive out/NAME --out NAME.zip
  armlet archive out/NAME --key out/NAME/vault/key.hex --sign keys/anchor-key.pem --out NAME-unblinded.zip
  armlet archive out/NAME --participant P01 --out P01.zip
  armlet archive NAME.zip --holds-none-of people.txt
  armlet archive NAME.zip --unpack NAME-again
  armlet verify NAME.zip

Without a key the archive is blinded: the open strand, the tables and pages that have no arm, the audit trail, every
version of the protocol, checksums. With the vault's key (or its shares), and only after the lock, it also has the sealed
strand, tables with arms, the proof of the allocation, the analyses and the product strand. --participant is a copy of one
participant's data, without an arm. --out that does not end in .zip is a new folder. --unpack makes the folder of a trial
from an archive again; an archive of that folder has the same content digest. The same trial gives the same bytes.

exit code: 0 made; 1 the folder cannot be used or something is there already; 3 a key was given before the lock; 4 the
ledger or the vault is not what was written.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The trial, where to, for whom, and the keys."""
    parser.epilog = _EPILOG
    parser.add_argument("folder", metavar="DIR", type=Path, help="the folder of a trial; with --unpack an archive")
    parser.add_argument("--out", metavar="FILE", type=Path, help="a new .zip file, or a new folder")
    parser.add_argument("--participant", metavar="ID", help="a copy of this participant's data, without an arm")
    parser.add_argument("--sign", metavar="FILE", type=Path, help="a private Ed25519 key (armlet anchor --new-key DIR)")
    parser.add_argument("--anchor", metavar="FILE", type=Path, action="append", default=[], help="a signed head to add")
    parser.add_argument("--unpack", metavar="DIR2", type=Path, help="make a new folder of a trial from an archive")
    parser.add_argument(
        "--holds-none-of",
        metavar="FILE",
        type=Path,
        help="search an archive for names and numbers of people, one a line",
    )
    add_key_arguments(parser)


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Makes or unpacks. Raises UsageError, InputError, RefusedError, LedgerBroken, SealBroken."""
    if arguments.holds_none_of is not None:
        return _search(arguments.folder, arguments.holds_none_of, out)
    if (arguments.out is None) == (arguments.unpack is None):
        message = "either --out FILE or --unpack DIR2 is needed."
        raise UsageError([error("usage", "armlet archive", message, "See `armlet archive --help`.")])
    has_key = arguments.key is not None or bool(arguments.share)
    if arguments.unpack is not None:
        return _unpack(arguments.folder, arguments.unpack, out)
    if arguments.participant is not None and has_key:
        message = "a copy for a participant is made without any key."
        raise UsageError([error("usage", "--participant", message, "Leave out --key and --share.")])
    key = read_key(arguments.key, arguments.share) if has_key else None
    return _make(arguments, key, out)


def _make(arguments: argparse.Namespace, key: VaultKey | None, out: Output) -> ExitCode:
    from armlet.archive.contents import blinded_files, close
    from armlet.archive.manifest import read_manifest
    from armlet.archive.opened import opened_files
    from armlet.archive.person import participant_files
    from armlet.export.package import load_data

    refuse_existing(arguments.out)
    data = load_data(arguments.folder)
    kind: Kind
    if arguments.participant is not None:
        kind, files = "participant", participant_files(data, arguments.participant)
    else:
        kind, files = "blinded", blinded_files(data, _kept(arguments.folder, arguments.anchor))
        if key is not None:
            kind, files = "unblinded", {**files, **opened_files(_open(arguments.folder, data, key))}
    files = _signed(close(data, kind, files, arguments.participant), arguments.sign)
    write_archive(arguments.out, files, is_private=kind != "blinded")
    manifest = read_manifest(files["manifest.json"])
    document = _document(arguments.out, manifest, is_signed=arguments.sign is not None)
    out.answer(document, lambda: _words(document))
    return ExitCode.DONE


def _search(source: Path, people: Path, out: Output) -> ExitCode:
    """Whether an archive holds none of the words of a list. Names the files in which it found one, and never the word."""
    lines = read_bytes(str(people), "archive").decode("utf-8").splitlines()
    names = [" ".join(line.split()).casefold() for line in lines if line.strip()]
    if not names:
        raise InputError([error("archive/no-people", str(people), "the list is empty.", "Name one a line.")])
    files = read_archive(source)
    found = sorted(name for name, data in files.items() if _holds(data.decode("utf-8", "replace"), names))
    digest = f"sha256:{sha256(b''.join(sha256(files[name]).digest() for name in sorted(files))).hexdigest()}"
    if source.is_file():
        digest = f"sha256:{sha256(source.read_bytes()).hexdigest()}"
    document = {"archive": str(source), "digest": digest, "people": len(names), "found_in": found}
    words = f"{source}: none of {len(names)} names is in it\n{digest}" if not found else f"{source}: found"
    out.answer(document, words)
    out.list_issues(
        [
            error("archive/identity", name, "it holds somebody of the list.", "Redact it, and archive anew.")
            for name in found
        ]
    )
    return ExitCode.ISSUES if found else ExitCode.DONE


def _holds(text: str, names: list[str]) -> bool:
    """In any spelling of case and spaces, and as JSON and HTML spell letters; what is encrypted cannot be searched."""
    plain = " ".join(text.split()).casefold()
    return any(spelt in plain for name in names for spelt in (name, json.dumps(name)[1:-1], escape(name)))


def _document(target: Path, manifest: ArchiveManifest, *, is_signed: bool) -> dict[str, object]:
    return {
        "archive": str(target),
        "kind": manifest.kind,
        "trial": manifest.trial,
        "simulated": manifest.simulated,
        "files": len(manifest.files),
        "bytes": sum(one.bytes for one in manifest.files),
        "content": manifest.content_digest(),
        "head": {"seq": manifest.entries, "digest": manifest.head},
        "signed": is_signed,
    }


def _words(document: Mapping[str, object]) -> str:
    what = {"blinded": "blinded: nothing in it tells an arm", "unblinded": "it tells who got what",
            "participant": "one participant, without an arm"}[str(document["kind"])]  # fmt: skip
    return "\n".join((
        f"{document['archive']}: {document['files']} files ({what})",
        f"content {document['content']}",
        f"verify with  armlet verify {document['archive']}",
    ))  # fmt: skip


def _kept(folder: Path, anchors: list[Path]) -> Kept:
    """What goes in as it stands in the folder. Only these names are looked for: nothing else is swept in."""
    from armlet.archive.contents import Kept
    from armlet.export.package import PROTOCOL
    from armlet.protocol.load import VERSIONS

    protocols = {PROTOCOL.as_posix(): (folder / PROTOCOL).read_bytes()}
    for path in sorted(folder.glob(VERSIONS)):
        protocols[path.name] = path.read_bytes()
    others = {name: (folder / name).read_bytes() for name in ("record.json",) if (folder / name).is_file()}
    kept_anchors = {path.name: path.read_bytes() for path in sorted((folder / "anchors").glob("*.json"))}
    kept_anchors |= {path.name: read_bytes(str(path), "archive") for path in anchors}
    return Kept(protocols, others | {f"anchors/{name}": data for name, data in kept_anchors.items()})


def _open(folder: Path, data: TrialData, key: VaultKey) -> Opened:
    from armlet.allocation.boxes import open_guesses, open_imports, open_remarks, opening_key
    from armlet.allocation.disclosed import disclose
    from armlet.archive.opened import Opened
    from armlet.cli.strongroom import load_vault, unblind
    from armlet.export.package import SEALED, SEALED_HEAD

    if data.state.locked is None:
        message = "the trial is not locked: an archive with arms is made after the lock."
        fix = "Make a blinded archive: leave out the key."
        raise RefusedError([error("archive/not-locked", data.protocol.id, message, fix)])
    vault = load_vault(folder, key)
    opened, unblinded = unblind(data, vault)
    guesses = open_guesses(data.entries, opening_key(vault))
    sealed = {
        part.as_posix(): (folder / part).read_bytes() for part in (SEALED, SEALED_HEAD) if (folder / part).is_file()
    }
    product = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted((folder / "product").rglob("*"))
        if path.is_file() and not path.is_symlink() and "key" not in path.name.casefold()
    }
    imports = open_imports(data.entries, opening_key(vault))
    remarks = open_remarks(data.entries, opening_key(vault))
    allocation = disclose(vault, data.state)
    return Opened(opened, unblinded, allocation, guesses, imports, {**sealed, **product}, remarks)


def _signed(files: dict[str, bytes], key: Path | None) -> dict[str, bytes]:
    if key is None:
        return files
    from armlet.archive.manifest import MANIFEST, SIGNATURE, sign_manifest
    from armlet.ledger.anchor import NotAnAnchorError, read_private_key

    try:
        private = read_private_key(read_bytes(str(key), "archive"))
    except NotAnAnchorError as problem:
        fix = "Make one with `armlet anchor --new-key DIR`."
        raise InputError([error("archive/key", str(key), f"{problem}.", fix)]) from None
    return {**files, SIGNATURE: sign_manifest(private, files[MANIFEST])}


def refuse_existing(target: Path) -> None:
    if target.exists() or target.is_symlink():
        message = "there is something here already; nothing was overwritten."
        raise InputError([error("archive/exists", str(target), message, "Name a new file or folder.")])


def write_archive(target: Path, files: Mapping[str, bytes], *, is_private: bool = False) -> None:
    """Writes a file where the name ends in .zip, otherwise a folder; whole or not at all.

    It is built beside its place, where only its owner may read, and moved there at the end; a private one stays so.
    """
    import shutil
    import tempfile

    from armlet.archive.zipped import pack
    from armlet.export.package import write_bytes

    target.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    built = building / "archive"
    try:
        if target.suffix.casefold() == ".zip":
            write_bytes(built, pack(files))
            built.chmod(0o600 if is_private else 0o644)
        else:
            for name, data in files.items():
                write_bytes(built / name, data)
            built.chmod(0o700 if is_private else 0o755)
        built.replace(target)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _unpack(source: Path, target: Path, out: Output) -> ExitCode:
    """The folder of a trial from an archive that is whole. Raises InputError for one that is not."""
    from armlet.archive.verifying import verify_archive

    refuse_existing(target)
    files = read_archive(source)
    found = verify_archive(files)
    manifest = found.manifest
    if manifest is None or not found.is_whole:
        message = f"it is not what was written: {found.breaks[0]}; nothing was unpacked."
        raise InputError([error("archive/broken", str(source), message, "Fetch another copy.")])
    if manifest.kind == "participant":
        message = "a copy of one participant's data is not a whole trial; nothing was unpacked."
        raise InputError([error("archive/copy", str(source), message, "Name the archive of a trial.")])
    write_archive(target, {name: data for name, data in files.items() if _belongs_to_trial(name)}, is_private=True)
    document = {"folder": str(target), "trial": manifest.trial, "content": manifest.content_digest()}
    out.answer(document, f"{target}: the trial {manifest.trial}\ncontent {manifest.content_digest()}")
    return ExitCode.DONE


_OF_TRIAL: Final = ("ledger/", "vault/", "product/", "protocol-", "anchors/")


def _belongs_to_trial(name: str) -> bool:
    return name in {"protocol.yaml", "record.json"} or name.startswith(_OF_TRIAL)


def read_archive(source: Path) -> dict[str, bytes]:
    """The files of an archive, packed or unpacked. Raises InputError for what is none."""
    from armlet.archive.zipped import is_zip, read_folder, unpack

    if source.is_dir():
        return read_folder(source)
    data = read_bytes(str(source), "archive")
    if not is_zip(data):
        message = "this is no archive."
        raise InputError([error("archive/no-archive", str(source), message, "Name a .zip that `armlet archive` made.")])
    return unpack(data, str(source))
