"""How an estimand treats intercurrent events (ICH E9(R1), A.3.2): from values as observed to the values that it asks for.

A strategy looks at what happened *before* a value: on an earlier day than the value's own, since a test of the same day
was nearly always done first; at a visit that was not held, up to the last day of its window. A test that was not done
after no event at all is missing data and nothing else. Of several events the order is: whoever is outside the principal
stratum is not looked at; then a composite outcome, which no later event undoes; then the earliest of the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from armlet.derivation.dataset import BlindedDataset
from armlet.derivation.derived import Derived, DerivedOrNot
from armlet.derivation.followed import Followed, Occurrence
from armlet.protocol.intercurrent import Treated
from armlet.protocol.model import Analysis, Endpoint, Protocol

NOBODY_KNOWN = Followed()
"""Of whom nothing but values is known: no event was recognised."""


@dataclass(frozen=True, slots=True)
class Happened:
    """An intercurrent event of a participant with how the analysis treats it."""

    occurrence: Occurrence
    treated: Treated
    label: str

    @property
    def words(self) -> str:
        """``death (2017-05-01)``."""
        return f"{self.label} ({self.occurrence.on})"


@dataclass(frozen=True, slots=True)
class Asked:
    """The value that the estimand asks for at one visit.

    `value` is None where there is none, and `why` says why; `by` is the event that made it another than the observed one.
    `failed`: worse than every value.
    """

    value: float | None
    why: str = ""
    below_limit: bool = False
    by: Happened | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Values:
    """Everything about one participant and one endpoint that the strategies look at."""

    protocol: Protocol
    dataset: BlindedDataset
    analysis: Analysis
    participant: str

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint of the analysis."""
        return self.protocol.endpoint(self.analysis.endpoint)

    @property
    def followed(self) -> Followed:
        """The participant's course."""
        return self.dataset.followed.get(self.participant, NOBODY_KNOWN)

    def observed(self, visit: str) -> DerivedOrNot:
        """The value as observed, or why there is none."""
        return self.dataset.value(self.analysis.endpoint, self.participant, visit)

    def happened(self, visit: str) -> tuple[Happened, ...]:
        """The events before the value of this visit that the analysis names, the earliest first."""
        if not self.followed.occurrences:
            return ()
        treated = {one.event: one for one in self.analysis.intercurrent}
        until = self.followed.closes.get(visit, date.max)
        value = self.observed(visit)
        found = [
            Happened(one, treated[one.event], self.protocol.intercurrent_event(one.event).label)
            for one in self.followed.occurrences
            if one.event in treated and (one.on < value.on if isinstance(value, Derived) else one.on <= until)
        ]
        return tuple(sorted(found, key=lambda one: one.occurrence.on))


def outside_stratum(values: Values, visit: str) -> Happened | None:
    """The event for which a participant does not belong to the principal stratum, or None."""
    return next(_treated_by(values.happened(visit), "principal stratum"), None)


def value_asked(values: Values, visit: str) -> Asked:
    """The value at a visit after the strategies of the analysis."""
    events = values.happened(visit)
    composite = next(_treated_by(events, "composite"), None)
    if composite is not None:
        return _composite(values.endpoint, composite)
    changing = next(_treated_by(events, "hypothetical", "while on treatment"), None)
    if changing is None:
        return _as_observed(values, values.observed(visit))
    if changing.treated.strategy == "hypothetical":
        return Asked(None, f"set aside after {changing.words}, as if that had not happened (hypothetical)", by=changing)
    return _last_before(values, visit, changing)


def _treated_by(events: tuple[Happened, ...], *strategies: str) -> Iterator[Happened]:
    return (one for one in events if one.treated.strategy in strategies)


def _as_observed(values: Values, value: DerivedOrNot) -> Asked:
    if isinstance(value, Derived):
        return Asked(float(value.value), below_limit=_is_upper_bound(values, value))
    return Asked(None, value.because)


def _is_upper_bound(values: Values, value: Derived) -> bool:
    """Only by the policy `censored` is the value the limit; by another it stands for what was below the limit."""
    return value.below_limit and values.endpoint.settings.get("below_limit") == "censored"


def _composite(endpoint: Endpoint, event: Happened) -> Asked:
    """The value that the protocol declares for it, or an outcome worse than every value."""
    declared = event.treated.value
    if declared is not None:
        return Asked(float(declared.to(endpoint.unit).value), by=event)
    why = f"{event.words}, counted as worse than every value (composite)"
    return Asked(None, why, by=event, failed=True)


def _last_before(values: Values, visit: str, event: Happened) -> Asked:
    """The last value from allocation up to the day of the event, whichever visit it is of."""
    visits = [one for one in values.endpoint.visits if one != values.endpoint.baseline]
    earlier = [values.observed(one) for one in visits[: visits.index(visit) + 1]]
    found = [one for one in earlier if isinstance(one, Derived) and one.on <= event.occurrence.on]
    if not found:
        why = f"no value between allocation and {event.words} (while on treatment)"
        return Asked(None, why, by=event)
    last = max(found, key=lambda one: one.on)
    return Asked(float(last.value), below_limit=_is_upper_bound(values, last), by=event)


# --- What a reader is told ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Applied:
    """An intercurrent event that happened to somebody before the value of an analysis, and how it was treated."""

    participant: str
    event: str
    label: str
    on: date
    strategy: str
    changed: bool

    def as_json(self) -> dict[str, object]:
        """As plain data; `changed` is false where the value stayed as observed."""
        return {
            "participant": self.participant,
            "event": self.event,
            "label": self.label,
            "date": self.on.isoformat(),
            "strategy": self.strategy,
            "changed": self.changed,
        }


def list_applied(values: Values, visit: str) -> tuple[Applied, ...]:
    """Every event of one participant that the analysis looked at, the earliest first."""
    outside = outside_stratum(values, visit)
    decisive = outside or value_asked(values, visit).by
    return tuple(
        Applied(
            one.occurrence.participant,
            one.occurrence.event,
            one.label,
            one.occurrence.on,
            one.treated.strategy,
            one == decisive,
        )
        for one in values.happened(visit)
    )


def why_missing(values: Values, visit: str) -> str:
    """Why the value of the visit is missing where no strategy made it so; empty where it is there or was set aside."""
    observed = values.observed(visit)
    if isinstance(observed, Derived) or outside_stratum(values, visit) or value_asked(values, visit).by is not None:
        return ""
    return observed.because
