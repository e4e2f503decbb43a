"""`armlet analyse` on a table that is no trial: what it prints and writes, and with which exit code."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Call

SLEEP = "person,first,second\n1,0.7,1.9\n2,-1.6,0.8\n3,-0.2,1.1\n4,-1.2,0.1\n5,,-0.1\n6,3.4,4.4\n"
PLAN = """\
title: six people
unit: h
columns: {participant: person, baseline: first, outcome: second}
arms: [everybody]
analyses:
  - {label: median change, method: signed_rank, role: primary}
  - {label: one person alone, method: sign_flip, settings: {of: change}}
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "sleep.csv").write_text(SLEEP)
    (tmp_path / "plan.yaml").write_text(PLAN)
    return tmp_path / "sleep.csv", tmp_path / "plan.yaml"


def test_the_results_stand_in_the_table_of_a_trial(armlet: Call, files: tuple[Path, Path]) -> None:
    data, plan = files

    called = armlet("analyse", "--data", data, "--plan", plan)

    assert called.code == 0
    assert called.err == ""
    assert [line.split("  ")[0] for line in called.out.splitlines()[:6]] == [
        "six people", "", "analysis", "--------", "median change", "one person alone",
    ]  # fmt: skip
    named = [re.split(r"  +", line)[:3] for line in called.out.splitlines()[2:6] if not line.startswith("-")]
    assert named == [
        ["analysis", "role", "method"],
        ["median change", "primary", "signed_rank"],
        ["one person alone", "-", "sign_flip"],
    ]
    assert "5 is left out: no baseline value" in called.out
    assert "the smallest two-sided p that can come out is 0.0625" in called.out


def test_the_document_has_the_shape_of_a_trials_estimates(armlet: Call, files: tuple[Path, Path]) -> None:
    data, plan = files

    document = armlet("analyse", "--data", data, "--plan", plan, "--json").document()

    assert list(document) == ["title", "data", "plan", "estimates"]
    assert document["title"] == "six people"
    held = document["data"]
    assert isinstance(held, dict)
    assert (held["name"], held["rows"], held["digest"][:7]) == (str(data), 6, "sha256:")
    estimates = document["estimates"]
    assert isinstance(estimates, list)
    assert list(estimates[0]) == [
        "analysis", "role", "endpoint", "endpoint_label", "level", "visit", "set", "summary",
        "intercurrent_events", "applied", "missing",
        "estimable", "label", "estimand", "method", "value", "unit", "interval", "p", "n_used", "left_out", "warnings",
        "details",
    ]  # fmt: skip
    assert [one["role"] for one in estimates] == ["primary", None]
    # The changes are 1.2, 2.4, 1.3, 1.3, 1.0: the median of their fifteen averages of two is 1.3.
    assert estimates[0]["value"] == pytest.approx(1.3)
    assert estimates[0]["p"]["value"] == 2 / 32


def test_the_results_are_written_as_table_document_and_page(
    armlet: Call, files: tuple[Path, Path], tmp_path: Path
) -> None:
    data, plan = files

    called = armlet("analyse", "--data", data, "--plan", plan, "--out", tmp_path / "out", "--json")

    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["results.csv", "results.html", "results.json"]
    assert json.loads((tmp_path / "out/results.json").read_text()) == called.document()
    with (tmp_path / "out/results.csv").open(newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["analysis"], first["method"], first["n_used"]) == ("median change", "signed_rank", "everybody: 5")
    assert (float(first["p"]), first["exact"], first["left_out"]) == (0.0625, "yes", "5: no baseline value")
    assert second["not_estimable_because"] == ""
    page = (tmp_path / "out/results.html").read_text()
    assert "six people" in page
    assert "0.0625" in page
    assert "<script" not in page
    assert called.err.count("wrote ") == 3


def test_no_name_is_run_by_a_spreadsheet_and_no_small_number_becomes_words(armlet: Call, tmp_path: Path) -> None:
    rows = "person,first,second\n1,0.00003,0.00001\n2,0.00002,0.00001\n=cmd(),,1\n"
    (tmp_path / "data.csv").write_text(rows)
    (tmp_path / "plan.yaml").write_text(PLAN.replace("median change", "=1+1"))
    assert armlet("analyse", "--data", tmp_path / "data.csv", "--plan", tmp_path / "plan.yaml",
                  "--out", tmp_path / "out").code == 0  # fmt: skip
    first = next(csv.DictReader((tmp_path / "out" / "results.csv").read_text().splitlines()))
    assert (first["analysis"], first["left_out"]) == ("'=1+1", "'=cmd(): no baseline value")
    assert float(first["value"]) == pytest.approx(-1.5e-5)


def test_what_cannot_be_estimated_is_a_result_and_no_failure(armlet: Call, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("person,first,second\n1,1,2\n")
    (tmp_path / "plan.yaml").write_text(PLAN)

    called = armlet("analyse", "--data", tmp_path / "one.csv", "--plan", tmp_path / "plan.yaml", "--out", tmp_path)

    assert called.code == 0
    assert "cannot be estimated: one person's change says nothing about chance" in called.out
    with (tmp_path / "results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["value"] for row in rows] == ["", ""]
    assert all(row["not_estimable_because"].startswith("one person's") for row in rows)


def test_a_cell_that_is_not_as_the_plan_says_ends_with_1_and_its_line(
    armlet: Call, files: tuple[Path, Path], tmp_path: Path
) -> None:
    data, plan = files
    data.write_text(SLEEP.replace("6,3.4,4.4", '6,"3,4",4.4'))

    called = armlet("analyse", "--data", data, "--plan", plan, "--out", tmp_path / "out")

    assert called.code == 1
    assert called.out == ""
    assert f"{data}:7 data/number: first: expected a number with a decimal point" in called.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "expected one of DIR, --data with --plan, and --methods."),
        (("--data", "x.csv"), "--data and --plan go together."),
        (("--plan", "x.yaml"), "--data and --plan go together."),
        (("DIR", "--data", "x.csv", "--plan", "x.yaml"), "expected one of DIR, --data with --plan, and --methods."),
        (("DIR", "--methods"), "expected one of DIR, --data with --plan, and --methods."),
        (("--data", "x.csv", "--plan", "x.yaml", "--seed", "7"), "--dry-run, --seed and --as go with DIR."),
        (("--methods", "--out", "y"), "--out goes with --data or --dry-run."),
        (("--data", "-", "--plan", "-"), "--data and --plan are the same file."),
    ],
)
def test_a_command_that_does_not_fit_together_ends_with_2(armlet: Call, words: tuple[str, ...], message: str) -> None:
    called = armlet("analyse", *words)

    assert called.code == 2
    assert message in called.err


@pytest.mark.parametrize(("name", "rule"), [("data", "data/unreadable"), ("plan", "data-plan/unreadable")])
def test_a_file_that_is_not_there_ends_with_1(armlet: Call, files: tuple[Path, Path], name: str, rule: str) -> None:
    chosen = {"data": files[0], "plan": files[1], name: "nowhere"}

    called = armlet("analyse", "--data", chosen["data"], "--plan", chosen["plan"])

    assert called.code == 1
    assert f"nowhere {rule}: there is no such file." in called.err


def test_every_method_is_listed_with_settings_source_and_needs(armlet: Call) -> None:
    called = armlet("analyse", "--methods")
    methods = armlet("analyse", "--methods", "--json").document()["methods"]

    assert called.code == 0
    assert "rank_sum: exact rank-sum test with Hodges-Lehmann shift\n  needs two arms" in called.out
    assert "  transform: none, ln(x+1), sqrt (default none)" in called.out
    assert isinstance(methods, list)
    by_name = {one["name"]: one for one in methods}
    assert by_name["rerandomisation"]["needs"].endswith("how the arms were allocated, and everybody's slot")
    assert {"name": "level", "expected": "a number", "default": "0.95"} in by_name["ancova"]["settings"]
    assert all(one["source"] and one["about"] and one["settings"] for one in methods)
