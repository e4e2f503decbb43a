"""The texts of the consents: how they come into use, and which of them may be signed where and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from armlet.conduct import commands as c
from armlet.conduct.consent import commands as consent
from armlet.conduct.consent.elements import load_elements
from armlet.protocol.model import Protocol

from .amended import NEWER_TEXT, TEXT, TICKED, brings_text, consenting
from .conftest import BRUSHED, CONSENTED, ENROLLED, at

KEY = ("trial_consent", "1", "en")


@pytest.fixture
def strict(make_life: Callable[[Protocol], Any], breeze: Protocol) -> Any:
    """A trial whose consents are given on texts that are in use."""
    life = make_life(consenting(breeze, documents=True, options=[{"id": "sharing", "label": "sharing of data"}]))
    return life.identifies()


def test_the_checklist_has_thirty_elements_each_with_its_source() -> None:
    assert len(load_elements()) == 30
    assert {element.checked for element in load_elements()} == {"text", "memory"}
    assert all(element.says and element.source for element in load_elements())


def test_a_text_says_something_of_every_element(strict: Any) -> None:
    short = {name: "" for name in TICKED if name not in {"risks", "payment"}}
    strict.refuses(consent.DraftConsentDocument(*KEY, TEXT, short), "elements-missing", "nothing of risks, payment")
    strict.refuses(consent.DraftConsentDocument(*KEY, TEXT, {**TICKED, "luck": ""}), "unknown-element", "element luck")
    strict.does(consent.DraftConsentDocument(*KEY, TEXT, {**TICKED, "payment": "Nothing is paid."}))
    strict.refuses(consent.DraftConsentDocument(*KEY, TEXT, TICKED), "document-twice", "a version 1 in en already")


def test_no_step_of_a_text_is_left_out(strict: Any) -> None:
    today = strict.now.date()
    submit = consent.SubmitConsentDocument(*KEY, "Committee", today)
    approve = consent.ApproveConsentDocument(*KEY, "Committee", "E-1", today)
    use = consent.UseConsentDocument(*KEY, "harbour", today)
    for step in (submit, approve, use):
        strict.refuses(step, "unknown-document", "there is no version 1 of 'trial_consent' in en")
    strict.does(consent.DraftConsentDocument(*KEY, TEXT, TICKED))
    strict.refuses(approve, "document-stage", "is draft; expected submitted")
    strict.does(submit)
    strict.refuses(use, "document-stage", "is submitted; expected approved")
    strict.does(approve)
    strict.refuses(submit, "document-stage", "is approved; expected draft")
    strict.refuses(
        consent.UseConsentDocument(*KEY, "harbour", date(2021, 2, 1)),
        "before-approval",
        "would be used from 2021-02-01",
    )
    strict.refuses(consent.UseConsentDocument(*KEY, "nowhere", today), "unknown-site", "no site 'nowhere'")
    strict.does(use)
    strict.refuses(use, "document-order", "another version is used from 2021-03-01")


def test_only_a_text_in_use_at_the_site_in_that_language_is_signed(strict: Any) -> None:
    signed = c.GiveConsent("P1", "trial_consent", "1", "en")
    strict.refuses(c.GiveConsent("P1", "trial_consent", "1"), "unknown-document", "in no language")
    strict.does(consent.DraftConsentDocument(*KEY, TEXT, TICKED))
    strict.refuses(signed, "document-not-approved", "is draft; expected approved")
    strict.does(
        consent.SubmitConsentDocument(*KEY, "Committee", strict.now.date()),
        consent.ApproveConsentDocument(*KEY, "Committee", "E-1", strict.now.date()),
    )
    strict.refuses(signed, "document-not-in-use", "is not in use at harbour")
    strict.does(consent.UseConsentDocument(*KEY, "harbour", CONSENTED))
    strict.refuses(signed, "document-not-in-use", "is used from 2021-03-02 at harbour")
    strict.now = at(CONSENTED)
    strict.refuses(c.GiveConsent("P1", "trial_consent", "1", "sv"), "unknown-document", "in sv")
    strict.refuses(
        c.GiveConsent("P1", "trial_consent", "1", "en", NEWER_TEXT), "other-document", "is not the text on file"
    )
    strict.does(c.GiveConsent("P1", "trial_consent", "1", "en", TEXT))
    assert strict.one().consents["trial_consent"].version == "1"


@pytest.mark.parametrize(("grace", "last"), [(0, date(2021, 3, 4)), (3, date(2021, 3, 7))])
def test_a_superseded_text_is_refused_after_its_grace_and_not_a_day_before(strict: Any, grace: int, last: date) -> None:
    brings_text(strict)
    brings_text(strict, "2", text=NEWER_TEXT, begins=ENROLLED, grace_days=grace)
    signed = c.GiveConsent("P1", "trial_consent", "1", "en")
    strict.now = at(date.fromordinal(last.toordinal() + 1))
    strict.refuses(signed, "superseded", f"the last day for it was {last}")
    strict.now = at(last)
    strict.does(signed)


def test_a_newer_version_in_any_language_supersedes_and_a_translation_of_the_same_does_not(strict: Any) -> None:
    brings_text(strict)
    strict.now = at(ENROLLED)
    brings_text(strict, language="de")
    strict.does(c.GiveConsent("P1", "trial_consent", "1", "en"))
    brings_text(strict, "2", text=NEWER_TEXT)
    for language in ("en", "de"):
        strict.refuses(c.GiveConsent("P1", "trial_consent", "1", language), "superseded", "the last day for it was")
    strict.does(c.GiveConsent("P1", "trial_consent", "2", "en"))


def test_only_options_that_are_offered_are_taken_down_and_each_stands_as_it_was_answered(strict: Any) -> None:
    brings_text(strict)
    odd = c.GiveConsent("P1", "trial_consent", "1", "en", options={"fame": True})
    strict.refuses(odd, "unknown-option", "no option fame; it offers sharing")
    strict.does(c.GiveConsent("P1", "trial_consent", "1", "en", options={"sharing": False}))
    assert strict.state.consent.of["P1"].options == {"sharing": False}


def test_nobody_is_enrolled_before_the_signed_copy_was_handed_over(
    make_life: Callable[[Protocol], Any], breeze: Protocol
) -> None:
    life = make_life(consenting(breeze, copy_first=True)).screens()
    life.now = at(ENROLLED)
    life.refuses(c.Enrol("P1"), "no-copy", "no signed copy of 'consent to take part'")
    life.does(consent.IssueConsentCopy("P1", "trial_consent", ENROLLED), c.Enrol("P1"))
    assert life.one().enrolled == ENROLLED


def test_on_the_day_of_the_consent_the_clock_decides_and_one_minute_decides_nothing(
    make_life: Callable[[Protocol], Any], breeze: Protocol
) -> None:
    life = make_life(consenting(breeze)).identifies()
    life.now = at(CONSENTED, 10, 5)
    life.does(c.GiveConsent("P1", "trial_consent", "1"))
    held = c.HoldVisit("P1", "screening", CONSENTED)
    life.now = at(CONSENTED, 10, 4)
    life.refuses(held, "before-consent", "10:04 is before the consent 'consent to take part' at 10:05")
    life.now = at(CONSENTED, 10, 5)
    life.refuses(held, "consent-minute", "are both of 10:05")
    life.now = at(CONSENTED, 10, 6)
    life.does(held)


def test_a_consent_anew_moves_neither_the_first_consent_nor_the_visits_counted_from_it(life: Any) -> None:
    life.consents()
    life.now = at(BRUSHED)
    life.does(c.GiveConsent("P1", "trial_consent", "1"))
    assert life.one().consents["trial_consent"].first == at(CONSENTED)
    life.does(c.HoldVisit("P1", "screening", CONSENTED))
    assert life.one().held["screening"].days_off == 0
