"""A trial without a hospital: nobody could be given a participant number."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.document import Lines
from armlet.issues import Issue, error
from armlet.protocol.checks import Check
from armlet.protocol.model import Protocol

RULE = "design/no-site"


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    if not protocol.organisation.sites:
        message = "the trial has no site; every participant belongs to one."
        yield error(RULE, lines.where(("organisation",)), message, "Add `sites` with at least one hospital.")


METHOD = Check(
    rule=RULE,
    says="At least one site sees participants.",
    find=_find,
)
