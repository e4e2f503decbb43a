"""One study out of the table that ClinicalTrials.gov hands out for download (CSV), old or new, with any of its columns.

A row is a study; a table of several is parted into its rows. Lists stand in one cell, parted by ``|``. The table
says less than the record: an outcome's measure, description and time frame run together; the columns before 2023 do not
tell primary from secondary outcomes; there are no arms, criteria or age limits in most tables. What cannot be told
apart is kept as provenance and reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from armlet.errors import InputError
from armlet.issues import error
from armlet.registry.accounting import Account, Line, RegistryFormat, Source
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
    state_masking,
    state_text,
)
from armlet.registry.record import (
    AgencyClass,
    DesignAllocation,
    DesignTimePerspective,
    InterventionalAssignment,
    InterventionType,
    ObservationalModel,
    PrimaryPurpose,
    Record,
    Sex,
    StandardAge,
    Status,
    StudyType,
)
from armlet.registry.several import table_records
from armlet.registry.table_text import TableCell, TableText
from armlet.registry.vocabulary import member, read_ages, read_date, read_masking, read_phases

_NCT: Final = re.compile(r"NCT\d{8}")
_NAME_PART: Final = re.compile(r".*\b(?:Republic|States|Province|Jamahiriya)\b.* of(?: the)?|U\.S\.")
"""What stands behind the comma of a country written family name first, as in ``Iran, Islamic Republic of``."""
_WITH_STATES: Final = frozenset({"United States", "Canada", "Australia"})
"""Countries whose places are told with their state; elsewhere a fourth part may as well belong to the hospital."""
_DESIGN_WORDS: Final[Mapping[str, tuple[str, type[StrEnum]]]] = MappingProxyType(
    {
        "allocation": ("allocation", DesignAllocation),
        "intervention model": ("interventionModel", InterventionalAssignment),
        "primary purpose": ("primaryPurpose", PrimaryPurpose),
        "observational model": ("observationalModel", ObservationalModel),
        "time perspective": ("timePerspective", DesignTimePerspective),
    }
)


class _Study:
    """One row being read. A cell, or a part of one, that gave nothing is kept as provenance under its column's name."""

    def __init__(self, account: Account, header: tuple[TableCell, ...], row: tuple[TableCell, ...]) -> None:
        self.account = account
        self.header = header
        self.cells = {cell.value: row[index] for index, cell in enumerate(header) if index < len(row)}
        self.surplus = row[len(header) :]

    def read(self) -> Record:
        for cell in self.header:
            for part in cell.words:
                self.account.known(Line(part.line, part.text))
        for column, cell in self.cells.items():
            take = _COLUMNS.get(column.casefold())
            if not cell.words:
                continue
            if take is None:
                self.account.unread(cell.line, f"{column} ({cell.value[:200]})")
            elif not take(self, cell):
                self.keep(column, cell.words)
        for cell in self.surplus:
            if cell.words:
                self.account.unread(cell.line, f"a cell without a column ({cell.value[:200]})")
        self._finish()
        return self.account.record()

    def _finish(self) -> None:
        infer_allocation(self.account)
        infer_standard_ages(self.account)
        if self.account.as_of is None and self.account.has(f"{STATUS}.lastUpdatePostDateStruct.date"):
            self.account.as_of = self.account.value(f"{STATUS}.lastUpdatePostDateStruct.date")
        for name in ("startDateStruct", "primaryCompletionDateStruct", "completionDateStruct"):
            infer_date_type(self.account, f"{STATUS}.{name}")

    def keep(self, column: str, words: tuple[Words, ...]) -> None:
        for part in words:
            self.account.remember(column, part.text, part.line, part.quote)

    def parts(self, cell: TableCell) -> list[Words]:
        """The items of a list in a cell; one that goes on over lines is told apart only line by line."""
        found = []
        for words in cell.words:
            pieces = [piece.strip() for piece in words.text.split("|")]
            found += [Words(words.line, piece, _quoted(piece, words.quote)) for piece in pieces if piece]
        return found

    def take_text(self, path: str, cell: TableCell) -> bool:
        state_text(self.account, path, cell.words)
        return True

    def take_word(self, path: str, kind: type[StrEnum], cell: TableCell) -> bool:
        found = member(kind, cell.value)
        return found is not None and self.account.state(path, found.value, cell.line, cell.words[0].quote)

    def take_number(self, cell: TableCell) -> bool:
        match = _NCT.fullmatch(cell.value)
        return match is not None and self.account.state(f"{IDENTITY}.nctId", match[0], cell.line, match[0])

    def take_list(self, path: str, cell: TableCell) -> bool:
        for index, part in enumerate(self.parts(cell)):
            self.account.state(f"{path}[{index}]", part.text, part.line, part.quote)
        return True

    def take_results(self, cell: TableCell) -> bool:
        answer = {"yes": True, "has results": True, "no": False, "no results available": False}
        found = answer.get(cell.value.casefold())
        return found is not None and self.account.state("hasResults", found, cell.line, cell.words[0].quote)

    def take_interventions(self, cell: TableCell) -> bool:
        for index, part in enumerate(self.parts(cell)):
            path = f"{INTERVENTIONS}[{index}]"
            before, colon, name = part.text.partition(": ")
            kind = member(InterventionType, before) if colon else None
            if kind is not None:
                self.account.state(f"{path}.type", kind.value, part.line, _quoted(before, part.quote))
            words = name.strip() if kind is not None else part.text
            self.account.state(f"{path}.name", words, part.line, _quoted(words, part.quote))
        return True

    def take_outcomes(self, path: str, cell: TableCell) -> bool:
        """Measure, description and time frame are parted by commas, which they have themselves: kept as one."""
        for index, part in enumerate(self.parts(cell)):
            self.account.state(f"{path}[{index}].measure", part.text, part.line, part.quote)
            because = "the table runs measure, description and time frame together"
            self.account.doubt(f"{path}[{index}].measure", because, part.line)
        return True

    def take_mixed_outcomes(self, cell: TableCell) -> bool:
        message = "the table does not tell primary outcomes from secondary ones; they are left out."
        self.account.warn("read/mixed-outcomes", cell.line, message, "Fetch the record to have them.")
        return False

    def take_sponsors(self, cell: TableCell) -> bool:
        """The sponsor first, then those who collaborate."""
        for index, part in enumerate(self.parts(cell)):
            path = f"{SPONSORS}.collaborators[{index - 1}]" if index else f"{SPONSORS}.leadSponsor"
            self.account.state(f"{path}.name", part.text, part.line, part.quote)
        return True

    def take_collaborators(self, cell: TableCell) -> bool:
        for index, part in enumerate(self.parts(cell)):
            path = f"{SPONSORS}.collaborators[{index}].name"
            self.account.state(path, part.text, part.line, part.quote)
        return True

    def take_funder(self, cell: TableCell) -> bool:
        """One kind of funder is that of the sponsor; of several the table does not say whose each is."""
        words = {"u.s. fed": "FED", "other government": "OTHER_GOV"}.get(cell.value.casefold(), cell.value)
        kind = member(AgencyClass, words)
        path = f"{SPONSORS}.leadSponsor.class"
        return kind is not None and self.account.state(path, kind.value, cell.line, cell.words[0].quote)

    def take_phases(self, cell: TableCell) -> bool:
        phases = read_phases(cell.value)
        for index, phase in enumerate(phases):
            self.account.state(f"{DESIGN}.phases[{index}]", phase.value, cell.line, cell.words[0].quote)
        return bool(phases)

    def take_size(self, cell: TableCell) -> bool:
        match = re.fullmatch(r"\d{1,9}", cell.value)
        path = f"{DESIGN}.enrollmentInfo.count"
        return match is not None and self.account.state(path, int(match[0]), cell.line, match[0])

    def take_design(self, cell: TableCell) -> bool:
        for part in self.parts(cell):
            label, _, words = (piece.strip() for piece in part.text.partition(":"))
            if words and not self._take_design_part(label.casefold(), words, part):
                self.account.remember(f"Study Design: {label.title()}", words, part.line, part.quote)
        return True

    def _take_design_part(self, label: str, words: str, part: Words) -> bool:
        if label == "masking":
            masking = read_masking(words)
            if masking is not None:
                state_masking(self.account, masking, part.line, part.quote)
            return masking is not None
        if label not in _DESIGN_WORDS:
            return False
        name, kind = _DESIGN_WORDS[label]
        found = member(kind, words)
        path = f"{DESIGN}.designInfo.{name}"
        return found is not None and self.account.state(path, found.value, part.line, part.quote)

    def take_ages(self, cell: TableCell) -> bool:
        """``18 Years to 65 Years (Adult, Older Adult)``, ``Child, Adult``, ``CHILD, ADULT``."""
        match = re.fullmatch(r"([^()]*+)(?:\(([^()]*+)\))?", cell.value.replace("\xa0", " ").strip())
        if match is None:
            return False
        limits, groups = (match[1].rstrip(), match[2]) if match[2] else ("", match[1].rstrip())
        found = [member(StandardAge, word) for word in groups.split(",")]
        ages = read_ages(limits) if limits else None
        if None in found or (limits and ages is None):
            return False
        for index, group in enumerate(group for group in found if group is not None):
            self.account.state(f"{ELIGIBILITY}.stdAges[{index}]", group.value, cell.line, cell.words[0].quote)
        limited = (("minimumAge", ages.minimum), ("maximumAge", ages.maximum)) if ages is not None else ()
        for name, part in limited:
            if part is not None:
                self.account.state(f"{ELIGIBILITY}.{name}", part.value, cell.line, part.quote)
        return True

    def take_date(self, path: str, cell: TableCell) -> bool:
        date = read_date(cell.value)
        return date is not None and self.account.state(f"{STATUS}.{path}.date", str(date), cell.line, cell.value)

    def take_full_date(self, path: str, cell: TableCell) -> bool:
        """A date of the registry itself, which always has its day."""
        date = read_date(cell.value)
        return date is not None and date.day is not None and self.take_date(path, cell)

    def take_numbers(self, cell: TableCell) -> bool:
        """The sponsor's own number first, then those of others; the table does not say whose."""
        for index, part in enumerate(self.parts(cell)):
            other = f"{IDENTITY}.secondaryIdInfos[{index - 1}].id"
            path = other if index else f"{IDENTITY}.orgStudyIdInfo.id"
            self.account.state(path, part.text, part.line, part.quote)
        because = "it stands first among the identifiers, where the sponsor's own usually stands"
        self.account.doubt(f"{IDENTITY}.orgStudyIdInfo.id", because, cell.line)
        return True

    def take_locations(self, cell: TableCell) -> bool:
        count = 0
        for part in self.parts(cell):
            place = _place(part.text)
            if place is None:
                self.account.remember("Locations", part.text, part.line, part.quote)
                continue
            for name, value in place.items():
                self.account.state(f"{LOCATIONS}[{count}].{name}", value, part.line, _quoted(value, part.quote))
            count += 1
        return True


def _quoted(piece: str, quote: str) -> str:
    return piece if piece in quote else quote


def _place(words: str) -> dict[str, str] | None:
    """Hospital, city, state, code and country; None where the commas leave open which is which."""
    pieces = [piece.strip() for piece in words.split(",")]
    if len(pieces) > 1 and _NAME_PART.fullmatch(pieces[-1]):
        pieces[-2:] = [f"{pieces[-2]}, {pieces[-1]}"]
    if not all(pieces) or not 3 <= len(pieces) <= 5:
        return None
    place = {"facility": pieces[0], "city": pieces[1], "country": pieces[-1]}
    middle = pieces[2:-1]
    told = pieces[-1] in _WITH_STATES or all(re.search(r"\d", piece) for piece in middle)
    if not told or (len(middle) == 2 and not re.search(r"\d", middle[1])):
        return None
    for piece in middle:
        place["zip" if re.search(r"\d", piece) else "state"] = piece
    return place if len(place) == len(pieces) else None


def _text(path: str) -> Callable[[_Study, TableCell], bool]:
    return lambda study, cell: study.take_text(path, cell)


def _word(path: str, kind: type[StrEnum]) -> Callable[[_Study, TableCell], bool]:
    return lambda study, cell: study.take_word(path, kind, cell)


def _date(path: str) -> Callable[[_Study, TableCell], bool]:
    return lambda study, cell: study.take_date(path, cell)


def _full_date(path: str) -> Callable[[_Study, TableCell], bool]:
    return lambda study, cell: study.take_full_date(path, cell)


def _outcomes(name: str) -> Callable[[_Study, TableCell], bool]:
    return lambda study, cell: study.take_outcomes(f"{OUTCOMES}.{name}", cell)


def _kept(_study: _Study, _cell: TableCell) -> bool:
    """A column that the record has no field for."""
    return False


_COLUMNS: Final[Mapping[str, Callable[[_Study, TableCell], bool]]] = MappingProxyType(
    {
        "rank": _kept,
        "nct number": _Study.take_number,
        "study title": _text(f"{IDENTITY}.briefTitle"),
        "title": _text(f"{IDENTITY}.briefTitle"),
        "study url": _kept,
        "url": _kept,
        "acronym": _text(f"{IDENTITY}.acronym"),
        "study status": _word(f"{STATUS}.overallStatus", Status),
        "status": _word(f"{STATUS}.overallStatus", Status),
        "brief summary": _text("protocolSection.descriptionModule.briefSummary"),
        "study results": _Study.take_results,
        "conditions": lambda study, cell: study.take_list("protocolSection.conditionsModule.conditions", cell),
        "interventions": _Study.take_interventions,
        "outcome measures": _Study.take_mixed_outcomes,
        "primary outcome measures": _outcomes("primaryOutcomes"),
        "secondary outcome measures": _outcomes("secondaryOutcomes"),
        "other outcome measures": _outcomes("otherOutcomes"),
        "sponsor": _text(f"{SPONSORS}.leadSponsor.name"),
        "collaborators": _Study.take_collaborators,
        "sponsor/collaborators": _Study.take_sponsors,
        "sex": _word(f"{ELIGIBILITY}.sex", Sex),
        "gender": _word(f"{ELIGIBILITY}.sex", Sex),
        "age": _Study.take_ages,
        "phases": _Study.take_phases,
        "enrollment": _Study.take_size,
        "funder type": _Study.take_funder,
        "funded bys": _Study.take_funder,
        "study type": _word(f"{DESIGN}.studyType", StudyType),
        "study design": _Study.take_design,
        "study designs": _Study.take_design,
        "other ids": _Study.take_numbers,
        "start date": _date("startDateStruct"),
        "primary completion date": _date("primaryCompletionDateStruct"),
        "completion date": _date("completionDateStruct"),
        "first posted": _full_date("studyFirstPostDateStruct"),
        "results first posted": _full_date("resultsFirstPostDateStruct"),
        "last update posted": _full_date("lastUpdatePostDateStruct"),
        "locations": _Study.take_locations,
        "study documents": _kept,
    }
)


def _read(account: Account) -> Record:
    table = TableText(account.source.text, account.source.name)
    header, rows = table.rows[0], table.rows[1:]
    if not rows:
        message = "the table has a header and no study."
        raise InputError([error("read/no-record", account.source.name, message, "Download it again.")])
    return _Study(account, header, rows[0]).read()


def _signs(source: Source) -> int:
    """Names of columns in the first line, the number among them."""
    first = next(iter(source.lines()), None)
    if first is None or "nct number" not in first.text.casefold():
        return 0
    names = re.split(r"[,\t;]", first.text.replace('"', "").lstrip("\ufeff"))
    return 100 * sum(1 for name in names if name.strip().casefold() in _COLUMNS)


def _split(source: Source) -> tuple[Source, ...]:
    """The rows below the header."""
    return table_records(source)


METHOD = RegistryFormat(
    description="a table of ClinicalTrials.gov (CSV), a row a study", enough=200, signs=_signs, read=_read, split=_split
)
