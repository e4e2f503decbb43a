"""An endpoint whose baseline is also one of its visits: there is no change from a visit to itself."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.document import Lines
from armlet.issues import Issue, error
from armlet.protocol.checks import Check
from armlet.protocol.model import Protocol

RULE = "endpoint/baseline-among-visits"


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    for index, endpoint in enumerate(protocol.endpoints):
        for place, name in enumerate(endpoint.visits):
            if name == endpoint.baseline:
                message = f'endpoint "{endpoint.label}" has "{name}" as its baseline and among its visits.'
                where = lines.where(("endpoints", index, "visits", place))
                yield error(RULE, where, message, "Take it out of the visits: the baseline is derived anyway.")


METHOD = Check(
    rule=RULE,
    says="The baseline of an endpoint is not one of the visits that are compared with it.",
    find=_find,
)
