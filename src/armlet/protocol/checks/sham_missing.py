"""A blinded trial in which one arm receives a product and another receives nothing that looks like it."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.document import Lines
from armlet.issues import Issue, error
from armlet.protocol.checks import Check
from armlet.protocol.model import Arm, Intervention, Protocol, Role


def _given(arm: Arm, protocol: Protocol) -> list[Intervention]:
    return [item for item in protocol.interventions if item.id in arm.interventions]


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    if Role.PARTICIPANT in protocol.blinding.unblinded or len(protocol.arms) < 2:
        return
    products = {item.product for item in protocol.interventions if item.product and not item.sham}
    for index, arm in enumerate(protocol.arms):
        given = _given(arm, protocol)
        if products and not any(item.product or item.sham for item in given):
            message = f'participants are blinded, and arm "{arm.label}" receives neither a product nor a sham.'
            fix = "Add a sham intervention, or list the participant as unblinded."
            yield error("product/sham-missing", lines.where(("arms", index)), message, fix)
    has_sham = any(item.sham for item in protocol.interventions)
    for index, product in enumerate(protocol.products):
        if has_sham and product.id in products and product.sham is None:
            message = f'a sham imitates "{product.label}", and nothing says what the sham holds.'
            where = lines.where(("products", index))
            yield error("product/sham-missing", where, message, "Add `sham` with its content and volume.")


METHOD = Check(
    rule="product/sham-missing",
    says="Where participants are blinded, each arm receives a product or a sham, and what the sham holds is said.",
    find=_find,
)
