"""The plan of an analysis without a trial: which column is what, how the arms were allocated, and what is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, JsonValue

from armlet.allocation.scheme import Factor, Scheme, check_scheme
from armlet.analysis.catalogue import load_method
from armlet.analysis.unused import COVARIATES_FIX, covariates_amiss
from armlet.document import Document, Lines, Plain, load_document, read_text, read_yaml
from armlet.errors import InputError
from armlet.issues import Issue, error, has_error

RULE: Final = "data-plan"


def _as_word(value: object) -> object:
    """Arms and visits may be typed as whole numbers; they are words all the same."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Word = Annotated[str, BeforeValidator(_as_word), Field(min_length=1)]
Cell = Annotated[str, BeforeValidator(_as_word)]
Beside = Word | dict[str, Word]
"""A column that stands beside the outcome; in a wide table with several visits, one for each visit that has it."""


class Columns(Document):
    """Which column of the table holds what, by heading.

    `outcomes` are the columns of a wide table by visit; `outcome` is the one column of a long table (which then has a
    column `visit`) or of a table with a single visit. `slot` is the place in the order of allocation, counted from 1.
    `sets` are columns of yes and no, by the name of the analysis set; `covariates` say whether a column holds numbers
    or words for categories.
    """

    participant: Word
    arm: Word | None = None
    visit: Word | None = None
    outcome: Word | None = None
    outcomes: dict[str, Word] = Field(default_factory=dict)
    baseline: Word | None = None
    slot: Word | None = None
    covariates: dict[str, Literal["number", "word"]] = Field(default_factory=dict)
    sets: dict[str, Word] = Field(default_factory=dict)
    why_missing: Beside | None = None
    """Words that say why an outcome is missing; empty where it is not."""
    below_limit: Beside | None = None
    """Yes where the outcome is known only to be at most its value (a detection limit)."""
    failed: Beside | None = None
    """Words that say why the outcome counts as worse than every measured one; empty where it does not."""
    exposure: Beside | None = None
    """The time at risk that an outcome which is a count belongs to."""

    def at_visit(self, visit: str) -> str:
        """The column of the outcome at a visit."""
        return self.outcomes.get(visit) or str(self.outcome)

    def beside(self, name: Literal["why_missing", "below_limit", "failed", "exposure"], visit: str) -> str | None:
        """The column of that name for a visit; None where the table has none."""
        found: Beside | None = getattr(self, name)
        return found.get(visit) if isinstance(found, dict) else found

    def named(self) -> tuple[str, ...]:
        """Every column that the plan names, each once."""
        besides: list[str] = []
        for found in (self.why_missing, self.below_limit, self.failed, self.exposure):
            besides += found.values() if isinstance(found, dict) else [found] if found else []
        single = (self.participant, self.arm, self.visit, self.outcome, self.baseline, self.slot)
        names = (*single, *self.outcomes.values(), *self.covariates, *self.sets.values(), *besides)
        return tuple(dict.fromkeys(name for name in names if name))


class DataAllocation(Document):
    """How the arms were allocated, for methods that replay it: method and settings as `armlet predictability` has them.

    `factors` are the levels by column, for a stratified list or minimisation. `rows_in_order` says that people stand
    in the order of allocation where the table has no column of slots.
    """

    method: str
    ratio: dict[str, Annotated[int, Field(gt=0)]]
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    factors: dict[str, tuple[Word, ...]] = Field(default_factory=dict)
    rows_in_order: bool = False


class DataAnalysis(Document):
    """One analysis that is asked for: a method of the catalogue, its settings, and at which visits."""

    label: str = Field(min_length=1)
    method: str
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    visits: tuple[Word, ...] = ()
    """May be left out where the table has one visit."""
    set: Word | None = None
    covariates: tuple[Word, ...] = ()
    role: Literal["primary", "supportive", "sensitivity"] | None = None


class DataPlan(Document):
    """All that a table does not say of itself. `missing` are the spellings of a missing value, beside which none is.

    `visits` is the order of the visits of a long table; `baseline_visit` is the visit whose outcome is the baseline.
    """

    title: str = Field(min_length=1)
    endpoint: str = "outcome"
    unit: str
    columns: Columns
    delimiter: Literal[",", ";", "\t", "|"] = ","
    missing: tuple[Cell, ...] = ("",)
    arms: tuple[Word, ...] = Field(min_length=1)
    reference: Word | None = None
    visits: tuple[Word, ...] = ()
    baseline_visit: Word | None = None
    allocation: DataAllocation | None = None
    analyses: tuple[DataAnalysis, ...] = Field(min_length=1)

    @property
    def is_long(self) -> bool:
        """Whether the table has a row for each participant and visit."""
        return self.columns.visit is not None

    def all_visits(self) -> tuple[str, ...]:
        """The visits after the baseline, in order; a table with a single outcome has the visit of that name."""
        if self.is_long:
            return self.visits
        return tuple(self.columns.outcomes) or (str(self.columns.outcome),)

    def all_columns(self) -> tuple[str, ...]:
        """Every column that the plan needs, each once."""
        factors = self.allocation.factors if self.allocation else ()
        return tuple(dict.fromkeys((*self.columns.named(), *factors)))

    def visits_of(self, analysis: DataAnalysis) -> tuple[str, ...]:
        """The visits at which an analysis is asked for."""
        return analysis.visits or self.all_visits()

    def scheme(self) -> Scheme | None:
        """How the arms were allocated, without the people; None where the plan does not say."""
        given = self.allocation
        if given is None:
            return None
        factors = (Factor(name, levels) for name, levels in given.factors.items())
        ratio = [given.ratio[arm] for arm in self.arms]
        return Scheme.of(self.arms, ratio, given.method, given.settings, factors)


@dataclass(frozen=True, slots=True)
class _Places(Lines):
    """Where things stand in a plan that is no file: a dotted path."""

    def where(self, path: Sequence[str | int]) -> str:
        return ".".join([self.name, *(str(step) for step in path)])


def load_plan(plan: DataPlan | Mapping[str, object] | Path) -> DataPlan:
    """A plan from its YAML file, or from plain data of the same shape.

    Raises InputError with every issue: a misspelt key, a method or a setting that is not there, names that do not fit
    together.
    """
    if isinstance(plan, DataPlan):
        return plan
    if isinstance(plan, Path):
        return read_plan(read_text(plan, RULE), str(plan))
    return _checked(_plain(plan), _Places("plan", {}))


def load_columns(columns: Mapping[str, object]) -> Columns:
    """The columns of a plan alone, from plain data. Raises InputError."""
    return load_document(Columns, _plain(columns), _Places("columns", {}), RULE)


def read_plan(text: str, name: str) -> DataPlan:
    """A plan from YAML text; `name` is how issues name the file. Raises InputError."""
    return _checked(*read_yaml(text, name))


def _plain(value: object) -> Plain:
    """Mappings, lists, words and numbers as YAML would have given them; decimals become text, as typed."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    return repr(value) if isinstance(value, float) else str(value)


def _checked(plain: Plain, lines: Lines) -> DataPlan:
    plan = load_document(DataPlan, plain, lines, RULE)
    issues = tuple(_check(plan, lines))
    if has_error(issues):
        raise InputError(issues)
    return plan


def _check(plan: DataPlan, lines: Lines) -> Iterator[Issue]:
    yield from _check_columns(plan, lines)
    yield from _check_arms(plan, lines)
    yield from _check_allocation(plan, lines)
    known = set(plan.all_visits())
    for place, analysis in enumerate(plan.analyses):
        yield from _check_analysis(plan, analysis, known, lines, place)


def _amiss(what: str, lines: Lines, path: Sequence[str | int], message: str, fix: str) -> Issue:
    return error(f"{RULE}/{what}", lines.where(path), message, fix)


def _check_columns(plan: DataPlan, lines: Lines) -> Iterator[Issue]:
    columns, path = plan.columns, ("columns",)
    if bool(columns.outcomes) == bool(columns.outcome):
        message = "expected either outcome (one column) or outcomes (a column for each visit)."
        yield _amiss("outcome", lines, path, message, "Give the one that suits the table.")
    if plan.is_long and columns.outcomes:
        message = "a table with a column of visits is long, and has one column of outcomes."
        yield _amiss("outcome", lines, (*path, "outcomes"), message, "Name it as outcome, or take visit out.")
    if plan.is_long != bool(plan.visits):
        message = "visits lists the visits of a long table in their order; it goes with columns.visit."
        yield _amiss("visits", lines, ("visits",), message, "Give both, or neither.")
    if plan.baseline_visit is not None and (not plan.is_long or columns.baseline or plan.baseline_visit in plan.visits):
        message = "baseline_visit is for a long table without a column of baselines, and is none of visits."
        yield _amiss("baseline", lines, ("baseline_visit",), message, "Keep one of the two.")
    if len(plan.arms) > 1 and columns.arm is None:
        yield _amiss("arm", lines, path, "there are several arms and no column of arms.", "Name it as arm.")
    yield from _check_beside(plan, lines)


def _check_beside(plan: DataPlan, lines: Lines) -> Iterator[Issue]:
    for name in ("why_missing", "below_limit", "failed", "exposure"):
        found = getattr(plan.columns, name)
        path = ("columns", name)
        if isinstance(found, dict) != bool(plan.columns.outcomes) and found is not None:
            message = f"{name} is one column beside outcome, and a column for each visit beside outcomes."
            yield _amiss("beside", lines, path, message, "Write it as the outcome is written.")
        elif isinstance(found, dict):
            for visit in found:
                if visit not in plan.columns.outcomes:
                    yield _no_visit(visit, plan.columns.outcomes, lines, (*path, visit))


def _no_visit(visit: str, known: Sequence[str] | Mapping[str, str] | set[str], lines: Lines, path: Sequence[str | int]
              ) -> Issue:  # fmt: skip
    message = f'there is no visit "{visit}"; expected one of {", ".join(sorted(known))}.'
    return _amiss("visit-unknown", lines, path, message, "Correct the name, or add the visit.")


def _check_arms(plan: DataPlan, lines: Lines) -> Iterator[Issue]:
    listed = ", ".join(plan.arms)
    if len(set(plan.arms)) < len(plan.arms):
        yield _amiss("arms", lines, ("arms",), f"an arm is listed twice: {listed}.", "List each once.")
    if plan.reference is not None and plan.reference not in plan.arms:
        message = f'the reference "{plan.reference}" is none of the arms {listed}.'
        yield _amiss("reference", lines, ("reference",), message, "Correct the name.")
    if len(plan.arms) == 2 and plan.reference is None:
        message = "it is not said which arm the other is compared with."
        yield _amiss("reference", lines, ("arms",), message, f"Write reference: {plan.arms[-1]}, or the other one.")


def _check_allocation(plan: DataPlan, lines: Lines) -> Iterator[Issue]:
    given, path = plan.allocation, ("allocation",)
    if given is None:
        return
    if set(given.ratio) != set(plan.arms):
        message = f"the ratio names {', '.join(given.ratio)}; expected the arms {', '.join(plan.arms)}."
        yield _amiss("ratio", lines, (*path, "ratio"), message, "Give a whole number for each arm.")
        return
    if given.rows_in_order == (plan.columns.slot is not None):
        message = "to replay the allocation its order must be known, by one of columns.slot and rows_in_order: true."
        yield _amiss("order", lines, path, message, "Give the column, or say that the rows stand in order.")
    scheme = plan.scheme()
    assert scheme is not None  # there is an allocation
    for issue in check_scheme(scheme):
        yield replace(issue, where=lines.where(path))


def _check_analysis(
    plan: DataPlan, analysis: DataAnalysis, known: set[str], lines: Lines, place: int
) -> Iterator[Issue]:
    path: tuple[str | int, ...] = ("analyses", place)
    for visit in analysis.visits:
        if visit not in known:
            yield _no_visit(visit, known, lines, (*path, "visits"))
    if not analysis.visits and len(known) > 1:
        message = f'"{analysis.label}" does not say at which of the visits {", ".join(plan.all_visits())}.'
        yield _amiss("visits", lines, path, message, "Write visits: with one or more of them.")
    if analysis.set is not None and analysis.set not in plan.columns.sets:
        message = f'there is no set "{analysis.set}"; columns.sets has {", ".join(plan.columns.sets) or "none"}.'
        yield _amiss("set-unknown", lines, (*path, "set"), message, "Give its column of yes and no there.")
    for name in analysis.covariates:
        if name not in plan.columns.covariates:
            listed = ", ".join(plan.columns.covariates) or "none"
            message = f'there is no covariate "{name}"; columns.covariates has {listed}.'
            yield _amiss("covariate-unknown", lines, (*path, "covariates"), message, "Say there what it holds.")
    try:
        method = load_method(analysis.method)
        method.parse(analysis.settings)
        amiss = covariates_amiss(method, analysis.covariates, analysis.settings)
        if amiss:
            yield _amiss("covariates-unused", lines, (*path, "covariates"), amiss, COVARIATES_FIX)
    except InputError as problem:
        is_name = any(issue.rule == "analysis/method-unknown" for issue in problem.issues)
        at = lines.where((*path, "method" if is_name else "settings"))
        for issue in problem.issues:
            yield replace(issue, where=at, message=f"{issue.where}: {issue.message}" if not is_name else issue.message)
