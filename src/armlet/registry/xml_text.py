"""XML whose every word has its place, read by a parser that resolves nothing from outside and expands no entity."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NoReturn

from armlet.registry.decode import Words, refuse, split_lines

if TYPE_CHECKING:  # defusedxml ships no types; its parser is the standard one, made to refuse what can do harm
    from xml.etree.ElementTree import ParseError
    from xml.etree.ElementTree import XMLParser as DefusedXMLParser
else:
    from defusedxml.ElementTree import DefusedXMLParser, ParseError

DEEPEST: Final = 60
MOST_ELEMENTS: Final = 500_000
_ATTRIBUTE: Final = re.compile(r"""\s+([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_START: Final = re.compile(r"<[^\s/>]+")
_MARKUP: Final = re.compile(rb"""<!--.*?-->|<[^"'>]*+(?:"[^"]*+"[^"'>]*+|'[^']*+'[^"'>]*+)*+>""", re.DOTALL)
_TWICE_ESCAPED: Final = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_CARRIAGE_RETURN: Final = re.compile(r"(?:&#(?:13|[xX]0{0,6}[dD]);)+$")
_LINE_REFERENCE: Final = re.compile(r"&#(?:0{0,6}10|[xX]0{0,6}[aA]);")


_NO_ATTRIBUTES: Final[Mapping[str, Words]] = MappingProxyType({})


class XmlElement:
    """One element: `words` is the text that stands directly in it, line by line, lines of blanks left out.

    `worded` says that there is a word or an attribute somewhere in it or below.
    """

    __slots__ = ("attributes", "children", "end_line", "line", "tag", "worded", "words")

    def __init__(self, tag: str, line: int, children: list[XmlElement] | None = None) -> None:
        self.tag = tag
        self.line = line
        self.end_line = line
        self.attributes: Mapping[str, Words] = _NO_ATTRIBUTES
        self.words: list[Words] = []
        self.children: list[XmlElement] = [] if children is None else children
        self.worded = False

    def child(self, tag: str) -> XmlElement | None:
        """The first child of that name."""
        return next((child for child in self.children if child.tag == tag), None)

    def is_empty(self) -> bool:
        """Whether there is no word anywhere below, attributes included."""
        return not self.worded


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
        self.root = XmlElement("", 1)
        self._data = text.encode()
        self._stack: list[XmlElement] = []
        self._run: list[str] = []
        self._run_start = -1
        self._at = 0
        self._behind = 0
        self._count = 0
        self._parser = DefusedXMLParser(target=object(), encoding="utf-8")
        self._expat = self._parser.parser
        self._listen()
        self._parse()

    def _listen(self) -> None:
        """Be called by the parser itself: the layer between of the standard library takes half of the time."""
        expat = self._expat
        expat.buffer_text = True
        expat.buffer_size = len(self._data) + 1
        expat.specified_attributes = True
        expat.StartElementHandler = self._start
        expat.EndElementHandler = self._end
        expat.CharacterDataHandler = self._hear
        expat.CommentHandler = self._comment
        expat.DefaultHandlerExpand = self._other

    def _parse(self) -> None:
        try:
            self._parser.feed(self._data)
            self._parser.close()
        except ParseError as problem:
            line, column = problem.position
            self._refuse(str(problem).partition(":")[0], line, column)
        except ValueError:  # what defusedxml refuses
            where = f"{self.name}:{self._expat.CurrentLineNumber}"
            message = "the XML declares an entity, or refers to one outside; no registry record does."
            refuse("read/xml", where, message, "Is it the right file?")

    def _refuse(self, why: str, line: int, column: int) -> NoReturn:
        message = f"this is not XML: {why} (line {line}, column {column + 1})."
        refuse("read/xml", f"{self.name}:{line}", message, "The file may have been cut; fetch the record again.")

    def _start(self, tag: str, attributes: list[str]) -> None:
        line = self._expat.CurrentLineNumber
        if self._run:
            self._close_run(line)
        element = XmlElement(tag.rpartition("}")[2], line)
        self._at = self._expat.CurrentByteIndex
        self._count += 1
        if len(self._stack) >= DEEPEST or self._count > MOST_ELEMENTS:
            what = f"nested more than {DEEPEST} deep" if len(self._stack) >= DEEPEST else "of too many elements"
            message = f"the XML is {what}; a registry record is not."
            refuse("read/xml", f"{self.name}:{line}", message, "Is it the right file?")
        if attributes:
            element.attributes = self._attributes(line, attributes)
            element.worded = True
        if self._stack:
            self._stack[-1].children.append(element)
        else:
            self.root = element
        self._stack.append(element)

    def _end(self, _tag: str) -> None:
        line = self._expat.CurrentLineNumber
        if self._run:
            self._close_run(line)
        self._at = self._expat.CurrentByteIndex
        element = self._stack.pop()
        element.end_line = line
        if element.worded and self._stack:
            self._stack[-1].worded = True

    def _comment(self, text: str) -> None:
        line = self._expat.CurrentLineNumber
        if self._run:
            self._close_run(line)
        self._at = self._expat.CurrentByteIndex
        self.comments.append(Words(line, text.strip(), text.strip()))

    def _hear(self, text: str) -> None:
        """Text: the parser keeps it together up to the next markup."""
        if not self._run:
            self._run_start = self._behind if self._behind > self._at else -1
        self._run.append(text)

    def _other(self, markup: str) -> None:
        """What has no handler of its own: the ends of a CDATA section, an instruction, a reference to nothing."""
        if markup.startswith("&"):
            expat = self._expat
            self._refuse(f"undefined entity {markup[:80]}", expat.CurrentLineNumber, expat.CurrentColumnNumber)
        self._behind = self._expat.CurrentByteIndex + len(markup.encode())

    def _close_run(self, last_line: int) -> None:
        """Part the text up to here, which ends in that line, into lines, each with the words of the source it was."""
        text = self._run[0] if len(self._run) == 1 else "".join(self._run)
        self._run.clear()
        if text.isspace() or not self._stack:
            return
        element = self._stack[-1]
        for line, part, raw in self._parts(text, last_line):
            words = part.rstrip()
            if words.strip():
                element.worded = True
                element.words.append(Words(line, self._unescaped(words, line), _quote(raw)))
                self.worded.add(line)

    def _parts(self, text: str, last_line: int) -> Iterable[tuple[int, str, str]]:
        """The number of each line of the text, what it says and what stands there."""
        end = self._expat.CurrentByteIndex
        encoded = text.encode()
        if self._data.endswith(encoded, 0, end):
            if "\n" not in text:
                return ((last_line, text, text),)
            parts = text.split("\n")
            return zip(range(last_line - len(parts) + 1, last_line + 1), parts, parts, strict=True)
        raws = split_lines(self._data[self._start_of_run() : end].decode(errors="replace"))
        first = last_line - len(raws) + 1
        numbered = [(line, raw) for line, whole in enumerate(raws, first) for raw in _LINE_REFERENCE.split(whole)]
        parts = text.split("\n")
        if len(parts) != len(numbered):  # what looks like a reference is none in a CDATA section
            return [(line, raw, raw) for line, raw in enumerate(raws, first)]
        return [(line, part, raw) for (line, raw), part in zip(numbered, parts, strict=True)]

    def _start_of_run(self) -> int:
        if self._run_start >= 0:
            return self._run_start
        markup = _MARKUP.match(self._data, self._at)
        return markup.end() if markup else self._at

    def _unescaped(self, text: str, line: int) -> str:
        text = text.replace("\r", "").replace("\xa0", " ")
        if "&" not in text or not _TWICE_ESCAPED.search(text):
            return text
        self.twice_escaped.append(line)
        return _TWICE_ESCAPED.sub(lambda match: html.unescape(match[0]), text)

    def _attributes(self, line: int, attributes: list[str]) -> dict[str, Words]:
        """Each attribute with its words and line; names that differ only by namespace fall together, the last stays."""
        reach = 1000 + 12 * sum(map(len, attributes))
        raw = self._data[self._at : self._at + reach].decode(errors="replace")
        opening = _START.match(raw)
        position = opening.end() if opening else 0
        found: dict[str, Words] = {}
        for name, value in zip(attributes[::2], attributes[1::2], strict=True):
            match = _ATTRIBUTE.match(raw, position)
            while match and match[1].startswith("xmlns"):  # declares a namespace: the parser tells of no attribute
                match = _ATTRIBUTE.match(raw, match.end())
            quote = match[2] or match[3] or "" if match else value
            if match:
                line += raw.count("\n", position, match.end())
                position = match.end()
            found[name.rpartition("}")[2]] = Words(line, value.strip(), quote.strip())
        return found


def _quote(raw: str) -> str:
    """The words of the source without the blanks, references to blanks and CDATA marks around them."""
    if "&" not in raw and "]" not in raw and "[" not in raw:
        return raw.strip()
    return _CARRIAGE_RETURN.sub("", raw.removesuffix("<![CDATA[").removesuffix("]]>").strip()).strip()
