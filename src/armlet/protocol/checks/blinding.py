"""Who is blinded, contradicted by itself or by the design."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.document import Lines
from armlet.issues import Issue, error, warning
from armlet.protocol.checks import Check
from armlet.protocol.model import Protocol, Role


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    blinding = protocol.blinding
    for index, role in enumerate(blinding.blinded):
        if role in blinding.unblinded:
            message = f"the {_said(role)} is listed both as blinded and as unblinded."
            where = lines.where(("blinding", "blinded", index))
            yield error("design/blinding", where, message, "Take it out of one list.")
    has_sham = any(item.sham for item in protocol.interventions)
    if has_sham and len(protocol.arms) > 1 and not blinding.blinded:
        message = "an arm receives a sham, and no role is named as blinded."
        fix = "Name who is blinded; a sham has no use where everybody knows the arm."
        yield warning("design/blinding", lines.where(("blinding",)), message, fix)
    if protocol.products and Role.CELL_LABORATORY in blinding.blinded:
        message = "the cell laboratory makes the product and is named as blinded."
        yield warning("design/blinding", lines.where(("blinding", "blinded")), message, "Ask who prepares the sham.")


def _said(role: Role) -> str:
    return role.value.replace("_", " ")


METHOD = Check(
    rule="design/blinding",
    says="No role is both blinded and unblinded, and a sham is there to blind somebody.",
    find=_find,
)
