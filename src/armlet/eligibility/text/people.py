"""Consent, sex, pregnancy and tests for infections: what is asked of nearly everybody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from armlet.eligibility.text.measures import (
    ABLE,
    CONTRACEPTION,
    NURSING,
    PARTICIPANT_CONSENT,
    PHYSICIAN_CONSENT,
    PLANS_PREGNANCY,
    PREGNANCY_TEST,
    PREGNANT,
    REPRESENTATIVE_CONSENT,
    SEX,
    code_rule,
    infection_test,
)
from armlet.eligibility.text.parts import Part, Words, excepted, joined, leaf, negated
from armlet.eligibility.text.reading import Doubt
from armlet.protocol.criteria import Measure, MeasureIs

_FORM: Final = r"informed[\s-]+consent(?:\s+(?:form|document))?(?:\s*\((?:ICF|IC)\))?|consent(?:\s+form)?"
_HOW: Final = (
    r"(?:(?:signed|written|voluntary|voluntarily|dated|personally|free|freely|their|an?|the|and|has|have|been|"
    r"(?:patient|participant|subject)'s)\s*,?\s+)*"
)
_WHOSE: Final = r"(?:\s+(?:of|from|by)\s+(?:the\s+)?(?:patient|participant|subject)s?)?"
_GIVEN: Final = (
    r"(?:(?:has|have|having|must|to|been|and|voluntarily)\s+)*(?:provided?|provides|given?|gives?|gave|sign(?:ed|s)?|"
    r"obtained|dated?|provision of|signature of)"
)
_REPRESENTATIVE: Final = (
    r"\s+(?:(?:of|from|by)\s+(?:the\s+)?(?:patient|participant|subject)s?\s*)?or\s+(?:(?:of|from|by|"
    r"their|the|his/her|patient's|a)\s+)*"
    r"(?:legally\s+(?:authorized|authorised|acceptable)|legal)\s+(?:representative|guardian)s?"
)
_CONSENT: Final = re.compile(
    rf"(?:{_GIVEN}\s+)?(?:{_GIVEN}\s+)?{_HOW}(?:{_FORM}){_WHOSE}(?:\s+(?:is\s+|was\s+|must\s+be\s+|"
    rf"has been\s+)?(?:obtained|given|signed|provided))?{_WHOSE}(?P<other>{_REPRESENTATIVE})?",
    re.IGNORECASE,
)
_PHYSICIAN: Final = re.compile(
    r"(?:the\s+)?(?:informed )?consent (?:of|from|by) (?:the )?treating physician|"
    r"(?:the )?treating physician's consent",
    re.IGNORECASE,
)
_TRIAL: Final = r"(?:(?:any|the|this|all)\s+)*(?:study|trial|research)"
_TO_WHAT: Final = re.compile(
    rf"\s*,?\s+(?:(?:to|for)\s+(?:participat(?:e|ion)|taking\s+part|take\s+part)(?:\s+in\s+{_TRIAL})?|"
    rf"(?:prior\s+to|before)\s+(?:(?:undergoing|performing|initiation\s+of|the\s+initiation\s+of)\s+)?{_TRIAL}"
    r"(?:[\s-]+(?:specific|related))?(?:\s+(?:procedures?|activit(?:y|ies)|assessments?))"
    r"(?:\s+(?:is|are)\s+performed)?)$",
    re.IGNORECASE,
)
"""That the consent is to this trial and comes first, as every consent: it adds nothing to what is asked."""


def read_consent(words: Words) -> Part | None:
    """A consent that is given; whether somebody is able or willing is judged."""
    if _PHYSICIAN.fullmatch(words.text):
        return _is(PHYSICIAN_CONSENT, words)
    match = _CONSENT.fullmatch(words.text) or _CONSENT.fullmatch(words.before(_TO_WHAT).text)
    if match is None:
        return None
    own = _is(PARTICIPANT_CONSENT, words)
    return joined([own, _is(REPRESENTATIVE_CONSENT, words)], every=False) if match["other"] else own


def _is(measure: Measure, words: Words) -> Part:
    return leaf(MeasureIs(measure=measure.id), words, measure)


# --- Sex ------------------------------------------------------------------------------------------------------------

_MALE: Final = r"(?:males?|men|boys)"
_FEMALE: Final = r"(?:females?|women|girls)"
_PEOPLE: Final = r"(?:\s+(?:patients?|participants?|subjects?|individuals|volunteers|adults?|sex|gender))?"
_BOTH: Final = re.compile(
    rf"(?:both\s+|either\s+|adult\s+)?(?:{_MALE}{_PEOPLE}\s*(?:or|and|/|&|and/or)\s*{_FEMALE}|"
    rf"{_FEMALE}{_PEOPLE}\s*(?:or|and|/|&|and/or)\s*{_MALE}){_PEOPLE}"
    r"|(?:(?:patients?|participants?|subjects?|adults?)\s+)?(?:of\s+)?(?:both|either|"
    r"any)\s+(?:sex(?:es)?|genders?)|both\s+(?:sexes|genders)",
    re.IGNORECASE,
)
_ONE: Final = re.compile(
    rf"(?:(?P<male>{_MALE})|(?P<female>{_FEMALE})){_PEOPLE}(?:\s+only)?|(?P<m>male)\s+(?:sex|gender)|"
    rf"(?P<f>female)\s+(?:sex|gender)",
    re.IGNORECASE,
)


def open_with_sex(words: Words) -> tuple[Part | None, Words]:
    """The sex that the words open with, if any, and the words after it."""
    for pattern in (_BOTH, _ONE):
        match = pattern.match(words.text)
        if (
            match
            and not words.text[match.end() : match.end() + 1].isalnum()
            and words.text[match.end() : match.end() + 1] not in {"-", "'"}
        ):
            source = words.cut(0, match.end()).trimmed()
            return _sex_part(match if pattern is _ONE else None, source), words.cut(match.end()).trimmed()
    return None, words


_ANY_SEX: Final = re.compile(
    rf"\s*[,;(]?\s*(?:(?P<said>{_BOTH.pattern})|(?:regardless|irrespective)\s+of\s+(?:sex|gender)|"
    r"(?:sex|gender)(?:\s+is)?\s+(?:not|un)\s*-?limited|(?:of\s+)?all\s+(?:sexes|genders))\s*\)?$",
    re.IGNORECASE,
)


def end_with_sex(words: Words) -> tuple[Words, Part | None]:
    """The words before ``male or female`` or ``either sex`` at their end, and that as a rule; None where they end so not."""
    match = _ANY_SEX.search(words.text)
    if match is None or match.start() == 0:
        return words, None
    return words.cut(0, match.start()).trimmed(), _sex_part(None, words.cut(match.start(), match.end()).trimmed())


def _sex_part(one: re.Match[str] | None, words: Words) -> Part:
    if one is None:
        return leaf(code_rule(SEX, "female", "male"), words, SEX)
    return leaf(code_rule(SEX, "male" if one["male"] or one["m"] else "female"), words, SEX)


# --- Pregnancy ------------------------------------------------------------------------------------------------------

_WOMEN: Final = (
    r"(?:(?:any|known|current(?:ly)?|patients?|participants?|subjects?|women|females?|mothers?|who\s+(?:are|"
    r"is)|that\s+are|being|are|is|either)\s+)*"
)
_WOMEN_AFTER: Final = r"(?:\s+(?:women|females?|patients?|subjects?|participants?|mothers?|woman|status))?"
_ITEMS: Final = {
    PREGNANT.id:(
        r"pregnant|pregnancy|pregnancies|gravidity|gravid|known\s+pregnancy|currently\s+pregnant|"
        r"current\s+pregnancy"
    ),
    NURSING.id: (
        r"(?:current(?:ly)?\s+)?(?:nursing|lactating|lactation|breast[-\s]?feeding|"
        r"breast[-\s]?feed)(?:\s+(?:an?\s+)?(?:infant|child|baby))?"
    ),
    PLANS_PREGNANCY.id: (
        r"(?:planning|plans?|intending|intends?|wishing|wish|trying|intention|desire|desiring|"
        r"attempting|seeking)\s+(?:to\s+(?:become\s+|be\s+|get\s+)?|on\s+becoming\s+|of\s+becoming\s+|"
        r"a\s+)?"
        r"(?:pregnant|conceive|pregnancy)(?:\s+(?:during|within|in|"
        r"over)\s+(?:the\s+)?(?:course\s+of\s+the\s+|duration\s+of\s+the\s+)?(?:study|"
        r"trial)(?:\s+period)?)?"
    ),
}  # fmt: skip
_ITEM: Final = re.compile(
    rf"(?:{_WOMEN})(?:{'|'.join(f'(?P<{name}>{pattern})' for name, pattern in _ITEMS.items())}){_WOMEN_AFTER}",
    re.IGNORECASE,
)
_BETWEEN: Final = re.compile(
    r"\s*(?:,\s*(?:and/or|and|or)\s+|,|;|/|\band/or\b|\band\b|\bor\b)\s*(?:(?:are|is|be)\s+)?", re.IGNORECASE
)
_MEASURES: Final = {measure.id: measure for measure in (PREGNANT, NURSING, PLANS_PREGNANCY)}
_CHILDBEARING: Final = re.compile(
    r"(?:women|females)\s+(?:who are\s+)?(?:physiologically\s+)?"
    r"(?:capable of becoming pregnant|able to become pregnant|of child-?\s?bearing potential),?\s+unless\s+"
    r"(?:they\s+are\s+|they\s+)?(?:using|use)\s+(?:an?\s+)?(?:highly\s+)?effective\s+(?:methods?\s+of\s+)?contraception"
    r"(?:\s+during\s+(?:the\s+)?(?:study|trial))?",
    re.IGNORECASE,
)
_TEST: Final = re.compile(
    r"(?P<lead>(?:(?:women|females?|patients|"
    r"subjects)\s+with\s+)?(?:an?\s+)?)?(?:(?:positive)\s+(?:serum\s+|urine\s+|"
    r"serum\s+or\s+urine\s+)?pregnancy\s+test|pregnancy\s+test\s+positive)",
    re.IGNORECASE,
)


_NEGATIVE: Final = re.compile(
    r"(?:(?P<able>(?:women|females?)(?:\s+(?:patients?|subjects?|participants?))?\s+(?:of|"
    r"with)\s+child-?\s?bearing\s+potential"
    r"(?:\s*\(WOCBP\))?)|(?:women|females?)(?:\s+(?:patients?|subjects?|participants?))?)?\s*"
    r"(?:(?:must|should|with|have|has|a|an)\s+)*negative\s+(?:(?:serum|urine|blood|or|"
    r"and/or)\s+)*pregnancy\s+test(?:\s+results?)?",
    re.IGNORECASE,
)


def read_negative_test(words: Words) -> Part | None:
    """A negative pregnancy test, which men are not asked for, nor women who cannot become pregnant where it says so."""
    match = _NEGATIVE.fullmatch(words.text)
    if match is None:
        return None
    parts = [
        leaf(code_rule(SEX, "male"), words, SEX),
        leaf(code_rule(PREGNANCY_TEST, "negative"), words, PREGNANCY_TEST),
    ]
    if match["able"]:
        parts.insert(1, negated(_is(ABLE, words.cut(*match.span("able")))))
    return joined(parts, every=False)


def read_pregnancy(words: Words) -> Part | None:
    """Pregnancy, nursing and plans of it: any of them in a woman. Men are asked none of it, and meet none of it."""
    clauses = _clauses(words)
    parts: list[Part] = []
    for clause in clauses:
        found = _read_clause(clause)
        if found is None:
            return None
        parts += found
    if not parts:
        return None
    female = leaf(code_rule(SEX, "female"), words, SEX)
    return joined([female, joined(parts, every=False)], every=True)


_NEXT_WOMEN: Final = re.compile(r",\s*(?:or|and)\s+(?=women|females)", re.IGNORECASE)


def _clauses(words: Words) -> list[Words]:
    starts = [0, *(match.end() for match in _NEXT_WOMEN.finditer(words.text))]
    ends = [*(match.start() for match in _NEXT_WOMEN.finditer(words.text)), len(words.text)]
    return [words.cut(start, end).trimmed() for start, end in zip(starts, ends, strict=True)]


def _read_clause(clause: Words) -> list[Part] | None:
    if _CHILDBEARING.fullmatch(clause.text):
        return [excepted(_is(ABLE, clause), _is(CONTRACEPTION, clause)).doubted(Doubt.CONTRACEPTION)]
    parts: list[Part] = []
    at = 0
    while True:
        if test := _TEST.match(clause.text, at):
            source = clause.cut(at, test.end()).trimmed()
            parts.append(leaf(code_rule(PREGNANCY_TEST, "positive"), source, PREGNANCY_TEST))
            end = test.end()
        elif item := _ITEM.match(clause.text, at):
            parts.append(_is(_MEASURES[str(item.lastgroup)], clause.cut(at, item.end()).trimmed()))
            end = item.end()
        else:
            return None
        if end == len(clause.text):
            return parts
        sign = _BETWEEN.match(clause.text, end)
        if sign is None or sign.end() == end:
            return None
        at = sign.end()


_NOT_PREGNANT: Final = re.compile(
    rf"(?:an?\s+)?(?:adult\s+)?{_MALE}\s*(?:,?\s*(?:and|or)\s+|/\s*)non[-\s]?pregnant"
    r"(?P<nursing>\s*(?:,\s*(?:and\s+|or\s+)?|\s(?:and|or)\s+)non[-\s]?(?:lactating|nursing|breast[-\s]?feeding))?\s+"
    rf"{_FEMALE}{_PEOPLE}\b",
    re.IGNORECASE,
)


def open_with_not_pregnant(words: Words) -> tuple[Part | None, Words]:
    """``males or non-pregnant females`` that the words open with: whoever is no pregnant woman; and the words after it."""
    match = _NOT_PREGNANT.match(words.text)
    if match is None:
        return None, words
    source = words.cut(0, match.end()).trimmed()
    asked = [PREGNANT, NURSING] if match["nursing"] else [PREGNANT]
    either = joined([_is(measure, source) for measure in asked], every=False)
    female = leaf(code_rule(SEX, "female"), source, SEX)
    return negated(joined([female, either], every=True)), words.cut(match.end()).trimmed()


# --- Infections -----------------------------------------------------------------------------------------------------

_PANEL: Final = re.compile(
    r"(?:known\s+)?(?:an?\s+)?(?:(?:test\w*\s+|sero)?positive\s+(?:for|(?:blood\s+)?(?:tests?|screen(?:ing)?|serology|"
    r"results?)\s+for)\s+(?P<after>.+)"
    r"|positive\s+(?P<inside>.+?)\s+(?:tests?|serology|status|serum\s+reaction)"
    r"|(?P<before>.+?)(?:\s+|-)(?:sero-?)?positiv(?:e|ity)(?:\s+(?:patients?|status|serology|test))?)",
    re.IGNORECASE,
)
_LIST: Final = re.compile(r"\s*(?:,\s*(?:and/or|and|or)\s+|,|/|\band/or\b|\band\b|\bor\b)\s*", re.IGNORECASE)


def read_panel(words: Words, infections: Mapping[str, str]) -> Part | None:
    """One of the infections given (in small letters, each with the label of its test) is positive."""
    match = _PANEL.fullmatch(words.text)
    if match is None:
        return None
    slot = "after" if match["after"] else "inside" if match["inside"] else "before"
    parts = _tests(words.cut(*match.span(slot)), infections, "positive")
    return None if parts is None else joined(parts, every=False).doubted(Doubt.WHICH_TEST)


_NEGATIVES: Final = re.compile(
    r"(?:(?:test\w*\s+|sero)?negative\s+(?:for|(?:blood\s+)?(?:tests?|screen(?:ing)?|serology|results?)\s+for)\s+"
    r"(?P<after>.+)|(?P<before>.+?)(?:\s+|-)(?:sero-?)?negativ(?:e|ity)(?:\s+(?:patients?|status|serology|test))?)",
    re.IGNORECASE,
)
_OR: Final = re.compile(r"\bor\b|/", re.IGNORECASE)


def read_negative_panel(words: Words, infections: Mapping[str, str]) -> Part | None:
    """Each of the infections given is negative; with ``or`` between them it is not certain that all must be."""
    match = _NEGATIVES.fullmatch(words.text)
    if match is None:
        return None
    slot = "after" if match["after"] else "before"
    parts = None if _OR.search(match[slot]) else _tests(words.cut(*match.span(slot)), infections, "negative")
    return None if parts is None else joined(parts, every=True).doubted(Doubt.WHICH_TEST)


_LONG_NAMES: Final = {
    "human immunodeficiency virus": "hiv", "hepatitis b virus": "hbv", "hepatitis c virus": "hcv",
    "hepatitis b surface antigen": "hbsag", "cytomegalovirus": "cmv",
}  # fmt: skip
_SHORT_BEHIND: Final = re.compile(r"(?P<long>[^()]+?)\s*\((?P<short>[^()]+)\)")


def _tests(listed: Words, infections: Mapping[str, str], code: str) -> list[Part] | None:
    """A test for each of the infections, once each; None where a name is not known."""
    parts, at = [], 0
    for name in _LIST.split(listed.text):
        label = infections.get(_short_name(name))
        if label is None:
            return None
        at = listed.text.index(name, at)
        test = infection_test(label)
        parts.append(leaf(code_rule(test, code), listed.cut(at, at + len(name)).trimmed(), test))
        at += len(name)
    return list({part.measures[0].id: part for part in parts}.values())


def _short_name(name: str) -> str:
    """``human immunodeficiency virus (HIV)`` as ``hiv``; where the two are not one, what no infection is called."""
    plain = " ".join(name.casefold().split())
    match = _SHORT_BEHIND.fullmatch(plain)
    if match is None:
        return _LONG_NAMES.get(plain, plain)
    return match["short"] if _LONG_NAMES.get(match["long"]) == match["short"] else plain
