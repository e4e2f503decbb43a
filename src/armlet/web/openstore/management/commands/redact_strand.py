"""Finds where a name leaked into words of a trial's open strand in the database, and takes the words out."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Final

from django.core.management.base import BaseCommand, CommandError

from armlet.conduct.commands import By, Redact
from armlet.conduct.decide import Refused
from armlet.conduct.door import Door
from armlet.conduct.redaction import prepare
from armlet.errors import InputError, LedgerBroken
from armlet.ledger.redaction import find_words
from armlet.ledger.stores import StoreUnavailable
from armlet.protocol.load import load_trial, load_versions
from armlet.protocol.model import Role
from armlet.studytime import SystemClock
from armlet.web.openstore.store import DatabaseStore

_NEEDED: Final = ("entry", "field", "by", "agreed_by", "why")


class Command(BaseCommand):
    """``python -m django redact_strand TRIAL --find TEXT``, or ``--entry N --field NAME --by A --agreed-by B --why …``."""

    help = "Finds a leaked name in words of a trial's open strand, or takes words out; two people agree to it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The trial's folder; what to find, or what to take out and who says so."""
        parser.add_argument("trial", metavar="TRIAL", type=Path, help="the trial's folder, with its protocol")
        parser.add_argument("--find", metavar="TEXT", help="list where this text stands, and stop")
        parser.add_argument("--entry", metavar="N", type=int, help="the entry to take words out of")
        parser.add_argument(
            "--field", metavar="NAME", action="append", help="the field whose words go; may be repeated"
        )
        parser.add_argument("--by", metavar="NAME", help="the data manager who redacts")
        parser.add_argument("--agreed-by", metavar="NAME", help="the second person, who agrees")
        parser.add_argument("--why", metavar="TEXT", help="why, without the words that go")
        parser.add_argument("--database", default="default", help="the name of the database in the settings")

    def handle(self, *_words: object, **options: object) -> None:
        """Finds or redacts. Raises CommandError for what cannot be done."""
        try:
            folder = Path(str(options["trial"]))
            protocol = load_trial(folder).protocol
            store = DatabaseStore(protocol.id, str(options["database"]))
            if options["find"]:
                self._find(store, str(options["find"]))
            else:
                self._redact(Door(protocol, store, SystemClock(), versions=load_versions(folder)), store, options)
        except (InputError, LedgerBroken, StoreUnavailable) as problem:
            raise CommandError(str(problem)) from None

    def _find(self, store: DatabaseStore, wanted: str) -> None:
        for seq, name in find_words(store.read(), wanted):
            self.stdout.write(f"entry {seq}: {name}")

    def _redact(self, door: Door, store: DatabaseStore, options: dict[str, object]) -> None:
        entry, fields = options["entry"], options["field"]
        if not isinstance(entry, int) or not isinstance(fields, list) or any(options[name] is None for name in _NEEDED):
            raise CommandError("Give --find, or --entry, --field, --by, --agreed-by and --why.")
        by = str(options["by"])
        agreed_by = (by, str(options["agreed_by"]))
        command = prepare(list(store.read()), entry, tuple(dict.fromkeys(fields)), str(options["why"]), agreed_by)
        if not isinstance(command, Redact):
            raise CommandError(str(command))
        decision = door.ask(command, By(by, Role.DATA_MANAGER, SystemClock().now()))
        if isinstance(decision, Refused):
            raise CommandError("\n".join(map(str, decision.issues)))
        self.stdout.write(f"entry {entry}: the words of {', '.join(command.fields)} were taken out.")
        self.stdout.write(f"{store.remains} Backups and other copies hold the words still: erase them.".strip())
