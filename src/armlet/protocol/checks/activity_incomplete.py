"""An activity that its own kind cannot yield values from: samples without rising times, a diary without its days."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from armlet.document import Lines
from armlet.issues import Issue, error
from armlet.protocol.checks import Check
from armlet.protocol.model import Activity, ActivityKind, Protocol


def _amiss(activity: Activity) -> Iterator[tuple[str, str, str]]:
    if activity.kind is ActivityKind.TIMED_SAMPLES:
        if not activity.at:
            yield "kind", "takes timed samples at no time.", "Add `at` with the nominal times."
        for earlier, later in pairwise(activity.at):
            if earlier.measures_same_as(later.unit) and earlier.compare(later) >= 0:
                yield "at", f"has the time {later} after {earlier}; expected rising times.", "Put them in order."
    if activity.kind is ActivityKind.DAILY:
        if activity.days is None:
            yield "kind", "is filled in daily for no number of days.", "Add `days`."
        elif activity.at_least is not None and activity.at_least > activity.days:
            message = f"needs at least {activity.at_least} of {activity.days} days."
            yield "at_least", message, "Ask for no more days than there are."


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    for index, activity in enumerate(protocol.activities):
        for field, said, fix in _amiss(activity):
            where = lines.where(("activities", index, field))
            yield error("schedule/activity-incomplete", where, f'activity "{activity.label}" {said}', fix)


METHOD = Check(
    rule="schedule/activity-incomplete",
    says="Timed samples have rising times, and a diary has its number of days.",
    find=_find,
)
