"""Win ratio: how often somebody of one arm did better than somebody of the other, and how often worse.

Failing (a composite strategy) is worse than every outcome, so it decides first; then the outcome does. The same pairs give
the win odds, where a tie is half a win, and the net benefit, wins less losses.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from scipy.special import ndtri

from armlet.analysis.bayes import Better
from armlet.analysis.cases import Case, Cases, Sample, not_estimable, two_arm_problem
from armlet.analysis.estimates import NO_INTERVAL, Estimate, Interval, LeftOut, PValue, Result, interval_with_width
from armlet.analysis.method import Method, SettingsReader
from armlet.analysis.wins import Wins, compare_all, count_wins, net_wins_p

MOST_PEOPLE: Final = 200
"""The exact distribution is computed for up to so many people."""

ROUNDING: Final = 1e-12
"""Limits closer than this to each other, or than this share of the upper one, are one number."""

_NO_END = "would be infinite or zero; the net benefit can be told"
FREE_WARNING = (
    "Every choice of who is in which arm counts as equally likely for p; where the allocation was in blocks or otherwise "
    "restricted, the re-randomisation test is the one that fits."
)
LIMITS_WARNING = (
    "The limits hold for many people (Bebu and Lachin 2016); with few they are too narrow, and p, which is exact, is what "
    "counts."
)


NO_LIMITS = (
    f"{NO_INTERVAL}everybody of an arm won and lost as often as the others of it, so the limits of Bebu and Lachin would be "
    "one number, which says nothing of chance; p, which is exact, is what counts."
)


class Measure(StrEnum):
    """What is told of the pairs; without an effect the ratio and the odds are 1 and the net benefit is 0."""

    WIN_RATIO = "win_ratio"
    WIN_ODDS = "win_odds"
    NET_BENEFIT = "net_benefit"


@dataclass(frozen=True, slots=True)
class Settings:
    """Outcomes that differ by no more than `margin`, in the recorded unit, are a tie."""

    measure: Measure = Measure.WIN_RATIO
    better: Better = Better.HIGHER
    margin: float = 0.0
    level: float = 0.95


def parse(settings: Mapping[str, object]) -> Settings:
    """Settings `measure`, `better` (higher, lower), `margin` and `level`; InputError for anything else."""
    reader = SettingsReader("win_ratio", settings, ("measure", "better", "margin", "level"))
    parsed = Settings(
        reader.choice("measure", Measure.WIN_RATIO),
        reader.choice("better", Better.HIGHER),
        reader.number("margin", 0.0),
        reader.fraction("level", 0.95),
    )
    if parsed.margin < 0:
        reader.refuse("margin", "a number of at least 0")
    reader.finish()
    return parsed


def estimate(cases: Cases, settings: Settings, label: str) -> Result:
    """The measure of the arm that is not the reference; who failed needs no outcome, everybody else does."""
    sample = _usable(cases)
    problem = two_arm_problem(cases, sample, least=2)
    if problem is None and len(sample.rows) > MOST_PEOPLE:
        problem = f"the exact distribution is computed for up to {MOST_PEOPLE} people; here are {len(sample.rows)}"
    if problem:
        return not_estimable(label, METHOD.name, problem, cases.arms, sample)
    in_first = sample.is_in(cases.other_arm()) == 1
    signs = compare_all(np.array([_worth(row, settings.better) for row in sample.rows]), settings.margin)
    wins = count_wins(signs, in_first)
    problem = _no_measure(cases, wins, settings.measure)
    if problem:
        return not_estimable(label, METHOD.name, problem, cases.arms, sample)
    value, interval = _measured(wins, settings)
    p, least = net_wins_p(signs, in_first)
    return Estimate(
        label=label,
        estimand=f"{settings.measure.value.replace('_', ' ')} of {cases.other_arm()} over {cases.reference}",
        method=METHOD.name,
        value=value,
        unit="1",
        interval=interval,
        p=PValue(p, exact=True, smallest_reachable=least),
        n_used=sample.count(cases.arms),
        left_out=sample.left_out,
        warnings=_warnings(len(sample.rows), least, 1 - settings.level, LIMITS_WARNING if interval else NO_LIMITS),
        details=(
            ("pairs", wins.pairs),
            ("pairs won", round(wins.won * wins.pairs)),
            ("pairs lost", round(wins.lost * wins.pairs)),
            ("pairs tied", wins.pairs - round(wins.won * wins.pairs) - round(wins.lost * wins.pairs)),
            ("net benefit", wins.net),
            ("standard error of the net benefit", wins.net_error),
            *((f"failed: {arm}", _failed(sample, arm)) for arm in (str(cases.reference), cases.other_arm())),
        ),
    )


def _usable(cases: Cases) -> Sample:
    used, left_out = list[Case](), list[LeftOut]()
    for row in cases.rows:
        if row.outcome is None and not row.failed:
            left_out.append((row.participant, row.why_missing or "no value at this visit"))
        else:
            used.append(row)
    return Sample(tuple(used), tuple(left_out))


def _worth(row: Case, better: Better) -> float:
    if row.failed or row.outcome is None:
        return -math.inf
    return row.outcome if better is Better.HIGHER else -row.outcome


def _failed(sample: Sample, arm: str) -> int:
    return sum(bool(row.failed) for row in sample.rows if row.arm == arm)


def _no_measure(cases: Cases, wins: Wins, measure: Measure) -> str | None:
    if wins.won + wins.lost == 0:
        return "every pair is a tie, so there is nothing to compare"
    lacking = cases.reference if wins.lost == 0 else cases.other_arm()
    if measure is Measure.WIN_RATIO and min(wins.won, wins.lost) == 0:
        return f'nobody in arm "{lacking}" did better than anybody of the other, so the ratio {_NO_END}'
    if measure is Measure.WIN_ODDS and abs(wins.net) == 1:
        return f'nobody in arm "{lacking}" did as well as anybody of the other, so the odds {_NO_END}'
    return None


def _measured(wins: Wins, settings: Settings) -> tuple[float, Interval | None]:
    """The value and its limits: on the logarithm for ratio and odds; the net benefit's are kept within -1 and 1.

    There are none where the estimated standard error is 0.
    """
    z = float(ndtri((1 + settings.level) / 2))
    if settings.measure is Measure.NET_BENEFIT:
        reach = z * wins.net_error
        return wins.net, _limits(max(-1.0, wins.net - reach), min(1.0, wins.net + reach), settings.level)
    if settings.measure is Measure.WIN_RATIO:
        value, reach = wins.won / wins.lost, z * wins.log_ratio_error()
    else:
        value, reach = (1 + wins.net) / (1 - wins.net), z * wins.log_odds_error()
    return value, _limits(value * math.exp(-reach), value * math.exp(reach), settings.level)


def _limits(lower: float, upper: float, level: float) -> Interval | None:
    return interval_with_width(lower, upper, level, rounding=ROUNDING * max(1.0, upper))


def _warnings(number: int, least: float, alpha: float, of_limits: str) -> tuple[str, ...]:
    if least <= alpha:
        return FREE_WARNING, of_limits
    short = (
        f"With {number} people the smallest two-sided p that can come out is {least:.4g}, above {alpha:.4g}: "
        "the test cannot reach that level whatever the values."
    )
    return FREE_WARNING, of_limits, short


METHOD = Method(
    name="win_ratio",
    label="win ratio",
    source=(
        "Pocock and others 2012 (Eur Heart J 33, 176); Bebu and Lachin 2016 (Biostatistics 17, 178) for limits; "
        "Finkelstein and Schoenfeld 1999 (Stat Med 18, 1341) for the test; "
        "Dong and others 2020 (Stat Biopharm Res 12, 99) for the odds"
    ),
    parse=parse,
    estimate=estimate,
    compares_arms=True,
    without_effect=lambda settings: 0.0 if settings.measure is Measure.NET_BENEFIT else 1.0,
    ranks_failures=True,
)
