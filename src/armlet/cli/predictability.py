"""`armlet predictability`: how far an allocation can be guessed and how far out of balance it can end, exactly."""

from __future__ import annotations

import argparse
import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

from armlet.cli.output import Output, render_table
from armlet.errors import ExitCode, InputError, UsageError
from armlet.issues import Issue, error

if TYPE_CHECKING:
    from armlet.allocation.predictability import Predictability
    from armlet.allocation.scheme import Factor, Scheme, Setting

NAME: Final = "predictability"
HELP: Final = "how far an allocation can be guessed, and how far out of balance it can end"

_EPILOG: Final = """\
example:
  armlet predictability --method big_stick --n 10
  armlet predictability --method permuted-blocks --block 4 --ratio 2:1 --n 12 --json
  armlet predictability --method permuted-blocks --blocks 4,6 --n 10
  armlet predictability --method chen --p 2/3 --limit 3 --n 10
  armlet predictability --method permuted_blocks --levels 2,2 --n 10
  armlet predictability --method minimisation --levels 2,2 --p 3/4 --n 10
  armlet predictability trials/NAME

The observer knows the method, its settings and every past arm, and guesses the likelier one.
  guess            how often the guess is right, on average over the slots (0.5 is a fair coin of two arms)
  certain          the share of slots that the observer knows for sure
  imbalance_mean   the expected difference of the arms' numbers at the end
  imbalance_ge4    the probability that the difference is 4 or more
Defaults: 1:1, every limit 2, blocks of 4 (of twice the ratio's sum where it is not 1:1), p 2/3, alpha and beta 1; a
method for a planned number of slots plans N; minimisation favours with p 4/5. With factors (--levels, or a trial's own)
each combination of levels is taken to be as likely as another, and the observer knows everybody's.
A trial folder holds no limits and no block sizes, they are sealed: it is shown with the defaults, unless an option says
otherwise.

exit code: 0 when the figures were printed, 1 when the trial cannot be used, 2 when the options do not fit together.
"""
_OPTIONS: Final = {
    "allocation/method": "--method",
    "allocation/ratio": "--ratio",
    "allocation/arms": "--ratio",
    "allocation/factors": "--levels",
    "n": "--n",
}
_SETTINGS: Final = ("limit", "block", "blocks", "weights", "p", "alpha", "beta", "distance", "first")
_DEFAULTS: Final[dict[str, dict[str, Setting]]] = {
    "big_stick": {"limit": 2},
    "chen": {"limit": 2, "p": "2/3"},
    "efron": {"p": "2/3"},
    "maximal": {"limit": 2},
    "minimisation": {"p": "4/5"},
    "wei_urn": {"alpha": 1, "beta": 1},
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Either a trial folder or a method with a number of slots."""
    parser.epilog = _EPILOG
    parser.add_argument("trial", metavar="TRIAL", type=Path, nargs="?", help="a trial folder")
    parser.add_argument(
        "--method", metavar="M", help="big_stick, complete, efron, permuted_blocks ...; a wrong one lists all"
    )
    parser.add_argument("--n", metavar="N", type=int, help="how many participants are allocated")
    parser.add_argument("--ratio", metavar="R", help="the arms' numbers, such as 1:1 (the default) or 2:1")
    parser.add_argument("--limit", metavar="K", type=int, help="the largest lead: big_stick, chen, maximal (default 2)")
    parser.add_argument("--block", metavar="B", type=int, help="the size of permuted blocks (default 4)")
    parser.add_argument("--blocks", metavar="B,B", help="several sizes, one of them by chance before each block: 4,6")
    parser.add_argument("--weights", metavar="W,W", help="weights of the sizes in --blocks, or of the factors (all 1)")
    parser.add_argument("--p", metavar="P", help="the probability of the arm behind: efron, chen (2/3), minimisation")
    parser.add_argument("--levels", metavar="L,L", help="how many levels each factor has: 2,3 (default: no factor)")
    parser.add_argument("--distance", metavar="D", help="range, variance or standard_deviation: minimisation")
    parser.add_argument("--first", metavar="K", type=int, help="how many first slots are by chance alone: minimisation")
    parser.add_argument("--alpha", metavar="A", type=int, help="balls of each arm at first: wei_urn (default 1)")
    parser.add_argument("--beta", metavar="B", type=int, help="balls added at each draw: wei_urn (default 1)")


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Prints the figures. Raises UsageError for options that do not fit, InputError for a trial that cannot be used."""
    from armlet.allocation.predictability import predict
    from armlet.allocation.scheme import plan_slots

    scheme, n = _of_options(arguments) if arguments.trial is None else _of_trial(arguments, out)
    try:
        scheme = plan_slots(scheme, n)
        figures = predict(scheme, n)
    except InputError as problem:
        raise (_in_options(problem) if _has_options(arguments) else problem) from None
    settings = dict(scheme.settings)
    document = {**figures.as_dict(), "method": scheme.method, "n": n, "ratio": _ratio(scheme), "settings": settings}
    if scheme.factors:
        document["levels"] = [len(factor.levels) for factor in scheme.factors]
    out.answer(document, lambda: render_figures(scheme, figures, out.width))
    return ExitCode.DONE


# --- What is asked --------------------------------------------------------------------------------------------------


def _of_options(arguments: argparse.Namespace) -> tuple[Scheme, int]:
    from armlet.allocation.scheme import Scheme

    missing = [name for name in ("method", "n") if getattr(arguments, name) is None]
    if missing:
        wanted = " and ".join(f"--{name}" for name in missing)
        fix = "Name a trial folder, or give --method M --n N; see `armlet predictability --help`."
        raise UsageError([error("usage", "armlet predictability", f"{wanted} missing.", fix)])
    method = _method_name(arguments.method)
    ratio = _read_ratio(_usual_ratio(method) if arguments.ratio is None else arguments.ratio)
    arms = [f"arm {number}" for number in range(1, len(ratio) + 1)]
    scheme = Scheme.of(arms, ratio, method, factors=_read_factors(arguments.levels))
    return _with_settings(scheme, arguments), arguments.n


def _read_factors(levels: str | None) -> tuple[Factor, ...]:
    from armlet.allocation.scheme import Factor

    counts = () if levels is None else _read_list("levels", levels)
    return tuple(
        Factor(f"factor {number}", tuple(f"level {level}" for level in range(1, count + 1)))
        for number, count in enumerate(counts, start=1)
    )


def _of_trial(arguments: argparse.Namespace, out: Output) -> tuple[Scheme, int]:
    """The protocol's scheme; `--n`, `--limit`, `--block` and the like try out another number or setting."""
    from armlet.allocation.scheme import scheme_of
    from armlet.protocol.load import load_trial

    if any(getattr(arguments, name) is not None for name in ("method", "ratio", "levels")):
        message = "--method, --ratio and --levels cannot be given with a trial: its protocol says them."
        raise UsageError([error("usage", "armlet predictability", message, "Leave out the trial, or the options.")])
    trial = load_trial(arguments.trial)
    protocol, shares = trial.protocol, trial.protocol.allocation.ratio
    arms = [arm.id for arm in protocol.arms]
    if set(arms) != set(shares):
        message = f"the ratio is for {', '.join(shares)}; the arms are {', '.join(arms)}."
        where = trial.lines.where(("allocation", "ratio"))
        raise InputError([error("allocation/ratio", where, message, "Give each arm its share.")])
    scheme = scheme_of(protocol)
    if len(arms) > 1 and not _typed_settings(arguments):
        out.note("The trial's own limit or block size is sealed and not in the folder: shown with the defaults.")
    return _with_settings(scheme, arguments), protocol.design.participants if arguments.n is None else arguments.n


def _has_options(arguments: argparse.Namespace) -> bool:
    return any(getattr(arguments, name) is not None for name in ("method", "n", "ratio", "levels", *_SETTINGS))


def _method_name(typed: str) -> str:
    return typed.strip().lower().replace("-", "_")


def _usual_ratio(method: str) -> str:
    return "1" if method == "single_arm" else "1:1"


def _read_ratio(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(":")]
    if all(part.isascii() and part.isdigit() and len(part) <= 6 for part in parts):
        return tuple(int(part) for part in parts)
    message = f"the ratio is {text!r}; expected whole numbers with colons between them."
    raise UsageError([error("usage", "--ratio", message, "Write, for example, --ratio 2:1.")])


def _with_settings(scheme: Scheme, arguments: argparse.Namespace) -> Scheme:
    """The scheme with the contract's defaults, then with what was typed; a setting the method lacks is its issue."""
    typed = _typed_settings(arguments)
    defaults = {} if "blocks" in typed else default_settings(scheme)
    settings = {**defaults, **typed}
    return replace(scheme, settings=tuple(sorted(settings.items(), key=lambda pair: pair[0])))


def _typed_settings(arguments: argparse.Namespace) -> dict[str, Setting]:
    typed = {name: getattr(arguments, name) for name in _SETTINGS}
    given: dict[str, Setting] = {name: value for name, value in typed.items() if value is not None}
    lists = {name: _read_list(name, typed[name]) for name in ("blocks", "weights") if name in given}
    return given | lists


def _read_list(name: str, text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",")]
    if all(part.isascii() and part.isdigit() and len(part) <= 6 for part in parts):
        return tuple(int(part) for part in parts)
    message = f"the {name} are {text!r}; expected whole numbers with commas between them."
    raise UsageError([error("usage", f"--{name}", message, f"Write, for example, --{name} 2,4.")])


def default_settings(scheme: Scheme) -> dict[str, Setting]:
    """What the contract promises where nothing is typed (big stick limit 2, blocks of 4 at 1:1), and for the others."""
    if scheme.method == "permuted_blocks":
        return {"block": 2 * sum(scheme.lowest_ratio())}
    return dict(_DEFAULTS.get(scheme.method, {}))


def _in_options(problem: InputError) -> UsageError:
    """The same issues, each at the option that it is about."""
    return UsageError([_at_option(issue) for issue in problem.issues])


def _at_option(issue: Issue) -> Issue:
    setting = issue.where.removeprefix("allocation/settings/")
    option = f"--{setting}" if setting != issue.where else _OPTIONS.get(issue.where, issue.where)
    return replace(issue, where=option)


# --- In words -------------------------------------------------------------------------------------------------------


def _ratio(scheme: Scheme) -> str:
    return ":".join(map(str, scheme.ratio))


def render_figures(scheme: Scheme, figures: Predictability, width: int | None) -> str:
    """The figures in words, the standard comparison for the same number of slots, and one sentence of advice."""
    comparison = _comparison(figures.n)
    rows = [(row.label, *_figures(row)) for row in comparison]
    head = ("two arms at 1:1", "guess", "certain", "mean imbalance", "P(4 or more)")
    table = f"for comparison, {figures.n} slots:\n\n{render_table(head, rows, width)}" if rows else ""
    blocks = [_in_words(scheme, figures), table, advise(scheme, figures, comparison)]
    return "\n\n".join(block for block in blocks if block)


def _in_words(scheme: Scheme, figures: Predictability) -> str:
    guess, certain, mean, ge4 = _figures(figures)
    return "\n".join(
        [
            f"{figures.label}, ratio {_ratio(scheme)}, {figures.n} slots",
            f"  right guesses of who knows all past arms    {guess}",
            f"  slots known for certain                     {certain}",
            f"  expected imbalance at the end               {mean}",
            f"  probability of an imbalance of 4 or more    {ge4}",
        ]
    )


def _figures(figures: Predictability) -> tuple[str, str, str, str]:
    return (
        _rounded(figures.guess, 3),
        _rounded(figures.certain, 3),
        _rounded(figures.imbalance_mean, 2),
        _rounded(figures.imbalance_ge4, 3),
    )


def _rounded(value: Fraction, digits: int) -> str:
    """Rounded half up from the exact value; a positive one never shows as nothing."""
    shown = math.floor(value * 10**digits + Fraction(1, 2))
    if value and not shown:
        return f"<{10**-digits:.{digits}f}"
    return f"{shown // 10**digits}.{shown % 10**digits:0{digits}d}"


def _comparison(n: int) -> tuple[Predictability, ...]:
    """The standard rows; none where the table would be too large to be exact."""
    from armlet.allocation.predictability import compare_standard

    try:
        return compare_standard(n)
    except InputError:
        return ()


def advise(scheme: Scheme, figures: Predictability, comparison: tuple[Predictability, ...]) -> str:
    """One sentence on what to choose; the standard comparison speaks of two arms at 1:1 only."""
    if scheme.factors:
        return (
            "Reckoned with people in whom every combination of levels is as likely. The imbalance is that of all arms "
            "together: lists for strata balance within each, and with few people undo what blocks do; minimisation holds "
            "each level, and is the easier to guess."
        )
    if len(scheme.arms) == 1:
        return "With one arm there is nothing to guess."
    if scheme.lowest_ratio() != (1, 1) or not comparison:
        return (
            "The fewer slots are certain, the less can be selected; weigh it against the imbalance that you can bear."
        )
    balanced = [row for row in comparison if row.imbalance_ge4 == 0]
    best = min(balanced, key=lambda row: row.guess, default=None)
    if best is None or (figures.imbalance_ge4 == 0 and figures.guess <= best.guess):
        return f"Nothing in the table is less guessable than {figures.label} and as well balanced."
    return f"Consider {best.label}: it never ends 4 or more apart, and is right only {_rounded(best.guess, 3)} of the time."
