"""The home of an open strand in a database: the port `armlet.ledger.stores.Store` over Django's connections.

What it says to a database are few statements, written out below: to have them put together anew for each act would
cost more than the answers do. Each append is one transaction. Who loses a race for a number is refused by the primary
key and hears of a `Conflict`; what would not follow from the last entry is refused by the guards of the table as well
(migration 0002).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from django.db import DatabaseError, IntegrityError, InterfaceError, connections, transaction

from armlet.errors import LedgerBroken
from armlet.ledger.chain import follow
from armlet.ledger.entry import Chained, Entry, Head, decode, encode, spell
from armlet.ledger.events import EntryRedacted
from armlet.ledger.redaction import Told, redact_as_told
from armlet.ledger.stores import Conflict, StoreUnavailable, check_follows, redact_targets
from armlet.web.openstore.models import TABLE

PORTION: Final = 1000
"""So many entries are fetched at once: a long strand is neither held in memory nor kept open in the database."""

_REMAINS: Final = (
    "Unless this login owns the table, the old row stays in its file until its owner (or autovacuum) runs VACUUM. "
    "Write-ahead logs, their archive and replicas hold the words until they expire."
)
_LAST: Final = "SELECT seq, digest, '' FROM open_entry WHERE trial = %s ORDER BY seq DESC LIMIT 1"
_FROM: Final = "SELECT seq, digest, line FROM open_entry WHERE trial = %s AND seq >= %s ORDER BY seq LIMIT %s"
_TELLING: Final = "SELECT seq, digest, line FROM open_entry WHERE trial = %s AND seq > %s AND line LIKE %s ORDER BY seq"
_CHANGE: Final = "UPDATE open_entry SET line = %s WHERE trial = %s AND seq = %s"
_ADD: Final = "INSERT INTO open_entry (trial, seq, digest, line) VALUES (%s, %s, %s, %s)"


Row = tuple[int, str, str]


def _head_of(rows: Sequence[Row]) -> Head:
    """That of a strand which ends with the first of the rows; the empty one where there is none."""
    return Head(*rows[0][:2]) if rows else Head()


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

    def _ask(self, statement: str, *values: str | int) -> list[Row]:
        with connections[self.using].cursor() as cursor:
            cursor.execute(statement, [self.trial, *values])
            found: list[Row] = cursor.fetchall()
            return found

    def head(self) -> Head:
        """Where the strand ends now, whoever wrote. Raises LedgerBroken, StoreUnavailable."""
        with self._reaching():
            return self._look()

    def _look(self) -> Head:
        """Where the strand ends; what was seen before must still be there."""
        last = _head_of(self._ask(_LAST))
        knows = self._seen.seq in {0, last.seq}
        self._check_in_place(last if knows else _head_of(self._ask(_FROM, self._seen.seq, 1)))
        self._seen = last
        return last

    def _check_in_place(self, found: Head) -> None:
        if self._seen.seq and found != self._seen:
            raise LedgerBroken(f"{self.trial}: entry {self._seen.seq} is no longer the one that was read here before.")

    def read(self, after: int = 0) -> Iterator[Chained]:
        """The entries with a number greater than `after`, in order, each held to its digest and to the one before it.

        Whoever reads on from an entry that was seen asks the database once, however long the strand is. Raises
        LedgerBroken at the first entry that is not what was written, StoreUnavailable.
        """
        if after > self._seen.seq and after >= self.head().seq:
            return
        is_last = False
        while not is_last:
            lines, last = self._portion(after)
            is_last = len(lines) < PORTION
            for (seq, digest, _), found in zip(lines, follow((line.encode() for *_, line in lines), last), strict=True):
                if found.head != Head(seq, digest):
                    raise LedgerBroken(
                        f"{self.trial}: entry {seq} was altered: its row does not say what its line says"
                    )
                after = found.seq
                self._see(found.head)
                yield found if found.entry.redacted is None else self._as_told(found)
        if after < self._seen.seq:
            self._check_in_place(Head())

    def _portion(self, after: int) -> tuple[list[Row], Head]:
        """The next rows, and the head that they must follow: the row before them is asked for along with them."""
        with self._reaching():
            rows = self._ask(_FROM, after, PORTION + 1)
        if not after:
            return rows[:PORTION], Head()
        before = _head_of(rows)
        if before.seq == after:
            self._see(before)
            return rows[1:], before
        if after == self._seen.seq:
            self._check_in_place(before)
        raise LedgerBroken(f"{self.trial}: entry {after} is missing.")

    def _see(self, head: Head) -> None:
        """Takes note of an entry that was read, and compares it with what was seen there before."""
        if head.seq == self._seen.seq:
            self._check_in_place(head)
        elif head.seq > self._seen.seq:
            self._seen = head

    def append(self, entries: Sequence[Entry], expected_seq: int) -> Head:
        """Writes the entries in one transaction. Raises Conflict when somebody wrote in between, StoreUnavailable.

        It is a transaction of its own: inside another one, which could still be undone, Django raises RuntimeError.
        """
        return self._write([spell(entry) for entry in entries], expected_seq, self._targets)

    def bring_in(self, chained: Sequence[Chained]) -> Head:
        """Writes a whole strand that was verified, redacted entries as they are, where the trial has none yet.

        Raises Conflict, StoreUnavailable.
        """
        return self._write([(one, encode(one)) for one in chained], 0, lambda _: {})

    def _write(
        self,
        spelt: Sequence[tuple[Chained, bytes]],
        expected_seq: int,
        targets: Callable[[Sequence[Chained]], dict[int, Chained]],
    ) -> Head:
        chained = [one for one, _ in spelt]
        rows = [(self.trial, one.seq, one.digest, line.decode()) for one, line in spelt]
        with self._reaching():
            try:
                with transaction.atomic(using=self.using, durable=True):
                    check_follows(chained, self._look(), expected_seq)
                    self._add(rows)
                    changed = targets(chained)
                    self._change(changed)
            except IntegrityError:
                if (found := self._look().seq) != expected_seq:
                    raise Conflict(expected_seq, found) from None
                raise
        if chained:
            self._seen = chained[-1].head
        if changed:
            self._clear_away()
        return self._seen

    def _add(self, rows: Sequence[tuple[str, int, str, str]]) -> None:
        with connections[self.using].cursor() as cursor:
            if len(rows) == 1:
                cursor.execute(_ADD, rows[0])
            elif rows:
                cursor.executemany(_ADD, rows)

    def _change(self, changed: Mapping[int, Chained]) -> None:
        with connections[self.using].cursor() as cursor:
            for seq, one in changed.items():
                cursor.execute(_CHANGE, [encode(one).decode(), self.trial, seq])

    def _targets(self, chained: Sequence[Chained]) -> dict[int, Chained]:
        """What the appended entries redact, as it is to stand from now on."""
        wanted = {one.event.of for one in chained if isinstance(one.event, EntryRedacted)}
        rows = [row for seq in sorted(wanted) for row in self._ask(_FROM, seq, 1) if row[0] == seq]
        return redact_targets(chained, [decode(line.encode()) for *_, line in rows])

    def _as_told(self, found: Chained) -> Chained:
        """A redacted entry, held to the later entries that tell of it. Raises LedgerBroken."""
        with self._reaching():
            rows = self._ask(_TELLING, found.seq, f'%"kind":"entry redacted","of":{found.seq},%')
        events = [(one.seq, one.event) for *_, line in rows for one in [decode(line.encode())]]
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
