"""One study as the ClinicalTrials.gov v2 API gives it: JSON with a ``protocolSection``.

Every value of the file is a fact at its line; lines with nothing but brackets and names of structures count as
boilerplate. A key that the API does not have, or a value that does not fit its field, is listed as unrecognised with
its path and left out of the record; the rest of the record is read. In a file written on one line, that line can hold
facts and something unrecognised: it then counts as not accounted for. Telephone numbers and mail addresses of contacts
are passed over.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NoReturn, TypeAlias

from pydantic import JsonValue, ValidationError

from armlet.errors import Fault, InputError
from armlet.issues import Severity, error
from armlet.registry.accounting import Account, Line, RegistryFormat, Source
from armlet.registry.inference import check_polarity
from armlet.registry.record import Record

DEEPEST: Final = 60
_TOKEN: Final = re.compile(r'[{}\[\],:]|"[^"\\]*(?:\\.[^"\\]*)*"|[^\s{}\[\],:"]+')
_CONTACT_DETAIL: Final = re.compile(r".*(?:[cC]ontacts\[\d+\]|pointOfContact)\.(?:phone|phoneExt|email)")
_CONTACT_SHOWN: Final = "(contact details, not kept)"
_NULL_SHOWN: Final = "(null)"
_EXCERPT: Final = 200
_UNKNOWN_KEY: Final = "extra_forbidden"


@dataclass
class _Leaf:
    value: str | int | float | bool | None
    start: int
    end: int


@dataclass
class _Branch:
    """An object or a list; `opened` says where each member begins, its name included."""

    members: dict[str | int, _Branch | _Leaf]
    is_list: bool
    start: int
    end: int
    opened: dict[str | int, int] = field(default_factory=dict)


_Node: TypeAlias = _Branch | _Leaf
_Step: TypeAlias = str | int


class _Document:
    """The text with the place of every value; only made of text that is known to be JSON."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.text = account.source.text
        self.breaks = [match.end() for match in re.finditer(r"\r\n|\n|\r", self.text)]
        self.tokens: Iterator[re.Match[str]] = _TOKEN.finditer(self.text)
        self.dropped: list[tuple[int, int, str]] = []

    def line_at(self, offset: int) -> int:
        return bisect_right(self.breaks, offset) + 1

    def node(self, path: str) -> _Node:
        return self._node(next(self.tokens), path)

    def _node(self, token: re.Match[str], path: str) -> _Node:
        if token[0] == "{":
            return self._object(token, path)
        if token[0] == "[":
            return self._list(token, path)
        value = json.loads(token[0])
        if (isinstance(value, float) and not math.isfinite(value)) or (isinstance(value, str) and not _is_text(value)):
            self.refuse(token.start(), f"the value at {path} is no text or number that can be kept.")
        return _Leaf(value, token.start(), token.end())

    def _object(self, token: re.Match[str], path: str) -> _Branch:
        branch = _Branch({}, False, token.start(), token.end())
        for name in self.tokens:
            if name[0] == "}":
                branch.end = name.end()
                return branch
            if name[0] == ",":
                continue
            key = json.loads(name[0])
            next(self.tokens)
            below = f"{path}.{key}" if path else key
            member = self._node(next(self.tokens), below)
            if not _is_text(key):
                self.refuse(name.start(), f"the name of a member of {path or 'the record'} is no text.")
            if key in branch.members:
                self._repeated(below, name.start(), member.end)
            else:
                branch.members[key], branch.opened[key] = member, name.start()
        return branch

    def _list(self, token: re.Match[str], path: str) -> _Branch:
        branch = _Branch({}, True, token.start(), token.end())
        for item in self.tokens:
            if item[0] == "]":
                branch.end = item.end()
                return branch
            if item[0] != ",":
                index = len(branch.members)
                branch.members[index] = self._node(item, f"{path}[{index}]")
                branch.opened[index] = item.start()
        return branch

    def _repeated(self, path: str, start: int, end: int) -> None:
        line = self.line_at(start)
        message = f"{path} stands here a second time."
        self.account.warn("read/duplicate-key", line, message, "The first is kept; find out which is right.")
        self.dropped.append((start, end, path))

    def refuse(self, offset: int, message: str) -> NoReturn:
        where = f"{self.account.source.name}:{self.line_at(offset)}"
        raise InputError([error("read/json", where, message, "Fetch the record again.")])


def _is_text(value: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _check_json(source: Source) -> None:
    """Raises InputError, with line and column, for text that is not JSON or that is nested beyond all reason."""
    try:
        json.loads(source.text, parse_constant=_no_constant)
    except json.JSONDecodeError as problem:
        where = f"{source.name}:{problem.lineno}"
        message = f"this is not JSON: {problem.msg} (line {problem.lineno}, column {problem.colno})."
        fix = "The file may have been cut; fetch the record again."
        raise InputError([error("read/json", where, message, fix)]) from None
    except RecursionError:
        _refuse_depth(source, 1)
    except ValueError as problem:
        message = f"this is not JSON: {problem}."
        raise InputError([error("read/json", source.name, message, "Fetch the record again.")]) from None
    depth = 0
    for token in _TOKEN.finditer(source.text):
        depth += (token[0] in "{[") - (token[0] in "}]")
        if depth > DEEPEST:
            _refuse_depth(source, source.text.count("\n", 0, token.start()) + 1)


def _refuse_depth(source: Source, line: int) -> NoReturn:
    message = f"the JSON is nested more than {DEEPEST} deep; a registry record is not."
    raise InputError([error("read/json", f"{source.name}:{line}", message, "Is it the right file?")])


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a value of JSON")


def _plain(node: _Node) -> JsonValue:
    if isinstance(node, _Leaf):
        return node.value
    if node.is_list:
        return [_plain(member) for member in node.members.values()]
    return {str(name): _plain(member) for name, member in node.members.items()}


def _prune(document: _Document, root: _Branch, steps: tuple[_Step, ...], why: str | None) -> None:
    """Take the value at the path out of the tree; what it was is listed, with `why` it does not fit as an issue."""
    branch, path = root, ""
    for depth, step in enumerate(steps):
        path = _join(path, step)
        member = branch.members.get(step)
        if member is None:
            return
        if depth == len(steps) - 1 or isinstance(member, _Leaf):
            start = branch.opened[step]
            document.dropped.append((start, member.end, path))
            if why is not None:
                line = document.line_at(start)
                message = f"{path} cannot be kept: {why}."
                document.account.warn("read/value", line, message, "It is left out; correct it.", Severity.ERROR)
            del branch.members[step]
            return
        branch = member


def _renumber(node: _Node) -> None:
    """Close the gaps that pruning left in lists, so that paths are those of the record."""
    if isinstance(node, _Branch):
        if node.is_list:
            kept = list(node.members.items())
            node.opened = {index: node.opened[old] for index, (old, _) in enumerate(kept)}
            node.members = {index: member for index, (_, member) in enumerate(kept)}
        for member in node.members.values():
            _renumber(member)


def _join(path: str, step: _Step) -> str:
    if isinstance(step, int):
        return f"{path}[{step}]"
    return f"{path}.{step}" if path else step


def _leaves(node: _Node, path: str = "") -> Iterator[tuple[str, _Leaf]]:
    if isinstance(node, _Leaf):
        yield path, node
        return
    for step, member in node.members.items():
        yield from _leaves(member, _join(path, step))


def _drop_unkept(document: _Document, branch: _Branch, path: str = "") -> None:
    """Contact details, which are not kept, and nulls, which say nothing."""
    for step, member in list(branch.members.items()):
        below = _join(path, step)
        if isinstance(member, _Branch):
            _drop_unkept(document, member, below)
            continue
        is_contact = _CONTACT_DETAIL.fullmatch(below) is not None
        if is_contact or member.value is None:
            shown = _CONTACT_SHOWN if is_contact else _NULL_SHOWN
            document.account.known(Line(document.line_at(member.start), shown))
            del branch.members[step]


def _validated(document: _Document, root: _Branch) -> Record:
    """The record, without what does not fit; each round takes out all that the last one found."""
    while True:
        before = len(document.dropped)
        try:
            return Record.model_validate_json(json.dumps(_plain(root)))
        except ValidationError as problem:
            found = problem.errors(include_url=False)
        for item in sorted(found, key=lambda item: [str(step).zfill(9) for step in item["loc"]], reverse=True):
            why = None if item["type"] == _UNKNOWN_KEY else str(item["msg"]).removeprefix("Value error, ")
            _prune(document, root, tuple(item["loc"]), why)
        _renumber(root)
        if len(document.dropped) == before:
            raise Fault(f"the record does not fit its own model: {found[0]['msg']}")


def _account_for_lines(document: _Document) -> None:
    account, text = document.account, document.text
    dropped_lines: set[int] = set()
    for start, end, path in document.dropped:
        raw = " ".join(text[start:end].split())
        account.unread(document.line_at(start), f"{path} ({raw[:_EXCERPT]})")
        dropped_lines.update(range(document.line_at(start), document.line_at(end) + 1))
    read = {fact.line for fact in account.facts}
    for line in account.source.lines():
        if line.line not in read and line.line not in dropped_lines and not account.is_known(line):
            account.known(line)


def _read(account: Account) -> Record:
    _check_json(account.source)
    document = _Document(account)
    root = document.node("")
    protocol = root.members.get("protocolSection") if isinstance(root, _Branch) and not root.is_list else None
    if not isinstance(root, _Branch) or not isinstance(protocol, _Branch) or protocol.is_list:
        message = (
            "the file is JSON, but not a study of the ClinicalTrials.gov v2 API: it has no object protocolSection."
        )
        fix = "Fetch one study, not a list, in the JSON format of the v2 API."
        raise InputError([error("read/not-a-record", account.source.name, message, fix)])
    _drop_unkept(document, root)
    _renumber(root)
    record = _validated(document, root)
    for path, leaf in _leaves(root):
        assert leaf.value is not None  # nulls are dropped above
        raw = document.text[leaf.start : leaf.end]
        quote = raw[1:-1] if isinstance(leaf.value, str) else raw
        account.quote_part(path, leaf.value, document.line_at(leaf.start), quote)
    _account_for_lines(document)
    check_polarity(account, record.protocol_section.eligibility_module.eligibility_criteria or "")
    return record


def _signs(source: Source) -> int:
    """JSON is known by how it begins; nothing else begins so."""
    return 1000 if re.match(r'\s*(?:\{\s*["}]|\[\s*[\[{])', source.text) else 0


METHOD = RegistryFormat(
    description="one study as the ClinicalTrials.gov v2 API gives it, in JSON", enough=1, signs=_signs, read=_read
)
