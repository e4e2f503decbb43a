"""Reads a registry record of any supported layout, recognised by its content."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from armlet.errors import Fault, InputError
from armlet.issues import Issue, Severity, error, note, warning
from armlet.plugins import find_methods
from armlet.registry import formats
from armlet.registry.accounting import Account, Fact, Reading, RegistryFormat, Source, count_lines
from armlet.registry.decode import decode_text
from armlet.registry.offers import find_offers
from armlet.registry.record import Record, StudyType

LARGEST_PAGE_CHARACTERS: Final = 1_000_000
LARGEST_PAGE_LINES: Final = 20_000
_JSON_BEGINS: Final = re.compile(r'\s*+(?:\{\s*+["}]|\[\s*+[\[{])')
_REPLACEMENT: Final = "\ufffd"
_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""Control characters, which JSON can hold escaped, and those that turn the direction of writing."""


def read_record(data: bytes, name: str) -> Reading:
    """What a registry record says, with the line and words of every value.

    The layout is recognised by content; `name` is only shown in messages. A record that was cut is read as far as it
    goes, and `Reading.issues` names the modules that are missing. Raises InputError for a file that is no registry
    record in a supported layout: empty, binary, in another encoding, malformed, or about something else.
    """
    source = Source(name, decode_text(data, name))
    _refuse_long_page(source)
    format_name, chosen = _recognise(source)
    account = Account(source)
    record = chosen.read(account)
    unrecognised = account.unrecognised()
    total, accounted = count_lines(source, unrecognised)
    return Reading(
        format=format_name,
        name=name,
        record=record,
        facts=tuple(sorted(account.facts, key=lambda fact: fact.line)),
        provenance=tuple(account.provenance),
        boilerplate=account.boilerplate(),
        unrecognised=unrecognised,
        offers=find_offers(account.facts),
        confirm=tuple(account.confirm),
        issues=(*account.issues, *_check_record(record, source), *_check_characters(account.facts, source)),
        as_of=account.as_of or _last_update(record),
        total=total,
        accounted=accounted,
    )


@cache
def supported_formats() -> dict[str, RegistryFormat]:
    """Every layout that can be read, by name."""
    found: dict[str, RegistryFormat] = {}
    for name, method in find_methods(formats).items():
        if not isinstance(method, RegistryFormat):
            raise Fault(f"the module {name} of registry/formats offers no RegistryFormat")
        found[name] = method
    return found


def _recognise(source: Source) -> tuple[str, RegistryFormat]:
    candidates = _candidates(source)
    signs = {name: method.signs(source) for name, method in candidates.items()}
    best = max(signs, key=lambda name: signs[name])
    method = candidates[best]
    if signs[best] < method.enough:
        _refuse_markup(source)
        known = "; ".join(f"{name}: {method.description}" for name, method in supported_formats().items())
        message = "the file is text, but not a registry record in a layout that can be read."
        raise InputError([error("read/not-a-record", source.name, message, f"Expected one of: {known}.")])
    return best, method


def _candidates(source: Source) -> dict[str, RegistryFormat]:
    """The layouts that can be meant, by how the text begins."""
    found = supported_formats()
    if _JSON_BEGINS.match(source.text):
        return {name: method for name, method in found.items() if method.reads_json}
    if source.text.lstrip()[:1] == "<":
        return {name: method for name, method in found.items() if method.reads_markup}
    return found


def _refuse_long_page(source: Source) -> None:
    """Pages are short; only JSON and XML with results are long."""
    if re.match(r"\s*(?:[{\[]|<(?!!doctype html|html|head|body))", source.text, re.IGNORECASE):
        return
    characters, lines = len(source.text), len(source.numbered)
    if characters > LARGEST_PAGE_CHARACTERS or lines > LARGEST_PAGE_LINES:
        limits = f"{LARGEST_PAGE_CHARACTERS} characters and {LARGEST_PAGE_LINES} lines"
        message = f"the page has {characters} characters and {lines} lines; expected at most {limits}."
        raise InputError([error("read/too-large", source.name, message, "Is it one record?")])


def _refuse_markup(source: Source) -> None:
    """Refuse HTML and XML that no layout knows; other text passes."""
    start = source.text.lstrip()[:2000]
    if re.match(r"<(?:!doctype html|html|head|body)", start, re.IGNORECASE):
        message = "the file is a web page in HTML, not a registry record."
        fix = "Save the page as plain text, or fetch the record as JSON from the v2 API."
        raise InputError([error("read/not-a-record", source.name, message, fix)])
    if start.startswith("<"):
        root = re.search(r"<([A-Za-z_][\w.:-]{0,60})", start)
        told = f" (its first element is {root[1]})" if root else ""
        message = f"the file is XML, but not a registry record in a layout that can be read{told}."
        fix = "Fetch the record as JSON from the ClinicalTrials.gov v2 API."
        raise InputError([error("read/not-a-record", source.name, message, fix)])


def _check_record(record: Record, source: Source) -> list[Issue]:
    issues = []
    missing = missing_parts(record)
    if missing:
        message = f"the record has no {', '.join(missing)}."
        fix = "The file may have been cut, or the page leaves it out; complete it from the registry."
        issues.append(warning("read/incomplete", source.name, message, fix))
    if not record.protocol_section.identification_module.brief_title:
        message = "the record has no brief title, which a registry asks for."
        issues.append(note("read/no-brief-title", source.name, message, "Give one before anything is sent back."))
    study_type = record.protocol_section.design_module.study_type
    if study_type not in {None, StudyType.INTERVENTIONAL}:
        message = f"the record is of the type {study_type}; only INTERVENTIONAL is a clinical trial."
        issues.append(warning("read/not-interventional", source.name, message, "Is it the right record?"))
    if _REPLACEMENT in source.text:
        line = source.text.count("\n", 0, source.text.index(_REPLACEMENT)) + 1
        message = "the text has U+FFFD, which stands where another program could not read a character."
        fix = "Fetch the record again in UTF-8."
        issues.append(Issue("read/lost-characters", Severity.WARNING, f"{source.name}:{line}", message, fix))
    return issues


def _check_characters(facts: list[Fact], source: Source) -> list[Issue]:
    """Characters that a reader of the text does not see, but that change what he sees, or what programs read."""
    for fact in facts:
        found = _UNSEEN.search(fact.value) if isinstance(fact.value, str) else None
        if found:
            message = (
                f"{fact.path} has U+{ord(found[0]):04X}, which cannot be seen and can make words look like others."
            )
            fix = "Look at the words in the file; they are kept as they stand."
            return [warning("read/unseen-characters", f"{source.name}:{fact.line}", message, fix)]
    return []


def missing_parts(record: Record) -> tuple[str, ...]:
    """What every registered trial has and this record lacks, as paths below ``protocolSection``."""
    section = record.protocol_section
    identity, design = section.identification_module, section.design_module
    present = {
        "identificationModule.nctId": identity.nct_id or identity.org_study_id_info.id,
        "identificationModule (a title)": identity.brief_title or identity.official_title,
        "statusModule.overallStatus": section.status_module.overall_status,
        "sponsorCollaboratorsModule.leadSponsor": section.sponsor_collaborators_module.lead_sponsor.name,
        "conditionsModule": section.conditions_module.conditions,
        "designModule": design.study_type or design.design_info.intervention_model,
        "armsInterventionsModule": section.arms_interventions_module.interventions,
        "outcomesModule": section.outcomes_module.primary_outcomes,
        "eligibilityModule": section.eligibility_module.eligibility_criteria,
    }
    return tuple(name for name, value in present.items() if not value)


def _last_update(record: Record) -> str | None:
    status = record.protocol_section.status_module
    date = status.last_update_submit_date or status.last_update_post_date_struct.date or status.status_verified_date
    return str(date) if date else None
