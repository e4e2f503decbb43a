"""The protocol's edit checks over one participant's values: true, false or unknown, each with its reason.

The language and its truth are those of the criteria. A check that lacks a value is unknown and asks nothing. Sealed values
are no values here: a query because of one would tell the arm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from armlet.conduct.observation import Observation
from armlet.conduct.state import Participant, ResultKey
from armlet.eligibility.evaluate import evaluate_rule
from armlet.eligibility.person import Person, Reading, Value
from armlet.eligibility.truth import Truth
from armlet.protocol.criteria import Measure, MeasureKind, measures_of
from armlet.protocol.data_management import EARLIER, Against, Compared, EditCheck
from armlet.protocol.model import Protocol
from armlet.units import Quantity, UnitError


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that is not met: at which visit and sample, at which value, and what was found."""

    check: EditCheck
    visit: str
    sample: str
    at: ResultKey | None
    because: str

    @property
    def place(self) -> tuple[str, str, str]:
        """What makes it the same failure: check, visit, sample."""
        return (self.check.id, self.visit, self.sample)


@dataclass(frozen=True, slots=True)
class Values:
    """What is known of a participant when a check is made: results, and the days of visits."""

    results: Mapping[ResultKey, Observation]
    days: Mapping[str, date]


def values_of(one: Participant) -> Values:
    """What is known of a participant now."""
    days = {**{visit: held.on for visit, held in one.held.items()}, **one.extra}
    return Values(dict(one.results), days)


def find_failures(protocol: Protocol, values: Values, visit: str, measure: str | None = None) -> Iterator[Failure]:
    """Every check that is not met now and could be touched by a change at this visit, or of this measure there."""
    for check in protocol.edit_checks or ():
        spoken = measures_of_check(check)
        if measure is not None and measure not in spoken:
            continue
        for touched in _visits_touched(check, values, visit):
            yield from _failures_at(protocol, check, values, touched)


def measures_of_check(check: EditCheck) -> frozenset[str]:
    """The measures that a check speaks of; of a compared value, the measure that it is made from."""
    if check.rule is None:
        return frozenset(check.required or ())
    made = {one.id: one for one in check.compared or ()}
    named = measures_of(check.rule)
    return (named - made.keys()) | {one.measure for one in made.values() if one.measure is not None}


def _visits_touched(check: EditCheck, values: Values, visit: str) -> list[str]:
    """The visit itself, and later ones whose values are compared with it."""
    since = {one.since for one in check.compared or ()}
    late = [
        other
        for other, day in values.days.items()
        if other != visit and (visit in since or (EARLIER in since and day > values.days.get(visit, date.max)))
    ]
    wanted = check.visits
    return [one for one in (visit, *late) if wanted is None or one in wanted]


def _failures_at(protocol: Protocol, check: EditCheck, values: Values, visit: str) -> Iterator[Failure]:
    if check.required is not None:
        yield from _required_failures(check, values, visit)
        return
    if check.rule is None or visit not in values.days:
        return
    here = {key: one for key, one in values.results.items() if key[0] == visit}
    spoken = measures_of_check(check)
    samples = sorted({key[3] for key in here if key[2] in spoken and key[3]}) or [""]
    extended = _with_compared(protocol, check)
    for sample in samples:
        person = _person_at(protocol, check, values, visit, sample)
        finding = evaluate_rule(check.rule, person, extended)
        if finding.truth is Truth.FALSE:
            at = next((key for key in sorted(here) if key[2] in spoken and key[3] in {"", sample}), None)
            yield Failure(check, visit, sample, at, finding.because)


def _required_failures(check: EditCheck, values: Values, visit: str) -> Iterator[Failure]:
    for key, one in sorted(values.results.items()):
        if key[0] == visit and key[2] in (check.required or ()) and one.missing is not None:
            yield Failure(check, visit, key[3], key, f"missing: {one.missing.value}")


# --- The values that a rule speaks of -------------------------------------------------------------------------------


def _with_compared(protocol: Protocol, check: EditCheck) -> Protocol:
    """The protocol with the check's compared values among its measures, so that a rule may speak of them."""
    made = tuple(
        Measure(id=one.id, label=_label(protocol, one), kind=MeasureKind.QUANTITY, unit=unit_of(protocol, one))
        for one in check.compared or ()
    )
    return protocol.model_copy(update={"measures": (*protocol.measures, *made)}) if made else protocol


def unit_of(protocol: Protocol, one: Compared) -> str:
    """The unit of a compared value."""
    match one.is_:
        case Against.CHANGE:
            return protocol.measure(one.measure or "").unit or "1"
        case Against.CHANGE_IN_PERCENT:
            return "%"
        case Against.DAYS_SINCE:
            return "d"


def _label(protocol: Protocol, one: Compared) -> str:
    known = {visit.id: visit.label for visit in protocol.visits}
    since = "the earlier value" if one.since == EARLIER else known.get(one.since, one.since)
    if one.is_ is Against.DAYS_SINCE:
        return f"days since {since}"
    return f"{one.is_.value} of {protocol.measure(one.measure or '').label} since {since}"


def _person_at(protocol: Protocol, check: EditCheck, values: Values, visit: str, sample: str) -> Person:
    found: dict[str, Value] = {}
    for key, one in sorted(values.results.items(), key=lambda item: item[1].entry):
        if key[0] == visit and key[3] in {"", sample}:
            reading = _reading(protocol, one)
            found |= {} if reading is None else {key[2]: reading}
    for made in check.compared or ():
        amount = _compare(protocol, made, values, visit, sample)
        if amount is not None:
            found[made.id] = Reading(amount, amount)
    return Person("", found)


def _reading(protocol: Protocol, one: Observation) -> Reading | None:
    """The value in the unit of its measure; None for a missing, sealed or censored one."""
    measure = protocol.measure(one.measure)
    if one.quantity is None or one.is_sealed or one.below:
        return None
    try:
        return Reading(one.quantity, one.quantity.to(measure.unit or one.quantity.unit, measure.molar_mass))
    except UnitError:
        return None


def _compare(protocol: Protocol, made: Compared, values: Values, visit: str, sample: str) -> Quantity | None:
    before = _visit_before(made, values, visit)
    if before is None or visit not in values.days:
        return None
    if made.is_ is Against.DAYS_SINCE:
        return Quantity(Decimal((values.days[visit] - values.days[before]).days), "d")
    now, then = (_amount(protocol, made, values, at, sample) for at in (visit, before))
    if now is None or then is None:
        return None
    if made.is_ is Against.CHANGE:
        return Quantity(now.value - then.value, now.unit)
    return Quantity(100 * (now.value - then.value) / then.value, "%") if then.value else None


def _visit_before(made: Compared, values: Values, visit: str) -> str | None:
    """The visit that a value is compared with: the one named, or the newest one on an earlier day that has the value."""
    if made.since != EARLIER:
        return made.since if made.since in values.days and made.since != visit else None
    measured = {key[0] for key, one in values.results.items() if key[2] == made.measure and one.quantity is not None}
    day = values.days.get(visit, date.min)
    earlier = [
        (on, name)
        for name, on in values.days.items()
        if on < day and (made.measure is None or name in measured) and name != visit
    ]
    return max(earlier)[1] if earlier else None


def _amount(protocol: Protocol, made: Compared, values: Values, visit: str, sample: str) -> Quantity | None:
    found = [
        one
        for key, one in values.results.items()
        if key[0] == visit and key[2] == made.measure and key[3] in {"", sample}
    ]
    reading = _reading(protocol, max(found, key=lambda one: one.entry)) if found else None
    return reading.amount if reading is not None else None
