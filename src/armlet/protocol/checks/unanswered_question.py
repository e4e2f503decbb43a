"""A question that the record leaves open and that nobody has answered yet."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.document import Lines
from armlet.issues import Issue, error
from armlet.protocol.checks import Check
from armlet.protocol.model import OpenQuestion, Protocol


def _fix(question: OpenQuestion) -> str:
    options = f" ({' · '.join(question.options)})" if question.options else ""
    return f"Ask {question.who} and write `answer`{options}, `because` and `confirm`."


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    for index, question in enumerate(protocol.questions):
        where = lines.where(("questions", index))
        if question.answer is None:
            yield error("protocol/unanswered-question", where, f"{question.about} Nobody has answered.", _fix(question))
        elif not question.because:
            message = f"{question.about} The answer {question.answer!r} gives no reason."
            yield error("protocol/unanswered-question", where, message, "Write `because`.")


METHOD = Check(
    rule="protocol/unanswered-question",
    says="Every open question is answered, with a reason.",
    find=_find,
)
