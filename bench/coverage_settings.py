"""Under which invented data each estimator is tried for the coverage table: one entry a method, by its name.

To add a method, add its name with one `Tried` or more, at the place where it sorts; `python -m bench.coverage NAME`
then computes its rows and writes the page anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bench import coverage_models as models
from bench.coverage_models import Model

SIZES: Final = (10, 20, 60)

FACTOR: Final = 1
"""The trials of every row are so many times those that it gives; at 5 the Monte Carlo error of a level is 0.003 to 0.008."""


class Promise(StrEnum):
    """What the method promises under these data: the level itself, at most the level, or only about the level."""

    EXACT = "the level"
    AT_MOST = "at most the level"
    ABOUT = "about the level"
    NONE = "nothing: the wrong method for these data"


@dataclass(frozen=True, slots=True)
class Tried:
    """One row for each size: the data, the settings, and what is true of them.

    `effect` is what the model is given to try coverage and bias, `truth` what the method then estimates; `nothing` is
    the effect under which the null hypothesis holds, None for a method without a p-value. `trials` are how many trials
    are simulated at each of `SIZES`: fewer where one costs more than a millisecond or two, and 0 where one costs too much.
    """

    model: Model
    promise: Promise
    effect: float
    settings: Mapping[str, object] = field(default_factory=dict)
    truth: Callable[[float], float] = float
    nothing: float | None = 0.0
    trials: tuple[int, int, int] = (800, 800, 800)


SETTINGS: Final[Mapping[str, tuple[Tried, ...]]] = {
    "ancova": (
        Tried(models.normal, Promise.EXACT, 0.8),
        Tried(models.log_normal, Promise.EXACT, 0.4, {"transform": "ln(x+1)"}),
    ),
    "clopper_pearson": (
        Tried(models.proportion, Promise.AT_MOST, 0.1, nothing=None),
        Tried(models.proportion, Promise.AT_MOST, 0.3, nothing=None),
        Tried(models.proportion, Promise.AT_MOST, 0.1, {"sides": "upper"}, nothing=None),
    ),
    "difference": (
        Tried(models.normal, Promise.EXACT, 0.8),
        Tried(models.normal, Promise.EXACT, 0.8, {"of": "change"}),
        Tried(models.unequal_spread, Promise.ABOUT, 1.5, {"spread": "welch"}),
        Tried(models.heavy_tails, Promise.ABOUT, 1.0),
    ),
    "mmrm": (
        Tried(models.repeated, Promise.EXACT, 0.8, trials=(200, 200, 200)),
        Tried(models.dropping_out, Promise.ABOUT, 0.8, trials=(0, 100, 100)),
        Tried(models.dropping_out, Promise.ABOUT, 0.8, {"baseline": "constrained"}, trials=(0, 100, 100)),
        Tried(models.dropping_out, Promise.ABOUT, 0.8, {"covariance": "compound symmetry"}, trials=(100, 100, 100)),
    ),
    "rank_sum": (
        Tried(models.heavy_tails, Promise.AT_MOST, 1.0, trials=(800, 800, 200)),
        Tried(models.ties, Promise.AT_MOST, 1.0, trials=(800, 800, 100)),
    ),
    "rerandomisation": (
        Tried(models.heavy_tails, Promise.AT_MOST, 1.0, {"draws": 999}, trials=(300, 120, 40)),
        Tried(
            models.log_normal,
            Promise.AT_MOST,
            0.4,
            {"statistic": "ancova_t", "transform": "ln(x+1)", "draws": 999},
            trials=(300, 120, 40),
        ),
    ),
    "sign_flip": (
        Tried(models.one_arm, Promise.AT_MOST, 0.7, {"draws": 999}, trials=(800, 0, 400)),
        Tried(models.one_arm_ties, Promise.AT_MOST, 1.0, {"draws": 999}, trials=(800, 0, 400)),
    ),
    "signed_rank": (
        Tried(models.one_arm, Promise.AT_MOST, 0.7),
        Tried(models.one_arm_ties, Promise.AT_MOST, 1.0, trials=(800, 400, 100)),
        Tried(models.one_arm_ties, Promise.AT_MOST, 1.0, {"zeros": "pratt"}, trials=(400, 200, 40)),
    ),
}
