"""Bytes of any output cut into records: lines, rows, objects, elements, each with named fields. No format is declared.

What an output is, is guessed from its content: JSON lines, one JSON document, a table with a head, HTML, else lines of
text. A wrong guess costs power, never honesty, since the arms are not known here.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

Fields = tuple[tuple[str, str], ...]
LARGEST_ELEMENT: Final = 2_000
"""Characters of an element that is still told together with what stands in it; a larger one is a page, not a record."""
_VOID: Final = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
_MARKUP: Final = re.compile(r"\s*<(!doctype html|html|\?xml|svg|div|table)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Record:
    """One line, row, object or element: its fields in order, and all its text."""

    fields: Fields
    text: str


def split_records(data: bytes) -> list[Record]:
    """The records of an output, in its order. Bytes that are no text are split at their line ends all the same."""
    text = data.decode("utf-8", "replace")
    lines = text.splitlines()
    start = text[:200].lstrip()
    if start.startswith(("{", "[")):
        if (found := _of_json_lines(lines)) is not None:
            return found
        if (found := _of_json(text)) is not None:
            return found
    if _MARKUP.match(text):
        return _of_markup(text)
    if (found := _of_table(text, lines)) is not None:
        return found
    return [Record(_words_of(line), line) for line in lines if line.strip()]


def _words_of(line: str) -> Fields:
    """A line of text is one field: its numbers keep their order in it."""
    return (("line", line),)


# --- JSON -----------------------------------------------------------------------------------------------------------


def _of_json_lines(lines: list[str]) -> list[Record] | None:
    records = []
    for line in lines:
        if not line.strip():
            continue
        try:
            plain = json.loads(line)
        except ValueError:
            return None
        if not isinstance(plain, dict):
            return None
        records.append(Record(tuple(_flatten(plain)), line))
    return records if len(records) > 1 else None


def _flatten(plain: object, at: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(plain, dict):
        for name, value in plain.items():
            yield from _flatten(value, f"{at}.{name}" if at else str(name))
    elif isinstance(plain, list):
        for place, value in enumerate(plain):
            yield from _flatten(value, f"{at}[{place}]")
    else:
        yield at, _spell(plain)


def _spell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _of_json(text: str) -> list[Record] | None:
    """One record for each object that holds values itself; and one for each that stands under a name, with that name."""
    try:
        plain = json.loads(text)
    except ValueError:
        return None
    return list(_objects(plain, "")) or None


def _objects(plain: object, at: str) -> Iterator[Record]:
    if isinstance(plain, dict):
        own = tuple((str(name), _spell(value)) for name, value in plain.items() if not isinstance(value, dict | list))
        if own:
            yield Record((("at", at), *own), " ".join((at, *(f"{name} {value}" for name, value in own))))
        for name, value in plain.items():
            yield from _objects(value, f"{at}.{name}" if at else str(name))
    elif isinstance(plain, list):
        for value in plain:
            yield from _objects(value, at)
    elif at and not isinstance(plain, dict):
        yield Record((("at", at), ("value", _spell(plain))), f"{at} {_spell(plain)}")


# --- Tables ---------------------------------------------------------------------------------------------------------


def _of_table(text: str, lines: list[str]) -> list[Record] | None:
    """Rows under a head, where nearly every row has as many cells as the head."""
    if len(lines) < 2:
        return None
    for separator in (",", ";", "\t"):
        if lines[0].count(separator) < 1:
            continue
        rows = list(csv.reader(io.StringIO(text), delimiter=separator))
        head = rows[0]
        if sum(len(row) == len(head) for row in rows) >= 0.9 * len(rows):
            return [
                Record(
                    tuple((head[place] if place < len(head) else str(place), cell) for place, cell in enumerate(row)),
                    separator.join(row),
                )
                for row in rows
                if row
            ]
    return None


# --- Markup ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Element:
    tag: str
    attributes: tuple[tuple[str, str], ...]
    where: str
    parts: list[_Element | str] = field(default_factory=list)
    size: int = 0


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = _Element("", (), "")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        where = given.get("id") or self._open[-1].where
        element = _Element(tag, tuple(given.items()), where)
        self._add(element, sum(map(len, given.values())))
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        for depth in range(len(self._open) - 1, 0, -1):
            if self._open[depth].tag == tag:
                del self._open[depth:]
                return

    def handle_data(self, data: str) -> None:
        if data.strip():
            self._add(data.strip(), len(data))

    def handle_comment(self, data: str) -> None:
        self._add(_Element("comment", (("text", data.strip()),), self._open[-1].where), len(data))

    def _add(self, part: _Element | str, size: int) -> None:
        self._open[-1].parts.append(part)
        for element in self._open:
            element.size += size


def _of_markup(text: str) -> list[Record]:
    tree = _Tree()
    tree.feed(text)
    tree.close()
    return list(_elements(tree.root))


def _elements(element: _Element) -> Iterator[Record]:
    """The smallest elements that have others in them, whole (a row with its cells), and what stands outside of them."""
    children = [part for part in element.parts if isinstance(part, _Element)]
    is_leaf_holder = all(not any(isinstance(part, _Element) for part in child.parts) for child in children)
    if is_leaf_holder and 0 < element.size <= LARGEST_ELEMENT:
        yield _told(element)
        return
    own = tuple((f"{element.tag}.{name}", value) for name, value in element.attributes)
    own += tuple((element.tag, part) for part in element.parts if isinstance(part, str))
    if own:
        yield _record(element, own)
    for child in children:
        yield from _elements(child)


def _told(element: _Element) -> Record:
    return _record(element, tuple(_inside(element, element.tag)))


def _inside(element: _Element, at: str) -> Iterator[tuple[str, str]]:
    for name, value in element.attributes:
        yield f"{at}.{name}", value
    for place, part in enumerate(element.parts):
        if isinstance(part, str):
            yield at, part
        else:
            yield from _inside(part, f"{at}/{part.tag}{place}")


def _record(element: _Element, fields: Fields) -> Record:
    where = (("within", element.where),) if element.where else ()
    return Record((*where, ("tag", element.tag), *fields), " ".join(value for _, value in fields))


def names_as_records(outputs: Mapping[str, bytes]) -> list[Record]:
    """The list of outputs itself, as somebody sees a folder: one record for each name, with its size."""
    return [Record((("name", name), ("size", str(len(data)))), f"{name} {len(data)}") for name, data in outputs.items()]
