"""The win ratio: counted by hand, its relation to the rank sum, failing first, and what cannot be told."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate, NotEstimable, Result
from armlet.analysis.wins import compare_all, count_wins, net_wins_p
from armlet.errors import InputError

CELLS = [5.0, 7.0, 9.0, 3.0]
SHAM = [4.0, 7.0, 2.0]


def cases(cells: list[float], sham: list[float]) -> Cases:
    pairs = [("cells", value) for value in cells] + [("sham", value) for value in sham]
    rows = tuple(Case(f"P{place}", arm, None, 1.0, value) for place, (arm, value) in enumerate(pairs))
    return Cases(rows, "nmol/L", ("cells", "sham"), "sham")


def run(people: Cases, method: str = "win_ratio", **settings: object) -> Result:
    return load_method(method).run(people, settings, "label")


def found(people: Cases, method: str = "win_ratio", **settings: object) -> Estimate:
    result = run(people, method, **settings)
    assert isinstance(result, Estimate), result
    return result


def products(first: list[int], second: list[int]) -> float:
    """The sum of products of deviations from the means."""
    pairs = zip(first, second, strict=True)
    return sum(x * y for x, y in pairs) - sum(first) * sum(second) / len(first)


def test_twelve_pairs_counted_by_hand() -> None:
    """5 beats 4 and 2; 7 beats 4 and 2 and ties; 9 beats all three; 3 beats 2: eight won, three lost, one tie."""
    ratio = found(cases(CELLS, SHAM))
    assert [ratio.detail(name) for name in ("pairs", "pairs won", "pairs lost", "pairs tied")] == [12, 8, 3, 1]
    assert ratio.value == pytest.approx(8 / 3, abs=1e-12)
    assert found(cases(CELLS, SHAM), measure="net_benefit").value == pytest.approx(5 / 12, abs=1e-12)
    assert found(cases(CELLS, SHAM), measure="win_odds").value == pytest.approx(8.5 / 3.5, abs=1e-12)


def test_the_limits_are_those_of_the_formula_worked_by_hand() -> None:
    """Shares won by each of the four: 2/3, 2/3, 1, 1/3; over each of the three: 3/4, 1/4, 1; lost likewise."""
    rows, columns = [[2, 2, 3, 1], [1, 0, 0, 2]], [[3, 1, 4], [1, 2, 0]]
    part = [
        [products(rows[a], rows[b]) / 9 / 3 / 4 + products(columns[a], columns[b]) / 16 / 2 / 3 for b in (0, 1)]
        for a in (0, 1)
    ]
    error = math.sqrt(part[0][0] / (8 / 12) ** 2 + part[1][1] / (3 / 12) ** 2 - 2 * part[0][1] / (8 * 3 / 144))
    result = found(cases(CELLS, SHAM))
    assert result.interval is not None
    assert result.interval.upper == pytest.approx(8 / 3 * math.exp(1.959963984540054 * error), rel=1e-9)
    assert result.interval.lower == pytest.approx(8 / 3 * math.exp(-1.959963984540054 * error), rel=1e-9)


def test_p_is_that_of_every_choice_written_out() -> None:
    values = [*CELLS, *SHAM]
    chance = np.random.default_rng(2)
    for _ in range(5):
        signs = compare_all(np.array(values), 1.0)
        nets = []
        for chosen in combinations(range(7), 4):
            inside = np.isin(np.arange(7), chosen)
            nets.append(abs(int(signs[np.ix_(inside, ~inside)].astype(int).sum())))
        p, least = net_wins_p(signs, np.arange(7) < 4)
        assert p == pytest.approx(sum(net >= nets[0] for net in nets) / 35, abs=1e-12)
        assert least == pytest.approx(nets.count(max(nets)) / 35, abs=1e-12)
        values = chance.integers(0, 6, 7).astype(float).tolist()


def test_without_margin_p_is_that_of_the_rank_sum() -> None:
    ours, ranks = found(cases(CELLS, SHAM)), found(cases(CELLS, SHAM), "rank_sum")
    assert ours.p is not None
    assert ranks.p is not None
    assert ours.p.value == pytest.approx(ranks.p.value, abs=1e-12)
    assert ours.p.smallest_reachable == pytest.approx(2 / 35, abs=1e-12)
    assert any("cannot reach that level" in words for words in ours.warnings)


def test_the_other_arm_as_reference_turns_the_ratio_over() -> None:
    people = cases(CELLS, SHAM)
    straight, turned = found(people), found(replace(people, reference="cells"))
    assert turned.value == pytest.approx(1 / straight.value, rel=1e-12)
    assert straight.interval is not None
    assert turned.interval is not None
    assert turned.interval.upper == pytest.approx(1 / straight.interval.lower, rel=1e-9)
    assert turned.p == straight.p


def test_failing_is_worse_than_every_outcome_and_needs_none() -> None:
    people = cases(CELLS, SHAM)
    rows = list(people.rows)
    rows[2] = replace(rows[2], failed="insulin-free no more", outcome=None)
    rows[6] = replace(rows[6], failed="died")
    result = found(replace(people, rows=tuple(rows)))
    # the nine fails: it loses to 4 and 7 and ties with the 2, which failed too
    assert [result.detail(name) for name in ("pairs won", "pairs lost", "pairs tied")] == [5, 5, 2]
    assert (result.detail("failed: cells"), result.detail("failed: sham")) == (1, 1)
    lower = found(replace(people, rows=tuple(rows)), better="lower")
    assert [lower.detail(name) for name in ("pairs won", "pairs lost", "pairs tied")] == [6, 4, 2]


def test_a_margin_makes_ties() -> None:
    result = found(cases(CELLS, SHAM), margin=1)
    assert [result.detail(name) for name in ("pairs won", "pairs lost", "pairs tied")] == [6, 2, 4]


def test_who_has_neither_outcome_nor_failure_is_left_out() -> None:
    people = cases(CELLS, SHAM)
    rows = (replace(people.rows[0], outcome=None, why_missing="withdrew"), *people.rows[1:])
    assert found(replace(people, rows=rows)).left_out == (("P0", "withdrew"),)


def test_what_the_pairs_cannot_tell_is_said() -> None:
    for people, words in (
        (cases([9.0, 8.0], [1.0, 2.0]), 'nobody in arm "sham" did better'),
        (cases([1.0, 1.0], [1.0, 1.0]), "every pair is a tie"),
        (cases([1.0], [1.0, 2.0]), "at least 2 needed"),
        (cases([1.0] * 150, [2.0] * 60), "up to 200 people"),
    ):
        result = run(people)
        assert isinstance(result, NotEstimable)
        assert words in result.reason
    net = found(cases([9.0, 8.0], [1.0, 2.0]), measure="net_benefit")
    assert (net.value, net.detail("standard error of the net benefit")) == (1.0, 0.0)
    odds = run(cases([9.0, 8.0], [1.0, 2.0]), measure="win_odds")
    assert isinstance(odds, NotEstimable)
    with pytest.raises(InputError):
        run(cases(CELLS, SHAM), margin=-1)


def test_the_standard_error_is_what_drawn_trials_show() -> None:
    chance = np.random.default_rng(4)
    nets, errors = [], []
    for _ in range(600):
        values = np.concatenate([chance.normal(0.5, 1, 30), chance.normal(0, 1, 30)])
        wins = count_wins(compare_all(values, 0.0), np.arange(60) < 30)
        nets.append(wins.net)
        errors.append(wins.net_error)
    assert float(np.mean(errors)) == pytest.approx(float(np.std(nets)), rel=0.07)
