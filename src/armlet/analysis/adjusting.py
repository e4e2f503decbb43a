"""What was known of people before allocation, as columns beside which an arm is judged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from armlet.analysis.cases import Case, Sample
from armlet.analysis.transforms import Floats


def with_covariates(sample: Sample, names: Sequence[str]) -> Sample:
    """Only those whose covariates are all known; the others are left out, with the reason."""
    lacking = {
        row.participant: f"no value of {name} before allocation"
        for row in sample.rows
        for name in reversed(names)
        if name not in row.covariates
    }
    rows = tuple(row for row in sample.rows if row.participant not in lacking)
    return Sample(rows, (*sample.left_out, *lacking.items()))


def covariate_columns(rows: Sequence[Case], names: Sequence[str]) -> Floats | str:
    """A column for each number, and for words one column for each but the first in the alphabet; or what is amiss."""
    columns: list[Floats] = []
    for name in names:
        values = [row.covariates[name] for row in rows]
        if all(isinstance(value, str) for value in values):
            words = sorted({str(value) for value in values})
            columns.extend(np.array([value == word for value in values], dtype=np.float64) for word in words[1:])
        elif any(isinstance(value, str) for value in values):
            return f"{name} is a number for some people and a word for others"
        else:
            columns.append(np.array(values, dtype=np.float64))
    return np.column_stack(columns) if columns else np.zeros((len(rows), 0))
