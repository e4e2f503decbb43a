"""`armlet screen`: verdicts, and files that cannot be used."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]
FITS = {
    "reference_date": "2021-05-03",
    "age": "40 a",
    "asthma": True,
    "asthma_found": "2 a",
    "fev1": "1500 mL",
    "consented": True,
    "asthma_is_steady": {"answer": True, "by": "Ada Example"},
    "body_mass_index": "24.5 kg/m2",
    "last_attack": "90 d",
    "cotinine": "3 ng/mL",
    "hiv": "negative",
    "pregnant": False,
    "could_become_pregnant": False,
    "contraception": None,
}


@pytest.fixture
def person(tmp_path: Path) -> Callable[[object], Path]:
    def write(content: object) -> Path:
        path = tmp_path / "person.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return path

    return write


Person = Callable[[object], Path]


def verdicts(document: dict[str, Any]) -> dict[str, str]:
    return {item["id"]: item["verdict"] for item in document["criteria"]}


def test_who_meets_everything_is_eligible(armlet: Call, trial: Path, person: Person) -> None:
    called = armlet("screen", trial, "--person", person(FITS), "--json")
    assert (called.code, called.err) == (0, "")
    document = called.document()
    assert document["verdict"] == "eligible"
    assert verdicts(document)["breathes_enough"] == "met"
    assert verdicts(document)["smokes"] == "not met"
    assert document["criteria"][0]["kind"] == "inclusion"
    assert "40" in document["criteria"][0]["because"]


def test_who_meets_an_exclusion_criterion_is_not_eligible_and_the_call_has_done_its_work(
    armlet: Call, trial: Path, person: Person
) -> None:
    called = armlet("screen", trial, "--person", person({**FITS, "hiv": "positive"}), "--json")
    assert called.code == 0
    assert called.document()["verdict"] == "not eligible"
    assert verdicts(called.document())["has_hiv"] == "met"


def test_what_is_left_out_stays_unknown(armlet: Call, trial: Path, person: Person) -> None:
    called = armlet("screen", trial, "--person", person({**FITS, "fev1": None}), "--json")
    assert (called.code, called.document()["verdict"]) == (0, "unknown")
    assert verdicts(called.document())["breathes_enough"] == "unknown"


def test_people_read_the_verdict_first_and_what_is_open_last(armlet: Call, trial: Path, person: Person) -> None:
    lines = armlet("screen", trial, "--person", person({**FITS, "fev1": None})).out.splitlines()
    assert lines[0] == "verdict: unknown"
    assert lines[2].split() == ["criterion", "kind", "verdict", "because"]
    assert lines[-2:] == ["still open:", "  breathes_enough: forced expiratory volume in one second is not known"]


def test_what_keeps_somebody_out_is_marked(armlet: Call, trial: Path, person: Person) -> None:
    called = armlet("screen", trial, "--person", person({**FITS, "age": "17.9 a", "hiv": "positive"}))
    marked = [line.split()[0] for line in called.out.splitlines() if "keeps out" in line]
    assert marked == ["adult", "has_hiv"]
    assert called.out.endswith("still open: nothing\n")


def test_a_person_may_come_on_standard_input(shell: Call, trial: Path) -> None:
    called = shell("screen", trial, "--person", "-", "--json", stdin=json.dumps(FITS).encode())
    assert (called.code, called.document()["verdict"]) == (0, "eligible")


@pytest.mark.parametrize(
    ("key", "value", "rule", "said"),
    [
        ("weight", "62.3 nmol/L", "unit-mismatch", "does not measure the same as kg"),
        ("weight", "-62.3 kg", "implausible", "expected 30 kg to 220 kg"),
        ("weight", "62,3 kg", "quantity", "decimal comma"),
        ("weight", "62,3", "quantity", "decimal comma"),
        ("weight", 62.3, "unit-missing", "the bare number 62.3"),
        ("weight", "62.3", "unit-missing", "has no unit"),
        ("eosinophils", "-1 10*9/L", "negative", "expected no negative value"),
        ("wieght", "62.3 kg", "unknown-measure", "Did you mean 'weight'?"),
        ("pregnant", "no", "type", "expected true or false"),
        ("hiv", "maybe", "code", "'negative', 'positive' or 'indeterminate'"),
        ("asthma_found", "2021-13-01", "date", "no day of the calendar"),
    ],
)
def test_an_answer_that_does_not_fit_refuses_the_person(
    armlet: Call, trial: Path, person: Person, key: str, value: object, rule: str, said: str
) -> None:
    path = person({**FITS, key: value})
    called = armlet("screen", trial, "--person", path, "--json")
    (issue,) = called.issues()
    assert (called.code, issue["rule"], issue["where"]) == (1, f"person/{rule}", f"{path}:{key}")
    assert said in f"{issue['message']} {issue['fix']}"
    assert "verdict" not in called.document()


def test_everything_amiss_is_said_at_once_and_nothing_is_printed_beside(
    armlet: Call, trial: Path, person: Person
) -> None:
    called = armlet("screen", trial, "--person", person({**FITS, "weight": "62,3 kg", "age": -3}))
    assert (called.code, called.out) == (1, "")
    assert called.err.count("\n") == 2


@pytest.mark.parametrize(
    ("content", "rule", "said"),
    [
        (b"", "person/json", "this is not JSON"),
        (b'{\n  "weight": "62.3 kg",\n}', "person/json", "(column 1)"),
        (b'{"weight": "62.3 kg", "weight": "63 kg"}', "person/json", "more than once"),
        (b'{"weight": NaN}', "person/json", "NaN is no value"),
        (b'{"weight": -Infinity}', "person/json", "-Infinity is no value"),
        (b"[1, 2]", "person/type", "the file holds a list"),
        (b"\x00\xff\xfe\x01", "person/encoding", "not UTF-8 text"),
        ('{"weight": "62.3 kg", "hiv": "né"}'.encode("latin-1"), "person/encoding", "byte 0xE9"),
        ("{}".encode("utf-16"), "person/encoding", "not UTF-8 text"),
        (b"[" * 100_000, "person/json", "nested too deeply"),
    ],
)
def test_a_file_that_is_no_person_is_an_issue(
    armlet: Call, trial: Path, person: Person, content: bytes, rule: str, said: str
) -> None:
    called = armlet("screen", trial, "--person", person(content), "--json")
    (issue,) = called.issues()
    assert (called.code, issue["rule"]) == (1, rule)
    assert said in issue["message"]


def test_json_that_is_cut_names_the_line(armlet: Call, trial: Path, person: Person) -> None:
    path = person(b'{\n  "weight": "62.3 kg",\n}')
    assert armlet("screen", trial, "--person", path).err.startswith(f"{path}:3 person/json: ")


@pytest.mark.parametrize(("name", "said"), [("nobody.json", "no such file"), (".", "this is a folder")])
def test_no_file_and_a_folder_are_issues_in_their_own_process(
    shell: Call, trial: Path, tmp_path: Path, name: str, said: str
) -> None:
    called = shell("screen", trial, "--person", tmp_path / name)
    assert (called.code, called.out) == (1, "")
    assert said in called.err
    assert "Traceback" not in called.err
