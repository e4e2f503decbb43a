"""An outcome or the adverse events without a time frame, or with one that says no time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from armlet.registry.results.walk import EVENTS, outcomes, weight_since_final_rule
from armlet.registry.review import Finding, ReviewRule, Submission, amiss, doubtful

_TIME: Final = re.compile(
    r"\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|twelve|hour|day|week|month|year|baseline|birth|visit|cycle|"
    r"surgery|discharge|operat\w+|session|before|after|pre|post|prior|during|through|immediately|until|up to|from)",
    re.IGNORECASE,
)


def _find(submission: Submission) -> Iterator[Finding]:
    for path, outcome in outcomes(submission.results):
        frame = (outcome.time_frame or "").strip()
        if not frame:
            yield amiss(f"{path}.timeFrame", "there is no time frame.", "Say when it was measured.")
        elif re.fullmatch(r"[\d.,\s]+", frame):
            message = f"the time frame {frame!r} is only a number."
            yield Finding(weight_since_final_rule(submission.protocol), f"{path}.timeFrame", message, "Add the unit.")
        elif not _TIME.search(frame):
            message = f"the time frame {frame!r} names no time."
            yield doubtful(f"{path}.timeFrame", message, "Say when, counted from what.")
    module = submission.results.adverse_events_module
    if module.event_groups and not (module.time_frame or "").strip():
        message = "the adverse events have no time frame."
        severity = weight_since_final_rule(submission.protocol)
        yield Finding(severity, f"{EVENTS}.timeFrame", message, "Say over which time they were collected.")


METHOD = ReviewRule(
    rule="outcomes/time-frame",
    says="Outcomes and adverse events say when they were collected; a number alone is no time.",
    source="PRS validation messages of September 2018; Results Data Element Definitions, Time Frame",
    checked="text",
    mend="endpoints[].time_frame, safety.follow_up",
    find=_find,
)
