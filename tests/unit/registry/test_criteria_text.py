"""Criteria texts in the shapes that registries print them in."""

from __future__ import annotations

import pytest

from armlet.registry.criteria_text import read_criteria, split_bullets, split_criteria


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


def test_bare_headings_with_a_colon_on_lines_of_their_own_are_headings() -> None:
    assert [(item.kind.value, item.text) for item in split_criteria("Inclusion:\n\n- tall\n\nExclusion:\n\n- ill")] == [
        ("inclusion", "tall"),
        ("exclusion", "ill"),
    ]
