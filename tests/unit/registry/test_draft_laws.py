"""A law of drafting: any record is drafted whole or refused with a reason, and a draft has nothing amiss but questions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.errors import InputError
from armlet.issues import Severity
from armlet.protocol.checks import check_trial
from armlet.protocol.load import Trial, read_protocol
from armlet.registry.accounting import Reading
from armlet.registry.draft import draft
from armlet.registry.read import read_record
from armlet.registry.record import (
    ArmGroupType,
    DesignAllocation,
    DesignMasking,
    InterventionalAssignment,
    InterventionType,
    WhoMasked,
)

RECORDS = Path(__file__).parents[3] / ".." / "shared" / "records"
WORDS = st.one_of(
    st.sampled_from(
        [
            "autologous stem cells, 2 x 10^6 cells/kg", "sham infusion", "placebo tablet", "change in C-peptide AUC 0-2 h",
            "insulin requirement", "insulin reserve", "1, 6 and 12 months", "4 weeks, 1 month", "up to Day 30",
            "HIV or HBV positive", "BMI > 30", "pregnancy", "HbA1c > 7 %", "HbA1c > 70 mmol/mol", "0", "no", "a: b",
        ]
    ),
    st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=30),
)  # fmt: skip
AGES = st.sampled_from(["18 Years", "6 Months", "3 Weeks", "65 Years"])


def some(kind: type[ArmGroupType] | type[InterventionType] | type[WhoMasked]) -> st.SearchStrategy[str]:
    return st.sampled_from([member.value for member in kind])


ARMS = st.lists(
    st.fixed_dictionaries(
        {"label": WORDS},
        optional={"type": some(ArmGroupType), "description": WORDS, "interventionNames": st.lists(WORDS)},
    ),
    max_size=4,
)
INTERVENTIONS = st.lists(
    st.fixed_dictionaries({"name": WORDS}, optional={"type": some(InterventionType), "description": WORDS}), max_size=4
)
OUTCOMES = st.lists(st.fixed_dictionaries({"measure": WORDS}, optional={"timeFrame": WORDS}), max_size=4)
DESIGNS = st.fixed_dictionaries(
    {},
    optional={
        "allocation": st.sampled_from([member.value for member in DesignAllocation]),
        "interventionModel": st.sampled_from([member.value for member in InterventionalAssignment]),
        "maskingInfo": st.fixed_dictionaries(
            {"masking": st.sampled_from([member.value for member in DesignMasking])},
            optional={"whoMasked": st.lists(some(WhoMasked), unique=True)},
        ),
    },
)
CRITERIA = st.tuples(st.lists(WORDS, max_size=4), st.lists(WORDS, max_size=4))


@st.composite
def records(draw: st.DrawFn) -> dict[str, object]:
    """A record in the v2 shape, with much missing and some of it odd."""
    included, excluded = draw(CRITERIA)
    lines = ["Inclusion Criteria:", *(f"- {text}" for text in included), "", "Exclusion Criteria:"]
    lines += [f"- {text}" for text in excluded]
    eligibility = {"eligibilityCriteria": "\n".join(lines), "minimumAge": draw(AGES), "maximumAge": draw(AGES)}
    section = {
        "identificationModule": {"briefTitle": draw(WORDS)},
        "designModule": {"designInfo": draw(DESIGNS), "enrollmentInfo": {"count": draw(st.integers(0, 50))}},
        "armsInterventionsModule": {"armGroups": draw(ARMS), "interventions": draw(INTERVENTIONS)},
        "outcomesModule": {"primaryOutcomes": draw(OUTCOMES), "secondaryOutcomes": draw(OUTCOMES)},
        "descriptionModule": {"detailedDescription": draw(WORDS)},
        "eligibilityModule": eligibility,
    }
    return {"protocolSection": section}


EXPECTED = {
    "protocol/unanswered-question",
    # The design itself: a blinded arm that gets neither the product nor a sham, several products (a question goes with
    # them), limits that exclude each other.
    "product/sham-missing",
    "product/several",
    "eligibility/unreachable",
}


def draft_or_refuse(data: bytes) -> None:
    """Never a fault, whatever the bytes."""
    try:
        reading = read_record(data, "any")
        check_draft(reading)
    except InputError as refusal:
        if not refusal.issues:
            raise


def check_draft(reading: Reading) -> None:
    """The draft loads, and nothing is amiss in it but its questions and the design of the trial."""
    drafted = draft(reading)
    protocol, lines = read_protocol(drafted.protocol_yaml, "draft")
    issues = check_trial(Trial(Path("draft"), protocol, lines))
    found = [issue for issue in issues if issue.severity is Severity.ERROR]
    assert {issue.rule for issue in found} <= EXPECTED, [str(issue) for issue in found if issue.rule not in EXPECTED]
    assert sum(issue.rule == "protocol/unanswered-question" for issue in found) == len(drafted.questions)


@given(records())
@settings(max_examples=30, deadline=None)
def test_any_record_is_drafted_or_refused_and_nothing_but_its_design_is_amiss(record: dict[str, object]) -> None:
    draft_or_refuse(json.dumps(record).encode())


@pytest.mark.skipif(not RECORDS.exists(), reason="the real records (../shared/records) are not here")
@pytest.mark.parametrize(
    "folder", ["v2json", "v2json_partial", "legacyxml", "ctis_json", "euctr_json", "euctr_txt", "isrctn_json"]
)
def test_real_records_of_every_registry_are_drafted_or_refused(folder: str) -> None:
    for path in sorted((RECORDS / folder).iterdir())[:4]:
        draft_or_refuse(path.read_bytes())
