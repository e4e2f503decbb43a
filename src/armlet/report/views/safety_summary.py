"""Where harm stands on one page: counts, rules met, advice, measures, incidents, pregnancies, pauses."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.conduct.safety.stopping import label_of, looks_of, planned_for
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("what", "which", "count", "detail")
Row = dict[str, object]


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = (*_counts(content), *_boundaries(content), *_told(content))
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


def _row(what: str, which: str, count: object, detail: str = "") -> Row:
    return {"what": what, "which": which, "count": count, "detail": detail}


def _counts(content: BlindedContent) -> Iterator[Row]:
    events = list(content.state.safety.all_events())
    yield _row("adverse events", "all", len(events))
    yield _row("adverse events", "serious", sum(bool(event.serious) for event in events))
    yield _row("adverse events", "serious, suspected and unexpected", sum(event.is_susar for event in events))
    yield _row("adverse events", "cannot be graded", sum(event.not_gradable for event in events))


def _boundaries(content: BlindedContent) -> Iterator[Row]:
    """Everybody together; a rule that is counted by arm is not counted here."""
    stopping = content.protocol.safety.stopping
    given = {
        one.id: one.administered.started.date()
        for one in content.state.participants.values()
        if one.administered is not None
    }
    for rule in stopping.rules if stopping is not None else ():
        if rule.counts != "together":
            continue
        planned, events = planned_for(content.protocol, rule), content.state.safety.events
        looks = looks_of(rule, planned, given, events, content.as_of)
        last = looks[-1] if looks else None
        bound = "-" if last is None or last.bound is None else str(last.bound)
        detail = f"in {last.participants if last is not None else 0} who can be counted; stops at {bound}"
        yield _row("boundary", rule.label, last.events if last is not None else 0, detail)


def _told(content: BlindedContent) -> Iterator[Row]:
    safety = content.state.safety
    for met in safety.met:
        detail = f"{met.at.isoformat()}, {met.event.participants} participants, stops at {met.event.bound}"
        yield _row("rule met", label_of(content.protocol, met.event.rule), met.event.events, detail)
    for advice in safety.advice:
        yield _row("board advised", advice.report, advice.advice.value, str(advice.met))
    for measure in safety.measures:
        told = ", ".join(f"{who} on {day}" for who, day in measure.notified.items()) or "nobody notified yet"
        yield _row(
            "urgent measure",
            measure.event.what,
            measure.event.number,
            f"{told}; {measure.amendment or 'no amendment yet'}",
        )
    for incident in safety.incidents:
        yield _row("incident", incident.incident.value, incident.participant, incident.what)
    for pause in safety.pauses:
        yield _row("infusion pause called", pause.participant, pause.point, ", ".join(pause.rules))
    for who, pregnancies in safety.pregnancies.items():
        for one in pregnancies:
            outcome = one.outcome.value if one.outcome is not None else f"followed: {one.permission.value}"
            yield _row("pregnancies", who, one.event.of.value, outcome)


METHOD = View(
    id="safety_summary",
    object="adverse_events",
    label="where harm stands: counts, boundaries, rules met, advice, measures, incidents, pregnancies",
    file="data/safety_summary.csv",
    render=_render,
)
