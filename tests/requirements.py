"""Requirements, the tests that prove each, and the page that says so with the results of a run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from armlet.document import Document, load_document, read_yaml

ROOT: Final = Path(__file__).parents[1]
FILE: Final = ROOT / "tests" / "spec" / "requirements.yaml"
PAGE: Final = ROOT / "docs" / "reference" / "requirements.md"
Results = Mapping[str, str]
"""By test without its parameters, the worst of "passed", "skipped" and "failed" that a run had of it."""


class Requirement(Document):
    """What is asked, where that stands, and one of: the tests that prove it, whose task it is, what is still missing."""

    id: str
    says: str
    source: str
    checked: Literal["text", "memory"]
    by: tuple[str, ...] | None = Field(default=None, min_length=1)
    hospital: str | None = None
    later: str | None = None


class _Requirements(Document):
    requirements: tuple[Requirement, ...]


@cache
def load_requirements() -> tuple[Requirement, ...]:
    """All of them, in the order of the file."""
    plain, lines = read_yaml(FILE.read_text(encoding="utf-8"), FILE.name)
    return load_document(_Requirements, plain, lines, "requirements").requirements


@cache
def tests_of(file: str) -> tuple[str, ...]:
    """The names of the tests in a file; none where there is no such file."""
    path = ROOT / file
    if not path.is_file():
        return ()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return tuple(one.name for one in tree.body if isinstance(one, kinds) and one.name.startswith("test_"))


def spell_out(test: str) -> tuple[str, ...]:
    """The tests that one line under `by` means: one, or with `*` all of a file. Empty where there is none."""
    file, _, name = test.partition("::")
    return tuple(f"{file}::{one}" for one in tests_of(file) if name in {"*", one})


def result_of(test: str, results: Results) -> str:
    """The worst result of the tests that a line means; "not run" where one of them was not."""
    found = {results.get(one, "not run") for one in spell_out(test)} or {"not run"}
    return next(one for one in ("failed", "not run", "skipped", "passed") if one in found)


def is_whole(results: Results) -> bool:
    """Whether a run had every test that proves something."""
    wanted = {one for each in load_requirements() for test in each.by or () for one in spell_out(test)}
    return wanted <= set(results)


def render(results: Results) -> str:
    """The page of the reference."""
    return "\n".join(_lines(results)) + "\n"


def _lines(results: Results) -> Iterator[str]:
    everything = load_requirements()
    proven = sum(one.by is not None for one in everything)
    people = sum(one.hospital is not None for one in everything)
    yield "# Requirements and their proof"
    yield ""
    yield "What good practice and the law on electronic records ask, in our own words, and which tests prove it."
    yield "`make test` writes this page from [its file](../../tests/spec/requirements.yaml) and the results of its run."
    yield "It is the heart of a validation, not the whole: a hospital adds how it set the system up, and its own procedures."
    yield "A source that was written from memory is to be looked up by a qualified person before anybody relies on it."
    yield ""
    yield (
        f"{len(everything)} requirements: {proven} proven by tests, {people} the hospital's, "
        f"{len(everything) - proven - people} waiting for a part that does not exist yet."
    )
    yield ""
    yield "| Requirement | What it asks | Source | Proven by | Result |"
    yield "| --- | --- | --- | --- | --- |"
    for one in everything:
        source = f"{one.source}{' (from memory)' if one.checked == 'memory' else ''}"
        tests = "<br>".join(f"`{test.removeprefix('tests/')}`" for test in one.by or ())
        whose = f"**The hospital:** {one.hospital}" if one.hospital else f"**Not yet:** {one.later}"
        told = [result_of(test, results) for test in one.by or ()]
        worst = next((name for name in ("failed", "not run", "skipped", "passed") if name in told), "")
        yield f"| {one.id} | {one.says} | {source} | {tests or whose} | {worst} |"
