"""The one recorded value of a measure at a visit, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence

from armlet.conduct.observation import Observation
from armlet.derivation.derived import Reason
from armlet.protocol.model import Protocol


def one_result(
    observations: Sequence[Observation], activity: str, measure: str, protocol: Protocol
) -> Observation | Reason:
    """The value of a measure of one activity; a Reason where it is missing or stands more than once."""
    label = protocol.measure(measure).label
    own = [item for item in observations if item.activity == activity and item.measure == measure]
    recorded = sorted((item for item in own if item.quantity is not None), key=lambda item: item.entry)
    if not own:
        return Reason(f"no result of {label} is recorded")
    if len(recorded) > 1:
        entries = ", ".join(str(item.entry) for item in recorded)
        return Reason(f"{label} stands {len(recorded)} times (entries {entries})")
    if not recorded:
        why = ", ".join(sorted({item.missing.value for item in own if item.missing is not None}))
        return Reason(f"{label} is missing ({why})")
    return recorded[0]
