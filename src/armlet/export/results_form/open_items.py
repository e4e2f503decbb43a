"""What the form asks and the trial does not answer: a list for people, never a made-up answer."""

from __future__ import annotations

from typing import Final

from armlet.issues import Issue, note, warning

PROTOCOL: Final = "protocol.yaml"


def to_fill(rule: str, field: str, message: str, fix: str) -> Issue:
    """A field of the form that stays empty; `field` is the part of the protocol that would answer it."""
    return warning(f"results-form/{rule}", f"{PROTOCOL}: {field}", message, fix)


def to_know(rule: str, field: str, message: str, fix: str = "") -> Issue:
    """Something that was decided in filling in the form and that its reader should know."""
    return note(f"results-form/{rule}", f"{PROTOCOL}: {field}", message, fix)
