"""The door of the command line: finds the verb, runs it, and turns what goes wrong into words and an exit code."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Final, NoReturn, Protocol, TextIO, cast

from armlet import __version__
from armlet.cli.output import Output
from armlet.errors import ArmletError, ExitCode, InputError, RefusedError, UsageError
from armlet.issues import Issue, error

VERBS: Final = (
    ("read", "read a registry record, and say which line each fact comes from"),
    ("history", "list what each version of a record changed, and whether an outcome was switched"),
    ("new", "draft a trial folder from a registry record, with the questions that it leaves open"),
    ("check", "look for mistakes in a trial's design"),
    ("show", "print a protocol in plain words"),
    ("amend", "what a new version of a protocol changes, and for whom"),
    ("screen", "hold one person's measures against the criteria"),
    ("power", "how many people a comparison of two arms needs, what it can find, and when to look"),
    ("predictability", "how far an allocation can be guessed, and how far out of balance it can end"),
    ("stopping", "at how many events of harm the trial stops, and how often it would"),
    ("simulate", "weigh a design: how it behaves in many simulated trials, with Monte Carlo errors"),
    ("rehearse", "live through a whole trial with invented people, and report it"),
    ("scenario", "live the life that a trial's folder tells, and tick each step that came as told"),
    ("view", "list what a role may see of a trial, or write it"),
    ("calendar", "list the visits due, or write them as a calendar feed"),
    ("vault", "seal the allocation before the first consent, keep its keys, and say how many slots are left"),
    ("product", "record the cell product from donor to bedside, and say where every cell went"),
    ("unblind", "break the code of one participant, and say who knows what"),
    ("probe", "look for anything that tells blinded people the arm, in many simulated trials"),
    ("verify", "say whether a ledger is what was written, and where not"),
    ("backup", "back up one side of a trial, encrypted and verified"),
    ("restore", "put a backup back, or hold a drill of it"),
    ("redact", "find where a name leaked into words, and take the words out without breaking the chain"),
    ("reconcile", "hold consents, allocations, results, harm and product against each other"),
    ("deadlines", "by when a trial is to be registered, ended and reported, and how that stands"),
    ("anchor", "sign the head of a ledger, so that nobody can rewrite it unseen"),
    ("analyse", "run the protocol's analyses on a locked trial, or a plan's on a table"),
    ("export", "write a locked trial in the format that somebody asks for"),
    ("import", "record results from the file of a laboratory or a device, after a dry run"),
    ("inspect", "tell the story of a slot or a participant, who looked at arms, and who could see what when"),
    ("archive", "put all of a trial into one file that anybody can read and verify for decades"),
)
"""Every verb and what it does in one line; the module of the same name in this package is its `HELP` and its deeds."""

_MODULES: Final = {"import": "import_file"}
"""Verbs whose name no module can have."""

INTERRUPTED: Final = 130
PIPE_CLOSED: Final = 141
"""What a shell reports for a process that was interrupted, and for one whose reader went away (128 + the signal)."""

_REPORT: Final = (
    "Nothing that you typed should cause this. Please report it with the command; "
    "set ARMLET_DEBUG=1 and run it again to see where it happened."
)


class VerbModule(Protocol):
    """What each module of this package that is a verb offers."""

    NAME: str
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declares the arguments; sets `parser.epilog` to a worked example."""

    def run(self, arguments: argparse.Namespace, out: Output) -> ExitCode:
        """Does it. Raises ArmletError for what cannot be done."""


class _Parser(argparse.ArgumentParser):
    """Raises UsageError instead of ending the process, so that ``--json`` holds for wrong usage as well."""

    def error(self, message: str) -> NoReturn:
        fix = f"See `{self.prog} --help`."
        raise UsageError([error("usage", self.prog, f"{message.rstrip('.')}.", fix)])


class _Edge:
    """The outermost edge: every exception ends here as words and an exit code, and only here."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self.code: int = ExitCode.DONE

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, _kind: type[BaseException] | None, problem: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        match problem:
            case None:
                return True
            case SystemExit():
                return False
            case KeyboardInterrupt():
                self.code = INTERRUPTED
            case BrokenPipeError():
                self.code = PIPE_CLOSED
                _drop_output()
            case InputError() | RefusedError():
                self.code = problem.exit_code
                self._out.refuse(problem.issues)
            case ArmletError():
                self.code = problem.exit_code
                self._out.refuse([error("fault", "armlet", str(problem), "")])
            case OSError():
                self._meet_machine(problem)
            case _:
                self._meet_unexpected(problem)
        return True

    def _meet_machine(self, problem: OSError) -> None:
        """A file of somebody's that cannot be used is an issue; a full disk or the like is not people's mistake."""
        reason = f"{problem.strerror or problem}."
        if problem.filename is not None:
            self.code = ExitCode.ISSUES
            fix = "Check the name and who may read it."
            self._out.refuse([error("file/unreadable", str(problem.filename), reason, fix)])
            return
        self.code = ExitCode.FAULT
        _drop_output()
        self._out.note(f"armlet: the answer could not be written: {reason}")

    def _meet_unexpected(self, problem: BaseException) -> None:
        self.code = ExitCode.FAULT
        if os.environ.get("ARMLET_DEBUG"):
            import traceback

            self._out.note("".join(traceback.format_exception(problem)))
        message = f"the program has failed ({type(problem).__name__})."
        self._out.refuse([error("fault/unexpected", "armlet", message, _REPORT)])


def _drop_output() -> None:
    """Points standard output at nothing, or the interpreter would complain once more when it ends."""
    try:
        number = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, number)
    os.close(nothing)


def run(words: Sequence[str] | None = None) -> int:
    """Runs one command (that of the process where no words are given) and gives the exit code of the contract."""
    asked = list(sys.argv[1:] if words is None else words)
    for stream in (sys.stdout, sys.stderr):
        _print_anything(stream)
    out = Output(sys.stdout, sys.stderr, as_json="--json" in asked)
    outer, inner = _Edge(out), _Edge(out)
    with outer:  # the inner edge prints as well, and may meet a closed pipe or a full disk
        with inner:
            inner.code = _dispatch(asked, out)
        out.flush()
    return outer.code or inner.code


def _print_anything(stream: TextIO) -> None:
    """Lets a character that the terminal cannot show be spelled out instead of ending the program."""
    reconfigure = getattr(stream, "reconfigure", None)
    if callable(reconfigure):
        reconfigure(errors="backslashreplace")


def _dispatch(words: list[str], out: Output) -> ExitCode:
    first = words[0] if words else ""
    if first in {"-h", "--help", "help"}:
        out.answer({"verbs": [{"name": name, "help": text} for name, text in VERBS]}, _overview)
        return ExitCode.DONE
    if first == "--version":
        out.answer({"version": __version__}, lambda: f"armlet {__version__}")
        return ExitCode.DONE
    if first not in {name for name, _ in VERBS}:
        raise UsageError([_no_verb(first)])
    return _run_verb(load_verb(first), words[1:], out)


def load_verb(name: str) -> VerbModule:
    """The module of a verb of the table."""
    return cast("VerbModule", importlib.import_module(f"armlet.cli.{_MODULES.get(name, name)}"))


def _run_verb(verb: VerbModule, words: list[str], out: Output) -> ExitCode:
    parser = make_parser(verb)
    if set(words) & {"-h", "--help"}:
        out.answer({"help": parser.format_help()}, parser.format_help)
        return ExitCode.DONE
    return verb.run(parser.parse_args(words), out)


def make_parser(verb: VerbModule) -> argparse.ArgumentParser:
    """The parser of a verb's arguments; every verb has ``--json``."""
    parser = _Parser(
        prog=f"armlet {verb.NAME}",
        description=f"{verb.HELP[0].upper()}{verb.HELP[1:]}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    verb.add_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    return parser


def _overview() -> str:
    widest = max(len(name) for name, _ in VERBS)
    rows = [f"  {name:<{widest}}  {text}" for name, text in VERBS]
    return "\n".join(
        [
            "usage: armlet VERB ...",
            "",
            "Runs a small clinical trial from its registry record to its results.",
            "",
            *rows,
            "",
            "`armlet VERB --help` explains a verb with an example; every verb has --json.",
            "Exit codes: 0 done, 1 issues found, 2 wrong usage, 3 refused by the trial, 4 fault of the program.",
        ]
    )


def _no_verb(typed: str) -> Issue:
    import difflib

    names = [name for name, _ in VERBS]
    near = difflib.get_close_matches(typed, names, n=1)
    message = f"there is no verb {typed!r}." if typed else "a verb is missing."
    fix = f"Did you mean `armlet {near[0]}`?" if near else f"Use one of {', '.join(names)}; see `armlet --help`."
    return error("usage", "armlet", message, fix)


if __name__ == "__main__":
    sys.exit(run())
