"""A signature says who, when and what it means; it is bound to what was there and void once that changed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from armlet.conduct import commands as c
from armlet.conduct.consent.commands import RecordDeath
from armlet.conduct.data import commands as k
from armlet.conduct.data.forms import FormStatus, forms_of, status_of
from armlet.conduct.data.signing import is_casebook_signed, is_valid, signatures
from armlet.conduct.safety.commands import FollowUpAdverseEvent
from armlet.ledger.data_events import Meaning, RetractionReason, Signed
from armlet.protocol.model import Role

SCREENED = date(2021, 3, 2)
SCALES = k.Sign("P1", Meaning.APPROVAL, "screening", "scales")
INVESTIGATOR = ("Ada Example", Role.INVESTIGATOR)


def weighed(data_life: Any) -> Any:
    data_life.life.consents()
    data_life.on(SCREENED).does(c.HoldVisit("P1", "screening", SCREENED))
    data_life.weight = data_life.does(c.RecordResult("P1", "screening", "scales", "weight", "70.0", "kg"))
    data_life.does(c.RecordResult("P1", "screening", "scales", "body_mass_index", "24.0", "kg/m2"))
    return data_life


def validity(data_life: Any) -> list[bool]:
    return [is_valid(data_life.state, mark) for mark in data_life.state.data.marks]


def test_a_signature_has_name_time_and_meaning_and_how_the_second_factor_was_given(data_life: Any) -> None:
    weighed(data_life).signs(SCALES)
    ((mark, event),) = signatures(data_life.state)
    assert isinstance(event, Signed)
    assert (event.signer, event.meaning.value, event.confirmed_by, event.policy) == (
        "Ada Example", "I approve this as accurate and complete", "a code", "2",
    )  # fmt: skip
    assert mark.at.isoformat() == "2021-03-02T09:00:00+00:00"
    assert validity(data_life) == [True]


def test_nobody_signs_before_they_accepted_the_policy_in_force(data_life: Any) -> None:
    weighed(data_life)
    assert data_life.refuses(SCALES, *INVESTIGATOR) == ["policy-not-accepted"]
    assert data_life.refuses(k.AcceptSignaturePolicy("1"), *INVESTIGATOR) == ["other-policy"]
    data_life.does(k.AcceptSignaturePolicy("2"), *INVESTIGATOR)
    assert data_life.refuses(k.AcceptSignaturePolicy("2"), *INVESTIGATOR) == ["policy-accepted"]
    data_life.does(SCALES, *INVESTIGATOR)


def test_nobody_signs_without_a_second_factor(data_life: Any) -> None:
    weighed(data_life).does(k.AcceptSignaturePolicy("2"), *INVESTIGATOR)
    data_life.life.refuses(SCALES, "no-second-factor", "none was given", role=Role.INVESTIGATOR)


@pytest.mark.parametrize(
    "change",
    [
        lambda life: c.CorrectResult(life.weight, "71.0", "kg", "A slip."),
        lambda life: k.RetractResult(life.weight, RetractionReason.WRONG_PARTICIPANT),
        lambda life: k.CorrectVisitDate("P1", "screening", date(2021, 3, 3), "A slip."),
    ],
)
def test_a_change_voids_signature_verification_and_review_and_the_same_value_again_does_not_mend_them(
    data_life: Any, change: Any
) -> None:
    weighed(data_life).signs(SCALES)
    data_life.monitor(k.VerifyForm("P1", "screening", "scales"))
    data_life.manager(k.ReviewForm("P1", "screening", "scales"))
    assert validity(data_life) == [True, True, True]
    data_life.on(date(2021, 3, 4)).does(change(data_life))
    assert validity(data_life) == [False, False, False]
    standing = data_life.state.participants["P1"].results.get(("screening", "scales", "weight", ""))
    if standing is not None and standing.entry != data_life.weight:
        data_life.does(c.CorrectResult(standing.entry, "70.0", "kg", "It was right."))
        assert validity(data_life) == [False, False, False]


def test_what_was_recorded_after_a_verification_and_retracted_again_leaves_it_void(data_life: Any) -> None:
    weighed(data_life).does(k.RetractResult(data_life.weight, RetractionReason.WRONG_PARTICIPANT))
    data_life.monitor(k.VerifyForm("P1", "screening", "scales"))
    again = data_life.does(c.RecordResult("P1", "screening", "scales", "weight", "70.0", "kg"))
    data_life.does(k.RetractResult(again, RetractionReason.ENTERED_TWICE))
    assert validity(data_life) == [False]


def test_a_change_of_another_form_voids_nothing(data_life: Any) -> None:
    weighed(data_life).signs(SCALES)
    data_life.does(c.RecordResult("P1", "screening", "blood", "eosinophils", "0.3", "10*9/L"))
    assert validity(data_life) == [True]


def test_what_is_not_whole_is_not_signed(data_life: Any) -> None:
    weighed(data_life).does(k.AcceptSignaturePolicy("2"), *INVESTIGATOR)
    assert data_life.refuses(k.Sign("P1", Meaning.REVIEW, "screening"), *INVESTIGATOR) == ["form-incomplete"]
    assert data_life.refuses(k.Sign("P1", Meaning.REVIEW), *INVESTIGATOR) == ["form-incomplete"]
    assert data_life.refuses(k.Sign("P1", Meaning.REVIEW, "month_3", "scales"), *INVESTIGATOR) == ["form-incomplete"]
    assert data_life.refuses(k.Sign("P1", Meaning.REVIEW, "screening", "infusion"), *INVESTIGATOR) == ["unknown-form"]


def test_the_same_is_not_signed_twice_and_who_makes_the_product_signs_no_form(data_life: Any) -> None:
    weighed(data_life).signs(SCALES)
    assert data_life.refuses(SCALES, *INVESTIGATOR) == ["signed-already"]
    assessor = ("Otto Assessor", Role.OUTCOME_ASSESSOR)
    data_life.does(k.AcceptSignaturePolicy("2"), *assessor)
    data_life.does(SCALES, *assessor)
    assert "not-yours-to-sign" in data_life.refuses(k.Sign("P1", Meaning.REVIEW, "screening"), *assessor)
    assert "not-yours-to-sign" in data_life.refuses(SCALES, "Lab", Role.CELL_LABORATORY)


def test_a_form_is_verified_once_while_it_stays_as_it_is(data_life: Any) -> None:
    form = k.VerifyForm("P1", "screening", "scales")
    weighed(data_life).monitor(form)
    assert data_life.refuses(form, "Mo Monitor", Role.MONITOR) == ["checked-already"]
    assert data_life.refuses(k.VerifyForm("P1", "month_3", "scales"), "Mo Monitor", Role.MONITOR) == ["visit-not-held"]
    data_life.does(c.CorrectResult(data_life.weight, "71.0", "kg", "A slip."))
    data_life.monitor(form)
    assert validity(data_life) == [False, True]


def test_a_casebook_is_signed_when_all_is_in_and_no_query_is_open(data_life: Any) -> None:
    life = data_life.life
    life.identifies()
    data_life.on(date(2021, 3, 20)).does(k.AcceptSignaturePolicy("2"), *INVESTIGATOR)
    life.does(c.GiveConsent("P1", "trial_consent", "1"), c.LoseToFollowUp("P1", 3))
    number = data_life.monitor(k.OpenQuery("P1", "Where is the letter?"))
    assert data_life.refuses(k.Sign("P1", Meaning.APPROVAL), *INVESTIGATOR) == ["form-incomplete", "open-queries"]
    data_life.does(k.AnswerQuery(number, "In the binder."))
    data_life.monitor(k.CloseQuery(number))
    assert not is_casebook_signed(data_life.state, "P1")


def test_what_is_told_of_harm_and_of_death_belongs_to_the_casebook(data_life: Any) -> None:
    """A casebook that was signed before it is signed anew."""
    life = data_life.life
    life.gives()
    for command in (
        c.ReportAdverseEvent("P1", "rash", date(2021, 4, 15), grade=1),
        FollowUpAdverseEvent("P1", 1, life.now, grade=3),
        RecordDeath("P1", date(2021, 4, 15)),
    ):
        before = life.state.data.casebook_entries["P1"]
        life.does(command)
        assert life.state.data.casebook_entries["P1"] > before, command


def test_a_form_stands_as_its_fields_do(data_life: Any) -> None:
    form = next(
        one for one in forms_of(data_life.life.protocol) if (one.visit, one.activity) == ("screening", "scales")
    )
    later = next(one for one in forms_of(data_life.life.protocol) if one.visit == "month_3")

    def stands(one: Any = form, today: date = SCREENED) -> FormStatus:
        return status_of(data_life.life.protocol, data_life.life.one(), one, today)

    data_life.life.consents()
    assert (stands(), stands(today=date(2021, 3, 17)), stands(later)) == ("expected", "overdue", "not expected")
    data_life.on(SCREENED).does(c.HoldVisit("P1", "screening", SCREENED))
    assert stands() == "expected"
    data_life.does(c.RecordResult("P1", "screening", "scales", "weight", "70.0", "kg"))
    assert stands() == "started"
    data_life.does(c.RecordResult("P1", "screening", "scales", "body_mass_index", "24.0", "kg/m2"))
    assert stands() == "complete"


def test_a_form_has_a_field_for_every_sample_with_its_units_and_where_it_is_plausible(data_life: Any) -> None:
    form = next(one for one in forms_of(data_life.life.protocol) if one.activity == "exercise_test")
    assert [field.sample for field in form.fields] == ["0 min", "5 min", "10 min", "20 min", "30 min"]
    assert (form.fields[0].units, form.fields[0].lowest, form.fields[0].highest) == (("L", "mL"), "0.3 L", "7 L")
