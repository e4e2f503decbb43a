"""The protocol section of the record, brought up to what happened: status, actual dates, actual enrolment.

What was registered stays as it was registered; what the record lacks is taken from the protocol and listed. What the
registry works out itself (the derived section) is not sent back to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVar

from armlet.conduct.state import Phase as TrialPhase
from armlet.document import Document
from armlet.export.results_form.locked import SIMULATED, LockedTrial
from armlet.export.results_form.open_items import to_fill, to_know
from armlet.export.results_form.outcomes import PlannedOutcome, plan_outcomes
from armlet.export.results_form.protocol_section import from_protocol
from armlet.issues import Issue, note
from armlet.registry.record import (
    ArmsInterventionsModule,
    ContactsLocationsModule,
    DateType,
    DesignModule,
    EnrollmentInfo,
    IdentificationModule,
    OrgStudyIdInfo,
    OutcomesModule,
    PartialDateStruct,
    ProtocolSection,
    ResponsibleParty,
    SponsorCollaboratorsModule,
    Status,
    StatusModule,
)
from armlet.registry.results.rows import OutcomeMeasureType
from armlet.studytime import PartialDate

DocumentT = TypeVar("DocumentT", bound=Document)
_STATUS: Final = {TrialPhase.TERMINATED: Status.TERMINATED, TrialPhase.COMPLETED: Status.COMPLETED}


@dataclass(frozen=True, slots=True)
class FilledRegistration:
    """The section, and what of it people have to fill in or to know."""

    section: ProtocolSection
    issues: tuple[Issue, ...]


def fill_registration(trial: LockedTrial) -> FilledRegistration:
    """The registered section with the outcomes that are reported and with what happened."""
    registered = _without_nameless_arms(trial.registered.protocol_section)
    whole = filled_in(registered, from_protocol(trial.protocol))
    status = _status(trial, whole.status_module)
    section = whole.model_copy(
        update={
            "identification_module": _identification(trial, whole.identification_module),
            "status_module": status,
            "design_module": _design(trial, whole.design_module),
            "outcomes_module": _outcomes(plan_outcomes(trial)),
            "sponsor_collaborators_module": _sponsor(trial, whole.sponsor_collaborators_module),
            "oversight_module": trial.answers.oversight_of(whole.oversight_module),
            "contacts_locations_module": _contacts(trial, whole.contacts_locations_module),
        }
    )
    return FilledRegistration(section, (*_taken(registered, whole), *_open(trial, section)))


def filled_in(registered: DocumentT, other: DocumentT) -> DocumentT:
    """The registered document, with whatever it lacks taken from the other; a list is taken whole or not at all."""
    found: dict[str, object] = {}
    for name, field in type(registered).model_fields.items():
        mine, theirs = getattr(registered, name), getattr(other, name)
        is_empty = mine == field.get_default(call_default_factory=True)
        found[name] = filled_in(mine, theirs) if isinstance(mine, Document) else theirs if is_empty else mine
    return registered.model_copy(update=found)


def _without_nameless_arms(section: ProtocolSection) -> ProtocolSection:
    """Old records have arms without a label or interventions without a kind; results cannot be told by such arms."""
    module = section.arms_interventions_module
    arms_are_whole = all(arm.label and arm.type for arm in module.arm_groups)
    interventions_are_whole = all(one.name and one.type for one in module.interventions)
    if arms_are_whole and interventions_are_whole:
        return section
    return section.model_copy(update={"arms_interventions_module": ArmsInterventionsModule()})


def _identification(trial: LockedTrial, module: IdentificationModule) -> IdentificationModule:
    """A simulated trial loses the registry's number and says everywhere what it is, so that nobody can post it."""
    if not trial.data.state.simulated:
        return module
    own_number = OrgStudyIdInfo(id=f"SIMULATED {trial.protocol.id}")
    return module.model_copy(
        update={
            "nct_id": None,
            "nct_id_aliases": (),
            "org_study_id_info": own_number,
            "brief_title": f"{SIMULATED}: {module.brief_title or trial.protocol.title}",
            "official_title": f"{SIMULATED}: {module.official_title or trial.protocol.title}",
        }
    )


def _sponsor(trial: LockedTrial, module: SponsorCollaboratorsModule) -> SponsorCollaboratorsModule:
    """With the capacity that was answered; beside invented results nobody real is named who would answer for them."""
    module = trial.answers.party_of(module)
    if not trial.data.state.simulated:
        return module
    return module.model_copy(update={"responsible_party": ResponsibleParty(type=module.responsible_party.type)})


def _contacts(trial: LockedTrial, module: ContactsLocationsModule) -> ContactsLocationsModule:
    """The places without the people, for the same reason."""
    if not trial.data.state.simulated:
        return module
    places = tuple(one.model_copy(update={"contacts": ()}) for one in module.locations)
    return ContactsLocationsModule(locations=places)


# --- What happened --------------------------------------------------------------------------------------------------


def _status(trial: LockedTrial, module: StatusModule) -> StatusModule:
    state = trial.data.state
    return module.model_copy(
        update={
            "overall_status": _STATUS[state.phase],
            "last_known_status": None,
            "why_stopped": state.stopped.why if state.stopped is not None else None,
            "start_date_struct": _actual(_first_enrolment(trial)),
            "primary_completion_date_struct": _actual(primary_completion(trial)),
            "completion_date_struct": _actual(completion(trial)),
        }
    )


def _actual(day: date | None) -> PartialDateStruct:
    if day is None:
        return PartialDateStruct()
    return PartialDateStruct(date=PartialDate(day.year, day.month, day.day), type=DateType.ACTUAL)


def _first_enrolment(trial: LockedTrial) -> date | None:
    return min((one.enrolled for one in trial.data.state.enrolled() if one.enrolled is not None), default=None)


def primary_completion(trial: LockedTrial) -> date | None:
    """The last day on which anybody was seen for a primary outcome; the last visit of all where nobody was."""
    wanted = {visit for one in trial.protocol.endpoints if one.level == "primary" for visit in one.visits}
    return _last_visit(trial, wanted) or completion(trial)


def completion(trial: LockedTrial) -> date | None:
    """The last day on which anybody was seen in the trial, also outside its schedule."""
    planned = _last_visit(trial, {visit.id for visit in trial.protocol.visits})
    unplanned = (visit.on for one in trial.data.state.enrolled() for visit in one.unscheduled)
    return max((day for day in (planned, *unplanned) if day is not None), default=None)


def _last_visit(trial: LockedTrial, visits: set[str]) -> date | None:
    people = trial.data.state.enrolled()
    return max((held.on for one in people for name, held in one.held.items() if name in visits), default=None)


def _design(trial: LockedTrial, module: DesignModule) -> DesignModule:
    count = len(trial.data.state.enrolled())
    return module.model_copy(update={"enrollment_info": EnrollmentInfo(count=count, type=DateType.ACTUAL)})


def _outcomes(planned: Sequence[PlannedOutcome]) -> OutcomesModule:
    def of(kind: OutcomeMeasureType) -> tuple[object, ...]:
        return tuple(one.registered() for one in planned if one.type is kind)

    return OutcomesModule.model_validate(
        {
            "primary_outcomes": of(OutcomeMeasureType.PRIMARY),
            "secondary_outcomes": of(OutcomeMeasureType.SECONDARY),
            "other_outcomes": of(OutcomeMeasureType.OTHER_PRE_SPECIFIED),
        }
    )


# --- What people have to know ---------------------------------------------------------------------------------------


def _taken(registered: ProtocolSection, whole: ProtocolSection) -> Iterator[Issue]:
    """The fields of the section that the record lacks, or has only in part, and the protocol gave."""
    for path in paths_taken(registered, whole):
        message = f"the registered record does not have the whole of {path}; it is taken from the protocol."
        fix = "Look whether the registration should say it too."
        yield note("results-form/from-protocol", f"record: protocolSection.{path}", message, fix)


def paths_taken(registered: Document, whole: Document, above: str = "") -> Iterator[str]:
    """The JSON paths at which two documents differ, the second being the first with gaps filled in."""
    for name, field in type(registered).model_fields.items():
        mine, theirs = getattr(registered, name), getattr(whole, name)
        path = f"{above}.{field.alias or name}".lstrip(".")
        if isinstance(mine, Document) and isinstance(theirs, Document):
            yield from paths_taken(mine, theirs, path)
        elif mine != theirs:
            yield path


def _open(trial: LockedTrial, section: ProtocolSection) -> Iterator[Issue]:
    if section.sponsor_collaborators_module.responsible_party.type is None:
        message = "the registry needs to know in which capacity somebody answers for the record."
        fix = "Say sponsor, principal investigator or sponsor-investigator."
        yield to_fill("responsible-party", "organisation.responsible_party", message, fix)
    if section.oversight_module.is_fda_regulated_drug is None:
        message = "the registry asks whether a drug or device regulated by the FDA was studied; nobody says."
        yield to_fill("oversight", "products", message, "Answer it here or in the registry.")
    message = "the registered record may have been changed since; who answers for it has to verify it on the day."
    yield to_know("verify", "registry", message, "Verify the protocol section and set the date of verification.")
    if trial.data.state.simulated:
        message = "the trial is simulated: the registry's number and all names are left out, and titles say what it is."
        yield to_know("simulated", "id", message, "Never post it.")
