"""The worked endpoints: what is recorded, and what each endpoint is then; the tables are read by people first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from armlet.conduct.observation import Observation
from armlet.derivation.derive import derive_dataset
from armlet.derivation.derived import Derived, DerivedOrNot
from armlet.document import read_yaml
from armlet.ledger.events import MissingReason
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Endpoint, Protocol
from armlet.protocol.source import Assumed, Source
from armlet.units import Quantity

FOLDER: Final = Path(__file__).parent
FILES: Final = sorted(path for path in FOLDER.glob("*.yaml") if path.name not in {"base.yaml", "glucose.yaml"})
DAYS: Final = {
    "before": date(2021, 1, 1),
    "month_6": date(2021, 7, 1),
    "month_12": date(2022, 1, 1),
    "month_24": date(2023, 1, 1),
}
Row = dict[str, Any]


@cache
def base() -> Protocol:
    return load_protocol(FOLDER / "base.yaml")


def read(path: Path) -> Row:
    plain, _ = read_yaml(path.read_text(encoding="utf-8"), path.name)
    assert isinstance(plain, dict)
    return plain


def every_case() -> Iterator[Any]:
    for path in FILES:
        plain = read(path)
        for case in plain["cases"]:
            yield pytest.param(plain["endpoints"], case, id=f"{path.stem}: {case['says']}")


def endpoint(name: str, row: Row, changed: Row) -> Endpoint:
    return Endpoint(
        source=Source(assumed=Assumed(because="a worked case", confirm="nobody")),
        id=name,
        label=name,
        level="exploratory",
        objective="-",
        time_frame="-",
        method=row["method"],
        settings={**row.get("settings", {}), **changed},
        unit=row["unit"],
        visits=tuple(row.get("visits", ("month_6", "month_12", "month_24"))),
        baseline="before",
    )


def observations(results: Mapping[str, Row]) -> Iterator[Observation]:
    entry = 0
    for visit, values in results.items():
        for what, text in values.items():
            entry += 1
            measure, _, sample = what.partition(" ")
            activity = next(one.id for one in base().activities if measure in one.measures)
            quantity = None if text == "missing" else Quantity.parse(text.removeprefix("<"))
            why = MissingReason.LOST if quantity is None else None
            yield Observation(
                entry, "001", visit, activity, measure, sample, "", DAYS[visit], quantity, text[0] == "<", why
            )


def derive(endpoints: Mapping[str, Row], case: Row) -> Mapping[tuple[str, str], DerivedOrNot]:
    changed = case.get("settings", {})
    made = tuple(endpoint(name, row, changed.get(name, {})) for name, row in endpoints.items())
    held = {("001", visit): day for visit, day in DAYS.items() if visit not in case.get("not_held", [])}
    protocol = base().model_copy(update={"endpoints": made})
    dataset = derive_dataset(protocol, list(observations(case["results"])), ["001"], {}, held, simulated=True)
    return {(item.endpoint, item.visit): item for item in dataset.derived}


def told(item: DerivedOrNot) -> str:
    """The number to six decimals with its unit, or the reason."""
    if not isinstance(item, Derived):
        return item.because
    rounded = item.value.quantize(Decimal("0.000001"))
    return f"{rounded.normalize():f} {item.unit}"


@pytest.mark.parametrize(("endpoints", "case"), list(every_case()))
def test_a_worked_endpoint(endpoints: Mapping[str, Row], case: Row) -> None:
    found = derive(endpoints, case)

    for what, expected in case["expect"].items():
        name, visit = what.split(" at ")
        item = found[name, visit]
        if isinstance(item, Derived):
            assert told(item) == expected, what
            assert item.entries, "every value stands on entries"
        else:
            assert expected in told(item), what


def test_no_two_cases_of_a_file_say_the_same() -> None:
    for path in FILES:
        said = [case["says"] for case in read(path)["cases"]]
        assert len(set(said)) == len(said), path.name
