"""What a protocol may ask of the trial's course; without this section nothing more is asked than before."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from armlet.document import Document
from armlet.protocol.source import Sourced
from armlet.studytime import Duration

Paper = Literal[
    "ethics approval", "agency approval", "signature of the investigator", "signature of the sponsor", "site opened"
]


class Impact(StrEnum):
    """Who is asked for consent anew when the protocol changes."""

    NONE = "nobody"
    NEW_ONLY = "new participants only"
    ALL_ACTIVE = "all active participants"
    TREATED_ONLY = "treated participants only"
    DONORS = "donors"


class NoticeTo(StrEnum):
    """Who gets a letter."""

    PARTICIPANT = "participant"
    ETHICS = "ethics committee"
    AGENCY = "authority"
    REGISTRY = "registry"


class Notice(Document):
    """Who is told of an early end or of a mistake, within how long. `about`: of what."""

    to: NoticeTo
    about: Literal["early end", "randomised in error"]
    within: Duration


class CourseRules(Sourced):
    """`before_recruiting`: papers without which nobody is identified. `contact_attempts`: before somebody is lost."""

    before_recruiting: tuple[Paper, ...] = ()
    contact_attempts: int | None = Field(default=None, gt=0)
    notices: tuple[Notice, ...] = ()
