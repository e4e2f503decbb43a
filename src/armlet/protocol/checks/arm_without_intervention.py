"""An arm in which nothing is done though its kind says otherwise, or an intervention that no arm receives."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.document import Lines
from armlet.issues import Issue, error, warning
from armlet.protocol.checks import Check
from armlet.protocol.model import ArmType, Protocol


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    for index, arm in enumerate(protocol.arms):
        where, is_none = lines.where(("arms", index)), arm.type is ArmType.NO_INTERVENTION
        if not arm.interventions and not is_none:
            message = f'arm "{arm.label}" has no intervention, though it is {arm.type.value}.'
            fix = "Name its interventions, or make it NO_INTERVENTION."
            yield error("design/arm-without-intervention", where, message, fix)
        if arm.interventions and is_none:
            message = f'arm "{arm.label}" is NO_INTERVENTION and has {len(arm.interventions)} intervention(s).'
            yield error("design/arm-without-intervention", where, message, "Correct its type, or take them out.")
    used = {name for arm in protocol.arms for name in arm.interventions}
    for index, intervention in enumerate(protocol.interventions):
        if intervention.id not in used:
            message = f'intervention "{intervention.label}" belongs to no arm.'
            where = lines.where(("interventions", index))
            yield warning("design/arm-without-intervention", where, message, "Name it in an arm, or take it out.")


METHOD = Check(
    rule="design/arm-without-intervention",
    says="Every arm has an intervention unless its type says that it has none; every intervention belongs to an arm.",
    find=_find,
)
