"""The re-randomisation test by way of the lists themselves, for whatever is quicker to be held against."""

from __future__ import annotations

import numpy as np

from armlet.analysis.randomisation import Bits, Lists, OneArmEmpty, ReferenceSet, StatisticOf, Verdict, judged
from armlet.analysis.sides import Sides


def rerandomised(
    reference: ReferenceSet,
    observed: Bits,
    statistic: StatisticOf,
    level: float,
    empty: OneArmEmpty,
    sides: Sides = Sides.TWO_SIDED,
) -> Verdict:
    """The p-value of no difference and the interval of all constant shifts with p above 1 - level."""
    lists = Lists.of(statistic(reference.assigned), reference.weight)
    return judged(lists, statistic(observed[np.newaxis, :]), level, empty, sides)
