"""A page must not slow with the length of the trial: counted is the work, never the time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from armlet.conduct import commands as c
from armlet.conduct.decide import Accepted
from armlet.conduct.door import Door
from armlet.conduct.following import Following
from armlet.conduct.state import Participant, fold
from armlet.ledger.entry import Chained, Entry, Head, chain
from armlet.ledger.events import Identified, ResultRecorded
from armlet.ledger.stores import Store
from armlet.ledger.stores.memory import MemoryStore
from armlet.projections.watch import Watch
from armlet.protocol.model import Role

if TYPE_CHECKING:
    from tests.databases import Database

START = datetime(2021, 3, 1, 9, tzinfo=UTC)


class Counting:
    """A store that counts the entries which it hands out."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.given = 0

    def head(self) -> Head:
        return self.store.head()

    def read(self, after: int = 0) -> Iterator[Chained]:
        for entry in self.store.read(after):
            self.given += 1
            yield entry

    def append(self, entries: Sequence[Entry], expected_seq: int) -> Head:
        return self.store.append(entries, expected_seq)


def history(number: int, after: Head | None = None) -> list[Entry]:
    """Entries of one participant with ever more results."""
    entries: list[Entry] = []
    head = after or Head()
    for seq in range(head.seq + 1, head.seq + number + 1):
        event = Identified(participant="P1", site="harbour") if seq == 1 else ResultRecorded(
            participant="P1", visit=f"v{seq}", activity="scales", measure="weight", value="70.1", unit="kg"
        )  # fmt: skip
        at = START + timedelta(minutes=seq)
        entry = Entry(
            seq=seq, occurred=at, recorded=at, actor="Ada", role=Role.INVESTIGATOR, protocol="sha256:0", event=event,
            previous=head.digest,
        )  # fmt: skip
        entries.append(entry)
        head = chain(entry).head
    return entries


@pytest.mark.parametrize("length", [10, 100, 3_000])
def test_the_state_after_two_more_entries_costs_two_entries_however_long_the_strand(length: int) -> None:
    store = Counting(MemoryStore())
    store.append(history(length), 0)
    following = Following(store)
    assert store.given == length
    assert following.state.head.seq == length
    assert store.given == length, "nothing is new"
    store.append(history(2, store.head()), length)
    assert following.state.head.seq == length + 2
    assert store.given == length + 2


def test_what_was_extended_is_what_folding_all_at_once_gives() -> None:
    store = MemoryStore()
    following = Following(store)
    for entry in history(30):
        store.append([entry], entry.seq - 1)
        assert following.state == fold(store.read())
    assert following.state.participants["P1"].last_entry == 30


@pytest.mark.parametrize("length", [20, 2_500])
def test_a_state_and_an_act_ask_a_database_as_often_and_for_as_much_whatever_the_length(
    database: Database, length: int
) -> None:
    """One statement for a state that is up to date; three for an append: a look, the entry, and for us to see it again.

    The rows are the entry seen last, and what is new.
    """
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    from armlet.web.openstore.store import DatabaseStore, Row

    class Rows(DatabaseStore):
        fetched = 0

        def _ask(self, statement: str, *values: str | int) -> list[Row]:
            rows = super()._ask(statement, *values)
            self.fetched += len(rows)
            return rows

    store = Rows(database.new_trial(), database.using[0])
    store.append(history(length), 0)
    following = Following(store)
    connection = connections[database.using[0]]
    for look, rows in ((None, 1), (1, 2), (7, 8)):
        if look is not None:
            database.store(store.trial, 1).append(history(look, store.head()), store.head().seq)
        store.fetched = 0
        with CaptureQueriesContext(connection) as asked:
            assert following.state.head.seq >= length
        assert (len(asked), store.fetched) == (1, rows)
    (entry,) = history(1, store.head())
    store.fetched = 0
    with CaptureQueriesContext(connection) as asked:
        store.append([entry], entry.seq - 1)
        assert following.state.head.seq == entry.seq
    words = [said["sql"].split()[0] for said in asked if said["sql"].split()[0] not in {"BEGIN", "COMMIT"}]
    assert words == ["SELECT", "INSERT", "SELECT"]
    assert store.fetched == 3


class NobodyElse(dict[str, Participant]):
    """The participants of a state that are found by their number and never gone through."""

    def values(self) -> Any:
        raise AssertionError("somebody goes through all participants")

    items = keys = __iter__ = values


def test_no_act_about_a_participant_goes_through_the_others(life: Any) -> None:
    """From the consent to the end of follow-up: a trial of many costs an act no more than one of few."""
    life.identifies("P9")
    state = life.door.state
    state.participants = NobodyElse(state.participants)
    life.ends("P1")
    life.now = datetime(2022, 3, 1, 9, tzinfo=UTC)
    first = next(entry.seq for entry in life.store.read() if isinstance(entry.event, ResultRecorded))
    life.does(
        c.CorrectResult(of=first, value="71.0", unit="kg", why="A slip."),
        c.RecordDeviation("P1", "Late.", date(2022, 2, 1)),
        c.Withdraw("P1", tuple(state.participants["P1"].withdrawn) or (next(iter(scopes())),)),
    )
    with pytest.raises(AssertionError, match="all participants"):
        state.enrolled()


def scopes() -> list[Any]:
    from armlet.ledger.events import WithdrawalScope

    return list(WithdrawalScope)


def test_a_slot_and_a_number_are_still_used_only_once(life: Any, make_life: Any) -> None:
    """What is looked up at once says what going through everybody said."""
    one_slot = life.protocol.model_copy(update={"design": life.protocol.design.model_copy(update={"participants": 1})})
    other = make_life(one_slot)
    other.randomises("P1").brushes("P2")
    assert set(other.state.requests) == {"P1"}
    assert other.state.preparations == {"PREP-P1": "P1"}
    other.refuses(c.RequestRandomisation("P2", "R-P2"), "list-exhausted", "all 1 slots of the protocol are used")
    life.randomises("P1").asks("P2")
    due = life.one("P1").due
    life.refuses(c.ConfirmRandomisation("P2", "PREP-P1", due), "preparation-taken", "PREP-P1 is another participant's")


def test_a_door_reads_what_somebody_else_wrote_and_no_more(life: Any) -> None:
    life.identifies("P1")
    store = Counting(life.store)
    door = Door(life.protocol, store, life.door._clock)
    store.given = 0
    life.does(c.Identify("P2", "harbour"))
    command = c.Identify("P3", "harbour")
    assert isinstance(door.ask(command, life.by(command)), Accepted)
    assert store.given == 1
    assert list(door.state.participants) == ["P1", "P2", "P3"]
    assert store.given == 2


def test_a_door_and_a_page_that_share_who_follows_read_a_strand_once(life: Any) -> None:
    life.identifies("P1")
    store = Counting(life.store)
    following = Following(store)
    there = store.given
    door = Door(life.protocol, store, life.door._clock, following=following)
    watch = Watch(life.protocol, store, following)
    assert store.given == there, "what was folded is not read again"
    command = c.Identify("P2", "harbour")
    assert isinstance(door.ask(command, life.by(command)), Accepted)
    assert list(watch.state.participants) == ["P1", "P2"]
    assert watch.state is door.state
    assert store.given == there + 1
