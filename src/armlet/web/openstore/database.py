"""Which database: an address as people write it, as the settings that Django wants."""

from __future__ import annotations

from typing import Final, TypedDict

from django.core.exceptions import ImproperlyConfigured

SECONDS_TO_WAIT: Final = 20
"""So long a writer waits for another one (SQLite) or for a connection (PostgreSQL) before it gives up and says so."""

_DURABLE: Final = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
"""Readers and the one writer do not wait for each other, and what is acknowledged survives a power cut. What is
taken out of an entry is overwritten in the file."""


class DatabaseSettings(TypedDict):
    """One entry of Django's ``DATABASES``."""

    ENGINE: str
    NAME: str
    OPTIONS: dict[str, str | int]


def describe_database(address: str) -> DatabaseSettings:
    """The settings for ``postgresql://…`` or for the file of a SQLite database.

    A SQLite file must lie on a disk of this machine: its locks do not hold over a network. Raises ImproperlyConfigured
    for no address, or one that cannot be read.
    """
    if not address:
        raise ImproperlyConfigured("No database is named: set ARMLET_DATABASE to a postgresql:// address or a file.")
    if address.startswith(("postgresql://", "postgres://")):
        return _describe_postgresql(address)
    options: dict[str, str | int] = {
        "timeout": SECONDS_TO_WAIT,
        "transaction_mode": "IMMEDIATE",
        "init_command": _DURABLE,
    }
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": address, "OPTIONS": options}


def _describe_postgresql(address: str) -> DatabaseSettings:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = {name: value for name, value in conninfo_to_dict(address).items() if value is not None}
    except ProgrammingError:
        raise ImproperlyConfigured("The postgresql:// address of the database cannot be read.") from None
    name = str(parts.pop("dbname", ""))
    if not name:
        raise ImproperlyConfigured("The postgresql:// address names no database: postgresql://HOST/NAME.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "OPTIONS": {"connect_timeout": SECONDS_TO_WAIT, **parts},
    }
