"""The frequency above which other adverse events are listed: a number of per cent, 5 at most."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from armlet.registry.results.walk import EVENTS, number
from armlet.registry.review import Finding, ReviewRule, Submission, amiss

HIGHEST: Final = 5
"""Per cent. 42 CFR 11.48(a)(4)(iii): events that exceed a frequency of 5 per cent in any arm are to be told."""


def _find(submission: Submission) -> Iterator[Finding]:
    module = submission.results.adverse_events_module
    path = f"{EVENTS}.frequencyThreshold"
    if not module.event_groups:
        yield amiss(f"{EVENTS}.eventGroups", "there are no adverse events, not even a table of none.", "Add the arms.")
        return
    value = number(module.frequency_threshold)
    if module.frequency_threshold is None:
        yield amiss(path, "no threshold says which other events are listed.", "Say 0 where all are.")
    elif value is None or not 0 <= value <= HIGHEST:
        message = f"the threshold is {module.frequency_threshold!r}; expected a number from 0 to {HIGHEST} (per cent)."
        yield amiss(path, message, "List more events.")


METHOD = ReviewRule(
    rule="events/threshold",
    says="Adverse events are there, and the threshold for other ones is between 0 and 5 per cent.",
    source="42 CFR 11.48(a)(4); N Engl J Med 2011;364:852, table 2",
    checked="secondary",
    mend="the exporter: threshold",
    find=_find,
)
