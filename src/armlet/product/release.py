"""The release verdict: every releasing attribute of the specification, one by one, exactly at its limit.

A result below or above what a method can measure (``<0.5 [EU]/mL``) is a range and not a number: it passes where every
value of the range would, fails where none would, and otherwise decides nothing (`undecided`). Of several results of one
test the worst counts, unless a laboratory error is on record for it; a failed and a repeated test are never averaged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

from armlet.issues import Issue, error, warning
from armlet.protocol.criteria import Comparison
from armlet.protocol.model import Product, ReleaseTest
from armlet.units import Quantity, as_decimal

Verdict = Literal["pass", "fail", "pending", "undecided"]
_CENSORED: Final = re.compile(r"\s*(<=|>=|<|>|≤|≥)\s*(.+)", re.DOTALL)
_WORST_FIRST: Final[tuple[Verdict, ...]] = ("fail", "undecided", "pending", "pass")


@dataclass(frozen=True, slots=True)
class Release:
    """The verdict on a lot and on each test; a pending test holds it back unless its result may come afterwards.

    `fail` is what the laboratory calls out of specification. `specification` is the version it was judged by, None
    where the protocol names none.
    """

    verdict: Literal["pass", "conditional", "fail", "pending"]
    tests: Mapping[str, Verdict]
    specification: str | None = None


def assess_release(
    tests: tuple[ReleaseTest, ...], results: Mapping[str, str], specification: str | None = None
) -> Release:
    """The verdict for results by test id, as text: a quantity with its unit, or a code. What is absent is pending.

    An undecided result holds a lot back even where its result might have come later: it has come, and said nothing.
    Raises UnitError where a result is no quantity, or measures something else than its limit.
    """
    verdicts = {test.id: judge(test, results.get(test.id)) for test in tests}
    found = [_of_alternatives(those, verdicts) for those in _alternatives(test for test in tests if test.releasing)]
    return Release(_of_all(found), verdicts, specification)


def assess_by_specification(product: Product, results: Mapping[str, str]) -> Release:
    """The verdict by the product's specification, with its version. Raises UnitError."""
    return assess_release(product.release, results, product.specification)


def _of_all(found: list[tuple[Verdict, bool]]) -> Literal["pass", "conditional", "fail", "pending"]:
    if any(verdict == "fail" for verdict, _ in found):
        return "fail"
    if any(verdict == "undecided" or (verdict == "pending" and not may_wait) for verdict, may_wait in found):
        return "pending"
    return "conditional" if any(verdict == "pending" for verdict, _ in found) else "pass"


def _alternatives(tests: Iterable[ReleaseTest]) -> list[list[ReleaseTest]]:
    """The releasing tests, those that stand for each other together."""
    found: dict[tuple[str, str], list[ReleaseTest]] = {}
    for test in tests:
        key = ("either", test.either) if test.either is not None else ("alone", test.id)
        found.setdefault(key, []).append(test)
    return list(found.values())


def _of_alternatives(tests: list[ReleaseTest], verdicts: Mapping[str, Verdict]) -> tuple[Verdict, bool]:
    """The verdict of tests that stand for each other, and whether it may come after release.

    One that passes is enough. While one of them is open, the failure of the others is not the last word; once each
    failed, it is. A failure that is final counts whatever the others say.
    """
    found = [verdicts[test.id] for test in tests]
    may_wait = all(test.after_release for test in tests)
    if any(test.final and verdicts[test.id] == "fail" for test in tests):
        return "fail", may_wait
    for verdict in ("pass", "undecided", "pending"):
        if verdict in found:
            return verdict, may_wait
    return "fail", may_wait


def judge(test: ReleaseTest, result: str | None) -> Verdict:
    """The verdict on one result of one test. Raises UnitError."""
    if result is None:
        return "pending"
    if test.limit is None:
        return "pass" if result in test.codes else "fail"
    possible = [holds(order, test.is_) for order in _possible_orders(result, test.limit)]
    return "pass" if all(possible) else "undecided" if any(possible) else "fail"


def _possible_orders(result: str, limit: Quantity) -> tuple[int, ...]:
    """Where the true value may lie beside the limit: below (-1), at it (0), above (1)."""
    censored = _CENSORED.fullmatch(result)
    if censored is None:
        return (Quantity.parse(result).compare(limit),)
    sign = censored[1].replace("≤", "<=").replace("≥", ">=")
    order = Quantity.parse(censored[2]).compare(limit)
    towards = -1 if sign.startswith("<") else 1
    if order == -towards:
        return (-1, 0, 1)
    return (towards, 0) if order == 0 and sign.endswith("=") else (towards,)


def holds(order: int, comparison: Comparison) -> bool:
    """Whether an order (-1, 0, 1) satisfies a comparison with a limit."""
    return {
        Comparison.LESS: order < 0,
        Comparison.AT_MOST: order <= 0,
        Comparison.EQUAL: order == 0,
        Comparison.AT_LEAST: order >= 0,
        Comparison.MORE: order > 0,
        Comparison.IN: order == 0,
    }[comparison]


# --- Several results of one test ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Determination:
    """One run of one test, with its replicates as the laboratory wrote them.

    `laboratory_error` is the record of the investigation that annulled it; empty where it stands.
    """

    test: str
    replicates: tuple[str, ...]
    laboratory_error: str = ""


@dataclass(frozen=True, slots=True)
class ResultsInForce:
    """The one result of each test that counts, and what was odd on the way to it."""

    results: Mapping[str, str]
    issues: tuple[Issue, ...]


def results_in_force(tests: tuple[ReleaseTest, ...], runs: Sequence[Determination]) -> ResultsInForce:
    """Of each test the result that counts: of the runs that no laboratory error annulled, the worst.

    Replicates of one run are averaged where all of them are numbers; runs are not. Raises UnitError for a replicate
    that is no quantity, or of another kind than the others.
    """
    results: dict[str, str] = {}
    issues: list[Issue] = []
    known = {test.id for test in tests}
    for run in runs:
        if run.test not in known:
            fix = "Check the name of the test."
            issues.append(error("product/unknown-test", run.test, "the specification has no such test.", fix))
    for test in tests:
        standing = [run for run in runs if run.test == test.id and not run.laboratory_error.strip()]
        values = [value for run in standing if (value := _of_run(test, run)) is not None]
        if len(values) < len(standing):
            issues.append(error("product/replicates", test.id, "the replicates do not agree on one result."))
        elif values:
            results[test.id] = min(values, key=lambda value: _WORST_FIRST.index(judge(test, value)))
        if len(standing) > 1:
            message = f"{len(standing)} runs stand, and none was annulled; the worst counts."
            fix = "Record the laboratory error of the run that does not count, if there was one."
            issues.append(warning("product/retest", test.id, message, fix))
    return ResultsInForce(results, tuple(issues))


def _of_run(test: ReleaseTest, run: Determination) -> str | None:
    """The result of one run; None where its replicates are no one result."""
    if not run.replicates or len(set(run.replicates)) == 1:
        return run.replicates[0] if run.replicates else None
    if test.limit is None or any(_CENSORED.fullmatch(text) for text in run.replicates):
        return None
    return str(mean(tuple(map(Quantity.parse, run.replicates))))


def mean(values: Sequence[Quantity]) -> Quantity:
    """The mean in the unit of the first. Raises UnitError where they do not measure the same thing."""
    unit = values[0].unit
    total = sum((Fraction(value.to(unit).value) for value in values), Fraction(0))
    return Quantity(as_decimal(total / len(values)), unit)


# --- Late results ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a changed verdict asks for after certification.

    `superseded`: the certificate no longer says what the results say. `recall`: what might be given may be no longer;
    what was given is to be told to the physician. `changed` are the tests whose verdict is another.
    """

    superseded: bool
    recall: bool
    changed: tuple[str, ...]


def compare_verdicts(certified: Release, now: Release) -> Consequences:
    """What follows where results came or changed after a lot was certified."""
    changed = tuple(name for name, verdict in now.tests.items() if certified.tests.get(name) != verdict)
    could, can = (release.verdict in {"pass", "conditional"} for release in (certified, now))
    superseded = bool(changed) or certified.verdict != now.verdict or certified.specification != now.specification
    return Consequences(superseded, could and not can, changed)
