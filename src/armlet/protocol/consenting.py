"""What a protocol may ask of its consents beyond their being there; without this section nothing more is asked."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from armlet.document import Document
from armlet.protocol.criteria import Name
from armlet.protocol.source import Sourced
from armlet.studytime import Duration


class ConsentOption(Document):
    """Something that a participant may agree to or not, and take part either way."""

    id: Name
    label: str


class CompetenceRule(Sourced):
    """The capacity to consent is judged after the consent `after` and before the consent `before`, by somebody else.

    The judgement is itself a procedure of the trial, so it needs a consent of its own.
    """

    after: Name
    before: Name
    valid_for: Duration
    instruments: tuple[str, ...] = Field(min_length=1)


class Consenting(Sourced):
    """How consents are given. `documents`: only on a text that is approved and in use at the site in that language.

    `copy_first`: nobody is enrolled before the signed copy was handed over. `reconsent_within`: how long participants
    who are asked anew have, where an amendment does not say.
    """

    documents: Literal[True] | None = None
    copy_first: Literal[True] | None = None
    reconsent_within: Duration
    options: tuple[ConsentOption, ...] = ()
    competence: CompetenceRule | None = None
