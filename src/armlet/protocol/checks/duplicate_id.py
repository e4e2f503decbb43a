"""Two things of one kind with the same id: whoever names it could mean either."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.document import Lines, Path_
from armlet.issues import Issue, error
from armlet.protocol.checks import Check
from armlet.protocol.checks._rules import nodes_of
from armlet.protocol.criteria import Judgement, Question
from armlet.protocol.model import Protocol


def _kinds(protocol: Protocol) -> Iterator[tuple[str, list[tuple[Path_, str]]]]:
    """The ids that share a name space, with the place of each."""
    for field in (
        "arms", "interventions", "products", "consents", "criteria", "activities", "visits", "endpoints", "sets",
        "analyses", "questions",
    ):  # fmt: skip
        yield field, [((field, index, "id"), item.id) for index, item in enumerate(getattr(protocol, field))]
    checks = protocol.edit_checks or ()
    yield "edit checks", [(("edit_checks", index, "id"), check.id) for index, check in enumerate(checks)]
    events = protocol.intercurrent_events or ()
    yield "intercurrent events", [(("intercurrent_events", i, "id"), event.id) for i, event in enumerate(events)]
    yield "sites", [(("organisation", "sites", i, "id"), site.id) for i, site in enumerate(protocol.organisation.sites)]
    for index, product in enumerate(protocol.products):
        yield "release tests", [(("products", index, "release", i, "id"), t.id) for i, t in enumerate(product.release)]
    measures: list[tuple[Path_, str]] = [(("measures", i, "id"), item.id) for i, item in enumerate(protocol.measures)]
    judged = [(path, question.id) for path, question in _questions(protocol)]
    yield "measures and judgements", measures + judged


def _questions(protocol: Protocol) -> Iterator[tuple[Path_, Question]]:
    """Every question of judgement once; two criteria may ask the very same one."""
    seen: list[Question] = []
    for path, _, node in nodes_of(protocol):
        if isinstance(node, Judgement) and node.judgement not in seen:
            seen.append(node.judgement)
            yield (*path, "judgement", "id"), node.judgement


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    for kind, found in _kinds(protocol):
        first: dict[str, Path_] = {}
        for path, name in found:
            if name in first:
                line = lines.where(first[name]).rpartition(":")[2]
                message = f'"{name}" stands a second time among the {kind} (first on line {line}).'
                yield error("protocol/duplicate-id", lines.where(path), message, "Give one of the two another id.")
            first.setdefault(name, path)


METHOD = Check(
    rule="protocol/duplicate-id",
    says="Among things of one kind, no id stands twice; measures and judgements share one list.",
    find=_find,
)
