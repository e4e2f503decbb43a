"""What a protocol may say of its data: checks that ask by themselves, what is entered twice, what a lock waits for.

A check is written in the language of the criteria, over the values of one visit. Decision record 0002 tells why there is
no second language.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from armlet.document import Document
from armlet.protocol.criteria import Name, Rule
from armlet.protocol.source import Sourced
from armlet.studytime import Duration

EARLIER = "earlier"
"""Stands for the newest value before the visit that is checked."""


class Against(StrEnum):
    """How a value stands to an earlier one."""

    CHANGE = "change"
    CHANGE_IN_PERCENT = "change in percent"
    DAYS_SINCE = "days since"


class Compared(Document):
    """A number that a check may speak of as if it were a measure, made from two visits.

    `change` and `change in percent` are those of `measure` (both keep their sign); `days since` counts the days from
    the visit `since`. `since` is a visit, or ``earlier``.
    """

    id: Name
    is_: Against = Field(alias="is")
    measure: Name | None = None
    since: Name

    @model_validator(mode="after")
    def _has_a_measure(self) -> Self:
        if (self.is_ is Against.DAYS_SINCE) == (self.measure is not None):
            raise ValueError("a change needs `measure`, and `days since` has none")
        return self


class EditCheck(Sourced):
    """What should be so of the values of one visit; where it is not, the site is asked `asks`.

    `rule` holds when all is well: unknown asks nothing. `required` are measures of which a value has to be there, whatever
    reason stands in its place. `visits` narrows the check; without it every visit is checked.
    """

    id: Name
    asks: str = Field(min_length=1, max_length=500)
    visits: tuple[Name, ...] | None = Field(default=None, min_length=1)
    compared: tuple[Compared, ...] | None = Field(default=None, min_length=1)
    rule: Rule | None = None
    required: tuple[Name, ...] | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _checks_something(self) -> Self:
        if (self.rule is None) == (self.required is None):
            raise ValueError("a check needs either `rule` or `required`")
        return self


class LockNeeds(StrEnum):
    """What the lock of the database waits for, beyond what it always waits for."""

    CASEBOOKS_SIGNED = "casebooks signed"
    DEVIATIONS_CLASSIFIED = "deviations classified"
    SETS_ASSIGNED = "sets assigned"
    FORMS_COMPLETE = "forms complete"


class DataManagement(Sourced):
    """How data are kept: what is entered twice (`critical`), when a correction counts as late, what a lock waits for.

    `signature_policy` is the version of the statement that whoever signs has accepted before.
    """

    signature_policy: str = Field(min_length=1)
    critical: tuple[Name, ...] | None = Field(default=None, min_length=1)
    late_correction: Duration | None = None
    lock_needs: tuple[LockNeeds, ...] | None = Field(default=None, min_length=1)


class AnalysisVisits(Sourced):
    """Which visit a value counts for in the analysis.

    ``as labelled`` takes the scheduled visit whenever it was held; ``in window`` only when it was held in its window;
    ``nearest to target`` takes, of the scheduled visit, its repeats and unscheduled ones whose day lies in the window,
    the one nearest to the target day (the scheduled one before others, the earlier before the later).
    """

    rule: Literal["as labelled", "in window", "nearest to target"]
