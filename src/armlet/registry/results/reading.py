"""Reads ``resultsSection`` tolerantly: what the rows cannot hold is kept beside them and listed, never lost.

``read_results(x).as_json() == x`` for any section whose structures are not empty.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue, ValidationError

from armlet.errors import Fault
from armlet.issues import Issue, warning
from armlet.registry.record import JsonObject
from armlet.registry.results.rows import ResultsSection

Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """A value that the rows have no place for: where it stood, and why it does not fit."""

    steps: Steps
    value: JsonValue
    why: str

    @property
    def path(self) -> str:
        """The place as a path, ``outcomeMeasuresModule.outcomeMeasures[2].type``."""
        return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.steps).lstrip(".")


@dataclass(frozen=True, slots=True)
class ReadResults:
    """Results as rows, and what the rows could not hold."""

    section: ResultsSection
    kept: tuple[Kept, ...] = ()

    def as_json(self) -> JsonObject:
        """The section as it was read: the rows, with what was kept put back in its place."""
        plain = self.section.as_json()
        for one in self.kept:
            _put_back(plain, one.steps, one.value)
        return plain

    def issues(self, name: str) -> tuple[Issue, ...]:
        """One issue for each value kept beside the rows; `name` is the file's."""
        fix = "It is kept and written back as it is; no row shows it."
        return tuple(warning("results/not-a-row", f"{name}: {one.path}", f"{one.why}.", fix) for one in self.kept)


def read_results(section: JsonObject) -> ReadResults:
    """The rows of a ``resultsSection``; `section` itself is not changed."""
    rest = copy.deepcopy(section)
    kept: list[Kept] = []
    while True:
        try:
            return ReadResults(ResultsSection.model_validate_json(json.dumps(rest)), tuple(reversed(kept)))
        except ValidationError as problem:
            found = {_owner(tuple(item["loc"])): str(item["msg"]) for item in problem.errors(include_url=False)}
        before = len(kept)
        for steps in sorted(found, key=len, reverse=True):
            kept.extend(_take_out(rest, steps, found[steps].removeprefix("Value error, ")))
        if len(kept) == before:
            raise Fault("a section of results does not fit its rows, and no value of it is at fault")


def _owner(steps: Steps) -> Steps:
    """The named value that holds the place: a whole list rather than one of its items, so that no number shifts."""
    while steps and isinstance(steps[-1], int):
        steps = steps[:-1]
    return steps


def _take_out(rest: JsonObject, steps: Steps, why: str) -> list[Kept]:
    node: JsonValue = rest
    for step in steps[:-1]:
        node = _below(node, step)
    last = steps[-1] if steps else None
    if isinstance(node, dict) and isinstance(last, str) and last in node:
        return [Kept(steps, node.pop(last), why)]
    return []


def _below(node: JsonValue, step: str | int) -> JsonValue:
    if isinstance(node, dict) and isinstance(step, str):
        return node.get(step)
    if isinstance(node, list) and isinstance(step, int):
        return node[step]
    return None


def _put_back(plain: JsonObject, steps: Sequence[str | int], value: JsonValue) -> None:
    node: JsonValue = plain
    for step in steps[:-1]:
        if isinstance(node, dict) and isinstance(step, str):
            node.setdefault(step, {})
        node = _below(node, step)
    if isinstance(node, dict):
        node[str(steps[-1])] = copy.deepcopy(value)
