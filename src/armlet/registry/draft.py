"""A draft protocol from a registry record: what the record says, with its words, and a question for everything else.

Nothing is filled in silently. A part that the protocol needs and the record does not state gets a stand-in that can be
loaded and that names its question; as long as a question is unanswered, `armlet check` finds an error.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Final

from armlet.eligibility.text import slug
from armlet.errors import Fault, InputError
from armlet.issues import Issue, error
from armlet.protocol.load import read_protocol
from armlet.protocol.model import Arm, Intervention, OpenQuestion, Product, Protocol
from armlet.protocol.source import Source
from armlet.registry.accounting import Reading
from armlet.registry.criteria_draft import DraftCriterion, draft_consents, draft_criteria, draft_population
from armlet.registry.criteria_text import read_criteria
from armlet.registry.draft_design import (
    draft_aim,
    draft_allocation,
    draft_arms,
    draft_blinding,
    draft_design,
    draft_identifiers,
    draft_interventions,
    draft_organisation,
    draft_status,
    draft_title,
    read_interventions,
)
from armlet.registry.draft_facts import Drafting
from armlet.registry.draft_product import draft_product
from armlet.registry.draft_schedule import draft_analyses, draft_safety, draft_schedule
from armlet.registry.draft_yaml import render_protocol
from armlet.registry.questions import ask_about_record
from armlet.registry.record import StudyType

MOST_ARMS: Final = 8
"""Armlet is for small trials; with more arms a record is rather a platform or a list than one trial."""
VERSION: Final = "0.1"


@dataclass(frozen=True, slots=True)
class Draft:
    """A drafted trial folder: its two files, the open questions in order of weight, and the criteria.

    `weights` and `places` (where in the record to look) are those of the questions, by id.
    """

    trial: str
    protocol_yaml: str
    record_json: str
    questions: tuple[OpenQuestion, ...]
    weights: dict[str, int]
    criteria: tuple[DraftCriterion, ...]
    places: dict[str, tuple[str, ...]] = field(default_factory=dict)


def draft(reading: Reading) -> Draft:
    """The draft of a record. Raises InputError where the record makes no trial that could be drafted, with the reasons."""
    refused = find_obstacles(reading)
    if refused:
        raise InputError(refused)
    drafting = Drafting(reading)
    ask_about_record(reading, drafting.asked)
    protocol, criteria = _draft_protocol(drafting)
    questions = drafting.asked.questions()
    protocol = protocol.model_copy(update={"questions": questions})
    weights = {question.id: drafting.asked.weight(question.id) for question in questions}
    text = render_protocol(protocol, weights)
    _promise_same(protocol, text)
    record = json.dumps(reading.record.as_json(), indent=2, ensure_ascii=False)
    places = {question.id: drafting.asked.places(question.id) for question in questions}
    return Draft(protocol.id, text, f"{record}\n", questions, weights, criteria, places)


def find_obstacles(reading: Reading) -> list[Issue]:
    """Why no trial can be drafted from the record; empty where one can."""
    section, where = reading.record.protocol_section, reading.name
    issues = []
    study_type = section.design_module.study_type
    if study_type not in {None, StudyType.INTERVENTIONAL}:
        message = f"the record is of the type {study_type}; expected INTERVENTIONAL."
        issues.append(
            error("new/no-trial", where, message, "Only an interventional trial can be run; name its record.")
        )
    arms = max(len(section.arms_interventions_module.arm_groups), 1)
    if arms > MOST_ARMS:
        message = f"the record has {arms} arms; expected at most {MOST_ARMS}."
        issues.append(error("new/too-many-arms", where, message, "Draft the part that you want to run by hand."))
    text = section.eligibility_module.eligibility_criteria or ""
    if not text.strip():
        issues.append(_no_criteria(reading))
    elif not read_criteria(text).criteria:
        message = "no eligibility criteria stand under a heading, so nobody can tell which include and which exclude."
        fix = 'Add the headings "Inclusion Criteria:" and "Exclusion Criteria:" to the record, or fetch it whole.'
        issues.append(error("new/no-criteria", where, message, fix))
    return issues


def _no_criteria(reading: Reading) -> Issue:
    """That there are no criteria, and what to fetch instead, by what the file is."""
    if any(fact.path.startswith("versions[") for fact in reading.provenance):
        message = "the file lists the versions of a record and is none of them, so it says nothing of the trial."
        return error("new/list-of-versions", reading.name, message, "Fetch one version, or the record of today.")
    message = "the record has no eligibility criteria."
    return error("new/no-criteria", reading.name, message, "It may have been cut; fetch it whole.")


def _draft_protocol(drafting: Drafting) -> tuple[Protocol, tuple[DraftCriterion, ...]]:
    arms, interventions, products = _draft_treatment(drafting)
    has_product = bool(products)
    drafted = draft_criteria(drafting)
    schedule = draft_schedule(drafting, drafted.measures, has_product=has_product)
    sets, analyses = draft_analyses(drafting, schedule.endpoints, arms, has_product=has_product)
    identity = drafting.section.identification_module
    protocol = Protocol(
        armlet=1,
        id=trial_id(drafting.reading),
        version=VERSION,
        title=draft_title(drafting),
        official_title=identity.official_title or "",
        acronym=identity.acronym or "",
        aim=draft_aim(drafting),
        identifiers=draft_identifiers(drafting),
        registry=draft_status(drafting),
        organisation=draft_organisation(drafting),
        design=draft_design(drafting, len(arms)),
        arms=tuple(arms),
        interventions=tuple(interventions),
        blinding=draft_blinding(drafting),
        allocation=draft_allocation(drafting, arms),
        products=tuple(products),
        population=draft_population(drafting),
        consents=draft_consents(drafting, drafted),
        measures=tuple(schedule.measures.values()),
        criteria=tuple(drafted.criteria),
        activities=tuple(schedule.activities.values()),
        visits=tuple(schedule.visits),
        endpoints=tuple(schedule.endpoints),
        sets=sets,
        analyses=analyses,
        safety=draft_safety(drafting, schedule.visits),
    )
    return _with_left_over(protocol, drafting), tuple(drafted.summaries)


def _draft_treatment(drafting: Drafting) -> tuple[list[Arm], list[Intervention], list[Product]]:
    given = read_interventions(drafting)
    arms, stand_ins = draft_arms(drafting, given)
    has_sham = any(item.is_sham for item in given)
    products = {item.id: draft_product(drafting, item, has_sham, len(arms)) for item in given if item.is_product}
    if len(products) > 1:
        drafting.asked.ask("several_products", count=str(len(products)))
    ids = {name: product.id for name, product in products.items()}
    interventions = [*draft_interventions(drafting, given, ids), *stand_ins]
    return arms, interventions, list(products.values())


def _with_left_over(protocol: Protocol, drafting: Drafting) -> Protocol:
    """What no part has a field for stays with what the registry said, so that no word of the record is lost."""
    source = protocol.registry.source
    whole = Source(stated=(*source.stated, *drafting.left_over()), assumed=source.assumed)
    return protocol.model_copy(update={"registry": protocol.registry.model_copy(update={"source": whole})})


def trial_id(reading: Reading) -> str:
    """The registry's number in small letters, otherwise the organisation's, as an id."""
    identity = reading.record.protocol_section.identification_module
    number = identity.nct_id or identity.org_study_id_info.id or identity.acronym or ""
    return slug(number if re.match(r"[A-Za-z]", number) else f"trial {number}")


def _promise_same(protocol: Protocol, text: str) -> None:
    """The promise of a draft: the text loads, and says what was drafted and nothing else."""
    loaded, _ = read_protocol(text, "draft")
    if loaded != protocol:
        raise Fault("the draft does not say what was drafted")
