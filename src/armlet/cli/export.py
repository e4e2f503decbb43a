"""`armlet export`: a locked trial in the format that somebody asks for, such as a registry's results form."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.inputs import read_bytes
from armlet.cli.output import Output
from armlet.errors import ExitCode, InputError, UsageError
from armlet.issues import Severity, error, has_error

if TYPE_CHECKING:
    from armlet.export.format import Exported
    from armlet.export.package import TrialData
    from armlet.export.results_form.answers import Answers
    from armlet.export.results_form.locked import LockedTrial
    from armlet.registry.record import Record

NAME: Final = "export"
HELP: Final = "write a locked trial in the format that somebody asks for"
RECORD: Final = "record.json"

_EPILOG: Final = """\
example:
  armlet export out/NAME --format ctgov --out out/NAME-ctgov
  armlet export out/NAME --format ctgov --out out/medians --average median --record trials/NAME/record.json
  armlet export out/NAME --format ctgov --out out/again --answers out/NAME-ctgov/NAME-answers.yaml
  armlet export out/NAME --format ctgov --explain 'outcomeMeasuresModule.outcomeMeasures[0].timeFrame'
  armlet export out/NAME --format odm --out out/NAME-odm

DIR is a folder with a locked ledger and its vault, such as `armlet rehearse` makes. The files hold results by arm: they
are for the unblinded side. What the format asks and the trial does not hold is never made up; it is listed, with the
part of the protocol that would answer it. What no trial holds (whom to ask, organ systems) people answer in a file, which
is written for them to fill in. A simulated trial says SIMULATED in every file and every file's name.

formats:
{formats}

exit code: 0 when the files were written (what people still have to fill in is printed); 1 when they were written and a
reviewer would send them back (the errors are printed and stand in the review beside them), when the folder is no trial
or when the output folder is there already, 2 for a format that is not known, 3 when the trial is not locked, 4 when the
ledger or the vault is not what was written.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The trial, the format, where to write, and what the format may choose."""
    from armlet.export.format import export_formats

    formats = "\n".join(f"  {name}  {method.description}" for name, method in export_formats().items())
    parser.epilog = _EPILOG.format(formats=formats)
    parser.add_argument("folder", metavar="DIR", type=Path, help="the folder of a locked trial")
    parser.add_argument("--format", metavar="F", required=True, help=f"one of {', '.join(export_formats())}")
    parser.add_argument("--out", metavar="DIR2", type=Path, help="a new folder for what is written")
    parser.add_argument(
        "--explain",
        metavar="FIELD",
        help="write nothing, and say where that field of the results form comes from, as the review names it",
    )
    parser.add_argument(
        "--time-frame",
        metavar="ENDPOINT=WORDS",
        action="append",
        default=[],
        help="for the registry: an endpoint's time frame in clearer words; kept in the answers that are written",
    )
    parser.add_argument(
        "--record", metavar="FILE", help=f"the record as it was registered (default: {RECORD} in DIR, if it is there)"
    )
    parser.add_argument(
        "--answers",
        metavar="FILE",
        type=Path,
        help="what people have answered; the export writes such a file to fill in",
    )
    parser.add_argument(
        "--average",
        choices=("mean", "median"),
        default="mean",
        help="how measured values are summed up: mean with standard deviation, or median with range (default mean)",
    )


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Exports. Raises RefusedError before the lock and InputError where a folder cannot be used; nothing half-written."""
    from armlet.export.format import load_format, refuse_existing_folder, write_files

    method = load_format(arguments.format)
    if (arguments.out is None) == (arguments.explain is None):
        message = "expected --out, where to write, or --explain, what to say the origin of; and not both."
        raise UsageError([error("export/out", "--out", message, "Name one of the two.")])
    if arguments.out is not None:
        refuse_existing_folder(arguments.out)
    trial = _load_locked(arguments)
    if arguments.explain is not None:
        return _explain(trial, arguments, out)
    exported = method.export(trial)
    write_files(arguments.out, exported.files)
    _say(arguments, trial.data, exported, out)
    return ExitCode.ISSUES if has_error(exported.review) else ExitCode.DONE


def _load_locked(arguments: argparse.Namespace) -> LockedTrial:
    from armlet.analysis.plan import run_plan
    from armlet.cli.strongroom import load_vault, unblind
    from armlet.export.package import load_data
    from armlet.export.results_form.adverse_events import spell_terms
    from armlet.export.results_form.answers import refuse_unknown_endpoints, refuse_unknown_terms
    from armlet.export.results_form.locked import LockedTrial
    from armlet.export.results_form.numbers import Average

    data, unblinded = unblind(load_data(arguments.folder), load_vault(arguments.folder))
    registered = _registered(arguments.record, arguments.folder, data)
    results = run_plan(data.protocol, unblinded)
    answers = _answers(arguments)
    trial = LockedTrial(data, unblinded, results, registered, Average(arguments.average), answers)
    where = str(arguments.answers or "--time-frame")
    refuse_unknown_terms(answers, frozenset(spell_terms(trial).values()), where)
    refuse_unknown_endpoints(answers, tuple(one.id for one in data.protocol.endpoints), where)
    return trial


def _answers(arguments: argparse.Namespace) -> Answers:
    """The answers of the file, with the time frames of the command line before those of the file."""
    from armlet.export.results_form.answers import Answers, load_answers

    answers = load_answers(arguments.answers) if arguments.answers is not None else Answers()
    frames = dict(answers.time_frames)
    for given in arguments.time_frame:
        endpoint, sign, words = given.partition("=")
        if not sign or not words.strip():
            message = f"{given!r} is no time frame; expected ENDPOINT=WORDS."
            raise UsageError(
                [error("export/time-frame", "--time-frame", message, "Name the endpoint, then its words.")]
            )
        frames[endpoint.strip()] = words.strip()
    return answers.model_copy(update={"time_frames": frames})


def _explain(trial: LockedTrial, arguments: argparse.Namespace, out: Output) -> ExitCode:
    from armlet.export.results_form.compose import fill_form
    from armlet.export.results_form.provenance import explain, in_words

    found = explain(trial, fill_form(trial), arguments.explain)
    document = {
        "path": found.path,
        "text": found.text,
        "origins": [{"where": one.where, "words": one.words} for one in found.origins],
        "to_change": found.to_change,
    }
    out.answer(document, "\n".join(in_words(found)))
    return ExitCode.DONE


def _registered(named: str | None, folder: Path, data: TrialData) -> Record:
    """The registered record: the one named, else the one in the folder, else an empty one."""
    from armlet.registry.read import read_record
    from armlet.registry.record import Record

    if named is None and not (folder / RECORD).is_file():
        return Record()
    path = named if named is not None else str(folder / RECORD)
    record = read_record(read_bytes(path, "export"), path).record
    number = record.protocol_section.identification_module.nct_id
    known = {one.id for one in data.protocol.identifiers}
    if number is not None and known and number not in known:
        message = f"this is the record of {number}; the protocol is of {', '.join(sorted(known))}."
        raise InputError([error("export/other-record", path, message, "Name the record of this trial.")])
    return record


def _say(arguments: argparse.Namespace, data: TrialData, exported: Exported, out: Output) -> None:
    to_fill = [issue for issue in exported.issues if issue.severity is not Severity.NOTE]
    document = {
        "trial": data.protocol.id,
        "simulated": data.state.simulated,
        "format": arguments.format,
        "files": [str(arguments.out / name) for name in exported.files],
        "issues": [issue.as_dict() for issue in (*exported.issues, *exported.review)],
    }
    lines = [f"wrote {arguments.out / name}" for name in exported.files]
    if to_fill:
        lines.append(f"{len(to_fill)} things are for people to fill in:")
        lines += [f"- {issue.message} {issue.fix} ({issue.where})" for issue in to_fill]
    out.answer(document, "\n".join([*lines, *_reviewed(exported)]))


def _reviewed(exported: Exported) -> list[str]:
    """How many things a reviewer would find, and each that has to be mended; the others stand in the file."""
    from armlet.export.results_form.review import count_issues

    if not exported.review:
        return []
    errors = [issue for issue in exported.review if issue.severity is Severity.ERROR]
    return [count_issues(exported.review), *(f"- {issue}" for issue in errors)]
