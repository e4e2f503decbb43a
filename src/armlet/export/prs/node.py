"""A small tree of XML elements, written in one spelling only: the same tree gives the same bytes.

Made here because nothing is parsed: writing needs five characters escaped, and no library that can also read a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold, not even escaped (section 2.2)."""

LOST: Final = "\ufffd"


@dataclass(frozen=True, slots=True)
class Node:
    """An element: its name, its text or its children, and its attributes. A namespace is an attribute as any other."""

    name: str
    text: str = ""
    children: tuple[Node, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()

    def walk(self, above: str = "") -> Iterator[tuple[str, Node]]:
        """This element and all below it, each with its path; below the first, brothers of one name are counted from 1."""
        here = above or f"/{self.name}"
        yield here, self
        seen: dict[str, int] = {}
        for child in self.children:
            seen[child.name] = seen.get(child.name, 0) + 1
            yield from child.walk(f"{here}/{child.name}[{seen[child.name]}]")


def holds_forbidden(text: str) -> bool:
    """Whether a text has a character that XML cannot hold."""
    return _FORBIDDEN.search(text) is not None


def element(name: str, *children: Node | None, **attributes: str) -> Node:
    """An element with children; those that are None are left out."""
    return Node(
        name, children=tuple(child for child in children if child is not None), attributes=tuple(attributes.items())
    )


def text(name: str, value: str | int | None) -> Node | None:
    """An element with a text; None for a value that is not there or is empty."""
    return None if value is None or value == "" else Node(name, str(value))


def needed(name: str, value: str | None) -> Node:
    """An element that the schema wants: it stands there empty where there is no value."""
    return Node(name, value or "")


def block(name: str, value: str | None) -> Node | None:
    """A text of several lines, in the ``textblock`` that the schema has for it."""
    return None if not value else element(name, Node("textblock", value))


def render(root: Node) -> bytes:
    """The document: UTF-8, two blanks a level, no blank inside a text that was not there."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', *_lines(root, 0)]
    return ("\n".join(lines) + "\n").encode()


def _lines(node: Node, depth: int) -> Iterator[str]:
    indent = "  " * depth
    opening = "".join([node.name, *(f' {name}="{_escape_attribute(value)}"' for name, value in node.attributes)])
    if node.children:
        yield f"{indent}<{opening}>"
        for child in node.children:
            yield from _lines(child, depth + 1)
        yield f"{indent}</{node.name}>"
    elif node.text:
        yield f"{indent}<{opening}>{_escape(node.text)}</{node.name}>"
    else:
        yield f"{indent}<{opening}/>"


_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})


def _escape(words: str) -> str:
    """The text so that a reader gets every character back; a forbidden one becomes U+FFFD."""
    return _FORBIDDEN.sub(LOST, words).translate(_ESCAPES)


def _escape_attribute(words: str) -> str:
    """The same inside an attribute, where a reader would take an end of line or a tab for a blank."""
    return _escape(words).replace("\n", "&#10;").replace("\t", "&#9;")
