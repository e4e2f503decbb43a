"""Misspelt abbreviations are offered corrected; correct and merely unknown ones are left alone."""

from __future__ import annotations

import pytest

from armlet.registry.accounting import Fact
from armlet.registry.offers import find_offers


def offered(words: str) -> list[tuple[str, str]]:
    return [(offer.as_written, offer.offered) for offer in find_offers([Fact("p", words, 3, words)])]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("HLTV-2 positive", [("HLTV-2", "HTLV-2")]),
        ("HTVL1 positive", [("HTVL1", "HTLV-1")]),
        ("HTLW-1 positive", [("HTLW-1", "HTLV-1")]),
        ("VRDL reactive", [("VRDL", "VDRL")]),
        ("HHV-6, HHV-8, HIV, HBV, HCV, HTLV-1, HTLV-2, VDRL, CMV, EBV", []),
        ("HTLV-3 exists", []),
        ("hltv-2 in small letters is no abbreviation", []),
        ("IL-2, CD4, GAD65, NYHA, HOMA, DPP-4", []),
        ("HVB", []),
        ("X-HLTV-2 and HLTV-2b", []),
    ],
)
def test_an_abbreviation_is_offered_only_when_one_known_term_is_one_slip_away(
    words: str, expected: list[tuple[str, str]]
) -> None:
    assert offered(words) == expected


def test_the_same_slip_on_one_line_is_offered_once() -> None:
    assert len(find_offers([Fact("p", "HLTV-1", 3, "HLTV-1"), Fact("q", "HLTV-1", 3, "HLTV-1")])) == 1
