"""Runs the cases of every design check: small patches on ``base.yaml`` with the issues that they must yield.

A case file holds ``cases``, each with `says`, `patch` (texts that stand exactly once in the base, and what to put
there) and `expect`: the issues in order, each with the text of the line that it names.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from armlet.document import read_yaml
from armlet.issues import Issue
from armlet.protocol.checks import check_trial, load_checks
from armlet.protocol.load import Trial, read_protocol

HERE = Path(__file__).parent
BASE = (HERE / "base.yaml").read_text(encoding="utf-8")
CHECKS = load_checks()


def read_cases(module: str, kind: str) -> list[dict[str, Any]]:
    path = HERE / module / f"{kind}.yaml"
    if not path.is_file():
        pytest.fail(f"the check {module} has no {kind} case; create tests/spec/checks/{module}/{kind}.yaml")
    plain, _ = read_yaml(path.read_text(encoding="utf-8"), str(path))
    assert isinstance(plain, dict)
    cases = plain["cases"]
    assert isinstance(cases, list)
    assert cases
    return [case for case in cases if isinstance(case, dict)]


def patched(case: dict[str, Any]) -> str:
    text = BASE
    for change in case.get("patch", []):
        assert text.count(change["find"]) == 1, f"{change['find']!r} stands {text.count(change['find'])} times"
        text = text.replace(change["find"], change["put"])
    return text


def found_by(module: str, case: dict[str, Any]) -> list[dict[str, str]]:
    text = patched(case)
    protocol, lines = read_protocol(text, "base.yaml")
    return [shown(issue, text) for issue in CHECKS[module].find(protocol, lines)]


def shown(issue: Issue, text: str) -> dict[str, str]:
    line = int(issue.where.rpartition(":")[2])
    return {
        "rule": issue.rule,
        "severity": issue.severity.value,
        "line": text.splitlines()[line - 1].strip(),
        "message": issue.message,
        "fix": issue.fix,
    }


@pytest.mark.parametrize("module", CHECKS)
def test_a_check_passes_what_is_good(module: str) -> None:
    for case in read_cases(module, "good"):
        assert found_by(module, case) == [], case["says"]


@pytest.mark.parametrize("module", CHECKS)
def test_a_check_finds_what_is_bad_and_says_it_so(module: str) -> None:
    for case in read_cases(module, "bad"):
        assert case["expect"], case["says"]
        assert {issue["rule"] for issue in case["expect"]} == {CHECKS[module].rule}, case["says"]
        assert found_by(module, case) == case["expect"], case["says"]


def test_every_case_folder_belongs_to_a_check() -> None:
    folders = {path.name for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == set(CHECKS)


def test_rules_and_descriptions_are_distinct() -> None:
    assert len({check.rule for check in CHECKS.values()}) == len(CHECKS)
    assert all(check.says.endswith(".") for check in CHECKS.values())


def test_the_base_protocol_has_no_issue() -> None:
    protocol, lines = read_protocol(BASE, "base.yaml")
    assert check_trial(Trial(HERE, protocol, lines)) == ()


def test_issues_come_in_the_order_of_the_lines() -> None:
    text = (
        BASE.replace("    answer: either\n", "").replace("late: P10D", "late: P8M").replace("1.9 10*6/kg", "9 10*6/kg")
    )
    protocol, lines = read_protocol(text, "base.yaml")
    issues = check_trial(Trial(HERE, protocol, lines))
    assert [issue.rule for issue in issues] == [
        "product/dose-empty",
        "schedule/windows-overlap",
        "protocol/unanswered-question",
    ]
