"""JSON whose every value has its place in the text."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, NoReturn, TypeAlias

from pydantic import JsonValue

from armlet.registry.decode import LineEnds, refuse

DEEPEST: Final = 60
MOST_TOKENS: Final = 2_000_000
_OPENING: Final = frozenset("{[")
_CLOSING: Final = frozenset("}]")
_TOKEN: Final = re.compile(r'[{}\[\]]|"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\s{}\[\],:"]++')
_WORDS: Final[Mapping[str, bool | None]] = MappingProxyType({"true": True, "false": False, "null": None})
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

Scalar: TypeAlias = str | int | float | bool | None
Step: TypeAlias = str | int


class JsonLeaf:
    """A value that holds no other; `start` and `end` are offsets in the text, `opened` that of its name if it has one."""

    __slots__ = ("end", "opened", "start", "value")

    def __init__(self, value: Scalar, opened: int, start: int, end: int) -> None:
        self.value = value
        self.opened = opened
        self.start = start
        self.end = end


class JsonBranch:
    """An object or a list; its offsets are as those of a leaf."""

    __slots__ = ("end", "is_list", "members", "opened")

    def __init__(self, opened: int, *, is_list: bool) -> None:
        self.members: dict[Step, JsonBranch | JsonLeaf] = {}
        self.is_list = is_list
        self.opened = opened
        self.end = opened


JsonNode: TypeAlias = JsonBranch | JsonLeaf


class Repeated(NamedTuple):
    """What an object names a second time: the path, and what stands there this time."""

    path: str
    node: JsonNode


class JsonText:
    """A JSON document with the place of every value.

    Where an object names a member twice the first is kept, and the second is listed in `repeated`. Raises InputError,
    with line and column, for text that is not JSON, that is nested beyond all reason, or that holds a number or a text
    which cannot be kept.

    The standard library's parser says whether the text is JSON; after that its tokens can be told apart by how they
    begin, so that one pass over them finds what that parser does not tell: where each stands.
    """

    def __init__(self, text: str, name: str, first_line: int = 1) -> None:
        self.name = name
        self.first_line = first_line
        self.text = text
        self.repeated: list[Repeated] = []
        self._lines = LineEnds(text)
        self._check()
        self.root = self._tree()

    def line_at(self, offset: int) -> int:
        """The line of an offset, by its number in the file."""
        return self._lines.line_at(offset) + self.first_line - 1

    def raw(self, leaf: JsonLeaf) -> str:
        """The words of a value as they stand in the file, without the quotation marks of a text."""
        if isinstance(leaf.value, str):
            return self.text[leaf.start + 1 : leaf.end - 1]
        return self.text[leaf.start : leaf.end]

    def _check(self) -> None:
        try:
            json.loads(self.text, parse_constant=_no_constant)
        except json.JSONDecodeError as problem:
            number = problem.lineno + self.first_line - 1
            message = f"this is not JSON: {problem.msg} (line {number}, column {problem.colno})."
            fix = "The file may have been cut; fetch the record again."
            refuse("read/json", f"{self.name}:{number}", message, fix)
        except RecursionError:
            self._refuse_depth(self._line_too_deep())
        except ValueError as problem:
            line = self._line_of_long_number()
            where, why = (
                (f"{self.name}:{line}", "a number of thousands of digits") if line else (self.name, str(problem))
            )
            refuse("read/json", where, f"this is not JSON that can be kept: {why}.", "Fetch the record again.")

    def _line_too_deep(self) -> int:
        """The line where the text, which need not be JSON, opens more than can be; 1 where it does not."""
        depth = 0
        for token in _TOKEN.finditer(self.text):
            depth += (token[0] in _OPENING) - (token[0] in _CLOSING)
            if depth > DEEPEST:
                return self.line_at(token.start())
        return 1

    def _line_of_long_number(self) -> int | None:
        tokens = _TOKEN.finditer(self.text)
        found = next((token for token in tokens if token[0][0] in "-0123456789" and len(token[0]) > 4000), None)
        return self.line_at(found.start()) if found else None

    def _tree(self) -> JsonNode:
        """The document as nodes: `key` is the name whose value comes next; items of a list have none."""
        whole = branch = JsonBranch(0, is_list=True)
        outer: list[_Pending] = []
        key: str | None = None
        opened = 0
        for count, token in enumerate(_TOKEN.finditer(self.text)):
            if count > MOST_TOKENS:
                self._refuse_number()
            word, start = token[0], token.start()
            if word in _CLOSING:
                branch.end = token.end()
                branch = outer.pop()[0]
                key = None
                continue
            if key is None:
                opened = start
                if not branch.is_list:
                    key = self._text(word, start, branch, key, outer)
                    continue
            if word in _OPENING:
                outer.append((branch, key))
                if len(outer) > DEEPEST:
                    self._refuse_depth(self.line_at(start))
                member = JsonBranch(opened, is_list=word == "[")
                self._add(branch, key, member, outer)
                branch = member
            elif word[0] == '"':
                text = self._text(word, start, branch, key, outer)
                self._add(branch, key, JsonLeaf(text, opened, start, token.end()), outer)
            else:
                value = self._scalar(word, start, branch, key, outer)
                self._add(branch, key, JsonLeaf(value, opened, start, token.end()), outer)
            key = None
        return whole.members[0]

    def _add(self, branch: JsonBranch, key: str | None, member: JsonNode, outer: list[_Pending]) -> None:
        members = branch.members
        if key is None:
            members[len(members)] = member
        elif key not in members:
            members[key] = member
        else:
            self.repeated.append(Repeated(_path(branch, key, outer), member))

    def _text(self, word: str, start: int, branch: JsonBranch, key: str | None, outer: list[_Pending]) -> str:
        if "\\" not in word:
            return word[1:-1]
        value = str(json.loads(word))
        if _SURROGATE.search(value):
            self._refuse_value(start, _path(branch, key, outer))
        return value

    def _scalar(self, word: str, start: int, branch: JsonBranch, key: str | None, outer: list[_Pending]) -> Scalar:
        if word in _WORDS:
            return _WORDS[word]
        try:
            return int(word)
        except ValueError:
            value = float(word)
        if not math.isfinite(value):
            self._refuse_value(start, _path(branch, key, outer))
        return value

    def _refuse_value(self, offset: int, path: str) -> NoReturn:
        message = f"the value or the name at {path or 'the beginning'} is no text or number that can be kept."
        refuse("read/json", f"{self.name}:{self.line_at(offset)}", message, "Fetch the record again.")

    def _refuse_number(self) -> NoReturn:
        message = f"the JSON has more than {MOST_TOKENS} names, values and brackets; a registry record has not."
        refuse("read/json", self.name, message, "Is it one record?")

    def _refuse_depth(self, line: int) -> NoReturn:
        message = f"the JSON is nested more than {DEEPEST} deep; a registry record is not."
        refuse("read/json", f"{self.name}:{line}", message, "Is it the right file?")


_Pending: TypeAlias = tuple[JsonBranch, str | None]
"""A branch whose member is being read, and the name of that member (none in a list)."""


def _path(branch: JsonBranch, key: str | None, outer: list[_Pending]) -> str:
    """The path of the member that is being read."""
    path = ""
    for above, name in [*outer[1:], (branch, key)] if outer else ():
        path = join_step(path, len(above.members) if name is None and above.is_list else name or "")
    return path


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a value of JSON")


def join_step(path: str, step: Step) -> str:
    """The path of a member: ``a.b`` in an object, ``a[0]`` in a list."""
    if isinstance(step, int):
        return f"{path}[{step}]"
    return f"{path}.{step}" if path else step


def json_leaves(node: JsonNode, path: str = "") -> list[tuple[str, JsonLeaf]]:
    """Every value below a node with its path, in the order of the document."""
    found: list[tuple[str, JsonLeaf]] = []
    _gather(node, path, found)
    return found


def _gather(node: JsonNode, path: str, found: list[tuple[str, JsonLeaf]]) -> None:
    if isinstance(node, JsonLeaf):
        found.append((path, node))
        return
    start = path if node.is_list or not path else f"{path}."
    for step, member in node.members.items():
        below = f"{start}[{step}]" if node.is_list else f"{start}{step}"
        if isinstance(member, JsonLeaf):
            found.append((below, member))
        else:
            _gather(member, below, found)


def plain_json(node: JsonNode) -> JsonValue:
    """The node without the places."""
    if isinstance(node, JsonLeaf):
        return node.value
    if node.is_list:
        return [plain_json(member) for member in node.members.values()]
    members = node.members.items()
    return {str(name): m.value if isinstance(m, JsonLeaf) else plain_json(m) for name, m in members}
