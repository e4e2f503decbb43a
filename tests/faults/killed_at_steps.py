"""Runs one command of Armlet again and again in a copy of a folder, killed a step later each time, until it gets through.

A step is anything that touches a file of the folder: opening, half of a write, all of it, before and after each wait for
the disk, renaming, linking, removing, making a folder. What each attempt left behind stays, for whoever asked to look at::

    python killed_at_steps.py TEMPLATE OUT WORD ...

prints a line for each attempt, ``N SIGNAL STEP``; the folder of attempt N is OUT/N. The last line has the signal 0.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from io import FileIO
from pathlib import Path

AUDITED = {"open", "os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir", "os.truncate"}


def stop_at(folder: Path, number: int, note: int) -> None:
    """Lets this process kill itself before step `number` in the folder, saying which step it is."""
    left = number

    def step(what: str) -> None:
        nonlocal left
        left -= 1
        if not left:
            os.write(note, what.encode())
            os.kill(os.getpid(), signal.SIGKILL)

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if event in AUDITED and isinstance(arguments[0], str | Path):
            path = Path(arguments[0])
            if (folder / path).is_relative_to(folder):
                step(f"{event} {path}")

    from armlet.ledger.stores import durable

    honest = os.fsync

    def wait_for_the_disk(number: int) -> None:
        step("before fsync")
        honest(number)
        step("after fsync")

    class Halving(FileIO):
        """Writes in two halves, so that a kill can come between them."""

        def write(self, data: bytes) -> int:
            view = memoryview(data)
            done = super().write(view[: max(1, len(view) // 2)])
            step("half of a write")
            return done

    os.fsync = wait_for_the_disk
    durable.FileIO = Halving
    sys.addaudithook(hear)


def attempt(folder: Path, number: int, words: list[str]) -> tuple[int, str]:
    """The signal that ended the attempt (0: it got through) and the step that it was killed at."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.chdir(folder)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        from armlet.cli.main import run

        stop_at(folder, number, writing)
        os._exit(run(words))
    os.close(writing)
    said = os.read(reading, 1000).decode()
    os.close(reading)
    status = os.waitpid(child, 0)[1]
    if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status):
        raise SystemExit(f"attempt {number} ended with {os.WEXITSTATUS(status)}")
    return (os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0), said or "through"


def main() -> None:
    """Attempts with a step more each time."""
    template, out, words = Path(sys.argv[1]), Path(sys.argv[2]).resolve(), sys.argv[3:]
    import armlet.backup.make
    import armlet.cli.backup
    import armlet.cli.keyring
    import armlet.cli.reconciling
    import armlet.cli.restore
    import armlet.cli.vault  # noqa: F401  once, before the forks

    for number in range(1, 1000):
        folder = out / str(number)
        shutil.copytree(template, folder)
        ended, said = attempt(folder, number, words)
        print(number, ended, said, flush=True)
        if not ended:
            return
    raise SystemExit("it never got through")


if __name__ == "__main__":
    main()
