"""The release verdict, at its limits and while results are pending."""

from __future__ import annotations

import pytest

from armlet.product.release import (
    Consequences,
    Determination,
    ResultsInForce,
    assess_release,
    compare_verdicts,
    holds,
    judge,
    results_in_force,
)
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


def endotoxin(comparison: Comparison = Comparison.AT_MOST, limit: str = "0.5 [EU]/mL") -> ReleaseTest:
    return ReleaseTest.model_validate(
        {"source": ASSUMED, "id": "e", "label": "endotoxin", "is": comparison, "limit": Quantity.parse(limit)}
    )


@pytest.mark.parametrize(
    ("comparison", "result", "verdict"),
    [
        (Comparison.AT_MOST, "<0.5 [EU]/mL", "pass"),
        (Comparison.LESS, "<0.5 [EU]/mL", "pass"),
        (Comparison.LESS, "<=0.5 [EU]/mL", "undecided"),
        (Comparison.AT_MOST, "<=0.5 [EU]/mL", "pass"),
        (Comparison.AT_MOST, "<0.6 [EU]/mL", "undecided"),
        (Comparison.AT_MOST, "<500 [EU]/L", "pass"),
        (Comparison.AT_MOST, ">0.5 [EU]/mL", "fail"),
        (Comparison.AT_MOST, ">=0.5 [EU]/mL", "undecided"),
        (Comparison.LESS, ">=0.5 [EU]/mL", "fail"),
        (Comparison.AT_MOST, ">0.4 [EU]/mL", "undecided"),
        (Comparison.AT_LEAST, "≥0.5 [EU]/mL", "pass"),
        (Comparison.AT_LEAST, "< 0.5 [EU]/mL", "fail"),
        (Comparison.MORE, "<0.6 [EU]/mL", "undecided"),
        (Comparison.EQUAL, "<0.6 [EU]/mL", "undecided"),
        (Comparison.EQUAL, "<0.5 [EU]/mL", "fail"),
    ],
)
def test_below_what_can_be_measured_is_a_range_and_not_a_number(
    comparison: Comparison, result: str, verdict: str
) -> None:
    assert judge(endotoxin(comparison), result) == verdict


def test_an_undecided_result_holds_a_lot_back_even_where_it_might_have_come_later() -> None:
    late = endotoxin().model_copy(update={"after_release": True})
    assert assess_release((late,), {}).verdict == "conditional"
    assert assess_release((late,), {"e": "<12 [EU]/mL"}).verdict == "pending"


def marker(name: str, **more: object) -> ReleaseTest:
    return PURITY.model_copy(update={"id": name, "either": "monocytes", **more})


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        ("2.0 %", None, "pass"),
        (None, "2.0 %", "pass"),
        ("2.1 %", "2.0 %", "pass"),
        ("2.1 %", "2.1 %", "fail"),
        ("2.1 %", None, "pending"),
        (None, None, "pending"),
        ("<3 %", "2.1 %", "pending"),
    ],
)
def test_of_two_markers_that_stand_for_each_other_one_is_enough(
    one: str | None, other: str | None, verdict: str
) -> None:
    results = {name: value for name, value in (("cd14", one), ("cd11b", other)) if value is not None}
    assert assess_release((marker("cd14"), marker("cd11b")), results).verdict == verdict


def test_an_informative_marker_is_not_enough_for_the_other_and_a_final_failure_is_final() -> None:
    informative = (marker("cd14", releasing=False), marker("cd11b"))
    assert assess_release(informative, {"cd14": "2.0 %", "cd11b": "2.1 %"}).verdict == "fail"
    final = (marker("cd14", final=True), marker("cd11b"))
    assert assess_release(final, {"cd14": "2.1 %", "cd11b": "2.0 %"}).verdict == "fail"


def run(*replicates: str, error: str = "", test: str = "identity") -> Determination:
    return Determination(test, replicates, error)


def rules(found: ResultsInForce) -> list[str]:
    return [f"{issue.severity} {issue.rule} {issue.where}" for issue in found.issues]


def test_replicates_of_one_run_are_averaged_in_the_unit_of_the_first() -> None:
    found = results_in_force(TESTS, [run("94.8 %", "95.2 %")])
    assert (dict(found.results), rules(found)) == ({"identity": "95 %"}, [])


def test_a_failed_run_and_its_repetition_are_never_averaged() -> None:
    """The mean would be 96.0 and pass."""
    found = results_in_force(TESTS, [run("94.0 %"), run("98.0 %")])
    assert dict(found.results) == {"identity": "94.0 %"}
    assert rules(found) == ["warning product/retest identity"]


def test_a_run_annulled_by_a_recorded_laboratory_error_does_not_count() -> None:
    found = results_in_force(TESTS, [run("94.0 %", error="LE-7: wrong antibody"), run("98.0 %")])
    assert (dict(found.results), rules(found)) == ({"identity": "98.0 %"}, [])
    blank = results_in_force(TESTS, [run("94.0 %", error="  "), run("98.0 %")])
    assert dict(blank.results) == {"identity": "94.0 %"}


def test_replicates_that_are_no_one_result_leave_the_test_pending() -> None:
    for odd in (run("<1 %", "2 %"), run("growth", "no growth", test="sterility"), run()):
        found = results_in_force(TESTS, [odd])
        assert (dict(found.results), rules(found)) == ({}, [f"error product/replicates {odd.test}"])


def test_a_run_of_no_known_test_is_told() -> None:
    assert rules(results_in_force(TESTS, [run("1 %", test="colour")])) == ["error product/unknown-test colour"]


def test_a_late_failure_supersedes_the_certificate_and_calls_the_lot_back() -> None:
    conditional = assess_release(TESTS, {name: GOOD[name] for name in ("identity", "purity")}, "2")
    late = assess_release(TESTS, {**GOOD, "sterility": "growth"}, "2")
    assert compare_verdicts(conditional, late) == Consequences(True, True, ("sterility", "potency"))


def test_a_late_good_result_supersedes_and_calls_nothing_back() -> None:
    conditional = assess_release(TESTS, {name: value for name, value in GOOD.items() if name != "sterility"}, "2")
    assert compare_verdicts(conditional, assess_release(TESTS, GOOD, "2")) == Consequences(True, False, ("sterility",))
    whole = assess_release(TESTS, GOOD, "2")
    assert compare_verdicts(whole, whole) == Consequences(False, False, ())


def test_a_verdict_keeps_the_version_of_the_specification_it_was_made_by() -> None:
    first, second = (assess_release(TESTS, GOOD, version) for version in ("1", "2"))
    assert (first.specification, second.specification) == ("1", "2")
    assert compare_verdicts(first, second) == Consequences(True, False, ())
