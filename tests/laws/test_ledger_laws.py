"""Every home of the open strand obeys the same laws; whatever is written can be read, and no change goes unseen."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.ledger.chain import verify
from armlet.ledger.entry import Chained, Entry, Head, chain, decode, encode
from armlet.ledger.events import DeviationRecorded, Identified, OpenEvent, RecruitmentOpened, ResultRecorded
from armlet.ledger.stores import Conflict, Store
from armlet.ledger.stores.file import FileStore
from armlet.ledger.stores.memory import MemoryStore
from armlet.protocol.model import Role

if TYPE_CHECKING:
    from tests.databases import Database

STORES = ("memory", "file", "sqlite", "postgresql")
IDS = st.from_regex(r"[A-Z0-9][A-Z0-9-]{0,19}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
EVENTS: st.SearchStrategy[OpenEvent] = st.one_of(
    st.just(RecruitmentOpened()),
    st.builds(Identified, participant=IDS, site=st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True)),
    st.builds(DeviationRecorded, participant=IDS, what=TEXTS, on=st.dates()),
    st.builds(
        ResultRecorded, participant=IDS, visit=st.just("month_3"), activity=st.just("scales"), measure=st.just("weight"),
        value=st.from_regex(r"[+-]?[0-9]{1,9}(\.[0-9]{1,9})?([eE][+-]?[0-9]{1,2})?", fullmatch=True), unit=TEXTS,
        below=st.booleans(), actual=TEXTS,
    ),
)  # fmt: skip
OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timedelta(minutes=minutes))
MOMENTS = st.datetimes(
    datetime(1900, 1, 2), datetime(2999, 12, 30), timezones=st.sampled_from([UTC])  # noqa: DTZ001
)  # fmt: skip


@st.composite
def strands(draw: st.DrawFn, *, least: int = 0, most: int = 8) -> list[Entry]:
    entries: list[Entry] = []
    head = Head()
    for event in draw(st.lists(EVENTS, min_size=least, max_size=most)):
        occurred = draw(MOMENTS).astimezone(timezone(draw(OFFSETS)))
        entry = Entry(
            seq=head.seq + 1, occurred=occurred, recorded=draw(MOMENTS), actor=draw(TEXTS), role=draw(st.sampled_from(Role)),
            reason=draw(st.none() | TEXTS), protocol=draw(TEXTS), event=event, previous=head.digest,
        )  # fmt: skip
        entries.append(entry)
        head = chain(entry).head
    return entries


@given(strands(least=1))
@settings(max_examples=60, deadline=None)
def test_whatever_is_written_is_read_back_and_its_clock_is_kept(entries: list[Entry]) -> None:
    for entry in entries:
        chained = chain(entry)
        read = decode(encode(chained))
        assert read == chained
        assert read.entry.occurred.utcoffset() == entry.occurred.utcoffset()
        assert encode(read) == encode(chained)


def make_store(name: str, folder: Path, databases: dict[str, Database]) -> Store:
    """A new, empty strand in a home of that name."""
    if name in databases:
        return databases[name].store(databases[name].new_trial())
    return MemoryStore() if name == "memory" else FileStore(folder / "ledger")


@pytest.mark.parametrize("name", STORES)
@given(entries=strands(), cuts=st.lists(st.integers(0, 8), max_size=4), wrong=st.integers(0, 10))
@settings(max_examples=25, deadline=None)
def test_every_store_keeps_order_head_and_expectation(
    databases: dict[str, Database], name: str, entries: list[Entry], cuts: list[int], wrong: int
) -> None:
    """Appended in portions, the strand is what it would be at once; who expects another last entry changes nothing."""
    with ExitStack() as stack:
        store = make_store(name, Path(stack.enter_context(tempfile.TemporaryDirectory())), databases)
        edges = sorted({0, len(entries), *(cut for cut in cuts if cut <= len(entries))})
        assert store.head() == Head()
        for start, end in pairwise(edges):
            if wrong != start:
                with pytest.raises(Conflict):
                    store.append(entries[start:end], expected_seq=wrong)
            head = store.append(entries[start:end], expected_seq=start)
            assert head == store.head() == chain(entries[end - 1]).head
        expected = [chain(entry) for entry in entries]
        assert list(store.read()) == expected
        for after in range(len(entries) + 1):
            assert list(store.read(after)) == expected[after:]
        assert verify(b"".join(encode(one) + b"\n" for one in store.read()), store.head()).is_whole


def spell(strand: list[Chained]) -> bytes:
    return b"".join(encode(one) + b"\n" for one in strand)


@given(strands(least=2), st.data())
@settings(max_examples=60, deadline=None)
def test_no_change_of_the_bytes_goes_unseen_against_a_published_head(entries: list[Entry], data: st.DataObject) -> None:
    strand = [chain(entry) for entry in entries]
    written, head = spell(strand), strand[-1].head
    start = data.draw(st.integers(0, len(written) - 1))
    end = data.draw(st.integers(start, min(start + 30, len(written))))
    changed = written[:start] + data.draw(st.binary(max_size=30)) + written[end:]
    found = verify(changed, head)
    whole = changed[: changed.rfind(b"\n") + 1]
    assert (changed == written) == (found.is_whole and found.cut == b"") or whole == written


@given(strands(least=2), st.data())
@settings(max_examples=60, deadline=None)
def test_no_reordering_of_entries_goes_unseen(entries: list[Entry], data: st.DataObject) -> None:
    strand = [chain(entry) for entry in entries]
    order = data.draw(st.lists(st.sampled_from(range(len(strand))), max_size=len(strand) + 2))
    found = verify(spell([strand[place] for place in order]), strand[-1].head)
    assert found.is_whole == (order == list(range(len(strand))))
