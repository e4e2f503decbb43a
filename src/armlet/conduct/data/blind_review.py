"""Rules of the blind review: who may assign the analysis sets, to whom, and whether the assignment still covers everybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from armlet.conduct.commands import By
from armlet.conduct.data.commands import AssignSets
from armlet.conduct.data.state import Assignment, how_far
from armlet.conduct.roles import is_blinded
from armlet.conduct.rules import are_two_people, is_same_person, refuse
from armlet.conduct.rules.delegation import keeps_a_log
from armlet.conduct.rules.knowing import first_learnt
from armlet.conduct.state import TrialState
from armlet.issues import Issue
from armlet.protocol.model import Protocol


def check_sets(protocol: Protocol, state: TrialState, command: AssignSets, by: By) -> Iterator[Issue]:
    """Two people who know nobody's arm, minutes, people who are in the trial; a set that the protocol computes as it is."""
    if not are_two_people(command.agreed_by):
        yield refuse("two-people", "", "the blind review needs two different people.", "Name both.")
    yield from _check_judges(protocol, state, command, by)
    if not command.minutes.strip():
        yield refuse("no-minutes", "", "the minutes are not named.", "Name the document, signed by those who met.")
    if not command.members:
        yield refuse("no-sets", "", "no set was assigned.", "Name each set with its members.")
    known = {one.id for one in state.enrolled()}
    computed = _computed_sets(protocol, state)
    for name, members in command.members.items():
        unknown = sorted(set(members) - known)
        if unknown:
            message = f"set {name!r} names {', '.join(unknown)}, not enrolled in this trial."
            yield refuse("unknown-participant", "", message, "Check the numbers.")
        elif name in computed and set(members) != computed[name]:
            message = f"set {name!r} is by the protocol {', '.join(sorted(computed[name])) or 'nobody'}; got another."
            yield refuse("set-differs", "", message, "Give a set of another making a name of its own.")


def _computed_sets(protocol: Protocol, state: TrialState) -> Mapping[str, set[str]]:
    reached = {
        "enrolled": {one.id for one in state.enrolled()},
        "randomised": {one.id for one in state.enrolled() if one.randomised is not None},
        "administered": {one.id for one in state.enrolled() if one.administered is not None},
    }
    return {one.id: reached[one.of] for one in protocol.sets if one.of in reached}


# --- Who judges -----------------------------------------------------------------------------------------------------


def _check_judges(protocol: Protocol, state: TrialState, command: AssignSets, by: By) -> Iterator[Issue]:
    """Whoever enters it and the two who agreed: by their roles, by what the log says of them, by what they learnt."""
    yield from (issue for name in command.agreed_by for issue in _check_in_log(state, name))
    if protocol.is_open_label:
        return
    if not is_blinded(protocol, by.role):
        message = f"the role {by.role.value.replace('_', ' ')} is unblinded in this trial."
        yield refuse("unblinded-judge", "", message, "Let somebody blinded assign the sets.")
    for name in _different((by.actor, *command.agreed_by)):
        yield from _check_blinded_by_log(protocol, state, name)
        learnt = first_learnt(state, name)
        if learnt is not None:
            message = (
                f"{name} learnt an allocation of this trial, on {learnt.on}; expected people who know nobody's arm."
            )
            fix = "Let others assign and agree the sets; `armlet unblind who-knows` lists who knows."
            yield refuse("judge-knows", "", message, fix)


def _check_in_log(state: TrialState, name: str) -> Iterator[Issue]:
    """A name by which nobody works in the trial could be anybody's, also that of a person who knows an arm."""
    works = any(is_same_person(one.person, name) for one in state.delegations.values())
    if keeps_a_log(state) and name.strip() and not works:
        message = (
            f"{name} agreed to the sets and works in no role of this trial; expected a name of its delegation log."
        )
        yield refuse("not-delegated", "", message, "Spell the name as the log does, or ask the sponsor to delegate.")


def _check_blinded_by_log(protocol: Protocol, state: TrialState, name: str) -> Iterator[Issue]:
    """What somebody has seen does not end with a delegation: former ones count too."""
    for held in (*state.delegations.values(), *state.former_delegations):
        if is_same_person(held.person, name) and not is_blinded(protocol, held.role):
            role = held.role.value.replace("_", " ")
            message = f"{name} is or was {role}, a role that is unblinded in this trial; expected somebody blinded."
            yield refuse("unblinded-judge", "", message, "Let others assign and agree the sets.")
            return


def _different(names: tuple[str, ...]) -> list[str]:
    """The people behind these names, each once."""
    people: list[str] = []
    for name in names:
        if name.strip() and not any(is_same_person(name, other) for other in people):
            people.append(name)
    return people


# --- Whether it still stands ----------------------------------------------------------------------------------------


def check_stands(protocol: Protocol, state: TrialState) -> Iterator[Issue]:
    """Everybody was judged as they stand now, by people who knew no arm at that time; nothing where nobody judged yet.

    Asked before the first lock only: that lock fixed the sets, and no unlocking names them.
    """
    assigned = state.data.sets
    if assigned is None or state.data.locks:
        return
    yield from _check_covers(state, assigned)
    if not protocol.is_open_label:
        yield from _check_knew_nothing(state, assigned)


def _check_covers(state: TrialState, assigned: Assignment) -> Iterator[Issue]:
    since = [
        f"{one.id} ({how_far(one)} since)" for one in state.enrolled() if assigned.judged.get(one.id) != how_far(one)
    ]
    if since:
        more = f" and {len(since) - 5} more" if len(since) > 5 else ""
        message = (
            f"the analysis sets were assigned on {assigned.at.date()} (entry {assigned.entry});"
            f" not judged as they stand now: {', '.join(since[:5])}{more}."
        )
        yield refuse("sets-outdated", "", message, "Hold the blind review again, of everybody in the trial.")


def _check_knew_nothing(state: TrialState, assigned: Assignment) -> Iterator[Issue]:
    """An accident may be reported after the review; on the same day nobody can tell which came first."""
    for name in _different((assigned.actor, *assigned.event.agreed_by)):
        learnt = first_learnt(state, name)
        if learnt is not None and learnt.on <= assigned.at.date():
            message = (
                f"{name} learnt an allocation of this trial on {learnt.on} and assigned or agreed the analysis sets on"
                f" {assigned.at.date()} (entry {assigned.entry}); expected people who knew nobody's arm by then."
            )
            yield refuse("judge-knows", "", message, "Let others assign and agree the sets.")
