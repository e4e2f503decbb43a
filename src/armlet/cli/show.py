"""`armlet show`: a protocol in plain words, or as one JSON document with its measures and assumptions."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.output import Output
from armlet.errors import ExitCode

if TYPE_CHECKING:
    from armlet.protocol.model import Protocol

NAME: Final = "show"
HELP: Final = "print a protocol in plain words"

_EPILOG: Final = """\
example:
  armlet show trials/NAME
  armlet show trials/NAME --json > protocol.json

The words are Markdown, computed from protocol.yaml. The JSON document is the whole protocol; its `measures` list
everything that `armlet screen` can be told about a person, judgements included, and its `assumptions` everything that
the registry record leaves unsaid.

exit code: 0 when the protocol was printed, 1 when it cannot be loaded. Mistakes of design are for `armlet check`.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The trial folder."""
    parser.epilog = _EPILOG
    parser.add_argument("trial", metavar="TRIAL", type=Path, help="a trial folder, the one with protocol.yaml in it")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Prints the protocol. Raises InputError for one that cannot be loaded."""
    from armlet.protocol.load import load_trial
    from armlet.protocol.prose import render_protocol

    protocol = load_trial(arguments.trial).protocol
    out.answer(as_document(protocol), lambda: render_protocol(protocol))
    return ExitCode.DONE


def as_document(protocol: Protocol) -> dict[str, object]:
    """The protocol in its own spelling, with the judgements among the measures and the assumptions gathered."""
    from armlet.protocol.prose import assumptions

    plain: dict[str, object] = protocol.model_dump(mode="json", by_alias=True)
    measures = [measure.model_dump(mode="json", by_alias=True) for measure in protocol.measures]
    return {
        **plain,
        "measures": [*measures, *_judgements(protocol)],
        "assumptions": [asdict(assumption) for assumption in assumptions(protocol)],
    }


def _judgements(protocol: Protocol) -> list[dict[str, str | None]]:
    """What a named person judges, told of a person like a measure; it has no unit."""
    from armlet.eligibility.person import questions_of

    return [
        {
            "id": question.id,
            "label": question.question,
            "kind": "judgement",
            "unit": None,
            "question": question.question,
            "by": question.by,
        }
        for question in questions_of(protocol).values()
    ]
