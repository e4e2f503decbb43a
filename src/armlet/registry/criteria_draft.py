"""The criteria of a draft: every criterion of the record, computable where its words leave no doubt, else judged."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from pydantic import JsonValue

from armlet.eligibility.text import (
    AGE,
    AGE_IN_MONTHS,
    PARTICIPANT_CONSENT,
    PHYSICIAN_CONSENT,
    SEX,
    Doubt,
    ReadCriterion,
    Reason,
    WhyJudged,
    age_rule,
    code_rule,
    is_rate_for_area,
    read_criterion,
    slug,
)
from armlet.eligibility.text.split import CriterionText, read_criteria
from armlet.protocol.criteria import (
    All,
    AnyOf,
    Comparison,
    Criterion,
    CriterionKind,
    Judgement,
    Measure,
    Question,
    Rule,
    measures_of,
)
from armlet.protocol.model import ConsentForm, Population, Role
from armlet.protocol.source import Source, Stated
from armlet.registry.draft_design import unique
from armlet.registry.draft_facts import NOT_STATED, Drafting
from armlet.registry.questions import is_insulin_secretion
from armlet.registry.record import Sex
from armlet.units import Quantity, UnitError

_PLACE: Final = "eligibilityModule.eligibilityCriteria"
_ELIGIBILITY: Final = "eligibilityModule"
_AGE: Final = re.compile(r"\s*(\d+)\s*(year|month)s?\s*", re.IGNORECASE)
_WHO_JUDGES: Final = "who judges it, and by what, is not stated in the record"
_LEFT_OPEN: Final = "what the words leave open is not stated in the record"
_NOTHING: Final = re.compile(r"(?:none|n/?a|not applicable|no exclusion criteria)\W*", re.IGNORECASE)
_DOUBT_TEMPLATES: Final = {
    Doubt.UNIT_MISSING: "unit_missing",
    Doubt.FROM_WHEN: "within",
    Doubt.WHICH_TEST: "infection_tests",
    Doubt.CONTRACEPTION: "contraception",
    Doubt.POWER_FLATTENED: "power_flattened",
    Doubt.RANGE_ENDS: "range_ends",
}
_ALONE: Final = {Doubt.AGE_ENDS: "age_limits"}
"""Doubts that one question settles for all criteria at once."""
Expression = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class DraftCriterion:
    """One criterion as drafted; `expression` is its rule as plain data, None where a person has to judge.

    `reading` is how its words were read (None where it comes from a field of the record and not from prose).
    """

    id: str
    kind: CriterionKind
    text: str
    computable: bool
    expression: Expression | None
    reading: ReadCriterion | None = None

    def as_json(self) -> Expression:
        """The five keys of the contract."""
        return {
            "id": self.id,
            "kind": self.kind.value,
            "text": self.text,
            "computable": self.computable,
            "expression": self.expression,
        }


@dataclass
class DraftedCriteria:
    """The criteria so far and the measures that they speak of."""

    criteria: list[Criterion] = field(default_factory=list)
    summaries: list[DraftCriterion] = field(default_factory=list)
    measures: dict[str, Measure] = field(default_factory=dict)

    def add(self, criterion: Criterion, text: str, *, computable: bool, reading: ReadCriterion | None = None) -> None:
        """One more criterion, in the record's order."""
        self.criteria.append(criterion)
        rule = criterion.rule.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        expression: Expression | None = rule if computable else None
        self.summaries.append(DraftCriterion(criterion.id, criterion.kind, text, computable, expression, reading))

    def taken(self) -> set[str]:
        """Every id of a criterion, a measure or a judgement."""
        judged = {name for item in self.criteria for name in measures_of(item.rule)}
        return {item.id for item in self.criteria} | judged | set(self.measures)


def draft_criteria(drafting: Drafting) -> DraftedCriteria:
    """Age and sex from their own fields, then every criterion that stands under a heading, in the record's order."""
    drafted = DraftedCriteria()
    _add_age(drafting, drafted)
    _add_sex(drafting, drafted)
    infections = known_infections(drafting)
    text = drafting.section.eligibility_module.eligibility_criteria or ""
    for item in read_criteria(text).criteria:
        _add_text(drafting, drafted, item, infections)
    return drafted


@cache
def infection_names() -> tuple[str, ...]:
    """Abbreviations of infections and of infection tests, as they are usually written."""
    text = files("armlet.registry").joinpath("data/infection_markers.csv").read_text(encoding="utf-8")
    return tuple(row["term"] for row in csv.DictReader(text.splitlines()))


def known_infections(drafting: Drafting) -> dict[str, str]:
    """Names of infections that may stand in a panel, in small letters; offered corrections among them, as offers."""
    names = {term.casefold(): term for term in infection_names()}
    return {**names, **{offer.as_written.casefold(): offer.offered for offer in drafting.reading.offers}}


# --- Age and sex ------------------------------------------------------------------------------------------------------


def read_age(words: str) -> Quantity | None:
    """``30 Years`` or ``6 Months``; None for any other unit, which no completed year or month can be compared with."""
    match = _AGE.fullmatch(words)
    return Quantity.parse(f"{match[1]} {'a' if match[2].casefold() == 'year' else 'mo'}") if match else None


def _add_age(drafting: Drafting, drafted: DraftedCriteria) -> None:
    eligibility = drafting.section.eligibility_module
    stated = {"minimumAge": eligibility.minimum_age, "maximumAge": eligibility.maximum_age}
    read = {name: read_age(words) for name, words in stated.items() if words}
    limits = {name: age for name, age in read.items() if age is not None}
    for name, age in read.items():
        if age is None:
            _add_unreadable_age(drafting, drafted, name, stated[name] or "")
    if not limits:
        return
    measure = AGE_IN_MONTHS if any(age.unit == "mo" for age in limits.values()) else AGE
    rules = {
        name: age_rule(Comparison.AT_LEAST if name == "minimumAge" else Comparison.AT_MOST, age, measure)
        for name, age in limits.items()
    }
    rule: Rule = next(iter(rules.values())) if len(rules) == 1 else All(all=tuple(rules.values()))
    words = " to ".join(str(stated[name]) for name in limits)
    text = words if len(limits) == 2 else f"{'at least' if 'minimumAge' in limits else 'at most'} {words}"
    ask = ["age_limits"] if "maximumAge" in limits else []
    source = drafting.source(*(f"{_ELIGIBILITY}.{name}" for name in limits), ask=ask, because=_LEFT_OPEN)
    drafted.measures[measure.id] = measure
    criterion = Criterion(id="age_limits", kind=CriterionKind.INCLUSION, says=text, source=source, rule=rule)
    drafted.add(criterion, text, computable=True)


def _add_unreadable_age(drafting: Drafting, drafted: DraftedCriteria, name: str, words: str) -> None:
    text = f"{'at least' if name == 'minimumAge' else 'at most'} {words}"
    question = drafting.asked.ask("age_unreadable", words=text)
    source = drafting.source(f"{_ELIGIBILITY}.{name}", ask=[question])
    _add_judged(drafting, drafted, text, CriterionKind.INCLUSION, source)


def _add_sex(drafting: Drafting, drafted: DraftedCriteria) -> None:
    sex = drafting.section.eligibility_module.sex
    if sex in {None, Sex.ALL}:
        return
    assert sex is not None  # said by the line above
    drafted.measures[SEX.id] = SEX
    text = f"{sex.value.lower()} only"
    source = drafting.source(f"{_ELIGIBILITY}.sex")
    rule = code_rule(SEX, sex.value.lower())
    criterion = Criterion(id="sex_allowed", kind=CriterionKind.INCLUSION, says=text, source=source, rule=rule)
    drafted.add(criterion, text, computable=True)


# --- Criteria in prose ------------------------------------------------------------------------------------------------


def _add_text(drafting: Drafting, drafted: DraftedCriteria, item: CriterionText, infections: Mapping[str, str]) -> None:
    text = " ".join(item.text.split())
    if _NOTHING.fullmatch(text):
        return
    stated = (Stated(where=_PLACE, words=text),)
    reading = _reconciled(read_item(item, infections), drafted)
    rule = reading.rule
    if rule is None:
        _add_judged(drafting, drafted, text, item.kind, Source(stated=stated), reading)
        return
    names = {measure.id for measure in reading.measures}
    criterion_id = unique(slug(text), drafted.taken() | names)
    asked = [
        drafting.asked.ask(_DOUBT_TEMPLATES[d], criterion_id, words=text) for d in reading.doubts if d not in _ALONE
    ]
    asked += [drafting.asked.ask(_ALONE[doubt]) for doubt in reading.doubts if doubt in _ALONE]
    if not reading.is_computable:
        asked.append(drafting.asked.ask("judged", criterion_id, words=text))
    asked += _spelling_questions(drafting, text)
    for measure in reading.measures:
        drafted.measures.setdefault(measure.id, measure)
    source = Source(stated=stated, assumed=drafting.assumed(*asked, because=_LEFT_OPEN))
    named = _with_free_names(rule, drafted.taken() | {criterion_id} | names)
    criterion = Criterion(id=criterion_id, kind=item.kind, says=text, source=source, rule=named)
    drafted.add(criterion, text, computable=reading.is_computable, reading=reading)


def read_item(item: CriterionText, infections: Mapping[str, str]) -> ReadCriterion:
    """How the criterion reads; one that a line above may govern is left to a person, whatever it says by itself."""
    reading = read_criterion(item.text, item.kind, infections)
    if item.under is None:
        return reading
    why = WhyJudged(Reason.NESTED, 0, 0, item.under)
    return ReadCriterion(reading.text, why_judged=(why,))


def _with_free_names(rule: Rule, taken: set[str]) -> Rule:
    """The rule with every judgement in it under a name that nothing else has."""
    match rule:
        case Judgement():
            name = unique(rule.judgement.id, taken)
            taken.add(name)
            return Judgement(judgement=rule.judgement.model_copy(update={"id": name}))
        case All():
            return All(all=tuple(_with_free_names(part, taken) for part in rule.all))
        case AnyOf():
            return AnyOf(any=tuple(_with_free_names(part, taken) for part in rule.any))
        case _:
            return rule


def _reconciled(read: ReadCriterion, drafted: DraftedCriteria) -> ReadCriterion:
    """Nothing to compute where another criterion knows the same measure in another way than this one needs it."""
    for measure in read.measures:
        known = drafted.measures.get(measure.id)
        if known is not None and known != measure and not _convertible(known, measure):
            why = WhyJudged(Reason.UNIT_UNKNOWN, 0, len(read.text), read.text)
            return ReadCriterion(read.text, why_judged=(why,))
    return read


def _convertible(known: Measure, measure: Measure) -> bool:
    """Whether a value of the one answers for the other: the same kind, label and codes, and units of one dimension."""
    same = known.model_copy(update={"unit": measure.unit, "molar_mass": measure.molar_mass})
    if same != measure or known.unit is None or measure.unit is None:
        return same == measure
    if known.whole is not None or "{" in f"{known.unit}{measure.unit}":
        return known.unit == measure.unit
    try:
        Quantity.parse(f"1 {measure.unit}").to(known.unit, known.molar_mass)
    except UnitError:
        return False
    return True


def _spelling_questions(drafting: Drafting, text: str) -> list[str]:
    offers = [offer for offer in drafting.reading.offers if offer.as_written in text]
    return [
        drafting.asked.ask(
            "spelling",
            re.sub(r"[^a-z0-9]+", "_", offer.as_written.casefold()).strip("_"),
            words=offer.as_written,
            offered=offer.offered,
            because=offer.because,
        )
        for offer in offers
    ]


def _add_judged(
    drafting: Drafting,
    drafted: DraftedCriteria,
    text: str,
    kind: CriterionKind,
    source: Source,
    reading: ReadCriterion | None = None,
) -> None:
    """A criterion for a person; its question says what is unclear, where more is unclear than who judges."""
    criterion_id = unique(slug(text), drafted.taken())
    name = unique(f"{criterion_id[:53]}_judged", drafted.taken())
    if source.assumed is None:
        template = "unit_is_rate" if is_rate_for_area(text) else "judged"
        asked = [drafting.asked.ask(template, criterion_id, words=text)]
        if is_insulin_secretion(text):
            asked.append("analyte")
        asked += _spelling_questions(drafting, text)
        because = "what it means is not stated in the record" if template == "unit_is_rate" else _WHO_JUDGES
        source = source.model_copy(update={"assumed": drafting.assumed(*asked, because=because)})
    rule = Judgement(
        judgement=Question(id=name, question=f"Does this hold: {text.rstrip(' .;,')}?", by=Role.INVESTIGATOR.value)
    )
    criterion = Criterion(id=criterion_id, kind=kind, says=text, source=source, rule=rule)
    drafted.add(criterion, text, computable=False, reading=reading)


# --- Population and consent -------------------------------------------------------------------------------------------


def draft_population(drafting: Drafting) -> Population:
    """Who may take part by the registry's own fields; the criteria decide."""
    eligibility, conditions = drafting.section.eligibility_module, drafting.section.conditions_module.conditions
    asked = []
    if not conditions:
        asked.append(drafting.asked.ask("condition"))
    if eligibility.sex is None:
        asked.append(drafting.asked.ask("population_sex"))
    if eligibility.healthy_volunteers is None:
        asked.append(drafting.asked.ask("healthy_volunteers"))
    places = (f"{_ELIGIBILITY}.{name}" for name in ("sex", "minimumAge", "maximumAge", "stdAges", "healthyVolunteers"))
    return Population(
        source=drafting.source("conditionsModule.conditions", *places, ask=asked),
        condition=", ".join(conditions) or NOT_STATED,
        sex=_sex(eligibility.sex),
        minimum_age=read_age(eligibility.minimum_age or ""),
        maximum_age=read_age(eligibility.maximum_age or ""),
        healthy_volunteers=bool(eligibility.healthy_volunteers),
    )


def _sex(sex: Sex | None) -> Literal["all", "female", "male"]:
    match sex:
        case Sex.FEMALE:
            return "female"
        case Sex.MALE:
            return "male"
        case _:
            return "all"


def draft_consents(drafting: Drafting, drafted: DraftedCriteria) -> tuple[ConsentForm, ...]:
    """The participant's consent, and the treating physician's where a criterion asks for it."""
    text = (drafting.section.eligibility_module.eligibility_criteria or "").casefold()
    others = re.findall(r"\bparents?\b|\bguardians?\b|\brepresentatives?\b|\bassent\b|\btreating physician\b", text)
    why = "The record does not mention consent, and nothing may be done without it."
    if "consent" in text:
        who = f" and speaks of {', '.join(dict.fromkeys(others))}" if others else ""
        why = f"The record asks for consent{who}; it gives no version and no extent."
    question = drafting.asked.ask("consent_forms", words=why)
    forms = [_consent(drafting, drafted, PARTICIPANT_CONSENT, Role.PARTICIPANT, question)]
    if PHYSICIAN_CONSENT.id in drafted.measures:
        forms.append(_consent(drafting, drafted, PHYSICIAN_CONSENT, Role.TREATING_PHYSICIAN, question))
    return tuple(forms)


def _consent(drafting: Drafting, drafted: DraftedCriteria, measure: Measure, role: Role, question: str) -> ConsentForm:
    asking = [item for item in drafted.criteria if measures_of(item.rule) == {measure.id}]
    stated = tuple(one for item in asking for one in item.source.stated)
    return ConsentForm(
        id=f"{measure.id}_form",
        source=Source(
            stated=stated, assumed=drafting.assumed(question, because="" if not stated else "no version is stated")
        ),
        label=measure.label,
        by=role,
        version=NOT_STATED,
        measure=measure.id if asking else None,
    )
