"""An arm whose registry type does not fit what is done in it; the record's type stays, and is questioned."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.document import Lines
from armlet.issues import Issue, warning
from armlet.protocol.checks import Check
from armlet.protocol.model import Arm, ArmType, Protocol


def _complaint(arm: Arm, protocol: Protocol) -> tuple[str, ArmType] | None:
    given = [item for item in protocol.interventions if item.id in arm.interventions]
    has_sham, has_product = any(item.sham for item in given), any(item.product and not item.sham for item in given)
    if has_sham and not has_product and arm.type is not ArmType.SHAM_COMPARATOR:
        return "receives a sham intervention", ArmType.SHAM_COMPARATOR
    if has_product and arm.type in {ArmType.ACTIVE_COMPARATOR, ArmType.PLACEBO_COMPARATOR, ArmType.SHAM_COMPARATOR}:
        return "receives the product under investigation", ArmType.EXPERIMENTAL
    return None


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    for index, arm in enumerate(protocol.arms):
        complaint = _complaint(arm, protocol)
        if complaint is not None:
            what, expected = complaint
            message = f'arm "{arm.label}" {what} and is typed {arm.type.value}; expected {expected.value}.'
            fix = "Keep it if the registry says so, and ask the sponsor."
            yield warning("design/arm-type", lines.where(("arms", index, "type")), message, fix)


METHOD = Check(
    rule="design/arm-type",
    says="The type of an arm fits what is done in it.",
    find=_find,
)
