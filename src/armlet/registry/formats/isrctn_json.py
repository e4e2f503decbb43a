"""One trial of the ISRCTN registry in JSON, as it is made of the registry's XML.

A list with one item is that item itself. Parts are dates, identifiers and short texts; interventions and outcomes are
prose. Funders, sponsors and contacts are named by number only, so the record has no sponsor. The lay summary ends with
the name and address of a person, which are passed over. Where nobody set a status, the registry shows one worked out
from the dates: it is proposed, not stored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from armlet.errors import InputError
from armlet.issues import error
from armlet.registry.accounting import CONTACT_SHOWN, Account, Certainty, JsonReading, RegistryFormat, Source
from armlet.registry.decode import Words
from armlet.registry.inference import (
    DESIGN,
    ELIGIBILITY,
    IDENTITY,
    INTERVENTIONS,
    LOCATIONS,
    OUTCOMES,
    STATUS,
    infer_date_type,
    infer_standard_ages,
    state_criteria,
    state_outcomes,
    state_text,
)
from armlet.registry.record import (
    DesignAllocation,
    InterventionalAssignment,
    InterventionType,
    IpdSharing,
    PrimaryPurpose,
    Record,
    Sex,
    StandardAge,
    Status,
    StudyType,
)
from armlet.registry.vocabulary import is_no_age_limit, member, read_age, read_moment, read_phases
from armlet.studytime import PartialDate

_KNOWN: Final = re.compile(
    r"(?:isrctn|trialDescription|externalRefs|trialDesign|participants|conditions|interventions|results|outputs|parties|"
    r"miscellaneous|attachedFiles|ctrname|record_last_import|lastUpdated|version|dateAssigned|_id)(?:[.\[@].*)?"
)
_CONTACT: Final = re.compile(
    r"(?:parties\.contactId|.*\b(?:contacts?|trialContacts?)\b.*|.*\.(?:email|tel\d?|telephone|phone|forename|surname|"
    r"orcid)\w*)(?:[.\[].*)?",
    re.IGNORECASE,
)
_NOT_SAID: Final = re.compile(r"not (?:provided|available|applicable|known).*|n/?a|nil known|-", re.IGNORECASE)
_WHO_TO_ASK: Final = re.compile(r"who is the main contact\b.*", re.IGNORECASE)
_NUMBERS: Final[Mapping[str, str]] = MappingProxyType(
    {"eudraCTNumber": "EUDRACT_NUMBER", "ctisNumber": "CTIS", "irasNumber": ""}
)
_DESIGNS: Final[Mapping[str, tuple[DesignAllocation, InterventionalAssignment | None]]] = MappingProxyType(
    {
        "randomised controlled trial": (DesignAllocation.RANDOMIZED, None),
        "randomised parallel trial": (DesignAllocation.RANDOMIZED, InterventionalAssignment.PARALLEL),
        "randomised cross over trial": (DesignAllocation.RANDOMIZED, InterventionalAssignment.CROSSOVER),
        "cluster randomised trial": (DesignAllocation.RANDOMIZED, None),
        "non randomised study": (DesignAllocation.NON_RANDOMIZED, None),
        "non-randomised controlled trial": (DesignAllocation.NON_RANDOMIZED, None),
    }
)
_AGES: Final = MappingProxyType({"neonate": StandardAge.CHILD, "child": StandardAge.CHILD})
_BLINDING: Final = re.compile(r"\b(single|double|triple)[- ]blind", re.IGNORECASE)


class _Trial:
    """One document being read."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.json = JsonReading(account)

    def read(self) -> Record:
        if not re.fullmatch(r"(?:ISRCTN)?\d{8}", self.json.text("isrctn")):
            message = "the file is JSON, but not a trial of the ISRCTN registry: it has no ISRCTN number of 8 digits."
            raise InputError([error("read/not-a-record", self.account.source.name, message, "Export one trial.")])
        imported = read_moment(self.json.text("record_last_import"))
        self.account.as_of = str(imported) if imported else None
        self.json.hide(lambda path: _CONTACT.fullmatch(path) is not None)
        self._state_identity()
        self._state_descriptions()
        self._state_status()
        self._state_design()
        self._state_interventions()
        self._state_outcomes()
        self._state_people()
        self._state_places()
        self._state_sharing()
        self.json.finish(lambda path: _KNOWN.fullmatch(path) is not None)
        return self.account.record()

    def _state_identity(self) -> None:
        described, numbers = "trialDescription", f"{IDENTITY}.secondaryIdInfos"
        self.json.state(f"{IDENTITY}.briefTitle", f"{described}.title")
        self.json.state(f"{IDENTITY}.officialTitle", f"{described}.scientificTitle")
        self.json.state(f"{IDENTITY}.acronym", f"{described}.acronym")
        digits = self.json.text("isrctn").removeprefix("ISRCTN")
        self.json.state(f"{numbers}[0].id", "isrctn", f"ISRCTN{digits}")
        line, quote = self.json.line("isrctn"), self.json.quote("isrctn")
        self.account.state(f"{numbers}[0].type", "REGISTRY", line, quote)
        self.account.infer(f"{numbers}[0].domain", "ISRCTN", "it is the registry's own", line, Certainty.DERIVED)
        if re.fullmatch(r"NCT\d{8}", self.json.text("externalRefs.clinicalTrialsGovNumber")):
            self.json.state(f"{IDENTITY}.nctId", "externalRefs.clinicalTrialsGovNumber")
        if not _NOT_SAID.fullmatch(self.json.text("externalRefs.protocolSerialNumber")):
            self.json.state(f"{IDENTITY}.orgStudyIdInfo.id", "externalRefs.protocolSerialNumber")
        self._state_other_numbers(numbers)

    def _state_other_numbers(self, numbers: str) -> None:
        said = {self.account.value(f"{IDENTITY}.{name}") for name in ("nctId", "orgStudyIdInfo.id")}
        count = 1
        for name, kind in _NUMBERS.items():
            path = f"externalRefs.{name}"
            if _NOT_SAID.fullmatch(self.json.text(path)) or not self.json.state(f"{numbers}[{count}].id", path):
                continue
            said.add(self.json.text(path))
            if kind:
                self.account.state(f"{numbers}[{count}].type", kind, self.json.line(path), self.json.quote(path))
            count += 1
        for path in self.json.items("externalRefs.secondaryNumbers.secondaryNumber"):
            number = self.json.text(path)
            if number and number not in said and not _NOT_SAID.fullmatch(number):
                self.json.state(f"{numbers}[{count}].id", path)
                count += 1

    def _state_descriptions(self) -> None:
        lay = "trialDescription.plainEnglishSummary"
        if not _NOT_SAID.fullmatch(self.json.text(lay)):
            state_text(self.account, "protocolSection.descriptionModule.briefSummary", self._without_person(lay))
        for index, path in enumerate(self.json.items("conditions.condition")):
            where = f"{path}.description" if self.json.text(f"{path}.description") else path
            self.json.state(f"protocolSection.conditionsModule.conditions[{index}]", where)

    def _without_person(self, path: str) -> Sequence[Words]:
        """The lines of the lay summary before it names whom to ask."""
        words = self.json.words(path)
        end = next((index for index, part in enumerate(words) if _WHO_TO_ASK.search(part.text)), len(words))
        kept = list(words[:end])
        if end < len(words):
            before = _WHO_TO_ASK.sub("", words[end].text).strip()
            kept += [Words(words[end].line, before, before)] if before else []
            self.account.remember(f"{path} (the end)", CONTACT_SHOWN, self.json.line(path), CONTACT_SHOWN)
        return kept

    def _state_status(self) -> None:
        paths = ("trialDesign.overallStatusOverride", "participants.recruitmentStatusOverride")
        path = next((path for path in paths if self.json.text(path)), "")
        words, target = self.json.text(path).casefold(), f"{STATUS}.overallStatus"
        enrolled = self.json.text("participants.totalFinalEnrolment")
        if words in {"completed", "suspended"} and path == paths[0]:
            self.json.state(target, path, Status(words.upper()).value)
        elif words == "stopped" and re.fullmatch(r"[1-9]\d*", enrolled):
            self.json.state(target, path, Status.TERMINATED.value)
        elif words == "stopped":
            because = "the trial was stopped; if nobody had been enrolled, it was withdrawn"
            self.account.propose(target, Status.TERMINATED.value, because, self.json.line(path))
        self.json.state(f"{STATUS}.whyStopped", "trialDesign.reasonAbandoned")
        self._state_dates()
        if not words:
            self._propose_status(target)

    def _state_dates(self) -> None:
        starts = ("participants.recruitmentStart", "trialDesign.overallStartDate")
        for target, paths in (
            (f"{STATUS}.startDateStruct", starts),
            (f"{STATUS}.completionDateStruct", ("trialDesign.overallEndDate",)),
        ):
            for path in paths:
                date = read_moment(self.json.text(path))
                if date is not None and not self.account.has(f"{target}.date"):
                    self.json.state(f"{target}.date", path, str(date))
            infer_date_type(self.account, target)

    def _propose_status(self, target: str) -> None:
        """What the registry shows where nobody set a status: it follows the dates, as of the day of the export."""
        ended = self.account.value(f"{STATUS}.completionDateStruct.date")
        if ended and self.account.as_of:
            as_of, end = PartialDate.parse(self.account.as_of), PartialDate.parse(ended)
            if end.latest() < as_of.earliest():
                because = f"the trial was to end on {end}, before the export of {as_of}"
                line = self.account.line_of(f"{STATUS}.completionDateStruct.date")
                self.account.propose(target, Status.COMPLETED.value, because, line)

    def _state_design(self) -> None:
        kind = member(StudyType, self.json.text("trialDesign.primaryStudyDesign"))
        if kind is not None:
            self.json.state(f"{DESIGN}.studyType", "trialDesign.primaryStudyDesign", kind.value)
        second = "trialDesign.secondaryStudyDesign"
        allocation, model = _DESIGNS.get(self.json.text(second).casefold(), (None, None))
        if allocation is not None:
            self.json.state(f"{DESIGN}.designInfo.allocation", second, allocation.value)
        if model is not None:
            self.account.state(
                f"{DESIGN}.designInfo.interventionModel", model.value, self.json.line(second), self.json.quote(second)
            )
        purposes = self.json.items("trialDesign.trialTypes.trialType")
        purpose = member(PrimaryPurpose, self.json.text(purposes[0])) if len(purposes) == 1 else None
        if purpose is not None and purpose is not PrimaryPurpose.OTHER:
            self.json.state(f"{DESIGN}.designInfo.primaryPurpose", purposes[0], purpose.value)
        self._propose_blinding()

    def _propose_blinding(self) -> None:
        path = "trialDesign.studyDesign"
        blinding = _BLINDING.search(self.json.text(path))
        if blinding:
            because = f"the design is told in prose as {blinding[0]!r}, which does not say who is blinded"
            target = f"{DESIGN}.designInfo.maskingInfo.masking"
            self.account.propose(target, blinding[1].upper(), because, self.json.line(path))

    def _state_interventions(self) -> None:
        for index, path in enumerate(self.json.items("interventions.intervention")):
            target = f"{INTERVENTIONS}[{index}]"
            kind = member(InterventionType, self.json.text(f"{path}.interventionType"))
            if kind is not None:
                self.json.state(f"{target}.type", f"{path}.interventionType", kind.value)
            name = self.json.text(f"{path}.drugNames")
            if name and not _NOT_SAID.fullmatch(name):
                self.json.state(f"{target}.name", f"{path}.drugNames")
            if re.search(r"[,;]", name):
                because = "it may be several interventions, which the registry names in one line"
                self.account.doubt(f"{target}.name", because, self.json.line(f"{path}.drugNames"))
            state_text(self.account, f"{target}.description", self.json.words(f"{path}.description"))
            phases = read_phases(self.json.text(f"{path}.phase")) if index == 0 else ()
            for number, phase in enumerate(phases):
                self.account.set_text(f"{DESIGN}.phases[{number}]", phase.value)
                self.json.quote_part(f"{DESIGN}.phases[{number}]", f"{path}.phase", phase.value)

    def _state_outcomes(self) -> None:
        for name, kind in (("primaryOutcomes", "primaryOutcome"), ("secondaryOutcomes", "secondaryOutcome")):
            text = f"trialDescription.{kind}"
            if not _NOT_SAID.fullmatch(self.json.text(text)):
                state_outcomes(self.account, f"{OUTCOMES}.{name}", self.json.words(text))

    def _state_people(self) -> None:
        state_criteria(
            self.account, self.json.words("participants.inclusion"), self.json.words("participants.exclusion")
        )
        sex = member(Sex, self.json.text("participants.gender"))
        if sex is not None:
            self.json.state(f"{ELIGIBILITY}.sex", "participants.gender", sex.value)
        for target, path in (("minimumAge", "lowerAgeLimit"), ("maximumAge", "upperAgeLimit")):
            words = self.json.text(f"participants.{path}")
            age = None if is_no_age_limit(words) else read_age(words)
            if age is not None:
                self.json.state(f"{ELIGIBILITY}.{target}", f"participants.{path}", age)
        group = _AGES.get(self.json.text("participants.ageRange").casefold())
        if group is not None:
            self.json.state(f"{ELIGIBILITY}.stdAges[0]", "participants.ageRange", group.value)
        infer_standard_ages(self.account)
        self._state_healthy()
        self._state_size()

    def _state_healthy(self) -> None:
        kinds = self.json.items("participants.participantTypes.participantType")
        for path in kinds:
            if "healthy volunteer" in self.json.text(path).casefold():
                self.json.state(f"{ELIGIBILITY}.healthyVolunteers", path, True)
        if [self.json.text(path).casefold() for path in kinds] == ["patient"]:
            because = "patients are the only kind of participants named"
            self.account.propose(f"{ELIGIBILITY}.healthyVolunteers", False, because, self.json.line(kinds[0]))

    def _state_size(self) -> None:
        path = f"{DESIGN}.enrollmentInfo"
        for name, kind in (("totalFinalEnrolment", "ACTUAL"), ("targetEnrolment", "ESTIMATED")):
            source = f"participants.{name}"
            if re.fullmatch(r"\d{1,9}", self.json.text(source)) and not self.account.has(f"{path}.count"):
                self.json.state(f"{path}.count", source, int(self.json.text(source)))
                because = f"the registry calls this number {name}"
                self.account.infer(f"{path}.type", kind, because, self.json.line(source), Certainty.DERIVED)

    def _state_places(self) -> None:
        countries = set()
        centres = self.json.items("participants.trialCentres.trialCentre")
        for index, path in enumerate(centres):
            target = f"{LOCATIONS}[{index}]"
            for field, name in (("facility", "name"), ("city", "city"), ("state", "state"), ("country", "country")):
                self.json.state(f"{target}.{field}", f"{path}.{name}")
            if self.json.text(f"{path}.zip") != "-":
                self.json.state(f"{target}.zip", f"{path}.zip")
            countries.add(self.json.text(f"{path}.country").casefold())
        count = len(centres)
        for path in self.json.items("participants.recruitmentCountries.country"):
            if self.json.text(path).casefold() not in countries:
                self.json.state(f"{LOCATIONS}[{count}].country", path)
                count += 1

    def _state_sharing(self) -> None:
        target = "protocolSection.ipdSharingStatementModule"
        shared = member(IpdSharing, self.json.text("miscellaneous.ipdSharingPlan"))
        if shared is not None:
            self.json.state(f"{target}.ipdSharing", "miscellaneous.ipdSharingPlan", shared.value)
        statement = "results.ipdSharingStatement"
        if not _NOT_SAID.fullmatch(self.json.text(statement)):
            state_text(self.account, f"{target}.description", self.json.words(statement))


def _read(account: Account) -> Record:
    return _Trial(account).read()


def _signs(source: Source) -> int:
    """JSON with an ISRCTN number and the registry's description of a trial."""
    start = source.text.lstrip()[:1]
    found = [re.search(rf'"{name}"\s*:', source.text) for name in ("isrctn", "trialDescription")]
    return 2000 if start == "{" and all(found) else 0


METHOD = RegistryFormat(
    description="one trial of the ISRCTN registry, in JSON", enough=1, signs=_signs, read=_read, reads_json=True
)
