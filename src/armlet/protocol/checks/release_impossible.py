"""A release specification that no batch can meet: two tests exclude each other, or a test says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from armlet.document import Lines
from armlet.issues import Issue, error
from armlet.protocol.checks import Check
from armlet.protocol.criteria import Comparison
from armlet.protocol.model import Protocol, ReleaseTest
from armlet.protocol.prose import COMPARED, quantity_in_words
from armlet.units import Quantity

RULE = "product/release-impossible"
_LOWER, _UPPER = {Comparison.AT_LEAST, Comparison.MORE}, {Comparison.AT_MOST, Comparison.LESS}


def _in_words(test: ReleaseTest, limit: Quantity) -> str:
    return f"{COMPARED[test.is_]} {quantity_in_words(limit)}"


def _exclude(lower: ReleaseTest, upper: ReleaseTest) -> bool:
    """Whether nothing lies above the one limit and below the other; limits of different kinds never exclude."""
    if lower.limit is None or upper.limit is None or lower.is_ not in _LOWER or upper.is_ not in _UPPER:
        return False
    if not lower.limit.measures_same_as(upper.limit.unit):
        return False
    sign = lower.limit.compare(upper.limit)
    is_closed = (lower.is_, upper.is_) == (Comparison.AT_LEAST, Comparison.AT_MOST)
    return sign > 0 or (sign == 0 and not is_closed)


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    for index, product in enumerate(protocol.products):
        for place, test in enumerate(product.release):
            if test.limit is None and not test.codes:
                where = lines.where(("products", index, "release", place))
                message = f'release test "{test.label}" has neither a limit nor codes.'
                yield error(RULE, where, message, "Add `limit` with its unit, or `codes`.")
        for (_, one), (place, other) in combinations(enumerate(product.release), 2):
            if one.label != other.label or one.limit is None or other.limit is None:
                continue
            if _exclude(one, other) or _exclude(other, one):
                wanted = f"{_in_words(one, one.limit)} and {_in_words(other, other.limit)}"
                message = f'release test "{other.label}" must be {wanted}: no batch can be.'
                where = lines.where(("products", index, "release", place, "limit"))
                yield error(RULE, where, message, "Correct one of the limits.")


METHOD = Check(
    rule=RULE,
    says="Every release test has a limit or codes, and two tests of the same label can be passed together.",
    find=_find,
)
