"""What records of every layout leave unsaid and a reader may derive or propose: always for a person to confirm.

Layouts whose places have names share how words become values: a `Stating` stores what the words of one place say at
one path, and answers False, storing nothing, for words that it does not understand.

Here too is what several layouts of other registries share: outcomes and criteria told in prose, and the application
form of EudraCT, which is met as text and as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from armlet.registry.accounting import CONTACT_SHOWN, CRITERIA, Account, Certainty, FactValue, Line
from armlet.registry.criteria_text import CriterionKind, read_criteria, split_at_headings
from armlet.registry.decode import Words
from armlet.registry.record import NCT_ID, Status, StudyType
from armlet.registry.vocabulary import (
    Masking,
    is_no_age_limit,
    member,
    read_age,
    read_date,
    read_masking,
    read_moment,
    read_phases,
    standard_ages,
)
from armlet.studytime import PartialDate

IDENTITY: Final = "protocolSection.identificationModule"
INTERVENTIONS: Final = "protocolSection.armsInterventionsModule.interventions"
LOCATIONS: Final = "protocolSection.contactsLocationsModule.locations"
OUTCOMES: Final = "protocolSection.outcomesModule"
DESIGN: Final = "protocolSection.designModule"
STATUS: Final = "protocolSection.statusModule"
SPONSORS: Final = "protocolSection.sponsorCollaboratorsModule"
ELIGIBILITY: Final = "protocolSection.eligibilityModule"
_INSTITUTION: Final = re.compile(r"universi|hospital|institut|clinic|college|klinik|foundation", re.IGNORECASE)


def infer_study_type(account: Account) -> None:
    """An intervention model makes the study an interventional one."""
    model = f"{DESIGN}.designInfo.interventionModel"
    if account.has(model):
        because = "the page states an intervention model, which only interventional studies have"
        account.infer(f"{DESIGN}.studyType", "INTERVENTIONAL", because, account.line_of(model), Certainty.DERIVED)


def infer_allocation(account: Account) -> None:
    """A single group has nothing to allocate."""
    model = f"{DESIGN}.designInfo.interventionModel"
    if account.value(model) == "SINGLE_GROUP":
        because = "the intervention model is a single group, so allocation does not apply"
        account.infer(f"{DESIGN}.designInfo.allocation", "NA", because, account.line_of(model), Certainty.DERIVED)


def infer_standard_ages(account: Account) -> None:
    """The age groups follow from the limits, where the page states a limit, or that there is none, and no groups."""
    low, high = f"{ELIGIBILITY}.minimumAge", f"{ELIGIBILITY}.maximumAge"
    stated = [account.line_of(path) for path in (low, high) if account.has(path)]
    stated += [fact.line for fact in account.provenance if fact.path in {"minimumAge", "maximumAge"}]
    if not stated or account.has(f"{ELIGIBILITY}.stdAges[0]"):
        return
    groups = standard_ages(account.value(low) or None, account.value(high) or None)
    for index, group in enumerate(groups):
        because = "the age limits reach into this age group of the registry"
        account.infer(f"{ELIGIBILITY}.stdAges[{index}]", group.value, because, stated[0], Certainty.DERIVED)


def propose_agency_class(account: Account, sponsor: str) -> None:
    """A university or a hospital is of the class OTHER; nothing is proposed for a name that does not tell."""
    name = account.value(f"{sponsor}.name")
    if _INSTITUTION.search(name):
        because = f"{name} reads like a university, a hospital or an institute, which the registry classes as OTHER"
        account.propose(f"{sponsor}.class", "OTHER", because, account.line_of(f"{sponsor}.name"))


def state_masking(account: Account, masking: Masking, line: int, quote: str) -> None:
    """Masking level and roles; a level that disagrees with the number of roles is kept and reported."""
    path = f"{DESIGN}.designInfo.maskingInfo"
    account.state(f"{path}.masking", masking.level.value, line, quote)
    for index, (role, words) in enumerate(masking.roles):
        account.state(f"{path}.whoMasked[{index}]", role.value, line, words)
    if not masking.consistent:
        message = f"masking is {masking.level.value}, but {len(masking.roles)} roles are named as masked."
        account.warn("read/masking-count", line, message, "Confirm who is blinded; older records counted differently.")


def check_polarity(account: Account, criteria: str) -> None:
    """Criteria that no heading sorts are reported; nobody guesses whether they let in or keep out."""
    unsorted = read_criteria(criteria).unsorted
    if unsorted:
        first = unsorted[0] if len(unsorted[0]) <= 80 else f"{unsorted[0][:80]}…"
        message = f"{len(unsorted)} criteria stand under no inclusion or exclusion heading, first {first!r}."
        fix = "Say of each whether it includes or excludes."
        line = account.line_of(f"{ELIGIBILITY}.eligibilityCriteria")
        account.warn("read/criteria-polarity", line, message, fix)


def infer_date_type(account: Account, path: str) -> None:
    """A date after that of the content is a planned one; one before it is only probably the actual one."""
    if account.as_of is None or not account.has(f"{path}.date") or account.has(f"{path}.type"):
        return
    as_of, line = PartialDate.parse(account.as_of), account.line_of(f"{path}.date")
    date = PartialDate.parse(account.value(f"{path}.date"))
    if date.earliest() > as_of.latest():
        because = f"it lies after the last update of the record ({as_of})"
        account.infer(f"{path}.type", "ESTIMATED", because, line, Certainty.DERIVED)
    elif date.latest() < as_of.earliest():
        because = f"it lies before the last update of the record ({as_of}), but the record does not say so"
        account.propose(f"{path}.type", "ACTUAL", because, line)


_ITEM: Final = re.compile(r"(?:\(?\d{1,2}[.)/]|[-*•·–▪◦])\s*(?=\S)")


def state_outcomes(
    account: Account, path: str, measures: Sequence[Words], frames: Sequence[Words] = (), first: int = 0
) -> int:
    """Outcomes that a registry tells in one text, and when they are measured; answers how many there are by now.

    Where every line of the text is an item of a list, each is an outcome; any other text of several lines stays one
    outcome, for a person to part. A time frame is stored only where there is a single outcome to which it can belong.
    """
    if not measures:
        return first
    listed = len(measures) > 1 and all(_ITEM.match(part.text) for part in measures)
    groups = [[part] for part in measures] if listed else [list(measures)]
    for index, group in enumerate(groups, start=first):
        _state_prose(account, f"{path}[{index}].measure", group, unmarked=listed)
    if len(measures) > 1:
        taken = "each item of the registry's list was taken for an outcome"
        several = "the registry tells it in several lines; it may be several outcomes"
        because = taken if listed else several
        account.doubt(f"{path}[{first}].measure", because, measures[0].line)
    _state_frames(account, path, frames, range(first, first + len(groups)))
    return first + len(groups)


def _state_frames(account: Account, path: str, frames: Sequence[Words], outcomes: range) -> None:
    if frames and len(outcomes) == 1:
        _state_prose(account, f"{path}[{outcomes[0]}].timeFrame", frames)
    for part in frames if len(outcomes) > 1 else ():
        account.remember(f"{path} (time frame of {len(outcomes)} outcomes)", part.text, part.line, part.quote)
        because = "the registry gives one time frame for all of these outcomes"
        account.propose(f"{path}[{outcomes[0]}].timeFrame", part.text, because, part.line)


def _state_prose(
    account: Account, path: str, parts: Sequence[Words], *, unmarked: bool = False, close: bool = False
) -> None:
    texts = [_ITEM.sub("", part.text, count=1) if unmarked else part.text for part in parts]
    account.set_text(path, "\n".join(texts) if close else _joined(parts, texts))
    for part, text in zip(parts, texts, strict=True):
        account.quote_part(path, text, part.line, part.quote)


def _joined(parts: Sequence[Words], texts: Sequence[str]) -> str:
    """The lines as one text; where the source has blank lines between them, so has the text."""
    pieces = []
    for index, text in enumerate(texts):
        gap = index > 0 and parts[index].line - parts[index - 1].line > 1
        pieces.append(f"\n{text}" if gap else text)
    return "\n".join(pieces)


def state_text(account: Account, path: str, parts: Sequence[Words], *, close: bool = False) -> None:
    """A text of several lines, kept line by line; nothing where there is none.

    `close` puts lines of different fields below each other without the blank lines that the source has between them.
    """
    if parts:
        _state_prose(account, path, parts, close=close)


def state_criteria(account: Account, inclusion: Sequence[Words], exclusion: Sequence[Words]) -> None:
    """Criteria of which the registry keeps both kinds apart, as one text with the two headings."""
    blocks = []
    for kind, parts in ((CriterionKind.INCLUSION, inclusion), (CriterionKind.EXCLUSION, exclusion)):
        if parts:
            heading = [] if _opens_with(kind, parts[0].text) else [f"{kind.value.capitalize()} Criteria:\n"]
            blocks.append("\n".join([*heading, _joined(parts, _nested(parts))]))
        for part in parts:
            account.quote_part(CRITERIA, part.text, part.line, part.quote)
    if blocks:
        text = "\n\n".join(blocks)
        account.set_text(CRITERIA, text)
        check_polarity(account, text)


_NUMBER: Final = re.compile(r"\(?\d{1,2}[.)]\s")
_POINT: Final = re.compile(r"[-*•·–▪◦]\s")


def _nested(parts: Sequence[Words]) -> list[str]:
    """The lines; points below numbered criteria are indented, so that they stay with the criterion above them."""
    numbered = sum(1 for part in parts if _NUMBER.match(part.text)) > 1
    texts: list[str] = []
    below = False
    for part in parts:
        below = numbered and (below or _NUMBER.match(part.text) is not None)
        texts.append(f"  {part.text}" if below and _POINT.match(part.text) else part.text)
    return texts


def _opens_with(kind: CriterionKind, words: str) -> bool:
    pieces = split_at_headings(words)
    return bool(pieces) and pieces[0].kind is kind


Passage: TypeAlias = tuple[Words, ...]
Stating: TypeAlias = Callable[[Account, str, Passage], bool]
_COUNT: Final = re.compile(r"[0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3}){1,2}")
_YES_OR_NO: Final = MappingProxyType({"yes": True, "no": False, "true": True, "false": False})
_HEALTHY: Final = MappingProxyType({**_YES_OR_NO, "accepts healthy volunteers": True})
_POSITION: Final = re.compile(r"\[([A-Za-z_]+)\]")


@dataclass(frozen=True, slots=True)
class Rule:
    """Where in the record the words of one place of the source go, and how they become a value.

    `target` is a path; a name in its brackets, ``[condition]``, stands for the number of the element of that name, or 0
    where the source has one that is not in a list.
    """

    target: str
    state: Stating

    def apply(self, account: Account, positions: Mapping[str, int], passage: Passage) -> bool:
        """State the value; False where the words are not understood or say otherwise than before."""
        if "[" not in self.target:
            return self.state(account, self.target, passage)
        target = _POSITION.sub(lambda match: f"[{positions.get(match[1], 0)}]", self.target)
        return self.state(account, target, passage)


def joined(passage: Passage) -> str:
    """The words as one line, with single blanks."""
    return " ".join(" ".join(words.text for words in passage).split())


def state_value(account: Account, path: str, value: FactValue, passage: Passage) -> bool:
    """Store a value that the passage states, with a fact for each of its lines."""
    first, *others = passage
    if not account.state(path, value, first.line, first.quote):
        return False
    for words in others:
        account.quote_part(path, words.text.strip(), words.line, words.quote)
    return True


def state_words(account: Account, path: str, passage: Passage) -> bool:
    """The words themselves, on one line."""
    return state_value(account, path, joined(passage), passage)


def stating_text(compose: Callable[[Passage], str]) -> Stating:
    """A text of several lines, put together by `compose`; each line gives a fact with its own part."""

    def state(account: Account, path: str, passage: Passage) -> bool:
        if account.has(path):
            return False
        account.set_text(path, compose(passage))
        for words in passage:
            account.quote_part(path, words.text.strip(), words.line, words.quote)
        return True

    return state


def state_nct_id(account: Account, path: str, passage: Passage) -> bool:
    """A number of the registry itself."""
    return NCT_ID.fullmatch(joined(passage)) is not None and state_words(account, path, passage)


def state_date(account: Account, path: str, passage: Passage) -> bool:
    """A date to the precision that the words have."""
    date = read_date(joined(passage))
    return date is not None and state_value(account, path, str(date), passage)


def state_day(account: Account, path: str, passage: Passage) -> bool:
    """A date with its day."""
    date = read_date(joined(passage))
    return date is not None and date.day is not None and state_value(account, path, str(date), passage)


def state_count(account: Account, path: str, passage: Passage) -> bool:
    """A number of people."""
    words = joined(passage)
    return _COUNT.fullmatch(words) is not None and state_value(account, path, int(words.replace(",", "")), passage)


def _stating_yes_or_no(known: Mapping[str, bool]) -> Stating:
    def state(account: Account, path: str, passage: Passage) -> bool:
        spoken = joined(passage).casefold()
        return spoken in known and state_value(account, path, known[spoken], passage)

    return state


state_yes_or_no: Final = _stating_yes_or_no(_YES_OR_NO)
state_healthy_volunteers: Final = _stating_yes_or_no(_HEALTHY)


def stating_member(enumeration: type[StrEnum]) -> Stating:
    """A value of the enumeration."""

    def state(account: Account, path: str, passage: Passage) -> bool:
        value = member(enumeration, joined(passage))
        return value is not None and state_value(account, path, value.value, passage)

    return state


def stating_first(enumeration: type[StrEnum]) -> Stating:
    """The first of a list of values, for which the API has one place.

    The others, and words of old vocabularies that the API gave up, are provenance.
    """

    def state(account: Account, path: str, passage: Passage) -> bool:
        value = member(enumeration, joined(passage))
        if value is None or account.has(path):
            return keep(account, path.rpartition(".")[2], passage)
        return state_value(account, path, value.value, passage)

    return state


def state_study_type(account: Account, path: str, passage: Passage) -> bool:
    """What is registered; a patient registry is an observational study with a mark, and N/A says nothing."""
    words = joined(passage)
    if "[Patient Registry]" in words:
        account.state(f"{DESIGN}.patientRegistry", True, passage[0].line, "[Patient Registry]")
    if words == "N/A":
        return keep(account, "studyType", passage)
    return stating_member(StudyType)(account, path, passage)


def state_phases(account: Account, path: str, passage: Passage) -> bool:
    """One phase, or the two of a combined one, as a list at the path."""
    phases = read_phases(joined(passage))
    return bool(phases) and all(
        state_value(account, f"{path}[{index}]", phase.value, passage) for index, phase in enumerate(phases)
    )


def state_age(account: Account, path: str, passage: Passage) -> bool:
    """A limit of age; words that say there is none are provenance."""
    age = read_age(joined(passage))
    if age is None:
        return is_no_age_limit(joined(passage)) and keep(account, path.rpartition(".")[2], passage)
    return state_value(account, path, age, passage)


def state_masking_words(account: Account, path: str, passage: Passage) -> bool:
    """The level, and the roles that stand in brackets behind it."""
    masking = read_masking(joined(passage))
    if masking is None or account.has(f"{path}.masking"):
        return False
    state_masking(account, masking, passage[0].line, passage[0].quote)
    return True


def keep(account: Account, about: str, passage: Passage) -> bool:
    """Words for which the record has no field, as provenance."""
    for words in passage:
        account.remember(about, words.text.strip(), words.line, words.quote)
    return True


@dataclass(frozen=True, slots=True)
class FormEntry:
    """One field of the EudraCT application form and its answer.

    `code` is the field's number without dots in lower case (``e511``), or, of the fields that have none, their whole
    name (``p_end_of_trial_status``). `about` is what the source calls the field. `group` tells apart sponsors, products
    and placebos of which there are several; `language` is empty for the registry's own entry, which is English as a
    rule. No words: the field is there and has no answer.
    """

    code: str
    about: str
    language: str
    group: str
    line: int
    words: tuple[Words, ...]

    @property
    def value(self) -> str:
        """The answer as one text."""
        return "\n".join(part.text for part in self.words)


_YES: Final = "yes"
_FORM_PHASES: Final = MappingProxyType({"e71": "PHASE1", "e72": "PHASE2", "e73": "PHASE3", "e74": "PHASE4"})
_FORM_AGES: Final = MappingProxyType({"f11": "CHILD", "f12": "ADULT", "f13": "OLDER_ADULT"})
_FORM_PURPOSES: Final = MappingProxyType({"e61": "DIAGNOSTIC", "e62": "PREVENTION", "e63": "TREATMENT"})
_FORM_MODELS: Final = MappingProxyType({"e815": "PARALLEL", "e816": "CROSSOVER"})
_FORM_BLINDING: Final = MappingProxyType({"e812": "open", "e813": "single blind", "e814": "double blind"})
_FORM_STATUS: Final = MappingProxyType(
    {
        "completed": Status.COMPLETED,
        "prematurely ended": Status.TERMINATED,
        "temporarily halted": Status.SUSPENDED,
        "suspended by ca": Status.SUSPENDED,
    }
)
_FORM_PROPOSED: Final = MappingProxyType(
    {
        "ongoing": (Status.RECRUITING, "the register calls a trial ongoing whether or not it still recruits"),
        "restarted": (Status.RECRUITING, "the register calls a trial restarted whether or not it still recruits"),
        "not authorised": (Status.WITHDRAWN, "the trial was not authorised, so nobody can have been enrolled"),
        "prohibited by ca": (Status.WITHDRAWN, "the authority prohibited the trial"),
    }
)
_EVERYWHERE: Final = "this is the status in the member state of the record; the trial may differ in others"
_PRODUCT_TYPES: Final = (
    ("d31132", "GENETIC"),
    ("d3112", "BIOLOGICAL"),
    ("d3113", "BIOLOGICAL"),
    ("d3116", "BIOLOGICAL"),
    ("d3117", "BIOLOGICAL"),
    ("d3119", "BIOLOGICAL"),
    ("d3111", "DRUG"),
)
_OTHER_NUMBERS: Final[Mapping[str, str]] = MappingProxyType({"a51": "ISRCTN", "a53": "WHO", "a54": ""})


class EudractForm:
    """The application form of EudraCT being put into the shape of a record.

    The registry's own entry is preferred to a translation; what other languages say, and what has no field, is kept as
    provenance. Contacts (section B.5) are passed over. Nothing is made up where the form has no field: it names no
    arms and no start date.
    """

    def __init__(self, account: Account, entries: Sequence[FormEntry]) -> None:
        self.account = account
        self.entries = list(entries)
        self._answered: dict[tuple[str, str], list[FormEntry]] = {}
        for entry in self.entries:
            if entry.words:
                self._answered.setdefault((entry.code, entry.group), []).append(entry)
        self._taken: set[int] = set()

    def read(self) -> None:
        """Store all that has a field; keep the rest."""
        self._state_identity()
        self._state_sponsors()
        self._state_status()
        self._state_conditions()
        self._state_design()
        self._state_products()
        self._state_outcomes()
        self._state_population()
        self._keep_the_rest()

    def _find(self, code: str, group: str = "", about: str = "") -> FormEntry | None:
        """The answered entry, English if there is one."""
        found = [entry for entry in self._answered.get((code, group), ()) if about in entry.about.casefold()]
        return min(found, key=lambda entry: entry.language not in {"", "en"}, default=None)

    def _take(self, code: str, group: str = "", about: str = "") -> FormEntry | None:
        entry = self._find(code, group, about)
        if entry is None:
            return None
        self._taken.add(id(entry))
        if entry.language not in {"", "en"}:
            message = f"{entry.about} is given in another language ({entry.language}) and not in English."
            self.account.warn("read/not-english", entry.line, message, "Have it translated; the words are kept.")
        return entry

    def _groups(self, kind: str) -> list[str]:
        return list(dict.fromkeys(entry.group for entry in self.entries if entry.group.startswith(f"{kind}[")))

    def _is_yes(self, code: str, group: str = "") -> FormEntry | None:
        """The entry where the form is answered with yes."""
        entry = self._find(code, group)
        return entry if entry is not None and entry.value.casefold() == _YES else None

    def _is_no(self, code: str) -> FormEntry | None:
        entry = self._find(code)
        return entry if entry is not None and entry.value.casefold() == "no" else None

    def _state(self, path: str, entry: FormEntry | None, value: str | int | bool | None = None) -> bool:
        """Store an answer of one line, or what it means; of an answer of several lines each is quoted."""
        if entry is None:
            return False
        self._taken.add(id(entry))
        if value is None and len(entry.words) > 1:
            state_text(self.account, path, entry.words)
            return True
        part = entry.words[0]
        return self.account.state(path, part.text if value is None else value, part.line, part.quote)

    def _state_identity(self) -> None:
        self._state(f"{IDENTITY}.officialTitle", self._take("a3"))
        self._state(f"{IDENTITY}.briefTitle", self._take("a31"))
        self._state(f"{IDENTITY}.acronym", self._take("a32"))
        self._state(f"{IDENTITY}.orgStudyIdInfo.id", self._take("a41") or self._take("x2"))
        self._state_numbers()
        nct = self._find("a52")
        if nct is not None and re.fullmatch(r"NCT\d{8}", nct.value):
            self._state(f"{IDENTITY}.nctId", nct)

    def _state_numbers(self) -> None:
        numbers, count = f"{IDENTITY}.secondaryIdInfos", 0
        eudract = self._take("a2") or self._take("x1")
        if self._state(f"{numbers}[0].id", eudract) and eudract is not None:
            part = eudract.words[0]
            self.account.state(f"{numbers}[0].type", "EUDRACT_NUMBER", part.line, part.quote)
            count = 1
        for code, domain in _OTHER_NUMBERS.items():
            entry = self._take(code)
            if not self._state(f"{numbers}[{count}].id", entry) or entry is None:
                continue
            if domain:
                because = f"the form asks here for the number of the {domain}"
                self.account.infer(f"{numbers}[{count}].domain", domain, because, entry.line, Certainty.DERIVED)
            count += 1

    def _state_sponsors(self) -> None:
        known: dict[str, None] = {}
        for group in self._groups("sponsor"):
            entry = self._find("b11", group)
            if entry is not None and entry.value.casefold() not in known:
                path = self._name_sponsor(known, entry)
                if len(known) > 1:
                    self.account.doubt(f"{path}.name", "it is registered as a further sponsor", entry.line)
                self._propose_class(path, self._find("b31", group))
        for entry in [entry for entry in self.entries if entry.code == "b41" and entry.words]:
            if known and entry.value.casefold() not in known:
                self._name_sponsor(known, entry)

    def _name_sponsor(self, known: dict[str, None], entry: FormEntry) -> str:
        path = f"{SPONSORS}.collaborators[{len(known) - 1}]" if known else f"{SPONSORS}.leadSponsor"
        known[entry.value.casefold()] = None
        self._state(f"{path}.name", entry)
        return path

    def _propose_class(self, path: str, entry: FormEntry | None) -> None:
        answer = entry.value.casefold() if entry else ""
        if entry is not None and answer in {"commercial", "non-commercial"}:
            value = "INDUSTRY" if answer == "commercial" else "OTHER"
            because = f"the register calls the sponsor {answer}"
            self.account.propose(f"{path}.class", value, because, entry.line)

    def _state_status(self) -> None:
        path = f"{STATUS}.overallStatus"
        entry = self._find("x5") or self._find("p_end_of_trial_status")
        ended = self._find("p_date_of_the_global_end_of_the_trial")
        if entry is not None:
            words = entry.value.casefold()
            status = _FORM_STATUS.get(words)
            everywhere = self._is_no("e85") is not None or ended is not None
            if status is not None and everywhere:
                self._state(path, entry, status.value)
            elif status is not None:
                self.account.propose(path, status.value, _EVERYWHERE, entry.line)
            elif words in _FORM_PROPOSED:
                proposed, because = _FORM_PROPOSED[words]
                self.account.propose(path, proposed.value, because, entry.line)
        self._state_end(ended)

    def _state_end(self, ended: FormEntry | None) -> None:
        date = read_moment(ended.value) if ended else None
        if ended is not None and date is not None:
            self._state(f"{STATUS}.completionDateStruct.date", ended, str(date))
            because = "the form has this field for a trial that has ended"
            self.account.infer(f"{STATUS}.completionDateStruct.type", "ACTUAL", because, ended.line, Certainty.DERIVED)

    def _state_conditions(self) -> None:
        condition = self._take("e11") or self._take("e111")
        self._state("protocolSection.conditionsModule.conditions[0]", condition)

    def _state_design(self) -> None:
        entry = self._find("x4") or self._find("a2") or self._find("x1")
        if entry is not None:
            because = "this register holds clinical trials of medicinal products and nothing else"
            self.account.infer(f"{DESIGN}.studyType", "INTERVENTIONAL", because, entry.line, Certainty.DERIVED)
        phases = [(phase, found) for code, phase in _FORM_PHASES.items() if (found := self._is_yes(code))]
        for index, (phase, found) in enumerate(phases):
            self._state(f"{DESIGN}.phases[{index}]", found, phase)
        self._state_allocation()
        self._state_model()
        self._state_blinding()
        committee = self._is_yes("e87") or self._is_no("e87")
        if committee is not None:
            path = "protocolSection.oversightModule.oversightHasDmc"
            self._state(path, committee, committee.value.casefold() == _YES)
        self._propose_purpose()

    def _state_allocation(self) -> None:
        path = f"{DESIGN}.designInfo.allocation"
        not_randomised, controlled = self._is_no("e811"), self._is_yes("e81")
        if randomised := self._is_yes("e811"):
            self._state(path, randomised, "RANDOMIZED")
        elif not_randomised is not None and controlled is not None:
            self._state(path, not_randomised, "NON_RANDOMIZED")
        elif not_randomised is not None and self._is_no("e81"):
            because = "the trial is neither controlled nor randomised, so there may be nothing to allocate"
            self.account.propose(path, "NA", because, not_randomised.line)

    def _state_model(self) -> None:
        path = f"{DESIGN}.designInfo.interventionModel"
        models = [(model, found) for code, model in _FORM_MODELS.items() if (found := self._is_yes(code))]
        if len(models) == 1:
            self._state(path, models[0][1], models[0][0])
        elif len(models) > 1:
            message = "the form says both parallel group and cross over; the intervention model is left open."
            self.account.warn("read/contradiction", models[0][1].line, message, "Say which it is.")
        elif uncontrolled := self._is_no("e81"):
            because = "the trial is not controlled, so there may be a single group"
            self.account.propose(path, "SINGLE_GROUP", because, uncontrolled.line)

    def _state_blinding(self) -> None:
        """The form tells the level only; who is blinded it does not ask."""
        found = [(words, entry) for code, words in _FORM_BLINDING.items() if (entry := self._is_yes(code))]
        if len(found) > 1:
            message = f"the form says {' and '.join(words for words, _ in found)}; masking is left open."
            self.account.warn("read/contradiction", found[0][1].line, message, "Say which it is.")
            return
        for words, entry in found:
            masking = read_masking(words)
            if masking is not None:
                self._taken.add(id(entry))
                state_masking(self.account, masking, entry.words[0].line, entry.words[0].quote)

    def _propose_purpose(self) -> None:
        found = [(purpose, entry) for code, purpose in _FORM_PURPOSES.items() if (entry := self._is_yes(code))]
        if len(found) == 1:
            purpose, entry = found[0]
            because = "it is the only one of diagnosis, prophylaxis and therapy in the scope of the trial"
            self.account.propose(f"{DESIGN}.designInfo.primaryPurpose", purpose, because, entry.line)

    def _state_products(self) -> None:
        names: dict[str, str] = {}
        for group in self._groups("imp"):
            found = [self._find(code, group) for code in ("d31", "d2111", "d38", "d32", "d392", "d393")]
            called = [entry for entry in found if entry is not None]
            if not called or called[0].value.casefold() in names:
                continue
            path = f"{INTERVENTIONS}[{len(names)}]"
            names[called[0].value.casefold()] = path
            self._state_product(path, group, called)
        self._state_placebo(len(names))

    def _state_product(self, path: str, group: str, called: list[FormEntry]) -> None:
        self._state(f"{path}.name", called[0])
        said = {called[0].value.casefold()}
        for entry in called[1:]:
            if entry.value.casefold() not in said:
                self._state(f"{path}.otherNames[{len(said) - 1}]", entry)
                said.add(entry.value.casefold())
        self._describe(path, [self._find("d34", group), self._find("d37", group)])
        self._infer_type(path, group)

    def _infer_type(self, path: str, group: str) -> None:
        """Gene therapy before other biological products, and those before chemicals: the form marks several."""
        for code, kind in _PRODUCT_TYPES:
            answer = self._is_yes(code, group)
            if answer is not None:
                because = f"the form answers {answer.about} with yes"
                self.account.infer(f"{path}.type", kind, because, answer.line, Certainty.DERIVED)

    def _describe(self, path: str, entries: Sequence[FormEntry | None]) -> None:
        words = [part for entry in entries if entry is not None for part in entry.words]
        state_text(self.account, f"{path}.description", words, close=True)
        self._taken.update(id(entry) for entry in entries if entry is not None)

    def _state_placebo(self, number: int) -> None:
        """All placebos of a trial are one intervention; their forms and routes are its description."""
        found = [(group, entry) for group in self._groups("placebo") if (entry := self._is_yes("d81", group))]
        if not found:
            return
        path = f"{INTERVENTIONS}[{number}]"
        because = "the form says that a placebo is used, and names none"
        self.account.infer(f"{path}.name", "Placebo", because, found[0][1].line, Certainty.DERIVED)
        answers = [self._find(code, group) for group, _ in found for code in ("d83", "d84")]
        self._describe(path, list({entry.value: entry for entry in answers if entry is not None}.values()))

    def _state_outcomes(self) -> None:
        for name, measure, frame in (("primaryOutcomes", "e51", "e511"), ("secondaryOutcomes", "e52", "e521")):
            measures, frames = self._take(measure), self._take(frame)
            if measures is not None:
                state_outcomes(self.account, f"{OUTCOMES}.{name}", measures.words, frames.words if frames else ())
            elif frames is not None:
                self._taken.discard(id(frames))

    def _state_population(self) -> None:
        inclusion, exclusion = self._take("e3"), self._take("e4")
        state_criteria(self.account, inclusion.words if inclusion else (), exclusion.words if exclusion else ())
        groups = [(group, answer) for code, group in _FORM_AGES.items() if (answer := self._is_yes(code))]
        for index, (group, answer) in enumerate(groups):
            self._state(f"{ELIGIBILITY}.stdAges[{index}]", answer, group)
        self._propose_limits([group for group, _ in groups])
        self._state_sex()
        healthy = self._is_yes("f31") or self._is_no("f31")
        if healthy is not None:
            self._state(f"{ELIGIBILITY}.healthyVolunteers", healthy, healthy.value.casefold() == _YES)
        self._state_size()
        state = self._find("a1")
        if state is not None and " - " in state.value:
            country = state.value.partition(" - ")[0].strip()
            self._state(f"{LOCATIONS}[0].country", state, country)

    def _propose_limits(self, groups: list[str]) -> None:
        because = "the form asks for age groups and not for limits; this is where they end"
        youngest, oldest = self._is_no("f11"), self._is_no("f13")
        if youngest is not None and "ADULT" in groups:
            self.account.propose(f"{ELIGIBILITY}.minimumAge", "18 Years", because, youngest.line)
        if oldest is not None and groups:
            limit = "64 Years" if "ADULT" in groups else "17 Years"
            self.account.propose(f"{ELIGIBILITY}.maximumAge", limit, because, oldest.line)

    def _state_sex(self) -> None:
        female, male = self._is_yes("f21"), self._is_yes("f22")
        if female is not None and male is not None:
            self._state(f"{ELIGIBILITY}.sex", female, "ALL")
        elif female is not None or male is not None:
            self._state(f"{ELIGIBILITY}.sex", female or male, "FEMALE" if female else "MALE")

    def _state_size(self) -> None:
        """The size of the whole trial; that of one member state only where there is but one."""
        alone = self._is_no("e85") is not None
        entry = self._find("f422") or (self._find("f421") or self._find("f41") if alone else None)
        if entry is None or not re.fullmatch(r"\d{1,9}", entry.value):
            return
        path = f"{DESIGN}.enrollmentInfo"
        self._state(f"{path}.count", entry, int(entry.value))
        because = "the form asks for the planned number"
        self.account.infer(f"{path}.type", "ESTIMATED", because, entry.line, Certainty.DERIVED)

    def _keep_the_rest(self) -> None:
        for entry in self.entries:
            if re.match(r"b5\d*$", entry.code):
                for line in {entry.line, *(part.line for part in entry.words)}:
                    self.account.known(Line(line, CONTACT_SHOWN))
                continue
            if entry.words and entry.words[0].line != entry.line:
                self.account.known(Line(entry.line, entry.about))
            if id(entry) not in self._taken:
                language = f" ({entry.language})" if entry.language else ""
                for part in entry.words:
                    self.account.remember(f"{entry.about}{language}", part.text, part.line, part.quote)
