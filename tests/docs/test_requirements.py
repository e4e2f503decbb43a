"""The matrix of requirements: each has its proof or says whose it is, no proof is invented, and the page says so."""

from __future__ import annotations

import re

import pytest

from tests.requirements import PAGE, Requirement, load_requirements, render, result_of, spell_out

REQUIREMENTS = load_requirements()


@pytest.mark.parametrize("one", REQUIREMENTS, ids=lambda one: one.id)
def test_every_requirement_is_proven_or_says_whose_it_is(one: Requirement) -> None:
    assert sum(each is not None for each in (one.by, one.hospital, one.later)) == 1
    missing = [test for test in one.by or () if not spell_out(test)]
    assert not missing, "there are no such tests"


def test_no_requirement_stands_there_twice() -> None:
    names = [one.id for one in REQUIREMENTS]
    assert len(set(names)) == len(names) == 67


def test_the_page_says_what_the_file_says() -> None:
    page = PAGE.read_text(encoding="utf-8")
    every = {test: "passed" for one in REQUIREMENTS for line in one.by or () for test in spell_out(line)}
    known = re.sub(r"\| (?:passed|skipped|failed|not run) \|$", "| passed |", page, flags=re.MULTILINE)
    assert known == render(every), "run `make test`, which writes the page anew"


def test_the_worst_result_counts_and_a_test_that_was_not_run_is_no_proof() -> None:
    file = "tests/docs/test_requirements.py"
    both = [f"{file}::test_no_requirement_stands_there_twice", f"{file}::test_the_page_says_what_the_file_says"]
    others = dict.fromkeys(spell_out(f"{file}::*"), "passed")
    assert result_of(f"{file}::*", others) == "passed"
    assert result_of(f"{file}::*", {**others, both[0]: "skipped"}) == "skipped"
    assert result_of(f"{file}::*", {**others, both[0]: "skipped", both[1]: "failed"}) == "failed"
    assert result_of(both[0], {}) == "not run"
    assert result_of(f"{file}::test_that_does_not_exist", others) == "not run"
