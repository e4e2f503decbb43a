"""No way to reach a person stands in a reading that did not ask for it: real files of every format, and invented ones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.cli.new import review_page
from armlet.errors import InputError
from armlet.registry.draft import draft, find_obstacles
from armlet.registry.read import read_part, read_record, split_records

RECORDS = Path(__file__).parents[2] / ".." / "shared" / "records"
FILES = [path for path in sorted(RECORDS.glob("*/*")) if path.name != ".DS_Store"]
ADDRESS = re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z]{2,}")
DETAILS = {
    ".xml": re.compile(r"<(?:phone|email)>\s*([^<]{6,}?)\s*</"),
    ".json": re.compile(r'"(?:phone|email|\w*Contact(?:Phone|EMail)|telephone)"\s*:\s*"([^"]{6,}?)"', re.IGNORECASE),
}
"""Telephone numbers and addresses as the two layouts that have them mark them up: another way than the readers'."""
STUDY = {
    "protocolSection": {
        "identificationModule": {"nctId": "NCT09999952", "briefTitle": "Song before Sleep"},
        "designModule": {"studyType": "INTERVENTIONAL"},
        "armsInterventionsModule": {"interventions": [{"type": "BEHAVIORAL", "name": "Song"}]},
        "eligibilityModule": {"eligibilityCriteria": "Inclusion Criteria:\n\n* sleeps badly\n* age 20 years or more"},
    }
}


def readings(path: Path) -> Iterator[str]:
    try:
        for part in split_records(path.read_bytes(), path.name):
            yield json.dumps(read_part(part).as_json(), ensure_ascii=False)
    except InputError as refusal:
        yield str(refusal)


@pytest.mark.skipif(not FILES, reason="the real records (../shared/records) are not here")
@pytest.mark.parametrize("folder", sorted({path.parent.name for path in FILES}))
def test_no_address_and_no_number_of_a_contact_is_in_what_is_read(folder: str) -> None:
    for path in (path for path in FILES if path.parent.name == folder):
        marked = DETAILS.get(path.suffix)
        details = set(marked.findall(path.read_text("utf-8"))) if marked else set()
        details = {detail for detail in details if len(re.findall(r"[0-9]", detail)) > 5 or "@" in detail}
        for text in readings(path):
            assert not ADDRESS.search(text), path.name
            assert not [detail for detail in details if detail in text], path.name


@given(
    st.sampled_from(["centralContacts", "locations", "unknown"]),
    st.sampled_from(["name", "phone", "email", "phoneExt", "role", "title"]),
    st.text("klmnopq", min_size=7, max_size=9),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_what_stands_in_a_contact_is_nowhere_in_a_reading_or_a_draft(
    where: str, member: str, secret: str, on_one_line: bool
) -> None:
    """Break by: keeping the role of a contact, or listing an unknown part of the record with the contacts in it."""
    study = json.loads(json.dumps(STUDY))
    contact = {member: secret}
    module = study["protocolSection"].setdefault("contactsLocationsModule", {})
    if where == "locations":
        module["locations"] = [{"facility": "Clinic", "contacts": [contact]}]
    else:
        module[where] = [contact] if where == "centralContacts" else {"lines": [{"a": 1, "siteContacts": [contact]}]}
    data = json.dumps(study, indent=None if on_one_line else 1).encode()

    reading = read_record(data, "x")
    assert not find_obstacles(reading)
    drafted = draft(reading)
    assert secret not in json.dumps(reading.as_json())
    assert secret not in drafted.record_json + drafted.protocol_yaml
    assert secret in json.dumps(read_record(data, "x", contacts=True).as_json())


def test_an_address_in_the_middle_of_a_text_is_struck_out_and_the_line_is_named() -> None:
    study = json.loads(json.dumps(STUDY))
    study["protocolSection"]["descriptionModule"] = {"briefSummary": "Write to song.office@example.org to take part."}
    reading = read_record(json.dumps(study, indent=1).encode(), "x")
    summary = reading.record.protocol_section.description_module.brief_summary
    assert summary == "Write to (contact details, not kept) to take part."
    (fact,) = [fact for fact in reading.facts if fact.path.endswith("briefSummary")]
    assert (fact.value, fact.quote) == (summary, "to take part.")
    (issue,) = [issue for issue in reading.issues if issue.rule == "read/contacts-struck"]
    assert issue.where == f"x:{fact.line}"
    kept = read_record(json.dumps(study).encode(), "x", contacts=True).record
    assert kept.protocol_section.description_module.brief_summary == "Write to song.office@example.org to take part."


def test_the_number_of_a_contact_is_struck_out_of_a_text_as_well() -> None:
    study = json.loads(json.dumps(STUDY))
    study["protocolSection"]["descriptionModule"] = {"briefSummary": "Call 555 010 2030. Dose 555 mg."}
    study["protocolSection"]["contactsLocationsModule"] = {"centralContacts": [{"phone": "555 010 2030"}]}
    summary = read_record(json.dumps(study).encode(), "x").record.protocol_section.description_module.brief_summary
    assert summary == "Call (contact details, not kept). Dose 555 mg."


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Call 1-555-SLEEPER (1-555-010-2030) or write", "Call (contact details, not kept)) or write"),
        ("For sites, contact +44 (0)20 5550 1020.", "For sites, contact (contact details, not kept)."),
        ("Tel: 030/5550102", "Tel: (contact details, not kept)"),
        ("last contact 2014-04-01 to 2015-04-01", "last contact 2014-04-01 to 2015-04-01"),
        ("see contact NCT09999952", "see contact NCT09999952"),
        ("a phone call in 12, 24 and 36 weeks", "a phone call in 12, 24 and 36 weeks"),
    ],
)
def test_a_number_behind_a_word_for_the_telephone_is_struck_out_wherever_it_stands(written: str, kept: str) -> None:
    study = json.loads(json.dumps(STUDY))
    study["protocolSection"]["contactsLocationsModule"] = {"overallOfficials": [{"name": written}]}
    reading = read_record(json.dumps(study, indent=1).encode(), "x")
    assert reading.record.protocol_section.contacts_locations_module.overall_officials[0].name == kept
    drafted = draft(reading)
    assert "555" not in drafted.protocol_yaml + drafted.record_json


DIALLED = re.compile(r"\b(?:call|tel|phone|telephone|fax|contact)\W{0,4}[+]?[0-9][0-9 ()-]{6,}[0-9]", re.IGNORECASE)


@pytest.mark.skipif(not FILES, reason="the real records (../shared/records) are not here")
def test_no_number_behind_a_word_for_the_telephone_is_in_a_draft_or_its_page() -> None:
    """Two files in which a number stands in the name of an official or a place, and one of each other layout."""
    first = {path.parent: path for path in reversed(FILES)}
    named = [path for path in FILES if path.stem in {"NCT05691712", "NCT04770285"}]
    for path in {*first.values(), *named}:
        for text in drafts(path):
            assert not DIALLED.search(text), path.name
            assert not ADDRESS.search(text), path.name


def drafts(path: Path) -> Iterator[str]:
    try:
        reading = read_part(split_records(path.read_bytes(), path.name)[0])
    except InputError:
        return
    if not find_obstacles(reading):
        drafted = draft(reading)
        yield from (drafted.record_json, drafted.protocol_yaml, review_page(reading, drafted, Path("x")))
