"""Endpoints made from others: the order, circles, what is missing or sealed, and what is refused before anything runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from armlet.derivation.composed import in_order
from armlet.derivation.derive import derive_dataset, prepare_endpoint, prepare_endpoints
from armlet.derivation.derived import SEALED, Derived, NotDerived, Reason
from armlet.derivation.haemoglobin import Equation, Scale, convert, convert_difference
from armlet.derivation.truth import all_hold, any_holds
from armlet.errors import InputError
from armlet.protocol.hidden import hidden_before_lock
from armlet.protocol.model import Endpoint, Protocol

HELD = {("001", "before"): date(2021, 3, 15), ("001", "later"): date(2021, 9, 15)}


def named(bench: Any, name: str, method: str, unit: str, settings: dict[str, Any]) -> Endpoint:
    endpoint: Endpoint = bench.endpoint(method, unit, {})
    return endpoint.model_copy(update={"id": name, "settings": settings})


@pytest.fixture
def endpoints(bench: Any) -> list[Endpoint]:
    """The whole stands before its part, so that the order of the protocol is not that of the work."""
    return [
        named(bench, "kept", "responder", "1", {"endpoint": "a1c", "rule": "no decrease"}),
        named(bench, "a1c", "single_value", "mmol/mol", {"activity": "blood", "measure": "hba1c"}),
    ]


def with_endpoints(bench: Any, endpoints: list[Endpoint]) -> Protocol:
    protocol: Protocol = bench.protocol
    return protocol.model_copy(update={"endpoints": tuple(endpoints)})


def a1c(bench: Any, visit: str, text: str, entry: int) -> Any:
    return bench.one(text, activity="blood", measure="hba1c", visit=visit, entry=entry)


def test_a_whole_before_its_part_is_derived_and_stands_where_the_protocol_has_it(
    bench: Any, endpoints: list[Endpoint]
) -> None:
    results = [a1c(bench, "later", "50 mmol/mol", 9), a1c(bench, "before", "50 mmol/mol", 4)]

    dataset = derive_dataset(with_endpoints(bench, endpoints), results, ["001"], {}, HELD, simulated=True)

    assert [item.endpoint for item in dataset.derived] == ["kept", "kept", "a1c", "a1c"]
    found = dataset.value("kept", "001", "later")
    assert isinstance(found, Derived)
    assert (found.value, found.entries, found.on) == (Decimal(1), (4, 9), date(2021, 9, 15))
    assert dataset.value("kept", "001", "before") == NotDerived(
        "kept", "001", "before", "the rule is against the baseline; there is no answer at the baseline itself"
    )


def test_a_sealed_part_seals_the_whole_and_says_nothing_else(bench: Any, endpoints: list[Endpoint]) -> None:
    sealed = replace(a1c(bench, "later", "50 mmol/mol", 9), quantity=None, is_sealed=True)

    dataset = derive_dataset(with_endpoints(bench, endpoints), [sealed], ["001"], {}, HELD, simulated=True)

    assert dataset.value("kept", "001", "later") == NotDerived("kept", "001", "later", SEALED)


def test_a_circle_is_named_before_anything_runs(bench: Any) -> None:
    circle = [
        named(bench, "one", "responder", "1", {"endpoint": "two", "rule": "no decrease"}),
        named(bench, "two", "responder", "1", {"endpoint": "three", "rule": "no decrease"}),
        named(bench, "three", "responder", "1", {"endpoint": "one", "rule": "no decrease"}),
    ]

    with pytest.raises(InputError) as raised:
        prepare_endpoints(with_endpoints(bench, circle))

    (issue,) = raised.value.issues
    assert (issue.rule, issue.where) == ("derivation/circle", "endpoints/one/settings")
    assert "one from two from three from one" in issue.message


def test_an_endpoint_made_from_itself_is_a_circle() -> None:
    assert in_order({"a": ["a"]}) == ("a", "a")
    assert in_order({"a": ["b", "c"], "b": ["c"], "c": []}) == ["c", "b", "a"]


def test_a_part_that_is_not_asked_for_at_the_visit_is_an_issue(bench: Any, endpoints: list[Endpoint]) -> None:
    endpoints[1] = endpoints[1].model_copy(update={"visits": ()})

    with pytest.raises(InputError) as raised:
        prepare_endpoints(with_endpoints(bench, endpoints))

    (issue,) = raised.value.issues
    assert (issue.rule, issue.where) == ("derivation/part-not-asked", "endpoints/kept/settings/endpoint")
    assert issue.message == '"a1c" is not asked for at later.'


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"rule": "no decrease"}, "endpoint"),
        ({"endpoint": "nothing", "rule": "no decrease"}, "endpoint"),
        ({"endpoint": "a1c"}, "rule"),
        ({"endpoint": "a1c", "rule": "loss below"}, "percent"),
        ({"endpoint": "a1c", "rule": "loss below", "percent": -1}, "percent"),
        ({"endpoint": "a1c", "rule": "no decrease", "percent": 10}, "percent"),
        ({"endpoint": "a1c", "rule": "at most"}, "limit"),
        ({"endpoint": "a1c", "rule": "at most", "limit": "9 kg"}, "limit"),
    ],
)
def test_a_responder_without_its_number_or_with_anothers_is_refused(
    bench: Any, endpoints: list[Endpoint], settings: dict[str, Any], place: str
) -> None:
    endpoints[0] = named(bench, "kept", "responder", "1", settings)

    with pytest.raises(InputError) as raised:
        prepare_endpoints(with_endpoints(bench, endpoints))

    assert {issue.where for issue in raised.value.issues} == {f"endpoints/kept/settings/{place}"}


def test_idaa1c_of_haemoglobin_in_another_unit_or_scale_is_refused(bench: Any) -> None:
    dose = named(
        bench,
        "dose",
        "daily_dose_per_weight",
        "[IU]/kg/d",
        {"activity": "diary", "measure": "insulin", "weight": "weight"},
    )
    whole = named(bench, "whole", "idaa1c", "%", {"endpoint": "a1c", "dose": "dose"})
    settings = {"activity": "blood", "measure": "hba1c"}
    in_mmol = named(bench, "a1c", "haemoglobin_a1c", "mmol/mol", settings | {"scale": "ifcc"})
    mono_s = named(bench, "a1c", "haemoglobin_a1c", "%", settings | {"scale": "mono_s"})
    ngsp = named(bench, "a1c", "haemoglobin_a1c", "%", settings | {"scale": "ngsp"})

    for wrong in (in_mmol, mono_s):
        with pytest.raises(InputError) as raised:
            prepare_endpoints(with_endpoints(bench, [whole, wrong, dose]))
        assert {issue.where for issue in raised.value.issues} == {"endpoints/whole/settings/endpoint"}
    assert len(prepare_endpoints(with_endpoints(bench, [whole, ngsp, dose]))) == 3


def test_a_quantitative_response_knows_no_other_input_than_the_two_hour_mean_in_nmol(bench: Any) -> None:
    age = named(bench, "years", "single_value", "a", {"activity": "blood", "measure": "hba1c"})
    whole = named(
        bench, "qr", "quantitative_response", "1", {"endpoint": "mean", "age": "years", "months": {"later": 12}}
    )
    curve = {"activity": "meal_test", "measure": "c_peptide", "from": "0 min"}
    wrong = [
        named(bench, "mean", "auc_mean", "pmol/L", curve | {"to": "120 min"}),
        named(bench, "mean", "auc_mean", "nmol/L", curve | {"to": "150 min"}),
        named(bench, "mean", "auc", "nmol.min/L", curve | {"to": "120 min"}),
        named(bench, "mean", "fasting", "nmol/L", {"activity": "meal_test", "measure": "c_peptide"}),
    ]

    for one in wrong:
        with pytest.raises(InputError) as raised:
            prepare_endpoint(with_endpoints(bench, [whole, one, age]), whole)
        assert {issue.where for issue in raised.value.issues} == {"endpoints/qr/settings/endpoint"}
    right = named(bench, "mean", "auc_mean", "nmol/L", curve | {"to": "120 min"})
    prepare_endpoint(with_endpoints(bench, [whole, right, age]), whole)


def test_independence_needs_every_one_of_its_days(bench: Any) -> None:
    good = named(bench, "good", "responder", "1", {"endpoint": "a1c", "rule": "at most", "limit": "48 mmol/mol"})
    a1c_ = named(bench, "a1c", "single_value", "mmol/mol", {"activity": "blood", "measure": "hba1c"})
    free = named(bench, "free", "insulin_independence", "1", {"endpoint": "total", "days": 7, "criteria": ["good"]})
    diary = {"activity": "diary", "measures": ["insulin"]}
    for settings in ({"days": 7, "at_least": 5}, {"days": 5, "at_least": 5}):
        total = named(bench, "total", "daily_insulin", "[IU]/d", diary | settings)
        with pytest.raises(InputError) as raised:
            prepare_endpoint(with_endpoints(bench, [free, total, good, a1c_]), free)
        assert {issue.where for issue in raised.value.issues} == {"endpoints/free/settings/endpoint"}
    total = named(bench, "total", "daily_insulin", "[IU]/d", diary | {"at_least": 7})
    assert prepare_endpoint(with_endpoints(bench, [free, total, good, a1c_]), free).parts


# --- Haemoglobin: differences ---------------------------------------------------------------------------------------


def test_a_difference_of_haemoglobin_uses_the_slope_alone() -> None:
    ten = Decimal(10)
    assert convert_difference(ten, Scale.IFCC, Scale.NGSP) == Decimal("0.9148")
    assert convert(ten, Scale.IFCC, Scale.NGSP) == Decimal("3.0668")  # what it would be with the intercept
    assert convert_difference(Decimal(1), Scale.MONO_S, Scale.IFCC) == Decimal("10.11")
    assert convert_difference(Decimal(1), Scale.NGSP, Scale.IFCC, Equation.IFCC_PAGE) == Decimal("10.93")


def test_there_and_back_is_the_same_haemoglobin() -> None:
    for scale in Scale:
        for other in Scale:
            back = convert(convert(Decimal("7.3"), scale, other), other, scale)
            assert abs(back - Decimal("7.3")) < Decimal("1e-30")


# --- Yes, no, and not known -----------------------------------------------------------------------------------------


def answer(value: int) -> Derived:
    return Derived("e", "001", "later", Decimal(value), "1", date(2021, 1, 1), (value + 1,))


def test_what_is_decided_stays_decided_when_a_part_is_missing() -> None:
    gone = Reason("lost")
    assert getattr(any_holds([gone, answer(1)]), "value", None) == 1
    assert any_holds([gone, answer(0)]) == gone
    assert getattr(all_hold([gone, answer(0)]), "value", None) == 0
    assert all_hold([gone, answer(1)]) == gone
    assert getattr(any_holds([answer(0), answer(0)]), "value", None) == 0
    assert getattr(all_hold([answer(1), answer(1)]), "value", None) == 1
    assert all_hold([answer(7)]) == Reason("e is 7, which is neither 1 nor 0")


# --- Blinding -------------------------------------------------------------------------------------------------------


def test_what_is_made_from_a_telling_endpoint_or_measure_is_hidden_with_it(
    bench: Any, endpoints: list[Endpoint]
) -> None:
    telling_part = [endpoints[0], endpoints[1].model_copy(update={"tells_arm": True})]
    telling_whole = [endpoints[0].model_copy(update={"tells_arm": True}), endpoints[1]]
    in_a_list = [
        named(bench, "total", "daily_insulin", "[IU]/d", {"activity": "diary", "measures": ["insulin"], "at_least": 5}),
        named(bench, "kept", "responder", "1", {"endpoint": "total", "rule": "no decrease"}),
    ]
    measures = tuple(one.model_copy(update={"tells_arm": one.id == "insulin"}) for one in bench.protocol.measures)

    for marked in (telling_part, telling_whole):
        hidden = hidden_before_lock(with_endpoints(bench, marked))
        assert hidden.hides_endpoint("kept", "later")
        assert hidden.hides_endpoint("a1c", "later")
        assert hidden.hides_measure("hba1c", "later")
        assert not hidden.hides_endpoint("kept", "before")
    protocol = with_endpoints(bench, in_a_list).model_copy(update={"measures": measures})
    assert hidden_before_lock(protocol).hides_endpoint("kept", "later")
    assert not hidden_before_lock(with_endpoints(bench, endpoints)).endpoints


def test_a_measure_and_an_endpoint_of_one_name_are_hidden_both(bench: Any) -> None:
    same = named(bench, "hba1c", "single_value", "mmol/mol", {"activity": "blood", "measure": "hba1c"})
    hidden = hidden_before_lock(with_endpoints(bench, [same.model_copy(update={"tells_arm": True})]))
    assert hidden.hides_endpoint("hba1c", "later")
    assert hidden.hides_measure("hba1c", "later")


def test_the_parts_of_a_telling_whole_are_hidden_also_where_they_stand_in_a_list(bench: Any) -> None:
    listed = [
        named(bench, "both", "combined", "1", {"endpoints": ["kept", "other"]}).model_copy(update={"tells_arm": True}),
        named(bench, "kept", "responder", "1", {"endpoint": "a1c", "rule": "no decrease"}),
        named(bench, "other", "responder", "1", {"endpoint": "a1c", "rule": "no decrease"}),
        named(bench, "a1c", "single_value", "mmol/mol", {"activity": "blood", "measure": "hba1c"}),
    ]
    hidden = hidden_before_lock(with_endpoints(bench, listed))

    assert [hidden.hides_endpoint(one, "later") for one in ("both", "kept", "other", "a1c")] == [True] * 4
    assert hidden.hides_measure("hba1c", "later")


def test_a_whole_with_a_later_baseline_does_not_show_a_part_that_is_hidden_by_then(
    bench: Any, endpoints: list[Endpoint]
) -> None:
    late, part = endpoints[0].model_copy(update={"baseline": "later"}), endpoints[1]
    telling = [late, part.model_copy(update={"tells_arm": True})]

    assert hidden_before_lock(with_endpoints(bench, telling)).hides_endpoint("kept", "later")
