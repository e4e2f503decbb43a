"""Donor eligibility: the eight worked cases, what each rule set asks, and who may get the cells."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from armlet.errors import InputError
from armlet.product.donor import (
    Determination,
    DonorFacts,
    DonorSample,
    DonorState,
    TestResult,
    check_use,
    determine,
    may_follow,
    read_result,
)
from armlet.product.donor_rules import Retention, keep_until, load_donor_rules, rules_for
from armlet.product.serology import read_hepatitis_b

DONATED = date(2021, 5, 10)
US = rules_for("us", DONATED)
EU = rules_for("eu", DONATED)
NEGATIVE, POSITIVE, INDETERMINATE = TestResult.NEGATIVE, TestResult.POSITIVE, TestResult.INDETERMINATE
US_PANEL = (
    "hiv_antibody", "hiv_nat", "hbsag", "hbc_antibody", "hbv_nat", "hcv_antibody", "hcv_nat", "syphilis_screen",
    "htlv_antibody", "cmv_antibody",
)  # fmt: skip
EU_PANEL = ("hiv_antibody", "hbsag", "hbc_antibody", "hcv_antibody", "syphilis_screen")


def samples(panel: tuple[str, ...], day: int = 0, **results: TestResult | None) -> tuple[DonorSample, ...]:
    """The panel negative, with these results instead; None takes a test out."""
    wanted: dict[str, TestResult | None] = {**dict.fromkeys(panel, NEGATIVE), **results}
    sampled = DONATED + timedelta(days=day)
    return tuple(DonorSample(name, found, sampled, True) for name, found in wanted.items() if found is not None)


def facts(given: tuple[DonorSample, ...], **more: Any) -> DonorFacts:
    screened = dict.fromkeys(("questionnaire", "record_review", "physical_examination"), DONATED)
    plain = DonorFacts(
        "D1", DONATED, "bone_marrow", True, None, screened, frozenset(), given, signed_by="the physician"
    )
    return replace(plain, **more)


def us(day: int = 0, *, more: dict[str, Any] | None = None, **results: TestResult | None) -> Determination:
    return determine(US, facts(samples(US_PANEL, day, **results), **(more or {})))


def eu(*, more: dict[str, Any] | None = None, **results: TestResult | None) -> Determination:
    return determine(EU, facts(samples(EU_PANEL, **results), **(more or {})))


def test_b1_a_sample_thirty_days_before_counts_for_bone_marrow_and_one_of_31_days_does_not() -> None:
    assert us(-30).state is DonorState.ELIGIBLE
    late = us(-31)
    assert late.state is DonorState.INCOMPLETE
    assert late.reasons[0] == (
        "anti-HIV-1/2: sampled on day -31 of the collection; allowed is from 30 days before to 7 after "
        "(21 CFR 1271.80(b))"
    )
    assert us(-8, more={"tissue": "blood"}).state is DonorState.INCOMPLETE
    assert us(-7, more={"tissue": "blood"}).state is DonorState.ELIGIBLE
    assert us(7).state is DonorState.ELIGIBLE
    assert us(8).state is DonorState.INCOMPLETE


def test_b2_a_reactive_screen_for_syphilis_is_settled_by_the_specific_test() -> None:
    assert eu(syphilis_screen=POSITIVE, syphilis_treponemal=NEGATIVE).state is DonorState.ELIGIBLE
    assert eu(syphilis_screen=POSITIVE, syphilis_treponemal=POSITIVE).state is DonorState.NEEDS_RISK_ASSESSMENT
    unsettled = eu(syphilis_screen=POSITIVE)
    assert (unsettled.state, unsettled.reasons) == (DonorState.INCOMPLETE, ("syphilis, specific test: no result",))


def test_b3_an_antibody_to_the_core_alone_needs_a_risk_assessment_in_europe() -> None:
    found = eu(hbc_antibody=POSITIVE)
    assert found.state is DonorState.NEEDS_RISK_ASSESSMENT
    assert found.reasons == ("anti-HBc: positive (2006/17/EC, annex II, section 1)",)
    assert found.labels == ("BIOLOGICAL HAZARD",)
    assert eu(more={"risk_accepted": True}, hbc_antibody=POSITIVE).state is DonorState.ELIGIBLE
    assert eu(more={"risk_accepted": False}, hbc_antibody=POSITIVE).state is DonorState.INELIGIBLE
    assert us(hbc_antibody=POSITIVE).state is DonorState.INELIGIBLE


def test_b3_and_b4_the_same_serology_in_a_participant_is_read_with_the_history() -> None:
    assert read_hepatitis_b(NEGATIVE, POSITIVE, POSITIVE, True) == "exposed"
    assert read_hepatitis_b(NEGATIVE, NEGATIVE, POSITIVE, True) == "vaccinated"
    assert read_hepatitis_b(NEGATIVE, NEGATIVE, POSITIVE, False) == "vaccination to be confirmed"
    assert read_hepatitis_b(NEGATIVE, NEGATIVE, POSITIVE, None) == "vaccination to be confirmed"
    assert read_hepatitis_b(NEGATIVE, NEGATIVE, NEGATIVE, True) == "never exposed"
    assert read_hepatitis_b(NEGATIVE, INDETERMINATE, POSITIVE, True) == "unknown"
    assert read_hepatitis_b(NEGATIVE, NEGATIVE, INDETERMINATE, True) == "unknown"
    assert read_hepatitis_b(None, NEGATIVE, POSITIVE, True) == "unknown"
    assert read_hepatitis_b(None, POSITIVE, None, None) == "exposed"


def test_b5_a_missing_test_of_a_tissue_rich_in_white_cells_leaves_it_incomplete() -> None:
    found = us(htlv_antibody=None)
    assert (found.state, found.reasons) == (DonorState.INCOMPLETE, ("anti-HTLV-I/II: no result",))
    assert us(more={"leukocyte_rich": False}, htlv_antibody=None).state is DonorState.ELIGIBLE


def test_b6_a_kit_that_is_not_licensed_for_donors_does_not_count() -> None:
    given = tuple(replace(one, kit_licensed=one.test != "hcv_nat") for one in samples(US_PANEL))
    found = determine(US, facts(given))
    assert found.state is DonorState.INCOMPLETE
    assert found.reasons == ("HCV nucleic acid: the kit is not licensed for screening donors (21 CFR 1271.80(c))",)


def test_b7_an_indeterminate_result_is_neither_negative_nor_positive() -> None:
    found = us(hcv_nat=INDETERMINATE)
    assert found.state is DonorState.INCOMPLETE
    assert found.reasons == ("HCV nucleic acid: indeterminate, which is neither negative nor positive",)
    repeated = (*samples(US_PANEL, hcv_nat=INDETERMINATE), DonorSample("hcv_nat", NEGATIVE, DONATED, True))
    assert determine(US, facts(repeated)).state is DonorState.INCOMPLETE


@pytest.mark.parametrize("typed", ["neg.", "Negative", "", " negative", "NEG", "-", "0"])
def test_b8_free_text_is_no_result(typed: str) -> None:
    with pytest.raises(InputError, match="expected negative, positive or indeterminate"):
        read_result(typed)


def test_a_coded_result_is_read() -> None:
    assert read_result("indeterminate") is INDETERMINATE


def test_a_positive_test_excludes_even_while_others_are_missing_or_its_kit_does_not_count() -> None:
    assert us(hiv_nat=POSITIVE, htlv_antibody=None).state is DonorState.INELIGIBLE
    given = tuple(replace(one, kit_licensed=False) for one in samples(US_PANEL, hiv_nat=POSITIVE))
    found = determine(US, facts(given))
    assert found.state is DonorState.INELIGIBLE
    assert found.labels == ("BIOHAZARD", "WARNING: Advise patient of communicable disease risks")


def test_a_recorded_test_must_be_done_and_excludes_nobody() -> None:
    assert us(cmv_antibody=POSITIVE).state is DonorState.ELIGIBLE
    assert us(cmv_antibody=None).state is DonorState.INCOMPLETE


def test_a_test_that_the_trial_adds_is_asked_like_the_others() -> None:
    more = {"also_tested": ("t_cruzi_antibody",)}
    assert us(more=more).reasons == ("t cruzi antibody: no result",)
    assert us(more=more, t_cruzi_antibody=NEGATIVE).state is DonorState.ELIGIBLE
    assert us(more=more, t_cruzi_antibody=POSITIVE).state is DonorState.INELIGIBLE


def test_a_positive_result_that_nobody_asked_for_is_not_passed_over() -> None:
    found = eu(hcv_nat=POSITIVE)
    assert found.state is DonorState.NEEDS_RISK_ASSESSMENT
    assert found.reasons == ("hcv nat: positive (a test that these rules do not name)",)


def test_a_history_that_nobody_took_is_not_a_history_without_findings() -> None:
    unknown = eu(more={"history": None})
    assert unknown.state is DonorState.INCOMPLETE
    assert unknown.reasons[0] == "anti-HTLV-I: it is not known whether the history asks for it"
    asked = {"history": frozenset({"htlv_area"})}
    assert eu(more=asked).reasons == ("anti-HTLV-I: no result",)
    assert eu(more=asked, htlv_antibody=NEGATIVE).state is DonorState.ELIGIBLE


@pytest.mark.parametrize(
    ("colloid", "crystalloid", "adequate", "state"),
    [
        (48, None, None, DonorState.INCOMPLETE),
        (49, None, None, DonorState.ELIGIBLE),
        (None, 1, None, DonorState.INCOMPLETE),
        (None, 2, None, DonorState.ELIGIBLE),
        (4, 0, True, DonorState.ELIGIBLE),
        (None, None, False, DonorState.INCOMPLETE),
    ],
)
def test_a_diluted_sample_does_not_count(
    colloid: int | None, crystalloid: int | None, adequate: bool | None, state: DonorState
) -> None:
    given = tuple(
        replace(one, hours_since_colloid=colloid, hours_since_crystalloid=crystalloid, dilution_adequate=adequate)
        for one in samples(US_PANEL)
    )
    assert determine(US, facts(given)).state is state


def test_screening_and_signature_are_needed() -> None:
    assert us(more={"screened": {}}).reasons == ("no questionnaire", "no record review", "no physical examination")
    late = dict.fromkeys(("questionnaire", "record_review", "physical_examination"), DONATED + timedelta(days=1))
    assert us(more={"screened": late}).reasons[0] == "questionnaire on 2021-05-11, after the collection on 2021-05-10"
    assert us(more={"signed_by": " "}).reasons == ("the responsible person has not signed",)


def test_cells_for_their_own_donor_need_no_determination_in_the_united_states() -> None:
    own = {"participant": "P1"}
    evaluated = us(more=own)
    assert (evaluated.state, evaluated.labels) == (DonorState.NOT_REQUIRED, ("FOR AUTOLOGOUS USE ONLY",))
    untested = determine(US, facts((), **own))
    assert untested.state is DonorState.NOT_REQUIRED
    assert untested.labels == ("FOR AUTOLOGOUS USE ONLY", "NOT EVALUATED FOR INFECTIOUS SUBSTANCES")
    assert determine(EU, facts((), **own)).state is DonorState.INCOMPLETE


def test_rules_are_chosen_by_the_day_of_the_donation() -> None:
    assert rules_for("eu", date(2027, 8, 6)).id == "eu_2006_17"
    assert rules_for("eu", date(2027, 8, 7)).id == "eu_soho"
    with pytest.raises(InputError, match=r"no donor rules 'eu' for a donation of 1999-01-01"):
        rules_for("eu", date(1999, 1, 1))
    with pytest.raises(InputError, match="Known are: eu, us"):
        rules_for("atlantis", DONATED)
    with pytest.raises(InputError, match="does not apply to a donation of 2021-05-10"):
        determine(rules_for("eu", date(2028, 1, 1)), facts(samples(EU_PANEL)))


def test_rules_that_nobody_has_entered_decide_nothing() -> None:
    day = date(2028, 1, 1)
    found = determine(rules_for("eu", day), replace(facts(()), donated=day, screened={"questionnaire": day}))
    assert found.state is DonorState.INCOMPLETE
    assert "are not entered" in found.reasons[0]


def test_each_rule_set_says_what_was_entered_from_memory() -> None:
    for rules in load_donor_rules():
        assert rules.to_confirm(), rules.id
        settled = {test.settled_by for test in rules.tests if test.settled_by}
        assert settled <= {test.id for test in rules.tests if test.asked == "to settle"}


def test_a_late_result_reopens_an_eligible_donor_and_an_ineligible_one_stays() -> None:
    assert may_follow(DonorState.INCOMPLETE, DonorState.ELIGIBLE)
    assert may_follow(DonorState.NEEDS_RISK_ASSESSMENT, DonorState.INELIGIBLE)
    assert may_follow(DonorState.ELIGIBLE, DonorState.INELIGIBLE)
    assert not may_follow(DonorState.INELIGIBLE, DonorState.ELIGIBLE)
    assert not may_follow(DonorState.INCOMPLETE, DonorState.NOT_REQUIRED)
    assert not may_follow(DonorState.NOT_REQUIRED, DonorState.ELIGIBLE)


def rule_of(found: Determination, given: DonorFacts, recipient: str, reason: str = "") -> str | None:
    issue = check_use(US, given, found, recipient, reason)
    return issue and issue.rule


def test_cells_for_their_own_donor_go_to_nobody_else() -> None:
    own = facts(samples(US_PANEL), participant="P1")
    assert rule_of(determine(US, own), own, "P1") is None
    assert rule_of(determine(US, own), own, "P2", "urgent_medical_need") == "donor/not-their-own"


def test_cells_of_an_ineligible_donor_need_an_exception_of_the_rules() -> None:
    given = facts(samples(US_PANEL, hcv_nat=POSITIVE))
    found = determine(US, given)
    assert rule_of(found, given, "P1") == "donor/not-eligible"
    assert rule_of(found, given, "P1", "convenience") == "donor/not-eligible"
    assert rule_of(found, given, "P1", "urgent_medical_need") is None
    in_europe = facts(samples(EU_PANEL, hcv_antibody=POSITIVE))
    european = check_use(EU, in_europe, determine(EU, in_europe), "P1", "urgent_medical_need")
    assert european is not None
    assert "the donor is ineligible: anti-HCV: positive" in european.message
    incomplete = facts(samples(US_PANEL, hcv_nat=None))
    assert rule_of(determine(US, incomplete), incomplete, "P1", "urgent_medical_need") == "donor/not-eligible"


def kept(years: int, after: str) -> Retention:
    return Retention.model_validate({"source": "a test", "years": years, "after": after})


def test_records_are_kept_by_the_longest_rule() -> None:
    starts = {"administration": date(2021, 5, 1), "expiry": date(2021, 5, 2), "end of trial": date(2024, 2, 29)}
    both = (kept(10, "administration"), kept(30, "expiry"))
    assert keep_until(both, starts) == date(2051, 5, 2)
    assert keep_until((*both, kept(25, "end of trial")), starts) == date(2051, 5, 2)
    assert keep_until((kept(25, "end of trial"),), starts) == date(2049, 3, 1)
    assert keep_until(both, {"administration": date(2021, 5, 1)}) is None
