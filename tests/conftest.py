"""Databases for the tests of the open strand: a SQLite file and a real PostgreSQL, started when first asked for.

Nothing is asked of whoever runs the tests: the server comes in a wheel, lives in a folder of its own and is thrown away.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.postgresql import PostgreSQL
from tests.databases import SETTINGS, Database, connect


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server for this run of the tests."""
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
        import django
        from django.db import connections

        django.setup()
        yield {name: connect(name, address) for name, address in addresses.items()}
        connections.close_all()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, databases: dict[str, Database]) -> Database:
    """Each database in turn."""
    return databases[str(request.param)]
