"""A file that holds several records, as one text a record: an answer to a search, a table with a row a study.

Each text is what the file would be if it held that record only. Every line keeps its number: of JSON, the number of
the first is remembered; of XML and of tables, which have a head, the line breaks of what is taken out are left.
Nothing is read here; what is malformed is left whole, for the reader of the format to refuse with its reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from armlet.registry.accounting import Source
from armlet.registry.table_text import TableText

_BREAK: Final = re.compile(r"\r\n|\n|\r")
_BLANKS: Final = re.compile(r"[\s,]*")
_FIRST_MEMBERS: Final = r"(?:\s*\"[^\"\\]*\"\s*:\s*(?:\"[^\"\\]*\"|[\w.+-]+|null)\s*,)*\s*"
"""Members with plain values, which an answer has before its list: a count, a token."""


def json_records(source: Source, list_name: str, sign: str) -> tuple[Source, ...]:
    """One text an item where the file is a list of studies, an object with one under `list_name`, or has one a line.

    `sign` is the name of a member that stands in each study. Empty where the file is anything else.
    """
    text = source.text
    start = re.match(
        rf"\s*(?:\[|\{{{_FIRST_MEMBERS}(?:\"\w+\"\s*:\s*\{{{_FIRST_MEMBERS})?\"{list_name}\"\s*:\s*\[)", text
    )
    if start is None and re.match(r"\s*\{[^\r\n]*\}\s*[\r\n]\s*\{", text) is None:
        return ()
    spans = _json_spans(text, start.end() if start else 0)
    if start is not None and not _is_json(text):  # something stands after the list that no part would have
        return ()
    if not all(f'"{sign}"' in text[first:last] for first, last in spans):
        return ()
    lines = _first_lines(text, spans)
    return tuple(Source(source.name, text[start:end], line) for line, (start, end) in zip(lines, spans, strict=True))


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _json_spans(text: str, position: int) -> list[tuple[int, int]]:
    """Where each object of a row of objects begins and ends; none where one is malformed or no object."""
    decoder, spans = json.JSONDecoder(), list[tuple[int, int]]()
    while True:
        blanks = _BLANKS.match(text, position)
        position = blanks.end() if blanks else position
        if not text.startswith("{", position):
            return spans if position == len(text) or text.startswith("]", position) else []
        try:
            _, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            return []
        spans.append((position, end))
        position = end


def _first_lines(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[int]:
    line, position = 1, 0
    for start, end in spans:
        line += _count_breaks(text[position:start])
        yield line
        line += _count_breaks(text[start:end])
        position = end


def table_records(source: Source) -> tuple[Source, ...]:
    """One text a row, each with the header. Raises InputError for a table that has no cells to speak of."""
    rows = TableText(source.text, source.name).rows
    starts = [0, *(match.end() for match in _BREAK.finditer(source.text)), len(source.text)]
    begins = [starts[row[0].line - 1] for row in rows]
    header, *studies = (source.text[start:end] for start, end in pairwise([*begins, len(source.text)]))
    before = _count_breaks(source.text[: begins[0]]) if begins else 0
    texts, breaks = list[str](), 0
    for study in studies:
        texts.append("\n" * before + header + "\n" * breaks + study)
        breaks += _count_breaks(study)
    return tuple(Source(source.name, text) for text in texts)


def xml_records(source: Source, tag: str) -> tuple[Source, ...]:
    """One text an element of that name, each within what stands around them all; empty where there is none."""
    opened = [match.start() for match in re.finditer(rf"<(?:\w+:)?{tag}(?=[\s>])", source.text)]
    closed = [match.end() for match in re.finditer(rf"</(?:\w+:)?{tag}\s*>", source.text)]
    spans = list(zip(opened, closed, strict=False))
    edges = [edge for span in spans for edge in span]
    if not spans or len(opened) != len(closed) or edges != sorted(edges):
        return ()
    head, tail = source.text[: spans[0][0]], source.text[spans[-1][1] :]
    begin = spans[0][0]
    lines = _first_lines(source.text[begin:], [(start - begin, end - begin) for start, end in spans])
    studies = ["\n" * (line - 1) + source.text[start:end] for line, (start, end) in zip(lines, spans, strict=True)]
    return tuple(Source(source.name, f"{head}{study}{tail}") for study in studies)


def _count_breaks(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")
