"""The home of an open strand in a database: the port `armlet.ledger.stores.Store` on Django's object-relational mapper.

Each append is one transaction. Who loses a race for a number is refused by the primary key and hears of a `Conflict`;
what would not follow from the last entry is refused by the guards of the table as well (migration 0002).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from django.db import DatabaseError, IntegrityError, InterfaceError, connections, transaction
from django.db.models import QuerySet

from armlet.errors import LedgerBroken
from armlet.ledger.chain import follow
from armlet.ledger.entry import Chained, Entry, Head, chain, encode
from armlet.ledger.stores import Conflict, StoreUnavailable, check_follows
from armlet.web.openstore.models import StoredEntry

PORTION: Final = 1000
"""So many entries are fetched at once: a long strand is neither held in memory nor kept open in the database."""


class DatabaseStore:
    """The open strand of one trial in the database `using`, as Django's settings name it.

    It remembers the last entry that it has seen, so that a database put back to an older state does not go unnoticed
    while the program runs.
    """

    def __init__(self, trial: str, using: str = "default") -> None:
        self.trial = trial
        self.using = using
        self._seen = Head()

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
                yield found
            if not lines:
                raise LedgerBroken(f"{self.trial}: entries {last.seq + 1} to {end.seq} are missing.")

    def append(self, entries: Sequence[Entry], expected_seq: int) -> Head:
        """Writes the entries in one transaction. Raises Conflict when somebody wrote in between, StoreUnavailable.

        It is a transaction of its own: inside another one, which could still be undone, Django raises RuntimeError.
        """
        chained = [chain(entry) for entry in entries]
        rows = [StoredEntry(trial=self.trial, seq=c.seq, digest=c.digest, line=encode(c).decode()) for c in chained]
        with self._reaching():
            try:
                with transaction.atomic(using=self.using, durable=True):
                    check_follows(chained, self._look(), expected_seq)
                    StoredEntry.objects.using(self.using).bulk_create(rows)
            except IntegrityError:
                if (found := self._look().seq) != expected_seq:
                    raise Conflict(expected_seq, found) from None
                raise
        if chained:
            self._seen = chained[-1].head
        return self._seen

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
