"""What `armlet calendar` refuses; the feed itself is in tests/unit/report/test_report_data_views.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_an_unknown_site_is_a_wrong_usage_that_lists_the_known_ones(armlet: Any, life: Path) -> None:
    called = armlet("calendar", life, "--site", "nowhere")
    assert called.code == 2
    assert "expected one of " in called.err


def test_no_file_is_overwritten(armlet: Any, life: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.ics").write_text("mine")
    called = armlet("calendar", life, "--out", tmp_path / "mine.ics")
    assert called.code == 1
    assert "calendar/exists" in called.err
    assert (tmp_path / "mine.ics").read_text() == "mine"


def test_what_is_written_and_listed_is_said(armlet: Any, life: Path, tmp_path: Path) -> None:
    called = armlet("calendar", life, "--out", tmp_path / "visits.ics", "--json")
    assert called.code == 0, called.err
    assert called.document()["written"] == str(tmp_path / "visits.ics")
    assert (tmp_path / "visits.ics").read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")
