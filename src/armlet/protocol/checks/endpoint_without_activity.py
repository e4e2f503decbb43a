"""An endpoint whose values nobody collects: its activity or measure is not done at one of its visits or at baseline."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.document import Lines
from armlet.issues import Issue, error, warning
from armlet.protocol.checks import Check
from armlet.protocol.model import Activity, Endpoint, Protocol, Visit

RULE = "endpoint/no-activity"


def _done_at(visit: Visit, protocol: Protocol) -> list[Activity]:
    return [activity for activity in protocol.activities if activity.id in visit.activities]


def _missing(endpoint: Endpoint, visit: Visit, protocol: Protocol) -> Iterator[tuple[str, str]]:
    """The settings that this visit does not serve, each with what is missing."""
    done = _done_at(visit, protocol)
    activity = endpoint.settings.get("activity")
    serving = [item for item in done if activity is None or item.id == activity]
    if activity is not None and not serving:
        yield "activity", f"the activity {activity}"
    for setting, among in (("measure", serving), ("weight", done)):
        name = endpoint.settings.get(setting)
        if isinstance(name, str) and among and not any(name in item.measures for item in among):
            yield setting, f"{name}{f' in {activity}' if setting == 'measure' and activity else ''}"
        elif isinstance(name, str) and not among and activity is None:
            yield setting, name


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    visits = {visit.id: visit for visit in protocol.visits}
    for index, endpoint in enumerate(protocol.endpoints):
        if not {"activity", "measure"} & set(endpoint.settings):
            message = f'endpoint "{endpoint.label}" names neither an activity nor a measure in its settings.'
            where = lines.where(("endpoints", index, "settings"))
            yield warning(RULE, where, message, "Say where its values come from.")
        for name in dict.fromkeys((endpoint.baseline, *endpoint.visits)):
            if name not in visits:
                continue
            for setting, what in _missing(endpoint, visits[name], protocol):
                message = f'endpoint "{endpoint.label}" needs {what} at visit "{visits[name].label}", which lacks it.'
                where = lines.where(("endpoints", index, "settings", setting))
                yield error(RULE, where, message, "Add the activity to the visit, or take the visit out.")


METHOD = Check(
    rule=RULE,
    says="What an endpoint is derived from is collected at each of its visits and at its baseline.",
    find=_find,
)
