"""Runs the worked cases of stimulation tests, ``stimulation_tests.yaml``: one row, one question, one answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from armlet.analysis.transforms import Transform, back_transformed, transformed
from armlet.conduct.observation import Observation
from armlet.derivation.baseline import Change, MeanPercents, derive_change, mean_percents
from armlet.derivation.conditions import MealRule
from armlet.derivation.derive import prepare_endpoint
from armlet.derivation.derived import Answer, Derived, Reason, Value
from armlet.document import read_yaml
from armlet.ledger.events import MissingReason
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Endpoint, Protocol
from armlet.protocol.source import Assumed, Source
from armlet.units import Quantity

HERE: Final = Path(__file__).parent
DAY: Final = date(2021, 3, 15)
ACTIVITY: Final = {"weight": "scales", "drunk": "scales", "glucose": "meal_test"}
Row = dict[str, Any]
PLAIN, _ = read_yaml((HERE / "stimulation_tests.yaml").read_text("utf-8"), "stimulation_tests.yaml")


def rows(part: str) -> list[Row]:
    assert isinstance(PLAIN, dict)
    found = PLAIN[part]
    assert isinstance(found, list)
    return [row for row in found if isinstance(row, dict)]


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    return load_protocol(HERE / "protocol.yaml")


def six(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.000001')) + 0:f}"


def observed(
    entry: int, measure: str, text: str | None, activity: str, sample: str = "", actual: str = ""
) -> Observation:
    quantity = None if text is None else Quantity.parse(text.removeprefix("<"))
    below, why = text is not None and text.startswith("<"), MissingReason.LOST if text is None else None
    return Observation(
        entry, "001", "before", activity, measure, sample, actual, DAY, quantity, below=below, missing=why
    )


def samples(curve: Row, row: Row, first: int) -> list[Observation]:
    """The samples of one curve, each entry numbered by its minute so that a row can name its tubes."""
    drawn = {int(minute): f"{actual} min" for minute, actual in row.get("drawn", {}).items()}
    made = []
    for key, level in curve["levels"].items():
        minute = int(key)
        text = None if minute in row.get("lost", []) else f"{level} {curve['unit']}"
        activity, measure = curve.get("activity", "meal_test"), curve.get("measure", "c_peptide")
        made.append(
            observed(first + minute, measure, text, activity, f"{minute} min", drawn.get(minute, f"{minute} min"))
        )
    return made


def observations(row: Row) -> list[Observation]:
    assert isinstance(PLAIN, dict)
    curves: Any = PLAIN["curves"]
    made = samples(curves[row["curve"]], row, 1000)
    if "and" in row:
        made += samples(curves[row["and"]], {}, 2000)
    for number, (measure, text) in enumerate(row.get("also", {}).items()):
        made.append(observed(3000 + number, measure, text, ACTIVITY[measure], "0 min" if measure == "glucose" else ""))
    return made


def endpoint(row: Row) -> Endpoint:
    assert isinstance(PLAIN, dict)
    curves: Any = PLAIN["curves"]
    activity = curves[row["curve"]].get("activity", "meal_test")
    span = {"from": "0 min", "to": row.get("to", "120 min")} if row.get("whole", True) else {}
    return Endpoint(
        source=Source(assumed=Assumed(because="a worked case", confirm="nobody")),
        id="worked",
        label="Worked",
        level="primary",
        objective="-",
        time_frame="-",
        method=row["method"],
        settings={"activity": activity, "measure": "c_peptide", **span, **row.get("set", {})},
        unit=row["in"],
        visits=("later",),
        baseline="before",
    )


def with_molar_mass(protocol: Protocol, text: str) -> Protocol:
    measures = tuple(
        one.model_copy(update={"molar_mass": Quantity.parse(text)}) if one.id == "c_peptide" else one
        for one in protocol.measures
    )
    return protocol.model_copy(update={"measures": measures})


def answer(row: Row, protocol: Protocol) -> Answer:
    used = with_molar_mass(protocol, row["molar_mass"]) if "molar_mass" in row else protocol
    return prepare_endpoint(used, endpoint(row)).derive(observations(row))


@pytest.mark.parametrize("row", rows("cases"), ids=lambda row: f"{row['method']}: {row['says']}")
def test_a_worked_test(row: Row, protocol: Protocol) -> None:
    found = answer(row, protocol)
    if "reason" in row:
        assert found == Reason(row["reason"])
        return
    assert isinstance(found, Value), found
    assert six(found.value) == row["expect"]
    assert six(found.value) not in row.get("never", [])
    if "below" in row:
        assert found.below_limit is row["below"]
    if "note" in row:
        assert row["note"] in found.notes
    if "silent" in row:
        assert not [note for note in found.notes if row["silent"] in note]
    if "tubes" in row:
        assert [entry - 1000 for entry in found.entries if entry < 1900] == row["tubes"]
    if "above" in row:
        limit, is_above = row["above"]
        assert (found.value > Decimal(limit)) is is_above


@pytest.mark.parametrize("row", rows("meals"), ids=lambda row: row["weight"])
def test_the_volume_of_a_meal(row: Row) -> None:
    rule = MealRule("", "", Quantity.parse("6 mL/kg"), Quantity.parse("360 mL"), Quantity.parse("90 %"))
    assert str(rule.planned(Quantity.parse(row["weight"]))) == row["expect"]


def derived(text: str, visit: str, participant: str = "001") -> Derived:
    below = text.startswith("<")
    number = Decimal(text.removeprefix("<"))
    return Derived("e", participant, visit, number, "nmol/L", DAY, (1,), below_limit=below)


def shown(value: Decimal | None) -> str:
    return "none" if value is None else six(value)


@pytest.mark.parametrize("row", rows("changes"), ids=lambda row: row["says"])
def test_a_worked_change(row: Row) -> None:
    change = derive_change(derived(row["to"], "later"), derived(row["from"], "before"))
    assert isinstance(change, Change)
    assert (six(change.change), shown(change.percent)) == (row["change"], row["percent"])
    assert (shown(change.ratio), shown(change.log_change)) == (row["ratio"], row["log"])


def changes(before: Sequence[str], after: Sequence[str]) -> list[Change]:
    made = [
        derive_change(derived(second, "later", str(number)), derived(first, "before", str(number)))
        for number, (first, second) in enumerate(zip(before, after, strict=True))
    ]
    return [one for one in made if isinstance(one, Change)]


@pytest.mark.parametrize("row", rows("groups"), ids=lambda row: row["says"])
def test_three_percentages_of_a_group_are_three_numbers(row: Row) -> None:
    found = mean_percents(changes(row["from"], row["to"]))
    assert isinstance(found, MeanPercents)
    assert six(found.mean_of_percents) == row["of_persons"]
    assert six(found.percent_of_means) == row["of_means"]
    assert shown(found.percent_of_geometric_means) == row["geometric"]
    assert found.used == row["used"]


@pytest.mark.parametrize("row", rows("backs"), ids=str)
def test_means_come_back_to_the_recorded_scale(row: Row) -> None:
    values = np.array([float(one) for one in row["of"]])
    means = {
        name: back_transformed(transform, float(transformed(transform, values).mean()))
        for name, transform in (
            ("arithmetic", Transform.NONE),
            ("log", Transform.LN_X_PLUS_1),
            ("root", Transform.SQRT),
        )
    }
    assert {name: f"{mean:.6f}" for name, mean in means.items()} == {name: row[name] for name in means}
    assert row["never"] not in {f"{mean:.6f}" for mean in means.values()}
    assert f"{float(np.exp(np.log(values).mean())):.6f}" == row["geometric"]
