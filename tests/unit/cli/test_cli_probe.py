"""`armlet probe` from the command line: what it answers, and with which exit code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from armlet.cli import probe
from armlet.cli.main import run
from armlet.simulation.rehearse import Rehearsed

TRIAL = Path(__file__).parents[3] / "trials" / "nct02057211"
ONE_ARM = TRIAL.with_name("nct02893306")


def _tell_arms(lived: Rehearsed) -> Mapping[str, bytes]:
    lines = [f"{one.participant} kept in fridge {one.arm}" for one in lived.vault.assignments()]
    return {"fridges.txt": "\n".join(lines).encode()}


def test_a_leak_is_exit_1_and_the_output_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(probe, "blinded_outputs", _tell_arms)

    code = run(["probe", str(TRIAL), "--trials", "6", "--json"])

    answer = json.loads(capsys.readouterr().out)
    assert (code, answer["found"], answer["data"]) == (1, True, "SIMULATED")
    assert answer["telling"][0]["output"] == "fridges.txt"


def test_a_trial_with_one_arm_is_exit_1_and_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["probe", str(ONE_ARM), "--trials", "2"]) == 1
    assert "the trial has one arm" in capsys.readouterr().err


@pytest.mark.parametrize("trials", ["0", "1001"])
def test_too_few_or_too_many_trials_is_wrong_usage(trials: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["probe", str(TRIAL), "--trials", trials]) == 2
    assert "expected 1 to 1000" in capsys.readouterr().err
