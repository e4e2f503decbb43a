"""One trial as the WHO's International Clinical Trials Registry Platform (ICTRP) hands it out: XML or a table (CSV).

The platform copies the twenty-odd items of the WHO's data set from the registries, each in its registry's words: ages,
phases and designs come in many spellings, criteria with ``<br>``, and the status mostly as "Recruiting" or "Not
recruiting". What those words leave open is proposed, not stored; a date such as 03/04/2020 that may be two days is
left out and reported. Contacts are passed over. An
export of several trials is parted into them; one in the older XML is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NoReturn

from armlet.errors import InputError
from armlet.issues import error
from armlet.registry.accounting import CONTACT_SHOWN, Account, Line, RegistryFormat, Source, without_contacts
from armlet.registry.decode import Words
from armlet.registry.inference import (
    DESIGN,
    ELIGIBILITY,
    IDENTITY,
    INTERVENTIONS,
    LOCATIONS,
    OUTCOMES,
    SPONSORS,
    STATUS,
    infer_allocation,
    infer_date_type,
    infer_standard_ages,
    state_criteria,
    state_masking,
    state_outcomes,
    state_text,
)
from armlet.registry.record import (
    DesignAllocation,
    InterventionalAssignment,
    InterventionType,
    PrimaryPurpose,
    Record,
    Sex,
    Status,
    StudyType,
)
from armlet.registry.several import table_records, xml_records
from armlet.registry.table_text import TableCell, TableText
from armlet.registry.vocabulary import is_no_age_limit, member, read_age, read_masking, read_phases, read_slashed_date
from armlet.registry.xml_text import XmlElement, XmlText

_ROOTS: Final = re.compile(
    r"\s*(?:(?:<\?[^>]{0,500}>|<!--(?:[^-]|-[^-]){0,2000}-->|<!DOCTYPE[^>\[]{0,500}(?:\[[^\]]{0,10000}\])?\s{0,9}>)\s*)*"
    r"<(?:Trials_downloaded_from_ICTRP[\s>/]|(?:\w+:)?DataSet\s[^>]{0,500}www\.who\.int)"
)
_ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "primary_register_text": "source_register",
        "last_updated": "last_refreshed_on",
        "date_registration2": "date_registration",
        "recruitment_status2": "recruitment_status",
        "url": "web_address",
        "countryname": "countries",
        "inclusion_sex": "inclusion_gender",
        "condition_freetext": "condition",
        "intervention_freetext": "intervention",
        "secondaryid": "secondary_id",
        "source_name": "source_support",
        "primary_outcome_outcome_name": "primary_outcome",
        "secondary_outcome_outcome_name": "secondary_outcome",
    }
)
"""The names of the older export, which lays the same items out as tables beside each other."""
_KNOWN: Final = re.compile(
    "trialid|internal_number|last_refreshed_on|public_title|scientific_title|acronym|primary_sponsor|"
    "secondary_sponsor|date_registration|date_registration3|export_date|source_register|web_address|"
    "recruitment_status|other_records|inclusion_agemin|inclusion_agemax|inclusion_gender|date_enrollement|"
    "target_size|study_type|study_design|phase|countries|inclusion_criteria|exclusion_criteria|condition|"
    "intervention|primary_outcome|secondary_outcome|secondary_id|source_support|results_date_posted|"
    "results_date_completed|results_url_link|results_yes_no|results_ipd_plan|results_ipd_description|"
    "results_summary|results_baseline_char|results_participant_flow|results_adverse_events|"
    "results_outcome_measures|results_url_protocol|retrospective_flag|prospective_registration|"
    "bridging_flag_truefalse|bridged_type|ethics_review_status|ethics_review_approval_date|allocation|"
    "assignement|child_flag|condition_code|intervention_code|other_details|time_frame1|time_frame2|"
    "timepoints|status|approval_date"
)
_CONTACT: Final = re.compile(r".*(?:contact|firstname|lastname|telephone|email|affiliation).*|address|city|country")
_BREAK: Final = re.compile(r"<br\s*/?>|</?p>|\\n", re.IGNORECASE)
_EUCTR: Final = re.compile(r"EUCTR(?P<number>\d{4}-\d{6}-\d{2})(?:-[\w/]+)?")
_CTIS: Final = re.compile(r"CTIS(?P<number>\d{4}-\d{6}-\d{2}-\d{2})")
_STATUS: Final = MappingProxyType(
    {
        "recruiting": Status.RECRUITING,
        "completed": Status.COMPLETED,
        "suspended": Status.SUSPENDED,
        "terminated": Status.TERMINATED,
        "withdrawn": Status.WITHDRAWN,
        "not yet recruiting": Status.NOT_YET_RECRUITING,
        "enrolling by invitation": Status.ENROLLING_BY_INVITATION,
        "active, not recruiting": Status.ACTIVE_NOT_RECRUITING,
    }
)
_PROPOSED: Final = MappingProxyType(
    {
        "not recruiting": (
            Status.ACTIVE_NOT_RECRUITING,
            "the platform calls so what has not begun, what is closed and what is over",
        ),
        "pending": (Status.NOT_YET_RECRUITING, "the trial is pending"),
        "authorised": (Status.RECRUITING, "the trial is authorised, whether or not it recruits"),
        "temporary halt": (Status.SUSPENDED, "the trial is halted for a time"),
    }
)
_LABELLED: Final = re.compile(
    r"(allocation|intervention model|primary purpose|masking):\s*([^.(;]+(?:\([^)]*\))?)", re.I
)
_FORM_DESIGN: Final = MappingProxyType(
    {
        "randomised": ("designInfo.allocation", "RANDOMIZED"),
        "parallel group": ("designInfo.interventionModel", "PARALLEL"),
        "cross over": ("designInfo.interventionModel", "CROSSOVER"),
    }
)
_FORM_ANSWER: Final = re.compile(
    r"(controlled|randomised|open|single blind|double blind|parallel group|cross over):\s*yes", re.I
)
_FORM_PHASE: Final = re.compile(r"\(phase (i{1,3}|iv)\)\s*:\s*yes", re.IGNORECASE)
_FORM_ENDPOINT: Final = re.compile(
    r"primary end point\(s\):\s*(?P<measure>.*?)\s*"
    r"(?:;?\s*timepoint\(s\) of evaluation of this end point:\s*(?P<frame>.*))?\Z",
    re.IGNORECASE | re.DOTALL,
)
_DESIGN_WORDS: Final = MappingProxyType(
    {
        "allocation": ("allocation", DesignAllocation),
        "intervention model": ("interventionModel", InterventionalAssignment),
        "primary purpose": ("primaryPurpose", PrimaryPurpose),
    }
)


@dataclass(frozen=True, slots=True)
class _Item:
    """One item of the data set, under the name that the newer export has for it."""

    name: str
    shown: str
    line: int
    words: tuple[Words, ...]

    @property
    def value(self) -> str:
        return "\n".join(part.text for part in self.words)


class _Trial:
    """One trial being read."""

    def __init__(self, account: Account, items: Sequence[_Item]) -> None:
        self.account = account
        self.items: dict[str, list[_Item]] = {}
        for item in items:
            self.items.setdefault(item.name, []).append(item)
        self._taken: set[str] = set()

    def read(self) -> Record:
        self._date()
        self._state_numbers()
        self._state_text("public_title", f"{IDENTITY}.briefTitle")
        self._state_text("scientific_title", f"{IDENTITY}.officialTitle")
        self._state_text("acronym", f"{IDENTITY}.acronym")
        self._state_parties()
        self._state_status()
        self._state_design()
        self._state_lists()
        self._state_interventions()
        self._state_outcomes()
        self._state_eligibility()
        self._keep_the_rest()
        return self.account.record()

    def _first(self, name: str) -> _Item | None:
        return next((item for item in self.items.get(name, ()) if item.words), None)

    def _value(self, name: str) -> str:
        item = self._first(name)
        return "" if item is None else item.value

    def _words(self, name: str) -> tuple[Words, ...]:
        """All lines of an item, which then counts as read."""
        self._taken.add(name)
        return tuple(part for item in self.items.get(name, ()) for part in item.words)

    def _pieces(self, name: str) -> list[Words]:
        """The parts of an item that lists several, one a line or with semicolons between them."""
        found = []
        for part in self._words(name):
            pieces = (piece.strip() for piece in part.text.split(";"))
            found += [Words(part.line, piece, _quoted(piece, part.quote)) for piece in pieces if piece]
        return found

    def _state(self, name: str, path: str, value: str | int | None) -> bool:
        """Store what an item of one value means; it stays provenance where that is nothing."""
        item = self._first(name)
        if item is None or value is None:
            return False
        stored = self.account.state(path, value, item.words[0].line, item.words[0].quote)
        if stored:
            self._taken.add(name)
        return stored

    def _state_text(self, name: str, path: str) -> None:
        state_text(self.account, path, self._words(name))

    def _date(self) -> None:
        for name in ("last_refreshed_on", "export_date"):
            date = read_slashed_date(self._value(name))
            if date is not None and self.account.as_of is None:
                self.account.as_of = str(date)

    def _state_numbers(self) -> None:
        number, others = self._value("trialid"), f"{IDENTITY}.secondaryIdInfos"
        euctr, ctis = _EUCTR.fullmatch(number), _CTIS.fullmatch(number)
        count = 0
        if re.fullmatch(r"NCT\d{8}", number):
            self._state("trialid", f"{IDENTITY}.nctId", number)
        elif number:
            found = euctr or ctis
            self._state("trialid", f"{others}[0].id", found["number"] if found else number)
            kind = "EUDRACT_NUMBER" if euctr else "CTIS" if ctis else "REGISTRY"
            self._state("trialid", f"{others}[0].type", kind)
            if not found:
                self._state("source_register", f"{others}[0].domain", self._value("source_register") or None)
            count = 1
        said = {number}
        for part in self._pieces("secondary_id"):
            if part.text in said:
                self.account.remember("Secondary_ID", part.text, part.line, part.quote)
                continue
            said.add(part.text)
            self.account.state(f"{others}[{count}].id", part.text, part.line, part.quote)
            count += 1

    def _state_parties(self) -> None:
        self._state_text("primary_sponsor", f"{SPONSORS}.leadSponsor.name")
        said = [self.account.value(f"{SPONSORS}.leadSponsor.name").casefold()]
        for name in ("secondary_sponsor", "source_support"):
            for part in self._pieces(name):
                if part.text.casefold() in {*said, "none", "n/a", "nil"}:
                    self.account.remember(name, part.text, part.line, part.quote)
                    continue
                path = f"{SPONSORS}.collaborators[{len(said) - 1}].name"
                self.account.state(path, part.text, part.line, part.quote)
                said.append(part.text.casefold())

    def _state_status(self) -> None:
        words, path = self._value("recruitment_status").casefold(), f"{STATUS}.overallStatus"
        if words in _STATUS:
            self._state("recruitment_status", path, _STATUS[words].value)
        elif words in _PROPOSED:
            status, because = _PROPOSED[words]
            item = self._first("recruitment_status")
            self.account.propose(path, status.value, because, item.line if item else 1)
        self._state_start()

    def _state_start(self) -> None:
        item, path = self._first("date_enrollement"), f"{STATUS}.startDateStruct"
        if item is None:
            return
        date = read_slashed_date(item.value)
        if date is not None:
            self._state("date_enrollement", f"{path}.date", str(date))
            infer_date_type(self.account, path)
        elif re.fullmatch(r"\d{1,2}/\d{1,2}/\d{4}", item.value):
            message = f"the date of first enrolment, {item.value}, may be two days: the platform writes both orders."
            self.account.warn("read/ambiguous-date", item.line, message, "Look it up in the registry it is from.")

    def _state_design(self) -> None:
        words = self._value("study_type").casefold()
        kinds = {"interventional": StudyType.INTERVENTIONAL, "observational": StudyType.OBSERVATIONAL}
        kind = next((kind for start, kind in kinds.items() if words.startswith(start)), member(StudyType, words))
        self._state("study_type", f"{DESIGN}.studyType", kind.value if kind else None)
        self._state_phases()
        self._state_design_words()
        for name, path, enumeration in (
            ("allocation", "allocation", DesignAllocation),
            ("assignement", "interventionModel", InterventionalAssignment),
        ):
            found = member(enumeration, self._value(name))
            self._state(name, f"{DESIGN}.designInfo.{path}", found.value if found else None)
        infer_allocation(self.account)
        self._state_size()

    def _state_phases(self) -> None:
        item = self._first("phase")
        if item is None:
            return
        answers = _FORM_PHASE.findall(item.value)
        phases = [phase for answer in answers for phase in read_phases(f"phase {answer}")]
        for index, phase in enumerate(phases or read_phases(item.value)):
            self.account.state(f"{DESIGN}.phases[{index}]", phase.value, item.line, item.words[0].quote)
            self._taken.add("phase")

    def _state_design_words(self) -> None:
        """Two registries give the design with labels; the prose of the others is kept."""
        for part in self._words("study_design"):
            read = False
            for label, words in _LABELLED.findall(part.text):
                read = self._state_labelled(label.casefold(), words.strip(), part) or read
            for answer in _FORM_ANSWER.findall(part.text):
                read = self._state_answer(re.sub(r"\s+", " ", answer.casefold()), part) or read
            if not read:
                self.account.remember("Study_design", part.text, part.line, part.quote)

    def _state_labelled(self, label: str, words: str, part: Words) -> bool:
        quote = _quoted(words, part.quote)
        if label == "masking":
            masking = read_masking(words)
            if masking is not None:
                state_masking(self.account, masking, part.line, quote)
            return masking is not None
        name, enumeration = _DESIGN_WORDS[label]
        found = member(enumeration, words)
        return found is not None and self.account.state(f"{DESIGN}.designInfo.{name}", found.value, part.line, quote)

    def _state_answer(self, answer: str, part: Words) -> bool:
        masking = read_masking(answer)
        if masking is not None:
            state_masking(self.account, masking, part.line, part.quote)
            return True
        if answer not in _FORM_DESIGN:
            return False
        name, value = _FORM_DESIGN[answer]
        return self.account.state(f"{DESIGN}.{name}", value, part.line, part.quote)

    def _state_size(self) -> None:
        item, path = self._first("target_size"), f"{DESIGN}.enrollmentInfo"
        if item is None:
            return
        if re.fullmatch(r"\d{1,9}", item.value):
            self._state("target_size", f"{path}.count", int(item.value))
            because = "the platform calls it the target size; some registries give the size reached in its place"
            self.account.propose(f"{path}.type", "ESTIMATED", because, item.line)
            return
        groups = re.findall(r"[^:;]+:\s*(\d{1,6})\s*(?:;|$)", item.value)
        if groups and len(groups) == len([piece for piece in item.value.split(";") if piece.strip()]):
            because = f"it is the sum of the {len(groups)} groups that are given"
            self.account.propose(f"{path}.count", sum(map(int, groups)), because, item.line)

    def _state_lists(self) -> None:
        conditions = "protocolSection.conditionsModule.conditions"
        count = 0
        for part in self._pieces("condition"):
            if re.match(
                r"MedDRA|Therapeutic area|(?:System Organ )?Class|Level:|Term:|Classification", part.text, re.I
            ):
                self.account.remember("Condition", part.text, part.line, part.quote)
                continue
            self.account.state(f"{conditions}[{count}]", part.text, part.line, part.quote)
            count += 1
        for index, part in enumerate(self._pieces("countries")):
            self.account.state(f"{LOCATIONS}[{index}].country", part.text, part.line, part.quote)

    def _state_interventions(self) -> None:
        """Typed interventions one by one; any other text is the description of one that has no name."""
        pieces = self._pieces("intervention")
        typed = [(part, *found) for part in pieces if (found := _typed(part.text)) is not None]
        if typed and len(typed) == len(pieces):
            for index, (part, kind, name) in enumerate(typed):
                path = f"{INTERVENTIONS}[{index}]"
                self.account.state(f"{path}.type", kind.value, part.line, part.quote)
                self.account.state(f"{path}.name", name, part.line, _quoted(name, part.quote))
        else:
            state_text(self.account, f"{INTERVENTIONS}[0].description", self._words("intervention"))

    def _state_outcomes(self) -> None:
        for name, path in (("primary_outcome", "primaryOutcomes"), ("secondary_outcome", "secondaryOutcomes")):
            words, target = self._words(name), f"{OUTCOMES}.{path}"
            form = _FORM_ENDPOINT.search(" ".join(part.text for part in words))
            if self._value("trialid").startswith("NCT"):
                for index, part in enumerate(self._pieces(name)):
                    self.account.state(f"{target}[{index}].measure", part.text, part.line, part.quote)
            elif form is not None and len(words) == 1:
                measure, frame = form["measure"], form["frame"]
                line, quote = words[0].line, words[0].quote
                frames = [Words(line, frame, _quoted(frame, quote))] if frame else []
                state_outcomes(self.account, target, [Words(line, measure, _quoted(measure, quote))], frames)
                self.account.remember(name, words[0].text, line, quote)
            else:
                state_outcomes(self.account, target, words)

    def _state_eligibility(self) -> None:
        state_criteria(self.account, self._words("inclusion_criteria"), self._words("exclusion_criteria"))
        for name, path in (("inclusion_agemin", "minimumAge"), ("inclusion_agemax", "maximumAge")):
            words = self._value(name)
            age = None if is_no_age_limit(words) else read_age(words)
            self._state(name, f"{ELIGIBILITY}.{path}", age)
            item = self._first(name)
            if item is not None and re.fullmatch(r"\d{1,3}", words):
                because = "the number stands without a unit; registries that do so mean years"
                self.account.propose(f"{ELIGIBILITY}.{path}", f"{int(words)} Years", because, item.line)
        infer_standard_ages(self.account)
        answers = dict(re.findall(r"(female|male):\s*(yes|no)?", self._value("inclusion_gender").casefold()))
        sex = member(Sex, self._value("inclusion_gender"))
        if answers.get("female") == "yes" or answers.get("male") == "yes":
            both = answers.get("female") == answers.get("male")
            sex = Sex.ALL if both else Sex.FEMALE if answers.get("female") == "yes" else Sex.MALE
        self._state("inclusion_gender", f"{ELIGIBILITY}.sex", sex.value if sex else None)

    def _keep_the_rest(self) -> None:
        for name, items in self.items.items():
            for item in items:
                if _CONTACT.fullmatch(name):
                    for part in item.words:
                        self.account.pass_over(item.shown, part.text, part.line, part.quote)
                    if not self.account.keeps_contacts:
                        self.account.known(Line(item.line, CONTACT_SHOWN))
                elif _KNOWN.fullmatch(name) is None:
                    for part in item.words:
                        self.account.unread(part.line, f"{item.shown} ({part.text[:200]})")
                elif name not in self._taken:
                    for part in item.words:
                        self.account.remember(item.shown, part.text, part.line, part.quote)
        self.account.know_the_rest()


def _typed(words: str) -> tuple[InterventionType, str] | None:
    before, _, name = words.partition(":")
    kind = member(InterventionType, before)
    return None if kind is None or not name.strip() else (kind, name.strip())


def _quoted(piece: str, quote: str) -> str:
    return piece if piece in quote else quote


def _item(shown: str, line: int, words: Sequence[Words], within: str = "") -> _Item:
    name = re.sub(r"[^a-z0-9]+", "_", shown.casefold()).strip("_")
    name = _ALIASES.get(f"{within}_{name}", _ALIASES.get(name, name))
    if within in {"contacts", "ethics_review"} and name != "status":
        name = f"contact_{name}"
    return _Item(name, shown, line, tuple(_lines(words)))


def _lines(words: Sequence[Words]) -> Iterator[Words]:
    """The lines as the platform's ``<br>`` parts them, without mail addresses and telephone numbers."""
    for part in words:
        pieces = (without_contacts(piece.strip()) for piece in _BREAK.split(part.text))
        for piece in pieces:
            if piece:
                yield Words(part.line, piece, _quoted(piece, without_contacts(part.quote)))


def _trials(element: XmlElement) -> Iterator[XmlElement]:
    """The elements that hold a trial, or a part of one: those with a value in a child of their own."""
    for child in element.children:
        if child.children and all(not grandchild.children for grandchild in child.children) and child.tag != "sequence":
            yield child
        else:
            yield from _trials(child)


def _read_xml(source: Source) -> list[_Item]:
    if not re.search(r"<(?:\w+:)?Trial[\s>]", source.text):
        _refuse(source, "read/no-record", "the file has the head of an ICTRP export and no trial.", "Export it again.")
    parts = [part for part in _trials(XmlText(source.text, source.name).root) if not part.is_empty()]
    numbers = [child for part in parts for child in part.children if child.tag == "TrialID"]
    if len(numbers) > 1:
        _refuse_several(source, ["".join(part.text.strip() for part in number.words) for number in numbers])
    return [
        _item(child.tag, child.line, child.words, "" if part.tag == "Trial" else part.tag.casefold())
        for part in parts
        for child in part.children
    ]


def _read_table(source: Source) -> list[_Item]:
    table = TableText(source.text, source.name)
    header, rows = table.rows[0], table.rows[1:]
    if not rows:
        _refuse(source, "read/no-record", "the table has a header and no trial.", "Export it again.")
    if len(rows) > 1:
        place = next((index for index, cell in enumerate(header) if cell.value.casefold() == "trialid"), 0)
        _refuse_several(source, [row[place].value for row in rows if len(row) > place])
    nameless = TableCell(rows[0][0].line, ())
    columns = [header[index] if index < len(header) else nameless for index in range(len(rows[0]))]
    return [_item(name.value, cell.line, cell.words) for name, cell in zip(columns, rows[0], strict=True)]


def _refuse_several(source: Source, numbers: list[str]) -> NoReturn:
    shown = ", ".join(number[:30] for number in numbers[:3])
    message = (
        f"the export holds {len(numbers)} trials ({shown}{' …' if len(numbers) > 3 else ''}); one is read at a time."
    )
    fix = "Keep one trial (its Trial element, or the header and its row) in a file of its own."
    _refuse(source, "read/several-records", message, fix)


def _refuse(source: Source, rule: str, message: str, fix: str) -> NoReturn:
    raise InputError([error(rule, source.name, message, fix)])


def _read(account: Account) -> Record:
    is_xml = account.source.text.lstrip().startswith("<")
    return _Trial(account, _read_xml(account.source) if is_xml else _read_table(account.source)).read()


def _signs(source: Source) -> int:
    """The first element of an export, or a first line with the names of columns."""
    if _ROOTS.match(source.text):
        return 100
    first = next(iter(source.lines()), None)
    if first is None or "trialid" not in first.text.casefold():
        return 0
    names = {_item(name, 1, ()).name for name in re.split(r"[,\t;]", first.text.replace('"', ""))}
    return 100 * sum(1 for name in names if _KNOWN.fullmatch(name))


def _split(source: Source) -> tuple[Source, ...]:
    """The trials of an export, or the rows of a table; the older XML, in tables of its own, is not parted."""
    return xml_records(source, "Trial") if source.text.lstrip().startswith("<") else table_records(source)


METHOD = RegistryFormat(
    description="one trial of the WHO's registry platform (ICTRP), as XML or as a table",
    enough=100,
    signs=_signs,
    read=_read,
    reads_markup=True,
    split=_split,
)
