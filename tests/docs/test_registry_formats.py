"""The table of registry formats is what the tool makes of the real records, and every file of them has a row."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from armlet.registry.read import supported_formats

ROOT = Path(__file__).parents[2]
RECORDS = ROOT / ".." / "shared" / "records"
PAPER = (ROOT / "docs/reference/registry-formats.md").read_text("utf-8")


@pytest.mark.skipif(not RECORDS.is_dir(), reason="the real records (../shared/records) are not here")
def test_the_table_is_what_the_tool_makes_of_the_records() -> None:
    made = subprocess.run(
        [sys.executable, ROOT / "tools/list-registry-formats", RECORDS], capture_output=True, text=True, check=True
    )
    assert made.stdout == PAPER, "run: tools/list-registry-formats FOLDER > docs/reference/registry-formats.md"


@pytest.mark.skipif(not RECORDS.is_dir(), reason="the real records (../shared/records) are not here")
def test_every_file_of_the_records_has_a_row() -> None:
    rows = {line.split(" | ")[0].removeprefix("| ") for line in PAPER.splitlines() if line.startswith("| ")}
    files = {path.name for path in RECORDS.glob("*/*") if path.is_file()}
    assert files - rows == set()


def test_every_layout_is_described() -> None:
    for name, method in supported_formats().items():
        assert f"| `{name}` | {method.description} |" in PAPER
