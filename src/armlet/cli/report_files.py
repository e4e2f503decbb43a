"""The report by arm as files: the page, and the data of its figures and tables; the one way for true and dummy arms."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from armlet.report.unblinded import UnblindedContent


def write_pages(folder: Path, content: UnblindedContent, name: str) -> None:
    """The report under that name, and the data of its figures and tables under ``exports/``: for every kind of arms."""
    from armlet.export.package import write_text
    from armlet.report.document import data_files, render_page
    from armlet.report.unblinded import make_page

    page = make_page(content)
    write_text(folder / name, render_page(page))
    for file in data_files(page):
        if file is not None:
            write_text(folder / "exports" / file.path, file.text)
