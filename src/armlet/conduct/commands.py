"""What people ask of a trial: wishes in the field's words, which `decide` answers with events or a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from armlet.conduct.blinding.commands import BlindingCommand
from armlet.conduct.consent.commands import ConsentCommand
from armlet.conduct.course.commands import CourseCommand
from armlet.conduct.data.commands import DataCommand
from armlet.conduct.intake.commands import ImportResults
from armlet.conduct.safety.commands import SafetyCommand
from armlet.ledger.events import (
    GuessOccasion,
    LearntHow,
    MissingReason,
    NeutralReason,
    Seriousness,
    StopReason,
    UnblindingCategory,
    WithdrawalScope,
)
from armlet.protocol.model import Role
from armlet.units import Quantity


@dataclass(frozen=True, slots=True)
class By:
    """Who asks, in which role, when it happened (with its zone), and why where a reason is needed.

    `key` is chosen by whoever asks, one for each act: the same asked again under the same key is answered as before and
    not done twice. `confirmed_by` says how a second factor was given (never the factor), where one was.
    """

    actor: str
    role: Role
    occurred: datetime
    reason: str | None = None
    key: str | None = None
    confirmed_by: str | None = None


@dataclass(frozen=True, slots=True)
class OpenTrial:
    """Begin the ledger, adopt the protocol and open recruitment."""

    simulated: bool


@dataclass(frozen=True, slots=True)
class CommitAllocation:
    """Publish the digest that binds the sealed seed and scheme, before anybody consents; and the sealing key with it."""

    commitment: str
    sealing_key: str | None = None


@dataclass(frozen=True, slots=True)
class PublishSealingKey:
    """Publish what results and guesses that could tell the arm are sealed with, before anybody consents."""

    key: str


@dataclass(frozen=True, slots=True)
class ReleaseWords:
    """Let everybody read words of entry `of` that were held, by field: whole, or with words taken out."""

    of: int
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Suspend:
    """Stop enrolment, allocation and administration for now."""

    because: StopReason
    why: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on after a suspension."""

    why: str


@dataclass(frozen=True, slots=True)
class Terminate:
    """Stop the trial early, for good."""

    because: StopReason
    why: str


@dataclass(frozen=True, slots=True)
class Complete:
    """The last participant's last visit is over."""


@dataclass(frozen=True, slots=True)
class Lock:
    """Let no result change from here on; two people agree."""

    agreed_by: tuple[str, str]


@dataclass(frozen=True, slots=True)
class GrantWarrant:
    """Let somebody learn one allocation, or all of them after the lock.

    For the safety board `warrant` is the number of its report. `override` says why somebody unblinds two participants
    within minutes; `agreed_by` are the two people of a planned unblinding. In a `drill` nobody's arm is learnt.
    """

    warrant: str
    participant: str | None
    category: UnblindingCategory
    why: str
    to: str
    drill: bool = False
    override: str | None = None
    agreed_by: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class RecordRead:
    """What a warrant covers is about to be shown to the person whom it names."""

    warrant: str
    reader: str


@dataclass(frozen=True, slots=True)
class ReportUnblinding:
    """Somebody learnt, or may have learnt, an allocation by accident; the details are in the box and nowhere else."""

    participant: str
    who: str
    who_works_as: Role
    how: LearntHow
    on: date
    box: str | None = None


@dataclass(frozen=True, slots=True)
class Redact:
    """Take the words of these fields out of entry `of`; two people agree. `kept` is the digest of what is left.

    `armlet.conduct.redaction.prepare` makes it from the strand.
    """

    of: int
    fields: tuple[str, ...]
    kept: str
    why: str
    agreed_by: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Delegate:
    """Let a person work in a role: at one site, or at all of them where no site is named."""

    person: str
    role: Role
    site: str | None = None


@dataclass(frozen=True, slots=True)
class EndDelegation:
    """Let a person no longer work in a role."""

    person: str
    role: Role
    why: str


@dataclass(frozen=True, slots=True)
class Identify:
    """Give a person a participant number at a site."""

    participant: str
    site: str


@dataclass(frozen=True, slots=True)
class GiveConsent:
    """Record a consent of the protocol.

    `language` and `document` say which text was signed; `signed_by`, `licence` and `relation` who signed, where it is not
    the participant; `identity` how the person's identity was checked; `options` what else was agreed to, or not.
    """

    participant: str
    form: str
    form_version: str
    language: str | None = None
    document: str | None = None
    options: Mapping[str, bool] | None = None
    identity: str | None = None
    signed_by: str | None = None
    licence: str | None = None
    relation: str | None = None


@dataclass(frozen=True, slots=True)
class Screen:
    """Answer the criteria's measures; the verdict is computed. `reference` is the day times are counted back from."""

    participant: str
    answers: Mapping[str, str | bool | None]
    reference: date


@dataclass(frozen=True, slots=True)
class Rescreen:
    """Screen a participant who failed once more, under the same number."""

    participant: str
    why: str


@dataclass(frozen=True, slots=True)
class Enrol:
    """Take an eligible participant into the trial."""

    participant: str


@dataclass(frozen=True, slots=True)
class CertifyProduct:
    """The participant's product may be given until it expires; asked for before anybody's arm is drawn."""

    participant: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class RequestRandomisation:
    """Ask for an allocation; the same `request` twice is the same wish.

    `levels` is what whoever asks was shown of the factors and confirmed, by factor; None in a trial without factors.
    """

    participant: str
    request: str
    levels: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ConfirmRandomisation:
    """The allocator's answer: an allocation exists, and the preparation has this neutral number."""

    participant: str
    preparation: str
    due: date


@dataclass(frozen=True, slots=True)
class MovePreparation:
    """The preparation will be ready on another day."""

    participant: str
    due: date
    because: NeutralReason


@dataclass(frozen=True, slots=True)
class ReleasePreparation:
    """The preparation may be given until it expires; the volume was drawn up for this weight."""

    participant: str
    expires: datetime
    weight: Quantity | None = None
    volume: Quantity | None = None
    weight_from: Quantity | None = None
    weight_to: Quantity | None = None


@dataclass(frozen=True, slots=True)
class Administer:
    """The preparation was given; two people checked at the bedside that it is this participant's."""

    participant: str
    preparation: str
    started: datetime
    stopped: datetime
    volume: Quantity | None
    complete: bool
    checked_by: tuple[str, str]


@dataclass(frozen=True, slots=True)
class CancelAdministration:
    """The preparation will not be given."""

    participant: str
    because: NeutralReason


@dataclass(frozen=True, slots=True)
class HoldVisit:
    """A visit of the schedule took place."""

    participant: str
    visit: str
    on: date


@dataclass(frozen=True, slots=True)
class MissVisit:
    """A visit of the schedule did not take place and will not."""

    participant: str
    visit: str
    why: str


@dataclass(frozen=True, slots=True)
class HoldUnscheduledVisit:
    """A visit that the schedule does not know took place."""

    participant: str
    on: date
    why: str


@dataclass(frozen=True, slots=True)
class DoActivity:
    """A procedure of a visit was done."""

    participant: str
    visit: str
    activity: str
    on: date


@dataclass(frozen=True, slots=True)
class RecordResult:
    """One value as reported. `confirmed`: it lies outside the plausible range and was checked against its source."""

    participant: str
    visit: str
    activity: str
    measure: str
    value: str
    unit: str
    sample: str = ""
    actual: str = ""
    below: bool = False
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class RecordMissing:
    """A value that the protocol asks for is not there."""

    participant: str
    visit: str
    activity: str
    measure: str
    because: MissingReason
    sample: str = ""


@dataclass(frozen=True, slots=True)
class CorrectResult:
    """The value of entry `of` was wrong."""

    of: int
    value: str
    unit: str
    why: str
    below: bool = False
    confirmed: bool = False


class Certainty(StrEnum):
    """How sure somebody is of a guess, as the forms of Bang, Ni and Davis 2004 ask it."""

    STRONGLY = "strongly believes"
    SOMEWHAT = "somewhat believes"


DOES_NOT_KNOW: Final = "don't know"
"""The guess of somebody who names no arm."""


@dataclass(frozen=True, slots=True)
class GiveGuess:
    """Which arm somebody believes the participant is in: an arm of the protocol, or `DOES_NOT_KNOW` without certainty.

    `of` is the role that is asked, `who` the person ("" for the participant, who is asked by the site's staff).
    """

    participant: str
    of: Role
    occasion: GuessOccasion
    guess: str
    certainty: Certainty | None = None
    because: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class ReportAdverseEvent:
    """An adverse event in the reporter's words; `grade` is None where the scale cannot grade it."""

    participant: str
    term: str
    onset: date
    ended: date | None = None
    grade: int | None = None
    serious: tuple[Seriousness, ...] = ()
    related_to: tuple[str, ...] = ()
    expected: bool | None = None


@dataclass(frozen=True, slots=True)
class RecordDeviation:
    """Something was not done as the protocol says."""

    participant: str
    what: str
    on: date


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The participant takes back agreement to what is named."""

    participant: str
    scopes: tuple[WithdrawalScope, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class LoseToFollowUp:
    """The participant cannot be reached any more."""

    participant: str
    attempts: int


@dataclass(frozen=True, slots=True)
class EndFollowUp:
    """The participant's last visit is over."""

    participant: str


Command = (
    OpenTrial
    | CommitAllocation
    | PublishSealingKey
    | ReleaseWords
    | Suspend
    | Resume
    | Terminate
    | Complete
    | Lock
    | GrantWarrant
    | Redact
    | RecordRead
    | ReportUnblinding
    | Delegate
    | EndDelegation
    | Identify
    | GiveConsent
    | Screen
    | Rescreen
    | Enrol
    | CertifyProduct
    | RequestRandomisation
    | ConfirmRandomisation
    | MovePreparation
    | ReleasePreparation
    | Administer
    | CancelAdministration
    | HoldVisit
    | MissVisit
    | HoldUnscheduledVisit
    | DoActivity
    | RecordResult
    | RecordMissing
    | CorrectResult
    | GiveGuess
    | ReportAdverseEvent
    | RecordDeviation
    | Withdraw
    | LoseToFollowUp
    | EndFollowUp
    | SafetyCommand
    | DataCommand
    | ConsentCommand
    | CourseCommand
    | BlindingCommand
    | ImportResults
)
