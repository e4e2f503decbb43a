"""What the optional sections on consents and on the course ask for, in plain words."""

from __future__ import annotations

from armlet.protocol.load import load_protocol
from armlet.protocol.prose import assumptions, render_protocol
from tests.unit.conduct.amended import ASSUMED, consenting, coursing, with_physician
from tests.unit.conduct.conftest import BASE

BREEZE = load_protocol(BASE)


def test_what_is_asked_of_consents_is_told_with_where_it_comes_from() -> None:
    competence = {
        "source": ASSUMED, "after": "trial_consent", "before": "physician_consent", "valid_for": "P6M",
        "instruments": ["interview", "questionnaire"],
    }  # fmt: skip
    options = [{"id": "sharing", "label": "sharing of data"}]
    protocol = consenting(
        with_physician(BREEZE), documents=True, copy_first=True, options=options, competence=competence
    )
    text = render_protocol(protocol)
    for line in (
        "- only on a text that is approved and in use at the site, in the participant's language",
        "- nobody is enrolled before the signed copy was handed over",
        "- who is asked for consent anew has 4 weeks",
        "- may be agreed to or not: sharing of data",
        "- competence is judged after consent to take part and before consent of the treating physician",
        ", by somebody independent (interview, questionnaire); valid for 6 months",
    ):
        assert line in text
    assert len(assumptions(protocol)) == len(assumptions(BREEZE)) + 3


def test_what_is_asked_of_the_course_is_told_and_nothing_where_nothing_is_asked() -> None:
    notices = [{"to": "authority", "about": "early end", "within": "P15D"}]
    text = render_protocol(coursing(BREEZE, before_recruiting=["ethics approval"], contact_attempts=3, notices=notices))
    assert "- nobody is identified before there are: ethics approval" in text
    assert "- a participant is lost after 3 documented attempts to reach them" in text
    assert "- of early end: a letter to the authority within 15 days" in text
    assert "Course of the trial" not in render_protocol(BREEZE)
