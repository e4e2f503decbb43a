"""A restored vault never gives a used slot again: what was lost goes back to whom it was given, or to nobody.

Each way in which vault, open strand and paper can be of different ages is a test with its answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.allocation.allocator import VaultAllocator, number_preparation, slot_of
from armlet.allocation.commitment import list_arms
from armlet.allocation.proof import prove
from armlet.allocation.reconcile import Plan, plan_reconciliation, reconcile
from armlet.allocation.scheme import method_of
from armlet.allocation.sealed_strand import VaultKey
from armlet.allocation.sheets import list_sheets
from armlet.allocation.strata import Stratified
from armlet.allocation.stream import find_list
from armlet.allocation.unblinded import Slot, UnblindedDataset
from armlet.allocation.unblinding import Warrant, unseal
from armlet.allocation.vault import Vault, Writer, replay_draws
from armlet.conduct.state import Participant, TrialState
from armlet.derivation.dataset import BlindedDataset
from armlet.errors import RefusedError, SealBroken
from armlet.ledger.entry import Head
from armlet.ledger.events import UnblindingCategory
from armlet.ledger.sealed import (
    ArmAssigned,
    SealedFactor,
    SlotLost,
    VaultOpened,
    VaultReconciled,
    VaultRestored,
)
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Protocol

DAY = date(2021, 3, 1)
MOMENT = datetime(2021, 3, 1, 9, tzinfo=UTC)
WRITER = Writer("the allocator", MOMENT)
KEY = VaultKey(bytes(range(32)))
FACTORS = (
    SealedFactor(name="sex", levels=("female", "male")),
    SealedFactor(name="band", levels=("young", "old")),
)
SCHEMES = ("one list", "a list in each stratum", "minimisation", "random allocation rule")
LEVELS = [{"sex": sex, "band": band} for sex in ("female", "male") for band in ("young", "old")]


def opening(scheme: str) -> VaultOpened:
    method = {"minimisation": "minimisation", "random allocation rule": "random_allocation"}.get(
        scheme, "permuted_blocks"
    )
    settings = {"permuted_blocks": {"block": 4}, "minimisation": {}, "random_allocation": {"n": 12}}[method]
    return VaultOpened(
        trial="breeze", arms=("cells", "imitation"), ratio=(1, 1), method=method, settings=settings,
        factors=FACTORS if scheme in SCHEMES[1:3] else None, seed="5e" * 32, simulated=True,
    )  # fmt: skip


def levels_of(scheme: str, number: int) -> dict[str, str]:
    return LEVELS[(number * number) % 4] if scheme in SCHEMES[1:3] else {}


def lived(scheme: str, people: int) -> Vault:
    """A vault in which so many people, P1, P2 …, have a slot."""
    vault = Vault(KEY, nonces=lambda seq: seq.to_bytes(12, "big"))
    vault.write(WRITER, opening(scheme))
    go_on(vault, scheme, range(1, people + 1))
    return vault


def go_on(vault: Vault, scheme: str, people: range) -> list[str]:
    allocator = VaultAllocator(vault, lambda: WRITER)
    return [allocator.allocate(f"P{number}", f"R-P{number}", levels_of(scheme, number)) for number in people]


def restored(vault: Vault, slots: int) -> Vault:
    """The vault as a backup from after so many slots has it, put back."""
    older = Vault(KEY, nonces=lambda seq: (1000 + seq).to_bytes(12, "big"))
    older._lines, older._entries = vault._lines[: 1 + slots], vault._entries[: 1 + slots]
    mark = VaultRestored(entries=older.head().seq, head=older.head().digest, backed_up=MOMENT, at=MOMENT)
    older.write(WRITER, mark)
    return older


def told(scheme: str, allocated: Mapping[str, str], asked: int = 0) -> TrialState:
    """A ledger in which these people have these preparations, and people up to P`asked` have asked for one."""
    state = TrialState(trial="breeze", simulated=True, head=Head(7, "sha256:" + "7" * 64))
    numbers = sorted({*(int(who[1:]) for who in allocated), *range(1, asked + 1)})
    for number in numbers:
        who = f"P{number}"
        one = Participant(who, "harbour", DAY, enrolled=DAY, request=f"R-{who}", levels=levels_of(scheme, number))
        if who in allocated:
            one.randomised, one.preparation = DAY, allocated[who]
        state.participants[who] = one
    return state


def up_to(number: int) -> dict[str, str]:
    """What a ledger tells after so many allocations."""
    return {f"P{one}": number_preparation(one) for one in range(1, number + 1)}


def slots_of(vault: Vault) -> list[tuple[int, str, str, str, str]]:
    return [(one.slot, one.participant, one.arm, one.drawn, one.preparation) for one in vault.assignments()]


def do(vault: Vault, state: TrialState, outside: int, held: Mapping[int, str] | None = None) -> Plan:
    plan = plan_reconciliation(vault, state, outside, held or {})
    reconcile(vault, WRITER, plan)
    return plan


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_vault_that_is_older_than_the_ledger_gets_every_slot_again_as_it_was(scheme: str) -> None:
    truth = lived(scheme, 6)
    vault = restored(truth, 2)

    plan = do(vault, told(scheme, up_to(6)), 6)

    assert [one.participant for one in plan.replayed] == ["P3", "P4", "P5", "P6"]
    assert plan.lost == ()
    assert slots_of(vault) == slots_of(truth)
    assert not vault.is_quarantined
    assert go_on(vault, scheme, range(7, 9)) == go_on(truth, scheme, range(7, 9)) == ["PREP-007", "PREP-008"]
    assert slots_of(vault) == slots_of(truth)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_ledger_that_is_older_than_the_vault_changes_no_slot_and_the_lost_requests_are_named(scheme: str) -> None:
    vault = restored(lived(scheme, 5), 5)
    before = slots_of(vault)

    plan = do(vault, told(scheme, up_to(3)), 5)

    assert (plan.events, slots_of(vault)) == ((), before)
    assert [(one.participant, one.request, one.preparation) for one in plan.unasked] == [
        ("P4", "R-P4", "PREP-004"),
        ("P5", "R-P5", "PREP-005"),
    ]
    assert go_on(vault, scheme, range(4, 7)) == ["PREP-004", "PREP-005", "PREP-006"], "asked again, the same answer"
    assert replay_draws(vault) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_where_both_are_older_than_the_paper_what_nobody_can_name_is_lost_and_given_to_nobody(scheme: str) -> None:
    vault = restored(lived(scheme, 6), 2)

    plan = do(vault, told(scheme, up_to(3)), 5)

    assert [one.participant for one in plan.replayed] == ["P3"]
    assert [one.preparation for one in plan.lost] == ["PREP-004", "PREP-005"]
    assert go_on(vault, scheme, range(7, 9)) == ["PREP-006", "PREP-007"]
    assert [used.slot for used in vault.used_slots()] == [1, 2, 3, 4, 5, 6, 7]
    assert replay_draws(vault) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_where_the_paper_names_who_had_it_and_the_request_is_recorded_again_the_slot_is_drawn_as_it_was(
    scheme: str,
) -> None:
    truth = lived(scheme, 5)
    vault = restored(truth, 2)

    plan = do(vault, told(scheme, up_to(3), asked=5), 5, {4: "P4", 5: "P5"})

    assert plan.lost == ()
    assert slots_of(vault) == slots_of(truth)


def test_in_one_list_a_lost_slot_keeps_its_arm_and_everybody_after_it_gets_what_the_list_says() -> None:
    vault = restored(lived("one list", 6), 2)
    listed = list_arms(vault.scheme(), bytes.fromhex(vault.opening().seed), 12)

    do(vault, told("one list", up_to(2)), 4)
    go_on(vault, "one list", range(7, 11))

    arms = [vault.scheme().arms.index(used.arm or "") for used in vault.used_slots()]
    assert arms == list(listed[:8])
    assert [sheet.number for sheet in list_sheets(vault, 12)] == [9, 10, 11, 12]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_no_place_of_any_list_and_no_number_of_the_stream_is_drawn_with_twice(scheme: str) -> None:
    """Also not one that a lost slot was drawn with, whoever it was for."""
    truth = lived(scheme, 8)
    drawn = {one.participant: one.drawn for one in truth.assignments()}
    vault = restored(truth, 3)
    do(vault, told(scheme, up_to(4)), 6)
    go_on(vault, scheme, range(9, 13))

    lost = {drawn["P5"], drawn["P6"]}
    used = [one.drawn for one in vault.assignments()]
    assert len(set(used)) == len(used)
    assert not lost & set(used)


def test_in_strata_a_lost_slot_takes_the_next_place_of_every_list() -> None:
    vault = restored(lived("a list in each stratum", 6), 2)
    before = vault.history()
    do(vault, told("a list in each stratum", up_to(2)), 3)
    after = vault.history()

    assert isinstance(method_of(after.scheme), Stratified)
    for levels in LEVELS:
        places = [find_list(one.scheme.joined_by(levels), one.arms, one.seed) for one in (before, after)]
        assert places[0][0] == places[1][0]
        assert places[1][1] == places[0][1] + 1
    (lost,) = vault.events(SlotLost)
    assert (lost.arm, lost.drawn) == (None, None)


def test_in_minimisation_a_lost_slot_counts_in_no_table_and_its_number_is_passed_over() -> None:
    vault = restored(lived("minimisation", 6), 2)
    do(vault, told("minimisation", up_to(2)), 4)

    history = vault.history()

    assert (len(history.arms), history.skipped) == (2, 2)
    assert [(one.arm, one.drawn) for one in vault.events(SlotLost)] == [(None, None), (None, None)]


@given(st.sampled_from(SCHEMES[:3]), st.data())
@settings(max_examples=40, deadline=None)
def test_whatever_the_ages_no_slot_has_two_holders_and_every_holder_known_keeps_what_they_had(
    scheme: str, data: st.DataObject
) -> None:
    people = data.draw(st.integers(0, 8))
    in_vault, in_ledger = data.draw(st.integers(0, people)), data.draw(st.integers(0, people))
    truth = lived(scheme, people)
    had = {one.participant: one for one in truth.assignments()}
    vault = restored(truth, in_vault)

    plan = do(vault, told(scheme, up_to(in_ledger)), people)
    go_on(vault, scheme, range(20, 23))

    used = [one.slot for one in vault.used_slots()]
    assert used == list(range(1, people + 4))
    known = max(in_vault, in_ledger)
    assert [one.slot for one in plan.lost] == list(range(known + 1, people + 1))
    for one in vault.assignments()[:known]:
        assert one == had[one.participant]
    assert {one.slot for one in vault.assignments()[known:]} == set(range(people + 1, people + 4))
    assert replay_draws(vault) == []


# --- Before it is reconciled ----------------------------------------------------------------------------------------


def test_a_restored_vault_answers_those_whose_slot_it_has_and_gives_no_new_one() -> None:
    vault = restored(lived("one list", 4), 2)
    before = vault.as_bytes()

    assert go_on(vault, "one list", range(1, 3)) == ["PREP-001", "PREP-002"]
    with pytest.raises(RefusedError, match="vault/quarantined"):
        go_on(vault, "one list", range(3, 4))
    with pytest.raises(RefusedError, match="vault/quarantined"):
        list_sheets(vault, 12)
    with pytest.raises(SealBroken, match="restored and is not reconciled"):
        vault.write(WRITER, SlotLost(slot=3, preparation="PREP-003"))
    assert vault.as_bytes() == before


def test_the_restore_is_the_next_entry_and_the_reconciliation_says_with_what() -> None:
    vault = restored(lived("one list", 4), 2)

    do(vault, told("one list", up_to(4)), 4)

    kinds = [entry.event.kind for entry in vault._entries]
    assert kinds == [
        "vault opened", "arm assigned", "arm assigned", "vault restored", "arm assigned", "arm assigned",
        "vault reconciled",
    ]  # fmt: skip
    (done,) = vault.events(VaultReconciled)
    assert (done.entries, done.head, done.last) == (7, "sha256:" + "7" * 64, 4)


def test_a_vault_that_is_restored_a_second_time_is_reconciled_a_second_time() -> None:
    vault = restored(lived("one list", 4), 2)
    do(vault, told("one list", up_to(4)), 4)
    again = Vault(KEY)
    again._lines, again._entries = list(vault._lines), list(vault._entries)
    again.write(
        WRITER, VaultRestored(entries=7, head="sha256:0", backed_up=MOMENT, at=datetime(2021, 4, 1, tzinfo=UTC))
    )

    assert again.is_quarantined
    do(again, told("one list", up_to(4)), 4)
    assert not again.is_quarantined


# --- What contradicts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "outside", "held", "rule"),
    [
        (told("one list", {"P1": "PREP-001", "P9": "PREP-002"}), 4, {}, "vault/contradiction"),
        (told("one list", {"P1": "PREP-003"}), 4, {}, "vault/contradiction"),
        (told("one list", {"P8": "PREP-003", "P9": "PREP-003"}), 4, {}, "vault/contradiction"),
        (told("one list", up_to(4)), 3, {}, "vault/last-preparation"),
        (told("one list", up_to(2), asked=5), 4, {5: "P5"}, "vault/last-preparation"),
        (told("one list", up_to(2)), 4, {4: "P4"}, "vault/no-request"),
        (told("one list", up_to(4), asked=5), 5, {4: "P5"}, "vault/contradiction"),
        (told("one list", {"P1": "KIT-17"}), 4, {}, "vault/other-series"),
    ],
)
def test_what_contradicts_is_refused_and_nothing_is_written(
    state: TrialState, outside: int, held: dict[int, str], rule: str
) -> None:
    vault = restored(lived("one list", 4), 2)
    before = vault.as_bytes()

    with pytest.raises(RefusedError) as raised:
        plan_reconciliation(vault, state, outside, held)

    assert rule in [issue.rule for issue in raised.value.issues]
    assert not any(arm in str(raised.value) for arm in ("cells", "imitation"))
    assert vault.as_bytes() == before


def test_another_trials_ledger_is_refused() -> None:
    state = told("one list", up_to(4))
    state.trial = "gale"

    with pytest.raises(RefusedError, match="vault/other-trial"):
        plan_reconciliation(restored(lived("one list", 4), 2), state, 4, {})


def test_a_slot_that_was_written_down_as_lost_is_not_given_back_when_a_newer_ledger_turns_up() -> None:
    vault = restored(lived("one list", 4), 2)
    do(vault, told("one list", up_to(2)), 4)

    with pytest.raises(RefusedError, match="PREP-003 is P3's; it was written down as lost"):
        plan_reconciliation(vault, told("one list", up_to(4)), 4, {})


# --- At the end -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def protocol() -> Protocol:

    return load_protocol(Path(__file__).parents[2] / "spec" / "checks" / "base.yaml")


def test_the_proof_understands_lost_slots_and_says_so(protocol: Protocol) -> None:
    vault = restored(lived("one list", 4), 2)
    do(vault, told("one list", up_to(2)), 3)
    go_on(vault, "one list", range(5, 6))

    state = told("one list", {**up_to(2), "P5": "PREP-004"})
    breaks, notes = prove(vault, protocol, state)

    assert breaks == ()
    assert "Lost at a restore, and given to nobody since: PREP-003." in notes


def test_the_proof_names_a_lost_slot_that_somebody_has_and_a_number_that_is_not_the_vaults(protocol: Protocol) -> None:
    vault = restored(lived("one list", 4), 2)
    do(vault, told("one list", up_to(2)), 3)

    state = told("one list", {"P1": "PREP-001", "P2": "PREP-012", "P3": "PREP-003"})
    breaks, _ = prove(vault, protocol, state)

    said = [str(one) for one in breaks]
    assert any("slot 2 is PREP-002, and the ledger says PREP-012" in one for one in said)
    assert any("slot 3 was written down as lost, and the ledger says that P3 has it" in one for one in said)
    assert not any(arm in one for one in said for arm in ("cells", "imitation"))


def test_a_lost_slot_with_another_arm_than_the_seed_draws_is_found() -> None:
    vault = lived("one list", 2)
    true = vault.history().lose(3, "PREP-003")
    other = "cells" if true.arm == "imitation" else "imitation"
    vault.write(WRITER, true.model_copy(update={"arm": other}))

    assert replay_draws(vault) == [3]


def test_a_gap_in_the_slots_is_found() -> None:
    vault = lived("one list", 2)
    third = vault.history()
    draw = third.draw({})
    gap = ArmAssigned(
        participant="P9", request="R", slot=4, arm=third.scheme.arms[draw.arm], drawn=draw.u_numerator,
        preparation="PREP-004",
    )  # fmt: skip
    vault.write(WRITER, gap)

    assert replay_draws(vault) == [4]


def test_what_re_randomisation_replays_has_the_lost_slots_and_is_empty_where_an_arm_is_not_known() -> None:
    slots = (Slot(1, "P1", "cells"), Slot(3, "P3", "imitation"))
    blinded = BlindedDataset("breeze", "sha256:0", True, ("P1", "P3"), (), (), {})
    scheme = lived("one list", 1).scheme()

    def dataset(arm: str | None) -> UnblindedDataset:
        return UnblindedDataset(blinded, scheme, slots, {}, {}, {2: arm})

    assert dataset("imitation").allocated() == ("cells", "imitation", "imitation")
    assert dataset(None).allocated() == ()


def test_who_unseals_a_vault_with_a_lost_slot_is_told_its_arm_and_gives_it_to_nobody() -> None:
    vault = restored(lived("one list", 4), 2)
    do(vault, told("one list", up_to(2)), 3)
    go_on(vault, "one list", range(5, 6))
    warrant = Warrant("W1", None, UnblindingCategory.ANALYSIS, "Cy", after_lock=True)

    unblinded = unseal(vault, WRITER, warrant, BlindedDataset("breeze", "sha256:0", True, ("P1",), (), (), {}))

    listed = list_arms(vault.scheme(), bytes.fromhex(vault.opening().seed), 4)
    assert unblinded.allocated() == tuple(vault.scheme().arms[arm] for arm in listed)
    assert [slot.number for slot in unblinded.slots] == [1, 2, 4]
    assert list(unblinded.lost) == [3]
    assert {unblinded.arm_of(f"P{number}") for number in (3, 4)} == {None}


@pytest.mark.parametrize(
    ("text", "slot"),
    [("PREP-007", 7), ("PREP-1000", 1000), ("PREP-7", None), ("PREP-000", None), ("KIT-007", None), ("PREP-٠٠٧", None)],
)
def test_a_preparations_number_is_read_as_it_is_written(text: str, slot: int | None) -> None:
    assert slot_of(text) == slot
