"""What a page is made of: sections of text, facts, tables and figures, and their rendering into one HTML file.

The file needs nothing else: no script, no font, no picture from elsewhere, and its policy forbids them. Every text
goes through the template's escaping; only drawings made by `armlet.report.svg` are taken as they are. Each table and
each figure carries its data as a CSV file inside the page, to be saved from there; `data_files` gives the same files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from string import ascii_letters, digits
from typing import ClassVar, Final, TypeAlias

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from armlet.report.sheets import Sheet, sheet_csv, slug, unique_name


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
    """A table with its caption. `spans` is an upper header: titles and how many columns each stands over.

    `name` is that of its file, without ending; where it is empty the caption gives it.
    """

    kind: ClassVar[str] = "table"
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""
    spans: tuple[tuple[str, int], ...] = ()
    dense: bool = False
    name: str = ""

    def sheet(self) -> Sheet:
        """The table as a file: the text of the cells; a first column has the subheading that a row stands under."""
        over = [title for title, width in self.spans for _ in range(width)] or [""] * len(self.columns)
        titles = [
            f"{above}: {one.title}" if above else one.title for above, one in zip(over, self.columns, strict=True)
        ]
        names = ("part", *unique_name(titles))
        rows, part = [], ""
        for row in self.rows:
            if len(row.cells) == 1 < len(self.columns):
                part = row.cells[0]
            else:
                rows.append(dict(zip(names, (part, *row.cells), strict=True)))
        return Sheet(self.name or slug(self.caption), names, tuple(rows))


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawing of a figure, with its title where the figure has several."""

    drawing: Markup
    title: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """Drawings with one caption. `key` explains the marks; `behind` is the table of the numbers that are drawn.

    `data` has every drawn number as a file. `wide` panels stand below each other, each over the whole width.
    """

    kind: ClassVar[str] = "figure"
    caption: str
    panels: tuple[Panel, ...]
    key: tuple[tuple[Markup, str], ...] = ()
    behind: Table | None = None
    data: Sheet | None = None
    wide: bool = False

    def sheet(self) -> Sheet | None:
        """The drawn numbers; of a figure without a file of its own, the table behind it."""
        return self.data or (self.behind.sheet() if self.behind is not None else None)


@dataclass(frozen=True, slots=True)
class Folded:
    """Blocks that are shown when somebody asks for them; on paper they are left out."""

    kind: ClassVar[str] = "folded"
    title: str
    blocks: tuple[Table | Text | Items, ...]


Block: TypeAlias = Text | Facts | Items | Heading | Table | Figure | Folded


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
    """The whole page. `simulated` puts the banner on it, and a word into every caption; so does `dummy` for dummy arms."""

    title: str
    subtitle: str
    kind: str
    simulated: bool
    facts: tuple[tuple[str, str], ...]
    summary: Summary
    sections: tuple[Section, ...]
    foot: str
    dummy: bool = False

    @property
    def marks(self) -> tuple[str, ...]:
        """What every caption and every row of a file says first."""
        return (*(("DUMMY ARMS \u2013 DRY RUN",) if self.dummy else ()), *(("SIMULATED",) if self.simulated else ()))


_AS_IT_IS: Final = frozenset(f"{ascii_letters}{digits}/,;:()=+@!$*~-._".encode())
_SPELLED: Final = tuple(chr(byte) if byte in _AS_IT_IS else f"%{byte:02X}" for byte in range(256))
"""How each byte of a file stands in an address (RFC 3986): as itself, or as a per cent sign and two digits."""


@dataclass(frozen=True, slots=True)
class DataFile:
    """The data of one table or figure: the folder and name of the file, and its CSV text."""

    folder: str
    name: str
    text: str

    @property
    def path(self) -> str:
        """Where it is written beside the page: ``figures/….csv`` or ``tables/….csv``."""
        return f"{self.folder}/{self.name}"

    @property
    def address(self) -> str:
        """The whole file as an address, so that a page alone can hand it out."""
        return f"data:text/csv;charset=utf-8,{''.join(_SPELLED[byte] for byte in self.text.encode())}"


def data_files(page: Page) -> tuple[DataFile | None, ...]:
    """The file of each table and figure in the order of the page; None for a drawing of boxes, which has no numbers.

    Two of one name are told apart by a number.
    """
    found = [block for section in page.sections for block in _tables_and_figures(section.blocks)]
    folders = ["figures" if isinstance(block, Figure) else "tables" for block in found]
    sheets = [block.sheet() for block in found]
    paths = [f"{folder}/{'' if one is None else one.name}" for folder, one in zip(folders, sheets, strict=True)]
    names = [path.split("/")[1] for path in unique_name(paths)]
    mark = "; ".join(page.marks)
    return tuple(
        None if sheet is None else DataFile(folder, f"{name}.csv", sheet_csv(sheet, mark))
        for folder, name, sheet in zip(folders, names, sheets, strict=True)
    )


def _tables_and_figures(blocks: tuple[Block, ...]) -> Iterator[Table | Figure]:
    for block in blocks:
        if isinstance(block, Folded):
            yield from _tables_and_figures(block.blocks)
        elif isinstance(block, Table | Figure):
            yield block


def render_page(page: Page) -> str:
    """The page as HTML; the same page gives the same bytes."""
    return render_template("page.html.j2", page=page, style=read_own("style.css"), data=data_files(page))


def read_own(name: str) -> Markup:
    """A style or a script of ours, which goes into a page as it is."""
    text = files("armlet.report").joinpath("templates", name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 (our own file)


def render_template(name: str, finalize: Callable[[object], object] | None = None, **values: object) -> str:
    """A template of ours with the values put in, each escaped; `finalize` changes what is put in before it is escaped."""
    return _environment(finalize).get_template(name).render(**values)


@lru_cache(maxsize=4)
def _environment(finalize: Callable[[object], object] | None) -> Environment:
    """The templates as compiled once in a process: they are ours and do not change while it runs."""
    return Environment(
        loader=PackageLoader("armlet.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )
