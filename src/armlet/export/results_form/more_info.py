"""Limitations, agreements and contact: limitations are put together from facts, the rest is left to people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from armlet.analysis.estimates import NotEstimable
from armlet.derivation.derived import NotDerived
from armlet.export.results_form.answers import Answers
from armlet.export.results_form.locked import SIMULATED, LockedTrial
from armlet.export.results_form.open_items import to_fill
from armlet.issues import Issue
from armlet.projections.flow import count_flow
from armlet.registry.results.rows import LimitationsAndCaveats, MoreInfoModule


@dataclass(frozen=True, slots=True)
class FilledMoreInfo:
    """The module, and the fields of the form that the trial does not answer."""

    module: MoreInfoModule
    issues: tuple[Issue, ...]


def fill_more_info(trial: LockedTrial) -> FilledMoreInfo:
    """Limitations from facts; of the contact only the organisation, which the protocol names as sponsor."""
    organisation = f"{SIMULATED}" if trial.data.state.simulated else trial.protocol.organisation.sponsor
    module = MoreInfoModule(
        limitations_and_caveats=LimitationsAndCaveats(description=" ".join(_limitations(trial))),
        certain_agreement=trial.answers.agreement(),
        point_of_contact=trial.answers.point_of_contact(organisation),
    )
    return FilledMoreInfo(module, tuple(_missing(trial.answers)))


def _limitations(trial: LockedTrial) -> Iterator[str]:
    """What a reader has to know before believing the numbers, each a sentence."""
    flow, state = count_flow(trial.protocol, trial.data.state), trial.data.state
    if state.simulated:
        yield f"{SIMULATED}."
    if state.stopped is not None:
        day = f" on {state.stopped_on.isoformat()}" if state.stopped_on is not None else ""
        yield f"The trial was terminated early{day}: {state.stopped.why.rstrip('.')}."
    by_arm = " and ".join(str(len(column.people)) for column in trial.columns())
    enrolled = f"{flow.enrolled} ({by_arm} by arm)" if len(trial.protocol.arms) > 1 else str(flow.enrolled)
    yield f"Participants planned: {trial.protocol.design.participants}; enrolled: {enrolled}."
    if flow.enrolled and flow.administered < flow.randomised:
        yield f"Assigned and never given the intervention: {flow.randomised - flow.administered}."
    if flow.lost or flow.withdrawn:
        yield f"Lost to follow-up: {flow.lost}; withdrawn from the trial or a part of it: {flow.withdrawn}."
    yield from _gaps(trial)
    if len(trial.protocol.arms) == 1:
        yield "There was no comparison arm: a change after the intervention need not be due to it."
    if trial.protocol.is_open_label:
        yield "The trial was open label."


def _gaps(trial: LockedTrial) -> Iterator[str]:
    """Values that are missing for primary endpoints, and planned analyses that could not be computed."""
    primary = {endpoint.id for endpoint in trial.protocol.endpoints if endpoint.level == "primary"}
    found = [one for one in trial.data.dataset.derived if one.endpoint in primary]
    missing = sum(isinstance(one, NotDerived) for one in found)
    if missing:
        yield f"Values planned for the primary outcome, over all visits: {len(found)}; missing: {missing}."
    unanswered = sum(isinstance(planned.result, NotEstimable) for planned in trial.results)
    if unanswered:
        yield f"Planned analyses: {len(trial.results)}; that could not be computed from so few values: {unanswered}."
    warned = any(not isinstance(one.result, NotEstimable) and one.result.warnings for one in trial.results)
    if warned:
        yield "With so few participants, estimates are imprecise; each analysis says what it leans on."


def _missing(answers: Answers) -> Iterator[Issue]:
    contact, publishing = answers.contact, answers.publishing
    if not (contact.title and (contact.phone or contact.email)):
        message = "the form needs a person or post to ask about the results, with telephone or mail; nobody is named."
        fix = "Fill in who answers questions; the protocol and the ledger keep no addresses."
        yield to_fill("contact", "organisation.people", message, fix)
    is_open = publishing.investigators_are_employees is None
    if is_open or (not publishing.investigators_are_employees and publishing.restriction is None):
        message = "the form needs to know whether an agreement keeps the investigators from publishing."
        fix = "Say whether they are employees of the sponsor, and if not, what was agreed."
        yield to_fill("agreement", "organisation", message, fix)
    message = (
        "the registry wants the protocol and the statistical analysis plan as documents (PDF/A), with their dates."
    )
    fix = "Upload them beside the form; `armlet show` prints the protocol in plain words."
    yield to_fill("documents", "version", message, fix)
