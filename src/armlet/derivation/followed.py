"""What an analysis must know of a participant beside the values of endpoints, with no arm: events, days, background."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An intercurrent event that happened to a participant: which, on which day, and by what it was recognised.

    `on` is the day of what was recognised: the planned day of a preparation that was not given, the first day since
    allocation that an adverse event may have begun on (`by` says where only its month or year is known), and the day
    that something became known where the ledger has no other.
    """

    participant: str
    event: str
    on: date
    by: str


@dataclass(frozen=True, slots=True)
class Followed:
    """One participant's course: since when at risk, until when heard of, and what happened in between.

    `begins` has the day of enrolment, randomisation and administration, as far as there was one; `last_contact` is the
    last day that something was heard of the participant. `closes` is the last day of each visit's window, without those
    whose anchor never came. `background` are the covariates by the visit of the baseline and by name: numbers in the
    measure's unit, words for codes, yes or no and levels; what is not known is absent.
    """

    occurrences: tuple[Occurrence, ...] = ()
    begins: Mapping[str, date] = field(default_factory=dict)
    last_contact: date | None = None
    closes: Mapping[str, date] = field(default_factory=dict)
    background: Mapping[tuple[str, str], Decimal | str] = field(default_factory=dict)
