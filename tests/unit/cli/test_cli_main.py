"""The door: help, usage, exit codes, and what happens when something goes wrong."""

from __future__ import annotations

import argparse
import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from armlet.cli import main
from armlet.cli.main import VERBS, load_verb, make_parser
from armlet.cli.output import Output
from armlet.errors import ExitCode, Fault, LedgerBroken, RefusedError
from armlet.issues import error

NAMES = [name for name, _ in VERBS]
Call = Callable[..., Any]
Raising = Callable[[BaseException], None]


class Scripted:
    """A verb that raises what it is told to."""

    NAME = "scripted"
    HELP = "raise"

    def __init__(self, problem: BaseException) -> None:
        self.problem = problem

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.epilog = "example:"

    def run(self, _arguments: argparse.Namespace, _out: Output) -> ExitCode:
        raise self.problem


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch) -> Raising:
    def script(problem: BaseException) -> None:
        monkeypatch.setattr(main, "load_verb", lambda _name: Scripted(problem))

    return script


@pytest.mark.parametrize("name", NAMES)
def test_every_verb_has_help_with_a_worked_example(armlet: Call, name: str) -> None:
    called = armlet(name, "--help")
    assert called.code == 0
    assert called.out.startswith(f"usage: armlet {name}")
    assert f"  armlet {name} " in called.out.partition("example:\n")[2]
    assert "exit code:" in called.out
    assert "--json" in called.out
    assert called.err == ""


@pytest.mark.parametrize("name", NAMES)
def test_the_table_of_verbs_says_what_the_module_says(name: str) -> None:
    verb = load_verb(name)
    said = (verb.NAME, verb.HELP)
    assert said in VERBS
    assert said[0] == name
    assert make_parser(verb).epilog


def test_help_names_every_verb_and_every_exit_code(armlet: Call) -> None:
    called = armlet("--help")
    assert called.code == 0
    assert all(f"  {name} " in called.out for name in NAMES)
    assert "0 done, 1 issues found, 2 wrong usage, 3 refused by the trial, 4 fault" in called.out


def test_help_as_json_is_one_document(armlet: Call) -> None:
    assert "usage: armlet read" in str(armlet("read", "--json", "--help").document()["help"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "a verb is missing"),
        (("chekc", "x"), "Did you mean `armlet check`?"),
        (("check",), "the following arguments are required: TRIAL"),
        (("check", "x", "--frobnicate"), "unrecognized arguments: --frobnicate"),
        (("screen", "x"), "the following arguments are required: --person"),
        (("predictability", "--n", "ten", "--method", "complete"), "invalid int value: 'ten'"),
    ],
)
def test_wrong_usage_is_said_and_ends_with_two(armlet: Call, words: tuple[str, ...], said: str) -> None:
    called = armlet(*words)
    assert (called.code, called.out) == (2, "")
    assert said in called.err


def test_wrong_usage_with_json_is_one_document_on_standard_output(armlet: Call) -> None:
    called = armlet("check", "--json")
    assert (called.code, called.err) == (2, "")
    assert called.issues()[0]["rule"] == "usage"


def test_a_refusal_ends_with_three(armlet: Call, raising: Raising) -> None:
    raising(RefusedError([error("trial/locked", "breeze", "the trial is locked.", "Ask the sponsor.")]))
    called = armlet("check")
    assert (called.code, called.out, called.err) == (
        3,
        "",
        "breeze trial/locked: the trial is locked. Ask the sponsor.\n",
    )


@pytest.mark.parametrize("problem", [Fault("it broke"), LedgerBroken("it broke")])
def test_a_fault_ends_with_four_and_its_own_words(armlet: Call, raising: Raising, problem: BaseException) -> None:
    raising(problem)
    called = armlet("check")
    assert (called.code, called.out, called.err) == (4, "", "armlet fault: it broke\n")


def test_a_failure_of_the_program_is_said_in_one_line_with_what_to_do(armlet: Call, raising: Raising) -> None:
    raising(ZeroDivisionError("division by zero"))
    called = armlet("check")
    assert (called.code, called.out) == (4, "")
    assert "Please report it" in called.err
    assert "ZeroDivisionError" in called.err
    assert called.err.count("\n") == 1
    assert "Traceback" not in called.err


def test_a_failure_of_the_program_with_json_is_one_document(armlet: Call, raising: Raising) -> None:
    raising(ZeroDivisionError())
    called = armlet("check", "--json")
    assert (called.code, called.issues()[0]["rule"]) == (4, "fault/unexpected")


def test_the_traceback_is_shown_to_who_asks_for_it(
    armlet: Call, raising: Raising, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARMLET_DEBUG", "1")
    raising(ZeroDivisionError("division by zero"))
    called = armlet("check")
    assert called.code == 4
    assert "Traceback (most recent call last)" in called.err


def test_an_interruption_is_quiet(armlet: Call, raising: Raising) -> None:
    raising(KeyboardInterrupt())
    called = armlet("check")
    assert (called.code, called.out, called.err) == (130, "", "")


def test_a_file_that_the_machine_refuses_is_an_issue(armlet: Call, raising: Raising) -> None:
    raising(PermissionError(errno.EACCES, "Permission denied", "secret.yaml"))
    called = armlet("check")
    assert called.code == 1
    assert called.err == "secret.yaml file/unreadable: Permission denied. Check the name and who may read it.\n"


def test_a_reader_that_goes_away_is_met_quietly(trial: Path) -> None:
    command = [sys.executable, "-m", "armlet.cli.main", "show", str(trial)]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, check=False, timeout=60)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_said(trial: Path) -> None:
    command = [sys.executable, "-m", "armlet.cli.main", "show", str(trial), "--json"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, timeout=60)
    assert done.returncode == 4
    assert done.stderr == b"armlet: the answer could not be written: No space left on device.\n"


def test_control_characters_of_a_file_never_reach_the_terminal(armlet: Call, trial: Path, tmp_path: Path) -> None:
    person = tmp_path / "person.json"
    person.write_text(json.dumps({"\x1b[31mred": "1 kg"}))
    called = armlet("screen", trial, "--person", person)
    assert called.code == 1
    assert "\x1b" not in called.err
    assert "\\x1b[31mred" in called.err
