"""Files that are no registry record: each refused with the reason, where, and what to do; never a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from armlet.errors import InputError
from armlet.issues import Issue
from armlet.registry.read import read_record

STUDY = {
    "protocolSection": {
        "identificationModule": {"nctId": "NCT09999993", "briefTitle": "Larks"},
        "statusModule": {"overallStatus": "COMPLETED", "startDateStruct": {"date": "2001-02"}},
    }
}
POEM = "\n".join(
    [
        "The moon was new and very thin,",
        "Phase of the tide that lets no boat in;",
        "Sponsor of night, and condition of sea.",
    ]
)


def refused(data: bytes) -> Issue:
    with pytest.raises(InputError) as caught:
        read_record(data, "file.txt")
    (issue,) = caught.value.issues
    assert issue.where.startswith("file.txt")
    assert issue.message
    assert issue.fix
    return issue


@pytest.mark.parametrize(
    ("data", "rule", "says"),
    [
        (b"", "read/empty", "empty"),
        (b" \r\n\t \n", "read/empty", "empty"),
        ("\ufeff \u00a0\n".encode(), "read/empty", "empty"),
        (b"\x89PNG\r\n\x1a\n....", "read/binary", "picture"),
        (b"%PDF-1.7 ...", "read/binary", "PDF"),
        (b"PK\x03\x04....", "read/binary", "ZIP"),
        (b"Phase phase 2\x00", "read/binary", "NUL"),
        (b"Phase phase 2\x07", "read/binary", "U+0007"),
        ("Sponsor Malmö".encode("latin-1"), "read/wrong-encoding", "UTF-8"),
        ("Sponsor Malmö".encode("utf-16-le"), "read/binary", "NUL"),
        ("Sponsor Malmö".encode("utf-32"), "read/wrong-encoding", "UTF-32"),
        (b"\xff\xfeP\x00h", "read/wrong-encoding", "UTF-16"),
        (POEM.encode(), "read/not-a-record", "not a registry record"),
        (b"<!DOCTYPE html><html><h1>404 Not Found</h1></html>", "read/not-a-record", "HTML"),
        (b"<?xml version='1.0'?><clinical_study/>", "read/not-a-record", "XML"),
        (b'{"studies": []}', "read/not-a-record", "protocolSection"),
        (b'{"protocolSection": 7}', "read/not-a-record", "protocolSection"),
        (b'[{"protocolSection": {}}, {"protocolSection": {}}]', "read/several-records", "2 records"),
        (b'[{"protocolSection": {}}, 7]', "read/not-a-record", "protocolSection"),
        (b'{"protocolSection": {"x": NaN}}', "read/json", "NaN"),
        (b'{"protocolSection": {"x": 1e999}}', "read/json", "protocolSection.x"),
        (b'{"protocolSection": {"x": "\\ud800"}}', "read/json", "protocolSection.x"),
        (b'{"a":' * 70 + b"1" + b"}" * 70, "read/json", "nested"),
        (b'{"a":[' + b"[" * 200_000, "read/json", "JSON"),
    ],
)
def test_a_file_that_is_no_record_is_refused_with_its_reason(data: bytes, rule: str, says: str) -> None:
    issue = refused(data)
    assert issue.rule == rule
    assert says in issue.message


def test_a_file_larger_than_twenty_megabytes_is_refused() -> None:
    assert refused(b"x" * 20_000_001).rule == "read/too-large"


def test_a_page_of_more_than_a_million_characters_is_refused() -> None:
    page = "Phase phase 2\nSponsor A\nStart date 2001\nEnd date 2002\n" + "word " * 200_000
    assert refused(page.encode()).rule == "read/too-large"


def test_the_wrong_encoding_is_told_with_line_byte_and_the_encodings_expected() -> None:
    issue = refused("line one\nSponsor Malmö\n".encode("latin-1"))
    assert issue.where == "file.txt:2"
    assert "byte 22, 0xF6" in issue.message
    assert "Expected UTF-8, or UTF-16 with a byte-order mark" in issue.fix


def test_malformed_json_is_told_with_line_and_column() -> None:
    issue = refused(b'{\n  "protocolSection": {\n    "statusModule": ,\n  }\n}')
    assert issue.where == "file.txt:3"
    assert "line 3, column 21" in issue.message


@pytest.mark.parametrize("cut", [1, 10, 40, 100])
def test_a_study_in_json_cut_short_is_refused_as_json(cut: int) -> None:
    assert refused(json.dumps(STUDY).encode()[:-cut]).rule == "read/json"


def test_lost_characters_are_warned_of() -> None:
    text = json.dumps(STUDY, ensure_ascii=False).replace("Larks", "L\ufffdrks")
    assert "read/lost-characters" in {issue.rule for issue in read_record(text.encode(), "x").issues}


def changed(change: Callable[[dict[str, dict[str, object]]], None]) -> bytes:
    study = json.loads(json.dumps(STUDY))
    change(study["protocolSection"])
    return json.dumps(study, indent=1).encode()


def test_a_key_that_the_api_lacks_is_listed_with_its_path_and_the_rest_is_read() -> None:
    def add(section: dict[str, dict[str, object]]) -> None:
        section["identificationModule"]["nickName"] = {"short": "L"}

    reading = read_record(changed(add), "x")
    assert reading.record.protocol_section.identification_module.brief_title == "Larks"
    assert reading.unrecognised[0].text.startswith("protocolSection.identificationModule.nickName")
    assert '"short": "L"' in reading.unrecognised[1].text
    assert reading.accounted < reading.total


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("overallStatus", "SLEEPING"),
        ("statusVerifiedDate", "2001-13"),
        ("lastUpdateSubmitDate", "2001-02"),
        ("whyStopped", 3),
    ],
)
def test_a_value_that_does_not_fit_is_left_out_listed_and_an_issue(key: str, value: object) -> None:
    def put(section: dict[str, dict[str, object]]) -> None:
        section["statusModule"][key] = value

    reading = read_record(changed(put), "x.json")
    path = f"protocolSection.statusModule.{key}"
    (issue,) = [issue for issue in reading.issues if issue.rule == "read/value"]
    assert path in issue.message
    assert issue.where == f"x.json:{reading.unrecognised[0].line}"
    assert reading.unrecognised[0].text.startswith(path)
    assert path not in {fact.path for fact in reading.facts}
    assert str(reading.record.protocol_section.status_module.start_date_struct.date) == "2001-02"


def test_a_bad_item_of_a_list_leaves_the_paths_of_the_others_those_of_the_record() -> None:
    def put(section: dict[str, dict[str, object]]) -> None:
        section["conditionsModule"] = {"conditions": ["a", 5, "c"]}

    reading = read_record(changed(put), "x")
    assert reading.record.protocol_section.conditions_module.conditions == ("a", "c")
    found = {fact.path: fact.value for fact in reading.facts}
    assert found["protocolSection.conditionsModule.conditions[1]"] == "c"


def test_a_key_given_twice_is_warned_of_and_the_first_is_kept() -> None:
    data = b'{"protocolSection": {"identificationModule": {"briefTitle": "one", "briefTitle": "two"}}}'
    reading = read_record(data, "x")
    assert reading.record.protocol_section.identification_module.brief_title == "one"
    assert "read/duplicate-key" in {issue.rule for issue in reading.issues}


def test_mail_addresses_and_telephone_numbers_of_json_contacts_are_not_kept() -> None:
    def put(section: dict[str, dict[str, object]]) -> None:
        contact = {"name": "Ann", "role": "CONTACT", "phone": "0123", "email": "ann@example.org"}
        section["contactsLocationsModule"] = {"centralContacts": [contact]}

    reading = read_record(changed(put), "x")
    assert reading.record.protocol_section.contacts_locations_module.central_contacts == ()
    assert "ann@example.org" not in str(reading.as_json())
    assert reading.accounted == reading.total


def test_what_is_missing_is_named() -> None:
    (issue,) = [
        issue for issue in read_record(json.dumps(STUDY).encode(), "x").issues if issue.rule == "read/incomplete"
    ]
    assert "outcomesModule" in issue.message
    assert "statusModule" not in issue.message


def test_a_null_is_an_absence_and_no_fact() -> None:
    reading = read_record(b'{"protocolSection": {"statusModule": {"whyStopped": null}}, "a.b[0]": null}', "x")
    assert reading.record.as_json() == {}
    assert reading.facts == ()
    assert reading.unrecognised == ()
