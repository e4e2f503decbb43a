"""Glycated haemoglobin in three scales: NGSP per cent, IFCC mmol/mol, and Mono-S per cent, once used in Sweden.

The scales are straight lines of each other. One map is printed in one direction; the way back is that line solved, never
the second line that the same page prints (the two round differently). A difference is converted by the slope alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from armlet.derivation.derived import EXACT


class Scale(StrEnum):
    """A scale of glycated haemoglobin."""

    NGSP = "ngsp"
    IFCC = "ifcc"
    MONO_S = "mono_s"


class Equation(StrEnum):
    """The line between NGSP and IFCC: that of the NGSP, or the one for the way back that the IFCC network prints."""

    NGSP_ORG = "ngsp.org"
    IFCC_PAGE = "ifcc page"


UNITS: Final = {Scale.NGSP: "%", Scale.IFCC: "mmol/mol", Scale.MONO_S: "%"}


@dataclass(frozen=True, slots=True)
class Line:
    """IFCC mmol/mol = slope * x + intercept, or where `solved` x = slope * IFCC + intercept. `source`: where printed."""

    slope: Decimal
    intercept: Decimal
    solved: bool
    source: str

    def to_ifcc(self, value: Decimal) -> Decimal:
        """In mmol/mol, from the other scale."""
        return self._back(value) if self.solved else self._on(value)

    def from_ifcc(self, value: Decimal) -> Decimal:
        """In the other scale, from mmol/mol."""
        return self._on(value) if self.solved else self._back(value)

    def flat(self) -> Line:
        """The same line through the origin: for differences."""
        return Line(self.slope, Decimal(0), self.solved, self.source)

    def _on(self, value: Decimal) -> Decimal:
        return EXACT.add(EXACT.multiply(self.slope, value), self.intercept)

    def _back(self, value: Decimal) -> Decimal:
        return EXACT.divide(EXACT.subtract(value, self.intercept), self.slope)


NGSP_LINES: Final = {
    Equation.NGSP_ORG: Line(
        Decimal("0.09148"),
        Decimal("2.152"),
        solved=True,
        source="NGSP % = 0.09148 IFCC + 2.152 (ngsp.org/ifcc.asp)",
    ),
    Equation.IFCC_PAGE: Line(
        Decimal("10.93"),
        Decimal("-23.5"),
        solved=False,
        source="IFCC = 10.93 NGSP - 23.5 (ifcchba1c.org, master equations)",
    ),
}
MONO_S_LINE: Final = Line(
    Decimal("10.11"),
    Decimal("-8.9"),
    solved=False,
    source="IFCC = 10.11 Mono-S - 8.9 (ifcchba1c.org, master equations)",
)


def convert(value: Decimal, have: Scale, want: Scale, equation: Equation = Equation.NGSP_ORG) -> Decimal:
    """A level on another scale, to 40 digits; by way of IFCC, which the other two are printed against."""
    if have is want:
        return value
    return _from_ifcc(_to_ifcc(value, _line(have, equation)), _line(want, equation))


def convert_difference(value: Decimal, have: Scale, want: Scale, equation: Equation = Equation.NGSP_ORG) -> Decimal:
    """A difference of two levels on another scale: the slope alone, since the intercept falls out."""
    if have is want:
        return value
    lines = [line.flat() if line is not None else None for line in (_line(have, equation), _line(want, equation))]
    return _from_ifcc(_to_ifcc(value, lines[0]), lines[1])


def printed_as(have: Scale, want: Scale, equation: Equation) -> str:
    """The equations that a conversion goes through, as printed; "" where nothing is converted."""
    lines = [] if have is want else [line for one in (have, want) if (line := _line(one, equation)) is not None]
    return "; ".join(line.source for line in lines)


def _line(scale: Scale, equation: Equation) -> Line | None:
    return {Scale.NGSP: NGSP_LINES[equation], Scale.MONO_S: MONO_S_LINE, Scale.IFCC: None}[scale]


def _to_ifcc(value: Decimal, line: Line | None) -> Decimal:
    return value if line is None else line.to_ifcc(value)


def _from_ifcc(value: Decimal, line: Line | None) -> Decimal:
    return value if line is None else line.from_ifcc(value)
