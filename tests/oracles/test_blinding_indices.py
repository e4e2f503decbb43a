"""The blinding indices against values that the CRAN package BI gave for the same tables, and against a hand calculation.

Rows are (right, wrong, does not know) of the active arm and of the sham arm; the first table is that of the CRISP trial
as Bang 2004 prints it.
"""

import pytest

from armlet.analysis.blinding_index import Guesses, bang_index, james_index
from armlet.analysis.estimates import Estimate, NotEstimable, Result
from armlet.errors import InputError

Row = tuple[int, int, int]
TABLES = (
    ((82, 25, 170), (29, 27, 83), (0.7479, 0.0217), (0.2058, 0.0352), (0.0144, 0.0538)),
    ((4, 0, 1), (2, 1, 2), (0.4065, 0.1547), (0.8, 0.1789), (0.2, 0.3347)),
    ((3, 1, 1), (1, 3, 1), (0.6, 0.1378), (0.4, 0.3578), (-0.4, 0.3578)),
    ((2, 2, 1), (2, 2, 1), (0.6, 0.1549), (0.0, 0.4), (0.0, 0.4)),
    ((5, 0, 0), (5, 0, 0), (0.0, 0.0), (1.0, 0.0), (1.0, 0.0)),
    ((5, 0, 0), (0, 5, 0), (0.5, 0.0), (1.0, 0.0), (-1.0, 0.0)),
    ((0, 0, 5), (0, 0, 5), (1.0, 0.0), (0.0, 0.0), (0.0, 0.0)),
)


def numbers(result: Result) -> tuple[float, float]:
    assert isinstance(result, Estimate)
    return result.value, float(result.detail("standard error"))


@pytest.mark.parametrize(("active", "sham", "james", "bang_active", "bang_sham"), TABLES)
def test_a_published_table_gives_the_published_indices(
    active: Row,
    sham: Row,
    james: tuple[float, float],
    bang_active: tuple[float, float],
    bang_sham: tuple[float, float],
) -> None:
    one, other = Guesses("active", *active), Guesses("sham", *sham)

    assert numbers(james_index(one, other)) == pytest.approx(james, abs=6e-5)
    assert numbers(bang_index(one)) == pytest.approx(bang_active, abs=6e-5)
    assert numbers(bang_index(other)) == pytest.approx(bang_sham, abs=6e-5)


def test_the_hand_calculation_with_chance_as_the_divisor_and_not_one_minus_chance() -> None:
    """.3 do not know; .0714 wrong, .2347 by chance, so -.6957; {1 + .3 + .7 x -.6957}/2. The other divisor gives .4346."""
    value, _ = numbers(james_index(Guesses("active", 4, 0, 1), Guesses("sham", 2, 1, 2)))

    assert value == pytest.approx((1 + 0.3 + 0.7 * (0.5 * 0.1 / 0.7 - 0.115 / 0.49) / (0.115 / 0.49)) / 2, abs=1e-12)
    assert value == pytest.approx(0.4065, abs=5e-5)


def test_limits_stay_inside_what_an_index_can_be() -> None:
    bang = bang_index(Guesses("active", 4, 0, 1))
    james = james_index(Guesses("active", 0, 0, 5), Guesses("sham", 0, 1, 4))

    assert isinstance(bang, Estimate)
    assert bang.interval is not None
    assert bang.interval.upper == 1.0
    assert bang.interval.lower == pytest.approx(0.8 - 1.959964 * 0.178885, abs=1e-5)
    assert isinstance(james, Estimate)
    assert james.value == pytest.approx(0.9 + 0.1 * 0.01 / 0.02, abs=1e-12)
    assert james.interval is not None
    assert james.interval.upper == 1.0


@pytest.mark.parametrize(
    ("active", "sham", "says"),
    [
        ((0, 0, 0), (3, 1, 1), "nobody of active answered"),
        ((4, 0, 1), (0, 0, 5), "all who guessed had the same arm"),
    ],
)
def test_a_table_that_cannot_answer_says_why(active: Row, sham: Row, says: str) -> None:
    result = james_index(Guesses("active", *active), Guesses("sham", *sham))

    assert isinstance(result, NotEstimable)
    assert says in result.reason


def test_swapping_the_two_arms_changes_nothing_over_both() -> None:
    one, other = Guesses("active", 4, 0, 1), Guesses("sham", 2, 1, 2)

    assert numbers(james_index(one, other)) == pytest.approx(numbers(james_index(other, one)), abs=1e-15)


def test_a_count_below_zero_is_refused() -> None:
    with pytest.raises(InputError) as refused:
        Guesses("active", 1, -2, 0)

    assert "-2" in refused.value.issues[0].message
