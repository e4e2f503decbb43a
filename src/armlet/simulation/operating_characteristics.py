"""How a design behaves over many simulated trials: every figure with its Monte Carlo error. Pure.

A mean has its standard error, a share its standard error and exact limits (Clopper and Pearson): they say how far the
number of simulated trials leaves the figure open, and nothing of how well the scenario fits the world.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate, Interval, NotEstimable
from armlet.analysis.methods.clopper_pearson import clopper_pearson
from armlet.analysis.plan import PlannedResult
from armlet.protocol.model import Analysis, Protocol
from armlet.simulation.outcome import Figures, TrialOutcome
from armlet.simulation.scenario import Scenario

MONTE_CARLO_LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True)
class Share:
    """In how many of so many trials something came about; `of` is at least 1."""

    count: int
    of: int

    @property
    def value(self) -> float:
        """The share itself."""
        return self.count / self.of

    @property
    def standard_error(self) -> float:
        """The binomial one, which is 0 at both ends: there only the limits say how little is known."""
        return math.sqrt(self.value * (1 - self.value) / self.of)

    @property
    def limits(self) -> Interval:
        """Exact 95 % limits."""
        return clopper_pearson(self.count, self.of, MONTE_CARLO_LEVEL)

    def as_json(self) -> dict[str, object]:
        """Count, of how many, share, standard error and limits."""
        lower, upper = self.limits.lower, self.limits.upper
        return {
            "count": self.count,
            "of": self.of,
            "share": self.value,
            "standard_error": self.standard_error,
            "lower": lower,
            "upper": upper,
        }


@dataclass(frozen=True, slots=True)
class Spread:
    """A number over the trials that have it; of a single one neither spread nor error is known."""

    trials: int
    mean: float
    sd: float | None
    least: float
    most: float

    @staticmethod
    def of(values: Iterable[float | None]) -> Spread | None:
        """None where no trial has the number."""
        known = [value for value in values if value is not None]
        if not known:
            return None
        mean = math.fsum(known) / len(known)
        squares = math.fsum((value - mean) ** 2 for value in known)
        sd = math.sqrt(squares / (len(known) - 1)) if len(known) > 1 else None
        return Spread(len(known), mean, sd, min(known), max(known))

    @property
    def standard_error(self) -> float | None:
        """The Monte Carlo error of the mean."""
        return None if self.sd is None else self.sd / math.sqrt(self.trials)

    def as_json(self) -> dict[str, object]:
        """All of it; `standard_error` is that of the mean."""
        return {
            "trials": self.trials,
            "mean": self.mean,
            "standard_error": self.standard_error,
            "sd": self.sd,
            "least": self.least,
            "most": self.most,
        }


@dataclass(frozen=True, slots=True)
class OfAnalysis:
    """How one analysis at one visit behaves.

    `rejects` counts p at or below the level among all trials: one that cannot be estimated rejects nothing. It is None
    where the method has no p. `covers` is None where no truth is known, or no interval was made. `cannot_reject` are
    the trials, of those with a smallest reachable p, in which no outcome whatever could have rejected.
    """

    analysis: Analysis
    visit: str
    unit: str
    sides: str
    people: Spread | None
    estimable: Share
    reasons: Mapping[str, int]
    value: Spread | None
    width: Spread | None
    rejects: Share | None
    truth: float | None
    covers: Share | None
    smallest_p: Spread | None
    cannot_reject: Share | None

    def as_json(self) -> dict[str, object]:
        """Names as in `armlet analyse`; what is not known is null."""
        shares = {"rejects": self.rejects, "covers": self.covers, "cannot_reject": self.cannot_reject}
        spreads = {
            "people": self.people,
            "value": self.value,
            "interval_width": self.width,
            "smallest_reachable_p": self.smallest_p,
        }
        return {
            "analysis": self.analysis.id,
            "label": self.analysis.label,
            "role": self.analysis.role,
            "endpoint": self.analysis.endpoint,
            "method": self.analysis.method,
            "set": self.analysis.set,
            "visit": self.visit,
            "unit": self.unit,
            "sides": self.sides,
            "estimable": self.estimable.as_json(),
            "not_estimable_because": dict(self.reasons),
            "truth": self.truth,
            **{name: spread.as_json() if spread else None for name, spread in spreads.items()},
            **{name: share.as_json() if share else None for name, share in shares.items()},
        }


@dataclass(frozen=True, slots=True)
class Characteristics:
    """The design over all simulated trials. `figures` has one spread for each field of `Figures`."""

    trials: int
    level: float
    figures: Mapping[str, Spread | None]
    not_given: Mapping[str, Spread]
    ended: Mapping[str, Share]
    rules_met: Mapping[str, Share]
    analyses: tuple[OfAnalysis, ...]

    def as_json(self) -> dict[str, object]:
        """Plain data; what no trial has is null."""
        return {
            "trials": self.trials,
            "level": self.level,
            "people": {name: spread.as_json() if spread else None for name, spread in self.figures.items()},
            "not_given_because": {name: spread.as_json() for name, spread in self.not_given.items()},
            "ended": {name: share.as_json() for name, share in self.ended.items()},
            "stopping_rules_met": {name: share.as_json() for name, share in self.rules_met.items()},
            "analyses": [one.as_json() for one in self.analyses],
        }


def truth_of(protocol: Protocol, scenario: Scenario, analysis: Analysis) -> float | None:
    """What the analysis estimates, where the scenario says it: for arms of which none does more than the other.

    None otherwise. An assumed effect is a share of a loss, and what it comes to in the endpoint's unit no formula says.
    """
    effects = {scenario.effects.get(arm.id, 0.0) for arm in protocol.arms}
    method = load_method(analysis.method)
    if not method.compares_arms or len(effects) > 1:
        return None
    return method.without_effect(method.parse(analysis.settings))


def characterise(
    protocol: Protocol, scenario: Scenario, outcomes: Sequence[TrialOutcome], level: float
) -> Characteristics:
    """Counts over at least one trial; `level` is that of the test, both ends included."""
    stopping = protocol.safety.stopping
    rules = [] if stopping is None else [*(one.id for one in stopping.rules), *(one.id for one in stopping.pauses)]
    reasons = sorted({reason for outcome in outcomes for reason in outcome.not_given})
    ended = Counter(outcome.ended for outcome in outcomes)
    names = [one.name for one in fields(Figures)]
    return Characteristics(
        trials=len(outcomes),
        level=level,
        figures={name: Spread.of(getattr(outcome.figures, name) for outcome in outcomes) for name in names},
        not_given={
            reason: spread
            for reason in reasons
            if (spread := Spread.of(outcome.not_given.get(reason, 0) for outcome in outcomes)) is not None
        },
        ended={name: Share(count, len(outcomes)) for name, count in sorted(ended.items())},
        rules_met={rule: Share(sum(rule in one.rules_met for one in outcomes), len(outcomes)) for rule in rules},
        analyses=tuple(
            _of_analysis(
                [outcome.results[row] for outcome in outcomes], truth_of(protocol, scenario, one.analysis), level
            )
            for row, one in enumerate(outcomes[0].results)
        ),
    )


def _of_analysis(found: Sequence[PlannedResult], truth: float | None, level: float) -> OfAnalysis:
    results = [one.result for one in found]
    estimates = [result for result in results if isinstance(result, Estimate)]
    intervals = [one.interval for one in estimates if one.interval is not None]
    tested = [one.p for one in estimates if one.p is not None]
    reachable = [p.smallest_reachable for p in tested if p.smallest_reachable is not None]
    has_test = bool(tested) or not estimates
    has_truth = truth is not None and bool(intervals)
    covering = sum(truth is not None and one.lower <= truth <= one.upper for one in intervals)
    return OfAnalysis(
        analysis=found[0].analysis,
        visit=found[0].visit,
        unit=estimates[0].unit if estimates else "",
        sides=tested[0].sides if tested else "",
        people=Spread.of(sum(result.n_used.values()) for result in results),
        estimable=Share(len(estimates), len(found)),
        reasons=dict(Counter(one.reason for one in results if isinstance(one, NotEstimable)).most_common()),
        value=Spread.of(one.value for one in estimates),
        width=Spread.of(one.upper - one.lower for one in intervals),
        rejects=Share(sum(p.value <= level for p in tested), len(found)) if has_test else None,
        truth=truth,
        covers=Share(covering, len(intervals)) if has_truth else None,
        smallest_p=Spread.of(reachable),
        cannot_reject=Share(sum(p > level for p in reachable), len(reachable)) if reachable else None,
    )
