"""Results that the registry gave out in its older layouts: the upload is valid, and no rule calls them an error.

The public records and the schemas lie beside the repository; where they are absent the tests are skipped. Telephone
numbers, mail addresses and names of contacts are not read, so the rule that asks for them is left aside.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import pytest
from lxml import etree

from armlet.export.prs.write import write_prs
from armlet.issues import Severity
from armlet.registry.read import read_record
from armlet.registry.record import Record
from armlet.registry.results.older import results_of
from armlet.registry.results.rows import ResultsSection
from armlet.registry.review import Submission, review

SHARED: Final = Path(__file__).parents[3] / ".." / "shared"

KNOWN: Final = {
    "NCT00277524.xml": {"groups/title"},  # one arm of the adverse events has no title
    "NCT00739882.xml": {"more/agreement"},  # an answer is missing in the file
}


@cache
def older() -> dict[str, tuple[Record, ResultsSection]]:
    found = {}
    for folder, sign in (("legacyxml", b"<clinical_results>"), ("v1json_fullstudies", b'"ResultsSection"')):
        for path in sorted((SHARED / "records" / folder).glob("*")):
            data = path.read_bytes()
            if sign in data and (read := results_of(reading := read_record(data, path.name))) is not None:
                found[path.name] = (reading.record, read.section)
    if not found:
        pytest.skip("the public records (../shared/records) are not here")
    return found


def test_the_upload_of_every_one_is_valid() -> None:
    path = SHARED / "standards" / "prs" / "ProtocolRecordSchema.xsd"
    if not path.is_file():
        pytest.skip("the registry's upload schemas (../shared/standards/prs) are not here")
    schema = etree.XMLSchema(etree.parse(str(path)))
    wrong = [
        name
        for name, (record, rows) in older().items()
        if not schema.validate(etree.fromstring(write_prs(record, rows).xml))
    ]

    assert len(older()) == 25
    assert wrong == []


def test_what_is_called_an_error_is_known_and_is_one() -> None:
    errors: dict[str, set[str]] = {}
    for name, (record, rows) in older().items():
        for issue in review(Submission(record.protocol_section, rows)):
            if issue.severity is Severity.ERROR and issue.rule != "more/contact":
                errors.setdefault(name, set()).add(issue.rule)

    assert errors == KNOWN
