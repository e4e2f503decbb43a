"""How long a command takes to start, beside Python that does nothing."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bench.timing import Row, Scale, compare
from bench.trials import load_folder


def rows(scale: Scale) -> Iterator[Row]:
    """`--help`, and the screening of one person."""
    armlet = str(Path(sys.executable).with_name("armlet"))
    with tempfile.TemporaryDirectory() as place:
        person = Path(place) / "person.json"
        person.write_text("{}", "utf-8")
        screen = (armlet, "screen", str(load_folder().folder), "--person", str(person))
        for what, command in (("armlet --help", (armlet, "--help")), ("armlet screen, one person", screen)):
            yield compare(scale, what, "", partial(_run, command), "python -c pass", _nothing)


def _nothing() -> None:
    _run((sys.executable, "-c", "pass"))


def _run(command: tuple[str, ...]) -> None:
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 (our own command)
