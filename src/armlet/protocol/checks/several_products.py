"""More products than one: a preparation is made, dosed and released by one specification, whatever was allocated.

With a second product somebody would be prepared the wrong one, or the arm would show in the volume.
"""

from __future__ import annotations

from collections.abc import Iterator

from armlet.document import Lines
from armlet.issues import Issue, error
from armlet.protocol.checks import Check
from armlet.protocol.model import Protocol

RULE = "product/several"


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    for index, product in enumerate(protocol.products[1:], start=1):
        message = (
            f'"{product.label}" is a second product; every preparation is dosed as "{protocol.products[0].label}".'
        )
        where = lines.where(("products", index))
        yield error(RULE, where, message, "Keep one product; several cannot be run yet.")


METHOD = Check(
    rule=RULE,
    says="There is one product at most.",
    find=_find,
)
