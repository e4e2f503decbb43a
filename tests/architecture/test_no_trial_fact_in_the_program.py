"""The program knows how to run trials and knows nothing about any one of them: no fact of `trials/` occurs in `src/`.

A fact is a name, an identifier, a date, a decimal, a quantity, four words in a row of what the record or the protocol
states, or an id that the trial chose. What coincides by chance stands in a written list, each with its reason.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest
import yaml

ROOT: Final = Path(__file__).parents[2]
SRC: Final = ROOT / "src" / "armlet"
TRIALS: Final = sorted(path for path in (ROOT / "trials").iterdir() if path.is_dir())

Plain = None | str | int | float | bool | list["Plain"] | dict[str, "Plain"]

# --- What is a fact -------------------------------------------------------------------------------------------------

WORD: Final = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
DECIMAL: Final = re.compile(r"(?<![\w.])\d+\.\d+(?![\w]|\.\d)")
DAY: Final = re.compile(r"(?<![\w-])\d{4}-\d{2}(?:-\d{2})?(?![\w-])")
QUANTITY: Final = re.compile(r"-?\d+(?:\.\d+)? [^\s\d]\S*|-?\d+(?:\.\d+)? 10\*\d+/\S+")
RUN: Final = 4

OUR_OWN_PROSE: Final = frozenset(
    {
        "because", "confirm", "about", "options", "default", "answer", "where", "source", "time_frame", "method", "model",
        "summary",
    }
)  # fmt: skip
"""Keys whose text is ours (reasons, questions, methods, sums): English that the program may speak as well."""

INVENTED: Final = "scenario.yaml"
"""Its numbers are invented, so one significant digit (a share of 0.7) is nobody's fact; two or more are looked for."""

NAME_KEYS: Final = frozenset(
    {
        "sponsor",
        "collaborators",
        "responsible_party",
        "name",
        "affiliation",
        "fullName",
        "city",
        "postcode",
        "zip",
        "given_by",
    }
)
"""Keys whose text names a person, an organisation or a place."""

IDENTIFIER_KEYS: Final = frozenset({"nctId"})

NO_NAME: Final = frozenset(
    {
        "the", "and", "of", "de", "del", "university", "hospital", "professor", "principal", "investigator", "organisation",
        "clinicaltrials", "gov", "gold", "standard", "autologous", "mesenchymal", "stem", "cell", "cells", "transplantation",
        "sham", "donor", "phase", "type", "diabetes",
    }
)  # fmt: skip
"""Words inside names that name nobody by themselves."""


@dataclass
class Facts:
    """What is known of the trials and must not be known to the program; each with a place where it stands."""

    identifiers: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    runs: dict[tuple[str, ...], str] = field(default_factory=dict)
    decimals: dict[Decimal, str] = field(default_factory=dict)
    quantities: dict[str, str] = field(default_factory=dict)
    days: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)


def words(text: str) -> list[str]:
    return [word.casefold() for word in WORD.findall(text)]


def leaves(plain: Plain, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(plain, dict):
        for key, value in plain.items():
            yield from leaves(value, (*path, key))
    elif isinstance(plain, list):
        for value in plain:
            yield from leaves(value, path)
    elif plain is not None:
        yield path, str(plain)


def add_document(facts: Facts, plain: Plain, name: str) -> None:
    for path, text in leaves(plain):
        key, where = path[-1], f"{name}: {'/'.join(path)}"
        for decimal in (Decimal(found).normalize() for found in DECIMAL.findall(text)):
            if len(decimal.as_tuple().digits) > 1 or not name.endswith(INVENTED):
                facts.decimals.setdefault(decimal, where)
        for day in DAY.findall(text):
            facts.days.setdefault(day, where)
        if key in OUR_OWN_PROSE or path[0] == "questions" or path == ("says",):
            continue
        if QUANTITY.fullmatch(text):
            facts.quantities.setdefault(text, where)
        if key in NAME_KEYS:
            proper = [word for word in WORD.findall(text) if word[0].isupper() and len(word) > 2]
            facts.names.update({word: where for word in proper if word.casefold() not in NO_NAME})
        if (
            key in IDENTIFIER_KEYS
            or (path[0] == "identifiers" and key == "id")
            or path[-2:] == ("orgStudyIdInfo", "id")
        ):
            facts.identifiers.setdefault(text, where)
        elif key == "id" and "derivedSection" not in path:
            facts.ids.setdefault(text, where)
        parts = words(text)
        for start in range(len(parts) - RUN + 1):
            facts.runs.setdefault(tuple(parts[start : start + RUN]), where)


def load_facts_of_records() -> Facts:
    """What the records state: the facts in v2 shape, and the words that the protocols quote."""
    facts = Facts()
    for folder in TRIALS:
        add_document(facts, json.loads((folder / "record.json").read_text("utf-8")), f"{folder.name}/record.json")
        text = (folder / "protocol.yaml").read_text("utf-8")
        quoted = [words for path, words in leaves(yaml.load(text, Loader=yaml.BaseLoader)) if path[-1] == "words"]
        add_document(facts, {"words": list(quoted)}, f"{folder.name}/protocol.yaml")
    return facts


def load_facts() -> Facts:
    """All that the trials hold: the records, the protocols as people wrote them, the scenarios."""
    facts = load_facts_of_records()
    for folder in TRIALS:
        for file in ("protocol.yaml", "scenario.yaml"):
            text = (folder / file).read_text("utf-8")
            add_document(facts, yaml.load(text, Loader=yaml.BaseLoader), f"{folder.name}/{file}")
    return facts


# --- What coincides -------------------------------------------------------------------------------------------------

ORDINARY_NUMBERS: Final = {
    "1": "one",
    "5": "five",
    "0.1": "one tenth",
}
"""Numbers that belong to arithmetic and to no trial."""

ORDINARY_HERE: Final[dict[str, dict[str, str]]] = {
    "eligibility/text/people.py": dict.fromkeys(
        ("capable of becoming pregnant", "the treating physician's consent"),
        "a phrase that criteria of many trials share, which is why it can be read",
    ),
    "eligibility/text/data/quantities.csv": {"body mass index bmi": "the same"},
    "eligibility/text/data/conditions.csv": {"type 1 diabetes mellitus": "one of the names of a disease among many"},
    "simulation/models/insulin_after_diagnosis.py": {"0.35": "a default of an assumed model; a scenario sets others"},
    "simulation/data/c_peptide_after_diagnosis.yaml": {"0.8": "an assumed share of the spread of glucose, not a limit"},
    "conduct/roles.py": {"infusion": "an object of the role matrix, named by the source of the matrix"},
    "report/views/readings.py": {"infusion": "an object of the role matrix, named by the source of the matrix"},
    "export/formats/sdtm.py": {"2.1": "a version of Define-XML"},
    "export/sdtm/define.py": {"2.1": "a version of Define-XML"},
    "registry/data/questions.yaml": {"6": "a version of CTCAE"},
    "safety/data/ctcae-6.0.yaml": {"6": "a version of CTCAE"},
    "safety/grading.py": {"6": "a version of CTCAE"},
}
"""What coincides in one file or folder only (numbers, words, ids), and what it is there."""

SPEAK_THE_DRAFT: Final = ("registry/draft", "registry/criteria_draft", "registry/data/questions", "eligibility/text")
"""Where drafts of protocols come from. The protocols in `trials/` use a draft's own names for what their records ask for
(an id such as ``body_weight``, a label such as "age in completed years"), so here only what a *record* says is a fact."""

ORDINARY_RUNS: Final = {
    "hepatitis b surface antigen": "a term of serology (registry/data/infection_markers.csv)",
    "diabetes mellitus type 1": "a heading of MeSH (registry/data/mesh_terms.csv)",
    "of type 1 diabetes": "the disease that a shipped natural history is of, for any trial in it",
    "in type 1 diabetes": "the same",
    "diagnosis of type 1": "the same",
    "the diagnosis of type": "the same",
    "after the diagnosis of": "the same",
    "sexes eligible for study": "a heading of the registry's pages",
    "at least 18 years": "the age from which people are adults in most countries",
    "least 18 years old": "the same",
    "months after the intervention": "the axis of every model of a course in time",
    "over the two hours": "the length of a standard mixed-meal test",
    "area under the curve": "a term of pharmacokinetics",
    "difference between the arms": "what any comparison estimates",
    "follow without a dose": "a word of the format: what may be done when a product fails (protocol/product.py)",
    "cannot be told from": "English",
    "be told from the": "English",
    "of the participant's own": "English",
    "the arms in the": "English",
}

ORDINARY_IDS: Final = {
    "sham": "the kind of a preparation's content, whatever the arm is called",
    "administered": "a set of analysis of any trial, and an event",
    "randomised": "the same",
    "screening": "the first epoch of any trial",
    "baseline": "the word of ICH E9 for the value before",
    "glucose": "the substance that a shipped model is of",
    "hba1c": "the same",
    "insulin": "the same",
    "age": "a field of the registry's own",
    "sex": "a field of the registry's own",
    "primary": "the level of an endpoint",
    "body_mass_index": "weight by squared height: a way to draw a number, named so",
    "ancova": "a method's name",
    "fasting": "a method's name",
    "peak": "a method's name",
}
"""Ids of a trial that are words of the field or of the program first."""

ORDINARY_QUANTITIES: Final = {
    **dict.fromkeys(("0 min", "90 min", "120 min"), "times of the standard two-hour test"),
    "5 min": "how far a sample may be from its time in the usual two-hour test, an example of a setting",
    "18 Years": "the age from which people are adults in most countries, as registries write it",
    "95 %": "the usual level of confidence",
    "1 h": "the hour in which limits of endotoxin are given",
}

# --- Looking --------------------------------------------------------------------------------------------------------


def whole(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.]){re.escape(text)}(?![\w]|\.\d)")


def ordinary_in(name: str) -> dict[str, str]:
    """What coincides in this file or in its folder."""
    folder = f"{name.partition('/')[0]}/"
    return ORDINARY_HERE.get(folder, {}) | ORDINARY_HERE.get(name, {})


def find_facts(text: str, name: str, facts: Facts) -> Iterator[str]:
    """Every fact in one file of the program, in words."""
    lowered, here = text.casefold(), ordinary_in(name)
    for identifier, where in facts.identifiers.items():
        if identifier.casefold() in lowered:
            yield f"{name}: the identifier {identifier} ({where})"
    for proper, where in facts.names.items():
        if whole(proper).search(text):
            yield f"{name}: the name {proper} ({where})"
    yield from find_numbers(text, name, facts)
    parts = words(text)
    for start in range(len(parts) - RUN + 1):
        run = tuple(parts[start : start + RUN])
        if run in facts.runs and " ".join(run) not in ORDINARY_RUNS.keys() | here.keys():
            yield f"{name}: the words {' '.join(run)!r} ({facts.runs[run]})"
    for chosen in constants(text, name) & facts.ids.keys() - ORDINARY_IDS.keys() - here.keys():
        yield f"{name}: the id {chosen!r} ({facts.ids[chosen]})"


def find_numbers(text: str, name: str, facts: Facts) -> Iterator[str]:
    coincident = [token for token in ordinary_in(name) if token[0].isdigit() and " " not in token]
    ordinary = {Decimal(number).normalize() for number in (*ORDINARY_NUMBERS, *coincident)}
    found = {Decimal(decimal).normalize() for decimal in DECIMAL.findall(text)}
    for decimal in sorted(found & facts.decimals.keys() - ordinary):
        yield f"{name}: the number {decimal} ({facts.decimals[decimal]})"
    for day in sorted(set(DAY.findall(text)) & facts.days.keys()):
        yield f"{name}: the date {day} ({facts.days[day]})"
    for quantity, where in facts.quantities.items():
        if quantity not in ORDINARY_QUANTITIES and whole(quantity).search(text):
            yield f"{name}: the quantity {quantity} ({where})"


def constants(text: str, name: str) -> frozenset[str]:
    """What the file holds as data: every string constant of Python; elsewhere every word with a digit or underscore."""
    if not name.endswith(".py"):
        return frozenset(re.findall(r"[A-Za-z]+[0-9_]\w*", text))
    return frozenset(
        node.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


FACTS: Final = load_facts()
FACTS_OF_RECORDS: Final = load_facts_of_records()
FILES: Final = sorted(path for path in SRC.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SRC).as_posix())
def test_no_file_of_the_program_holds_a_fact_of_a_trial(path: Path) -> None:
    name = path.relative_to(SRC).as_posix()

    facts = FACTS_OF_RECORDS if name.startswith(SPEAK_THE_DRAFT) else FACTS

    assert list(find_facts(path.read_text("utf-8"), name, facts)) == []


# --- Whether the search can find anything ---------------------------------------------------------------------------


def test_both_trials_are_looked_at() -> None:
    assert {"nct02893306", "nct02057211"} <= {folder.name for folder in TRIALS}


@pytest.mark.parametrize(
    ("planted", "kind"),
    [
        ('SITE = "Uppsala"', "name Uppsala"),
        ("# as Carlsson asked for", "name Carlsson"),
        ('if sponsor == "Universidad del Desarrollo": pass', "name Desarrollo"),
        ('TRIAL = "nct02057211"', "identifier NCT02057211"),
        ('"""Of DMT1-MSC."""', "identifier DMT1-MSC"),
        ("LIMIT = Decimal('0.12')", "number 0.12"),
        ("LIMIT = 0.120", "number 0.12"),
        ("MOLAR_MASS = 3020.29", "number 3020.29"),
        ('Quantity.parse("30 kg/m2")', "quantity 30 kg/m2"),
        ('LOWEST = "2 10*6/kg"', "quantity 2 10*6/kg"),
        ("start = date.fromisoformat('2014-04-07')", "date 2014-04-07"),
        ('"""Changed regulations of culture procedure."""', "words 'changed regulations of culture'"),
        ('visit = "month_24"', "id 'month_24'"),
        ('arm = "donor_cells"', "id 'donor_cells'"),
        ('if arm == "cells": pass', "id 'cells'"),
        ('"""Autologous Mesenchymal\nStem Cell transplantation"""', "words 'autologous mesenchymal stem cell'"),
    ],
)
def test_a_planted_fact_is_caught(planted: str, kind: str) -> None:
    assert [found for found in find_facts(planted, "planted.py", FACTS) if f"the {kind}" in found]


@pytest.mark.parametrize("planted", ['"Uppsala"', '"0.12"', '"NCT02893306"', '"5% human recombinant albumin in serum"'])
def test_a_fact_of_a_record_is_caught_where_drafts_are_made(planted: str) -> None:
    assert list(find_facts(planted, "registry/draft.py", FACTS_OF_RECORDS))


def test_a_fact_in_a_template_is_caught() -> None:
    assert list(find_facts("<td>month_24</td>", "report/templates/page.html.j2", FACTS))


def test_the_program_may_speak_ordinary_english() -> None:
    assert list(find_facts('"""The arm that others are compared with; 0.5 is one half."""', "any.py", FACTS)) == []


def test_every_coincidence_of_a_file_still_occurs_there() -> None:
    texts = {path.relative_to(SRC).as_posix(): path.read_text("utf-8") for path in FILES}
    stale = [
        f"{place}: {token}"
        for place, tokens in ORDINARY_HERE.items()
        for token in tokens
        if not any(holds(text, name, token) for name, text in texts.items() if name.startswith(place))
    ]

    assert stale == []


def holds(text: str, name: str, token: str) -> bool:
    if token[0].isdigit() and " " not in token:
        return Decimal(token) in {Decimal(found) for found in DECIMAL.findall(text)}
    return token in constants(text, name) or token in " ".join(words(text))
