"""The protocol section of a record as the upload schema names and orders it. See ``ProtocolRecordSchema.xsd``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

from armlet.export.prs import picklists
from armlet.export.prs.node import Node, block, element, needed, text
from armlet.export.prs.picklists import spelt, yes_or_no
from armlet.registry.record import (
    AvailIpd,
    Contact,
    DesignMasking,
    DesignModule,
    EligibilityModule,
    IdentificationModule,
    Intervention,
    IpdSharingInfoType,
    IpdSharingStatementModule,
    Location,
    Official,
    Outcome,
    OversightModule,
    PartialDateStruct,
    ProtocolSection,
    Reference,
    ReferenceType,
    SecondaryIdInfo,
    SponsorCollaboratorsModule,
    Status,
    StatusModule,
    StudyType,
    WhoMasked,
)

NO_LIMIT: Final = "N/A"
"""How the registry spells that there is no youngest or oldest age."""


def protocol_nodes(section: ProtocolSection) -> Iterator[Node]:
    """The elements of ``clinical_study`` up to the results, in the order of the schema."""
    status, design = section.status_module, section.design_module
    found = chain(
        _identification(section.identification_module, section.sponsor_collaborators_module, section.oversight_module),
        _status(status),
        [_design(section)],
        _outcomes("primary_outcome", section.outcomes_module.primary_outcomes),
        _outcomes("secondary_outcome", section.outcomes_module.secondary_outcomes),
        _outcomes("other_outcome", section.outcomes_module.other_outcomes),
        [
            text("enrollment", design.enrollment_info.count),
            text("enrollment_type", spelt(picklists.DATE_TYPES, design.enrollment_info.type)),
        ],
        (text("condition", one) for one in section.conditions_module.conditions),
        (text("keyword", one) for one in section.conditions_module.keywords),
        _arms(section),
        [_eligibility(section.eligibility_module, design)],
        _people(section),
        _after_places(section),
    )
    ordered = [node for node in found if node is not None]
    yield from _with_descriptions(ordered, section)


def _with_descriptions(nodes: list[Node], section: ProtocolSection) -> Iterator[Node]:
    """The two summaries stand between oversight and status."""
    words = section.description_module
    summaries = [block("brief_summary", words.brief_summary), block("detailed_description", words.detailed_description)]
    place = next((index for index, node in enumerate(nodes) if node.name in _FROM_STATUS), len(nodes))
    yield from nodes[:place]
    yield from (node for node in summaries if node is not None)
    yield from nodes[place:]


_FROM_STATUS: Final = frozenset(
    {
        "overall_status", "why_stopped", "expanded_access_status", "verification_date", "start_date", "start_date_type",
        "last_follow_up_date", "last_follow_up_date_type", "primary_compl_date", "primary_compl_date_type", "study_design",
    }
)  # fmt: skip


# --- Who, and what it is called ---------------------------------------------------------------------------------------


def _identification(
    identity: IdentificationModule, sponsors: SponsorCollaboratorsModule, oversight: OversightModule
) -> Iterator[Node | None]:
    yield element(
        "id_info",
        needed("org_name", identity.organization.full_name or sponsors.lead_sponsor.name),
        needed("org_study_id", identity.org_study_id_info.id or identity.nct_id),
        *(_secondary_id(one) for one in identity.secondary_id_infos),
    )
    yield text("delayed_posting", yes_or_no(oversight.is_unapproved_device))
    yield text("brief_title", identity.brief_title)
    yield text("acronym", identity.acronym)
    yield text("official_title", identity.official_title)
    yield _sponsors(sponsors)
    yield _oversight(oversight)


def _secondary_id(one: SecondaryIdInfo) -> Node:
    kind, domain = spelt(picklists.ID_TYPES, one.type), one.domain
    if one.type is not None and one.type not in picklists.ID_TYPES:  # a grant of one agency
        kind, domain = "Other Grant/Funding Number", domain or str(one.type)
    return element("secondary_id", needed("id", one.id), text("id_type", kind), text("id_domain", domain))


def _sponsors(module: SponsorCollaboratorsModule) -> Node | None:
    if not module.lead_sponsor.name:
        return None
    party = module.responsible_party
    responsible = None
    if party.type is not None:
        responsible = element(
            "resp_party",
            needed("resp_party_type", spelt(picklists.PARTY_TYPES, party.type)),
            text("investigator_title", party.investigator_title),
            text("investigator_affiliation", party.investigator_affiliation),
        )
    return element(
        "sponsors",
        element("lead_sponsor", needed("agency", module.lead_sponsor.name)),
        *(element("collaborator", needed("agency", one.name)) for one in module.collaborators),
        responsible,
    )


def _oversight(module: OversightModule) -> Node | None:
    found = element(
        "oversight_info",
        text("has_dmc", yes_or_no(module.oversight_has_dmc)),
        text("fda_regulated_drug", yes_or_no(module.is_fda_regulated_drug)),
        text("fda_regulated_device", yes_or_no(module.is_fda_regulated_device)),
        text("exported_from_us", yes_or_no(module.is_us_export)),
        text("ped_postmarket_surv", yes_or_no(module.is_ppsd)),
    )
    return found if found.children else None


# --- Status and design ------------------------------------------------------------------------------------------------


def _status(module: StatusModule) -> Iterator[Node | None]:
    """A status that the registry derived (unknown) cannot be sent; the last known one is."""
    status = module.last_known_status if module.overall_status is Status.UNKNOWN else module.overall_status
    if status is not None and status.name in picklists.ACCESS_STATUSES_BY_NAME:
        yield text("expanded_access_status", picklists.ACCESS_STATUSES_BY_NAME[status.name])
    else:
        yield text("overall_status", spelt(picklists.STATUSES, status))
        yield text("why_stopped", module.why_stopped)
    verified = module.status_verified_date
    yield text("verification_date", None if verified is None else str(verified)[:7])
    yield from _date("start_date", module.start_date_struct)
    yield from _date("last_follow_up_date", module.completion_date_struct)
    yield from _date("primary_compl_date", module.primary_completion_date_struct)


def _date(name: str, given: PartialDateStruct) -> Iterator[Node | None]:
    yield text(name, None if given.date is None else str(given.date))
    yield text(f"{name}_type", spelt(picklists.DATE_TYPES, given.type))


def _design(section: ProtocolSection) -> Node | None:
    design = section.design_module
    if design.study_type is None:
        return None
    arms = len(section.arms_interventions_module.arm_groups) or None
    inner = {
        StudyType.INTERVENTIONAL: _interventional,
        StudyType.OBSERVATIONAL: _observational,
    }.get(design.study_type)
    access = design.expanded_access_types
    return element(
        "study_design",
        needed("study_type", spelt(picklists.STUDY_TYPES, design.study_type)),
        None if inner is None else inner(design, arms),
        text("exp_acc_type_individual", yes_or_no(access.individual)),
        text("exp_acc_type_intermediate", yes_or_no(access.intermediate)),
        text("exp_acc_type_treatment", yes_or_no(access.treatment)),
    )


def _interventional(design: DesignModule, arms: int | None) -> Node:
    info = design.design_info
    return element(
        "interventional_design",
        needed("interventional_subtype", spelt(picklists.PURPOSES, info.primary_purpose)),
        needed("phase", picklists.PHASES.get(design.phases, "/".join(design.phases)) or None),
        text("assignment", spelt(picklists.MODELS, info.intervention_model)),
        block("model_description", info.intervention_model_description),
        needed("allocation", spelt(picklists.ALLOCATIONS, info.allocation)),
        *_masking(design),
        block("masking_description", info.masking_info.masking_description),
        text("number_of_arms", arms),
    )


_MASKED: Final = {
    "masked_subject": WhoMasked.PARTICIPANT,
    "masked_caregiver": WhoMasked.CARE_PROVIDER,
    "masked_investigator": WhoMasked.INVESTIGATOR,
    "masked_assessor": WhoMasked.OUTCOMES_ASSESSOR,
}


def _masking(design: DesignModule) -> Iterator[Node | None]:
    """Roles that are not named are not masked, but only where a role is named or nobody is: else it is not known."""
    info = design.design_info.masking_info
    is_open = info.masking is DesignMasking.NONE
    if is_open or info.who_masked:
        yield text("no_masking", yes_or_no(is_open))
        for name, role in _MASKED.items():
            yield text(name, yes_or_no(role in info.who_masked))


def _observational(design: DesignModule, arms: int | None) -> Node:
    quantity, _, unit = (design.target_duration or "").partition(" ")
    return element(
        "observational_design",
        needed(
            "observational_study_design", spelt(picklists.OBSERVATIONAL_MODELS, design.design_info.observational_model)
        ),
        needed("biospecimen_retention", spelt(picklists.RETENTIONS, design.bio_spec.retention)),
        block("biospecimen_description", design.bio_spec.description),
        needed("timing", spelt(picklists.TIME_PERSPECTIVES, design.design_info.time_perspective)),
        needed("number_of_groups", None if arms is None else str(arms)),
        text("patient_registry", yes_or_no(design.patient_registry)),
        text("target_duration_quantity", quantity),
        text("target_duration_units", unit),
    )


# --- What is done to whom ---------------------------------------------------------------------------------------------


def _outcomes(name: str, outcomes: tuple[Outcome, ...]) -> Iterator[Node]:
    for one in outcomes:
        yield element(
            name,
            needed("outcome_measure", one.measure),
            text("outcome_time_frame", one.time_frame),
            block("outcome_description", one.description),
        )


def _arms(section: ProtocolSection) -> Iterator[Node]:
    module = section.arms_interventions_module
    for arm in module.arm_groups:
        yield element(
            "arm_group",
            needed("arm_group_label", arm.label),
            text("arm_type", spelt(picklists.ARM_TYPES, arm.type)),
            block("arm_group_description", arm.description),
        )
    yield from (_intervention(one) for one in module.interventions)


def _intervention(one: Intervention) -> Node:
    return element(
        "intervention",
        text("intervention_type", spelt(picklists.INTERVENTION_TYPES, one.type)),
        needed("intervention_name", one.name),
        block("intervention_description", one.description),
        *(text("arm_group_label", label) for label in one.arm_group_labels),
        *(text("intervention_other_name", name) for name in one.other_names),
    )


def _eligibility(module: EligibilityModule, design: DesignModule) -> Node | None:
    if module == EligibilityModule() or design.study_type is None:
        return None
    return element(
        "eligibility",
        block("study_population", module.study_population),
        text("sampling_method", spelt(picklists.SAMPLINGS, module.sampling_method)),
        element("criteria", needed("textblock", module.eligibility_criteria)),
        text("healthy_volunteers", yes_or_no(module.healthy_volunteers)),
        needed("gender", spelt(picklists.SEXES, module.sex)),
        text("gender_based", yes_or_no(module.gender_based)),
        block("gender_description", module.gender_description),
        needed("minimum_age", module.minimum_age or NO_LIMIT),
        needed("maximum_age", module.maximum_age or NO_LIMIT),
    )


# --- People and places ------------------------------------------------------------------------------------------------


def _people(section: ProtocolSection) -> Iterator[Node | None]:
    """A person's name is one text in a record: it goes as the last name, whole, and is not taken apart by guess."""
    module = section.contacts_locations_module
    yield from (_official(one) for one in module.overall_officials)
    for name, contact in zip(("overall_contact", "overall_contact_backup"), module.central_contacts, strict=False):
        yield element(name, needed("last_name", contact.name))
    yield from (_location(one) for one in module.locations)


def _official(one: Official) -> Node:
    return element(
        "overall_official",
        needed("last_name", one.name),
        text("role", spelt(picklists.OFFICIAL_ROLES, one.role)),
        text("affiliation", one.affiliation),
    )


def _location(one: Location) -> Node:
    return element(
        "location",
        element(
            "facility",
            needed("name", one.facility),
            element(
                "address",
                text("city", one.city),
                text("state", one.state),
                text("country", one.country),
                text("zip", one.zip),
            ),
        ),
        text("status", spelt(picklists.SITE_STATUSES, one.status)),
        *_site_contacts(one.contacts),
    )


def _site_contacts(contacts: tuple[Contact, ...]) -> Iterator[Node]:
    """Two people to write to and every investigator; the schema has no place for a third contact."""
    to_write_to = [one for one in contacts if one.role not in _INVESTIGATORS]
    for name, contact in zip(("contact", "contact_backup"), to_write_to, strict=False):
        yield element(name, text("last_name", contact.name))
    for contact in contacts:
        if contact.role in _INVESTIGATORS:
            yield element(
                "investigator",
                text("last_name", contact.name),
                text("role", spelt(picklists.OFFICIAL_ROLES, contact.role)),
            )


_INVESTIGATORS: Final = frozenset({"PRINCIPAL_INVESTIGATOR", "SUB_INVESTIGATOR"})


# --- Sharing, links, references ---------------------------------------------------------------------------------------


def _after_places(section: ProtocolSection) -> Iterator[Node | None]:
    references = section.references_module
    yield _sharing(section.ipd_sharing_statement_module)
    for link in references.see_also_links:
        yield element("link", needed("url", link.url), needed("description", link.label))
    for one in references.references:
        if one.type is not ReferenceType.DERIVED:  # found by the registry itself
            yield _reference(one)
    yield from (_document(one) for one in references.avail_ipds)


_SHARED: Final = {
    "ipd_info_type_protocol": IpdSharingInfoType.STUDY_PROTOCOL,
    "ipd_info_type_sap": IpdSharingInfoType.SAP,
    "ipd_info_type_icf": IpdSharingInfoType.ICF,
    "ipd_info_type_csr": IpdSharingInfoType.CSR,
    "ipd_info_type_analytic_code": IpdSharingInfoType.ANALYTIC_CODE,
}


def _sharing(module: IpdSharingStatementModule) -> Node | None:
    if module.ipd_sharing is None:
        return None
    kinds = _SHARED.items() if module.info_types else ()
    return element(
        "ipd_sharing_statement",
        text("sharing_ipd", spelt(picklists.IPD_PLANS, module.ipd_sharing)),
        block("ipd_description", module.description),
        *(text(name, yes_or_no(kind in module.info_types)) for name, kind in kinds),
        block("ipd_time_frame", module.time_frame),
        block("ipd_access_criteria", module.access_criteria),
        text("ipd_url", module.url),
    )


def _reference(one: Reference) -> Node:
    return element(
        "reference",
        text("citation", one.citation),
        text("pubmed_id", one.pmid),
        text("is_results_ref", yes_or_no(one.type is ReferenceType.RESULT)),
    )


def _document(one: AvailIpd) -> Node:
    return element(
        "study_document",
        needed("study_document_type", one.type),
        text("url", one.url),
        text("study_document_identifier", one.id),
        block("study_document_comments", one.comment),
    )
