"""The folder in which a life is lived: its strands, its clock, and what its acts have left to be named later."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Final
from typing import Protocol as Port

from pydantic import JsonValue

from armlet.allocation.pharmacy import Prepared
from armlet.allocation.sealed_strand import VaultKey
from armlet.allocation.vault import Vault
from armlet.conduct.door import Door
from armlet.errors import InputError
from armlet.export.package import (
    KEY,
    OPEN,
    OPEN_HEAD,
    PRODUCT,
    PRODUCT_HEAD,
    PROTOCOL,
    SEALED,
    SEALED_HEAD,
    TrialData,
    compute,
    head_json,
    write_text,
)
from armlet.issues import error
from armlet.laboratory.door import ProductDoor
from armlet.laboratory.gate import OpenSide
from armlet.laboratory.strand import ProductKey, ProductStrand
from armlet.ledger.entry import Chained
from armlet.ledger.stores import Store
from armlet.ledger.stores.file import FileStore
from armlet.life.model import Life
from armlet.life.moments import fill, find_time
from armlet.protocol.load import load_protocol, load_versions
from armlet.protocol.model import Protocol, Role
from armlet.report.views import View
from armlet.studytime import Clock

HERE: Final = "here"
LABORATORY_KEY: Final = Path("laboratory/product-key.hex")


@dataclass(frozen=True, slots=True)
class Said:
    """What a verb of the command line answered: its exit code and all its words."""

    code: int
    words: str


class Doors(Port):
    """What lies above this package: the command line, and how a view is made."""

    def run_verb(self, words: Sequence[str], typed: Sequence[str], clock: Clock) -> Said:
        """Runs a verb in this process, at the clock's time, with what is typed on its standard input."""

    def code_of(self, second_factor: Path, at: datetime) -> str:
        """The code that a person's device shows at that moment."""

    def render(self, data: TrialData, role: Role, views: list[View]) -> Mapping[str, bytes]:
        """The views as `armlet view` makes them."""


@dataclass(slots=True)
class ToldClock:
    """Tells the moment of the act that is under way."""

    moment: datetime

    def now(self) -> datetime:
        """The life's present."""
        return self.moment


@dataclass(slots=True)
class World:
    """One life under way. `arms` is who gets what, in the world that is lived: the told one, or the swapped one."""

    life: Life
    first: Protocol
    folder: Path
    doors: Doors
    clock: ToldClock
    arms: Mapping[str, str]
    is_swapped: bool = False
    remembered: dict[str, int] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    prepared: dict[str, Prepared] = field(default_factory=dict)
    _door: Door | None = None
    _data: TrialData | None = None
    _product: ProductStrand | None = None

    @property
    def ledger(self) -> Path:
        """The open strand."""
        return self.folder / OPEN

    @property
    def door(self) -> Door:
        """The door, on the strand in the folder; other programs may append to it as well."""
        if self._door is None:
            self._door = self.open_door(FileStore(self.ledger))
        return self._door

    def open_door(self, store: Store) -> Door:
        """A door of a client's own."""
        return Door(self.first, store, self.clock, versions=load_versions(self.folder))

    @property
    def protocol(self) -> Protocol:
        """The version of the protocol that is in force."""
        return self.door.protocol

    def open_product(self) -> tuple[ProductStrand, ProductDoor]:
        """The product strand and its door: the unblinded side's own, and none of the open strand's."""
        if self._product is None:
            self._product = ProductStrand(ProductKey.load(self.folder / LABORATORY_KEY), self.folder / PRODUCT)
        strand = self._product
        strand.look_again()  # verbs of the command line write into the file as well
        return strand, ProductDoor(self.protocol, strand, lambda: OpenSide.of(self.door.state), self.clock)

    def open_vault(self) -> Vault:
        """The vault with its key."""
        return Vault(VaultKey.load(self.folder / KEY), self.folder / SEALED)

    def head(self) -> int:
        """The number of the last entry."""
        return self.door.state.head.seq

    def entries_after(self, seq: int) -> list[Chained]:
        """What was appended since."""
        return [] if self.head() == seq else list(islice(self.door.entries(), seq, None))

    def publish_heads(self) -> None:
        """Writes where the strands end beside them, as whoever keeps a trial does from time to time."""
        write_text(self.folder / OPEN_HEAD, head_json(self.door.state.head))
        if (self.folder / SEALED).is_file():
            write_text(self.folder / SEALED_HEAD, head_json(self.open_vault().head()))
        if (self.folder / PRODUCT).is_file():
            write_text(self.folder / PRODUCT_HEAD, head_json(self.open_product()[0].head()))

    def data(self) -> TrialData:
        """All that the open strand tells now."""
        if self._data is None or self._data.head.seq != self.head():
            self._data = compute(self.protocol, tuple(self.door.entries()))
        return self._data

    def fill(self, value: JsonValue) -> JsonValue:
        """The value with what is known now in place of ``{words}``."""
        return fill(value, self._find)

    def _find(self, words: str) -> JsonValue:
        kind, _, name = words.partition(" ")
        found: Mapping[str, Callable[[], JsonValue]] = {
            HERE: lambda: str(self.folder),
            "entry": lambda: self.remembered[name],
            "preparation": lambda: self.door.state.participants[name].preparation,
            "due": lambda: str(self.door.state.participants[name].due),
            "digest": lambda: str(self.protocol.digest()),
            "sha256": lambda: f"sha256:{sha256((self.folder / name).read_bytes()).hexdigest()}",
            "amendment": lambda: self._amend(name),
            "plan": lambda: self._plan_in(name),
            "arm": lambda: self.arms[name],
            "content": lambda: self._content_of(name),
            "volume": lambda: str(self.prepared[name].volume),
            "least": lambda: str(self.prepared[name].weights[0]),
            "most": lambda: str(self.prepared[name].weights[1]),
            "expires": lambda: str(self.prepared[name].expires.isoformat()),
        }
        return found[kind]() if kind in found else find_time(words, self.clock.moment)

    def _amend(self, version: str) -> JsonValue:
        """A version of the protocol as the life tells it; its file is put beside the first one, to be adopted."""
        text = (self.folder / PROTOCOL).read_text("utf-8")
        for change in self.life.amendments[version]:
            if text.count(change.replace) != 1:
                message = (
                    f"{change.replace!r} stands in the protocol {text.count(change.replace)} times; expected once."
                )
                raise InputError([error("life/amendment", version, message, "Say more of the words around it.")])
            text = text.replace(change.replace, change.by)
        path = self.folder / f"protocol-{version}.yaml"
        write_text(path, text)
        plain: JsonValue = json.loads(load_protocol(path).canonical())
        return plain

    def _plan_in(self, kept: str) -> str:
        """The plan by its digest, as the dry run printed it last of all."""
        return str(re.findall(r"sha256:[0-9a-f]{64}", self.kept[kept])[-1])

    def _content_of(self, participant: str) -> str:
        """What the preparation of somebody holds: the product, or its imitation."""
        given = {one.id: one for one in self.protocol.interventions}
        arm = self.protocol.arm(self.arms[participant])
        is_product = any(given[name].product and not given[name].sham for name in arm.interventions)
        return "product" if is_product else "sham"


def arms_of(life: Life, protocol: Protocol, *, is_swapped: bool) -> dict[str, str]:
    """Who gets what: as it is told, or, in the swapped world, each the arm that stands opposite in the protocol's order."""
    order = [arm.id for arm in protocol.arms]
    opposite = dict(zip(order, reversed(order), strict=True))
    return {who: opposite[arm] if is_swapped else arm for who, arm in life.arms.items()}
