"""Dates, masking, designs and statuses as registries spelt them over three decades."""

from __future__ import annotations

import pytest

from armlet.registry.record import (
    AgencyClass,
    DateType,
    DesignMasking,
    IpdSharingInfoType,
    SecondaryIdType,
    Status,
    WhoMasked,
)
from armlet.registry.vocabulary import is_no_age_limit, is_old_design_word, member, read_age, read_date, read_masking


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("March 03, 2021", "2021-03-03"),
        ("Feb 7, 2014", "2014-02-07"),
        ("Sept. 2014", "2014-09"),
        ("sep 2014", "2014-09"),
        ("7-Feb-2014", "2014-02-07"),
        ("7th February 2014", "2014-02-07"),
        ("February 7th, 2014", "2014-02-07"),
        ("May-2014", "2014-05"),
        ("2014/02/07", "2014-02-07"),
        ("2014/02", "2014-02"),
        ("2014_02_07", "2014-02-07"),
        ("2014.02.07", "2014-02-07"),
        ("02/2014", "2014-02"),
        ("  2003-10 ", "2003-10"),
        ("2014/00", None),
        ("13/2014", None),
        ("2014/02-07", None),
        ("03/04/2020", None),
        ("Ma 2014", None),
        ("Marchy 2014", None),
        ("June 31, 2014", None),
        ("Unknown", None),
    ],
)
def test_a_date_in_any_spelling_keeps_its_precision_and_an_unsure_one_is_none(words: str, expected: str | None) -> None:
    date = read_date(words)
    assert (str(date) if date else None) == expected


@pytest.mark.parametrize(
    ("words", "level", "roles"),
    [
        ("Double-Blind", DesignMasking.DOUBLE, ()),
        ("Double Blind", DesignMasking.DOUBLE, ()),
        ("Double-Masked", DesignMasking.DOUBLE, ()),
        ("Single Blind", DesignMasking.SINGLE, ()),
        ("Single Masking", DesignMasking.SINGLE, ()),
        ("Open", DesignMasking.NONE, ()),
        ("Open-Label", DesignMasking.NONE, ()),
        ("No masking", DesignMasking.NONE, ()),
        ("None (Open Label)", DesignMasking.NONE, ()),
        ("Double Blind (Subject, Caregiver)", DesignMasking.DOUBLE, (WhoMasked.PARTICIPANT, WhoMasked.CARE_PROVIDER)),
        ("Single Blind (Outcomes Assessor)", DesignMasking.SINGLE, (WhoMasked.OUTCOMES_ASSESSOR,)),
        ("Single Blind (Outcome Assessor)", DesignMasking.SINGLE, (WhoMasked.OUTCOMES_ASSESSOR,)),
        ("Single (Patient)", DesignMasking.SINGLE, (WhoMasked.PARTICIPANT,)),
    ],
)
def test_masking_of_every_vintage_is_read(words: str, level: DesignMasking, roles: tuple[WhoMasked, ...]) -> None:
    masking = read_masking(words)
    assert masking is not None
    assert (masking.level, tuple(role for role, _ in masking.roles)) == (level, roles)


def test_an_old_double_blind_with_three_roles_is_kept_as_written_and_does_not_agree_with_itself() -> None:
    masking = read_masking("Double Blind (Subject, Caregiver, Investigator)")
    assert masking is not None
    assert masking.level is DesignMasking.DOUBLE
    assert not masking.consistent


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("Unknown status", Status.UNKNOWN),
        ("Enrolling by invitation", Status.ENROLLING_BY_INVITATION),
        ("No longer available", Status.NO_LONGER_AVAILABLE),
        ("Temporarily not available", Status.TEMPORARILY_NOT_AVAILABLE),
        ("Approved for marketing", Status.APPROVED_FOR_MARKETING),
        ("Withheld", Status.WITHHELD),
        ("Active, not recruiting", Status.ACTIVE_NOT_RECRUITING),
    ],
)
def test_statuses_are_read(words: str, status: Status) -> None:
    assert member(Status, words) is status


def test_the_words_of_the_classic_vocabularies_are_read() -> None:
    assert member(AgencyClass, "U.S. Fed") is AgencyClass.FED
    assert member(DateType, "Estimate") is DateType.ESTIMATED
    assert member(IpdSharingInfoType, "Statistical Analysis Plan (SAP)") is IpdSharingInfoType.SAP
    assert member(SecondaryIdType, "Registry Identifier") is SecondaryIdType.REGISTRY
    assert member(SecondaryIdType, "U.S. NIH Grant/Contract") is SecondaryIdType.NIH
    assert member(SecondaryIdType, "Other Grant/Funding Number") is SecondaryIdType.OTHER_GRANT
    assert member(SecondaryIdType, "Other Identifier") is SecondaryIdType.OTHER


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("18 Years", "18 Years"),
        ("18 Year", "18 Years"),
        ("18 years", "18 Years"),
        ("18Y", "18 Years"),
        ("18 yrs", "18 Years"),
        ("18 year(s)", "18 Years"),
        ("18 years old", "18 Years"),
        ("1 Month", "1 Month"),
        ("6M", "6 Months"),
        ("34 Weeks", "34 Weeks"),
        ("5 Days", "5 Days"),
        ("12 Hours", "12 Hours"),
        ("30 Minutes", "30 Minutes"),
        ("99 Years", "99 Years"),
        ("18", None),
        ("N/A", None),
        ("Year 18", None),
    ],
)
def test_ages_in_their_spellings_become_the_registrys_own(words: str, expected: str | None) -> None:
    assert read_age(words) == expected


def test_no_limit_of_age_is_told_from_an_age() -> None:
    assert is_no_age_limit("N/A")
    assert not is_no_age_limit("18 Years")


def test_old_words_of_design_are_known_and_others_are_not() -> None:
    assert is_old_design_word("Safety/Efficacy Study")
    assert is_old_design_word(" Placebo Control ")
    assert not is_old_design_word("Moon phase study")
