"""By when a trial is to be registered, ended and reported: a pure function of its record, what was added, and a day.

A date known to the month gives an interval, both ends of which belong to it: before the first nothing is late, after the
last everything is. Where the date that a rule counts from is missing, a later one may still give the last end. Days are
those of the place; which hour of the day counts is left to the law.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from armlet.eligibility.truth import Truth, all_of
from armlet.registry.jurisdiction import Answer, Case, CertificateRule, Milestone, Rule, load_rules
from armlet.studytime import PartialDate


@dataclass(frozen=True, slots=True)
class Due:
    """The last day on which it is in time: it lies between these two. `earliest` None: only the upper end is known."""

    earliest: date | None
    latest: date

    def __str__(self) -> str:
        if self.earliest is None:
            return f"at the latest {self.latest}"
        return str(self.latest) if self.earliest == self.latest else f"{self.earliest} to {self.latest}"


class Standing(StrEnum):
    """How a deadline stands on a given day."""

    NOT_REQUIRED = "not required"
    NOT_KNOWN = "not yet known"
    AHEAD = "due"
    PERHAPS_PASSED = "perhaps passed"
    PASSED = "passed"
    IN_TIME = "done in time"
    LATE = "done late"
    PERHAPS_LATE = "perhaps done late"


@dataclass(frozen=True, slots=True)
class Deadline:
    """One rule on one trial. `says` is the standing in words; `applies` says whether the rule does, and why."""

    rule: Rule
    what: str
    applies: Answer
    due: Due | None
    done: PartialDate | None
    standing: Standing
    says: str
    counted: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that results may wait, under 42 CFR 11.44(b) or (c): when it was handed in, and what it waits for.

    `event` is the day on which the product was approved, the application withdrawn or the like; None where that has not
    come about. Raises ValueError for an event before the certificate, which then has nothing to wait for.
    """

    handed_in: date
    event: date | None = None

    def __post_init__(self) -> None:
        if self.event is not None and self.event < self.handed_in:
            raise ValueError(f"the event of {self.event} lies before the certificate of {self.handed_in}")


@dataclass(frozen=True, slots=True)
class Papers:
    """What no record holds: certificates, and by outcome title when data for a secondary outcome were last collected."""

    certificate: Certificate | None = None
    last_collected: Mapping[str, PartialDate] | None = None


def find_deadlines(case: Case, today: date, papers: Papers | None = None) -> tuple[Deadline, ...]:
    """Every rule that does or may apply, and those that do not, as they stand on the day; in the order of the data."""
    papers = papers or Papers()
    return tuple(
        deadline
        for rule in load_rules().rules
        for deadline in (
            _each_secondary(rule, case, today, papers) if rule.each_secondary else _one(rule, case, today, papers)
        )
    )


def _one(rule: Rule, case: Case, today: date, papers: Papers) -> list[Deadline]:
    due, counted = _count(rule, case)
    if rule.certificate and due is not None:
        due, counted = _with_certificate(due, counted, papers.certificate)
    done = None if rule.done_by is None else case.date_of(rule.done_by)
    return [_stand(rule, rule.what, case, today, due, counted, done)]


def _each_secondary(rule: Rule, case: Case, today: date, papers: Papers) -> list[Deadline]:
    """One for each outcome whose last collection is known, and one for all the others together."""
    known = papers.last_collected or {}
    outcomes = case.section.outcomes_module.secondary_outcomes
    titles = [outcome.measure or "" for outcome in outcomes]
    own = [_own_deadline(rule, case, today, papers, title) for title in titles if title in known]
    others = len(titles) - len(own)
    if not others:
        return own
    due, counted = _between(rule, case)
    if due is not None:
        due, counted = _with_certificate(due, counted, papers.certificate)
    what = f"{rule.what} ({others} of them; the record does not say when each was last collected)"
    return [*own, _stand(rule, what, case, today, due, counted, None)]


def _own_deadline(rule: Rule, case: Case, today: date, papers: Papers, title: str) -> Deadline:
    assert papers.last_collected is not None  # the title was found in it
    own = _after(rule, papers.last_collected[title])
    primary, _ = _count(rule, case)
    counted = f"last collected {papers.last_collected[title]}"
    due = own if primary is None else _later(own, primary)
    due, counted = _with_certificate(due, counted, papers.certificate)
    return _stand(rule, f'results of the secondary outcome "{title}"', case, today, due, counted, None)


# --- When it is due ---------------------------------------------------------------------------------------------------


def _after(rule: Rule, start: PartialDate) -> Due:
    return Due(rule.within.after(start.earliest()), rule.within.after(start.latest()))


def _later(one: Due, other: Due) -> Due:
    earliest = max((day for day in (one.earliest, other.earliest) if day is not None), default=None)
    return Due(earliest, max(one.latest, other.latest))


def _count(rule: Rule, case: Case) -> tuple[Due | None, str]:
    start = case.date_of(rule.counts_from)
    if start is not None:
        return _after(rule, start), f"{_words(rule.counts_from)} {start}{_planned(case, rule.counts_from)}"
    bound = None if rule.latest_from is None else case.date_of(rule.latest_from)
    if rule.latest_from is None or bound is None:
        return None, f"the date of {_words(rule.counts_from)} is missing"
    missing = f"the date of {_words(rule.counts_from)} is missing; it is not after {_words(rule.latest_from)} {bound}"
    return Due(None, _after(rule, bound).latest), f"{missing}{_planned(case, rule.latest_from)}"


def _between(rule: Rule, case: Case) -> tuple[Due | None, str]:
    """From the primary outcomes' deadline to one counted from the end of the trial, after which nothing is collected."""
    primary, counted = _count(rule, case)
    end = None if rule.latest_from is None else case.date_of(rule.latest_from)
    if rule.latest_from is None or end is None:
        return None, "the dates of last collection and of the end of the trial are missing"
    latest = _after(rule, end).latest
    if primary is None:
        return Due(None, latest), counted
    return Due(primary.earliest, max(latest, primary.latest)), f"{counted}; {_words(rule.latest_from)} {end}"


def _with_certificate(due: Due, counted: str, certificate: Certificate | None) -> tuple[Due, str]:
    """The deadline that a certificate moved; one handed in after the deadline moves nothing."""
    if certificate is None:
        return due, counted
    handed_in = certificate.handed_in
    if handed_in > due.latest:
        return due, f"{counted}; the certificate of {handed_in} came after the deadline and moves nothing"
    moved = _moved_to(certificate, load_rules().certificate)
    is_in_time = due.earliest is not None and handed_in <= due.earliest
    first = moved if is_in_time else due.earliest
    perhaps = "" if is_in_time else ", if it came in time"
    return Due(first, moved), f"{counted}; certificate of delay of {handed_in}{perhaps}"


def _moved_to(certificate: Certificate, rule: CertificateRule) -> date:
    furthest = rule.at_most.after(certificate.handed_in)
    return furthest if certificate.event is None else min(furthest, rule.after_event.after(certificate.event))


def _words(milestone: Milestone) -> str:
    return milestone.value.replace("_", " ")


def _planned(case: Case, milestone: Milestone) -> str:
    return " (planned, not reached)" if case.is_planned(milestone) else ""


# --- How it stands ----------------------------------------------------------------------------------------------------


def _stand(
    rule: Rule, what: str, case: Case, today: date, due: Due | None, counted: str, done: PartialDate | None
) -> Deadline:
    applies = case.applies(rule.regime)
    fits = all_of(case.holds(one) for one in rule.only)
    if applies.is_so is not Truth.FALSE and fits is not Truth.TRUE:
        conditions = " and ".join(one.value.replace("_", " ") for one in rule.only)
        what_is = "does not hold" if fits is Truth.FALSE else "is not known"
        applies = Answer(fits, f"it {what_is} of the trial: {conditions}")
    standing, says = _standing(rule, case, applies, due, done, today)
    return Deadline(rule, what, applies, due, done, standing, says, counted)


def _standing(
    rule: Rule, case: Case, applies: Answer, due: Due | None, done: PartialDate | None, today: date
) -> tuple[Standing, str]:
    if applies.is_so is Truth.FALSE:
        return Standing.NOT_REQUIRED, "not required; it may be done all the same"
    if due is None:
        return Standing.NOT_KNOWN, "not yet known"
    if done is not None and not rule.last:
        return _judge_deed(done, due)
    if done is not None and (seen := _judge_last_deed(rule, case, done, due)) is not None:
        return seen
    return _judge_day(rule, due, today)


def _judge_deed(done: PartialDate, due: Due) -> tuple[Standing, str]:
    if due.earliest is not None and done.latest() <= due.earliest:
        return Standing.IN_TIME, f"done {done}, in time"
    if done.earliest() > due.latest:
        return Standing.LATE, f"done {done}, late by {_days(done.earliest(), due.latest)}"
    return Standing.PERHAPS_LATE, f"done {done}; whether in time cannot be said"


def _judge_last_deed(rule: Rule, case: Case, done: PartialDate, due: Due) -> tuple[Standing, str] | None:
    """What the latest of several deeds shows of one that is asked for; None where it shows nothing."""
    start = case.date_of(rule.counts_from)
    if start is None or done.latest() < start.earliest():
        return None
    if due.earliest is not None and start.latest() <= done.earliest() and done.latest() <= due.earliest:
        return Standing.IN_TIME, f"done {done}, in time"
    return (
        Standing.PERHAPS_LATE,
        f"the last update is of {done}; late, unless an earlier one, which is not shown, did it",
    )


def _judge_day(rule: Rule, due: Due, today: date) -> tuple[Standing, str]:
    if today > due.latest:
        unseen = "records do not say" if rule.done_by is None else f"the record has no date of {_words(rule.done_by)}"
        return Standing.PASSED, f"passed {_days(today, due.latest)} ago; whether it was done: {unseen}"
    at_most = "today at the latest" if today == due.latest else f"in at most {_days(due.latest, today)}"
    if due.earliest is None:
        return Standing.NOT_KNOWN, f"due {at_most}, perhaps passed already"
    if today > due.earliest:
        return Standing.PERHAPS_PASSED, f"perhaps passed; due {at_most}"
    if today == due.latest:
        return Standing.AHEAD, "due today"
    soonest, latest = _days(due.earliest, today), _days(due.latest, today)
    return Standing.AHEAD, f"due in {soonest}" if soonest == latest else f"due in {soonest} to {latest}"


def _days(later: date, earlier: date) -> str:
    count = (later - earlier).days
    return f"{count} day{'' if count == 1 else 's'}"


# --- When the record changes ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Moved:
    """A deadline that differs between two versions of a record: what it was, by which version, and what it is."""

    rule: str
    what: str
    by: str
    was: Due | None
    now: Due | None


def find_moved(earlier: Mapping[str, tuple[Deadline, ...]], now: tuple[Deadline, ...]) -> tuple[Moved, ...]:
    """What each earlier version of the record, by its name, made of the deadlines, where that differs from now."""
    current = {(one.rule.id, one.what): one.due for one in now if one.standing is not Standing.NOT_REQUIRED}
    return tuple(
        Moved(one.rule.id, one.what, name, one.due, current[one.rule.id, one.what])
        for name, deadlines in earlier.items()
        for one in deadlines
        if (one.rule.id, one.what) in current and current[one.rule.id, one.what] != one.due
    )
