"""The scales on which values are compared, and the way back."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

BEYOND: Final = "beyond every number"
"""What stands for a limit that is too large to be written down: with next to no degrees of freedom limits are so wide."""


_LARGEST_LOGARITHM: Final = float(np.log(sys.float_info.max))


class Transform(StrEnum):
    """`none` keeps the recorded scale; `ln(x+1)` and `sqrt` are the usual scales of C-peptide (Lachin 2011)."""

    NONE = "none"
    LN_X_PLUS_1 = "ln(x+1)"
    SQRT = "sqrt"


def transform_problem(transform: Transform, values: Floats) -> str | None:
    """Why these values cannot be transformed, or None."""
    if transform is Transform.LN_X_PLUS_1 and bool(np.any(values <= -1)):
        return f"ln(x+1) needs values above -1; the lowest is {float(values.min()):g}"
    if transform is Transform.SQRT and bool(np.any(values < 0)):
        return f"the square root needs values of 0 or more; the lowest is {float(values.min()):g}"
    return None


def transformed(transform: Transform, values: Floats) -> Floats:
    """The values on the scale of the analysis; ask `transform_problem` first."""
    if transform is Transform.LN_X_PLUS_1:
        return np.log1p(values)
    if transform is Transform.SQRT:
        return np.sqrt(values)
    return values


def back_transformed(transform: Transform, value: float) -> float | str:
    """A mean or a limit brought back to the recorded scale; never right for a *difference*.

    A limit below zero on the square-root scale comes back as zero, the least value there is; one that no number can
    hold comes back as `BEYOND`.
    """
    if transform is Transform.LN_X_PLUS_1:
        return float(np.expm1(value)) if value < _LARGEST_LOGARITHM else BEYOND
    if transform is Transform.SQRT:
        return max(value, 0.0) ** 2
    return value


def scale_unit(transform: Transform, unit: str) -> str:
    """The unit of a difference on the scale of the analysis, in words where it is not the recorded unit."""
    if transform is Transform.NONE:
        return unit
    return f"{transform.value}, x in {unit}"
