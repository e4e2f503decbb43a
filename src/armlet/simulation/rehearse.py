"""A rehearsal: invented people go through the real door of a trial, day by day, until it ends, is locked and unblinded.

Everything that happens is a command to `armlet.conduct.door.Door`; what the door refuses did not happen and is counted.
The vault is real, with a key, nonces and a seed drawn from the rehearsal's seed (a real vault asks the operating system).
Chance for a participant never depends on the arm: only an assumed effect, in the measured values, does.
"""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from armlet.allocation.allocator import VaultAllocator
from armlet.allocation.pharmacy import Batch, is_product_arm, prepare, reject
from armlet.allocation.scheme import plan_slots, scheme_of
from armlet.allocation.sealed_strand import NONCE_BYTES, VaultKey
from armlet.allocation.unblinding import read_all
from armlet.allocation.vault import Vault, Writer
from armlet.conduct import commands as c
from armlet.conduct.commands import By, Command
from armlet.conduct.data import commands as k
from armlet.conduct.decide import Accepted, Refused
from armlet.conduct.door import SALT_BYTES, Door
from armlet.conduct.roles import BlindedViewpoint, viewpoint
from armlet.conduct.rules.factors import find_levels
from armlet.conduct.schedule import visit_window
from armlet.conduct.state import Participant, Phase, TrialState
from armlet.errors import InputError
from armlet.laboratory.strand import ProductKey, ProductStrand
from armlet.ledger.box import OpeningKey
from armlet.ledger.data_events import DeviationLevel, Meaning
from armlet.ledger.entry import Head
from armlet.ledger.events import GuessOccasion, NeutralReason, UnblindingCategory, WithdrawalScope
from armlet.ledger.sealed import SealingKeyMade, VaultOpened
from armlet.ledger.stores.memory import MemoryStore
from armlet.product.release import assess_release
from armlet.protocol.criteria import measures_of
from armlet.protocol.data_management import LockNeeds
from armlet.protocol.model import ActivityKind, Anchor, Protocol, Role, Visit
from armlet.simulation.laboratory import make_batch
from armlet.simulation.measuring import At, measure_activity, quantities_of
from armlet.simulation.people import draw_candidate
from armlet.simulation.product_life import ProductLife
from armlet.simulation.scenario import Harm, Scenario
from armlet.simulation.streams import Streams
from armlet.simulation.subject import Subject
from armlet.units import Quantity

Progress = Callable[[int, int], None]
WARRANT = "W-LOCK"
_DAYS_IN_MONTH = 30.4375
ASKED_FOR_A_GUESS = (Role.PARTICIPANT, Role.INVESTIGATOR, Role.CARE_PROVIDER)
"""Apart from each other, once early and once at the end, where they are blinded."""


class _SimulatedClock:
    """Tells the moment that the rehearsal has reached."""

    def __init__(self, start: datetime) -> None:
        self.moment = start

    def now(self) -> datetime:
        """The rehearsal's present."""
        return self.moment


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A trial that has been lived through: its strands, the keys, and where the open strand stood before the lock.

    `product` is None where the protocol has none; `product_key` is its key, and none of the vault's.
    """

    protocol: Protocol
    store: MemoryStore
    vault: Vault
    key: VaultKey
    before_lock: Head
    refusals: Counter[str] = field(repr=False)
    ended: date
    product: ProductStrand | None
    product_key: ProductKey
    product_refusals: Counter[str] = field(repr=False)


def rehearse(
    protocol: Protocol,
    scenario: Scenario,
    seed: str,
    *,
    arms: tuple[str, ...] = (),
    progress: Progress = lambda done, total: None,
) -> Rehearsed:
    """Lives a simulated trial from opening to unblinding.

    `arms` is the protocol's arms in another order: the same draws then give everybody another arm, which is how it is
    shown that nothing blinded depends on it. Raises InputError where the scenario does not fit the protocol.
    """
    streams = Streams(f"{seed}/{protocol.id}")
    return _Rehearsal(protocol, scenario, streams, arms or tuple(arm.id for arm in protocol.arms), progress).run()


class _Rehearsal:
    def __init__(
        self, protocol: Protocol, scenario: Scenario, streams: Streams, arms: tuple[str, ...], progress: Progress
    ) -> None:
        self._protocol, self._scenario, self._streams, self._progress = protocol, scenario, streams, progress
        self._clock = _SimulatedClock(datetime.combine(scenario.opens, time(8), UTC))
        self._store = MemoryStore()
        lived = (
            protocol.digest(),
            scenario.digest(),
        )  # no two lives of one seed share what their boxes are locked with
        self._door = Door(
            protocol,
            self._store,
            self._clock,
            lambda seq: streams.bytes_of("salt", seq)[:SALT_BYTES],
            lambda seq: streams.bytes_of("box", *lived, seq),
        )
        self._secret = streams.bytes_of("sealing key", *lived)
        own = (protocol.digest(), *arms)  # no two vaults with different contents share a key and a nonce
        self._key = VaultKey(streams.bytes_of("vault key", *own))
        self._vault = Vault(self._key, nonces=lambda seq: streams.bytes_of("nonce", *own, seq)[:NONCE_BYTES])
        self._product_key = ProductKey(streams.bytes_of("product key", *own))
        self._product = self._make_product_life(own)
        self._open_vault(arms)
        self._allocator = VaultAllocator(self._vault, self._writer)
        self._subjects: dict[str, Subject] = {}
        self._certified: dict[str, Batch] = {}
        self._tasks: list[tuple[datetime, int, Callable[[], None]]] = []
        self._count = 0
        self._refusals: Counter[str] = Counter()
        self._stopped = False

    def _make_product_life(self, own: tuple[str, ...]) -> ProductLife | None:
        if not self._protocol.products:
            return None
        nonces = partial(self._streams.bytes_of, "product nonce", *own)
        strand = ProductStrand(self._product_key, nonces=lambda seq: nonces(seq)[:NONCE_BYTES])
        return ProductLife(self._protocol, strand, lambda: self._state, self._clock)

    def _is_given_the_product(self, participant: str) -> bool:
        arms = {assigned.participant: assigned.arm for assigned in self._vault.assignments()}
        return is_product_arm(self._protocol, arms[participant])

    def _writer(self) -> Writer:
        return Writer("Allocator (simulated)", self._clock.moment)

    def _open_vault(self, arms: tuple[str, ...]) -> None:
        scheme = scheme_of(self._protocol, self._scenario.sealed_settings, arms)
        planned = plan_slots(scheme, self._protocol.design.participants)
        opened = {
            **planned.as_dict(),
            "trial": self._protocol.id,
            "seed": self._streams.bytes_of("allocation").hex(),
            "simulated": True,
        }
        self._vault.write(self._writer(), VaultOpened.model_validate_json(json.dumps(opened)))
        self._vault.write(self._writer(), SealingKeyMade(secret=self._secret.hex()))

    # --- The days -------------------------------------------------------------------------------------------------

    def run(self) -> Rehearsed:
        """Lets the days pass until nothing is left to do, then locks and unblinds."""
        self._ask(c.OpenTrial(simulated=True), Role.SPONSOR)
        self._ask(c.PublishSealingKey(OpeningKey(self._secret).public()), Role.RANDOMISATION_STATISTICIAN)
        if self._product is not None:
            self._product.open()
        self._on(self._scenario.opens, 9, lambda: self._arrive(1))
        ending = self._scenario.ending
        if ending.suspended is not None:
            self._on(ending.suspended, 7, self._suspend)
        if ending.terminated is not None:
            self._on(ending.terminated, 7, self._terminate)
        while self._tasks and not self._stopped:
            moment, _, task = heapq.heappop(self._tasks)
            self._clock.moment = max(moment, self._clock.moment)
            task()
        if not self._stopped:
            self._ask(c.Complete(), Role.SPONSOR)
        return self._lock()

    def _on(self, day: date, hour: float, task: Callable[[], None]) -> None:
        self._count += 1
        moment = datetime.combine(day, time(), UTC) + timedelta(hours=hour)
        heapq.heappush(self._tasks, (max(moment, self._clock.moment), self._count, task))

    @property
    def _today(self) -> date:
        return self._clock.moment.date()

    @property
    def _state(self) -> TrialState:
        return self._door.state

    def _one(self, participant: str) -> Participant:
        return self._state.participants[participant]

    def _ask(self, command: Command, role: Role, confirmed_by: str | None = None) -> bool:
        """Asks the door; whether it was accepted. A minute passes with each command."""
        decision = self._door.ask(command, By(_name(role), role, self._clock.moment, confirmed_by=confirmed_by))
        self._clock.moment += timedelta(minutes=1)
        if isinstance(decision, Refused):
            self._refusals.update(issue.rule for issue in decision.issues)
        return isinstance(decision, Accepted)

    # --- Entry ----------------------------------------------------------------------------------------------------

    def _arrive(self, number: int) -> None:
        self._progress(len(self._state.enrolled()), self._protocol.design.participants)
        wanted = self._protocol.design.participants
        if len(self._state.enrolled()) >= wanted or self._state.phase is not Phase.RECRUITING:
            return
        participant = f"P{number:02d}"
        sites = self._protocol.organisation.sites
        self._ask(c.Identify(participant, sites[number % len(sites)].id), Role.SITE_COORDINATOR)
        for form in self._protocol.consents:
            self._ask(c.GiveConsent(participant, form.id, form.version), Role.INVESTIGATOR)
        last = self._today
        for visit in self._anchored(Anchor.CONSENT):
            day = visit.offset.after(self._today)
            last = max(last, day) if self._is_needed_first(visit) else last
            self._on(day, 10, partial(self._hold_while_open, participant, visit))
        self._subjects[participant] = draw_candidate(self._protocol, self._scenario, self._streams, participant, last)
        self._on(last, 13, lambda: self._screen(participant))
        if number < self._scenario.candidates:
            lowest, highest = self._scenario.behaviour.days_between_candidates
            gap = self._streams.whole(lowest, highest, "arrival", number)
            self._on(self._today + timedelta(days=gap), 9, lambda: self._arrive(number + 1))

    def _hold_while_open(self, participant: str, visit: Visit) -> None:
        """A visit counted from consent: held before the screening is decided, and of those who were enrolled."""
        one = self._one(participant)
        if one.enrolled is not None:
            self._attend(participant, visit)
        elif not one.screened:
            self._hold(participant, visit)

    def _is_needed_first(self, visit: Visit) -> bool:
        """Whether screening or allocation waits for the visit: it is a baseline, answers criteria, or must be done."""
        wanted = set(self._protocol.allocation.after)
        criteria = {name for criterion in self._protocol.criteria for name in measures_of(criterion.rule)}
        measured = {name for done in visit.activities for name in self._protocol.activity(done).measures}
        is_screening = visit.anchor is Anchor.CONSENT and bool(measured & criteria)
        is_baseline = visit.id in {endpoint.baseline for endpoint in self._protocol.endpoints}
        return is_baseline or is_screening or bool(wanted & set(visit.activities))

    def _anchored(self, anchor: Anchor) -> list[Visit]:
        return [visit for visit in self._protocol.visits if visit.anchor is anchor]

    def _screen(self, participant: str) -> None:
        answers = dict(self._subjects[participant].answers)
        chance = self._scenario.behaviour.unanswered_at_first
        if self._streams.chance(chance, participant, "unanswered") and answers:
            left_open = sorted(answers)[self._streams.whole(0, len(answers) - 1, participant, "which unanswered")]
            first = {**answers, left_open: None}
            self._ask(c.Screen(participant, first, self._today), Role.INVESTIGATOR)
        one = self._one(participant)
        if one.verdict != "eligible" and not one.failed_for:
            self._ask(c.Screen(participant, answers, self._today), Role.INVESTIGATOR)
        if self._one(participant).verdict == "eligible" and self._has_room():
            self._on(self._today, 15, lambda: self._enrol(participant))

    def _has_room(self) -> bool:
        return len(self._state.enrolled()) < self._protocol.design.participants

    def _enrol(self, participant: str) -> None:
        if not self._has_room() or not self._ask(c.Enrol(participant), Role.INVESTIGATOR):
            return
        self._progress(len(self._state.enrolled()), self._protocol.design.participants)
        last = self._today
        for visit in self._anchored(Anchor.ENROLMENT):
            day = self._planned_day(participant, visit)
            is_needed = self._is_needed_first(visit)
            last = max(last, day) if is_needed else last
            self._on(day, 8, partial(self._hold if is_needed else self._attend, participant, visit))
        day = last + timedelta(days=1)
        if not self._protocol.allocation.after_release:
            self._on(day, 9, lambda: self._randomise(participant))
            return
        made = self._protocol.products[0].preparation_takes.after(day)
        self._on(made, 9, lambda: self._certify(participant, 1))

    def _planned_day(self, participant: str, visit: Visit) -> date:
        window = visit_window(visit, self._one(participant))
        if window is None:
            return self._today
        early, late = (window.target - window.opens).days, (window.closes - window.target).days
        return max(window.target + timedelta(days=self._spread(participant, visit.id, early, late)), self._today)

    def _spread(self, participant: str, visit: str, early: int, late: int) -> int:
        """Most visits are held within a few days of the target."""
        return self._streams.whole(-min(early, 3), min(late, 3), participant, "day of", visit)

    # --- Allocation, preparation, administration: the same whatever was allocated ------------------------------------

    def _certify(self, participant: str, attempt: int) -> None:
        """In a trial that allocates late: everybody's product is tested first; who has none is not allocated."""
        product = self._protocol.products[0]
        expires = self._clock.moment + _length(product.shelf_life)
        batch = make_batch(product, self._scenario, self._streams, participant, expires, attempt)
        self._fill(participant, batch, attempt, is_product=True)
        if assess_release(product.release, batch.results).verdict in {"pass", "conditional"}:
            self._ask(c.CertifyProduct(participant, expires), Role.CELL_LABORATORY)
            self._certified[participant] = batch
            self._randomise(participant)
        elif attempt == 1:
            again = product.preparation_takes.after(self._today)
            self._on(again, 9, lambda: self._certify(participant, attempt + 1))

    def _randomise(self, participant: str) -> None:
        request = self._streams.bytes_of("request", participant).hex()[:16]
        found = find_levels(self._protocol, self._one(participant))
        levels = {name: level for name, level in found.items() if level is not None}
        if not self._ask(c.RequestRandomisation(participant, request, levels or None), Role.SITE_COORDINATOR):
            return
        preparation = self._allocator.allocate(participant, request, self._one(participant).levels)
        is_made = not self._protocol.products or participant in self._certified
        due = self._today if is_made else self._protocol.products[0].preparation_takes.after(self._today)
        confirm = c.ConfirmRandomisation(participant, preparation, due)
        self._ask(confirm, Role.RANDOMISATION_STATISTICIAN)
        self._order(participant, preparation)
        for visit in self._anchored(Anchor.RANDOMISATION):
            day = self._planned_day(participant, visit)
            self._on(day, 8, partial(self._attend, participant, visit))
        if participant in self._certified:
            self._on(due, 10, lambda: self._give(participant, self._certified[participant]))
            return
        self._on(max(due - timedelta(days=1), self._today), 16, lambda: self._test(participant, 1))

    def _test(self, participant: str, attempt: int) -> None:
        one = self._one(participant)
        if one.cancelled is not None or one.due is None:
            return
        if not self._protocol.products:
            self._on(one.due, 8, lambda: self._give(participant, None))
            return
        product = self._protocol.products[0]
        expires = datetime.combine(one.due, time(8), UTC) + _length(product.shelf_life)
        batch = make_batch(product, self._scenario, self._streams, participant, expires, attempt)
        if assess_release(product.release, batch.results).verdict in {"pass", "conditional"}:
            self._fill(participant, batch, attempt, is_product=self._is_given_the_product(participant))
            self._on(one.due, 8, lambda: self._give(participant, batch))
            return
        reject(self._vault, self._writer(), self._protocol, one.preparation, batch)
        if self._product is not None:
            is_product = self._is_given_the_product(participant)
            self._product.fail(participant, one.preparation, batch, attempt, is_product=is_product)
        if attempt > 1:
            self._cancel(participant, NeutralReason.LOGISTICS)
            return
        due = product.preparation_takes.after(one.due)
        self._ask(c.MovePreparation(participant, due, NeutralReason.LOGISTICS), Role.UNBLINDED_PHARMACIST)
        self._on(due - timedelta(days=1), 16, lambda: self._test(participant, attempt + 1))

    def _give(self, participant: str, batch: Batch | None) -> None:
        one = self._one(participant)
        if one.cancelled is not None or not one.is_followed:
            self._cancel(participant, NeutralReason.PARTICIPANT)
            return
        if self._state.phase is not Phase.RECRUITING:
            self._cancel(participant, NeutralReason.RECRUITMENT_STOPPED)
            return
        for visit in self._anchored(Anchor.ADMINISTRATION):
            if visit.offset.longest_days() <= 0:
                self._hold(participant, visit)
        released = self._release(participant, batch)
        shelf_life = _length(self._protocol.products[0].shelf_life) if self._protocol.products else timedelta(hours=8)
        started = self._clock.moment + min(timedelta(minutes=30), shelf_life / 4)
        whole = not self._streams.chance(self._scenario.behaviour.infusion_incomplete, participant, "incomplete")
        lasts = timedelta(minutes=self._streams.whole(20, 40, participant, "minutes"))
        stopped = started + min(lasts, shelf_life / 2)
        self._clock.moment = stopped
        one = self._one(participant)
        volume = one.released.volume if one.released is not None else None
        given = volume if volume is None or whole else Quantity(volume.value / 2, volume.unit)
        administer = c.Administer(
            participant, one.preparation, started, stopped, given, whole,
            ("Nurse 1 (simulated)", "Nurse 2 (simulated)"),
        )  # fmt: skip
        if not released or not self._ask(administer, Role.CARE_PROVIDER):
            self._cancel(participant, NeutralReason.LOGISTICS)
            return
        told = self._one(participant).administered
        if self._product is not None and told is not None:
            self._product.give(told, self._clock.moment)
        self._take_effect(participant)
        self._on(self._today + timedelta(days=1), 16, lambda: self._ask_guesses(participant, GuessOccasion.EARLY))
        self._follow(participant)

    def _release(self, participant: str, batch: Batch | None) -> bool:
        one = self._one(participant)
        if batch is None:
            expires = self._clock.moment + timedelta(hours=8)
            return self._ask(c.ReleasePreparation(participant, expires), Role.UNBLINDED_PHARMACIST)
        weighed = one.latest_weight(self._protocol.body_weight(self._protocol.products[0].dose) or "")
        if weighed is None:
            return False
        fresh = replace(batch, expires=self._clock.moment + _length(self._protocol.products[0].shelf_life))
        try:
            made = prepare(self._vault, self._writer(), self._protocol, one.preparation, weighed[1], fresh)
        except InputError as problem:
            self._refusals.update(issue.rule for issue in problem.issues)
            return False
        release = c.ReleasePreparation(participant, made.expires, weighed[1], made.volume, *made.weights)
        if not made.released or not self._ask(release, Role.UNBLINDED_PHARMACIST):
            return False
        if self._product is not None:
            self._product.prepare(participant, one.preparation, weighed[1], made)
        return True

    def _weight_of(self, participant: str) -> Quantity | None:
        measure = self._protocol.body_weight(self._protocol.products[0].dose)
        weighed = self._one(participant).latest_weight(measure or "")
        return weighed[1] if weighed is not None else None

    def _fill(self, participant: str, batch: Batch, attempt: int, *, is_product: bool) -> None:
        if self._product is not None:
            self._product.fill(participant, batch, self._weight_of(participant), attempt, is_product=is_product)

    def _order(self, participant: str, preparation: str) -> None:
        """The order crosses to the product strand; where everybody's product is made already, a sham needs a vehicle."""
        if self._product is None:
            return
        is_product = self._is_given_the_product(participant)
        self._product.order(participant, preparation, is_product=is_product)
        if participant in self._certified and not is_product:
            self._fill(participant, self._certified[participant], 1, is_product=False)

    def _cancel(self, participant: str, because: NeutralReason) -> None:
        if self._ask(c.CancelAdministration(participant, because), Role.INVESTIGATOR):
            self._follow(participant)

    def _take_effect(self, participant: str) -> None:
        """The one place where the arm touches an invented body: an assumed effect, 0 unless the scenario says otherwise."""
        arms = {assigned.participant: assigned.arm for assigned in self._vault.assignments()}
        self._subjects[participant].kept = self._scenario.effects.get(arms[participant], 0.0)

    # --- Follow-up --------------------------------------------------------------------------------------------------

    def _follow(self, participant: str) -> None:
        last = self._today
        for visit in self._anchored(Anchor.ADMINISTRATION):
            if visit.offset.longest_days() <= 0:
                self._miss_unless_held(participant, visit)
                continue
            day = self._follow_up_day(participant, visit)
            last = max(last, day)
            self._on(day, 8, partial(self._attend, participant, visit))
        last = max([last, *self._days_still_planned(participant)])
        self._on(last + timedelta(days=1), 12, lambda: self._end(participant))
        self._plan_leaving(participant, last)
        for harm in self._scenario.harms:
            self._plan_harm(participant, harm, last)

    def _miss_unless_held(self, participant: str, visit: Visit) -> None:
        """The visit on which something would have been given, of those to whom nothing was."""
        one = self._one(participant)
        if one.is_followed and visit.id not in {*one.held, *one.missed}:
            self._ask(c.MissVisit(participant, visit.id, "nothing was given"), Role.SITE_COORDINATOR)

    def _days_still_planned(self, participant: str) -> Iterator[date]:
        """The last days of visits counted from earlier anchors: people may be followed from consent or allocation on."""
        one = self._one(participant)
        for visit in self._protocol.visits:
            window = visit_window(visit, one)
            is_open = visit.anchor is not Anchor.ADMINISTRATION and visit.id not in {*one.held, *one.missed}
            if is_open and window is not None:
                yield window.closes

    def _follow_up_day(self, participant: str, visit: Visit) -> date:
        day = self._planned_day(participant, visit)
        window = visit_window(visit, self._one(participant))
        if window is not None and self._streams.chance(
            self._scenario.behaviour.late_visit, participant, "late", visit.id
        ):
            return window.closes + timedelta(days=self._streams.whole(1, 9, participant, "days late", visit.id))
        return day

    def _plan_leaving(self, participant: str, last: date) -> None:
        behaviour = self._scenario.behaviour
        for what, each_year, leave in (
            ("withdraws", behaviour.withdraws_each_year, self._withdraw),
            ("lost", behaviour.lost_each_year, self._lose),
        ):
            if each_year <= 0:
                continue
            days = float(self._streams.of(participant, what).exponential(365.25 / each_year))
            day = self._today + timedelta(days=min(int(days), 40_000))
            if day < last:
                self._on(day, 11, partial(leave, participant))

    def _plan_harm(self, participant: str, harm: Harm, last: date) -> None:
        days = (last - self._today).days if harm.within_days is None else harm.within_days
        rng = self._streams.of(participant, "harm", harm.term)
        for _ in range(int(rng.poisson(harm.each_year * max(days, 1) / 365.25))):
            day = self._today + timedelta(days=int(rng.integers(0, max(days, 1))))
            grades = list(harm.grades)
            shares = [harm.grades[grade] for grade in grades]
            grade = int(grades[int(rng.choice(len(grades), p=[share / sum(shares) for share in shares]))])
            self._on(day, 14, partial(self._report, participant, harm, grade))

    def _report(self, participant: str, harm: Harm, grade: int) -> None:
        if not self._one(participant).is_followed:
            return
        serious = (harm.serious,) if harm.serious is not None and grade >= harm.serious_from else ()
        event = c.ReportAdverseEvent(
            participant, harm.term, self._today, None, grade, serious, harm.related_to, expected=None
        )
        self._ask(event, Role.INVESTIGATOR)

    def _withdraw(self, participant: str) -> None:
        if self._one(participant).is_followed:
            scopes = (WithdrawalScope.VISITS, WithdrawalScope.CONTACT)
            self._ask(c.Withdraw(participant, scopes, "no reason given"), Role.INVESTIGATOR)

    def _lose(self, participant: str) -> None:
        if self._one(participant).is_followed:
            self._ask(c.LoseToFollowUp(participant, attempts=3), Role.SITE_COORDINATOR)

    def _attend(self, participant: str, visit: Visit) -> None:
        if not self._one(participant).is_followed:
            return
        if self._streams.chance(self._scenario.behaviour.missed_visit, participant, "missed", visit.id):
            self._ask(c.MissVisit(participant, visit.id, "participant could not attend"), Role.SITE_COORDINATOR)
            return
        self._hold(participant, visit)

    def _hold(self, participant: str, visit: Visit) -> None:
        if visit.id in self._one(participant).held:
            return
        if not self._ask(c.HoldVisit(participant, visit.id, self._today), Role.SITE_COORDINATOR):
            return
        at = At(visit.id, self._months(participant, visit))
        for name in visit.activities:
            activity = self._protocol.activity(name)
            has_values = activity.kind is not ActivityKind.PROCEDURE and quantities_of(self._protocol, activity)
            asked: list[c.RecordResult | c.RecordMissing] = []
            if has_values:
                subject = self._subjects[participant]
                asked = list(measure_activity(self._protocol, self._scenario, subject, activity, at))
                self._ask_all(asked)
            if not any(isinstance(command, c.RecordResult) for command in asked):
                self._ask(c.DoActivity(participant, visit.id, name, self._today), Role.CARE_PROVIDER)
            if self._product is not None and name in self._protocol.allocation.after:
                self._product.collect(participant)

    def _ask_all(self, commands: Iterable[c.RecordResult | c.RecordMissing]) -> None:
        for command in commands:
            self._ask(command, Role.OUTCOME_ASSESSOR)

    def _months(self, participant: str, visit: Visit) -> float:
        start = self._one(participant).anchor(Anchor.ADMINISTRATION)
        if visit.anchor is not Anchor.ADMINISTRATION or start is None:
            return 0.0
        return max((self._today - start).days / _DAYS_IN_MONTH, 0.0)

    def _ask_guesses(self, participant: str, occasion: GuessOccasion) -> None:
        """Everybody blinded who was near is asked what they believe; in an open-label trial nobody is."""
        one = self._one(participant)
        if self._protocol.is_open_label or one.randomised is None or not one.is_followed:
            return
        for of in ASKED_FOR_A_GUESS:
            if isinstance(viewpoint(self._protocol, of), BlindedViewpoint):
                by = Role.SITE_COORDINATOR if of is Role.PARTICIPANT else of
                who = "" if of is Role.PARTICIPANT else _name(of)
                guess, certainty = self._guess(participant, of, occasion)
                self._ask(c.GiveGuess(participant, of, occasion, guess, certainty, who=who), by)

    def _guess(self, participant: str, of: Role, occasion: GuessOccasion) -> tuple[str, c.Certainty | None]:
        """An answer drawn apart from the arm, but for those of whom the scenario says that they know."""
        guessing, name = self._scenario.guessing, (participant, "guess", of.value, occasion.value)
        arms = [arm.id for arm in self._protocol.arms]
        guess = arms[self._streams.whole(0, len(arms) - 1, *name, "arm")]
        sure = c.Certainty.STRONGLY if self._streams.chance(guessing.strongly, *name, "sure") else c.Certainty.SOMEWHAT
        if self._streams.chance(guessing.knows, *name, "knows"):
            given = {assigned.participant: assigned.arm for assigned in self._vault.assignments()}
            return given[participant], sure
        if self._streams.chance(guessing.does_not_know, *name, "does not know"):
            return c.DOES_NOT_KNOW, None
        return guess, sure

    def _end(self, participant: str) -> None:
        if self._one(participant).is_followed:
            self._ask_guesses(participant, GuessOccasion.END)
            self._ask(c.EndFollowUp(participant), Role.INVESTIGATOR)

    # --- The trial's ends --------------------------------------------------------------------------------------------

    def _suspend(self) -> None:
        ending = self._scenario.ending
        self._ask(c.Suspend(ending.because, ending.why), Role.SPONSOR)

    def _terminate(self) -> None:
        ending = self._scenario.ending
        if not self._ask(c.Terminate(ending.because, ending.why), Role.SPONSOR):
            return
        self._stopped = True
        for one in self._state.enrolled():
            if one.randomised is not None and one.administered is None and one.cancelled is None:
                self._ask(c.CancelAdministration(one.id, NeutralReason.RECRUITMENT_STOPPED), Role.INVESTIGATOR)
            self._end(one.id)

    def _sign_casebooks(self) -> None:
        """The investigator signs what everybody's casebook holds, where the lock waits for it."""
        section = self._protocol.data_management
        if section is None or LockNeeds.CASEBOOKS_SIGNED not in (section.lock_needs or ()):
            return
        self._ask(k.AcceptSignaturePolicy(section.signature_policy), Role.INVESTIGATOR)
        for one in self._state.enrolled():
            self._ask(k.Sign(one.id, Meaning.APPROVAL), Role.INVESTIGATOR, confirmed_by="rehearsed")

    def _review_blinded(self) -> None:
        """Who kept to the protocol, where a set asks for it: given all of it, with no deviation but of a window."""
        judged = [one.id for one in self._protocol.sets if one.of == "per protocol"]
        if not judged:
            return
        deviations = self._state.data.deviations.values()
        strayed = {one.event.participant for one in deviations if one.proposed is not DeviationLevel.MINOR}
        kept = tuple(
            one.id
            for one in self._state.enrolled()
            if one.administered is not None and one.administered.complete and one.id not in strayed
        )
        agreed = ("Trial statistician 1 (simulated)", "Data manager 1 (simulated)")
        self._ask(k.AssignSets(dict.fromkeys(judged, kept), "Rehearsed blind review", agreed), Role.TRIAL_STATISTICIAN)

    def _lock(self) -> Rehearsed:
        for one in self._state.enrolled():
            self._end(one.id)
        ended = self._today
        self._clock.moment += timedelta(days=30)
        self._sign_casebooks()
        self._review_blinded()
        before = self._store.head()
        self._ask(c.Lock(("Data manager 1 (simulated)", "Sponsor 1 (simulated)")), Role.DATA_MANAGER)
        warrant = c.GrantWarrant(
            WARRANT, None, UnblindingCategory.ANALYSIS, "The planned analysis after the lock.",
            "Trial statistician 1 (simulated)",
            agreed_by=("Randomisation statistician 1 (simulated)", "Data manager 1 (simulated)"),
        )  # fmt: skip
        if self._ask(warrant, Role.RANDOMISATION_STATISTICIAN):
            reader = Role.RANDOMISATION_STATISTICIAN
            by = By(_name(reader), reader, self._clock.moment, confirmed_by="rehearsed")
            read_all(self._vault, self._door, WARRANT, by)
        if self._product is not None:
            self._product.close()
        return Rehearsed(
            self._protocol, self._store, self._vault, self._key, before, self._refusals, ended,
            self._product.strand if self._product is not None else None, self._product_key,
            self._product.refusals if self._product is not None else Counter(),
        )  # fmt: skip


def _name(role: Role) -> str:
    return f"{role.value.replace('_', ' ').capitalize()} 1 (simulated)"


def _length(shelf_life: Quantity) -> timedelta:
    return timedelta(hours=float(shelf_life.to("h").value))
