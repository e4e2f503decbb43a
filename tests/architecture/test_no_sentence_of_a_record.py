"""No tracked file copies a sentence of a founding record: ten words in a row are one.

The records are read from beside the repository and are not part of it; where they are absent the tests that need them
are skipped. Titles and the names of organisations are facts, may be told anywhere, and end a run.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
SEEDS: Final = ROOT / ".." / "shared" / "records" / "seeds"
SENTENCE: Final = 10
"""The least number of words in a row, with case and punctuation left aside, that make a copied sentence."""

NAMES: Final = (
    (
        "Phase 2 Study of Intravenous Administration of Allogeneic Mesenchymal Stem Cells in Patients With Type 1 "
        "Diabetes Mellitus"
    ),
    "Mesenchymal Stem Cells to Intervene in the Development of Type 1 Diabetes: a Blinded Randomized Study",
    "Universidad del Desarrollo",
    "Clinica Alemana de Santiago",
    "Uppsala University Hospital",
)
ESCAPED_NEWLINE: Final = re.compile(r"\\[nrt]")
NAME_ENDS_RUN: Final = "\n"


def spelt(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def words_of(text: str) -> list[str]:
    """The words without case and punctuation; for every name a mark that is no word."""
    found = f" {spelt(ESCAPED_NEWLINE.sub(' ', text))} "
    for name in NAMES:
        found = found.replace(f" {spelt(name)} ", f" {NAME_ENDS_RUN} ")
    return found.strip(" ").split(" ")


def runs(text: str) -> Iterator[tuple[str, ...]]:
    words = words_of(text)
    for start in range(len(words) - SENTENCE + 1):
        run = tuple(words[start : start + SENTENCE])
        if NAME_ENDS_RUN not in run:
            yield run


def copied(text: str, sentences: frozenset[tuple[str, ...]]) -> list[str]:
    """The runs of a text that a record has as well, in the order of the text."""
    return [" ".join(run) for run in runs(text) if run in sentences]


def seed_texts() -> list[str]:
    if not SEEDS.is_dir():
        pytest.skip("the founding records (../shared/records) are not here")
    texts = [path.read_text(encoding="utf-8") for path in sorted(SEEDS.glob("*.txt"))]
    assert len(texts) == 2
    return texts


@cache
def sentences_of_the_records() -> frozenset[tuple[str, ...]]:
    return frozenset(run for text in seed_texts() for run in runs(text))


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Every tracked file that is text, with its name; a file with a zero byte is none."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git repository: there is no list of tracked files")
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, done.stdout.split("\0")):
        data = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b"\0"
        if b"\0" not in data:
            yield name, data.decode("utf-8", "replace")


def test_no_tracked_file_copies_a_sentence_of_a_record() -> None:
    sentences = sentences_of_the_records()
    found = {name: runs_found[:3] for name, text in tracked_texts() if (runs_found := copied(text, sentences))}

    assert found == {}


def test_a_planted_sentence_of_each_record_is_found() -> None:
    sentences = sentences_of_the_records()
    for text in seed_texts():
        lines = [line for line in text.splitlines() if len(list(runs(line))) > 1]
        assert len(lines) >= 3
        assert [line for line in lines if not copied(f'X = (\n    "{line}"\n)\n', sentences)] == []


PLANTED: Final = "one two three four five six seven eight nine ten"


@pytest.mark.parametrize(
    "text",
    [
        f"before {PLANTED} after",
        PLANTED.upper(),
        'X = (\n    "one two, three - four"\n    "five six (seven) eight\\nnine: ten."\n)',
        "# one two three four five\n# six seven eight nine ten",
    ],
)
def test_a_run_is_found_however_it_is_wrapped(text: str) -> None:
    assert copied(text, frozenset(runs(PLANTED))) == [PLANTED]


@pytest.mark.parametrize(
    "text",
    [
        "one two three four five six seven eight nine",
        "one two three four five and six seven eight nine ten",
        "one two three four five Uppsala University Hospital six seven eight nine ten",
    ],
)
def test_nine_words_or_a_name_between_them_are_no_sentence(text: str) -> None:
    assert copied(text, frozenset(runs(PLANTED))) == []


def test_a_title_may_be_told() -> None:
    assert list(runs(f"The trial is called {NAMES[0]}, or {NAMES[1]}.")) == []
