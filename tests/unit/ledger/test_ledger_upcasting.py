"""An entry that an older program wrote: read with the fields of today, verified and written out as it was."""

from __future__ import annotations

from typing import Final

import pytest

from armlet.document import Plain, canonical_json, digest
from armlet.ledger.entry import UnreadableLineError, decode, encode
from armlet.ledger.events import Identified
from armlet.ledger.upcasting import PlainEvent, Step, bring_up_to_date

OLD_EVENT: Final[PlainEvent] = {"kind": "identified", "version": -1, "person": "P1", "hospital": "harbour"}
STEPS: Final[dict[tuple[str, int], Step]] = {
    ("identified", -1): lambda event: {**without(event, "person"), "participant": event["person"]},
    ("identified", 0): lambda event: {**without(event, "hospital"), "site": event["hospital"]},
}
"""Two invented steps before version 1: first `person` became `participant`, then `hospital` became `site`."""


def without(event: PlainEvent, key: str) -> PlainEvent:
    return {name: value for name, value in event.items() if name != key}


def line_with(event: PlainEvent, **changes: Plain) -> bytes:
    entry: dict[str, Plain] = {
        "seq": 1, "occurred": "2021-03-01T09:00:00+01:00", "recorded": "2021-03-01T08:01:00Z", "actor": "Ada",
        "role": "investigator", "protocol": "sha256:0", "previous": "sha256:" + "0" * 64, "event": dict(event),
    }  # fmt: skip
    return canonical_json({**entry, "digest": digest(canonical_json(entry)), **changes})


def test_an_old_event_is_read_through_every_step_and_keeps_its_bytes_and_digest() -> None:
    line = line_with(OLD_EVENT)
    read = decode(line, STEPS)
    assert read.event == Identified(participant="P1", site="harbour")
    assert read.is_unaltered
    assert encode(read) == line
    assert read.digest == digest(line.replace(f',"digest":"{read.digest}"'.encode(), b""))


def test_an_old_event_that_was_altered_does_not_give_its_digest() -> None:
    altered = line_with(OLD_EVENT).replace(b'"person":"P1"', b'"person":"P2"')
    assert not decode(altered, STEPS).is_unaltered


def test_an_old_event_in_another_spelling_is_not_read() -> None:
    line = line_with(OLD_EVENT)
    with pytest.raises(UnreadableLineError, match="one spelling"):
        decode(line.replace(b'"seq":1', b'"seq": 1'), STEPS)


@pytest.mark.parametrize(
    "event", [{**OLD_EVENT, "version": 0}, {**OLD_EVENT, "version": -2}, {"kind": "x", "version": 1}]
)
def test_an_event_that_no_step_leads_from_is_not_read(event: PlainEvent) -> None:
    with pytest.raises(UnreadableLineError):
        decode(line_with(event), STEPS)


def test_an_event_of_today_is_not_touched() -> None:
    event: PlainEvent = {"kind": "identified", "version": 1, "participant": "P1", "site": "harbour"}
    assert bring_up_to_date(event, STEPS) is event
    assert decode(line_with(event), STEPS).older is None
