"""`armlet deadlines`: by when a trial is to be registered, ended and reported, and how that stands today."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from armlet.cli.inputs import name_of, read_bytes
from armlet.cli.output import Output, render_table
from armlet.errors import ExitCode, InputError, UsageError
from armlet.issues import error

if TYPE_CHECKING:
    from armlet.registry.deadlines import Certificate, Deadline, Moved
    from armlet.registry.jurisdiction import Case, Milestone, Question
    from armlet.registry.record import Record
    from armlet.studytime import PartialDate

NAME: Final = "deadlines"
HELP: Final = "by when a trial is to be registered, ended and reported, and how that stands"

_EPILOG: Final = """\
example:
  armlet deadlines trials/NAME
  armlet deadlines trials/NAME --today 2018-11-15 --add under_ind=no --add made_in_us=no
  armlet deadlines record.json --collected "Body weight=2019-06" --certificate 2018-10-01

TRIAL is a trial folder with its record.json, or a registry record in any layout that `armlet read` knows. Whether a law
applies is answered from the record: yes, no, or possible where the record does not say. Nothing is guessed. What other
papers say is added with --add: a question with yes or no (fda_regulated, us_site, under_ind, made_in_us,
product_approved, eu_site, medicinal_product), or a date (start, primary_completion, completion, first_submitted,
results_submitted, last_updated). A date known to the month gives an interval.

This is no legal advice: each rule names its source, and whether that source was read when the rule was written.

exit code: 0 when the deadlines were worked out, whatever they are; 1 when the record cannot be read.
"""

T = TypeVar("T")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The trial, the day, and what the record does not hold."""
    parser.epilog = _EPILOG
    parser.add_argument("trial", metavar="TRIAL", help="a trial folder, or a registry record; - reads standard input")
    parser.add_argument("--today", metavar="DATE", help="the day to hold the deadlines against (default: today)")
    parser.add_argument("--add", metavar="NAME=VALUE", action="append", default=[], help="a fact that the record lacks")
    parser.add_argument(
        "--collected",
        metavar="TITLE=DATE",
        action="append",
        default=[],
        help="when data for a secondary outcome were last collected",
    )
    parser.add_argument(
        "--certificate",
        metavar="DATE[=DATE]",
        help="when a U.S. certificate of delay was handed in, and the day of what it waits for where that has come",
    )
    parser.add_argument(
        "--earlier",
        metavar="RECORD",
        action="append",
        default=[],
        help="an earlier version of the record: shows which deadlines have moved",
    )


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Works them out. Raises InputError for a record that cannot be read, UsageError for an option that says nothing."""
    from armlet.registry.deadlines import Papers, find_deadlines, find_moved

    today = _today(arguments.today)
    answers, dates = _added(arguments.add)
    papers = Papers(_certificate(arguments.certificate), dict(_collected(arguments.collected)))
    record = _load(arguments.trial)
    _refuse_unknown_outcomes(record, papers.last_collected or {})
    case = _case(record, answers, dates)
    found = find_deadlines(case, today, papers)
    earlier = {
        name: find_deadlines(_case(_load_same(name, case), answers, {}), today, papers) for name in arguments.earlier
    }
    moved = find_moved(earlier, found)
    out.answer(as_document(case, today, found, moved), lambda: render_deadlines(case, today, found, moved, out.width))
    return ExitCode.DONE


def _case(record: Record, answers: dict[Question, bool], dates: dict[Milestone, PartialDate]) -> Case:
    from armlet.registry.jurisdiction import Case

    return Case(record, answers, dates)


# --- What was typed ---------------------------------------------------------------------------------------------------


def _wrong(option: str, typed: str, expected: str) -> UsageError:
    return UsageError([error("usage", option, f"{typed!r} cannot be used.", f"Expected {expected}.")])


def _today(typed: str | None) -> date:
    from armlet.studytime import SystemClock

    if typed is None:
        return SystemClock().now().date()
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise _wrong("--today", typed, "a day as YYYY-MM-DD") from None


def _partial(option: str, typed: str) -> PartialDate:
    from armlet.studytime import PartialDate

    try:
        return PartialDate.parse(typed)
    except ValueError:
        raise _wrong(option, typed, "a date as YYYY, YYYY-MM or YYYY-MM-DD") from None


def _added(typed: Sequence[str]) -> tuple[dict[Question, bool], dict[Milestone, PartialDate]]:
    from armlet.registry.jurisdiction import Milestone, Question

    answers: dict[Question, bool] = {}
    dates: dict[Milestone, PartialDate] = {}
    for one in typed:
        name, _, value = one.partition("=")
        if name in set(Milestone):
            dates[Milestone(name)] = _partial("--add", value)
        elif name in set(Question) and value in {"yes", "no"}:
            answers[Question(name)] = value == "yes"
        else:
            questions, milestones = ", ".join(Question), ", ".join(Milestone)
            raise _wrong(
                "--add", one, f"NAME=yes or NAME=no with one of {questions}; or NAME=DATE with one of {milestones}"
            )
    return answers, dates


def _collected(typed: Sequence[str]) -> Iterator[tuple[str, PartialDate]]:
    for one in typed:
        title, found, day = one.rpartition("=")
        if not found:
            raise _wrong("--collected", one, "the title of a secondary outcome, = and a date")
        yield title, _partial("--collected", day)


def _certificate(typed: str | None) -> Certificate | None:
    from armlet.registry.deadlines import Certificate

    if typed is None:
        return None
    handed_in, _, event = typed.partition("=")
    try:
        return Certificate(date.fromisoformat(handed_in), date.fromisoformat(event) if event else None)
    except ValueError:
        raise _wrong(
            "--certificate", typed, "a day as YYYY-MM-DD, or two with = between them, the later one last"
        ) from None


def _load(path: str) -> Record:
    from armlet.registry.read import read_record

    folder = Path(path)
    if folder.is_dir():
        if not (folder / "record.json").is_file():
            fix = "Name a registry record, or a trial folder with one."
            raise InputError([error("deadlines/no-record", path, "there is no record.json here.", fix)])
        path = str(folder / "record.json")
    return read_record(read_bytes(path, "deadlines"), name_of(path)).record


def _load_same(path: str, case: Case) -> Record:
    """An earlier version of the same trial's record."""
    record = _load(path)
    here, there = case.section.identification_module.nct_id, record.protocol_section.identification_module.nct_id
    if here != there:
        message = (
            f"this is the record of {there or 'a trial without a number'}; expected one of {here or 'the same trial'}."
        )
        raise InputError([error("deadlines/other-trial", path, message, "Name an earlier version of the same record.")])
    return record


def _refuse_unknown_outcomes(record: Record, titles: Iterable[str]) -> None:
    known = [outcome.measure for outcome in record.protocol_section.outcomes_module.secondary_outcomes]
    for title in titles:
        if title not in known:
            expected = "; ".join(repr(name) for name in known) or "nothing: the record has no secondary outcome"
            raise _wrong("--collected", title, f"the title of a secondary outcome: {expected}")


# --- What is said -----------------------------------------------------------------------------------------------------


_VERDICTS: Final = {"true": "yes", "false": "no", "unknown": "possible"}


def _verdict(deadline: Deadline) -> str:
    return _VERDICTS[deadline.applies.is_so.value]


def as_document(case: Case, today: date, found: Sequence[Deadline], moved: Sequence[Moved]) -> dict[str, object]:
    """Every deadline with its interval, how it stands, whether it applies and why, and its source."""
    return {
        "trial": _identity(case),
        "today": today.isoformat(),
        "deadlines": [_deadline(one) for one in found],
        "moved": [
            {"rule": one.rule, "what": one.what, "by": one.by, "was": _due(one.was), "now": _due(one.now)}
            for one in moved
        ],
    }


def _deadline(one: Deadline) -> dict[str, object]:
    return {
        "rule": one.rule.id,
        "what": one.what,
        "applies": _verdict(one),
        "because": one.applies.because,
        "due": _due(one.due),
        "counted": one.counted,
        "done": None if one.done is None else str(one.done),
        "standing": one.standing.value,
        "says": one.says,
        "binding": one.rule.binding,
        "source": one.rule.source,
        "checked": one.rule.checked,
    }


def _due(due: object) -> dict[str, str | None] | None:
    from armlet.registry.deadlines import Due

    if not isinstance(due, Due):
        return None
    return {"earliest": None if due.earliest is None else due.earliest.isoformat(), "latest": due.latest.isoformat()}


def _identity(case: Case) -> str:
    identity = case.section.identification_module
    return identity.nct_id or identity.org_study_id_info.id or "a trial without a number"


def render_deadlines(
    case: Case, today: date, found: Sequence[Deadline], moved: Sequence[Moved], width: int | None = None
) -> str:
    """The deadlines as a table, then why each does or does not apply, what has moved, and the sources."""
    asked = [one for one in found if _verdict(one) != "no"]
    rows = [(str(one.due or "not known"), _verdict(one), one.rule.id, _sentence(one)) for one in asked]
    blocks = [
        f"{_identity(case)}, as of {today}",
        render_table(("due", "applies", "rule", "what, and how it stands"), rows, width) if rows else "nothing is due",
        _block("Whether they apply", _reasons(found)),
        _block(
            "Moved",
            (f"{one.rule}: {one.was or 'not known'} by {one.by}, {one.now or 'not known'} now" for one in moved),
        ),
        _block("Sources", (_source(one) for one in asked)),
    ]
    return "\n\n".join(block for block in blocks if block)


def _sentence(one: Deadline) -> str:
    return f"{one.what}: {one.says} (counted from: {one.counted})"


def _reasons(found: Sequence[Deadline]) -> Iterator[str]:
    """Each reason once, with the rules that it decides."""
    decided: dict[tuple[str, str], list[str]] = {}
    for one in found:
        decided.setdefault((_verdict(one), one.applies.because), []).append(one.rule.id)
    for (verdict, because), rules in decided.items():
        yield f"{verdict}, {', '.join(_unique(rules))}: {because}"


_CHECKED: Final = {
    "text": "the text was read",
    "secondary": "an account of it was read",
    "memory": "from memory: check it",
}


def _source(one: Deadline) -> str:
    return f"{one.rule.id} ({one.rule.binding}): {one.rule.source}; {_CHECKED[one.rule.checked]}"


def _unique(lines: Iterable[T]) -> Iterator[T]:
    return iter(dict.fromkeys(lines))


def _block(title: str, lines: Iterable[str]) -> str:
    body = [f"  {line}" for line in _unique(lines)]
    return "\n".join([title, *body]) if body else ""
