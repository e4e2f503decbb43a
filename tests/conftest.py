"""Databases for the tests of the open strand: a SQLite file and a real PostgreSQL, started when first asked for.

Nothing is asked of whoever runs the tests: the server comes in a wheel, lives in a folder of its own and is thrown away.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

import pytest

from bench.postgresql import PostgreSQL
from tests.databases import SETTINGS, Database, connect
from tests.rehearsed import Rehearsals
from tests.requirements import PAGE, is_whole, render


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


@pytest.fixture(scope="session")
def rehearsals(tmp_path_factory: pytest.TempPathFactory) -> Rehearsals:
    """Those of this run, in a folder that its workers share."""
    own = tmp_path_factory.getbasetemp()
    return Rehearsals((own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "rehearsals")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, databases: dict[str, Database]) -> Database:
    """Each database in turn."""
    return databases[str(request.param)]


# --- The matrix of requirements: which test proves what, with the results of this run ------------------------------------

_WORST: Final = ("failed", "skipped", "passed")


class _Matrix:
    """Gathers the results of a run, where they come together, and writes the page when every test of it was run."""

    def __init__(self) -> None:
        self.results: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """The worst of what a test's set-up, call and end, with all its parameters, had."""
        if report.when != "call" and report.passed:
            return
        test = report.nodeid.partition("[")[0]
        before = self.results.get(test, "passed")
        self.results[test] = min(before, report.outcome, key=_WORST.index)

    def pytest_sessionfinish(self) -> None:
        """Writes the page; a part of the tests writes nothing."""
        if is_whole(self.results):
            PAGE.write_text(render(self.results), encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """One gatherer for a run; with several workers it is where their results come together."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Matrix(), "matrix-of-requirements")
