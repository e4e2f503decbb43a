"""Changes from baseline, and the blinded data set of a whole trial."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from armlet.derivation.baseline import Change, derive_change
from armlet.derivation.dataset import COLUMNS, BlindedDataset
from armlet.derivation.derive import derive_dataset, prepare_endpoints
from armlet.derivation.derived import Derived, NotDerived
from armlet.errors import Fault, InputError
from armlet.protocol.model import Endpoint, Protocol

Six = Callable[[Decimal], Decimal]
BEFORE, LATER = date(2021, 3, 15), date(2021, 9, 15)


def at(visit: str, value: str, *, below_limit: bool = False, participant: str = "001", unit: str = "nmol/L") -> Derived:
    return Derived("tried", participant, visit, Decimal(value), unit, BEFORE, (1,), (), below_limit)


def change(baseline: str, value: str, *, below_limit: bool = False) -> Change:
    answer = derive_change(at("later", value), at("before", baseline, below_limit=below_limit))
    assert isinstance(answer, Change)
    return answer


@pytest.mark.parametrize(
    ("baseline", "value", "absolute", "percent"),
    [
        ("0.648", "0.413", "-0.235000", "-36.265432"),
        ("0.20", "0.35", "0.150000", "75.000000"),
        ("0.9", "0", "-0.900000", "-100.000000"),
    ],
)
def test_the_worked_changes(six: Six, baseline: str, value: str, absolute: str, percent: str) -> None:
    answer = change(baseline, value)
    assert six(answer.change) == Decimal(absolute)
    assert answer.percent is not None
    assert six(answer.percent) == Decimal(percent)
    assert (answer.visit, answer.unit, answer.baseline, answer.value) == (
        "later",
        "nmol/L",
        Decimal(baseline),
        Decimal(value),
    )


def test_a_baseline_of_zero_or_below_the_limit_has_no_percentage_but_a_change() -> None:
    assert change("0", "0.1").percent is None
    below = change("0.008", "0.108", below_limit=True)
    assert below.percent is None
    assert below.change == Decimal("0.1")


def test_a_change_says_which_of_the_two_is_missing() -> None:
    no_value = NotDerived("tried", "001", "later", "visit Month 6 not held")
    no_baseline = NotDerived("tried", "001", "before", "not evaluable")
    assert derive_change(no_value, at("before", "1")) == NotDerived(
        "tried", "001", "later", "no value: visit Month 6 not held"
    )
    assert derive_change(at("later", "1"), no_baseline) == NotDerived(
        "tried", "001", "later", "no baseline: not evaluable"
    )
    assert derive_change(no_value, no_baseline) == NotDerived(
        "tried", "001", "later", "no baseline: not evaluable; no value: visit Month 6 not held"
    )


def test_a_change_between_two_people_or_two_units_is_a_fault() -> None:
    with pytest.raises(Fault):
        derive_change(at("later", "1"), at("before", "1", participant="002"))
    with pytest.raises(Fault):
        derive_change(at("later", "1"), at("before", "1", unit="ng/mL"))


# --- The data set ---------------------------------------------------------------------------------------------------


def with_endpoints(bench: Any, *endpoints: Endpoint) -> Protocol:
    protocol: Protocol = bench.protocol
    return protocol.model_copy(update={"endpoints": endpoints})


@pytest.fixture
def protocol(bench: Any) -> Protocol:
    a1c = bench.endpoint("single_value", "mmol/mol", {"activity": "blood", "measure": "hba1c"})
    weight = bench.endpoint("single_value", "kg", {"activity": "scales", "measure": "weight"})
    return with_endpoints(bench, a1c.model_copy(update={"id": "a1c"}), weight.model_copy(update={"id": "weight_later"}))


@pytest.fixture
def dataset(bench: Any, protocol: Protocol) -> BlindedDataset:
    def a1c(participant: str, visit: str, value: str, entry: int) -> Any:
        return bench.one(value, activity="blood", measure="hba1c", participant=participant, visit=visit, entry=entry)

    observations = [
        a1c("002", "later", "48 mmol/mol", 14),
        a1c("001", "before", "64 mmol/mol", 11),
        a1c("001", "later", "53.5 mmol/mol", 13),
        a1c("999", "before", "60 mmol/mol", 12),
    ]
    held = {("002", "before"): BEFORE, ("002", "later"): LATER, ("001", "before"): BEFORE, ("001", "later"): LATER}
    sets = {"everybody": ["002", "001", "003"], "treated": ["001"]}
    return derive_dataset(protocol, observations, ["002", "001", "003"], sets, held, simulated=True)


def test_every_endpoint_participant_and_visit_has_one_answer_in_that_order(dataset: BlindedDataset) -> None:
    assert [(item.endpoint, item.participant, item.visit) for item in dataset.derived] == [
        (endpoint, participant, visit)
        for endpoint in ("a1c", "weight_later")
        for participant in ("002", "001", "003")
        for visit in ("before", "later")
    ]
    assert len(dataset.changes) == 6


def test_the_data_set_says_what_it_was_made_from(dataset: BlindedDataset, protocol: Protocol) -> None:
    assert (dataset.trial, dataset.protocol, dataset.simulated) == ("invented", protocol.digest(), True)
    assert dataset.participants == ("002", "001", "003")
    assert dataset.sets == {"everybody": ("002", "001", "003"), "treated": ("001",)}


def test_values_and_changes_are_looked_up(dataset: BlindedDataset) -> None:
    assert dataset.value("a1c", "001", "later") == Derived(
        "a1c", "001", "later", Decimal("53.5"), "mmol/mol", LATER, (13,)
    )
    found = dataset.change("a1c", "001", "later")
    assert isinstance(found, Change)
    assert found.change == Decimal("-10.5")
    assert dataset.change("a1c", "002", "later") == NotDerived(
        "a1c", "002", "later", "no baseline: no result of HbA1c is recorded"
    )
    with pytest.raises(KeyError):
        dataset.change("a1c", "001", "before")
    with pytest.raises(KeyError):
        dataset.value("a1c", "999", "before")


def test_a_visit_that_was_not_held_is_told_from_a_result_that_is_not_there(dataset: BlindedDataset) -> None:
    assert dataset.value("a1c", "003", "later") == NotDerived("a1c", "003", "later", "visit Month 6 not held")
    assert dataset.value("weight_later", "001", "later") == NotDerived(
        "weight_later", "001", "later", "no result of Weight is recorded"
    )


def test_rows_are_text_with_the_same_columns_and_no_arm(dataset: BlindedDataset) -> None:
    rows = dataset.rows()
    assert all(tuple(row) == COLUMNS for row in rows)
    assert rows[3] == {
        "endpoint": "a1c",
        "participant": "001",
        "visit": "later",
        "date": "2021-09-15",
        "value": "53.5",
        "unit": "mmol/mol",
        "change": "-10.5",
        "entries": "13",
        "notes": "",
        "reason": "",
    }
    assert rows[5]["reason"] == "visit Month 6 not held"
    assert rows[5]["value"] == ""


def test_a_baseline_that_is_also_a_visit_is_derived_once_and_has_no_change(bench: Any) -> None:
    endpoint = bench.endpoint("single_value", "mmol/mol", {"activity": "blood", "measure": "hba1c"})
    both = endpoint.model_copy(update={"visits": ("later", "before")})
    dataset = derive_dataset(with_endpoints(bench, both), [], ["001"], {}, {}, simulated=False)
    assert [item.visit for item in dataset.derived] == ["before", "later"]
    assert [item.visit for item in dataset.changes] == ["later"]


def test_what_is_amiss_in_all_endpoints_is_told_at_once(bench: Any) -> None:
    settings = {"activity": "blood", "measure": "hba1c"}
    fine = bench.endpoint("single_value", "mmol/mol", settings)
    amiss = (
        fine.model_copy(update={"id": "one", "method": "guess"}),
        fine.model_copy(update={"id": "two", "unit": "furlong"}),
        fine.model_copy(update={"id": "three", "baseline": "never", "visits": ("later", "someday")}),
        fine.model_copy(update={"id": "four", "settings": {"activity": "blood"}}),
    )
    with pytest.raises(InputError) as raised:
        prepare_endpoints(with_endpoints(bench, fine, *amiss))
    assert [issue.where for issue in raised.value.issues] == [
        "endpoints/one/method",
        "endpoints/two/unit",
        "endpoints/three/baseline",
        "endpoints/three/visits",
        "endpoints/four/settings/measure",
    ]
