"""`armlet read`: the account of a record, and files that are none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]
RECORD = {
    "protocolSection": {
        "identificationModule": {
            "nctId": "NCT00000000",
            "orgStudyIdInfo": {"id": "EX-0001"},
            "organization": {"fullName": "Institute for Breathing Research", "class": "OTHER"},
            "briefTitle": "Airway Cells in Asthma",
        },
        "statusModule": {"overallStatus": "RECRUITING"},
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": "Institute for Breathing Research", "class": "OTHER"}},
        "conditionsModule": {"conditions": ["Asthma"]},
        "designModule": {"studyType": "INTERVENTIONAL", "phases": ["PHASE1"]},
        "armsInterventionsModule": {"interventions": [{"type": "BIOLOGICAL", "name": "Airway cells"}]},
        "outcomesModule": {"primaryOutcomes": [{"measure": "FEV1", "timeFrame": "9 months"}]},
        "eligibilityModule": {"eligibilityCriteria": "Inclusion Criteria:\n\n* asthma", "sex": "ALL"},
    }
}


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "record.json"
    path.write_text(json.dumps(RECORD, indent=2))
    return path


def test_the_document_accounts_for_every_line(armlet: Call, record: Path) -> None:
    called = armlet("read", record, "--json")
    assert called.code == 0
    document = called.document()
    assert list(document)[:5] == ["format", "record", "facts", "unrecognised", "lines"]
    lines = [line for line in record.read_text().splitlines() if line.strip()]
    assert document["lines"] == {"total": len(lines), "accounted": len(lines)}
    (fact,) = [item for item in document["facts"] if item["path"].endswith("nctId")]
    assert (fact["value"], fact["line"]) == ("NCT00000000", 4)


def test_people_read_facts_by_module_and_the_account_last(armlet: Call, record: Path) -> None:
    lines = armlet("read", record).out.splitlines()
    assert lines[0] == f"record: {record}"
    assert lines[1].startswith("format: ")
    assert lines.index("Identification") < lines.index("Conditions")
    assert "line 4" in next(line for line in lines if line.startswith("  nctId: NCT00000000"))
    assert lines[-1].endswith(" lines accounted for")


def test_a_record_may_come_on_standard_input(shell: Call, record: Path) -> None:
    called = shell("read", "-", "--json", stdin=record.read_bytes())
    assert (called.code, called.document()["lines"]["total"]) == (0, len(record.read_text().splitlines()))


SEEDS = Path(__file__).resolve().parents[4] / "shared" / "records" / "seeds"


@pytest.mark.parametrize("name", ["000_90e0e7b6a174f708.txt", "001_cb6ae5f777205bbc.txt"])
def test_the_founding_documents_are_accounted_for_to_the_last_line(armlet: Call, name: str) -> None:
    if not SEEDS.is_dir():
        pytest.skip("the founding records (../shared/records/seeds) are not here")
    called = armlet("read", SEEDS / name, "--json")
    document = called.document()
    total = sum(bool(line.strip()) for line in (SEEDS / name).read_text("utf-8").splitlines())
    assert (called.code, document["unrecognised"]) == (0, [])
    assert document["lines"] == {"total": total, "accounted": total}


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "read/empty"),
        (b" \n\t\n", "read/empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "read/binary"),
        ("Conditions: d\xe9but".encode("latin-1"), "read/wrong-encoding"),
        (b"Dear Sir or Madam,\nthe bill is enclosed.\n", "read/not-a-record"),
        (b"<html><body>NCT00000000</body></html>", "read/not-a-record"),
    ],
)
def test_a_file_that_is_no_record_is_an_issue(armlet: Call, tmp_path: Path, content: bytes, rule: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    called = armlet("read", path, "--json")
    assert (called.code, [issue["rule"] for issue in called.issues()]) == (1, [rule])
    plain = armlet("read", path)
    assert (plain.code, plain.out) == (1, "")
    assert f"{path}" in plain.err


@pytest.mark.parametrize(("name", "said"), [("nothing.txt", "no such file"), (".", "the folder has no file")])
def test_no_file_and_a_folder_are_issues_in_their_own_process(
    shell: Call, tmp_path: Path, name: str, said: str
) -> None:
    called = shell("read", tmp_path / name)
    assert (called.code, called.out) == (1, "")
    assert said in called.err
    assert "Traceback" not in called.err
