"""Guess forms of a rehearsal, opened after its lock: who knows all gives the ends of both indices."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest

from armlet.allocation.boxes import find_unopened, open_guesses, opening_key
from armlet.allocation.proof import prove
from armlet.allocation.vault import Vault
from armlet.analysis.estimates import Estimate
from armlet.analysis.guesses import GuessTable, tabulate_guesses
from armlet.cli.strongroom import unblind
from armlet.export.package import TrialData, compute
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Role
from armlet.report.document import Table
from armlet.report.guesses import guesses_section
from armlet.simulation.rehearse import rehearse
from armlet.simulation.scenario import Guessing, Scenario

BASE = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"


@lru_cache(maxsize=2)
def lived(guessing: Guessing) -> tuple[TrialData, Vault, tuple[GuessTable, ...]]:
    protocol = load_protocol(BASE)
    trial = rehearse(protocol, Scenario(guessing=guessing), "1")
    data, unblinded = unblind(compute(protocol, tuple(trial.store.read())), trial.vault.detached())
    guesses = open_guesses(data.entries, opening_key(trial.vault))
    return data, trial.vault, tabulate_guesses(guesses, unblinded, [arm.id for arm in protocol.arms])


def test_only_those_who_are_blinded_are_asked_once_early_and_once_at_the_end() -> None:
    _, _, tables = lived(Guessing(knows=1))
    asked = [(table.of, table.occasion.value) for table in tables]
    assert asked[:2] == [(Role.PARTICIPANT, "early"), (Role.PARTICIPANT, "end")]
    blinded = {Role.PARTICIPANT, Role.CARE_PROVIDER, Role.INVESTIGATOR}
    assert {of for of, _ in asked} == blinded - set(load_protocol(BASE).blinding.unblinded)


@pytest.mark.parametrize(
    ("guessing", "james", "bang"), [(Guessing(knows=1), 0.0, 1.0), (Guessing(does_not_know=1), 1.0, 0.0)]
)
def test_everybody_knowing_and_nobody_knowing_are_the_ends_of_the_indices(
    guessing: Guessing, james: float, bang: float
) -> None:
    for table in lived(guessing)[2]:
        assert isinstance(table.james, Estimate)
        assert table.james.value == james
        assert [one.value for one in table.bang if isinstance(one, Estimate)] == [bang, bang]


def test_the_page_has_a_row_for_each_role_occasion_and_arm() -> None:
    tables = lived(Guessing(knows=1))[2]
    names = {arm.id: arm.label for arm in load_protocol(BASE).arms}
    shown = [block for block in guesses_section(tables, names).blocks if isinstance(block, Table)]
    assert [len(table.rows) for table in shown] == [3 * len(tables), 4 * len(tables)]


def test_the_vault_proves_the_key_and_every_box_and_names_the_entry_that_does_not_open() -> None:
    data, vault, _ = lived(Guessing(knows=1))
    assert prove(vault, data.protocol, data.state)[0] == ()
    assert list(find_unopened(data.entries, opening_key(vault))) == []

    other = replace(data.state, sealing_key="0" * 64)
    assert "is not in the vault" in str(prove(vault, data.protocol, other)[0][0])
    boxed = next(one for one in data.entries if one.event.kind == "guess given")
    altered = boxed.entry.model_copy(update={"event": boxed.event.model_copy(update={"participant": "P99"})})
    entries = [replace(one, entry=altered) if one.seq == boxed.seq else one for one in data.entries]
    assert [seq for seq, _ in find_unopened(entries, opening_key(vault))] == [boxed.seq]
