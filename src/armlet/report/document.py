"""What a page is made of: sections of text, facts, tables and figures, and their rendering into one HTML file.

The file needs nothing else: no script, no font, no picture from elsewhere, and its policy forbids them. Every text
goes through the template's escaping; only drawings made by `armlet.report.svg` are taken as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from typing import ClassVar, TypeAlias

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Text:
    """Paragraphs."""

    kind: ClassVar[str] = "text"
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Terms and what they are, one below the other; a pair whose second part is empty is left out."""

    kind: ClassVar[str] = "facts"
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list of points."""

    kind: ClassVar[str] = "items"
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a part of a section."""

    kind: ClassVar[str] = "heading"
    title: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its title (with the unit where it has one) and whether it holds numbers."""

    title: str
    numeric: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One row; the first cell is its heading. A row without other cells is a subheading over the whole width."""

    cells: tuple[str, ...]
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption. `spans` is an upper header: titles and how many columns each stands over."""

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""
    spans: tuple[tuple[str, int], ...] = ()
    dense: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawing of a figure, with its title where the figure has several."""

    drawing: Markup
    title: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """Drawings with one caption. `key` explains the marks; `behind` is the table of the numbers that are drawn."""

    kind: ClassVar[str] = "figure"
    caption: str
    panels: tuple[Panel, ...]
    key: tuple[tuple[Markup, str], ...] = ()
    behind: Table | None = None


Block: TypeAlias = Text | Facts | Items | Heading | Table | Figure


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page with its title; `id` is what links point at."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The box at the top: its title, the sentences to remember, and what must be known beside them."""

    title: str
    leads: tuple[str, ...]
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page. `simulated` puts the banner on it, and a word into every caption."""

    title: str
    subtitle: str
    kind: str
    simulated: bool
    facts: tuple[tuple[str, str], ...]
    summary: Summary
    sections: tuple[Section, ...]
    foot: str


def render_page(page: Page) -> str:
    """The page as HTML; the same page gives the same bytes."""
    return render_template("page.html.j2", page=page, style=read_own("style.css"))


def read_own(name: str) -> Markup:
    """A style or a script of ours, which goes into a page as it is."""
    text = files("armlet.report").joinpath("templates", name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 (our own file)


def render_template(name: str, finalize: Callable[[object], object] | None = None, **values: object) -> str:
    """A template of ours with the values put in, each escaped; `finalize` changes what is put in before it is escaped."""
    environment = Environment(
        loader=PackageLoader("armlet.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )
    return environment.get_template(name).render(**values)
