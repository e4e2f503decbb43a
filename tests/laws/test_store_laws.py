"""One machine of laws for every home of the open strand: two handles on one strand, and what each may see and do.

The model is a list. Whatever the order of appends, stale appends, reads, reopenings, redactions: both handles tell the
list, and the bytes are those of the file store.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from armlet.ledger.chain import verify
from armlet.ledger.entry import Chained, Entry, Head, chain, encode
from armlet.ledger.events import DeviationRecorded, EntryRedacted
from armlet.ledger.redaction import redact, redactable
from armlet.ledger.stores import Conflict, Store
from armlet.ledger.stores.file import FileStore
from armlet.ledger.stores.memory import MemoryStore
from armlet.protocol.model import Role

if TYPE_CHECKING:
    from tests.databases import Database

START = datetime(2021, 3, 1, 9, tzinfo=UTC)
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)
HANDLES = st.sampled_from((0, 1))


@dataclass(frozen=True)
class Home:
    """A new, empty strand: opens a handle (0 or 1) on it, and forgets it at the end."""

    open: Callable[[int], Store]
    close: Callable[[], None] = lambda: None


def in_memory() -> Home:
    only = MemoryStore()
    return Home(lambda _: only)


def in_a_file() -> Home:
    folder = tempfile.TemporaryDirectory()
    return Home(lambda _: FileStore(Path(folder.name) / "ledger"), folder.cleanup)


def in_database(database: Database) -> Home:
    trial = database.new_trial()
    return Home(lambda handle: database.store(trial, handle))


def tell_of(target: Chained, field: str, kept: str, head: Head) -> Entry:
    at = START + timedelta(minutes=head.seq)
    event = EntryRedacted(of=target.seq, fields=(field,), kept=kept, why="a name", agreed_by=("Ada", "Bo"))
    return Entry(
        seq=head.seq + 1, occurred=at, recorded=at, actor="Ada", role=Role.DATA_MANAGER, protocol="sha256:0",
        event=event, previous=head.digest,
    )  # fmt: skip


def follow(head: Head, texts: list[str]) -> list[Entry]:
    entries: list[Entry] = []
    for text in texts:
        at = START + timedelta(minutes=head.seq)
        event = DeviationRecorded(participant="P1", what=text, on=at.date())
        entry = Entry(
            seq=head.seq + 1, occurred=at, recorded=at, actor=text, role=Role.INVESTIGATOR, protocol="sha256:0",
            reason=text, salt=f"{head.seq:032x}", event=event, previous=head.digest,
        )  # fmt: skip
        entries.append(entry)
        head = chain(entry).head
    return entries


class StoreMachine(RuleBasedStateMachine):
    """Two handles on one strand, against a list."""

    def __init__(self, make_home: Callable[[], Home]) -> None:
        super().__init__()
        self.home = make_home()
        self.handles = [self.home.open(0), self.home.open(1)]
        self.written: list[Chained] = []

    @property
    def last(self) -> Head:
        return self.written[-1].head if self.written else Head()

    @initialize()
    def it_begins_empty(self) -> None:
        assert [handle.head() for handle in self.handles] == [Head(), Head()]
        assert [list(handle.read()) for handle in self.handles] == [[], []]

    @rule(handle=HANDLES, texts=st.lists(TEXTS, max_size=3))
    def append(self, handle: int, texts: list[str]) -> None:
        entries = follow(self.last, texts)
        head = self.handles[handle].append(entries, expected_seq=self.last.seq)
        self.written.extend(map(chain, entries))
        assert head == self.last

    @rule(handle=HANDLES, expected=st.integers(0, 30), text=TEXTS)
    def append_with_a_stale_state(self, handle: int, expected: int, text: str) -> None:
        """Whoever believes in another last entry is refused, told which it is, and changes nothing."""
        if expected == self.last.seq:
            return
        before = self.written[expected - 1].head if 0 < expected < self.last.seq else Head(expected)
        with pytest.raises(Conflict, match=f"expected the last entry to be {expected}, found {self.last.seq}"):
            self.handles[handle].append(follow(before, [text]), expected_seq=expected)

    @rule(handle=HANDLES, text=TEXTS, by=st.sampled_from(["number", "digest"]), place=st.integers(0, 1))
    def append_what_does_not_follow(self, handle: int, text: str, by: str, place: int) -> None:
        """A defect of the caller, in the first entry or in a later one: nothing of it is written."""
        entries = follow(self.last, [text, text])
        change = {"seq": entries[place].seq + 1} if by == "number" else {"previous": f"sha256:{'1' * 64}"}
        entries[place] = entries[place].model_copy(update=change)
        with pytest.raises(ValueError, match="cannot follow"):
            self.handles[handle].append(entries, expected_seq=self.last.seq)

    @rule(handle=HANDLES, which=st.integers(0, 30), field=st.sampled_from(["reason", "what"]))
    def redact_words(self, handle: int, which: int, field: str) -> None:
        """The words are gone at once for both handles; the entry keeps its digest, and the head is the redaction's."""
        if not self.written:
            return
        target = self.written[which % len(self.written)]
        if field not in redactable(target.entry):
            return
        after = redact(target, [field])
        told = tell_of(target, field, after.kept, self.last)
        assert self.handles[handle].append([told], expected_seq=self.last.seq) == chain(told).head
        self.written[target.seq - 1] = after
        self.written.append(chain(told))
        assert (after.digest, field in redactable(after.entry)) == (target.digest, False)

    @rule(handle=HANDLES, which=st.integers(0, 30))
    def redact_to_something_else(self, handle: int, which: int) -> None:
        """A redaction that says that something else was left is a defect of the caller, and changes nothing."""
        targets = [one for one in self.written if "what" in redactable(one.entry)]
        if targets:
            told = tell_of(targets[which % len(targets)], "what", f"sha256:{'1' * 64}", self.last)
            with pytest.raises(ValueError, match="is not the one that entry"):
                self.handles[handle].append([told], expected_seq=self.last.seq)

    @rule(handle=HANDLES, after=st.integers(0, 30))
    def read_from_a_number(self, handle: int, after: int) -> None:
        assert list(self.handles[handle].read(after)) == self.written[after:]

    @rule(handle=HANDLES)
    def reopen(self, handle: int) -> None:
        self.handles[handle] = self.home.open(handle)

    @rule(handle=HANDLES)
    def verify_as_bytes(self, handle: int) -> None:
        data = b"".join(encode(one) + b"\n" for one in self.handles[handle].read())
        found = verify(data, self.last)
        assert found.is_whole
        assert found.entries == tuple(self.written)

    @invariant()
    def both_see_the_same_head(self) -> None:
        assert [handle.head() for handle in self.handles] == [self.last, self.last]

    def teardown(self) -> None:
        self.home.close()


def obey(make_home: Callable[[], Home], examples: int) -> None:
    run_state_machine_as_test(
        lambda: StoreMachine(make_home), settings=settings(max_examples=examples, stateful_step_count=20, deadline=None)
    )


def test_the_memory_store_obeys_the_laws() -> None:
    obey(in_memory, 30)


def test_the_file_store_obeys_the_laws() -> None:
    obey(in_a_file, 25)


def test_a_database_obeys_the_laws(database: Database) -> None:
    obey(lambda: in_database(database), 25)


class Forgetful(MemoryStore):
    """A store that is wrong: it takes what is given whatever the caller expects."""

    def append(self, entries: Sequence[Entry], expected_seq: int) -> Head:
        return super().append(entries, self.head().seq)


def test_a_store_that_forgets_to_look_is_found_out() -> None:
    def make_home() -> Home:
        store = Forgetful()
        return Home(lambda _: store)

    only_look = settings(max_examples=50, phases=[Phase.generate], report_multiple_bugs=False, deadline=None)
    with pytest.raises((AssertionError, pytest.fail.Exception, ValueError), match=r"DID NOT RAISE|cannot follow"):
        run_state_machine_as_test(lambda: StoreMachine(make_home), settings=only_look)
