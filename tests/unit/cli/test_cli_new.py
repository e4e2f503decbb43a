"""`armlet new`: the folder that it writes or leaves alone, and what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from armlet.cli.main import run
from armlet.cli.new import write_folder
from armlet.errors import InputError

RECORD = {
    "protocolSection": {
        "identificationModule": {"nctId": "NCT09999991", "briefTitle": "Tea for Two"},
        "designModule": {"studyType": "INTERVENTIONAL", "designInfo": {"interventionModel": "SINGLE_GROUP"}},
        "armsInterventionsModule": {"interventions": [{"type": "DIETARY_SUPPLEMENT", "name": "tea"}]},
        "eligibilityModule": {"eligibilityCriteria": "Inclusion Criteria:\n- thirst\n- BMI > 20 kg/m2"},
    }
}


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "record of tea.json"
    path.write_text(json.dumps(RECORD), encoding="utf-8")
    return path


def test_it_writes_the_files_and_says_what_to_do_next(
    record: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "trials" / "new tea"
    assert run(["new", str(record), "--out", str(folder)]) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["protocol.yaml", "record.json", "review.html"]
    assert json.loads((folder / "record.json").read_text(encoding="utf-8")) == RECORD
    said = capsys.readouterr().out
    assert "criteria: 1 computable, 1 for a person to judge" in said
    assert f"Confirm the draft with {folder}/review.html" in said
    assert said.index("1. What the trial means") < said.index("2. How it is") < said.index("3. What the record itself")
    assert said.rstrip().endswith(f"armlet check '{folder}'")


def test_the_draft_can_be_checked_and_shown_and_not_yet_used(
    record: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "tea"
    run(["new", str(record), "--out", str(folder), "--json"])
    asked = json.loads(capsys.readouterr().out)["questions"]
    assert run(["check", str(folder), "--json"]) == 1
    issues = json.loads(capsys.readouterr().out)["issues"]
    assert [issue["rule"] for issue in issues] == ["protocol/unanswered-question"] * len(asked)
    assert run(["show", str(folder)]) == 0


def test_json_has_the_keys_of_the_contract(record: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["new", str(record), "--out", str(tmp_path / "tea"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["trial"] == "nct09999991"
    assert document["review"] == str(tmp_path / "tea" / "review.html")
    keys = {"id", "about", "why", "who", "options", "default"}
    assert all(keys <= set(question) for question in document["questions"])
    body_mass_index = {"compare": {"measure": "body_mass_index", "is": ">", "value": "20 kg/m2"}}
    assert document["criteria"] == [
        {"id": "thirst", "kind": "inclusion", "text": "thirst", "computable": False, "expression": None},
        {
            "id": "bmi_20_kg_m2",
            "kind": "inclusion",
            "text": "BMI > 20 kg/m2",
            "computable": True,
            "expression": body_mass_index,
        },
    ]


@pytest.mark.parametrize("name", ["record.json", "protocol.yaml", "review.html"])
def test_nothing_is_overwritten(record: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "tea"
    folder.mkdir()
    (folder / name).write_text("mine", encoding="utf-8")
    assert run(["new", str(record), "--out", str(folder)]) == 1
    assert [path.name for path in folder.iterdir()] == [name]
    assert (folder / name).read_text(encoding="utf-8") == "mine"
    assert "nothing is overwritten" in capsys.readouterr().err


def test_a_folder_with_other_files_is_used_and_they_stay(record: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tea"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    assert run(["new", str(record), "--out", str(folder)]) == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        "notes.txt",
        "protocol.yaml",
        "record.json",
        "review.html",
    ]


def test_a_file_in_place_of_the_folder_is_refused(record: Path, tmp_path: Path) -> None:
    path = tmp_path / "tea"
    path.write_text("mine", encoding="utf-8")
    assert run(["new", str(record), "--out", str(path)]) == 1
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_record_that_cannot_be_drafted_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "record.json"
    path.write_text('{"protocolSection": {"designModule": {"studyType": "OBSERVATIONAL"}}}', encoding="utf-8")
    assert run(["new", str(path), "--out", str(tmp_path / "tea"), "--json"]) == 1
    rules = [issue["rule"] for issue in json.loads(capsys.readouterr().out)["issues"]]
    assert rules == ["new/no-trial", "new/no-criteria"]
    assert [path.name for path in tmp_path.iterdir()] == ["record.json"]


def test_a_file_that_is_no_record_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear all, tea is ready.", encoding="utf-8")
    assert run(["new", str(path), "--out", str(tmp_path / "tea")]) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_the_page_names_the_record_without_its_folder(record: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tea"
    assert run(["new", str(record), "--out", str(folder)]) == 0
    page = (folder / "review.html").read_text(encoding="utf-8")
    assert "record of tea.json (v2 json)" in page
    assert str(tmp_path) not in page


def test_all_files_or_none(tmp_path: Path) -> None:
    folder = tmp_path / "tea"
    with pytest.raises(InputError):
        write_folder(folder, {"record.json": "{}", "missing/protocol.yaml": ""})
    assert list(tmp_path.iterdir()) == []


def test_a_second_file_that_cannot_be_moved_in_takes_the_first_back(tmp_path: Path) -> None:
    folder = tmp_path / "tea"
    (folder / "other.yaml").mkdir(parents=True)  # a folder stands where the second file is to go
    with pytest.raises(InputError):
        write_folder(folder, {"record.txt": "{}", "other.yaml": ""})
    assert [path.name for path in folder.iterdir()] == ["other.yaml"]


def test_out_must_be_given(record: Path) -> None:
    assert run(["new", str(record)]) == 2
