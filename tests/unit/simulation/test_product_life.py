"""A rehearsal makes its product in a strand of its own, which the open strand never hears of."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from armlet.allocation.pharmacy import is_product_arm
from armlet.cli.main import run
from armlet.conduct.state import fold as fold_open
from armlet.laboratory.accountability import account
from armlet.laboratory.genealogy import find_broken_paths, look_back
from armlet.laboratory.state import ProductState, fold
from armlet.ledger.entry import encode
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Protocol
from armlet.protocol.product import Donors, ProductFailure
from armlet.simulation.rehearse import Rehearsed, rehearse
from armlet.simulation.scenario import Behaviour, Scenario
from tests.unit.laboratory.conftest import BASE, SOURCE, of_another_person, with_product


def _breeze(**changes: Any) -> Protocol:
    return with_product(load_protocol(BASE), **changes)


def _product(lived: Rehearsed) -> ProductState:
    assert lived.product is not None
    state = fold(lived.product.entries())
    books = account(state, lived.product.entries())
    assert (books.balances, books.open, find_broken_paths(state)) == (True, (), ())
    return state


def _open_strand(lived: Rehearsed) -> bytes:
    return b"".join(encode(entry) + b"\n" for entry in lived.store.read())


def test_everybody_gets_what_they_were_allocated_and_their_own_cells() -> None:
    lived = rehearse(_breeze(), Scenario(), "1")
    state = _product(lived)

    assert lived.product_refusals == Counter()
    for assigned in lived.vault.assignments():
        one = state.preparations[assigned.preparation]
        assert one.content == ("product" if is_product_arm(lived.protocol, assigned.arm) else "sham")
        if one.given is not None:
            found = look_back(state, ("participant", assigned.participant)).all("donor")
            assert found == ((assigned.participant,) if one.content == "product" else ())
    given = {one.participant for one in state.preparations.values() if one.given is not None}
    told = fold_open(lived.store.read()).randomised()
    assert given == {one.id for one in told if one.administered is not None}
    assert len(given) > 8


def test_one_donor_leads_to_all_who_were_given_cells() -> None:
    lived = rehearse(of_another_person(_breeze()), Scenario(), "1")
    state = _product(lived)
    cells = {
        one.participant for one in state.preparations.values() if one.given is not None and one.content == "product"
    }

    assert len(cells) > 3
    assert look_back(state, ("donor", "DONOR-1")).all("participant") == tuple(sorted(cells))


def test_a_rehearsed_donor_is_determined_by_the_rules_of_the_protocol() -> None:
    rules = Donors(source=SOURCE, rules=("eu", "us"), tissue="bone_marrow", leukocyte_rich=False)
    for protocol in (_breeze(donors=rules), of_another_person(_breeze(donors=rules))):
        lived = rehearse(protocol, Scenario(), "1")

        assert lived.product_refusals == Counter()
        assert len([one for one in _product(lived).preparations.values() if one.given is not None]) > 8


def test_a_product_that_fails_is_made_again_and_a_sham_that_fails_is_a_decoy() -> None:
    planned = ProductFailure(source=SOURCE, then=("collect again", "follow without a dose"))
    scenario = Scenario(behaviour=Behaviour(preparation_fails=0.5))
    lived = rehearse(_breeze(failure=planned), scenario, "3")
    state = _product(lived)

    assert lived.product_refusals == Counter()
    verdicts = Counter((lot.of, lot.verdict, lot.is_certified) for lot in state.lots.values())
    assert verdicts["product", "out of specification", False] > 0
    assert verdicts["product", "pass", True] > 0
    assert verdicts["decoy", "not tested", False] > 0
    assert {lot.of for lot in state.lots.values() if lot.is_certified} == {"product", "vehicle"}


def test_the_open_strand_and_the_failures_are_the_same_whoever_gets_which_arm() -> None:
    scenario = Scenario(behaviour=Behaviour(preparation_fails=0.3))
    lived = rehearse(_breeze(), scenario, "2")
    swapped = rehearse(_breeze(), scenario, "2", arms=("imitation", "cells"))
    one, other = _product(lived), _product(swapped)

    assert _open_strand(lived) == _open_strand(swapped)
    contents = [(one.preparations[name].content, other.preparations[name].content) for name in one.preparations]
    assert {*contents} == {("product", "sham"), ("sham", "product")}
    assert lived.product is not None
    assert swapped.product is not None
    assert lived.product.as_bytes() != swapped.product.as_bytes()


def test_a_rehearsal_writes_the_strand_with_its_key_and_every_view_does_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trial, out = tmp_path / "breeze", tmp_path / "lived"
    trial.mkdir()
    (trial / "protocol.yaml").write_bytes(BASE.read_bytes())
    assert run(["rehearse", str(trial), "--out", str(out)]) == 0
    assert run(["verify", str(out)]) == 0
    assert "product/product.jsonl: whole, " in capsys.readouterr().out
    assert (out / "product/key.hex").stat().st_mode & 0o77 == 0
    assert (out / "product/key.hex").read_bytes() != (out / "vault/key.hex").read_bytes()
    key = ["--key", str(out / "product/key.hex")]
    assert run(["product", str(out), "accountability", *key]) == 0
    assert "The books balance. Not empty yet: nothing." in capsys.readouterr().out
    assert run(["product", str(out), "status", "--key", str(out / "vault/key.hex")]) == 4

    shutil.rmtree(out / "product")
    assert run(["view", str(out), "--as", "investigator", "--out", str(tmp_path / "seen")]) == 0
    assert run(["verify", str(out)]) == 0
