"""The path on arrays where its answers can be written down, and tables with a row a sample."""

from __future__ import annotations

import numpy as np
import pytest

from armlet.derivation import arrays
from armlet.derivation.arrays import TimedTests
from armlet.derivation.derived import BelowLimit
from armlet.derivation.frames import derive_table, read_tests
from armlet.errors import InputError

GRID = (0, 15, 30, 60, 90, 120)
USUAL = (0.70, 1.11, 1.12, 1.00, 1.15, 1.26)
RULES = arrays.rules(0, 120)


def test_a_complete_grid_is_one_weighted_sum_a_test() -> None:
    tests = TimedTests.of(GRID, [USUAL, [2.0] * 6])
    assert arrays.derive_auc(tests, RULES).values == pytest.approx([130.5, 240])
    assert arrays.derive_auc_mean(tests, RULES).values == pytest.approx([1.0875, 2])
    assert arrays.derive_auc_incremental(tests, RULES).values == pytest.approx([46.5, 0])


def test_a_gap_has_a_code_a_reason_a_mask_and_no_number() -> None:
    found = arrays.derive_auc(TimedTests.of(GRID, [[*USUAL[:5], np.nan]], [[True] * 5 + [False]]), RULES)
    assert found.items() == [None]
    assert found.reasons() == ["missing samples"]
    assert found.with_gaps().mask.tolist() == [True]
    assert not np.isnan(found.values).any()


def test_two_samples_drawn_at_one_minute_make_no_curve() -> None:
    found = arrays.derive_auc(TimedTests.of(GRID, [USUAL], drawn=[[0, 15, 15, 60, 90, 120]]), RULES)
    assert found.reasons() == ["times out of order"]


def test_a_start_drawn_at_the_end_of_the_span_leaves_no_two_samples() -> None:
    found = arrays.derive_auc(TimedTests.of(GRID, [USUAL], drawn=[[15, 16, 30, 60, 90, 120]]), arrays.rules(0, 15))
    assert found.reasons() == ["too few samples"]


def test_the_ratio_of_two_curves_divides_by_no_zero() -> None:
    over = TimedTests.of(GRID, [[8.0] * 6, [0.0] * 6])
    found = arrays.derive_auc_ratio(TimedTests.of(GRID, [USUAL, USUAL]), over, RULES)
    assert found.values[0] == pytest.approx(1.0875 / 8)
    assert found.items()[1] is None


@pytest.mark.parametrize(
    ("levels", "more", "says"),
    [
        ([[1, 2]], {}, r"levels have the shape \(1, 2\)"),
        ([[1, 2, 3, 4, 5, -6]], {}, "the level of test 0 at 120 min is -6"),
        ([[1, 2, 3, 4, 5, np.nan]], {}, "the level of test 0 at 120 min is nan"),
        ([[1, 2, 3, 4, 5, 6]], {"drawn": [[0, 15, 30, 60, 90, np.inf]]}, "the real time of test 0 at 120 min is inf"),
        ([[1, 2, 3, 4, 5, 6]], {"below": [[True]]}, r"below has the shape \(1, 1\)"),
    ],
)
def test_arrays_that_are_no_tests_are_refused(levels: object, more: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        TimedTests.of(GRID, np.array(levels), **more)  # a level or a part that does not fit


def test_rules_that_have_no_increment_are_refused() -> None:
    tests = TimedTests.of(GRID, [USUAL])
    for chosen in ({"gaps": "renormalise", "times": "nominal"}, {"below_limit": "censored"}):
        with pytest.raises(InputError):
            arrays.derive_auc_incremental(tests, arrays.rules(0, 120, **chosen))
    with pytest.raises(InputError, match="planned times"):
        arrays.derive_auc_mean(tests, arrays.rules(0, 120, gaps="renormalise"))
    with pytest.raises(InputError, match="planned times in order"):
        arrays.derive_auc_mean(tests, arrays.rules(0, 100))
    with pytest.raises(ValueError, match="carry"):
        arrays.rules(0, 120, end_missing="carry")


def test_more_tests_than_a_block_holds_come_out_in_their_places() -> None:
    number = arrays.BLOCK + 3
    levels = np.tile(USUAL, (number, 1)) * np.arange(1, number + 1)[:, None]
    drawn = np.tile([0.0, 17, 31, 64, 90, 123], (number, 1))
    found = arrays.derive_auc(TimedTests.of(GRID, levels, drawn=drawn), RULES)
    assert found.values[[0, 1, arrays.BLOCK, number - 1]] == pytest.approx(
        [129.925, 2 * 129.925, (arrays.BLOCK + 1) * 129.925, number * 129.925]
    )


def test_many_patterns_of_gaps_come_out_in_their_places() -> None:
    present = np.ones((5, 6), dtype=bool)
    present[1, 3], present[3, 1], present[4, 5] = False, False, False
    levels = np.where(present, np.tile(USUAL, (5, 1)), np.nan)
    found = arrays.derive_auc(TimedTests.of(GRID, levels, present), RULES)
    assert found.items() == [
        pytest.approx(130.5),
        pytest.approx(134.55),
        pytest.approx(130.5),
        pytest.approx(127.5),
        None,
    ]


# --- Tables ---------------------------------------------------------------------------------------------------------

TABLE = {
    "who": ["B"] * 6 + ["A"] * 6,
    "when": ["month 6"] * 12,
    "at": [*GRID, *reversed(GRID)],
    "pep": [*USUAL, 1.26, 1.15, 1.00, None, "1.11", "0.70"],
}


def read(table: dict[str, list[object]]) -> dict[str, list[object]]:
    people = read_tests(
        table,
        person="who",
        visit="when",
        minute="at",
        level="pep",
        unit="ng/mL",
        to="nmol/L",
        molar_mass="3020.29 g/mol",
    )
    assert f"{people.factor:.9f}" == "0.331094034"
    return derive_table(people, RULES)


def test_a_table_gives_a_row_a_test_in_the_unit_asked_for() -> None:
    found = read(TABLE)
    assert found["person"] == ["A", "B"]
    assert found["unit"] == ["nmol/L"] * 2
    assert found["auc_mean"][1] == pytest.approx(0.360064762)
    assert found["peak"][1] == pytest.approx(1.26 * 0.331094034)
    # A lacks 30 min: 15*(0.70+1.11)/2 + 45*(1.11+1.00)/2 + 64.05 - 31.8 ... by hand 13.575 + 47.475 + 32.25 + 36.15
    assert found["auc"][0] == pytest.approx(129.45 * 1000 / 3020.29)
    assert found["auc_because"] == ["", ""]


def test_the_order_of_rows_moves_nothing() -> None:
    order = [7, 3, 11, 0, 5, 9, 1, 8, 2, 10, 4, 6]
    assert read({name: [column[row] for row in order] for name, column in TABLE.items()}) == read(TABLE)


def test_a_level_below_its_limit_is_marked() -> None:
    rows = {"who": ["A"] * 6, "at": [*GRID], "pep": ["<0.05"] * 6}
    people = read_tests(rows, person="who", minute="at", level="pep", unit="ng/mL")
    found = derive_table(people, arrays.rules(0, 120, below_limit=BelowLimit.CENSORED.value))
    assert found["auc_mean"] == [0.05]
    assert found["auc_mean_below_limit"] == [True]
    assert found["time_to_peak_because"] == ["no peak above the limit"]


def test_a_sample_that_stands_twice_and_a_word_are_refused_together() -> None:
    rows = {"who": ["A", "A", "A"], "at": [0, 0, 15], "pep": [1, 1, "high"]}
    with pytest.raises(InputError) as raised:
        read_tests(rows, person="who", minute="at", level="pep", unit="ng/mL")
    assert [issue.where for issue in raised.value.issues] == ["row 2, pep", "row 1"]


def test_a_mass_does_not_become_an_amount_without_a_molar_mass() -> None:
    with pytest.raises(InputError, match="do not measure the same thing"):
        read_tests(TABLE, person="who", minute="at", level="pep", unit="ng/mL", to="nmol/L")
