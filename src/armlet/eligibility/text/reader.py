"""One criterion read: its clauses, how they are joined, what is negated, and what is left to a person.

Every clause must be understood to its last word; only words in a declared list mean nothing. Where a part is not
understood the whole is left to a person, but for points below a line that says how they are joined: there a judgement
on one point, in its own words, stands beside the others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from armlet.eligibility.text.comparisons import read_age, read_comparison
from armlet.eligibility.text.conditions import (
    condition_part,
    is_state,
    read_condition,
    read_diagnosis_date,
    read_open_term,
    read_other_trial,
    split_time,
)
from armlet.eligibility.text.lexicon import condition_terms, key_of, term_by_last_word
from armlet.eligibility.text.measures import ABLE, NURSING, PLANS_PREGNANCY, PREGNANCY_TEST, PREGNANT, SEX, slug
from armlet.eligibility.text.parts import Part, Unread, Words, excepted, joined, leaf, negated, plain
from armlet.eligibility.text.people import (
    end_with_sex,
    open_with_not_pregnant,
    open_with_sex,
    read_consent,
    read_negative_panel,
    read_negative_test,
    read_panel,
    read_pregnancy,
)
from armlet.eligibility.text.reading import ReadCriterion, Reason, WhyJudged
from armlet.eligibility.text.reasons import find_reason, is_rate_for_area
from armlet.protocol.criteria import (
    All,
    AnyOf,
    Compare,
    CriterionKind,
    Judgement,
    Not,
    Question,
    Rule,
    Unless,
    measures_of,
    walk,
)
from armlet.protocol.model import Role

# --- Words that mean nothing ------------------------------------------------------------------------------------------

_PEOPLE: Final = (
    r"(?:(?:the|all|any|an?|each|study|eligible)\s+)*(?:patients?|participants?|subjects?|individuals?|"
    r"persons?|people|volunteers?)"
)
_HAVE: Final = (
    r"(?:(?:who|that|which|must|should|shall|to|have|has|having|had\s+to|with|is|are|be|being|suffering\s+from)\b\s*)"
)
_OF_PEOPLE: Final = re.compile(
    rf"{_PEOPLE}\b\s*:?\s*(?:(?:who|that|must|should|shall|are|is|be|to)\b\s*)*", re.IGNORECASE
)
EMPTY_LEAD: Final = re.compile(
    rf"(?:{_PEOPLE}\b\s*:?\s*{_HAVE}*|{_HAVE}+)(?:(?:at|on)\s+screening\s*,?\s*)?", re.IGNORECASE
)
"""People, and verbs of being and having: a criterion is about people anyway."""
EMPTY_MARK: Final = re.compile(r"(?:[-•*·▪◦]+|\(?[0-9]{1,2}[.)]|\(?[a-z][.)])\s+(?=\S)", re.IGNORECASE)
"""The mark of a point of a list."""
EMPTY_TAIL: Final = re.compile(
    r"\s*[,(]?\s*(?:at|on|during|upon)\s+(?:the\s+)?(?:time\s+of\s+)?(?:the\s+)?(?:study\s+|trial\s+|"
    r"first\s+|initial\s+)?"
    r"(?:screening(?:\s+(?:visit|evaluation|period))?|enrol\w*|inclusion|entry|recruitment|"
    r"(?:(?:date\s+of|signing|signature)\s+)*(?:of\s+)?(?:the\s+)?(?:informed\s+)?consent(?:\s+form)?)\s*\)?$",
    re.IGNORECASE,
)
"""When the criterion is answered: at screening, which is when all are."""
_PEOPLE_AFTER: Final = re.compile(r"\s+(?:patients?|participants?|subjects?|individuals|volunteers)$", re.IGNORECASE)
_LEADING_JOIN: Final = re.compile(r"(?P<word>and/or|and|or)\b[,:]?\s+(?=\S)", re.IGNORECASE)
_TRAILING_JOIN: Final = re.compile(r"[,;]?\s*\b(?P<word>and|or|and/or)$", re.IGNORECASE)

# --- Negation ---------------------------------------------------------------------------------------------------------

_NOT: Final = re.compile(
    r"(?:(?:patients?|participants?|subjects?)\s+)?(?:(?:must|should|shall|do|does|is|"
    r"are|have|has|who|be|with|having|currently)\s+)*"
    r"(?:(?P<no>no|not|without|absence\s+of|free\s+(?:of|from)|lack\s+of)\b|non[-\s]?(?=pregnant|"
    r"lactating|nursing|breast))"
    r"(?:\s+(?:be|have|has|had|been|having|a|an|any|evidence\s+of|currently|known(?!\s+to\b))\b)*\s*",
    re.IGNORECASE,
)
_ANOTHER_NOT: Final = re.compile(r"\b(?:no|not|without|nor|never)\b", re.IGNORECASE)
_POSITIVE_AGAIN: Final = re.compile(
    r"(?:[,;]|\b(?:and|or|but))\s+(?:(?:but|who|that)\s+)*(?:with|has|have|having|is|are|must|should|only)\b",
    re.IGNORECASE,
)
"""Where a list behind a negative may go on without it: ``without asthma, with gout``."""
_WOMEN: Final = re.compile(r"\b(?:women|woman|females?|girls)\b", re.IGNORECASE)
_NEVER_ALONE: Final = re.compile(
    r"^(?:more|less|greater|higher|lower|older|younger|exceed|below|above|under|over|fewer)", re.IGNORECASE
)


_FINAL: Final = frozenset({
    Reason.JOINING, Reason.NUMBER_AMBIGUOUS, Reason.EQUIVALENT_DIFFERS, Reason.DOUBLE_NEGATIVE, Reason.EXCEPTION,
})  # fmt: skip
"""What no other way of reading the same words may get round."""


def _first_read(words: Words, attempts: Sequence[Callable[[Words], Part | None]]) -> Part | None:
    """The first attempt that reads the words; where none does, the first reason to stop, or a final one at once."""
    stopped: Unread | None = None
    for attempt in attempts:
        try:
            part = attempt(words)
        except Unread as unread:
            if unread.why.reason in _FINAL:
                raise
            stopped = stopped or unread
            continue
        if part is not None:
            return part
    if stopped is not None:
        raise stopped
    return None


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the clauses of a criterion of one kind."""

    kind: CriterionKind
    infections: Mapping[str, str]

    @property
    def is_in(self) -> bool:
        return self.kind is CriterionKind.INCLUSION

    # --- Clauses ---

    def read(self, words: Words) -> Part | None:
        """The words as a whole, or their clauses; None where they are not understood."""
        if words.text.rstrip().endswith((":", "...", "…")):
            raise Unread(Reason.NESTED, words)  # it opens a list that is not here
        words = self._closed(words.trimmed())
        if not words.text or len(words.text) > _LONGEST_CLAUSES:
            return None
        return _first_read(words, (self._single, self._negated, self._unless, self._listed))

    def _closed(self, words: Words) -> Words:
        """Without the mark before it and the words that join it to its neighbours, where those are the usual ones."""
        words = words.after(EMPTY_MARK)
        usual = "and" if self.is_in else "or"
        for match in (_LEADING_JOIN.match(words.text), _TRAILING_JOIN.search(words.text)):
            if match is not None and match["word"].casefold() != usual:
                raise Unread(Reason.JOINING, words.cut(match.start(), match.end()).trimmed())
        return words.after(_LEADING_JOIN).before(_TRAILING_JOIN)

    def _single(self, words: Words) -> Part | None:
        """A clause that is one thing, with or without the words that mean nothing around it."""
        bare = words.before(EMPTY_TAIL)
        inner = bare.after(EMPTY_LEAD)
        is_of_people = bool(_OF_PEOPLE.fullmatch(bare.text[: inner.start - bare.start]))
        stopped: Unread | None = None
        for stretch in dict.fromkeys((words, bare, inner, inner.before(_PEOPLE_AFTER))):
            try:
                part = self._atom(stretch, is_of_people=is_of_people) if stretch.text else None
            except Unread as unread:
                if unread.why.reason in _FINAL:
                    raise
                stopped = unread
                continue
            if part is not None:
                return part
        if stopped is not None:
            raise stopped
        return None

    def _atom(self, words: Words, *, is_of_people: bool) -> Part | None:
        """The first thing that the words can be as a whole."""
        attempts = (
            self._consent,
            self._pregnancy,
            self._panel,
            partial(self._people, is_of_people=is_of_people),
            partial(read_comparison, kind=self.kind),
            read_diagnosis_date,
            read_other_trial,
            read_condition,
            read_open_term,
        )
        return _first_read(words, attempts)

    def _consent(self, words: Words) -> Part | None:
        """A consent that is given lets in; among what keeps out, only its absence can be meant."""
        return read_consent(words) if self.is_in else None

    def _pregnancy(self, words: Words) -> Part | None:
        return read_negative_test(words) if self.is_in else read_pregnancy(words)

    def _panel(self, words: Words) -> Part | None:
        """A positive test; where it lets in, of one infection only: which of several is meant would not be certain."""
        negative = read_negative_panel(words, self.infections)
        if negative is not None:
            return negative if self.is_in or len(negative.measures) == 1 else None
        part = read_panel(words, self.infections)
        return None if part is None or (self.is_in and len(part.measures) > 1) else part

    def _people(self, words: Words, *, is_of_people: bool) -> Part | None:
        """Sex, age, or both: ``men and women aged 18 to 65 years``, ``18 to 65 years, either sex``."""
        before, ending = end_with_sex(words)
        if ending is not None:
            age = self._people(before, is_of_people=True) if before.text else None
            return None if age is None else joined([age, ending], every=True)
        sex, rest = open_with_not_pregnant(words) if self.is_in else (None, words)
        if sex is None:
            sex, rest = open_with_sex(words)
        opened = _ADULTS.match(rest.text)
        after = rest.cut(opened.end()).trimmed() if opened else rest
        if sex is not None and not after.text and not opened:
            return sex
        age = read_age(after.after(_AGE_LEAD), is_of_people=is_of_people or bool(opened) or sex is not None)
        if age is None:
            return None
        if opened and opened["adult"] and not _is_adult(age):
            raise Unread(Reason.VAGUE, words)
        return age if sex is None else joined([sex, age], every=True)

    # --- What is negated or excepted ---

    def _negated(self, words: Words) -> Part | None:
        match = _NOT.match(words.text)
        if match is None or match.end() == 0:
            return None
        inner = words.cut(match.end()).trimmed()
        if _NEVER_ALONE.match(inner.text) or not inner.text or _ANOTHER_NOT.search(inner.text):
            return None
        if _POSITIVE_AGAIN.search(inner.text):
            raise Unread(Reason.JOINING, words)
        if match["no"] is None and _WOMEN.search(inner.text):
            raise Unread(Reason.ONLY_SOME, words)  # "non-pregnant women" may let in women only
        if not self.is_in:
            consent = read_consent(inner)
            if consent is None:
                raise Unread(Reason.DOUBLE_NEGATIVE, words.cut(match.start(), match.end()).trimmed())
            return negated(consent)
        part = _Reader(CriterionKind.EXCLUSION, self.infections).read_positive(inner)
        return negated(part) if part is not None else None

    def read_positive(self, words: Words) -> Part | None:
        """What a negative stands before: conditions, pregnancy, infections, joined by ``or`` only."""
        part = self._single(words) or self._listed(words, only_or=True)
        if part is None:
            return None
        if any(isinstance(node, Compare) and node.compare.value is not None for node in walk(part.rule)):
            raise Unread(Reason.DOUBLE_NEGATIVE, words)
        if _asks_sex(part):
            raise Unread(Reason.JOINING, words)
        return part

    def _unless(self, words: Words) -> Part | None:
        match = _UNLESS.search(words.text)
        if match is None:
            return None
        if self.is_in or _UNLESS.search(words.text, match.end()):
            # Among what lets in, whether the exception lets in as well or keeps out is not certain.
            raise Unread(Reason.EXCEPTION, words.cut(match.start()).trimmed())
        when = self.read(words.cut(0, match.start()))
        exception = self.read(words.cut(match.end()))
        if when is None or exception is None:
            raise Unread(Reason.EXCEPTION, words.cut(match.start()).trimmed())
        if any(isinstance(node, All | AnyOf | Unless) for node in walk(exception.rule)) and not _is_pregnancy(
            exception
        ):
            raise Unread(Reason.EXCEPTION, words.cut(match.start()).trimmed())
        return excepted(when, exception)

    # --- Lists ---

    def _listed(self, words: Words, *, only_or: bool = False) -> Part | None:
        """Clauses between semicolons, or else between commas and joining words."""
        pieces, signs = _pieces(words, ";")
        joins = set[str]()
        if len(pieces) > 1:
            every = self.is_in
            is_joined = "or" not in signs if every else "and" not in signs and not only_or
        else:
            pieces, signs = _pieces(words, ",")
            joins = {sign for sign in signs if sign != ","}
            every = joins == {"and"} or (not joins and self.is_in)
            is_joined = len(joins) < 2 and not (every and (only_or or not self.is_in)) and not (only_or and not joins)
        if len(pieces) < 2:
            return None
        parts = (self._shared(pieces) if joins == {"or"} else None) or self._each(
            pieces, is_short=";" not in words.text
        )
        if parts is None:
            return None
        if not is_joined or not self._belong(parts, every=every, is_short=";" not in words.text):
            raise Unread(Reason.JOINING, words)
        if not _is_one_sort(parts, signs, is_in=self.is_in) or not _sexes_fit(parts, every=every):
            raise Unread(Reason.JOINING, words)
        if not every and ";" not in words.text and "," in signs and _are_unlike(parts):
            raise Unread(Reason.JOINING, words)  # "aged 18 or over, male or female", "hypertension, SBP > 160"
        if any(_is_negative_test(part) for part in parts):
            raise Unread(Reason.JOINING, words)  # "negative for HIV or HBV": what is negative?
        return joined(parts, every=every)

    def _each(self, pieces: list[Words], *, is_short: bool) -> list[Part] | None:
        parts = [self.read(piece) for piece in pieces]
        found = [part for part in parts if part is not None]
        if len(found) < len(parts):
            return None
        first = pieces[0].trimmed().after(EMPTY_LEAD)
        is_led = key_of(first.text) not in condition_terms() and (_has_state(first) or bool(_EVER.match(first.text)))
        times = [split_time(piece)[1] is not None for piece in pieces]
        if any(times) and any(_is_condition(piece) for piece in pieces[: times.index(True)]):
            raise Unread(Reason.JOINING, pieces[0])  # the time may be meant for those before it as well
        if is_short and is_led and any(_is_condition(piece) for piece in pieces[1:]):
            raise Unread(Reason.JOINING, pieces[0])
        return found

    def _belong(self, parts: list[Part], *, every: bool, is_short: bool) -> bool:
        """Whether the words that join them can mean only one thing.

        Between commas, `every` is certain of measured values only ("asthma and gout patients" may mean either), and
        ``or`` is not where a part is negated ("male or not pregnant, not nursing").
        """
        if every:
            return not is_short or all(_is_measured(part) or isinstance(part.rule, Not) for part in parts)
        return not any(isinstance(node, Not) for part in parts for node in walk(part.rule))

    def _shared(self, pieces: list[Words]) -> list[Part] | None:
        """``History of stroke or seizure``: the lead or the time of a list, put to each of its conditions."""
        first = pieces[0].trimmed().after(EMPTY_LEAD)
        lead = _EVER.match(first.text)
        last, ago = split_time(pieces[-1])
        if lead is None and ago is None:
            return None
        names = [first.cut(lead.end()).trimmed() if lead else first, *pieces[1:-1], last]
        bare = [names[0].trimmed().after(_KNOWN), *(name.trimmed() for name in names[1:])]
        if not all(_is_condition(name) for name in bare):
            is_mixed = any(_EVER.match(name.text) is None and split_time(name)[1] is None for name in pieces[1:])
            if is_mixed and lead is not None and all(_is_condition(name) for name in pieces[1:]):
                raise Unread(Reason.JOINING, pieces[0])
            return None
        is_before = lead is not None and "history" not in lead[0].casefold()
        if is_before and any(is_state(name) for name in bare):
            raise Unread(Reason.JOINING, pieces[0])  # "prior stroke or asthma": is the asthma prior as well?
        parts = [condition_part(name, name, ago, ever=lead is not None, now=lead is None) for name in bare]
        found = [part for part in parts if part is not None]
        return found if len(found) == len(parts) else None


_LONGEST_CLAUSES: Final = 800
"""Characters on one line beyond which nothing is read: prose of that length tells more than limits."""
_UNLESS: Final = re.compile(r",?\s*\bunless\s+(?:they\s+(?:are|have)\s+)?", re.IGNORECASE)
_KNOWN: Final = re.compile(r"(?:(?:an?|any|known|the)\s+)+", re.IGNORECASE)
_EVER: Final = re.compile(
    r"(?:(?:an?|known|documented|any|medical|personal|past|previous|prior|with|patients|subjects|"
    r"participants)\s+)*(?:history\s+of|prior|previous)\s+(?:an?\s+|any\s+)?",
    re.IGNORECASE,
)
_ADULTS: Final = re.compile(
    r"(?:(?P<adult>adults?)\b\s*(?:patients?|participants?|subjects?|volunteers?)?|patients?|"
    r"participants?|subjects?|people|persons?|individuals?|volunteers)\b\s*,?\s*",
    re.IGNORECASE,
)
_AGE_LEAD: Final = re.compile(r"(?:(?:who|that|must|should|are|is|be|of)\s+)+", re.IGNORECASE)
_STATE: Final = re.compile(
    r"(?:(?:an?|any|known|patients|subjects|participants|with)\s+)*(?:active|acute|chronic|recurrent|"
    r"untreated|current|family)\b",
    re.IGNORECASE,
)
_ADULT_FROM: Final = 18


def _has_state(words: Words) -> bool:
    return bool(_STATE.match(words.text.strip()))


def _is_condition(words: Words) -> bool:
    bare = words.trimmed().text
    return key_of(bare) in condition_terms() or term_by_last_word(bare) is not None


def _is_adult(part: Part) -> bool:
    """Whether everybody whom the limits let in is an adult, so that the word adds nothing."""
    nodes = [node for node in walk(part.rule) if isinstance(node, Compare)]
    return any(
        node.compare.value is not None and node.compare.is_.value in {">=", ">"} and node.compare.value.unit == "a"
        and node.compare.value.value >= _ADULT_FROM
        for node in nodes
    )  # fmt: skip


def _is_measured(part: Part) -> bool:
    return all(isinstance(node, Compare | All | AnyOf) for node in walk(part.rule))


def _are_unlike(parts: list[Part]) -> bool:
    """Whether limits, or the sex, stand beside other things: a comma there may mean "and", or "that is"."""
    sorts = {
        "limit" if any(isinstance(node, Compare) and node.compare.value is not None for node in walk(part.rule))
        else "sex" if {measure.id for measure in part.measures} == {SEX.id}
        else "other"
        for part in parts
    }  # fmt: skip
    return len(sorts) > 1


def _is_negative_test(part: Part) -> bool:
    """Whether it asks for a negative test of an infection, which may be meant for its neighbours as well."""
    return any(
        isinstance(node, Compare) and node.compare.code == "negative" and node.compare.measure != PREGNANCY_TEST.id
        for node in walk(part.rule)
    )


def _is_one_sort(parts: list[Part], signs: list[str], *, is_in: bool) -> bool:
    """Whether a list with bare commas names things of one sort, so that the commas can only mean what joins the rest.

    ``anaemia, haemoglobin < 9 g/dL`` tells what is meant by the one, and in ``aged 18 or more, asthma or gout`` the
    first is no choice.
    """
    if "," not in signs:
        return True
    measured = [_is_measured(part) for part in parts]
    if is_in:
        return not any(measured) or "or" not in signs
    return all(measured) or not any(measured) or "or" in signs


def _asked_sexes(part: Part) -> set[str]:
    """The sexes of which one is asked for by the part as a whole, not only so that others can be asked of them."""
    nodes = [part.rule, *(part.rule.all if isinstance(part.rule, All) else ())]
    asked = {node.compare.code for node in nodes if isinstance(node, Compare) and node.compare.measure == SEX.id}
    return {code for code in asked if code is not None}


def _asks_sex(part: Part) -> bool:
    """Whether the part is about men or women themselves, and not about the pregnancy of women."""
    rules = part.rule.any if isinstance(part.rule, AnyOf) else (part.rule,)
    return any(_asked_sexes(replace(part, rule=rule)) and not _asks_pregnancy(rule) for rule in rules)


def _asks_pregnancy(rule: Rule) -> bool:
    return any(name in _OF_WOMEN for name in measures_of(rule))


_OF_WOMEN: Final = frozenset({measure.id for measure in (PREGNANT, NURSING, PLANS_PREGNANCY, PREGNANCY_TEST, ABLE)})


def _sexes_fit(parts: list[Part], *, every: bool) -> bool:
    """Whether a list with men or women in it can mean only one thing.

    All of it: nobody is both ("men aged 18 to 40 and women aged 18 to 50"). Any of it: each is about men or women, or
    none is ("women, haemoglobin < 12 g/dL" keeps out some women).
    """
    if not every:
        return len({_asks_sex(part) for part in parts}) == 1
    inner = [replace(part, rule=part.rule.not_) if isinstance(part.rule, Not) else part for part in parts]
    return len(set[str]().union(*map(_asked_sexes, inner))) < 2 or not any(_asks_sex(part) for part in parts)


def _is_pregnancy(part: Part) -> bool:
    return any(measure.id in {"pregnant", "nursing"} for measure in part.measures)


_SIGN: Final = re.compile(r"\s*(?:[,;]\s*(?:and/or|and|or)\b|[,;]|\band/or\b|\band\b|\bor\b)\s*", re.IGNORECASE)
_OR_EQUAL: Final = re.compile(
    r"(?:equal|=|more|greater|higher|above|over|older|less|lower|below|under|younger|up\b|fewer)", re.IGNORECASE
)


def _pieces(words: Words, divider: str) -> tuple[list[Words], list[str]]:
    """The words cut at top level: at semicolons, or else at commas, ``and`` and ``or``; with the joining words."""
    pieces, signs, start = [], list[str](), 0
    for match in _SIGN.finditer(words.text):
        sign = re.sub(r"[\s,;]+", "", match[0].casefold()).replace("and/or", "or")
        if divider == ";" and ";" not in match[0]:
            continue
        opened = words.text.count("(", 0, match.start()) - words.text.count(")", 0, match.start())
        if opened > 0 or _is_within(words.text, match):
            continue
        pieces.append(words.cut(start, match.start()).trimmed())
        signs.append(sign or ",")
        start = match.end()
    pieces.append(words.cut(start).trimmed())
    return [piece for piece in pieces if piece.text], signs


_DIGIT_BEFORE: Final = re.compile(r"\bbetween\b[^,;]*$", re.IGNORECASE)


def _is_within(text: str, match: re.Match[str]) -> bool:
    """Whether the sign belongs to a limit (``18 or older``, ``between 5 and 9``) or a number."""
    if (
        match[0] == ","
        and text[match.start() - 1 : match.start()].isdigit()
        and text[match.end() : match.end() + 1].isdigit()
    ):
        return True
    if _OR_EQUAL.match(text, match.end()):
        return True
    word = match[0].strip(" ,;").casefold()
    return word == "and" and bool(_DIGIT_BEFORE.search(text[: match.start()]))


# --- The whole criterion ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Point:
    """A line of a criterion: how deep it lies, and its words."""

    depth: int
    words: Words


def _lines(text: str) -> tuple[str, list[_Point]]:
    """The criterion on one line, and its lines with their depth in it."""
    clean = _ESCAPED.sub("", plain(text))
    whole = " ".join(clean.split())
    points: list[_Point] = []
    at = 0
    for line in clean.strip().split("\n"):
        match = _POINT.match(line)
        depth = 1 + len(match["indent"]) // 2 if match else 0
        words = " ".join(line[match.end() if match else 0 :].split())
        if not words:
            continue
        at = whole.index(words, at)
        if points and not match:
            last = points[-1]
            points[-1] = _Point(last.depth, Words(whole[last.words.start : at + len(words)], last.words.start))
        else:
            points.append(_Point(depth, Words(words, at)))
        at += len(words)
    return whole, points


_ESCAPED: Final = re.compile(r"\\(?=[^\w\s])")
_POINT: Final = re.compile(r"(?P<indent> *)- +")
_FOLLOWING: Final = (
    r"(?:(?:the|these)\s+)?(?:following|below|these)(?:\s+(?:criteria|conditions?|diseases?|characteristics|"
    r"disorders|laboratory\s+(?:values|abnormalities|criteria)|abnormalities))?(?:\s+(?:is|are)\s+(?:met|"
    r"present|fulfilled|true))?"
)
_SOME: Final = (
    r"(?:(?:presenting|meeting|meets?|fulfilling|fulfil?ls?|satisfying|any\s+history\s+of|presence\s+of)\s+)?"
)
_ANY: Final = re.compile(
    rf"{_SOME}(?:(?:at\s+least\s+|any\s+)?(?:one|1)(?:\s*\((?:1|one)\))?(?:\s+or\s+more)?|any|"
    rf"either)(?:\s+of)?\s+{_FOLLOWING}",
    re.IGNORECASE,
)
_EACH: Final = re.compile(rf"{_SOME}(?:all|both|each)(?:\s+of)?\s+{_FOLLOWING}", re.IGNORECASE)
_ORGANS: Final = re.compile(
    r"(?:adequate|acceptable|normal|sufficient)\s+(?:(?:organ|bone\s+marrow|marrow|ha?ematologic(?:al)?|"
    r"hepatic|liver|renal|kidney"
    r"|cardiac|coagulation|end|and|,|/|-)\s*)+(?:function|reserve)?\s*,?\s*(?:as\s+)?"
    r"(?:defined|evidenced|indicated|demonstrated|documented|shown)\s*(?:as|by)?\s*(?:below|"
    r"(?:(?:all\s+of\s+)?the\s+following)?"
    r"(?:\s+(?:laboratory\s+)?(?:values|criteria|parameters))?)"
    r"|(?:the\s+)?laboratory\s+(?:parameters|values|tests)\s+(?:must\s+)?meet\s+the\s+following(?:\s+criteria)?",
    re.IGNORECASE,
)


def read_criterion(text: str, kind: CriterionKind, infections: Mapping[str, str]) -> ReadCriterion:
    """How a criterion reads: its rule, or why a person has to judge it.

    `text` may have nested points, one a line behind ``- ``, deeper ones two blanks further in. `infections` are the
    names of infections that may stand in a panel ("A, B or C positive"), in small letters, each with the label of its
    test; offered corrections of spelling are the caller's to add. Never raises.
    """
    whole, points = _lines(text)
    words = Words(whole, 0)
    if is_rate_for_area(whole):
        return ReadCriterion(whole, why_judged=(WhyJudged(Reason.RATE_FOR_AREA, 0, len(whole), whole),))
    reader = _Reader(kind, infections)
    try:
        part = _nested(reader, points) if len(points) > 1 else reader.read(words)
        if part is not None and not part.measures_alike():
            raise Unread(Reason.JOINING, words)
    except Unread as unread:
        return ReadCriterion(whole, why_judged=(_more_telling(unread.why, words),))
    if part is None:
        return ReadCriterion(whole, why_judged=(find_reason(words),))
    return ReadCriterion(whole, part.rule, part.measures, part.doubts, part.spans, part.judged)


def _more_telling(why: WhyJudged, words: Words) -> WhyJudged:
    """What the words ask for says more than that one of them is not known."""
    if why.reason not in {Reason.MEASURE_UNKNOWN, Reason.WORDS_UNKNOWN}:
        return why
    found = find_reason(words)
    return why if found.reason is Reason.WORDS_UNKNOWN else found


def _nested(reader: _Reader, points: list[_Point]) -> Part | None:
    """A line that says how the points below it are joined, and those points; a point may be judged by itself."""
    head, below = points[0], points[1:]
    every = _joining(head.words, reader.is_in)
    trees: list[list[_Point]] = []
    for point in below:
        if point.depth <= below[0].depth:
            trees.append([point])
        else:
            trees[-1].append(point)
    parts = [_point(reader, tree, every=every) for tree in trees]
    if all(isinstance(part.rule, Judgement) for part in parts):
        raise Unread(Reason.NESTED, head.words)
    return joined(parts, every=every)


def _joining(head: Words, is_in: bool) -> bool:
    """Whether every point must hold, from the words of the line above; no other line is trusted."""
    bare = head.trimmed().before(EMPTY_TAIL)
    for stretch in (bare, bare.after(EMPTY_LEAD)):
        if _ANY.fullmatch(stretch.text):
            return False
        if _EACH.fullmatch(stretch.text) or (is_in and _ORGANS.fullmatch(stretch.text)):
            return True
    raise Unread(Reason.NESTED, head)


def _point(reader: _Reader, tree: list[_Point], *, every: bool) -> Part:
    """One point with what lies below it; a judgement on its words where they are not understood."""
    first = tree[0].words
    try:
        part = _nested(reader, tree) if len(tree) > 1 else reader.read(_unjoined(first.trimmed(), every=every))
    except Unread as unread:
        if unread.why.reason is Reason.JOINING and _TRAILING_JOIN.search(first.trimmed().text):
            raise
        part, why = None, unread.why
    else:
        why = find_reason(first)
    if part is not None:
        return part
    text = " - ".join(point.words.text for point in tree)
    question = Question(
        id=f"{slug(text)}_judged", question=f"Does this hold: {text.rstrip(' .;,')}?", by=Role.INVESTIGATOR.value
    )
    judged = leaf(Judgement(judgement=question), Words(text, first.start))
    return replace(judged, judged=(why,))


def _unjoined(words: Words, *, every: bool) -> Words:
    """Without the ``and`` or ``or`` that ends a point; the wrong one of the two leaves the joining uncertain."""
    match = _TRAILING_JOIN.search(words.text)
    if match is None:
        return words
    if (match["word"].casefold() == "and") is not every:
        raise Unread(Reason.JOINING, words.cut(match.start(), match.end()).trimmed())
    return words.cut(0, match.start()).trimmed()
