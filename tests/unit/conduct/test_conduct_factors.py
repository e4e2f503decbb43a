"""The levels of the factors: read from what is recorded, confirmed by whoever asks, and kept with the request."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from armlet.conduct import commands as c
from armlet.conduct.door import Door
from armlet.conduct.rules.factors import find_levels
from armlet.protocol.model import Factor, Protocol
from armlet.protocol.source import Assumed, Source
from armlet.units import Quantity

SOURCE = Source(assumed=Assumed(because="a test", confirm="nobody"))
SEX = Factor(id="sex", label="sex", source=SOURCE, measure="sex")
AGE = Factor(
    id="age_band", label="age", source=SOURCE, measure="age", cuts=(Quantity.parse("34 a"), Quantity.parse("480 mo"))
)
WEIGHT = Factor(id="size", label="body weight", source=SOURCE, measure="weight", cuts=(Quantity.parse("70 kg"),))
SITE = Factor(id="hospital", label="hospital", source=SOURCE, site=True)
GIVEN = date(2021, 4, 15)
ASKED = c.RequestRandomisation("P1", "R1", {"sex": "female", "age_band": "34 a to below 480 mo"})


def balanced(life: Any, *factors: Factor) -> Any:
    allocation = life.protocol.allocation.model_copy(update={"factors": factors})
    life.protocol = life.protocol.model_copy(update={"allocation": allocation})
    life.door = Door(life.protocol, life.store, life.door._clock)
    return life


def test_confirmed_levels_are_kept_with_the_request(life: Any) -> None:
    balanced(life, SEX, AGE).brushes()

    (event,) = life.does(ASKED)

    assert event.levels == {"sex": "female", "age_band": "34 a to below 480 mo"}
    assert life.one().levels == event.levels


def test_a_cut_point_belongs_to_the_band_that_it_opens(life: Any) -> None:
    balanced(life, AGE, SITE).brushes()

    assert find_levels(life.protocol, life.one()) == {"age_band": "34 a to below 480 mo", "hospital": "harbour"}


@pytest.mark.parametrize(
    ("levels", "rule", "words"),
    [
        (None, "levels-not-confirmed", "sex is female, age_band is 34 a to below 480 mo: nobody confirmed it"),
        (
            {"sex": "male", "age_band": "below 34 a"},
            "levels-differ",
            "confirmed was: sex is male, age_band is below 34 a",
        ),
        ({"sex": "female"}, "levels-differ", "recorded is: sex is female, age_band is 34 a to below 480 mo"),
    ],
)
def test_levels_are_neither_typed_again_nor_passed_over(
    life: Any, levels: dict[str, str] | None, rule: str, words: str
) -> None:
    balanced(life, SEX, AGE).brushes()

    life.refuses(c.RequestRandomisation("P1", "R1", levels), rule, words)


def test_a_level_that_nothing_recorded_tells_is_named(life: Any) -> None:
    balanced(life, SEX, WEIGHT).brushes()

    life.refuses(c.RequestRandomisation("P1", "R1", {"sex": "female"}), "level-unknown", "'body weight' is not known")


def test_a_result_tells_the_level_where_the_screening_did_not(life: Any) -> None:
    life.randomises()
    life.weighs("infusion_day", GIVEN, "69.9")
    allocation = life.protocol.allocation.model_copy(update={"factors": (WEIGHT,)})
    protocol = life.protocol.model_copy(update={"allocation": allocation})
    below = find_levels(protocol, life.one())
    entry = life.one().results[("infusion_day", "scales", "weight", "")].entry
    life.does(c.CorrectResult(entry, "70.0", "kg", "read again"))

    assert below == {"size": "below 70 kg"}
    assert find_levels(protocol, life.one()) == {"size": "70 kg or more"}


def test_levels_are_refused_where_nothing_is_balanced(life: Any) -> None:
    life.brushes()

    life.refuses(c.RequestRandomisation("P1", "R1", {"sex": "female"}), "levels-differ", "recorded is: no factor")


def test_a_protocol_without_factors_has_the_digest_that_it_had(life: Any) -> None:
    protocol: Protocol = life.protocol

    assert b"factors" not in protocol.canonical()
