"""One trial of the EU Clinical Trials Information System (CTIS) as its public portal gives it, in JSON.

Two shapes are read: that of the portal until June 2024 (``authorizedPartI`` at the top) and the later one
(``authorizedApplication``, status as a number). Translations stand beside each English text and are kept as
provenance, as is all that the portal says about applications, assessments and documents. Names, telephone numbers and
mail addresses, of which such a file is full, are passed over; sites keep their hospital.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

from armlet.errors import InputError
from armlet.issues import error
from armlet.registry.accounting import CRITERIA, Account, Certainty, JsonReading, RegistryFormat, Source
from armlet.registry.criteria_text import CriterionKind, render_criteria
from armlet.registry.inference import (
    DESIGN,
    ELIGIBILITY,
    IDENTITY,
    INTERVENTIONS,
    LOCATIONS,
    OUTCOMES,
    SPONSORS,
    STATUS,
    check_polarity,
    infer_date_type,
    state_outcomes,
    state_text,
)
from armlet.registry.record import Record, StandardAge, Status
from armlet.registry.vocabulary import read_phases, read_slashed_date

_PART_ONE: Final = ("authorizedApplication.authorizedPartI", "authorizedPartI")
_KNOWN: Final = re.compile(
    r"(?:ctNumber|ctStatus|ctPublicStatusCode|startDateEU|endDateEU|endDate|startDate|decisionDate(?:Overall)?|"
    r"publishDate|authorizedApplication|authorizedPartI|authorizedPartsII|events|results|documents|trialRegion(?:Code)?|"
    r"correctiveMeasures|shortTitle|trialCountries|therapeuticAreas|sponsorType|trialPhase|ageRangeSecondary|ageGroup|"
    r"gender|totalNumberEnrolled|resultsFirstReceived|lastUpdated|lastPublicationUpdate|ctrname|record_last_import|"
    r"authorizationDate|recruitmentStatus|hasDeferrallApplied|hasAmendmentApplied|publicEvaluation|id|title|"
    r"primarySponsor|coSponsors|submissionDate|initialApplicationId|applications|memberStatesConcerned|trialGlobalEnd|"
    r"isRmsTacitAssignment|mscTrialNotificationsInfoList|totalPartIISubjectCount|eudraCt|publicContacts)"
    r"(?:[.\[].*)?"
)
_CONTACT: Final = re.compile(
    r"[cC]ontacts?\[|contactPoint\w{0,40}\.|[pP]ersonInfo\.|\.person\.|[uU]ser(?:Name|Id|Info)|"
    r"(?:[eE]mail|[tT]elephone|\.phone|\.fax|createdBy)\w{0,40}\Z|"
    r"(?:personId|firstName|lastName|functionalName|fullName)\Z"
)
_STATUS_WORDS: Final = MappingProxyType(
    {
        2: "authorised, recruitment pending",
        3: "authorised, recruiting",
        4: "ongoing, recruiting",
        5: "ongoing, recruitment ended",
        6: "temporarily halted",
        7: "suspended",
        8: "ended",
        9: "expired",
        10: "revoked",
        11: "not authorised",
        12: "cancelled",
    }
)
"""The numbers of the portal, in its own words (EMA/441149/2024 lists the words)."""
_CERTAIN: Final = MappingProxyType(
    {
        "authorised, recruitment pending": Status.NOT_YET_RECRUITING,
        "authorised, recruiting": Status.RECRUITING,
        "ongoing, recruiting": Status.RECRUITING,
        "ongoing, recruitment ended": Status.ACTIVE_NOT_RECRUITING,
        "temporarily halted": Status.SUSPENDED,
        "suspended": Status.SUSPENDED,
    }
)
_PROPOSED: Final = MappingProxyType(
    {
        "ended": (Status.COMPLETED, "an ended trial may also have been stopped early"),
        "authorised, not started": (Status.NOT_YET_RECRUITING, "the trial has not started"),
        "expired": (Status.WITHDRAWN, "the authorisation ran out, as it does where nobody is enrolled in two years"),
        "revoked": (Status.TERMINATED, "the authorisation was revoked, whether or not anybody had been enrolled"),
        "not authorised": (Status.WITHDRAWN, "the trial was not authorised, so nobody can have been enrolled"),
        "cancelled": (Status.WITHDRAWN, "the application was cancelled"),
    }
)
_AGES: Final = (
    (re.compile(r"0-17 years|in utero"), StandardAge.CHILD),
    (re.compile(r"18-64 years"), StandardAge.ADULT),
    (re.compile(r"65\+ years"), StandardAge.OLDER_ADULT),
)
_PLACEBO_ROLE: Final = "3"


class _Trial:
    """One document being read; `part` is the path of part I of the application."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.json = JsonReading(account)
        self.part = next((path for path in _PART_ONE if self.json.has(path)), "")
        self.applied = "authorizedApplication." if self.part.startswith("authorizedApplication") else ""
        self.details = f"{self.part}.trialDetails"
        self.about = f"{self.details}.trialInformation"

    def read(self) -> Record:
        if not self.json.text("ctNumber") or not self.part:
            message = "the file is JSON, but not an authorised trial of CTIS: it has no part I of an application."
            fix = "Fetch one trial (retrieve/<number>) from the public portal."
            raise InputError([error("read/not-a-record", self.account.source.name, message, fix)])
        self.json.hide(lambda path: _CONTACT.search(path) is not None)
        self._date()
        self._state_identity()
        self._state_status()
        self._state_sponsors()
        self._state_design()
        self._state_products()
        self._state_outcomes()
        self._state_eligibility()
        self._state_sites()
        self.json.finish(lambda path: _KNOWN.fullmatch(path) is not None)
        return self.account.record()

    def _date(self) -> None:
        for path in ("lastUpdated", "publishDate", "record_last_import"):
            date = read_slashed_date(self.json.text(path), day_first=True)
            if date is not None and self.account.as_of is None:
                self.account.as_of = str(date)

    def _state_identity(self) -> None:
        names = f"{self.details}.clinicalTrialIdentifiers"
        self.json.state(f"{IDENTITY}.officialTitle", f"{names}.fullTitle")
        self.json.state(f"{IDENTITY}.briefTitle", f"{names}.publicTitle")
        code = next((path for path in (f"{names}.shortTitle", "shortTitle") if self.json.text(path)), "")
        if code and self.json.state(f"{IDENTITY}.orgStudyIdInfo.id", code):
            because = "CTIS asks for a short title, in which sponsors put their own number or an acronym"
            self.account.doubt(f"{IDENTITY}.orgStudyIdInfo.id", because, self.json.line(code))
        numbers = f"{IDENTITY}.secondaryIdInfos"
        self.json.state(f"{numbers}[0].id", "ctNumber")
        self.account.state(f"{numbers}[0].type", "CTIS", self.json.line("ctNumber"), self.json.quote("ctNumber"))
        self._state_other_numbers(numbers, f"{names}.secondaryIdentifyingNumbers")

    def _state_other_numbers(self, numbers: str, others: str) -> None:
        eudract = next((path for path in self.json.paths() if path.endswith("eudraCt.eudraCtCode")), "")
        count = 1
        if eudract and self.json.state(f"{numbers}[1].id", eudract):
            line, quote = self.json.line(eudract), self.json.quote(eudract)
            self.account.state(f"{numbers}[1].type", "EUDRACT_NUMBER", line, quote)
            count = 2
        for path in self.json.paths(others):
            text = self.json.text(path)
            if re.fullmatch(r"NCT\d{8}", text) and not self.account.has(f"{IDENTITY}.nctId"):
                self.json.state(f"{IDENTITY}.nctId", path)
            elif path.endswith(".number"):
                self.json.state(f"{numbers}[{count}].id", path)
                count += 1

    def _state_status(self) -> None:
        path = "ctPublicStatusCode" if self.json.text("ctPublicStatusCode") else "ctStatus"
        code = self.json.text(path)
        words = _STATUS_WORDS.get(int(code), code) if re.fullmatch(r"\d{1,2}", code) else code.casefold()
        target = f"{STATUS}.overallStatus"
        if words in _CERTAIN:
            self.json.state(target, path, _CERTAIN[words].value)
        elif words in _PROPOSED:
            status, because = _PROPOSED[words]
            self.account.propose(target, status.value, because, self.json.line(path))
        self._state_dates()

    def _state_dates(self) -> None:
        planned = f"{self.about}.trialDuration"
        start, end = f"{STATUS}.startDateStruct", f"{STATUS}.completionDateStruct"
        actual = self._state_date(start, "startDateEU", "ACTUAL")
        if not actual:
            self._state_date(start, f"{planned}.estimatedRecruitmentStartDate", "ESTIMATED")
        if not self._state_date(end, "endDateEU", "ACTUAL"):
            for name in ("estimatedGlobalEndDate", "estimatedEndDate"):
                if not self.account.has(f"{end}.date"):
                    self._state_date(end, f"{planned}.{name}", "ESTIMATED")
        for target in (start, end):
            infer_date_type(self.account, target)

    def _state_date(self, target: str, path: str, kind: str) -> bool:
        """A date whose field says whether it is planned or has come about."""
        date = read_slashed_date(self.json.text(path), day_first=True)
        if date is None or not self.json.state(f"{target}.date", path, str(date)):
            return False
        because = f"the portal calls this date {path.rpartition('.')[2]}"
        self.account.infer(f"{target}.type", kind, because, self.json.line(path), Certainty.DERIVED)
        return True

    def _state_sponsors(self) -> None:
        known: list[str] = []
        for path in (*self.json.items(f"{self.part}.sponsors"), *self.json.items("primarySponsor")):
            name = self.json.text(f"{path}.organisation.name")
            if not name or name.casefold() in known:
                continue
            target = f"{SPONSORS}.collaborators[{len(known) - 1}]" if known else f"{SPONSORS}.leadSponsor"
            known.append(name.casefold())
            self.json.state(f"{target}.name", f"{path}.organisation.name")
            self._propose_class(target, path)
        for path in self.json.items(f"{self.about}.sourceOfMonetarySupport"):
            name = self.json.text(f"{path}.organisationName")
            if name and known and name.casefold() not in known:
                self.json.state(f"{SPONSORS}.collaborators[{len(known) - 1}].name", f"{path}.organisationName")
                known.append(name.casefold())

    def _propose_class(self, target: str, path: str) -> None:
        words = self.json.text(f"{path}.organisation.type").casefold()
        if "pharmaceutical company" in words or "industry" in words:
            because = f"the portal calls the sponsor a {words}"
            self.account.propose(f"{target}.class", "INDUSTRY", because, self.json.line(f"{path}.organisation.type"))

    def _state_design(self) -> None:
        because = "CTIS holds clinical trials of medicinal products and nothing else"
        line = self.json.line("ctNumber")
        self.account.infer(f"{DESIGN}.studyType", "INTERVENTIONAL", because, line, Certainty.DERIVED)
        for index, phase in enumerate(read_phases(self.json.text("trialPhase"))):
            self.json.quote_part(f"{DESIGN}.phases[{index}]", "trialPhase", phase.value)
            self.account.set_text(f"{DESIGN}.phases[{index}]", phase.value)
        conditions = f"{self.about}.medicalCondition.partIMedicalConditions"
        for index, path in enumerate(self.json.items(conditions)):
            state_text(
                self.account,
                f"protocolSection.conditionsModule.conditions[{index}]",
                self.json.words(f"{path}.medicalCondition"),
            )
        self._state_size()
        self._state_arms()

    def _state_size(self) -> None:
        """The number planned; where there are sites outside the area, the portal's total may lack theirs."""
        count, elsewhere = self.json.text("totalNumberEnrolled"), self.json.text(f"{self.part}.rowSubjectCount")
        path, line = f"{DESIGN}.enrollmentInfo", self.json.line("totalNumberEnrolled")
        if not re.fullmatch(r"\d{1,9}", count):
            return
        if re.fullmatch(r"0*", elsewhere):
            self.json.state(f"{path}.count", "totalNumberEnrolled", int(count))
            because = "it is the sum of the numbers planned for the countries, whatever its name"
            self.account.propose(f"{path}.type", "ESTIMATED", because, line)
        else:
            because = f"{elsewhere} more are planned outside the European area, who may or may not be counted in"
            self.account.propose(f"{path}.count", int(count), because, line)

    def _state_arms(self) -> None:
        """Periods and arms, where the sponsor gave the design; blinding and allocation are numbers of the portal."""
        for period in self.json.items(f"{self.details}.protocolInformation.studyDesign.periodDetails")[:1]:
            for index, arm in enumerate(self.json.items(f"{period}.armDetails")):
                target = f"protocolSection.armsInterventionsModule.armGroups[{index}]"
                self.json.state(f"{target}.label", f"{arm}.title")
                self.json.state(f"{target}.description", f"{arm}.description")

    def _state_products(self) -> None:
        said: set[str] = set()
        for path in self.json.items(f"{self.part}.products"):
            names = [f"{path}.productName", f"{path}.productDictionaryInfo.prodName"]
            names += [f"{path}.productDictionaryInfo.activeSubstanceName", f"{path}.jsonActiveSubstanceNames"]
            called = [name for name in names if self.json.text(name).casefold() not in {"", "n/a"}]
            if called and self.json.text(called[0]).casefold() not in said:
                self._state_product(f"{INTERVENTIONS}[{len(said)}]", path, called)
                said.add(self.json.text(called[0]).casefold())

    def _state_product(self, target: str, path: str, called: list[str]) -> None:
        self.json.state(f"{target}.name", called[0])
        said = {self.json.text(called[0]).casefold()}
        for name in called[1:]:
            if self.json.text(name).casefold() not in said:
                self.json.state(f"{target}.otherNames[{len(said) - 1}]", name)
                said.add(self.json.text(name).casefold())
        described = (f"{path}.pharmaceuticalFormDisplay", *self.json.items(f"{path}.routes"))
        words = [part for name in described for part in self.json.words(name) if part.text.casefold() != "n/a"]
        state_text(self.account, f"{target}.description", words, close=True)
        self._infer_type(target, path)

    def _infer_type(self, target: str, path: str) -> None:
        if self.json.text(f"{path}.mpRoleInTrial") == _PLACEBO_ROLE:
            return
        chemical = f"{path}.allSubstancesChemicals"
        if self.json.text(chemical) == "True":
            because = "the portal says that all its substances are chemicals"
            self.account.infer(f"{target}.type", "DRUG", because, self.json.line(chemical), Certainty.DERIVED)

    def _state_outcomes(self) -> None:
        for name, kind in (("primaryOutcomes", "primaryEndPoints"), ("secondaryOutcomes", "secondaryEndPoints")):
            count = 0
            for path in self._in_order(f"{self.about}.endPoint.{kind}"):
                count = state_outcomes(
                    self.account, f"{OUTCOMES}.{name}", self.json.words(f"{path}.endPoint"), first=count
                )

    def _in_order(self, path: str) -> list[str]:
        """The items of a list by their own numbers: the portal sorts them as words, 1, 10, 2."""
        items = list(self.json.items(path))
        numbers = [self.json.text(f"{item}.number") for item in items]
        if all(re.fullmatch(r"\d{1,6}", number) for number in numbers):
            items.sort(key=lambda item: int(self.json.text(f"{item}.number")))
        return items

    def _state_eligibility(self) -> None:
        found: list[tuple[CriterionKind | None, str]] = []
        for kind in (CriterionKind.INCLUSION, CriterionKind.EXCLUSION):
            name = f"principal{kind.value.capitalize()}Criteria"
            for path in self._in_order(f"{self.about}.eligibilityCriteria.{name}"):
                words = self.json.words(f"{path}.{name}")
                for part in words:
                    self.account.quote_part(CRITERIA, part.text, part.line, part.quote)
                if words:
                    found.append((kind, "\n  ".join(part.text for part in words)))
        if found:
            text = render_criteria(found)
            self.account.set_text(CRITERIA, text)
            check_polarity(self.account, text)
        self._state_people()

    def _state_people(self) -> None:
        words = self.json.text("ageGroup").casefold()
        for index, group in enumerate(group for pattern, group in _AGES if pattern.search(words)):
            self.account.set_text(f"{ELIGIBILITY}.stdAges[{index}]", group.value)
            self.json.quote_part(f"{ELIGIBILITY}.stdAges[{index}]", "ageGroup", group.value)
        people = f"{self.about}.populationOfTrialSubjects"
        sexes = [self.json.text(f"{people}.is{sex}Subjects") for sex in ("Female", "Male")]
        if "True" in sexes:
            sex = "ALL" if sexes == ["True", "True"] else "FEMALE" if sexes[0] == "True" else "MALE"
            first = "Female" if sexes[0] == "True" else "Male"
            self.json.state(f"{ELIGIBILITY}.sex", f"{people}.is{first}Subjects", sex)
        self._propose_limits(words)

    def _propose_limits(self, words: str) -> None:
        because = "CTIS asks for age groups and not for limits; this is where they end"
        line = self.json.line("ageGroup")
        if "18-64 years" in words and "0-17 years" not in words:
            self.account.propose(f"{ELIGIBILITY}.minimumAge", "18 Years", because, line)
        if words and "65+ years" not in words:
            limit = "64 Years" if "18-64 years" in words else "17 Years"
            self.account.propose(f"{ELIGIBILITY}.maximumAge", limit, because, line)

    def _state_sites(self) -> None:
        count = 0
        for country in self.json.items(f"{self.applied}authorizedPartsII"):
            for site in self.json.items(f"{country}.trialSites"):
                where, target = f"{site}.organisationAddressInfo", f"{LOCATIONS}[{count}]"
                if self.json.state(f"{target}.facility", f"{where}.organisation.name"):
                    count += 1
                    self.json.state(f"{target}.city", f"{where}.address.city")
                    self.json.state(f"{target}.zip", f"{where}.address.postcode")
                    self.json.state(f"{target}.country", f"{where}.address.countryName")


def _read(account: Account) -> Record:
    return _Trial(account).read()


def _signs(source: Source) -> int:
    """JSON with a CTIS number and part I of an application, in either shape."""
    start = source.text.lstrip()[:1]
    has_number = re.search(r'"ctNumber"\s*:', source.text) is not None
    has_part = re.search(r'"(?:authorizedPartI|authorizedApplication|ctPublicStatusCode)"\s*:', source.text) is not None
    return 2000 if start == "{" and has_number and has_part else 0


METHOD = RegistryFormat(
    description="one trial of the EU Clinical Trials Information System (CTIS), in JSON",
    enough=1,
    signs=_signs,
    read=_read,
    reads_json=True,
)
