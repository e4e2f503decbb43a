"""Two people, and who may not be the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from armlet.conduct.rules import is_same_person
from armlet.issues import Issue
from armlet.laboratory.answer import refuse


def check_second(where: str, actor: str, second: str, what: str) -> Iterator[Issue]:
    """Somebody else than whoever did it looked as well."""
    if not second.strip() or is_same_person(actor, second):
        message = (
            f"{what} needs two different people; {actor} is both." if second.strip() else f"{what} needs two people."
        )
        yield refuse("two-people", where, message, "Name somebody else.")


def check_pair(where: str, pair: tuple[str, str], what: str) -> Iterator[Issue]:
    """Two different people."""
    yield from check_second(where, pair[0], pair[1], what)


def check_not_among(
    where: str, actor: str, makers: Iterable[str], rule: str, message: str, fix: str
) -> Iterator[Issue]:
    """Whoever does it is none of those."""
    if any(is_same_person(actor, one) for one in makers):
        yield refuse(rule, where, message, fix)
