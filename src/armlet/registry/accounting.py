"""Which word of which line each value of a record came from, and what became of every other line.

A line of the source is non-empty when it has more than blanks. Each such line is exactly one of: *read* (it gave at
least one fact, or provenance), *boilerplate* (known words that say nothing about this trial) or *unrecognised*
(listed, never dropped). Unrecognised is what is left over: a reader cannot lose a line by forgetting it. Only where a
part of a line was read and something was added to it is the line read and the addition unrecognised.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Final, NamedTuple, TypeAlias

from pydantic import JsonValue

from armlet.issues import Issue, Severity
from armlet.registry.decode import Words, split_lines
from armlet.registry.json_text import JsonBranch, JsonLeaf, JsonNode, JsonText, join_step, json_leaves
from armlet.registry.record import Record

FactValue: TypeAlias = str | int | float | bool
CRITERIA: Final = "protocolSection.eligibilityModule.eligibilityCriteria"
CONTACT_SHOWN: Final = "(contact details, not kept)"
_MAIL_WORD: Final = r"[^\s@<>()\[\],;:\"]"
_MAIL: Final = re.compile(rf"(?<!{_MAIL_WORD}){_MAIL_WORD}++@{_MAIL_WORD}+\.\w+")
_TELEPHONE: Final = re.compile(
    r"\b(?:tel|telephone|phone|fax|mobile)\b[.:\s]*+(?:(?:no|number)[.:\s]*+)?\+?[\d(][\d\s()/.-]{5,}\d"
    r"|(?<![\w.,])\+\d[\d\s()/.-]{7,}\d",
    re.IGNORECASE,
)
_EXCERPT: Final = 200
_SYNTAX: Final = re.compile(r"\s*[{\[<]")
_INDEX = re.compile(r"\[(\d+)\]")
_STEP = re.compile(r"([A-Za-z0-9_]+)|\[(\d+)\]")


class Line(NamedTuple):
    """One line of the source, counted from 1."""

    line: int
    text: str

    def as_json(self) -> dict[str, JsonValue]:
        return {"line": self.line, "text": self.text}


def without_contacts(text: str) -> str:
    """The text with mail addresses and telephone numbers struck out."""
    return _TELEPHONE.sub(CONTACT_SHOWN, _MAIL.sub(CONTACT_SHOWN, text))


class Fact(NamedTuple):
    """One value of the record and the words that it was read from.

    `path` is the path in the v2 record; `quote` is a verbatim part of line `line`. Where a text of the record was put
    together from several lines (criteria, descriptions), `value` is the part of it that this line gave.
    """

    path: str
    value: FactValue
    line: int
    quote: str

    def as_json(self) -> dict[str, JsonValue]:
        return {"path": self.path, "value": self.value, "line": self.line, "quote": self.quote}


@dataclass(frozen=True, slots=True)
class Offer:
    """A word that looks misspelt: the record keeps it as written, a person may take the correction."""

    path: str
    line: int
    as_written: str
    offered: str
    because: str

    def as_json(self) -> dict[str, JsonValue]:
        return {
            "path": self.path,
            "line": self.line,
            "as_written": self.as_written,
            "offered": self.offered,
            "because": self.because,
        }


class Certainty(StrEnum):
    """How a value that no words state was come by: by a rule that leaves no choice, or by a guess from the context."""

    DERIVED = "derived"
    INFERRED = "inferred"


@dataclass(frozen=True, slots=True)
class Inferred:
    """A value that the source does not state in words, for a person to confirm.

    `stored` says whether the record holds it already: true where a v2 record cannot do without it (an arm's label and
    type, an intervention's type, the lead sponsor, which identifier is whose) or a rule leaves no choice; otherwise it
    is only proposed and the record stays without it. `line` is the line it was inferred from.
    """

    path: str
    value: FactValue
    because: str
    line: int
    stored: bool
    certainty: Certainty

    def as_json(self) -> dict[str, JsonValue]:
        return {
            "path": self.path,
            "value": self.value,
            "because": self.because,
            "line": self.line,
            "stored": self.stored,
            "certainty": self.certainty.value,
        }


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A value of the source that the record leaves out, by its path in the source, and why."""

    path: str
    line: int
    why: str

    def as_json(self) -> dict[str, JsonValue]:
        return {"path": self.path, "line": self.line, "why": self.why}


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read from one source.

    `provenance` holds what the source says about itself, or about the trial in words for which the v2 API has no
    field; its paths are not paths of the record. `as_of` is the date of the content (which may lack day or month):
    statuses and estimates are as of then, not of today; None where the source does not tell or the record itself has
    the date. `total` counts the non-empty lines, `accounted` those read or boilerplate. `left_out` names, for a source
    in the shape of the v2 API, every value that the record does not have: without them the source is the record. `page`
    has every non-empty line of a source that is written for people, as it may be shown, with contacts struck out; it is
    empty for JSON, XML and HTML, whose lines are mostly syntax.
    """

    format: str
    name: str
    record: Record
    facts: tuple[Fact, ...]
    provenance: tuple[Fact, ...]
    boilerplate: tuple[Line, ...]
    unrecognised: tuple[Line, ...]
    offers: tuple[Offer, ...]
    confirm: tuple[Inferred, ...]
    issues: tuple[Issue, ...]
    as_of: str | None
    total: int
    accounted: int
    left_out: tuple[LeftOut, ...] = ()
    page: tuple[Line, ...] = ()

    def as_json(self) -> dict[str, JsonValue]:
        """The document that ``armlet read --json`` prints: the contract's keys first, then our additions."""
        issues: list[JsonValue] = [dict(issue.as_dict()) for issue in self.issues]
        return {
            "format": self.format,
            "record": self.record.as_json(),
            "facts": [fact.as_json() for fact in self.facts],
            "unrecognised": [line.as_json() for line in self.unrecognised],
            "lines": {"total": self.total, "accounted": self.accounted},
            "provenance": [fact.as_json() for fact in self.provenance],
            "boilerplate": [line.as_json() for line in self.boilerplate],
            "offers": [offer.as_json() for offer in self.offers],
            "confirm": [item.as_json() for item in self.confirm],
            "as_of": self.as_of,
            "left_out": [item.as_json() for item in self.left_out],
            "issues": issues,
        }


@dataclass(frozen=True)
class Source:
    """A text to be read: its lines, and the name to show in messages. The name never decides the format.

    `first_line` is the number that its first line has in the file, of which it may be a part.
    """

    name: str
    text: str
    first_line: int = 1

    def lines(self) -> tuple[Line, ...]:
        """The non-empty lines, stripped of blanks at both ends, with their numbers in the whole text."""
        return tuple(itertools.starmap(Line, self.numbered.items()))

    @cached_property
    def numbered(self) -> dict[int, str]:
        """The same by line number."""
        found = enumerate(map(str.strip, split_lines(self.text)), start=self.first_line)
        return {number: text for number, text in found if text}

    def indents(self) -> dict[int, int]:
        """How many blanks stand before the words of each non-empty line, by line number."""
        found = enumerate(split_lines(self.text), start=self.first_line)
        return {number: len(text) - len(text.lstrip()) for number, text in found if text.strip()}


@dataclass
class Account:
    """What a reader has found so far; belongs to one reading and is given up when that is done."""

    source: Source
    facts: list[Fact] = field(default_factory=list)
    provenance: list[Fact] = field(default_factory=list)
    confirm: list[Inferred] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    as_of: str | None = None
    keeps_contacts: bool = False
    left_out: list[LeftOut] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)
    _first_line: dict[str, int] = field(default_factory=dict)
    _read: set[int] = field(default_factory=set)
    _boilerplate: dict[int, str] = field(default_factory=dict)
    _unread: list[Line] = field(default_factory=list)
    _stored: dict[str, FactValue] = field(default_factory=dict)
    _texts: dict[str, list[str]] = field(default_factory=dict)

    def state(self, path: str, value: FactValue, line: int, quote: str) -> bool:
        """Store a value that the words `quote` of the line state.

        False, with an issue and without a fact, where the source said something else before: the first value stays.
        """
        if not self._store(path, value, line):
            return False
        self.quote_part(path, value, line, quote)
        return True

    def add_text(self, path: str, text: str, line: int) -> None:
        """Store one more paragraph of a text that the source gives in several lines."""
        if path not in self._texts:
            self._texts[path] = [str(self._stored[path])] if path in self._stored else []
            self._stored[path] = ""
        self._texts[path].append(text)
        self.quote_part(path, text, line, text)

    def set_text(self, path: str, text: str) -> None:
        """Store a text whose parts are accounted for by `quote_part`."""
        self._stored[path] = text

    def quote_part(self, path: str, part: FactValue, line: int, quote: str) -> None:
        """A value, or a part of one, that is stored by other means (`set_text`, or a record validated as a whole)."""
        self.facts.append(Fact(path, part, line, quote))
        self._first_line.setdefault(path, line)
        self._read.add(line)

    def quote_parts(self, facts: Iterable[Fact]) -> None:
        """Every value of a record that was validated as a whole, each path once."""
        self.facts.extend(facts)
        self._first_line.update({fact.path: fact.line for fact in self.facts})
        self._read.update([fact.line for fact in self.facts])

    def infer(
        self, path: str, value: FactValue, because: str, line: int, certainty: Certainty = Certainty.INFERRED
    ) -> None:
        """Store a value that no words state, and have it confirmed; what the source states is never overwritten."""
        if path not in self._stored:
            self._stored[path] = value
            self.confirm.append(Inferred(path, value, because, line, True, certainty))

    def doubt(self, path: str, because: str, line: int) -> None:
        """Have a value confirmed whose words are in the source but whose place in the record is a guess."""
        self.confirm.append(Inferred(path, self._stored.get(path, ""), because, line, True, Certainty.INFERRED))

    def propose(self, path: str, value: FactValue, because: str, line: int) -> None:
        """Have a value confirmed that is not stored."""
        if path not in self._stored:
            self.confirm.append(Inferred(path, value, because, line, False, Certainty.INFERRED))

    def remember(self, about: str, value: str, line: int, quote: str) -> None:
        """Keep words for which the record has no field."""
        self.provenance.append(Fact(about, value, line, quote))
        self._read.add(line)

    def known(self, line: Line, shown_as: str | None = None) -> None:
        """Known words that say nothing about the trial; `shown_as` stands in for words that are not to be kept."""
        self._boilerplate[line.line] = line.text if shown_as is None else shown_as

    def pass_over(self, about: str, value: str, line: int, quote: str) -> None:
        """How to reach a person, and who it is: kept as provenance where it was asked for, otherwise only the line."""
        if self.keeps_contacts:
            self.remember(about, value, line, quote)
        else:
            self.known(Line(line, CONTACT_SHOWN))
            self.hidden.add(value)

    def is_known(self, line: Line) -> bool:
        """Whether the line has been put down as boilerplate."""
        return line.line in self._boilerplate

    def unread(self, line: int, text: str) -> None:
        """A part of a line that cannot be read although the rest of the line can."""
        self._unread.append(Line(line, text))

    def warn(self, rule: str, line: int | None, message: str, fix: str, severity: Severity = Severity.WARNING) -> None:
        """An issue that stands at a line of the source, or at the source as a whole."""
        where = self.source.name if line is None else f"{self.source.name}:{line}"
        self.issues.append(Issue(rule, severity, where, message, fix))

    def know_the_rest(self, settled: Set[int] = frozenset()) -> None:
        """Put down as boilerplate every line that has given nothing and is not among those settled otherwise.

        For layouts whose values are all settled.
        """
        self.know_unworded(settled | self._read | {line.line for line in self._unread})

    def know_unworded(self, worded: Set[int]) -> None:
        """Put down as boilerplate every line but those: what is neither worded nor known has nothing but marks."""
        known = self._boilerplate
        self._boilerplate = {
            **{number: text for number, text in self.source.numbered.items() if number not in worded},
            **known,
        }

    def has(self, path: str) -> bool:
        """Whether the record has a value at the path by now."""
        return path in self._stored

    def value(self, path: str) -> str:
        """The value at the path by now as text; empty where there is none."""
        if path in self._texts:
            return "\n\n".join(self._texts[path])
        return str(self._stored.get(path, ""))

    def line_of(self, path: str) -> int:
        """The line that first stated the path or that it was inferred from; 1 where there is none."""
        return self._first_line.get(path) or next((item.line for item in self.confirm if item.path == path), 1)

    def boilerplate(self) -> tuple[Line, ...]:
        """The boilerplate lines that gave no fact and have nothing unread."""
        read = self._read | {line.line for line in self._unread}
        return tuple(Line(number, text) for number, text in sorted(self._boilerplate.items()) if number not in read)

    def page(self) -> tuple[Line, ...]:
        """Every non-empty line as it may be shown; none of a text that is JSON or markup."""
        if _SYNTAX.match(self.source.text):
            return ()
        shown = ((line, self._boilerplate.get(line.line, line.text)) for line in self.source.lines())
        return tuple(Line(line.line, without_contacts(text)) for line, text in shown)

    def unrecognised(self) -> tuple[Line, ...]:
        """What is neither read nor boilerplate, in the order of the source."""
        settled = self._read | self._boilerplate.keys() | {line.line for line in self._unread}
        left = [Line(number, text) for number, text in self.source.numbered.items() if number not in settled]
        return tuple(sorted([*left, *self._unread], key=lambda line: line.line))

    def record(self) -> Record:
        """The record that the stored values make; where items of a list were left out, paths are renumbered to fit it."""
        moved = _without_gaps(self._stored)
        if moved:
            self.facts = [fact._replace(path=moved.get(fact.path, fact.path)) for fact in self.facts]
            self.confirm = [replace(item, path=moved.get(item.path, item.path)) for item in self.confirm]
        texts = {path: self.value(path) for path in self._texts}
        return Record.model_validate_json(json.dumps(_nested({**self._stored, **texts})))

    def _store(self, path: str, value: FactValue, line: int) -> bool:
        before = self._stored.setdefault(path, value)
        if before == value:
            return True
        message = f"{path} is {value!r} here, but {before!r} on line {self.line_of(path)}."
        self.warn("read/contradiction", line, message, "The first is kept; find out which is right.", Severity.ERROR)
        return False


@dataclass(frozen=True, slots=True)
class RegistryFormat:
    """One layout of registry records.

    `signs` counts distinct features of the layout that the text has (0 for a text of another kind); the layout with
    the most signs reads the text, and `enough` is the least number that makes the text a record at all. `read` fills
    the account and gives the record. `reads_markup` says that the layout is, or can be, XML or HTML, `reads_json` that it
    is JSON; text that begins with a tag or as JSON does is shown to such layouts only. `split` gives one source a record
    for a file that holds several, and nothing for a layout, or a file, that holds one.
    """

    description: str
    enough: int
    signs: Callable[[Source], int]
    read: Callable[[Account], Record]
    reads_markup: bool = False
    split: Callable[[Source], tuple[Source, ...]] = lambda _source: ()
    reads_json: bool = False


def _without_gaps(paths: Iterable[str]) -> dict[str, str]:
    """The paths whose numbers change when lists close up where an index is missing, and what they become."""
    used: dict[str, set[int]] = {}
    indexed = [path for path in paths if "[" in path]
    for path in indexed:
        for match in _INDEX.finditer(path):
            used.setdefault(path[: match.start()], set()).add(int(match[1]))
    ranks = {start: {old: new for new, old in enumerate(sorted(found))} for start, found in used.items()}
    moved = {
        path: _INDEX.sub(lambda match: f"[{ranks[match.string[: match.start()]][int(match[1])]}]", path)
        for path in indexed
    }
    return {old: new for old, new in moved.items() if old != new}


def _nested(stored: dict[str, FactValue]) -> JsonValue:
    """Values by path as nested objects and lists; lists close up where an index is missing."""
    root: dict[str | int, object] = {}
    for path, value in stored.items():
        steps = [int(index) if index else name for name, index in _STEP.findall(path)]
        _place(root, steps, value)
    return _closed(root)


def _place(branch: dict[str | int, object], steps: list[str | int], value: FactValue) -> None:
    for step in steps[:-1]:
        deeper = branch.setdefault(step, {})
        assert isinstance(deeper, dict)  # readers never put a value and a structure at one path
        branch = deeper
    branch[steps[-1]] = value


def _closed(branch: object) -> JsonValue:
    if isinstance(branch, dict):
        if all(isinstance(step, int) for step in branch) and branch:
            return [_closed(branch[step]) for step in sorted(branch)]
        return {str(step): _closed(value) for step, value in branch.items()}
    assert isinstance(branch, str | int | float | bool)
    return branch


def count_lines(source: Source, unrecognised: Iterable[Line]) -> tuple[int, int]:
    """How many non-empty lines there are, and how many of them are accounted for to the last word."""
    numbers = source.numbered.keys()
    return len(numbers), len(numbers - {line.line for line in unrecognised})


class JsonReading:
    """A JSON document of another registry: each of its values is taken once, or falls to `finish`.

    Paths are those of the document; of a list with one item some exporters make the item itself, which `items` evens
    out. Blank texts and nulls say nothing and are not values.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self.json = JsonText(account.source.text, account.source.name, account.source.first_line)
        self._nodes: dict[str, JsonNode] = {}
        self._index(self.json.root, "")
        self._leaves = {path: leaf for path, leaf in json_leaves(self.json.root) if not _is_blank(leaf)}
        self._taken: set[str] = set()

    def _index(self, node: JsonNode, path: str) -> None:
        self._nodes[path] = node
        if isinstance(node, JsonBranch):
            for step, member in node.members.items():
                self._index(member, join_step(path, step))

    def paths(self, *roots: str) -> tuple[str, ...]:
        """The paths of all values, or of those below the roots, in the order of the document."""
        if not roots:
            return tuple(self._leaves)
        starts = tuple(f"{root}{mark}" for root in roots for mark in ".[")
        return tuple(path for path in self._leaves if path in roots or path.startswith(starts))

    def items(self, path: str) -> tuple[str, ...]:
        """The paths of the items of a list; of anything else its own; none where nothing is."""
        node = self._nodes.get(path)
        if node is None or (isinstance(node, JsonLeaf) and _is_blank(node)):
            return ()
        if isinstance(node, JsonBranch) and node.is_list:
            return tuple(join_step(path, index) for index in range(len(node.members)))
        return (path,)

    def has(self, path: str) -> bool:
        """Whether an object, a list or a value stands at the path."""
        return path in self._nodes

    def text(self, path: str) -> str:
        """The value at the path as text without blanks around it; empty where there is none."""
        leaf = self._leaves.get(path)
        return "" if leaf is None else str(leaf.value).strip()

    def line(self, path: str) -> int:
        """The line of the value at the path; 1 where there is none."""
        leaf = self._leaves.get(path)
        return 1 if leaf is None else self.json.line_at(leaf.start)

    def quote(self, path: str) -> str:
        """The words of the value at the path as they stand in the file."""
        return without_contacts(self.json.raw(self._leaves[path]))

    def words(self, path: str) -> tuple[Words, ...]:
        """The non-empty lines of the text at the path; takes it."""
        if path not in self._leaves:
            return ()
        self._taken.add(path)
        raw, line = self.json.raw(self._leaves[path]), self.line(path)
        paragraphs = [without_contacts(part.strip()) for part in split_lines(str(self._leaves[path].value))]
        raws = _raw_lines(raw) if len(paragraphs) > 1 else [raw]
        return tuple(
            Words(line, part, _as_written(part, words)) for part, words in zip(paragraphs, raws, strict=True) if part
        )

    def state(self, target: str, path: str, value: FactValue | None = None) -> bool:
        """Store at `target` the value at the path, or what it means; False where there is none or it contradicts."""
        if path not in self._leaves:
            return False
        meant = without_contacts(self.text(path)) if value is None else value
        if not self.account.state(target, meant, self.line(path), self.quote(path)):
            self._remember(path)
            return False
        self._taken.add(path)
        return True

    def quote_part(self, target: str, path: str, part: FactValue) -> None:
        """A value that gave a part of what is stored at `target` by other means."""
        self.account.quote_part(target, part, self.line(path), self.quote(path))
        self._taken.add(path)

    def remember(self, *roots: str) -> None:
        """Keep the values at or below the roots, for which the record has no field."""
        for path in self.paths(*roots) if roots else ():
            self._remember(path)

    def _remember(self, path: str) -> None:
        if path not in self._taken:
            self._taken.add(path)
            self.account.remember(path, without_contacts(self.text(path)), self.line(path), self.quote(path))

    def hide(self, is_contact: Callable[[str], bool]) -> None:
        """Pass over the values whose paths are those of names, telephone numbers and mail addresses."""
        for path in self._leaves:
            if is_contact(path):
                self._taken.add(path)
                self.account.pass_over(path, self.text(path), self.line(path), self.json.raw(self._leaves[path]))

    def finish(self, is_known: Callable[[str], bool]) -> None:
        """Settle what nobody took: known parts of the layout are provenance, everything else is unrecognised."""
        for path in self._leaves:
            if path in self._taken:
                continue
            if is_known(path):
                self._remember(path)
            else:
                self.account.unread(self.line(path), f"{path} ({self.quote(path)[:_EXCERPT]})")
        for repeated in self.json.repeated:
            line = self.json.line_at(repeated.node.opened)
            message = f"{repeated.path} stands here a second time."
            self.account.warn("read/duplicate-key", line, message, "The first is kept; find out which is right.")
            self.account.unread(line, f"{repeated.path} (a second time)")
        self.account.know_the_rest()


def _is_blank(leaf: JsonLeaf) -> bool:
    return leaf.value is None or (isinstance(leaf.value, str) and not leaf.value.strip())


_ESCAPED: Final = re.compile(r"\\(?:u00(?P<code>0[aAdD])|(?P<letter>[nr])|.)")


def _raw_lines(raw: str) -> list[str]:
    """The text of a JSON value as it stands in the file, parted where the value has its line breaks."""
    breaks: list[tuple[int, int, bool]] = []
    for match in _ESCAPED.finditer(raw):
        if match["code"] or match["letter"]:
            is_return = (match["code"] or "").casefold() == "0d" or match["letter"] == "r"
            if breaks and not is_return and breaks[-1][2] and breaks[-1][1] == match.start():
                breaks[-1] = (breaks[-1][0], match.end(), False)
            else:
                breaks.append((match.start(), match.end(), is_return))
    starts = [0, *(end for _, end, _ in breaks)]
    return [raw[start:end] for start, end in zip(starts, [*(start for start, _, _ in breaks), len(raw)], strict=True)]


def _as_written(text: str, raw: str) -> str:
    """The text as JSON spells it in `raw`, with escapes or without."""
    for written in (text, json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(text)[1:-1]):
        if written in raw:
            return written
    return text
