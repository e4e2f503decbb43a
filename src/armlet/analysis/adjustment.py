"""What a model is adjusted for beside the baseline: covariates as columns, and where adjusted means stand among them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from armlet.analysis.cases import Case, Sample
from armlet.analysis.estimates import LeftOut
from armlet.analysis.transforms import Floats

WRITTEN = 1e-14
"""Values that differ by less than this share of the largest are one number, written with rounding (some 45 last places)."""


class Weights(StrEnum):
    """At which mixture of a category's levels an adjusted mean stands; it moves no difference between arms.

    `observed` takes the shares among the people used (SAS: OM; emmeans: proportional), `equal` the same share of each
    level (the defaults of SAS and of emmeans). Searle, Speed and Milliken 1980 (American Statistician 34, 216).
    """

    OBSERVED = "observed"
    EQUAL = "equal"


@dataclass(frozen=True, slots=True)
class Adjustment:
    """The covariates as columns [people, k], and the value of each at which adjusted means stand.

    A number is one column, centred at its mean over the people used. A category is a column of 0 and 1 for each level
    but the first in alphabetical order.
    """

    names: tuple[str, ...]
    columns: Floats
    at: Floats
    has_categories: bool


def covariate_names(rows: Iterable[Case]) -> tuple[str, ...]:
    """Every covariate that anybody has, in alphabetical order."""
    return tuple(sorted({name for row in rows for name in row.covariates}))


def with_covariates(sample: Sample, names: Sequence[str]) -> Sample:
    """Those of the sample who have every covariate; the others are left out by name of the first that they lack."""
    used, left_out = list[Case](), list[LeftOut](sample.left_out)
    for row in sample.rows:
        lacking = [name for name in names if name not in row.covariates]
        if lacking:
            left_out.append((row.participant, f'no value of the covariate "{lacking[0]}" before allocation'))
        else:
            used.append(row)
    return Sample(tuple(used), tuple(left_out))


def adjusted_for(rows: tuple[Case, ...], names: tuple[str, ...], weights: Weights) -> Adjustment | str:
    """The columns of these people's covariates, or why one cannot be adjusted for: it has to differ between people."""
    found = as_columns(rows, names, weights)
    if isinstance(found, str):
        return found
    for name in names:
        if _is_constant([row.covariates[name] for row in rows]):
            return f'everybody has the same value of the covariate "{name}", so there is nothing to adjust for'
    return found


def as_columns(rows: tuple[Case, ...], names: tuple[str, ...], weights: Weights = Weights.OBSERVED) -> Adjustment | str:
    """The columns whether or not they differ between people; or which covariate is no column.

    A number that everybody has is a column of 0, a category that everybody is in has none.
    """
    columns, at, has_categories = list[Floats](), list[float](), False
    for name in names:
        values = [row.covariates[name] for row in rows]
        words = [value for value in values if isinstance(value, str)]
        if words and len(words) < len(values):
            return f'the covariate "{name}" is a number for some people and a word for others'
        if not words:
            numbers = np.array(values, dtype=np.float64)
            columns.append(np.zeros(len(rows)) if _is_constant(values) else numbers - numbers.mean())
            at.append(0.0)
            continue
        has_categories, levels = True, sorted(set(words))
        for level in levels[1:]:
            columns.append(np.array([value == level for value in words], dtype=np.float64))
            at.append(float(columns[-1].mean()) if weights is Weights.OBSERVED else 1 / len(levels))
    table = np.column_stack(columns) if columns else np.zeros((len(rows), 0))
    return Adjustment(names, table, np.array(at, dtype=np.float64), has_categories)


def _is_constant(values: Sequence[float | str]) -> bool:
    """Whether everybody has the same word, or the same number as far as it is written."""
    if any(isinstance(value, str) for value in values):
        return len(set(values)) < 2
    numbers = np.array(values, dtype=np.float64)
    return numbers.size == 0 or float(np.ptp(numbers)) <= WRITTEN * float(np.abs(numbers).max())
