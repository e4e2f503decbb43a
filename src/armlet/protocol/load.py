"""Reads a trial folder: `protocol.yaml` into a `Protocol`, with the line of every value kept for later issues."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from armlet.document import Lines, load_document, read_text, read_yaml
from armlet.errors import InputError
from armlet.issues import error
from armlet.protocol.model import Protocol

PROTOCOL_FILE: Final = "protocol.yaml"
VERSIONS: Final = "protocol-*.yaml"
"""Earlier or later versions of the protocol stand beside it under such names, for example `protocol-1.1.yaml`."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial folder as read: the protocol, the line of each of its values, and the folder itself."""

    folder: Path
    protocol: Protocol
    lines: Lines


@lru_cache(maxsize=8)
def read_protocol(text: str, name: str) -> tuple[Protocol, Lines]:
    """The protocol that a YAML text spells. Raises InputError with one issue, with its line, for each thing amiss.

    A text that was read is not read again: a protocol cannot be changed, and a process asks for the same few many times.
    """
    plain, lines = read_yaml(text, name)
    return load_document(Protocol, plain, lines, "protocol"), lines


def load_protocol(path: Path) -> Protocol:
    """The protocol in a file. Raises InputError."""
    return read_protocol(read_text(path, "protocol"), str(path))[0]


def load_trial(folder: Path) -> Trial:
    """The trial in a folder. Raises InputError where the folder or its `protocol.yaml` cannot be used."""
    path = folder if folder.name == PROTOCOL_FILE else folder / PROTOCOL_FILE
    if not path.is_file():
        fix = "Name a trial folder, such as trials/NAME, or make one with `armlet new RECORD --out DIR`."
        raise InputError([error("trial/no-protocol", str(folder), f"there is no {PROTOCOL_FILE} here.", fix)])
    protocol, lines = read_protocol(read_text(path, "protocol"), str(path))
    return Trial(path.parent, protocol, lines)


def load_versions(folder: Path, *, all_of_them: bool = True) -> tuple[Protocol, ...]:
    """Every version of the protocol in a folder: `protocol.yaml` first, then each `protocol-….yaml` by name.

    Which of them is in force is told by the ledger and not by its name. Raises InputError for one that cannot be used;
    without `all_of_them` such a draft beside the others is passed over, so that it stops nobody in an emergency.
    """
    others = sorted(path for path in folder.glob(VERSIONS) if path.is_file())
    first = [folder / PROTOCOL_FILE] if (folder / PROTOCOL_FILE).is_file() else []
    return tuple(protocol for path in (*first, *others) for protocol in _load_one(path, all_of_them))


def load_in_force(folder: Path, digest: str) -> Protocol:
    """The version in a folder that a ledger has in force; where it names none yet, `protocol.yaml`.

    Raises InputError where no file of the folder is that version.
    """
    if not digest:
        return load_trial(folder).protocol
    for one in load_versions(folder, all_of_them=False):
        if one.digest() == digest:
            return one
    message = f"there is no {PROTOCOL_FILE} or {VERSIONS} here with the version that the ledger has in force."
    raise InputError([error("trial/version-missing", str(folder), message, f"Put that version here ({digest}).")])


def _load_one(path: Path, must: bool) -> tuple[Protocol, ...]:
    try:
        return (load_protocol(path),)
    except InputError:
        if must:
            raise
        return ()
