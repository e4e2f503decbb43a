"""Truth has three values and never passes for two."""

from __future__ import annotations

import pytest

from armlet.eligibility.truth import Truth, all_of, any_of

T, F, U = Truth.TRUE, Truth.FALSE, Truth.UNKNOWN


@pytest.mark.parametrize(
    ("one", "other", "both", "either"),
    [
        (T, T, T, T),
        (T, U, U, T),
        (T, F, F, T),
        (U, U, U, U),
        (U, F, F, U),
        (F, F, F, F),
    ],
)
def test_and_and_or_follow_kleenes_tables(one: Truth, other: Truth, both: Truth, either: Truth) -> None:
    assert (one & other, other & one) == (both, both)
    assert (one | other, other | one) == (either, either)


def test_not_leaves_the_unknown_unknown() -> None:
    assert (~T, ~F, ~U) == (F, T, U)


def test_of_nothing_all_holds_and_any_does_not() -> None:
    assert (all_of([]), any_of([])) == (T, F)


@pytest.mark.parametrize("truth", list(Truth))
def test_a_truth_refuses_to_be_yes_or_no(truth: Truth) -> None:
    with pytest.raises(TypeError, match="three values"):
        bool(truth)
