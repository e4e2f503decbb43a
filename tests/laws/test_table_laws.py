"""Laws of an analysis without a trial: what the writing of a table may not move."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.analysis.data import analyse, read_csv
from armlet.analysis.data.plan import DataPlan, load_plan
from armlet.analysis.estimates import Estimate, Result

EVERY = settings(max_examples=25, deadline=None)
quarters = st.integers(-8, 12).map(lambda number: number / 4)
people = st.lists(
    st.tuples(quarters, st.one_of(st.none(), quarters), st.one_of(st.none(), quarters), st.booleans()),
    min_size=4,
    max_size=8,
)
Drawn = list[tuple[float, float | None, float | None, bool]]
Rows = list[dict[str, object]]


def rows_of(drawn: Drawn) -> Rows:
    """In blocks of two; the name of each person is not the place."""
    turned = [turn for _, _, _, turn in drawn[::2] for _ in range(2)]
    return [
        {
            "who": f"P{(7 * slot) % 31:02d}",
            "arm": "new" if (slot % 2 == 0) != turn else "usual",
            "slot": slot,
            "base": base,
            "one": first,
            "two": second,
        }
        for slot, ((base, first, second, _), turn) in enumerate(zip(drawn, turned, strict=False), start=1)
    ]


def plan(**changes: object) -> DataPlan:
    columns: dict[str, object] = {"participant": "who", "arm": "arm", "slot": "slot", "baseline": "base"}
    allocation = {"method": "permuted_blocks", "ratio": {"new": 1, "usual": 1}, "settings": {"block": 2}}
    methods = ("ancova", "difference", "rank_sum", "rerandomisation")  # the mixed model is slow to refuse so few people
    asked = [{"label": name, "method": name, "visits": ["two"]} for name in methods]
    first: dict[str, object] = {"title": "a table", "unit": "1", "arms": ["new", "usual"], "reference": "usual"}
    wide = {**columns, "outcomes": {"one": "one", "two": "two"}}
    long = {**columns, "visit": "visit", "outcome": "y"}
    chosen = {**first, "columns": long if changes.pop("long", False) else wide, "allocation": allocation}
    return load_plan({**chosen, "analyses": asked, **changes})


def write(rows: Rows, columns: Sequence[str], delimiter: str = ",", missing: str = "") -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(columns)
    writer.writerows([missing if row[name] is None else row[name] for name in columns] for row in rows)
    return text.getvalue()


def results(text: str, asked: DataPlan) -> list[Result]:
    table = read_csv(text, "people.csv", asked.all_columns(), asked.delimiter)
    return [found.result for found in analyse(table, asked)]


def numbers(result: Result) -> list[float]:
    if not isinstance(result, Estimate):
        return []
    limits = [result.interval.lower, result.interval.upper] if result.interval else []
    return [result.value, *limits, *([result.p.value] if result.p else [])]


WIDE = ("who", "arm", "slot", "base", "one", "two")


@EVERY
@given(drawn=people, order=st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_moves_nothing(drawn: Drawn, order: Random) -> None:
    rows = rows_of(drawn)
    first = results(write(rows, WIDE), plan())
    shuffled, columns = order.sample(rows, len(rows)), order.sample(WIDE, len(WIDE))

    again = results(write(shuffled, columns), plan())

    for one, other in zip(first, again, strict=True):
        assert type(one) is type(other)
        assert numbers(one) == pytest.approx(numbers(other), rel=1e-9, abs=1e-9)
        assert sorted(one.left_out) == sorted(other.left_out)


@EVERY
@given(drawn=people, order=st.randoms(use_true_random=False))
def test_a_long_table_gives_what_the_wide_one_gives_in_any_order_of_visits(drawn: Drawn, order: Random) -> None:
    rows = rows_of(drawn)
    long = [{**row, "visit": visit, "y": row[visit]} for row in rows for visit in order.sample(["two", "one"], 2)]

    found = results(write(long, ("who", "visit", "arm", "slot", "base", "y")), plan(long=True, visits=["one", "two"]))

    assert found == results(write(rows, WIDE), plan())


@EVERY
@given(drawn=people, missing=st.sampled_from(["NA", ".", "", "-9"]), delimiter=st.sampled_from([";", "\t", "|"]))
def test_the_spelling_of_a_missing_value_and_of_the_columns_moves_nothing(
    drawn: Drawn, missing: str, delimiter: str
) -> None:
    rows = rows_of(drawn)
    other = plan(missing=[missing], delimiter=delimiter)

    assert results(write(rows, WIDE, delimiter, missing), other) == results(write(rows, WIDE), plan())
