"""Where the product stands: donors, containers, cultures, lots and preparations, folded from the product strand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from armlet.laboratory.strand import ProductEntry
from armlet.ledger import product_events as p
from armlet.product.culture import Passage
from armlet.product.release import Determination
from armlet.units import Quantity

Node = tuple[str, str]
"""A thing in the genealogy: what it is ("donor", "donation", "container", …), and its number."""


@dataclass(slots=True)
class Donor:
    """A donor: consent and determination as they stand now."""

    id: str
    participant: str | None
    consent: p.DonorConsented | None = None
    withdrawn: bool = False
    determined: p.DonorDetermined | None = None
    screened: list[p.DonorScreened] = field(default_factory=list)
    tests: list[p.DonorTested] = field(default_factory=list)


@dataclass(slots=True)
class Container:
    """One container: what is in it (mL), who has it, and whether it may be used."""

    id: str
    held: Fraction
    custodian: str
    expires: datetime | None = None
    donation: str = ""
    lot: str = ""
    preparation: str = ""
    received: bool = False
    quarantined: str = ""
    rejected: bool = False
    custody: list[tuple[str, datetime]] = field(default_factory=list)
    """Who had it, each from when: the next one begins where the one before ends."""


@dataclass(slots=True)
class Culture:
    """A culture: its passages, and from when the one that follows is counted."""

    id: str
    people: set[str]
    since: datetime
    passages: list[Passage] = field(default_factory=list)
    ended: bool = False

    def next_passage(self, event: p.CulturePassaged, at: datetime) -> Passage:
        """What the event tells, with the days since the one before."""
        days = Decimal((at - self.since) // timedelta(seconds=1)) / 86400
        return Passage(event.passage, event.seeded, event.harvested, Quantity(days, "d"))


@dataclass(slots=True)
class Lot:
    """A lot: its results, the verdict by its specification, and its certificate."""

    id: str
    of: p.LotKind
    specification: str
    expires: datetime
    people: set[str]
    runs: list[Determination] = field(default_factory=list)
    verdict: str = "pending"
    certified_by: str = ""
    superseded: str = ""
    exception: list[p.ExceptionEvaluated | p.ExceptionRequested | p.ExceptionExplained | p.ExceptionNotified] = field(
        default_factory=list
    )

    @property
    def is_certified(self) -> bool:
        """Whether its certificate holds."""
        return bool(self.certified_by) and not self.superseded


@dataclass(slots=True)
class Preparation:
    """One preparation number: for whom, of what, in which bag, and what became of it."""

    id: str
    participant: str
    content: p.Contents
    issued: str = ""
    bag: str = ""
    volume: Quantity | None = None
    expires: datetime | None = None
    checked: bool = False
    given: p.ProductInfused | None = None
    failed: p.ProductFailed | None = None

    @property
    def at_hand(self) -> str:
        """The container that goes to the bedside: the bag, or what was issued where nothing is prepared."""
        return self.bag or self.issued


@dataclass(frozen=True, slots=True)
class MonitoringVisit:
    """A report of the unblinded monitor: by whom, and when it was filed."""

    report: p.MonitoringVisitFiled
    by: str
    filed: datetime


@dataclass(slots=True)
class Recall:
    """Somebody must look where a lot went."""

    number: int
    lot: str
    why: str
    closed: str = ""


@dataclass(slots=True)
class ProductState:
    """All of it, after the last entry that was folded."""

    trial: str = ""
    simulated: bool = False
    last: int = 0
    supplies: dict[str, p.SupplyReceived] = field(default_factory=dict)
    recalled: dict[str, str] = field(default_factory=dict)
    donors: dict[str, Donor] = field(default_factory=dict)
    donations: dict[str, p.Collected] = field(default_factory=dict)
    containers: dict[str, Container] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    cultures: dict[str, Culture] = field(default_factory=dict)
    lots: dict[str, Lot] = field(default_factory=dict)
    preparations: dict[str, Preparation] = field(default_factory=dict)
    recalls: dict[int, Recall] = field(default_factory=dict)
    near_misses: list[p.NearMissRecorded] = field(default_factory=list)
    visits: dict[str, MonitoringVisit] = field(default_factory=dict)
    children: dict[Node, dict[Node, None]] = field(default_factory=dict)
    parents: dict[Node, dict[Node, None]] = field(default_factory=dict)

    def find_container(self, mark: str) -> Container | None:
        """The container of that number, also by a number that it once had."""
        while mark in self.renamed:
            mark = self.renamed[mark]
        return self.containers.get(mark)

    def link(self, parent: Node, child: Node) -> None:
        """Notes that one thing was made from another."""
        self.children.setdefault(parent, {})[child] = None
        self.parents.setdefault(child, {})[parent] = None

    def people_behind(self, lot: str) -> set[str]:
        """Everybody who made the lot or anything that it was made from."""
        people = set(self.lots[lot].people)
        for what, name in reach(self.parents, ("lot", lot)):
            if what == "culture":
                people |= self.cultures[name].people
            if what == "lot":
                people |= self.lots[name].people
        return people

    def donors_behind(self, node: Node) -> list[Donor]:
        """Every donor whose cells are in a thing."""
        return [self.donors[name] for what, name in reach(self.parents, node) if what == "donor"]


def reach(edges: dict[Node, dict[Node, None]], start: Node) -> list[Node]:
    """Everything that can be reached from a thing, nearest first; the thing itself is left out."""
    found: dict[Node, None] = {}
    waiting = list(edges.get(start, ()))
    while waiting:
        node = waiting.pop(0)
        if node not in found and node != start:
            found[node] = None
            waiting.extend(edges.get(node, ()))
    return list(found)


def millilitres(volume: Quantity) -> Fraction:
    """A volume as an exact number of millilitres. Raises UnitError where it is none."""
    return Fraction(volume.to("mL").value)


def add_run(runs: Sequence[Determination], event: p.LotTested) -> list[Determination]:
    """The runs with one more; an investigation that found a laboratory error annuls those of the test before it."""
    found = event.investigation or ""
    kept = [
        replace(run, laboratory_error=found) if found and run.test == event.test and not run.laboratory_error else run
        for run in runs
    ]
    return [*kept, Determination(event.test, (event.value,))]


def fold(entries: Iterable[ProductEntry], state: ProductState | None = None) -> ProductState:
    """The state after the entries; a given state is extended."""
    state = state or ProductState()
    for entry in entries:
        _apply(state, entry)
        state.last = entry.seq
    return state


def _apply(state: ProductState, entry: ProductEntry) -> None:
    match entry.event:
        case p.ProductStrandOpened() as event:
            state.trial, state.simulated = event.trial, event.simulated
        case p.SupplyReceived() as event:
            state.supplies[event.supply] = event
        case p.SupplyRecalled() as event:
            state.recalled[event.supply] = event.why
        case p.DonorRegistered() | p.DonorConsented() | p.DonorConsentWithdrawn() | p.DonorDetermined() as event:
            _apply_to_donor(state, event)
        case p.Collected() as event:
            _apply_collected(state, event, entry)
        case p.HandedOver() | p.StabilityDecided() | p.Quarantined() | p.CollectionReceived() | p.Relabelled() as event:
            _apply_to_containers(state, event, entry)
        case p.CultureStarted() | p.CulturePassaged() | p.CultureEnded() as event:
            _apply_to_culture(state, event, entry)
        case p.LotFilled() as event:
            _apply_filled(state, event, entry)
        case p.Repacked() as event:
            _apply_repacked(state, event, entry)
        case p.LotTested() | p.VerdictReached() | p.LotCertified() | p.CertificateSuperseded() as event:
            _apply_to_lot(state, event, entry)
        case p.ExceptionEvaluated() | p.ExceptionRequested() | p.ExceptionExplained() | p.ExceptionNotified() as event:
            state.lots[event.lot].exception.append(event)
        case p.PreparationOrdered() | p.PreparationIssued() | p.SitePrepared() | p.BedsideChecked() as event:
            _apply_to_preparation(state, event, entry)
        case p.ProductInfused() | p.ProductFailed() as event:
            _apply_given(state, event)
        case p.LeftOver() | p.ContainerDestroyed() as event:
            _container(state, event.container).held -= millilitres(event.volume)
        case p.RecallOpened() as event:
            state.recalls[event.recall] = Recall(event.recall, event.lot, event.why)
        case p.RecallClosed() as event:
            state.recalls[event.recall].closed = event.what
        case p.NearMissRecorded() as event:
            state.near_misses.append(event)
        case p.MonitoringVisitFiled() as event:
            state.visits[event.visit] = MonitoringVisit(event, entry.actor, entry.occurred)
        case p.DonorScreened() as event:
            state.donors[event.donor].screened.append(event)
        case p.DonorTested() as event:
            state.donors[event.donor].tests.append(event)
        case p.DonorReported() | p.StockCounted():
            pass


def _container(state: ProductState, mark: str) -> Container:
    found = state.find_container(mark)
    assert found is not None  # the door let no other number in
    return found


def _apply_to_donor(
    state: ProductState, event: p.DonorRegistered | p.DonorConsented | p.DonorConsentWithdrawn | p.DonorDetermined
) -> None:
    match event:
        case p.DonorRegistered():
            state.donors[event.donor] = Donor(event.donor, event.participant)
        case p.DonorConsented():
            state.donors[event.donor].consent = event
            state.donors[event.donor].withdrawn = False
        case p.DonorConsentWithdrawn():
            state.donors[event.donor].withdrawn = True
        case p.DonorDetermined():
            state.donors[event.donor].determined = event


def _new_container(state: ProductState, mark: str, held: Fraction, party: str, at: datetime) -> Container:
    one = Container(mark, held, party, custody=[(party, at)])
    state.containers[mark] = one
    return one


def _apply_collected(state: ProductState, event: p.Collected, entry: ProductEntry) -> None:
    state.donations[event.donation] = event
    one = _new_container(state, event.container, millilitres(event.volume), event.party, entry.occurred)
    one.donation = event.donation
    state.link(("donor", event.donor), ("donation", event.donation))
    state.link(("donation", event.donation), ("container", event.container))
    for supply in event.supplies:
        state.link(("supply", supply), ("container", event.container))


def _apply_to_containers(
    state: ProductState,
    event: p.HandedOver | p.StabilityDecided | p.Quarantined | p.CollectionReceived | p.Relabelled,
    entry: ProductEntry,
) -> None:
    match event:
        case p.HandedOver():
            for mark in event.containers:
                one = _container(state, mark)
                one.custodian = event.to_party
                one.custody.append((event.to_party, entry.occurred))
        case p.StabilityDecided():
            for mark in event.containers:
                one = _container(state, mark)
                one.quarantined, one.rejected = "", event.decision == "rejected"
        case p.Quarantined():
            for mark in event.containers:
                _container(state, mark).quarantined = event.why
        case p.CollectionReceived():
            _container(state, event.container).received = True
        case p.Relabelled():
            one = _container(state, event.container)
            state.containers[event.new] = state.containers.pop(one.id)
            state.renamed[one.id] = event.new
            state.link(("container", one.id), ("container", event.new))
            one.id = event.new


def _take(state: ProductState, taken: tuple[p.Portion, ...], child: Node) -> list[Container]:
    sources = []
    for portion in taken:
        one = _container(state, portion.container)
        one.held -= millilitres(portion.volume)
        state.link(("container", one.id), child)
        sources.append(one)
    return sources


def _apply_to_culture(
    state: ProductState, event: p.CultureStarted | p.CulturePassaged | p.CultureEnded, entry: ProductEntry
) -> None:
    if isinstance(event, p.CultureStarted):
        state.cultures[event.culture] = Culture(event.culture, {entry.actor, event.verified_by}, entry.occurred)
        _take(state, event.taken, ("culture", event.culture))
    culture = state.cultures[event.culture]
    if isinstance(event, p.CultureEnded):
        culture.ended = True
        return
    culture.people |= {entry.actor, event.verified_by}
    for supply in event.supplies:
        state.link(("supply", supply), ("culture", event.culture))
    if isinstance(event, p.CulturePassaged):
        culture.passages.append(culture.next_passage(event, entry.occurred))
        culture.since = entry.occurred


def _apply_filled(state: ProductState, event: p.LotFilled, entry: ProductEntry) -> None:
    people = {entry.actor, event.verified_by}
    lot = Lot(event.lot, event.of, event.specification, event.expires, people)
    lot.verdict = "pending" if event.of in {"bank", "product"} else "not tested"
    state.lots[event.lot] = lot
    for culture in event.cultures:
        state.cultures[culture].ended = True
        state.link(("culture", culture), ("lot", event.lot))
    for supply in event.supplies:
        state.link(("supply", supply), ("lot", event.lot))
    for portion in event.containers:
        one = _new_container(state, portion.container, millilitres(portion.volume), event.party, entry.occurred)
        one.lot, one.expires, one.received = event.lot, event.expires, True
        state.link(("lot", event.lot), ("container", portion.container))


def _apply_repacked(state: ProductState, event: p.Repacked, entry: ProductEntry) -> None:
    sources: list[Container] = []
    for portion in event.into:
        child: Node = ("container", portion.container)
        sources = sources or _take(state, event.taken, child)
        for source in sources:
            state.link(("container", source.id), child)
        first = sources[0]
        one = _new_container(state, portion.container, millilitres(portion.volume), first.custodian, entry.occurred)
        one.lot, one.donation, one.received = first.lot, first.donation, all(source.received for source in sources)
        one.expires = min((source.expires for source in sources if source.expires is not None), default=None)


def _apply_to_lot(
    state: ProductState,
    event: p.LotTested | p.VerdictReached | p.LotCertified | p.CertificateSuperseded,
    entry: ProductEntry,
) -> None:
    lot = state.lots[event.lot]
    match event:
        case p.LotTested():
            lot.runs = add_run(lot.runs, event)
        case p.VerdictReached():
            lot.verdict = event.verdict
        case p.LotCertified():
            lot.certified_by, lot.superseded = entry.actor, ""
        case p.CertificateSuperseded():
            lot.superseded = event.why


def _apply_to_preparation(
    state: ProductState,
    event: p.PreparationOrdered | p.PreparationIssued | p.SitePrepared | p.BedsideChecked,
    entry: ProductEntry,
) -> None:
    if isinstance(event, p.PreparationOrdered):
        one = Preparation(event.preparation, event.participant, event.content)
        state.preparations[event.preparation] = one
        return
    one = state.preparations[event.preparation]
    match event:
        case p.PreparationIssued():
            container = _container(state, event.container)
            container.preparation, one.issued, one.failed = one.id, container.id, None
            one.expires, one.volume = container.expires, None
            state.link(("container", container.id), ("preparation", one.id))
        case p.SitePrepared():
            sources = _take(state, event.taken, ("container", event.bag))
            bag = _new_container(state, event.bag, millilitres(event.volume), sources[0].custodian, entry.occurred)
            bag.preparation, bag.expires, bag.received = one.id, event.expires, True
            one.bag, one.volume, one.expires = event.bag, event.volume, event.expires
            state.link(("container", event.bag), ("preparation", one.id))
        case p.BedsideChecked():
            one.checked = True


def _apply_given(state: ProductState, event: p.ProductInfused | p.ProductFailed) -> None:
    one = state.preparations[event.preparation]
    if isinstance(event, p.ProductFailed):
        one.failed = event
        return
    one.given = event
    _container(state, one.at_hand).held -= millilitres(event.volume)
    state.link(("preparation", one.id), ("participant", one.participant))
