"""The neutral example trial with checks, critical weights and a lock that waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from armlet.conduct import commands as c
from armlet.conduct.commands import By
from armlet.conduct.data import commands as k
from armlet.conduct.decide import Accepted
from armlet.ledger.data_events import Meaning
from armlet.protocol.model import Protocol, Role

ASSUMED = {"assumed": {"because": "invented for the tests", "confirm": "the data manager"}}
CHECKS: tuple[Mapping[str, Any], ...] = (
    {
        "id": "weight_jumps", "source": ASSUMED, "asks": "Is this weight right?",
        "compared": [{"id": "weight_change", "is": "change in percent", "measure": "weight", "since": "earlier"}],
        "rule": {"all": [
            {"compare": {"measure": "weight_change", "is": "<=", "value": "20 %"}},
            {"compare": {"measure": "weight_change", "is": ">=", "value": "-20 %"}},
        ]},
    },
    {
        "id": "reliever_high", "source": ASSUMED, "asks": "So much reliever in a day?", "visits": ["screening", "month_3"],
        "rule": {"compare": {"measure": "reliever", "is": "<=", "value": "1600 ug/d"}},
    },
    {
        "id": "light_with_high_index", "source": ASSUMED, "asks": "Do weight and body mass index belong together?",
        "rule": {"not": {"all": [
            {"compare": {"measure": "weight", "is": "<", "value": "50 kg"}},
            {"compare": {"measure": "body_mass_index", "is": ">", "value": "40 kg/m2"}},
        ]}},
    },
    {
        "id": "harvest_after_screening", "source": ASSUMED, "asks": "Was the harvest before the screening?",
        "visits": ["harvest"],
        "compared": [{"id": "days_since_screening", "is": "days since", "since": "screening"}],
        "rule": {"compare": {"measure": "days_since_screening", "is": ">=", "value": "0 d"}},
    },
    {"id": "fev1_there", "source": ASSUMED, "asks": "Why is there no FEV1?", "required": ["fev1"]},
)  # fmt: skip


def managed(protocol: Protocol, **section: object) -> Protocol:
    """The trial with the checks above and this `data_management`."""
    plain = protocol.model_dump(mode="json", by_alias=True, exclude_none=True)
    plain |= {"edit_checks": list(CHECKS), "data_management": {"source": ASSUMED, "signature_policy": "2", **section}}
    return Protocol.from_plain(plain)


def by(who: str, role: Role, at: datetime, factor: str | None = None) -> By:
    return By(who, role, at, confirmed_by=factor)


class DataLife:
    """A life in which it matters who asks."""

    def __init__(self, life: Any) -> None:
        self.life = life

    @property
    def state(self) -> Any:
        return self.life.state

    def asks(self, command: c.Command, who: str = "Bo Nurse", role: Role = Role.SITE_COORDINATOR) -> Any:
        factor = "a code" if isinstance(command, k.Sign) else None
        return self.life.door.ask(command, by(who, role, self.life.now, factor))

    def does(self, command: c.Command, who: str = "Bo Nurse", role: Role = Role.SITE_COORDINATOR) -> int:
        """Asks, fails where it is refused, and answers with the number of the first new entry."""
        first = self.state.head.seq + 1
        decision = self.asks(command, who, role)
        assert isinstance(decision, Accepted), decision
        return first

    def refuses(self, command: c.Command, who: str = "Bo Nurse", role: Role = Role.SITE_COORDINATOR) -> list[str]:
        """The rules that refuse; fails where anything was written."""
        before = self.state.head
        decision = self.asks(command, who, role)
        assert not isinstance(decision, Accepted), decision
        assert self.state.head == before
        return [issue.rule.removeprefix("conduct/") for issue in decision.issues]

    def manager(self, command: c.Command) -> int:
        return self.does(command, "Dora Data", Role.DATA_MANAGER)

    def monitor(self, command: c.Command) -> int:
        return self.does(command, "Mo Monitor", Role.MONITOR)

    def signs(self, command: k.Sign, who: str = "Ada Example") -> int:
        if not self.state.data.policies:
            self.does(k.AcceptSignaturePolicy("2"), who, Role.INVESTIGATOR)
        return self.does(command, who, Role.INVESTIGATOR)

    def casebook(self, participant: str = "P1") -> int:
        return self.signs(k.Sign(participant, Meaning.APPROVAL))

    def on(self, day: date) -> DataLife:
        self.life.now = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        return self


@pytest.fixture
def make_data_life(breeze: Protocol, make_life: Callable[[Protocol], Any]) -> Callable[..., DataLife]:
    """A trial with edit checks, and this `data_management`."""
    return lambda **section: DataLife(make_life(managed(breeze, **section)))


@pytest.fixture
def data_life(make_data_life: Callable[..., DataLife]) -> DataLife:
    """A trial with edit checks and nothing else that waits."""
    return make_data_life()
