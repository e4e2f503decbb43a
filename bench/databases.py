"""The open strand in each of its homes: durable acts beside bare writes of the same bytes, and what the length costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

from bench.postgresql import PostgreSQL
from bench.timing import Row, Scale, per_second
from bench.trials import ROOT

NIGHTLY: Final = os.environ.get("ARMLET_LONG") == "1"
"""Whether the strand of a million entries is measured too, which takes minutes."""
CLIENTS: Final = (1, 16)
PEERS: Final = {"file": "bare write + fsync", "SQLite": "bare insert + commit", "PostgreSQL": "bare insert + commit"}

_NUMBERS = count(1)


def rows(scale: Scale) -> Iterator[Row]:
    """Acts and their latency in each home, of one client and of many; then what each length of the strand costs."""
    lengths = (100,) if scale.is_smoke else (1_000, 10_000, 100_000, *((1_000_000,) if NIGHTLY else ()))
    (ROOT / "out").mkdir(exist_ok=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=ROOT / "out")))
        server = stack.enter_context(PostgreSQL())
        places = {
            "file": str(folder),
            "SQLite": str(folder / "bench.sqlite3"),
            "PostgreSQL": server.address("postgres"),
        }
        for home, address in places.items():
            for clients in CLIENTS:
                yield _acts(scale, home, address, clients)
        yield _decoding(lengths[0], str(folder))
        for length in lengths:
            for home, address in places.items():
                yield from _length(home, address, length)


def _ask(home: str, address: str, trial: str, what: str, *numbers: int) -> dict[str, Any]:
    """What a process of its own measured."""
    words = [sys.executable, "-m", "bench.strands", home, address, trial, what, *map(str, numbers)]
    done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 (our own)
    found: dict[str, Any] = json.loads(done.stdout)
    sys.stderr.write(f"  {home}, {what} {numbers} …\n")
    return found


# --- Acts beside bare writes ----------------------------------------------------------------------------------------


def _acts(scale: Scale, home: str, address: str, clients: int) -> Row:
    """One entry an act, each durable before the next, in turns with bare writes of the same lines."""
    each = 2 if scale.is_smoke else 200 if clients == 1 else 20
    rounds = [_ask(home, address, f"acts{next(_NUMBERS)}", "acts", clients, each) for _ in range(scale.repeats)]
    ours, theirs = ([one[whose] for one in rounds] for whose in ("ours", "theirs"))
    mine, other = (median(one["seconds"] for one in whose) for whose in (ours, theirs))
    ratio = median(one["seconds"] / two["seconds"] for one, two in zip(ours, theirs, strict=True))
    number = clients * each
    note = (
        f"{per_second(number, mine, 'acts')}, bare {per_second(number, other, 'writes')}; "
        f"p50/p95/p99 {_tails(ours)}, bare {_tails(theirs)}; {rounds[0]['bytes']} bytes an entry"
    )
    who = "1 client" if clients == 1 else f"{clients} clients"
    return Row(f"durable act, {home}", f"{number} acts, {who}", mine, PEERS[home], other, ratio, note)


def _tails(rounds: list[dict[str, Any]]) -> str:
    """The time below which half, nineteen of twenty, and ninety-nine of a hundred stayed."""
    hundredths = quantiles([seconds for one in rounds for seconds in one["each"]], n=100, method="inclusive")
    told = [hundredths[at - 1] * 1e3 for at in (50, 95, 99)]
    return "/".join(f"{one:.0f}" if one >= 100 else f"{one:.3g}" for one in told) + " ms"


# --- The length of the strand ---------------------------------------------------------------------------------------


def _decoding(number: int, folder: str) -> Row:
    found = _ask("file", folder, str(number), "decoding")
    note = f"{per_second(number, found['seconds'], 'entries')}; {found['bytes']} bytes an entry"
    return Row("decode", f"{number:,} entries", found["seconds"], note=note)


def _length(home: str, address: str, length: int) -> Iterator[Row]:
    """A strand of that length, written and opened once; then an act, and a page after one more entry."""
    trial, size = f"length{next(_NUMBERS)}", f"{length:,} entries"
    written = _ask(home, address, trial, "grow", length)
    found = _ask(home, address, trial, "stand")
    for what, seconds in (("write", written["seconds"]), ("read and verify", found["read"]), ("fold", found["fold"])):
        yield Row(f"{what}, {home}", size, seconds, note=per_second(length, seconds, "entries"))
    acts, pages = found["acts"], found["pages"]
    yield Row(
        f"an act after so many, {home}", size, median(acts), note=f"slowest of {len(acts)} {max(acts) * 1e3:.3g} ms"
    )
    note = f"slowest of {len(pages)} {max(pages) * 1e3:.3g} ms; most memory {_mib(found)}, writing {_mib(written)}"
    yield Row(f"a page after one more, {home}", size, median(pages), note=note)


def _mib(found: dict[str, Any]) -> str:
    return f"{found['peak']:,.0f} MiB"
