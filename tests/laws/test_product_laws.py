"""Whatever is asked of the product's door, in whatever order: nothing is lost, nobody gets another's cells."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final, Literal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from armlet.conduct.state import Phase
from armlet.laboratory.accountability import account
from armlet.laboratory.answer import Accepted, Refused
from armlet.laboratory.genealogy import find_broken_paths, look_back
from armlet.laboratory.state import ProductState, fold, reach
from armlet.ledger import product_events as p
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Role
from tests.unit.laboratory.conftest import (
    BASE,
    LAB,
    MAKER,
    PHARMACIST,
    QUALITY,
    SECOND,
    START,
    Bench,
    of_another_person,
    q,
)

LONG: Final = os.environ.get("ARMLET_LONG") == "1"
TRIES: Final = settings(
    max_examples=1000 if LONG else 40, deadline=None, derandomize=not LONG, suppress_health_check=[HealthCheck.too_slow]
)
Pick = Callable[..., str]
VOLUMES: Final = ("1 mL", "4.5 mL", "10 mL", "19 mL", "20 mL", "35 mL")


class Chance:
    """Draws what is asked for: mostly of what there is, so that many wishes are granted."""

    def __init__(self, data: st.DataObject) -> None:
        self._data = data

    def of(self, *options: str) -> str:
        return self._data.draw(st.sampled_from(options))

    def content(self) -> Literal["product", "sham"]:
        return "product" if self.of("product", "sham") == "product" else "sham"

    def known(self, known: object, prefix: str) -> str:
        there = [*known] if isinstance(known, dict) else []
        return self.of(*there[-4:], *([f"{prefix}-1"] if len(there) < 2 else []), f"{prefix}-{len(there) + 1}")

    def portion(self, mark: str) -> p.Portion:
        return p.Portion(container=mark, volume=q(self.of(*VOLUMES)))


def _collecting(bench: Bench, chance: Chance) -> list[p.ProductRecord]:
    state = bench.state
    container, party = chance.known(state.containers, "C"), chance.of("Ward", LAB, "Pharmacy")
    number = len(state.donations) + 1
    donor = chance.known(state.donors, "D")
    own = bench.protocol.products[0].donor == "participant"
    found = state.find_container(container)
    return [
        p.DonorRegistered(donor=donor, participant=chance.of("P1", "P2", "P3") if own else None),
        p.DonorConsented(donor=donor, consent_version="1", allows=("use", "destruction")),
        p.DonorDetermined(donor=donor, outcome="eligible", rules="rules 1"),
        bench.collection(donor, f"A999921{number:06}", f"C-{len(state.containers) + 1}"),
        bench.receipt(container, chance.of(container, "nothing")),
        bench.hand_over(container, found.custodian if found is not None else LAB, party),
    ]


def _making(bench: Bench, chance: Chance) -> list[p.ProductRecord]:
    state = bench.state
    container, culture, lot = (
        chance.known(known, prefix)
        for known, prefix in ((state.containers, "C"), (state.cultures, "K"), (state.lots, "L"))
    )
    new = [f"N-{len(state.containers) + one}" for one in (1, 2)]
    taken = (chance.portion(container),)
    into = tuple(p.Portion(container=one, volume=taken[0].volume) for one in (chance.of(*new, container),))
    return [
        bench.culture(f"K-{len(state.cultures) + 1}").model_copy(update={"taken": taken}),
        bench.passage(1 + len(state.cultures[culture].passages) if culture in state.cultures else 1, culture=culture),
        bench.cells(f"L-{len(state.lots) + 1}", culture, tuple(new), chance.of("product", "bank")),
        bench.vehicle(f"L-{len(state.lots) + 1}", tuple(new)),
        p.Repacked(taken=taken, into=into, wasted=q("0 mL"), verified_by=SECOND),
        p.Relabelled(container=container, new=chance.of(*new, container), why="x", verified_by=SECOND),
        bench.test("viability", chance.of("91 %", "91 %", "60 %"), lot),
        bench.test("strength", "5 10*6/mL", lot),
        p.LotCertified(lot=lot, meaning="certified"),
    ]


def _giving(bench: Bench, chance: Chance) -> list[p.ProductRecord]:
    state = bench.state
    preparation, participant = chance.of("PREP-1", "PREP-2", "PREP-3"), chance.of("P1", "P2", "P3")
    ready = [one.id for one in state.containers.values() if one.lot and state.lots[one.lot].is_certified]
    container = chance.of(*ready[-3:]) if ready else "C-1"
    issued = state.preparations[preparation].issued if preparation in state.preparations else ""
    whose, content = bench.side.preparations[preparation], chance.content()
    some = chance.portion(issued or container)
    return [
        p.PreparationOrdered(preparation=preparation, participant=whose, content=content, read_as="x"),
        bench.issue(preparation, container),
        bench.preparing(
            preparation, bag=f"BAG-{len(state.containers)}", taken=(some,), volume=some.volume, wasted=q("0 mL")
        ),
        bench.check(preparation, chance.of(whose, whose, participant), preparation),
        bench.infusion(preparation, chance.of(*VOLUMES)),
        p.LeftOver(container=container, how="residual", volume=some.volume, why="line"),
        p.ContainerDestroyed(container=container, volume=some.volume, method="x", witness=SECOND),
        p.StockCounted(container=container, volume=some.volume, counted_by=("A", "B")),
    ]


def _going_on(bench: Bench, chance: Chance) -> list[p.ProductRecord]:
    """The step that comes next for some preparation, done rightly as far as can be told from here."""
    preparation = chance.of("PREP-1", "PREP-2")
    one = bench.state.preparations.get(preparation)
    if one is None or one.given is not None:
        content = chance.content()
        whose = bench.side.preparations[preparation]
        return [p.PreparationOrdered(preparation=preparation, participant=whose, content=content, read_as="x")]
    if not one.issued:
        kind = "product" if one.content == "product" else "vehicle"
        lots = {lot.id for lot in bench.state.lots.values() if lot.of == kind and lot.is_certified}
        fitting = [c.id for c in bench.state.containers.values() if c.lot in lots and not c.preparation and c.held > 0]
        return [bench.issue(preparation, chance.of(*fitting) if fitting else "B-1")]
    if not one.bag:
        volume = q(chance.of("10 mL", "4.5 mL"))
        taken = (p.Portion(container=one.issued, volume=volume),)
        bag = f"BAG-{len(bench.state.containers)}"
        return [bench.preparing(preparation, bag=bag, taken=taken, volume=volume, wasted=q("0 mL"))]
    if not one.checked:
        return [bench.check(preparation, one.participant, preparation)]
    return [bench.infusion(preparation, chance.of("4 mL", "4.5 mL"))]


def _begin(bench: Bench, chance: Chance) -> None:
    """A good start, so that the wishes that follow meet something; some of them go wrong all the same."""
    own = bench.protocol.products[0].donor == "participant"
    bench.opened().donor("D-1", "P1" if own else None, "eligible")
    if chance.of("a", "b") == "a":
        bench.made(containers=("B-1", "B-2"))
        bench.do(bench.vehicle("V-1", ("W-1", "W-2")))
        bench.certified("V-1")


def require_invariants(bench: Bench, state: ProductState) -> None:
    for one in state.containers.values():
        assert one.held >= 0
        assert one.custodian == one.custody[-1][0]
        moments = [since for _, since in one.custody]
        assert moments == sorted(moments)
    assert account(state, bench.entries).disagreements == ()
    assert all(part.balance == 0 for part in account(state, bench.entries).preparations)
    for node in [*state.children]:
        assert node not in reach(state.children, node)
    assert find_broken_paths(state) == ()
    for given_to in (one for one in state.preparations.values() if one.given is not None):
        donors = state.donors_behind(("preparation", given_to.id))
        assert (given_to.content == "product") == bool(donors)
        if bench.protocol.products[0].donor == "participant":
            assert {donor.participant for donor in donors} <= {given_to.participant}
        for donor in donors:
            assert given_to.participant in look_back(state, ("donor", donor.id)).all("participant")


@TRIES
@given(data=st.data())
def test_any_sequence_of_wishes_keeps_every_promise(data: st.DataObject) -> None:
    protocol = load_protocol(BASE)
    chance = Chance(data)
    bench = Bench(protocol if chance.of("own", "shared") == "own" else of_another_person(protocol))
    _begin(bench, chance)
    for _ in range(30):
        family = data.draw(st.sampled_from((_collecting, _making, _giving, _going_on, _going_on, _going_on)))
        record = data.draw(st.sampled_from(family(bench, chance)))
        pharmacist = family in {_giving, _going_on}
        actor = PHARMACIST if pharmacist else QUALITY if isinstance(record, p.LotCertified) else MAKER
        phase = Phase.SUSPENDED if data.draw(st.integers(0, 9)) == 0 else Phase.RECRUITING
        bench.side = replace(bench.side, phase=phase)
        before = len(bench.entries)
        decision = bench.ask(record, actor, Role.UNBLINDED_PHARMACIST if pharmacist else Role.CELL_LABORATORY)
        written = [entry.event for entry in bench.entries[before:]]
        assert tuple(written) == (decision.events if isinstance(decision, Accepted) else decision.noted)
        assert not (isinstance(decision, Refused) and any(not isinstance(one, p.NearMissRecorded) for one in written))
        require_invariants(bench, bench.state)
    assert fold(bench.entries) == bench.state


def test_the_wishes_of_the_law_reach_an_infusion_and_most_rules() -> None:
    """A law over wishes that are all refused would say nothing: this counts what one long run grants and refuses."""
    granted, refused = set[str](), set[str]()

    @settings(
        max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
    )
    @given(data=st.data())
    def run(data: st.DataObject) -> None:
        chance = Chance(data)
        bench = Bench(of_another_person(load_protocol(BASE)))
        _begin(bench, chance)
        for family in (_giving, _making, _collecting, *[_going_on, _giving] * 8):
            record = data.draw(st.sampled_from(family(bench, chance)))
            pharmacist = family in {_giving, _going_on}
            role = Role.UNBLINDED_PHARMACIST if pharmacist else Role.CELL_LABORATORY
            decision = bench.ask(record, PHARMACIST if pharmacist else MAKER, role)
            if isinstance(decision, Accepted):
                granted.add(record.kind)
            else:
                refused.update(issue.rule for issue in decision.issues)
        assert bench.now < START + timedelta(days=30)

    run()
    assert {
        "preparation ordered",
        "preparation issued",
        "site prepared",
        "bedside checked",
        "product infused",
    } <= granted
    assert {"laboratory/identity", "laboratory/too-much", "laboratory/not-issued", "laboratory/ordered"} <= refused
