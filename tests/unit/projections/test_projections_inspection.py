from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from armlet.ledger.entry import GENESIS, Chained, Entry, chain
from armlet.ledger.events import Delegated, DelegationEnded, OpenEvent, RecruitmentSuspended, StopReason
from armlet.projections.inspection import list_periods, who_could_see
from armlet.projections.story import tell
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Role

BASE = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"


def strand(*days_and_events: tuple[int, OpenEvent]) -> list[Chained]:
    entries: list[Chained] = []
    for day, event in days_and_events:
        at = datetime(2021, 5, day, 9, tzinfo=UTC)
        entry = Entry(
            seq=len(entries) + 1, occurred=at, recorded=at, actor="Ada Example", role=Role.SPONSOR, protocol="sha256:0",
            event=event, previous=entries[-1].digest if entries else GENESIS,
        )  # fmt: skip
        entries.append(chain(entry))
    return entries


LOG = strand(
    (3, Delegated(person="Cora Example", role=Role.MONITOR)),
    (5, DelegationEnded(person="Cora Example", role=Role.MONITOR, why="moved")),
    (7, Delegated(person="Cora Example", role=Role.MONITOR)),
)


def test_a_delegation_that_ended_and_began_again_is_two_periods() -> None:
    assert [(one.began.day, one.ended.day if one.ended else None) for one in list_periods(LOG)] == [(3, 5), (7, None)]


def test_somebody_could_see_a_thing_only_on_the_days_of_their_delegation() -> None:
    protocol = load_protocol(BASE)
    seen = {
        day: [
            period.person
            for one in who_could_see(protocol, LOG, "audit_trail", date(2021, 5, day))
            if one.role is Role.MONITOR
            for period in one.people
        ]
        for day in (2, 3, 5, 6, 7)
    }

    assert seen == {2: [], 3: ["Cora Example"], 5: ["Cora Example"], 6: [], 7: ["Cora Example"]}


def test_an_entry_is_told_as_a_sentence() -> None:
    told = list(tell(strand((3, RecruitmentSuspended(because=StopReason.PRODUCT, why="The incubator failed.")))))

    assert told[0].sentence() == (
        "2021-05-03 09:00 recruitment suspended: because product or manufacturing; why The incubator failed. "
        "By Ada Example (sponsor), entry 1."
    )
