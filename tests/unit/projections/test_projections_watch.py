"""A page of one participant costs what is new and what is shown: counted is the work, never the time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from armlet.conduct.observation import Observation
from armlet.derivation.derive import ValuesOfEndpoint, derive_participant
from armlet.export.package import compute
from armlet.ledger.entry import Chained
from armlet.ledger.events import ResultRecorded
from armlet.ledger.stores.memory import MemoryStore
from armlet.projections.watch import Watch
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Protocol
from armlet.simulation.rehearse import rehearse
from armlet.simulation.scenario import Scenario

BASE: Final = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"
Work = list[tuple[str, int]]
"""Whose values were derived, and from how many observations."""


@cache
def lived(people: int) -> tuple[Protocol, tuple[Chained, ...]]:
    protocol = load_protocol(BASE)
    design = protocol.design.model_copy(update={"participants": people})
    protocol = protocol.model_copy(update={"design": design})
    return protocol, tuple(rehearse(protocol, Scenario(), "1").store.read())


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    done: Work = []

    def counting(
        protocol: Protocol, endpoints: Any, participant: str, observations: Iterable[Observation], visits: Any
    ) -> Sequence[ValuesOfEndpoint]:
        given = tuple(observations)
        assert {one.participant for one in given} <= {participant}
        done.append((participant, len(given)))
        return derive_participant(protocol, endpoints, participant, given, visits)

    monkeypatch.setattr("armlet.projections.watch.derive_participant", counting)
    return done


def replay(entries: Sequence[Chained], store: MemoryStore) -> None:
    store.append([one.entry for one in entries], entries[0].seq - 1)


def is_about(participant: str) -> Callable[[Chained], bool]:
    return lambda entry: getattr(entry.event, "participant", None) == participant


def test_a_watch_tells_at_every_entry_what_deriving_everything_tells() -> None:
    protocol, entries = lived(3)
    store = MemoryStore()
    watch = Watch(protocol, store)
    for entry in entries:
        replay([entry], store)
        found = watch.dataset()
        if entry.seq % 20 == 0 or entry.seq == len(entries):
            assert found == compute(protocol, tuple(store.read())).dataset
    assert any(found.derived)
    assert [watch.values_of(one)[0].derived[0].participant for one in found.participants] == list(found.participants)


@pytest.mark.parametrize("people", [3, 12])
def test_one_more_entry_derives_the_values_of_whom_it_is_about_and_of_nobody_else(people: int, work: Work) -> None:
    protocol, entries = lived(people)
    store = MemoryStore()
    results = [entry for entry in entries if isinstance(entry.event, ResultRecorded)]
    last = results[-1]
    replay(entries[: last.seq - 1], store)
    watch = Watch(protocol, store)
    before = watch.dataset()
    assert {one for one, _ in work} == set(before.participants)
    assert len(work) == people
    work.clear()
    assert watch.dataset() == before
    assert work == [], "nothing is new"
    replay([last], store)
    watch.dataset()
    observations = len(watch.state.participants[last.event.participant].results)
    assert work == [(last.event.participant, observations)]


def test_a_page_of_one_participant_derives_nobody_else(work: Work) -> None:
    protocol, entries = lived(12)
    store = MemoryStore()
    replay(entries, store)
    watch = Watch(protocol, store)
    assert work == [], "opening derives nothing"
    one, other = [participant.id for participant in watch.state.enrolled()][:2]
    assert watch.values_of(one) is watch.values_of(one)
    assert [who for who, _ in work] == [one]
    watch.values_of(other)
    assert [who for who, _ in work] == [one, other]
    with pytest.raises(KeyError):
        watch.values_of("NOBODY")


def test_what_is_not_about_a_participant_changes_no_value() -> None:
    """Every value stands on entries about its participant: what was derived stays while there is no newer one."""
    protocol, entries = lived(3)
    store = MemoryStore()
    watch = Watch(protocol, store)
    newest: dict[str, tuple[int, object]] = {}
    for entry in entries:
        replay([entry], store)
        for one in watch.state.participants.values():
            fresh = Watch(protocol, store).values_of(one.id) if entry.seq % 50 == 0 else watch.values_of(one.id)
            assert fresh == watch.values_of(one.id)
            newest[one.id] = (one.last_entry, fresh)
    for participant, (last, _) in newest.items():
        assert last == max(entry.seq for entry in filter(is_about(participant), entries))
