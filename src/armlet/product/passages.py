"""How often cells doubled in a passage, and what to make of it."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Final

from armlet.units import Quantity, UnitError

CELLS: Final = "10*6"
_EXACT: Final = Context(prec=28)
_PLACES: Final = Decimal("0.001")


def doublings(seeded: Quantity, harvested: Quantity) -> Decimal:
    """log2(harvested / seeded), to three places; negative where cells were lost, which happens and is no mistake.

    Raises UnitError where either is no number of cells, nothing was seeded, or nothing harvested: then there is no ratio.
    """
    before, after = seeded.to(CELLS).value, harvested.to(CELLS).value
    if before <= 0 or after <= 0:
        raise UnitError(f"{seeded} seeded and {harvested} harvested: both must be above 0.")
    ratio = _EXACT.divide(_EXACT.ln(_EXACT.divide(after, before)), _EXACT.ln(Decimal(2)))
    return ratio.quantize(_PLACES, context=_EXACT)
