"""Runs the cases of every review rule: small patches on ``base.yaml`` with the findings that they must yield.

A case file holds ``cases``, each with `says`, `patch` (texts that stand exactly once in the base, and what to put there;
`times` where it is more often), perhaps `participants`, and `expect`: the findings in order.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from armlet.document import read_yaml
from armlet.registry.record import Record
from armlet.registry.review import Finding, Submission, load_rules, review

HERE = Path(__file__).parent
BASE = (HERE / "base.yaml").read_text(encoding="utf-8")
RULES = load_rules()
OUTCOMES = "outcomeMeasuresModule"


def read_cases(module: str, kind: str) -> list[dict[str, Any]]:
    path = HERE / module / f"{kind}.yaml"
    if not path.is_file():
        pytest.fail(f"the rule {module} has no {kind} case; create tests/spec/results/{module}/{kind}.yaml")
    plain, _ = read_yaml(path.read_text(encoding="utf-8"), str(path))
    assert isinstance(plain, dict)
    cases = plain["cases"]
    assert isinstance(cases, list)
    assert cases
    return [case for case in cases if isinstance(case, dict)]


def patched(case: dict[str, Any]) -> Submission:
    text = BASE
    for change in case.get("patch", []):
        times = change.get("times", 1)
        assert text.count(change["find"]) == times, f"{change['find']!r} stands {text.count(change['find'])} times"
        text = text.replace(change["find"], change["put"])
    plain, _ = read_yaml(text, "base.yaml")
    record = Record.model_validate_json(json.dumps(plain))
    submission = Submission.of(record, frozenset(case.get("participants", ())))
    assert submission.results.as_json() == record.results_section
    return submission


def shown(finding: Finding) -> dict[str, str]:
    return {
        "severity": finding.severity.value,
        "path": finding.path,
        "message": finding.message,
        "fix": finding.fix,
    }


def found_by(module: str, case: dict[str, Any]) -> list[dict[str, str]]:
    return [shown(finding) for finding in RULES[module].find(patched(case))]


@pytest.mark.parametrize("module", RULES)
def test_a_rule_passes_what_is_good(module: str) -> None:
    for case in read_cases(module, "good"):
        assert found_by(module, case) == [], case["says"]


@pytest.mark.parametrize("module", RULES)
def test_a_rule_finds_what_is_bad_and_says_it_so(module: str) -> None:
    for case in read_cases(module, "bad"):
        assert case["expect"], case["says"]
        assert found_by(module, case) == case["expect"], case["says"]


def test_every_case_folder_belongs_to_a_rule() -> None:
    assert {path.name for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(RULES)


def test_rules_say_what_they_ask_what_they_follow_and_what_to_mend() -> None:
    assert len({rule.rule for rule in RULES.values()}) == len(RULES)
    assert all(rule.says.endswith(".") and rule.source and rule.mend for rule in RULES.values())


def test_the_base_has_no_issue() -> None:
    assert review(patched({})) == ()


def test_an_issue_names_its_path_and_the_field_of_the_protocol_and_issues_stand_in_the_order_of_the_results() -> None:
    case = {
        "patch": [
            {"find": "email: trials@breathing.example", "put": "phoneExt: '1'"},
            {"find": "unitOfMeasure: litres\n        ", "put": ""},
            {"find": "Age, Continuous", "put": "Years"},
        ]
    }

    assert [(issue.rule, issue.where) for issue in review(patched(case))] == [
        ("baseline/required", "resultsSection.baselineCharacteristicsModule.measures (mend: measures[])"),
        (
            "measures/unit",
            f"resultsSection.{OUTCOMES}.outcomeMeasures[0].unitOfMeasure (mend: endpoints[].unit, measures[].unit)",
        ),
        (
            "more/contact",
            "resultsSection.moreInfoModule.pointOfContact.phone (mend: organisation.responsible_party)",
        ),
    ]


def test_a_record_without_results_is_told_what_is_missing() -> None:
    rules = {issue.rule for issue in review(Submission.of(Record()))}

    assert {"flow/counts", "baseline/required", "outcomes/primary", "events/threshold", "more/contact"} <= rules
