"""One arm against the reference by a t statistic: which two arms, the limits, p with its sides, adjusted means.

What the estimators of adjusted means have in common, so that they say the same things in the same words.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from armlet.analysis.adjustment import Weights
from armlet.analysis.cases import Cases, Sample, nobody, not_estimable, people, two_arm_problem
from armlet.analysis.estimates import Detail, Estimate, Interval, PValue, Result
from armlet.analysis.least_squares import t_greater, t_quantile, t_two_sided
from armlet.analysis.method import SettingsReader
from armlet.analysis.sides import Sides
from armlet.analysis.transforms import Transform, back_transformed, scale_unit

SCALE_WARNING = (
    "The difference is on the scale {scale}; it is neither a difference in {unit} nor, taken back, a percentage. "
    "The adjusted means are taken back to {unit}."
)


class Multiplicity(StrEnum):
    """What is done for several arms against one reference: nothing, or p and level by Bonferroni's inequality."""

    NONE = "none"
    BONFERRONI = "bonferroni"


class Spread(StrEnum):
    """Whether the residuals of all arms have one spread (in a mixed model: one covariance), or each arm its own."""

    COMMON = "common"
    BY_ARM = "by arm"


@dataclass(frozen=True, slots=True)
class Reading:
    """How the difference is read: to be fixed, all of it, before anybody is unblinded.

    `transform` goes on outcome and baseline alike. `arm` is the one compared with the reference; it need not be said
    where there are two.
    """

    transform: Transform = Transform.NONE
    level: float = 0.95
    sides: Sides = Sides.TWO_SIDED
    weights: Weights = Weights.OBSERVED
    multiplicity: Multiplicity = Multiplicity.NONE
    arm: str | None = None


READING = ("transform", "level", "sides", "weights", "multiplicity", "arm")
"""The names of the settings that make a `Reading`."""


def parse_reading(reader: SettingsReader) -> Reading:
    """The settings `READING`; the reader collects what is bad."""
    return Reading(
        reader.choice("transform", Transform.NONE),
        reader.fraction("level", 0.95),
        reader.choice("sides", Sides.TWO_SIDED),
        reader.choice("weights", Weights.OBSERVED),
        reader.choice("multiplicity", Multiplicity.NONE),
        reader.text("arm"),
    )


@dataclass(frozen=True, slots=True)
class Compared:
    """The reference, the arm compared with it, and every arm but the reference that somebody used is in.

    Further arms take part in the model: they say what the spread and the slope of the baseline are.
    """

    reference: str
    arm: str
    others: tuple[str, ...]

    def arms(self) -> tuple[str, ...]:
        """The reference first."""
        return self.reference, *self.others


def compared(cases: Cases, sample: Sample, arm: str | None) -> Compared | str:
    """Which arms are compared, with at least two people in each, or why they cannot be."""
    if len(cases.arms) == 2 and arm is None:
        problem = two_arm_problem(cases, sample, least=2)
        return problem or Compared(str(cases.reference), cases.other_arm(), (cases.other_arm(),))
    if len(cases.arms) < 2:
        return f"this method compares two arms; the trial has {len(cases.arms)}"
    if cases.reference is None or cases.reference not in cases.arms:
        return "the protocol does not say which arm is the reference"
    if arm is None:
        return (
            f'the trial has {len(cases.arms)} arms: say in the setting "arm" which is compared with "{cases.reference}"'
        )
    if arm not in cases.arms or arm == cases.reference:
        return f'the setting "arm" must name an arm of the trial that is not the reference; "{arm}" is not one'
    counts = sample.count(cases.arms)
    if not sample.rows:
        return nobody(cases)
    for one in (arm, cases.reference):
        if counts[one] < 2:
            return f'arm "{one}" has {people(counts[one])} with a usable value; at least 2 needed'
    return Compared(cases.reference, arm, tuple(one for one in cases.arms if one != cases.reference and counts[one]))


@dataclass(frozen=True, slots=True)
class Line:
    """A linear combination of a fit's coefficients: its value, standard error and degrees of freedom."""

    value: float
    error: float
    df: float

    def reach(self, level: float) -> float:
        """Half the width of the two-sided interval."""
        return t_quantile(level, self.df) * self.error


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of whom, for the words of the answer. `same` is what both arms have alike; `over` follows it."""

    label: str
    method: str
    cases: Cases
    sample: Sample
    between: Compared
    reading: Reading
    same: tuple[str, ...] = ()
    over: str = ""

    def comparisons(self) -> int:
        """How many arms could be compared with the reference."""
        return len(self.cases.arms) - 1


LEAST_DF: Final = 0.5
"""Below this a standard error is known so badly that limits of 95 % lie more than 160 of them from the estimate;
approximate degrees of freedom then go down to a billionth, and hang on the last digits of the values."""


def answer(asked: Question, line: Line, warnings: tuple[str, ...], details: tuple[Detail, ...]) -> Result:
    """The estimate with limits and p as the reading says, or that hardly anything is known of the standard error."""
    reading, between = asked.reading, asked.between
    if line.df < LEAST_DF:
        reason = (
            f"so few people leave less than {LEAST_DF:g} degrees of freedom to judge the spread by: "
            "hardly any difference could be ruled out"
        )
        return not_estimable(asked.label, asked.method, reason, asked.cases.arms, asked.sample)
    share = asked.comparisons() if reading.multiplicity is Multiplicity.BONFERRONI else 1
    reach = line.reach(1 - (1 - reading.level) / share)
    same = " at " + " and ".join(f"the same {name}" for name in asked.same) if asked.same else ""
    return Estimate(
        label=asked.label,
        estimand=f"mean of {between.arm} minus mean of {between.reference}{same}{asked.over}",
        method=asked.method,
        value=line.value,
        unit=scale_unit(reading.transform, asked.cases.unit),
        interval=Interval(line.value - reach, line.value + reach, reading.level),
        p=_p(line, reading.sides, share),
        n_used=asked.sample.count(asked.cases.arms),
        left_out=asked.sample.left_out,
        warnings=(*_warnings(asked), *warnings),
        details=details,
    )


def _p(line: Line, sides: Sides, share: int) -> PValue:
    t = line.value / line.error
    if sides is Sides.TWO_SIDED:
        return PValue(min(1.0, share * t_two_sided(t, line.df)), exact=False)
    greater = t_greater(t if sides is Sides.GREATER else -t, line.df)
    return PValue(min(1.0, share * greater), exact=False, sides=f"one-sided ({sides.value})")


def _warnings(asked: Question) -> tuple[str, ...]:
    reading, unit, found = asked.reading, asked.cases.unit, list[str]()
    if reading.transform is not Transform.NONE:
        found.append(SCALE_WARNING.format(scale=scale_unit(reading.transform, unit), unit=unit))
    if reading.sides is not Sides.TWO_SIDED:
        found.append(f"The p-value is one-sided ({reading.sides.value}); the interval has two sides.")
    if asked.comparisons() > 1:
        found.append(
            f"{asked.comparisons()} arms can be compared with {asked.between.reference}: p and limits hold for "
            + (
                "all of them together (Bonferroni)."
                if reading.multiplicity is Multiplicity.BONFERRONI
                else "each alone, not adjusted for that."
            )
        )
    return tuple(found)


def adjusted_mean(arm: str, line: Line, reading: Reading, at: str = "") -> tuple[Detail, ...]:
    """The least-squares mean on the scale of the analysis, then it and its limits on the recorded scale.

    Never a standard deviation of what is taken back: it would belong to no scale.
    """
    reach, name = line.reach(reading.level), f"adjusted mean{at}"
    return (
        (f"{name}, scale of the analysis: {arm}", line.value),
        (f"{name}, standard error: {arm}", line.error),
        (f"{name}: {arm}", back_transformed(reading.transform, line.value)),
        (f"{name}, lower limit: {arm}", back_transformed(reading.transform, line.value - reach)),
        (f"{name}, upper limit: {arm}", back_transformed(reading.transform, line.value + reach)),
    )
