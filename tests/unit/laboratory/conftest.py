"""The product of the neutral example trial, made and given as far as a test needs it; everything is invented."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from armlet.conduct.commands import By
from armlet.laboratory.answer import Accepted, Decision, Refused
from armlet.laboratory.door import ProductDoor
from armlet.laboratory.gate import OpenSide
from armlet.laboratory.state import ProductState
from armlet.laboratory.strand import ProductEntry, ProductKey, ProductStrand
from armlet.ledger import product_events as p
from armlet.ledger.events import Administered
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Product, Protocol, Role
from armlet.protocol.source import Assumed, Source
from armlet.units import Quantity

BASE = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"
START = datetime(2021, 3, 10, 9, tzinfo=UTC)
DIN = "A999921123456"
LAB, PHARMACY = "Cell laboratory", "Pharmacy"
MAKER, SECOND, QUALITY, PHARMACIST = "Mia Maker", "Sam Second", "Quinn Quality", "Phil Pharmacist"


@cache
def _breeze() -> Protocol:
    return load_protocol(BASE)


def q(text: str) -> Quantity:
    return Quantity.parse(text)


SOURCE = Source(assumed=Assumed(because="invented for the tests", confirm="the cell laboratory"))


def of_another_person(protocol: Protocol) -> Protocol:
    return with_product(protocol, donor="another person")


def with_product(protocol: Protocol, **changes: Any) -> Protocol:
    changed: Product = protocol.products[0].model_copy(update=changes)
    return protocol.model_copy(update={"products": (changed,)})


class _Clock:
    def now(self) -> datetime:
        return datetime(2023, 1, 1, tzinfo=UTC)


class Bench:
    """A product at its door. Each step of its way is a method; time goes on by an hour with each record."""

    def __init__(self, protocol: Protocol | None = None, path: Path | None = None) -> None:
        self.protocol = protocol or _breeze()
        self.strand = ProductStrand(ProductKey(bytes(32)), path, lambda seq: seq.to_bytes(12, "big"))
        self.side = OpenSide(
            "breeze",
            participants=frozenset({"P1", "P2", "P3"}),
            preparations={"PREP-1": "P1", "PREP-2": "P2", "PREP-3": "P3"},
        )
        self.door = ProductDoor(self.protocol, self.strand, lambda: self.side, _Clock())
        self.now = START

    @property
    def state(self) -> ProductState:
        return self.door.state

    @property
    def entries(self) -> list[ProductEntry]:
        return list(self.strand.entries())

    def ask(
        self, record: p.ProductRecord, actor: str = MAKER, role: Role = Role.CELL_LABORATORY, **by: Any
    ) -> Decision:
        self.now += timedelta(hours=1)
        return self.door.ask(record, replace(By(actor, role, self.now), **by))

    def do(
        self, record: p.ProductRecord, actor: str = MAKER, role: Role = Role.CELL_LABORATORY
    ) -> tuple[p.ProductEvent, ...]:
        decision = self.ask(record, actor, role)
        assert isinstance(decision, Accepted), decision
        return decision.events

    def refused(self, record: p.ProductRecord, actor: str = MAKER, role: Role = Role.CELL_LABORATORY) -> list[str]:
        decision = self.ask(record, actor, role)
        assert isinstance(decision, Refused), decision
        return [issue.rule for issue in decision.issues]

    def by_pharmacist(self, record: p.ProductRecord) -> tuple[p.ProductEvent, ...]:
        return self.do(record, PHARMACIST, Role.UNBLINDED_PHARMACIST)

    def pharmacist_refused(self, record: p.ProductRecord) -> list[str]:
        return self.refused(record, PHARMACIST, Role.UNBLINDED_PHARMACIST)

    # --- The steps --------------------------------------------------------------------------------------------------

    def opened(self) -> Bench:
        self.do(p.ProductStrandOpened(trial="breeze", simulated=True))
        for number, what in (("S-1", "growth medium"), ("S-2", "saline")):
            expires = START + timedelta(days=300)
            self.do(p.SupplyReceived(supply=number, what=what, supplier="Maker of all", batch="X1", expires=expires))
        return self

    def donor(self, donor: str = "D-1", participant: str | None = "P1", outcome: Any = "not required") -> Bench:
        self.do(p.DonorRegistered(donor=donor, participant=participant))
        allows = ("use", "retention", "destruction", "notification")
        self.do(p.DonorConsented(donor=donor, consent_version="1", allows=allows))
        label = ("FOR AUTOLOGOUS USE ONLY",) if outcome == "not required" else ()
        self.do(p.DonorDetermined(donor=donor, outcome=outcome, rules="house rules 1", label=label))
        return self

    def collection(
        self, donor: str = "D-1", donation: str = DIN, container: str = "C-1", volume: str = "40 mL"
    ) -> p.Collected:
        return p.Collected(
            donation=donation, donor=donor, container=container, volume=q(volume), started=self.now,
            stopped=self.now + timedelta(minutes=20), verified_by=SECOND, party="Ward", supplies=("S-1",),
        )  # fmt: skip

    def collected(self, donor: str = "D-1", donation: str = DIN, container: str = "C-1") -> Bench:
        self.do(self.collection(donor, donation, container))
        self.do(self.hand_over(container))
        self.do(self.receipt(container, donation))
        return self

    def hand_over(self, container: str, source: str = "Ward", target: str = LAB, **more: Any) -> p.HandedOver:
        return p.HandedOver(
            containers=(container,), from_party=source, to_party=target, given_by="Wanda Ward", taken_by=SECOND,
            place="the hatch", **more,
        )  # fmt: skip

    def receipt(self, container: str = "C-1", scanned: str = DIN, *, intact: bool = True) -> p.CollectionReceived:
        return p.CollectionReceived(container=container, scanned=scanned, intact=intact, verified_by=SECOND)

    def culture(self, culture: str = "K-1", container: str = "C-1", volume: str = "30 mL") -> p.CultureStarted:
        taken = (p.Portion(container=container, volume=q(volume)),)
        return p.CultureStarted(
            culture=culture, taken=taken, seeded=q("0.4 10*6"), verified_by=SECOND, supplies=("S-1",)
        )

    def passage(
        self, number: int = 1, seeded: str = "0.4 10*6", harvested: str = "8 10*6", culture: str = "K-1"
    ) -> p.CulturePassaged:
        return p.CulturePassaged(
            culture=culture, passage=number, seeded=q(seeded), harvested=q(harvested), verified_by=SECOND
        )

    def cells(
        self,
        lot: str = "L-1",
        culture: str = "K-1",
        containers: tuple[str, ...] = ("B-1",),
        of: Any = "product",
        **more: Any,
    ) -> p.LotFilled:
        filled = tuple(p.Portion(container=one, volume=q("20 mL")) for one in containers)
        fields: dict[str, Any] = {
            "lot": lot, "of": of, "cultures": (culture,), "containers": filled,
            "harvest": q(f"{20 * len(containers) + 3} mL"),
            "tested": q("2 mL"), "wasted": q("1 mL"), "specification": "release 1",
            "expires": START + timedelta(days=200), "verified_by": SECOND, "party": LAB, "supplies": ("S-1",),
        }  # fmt: skip
        return p.LotFilled(**{**fields, **more})

    def vehicle(self, lot: str = "V-1", containers: tuple[str, ...] = ("W-1",)) -> p.LotFilled:
        return self.cells(lot, containers=containers, of="vehicle", cultures=(), supplies=("S-2",))

    def test(self, test: str, value: str, lot: str = "L-1", investigation: str | None = None) -> p.LotTested:
        return p.LotTested(
            lot=lot, test=test, value=value, taken=self.now, method="method 1", reviewed_by=SECOND,
            investigation=investigation,
        )  # fmt: skip

    def tested(self, lot: str = "L-1", viability: str = "91 %") -> Bench:
        self.do(self.test("viability", viability, lot))
        self.do(self.test("strength", "5.0 10*6/mL", lot))
        return self

    def certified(self, lot: str = "L-1") -> Bench:
        self.do(p.LotCertified(lot=lot, meaning="certified for the trial"), QUALITY)
        return self

    def made(self, donor: str = "D-1", containers: tuple[str, ...] = ("B-1",)) -> Bench:
        """A certified lot of cells of a donor who is registered."""
        self.collected(donor)
        self.do(self.culture())
        self.do(self.passage())
        self.do(self.cells(containers=containers))
        return self.tested().certified()

    def ordered(self, preparation: str = "PREP-1", participant: str = "P1", content: Any = "product") -> Bench:
        self.by_pharmacist(
            p.PreparationOrdered(preparation=preparation, participant=participant, content=content, read_as="reading 1")
        )
        return self

    def issue(self, preparation: str = "PREP-1", container: str = "B-1") -> p.PreparationIssued:
        return p.PreparationIssued(preparation=preparation, container=container, verified_by=SECOND)

    def preparing(
        self, preparation: str = "PREP-1", container: str = "B-1", bag: str = "BAG-1", **more: Any
    ) -> p.SitePrepared:
        fields: dict[str, Any] = {
            "preparation": preparation, "bag": bag, "taken": (p.Portion(container=container, volume=q("20 mL")),),
            "volume": q("18 mL"), "wasted": q("2 mL"), "weight": q("70 kg"), "expires": self.now + timedelta(hours=9),
            "verified_by": SECOND,
        }  # fmt: skip
        return p.SitePrepared(**{**fields, **more})

    def check(self, preparation: str = "PREP-1", wristband: str = "P1", bag: str = "PREP-1") -> p.BedsideChecked:
        return p.BedsideChecked(
            preparation=preparation, wristband=wristband, bag=bag, checked_by=("Nora Nurse", "Nils Nurse")
        )

    def infusion(self, preparation: str = "PREP-1", volume: str = "17 mL") -> p.ProductInfused:
        """An infusion that the open strand tells of in the same words."""
        started, stopped = self.now, self.now + timedelta(minutes=30)
        participant = self.side.preparations[preparation]
        told = Administered(
            participant=participant, preparation=preparation, started=started, stopped=stopped, volume=q(volume),
            complete=True, checked_by=("Nora Nurse", "Nils Nurse"),
        )  # fmt: skip
        self.side = replace(self.side, given={**self.side.given, preparation: told})
        return p.ProductInfused(preparation=preparation, started=started, stopped=stopped, volume=q(volume))

    def given(
        self, preparation: str = "PREP-1", participant: str = "P1", container: str = "B-1", content: Any = "product"
    ) -> Bench:
        """Ordered, issued, prepared, checked, given; what stayed in the line is told."""
        self.ordered(preparation, participant, content)
        self.by_pharmacist(self.issue(preparation, container))
        bag = f"BAG-{preparation}"
        self.by_pharmacist(self.preparing(preparation, container, bag))
        self.by_pharmacist(self.check(preparation, participant, preparation))
        self.by_pharmacist(self.infusion(preparation))
        self.by_pharmacist(p.LeftOver(container=bag, how="residual", volume=q("1 mL"), why="dead volume of the line"))
        return self


@pytest.fixture
def bench() -> Bench:
    """The strand of a product that is made of each participant's own cells, opened."""
    return Bench().opened()


@pytest.fixture
def shared() -> Bench:
    """The strand of a product that is made of another person's cells, opened, with a donor who is eligible."""
    return Bench(of_another_person(_breeze())).opened().donor("D-1", None, "eligible")


@pytest.fixture
def make_bench() -> Callable[..., Bench]:
    """A bench with changes to the product."""

    def make(**changes: Any) -> Bench:
        return Bench(with_product(_breeze(), **changes)).opened()

    return make
