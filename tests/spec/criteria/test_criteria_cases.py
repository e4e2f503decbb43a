"""Readable cases of criterion prose: the rule that the words mean, or why a person has to judge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from armlet.eligibility.text import ReadCriterion, read_criterion
from armlet.protocol.criteria import (
    All,
    AnyOf,
    Compare,
    CompareTo,
    CriterionKind,
    Judgement,
    MeasureIs,
    Not,
    Rule,
    Unless,
    Within,
)

HERE: Final = Path(__file__).parent
INFECTIONS: Final = {"hiv": "HIV", "hbv": "HBV", "hcv": "HCV", "cmv": "CMV"}


def rows() -> Iterator[tuple[str, str, str]]:
    for path in sorted(HERE.glob("*.md")):
        for line in path.read_text("utf-8").splitlines():
            cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("| ") else []
            if len(cells) == 3 and cells[0] != "prose":
                yield cells[0], cells[1], cells[2]


CASES: Final = list(rows())


def rule_in_words(rule: Rule) -> str:
    match rule:
        case MeasureIs():
            return rule.measure
        case Compare():
            return compared(rule.compare)
        case Within():
            return f"{rule.within.measure} within {rule.within.at_most}"
        case All():
            return f"all({', '.join(map(rule_in_words, rule.all))})"
        case AnyOf():
            return f"any({', '.join(map(rule_in_words, rule.any))})"
        case Not():
            return f"not({rule_in_words(rule.not_)})"
        case Unless():
            return f"unless({rule_in_words(rule.unless.when)}, {rule_in_words(rule.unless.except_)})"
        case Judgement():
            return "judgement"


def compared(node: CompareTo) -> str:
    limit = str(node.value) if node.value is not None else node.code or " or ".join(node.codes)
    return f"{node.measure} {node.is_.value} {limit}"


def reading_in_words(read: ReadCriterion) -> str:
    if read.rule is None:
        return f"judged: {read.why_judged[0].reason.name.lower().replace('_', ' ')}"
    doubts = "".join(f"; doubt: {doubt.name.lower().replace('_', ' ')}" for doubt in read.doubts)
    return rule_in_words(read.rule) + doubts


@pytest.mark.parametrize(("prose", "kind", "reads"), CASES)
def test_the_words_read_so(prose: str, kind: str, reads: str) -> None:
    read = read_criterion(prose.replace("\\n", "\n"), CriterionKind(kind), INFECTIONS)
    assert reading_in_words(read) == reads


def test_there_are_many_cases() -> None:
    assert len(CASES) >= 180


@pytest.mark.parametrize(("prose", "kind", "reads"), CASES)
def test_every_node_and_every_hindrance_stands_in_the_words(prose: str, kind: str, reads: str) -> None:
    read = read_criterion(prose.replace("\\n", "\n"), CriterionKind(kind), INFECTIONS)
    for span in read.spans:
        assert 0 <= span.start < span.end <= len(read.text)
        assert read.text[span.start : span.end].strip() == read.text[span.start : span.end]
    for why in read.why_judged:
        assert read.text[why.start : why.end] == why.words
    assert (read.rule is None) == reads.startswith("judged: ")
    assert bool(read.why_judged) == ("judge" in reads)
