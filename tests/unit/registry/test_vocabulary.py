"""Words of registry pages as values of the API."""

from __future__ import annotations

import pytest

from armlet.registry.mesh import split_mesh_terms
from armlet.registry.record import DesignMasking, Phase, StandardAge, Status
from armlet.registry.vocabulary import (
    member,
    read_age,
    read_ages,
    read_date,
    read_eligible_people,
    read_masking,
    read_phases,
    standard_ages,
)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("April 2014", "2014-04"),
        ("February 7, 2014", "2014-02-07"),
        ("7 February 2014", "2014-02-07"),
        ("1999", "1999"),
        ("2014-02-07", "2014-02-07"),
        ("February 30, 2014", None),
        ("Smarch 2014", None),
        ("0000", None),
    ],
)
def test_dates_keep_the_precision_they_were_given_in(words: str, expected: str | None) -> None:
    date = read_date(words)
    assert (str(date) if date else None) == expected


def test_words_that_are_no_value_are_not_forced_into_one() -> None:
    assert member(Status, "sort of recruiting") is None
    assert member(Status, "Unknown †") is Status.UNKNOWN
    assert member(Status, "Active, not recruiting") is Status.ACTIVE_NOT_RECRUITING


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Phase 2", (Phase.PHASE2,)),
        ("phase 2/phase 3", (Phase.PHASE2, Phase.PHASE3)),
        ("Phase 1/2", (Phase.PHASE1, Phase.PHASE2)),
        ("Early Phase 1", (Phase.EARLY_PHASE1,)),
        ("Phase 0", (Phase.EARLY_PHASE1,)),
        ("N/A", (Phase.NA,)),
        ("Phase 5", ()),
        ("phases of the moon", ()),
    ],
)
def test_phases_are_read(words: str, expected: tuple[Phase, ...]) -> None:
    assert read_phases(words) == expected


@pytest.mark.parametrize(
    ("words", "level", "roles"),
    [
        ("None (Open Label)", DesignMasking.NONE, 0),
        ("open label", DesignMasking.NONE, 0),
        ("Single Blind (Outcomes Assessor)", DesignMasking.SINGLE, 1),
        ("Quadruple (Participant, Care Provider, Investigator, Outcomes Assessor)", DesignMasking.QUADRUPLE, 4),
    ],
)
def test_masking_is_read(words: str, level: DesignMasking, roles: int) -> None:
    masking = read_masking(words)
    assert masking is not None
    assert (masking.level, len(masking.roles), masking.consistent) == (level, roles, True)


def test_a_masked_role_that_is_not_known_is_not_passed_over() -> None:
    assert read_masking("Double (Participant, Gardener)") is None


@pytest.mark.parametrize(
    ("words", "low", "high"),
    [
        ("18 Years to 40 Years", "18 Years", "40 Years"),
        ("6 Months and older", "6 Months", None),
        ("up to 17 Years", None, "17 Years"),
        ("1 Year to 1 Year", "1 Year", "1 Year"),
        ("at least 18 years old", "18 Years", None),
        ("any age", None, None),
    ],
)
def test_ages_are_read_and_no_limit_is_made_up(words: str, low: str | None, high: str | None) -> None:
    ages = read_ages(words)
    assert ages is not None
    assert (ages.minimum.value if ages.minimum else None) == low
    assert (ages.maximum.value if ages.maximum else None) == high


def test_a_sentence_about_people_with_words_left_over_is_not_half_read() -> None:
    assert read_eligible_people("Male participants at least 18 years old who smoke.") is None
    assert read_age("eighteen") is None


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("18 Years", None, (StandardAge.ADULT, StandardAge.OLDER_ADULT)),
        ("18 Years", "64 Years", (StandardAge.ADULT,)),
        ("18 Years", "65 Years", (StandardAge.ADULT, StandardAge.OLDER_ADULT)),
        (None, "17 Years", (StandardAge.CHILD,)),
        ("6 Months", "18 Years", (StandardAge.CHILD, StandardAge.ADULT)),
        ("2 Weeks", "30 Months", (StandardAge.CHILD,)),
    ],
)
def test_age_groups_follow_from_the_limits(
    low: str | None, high: str | None, expected: tuple[StandardAge, ...]
) -> None:
    assert standard_ages(low, high) == expected


def test_subject_headings_run_together_are_parted_only_when_all_words_are_known() -> None:
    parted = split_mesh_terms("Kidney Diseases Diabetes Mellitus Diabetes Mellitus, Type 2")
    assert [term.term for term in parted] == ["Kidney Diseases", "Diabetes Mellitus", "Diabetes Mellitus, Type 2"]
    assert split_mesh_terms("Kidney Diseases of Gardeners") == ()
