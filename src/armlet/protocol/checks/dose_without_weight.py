"""A dose by weight and no weight that is fresh enough when the product is given.

The weight is the measure that the dose names, or the only one in kg. It counts when an activity that yields values
measures it at a visit held before the product is given, no longer before it than the weight is valid: the time that the
preparation takes lies between.
"""

from __future__ import annotations

from collections.abc import Iterator

from armlet.document import Lines
from armlet.issues import Issue, error
from armlet.protocol.checks import Check
from armlet.protocol.model import ActivityKind, Anchor, Product, Protocol, Visit

RULE = "product/no-weight"
UNIT = "kg"


def _is_fresh(visit: Visit, product: Product) -> bool:
    """Whether a weight of this visit can still be valid on the day that the product is given."""
    valid = product.dose.weight_valid_for.longest_days()
    after_anchor = visit.offset.longest_days() + visit.late.longest_days()
    if visit.anchor is Anchor.ADMINISTRATION:
        return visit.offset.longest_days() <= 0 and after_anchor + valid >= 0
    waits = product.preparation_takes.shortest_days()
    if visit.anchor is Anchor.RANDOMISATION:
        return after_anchor + valid >= waits
    return valid >= waits


def _weighings(protocol: Protocol, weight: str) -> Iterator[Visit]:
    """The visits at which the weight is recorded; a procedure yields no values."""
    yielding = {
        activity.id
        for activity in protocol.activities
        if weight in activity.measures and activity.kind is not ActivityKind.PROCEDURE
    }
    return (visit for visit in protocol.visits if yielding & set(visit.activities))


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    known = {measure.id: measure for measure in protocol.measures}
    for index, product in enumerate(protocol.products):
        where = lines.where(("products", index, "dose"))
        in_unit = [measure.label for measure in protocol.measures if measure.unit == UNIT]
        if product.dose.weight is None and len(in_unit) > 1:
            listed = ", ".join(in_unit)
            message = f'"{product.label}" is dosed by weight, and {len(in_unit)} measures are in {UNIT}: {listed}.'
            yield error(RULE, where, message, "Name the body weight under `weight`.")
            continue
        weight = known.get(protocol.body_weight(product.dose) or "")
        if weight is None:
            message = f'"{product.label}" is dosed by weight, and no measure is in {UNIT}.'
            yield error(RULE, where, message, f"Add the body weight as a measure in {UNIT}, and weigh before giving.")
            continue
        if not any(_is_fresh(visit, product) for visit in _weighings(protocol, weight.id)):
            message = (
                f'"{product.label}" is dosed by "{weight.label}", which no visit measures within '
                f"{product.dose.weight_valid_for.in_words()} before it is given."
            )
            yield error(RULE, where, message, "Weigh at the visit on which it is given, before it is.")


METHOD = Check(
    rule=RULE,
    says="What is dosed by weight is given by a weight that is measured shortly before.",
    find=_find,
)
