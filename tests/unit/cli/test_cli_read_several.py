"""`armlet read` with two records, with many and with contacts, and `armlet history`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

Call = Callable[..., Any]


def study(number: str = "NCT09999921", **changes: Any) -> dict[str, Any]:
    return {
        "protocolSection": {
            "identificationModule": {"nctId": number, "briefTitle": f"Warm Feet {number[-1]}"},
            "statusModule": {"overallStatus": "COMPLETED", "lastUpdateSubmitDate": "2014-03-01", **changes},
            "designModule": {"studyType": "INTERVENTIONAL"},
            "armsInterventionsModule": {
                "armGroups": [{"label": "Socks"}],
                "interventions": [{"type": "DEVICE", "name": "Wool socks"}],
            },
            "outcomesModule": {"primaryOutcomes": [{"measure": "Warmth", "timeFrame": "1 hour"}]},
            "eligibilityModule": {"eligibilityCriteria": "Inclusion Criteria:\n\n* cold feet\n* age 20 years or more"},
            "contactsLocationsModule": {"centralContacts": [{"name": "D. Holm", "email": "d.holm@example.org"}]},
        },
        "hasResults": False,
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "records"
    made.mkdir()
    (made / "a.json").write_text(json.dumps(study(), indent=1))
    (made / "b.json").write_text(json.dumps([study("NCT09999922"), study("NCT09999923")]))
    (made / "NCT09999929.json").write_text(json.dumps(study("NCT09999924")))
    (made / ".hidden").write_bytes(b"\0")
    return made


def test_records_of_a_folder_are_shown_one_a_row(armlet: Call, folder: Path) -> None:
    called = armlet("read", folder)
    assert called.code == 0
    lines = called.out.splitlines()
    assert lines[0].split()[:4] == ["file", "format", "id", "status"]
    rows = {line.split()[0] for line in lines[2:6]}
    assert rows == {str(folder / name) for name in ("a.json", "b.json", "NCT09999929.json")}
    assert lines[-1] == "4 records, 0 refused"
    assert "read/other-name: 1 times" in called.err


def test_a_file_whose_name_is_not_its_record_is_warned_of_with_both_numbers(armlet: Call, folder: Path) -> None:
    called = armlet("read", folder / "NCT09999929.json")
    assert called.code == 0
    assert "named after NCT09999929, but the record is NCT09999924" in called.err


def test_a_refused_file_has_a_row_with_the_reason_and_the_others_are_read(armlet: Call, folder: Path) -> None:
    (folder / "c.html").write_text("<html><body>503</body></html>")
    called = armlet("read", folder)
    assert called.code == 1
    (row,) = [line for line in called.out.splitlines() if "c.html" in line]
    assert "refused" in row
    assert "the file is a web page in HTML" in row
    assert called.out.splitlines()[-1] == "5 records, 1 refused"


def test_many_records_are_one_document_with_a_list(armlet: Call, folder: Path) -> None:
    (folder / "c.html").write_text("<html><body>503</body></html>")
    called = armlet("read", folder, "--json")
    assert called.code == 1
    assert called.err == ""
    records = called.document()["records"]
    assert [(Path(item["file"]).name, item["place"]) for item in records] == [
        ("NCT09999929.json", 1), ("a.json", 1), ("b.json", 1), ("b.json", 2), ("c.html", 1),
    ]  # fmt: skip
    assert records[3]["record"]["protocolSection"]["identificationModule"]["nctId"] == "NCT09999923"
    assert records[3]["lines"] == {"total": 1, "accounted": 1}
    assert [issue["rule"] for issue in records[4]["issues"]] == ["read/not-a-record"]


@pytest.mark.parametrize("pick", ["2", "nct09999923"])
def test_one_of_several_records_is_picked_by_place_or_number(armlet: Call, folder: Path, pick: str) -> None:
    called = armlet("read", folder / "b.json", "--record", pick, "--json")
    assert called.document()["record"]["protocolSection"]["identificationModule"]["nctId"] == "NCT09999923"
    drafted = armlet("new", folder / "b.json", "--record", pick, "--out", folder.parent / "t", "--json")
    assert drafted.code == 0
    assert drafted.document()["trial"] == "nct09999923"


@pytest.mark.parametrize("pick", ["3", "0", "NCT09999921"])
def test_a_record_that_is_not_there_is_refused(armlet: Call, folder: Path, pick: str) -> None:
    called = armlet("read", folder / "b.json", "--record", pick, "--json")
    assert called.code == 1
    assert [issue["rule"] for issue in called.issues()] == ["read/no-such-record"]


def test_a_trial_is_not_drafted_from_one_of_several_at_random(armlet: Call, folder: Path) -> None:
    called = armlet("new", folder / "b.json", "--out", folder.parent / "t", "--json")
    assert called.code == 1
    (issue,) = called.issues()
    assert issue["rule"] == "read/several-records"
    assert "2 records (NCT09999922, NCT09999923)" in issue["message"]
    assert not (folder.parent / "t").exists()


def test_contacts_are_kept_only_where_they_were_asked_for(armlet: Call, folder: Path) -> None:
    for words in ([], ["--json"]):
        called = armlet("read", folder / "a.json", *words)
        assert "Holm" not in called.out + called.err
        assert "d.holm" in armlet("read", folder / "a.json", "--contacts", *words).out
    armlet("new", folder / "a.json", "--out", folder.parent / "t")
    assert "holm" not in "".join(path.read_text().casefold() for path in (folder.parent / "t").iterdir())


def against(armlet: Call, folder: Path, *words: str, **changes: Any) -> Any:
    (folder / "other.json").write_text(json.dumps(study(**changes)))
    return armlet("read", folder / "a.json", "--against", folder / "other.json", *words)


def test_two_records_that_say_the_same_end_with_0(armlet: Call, folder: Path) -> None:
    called = against(armlet, folder)
    assert called.code == 0
    assert "the same trial" in called.out


def test_two_records_that_differ_in_book_keeping_only_end_with_0(armlet: Call, folder: Path) -> None:
    called = against(armlet, folder, lastUpdateSubmitDate="2015-01-01")
    assert called.code == 0
    assert "B is newer" in called.out


def test_two_records_that_differ_in_substance_end_with_1_and_show_both_values(armlet: Call, folder: Path) -> None:
    called = against(armlet, folder, overallStatus="TERMINATED")
    assert called.code == 1
    assert "A (line 8): COMPLETED" in called.out
    assert "B (line 1): TERMINATED" in called.out


def test_a_comparison_is_one_document(armlet: Call, folder: Path) -> None:
    document = against(armlet, folder, "--json", overallStatus="TERMINATED").document()
    (difference,) = document["differences"]
    assert (difference["kind"], difference["nature"], difference["about"]) == ("differs", "substance", "status")
    assert (difference["a"]["value"], difference["b"]["value"]) == ("COMPLETED", "TERMINATED")
    assert document["counts"] == {"differs: substance": 1}
    assert document["identity"]["sameness"] == "the same trial"


def test_records_of_different_trials_are_not_compared(armlet: Call, folder: Path) -> None:
    called = armlet("read", folder / "a.json", "--against", folder / "NCT09999929.json", "--json")
    assert called.code == 1
    (issue,) = called.issues()
    assert issue["rule"] == "read/other-trial"
    assert "NCT09999921, NCT09999924" in issue["message"]


def test_the_record_of_a_table_that_the_other_file_is_about_is_found(armlet: Call, folder: Path) -> None:
    (folder / "table.csv").write_text(
        "NCT Number,Study Title,Study Status\nNCT09999925,Other,COMPLETED\nNCT09999921,Warm Feet 1,TERMINATED\n"
    )
    called = armlet("read", folder / "table.csv", "--against", folder / "a.json", "--json")
    (difference,) = [item for item in called.document()["differences"] if item["kind"] == "differs"]
    assert (difference["a"]["value"], difference["a"]["line"]) == ("TERMINATED", 3)


def test_versions_of_a_record_are_listed_by_date_with_their_changes(armlet: Call, folder: Path) -> None:
    (folder / "later.json").write_text(json.dumps(study(overallStatus="TERMINATED", lastUpdateSubmitDate="2016-01-01")))
    called = armlet("history", folder / "later.json", folder / "a.json")
    assert called.code == 0
    lines = called.out.splitlines()
    assert lines[0] == "NCT09999921: Warm Feet 1"
    assert [line.split()[0] for line in lines[4:6]] == ["2014-03-01", "2016-01-01"]
    assert lines[5].endswith("status 1")
    (trial,) = armlet("history", folder / "later.json", folder / "a.json", "--json").document()["trials"]
    assert [version["changed"] for version in trial["versions"]] == [{}, {"status": 1}]


def test_a_file_that_is_no_version_is_named_and_the_others_are_compared(armlet: Call, folder: Path) -> None:
    (folder / "c.html").write_text("<html><body>503</body></html>")
    called = armlet("history", folder)
    assert called.code == 1
    assert "c.html read/not-a-record" in called.err
    assert "NCT09999922" in called.out


@pytest.mark.parametrize("words", [("read",), ("history",)])
def test_what_is_not_there_is_refused(armlet: Call, tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "empty").mkdir()
    called = armlet(*words, tmp_path / "empty", tmp_path / "no", "--json")
    assert called.code == 1
    assert ["no file" in issue["message"] or "no such" in issue["message"] for issue in called.issues()] == [True, True]


def test_a_record_is_read_from_a_pipe_that_is_named(armlet: Call, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writing = Thread(target=(tmp_path / "pipe").write_text, args=(json.dumps(study()),))
    writing.start()
    called = armlet("read", tmp_path / "pipe", "--json")
    writing.join()
    assert called.document()["record"]["protocolSection"]["identificationModule"]["nctId"] == "NCT09999921"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no file without end here")
def test_a_file_without_end_and_a_name_without_letters_are_refused(armlet: Call) -> None:
    for name, message in (("/dev/zero", "there are more than 200 MB."), ("", "there is no such file or folder.")):
        called = armlet("read", name, "--json")
        assert (called.code, [issue["message"] for issue in called.issues()]) == (1, [message])
