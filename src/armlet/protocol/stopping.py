"""When harm stops or pauses a trial, as the protocol says it: what counts as harm, and the boundary.

How boundaries are computed, and how a rule behaves, stands in `armlet.safety.stopping`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from armlet.document import Document
from armlet.protocol.criteria import Name
from armlet.protocol.source import Sourced
from armlet.studytime import Duration

Probability = Annotated[str, Field(pattern=r"^0\.\d{1,9}$")]


def _as_text(value: object) -> object:
    """YAML reads 1 as a whole number and 0.4 as text; both are numbers as they were typed."""
    return str(value) if type(value) is int else value


Positive = Annotated[str, BeforeValidator(_as_text), Field(pattern=r"^\d{1,6}(\.\d{1,9})?$")]


class BetaBinomial(Document):
    """Stops where the posterior probability of a risk above `unacceptable` is above `confidence`.

    `prior` are the two parameters of the beta distribution: events and non-events that are believed beforehand.
    """

    method: Literal["beta_binomial"]
    unacceptable: Probability
    prior: tuple[Positive, Positive]
    confidence: Probability

    @model_validator(mode="after")
    def _believes_something(self) -> Self:
        if min(Decimal(part) for part in self.prior) <= 0:
            raise ValueError("both parameters of the prior are above 0")
        return self


class Pocock(Document):
    """Stops at one level at every look, such that at the `unacceptable` risk it stops with probability `overall` at most.

    The definition is that of Ivanova, Qaqish and Schell 2005.
    """

    method: Literal["pocock"]
    unacceptable: Probability
    overall: Probability


Boundary = Annotated[BetaBinomial | Pocock, Field(discriminator="method")]


class Harm(Document):
    """Which adverse events count: of at least this grade, or serious; suspected to be due to one of `causes`.

    Without `causes` any counts, whatever it is due to. `within` is counted from the administration, both ends included.
    """

    grade: int | None = Field(default=None, ge=1, le=5)
    serious: bool = False
    fatal: bool = False
    causes: tuple[str, ...] = ()
    within: Duration | None = None

    @model_validator(mode="after")
    def _counts_something(self) -> Self:
        if self.grade is None and not self.serious and not self.fatal:
            raise ValueError("harm needs `grade`, `serious: true` or `fatal: true`; otherwise nothing counts")
        return self


class StoppingRule(Sourced):
    """One boundary. `counts: by arm` is looked at by the unblinded side alone; `together` also by the blinded team."""

    id: Name
    label: str
    counts: Literal["by arm", "together"]
    harm: Harm
    boundary: Boundary

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.harm.within is None:
            raise ValueError("a boundary needs `within`: without an end nobody could ever be counted as unharmed")
        return self


class PauseRule(Sourced):
    """So many events of this kind, in anybody, pause the trial until the safety board has advised."""

    id: Name
    label: str
    harm: Harm
    events: int = Field(default=1, ge=1)


class Stopping(Document):
    """Every rule by which harm stops or pauses the trial."""

    rules: tuple[StoppingRule, ...] = ()
    pauses: tuple[PauseRule, ...] = ()
