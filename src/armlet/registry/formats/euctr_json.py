"""The EudraCT form of one trial in one member state as JSON, as the package ctrdata stores it, with results if any.

Keys are made of the field's number without dots and its name (``e511_timepoints_of_evaluation_of_this_end_point``),
with the code of a language behind those of a translation. The exporter drops brackets, signs and letters outside
ASCII, ``≥`` and ``<`` among them, and runs lines together: criteria so read are warned of. Results, where there are
any, are in the shape of EudraCT's own results file: arms, identifiers and dates are read from them, the numbers are
provenance.
"""

from __future__ import annotations

import re
from typing import Final

from armlet.errors import InputError
from armlet.issues import error
from armlet.registry.accounting import Account, Certainty, JsonReading, RegistryFormat, Source
from armlet.registry.inference import IDENTITY, STATUS, EudractForm, FormEntry, infer_date_type
from armlet.registry.record import ArmGroupType, Record, Status
from armlet.registry.vocabulary import member, read_moment

_ARMS: Final = "protocolSection.armsInterventionsModule.armGroups"
_PERIODS: Final = "subjectDisposition.postAssignmentPeriods.postAssignmentPeriod"
_RESULTS: Final = (
    "trialInformation",
    "subjectDisposition",
    "baselineCharacteristics",
    "endPoints",
    "trialChanges",
    "subjectAnalysisSets",
    "adverseEvents",
)
_ABOUT_THE_FILE: Final = ("ctrname", "record_last_import", "eudractNumber", "sponsor", "_id", "history")
_CONTACT: Final = re.compile(r".*\.(?:publicContact|scientificContact|address)\..*")
_FORM_KEY: Final = re.compile(r"_?(?:[a-hx]\d+|[np]_|dimp|d8_placebo|b1_sponsor)\w*")
_GROUP: Final = re.compile(r"(?P<name>b1_sponsor|dimp|d8_(?:information_on_)?placebo)\[(?P<number>\d+)\]")
_GROUPS: Final = {"b1_sponsor": "sponsor", "dimp": "imp"}
_LANGUAGES: Final = re.compile("bg|cs|da|de|el|es|et|fi|fr|ga|hr|hu|is|it|lt|lv|mt|nl|no|pl|pt|ro|sk|sl|sv")
_ARM_TYPES: Final = {
    "experimental": ArmGroupType.EXPERIMENTAL,
    "activecomp": ArmGroupType.ACTIVE_COMPARATOR,
    "activecomparator": ArmGroupType.ACTIVE_COMPARATOR,
    "placebo": ArmGroupType.PLACEBO_COMPARATOR,
    "shamcomparator": ArmGroupType.SHAM_COMPARATOR,
}
_KEPT_SIGNS: Final = re.compile(r"[^\x00-\x7f]|[<>()\[\]]")


class _Study:
    """One document being read."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.json = JsonReading(account)

    def read(self) -> Record:
        if not self.json.text("a2_eudract_number"):
            message = "the file is JSON, but not a trial of the EU Clinical Trials Register: it has no EudraCT number."
            fix = "Export one trial, as one JSON object."
            raise InputError([error("read/not-a-record", self.account.source.name, message, fix)])
        imported = read_moment(self.json.text("record_last_import"))
        self.account.as_of = str(imported) if imported else None
        self.json.hide(lambda path: path.startswith(_RESULTS) and _CONTACT.fullmatch(path) is not None)
        self._state_end()
        EudractForm(self.account, self._entries()).read()
        self._warn_of_lost_signs()
        self._state_results()
        self.json.remember(*_RESULTS, *_ABOUT_THE_FILE)
        self.json.finish(lambda path: False)
        return self.account.record()

    def _entries(self) -> list[FormEntry]:
        keys = {path for path in self.json.paths() if not path.startswith(_RESULTS)}
        return [self._entry(path, keys) for path in self.json.paths() if path in keys and self._is_field(path)]

    def _is_field(self, path: str) -> bool:
        key = path.rpartition(".")[2]
        return _FORM_KEY.match(key) is not None

    def _entry(self, path: str, keys: set[str]) -> FormEntry:
        key = path.rpartition(".")[2]
        base, _, ending = key.rpartition("_")
        translated = _LANGUAGES.fullmatch(ending) is not None and (
            f"{path.removesuffix(key)}{base}" in keys or key[0] in "ae"
        )
        name = base if translated else key
        found = _GROUP.match(path)
        group = f"{_GROUPS.get(found['name'], 'placebo')}[{found['number']}]" if found else ""
        number = re.match(r"[a-hx]\d+", name)
        code = number[0] if number else name.lstrip("_")
        about = path if not translated else path.removesuffix(f"_{ending}")
        language = ending if translated else ""
        return FormEntry(code, about, language, group, self.json.line(path), self.json.words(path))

    def _warn_of_lost_signs(self) -> None:
        """Criteria of an export that keeps no sign at all cannot be trusted in their comparisons."""
        paths = ("e3_principal_inclusion_criteria", "e4_principal_exclusion_criteria")
        words = [self.json.text(path) for path in paths if self.json.text(path)]
        if words and not any(_KEPT_SIGNS.search(text) for text in words):
            message = "this export drops brackets and signs such as ≥, < and %: comparisons in the criteria are lost."
            fix = "Take the criteria from the register itself."
            self.account.warn("read/lost-characters", self.json.line(paths[0]), message, fix)

    def _state_end(self) -> None:
        """What the results say of the whole trial goes before what the form says of one member state."""
        reached, premature = "trialInformation.isGlobalEndOfTrialReached", "trialInformation.globalEndOfTrialPremature"
        if self.json.text(reached).casefold() == "true" and self.json.text(premature):
            early = self.json.text(premature).casefold() == "true"
            status = Status.TERMINATED if early else Status.COMPLETED
            self.json.state(f"{STATUS}.overallStatus", premature, status.value)

    def _state_results(self) -> None:
        identifier = "trialInformation.usctnIdentifier"
        if re.fullmatch(r"NCT\d{8}", self.json.text(identifier)):
            self.json.state(f"{IDENTITY}.nctId", identifier)
        results = [root for root in ("endPoints", "adverseEvents") if self.json.paths(root)]
        if results:
            because = "the document has the results that were posted in the register"
            line = self.json.line(self.json.paths(results[0])[0])
            self.account.infer("hasResults", True, because, line, Certainty.DERIVED)
        self._state_dates()
        for period in self.json.items(_PERIODS)[:1]:
            for index, arm in enumerate(self.json.items(f"{period}.arms.arm")):
                self._state_arm(f"{_ARMS}[{index}]", arm)

    def _state_dates(self) -> None:
        ended = "trialInformation.globalEndOfTrialDate"
        date, target = read_moment(self.json.text(ended)), f"{STATUS}.completionDateStruct"
        if date is not None and not self.account.has(f"{target}.date"):
            self.json.state(f"{target}.date", ended, str(date))
            infer_date_type(self.account, target)
        started = "trialInformation.recruitmentStartDate"
        date = read_moment(self.json.text(started))
        if date is not None:
            because = "recruitment began then; the start of the trial is the enrolment of the first participant"
            self.account.propose(f"{STATUS}.startDateStruct.date", str(date), because, self.json.line(started))

    def _state_arm(self, target: str, arm: str) -> None:
        self.json.state(f"{target}.label", f"{arm}.title")
        self.json.state(f"{target}.description", f"{arm}.description")
        spelt = self.json.text(f"{arm}.type.value").rpartition(".")[2].casefold()
        kind = _ARM_TYPES.get(spelt.replace("_", "")) or member(ArmGroupType, spelt)
        if kind is not None:
            self.json.state(f"{target}.type", f"{arm}.type.value", kind.value)
        elif spelt == "noimp":
            because = "the results say that no investigational product is given in this arm"
            self.account.propose(f"{target}.type", "NO_INTERVENTION", because, self.json.line(f"{arm}.type.value"))


def _read(account: Account) -> Record:
    return _Study(account).read()


def _signs(source: Source) -> int:
    """JSON with the keys of the form."""
    start = source.text.lstrip()[:1]
    return 2000 if start == "{" and re.search(r'"a2_eudract_number"\s*:', source.text) else 0


METHOD = RegistryFormat(
    description="one trial of the EU Clinical Trials Register as JSON of the package ctrdata",
    enough=1,
    signs=_signs,
    read=_read,
    reads_json=True,
)
