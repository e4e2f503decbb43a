"""Harm by arm as treated, every event one by one, and how much was given: parts of the page after the lock alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from armlet.allocation.unblinded import UnblindedDataset
from armlet.conduct.state import TrialState
from armlet.export.harms import NOT_GIVEN, count_exposed, exposure
from armlet.projections.safety import list_events
from armlet.report.content import BlindedContent
from armlet.report.document import Block, Column, Row, Table
from armlet.report.groups import Group
from armlet.report.numbers import DASH, capital, day, number, plural, unit
from armlet.report.tables import safety_table


def harm_blocks(content: BlindedContent, unblinded: UnblindedDataset, names: Mapping[str, str]) -> tuple[Block, ...]:
    """Who was given how much, events as treated, and all of them one by one. `names` is arm by its id."""
    state = content.state
    if not state.randomised():
        return ()
    exposed = [one for one in count_exposed(content.protocol, state, unblinded) if one.counted == "as treated"]
    groups = tuple(Group(names.get(one.group, one.group), one.members, look) for look, one in enumerate(exposed))
    as_treated = replace(
        safety_table(content, groups),
        caption="Adverse events as treated",
        dense=True,
        note="At risk is who was given the preparation of the arm; who was given none, of any arm, is a group apart.",
    )
    listed = _every_event(state, unblinded, names)
    tables: list[Block] = [as_treated, _exposure_table(state, unblinded, names)]
    return (*tables, listed) if listed is not None else tuple(tables)


def _exposure_table(state: TrialState, unblinded: UnblindedDataset, names: Mapping[str, str]) -> Table:
    rows = []
    for one in state.randomised():
        arm, per_kg = unblinded.arm_of(one.id), exposure(one, unblinded)
        given = NOT_GIVEN if one.administered is None else "whole" if one.administered.complete else "in part"
        amount = DASH if per_kg is None else f"{number(per_kg.value, 2)} {unit(per_kg.unit)}"
        rows.append(Row((one.id, names.get(arm or "", "not known"), given, amount)))
    columns = (*(Column(title, numeric=False) for title in ("Participant", "Arm", "Given")), Column("For each kg"))
    note = (
        "For each kilogram of the weight that it was drawn up for; of a preparation given in part, that share. "
        f"{DASH}: nothing was given, or the preparation holds nothing that is dosed by weight."
    )
    return Table("Exposure", columns, tuple(rows), note=note)


def _every_event(state: TrialState, unblinded: UnblindedDataset, names: Mapping[str, str]) -> Table | None:
    rows = []
    for event in list_events(state):
        one, arm = state.participants[event.participant], unblinded.arm_of(event.participant)
        if arm is None:
            given = "not allocated"
        elif one.administered is None:
            given = NOT_GIVEN
        else:
            away = (event.onset - one.administered.started.date()).days
            given = f"{plural(abs(away), 'day')} {'after' if away >= 0 else 'before'}"
        grade = "not graded" if event.grade is None else str(event.grade)
        serious = ", ".join(item.value for item in event.serious) or "no"
        related = ", ".join(event.related_to) or "nothing named"
        cells = (capital(event.term), day(event.onset), given, grade, serious, related)
        rows.append(Row((event.participant, names.get(arm or "", "none"), *cells)))
    titles = ("Participant", "Arm", "Event", "Onset", "From the infusion", "Grade", "Serious", "Related to")
    columns = tuple(Column(title, numeric=False) for title in titles)
    return Table("Adverse events, one by one", columns, tuple(rows), dense=True) if rows else None
