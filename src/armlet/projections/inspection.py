"""Questions of an inspector, answered from the open strand: whose a slot is, what happened, who could see what and when.

All of it is for reading, and there is no arm in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from armlet.conduct.role_matrix import Act
from armlet.conduct.roles import may
from armlet.conduct.state import TrialState
from armlet.ledger import events as e
from armlet.ledger.entry import Chained
from armlet.projections.story import Told, tell
from armlet.protocol.model import Protocol, Role

_LOOKING = (e.WarrantGranted, e.AllocationRead, e.UnblindingRefused, e.UnblindingReported)


def until_day(entries: Iterable[Chained], day: date) -> tuple[Chained, ...]:
    """What was recorded by the end of a day (UTC, the clock of the ledger), so that it is a beginning of the strand."""
    found: list[Chained] = []
    for one in entries:
        if one.entry.recorded.astimezone(UTC).date() > day:
            break
        found.append(one)
    return tuple(found)


def holder_of_slot(state: TrialState, slot: int) -> str | None:
    """Whose a slot is by the order of the requests, which is that of the slots; None where nobody has asked so far.

    After a fallback on paper or a restore only the vault can say it for certain.
    """
    asked = list(state.requests)
    return asked[slot - 1] if 1 <= slot <= len(asked) else None


def story_of(entries: Sequence[Chained], participant: str) -> tuple[Told, ...]:
    """All that the open strand has about one participant, and about their preparation, in order."""
    return tuple(one for one in tell(entries) if one.participant == participant)


def who_looked(entries: Sequence[Chained], participant: str | None = None) -> tuple[Told, ...]:
    """Every warrant, reading, refused attempt and accident in order; of one participant, also those about everybody."""
    looking = {one.seq for one in entries if isinstance(one.event, _LOOKING)}
    return tuple(
        one for one in tell(entries) if one.entry in looking and participant in {None, one.participant or participant}
    )


@dataclass(frozen=True, slots=True)
class Period:
    """One person in one role, at one site or at all (None); `ended` None while it goes on."""

    person: str
    role: Role
    site: str | None
    began: datetime
    ended: datetime | None = None

    def covers(self, day: date) -> bool:
        """Whether it was in force at any time of that day."""
        return self.began.date() <= day and (self.ended is None or self.ended.date() >= day)


def list_periods(entries: Iterable[Chained]) -> tuple[Period, ...]:
    """Every delegation with its beginning and its end, in the order in which they began."""
    found: list[Period] = []
    for one in entries:
        event, at = one.event, one.entry.occurred
        if isinstance(event, e.Delegated | e.DelegationEnded):
            found = [_end(period, event.person, event.role, at) for period in found]
        if isinstance(event, e.Delegated):
            found.append(Period(event.person, event.role, event.site, at))
    return tuple(found)


def _end(period: Period, person: str, role: Role, at: datetime) -> Period:
    if (period.person, period.role) != (person, role) or period.ended is not None:
        return period
    return Period(period.person, period.role, period.site, period.began, at)


@dataclass(frozen=True, slots=True)
class Access:
    """Whether a role could read a thing on a day, under which conditions, and who worked in that role then."""

    role: Role
    granted: bool
    conditions: tuple[str, ...]
    only: str
    people: tuple[Period, ...]


def who_could_see(protocol: Protocol, entries: Sequence[Chained], thing: str, day: date) -> Iterator[Access]:
    """Every role with its right to read an object of the role matrix on a day, by matrix, protocol, delegations and lock.

    A right that begins with the lock counts from the day of the lock. Without a delegation log nobody is named.
    """
    known = [one for one in entries if one.entry.occurred.date() <= day]
    is_locked = any(isinstance(one.event, e.DatabaseLocked) for one in known)
    periods = [one for one in list_periods(entries) if one.covers(day)]
    for role in Role:
        permission = may(protocol, role, thing, Act.READ, locked=is_locked)
        people = tuple(one for one in periods if one.role is role) if permission.granted else ()
        conditions = tuple(one.value.replace("_", " ") for one in permission.conditions)
        yield Access(role, permission.granted, conditions, permission.only, people)
