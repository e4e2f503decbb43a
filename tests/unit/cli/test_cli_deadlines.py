"""`armlet deadlines`: what is due, whether it applies, and what was typed wrongly."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]
RECORD = {
    "protocolSection": {
        "identificationModule": {"nctId": "NCT00000000", "briefTitle": "Airway Cells in Asthma"},
        "statusModule": {
            "overallStatus": "COMPLETED",
            "startDateStruct": {"date": "2018-02"},
            "primaryCompletionDateStruct": {"date": "2020-02-29"},
            "completionDateStruct": {"date": "2020-10"},
        },
        "designModule": {"studyType": "INTERVENTIONAL", "phases": ["PHASE2"]},
        "oversightModule": {"isFdaRegulatedDrug": True},
        "armsInterventionsModule": {"interventions": [{"type": "BIOLOGICAL", "name": "Airway cells"}]},
        "outcomesModule": {"primaryOutcomes": [{"measure": "FEV1"}], "secondaryOutcomes": [{"measure": "Cough"}]},
        "contactsLocationsModule": {"locations": [{"country": "Canada"}]},
    }
}


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "record.json"
    path.write_text(json.dumps(RECORD))
    return path


def test_a_trial_folder_and_its_record_say_the_same(armlet: Call, record: Path) -> None:
    by_folder = armlet("deadlines", record.parent, "--today", "2021-01-01")
    by_file = armlet("deadlines", record, "--today", "2021-01-01")

    assert (by_folder.code, by_folder.out) == (0, by_file.out)


def test_the_document_has_interval_standing_reason_and_source(armlet: Call, record: Path) -> None:
    document = armlet("deadlines", record, "--today", "2021-01-01", "--json").document()
    primary = next(one for one in document["deadlines"] if one["rule"] == "us/results-primary")

    assert (document["trial"], document["today"]) == ("NCT00000000", "2021-01-01")
    assert primary["due"] == {"earliest": "2021-02-28", "latest": "2021-02-28"}
    assert (primary["applies"], primary["standing"], primary["says"]) == ("possible", "due", "due in 58 days")
    assert "no site is in the United States" not in primary["because"]
    assert "under a U.S. IND or IDE" in primary["because"]
    assert primary["source"].startswith("42 CFR 11.44(a)")
    assert primary["checked"] == "text"


def test_facts_can_be_added(armlet: Call, record: Path) -> None:
    called = armlet(
        "deadlines", record, "--today", "2021-01-01", "--json",
        "--add", "under_ind=yes", "--add", "results_submitted=2021-02-01", "--collected", "Cough=2020-08",
    )  # fmt: skip
    of_rule = {one["rule"]: one for one in called.document()["deadlines"]}

    assert of_rule["us/results-primary"]["applies"] == "yes"
    assert of_rule["us/results-primary"]["says"] == "done 2021-02-01, in time"
    assert of_rule["us/results-secondary"]["due"] == {"earliest": "2021-08-01", "latest": "2021-08-31"}


def test_people_see_a_table_the_reasons_and_the_sources(armlet: Call, record: Path) -> None:
    out = armlet("deadlines", record, "--today", "2021-01-01").out

    assert out.startswith("NCT00000000, as of 2021-01-01\n")
    assert "2021-10-01 to 2021-10-31  yes       who/results-registry" in out
    assert "no, eu-regulation/end, eu-regulation/results: " in out
    assert "icmje/registration (policy): ICMJE Recommendations, section III.L; from memory: check it" in out


def test_what_has_moved_since_an_earlier_version_is_shown(armlet: Call, record: Path, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier.json"
    earlier.write_text(json.dumps(RECORD).replace("2020-02-29", "2019-11-30"))
    out = armlet("deadlines", record, "--today", "2021-01-01", "--earlier", earlier).out

    assert f"us/results-primary: 2020-11-30 by {earlier}, 2021-02-28 now" in out
    assert "who/results-registry: " not in out.partition("Moved")[2].partition("Sources")[0]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--today", "tomorrow"), "Expected a day as YYYY-MM-DD"),
        (("--add", "under_ind=perhaps"), "Expected NAME=yes or NAME=no"),
        (("--add", "moon=2020"), "Expected NAME=yes or NAME=no"),
        (("--add", "completion=soon"), "Expected a date as YYYY, YYYY-MM or YYYY-MM-DD"),
        (("--collected", "Cough"), "Expected the title of a secondary outcome, = and a date"),
        (("--collected", "Sneeze=2020"), "Expected the title of a secondary outcome: 'Cough'"),
        (("--certificate", "2020-01"), "Expected a day as YYYY-MM-DD, or two with = between them"),
        (("--certificate", "2020-01-10=2020-01-09"), "the later one last"),
    ],
)
def test_an_option_that_says_nothing_is_wrong_usage(
    armlet: Call, record: Path, words: tuple[str, ...], says: str
) -> None:
    called = armlet("deadlines", record, *words)

    assert called.code == 2
    assert says in called.err


def test_a_folder_without_a_record_says_what_to_name(armlet: Call, tmp_path: Path) -> None:
    called = armlet("deadlines", tmp_path)

    assert called.code == 1
    assert "deadlines/no-record" in called.err


def test_another_trials_record_is_no_earlier_version(armlet: Call, record: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(json.dumps(RECORD).replace("NCT00000000", "NCT99999999"))
    called = armlet("deadlines", record, "--earlier", other)

    assert (called.code, "deadlines/other-trial" in called.err) == (1, True)
