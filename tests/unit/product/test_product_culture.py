"""Population doublings: the worked series of three passages, limits decided exactly, and what cannot be computed."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from armlet.issues import Issue
from armlet.product.culture import CultureAssessed, Passage, assess_culture, is_beyond_doublings
from armlet.protocol.product import Culture
from armlet.protocol.source import Assumed, Source
from armlet.units import Quantity


def limits(highest: int = 5, doublings: str = "20 1", slow: str | None = "2 1") -> Culture:
    return Culture(
        source=Source(assumed=Assumed(because="a test", confirm="nobody")),
        first_passage=0,
        highest_passage=highest,
        most_doublings=Quantity.parse(doublings),
        slow_growth=Quantity.parse(slow) if slow else None,
    )


def passage(number: int, seeded: str, harvested: str, lasted: str = "5 d") -> Passage:
    return Passage(number, *(Quantity.parse(text) for text in (f"{seeded} 10*6", f"{harvested} 10*6", lasted)))


WORKED = (passage(0, "0.4", "8"), passage(1, "8", "96"), passage(2, "20", "210"))


def assessed(passages: tuple[Passage, ...], rule: Culture | None = None) -> CultureAssessed:
    found = assess_culture(passages, rule or limits())
    assert isinstance(found, CultureAssessed)
    return found


def rules(found: CultureAssessed | tuple[Issue, ...]) -> list[str]:
    issues = found.issues if isinstance(found, CultureAssessed) else found
    return [f"{issue.severity} {issue.rule} {issue.where}" for issue in issues]


def test_the_worked_series_doubles_11_299_times() -> None:
    found = assessed(WORKED)
    assert [str(one.doublings) for one in found.growth] == ["4.322", "3.585", "3.392"]
    assert [str(one.cumulative) for one in found.growth] == ["4.322", "7.907", "11.299"]
    assert [str(one.doubling_time) for one in found.growth] == ["1.157", "1.395", "1.474"]
    assert found.issues == ()


def test_a_culture_at_its_limit_is_kept_and_one_cell_more_is_not() -> None:
    at = (passage(0, "1", "1024"),)
    assert rules(assessed(at, limits(doublings="10 1"))) == []
    assert rules(assessed((passage(0, "1", "1024.000001"),), limits(doublings="10 1"))) == [
        "error product/doubling-limit passage 0"
    ]


def test_a_limit_with_a_fraction_is_decided_in_whole_numbers() -> None:
    """2^(11/2) is 45.2548...: no decimal number is that, and none is needed."""
    assert not is_beyond_doublings(Fraction("45.2548"), Quantity(Decimal("5.5"), "1"))
    assert is_beyond_doublings(Fraction("45.2549"), Quantity(Decimal("5.5"), "1"))


def test_the_passage_limit_holds_beside_the_doublings() -> None:
    assert rules(assessed(WORKED, limits(highest=1))) == ["error product/passage-limit passage 2"]


def test_a_passage_below_the_first_of_the_protocol_shows_another_way_of_counting() -> None:
    rule = limits().model_copy(update={"first_passage": 1})
    assert rules(assessed(WORKED, rule)) == ["error product/passage-number passage 0"]


@pytest.mark.parametrize(
    ("series", "message"),
    [
        ((passage(0, "0", "8"),), "seeded is 0 10*6; expected above 0"),
        ((passage(0, "-1", "8"),), "seeded is -1 10*6; expected above 0"),
        ((passage(0, "1", "-8"),), "harvested is -8 10*6; expected above 0"),
        ((passage(0, "1", "8", "0 d"),), "lasted is 0 d; expected above 0"),
        ((passage(0, "1", "8", "5 kg"),), "lasted: 5 kg cannot be expressed in d"),
        ((WORKED[0], WORKED[2]), "passage 2 follows passage 0; expected 1"),
    ],
)
def test_what_cannot_be_computed_is_refused(series: tuple[Passage, ...], message: str) -> None:
    found = assess_culture(series, limits())
    assert isinstance(found, tuple)
    assert [message in issue.message for issue in found] == [True]


def test_a_loss_of_cells_is_allowed_and_told() -> None:
    found = assessed((passage(0, "8", "4"),))
    assert [(str(one.doublings), one.doubling_time) for one in found.growth] == [("-1.000", None)]
    assert rules(found) == ["note product/cells-lost passage 0"]


def test_nothing_harvested_ends_the_culture() -> None:
    found = assessed((passage(0, "1", "8"), passage(1, "8", "0")))
    assert [one.number for one in found.growth] == [0]
    assert rules(found) == ["error product/no-harvest passage 1"]


def test_growth_more_than_twice_as_slow_as_the_fastest_is_an_alert() -> None:
    """2, 3.5 and 4.1 days for a doubling: no step alone is twice the one before."""
    series = (passage(0, "1", "2", "2 d"), passage(1, "1", "2", "3.5 d"), passage(2, "1", "2", "4.1 d"))
    assert rules(assessed(series)) == ["warning product/slow-growth passage 2"]
    exactly_twice = (passage(0, "1", "2", "2 d"), passage(1, "1", "2", "4 d"))
    assert rules(assessed(exactly_twice)) == []


def test_without_limits_the_growth_is_computed_and_the_gap_is_told() -> None:
    found = assess_culture(WORKED, None)
    assert rules(found) == ["warning product/culture-unlimited culture"]
