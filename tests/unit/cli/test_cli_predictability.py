"""`armlet predictability` against the exact figures of the domain notes (statistics 2, platforms 6.2)."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from armlet.allocation.predictability import predict
from armlet.allocation.scheme import Scheme
from armlet.cli.predictability import default_settings

Call = Callable[..., Any]


@pytest.mark.parametrize(
    ("words", "guess", "certain", "mean", "ge4"),
    [
        (("--method", "complete"), Fraction(1, 2), 0, Fraction(315, 128), Fraction(11, 32)),
        (("--method", "big_stick"), Fraction(3, 5), Fraction(1, 5), 1, 0),
        (("--method", "big-stick", "--limit", "3"), Fraction(2873, 5120), Fraction(313, 2560), Fraction(341, 256), 0),
        (("--method", "permuted_blocks"), Fraction(41, 60), Fraction(4, 15), Fraction(2, 3), 0),
        (("--method", "Permuted-Blocks", "--block", "2"), Fraction(3, 4), Fraction(1, 2), 0, 0),
        (("--method", "single_arm"), 1, 1, 0, 0),
        (("--method", "random-allocation"), Fraction(823, 1260), Fraction(1, 6), 0, 0),
    ],
)
def test_the_figures_at_ten(
    armlet: Call, words: tuple[str, ...], guess: Fraction, certain: Fraction, mean: Fraction, ge4: Fraction
) -> None:
    called = armlet("predictability", *words, "--n", "10", "--json")
    assert (called.code, called.err) == (0, "")
    document = called.document()
    figures = [document[key] for key in ("guess", "certain", "imbalance_mean", "imbalance_ge4")]
    assert figures == [float(guess), float(certain), float(mean), float(ge4)]


def test_the_document_says_what_was_asked(armlet: Call) -> None:
    document = armlet(
        "predictability", "--method", "permuted-blocks", "--n", "9", "--ratio", "2:1", "--json"
    ).document()
    asked = {key: document[key] for key in ("method", "n", "ratio", "settings")}
    assert asked == {"method": "permuted_blocks", "n": 9, "ratio": "2:1", "settings": {"block": 6}}


@pytest.mark.parametrize(
    "scheme",
    [
        Scheme(("A", "B"), (1, 1), "big_stick"),
        Scheme(("A", "B"), (1, 1), "permuted_blocks"),
        Scheme(("A", "B"), (2, 1), "permuted_blocks"),
        Scheme(("A", "B"), (1, 1), "efron"),
        Scheme(("A", "B"), (1, 1), "chen"),
        Scheme(("A", "B"), (1, 1), "wei_urn"),
    ],
)
def test_the_defaults_of_the_contract_are_those_of_the_methods(scheme: Scheme) -> None:
    spelled_out = Scheme.of(scheme.arms, scheme.ratio, scheme.method, default_settings(scheme))
    own, ours = predict(scheme, 11), predict(spelled_out, 11)
    assert (ours.guess, ours.certain, ours.imbalance) == (own.guess, own.certain, own.imbalance)


@pytest.mark.parametrize(
    ("words", "settings", "shown"),
    [
        (("--method", "efron"), {"p": "2/3"}, "0.611 0.00 1.15 0.090"),
        (("--method", "chen", "--p", "2/3", "--limit", "2"), {"limit": 2, "p": "2/3"}, "0.650 0.13 0.67 0.000"),
        (("--method", "wei-urn", "--beta", "1"), {"alpha": 1, "beta": 1}, "0.583 0.00 1.46 0.118"),
        (("--method", "maximal"), {"limit": 2, "n": 10}, "0.683 0.23 0.00 0.000"),
        (("--method", "permuted-blocks", "--blocks", "2,4"), {"blocks": [2, 4]}, "0.715 0.10 0.23 0.000"),
        (
            ("--method", "permuted-blocks", "--blocks", "4, 6", "--weights", "3,3"),
            {"blocks": [4, 6], "weights": [3, 3]},
            "0.679 0.06 0.38 0.000",
        ),
    ],
)
def test_each_method_takes_its_own_settings(
    armlet: Call, words: tuple[str, ...], settings: dict[str, object], shown: str
) -> None:
    document = armlet("predictability", *words, "--n", "10", "--json").document()
    assert document["settings"] == settings
    figures = [document[key] for key in ("guess", "certain", "imbalance_mean", "imbalance_ge4")]
    assert " ".join(f"{figure:.{digits}f}" for figure, digits in zip(figures, (3, 2, 2, 3), strict=True)) == shown


def test_people_read_the_figures_the_comparison_and_one_sentence(armlet: Call) -> None:
    lines = armlet("predictability", "--method", "permuted-blocks", "--n", "10").out.splitlines()
    assert lines[0] == "permuted blocks (block 4), ratio 1:1, 10 slots"
    assert "  right guesses of who knows all past arms    0.683" in lines
    assert "simple coin                          0.500  0.000    2.46            0.344" in lines
    assert "permuted blocks (blocks 4 6)         0.679  0.060    0.38            0.000" in lines
    assert lines[-1].startswith("Consider big stick (limit 3): it never ends 4 or more apart")


def test_the_least_guessable_balanced_procedure_is_not_advised_against(armlet: Call) -> None:
    called = armlet("predictability", "--method", "big_stick", "--limit", "3", "--n", "10")
    assert called.out.splitlines()[-1].startswith("Nothing in the table is less guessable")


def test_a_trial_is_shown_with_its_own_method_and_number(armlet: Call, trial: Path) -> None:
    called = armlet("predictability", trial, "--json")
    document = called.document()
    assert (called.code, document["method"], document["n"]) == (0, "permuted_blocks", 12)
    # three whole blocks of 4: 17/6 right guesses in each
    assert document["guess"] == pytest.approx(float(Fraction(17, 24)), abs=1e-15)
    assert "sealed" in called.err


def test_another_number_may_be_tried_out_for_a_trial(armlet: Call, trial: Path) -> None:
    assert armlet("predictability", trial, "--n", "10", "--json").document()["n"] == 10


@pytest.mark.parametrize(
    ("words", "where", "said"),
    [
        (("--n", "10"), "armlet predictability", "--method missing"),
        ((), "armlet predictability", "--method and --n missing"),
        (("--method", "coin", "--n", "10"), "--method", "big_stick"),
        (("--method", "complete", "--n", "0"), "--n", "expected 1 or more"),
        (("--method", "complete", "--n", "-3"), "--n", "expected 1 or more"),
        (("--method", "complete", "--n", "5", "--ratio", "1:x"), "--ratio", "expected whole numbers"),
        (("--method", "complete", "--n", "5", "--ratio", "1:0"), "--ratio", "below 1"),
        (("--method", "complete", "--n", "5", "--ratio", ""), "--ratio", "expected whole numbers"),
        (("--method", "big_stick", "--n", "5", "--ratio", "2:1"), "--ratio", "at 1:1"),
        (("--method", "big_stick", "--n", "5", "--limit", "0"), "--limit", "from 1 up"),
        (("--method", "big_stick", "--n", "5", "--block", "4"), "--block", 'no setting "block"'),
        (("--method", "permuted_blocks", "--n", "5", "--block", "3"), "--block", "cannot hold the ratio"),
        (("--method", "complete", "--n", "9999"), "--n", "takes more than"),
        (("--method", "maximal", "--n", "9"), "--n", "expected a multiple of 2"),
        (("--method", "efron", "--n", "9", "--p", "0.2"), "--p", "from 1/2 to 1"),
        (("--method", "wei_urn", "--n", "9", "--alpha", "-1"), "--alpha", "from 0 up"),
        (("--method", "wei_urn", "--n", "9", "--beta", "-1"), "--beta", "from 0 up"),
        (("--method", "permuted_blocks", "--n", "9", "--blocks", "2;4"), "--blocks", "commas between them"),
        (("--method", "permuted_blocks", "--n", "9", "--blocks", "2,3"), "--blocks", "cannot hold the ratio"),
        (("--method", "permuted_blocks", "--n", "9", "--blocks", "2", "--block", "2"), "--blocks", "both block"),
        (("--method", "permuted_blocks", "--n", "9", "--weights", "2"), "--weights", "no sizes"),
    ],
)
def test_options_that_do_not_fit_are_wrong_usage(armlet: Call, words: tuple[str, ...], where: str, said: str) -> None:
    called = armlet("predictability", *words, "--json")
    issue = called.issues()[0]
    assert (called.code, issue["where"]) == (2, where)
    assert said in issue["message"]


def test_a_trial_and_a_method_do_not_go_together(armlet: Call, trial: Path) -> None:
    called = armlet("predictability", trial, "--method", "complete")
    assert (called.code, called.out) == (2, "")
    assert "its protocol says them" in called.err


def test_no_trial_and_a_trial_whose_ratio_names_no_arm_are_issues(
    armlet: Call, trial: Path, edit: Callable[[str, str], int]
) -> None:
    assert armlet("predictability", trial / "nowhere").code == 1
    line = edit("ratio: {cells: 1, imitation: 1}", "ratio: {cells: 1, imitations: 1}")
    called = armlet("predictability", trial)
    assert (called.code, called.out) == (1, "")
    assert called.err.startswith(f"{trial}/protocol.yaml:{line} allocation/ratio: ")


def test_strata_and_levels_are_judged_over_people_of_any_levels(armlet: Call) -> None:
    strata = armlet("predictability", "--method", "permuted_blocks", "--levels", "2", "--n", "10", "--json").document()
    words = armlet("predictability", "--method", "minimisation", "--levels", "2", "--first", "1", "--n", "6")

    assert strata["imbalance_mean"] == pytest.approx(5 / 6, abs=1e-12)
    assert strata["levels"] == [2]
    assert words.out.startswith("minimisation (first 1, p 4/5, levels 2), ratio 1:1, 6 slots\n")
    assert "Reckoned with people in whom every combination of levels is as likely" in words.out


def test_minimisation_without_levels_names_the_option(armlet: Call) -> None:
    called = armlet("predictability", "--method", "minimisation", "--n", "10")

    assert called.code == 2
    assert "--levels allocation/factors: minimisation balances the arms over factors" in called.err
