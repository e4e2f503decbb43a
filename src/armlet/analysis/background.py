"""What a case has beside its values: covariates known before allocation, time at risk, days to a failure."""

from __future__ import annotations

from datetime import date
from typing import Final

from armlet.analysis.estimand import Asked, Values
from armlet.derivation.derived import Derived

DAYS_IN: Final = {"d": 1.0, "wk": 7.0, "a": 365.25}
"""UCUM: a week has 7 days, a Julian year 365.25."""


def covariates_of(values: Values) -> dict[str, float | str]:
    """The covariates of the analysis by name: a number, or a word for a code or level; what is not known is absent."""
    found: dict[str, float | str] = {}
    for name in values.analysis.covariates or ():
        known = values.followed.background.get((values.endpoint.baseline, name))
        if known is None and name in {one.id for one in values.protocol.endpoints}:
            at = values.dataset.value(name, values.participant, values.protocol.endpoint(name).baseline)
            known = at.value if isinstance(at, Derived) else None
        if known is not None:
            found[name] = known if isinstance(known, str) else float(known)
    return found


def exposure_of(values: Values, visit: str) -> float | None:
    """The time at risk in the unit of the analysis: to the day of the visit, or the last contact before it.

    At a visit that was not held the end is the last day of its window. None where the analysis asks for none, or where
    the participant was never at risk.
    """
    asked = values.analysis.exposure
    if asked is None:
        return None
    begins, last = values.followed.begins.get(asked.since), values.followed.last_contact
    if begins is None or last is None:
        return None
    observed = values.observed(visit)
    until = observed.on if isinstance(observed, Derived) else values.followed.closes.get(visit, date.max)
    days = (min(until, last) - begins).days
    return days / DAYS_IN[asked.unit] if days > 0 else None


def failed_after(values: Values, outcome: Asked) -> int | None:
    """Days from allocation (or enrolment, where nobody is allocated) to what made the outcome a failure."""
    begins = values.followed.begins
    since = begins.get("randomisation", begins.get("enrolment"))
    if not outcome.failed or outcome.by is None or since is None:
        return None
    return (outcome.by.occurrence.on - since).days
