"""What the Bayesian methods share: settings of a prior from historical controls, and how an answer is told.

An answer has a posterior mean, a credible interval and the probability that the difference is beyond a threshold. It has no
p: how often such data would come if nothing helped is another question, which these methods do not answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from armlet.analysis.cases import Cases
from armlet.analysis.estimates import Detail
from armlet.analysis.method import SettingsReader

NO_P_WARNING: Final = (
    "The interval is credible: it holds the difference with that probability if model and priors are right. There is no "
    "p, and how often it would mislead over many trials is to be reckoned by simulation."
)
NO_HISTORY: Final = "none: only this trial's people count"


class Better(StrEnum):
    """Which side of the threshold is a benefit."""

    HIGHER = "higher"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Borrowing:
    """Historical controls of the reference arm, the half-normal scale of tau, and the weight of the vague component.

    `mean_prior` is mean and standard deviation of the normal prior of the common mean; None is flat.
    """

    history: tuple[Mapping[str, float], ...] = ()
    tau_scale: float = 0.0
    robust_weight: float = 0.2
    mean_prior: tuple[float, float] | None = None


BORROWING: Final = ("history", "tau_scale", "robust_weight", "mean_prior")


def read_borrowing(
    reader: SettingsReader,
    settings: Mapping[str, object],
    shapes: tuple[tuple[str, ...], ...],
    mean_prior: tuple[float, float] | None,
) -> Borrowing:
    """The prior's settings; with a history `tau_scale` has to be said, since the answer hangs on it."""
    history = reader.records("history", shapes)
    if "mean_prior" in settings:
        first, second = reader.numbers("mean_prior", (0.0, 1.0))
        mean_prior = (first, second)
        if second <= 0:
            reader.refuse("mean_prior", "a mean and a standard deviation above 0")
    scale = reader.number("tau_scale", 0.0)
    if history and scale <= 0:
        reader.refuse("tau_scale", "the scale of the half-normal prior of the heterogeneity, above 0, for a history")
    return Borrowing(history, scale, reader.fraction("robust_weight", 0.2), mean_prior)


def comparison_words(cases: Cases, what: str) -> str:
    """The estimand in words."""
    return f"{what} in {cases.other_arm()} minus {what} in {cases.reference}, posterior mean"


def benefit_details(better: Better, threshold: float, above: float) -> tuple[Detail, ...]:
    """The probability of a benefit and of any difference that it is told by."""
    side = "above" if better is Better.HIGHER else "below"
    chance = above if better is Better.HIGHER else 1 - above
    return ((f"probability that the difference is {side} {threshold:g}", chance),)


def prior_details(count: int, borrowing: Borrowing, tau: float, distance: float) -> tuple[Detail, ...]:
    """Where the prior of the reference arm comes from and how well its mixture stands for it."""
    return (
        ("historical controls", count),
        ("scale of the half-normal prior of tau", borrowing.tau_scale),
        ("posterior mean of tau", tau),
        ("weight of the vague component before this trial", borrowing.robust_weight),
        ("largest distance of the mixture from the predicted distribution", distance),
    )


def borrowed_warning(size: float, number: int, vague: float) -> str:
    """How much of the answer is not this trial's."""
    return (
        f"Historical controls count as about {size:.1f} people beside the {number} of this trial's reference arm. After this "
        f"trial the vague component has a weight of {vague:.2f}; near 1 means that history and trial disagree."
    )
