"""Rule sets of donor eligibility: data files, each with its jurisdiction, the dates it applies to, and its sources.

A rule set is chosen by its name and the date of the donation, never by today. What a file marks `confirm` was entered
from memory; `to_confirm` lists it, and a sponsor must look it up before relying on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from pydantic import Field

from armlet.document import Document, load_document, read_yaml
from armlet.errors import InputError
from armlet.issues import error
from armlet.protocol.criteria import Name

_FOLDER: Final = files(__package__) / "data" / "donor_rules"
Outcome = Literal["ineligible", "risk assessment", "recorded"]


class Cited(Document):
    """A line of a rule set: where it comes from, and what of it somebody must still look up."""

    source: str
    confirm: str = ""


class Autologous(Cited):
    """Whether cells for their own donor need a determination."""

    determination: Literal["not required", "as for others"]


class Screening(Cited):
    """The parts of the screening that must be done by the day of the collection."""

    parts: tuple[Name, ...]


class Kit(Cited):
    """What the test kits must be for a result to count."""

    must_be: Literal["licensed"]


class Window(Cited):
    """How many days before and after the collection a sample may be taken, both included; for one tissue or any."""

    tissue: Name | None = None
    before: int = Field(ge=0)
    after: int = Field(ge=0)


class Haemodilution(Cited):
    """How many hours before the sample blood or colloid, or crystalloid, ask for an assessment of dilution."""

    colloid_hours: int = Field(gt=0)
    crystalloid_hours: int = Field(gt=0)


class DonorTest(Cited):
    """One test: of whom it is asked, what a positive result means, and which test settles a positive one."""

    id: Name
    label: str
    asked: Literal["always", "leukocyte rich", "on history", "to settle"]
    history: Name | None = None
    positive: Outcome
    settled_by: Name | None = None


class LabelText(Cited):
    """A text that must stand on the container, and when."""

    when: Literal["autologous", "not evaluated", "ineligible", "positive"]
    text: str


class Exceptions(Cited):
    """For which documented reasons cells of an ineligible donor may be used."""

    ids: tuple[Name, ...]


class Retention(Cited):
    """How many years records are kept, and after what."""

    years: int = Field(gt=0)
    after: Literal["administration", "expiry", "end of trial"]


class DonorRules(Document):
    """One rule set. `until` is the first day on which it no longer applies; `unsettled` says why it decides nothing."""

    id: Name
    name: Name
    jurisdiction: str
    title: str
    from_: date = Field(alias="from")
    until: date | None = None
    confirm: str = ""
    unsettled: str = ""
    autologous: Autologous
    screening: Screening
    kit: Kit
    windows: tuple[Window, ...] = Field(min_length=1)
    haemodilution: Haemodilution | None = None
    tests: tuple[DonorTest, ...]
    labels: tuple[LabelText, ...] = ()
    exceptions: Exceptions | None = None
    retention: tuple[Retention, ...] = ()

    def applies_on(self, day: date) -> bool:
        """Whether it applies to a donation of that day."""
        return self.from_ <= day and (self.until is None or day < self.until)

    def test(self, test_id: str) -> DonorTest | None:
        """The test of that id, if it has one."""
        return next((test for test in self.tests if test.id == test_id), None)

    def window(self, tissue: str) -> Window:
        """The window of this tissue, or the one of any tissue."""
        return next((one for one in self.windows if one.tissue == tissue), self.windows[0])

    def to_confirm(self) -> tuple[str, ...]:
        """What was entered from memory, each with where it is said to come from."""
        own = (f"{self.title}: {self.confirm}",) if self.confirm else ()
        return (*own, *(f"{line.source}: {line.confirm}" for line in _cited(self) if line.confirm))


def _cited(rules: DonorRules) -> Iterator[Cited]:
    for name in DonorRules.model_fields:
        value: object = getattr(rules, name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Cited):
                yield part


@cache
def load_donor_rules() -> tuple[DonorRules, ...]:
    """Every rule set that comes with the program, by id."""
    found = [path for path in _FOLDER.iterdir() if path.name.endswith(".yaml")]
    return tuple(
        read_donor_rules(path.read_text("utf-8"), path.name) for path in sorted(found, key=lambda path: path.name)
    )


def read_donor_rules(text: str, name: str) -> DonorRules:
    """A rule set from YAML; a sponsor may keep one of their own. Raises InputError."""
    plain, lines = read_yaml(text, name)
    return load_document(DonorRules, plain, lines, "donor-rules")


def rules_for(name: str, donated: date, known: tuple[DonorRules, ...] | None = None) -> DonorRules:
    """The rule set of that name for a donation of that day. Raises InputError where there is none."""
    rules = load_donor_rules() if known is None else known
    for one in rules:
        if one.name == name and one.applies_on(donated):
            return one
    names = ", ".join(sorted({one.name for one in rules}))
    message = f"there are no donor rules {name!r} for a donation of {donated}."
    raise InputError([error("donor-rules/unknown", name, message, f"Known are: {names}.")])


def keep_until(retentions: tuple[Retention, ...], starts: dict[str, date]) -> date | None:
    """The last of the days until which some rule keeps the records; None where a rule's start is not known yet.

    Unknown is not short: while the expiry or the end of the trial has no date, nothing may be destroyed. A 29 February
    is counted as the 1 March of a year that has none.
    """
    days = []
    for rule in retentions:
        start = starts.get(rule.after)
        if start is None:
            return None
        later = start.year + rule.years
        is_leap_day = (start.month, start.day) == (2, 29)
        try:
            days.append(start.replace(year=later))
        except ValueError:
            assert is_leap_day
            days.append(date(later, 3, 1))
    return max(days, default=None)
