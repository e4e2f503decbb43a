"""Criteria texts in the shapes that registries print them in."""

from __future__ import annotations

import pytest

from armlet.eligibility.text.split import read_criteria, split_bullets, split_criteria


def test_headings_sort_criteria_whatever_their_case_and_order() -> None:
    text = "EXCLUSION CRITERIA:\n* a\nKey Inclusion Criteria for part B:\n1. b\n2) c\nInclusion Criteria\nd"
    assert [(item.kind.value, item.text) for item in split_criteria(text)] == [
        ("exclusion", "a"),
        ("inclusion", "b"),
        ("inclusion", "c"),
        ("inclusion", "d"),
    ]


def test_non_inclusion_criteria_keep_people_out() -> None:
    assert [item.kind.value for item in split_criteria("Non-inclusion criteria:\n- fever")] == ["exclusion"]


def test_a_mention_of_criteria_in_a_sentence_is_no_heading() -> None:
    (item,) = split_criteria("Inclusion Criteria:\n\n- meets none of the exclusion criteria of the first part")
    assert (item.kind.value, item.text) == ("inclusion", "meets none of the exclusion criteria of the first part")


def test_nested_points_stay_with_their_criterion() -> None:
    text = "Inclusion Criteria:\n\n* one of\n\n  * this\n  * that\n* another"
    assert [item.text for item in split_criteria(text)] == ["one of\n- this\n- that", "another"]


def test_markdown_escapes_of_the_api_are_taken_away() -> None:
    (item,) = split_criteria("Inclusion Criteria:\n\n* BMI \\>= 20 kg/m\\^2")
    assert item.text == "BMI >= 20 kg/m^2"


def test_criteria_under_no_heading_are_kept_apart_without_polarity() -> None:
    found = read_criteria("- healthy\n- tall\n\nExclusion Criteria:\n- ill")
    assert found.unsorted == ("healthy", "tall")
    assert [item.text for item in found.criteria] == ["ill"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("- a - b", ("a", "b")),
        ("- C-peptide low - long-term use", ("C-peptide low", "long-term use")),
        ("- age 18 - 40 years - tall", ("age 18 - 40 years", "tall")),
        ("- HbA1c 6.5 % - 9.0 % - tall", ("HbA1c 6.5 % - 9.0 %", "tall")),
        ("* one - and only", ("one - and only",)),
        ("", ()),
    ],
)
def test_only_separators_part_a_line(line: str, expected: tuple[str, ...]) -> None:
    assert split_bullets(line) == expected


def test_both_headings_on_one_line_are_both_seen() -> None:
    text = "Inclusion Criteria: - adults - of the study Exclusion Criteria: - children"
    assert [(item.kind.value, item.text) for item in split_criteria(text)] == [
        ("inclusion", "adults"),
        ("inclusion", "of the study"),
        ("exclusion", "children"),
    ]


# --- Nested points, lines that govern, headings in the way -------------------------------------------------------------


def test_points_below_points_keep_their_depth() -> None:
    text = "Exclusion Criteria:\n* any of:\n  * lungs:\n    * asthma\n    * cough\n  * gout\n* fever"
    assert [item.text for item in split_criteria(text)] == ["any of:\n- lungs:\n  - asthma\n  - cough\n- gout", "fever"]


def test_letters_below_a_number_are_nested_though_nothing_is_indented() -> None:
    text = "Inclusion Criteria:\n1. one of the following:\na. tall\nb. wide\n2. calm"
    assert [item.text for item in split_criteria(text)] == ["one of the following:\n- tall\n- wide", "calm"]


def test_a_short_heading_with_a_colon_changes_the_polarity() -> None:
    text = "Inclusion:\n- adults\nExclusion:\n- gout"
    assert [(item.kind.value, item.text) for item in split_criteria(text)] == [
        ("inclusion", "adults"),
        ("exclusion", "gout"),
    ]


def test_an_exclusion_heading_inside_a_line_of_inclusion_changes_the_polarity() -> None:
    text = "Inclusion Criteria: - adults with a cough. Exclusion: gout"
    assert [(item.kind.value, item.text) for item in split_criteria(text)][-1] == ("exclusion", "gout")


def test_a_misspelt_plural_of_a_heading_is_a_heading() -> None:
    text = "Exclusion Criteria:\n- gout\n\nInclusions Criteria:\n- calm"
    assert [(item.kind.value, item.text) for item in split_criteria(text)] == [
        ("exclusion", "gout"),
        ("inclusion", "calm"),
    ]


@pytest.mark.parametrize(
    "heading", ["DISEASE CHARACTERISTICS:", "PATIENT CHARACTERISTICS:", "PRIOR CONCURRENT THERAPY:"]
)
def test_headings_by_subject_tell_no_polarity(heading: str) -> None:
    found = read_criteria(f"Exclusion Criteria:\n- gout\n\n{heading}\n- at least 40 years old\n- not pregnant")
    assert [item.text for item in found.criteria] == ["gout"]
    assert found.unsorted[-2:] == ("at least 40 years old", "not pregnant")


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("Inclusion", "Cohort 2:"),
        ("Inclusion", "at least one of the following:"),
        ("Inclusion", "any of the following:"),
        ("Exclusion", "all of the following:"),
        ("Exclusion", "Healthy volunteers:"),
        ("Inclusion", "Donor"),
        ("Exclusion", "Part B"),
    ],
)
def test_a_line_that_may_govern_those_below_it_is_kept_with_them(kind: str, line: str) -> None:
    items = split_criteria(f"{kind} Criteria:\n\n{line}\n\n- gout\n- cough\n\nExclusion Criteria:\n- fever")
    assert [(item.text, item.under) for item in items] == [
        (line, None),
        ("gout", line),
        ("cough", line),
        ("fever", None),
    ]


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("Inclusion", "Patients must meet all of the following criteria:"),
        ("Inclusion", "Demographics:"),
        ("Exclusion", "Patients with any of the following:"),
        (
            "Exclusion",
            "An individual who meets any of the following criteria will be excluded from participation in this study:",
        ),
    ],
)
def test_a_line_that_changes_nothing_governs_nothing(kind: str, line: str) -> None:
    items = split_criteria(f"{kind} Criteria:\n\n{line}\n\n- gout\n- cough")
    assert [item.under for item in items] == [None, None, None]


def test_line_ends_of_old_downloads_are_line_ends() -> None:
    assert [item.text for item in split_criteria("Inclusion Criteria:&#xD;- tall&#xD;- calm")] == ["tall", "calm"]


def test_bare_headings_with_a_colon_on_lines_of_their_own_are_headings() -> None:
    assert [(item.kind.value, item.text) for item in split_criteria("Inclusion:\n\n- tall\n\nExclusion:\n\n- ill")] == [
        ("inclusion", "tall"),
        ("exclusion", "ill"),
    ]


@pytest.mark.parametrize(
    "heading", ["Donor Inclusion Criteria:", "Inclusion Criteria for healthy controls:", "Part 2 - Inclusion Criteria:"]
)
def test_a_heading_for_some_people_governs_its_points(heading: str) -> None:
    items = split_criteria(f"{heading}\n\n- at least 40 years old\n\nExclusion Criteria:\n- gout")
    assert [(item.text, item.under is None) for item in items] == [("at least 40 years old", False), ("gout", True)]


@pytest.mark.parametrize(
    "heading", ["Key Inclusion Criteria:", "INCLUSION CRITERIA", "Inclusion criteria are as follows:"]
)
def test_a_heading_for_everybody_governs_nothing(heading: str) -> None:
    assert [item.under for item in split_criteria(f"{heading}\n- calm")] == [None]


@pytest.mark.parametrize(
    ("text", "governed"),
    [
        ("* HbA1c ≥ 7 %\n* or glucose ≥ 7 mmol/L\n* asthma", [True, True, False]),
        ("* HbA1c ≥ 7 %, or\n* glucose ≥ 7 mmol/L\n* asthma", [True, True, False]),
        ("* HbA1c ≥ 7 %\n* OR\n* glucose ≥ 7 mmol/L\n* asthma", [True, True, True, False]),
        ("* HbA1c ≥ 7 %\n* and glucose ≥ 7 mmol/L, and\n* asthma", [False, False, False]),
        ("* HbA1c ≥ 7 %\n* orchitis\n* asthma", [False, False, False]),
    ],
)
def test_among_what_lets_in_neighbours_joined_by_or_do_not_stand_by_themselves(text: str, governed: list[bool]) -> None:
    found = split_criteria(f"Inclusion Criteria:\n\n{text}")
    assert [item.under is not None for item in found] == governed


def test_among_what_keeps_out_neighbours_joined_by_and_do_not_stand_by_themselves() -> None:
    found = split_criteria("Exclusion Criteria:\n\n* ALT > 3 x ULN, and\n* bilirubin > 2 x ULN, or\n* asthma")
    assert [item.under is not None for item in found] == [True, True, False]


def test_a_line_of_signs_alone_is_no_criterion() -> None:
    found = read_criteria("- \n***\nInclusion Criteria:\n\n- asthma\n- -\n-\n\n---\nExclusion Criteria:\n- gout\n\n*")
    assert [item.text for item in found.criteria] == ["asthma", "gout"]
    assert found.unsorted == ()
