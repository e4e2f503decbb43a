"""Brings an open strand from a file into the database, to be continued there."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from armlet.ledger.chain import Verification, verify
from armlet.ledger.events import TrialOpened
from armlet.ledger.stores import Conflict, StoreUnavailable
from armlet.web.openstore.store import DatabaseStore


class Command(BaseCommand):
    """``python -m django import_strand FILE``."""

    help = "Brings an open strand from a file into the database; its trial must have no entry there yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which file."""
        parser.add_argument("file", metavar="FILE", type=Path, help="the file of the strand, as a file store keeps it")
        parser.add_argument("--database", default="default", help="the name of the database in the settings")

    def handle(self, *_words: object, **options: object) -> None:
        """Appends all entries in one transaction. Raises CommandError where the strand is not whole or not new."""
        path = Path(str(options["file"]))
        found = _verify(path)
        trial = _trial_of(found, path)
        try:
            store = DatabaseStore(trial, str(options["database"]))
            head = store.bring_in(found.entries)
        except Conflict as problem:
            raise CommandError(f"The database has entries of {trial!r} already: {problem}.") from None
        except StoreUnavailable as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write(f"{trial}: {head.seq} entries, head {head}")


def _verify(path: Path) -> Verification:
    try:
        found = verify(path.read_bytes())
    except OSError as problem:
        raise CommandError(f"{path} cannot be read: {problem.strerror}.") from None
    if not found.is_whole or found.cut:
        first = found.breaks[0] if found.breaks else "the last line was cut off by a crash"
        raise CommandError(f"{path} is not whole: {first}.")
    return found


def _trial_of(found: Verification, path: Path) -> str:
    match found.entries[:1]:
        case (first,) if isinstance(first.event, TrialOpened):
            return first.event.trial
        case _:
            raise CommandError(f"{path} does not begin with the opening of a trial.")
