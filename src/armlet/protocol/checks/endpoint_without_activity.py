"""An endpoint whose values nobody collects: its activity or measure is not done at one of its visits or at baseline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from armlet.document import Lines
from armlet.issues import Issue, error, warning
from armlet.protocol.checks import Check
from armlet.protocol.model import Endpoint, Protocol, Visit

RULE = "endpoint/no-activity"


def _named(endpoint: Endpoint, setting: str, known: Iterable[str]) -> str | None:
    """What the setting names; None where it names nothing that is known (another check says so)."""
    name = endpoint.settings.get(setting)
    return name if isinstance(name, str) and name in known else None


def _missing(endpoint: Endpoint, visit: Visit, protocol: Protocol) -> Iterator[tuple[str, str]]:
    """The settings that this visit does not serve, each with what is missing."""
    done = {item.id: set(item.measures) for item in protocol.activities if item.id in visit.activities}
    activity = _named(endpoint, "activity", {item.id for item in protocol.activities})
    if activity is not None and activity not in done:
        yield "activity", f"the activity {activity}"
    measured = {name for measures in done.values() for name in measures}
    in_activity = done.get(activity, set()) if activity is not None else measured
    known = {item.id for item in protocol.measures}
    for setting, among in (("measure", in_activity), ("weight", measured)):
        name = _named(endpoint, setting, known)
        is_said = setting == "measure" and activity is not None and activity not in done
        if name is not None and name not in among and not is_said:
            yield setting, f"the measure {name}"


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    visits = {visit.id: visit for visit in protocol.visits}
    for index, endpoint in enumerate(protocol.endpoints):
        if not {"activity", "measure", "endpoint", "endpoints"} & set(endpoint.settings):
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
