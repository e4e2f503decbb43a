"""Laws of the v2 shape: the record is the file without what the reading says it left out, whatever R did to the lists."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.registry.accounting import CONTACT_SHOWN
from armlet.registry.read import read_part, read_record, split_records

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
RECORDS = Path(__file__).parents[2] / ".." / "shared" / "records"
FILES = [path for folder in ("v2json", "v2json_partial") for path in sorted((RECORDS / folder).glob("*.json"))]
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
LISTS_OF_VALUES = {
    "nctIdAliases", "conditions", "keywords", "phases", "whoMasked", "interventionNames", "armGroupLabels", "otherNames",
    "stdAges", "infoTypes", "removedCountries", "groupIds",
}  # fmt: skip
"""The lists of single values in the registry's own description of its data (structure of API v2, read 2026)."""
WHY = {"contact", "null", "empty", "the API has no such field"}
STUDY: Json = {
    "protocolSection": {
        "identificationModule": {
            "nctId": "NCT09999951",
            "orgStudyIdInfo": {"id": "L-1"},
            "briefTitle": "Light at Noon",
        },
        "statusModule": {"overallStatus": "COMPLETED", "startDateStruct": {"date": "2014-04"}},
        "conditionsModule": {"conditions": ["Low Mood"], "keywords": ["noon", "light"]},
        "designModule": {"phases": ["PHASE2"], "enrollmentInfo": {"count": 12}, "patientRegistry": False},
        "contactsLocationsModule": {
            "centralContacts": [{"name": "A. Nyman", "phone": "555 010 999", "email": "a@example.org"}],
            "locations": [{"facility": "Clinic", "contacts": [{"name": "B. Berg", "role": "CONTACT"}]}],
        },
    },
    "resultsSection": {
        "moreInfoModule": {
            "pointOfContact": {"title": "C. Ek", "organization": "Noon Society", "phone": "555 020 888"}
        },
        "outcomeMeasuresModule": {"outcomeMeasures": [{"title": "Mood", "analyses": [{"groupIds": ["OG000"]}]}]},
    },
    "hasResults": True,
}


def without(document: Json, path: str) -> None:
    """Take the value at the path out of the document, if it is still there."""
    steps: list[str | int] = [
        int(index) if index else name for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path)
    ]
    for step in steps[:-1]:
        document = member(document, step)
    last = steps[-1]
    if isinstance(document, dict):
        del document[str(last)]
    else:
        assert isinstance(document, list)
        assert isinstance(last, int)
        del document[last]


def member(document: Json, step: str | int) -> Json:
    if isinstance(document, dict):
        return document[str(step)]
    assert isinstance(document, list)
    assert isinstance(step, int)
    return document[step]


def in_document_order(path: str) -> list[tuple[int, str]]:
    return [(int(index) if index else -1, name) for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path)]


def check_round_trip(data: bytes, expected: Json) -> None:
    """Break by: keeping a contact, losing a field, forgetting to name what is left out."""
    reading = read_record(data, "x")
    for item in sorted(reading.left_out, key=lambda item: in_document_order(item.path), reverse=True):
        without(expected, item.path)
    found = reading.record.as_json()
    if any(issue.rule == "read/contacts-struck" for issue in reading.issues):
        found = unstruck(found, expected)
    assert found == expected


def unstruck(found: Json, expected: Json) -> Json:
    """The record with a text that says that a contact is not kept replaced by the file's, where all around it is the same."""
    if isinstance(found, dict) and isinstance(expected, dict) and found.keys() == expected.keys():
        return {name: unstruck(member, expected[name]) for name, member in found.items()}
    if isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        return [unstruck(one, other) for one, other in zip(found, expected, strict=True)]
    if isinstance(found, str) and isinstance(expected, str) and CONTACT_SHOWN in found:
        around = ".+".join(re.escape(piece) for piece in found.split(CONTACT_SHOWN))
        return expected if re.fullmatch(around, expected, re.DOTALL) else found
    return found


@each_file
def test_the_record_is_the_file_without_what_is_listed_as_left_out(path: Path) -> None:
    data = path.read_bytes()
    check_round_trip(data, json.loads(data))
    reading = read_record(data, path.name)
    assert {item.why for item in reading.left_out} <= WHY
    unknown = {item.path for item in reading.left_out if item.why == "the API has no such field"}
    listed = {line.text.split(" (")[0] for line in reading.unrecognised}
    assert unknown <= listed


@each_file
def test_with_contacts_only_what_says_nothing_or_is_unknown_is_left_out(path: Path) -> None:
    reading = read_record(path.read_bytes(), path.name, contacts=True)
    assert {item.why for item in reading.left_out} <= WHY - {"contact"}


def boxed(value: Json) -> Json:
    """Each single value in a list of one, as R's jsonlite writes it unless told otherwise."""
    if isinstance(value, dict):
        return {name: boxed(member) for name, member in value.items()}
    if isinstance(value, list):
        return [boxed(item) if isinstance(item, dict) else item for item in value]
    return value if value is None else [value]


def unboxed(value: Json) -> Json:
    """Each list of one single value as that value, as R's jsonlite writes it with ``auto_unbox``."""
    if isinstance(value, dict):
        return {name: unboxed(member) for name, member in value.items()}
    if isinstance(value, list):
        return (
            value[0] if len(value) == 1 and not isinstance(value[0], dict | list) else [unboxed(item) for item in value]
        )
    return value


@pytest.mark.parametrize("change", [boxed, unboxed])
@each_file
def test_a_record_that_went_through_r_is_the_same_record(path: Path, change: Callable[[Json], Json]) -> None:
    data = path.read_bytes()
    changed = json.dumps(change(json.loads(data))).encode()
    assert read_record(changed, "x").record == read_record(data, "x").record


@pytest.mark.parametrize("change", [boxed, unboxed])
def test_an_invented_record_that_went_through_r_is_the_same_record_and_says_so(change: Callable[[Json], Json]) -> None:
    reading = read_record(json.dumps(change(STUDY)).encode(), "x")
    assert reading.record == read_record(json.dumps(STUDY).encode(), "x").record
    assert "read/lists-of-one" in {issue.rule for issue in reading.issues}


def test_an_invented_record_is_what_stands_in_it_without_the_people_to_write_to() -> None:
    check_round_trip(json.dumps(STUDY).encode(), json.loads(json.dumps(STUDY)))
    reading = read_record(json.dumps(STUDY).encode(), "x")
    assert [(item.path, item.why) for item in reading.left_out] == [
        ("protocolSection.contactsLocationsModule.centralContacts[0].name", "contact"),
        ("protocolSection.contactsLocationsModule.centralContacts[0].phone", "contact"),
        ("protocolSection.contactsLocationsModule.centralContacts[0].email", "contact"),
        ("protocolSection.contactsLocationsModule.centralContacts[0]", "contact"),
        ("protocolSection.contactsLocationsModule.centralContacts", "contact"),
        ("protocolSection.contactsLocationsModule.locations[0].contacts[0].name", "contact"),
        ("protocolSection.contactsLocationsModule.locations[0].contacts[0].role", "contact"),
        ("protocolSection.contactsLocationsModule.locations[0].contacts[0]", "contact"),
        ("protocolSection.contactsLocationsModule.locations[0].contacts", "contact"),
        ("resultsSection.moreInfoModule.pointOfContact.title", "contact"),
        ("resultsSection.moreInfoModule.pointOfContact.phone", "contact"),
    ]
    assert read_record(json.dumps(STUDY).encode(), "x", contacts=True).record.as_json() == STUDY


@given(st.lists(st.sampled_from(FILES or [None]), min_size=2, max_size=4), st.booleans(), st.booleans())
@settings(max_examples=15, deadline=None)
def test_the_studies_of_an_answer_are_the_records_of_their_files(
    paths: list[Path | None], bare: bool, pretty: bool
) -> None:
    documents = [STUDY if path is None else json.loads(path.read_bytes()) for path in paths]
    answer = documents if bare else {"totalCount": len(paths), "studies": documents, "nextPageToken": "x"}
    parts = split_records(json.dumps(answer, indent=1 if pretty else None).encode(), "x")
    alone = [read_record(json.dumps(document).encode(), "x").record for document in documents]
    assert [read_part(part).record for part in parts] == alone


VALUES = st.none() | st.booleans() | st.integers(0, 9) | st.text("ab", max_size=3)
MEMBERS = st.sampled_from(["title", "id", "groupIds", "contacts", "x"])


@given(
    st.recursive(
        VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(MEMBERS, inner, max_size=3), max_leaves=12
    )
)
@settings(max_examples=80, deadline=None)
def test_whatever_stands_in_the_results_goes_through_but_for_what_is_listed(results: Json) -> None:
    document: Json = {
        "protocolSection": {"conditionsModule": {"conditions": ["A", "B"]}},
        "resultsSection": {"m": results},
    }
    check_round_trip(json.dumps(document).encode(), json.loads(json.dumps(document)))
