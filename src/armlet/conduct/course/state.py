"""Where the course of the trial stands: papers, sites, the registry, versions of the protocol, an early end."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import assert_never

from armlet.ledger import course_events as ce
from armlet.ledger.course_events import CourseEvent
from armlet.ledger.entry import Chained


@dataclass(frozen=True, slots=True)
class Adopted:
    """A version of the protocol that came into force by an amendment, and when."""

    event: ce.AmendmentAdopted
    on: date


@dataclass(slots=True)
class CourseState:
    """What was filed, posted and sent."""

    documents: list[ce.DocumentFiled] = field(default_factory=list)
    signatures: list[ce.ProtocolSigned] = field(default_factory=list)
    sites: dict[str, date] = field(default_factory=dict)
    posted: list[ce.RegistryPosted] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    """The versions of the protocol that were in force, the first one first."""
    amendments: list[Adopted] = field(default_factory=list)
    in_error: dict[str, date] = field(default_factory=dict)
    care_plans: dict[str, str] = field(default_factory=dict)
    follow_up_until: date | None = None
    notices: list[ce.NoticeSent] = field(default_factory=list)
    disclosed: dict[str, date] = field(default_factory=dict)
    identities: ce.IdentitiesStated | None = None


def apply(state: CourseState, event: CourseEvent, chained: Chained) -> None:
    """Brings the state up to an event of this topic."""
    match event:
        case ce.DocumentFiled():
            state.documents.append(event)
        case ce.ProtocolSigned():
            state.signatures.append(event)
        case ce.SiteOpened():
            state.sites[event.site] = event.on
        case ce.RegistryPosted():
            state.posted.append(event)
        case ce.AmendmentAdopted():
            state.amendments.append(Adopted(event, chained.entry.occurred.date()))
        case ce.FollowUpLimited():
            state.follow_up_until = event.until
        case ce.NoticeSent():
            state.notices.append(event)
        case ce.IdentitiesStated():
            state.identities = event
        case _:
            _apply_to_one(state, event, chained)


def _apply_to_one(
    state: CourseState,
    event: ce.RandomisedInError | ce.CarePlanRecorded | ce.DisclosureIssued,
    chained: Chained,
) -> None:
    match event:
        case ce.RandomisedInError():
            state.in_error[event.participant] = chained.entry.occurred.date()
        case ce.CarePlanRecorded():
            state.care_plans[event.participant] = event.what
        case ce.DisclosureIssued():
            state.disclosed[event.participant] = event.on
        case _:
            assert_never(event)
