"""The program can be read: every package and public thing says what it is, and no function is long."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Final

import pytest

SRC: Final = Path(__file__).parents[2] / "src" / "armlet"
FILES: Final = sorted(SRC.rglob("*.py"))
PACKAGES: Final = sorted(path for path in SRC.rglob("__init__.py"))

LONGEST: Final = 60
MEDIAN: Final = 16
NINETY_OF_A_HUNDRED: Final = 40
"""The good models live at a median of 7 to 16 lines a function, nine in ten below 30 to 55."""

TRIVIAL: Final = 10
"""A function or class of at most so many lines may go without a docstring where its name and types say all."""


@dataclass(frozen=True)
class Definition:
    """A function or class: its place, its lines, whether it says what it is, and whether outsiders see it."""

    where: str
    name: str
    lines: int
    is_class: bool
    is_documented: bool
    is_public: bool


def definitions(text: str, where: str) -> Iterator[Definition]:
    yield from _inside(
        ast.parse(text), where, is_public=not Path(where).stem.startswith("_") or where.endswith("__.py")
    )


def told_by_a_port(text: str) -> frozenset[str]:
    """The methods that a `Protocol` of the module documents for every class that has them."""
    ports = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in node.bases)
    ]
    methods = [part for port in ports for part in port.body if isinstance(part, ast.FunctionDef)]
    return frozenset(method.name for method in methods if ast.get_docstring(method))


def _inside(node: ast.AST, where: str, *, is_public: bool) -> Iterator[Definition]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            seen = is_public and not child.name.startswith("_")
            is_class = isinstance(child, ast.ClassDef)
            lines = (child.end_lineno or child.lineno) - child.lineno + 1
            has_words = ast.get_docstring(child) is not None
            yield Definition(f"{where}:{child.lineno}", child.name, lines, is_class, has_words, seen)
            yield from _inside(child, where, is_public=seen and is_class)
        else:
            yield from _inside(child, where, is_public=is_public)


ALL: Final = [
    found for path in FILES for found in definitions(path.read_text("utf-8"), path.relative_to(SRC).as_posix())
]
TOLD: Final = frozenset[str]().union(*(told_by_a_port(path.read_text("utf-8")) for path in FILES))
FUNCTIONS: Final = [found for found in ALL if not found.is_class]


@pytest.mark.parametrize("path", PACKAGES, ids=lambda path: path.parent.relative_to(SRC.parent).as_posix())
def test_a_package_says_what_it_knows(path: Path) -> None:
    assert len(ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "") > 60


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SRC).as_posix())
def test_a_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


def test_what_is_public_says_what_it_is_unless_it_is_trivial_or_its_port_does() -> None:
    silent = [one for one in ALL if one.is_public and not one.is_documented and one.lines > TRIVIAL]

    assert [f"{one.where} {one.name}" for one in silent if one.name not in TOLD] == []


def test_no_function_is_long() -> None:
    assert [f"{one.where} {one.name}: {one.lines} lines" for one in FUNCTIONS if one.lines > LONGEST] == []


def test_functions_are_small(record_property: Callable[[str, object], None]) -> None:
    lines = [one.lines for one in FUNCTIONS]
    ninetieth = quantiles(lines, n=10)[-1]
    record_property("functions", len(lines))
    record_property("median lines", median(lines))
    record_property("90th percentile", ninetieth)

    assert median(lines) <= MEDIAN
    assert ninetieth <= NINETY_OF_A_HUNDRED


def test_a_long_undocumented_function_is_seen() -> None:
    text = "class A:\n    def b(self):\n" + "        pass\n" * 61

    found = list(definitions(text, "planted.py"))

    assert [(one.name, one.lines, one.is_documented, one.is_public) for one in found] == [
        ("A", 63, False, True),
        ("b", 62, False, True),
    ]
