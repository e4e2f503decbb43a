"""Reads a registry record of any supported layout, recognised by its content."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Final

from armlet.errors import Fault, InputError
from armlet.issues import Issue, Severity, error, note, warning
from armlet.plugins import find_methods
from armlet.registry import formats
from armlet.registry.accounting import Account, Fact, Reading, RegistryFormat, Source, count_lines
from armlet.registry.decode import decode_text
from armlet.registry.offers import find_offers
from armlet.registry.privacy import strike_contacts
from armlet.registry.record import NCT_ID, Record, StudyType

LARGEST_PAGE_CHARACTERS: Final = 1_000_000
LARGEST_PAGE_LINES: Final = 20_000
_JSON_BEGINS: Final = re.compile(r'\s*+(?:\{\s*+["}]|\[\s*+[\[{])')
_REPLACEMENT: Final = "\ufffd"
_NUMBER: Final = re.compile(rf"{NCT_ID.pattern}|EUCTR\d{{4}}-\d{{6}}-\d{{2}}(?:-\w+)?|ISRCTN\d{{8}}")
_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""Control characters, which JSON can hold escaped, and those that turn the direction of writing."""


def read_record(data: bytes, name: str, pick: str | None = None, *, contacts: bool = False) -> Reading:
    """What a registry record says, with the line and words of every value.

    The layout is recognised by content; `name` is only shown in messages. A record that was cut is read as far as it
    goes, and `Reading.issues` names the modules that are missing. Of a file with several records `pick` names one, by
    its place from 1 or by a number of the trial. Whom to write to, and how, is left out unless `contacts` asks for it.
    Raises InputError for a file that is no registry record in a
    supported layout (empty, binary, in another encoding, malformed, or about something else) and for several records
    of which none is picked.
    """
    parts = split_records(data, name)
    if pick is not None:
        return read_part(pick_record(parts, pick, name), contacts=contacts)
    if len(parts) > 1:
        raise InputError([_several(parts, name)])
    return read_part(parts[0], contacts=contacts)


@dataclass(frozen=True, slots=True)
class Part:
    """The text of one record of a file, with the numbers of its lines in the file; not yet read."""

    source: Source
    format: str


def split_records(data: bytes, name: str) -> tuple[Part, ...]:
    """The records of a file, in its order: at least one. Raises InputError for a file of no supported layout."""
    source = Source(name, decode_text(data, name))
    _refuse_long_page(source)
    format_name, chosen = _recognise(source)
    return tuple(Part(one, format_name) for one in chosen.split(source) or (source,))


def read_part(part: Part, *, contacts: bool = False) -> Reading:
    """What one record of a file says. Raises InputError, about this record only, where it cannot be read."""
    source = part.source
    account = Account(source, keeps_contacts=contacts)
    record = supported_formats()[part.format].read(account)
    unrecognised = account.unrecognised()
    total, accounted = count_lines(source, unrecognised)
    reading = Reading(
        format=part.format,
        name=source.name,
        record=record,
        facts=tuple(sorted(account.facts, key=attrgetter("line"))),
        provenance=tuple(account.provenance),
        boilerplate=account.boilerplate(),
        unrecognised=unrecognised,
        offers=find_offers(account.facts),
        confirm=tuple(account.confirm),
        issues=(*account.issues, *_check_record(record, source), *_check_characters(account.facts, source)),
        as_of=account.as_of or _last_update(record),
        total=total,
        accounted=accounted,
        left_out=tuple(account.left_out),
        page=account.page(),
    )
    return reading if contacts else strike_contacts(reading, account.hidden)


def numbers_of(record: Record) -> tuple[str, ...]:
    """The numbers under which a record goes: the registry's, older ones, the sponsor's, those of other registries."""
    identity = record.protocol_section.identification_module
    found = [identity.nct_id, *identity.nct_id_aliases, identity.org_study_id_info.id]
    found += [info.id for info in identity.secondary_id_infos]
    return tuple(dict.fromkeys(number.strip() for number in found if number and number.strip()))


def pick_record(parts: Sequence[Part], pick: str, name: str) -> Part:
    """The record at a place, counted from 1, or with a number of the trial. Raises InputError where there is none."""
    if re.fullmatch(r"[0-9]{1,6}", pick):
        if 1 <= int(pick) <= len(parts):
            return parts[int(pick) - 1]
        message = f"there is no record {pick}: the file has {len(parts)}."
        raise InputError([error("read/no-such-record", name, message, "Count from 1, or name the trial's number.")])
    wanted = pick.strip().casefold()
    for part in parts:
        if wanted in part.source.text.casefold() and wanted in map(str.casefold, numbers_of(read_part(part).record)):
            return part
    message = f"none of the {len(parts)} records of the file has the number {pick[:60]!r}."
    raise InputError([error("read/no-such-record", name, message, "`armlet read` lists the records of a file.")])


def _several(parts: Sequence[Part], name: str) -> Issue:
    found = [_NUMBER.search(part.source.text) for part in parts[:3]]
    shown = ", ".join(match[0] for match in found if match)
    which = f" ({shown}{', …' if len(parts) > 3 else ''})" if shown else ""
    message = f"the file holds {len(parts)} records{which}; one is needed."
    return error("read/several-records", name, message, "Pick one with `--record`, by its place from 1 or its number.")


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
    """Pages are short; only JSON, XML with results and tables of many records are long."""
    if re.match(r"\s*(?:[{\[]|<(?!!doctype html|html|head|body))|[^\r\n]*(?:nct number|trialid)", source.text, re.I):
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
    named = re.search(NCT_ID.pattern, source.name.replace("\\", "/").rpartition("/")[2])
    number = record.protocol_section.identification_module.nct_id
    if named and number and named[0] not in numbers_of(record):
        message = f"the file is named after {named[0]}, but the record is {number}."
        issues.append(warning("read/other-name", source.name, message, "Is it the right record?"))
    study_type = record.protocol_section.design_module.study_type
    if study_type not in {None, StudyType.INTERVENTIONAL}:
        message = f"the record is of the type {study_type}; only INTERVENTIONAL is a clinical trial."
        issues.append(warning("read/not-interventional", source.name, message, "Is it the right record?"))
    if _REPLACEMENT in source.text:
        line = source.text.count("\n", 0, source.text.index(_REPLACEMENT)) + source.first_line
        message = "the text has U+FFFD, which stands where another program could not read a character."
        fix = "Fetch the record again in UTF-8."
        issues.append(Issue("read/lost-characters", Severity.WARNING, f"{source.name}:{line}", message, fix))
    return issues


def _check_characters(facts: list[Fact], source: Source) -> list[Issue]:
    """Characters that a reader of the text does not see, but that change what he sees, or what programs read."""
    if not _UNSEEN.search("\n".join([fact.value for fact in facts if isinstance(fact.value, str)])):
        return []
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
