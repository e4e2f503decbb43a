"""One person's answers are read whole or refused with everything that is amiss."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

import pytest

from armlet.eligibility.person import (
    Coded,
    Elapsed,
    Judged,
    Person,
    Reading,
    load_person,
    read_person,
    read_person_text,
)
from armlet.errors import InputError
from armlet.protocol import Protocol, load_protocol
from armlet.protocol.load import read_protocol
from armlet.studytime import Duration
from armlet.units import Quantity

BASE = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"


@lru_cache(maxsize=1)
def protocol() -> Protocol:
    return load_protocol(BASE)


def read(**plain: object) -> Person:
    return read_person(plain, protocol(), "person.json")


def refused(**plain: object) -> dict[str, tuple[str, str]]:
    """The rule and message of every issue, by the key that it names."""
    with pytest.raises(InputError) as caught:
        read(**plain)
    return {issue.where.partition(":")[2]: (issue.rule, issue.message) for issue in caught.value.issues}


def test_a_quantity_keeps_what_was_typed_and_is_converted_exactly() -> None:
    value = read(fev1="1205 mL").value("fev1")
    assert value == Reading(Quantity.parse("1205 mL"), Quantity.parse("1.205 L"))


def test_mass_becomes_amount_of_substance_by_the_molar_mass_of_the_analyte() -> None:
    value = read(cotinine="17.622 ng/mL").value("cotinine")
    assert isinstance(value, Reading)
    assert str(value.amount) == "100 nmol/L"


def test_codes_are_read_in_any_case_and_kept_in_the_spelling_of_the_list() -> None:
    assert read(hiv=" POSITIVE ").value("hiv") == Coded("positive")


def test_null_is_unknown() -> None:
    assert read(weight=None, asthma_is_steady=None, hiv=None).values == {}


@pytest.mark.parametrize(
    ("text", "months", "days"),
    [("21 d", 0, 21), ("3 wk", 0, 21), ("P21D", 0, 21), ("11 mo", 11, 0), ("1 a", 12, 0), ("2 years", 24, 0)],
)
def test_a_date_may_be_the_time_before_the_reference_date(text: str, months: int, days: int) -> None:
    assert read(last_attack=text).value("last_attack") == Elapsed(Duration(months, days))


def test_a_date_needs_the_reference_date() -> None:
    person = read(reference_date="2021-06-01", last_attack="2021-05-31")
    assert (person.value("last_attack"), person.reference) == (date(2021, 5, 31), date(2021, 6, 1))
    assert refused(last_attack="2021-05-31")["last_attack"][0] == "person/no-reference-date"


@pytest.mark.parametrize(
    ("plain", "judged"),
    [
        (True, Judged(True, "")),
        ({"answer": False, "by": "Dr A"}, Judged(False, "Dr A")),
        ({"answer": None, "by": "Dr A"}, None),
    ],
)
def test_a_judgement_may_name_who_judged(plain: object, judged: Judged | None) -> None:
    assert read(asthma_is_steady=plain).value("asthma_is_steady") == judged


@pytest.mark.parametrize(
    ("key", "value", "rule", "said"),
    [
        ("wieght", "62 kg", "person/unknown-measure", "no measure 'wieght'"),
        ("weight", 62.3, "person/unit-missing", "the bare number 62.3; expected a quantity with its unit, in kg"),
        ("weight", "62.3", "person/unit-missing", "'62.3' has no unit"),
        ("weight", "62,3", "person/quantity", "expected a decimal point: '62.3'"),
        ("weight", "62,3 kg", "person/quantity", "expected a decimal point: '62.3'"),
        ("weight", "-62.3 kg", "person/implausible", "is -62.3 kg; expected 30 kg to 220 kg"),
        ("weight", "29.9 kg", "person/implausible", "is 29.9 kg; expected 30 kg to 220 kg"),
        ("weight", "62.3 cm", "person/unit-mismatch", "cm does not measure the same as kg"),
        ("weight", "62.3 kilo", "person/quantity", "the unit 'kilo' is not known"),
        ("weight", True, "person/type", "true, a yes or no"),
        ("weight", ["62.3 kg"], "person/type", "a list"),
        ("weight", "NaN kg", "person/quantity", "'NaN' is not a number"),
        ("weight", "1e400 kg", "person/quantity", "1e400"),
        ("weight", float("nan"), "person/unit-missing", "the bare number nan"),
        ("eosinophils", "-0.1 10*9/L", "person/negative", "expected no negative value"),
        ("asthma", "yes", "person/type", "expected true or false"),
        ("asthma", 1, "person/type", "the bare number 1"),
        ("hiv", "perhaps", "person/code", "expected 'negative', 'positive' or 'indeterminate'"),
        ("hiv", True, "person/type", "expected 'negative', 'positive' or 'indeterminate'"),
        ("last_attack", "1.5 a", "person/date", "whole days, weeks, months or years"),
        ("last_attack", "-3 d", "person/future", "lies after the reference date"),
        ("last_attack", "P200Y", "person/date", "longer than anybody lives"),
        ("last_attack", 21, "person/date", "the bare number 21"),
        ("last_attack", "2021-02-30", "person/date", "no day of the calendar"),
        ("last_attack", "0021-02-03", "person/date", "expected a day from 1900-01-01 on"),
        ("reference_date", "1 June", "person/date", "the reference date is the text '1 June'"),
        ("asthma_is_steady", "yes", "person/type", "Has the asthma been steady"),
        ("asthma_is_steady", {"answer": True, "who": "Dr A"}, "person/type", "Has the asthma been steady"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_with_what_was_expected(
    key: str, value: object, rule: str, said: str
) -> None:
    found = refused(**{key: value})
    assert set(found) == {key}
    assert found[key][0] == rule
    assert said in found[key][1]


@pytest.mark.parametrize("text", ["<62 kg", " >= 62 kg", "≤62 kg", "less than 62 kg", "Below 62 kg"])
def test_a_limit_is_no_value_and_the_hint_says_what_to_give(text: str) -> None:
    with pytest.raises(InputError) as caught:
        read(weight=text)
    (issue,) = caught.value.issues
    assert (issue.rule, issue.where) == ("person/censored", "person.json:weight")
    assert "a censored value cannot be compared" in issue.message
    assert issue.fix == "Give the value that was measured, or null where it is unknown."


def test_a_date_after_the_reference_date_is_refused() -> None:
    found = refused(reference_date="2021-06-01", last_attack="2021-06-02")
    assert found == {
        "last_attack": (
            "person/future",
            "latest severe attack of asthma is 2021-06-02, after the reference date 2021-06-01.",
        )
    }


def test_a_misspelt_measure_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        read(wieght="62 kg")
    assert caught.value.issues[0].fix == "Did you mean 'weight'?"


def test_everything_amiss_is_said_at_once() -> None:
    found = refused(weight="62,3", hiv="perhaps", asthma="yes", age="30 a")
    assert set(found) == {"weight", "hiv", "asthma"}


@pytest.mark.parametrize("plain", [[], "text", None, 3])
def test_a_file_that_holds_no_object_is_refused(plain: object) -> None:
    with pytest.raises(InputError, match="person/type"):
        read_person(plain, protocol(), "person.json")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"weight": 62,3 kg}', "this is not JSON"),
        ("", "person.json person/json: this is not JSON: the file is empty."),
        (" \n", "person.json person/json: this is not JSON: the file is empty."),
        ('{"weight": NaN}', "NaN is no value"),
        ('{"weight": "62 kg", "weight": "63 kg"}', "weight stands in the file more than once"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_text_that_is_no_clear_json_is_refused(text: str, said: str) -> None:
    with pytest.raises(InputError, match="person/json") as caught:
        read_person_text(text, protocol(), "person.json")
    assert said in str(caught.value)


def test_a_bare_number_in_a_file_is_shown_as_it_was_typed() -> None:
    with pytest.raises(InputError, match=r"the bare number 62\.30"):
        read_person_text('{"weight": 62.30}', protocol(), "person.json")


def test_a_person_file_is_read_as_utf8(tmp_path: Path) -> None:
    path = tmp_path / "person.json"
    path.write_bytes('\ufeff{"age": "30 a"}'.encode())
    assert load_person(path, protocol()).value("age") is not None
    path.write_bytes(b"\xff\xfe{")
    with pytest.raises(InputError, match="person/encoding"):
        load_person(path, protocol())


def test_a_plausible_range_that_does_not_fit_is_laid_at_the_protocols_door() -> None:
    text = BASE.read_text(encoding="utf-8").replace("highest: 220 kg", "highest: 220 cm")
    broken = read_protocol(text, "base.yaml")[0]
    with pytest.raises(InputError, match="person/protocol: the protocol's plausible range of body weight"):
        read_person({"weight": "62 kg"}, broken, "person.json")
