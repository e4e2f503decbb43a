"""Words that could tell an arm are pointed out, whatever the trial calls its arms."""

from __future__ import annotations

from pathlib import Path

import pytest

from armlet.protocol.load import load_protocol
from armlet.protocol.telling_words import find_telling_words

BASE = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The SHAM looked cloudy.", ("SHAM",)),
        ("Lot AB-1234 came late.", ("AB-1234",)),
        ("Kit 90210 was opened.", ("90210",)),
        ("The patient had a fever on 3 May.", ()),
        ("No placebo, no placebo.", ("placebo",)),
    ],
)
def test_words_that_speak_of_arms_and_lots_are_found_in_every_trial(text: str, found: tuple[str, ...]) -> None:
    assert find_telling_words(load_protocol(BASE), text) == found


def test_the_names_of_arms_interventions_and_products_come_from_the_protocol() -> None:
    protocol = load_protocol(BASE)
    for name in (protocol.arms[0].label, protocol.interventions[0].label, protocol.products[0].label):
        assert find_telling_words(protocol, f"It was {name} again.") != ()
