"""The registry's protocol section as far as the protocol alone can give it."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Final, TypeVar

from armlet.protocol.model import Arm, Blinding, Intervention, Protocol, Role
from armlet.protocol.prose import quantity_in_words
from armlet.registry.criteria_text import CriterionKind, render_criteria
from armlet.registry.record import (
    ArmGroup,
    ArmGroupType,
    ArmsInterventionsModule,
    ConditionsModule,
    ContactsLocationsModule,
    DescriptionModule,
    DesignAllocation,
    DesignInfo,
    DesignMasking,
    DesignModule,
    EligibilityModule,
    IdentificationModule,
    InterventionalAssignment,
    InterventionType,
    Location,
    MaskingInfo,
    OrgStudyIdInfo,
    Phase,
    PrimaryPurpose,
    ProtocolSection,
    Sex,
    Sponsor,
    SponsorCollaboratorsModule,
    StudyType,
    WhoMasked,
)
from armlet.registry.record import (
    Intervention as RegisteredIntervention,
)

E = TypeVar("E", bound=StrEnum)
_ALLOCATION: Final = {
    "randomised": DesignAllocation.RANDOMIZED,
    "not randomised": DesignAllocation.NON_RANDOMIZED,
    "single arm": DesignAllocation.NA,
}
_MODEL: Final = {
    "single group": InterventionalAssignment.SINGLE_GROUP,
    "parallel": InterventionalAssignment.PARALLEL,
}
_MASKED: Final = {
    Role.PARTICIPANT: WhoMasked.PARTICIPANT,
    Role.CARE_PROVIDER: WhoMasked.CARE_PROVIDER,
    Role.INVESTIGATOR: WhoMasked.INVESTIGATOR,
    Role.OUTCOME_ASSESSOR: WhoMasked.OUTCOMES_ASSESSOR,
}
_LEVELS: Final = tuple(DesignMasking)


def from_protocol(protocol: Protocol) -> ProtocolSection:
    """Everything of the section that the protocol says; the rest is empty. Outcomes are told elsewhere."""
    return ProtocolSection(
        identification_module=_identification(protocol),
        sponsor_collaborators_module=SponsorCollaboratorsModule(
            lead_sponsor=Sponsor(name=protocol.organisation.sponsor),
            collaborators=tuple(Sponsor(name=name) for name in protocol.organisation.collaborators),
        ),
        description_module=DescriptionModule(brief_summary=protocol.aim),
        conditions_module=ConditionsModule(
            conditions=(protocol.population.condition,), keywords=protocol.design.keywords
        ),
        design_module=_design(protocol),
        arms_interventions_module=_arms(protocol),
        eligibility_module=_eligibility(protocol),
        contacts_locations_module=ContactsLocationsModule(
            locations=tuple(
                Location(
                    facility=site.name, city=site.city or None, zip=site.postcode or None, country=site.country or None
                )
                for site in protocol.organisation.sites
            )
        ),
    )


def _identification(protocol: Protocol) -> IdentificationModule:
    numbers = {one.source: one.id for one in protocol.identifiers}
    return IdentificationModule(
        org_study_id_info=OrgStudyIdInfo(id=numbers.get("identificationModule.orgStudyIdInfo.id", protocol.id)),
        brief_title=protocol.title,
        official_title=protocol.official_title or None,
        acronym=protocol.acronym or None,
    )


def _design(protocol: Protocol) -> DesignModule:
    design = protocol.design
    phases = (_member(Phase, word) for word in design.phase.split("/"))
    return DesignModule(
        study_type=StudyType.INTERVENTIONAL,
        phases=tuple(phase for phase in phases if phase is not None),
        design_info=DesignInfo(
            allocation=_ALLOCATION[design.allocation],
            intervention_model=_MODEL[design.model],
            primary_purpose=_member(PrimaryPurpose, design.purpose),
            masking_info=_masking(protocol.blinding),
        ),
    )


def _member(kind: type[E], words: str) -> E | None:
    """The member of an enumeration that the words name; None where they name none."""
    name = words.strip().upper().replace(" ", "_").replace("-", "_")
    return next((member for member in kind if member.value == name), None)


def _masking(blinding: Blinding) -> MaskingInfo:
    """Who is blinded, of the four that the registry knows: those the protocol names, else all that it does not open."""
    named = [role for role in _MASKED if role in blinding.blinded]
    blinded = named or [role for role in _MASKED if role not in blinding.unblinded]
    return MaskingInfo(masking=_LEVELS[len(blinded)], who_masked=tuple(_MASKED[role] for role in blinded))


def _arms(protocol: Protocol) -> ArmsInterventionsModule:
    return ArmsInterventionsModule(
        arm_groups=tuple(_arm(protocol, arm) for arm in protocol.arms),
        interventions=tuple(_intervention(protocol, one) for one in protocol.interventions),
    )


def _arm(protocol: Protocol, arm: Arm) -> ArmGroup:
    return ArmGroup(
        label=arm.label,
        type=ArmGroupType(arm.type.value),
        description=arm.description or None,
        intervention_names=tuple(_full_names(protocol, arm)),
    )


def _full_names(protocol: Protocol, arm: Arm) -> Iterator[str]:
    """``Biological: name``, as the registry spells an arm's interventions."""
    for one in protocol.interventions:
        kind = _member(InterventionType, one.type)
        if one.id in arm.interventions and kind is not None:
            yield f"{kind.value.replace('_', ' ').title()}: {one.label}"


def _intervention(protocol: Protocol, one: Intervention) -> RegisteredIntervention:
    return RegisteredIntervention(
        type=_member(InterventionType, one.type),
        name=one.label,
        description=one.description or None,
        arm_group_labels=tuple(arm.label for arm in protocol.arms if one.id in arm.interventions),
        other_names=one.other_names,
    )


def _eligibility(protocol: Protocol) -> EligibilityModule:
    population = protocol.population
    ages = (population.minimum_age, population.maximum_age)
    criteria = [(CriterionKind(one.kind.value), one.says) for one in protocol.criteria]
    lowest, highest = (quantity_in_words(age).title() if age is not None else None for age in ages)
    return EligibilityModule(
        eligibility_criteria=render_criteria(criteria) or None,
        healthy_volunteers=population.healthy_volunteers,
        sex=Sex(population.sex.upper()),
        minimum_age=lowest,
        maximum_age=highest,
    )
