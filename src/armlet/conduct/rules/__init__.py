"""The rules of conduct, one module a stretch of a trial's life: each looks and yields issues, none changes anything."""

from __future__ import annotations

from armlet.issues import Issue, error


def refuse(rule: str, participant: str, message: str, fix: str) -> Issue:
    """An issue that refuses a command; `participant` is where it stands ("the trial" for what concerns all)."""
    return error(f"conduct/{rule}", participant or "the trial", message, fix)


def are_two_people(names: tuple[str, str]) -> bool:
    """Whether two people are named; the same name in another spelling of blanks and capitals is one person."""
    return all(name.strip() for name in names) and not is_same_person(*names)


def is_same_person(first: str, second: str) -> bool:
    """Whether two names are one, apart from blanks and capitals."""
    return " ".join(first.split()).casefold() == " ".join(second.split()).casefold()
