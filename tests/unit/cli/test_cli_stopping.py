"""`armlet stopping`: the boundaries of a protocol and how they behave, as text and as one document."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from armlet.cli import main

SPEC = Path(__file__).parents[2] / "spec" / "checks"


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    """The neutral trial with every optional part of its section on safety."""
    text = (SPEC / "base.yaml").read_text("utf-8")
    whole = text.replace("  follow_up: P9M\n", (SPEC / "safety.yaml").read_text("utf-8"))
    (tmp_path / "protocol.yaml").write_text(whole, "utf-8")
    return tmp_path


def test_it_prints_boundary_characteristics_and_what_no_event_leaves_possible(
    trial: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["stopping", str(trial)]) == 0

    said = capsys.readouterr().out
    assert "Stops at, after 1 to 12 participants: 1 2 2 2 2 3 3 3 4 4 4 4" in said
    assert "Stops at, after 1 to 6 participants: - 2 2 3 3 3" in said  # by arm: half of the planned twelve
    assert "0.4        0.518  4.71" in said
    assert "No event in 12 still leaves a risk of up to 22.1% possible (95 %)." in said
    assert "any death (any_death): 1 of an event that is fatal pauses the trial." in said


def test_the_document_has_the_numbers_for_as_many_people_and_risks_as_are_asked_for(
    trial: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["stopping", str(trial), "--n", "10", "--risk", "0.2", "--json"]) == 0

    document = json.loads(capsys.readouterr().out)
    rule = document["rules"][0]
    assert (rule["n"], rule["bounds"]) == (10, [1, 2, 2, 2, 2, 3, 3, 3, 4, 4])
    assert [round(one["stops"], 3) for one in rule["characteristics"]] == [0.388]
    assert [pause["id"] for pause in document["pauses"]] == ["any_death", "grade_4"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--risk", "2"), 2, "'2' is no risk; expected a number from 0 to 1."),
        (("--risk", "often"), 2, "'often' is no risk"),
        (("--n", "61"), 2, "a boundary is computed for 1 to 60 participants; got 61."),
    ],
)
def test_what_makes_no_sense_is_refused(
    trial: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, said: str
) -> None:
    assert main.run(["stopping", str(trial), *words]) == code

    assert said in capsys.readouterr().err


def test_a_trial_without_a_rule_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "protocol.yaml").write_text((SPEC / "base.yaml").read_text("utf-8"), "utf-8")

    assert main.run(["stopping", str(tmp_path)]) == 1

    assert "the protocol has no rule by which harm stops or pauses the trial." in capsys.readouterr().err
