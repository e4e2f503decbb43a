"""``python -m bench.coverage [METHOD …]``: type I error, coverage and bias of the estimators at 10, 20 and 60 people.

Computes the rows of the methods named (default: all), keeps the others as they were, and writes `bench/data/coverage.json`
and `docs/reference/coverage.md`. ``--smoke`` computes a few trials of each and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from time import process_time
from typing import Final
from zlib import crc32

import numpy as np

from armlet.analysis.cases import Cases
from armlet.analysis.catalogue import load_method, method_names
from armlet.analysis.estimates import Estimate, Result
from bench.coverage_settings import FACTOR, NOTES, SETTINGS, SIZES, Promise, Tried

SEED: Final = 19_080_701
LEVEL: Final = 0.95
FIRST: Final = 8
"""The first trials of a cell are kept apart: they are computed again in the tests, so that stale figures are found."""
SIGMAS: Final = 4.0
"""Monte Carlo errors within which a share is taken for the one that was promised."""

DATA: Final = Path(__file__).parent / "data" / "coverage.json"
PAGE: Final = Path(__file__).parents[1] / "docs" / "reference" / "coverage.md"
Run = Callable[[Cases], Result]


@dataclass(frozen=True, slots=True)
class Share:
    """In how many of so many trials."""

    count: int
    of: int

    @property
    def value(self) -> float:
        """The share; of no trials there is none."""
        return self.count / self.of

    def error_about(self, expected: float) -> float:
        """The Monte Carlo error if the share were the expected one, which is never 0 at a level."""
        return math.sqrt(expected * (1 - expected) / self.of)

    @property
    def error(self) -> float:
        """The Monte Carlo error of the share as it came out."""
        return self.error_about(self.value)


@dataclass(frozen=True, slots=True)
class Cell:
    """What came of the trials of one setting at one size.

    `rejects` is of the trials without an effect: p at or below 0.05, where one that cannot be estimated rejects nothing.
    `covers`, `bias` and its `error` are of the trials with one that could be estimated and have an interval, or a value.
    """

    method: str
    settings: Mapping[str, object]
    data: str
    effect: float
    people: int
    trials: int
    promise: str
    estimable: int
    rejects: int | None
    intervals: int
    covers: int
    bias: float | None
    error: float | None
    first: tuple[float, float]

    @property
    def key(self) -> tuple[str, str, str, float, int, int, str]:
        """What the cell is about."""
        settings = json.dumps(dict(self.settings), sort_keys=True)
        return self.method, settings, self.data, self.effect, self.people, self.trials, self.promise

    def type_one_error(self) -> Share | None:
        """None where the method has no p-value."""
        return None if self.rejects is None else Share(self.rejects, self.trials)

    def coverage(self) -> Share | None:
        """None where no interval came out at all."""
        return Share(self.covers, self.intervals) if self.intervals else None


def generator(data: str, effect: float, people: int, trial: int) -> np.random.Generator:
    """The chance of one trial, its own whatever else is computed: spawned from the seed by what the trial is about."""
    about = crc32(f"{data} {effect:g}".encode())
    return np.random.default_rng(np.random.SeedSequence(SEED, spawn_key=(about, people, trial)))


def results(tried: Tried, run: Run, people: int, trials: int, effect: float) -> Iterator[Result]:
    """The results of so many trials with this effect; methods that are tried on the same data meet the same people."""
    chances = (generator(tried.model.__name__, effect, people, trial) for trial in range(trials))
    return (run(tried.model(chance, people, effect)) for chance in chances)


def compute_cell(method: str, tried: Tried, people: int, trials: int, run: Run | None = None) -> Cell:
    """One setting at one size; `run` in place of the method is for trying what is wrong."""
    found = load_method(method)
    parsed = found.parse(tried.settings)
    run = run or (lambda cases: found.estimate(cases, parsed, ""))
    truth = tried.truth(tried.effect)
    rejects = None
    if tried.nothing is not None:
        without = list(results(tried, run, people, trials, tried.nothing))
        rejects = sum(_rejects(result) for result in without)
    with_effect = list(results(tried, run, people, trials, tried.effect))
    estimates = [result for result in with_effect if isinstance(result, Estimate)]
    intervals = [one.interval for one in estimates if one.interval is not None]
    values = np.array([one.value for one in estimates])
    return Cell(
        method=method,
        settings=tried.settings,
        data=tried.model.__name__,
        effect=tried.effect,
        people=people,
        trials=trials,
        promise=tried.promise.value,
        estimable=len(estimates),
        rejects=rejects,
        intervals=len(intervals),
        covers=sum(one.lower - 1e-9 <= truth <= one.upper + 1e-9 for one in intervals),
        bias=float(values.mean() - truth) if estimates else None,
        error=float(values.std(ddof=1) / math.sqrt(len(values))) if len(estimates) > 1 else None,
        first=sums(with_effect[:FIRST]),
    )


def _rejects(result: Result) -> bool:
    return isinstance(result, Estimate) and result.p is not None and result.p.value <= 1 - LEVEL + 1e-12


def sums(found: list[Result]) -> tuple[float, float]:
    """The sums of the values and of the widths of intervals, to find out whether a method still answers the same."""
    estimates = [result for result in found if isinstance(result, Estimate)]
    widths = (one.interval.upper - one.interval.lower for one in estimates if one.interval is not None)
    return math.fsum(one.value for one in estimates), math.fsum(widths)


def declared() -> Iterator[tuple[str, Tried, int, int]]:
    """Every cell that the settings ask for: method, setting, people, trials."""
    for method, rows in SETTINGS.items():
        for tried in rows:
            for people, trials in zip(SIZES, tried.trials, strict=True):
                if trials:
                    yield method, tried, people, trials * FACTOR


def missing_methods() -> tuple[str, ...]:
    """The estimators of the catalogue without an entry in `bench/coverage_settings.py`."""
    return tuple(name for name in method_names() if name not in SETTINGS)


# --- What is kept ---------------------------------------------------------------------------------------------------


def load_cells(path: Path = DATA) -> tuple[str, tuple[Cell, ...]]:
    """The day of the last run, and every cell that was computed."""
    plain = json.loads(path.read_text("utf-8"))
    return plain["date"], tuple(Cell(**{**one, "first": tuple(one["first"])}) for one in plain["cells"])


def write_cells(cells: list[Cell], day: str, path: Path = DATA) -> None:
    """One line a cell, so that a difference can be read."""
    lines = ",\n".join(json.dumps(asdict(cell)) for cell in cells)
    path.write_text(f'{{"date": "{day}", "seed": {SEED}, "cells": [\n{lines}\n]}}\n', "utf-8")


# --- The page -------------------------------------------------------------------------------------------------------


def render_page(day: str, cells: tuple[Cell, ...]) -> str:
    """The page of the reference, from what is kept."""
    return "\n".join(_lines(day, cells)) + "\n"


def _lines(day: str, cells: tuple[Cell, ...]) -> Iterator[str]:
    yield "# Type I error and coverage"
    yield ""
    yield "How often each estimator errs, in simulated trials of which the truth is known."
    yield f"Last computed on {day} with the seed {SEED}, from which every trial has a stream of its own."
    yield "`python -m bench.coverage` computes it anew and writes this page; with a name it computes that method alone."
    yield ""
    yield "- **Rejects** is the share of trials without an effect whose p is at most 0.05: the type I error."
    yield "  A trial that cannot be estimated rejects nothing."
    yield "- **Covers** is the share of intervals of 0.95 that hold the truth, in trials with an effect."
    yield "- **Bias** is the mean estimate less the truth."
    yield "- After ± stands the Monte Carlo error: another run would differ by about so much."
    yield "- An interval that is missing has no two ends, which covers whatever is true; it is not counted."
    yield f"- **Bold** is a share that errs beyond the level by over {SIGMAS:g} Monte Carlo errors, promised or not."
    yield ""
    yield "A method that promises at most the level may reject far less often with few people, because its p comes in steps."
    for method, of_method in groupby(cells, key=lambda cell: cell.method):
        yield from _section(method, tuple(of_method))
    yield from _models(cells)


def _section(method: str, cells: tuple[Cell, ...]) -> Iterator[str]:
    yield ""
    yield f"## `{method}`: {load_method(method).label}"
    yield ""
    yield from NOTES.get(method, ())
    if method in NOTES:
        yield ""
    yield "| Settings | Data | Effect | Promise | People | Trials | Estimable | Intervals | Rejects | Covers | Bias |"
    yield "| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for cell in cells:
        settings = ", ".join(f"{name}: {_setting(value)}" for name, value in cell.settings.items()) or "defaults"
        numbers = (f"{cell.people}", f"{cell.trials:,}", f"{cell.estimable:,}", f"{cell.intervals:,}")
        rejects, covers = _share(cell.type_one_error()), _share(cell.coverage())
        shares = (
            f"**{rejects}**" if rejects_too_often(cell) else rejects,
            f"**{covers}**" if covers_too_seldom(cell) else covers,
            _bias(cell),
        )
        words = (settings, f"`{cell.data}`", f"{cell.effect:g}", cell.promise)
        yield f"| {' | '.join((*words, *numbers, *shares))} |"


def _setting(value: object) -> str:
    """As a protocol would say it; the records of a list without their braces."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "; ".join(" ".join(f"{key} {one}" for key, one in record.items()) for record in value)
    return str(value)


def _share(share: Share | None) -> str:
    return "none" if share is None else f"{share.value:.4f} ± {share.error:.4f}"


def _bias(cell: Cell) -> str:
    if cell.bias is None or cell.error is None:
        return "none"
    return f"{cell.bias:+.4f} ± {cell.error:.4f}".replace("-0.0000", "+0.0000")


def _models(cells: tuple[Cell, ...]) -> Iterator[str]:
    models = {tried.model.__name__: tried.model for rows in SETTINGS.values() for tried in rows}
    yield ""
    yield "## The data"
    yield ""
    yield "Two arms are allocated in blocks of four, and people are counted over both arms."
    yield ""
    yield "| Data | What they are |"
    yield "| --- | --- |"
    for name in sorted({cell.data for cell in cells}):
        words = " ".join((models[name].__doc__ or "").split())
        yield f"| `{name}` | {words} |"


# --- The run --------------------------------------------------------------------------------------------------------


def main(words: list[str] | None = None) -> int:
    """Computes what is asked for; progress goes to standard error."""
    parser = argparse.ArgumentParser(prog="python -m bench.coverage", description=__doc__)
    parser.add_argument("methods", nargs="*", metavar="METHOD", help=f"some of {', '.join(SETTINGS)} (default: all)")
    parser.add_argument("--smoke", action="store_true", help="eight trials of each cell; nothing is written")
    parser.add_argument("--page", action="store_true", help="only write the page from what was computed before")
    asked = parser.parse_args(words)
    if asked.page:
        PAGE.write_text(render_page(*load_cells()), "utf-8")
        return 0
    if unknown := [name for name in asked.methods if name not in SETTINGS]:
        parser.error(f"no settings for {', '.join(unknown)} in bench/coverage_settings.py")
    chosen = set(asked.methods or SETTINGS)
    kept = {cell.key: cell for cell in load_cells()[1]} if DATA.exists() and not asked.smoke else {}
    cells = []
    for method, tried, people, trials in declared():
        if method in chosen:
            started = process_time()
            cell = compute_cell(method, tried, people, 8 if asked.smoke else trials)
            sys.stderr.write(f"{method}, {cell.data}, {people}: {process_time() - started:.1f} s\n")
            cells.append(cell)
        else:
            cells += [cell for cell in kept.values() if is_about(cell, method, tried, people, trials)]
    if asked.smoke:
        print(render_page("(smoke)", tuple(cells)))
        return 0
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    write_cells(cells, day)
    PAGE.write_text(render_page(day, tuple(cells)), "utf-8")
    return 0


def is_about(cell: Cell, method: str, tried: Tried, people: int, trials: int) -> bool:
    """Whether a cell that is kept is the one that is declared now."""
    settings = json.dumps(dict(tried.settings), sort_keys=True)
    wanted = (method, settings, tried.model.__name__, tried.effect, people, trials, tried.promise.value)
    return cell.key == wanted


def rejects_too_often(cell: Cell) -> bool:
    """Whether the type I error is above the level beyond chance."""
    share, level = cell.type_one_error(), 1 - LEVEL
    return share is not None and share.value - level > SIGMAS * share.error_about(level)


def covers_too_seldom(cell: Cell) -> bool:
    """Whether the coverage is below the level beyond chance."""
    share = cell.coverage()
    return share is not None and LEVEL - share.value > SIGMAS * share.error_about(LEVEL)


def errs_too_seldom(cell: Cell) -> bool:
    """Whether the type I error is below the level, or the coverage above it, beyond chance."""
    rejects, covers, level = cell.type_one_error(), cell.coverage(), 1 - LEVEL
    rarely = rejects is not None and level - rejects.value > SIGMAS * rejects.error_about(level)
    return rarely or (covers is not None and covers.value - LEVEL > SIGMAS * covers.error_about(LEVEL))


def is_kept(cell: Cell) -> bool:
    """Whether what came out is what was promised, within `SIGMAS` Monte Carlo errors; True where nothing is promised."""
    promise = Promise(cell.promise)
    if promise in {Promise.ABOUT, Promise.NONE}:
        return True
    if rejects_too_often(cell) or (promise is not Promise.TEST_AT_MOST and covers_too_seldom(cell)):
        return False
    return promise is not Promise.EXACT or not errs_too_seldom(cell)


if __name__ == "__main__":
    raise SystemExit(main())
