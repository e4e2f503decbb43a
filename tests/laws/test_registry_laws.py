"""Laws of reading: any bytes give a reading or a clear refusal, and a reading accounts for every line once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.errors import InputError
from armlet.registry.accounting import CRITERIA, Reading
from armlet.registry.criteria_text import CriterionKind, render_criteria, split_criteria
from armlet.registry.read import read_record

RECORDS = Path(__file__).parents[2] / ".." / "shared" / "records"
SEEDS = sorted((RECORDS / "seeds").glob("*.txt"))
V2 = sorted((RECORDS / "v2json").glob("*.json")) + sorted((RECORDS / "v2json_partial").glob("*.json"))
needs_records = pytest.mark.skipif(not SEEDS, reason="the real records (../shared/records) are not here")
SMALL_PAGES = (
    (
        "This trial is completed.\nPhase phase 2\nSponsor A\nStart date 2001\nStudy Design\nMasking open label\n"
        "Eligibility Criteria\nInclusion Criteria: - a - b Exclusion Criteria: - c"
    ),
    (
        "A Trial of Tea\nAllocation: | Randomized |\nFirst Posted : May 1, 2001\nArm | Intervention/treatment |\n---|---|\n"
        "Experimental: A\nx\n|\nDrug: y |\n- m [ Time Frame: t ]\nInclusion Criteria:\n- a\nNorway | |\nHospital | |\n"
        "Oslo, Norway |\nDiabetes Mellitus |\nOther Study ID Numbers: |\nX1 |\nLast Verified: | May 2001 |"
    ),
    '{"protocolSection": {"statusModule": {"overallStatus": "COMPLETED"},\n "designModule": {"phases": ["PHASE1"]}}}',
)


def pages() -> list[str]:
    return [*SMALL_PAGES, *(seed.read_text(encoding="utf-8") for seed in SEEDS)]


def read_or_refuse(data: bytes) -> Reading | None:
    try:
        return read_record(data, "x")
    except InputError as refusal:
        if not refusal.issues:
            raise
        return None


def value_at(record: object, path: str) -> object:
    for step in path.replace("[", ".[").split("."):
        if step.startswith("["):
            assert isinstance(record, list)
            record = record[int(step[1:-1])]
        else:
            assert isinstance(record, dict)
            record = record[step]
    return record


def check_accounts(reading: Reading, text: str) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    numbers = {number for number, line in enumerate(lines, start=1) if line.strip()}
    read = {fact.line for fact in (*reading.facts, *reading.provenance)}
    boilerplate = {line.line for line in reading.boilerplate}
    unrecognised = {line.line for line in reading.unrecognised}
    assert read | boilerplate | unrecognised == numbers
    assert not read & boilerplate
    assert not boilerplate & unrecognised
    unrecognised_whole = {line.line for line in reading.unrecognised if line.text == lines[line.line - 1].strip()}
    if reading.format != "v2_json":  # a line of JSON may hold a value that is read and one that is not
        assert not read & unrecognised_whole
    assert (reading.total, reading.accounted) == (len(numbers), len(numbers - unrecognised))
    record = json.loads(json.dumps(reading.record.as_json()))
    for fact in reading.facts:
        assert fact.quote in lines[fact.line - 1]
        stored = value_at(record, fact.path)
        is_part = isinstance(fact.value, str) and isinstance(stored, str) and fact.value in stored
        assert fact.value == stored or is_part
        assert isinstance(fact.value, bool) is isinstance(stored, bool)
    for item in reading.confirm:
        if item.stored:
            assert value_at(record, item.path) is not None
    json.dumps(reading.as_json(), allow_nan=False).encode()


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read_or_refuse(data)


@given(st.sampled_from(range(len(pages()))), st.integers(0, 6000), st.integers(0, 6000))
@settings(max_examples=150, deadline=None)
def test_any_stretch_of_a_record_is_read_with_every_line_accounted_for_or_refused(which: int, a: int, b: int) -> None:
    text = pages()[which][min(a, b) : max(a, b)]
    reading = read_or_refuse(text.encode())
    if reading is not None:
        check_accounts(reading, text)


@given(st.sampled_from(range(len(pages()))), st.randoms(use_true_random=False), st.integers(0, 8))
@settings(max_examples=150, deadline=None)
def test_shuffled_repeated_and_dropped_lines_keep_the_accounts_straight(which: int, chance: object, drop: int) -> None:
    import random

    assert isinstance(chance, random.Random)
    lines = pages()[which].split("\n")
    chance.shuffle(lines)
    text = "\n".join([*lines[drop:], *lines[: drop * 2]])
    reading = read_or_refuse(text.encode())
    if reading is not None:
        check_accounts(reading, text)


@given(st.sampled_from(range(len(pages()))), st.integers(0, 6000), st.sampled_from('|:-[]()\u2206 \n\t,.\u00e91*"\\{}'))
@settings(max_examples=150, deadline=None)
def test_one_stray_character_keeps_the_accounts_straight(which: int, at: int, character: str) -> None:
    text = pages()[which]
    text = text[:at] + character + text[at:]
    reading = read_or_refuse(text.encode())
    if reading is not None:
        check_accounts(reading, text)


@needs_records
@pytest.mark.parametrize("path", V2, ids=lambda path: path.name)
def test_a_real_record_of_the_api_is_accounted_for(path: Path) -> None:
    data = path.read_bytes()
    reading = read_record(data, path.name)
    check_accounts(reading, data.decode())


@needs_records
@pytest.mark.parametrize(
    ("folder", "refused"),
    [
        ("legacyxml", 2),
        ("v1json_fullstudies", 0),
        ("euctr_txt", 0),
        ("ctis_json", 0),
        ("isrctn_json", 0),
        ("ctg_csv", 4),  # each holds several
    ],
)
def test_records_of_other_formats_are_read_or_refused_and_never_half_read(folder: str, refused: int) -> None:
    """Counted by hand: among the XML stand a file of a file manager and a web page; the tables have many rows."""
    readings = [read_or_refuse(path.read_bytes()) for path in sorted((RECORDS / folder).iterdir())[:10]]

    assert readings.count(None) == refused
    assert all(reading.record.as_json() for reading in readings if reading is not None)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(CriterionKind),
            st.text("abcdefg (>5%)", min_size=2, max_size=20).map(str.strip).filter(lambda text: text[:1].isalpha()),
        ),
        max_size=6,
    )
)
def test_criteria_written_out_are_found_again(items: list[tuple[CriterionKind, str]]) -> None:
    found = [(item.kind, item.text) for item in split_criteria(render_criteria(items))]
    assert found == sorted(items, key=lambda item: item[0] is CriterionKind.EXCLUSION)


def test_the_path_of_criteria_is_the_path_of_the_api() -> None:
    assert CRITERIA == "protocolSection.eligibilityModule.eligibilityCriteria"
