"""Old versions of events, brought up to date when they are read: what was written once stays readable for ever.

Nothing on disk changes. An entry's digest is over the bytes that were written; only what the program then works with
has the fields of today. When the fields of a kind change, its class gets the next `version`, and the step from the
version before is added here, once; a step that was released never changes. ``tests/golden/ledgers`` holds a strand of
each version of the format, which must be read for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from armlet.document import Plain

PlainEvent = dict[str, Plain]
Step = Callable[[PlainEvent], PlainEvent]
"""From the fields of one version of a kind to those of the next; gives back all but the version."""

STEPS: Final[Mapping[tuple[str, int], Step]] = {}
"""For a kind and an old version, the step to the next one. Empty: no kind has had a second version yet."""


def bring_up_to_date(event: PlainEvent, steps: Mapping[tuple[str, int], Step] = STEPS) -> PlainEvent:
    """The event in the newest version of its kind; the very same object where it is that already."""
    current = event
    while True:
        kind, version = current.get("kind"), current.get("version")
        if not isinstance(kind, str) or not isinstance(version, int) or (kind, version) not in steps:
            return current
        current = {**steps[kind, version](current), "kind": kind, "version": version + 1}
