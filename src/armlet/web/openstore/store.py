"""The home of an open strand in a database: the port `armlet.ledger.stores.Store` on Django's object-relational mapper.

Each append is one transaction. Who loses a race for a number is refused by the primary key and hears of a `Conflict`;
what would not follow from the last entry is refused by the guards of the table as well (migration 0002).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from django.db import DatabaseError, IntegrityError, InterfaceError, connections, transaction
from django.db.models import QuerySet

from armlet.errors import LedgerBroken
from armlet.ledger.chain import follow
from armlet.ledger.entry import Chained, Entry, Head, chain, decode, encode
from armlet.ledger.events import EntryRedacted
from armlet.ledger.redaction import Told, redact_as_told
from armlet.ledger.stores import Conflict, StoreUnavailable, check_follows, redact_targets
from armlet.web.openstore.models import TABLE, StoredEntry

PORTION: Final = 1000
"""So many entries are fetched at once: a long strand is neither held in memory nor kept open in the database."""

_REMAINS: Final = (
    "Unless this login owns the table, the old row stays in its file until its owner (or autovacuum) runs VACUUM. "
    "Write-ahead logs, their archive and replicas hold the words until they expire."
)


class DatabaseStore:
    """The open strand of one trial in the database `using`, as Django's settings name it.

    It remembers the last entry that it has seen, so that a database put back to an older state does not go unnoticed
    while the program runs. A redaction and what it takes out are one transaction; `remains` tells, in words, where the
    database may still hold old copies of a line after it.
    """

    def __init__(self, trial: str, using: str = "default") -> None:
        self.trial = trial
        self.using = using
        self._seen = Head()
        self.remains = ""

    def _rows(self) -> QuerySet[StoredEntry]:
        return StoredEntry.objects.using(self.using).filter(trial=self.trial)

    def head(self) -> Head:
        """Where the strand ends now, whoever wrote. Raises LedgerBroken, StoreUnavailable."""
        with self._reaching():
            return self._look()

    def _look(self) -> Head:
        found = self._rows().order_by("-seq").values_list("seq", "digest").first()
        head = Head(*found) if found is not None else Head()
        known = head if head.seq == self._seen.seq else self._head_at(self._seen.seq)
        if known != self._seen:
            raise LedgerBroken(f"{self.trial}: entry {self._seen.seq} is no longer the one that was read here before.")
        self._seen = head
        return head

    def _head_at(self, seq: int) -> Head:
        """The head of the strand when it ended with this entry; the empty one where there is no such entry."""
        found = self._rows().filter(seq=seq).values_list("seq", "digest").first()
        return Head(*found) if found is not None else Head()

    def read(self, after: int = 0) -> Iterator[Chained]:
        """The entries with a number greater than `after`, in order, each held to its digest and to the one before it.

        Raises LedgerBroken at the first that is not what was written, StoreUnavailable.
        """
        with self._reaching():
            end = self._look()
            last = self._head_at(after) if after < end.seq else end
        while last.seq < end.seq:
            with self._reaching():
                rows = self._rows().filter(seq__gt=last.seq).order_by("seq")
                lines = list(rows.values_list("seq", "digest", "line")[:PORTION])
            for (seq, digest, _), found in zip(lines, follow((line.encode() for *_, line in lines), last), strict=True):
                if found.head != Head(seq, digest):
                    raise LedgerBroken(
                        f"{self.trial}: entry {seq} was altered: its row does not say what its line says"
                    )
                last = found.head
                yield found if found.entry.redacted is None else self._as_told(found)
            if not lines:
                raise LedgerBroken(f"{self.trial}: entries {last.seq + 1} to {end.seq} are missing.")

    def append(self, entries: Sequence[Entry], expected_seq: int) -> Head:
        """Writes the entries in one transaction. Raises Conflict when somebody wrote in between, StoreUnavailable.

        It is a transaction of its own: inside another one, which could still be undone, Django raises RuntimeError.
        """
        return self._write([chain(entry) for entry in entries], expected_seq, self._targets)

    def bring_in(self, chained: Sequence[Chained]) -> Head:
        """Writes a whole strand that was verified, redacted entries as they are, where the trial has none yet.

        Raises Conflict, StoreUnavailable.
        """
        return self._write(chained, 0, lambda _: {})

    def _write(
        self, chained: Sequence[Chained], expected_seq: int, targets: Callable[[Sequence[Chained]], dict[int, Chained]]
    ) -> Head:
        rows = [StoredEntry(trial=self.trial, seq=c.seq, digest=c.digest, line=encode(c).decode()) for c in chained]
        with self._reaching():
            try:
                with transaction.atomic(using=self.using, durable=True):
                    check_follows(chained, self._look(), expected_seq)
                    StoredEntry.objects.using(self.using).bulk_create(rows)
                    changed = targets(chained)
                    for seq, one in changed.items():
                        self._rows().filter(seq=seq).update(line=encode(one).decode())
            except IntegrityError:
                if (found := self._look().seq) != expected_seq:
                    raise Conflict(expected_seq, found) from None
                raise
        if chained:
            self._seen = chained[-1].head
        if changed:
            self._clear_away()
        return self._seen

    def _targets(self, chained: Sequence[Chained]) -> dict[int, Chained]:
        """What the appended entries redact, as it is to stand from now on."""
        wanted = {one.event.of for one in chained if isinstance(one.event, EntryRedacted)}
        lines = self._rows().filter(seq__in=wanted).values_list("line", flat=True) if wanted else ()
        return redact_targets(chained, [decode(line.encode()) for line in lines])

    def _as_told(self, found: Chained) -> Chained:
        """A redacted entry, held to the later entries that tell of it. Raises LedgerBroken."""
        sign = f'"kind":"entry redacted","of":{found.seq},'
        with self._reaching():
            rows = self._rows().filter(seq__gt=found.seq, line__contains=sign).order_by("seq")
            events = [
                (one.seq, one.event) for line in rows.values_list("line", flat=True) for one in [decode(line.encode())]
            ]
        told: list[Told] = [(seq, event) for seq, event in events if isinstance(event, EntryRedacted)]
        try:
            return redact_as_told(found, told)
        except ValueError as problem:
            raise LedgerBroken(f"{self.trial}: {problem}") from None

    def _clear_away(self) -> None:
        """Takes old copies of the changed lines out of the database's own files, as far as it can; `remains` says more."""
        connection = connections[self.using]
        is_sqlite = connection.vendor == "sqlite"
        statements = ["VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"] if is_sqlite else [f"VACUUM {TABLE}"]
        self.remains = "" if is_sqlite else _REMAINS
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        except DatabaseError as problem:
            self.remains = f"The database's files may hold the words until VACUUM was run by their owner: {problem}"

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        """Turns what goes wrong on the way to the database into StoreUnavailable; the next try connects anew."""
        try:
            yield
        except IntegrityError:
            raise
        except (DatabaseError, InterfaceError) as problem:
            connections[self.using].close()
            said = str(problem).partition("\n")[0]
            raise StoreUnavailable(f"{self.trial}: the database cannot be used: {said}") from problem
