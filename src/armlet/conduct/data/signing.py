"""Rules of signatures and checks of forms: bound to what was there, and void once it is no longer there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from armlet.conduct.commands import By
from armlet.conduct.data.commands import Sign
from armlet.conduct.data.entry import check_settled
from armlet.conduct.data.forms import Form, FormStatus, content_of, make_form, status_of
from armlet.conduct.data.state import Mark
from armlet.conduct.rules import is_same_person, refuse
from armlet.conduct.state import Participant, TrialState
from armlet.issues import Issue
from armlet.ledger import data_events as d
from armlet.protocol.model import Protocol, Role

FIRST_POLICY: Final = "1"
"""The version of the statement of accountability in a trial whose protocol names none."""


def policy_of(protocol: Protocol) -> str:
    """The version of the statement that whoever signs has accepted."""
    return protocol.data_management.signature_policy if protocol.data_management is not None else FIRST_POLICY


def has_accepted(protocol: Protocol, state: TrialState, person: str) -> bool:
    """Whether a person accepted the version in force."""
    return state.data.policies.get(" ".join(person.split()).casefold()) == policy_of(protocol)


def is_valid(state: TrialState, mark: Mark) -> bool:
    """Whether what was signed or checked is still what stands there."""
    event = mark.event
    return content_of(state, event.participant, event.visit, event.activity) == event.fingerprint


def signatures(state: TrialState, participant: str | None = None) -> list[tuple[Mark, d.Signed]]:
    """Every signature, in the order in which they were given."""
    return [
        (mark, mark.event)
        for mark in state.data.marks
        if isinstance(mark.event, d.Signed) and participant in {None, mark.event.participant}
    ]


def is_casebook_signed(state: TrialState, participant: str) -> bool:
    """Whether an investigator's signature on the casebook is valid now."""
    return any(
        not event.visit and mark.role is Role.INVESTIGATOR and is_valid(state, mark)
        for mark, event in signatures(state, participant)
    )


def forms_signed(protocol: Protocol, visit: str = "", activity: str = "") -> list[Form]:
    """The forms that a signature is about."""
    return [
        make_form(protocol, one, name)
        for one in protocol.visits
        if visit in {"", one.id}
        for name in one.activities
        if activity in {"", name}
    ]


def check_policy(protocol: Protocol, state: TrialState, policy: str, person: str) -> Iterator[Issue]:
    """The version in force is accepted, once."""
    if policy != policy_of(protocol):
        message = f"the signature policy in force is version {policy_of(protocol)!r}; got {policy!r}."
        yield refuse("other-policy", "", message, "Read the version in force and accept that.")
    elif has_accepted(protocol, state, person):
        yield refuse("policy-accepted", "", f"{person} accepted it already.", "Nothing more is needed.")


def check_sign(protocol: Protocol, state: TrialState, one: Participant, command: Sign, by: By) -> Iterator[Issue]:
    """Who signs is who they say, may sign this, and what they sign is whole."""
    if not by.confirmed_by:
        message = "a signature needs a second factor, and none was given."
        yield refuse("no-second-factor", one.id, message, "Confirm with the code of your device.")
    if not has_accepted(protocol, state, by.actor):
        message = f"{by.actor} has not accepted the signature policy, version {policy_of(protocol)!r}."
        yield refuse("policy-not-accepted", one.id, message, "Read it and accept it first.")
    yield from _check_may_sign(one, command, by.role)
    forms = forms_signed(protocol, command.visit, command.activity)
    if not forms:
        what = f"{command.visit!r} with {command.activity!r}" if command.activity else repr(command.visit)
        yield refuse("unknown-form", one.id, f"the protocol has no form {what}.", "Name a visit and its activity.")
        return
    yield from _check_whole(protocol, state, one, command, forms, by.occurred.date())
    content = content_of(state, one.id, command.visit, command.activity)
    for mark, event in signatures(state, one.id):
        is_same = event.fingerprint == content and event.meaning == command.meaning
        if is_same and is_same_person(event.signer, by.actor):
            message = f"{event.signer} signed this on {mark.at.date()} with the same meaning (entry {mark.entry})."
            yield refuse("signed-already", one.id, message, "The signature is valid; nothing more is needed.")


def _check_may_sign(one: Participant, command: Sign, role: Role) -> Iterator[Issue]:
    if role is Role.INVESTIGATOR or (role is Role.OUTCOME_ASSESSOR and command.activity):
        return
    what = "one form" if role is Role.OUTCOME_ASSESSOR else "the records of the product"
    message = f"the role {role.value.replace('_', ' ')} signs {what} only."
    yield refuse("not-yours-to-sign", one.id, message, "The investigator signs visits and casebooks.")


_NOT_WHOLE: Final = {FormStatus.STARTED, FormStatus.EXPECTED, FormStatus.OVERDUE}


def _check_whole(
    protocol: Protocol, state: TrialState, one: Participant, command: Sign, forms: list[Form], today: date
) -> Iterator[Issue]:
    """Every form that is signed is complete, missed or not expected; a single form or visit was held or missed."""
    stands = {form: status_of(protocol, one, form, today) for form in forms}
    lacking = [form for form, status in stands.items() if status in _NOT_WHOLE]
    if command.visit and not lacking:
        lacking = [form for form, status in stands.items() if status is FormStatus.NOT_EXPECTED]
    if lacking:
        named = ", ".join(f"{form.label} at {form.visit} is {stands[form].value}" for form in lacking[:3])
        more = f" and {len(lacking) - 3} more" if len(lacking) > 3 else ""
        yield refuse("form-incomplete", one.id, f"{named}{more}.", "Fill it in, or record why a value is missing.")
    if not command.visit:
        queries = state.data.open_queries(one.id)
        if queries:
            message = f"{len(queries)} quer{'y is' if len(queries) == 1 else 'ies are'} open."
            yield refuse("open-queries", one.id, message, "Answer them, and let them be closed.")
        yield from check_settled(protocol, state, one, None)


def check_not_marked(
    state: TrialState, participant: str, visit: str, activity: str, kind: type[d.FormVerified] | type[d.FormReviewed]
) -> Iterator[Issue]:
    """The form as it is now was not checked in this way already."""
    content = content_of(state, participant, visit, activity)
    for mark in state.data.marks:
        if isinstance(mark.event, kind) and mark.event.fingerprint == content:
            message = f"{mark.actor} did this already, on {mark.at.date()} (entry {mark.entry})."
            yield refuse("checked-already", participant, message, "It is still valid; nothing more is needed.")
