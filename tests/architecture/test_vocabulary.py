"""One idea, one word (see GLOSSARY.md): what only registries and exporters may call things names nothing else.

`registry` speaks the language of ClinicalTrials.gov and `export` that of the formats asked for; they are not looked at.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

SRC: Final = Path(__file__).parents[2] / "src" / "armlet"
SPEAK_OTHER_TONGUES: Final = ("registry", "export")

WE_SAY: Final = {
    "patient": "participant",
    "subject": "participant",
    "study": "trial",
    "centre": "site",
    "center": "site",
    "masking": "blinding",
    "masked": "blinded",
    "unmasking": "unblinding",
    "group": "arm",
    "treatment": "intervention",
    "drug": "intervention or product",
    "timepoint": "visit",
    "config": "protocol or settings",
    "randomization": "randomisation",
    "enrollment": "enrolment",
    "eligible_none": "unknown",
    "dropout": "withdrawn or lost to follow-up",
}

ALLOWED: Final = {
    ("document.py", "model_config"): "pydantic's name for it",
    ("simulation/*", "subject"): "an invented person behind a participant number, who is nobody's participant",
    ("simulation/*", "subjects"): "the same, several",
    ("report/sentences.py", "subject"): "what a sentence is about",
    ("report/*", "group"): "people shown together: one arm after the lock, everybody before it, and so not an arm",
    ("report/*", "groups"): "the same, several",
    ("analysis/methods/rank_sum.py", "groups"): "the two samples of a textbook formula",
    ("analysis/randomisation.py", "centre"): "the middle of an interval",
    ("protocol/checks/unknown_reference.py", "_in_treatment"): "arms and interventions, seen together",
}
"""Names that stay, and why. A star stands for every file of the folder; a plain word for every name that holds it."""

NO_MODULE: Final = frozenset(
    {"utils", "util", "common", "core", "base", "helpers", "helper", "services", "managers", "misc"}
)


def split(name: str) -> list[str]:
    """``ArmGroup_ids`` as ``arm group ids``."""
    return [word.casefold() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def singular(word: str) -> str:
    return "study" if word == "studies" else word.removesuffix("s")


def names(tree: ast.AST) -> Iterator[str]:
    """Every name that the module makes: functions, classes, arguments, variables, attributes."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.arg(arg=name):
                yield name
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case _:
                pass


def is_allowed(file: str, name: str) -> bool:
    folder = f"{file.partition('/')[0]}/*"
    return any((place, said) in ALLOWED for place in (file, folder) for said in (name, *split(name)))


def find_foreign_words(text: str, file: str) -> Iterator[str]:
    """Every name with a word that belongs to somebody else, and the word we say."""
    stem = Path(file).stem
    for name in sorted({*names(ast.parse(text)), stem}):
        for word in split(name):
            ours = WE_SAY.get(word) or WE_SAY.get(singular(word))
            if ours is not None and not is_allowed(file, name):
                yield f"{file}: {name} says {word!r}; we say {ours}"


FILES: Final = sorted(path for path in SRC.rglob("*.py") if path.relative_to(SRC).parts[0] not in SPEAK_OTHER_TONGUES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SRC).as_posix())
def test_the_names_of_a_module_are_the_words_of_the_house(path: Path) -> None:
    file = path.relative_to(SRC).as_posix()

    assert list(find_foreign_words(path.read_text("utf-8"), file)) == []


@pytest.mark.parametrize(
    "planted",
    [
        "patient_id = 1",
        "class StudyArm: ...",
        "def unmask(masked): ...",
        "def treat(treatments): ...",
        "self.centre = 1",
        "for timepoint in (): ...",
    ],
)
def test_a_foreign_word_is_caught(planted: str) -> None:
    assert list(find_foreign_words(planted, "conduct/planted.py"))


def test_no_module_or_package_is_named_after_nothing() -> None:
    found = {path.relative_to(SRC).as_posix() for path in SRC.rglob("*") if path.stem in NO_MODULE}

    assert found == set()
