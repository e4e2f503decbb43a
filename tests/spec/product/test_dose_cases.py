"""Runs the table of worked doses, ``dose.yaml``: each row asks one question of the rules and says the answer."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from armlet.document import read_yaml
from armlet.issues import Issue
from armlet.product.administration import dmso_of, endotoxin_of, received_in_words, received_share
from armlet.product.counting import Count, assess_counts, check_counts, check_uncertainty, combine_uncertainty
from armlet.product.dose import (
    body_mass_index,
    check_dose,
    check_weight,
    compute_dose,
    count_bags,
)
from armlet.product.release import assess_release
from armlet.protocol.criteria import Comparison
from armlet.protocol.model import Dose, ReleaseTest
from armlet.protocol.product import Administration
from armlet.protocol.source import Assumed, Source
from armlet.studytime import Duration
from armlet.units import Quantity, UnitError, as_decimal, format_decimal

TABLE = Path(__file__).with_name("dose.yaml")
ASSUMED = Source(assumed=Assumed(because="a test", confirm="nobody"))
Row = dict[str, Any]


def q(text: str) -> Quantity:
    return Quantity.parse(text)


def rule(row: Row) -> Dose:
    return Dose(
        source=ASSUMED,
        basis="viable",
        lowest=q("2 10*6/kg"),
        highest=q("3 10*6/kg"),
        target=q(row.get("target", "2.5 10*6/kg")),
        volume_step=q("0.1 mL"),
        dead_volume=q("0 mL"),
        weight_valid_for=Duration(days=3),
        weight_change_limit=q("5 %"),
        counted=row.get("counted"),
        weight_query_limit=q("10 %"),
        count_variation_limit=q("10 %"),
        uncertainty_limit=q("10 %"),
    )


def giving(row: Row) -> Administration:
    return Administration(
        source=ASSUMED,
        before_expiry="end",
        endotoxin_limit=q("5 [EU]/kg"),
        dmso_fraction=q("10 %"),
        dmso_density=q("1.10 g/mL"),
        dmso_limit=q(row["limit"]) if "limit" in row else None,
    )


def said(issue: Issue) -> str:
    return f"{issue.rule}: {issue.message}"


def joined(first: str, *issues: Issue | None) -> str:
    return "; ".join([first, *(said(issue) for issue in issues if issue is not None)])


def volume(row: Row) -> str:
    drawn = compute_dose(rule(row), q(row["weight"]), q(row["concentration"]))
    return said(drawn) if isinstance(drawn, Issue) else f"{drawn.volume}, {drawn.per_weight}"


def dose(row: Row) -> str:
    lost = q(row["lost"]) if "lost" in row else None
    found = check_dose(rule(row), q(row["weight"]), q(row["cells"]), lost)
    return "inside" if found is None else said(found)


def weight(row: Row) -> str:
    return "; ".join(map(said, check_weight(rule(row), q(row["before"]), q(row["weight"]), 0, 3)))


def bmi(row: Row) -> str:
    return str(body_mass_index(q(row["weight"]), q(row["height"])).value.quantize(Decimal("0.1")))


def release(row: Row) -> str:
    test = ReleaseTest.model_validate(
        {"source": ASSUMED, "id": "v", "label": "viable", "is": Comparison.AT_LEAST, "limit": q("70 %")}
    )
    return assess_release((test,), {"v": row["viability"]}).verdict


def counted(row: Row) -> Count | Issue:
    return assess_counts([q(text) for text in row["counts"]])


def counts(row: Row) -> str:
    found = counted(row)
    if isinstance(found, Issue):
        return said(found)
    return joined(f"{as_decimal(found.mean)} by {found.variation} %", check_counts(rule(row), found))


def uncertainty(row: Row) -> str:
    count = counted(row)
    assert isinstance(count, Count)
    parts = (q(row["viability"]), row["seen"], q(row["volume"]), q(row["weight"]))
    found = combine_uncertainty(Fraction("2.5"), count, *parts)
    if isinstance(found, Issue):
        return said(found)
    low, high = found.interval
    side = "inside" if found.is_inside(Fraction(2), Fraction(3)) else "outside"
    return joined(f"{found.relative} %, from {low} to {high}, {side}", check_uncertainty(rule(row), found))


def bags(row: Row) -> str:
    found = count_bags(rule(row), q(row["weight"]), q(row["bag"]))
    if isinstance(found, Issue):
        return said(found)
    return ", ".join(f"{one.bags} ({format_decimal(round(as_decimal(one.dose), 6).normalize())})" for one in found)


def endotoxin(row: Row) -> str:
    asked = (row["concentration"], q(row["volume"]), q(row["lasts"]), q(row["weight"]))
    found = endotoxin_of(giving(row), *asked)
    return joined(str(found.amount).lower() if found.amount is None else str(found.amount), *found.issues)


def dmso(row: Row) -> str:
    found = dmso_of(giving(row), q(row["volume"]), q(row["weight"]))
    return joined(str(found.amount), *found.issues)


def received(row: Row) -> str:
    share = received_share(q(row["prepared"]), q(row["given"]))
    return f"{received_in_words(share)}, {as_decimal(share * Fraction('2.5'))}"


ASKED: dict[str, Callable[[Row], str]] = {
    "volume": volume, "dose": dose, "weight": weight, "bmi": bmi, "release": release, "counts": counts,
    "uncertainty": uncertainty, "bags": bags, "endotoxin": endotoxin, "dmso": dmso, "received": received,
}  # fmt: skip


def rows() -> list[Row]:
    plain, _ = read_yaml(TABLE.read_text("utf-8"), str(TABLE))
    assert isinstance(plain, dict)
    cases = plain["cases"]
    assert isinstance(cases, list)
    return [row for row in cases if isinstance(row, dict)]


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['case']} {row['says']}")
def test_a_worked_dose(row: Row) -> None:
    try:
        answer = ASKED[row["ask"]](row)
    except UnitError:
        answer = "cannot be read"
    assert answer == row["expect"]


def test_the_table_has_all_eighteen_cases() -> None:
    assert sorted({row["case"] for row in rows()}) == list(range(1, 19))
