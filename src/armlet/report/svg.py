"""Drawings as text: elements with escaped attributes, numbers to a tenth of a pixel, and the marks of the groups.

No identifiers and no references: a drawing stands anywhere in a page, any number of times, and is the same bytes always.
Colours and fonts come from the page's style sheet by class.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup, escape

MARKERS: Final = 4
"""How many looks can be told apart by shape and colour."""
_SHAPES: Final = {
    1: ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)),
    2: ((0.0, -1.25), (1.15, 0.85), (-1.15, 0.85)),
    3: ((0.0, -1.3), (1.15, 0.0), (0.0, 1.3), (-1.15, 0.0)),
}
"""Square, triangle and diamond about their middle, in units of the mark's size, alike in area to the circle."""


def tag(name: str, *children: Markup | str, **attributes: str | float) -> Markup:
    """An element. ``stroke_width`` becomes ``stroke-width``, ``class_`` ``class``; text children are escaped."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(pixels(value))}"' for key, value in attributes.items()
    )
    inside = "".join(escape(child) for child in children)
    text_of = f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>"
    return Markup(text_of)  # noqa: S704 (names are ours, values and children are escaped)


def pixels(value: str | float) -> str:
    """A number to a tenth, without spare noughts; text as it is."""
    if isinstance(value, str):
        return value
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def drawing(width: float, height: float, alternative: str, *children: Markup, class_: str = "chart") -> Markup:
    """A whole drawing with its text alternative, as its name and as its description; it scales with the page."""
    return tag(
        "svg", tag("desc", alternative), *children, class_=class_, viewBox=f"0 0 {pixels(width)} {pixels(height)}",
        role="img", aria_label=alternative,
    )  # fmt: skip


def text(x: float, y: float, words: str, class_: str = "", anchor: str = "start") -> Markup:
    """One line of text on its baseline."""
    return tag("text", words, x=x, y=y, class_=class_, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str, title: str = "") -> Markup:
    """A straight line."""
    return tag("line", *_titled(title), x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def shape(points: str, class_: str, title: str = "") -> Markup:
    """A polygon by its `corners`."""
    return tag("polygon", *_titled(title), points=points, class_=class_)


def dot(x: float, y: float, radius: float, class_: str, title: str = "") -> Markup:
    """A circle."""
    return tag("circle", *_titled(title), cx=x, cy=y, r=radius, class_=class_)


def path(points: Sequence[tuple[float, float]], class_: str, title: str = "") -> Markup:
    """Straight lines through the points; the title shows under the mouse."""
    steps = " ".join(f"{'M' if place == 0 else 'L'}{pixels(x)} {pixels(y)}" for place, (x, y) in enumerate(points))
    return tag("path", *_titled(title), d=steps, class_=class_)


def marker(x: float, y: float, look: int, title: str = "", *, hollow: bool = False, size: float = 3.4) -> Markup:
    """The mark of a group: circle, square, triangle or diamond. Hollow marks a value below what could be measured."""
    class_ = f"mark look{look % MARKERS}{' hollow' if hollow else ''}"
    shape = look % MARKERS
    if shape == 0:
        return tag("circle", *_titled(title), cx=x, cy=y, r=size, class_=class_)
    points = corners(*((x + dx * size, y + dy * size) for dx, dy in _SHAPES[shape]))
    return tag("polygon", *_titled(title), points=points, class_=class_)


def corners(*points: tuple[float, float]) -> str:
    """The corners of a polygon as its attribute spells them."""
    return " ".join(f"{pixels(x)},{pixels(y)}" for x, y in points)


def key_mark(look: int) -> Markup:
    """The mark of a group for a key, on a short piece of its line; the words beside it say what it is."""
    return tag(
        "svg", line(0, 7, 26, 7, f"thread look{look % MARKERS}"), marker(13, 7, look, size=4),
        class_="key", viewBox="0 0 26 14", aria_hidden="true",
    )  # fmt: skip


def bar(x: float, y: float, width: float, height: float, look: int, title: str = "") -> Markup:
    """A bar of a group: the four looks differ by fill and edge as well as by colour, so that grey paper tells them."""
    class_ = f"bar look{look % MARKERS}"
    return tag("rect", *_titled(title), x=x, y=y, width=max(width, 0.0), height=max(height, 0.0), class_=class_)


def key_bar(look: int) -> Markup:
    """The bar of a group for a key."""
    return tag("svg", bar(2, 2, 22, 10, look), class_="key", viewBox="0 0 26 14", aria_hidden="true")


def _titled(title: str) -> tuple[Markup, ...]:
    return (tag("title", title),) if title else ()
