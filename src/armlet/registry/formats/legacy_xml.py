"""One study in the XML that ClinicalTrials.gov gave out from 2000 to 2024, and in that of its archive of versions.

Both have the root ``clinical_study``; the public one wraps text near column 90, which is undone, the archived one has
other names and keeps its lines. Each known element gives a fact at its line. What the v2 API has no field for is
provenance; an element or an attribute that is not known is listed as unrecognised, with its path.

Results are carried and not interpreted: each of their values, attributes included, is provenance under
``clinical_results`` with its path, and the issue ``read/results-not-mapped`` says how many there are. Names,
telephone numbers and mail addresses of contacts, and the names of investigators at single locations, are passed over;
those who answer for the whole trial are kept.

An answer to a search, ``search_results``, is parted into its whole studies; one with summaries is refused with the
count.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from armlet.errors import InputError
from armlet.issues import Severity, error
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
    Passage,
    Rule,
    check_polarity,
    infer_allocation,
    infer_standard_ages,
    joined,
    keep,
    state_age,
    state_count,
    state_date,
    state_day,
    state_healthy_volunteers,
    state_masking_words,
    state_nct_id,
    state_phases,
    state_study_type,
    state_words,
    state_yes_or_no,
    stating_first,
    stating_member,
    stating_text,
)
from armlet.registry.record import (
    AgencyClass,
    ArmGroupType,
    BioSpecRetention,
    DateType,
    DesignAllocation,
    DesignTimePerspective,
    InterventionalAssignment,
    InterventionType,
    IpdSharing,
    IpdSharingInfoType,
    ObservationalModel,
    OfficialRole,
    PrimaryPurpose,
    Record,
    RecruitmentStatus,
    ReferenceType,
    ResponsiblePartyType,
    SamplingMethod,
    Sex,
    Status,
)
from armlet.registry.several import xml_records
from armlet.registry.vocabulary import is_old_design_word, member, read_masking
from armlet.registry.xml_text import XmlElement, XmlText

_ARMS: Final = "protocolSection.armsInterventionsModule.armGroups"
_CONDITIONS: Final = "protocolSection.conditionsModule"
_DESCRIPTION: Final = "protocolSection.descriptionModule"
_OVERSIGHT: Final = "protocolSection.oversightModule"
_OFFICIALS: Final = "protocolSection.contactsLocationsModule.overallOfficials"
_REFERENCES: Final = "protocolSection.referencesModule"
_SHARING: Final = "protocolSection.ipdSharingStatementModule"
_DOCUMENTS: Final = "documentSection.largeDocumentModule.largeDocs"
_DESIGN_INFO: Final = f"{DESIGN}.designInfo"

_EXCERPT: Final = 200
_BULLET: Final = re.compile(r"(?P<mark>[-*•·]|[0-9]{1,2}[.)])\s+(?P<text>\S.*)")
_NO_RESULTS: Final = re.compile(r"Results have not yet been posted for this study")


# How texts are put together.


@dataclass
class _Block:
    """A paragraph (no mark) or a point of a list, with the column in which it begins."""

    mark: str
    column: int
    lines: list[str]


def _unwrapped(passage: Passage) -> str:
    """A text whose lines were broken near column 90: paragraphs, and points one a line with their nesting."""
    blocks: list[_Block] = []
    last_line = 0
    for words in passage:
        column = len(words.text) - len(words.text.lstrip())
        bullet = _BULLET.fullmatch(words.text.strip())
        begins = not blocks or words.line > last_line + 1
        if begins and bullet:
            blocks.append(_Block(bullet["mark"], column, [bullet["text"]]))
        elif begins:
            blocks.append(_Block("", column, [words.text.strip()]))
        else:
            blocks[-1].lines.append(words.text.strip())
        last_line = words.line
    return _laid_out(blocks)


def _laid_out(blocks: list[_Block]) -> str:
    """Points follow each other line by line, two blanks further in for each level; paragraphs stand apart."""
    pieces, columns = list[str](), list[int]()
    for number, block in enumerate(blocks):
        while columns and (not block.mark or columns[-1] >= block.column):
            columns.pop()
        in_list = number > 0 and bool(block.mark and blocks[number - 1].mark)
        pieces.append("" if number == 0 else "\n" if in_list else "\n\n")
        pieces.append(f"{'  ' * len(columns)}{block.mark} " if block.mark else "")
        pieces.append(" ".join(block.lines))
        if block.mark:
            columns.append(block.column)
    return "".join(pieces)


def _as_lines(passage: Passage) -> str:
    """A text whose lines are its own: kept, with a blank line where there was one, without the common indent."""
    indent = min(len(words.text) - len(words.text.lstrip()) for words in passage)
    parts = [passage[0].text[indent:]]
    for before, words in pairwise(passage):
        parts.append(f"\n{words.text[indent:]}" if words.line > before.line + 1 else words.text[indent:])
    return "\n".join(parts)


_text: Final = stating_text(_unwrapped)
_lines: Final = stating_text(_as_lines)


# Statings of this layout alone.


def _state_design_words(account: Account, path: str, passage: Passage) -> bool:
    """``Treatment``, ``Double-Blind``, ``Parallel Assignment``: words of old records that name no field."""
    words = joined(passage)
    if read_masking(words) is not None:
        return state_masking_words(account, f"{path}.maskingInfo", passage)
    for attribute, enumeration in _DESIGN_ENUMERATIONS.items():
        if member(enumeration, words) is not None:
            return stating_member(enumeration)(account, f"{path}.{attribute}", passage)
    return is_old_design_word(words) and keep(account, "design", passage)


def _state_design_text(account: Account, path: str, passage: Passage) -> bool:
    """``Allocation: Randomized, Masking: Double Blind (Subject, Investigator), …``, or the bare words of 2005."""
    for part in re.split(r",\s*(?![^()]*\))", joined(passage)):
        label, colon, value = part.strip().partition(": ")
        piece = (Words(passage[0].line, value if colon else label, value if colon else label),)
        rule = _DESIGN_LABELS.get(label) if colon else None
        stated = rule.apply(account, {}, piece) if rule else not colon and _state_design_words(account, path, piece)
        if not stated and part.strip():
            account.unread(passage[0].line, f"study_design ({part.strip()[:_EXCERPT]})")
    return True


def _state_file_name(account: Account, path: str, passage: Passage) -> bool:
    """The file of a document, at the end of its address."""
    name = joined(passage).rpartition("/")[2]
    return bool(name) and account.state(path, name, passage[0].line, name)


def _pass_over(account: Account, path: str, passage: Passage) -> bool:
    """Words that stand in every record."""
    for words in passage:
        account.known(Line(words.line, words.text.strip()))
    return True


def _kept(about: str) -> Rule:
    return Rule(about, keep)


_DESIGN_ENUMERATIONS: Final = MappingProxyType(
    {
        "allocation": DesignAllocation,
        "interventionModel": InterventionalAssignment,
        "primaryPurpose": PrimaryPurpose,
        "observationalModel": ObservationalModel,
        "timePerspective": DesignTimePerspective,
    }
)
_DESIGN_LABELS: Final = MappingProxyType(
    {
        "Allocation": Rule(f"{_DESIGN_INFO}.allocation", stating_member(DesignAllocation)),
        "Control": _kept("design.control"),
        "Endpoint Classification": _kept("design.endpointClassification"),
        "Intervention Model": Rule(f"{_DESIGN_INFO}.interventionModel", stating_member(InterventionalAssignment)),
        "Masking": Rule(f"{_DESIGN_INFO}.maskingInfo", state_masking_words),
        "Observational Model": Rule(f"{_DESIGN_INFO}.observationalModel", stating_first(ObservationalModel)),
        "Primary Purpose": Rule(f"{_DESIGN_INFO}.primaryPurpose", stating_member(PrimaryPurpose)),
        "Time Perspective": Rule(f"{_DESIGN_INFO}.timePerspective", stating_first(DesignTimePerspective)),
    }
)


def _dated(element: str, path: str) -> dict[str, Rule]:
    """A date that may lack its day, and whether it is planned."""
    return {
        element: Rule(f"{STATUS}.{path}.date", state_date),
        f"{element}@type": Rule(f"{STATUS}.{path}.type", stating_member(DateType)),
    }


def _posted(element: str, path: str) -> dict[str, Rule]:
    """The three dates of something that was sent in, checked and shown."""
    return {
        f"{element}_submitted": Rule(f"{STATUS}.{path}SubmitDate", state_day),
        f"{element}_submitted_qc": Rule(f"{STATUS}.{path}SubmitQcDate", state_day),
        f"{element}_posted": Rule(f"{STATUS}.{path}PostDateStruct.date", state_day),
        f"{element}_posted@type": Rule(f"{STATUS}.{path}PostDateStruct.type", stating_member(DateType)),
    }


def _outcomes(kind: str) -> dict[str, Rule]:
    element, path = f"{kind}_outcome", f"{OUTCOMES}.{kind}Outcomes[{kind}_outcome]"
    return {
        element: Rule(f"{path}.measure", _text),
        f"{element}/measure": Rule(f"{path}.measure", _text),
        f"{element}/time_frame": Rule(f"{path}.timeFrame", _text),
        f"{element}/description": Rule(f"{path}.description", _text),
        f"{element}/description/textblock": Rule(f"{path}.description", _lines),
        f"{element}/safety_issue": _kept("outcome.safetyIssue"),
    }


def _yes_or_no(path: str) -> Rule:
    return Rule(path, state_yes_or_no)


_SHARED: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "acronym": Rule(f"{IDENTITY}.acronym", state_words),
        "condition": Rule(f"{_CONDITIONS}.conditions[condition]", state_words),
        "keyword": Rule(f"{_CONDITIONS}.keywords[keyword]", state_words),
        "study_type": Rule(f"{DESIGN}.studyType", state_study_type),
        "enrollment": Rule(f"{DESIGN}.enrollmentInfo.count", state_count),
        "enrollment@type": Rule(f"{DESIGN}.enrollmentInfo.type", stating_member(DateType)),
        "number_of_arms": _kept("numberOfArms"),
        "number_of_groups": _kept("numberOfGroups"),
        "is_fda_regulated": _kept("isFdaRegulated"),
        "is_section_801": _kept("isSection801"),
        "delayed_posting": _yes_or_no(f"{STATUS}.delayedPosting"),
        "has_expanded_access": _yes_or_no(f"{STATUS}.expandedAccessInfo.hasExpandedAccess"),
        "oversight_info/has_dmc": _yes_or_no(f"{_OVERSIGHT}.oversightHasDmc"),
        "eligibility/gender": Rule(f"{ELIGIBILITY}.sex", stating_member(Sex)),
        "eligibility/gender_based": _yes_or_no(f"{ELIGIBILITY}.genderBased"),
        "eligibility/gender_description": Rule(f"{ELIGIBILITY}.genderDescription", _text),
        "eligibility/minimum_age": Rule(f"{ELIGIBILITY}.minimumAge", state_age),
        "eligibility/maximum_age": Rule(f"{ELIGIBILITY}.maximumAge", state_age),
        "eligibility/healthy_volunteers": Rule(f"{ELIGIBILITY}.healthyVolunteers", state_healthy_volunteers),
        "eligibility/sampling_method": Rule(f"{ELIGIBILITY}.samplingMethod", stating_member(SamplingMethod)),
        "eligibility/study_pop/textblock": Rule(f"{ELIGIBILITY}.studyPopulation", _text),
        "arm_group/arm_group_label": Rule(f"{_ARMS}[arm_group].label", state_words),
        "intervention/arm_group_label": Rule(
            f"{INTERVENTIONS}[intervention].armGroupLabels[arm_group_label]", state_words
        ),
        "intervention/other_name": Rule(f"{INTERVENTIONS}[intervention].otherNames[other_name]", state_words),
        "location/status": Rule(f"{LOCATIONS}[location].status", stating_member(RecruitmentStatus)),
        "location/facility/name": Rule(f"{LOCATIONS}[location].facility", state_words),
        "location/facility/address/city": Rule(f"{LOCATIONS}[location].city", state_words),
        "location/facility/address/state": Rule(f"{LOCATIONS}[location].state", state_words),
        "location/facility/address/zip": Rule(f"{LOCATIONS}[location].zip", state_words),
        "location/facility/address/country": Rule(f"{LOCATIONS}[location].country", state_words),
        **_outcomes("primary"),
        **_outcomes("secondary"),
        **_outcomes("other"),
    }
)
_PUBLIC: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        **_SHARED,
        "@rank": Rule("", _pass_over),
        "required_header/download_date": _kept("downloaded"),
        "required_header/link_text": Rule("", _pass_over),
        "required_header/url": _kept("address"),
        "id_info/nct_id": Rule(f"{IDENTITY}.nctId", state_nct_id),
        "id_info/nct_alias": Rule(f"{IDENTITY}.nctIdAliases[nct_alias]", state_words),
        "id_info/org_study_id": Rule(f"{IDENTITY}.orgStudyIdInfo.id", state_words),
        "id_info/secondary_id": Rule(f"{IDENTITY}.secondaryIdInfos[secondary_id].id", state_words),
        "brief_title": Rule(f"{IDENTITY}.briefTitle", state_words),
        "official_title": Rule(f"{IDENTITY}.officialTitle", state_words),
        "source": Rule(f"{IDENTITY}.organization.fullName", state_words),
        "source_class": Rule(f"{IDENTITY}.organization.class", stating_member(AgencyClass)),
        "sponsors/lead_sponsor/agency": Rule(f"{SPONSORS}.leadSponsor.name", state_words),
        "sponsors/lead_sponsor/agency_class": Rule(f"{SPONSORS}.leadSponsor.class", stating_member(AgencyClass)),
        "sponsors/collaborator/agency": Rule(f"{SPONSORS}.collaborators[collaborator].name", state_words),
        "sponsors/collaborator/agency_class": Rule(
            f"{SPONSORS}.collaborators[collaborator].class", stating_member(AgencyClass)
        ),
        "responsible_party/responsible_party_type": Rule(
            f"{SPONSORS}.responsibleParty.type", stating_member(ResponsiblePartyType)
        ),
        "responsible_party/investigator_full_name": Rule(
            f"{SPONSORS}.responsibleParty.investigatorFullName", state_words
        ),
        "responsible_party/investigator_title": Rule(f"{SPONSORS}.responsibleParty.investigatorTitle", state_words),
        "responsible_party/investigator_affiliation": Rule(
            f"{SPONSORS}.responsibleParty.investigatorAffiliation", state_words
        ),
        "responsible_party/name_title": Rule(f"{SPONSORS}.responsibleParty.oldNameTitle", state_words),
        "responsible_party/organization": Rule(f"{SPONSORS}.responsibleParty.oldOrganization", state_words),
        "oversight_info/authority": _kept("oversightAuthority"),
        "oversight_info/regulatory_authority": _kept("oversightAuthority"),
        "oversight_info/is_fda_regulated_drug": _yes_or_no(f"{_OVERSIGHT}.isFdaRegulatedDrug"),
        "oversight_info/is_fda_regulated_device": _yes_or_no(f"{_OVERSIGHT}.isFdaRegulatedDevice"),
        "oversight_info/is_unapproved_device": _yes_or_no(f"{_OVERSIGHT}.isUnapprovedDevice"),
        "oversight_info/is_ppsd": _yes_or_no(f"{_OVERSIGHT}.isPpsd"),
        "oversight_info/is_us_export": _yes_or_no(f"{_OVERSIGHT}.isUsExport"),
        "brief_summary/textblock": Rule(f"{_DESCRIPTION}.briefSummary", _text),
        "detailed_description/textblock": Rule(f"{_DESCRIPTION}.detailedDescription", _text),
        "overall_status": Rule(f"{STATUS}.overallStatus", stating_member(Status)),
        "last_known_status": Rule(f"{STATUS}.lastKnownStatus", stating_member(Status)),
        "why_stopped": Rule(f"{STATUS}.whyStopped", _text),
        **_dated("start_date", "startDateStruct"),
        **_dated("completion_date", "completionDateStruct"),
        **_dated("end_date", "completionDateStruct"),
        **_dated("primary_completion_date", "primaryCompletionDateStruct"),
        "verification_date": Rule(f"{STATUS}.statusVerifiedDate", state_date),
        "firstreceived_date": Rule(f"{STATUS}.studyFirstSubmitDate", state_day),
        "firstreceived_results_date": Rule(f"{STATUS}.resultsFirstSubmitDate", state_day),
        "firstreceived_results_disposition_date": Rule(f"{STATUS}.dispFirstSubmitDate", state_day),
        "lastchanged_date": Rule(f"{STATUS}.lastUpdateSubmitDate", state_day),
        **_posted("study_first", "studyFirst"),
        **_posted("results_first", "resultsFirst"),
        **_posted("disposition_first", "dispFirst"),
        **_posted("last_update", "lastUpdate"),
        "last_update_submitted_qc": _kept("lastUpdateSubmittedQc"),
        "phase": Rule(f"{DESIGN}.phases", state_phases),
        "expanded_access_info/expanded_access_type_individual": _yes_or_no(f"{DESIGN}.expandedAccessTypes.individual"),
        "expanded_access_info/expanded_access_type_intermediate": _yes_or_no(
            f"{DESIGN}.expandedAccessTypes.intermediate"
        ),
        "expanded_access_info/expanded_access_type_treatment": _yes_or_no(f"{DESIGN}.expandedAccessTypes.treatment"),
        "study_design": Rule(_DESIGN_INFO, _state_design_text),
        **{f"study_design_info/{label.lower().replace(' ', '_')}": rule for label, rule in _DESIGN_LABELS.items()},
        "study_design_info/intervention_model_description": Rule(f"{_DESIGN_INFO}.interventionModelDescription", _text),
        "study_design_info/masking_description": Rule(f"{_DESIGN_INFO}.maskingInfo.maskingDescription", _text),
        "target_duration": Rule(f"{DESIGN}.targetDuration", state_words),
        "biospec_retention": Rule(f"{DESIGN}.bioSpec.retention", stating_member(BioSpecRetention)),
        "biospec_descr/textblock": Rule(f"{DESIGN}.bioSpec.description", _text),
        "arm_group/arm_group_type": Rule(f"{_ARMS}[arm_group].type", stating_member(ArmGroupType)),
        "arm_group/description": Rule(f"{_ARMS}[arm_group].description", _text),
        "intervention/intervention_type": Rule(f"{INTERVENTIONS}[intervention].type", stating_member(InterventionType)),
        "intervention/intervention_name": Rule(f"{INTERVENTIONS}[intervention].name", state_words),
        "intervention/description": Rule(f"{INTERVENTIONS}[intervention].description", _text),
        "eligibility/criteria/textblock": Rule(f"{ELIGIBILITY}.eligibilityCriteria", _text),
        "overall_official/affiliation": Rule(f"{_OFFICIALS}[overall_official].affiliation", state_words),
        "overall_official/role": Rule(f"{_OFFICIALS}[overall_official].role", stating_member(OfficialRole)),
        "location_countries/country": _kept("locationCountry"),
        "removed_countries/country": Rule("derivedSection.miscInfoModule.removedCountries[country]", state_words),
        "link/url": Rule(f"{_REFERENCES}.seeAlsoLinks[link].url", state_words),
        "link/description": Rule(f"{_REFERENCES}.seeAlsoLinks[link].label", _text),
        **{
            f"{element}/{attribute}": Rule(f"{_REFERENCES}.references[reference].{name}", stating)
            for element in ("reference", "results_reference")
            for attribute, name, stating in (("citation", "citation", _text), ("PMID", "pmid", state_words))
        },
        "condition_browse/mesh_term": Rule("derivedSection.conditionBrowseModule.meshes[mesh_term].term", state_words),
        "intervention_browse/mesh_term": Rule(
            "derivedSection.interventionBrowseModule.meshes[mesh_term].term", state_words
        ),
        "patient_data/sharing_ipd": Rule(f"{_SHARING}.ipdSharing", stating_member(IpdSharing)),
        "patient_data/ipd_description": Rule(f"{_SHARING}.description", _text),
        "patient_data/ipd_info_type": Rule(f"{_SHARING}.infoTypes[ipd_info_type]", stating_member(IpdSharingInfoType)),
        "patient_data/ipd_time_frame": Rule(f"{_SHARING}.timeFrame", _text),
        "patient_data/ipd_access_criteria": Rule(f"{_SHARING}.accessCriteria", _text),
        "patient_data/ipd_url": Rule(f"{_SHARING}.url", state_words),
        "study_docs/study_doc/doc_id": Rule(f"{_REFERENCES}.availIpds[study_doc].id", state_words),
        "study_docs/study_doc/doc_type": Rule(f"{_REFERENCES}.availIpds[study_doc].type", state_words),
        "study_docs/study_doc/doc_url": Rule(f"{_REFERENCES}.availIpds[study_doc].url", state_words),
        "study_docs/study_doc/doc_comment": Rule(f"{_REFERENCES}.availIpds[study_doc].comment", _text),
        **{
            f"provided_document_section/provided_document/document_{element}": Rule(
                f"{_DOCUMENTS}[provided_document].{name}", stating
            )
            for element, name, stating in (
                ("type", "label", state_words),
                ("has_protocol", "hasProtocol", state_yes_or_no),
                ("has_sap", "hasSap", state_yes_or_no),
                ("has_icf", "hasIcf", state_yes_or_no),
                ("date", "date", state_day),
                ("url", "filename", _state_file_name),
            )
        },
        "pending_results/submitted": _kept("pendingResults.submitted"),
        "pending_results/returned": _kept("pendingResults.returned"),
        "pending_results/submission_canceled": _kept("pendingResults.submissionCanceled"),
    }
)
_ARCHIVED: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        **_SHARED,
        "study_id/nct_id": Rule(f"{IDENTITY}.nctId", state_nct_id),
        "study_id/org_study_id": Rule(f"{IDENTITY}.orgStudyIdInfo.id", state_words),
        "study_id/secondary_id": Rule(f"{IDENTITY}.secondaryIdInfos[secondary_id].id", state_words),
        "study_id/org_name": _kept("organisation.shortName"),
        "study_id/org_full_name": Rule(f"{IDENTITY}.organization.fullName", state_words),
        "brief_title/textblock": Rule(f"{IDENTITY}.briefTitle", state_words),
        "official_title/textblock": Rule(f"{IDENTITY}.officialTitle", state_words),
        "study_sponsor/lead_sponsor/agency": Rule(f"{SPONSORS}.leadSponsor.name", state_words),
        "study_sponsor/sponsor/agency": Rule(f"{SPONSORS}.collaborators[sponsor].name", state_words),
        "resp_party/name_title": Rule(f"{SPONSORS}.responsibleParty.oldNameTitle", state_words),
        "resp_party/organization": Rule(f"{SPONSORS}.responsibleParty.oldOrganization", state_words),
        "resp_party/resp_party_type": Rule(f"{SPONSORS}.responsibleParty.type", stating_member(ResponsiblePartyType)),
        "oversight_info/regulatory_authority": _kept("oversightAuthority"),
        "brief_summary/textblock": Rule(f"{_DESCRIPTION}.briefSummary", _lines),
        "detailed_descr/textblock": Rule(f"{_DESCRIPTION}.detailedDescription", _lines),
        "status_block/status": Rule(f"{STATUS}.overallStatus", stating_member(Status)),
        "status_block/date": Rule(f"{STATUS}.statusVerifiedDate", state_date),
        "status_block/why_stopped/textblock": Rule(f"{STATUS}.whyStopped", _lines),
        **{
            f"{element}{ending}": Rule(f"{STATUS}.{path}.{name}", stating)
            for element, path in (
                ("start_date", "startDateStruct"),
                ("end_date", "completionDateStruct"),
                ("last_follow_up_date", "completionDateStruct"),
                ("primary_compl_date", "primaryCompletionDateStruct"),
            )
            for ending, name, stating in (("/date", "date", state_date), ("@type", "type", stating_member(DateType)))
        },
        "last_data_entry_date/date": _kept("lastDataEntry"),
        "last_data_entry_date@type": _kept("lastDataEntry.type"),
        "initial_release_date": Rule(f"{STATUS}.studyFirstSubmitDate", state_day),
        "last_release_date": Rule(f"{STATUS}.lastUpdateSubmitDate", state_day),
        "init_disposition_release_date": Rule(f"{STATUS}.dispFirstSubmitDate", state_day),
        "init_results_release_date": Rule(f"{STATUS}.resultsFirstSubmitDate", state_day),
        "phase_block/phase": Rule(f"{DESIGN}.phases", state_phases),
        "design": Rule(_DESIGN_INFO, _state_design_words),
        "arm_group/arm_type": Rule(f"{_ARMS}[arm_group].type", stating_member(ArmGroupType)),
        "arm_group/description/textblock": Rule(f"{_ARMS}[arm_group].description", _lines),
        "intervention/intervent_type": Rule(f"{INTERVENTIONS}[intervention].type", stating_member(InterventionType)),
        "intervention/primary_name": Rule(f"{INTERVENTIONS}[intervention].name", state_words),
        "intervention/description/textblock": Rule(f"{INTERVENTIONS}[intervention].description", _lines),
        "eligibility/criteria/textblock": Rule(f"{ELIGIBILITY}.eligibilityCriteria", _lines),
        "eligibility/expected_enrollment": Rule(f"{DESIGN}.enrollmentInfo.count", state_count),
        "eligibility/patients": _kept("acceptsPatients"),
        "see_also/annotation/textblock": Rule(f"{_REFERENCES}.seeAlsoLinks[see_also].label", _lines),
        "see_also/url": Rule(f"{_REFERENCES}.seeAlsoLinks[see_also].url", state_words),
        **{
            f"{parent}/reference/{name}": rule
            for parent in ("background", "results")
            for name, rule in (
                ("citation", Rule(f"{_REFERENCES}.references[reference].citation", _lines)),
                ("medline_ui", _kept("reference.medline")),
            )
        },
        "investigator/role": Rule(f"{_OFFICIALS}[investigator].role", stating_member(OfficialRole)),
        "investigator/name": Rule(f"{_OFFICIALS}[investigator].name", state_words),
        "investigator/affiliation/agency": Rule(f"{_OFFICIALS}[investigator].affiliation", state_words),
    }
)
_CONTACTS: Final = frozenset(
    {
        "contact",
        "overall_contact",
        "overall_contact_backup",
        "location/contact",
        "location/contact_backup",
        "location/investigator",
    }
)
_CONTACTS_OF_RESULTS: Final = frozenset({"name_or_title", "phone", "phone_ext", "email"})
_RESULTS: Final = frozenset({"clinical_results", "clinical_result"})
_NAMED: Final = frozenset({"overall_official"})
_COUNTED_AS: Final = MappingProxyType({"results_reference": "reference"})


class _Study:
    """One study being read: walks the elements, each by the rule for its path."""

    def __init__(self, account: Account, xml: XmlText, element: XmlElement) -> None:
        self.account = account
        self.xml = xml
        self.element = element
        is_archived = element.child("study_id") is not None
        self.rules = _ARCHIVED if is_archived else _PUBLIC
        self.known = _KNOWN_IN_ARCHIVED if is_archived else _KNOWN_IN_PUBLIC

    def read(self) -> Record:
        self._state_attributes(self.element, "", {})
        self._walk_children(self.element, "", {})
        self._state_reference_types()
        self._state_arms_of_interventions()
        self._finish()
        return self.account.record()

    def _walk_children(self, element: XmlElement, path: str, positions: Mapping[str, int]) -> None:
        counted: dict[str, int] = {}
        for child in element.children:
            if child.is_empty():
                continue
            name = _COUNTED_AS.get(child.tag, child.tag)
            number = counted.get(name, 0)
            counted[name] = number + 1
            below = f"{path}/{child.tag}" if path else child.tag
            self._walk(child, below, {**positions, name: number})

    def _walk(self, element: XmlElement, path: str, positions: Mapping[str, int]) -> None:
        if path in _CONTACTS:
            self._drop(element, path)
        elif path in _RESULTS:
            self._carry_results(element)
        elif path in _NAMED:
            self._state_official(element, path, positions)
        elif not self._is_known(path):
            self._list(element, path)
        else:
            self._state_attributes(element, path, positions)
            if element.words:
                self._state(path, positions, tuple(element.words))
            self._walk_children(element, path, positions)

    def _is_known(self, path: str) -> bool:
        return path in self.known

    def _state(self, path: str, positions: Mapping[str, int], passage: Passage) -> None:
        rule = self.rules.get(path)
        if rule is None or not rule.apply(self.account, positions, passage):
            for words in passage:
                self.account.unread(words.line, f"{path} ({words.quote[:_EXCERPT]})")

    def _state_attributes(self, element: XmlElement, path: str, positions: Mapping[str, int]) -> None:
        for name, words in element.attributes.items():
            if words.text:
                self._state(f"{path}@{name}", positions, (words,))

    def _list(self, element: XmlElement, path: str) -> None:
        """An element that is not known, each line of it."""
        for where, words in _words_below(element, path):
            self.account.unread(words.line, f"{where} ({words.quote[:_EXCERPT]})")

    def _drop(self, element: XmlElement, path: str) -> None:
        """People to write to: which lines, but not who."""
        for where, words in _words_below(element, path):
            self.account.pass_over(where, words.text.strip(), words.line, words.quote)

    def _state_official(self, element: XmlElement, path: str, positions: Mapping[str, int]) -> None:
        """A name is one element, or first, middle and last name with degrees."""
        parts = {
            child.tag: tuple(child.words) for child in element.children if child.tag in _NAME_PARTS and child.words
        }
        spoken = [joined(parts[tag]) for tag in _NAME_PARTS[:-1] if tag in parts]
        degrees = [joined(parts["degrees"])] if "degrees" in parts else []
        if spoken:
            target = f"{_OFFICIALS}[{positions['overall_official']}].name"
            passage = tuple(words for tag in _NAME_PARTS for words in parts.get(tag, ()))
            self.account.set_text(target, ", ".join([" ".join(spoken), *degrees]))
            for words in passage:
                self.account.quote_part(target, words.text.strip(), words.line, words.quote)
        others = [child for child in element.children if child.tag not in _NAME_PARTS]
        self._walk_children(XmlElement(element.tag, element.line, others), path, positions)

    def _carry_results(self, element: XmlElement) -> None:
        self.account.state("hasResults", True, element.line, f"<{element.tag}")
        count = 0
        for where, words in _words_below(element, element.tag):
            if where.rpartition("/")[2].partition("[")[0] in _CONTACTS_OF_RESULTS and "/point_of_contact" in where:
                self.account.pass_over(where, words.text.strip(), words.line, words.quote)
            else:
                count += 1
                self.account.remember(where, words.text.strip(), words.line, words.quote)
        message = f"the record has results: {count} values, which are carried as they stand and not interpreted."
        fix = "Read the record in the JSON format of the v2 API to have its results by their meaning."
        self.account.warn("read/results-not-mapped", element.line, message, fix, Severity.NOTE)

    def _state_reference_types(self) -> None:
        """That a publication reports results is in the name of its element; of others nothing is said."""
        number = -1
        for child in self.element.children:
            if child.tag in {"reference", "results_reference"} and not child.is_empty():
                number += 1
                if child.tag == "results_reference":
                    path = f"{_REFERENCES}.references[{number}].type"
                    self.account.state(path, ReferenceType.RESULT.value, child.line, child.tag)

    def _state_arms_of_interventions(self) -> None:
        """An intervention names its arms; the record lists with each arm its interventions as ``Type: name``."""
        arms: dict[str, int] = {}
        for number, arm in enumerate(self._filled("arm_group")):
            label = arm.child("arm_group_label")
            arms.setdefault(joined(tuple(label.words)) if label else "", number)
        listed: Counter[int] = Counter()
        for number, intervention in enumerate(self._filled("intervention")):
            full_name = self._full_name(number)
            for label in intervention.children:
                arm_number = arms.get(joined(tuple(label.words))) if label.tag == "arm_group_label" else None
                if arm_number is not None and full_name and label.words:
                    path = f"{_ARMS}[{arm_number}].interventionNames[{listed[arm_number]}]"
                    self.account.state(path, full_name, label.words[0].line, label.words[0].quote)
                    listed[arm_number] += 1

    def _filled(self, tag: str) -> list[XmlElement]:
        return [child for child in self.element.children if child.tag == tag and not child.is_empty()]

    def _full_name(self, number: int) -> str:
        kind = self.account.value(f"{INTERVENTIONS}[{number}].type").replace("_", " ").title()
        name = self.account.value(f"{INTERVENTIONS}[{number}].name")
        return f"{kind}: {name}" if kind and name else ""

    def _finish(self) -> None:
        account = self.account
        for comment in self.xml.comments:
            found = _NO_RESULTS.search(comment.text)
            if found and not account.has("hasResults"):
                account.state("hasResults", False, comment.line, found[0])
        if self.xml.twice_escaped:
            message = f"characters were escaped twice in {len(self.xml.twice_escaped)} lines, which is undone."
            account.warn("read/escaped-twice", self.xml.twice_escaped[0], message, "Look at < and > in the texts.")
        infer_allocation(account)
        infer_standard_ages(account)
        check_polarity(account, account.value(f"{ELIGIBILITY}.eligibilityCriteria"))
        account.know_unworded(self.xml.worded)


_NAME_PARTS: Final = ("first_name", "middle_name", "last_name", "degrees")


def _above(path: str) -> tuple[str, ...]:
    """The path of an element or an attribute, and those of the elements that it stands in."""
    steps = path.partition("@")[0].split("/")
    return tuple("/".join(steps[: count + 1]) for count in range(len(steps)))


_KNOWN_IN_PUBLIC: Final = frozenset(above for path in _PUBLIC for above in _above(path))
_KNOWN_IN_ARCHIVED: Final = frozenset(above for path in _ARCHIVED for above in _above(path))


def _words_below(element: XmlElement, path: str) -> list[tuple[str, Words]]:
    """Every word of an element and of those below it, attributes included, with its path and the numbers in it."""
    found: list[tuple[str, Words]] = []
    _gather_words(element, path, found)
    return found


def _gather_words(element: XmlElement, path: str, found: list[tuple[str, Words]]) -> None:
    for name, words in element.attributes.items():
        if words.text:
            found.append((f"{path}@{name}", words))
    for words in element.words:
        found.append((path, words))
    tags = [child.tag for child in element.children]
    several = Counter(tags) if len(set(tags)) < len(tags) else {}
    seen: Counter[str] = Counter()
    for child in element.children:
        number = f"[{seen[child.tag]}]" if several.get(child.tag, 1) > 1 else ""
        seen[child.tag] += 1
        if child.worded:
            _gather_words(child, f"{path}/{child.tag}{number}", found)


def _one_study(xml: XmlText) -> XmlElement:
    """The study itself, or the only whole one of a search answer."""
    if xml.root.tag == "clinical_study":
        if not xml.root.children:
            message = "the file is XML, but its clinical_study is empty."
            raise _not_a_record(xml, message, "Fetch the record again.")
        return xml.root
    studies = [child for child in xml.root.children if child.tag in {"clinical_study", "study"}]
    whole = [study for study in studies if study.child("id_info") is not None]
    if len(studies) == 1 and whole:
        return whole[0]
    numbers = [joined(tuple(found.words)) for study in studies[:3] if (found := study.child("nct_id")) is not None]
    which = f" ({', '.join(numbers)}{', …' if len(studies) > len(numbers) else ''})" if numbers else ""
    what = "only the summary of one study" if len(studies) == 1 else f"{len(studies)} studies"
    message = f"the file is the answer to a search with {what}{which}; expected one whole record."
    raise _not_a_record(xml, message, "Fetch the record of the study that you mean.")


def _not_a_record(xml: XmlText, message: str, fix: str) -> InputError:
    return InputError([error("read/not-a-record", xml.name, message, fix)])


def _signs(source: Source) -> int:
    """The name of the first element."""
    return 1 if re.match(_ROOT, source.text) else 0


_ROOT: Final = re.compile(
    r"\s*(?:(?:<\?[^>]{0,500}>|<!--(?:[^-]|-[^-]){0,2000}-->|<!DOCTYPE[^>\[]{0,500}(?:\[[^\]]{0,100000}\])?\s{0,9}>)\s*)*"
    r"<(?:\w+:)?(?:clinical_study|search_results)[\s>/]",
    re.IGNORECASE,
)


def _read(account: Account) -> Record:
    xml = XmlText(account.source.text, account.source.name)
    return _Study(account, xml, _one_study(xml)).read()


def _split(source: Source) -> tuple[Source, ...]:
    """The whole studies of an answer to a search."""
    studies = xml_records(source, "clinical_study")
    return studies if len(studies) > 1 else ()


METHOD = RegistryFormat(
    description="one study in the XML of ClinicalTrials.gov, as given out until 2024 or kept in its archive",
    enough=1,
    signs=_signs,
    read=_read,
    reads_markup=True,
    split=_split,
)
