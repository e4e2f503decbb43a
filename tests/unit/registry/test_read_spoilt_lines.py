"""A line that begins as a known one and cannot be read to its end is listed, never taken for free text."""

from __future__ import annotations

from pathlib import Path

import pytest

from armlet.registry.accounting import Reading
from armlet.registry.read import read_record

SEEDS = Path(__file__).parents[3] / ".." / "shared" / "records" / "seeds"
LISTING = SEEDS / "000_90e0e7b6a174f708.txt"
CLASSIC = SEEDS / "001_cb6ae5f777205bbc.txt"
pytestmark = pytest.mark.skipif(not LISTING.exists(), reason="the founding records (../shared/records) are not here")


def spoilt(path: Path, number: int, *, line: str | None = None, more: str = "") -> Reading:
    """The reading of a copy of a record whose line of that number is another, or has something more behind it."""
    lines = path.read_text(encoding="utf-8").split("\n")
    lines[number - 1] = (lines[number - 1] if line is None else line) + more
    return read_record("\n".join(lines).encode(), "page.txt")


def left(reading: Reading) -> list[tuple[int, str]]:
    return [(line.line, line.text) for line in reading.unrecognised]


def test_a_masking_that_cannot_be_read_is_no_arm() -> None:
    reading = spoilt(LISTING, 23, line="Masking open label, later blinded")
    section = reading.record.protocol_section
    assert left(reading) == [(23, "Masking open label, later blinded")]
    assert (reading.total, reading.accounted) == (36, 35)
    assert section.design_module.design_info.masking_info.masking is None
    (arm,) = section.arms_interventions_module.arm_groups
    assert arm.description is not None
    assert arm.description.startswith("type 1 diabetic patients")


def test_a_sentence_behind_the_closing_one_is_listed_and_the_date_kept() -> None:
    reading = spoilt(LISTING, 50, more=" The study was suspended in 2015.")
    assert left(reading) == [(50, "The study was suspended in 2015.")]
    assert reading.accounted == 35
    assert reading.as_of == "2016-09"
    description = reading.record.protocol_section.description_module.detailed_description or ""
    assert "suspended" not in description
    assert "last updated" not in description


def test_a_sentence_behind_standing_words_is_no_criterion() -> None:
    reading = spoilt(CLASSIC, 58, more=" Secret clause: none over 30.")
    assert left(reading) == [(58, "Secret clause: none over 30.")]
    assert (reading.total, reading.accounted) == (69, 68)
    text = reading.record.protocol_section.eligibility_module.eligibility_criteria or ""
    assert "Secret" not in text
    assert "contact" not in text


@pytest.mark.parametrize(
    ("path", "number", "line"),
    [
        (LISTING, 1, "This trial is nearly over"),
        (LISTING, 21, "Endpoint classification"),
        (LISTING, 23, "masking: open label"),
        (LISTING, 24, "Primary purpose curiosity"),
        (LISTING, 24, "Masking open label"),
        (LISTING, 32, "Time frame is not settled"),
        (LISTING, 41, "Male or female participants of a certain age"),
        (LISTING, 49, "Study chair"),
        (CLASSIC, 23, "Masking: Triple (Participant, Care Provider, Cat) |"),
        (CLASSIC, 58, "To learn more about this study, ask nobody over 30."),
        (CLASSIC, 59, "Please refer to this study by its other name"),
    ],
)
def test_a_line_that_opens_as_a_known_one_and_does_not_go_on_so_is_listed(path: Path, number: int, line: str) -> None:
    reading = spoilt(path, number, line=line)
    assert (number, line) in left(reading)
    assert reading.accounted < reading.total
    assert [fact for fact in (*reading.facts, *reading.provenance) if fact.line == number] == []


@pytest.mark.parametrize(
    ("path", "number"),
    [
        (LISTING, 1),
        (LISTING, 16),
        (LISTING, 41),
        (LISTING, 50),
        (LISTING, 51),
        (CLASSIC, 3),
        (CLASSIC, 23),
        (CLASSIC, 43),
        (CLASSIC, 59),
    ],
)
def test_what_is_added_to_a_known_line_is_listed_and_the_line_still_read(path: Path, number: int) -> None:
    reading = spoilt(path, number, more=" It was halted in 2013.")
    assert left(reading) == [(number, "It was halted in 2013.")]
    whole = read_record(path.read_bytes(), "page.txt")
    assert reading.record == whole.record
    assert reading.facts == whole.facts


def test_a_sentence_of_running_text_may_begin_with_the_word_of_a_label_read_before() -> None:
    line = "Treatment of diabetes is what this is about."
    reading = spoilt(LISTING, 14, line=line)
    assert left(reading) == []
    assert reading.record.protocol_section.description_module.brief_summary == line


def test_a_label_that_cannot_be_read_is_no_part_of_the_text_above_it() -> None:
    line = "Study Type : | Odd |\nBrief Summary:\nTea is drunk.\nMasking: | Odd |\nTea is hot."
    reading = spoilt(CLASSIC, 19, line=line)
    assert left(reading) == [(19, "Study Type : | Odd |"), (22, "Masking: | Odd |")]
    assert reading.record.protocol_section.description_module.brief_summary == "Tea is drunk.\n\nTea is hot."
