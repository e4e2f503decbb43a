"""The data of the criteria reader: every code stands in the list it was taken from, and every unit is known."""

from __future__ import annotations

import csv
from importlib.resources import files

import pytest

from armlet.eligibility.text.amounts import SAID_AS
from armlet.eligibility.text.lexicon import condition_terms, key_of, quantity_terms, term_by_last_word
from armlet.units import parse_unit


def rows(package: str, name: str) -> list[dict[str, str]]:
    text = files(package).joinpath(f"data/{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_every_code_of_a_condition_is_a_heading_that_the_registry_prints() -> None:
    known = {row["id"] for row in rows("armlet.registry", "mesh_terms")}
    assert [
        row for row in rows("armlet.eligibility.text", "conditions") if row["mesh"] and row["mesh"] not in known
    ] == []


def test_no_name_stands_for_two_conditions() -> None:
    found = rows("armlet.eligibility.text", "conditions")
    names = [key for row in found for key in {key_of(name) for name in row["names"].split("|")}]
    assert len(names) == len(set(names))
    assert {row["sort"] for row in rows("armlet.eligibility.text", "conditions")} == {"state", "event", "treatment"}


def test_every_unit_of_a_quantity_is_known() -> None:
    for row in rows("armlet.eligibility.text", "quantities"):
        for unit in row["units"].split():
            parse_unit(SAID_AS.get(unit, unit))


def test_two_quantities_of_one_name_differ_in_their_units() -> None:
    for terms in quantity_terms().values():
        units = [unit for term in terms for unit in term.units]
        assert len(units) == len(set(units))


def test_a_code_is_kept_with_its_scheme() -> None:
    assert condition_terms()["asthma"].concept == "MESH:D001249"
    assert condition_terms()["gout"].concept is None


@pytest.mark.parametrize(
    "words", ["optic neuritis", "hip joint infection", "jaw fracture", "knee surgery", "Gaucher disease"]
)
def test_a_last_word_explains_a_name(words: str) -> None:
    term = term_by_last_word(words)
    assert term is not None
    assert term.label == words.casefold()


@pytest.mark.parametrize(
    "words",
    [
        "diagnosis", "chronic disease", "any heart infection", "severe neuritis", "suspected neuritis", "disease",
        "neuritis of the eye", "treated neuritis", "patients with neuritis", "other surgery", "a b c d neuritis", "coma",
    ],
)  # fmt: skip
def test_words_that_grade_doubt_or_fit_everything_are_no_name(words: str) -> None:
    assert term_by_last_word(words) is None
