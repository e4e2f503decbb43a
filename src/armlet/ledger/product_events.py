"""What can happen to the cell product, from donor to bedside: the third family of events, of the product strand alone.

What only some arms have stands here and nowhere else: cultures, lots, tests, which bag went to whom. A record of the cell
laboratory or the pharmacist *is* the event that they ask for; what follows from it (a verdict, a recall, a quarantine, a
near miss) is written by the program beside it and can be asked for by nobody. None prints its contents.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from armlet.document import Document
from armlet.ledger.event import Moment, ParticipantId
from armlet.protocol.criteria import Name
from armlet.units import Quantity

Mark = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Za-z0-9./-]{0,39}$")]
"""A number that people stick on a thing: a donor, a container, a lot, a culture, a supply, a preparation."""
Donation = Annotated[str, Field(pattern=r"^[A-NP-Z1-9][A-NP-Z0-9]{2}[0-9]{10}$")]
"""A donation identification number: the 13 characters that are unique; flags and the check character are no part of it."""
Text = Annotated[str, Field(min_length=1, max_length=200)]
Hash = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Contents = Literal["product", "sham"]
LotKind = Literal["bank", "product", "vehicle", "decoy"]
Leftover = Literal["residual", "wasted", "retained", "returned"]


class _OfProduct(Document):
    """Base of the events of the product strand; they never print their contents, plainly or prettily."""

    version: Literal[1] = 1

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: not shown>"

    __str__ = __repr__

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        return iter(())


class Portion(_OfProduct):
    """So much of one container, by volume."""

    container: Mark
    volume: Quantity


# --- The strand, supplies -------------------------------------------------------------------------------------------


class ProductStrandOpened(_OfProduct):
    """The strand begins."""

    kind: Literal["product strand opened"] = "product strand opened"
    trial: Name
    simulated: bool


class SupplyReceived(_OfProduct):
    """A lot of a reagent, a kit, a bag or a vehicle arrived; `batch` is its maker's number, `certificate` what the
    maker said of it."""

    kind: Literal["supply received"] = "supply received"
    supply: Mark
    what: Text
    supplier: Text
    batch: Text
    expires: Moment
    certificate: Text | None = None


class SupplyRecalled(_OfProduct):
    """Something is wrong with a supply lot: nothing more is made with it, and what was made with it is looked for."""

    kind: Literal["supply recalled"] = "supply recalled"
    supply: Mark
    why: Text


# --- Donors ---------------------------------------------------------------------------------------------------------


class DonorRegistered(_OfProduct):
    """A donor: another person, or the participant who gives their own cells, and then `participant` says who."""

    kind: Literal["donor registered"] = "donor registered"
    donor: Mark
    participant: ParticipantId | None = None


class DonorConsented(_OfProduct):
    """The donor's own consent, in a version, and what may become of what is left over."""

    kind: Literal["donor consented"] = "donor consented"
    donor: Mark
    consent_version: Text
    allows: tuple[Literal["use", "retention", "destruction", "notification"], ...]


class DonorConsentWithdrawn(_OfProduct):
    """The donor withdrew: nothing more is collected or grown. What was given to somebody cannot be taken back."""

    kind: Literal["donor consent withdrawn"] = "donor consent withdrawn"
    donor: Mark
    why: Text | None = None


class DonorScreened(_OfProduct):
    """One part of a donor's screening was done; `history` has the findings of it that ask for more tests."""

    kind: Literal["donor screened"] = "donor screened"
    donor: Mark
    part: Name
    on: date
    history: tuple[Name, ...] | None = None


class DonorTested(_OfProduct):
    """One result of one donor test: when its sample was taken, and whether the kit is licensed for screening donors."""

    kind: Literal["donor tested"] = "donor tested"
    donor: Mark
    test: Name
    result: Literal["negative", "positive", "indeterminate"]
    sampled: date
    kit_licensed: bool
    reviewed_by: Text
    hours_since_colloid: int | None = Field(default=None, ge=0)
    hours_since_crystalloid: int | None = Field(default=None, ge=0)
    dilution_adequate: bool | None = None


class DonorDetermined(_OfProduct):
    """A responsible person determined whether the donor is eligible, by a named version of a set of rules.

    Where the protocol names rule sets, the outcome is what they say of what is recorded. `risk_accepted` is the outcome
    of a risk assessment, where one was needed.
    """

    kind: Literal["donor determined"] = "donor determined"
    donor: Mark
    outcome: Literal["eligible", "ineligible", "incomplete", "needs risk assessment", "not required"]
    rules: Text
    label: tuple[Text, ...] = ()
    risk_accepted: bool | None = None


class DonorReported(_OfProduct):
    """Something was learned of a donor afterwards; everybody who got their cells is looked for."""

    kind: Literal["donor reported"] = "donor reported"
    donor: Mark
    what: Text


# --- Collection, custody --------------------------------------------------------------------------------------------


class Collected(_OfProduct):
    """Cells or tissue were taken from a donor into a container that is numbered at the bedside, seen by two people."""

    kind: Literal["collected"] = "collected"
    donation: Donation
    donor: Mark
    container: Mark
    volume: Quantity
    started: Moment
    stopped: Moment
    verified_by: Text
    party: Text
    donor_weight: Quantity | None = None
    supplies: tuple[Mark, ...] = ()


class HandedOver(_OfProduct):
    """Containers went from one party to another, each with a named person; the temperatures are those of the logger.

    `storage` names the way of keeping it, of the protocol, whose temperatures they are held against.
    """

    kind: Literal["handed over"] = "handed over"
    containers: tuple[Mark, ...] = Field(min_length=1)
    from_party: Text
    to_party: Text
    given_by: Text
    taken_by: Text
    place: Text
    storage: Name | None = None
    coldest: Quantity | None = None
    warmest: Quantity | None = None
    logger: Hash | None = None
    seal: Text | None = None


class StabilityDecided(_OfProduct):
    """Somebody decided, on evidence, whether quarantined containers may still be used."""

    kind: Literal["stability decided"] = "stability decided"
    containers: tuple[Mark, ...] = Field(min_length=1)
    decision: Literal["usable", "rejected"]
    evidence: Text


class CollectionReceived(_OfProduct):
    """The laboratory scanned what came and found it whole, or not."""

    kind: Literal["collection received"] = "collection received"
    container: Mark
    scanned: Text
    intact: bool
    verified_by: Text
    cells: Quantity | None = None
    viability: Quantity | None = None


# --- Making ---------------------------------------------------------------------------------------------------------


class CultureStarted(_OfProduct):
    """A culture was begun from portions of containers: a collection, or vials of a bank. `seeded` is in cells."""

    kind: Literal["culture started"] = "culture started"
    culture: Mark
    taken: tuple[Portion, ...] = Field(min_length=1)
    seeded: Quantity
    verified_by: Text
    supplies: tuple[Mark, ...] = ()


class CulturePassaged(_OfProduct):
    """One passage: the viable cells seeded and harvested, from which the population doublings are computed."""

    kind: Literal["culture passaged"] = "culture passaged"
    culture: Mark
    passage: int = Field(ge=0, le=99)
    seeded: Quantity
    harvested: Quantity
    verified_by: Text
    viability: Quantity | None = None
    supplies: tuple[Mark, ...] = ()


class CultureEnded(_OfProduct):
    """A culture was given up."""

    kind: Literal["culture ended"] = "culture ended"
    culture: Mark
    why: Text


class LotFilled(_OfProduct):
    """A lot was filled into containers. The harvest is all there: in containers, in samples for tests, or wasted.

    A vehicle has neither cultures nor donors; a decoy is paper that keeps the dates of a sham alike, and is never given.
    """

    kind: Literal["lot filled"] = "lot filled"
    lot: Mark
    of: LotKind
    cultures: tuple[Mark, ...] = ()
    harvest: Quantity
    containers: tuple[Portion, ...]
    tested: Quantity
    wasted: Quantity
    specification: Text
    expires: Moment
    verified_by: Text
    party: Text
    concentration: Quantity | None = None
    supplies: tuple[Mark, ...] = ()


class Repacked(_OfProduct):
    """Containers were split or pooled into new ones; a new number is never an old one, so nothing descends from itself."""

    kind: Literal["repacked"] = "repacked"
    taken: tuple[Portion, ...] = Field(min_length=1)
    into: tuple[Portion, ...] = Field(min_length=1)
    wasted: Quantity
    verified_by: Text


class Relabelled(_OfProduct):
    """A container got another number; the old one goes on to lead to it and is never used again."""

    kind: Literal["relabelled"] = "relabelled"
    container: Mark
    new: Mark
    why: Text
    verified_by: Text


# --- Testing, certifying --------------------------------------------------------------------------------------------


class LotTested(_OfProduct):
    """One test of a lot as it was read: ``91 %``, ``no growth``, ``<0.5 [EU]/mL`` (which is no 0.5).

    A test that failed is repeated only where a laboratory error was found, and `investigation` says which.
    """

    kind: Literal["lot tested"] = "lot tested"
    lot: Mark
    test: Name
    value: Text
    taken: Moment
    method: Text
    specimen: Text | None = None
    instrument: Text | None = None
    reviewed_by: Text
    investigation: Text | None = None


class VerdictReached(_OfProduct):
    """What the results of a lot amount to now, by which specification. Follows from tests; nobody asks for it."""

    kind: Literal["verdict reached"] = "verdict reached"
    lot: Mark
    verdict: Literal["pass", "conditional", "out of specification", "pending"]
    specification: Text


class LotCertified(_OfProduct):
    """Somebody who did not make the lot certified it for this trial; `exception` where it is out of specification."""

    kind: Literal["lot certified"] = "lot certified"
    lot: Mark
    meaning: Text
    exception: bool = False


class CertificateSuperseded(_OfProduct):
    """A later result changed the verdict: the certificate no longer holds. Nobody asks for it."""

    kind: Literal["certificate superseded"] = "certificate superseded"
    lot: Mark
    why: Text


class ExceptionEvaluated(_OfProduct):
    """Out of specification, first: the maker evaluated the risk."""

    kind: Literal["exception evaluated"] = "exception evaluated"
    lot: Mark
    document: Text


class ExceptionRequested(_OfProduct):
    """Out of specification, second: the treating physician asks for it all the same, for one participant."""

    kind: Literal["exception requested"] = "exception requested"
    lot: Mark
    preparation: Mark
    physician: Text


class ExceptionExplained(_OfProduct):
    """Out of specification, third: the participant was told and agreed."""

    kind: Literal["exception explained"] = "exception explained"
    lot: Mark
    explained_by: Text


class ExceptionNotified(_OfProduct):
    """Out of specification, fourth: the sponsor was told."""

    kind: Literal["exception notified"] = "exception notified"
    lot: Mark
    sponsor: Text


# --- Giving ---------------------------------------------------------------------------------------------------------


class PreparationOrdered(_OfProduct):
    """The pharmacist was told what a preparation is to hold; `read_as` names the reading that the vault keeps of it."""

    kind: Literal["preparation ordered"] = "preparation ordered"
    preparation: Mark
    participant: ParticipantId
    content: Contents
    read_as: Text


class PreparationIssued(_OfProduct):
    """A container of a certified lot went to one preparation number: product, or vehicle for a sham."""

    kind: Literal["preparation issued"] = "preparation issued"
    preparation: Mark
    container: Mark
    verified_by: Text


class SitePrepared(_OfProduct):
    """The bag for the bedside was made from what was issued (and vehicle, where it is diluted); the same for a sham."""

    kind: Literal["site prepared"] = "site prepared"
    preparation: Mark
    bag: Mark
    taken: tuple[Portion, ...] = Field(min_length=1)
    volume: Quantity
    wasted: Quantity
    weight: Quantity
    expires: Moment
    verified_by: Text
    viability: Quantity | None = None


class BedsideChecked(_OfProduct):
    """Two people held wristband and bag together as they were scanned. What does not match is a near miss."""

    kind: Literal["bedside checked"] = "bedside checked"
    preparation: Mark
    wristband: Text
    bag: Text
    checked_by: tuple[Text, Text]


class ProductInfused(_OfProduct):
    """How much of a preparation was given, from when to when: as the open strand says it."""

    kind: Literal["product infused"] = "product infused"
    preparation: Mark
    started: Moment
    stopped: Moment
    volume: Quantity


class ProductFailed(_OfProduct):
    """There is no product for somebody who was allocated; what is done is what the protocol said beforehand."""

    kind: Literal["product failed"] = "product failed"
    preparation: Mark
    why: Text
    then: Literal["collect again", "stored lot", "follow without a dose"]


# --- What is left ---------------------------------------------------------------------------------------------------


class LeftOver(_OfProduct):
    """So much of a container stayed in the line, was thrown away, kept back, or went back to whom it came from."""

    kind: Literal["left over"] = "left over"
    container: Mark
    how: Leftover
    volume: Quantity
    why: Text


class ContainerDestroyed(_OfProduct):
    """What was in a container was destroyed before a witness."""

    kind: Literal["container destroyed"] = "container destroyed"
    container: Mark
    volume: Quantity
    method: Text
    witness: Text


class MonitoringVisitFiled(_OfProduct):
    """The unblinded monitor looked at the records of the product on these days; each finding is a line of its own.

    `records` says what was looked at. No finding is a report as well: then `findings` is empty.
    """

    kind: Literal["monitoring visit filed"] = "monitoring visit filed"
    visit: Mark
    began: date
    ended: date
    place: Text
    records: tuple[Text, ...] = Field(min_length=1)
    findings: tuple[Text, ...] = ()
    follow_up: Text | None = None


class StockCounted(_OfProduct):
    """Two people looked how much of a container is there: what the books are held against."""

    kind: Literal["stock counted"] = "stock counted"
    container: Mark
    volume: Quantity
    counted_by: tuple[Text, Text]


# --- What follows by itself -----------------------------------------------------------------------------------------


class Quarantined(_OfProduct):
    """Containers are set apart until somebody decides. Nobody asks for it."""

    kind: Literal["quarantined"] = "quarantined"
    containers: tuple[Mark, ...]
    why: Text


class RecallOpened(_OfProduct):
    """Somebody has to look where a lot went, and tell whoever must know. Nobody asks for it."""

    kind: Literal["recall opened"] = "recall opened"
    recall: int = Field(ge=1)
    lot: Mark
    why: Text


class RecallClosed(_OfProduct):
    """What was done about a recall."""

    kind: Literal["recall closed"] = "recall closed"
    recall: int = Field(ge=1)
    what: Text


class NearMissRecorded(_OfProduct):
    """A scan did not match and was refused: it is kept, so that people can learn from it. Nobody asks for it."""

    kind: Literal["near miss recorded"] = "near miss recorded"
    at: Literal["receipt", "bedside"]
    expected: Text
    scanned: Text
    seen_by: tuple[Text, ...]


ProductRecord: TypeAlias = (
    ProductStrandOpened
    | SupplyReceived
    | SupplyRecalled
    | DonorRegistered
    | DonorConsented
    | DonorConsentWithdrawn
    | DonorScreened
    | DonorTested
    | DonorDetermined
    | DonorReported
    | Collected
    | HandedOver
    | StabilityDecided
    | CollectionReceived
    | CultureStarted
    | CulturePassaged
    | CultureEnded
    | LotFilled
    | Repacked
    | Relabelled
    | LotTested
    | LotCertified
    | ExceptionEvaluated
    | ExceptionRequested
    | ExceptionExplained
    | ExceptionNotified
    | PreparationOrdered
    | PreparationIssued
    | SitePrepared
    | BedsideChecked
    | ProductInfused
    | ProductFailed
    | LeftOver
    | ContainerDestroyed
    | StockCounted
    | MonitoringVisitFiled
    | RecallClosed
)
"""What people ask the door of the product strand to keep."""
Consequence: TypeAlias = VerdictReached | CertificateSuperseded | Quarantined | RecallOpened | NearMissRecorded
ProductEvent: TypeAlias = ProductRecord | Consequence
AnyProductRecord = Annotated[ProductRecord, Field(discriminator="kind")]
AnyProductEvent = Annotated[ProductEvent, Field(discriminator="kind")]
