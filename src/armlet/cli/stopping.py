"""`armlet stopping`: at how many events the trial stops or pauses, and how often it would, exactly."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.output import Output, render_table
from armlet.errors import ExitCode, InputError, UsageError
from armlet.issues import error

if TYPE_CHECKING:
    from armlet.protocol.model import Protocol
    from armlet.protocol.stopping import StoppingRule

NAME: Final = "stopping"
HELP: Final = "at how many events of harm the trial stops, and how often it would"

_EPILOG: Final = """\
example:
  armlet stopping trials/NAME
  armlet stopping trials/NAME --n 20 --risk 0.1 --risk 0.4 --json

For each boundary of the protocol: the events that stop the trial after 1, 2, ... participants ("-": not even one event in
everybody would), and for each true risk the probability of stopping and the expected number of participants. Both are
computed over every history there is. A rule that is counted by arm is looked at by the unblinded side alone; it is shown
here for the number of one arm, and nothing here knows who is in it. Pause rules are listed as they stand.

exit code: 0 when the figures were printed, 1 when the trial cannot be used or has no such rule, 2 when an option is wrong.
"""
_RISKS: Final = ("0.05", "0.10", "0.20", "0.30", "0.40", "0.50")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The trial, for how many participants, and for which true risks."""
    parser.epilog = _EPILOG
    parser.add_argument("trial", metavar="TRIAL", type=Path, help="a trial folder")
    parser.add_argument(
        "--n", metavar="N", type=int, help="participants; default: the planned number, or an arm's share"
    )
    parser.add_argument("--risk", metavar="P", action="append", help=f"a true risk (default {', '.join(_RISKS)})")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Prints the figures. Raises UsageError for a wrong number or risk, InputError for a trial without any rule."""
    from armlet.protocol.load import load_trial
    from armlet.protocol.safety_prose import harm_in_words

    protocol = load_trial(arguments.trial).protocol
    stopping = protocol.safety.stopping
    if stopping is None:
        message = "the protocol has no rule by which harm stops or pauses the trial."
        raise InputError(
            [error("stopping/none", str(arguments.trial), message, "Add `safety.stopping`, or ask why not.")]
        )
    risks = [_risk(text) for text in arguments.risk or _RISKS]
    rules = [_figures(protocol, rule, arguments.n, risks) for rule in stopping.rules]
    pauses = [
        {"id": pause.id, "label": pause.label, "events": pause.events, "harm": harm_in_words(pause.harm)}
        for pause in stopping.pauses
    ]
    out.answer({"rules": rules, "pauses": pauses}, lambda: "\n\n".join(_render(rules, pauses, out.width)))
    return ExitCode.DONE


def _risk(text: str) -> Fraction:
    try:
        risk = Fraction(text)
    except (ValueError, ZeroDivisionError):
        risk = Fraction(-1)
    if not 0 <= risk <= 1:
        message = f"{text!r} is no risk; expected a number from 0 to 1."
        raise UsageError([error("usage", "--risk", message, "Write for example --risk 0.2.")])
    return risk


def _planned(protocol: Protocol, rule: StoppingRule) -> int:
    """The planned number; for a rule by arm that of the largest arm."""
    ratio = list(protocol.allocation.ratio.values())
    total = protocol.design.participants
    if rule.counts == "together" or not ratio:
        return total
    return -(-total * max(ratio) // sum(ratio))


def _figures(protocol: Protocol, rule: StoppingRule, n: int | None, risks: list[Fraction]) -> dict[str, object]:
    from armlet.protocol.safety_prose import boundary_in_words, harm_in_words
    from armlet.safety.stopping import bounds_of, characteristics, highest_risk

    people = _planned(protocol, rule) if n is None else n
    try:
        bounds = bounds_of(rule.boundary, people)
    except ValueError as problem:
        raise UsageError([error("usage", "--n", f"{problem}.", "Name a number with --n.")]) from None
    found = [characteristics(bounds, risk) for risk in risks]
    return {
        "id": rule.id,
        "label": rule.label,
        "counts": rule.counts,
        "harm": harm_in_words(rule.harm),
        "boundary": boundary_in_words(rule.boundary),
        "n": people,
        "bounds": list(bounds),
        "characteristics": [
            {"risk": float(one.risk), "stops": float(one.stops), "expected_n": float(one.expected_n)} for one in found
        ],
        "risk_left_by_no_event": float(highest_risk(0, people)),
    }


def _render(rules: list[dict[str, object]], pauses: list[dict[str, object]], width: int | None) -> Iterator[str]:
    for rule in rules:
        bounds, figures = rule["bounds"], rule["characteristics"]
        assert isinstance(bounds, list)
        assert isinstance(figures, list)
        rows = [(f"{one['risk']:g}", f"{one['stops']:.3f}", f"{one['expected_n']:.2f}") for one in figures]
        left = (
            f"No event in {rule['n']} still leaves a risk of up to {rule['risk_left_by_no_event']:.1%} possible (95 %)."
        )
        yield "\n".join(
            (
                f"{rule['label']} ({rule['id']}), counted {rule['counts']}",
                f"Counts {rule['harm']}; {rule['boundary']}.",
                f"Stops at, after 1 to {rule['n']} participants: {' '.join('-' if b is None else str(b) for b in bounds)}",
                render_table(("true risk", "stops", "expected participants"), rows, width),
                left,
            )
        )
    for pause in pauses:
        yield f"{pause['label']} ({pause['id']}): {pause['events']} of {pause['harm']} pauses the trial."
