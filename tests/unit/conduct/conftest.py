"""The neutral example trial, opened and lived as far as a test needs it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path

import pytest

from armlet.conduct import commands as c
from armlet.conduct.commands import By, Command
from armlet.conduct.decide import Accepted, Refused
from armlet.conduct.door import Door
from armlet.conduct.roles import MAY
from armlet.conduct.rules.unblinding import GRANTED_BY
from armlet.conduct.state import Participant, TrialState, fold
from armlet.ledger import events as e
from armlet.ledger.stores.memory import MemoryStore
from armlet.protocol.load import load_protocol, read_protocol
from armlet.protocol.model import Protocol, Role
from armlet.units import Quantity

BASE = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"

ANSWERS: dict[str, str | bool | None] = {
    "sex": "female", "age": "34 a", "asthma": True, "asthma_found": "2018-06-01", "fev1": "2.1 L", "consented": True,
    "asthma_is_steady": True, "body_mass_index": "24.0 kg/m2", "last_attack": "2020-06-01", "cotinine": "3 nmol/L",
    "hiv": "negative", "pregnant": False, "could_become_pregnant": True, "contraception": True,
}  # fmt: skip
OPENED, CONSENTED, ENROLLED, BRUSHED, ASKED, GIVEN = (
    date(2021, 3, 1), date(2021, 3, 2), date(2021, 3, 5), date(2021, 3, 10), date(2021, 3, 11), date(2021, 4, 15),
)  # fmt: skip


@cache
def _breeze() -> Protocol:
    return load_protocol(BASE)


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), UTC)


class _Clock:
    def now(self) -> datetime:
        return datetime(2023, 1, 1, tzinfo=UTC)


class Life:
    """A trial at its door. Each step of a life is a method; `today` is when things happen."""

    answers = ANSWERS
    opened_on, consented_on, enrolled_on, brushed_on, asked_on, given_on = (
        OPENED, CONSENTED, ENROLLED, BRUSHED, ASKED, GIVEN,
    )  # fmt: skip

    def __init__(self, protocol: Protocol | None = None) -> None:
        self.protocol = protocol or _breeze()
        self.store = MemoryStore()
        self.door = Door(self.protocol, self.store, _Clock())
        self.now = at(OPENED)

    # --- Asking ---------------------------------------------------------------------------------------------------

    @property
    def state(self) -> TrialState:
        return self.door.state

    def one(self, participant: str = "P1") -> Participant:
        return self.state.participants[participant]

    def by(self, command: Command, role: Role | None = None) -> By:
        if isinstance(command, c.GrantWarrant):
            return By("Ada Example", role or GRANTED_BY[command.category], self.now, confirmed_by="a code")
        if isinstance(command, c.Delegate | c.EndDelegation):
            return By("Ada Example", role or Role.SPONSOR, self.now)
        return By("Ada Example", role or min(MAY[type(command)]), self.now)

    def does(self, *commands: Command) -> tuple[e.OpenEvent, ...]:
        """Asks for each, and fails where one is refused; the events of the last."""
        events: tuple[e.OpenEvent, ...] = ()
        for command in commands:
            decision = self.door.ask(command, self.by(command))
            assert isinstance(decision, Accepted), decision
            events = decision.events
        return events

    def refuses(
        self, command: Command, rule: str, words: str, *, role: Role | None = None, by: By | None = None
    ) -> None:
        """Asks, and fails unless the rule refuses with these words and nothing at all has moved."""
        head, before = self.store.head(), fold(self.store.read())
        decision = self.door.ask(command, by or self.by(command, role))
        assert isinstance(decision, Refused), decision
        said = {issue.rule: issue.message for issue in decision.issues}
        assert f"conduct/{rule}" in said, decision.issues
        assert words in said[f"conduct/{rule}"]
        assert all(issue.message and issue.where for issue in decision.issues)
        if isinstance(command, c.GrantWarrant):  # a refused attempt to learn an allocation is written, and nothing else
            added = [chained.event for chained in self.store.read(after=head.seq)]
            assert len(added) <= 1
            assert all(isinstance(event, e.UnblindingRefused) for event in added)
            return
        assert self.store.head() == head
        assert self.door.state == before == fold(self.store.read())

    # --- The steps of a life --------------------------------------------------------------------------------------

    def opens(self) -> Life:
        self.does(c.OpenTrial(simulated=True))
        return self

    def identifies(self, who: str = "P1") -> Life:
        if self.state.opened is None:
            self.opens()
        self.does(c.Identify(who, "harbour"))
        return self

    def consents(self, who: str = "P1") -> Life:
        self.identifies(who)
        self.now = at(CONSENTED)
        self.does(c.GiveConsent(who, "trial_consent", "1"))
        return self

    def screens(self, who: str = "P1", **changed: str | bool | None) -> Life:
        self.consents(who)
        self.does(c.Screen(who, {**ANSWERS, **changed}, self.now.date()))
        return self

    def holds(self, visit: str, on: date, who: str = "P1") -> Life:
        self.now = at(on)
        self.does(c.HoldVisit(who, visit, on))
        return self

    def weighs(self, visit: str, on: date, kilograms: str = "70.0", who: str = "P1") -> Life:
        self.holds(visit, on, who)
        self.does(c.RecordResult(who, visit, "scales", "weight", kilograms, "kg"))
        return self

    def enrols(self, who: str = "P1") -> Life:
        self.screens(who)
        self.now = at(ENROLLED)
        self.does(c.Enrol(who))
        return self

    def brushes(self, who: str = "P1") -> Life:
        self.enrols(who)
        self.holds("harvest", BRUSHED, who)
        self.does(c.DoActivity(who, "harvest", "brushing", BRUSHED))
        return self

    def asks(self, who: str = "P1") -> Life:
        self.brushes(who)
        self.now = at(ASKED)
        self.does(c.RequestRandomisation(who, f"R-{who}"))
        return self

    def randomises(self, who: str = "P1") -> Life:
        self.asks(who)
        self.does(c.ConfirmRandomisation(who, f"PREP-{who}", GIVEN))
        return self

    def releases(self, who: str = "P1", weight: str = "70.0 kg", volume: str = "26.5 mL") -> Life:
        self.randomises(who)
        self.weighs("infusion_day", GIVEN, who=who)
        release = c.ReleasePreparation(who, at(GIVEN, 14), Quantity.parse(weight), Quantity.parse(volume))
        self.does(release)
        self.now = at(GIVEN, 12)
        return self

    def given(self, who: str = "P1") -> c.Administer:
        """The infusion as it should be."""
        return c.Administer(
            participant=who,
            preparation=f"PREP-{who}",
            started=at(GIVEN, 10),
            stopped=at(GIVEN, 10, 40),
            volume=Quantity.parse("26.5 mL"),
            complete=True,
            checked_by=("Ada", "Bo"),
        )

    def gives(self, who: str = "P1") -> Life:
        self.releases(who)
        self.does(self.given(who))
        return self

    def ends(self, who: str = "P1") -> Life:
        self.gives(who)
        self.now = at(date(2022, 1, 20))
        self.does(c.EndFollowUp(who))
        return self

    def completes(self) -> Life:
        self.ends()
        self.does(c.Complete())
        return self

    def locks(self) -> Life:
        self.completes()
        self.does(c.Lock(("Dora", "Sam")))
        return self


@pytest.fixture(scope="session")
def breeze() -> Protocol:
    return _breeze()


@cache
def _harm() -> Protocol:
    text = BASE.read_text("utf-8")
    whole = text.replace("  follow_up: P9M\n", (BASE.parent / "safety.yaml").read_text("utf-8"))
    return read_protocol(whole, "base.yaml")[0]


@pytest.fixture(scope="session")
def harm_protocol() -> Protocol:
    """The neutral trial with every optional part of its section on safety: reporting, board, stopping, readings."""
    return _harm()


@pytest.fixture
def life() -> Life:
    """A trial that is not opened yet."""
    return Life()


@pytest.fixture
def make_life() -> Callable[[Protocol], Life]:
    """A trial of another protocol."""
    return Life
