"""The plain words of what a protocol says on harm: reporting, the board, stopping and pause rules, readings."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.protocol.model import Safety
from armlet.protocol.monitoring import InfusionPause, Monitoring
from armlet.protocol.reporting import Board, Reporting
from armlet.protocol.source import Source
from armlet.protocol.stopping import BetaBinomial, Boundary, Harm, PauseRule, StoppingRule

Line = tuple[str, Source | None]
"""A line of the list and where it comes from; None for a line that belongs to the one before."""


def tell_safety(safety: Safety) -> Iterator[Line]:
    """Every optional part of the section, in the order of the document."""
    if safety.reporting is not None:
        yield from _reporting(safety.reporting)
    if safety.board is not None:
        yield _board(safety.board), safety.board.source
    if safety.stopping is not None:
        for rule in safety.stopping.rules:
            yield _rule(rule), rule.source
        for pause in safety.stopping.pauses:
            yield _pause(pause), pause.source
    if safety.monitoring is not None:
        yield from _monitoring(safety.monitoring)


def _reporting(reporting: Reporting) -> Iterator[Line]:
    text = (
        f"- Harm is reported by the deadlines {reporting.deadlines}, in the calendar of {reporting.zone}; what is expected "
        f"stands in the reference safety information, version {reporting.reference}"
    )
    yield text, reporting.source
    for admission in reporting.planned_admissions:
        yield f"- Not serious by itself: {admission.label} (`{admission.id}`)", None
    for interest in reporting.special_interest:
        yield f"- Of special interest: {interest.label} (`{interest.id}`)", None


def _board(board: Board) -> str:
    parts = [
        f"{'independent' if board.independent else 'not independent'}",
        f"sees {board.sees} in the closed session",
        f"members: {', '.join(board.members)}" if board.members else "",
        f"quorum {board.quorum}" if board.quorum is not None else "",
        f"answers within {board.answers_within_days} days" if board.answers_within_days is not None else "",
    ]
    return f"- Safety board: {'; '.join(part for part in parts if part)}"


def _rule(rule: StoppingRule) -> str:
    what = f"{harm_in_words(rule.harm)}; {boundary_in_words(rule.boundary)}"
    return f"- Stopping rule {rule.label} (`{rule.id}`), counted {rule.counts}: {what}"


def _pause(rule: PauseRule) -> str:
    return (
        f"- Paused until the board has advised, {rule.label} (`{rule.id}`): {rule.events} of {harm_in_words(rule.harm)}"
    )


def harm_in_words(harm: Harm) -> str:
    """Which events count, as one phrase."""
    kinds = [
        f"grade {harm.grade} or more" if harm.grade is not None else "",
        "serious" if harm.serious else "",
        "fatal" if harm.fatal else "",
    ]
    due = f" and suspected to be due to {' or '.join(harm.causes)}" if harm.causes else ""
    within = f", within {harm.within.in_words()} of the administration" if harm.within is not None else ""
    return f"an event that is {' or '.join(kind for kind in kinds if kind)}{due}{within}"


def boundary_in_words(boundary: Boundary) -> str:
    """The boundary as one phrase."""
    if isinstance(boundary, BetaBinomial):
        prior = " and ".join(boundary.prior)
        return (
            f"stops where a risk above {boundary.unacceptable} has a posterior probability above {boundary.confidence} "
            f"(beta distribution, {prior} beforehand)"
        )
    return (
        f"stops at one level at every look, such that at a risk of {boundary.unacceptable} the trial stops with a "
        f"probability of {boundary.overall} at most"
    )


def _monitoring(monitoring: Monitoring) -> Iterator[Line]:
    signs = ", ".join(f"{sign.label} in {sign.unit} (`{sign.id}`)" for sign in monitoring.signs)
    yield f"- Read around every infusion, whatever is given: {signs}", monitoring.source
    for reading in monitoring.readings:
        when = f"{reading.after} from the {reading.from_}, give or take {reading.tolerance}"
        yield f"- Reading {reading.label} (`{reading.id}`): {when}", None
    if monitoring.repeated is not None:
        again = monitoring.repeated
        yield f"- Then every {again.every}, give or take {again.tolerance}, until the infusion stops", None
    if monitoring.symptoms:
        yield f"- Asked for at each reading: {', '.join(monitoring.symptoms)}", None
    for pause in monitoring.pauses:
        yield f"- The infusion is paused, {pause.label} (`{pause.id}`): {pause_in_words(pause)}", pause.source


def pause_in_words(pause: InfusionPause) -> str:
    """What pauses an infusion, as one phrase."""
    if pause.symptom is not None:
        return pause.symptom
    limit = f"{pause.is_} {pause.limit}" if pause.limit is not None else ""
    change = ""
    if pause.change is not None:
        of = " of the first reading" if pause.change.of_first else ""
        change = f"a {pause.change.direction} {pause.change.is_} {pause.change.by}{of}"
    return f"{pause.sign} {' and '.join(part for part in (limit, change) if part)}"
