"""Remarks about what was given: kept in boxes, and no unblinding."""

from __future__ import annotations

from typing import Any

import pytest

from armlet.allocation.boxes import find_unopened, open_remarks
from armlet.conduct import commands as c
from armlet.conduct.blinding.commands import KeepRemark
from armlet.ledger import events as e
from armlet.ledger.box import OpeningKey
from armlet.projections.who_knows import who_knows
from armlet.protocol.model import Role

KEY = OpeningKey(bytes(range(32)))


@pytest.fixture
def sealing(life: Any) -> Any:
    life.opens()
    life.does(c.CommitAllocation("sha256:" + "0" * 64, KEY.public()))
    life.randomises()
    return life


def entries(life: Any) -> list[Any]:
    return list(life.store.read())


def test_a_remark_is_kept_in_a_box_and_unblinds_nobody(sealing: Any) -> None:
    [kept] = sealing.does(KeepRemark("P1", Role.PARTICIPANT, "There was nothing in the bag."))

    assert "nothing in the bag" not in kept.model_dump_json()
    assert [one.words for one in open_remarks(entries(sealing), KEY)] == ["There was nothing in the bag."]
    assert list(find_unopened(entries(sealing), KEY)) == []
    assert who_knows(sealing.state) == ()
    sealing.does(c.GiveGuess("P1", Role.PARTICIPANT, e.GuessOccasion.END, c.DOES_NOT_KNOW))


def test_two_remarks_of_different_length_have_boxes_of_one_size(sealing: Any) -> None:
    [short] = sealing.does(KeepRemark("P1", Role.PARTICIPANT, "Cells."))
    [long] = sealing.does(KeepRemark("P1", Role.PARTICIPANT, "Certainly nothing, nothing at all. " * 5))

    assert len(short.box) == len(long.box)


def test_people_write_down_their_own_remark_and_that_of_the_participant(sealing: Any) -> None:
    of_others = KeepRemark("P1", Role.INVESTIGATOR, "Cells.")
    sealing.refuses(of_others, "whose-remark", "their own remark", role=Role.CARE_PROVIDER)
    of_one = KeepRemark("P1", Role.PARTICIPANT, "Cells.")
    sealing.refuses(of_one, "whose-remark", "by the site's staff", role=Role.DATA_MANAGER)
    sealing.refuses(KeepRemark("P1", Role.PARTICIPANT, " "), "no-reason", "1 to 250 characters")


def test_nobody_remarks_on_who_was_not_allocated(life: Any) -> None:
    life.opens()
    life.does(c.CommitAllocation("sha256:" + "0" * 64, KEY.public()))
    life.consents()
    life.refuses(KeepRemark("P1", Role.PARTICIPANT, "Cells."), "not-randomised", "no allocation to know of")


def test_without_a_sealing_key_nothing_is_kept_in_clear(life: Any) -> None:
    life.randomises()
    life.refuses(KeepRemark("P1", Role.PARTICIPANT, "Cells."), "no-sealing-key", "published no sealing key")


def test_what_cannot_be_kept_is_refused_and_never_a_fault(sealing: Any) -> None:
    for remark in ("", "x" * 251, "\ud800"):
        sealing.refuses(KeepRemark("P1", Role.PARTICIPANT, remark), "unfit" if remark == "\ud800" else "no-reason", "")
