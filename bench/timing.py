"""Timing in turns, and the table that is printed."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from os import cpu_count, getloadavg
from statistics import median
from time import perf_counter

Work = Callable[[], object]
_SHORTEST = 0.02
"""Seconds that one round of timing lasts at least: short work is done several times in it."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured. `repeats` are the rounds of each timing; `sizes` are cut to the smallest in a smoke run."""

    repeats: int
    is_smoke: bool

    def sizes(self, *sizes: int) -> tuple[int, ...]:
        """The sizes to measure at, smallest first."""
        return sizes[:1] if self.is_smoke else sizes


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was done at which size, in how many seconds by armlet and by the peer.

    `ratio` is the median over the rounds of armlet's time by the peer's, not the ratio of the medians.
    """

    what: str
    size: str
    ours: float
    peer: str = "none"
    theirs: float | None = None
    ratio: float | None = None
    note: str = ""


def compare(scale: Scale, what: str, size: str, ours: Work, peer: str, theirs: Work, note: str = "") -> Row:
    """Times the two in turns, round by round, so that what else the machine does troubles both alike."""
    many, many_theirs = repeated(ours, scale), repeated(theirs, scale)
    rounds = [(seconds(ours, many), seconds(theirs, many_theirs)) for _ in range(scale.repeats)]
    ratio = median(mine / other for mine, other in rounds)
    return Row(what, size, median(r[0] for r in rounds), peer, median(r[1] for r in rounds), ratio, note)


def alone(scale: Scale, work: Work) -> float:
    """The median seconds of one thing that has no peer."""
    many = repeated(work, scale)
    return median(seconds(work, many) for _ in range(scale.repeats))


def seconds(work: Work, times: int) -> float:
    """The seconds of one, done so many times in a row."""
    started = perf_counter()
    for _ in range(times):
        work()
    return (perf_counter() - started) / times


def repeated(work: Work, scale: Scale) -> int:
    """How often the work is done in one round; the trial run also warms caches."""
    return 1 if scale.is_smoke else max(1, min(1000, int(_SHORTEST / max(seconds(work, 1), 1e-7))))


def per_second(number: int, seconds: float, of: str) -> str:
    """A rate as people read it."""
    return f"{number / seconds:,.0f} {of}/s"


def machine_line() -> str:
    """What the figures were measured on."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "pydantic", "cryptography"))
    load = getloadavg()[0]
    return (
        f"{platform.system()} {platform.machine()}, {cpu_count()} cores (load {load:.1f} at the start), "
        f"Python {sys.version.split()[0]}, {packages}"
    )


def render(rows: Sequence[Row]) -> str:
    """The rows as a table in Markdown, which is also readable as it is."""
    header = ("what", "size", "armlet", "peer", "peer's time", "armlet / peer", "note")
    cells = [header, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(header))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def _cells(row: Row) -> tuple[str, ...]:
    theirs = _time(row.theirs) if row.theirs is not None else ""
    ratio = f"{row.ratio:.3g}" if row.ratio is not None else ""
    return row.what, row.size, _time(row.ours), row.peer, theirs, ratio, row.note


def _time(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"
