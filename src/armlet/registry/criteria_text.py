"""The eligibility criteria of a record: one text with headings and bullets, and the single criteria in it.

Whether a criterion includes or excludes is taken from the heading above it and from nothing else: a text without
headings has no polarity, and none is guessed from its words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class CriterionKind(StrEnum):
    """Whether being met lets in or keeps out."""

    INCLUSION = "inclusion"
    EXCLUSION = "exclusion"


@dataclass(frozen=True, slots=True)
class CriterionText:
    """One criterion in the words of the record, without its bullet.

    Nested points stay with the criterion that they belong to, one a line, each behind ``- ``. Backslashes with which
    the API escapes Markdown are taken away, so the words can differ from the record by those.
    """

    kind: CriterionKind
    text: str


@dataclass(frozen=True, slots=True)
class CriteriaText:
    """All that a criteria text holds; `unsorted` are the criteria that stand under no heading."""

    criteria: tuple[CriterionText, ...]
    unsorted: tuple[str, ...]


_HEADING: Final = re.compile(
    r"(?:^\W*(?:key|main|major|general|primary|principal|study|patient|subject|participant)\s+|(?<![\w-]))"
    r"(?P<kind>inclusion|non-?\s?inclusion|exclusion)\s+criteria\b(?:(?!\s-\s)[^:.;\n]){0,60}?\s*(?::|(?=\s-\s))",
    re.IGNORECASE,
)
_BARE_HEADING: Final = re.compile(
    r"(?:(?:key|main|major|general)\s+)?(?P<kind>inclusion|non-?\s?inclusion|exclusion)(?:\s+criteria)?", re.IGNORECASE
)
_BULLET: Final = re.compile(r"(?P<indent>\s*)(?P<mark>[-*•·–▪◦]|\(?[0-9]{1,2}[.)]|\(?[a-z][.)])\s+(?P<text>\S.*)")
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
    starts = [match.start() for match in found] + [len(line)]
    before = line[: starts[0]].strip()
    pieces = [HeadedText(None, None, before)] if before else []
    for match, end in zip(found, starts[1:], strict=True):
        words = line[match.end() : end].strip()
        pieces.append(HeadedText(match[0].strip(), heading_kind(match["kind"]), words))
    return tuple(pieces)


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
class _Sorter:
    """Gathers lines into criteria: the kind in force, and the indent of the bullet that opened the last criterion."""

    kind: CriterionKind | None = None
    indent: int = -1
    after_blank: bool = True

    def __post_init__(self) -> None:
        self.items: list[tuple[CriterionKind | None, list[str]]] = []

    def take(self, line: str) -> None:
        if not line.strip():
            self.after_blank = True
            return
        for piece in split_at_headings(line):
            if piece.heading is not None:
                self.kind, self.indent, self.after_blank = piece.kind, -1, True
            if piece.words and (piece.heading is not None or len(piece.words) < len(line.strip())):
                self.items += [(self.kind, [text]) for text in split_bullets(piece.words)]
            elif piece.words:
                self._take_words(line)
        self.after_blank = False

    def _take_words(self, line: str) -> None:
        bullet = _BULLET.fullmatch(line.rstrip())
        if bullet is None:
            self._continue(line.strip())
            return
        indent = len(bullet["indent"])
        if self.items and self.indent >= 0 and indent > self.indent:
            self._append(f"\n- {bullet['text'].strip()}")
            return
        self.indent = indent
        self.items.append((self.kind, [bullet["text"].strip()]))

    def _continue(self, words: str) -> None:
        if self.indent >= 0 and self.items and not self.after_blank:
            self._append(f" {words}")
        else:
            self.items.append((self.kind, [words]))

    def _append(self, words: str) -> None:
        self.items[-1][1].append(words)


def read_criteria(text: str) -> CriteriaText:
    """Every criterion of an eligibility text, with those that no heading sorts apart."""
    sorter = _Sorter()
    for line in re.split(r"\r\n|\n|\r", text):
        sorter.take(line)
    items = [(kind, _ESCAPE.sub(r"\1", "".join(words))) for kind, words in sorter.items]
    return CriteriaText(
        criteria=tuple(CriterionText(kind, words) for kind, words in items if kind is not None),
        unsorted=tuple(words for kind, words in items if kind is None),
    )


def split_criteria(text: str) -> tuple[CriterionText, ...]:
    """The criteria that stand under a heading, in the order of the text (see `read_criteria` for the others)."""
    return read_criteria(text).criteria
