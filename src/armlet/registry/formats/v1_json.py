"""One study as the classic API of ClinicalTrials.gov (2019 to 2024) gave it in JSON, under ``FullStudies``.

Its names begin with capitals and repeat the name of what they stand in, its values are all words, and each list is
wrapped in an object. Read is one study, with or without its rank; an answer is parted into its studies. One with
chosen fields only (``StudyFieldsResponse``) is refused with what to do.

Results and annotations are carried and not interpreted: each of their values is provenance with its path, and the
issue ``read/results-not-mapped`` says how many there are. Names, telephone numbers and mail addresses of contacts are
passed over; those who answer for the whole trial are kept. A member that is not known is listed with its path.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from armlet.errors import InputError
from armlet.issues import Severity, error
from armlet.registry.accounting import Account, RegistryFormat, Source
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
    Passage,
    Rule,
    Stating,
    check_polarity,
    infer_allocation,
    joined,
    keep,
    state_age,
    state_count,
    state_date,
    state_day,
    state_healthy_volunteers,
    state_masking_words,
    state_nct_id,
    state_study_type,
    state_yes_or_no,
    stating_first,
    stating_member,
)
from armlet.registry.json_text import JsonBranch, JsonLeaf, JsonNode, JsonText, json_leaves
from armlet.registry.record import (
    AgencyClass,
    ArmGroupType,
    BioSpecRetention,
    BrowseLeafRelevance,
    DateType,
    DesignAllocation,
    DesignTimePerspective,
    ExpandedAccessStatus,
    InterventionalAssignment,
    InterventionType,
    IpdSharing,
    IpdSharingInfoType,
    ObservationalModel,
    OfficialRole,
    OrgStudyIdType,
    PrimaryPurpose,
    Record,
    RecruitmentStatus,
    ReferenceType,
    ResponsiblePartyType,
    SamplingMethod,
    SecondaryIdType,
    Sex,
    StandardAge,
    Status,
    WhoMasked,
)
from armlet.registry.several import json_records
from armlet.registry.vocabulary import read_phases

_ARMS: Final = "protocolSection.armsInterventionsModule.armGroups"
_CONDITIONS: Final = "protocolSection.conditionsModule"
_DESCRIPTION: Final = "protocolSection.descriptionModule"
_OVERSIGHT: Final = "protocolSection.oversightModule"
_OFFICIALS: Final = "protocolSection.contactsLocationsModule.overallOfficials"
_REFERENCES: Final = "protocolSection.referencesModule"
_SHARING: Final = "protocolSection.ipdSharingStatementModule"
_DESIGN_INFO: Final = f"{DESIGN}.designInfo"
_EXCERPT: Final = 200
_INDEX: Final = re.compile(r"(?:([A-Za-z0-9_]+))?\[(\d+)\]")
_CONTACT: Final = re.compile(r"\.(?:CentralContact|LocationContact)List\.|\.PointOfContact\.PointOfContact(?!Org)")
_CARRIED: Final = ("ResultsSection.", "AnnotationSection.")


def _state_as_written(account: Account, path: str, passage: Passage) -> bool:
    """The words with their own line breaks."""
    return account.state(path, passage[0].text, passage[0].line, passage[0].quote)


def _state_one_phase(account: Account, path: str, passage: Passage) -> bool:
    phases = read_phases(joined(passage))
    return len(phases) == 1 and account.state(path, phases[0].value, passage[0].line, passage[0].quote)


def _same(prefix: str, path: str, **names: Stating) -> dict[str, Rule]:
    """Rules for members whose names here are the prefix and the record's name with a capital."""
    return {f"{prefix}{name[0].upper()}{name[1:]}": Rule(f"{path}.{name}", stating) for name, stating in names.items()}


def _dated(name: str, path: str, stating: Stating = state_date) -> dict[str, Rule]:
    return {
        f"StatusModule.{name}Struct.{name}": Rule(f"{STATUS}.{path}Struct.date", stating),
        f"StatusModule.{name}Struct.{name}Type": Rule(f"{STATUS}.{path}Struct.type", stating_member(DateType)),
    }


def _sent(name: str, path: str) -> dict[str, Rule]:
    return {
        f"StatusModule.{name}SubmitDate": Rule(f"{STATUS}.{path}SubmitDate", state_day),
        f"StatusModule.{name}SubmitQCDate": Rule(f"{STATUS}.{path}SubmitQcDate", state_day),
        **_dated(f"{name}PostDate", f"{path}PostDate", state_day),
    }


def _outcomes(kind: str) -> dict[str, Rule]:
    item = f"{kind}Outcome"
    path = f"{OUTCOMES}.{kind.lower()}Outcomes[{item}]"
    start = f"OutcomesModule.{item}List.{item}.{item}"
    return _same(start, path, measure=_words, description=_words, timeFrame=_words)


def _browse(kind: str) -> dict[str, Rule]:
    module, path = f"{kind}BrowseModule", f"derivedSection.{kind.lower()}BrowseModule"

    def start(part: str) -> str:
        return f"DerivedSection.{module}.{kind}{part}List.{kind}{part}.{kind}{part}"

    return {
        **_same(start("Mesh"), f"{path}.meshes[{kind}Mesh]", id=_words, term=_words),
        **_same(start("Ancestor"), f"{path}.ancestors[{kind}Ancestor]", id=_words, term=_words),
        **_same(
            start("BrowseLeaf"),
            f"{path}.browseLeaves[{kind}BrowseLeaf]",
            id=_words,
            name=_words,
            asFound=_words,
            relevance=stating_member(BrowseLeafRelevance),
        ),
        **_same(start("BrowseBranch"), f"{path}.browseBranches[{kind}BrowseBranch]", abbrev=_words, name=_words),
    }


_words: Final = _state_as_written
_IDENTITY: Final = MappingProxyType(
    {
        "NCTId": Rule(f"{IDENTITY}.nctId", state_nct_id),
        "NCTIdAliasList.NCTIdAlias": Rule(f"{IDENTITY}.nctIdAliases[NCTIdAlias]", _words),
        "OrgStudyIdInfo.OrgStudyId": Rule(f"{IDENTITY}.orgStudyIdInfo.id", _words),
        "OrgStudyIdInfo.OrgStudyIdType": Rule(f"{IDENTITY}.orgStudyIdInfo.type", stating_member(OrgStudyIdType)),
        "OrgStudyIdInfo.OrgStudyIdLink": Rule(f"{IDENTITY}.orgStudyIdInfo.link", _words),
        **{
            f"SecondaryIdInfoList.SecondaryIdInfo.SecondaryId{ending}": Rule(
                f"{IDENTITY}.secondaryIdInfos[SecondaryIdInfo].{name}", stating
            )
            for ending, name, stating in (
                ("", "id", _words),
                ("Type", "type", stating_member(SecondaryIdType)),
                ("Domain", "domain", _words),
                ("Link", "link", _words),
            )
        },
        "Organization.OrgFullName": Rule(f"{IDENTITY}.organization.fullName", _words),
        "Organization.OrgClass": Rule(f"{IDENTITY}.organization.class", stating_member(AgencyClass)),
        **_same("", IDENTITY, briefTitle=_words, officialTitle=_words, acronym=_words),
    }
)
_STATUS: Final = MappingProxyType(
    {
        "StatusModule.StatusVerifiedDate": Rule(f"{STATUS}.statusVerifiedDate", state_date),
        "StatusModule.OverallStatus": Rule(f"{STATUS}.overallStatus", stating_member(Status)),
        "StatusModule.LastKnownStatus": Rule(f"{STATUS}.lastKnownStatus", stating_member(Status)),
        "StatusModule.DelayedPosting": Rule(f"{STATUS}.delayedPosting", state_yes_or_no),
        "StatusModule.WhyStopped": Rule(f"{STATUS}.whyStopped", _words),
        "StatusModule.ExpandedAccessInfo.HasExpandedAccess": Rule(
            f"{STATUS}.expandedAccessInfo.hasExpandedAccess", state_yes_or_no
        ),
        "StatusModule.ExpandedAccessInfo.ExpandedAccessNCTId": Rule(f"{STATUS}.expandedAccessInfo.nctId", _words),
        "StatusModule.ExpandedAccessInfo.ExpandedAccessStatusForNCTId": Rule(
            f"{STATUS}.expandedAccessInfo.statusForNctId", stating_member(ExpandedAccessStatus)
        ),
        **_dated("StartDate", "startDate"),
        **_dated("PrimaryCompletionDate", "primaryCompletionDate"),
        **_dated("CompletionDate", "completionDate"),
        **_sent("StudyFirst", "studyFirst"),
        **_sent("ResultsFirst", "resultsFirst"),
        **_sent("DispFirst", "dispFirst"),
        "StatusModule.LastUpdateSubmitDate": Rule(f"{STATUS}.lastUpdateSubmitDate", state_day),
        **_dated("LastUpdatePostDate", "lastUpdatePostDate", state_day),
    }
)
_SPONSORS: Final = MappingProxyType(
    {
        "ResponsibleParty.ResponsiblePartyType": Rule(
            f"{SPONSORS}.responsibleParty.type", stating_member(ResponsiblePartyType)
        ),
        **_same(
            "ResponsibleParty.ResponsibleParty",
            f"{SPONSORS}.responsibleParty",
            investigatorFullName=_words,
            investigatorTitle=_words,
            investigatorAffiliation=_words,
            oldNameTitle=_words,
            oldOrganization=_words,
        ),
        "LeadSponsor.LeadSponsorName": Rule(f"{SPONSORS}.leadSponsor.name", _words),
        "LeadSponsor.LeadSponsorClass": Rule(f"{SPONSORS}.leadSponsor.class", stating_member(AgencyClass)),
        "CollaboratorList.Collaborator.CollaboratorName": Rule(f"{SPONSORS}.collaborators[Collaborator].name", _words),
        "CollaboratorList.Collaborator.CollaboratorClass": Rule(
            f"{SPONSORS}.collaborators[Collaborator].class", stating_member(AgencyClass)
        ),
    }
)
_DESIGN: Final = MappingProxyType(
    {
        "StudyType": Rule(f"{DESIGN}.studyType", state_study_type),
        "PatientRegistry": Rule(f"{DESIGN}.patientRegistry", state_yes_or_no),
        "TargetDuration": Rule(f"{DESIGN}.targetDuration", _words),
        **_same(
            "ExpandedAccessTypes.ExpAccType",
            f"{DESIGN}.expandedAccessTypes",
            individual=state_yes_or_no,
            intermediate=state_yes_or_no,
            treatment=state_yes_or_no,
        ),
        "PhaseList.Phase": Rule(f"{DESIGN}.phases[Phase]", _state_one_phase),
        **_same(
            "DesignInfo.Design",
            _DESIGN_INFO,
            allocation=stating_member(DesignAllocation),
            interventionModel=stating_member(InterventionalAssignment),
            interventionModelDescription=_words,
            primaryPurpose=stating_member(PrimaryPurpose),
        ),
        "DesignInfo.DesignObservationalModelList.DesignObservationalModel": Rule(
            f"{_DESIGN_INFO}.observationalModel", stating_first(ObservationalModel)
        ),
        "DesignInfo.DesignTimePerspectiveList.DesignTimePerspective": Rule(
            f"{_DESIGN_INFO}.timePerspective", stating_first(DesignTimePerspective)
        ),
        "DesignInfo.DesignMaskingInfo.DesignMasking": Rule(f"{_DESIGN_INFO}.maskingInfo", state_masking_words),
        "DesignInfo.DesignMaskingInfo.DesignMaskingDescription": Rule(
            f"{_DESIGN_INFO}.maskingInfo.maskingDescription", _words
        ),
        "DesignInfo.DesignMaskingInfo.DesignWhoMaskedList.DesignWhoMasked": Rule(
            f"{_DESIGN_INFO}.maskingInfo.whoMasked[DesignWhoMasked]", stating_member(WhoMasked)
        ),
        "BioSpec.BioSpecRetention": Rule(f"{DESIGN}.bioSpec.retention", stating_member(BioSpecRetention)),
        "BioSpec.BioSpecDescription": Rule(f"{DESIGN}.bioSpec.description", _words),
        "EnrollmentInfo.EnrollmentCount": Rule(f"{DESIGN}.enrollmentInfo.count", state_count),
        "EnrollmentInfo.EnrollmentType": Rule(f"{DESIGN}.enrollmentInfo.type", stating_member(DateType)),
    }
)
_ARMS_AND_INTERVENTIONS: Final = MappingProxyType(
    {
        **_same(
            "ArmGroupList.ArmGroup.ArmGroup",
            f"{_ARMS}[ArmGroup]",
            label=_words,
            type=stating_member(ArmGroupType),
            description=_words,
        ),
        "ArmGroupList.ArmGroup.ArmGroupInterventionList.ArmGroupInterventionName": Rule(
            f"{_ARMS}[ArmGroup].interventionNames[ArmGroupInterventionName]", _words
        ),
        **_same(
            "InterventionList.Intervention.Intervention",
            f"{INTERVENTIONS}[Intervention]",
            type=stating_member(InterventionType),
            name=_words,
            description=_words,
        ),
        "InterventionList.Intervention.InterventionArmGroupLabelList.InterventionArmGroupLabel": Rule(
            f"{INTERVENTIONS}[Intervention].armGroupLabels[InterventionArmGroupLabel]", _words
        ),
        "InterventionList.Intervention.InterventionOtherNameList.InterventionOtherName": Rule(
            f"{INTERVENTIONS}[Intervention].otherNames[InterventionOtherName]", _words
        ),
    }
)
_ELIGIBILITY: Final = MappingProxyType(
    {
        "EligibilityCriteria": Rule(f"{ELIGIBILITY}.eligibilityCriteria", _words),
        "HealthyVolunteers": Rule(f"{ELIGIBILITY}.healthyVolunteers", state_healthy_volunteers),
        "Gender": Rule(f"{ELIGIBILITY}.sex", stating_member(Sex)),
        "GenderBased": Rule(f"{ELIGIBILITY}.genderBased", state_yes_or_no),
        "GenderDescription": Rule(f"{ELIGIBILITY}.genderDescription", _words),
        "MinimumAge": Rule(f"{ELIGIBILITY}.minimumAge", state_age),
        "MaximumAge": Rule(f"{ELIGIBILITY}.maximumAge", state_age),
        "StdAgeList.StdAge": Rule(f"{ELIGIBILITY}.stdAges[StdAge]", stating_member(StandardAge)),
        "StudyPopulation": Rule(f"{ELIGIBILITY}.studyPopulation", _words),
        "SamplingMethod": Rule(f"{ELIGIBILITY}.samplingMethod", stating_member(SamplingMethod)),
    }
)
_PEOPLE_AND_PLACES: Final = MappingProxyType(
    {
        **_same(
            "OverallOfficialList.OverallOfficial.OverallOfficial",
            f"{_OFFICIALS}[OverallOfficial]",
            name=_words,
            affiliation=_words,
            role=stating_member(OfficialRole),
        ),
        **_same(
            "LocationList.Location.Location",
            f"{LOCATIONS}[Location]",
            facility=_words,
            status=stating_member(RecruitmentStatus),
            city=_words,
            state=_words,
            zip=_words,
            country=_words,
        ),
    }
)
_PUBLICATIONS: Final = MappingProxyType(
    {
        "ReferenceList.Reference.ReferencePMID": Rule(f"{_REFERENCES}.references[Reference].pmid", _words),
        "ReferenceList.Reference.ReferenceType": Rule(
            f"{_REFERENCES}.references[Reference].type", stating_member(ReferenceType)
        ),
        "ReferenceList.Reference.ReferenceCitation": Rule(f"{_REFERENCES}.references[Reference].citation", _words),
        **{
            f"ReferenceList.Reference.RetractionList.Retraction.Retraction{ending}": Rule(
                f"{_REFERENCES}.references[Reference].retractions[Retraction].{name}", _words
            )
            for ending, name in (("PMID", "pmid"), ("Source", "source"))
        },
        "SeeAlsoLinkList.SeeAlsoLink.SeeAlsoLinkLabel": Rule(f"{_REFERENCES}.seeAlsoLinks[SeeAlsoLink].label", _words),
        "SeeAlsoLinkList.SeeAlsoLink.SeeAlsoLinkURL": Rule(f"{_REFERENCES}.seeAlsoLinks[SeeAlsoLink].url", _words),
        **{
            f"AvailIPDList.AvailIPD.AvailIPD{ending}": Rule(f"{_REFERENCES}.availIpds[AvailIPD].{name}", _words)
            for ending, name in (("Id", "id"), ("Type", "type"), ("URL", "url"), ("Comment", "comment"))
        },
    }
)
_DATA_SHARING: Final = MappingProxyType(
    {
        "IPDSharing": Rule(f"{_SHARING}.ipdSharing", stating_member(IpdSharing)),
        "IPDSharingDescription": Rule(f"{_SHARING}.description", _words),
        "IPDSharingInfoTypeList.IPDSharingInfoType": Rule(
            f"{_SHARING}.infoTypes[IPDSharingInfoType]", stating_member(IpdSharingInfoType)
        ),
        "IPDSharingTimeFrame": Rule(f"{_SHARING}.timeFrame", _words),
        "IPDSharingAccessCriteria": Rule(f"{_SHARING}.accessCriteria", _words),
        "IPDSharingURL": Rule(f"{_SHARING}.url", _words),
    }
)
_PROTOCOL: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        **{f"IdentificationModule.{name}": rule for name, rule in _IDENTITY.items()},
        **_STATUS,
        **{f"SponsorCollaboratorsModule.{name}": rule for name, rule in _SPONSORS.items()},
        "OversightModule.OversightHasDMC": Rule(f"{_OVERSIGHT}.oversightHasDmc", state_yes_or_no),
        "OversightModule.IsFDARegulatedDrug": Rule(f"{_OVERSIGHT}.isFdaRegulatedDrug", state_yes_or_no),
        "OversightModule.IsFDARegulatedDevice": Rule(f"{_OVERSIGHT}.isFdaRegulatedDevice", state_yes_or_no),
        "OversightModule.IsUnapprovedDevice": Rule(f"{_OVERSIGHT}.isUnapprovedDevice", state_yes_or_no),
        "OversightModule.IsPPSD": Rule(f"{_OVERSIGHT}.isPpsd", state_yes_or_no),
        "OversightModule.IsUSExport": Rule(f"{_OVERSIGHT}.isUsExport", state_yes_or_no),
        "OversightModule.FDAAA801Violation": Rule(f"{_OVERSIGHT}.fdaaa801Violation", state_yes_or_no),
        "DescriptionModule.BriefSummary": Rule(f"{_DESCRIPTION}.briefSummary", _words),
        "DescriptionModule.DetailedDescription": Rule(f"{_DESCRIPTION}.detailedDescription", _words),
        "ConditionsModule.ConditionList.Condition": Rule(f"{_CONDITIONS}.conditions[Condition]", _words),
        "ConditionsModule.KeywordList.Keyword": Rule(f"{_CONDITIONS}.keywords[Keyword]", _words),
        **{f"DesignModule.{name}": rule for name, rule in _DESIGN.items()},
        **{f"ArmsInterventionsModule.{name}": rule for name, rule in _ARMS_AND_INTERVENTIONS.items()},
        **_outcomes("Primary"),
        **_outcomes("Secondary"),
        **_outcomes("Other"),
        **{f"EligibilityModule.{name}": rule for name, rule in _ELIGIBILITY.items()},
        **{f"ContactsLocationsModule.{name}": rule for name, rule in _PEOPLE_AND_PLACES.items()},
        **{f"ReferencesModule.{name}": rule for name, rule in _PUBLICATIONS.items()},
        **{f"IPDSharingStatementModule.{name}": rule for name, rule in _DATA_SHARING.items()},
    }
)
_DOCUMENT: Final = "DocumentSection.LargeDocumentModule.LargeDocList.LargeDoc.LargeDoc"
_DOCUMENT_PATH: Final = "documentSection.largeDocumentModule.largeDocs[LargeDoc]"
_RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        **{f"ProtocolSection.{name}": rule for name, rule in _PROTOCOL.items()},
        **_same(_DOCUMENT, _DOCUMENT_PATH, typeAbbrev=_words, label=_words, date=state_day, filename=_words),
        **{
            f"{_DOCUMENT}Has{kind}": Rule(f"{_DOCUMENT_PATH}.has{kind.capitalize()}", state_yes_or_no)
            for kind in ("Protocol", "SAP", "ICF")
        },
        f"{_DOCUMENT}UploadDate": Rule("document.uploaded", keep),
        "DerivedSection.MiscInfoModule.VersionHolder": Rule("derivedSection.miscInfoModule.versionHolder", state_day),
        "DerivedSection.MiscInfoModule.RemovedCountryList.RemovedCountry": Rule(
            "derivedSection.miscInfoModule.removedCountries[RemovedCountry]", _words
        ),
        **_browse("Condition"),
        **_browse("Intervention"),
    }
)


class _Study:
    """One study being read: each value by the rule for its path without the numbers in it."""

    def __init__(self, account: Account, document: JsonText) -> None:
        self.account = account
        self.document = document
        self.carried = 0

    def read(self, study: JsonBranch) -> Record:
        for path, leaf in json_leaves(study):
            if leaf.value is not None and str(leaf.value).strip():
                self._take(path, leaf)
        for repeated in self.document.repeated:
            line = self.document.line_at(repeated.node.opened)
            message = f"{repeated.path} stands here a second time."
            self.account.warn("read/duplicate-key", line, message, "The first is kept; find out which is right.")
            self.account.unread(line, f"{repeated.path} (a second time)")
        self._finish(study)
        return self.account.record()

    def _take(self, path: str, leaf: JsonLeaf) -> None:
        value = ("Yes" if leaf.value else "No") if isinstance(leaf.value, bool) else str(leaf.value).strip()
        words = Words(self.document.line_at(leaf.start), value, self.document.raw(leaf))
        if _CONTACT.search(f".{path}"):
            self.account.pass_over(path, words.text, words.line, words.quote)
        elif path.startswith(_CARRIED):
            self.carried += 1
            self.account.remember(path, words.text, words.line, words.quote)
        else:
            positions = {name: int(index) for name, index in _INDEX.findall(path) if name}
            rule = _RULES.get(_INDEX.sub(r"\1", path))
            if rule is None or not rule.apply(self.account, positions, (words,)):
                self.account.unread(words.line, f"{path} ({words.quote[:_EXCERPT]})")

    def _finish(self, study: JsonBranch) -> None:
        account = self.account
        results = study.members.get("ResultsSection")
        if results is not None:
            line = self.document.line_at(results.opened)
            account.state("hasResults", True, line, "ResultsSection")
            message = f"the record has results: {self.carried} values, which are carried as they stand."
            fix = "Read the record in the JSON format of the v2 API to have its results by their meaning."
            account.warn("read/results-not-mapped", line, message, fix, Severity.NOTE)
        infer_allocation(account)
        check_polarity(account, account.value(f"{ELIGIBILITY}.eligibilityCriteria"))
        account.know_the_rest()


def _one_study(document: JsonText) -> JsonBranch:
    """The study, out of what may stand around it."""
    root = document.root
    members = root.members if isinstance(root, JsonBranch) else {}
    if "StudyFieldsResponse" in members:
        message = "the file is an answer of the classic API with chosen fields (StudyFieldsResponse), not a record."
        raise _not_a_record(document, message, "Fetch the whole record of one study.")
    answer = members.get("FullStudiesResponse", root)
    listed = answer.members.get("FullStudies", root) if isinstance(answer, JsonBranch) else root
    if not (isinstance(listed, JsonBranch) and (listed.is_list or listed is not root)):
        return _unpacked(document, root)
    studies = list(listed.members.values())
    if len(studies) != 1:
        message = f"the file is an answer of the classic API with {len(studies)} studies; expected one."
        raise _not_a_record(document, message, "Save each study to a file of its own, or fetch the one that you mean.")
    return _unpacked(document, studies[0])


def _unpacked(document: JsonText, node: JsonNode) -> JsonBranch:
    inner = node.members.get("Study", node) if isinstance(node, JsonBranch) else node
    protocol = inner.members.get("ProtocolSection") if isinstance(inner, JsonBranch) else None
    if not isinstance(inner, JsonBranch) or not isinstance(protocol, JsonBranch) or protocol.is_list:
        message = "the file is JSON, but not a study of the classic API: it has no object ProtocolSection."
        raise _not_a_record(document, message, "Fetch the record again, or in the JSON format of the v2 API.")
    return inner


def _not_a_record(document: JsonText, message: str, fix: str) -> InputError:
    return InputError([error("read/not-a-record", document.name, message, fix)])


def _signs(source: Source) -> int:
    """Names that only this API has, near the beginning; more than JSON as such counts."""
    found = re.match(r"\s*[\[{]", source.text) and re.search(
        r'"(?:FullStudiesResponse|StudyFieldsResponse|ProtocolSection)"\s*:', source.text[:5000]
    )
    return 2000 if found else 0


def _read(account: Account) -> Record:
    document = JsonText(account.source.text, account.source.name, account.source.first_line)
    return _Study(account, document).read(_one_study(document))


def _split(source: Source) -> tuple[Source, ...]:
    """The studies of an answer of the API, or of a list."""
    return json_records(source, "FullStudies", "ProtocolSection")


METHOD = RegistryFormat(
    description="one study as the classic API of ClinicalTrials.gov gave it, in JSON",
    enough=1,
    signs=_signs,
    read=_read,
    split=_split,
    reads_json=True,
)
