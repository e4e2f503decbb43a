"""The parts of a draft that say what the trial is: status, organisation, design, arms, blinding, allocation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from armlet.eligibility.text import slug
from armlet.protocol.model import (
    Allocation,
    Arm,
    ArmType,
    Blinding,
    Design,
    Identifier,
    Intervention,
    Organisation,
    Person,
    RegistryStatus,
    Role,
    Site,
)
from armlet.registry.draft_facts import NOT_STATED, Drafting
from armlet.registry.record import (
    ArmGroup,
    ArmGroupType,
    DateType,
    DesignAllocation,
    DesignMasking,
    InterventionalAssignment,
    InterventionType,
    WhoMasked,
)
from armlet.registry.record import Intervention as RecordIntervention
from armlet.studytime import PartialDate

_IDENTITY: Final = "identificationModule"
_STATUS: Final = "statusModule"
_SPONSORS: Final = "sponsorCollaboratorsModule"
_DESIGN: Final = "designModule"
_TREATMENT: Final = "armsInterventionsModule"
_PEOPLE: Final = "contactsLocationsModule"
_DESIGN_FACTS: Final = ("allocation", "interventionModel", "interventionModelDescription", "primaryPurpose")
_KEPT: Final = "it looks odd and is kept as the record has it"
_NO_DATE: Final = PartialDate(1)
_CELLS: Final = re.compile(r"\bcells?\b|\bprogenitor|\bstromal\b", re.IGNORECASE)
_LIVING: Final = {InterventionType.BIOLOGICAL, InterventionType.GENETIC, InterventionType.COMBINATION_PRODUCT}
_SHAM: Final = re.compile(r"\bsham\b", re.IGNORECASE)
_IMITATION: Final = re.compile(r"\bsham\b|\bplacebo\b|\bvehicle\b|\bdummy\b", re.IGNORECASE)
_CONTROLS: Final = (ArmType.SHAM_COMPARATOR, ArmType.PLACEBO_COMPARATOR, ArmType.NO_INTERVENTION)
_ROLES: Final = {
    WhoMasked.PARTICIPANT: Role.PARTICIPANT,
    WhoMasked.CARE_PROVIDER: Role.CARE_PROVIDER,
    WhoMasked.INVESTIGATOR: Role.INVESTIGATOR,
    WhoMasked.OUTCOMES_ASSESSOR: Role.OUTCOME_ASSESSOR,
}


def unique(wanted: str, taken: Iterable[str]) -> str:
    """The id, with a number behind it where it is taken already."""
    used, name, count = set(taken), wanted, 1
    while name in used:
        count += 1
        name = f"{wanted}_{count}"
    return name


# --- Identity, status, people -----------------------------------------------------------------------------------------


def draft_identifiers(drafting: Drafting) -> tuple[Identifier, ...]:
    """Every number of the record; who gave the organisation's own is asked where the reader could not tell."""
    identity = drafting.section.identification_module
    sponsor = drafting.section.sponsor_collaborators_module.lead_sponsor.name or identity.organization.full_name
    found = []
    if identity.nct_id:
        found.append(Identifier(id=identity.nct_id, given_by="ClinicalTrials.gov", source=f"{_IDENTITY}.nctId"))
    if identity.org_study_id_info.id:
        place = f"{_IDENTITY}.orgStudyIdInfo.id"
        found.append(Identifier(id=identity.org_study_id_info.id, given_by=sponsor or NOT_STATED, source=place))
    for index, info in enumerate(identity.secondary_id_infos):
        if info.id:
            place = f"{_IDENTITY}.secondaryIdInfos[{index}].id"
            given_by = info.domain or (info.type.value.lower() if info.type else NOT_STATED)
            found.append(Identifier(id=info.id, given_by=given_by, source=place))
    return tuple(found)


def draft_title(drafting: Drafting) -> str:
    """The brief title; another name, with a question, where there is none."""
    identity = drafting.section.identification_module
    if identity.brief_title:
        return identity.brief_title
    for title, words in ((identity.official_title, "the official title"), (identity.acronym, "the acronym")):
        if title:
            drafting.asked.ask("short_title", words=words)
            return title
    drafting.asked.ask("short_title", words="its number")
    return identity.nct_id or identity.org_study_id_info.id or NOT_STATED


def draft_aim(drafting: Drafting) -> str:
    """The record's own summary, word for word."""
    summary = drafting.section.description_module.brief_summary
    drafting.stated("descriptionModule.briefSummary")
    if not summary:
        drafting.asked.ask("aim")
    return " ".join(summary.split()) if summary else f"{NOT_STATED}; see question aim"


def draft_status(drafting: Drafting) -> RegistryStatus:
    """What the registry said as of its date; its source also keeps what no other part has a field for."""
    status, size = drafting.section.status_module, drafting.section.design_module.enrollment_info
    posted = status.study_first_post_date_struct.date or status.study_first_submit_date
    updated = status.last_update_post_date_struct.date or status.last_update_submit_date
    as_of = PartialDate.parse(drafting.reading.as_of) if drafting.reading.as_of else None
    asked = [] if status.overall_status and as_of else [_ask_design_fact(drafting, "its status and the date of it")]
    because = "" if asked else "the record tells of its own date, not of today"
    places = (_STATUS, "hasResults", f"{_DESIGN}.enrollmentInfo")
    return RegistryStatus(
        source=drafting.source(*places, ask=[*asked, "status_today"], because=because),
        status=status.overall_status.value if status.overall_status else NOT_STATED,
        as_of=as_of or _NO_DATE,
        why_stopped=status.why_stopped or "",
        first_posted=posted,
        last_updated=updated or as_of,
        last_verified=status.status_verified_date,
        start=status.start_date_struct.date,
        primary_completion=status.primary_completion_date_struct.date,
        completion=status.completion_date_struct.date,
        enrolment=size.count,
        enrolment_is=_said(size.type),
        results_posted=drafting.reading.record.has_results,
    )


def _said(kind: DateType | None) -> Literal["actual", "estimated"] | None:
    match kind:
        case DateType.ACTUAL:
            return "actual"
        case DateType.ESTIMATED:
            return "estimated"
        case None:
            return None


def draft_organisation(drafting: Drafting) -> Organisation:
    """Who carries the trial, as far as the record names them; nobody is made up."""
    section = drafting.section
    party, sponsors = section.sponsor_collaborators_module.responsible_party, section.sponsor_collaborators_module
    asked = []
    if drafting.is_inferred(f"{_SPONSORS}.leadSponsor.name"):
        asked.append("sponsor")
    elif not sponsors.lead_sponsor.name:
        asked.append(drafting.asked.ask("sponsor", words="The record names none."))
    if not section.contacts_locations_module.locations:
        asked.append(drafting.asked.ask("site"))
    if party.type is None:
        asked.append("responsible_party_type")
    said = (party.investigator_full_name or party.old_name_title, party.investigator_title)
    where = party.investigator_affiliation or party.old_organization
    named = [part for part in (*said, where) if part] or ([party.type.value.lower()] if party.type else [])
    return Organisation(
        source=drafting.source(_SPONSORS, _PEOPLE, f"{_IDENTITY}.organization", ask=asked),
        sponsor=sponsors.lead_sponsor.name or NOT_STATED,
        collaborators=tuple(item.name for item in sponsors.collaborators if item.name),
        responsible_party=", ".join(named),
        people=_people(drafting),
        sites=_sites(drafting),
    )


def _people(drafting: Drafting) -> tuple[Person, ...]:
    people = []
    for official in drafting.section.contacts_locations_module.overall_officials:
        if official.name:
            role = official.role.value.replace("_", " ").lower() if official.role else NOT_STATED
            people.append(Person(name=official.name, role=role, affiliation=official.affiliation or ""))
    return tuple(people)


def _sites(drafting: Drafting) -> tuple[Site, ...]:
    """The hospitals of the record; one without a name where it has none, because every participant belongs to one."""
    sites: list[Site] = []
    for location in drafting.section.contacts_locations_module.locations:
        name = location.facility or location.city or location.country or NOT_STATED
        wanted = slug(location.city or name)
        sites.append(
            Site(
                id=unique(wanted, (site.id for site in sites)),
                name=name,
                city=location.city or "",
                postcode=location.zip or "",
                country=location.country or "",
            )
        )
    return tuple(sites) or (Site(id="not_stated", name=f"{NOT_STATED}; see question site"),)


# --- Design -----------------------------------------------------------------------------------------------------------


def _ask_design_fact(drafting: Drafting, what: str) -> str:
    return drafting.asked.ask("design_facts", slug(what), words=what)


def draft_design(drafting: Drafting, arms: int) -> Design:
    """The design in the program's terms; where those do not fit the record's, that is the first question."""
    module = drafting.section.design_module
    asked = [
        _ask_design_fact(drafting, what)
        for what, missing in (("its phase", not module.phases), ("its purpose", not module.design_info.primary_purpose))
        if missing
    ]
    if not module.enrollment_info.count:
        said = "The record says 0." if module.enrollment_info.count == 0 else "The record does not say."
        asked.append(drafting.asked.ask("size", words=f"{said} The draft has 1."))
    misfit = _misfit(drafting, arms)
    if misfit:
        asked.insert(0, drafting.asked.ask("design_model", design=misfit))
    purpose = module.design_info.primary_purpose
    terms = [*_terms(drafting), *drafting.section.conditions_module.keywords]
    own = ("phases", "studyType", "enrollmentInfo", *(f"designInfo.{name}" for name in _DESIGN_FACTS))
    others = (
        "conditionsModule.keywords",
        "derivedSection.conditionBrowseModule",
        "descriptionModule.detailedDescription",
    )
    places = (*(f"{_DESIGN}.{name}" for name in own), *others)
    return Design(
        source=drafting.source(*places, ask=asked),
        phase="/".join(phase.value for phase in module.phases) or NOT_STATED,
        allocation=_allocation(arms, module.design_info.allocation),
        model="single group" if arms == 1 else "parallel",
        purpose=purpose.value.replace("_", " ").lower() if purpose else NOT_STATED,
        participants=module.enrollment_info.count or 1,
        keywords=tuple(dict.fromkeys(terms)),
    )


def _terms(drafting: Drafting) -> list[str]:
    browse = drafting.reading.record.derived_section.condition_browse_module
    return [mesh.term for mesh in (*browse.meshes, *browse.ancestors) if mesh.term]


def _allocation(arms: int, stated: DesignAllocation | None) -> Literal["randomised", "not randomised", "single arm"]:
    if arms == 1:
        return "single arm"
    return "not randomised" if stated is DesignAllocation.NON_RANDOMIZED else "randomised"


def _misfit(drafting: Drafting, arms: int) -> str:
    """What of the design the program has no way to run, in the record's terms; empty where it has one."""
    info = drafting.section.design_module.design_info
    model = info.intervention_model
    fitting = {InterventionalAssignment.SINGLE_GROUP} if arms == 1 else {InterventionalAssignment.PARALLEL}
    is_chance = info.allocation is DesignAllocation.RANDOMIZED
    if model in fitting and (is_chance or arms == 1):
        return ""
    words = model.value.replace("_", " ").lower() if model else "no intervention model"
    chance = info.allocation.value.replace("_", " ").lower() if info.allocation else "allocation not stated"
    return f"{words}, {chance}, with {arms} arm{'' if arms == 1 else 's'}"


# --- Arms and interventions -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Given:
    """An intervention of the record on its way into the draft: its place in the record, its id, what it is."""

    index: int
    id: str
    record: RecordIntervention
    is_product: bool
    is_sham: bool

    @property
    def place(self) -> str:
        """Where the record has it."""
        return f"{_TREATMENT}.interventions[{self.index}]"


def read_interventions(drafting: Drafting) -> tuple[Given, ...]:
    """The record's interventions; a product is living cells, a sham is called one or imitates living cells."""
    found: list[Given] = []
    items = drafting.section.arms_interventions_module.interventions
    has_cells = any(_is_cells(item) for item in items)
    for index, item in enumerate(items):
        wanted = slug(item.name or "intervention")
        imitates = bool(_IMITATION.search(item.name or "")) and has_cells
        is_sham = bool(_SHAM.search(f"{item.name} {item.description}")) or imitates
        given_id = unique(wanted, (other.id for other in found))
        found.append(Given(index, given_id, item, _is_cells(item), is_sham and not _is_cells(item)))
    return tuple(found)


def _is_cells(item: RecordIntervention) -> bool:
    words = " ".join((item.name or "", *item.other_names, item.description or ""))
    return item.type in _LIVING and bool(_CELLS.search(words)) and not _IMITATION.search(item.name or "")


def draft_interventions(drafting: Drafting, given: Sequence[Given], products: dict[str, str]) -> list[Intervention]:
    """Each intervention; `products` names the product of those that have one."""
    drafted = []
    for item in given:
        asked = []
        if drafting.is_inferred(f"{item.place}.type"):
            asked.append("inferred_types")
        elif item.record.type is None:
            asked.append(_ask_design_fact(drafting, f"of which kind {item.record.name or 'an intervention'} is"))
        if not item.is_product and not item.is_sham:
            asked.append(drafting.asked.ask("intervention_details", item.id, words=item.record.name or item.id))
        if item.is_sham:
            asked.append(drafting.asked.ask("sham_content"))
        drafted.append(
            Intervention(
                id=item.id,
                source=drafting.source(item.place, ask=asked),
                label=item.record.name or item.id,
                type=item.record.type.value if item.record.type else NOT_STATED,
                other_names=item.record.other_names,
                description=" ".join((item.record.description or "").split()),
                product=products.get(item.id),
                sham=item.is_sham,
            )
        )
    return drafted


def draft_arms(drafting: Drafting, given: Sequence[Given]) -> tuple[list[Arm], list[Intervention]]:
    """The arms, and a stand-in intervention for each arm for which the record names none."""
    groups = drafting.section.arms_interventions_module.arm_groups
    if not groups:
        return _arms_of_interventions(drafting, given), []
    arms: list[Arm] = []
    stand_ins: list[Intervention] = []
    reference = _reference(groups)
    if len(groups) > 1 and reference is None:
        drafting.asked.ask("reference_arm")
    for index, group in enumerate(groups):
        place, label = f"{_TREATMENT}.armGroups[{index}]", group.label or f"arm {index + 1}"
        names = [item.id for item in given if _is_given(item.record, group)]
        kind, asked = _arm_type(drafting, group, given, names), []
        if not names and kind is not ArmType.NO_INTERVENTION:
            asked.append(drafting.asked.ask("interventions", slug(label), words=label))
            taken = [*(item.id for item in given), *(item.id for item in stand_ins)]
            stand_ins.append(_stand_in(drafting, asked[-1], taken))
            names = [stand_ins[-1].id]
        if drafting.is_inferred(place):
            asked.append("inferred_types")
        if _looks_wrong(kind, group, given, names):
            asked.append(_ask_arm_types(drafting, groups, given))
        arms.append(
            Arm(
                id=unique(slug(label), (arm.id for arm in arms)),
                source=drafting.source(place, ask=asked, because=_KEPT if asked == ["arm_types"] else ""),
                label=label,
                type=kind,
                description=" ".join((group.description or "").split()),
                interventions=tuple(names),
                reference=len(groups) > 1 and index == (len(groups) - 1 if reference is None else reference),
            )
        )
    return arms, stand_ins


def _is_given(item: RecordIntervention, group: ArmGroup) -> bool:
    """Whether arm and intervention name each other; in one direction is enough."""
    names = {name.partition(": ")[2] or name for name in group.intervention_names} | set(group.intervention_names)
    return (item.name or "") in names or (group.label is not None and group.label in item.arm_group_labels)


def _arm_type(drafting: Drafting, group: ArmGroup, given: Sequence[Given], names: Sequence[str]) -> ArmType:
    """The record's type; OTHER, with a question, where it has none or says that nothing is given and names something."""
    if group.type is ArmGroupType.NO_INTERVENTION and names:
        drafting.asked.ask("arm_types", words=_types_in_words([group], given))
        return ArmType.OTHER
    if group.type is None:
        _ask_design_fact(drafting, f"of which kind the arm {group.label or ''} is".replace("  ", " "))
        return ArmType.OTHER
    return ArmType(group.type.value)


def _looks_wrong(kind: ArmType, group: ArmGroup, given: Sequence[Given], names: Sequence[str]) -> bool:
    in_arm = [item for item in given if item.id in names]
    has_product, has_sham = any(item.is_product for item in in_arm), any(item.is_sham for item in in_arm)
    if group.type is not None and kind.value != group.type.value:
        return True
    if has_product:
        return kind in {ArmType.ACTIVE_COMPARATOR, ArmType.PLACEBO_COMPARATOR, ArmType.SHAM_COMPARATOR}
    return has_sham and kind is not ArmType.SHAM_COMPARATOR


def _ask_arm_types(drafting: Drafting, groups: Sequence[ArmGroup], given: Sequence[Given]) -> str:
    wrong = []
    for group in groups:
        names = [item.id for item in given if _is_given(item.record, group)]
        if group.type is not None and _looks_wrong(ArmType(group.type.value), group, given, names):
            wrong.append(group)
    return drafting.asked.ask("arm_types", words=_types_in_words(wrong or list(groups), given))


def _types_in_words(groups: Sequence[ArmGroup], given: Sequence[Given]) -> str:
    said = []
    for group in groups:
        in_arm = [item for item in given if _is_given(item.record, group)]
        content = "a sham" if any(item.is_sham for item in in_arm) else "something given"
        if any(item.is_product for item in in_arm):
            content = "the product under investigation"
        kind = group.type.value.replace("_", " ").lower() if group.type else "no type"
        said.append(f'"{group.label}" ({kind}, with {content})')
    return ", ".join(said)


def _stand_in(drafting: Drafting, question: str, taken: Iterable[str]) -> Intervention:
    source = drafting.source(ask=[question])
    return Intervention(id=unique("not_stated", taken), source=source, label=NOT_STATED, type=NOT_STATED)


def _arms_of_interventions(drafting: Drafting, given: Sequence[Given]) -> list[Arm]:
    """Where the record names no arm: one of all interventions in a single group, otherwise one of each."""
    question = drafting.asked.ask("arms")
    info = drafting.section.design_module.design_info
    is_single = info.intervention_model is InterventionalAssignment.SINGLE_GROUP or len(given) < 2
    shares = [list(given)] if is_single else [[item] for item in given]
    if not is_single:
        drafting.asked.ask("reference_arm")
    return [
        Arm(
            id=f"arm_{number}",
            source=drafting.source(ask=[question]),
            label=" + ".join(item.record.name or item.id for item in share) or f"arm {number}",
            type=ArmType.OTHER if share else ArmType.NO_INTERVENTION,
            interventions=tuple(item.id for item in share),
            reference=not is_single and number == len(shares),
        )
        for number, share in enumerate(shares, start=1)
    ]


def _reference(groups: Sequence[ArmGroup]) -> int | None:
    """The one control arm by its type; None where there is no such arm or more than one."""
    for kinds in (_CONTROLS, (ArmType.ACTIVE_COMPARATOR,)):
        found = [place for place, group in enumerate(groups) if group.type and ArmType(group.type.value) in kinds]
        if found:
            return found[0] if len(found) == 1 else None
    return None


# --- Blinding and allocation ------------------------------------------------------------------------------------------


def draft_blinding(drafting: Drafting) -> Blinding:
    """Who is blinded: nobody in an open trial, otherwise everybody until somebody says who is not."""
    masking = drafting.section.design_module.design_info.masking_info
    place = f"{_DESIGN}.designInfo.maskingInfo"
    if masking.masking is DesignMasking.NONE:
        return Blinding(source=drafting.source(place), unblinded=tuple(Role))
    drafting.asked.ask("tells_arm")
    asked = ["who_is_blinded"] if masking.who_masked and len(masking.who_masked) < len(_ROLES) else []
    if not masking.who_masked:
        asked.append("blinding")
    asked.append(drafting.asked.ask("who_is_unblinded"))
    roles = tuple(_ROLES[role] for role in masking.who_masked)
    return Blinding(source=drafting.source(place, ask=asked), blinded=roles)


def draft_allocation(drafting: Drafting, arms: Sequence[Arm]) -> Allocation:
    """The same chance for each arm, slot by slot, as a stand-in for the method that the record does not name."""
    place = f"{_DESIGN}.designInfo.allocation"
    if len(arms) == 1:
        places = (place, f"{_DESIGN}.designInfo.interventionModel")
        source = drafting.source(*places, ask=[] if drafting.stated(*places) else ["design_model"])
        return Allocation(source=source, method="single_arm", ratio={arms[0].id: 1})
    asked = [drafting.asked.ask(name) for name in ("allocation_ratio", "allocation_method", "allocation_time")]
    return Allocation(source=drafting.source(place, ask=asked), method="complete", ratio={arm.id: 1 for arm in arms})
