"""Rules of the trial's papers: what recruitment waits for, who signs, which letters exist."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.conduct.commands import By
from armlet.conduct.course.commands import FileDocument, SendNotice, SignProtocol
from armlet.conduct.rules import refuse
from armlet.conduct.state import Phase, TrialState
from armlet.issues import Issue
from armlet.ledger.course_events import DocumentKind
from armlet.ledger.events import UnblindingCategory
from armlet.protocol.course import NoticeTo, Paper
from armlet.protocol.model import Protocol, Role

SIGNERS = (Role.INVESTIGATOR, Role.SPONSOR, Role.TRIAL_STATISTICIAN)


def find_lacking(protocol: Protocol, state: TrialState) -> list[Paper]:
    """The papers that the protocol asks for before recruiting and that are not there for the version in force."""
    asked = protocol.course.before_recruiting if protocol.course is not None else ()
    return [paper for paper in asked if not _is_there(paper, state)]


def _is_there(paper: Paper, state: TrialState) -> bool:
    course, version = state.course, state.protocol_version
    filed = {one.paper for one in course.documents if one.protocol_version == version}
    signed = {one.signed_as for one in course.signatures if one.protocol_digest == state.protocol_digest}
    match paper:
        case "ethics approval":
            return DocumentKind.ETHICS_APPROVAL in filed
        case "agency approval":
            return DocumentKind.AGENCY_APPROVAL in filed
        case "signature of the investigator":
            return Role.INVESTIGATOR in signed
        case "signature of the sponsor":
            return Role.SPONSOR in signed
        case "site opened":
            return bool(course.sites)


def check_papers(protocol: Protocol, state: TrialState) -> Iterator[Issue]:
    """Everything is there that recruitment waits for."""
    if lacking := find_lacking(protocol, state):
        message = f"not there for version {state.protocol_version}: {', '.join(lacking)}."
        yield refuse("papers-missing", "", message, "File and sign them first.")


def check_site_open(protocol: Protocol, state: TrialState, participant: str, site: str) -> Iterator[Issue]:
    """Where the protocol asks for an opened site, nobody is identified at another."""
    rules = protocol.course
    if rules is not None and "site opened" in rules.before_recruiting and site not in state.course.sites:
        message = f"the site {site!r} is not opened; opened are {', '.join(state.course.sites) or 'none'}."
        yield refuse("site-not-open", participant, message, "Open the site first.")


def is_unblinded_as_planned(state: TrialState) -> bool:
    """Whether somebody was granted all allocations by number; the safety board sees everybody under labels alone."""
    return any(one.category is UnblindingCategory.ANALYSIS for one in state.warrants.values())


def check_document(state: TrialState, command: FileDocument) -> Iterator[Issue]:
    """A plan of analysis is signed before anybody is unblinded as planned; after that it could be fitted to the result."""
    if command.paper is DocumentKind.ANALYSIS_PLAN and is_unblinded_as_planned(state):
        message = "the allocation of all was unblinded already."
        yield refuse("plan-after-unblinding", "", message, "Report what is changed now as changed after unblinding.")
    if any((one.paper, one.reference) == (command.paper, command.reference) for one in state.course.documents):
        message = f"{command.paper.value} {command.reference} is on file already."
        yield refuse("document-twice", "", message, "Nothing more is needed.")


def check_signature(state: TrialState, command: SignProtocol, by: By) -> Iterator[Issue]:
    """What is signed is the protocol in force, to the letter, and nobody signs twice in one role."""
    if command.digest != state.protocol_digest:
        message = f"what was signed is not version {state.protocol_version}, which is in force."
        yield refuse("other-protocol", "", message, "Read and sign the version in force.")
    if any(
        one.signed_as is by.role and one.signed_by == by.actor and one.protocol_digest == command.digest
        for one in state.course.signatures
    ):
        yield refuse("signed-already", "", f"{by.actor} signed it already in this role.", "Nothing more is needed.")


def check_notice(state: TrialState, command: SendNotice) -> Iterator[Issue]:
    """A letter to a participant names one whom the trial knows."""
    needs = command.to is NoticeTo.PARTICIPANT
    may_name = needs or command.about == "randomised in error"
    if (needs and command.whom is None) or (command.whom is not None and not may_name):
        message = "a letter to a participant, or about one randomised in error, names whom, and no other does."
        yield refuse("notice-to-whom", "", message, "Name the participant, or leave it out.")
    if command.whom is not None and command.whom not in state.participants:
        message = f"no participant has the number {command.whom}."
        yield refuse("unknown-participant", "", message, "Check the number.")


def check_limit(state: TrialState) -> Iterator[Issue]:
    """A last day of follow-up is set after an early end only."""
    if state.phase is not Phase.TERMINATED:
        message = f"the trial is {state.phase.value}; expected terminated."
        yield refuse("phase", "", message, "Nothing was changed.")
