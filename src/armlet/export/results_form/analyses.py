"""Statistical analyses of an outcome: each planned result as the form has it, with what a reader needs to judge it.

An analysis that these people cannot answer is told in words, as the form allows; it never becomes an empty row.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate, Interval, LeftOut, NotEstimable, Result
from armlet.analysis.plan import PlannedResult
from armlet.export.results_form.locked import Column, LockedTrial, plain_reason
from armlet.export.results_form.numbers import decimals_for, per_cent, probability, rounded
from armlet.export.results_form.tables import unit_words
from armlet.protocol.model import Endpoint, Settings
from armlet.registry.results.rows import (
    AnalysisDispersionType,
    ConfidenceIntervalNumSides,
    MeasureAnalysis,
    NonInferiorityType,
)

METHOD_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ancova": "ANCOVA",
        "difference": "t-test, 2 sided",
        "fisher": "Fisher Exact",
        "mmrm": "Mixed Models Analysis",
        "rank_sum": "Wilcoxon (Mann-Whitney)",
    }
)
"""How the registry spells a method of ours (seen in public records); another one is told by its own label."""

PARAMETER_WORDS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("ancova", ""): "LS Mean Difference",
        ("difference", "change"): "Mean Difference (Net)",
        ("difference", ""): "Mean Difference (Final Values)",
        ("rerandomisation", "change"): "Mean Difference (Net)",
        ("rerandomisation", "trimmed_means"): "Difference in trimmed means",
        ("rerandomisation", "yuen"): "Difference in trimmed means",
        ("rerandomisation", "ranks"): "Hodges-Lehmann shift",
        ("rerandomisation", ""): "Mean Difference (Final Values)",
        ("rerandomisation", "ancova_coefficient"): "LS Mean Difference",
        ("rerandomisation", "ancova_t"): "LS Mean Difference",
        ("rank_sum", ""): "Hodges-Lehmann shift",
        ("signed_rank", ""): "Hodges-Lehmann median of changes",
        ("sign_flip", "change"): "Mean change from baseline",
        ("clopper_pearson", ""): "Proportion",
        ("sign_flip", "outcome"): "Mean",
        ("sign_flip", ""): "Mean change from baseline",
        ("fisher", "odds_ratio"): "Odds Ratio (OR)",
        ("fisher", ""): "Risk Difference (RD)",
        ("mmrm", ""): "LS Mean Difference",
        ("multiple_imputation", ""): "LS Mean Difference",
        ("tipping_point", ""): "LS Mean Difference",
        ("tobit", ""): "LS Mean Difference",
        ("bayes_normal", ""): "Posterior mean difference",
        ("bayes_binomial", ""): "Posterior mean difference",
        ("worst_rank", ""): "Probability of a better outcome",
        ("win_ratio", "win_odds"): "Win odds",
        ("win_ratio", "net_benefit"): "Net benefit",
        ("win_ratio", ""): "Win ratio",
    }
)
"""What is estimated, by method and by the setting that chooses it; another parameter is told by its estimand."""

LONGEST_COMMENT: Final = 500
"""Characters, as ``registry/data/review_limits.yaml`` has it for ``nonInferiorityComment``; from memory, to be checked."""
ONE_ARM: Final = "One arm against no change; there is no comparison between arms."
_PARAMETER_SETTINGS: Final = ("statistic", "measure", "of")
_ERRORS: Final = (
    "standard error",
    "standard error, Kenward and Roger",
    "standard error, observed information",
)
"""What methods call the standard error of the estimate itself, on its own scale; of a ratio there is none."""


def fill_analyses(
    trial: LockedTrial, endpoint: Endpoint, columns: Sequence[Column], module: str
) -> tuple[MeasureAnalysis, ...]:
    """Every planned result of the endpoint, in the protocol's order."""
    own = [planned for planned in trial.results if planned.analysis.endpoint == endpoint.id]
    return tuple(_analysis(trial, planned, columns, module) for planned in own)


def _analysis(trial: LockedTrial, planned: PlannedResult, columns: Sequence[Column], module: str) -> MeasureAnalysis:
    result = planned.result
    compared = _compared(result, columns)
    is_comparison = len(compared) > 1
    told = MeasureAnalysis(
        group_ids=tuple(column.id(module) for column in compared),
        group_description=_described(trial, planned, columns),
        non_inferiority_type=NonInferiorityType.SUPERIORITY if is_comparison else NonInferiorityType.OTHER,
        non_inferiority_comment=" ".join(_leans_on(result, columns, is_comparison)[0]) or None,
    )
    if isinstance(result, NotEstimable):
        why = f"Planned and not computed ({_label(planned)}): {_in_words(result.reason, columns)}."
        return told.model_copy(update={"other_analysis_description": why})
    return told.model_copy(update={**_estimated(planned, result, columns), **_tested(planned, result)})


def _compared(result: Result, columns: Sequence[Column]) -> list[Column]:
    """The arms that the result counts people of; all of them where it counts nobody."""
    return [column for column in columns if column.arm.id in result.n_used] or list(columns)


def _estimated(planned: PlannedResult, result: Estimate, columns: Sequence[Column]) -> dict[str, object]:
    details = dict(result.details)
    error = next((found for name in _ERRORS if isinstance(found := details.get(name), float)), None)
    limits = () if result.interval is None else (result.interval.lower, result.interval.upper)
    decimals = decimals_for([result.value, *limits, *([] if error is None else [error])])
    return {
        "param_type": _parameter(planned, result),
        "param_value": rounded(result.value, decimals),
        "estimate_comment": _estimate_words(planned, result, columns),
        **({} if result.interval is None else _interval(result.interval, decimals, _bound_alone(result))),
        **(
            {}
            if error is None
            else {
                "dispersion_type": AnalysisDispersionType.STANDARD_ERROR_OF_MEAN,
                "dispersion_value": rounded(error, decimals),
            }
        ),
    }


def _interval(interval: Interval, decimals: int, alone: object) -> dict[str, object]:
    """`alone` is the word for the only limit of a one-sided interval: its other end is the end of the scale."""
    level = {"ci_pct_value": per_cent(interval.nominal)}
    upper = {"ci_upper_limit": rounded(interval.upper, decimals)}
    lower = {"ci_lower_limit": rounded(interval.lower, decimals)}
    sides = ConfidenceIntervalNumSides
    if alone in ("upper", "lower"):
        return {"ci_num_sides": sides.ONE_SIDED, **level, **(upper if alone == "upper" else lower)}
    return {"ci_num_sides": sides.TWO_SIDED, **level, **upper, **lower}


def _bound_alone(result: Estimate) -> object:
    return dict(result.details).get("sides")


def _tested(planned: PlannedResult, result: Estimate) -> dict[str, object]:
    if result.p is None:
        return {}
    exactness = "exact" if result.p.exact else "not exact: it leans on a model, or on drawn samples"
    least = result.p.smallest_reachable
    reach = f" The smallest p that could have come out is {probability(least)}." if least is not None else ""
    return {
        "statistical_method": METHOD_WORDS.get(planned.analysis.method, _label(planned)),
        "p_value": probability(result.p.value),
        "p_value_comment": f"{result.p.sides.capitalize()}; {exactness}.{reach} {_adjustment(planned)}",
    }


def _adjustment(planned: PlannedResult) -> str:
    """What the p-value is corrected for: never for other analyses, at most for other arms within its own."""
    if planned.analysis.settings.get("multiplicity", "none") != "none":
        return "Adjusted for several arms within this analysis (Bonferroni), not for several analyses."
    return "No adjustment for several analyses."


# --- In words -------------------------------------------------------------------------------------------------------


def _leans_on(result: Result, columns: Sequence[Column], is_comparison: bool) -> tuple[list[str], list[str]]:
    """What the test asks and leans on, as far as the field takes it, and the rest of it; every warning stays whole.

    It stands with the type of the test: the field for its method is too short.
    """
    warnings = [] if isinstance(result, NotEstimable) else [_in_words(one, columns) for one in result.warnings]
    kept: list[str] = []
    rest: list[str] = []
    for one in [*([] if is_comparison else [ONE_ARM]), *warnings]:
        fits = len(" ".join([*kept, one])) <= LONGEST_COMMENT
        (kept if fits else rest).append(one)
    return kept, rest


def without_room(trial: LockedTrial, endpoint: Endpoint) -> str:
    """What the analyses of the endpoint lean on and their own field is too short for, each sentence once."""
    columns = trial.columns()
    own = [planned.result for planned in trial.results if planned.analysis.endpoint == endpoint.id]
    rest = [one for result in own for one in _leans_on(result, columns, len(_compared(result, columns)) > 1)[1]]
    return f"Of the analyses: {' '.join(dict.fromkeys(rest))}" if rest else ""


def _label(planned: PlannedResult) -> str:
    label = load_method(planned.analysis.method).label
    return f"{label[:1].upper()}{label[1:]}"


def _parameter(planned: PlannedResult, result: Estimate) -> str:
    method = planned.analysis.method
    words = (PARAMETER_WORDS.get((method, chosen)) for chosen in (*_variants(planned.analysis.settings), ""))
    return next(filter(None, words), result.estimand)


def _variants(settings: Settings) -> list[str]:
    """The settings that choose what is estimated, the most telling first."""
    chosen = (settings.get(name) for name in _PARAMETER_SETTINGS)
    return [value for value in chosen if isinstance(value, str)]


def _described(trial: LockedTrial, planned: PlannedResult, columns: Sequence[Column]) -> str:
    """Which analysis this is, of whom: its role, label and set, how many by arm, and who is left out and why."""
    result, analysis = planned.result, planned.analysis
    in_set = {one.id: one.label for one in trial.protocol.sets}.get(analysis.set, analysis.set)
    titles = {column.arm.id: column.title for column in columns}
    counted = ", ".join(f"{count} in {titles.get(arm, arm)}" for arm, count in result.n_used.items())
    parts = [
        f"{analysis.role.capitalize()} analysis: {result.label}.",
        f"Of: {in_set}.",
        f"Analysed: {counted}." if counted else "Nobody was analysed.",
        _left_out(result.left_out, trial.protocol.visit(planned.visit).label),
    ]
    return " ".join(part for part in parts if part)


def _left_out(left_out: Iterable[LeftOut], visit: str) -> str:
    """Why how many are left out; never who."""
    why = Counter(plain_reason(reason, visit) for _, reason in left_out)
    return f"Left out: {'; '.join(f'{reason} ({count})' for reason, count in sorted(why.items()))}." if why else ""


def _estimate_words(planned: PlannedResult, result: Estimate, columns: Sequence[Column]) -> str:
    """What the number is, in which unit, and how sure the interval really is."""
    scale = unit_words(result.unit) if result.unit else "no unit"
    parts = [f"{_in_words(result.estimand[:1].upper() + result.estimand[1:], columns)}. Unit: {scale}."]
    interval = result.interval
    if result.p is None:
        parts.append(f"Method: {_label(planned)}.")
    if interval is None:
        parts.append("No interval with finite ends can be given.")
    elif interval.attained is not None:
        parts.append(f"The interval really holds {per_cent(round(interval.attained, 4))} %.")
    return " ".join(parts)


def _in_words(text: str, columns: Sequence[Column]) -> str:
    """The text of an estimator with the labels of the arms in place of their ids, in one pass."""
    titles = {column.arm.id: f'"{column.title}"' for column in columns}
    known = "|".join(sorted(map(re.escape, titles), key=len, reverse=True))
    where = rf'\barm "(?P<quoted>{known})"|(?:(?<=minus )|(?<=(?:mean|line) of )|(?<= in ))(?P<after>{known})\b'
    pattern = re.compile(rf"{where}|\b(?P<before>{known})(?= minus\b)")

    def spoken(found: re.Match[str]) -> str:
        if found["quoted"]:
            return f"the arm {titles[found['quoted']]}"
        return titles[found["after"] or found["before"]]

    return pattern.sub(spoken, text)
