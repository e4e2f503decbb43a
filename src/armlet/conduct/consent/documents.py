"""Rules of a consent text's life: draft, submitted, approved, in use at a site, superseded. No step is left out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from armlet.conduct.consent import commands as cc
from armlet.conduct.consent.elements import load_elements
from armlet.conduct.consent.state import ConsentState, ConsentText, Stage
from armlet.conduct.rules import refuse
from armlet.issues import Issue
from armlet.protocol.model import Protocol

_Step = cc.SubmitConsentDocument | cc.ApproveConsentDocument | cc.UseConsentDocument


def check_draft(protocol: Protocol, state: ConsentState, command: cc.DraftConsentDocument) -> Iterator[Issue]:
    """The protocol has the form, this text is new, and its checklist says something of every element."""
    forms = [form.id for form in protocol.consents]
    if command.form not in forms:
        message = f"the protocol has no consent {command.form!r}; it has {', '.join(forms)}."
        yield refuse("unknown-consent", "", message, "Choose one of these.")
    if (command.form, command.form_version, command.language) in state.texts:
        message = f"{command.form!r} has a version {command.form_version} in {command.language} already."
        yield refuse("document-twice", "", message, "A changed text is a new version.")
    known = [element.id for element in load_elements()]
    if missing := [name for name in known if name not in command.elements]:
        message = f"the checklist says nothing of {', '.join(missing)}."
        yield refuse("elements-missing", "", message, "Tick each, or say why it does not apply.")
    if unknown := sorted(set(command.elements) - set(known)):
        message = f"the checklist has no element {', '.join(unknown)}."
        yield refuse("unknown-element", "", message, "Check the spelling.")


def check_step(state: ConsentState, command: _Step, needs: Stage, today: date) -> Iterator[Issue]:
    """The text is where this step begins."""
    text = text_of(state, command)
    name = f"version {command.form_version} of {command.form!r} in {command.language}"
    if text is None:
        yield refuse("unknown-document", "", f"there is no {name}.", "File its text first.")
    elif text.stage is not needs:
        message = f"{name} is {text.stage.value}; expected {needs.value}."
        yield refuse("document-stage", "", message, "A text is drafted, submitted, approved and then used.")
    if not isinstance(command, cc.UseConsentDocument) and command.on > today:
        yield refuse("in-the-future", "", f"{command.on} is after today, {today}.", "Check the date.")


def check_use(protocol: Protocol, state: ConsentState, command: cc.UseConsentDocument) -> Iterator[Issue]:
    """The site is one of the protocol, and the text begins after its approval and after every other one."""
    sites = [site.id for site in protocol.organisation.sites]
    text = text_of(state, command)
    if command.site not in sites:
        message = f"the protocol has no site {command.site!r}; it has {', '.join(sites)}."
        yield refuse("unknown-site", "", message, "Choose one of these.")
    if text is None:
        return
    if text.approved_on is not None and command.begins < text.approved_on:
        message = f"it was approved on {text.approved_on} and would be used from {command.begins}."
        yield refuse("before-approval", "", message, "No text is used before its approval.")
    others = [
        other.begins[command.site]
        for other in state.texts.values()
        if (other.form, other.language) == (text.form, text.language) and command.site in other.begins
    ]
    if others and command.begins <= max(others):
        message = f"another version is used from {max(others)}; this one would begin on {command.begins}."
        yield refuse("document-order", "", message, "A new version begins after the one before it.")


def text_of(state: ConsentState, command: _Step) -> ConsentText | None:
    """The text that a step is about; None where there is none."""
    return state.texts.get((command.form, command.form_version, command.language))
