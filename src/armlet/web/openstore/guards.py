"""Whether the triggers that guard the table are in place: who owns a database can take them away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.core.checks import CheckMessage, Error
from django.db import connections

from armlet.web.openstore.models import TABLE

_EXPECTED: Final = {
    "sqlite": frozenset(
        {"open_entry_no_update", "open_entry_no_delete", "open_entry_no_replace", "open_entry_follows"}
    ),
    "postgresql": frozenset(
        {"open_entry_no_update", "open_entry_no_delete", "open_entry_no_truncate", "open_entry_follows"}
    ),
}
_PRESENT: Final = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgenabled = 'A'",
}


def find_missing_guards(using: str = "default") -> frozenset[str]:
    """The triggers that the table should have and has not, or not switched on for everybody; none where all is well."""
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(_PRESENT[connection.vendor], [TABLE])
        return _EXPECTED[connection.vendor] - {str(name) for (name,) in cursor.fetchall()}


def check_guards(*, databases: Sequence[str] | None = None, **_others: object) -> list[CheckMessage]:
    """For Django's ``check --database``: an error for each database with a table and without all of its guards."""
    found: list[CheckMessage] = []
    for using in databases or ():
        if TABLE not in connections[using].introspection.table_names():
            continue
        if missing := find_missing_guards(using):
            message = f"The open strand in {using!r} can be changed: it lacks {', '.join(sorted(missing))}."
            hint = "Find out who took them away, verify every trial against a published head, then make them again."
            found.append(Error(message, hint=hint, id="openstore.E001"))
    return found
