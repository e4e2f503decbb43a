"""How registries outside ClinicalTrials.gov spell ages, phases and dates; what is in doubt is no answer."""

from __future__ import annotations

import pytest

from armlet.registry.record import Phase
from armlet.registry.vocabulary import is_no_age_limit, read_age, read_moment, read_phases, read_slashed_date


@pytest.mark.parametrize(
    ("words", "age"),
    [
        ("18 Years", "18 Years"),
        ("18Y", "18 Years"),
        ("18 year(s)", "18 Years"),
        ("18 yrs", "18 Years"),
        ("18.0 Years", "18 Years"),
        ("18 years old", "18 Years"),
        ("1 year", "1 Year"),
        ("6M", "6 Months"),
        ("6 months", "6 Months"),
        ("12 minutes", "12 Minutes"),
        ("2W", "2 Weeks"),
        ("28D", "28 Days"),
        ("12 hrs", "12 Hours"),
        ("18", None),
        ("No limit", None),
        ("18.5 years", None),
        ("adult", None),
        ("18 Years to 65 Years", None),
    ],
)
def test_an_age_in_many_spellings(words: str, age: str | None) -> None:
    assert read_age(words) == age


@pytest.mark.parametrize("words", ["No limit", "N/A (No limit)", "None", "", "-", "no age limit", "No maximum"])
def test_words_for_no_limit(words: str) -> None:
    assert is_no_age_limit(words)


@pytest.mark.parametrize("words", ["0", "18 Years", "unlimited", "no"])
def test_words_that_are_not_words_for_no_limit(words: str) -> None:
    assert not is_no_age_limit(words)


@pytest.mark.parametrize(
    ("words", "phases"),
    [
        ("Phase II/III", (Phase.PHASE2, Phase.PHASE3)),
        ("PHASE1|PHASE2", (Phase.PHASE1, Phase.PHASE2)),
        ("Phase 2/Phase 3", (Phase.PHASE2, Phase.PHASE3)),
        ("Therapeutic exploratory (Phase II)", (Phase.PHASE2,)),
        ("Human pharmacology (Phase I)- First administration to humans", (Phase.PHASE1,)),
        ("Phase IIIb", (Phase.PHASE3,)),
        ("Phase IV", (Phase.PHASE4,)),
        ("EARLY_PHASE1", (Phase.EARLY_PHASE1,)),
        ("Phase 0", (Phase.EARLY_PHASE1,)),
        ("Not Applicable", (Phase.NA,)),
        ("Not Specified", ()),
        ("2", ()),
        ("Phase V", ()),
        ("Phase of the moon", ()),
    ],
)
def test_a_phase_in_arabic_and_roman_numbers(words: str, phases: tuple[Phase, ...]) -> None:
    assert read_phases(words) == phases


@pytest.mark.parametrize(
    ("words", "date"),
    [
        ("28/03/2020", "2020-03-28"),
        ("03/28/2020", "2020-03-28"),
        ("04/04/2020", "2020-04-04"),
        ("03/04/2020", None),
        ("28.03.2020", "2020-03-28"),
        ("30/02/2020", None),
        ("24 August 2026", "2026-08-24"),
        ("March 2020", "2020-03"),
        ("2020", "2020"),
    ],
)
def test_a_date_with_slashes_is_read_where_it_is_sure_which_number_is_the_day(words: str, date: str | None) -> None:
    found = read_slashed_date(words)
    assert (str(found) if found else None) == date


def test_the_day_stands_first_where_the_layout_says_so() -> None:
    assert str(read_slashed_date("03/04/2020", day_first=True)) == "2020-04-03"


@pytest.mark.parametrize(
    ("words", "date"),
    [
        ("2020-02-01T00:00:00.000Z", "2020-02-01"),
        ("2019-01-18T00:00:00+01:00", "2019-01-18"),
        ("2026-03-08 17:34:31", "2026-03-08"),
        ("2020-02", "2020-02"),
    ],
)
def test_the_hour_of_a_moment_is_dropped(words: str, date: str) -> None:
    assert str(read_moment(words)) == date
