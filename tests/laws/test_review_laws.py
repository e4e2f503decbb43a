"""Laws of the review: whatever the record, its page is whole, every link leads somewhere, and no contact stands on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.errors import InputError
from armlet.report.review import render_review

ROOT: Final = Path(__file__).parents[2]
RECORDS: Final = ROOT / ".." / "shared" / "records"
EVERY: Final = 20
"""Drafting all of the real records takes minutes: every twentieth is drafted here, and those below."""
ODD: Final = (
    "seeds/000_90e0e7b6a174f708.txt",
    "seeds/001_cb6ae5f777205bbc.txt",
    "legacyxml/NCT03835312.xml",  # the most questions
    "legacyxml/NCT05691712.xml",  # a telephone number in a name
    "v2json/NCT04402008.json",  # results
    "ctis_json/2023-505613-24-00.json",  # two thousand values beyond the record
    "history_versions/NCT00181896_20050915.html",  # entities
)
_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+\w")
_PHONE: Final = re.compile(r'"\w*[pP]hone"\s*:\s*"([^"]{7,})"|<phone>([^<]{7,})</phone>')

reviewed = SimpleNamespace(**run_path(str(ROOT / "tests" / "unit" / "report" / "reviewed.py")))


def chosen() -> list[str]:
    files = sorted(path for path in RECORDS.glob("*/*") if path.is_file()) if RECORDS.is_dir() else []
    found = [path.relative_to(RECORDS).as_posix() for path in files[::EVERY]]
    return sorted({*found, *(name for name in ODD if (RECORDS / name).is_file())})


def contacts_of(text: str) -> Iterator[str]:
    """Mail addresses, and what stands in fields for telephone numbers."""
    yield from _MAIL.findall(text)
    yield from (first or second for first, second in _PHONE.findall(text) if sum(map(str.isdigit, first + second)) >= 7)


def check_page(html: str) -> None:
    page = reviewed.Taken(html)
    assert page.dead_links() == []
    assert html.count("<script") <= 2
    assert html.count("<style") == 1
    leads_to = {row.attributes["id"]: set(row.links()) for row in page.of_class("row")}
    for part in page.of_class("part"):
        for mark in part.links("to-words"):
            assert part.attributes["id"] in leads_to[page.row_of(mark).attributes["id"]]


def page_of(data: bytes, name: str) -> str | None:
    """The page of a record; None where it is refused as a trial."""
    try:
        content = reviewed.content_of(data, name)
    except InputError as refusal:
        if not refusal.issues:
            raise
        return None
    return render_review(content)


@pytest.mark.skipif(not RECORDS.is_dir(), reason="the real records (../shared/records) are not here")
def test_real_records_have_whole_pages_without_contacts() -> None:
    drafted = 0
    for name in chosen():
        data = (RECORDS / name).read_bytes()
        html = page_of(data, name)
        if html is not None:
            drafted += 1
            check_page(html)
            shown = [one for one in set(contacts_of(data.decode("utf-8", "replace"))) if one in html]
            assert shown == [], name
    assert drafted >= 15


TEXT: Final = st.one_of(
    st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=40),
    st.sampled_from(
        [
            "</script>",
            "<!--",
            "]]>",
            "&lt;b&gt;",
            "a" * 3000,
            "\u202e\u2066",
            "{{ 7 * 7 }}",
            "- x\n  - y\n  1. z",
            "\\>=",
        ]
    ),
)


@given(st.lists(TEXT, min_size=1, max_size=4), TEXT, TEXT)
@settings(max_examples=25, deadline=None)
def test_any_words_give_a_whole_page(criteria: list[str], label: str, summary: str) -> None:
    text = "Inclusion Criteria:\n" + "\n".join(f"- {one}" for one in criteria)
    arms = {"armGroups": [{"label": label, "type": "OTHER"}], "interventions": [{"type": "DRUG", "name": summary}]}
    data = reviewed.record_bytes(
        eligibilityModule={"eligibilityCriteria": text},
        armsInterventionsModule=arms,
        descriptionModule={"briefSummary": summary, "detailedDescription": label},
    )
    html = page_of(data, "any.json")
    if html is not None:
        check_page(html)
