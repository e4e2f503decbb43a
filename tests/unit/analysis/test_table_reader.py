"""Tables and plans of an analysis without a trial: what is read, and what each "no" says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from armlet.analysis.cases import Case
from armlet.analysis.data import analyse, estimate, load_plan, table_of
from armlet.analysis.data.people import MOST_ISSUES, cases_of, read_people
from armlet.analysis.data.plan import DataPlan
from armlet.analysis.data.table import Data
from armlet.analysis.estimates import Estimate
from armlet.errors import InputError, UsageError

Plain = dict[str, object]

WIDE = """\
id,arm,base,v1,v2,age,sex,place
A,new,1.5,2,3.25,30,f,1
B,usual,1.0,1.5,,41,m,2
C,usual,0.5,NA,1,29.5,,3
D,new,2.0,2.5,3,35,m,4
"""


def plan(**changes: object) -> Plain:
    columns: Plain = {"participant": "id", "arm": "arm", "baseline": "base", "outcomes": {"one": "v1", "two": "v2"}}
    asked = [{"label": "means", "method": "difference", "visits": ["two"]}]
    first: Plain = {"title": "four", "unit": "nmol/L", "columns": columns, "arms": ["new", "usual"]}
    return {**first, "reference": "usual", "missing": ["", "NA"], "analyses": asked, **changes}


def columns(**changes: object) -> Plain:
    found = plan()["columns"]
    assert isinstance(found, dict)
    return {**found, **changes}


def read(text: str, chosen: Plain, folder: Path) -> list[Case]:
    path = folder / "people.csv"
    path.write_text(text)
    loaded = load_plan(chosen)
    people = read_people(table_of(path, loaded.all_columns(), loaded.delimiter), loaded)
    return list(cases_of(people, loaded, loaded.analyses[0], "two").rows)


def said(text: str, chosen: Plain, folder: Path) -> list[str]:
    with pytest.raises(InputError) as refused:
        read(text, chosen, folder)
    return [str(issue).removeprefix(f"{folder}/") for issue in refused.value.issues]


def told(chosen: Plain) -> list[str]:
    with pytest.raises(InputError) as refused:
        load_plan(chosen)
    return [str(issue) for issue in refused.value.issues]


# --- What is read ---------------------------------------------------------------------------------------------------


def test_a_wide_table_gives_each_row_as_a_person(tmp_path: Path) -> None:
    wanted = columns(covariates={"age": "number", "sex": "word"}, slot="place")
    asked = [{"label": "means", "method": "ancova", "visits": ["two"], "covariates": ["age", "sex"]}]

    assert read(WIDE, plan(columns=wanted, analyses=asked), tmp_path) == [
        Case("A", "new", 1, 1.5, 3.25, "", (2.0, 3.25), {"age": 30.0, "sex": "f"}),
        Case("B", "usual", 2, 1.0, None, "", (1.5, None), {"age": 41.0, "sex": "m"}),
        Case("C", "usual", 3, 0.5, 1.0, "", (None, 1.0), {"age": 29.5}),
        Case("D", "new", 4, 2.0, 3.0, "", (2.5, 3.0), {"age": 35.0, "sex": "m"}),
    ]


def test_covariates_reach_only_the_analysis_that_names_them(tmp_path: Path) -> None:
    wanted = columns(covariates={"age": "number", "sex": "word"})

    assert [dict(case.covariates) for case in read(WIDE, plan(columns=wanted), tmp_path)] == [{}, {}, {}, {}]


def test_a_long_table_gives_the_same_people_as_the_wide_one(tmp_path: Path) -> None:
    long = """\
id,arm,base,visit,value
A,new,1.5,one,2
A,new,1.5,two,3.25
B,usual,1.0,one,1.5
C,usual,0.5,two,1
D,new,2.0,two,3
D,new,2.0,one,2.5
"""
    wanted = {"participant": "id", "arm": "arm", "baseline": "base", "visit": "visit", "outcome": "value"}

    assert read(long, plan(columns=wanted, visits=["one", "two"]), tmp_path) == read(WIDE, plan(), tmp_path)


def test_a_visit_of_a_long_table_may_be_the_baseline(tmp_path: Path) -> None:
    long = "id,arm,visit,value\nA,new,0,1.5\nA,new,two,3\nB,usual,two,1\n"
    wanted = {"participant": "id", "arm": "arm", "visit": "visit", "outcome": "value"}

    cases = read(long, plan(columns=wanted, visits=["two"], baseline_visit=0), tmp_path)

    assert [(case.baseline, case.outcome) for case in cases] == [(1.5, 3.0), (None, 1.0)]


def test_what_stands_beside_an_outcome_is_read_with_it(tmp_path: Path) -> None:
    text = "id,arm,base,v2,why,low,bad,years\nA,new,1,0.02,,yes,,2.5\nB,usual,1,,moved away,0,died,1\n"
    beside = {"why_missing": "why", "below_limit": "low", "failed": "bad", "exposure": "years"}
    wanted = {"participant": "id", "arm": "arm", "baseline": "base", "outcomes": {"two": "v2"}}
    by_visit = {name: {"two": column} for name, column in beside.items()}

    assert read(text, plan(columns={**wanted, **by_visit}), tmp_path) == [
        Case("A", "new", None, 1.0, 0.02, course=(0.02,), below_limit=True, exposure=2.5),
        Case("B", "usual", None, 1.0, None, "moved away", (None,), failed="died", exposure=1.0),
    ]


def test_only_members_of_the_set_are_in_the_analysis_and_everybody_keeps_the_slot(tmp_path: Path) -> None:
    text = "id,arm,base,v2,place,itt\nA,new,1,3,2,yes\nB,usual,1,2,1,no\nC,usual,1,1,3,yes\nD,new,1,1,4,1\n"
    wanted = {"participant": "id", "arm": "arm", "outcomes": {"two": "v2"}, "slot": "place", "sets": {"treated": "itt"}}
    allocation = {"method": "permuted_blocks", "ratio": {"new": 1, "usual": 1}, "settings": {"block": 4}}
    asked = [{"label": "means", "method": "difference", "set": "treated"}]
    loaded = load_plan(plan(columns=wanted, allocation=allocation, analyses=asked))
    path = tmp_path / "people.csv"
    path.write_text(text)

    people = read_people(table_of(path, loaded.all_columns()), loaded)
    cases = cases_of(people, loaded, loaded.analyses[0], "two")

    assert [case.participant for case in cases.rows] == ["A", "C", "D"]
    assert cases.allocated == ("usual", "new", "usual", "new")
    assert cases.scheme is not None
    assert cases.scheme.settings == (("block", 4),)


def test_levels_of_factors_stand_in_the_order_of_the_slots(tmp_path: Path) -> None:
    text = "id,arm,v2,place,town\nA,new,3,2,south\nB,usual,2,1,north\n"
    wanted = {"participant": "id", "arm": "arm", "outcomes": {"two": "v2"}, "slot": "place"}
    allocation = {
        "method": "permuted_blocks",
        "ratio": {"new": 1, "usual": 1},
        "factors": {"town": ["north", "south"]},
    }
    loaded = load_plan(plan(columns=wanted, allocation=allocation))
    path = tmp_path / "people.csv"
    path.write_text(text)

    people = read_people(table_of(path, loaded.all_columns()), loaded)

    assert people.scheme is not None
    assert people.scheme.people == ((0,), (1,))


def test_arms_and_visits_may_be_whole_numbers_in_file_and_plan(tmp_path: Path) -> None:
    wanted = {"participant": "id", "arm": "arm", "visit": "month", "outcome": "y"}
    text = "id,arm,month,y\n7,1,24,3\n8,2,24,2.5\n"
    (tmp_path / "people.csv").write_text(text)
    asked = [{"label": "shift", "method": "rank_sum"}]

    (found,) = analyse(
        tmp_path / "people.csv", plan(columns=wanted, arms=[1, 2], reference=1, visits=[24], analyses=asked)
    )

    assert isinstance(found.result, Estimate)
    assert found.result.value == -0.5
    assert found.result.n_used == {"1": 1, "2": 1}


@pytest.mark.parametrize(("delimiter", "text"), [(";", WIDE.replace(",", ";")), ("\t", WIDE.replace(",", "\t"))])
def test_another_delimiter_is_named_in_the_plan(delimiter: str, text: str, tmp_path: Path) -> None:
    assert read(text, plan(delimiter=delimiter), tmp_path) == read(WIDE, plan(), tmp_path)


# --- Cells that are refused -----------------------------------------------------------------------------------------


def amended(before: str, after: str) -> str:
    assert WIDE.count(before) == 1
    return WIDE.replace(before, after)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            amended("B,usual,1.0", 'B,usual,"1,0"'),
            "people.csv:3 data/number: base: expected a number with a decimal point, such as 0.912; got '1,0'. "
            "Write 1.0; a comma is not read as a decimal point, because it may be none.",
            id="decimal comma",
        ),
        pytest.param(
            amended("D,new,2.0", "D,new,two"),
            "people.csv:5 data/number: base: expected a number with a decimal point, such as 0.912; got 'two'. "
            "Correct the cell, or, if it means that the value is missing, list it under missing in the plan.",
            id="a word for a number",
        ),
        pytest.param(
            amended("D,new,2.0", "D,new,nan"),
            "people.csv:5 data/number: base: expected a number with a decimal point, such as 0.912; got 'nan'. "
            "Correct the cell, or, if it means that the value is missing, list it under missing in the plan.",
            id="nan",
        ),
        pytest.param(
            amended("A,new,1.5", "A,old,1.5"),
            "people.csv:2 data/arm: arm: expected arm, one of new, usual; got 'old'. "
            "Correct the cell, or list the word in the plan.",
            id="an arm that the plan does not have",
        ),
        pytest.param(
            amended("A,new,1.5", "A,,1.5"),
            "people.csv:2 data/missing: arm: expected arm, one of new, usual; got ''. Fill it in, or leave the row out.",
            id="no arm",
        ),
        pytest.param(
            amended("D,new", "A,new"),
            "people.csv:5 data/twice: id: 'A' stands here a second time (first at people.csv:2). "
            "Keep one row, or give the column of visits if the table is long.",
            id="a participant twice",
        ),
        pytest.param(
            amended("D,new", ",new"),
            "people.csv:5 data/missing: id: expected a participant; got ''. Fill it in, or leave the row out.",
            id="no participant",
        ),
        pytest.param(
            amended("D,new,2.0,2.5", "D,new,2.0"),
            "people.csv:5 import/row-length: the row has 7 cells, and the header 8. "
            "Check the delimiter, or ask for the file again.",
            id="a short row",
        ),
        pytest.param(
            amended("id,arm,base", "id,arm,start"),
            "people.csv:1 import/column: the column 'base' is not there. "
            "It has 'id', 'arm', 'start', 'v1', 'v2', 'age', 'sex', 'place'; is the delimiter right?",
            id="a column that is not there",
        ),
        pytest.param(
            amended("id,arm,base,v1", "id,arm,base,base"),
            "people.csv:1 import/column: the column 'base' stands there twice. "
            "It has 'id', 'arm', 'base', 'base', 'v2', 'age', 'sex', 'place'; is the delimiter right?",
            id="a column twice",
        ),
        pytest.param(
            "id,arm,base,v1,v2\n",
            "people.csv data/empty: there is no row below the header. Is it whole?",
            id="nobody",
        ),
    ],
)
def test_a_cell_that_is_not_as_the_plan_says_is_told_with_line_column_and_what_to_do(
    text: str, message: str, tmp_path: Path
) -> None:
    assert message in [words.replace(f"{tmp_path}/", "") for words in said(text, plan(), tmp_path)]


def test_a_spelling_of_missing_that_is_not_declared_is_refused(tmp_path: Path) -> None:
    assert said(WIDE, plan(missing=["NA"]), tmp_path) == [
        (
            "people.csv:3 data/number: v2: expected a number with a decimal point, such as 0.912; got ''. "
            'If it means that the value is missing, list "" under missing in the plan.'
        )
    ]
    assert "got 'NA'" in said(WIDE, plan(missing=[""]), tmp_path)[0]


def test_everything_amiss_is_told_at_once_and_a_whole_column_only_so_far(tmp_path: Path) -> None:
    bad = "id,arm,base,v1,v2\n" + "".join(f"P{number},new,x,1,1\n" for number in range(MOST_ISSUES + 10))

    issues = said(bad, plan(), tmp_path)

    assert len(issues) == MOST_ISSUES + 1
    assert issues[-1].endswith("there are 10 further issues like these. Mend these and ask again.")


@pytest.mark.parametrize(
    ("slots", "message"),
    [
        ("1,2,4", "place: nobody has slot 3; slots are counted from 1 without a gap, and 3 people are here."),
        ("1,2,2", "place: two people have the same slot."),
        ("1,2,x", "place: expected the place in the order of allocation, a whole number from 1 up; got 'x'."),
        ("1,2,0", "place: expected the place in the order of allocation, a whole number from 1 up; got '0'."),
    ],
)
def test_slots_are_counted_from_one_without_a_gap(slots: str, message: str, tmp_path: Path) -> None:
    rows = zip("ABC", ("new", "usual", "new"), slots.split(","), strict=True)
    text = "id,arm,v2,place\n" + "".join(f"{name},{arm},1,{slot}\n" for name, arm, slot in rows)
    wanted = {"participant": "id", "arm": "arm", "outcomes": {"two": "v2"}, "slot": "place"}
    allocation = {"method": "permuted_blocks", "ratio": {"new": 1, "usual": 1}}

    assert any(message in words for words in said(text, plan(columns=wanted, allocation=allocation), tmp_path))


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("below_limit", "maybe", "flag: note: expected yes or no (or 1 or 0); got 'maybe'."),
        ("below_limit", "", "flag: note: expected yes or no (or 1 or 0); got ''."),
        ("failed", "0", "reason: note: expected words that say why, or an empty cell; got '0'."),
        ("failed", "yes", "reason: note: expected words that say why, or an empty cell; got 'yes'."),
        ("exposure", "a year", "number: note: expected a number with a decimal point, such as 0.912; got 'a year'."),
    ],
)
def test_what_stands_beside_the_outcome_is_read_as_strictly(
    column: str, cell: str, message: str, tmp_path: Path
) -> None:
    wanted = {"participant": "id", "arm": "arm", "outcomes": {"two": "v2"}, column: {"two": "note"}}

    (words,) = said(f"id,arm,v2,note\nA,new,1,{cell}\n", plan(columns=wanted), tmp_path)

    assert words.startswith(f"people.csv:2 data/{message}")


def test_what_belongs_to_a_person_must_not_change_between_the_rows_of_a_long_table(tmp_path: Path) -> None:
    text = "id,arm,base,visit,y\nA,new,1,one,2\nA,usual,1,two,3\n"
    wanted = {"participant": "id", "arm": "arm", "baseline": "base", "visit": "visit", "outcome": "y"}

    assert said(text, plan(columns=wanted, visits=["one", "two"]), tmp_path) == [
        (
            "people.csv:3 data/changes: arm: 'A' has 'new' before; got 'usual'. "
            "It belongs to the person: write the same in every row."
        )
    ]


def test_a_visit_twice_and_a_visit_that_the_plan_does_not_have_are_told(tmp_path: Path) -> None:
    text = "id,arm,visit,y\nA,new,two,2\nA,new,two,3\nA,new,three,3\n"
    wanted = {"participant": "id", "arm": "arm", "visit": "visit", "outcome": "y"}

    assert said(text, plan(columns=wanted, visits=["two"]), tmp_path) == [
        (
            "people.csv:3 data/twice: id: 'A' stands here a second time at visit \"two\" "
            f"(first at {tmp_path}/people.csv:2). Keep one row, or give the column of visits if the table is long."
        ),
        (
            "people.csv:4 data/visit: visit: expected visit, one of two; got 'three'. "
            "Correct the cell, or list the word in the plan."
        ),
    ]


# --- Plans that are refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"titel": "x"}, "plan.titel data-plan/unknown-key: 'titel' is not permitted here (titel)."),
        ({"reference": None}, "plan.arms data-plan/reference: it is not said which arm the other is compared with."),
        ({"reference": "old"}, 'plan.reference data-plan/reference: the reference "old" is none of the arms'),
        ({"arms": ["new", "new"]}, "plan.arms data-plan/arms: an arm is listed twice: new, new."),
        ({"visits": ["one"]}, "plan.visits data-plan/visits: visits lists the visits of a long table"),
        ({"baseline_visit": "x"}, "plan.baseline_visit data-plan/baseline: baseline_visit is for a long table"),
        ({"delimiter": "x"}, "plan.delimiter data-plan/invalid: delimiter: Input should be"),
        ({"analyses": []}, "plan.analyses data-plan/invalid"),
        ({"columns": columns(outcome="v1")}, "plan.columns data-plan/outcome: expected either outcome (one column) or"),
        ({"columns": columns(visit="v")}, "plan.columns.outcomes data-plan/outcome: a table with a column of visits"),
        ({"columns": columns(arm=None)}, "plan.columns data-plan/arm: there are several arms and no column of arms."),
        ({"columns": columns(failed="v1")}, "plan.columns.failed data-plan/beside: failed is one column beside"),
        ({"columns": columns(failed={"six": "v1"})}, 'plan.columns.failed.six data-plan/visit-unknown: there is no visit'),
    ],
)  # fmt: skip
def test_a_plan_that_does_not_fit_together_is_told_with_its_place(changes: Plain, message: str) -> None:
    assert any(words.startswith(message) for words in told(plan(**changes))), told(plan(**changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"method": "anova"}, 'plan.analyses.0.method analysis/method-unknown: there is no analysis method "anova".'),
        ({"settings": {"levle": "0.9"}}, "plan.analyses.0.settings analysis/setting-unknown: analysis/difference/levle"),
        ({"settings": {"level": 2}}, "plan.analyses.0.settings analysis/setting-value: analysis/difference/level"),
        ({"visits": ["six"]}, 'plan.analyses.0.visits data-plan/visit-unknown: there is no visit "six"; expected one of'),
        ({"visits": []}, 'plan.analyses.0 data-plan/visits: "means" does not say at which of the visits one, two.'),
        ({"set": "all"}, 'plan.analyses.0.set data-plan/set-unknown: there is no set "all"; columns.sets has none.'),
        ({"covariates": ["age"]}, 'plan.analyses.0.covariates data-plan/covariate-unknown: there is no covariate "age"'),
    ],
)  # fmt: skip
def test_an_analysis_that_cannot_be_meant_is_told_with_its_place(changes: Plain, message: str) -> None:
    asked = {"label": "means", "method": "difference", "visits": ["two"], **changes}

    assert any(words.startswith(message) for words in told(plan(analyses=[asked])))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ratio": {"new": 1}}, "the ratio names new; expected the arms new, usual."),
        ({"rows_in_order": False}, "to replay the allocation its order must be known"),
        ({"method": "toss"}, 'there is no allocation method "toss"'),
        ({"settings": {"blok": 4}}, 'permuted_blocks has no setting "blok"'),
    ],
)
def test_an_allocation_that_cannot_be_replayed_is_told(changes: Plain, message: str) -> None:
    first: Plain = {"method": "permuted_blocks", "ratio": {"new": 1, "usual": 1}, "rows_in_order": True}

    assert any(message in words for words in told(plan(allocation={**first, **changes})))


# --- Data frames ----------------------------------------------------------------------------------------------------

COLUMNS: Mapping[str, list[object]] = {
    "id": ["A", "B", "C", "D", "E"],
    "arm": [1, 2, 2, 1, 2],
    "base": [1.5, 1.0, 0.5, 2.0, 0.75],
    "y": [3.25, None, 1.0, 3.0, 4.0],
}


@dataclass
class Other:
    """A data frame of nobody's make: columns by name, and a name for each."""

    held: Mapping[str, list[object]]

    @property
    def columns(self) -> list[str]:
        return list(self.held)

    def __getitem__(self, name: str) -> Iterator[object]:
        return iter(self.held[name])


def means(data: Data) -> Estimate:
    result = estimate(data, "difference", outcome="y", arm="arm", reference="2", participant="id")
    assert isinstance(result, Estimate)
    return result


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(dict, id="a mapping of columns"),
        pytest.param(Other, id="anything with columns"),
        pytest.param(pd.DataFrame, id="pandas"),
        pytest.param(lambda held: pd.DataFrame(held).convert_dtypes(), id="pandas with types that know missing values"),
        pytest.param(pl.DataFrame, id="polars"),
        pytest.param(lambda held: {name: np.array(values, dtype=object) for name, values in held.items()}, id="numpy"),
    ],
)
def test_a_data_frame_of_any_make_gives_the_same_estimate(make: Callable[[Mapping[str, object]], Data]) -> None:
    found = means(make(COLUMNS))

    assert found.value == 0.625
    assert found.n_used == {"1": 2, "2": 2}
    assert found.left_out == (("B", "no value at this visit"),)


def test_a_number_of_a_data_frame_is_read_to_its_last_digit() -> None:
    held = {**COLUMNS, "y": [0.1 + 0.2, 1e-29, 1 / 3, 2.0**60, -0.0]}
    loaded = load_plan(plan(columns={"participant": "id", "arm": "arm", "outcome": "y"}, arms=[1, 2], reference=2,
                            analyses=[{"label": "means", "method": "difference"}]))  # fmt: skip

    people = read_people(table_of(held, loaded.all_columns()), loaded)

    assert [one.readings["y"].outcome for one in people.people] == [0.1 + 0.2, 1e-29, 1 / 3, 2.0**60, 0.0]


def test_an_infinite_number_of_a_data_frame_is_refused_with_its_row() -> None:
    with pytest.raises(InputError, match=r"data, row 3 data/number: y: expected a number .* got 'inf'"):
        means({**COLUMNS, "y": [1.0, 2.0, float("inf"), 3.0, 4.0]})


def test_columns_of_another_length_and_columns_that_are_not_there_are_refused() -> None:
    with pytest.raises(InputError, match=r"the columns differ in length: id 5, arm 5, y 2. Fill them up"):
        means({**COLUMNS, "y": [1.0, 2.0]})
    with pytest.raises(InputError, match=r"the column 'y' is not there. It has 'id', 'arm', 'base'"):
        means({name: values for name, values in COLUMNS.items() if name != "y"})


def test_what_is_no_table_is_wrong_usage() -> None:
    rows: Any = [1, 2]  # what a notebook may try
    with pytest.raises(UsageError, match="expected a mapping of columns, a data frame or a path; got list"):
        table_of(rows, ["y"])


# --- One estimator in one call --------------------------------------------------------------------------------------


def test_without_a_column_of_participants_each_row_is_a_person() -> None:
    result = estimate({"change": [1.2, None, 0.9]}, "sign_flip", {"of": "outcome"}, outcome="change")

    assert isinstance(result, Estimate)
    assert result.n_used == {"everybody": 2}
    assert result.left_out == (("2", "no value at this visit"),)


def test_the_allocation_is_replayed_in_one_call() -> None:
    held: Mapping[str, list[object]] = {"arm": ["a", "b", "b", "a"], "y": [1, 3, 4, 2], "slot": [1, 2, 3, 4]}
    chosen: Plain = {"method": "permuted_blocks", "ratio": {"a": 1, "b": 1}, "settings": {"block": 4}}

    result = estimate(held, "rerandomisation", outcome="y", arm="arm", reference="a", slot="slot", allocation=chosen)

    assert isinstance(result, Estimate)
    assert result.p is not None
    assert Fraction(result.p.value).limit_denominator(1000) == Fraction(2, 6)


def test_the_visit_that_is_asked_for_is_named() -> None:
    held: Mapping[str, list[object]] = {"arm": ["a", "b", "a", "b"], "m1": [1, 2, 1, 2], "m2": [5, 6, 4, 8]}

    result = estimate(
        held, "difference", outcome={"one": "m1", "two": "m2"}, at="two", arm="arm", reference="a", unit="kg"
    )

    assert isinstance(result, Estimate)
    assert (result.value, result.unit, result.label) == (2.5, "kg", "difference, two")


def test_two_arms_without_a_reference_are_refused() -> None:
    with pytest.raises(InputError, match="it is not said which arm the other is compared with"):
        estimate(COLUMNS, "difference", outcome="y", arm="arm")


# --- What a plan is made from ---------------------------------------------------------------------------------------


def test_a_plan_from_plain_data_is_the_plan_from_its_file(tmp_path: Path) -> None:
    text = """title: four
unit: nmol/L
columns: {participant: id, arm: arm, baseline: base, outcomes: {one: v1, two: v2}}
arms: [new, usual]
reference: usual
missing: ["", NA]
analyses:
  - {label: means, method: difference, settings: {level: 0.9}, visits: [two]}
"""
    (tmp_path / "plan.yaml").write_text(text)
    asked = [{"label": "means", "method": "difference", "settings": {"level": 0.9}, "visits": ["two"]}]

    assert load_plan(tmp_path / "plan.yaml") == load_plan(plan(analyses=asked))
    assert isinstance(load_plan(load_plan(plan())), DataPlan)


def test_an_issue_of_a_plan_file_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(
        "title: x\nunit: kg\ncolumns: {participant: id, outcome: y}\narms: [all]\n"
        "analyses:\n  - label: a\n    method: sign_flop\n"
    )

    with pytest.raises(InputError) as refused:
        load_plan(path)

    assert [issue.where for issue in refused.value.issues] == [f"{path}:7"]


def test_a_person_is_printed_without_the_arm() -> None:
    loaded = load_plan(plan(columns={"participant": "id", "arm": "arm", "outcome": "y"}, arms=[1, 2], reference=2,
                            analyses=[{"label": "means", "method": "difference"}]))  # fmt: skip
    people = read_people(table_of(COLUMNS, loaded.all_columns()), loaded)

    assert "arm" not in repr(people.people[0])
    assert "allocated" not in repr(people)
