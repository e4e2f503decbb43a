"""What an analysis or its table names and a method has no place for is told, never passed over in silence."""

from __future__ import annotations

import pytest

from armlet.analysis.catalogue import load_method
from armlet.analysis.data import estimate
from armlet.analysis.estimates import Estimate
from armlet.analysis.unused import covariates_amiss
from armlet.errors import InputError

BEFORE = [1.0, 1.2, 0.8, 1.1, 0.9, 1.3, 1.05, 0.7]
AFTER = [1.1, 1.3, 0.9, 1.4, 0.6, 0.9, 0.8, 0.5]
TABLE: dict[str, list[float] | list[int] | list[str]] = {
    "arm": ["new"] * 4 + ["old"] * 4,
    "before": BEFORE,
    "after": AFTER,
    "age": [21, 34, 28, 40, 19, 33, 27, 25],
    "below": ["no"] * 7 + ["yes"],
    "failed": ["died"] + [""] * 7,
}


@pytest.mark.parametrize("method", ["difference", "rank_sum", "multiple_imputation", "tobit", "fisher"])
def test_a_method_without_covariates_refuses_an_analysis_that_names_one(method: str) -> None:
    with pytest.raises(InputError) as refused:
        estimate(TABLE, method, outcome="after", arm="arm", reference="old", baseline="before",
                 covariates={"age": "number"})  # fmt: skip

    assert f"{method} adjusts for no covariate; the analysis names age." in str(refused.value)


@pytest.mark.parametrize(("named", "in_settings"), [(("age",), ()), ((), ("age",)), (("age",), ("age", "sex"))])
def test_a_setting_that_names_other_covariates_than_the_analysis_is_told(
    named: tuple[str, ...], in_settings: tuple[str, ...]
) -> None:
    method = load_method("rerandomisation")

    assert "the setting covariates" in covariates_amiss(method, named, {"covariates": list(in_settings)})
    assert covariates_amiss(method, named, {"covariates": list(named)}) == ""


def test_a_limit_and_a_failure_that_a_method_does_not_look_at_are_warned_of() -> None:
    found = estimate(TABLE, "difference", outcome="after", arm="arm", reference="old", below_limit="below",
                     failed="failed")  # fmt: skip

    assert isinstance(found, Estimate)
    limit, failure = found.warnings[-2:]
    assert limit == (
        "Outcomes known only to be at most their value (below the limit of detection): 1. This method counts each as "
        "measured at that value."
    )
    assert failure == (
        "Outcomes that count as worse than every measured one: those of 1 person. This method has no place for that: a "
        "measured value counts as it is, and who has none is left out or modelled."
    )


@pytest.mark.parametrize(
    ("method", "carried"), [("tobit", {"below_limit": "below"}), ("win_ratio", {"failed": "failed"})]
)
def test_a_method_that_looks_at_it_has_no_such_warning(method: str, carried: dict[str, str]) -> None:
    found = estimate(TABLE, method, outcome="after", arm="arm", reference="old", baseline="before",
                     below_limit=carried.get("below_limit"), failed=carried.get("failed"))  # fmt: skip

    assert isinstance(found, Estimate)
    assert not any("Outcomes" in words for words in found.warnings)


def test_a_value_of_a_size_whose_square_is_no_number_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        estimate({**TABLE, "after": [1e200] * 8}, "difference", outcome="after", arm="arm", reference="old")

    assert "expected 0, or a number between 1e-30 and 1e+30 in size; got '1e+200'" in str(refused.value)


def test_a_regression_with_a_limit_does_not_change_with_a_constant_added_to_everybody() -> None:
    moved = {**TABLE, "before": [value + 1e8 for value in BEFORE], "after": [value + 1e8 for value in AFTER]}
    plain, shifted = (
        estimate(table, "tobit", outcome="after", arm="arm", reference="old", baseline="before")
        for table in (TABLE, moved)
    )

    assert isinstance(plain, Estimate)
    assert isinstance(shifted, Estimate)
    assert shifted.value == pytest.approx(plain.value, abs=1e-6)
    assert plain.interval is not None
    assert shifted.interval is not None
    assert shifted.interval.lower == pytest.approx(plain.interval.lower, abs=1e-6)
    assert shifted.interval.upper == pytest.approx(plain.interval.upper, abs=1e-6)


def test_a_million_events_give_a_p_above_nought_and_more_a_reason() -> None:
    table = {"arm": ["new", "old"], "count": [400_000, 1_000], "time": [1.0, 1.0]}
    found = estimate(table, "exact_poisson", outcome="count", arm="arm", reference="old", exposure="time")

    assert isinstance(found, Estimate)
    assert found.p is not None
    assert found.p.value == 2.2250738585072014e-308
    many = estimate({**table, "count": [4e9, 1]}, "exact_poisson", outcome="count", arm="arm", reference="old",
                    exposure="time")  # fmt: skip
    assert not isinstance(many, Estimate)
    assert many.reason == "the exact distribution is computed for up to 1,000,000 events; here are 4,000,000,001"
