"""Factors of a scheme: what does not fit is said, and what is not known is asked for."""

from __future__ import annotations

from fractions import Fraction

import pytest

from armlet.allocation.scheme import Factor, Scheme, check_scheme, method_of
from armlet.allocation.stream import draw_next, stratum_seed
from armlet.errors import InputError

SEX = Factor("sex", ("female", "male"))
SITE = Factor("site", ("north", "south"))


def scheme(method: str, *factors: Factor, ratio: tuple[int, ...] = (1, 1), **settings: object) -> Scheme:
    return Scheme.of("ABC"[: len(ratio)], ratio, method, settings, factors)


@pytest.mark.parametrize(
    ("unfit", "severity", "words"),
    [
        (scheme("minimisation"), "error", "balances the arms over factors, and none is given"),
        (scheme("minimisation", SEX, p="1"), "error", "a p of 1 leaves nothing to chance"),
        (scheme("minimisation", SEX, p="1/2"), "warning", "a p of 1/2 is a fair coin"),
        (scheme("minimisation", SEX, ratio=(1, 1, 1), p="3/5"), "error", "could be worse off than one that is not"),
        (scheme("minimisation", SEX, ratio=(2, 1), p="3/5"), "error", "could be worse off than one that is not"),
        (scheme("minimisation", SEX, p="0.8", weights=[1, 2]), "error", "must be 1 whole numbers from 1 up"),
        (scheme("minimisation", SEX, distance="variants"), "error", "one of range, variance, standard_deviation"),
        (scheme("minimisation", SEX, weight=[1]), "error", 'has no setting "weight"'),
        (scheme("minimisation", SEX, SEX), "error", "sex is a factor more than once"),
        (scheme("permuted_blocks", SEX, SEX), "error", "sex is a factor more than once"),
        (scheme("big_stick", Factor("sex", ())), "error", "sex has 0 different level(s) of 0"),
        (scheme("random_allocation", SEX, n=10), "error", "nobody knows how many people a stratum will have"),
        (scheme("single_arm", SEX, ratio=(1,)), "error", "one arm has nothing to balance"),
        (scheme("permuted_blocks", SEX, block=2), "warning", "blocks of 2 are the smallest that hold 1:1"),
    ],
)
def test_what_does_not_fit_is_said(unfit: Scheme, severity: str, words: str) -> None:
    (issue,) = check_scheme(unfit)

    assert (issue.severity.value, words in issue.message) == (severity, True), issue


@pytest.mark.parametrize("method", ["minimisation", "permuted_blocks"])
def test_the_levels_of_whoever_is_next_are_needed(method: str) -> None:
    with pytest.raises(InputError, match=r"the levels of 1 participant\(s\) are known; asked for number 2"):
        draw_next(scheme(method, SEX).joined_by({"sex": "male"}), (0,), bytes(32))


@pytest.mark.parametrize(("levels", "got"), [({}, "got none"), ({"sex": "man"}, 'got "man"')])
def test_a_level_that_the_factor_has_not_is_refused(levels: dict[str, str], got: str) -> None:
    with pytest.raises(InputError, match=f"expected one of female, male for sex, {got}"):
        scheme("minimisation", SEX).joined_by(levels)


def test_each_stratum_has_its_own_seed_and_its_own_count() -> None:
    """The digest is what ``sha256sum`` prints for the tag, 32 noughts and ``[["sex","male"],["site","north"]]``."""
    blocks = scheme("permuted_blocks", SEX, SITE, block=4)
    printed = "b8e4fba18e03f3516f4181275879cf4bb36d3148c36bbfb72cb2c11122426d15"

    assert stratum_seed(blocks, (1, 0), bytes(32)).hex() == printed
    assert len({stratum_seed(blocks, levels, bytes(32)) for levels in blocks.combinations()}) == 4


def test_an_unequal_ratio_is_by_chance_alone_where_the_places_cannot_be_followed() -> None:
    """At 2:1 with two halves of each of two factors 44 × 22 × 22 tables are more than can be followed: from slot 43 on."""
    people = [{"sex": ("female", "male")[n % 2], "site": ("north", "south")[n // 2 % 2]} for n in range(48)]
    minimised = scheme("minimisation", SEX, SITE, ratio=(2, 1)).joined_by(*people)
    chances = [method_of(minimised).next_probabilities(minimised, (0,) * slots) for slots in (8, 46)]

    assert chances[0] != (Fraction(2, 3), Fraction(1, 3))
    assert chances[1] == (Fraction(2, 3), Fraction(1, 3))


def test_levels_are_not_in_the_printed_scheme() -> None:
    assert "people" not in repr(scheme("minimisation", SEX).joined_by({"sex": "male"}))
