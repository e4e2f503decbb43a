"""`armlet simulate` from the command line: what it answers, what the options change, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from armlet.cli.main import run

HERE = Path(__file__).parent


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    """The neutral example as a trial folder, with few people and quick ones."""
    text = (HERE.parents[1] / "spec" / "checks" / "base.yaml").read_text("utf-8")
    folder = tmp_path / "trial"
    folder.mkdir()
    (folder / "protocol.yaml").write_text(text.replace("participants: 12", "participants: 3"))
    (folder / "scenario.yaml").write_text(
        "armlet_scenario: 1\nsays: Nobody knows these people.\nopens: 2026-01-05\neffects: {cells: 0.5}\n"
        "sealed_settings: {blocks: [2, 4]}\n"
    )
    return folder


def _answer(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, Any]:
    assert run(["simulate", *map(str, words), "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_the_answer_says_simulated_and_lists_what_it_leans_on(trial: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["simulate", str(trial), "--trials", "2", "--seed", "9"]) == 0

    said = capsys.readouterr()
    assert "The design of breeze in 2 simulated trials of 3 planned participants, seed 9." in said.out
    assert "SIMULATED: invented people, no real data" in said.out
    assert "Nobody knows these people." in said.out
    assert "cells 0.5, imitation 0" in said.out
    assert "interval covers the truth (not known)" in said.out
    assert "seconds a trial" in said.err
    assert "seconds a trial" not in said.out


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others(
    trial: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, again, other = (_answer(capsys, trial, "--trials", 2, "--seed", seed) for seed in ("9", "9", "10"))

    assert first == again
    assert first["each"] != other["each"]
    assert (first["data"], first["simulated"], first["trials"], first["seed"]) == ("SIMULATED", True, 2, "9")
    assert [one["seed"] for one in first["each"]] == ["9", "9/2"]
    assert "blocks" not in json.dumps(first)  # the settings of the list are nobody's to see


def test_one_trial_is_what_rehearse_says_of_that_seed(
    trial: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    simulated = _answer(capsys, trial, "--trials", 1, "--seed", "9")["each"][0]

    assert run(["rehearse", str(trial), "--out", str(tmp_path / "lived"), "--seed", "9", "--json"]) == 0
    rehearsed = json.loads(capsys.readouterr().out)

    assert [rehearsed[name] for name in ("screened", "enrolled", "randomised", "administered")] == [
        simulated[name] for name in ("screened", "enrolled", "randomised", "given")
    ]
    assert [(one["analysis"], one["visit"], one.get("value")) for one in rehearsed["results"]] == [
        (one["analysis"], one["visit"], one["value"]) for one in simulated["results"]
    ]


def test_another_number_of_participants_and_no_effect_change_the_design(
    trial: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = _answer(capsys, trial, "--trials", 1, "--n", 5, "--without-effect")

    assert answer["participants"] == 5
    assert answer["people"]["enrolled"]["mean"] == 5
    assert answer["assumed"]["effects"] == {}
    assert "no arm does anything" in answer["assumed"]["says"]
    assert [(one["analysis"], one["truth"]) for one in answer["analyses"]] == [("main", 0.0)]


def test_going_on_and_stopping_are_two_calls_with_the_same_rows(
    trial: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stopped = _answer(capsys, trial, "--trials", 1, "--ends", "2026-01-06")
    going_on = _answer(capsys, trial, "--trials", 1, "--without-ending")

    assert list(stopped["ended"]) == ["terminated: Ended on 2026-01-06 by an option."]
    assert list(going_on["ended"]) == ["completed"]
    assert stopped["people"]["given"]["mean"] < going_on["people"]["given"]["mean"]
    assert stopped["people"].keys() == going_on["people"].keys()
    assert [(one["analysis"], one["visit"]) for one in stopped["analyses"]] == [
        (one["analysis"], one["visit"]) for one in going_on["analyses"]
    ]


def test_another_scenario_takes_the_place_of_the_folders(
    trial: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("armlet_scenario: 1\nsays: Other people.\nsealed_settings: {block: 2}\n")

    answer = _answer(capsys, trial, "--trials", 1, "--scenario", other)

    assert answer["assumed"]["says"] == "Other people."
    assert answer["assumed"]["effects"] == {}


def test_a_scenario_that_is_misspelt_is_exit_1_with_its_line(
    trial: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("armlet_scenario: 1\nefects: {cells: 1}\n")

    assert run(["simulate", str(trial), "--scenario", str(other)]) == 1
    assert "other.yaml:2" in capsys.readouterr().err
    assert run(["simulate", str(trial), "--scenario", str(tmp_path / "none.yaml")]) == 1
    assert "none.yaml" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--trials", "0"), "0 trials; expected 1 to 10000"),
        (("--trials", "10001"), "10001 trials; expected 1 to 10000"),
        (("--level", "1"), "a level of 1; expected a number between 0 and 1"),
        (("--level", "nan"), "a level of nan; expected a number between 0 and 1"),
        (("--processes", "0"), "0 processes; expected 1 or more"),
        (("--n", "0"), "0 participants; expected 1 to 500"),
        (("--ends", "tomorrow"), "'tomorrow' is no day; expected one such as 2026-06-30"),
        (("--ends", "2020-01-01"), "the trial ends on 2020-01-01, before it opens on 2026-01-05"),
        (("--ends", "2026-06-30", "--without-ending"), "not allowed with argument"),
    ],
)
def test_an_option_that_makes_no_sense_is_wrong_usage(
    trial: Path, options: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["simulate", str(trial), *options]) == 2
    assert says in capsys.readouterr().err


def test_a_protocol_without_stopping_rules_says_so(trial: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["simulate", str(trial), "--trials", "1"]) == 0
    assert "the protocol has no rule by which harm stops it" in capsys.readouterr().out
