"""Every correction and retraction of a result, with what stood there before; of telling values only that there was one."""

from __future__ import annotations

from armlet.projections.changes import Change, list_changes
from armlet.projections.tables import NOT_SHOWN, as_csv
from armlet.protocol.hidden import hidden_before_lock
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = (
    "entry", "of", "participant", "visit", "activity", "measure", "sample", "before", "after", "who", "role", "at", "why",
    "remark",
)  # fmt: skip


def _render(content: BlindedContent, _role: Role) -> bytes:
    hidden = hidden_before_lock(content.protocol)
    rows = (
        _row(change, is_hidden=hidden.hides_measure(change.key[2], change.key[0]))
        for change in list_changes(content.protocol, content.entries)
    )
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


def _row(change: Change, *, is_hidden: bool) -> dict[str, object]:
    remarks = ("late" if change.is_late else "", "changed after unblinding" if change.after_unblinding else "")
    return {
        **dict(zip(("visit", "activity", "measure", "sample"), change.key, strict=True)),
        "entry": change.entry,
        "of": change.of,
        "participant": change.participant,
        "before": NOT_SHOWN if is_hidden else change.before,
        "after": NOT_SHOWN if is_hidden else change.after,
        "who": change.actor,
        "role": change.role.value,
        "at": change.at.isoformat(),
        "why": NOT_SHOWN if is_hidden else change.why,
        "remark": "; ".join(filter(None, remarks)),
    }


METHOD = View(
    id="corrections",
    object="data_status",
    label="results that were corrected or retracted, with the old value, who, when and why",
    file="data/corrections.csv",
    render=_render,
    is_of_today=True,
)
