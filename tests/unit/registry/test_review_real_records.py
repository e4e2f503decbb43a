"""The registry took these results, so a rule that calls one of them an error is too strict. Warnings are what it asks about.

The public records lie beside the repository; where they are absent the tests are skipped.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from armlet.issues import Issue, Severity
from armlet.registry.read import read_record
from armlet.registry.results.reading import read_results
from armlet.registry.review import Submission, load_rules, review

RECORDS: Final = Path(__file__).parents[3] / ".." / "shared" / "records" / "v2json"

ASKED_ABOUT: Final = frozenset(
    {
        "analyses/interval",
        "denominators/most",
        "denominators/population",
        "flow/counts",
        "flow/enrolment",
        "groups/consistent",
        "groups/description",
        "more/limitations",
        "outcomes/abbreviation",
        "outcomes/time-frame",
    }
)
"""Rules that ask about some of these records; each was looked at, and a reviewer may well ask the same."""


@cache
def found() -> dict[str, tuple[Issue, ...]]:
    if not RECORDS.is_dir():
        pytest.skip("the public records (../shared/records/v2json) are not here")
    issues: dict[str, tuple[Issue, ...]] = {}
    for path in sorted(RECORDS.glob("*.json")):
        plain = json.loads(path.read_text("utf-8"))
        if "resultsSection" in plain:
            alone = json.dumps({"protocolSection": plain["protocolSection"]}).encode()
            protocol = read_record(alone, path.name).record.protocol_section
            issues[path.name] = review(Submission(protocol, read_results(plain["resultsSection"]).section))
    return issues


def test_there_are_records_with_results() -> None:
    assert len(found()) == 22


def test_no_result_that_the_registry_took_is_an_error() -> None:
    errors = [
        f"{name} {issue}" for name, issues in found().items() for issue in issues if issue.severity is Severity.ERROR
    ]

    assert errors == []


def test_what_is_asked_about_is_little_and_known() -> None:
    counts = Counter(issue.rule for issues in found().values() for issue in issues)

    assert counts.keys() <= ASKED_ABOUT
    assert sum(counts.values()) < 120, counts
    assert len(load_rules()) == 36
