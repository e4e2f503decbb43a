"""Files made to do harm: each is refused with rule and place, or read in time and memory that grow with its size.

Of what once took the square of its size there is so much here that it would hang; no time is asserted.
"""

from __future__ import annotations

import gzip
import io
import json
import socket
import zipfile

import pytest

from armlet.errors import InputError
from armlet.issues import Issue
from armlet.registry.accounting import Reading, without_contacts
from armlet.registry.criteria_text import read_criteria
from armlet.registry.json_text import JsonText, json_leaves
from armlet.registry.read import read_record
from armlet.registry.xml_text import XmlText


def refused(text: str | bytes) -> Issue:
    with pytest.raises(InputError) as caught:
        read_record(text if isinstance(text, bytes) else text.encode(), "file")
    (issue,) = caught.value.issues
    assert issue.message
    assert issue.fix
    return issue


def read(text: str) -> Reading:
    return read_record(text.encode(), "file")


def read_or_refuse(text: str) -> Reading | None:
    try:
        return read(text)
    except InputError:
        return None


def study(members: str) -> str:
    return f'{{"protocolSection": {{"identificationModule": {{"briefTitle": "Larks"}}, {members}}}}}'


def xml(inside: str, before: str = "") -> str:
    return f"{before}<clinical_study>\n<brief_title>Larks</brief_title>{inside}</clinical_study>"


# --- XML --------------------------------------------------------------------------------------------------------------


def entities(*declared: str) -> str:
    return "\n".join(["<!DOCTYPE clinical_study [", *declared, "]>", ""])


TENFOLD = [f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)]
LAUGHS = entities('<!ENTITY a "ha">', *TENFOLD)


@pytest.mark.parametrize(
    ("before", "inside"),
    [
        (LAUGHS, "<acronym>&i;</acronym>"),
        (entities(f'<!ENTITY a "{"x" * 50_000}">'), f"<acronym>{'&a;' * 50_000}</acronym>"),
        (entities('<!ENTITY a SYSTEM "file:///etc/passwd">'), "<acronym>&a;</acronym>"),
        (entities('<!ENTITY a PUBLIC "x" "http://127.0.0.1:9/">'), "<acronym>&a;</acronym>"),
        (entities('<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd">', "%p;"), ""),
        (entities("<!ENTITY % p '<!ENTITY a \"ha\">'>", "%p;"), "<acronym>&a;</acronym>"),
        (entities('<!NOTATION n SYSTEM "n">', '<!ENTITY a SYSTEM "a" NDATA n>'), ""),
    ],
    ids=["billion laughs", "quadratic", "file", "address", "parameter", "declared by a parameter", "unparsed"],
)
def test_xml_that_declares_entities_is_refused_whatever_they_do(before: str, inside: str) -> None:
    issue = refused(xml(inside, before))
    assert issue.rule == "read/xml"
    assert issue.where.startswith("file:")
    assert "entity" in issue.message


def test_a_document_type_elsewhere_is_never_fetched() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.dtd"
        reading = read(xml("", f'<!DOCTYPE clinical_study SYSTEM "{address}">\n'))
        with pytest.raises(TimeoutError):
            server.accept()
    assert reading.record.protocol_section.identification_module.brief_title == "Larks"


def test_a_reference_to_an_entity_that_nobody_declared_is_refused_with_its_line() -> None:
    issue = refused(xml("\n<acronym>&nobody;</acronym>", '<!DOCTYPE clinical_study SYSTEM "x.dtd">\n'))
    assert (issue.rule, issue.where) == ("read/xml", "file:4")
    assert "&nobody;" in issue.message


def test_xml_nested_or_long_beyond_reason_is_refused() -> None:
    assert "nested more than 60 deep" in refused(xml("<a>" * 100_000)).message
    assert "too many elements" in refused(xml("<a/>" * 500_001)).message


def test_an_element_with_very_many_attributes_is_read_with_each_of_them_accounted_for() -> None:
    names = "\n".join(f'a{number}="1"' for number in range(40_000))
    found = XmlText(f"<clinical_study>\n<acronym {names}>x</acronym></clinical_study>", "file").root.children[0]
    assert len(found.attributes) == 40_000
    assert (found.attributes["a39999"].line, found.attributes["a39999"].quote) == (40_001, "1")


def test_a_quote_of_xml_is_what_stands_in_the_line_also_around_sections_and_references() -> None:
    text = "<a>one <![CDATA[<two>]]> &amp; three<?skip it?> four&#10;five\r\n six &#x3C;</a>"
    words = XmlText(text, "file").root.words
    assert [(part.line, part.text) for part in words] == [(1, "one <two> & three four"), (1, "five"), (2, " six <")]
    assert [part.quote for part in words] == ["one <![CDATA[<two>]]> &amp; three<?skip it?> four", "five", "six &#x3C;"]


def test_an_attribute_is_quoted_by_its_own_words_also_behind_a_namespace() -> None:
    text = '<a xmlns:x="http://x"\n x:b="one" c="&lt;two"/>'
    found = XmlText(text, "file").root.attributes
    assert [(name, part.line, part.text, part.quote) for name, part in found.items()] == [
        ("b", 2, "one", "one"),
        ("c", 2, "<two", "&lt;two"),
    ]


def test_a_text_of_very_many_lines_is_read_line_by_line() -> None:
    lines = "a line of text\n" * 200_000
    reading = read(xml(f"<brief_summary><textblock>{lines}</textblock></brief_summary>"))
    assert len(reading.facts) == 200_001
    summary = reading.record.protocol_section.description_module.brief_summary
    assert summary is not None
    assert len(summary) == 200_000 * 15 - 1


def test_very_many_contradictions_are_each_told() -> None:
    told = "".join(f"<acronym>a{number}</acronym>\n" for number in range(30_000))
    reading = read(xml(told))
    assert sum(issue.rule == "read/contradiction" for issue in reading.issues) == 29_999


# --- JSON -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_json_nested_beyond_reason_is_refused_with_the_line_where_it_is(opening: str) -> None:
    issue = refused('{"protocolSection":\n' + opening * 200_000)
    assert (issue.rule, issue.where) == ("read/json", "file:2")
    assert "nested more than 60 deep" in issue.message


def test_a_number_of_thousands_of_digits_is_refused_with_its_line() -> None:
    issue = refused(study('"designModule":\n{"enrollmentInfo": {"count": ' + "9" * 5_000 + "}}"))
    assert (issue.rule, issue.where) == ("read/json", "file:2")
    assert "digits" in issue.message


def test_a_number_too_great_for_its_field_is_left_out_and_told() -> None:
    reading = read(study('"contactsLocationsModule": {"locations": [{"geoPoint": {"lat": ' + "9" * 400 + "}}]}"))
    (issue,) = [issue for issue in reading.issues if issue.rule == "read/value"]
    assert "geoPoint.lat" in issue.message
    json.dumps(reading.as_json(), allow_nan=False)


def test_a_million_keys_are_refused() -> None:
    many = ",".join(f'"k{number}": 1' for number in range(1_000_000))
    assert "2000000 names, values and brackets" in refused(f'{{"protocolSection": {{{many}}}}}').message


def test_keys_that_fit_no_field_are_refused_where_there_are_too_many_to_list() -> None:
    fewer = ",".join(f'"k{number}": 1' for number in range(20_001))
    issue = refused(f'{{"protocolSection": {{{fewer}}}}}')
    assert (issue.rule, "20001 values" in issue.message) == ("read/not-a-record", True)


def test_very_many_repeated_keys_are_each_told_and_the_first_is_kept() -> None:
    reading = read(
        '{"protocolSection": {"statusModule": {"whyStopped": "first"' + ', "whyStopped": "x"' * 20_000 + "}}}"
    )
    assert reading.record.protocol_section.status_module.why_stopped == "first"
    assert sum(issue.rule == "read/duplicate-key" for issue in reading.issues) == 20_000


def test_a_line_of_nearly_twenty_megabytes_is_read() -> None:
    reading = read(study('"descriptionModule": {"briefSummary": "' + "word " * 3_900_000 + '"}'))
    assert (reading.total, reading.accounted, len(reading.facts)) == (1, 1, 2)


@pytest.mark.parametrize(("escaped", "named"), [("\\u0000", "U+0000"), ("\\u202e", "U+202E"), ("\u2066", "U+2066")])
def test_characters_that_cannot_be_seen_are_told_with_their_line(escaped: str, named: str) -> None:
    reading = read(study('\n"statusModule": {"whyStopped": "no' + escaped + 'money"}'))
    (issue,) = [issue for issue in reading.issues if issue.rule == "read/unseen-characters"]
    assert issue.where == "file:2"
    assert named in issue.message


def test_places_in_json_are_those_of_the_text() -> None:
    text = '{"a": [1, {"b": "x\\ny"}, []],\n "c": -1.5e3, "a": null, "": true}'
    document = JsonText(text, "file")
    leaves = json_leaves(document.root)
    found = [(path, leaf.value, document.raw(leaf), document.line_at(leaf.start)) for path, leaf in leaves]
    assert found == [
        ("a[0]", 1, "1", 1),
        ("a[1].b", "x\ny", "x\\ny", 1),
        ("c", -1500.0, "-1.5e3", 2),
        ("", True, "true", 2),
    ]
    assert [(repeated.path, text[repeated.node.opened :][:9]) for repeated in document.repeated] == [("a", '"a": null')]


# --- Packed files, text -----------------------------------------------------------------------------------------------


def zipped() -> bytes:
    store = io.BytesIO()
    with zipfile.ZipFile(store, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("record.json", b"0" * 10_000_000)
    return store.getvalue()


@pytest.mark.parametrize(
    "data", [zipped(), gzip.compress(b"0" * 10_000_000), b"BZh9...", b"\xfd7zXZ\0", b"PK\x05\x06\0"]
)
def test_packed_files_are_refused_unopened(data: bytes) -> None:
    issue = refused(data)
    assert issue.rule == "read/binary"
    assert "Unpack it" in issue.fix


@pytest.mark.parametrize("piece", [".", "a@", "tel ", "tel: no ", "+1 2", "a.", "1"])
def test_contacts_are_looked_for_in_one_pass(piece: str) -> None:
    text = piece * (400_000 // len(piece))
    assert without_contacts(text) is not None


@pytest.mark.parametrize("line", ["- a", "words", "  - below", "inclusion criteria", "Inclusion Criteria: - a", " "])
def test_very_many_lines_of_criteria_are_sorted_in_one_pass(line: str) -> None:
    found = read_criteria("Inclusion Criteria:\n- first\n" + f"{line}\n" * 60_000)
    assert len(found.criteria) + len(found.unsorted) >= 1


@pytest.mark.parametrize(
    "line",
    [
        "Please refer to this study by NCT09999991 " + "| " * 30_000 + "x",
        "E.3 " + "a " * 30_000 + "(en",
        "Ages Eligible for Study: " + "(" * 60_000,
    ],
)
def test_a_page_with_a_line_made_to_hold_up_a_pattern_is_read_or_refused(line: str) -> None:
    page = f"This trial is completed.\nSummary\nEudraCT Number: 2010-000001-11\nPhase phase 2\nSponsor A\n{line}\n" * 3
    reading = read_or_refuse(page)
    assert reading is None or reading.total > 0


def test_a_name_in_json_made_to_hold_up_the_search_for_contacts_is_read() -> None:
    name = "aemaila" * 20_000 + "!"
    part = f'{{"authorizedPartI": {{"id": 1, "{name}": 1}}}}'
    reading = read(f'{{"ctNumber": "2023-500001-11-00", "ctPublicStatusCode": 5, "authorizedApplication": {part}}}')
    assert reading.format == "ctis_json"
    assert reading.total == 1
