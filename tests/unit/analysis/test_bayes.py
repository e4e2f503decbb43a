"""Bayesian comparisons: closed forms where there are any, what history adds, and what is refused."""

from __future__ import annotations

import pytest
from scipy.special import betaincinv, stdtr

from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate, NotEstimable, Result
from armlet.errors import InputError

CELLS = [0.70, 0.43, 0.94, 0.54, 0.66]
SHAM = [0.26, 0.59, 0.42, 0.07, 0.51]
HISTORY = [
    {"source": "invented trial one", "mean": "0.35", "sd": "0.25", "n": 30},
    {"source": "invented trial two", "mean": "0.42", "se": "0.05"},
    {"source": "invented trial three", "mean": "0.30", "sd": "0.2", "n": 18},
]


def cases(cells: list[float], sham: list[float]) -> Cases:
    pairs = [("cells", value) for value in cells] + [("sham", value) for value in sham]
    rows = tuple(Case(f"P{place}", arm, None, 0.8, value) for place, (arm, value) in enumerate(pairs))
    return Cases(rows, "nmol/L", ("cells", "sham"), "sham")


def run(method: str, people: Cases, **settings: object) -> Result:
    return load_method(method).run(people, settings, "label")


def found(method: str, people: Cases, **settings: object) -> Estimate:
    result = run(method, people, **settings)
    assert isinstance(result, Estimate), result
    assert result.p is None
    assert result.warnings[0].startswith("The interval is credible")
    return result


def number(one: Estimate, name: str) -> float:
    value = one.detail(name)
    assert not isinstance(value, str)
    return value


# --- Means ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cells", [CELLS, CELLS[:2]])
def test_flat_priors_give_the_interval_of_the_t_distribution(cells: list[float]) -> None:
    people = cases(cells, SHAM)
    bayes, classic = found("bayes_normal", people), run("difference", people)
    assert isinstance(classic, Estimate)
    assert bayes.interval is not None
    assert classic.interval is not None
    assert classic.p is not None
    assert bayes.value == pytest.approx(classic.value, abs=1e-10)
    assert bayes.interval.lower == pytest.approx(classic.interval.lower, abs=1e-9)
    assert bayes.interval.upper == pytest.approx(classic.interval.upper, abs=1e-9)
    chance = number(bayes, "probability that the difference is above 0")
    assert chance == pytest.approx(1 - classic.p.value / 2, abs=1e-9)


def test_a_known_spread_is_the_conjugate_closed_form() -> None:
    people = cases(CELLS, SHAM)
    result = found("bayes_normal", people, spread="known", reference_sd="0.2", threshold="0.1", better="lower")
    error = (0.04 / 5 + 0.04 / 5) ** 0.5
    assert result.value == pytest.approx(0.654 - 0.37, abs=1e-12)
    assert result.interval is not None
    assert result.interval.upper == pytest.approx(0.284 + 1.959963984540054 * error, abs=1e-9)
    chance = number(result, "probability that the difference is below 0.1")
    assert chance == pytest.approx(float(stdtr(1e12, (0.1 - 0.284) / error)), abs=1e-6)


def test_history_draws_the_reference_towards_it_and_narrows_the_interval() -> None:
    people = cases(CELLS, SHAM)
    alone = found("bayes_normal", people)
    with_history = found("bayes_normal", people, history=HISTORY, tau_scale="0.1", reference_sd="0.22")
    assert alone.interval is not None
    assert with_history.interval is not None
    width = alone.interval.upper - alone.interval.lower
    assert with_history.interval.upper - with_history.interval.lower < 0.9 * width
    assert number(with_history, "historical controls") == 3
    assert 2 < number(with_history, "people that the prior of the reference counts as (ELIR)") < 60
    assert "Historical controls count as about" in with_history.warnings[1]


def vague(result: Estimate) -> float:
    return float(result.warnings[1].rpartition("has a weight of ")[2].partition(";")[0])


def test_where_history_and_trial_disagree_history_lets_go() -> None:
    far = [value + 1.2 for value in SHAM]
    settings: dict[str, object] = {"history": HISTORY, "tau_scale": "0.1", "reference_sd": "0.22", "spread": "known"}
    near, away = (found("bayes_normal", cases(CELLS, sham), **settings) for sham in (SHAM, far))
    assert vague(near) < 0.2
    assert vague(away) > 0.9
    assert number(away, "posterior mean: sham") == pytest.approx(sum(far) / 5, abs=0.25)


def test_a_mean_of_all_history_with_a_huge_tau_counts_for_nothing() -> None:
    people = cases(CELLS, SHAM)
    settings: dict[str, object] = {"history": HISTORY, "reference_sd": "0.22", "robust_weight": "0.01"}
    loose, close = (found("bayes_normal", people, tau_scale=scale, **settings) for scale in (50, "0.01"))
    assert number(loose, "people that it counts as (moments)") < 0.1
    assert number(close, "people that it counts as (moments)") > 10


def test_what_two_means_cannot_tell_is_said() -> None:
    flat = run("bayes_normal", cases([0.5, 0.5], [0.4, 0.4]))
    assert isinstance(flat, NotEstimable)
    assert "same value" in flat.reason
    alone = run("bayes_normal", cases([0.5], SHAM))
    assert isinstance(alone, NotEstimable)
    assert "at least 2 needed" in alone.reason
    assert found("bayes_normal", cases([0.5], [0.3]), spread="known", reference_sd=1).value == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"history": HISTORY}, ["tau_scale", "reference_sd"]),
        ({"spread": "known"}, ["reference_sd"]),
        ({"history": [{"mean": 1, "se": 1}], "tau_scale": 1, "reference_sd": 1}, ["history"]),
        ({"history": [{"source": "x", "mean": 1, "se": 0}], "tau_scale": 1, "reference_sd": 1}, ["history"]),
        ({"mean_prior": [0, -1]}, ["mean_prior"]),
        ({"robust_weight": 2, "of": "rise"}, ["robust_weight", "of"]),
    ],
)
def test_settings_of_means_that_do_not_fit_are_named(settings: dict[str, object], named: list[str]) -> None:
    with pytest.raises(InputError) as raised:
        load_method("bayes_normal").parse(settings)
    assert [issue.where.rpartition("/")[2] for issue in raised.value.issues] == named


# --- Proportions ----------------------------------------------------------------------------------------------------


def test_without_history_each_proportion_is_the_conjugate_beta() -> None:
    people = cases([1, 1, 1, 1, 0], [1, 0, 0, 0, 0])
    result = found("bayes_binomial", people)
    assert result.value == pytest.approx(5 / 7 - 2 / 7, abs=1e-12)
    assert number(result, "posterior mean: cells") == pytest.approx(5 / 7, abs=1e-12)
    assert number(result, "posterior mean: sham") == pytest.approx(2 / 7, abs=1e-12)
    assert result.unit == "1"
    # betas of (5, 2) and (2, 5): the finite sum of the textbook is this fraction
    assert number(result, "probability that the difference is above 0") == pytest.approx(887 / 924, abs=1e-8)


def test_against_a_reference_that_is_all_but_known_the_interval_is_that_of_one_proportion() -> None:
    people = cases([1, 1, 1, 1, 0], [1, 0, 0, 0, 0])
    result = found("bayes_binomial", people, reference_prior=[3e9, 7e9])
    assert result.interval is not None
    assert result.interval.lower == pytest.approx(float(betaincinv(5, 2, 0.025)) - 0.3, abs=1e-4)
    assert result.interval.upper == pytest.approx(float(betaincinv(5, 2, 0.975)) - 0.3, abs=1e-4)


COUNTS = [
    {"source": "invented trial one", "n": 40, "events": 8},
    {"source": "invented trial two", "n": 25, "events": 6},
]


def test_historical_counts_add_people_to_the_reference() -> None:
    people = cases([1, 1, 1, 1, 0], [1, 0, 0, 0, 0])
    result = found("bayes_binomial", people, history=COUNTS, tau_scale="0.5")
    assert number(result, "people that the prior of the reference counts as (ELIR)") > 3
    assert number(result, "probability that the difference is above 0") > 0.97
    assert number(result, "largest distance of the mixture from the predicted distribution") < 0.006
    assert vague(result) < 0.2


def test_what_two_proportions_cannot_tell_is_said() -> None:
    result = run("bayes_binomial", cases([0.5], [1]))
    assert isinstance(result, NotEstimable)
    assert "neither 0 (no event) nor 1 (event)" in result.reason
    nobody = run("bayes_binomial", cases([1], []))
    assert isinstance(nobody, NotEstimable)
    assert 'arm "sham" has nobody with a usable value' in nobody.reason


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"history": COUNTS}, ["tau_scale"]),
        ({"history": [{"source": "x", "n": 3, "events": 4}], "tau_scale": 1}, ["history"]),
        ({"history": [{"source": " ", "n": 3, "events": 1}], "tau_scale": 1}, ["history"]),
        ({"prior": [1], "reference_prior": [0, 1]}, ["prior", "reference_prior"]),
        ({"history": "AS"}, ["history"]),
    ],
)
def test_settings_of_proportions_that_do_not_fit_are_named(settings: dict[str, object], named: list[str]) -> None:
    with pytest.raises(InputError) as raised:
        load_method("bayes_binomial").parse(settings)
    assert [issue.where.rpartition("/")[2] for issue in raised.value.issues] == named
