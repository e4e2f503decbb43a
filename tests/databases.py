"""A database with the table of the open strand, for tests."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from armlet.web.openstore.store import DatabaseStore

SETTINGS: Final = "armlet.web.settings.strand"
_NUMBERS = count(1)


@dataclass(frozen=True)
class Database:
    """A database with the table of the open strand: its address, and two connections to it, by Django's names."""

    name: str
    address: str
    using: tuple[str, str]

    def new_trial(self) -> str:
        """A trial that has no entry yet."""
        return f"trial_{next(_NUMBERS)}"

    def store(self, trial: str, connection: int = 0) -> DatabaseStore:
        """A handle on the strand of a trial, over the first or the second connection."""
        from armlet.web.openstore.store import DatabaseStore

        return DatabaseStore(trial, self.using[connection])

    @property
    def environment(self) -> dict[str, str]:
        """What another process needs to find the database."""
        return {**os.environ, "DJANGO_SETTINGS_MODULE": SETTINGS, "ARMLET_DATABASE": self.address}

    def close(self) -> None:
        """Forgets the connections."""
        from django.db import connections

        for using in self.using:
            connections[using].close()
            del connections[using], connections.settings[using]


def connect(name: str, address: str, *, makes_table: bool = True) -> Database:
    """The database at the address, under that name, with its table. Django must have been set up."""
    from django.core.management import call_command
    from django.db import connections

    from armlet.web.openstore.database import describe_database

    database = Database(name, address, (name, f"{name}_again"))
    for using in database.using:
        added = {"default": {}, using: describe_database(address)}
        connections.settings[using] = connections.configure_settings(added)[using]
    if makes_table:
        call_command("migrate", database=name, verbosity=0)
    return database
