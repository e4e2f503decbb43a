"""The folder of one trial's life: the ledger, the vault, the protocol in force, and what is computed from them.

::

    DIR/protocol.yaml          the protocol whose digest the entries name
    DIR/ledger/open.jsonl      the open strand         DIR/ledger/head.json   its published head
    DIR/vault/sealed.jsonl     the sealed strand       DIR/vault/head.json    its published head
    DIR/vault/key.hex          the key; kept apart in a real trial, here because the trial is simulated
    DIR/product/product.jsonl  the product strand     DIR/product/head.json  its published head
    DIR/product/key.hex        its key, which is another; kept apart in a real trial as well

Everything else in the folder may be deleted and made again.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Final

from armlet.conduct.observation import Observation
from armlet.conduct.sealing import as_shown
from armlet.conduct.state import TrialState, fold
from armlet.derivation.dataset import BlindedDataset
from armlet.derivation.derive import derive_dataset
from armlet.errors import InputError, LedgerBroken
from armlet.issues import error
from armlet.ledger.chain import verify
from armlet.ledger.entry import Chained, Head, encode
from armlet.ledger.events import OpenEvent, ProtocolAdopted
from armlet.projections.analysis_visits import assign_everybody
from armlet.projections.followed import follow
from armlet.projections.observations import analysis_sets, list_observations
from armlet.protocol.load import load_protocol, load_versions
from armlet.protocol.model import Protocol

PROTOCOL: Final = Path("protocol.yaml")
OPEN: Final = Path("ledger/open.jsonl")
OPEN_HEAD: Final = Path("ledger/head.json")
SEALED: Final = Path("vault/sealed.jsonl")
SEALED_HEAD: Final = Path("vault/head.json")
KEY: Final = Path("vault/key.hex")
PRODUCT: Final = Path("product/product.jsonl")
PRODUCT_HEAD: Final = Path("product/head.json")
PRODUCT_KEY: Final = Path("product/key.hex")


@dataclass(frozen=True, slots=True)
class TrialData:
    """All that is computed from the open strand: no arm is in here."""

    protocol: Protocol
    entries: tuple[Chained, ...]
    state: TrialState
    observations: tuple[Observation, ...]
    dataset: BlindedDataset

    @property
    def head(self) -> Head:
        """Where the open strand ends."""
        return self.entries[-1].head if self.entries else Head()

    @property
    def as_of(self) -> date:
        """The day of the last entry."""
        return self.entries[-1].entry.occurred.date() if self.entries else date.min


def compute(
    protocol: Protocol, entries: tuple[Chained, ...], opened: Mapping[int, OpenEvent] = MappingProxyType({})
) -> TrialData:
    """Folds the entries and derives every endpoint; of sealed results only those that were `opened` have a value.

    Raises InputError where an endpoint's settings do not fit.
    """
    state = fold(as_shown(entries, opened))
    observations = list_observations(state)
    participants = tuple(one.id for one in state.enrolled())
    sets = analysis_sets(protocol, state)
    counted = assign_everybody(protocol, state)
    followed = follow(protocol, state)
    dataset = derive_dataset(
        protocol, counted.observations, participants, sets, counted.held, state.simulated, counted.absent, followed
    )
    return TrialData(protocol, entries, state, observations, dataset)


def until(data: TrialData, head: Head) -> TrialData:
    """The trial as it stood at an earlier head, such as the last entry before the lock."""
    return compute(data.protocol, tuple(entry for entry in data.entries if entry.seq <= head.seq))


def before_lock(data: TrialData) -> TrialData:
    """The trial as it stood before its lock; as it stands, where it was never locked."""
    return data if data.state.locked is None else until(data, Head(data.state.locked.entries, data.state.locked.head))


def write_text(path: Path, text: str) -> None:
    """Writes a file whole or not at all: a crash in the middle leaves what was there before."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all. Raises InputError where the place cannot be written to."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            file.write(data)
        Path(file.name).chmod(0o644)
        Path(file.name).replace(path)
    except OSError as problem:
        message = f"the file cannot be written: {problem.strerror}."
        raise InputError([error("folder/unwritable", str(path), message, "Choose another folder.")]) from None


def write_ledger(folder: Path, protocol_text: str, entries: tuple[Chained, ...]) -> None:
    """Writes the protocol, the open strand and its head into a folder that has none of them yet."""
    refuse_existing(folder)
    write_text(folder / PROTOCOL, protocol_text)
    write_bytes(folder / OPEN, b"".join(encode(entry) + b"\n" for entry in entries))
    write_text(folder / OPEN_HEAD, head_json(entries[-1].head if entries else Head()))


def refuse_existing(folder: Path) -> None:
    """Raises InputError where the folder holds a ledger already: nothing is overwritten."""
    if any((folder / strand).exists() for strand in (OPEN, SEALED, PRODUCT)):
        message = "there is a ledger here already; nothing was overwritten."
        raise InputError([error("folder/not-empty", str(folder), message, "Name a new folder.")])


def head_json(head: Head) -> str:
    """A head as it is published in a file."""
    return json.dumps({"seq": head.seq, "digest": head.digest}) + "\n"


def read_head(path: Path) -> Head | None:
    """A published head; None where there is no such file. Raises InputError where the file is no head."""
    if not path.is_file():
        return None
    try:
        plain = json.loads(path.read_text("utf-8"))
        return Head(int(plain["seq"]), str(plain["digest"]))
    except (ValueError, KeyError, TypeError):
        message = 'this is not a published head; expected {"seq": …, "digest": "sha256:…"}.'
        raise InputError([error("folder/head", str(path), message, "Restore the file.")]) from None


def load_data(folder: Path) -> TrialData:
    """The trial in a folder. Raises InputError where there is none, LedgerBroken where its open strand is not whole."""
    strand = folder / OPEN
    if not strand.is_file():
        fix = "Name a folder that `armlet rehearse` made."
        raise InputError([error("folder/no-ledger", str(folder), f"there is no {OPEN} here.", fix)])
    found = verify(strand.read_bytes(), read_head(folder / OPEN_HEAD))
    if not found.is_whole:
        raise LedgerBroken(f"{strand}: {found.breaks[0]}")
    versions = {one.digest(): one for one in load_versions(folder)}
    named = {entry.entry.protocol for entry in found.entries}
    if named - set(versions):
        raise LedgerBroken(f"{folder / PROTOCOL} is not the protocol that the entries name.")
    adopted = [one.event.protocol_digest for one in found.entries if isinstance(one.event, ProtocolAdopted)]
    if adopted and adopted[-1] not in versions:
        raise LedgerBroken(f"{folder} has no file of the version that the ledger adopted last.")
    return compute(versions[adopted[-1]] if adopted else load_protocol(folder / PROTOCOL), found.entries)
