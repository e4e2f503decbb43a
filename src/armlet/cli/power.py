"""`armlet power`: how many people a comparison of two arms needs, what it can find, and boundaries for early looks."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from armlet.cli.output import Output, render_table
from armlet.errors import ExitCode, UsageError
from armlet.issues import error

NAME: Final = "power"
HELP: Final = "how many people a comparison of two arms needs, what it can find, and when to look"

_EPILOG: Final = """\
example:
  armlet power --difference 1.5 --n 5,5 --correlation 0.7
  armlet power --difference 0.2 --sd 0.25 --power 0.9 --json
  armlet power --difference 1 --looks 3 --boundary obrien-fleming
  armlet power --difference 1 --looks 0.3,0.7,1

With --n the power of that many people; without it the people in each of two equal arms. Power comes from the noncentral t
with both of its tails. With --correlation (of baseline and outcome) also that of the analysis of covariance, whose baselines
differ between the arms by chance. With --looks the boundaries for Z, one-sided at the level over the sides, and how many
times the people are needed at most.
Boundaries: obrien-fleming, pocock, spending-obrien-fleming (the default), spending-pocock, spending-power.

exit code: 0 when the figures were printed, 2 when the options do not fit.
"""
_BOUNDARIES: Final = (
    "obrien-fleming",
    "pocock",
    "spending-obrien-fleming",
    "spending-pocock",
    "spending-power",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The difference, people or power, and looks."""
    parser.epilog = _EPILOG
    parser.add_argument("--difference", metavar="D", type=float, required=True, help="the difference of the means")
    parser.add_argument("--sd", metavar="S", type=float, default=1.0, help="the outcome's standard deviation (1)")
    parser.add_argument("--n", metavar="A,B", help="people in the two arms, such as 5,5")
    parser.add_argument("--power", metavar="P", type=float, default=4 / 5, help="the power that is wanted (4/5)")
    parser.add_argument("--alpha", metavar="A", type=float, default=0.05, help="the level (0.05)")
    parser.add_argument("--sides", type=int, choices=(1, 2), default=2, help="one-sided or two-sided (2)")
    parser.add_argument("--correlation", metavar="R", type=float, help="of baseline and outcome within an arm")
    parser.add_argument("--looks", metavar="K", help="so many evenly spaced looks, or their information fractions")
    parser.add_argument("--boundary", choices=_BOUNDARIES, default="spending-obrien-fleming", help="the boundary")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was asked, checked; `difference` is in standard deviations."""

    difference: float
    sd: float
    power: float
    alpha: float
    sides: int
    correlation: float | None
    people: tuple[float, float] | None


def run(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Prints the figures. Raises UsageError for options that do not fit."""
    asked = _asked(arguments)
    lines, document = (_for_people if asked.people else _for_power)(asked)
    table = ""
    if arguments.looks is not None:
        looks, table = _looks(arguments, asked, out.width)
        document["looks"] = looks
    out.answer(document, lambda: "\n\n".join(part for part in ("\n".join(lines), table) if part))
    return ExitCode.DONE


def _asked(arguments: argparse.Namespace) -> _Asked:
    for name, fits in (
        ("power", 0 < arguments.power < 1),
        ("alpha", 0 < arguments.alpha < 0.5),
        ("sd", arguments.sd > 0 and math.isfinite(arguments.sd)),
        ("difference", arguments.difference != 0 and math.isfinite(arguments.difference)),
        ("correlation", arguments.correlation is None or -1 < arguments.correlation < 1),
    ):
        if not fits:
            raise _misfit(f"--{name}", f"{getattr(arguments, name)} does not fit", "See armlet power --help.")
    return _Asked(
        abs(arguments.difference) / arguments.sd,
        arguments.sd,
        arguments.power,
        arguments.alpha,
        arguments.sides,
        arguments.correlation,
        None if arguments.n is None else _people(arguments.n),
    )


def _misfit(option: str, message: str, fix: str) -> UsageError:
    return UsageError([error("usage", option, f"{message}.", fix)])


def _people(text: str) -> tuple[float, float]:
    parts = text.split(",")
    if len(parts) != 2 or not all(part.strip().isdecimal() and int(part) >= 1 for part in parts) or text == "1,1":
        raise _misfit("--n", f"{text!r} is not the people of two arms", "Write for example --n 5,5.")
    return float(parts[0]), float(parts[1])


def _for_people(asked: _Asked) -> tuple[list[str], dict[str, object]]:
    from armlet.analysis.power import detectable, power_of_ancova, power_of_t

    assert asked.people is not None
    first, second = asked.people
    power = power_of_t(asked.difference, first, second, asked.alpha, sides=asked.sides)
    found = detectable(asked.power, first, second, asked.alpha, sides=asked.sides) * asked.sd
    document: dict[str, object] = {"n": [int(first), int(second)], "power_t": power, "detectable": found}
    lines = [f"power of the t test                     {power:.3f}"]
    if asked.correlation is not None:
        adjusted = power_of_ancova(
            asked.difference, first, second, asked.alpha, correlation=asked.correlation, sides=asked.sides
        )
        document["power_ancova"] = adjusted
        lines.append(f"power of the analysis of covariance     {adjusted:.3f}")
    lines.append(f"difference found with a power of {asked.power:<6g} {found:.3f}")
    return [_headline(asked, f"{first:g} and {second:g} people"), *lines], document


def _for_power(asked: _Asked) -> tuple[list[str], dict[str, object]]:
    from armlet.analysis.power import people_for, power_of_ancova, power_of_t

    def with_t(n: float) -> float:
        return power_of_t(asked.difference, n, n, asked.alpha, sides=asked.sides)

    def with_ancova(n: float) -> float:
        return power_of_ancova(
            asked.difference, n, n, asked.alpha, correlation=asked.correlation or 0.0, sides=asked.sides
        )

    wanted: list[tuple[str, str, Callable[[float], float]]] = [("t", "t test", with_t)]
    if asked.correlation is not None:
        wanted.append(("ancova", "analysis of covariance", with_ancova))
    lines, document = [_headline(asked, f"a power of {asked.power:g}")], dict[str, object]()
    for key, words, power in wanted:
        try:
            exact = people_for(asked.power, power)
        except ValueError as problem:
            raise _misfit("--difference", str(problem), "Name a larger difference.") from None
        document[f"n_per_arm_{key}"] = exact
        lines.append(f"{f'people in each arm, {words}':<40}{math.ceil(exact - 1e-9)}  ({exact:.2f})")
    return lines, document


def _headline(asked: _Asked, what: str) -> str:
    sides = "two-sided" if asked.sides == 2 else "one-sided"
    return f"{what}, a difference of {asked.difference:.4g} standard deviations, {sides} level {asked.alpha:g}"


def _looks(arguments: argparse.Namespace, asked: _Asked, width: int | None) -> tuple[dict[str, object], str]:
    from scipy.special import ndtr

    from armlet.analysis.sequential import Boundary, bounds_of, crossing, drift_for, inflation

    fractions, alpha = _fractions(arguments.looks), asked.alpha / asked.sides
    try:
        bounds = bounds_of(Boundary(arguments.boundary), fractions, alpha)
    except ValueError as problem:
        raise _misfit("--looks", str(problem), "Write for example --looks 3 or --looks 0.3,0.7,1.") from None
    times = inflation(fractions, bounds, alpha, asked.power)
    crossed = crossing(fractions, bounds, drift_for(fractions, bounds, asked.power))
    spent = crossing(fractions, bounds)
    rows = [
        (f"{t:.3f}", f"{z:.4f}", f"{float(ndtr(-z)):.5f}", f"{sum(spent[: k + 1]):.5f}", f"{sum(crossed[: k + 1]):.3f}")
        for k, (t, z) in enumerate(zip(fractions, bounds, strict=True))
    ]
    head = ("information", "Z", "one-sided p", "level spent", "crossed with the effect")
    document = {
        "boundary": arguments.boundary,
        "fractions": list(fractions),
        "bounds": list(bounds),
        "level_spent": list(spent),
        "crossed": list(crossed),
        "inflation": times,
    }
    words = f"{arguments.boundary}: at most {times:.4f} times the people of a trial without looks"
    return document, f"{words}\n\n{render_table(head, rows, width)}"


def _fractions(text: str) -> tuple[float, ...]:
    if text.strip().isdecimal() and 1 <= int(text) <= 20:
        number = int(text)
        return tuple((k + 1) / number for k in range(number))
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise _misfit("--looks", f"{text!r} are no looks", "Write for example --looks 3 or 0.3,0.7,1.") from None
