"""How registry pages spell the API's enumerations, dates, ages and phases.

Every function answers None (or an empty tuple) for words that it does not know; none falls back to OTHER or UNKNOWN.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeVar

from armlet.registry.record import (
    DesignMasking,
    InterventionType,
    Phase,
    Sex,
    StandardAge,
    WhoMasked,
)
from armlet.studytime import PartialDate

E = TypeVar("E", bound=StrEnum)

_SYNONYMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ALL_SEXES": "ALL",
        "ANTICIPATED": "ESTIMATED",
        "BEHAVIOURAL": "BEHAVIORAL",
        "BIOLOGICAL_VACCINE": "BIOLOGICAL",
        "BOTH": "ALL",
        "BOTH_MALE_AND_FEMALE": "ALL",
        "CASE_CONTROL_STUDY": "CASE_CONTROL",
        "CROSS_OVER": "CROSSOVER",
        "DIAGNOSIS": "DIAGNOSTIC",
        "CURRENTLY_RECRUITING": "RECRUITING",
        "CLINICAL_STUDY_REPORT": "CSR",
        "EDUCATIONAL_COUNSELING_TRAINING": "OTHER",
        "ESTIMATE": "ESTIMATED",
        "EXPECTED": "ESTIMATED",
        "INFORMED_CONSENT_FORM": "ICF",
        "STATISTICAL_ANALYSIS_PLAN": "SAP",
        "UNKNOWN_STATUS": "UNKNOWN",
        "U_S_AHRQ_GRANT_CONTRACT": "AHRQ",
        "U_S_CDC_GRANT_CONTRACT": "CDC",
        "U_S_FDA_GRANT_CONTRACT": "FDA",
        "U_S_FED": "FED",
        "U_S_NIH_GRANT_CONTRACT": "NIH",
        "U_S_SAMHSA_GRANT_CONTRACT": "SAMHSA",
        "U_S_VA_GRANT_CONTRACT": "VA",
        "ELECTROCONVULSIVE_THERAPY": "ECT",
        "FEMALE_OR_MALE": "ALL",
        "MALE_AND_FEMALE": "ALL",
        "MALE_OR_FEMALE": "ALL",
        "N_A": "NA",
        "NON_RANDOMISED": "NON_RANDOMIZED",
        "NOT_APPLICABLE": "NA",
        "NOT_YET_OPEN": "NOT_YET_RECRUITING",
        "NOT_YET_OPEN_FOR_PARTICIPANT_RECRUITMENT": "NOT_YET_RECRUITING",
        "ONGOING_BUT_NOT_RECRUITING": "ACTIVE_NOT_RECRUITING",
        "OPEN_FOR_RECRUITMENT": "RECRUITING",
        "OTHER_GRANT_FUNDING_NUMBER": "OTHER_GRANT",
        "OTHER_IDENTIFIER": "OTHER",
        "PROCEDURE_SURGERY": "PROCEDURE",
        "RANDOMISED": "RANDOMIZED",
        "REGISTRY_IDENTIFIER": "REGISTRY",
        "SENIOR": "OLDER_ADULT",
        "SUPPLEMENT": "DIETARY_SUPPLEMENT",
        "WITHDRAWN_PRIOR_TO_ENROLLMENT": "WITHDRAWN",
        "WITHDRAWN_PRIOR_TO_RECRUITMENT": "WITHDRAWN",
    }
)
_LONGEST_TERM: Final = 300
_TRAILING: Final = re.compile(r"_(ASSIGNMENT|PARTICIPANTS|PATIENTS|SUBJECTS|STUDY)$")


def member(enumeration: type[E], words: str) -> E | None:
    """The value of an enumeration that the words spell, in any case; explanations in brackets are passed over."""
    if len(words) > _LONGEST_TERM:
        return None
    bare = re.sub(r"\([^)]*\)|\[[^\]]*\]|†", " ", words)
    key = re.sub(r"[^A-Z0-9]+", "_", bare.upper()).strip("_")
    for candidate in (key, _TRAILING.sub("", key)):
        for spelling in (candidate, _SYNONYMS.get(candidate, "")):
            if spelling in enumeration.__members__:
                return enumeration[spelling]
    return None


_MONTHS: Final = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_NAME: Final = r"(?P<name>[A-Za-z]{3,9})\.?"
_DAY: Final = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_YEAR: Final = r"(?P<year>[0-9]{4})"
_DATES: Final = (
    re.compile(rf"{_NAME}\s+{_DAY},?\s+{_YEAR}"),
    re.compile(rf"{_DAY}[\s-]+{_NAME}[\s,-]+{_YEAR}"),
    re.compile(rf"{_NAME},?[\s-]+{_YEAR}"),
    re.compile(rf"{_YEAR}(?P<mark>[/._])(?P<number>[0-9]{{1,2}})(?:(?P=mark)(?P<day>[0-9]{{1,2}}))?"),
    re.compile(rf"(?P<number>[0-9]{{1,2}})/{_YEAR}"),
    re.compile(_YEAR),
)


_HOUR: Final = re.compile(r"[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|[+-]\d{2}:?\d{2})?$")
_SLASHED: Final = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")


def read_moment(words: str) -> PartialDate | None:
    """The day of a date with an hour after it, as in ``2020-02-01T00:00:00.000Z``, or a date as `read_date` reads it.

    The hour is dropped and the day is that of the words, whatever their time zone.
    """
    return read_date(_HOUR.sub("", words.strip()))


def read_slashed_date(words: str, *, day_first: bool = False) -> PartialDate | None:
    """``28/03/2020`` where it is sure which number is the day, or another date as `read_moment` reads it.

    None for ``03/04/2020``, which may be March or April, unless the layout is known to put the day first.
    """
    match = _SLASHED.fullmatch(words.strip())
    if match is None:
        return read_moment(words)
    first, second = int(match[1]), int(match[2])
    if day_first or first > 12 or first == second:
        return _date_or_none(f"{match[3]}-{second:02d}-{first:02d}")
    return _date_or_none(f"{match[3]}-{first:02d}-{second:02d}") if second > 12 else None


def read_date(words: str) -> PartialDate | None:
    """An English or ISO date, to the precision that the words have: no day is made up.

    Reads ``February 7, 2014``, ``7-Feb-2014``, ``Sept. 2014``, ``2014/02/07``, ``2014_02_07`` and ``02/2014``; of
    dates in numbers only those whose order is sure.
    """
    for pattern in _DATES:
        match = pattern.fullmatch(words.strip())
        if match:
            parts = match.groupdict()
            number = _month_number(parts["name"]) if parts.get("name") else parts.get("number")
            if parts.get("name") and number is None:
                return None
            spoken = [parts["year"], *(f"{int(part):02d}" for part in (number, parts.get("day")) if part)]
            return _date_or_none("-".join(spoken))
    return _date_or_none(words.strip())


def _month_number(name: str) -> str | None:
    """The month whose name begins so; three letters tell the months apart."""
    return next((str(number) for number, full in enumerate(_MONTHS, 1) if full.startswith(name.casefold())), None)


def _date_or_none(text: str) -> PartialDate | None:
    if "-00" in text:
        return None
    try:
        return PartialDate.parse(text)
    except ValueError:
        return None


_ROMAN: Final = MappingProxyType({"i": "1", "ii": "2", "iii": "3", "iv": "4"})
_PHASE: Final = re.compile(r"[1-4](?=[ab]?\b)|\b(?:iv|i{1,3})(?=[ab]?\b)")
_PHASES: Final = re.compile(
    r"phases? ?N(?: ?(?:/|-|\||,|&|and|to) ?(?:phase ?)?N)?".replace("N", r"(?:[1-4]|iv|i{1,3})[ab]?")
)


def read_phases(words: str) -> tuple[Phase, ...]:
    """One phase, or both of a combined one; empty where the words name no phase.

    Reads ``Phase 2/Phase 3``, ``PHASE1|PHASE2``, ``Phase II/III`` and ``Therapeutic exploratory (Phase II)``; the
    letter of a phase 2b is passed over, as the API has no such phase.
    """
    text = re.sub(r"[\s_]+", " ", words.strip().casefold())
    if text in {"n/a", "not applicable", "na"}:
        return (Phase.NA,)
    if text in {"early phase 1", "phase 0", "early phase i", "early phase1"}:
        return (Phase.EARLY_PHASE1,)
    bracketed = re.fullmatch(r"(?:human pharmacology|therapeutic [a-z]+) \(([^()]*)\).*", text)
    named = bracketed[1] if bracketed else text
    if not _PHASES.fullmatch(named):
        return ()
    return tuple(Phase[f"PHASE{_ROMAN.get(number, number)}"] for number in _PHASE.findall(named))


@dataclass(frozen=True, slots=True)
class Masking:
    """A level and the roles named; `consistent` is False where the roles named are not as many as the level says."""

    level: DesignMasking
    roles: tuple[tuple[WhoMasked, str], ...]

    @property
    def consistent(self) -> bool:
        """Whether the level is the number of roles; a page that names no role cannot contradict itself."""
        return not self.roles or len(self.roles) == list(DesignMasking).index(self.level)


_LEVELS: Final = MappingProxyType(
    {
        "none": DesignMasking.NONE,
        "open": DesignMasking.NONE,
        "open label": DesignMasking.NONE,
        "no masking": DesignMasking.NONE,
        "unblinded": DesignMasking.NONE,
        "unmasked": DesignMasking.NONE,
        "single": DesignMasking.SINGLE,
        "double": DesignMasking.DOUBLE,
        "triple": DesignMasking.TRIPLE,
        "quadruple": DesignMasking.QUADRUPLE,
    }
)
_ROLES: Final = MappingProxyType(
    {
        "participant": WhoMasked.PARTICIPANT,
        "patient": WhoMasked.PARTICIPANT,
        "subject": WhoMasked.PARTICIPANT,
        "care provider": WhoMasked.CARE_PROVIDER,
        "caregiver": WhoMasked.CARE_PROVIDER,
        "investigator": WhoMasked.INVESTIGATOR,
        "outcome assessor": WhoMasked.OUTCOMES_ASSESSOR,
        "outcomes assessor": WhoMasked.OUTCOMES_ASSESSOR,
    }
)


def read_masking(words: str) -> Masking | None:
    """``Double (Participant, Investigator)``, ``open label``, ``single blind (subject)``; None for any other words."""
    match = re.fullmatch(r"([^(]+)(?:\(([^)]*)\))?", words.strip())
    if match is None:
        return None
    spoken = re.sub(r"[\s-]+", " ", match[1].strip().casefold())
    level = _LEVELS.get(spoken) or _LEVELS.get(re.sub(r" (blind|blinded|blinding|mask|masked|masking)$", "", spoken))
    named = [part.strip() for part in re.split(r",|;", match[2] or "") if part.strip()]
    known = ((_ROLES.get(part.casefold().replace("_", " ")), part) for part in named)
    roles = [(role, part) for role, part in known if role is not None]
    if level is None or (level is not DesignMasking.NONE and len(roles) != len(named)):
        return None
    return Masking(level, tuple(roles))


_AGE = r"(\d{1,3})\s*(year|month|week|day|hour|minute)s?"
_SPELT_AGE: Final = re.compile(
    r"(?P<number>\d{1,3})(?:\.0+)?[\s-]*(?P<unit>(?:year|month|week|day|hour|minute)(?:s|\(s\))?|yrs?\.?|y\.?o?\.?|"
    r"mos?\.?|wks?\.?|hrs?\.?|mins?\.?|[mwdh])(?: (?:old|of age))?\.?",
    re.IGNORECASE,
)
_UNITS: Final = MappingProxyType(
    {"y": "Year", "mo": "Month", "m": "Month", "w": "Week", "d": "Day", "h": "Hour", "mi": "Minute"}
)
_NO_LIMIT: Final = re.compile(
    r"(?:n/?a|none|not applicable)?[\s(]*(?:no (?:age )?(?:limit|maximum|minimum|restriction)s?)?[)\s.]*|-",
    re.IGNORECASE,
)
_DAYS: Final = MappingProxyType({"Year": 365.25, "Month": 30.4375, "Week": 7.0, "Day": 1.0, "Hour": 1 / 24})


def read_age(words: str) -> str | None:
    """An age as the registry writes it: ``18 Years``, ``1 Month``; None for words that are no age.

    Reads ``18 years``, ``18Y``, ``18 year(s)``, ``18 yrs``, ``6M`` (months), ``28D``; a number without a unit is none.
    """
    match = _SPELT_AGE.fullmatch(words.strip())
    if match is None:
        return None
    number, spelt = int(match["number"]), match["unit"].casefold()
    unit = _UNITS.get(spelt[:2]) or _UNITS[spelt[0]]
    return f"{number} {unit}{'' if number == 1 else 's'}"


def is_no_age_limit(words: str) -> bool:
    """Whether the words say that there is no limit: ``No limit``, ``N/A (No limit)``, ``None``, or nothing."""
    return _NO_LIMIT.fullmatch(words.strip()) is not None


def standard_ages(minimum: str | None, maximum: str | None) -> tuple[StandardAge, ...]:
    """The registry's age groups (to 17, 18 to 64, from 65 years) that a range of ages meets; None is no limit.

    The lengths of months serve only to tell the groups apart; nothing is measured with them.
    """
    low = _in_years(minimum) if minimum else 0.0
    high = _in_years(maximum) + 1 if maximum else float("inf")
    groups = ((StandardAge.CHILD, 0, 18), (StandardAge.ADULT, 18, 65), (StandardAge.OLDER_ADULT, 65, float("inf")))
    return tuple(group for group, start, end in groups if low < end and high > start)


def _in_years(age: str) -> float:
    number, unit = age.split()
    days = _DAYS.get(unit.removesuffix("s"), 1 / 1440)
    whole_years = int(int(number) * days / 365.25)
    return float(whole_years)


INTERVENTION_PREFIX: Final = re.compile(
    r"(?<![\w(])("
    + "|".join(sorted((name.value.replace("_", " ").title() for name in InterventionType), key=len, reverse=True))
    + r")\s*:\s+"
)
_ELIGIBLE = re.compile(
    r"(?P<sex>male (?:or|and) female|female (?:or|and) male|female|male|both)?\s*"
    r"(?:participants|patients|subjects|volunteers|people)?\s*,?\s*(?P<ages>.*?)\.?",
    re.IGNORECASE,
)
_AGE_PHRASES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:at least|from|over|older than or equal to)\s+(?P<low>{_AGE})(?:\s+(?:old|of age|and older|or older))?",
        rf"(?:from|between)\s+(?P<low>{_AGE})\s+(?:up to|to|and|until)\s+(?P<high>{_AGE})(?:\s+(?:old|of age))?",
        rf"(?P<low>{_AGE})\s+(?:to|up to)\s+(?P<high>{_AGE})(?:\s+(?:old|of age))?",
        rf"(?P<low>{_AGE})\s+(?:and|or)\s+older",
        rf"(?:up to|at most|until)\s+(?P<high>{_AGE})(?:\s+(?:old|of age))?",
        r"(?:of )?(?:any|all) ages?|",
    )
)


@dataclass(frozen=True, slots=True)
class Part:
    """A value and the words that state it."""

    value: str
    quote: str


@dataclass(frozen=True, slots=True)
class AgeRange:
    """The ages that a phrase allows; None is no limit stated."""

    minimum: Part | None
    maximum: Part | None


def read_ages(words: str) -> AgeRange | None:
    """``18 Years to 65 Years``, ``at least 18 years old``, ``up to 17 Years``, ``any age``; None for other words."""
    for pattern in _AGE_PHRASES:
        match = pattern.fullmatch(words.strip())
        if match:
            found = match.groupdict()
            return AgeRange(_age_part(found.get("low")), _age_part(found.get("high")))
    return None


def _age_part(words: str | None) -> Part | None:
    value = read_age(words) if words else None
    return Part(value, words) if value and words else None


def read_eligible_people(words: str) -> tuple[Part | None, AgeRange] | None:
    """Sex and ages from a sentence such as ``Female participants from 18 years up to 45 years old.``

    None unless every word of the sentence is understood.
    """
    match = _ELIGIBLE.fullmatch(words.strip())
    ages = read_ages(match["ages"]) if match else None
    if match is None or ages is None or not (match["sex"] or ages.minimum or ages.maximum):
        return None
    sex = member(Sex, match["sex"]) if match["sex"] else None
    return (Part(sex.value, match["sex"]) if sex else None), ages


_OLD_DESIGN_WORDS: Final = frozenset(
    {
        "active control",
        "bio-availability study",
        "bio-equivalence study",
        "defined population",
        "dose comparison",
        "efficacy study",
        "historical control",
        "longitudinal",
        "natural history",
        "no treatment control",
        "pharmacodynamics study",
        "pharmacokinetics study",
        "pharmacokinetics/dynamics study",
        "placebo control",
        "psychosocial",
        "retrospective/prospective",
        "safety study",
        "safety/efficacy study",
        "uncontrolled",
    }
)


def is_old_design_word(words: str) -> bool:
    """Whether the words describe a design in a vocabulary that the registry gave up: controls and kinds of endpoint."""
    return words.strip().casefold() in _OLD_DESIGN_WORDS
