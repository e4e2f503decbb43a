"""A first, cautious reading of criterion prose: only what can hardly be misread becomes a rule.

The whole text of a criterion must have one of a few shapes; a word that no shape has room for makes it a text for a
person to judge. Nothing is read in part, no spelling is corrected, and no unit is converted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from armlet.eligibility.text.reading import Doubt, ReadCriterion
from armlet.protocol.criteria import (
    All,
    AnyOf,
    Compare,
    CompareTo,
    Comparison,
    CriterionKind,
    Measure,
    MeasureIs,
    MeasureKind,
    Rule,
    Unless,
    WhenExcept,
    Within,
    WithinOf,
)
from armlet.studytime import Duration
from armlet.units import Quantity, UnitError, parse_unit


NUMBER_WORDS: Final = {
    word: number
    for number, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), start=1
    )
}  # fmt: skip
AGE: Final = Measure(id="age", label="age in completed years", kind=MeasureKind.QUANTITY, unit="a", whole="down")
AGE_IN_MONTHS: Final = Measure(
    id="age", label="age in completed months", kind=MeasureKind.QUANTITY, unit="mo", whole="down"
)
SEX: Final = Measure(id="sex", label="sex", kind=MeasureKind.CODE, codes=("female", "male"))
DIAGNOSIS_DATE: Final = Measure(id="diagnosis_date", label="date of the diagnosis", kind=MeasureKind.DATE)
BODY_MASS_INDEX: Final = Measure(id="body_mass_index", label="body mass index", kind=MeasureKind.QUANTITY, unit="kg/m2")


def _yes_no(name: str, label: str) -> Measure:
    return Measure(id=name, label=label, kind=MeasureKind.YES_NO)


PREGNANT: Final = _yes_no("pregnant", "pregnancy")
NURSING: Final = _yes_no("nursing", "nursing")
ABLE: Final = _yes_no("able_to_become_pregnant", "able to become pregnant")
CONTRACEPTION: Final = _yes_no("effective_contraception", "effective contraception for the whole of the trial")
PARTICIPANT_CONSENT: Final = _yes_no("informed_consent", "informed consent of the participant")
PHYSICIAN_CONSENT: Final = _yes_no("treating_physician_consent", "consent of the treating physician")

_OPERATORS: Final = {
    ">=": Comparison.AT_LEAST, "≥": Comparison.AT_LEAST, "at least": Comparison.AT_LEAST,
    "<=": Comparison.AT_MOST, "≤": Comparison.AT_MOST, "at most": Comparison.AT_MOST,
    ">": Comparison.MORE, "higher than": Comparison.MORE, "greater than": Comparison.MORE,
    "more than": Comparison.MORE, "above": Comparison.MORE, "over": Comparison.MORE,
    "<": Comparison.LESS, "lower than": Comparison.LESS, "less than": Comparison.LESS, "below": Comparison.LESS,
    "under": Comparison.LESS,
}  # fmt: skip
_WHO: Final = r"(?:(?:patients?|participants?|subjects?|people|persons?)\s+)?"
_COMPARED: Final = re.compile(
    rf"{_WHO}(?:with\s+|having\s+|has\s+)?(?:an?\s+)?(?P<what>[A-Za-z][A-Za-z0-9 ()-]*?)\s*(?:\bof\s+|\bis\s+)?"
    rf"(?P<op>{'|'.join(re.escape(op) for op in sorted(_OPERATORS, key=len, reverse=True))})\s*"
    r"(?P<number>\d+(?:\.\d+)?)(?!\d)\s*(?P<unit>[A-Za-zµμ%°\[][^\s,;]*)?",
    re.IGNORECASE,
)
_NO_MEASURE: Final = frozenset({
    "and", "or", "not", "no", "any", "without", "unless", "except", "if", "than", "within", "last", "least", "prior",
    "history", "since", "before", "after", "during", "over", "duration", "expectancy", "expected", "score", "class",
    "grade", "stage", "number", "between", "change", "per", "age", "aged", "weeks", "days", "months", "years", "known",
    "either", "both", "with", "who", "have", "in", "on", "for", "women", "men", "females", "males", "female", "male",
    "children", "adults", "increase", "decrease", "loss", "gain", "rise", "fall", "reduction", "daily",
})  # fmt: skip
_MOST_WORDS: Final = 4
_AMOUNT: Final = rf"(?P<number>\d{{1,3}}|{'|'.join(NUMBER_WORDS)})(?:\s*\(\d+\))?[\s-]*(?P<unit>day|week|month|year)s?"
_AT_MOST: Final = r"(?:within|at most|no more than|not more than|a maximum of)"
_TO_NOW: Final = (
    r"(?:before|prior to)\s+(?:the\s+|study\s+|trial\s+)*(?:enrol\w*|inclusion|screening|randomi[sz]ation|consent)"
)
_DISEASE: Final = r"(?:\s+(?:of|with)\s+(?!.*\b(?:and|or|not|without|who|but|unless|except|if)\b)[\w\s-]{1,60}?)?"
_WITHIN: Final = (
    re.compile(
        rf"{_WHO}within\s+{_AMOUNT}\s+(?:of|after|from|since)\s+(?:the\s+|initial\s+)*diagnosis{_DISEASE}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"{_WHO}diagnos(?:ed|is){_DISEASE}(?:\s+(?:was\s+)?(?:performed|made))?"
        rf"\s+{_AT_MOST}\s+{_AMOUNT}\s+{_TO_NOW}",
        re.IGNORECASE,
    ),
)
_RATE: Final = re.compile(r"\d\s*[a-zµμ\[\]]+\s*/\s*[dmuµμ]?l\s*/\s*(?:h|hr|hours?|min|minutes?)\b", re.IGNORECASE)
_CUMULATED: Final = re.compile(r"reserve|secretion|area under|\bAUC", re.IGNORECASE)
_CONSENTS: Final = (
    (
        re.compile(
            r"(?:provision of )?(?:has )?"
            r"(?:signed |written |provides |voluntary |and |, )*(?:informed )?consent"
            r"(?: form)?(?: of| from| by)?(?: the)?(?: patient| participant| subject)?(?: (?:obtained|given|signed))?",
            re.IGNORECASE,
        ),
        PARTICIPANT_CONSENT,
    ),
    (re.compile(r"(?:informed )?consent (?:of|from|by) (?:the )?treating physician", re.IGNORECASE), PHYSICIAN_CONSENT),
)
_WOMEN: Final = r"(?:(?:patients?|participants?|subjects?|women|females?)\s+)?(?:who\s+are\s+|being\s+|are\s+)?"
_NURSING_WORDS: Final = r"(?:nursing|lactating|breast-?\s?feeding)"
_PREGNANCY: Final = re.compile(
    rf"{_WOMEN}(?:pregnant(?: women| females| patients)?|pregnancy)"
    rf"(?P<nursing>\s*(?:,|/|or|and)(?:\s+(?:or|are))*\s*(?:{_NURSING_WORDS}|lactation)(?: women| females| patients)?)?",
    re.IGNORECASE,
)
_CHILDBEARING: Final = re.compile(
    r"(?:women|females)\s+(?:who are\s+)?(?:physiologically\s+)?"
    r"(?:capable of becoming pregnant|able to become pregnant|of child-?\s?bearing potential),?\s+unless\s+"
    r"(?:they\s+are\s+|they\s+)?(?:using|use)\s+(?:an?\s+)?(?:highly\s+)?effective\s+(?:methods?\s+of\s+)?contraception"
    r"(?:\s+during\s+(?:the\s+)?(?:study|trial))?",
    re.IGNORECASE,
)
_PANEL: Final = re.compile(
    r"(?:known\s+)?(?:positive\s+(?:for|test for|serology for)\s+(?P<after>.+)"
    r"|(?P<before>.+?)\s+(?:sero-?)?positiv(?:e|ity))",
    re.IGNORECASE,
)
_BETWEEN: Final = re.compile(r"\s*(?:,\s*(?:and/or|and|or)\s+|,|/|\band/or\b|\band\b|\bor\b)\s*", re.IGNORECASE)


def is_rate_for_area(text: str) -> bool:
    """Whether a concentration divided by time is given for what adds up over time: no unit fits both."""
    return bool(_CUMULATED.search(text) and _RATE.search(text))


def slug(words: str, longest: int = 40) -> str:
    """An id from the first words of a text; ``item`` where nothing in it can stand in an id."""
    plain = re.sub(r"[^a-z0-9]+", "_", words.casefold().replace("µ", "u")).strip("_")
    plain = re.sub(r"^[0-9_]+", "", plain) or "item"
    if len(plain) <= longest:
        return plain
    return plain[: longest + 1].rpartition("_")[0] or plain[:longest]


def read_criterion(text: str, kind: CriterionKind, infections: Mapping[str, str]) -> ReadCriterion | None:
    """The rule that a criterion's words mean, or None where a person has to judge.

    `infections` are the names of infections that may stand in a panel ("A, B or C positive"), in small letters, each
    with the label of its test; offered corrections of spelling are the caller's to add.
    """
    words = " ".join(text.split()).rstrip(" .;,")
    if "\n" in text.strip() or is_rate_for_area(words):
        return None
    if kind is CriterionKind.INCLUSION:
        return _consent(words) or _within(words) or _compared(words)
    return _pregnancy(words) or _panel(words, infections) or _compared(words)


def _consent(words: str) -> ReadCriterion | None:
    for pattern, measure in _CONSENTS:
        if pattern.fullmatch(words):
            return ReadCriterion(words, MeasureIs(measure=measure.id), (measure,))
    return None


def _within(words: str) -> ReadCriterion | None:
    for pattern in _WITHIN:
        match = pattern.fullmatch(words)
        if match:
            span = read_duration(match["number"], match["unit"])
            rule = Within(within=WithinOf(measure=DIAGNOSIS_DATE.id, at_most=span))
            return ReadCriterion(words, rule, (DIAGNOSIS_DATE,), (Doubt.FROM_WHEN,))
    return None


def read_duration(number: str, unit: str) -> Duration:
    """``three``, ``week`` as a calendar duration; the unit is day, week, month or year in the singular."""
    count = NUMBER_WORDS.get(number.casefold()) or int(number)
    match unit.casefold():
        case "year":
            return Duration(months=12 * count)
        case "month":
            return Duration(months=count)
        case "week":
            return Duration(days=7 * count)
        case _:
            return Duration(days=count)


def _compared(words: str) -> ReadCriterion | None:
    match = _COMPARED.fullmatch(words)
    if match is None:
        return None
    what, number = match["what"].strip(), match["number"]
    comparison = _OPERATORS[match["op"].casefold()]
    if re.fullmatch(r"(?:body mass index(?: \(BMI\))?|BMI)", what, re.IGNORECASE):
        return _body_mass_index(words, number, match["unit"], comparison)
    tokens = [token.casefold() for token in re.findall(r"[A-Za-z0-9-]+", what)]
    if len(tokens) > _MOST_WORDS or set(tokens) & _NO_MEASURE or match["unit"] is None:
        return None
    unit = re.sub(r"(?<=[a-zµμ/])l$", "L", match["unit"])
    try:
        limit = Quantity.parse(f"{number} {unit}")
    except UnitError:
        return None
    if dict(parse_unit(limit.unit).dimension).keys() <= {"time", "calendar"}:
        return None
    measure = Measure(id=slug(what), label=what, kind=MeasureKind.QUANTITY, unit=limit.unit)
    return ReadCriterion(words, _compare(measure, comparison, limit), (measure,))


def _body_mass_index(words: str, number: str, unit: str | None, comparison: Comparison) -> ReadCriterion | None:
    """A body mass index; it has one unit in use, so a missing one is a question and not a hindrance."""
    if unit is not None and re.sub(r"[\s^²*]", "", unit.replace("²", "2")) != "kg/m2":
        return None
    doubts = (Doubt.UNIT_MISSING,) if unit is None else ()
    rule = _compare(BODY_MASS_INDEX, comparison, Quantity.parse(f"{number} kg/m2"))
    return ReadCriterion(words, rule, (BODY_MASS_INDEX,), doubts)


def _compare(measure: Measure, comparison: Comparison, value: Quantity) -> Compare:
    return Compare(compare=CompareTo.model_validate({"measure": measure.id, "is": comparison, "value": value}))


def code_rule(measure: Measure, code: str) -> Compare:
    """The coded measure has this value."""
    return Compare(compare=CompareTo.model_validate({"measure": measure.id, "is": Comparison.EQUAL, "code": code}))


def age_rule(comparison: Comparison, limit: Quantity, measure: Measure = AGE) -> Compare:
    """A limit of age, in completed years (or months, with `AGE_IN_MONTHS`)."""
    return _compare(measure, comparison, limit)


def _pregnancy(words: str) -> ReadCriterion | None:
    """Pregnancy, nursing, and women who could become pregnant without contraception; every clause must be one of these."""
    rules: list[Rule] = []
    measures: list[Measure] = [SEX]
    doubts: tuple[Doubt, ...] = ()
    for clause in re.split(r",\s*(?:or|and)\s+(?=women|females)", words, flags=re.IGNORECASE):
        match = _PREGNANCY.fullmatch(clause)
        if match:
            found = [PREGNANT, NURSING] if match["nursing"] else [PREGNANT]
            rules += [MeasureIs(measure=measure.id) for measure in found]
            measures += found
        elif _CHILDBEARING.fullmatch(clause):
            parts = WhenExcept.model_validate(
                {"when": MeasureIs(measure=ABLE.id), "except": MeasureIs(measure=CONTRACEPTION.id)}
            )
            rules.append(Unless(unless=parts))
            measures += [ABLE, CONTRACEPTION]
            doubts = (Doubt.CONTRACEPTION,)
        else:
            return None
    asked: Rule = rules[0] if len(rules) == 1 else AnyOf(any=tuple(rules))
    return ReadCriterion(words, All(all=(code_rule(SEX, "female"), asked)), tuple(dict.fromkeys(measures)), doubts)


def _panel(words: str, infections: Mapping[str, str]) -> ReadCriterion | None:
    match = _PANEL.fullmatch(words)
    if match is None:
        return None
    names = _BETWEEN.split((match["after"] or match["before"]).strip())
    if not all(name.casefold() in infections for name in names):
        return None
    tests = [_test(infections[name.casefold()]) for name in dict.fromkeys(names)]
    rules = tuple(code_rule(test, "positive") for test in tests)
    rule: Rule = rules[0] if len(rules) == 1 else AnyOf(any=rules)
    return ReadCriterion(words, rule, tuple(tests), (Doubt.WHICH_TEST,))


def _test(name: str) -> Measure:
    codes = ("negative", "positive")
    return Measure(
        id=slug(name), label=f"test for {name}", kind=MeasureKind.CODE, codes=codes, unclear=("indeterminate",)
    )
