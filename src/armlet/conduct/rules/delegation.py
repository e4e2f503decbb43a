"""Rules of delegation: who lets whom work in which role, and which two roles one person must not hold in one trial."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from armlet.conduct import commands as c
from armlet.conduct.commands import By
from armlet.conduct.data.about import whose
from armlet.conduct.duties import load_duties
from armlet.conduct.roles import is_blinded
from armlet.conduct.rules import is_same_person, refuse
from armlet.conduct.rules.knowing import first_learnt
from armlet.conduct.rules.values import participant_of
from armlet.conduct.state import TrialState
from armlet.issues import Issue
from armlet.ledger import events as e
from armlet.protocol.model import Protocol, Role

OF_A_SITE: Final = frozenset(
    {
        Role.INVESTIGATOR, Role.SITE_COORDINATOR, Role.CARE_PROVIDER, Role.OUTCOME_ASSESSOR, Role.TREATING_PHYSICIAN,
    }
)  # fmt: skip
"""The roles that an investigator delegates; the sponsor delegates every role."""


def held_by(state: TrialState, person: str, role: Role) -> e.Delegated | None:
    """The delegation of a role that a person holds now, however the name is spelt."""
    held = (one for one in state.delegations.values() if one.role == role and is_same_person(one.person, person))
    return next(held, None)


def keeps_a_log(state: TrialState) -> bool:
    """Whether anybody was ever delegated: from then on a role works only when it is delegated.

    A trial with real people keeps one from its first entries on; a simulated one from its first delegation on.
    """
    return bool(state.delegations or state.former_delegations)


def check_open(command: c.OpenTrial, by: By) -> Iterator[Issue]:
    """A trial with real people is opened by its sponsor, who is then the first to be delegated and delegates the others."""
    if not command.simulated and by.role is not Role.SPONSOR:
        message = f"a trial with real people is opened by its sponsor; got {_said(by.role)}."
        yield refuse("opened-by-sponsor", "", message, "Let the sponsor open it and delegate you.")


def begin_log(state: TrialState, command: c.Delegate, by: By) -> tuple[e.Delegated, ...]:
    """The first delegation writes down whoever makes it as well, so that nobody locks themselves out."""
    itself = command.role == by.role and is_same_person(command.person, by.actor)
    if keeps_a_log(state) or itself:
        return ()
    return (e.Delegated(person=by.actor, role=by.role),)


def check_works(state: TrialState, command: c.Command, by: By) -> Iterator[Issue]:
    """Whoever asks was delegated the role in which they ask, at the site that it is about.

    An accident is reported by whoever learnt of it, delegated or not.
    """
    if not keeps_a_log(state) or isinstance(command, c.ReportUnblinding):
        return
    where = participant_of(command)
    held, site = held_by(state, by.actor, by.role), _site_of(state, command)
    if held is None:
        message = f"{by.actor} was not delegated the role {_said(by.role)} in this trial."
        yield refuse("not-delegated", where, message, "Ask the sponsor, or the investigator for a role of the site.")
    elif held.site is not None and site not in {None, held.site}:
        message = f"{by.actor} is {_said(by.role)} at {held.site} only; this is about {site}."
        yield refuse("other-site", where, message, f"Ask somebody who works at {site}.")


def _site_of(state: TrialState, command: c.Command) -> str | None:
    """The site of the participant whom a command is about; None where it is about the trial."""
    if isinstance(command, c.Identify):
        return command.site
    one = state.participants.get(whose(state, command))
    return one.site if one is not None else None


def check_delegate(protocol: Protocol, state: TrialState, command: c.Delegate, by: By) -> Iterator[Issue]:
    """Somebody is named, by whoever may delegate this role, at a site that exists, and no other duty stands against it."""
    if not command.person.strip():
        yield refuse("no-name", "", "the delegation names nobody.", "Name the person.")
        return
    if command.role not in frozenset(Role):
        message = f"there is no role {command.role!r}; expected {', '.join(sorted(map(_said, Role)))}."
        yield refuse("unknown-role", "", message, "Choose one of these.")
        return
    if not keeps_a_log(state) and by.role is not Role.SPONSOR:
        yield refuse("no-log", "", "nobody is delegated in this trial yet.", "Let the sponsor begin.")
    yield from _check_who_delegates(state, command.role, command.site, by)
    if command.role == Role.PARTICIPANT:
        yield refuse(
            "no-role-of-staff", "", "a participant is not delegated.", "Identify the person at a site instead."
        )
    sites = [site.id for site in protocol.organisation.sites]
    if command.site is not None and command.site not in sites:
        message = f"the protocol has no site {command.site!r}; it has {', '.join(sites)}."
        yield refuse("unknown-site", "", message, "Choose one of these, or name none for all of them.")
    held = held_by(state, command.person, command.role)
    if held is not None:
        where = f" at {held.site}" if held.site else ""
        message = f"{held.person} is {_said(command.role)}{where} already."
        yield refuse("delegated-already", "", message, "Nothing more is needed; for another site end that first.")
    held_now = (*state.delegations.values(), *begin_log(state, command, by))
    yield from _check_duties(held_now, command)
    yield from _check_blinding(protocol, state, held_now, command)


def check_end(state: TrialState, command: c.EndDelegation, by: By) -> Iterator[Issue]:
    """The person holds the role, and whoever asks may end it."""
    held = held_by(state, command.person, command.role)
    if held is None:
        message = f"{command.person.strip() or 'nobody'} does not work as {_said(command.role)}."
        yield refuse("not-delegated", "", message, "Check the name and the role.")
        return
    yield from _check_who_delegates(state, command.role, held.site, by)
    is_last = command.role == Role.SPONSOR and sum(one.role is Role.SPONSOR for one in state.delegations.values()) == 1
    if is_last and not _may_all_end(state):
        yield refuse("last-sponsor", "", f"{held.person} is the last sponsor.", "Delegate another one first.")


def _may_all_end(state: TrialState) -> bool:
    """Whether the last account may be closed: the trial is locked, identities were spoken of, nobody else works in it."""
    return state.locked is not None and state.course.identities is not None and len(state.delegations) == 1


def _check_who_delegates(state: TrialState, role: Role, site: str | None, by: By) -> Iterator[Issue]:
    if by.role is not Role.INVESTIGATOR:
        return
    if role not in OF_A_SITE:
        may = ", ".join(sorted(_said(one) for one in OF_A_SITE))
        message = f"an investigator does not delegate the role {_said(role)}, only {may}."
        yield refuse("not-of-the-site", "", message, "Ask the sponsor.")
    own = held_by(state, by.actor, by.role)
    if own is not None and own.site is not None and own.site != site:
        message = f"{by.actor} is investigator at {own.site} only; got {site or 'all sites'}."
        yield refuse("other-site", "", message, f"Name {own.site}, or ask the sponsor.")


def _check_duties(held_now: tuple[e.Delegated, ...], command: c.Delegate) -> Iterator[Issue]:
    for held in held_now:
        if not is_same_person(held.person, command.person):
            continue
        for duty in load_duties():
            if duty.forbids(held.role, command.role):
                yield _refuse_both(command, held, f"{duty.because} ({duty.source})")


def _check_blinding(
    protocol: Protocol, state: TrialState, held_now: tuple[e.Delegated, ...], command: c.Delegate
) -> Iterator[Issue]:
    """What somebody has learnt does not end with a delegation: for a blinded role former ones count too."""
    blinded = is_blinded(protocol, command.role)
    former = state.former_delegations if blinded else []
    for held in (*held_now, *former):
        if is_same_person(held.person, command.person) and is_blinded(protocol, held.role) is not blinded:
            yield _refuse_both(command, held, "one of them is blinded in this trial and the other is not")
    if blinded and first_learnt(state, command.person) is not None:
        message = (
            f"{command.person} learnt an allocation of this trial; the role {_said(command.role)} is blinded in it."
        )
        yield refuse("learnt-an-allocation", "", message, "Delegate it to somebody who is blinded.")


def _refuse_both(command: c.Delegate, held: e.Delegated, because: str) -> Issue:
    message = f"{held.person} must not be both {_said(held.role)} and {_said(command.role)} in one trial: {because}."
    fix = (
        f"Delegate {_said(command.role)} to somebody else; a blinded role is not taken up again after an unblinded one."
    )
    return refuse("segregation", "", message, fix)


def _said(role: Role) -> str:
    return str(role).replace("_", " ")
