"""Where the consents stand: the texts and their lives, and for each participant what was signed, asked and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import assert_never

from armlet.ledger import consent_events as ce
from armlet.ledger import events as e
from armlet.ledger.consent_events import ConsentEvent, Kept, WithdrawalScope
from armlet.ledger.course_events import AmendmentAdopted
from armlet.ledger.entry import Chained


class Stage(StrEnum):
    """How far a text has come; whether it is in use, or superseded, is a question of site and day."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"


TextKey = tuple[str, str, str]
"""Form, version, language."""


@dataclass(slots=True)
class ConsentText:
    """One text of a consent. `begins` and `grace` are by site: from when it is used, and how long the one before is."""

    form: str
    version: str
    language: str
    document: str
    elements: dict[str, str]
    stage: Stage = Stage.DRAFT
    approved_on: date | None = None
    begins: dict[str, date] = field(default_factory=dict)
    grace: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Given:
    """One signature: of which form in which version, when, on which text, by whom where not by the participant."""

    form: str
    version: str
    at: datetime
    language: str = ""
    document: str = ""
    signed_by: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A participant is asked to consent to a new version of a form by a day."""

    form: str
    version: str
    asked: date
    due: date
    may_refuse: bool
    protocol_version: str
    refused: bool = False


@dataclass(slots=True)
class ConsentsOf:
    """The consents of one participant, and what was taken back. `withdrawn` has the day of each scope, for ever.

    `asked` has what is still open or was refused; a consent to the new version takes it out.
    """

    given: list[Given] = field(default_factory=list)
    copies: dict[str, date] = field(default_factory=dict)
    options: dict[str, bool] = field(default_factory=dict)
    competence: ce.CompetenceAssessed | None = None
    doubted: str = ""
    revoked: str = ""
    """The form that a treating physician took back and that waits for a review; empty where none does."""
    reviews: list[ce.MedicalReviewed] = field(default_factory=list)
    asked: dict[str, Asked] = field(default_factory=dict)
    withdrawn: dict[WithdrawalScope, datetime] = field(default_factory=dict)
    discontinued: str = ""
    attempts: list[ce.ContactAttempted] = field(default_factory=list)
    records: list[ce.RecordsReviewed] = field(default_factory=list)
    destroyed: dict[Kept, ce.DestructionCertified] = field(default_factory=dict)
    first_procedure: datetime | None = None

    def attempts_in_vain(self) -> int:
        """How often nobody was reached since somebody was last."""
        reached = [number for number, one in enumerate(self.attempts, start=1) if one.reached]
        return len(self.attempts) - max(reached, default=0)


@dataclass(slots=True)
class ConsentState:
    """All texts, and the consents of everybody by participant."""

    texts: dict[TextKey, ConsentText] = field(default_factory=dict)
    of: dict[str, ConsentsOf] = field(default_factory=dict)
    newest: AmendmentAdopted | None = None
    """The newest amendment that changed a consent."""

    def of_participant(self, participant: str) -> ConsentsOf:
        """The consents of a participant; empty ones where nothing was recorded yet."""
        return self.of.get(participant) or ConsentsOf()

    def in_use(self, form: str, site: str, on: date) -> Iterator[ConsentText]:
        """The texts of a form that may be signed at a site on a day, one for each language, or two within a grace."""
        for text in self.texts.values():
            if text.form == form and self.may_be_signed(text, site, on):
                yield text

    def may_be_signed(self, text: ConsentText, site: str, on: date) -> bool:
        """Whether the site uses the text on that day, or did just before and the grace has not run out."""
        begins = text.begins.get(site)
        if begins is None or begins > on:
            return False
        last = self.last_day(text, site)
        return last is None or on <= last

    def last_day(self, text: ConsentText, site: str) -> date | None:
        """The last day on which a site may have it signed; None while nothing has superseded it."""
        begun = self._first_days(text.form, site)
        own = begun.get(text.version)
        after = [first for first in begun.values() if own is not None and first > own]
        if not after:
            return None
        day, grace = min(after)
        return day + timedelta(days=grace - 1)

    def _first_days(self, form: str, site: str) -> dict[str, tuple[date, int]]:
        """When each version was first in use at a site, with its grace: in any language, so that none lags behind."""
        begun: dict[str, tuple[date, int]] = {}
        for text in self.texts.values():
            if text.form == form and site in text.begins:
                first = (text.begins[site], text.grace[site])
                begun[text.version] = min(begun.get(text.version, first), first)
        return begun


def apply(state: ConsentState, event: ConsentEvent, chained: Chained) -> None:
    """Brings the state up to an event of this topic."""
    match event:
        case ce.ConsentDocumentDrafted():
            key = (event.form, event.form_version, event.language)
            state.texts[key] = ConsentText(*key, event.document, dict(event.elements))
        case ce.ConsentDocumentSubmitted():
            _text(state, event).stage = Stage.SUBMITTED
        case ce.ConsentDocumentApproved():
            text = _text(state, event)
            text.stage, text.approved_on = Stage.APPROVED, event.on
        case ce.ConsentDocumentEffective():
            text = _text(state, event)
            text.begins[event.site], text.grace[event.site] = event.begins, event.grace_days
        case _:
            _apply_to_one(state.of.setdefault(event.participant, ConsentsOf()), event)


def _text(state: ConsentState, event: ce.OfDocument) -> ConsentText:
    return state.texts[event.form, event.form_version, event.language]


_OfOne = (
    ce.ConsentCopyIssued
    | ce.CompetenceAssessed
    | ce.CompetenceDoubted
    | ce.PhysicianConsentRevoked
    | ce.MedicalReviewed
    | ce.ReconsentRefused
    | ce.Returned
    | ce.InterventionDiscontinued
    | ce.Died
    | ce.ContactAttempted
    | ce.RecordsReviewed
    | ce.DestructionCertified
)


def _apply_to_one(one: ConsentsOf, event: _OfOne) -> None:
    match event:
        case ce.ConsentCopyIssued():
            one.copies[event.form] = event.on
        case ce.CompetenceAssessed():
            one.competence, one.doubted = event, ""
        case ce.CompetenceDoubted():
            one.doubted = event.why
        case ce.PhysicianConsentRevoked():
            one.revoked = event.form
        case ce.MedicalReviewed():
            one.reviews.append(event)
            one.revoked = ""
            if event.outcome is ce.ReviewOutcome.STOPS_INTERVENTION:
                one.discontinued = event.why
        case ce.ReconsentRefused():
            asked = one.asked[event.form]
            one.asked[event.form] = Asked(
                asked.form,
                asked.version,
                asked.asked,
                asked.due,
                asked.may_refuse,
                asked.protocol_version,
                refused=True,
            )
        case ce.Returned():
            one.withdrawn = {scope: at for scope, at in one.withdrawn.items() if scope not in event.scopes}
        case ce.InterventionDiscontinued():
            one.discontinued = event.why
        case ce.ContactAttempted():
            one.attempts.append(event)
        case ce.RecordsReviewed():
            one.records.append(event)
        case ce.DestructionCertified():
            one.destroyed[event.of] = event
        case ce.Died():
            pass  # a matter of the participant's own state
        case _:
            assert_never(event)


def note_consent(state: ConsentState, event: e.Consented, at: datetime) -> bool:
    """A consent was signed. Whether everything that this participant was asked for is now settled."""
    one = state.of.setdefault(event.participant, ConsentsOf())
    one.given.append(
        Given(event.form, event.form_version, at, event.language or "", event.document or "", event.signed_by or "")
    )
    one.options |= event.options or {}
    if one.revoked == event.form:
        one.revoked = ""
    asked = one.asked.get(event.form)
    newest = state.newest
    if asked is not None and asked.version == event.form_version:
        del one.asked[event.form]
    elif newest is not None and newest.forms.get(event.form, event.form_version) != event.form_version:
        one.asked[event.form] = _ask(newest, event.form, at.date())
    return not one.asked


def note_amendment(state: ConsentState, event: AmendmentAdopted, day: date) -> None:
    """Those who are affected are asked anew, for each form that changed."""
    if event.forms:
        state.newest = event
    for participant in event.asks:
        one = state.of.setdefault(participant, ConsentsOf())
        one.asked |= {form: _ask(event, form, day) for form in event.forms}


def _ask(amendment: AmendmentAdopted, form: str, day: date) -> Asked:
    return Asked(form, amendment.forms[form], day, amendment.due, amendment.may_refuse, amendment.protocol_version)


def note_withdrawal(state: ConsentState, event: e.Withdrawn, at: datetime) -> None:
    """What was taken back, and when; the first time counts."""
    one = state.of.setdefault(event.participant, ConsentsOf())
    for scope in event.scopes:
        one.withdrawn.setdefault(scope, at)


def note_procedure(state: ConsentState, event: e.ActivityDone, at: datetime) -> None:
    """The moment of the first procedure, where the entry is of the day itself and so has its time."""
    one = state.of.setdefault(event.participant, ConsentsOf())
    if event.on == at.date() and (one.first_procedure is None or at < one.first_procedure):
        one.first_procedure = at
