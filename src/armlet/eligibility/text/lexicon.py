"""The words that the reader knows: quantities with their units, and conditions, events and treatments."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from armlet.eligibility.text.amounts import SAID_AS
from armlet.units import Quantity, parse_unit

TIMES_LIMIT: Final = "{ULN}"
SCORE: Final = "{score}"


@dataclass(frozen=True, slots=True)
class QuantityTerm:
    """Something measured: its id and label, the units of a limit, and its molar mass where one is needed."""

    id: str
    label: str
    units: tuple[str, ...]
    molar_mass: Quantity | None

    def takes(self, unit: str) -> bool:
        """Whether a limit can be given in the unit: of the same dimension, and with the same annotation."""
        if "{" in unit or unit in SAID_AS or any("{" in known and known != TIMES_LIMIT for known in self.units):
            return unit in self.units
        known_dimensions = {
            parse_unit(known).dimension for known in self.units if "{" not in known and known not in SAID_AS
        }
        is_plain = unit == "1"
        return parse_unit(unit).dimension in known_dimensions and (not is_plain or "1" in self.units)

    @property
    def bare(self) -> str | None:
        """The unit that a number without one has: of a score or a pure ratio."""
        return next((unit for unit in self.units if unit in {SCORE, "1"}), None)


@dataclass(frozen=True, slots=True)
class ConditionTerm:
    """A diagnosis (`state`), an `event` or a `treatment`, with its MeSH identifier where there is one."""

    label: str
    concept: str | None
    sort: str


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = files("armlet.eligibility.text").joinpath(f"data/{name}.csv").read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


def key_of(words: str) -> str:
    """The words as they are looked up: small, hyphens as blanks."""
    return re.sub(r"\s*/\s*", "/", " ".join(words.casefold().replace("-", " ").split()))


@cache
def quantity_terms() -> dict[str, tuple[QuantityTerm, ...]]:
    """The quantities by each of their names; one name can stand for two that differ in their units."""
    found: dict[str, tuple[QuantityTerm, ...]] = {}
    for row in _rows("quantities"):
        mass = Quantity.parse(f"{row['molar_mass']} g/mol") if row["molar_mass"] else None
        term = QuantityTerm(row["id"], row["label"], tuple(row["units"].split()), mass)
        for key in dict.fromkeys(key_of(name) for name in row["names"].split("|")):
            found[key] = (*found.get(key, ()), term)
    return found


@cache
def condition_terms() -> dict[str, ConditionTerm]:
    """Diagnoses, events and treatments by each of their names."""
    found: dict[str, ConditionTerm] = {}
    for row in _rows("conditions"):
        concept = f"MESH:{row['mesh']}" if row["mesh"] else None
        for name in row["names"].split("|"):
            found[key_of(name)] = ConditionTerm(row["label"], concept, row["sort"])
    return found


# --- Names that their last word explains --------------------------------------------------------------------------------

_DISEASES: Final = (
    r"diseases?|syndromes?|disorders?|cancers?|carcinomas?|lymphomas?|sarcomas?|infections?|deficiency|"
    r"diathesis|thalassa?emia"
    r"|malformations?|dystrophy|palsy|neuralgia|angina|aneurysms?|arrhythmias?|tachycardia|bradycardia|"
    r"hernia|ulcers?|edema|oedema"
    r"|(?!(?:diagnosis|prognosis|hypnosis|meiosis|mitosis)\b)\w{3,}(?:itis|osis|opathy|opathies|emia|"
    r"aemia|penia|algia|plegia|uria|sclerosis)"
    r"|(?!(?:diploma|stoma|aroma|trauma|coma|hematoma|haematoma)\b)\w{3,}oma"
)
_EVENTS: Final = r"infarction|ha?emorrhage|embolism|fractures?|seizures?|strokes?"
_DONE: Final = r"surgery|transplantation|transplants?|vaccination"
_EXPLAINED: Final = re.compile(
    rf"(?P<before>(?:[a-z][a-z'-]*\s+){{0,3}})(?:(?P<state>{_DISEASES})|(?P<event>{_EVENTS})|"
    rf"(?P<treatment>{_DONE}))",
    re.IGNORECASE,
)
_ALONE: Final = frozenset({
    "disease", "diseases", "disorder", "disorders", "syndrome", "syndromes", "deficiency", "malformation", "malformations",
    "dystrophy", "edema", "oedema", "transplant", "transplants", "surgery", "carcinoma", "tumor", "vaccination",
})  # fmt: skip
_GENERAL: Final = frozenset({
    "systemic", "chronic", "acute", "active", "genetic", "hereditary", "congenital", "medical", "recurrent", "progressive",
    "autoimmune", "inflammatory", "infectious", "malignant", "benign", "organic", "local", "primary", "secondary", "new",
    "eye", "study", "current", "co", "comorbid", "degenerative", "metabolic", "opportunistic", "surgical", "elective",
    "intercurrent", "underlying", "somatic", "physical", "internal", "general", "common", "rare", "residual", "persistent",
})  # fmt: skip
_NOT_IN_A_NAME: Final = frozenset({
    "a", "an", "the", "any", "some", "all", "other", "another", "same", "such", "no", "not", "non", "without", "with", "of",
    "in", "on", "at", "by", "for", "from", "to", "or", "and", "as", "than", "if", "is", "are", "be", "has", "have", "had",
    "who", "that", "which", "due", "after", "before", "during", "within", "since", "prior", "previous", "past", "history",
    "severe", "serious", "significant", "clinically", "moderate", "mild", "uncontrolled", "controlled", "unstable", "stable",
    "symptomatic", "asymptomatic", "major", "minor", "advanced", "recent", "relevant", "suspected", "possible", "probable",
    "known", "certain", "specific", "life", "threatening", "life-threatening", "terminal", "poor", "abnormal", "high", "low",
    "risk", "evidence", "diagnosis", "presence", "signs", "symptoms", "patients", "participants", "subjects", "patient",
    "subject", "men", "women", "male", "female", "adult", "adults", "children", "undergoing", "their", "both", "either",
    "multiple", "more", "less", "one", "two", "early", "late", "end-stage", "stage", "grade", "confirmed", "documented",
    "untreated", "treated", "treatment", "measurable", "adequate", "normal", "concurrent", "concomitant", "coexisting",
    "co-existing", "preexisting", "pre-existing", "existing", "additional", "further", "particular", "various", "only",
    "extensive", "refractory", "relapsed", "metastatic", "resistant", "resectable", "unresectable", "newly", "first", "large",
    "small", "family", "donor", "maternal", "paternal", "fetal", "planned", "emergency", "well", "poorly", "index", "target",
    "lifetime", "intractable", "complicated", "uncomplicated", "frequent", "occasional", "potential", "likely", "unlikely",
    "screening", "baseline", "must", "should", "may", "can", "will", "self", "reported", "radiographic", "radiologic",
    "histologic", "histological", "pathologic", "biopsy", "proven", "clinical", "subclinical", "overt", "cured", "resolved",
    "dangerous", "hazardous", "lethal", "fatal", "debilitating", "disabling", "important", "considerable", "marked",
    "profound", "intense", "extreme", "obvious", "evident", "apparent", "ongoing", "notable", "substantial", "worsening",
    "bothersome",
})  # fmt: skip


def term_by_last_word(words: str) -> ConditionTerm | None:
    """A diagnosis, event or treatment whose last word says that it is one ("optic neuritis"): its own words name it.

    At most four plain words; none that grades, doubts, dates or leaves open (``severe``, ``suspected``, ``any``), and
    not only words that would fit any disease ("chronic disease").
    """
    match = _EXPLAINED.fullmatch(words)
    if match is None:
        return None
    before = [word.casefold() for word in match["before"].split()]
    if set(before) & _NOT_IN_A_NAME or any(word.endswith(("ing", "ed")) for word in before):
        return None
    last = words.rsplit(maxsplit=1)[-1].casefold()
    if last in _ALONE and set(before) <= _GENERAL:
        return None
    sort = "state" if match["state"] else "event" if match["event"] else "treatment"
    return ConditionTerm(words.casefold(), None, sort)


@cache
def quantity_pattern() -> re.Pattern[str]:
    """Any name of a quantity, the longest first."""
    return re.compile(rf"(?:{_either(quantity_terms())})(?![\w+])", re.IGNORECASE)


def _either(keys: Iterable[str]) -> str:
    ordered = sorted(keys, key=len, reverse=True)
    return "|".join(re.escape(key).replace(r"\ ", r"[\s-]+").replace("/", r"\s*/\s*") for key in ordered)
