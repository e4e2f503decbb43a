"""What the door of the product strand refuses, with the rule that says so; each time nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from armlet.conduct.state import Phase
from armlet.laboratory.answer import Accepted, Refused
from armlet.ledger import product_events as p
from armlet.product.donor_rules import rules_for
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Role
from armlet.protocol.product import Culture, Donors, OutOfSpecification, ProductFailure, Storage
from tests.unit.laboratory.conftest import (
    BASE,
    LAB,
    MAKER,
    PHARMACIST,
    QUALITY,
    SECOND,
    SOURCE,
    START,
    Bench,
    of_another_person,
    q,
    with_product,
)

DIN_2 = "A999921123457"
ALLOWED = OutOfSpecification(source=SOURCE, needs=("maker_evaluation",))


def _refuses(
    bench: Bench, record: p.ProductRecord, *rules: str, actor: str = MAKER, role: Role = Role.CELL_LABORATORY
) -> None:
    before = len(bench.entries)
    assert bench.refused(record, actor, role) == [f"laboratory/{rule}" for rule in rules]
    assert len(bench.entries) == before


def test_nothing_before_the_strand_is_opened_and_nothing_by_another_role(bench: Bench) -> None:
    record = p.DonorRegistered(donor="D-1", participant="P1")

    _refuses(Bench(), record, "not-opened")
    _refuses(bench, record, "role", role=Role.INVESTIGATOR)
    _refuses(bench, record, "nobody", actor="  ")
    _refuses(bench, p.ProductStrandOpened(trial="breeze", simulated=True), "opened")
    _refuses(Bench(), p.ProductStrandOpened(trial="other", simulated=True), "other-trial")


def test_nothing_that_is_yet_to_come(bench: Bench) -> None:
    bench.now = START.replace(year=2031)

    _refuses(bench, p.DonorRegistered(donor="D-1", participant="P1"), "future")


def test_donors_are_of_the_kind_that_the_protocol_says(bench: Bench, shared: Bench) -> None:
    _refuses(bench, p.DonorRegistered(donor="D-1"), "donor-kind")
    _refuses(shared, p.DonorRegistered(donor="D-2", participant="P1"), "donor-kind")
    _refuses(bench, p.DonorRegistered(donor="D-1", participant="P9"), "no-participant")
    _refuses(
        shared, p.DonorDetermined(donor="D-1", outcome="not required", rules="x"), "determination-required", "no-label"
    )
    _refuses(shared, p.DonorDetermined(donor="D-9", outcome="eligible", rules="x"), "no-donor")


def test_one_participant_is_one_donor(bench: Bench) -> None:
    bench.donor()

    _refuses(bench, p.DonorRegistered(donor="D-2", participant="P1"), "donor-known")


def test_nothing_is_collected_without_the_donors_consent(bench: Bench) -> None:
    bench.do(p.DonorRegistered(donor="D-1", participant="P1"))

    _refuses(bench, bench.collection(), "donor-consent")
    bench.do(p.DonorConsented(donor="D-1", consent_version="1", allows=("notification",)))
    _refuses(bench, bench.collection(), "donor-consent")
    bench.do(p.DonorConsented(donor="D-1", consent_version="2", allows=("use",)))
    bench.do(p.DonorConsentWithdrawn(donor="D-1"))
    _refuses(bench, bench.collection(), "donor-withdrew")


def test_a_collection_needs_two_people_new_numbers_and_times_in_order(bench: Bench) -> None:
    bench.donor().do(bench.collection())
    again = bench.collection()

    _refuses(bench, again, "donation-known", "container-known")
    other = {"donation": DIN_2, "container": "C-2"}
    _refuses(bench, again.model_copy(update={**other, "verified_by": " mia  MAKER"}), "two-people")
    _refuses(bench, again.model_copy(update={**other, "stopped": again.started}), "times")
    _refuses(bench, again.model_copy(update={**other, "volume": q("4 kg")}), "unit")
    _refuses(bench, again.model_copy(update={**other, "supplies": ("S-9",)}), "no-supply")


def test_a_recalled_supply_is_not_used(bench: Bench) -> None:
    bench.donor().do(p.SupplyRecalled(supply="S-1", why="endotoxin"))

    _refuses(bench, bench.collection(), "supply-recalled")


def test_who_has_it_not_cannot_hand_it_over(bench: Bench) -> None:
    bench.donor().do(bench.collection())

    _refuses(bench, bench.hand_over("C-1", LAB, "Pharmacy"), "not-custodian")
    _refuses(bench, bench.hand_over("C-1", "Ward", "Ward"), "same-party")
    _refuses(bench, bench.hand_over("C-9"), "no-container")
    _refuses(bench, bench.hand_over("C-1").model_copy(update={"taken_by": "Wanda Ward"}), "two-people")
    _refuses(bench, bench.hand_over("C-1", storage="freezer"), "no-storage")


def test_a_transport_that_was_too_warm_is_quarantined_until_somebody_decides(make_bench: Callable[..., Bench]) -> None:
    cool = Storage(source=SOURCE, id="cool", label="cool box", lowest=q("2 Cel"), highest=q("25 Cel"))
    bench = make_bench(storage=(cool,)).donor()
    bench.do(bench.collection())
    found = bench.do(bench.hand_over("C-1", storage="cool", coldest=q("4 Cel"), warmest=q("25.1 Cel")))

    assert [event.kind for event in found] == ["handed over", "quarantined"]
    bench.do(bench.receipt())
    _refuses(bench, bench.culture(), "quarantined")
    bench.do(p.StabilityDecided(containers=("C-1",), decision="usable", evidence="STAB-1"))
    bench.do(bench.culture())
    _refuses(bench, p.StabilityDecided(containers=("C-1",), decision="usable", evidence="STAB-1"), "not-quarantined")


def test_exactly_at_the_limit_is_no_excursion_and_what_was_rejected_is_never_used(
    make_bench: Callable[..., Bench],
) -> None:
    cool = Storage(source=SOURCE, id="cool", label="cool box", lowest=q("2 Cel"), highest=q("25 Cel"))
    bench = make_bench(storage=(cool,)).donor()
    bench.do(bench.collection())

    assert len(bench.do(bench.hand_over("C-1", storage="cool", coldest=q("2 Cel"), warmest=q("25 Cel")))) == 1
    bench.do(bench.hand_over("C-1", LAB, "Store", storage="cool", coldest=q("1 Cel")))
    bench.do(p.StabilityDecided(containers=("C-1",), decision="rejected", evidence="STAB-2"))
    bench.do(bench.receipt())
    _refuses(bench, bench.culture(), "rejected")


def test_another_number_at_the_receipt_is_refused_and_kept_as_a_near_miss(bench: Bench) -> None:
    bench.donor().do(bench.collection())
    decision = bench.ask(bench.receipt(scanned=DIN_2))

    assert isinstance(decision, Refused)
    assert [issue.rule for issue in decision.issues] == ["laboratory/identity"]
    [missed] = bench.state.near_misses
    assert (missed.at, missed.expected, missed.scanned) == ("receipt", "C-1", DIN_2)
    _refuses(bench, bench.culture(), "not-received")


def test_flag_characters_of_a_donation_number_do_not_matter(bench: Bench) -> None:
    bench.donor().do(bench.collection())

    bench.do(bench.receipt(scanned="=A99992112345602"))
    _refuses(bench, bench.receipt(), "received")


def test_a_container_that_came_broken_is_not_received(bench: Bench) -> None:
    bench.donor().do(bench.collection())

    _refuses(bench, bench.receipt(intact=False), "not-intact")


def test_no_culture_is_started_and_no_lot_released_while_the_trial_is_suspended(bench: Bench) -> None:
    bench.donor().collected()
    bench.side = replace(bench.side, phase=Phase.SUSPENDED)
    _refuses(bench, bench.culture(), "suspended")
    bench.side = replace(bench.side, phase=Phase.RECRUITING)
    bench.do(bench.culture())
    bench.do(bench.passage())
    bench.do(bench.cells())
    bench.tested()
    bench.side = replace(bench.side, phase=Phase.TERMINATED)

    _refuses(bench, p.LotCertified(lot="L-1", meaning="x"), "suspended", actor=QUALITY)


def test_cells_of_two_people_never_meet_where_everybody_gets_their_own(bench: Bench) -> None:
    bench.donor().collected()
    bench.donor("D-2", "P2").collected("D-2", DIN_2, "C-2")
    taken = (p.Portion(container="C-1", volume=q("1 mL")), p.Portion(container="C-2", volume=q("1 mL")))

    _refuses(bench, bench.culture().model_copy(update={"taken": taken}), "mixed-donors")


def test_a_culture_takes_no_more_than_there_is(bench: Bench) -> None:
    bench.donor().collected()

    _refuses(bench, bench.culture(volume="40.1 mL"), "too-much")
    _refuses(bench, bench.culture(container="C-9"), "no-container", "no-origin")


def test_passages_follow_each_other_within_the_limits_of_the_protocol(make_bench: Callable[..., Bench]) -> None:
    limits = Culture(source=SOURCE, first_passage=1, highest_passage=3, most_doublings=q("10 1"))
    bench = make_bench(culture=limits).donor().collected()
    bench.do(bench.culture())
    bench.do(bench.passage(1, "1 10*6", "32 10*6"))

    _refuses(bench, bench.passage(3, "1 10*6", "2 10*6"), "culture")
    _refuses(bench, bench.passage(2, "1 10*6", "33 10*6"), "doubling-limit")
    bench.do(bench.passage(2, "1 10*6", "32 10*6"))  # ten doublings in all: exactly the limit
    bench.do(bench.passage(3, "2 10*6", "1 10*6"))
    _refuses(bench, bench.passage(4, "1 10*6", "1 10*6"), "passage-limit")
    _refuses(bench, bench.passage(4, "0 10*6", "1 10*6"), "culture")
    _refuses(bench, bench.passage(1, culture="K-9"), "no-culture")


def test_every_millilitre_of_a_harvest_is_accounted_for(bench: Bench) -> None:
    bench.donor().collected()
    bench.do(bench.culture())

    _refuses(bench, bench.cells(wasted=q("1.1 mL")), "not-conserved")
    _refuses(bench, bench.cells(cultures=()), "no-origin")
    _refuses(bench, bench.cells(of="vehicle"), "cells-in-vehicle")
    _refuses(bench, bench.cells(cultures=(), supplies=(), of="vehicle"), "no-origin")
    _refuses(bench, bench.cells(cultures=(), of="decoy"), "decoy")
    _refuses(bench, bench.cells(containers=("B-1", "B-1")), "container-twice")
    bench.do(bench.cells())
    _refuses(bench, bench.cells(), "lot-known", "culture-ended", "container-known")


def test_nothing_descends_from_itself_and_lots_are_not_mixed(shared: Bench) -> None:
    shared.made(containers=("B-1", "B-2"))
    shared.do(shared.vehicle())
    some = p.Portion(container="B-1", volume=q("5 mL"))

    def repack(taken: tuple[p.Portion, ...], into: str, volume: str = "5 mL") -> p.Repacked:
        new = (p.Portion(container=into, volume=q(volume)),)
        return p.Repacked(taken=taken, into=new, wasted=q("0 mL"), verified_by=SECOND)

    _refuses(shared, repack((some,), "B-1"), "container-known")
    _refuses(shared, repack((some,), "B-3", "6 mL"), "not-conserved")
    _refuses(shared, repack((some, some), "B-3", "10 mL"), "container-twice")
    vehicle = p.Portion(container="W-1", volume=q("5 mL"))
    _refuses(shared, repack((some, vehicle), "B-3", "10 mL"), "mixed-lots")
    shared.do(shared.hand_over("B-2", LAB, "Store"))
    away = p.Portion(container="B-2", volume=q("5 mL"))
    _refuses(shared, repack((some, away), "B-3", "10 mL"), "two-custodians")


def test_who_made_it_does_not_certify_it(bench: Bench) -> None:
    bench.donor().collected()
    bench.do(bench.culture())
    bench.do(bench.passage())
    bench.do(bench.cells())
    certificate = p.LotCertified(lot="L-1", meaning="certified")

    _refuses(bench, certificate, "tests-pending", actor=QUALITY)
    bench.tested()
    _refuses(bench, certificate, "maker-certifies", actor="mia maker")
    _refuses(bench, certificate, "maker-certifies", actor=SECOND)
    _refuses(bench, certificate.model_copy(update={"exception": True}), "no-exception", actor=QUALITY)
    bench.certified()
    _refuses(bench, certificate, "certified", actor=QUALITY)


def test_a_lot_of_a_donor_who_is_not_eligible_is_not_certified(shared: Bench) -> None:
    shared.do(p.DonorDetermined(donor="D-1", outcome="needs risk assessment", rules="house rules 1"))
    shared.collected()
    shared.do(shared.culture())
    shared.do(shared.passage())
    shared.do(shared.cells())
    shared.tested()

    _refuses(shared, p.LotCertified(lot="L-1", meaning="x"), "donor-not-eligible", actor=QUALITY)


def test_a_failed_test_is_not_repeated_until_it_passes(bench: Bench) -> None:
    bench.donor().collected()
    bench.do(bench.culture())
    bench.do(bench.cells())
    assert [event.kind for event in bench.do(bench.test("viability", "74.9 %"))] == ["lot tested", "verdict reached"]

    _refuses(bench, bench.test("viability", "90 %"), "retest")
    _refuses(bench, bench.test("viability", "90"), "test-value")
    _refuses(bench, bench.test("colour", "white"), "no-test")
    bench.do(bench.test("viability", "90 %", investigation="INV-1: wrong dilution"))
    bench.do(bench.test("strength", "<5 10*6/mL"))
    assert bench.state.lots["L-1"].verdict == "conditional"


def test_a_censored_result_is_no_number(bench: Bench) -> None:
    bench.donor().collected()
    bench.do(bench.culture())
    bench.do(bench.cells())
    bench.do(bench.test("viability", "91 %"))
    bench.do(bench.test("strength", "<9 10*6/mL"))  # the limit is 8: it may be above or below

    _refuses(bench, p.LotCertified(lot="L-1", meaning="x"), "tests-pending", actor=QUALITY)


def test_a_late_result_supersedes_the_certificate_and_opens_a_recall(bench: Bench) -> None:
    bench.donor().made()
    found = bench.do(bench.test("sterility", "growth"))

    assert [event.kind for event in found] == [
        "lot tested", "verdict reached", "certificate superseded", "recall opened", "quarantined",
    ]  # fmt: skip
    bench.ordered()
    assert bench.pharmacist_refused(bench.issue()) == ["laboratory/quarantined", "laboratory/not-certified"]
    bench.do(p.RecallClosed(recall=1, what="destroyed; nobody was given any"))
    _refuses(bench, p.RecallClosed(recall=1, what="again"), "recall-closed")
    _refuses(bench, p.RecallClosed(recall=2, what="x"), "no-recall")


def test_what_is_learned_of_a_donor_opens_a_recall_of_every_lot(shared: Bench) -> None:
    shared.made().given("PREP-1", "P1", "B-1")
    found = shared.do(p.DonorReported(donor="D-1", what="hepatitis found a year later"))

    assert [event.kind for event in found] == ["donor reported", "recall opened"]
    assert shared.state.recalls[1].lot == "L-1"


# --- Out of specification -------------------------------------------------------------------------------------------


def _failed(bench: Bench) -> Bench:
    bench.donor().collected()
    bench.do(bench.culture())
    bench.do(bench.passage())
    bench.do(bench.cells())
    return bench.tested(viability="60 %").ordered()


def test_nothing_out_of_specification_is_given_unless_the_protocol_says_so(bench: Bench) -> None:
    _failed(bench)

    _refuses(bench, p.ExceptionEvaluated(lot="L-1", document="RISK-1"), "exceptions-disabled")
    _refuses(bench, p.LotCertified(lot="L-1", meaning="x"), "out-of-specification", actor=QUALITY)
    excepted = p.LotCertified(lot="L-1", meaning="x", exception=True)
    _refuses(bench, excepted, "exceptions-disabled", "exception-order", actor=QUALITY)


def test_an_exception_goes_its_steps_in_their_order(make_bench: Callable[..., Bench]) -> None:
    bench = _failed(make_bench(out_of_specification=ALLOWED))
    asked = p.ExceptionRequested(lot="L-1", preparation="PREP-1", physician="Dora Doctor")
    excepted = p.LotCertified(lot="L-1", meaning="at the physician's request", exception=True)

    _refuses(bench, asked, "exception-order")
    bench.do(p.ExceptionEvaluated(lot="L-1", document="RISK-1"))
    _refuses(bench, asked.model_copy(update={"physician": "Sam  second"}), "maker-asks")
    _refuses(bench, asked.model_copy(update={"preparation": "PREP-9"}), "no-preparation")
    bench.do(asked)
    _refuses(bench, p.ExceptionNotified(lot="L-1", sponsor="Sponsor"), "exception-order")
    bench.do(p.ExceptionExplained(lot="L-1", explained_by="Dora Doctor"))
    _refuses(bench, excepted, "exception-order", actor=QUALITY)
    bench.do(p.ExceptionNotified(lot="L-1", sponsor="Sponsor"))
    bench.do(excepted, QUALITY)
    bench.by_pharmacist(bench.issue())


# --- Giving ---------------------------------------------------------------------------------------------------------


def test_only_what_was_ordered_is_issued_and_ones_cells_go_to_nobody_else(bench: Bench) -> None:
    bench.donor().made(containers=("B-1", "B-2"))
    bench.do(bench.vehicle())
    bench.certified("V-1").ordered().ordered("PREP-2", "P2", "sham").ordered("PREP-3", "P3")

    assert bench.pharmacist_refused(bench.issue("PREP-1", "W-1")) == ["laboratory/wrong-content"]
    assert bench.pharmacist_refused(bench.issue("PREP-2", "B-1")) == ["laboratory/wrong-content", "laboratory/identity"]
    assert bench.pharmacist_refused(bench.issue("PREP-3", "B-1")) == ["laboratory/identity"]
    bench.by_pharmacist(bench.issue())
    assert bench.pharmacist_refused(bench.issue("PREP-1", "B-2")) == ["laboratory/issued"]
    assert bench.pharmacist_refused(bench.issue("PREP-9")) == ["laboratory/no-preparation"]


def test_an_order_agrees_with_the_open_strand(bench: Bench) -> None:
    order = p.PreparationOrdered(preparation="PREP-1", participant="P2", content="sham", read_as="x")

    assert bench.pharmacist_refused(order) == ["laboratory/other-participant"]
    assert bench.pharmacist_refused(order.model_copy(update={"preparation": "PREP-8"})) == ["laboratory/no-preparation"]
    bench.ordered()
    again = order.model_copy(update={"participant": "P1"})
    assert bench.pharmacist_refused(again) == ["laboratory/ordered"]
    bench.side = replace(bench.side, cancelled=frozenset({"PREP-1"}))
    bench.donor().made()
    assert bench.pharmacist_refused(bench.issue()) == ["laboratory/cancelled"]


def test_a_bag_is_made_of_what_was_issued_and_nothing_is_lost(bench: Bench) -> None:
    bench.donor().made(containers=("B-1", "B-2"))
    bench.ordered()
    assert bench.pharmacist_refused(bench.preparing()) == ["laboratory/not-issued"]
    bench.by_pharmacist(bench.issue())

    assert bench.pharmacist_refused(bench.preparing(volume=q("19 mL"))) == ["laboratory/not-conserved"]
    assert bench.pharmacist_refused(bench.preparing(container="B-2")) == [
        "laboratory/wrong-content",
        "laboratory/not-issued",
    ]
    assert bench.pharmacist_refused(bench.preparing(verified_by=PHARMACIST)) == ["laboratory/two-people"]
    late = START + timedelta(days=201)
    assert bench.pharmacist_refused(bench.preparing(expires=late)) == ["laboratory/expiry"]
    bench.by_pharmacist(bench.preparing())
    assert bench.pharmacist_refused(bench.preparing(bag="BAG-2")) == ["laboratory/prepared", "laboratory/too-much"]


def test_the_wrong_bag_is_refused_and_kept_as_a_near_miss(bench: Bench) -> None:
    bench.donor().made().ordered().by_pharmacist(bench.issue())
    bench.by_pharmacist(bench.preparing())

    assert bench.pharmacist_refused(bench.check(bag="PREP-2")) == ["laboratory/identity"]
    assert bench.pharmacist_refused(bench.check(wristband="P2")) == ["laboratory/identity"]
    assert [one.scanned for one in bench.state.near_misses] == ["P1 / PREP-2", "P2 / PREP-1"]
    assert not bench.state.preparations["PREP-1"].checked
    assert bench.pharmacist_refused(bench.infusion()) == ["laboratory/not-checked"]
    alone = bench.check().model_copy(update={"checked_by": ("Nora Nurse", "nora nurse")})
    assert bench.pharmacist_refused(alone) == ["laboratory/two-people"]
    bench.by_pharmacist(bench.check(bag="BAG-1"))


def test_an_infusion_is_what_the_open_strand_says_and_before_the_expiry(bench: Bench) -> None:
    bench.donor().made().ordered().by_pharmacist(bench.issue())
    bench.by_pharmacist(bench.preparing())
    bench.by_pharmacist(bench.check())
    told = bench.infusion()

    assert bench.pharmacist_refused(told.model_copy(update={"volume": q("16 mL")})) == ["laboratory/differs"]
    side = bench.side
    bench.side = replace(side, given={})
    assert bench.pharmacist_refused(told) == ["laboratory/not-administered"]
    assert bench.pharmacist_refused(bench.infusion(volume="19 mL")) == ["laboratory/too-much"]
    bench.side = side
    bench.by_pharmacist(told)
    assert bench.pharmacist_refused(told) == ["laboratory/given", "laboratory/too-much"]
    bench.now += timedelta(hours=12)
    assert bench.pharmacist_refused(bench.check()) == ["laboratory/given", "laboratory/expired"]


def test_a_failure_is_met_as_the_protocol_said_beforehand(bench: Bench, make_bench: Callable[..., Bench]) -> None:
    failed = p.ProductFailed(preparation="PREP-1", why="viability", then="collect again")
    assert bench.ordered().pharmacist_refused(failed) == ["laboratory/no-policy"]
    planned = ProductFailure(source=SOURCE, then=("stored lot", "follow without a dose"))
    other = make_bench(failure=planned).donor().made(containers=("B-1", "B-2")).ordered()

    assert other.pharmacist_refused(failed) == ["laboratory/other-policy"]
    other.by_pharmacist(other.issue())
    other.by_pharmacist(failed.model_copy(update={"then": "stored lot"}))
    other.by_pharmacist(other.issue(container="B-2"))
    other.by_pharmacist(failed.model_copy(update={"then": "follow without a dose"}))
    assert other.pharmacist_refused(other.issue()) == ["laboratory/failed", "laboratory/issued"]


def test_leftovers_go_where_the_donors_consent_lets_them(bench: Bench) -> None:
    bench.donor().collected()
    bench.do(p.DonorConsented(donor="D-1", consent_version="2", allows=("use",)))
    destroyed = p.ContainerDestroyed(container="C-1", volume=q("40 mL"), method="autoclave", witness=SECOND)

    _refuses(bench, p.LeftOver(container="C-1", how="retained", volume=q("1 mL"), why="x"), "leftovers-consent")
    _refuses(bench, destroyed, "leftovers-consent")
    bench.do(p.DonorConsented(donor="D-1", consent_version="3", allows=("use", "destruction")))
    _refuses(bench, destroyed.model_copy(update={"witness": MAKER}), "two-people")
    _refuses(bench, destroyed.model_copy(update={"volume": q("41 mL")}), "too-much")
    bench.do(destroyed)
    count = p.StockCounted(container="C-1", volume=q("0 mL"), counted_by=("A", "a "))
    _refuses(bench, count, "two-people")


def test_the_same_asked_twice_under_its_key_is_done_once(bench: Bench) -> None:
    record = p.DonorRegistered(donor="D-1", participant="P1")
    first, again = (bench.ask(record, key="K1") for _ in range(2))

    assert isinstance(first, Accepted)
    assert again == first
    assert len(bench.entries) == 4
    other = bench.ask(p.DonorRegistered(donor="D-2", participant="P2"), key="K1")
    assert isinstance(other, Refused)
    assert other.issues[0].rule == "laboratory/key-used"


# --- The determination of a donor by rule sets ----------------------------------------------------------------------


def _by_european_rules() -> Bench:
    rules = Donors(source=SOURCE, rules=("eu",), tissue="bone_marrow", leukocyte_rich=False)
    bench = Bench(with_product(of_another_person(load_protocol(BASE)), donors=rules)).opened()
    bench.do(p.DonorRegistered(donor="D-1"))
    bench.do(p.DonorConsented(donor="D-1", consent_version="1", allows=("use",)))
    return bench


def test_where_the_protocol_names_rules_a_donor_is_what_they_say() -> None:
    bench = _by_european_rules()
    eligible = p.DonorDetermined(donor="D-1", outcome="eligible", rules="eu")
    _refuses(bench, eligible, "not-collected")
    bench.collected()
    _refuses(bench, eligible, "determination-differs")  # nothing was tested

    day = START.date()
    rules = rules_for("eu", day)
    for part in rules.screening.parts:
        bench.do(p.DonorScreened(donor="D-1", part=part, on=day, history=()))
    for test in rules.tests:
        tested = p.DonorTested(
            donor="D-1", test=test.id, result="negative", sampled=day, kit_licensed=True, reviewed_by=SECOND
        )
        _refuses(bench, tested.model_copy(update={"reviewed_by": MAKER}), "two-people")
        bench.do(tested)
    incomplete = eligible.model_copy(update={"outcome": "incomplete"})
    _refuses(bench, incomplete, "determination-differs")
    bench.do(eligible)


def test_a_late_positive_result_makes_a_donor_ineligible() -> None:
    bench = _by_european_rules().collected()
    day = START.date()
    hiv = next(test.id for test in rules_for("eu", day).tests if test.positive == "ineligible" and not test.settled_by)
    bench.do(
        p.DonorTested(donor="D-1", test=hiv, result="positive", sampled=day, kit_licensed=True, reviewed_by=SECOND)
    )

    found = bench.ask(p.DonorDetermined(donor="D-1", outcome="eligible", rules="eu"))
    assert isinstance(found, Refused)
    assert "ineligible" in found.issues[0].message
