"""Prints a label as PDF (typst) with its Data Matrix symbol (zxing-cpp); both come with the extra ``print``.

The text of a label is handed to the page as data and never as markup, so that no name on it can change the page. The
date of the document is a constant: the file of the same label is the same bytes.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import ModuleType
from typing import Any, Final

from armlet.errors import InputError
from armlet.issues import error
from armlet.product.label import Label

_DATE: Final = datetime(2000, 1, 1, tzinfo=UTC)
_PAGE: Final = """
#let label = json(bytes(sys.inputs.label))
#set document(title: "Label", date: none)
#set page(width: 100mm, height: 140mm, margin: 5mm)
#set text(font: "Libertinus Serif", size: 8pt)
#text(size: 10pt, weight: "bold", label.heading)
#v(1mm)
#table(columns: (32mm, 1fr), inset: 2pt, stroke: 0.25pt,
  ..label.lines.map(line => (text(size: 7pt, line.at(0)), text(weight: "bold", line.at(1)))).flatten())
#for statement in label.statements [#text(weight: "bold", statement) \\ ]
#v(1fr)
#align(center, image(bytes(sys.inputs.symbol), format: "svg", width: 30mm))
#align(center, text(size: 6pt, font: "DejaVu Sans Mono", label.symbol))
"""


def render_label(label: Label) -> bytes:
    """The PDF of a label. Raises InputError where the extra ``print`` is not installed."""
    return _compile(label, "pdf")


def render_label_picture(label: Label, ppi: int = 300) -> bytes:
    """The same page as a PNG, as a printer would put it on paper: what the print check reads. Raises InputError."""
    return _compile(label, "png", ppi)


def symbol_svg(text: str) -> str:
    """The Data Matrix (ECC 200) of a text as SVG, with its quiet zone. Raises InputError without the extra."""
    zxingcpp = _needed("zxingcpp")
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix)
    return str(zxingcpp.write_barcode_to_svg(barcode, add_quiet_zones=True))


def _compile(label: Label, kind: str, ppi: int | None = None) -> bytes:
    typst = _needed("typst")
    plain = {
        "heading": label.heading,
        "lines": [[line.name, line.text] for line in label.lines],
        "statements": list(label.statements),
        "symbol": label.symbol,
    }
    inputs = {"label": json.dumps(plain), "symbol": symbol_svg(label.symbol)}
    options: dict[str, Any] = {"sys_inputs": inputs, "ignore_system_fonts": True, "timestamp": int(_DATE.timestamp())}
    drawn = typst.compile(_PAGE.encode(), format="svg", **options)
    if isinstance(drawn, list):
        message = f"the label needs {len(drawn)} pages; it must fit one."
        raise InputError([error("label/too-long", "label", message, "Shorten its texts.")])
    return bytes(typst.compile(_PAGE.encode(), format=kind, ppi=ppi, **options))


def _needed(name: str) -> ModuleType:
    """The module, imported only here: the program runs without it."""
    try:
        if name == "typst":
            import typst

            return typst
        import zxingcpp
    except ImportError:
        message = f"labels are printed with {name}, which is not installed."
        raise InputError([error("label/no-printer", name, message, "Run: pip install 'armlet[print]'")]) from None
    return zxingcpp
