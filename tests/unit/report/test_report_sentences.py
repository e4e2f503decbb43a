"""The main result in plain words, from estimates written by hand."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from armlet.analysis.estimates import Interval, NotEstimable, PValue, why_no_interval
from armlet.report.sentences import caveats, result_sentence


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def said(invented: SimpleNamespace, result: object, **changes: object) -> str:
    content = invented.blinded(**changes)
    return plain(result_sentence(content, invented.planned(result), invented.ARMS))


def test_a_rise_and_a_fall_are_told_with_both_means(invented: SimpleNamespace) -> None:
    """Changes at month 9: cells +0.32 and +0.04, mean 0.18; imitation −0.08; the difference is 0.26."""
    assert said(invented, invented.estimate()) == (
        "In this simulated trial, the mean change in mean FEV1 in the half hour after exercise from screening to month 9 "
        "was 0.180 L with cells and \u22120.080 L with imitation, a difference of 0.260 L (95 % interval \u22120.050 to "
        "0.610; p = 0.250, two-sided, exact; the smallest p that these 3 people could have given was 0.125)."
    )


def test_two_falls_are_compared_as_falling_less(invented: SimpleNamespace) -> None:
    """Falls of 0.10 and 0.20 against 0.45: 0.15 − 0.45 is a fall smaller by 0.30."""
    fev1 = {
        "P1": ("2.00", "2", "1.90"), "P2": ("1.80", "2", "1.35"), "P3": ("2", "2", None), "P4": ("1.90", "2", "1.70"),
    }  # fmt: skip
    result = replace(invented.estimate(), value=0.30, interval=Interval(0.1, 0.5, 0.95))
    assert said(invented, result, data=invented.dataset(fev1)).startswith(
        "In this simulated trial, mean FEV1 in the half hour after exercise fell by 0.300 L less with cells than with "
        "imitation from screening to month 9 (95 % interval 0.100 to 0.500; "
    )


def test_an_estimate_that_is_no_plain_difference_of_changes_is_told_as_a_level(invented: SimpleNamespace) -> None:
    estimand = "mean of cells minus mean of imitation at the same baseline"
    p = PValue(0.0004, exact=False)
    result = replace(invented.estimate(), estimand=estimand, value=-0.2, p=p, interval=None)
    assert said(invented, result) == (
        "In this simulated trial, mean FEV1 in the half hour after exercise at month 9, compared at the same baseline, "
        "was 0.200 L lower with cells than with imitation (no interval with two ends can be given; p < 0.001, two-sided, "
        "not exact)."
    )


def test_a_transformed_scale_is_named_and_its_number_has_no_unit(invented: SimpleNamespace) -> None:
    result = replace(
        invented.estimate(), estimand="mean of cells minus mean of imitation", unit="ln(x+1), x in L", p=None
    )
    assert said(invented, result) == (
        "In this simulated trial, on the scale ln(x+1), x in L, mean FEV1 in the half hour after exercise at month 9 was "
        "0.260 higher with cells than with imitation (95 % interval \u22120.050 to 0.610)."
    )


def test_one_arm_is_told_as_a_change_with_the_level_its_interval_really_holds(invented: SimpleNamespace) -> None:
    result = replace(
        invented.estimate(),
        estimand="Hodges-Lehmann median of the change from baseline in cells",
        value=-0.1,
        interval=Interval(-0.3, 0.1, 0.95, attained=0.96875),
        n_used={"cells": 4},
    )
    content = invented.blinded(invented.single_arm())
    assert plain(result_sentence(content, invented.planned(result), {})) == (
        "In this simulated trial, mean FEV1 in the half hour after exercise fell by 0.100 L from screening to month 9 "
        "(Hodges\u2013Lehmann estimate, the middle of the pairwise averages of the changes; 95 % interval \u22120.300 to "
        "0.100, which really holds 96.9 %; p = 0.250, two-sided, exact; the smallest p that these 4 people could have "
        "given was 0.125)."
    )


def test_a_shift_between_arms_is_called_the_middle_of_the_pairwise_differences(invented: SimpleNamespace) -> None:
    estimand = "Hodges-Lehmann shift of the change from baseline, cells minus imitation"
    told = said(invented, replace(invented.estimate(), estimand=estimand, value=-0.3))
    assert "(Hodges\u2013Lehmann estimate, the middle of the pairwise differences between the arms; 95 %" in told


def test_one_person_is_not_spoken_of_as_several(invented: SimpleNamespace) -> None:
    result = replace(invented.estimate(), n_used={"cells": 1})
    assert "the smallest p that this 1 person could have given" in said(invented, result)


def test_several_tests_and_a_single_arm_are_said_beside_the_main_results(invented: SimpleNamespace) -> None:
    content = invented.blinded(invented.single_arm())
    result = replace(invented.estimate(), estimand="mean of the change", n_used={"cells": 4})
    month_9 = invented.planned(result)
    told = [plain(words) for words in caveats(content, [month_9, replace(month_9, visit="month_3")])]
    assert (
        "2 tests were made without adjustment for their number: the more tests, the more easily one gives a small p by "
        "chance alone."
    ) in told
    assert (
        "The trial has a single arm and no control arm: the endpoint may change without any intervention, so a change "
        "does not show that the intervention caused it."
    ) in told
    without_p = replace(month_9, visit="month_3", result=replace(result, p=None))
    assert not any("adjustment" in words for words in caveats(content, [month_9, without_p]))
    assert not any("single arm" in words for words in caveats(invented.blinded(), [month_9]))


def test_what_cannot_be_estimated_gives_its_reason_and_no_number(invented: SimpleNamespace) -> None:
    result = NotEstimable("main", "rerandomisation", "one arm has nobody", {"cells": 2, "imitation": 0})
    assert said(invented, result) == (
        "In this simulated trial, no difference between the arms in mean FEV1 in the half hour after exercise at month 9 "
        "can be estimated: one arm has nobody."
    )


def test_a_real_trial_is_not_called_simulated(invented: SimpleNamespace) -> None:
    assert said(invented, invented.estimate(), state=invented.lived(simulated=False)).startswith("In this trial, ")


def test_the_caveats_tell_the_people_the_reach_of_the_test_the_early_stop_and_the_invention(
    invented: SimpleNamespace,
) -> None:
    told = [plain(words) for words in caveats(invented.blinded(), [invented.planned(invented.estimate())])]
    assert told[0] == (
        "3 participants were analysed (2 with cells and 1 with imitation); 1 was left out for want of a usable value. "
        "The interval, from \u22120.050 L to 0.610 L, includes 0: this simulated trial shows neither that the arms differ "
        "nor that they are equal. No outcome of these 3 people could have given a p below 0.125: the test "
        "could not reach 0.05."
    )
    assert told[1].startswith("With so few, one participant more or less can change the result: ")
    assert told[2] == (
        "The trial stopped early (funding: the sponsor's funds ran out), with 4 of 12 planned participants enrolled."
    )
    assert told[3].startswith("The participants are invented.")
    assert len(told) == 4


@pytest.mark.parametrize(("lower", "upper"), [(0.1, 0.4), (-0.4, -0.1)])
def test_an_interval_without_nought_is_said_to_leave_it_out(
    invented: SimpleNamespace, lower: float, upper: float
) -> None:
    result = replace(invented.estimate(), value=(lower + upper) / 2, interval=Interval(lower, upper, 0.95))
    assert "leaves out 0, that is, no difference" in caveats(invented.blinded(), [invented.planned(result)])[0]


@pytest.mark.parametrize(
    ("warnings", "words"),
    [
        ((), "So few people set no bound to the difference on at least one side."),
        (
            (why_no_interval(0.0, "2 people", ""),),
            "There is no interval that would say how far chance may have moved it.",
        ),
    ],
)
def test_why_there_is_no_interval_is_not_told_for_another_reason(
    invented: SimpleNamespace, warnings: tuple[str, ...], words: str
) -> None:
    result = replace(invented.estimate(), interval=None, warnings=warnings)
    assert words in plain(caveats(invented.blinded(), [invented.planned(result)])[0])


def test_the_interval_of_a_ratio_is_held_against_1(invented: SimpleNamespace) -> None:
    planned = invented.planned(replace(invented.estimate(), value=1.5, unit="1", interval=Interval(0.5, 4.0, 0.95)))
    chosen = planned.analysis.model_copy(update={"method": "win_ratio", "settings": {}})
    told = plain(caveats(invented.blinded(), [replace(planned, analysis=chosen)])[0])
    assert "The interval, from 0.50 to 4.00, includes 1: this simulated trial shows neither" in told
    above = replace(planned.result, interval=Interval(1.1, 4.0, 0.95))
    told = plain(caveats(invented.blinded(), [replace(planned, analysis=chosen, result=above)])[0])
    assert "The interval leaves out 1, that is, no difference at all." in told
