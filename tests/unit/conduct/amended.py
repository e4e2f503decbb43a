"""The neutral trial with the sections that ask more of consents and of the course, and with an amendment."""

from __future__ import annotations

from typing import Any

from armlet.conduct.consent import commands as consent
from armlet.conduct.consent.elements import load_elements
from armlet.protocol.model import Protocol

ASSUMED = {"assumed": {"because": "invented for the tests", "confirm": "nobody"}}
TEXT, NEWER_TEXT = "sha256:" + "a" * 64, "sha256:" + "b" * 64
TICKED = {element.id: "" for element in load_elements()}


def plain_of(protocol: Protocol) -> dict[str, Any]:
    return protocol.model_dump(mode="json", by_alias=True, exclude_none=True)


def consenting(protocol: Protocol, **rules: object) -> Protocol:
    """With rules for consents; whoever is asked anew has four weeks."""
    section = {"source": ASSUMED, "reconsent_within": "P4W", **rules}
    return Protocol.from_plain({**plain_of(protocol), "consenting": section})


def coursing(protocol: Protocol, **rules: object) -> Protocol:
    """With rules for the course of the trial."""
    return Protocol.from_plain({**plain_of(protocol), "course": {"source": ASSUMED, **rules}})


def with_physician(protocol: Protocol) -> Protocol:
    """With a consent of the treating physician beside the participant's."""
    form = {"id": "physician_consent", "source": ASSUMED, "label": "consent of the treating physician",
            "by": "treating_physician", "version": "1"}  # fmt: skip
    plain = plain_of(protocol)
    return Protocol.from_plain({**plain, "consents": [*plain["consents"], form]})


def amended(protocol: Protocol, *, asks: bool = True) -> Protocol:
    """Version 1.1: weighed at the harvest as well, and a call at month 6; with a new consent where people are asked."""
    plain = plain_of(protocol)
    call = {"id": "month_6_call", "source": ASSUMED, "label": "call at month 6", "epoch": "follow-up",
            "anchor": "administration", "offset": "P6M", "early": "P7D", "late": "P7D",
            "activities": ["questions"]}  # fmt: skip
    visits = [
        {**visit, "activities": [*visit["activities"], "scales"]} if visit["id"] == "harvest" else visit
        for visit in plain["visits"]
    ]
    forms = [{**form, "version": "2"} if form["id"] == "trial_consent" else form for form in plain["consents"]]
    return Protocol.from_plain(
        {**plain, "version": "1.1", "visits": [*visits, call], "consents": forms if asks else plain["consents"]}
    )


def brings_text(life: Any, version: str = "1", language: str = "en", text: str = TEXT, **use: Any) -> None:
    """A text of the consent on its way to the site, today."""
    key, today = ("trial_consent", version, language), life.now.date()
    life.does(
        consent.DraftConsentDocument(*key, text, TICKED),
        consent.SubmitConsentDocument(*key, "Committee", today),
        consent.ApproveConsentDocument(*key, "Committee", f"E-{version}", today),
        consent.UseConsentDocument(*key, "harbour", use.pop("begins", today), **use),
    )
