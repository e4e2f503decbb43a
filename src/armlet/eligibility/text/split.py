"""The eligibility criteria of a record: one text with headings and bullets, and the single criteria in it.

Whether a criterion includes or excludes is taken from the heading above it and from nothing else: a text without
headings has no polarity, and none is guessed from its words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from armlet.protocol.criteria import CriterionKind


@dataclass(frozen=True, slots=True)
class CriterionText:
    """One criterion in the words of the record, without its bullet.

    Nested points stay with the criterion that they belong to, one a line, each behind ``- ``, deeper ones two blanks
    further in. Backslashes with which the API escapes Markdown are taken away, so the words can differ from the record
    by those. `under` is a line above that may govern this one ("Cohort 2:", "one of the following:") though nothing in
    the layout tells how far it reaches, or a neighbour to which it is joined unusually (a line "or" among what lets
    in); None where there is none.
    """

    kind: CriterionKind
    text: str
    under: str | None = None


@dataclass(frozen=True, slots=True)
class CriteriaText:
    """All that a criteria text holds; `unsorted` are the criteria that stand under no heading."""

    criteria: tuple[CriterionText, ...]
    unsorted: tuple[str, ...]


_HEADING: Final = re.compile(
    r"(?:^\W*(?:key|main|major|general|primary|principal|study|patient|subject|participant)\s+|(?<![\w-]))"
    r"(?P<kind>inclusion|non-?\s?inclusion|exclusion)s?\s+criteri(?:a|"
    r"on)\b(?:(?!\s-\s)[^:.;\n]){0,60}?\s*(?::|(?=\s-\s))",
    re.IGNORECASE,
)
_SHORT_HEADING: Final = re.compile(
    r"(?:^\W*|(?<=[.;)])\s+)(?:(?:key|main|major|general)\s+)?(?P<kind>inclusion|non-?\s?inclusion|exclusion)s?\s*:",
    re.IGNORECASE,
)
_BARE_HEADING: Final = re.compile(
    r"(?:(?:key|main|major|general)\s+)?(?P<kind>inclusion|non-?\s?inclusion|exclusion)s?(?:\s+criteria)?",
    re.IGNORECASE,
)
_OTHER_HEADING: Final = re.compile(
    r"\s*(?:DISEASE|PATIENT|DONOR|RECIPIENT) CHARACTERISTICS\s*:|\s*PRIOR CONCURRENT THERAPY\s*:"
)
"""Headings of the National Cancer Institute, which sort by subject: below them nothing tells what lets in or keeps out."""
_BULLET: Final = re.compile(
    r"(?P<indent>\s*)(?P<mark>(?:--?|[*–o])(?=\s)|[•·▪◦●■‣➢✓]|\(?[0-9]{1,2}[.)](?=\s)|\(?[a-zA-Z][.)](?=\s)"
    r"|\(?[ivx]{2,4}[.)](?=\s))\s*(?P<text>\S.*)"
)
_SEPARATOR: Final = re.compile(r"(?<=\s)-(?=\s)")
_NEAR: Final = 60
_QUANTITY_BEFORE: Final = re.compile(
    r"(?:\d\s*(?:%|years?|months?|weeks?|days?|hours?|minutes?|[mµkc]?[gLl]|[mµn]mol(?:/[lL])?|mg/d[lL]|kg/m2)?)$"
)
_ESCAPE: Final = re.compile(r"\\([<>\[\]()*_^~#+.&|\-`\\])")


def heading_kind(words: str) -> CriterionKind:
    """The polarity of a heading; "non-inclusion criteria" are exclusion criteria."""
    bare = words.casefold()
    return CriterionKind.EXCLUSION if "exclusion" in bare or "non" in bare else CriterionKind.INCLUSION


@dataclass(frozen=True, slots=True)
class HeadedText:
    """A stretch of a line: the heading that opens it (None where there is none) and the words after it."""

    heading: str | None
    kind: CriterionKind | None
    words: str


def split_at_headings(line: str) -> tuple[HeadedText, ...]:
    """A line cut where ``Inclusion Criteria:`` or ``Exclusion Criteria:`` stands, first what stands before any."""
    bare = _BARE_HEADING.fullmatch(line.strip())
    if bare and line.strip()[0].isupper():
        return (HeadedText(line.strip(), heading_kind(bare["kind"]), ""),)
    found = [match for match in _HEADING.finditer(line) if _opens(line, match)]
    found += [match for match in _SHORT_HEADING.finditer(line) if not any(_overlap(match, other) for other in found)]
    found.sort(key=re.Match.start)
    starts = [match.start() for match in found] + [len(line)]
    before = line[: starts[0]].strip()
    pieces = [HeadedText(None, None, before)] if before else []
    for match, end in zip(found, starts[1:], strict=True):
        words = line[match.end() : end].strip()
        pieces.append(HeadedText(match[0].strip(), heading_kind(match["kind"]), words))
    return tuple(pieces)


def _overlap(one: re.Match[str], other: re.Match[str]) -> bool:
    return one.start() < other.end() and other.start() < one.end()


def _opens(line: str, match: re.Match[str]) -> bool:
    """Whether the match is a heading and not a mention of criteria within a sentence."""
    before = line[max(0, match.start() - _NEAR) : match.start()].rstrip()
    after = line[match.end() : match.end() + _NEAR].lstrip()
    return not before or before[-1] in ".:;)-*•#" or match[0][0].isupper() or after.startswith("- ")


def split_bullets(words: str) -> tuple[str, ...]:
    """The criteria of a stretch written on one line, separated by `` - ``.

    A hyphen inside a word never separates, nor does one between two quantities (``18 - 40 years``).
    """
    stripped = words.strip()
    opened = _BULLET.fullmatch(stripped)
    body = opened["text"] if opened else stripped
    if opened and opened["mark"] != "-":
        return (body,)
    pieces: list[str] = []
    start = 0
    for match in _SEPARATOR.finditer(body):
        before = body[max(0, match.start() - _NEAR) : match.start()].rstrip()
        if _QUANTITY_BEFORE.search(before) and body[match.end() : match.end() + _NEAR].lstrip()[:1].isdigit():
            continue
        pieces.append(body[start : match.start()])
        start = match.end()
    pieces.append(body[start:])
    return tuple(piece.strip() for piece in pieces if piece.strip())


def render_criteria(items: Iterable[tuple[CriterionKind | None, str]], headed: Collection[CriterionKind] = ()) -> str:
    """One text with the two headings and one ``- `` bullet a criterion; criteria without polarity first, unheaded.

    A heading in `headed` is written even when nothing stands under it.
    """
    found = list(items)
    blocks = []
    for kind in (None, CriterionKind.INCLUSION, CriterionKind.EXCLUSION):
        bullets = [f"- {text}" for item_kind, text in found if item_kind is kind]
        heading = [f"{kind.value.capitalize()} Criteria:\n"] if kind is not None else []
        if bullets or kind in headed:
            blocks.append("\n".join([*heading, *bullets]))
    return "\n\n".join(blocks)


@dataclass
class _Item:
    """A criterion while it is gathered: how deep its last point lies, and the line above that may govern it."""

    kind: CriterionKind | None
    text: str
    under: str | None
    marks: list[tuple[int, str]]


@dataclass
class _Sorter:
    """Gathers lines into criteria, under the heading in force and the line that governs those below it."""

    kind: CriterionKind | None = None
    under: str | None = None
    heading_under: str | None = None
    after_blank: bool = True
    after_heading: bool = True

    def __post_init__(self) -> None:
        self.items: list[_Item] = []

    def take(self, line: str) -> None:
        if not line.strip():
            self.after_blank = True
            return
        if _OTHER_HEADING.match(line):
            self.kind, self.under, self.heading_under, self.after_heading = None, None, None, True
        before = ""
        for piece in split_at_headings(line):
            if piece.heading is not None:
                self.kind, self.under, self.after_heading = piece.kind, None, True
                self.heading_under = _narrowed(before, piece.heading)
            before = piece.words
            if piece.words and (piece.heading is not None or len(piece.words) < len(line.strip())):
                for text in split_bullets(piece.words):
                    self._open(text, [])
            elif piece.words:
                self._take_words(line)
        self.after_blank = False

    def _take_words(self, line: str) -> None:
        bullet = _BULLET.fullmatch(line.rstrip())
        if bullet is None:
            self._continue(line.strip())
            return
        mark = (len(bullet["indent"].expandtabs()), _style(bullet["mark"]))
        depth = self._depth(mark)
        if depth:
            item = self.items[-1]
            item.marks = [*item.marks[:depth], mark]
            item.text += f"\n{'  ' * (depth - 1)}- {bullet['text'].strip()}"
        else:
            self._open(bullet["text"].strip(), [mark])

    def _depth(self, mark: tuple[int, str]) -> int:
        """How deep a bullet lies below the last criterion; 0 where it opens a new one."""
        item = self.items[-1] if self.items else None
        if item is None or not item.marks or self.after_heading:
            return 0
        for depth, (indent, style) in enumerate(item.marks):
            if mark[0] < indent or (mark[0] == indent and mark[1] == style):
                return depth
        is_deeper = mark[0] > item.marks[-1][0] or item.text.endswith(":")
        return len(item.marks) if is_deeper else next(d for d, (i, _) in enumerate(item.marks) if i == mark[0])

    def _open(self, text: str, marks: list[tuple[int, str]]) -> None:
        last = self.items[-1] if self.items else None
        is_line = not self.after_heading and last is not None and "\n" not in last.text
        is_below = is_line and last is not None and (last.text.endswith(":") or bool(_SOME_PEOPLE.fullmatch(last.text)))
        if last is not None and is_below and not _is_harmless(last.text, self.kind):
            self.under = last.text
        elif is_below or (not marks and self.after_blank):
            self.under = None
        self.after_heading = False
        self.items.append(_Item(self.kind, text, self.under or self.heading_under, marks))

    def _continue(self, words: str) -> None:
        if self.items and self.items[-1].marks and not self.after_blank and not self.after_heading:
            self.items[-1].text += f" {words}"
        else:
            self._open(words, [])


_SOME_PEOPLE: Final = re.compile(
    r"(?:for\s+)?(?:(?:healthy|stem\s+cell|bone\s+marrow|all|potential)\s+)*(?:donors?|recipients?|controls?|volunteers|caregivers?"
    r"|parents?|partners?|children|adolescents|adults|infants|mothers|(?:cohort|phase|part|arm|stage|step|group)\s+\w{1,3})"
    r"(?:\s+(?:only|participants|patients|subjects))?\W*",
    re.IGNORECASE,
)
"""A line that names some of the people, as headings without a colon do."""
_PLAIN_HEADING: Final = frozenset({
    "key", "main", "major", "general", "primary", "principal", "study", "trial", "patient", "patients", "subject", "subjects",
    "participant", "participants", "the", "for", "of", "are", "is", "include", "includes", "including", "following",
    "follows", "as", "be", "must", "to", "this", "in", "all", "eligibility", "enrollment", "enrolment", "inclusion",
    "inclusions",
    "exclusion", "exclusions", "criteria", "criterion", "non", "noninclusion", "specific", "clinical", "research", "met",
    "should", "will", "any", "these", "have", "who", "and", "summary", "protocol", "selection", "description",
})  # fmt: skip
_SENTENCE_END: Final = (".", ";", ":", ")", ",")
_LONGEST_QUALIFIER: Final = 6


def _narrowed(before: str, heading: str) -> str | None:
    """The heading where it holds for some people only (``Donor Inclusion Criteria:``, ``... for part B:``)."""
    words = before.split()
    is_part = 0 < len(words) <= _LONGEST_QUALIFIER and not before.endswith(_SENTENCE_END)
    whole = f"{before} {heading}" if is_part else heading
    known = {word.casefold() for word in re.findall(r"[^\W_]+", whole)}
    return whole if known - _PLAIN_HEADING else None


_EVERYBODY: Final = r"(?:(?:the|an?|all|eligible)\s+)*(?:patients?|participants?|subjects?|volunteers?|individuals?)"
_HARMLESS: Final = re.compile(
    r"(?:general(?:\s+criteria)?|demographics?|laboratory(?:\s+criteria)?|medical\s+history)"
    rf"|(?P<all>(?:(?:in\s+order\s+)?to\s+be\s+eligible[\w\s]*,\s*)?(?:{_EVERYBODY}\s+(?:(?:with|who|"
    rf"must|should|will|have|has|to|meet|meets|fulfill?|satisfy)\s+)*)?"
    r"all\s+(?:of\s+)?(?:the\s+following|these)(?:\s+inclusion)?(?:\s+criteria)?"
    r"|adequate\s+(?:liver|hepatic|renal|kidney|ha?ematological|ha?ematologic|bone\s+marrow|organ|cardiac)\s+function)"
    rf"|(?P<any>(?:{_EVERYBODY}\s+(?:(?:with|who|will|are|be|have|has|meets?|excluded|from|study|"
    rf"participation|if)\s+)*)?"
    r"(?:any|one\s+or\s+more|at\s+least\s+one)\s+(?:of\s+)?(?:the\s+following|these)(?:\s+exclusion)?"
    r"(?:\s+(?:criteria|conditions))?(?:\s+(?:is|are))?(?:\s+(?:met|apply|applies|present))?"
    r"(?:\s+(?:will\s+be|is|are)\s+excluded(?:\s+from\s+(?:participation\s+in\s+)?(?:this|the)\s+(?:study|trial))?)?)",
    re.IGNORECASE,
)


def _is_harmless(line: str, kind: CriterionKind | None) -> bool:
    """Whether a line above a list changes nothing for its points, as all of them let in and any of them keeps out."""
    match = _HARMLESS.fullmatch(line.rstrip(": "))
    if match is None:
        return False
    return match["any" if kind is CriterionKind.INCLUSION else "all"] is None


def _style(mark: str) -> str:
    """Marks that count alike: numbers, letters, or the sign itself."""
    inner = mark.strip("().")
    if inner.isdigit():
        return "1" + mark.strip("0123456789")
    return ("a" + re.sub(r"\w", "", mark)) if inner.isalpha() and inner != "o" else mark


def read_criteria(text: str) -> CriteriaText:
    """Every criterion of an eligibility text, with those that no heading sorts apart."""
    sorter = _Sorter()
    for line in re.split(r"\r\n|\n|\r", text.replace("&#xD;", "\n").replace("&#13;", "\n")):
        sorter.take(line)
    _mark_joined(sorter.items)
    return CriteriaText(
        criteria=tuple(
            CriterionText(item.kind, _unescaped(item.text), item.under and _unescaped(item.under))
            for item in sorter.items
            if item.kind is not None and _WORD.search(item.text)
        ),
        unsorted=tuple(_unescaped(item.text) for item in sorter.items if item.kind is None and _WORD.search(item.text)),
    )


_WORD: Final = re.compile(r"\w")
"""A line of signs alone is no criterion: the mark of a point that was left empty, or a rule across the page."""
_JOINS_BEFORE: Final = re.compile(r"(?P<word>and/or|and|or)\b", re.IGNORECASE)
_JOINS_AFTER: Final = re.compile(r"\b(?P<word>and/or|and|or)\W*$", re.IGNORECASE)


def _mark_joined(items: list[_Item]) -> None:
    """Puts two criteria under the words that join them unusually: ``or`` among what lets in, ``and`` among what keeps out.

    Each of the two would read as if it stood by itself, though only both together say what is meant.
    """
    for before, item in pairwise(items):
        if item.kind is None or before.kind is not item.kind:
            continue
        usual = "and" if item.kind is CriterionKind.INCLUSION else "or"
        joined = (_JOINS_AFTER.search(before.text), _JOINS_BEFORE.match(item.text))
        if any(match is not None and match["word"].casefold() != usual for match in joined):
            before.under = before.under or item.text
            item.under = item.under or before.text


def _unescaped(words: str) -> str:
    return _ESCAPE.sub(r"\1", words)


def split_criteria(text: str) -> tuple[CriterionText, ...]:
    """The criteria that stand under a heading, in the order of the text (see `read_criteria` for the others)."""
    return read_criteria(text).criteria
