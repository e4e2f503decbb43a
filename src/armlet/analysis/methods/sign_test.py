"""The exact sign test: of those who changed, how many changed upwards; of yes and no it is McNemar's test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from armlet.analysis.cases import Cases, Sample, nobody, not_estimable, one_arm, people, responses, usable
from armlet.analysis.estimates import Estimate, Interval, PValue, Result
from armlet.analysis.exact_counts import binomial_law, binomial_limits, sided_p, smallest_p
from armlet.analysis.method import Method, SettingsReader
from armlet.analysis.ranks import is_zero
from armlet.analysis.sides import ONE_SIDED_WARNING, Sides, out_of_reach
from armlet.analysis.transforms import Transform


@dataclass(frozen=True, slots=True)
class Settings:
    """`arm` is needed where the trial has more than one."""

    sides: Sides = Sides.TWO_SIDED
    level: float = 0.95
    arm: str | None = None


def parse(settings: Mapping[str, object]) -> Settings:
    """Settings `sides`, `level`, `arm`; InputError for anything else."""
    reader = SettingsReader("sign_test", settings, ("sides", "level", "arm"))
    parsed = Settings(reader.choice("sides", Sides.TWO_SIDED), reader.fraction("level", 0.95), reader.text("arm"))
    reader.finish()
    return parsed


def estimate(cases: Cases, settings: Settings, label: str) -> Result:
    """The proportion whose outcome is above their baseline, of those who changed; who did not change has no part.

    With 0 and 1 for no and yes these are the pairs that differ, and p is McNemar's exact one.
    """
    rows = one_arm(cases, settings.arm)
    if isinstance(rows, str):
        return not_estimable(label, METHOD.name, rows, cases.arms, usable((), with_baseline=True))
    sample = usable(rows, with_baseline=True)
    arm = settings.arm or cases.arms[0]
    if not sample.rows:
        return not_estimable(label, METHOD.name, nobody(cases), (arm,), sample)
    changes = responses(Transform.NONE, sample, change=True)
    changes = changes[~is_zero(changes)]
    if not changes.size:
        return not_estimable(label, METHOD.name, "nobody changed at all", (arm,), sample)
    return _estimate(sample, settings, label, arm, (int((changes > 0).sum()), changes.size))


def _estimate(sample: Sample, settings: Settings, label: str, arm: str, counts: tuple[int, int]) -> Estimate:
    upwards, changed = counts
    law = binomial_law(changed, 0.5)
    p, smallest = sided_p(law, upwards, settings.sides), smallest_p(law, settings.sides)
    return Estimate(
        label=label,
        estimand=f"proportion that rose, of those in {arm} who changed",
        method=METHOD.name,
        value=upwards / changed,
        unit="1",
        interval=Interval(*binomial_limits(upwards, changed, settings.level), settings.level),
        p=PValue(p, exact=True, smallest_reachable=min(p, smallest), sides=settings.sides.words),
        n_used=sample.count((arm,)),
        left_out=sample.left_out,
        warnings=_warnings(settings, smallest, changed),
        details=(("rose", upwards), ("fell", changed - upwards), ("did not change", len(sample.rows) - changed)),
    )


def _warnings(settings: Settings, smallest: float, changed: int) -> tuple[str, ...]:
    given = f"With {people(changed)} who changed"
    candidates = (
        (smallest > 1 - settings.level, out_of_reach(given, settings.sides, smallest, settings.level)),
        (settings.sides is not Sides.TWO_SIDED, ONE_SIDED_WARNING.format(sides=settings.sides.value)),
    )
    return tuple(words for applies, words in candidates if applies)


METHOD = Method(
    name="sign_test",
    label="exact sign test (McNemar's for yes and no)",
    source="Dixon and Mood 1946 (Journal of the American Statistical Association 41, 557-566); McNemar 1947",
    parse=parse,
    estimate=estimate,
)
