"""Databases for the tests of the open strand: a SQLite file and a real PostgreSQL, started when first asked for.

Nothing is asked of whoever runs the tests: the server comes in a wheel, lives in a folder of its own and is thrown away.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from bench.postgresql import PostgreSQL

    from armlet.web.openstore.store import DatabaseStore

SETTINGS = "armlet.web.settings.strand"
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


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server for this run of the tests."""
    from bench.postgresql import PostgreSQL

    with PostgreSQL() as server:
        yield server


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory, postgresql: PostgreSQL) -> Iterator[dict[str, Database]]:
    """Both databases with their tables, by name."""
    postgresql.run_sql("CREATE DATABASE strand")
    file = tmp_path_factory.mktemp("sqlite") / "strand.sqlite3"
    addresses = {"sqlite": str(file), "postgresql": postgresql.address("strand")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_SETTINGS_MODULE", SETTINGS)
        patch.setenv("ARMLET_DATABASE", addresses["sqlite"])
        _configure(addresses)
        yield {name: Database(name, address, (name, f"{name}_again")) for name, address in addresses.items()}
        from django.db import connections

        connections.close_all()


def _configure(addresses: dict[str, str]) -> None:
    """Sets Django up with two connections to each database, and makes the tables."""
    import django
    from django.core.management import call_command
    from django.db import connections

    from armlet.web.openstore.database import describe_database

    django.setup()
    described = {"default": describe_database(addresses["sqlite"])}
    for name, address in addresses.items():
        described |= {name: describe_database(address), f"{name}_again": describe_database(address)}
    connections.settings = connections.configure_settings(described)
    for name in addresses:
        call_command("migrate", database=name, verbosity=0)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, databases: dict[str, Database]) -> Database:
    """Each database in turn."""
    return databases[str(request.param)]
