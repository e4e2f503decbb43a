"""Writes a trial's open strand into a file, byte for byte as the file store would have: to verify, keep or hand over."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from armlet.errors import LedgerBroken
from armlet.ledger.entry import Head, encode
from armlet.web.openstore.store import DatabaseStore


class Command(BaseCommand):
    """``python -m django export_strand TRIAL FILE``."""

    help = "Writes a trial's open strand into a new file, as `armlet verify` reads it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which trial, and where to."""
        parser.add_argument("trial", metavar="TRIAL", help="the trial's id, as its first entry names it")
        parser.add_argument("file", metavar="FILE", type=Path, help="the file to make; one that is there stays")
        parser.add_argument("--database", default="default", help="the name of the database in the settings")

    def handle(self, *_words: object, **options: object) -> None:
        """Writes it, all or nothing. Raises CommandError where there is nothing, or no room."""
        trial, path = str(options["trial"]), Path(str(options["file"]))
        part = path.with_name(f"{path.name}.part")
        if path.exists():
            raise CommandError(f"{path} is there already; name another file.")
        try:
            head = _write(DatabaseStore(trial, str(options["database"])), part)
            if not head.seq:
                raise CommandError(f"The database has no entry of a trial {trial!r}.")
            os.link(part, path)
        except FileExistsError as problem:
            raise CommandError(
                f"{problem.filename2 or problem.filename} is there already; name another file."
            ) from None
        except (OSError, LedgerBroken) as problem:
            raise CommandError(str(problem)) from None
        finally:
            part.unlink(missing_ok=True)
        self.stdout.write(f"{path}: {head.seq} entries, head {head}")


def _write(store: DatabaseStore, path: Path) -> Head:
    head = Head()
    with path.open("wb") as file:
        for chained in store.read():
            file.write(encode(chained) + b"\n")
            head = chained.head
        file.flush()
        os.fsync(file.fileno())
    return head
