"""Walks the rules of the criteria with the place of each node in the document, so that a check can name its line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from armlet.document import Path_
from armlet.protocol.criteria import All, AnyOf, Criterion, Not, Rule, Unless
from armlet.protocol.model import Protocol


def nodes_of(protocol: Protocol) -> Iterator[tuple[Path_, Criterion, Rule]]:
    """Every node of every criterion: its path in the document, its criterion and the node."""
    for index, criterion in enumerate(protocol.criteria):
        for path, node in walk_paths(criterion.rule, ("criteria", index, "rule")):
            yield path, criterion, node


def parts_of(rule: Rule) -> tuple[tuple[Path_, Rule], ...]:
    """The parts of a rule and the step to each; nothing for a node that has none."""
    match rule:
        case All():
            return tuple((("all", index), part) for index, part in enumerate(rule.all))
        case AnyOf():
            return tuple((("any", index), part) for index, part in enumerate(rule.any))
        case Not():
            return ((("not",), rule.not_),)
        case Unless():
            return ((("unless", "when"), rule.unless.when), (("unless", "except"), rule.unless.except_))
        case _:
            return ()


def walk_paths(rule: Rule, path: Path_) -> Iterator[tuple[Path_, Rule]]:
    """The rule and every part of it with its path, outermost first."""
    yield path, rule
    for step, part in parts_of(rule):
        yield from walk_paths(part, (*path, *step))


def suggest(wrong: str, known: Iterable[str]) -> str:
    """What to do about an id that names nothing: the nearest that does, where one is near."""
    near = difflib.get_close_matches(wrong, list(known), n=1)
    return f'Did you mean "{near[0]}"?' if near else "Define it, or take it out."
