"""Every adverse event as it is known now: times as precise as they were told, both sides' judgements, what was done."""

from __future__ import annotations

from armlet.conduct.safety.state import AdverseEvent
from armlet.ledger.safety_events import AssessedFor
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = (
    "participant", "number", "term", "onset", "ended", "ongoing", "grade", "scale", "serious", "investigator", "sponsor",
    "suspected", "expected", "reference", "action", "outcome", "remedy", "narrative", "special_interest", "site_aware",
    "sponsor_aware",
)  # fmt: skip


def _render(content: BlindedContent, _role: Role) -> bytes:
    rows = (_row(event) for event in content.state.safety.all_events())
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


def _row(event: AdverseEvent) -> dict[str, object]:
    cells: dict[str, object] = {name: getattr(event, name, None) for name in _HEADER}
    grade = "not gradable" if event.not_gradable else event.grade
    return cells | {
        "ongoing": _yes_no(event.ongoing),
        "grade": grade,
        "serious": "; ".join(reason.value for reason in event.serious),
        "investigator": _judgement(event, AssessedFor.INVESTIGATOR),
        "sponsor": _judgement(event, AssessedFor.SPONSOR),
        "suspected": "; ".join(event.suspected),
        "expected": _yes_no(event.expected),
        "action": event.action.value if event.action is not None else None,
        "outcome": event.outcome.value if event.outcome is not None else None,
        "special_interest": "; ".join(event.special_interest),
        "site_aware": event.learnt.isoformat(),
        "sponsor_aware": event.sponsor_aware.isoformat() if event.sponsor_aware is not None else None,
    }


def _yes_no(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def _judgement(event: AdverseEvent, side: AssessedFor) -> str:
    judged = event.causality.get(side)
    return "" if judged is None else "; ".join(f"{cause}: {how.value}" for cause, how in judged.relations.items())


METHOD = View(
    id="adverse_event_details",
    object="adverse_events",
    label="adverse events with all that is known of each",
    file="data/adverse_event_details.csv",
    render=_render,
)
