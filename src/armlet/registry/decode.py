"""The bytes of a file as text, and text as JSON or XML whose every value has its place; or why they are none.

Never a guess at an encoding, and never a JSON or XML document read with a value missing.
"""

from __future__ import annotations

import codecs
import html
import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias

from pydantic import JsonValue

from armlet.errors import InputError
from armlet.issues import error

if TYPE_CHECKING:  # defusedxml ships no types; its parser is the standard one, made to refuse what can do harm
    from xml.etree.ElementTree import ParseError
    from xml.etree.ElementTree import XMLParser as DefusedXMLParser
else:
    from defusedxml.ElementTree import DefusedXMLParser, ParseError

LARGEST_FILE_BYTES: Final = 20_000_000
_UTF_32: Final = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_KINDS: Final = (
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\x1f\x8b", "a compressed file"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def decode_text(data: bytes, name: str) -> str:
    """The text of a file in UTF-8 (with or without byte-order mark) or in UTF-16 with byte-order mark.

    Raises InputError for a file that is empty, larger than 20 MB, binary, or in another encoding.
    """
    if len(data) > LARGEST_FILE_BYTES:
        megabytes = f"{len(data) / 1_000_000:.1f}"
        _refuse("read/too-large", name, f"the file has {megabytes} MB; expected at most 20 MB.", "Is it the right one?")
    if not data.strip(b" \t\r\n\x0c"):
        _refuse("read/empty", name, "the file is empty.", "Expected a registry record.")
    _refuse_binary(data, name)
    text = _decode(data, name)
    if not text.strip():
        _refuse("read/empty", name, "the file is empty but for blanks.", "Expected a registry record.")
    found = _CONTROL.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        message = f"the file is not text: it has the control character U+{ord(found[0]):04X}."
        _refuse("read/binary", f"{name}:{line}", message, "Expected a registry record as text or JSON.")
    return text


def _refuse_binary(data: bytes, name: str) -> None:
    for start, kind in _KINDS:
        if data.startswith(start):
            _refuse("read/binary", name, f"the file is {kind}, not text.", "Save the record as text or JSON.")
    if b"\0" in data and not data.startswith((*_UTF_16, *_UTF_32)):
        message = "the file is not text: it has NUL bytes."
        _refuse("read/binary", name, message, "If it is UTF-16, save it as UTF-8 or with a byte-order mark.")


def _decode(data: bytes, name: str) -> str:
    expected = "Expected UTF-8, or UTF-16 with a byte-order mark"
    if data.startswith(_UTF_32):
        _refuse("read/wrong-encoding", name, "the file is in UTF-32.", f"{expected}; save it so.")
    encoding = "utf-16" if data.startswith(_UTF_16) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        label = "UTF-16" if encoding == "utf-16" else "UTF-8"
        message = f"the file is not {label} (byte {problem.start + 1}, 0x{data[problem.start]:02X})."
        fix = f"{expected}; it may be in Windows-1252 or Latin-1: open it as that and save it as UTF-8."
        _refuse("read/wrong-encoding", f"{name}:{line}", message, fix)


def _refuse(rule: str, where: str, message: str, fix: str) -> NoReturn:
    raise InputError([error(rule, where, message, fix)])


DEEPEST: Final = 60
_TOKEN: Final = re.compile(r'[{}\[\],:]|"[^"\\]*(?:\\.[^"\\]*)*"|[^\s{}\[\],:"]+')


@dataclass
class JsonLeaf:
    """A value that holds no other; `start` and `end` are offsets in the text."""

    value: str | int | float | bool | None
    start: int
    end: int


@dataclass
class JsonBranch:
    """An object or a list; `opened` says where each member begins, its name included."""

    members: dict[str | int, JsonBranch | JsonLeaf]
    is_list: bool
    start: int
    end: int
    opened: dict[str | int, int] = field(default_factory=dict)


JsonNode: TypeAlias = JsonBranch | JsonLeaf
Step: TypeAlias = str | int


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a text, and the path of what stands there."""

    start: int
    end: int
    path: str


class JsonText:
    """A JSON document with the place of every value.

    Where an object names a member twice the first is kept, and the second is listed in `repeated`. Raises InputError,
    with line and column, for text that is not JSON, that is nested beyond all reason, or that holds a number or a text
    which cannot be kept.
    """

    def __init__(self, text: str, name: str) -> None:
        _check_json(text, name)
        self.name = name
        self.text = text
        self.repeated: list[Stretch] = []
        self._breaks = [match.end() for match in re.finditer(r"\r\n|\n|\r", text)]
        self._tokens: Iterator[re.Match[str]] = _TOKEN.finditer(text)
        self.root = self._node(next(self._tokens), "")

    def line_at(self, offset: int) -> int:
        """The line of an offset, counted from 1."""
        return bisect_right(self._breaks, offset) + 1

    def raw(self, leaf: JsonLeaf) -> str:
        """The words of a value as they stand in the file, without the quotation marks of a text."""
        words = self.text[leaf.start : leaf.end]
        return words[1:-1] if isinstance(leaf.value, str) else words

    def _node(self, token: re.Match[str], path: str) -> JsonNode:
        if token[0] == "{":
            return self._object(token, path)
        if token[0] == "[":
            return self._list(token, path)
        value = json.loads(token[0])
        if (isinstance(value, float) and not math.isfinite(value)) or (isinstance(value, str) and not _is_text(value)):
            self._refuse(token.start(), f"the value at {path} is no text or number that can be kept.")
        return JsonLeaf(value, token.start(), token.end())

    def _object(self, token: re.Match[str], path: str) -> JsonBranch:
        branch = JsonBranch({}, False, token.start(), token.end())
        for name in self._tokens:
            if name[0] == "}":
                branch.end = name.end()
                return branch
            if name[0] == ",":
                continue
            key = json.loads(name[0])
            next(self._tokens)
            below = join_step(path, key)
            member = self._node(next(self._tokens), below)
            if not _is_text(key):
                self._refuse(name.start(), f"the name of a member of {path or 'the record'} is no text.")
            if key in branch.members:
                self.repeated.append(Stretch(name.start(), member.end, below))
            else:
                branch.members[key], branch.opened[key] = member, name.start()
        return branch

    def _list(self, token: re.Match[str], path: str) -> JsonBranch:
        branch = JsonBranch({}, True, token.start(), token.end())
        for item in self._tokens:
            if item[0] == "]":
                branch.end = item.end()
                return branch
            if item[0] != ",":
                index = len(branch.members)
                branch.members[index] = self._node(item, join_step(path, index))
                branch.opened[index] = item.start()
        return branch

    def _refuse(self, offset: int, message: str) -> NoReturn:
        _refuse("read/json", f"{self.name}:{self.line_at(offset)}", message, "Fetch the record again.")


def join_step(path: str, step: Step) -> str:
    """The path of a member: ``a.b`` in an object, ``a[0]`` in a list."""
    if isinstance(step, int):
        return f"{path}[{step}]"
    return f"{path}.{step}" if path else step


def json_leaves(node: JsonNode, path: str = "") -> Iterator[tuple[str, JsonLeaf]]:
    """Every value below a node with its path, in the order of the document."""
    if isinstance(node, JsonLeaf):
        yield path, node
        return
    for step, member in node.members.items():
        yield from json_leaves(member, join_step(path, step))


def plain_json(node: JsonNode) -> JsonValue:
    """The node without the places."""
    if isinstance(node, JsonLeaf):
        return node.value
    if node.is_list:
        return [plain_json(member) for member in node.members.values()]
    return {str(name): plain_json(member) for name, member in node.members.items()}


def _is_text(value: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _check_json(text: str, name: str) -> None:
    try:
        json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as problem:
        message = f"this is not JSON: {problem.msg} (line {problem.lineno}, column {problem.colno})."
        _refuse("read/json", f"{name}:{problem.lineno}", message, "The file may have been cut; fetch the record again.")
    except RecursionError:
        _refuse_depth(name, 1)
    except ValueError as problem:
        _refuse("read/json", name, f"this is not JSON: {problem}.", "Fetch the record again.")
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += (token[0] in "{[") - (token[0] in "}]")
        if depth > DEEPEST:
            _refuse_depth(name, text.count("\n", 0, token.start()) + 1)


def _refuse_depth(name: str, line: int) -> NoReturn:
    message = f"the JSON is nested more than {DEEPEST} deep; a registry record is not."
    _refuse("read/json", f"{name}:{line}", message, "Is it the right file?")


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a value of JSON")


MOST_ELEMENTS: Final = 500_000
_ATTRIBUTE: Final = re.compile(r"""\s+([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_START: Final = re.compile(r"<[^\s/>]+")
_TWICE_ESCAPED: Final = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_CARRIAGE_RETURN: Final = re.compile(r"(?:&#(?:13|[xX]0*[dD]);)+$")


@dataclass(frozen=True, slots=True)
class Words:
    """What one line of the source gives to a value.

    `text` has references resolved and keeps the blanks before its first word; `quote` is what stands in the line.
    """

    line: int
    text: str
    quote: str


@dataclass
class XmlElement:
    """One element: `words` is the text that stands directly in it, line by line, lines of blanks left out."""

    tag: str
    line: int
    end_line: int
    attributes: dict[str, Words] = field(default_factory=dict)
    words: list[Words] = field(default_factory=list)
    children: list[XmlElement] = field(default_factory=list)

    def child(self, tag: str) -> XmlElement | None:
        """The first child of that name."""
        return next((child for child in self.children if child.tag == tag), None)

    def is_empty(self) -> bool:
        """Whether there is no word anywhere below, attributes included."""
        return not self.words and not self.attributes and all(child.is_empty() for child in self.children)


class XmlText:
    """An XML document with the place of every word; names are kept without their namespace.

    `worded` are the lines that have text outside tags and comments; `twice_escaped` those in which a reference was
    escaped once too often (``&amp;lt;``), which is undone. Raises InputError, with the line, for text that is not XML,
    that declares entities (whatever they do), or that is nested or long beyond all reason.
    """

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.comments: list[Words] = []
        self.worded: set[int] = set()
        self.twice_escaped: list[int] = []
        self._data = text.encode()
        self._stack: list[XmlElement] = []
        self._run: list[tuple[int, int, str]] = []
        self._count = 0
        self.root = XmlElement("", 1, 1)
        self._parser = DefusedXMLParser(target=self, encoding="utf-8")
        self._expat = self._parser.parser
        self._expat.buffer_text = False
        self._parse()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """The parser tells of an element that begins."""
        self._close_run()
        line = self._expat.CurrentLineNumber
        element = XmlElement(tag.rpartition("}")[2], line, line)
        self._count += 1
        if len(self._stack) >= DEEPEST or self._count > MOST_ELEMENTS:
            what = f"nested more than {DEEPEST} deep" if len(self._stack) >= DEEPEST else "of too many elements"
            message = f"the XML is {what}; a registry record is not."
            _refuse("read/xml", f"{self.name}:{line}", message, "Is it the right file?")
        if attributes:
            element.attributes = self._attributes(line, attributes)
        if self._stack:
            self._stack[-1].children.append(element)
        else:
            self.root = element
        self._stack.append(element)

    def end(self, _tag: str) -> None:
        """The parser tells of an element that ends."""
        self._close_run()
        self._stack.pop().end_line = self._expat.CurrentLineNumber

    def data(self, text: str) -> None:
        """The parser tells of text: never more than one line, and often less."""
        if text == "\n":
            self._close_run()
        else:
            self._run.append((self._expat.CurrentLineNumber, self._expat.CurrentByteIndex, text))

    def comment(self, text: str) -> None:
        """The parser tells of a comment."""
        self._close_run()
        self.comments.append(Words(self._expat.CurrentLineNumber, text.strip(), text.strip()))

    def close(self) -> XmlElement:
        """The parser is done."""
        return self.root

    def _parse(self) -> None:
        try:
            self._parser.feed(self._data)
            self._parser.close()
        except ParseError as problem:
            line, column = problem.position
            message = f"this is not XML: {str(problem).partition(':')[0]} (line {line}, column {column + 1})."
            _refuse("read/xml", f"{self.name}:{line}", message, "The file may have been cut; fetch the record again.")
        except ValueError:  # what defusedxml refuses
            where = f"{self.name}:{self._expat.CurrentLineNumber}"
            message = "the XML declares an entity, or refers to one outside; no registry record does."
            _refuse("read/xml", where, message, "Is it the right file?")

    def _close_run(self) -> None:
        """Put the text of one line, told in pieces, together, with the words of the source that it was."""
        if not self._run:
            return
        line, start, _ = self._run[0]
        text = "".join(piece for _, _, piece in self._run).rstrip()
        self._run.clear()
        if not text.strip() or not self._stack:
            return
        raw = self._data[start : self._expat.CurrentByteIndex].decode(errors="replace")
        quote = _CARRIAGE_RETURN.sub("", raw.removesuffix("<![CDATA[").removesuffix("]]>").strip()).strip()
        self.worded.add(line)
        self._stack[-1].words.append(Words(line, self._unescaped(text, line), quote))

    def _unescaped(self, text: str, line: int) -> str:
        text = text.replace("\r", "").replace("\xa0", " ")
        if not _TWICE_ESCAPED.search(text):
            return text
        self.twice_escaped.append(line)
        return _TWICE_ESCAPED.sub(lambda match: html.unescape(match[0]), text)

    def _attributes(self, line: int, attributes: dict[str, str]) -> dict[str, Words]:
        """Each attribute with its words and line; names that differ only by namespace fall together, the last stays."""
        at = self._expat.CurrentByteIndex
        reach = 1000 + 12 * sum(len(name) + len(value) for name, value in attributes.items())
        raw = self._data[at : at + reach].decode(errors="replace")
        opening = _START.match(raw)
        position = opening.end() if opening else 0
        found: dict[str, Words] = {}
        for name, value in attributes.items():
            match = _ATTRIBUTE.match(raw, position)
            quote = match[2] or match[3] or "" if match else value
            position = match.end() if match else position
            at_line = line + raw.count("\n", 0, match.end()) if match else line
            found[name.rpartition("}")[2]] = Words(at_line, value.strip(), quote.strip())
        return found


_QUOTED: Final = re.compile(r'"((?:[^"]|"")*)"')
_LINE_END: Final = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class TableCell:
    """One cell of a table: the words of each of its lines that has any; none for an empty cell."""

    line: int
    words: tuple[Words, ...]

    @property
    def value(self) -> str:
        """The cell as one text."""
        return "\n".join(part.text for part in self.words)


class TableText:
    """A table as text, one row a record: cells parted by commas, tabs or semicolons, in quotation marks where needed.

    The separator is the one that the first line has most of. Rows without any word are left out. Raises InputError for
    a quotation mark that is never closed.
    """

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self._text = text
        self._breaks = [match.end() for match in _LINE_END.finditer(text)]
        first = text.lstrip().partition("\n")[0]
        self._separator = max(",\t;", key=first.count)
        self._plain = re.compile(rf"[^{self._separator}\r\n]*")
        self.rows = [row for row in self._rows() if any(cell.words for cell in row)]

    def _rows(self) -> Iterator[tuple[TableCell, ...]]:
        row: list[TableCell] = []
        position = 0
        while position < len(self._text):
            cell, position = self._cell(position)
            row.append(cell)
            if self._text.startswith(self._separator, position):
                position += 1
                continue
            end = _LINE_END.match(self._text, position)
            position = end.end() if end else len(self._text)
            yield tuple(row)
            row = []
        if row:
            yield tuple(row)

    def _cell(self, start: int) -> tuple[TableCell, int]:
        """The cell that begins at the offset, and the offset behind it."""
        line = bisect_right(self._breaks, start) + 1
        if not self._text.startswith('"', start):
            plain = self._plain.match(self._text, start)
            raw = plain[0] if plain else ""
            return TableCell(line, self._words(line, raw)), start + len(raw)
        quoted = _QUOTED.match(self._text, start)
        if quoted is None:
            message = "the cell that begins here has a quotation mark that is never closed."
            _refuse("read/table", f"{self.name}:{line}", message, "The file may have been cut; download it again.")
        after = self._plain.match(self._text, quoted.end())
        rest = after[0] if after else ""
        return TableCell(line, self._words(line, quoted[1] + rest)), quoted.end() + len(rest)

    def _words(self, line: int, raw: str) -> tuple[Words, ...]:
        parts = enumerate(_LINE_END.split(raw), start=line)
        return tuple(
            Words(number, part.replace('""', '"').strip(), part.strip()) for number, part in parts if part.strip()
        )
