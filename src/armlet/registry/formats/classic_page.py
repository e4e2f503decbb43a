"""A page of the classic ClinicalTrials.gov (2017 to 2023), dumped as text with the remains of its tables.

Its marks: labels with a colon, cells that end in ``|``, rows of dashes. Dumps lose section headings, so outcomes,
criteria, locations and subject headings are known by their own shape where no heading is left. Telephone numbers and
mail addresses of contacts are passed over and not kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from types import MappingProxyType
from typing import Final

from armlet.registry.accounting import CRITERIA, Account, Certainty, Line, RegistryFormat, Source
from armlet.registry.criteria_text import CriterionKind, render_criteria, split_at_headings
from armlet.registry.inference import (
    DESIGN,
    ELIGIBILITY,
    SPONSORS,
    STATUS,
    check_polarity,
    infer_allocation,
    infer_standard_ages,
    propose_agency_class,
    state_masking,
)
from armlet.registry.mesh import MeshTerm, split_mesh_terms
from armlet.registry.record import (
    ArmGroupType,
    DesignAllocation,
    DesignTimePerspective,
    InterventionalAssignment,
    InterventionType,
    IpdSharing,
    ObservationalModel,
    OfficialRole,
    PrimaryPurpose,
    Record,
    RecruitmentStatus,
    SamplingMethod,
    SecondaryIdType,
    Sex,
    StandardAge,
    Status,
    StudyType,
)
from armlet.registry.vocabulary import (
    INTERVENTION_PREFIX,
    member,
    read_ages,
    read_date,
    read_masking,
    read_phases,
)

_IDENTITY = "protocolSection.identificationModule"
_ARMS = "protocolSection.armsInterventionsModule.armGroups"
_INTERVENTIONS = "protocolSection.armsInterventionsModule.interventions"
_OUTCOMES = "protocolSection.outcomesModule"
_OFFICIALS = "protocolSection.contactsLocationsModule.overallOfficials"
_LOCATIONS = "protocolSection.contactsLocationsModule.locations"
_REFERENCES = "protocolSection.referencesModule.references"
_CONDITIONS = "protocolSection.conditionsModule"
_DESCRIPTION = "protocolSection.descriptionModule"
_OVERSIGHT = "protocolSection.oversightModule"
_SHARING = "protocolSection.ipdSharingStatementModule"

_NOISE = re.compile(r"[\s|:\-!\[\]()*#_]+")
_HEADINGS: Final = frozenset(
    {
        "additional information",
        "additional relevant mesh terms",
        "arms and interventions",
        "contacts",
        "contacts and locations",
        "criteria",
        "disclaimer",
        "eligibility criteria",
        "go to",
        "how to read a study record",
        "information from the national library of medicine",
        "inclusion and exclusion criteria",
        "investigators",
        "locations",
        "more information",
        "no contacts or locations provided",
        "outcome measures",
        "sponsors and collaborators",
        "study contact",
        "study description",
        "study design",
        "study details",
        "tabular view",
    }
)
_STANDING_SENTENCES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "the safety and scientific validity of": ("sponsor and investigators",),
        "listing a study does not mean": ("federal government",),
        "read our disclaimer": ("for details",),
        "choosing to participate in": ("personal decision",),
        "talk with your doctor": ("a study",),
        "to learn more about this study": ("by the sponsor", "provided below", "staff using the"),
        "for general information": ("clinical studies",),
        "contacts provided below": ("provided below",),
        "layout table for": ("information", "contacts", "details"),
        "know the risks and potential": ("before participating", "clinical studies"),
        "talk to your health care provider": ("before participating",),
    }
)
"""How the sentences that stand on every page begin, and how each may end: with more behind it, it is another one."""

_REFER_OPENING: Final = "Please refer to this study by"
_REFER = re.compile(rf"{_REFER_OPENING} .*?(?P<nct>NCT[0-9]{{8}})(?!\w)\.?[\s|]*+(?P<more>.*)")
_CONTACT = re.compile(r"^(?:Central )?Contact\s{0,3}[:|]|[\w.+-]@[\w-]{1,80}\.\w", re.IGNORECASE)
_FIELD = re.compile(r"(?P<label>[^:|]{2,90}?)\s*:(?P<rest>.*)")
_BULLET = re.compile(r"(?:[-*•]|[0-9]{1,2}[.)])\s+(?P<text>\S.*)")
_OUTCOME_HEADING = re.compile(r"(Primary|Secondary|Other)(?: \w+)? Outcome Measures\s*:?[\s|]*")
_TIME_FRAME = re.compile(r"\[\s{0,3}Time Frame:")
_SAFETY_ISSUE = re.compile(r"\[?\s*Designated as safety issue:\s*\w+\s*\]?", re.IGNORECASE)
_ARM_TYPES = "|".join(kind.value.replace("_", " ").title() for kind in ArmGroupType)
_TYPED_ARM = re.compile(rf"(?P<type>{_ARM_TYPES}|[A-Z][a-z]+ Comparator)\s*:\s*(?P<label>\S.*)")
_OTHER_NAMES = re.compile(r"Other Names?:\s*(?P<name>.*)")
_PLACE = re.compile(r"(?P<name>[^|:]+)\|(?P<status>[^|]*)\|")
_ADDRESS = re.compile(r"(?P<parts>[^|:]+)\|?")
_COUNT = re.compile(r"(?P<count>[0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(?:\s+(?:participants|patients|subjects))?")
_LAST_KNOWN = re.compile(r"Recruitment status was\s{0,3}:(?P<words>[^|]+)\|?", re.IGNORECASE)
_KEYWORDS = re.compile(r"Keywords provided by .*")
_TYPED_DATE = re.compile(
    r"(?:(?P<type>Actual|Estimated|Anticipated)\s+)?"
    r"(?P<what>Enrollment|Study Start Date|Study Start|Primary Completion Date|Study Completion Date|"
    r"Primary Completion|Study Completion)"
)
_DATE_PATHS: Final = MappingProxyType(
    {
        "Study Start": "startDateStruct",
        "Primary Completion": "primaryCompletionDateStruct",
        "Study Completion": "completionDateStruct",
    }
)
_LAST_YEAR_OF_ESTIMATED_POSTS: Final = 2016
_STOPPED: Final = frozenset({Status.TERMINATED, Status.WITHDRAWN, Status.SUSPENDED})
_SPOKEN_YES: Final = MappingProxyType({"yes": True, "no": False})


def _cells(text: str) -> list[str]:
    return [cell.strip() for cell in text.split("|") if cell.strip()]


@dataclass(frozen=True, slots=True)
class _Place:
    """A country or a facility, with what stands in the cell behind it (a status, or nothing)."""

    name: str
    status: str


def _place_in(text: str) -> _Place | None:
    match = _PLACE.fullmatch(text)
    return _Place(match["name"].strip(), match["status"].strip()) if match and match["name"].strip() else None


class _Page:
    """One page being read: `at` is the line in hand; a taker that knows the line steps past it."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.lines = account.source.lines()
        self.indents = account.source.indents()
        self.at = 0
        self.labelled = False
        self.text_path: str | None = None
        self.list_path: str | None = None
        self.list_length = 0
        self.interventions: dict[str, str] = {}
        self.arms = 0
        self.officials = 0
        self.outcomes: dict[str, int] = {}
        self.outcome_list: str | None = None
        self.criteria: list[tuple[CriterionKind | None, str]] = []
        self.headed: set[CriterionKind] = set()
        self.locations = 0
        self.country: str | None = None
        self.mesh: dict[str, int] = {}

    def read(self) -> Record:
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if any(take(self, line) for take in _TAKERS):
                self.labelled = True
            elif not self._take_loose(line):
                self.at += 1
        self._finish()
        return self.account.record()

    def ahead(self, steps: int = 1) -> Line | None:
        """The non-empty line so many steps further on."""
        index = self.at + steps
        return self.lines[index] if index < len(self.lines) else None

    def step(self) -> bool:
        self.at += 1
        return True

    def take_noise(self, line: Line) -> bool:
        if not _NOISE.fullmatch(line.text):
            return False
        self.account.known(line)
        return self.step()

    def take_heading(self, line: Line) -> bool:
        words = _heading_words(line.text)
        if words in {"no results posted", "study results", "results posted"}:
            self.account.state("hasResults", words != "no results posted", line.line, line.text.strip("-|* "))
            return self.step()
        if words not in _HEADINGS:
            return False
        self.account.known(line)
        self.step()
        if words in {"criteria", "eligibility criteria", "inclusion and exclusion criteria"}:
            self._read_criteria()
        return True

    def take_standing_words(self, line: Line) -> bool:
        """Sentences that stand on every page; what else a line says that begins with one is listed as unread."""
        refer = _REFER.fullmatch(line.text)
        if refer:
            self.account.state(f"{_IDENTITY}.nctId", refer["nct"], line.line, refer["nct"])
            if more := refer["more"].rstrip(" |\t"):
                self.account.unread(line.line, more)
            return self.step()
        if _CONTACT.search(line.text):
            self.account.pass_over("contact", line.text, line.line, line.text)
            return self.step()
        if not _begins_standing(line.text):
            return False
        self.account.known(line)
        for sentence in _sentences(line.text):
            if not _is_standing(sentence):
                self.account.unread(line.line, sentence)
        return self.step()

    def take_condition_table(self, line: Line) -> bool:
        if not line.text.startswith("Condition or disease"):
            return False
        titles = _cells(line.text)
        columns = len(titles)
        self.account.known(line)
        self.step()
        self._skip_noise()
        cells = self._row(columns)
        readers = {"Condition": self._read_conditions, "Intervention": self._read_treatments, "Phase": self._read_phase}
        for title, cell in zip(titles, cells, strict=False):
            for start, read in readers.items():
                if title.startswith(start):
                    read(cell)
        return True

    def take_arm_table(self, line: Line) -> bool:
        if not re.fullmatch(r"(?:Arm|Group/Cohort)\s*\|.*", line.text):
            return False
        columns = max(len(_cells(line.text)), 1)
        self.account.known(line)
        self.step()
        self._skip_noise()
        while self._row_follows():
            cells = self._row(columns)
            self._read_arm(cells[0], cells[1] if len(cells) > 1 else [])
        return True

    def take_outcome_heading(self, line: Line) -> bool:
        match = _OUTCOME_HEADING.fullmatch(line.text)
        if match is None:
            return False
        self.outcome_list = f"{_OUTCOMES}.{match[1].lower()}Outcomes"
        self.account.known(line)
        return self.step()

    def take_outcome(self, line: Line) -> bool:
        found = _outcome_in(line.text)
        if found is None:
            return False
        stated = self.outcome_list
        outcomes = stated or (f"{_OUTCOMES}.secondaryOutcomes" if self.outcomes else f"{_OUTCOMES}.primaryOutcomes")
        index = self.outcomes.get(outcomes, 0)
        self.outcomes[outcomes] = index + 1
        path = f"{outcomes}[{index}]"
        self.account.state(f"{path}.measure", found.measure, line.line, found.measure)
        if found.time_frame:
            self.account.state(f"{path}.timeFrame", found.time_frame, line.line, found.time_frame)
        if stated is None:
            because = "the page lost the heading above this outcome; a record names its primary outcome first"
            self.account.doubt(f"{path}.measure", because, line.line)
        if found.description and not _SAFETY_ISSUE.fullmatch(found.description):
            self.account.add_text(f"{path}.description", found.description, line.line)
        self.step()
        self._read_outcome_description(path)
        return True

    def take_criteria(self, line: Line) -> bool:
        pieces = split_at_headings(line.text)
        if "|" in line.text or not pieces or pieces[0].heading is None:
            return False
        self._read_criteria()
        return True

    def take_keywords(self, line: Line) -> bool:
        if not _KEYWORDS.fullmatch(line.text):
            return False
        self.account.known(line)
        self.open_list(f"{_CONDITIONS}.keywords", "{path}[{index}]")
        return self.step()

    def take_last_known_status(self, line: Line) -> bool:
        match = _LAST_KNOWN.fullmatch(line.text)
        status = member(Status, match["words"]) if match else None
        if match is None or status is None:
            return False
        self.account.state(f"{STATUS}.lastKnownStatus", status.value, line.line, match["words"].strip())
        return self.step()

    def take_field(self, line: Line) -> bool:
        """A label with a colon; its value may stand on the next line."""
        match = _FIELD.fullmatch(line.text)
        reader = _field_reader(match["label"]) if match else None
        if match is None or reader is None:
            return False
        values = _cells(match["rest"])
        accepted = reader(self, line, values) if values else self._take_value_below(line, reader)
        if accepted:
            self._leave_cells(line, values[1:])
            self.step()
        return accepted

    def _leave_cells(self, line: Line, values: list[str]) -> None:
        """Cells behind the value of a label that gave nothing."""
        latest = takewhile(lambda fact: fact.line >= line.line, reversed(self.account.facts)) if values else ()
        quotes = [fact.quote for fact in latest if fact.line == line.line]
        for words in values:
            if words not in quotes:
                self.account.unread(line.line, words)

    def take_place(self, line: Line) -> bool:
        """Countries and facilities stand in two cells, the second empty or a status; an address in one."""
        place, address = _place_in(line.text), _ADDRESS.fullmatch(line.text)
        if place is not None:
            return self._take_country_or_facility(line, place)
        if address is None or self.country is None:
            return False
        parts = [part.strip() for part in address["parts"].split(",")]
        return self.country in parts[1:] and self._take_address(line, parts, parts.index(self.country, 1))

    def take_mesh(self, line: Line) -> bool:
        terms = split_mesh_terms(line.text.rstrip("| "))
        for term in terms:
            self._add_mesh(line, term)
        return bool(terms) and self.step()

    def is_landmark(self, line: Line) -> bool:
        """Whether a line begins something else than running text or the rows of a table."""
        field = _FIELD.fullmatch(line.text)
        return (
            (field is not None and _field_reader(field["label"]) is not None)
            or _heading_words(line.text) in _HEADINGS
            or _outcome_in(line.text) is not None
            or _OUTCOME_HEADING.fullmatch(line.text) is not None
            or _begins_standing(line.text)
            or line.text.startswith(_REFER_OPENING)
            or _CONTACT.search(line.text) is not None
            or bool(split_mesh_terms(line.text.rstrip("| ")))
        )

    def _take_loose(self, line: Line) -> bool:
        """The title, which no label announces, and what goes on under the label above.

        A line that begins as a known one, and could not be read as that, is none of these.
        """
        if self.is_landmark(line):
            return False
        title = f"{_IDENTITY}.briefTitle"
        if self.list_path is not None and not line.text.endswith(":"):
            words = line.text.rstrip("| ")
            bullet = _BULLET.fullmatch(words)
            self.add_to_list(line, bullet["text"] if bullet else words)
            return self.step()
        if self.text_path is not None:
            self.account.add_text(self.text_path, line.text.rstrip("| "), line.line)
            return self.step()
        if not self.labelled and not self.account.has(title) and _could_be_title(line.text):
            self.account.state(title, line.text, line.line, line.text)
            return self.step()
        return False

    def open_list(self, path: str, item: str) -> None:
        self.close_texts()
        self.list_path, self.list_length = item.replace("{path}", path), 0

    def close_texts(self) -> None:
        self.text_path = None
        self.list_path = None

    def add_to_list(self, line: Line, words: str) -> None:
        assert self.list_path is not None  # only asked while a list is open
        path = self.list_path.replace("{index}", str(self.list_length))
        self.list_length += 1
        self.account.state(path, words, line.line, words)

    def _take_value_below(self, line: Line, reader: _Reader) -> bool:
        following = self.ahead()
        if reader in _OPENERS:
            return reader(self, line, [])
        if following is None or self.is_landmark(following) or _NOISE.fullmatch(following.text):
            self.account.known(line)
            return True
        if not reader(self, following, _cells(following.text)):
            return False
        self.account.known(line)
        return self.step()

    def _skip_noise(self) -> None:
        while self.at < len(self.lines) and self.take_noise(self.lines[self.at]):
            pass

    def _row(self, columns: int) -> list[list[tuple[Line, str]]]:
        """The cells of one row, each as the pieces of lines it is made of; a row ends with its last ``|``."""
        cells: list[list[tuple[Line, str]]] = [[]]
        while self.at < len(self.lines) and len(cells) <= columns:
            line = self.lines[self.at]
            if cells != [[]] and self.is_landmark(line) and not INTERVENTION_PREFIX.match(line.text):
                break
            for number, part in enumerate(line.text.split("|")):
                if number > 0:
                    cells.append([])
                if part.strip() and len(cells) <= columns:
                    cells[-1].append((line, part.strip()))
            if _NOISE.fullmatch(line.text):
                self.account.known(line)
            self.step()
        return cells[:columns]

    def _row_follows(self) -> bool:
        """Whether another arm begins here: by its type, or because its cell ends in a line of its own."""
        line = self.lines[self.at] if self.at < len(self.lines) else None
        if line is None or self.is_landmark(line) or _BULLET.fullmatch(line.text) or split_at_headings(line.text) == ():
            return False
        if _TYPED_ARM.match(line.text):
            return True
        near = [self.ahead(steps) for steps in range(4)]
        bare = [found for found in near if found is not None and found.line - line.line < len(near)]
        return any(found.text == "|" for found in bare)

    def _read_conditions(self, cell: list[tuple[Line, str]]) -> None:
        for index, (line, words) in enumerate(cell):
            self.account.state(f"{_CONDITIONS}.conditions[{index}]", words, line.line, words)

    def _read_treatments(self, cell: list[tuple[Line, str]]) -> None:
        for line, words in cell:
            for kind, name in _split_interventions(words):
                self._intervention(line, kind, name)

    def _read_phase(self, cell: list[tuple[Line, str]]) -> None:
        found = [(line, words, phase) for line, words in cell for phase in read_phases(words)]
        for index, (line, words, phase) in enumerate(found):
            self.account.state(f"{DESIGN}.phases[{index}]", phase.value, line.line, words)

    def _intervention(self, line: Line, kind: str, name: str) -> str:
        """The path of an intervention, which is known by its type and name."""
        spelt = f"{kind}: {name}"
        path = self.interventions.setdefault(spelt, f"{_INTERVENTIONS}[{len(self.interventions)}]")
        found = member(InterventionType, kind)
        if found is not None:
            self.account.state(f"{path}.type", found.value, line.line, kind)
        self.account.state(f"{path}.name", name, line.line, name)
        return path

    def _read_arm(self, about: list[tuple[Line, str]], given: list[tuple[Line, str]]) -> None:
        if not about:
            return
        arm = f"{_ARMS}[{self.arms}]"
        self.arms += 1
        line, words = about[0]
        typed = _TYPED_ARM.fullmatch(words)
        kind = member(ArmGroupType, typed["type"]) if typed else None
        if typed and kind is not None:
            self.account.state(f"{arm}.type", kind.value, line.line, typed["type"])
        label = typed["label"] if typed and kind is not None else words
        self.account.state(f"{arm}.label", label, line.line, label)
        for piece, text in about[1:]:
            self.account.add_text(f"{arm}.description", text, piece.line)
        self._read_given(arm, line, label, given)

    def _read_given(self, arm: str, arm_line: Line, label: str, given: list[tuple[Line, str]]) -> None:
        """What is given in an arm: interventions, each with other names and a description below it."""
        path, count, naming = "", 0, False
        for line, words in given:
            interventions = _split_interventions(words)
            other, bullet = _OTHER_NAMES.fullmatch(words), _BULLET.fullmatch(words)
            for kind, name in interventions:
                path, naming = self._intervention(line, kind, name), False
                spelt = words[words.index(kind) :] if len(interventions) == 1 else f"{kind}: {name}"
                quote = spelt if spelt in line.text else name
                self.account.state(f"{arm}.interventionNames[{count}]", f"{kind}: {name}", line.line, quote)
                count += 1
                self._link(path, arm_line, label)
            if interventions or not path:
                continue
            if other or (naming and bullet):
                naming = True
                self._add_other_name(path, line, other["name"] if other else bullet["text"] if bullet else "")
            else:
                self._describe(path, line, words)

    def _link(self, path: str, arm_line: Line, label: str) -> None:
        labels = [self.account.value(f"{path}.armGroupLabels[{index}]") for index in range(self.arms)]
        if label not in labels:
            self.account.state(f"{path}.armGroupLabels[{labels.index('')}]", label, arm_line.line, label)

    def _add_other_name(self, path: str, line: Line, name: str) -> None:
        names = [name.strip()] if name.strip() else []
        known = 0
        while self.account.has(f"{path}.otherNames[{known}]"):
            if self.account.value(f"{path}.otherNames[{known}]") in names:
                break
            known += 1
        for found in names:
            self.account.state(f"{path}.otherNames[{known}]", found, line.line, found)
        if not names:
            self.account.known(line)

    def _describe(self, path: str, line: Line, words: str) -> None:
        """An intervention given in several arms is described again in each: the same words count once."""
        described = f"{path}.description"
        if words in self.account.value(described).split("\n\n"):
            self.account.quote_part(described, words, line.line, words)
        else:
            self.account.add_text(described, words, line.line)

    def _read_outcome_description(self, path: str) -> None:
        """Lines right below an outcome, up to the next bullet, cell, label or empty line."""
        while self.at < len(self.lines):
            line, before = self.lines[self.at], self.lines[self.at - 1]
            if line.line != before.line + 1 or "|" in line.text or _BULLET.fullmatch(line.text):
                return
            opens_criteria = any(piece.heading for piece in split_at_headings(line.text))
            if self.is_landmark(line) or opens_criteria or _NOISE.fullmatch(line.text):
                return
            self.account.add_text(f"{path}.description", line.text, line.line)
            self.step()

    def _read_criteria(self) -> None:
        """Everything from a criteria heading to the next label, table or standing sentence."""
        kind: CriterionKind | None = None
        indent = 0
        while self.at < len(self.lines):
            line = self.lines[self.at]
            pieces = split_at_headings(line.text)
            opens = bool(pieces) and pieces[0].heading is not None
            if "|" in line.text or (self.is_landmark(line) and not opens):
                return
            for piece in pieces:
                if piece.heading is not None and piece.kind is not None:
                    kind = piece.kind
                    self.headed.add(kind)
                    heading = f"{kind.value.capitalize()} Criteria:"
                    self.account.quote_part(CRITERIA, heading, line.line, piece.heading)
                if piece.words:
                    indent = self._add_criterion(line, kind, piece.words, indent)
            self.step()

    def _add_criterion(self, line: Line, kind: CriterionKind | None, words: str, indent: int) -> int:
        """One line of criteria; deeper bullets stay with the criterion above, other lines below one continue it."""
        bullet = _BULLET.fullmatch(words)
        text, here = (bullet["text"] if bullet else words), self.indents[line.line]
        nested = bool(bullet) and bool(self.criteria) and here > indent
        continued = not bullet and bool(self.criteria) and self.lines[self.at - 1].line == line.line - 1
        same_kind = bool(self.criteria) and self.criteria[-1][0] is kind
        if same_kind and (nested or (continued and not self.criteria[-1][1].endswith((".", ":")))):
            joint = "\n  - " if nested else " "
            self.criteria[-1] = (kind, f"{self.criteria[-1][1]}{joint}{text}")
        else:
            self.criteria.append((kind, text))
        self.account.quote_part(CRITERIA, text, line.line, text)
        return indent if nested else here

    def _take_country_or_facility(self, line: Line, place: _Place) -> bool:
        following = self.ahead()
        if following is None:
            return False
        below = _ADDRESS.fullmatch(following.text)
        parts = [part.strip() for part in below["parts"].split(",")] if below else []
        country, _, state = place.name.partition(",")
        path = f"{_LOCATIONS}[{self.locations}]"
        if self.country is not None and self.country in parts[1:]:
            return self._take_facility(line, place, path)
        if not place.status and (_place_in(following.text) or country in parts[1:]):
            self.country = country.strip()
            self.account.state(f"{path}.country", self.country, line.line, self.country)
            if state.strip():
                self.account.state(f"{path}.state", state.strip(), line.line, state.strip())
            return self.step()
        return False

    def _take_facility(self, line: Line, place: _Place, path: str) -> bool:
        status = member(RecruitmentStatus, place.status)
        self.account.state(f"{path}.facility", place.name, line.line, place.name)
        if status is not None:
            self.account.state(f"{path}.status", status.value, line.line, place.status)
        return self.step()

    def _take_address(self, line: Line, parts: list[str], country_at: int) -> bool:
        path = f"{_LOCATIONS}[{self.locations}]"
        self.locations += 1
        before = parts[:country_at]
        self.account.state(f"{path}.city", before[0], line.line, before[0])
        if len(before) > 1:
            self.account.state(f"{path}.state", before[1], line.line, before[1])
        self.account.state(f"{path}.country", parts[country_at], line.line, parts[country_at])
        postcode = ", ".join(parts[country_at + 1 :])
        if postcode:
            quote = postcode if postcode in line.text else parts[country_at + 1]
            self.account.state(f"{path}.zip", quote, line.line, quote)
        return self.step()

    def _add_mesh(self, line: Line, term: MeshTerm) -> None:
        """A heading that names a condition (or intervention) of the record is its own, the others lie above those."""
        own = _word_set(term.term)
        named = [self.account.value(f"{_CONDITIONS}.conditions[{index}]") for index in range(20)]
        named += [self.account.value(f"{path}.name") for path in self.interventions.values()]
        matches = any(own <= _word_set(name) for name in named if name)
        group = f"derivedSection.{term.browse_module}BrowseModule.{'meshes' if matches else 'ancestors'}"
        index = self.mesh.get(group, 0)
        self.mesh[group] = index + 1
        spelt = re.search(r"\s+".join(map(re.escape, term.term.split())), line.text)
        self.account.state(f"{group}[{index}].term", term.term, line.line, spelt[0] if spelt else line.text)
        where = "it names what the record names" if matches else "it names nothing that the record names itself"
        because = f"the identifier of this heading in MeSH; its place follows from the words: {where}"
        self.account.infer(f"{group}[{index}].id", term.identifier, because, line.line, Certainty.DERIVED)

    def _finish(self) -> None:
        if self.criteria or self.headed:
            text = render_criteria(self.criteria, self.headed)
            self.account.set_text(CRITERIA, text)
            check_polarity(self.account, text)
        infer_allocation(self.account)
        infer_standard_ages(self.account)
        self._infer_sponsor()
        propose_agency_class(self.account, f"{SPONSORS}.leadSponsor")

    def _infer_sponsor(self) -> None:
        party, sponsor = f"{SPONSORS}.responsibleParty", f"{SPONSORS}.leadSponsor.name"
        affiliation, name = f"{party}.investigatorAffiliation", f"{party}.investigatorFullName"
        if not self.account.has(name):
            return
        line = self.account.line_of(name)
        if self.account.has(affiliation):
            because = "the page names no sponsor; this is where the responsible party works"
            self.account.infer(sponsor, self.account.value(affiliation), because, line)
        principal = [
            self.account.value(f"{_OFFICIALS}[{index}].name").split(",")[0]
            for index in range(self.officials)
            if self.account.value(f"{_OFFICIALS}[{index}].role") == OfficialRole.PRINCIPAL_INVESTIGATOR
        ]
        if self.account.value(name) in principal:
            because = "the responsible party is the principal investigator; it could also be SPONSOR_INVESTIGATOR"
            self.account.propose(f"{party}.type", "PRINCIPAL_INVESTIGATOR", because, line)

    def state_words(self, path: str, line: Line, values: list[str]) -> bool:
        return self.account.state(path, values[0], line.line, values[0])

    def state_member(self, enumeration: type[StrEnum], path: str, line: Line, values: list[str]) -> bool:
        found = member(enumeration, values[0])
        return found is not None and self.account.state(path, found.value, line.line, values[0])

    def state_yes_or_no(self, path: str, line: Line, values: list[str]) -> bool:
        answer = _SPOKEN_YES.get(values[0].casefold())
        return answer is not None and self.account.state(path, answer, line.line, values[0])


_Reader = Callable[[_Page, Line, list[str]], bool]


def _read_status(page: _Page, line: Line, values: list[str]) -> bool:
    """The status, and the reason for stopping in brackets behind or below it."""
    match = re.fullmatch(r"(?P<status>[^()]+)(?:\((?P<why>.+)\))?", values[0])
    status = member(Status, match["status"]) if match else None
    if match is None or status is None:
        return False
    page.account.state(f"{STATUS}.overallStatus", status.value, line.line, match["status"].strip())
    if match["why"] and status in _STOPPED:
        page.account.state(f"{STATUS}.whyStopped", match["why"], line.line, match["why"])
        return True
    steps = 1 if page.lines[page.at] is line else 2
    following = page.ahead(steps)
    below = re.fullmatch(r"\((?P<why>.+)\)", following.text.rstrip("| ")) if following else None
    if following and below and status in _STOPPED:
        page.account.state(f"{STATUS}.whyStopped", below["why"], following.line, below["why"])
        page.step()
    return True


def _read_nct_id(page: _Page, line: Line, values: list[str]) -> bool:
    found = re.fullmatch(r"NCT[0-9]{8}", values[0])
    return found is not None and page.state_words(f"{_IDENTITY}.nctId", line, values)


def _read_posted(path: str) -> _Reader:
    def read(page: _Page, line: Line, values: list[str]) -> bool:
        """Posting dates; before 2017 the registry worked them out afterwards and calls them estimated."""
        words = values[0].removesuffix("Key Record Dates").strip()
        date = read_date(words)
        if date is None or date.day is None:
            return False
        if not page.account.state(f"{STATUS}.{path}.date", str(date), line.line, words):
            return False
        if date.year <= _LAST_YEAR_OF_ESTIMATED_POSTS:
            because = "the registry estimated its posting dates before 2017"
            page.account.infer(f"{STATUS}.{path}.type", "ESTIMATED", because, line.line, Certainty.DERIVED)
        return True

    return read


def _read_verified(page: _Page, line: Line, values: list[str]) -> bool:
    date = read_date(values[0])
    return date is not None and page.account.state(f"{STATUS}.statusVerifiedDate", str(date), line.line, values[0])


def _read_typed(label: re.Match[str]) -> _Reader:
    """Size and dates, whose labels say whether they are actual or estimated."""

    def read(page: _Page, line: Line, values: list[str]) -> bool:
        what = label["what"].removesuffix(" Date")
        if what == "Enrollment":
            count = _COUNT.fullmatch(values[0])
            path = f"{DESIGN}.enrollmentInfo"
            number = int(count["count"].replace(",", "")) if count else None
            told = number is not None and page.account.state(f"{path}.count", number, line.line, values[0])
        else:
            date = read_date(values[0])
            path = f"{STATUS}.{_DATE_PATHS[what]}"
            told = date is not None and page.account.state(f"{path}.date", str(date), line.line, values[0])
        if told and label["type"]:
            kind = "ACTUAL" if label["type"] == "Actual" else "ESTIMATED"
            at = line.line if label["type"] in line.text else page.lines[page.at].line
            page.account.state(f"{path}.type", kind, at, label["type"])
        return told

    return read


def _read_study_type(page: _Page, line: Line, values: list[str]) -> bool:
    if "[Patient Registry]" in values[0]:
        page.account.state(f"{DESIGN}.patientRegistry", True, line.line, "[Patient Registry]")
    return page.state_member(StudyType, f"{DESIGN}.studyType", line, values)


def _read_masking_field(page: _Page, line: Line, values: list[str]) -> bool:
    masking = read_masking(values[0])
    if masking is not None:
        state_masking(page.account, masking, line.line, values[0])
    return masking is not None


def _read_ages_field(page: _Page, line: Line, values: list[str]) -> bool:
    """Limits with the registry's age groups in brackets, or the groups alone where there is no limit."""
    match = re.fullmatch(r"(?P<limits>[^()]*)(?:\((?P<groups>[^)]*)\))?", values[0])
    if match is None:
        return False
    ages = read_ages(match["limits"])
    listed = match["groups"] or ("" if ages else match["limits"])
    named = [part.strip() for part in listed.split(",") if part.strip()]
    groups = [(member(StandardAge, name), name) for name in named]
    if any(group is None for group, _ in groups) or not (ages or groups):
        return False
    for index, (group, name) in enumerate(groups):
        if group is not None:
            page.account.state(f"{ELIGIBILITY}.stdAges[{index}]", group.value, line.line, name)
    for path, part in (("minimumAge", ages.minimum), ("maximumAge", ages.maximum)) if ages else ():
        if part is not None:
            page.account.state(f"{ELIGIBILITY}.{path}", part.value, line.line, part.quote)
    return True


def _read_official(role: OfficialRole, label: str) -> _Reader:
    def read(page: _Page, line: Line, values: list[str]) -> bool:
        path = f"{_OFFICIALS}[{page.officials}]"
        page.officials += 1
        page.account.state(f"{path}.name", values[0], line.line, values[0])
        if label in line.text:
            page.account.state(f"{path}.role", role.value, line.line, label)
        else:
            page.account.infer(f"{path}.role", role.value, "the label above says so", line.line, Certainty.DERIVED)
        if len(values) > 1:
            page.account.state(f"{path}.affiliation", values[1], line.line, values[1])
        return True

    return read


def _read_responsible_party(page: _Page, line: Line, values: list[str]) -> bool:
    """``Name, title, affiliation``, or an organisation alone. With other numbers of parts the parting is a guess."""
    party = f"{SPONSORS}.responsibleParty"
    parts = [part.strip() for part in values[0].split(",") if part.strip()]
    sponsor = page.account.value(f"{SPONSORS}.leadSponsor.name")
    if values[0] == sponsor or len(parts) < 3:
        page.account.state(f"{_IDENTITY}.organization.fullName", values[0], line.line, values[0])
        because = "the responsible party is an organisation"
        page.account.propose(f"{party}.type", "SPONSOR", because, line.line)
        return True
    affiliation = sponsor if sponsor and values[0].endswith(f", {sponsor}") else parts[-1]
    title = values[0].removesuffix(affiliation).removeprefix(parts[0]).strip(", ")
    named = (("FullName", parts[0]), ("Title", title), ("Affiliation", affiliation))
    for attribute, words in named:
        if words:
            page.account.state(f"{party}.investigator{attribute}", words, line.line, words)
    if len(parts) > 3:
        because = "name, title and affiliation are parted by commas, of which there are more than two"
        page.account.doubt(f"{party}.investigatorTitle", because, line.line)
    return True


def _read_other_ids(page: _Page, line: Line, values: list[str]) -> bool:
    """The organisation's own identifier first, then those of others with their kind in brackets."""
    if values:
        _add_identifier(page, line, values[0], 0)
    else:
        page.account.known(line)
    count = len(values[:1])
    while (following := page.ahead()) is not None:
        cells = _cells(following.text)
        if page.is_landmark(following) or len(cells) != 1 or following.line > line.line + count + 1:
            break
        _add_identifier(page, following, cells[0], count)
        count += 1
        page.step()
    return True


def _add_identifier(page: _Page, line: Line, words: str, index: int) -> None:
    match = re.fullmatch(r"(?P<id>[^()]+)\((?P<kind>[^()]+)\)", words)
    kind = match["kind"].strip() if match else ""
    if index == 0 and not kind:
        page.account.state(f"{_IDENTITY}.orgStudyIdInfo.id", words, line.line, words)
        return
    path = f"{_IDENTITY}.secondaryIdInfos[{max(index - 1, 0)}]"
    identifier = match["id"].strip() if match else words
    page.account.state(f"{path}.id", identifier, line.line, identifier)
    if kind:
        name, _, domain = (part.strip() for part in kind.partition(":"))
        found = member(SecondaryIdType, name) or (SecondaryIdType.OTHER if name.startswith("Other") else None)
        if found is not None:
            page.account.state(f"{path}.type", found.value, line.line, name)
        if domain:
            page.account.state(f"{path}.domain", domain, line.line, domain)


def _open_text(path: str) -> _Reader:
    def read(page: _Page, line: Line, values: list[str]) -> bool:
        """A label whose text goes on over the lines below."""
        page.close_texts()
        if values:
            page.account.add_text(path, values[0], line.line)
        else:
            page.account.known(line)
        page.text_path = path
        return True

    return read


def _open_names(path: str, attribute: str) -> _Reader:
    def read(page: _Page, line: Line, values: list[str]) -> bool:
        """A label whose items stand one a line below it."""
        page.open_list(path, "{path}[{index}]" + attribute)
        if not values:
            page.account.known(line)
        for words in values:
            page.add_to_list(line, words)
        return True

    return read


def _words(path: str) -> _Reader:
    return lambda page, line, values: page.state_words(path, line, values)


def _member(enumeration: type[StrEnum], path: str) -> _Reader:
    return lambda page, line, values: page.state_member(enumeration, path, line, values)


def _yes_or_no(path: str) -> _Reader:
    return lambda page, line, values: page.state_yes_or_no(path, line, values)


_DESIGN_INFO = f"{DESIGN}.designInfo"
_OPENING_FIELDS: Final[Mapping[str, _Reader]] = MappingProxyType(
    {
        "Brief Summary": _open_text(f"{_DESCRIPTION}.briefSummary"),
        "Detailed Description": _open_text(f"{_DESCRIPTION}.detailedDescription"),
        "Collaborator": _open_names(f"{SPONSORS}.collaborators", ".name"),
        "Collaborators": _open_names(f"{SPONSORS}.collaborators", ".name"),
        "Publications": _open_names(_REFERENCES, ".citation"),
        "Publications of Results": _open_names(_REFERENCES, ".citation"),
        "Other Study ID Numbers": _read_other_ids,
    }
)
_FIELDS: Final[Mapping[str, _Reader]] = MappingProxyType(
    {
        "ClinicalTrials.gov Identifier": _read_nct_id,
        "Recruitment Status": _read_status,
        "First Posted": _read_posted("studyFirstPostDateStruct"),
        "Results First Posted": _read_posted("resultsFirstPostDateStruct"),
        "Last Update Posted": _read_posted("lastUpdatePostDateStruct"),
        "Last Verified": _read_verified,
        "Study Type": _read_study_type,
        "Allocation": _member(DesignAllocation, f"{_DESIGN_INFO}.allocation"),
        "Intervention Model": _member(InterventionalAssignment, f"{_DESIGN_INFO}.interventionModel"),
        "Intervention Model Description": _words(f"{_DESIGN_INFO}.interventionModelDescription"),
        "Observational Model": _member(ObservationalModel, f"{_DESIGN_INFO}.observationalModel"),
        "Time Perspective": _member(DesignTimePerspective, f"{_DESIGN_INFO}.timePerspective"),
        "Masking": _read_masking_field,
        "Masking Description": _words(f"{_DESIGN_INFO}.maskingInfo.maskingDescription"),
        "Primary Purpose": _member(PrimaryPurpose, f"{_DESIGN_INFO}.primaryPurpose"),
        "Target Follow-Up Duration": _words(f"{DESIGN}.targetDuration"),
        "Official Title": _words(f"{_IDENTITY}.officialTitle"),
        "Acronym": _words(f"{_IDENTITY}.acronym"),
        "Ages Eligible for Study": _read_ages_field,
        "Sexes Eligible for Study": _member(Sex, f"{ELIGIBILITY}.sex"),
        "Genders Eligible for Study": _member(Sex, f"{ELIGIBILITY}.sex"),
        "Gender Based Eligibility": _yes_or_no(f"{ELIGIBILITY}.genderBased"),
        "Gender Eligibility Description": _words(f"{ELIGIBILITY}.genderDescription"),
        "Accepts Healthy Volunteers": _yes_or_no(f"{ELIGIBILITY}.healthyVolunteers"),
        "Sampling Method": _member(SamplingMethod, f"{ELIGIBILITY}.samplingMethod"),
        "Study Population": _words(f"{ELIGIBILITY}.studyPopulation"),
        "Principal Investigator": _read_official(OfficialRole.PRINCIPAL_INVESTIGATOR, "Principal Investigator"),
        "Study Director": _read_official(OfficialRole.STUDY_DIRECTOR, "Study Director"),
        "Study Chair": _read_official(OfficialRole.STUDY_CHAIR, "Study Chair"),
        "Sub-Investigator": _read_official(OfficialRole.SUB_INVESTIGATOR, "Sub-Investigator"),
        "Sponsor": _words(f"{SPONSORS}.leadSponsor.name"),
        "Responsible Party": _read_responsible_party,
        "Information provided by (Responsible Party)": _read_responsible_party,
        "Plan to Share IPD": _member(IpdSharing, f"{_SHARING}.ipdSharing"),
        "Plan Description": _words(f"{_SHARING}.description"),
        "Has Data Monitoring Committee": _yes_or_no(f"{_OVERSIGHT}.oversightHasDmc"),
        "Studies a U.S. FDA-regulated Drug Product": _yes_or_no(f"{_OVERSIGHT}.isFdaRegulatedDrug"),
        "Studies a U.S. FDA-regulated Device Product": _yes_or_no(f"{_OVERSIGHT}.isFdaRegulatedDevice"),
        "Product Manufactured in and Exported from the U.S.": _yes_or_no(f"{_OVERSIGHT}.isUsExport"),
        **_OPENING_FIELDS,
    }
)
_OPENERS: Final = tuple(_OPENING_FIELDS.values())
_TAKERS: Final[tuple[Callable[[_Page, Line], bool], ...]] = (
    _Page.take_noise,
    _Page.take_heading,
    _Page.take_standing_words,
    _Page.take_condition_table,
    _Page.take_arm_table,
    _Page.take_outcome_heading,
    _Page.take_keywords,
    _Page.take_outcome,
    _Page.take_criteria,
    _Page.take_last_known_status,
    _Page.take_field,
    _Page.take_place,
    _Page.take_mesh,
)


@dataclass(frozen=True, slots=True)
class _OutcomeWords:
    measure: str
    time_frame: str
    description: str


def _outcome_in(text: str) -> _OutcomeWords | None:
    """``measure [ Time Frame: … ] description``, with or without a bullet; None for any other line."""
    opening = _TIME_FRAME.search(text)
    if opening is None:
        return None
    before = text[: opening.start()].strip()
    bullet = _BULLET.fullmatch(before)
    frame, _, description = text[opening.end() :].partition("]")
    measure = bullet["text"] if bullet else before
    return _OutcomeWords(measure, frame.strip("| "), description.strip("| ")) if measure else None


def _field_reader(label: str) -> _Reader | None:
    words = re.sub(r"^[-*•]\s+", "", label).strip()
    typed = _TYPED_DATE.fullmatch(words)
    return _read_typed(typed) if typed else _FIELDS.get(words)


def _heading_words(text: str) -> str:
    return text.strip("-*•|#: ").casefold()


def _sentences(text: str) -> list[str]:
    return [part.strip("| ") for part in re.split(r"(?<=[a-z]\.)\s+(?=\S)", text) if part.strip("| ")]


def _begins_standing(text: str) -> bool:
    return text.strip("| ").casefold().startswith(tuple(_STANDING_SENTENCES))


def _is_standing(sentence: str) -> bool:
    """Whether a sentence begins and ends as one that stands on every page."""
    words = sentence.casefold().rstrip(". ")
    return any(words.startswith(start) and words.endswith(ends) for start, ends in _STANDING_SENTENCES.items())


def _could_be_title(text: str) -> bool:
    return len(text.split()) > 2 and "|" not in text and not _BULLET.fullmatch(text) and not text.endswith(":")


def _split_interventions(words: str) -> list[tuple[str, str]]:
    """``Type: name`` pairs, of which a dump may run several together."""
    found = list(INTERVENTION_PREFIX.finditer(words))
    if not found or found[0].start() != 0:
        return []
    ends = [match.start() for match in found[1:]] + [len(words)]
    return [(match[1], words[match.end() : end].strip()) for match, end in zip(found, ends, strict=True)]


def _word_set(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.casefold()))


def _signs(source: Source) -> int:
    """Known labels with a colon, table headings, and cells."""
    signs: set[str] = set()
    for line in source.lines():
        field = _FIELD.fullmatch(line.text)
        if field and _field_reader(field["label"]) is not None:
            signs.add(field["label"].strip())
        if re.match(r"(Condition or disease|Arm|Group/Cohort)\s*\|", line.text):
            signs.add(line.text[:9])
        if _TIME_FRAME.search(line.text):
            signs.add("[ Time Frame: ]")
    return len(signs)


def _read(account: Account) -> Record:
    return _Page(account).read()


METHOD = RegistryFormat(
    description="a page of the classic ClinicalTrials.gov as text with table remains",
    enough=4,
    signs=_signs,
    read=_read,
)
