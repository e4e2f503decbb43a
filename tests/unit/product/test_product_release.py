"""The release verdict, at its limits and while results are pending."""

from __future__ import annotations

import pytest

from armlet.product.release import assess_release, holds
from armlet.protocol.criteria import Comparison
from armlet.protocol.model import ReleaseTest
from armlet.protocol.source import Assumed, Source
from armlet.units import Quantity, UnitError

ASSUMED = Source(assumed=Assumed(because="a test", confirm="nobody"))
IDENTITY = ReleaseTest.model_validate(
    {"source": ASSUMED, "id": "identity", "label": "marker", "unit": "%", "is": Comparison.AT_LEAST,
     "limit": Quantity.parse("95.0 %")}
)  # fmt: skip
PURITY = ReleaseTest.model_validate(
    {"source": ASSUMED, "id": "purity", "label": "other marker", "unit": "%", "is": Comparison.AT_MOST,
     "limit": Quantity.parse("2.0 %")}
)  # fmt: skip
STERILITY = ReleaseTest.model_validate(
    {"source": ASSUMED, "id": "sterility", "label": "sterility", "is": Comparison.IN, "codes": ("no growth",),
     "after_release": True}
)  # fmt: skip
POTENCY = ReleaseTest.model_validate(
    {"source": ASSUMED, "id": "potency", "label": "potency", "unit": "%", "is": Comparison.MORE,
     "limit": Quantity.parse("20 %"), "releasing": False}
)  # fmt: skip
TESTS = (IDENTITY, PURITY, STERILITY, POTENCY)
GOOD = {"identity": "95.0 %", "purity": "2.0 %", "sterility": "no growth", "potency": "20.1 %"}


@pytest.mark.parametrize(
    ("change", "verdict", "of_test"),
    [
        ({}, "pass", {}),
        ({"identity": "94.9 %"}, "fail", {"identity": "fail"}),
        ({"purity": "2.1 %"}, "fail", {"purity": "fail"}),
        ({"sterility": "growth"}, "fail", {"sterility": "fail"}),
        ({"sterility": "No growth"}, "fail", {"sterility": "fail"}),
        ({"sterility": None}, "conditional", {"sterility": "pending"}),
        ({"identity": None}, "pending", {"identity": "pending"}),
        ({"identity": None, "sterility": None}, "pending", {"identity": "pending", "sterility": "pending"}),
        ({"identity": None, "purity": "2.1 %"}, "fail", {"identity": "pending", "purity": "fail"}),
        ({"potency": "20 %"}, "pass", {"potency": "fail"}),
        ({"potency": None}, "pass", {"potency": "pending"}),
    ],
)
def test_a_lot_is_released_by_every_releasing_test(
    change: dict[str, str | None], verdict: str, of_test: dict[str, str]
) -> None:
    results = {name: value for name, value in {**GOOD, **change}.items() if value is not None}
    release = assess_release(TESTS, results)
    assert release.verdict == verdict
    assert dict(release.tests) == {**dict.fromkeys(GOOD, "pass"), **of_test}


def test_a_result_of_a_test_that_the_specification_does_not_have_changes_nothing() -> None:
    assert assess_release(TESTS, {**GOOD, "colour": "white"}).verdict == "pass"


@pytest.mark.parametrize("typed", ["95.0", "95,0 %", "high", "", "95 kg"])
def test_a_result_that_is_no_such_amount_is_refused_and_never_passes(typed: str) -> None:
    with pytest.raises(UnitError):
        assess_release(TESTS, {**GOOD, "identity": typed})


@pytest.mark.parametrize(
    ("comparison", "below", "equal", "above"),
    [
        (Comparison.LESS, True, False, False),
        (Comparison.AT_MOST, True, True, False),
        (Comparison.EQUAL, False, True, False),
        (Comparison.AT_LEAST, False, True, True),
        (Comparison.MORE, False, False, True),
    ],
)
def test_a_comparison_is_exact_at_its_limit(comparison: Comparison, below: bool, equal: bool, above: bool) -> None:
    assert [holds(order, comparison) for order in (-1, 0, 1)] == [below, equal, above]
