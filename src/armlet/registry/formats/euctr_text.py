"""The full details of a trial as the EU Clinical Trials Register hands them out for download, as text.

Its marks: one field of the EudraCT form a line, its number first (``E.5.1 Primary end point(s): …``); answers may go on
for many lines. A field may stand again in the language of the member state, with its code behind the name (``(pl)``).
A file holds one trial in one member state or in several; the first member state gives the record, the others
are provenance. A file of several trials is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from armlet.errors import InputError
from armlet.issues import error
from armlet.registry.accounting import CONTACT_SHOWN, Account, Line, RegistryFormat, Source, without_contacts
from armlet.registry.decode import Words
from armlet.registry.inference import LOCATIONS, EudractForm, FormEntry
from armlet.registry.record import Record

_CODE: Final = r"[A-Z](?:\.\d{1,2})+"
_NUMBERED: Final = re.compile(
    rf"(?P<code>{_CODE})(?: (?:and|to) {_CODE})*\s++(?P<name>[^:?]{{1,500}}?)"
    r"(?:\s{0,9}\((?P<language>[a-z]{2})\))?\s{0,9}(?P<mark>[:?]|$)\s*(?P<value>.*)"
)
_LETTERED: Final = re.compile(
    r"(?P<letter>[NP])\.\s+(?P<name>(?:Competent Authority|Date of|Ethics Committee|End of Trial)[^:]*"
    r"(?:: Reason\(s\)[^:]*)?):\s*(?P<value>.*)"
)
_SUMMARY: Final = {
    "EudraCT Number": "x1",
    "Sponsor's Protocol Code Number": "x2",
    "National Competent Authority": "x3",
    "Clinical Trial Type": "x4",
    "Trial Status": "x5",
    "Date on which this record was first entered in the EudraCT database": "x6",
    "Link": "x7",
    "Trial results": "x8",
}
_SUMMARISED: Final = re.compile(rf"(?P<name>{'|'.join(map(re.escape, _SUMMARY))}):\s*(?P<value>.*)")
_GROUPS: Final = (
    (re.compile(r"Sponsor (\d{1,3})"), "sponsor"),
    (re.compile(r"D\.IMP: ?(\d{1,3})"), "imp"),
    (re.compile(r"D\.8 Placebo: ?(\d{1,3})"), "placebo"),
)
_GROUPED: Final = {"sponsor": "B", "imp": "D", "placebo": "D"}
_HEADING: Final = re.compile(
    r"Summary|MedDRA Classification|This file contains full details on each clinical trial.*|"
    r"[A-HNP]\. (?:Protocol Information|Sponsor Information|Applicant Identification|IMP Identification|"
    r"Information on Placebo|General Information on the Trial|Population of Trial Subjects|"
    r"Investigator Networks? to be involved in the Trial|Proposal for .*|"
    r"Review by the Competent Authority or Ethics Committee in the country concerned|End of Trial)|"
    r"D\.8 Information on Placebo"
)
_OPENS: Final = re.compile(r"Summary|EudraCT Number:.*")
_FINISHED: Final = re.compile(r"yes|no|\d{1,9}|\d{4}-\d{2}-\d{2}", re.IGNORECASE)
_EUDRACT: Final = re.compile(r"\d{4}-\d{6}-\d{2}")


@dataclass
class _Field:
    """An entry being read: the line of its name, and its answer so far."""

    code: str
    about: str
    language: str
    group: str
    line: int
    words: list[Words] = field(default_factory=list)

    def entry(self) -> FormEntry:
        return FormEntry(self.code, self.about, self.language, self.group, self.line, tuple(self.words))


class _Page:
    """A file being read, line by line, parted into member states."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.states: list[list[_Field]] = []
        self.group = ""
        self.current: _Field | None = None

    def read(self) -> Record:
        for line in self.account.source.lines():
            self._take(line)
        states = [[item.entry() for item in fields] for fields in self.states]
        _refuse_several(self.account.source, states)
        for entry in states[0] if states else ():
            if not entry.words:
                self.account.known(Line(entry.line, entry.about))
        EudractForm(self.account, states[0] if states else ()).read()
        for number, entries in enumerate(states[1:], start=1):
            self._keep_state(number, entries)
        return self.account.record()

    def _take(self, line: Line) -> None:
        if _OPENS.fullmatch(line.text) and not (self.states and len(self.states[-1]) < 2):
            self.states.append([])
            self.group, self.current = "", None
        if _HEADING.fullmatch(line.text):
            self.current = None
            self.account.known(line)
        elif not (self._take_group(line) or self._take_field(line)):
            self._continue(line)

    def _take_group(self, line: Line) -> bool:
        for pattern, name in _GROUPS:
            match = pattern.fullmatch(line.text)
            if match:
                self.group, self.current = f"{name}[{match[1]}]", None
                self.account.known(line)
                return True
        return False

    def _take_field(self, line: Line) -> bool:
        match = _NUMBERED.fullmatch(line.text) or _LETTERED.fullmatch(line.text) or _SUMMARISED.fullmatch(line.text)
        if match is None:
            return False
        found = match.groupdict()
        name, letter = found["name"].strip(), found.get("letter")
        if found.get("code"):
            code, about = found["code"].replace(".", "").lower(), f"{found['code']} {name}"
        elif letter:
            code, about = _slug(f"{letter} {name}"), f"{letter}. {name}"
        else:
            code, about = _SUMMARY[name], name
        if not self.states:
            self.states.append([])
        self.current = _Field(code, about, found.get("language") or "", self._group_of(about), line.line)
        self.states[-1].append(self.current)
        self._add(line.line, found["value"])
        return True

    def _group_of(self, about: str) -> str:
        """Sponsors stand in section B and products in section D; anything after those belongs to no group."""
        if self.group and not about.startswith(_GROUPED[self.group.partition("[")[0]]):
            self.group = ""
        return "" if about.startswith("B.4") else self.group

    def _continue(self, line: Line) -> None:
        """A line of an answer that goes on; one behind a finished answer is left unrecognised."""
        answer = self.current.words[-1].text if self.current is not None and self.current.words else ""
        if not _FINISHED.fullmatch(answer):
            self._add(line.line, line.text)

    def _add(self, line: int, text: str) -> None:
        kept = without_contacts(text.strip())
        if kept and self.current is not None:
            self.current.words.append(Words(line, kept, kept))

    def _keep_state(self, number: int, entries: list[FormEntry]) -> None:
        """The answers of a further member state: where its sites are, and everything else as provenance."""
        name = next((entry.value for entry in entries if entry.code in {"a1", "x3"} and entry.words), str(number + 1))
        country = name.partition(" - ")[0].strip()
        for entry in entries:
            hidden = re.match(r"b5\d*$", entry.code) is not None
            if hidden or not entry.words:
                self.account.known(Line(entry.line, CONTACT_SHOWN if hidden else entry.about))
            if entry.code == "a1" and " - " in entry.value:
                self.account.state(f"{LOCATIONS}[{number}].country", country, entry.line, country)
            for part in entry.words:
                if hidden:
                    self.account.known(Line(part.line, CONTACT_SHOWN))
                else:
                    self.account.remember(f"{country}: {entry.about}", part.text, part.line, part.quote)


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", words.casefold()).strip("_")


def _refuse_several(source: Source, states: list[list[FormEntry]]) -> None:
    numbers = {entry.value for entries in states for entry in entries if entry.code in {"x1", "a2"} and entry.value}
    trials = sorted(number for number in numbers if _EUDRACT.fullmatch(number))
    if len(trials) > 1:
        message = f"the file holds {len(trials)} trials: {', '.join(trials[:5])}{' …' if len(trials) > 5 else ''}."
        fix = "Download the full details of the one trial, or cut its part (from its line Summary on) into a file."
        raise InputError([error("read/several-records", source.name, message, fix)])


def _read(account: Account) -> Record:
    return _Page(account).read()


def _signs(source: Source) -> int:
    """Different fields of the form; none in a text that does not speak of EudraCT."""
    if "EudraCT" not in source.text:
        return 0
    found = (_NUMBERED.fullmatch(line.text) for line in source.lines())
    summarised = sum(1 for line in source.lines() if _SUMMARISED.fullmatch(line.text))
    return summarised + len({match["code"] for match in found if match})


METHOD = RegistryFormat(
    description="the full details of a trial from the EU Clinical Trials Register, as text",
    enough=4,
    signs=_signs,
    read=_read,
)
