"""What an analysis names or its people carry and a method has no place for: told, never passed over in silence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from armlet.analysis.cases import Cases, people
from armlet.analysis.estimates import Estimate, Result
from armlet.analysis.method import Method


def covariates_amiss(method: Method[object], covariates: Sequence[str], settings: Mapping[str, object]) -> str:
    """Why the method does not adjust for exactly these covariates of the analysis; empty where it does."""
    if covariates and not method.takes_covariates:
        return f"{method.name} adjusts for no covariate; the analysis names {', '.join(covariates)}."
    named = settings.get("covariates") or ()
    if not method.names_covariates or not isinstance(named, list | tuple):
        return ""
    if set(named) != set(covariates):
        listed = ", ".join(map(str, named)) or "none"
        wanted = ", ".join(covariates) or "none"
        return f"the setting covariates of {method.name} names {listed}; the analysis names {wanted}."
    return ""


COVARIATES_FIX: Final = (
    "Name the same covariates in the analysis and in the settings, take them out, or use ancova or mmrm."
)


def with_unused(cases: Cases, method: Method[object], result: Result) -> Result:
    """The result with a warning for what people's outcomes carry beside their value and the method does not look at."""
    if not isinstance(result, Estimate):
        return result
    told = dict.fromkeys((*result.warnings, *_unused(cases, method)))
    return replace(result, warnings=tuple(told))


def _unused(cases: Cases, method: Method[object]) -> Iterator[str]:
    below = sum(row.below_limit and row.outcome is not None for row in cases.rows)
    if below and not method.models_limits:
        yield (
            f"Outcomes known only to be at most their value (below the limit of detection): {below}. This method counts "
            "each as measured at that value."
        )
    failed = sum(bool(row.failed) for row in cases.rows)
    if failed and not method.ranks_failures:
        yield (
            f"Outcomes that count as worse than every measured one: those of {people(failed)}. This method has no place "
            "for that: a measured value counts as it is, and who has none is left out or modelled."
        )
