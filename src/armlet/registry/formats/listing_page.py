"""A third-party listing page of a registered trial, as plain text.

Its marks: a status sentence ("This trial is …."), then one label a line without a colon ("Start date …"), headings on
lines of their own, both kinds of criteria in one running line, and a closing sentence that says which month the
information is from. Names of arms, and which intervention belongs to which of several arms, are usually left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from armlet.registry.accounting import CRITERIA, Account, Certainty, Line, RegistryFormat, Source
from armlet.registry.criteria_text import CriterionKind, render_criteria, split_at_headings, split_bullets
from armlet.registry.inference import (
    DESIGN,
    ELIGIBILITY,
    SPONSORS,
    STATUS,
    check_polarity,
    infer_allocation,
    infer_date_type,
    infer_standard_ages,
    infer_study_type,
    propose_agency_class,
    state_masking,
)
from armlet.registry.record import (
    ArmGroupType,
    DesignAllocation,
    DesignTimePerspective,
    InterventionalAssignment,
    ObservationalModel,
    OfficialRole,
    PrimaryPurpose,
    Record,
    Status,
    StudyType,
)
from armlet.registry.vocabulary import member, read_date, read_eligible_people, read_masking, read_phases

_IDENTITY = "protocolSection.identificationModule"
_ARMS = "protocolSection.armsInterventionsModule.armGroups"
_INTERVENTIONS = "protocolSection.armsInterventionsModule.interventions"
_OUTCOMES = "protocolSection.outcomesModule"
_OFFICIALS = "protocolSection.contactsLocationsModule.overallOfficials"
_SUMMARY = "protocolSection.descriptionModule.briefSummary"
_DESCRIPTION = "protocolSection.descriptionModule.detailedDescription"
_LABEL_LIMIT: Final = 100


class _Section(StrEnum):
    HEADER = ""
    DESIGN = "Study Design"
    PRIMARY = "Primary Outcomes"
    SECONDARY = "Secondary Outcomes"
    OTHER = "Other Outcomes"
    ELIGIBILITY = "Eligibility Criteria"
    ADDITIONAL = "Additional Information"


_HEADINGS: Final = frozenset(section.value for section in _Section if section.value)
_OUTCOME_LISTS: Final = MappingProxyType(
    {
        _Section.PRIMARY: f"{_OUTCOMES}.primaryOutcomes",
        _Section.SECONDARY: f"{_OUTCOMES}.secondaryOutcomes",
        _Section.OTHER: f"{_OUTCOMES}.otherOutcomes",
    }
)
_MORE: Final = r"(?:\.\s*(?P<more>.*))?"
_STATUS = re.compile(rf"This (?:trial|study) (?:is|was|has been)(?: currently)? (?P<words>[^.]+){_MORE}", re.IGNORECASE)
_NO_SITES = re.compile(
    r"(?P<words>(?P<where>[A-Z]\w+(?: [A-Z]\w+)?) No locations recruiting)(?:(?!\w)\.?\s*(?P<more>.*))?"
)
_UPDATED = re.compile(rf"Trial information was received from .+? and was last updated in (?P<date>[^.]+){_MORE}")
_PROVIDED = re.compile(r"Information provided to .+? by (?P<name>.+?)(?:(?<=[a-z]{4})\.\s+(?P<more>[A-Z].*)|\.)?")
_TIME_FRAME = re.compile(r"time frame:\s*(?P<words>.+)", re.IGNORECASE)
_OUTCOME_OPENING = re.compile(r"(?:time frame|safety issue)\b", re.IGNORECASE)
_CLOSING_OPENING = re.compile(r"Trial information was received\b|Information provided to\b", re.IGNORECASE)
_STATUS_OPENING = re.compile(r"This (?:trial|study) (?:is|was|has been)\b", re.IGNORECASE)
_PEOPLE_OPENING = re.compile(r"(?:fe)?male\b.*\bparticipants\b|(?:all )?participants\b", re.IGNORECASE)
_SAFETY_ISSUE = re.compile(r"safety issue\s*[:?]?\s*(?:yes|no)\.?", re.IGNORECASE)
_ARM_TYPES = "|".join(kind.value.replace("_", " ").title() for kind in ArmGroupType)
_TYPED_ARM = re.compile(rf"(?P<label>[^()]+)\((?P<type>{_ARM_TYPES})\)\s*(?P<text>.*)")
_BIOLOGICAL = re.compile(
    r"stem cell|stromal cell|\bcells\b|vaccin|immunoglobulin|\bplasma\b|antibod|\bislets?\b", re.IGNORECASE
)
_PROSE_LENGTH: Final = 60


class _Page:
    """One page being read, line by line."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.lines = account.source.lines()
        self.section = _Section.HEADER
        self.labels_seen: set[str] = set()
        self.outcomes = dict.fromkeys(_OUTCOME_LISTS, -1)
        self.people: list[str] = []
        self.collaborators = 0
        self.arms = 0
        self.interventions: list[str] = []
        self.current: str | None = None
        self.criteria: list[tuple[CriterionKind | None, str]] = []
        self.headed: set[CriterionKind] = set()
        self.polarity: CriterionKind | None = None

    def read(self) -> Record:
        for index, line in enumerate(self.lines):
            if not self._take_anywhere(line):
                self._take_in_section(index, line)
        self._finish()
        return self.account.record()

    def _take_anywhere(self, line: Line) -> bool:
        """What means the same wherever it stands: headings, the status, the closing sentences."""
        if line.text in _HEADINGS:
            self.section = _Section(line.text)
            self.account.known(line)
            return True
        return self._take_no_sites(line) or self._take_status(line) or self._take_closing(line)

    def _take_no_sites(self, line: Line) -> bool:
        """That nobody recruits in a country, for which the record has no field: kept as provenance."""
        match = _NO_SITES.fullmatch(line.text)
        if match is None:
            return False
        self.account.remember("noLocationsRecruiting", match["where"], line.line, match["words"])
        self._leave_unread(line, match)
        return True

    def _leave_unread(self, line: Line, match: re.Match[str]) -> None:
        """What stands behind a known sentence in the same line, and is not known."""
        if match["more"]:
            self.account.unread(line.line, match["more"])

    def _take_status(self, line: Line) -> bool:
        match = _STATUS.fullmatch(line.text)
        status = member(Status, match["words"]) if match else None
        if match is None or status is None:
            return False
        self._leave_unread(line, match)
        return self.account.state(f"{STATUS}.overallStatus", status.value, line.line, match["words"])

    def _take_closing(self, line: Line) -> bool:
        updated, provided = _UPDATED.fullmatch(line.text), _PROVIDED.fullmatch(line.text)
        date = read_date(updated["date"]) if updated else None
        if updated and date:
            self.account.as_of = str(date)
            self.account.remember("lastUpdated", str(date), line.line, updated["date"])
            self._leave_unread(line, updated)
            return True
        if provided:
            self._leave_unread(line, provided)
            return self.account.state(
                f"{_IDENTITY}.organization.fullName", provided["name"], line.line, provided["name"]
            )
        return False

    def _take_in_section(self, index: int, line: Line) -> None:
        if self._take_label(line) or self._opens_what_cannot_be_read(line):
            return
        if self.section is _Section.HEADER:
            self._take_prose(line)
        elif self.section is _Section.DESIGN:
            self._take_arm_or_intervention(index, line)
        elif self.section in _OUTCOME_LISTS:
            self._take_outcome(index, line)
        elif self.section is _Section.ELIGIBILITY:
            self._take_eligibility(line)
        elif self.account.has(_DESCRIPTION) and _is_prose(line.text):
            self.account.add_text(_DESCRIPTION, line.text, line.line)

    def _take_label(self, line: Line) -> bool:
        """A label of this section that has not been met before, with a value that can be read."""
        for label, take in _LABELS[self.section].items():
            value = line.text.removeprefix(f"{label} ").strip()
            if value != line.text and label not in self.labels_seen and take(self, line.line, value):
                if label not in _REPEATED:
                    self.labels_seen.add(label)
                return True
        return False

    def _opens_what_cannot_be_read(self, line: Line) -> bool:
        """Whether a line begins as a label or a known sentence does, and so is no free text.

        A sentence may begin with the word of a label, or as the status does, where running text stands.
        """
        if _CLOSING_OPENING.match(line.text):
            return True
        if self._is_running_text(line):
            return any(
                _begins_with(line.text, label) for label in _LABELS[self.section] if label not in self.labels_seen
            )
        if self._intervention_named_in(line.text) is not None:
            return False
        labels = {*_LABELS[self.section], *(label for label in _ALL_LABELS if " " in label), *_HEADINGS}
        return bool(_STATUS_OPENING.match(line.text)) or any(_begins_with(line.text, label) for label in labels)

    def _is_running_text(self, line: Line) -> bool:
        opened = self.labels_seen if self.section is _Section.HEADER else self.account.has(_DESCRIPTION)
        return bool(opened) and self.section in {_Section.HEADER, _Section.ADDITIONAL} and line.text.endswith(".")

    def _take_prose(self, line: Line) -> None:
        title = f"{_IDENTITY}.briefTitle"
        if line == self.lines[0] and len(line.text.split()) > 2 and not line.text.endswith("."):
            self.account.state(title, line.text, line.line, line.text)
            self.account.doubt(title, "it is the first line of the page, which no label explains", line.line)
        elif self.labels_seen and _is_prose(line.text):
            self.account.add_text(_SUMMARY, line.text, line.line)

    def _take_arm_or_intervention(self, index: int, line: Line) -> None:
        """Unlabelled lines of the design: arms, then each intervention (known by its name) and its description."""
        if self._take_intervention(line):
            return
        typed = _TYPED_ARM.fullmatch(line.text)
        described = self.current is not None and self.account.has(f"{self.current}.description")
        if typed:
            self._add_typed_arm(line, typed)
        elif self.current is None or (described and self._names_intervention(index + 1)):
            self.account.state(f"{_ARMS}[{self.arms}].description", line.text, line.line, line.text)
            self.arms += 1
        elif not described:
            self.account.state(f"{self.current}.description", line.text, line.line, line.text)

    def _add_typed_arm(self, line: Line, typed: re.Match[str]) -> None:
        arm = f"{_ARMS}[{self.arms}]"
        self.arms += 1
        kind = member(ArmGroupType, typed["type"])
        self.account.state(f"{arm}.label", typed["label"].strip(), line.line, typed["label"].strip())
        if kind is not None:
            self.account.state(f"{arm}.type", kind.value, line.line, typed["type"])
        if typed["text"]:
            self.account.state(f"{arm}.description", typed["text"], line.line, typed["text"])

    def _take_intervention(self, line: Line) -> bool:
        path = self._intervention_named_in(line.text)
        if path is None:
            return False
        name = self.account.value(f"{path}.name")
        quote, rest = line.text[: len(name)], line.text[len(name) :].strip()
        self.current = path
        self.account.quote_part(f"{path}.name", name, line.line, quote)
        for number, other in enumerate(part.strip() for part in rest.split(",") if part.strip()):
            self.account.state(f"{path}.otherNames[{number}]", other, line.line, other)
        return True

    def _intervention_named_in(self, text: str) -> str | None:
        for path in self.interventions:
            name = self.account.value(f"{path}.name")
            whole = text.casefold() == name.casefold() or text.casefold().startswith(f"{name.casefold()} ")
            if whole and not text.endswith(".") and not self.account.has(f"{path}.description"):
                return path
        return None

    def _names_intervention(self, index: int) -> bool:
        return index < len(self.lines) and self._intervention_named_in(self.lines[index].text) is not None

    def _take_outcome(self, index: int, line: Line) -> None:
        frame = _TIME_FRAME.fullmatch(line.text)
        path = f"{_OUTCOME_LISTS[self.section]}[{self.outcomes[self.section]}]"
        if frame and self.account.has(f"{path}.measure") and not self.account.has(f"{path}.timeFrame"):
            self.account.state(f"{path}.timeFrame", frame["words"], line.line, frame["words"])
        elif _SAFETY_ISSUE.fullmatch(line.text):
            self.account.known(line)
        elif _OUTCOME_OPENING.match(line.text):
            return
        elif self._describes_outcome(index, path):
            self.account.add_text(f"{path}.description", line.text, line.line)
        else:
            self.outcomes[self.section] += 1
            measure = f"{_OUTCOME_LISTS[self.section]}[{self.outcomes[self.section]}].measure"
            self.account.state(measure, line.text, line.line, line.text)

    def _describes_outcome(self, index: int, path: str) -> bool:
        """A line after a time frame that no time frame follows belongs to the outcome before it."""
        following = self.lines[index + 1].text if index + 1 < len(self.lines) else ""
        return self.account.has(f"{path}.timeFrame") and not _TIME_FRAME.fullmatch(following)

    def _take_eligibility(self, line: Line) -> None:
        is_headed = any(piece.heading for piece in split_at_headings(line.text))
        if self.criteria or is_headed:
            self._take_criteria(line)
        elif not self._take_people(line, line.text):
            sentence, _, more = line.text.partition(". ")
            if more and self._take_people(line, f"{sentence}."):
                self.account.unread(line.line, more)
            elif not _PEOPLE_OPENING.match(line.text):
                self._take_criteria(line)

    def _take_people(self, line: Line, sentence: str) -> bool:
        people = read_eligible_people(sentence)
        if people is None:
            return False
        sex, ages = people
        for path, part in (("sex", sex), ("minimumAge", ages.minimum), ("maximumAge", ages.maximum)):
            if part is not None:
                self.account.state(f"{ELIGIBILITY}.{path}", part.value, line.line, part.quote)
        if sex is None and ages.minimum is None and ages.maximum is None:
            self.account.known(line)
        return True

    def _take_criteria(self, line: Line) -> None:
        for piece in split_at_headings(line.text):
            if piece.heading is not None and piece.kind is not None:
                self.polarity = piece.kind
                self.headed.add(piece.kind)
                heading = f"{piece.kind.value.capitalize()} Criteria:"
                self.account.quote_part(CRITERIA, heading, line.line, piece.heading)
            for words in split_bullets(piece.words):
                self.criteria.append((self.polarity, words))
                self.account.quote_part(CRITERIA, words, line.line, words)

    def take_value(self, path: str, number: int, value: str) -> bool:
        return self.account.state(path, value, number, value)

    def take_names(self, path: str, number: int, value: str) -> bool:
        """A list separated by commas."""
        for index, name in enumerate(part.strip() for part in value.split(",") if part.strip()):
            self.account.state(f"{path}[{index}]", name, number, name)
        return True

    def take_phase(self, number: int, value: str) -> bool:
        phases = read_phases(value)
        for index, phase in enumerate(phases):
            self.account.state(f"{DESIGN}.phases[{index}]", phase.value, number, value)
        return bool(phases)

    def take_treatments(self, number: int, value: str, separator: str | None) -> bool:
        names = [name.strip() for name in value.split(separator)] if separator else [value]
        for name in filter(None, names):
            path = f"{_INTERVENTIONS}[{len(self.interventions)}]"
            self.interventions.append(path)
            self.account.state(f"{path}.name", name, number, name)
        return bool(self.interventions)

    def take_date(self, path: str, number: int, value: str) -> bool:
        date = read_date(value)
        return date is not None and self.account.state(f"{STATUS}.{path}.date", str(date), number, value)

    def take_size(self, number: int, value: str) -> bool:
        match = re.fullmatch(
            r"([0-9]{1,9}|[0-9]{1,3}(?:,[0-9]{3}){1,2})(?: (?:participants|patients|subjects))?", value
        )
        path = f"{DESIGN}.enrollmentInfo.count"
        return match is not None and self.account.state(path, int(match[1].replace(",", "")), number, match[1])

    def take_identifiers(self, number: int, value: str) -> bool:
        """The NCT number, and others: whose they are the page does not say; the first is taken as the sponsor's."""
        others = []
        for identifier in (part.strip() for part in value.split(",") if part.strip()):
            if re.fullmatch(r"NCT[0-9]{8}", identifier):
                self.account.state(f"{_IDENTITY}.nctId", identifier, number, identifier)
            else:
                others.append(identifier)
        paths = [f"{_IDENTITY}.orgStudyIdInfo.id"]
        paths += [f"{_IDENTITY}.secondaryIdInfos[{index}].id" for index in range(len(others))]
        for path, identifier in zip(paths, others, strict=False):
            if self.account.state(path, identifier, number, identifier):
                because = (
                    "the page does not say whose identifier this is; it could also be an acronym or another body's"
                )
                self.account.doubt(path, because, number)
        return True

    def take_masking(self, number: int, value: str) -> bool:
        masking = read_masking(value)
        if masking is not None:
            state_masking(self.account, masking, number, value)
        return masking is not None

    def take_word(self, enumeration: type[StrEnum], path: str, number: int, value: str) -> bool:
        found = member(enumeration, value)
        return found is not None and self.account.state(path, found.value, number, value)

    def take_official(self, role: OfficialRole, number: int, value: str) -> bool:
        path = f"{_OFFICIALS}[{len(self.people)}]"
        self.people.append(path)
        self.account.state(f"{path}.name", value, number, value)
        return self.account.state(f"{path}.role", role.value, number, role.value.replace("_", " ").capitalize())

    def take_endpoint_class(self, number: int, value: str) -> bool:
        """A field that the registry gave up in 2017: kept as provenance."""
        self.account.remember("endpointClassification", value, number, value)
        return True

    def _finish(self) -> None:
        if self.criteria or self.headed:
            text = render_criteria(self.criteria, self.headed)
            self.account.set_text(CRITERIA, text)
            check_polarity(self.account, text)
        infer_study_type(self.account)
        infer_allocation(self.account)
        infer_standard_ages(self.account)
        self._infer_date_types()
        self._infer_intervention_types()
        self._infer_single_arm()
        self._propose_parties()

    def _infer_date_types(self) -> None:
        if self.account.as_of is None:
            return
        for name in ("startDateStruct", "completionDateStruct"):
            infer_date_type(self.account, f"{STATUS}.{name}")
        self._infer_size_type()

    def _infer_size_type(self) -> None:
        size = f"{DESIGN}.enrollmentInfo"
        unfinished = self.account.value(f"{STATUS}.completionDateStruct.type") == "ESTIMATED"
        if unfinished and self.account.has(f"{size}.count"):
            because = "the trial was not over when the record was last updated, so the size is the planned one"
            line = self.account.line_of(f"{size}.count")
            self.account.infer(f"{size}.type", "ESTIMATED", because, line, Certainty.DERIVED)

    def _infer_intervention_types(self) -> None:
        for path in self.interventions:
            names = [self.account.value(f"{path}.name"), self.account.value(f"{path}.otherNames[0]")]
            words = _BIOLOGICAL.search(" / ".join(names))
            if words:
                because = f"the page states no type; {words[0]!r} names a biological product"
                self.account.infer(f"{path}.type", "BIOLOGICAL", because, self.account.line_of(f"{path}.name"))

    def _infer_single_arm(self) -> None:
        """With one arm, everything named is given in it; with several, the page leaves it open, and so do we."""
        design = f"{DESIGN}.designInfo.interventionModel"
        if self.arms != 1 or self.account.value(design) != "SINGLE_GROUP" or not self.interventions:
            return
        arm, line = f"{_ARMS}[0]", self.account.line_of(f"{_ARMS}[0].description")
        names = [self.account.value(f"{path}.name") for path in self.interventions]
        label = " + ".join(names)[:_LABEL_LIMIT]
        self.account.infer(
            f"{arm}.label", label, "the page names no arm; this is the name of what is given in it", line
        )
        self.account.infer(f"{arm}.type", "EXPERIMENTAL", "it is the only arm, and its type is not stated", line)
        for index, (path, name) in enumerate(zip(self.interventions, names, strict=True)):
            because = "there is one arm, so this is given in it"
            self.account.infer(
                f"{path}.armGroupLabels[0]",
                self.account.value(f"{arm}.label"),
                because,
                self.account.line_of(f"{path}.name"),
            )
            kind = self.account.value(f"{path}.type").replace("_", " ").capitalize()
            spelt = f"{kind}: {name}" if kind else name
            self.account.infer(f"{arm}.interventionNames[{index}]", spelt, because, line)

    def _propose_parties(self) -> None:
        sponsor, provider = f"{SPONSORS}.leadSponsor", f"{_IDENTITY}.organization.fullName"
        propose_agency_class(self.account, sponsor)
        for index in range(self.collaborators):
            propose_agency_class(self.account, f"{SPONSORS}.collaborators[{index}]")
        name = self.account.value(f"{sponsor}.name")
        if name and name == self.account.value(provider):
            because = "the sponsor itself gave the information to the registry"
            line = self.account.line_of(provider)
            self.account.propose(f"{SPONSORS}.responsibleParty.type", "SPONSOR", because, line)
        for path in self.people if name else ():
            because = "the page gives no affiliation; this is the sponsor"
            self.account.propose(f"{path}.affiliation", name, because, self.account.line_of(f"{path}.name"))


def _begins_with(text: str, label: str) -> bool:
    """Whether the words of a label open the text, however they are capitalised and whatever follows them."""
    return re.match(rf"{re.escape(label)}(?!\w)", text, re.IGNORECASE) is not None


def _is_prose(text: str) -> bool:
    return text.endswith((".", "!", "?", ":")) or len(text) > _PROSE_LENGTH


def _take_collaborators(page: _Page, number: int, value: str, separator: str | None) -> bool:
    names = [name.strip() for name in value.split(separator)] if separator else [value]
    for name in filter(None, names):
        page.take_value(f"{SPONSORS}.collaborators[{page.collaborators}].name", number, name)
        page.collaborators += 1
    return True


_Taker = Callable[[_Page, int, str], bool]
_CONDITIONS = "protocolSection.conditionsModule"
_HEADER_LABELS: Final[Mapping[str, _Taker]] = MappingProxyType(
    {
        "Acronym": lambda page, number, value: page.take_value(f"{_IDENTITY}.acronym", number, value),
        "Condition": lambda page, number, value: page.take_value(f"{_CONDITIONS}.conditions[0]", number, value),
        "Conditions": lambda page, number, value: page.take_names(f"{_CONDITIONS}.conditions", number, value),
        "Keywords": lambda page, number, value: page.take_names(f"{_CONDITIONS}.keywords", number, value),
        "Treatment": lambda page, number, value: page.take_treatments(number, value, None),
        "Treatments": lambda page, number, value: page.take_treatments(number, value, ","),
        "Phase": lambda page, number, value: page.take_phase(number, value),
        "Sponsor": lambda page, number, value: page.take_value(f"{SPONSORS}.leadSponsor.name", number, value),
        "Collaborator": lambda page, number, value: _take_collaborators(page, number, value, None),
        "Collaborators": lambda page, number, value: _take_collaborators(page, number, value, ","),
        "Start date": lambda page, number, value: page.take_date("startDateStruct", number, value),
        "End date": lambda page, number, value: page.take_date("completionDateStruct", number, value),
        "Primary completion date": lambda page, number, value: page.take_date(
            "primaryCompletionDateStruct", number, value
        ),
        "Trial size": lambda page, number, value: page.take_size(number, value),
        "Trial identifier": lambda page, number, value: page.take_identifiers(number, value),
        "Trial identifiers": lambda page, number, value: page.take_identifiers(number, value),
        "Study type": lambda page, number, value: page.take_word(StudyType, f"{DESIGN}.studyType", number, value),
    }
)
_DESIGN_LABELS: Final[Mapping[str, _Taker]] = MappingProxyType(
    {
        "Study type": lambda page, number, value: page.take_word(StudyType, f"{DESIGN}.studyType", number, value),
        "Allocation": lambda page, number, value: page.take_word(
            DesignAllocation, f"{DESIGN}.designInfo.allocation", number, value
        ),
        "Endpoint classification": lambda page, number, value: page.take_endpoint_class(number, value),
        "Intervention model": lambda page, number, value: page.take_word(
            InterventionalAssignment, f"{DESIGN}.designInfo.interventionModel", number, value
        ),
        "Masking": lambda page, number, value: page.take_masking(number, value),
        "Primary purpose": lambda page, number, value: page.take_word(
            PrimaryPurpose, f"{DESIGN}.designInfo.primaryPurpose", number, value
        ),
        "Observational model": lambda page, number, value: page.take_word(
            ObservationalModel, f"{DESIGN}.designInfo.observationalModel", number, value
        ),
        "Time perspective": lambda page, number, value: page.take_word(
            DesignTimePerspective, f"{DESIGN}.designInfo.timePerspective", number, value
        ),
    }
)
_ADDITIONAL_LABELS: Final[Mapping[str, _Taker]] = MappingProxyType(
    {
        "Official title": lambda page, number, value: page.take_value(f"{_IDENTITY}.officialTitle", number, value),
        "Principal investigator": lambda page, number, value: page.take_official(
            OfficialRole.PRINCIPAL_INVESTIGATOR, number, value
        ),
        "Study chair": lambda page, number, value: page.take_official(OfficialRole.STUDY_CHAIR, number, value),
        "Study director": lambda page, number, value: page.take_official(OfficialRole.STUDY_DIRECTOR, number, value),
        "Description": lambda page, number, value: page.take_value(_DESCRIPTION, number, value),
    }
)
_NO_LABELS: Final[Mapping[str, _Taker]] = MappingProxyType({})
_LABELS: Final[Mapping[_Section, Mapping[str, _Taker]]] = MappingProxyType(
    {
        _Section.HEADER: _HEADER_LABELS,
        _Section.DESIGN: _DESIGN_LABELS,
        _Section.PRIMARY: _NO_LABELS,
        _Section.SECONDARY: _NO_LABELS,
        _Section.OTHER: _NO_LABELS,
        _Section.ELIGIBILITY: _NO_LABELS,
        _Section.ADDITIONAL: _ADDITIONAL_LABELS,
    }
)
_REPEATED: Final = frozenset({"Principal investigator", "Study chair", "Study director", "Collaborator"})
_ALL_LABELS: Final = (*_HEADER_LABELS, *_DESIGN_LABELS, *_ADDITIONAL_LABELS)
_BY_FIRST_WORD: Final = MappingProxyType(
    {
        word: [label for label in _ALL_LABELS if label.split()[0] == word]
        for word in {label.split()[0] for label in _ALL_LABELS}
    }
)


def _signs(source: Source) -> int:
    """Labels without a colon, headings, and the sentences that open and close such a page."""
    signs: set[str] = set()
    for line in source.lines():
        labels = _BY_FIRST_WORD.get(line.text.partition(" ")[0], ())
        signs.update(label for label in labels if line.text.startswith(f"{label} ") and ":" not in line.text[:30])
        if line.text in _HEADINGS:
            signs.add(line.text)
        for pattern in (_STATUS, _UPDATED, _NO_SITES):
            if pattern.fullmatch(line.text):
                signs.add(pattern.pattern)
    return len(signs)


def _read(account: Account) -> Record:
    return _Page(account).read()


METHOD = RegistryFormat(
    description="a third-party listing page, labels without colons, as plain text", enough=4, signs=_signs, read=_read
)
