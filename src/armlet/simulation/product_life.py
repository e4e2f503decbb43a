"""The product of a rehearsal: invented donors, collections, cultures, lots and bags, through the real door of its strand.

It follows what happens in the trial and never leads it: nothing here is asked of the open strand's door, nothing waits for
it, and no chance that the rest of the rehearsal draws from is used. So the open strand is the same, byte for byte,
whatever is made, and for whom.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from typing import Final, Literal

from armlet.allocation.pharmacy import Batch, Prepared
from armlet.conduct.commands import By
from armlet.conduct.state import TrialState
from armlet.laboratory.answer import Refused
from armlet.laboratory.door import ProductDoor
from armlet.laboratory.gate import OpenSide
from armlet.laboratory.rules.donors import determine_by_rules
from armlet.laboratory.state import ProductState
from armlet.laboratory.strand import ProductStrand
from armlet.ledger import product_events as p
from armlet.ledger.events import Administered
from armlet.product.donor_rules import rules_for
from armlet.protocol.model import Product, Protocol, Role
from armlet.protocol.product import Donors
from armlet.studytime import Clock
from armlet.units import Quantity, format_decimal

WARD, LABORATORY, PHARMACY = "Ward (simulated)", "Cell laboratory (simulated)", "Pharmacy (simulated)"
MAKER, SECOND = "Cell laboratory 1 (simulated)", "Cell laboratory 2 (simulated)"
QUALITY, COURIER = "Quality unit 1 (simulated)", "Courier 1 (simulated)"
PHARMACIST, SECOND_PHARMACIST = "Unblinded pharmacist 1 (simulated)", "Unblinded pharmacist 2 (simulated)"
NURSES = ("Nurse 1 (simulated)", "Nurse 2 (simulated)")
DONOR: Final = "DONOR-1"
_ISSUER: Final = "A9999"
"""The facility number that the standard for donation numbers keeps for examples."""
_ML, _COLLECTED, _SEEDED, _SPARE = "mL", Decimal(40), Decimal(15), Decimal("1.5")
_DOUBLINGS, _PASSAGES = 3, 3
_VIALS, _VIAL, _BANK_TAKES = 30, Decimal(1), timedelta(days=28)
_HEAVIEST = Decimal(300)
"""Sizes and numbers of a rehearsal's laboratory: invented, like everything that it makes."""
_SUPPLIES: Final = (("SUPPLY-1", "growth medium"), ("SUPPLY-2", "saline"), ("SUPPLY-3", "collection set"))


class ProductLife:
    """Records what is made, in the order in which the rehearsal comes to it; what is refused is counted in `refusals`."""

    def __init__(
        self, protocol: Protocol, strand: ProductStrand, state: Callable[[], TrialState], clock: Clock
    ) -> None:
        self._product: Product = protocol.products[0]
        self.strand = strand
        self._trial, self._clock = state, clock
        self._door = ProductDoor(protocol, strand, lambda: OpenSide.of(state()), clock)
        self._donations = 0
        self._filled_for: dict[str, str] = {}
        self._is_late = protocol.allocation.after_release is not None
        self._earlier = timedelta(0)
        self.refusals: Counter[str] = Counter()

    @property
    def state(self) -> ProductState:
        """Where the product stands."""
        return self._door.state

    @property
    def _is_own(self) -> bool:
        return self._product.donor == "participant"

    def _ask(self, record: p.ProductRecord, actor: str = MAKER, at: datetime | None = None) -> bool:
        role = Role.UNBLINDED_PHARMACIST if actor == PHARMACIST else Role.CELL_LABORATORY
        decision = self._door.ask(record, By(actor, role, at or self._now()))
        if isinstance(decision, Refused):
            self.refusals.update(issue.rule for issue in decision.issues)
        return not isinstance(decision, Refused)

    def _now(self) -> datetime:
        return self._clock.now() - self._earlier

    def open(self) -> None:
        """Begins the strand, with supplies; where a donor gives for everybody, with that donor's bank."""
        now = self._clock.now()
        self._ask(p.ProductStrandOpened(trial=self._trial().trial, simulated=True))
        for supply, what in _SUPPLIES:
            expires = now + timedelta(days=36525)
            self._ask(
                p.SupplyReceived(supply=supply, what=what, supplier="SIMULATED", batch="SIMULATED", expires=expires)
            )
        if not self._is_own:
            self._earlier = _BANK_TAKES
            self._register(DONOR, None)
            self._make_bank()
            self._determine(DONOR, None)

    # --- Donors and cultures ------------------------------------------------------------------------------------------

    def _register(self, donor: str, participant: str | None) -> None:
        self._ask(p.DonorRegistered(donor=donor, participant=participant))
        consented = p.DonorConsented(
            donor=donor, consent_version="SIMULATED", allows=("use", "retention", "destruction", "notification")
        )
        self._ask(consented)

    def _determine(self, donor: str, participant: str | None) -> None:
        """The determination: by the protocol's rule sets where it names some, of tests that are all negative."""
        if self._product.donors is not None:
            self._evaluate(donor, self._product.donors)
            return
        label = ("FOR AUTOLOGOUS USE ONLY", "NOT EVALUATED FOR INFECTIOUS SUBSTANCES") if participant else ()
        outcome: Literal["eligible", "not required"] = "not required" if participant else "eligible"
        self._ask(p.DonorDetermined(donor=donor, outcome=outcome, rules="SIMULATED", label=label))

    def _evaluate(self, donor: str, rules: Donors) -> None:
        """Everything that the rule sets of the day may ask for, on the day of the donation; then what they say."""
        one = self.state.donors[donor]
        day = next(found.started.date() for found in self.state.donations.values() if found.donor == donor)
        sets = [rules_for(name, day) for name in rules.rules]
        for part in dict.fromkeys(part for found in sets for part in found.screening.parts):
            self._ask(p.DonorScreened(donor=donor, part=part, on=day, history=()))
        asked = dict.fromkeys([*(test.id for found in sets for test in found.tests), *(rules.also_tested or ())])
        for test in asked:
            self._ask(
                p.DonorTested(
                    donor=donor, test=test, result="negative", sampled=day, kit_licensed=True, reviewed_by=SECOND
                )
            )
        found = determine_by_rules(self._product, self.state, one, None, MAKER)
        labels = tuple(dict.fromkeys(text for each in found for text in each.labels))
        outcome = found[0].state.value
        determined = p.DonorDetermined.from_plain({
            "donor": donor, "outcome": outcome, "rules": found[0].rules, "label": list(labels)
        })  # fmt: skip
        self._ask(determined)

    def collect(self, participant: str) -> None:
        """What is taken from a participant for their own product, whatever they will be allocated."""
        if self._is_own and participant not in self.state.donors:
            self._register(participant, participant)
            self._take(participant)
            self._determine(participant, participant)
            if self._is_late:
                self.begin(participant, 1)

    def _take(self, donor: str) -> str:
        """One collection, brought to the laboratory; answers its container."""
        self._donations += 1
        now, number = self._now(), self._donations
        donation, container = f"{_ISSUER}{now.year % 100:02}{number:06}", f"COLL-{number}"
        collected = p.Collected(
            donation=donation, donor=donor, container=container, volume=Quantity(_COLLECTED, _ML),
            started=now - timedelta(minutes=20), stopped=now, verified_by=NURSES[0], party=WARD, supplies=("SUPPLY-3",),
        )  # fmt: skip
        self._ask(collected)
        self._hand_over(container, WARD, LABORATORY, NURSES[0], SECOND)
        self._ask(p.CollectionReceived(container=container, scanned=f"={donation}00", intact=True, verified_by=SECOND))
        return container

    def _hand_over(
        self, container: str, source: str, target: str, given_by: str, taken_by: str, at: datetime | None = None
    ) -> None:
        moved = p.HandedOver(
            containers=(container,),
            from_party=source,
            to_party=target,
            given_by=given_by,
            taken_by=taken_by,
            place=target,
        )
        self._ask(moved, at=at)

    def _make_bank(self) -> None:
        """A bank of one donor's cells, of which each participant's lot is grown."""
        number = 1 + sum(lot.of == "bank" for lot in self.state.lots.values())
        culture, bank = f"CULT-BANK-{number}", f"BANK-{number}"
        self._earlier = _BANK_TAKES
        self._start(culture, self._take(DONOR), _SEEDED)
        self._earlier = timedelta(0)
        if culture not in self.state.cultures:  # none is begun while the trial is suspended
            return
        self._expand(culture)
        vials = [p.Portion(container=f"{bank}/{vial}", volume=Quantity(_VIAL, _ML)) for vial in range(1, _VIALS + 1)]
        self._ask(
            p.LotFilled(
                lot=bank, of="bank", cultures=(culture,), harvest=Quantity(_VIAL * _VIALS, _ML), containers=tuple(vials),
                tested=Quantity(Decimal(0), _ML), wasted=Quantity(Decimal(0), _ML), specification="SIMULATED",
                expires=self._clock.now() + timedelta(days=36525), verified_by=SECOND, party=LABORATORY,
                supplies=("SUPPLY-2",),
            )
        )  # fmt: skip

    def _grow(self, donor: str, culture: str) -> None:
        """A culture from a participant's own collection (another one where it is used up), or from a vial of the bank."""
        if self._is_own:
            cells = [
                one for one in self.state.containers.values() if one.donation and self._is_from(one.donation, donor)
            ]
            source = next((one.id for one in cells if one.held >= Fraction(_SEEDED)), None) or self._take(donor)
            self._start(culture, source, _SEEDED)
            return
        if not self._vials():
            self._make_bank()
        for vial in self._vials()[:1]:  # none where the trial is suspended, and no bank is made
            self._start(culture, vial, _VIAL)

    def _vials(self) -> list[str]:
        """The vials of the bank that are still full."""
        banks = {lot.id for lot in self.state.lots.values() if lot.of == "bank"}
        return [one.id for one in self.state.containers.values() if one.lot in banks and one.held > 0]

    def _start(self, culture: str, source: str, volume: Decimal) -> None:
        taken = (p.Portion(container=source, volume=Quantity(volume, _ML)),)
        seeded = Quantity(Decimal("0.4"), "10*6")
        self._ask(
            p.CultureStarted(culture=culture, taken=taken, seeded=seeded, verified_by=SECOND, supplies=("SUPPLY-1",))
        )

    def _is_from(self, donation: str, donor: str) -> bool:
        return self.state.donations[donation].donor == donor

    def _expand(self, culture: str) -> None:
        """As many passages as are usual here and the protocol allows, each with as many doublings."""
        limits = self._product.culture
        first = limits.first_passage if limits is not None else 1
        most = _PASSAGES
        if limits is not None:
            most = min(most, limits.highest_passage - first + 1, int(limits.most_doublings.exact()) // _DOUBLINGS)
        cells, now = Decimal("0.4"), self._clock.now()
        since = self.state.cultures[culture].since
        for count in range(1, most + 1):
            harvested = cells * 2**_DOUBLINGS
            passaged = p.CulturePassaged(
                culture=culture, passage=first + count - 1, seeded=Quantity(cells, "10*6"),
                harvested=Quantity(harvested, "10*6"), verified_by=SECOND, supplies=("SUPPLY-1",),
            )  # fmt: skip
            self._ask(passaged, at=since + (now - since) * count / (most + 1))
            cells = harvested

    # --- From the allocation to the release -----------------------------------------------------------------------------

    def order(self, participant: str, preparation: str, *, is_product: bool) -> None:
        """The pharmacist was told; for a product the culture begins, unless everybody's is made already."""
        content: p.Contents = "product" if is_product else "sham"
        read_as = f"preparation {preparation}"
        ordered = p.PreparationOrdered(
            preparation=preparation, participant=participant, content=content, read_as=read_as
        )
        self._ask(ordered, PHARMACIST)
        if is_product:
            self.begin(participant, 1)

    def begin(self, participant: str, attempt: int) -> None:
        """Begins the culture of an attempt, once."""
        self.collect(participant)
        culture = _culture(participant, attempt)
        if culture not in self.state.cultures:
            self._grow(participant if self._is_own else DONOR, culture)

    def fill(self, participant: str, batch: Batch, weight: Quantity | None, attempt: int, *, is_product: bool) -> None:
        """The lot of one attempt, tested, and certified where it passes; for a sham a vehicle, or a decoy of a failure."""
        harvest = self._harvest(batch, weight)
        lot = self._number(batch.lot)
        self._filled_for[lot] = participant
        culture = _culture(participant, attempt)
        if is_product:
            self.begin(participant, attempt)
            if culture not in self.state.cultures:  # none is begun while the trial is suspended
                return
            self._expand(culture)
            self._ask(self._filled(lot, "product", harvest, batch, (culture,)))
            self._test(lot, batch)
            if self.state.lots[lot].verdict == "out of specification" and attempt == 1:
                self.begin(participant, attempt + 1)
        else:
            self._ask(self._filled(lot, "vehicle", harvest, batch, ()))
        if lot in self.state.lots and self.state.lots[lot].verdict != "out of specification":
            self._ask(p.LotCertified(lot=lot, meaning="certified for the trial (SIMULATED)"), QUALITY)

    def fail(self, participant: str, preparation: str, batch: Batch, attempt: int, *, is_product: bool) -> None:
        """An attempt that failed: the lot with its results, or a decoy that is marked as one."""
        if is_product:
            self.fill(participant, batch, None, attempt, is_product=True)
        else:
            self._ask(self._filled(self._number(batch.lot), "decoy", Decimal(0), batch, ()))
        if self._product.failure is not None:
            planned = self._product.failure.then
            then = planned[min(attempt, len(planned)) - 1]
            self._ask(p.ProductFailed(preparation=preparation, why="release tests (SIMULATED)", then=then), PHARMACIST)

    def _harvest(self, batch: Batch, weight: Quantity | None) -> Decimal:
        """Millilitres enough for the highest dose of the weight (where unknown, of anybody's), and to spare."""
        kilograms = weight.to("kg").value if weight is not None else _HEAVIEST
        dose = self._product.dose
        wanted = dose.highest.to("10*6/kg").value * kilograms / batch.concentration.to("10*6/mL").value
        dead, step = dose.dead_volume.to(_ML).value, dose.volume_step.to(_ML).value
        return ((wanted + dead + step) * _SPARE).quantize(Decimal(1), ROUND_CEILING)

    def _number(self, lot: str) -> str:
        """The lot's number, with another ending where the series came to it before."""
        count, found = 1, lot
        while found in self.state.lots:
            count += 1
            found = f"{lot}-{count}"
        return found

    def _filled(
        self, lot: str, of: p.LotKind, harvest: Decimal, batch: Batch, cultures: tuple[str, ...]
    ) -> p.LotFilled:
        has_container = harvest > 0
        tested = Decimal(1) if has_container else Decimal(0)
        portion = p.Portion(container=f"{lot}/1", volume=Quantity(harvest, _ML))
        return p.LotFilled(
            lot=lot, of=of, cultures=cultures, harvest=Quantity(harvest + tested, _ML),
            containers=(portion,) if has_container else (), tested=Quantity(tested, _ML), wasted=Quantity(Decimal(0), _ML),
            specification="SIMULATED", expires=max(batch.expires, self._clock.now()) + timedelta(days=2),
            verified_by=SECOND, party=LABORATORY, concentration=batch.concentration,
            supplies=("SUPPLY-2",) if of != "decoy" else (),
        )  # fmt: skip

    def _test(self, lot: str, batch: Batch) -> None:
        for test, value in batch.results.items():
            taken = self._clock.now() - timedelta(minutes=30)
            tested = p.LotTested(lot=lot, test=test, value=value, taken=taken, method="SIMULATED", reviewed_by=SECOND)
            self._ask(tested)

    # --- At the site ----------------------------------------------------------------------------------------------------

    def prepare(self, participant: str, preparation: str, weight: Quantity, made: Prepared) -> None:
        """What was certified for somebody is issued, brought to the pharmacy, and made up into the bag."""
        container = self._certified_for(participant, preparation)
        if container is None:
            return
        issued = p.PreparationIssued(preparation=preparation, container=container, verified_by=SECOND_PHARMACIST)
        if not self._ask(issued, PHARMACIST):
            return
        self._hand_over(container, LABORATORY, PHARMACY, SECOND, PHARMACIST)
        volume = made.volume.to(_ML).value + self._product.dose.dead_volume.to(_ML).value
        bag = f"BAG-{preparation}"
        self._ask(
            p.SitePrepared(
                preparation=preparation, bag=bag, taken=(p.Portion(container=container, volume=Quantity(volume, _ML)),),
                volume=Quantity(volume, _ML), wasted=Quantity(Decimal(0), _ML), weight=weight, expires=made.expires,
                verified_by=SECOND_PHARMACIST,
            ),
            PHARMACIST,
        )  # fmt: skip
        self._hand_over(bag, PHARMACY, WARD, PHARMACIST, NURSES[0])

    def _certified_for(self, participant: str, preparation: str) -> str | None:
        """The newest container of a certified lot that was filled for somebody; None where there is none."""
        one = self.state.preparations.get(preparation)
        wanted = "product" if one is not None and one.content == "product" else "vehicle"
        found = [
            container.id
            for container in self.state.containers.values()
            if container.lot and not container.preparation and container.held > 0
            and (lot := self.state.lots[container.lot]).of == wanted and lot.is_certified
            and self._filled_for.get(lot.id) == participant
        ]  # fmt: skip
        return found[-1] if found else None

    def give(self, given: Administered, at: datetime) -> None:
        """The check at the bedside, the infusion as the open strand tells it, and what stayed in bag and line."""
        one = self.state.preparations.get(given.preparation)
        if one is None or not one.bag or given.volume is None:
            return
        checked = p.BedsideChecked(
            preparation=given.preparation, wristband=given.participant, bag=given.preparation, checked_by=NURSES
        )
        self._ask(checked, PHARMACIST, given.started)
        infused = p.ProductInfused(
            preparation=given.preparation, started=given.started, stopped=given.stopped, volume=given.volume
        )
        self._ask(infused, PHARMACIST, at)
        self._leave(one.bag, "residual" if given.complete else "wasted")

    def _leave(self, container: str, how: p.Leftover) -> None:
        held = self.state.containers[container].held
        if held > 0:
            why = "left in bag and line (SIMULATED)"
            self._ask(p.LeftOver(container=container, how=how, volume=_as_quantity(held), why=why), PHARMACIST)

    def close(self) -> None:
        """At the end of the trial: cultures are given up, and what is left is destroyed before a witness."""
        for culture in [one.id for one in self.state.cultures.values() if not one.ended]:
            self._ask(p.CultureEnded(culture=culture, why="the trial ended (SIMULATED)"))
        for container, held in [(one.id, one.held) for one in self.state.containers.values() if one.held > 0]:
            destroyed = p.ContainerDestroyed(
                container=container, volume=_as_quantity(held), method="autoclave (SIMULATED)", witness=SECOND
            )
            self._ask(destroyed)


def _culture(participant: str, attempt: int) -> str:
    return f"CULT-{participant}-{attempt}"


def _as_quantity(volume: Fraction) -> Quantity:
    return Quantity(Decimal(format_decimal(Decimal(volume.numerator) / Decimal(volume.denominator))), _ML)
