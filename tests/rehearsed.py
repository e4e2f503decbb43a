"""Rehearsals that several tests look at, each lived once in a run of the tests, whichever worker asks first.

A rehearsal is the same bytes for the same trial, seed and options (`tests/golden` holds it to that), so a copy of one is
as good as living it again.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
OUT: Final = "out/lived"
ENVIRONMENT: Final = {"COLUMNS": "200", "TZ": "America/Santiago", "PYTHONHASHSEED": "1"}
"""Other than where the golden test lives each trial again, whose bytes are to be the same."""


class Rehearsals:
    """Keeps them in one folder of this run, which the workers share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def copy(self, trial: str, options: tuple[str, ...], out: Path) -> str:
        """A copy of `armlet rehearse trials/TRIAL OPTIONS` in the folder `out`; what it printed, of the folder `OUT`."""
        kept = self._folder / re.sub(r"\W+", "_", " ".join((trial, *options)))
        kept.mkdir(parents=True, exist_ok=True)
        with (kept / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (kept / "printed").exists():
                (kept / "trials").symlink_to(ROOT / "trials")
                words = [sys.executable, "-m", "armlet.cli.main", "rehearse", f"trials/{trial}", "--out", OUT, *options]
                done = subprocess.run(
                    words, cwd=kept, env={**os.environ, **ENVIRONMENT}, text=True, stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT, timeout=300, check=False,
                )  # fmt: skip
                assert done.returncode == 0, done.stdout
                (kept / "printed").write_text(done.stdout, "utf-8")
        shutil.copytree(kept / OUT, out)
        return (kept / "printed").read_text("utf-8")
