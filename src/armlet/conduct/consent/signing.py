"""Rules of signing: which text, by whom, with which options, and whether the person can consent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from armlet.conduct.commands import By, GiveConsent
from armlet.conduct.consent.commands import AssessCompetence
from armlet.conduct.rules import is_same_person, refuse
from armlet.conduct.state import Participant, TrialState
from armlet.issues import Issue
from armlet.ledger.consent_events import Competence
from armlet.protocol.consenting import CompetenceRule, Consenting
from armlet.protocol.model import ConsentForm, Protocol, Role

_OF_THE_TRIAL = (Role.INVESTIGATOR, Role.SITE_COORDINATOR)


def check_signing(
    protocol: Protocol, state: TrialState, one: Participant, command: GiveConsent, by: By
) -> Iterator[Issue]:
    """The form exists and the text may be signed on the day, by this signer, with these options."""
    known = {form.id: form for form in protocol.consents}
    form, rules = known.get(command.form), protocol.consenting
    if form is None:
        message = f"the protocol has no consent {command.form!r}; it has {', '.join(known)}."
        yield refuse("unknown-consent", one.id, message, "Choose one of these.")
        return
    day = by.occurred.date()
    if one.died is not None:
        yield refuse("died", one.id, f"died on {one.died}.", "Check the number.")
    if rules is not None and rules.documents:
        yield from _check_text(state, one, command, day)
    elif command.form_version != form.version:
        message = f"version {command.form_version} of {form.label!r} is not in force; expected {form.version}."
        yield refuse("old-consent", one.id, message, "Use the version in force.")
    yield from _check_options(rules, one, command)
    if rules is not None:
        yield from _check_signer(state, one, form, command, by)
        if rules.competence is not None and rules.competence.before == form.id:
            yield from check_competent(rules.competence, state, one, day)


def _check_text(state: TrialState, one: Participant, command: GiveConsent, day: date) -> Iterator[Issue]:
    name = f"version {command.form_version} of {command.form!r} in {command.language or 'no language'}"
    text = state.consent.texts.get((command.form, command.form_version, command.language or ""))
    if text is None:
        yield refuse("unknown-document", one.id, f"there is no {name}.", "Check version and language.")
        return
    begins, last = text.begins.get(one.site), state.consent.last_day(text, one.site)
    if text.approved_on is None:
        message = f"{name} is {text.stage.value}; expected approved."
        yield refuse("document-not-approved", one.id, message, "Wait for the ethics committee.")
    elif begins is None or begins > day:
        since = f"is used from {begins}" if begins else "is not in use"
        message = f"{name} {since} at {one.site}; the consent is of {day}."
        yield refuse("document-not-in-use", one.id, message, "Use the version that the site uses.")
    elif last is not None and day > last:
        message = f"{name} was superseded at {one.site}; the last day for it was {last}."
        yield refuse("superseded", one.id, message, "Ask for consent in the newest version.")
    if command.document is not None and command.document != text.document:
        message = f"what was signed is not the text on file as {name}."
        yield refuse("other-document", one.id, message, "Sign the text that was approved.")


def _check_options(rules: Consenting | None, one: Participant, command: GiveConsent) -> Iterator[Issue]:
    offered = {option.id for option in rules.options} if rules is not None else set()
    if unknown := sorted(set(command.options or {}) - offered):
        message = (
            f"the protocol offers no option {', '.join(unknown)}; it offers {', '.join(sorted(offered)) or 'none'}."
        )
        yield refuse("unknown-option", one.id, message, "Check the options.")


def _check_signer(
    state: TrialState, one: Participant, form: ConsentForm, command: GiveConsent, by: By
) -> Iterator[Issue]:
    """A treating physician is named with licence and relation, and is nobody of the trial's own staff."""
    if form.by is not Role.TREATING_PHYSICIAN:
        return
    if not (command.signed_by and command.licence and command.relation):
        message = f"{form.label!r} is a physician's; name, licence and relation to the participant are not all given."
        yield refuse("no-signer", one.id, message, "Name the physician.")
        return
    staff = [person for person, role in state.delegations if role in _OF_THE_TRIAL]
    if by.role in _OF_THE_TRIAL:
        staff.append(by.actor)
    if any(is_same_person(command.signed_by, person) for person in staff):
        message = "the treating physician works in the trial; expected somebody who does not."
        yield refuse("signer-is-staff", one.id, message, "Ask the physician who treats the participant outside of it.")


def check_assessor(
    protocol: Protocol, state: TrialState, one: Participant, command: AssessCompetence, by: By
) -> Iterator[Issue]:
    """The protocol asks for it, the first consent is there, the instrument is one of its, the assessor independent."""
    rule = protocol.consenting.competence if protocol.consenting is not None else None
    if rule is None:
        message = "the protocol asks for no assessment of competence."
        yield refuse("no-competence-rule", one.id, message, "It is a procedure; an amendment can add it.")
        return
    given = one.consents.get(rule.after)
    if given is None or given.first.date() > command.on:
        message = f"the consent {rule.after!r} was not given before; the assessment is itself a procedure."
        yield refuse("no-consent", one.id, message, "Ask for that consent first.")
    if command.instrument not in rule.instruments:
        message = f"{command.instrument!r} is none of the instruments {', '.join(rule.instruments)}."
        yield refuse("unknown-instrument", one.id, message, "Choose one of these.")
    staff = [by.actor, *(person for person, _role in state.delegations)]
    if any(is_same_person(command.assessor, person) for person in staff):
        message = "the assessor works in the trial; expected somebody independent of it."
        yield refuse("assessor-not-independent", one.id, message, "Ask somebody else.")


def check_competent(rule: CompetenceRule, state: TrialState, one: Participant, day: date) -> Iterator[Issue]:
    """A valid assessment that found the person competent; anything else stays open, and never counts as a yes."""
    found = state.consent.of_participant(one.id)
    assessed = found.competence
    if assessed is None:
        yield refuse("no-competence", one.id, "competence was not assessed.", "Have it assessed first.")
    elif found.doubted:
        yield refuse("competence-doubted", one.id, "competence was doubted since.", "Have it assessed again.")
    elif day > rule.valid_for.after(assessed.on):
        message = f"the assessment of {assessed.on} is valid for {rule.valid_for.in_words()}."
        yield refuse("competence-expired", one.id, message, "Have it assessed again.")
    elif assessed.result is not Competence.COMPETENT:
        message = "the assessment did not find competence."
        yield refuse("not-competent", one.id, message, "Without competence there is no consent of this person.")
