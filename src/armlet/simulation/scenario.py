"""What a rehearsal assumes: who comes, what they answer, how they behave, how the trial ends. Every number is invented.

A trial folder may hold a `scenario.yaml`; where it has none, or says nothing of a measure, wide defaults are drawn from
the protocol itself, so that any protocol can be rehearsed.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field

from armlet.document import Document, load_document, read_text, read_yaml
from armlet.ledger.events import Seriousness, StopReason
from armlet.protocol.criteria import Name
from armlet.protocol.model import Settings

SCENARIO_FILE: Final = "scenario.yaml"


def _as_number(value: object) -> object:
    """YAML decimals arrive as the text that was typed; here they are only assumptions, so a float will do."""
    return float(value) if isinstance(value, str) and re.fullmatch(r"[+-]?\d+(\.\d+)?", value) else value


Number = Annotated[float, BeforeValidator(_as_number)]
Share = Annotated[Number, Field(ge=0, le=1)]


class Drawn(Document):
    """How one measure is drawn for a candidate. Exactly one of the ways; `only` limits it to a code of another measure."""

    measure: Name
    normal: tuple[Number, Number] | None = None
    between: tuple[Number, Number] | None = None
    days_before: tuple[int, int] | None = None
    codes: dict[str, Share] | None = None
    yes: Share | None = None
    body_mass_index: tuple[Name, Name] | None = None
    from_curve: tuple[Name, Name, Literal["at 0 min", "mean", "area"]] | None = None
    places: int = Field(default=1, ge=0, le=6)
    only: dict[Name, str] = Field(default_factory=dict)


class CurveModel(Document):
    """What an activity measures: the model's name, its settings, and the unit and places that values are reported in."""

    activity: Name
    measure: Name
    model: str
    settings: Settings = Field(default_factory=dict)
    unit: str
    places: int = Field(default=1, ge=0, le=6)
    limit_of_detection: str = ""


class Behaviour(Document):
    """How often things go as they do in life; each is a probability, or a number of days."""

    screen_failures: Share = 0.2
    unanswered_at_first: Share = 0.1
    missed_visit: Share = 0.03
    late_visit: Share = 0.05
    sample_spoilt: Share = 0.01
    diary_day_blank: Share = 0.08
    preparation_fails: Share = 0.05
    infusion_incomplete: Share = 0.02
    withdraws_each_year: Share = 0.04
    lost_each_year: Share = 0.02
    days_between_candidates: tuple[int, int] = (7, 28)


class Guessing(Document):
    """How people answer which arm they believe it is: who does not know, who is sure, and who truly knows (nobody).

    `knows` is the share whose guess is the true arm; all others name an arm by chance.
    """

    does_not_know: Share = 0.4
    strongly: Share = 0.3
    knows: Share = 0.0


class Harm(Document):
    """A kind of adverse event: how many a participant has in a year, from when, how severe."""

    term: str
    each_year: Number = Field(ge=0)
    grades: dict[Literal["1", "2", "3", "4", "5"], Share]
    related_to: tuple[str, ...] = ()
    serious: Seriousness | None = None
    serious_from: int = 3
    within_days: int | None = None


class Batch(Document):
    """What the cell laboratory measures of a preparation: mean and spread of the concentration and of each release test.

    The concentration is in 10*6/mL; without one it is chosen so that the target dose is a volume that can be measured.
    """

    concentration: tuple[Number, Number] | None = None
    tests: dict[Name, tuple[Number, Number] | str] = Field(default_factory=dict)


class Ending(Document):
    """How the trial ends: completed, or suspended and then terminated on these days, for a reason."""

    suspended: date | None = None
    terminated: date | None = None
    because: StopReason = StopReason.OTHER
    why: str = ""


class Scenario(Document):
    """One rehearsal's assumptions."""

    armlet_scenario: Literal[1] = 1
    says: str = "Wide defaults drawn from the protocol; nothing here is an expectation."
    opens: date = date(2026, 1, 5)
    candidates: int = Field(default=400, gt=0)
    people: tuple[Drawn, ...] = ()
    models: tuple[CurveModel, ...] = ()
    effects: dict[Name, Number] = Field(default_factory=dict)
    behaviour: Behaviour = Field(default_factory=Behaviour)
    harms: tuple[Harm, ...] = ()
    guessing: Guessing = Field(default_factory=Guessing)
    batch: Batch = Field(default_factory=Batch)
    ending: Ending = Field(default_factory=Ending)
    sealed_settings: Settings = Field(default_factory=dict)


def load_scenario(folder: Path) -> Scenario:
    """The scenario of a trial folder; the defaults where it has none. Raises InputError with the line of each mistake."""
    path = folder / SCENARIO_FILE
    return read_scenario(path) if path.is_file() else Scenario()


def read_scenario(path: Path) -> Scenario:
    """The scenario of a file. Raises InputError with the line of each mistake, and where there is no such file."""
    plain, lines = read_yaml(read_text(path, "scenario"), str(path))
    return load_document(Scenario, plain, lines, "scenario")
