"""An arm is read in one order, the board sees labels of one report, and the expedited report has one form."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from armlet.allocation.belonging import find_stranger
from armlet.allocation.board import count_closed, draw_labels
from armlet.allocation.expedited import NOT_STATED, find_event, render_expedited
from armlet.allocation.sealed_strand import VaultKey
from armlet.allocation.stopping import look_by_label
from armlet.allocation.unblinding import Shown, read_all, read_arm
from armlet.allocation.vault import Vault, Writer
from armlet.conduct import commands as c
from armlet.conduct.commands import By
from armlet.conduct.decide import Accepted
from armlet.conduct.door import Door
from armlet.errors import InputError, RefusedError, SealBroken
from armlet.ledger import events as e
from armlet.ledger.entry import Entry, Head, chain
from armlet.ledger.events import AllocationRead, OpenEvent, Seriousness, UnblindingCategory
from armlet.ledger.sealed import ArmAssigned, ArmRead, BoardLabelsDrawn, DosePrepared, PreparationMade, VaultOpened
from armlet.ledger.stores.memory import MemoryStore
from armlet.projections.board import CLOSED, OPEN, SIMULATED, count_open, render_csv, render_page
from armlet.projections.notices import newest, render_notice
from armlet.protocol.load import load_protocol, read_protocol
from armlet.protocol.model import Protocol, Role
from armlet.units import Quantity

BREEZE = load_protocol(Path(__file__).parents[2] / "spec" / "checks" / "base.yaml")
MOMENT = datetime(2021, 5, 1, 6, tzinfo=UTC)
WRITER = Writer("Ruth", MOMENT)
ARMS = {"P1": "cells", "P2": "imitation", "P3": "cells", "P4": "imitation"}
SWAPPED = {who: {"cells": "imitation", "imitation": "cells"}[arm] for who, arm in ARMS.items()}
CORA = By("Cora", Role.CODE_BREAK_HOLDER, MOMENT, key="K/read", confirmed_by="a code")


class Clock:
    def now(self) -> datetime:
        return MOMENT


def door_of(*more: OpenEvent) -> Door:
    """A trial of four, of whom the first had a suspected unexpected serious reaction; then `more`."""
    events: list[OpenEvent] = [
        e.TrialOpened(trial="breeze", simulated=True),
        e.ProtocolAdopted(protocol_version="1.0", protocol_digest=BREEZE.digest()),
        e.RecruitmentOpened(),
    ]
    for number, who in enumerate(ARMS, start=1):
        events += [
            e.Identified(participant=who, site="harbour"),
            e.Enrolled(participant=who),
            e.RandomisationRequested(participant=who, request=f"R{number}"),
            e.Randomised(participant=who, preparation=f"PREP-00{number}", due=date(2021, 4, 15)),
        ]
    events.append(
        e.AdverseEventReported(
            participant="P1", term="rash", onset=date(2021, 4, 20), grade=3, serious=(Seriousness.HOSPITALISATION,),
            related_to=("product",), expected=False,
        )
    )  # fmt: skip
    store = MemoryStore()
    head = Head()
    for event in (*events, *more):
        entry = Entry(
            seq=head.seq + 1, occurred=MOMENT, recorded=MOMENT, actor="Ada", role=Role.INVESTIGATOR,
            protocol=BREEZE.digest(), event=event, previous=head.digest,
        )  # fmt: skip
        store.append([entry], head.seq)
        head = chain(entry).head
    return Door(BREEZE, store, Clock())


def vault_of(arms: dict[str, str]) -> Vault:
    vault = Vault(VaultKey(bytes(32)), nonces=lambda seq: seq.to_bytes(12, "big"))
    opening = VaultOpened(
        trial="breeze", arms=("cells", "imitation"), ratio=(1, 1), method="permuted_blocks", settings={"block": 4},
        seed="0" * 64, simulated=True,
    )  # fmt: skip
    assigned = [
        ArmAssigned(participant=who, request=f"R{slot}", slot=slot, arm=arm, drawn="0", preparation=f"PREP-00{slot}")
        for slot, (who, arm) in enumerate(arms.items(), start=1)
    ]
    vault.write(WRITER, opening, *assigned)
    return vault


def granted(category: UnblindingCategory, warrant: str = "W1", *, drill: bool = False) -> e.WarrantGranted:
    one = None if category in {UnblindingCategory.SAFETY_BOARD, UnblindingCategory.ANALYSIS} else "P1"
    return e.WarrantGranted(
        warrant=warrant, participant=one, category=category, why="Needed.", to="Dr Care", drill=True if drill else None
    )


def sealed_reads(vault: Vault) -> list[tuple[str | None, str, str]]:
    return [(read.participant, read.warrant, read.by) for read in vault.events(ArmRead)]


def open_reads(door: Door) -> list[tuple[str | None, str]]:
    return [(read.participant, read.warrant) for one in door.entries() if isinstance(read := one.event, AllocationRead)]


EMERGENCY = granted(UnblindingCategory.EMERGENCY)

# --- Reading --------------------------------------------------------------------------------------------------------


def test_a_reading_is_written_sealed_and_open_and_answered_once() -> None:
    door, vault = door_of(EMERGENCY), vault_of(ARMS)
    assert read_arm(vault, door, "W1", CORA).arm == "cells"
    assert (sealed_reads(vault), open_reads(door)) == ([("P1", "W1", "Dr Care")], [("P1", "W1")])
    for by in (replace(CORA, key=None), replace(CORA, key="another"), replace(CORA, actor="Bo")):
        with pytest.raises(RefusedError, match="an allocation is shown once"):
            read_arm(vault, door, "W1", by)
    assert (len(sealed_reads(vault)), len(open_reads(door))) == (1, 1)


def test_the_same_act_is_answered_again_for_ten_minutes_and_each_time_is_sealed() -> None:
    door, vault = door_of(EMERGENCY), vault_of(ARMS)
    read_arm(vault, door, "W1", CORA)
    later = replace(CORA, occurred=MOMENT + timedelta(minutes=9, seconds=59))
    assert read_arm(vault, door, "W1", later).arm == "cells"
    assert (len(sealed_reads(vault)), len(open_reads(door))) == (2, 1)
    with pytest.raises(RefusedError, match="an allocation is shown once"):
        read_arm(vault, door, "W1", replace(CORA, occurred=MOMENT + timedelta(minutes=10)))
    with pytest.raises(RefusedError, match="no second factor was given"):
        read_arm(vault, door, "W1", replace(later, confirmed_by=None))
    assert (len(sealed_reads(vault)), len(open_reads(door))) == (2, 1)


class Stop(Exception):
    """A process that dies."""


def test_whatever_dies_nobody_learnt_what_is_not_written_and_the_retry_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    door, vault = door_of(EMERGENCY), vault_of(ARMS)

    def die(*_: object, **__: object) -> None:
        raise Stop

    with monkeypatch.context() as patch:  # before the sealed entry
        patch.setattr(Vault, "write", die)
        with pytest.raises(Stop):
            read_arm(vault, door, "W1", CORA)
    assert (sealed_reads(vault), open_reads(door)) == ([], [])

    with monkeypatch.context() as patch:  # between the two
        patch.setattr(MemoryStore, "append", die)
        with pytest.raises(Stop):
            read_arm(vault, door, "W1", CORA)
    assert (len(sealed_reads(vault)), open_reads(door)) == (1, [])

    assert read_arm(vault, door, "W1", replace(CORA, key="K2/read")).arm == "cells"
    assert (len(sealed_reads(vault)), len(open_reads(door))) == (1, 1)


def test_a_role_that_may_not_read_leaves_no_trace_in_the_vault() -> None:
    door, vault = door_of(EMERGENCY), vault_of(ARMS)
    with pytest.raises(RefusedError, match="conduct/role"):
        read_arm(vault, door, "W1", replace(CORA, role=Role.TRIAL_STATISTICIAN))
    assert (sealed_reads(vault), open_reads(door)) == ([], [])


def test_a_drill_opens_no_vault_and_is_marked() -> None:
    door = door_of(granted(UnblindingCategory.EMERGENCY, drill=True))
    assert read_arm(None, door, "W1", CORA).arm is None
    (read,) = [one.event for one in door.entries() if isinstance(one.event, AllocationRead)]
    assert read.drill is True


@pytest.mark.parametrize("warrant", ["W1", "W9"])
def test_a_warrant_for_all_or_for_nothing_shows_no_single_arm(warrant: str) -> None:
    door, vault = door_of(granted(UnblindingCategory.SAFETY_BOARD)), vault_of(ARMS)
    with pytest.raises(RefusedError):
        read_arm(vault, door, warrant, CORA)
    with pytest.raises(RefusedError):
        read_all(vault, door, warrant, replace(CORA, role=Role.RANDOMISATION_STATISTICIAN))
    assert sealed_reads(vault) == []


def test_another_trial_s_vault_and_a_vault_without_the_slot_show_nothing() -> None:
    door = door_of(EMERGENCY)
    with pytest.raises(SealBroken, match="no slot for P1"):
        read_arm(vault_of({"P9": "cells"}), door, "W1", CORA)
    vault = Vault(VaultKey(bytes(32)), nonces=lambda seq: seq.to_bytes(12, "big"))
    opening = vault_of(ARMS).opening().model_copy(update={"trial": "storm"})
    vault.write(WRITER, opening, *vault_of(ARMS).assignments())
    with pytest.raises(RefusedError, match="unblinding/other-vault"):
        read_arm(vault, door, "W1", CORA)


def test_everybody_is_read_after_the_lock_under_the_planned_warrant_alone() -> None:
    lock = e.DatabaseLocked(entries=9, head="sha256:0", agreed_by=("Dora", "Sam"))
    door, vault = door_of(lock, granted(UnblindingCategory.ANALYSIS)), vault_of(ARMS)
    ruth = replace(CORA, actor="Ruth", role=Role.RANDOMISATION_STATISTICIAN)
    assert {slot.participant: slot.arm for slot in read_all(vault, door, "W1", ruth)} == ARMS
    assert (sealed_reads(vault), open_reads(door)) == ([(None, "W1", "Dr Care")], [(None, "W1")])
    before = door_of(granted(UnblindingCategory.ANALYSIS), lock)
    with pytest.raises(RefusedError, match="does not cover every participant after the lock"):
        read_all(vault, before, "W1", ruth)


def test_the_open_strand_and_the_notice_are_the_same_bytes_when_the_arms_are_swapped() -> None:
    seen = []
    for arms in (ARMS, SWAPPED):
        door = door_of(EMERGENCY)
        shown = read_arm(vault_of(arms), door, "W1", CORA)
        notice = render_notice(door.state, newest(door.state))
        seen.append((shown.arm, notice, repr(shown), [one.entry for one in door.entries()]))
    assert seen[0][0] != seen[1][0]
    assert seen[0][1:] == seen[1][1:]
    assert "cells" not in seen[0][1] + seen[0][2]


# --- The safety board -----------------------------------------------------------------------------------------------


def test_labels_are_drawn_once_for_a_report_and_kept_in_the_vault() -> None:
    vault = vault_of(ARMS)
    first = draw_labels(vault, WRITER, "R1", bytes(32))
    assert draw_labels(vault, WRITER, "R1", bytes([255] * 32)) == first
    assert list(vault.events(BoardLabelsDrawn)) == [first]
    assert first.labels == {"cells": "X", "imitation": "Y"}
    assert draw_labels(vault, WRITER, "R2", bytes([*([0] * 31), 1])).labels == {"cells": "Y", "imitation": "X"}
    assert "cells" not in repr(first)


def test_two_reports_cannot_be_joined_by_their_labels() -> None:
    """Of 200 pairs of reports each of the four pairings comes about 50 times: knowing one draw says nothing of the next."""
    chance, vault = Random(20210501), vault_of(ARMS)
    drawn = [draw_labels(vault_of(ARMS), WRITER, "R", chance.randbytes(32)).labels["cells"] for _ in range(400)]
    pairs = Counter(zip(drawn[::2], drawn[1::2], strict=True))
    assert len(vault.assignments()) == 4
    assert set(pairs) == {("X", "X"), ("X", "Y"), ("Y", "X"), ("Y", "Y")}
    assert all(30 <= count <= 70 for count in pairs.values()), pairs  # 200 pairs, 50 expected, sd 6.1


def test_more_arms_than_letters_are_refused() -> None:
    arms = tuple(f"arm_{number}" for number in range(7))
    vault = Vault(VaultKey(bytes(32)), nonces=lambda seq: seq.to_bytes(12, "big"))
    vault.write(
        WRITER,
        VaultOpened(
            trial="breeze", arms=arms, ratio=(1,) * 7, method="complete", settings={}, seed="0" * 64, simulated=True
        ),
    )
    with pytest.raises(InputError, match="7 arms and 6 labels"):
        draw_labels(vault, WRITER, "R1", bytes(32))


def test_the_closed_report_counts_by_label_and_is_a_sealed_reading() -> None:
    door, vault = door_of(granted(UnblindingCategory.SAFETY_BOARD, "R1")), vault_of(ARMS)
    table = count_closed(vault, WRITER, BREEZE, door.state, "R1", bytes(32))
    rows = dict(table.rows)
    assert (table.session, table.columns) == (CLOSED, ("X", "Y"))
    assert rows["allocated"] == ("2", "2")
    assert rows["adverse events of grade 3"] == rows["serious adverse events"] == ("1", "0")
    assert (rows["deaths"], rows["withdrawn from anything"], rows["given, wholly or in part"]) == (("0", "0"),) * 3
    assert sealed_reads(vault) == [(None, "R1", "Dr Care")]
    for text in (render_csv(table), render_page(table)):
        assert SIMULATED in text
        assert CLOSED in text
        assert not [word for word in ("cells", "imitation", "P1") if word in text]


def test_the_open_report_has_one_group_and_is_the_same_when_the_arms_are_swapped() -> None:
    table = count_open(BREEZE, door_of().state)
    assert (table.session, table.columns) == (OPEN, ("All",))
    assert dict(table.rows)["allocated"] == ("4",)
    assert dict(table.rows)["serious adverse events"] == ("1",)
    assert render_csv(table).splitlines()[:3] == [
        f'"{SIMULATED}"',
        '"Open session: everybody together, nothing by arm."',
        ",All",
    ]


@pytest.mark.parametrize("category", [None, UnblindingCategory.EMERGENCY])
def test_without_the_warrant_of_the_report_there_is_no_closed_table(category: UnblindingCategory | None) -> None:
    door = door_of(*([] if category is None else [granted(category, "R1")]))
    vault = vault_of(ARMS)
    with pytest.raises(RefusedError, match="no report 'R1'"):
        count_closed(vault, WRITER, BREEZE, door.state, "R1", bytes(32))
    assert list(vault.events(BoardLabelsDrawn)) == []


# --- The expedited report -------------------------------------------------------------------------------------------


def shown_for(arms: dict[str, str]) -> tuple[Door, Shown]:
    door, vault = door_of(granted(UnblindingCategory.SAFETY_REPORT)), vault_of(arms)
    is_product = arms["P1"] == "cells"
    made = PreparationMade(
        preparation="PREP-001",
        content="product" if is_product else "sham",
        lot="L7",
        donor="P1" if is_product else "none",
    )
    dosed = DosePrepared(
        preparation="PREP-001", weight=Quantity.parse("70 kg"), concentration=Quantity.parse("5 10*6/mL"),
        volume=Quantity.parse("26.5 mL"), dose=Quantity.parse("1.893 10*6/kg" if is_product else "0 10*6/kg"),
    )  # fmt: skip
    vault.write(WRITER, made, dosed)
    return door, read_arm(vault, door, "W1", replace(CORA, actor="Sal", role=Role.SAFETY_UNIT))


def test_the_safety_unit_s_copy_tells_arm_lot_and_dose_and_the_investigators_copy_does_not() -> None:
    door, shown = shown_for(ARMS)
    one = door.state.participants["P1"]
    unit, site = (render_expedited(door.state, one, find_event(one, 1), who) for who in (shown, None))
    assert unit.splitlines()[-3:] == [
        "Arm               cells",
        "Lot               L7",
        "Dose              1.893 10*6/kg",
    ]
    assert [line.partition("  ")[2].strip() for line in site.splitlines()[-3:]] == [NOT_STATED] * 3
    assert len(unit.splitlines()) == len(site.splitlines())
    assert [line[:18] for line in unit.splitlines()[2:]] == [line[:18] for line in site.splitlines()[2:]]


def test_the_investigators_copy_is_the_same_whatever_the_arm() -> None:
    copies = set()
    for arms in (ARMS, SWAPPED):
        door, _ = shown_for(arms)
        one = door.state.participants["P1"]
        copies.add(render_expedited(door.state, one, find_event(one, 1), None))
    assert len(copies) == 1


def test_what_was_shown_in_an_emergency_or_of_somebody_else_makes_no_expedited_report() -> None:
    door = door_of(EMERGENCY)
    one = door.state.participants["P1"]
    shown = read_arm(vault_of(ARMS), door, "W1", CORA)
    for wrong in (
        shown,
        Shown(granted(UnblindingCategory.SAFETY_REPORT).model_copy(update={"participant": "P2"}), "x"),
    ):
        with pytest.raises(RefusedError, match="not for an expedited report"):
            render_expedited(door.state, one, find_event(one, 1), wrong)


@pytest.mark.parametrize("number", [0, 2, -1])
def test_an_event_that_is_none_is_not_reported(number: int) -> None:
    with pytest.raises(InputError, match="is not serious, related and unexpected together"):
        find_event(door_of().state.participants["P1"], number)


def test_the_door_takes_the_same_warrants_as_these_tests_write() -> None:
    """So that the ledgers above are ledgers that the door could have written."""
    door = door_of()
    ask = c.GrantWarrant("W1", "P1", UnblindingCategory.EMERGENCY, "Needed.", "Dr Care")
    assert isinstance(door.ask(ask, CORA), Accepted)


def test_the_vault_of_another_life_of_the_same_trial_is_found_out_before_anything_is_written() -> None:
    """It lists the same people, so a report made with it would look as it should and be wrong."""
    door, strange = door_of(granted(UnblindingCategory.SAFETY_BOARD, "R1")), vault_of(ARMS)
    other = door.state.participants["P2"]
    assert find_stranger(strange, door.state) == ""
    other.request = "R-of-another-life"
    before = strange.head()
    with pytest.raises(RefusedError, match="P2 asked for a slot under another number than the vault has"):
        count_closed(strange, WRITER, BREEZE, door.state, "R1", bytes(32))
    assert strange.head() == before
    other.request, door.state.sealing_key = "R2", "0" * 64
    with pytest.raises(RefusedError, match="the sealing key that the ledger published is not this vault's"):
        count_closed(strange, WRITER, BREEZE, door.state, "R1", bytes(32))
    assert strange.head() == before


def test_both_copies_tell_who_judged_what_and_by_when_and_differ_in_the_allocation_alone() -> None:
    door, shown = shown_for(ARMS)
    one = door.state.participants["P1"]
    unit, site = (render_expedited(door.state, one, find_event(one, 1), who, BREEZE) for who in (shown, None))
    assert "Investigator      not judged yet" in site
    assert "Outcome           not recorded" in site
    assert "Report due        the sponsor was not informed yet" in site
    same = [line for line, other in zip(unit.splitlines(), site.splitlines(), strict=True) if line == other]
    assert len(unit.splitlines()) - len(same) == 4  # for whom it is, arm, lot and dose


# --- Stopping rules by arm ------------------------------------------------------------------------------------------


def with_rule() -> Protocol:
    """The neutral trial with one rule that is counted by arm and one that is counted together."""
    spec = Path(__file__).parents[2] / "spec" / "checks"
    text = (spec / "base.yaml").read_text("utf-8")
    return read_protocol(text.replace("  follow_up: P9M\n", (spec / "safety.yaml").read_text("utf-8")), "base.yaml")[0]


def given(who: str) -> e.Administered:
    moment = datetime(2021, 4, 15, 10, tzinfo=UTC)
    return e.Administered(
        participant=who, preparation=f"PREP-{who}", started=moment, stopped=moment, volume=None, complete=True,
        checked_by=("Ada", "Bo"),
    )  # fmt: skip


def test_a_rule_by_arm_is_counted_in_each_column_and_can_be_reached_where_nothing_together_is() -> None:
    harmed = [
        e.AdverseEventReported(participant=who, term="rash", onset=date(2021, 4, 20), grade=4, related_to=("product",))
        for who in ("P1", "P3")
    ]
    state = door_of(*(given(who) for who in ARMS), *harmed).state
    columns = {"X": ["P1", "P3"], "Y": ["P2", "P4"]}

    looks = look_by_label(with_rule(), state, columns, date(2021, 7, 1))

    assert [(one.label, one.participants, one.events, one.bound, one.stops) for one in looks] == [
        ("X", 2, 2, 2, True), ("Y", 2, 0, 2, False),
    ]  # fmt: skip
    assert repr(looks[0]) == "LabelledLook(by_arm, not shown)"


def test_whoever_is_still_in_the_time_in_which_harm_counts_is_not_counted_as_unharmed() -> None:
    state = door_of(*(given(who) for who in ARMS)).state
    early, late = (
        look_by_label(with_rule(), state, {"X": list(ARMS)}, day)[0] for day in (date(2021, 5, 15), date(2021, 5, 16))
    )

    assert (early.participants, late.participants) == (1, 4)  # P1 had an event that counts, and is counted from then on


def test_the_closed_report_says_where_each_rule_stands_and_the_open_one_does_not() -> None:
    door, vault = door_of(granted(UnblindingCategory.SAFETY_BOARD, "R1")), vault_of(ARMS)
    closed = dict(count_closed(vault, WRITER, with_rule(), door.state, "R1", bytes(32)).rows)

    name = "stopping rule, harm by the product, by arm"
    assert closed[name] == ("0 of 0 who can be counted; stops at -",) * 2
    assert closed[f"{name}: reached"] == ("no", "no")
    assert not [row for row, _ in count_open(with_rule(), door.state).rows if "stopping" in row]
