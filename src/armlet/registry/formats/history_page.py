"""A page of the archive that ClinicalTrials.gov kept of its records until 2017: one version, or the list of versions.

The page of a version is a table of labels and values; its date is the day on which the registry showed it, which can
be days after the record was sent in, and goes to `Reading.as_of`. It leaves out contacts, locations and dates of submission.
The page ``History of NCT…`` is no record: it gives the number and the title, and, as
provenance ``versions[0].date`` and ``versions[0].changed``, each version with what the registry said had changed,
which makes it a list of dated amendments. Text is kept with its own line breaks.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

from armlet.errors import InputError
from armlet.issues import Severity, error
from armlet.registry.accounting import Account, Certainty, Line, RegistryFormat, Source
from armlet.registry.decode import Words
from armlet.registry.inference import (
    DESIGN,
    ELIGIBILITY,
    IDENTITY,
    INTERVENTIONS,
    OUTCOMES,
    SPONSORS,
    STATUS,
    Passage,
    Stating,
    check_polarity,
    infer_allocation,
    infer_standard_ages,
    joined,
    keep,
    state_age,
    state_count,
    state_date,
    state_healthy_volunteers,
    state_masking_words,
    state_nct_id,
    state_phases,
    state_study_type,
    state_words,
    stating_member,
)
from armlet.registry.record import (
    ArmGroupType,
    DateType,
    DesignAllocation,
    DesignTimePerspective,
    InterventionalAssignment,
    InterventionType,
    ObservationalModel,
    PrimaryPurpose,
    Record,
    Sex,
    Status,
)
from armlet.registry.vocabulary import is_old_design_word, member, read_date, read_masking

_ARMS: Final = "protocolSection.armsInterventionsModule.armGroups"
_CONDITIONS: Final = "protocolSection.conditionsModule"
_DESCRIPTION: Final = "protocolSection.descriptionModule"
_REFERENCES: Final = "protocolSection.referencesModule"
_DESIGN_INFO: Final = f"{DESIGN}.designInfo"
_EXCERPT: Final = 200
_VERSION: Final = re.compile(r"<h1>\s*View of (?P<nct>NCT[0-9]{8}) on\s+(?P<date>[0-9]{4}_[0-9]{2}_[0-9]{2})\s*</h1>")
_HISTORY: Final = re.compile(r"<h1>\s*History of (?P<nct>NCT[0-9]{8})\s*</h1>")
_TOKEN: Final = re.compile(r"<[^<>]*>|[^<]+|<")
_TAG: Final = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)")
_FURNITURE: Final = frozenset({"title", "h1", "a", "span"})
_LABELS_OUTSIDE: Final = frozenset({"Brief title:", "Record State:"})
_BREAKS: Final = frozenset({"br", "p", "div", "li", "h2"})
_VERSION_DATE: Final = re.compile(r"([0-9]{4})_([0-9]{2})_([0-9]{2})")
_WITH_TYPE: Final = re.compile(r"(?P<value>[^()]*[^()\s])\s*(?:\((?P<type>[A-Za-z]+)\))?")
_LABELLED: Final = re.compile(
    r"(?P<label>Measure|Time Frame|Safety Issue\?|Description|Citation|MEDLINE|PMID):?\s*(?P<rest>.*)"
)


# The page as rows of cells.


@dataclass
class _Cell:
    """A cell of a table: its lines as they are shown, each with the words of the source it is made of."""

    is_label: bool
    lines: list[list[Words]] = field(default_factory=lambda: [[]])

    def passage(self) -> Passage:
        """All words, without the breaks."""
        return tuple(words for line in self.lines for words in line)

    def filled(self) -> list[Passage]:
        """The lines that have words."""
        return [tuple(line) for line in self.lines if line]


@dataclass
class _Page:
    """The rows of all tables, and the words that stand outside of them with the element that they stand in."""

    rows: list[list[_Cell]] = field(default_factory=list)
    outside: list[tuple[str, Words]] = field(default_factory=list)


def _parse(source: Source) -> _Page:
    """Tags and text by a single pass over the page; nothing of it is ever run or fetched."""
    text = source.text
    breaks = [match.end() for match in re.finditer(r"\r\n|\n|\r", text)]
    page, tag, position = _Page(), "", 0
    while position < len(text):
        if text.startswith("<!--", position):
            position = _end_of_comment(source, position)
            continue
        token = _TOKEN.match(text, position)
        assert token is not None  # every character fits one of the three
        named = _TAG.match(token[0])
        if named:
            tag = _take_tag(page, tag, named[1].casefold(), token[0].startswith("</"))
        elif not token[0].startswith("<"):
            _take_text(page, tag, token[0], bisect_right(breaks, position) + 1)
        position = token.end()
    return page


def _end_of_comment(source: Source, start: int) -> int:
    end = source.text.find("-->", start)
    if end < 0:
        line = source.text.count("\n", 0, start) + 1
        message = "the page has a comment that does not end."
        raise InputError([error("read/html", f"{source.name}:{line}", message, "Fetch the page again.")])
    return end + 3


def _take_tag(page: _Page, within: str, tag: str, is_end: bool) -> str:
    """The element that text stands in from here, as far as it matters."""
    if (tag in {"table", "tr"} and is_end) or tag == "tr":
        page.rows.append([])
    elif tag in {"th", "td"} and not is_end:
        if not page.rows:
            page.rows.append([])
        page.rows[-1].append(_Cell(tag == "th"))
    elif tag in _BREAKS and page.rows and page.rows[-1]:
        page.rows[-1][-1].lines.append([])
    return within if tag in _BREAKS else "" if is_end else tag


def _take_text(page: _Page, tag: str, text: str, first_line: int) -> None:
    for number, raw in enumerate(re.split(r"\r\n|\n|\r", text)):
        shown = html.unescape(raw).replace("\xa0", " ")
        if shown.strip():
            words = Words(first_line + number, shown.rstrip(), raw.strip())
            if page.rows and page.rows[-1]:
                page.rows[-1][-1].lines[-1].append(words)
            else:
                page.outside.append((tag, words))


# How values are stated.


def _state_text(account: Account, path: str, cell: _Cell) -> bool:
    """A text of several lines; where lines are left free, one stays free."""
    if account.has(path):
        return False
    shown = "\n".join(" ".join(joined(tuple(line)).split()) for line in cell.lines)
    account.set_text(path, re.sub(r"\n{3,}", "\n\n", shown).strip())
    for words in cell.passage():
        account.quote_part(path, words.text.strip(), words.line, words.quote)
    return True


def _state_with_type(path: str, name: str, stating: Stating) -> _Reader:
    """``2011-12 (Actual)``: a value, and whether it is planned or has come about."""

    def read(account: Account, number: int, cell: _Cell) -> bool:
        match = _WITH_TYPE.fullmatch(joined(cell.passage()))
        kind = member(DateType, match["type"]) if match and match["type"] else None
        if match is None or (match["type"] and kind is None):
            return False
        value = tuple(words for words in cell.passage() if not words.text.strip().startswith("(")) or cell.passage()
        spoken = (Words(value[0].line, match["value"], match["value"]),)
        if match["value"] not in value[0].quote or not stating(account, f"{path}.{name}", spoken):
            return False
        if kind is not None:
            at = next(words for words in cell.passage() if match["type"] in words.quote)
            account.state(f"{path}.type", kind.value, at.line, match["type"])
        return True

    return read


def _state_design(account: Account, number: int, cell: _Cell) -> bool:
    """``Treatment``, ``Double Blind (Subject)``, ``Parallel Assignment``: each in a row of its own."""
    passage = cell.passage()
    words = joined(passage)
    if read_masking(words) is not None:
        return state_masking_words(account, f"{_DESIGN_INFO}.maskingInfo", passage)
    for attribute, enumeration in _DESIGN_ENUMERATIONS.items():
        if member(enumeration, words) is not None:
            return stating_member(enumeration)(account, f"{_DESIGN_INFO}.{attribute}", passage)
    return is_old_design_word(words) and keep(account, "design", passage)


_Reader: TypeAlias = Callable[[Account, int, _Cell], bool]
_DESIGN_ENUMERATIONS: Final = MappingProxyType(
    {
        "allocation": DesignAllocation,
        "interventionModel": InterventionalAssignment,
        "primaryPurpose": PrimaryPurpose,
        "observationalModel": ObservationalModel,
        "timePerspective": DesignTimePerspective,
    }
)


def _state_version_date(account: Account, number: int, cell: _Cell) -> bool:
    words = cell.passage()[0]
    account.as_of = _version_date(words.text)
    return account.as_of is not None and keep(account, "version.date", (words,))


def _version_date(words: str) -> str | None:
    """``2005_06_23`` as a date of the record."""
    match = _VERSION_DATE.fullmatch(words.strip())
    date = read_date("-".join(match.groups())) if match else None
    return str(date) if date else None


def _parts(cell: _Cell) -> dict[str, _Cell]:
    """The lines of a cell by the label that they begin with; lines without one belong to the label above."""
    parts: dict[str, _Cell] = {}
    label = ""
    for line in cell.filled():
        match = _LABELLED.fullmatch(line[0].text.strip())
        if match:
            label = match["label"]
            rest = match["rest"]
            line = (Words(line[0].line, rest, line[0].quote[-len(rest) :]), *line[1:]) if rest else line[1:]  # noqa: PLW2901
        part = parts.setdefault(label, _Cell(False, []))
        if line:
            part.lines.append(list(line))
    return parts


def _reading_outcome(kind: str) -> _Reader:
    def read(account: Account, number: int, cell: _Cell) -> bool:
        path = f"{OUTCOMES}.{kind}Outcomes[{number}]"
        names = {"Measure": "measure", "Time Frame": "timeFrame", "Description": "description", "": "measure"}
        understood = True
        for label, part in _parts(cell).items():
            if label == "Safety Issue?":
                keep(account, "outcome.safetyIssue", part.passage())
            elif part.passage():
                understood &= label in names and _state_text(account, f"{path}.{names[label]}", part)
        return understood

    return read


def _read_reference(account: Account, number: int, cell: _Cell) -> bool:
    understood = True
    for label, part in _parts(cell).items():
        if label == "MEDLINE":
            keep(account, "reference.medline", part.passage())
        elif part.passage():
            name = {"Citation": "citation", "PMID": "pmid"}.get(label)
            path = f"{_REFERENCES}.references[{number}].{name}"
            understood &= name is not None and _state_text(account, path, part)
    return understood


def _read_arm(account: Account, number: int, cell: _Cell) -> bool:
    """The label and, behind wide blanks, the type; then what is done."""
    first, *rest = cell.filled()
    path = f"{_ARMS}[{number}]"
    label, *others = (words for words in first if words.text.strip())
    name = label.text.strip().removeprefix("Arm Label:").strip()
    if not name or not account.state(f"{path}.label", name, label.line, name if name in label.quote else label.quote):
        return False
    understood = True
    for words in others:
        understood &= stating_member(ArmGroupType)(account, f"{path}.type", (words,))
    if rest:
        understood &= _state_text(account, f"{path}.description", _Cell(False, [list(line) for line in rest]))
    return understood


def _read_intervention(account: Account, number: int, cell: _Cell) -> bool:
    """``Type: name`` and, behind wide blanks, the arms that get it; then what it is."""
    first, *rest = cell.filled()
    path = f"{INTERVENTIONS}[{number}]"
    what, *arms = (words for words in first if words.text.strip())
    kind, colon, name = (part.strip() for part in what.text.partition(": "))
    spoken = member(InterventionType, kind)
    if not colon or not name or spoken is None:
        return False
    account.state(f"{path}.type", spoken.value, what.line, kind)
    account.state(f"{path}.name", name, what.line, name if name in what.quote else what.quote)
    for index, words in enumerate(arms):
        label = words.text.strip().removeprefix("Arm Label:").strip()
        account.state(f"{path}.armGroupLabels[{index}]", label, words.line, words.quote)
    if rest:
        return _state_text(account, f"{path}.description", _Cell(False, [list(line) for line in rest]))
    return True


def _by(path: str, stating: Stating) -> _Reader:
    return lambda account, number, cell: stating(account, path.replace("[n]", f"[{number}]"), cell.passage())


def _text_at(path: str) -> _Reader:
    return lambda account, number, cell: _state_text(account, path.replace("[n]", f"[{number}]"), cell)


_READERS: Final[Mapping[str, _Reader]] = MappingProxyType(
    {
        "ClinicalTrials Identifier": _by(f"{IDENTITY}.nctId", state_nct_id),
        "Updated": _state_version_date,
        "Brief title": _by(f"{IDENTITY}.briefTitle", state_words),
        "Official title": _by(f"{IDENTITY}.officialTitle", state_words),
        "Acronym": _by(f"{IDENTITY}.acronym", state_words),
        "Secondary IDs": _by(f"{IDENTITY}.secondaryIdInfos[n].id", state_words),
        "Secondary ID": _by(f"{IDENTITY}.secondaryIdInfos[n].id", state_words),
        "Organization name": _by(f"{IDENTITY}.organization.fullName", state_words),
        "Organization study ID": _by(f"{IDENTITY}.orgStudyIdInfo.id", state_words),
        "Sponsor": _by(f"{SPONSORS}.leadSponsor.name", state_words),
        "Collaborator": _by(f"{SPONSORS}.collaborators[n].name", state_words),
        "Health Authority": _by("oversightAuthority", keep),
        "Brief summary": _text_at(f"{_DESCRIPTION}.briefSummary"),
        "Detailed description": _text_at(f"{_DESCRIPTION}.detailedDescription"),
        "Phase": _by(f"{DESIGN}.phases", state_phases),
        "Study type": _by(f"{DESIGN}.studyType", state_study_type),
        "Study design": _state_design,
        "Primary outcome": _reading_outcome("primary"),
        "Secondary outcome": _reading_outcome("secondary"),
        "Other outcome": _reading_outcome("other"),
        "Condition": _by(f"{_CONDITIONS}.conditions[n]", state_words),
        "Keyword": _by(f"{_CONDITIONS}.keywords[n]", state_words),
        "Arm/Group": _read_arm,
        "Intervention": _read_intervention,
        "Reference": _read_reference,
        "URL": _by(f"{_REFERENCES}.seeAlsoLinks[n].url", state_words),
        "See also": _by(f"{_REFERENCES}.seeAlsoLinks[n].label", state_words),
        "Status": _by(f"{STATUS}.overallStatus", stating_member(Status)),
        "Why stopped": _text_at(f"{STATUS}.whyStopped"),
        "Start date": _state_with_type(f"{STATUS}.startDateStruct", "date", state_date),
        "Completion date": _state_with_type(f"{STATUS}.completionDateStruct", "date", state_date),
        "Last follow-up date": _state_with_type(f"{STATUS}.completionDateStruct", "date", state_date),
        "Primary completion date": _state_with_type(f"{STATUS}.primaryCompletionDateStruct", "date", state_date),
        "Expected enrollment": _by(f"{DESIGN}.enrollmentInfo.count", state_count),
        "Enrollment": _state_with_type(f"{DESIGN}.enrollmentInfo", "count", state_count),
        "Criteria": _text_at(f"{ELIGIBILITY}.eligibilityCriteria"),
        "Gender": _by(f"{ELIGIBILITY}.sex", stating_member(Sex)),
        "Minimum age": _by(f"{ELIGIBILITY}.minimumAge", state_age),
        "Maximum age": _by(f"{ELIGIBILITY}.maximumAge", state_age),
        "Healthy volunteers": _by(f"{ELIGIBILITY}.healthyVolunteers", state_healthy_volunteers),
    }
)


def _know(account: Account, passage: Iterable[Words]) -> None:
    for words in passage:
        account.known(Line(words.line, words.text.strip()))


def _know_furniture(account: Account, page: _Page) -> None:
    """Titles, headings and links stand on every page; other words outside of tables stay unrecognised."""
    _know(account, (words for tag, words in page.outside if tag in _FURNITURE or joined((words,)) in _LABELS_OUTSIDE))


def _settle_structure(account: Account, page: _Page) -> None:
    """Lines of nothing but tags; words that no one took stay unrecognised."""
    worded = {words.line for row in page.rows for cell in row for words in cell.passage()}
    worded |= {words.line for _, words in page.outside}
    account.know_unworded(worded)


def _read_version(account: Account, page: _Page) -> Record:
    counted: Counter[str] = Counter()
    label = ""
    for row in page.rows:
        labels = [cell for cell in row if cell.is_label and cell.passage()]
        values = [cell for cell in row if not cell.is_label and cell.passage()]
        if labels:
            label = joined(labels[0].passage()).rstrip(":")
            if label in _READERS or not values:
                _know(account, labels[0].passage())
        for cell in values:
            reader = _READERS.get(label)
            counts = reader is not None and reader(account, counted[label], cell)
            counted[label] += counts
            if not counts:
                for words in cell.passage():
                    account.unread(words.line, f"{label or '(no label)'} ({words.quote[:_EXCERPT]})")
    _know_furniture(account, page)
    _settle_structure(account, page)
    infer_allocation(account)
    infer_standard_ages(account)
    if account.has(f"{DESIGN}.enrollmentInfo.count") and counted["Expected enrollment"]:
        path = f"{DESIGN}.enrollmentInfo.count"
        because = "the page calls the enrolment expected"
        account.infer(f"{DESIGN}.enrollmentInfo.type", "ESTIMATED", because, account.line_of(path), Certainty.DERIVED)
    check_polarity(account, account.value(f"{ELIGIBILITY}.eligibilityCriteria"))
    return account.record()


def _read_history(account: Account, page: _Page) -> Record:
    found = _HISTORY.search(account.source.text)
    assert found is not None  # only called for such pages
    number = found["nct"]
    at = account.source.text.count("\n", 0, found.start("nct")) + 1
    account.state(f"{IDENTITY}.nctId", number, at, number)
    label = ""
    for _, words in page.outside:
        if label == "Brief title:":
            account.state(f"{IDENTITY}.briefTitle", words.text.strip(), words.line, words.quote)
        elif label == "Record State:":
            account.remember("recordState", words.text.strip(), words.line, words.quote)
        label = words.text.strip()
    _know_furniture(account, page)
    for row in page.rows:
        if len(row) > 1 and all(cell.is_label for cell in row):
            _know(account, (words for cell in row for words in cell.passage()))
    versions = [row for row in page.rows if row and _version_date(joined(row[0].passage()))]
    for index, row in enumerate(versions):
        _state_listed_version(account, index, row)
    _settle_structure(account, page)
    dates = [_version_date(joined(row[0].passage())) for row in versions]
    account.as_of = dates[-1] if dates else None
    span = f" from {dates[0]} to {dates[-1]}" if dates else ""
    message = f"the page lists {len(dates)} versions of {number}{span}; it is not a record itself."
    account.warn("read/history", at, message, "Read the pages of the versions that you need.", Severity.NOTE)
    return account.record()


def _state_listed_version(account: Account, index: int, row: list[_Cell]) -> None:
    (date, *_), changed = row[0].passage(), row[-1].passage()
    account.remember(f"versions[{index}].date", _version_date(date.text) or "", date.line, date.quote)
    for words in changed if len(row) > 1 else ():
        account.remember(f"versions[{index}].changed", words.text.strip(), words.line, words.quote)


def _signs(source: Source) -> int:
    """The heading of the archive."""
    return 1 if _VERSION.search(source.text) or _HISTORY.search(source.text) else 0


def _read(account: Account) -> Record:
    page = _parse(account.source)
    if _VERSION.search(account.source.text):
        return _read_version(account, page)
    return _read_history(account, page)


METHOD = RegistryFormat(
    description="a page in HTML of the ClinicalTrials.gov archive: one version of a record, or the list of its versions",
    enough=1,
    signs=_signs,
    read=_read,
    reads_markup=True,
)
