"""Habits that hide a mistake do not occur in the program: each rule below finds one, in the syntax tree or the text."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

SRC: Final = Path(__file__).parents[2] / "src" / "armlet"
FILES: Final = sorted(SRC.rglob("*.py"))

NETWORK: Final = frozenset(
    {"socket", "ssl", "urllib", "http", "ftplib", "smtplib", "requests", "httpx", "aiohttp", "urllib3", "asyncio"}
)
UNSAFE: Final = frozenset({"pickle", "marshal", "shelve", "dill", "joblib"})
HIDDEN_CHANCE: Final = frozenset({"random", "secrets", "uuid"})
XML: Final = frozenset({"xml", "lxml"})
THE_HOUR: Final = frozenset({"now", "utcnow", "today", "fromtimestamp"})
THE_CLOCK: Final = "studytime.py"


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """The top package of every import, wherever in the module it stands."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from ((alias.name.partition(".")[0], node.lineno) for alias in node.names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0], node.lineno
            case _:
                pass


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the dotted name of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


Rule = Callable[[str, str], Iterator[str]]


def broad_except(text: str, _file: str) -> Iterator[str]:
    """`except Exception`, `except BaseException` and a bare `except` swallow faults of the program."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ExceptHandler):
            caught = ast.unparse(node.type) if node.type is not None else ""
            if not caught or re.search(r"\b(Base)?Exception\b", caught):
                yield f"{node.lineno}: except {caught}"


def silenced_types(text: str, _file: str) -> Iterator[str]:
    """A `type: ignore` names its code and, after a second #, its reason."""
    for number, line in enumerate(text.splitlines(), 1):
        if "type: ignore" in line and not re.search(r"# type: ignore\[[a-z-]+(, ?[a-z-]+)*\]  # \w+", line):
            yield f"{number}: {line.strip()}"


def not_a_number(text: str, _file: str) -> Iterator[str]:
    """NaN is no answer."""
    for name, node in calls(ast.parse(text)):
        first = node.args[0] if node.args else None
        written = str(first.value).casefold().lstrip("+-") if isinstance(first, ast.Constant) else ""
        if name in {"float", "Decimal"} and written in {"nan", "snan"}:
            yield f"{node.lineno}: {ast.unparse(node)}"
    for part in ast.walk(ast.parse(text)):
        if isinstance(part, ast.Attribute) and part.attr.casefold() == "nan":
            yield f"{part.lineno}: {ast.unparse(part)}"


def hidden_chance(text: str, file: str) -> Iterator[str]:
    """Chance is an argument; only keys and nonces of a real vault come from the operating system."""
    tree = ast.parse(text)
    yield from (f"{line}: import {name}" for name, line in imported(tree) if name in HIDDEN_CHANCE)
    for name, node in calls(tree):
        is_unseeded = name.endswith("default_rng") and not node.args
        is_global = re.fullmatch(r"(np|numpy)\.random\.[a-z_]+", name) and not name.endswith("default_rng")
        is_drawn = name == "os.urandom" and file not in {
            "allocation/sealed_strand.py",
            "ledger/encrypted.py",
            "conduct/door.py",
        }
        if is_unseeded or is_global or is_drawn:
            yield f"{node.lineno}: {name}"


def hidden_clock(text: str, file: str) -> Iterator[str]:
    """The hour is an argument; only `SystemClock` asks the machine."""
    if file == THE_CLOCK:
        return
    tree = ast.parse(text)
    yield from (f"{line}: import {name}" for name, line in imported(tree) if name == "time")
    for name, node in calls(tree):
        owner, _, method = name.rpartition(".")
        if method in THE_HOUR and owner.rpartition(".")[2] in {"datetime", "date"}:
            yield f"{node.lineno}: {name}()"


def printing(text: str, file: str) -> Iterator[str]:
    """Only the command line speaks."""
    if file.startswith("cli/"):
        return
    yield from (f"{node.lineno}: print" for name, node in calls(ast.parse(text)) if name == "print")


def network(text: str, _file: str) -> Iterator[str]:
    """The program talks to nobody."""
    yield from (f"{line}: import {name}" for name, line in imported(ast.parse(text)) if name in NETWORK)


def unsafe_parsing(text: str, _file: str) -> Iterator[str]:
    """What people bring is data, never code: no pickle, no eval, no XML without defusedxml, no unsafe YAML."""
    tree = ast.parse(text)
    names = {name for name, _ in imported(tree)}
    banned = UNSAFE if "defusedxml" in names and "lxml" not in names else UNSAFE | XML
    yield from (f"{line}: import {name}" for name, line in imported(tree) if name in banned)
    yield from (f"{line}: {name}" for name, line in parsers_of_xml(tree))
    for name, node in calls(tree):
        if name in {"eval", "exec", "compile", "__import__"} or name in {"yaml.load", "yaml.unsafe_load", "os.system"}:
            yield f"{node.lineno}: {name}"


def parsers_of_xml(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """What is taken from `xml` at run time and could read a file; types for the checker and ParseError may be named."""
    tests = [node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    for_checker = {id(node) for test in tests for part in test.body for node in ast.walk(part)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("xml.") and id(node) not in for_checker:
            yield from (
                (alias.name, node.lineno) for alias in node.names if alias.name not in {"Element", "ParseError"}
            )


def unfinished(text: str, _file: str) -> Iterator[str]:
    """What is left for later stands in an issue, not in a comment."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line):
            yield f"{number}: {line.strip()}"


RULES: Final[dict[str, tuple[Rule, tuple[str, ...]]]] = {
    "broad except": (
        broad_except,
        (
            "try:\n    a\nexcept Exception:\n    b",
            "try:\n    a\nexcept:\n    b",
            "try:\n    a\nexcept (ValueError, BaseException) as e:\n    b",
        ),
    ),
    "silenced types": (silenced_types, ("a = 1  # type: ignore", "a = 1  # type: ignore[arg-type]")),
    "not a number": (not_a_number, ("a = float('nan')", "a = np.nan", "a = math.nan", "a = Decimal('NaN')")),
    "hidden chance": (
        hidden_chance,
        (
            "import random",
            "from random import choice",
            "np.random.normal()",
            "np.random.default_rng()",
            "os.urandom(8)",
        ),
    ),
    "hidden clock": (
        hidden_clock,
        ("datetime.now(UTC)", "datetime.datetime.utcnow()", "date.today()", "import time", "from time import time"),
    ),
    "printing": (printing, ("print('x')",)),
    "network": (network, ("import socket", "from urllib.request import urlopen", "def f():\n    import requests")),
    "unsafe parsing": (
        unsafe_parsing,
        (
            "import pickle",
            "eval('1')",
            "exec('1')",
            "from xml.etree import ElementTree",
            "import defusedxml\nfrom xml.etree.ElementTree import fromstring",
            "yaml.load(text)",
        ),
    ),
    "unfinished": (unfinished, ("# TODO: later",)),
}


@pytest.mark.parametrize("rule", RULES)
def test_the_program_is_free_of_it(rule: str) -> None:
    find, _ = RULES[rule]
    texts = {path.relative_to(SRC).as_posix(): path.read_text("utf-8") for path in FILES}

    assert [f"{name}:{found}" for name, text in texts.items() for found in find(text, name)] == []


@pytest.mark.parametrize(
    ("rule", "planted"), [(rule, planted) for rule, (_, examples) in RULES.items() for planted in examples]
)
def test_the_rule_catches_it(rule: str, planted: str) -> None:
    find, _ = RULES[rule]

    assert list(find(planted, "conduct/planted.py"))
