"""Small counts: refusals, responder rules, and numbers that can be done by hand."""

from collections.abc import Sequence

import pytest

from armlet.analysis.cases import Case, Cases
from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate, NotEstimable
from armlet.analysis.exact_counts import Table, newcombe_limits
from armlet.errors import InputError


def people(rows: Sequence[tuple[str, float | None, float | None]]) -> Cases:
    cases = tuple(
        Case(f"P{i}", arm, None, before, after, "visit missed") for i, (arm, before, after) in enumerate(rows)
    )
    return Cases(cases, "nmol/L", ("T", "C"), "C")


def counts(rows: Sequence[tuple[str, float, float | None]]) -> Cases:
    cases = tuple(Case(f"P{i}", arm, None, None, events, exposure=time) for i, (arm, events, time) in enumerate(rows))
    return Cases(cases, "1", ("T", "C"), "C")


def estimated(method: str, cases: Cases, **settings: object) -> Estimate:
    result = load_method(method).run(cases, settings, "label")
    assert isinstance(result, Estimate)
    return result


def refused(method: str, cases: Cases, **settings: object) -> str:
    result = load_method(method).run(cases, settings, "label")
    assert isinstance(result, NotEstimable)
    return result.reason


FIVE = [("T", None, 1.0)] * 4 + [("T", None, 0.0), ("C", None, 1.0)] + [("C", None, 0.0)] * 4


def test_the_difference_in_proportions_always_has_bounds() -> None:
    result = estimated("fisher", people(FIVE))
    assert result.value == pytest.approx(0.6)
    assert result.interval is not None
    assert -1 < result.interval.lower < 0.6 < result.interval.upper < 1
    assert result.detail("conditional odds ratio") == pytest.approx(10.9073274477, rel=1e-9)
    assert result.p is not None
    assert result.p.smallest_reachable == pytest.approx(2 / 252)


def test_newcombes_limits_are_the_printed_ones() -> None:
    """56 of 70 against 48 of 80: 0.0524 to 0.3339 (Newcombe 1998, Table II, method 10)."""
    assert newcombe_limits(Table(56, 70, 48, 80), 0.95) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def responded(mine: tuple[int, int], other: tuple[int, int]) -> Cases:
    """So many with and without the event in each arm."""
    return people(
        [("T", None, 1.0)] * mine[0] + [("T", None, 0.0)] * mine[1] + [("C", None, 1.0)] * other[0]
        + [("C", None, 0.0)] * other[1]
    )  # fmt: skip


APPROXIMATE = (
    "p is {p} and the limits of 0.95 leave out 0: the two disagree about 0.05. They may, for p is {kind} given both margins "
    "and the limits of the difference are approximate (Newcombe); p is what counts."
)
BY_EACH_SIDE = (
    "p is 0.03186 and the limits of 0.95 include 1: the two disagree about 0.05. They may, for p is exact and adds up all "
    "tables that are no more probable, whereas the exact limits look at each side by itself."
)


@pytest.mark.parametrize(
    ("mine", "other", "settings", "expected"),
    [
        ((3, 1), (0, 4), {}, APPROXIMATE.format(p="0.1429", kind="exact")),
        ((3, 1), (0, 4), {"mid_p": True}, APPROXIMATE.format(p="0.1071", kind="a mid-p")),
        ((4, 1), (1, 7), {"measure": "odds_ratio"}, BY_EACH_SIDE),
        ((3, 1), (0, 4), {"sides": "greater"}, ""),
        ((4, 0), (0, 4), {}, ""),
        ((2, 2), (2, 2), {}, ""),
    ],
)
def test_a_p_that_disagrees_with_the_limits_is_told_and_which_of_them_counts(
    mine: tuple[int, int], other: tuple[int, int], settings: dict[str, object], expected: str
) -> None:
    """3 of 4 against 0 of 4: p is 8/56, two tables of 4/56; Newcombe's limits are 0.0852 to 0.9544."""
    result = estimated("fisher", responded(mine, other), **settings)
    assert "".join(words for words in result.warnings if "disagree" in words) == expected
    is_general = settings.get("measure") != "odds_ratio" and not expected
    assert any("need not agree" in words for words in result.warnings) == is_general


def test_a_mid_p_leaves_out_half_of_the_table_seen() -> None:
    """4/5 against 1/5: tables 25/252 and 1/252 on either side, so p 52/252 and mid-p 39.5/252."""
    whole, result = estimated("fisher", people(FIVE)), estimated("fisher", people(FIVE), mid_p=True)
    assert whole.p is not None
    assert whole.p.value == pytest.approx(52 / 252)
    assert result.p is not None
    assert result.p.value == pytest.approx(39.5 / 252)
    assert not result.p.exact


def test_events_that_are_all_in_one_arm_have_no_bounded_odds_ratio() -> None:
    rows = [("T", None, 1.0)] * 3 + [("T", None, 0.0)] + [("C", None, 0.0)] * 4
    reason = refused("fisher", people(rows), measure="odds_ratio")
    assert "no upper bound (lower limit " in reason
    assert estimated("fisher", people(rows)).detail("odds ratio, upper limit") == "no upper bound"


@pytest.mark.parametrize(("value", "words"), [(1.0, "everybody has the event"), (0.0, "nobody has the event")])
def test_one_outcome_for_all_is_nothing_to_compare(value: float, words: str) -> None:
    assert words in refused("fisher", people([("T", None, value), ("C", None, value)]))


def test_fishers_test_refuses_an_empty_arm_and_outcomes_that_are_no_events() -> None:
    assert 'arm "C" has nobody' in refused("fisher", people([("T", None, 1.0)]))
    assert refused("fisher", people([])) == "nobody is in the analysis set"
    assert "neither 0" in refused("fisher", people([("T", None, 0.4), ("C", None, 1.0)]))


@pytest.mark.parametrize(("rule", "events"), [("at_least", 2), ("above", 1), ("at_most", 2), ("below", 1)])
def test_a_responder_is_told_by_a_threshold_with_its_edge_said(rule: str, events: int) -> None:
    rows = [("T", None, 0.1 + 0.2), ("T", None, 0.5), ("T", None, 0.1), ("C", None, 0.3)]
    result = estimated("clopper_pearson", people(rows), responder={rule: 0.3}, arm="T")
    assert result.detail("events") == events
    assert "0.3" in str(result.detail("event"))


def test_a_responder_by_change_needs_baselines() -> None:
    rows = [("T", 0.5, 0.6), ("T", None, 0.9), ("T", 0.5, 0.4), ("C", 0.4, 0.4), ("C", 0.4, 0.1)]
    result = estimated("fisher", people(rows), responder={"at_least": "0.0"}, responder_change=True)
    assert result.left_out == (("P1", "no baseline value"),)
    assert (result.detail("events: T"), result.detail("events: C")) == (1, 1)


@pytest.mark.parametrize("wrong", [0.2, {"more": 1}, {"at_least": "x"}, {"at_least": 1, "below": 2}])
def test_a_responder_rule_with_a_typing_error_is_refused(wrong: object) -> None:
    with pytest.raises(InputError, match="responder"):
        load_method("fisher").parse({"responder": wrong})


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("T", 1.5, 1.0), ("C", 1.0, 1.0)], "not a count"),
        ([("T", 1.0, 0.0), ("C", 1.0, 1.0)], "not above 0"),
        ([("T", 0.0, 1.0), ("C", 0.0, 1.0)], "nobody has an event"),
        ([("T", 2.0, 1.0), ("C", 0.0, 1.0)], "no upper bound (lower limit 0.1878"),
        ([("T", 2.0, None), ("C", 0.0, 1.0)], 'arm "T" has nobody'),
        ([], "nobody is in the analysis set"),
    ],
)
def test_rates_refuse_in_words(rows: list[tuple[str, float, float | None]], words: str) -> None:
    assert words in refused("exact_poisson", counts(rows))


def test_no_event_in_the_arm_is_a_ratio_of_nought_with_an_upper_limit() -> None:
    result = estimated("exact_poisson", counts([("T", 0.0, 10.0), ("C", 3.0, 10.0)]))
    assert result.value == 0
    assert result.interval is not None
    # all three events elsewhere: (1 - u)^3 = 0.025
    share = 1 - 0.025 ** (1 / 3)
    assert result.interval.upper == pytest.approx(share / (1 - share))
    assert result.p is not None
    assert result.p.value == pytest.approx(2 / 8)


def test_mcnemars_test_is_the_sign_test_of_yes_and_no() -> None:
    """Five went from no to yes, one from yes to no: p = 2 (6 + 1) / 64."""
    rows = [("T", 0.0, 1.0)] * 5 + [("T", 1.0, 0.0)] + [("T", 1.0, 1.0)] * 3
    result = estimated("sign_test", people(rows), arm="T")
    assert result.p is not None
    assert result.p.value == pytest.approx(14 / 64)
    assert result.detail("did not change") == 3
    assert "nobody changed" in refused("sign_test", people([("T", 1.0, 1.0)]), arm="T")
    assert refused("sign_test", people([]), arm="T") == "nobody is in the analysis set"
