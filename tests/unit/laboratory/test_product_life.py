"""The whole way of a product, from donor to bedside, and back."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from armlet.laboratory.accountability import account
from armlet.laboratory.gate import tell_readiness
from armlet.laboratory.genealogy import find_broken_paths, find_thing, look_back, trace
from armlet.ledger import product_events as p
from armlet.protocol.model import Role
from tests.unit.laboratory.conftest import DIN, LAB, Bench, q


def test_ones_own_cells_go_from_the_collection_to_oneself_and_the_books_balance(bench: Bench) -> None:
    bench.donor().made().given()

    books = account(bench.state, bench.entries)
    [mine] = books.preparations

    assert bench.state.lots["L-1"].verdict == "conditional"
    assert bench.state.preparations["PREP-1"].given is not None
    assert (mine.received, mine.given, mine.left, mine.held) == (18, 17, {"residual": Fraction(1)}, 0)
    assert books.balances
    assert books.open == ("C-1",)  # ten millilitres of the collection are still in the laboratory
    assert find_broken_paths(bench.state) == ()


def test_a_sham_takes_the_same_steps_from_a_released_vehicle(bench: Bench) -> None:
    bench.do(bench.vehicle())
    bench.certified("V-1").given("PREP-2", "P2", "W-1", "sham")

    books = account(bench.state, bench.entries)

    assert books.balances
    assert [one.preparation for one in books.preparations] == ["PREP-2"]
    assert look_back(bench.state, ("participant", "P2")).all("donor") == ()


def test_one_donor_leads_to_all_recipients_and_a_recipient_to_the_donor_and_the_others(shared: Bench) -> None:
    shared.made(containers=("B-1", "B-2", "B-3"))
    for number in (1, 2, 3):
        shared.given(f"PREP-{number}", f"P{number}", f"B-{number}")

    donor, one = look_back(shared.state, ("donor", "D-1")), look_back(shared.state, ("participant", "P2"))

    assert donor.all("participant") == ("P1", "P2", "P3")
    assert (one.all("donor"), one.all("donation"), one.all("lot")) == (("D-1",), (DIN,), ("L-1",))
    assert one.siblings == ("P1", "P3")
    assert look_back(shared.state, ("supply", "S-1")).all("participant") == ("P1", "P2", "P3")
    assert donor.remaining == ("C-1",)


def test_a_bank_stands_between_the_donor_and_the_lots(shared: Bench) -> None:
    shared.collected()
    shared.do(shared.culture())
    shared.do(shared.passage())
    shared.do(shared.cells("BANK-1", containers=("VIAL-1", "VIAL-2"), of="bank"))
    shared.do(shared.culture("K-2", "VIAL-1", "20 mL"))
    shared.do(shared.passage(culture="K-2"))
    shared.do(shared.cells("L-2", "K-2", ("B-9",)))

    assert look_back(shared.state, ("lot", "L-2")).all("donor") == ("D-1",)
    assert look_back(shared.state, ("lot", "BANK-1")).all("lot") == ("BANK-1", "L-2")
    assert shared.refused(p.LotCertified(lot="L-2", meaning="x"), "Sam Second") == [
        "laboratory/maker-certifies", "laboratory/tests-pending",
    ]  # fmt: skip


def test_a_trace_tells_every_step_in_order(bench: Bench) -> None:
    bench.donor().made().given()

    steps = trace(bench.state, bench.entries, ("preparation", "PREP-1"))

    assert [step.what for step in steps] == [
        "supply received", "donor registered", "donor consented", "donor determined", "collected", "handed over",
        "collection received", "culture started", "culture passaged", "lot filled", "lot tested", "lot tested",
        "verdict reached", "lot certified", "preparation ordered", "preparation issued", "site prepared",
        "bedside checked", "product infused", "left over",
    ]  # fmt: skip


def test_a_number_is_found_whatever_it_is_of(bench: Bench) -> None:
    bench.donor("P1").ordered()

    assert find_thing(bench.state, "P1") == (("donor", "P1"), ("participant", "P1"))
    assert find_thing(bench.state, "nothing") == ()


def test_a_container_keeps_its_way_under_another_number(bench: Bench) -> None:
    bench.donor().made()
    bench.do(p.Relabelled(container="B-1", new="B-1A", why="smeared", verified_by="Sam Second"))
    bench.given(container="B-1")

    assert bench.state.find_container("B-1") is bench.state.containers["B-1A"]
    assert look_back(bench.state, ("participant", "P1")).all("donation") == (DIN,)
    assert account(bench.state, bench.entries).balances


def test_split_and_pooled_containers_lose_nothing(shared: Bench) -> None:
    shared.made(containers=("B-1", "B-2"))
    taken = (p.Portion(container="B-1", volume=q("20 mL")), p.Portion(container="B-2", volume=q("5 mL")))
    into = (p.Portion(container="B-3", volume=q("10 mL")), p.Portion(container="B-4", volume=q("14.5 mL")))
    shared.do(p.Repacked(taken=taken, into=into, wasted=q("0.5 mL"), verified_by="Sam Second"))

    assert {name: one.held for name, one in shared.state.containers.items()} == {
        "C-1": 10, "B-1": 0, "B-2": 15, "B-3": 10, "B-4": Fraction(29, 2),
    }  # fmt: skip
    assert look_back(shared.state, ("container", "B-4")).all("donor") == ("D-1",)
    assert account(shared.state, shared.entries).balances


def test_the_open_side_hears_the_same_of_cells_and_of_a_sham(bench: Bench) -> None:
    bench.donor().made()
    bench.do(bench.vehicle())
    bench.certified("V-1").ordered().ordered("PREP-2", "P2", "sham")
    for preparation, container, bag in (("PREP-1", "B-1", "BAG-1"), ("PREP-2", "W-1", "BAG-2")):
        assert not tell_readiness(bench.state, preparation, bench.now).ready
        bench.by_pharmacist(bench.issue(preparation, container))
        bench.by_pharmacist(bench.preparing(preparation, container, bag, expires=bench.now.replace(year=2021, month=6)))

    cells, sham = (tell_readiness(bench.state, one, bench.now) for one in ("PREP-1", "PREP-2"))

    assert (cells.ready, str(cells.volume)) == (True, "18 mL")
    assert (sham.ready, sham.volume) == (True, cells.volume)
    assert not tell_readiness(bench.state, "PREP-9", bench.now).ready


def test_a_count_of_the_stock_shows_what_the_books_do_not(bench: Bench) -> None:
    bench.donor().made()
    assert account(bench.state, bench.entries).balances

    bench.do(p.StockCounted(container="C-1", volume=q("9 mL"), counted_by=("Mia Maker", "Sam Second")))
    books = account(bench.state, bench.entries)

    assert not books.balances
    assert {one.container: one.balance for one in books.accounts} == {"C-1": 1, "B-1": 0}


def test_custody_goes_from_hand_to_hand(bench: Bench) -> None:
    bench.donor().collected()

    assert [party for party, _ in bench.state.containers["C-1"].custody] == ["Ward", LAB]
    assert bench.refused(bench.hand_over("C-1")) == ["laboratory/not-custodian"]


def _visit(**change: Any) -> p.MonitoringVisitFiled:
    told: dict[str, Any] = {
        "visit": "MV-1", "began": date(2020, 1, 1), "ended": date(2020, 1, 2), "place": "laboratory",
        "records": ("stock", "custody"), "findings": ("One log was signed late.",),
    }  # fmt: skip
    return p.MonitoringVisitFiled(**{**told, **change})


def test_the_unblinded_monitor_files_what_was_seen_and_nobody_else_does(bench: Bench) -> None:
    assert bench.refused(_visit(), "Mo Blind", Role.MONITOR) == ["laboratory/role"]
    assert bench.refused(_visit()) == ["laboratory/role"]

    bench.do(_visit(), "Una Seen", Role.UNBLINDED_MONITOR)

    filed = bench.state.visits["MV-1"]
    assert (filed.by, filed.report.findings, filed.filed) == ("Una Seen", ("One log was signed late.",), bench.now)
    assert bench.refused(_visit(), "Una Seen", Role.UNBLINDED_MONITOR) == ["laboratory/visit-filed"]


def test_a_visit_that_is_yet_to_come_or_ends_before_it_begins_is_not_filed(bench: Bench) -> None:
    for change in ({"ended": date(2999, 1, 1)}, {"ended": date(2019, 12, 31)}):
        refused = bench.refused(_visit(**change), "Una Seen", Role.UNBLINDED_MONITOR)
        assert refused == ["laboratory/visit-days"]
