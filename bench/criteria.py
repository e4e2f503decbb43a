"""How criterion prose is read: how much of it is computable, how much of that is wrong, and how fast.

``python -m bench.criteria`` prints the whole table. The registry records are looked for in the folder that the variable
ARMLET_RECORDS names, else beside the clone; another corpus (one criterion a line: ``inclusion`` or ``exclusion``, a tab,
the words) in the file that ARMLET_CRITERIA_CORPUS names. Without records the readable cases of the tests are read.

What a person judged stands in ``data/criteria_judgements.csv`` without the words: the digest of the text, the rule that
was judged, right or wrong, the day. A rule that has changed since counts as unjudged.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import process_time
from typing import Final

from armlet.analysis.methods.clopper_pearson import clopper_pearson
from armlet.eligibility.text import ReadCriterion
from armlet.eligibility.text.split import CriterionText, read_criteria
from armlet.errors import InputError
from armlet.protocol.criteria import CriterionKind
from armlet.registry.criteria_draft import infection_names, read_item
from armlet.registry.read import read_record
from bench.timing import Row, Scale, alone, per_second

ROOT: Final = Path(__file__).parents[1]
JUDGEMENTS: Final = Path(__file__).parent / "data" / "criteria_judgements.csv"
CASES: Final = ROOT / "tests" / "spec" / "criteria"
_CASES: Final = "cases of the tests"
_NEAR: Final = (ROOT / ".." / "shared" / "records", ROOT / ".." / ".." / "shared" / "records")


@dataclass(frozen=True, slots=True)
class Figures:
    """What one corpus gave, counted over distinct criteria: their kind, words and the line that governs them."""

    source: str
    total: int
    unsorted: int
    computable: int
    partly: int
    reasons: Counter[str]
    right: int
    wrong: int

    @property
    def unjudged(self) -> int:
        """Computed criteria that nobody has judged yet, or not as they are read now."""
        return self.computable - self.right - self.wrong


def key_of(item: CriterionText) -> str:
    """The digest under which a criterion is judged: its kind and its words in small letters on one line."""
    words = " ".join(item.text.split()).casefold()
    return hashlib.sha256(f"{item.kind.value}\n{words}".encode()).hexdigest()


def expression_of(reading: ReadCriterion) -> str:
    """The rule as one line of JSON, always the same for the same rule."""
    assert reading.rule is not None
    plain = reading.rule.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return json.dumps(plain, ensure_ascii=False, sort_keys=True)


def load_judgements() -> dict[tuple[str, str], str]:
    """``right`` or ``wrong`` by the digest of the text and the rule."""
    if not JUDGEMENTS.is_file():
        return {}
    rows = csv.DictReader(JUDGEMENTS.read_text("utf-8").splitlines())
    return {(row["text_sha256"], row["expression"]): row["verdict"] for row in rows}


# --- Corpora ----------------------------------------------------------------------------------------------------------


def records_folder() -> Path | None:
    """Where the registry records lie; None where there are none."""
    named = os.environ.get("ARMLET_RECORDS")
    return next((place for place in ([Path(named)] if named else _NEAR) if place.is_dir()), None)


def of_records(folder: Path) -> tuple[list[CriterionText], int]:
    """The distinct criteria of every record that can be read, and how many stand under no heading."""
    texts = dict.fromkeys(text for path in sorted(folder.rglob("*")) if path.is_file() for text in _texts(path))
    read = [read_criteria(text) for text in texts]
    distinct = {(item.kind, " ".join(item.text.split()).casefold()): item for one in read for item in one.criteria}
    return list(distinct.values()), len({words for one in read for words in one.unsorted})


def _texts(path: Path) -> Iterator[str]:
    try:
        reading = read_record(path.read_bytes(), path.name)
    except InputError:
        return
    text = reading.record.protocol_section.eligibility_module.eligibility_criteria
    if text:
        yield text


def of_lines(path: Path) -> list[CriterionText]:
    """The criteria of a file of lines: the kind, a tab, the words."""
    rows = (line.split("\t", 1) for line in path.read_text("utf-8").splitlines() if "\t" in line)
    return [CriterionText(CriterionKind(kind), words) for kind, words in rows]


def of_cases() -> list[CriterionText]:
    """The prose of the readable cases of the tests."""
    lines = (line for path in sorted(CASES.glob("*.md")) for line in path.read_text("utf-8").splitlines())
    cells = (line.strip("| ").split(" | ") for line in lines if line.startswith("| ") and " | " in line)
    rows = (row for row in cells if row[1].strip() in set(CriterionKind))
    return [CriterionText(CriterionKind(row[1].strip()), row[0].strip().replace("\\n", "\n")) for row in rows]


# --- Figures ----------------------------------------------------------------------------------------------------------


def read_all(items: Iterable[CriterionText]) -> list[ReadCriterion]:
    """Every criterion as it reads."""
    infections = {name.casefold(): name for name in infection_names()}
    return [read_item(item, infections) for item in items]


def figures_of(source: str, items: list[CriterionText], unsorted: int = 0) -> Figures:
    """The counts of one corpus."""
    judged, verdicts, reasons, computable, partly = load_judgements(), Counter[str](), Counter[str](), 0, 0
    for item, reading in zip(items, read_all(items), strict=True):
        if reading.is_computable:
            computable += 1
            verdicts[judged.get((key_of(item), expression_of(reading)), "unjudged")] += 1
        elif reading.rule is not None:
            partly += 1
        else:
            reasons[reading.why_judged[0].reason.value] += 1
    return Figures(source, len(items), unsorted, computable, partly, reasons, verdicts["right"], verdicts["wrong"])


def wrong_in_words(figures: Figures) -> str:
    """``0 of 300 judged wrong (0 %, 95 % limits 0 to 1.2 %)``."""
    judged = figures.right + figures.wrong
    if not judged:
        return "none judged"
    limits = clopper_pearson(figures.wrong, judged)
    share = f"{figures.wrong / judged:.1%}, 95 % limits {limits.lower:.1%} to {limits.upper:.1%}"
    return f"{figures.wrong} of {judged} judged wrong ({share}), {figures.unjudged} unjudged"


def corpora() -> Iterator[tuple[str, list[CriterionText], int]]:
    """Every corpus that is present, with its name and how many criteria stand under no heading."""
    folder = records_folder()
    if folder is not None:
        yield ("registry records", *of_records(folder))
    named = os.environ.get("ARMLET_CRITERIA_CORPUS")
    if named and Path(named).is_file():
        yield Path(named).stem, of_lines(Path(named)), 0
    yield _CASES, of_cases(), 0


def rows(scale: Scale) -> Iterator[Row]:
    """The time of reading each corpus, and what came of it; a smoke run reads the cases of the tests only."""
    for source, items, unsorted in [(_CASES, of_cases(), 0)] if scale.is_smoke else corpora():
        chosen = items[:50] if scale.is_smoke else items
        seconds = alone(scale, partial(read_all, chosen))
        found = figures_of(source, items, unsorted)
        share = f"computable {found.computable / max(found.total, 1):.1%}"
        note = f"{per_second(len(chosen), seconds, 'criteria')}; {share}"
        if source != _CASES:
            note += f"; {wrong_in_words(found)}"
        yield Row("criteria read", f"{len(chosen)}, {source}", seconds, note=note)


def render_figures(found: Figures) -> str:
    """One corpus as a table in Markdown."""
    lines = [
        f"| {found.source} | distinct criteria | share |",
        "|---|---:|---:|",
        f"| all | {found.total} | |",
        f"| computable | {found.computable} | {found.computable / max(found.total, 1):.1%} |",
        f"| in part, the rest judged in its own words | {found.partly} | {found.partly / max(found.total, 1):.1%} |",
        *(
            f"| judged: {reason} | {count} | {count / found.total:.1%} |"
            for reason, count in found.reasons.most_common()
        ),
        "",
        f"Of the computable ones, {wrong_in_words(found)}.",
        f"Under no heading, so without polarity and not read: {found.unsorted}.",
    ]
    return "\n".join(lines)


def main() -> None:
    """Prints the table of every corpus that is present."""
    for source, items, unsorted in corpora():
        started = process_time()
        read_all(items)
        seconds = max(process_time() - started, 1e-9)
        print(render_figures(figures_of(source, items, unsorted)))
        print(f"Read in {seconds:.2f} s of processor time: {len(items) / seconds:,.0f} criteria a second.\n")


if __name__ == "__main__":
    main()
