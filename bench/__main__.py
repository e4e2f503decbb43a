"""``python -m bench``: every benchmark, one table. ``--smoke`` does each once at its smallest size."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from typing import Final

from bench import (
    criteria,
    curves,
    databases,
    exact_tests,
    ledgers,
    mixed_models,
    registry,
    rehearsals,
    starting,
    statistics_of_small_trials,
)
from bench.timing import Row, Scale, machine_line, render

PARTS: Final = {
    "statistics": statistics_of_small_trials.rows,
    "mixed": mixed_models.rows,
    "exact": exact_tests.rows,
    "curves": curves.rows,
    "ledger": ledgers.rows,
    "database": databases.rows,
    "rehearsal": rehearsals.rows,
    "criteria": criteria.rows,
    "registry": registry.rows,
    "start": starting.rows,
}


def main() -> int:
    """Runs what was asked for and prints the table; progress goes to standard error."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="once, at the smallest sizes: only that it still runs")
    parser.add_argument("--repeats", type=int, default=5, help="rounds of each timing (default 5)")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of {', '.join(PARTS)} (default: all)")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.parts if name not in PARTS]:
        parser.error(f"there is no part {', '.join(unknown)}; there are {', '.join(PARTS)}")
    if arguments.repeats < 1:
        parser.error("--repeats must be at least 1")
    scale = Scale(1 if arguments.smoke else arguments.repeats, arguments.smoke)
    print(f"{datetime.now(UTC):%Y-%m-%d}, {machine_line()}; median of {scale.repeats}\n")
    found: list[Row] = []
    for name in arguments.parts or PARTS:
        sys.stderr.write(f"{name} …\n")
        found.extend(PARTS[name](scale))
    print(render(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
