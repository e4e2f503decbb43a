"""A window that closes before it opens, or that runs the wrong way from its visit."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.document import Lines
from armlet.issues import Issue, error
from armlet.protocol.checks import Check
from armlet.protocol.model import Anchor, Protocol
from armlet.studytime import Duration


def _is_negative(span: Duration) -> bool:
    return min(span.months, span.days) < 0


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    for index, visit in enumerate(protocol.visits):
        for side, span in (("early", visit.early), ("late", visit.late)):
            if _is_negative(span):
                message = f'the window of visit "{visit.label}" is {span} {side}; expected no negative duration.'
                fix = "Write how many days before and after the visit's own day, each without a minus."
                yield error("schedule/window-impossible", lines.where(("visits", index, side)), message, fix)
        if visit.anchor is Anchor.CONSENT and _is_negative(visit.offset) and visit.activities:
            message = f'visit "{visit.label}" lies {visit.offset.in_words()} before consent.'
            where = lines.where(("visits", index, "offset"))
            yield error("schedule/window-impossible", where, message, "Nothing may be done before consent.")


METHOD = Check(
    rule="schedule/window-impossible",
    says="Every window opens before it closes, and no visit asks for anything before consent.",
    find=_find,
)
