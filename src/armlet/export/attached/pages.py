"""A Markdown document as one HTML page that needs nothing else: no script, no picture, no other file."""

from __future__ import annotations

from html import escape
from typing import Final

_STYLE: Final = (
    "body{font:11pt/1.5 serif;max-width:46em;margin:2em auto;padding:0 1em}table{border-collapse:collapse}"
    "td,th{border:1px solid #888;padding:.2em .5em;text-align:left;vertical-align:top}"
)


def as_html(markdown: str, title: str) -> str:
    """The page. Markup inside the text is shown as text."""
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n{body}</body></html>\n'
