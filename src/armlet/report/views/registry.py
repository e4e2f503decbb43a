"""What the registry was told and when, each field with what stood there before, and what is to be posted now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from armlet.conduct.course.registry_status import list_fields_to_post
from armlet.conduct.course.state import Adopted, CourseState
from armlet.ledger.course_events import RegistryPosted
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role
from armlet.report.content import BlindedContent
from armlet.report.views import View

_HEADER = ("on", "what", "field", "before", "after")
_FIELDS: Mapping[str, str] = {
    "status": "overallStatus",
    "verified": "statusVerifiedDate",
    "why_stopped": "whyStopped",
    "start": "startDate",
    "primary_completion": "primaryCompletionDate",
    "completion": "completionDate",
    "enrolment": "enrolmentCount",
}
"""The fields of a posting by the names of the record's data model; the count is spelled as everywhere here."""
_Row = dict[str, object]


def _render(content: BlindedContent, _role: Role) -> bytes:
    course = content.state.course
    dated = sorted([*_posted(course.posted), *_amended(course)], key=lambda row: str(row["on"]))
    rows = [*dated, *_to_post(content)]
    return as_csv(_HEADER, rows, simulated=content.state.simulated).encode()


def _posted(postings: Sequence[RegistryPosted]) -> Iterator[_Row]:
    """Each field that a posting changed; of the first one each that it gave."""
    for before, after in pairwise((None, *postings)):
        assert after is not None  # only the first has none before it
        for name, field in _FIELDS.items():
            old, new = _say(before, name), _say(after, name)
            if old != new:
                yield {"on": after.on, "what": "posted", "field": field, "before": old, "after": new}


def _amended(course: CourseState) -> Iterator[_Row]:
    """What an amendment changed of what the record describes: the version, and what the schedule has more of."""
    for before, adopted in zip(course.versions, course.amendments, strict=False):
        yield _of_protocol(adopted, "version", before, adopted.event.protocol_version)
        for part in adopted.event.added:
            yield _of_protocol(adopted, "schedule", "", part)


def _of_protocol(adopted: Adopted, field: str, before: str, after: str) -> _Row:
    return {"on": adopted.on, "what": "protocol amended", "field": field, "before": before, "after": after}


def _to_post(content: BlindedContent) -> Iterator[_Row]:
    for one in list_fields_to_post(content.protocol, content.state):
        yield {"on": "", "what": "to be posted", "field": one.field, "before": one.old, "after": one.new}


def _say(posted: RegistryPosted | None, name: str) -> str:
    value = None if posted is None else getattr(posted, name)
    return "" if value is None else str(value)


METHOD = View(
    id="registry",
    object="protocol",
    label="what the registry was told, field by field, and what is to be posted",
    file="data/registry.csv",
    render=_render,
    is_of_today=True,
)
