"""A primary analysis that does not say what it estimates: no intercurrent event, or one that the protocol has left out."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.document import Lines
from armlet.issues import Issue, warning
from armlet.protocol.checks import Check
from armlet.protocol.model import Protocol

RULE = "analysis/estimand"


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    declared = {event.id: event.label for event in protocol.intercurrent_events or ()}
    for index, analysis in enumerate(protocol.analyses):
        if analysis.role != "primary":
            continue
        named = {one.event for one in analysis.intercurrent}
        left_out = [label for event, label in declared.items() if event not in named]
        if not named:
            message = f'the primary analysis "{analysis.label}" names no intercurrent event.'
            fix = "Say under `intercurrent` what may happen after allocation, and by which strategy it is treated."
            yield warning(RULE, lines.where(("analyses", index)), message, fix)
        elif left_out:
            message = f'the primary analysis "{analysis.label}" does not say how it treats: {", ".join(left_out)}.'
            where = lines.where(("analyses", index, "intercurrent"))
            yield warning(RULE, where, message, "Give each a strategy; treatment policy takes values as observed.")


METHOD = Check(
    rule=RULE,
    says="A primary analysis treats every intercurrent event of the protocol, by a strategy of ICH E9(R1).",
    find=_find,
)
