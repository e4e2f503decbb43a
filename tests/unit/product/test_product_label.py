"""Labels as data: the outer one is made without the arm, and what would tell it stands on the inner one alone."""

from __future__ import annotations

import inspect
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from armlet.errors import InputError
from armlet.product.isbt128 import parse_compound, parse_donation_number
from armlet.product.label import Content, Label, Place, Preparation, inner_label, outer_label
from armlet.protocol.load import read_protocol
from armlet.units import Quantity

BASE = Path(__file__).parents[2] / "spec/checks/base.yaml"
PROTOCOL = read_protocol(BASE.read_text("utf-8"), "base.yaml")[0]
PLACE = Place("Harbour Hospital", "Ada Example", "+00 555 0100, day and night", "Europe/Paris")
OWN = ("FOR AUTOLOGOUS USE ONLY",)
PREPARATION = Preparation(
    "K7F2", "P-001", "infusion", Quantity.parse("38.5 mL"), datetime(2021, 5, 1, 12, tzinfo=UTC), OWN
)
CELLS = Content(
    "L-17", parse_donation_number("A999921123456"), Quantity.parse("4 10*6/mL"), Quantity.parse("154 10*6"),
    Quantity.parse("8 %"),
)  # fmt: skip
SHAM = Content("L-18", None, None, None, None)


def shown(label: Label) -> dict[str, str]:
    return {line.name: line.text for line in label.lines}


def test_the_outer_label_holds_what_a_trial_label_must() -> None:
    label = outer_label(PROTOCOL, PLACE, PREPARATION)
    assert label.heading == "For clinical trial use only"
    assert shown(label) == {
        "Trial": f"{PROTOCOL.id}, version {PROTOCOL.version}",
        "Sponsor": "Institute for Breathing Research",
        "Site, investigator": "Harbour Hospital; Ada Example",
        "Contact, also for emergency unblinding": "+00 555 0100, day and night",
        "Participant": "P-001",
        "Visit": "infusion",
        "Code number": "K7F2",
        "Content": "airway cells or sham",
        "Form, route, quantity": "suspension; intravenous; 38.5 mL",
        "Vehicle": "saline",
        "Storage": "see the pharmacy manual",
        "Use before": "2021-05-01 14:00 +02:00 Europe/Paris",
    }
    assert label.statements == OWN
    assert label.symbol == f"{PROTOCOL.id}|P-001|K7F2|20210501T1200Z"


def test_nothing_that_tells_the_arm_can_reach_the_outer_label() -> None:
    assert list(inspect.signature(outer_label).parameters) == ["protocol", "place", "preparation"]
    outer = repr(outer_label(PROTOCOL, PLACE, PREPARATION))
    inner = shown(inner_label(PROTOCOL, PLACE, PREPARATION, CELLS))
    for name in ("Lot", "Donation", "Cells per volume", "Viable cells", "DMSO"):
        assert inner[name] not in outer, name


def test_without_an_imitation_the_product_has_its_own_name_alone() -> None:
    given = tuple(item for item in PROTOCOL.interventions if not item.sham)
    alone = PROTOCOL.model_copy(update={"interventions": given})
    assert shown(outer_label(alone, PLACE, PREPARATION))["Content"] == "airway cells"


def test_the_inner_label_is_for_unblinded_staff_and_has_one_shape() -> None:
    cells, sham = (inner_label(PROTOCOL, PLACE, PREPARATION, content) for content in (CELLS, SHAM))
    assert cells.heading == "Unblinded staff only. For clinical trial use only"
    assert shown(cells)["Donation"] == "A9999 21 123456 3"
    assert shown(cells)["Content"] == "airway cells"
    assert [line.name for line in cells.lines] == [line.name for line in sham.lines]
    assert {shown(sham)[name] for name in ("Donation", "Cells per volume", "Viable cells", "DMSO")} == {"none"}
    assert cells.statements == (*OWN, "Do not irradiate", "Do not use a leukoreducing filter")
    american = inner_label(PROTOCOL, PLACE, PREPARATION, CELLS, in_united_states=True)
    assert american.statements[-1].startswith("Caution: New Drug")


def test_the_symbol_of_the_inner_label_is_a_compound_message() -> None:
    symbol = inner_label(PROTOCOL, PLACE, PREPARATION, CELLS).symbol
    assert symbol == "=+02000=A99992112345663&>0211211200"
    assert parse_compound(symbol) == ("=A99992112345663", "&>0211211200")


@pytest.mark.parametrize(
    "change",
    [
        {"participant": ""},
        {"participant": " "},
        {"visit": "x " * 61},
        {"visit": "x" * 35},
        {"code": "a\nb"},
        {"code": "a|b"},
        {"code": "é"},
    ],
)
def test_what_cannot_be_printed_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="cannot"):
        outer_label(PROTOCOL, PLACE, replace(PREPARATION, **change))


def test_an_expiry_without_a_zone_and_an_unknown_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        outer_label(PROTOCOL, PLACE, replace(PREPARATION, expires=datetime(2021, 5, 1)))  # noqa: DTZ001
    with pytest.raises(InputError, match="is not known"):
        outer_label(PROTOCOL, replace(PLACE, zone="Atlantis/Capital"), PREPARATION)


def test_a_protocol_without_a_product_has_no_label() -> None:
    with pytest.raises(InputError, match="has 0 products"):
        outer_label(PROTOCOL.model_copy(update={"products": ()}), PLACE, PREPARATION)
