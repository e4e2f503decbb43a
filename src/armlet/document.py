"""The base of everything that is written to disk: strict, frozen, no unknown keys, one canonical spelling, one digest.

YAML is read as YAML 1.2 into plain data whose every value remembers its line, so that a typing error is reported as
``protocol.yaml:9`` and not as a stack of types. Numbers stay decimal text on the way: nothing passes through a float.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from yaml import compose, parse
from yaml.error import MarkedYAMLError, YAMLError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from armlet.errors import InputError
from armlet.issues import Issue, error

Plain = None | bool | int | str | list["Plain"] | dict[str, "Plain"]
Path_ = tuple[str | int, ...]
LARGEST_DOCUMENT: Final = 5_000_000
DEEPEST_DOCUMENT: Final = 60


class Document(BaseModel):
    """A piece of data with a meaning of its own: it cannot be changed, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)

    def canonical(self) -> bytes:
        """The one spelling of this document: JSON with sorted keys, what is absent left out, UTF-8."""
        return canonical_json(self.model_dump(mode="json", by_alias=True, exclude_none=True))

    def digest(self) -> str:
        """``sha256:`` and the hexadecimal digest of the canonical spelling."""
        return digest(self.canonical())

    @classmethod
    def from_plain(cls, plain: Plain) -> Self:
        """The document that plain data spells. Raises pydantic's ValidationError."""
        return cls.model_validate_json(json.dumps(plain))


D = TypeVar("D", bound=Document)


def canonical_json(plain: Any) -> bytes:
    """Plain data as JSON with sorted keys and no spare blanks; equal data give equal bytes."""
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(data: bytes) -> str:
    """``sha256:`` and the hexadecimal digest of the bytes."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Lines:
    """Where in a YAML text each value stands, so that an issue can name the line."""

    name: str
    by_path: Mapping[Path_, int]

    def where(self, path: Sequence[str | int]) -> str:
        """``name:line`` of the deepest part of the path that the text has; steps it does not know are passed over."""
        known: Path_ = ()
        for step in path:
            if (*known, step) in self.by_path:
                known = (*known, step)
        return f"{self.name}:{self.by_path.get(known, 1)}"


# The parser in C where the package brings it; it reads structure only, every plain scalar is resolved below.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?(0|[1-9]\d*)")
_WORDS: dict[str, Plain] = {"true": True, "false": False, "null": None, "~": None, "": None}


def _read_node(node: Node, path: Path_, lines: dict[Path_, int], problems: list[Issue], name: str) -> Plain:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, ScalarNode):
        return _read_scalar(node)
    if isinstance(node, SequenceNode):
        return [_read_node(item, (*path, index), lines, problems, name) for index, item in enumerate(node.value)]
    assert isinstance(node, MappingNode)  # the three kinds of node that YAML has
    return _read_mapping(node, path, lines, problems, name)


def _read_scalar(node: ScalarNode) -> Plain:
    text = str(node.value)
    if node.style in {"'", '"', "|", ">"}:
        return text
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.fullmatch(text) and len(text) < 18 else text


def _read_mapping(
    node: MappingNode, path: Path_, lines: dict[Path_, int], problems: list[Issue], name: str
) -> dict[str, Plain]:
    out: dict[str, Plain] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in out:
            message = f"the key {key!r} stands here a second time (first on line {lines[(*path, key)]})."
            problems.append(error("yaml/duplicate-key", f"{name}:{line}", message, "Keep one of the two."))
        lines[(*path, key)] = line
        out[key] = _read_node(value_node, (*path, key), lines, problems, name)
    return out


def read_yaml(text: str, name: str) -> tuple[Plain, Lines]:
    """YAML text as plain data and the line of every value.

    Decimal numbers stay text as typed; only ``true``, ``false``, ``null`` and whole numbers become other types.
    Raises InputError, with the line, for text that is not YAML, is too large, uses anchors, or repeats a key.
    """
    if len(text) > LARGEST_DOCUMENT:
        raise InputError(
            [error("yaml/too-large", name, f"the file has {len(text)} characters.", "Is it the right one?")]
        )
    try:
        _refuse_aliases_and_depths(text, name)
        node = compose(text, Loader=_LOADER)
    except MarkedYAMLError as problem:
        mark = problem.problem_mark
        line = mark.line + 1 if mark is not None else 1
        reason = str(problem.problem or "it cannot be read")
        raise InputError(
            [error("yaml/syntax", f"{name}:{line}", f"this is not YAML: {reason}.", "Mend the line.")]
        ) from None
    except YAMLError as problem:
        first = str(problem).splitlines()[0]
        raise InputError([error("yaml/syntax", f"{name}:1", f"this is not YAML: {first}.", "Is it text?")]) from None
    if node is None:
        raise InputError([error("yaml/empty", f"{name}:1", "the file is empty.", "Expected a document.")])
    lines: dict[Path_, int] = {}
    problems: list[Issue] = []
    plain = _read_node(node, (), lines, problems, name)
    if problems:
        raise InputError(problems)
    return plain, Lines(name, lines)


def _refuse_aliases_and_depths(text: str, name: str) -> None:
    """Looks at the events one by one before anything is built: what repeats or nests without end is never built."""
    depth = 0
    for event in parse(text, Loader=_LOADER):
        kind, mark = type(event).__name__, event.start_mark
        line = mark.line + 1 if mark is not None else 1
        if kind == "AliasEvent" or getattr(event, "anchor", None) is not None:
            message = "anchors and aliases (& and *) are not used in this file."
            raise InputError([error("yaml/alias", f"{name}:{line}", message, "Write the value out.")])
        depth += kind in {"MappingStartEvent", "SequenceStartEvent"}
        depth -= kind in {"MappingEndEvent", "SequenceEndEvent"}
        if depth > DEEPEST_DOCUMENT:
            raise InputError(
                [error("yaml/too-deep", f"{name}:{line}", "the text is nested too deeply.", "Flatten it.")]
            )


def read_text(path: Path, rule: str = "file") -> str:
    """A file's text in UTF-8 (a byte-order mark is passed over). Raises InputError where there is none."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        message = f"the file is not UTF-8 text (byte {problem.start})."
        raise InputError([error(f"{rule}/encoding", str(path), message, "Save it as UTF-8.")]) from None
    except OSError as problem:
        message = f"the file cannot be read: {problem.strerror}."
        raise InputError([error(f"{rule}/unreadable", str(path), message, "Check the name.")]) from None


def load_document(kind: type[D], plain: Plain, lines: Lines, rule: str) -> D:
    """The document that the plain data spell. Raises InputError with one issue, with its line, for each thing amiss."""
    try:
        return kind.from_plain(plain)
    except ValidationError as problem:
        raise InputError([_as_issue(dict(item), lines, rule) for item in problem.errors()]) from None


def _as_issue(item: dict[str, Any], lines: Lines, rule: str) -> Issue:
    path = tuple(item["loc"])
    name = ".".join(str(step) for step in path if not str(step).startswith("function-"))
    if item["type"] == "extra_forbidden":
        message = f"{path[-1]!r} is not permitted here ({name})."
        return error(f"{rule}/unknown-key", lines.where(path), message, "Check the spelling, or take it out.")
    if item["type"] == "missing":
        message = f"{path[-1]!r} is missing ({name})."
        return error(f"{rule}/missing", lines.where(path), message, "Add it.")
    said = str(item["msg"]).removeprefix("Value error, ")
    got = "" if isinstance(item["input"], dict | list) else f" Got {item['input']!r}."
    return error(f"{rule}/invalid", lines.where(path), f"{name}: {said}.{got}".replace("..", "."), "")
