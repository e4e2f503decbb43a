"""Printed labels: the symbol on the page decodes to the bytes of the label, and no text changes the page."""

from __future__ import annotations

import builtins
import struct
import zlib
from typing import Any

import numpy as np
import pytest
import zxingcpp

from armlet.errors import InputError
from armlet.product.label import Label, Line
from armlet.report.label import render_label, render_label_picture, symbol_svg


def label(symbol: str, text: str = "P-001") -> Label:
    lines = (Line("Trial", "BRZ-1"), Line("Participant", text))
    return Label("For clinical trial use only", lines, ("FOR AUTOLOGOUS USE ONLY",), symbol)


def pixels(png: bytes) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The grey values of a PNG of 8 bits in red, green, blue and alpha, by its own filters (PNG, 3rd edition, 9)."""
    chunks, place = b"", 8
    width, height, depth, colour = struct.unpack(">IIBB", png[16:26])
    assert (depth, colour) in {(8, 6), (8, 2)}
    size = 4 if colour == 6 else 3
    while place < len(png):
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        chunks += png[place + 8 : place + 8 + length] if kind == b"IDAT" else b""
        place += length + 12
    raw = np.frombuffer(zlib.decompress(chunks), np.uint8).reshape(height, 1 + width * size)
    rows, above = [], np.zeros((width, size), np.int64)
    for line in raw:
        above = unfiltered(int(line[0]), line[1:].reshape(width, size).astype(np.int64), above)
        rows.append(above[:, 0].astype(np.uint8))
    return np.array(rows)


def unfiltered(kind: int, line: Any, above: Any) -> Any:
    if kind in {0, 2}:
        return (line + above) % 256 if kind else line
    if kind == 1:
        return np.cumsum(line, axis=0) % 256
    left, corner, out = np.zeros_like(line[0]), np.zeros_like(line[0]), np.empty_like(line)
    for x in range(len(line)):
        guess = (left + above[x]) // 2 if kind == 3 else paeth(left, above[x], corner)
        left, corner = (line[x] + guess) % 256, above[x]
        out[x] = left
    return out


def paeth(left: Any, above: Any, corner: Any) -> Any:
    base = left + above - corner
    to_left, to_above, to_corner = abs(base - left), abs(base - above), abs(base - corner)
    nearer = np.where(to_above <= to_corner, above, corner)
    return np.where((to_left <= to_above) & (to_left <= to_corner), left, nearer)


@pytest.mark.parametrize(
    "symbol", ["brz-1|P-001|K7F2|20210501T1200Z", "=+02000=A99992112345663&>0211210600", "=A99992400000496"]
)
def test_what_was_printed_decodes_to_the_same_bytes(symbol: str) -> None:
    found = zxingcpp.read_barcodes(pixels(render_label_picture(label(symbol), ppi=150)))
    assert [(one.format, one.bytes) for one in found] == [(zxingcpp.BarcodeFormat.DataMatrix, symbol.encode())]


def test_the_same_label_is_the_same_file_and_a_pdf() -> None:
    first = render_label(label("a|b|c|d"))
    assert first.startswith(b"%PDF-")
    assert render_label(label("a|b|c|d")) == first
    assert render_label(label("a|b|c|e")) != first


def test_a_text_is_never_markup() -> None:
    """As markup it would be an error, or a file that is read."""
    wild = '#panic("x") $ * _ ] #read("/etc/passwd") \\ "'
    assert render_label(label("a|b|c|d", wild)).startswith(b"%PDF-")


def test_a_label_that_needs_two_pages_is_refused() -> None:
    long = Label("x", tuple(Line(f"line {number}", "y" * 100) for number in range(60)), (), "a|b|c|d")
    with pytest.raises(InputError, match="it must fit one"):
        render_label(long)


@pytest.mark.parametrize("missing", ["typst", "zxingcpp"])
def test_without_the_extra_it_is_said_what_to_install(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == missing:
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=rf"labels are printed with {missing}, .* pip install 'armlet\[print\]'"):
        render_label(label("a|b|c|d"))


def test_a_symbol_is_a_picture() -> None:
    drawn = symbol_svg("abc")
    assert drawn.endswith("</svg>\n")
    assert symbol_svg("abd") != drawn
