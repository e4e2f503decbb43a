"""The benchmarks still run, at their smallest size; what they measure is asserted nowhere."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
OF_A_HOME = (
    "durable act", "write", "read and verify", "fold", "an act after so many", "a page after one more",
)  # fmt: skip


def run_bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (sys.executable, "-W", "error", "-m", "bench", *arguments),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_part_runs_once_and_prints_one_table() -> None:
    done = run_bench("--smoke")
    assert done.returncode == 0, done.stderr
    machine, blank, header, rule, *rows = done.stdout.splitlines()
    assert "cores" in machine
    assert "median of 1" in machine
    assert blank == ""
    assert [cell.strip() for cell in header.strip("|").split("|")] == [
        "what", "size", "armlet", "peer", "peer's time", "armlet / peer", "note",
    ]  # fmt: skip
    assert set(rule) == {"|", "-"}
    assert all(row.count("|") == header.count("|") for row in rows)
    only_with_records = {"read records, classic JSON", "read records, other registries, JSON"}
    assert {row.strip("| ").split("|")[0].strip() for row in rows} - only_with_records == {
        "re-randomisation", "exact signed rank, no ties", "exact signed rank, ties and a zero",
        "analysis of covariance", "adjusted difference, many lists", "ANCOVA on ln(AUC + 1)", "ANCOVA re-randomised, p",
        "AUC mean on arrays", "exact difference in means, p", "limit of one urn: numbers and tables alone",
        "mixed model, Kenward-Roger", "the same at real times", "the same with its interval", "the same, 5 % of samples lost",
        "AUC mean, in decimals", "append, one fsync each",
        "verify", "fold", "decode",
        *(f"{what}, {home}" for what in OF_A_HOME for home in ("file", "SQLite", "PostgreSQL")),
        "rehearsal, lived and analysed", "criteria read", "armlet --help",
        "armlet screen, one person",
        "read records, v2 JSON", "read records, XML", "read records, table", "read records, all formats in turns",
        "read one record that doubles",
    }  # fmt: skip


def test_the_two_programs_agree_where_they_answer_the_same_question() -> None:
    """The p-values that the notes print side by side; with ties only ours is that of all patterns of signs."""
    table = run_bench("--smoke", "statistics").stdout
    notes = {
        row.strip("| ").split("|")[0].strip(): row.split("|")[-2].strip() for row in table.splitlines() if "p 0." in row
    }
    for what in ("re-randomisation", "exact signed rank, no ties", "analysis of covariance"):
        ours, theirs = notes[what].removeprefix("p ").split(";")[0].split(" and ")
        assert ours == theirs, what
    assert notes["exact signed rank, ties and a zero"].startswith("p 0.09375 and 0.0976562; all signs by hand 0.09375:")


def test_an_unknown_part_is_refused_with_the_known_ones() -> None:
    done = run_bench("--smoke", "speed")
    assert done.returncode == 2
    known = "statistics, mixed, exact, curves, ledger, database, rehearsal, criteria, registry, start"
    assert f"there is no part speed; there are {known}" in done.stderr


def test_a_client_that_cannot_work_ends_the_measurement_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "taken.bare").mkdir()
    words = (sys.executable, "-m", "bench.strands", "file", str(tmp_path), "taken", "acts", "2", "1")
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "IsADirectoryError" in done.stderr
    assert "a client did not start" in done.stderr
    assert done.stdout == ""
