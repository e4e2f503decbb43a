"""How the code was broken, who knew what since when, and who asked in vain: for the page after the lock.

Each break is counted by its ground. A drill shows nobody anything and is counted apart; the safety board sees labels.
"""

from __future__ import annotations

from collections.abc import Sequence

from armlet.allocation.boxes import OpenedRemark
from armlet.conduct.state import TrialState
from armlet.ledger.events import AllocationRead, UnblindingCategory
from armlet.projections.who_knows import ACCIDENT, list_attempts, who_knows
from armlet.report.document import Block, Column, Row, Section, Table, Text
from armlet.report.numbers import capital, day

DRILL = "drill (nothing was shown)"


def count_breaks(state: TrialState) -> dict[str, tuple[int, int]]:
    """For each ground how often something was shown and of how many participants; every ground, noughts included."""
    found: dict[str, list[str | None]] = {one.value: [] for one in UnblindingCategory}
    found |= {ACCIDENT: [], DRILL: []}
    for told in state.told:
        if isinstance(told.event, AllocationRead):
            ground = DRILL if told.event.drill else state.warrants[told.event.warrant].category.value
            found[ground].append(told.event.participant)
        elif told.event.kind == "unblinding reported":
            found[ACCIDENT].append(told.event.participant)
    everybody = len(state.randomised())
    return {ground: (len(who), everybody if None in who else len(set(who))) for ground, who in found.items()}


def blinding_section(state: TrialState, remarks: Sequence[OpenedRemark]) -> Section:
    """Breaks by ground, who knows since when, refused attempts, and remarks that were kept in boxes until now."""
    blocks: list[Block] = [_breaks_table(state), *_known(state), *_refused(state), *_remarks(remarks)]
    return Section("blinding", "How blinding was kept", tuple(blocks))


def _columns(*titles: str) -> tuple[Column, ...]:
    return tuple(Column(title, numeric=False) for title in titles)


def _breaks_table(state: TrialState) -> Table:
    rows = tuple(
        Row((capital(ground), str(times), str(people))) for ground, (times, people) in count_breaks(state).items()
    )
    columns = (Column("Ground", numeric=False), Column("Times"), Column("Participants"))
    note = "The safety board sees arms under labels; nobody's allocation is known to it by name."
    return Table("Breaks of the code, by ground", columns, rows, note=note)


def _known(state: TrialState) -> list[Block]:
    known = who_knows(state)
    if not known:
        return [Text(("Nobody learnt an allocation who was not to know it.",))]
    rows = tuple(Row((one.participant or "everybody", one.who, day(one.since.date()), one.way)) for one in known)
    note = "Those whom the protocol leaves unblinded are not listed: they are unblinded by their role."
    return [Table("Who knew, since when", _columns("Participant", "Who", "Since", "Way"), rows, note=note)]


def _refused(state: TrialState) -> list[Block]:
    attempts = list_attempts(state)
    if not attempts:
        return [Text(("No attempt to learn an allocation was refused.",))]
    rows = tuple(
        Row((day(one.at.date()), one.actor, one.role.replace("_", " "), one.participant or "everybody", one.category,
             ", ".join(one.rules)))
        for one in attempts
    )  # fmt: skip
    return [Table("Refused attempts", _columns("When", "Who", "As", "Of whom", "Ground", "Refused by"), rows)]


def _remarks(remarks: Sequence[OpenedRemark]) -> list[Block]:
    if not remarks:
        return []
    rows = tuple(Row((one.event.participant, one.event.of.value.replace("_", " "), one.words)) for one in remarks)
    note = "Said unasked, and sealed until the lock; they unblind nobody and are in no index."
    return [Table("Remarks about what was given", _columns("Participant", "Said by", "Words"), rows, note=note)]
