"""What the results form asks and no trial holds, answered by people in a file of their own.

Whom to ask, what was agreed on publishing, how adverse events were asked for, and the organ system of each term: the
ledger keeps no addresses, and the dictionaries have licences. What is not answered stays open and is listed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

from pydantic import Field

from armlet.document import Document, load_document, read_text, read_yaml
from armlet.errors import InputError
from armlet.issues import Issue, error
from armlet.registry.record import OversightModule, ResponsiblePartyType, SponsorCollaboratorsModule
from armlet.registry.results.rows import (
    AgreementRestrictionType,
    CertainAgreement,
    EventAssessment,
    PointOfContact,
)

RULE: Final = "answers"
WordT = TypeVar("WordT", bound=StrEnum)


class Capacity(StrEnum):
    """In which capacity somebody answers for the record."""

    SPONSOR = "sponsor"
    PRINCIPAL_INVESTIGATOR = "principal investigator"
    SPONSOR_INVESTIGATOR = "sponsor-investigator"


class Assessment(StrEnum):
    """Whether adverse events were asked for at every visit, or taken down when told."""

    SYSTEMATIC = "systematic"
    NON_SYSTEMATIC = "non-systematic"


class Restriction(StrEnum):
    """How long the sponsor may hold back what an investigator wants to publish; ``none`` where it may not."""

    NONE = "none"
    UP_TO_60_DAYS = "at most 60 days"
    UP_TO_180_DAYS = "more than 60 days, at most 180"
    OTHER = "other"


class Contact(Document):
    """Who answers questions about the results; better a post than a person, who may leave."""

    title: str | None = None
    phone: str | None = None
    email: str | None = None


class Publishing(Document):
    """What was agreed on publishing. `details` describes a restriction of another kind."""

    investigators_are_employees: bool | None = None
    restriction: Restriction | None = None
    details: str | None = None


class Events(Document):
    """How adverse events were asked for and coded; `organ_systems` has one for each of the reporters' terms."""

    assessment: Assessment | None = None
    vocabulary: str | None = None
    organ_systems: dict[str, str | None] = Field(default_factory=dict)


class Answers(Document):
    """All that people can answer; what is None is open."""

    responsible_party: Capacity | None = None
    fda_regulated_drug: bool | None = None
    fda_regulated_device: bool | None = None
    contact: Contact = Field(default_factory=Contact)
    publishing: Publishing = Field(default_factory=Publishing)
    adverse_events: Events = Field(default_factory=Events)
    time_frames: dict[str, str | None] = Field(default_factory=dict)
    """For the registry, by endpoint: clearer words for a time frame. The protocol keeps its own."""

    def party_of(self, module: SponsorCollaboratorsModule) -> SponsorCollaboratorsModule:
        """The module with the answered capacity where it has none."""
        party = module.responsible_party
        if self.responsible_party is None or party.type is not None:
            return module
        kind = ResponsiblePartyType[self.responsible_party.name]
        return module.model_copy(update={"responsible_party": party.model_copy(update={"type": kind})})

    def oversight_of(self, module: OversightModule) -> OversightModule:
        """The module with the answers where it has none."""
        answered = {
            "is_fda_regulated_drug": self.fda_regulated_drug,
            "is_fda_regulated_device": self.fda_regulated_device,
        }
        return module.model_copy(
            update={name: value for name, value in answered.items() if getattr(module, name) is None}
        )

    def point_of_contact(self, organisation: str) -> PointOfContact:
        """The contact of the form."""
        contact = self.contact
        return PointOfContact(title=contact.title, organization=organisation, email=contact.email, phone=contact.phone)

    def agreement(self) -> CertainAgreement:
        """The certain agreement of the form; one with the sponsor's own employees restricts nobody else."""
        said = self.publishing
        kinds = {
            Restriction.UP_TO_60_DAYS: AgreementRestrictionType.LTE60,
            Restriction.UP_TO_180_DAYS: AgreementRestrictionType.GT60,
            Restriction.OTHER: AgreementRestrictionType.OTHER,
        }
        is_restricted = None if said.restriction is None else said.restriction is not Restriction.NONE
        return CertainAgreement(
            pi_sponsor_employee=said.investigators_are_employees,
            restrictive_agreement=is_restricted,
            restriction_type=kinds.get(said.restriction) if said.restriction is not None else None,
            other_details=said.details,
        )

    def assessment(self) -> EventAssessment | None:
        """The assessment type of the form."""
        asked = self.adverse_events.assessment
        return None if asked is None else EventAssessment[f"{asked.name}_ASSESSMENT"]


def load_answers(path: Path) -> Answers:
    """The answers of a file. Raises InputError with the line of each mistake."""
    plain, lines = read_yaml(read_text(path, RULE), str(path))
    return load_document(Answers, plain, lines, RULE)


def refuse_unknown_terms(answers: Answers, terms: frozenset[str], where: str) -> None:
    """Raises InputError where an organ system is given for a term that no adverse event has."""
    unknown = sorted(set(answers.adverse_events.organ_systems) - terms)
    if unknown:
        raise InputError([_unknown_term(term, terms, where) for term in unknown])


def _unknown_term(term: str, terms: frozenset[str], where: str) -> Issue:
    message = f"no adverse event has the term {term!r}; expected one of {', '.join(sorted(terms)) or 'none'}."
    place = f"{where}: adverse_events.organ_systems"
    return error("answers/unknown-term", place, message, "Spell it as the reporter did, or take it out.")


def refuse_unknown_endpoints(answers: Answers, endpoints: tuple[str, ...], where: str) -> None:
    """Raises InputError where a time frame is given for an endpoint that the protocol does not have."""
    unknown = [name for name in answers.time_frames if name not in endpoints]
    if unknown:
        message = f"there is no endpoint {', '.join(unknown)}; expected one of {', '.join(endpoints)}."
        raise InputError([error("answers/unknown-endpoint", f"{where}: time_frames", message, "Name one of these.")])


def render_answers(answers: Answers, terms: frozenset[str], head: str) -> str:
    """The file to fill in, as YAML: every question with its choices, what is answered already, and null for the rest."""
    return "\n".join([f"# {line}" for line in head.splitlines()] + list(_lines(answers, terms))) + "\n"


def _lines(answers: Answers, terms: frozenset[str]) -> Iterator[str]:
    contact, publishing, events = answers.contact, answers.publishing, answers.adverse_events
    yield f"responsible_party: {_spell(answers.responsible_party)}  # {_choices(Capacity)}"
    yield f"fda_regulated_drug: {_spell(answers.fda_regulated_drug)}  # true or false"
    yield f"fda_regulated_device: {_spell(answers.fda_regulated_device)}  # true or false"
    yield "contact:  # who answers questions about the results: better a post than a person, and one of the two ways"
    yield f"  title: {_spell(contact.title)}"
    yield f"  phone: {_spell(contact.phone)}"
    yield f"  email: {_spell(contact.email)}"
    yield "publishing:  # does an agreement keep the investigators from publishing?"
    yield f"  investigators_are_employees: {_spell(publishing.investigators_are_employees)}  # of the sponsor, all of them"
    yield f"  restriction: {_spell(publishing.restriction)}  # {_choices(Restriction)}"
    yield f"  details: {_spell(publishing.details)}  # of a restriction that is another"
    yield "adverse_events:"
    yield f"  assessment: {_spell(events.assessment)}  # {_choices(Assessment)}: asked for at every visit, or when told"
    yield f"  vocabulary: {_spell(events.vocabulary)}  # the dictionary and its version, if the terms were coded"
    yield "  organ_systems:  # one of the registry's list for each term" if terms else "  organ_systems: {}"
    for term in sorted(terms, key=lambda term: (term.casefold(), term)):
        yield f"    {_spell(term)}: {_spell(events.organ_systems.get(term))}"
    yield "# for the registry, by endpoint, where a reviewer does not find the registered time frame clear"
    yield "time_frames:" if answers.time_frames else "time_frames: {}"
    for endpoint, words in answers.time_frames.items():
        yield f"  {_spell(endpoint)}: {_spell(words)}"


def _choices(words: type[WordT]) -> str:
    return ", ".join(f'"{word.value}"' if "," in word.value else word.value for word in words)


def _spell(value: str | bool | None) -> str:
    """A scalar as YAML, which JSON's spelling is."""
    return json.dumps(value, ensure_ascii=False)
