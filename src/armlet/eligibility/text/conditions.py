"""Diagnoses, events and treatments, now, ever, or within a time before the reference date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from armlet.eligibility.text.amounts import NUMBER_WORDS
from armlet.eligibility.text.lexicon import ConditionTerm, condition_terms, key_of, term_by_last_word
from armlet.eligibility.text.measures import DIAGNOSIS_DATE, dated, slug, yes_no
from armlet.eligibility.text.parts import Part, Unread, Words, joined, leaf
from armlet.eligibility.text.reading import Doubt, Reason
from armlet.protocol.criteria import Measure, MeasureIs, Within, WithinOf
from armlet.studytime import Duration

# --- Times ----------------------------------------------------------------------------------------------------------

_AMOUNT: Final = (
    rf"(?P<number>[0-9]{{1,3}}|{'|'.join(NUMBER_WORDS)})(?:\s*\((?P<again>[0-9]+)\))?[\s-]*(?P<unit>day|week|"
    rf"month|year|yr|wk)s?"
)
_PLAIN: Final = re.compile(rf"\s*[,(]?\s*within\s+{_AMOUNT}\s*\)?$", re.IGNORECASE)
"""A time that does not say of what: the past, where it stands behind what has happened."""
_ONE: Final = r"(?P<one>(?:the\s+)?(?:last|past|previous|preceding)\s+(?P<single>week|month|year))"
_MOMENT: Final = (
    r"(?:(?:the|study|trial|their|signing(?:\s+of)?|date\s+of|time\s+of|day\s+of|start\s+of|"
    r"beginning\s+of|initiation\s+of|informed|visit|first)\s+)*"
    r"(?:screening(?:\s+visit)?|enrol\w*|inclusion|entry|randomi[sz]ation|consent|baseline(?:\s+visit)?|"
    r"registration|study|trial|visit\s+1|day\s+[01]"
    r"|(?:dose|administration)(?:\s+of\s+(?:the\s+)?(?:study|trial)\s+(?:drug|medication|treatment|"
    r"product|intervention))?"
    r"|(?:study|trial)\s+(?:drug|treatment|medication)(?:\s+administration)?)"
)
_BEFORE: Final = rf"(?:\s+(?:before|prior\s+to|preceding|of|from)\s+{_MOMENT})"
_WITHIN: Final = re.compile(
    rf"\s*[,(]?\s*(?:(?:within|in|during|over)\s+(?:the\s+)?(?:last|past|previous|preceding|"
    rf"prior)\s+{_AMOUNT}{_BEFORE}?"
    rf"|within\s+{_AMOUNT.replace('number>', 'number2>').replace('again>', 'again2>').replace('unit>', 'unit2>')}"
    rf"{_BEFORE}|(?:within|in|during|over)\s+{_ONE}{_BEFORE}?)\s*\)?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Ago:
    """At most so long before the reference date, and the words that say so."""

    span: Duration
    words: Words
    is_past: bool = True


def split_time(words: Words) -> tuple[Words, Ago | None]:
    """The words without the time that ends them, and that time."""
    match = _WITHIN.search(words.text) or _PLAIN.search(words.text)
    if match is None or match.start() == 0:
        return words, None
    source = words.cut(match.start(), match.end())
    found = match.groupdict()
    number = found["number"] or found.get("number2") or "one"
    unit = found["unit"] or found.get("unit2") or found["single"]
    again = found["again"] or found.get("again2")
    if again and NUMBER_WORDS.get(number.casefold(), number) not in {int(again), again}:
        raise Unread(Reason.EQUIVALENT_DIFFERS, source)
    is_past = match.re is _WITHIN
    return words.cut(0, match.start()).trimmed(), Ago(read_duration(number, unit), source, is_past)


def read_duration(number: str, unit: str) -> Duration:
    """``three``, ``week`` as a calendar duration; the unit is day, week, month or year in the singular."""
    count = NUMBER_WORDS.get(number.casefold()) or int(number)
    match unit.casefold():
        case "year" | "yr":
            return Duration(months=12 * count)
        case "month":
            return Duration(months=count)
        case "week" | "wk":
            return Duration(days=7 * count)
        case _:
            return Duration(days=count)


# --- Time since the diagnosis -----------------------------------------------------------------------------------------

_WHO: Final = r"(?:(?:patients?|participants?|subjects?|people|persons?)\s+)?"
_SPAN: Final = (
    rf"(?P<number>[0-9]{{1,3}}|{'|'.join(NUMBER_WORDS)})(?:\s*\([0-9]+\))?[\s-]*(?P<unit>day|week|month|year)s?"
)
_AT_MOST: Final = r"(?:within|at most|no more than|not more than|a maximum of)"
_TO_NOW: Final = (
    r"(?:(?:before|prior to)\s+(?:the\s+|study\s+|trial\s+)*(?:enrol\w*|inclusion|screening|"
    r"randomi[sz]ation|consent)|ago)"
)
_DISEASE: Final = r"(?:\s+(?:of|with)\s+(?P<disease>[\w\s'-]{1,60}?))?"
_SINCE: Final = (
    re.compile(
        rf"{_WHO}within\s+{_SPAN}\s+(?:of|after|from|since)\s+(?:the\s+|initial\s+)*diagnosis{_DISEASE}", re.IGNORECASE
    ),
    re.compile(
        rf"{_WHO}diagnos(?:ed|is){_DISEASE}(?:\s+(?:was\s+)?(?:performed|made))?\s+{_AT_MOST}\s+{_SPAN}\s+{_TO_NOW}",
        re.IGNORECASE,
    ),
    re.compile(rf"(?P<disease>[\w\s'-]{{1,60}}?)\s+diagnosed\s+{_AT_MOST}\s+{_SPAN}\s+{_TO_NOW}", re.IGNORECASE),
)


def read_diagnosis_date(words: Words) -> Part | None:
    """A diagnosis that is at most so old; the disease must be one that is known."""
    for pattern in _SINCE:
        match = pattern.fullmatch(words.text)
        if match is None:
            continue
        disease = match["disease"]
        term = condition_terms().get(key_of(disease)) if disease else None
        if disease and term is None:
            raise Unread(Reason.WORDS_UNKNOWN, words.cut(*match.span("disease")))
        label = f"date of the diagnosis of {term.label}" if term else DIAGNOSIS_DATE.label
        measure = dated(DIAGNOSIS_DATE.id, label)
        span = read_duration(match["number"], match["unit"])
        return leaf(
            Within(within=WithinOf(measure=measure.id, at_most=span)), words, measure, doubts=(Doubt.FROM_WHEN,)
        )
    return None


# --- Conditions -------------------------------------------------------------------------------------------------------

# Words that add nothing: what nobody knows of cannot be answered, and a diagnosis that is made is a diagnosis.
_EMPTY: Final = re.compile(
    r"(?:(?:an?|the|any|known|documented|established|confirmed|diagnosed(?:\s+with)?|(?:clinical\s+|"
    r"confirmed\s+|current\s+)?diagnosis\s+of|presence\s+of|current(?:ly)?|having|has|have|with|"
    r"existing|pre-?existing|concurrent|concomitant)\s+)+",
    re.IGNORECASE,
)
_EVER: Final = re.compile(
    r"(?:an?\s+)?(?:(?:known|documented|any|medical|personal|past|previous|"
    r"prior)\s+)*history\s+of\s+(?:an?\s+|any\s+)?|(?:prior|previous|past|"
    r"previously\s+had)\s+(?:history\s+of\s+)?",
    re.IGNORECASE,
)
_EVER_OR_NOW: Final = re.compile(
    r"(?:(?:any|known)\s+)?(?:(?:current|present|presence|existing)\s+(?:or|and/or)\s+(?:past|previous|"
    r"prior)?\s*(?:history\s+of)?|(?:past|previous|prior|history)\s+(?:of\s+)?(?:or|"
    r"and/or)\s+(?:current|present|presence\s+of|existing)"
    r"|history\s+(?:or|and/or)\s+(?:presence|current\s+diagnosis|diagnosis)\s+of)(?:\s+diagnosis\s+of|\s+of)?\s+",
    re.IGNORECASE,
)
_FAMILY: Final = re.compile(r"family\s+history\s+of\s+", re.IGNORECASE)
_STATE: Final = re.compile(r"(?P<state>active|chronic|acute|recurrent|untreated|newly diagnosed)\s+", re.IGNORECASE)
_ALIAS: Final = re.compile(r"^(?P<name>.+?)\s*\((?P<alias>[\w\s/.-]{1,40})\)$")


def read_condition(words: Words) -> Part | None:
    """One condition, event or treatment; None where its name is not known."""
    bare, ago = split_time(words)
    stripped = bare.after(_EMPTY)
    for opened, pattern, now in ((bare, _EVER_OR_NOW, True), (bare, _EVER, False), (stripped, _EVER, False)):
        match = pattern.match(opened.text)
        if match:
            bare = opened
            return condition_part(bare.cut(match.end()).trimmed().after(_EMPTY), words, ago, ever=True, now=now)
    bare = stripped
    if match := _FAMILY.match(bare.text):
        return _family(bare.cut(match.end()).trimmed(), words, ago)
    return condition_part(bare, words, ago, ever=False, now=True)


def _term_of(words: Words) -> tuple[str, ConditionTerm] | None:
    """The term and the state that the words name, ``active hepatitis B`` for one."""
    term = _lookup(words.text)
    if term is not None:
        return "", term
    match = _STATE.match(words.text)
    term = _lookup(words.text[match.end() :].strip()) if match else None
    if match is not None and term is not None:
        return match["state"].casefold(), term
    term = term_by_last_word(words.text)
    return None if term is None else ("", term)


_SHORTEST_PLURAL: Final = 6


def _lookup(text: str) -> ConditionTerm | None:
    known = condition_terms()
    key = key_of(text)
    found = known.get(key) or (known.get(key.removesuffix("s")) if len(key) > _SHORTEST_PLURAL else None)
    if found is None and (match := _ALIAS.match(text)):
        name, alias = known.get(key_of(match["name"])), known.get(key_of(match["alias"]))
        return name if name is not None and name == alias else None
    return found


def is_state(words: Words) -> bool:
    """Whether the words name something that somebody has, and not what happened or was done on a day."""
    found = _term_of(words)
    return found is not None and found[1].sort == "state"


def condition_part(words: Words, whole: Words, ago: Ago | None, *, ever: bool, now: bool) -> Part | None:
    """The condition that the words name exactly, in the words `whole`: now, ever, or within a time."""
    found = _term_of(words)
    if found is None:
        return None
    state, term = found
    label = f"{state} {term.label}".strip()
    if term.sort == "treatment" and not ever and ago is None:
        raise Unread(Reason.TIME, words)
    if ago is not None:
        if not ago.is_past and not ever and term.sort != "event":
            raise Unread(Reason.TIME, ago.words.trimmed())
        return _in_time(label, term, whole, ago)
    parts = []
    if now:
        parts.append(_yes(yes_no(slug(label), label, term.concept if not state else None), whole))
    if ever:
        parts.append(
            _yes(yes_no(f"history_of_{slug(label)}", f"history of {label}", term.concept if not state else None), whole)
        )
    return joined(parts, every=False)


def _in_time(label: str, term: ConditionTerm, whole: Words, ago: Ago) -> Part:
    """It happened, and the last time at most so long ago. Only what happens on a day can be dated so."""
    if term.sort == "state":
        raise Unread(Reason.TIME, ago.words.trimmed())
    return happened_within(slug(label), label, term.concept, whole, ago)


def happened_within(name: str, label: str, concept: str | None, words: Words, ago: Ago) -> Part:
    """Whether it ever happened, and that the last time is at most so long ago: who never had it needs no date."""
    ever = yes_no(f"history_of_{name}", f"history of {label}", concept)
    when = dated(f"latest_{name}_date", f"date of the latest {label}")
    within = leaf(Within(within=WithinOf(measure=when.id, at_most=ago.span)), ago.words.trimmed(), when)
    return joined([_yes(ever, words), within], every=True).doubted(Doubt.FROM_WHEN)


def _family(words: Words, whole: Words, ago: Ago | None) -> Part | None:
    found = _term_of(words)
    if found is None or ago is not None:
        return None
    label = f"family history of {found[1].label}"
    return _yes(yes_no(slug(label), label), whole) if not found[0] else None


def _yes(measure: Measure, words: Words) -> Part:
    return leaf(MeasureIs(measure=measure.id), words, measure)


# --- Allergies and what was given before ------------------------------------------------------------------------------

_THING: Final = r"(?P<thing>[A-Za-z][\w-]*(?:\s+[A-Za-z][\w-]*){0,2})"
_ALLERGY: Final = re.compile(
    rf"(?:(?:known|documented)\s+)*(?P<ever>history\s+of\s+)?(?P<what>hypersensitivity|allergy|allergies|"
    rf"allergic(?:\s+reactions?)?|intolerance)\s+to\s+{_THING}",
    re.IGNORECASE,
)
_GIVEN: Final = re.compile(rf"(?:prior|previous)\s+(?:treatment|therapy)\s+with\s+{_THING}", re.IGNORECASE)
_NO_THING: Final = frozenset({
    "and", "or", "any", "other", "study", "investigational", "the", "a", "an", "one", "of", "its", "their", "components",
    "excipients", "ingredients", "drug", "drugs", "medication", "medications", "product", "products", "agent", "agents",
    "similar", "related", "trial", "in", "for", "to", "with", "within", "at", "on", "from", "during", "who", "that", "is",
    "component", "excipient", "ingredient", "test", "device", "material", "materials", "substances", "compounds", "but",
    "requiring", "such", "as", "not", "no", "without", "before", "after", "prior", "unless", "except", "if", "by", "than",
    "all", "both", "either", "these", "this", "previous", "more", "less", "severe", "certain", "multiple", "some",
})  # fmt: skip


def read_open_term(words: Words) -> Part | None:
    """An allergy to one thing, or a treatment with it before: a question in the criterion's own words."""
    for pattern in (_ALLERGY, _GIVEN):
        match = pattern.fullmatch(words.text)
        if match is None:
            continue
        if {word.casefold() for word in match["thing"].split()} & _NO_THING:
            return None
        what = (
            f"{(match['ever'] or '').casefold()}{match['what'].casefold()}"
            if pattern is _ALLERGY
            else "prior treatment"
        )
        label = f"{what} {'to' if pattern is _ALLERGY else 'with'} {match['thing']}"
        return _yes(yes_no(slug(label), label), words)
    return None


# --- Other trials -----------------------------------------------------------------------------------------------------

_KIND: Final = (
    r"(?P<sort>(?:(?:clinical|interventional|investigational|drug|research|device|"
    r"therapeutic)\s+)*)(?:trials?|study|studies)"
)
_TRIAL: Final = re.compile(
    rf"(?P<now>(?:current(?:ly)?|concurrent(?:ly)?|simultaneous(?:ly)?|concomitant(?:ly)?|active(?:ly)?)\s+)?"
    rf"(?:participation|participating|participated|participates|participate|enrol?l?ment|enrolled|"
    rf"involvement|being\s+enrolled)\s+(?:in|into)\s+"
    rf"(?:another|any\s+other|other|an|a|any)\s+{_KIND}",
    re.IGNORECASE,
)
_OTHER: Final = re.compile(r"\b(?:another|other)\b", re.IGNORECASE)


def read_other_trial(words: Words) -> Part | None:
    """Taking part in another trial, now or within a time."""
    bare, ago = split_time(words)
    match = _TRIAL.fullmatch(bare.after(_EMPTY_TRIAL).text)
    if match is None:
        return None
    label = f"participation in another {match['sort'].casefold()}trial"
    if ago is not None and not ago.is_past:
        raise Unread(Reason.TIME, ago.words.trimmed())
    if ago is not None and not match["now"]:
        return happened_within(slug(label), label, None, words, ago)
    if ago is not None or not _OTHER.search(bare.text):
        return None
    return _yes(yes_no(slug(label), label), words)


_EMPTY_TRIAL: Final = re.compile(r"(?:(?:has|have|is|are|having|who)\s+)+", re.IGNORECASE)
