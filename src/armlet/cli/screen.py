"""`armlet screen`: one person's measures against the criteria of a protocol, with a reason for each verdict."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.inputs import decode_utf8, name_of, read_bytes
from armlet.cli.output import Output, render_table
from armlet.errors import ExitCode

if TYPE_CHECKING:
    from armlet.eligibility import Assessment, CriterionVerdict

NAME: Final = "screen"
HELP: Final = "hold one person's measures against the criteria"

_EPILOG: Final = """\
example:
  echo '{"weight": "62.3 kg", "pregnant": false, "hiv": null}' > person.json
  armlet screen trials/NAME --person person.json

The file holds one JSON object: the id of a measure and its value, as text with the unit ("62.3 kg"), true or false, a
code, a date or the time since ("21 d"), or null where it is unknown; what is left out is unknown. A judgement is true,
false or {"answer": true, "by": "who judged"}. `armlet show TRIAL --json` lists the ids under `measures`.
Dates are counted from "reference_date": "YYYY-MM-DD". Of an exclusion criterion, "met" means that it excludes.

exit code: 0 when there is a verdict, whatever it is (eligible, not eligible, unknown); 1 when the file cannot be used.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The trial folder and the person's file."""
    parser.epilog = _EPILOG
    parser.add_argument("trial", metavar="TRIAL", type=Path, help="a trial folder, the one with protocol.yaml in it")
    parser.add_argument("--person", metavar="FILE", required=True, help="the measures as JSON; - reads standard input")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Screens one person. Raises InputError with everything in the file that cannot be used."""
    from armlet.eligibility import evaluate_criteria
    from armlet.eligibility.person import read_person_text
    from armlet.protocol.load import load_trial

    protocol = load_trial(arguments.trial).protocol
    text = decode_utf8(read_bytes(arguments.person, "person"), arguments.person, "person")
    person = read_person_text(text, protocol, name_of(arguments.person))
    assessment = evaluate_criteria(protocol, person)
    out.answer(dict(assessment.as_json()), lambda: render_verdicts(assessment, out.width))
    return ExitCode.DONE


def render_verdicts(assessment: Assessment, width: int | None) -> str:
    """The verdict first, then each criterion in the protocol's order, then what is still open."""
    rows = [(item.id, item.kind.value, _verdict(item), item.because) for item in assessment.criteria]
    table = render_table(("criterion", "kind", "verdict", "because"), rows, width)
    return f"verdict: {assessment.verdict.value}\n\n{table}\n\n{_still_open(assessment)}"


def _verdict(item: CriterionVerdict) -> str:
    return f"{item.verdict.value}, keeps out" if item.keeps_out else item.verdict.value


def _still_open(assessment: Assessment) -> str:
    from armlet.eligibility import Verdict

    unknown = [item for item in assessment.criteria if item.verdict is Verdict.UNKNOWN]
    if not unknown:
        return "still open: nothing"
    return "\n".join(["still open:", *(f"  {item.id}: {item.because}" for item in unknown)])
