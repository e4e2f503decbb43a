"""Any order of any commands in any trial: what must never happen does not, whatever is left out, doubled, moved or mixed up.

A drawn protocol is lived once, and what its people asked for is written down; that life, spoilt in many places, is asked
again at a fresh door. So the sequences reach the end of trials that nobody thought of, and go wrong on the way.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from armlet.conduct import commands as c
from armlet.conduct.commands import By, Command
from armlet.conduct.data.commands import AssignSets
from armlet.conduct.decide import Accepted, Decision, Refused
from armlet.conduct.door import Door
from armlet.conduct.state import TrialState, fold
from armlet.ledger import events as e
from armlet.ledger.chain import verify
from armlet.ledger.data_events import SetsAssigned
from armlet.ledger.entry import Chained, encode
from armlet.ledger.stores.memory import MemoryStore
from armlet.protocol.model import Protocol, Role
from armlet.simulation import rehearse as rehearsal
from armlet.simulation.scenario import Scenario
from armlet.units import Quantity

LONG: Final = os.environ.get("ARMLET_LONG") == "1"
AnyProtocol = Callable[[], st.SearchStrategy[Protocol]]
Wish = tuple[Command, By]


class _Listening(Door):
    """Writes down who asked for what."""

    heard: list[Wish]

    def ask(self, command: Command, by: By) -> Decision:
        self.heard.append((command, by))
        return super().ask(command, by)


class _Clock:
    def __init__(self) -> None:
        self.moment = datetime.max.replace(tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


def live(protocol: Protocol, seed: str) -> list[Wish]:
    """All that the people of a rehearsed trial asked for, in their order."""
    heard: list[Wish] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rehearsal, "Door", type("Listening", (_Listening,), {"heard": heard}))
        rehearsal.rehearse(protocol, Scenario(), seed)
    return heard


def _values_of(wishes: list[Wish]) -> dict[type, list[Any]]:
    """What stands in the fields of the commands, by kind: names of people, visits and measures, days, moments, amounts."""
    pool: dict[type, list[Any]] = {}
    for command, _ in wishes:
        for field in fields(command):
            value = getattr(command, field.name)
            if isinstance(value, str | bool | int | date | Quantity):
                pool.setdefault(type(value), []).append(value)
    return {kind: list(dict.fromkeys(values)) for kind, values in pool.items()}


def spoil(draw: st.DrawFn, wishes: list[Wish]) -> list[Wish]:
    """Some wishes dropped, doubled, swapped, put off, asked by another role, or with another value in one field."""
    pool, people = _values_of(wishes), sorted({who for one, _ in wishes if (who := getattr(one, "participant", None))})
    for _ in range(draw(st.integers(4, 24))):
        kind = draw(st.sampled_from(sorted({type(one).__name__ for one, _ in wishes})))  # rare ones as often as others
        place = draw(st.sampled_from([at for at, (one, _) in enumerate(wishes) if type(one).__name__ == kind]))
        command, by = wishes[place]
        how = draw(st.sampled_from(["drop", "double", "swap", "late", "role", "value", "person"]))
        if how == "drop" and len(wishes) > 1:
            del wishes[place]
        elif how == "double":
            wishes.insert(draw(st.sampled_from([place, place + 1, len(wishes)])), (command, by))
        elif how == "swap":
            other = draw(st.integers(0, len(wishes) - 1))
            wishes[place], wishes[other] = wishes[other], wishes[place]
        elif how == "late":
            later = by.occurred + timedelta(days=draw(st.integers(-40, 400)))
            wishes[place] = (command, replace(by, occurred=later))
        elif how == "role":
            wishes[place] = (command, replace(by, role=draw(st.sampled_from(sorted(Role)))))
        elif how == "person" and hasattr(command, "participant") and people:
            wishes[place] = (_with(command, "participant", draw(st.sampled_from(people))), by)
        elif how == "value" and fields(command):
            name = draw(st.sampled_from([one.name for one in fields(command)]))
            others = pool.get(type(getattr(command, name)), [])
            if others:
                wishes[place] = (_with(command, name, draw(st.sampled_from(others))), by)
    each = {type(command): (command, by) for command, by in wishes}
    return [*wishes, *each.values()]  # and at the end, after the lock where it was reached, one of each once more


def _with(command: Any, name: str, value: object) -> Command:
    assert is_dataclass(command)
    changed: Command = replace(command, **{name: value})
    return changed


def assert_nothing_happened_that_must_not(entries: Iterable[Chained], protocol: Protocol) -> None:
    """Read off the entries alone, with no help of the code that decides."""
    consented, verdicts, enrolled = set[str](), dict[str, str](), set[str]()
    asked, numbers, released = list[str](), dict[str, str](), dict[str, datetime]()
    given, is_locked, is_open, stopped = Counter[str](), False, True, set[str]()
    judged: set[str] | None = None
    for chained in entries:
        one = chained.event
        assert not is_locked or isinstance(one, _AFTER_LOCK), one.kind
        match one:
            case e.DatabaseLocked():
                is_locked = True
                assert one.entries == chained.seq - 1
                assert judged is None or judged == enrolled
            case SetsAssigned():
                judged = set(enrolled)
            case e.RecruitmentSuspended() | e.TrialTerminated() | e.TrialCompleted():
                is_open = False
            case e.RecruitmentResumed():
                is_open = True
            case e.Consented():
                consented.add(one.participant)
            case e.EligibilityAssessed():
                verdicts[one.participant] = one.verdict
            case e.Enrolled():
                assert one.participant in consented - enrolled
                assert verdicts[one.participant] == "eligible"
                assert is_open
                enrolled.add(one.participant)
            case e.RandomisationRequested():
                assert one.participant in enrolled - stopped
                assert one.participant not in asked
                assert is_open
                asked.append(one.participant)
            case e.Randomised():
                assert one.participant in asked
                assert one.participant not in numbers
                assert one.preparation not in numbers.values()
                numbers[one.participant] = one.preparation
            case e.PreparationReleased():
                released[one.participant] = one.expires
            case e.PreparationMoved():
                released.pop(one.participant, None)
            case e.Administered():
                assert numbers[one.participant] == one.preparation
                assert one.started <= one.stopped < released[one.participant]
                assert one.checked_by[0].casefold() != one.checked_by[1].casefold()
                assert one.participant not in stopped
                assert is_open
                given[one.participant] += 1
            case e.Withdrawn() if e.WithdrawalScope.INTERVENTION in one.scopes:
                stopped.add(one.participant)
            case e.VisitHeld() | e.ActivityDone() | e.ResultRecorded() | e.ResultSealed():
                assert one.participant in consented
            case _:
                pass
    assert len(asked) <= protocol.design.participants
    assert max(given.values(), default=1) == 1


_AFTER_LOCK: Final = e.WarrantGranted | e.UnblindingRefused | e.AllocationRead | e.UnblindingReported | e.EntryRedacted


def replay(protocol: Protocol, wishes: list[Wish]) -> tuple[MemoryStore, Counter[bool]]:
    """Asks for everything at a fresh door; each answer is held against the strand. How many were accepted and refused."""
    store, clock, told = MemoryStore(), _Clock(), Counter[bool]()
    door = Door(protocol, store, clock)
    stepwise: TrialState = fold(())
    for command, by in wishes:
        clock.moment, head = by.occurred, store.head()
        decision = door.ask(command, by)
        added = list(store.read(after=head.seq))
        told[isinstance(decision, Accepted)] += 1
        if isinstance(decision, Refused):
            assert decision.issues
            assert all(isinstance(one.event, e.UnblindingRefused) for one in added)
            assert not added or isinstance(command, c.GrantWarrant)
        else:
            assert tuple(one.event for one in added) == decision.events
        fold(added, stepwise)
    assert stepwise == fold(store.read()) == door.state
    return store, told


@given(data=st.data())
@settings(
    max_examples=200 if LONG else 12,
    deadline=None,
    derandomize=not LONG,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=(Phase.explicit, Phase.reuse, Phase.generate, *((Phase.shrink,) if LONG else ())),
)
def test_no_sequence_of_commands_in_any_trial_does_what_must_not_be_done(
    data: st.DataObject, any_protocol: AnyProtocol
) -> None:
    protocol = data.draw(any_protocol())
    wishes = live(protocol, str(data.draw(st.integers(1, 99))))
    for _ in range(4):
        spoilt = st.composite(lambda draw: spoil(draw, list(wishes)))()
        store, told = replay(protocol, data.draw(spoilt))
        event("much accepted" if told[True] > told[False] else "much refused")
        assert verify(b"".join(encode(one) + b"\n" for one in store.read()), store.head()).is_whole
        assert_nothing_happened_that_must_not(store.read(), protocol)


def left_out(wishes: list[Wish]) -> Iterator[list[Wish]]:
    """The life without its first act of a kind, for each kind; and with everything asked twice."""
    yield [wish for wish in wishes for _ in range(2)]
    for kind in sorted({type(one).__name__ for one, _ in wishes}):
        place = next(at for at, (one, _) in enumerate(wishes) if type(one).__name__ == kind)
        yield wishes[:place] + wishes[place + 1 :]


def others(wishes: list[Wish]) -> Iterator[list[Wish]]:
    """The life with an act of each kind asked for everybody who had none, or with one field of it as in the first."""
    people = list(dict.fromkeys(who for one, _ in wishes if (who := getattr(one, "participant", None))))
    for kind in sorted({type(one).__name__ for one, _ in wishes}):
        places = [at for at, (one, _) in enumerate(wishes) if type(one).__name__ == kind]
        first, (last, by) = wishes[places[0]][0], wishes[places[-1]]
        if getattr(last, "participant", None):
            had = {getattr(wishes[at][0], "participant", None) for at in places}
            theirs = [(_with(last, "participant", who), by) for who in people if who not in had]
            yield [*wishes[: places[-1] + 1], *theirs, *wishes[places[-1] + 1 :]]
        for field in fields(last):
            if getattr(first, field.name) != getattr(last, field.name):
                changed = (_with(last, field.name, getattr(first, field.name)), by)
                yield [*wishes[: places[-1]], changed, *wishes[places[-1] + 1 :]]


def judged_too_early(wishes: list[Wish]) -> Iterator[list[Wish]]:
    """The life with its blind review held behind the first enrolment, which names nobody, and with none after that."""
    reviews = [(one, by) for one, by in wishes if isinstance(one, AssignSets)]
    enrolled = next((at for at, (one, _) in enumerate(wishes) if isinstance(one, c.Enrol)), None)
    if reviews and enrolled is not None:
        command, by = reviews[0]
        early = (replace(command, members=dict.fromkeys(command.members, ())), by)
        rest = [wish for wish in wishes[enrolled + 1 :] if not isinstance(wish[0], AssignSets)]
        yield [*wishes[: enrolled + 1], early, *rest]


def test_a_life_asked_again_is_accepted_as_it_was_and_without_any_one_kind_of_act_nothing_goes_wrong(
    any_protocol: AnyProtocol,
) -> None:
    """The first is what keeps both laws from being about refusals only."""

    @given(data=st.data())
    @settings(
        max_examples=40 if LONG else 3,
        deadline=None,
        derandomize=not LONG,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        phases=(Phase.generate,),
    )
    def lived_again(data: st.DataObject) -> None:
        protocol = data.draw(any_protocol())
        wishes = live(protocol, "7")
        _, told = replay(protocol, wishes)
        assert told[True] > 5 * told[False]
        for spoilt in (wishes, *left_out(wishes), *others(wishes), *judged_too_early(wishes)):
            store, _ = replay(protocol, spoilt)
            assert_nothing_happened_that_must_not(store.read(), protocol)

    lived_again()
