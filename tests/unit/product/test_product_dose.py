"""The dose by weight: the worked cases of the domain notes (1.13), and every weight there is."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from armlet.issues import Issue
from armlet.product.dose import DrawnDose, compute_dose, weight_change, weights_for
from armlet.protocol.model import Dose
from armlet.protocol.source import Assumed, Source
from armlet.studytime import Duration
from armlet.units import Quantity, UnitError


def rule(target: str = "2.5", *, step: str = "0.1 mL") -> Dose:
    """Two to three million viable cells per kilogram, drawn up in steps of 0.1 mL with 1.5 mL left in the line."""
    return Dose(
        source=Source(assumed=Assumed(because="a test", confirm="nobody")),
        basis="viable",
        lowest=Quantity.parse("2.0 10*6/kg"),
        highest=Quantity.parse("3.0 10*6/kg"),
        target=Quantity.parse(f"{target} 10*6/kg"),
        volume_step=Quantity.parse(step),
        dead_volume=Quantity.parse("1.5 mL"),
        weight_valid_for=Duration(days=3),
        weight_change_limit=Quantity.parse("5 %"),
    )


def kg(text: str) -> Quantity:
    return Quantity(Decimal(text), "kg")


def cells(text: str) -> Quantity:
    return Quantity(Decimal(text), "10*6/mL")


def ml(text: str) -> Quantity:
    return Quantity(Decimal(text), "mL")


@pytest.mark.parametrize(
    ("case", "weight", "target", "concentration", "volume", "to_draw", "per_weight"),
    [
        (1, "70.0", "2.5", "5.0", "35", "36.5", "2.500"),
        (2, "62.3", "2.5", "4.392", "35.5", "37", "2.503"),
        (3, "57.9", "3.0", "3.813", "45.5", "47", "2.996"),
        (4, "64.9", "2.0", "3.813", "34.1", "35.6", "2.003"),
    ],
)
def test_the_worked_cases_of_volume_and_rounding(
    case: int, weight: str, target: str, concentration: str, volume: str, to_draw: str, per_weight: str
) -> None:
    drawn = compute_dose(rule(target), kg(weight), cells(concentration))
    assert isinstance(drawn, DrawnDose), case
    assert (drawn.volume.value, drawn.to_draw.value, drawn.per_weight.value) == (
        Decimal(volume), Decimal(to_draw), Decimal(per_weight),
    )  # fmt: skip
    assert (drawn.volume.unit, drawn.to_draw.unit, drawn.per_weight.unit) == ("mL", "mL", "10*6/kg")


def is_given(weight: str, concentration: str, volume: str) -> bool:
    """Whether the bedside would give this volume at this weight."""
    least, greatest = weights_for(rule(), cells(concentration), ml(volume))
    return least.compare(kg(weight)) <= 0 <= greatest.compare(kg(weight))


def test_case_3_and_4_would_leave_the_limits_if_only_rounded_half_up() -> None:
    assert not is_given("57.9", "3.813", "45.6")
    assert is_given("57.9", "3.813", "45.5")
    assert not is_given("64.9", "3.813", "34.0")
    assert is_given("64.9", "3.813", "34.1")


def test_case_5_too_few_cells_for_the_weight() -> None:
    """150 million cells, here as 30 mL of 5 million, are enough for 75 kg and no more."""
    assert weights_for(rule(), cells("5.0"), ml("30")) == (kg("50"), kg("75"))
    assert not is_given("82.0", "5.0", "30")


def test_case_6_what_stays_in_the_line_counts_when_the_dose_is_what_arrives() -> None:
    """150 million cells for 75.0 kg: the bag is exactly at the limit, 5 % less is not."""
    assert is_given("75.0", "5.0", "30")
    assert not is_given("75.0", "5.0", "28.5")


def test_case_7_a_weight_that_fell_by_8_75_per_cent() -> None:
    assert weight_change(kg("80.0"), kg("73.0")) == Fraction("8.75")
    assert is_given("73.0", "5.0", "40")  # 200 million: 2.740 million per kg
    assert not is_given("73.0", "5.0", "48")  # 240 million: 3.288 million per kg


def test_the_weights_are_rounded_inwards_to_the_gram() -> None:
    """33.3 mL of 4.7 million are 156.51 million: from 52.17 kg exactly (3.0) to 78.255 kg exactly (2.0)."""
    assert weights_for(rule(), cells("4.7"), ml("33.3")) == (kg("52.17"), kg("78.255"))
    assert weights_for(rule(), cells("4.7"), ml("33.4")) == (kg("52.327"), kg("78.49"))  # 52.3266...


WEIGHTS = [Decimal(tenths) / 10 for tenths in range(400, 1100)]


def test_case_17_no_weight_is_refused_at_its_limit_as_binary_numbers_would() -> None:
    """With 3 million cells per mL, W mL for W kg hold exactly the highest dose."""
    for weight in WEIGHTS:
        drawn = compute_dose(rule("3.0"), kg(str(weight)), cells("3.0"))
        assert isinstance(drawn, DrawnDose), weight
        assert (drawn.volume.value, drawn.per_weight.value) == (weight, Decimal(3))
    in_binary = [weight for weight in map(float, WEIGHTS) if weight * 3.0e6 / 2.5e6 * 2.5e6 / weight > 3.0e6]
    assert in_binary, "binary numbers would do as well, and the reason for decimals is gone"


@pytest.mark.parametrize("target", ["2.0", "2.5", "3.0"])
@pytest.mark.parametrize("concentration", ["3.813", "4.392", "5.0"])
def test_every_weight_gets_the_nearest_step_inside_the_closed_limits(target: str, concentration: str) -> None:
    for weight in WEIGHTS:
        drawn = compute_dose(rule(target), kg(str(weight)), cells(concentration))
        assert isinstance(drawn, DrawnDose), weight
        dose = Fraction(drawn.volume.value) * Fraction(concentration) / Fraction(weight)
        assert 2 <= dose <= 3, weight
        assert drawn.volume.value % Decimal("0.1") == 0
        wanted = Fraction(target) * Fraction(weight) / Fraction(concentration)
        assert abs(Fraction(drawn.volume.value) - wanted) < Fraction("0.1"), weight


def test_half_a_step_is_rounded_up() -> None:
    """2.5 million for 50.0 kg of 5.0 million per mL are 25 mL: between the steps 20 and 30 of 10 mL."""
    drawn = compute_dose(rule(step="10 mL"), kg("50.0"), cells("5.0"))
    assert isinstance(drawn, DrawnDose)
    assert drawn.volume.value == 30


def test_where_no_step_fits_it_is_said_with_what_would_be_needed() -> None:
    found = compute_dose(rule(step="50 mL"), kg("70.0"), cells("5.0"))
    assert isinstance(found, Issue)
    assert "no volume in steps of 50 mL gives 70.0 kg a dose" in found.message
    assert "35 mL would be needed" in found.message


@pytest.mark.parametrize(
    ("weight", "concentration"),
    [
        ("0", "5"), ("-70", "5"), ("70", "0"), ("70", "-5"), ("NaN", "5"), ("70", "NaN"), ("Infinity", "5"),
        ("70", "sNaN"),
    ],
)  # fmt: skip
def test_case_18_numbers_that_are_no_amount_are_an_issue_and_never_a_dose(weight: str, concentration: str) -> None:
    assert isinstance(compute_dose(rule(), kg(weight), cells(concentration)), Issue)


def test_case_18_units_that_measure_something_else_are_an_issue() -> None:
    assert isinstance(compute_dose(rule(), ml("70"), cells("5")), Issue)
    assert isinstance(compute_dose(rule(), kg("70"), kg("5")), Issue)


@pytest.mark.parametrize("typed", ["62,3 kg", "NaN kg", "1e400 kg", "62.3", "kg", ""])
def test_case_18_texts_that_are_no_weight_are_refused_where_they_are_read(typed: str) -> None:
    with pytest.raises(UnitError):
        Quantity.parse(typed)


def test_a_weight_in_pounds_is_the_same_weight() -> None:
    """154 lb are 69.85 kg (case 10): 34.927 mL, so 34.9."""
    drawn = compute_dose(rule(), Quantity(Decimal(154), "[lb_av]"), cells("5.0"))
    assert isinstance(drawn, DrawnDose)
    assert drawn.volume.value == Decimal("34.9")


def test_a_step_of_nothing_is_an_issue() -> None:
    assert isinstance(compute_dose(rule(step="0 mL"), kg("70"), cells("5")), Issue)
