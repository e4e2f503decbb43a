"""Drafts of the two founding documents: every word kept, every gap asked, nothing else amiss."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from armlet.cli.check import find_issues
from armlet.issues import Severity
from armlet.protocol.load import load_trial, read_protocol
from armlet.protocol.model import ArmType, Protocol, Role
from armlet.protocol.source import Source, Stated
from armlet.registry.accounting import CRITERIA, Reading
from armlet.registry.draft import Draft, draft
from armlet.registry.read import read_record

SEEDS = Path(__file__).parents[3] / ".." / "shared" / "records" / "seeds"
LISTING = SEEDS / "000_90e0e7b6a174f708.txt"
CLASSIC = SEEDS / "001_cb6ae5f777205bbc.txt"
pytestmark = pytest.mark.skipif(not LISTING.exists(), reason="the founding records (../shared/records) are not here")

LISTING_QUESTIONS = {
    # endpoints.md, section 0
    "unit_is_rate_pancreatic_reserve_of_insulin_higher",  # what "0.8 nmol/L/h" means
    "analyte",  # insulin or C-peptide
    "endpoint_method_insulin_pancreatic_reserve",  # window and unit of the reserve
    "insulin_unit_insulin_requirement",  # the weight used for U/kg
    "insulin_days_insulin_requirement",
    "visit_windows",
    "visits_between",
    "endpoint_visits_insulin_requirement",  # "up to 24 months"
    "primary_time_point_insulin_pancreatic_reserve",
    # cell-product-and-gcp.md, section 0
    "target_dose",  # 0.1 a closed range and no target
    "dose_basis",
    "dose_weight",
    "dose_volume",  # 0.3 infusion rate
    "release_criteria",  # 0.3
    "fresh_or_frozen",  # 0.3
    "shelf_life",
    "preparation_time",
    "stopping_rule",  # 0.3
    "safety_board",  # 0.3
    "donor_panel",  # 0.4 two panels
    "infection_tests_hiv_hbv_hcv_htlv_1_hltv_2_or_vdrl",
    "spelling_hltv_2",
    "judged_good_general_health_status",  # 0.7
    "judged_significant_comorbidities",  # 0.7
    "judged_proved_psychiatric_competence_to_be",
    "judged_differential_diagnosis_of_type_1",
    "status_today",  # 0.10
    "registration_date",  # 0.10
    "medical_responsibility",  # 0.11
    # packages.md, section 4.1
    "within_diagnosed_performed_at_most_1_year",
    "eligibility_in_description",  # under exogenous insulin treatment
    "inferred_types",
    "identifier_or_acronym",
    "short_title",
    "site",
    "responsible_party_type",
    "primary_completion",
    # what any protocol needs
    "adverse_event_scale",
    "analysis_set",
    "baseline_timing",
    "consent_forms",
    "contraception_not_mentioned",
    "healthy_volunteers",
    "intercurrent_events",
    "missing_data",
    "no_maximum_age",
    "primary_analysis",
    "sample_size",
    "visits_not_given",
}
CLASSIC_QUESTIONS = {
    # endpoints.md, section 0
    "allocation_ratio",
    "allocation_method",
    "visit_windows",
    "area_or_mean_c_peptide_area_under_the_curve",
    "sampling_times_c_peptide_area_under_the_curve",
    "curve_rules_c_peptide_area_under_the_curve",
    "secondary_outcomes",
    # cell-product-and-gcp.md, section 0
    "who_is_blinded",  # 0.2 the outcome assessor is not listed
    "who_is_unblinded",
    "tells_arm",
    "sham_content",
    "sham_volume",
    "cells_taken",
    "allocation_time",
    "release_criteria",  # 0.3
    "fresh_or_frozen",  # 0.3
    "shelf_life",
    "preparation_time",
    "dose",
    "target_dose",
    "dose_basis",
    "dose_weight",
    "dose_volume",
    "stopping_rule",  # 0.3
    "safety_board",  # 0.3
    "product_origin",
    "product_manipulation",
    "product_route",
    "product_vehicle",
    "number_of_doses",
    "judged_active_infections_incl_serological",  # 0.5
    "baseline_definition",  # 0.6
    "within_within_three_weeks_of_diagnosis_of_type",  # 0.8
    "unit_missing_body_mass_index_bmi_30",  # 0.8
    "age_limits",
    "after_the_stop",  # 0.9
    "status_today",
    # packages.md, section 4.2
    "sponsor",
    "responsible_party_type",
    "arm_types",
    "purpose",
    "confirm_reading_primaryoutcomes_0_measure",  # the page lost the heading above the outcome
    # what any protocol needs
    "adverse_event_scale",
    "aim",
    "analysis_set",
    "consent_forms",
    "contraception_women_being_pregnant_or_nursing_or_women",
    "intercurrent_events",
    "judged_immune_suppressive_treatment",
    "judged_patients_with_known_or_previous",
    "judged_unstable_cardiovascular_status_incl_new",
    "missing_data",
    "primary_analysis",
    "sample_size",
    "visits_between",
    "visits_not_given",
}


def read(path: Path) -> Reading:
    return read_record(path.read_bytes(), path.name)


@cache
def drafted_from(path: Path) -> Draft:
    """One draft for all tests; a draft cannot be changed."""
    return draft(read(path))


def protocol_of(drafted: Draft) -> Protocol:
    return read_protocol(drafted.protocol_yaml, "draft")[0]


def answered(drafted: Draft) -> str:
    """The draft as somebody leaves it who takes every default, or the first option, or writes something."""
    questions = iter(drafted.questions)

    def answer(_: re.Match[str]) -> str:
        question = next(questions)
        chosen = question.default or (question.options[0] if question.options else "decided")
        return f"    answer: {json.dumps(chosen)}\n    because: it was decided\n    confirm: sponsor\n"

    return re.sub(r"    answer: null\n", answer, drafted.protocol_yaml)


def errors_of(text: str, folder: Path) -> list[tuple[str, str]]:
    (folder / "protocol.yaml").write_text(text, encoding="utf-8")
    issues = find_issues(load_trial(folder))
    return [(issue.rule, issue.message) for issue in issues if issue.severity is Severity.ERROR]


def shortened(text: str) -> str:
    """The first two and the last two words of a text of more than five; no sentence of a record is copied here."""
    words = text.split()
    return text if len(words) <= 5 else " ".join((*words[:2], "...", *words[-2:]))


def all_stated(node: object) -> list[Stated]:
    if isinstance(node, Source):
        return list(node.stated)
    if isinstance(node, tuple):
        return [one for item in node for one in all_stated(item)]
    fields = getattr(type(node), "model_fields", {})
    return [one for name in fields for one in all_stated(getattr(node, name))]


@pytest.mark.parametrize(("path", "expected"), [(LISTING, LISTING_QUESTIONS), (CLASSIC, CLASSIC_QUESTIONS)])
def test_the_draft_asks_just_these_questions(path: Path, expected: set[str]) -> None:
    assert {question.id for question in drafted_from(path).questions} == expected


@pytest.mark.parametrize("path", [LISTING, CLASSIC])
def test_the_only_errors_of_a_draft_are_its_questions_and_none_is_left_when_they_are_answered(
    path: Path, tmp_path: Path
) -> None:
    drafted = drafted_from(path)
    found = errors_of(drafted.protocol_yaml, tmp_path)
    assert [rule for rule, _ in found] == ["protocol/unanswered-question"] * len(drafted.questions)
    assert errors_of(answered(drafted), tmp_path) == []


@pytest.mark.parametrize("path", [LISTING, CLASSIC])
def test_every_fact_of_the_record_stands_in_the_draft_with_its_words(path: Path) -> None:
    reading = read(path)
    protocol = protocol_of(drafted_from(path))
    said: dict[str, str] = {}
    for one in all_stated(protocol):
        said[one.where] = f"{said.get(one.where, '')} {one.words}"
    said["descriptionModule.briefSummary"] = protocol.aim  # the record's own summary is the aim, word for word
    missing = [
        fact
        for fact in (*reading.facts, *reading.provenance)
        if " ".join(fact.quote.split()) not in said.get(fact.path.removeprefix("protocolSection."), "")
        and not (fact.path == CRITERIA and fact.quote in {"Inclusion Criteria:", "Exclusion Criteria:"})
    ]
    assert missing == []


@pytest.mark.parametrize("path", [LISTING, CLASSIC])
def test_every_stand_in_names_questions_that_are_asked_and_every_part_has_a_source(path: Path) -> None:
    drafted = drafted_from(path)
    ids = {question.id for question in drafted.questions}
    reasons = re.findall(r"because: (.*?)\n\s+confirm:", drafted.protocol_yaml, re.DOTALL)
    assert len(reasons) > 10
    for reason in reasons:
        named = re.search(r"see questions? ([\w, ]+)", " ".join(reason.split()))
        assert named is not None, reason
        assert set(named[1].split(", ")) <= ids


def test_questions_come_in_order_of_weight(tmp_path: Path) -> None:
    drafted = drafted_from(LISTING)
    weights = [drafted.weights[question.id] for question in drafted.questions]
    assert weights == sorted(weights)
    assert drafted.questions[0].id == "unit_is_rate_pancreatic_reserve_of_insulin_higher"
    assert drafted.questions[0].options == (
        "area under the curve over 0 to 120 min",
        "mean concentration over 0 to 120 min",
        "area under the curve over 0 to 240 min",
        "highest concentration",
    )


def test_the_criteria_of_the_listing_page() -> None:
    found = {shortened(item.text): item.expression for item in drafted_from(LISTING).criteria}
    positive = [
        {"compare": {"measure": name, "is": "=", "code": "positive"}}
        for name in ("hiv", "hbv", "hcv", "htlv_1", "htlv_2", "vdrl")
    ]
    assert found == {
        "at least 18 Years": {"compare": {"measure": "age", "is": ">=", "value": "18 a"}},
        "differential diagnosis ... 1 Diabetes": None,
        "diagnosed performed ... before enrollment": {"within": {"measure": "diagnosis_date", "at_most": "P1Y"}},
        "pancreatic reserve ... 0.8 nmol/L/h": None,
        "good general health status": None,
        "informed consent of patient": {"measure": "informed_consent"},
        "consent of treating physician": {"measure": "treating_physician_consent"},
        "proved psychiatric ... clinical study": None,
        "pregnancy": {"all": [{"compare": {"measure": "sex", "is": "=", "code": "female"}}, {"measure": "pregnant"}]},
        "significant comorbidities": None,
        "HIV, HBV, ... VDRL positive": {"any": positive},
    }


def test_the_criteria_of_the_classic_page() -> None:
    found = {item.text: item.expression for item in drafted_from(CLASSIC).criteria}
    assert found["18 Years to 40 Years"] == {
        "all": [
            {"compare": {"measure": "age", "is": ">=", "value": "18 a"}},
            {"compare": {"measure": "age", "is": "<=", "value": "40 a"}},
        ]
    }
    assert found["fasting C-peptide >0.12 nmol/l"] == {
        "compare": {"measure": "fasting_c_peptide", "is": ">", "value": "0.12 nmol/L"}
    }
    assert found["within three weeks of diagnosis of type 1 diabetes"] == {
        "within": {"measure": "diagnosis_date", "at_most": "P3W"}
    }
    assert found["body mass index (BMI) >30"] == {
        "compare": {"measure": "body_mass_index", "is": ">", "value": "30 kg/m2"}
    }
    judged = [text for text, expression in found.items() if expression is None]
    assert [text.split()[0] for text in judged] == ["unstable", "patients", "active", "immune"]
    assert len(found) == 9


def test_the_product_of_the_listing_page_is_what_its_description_says_and_nothing_more() -> None:
    product = protocol_of(drafted_from(LISTING)).products[0]
    assert (product.donor, product.origin) == ("another person", "bone marrow of healthy donor")
    assert (product.manipulation, product.route) == ("ex vivo expanded", "intravenous")
    assert product.vehicle == "5% human recombinant albumin in physiological serum"
    assert (str(product.dose.lowest), str(product.dose.highest)) == ("2 10*6/kg", "3 10*6/kg")
    assert (product.release, str(product.shelf_life)) == ((), "0 h")


def test_the_design_of_the_classic_page_is_kept_with_its_oddities() -> None:
    protocol = protocol_of(drafted_from(CLASSIC))
    assert [(arm.type, arm.reference) for arm in protocol.arms] == [
        (ArmType.PLACEBO_COMPARATOR, True),
        (ArmType.ACTIVE_COMPARATOR, False),
    ]
    assert protocol.blinding.blinded == (Role.PARTICIPANT, Role.CARE_PROVIDER, Role.INVESTIGATOR)
    assert protocol.blinding.unblinded == ()
    assert [item.sham for item in protocol.interventions] == [False, True]
    assert str(protocol.products[0].dose.highest) == "0 10*6/kg"
    assert [(visit.id, str(visit.offset)) for visit in protocol.visits][-1] == ("month_24", "P2Y")
    endpoint = protocol.endpoints[0]
    assert (endpoint.method, endpoint.settings["from"], endpoint.settings["to"]) == ("auc_mean", "0 min", "120 min")
    assert [analysis.method for analysis in protocol.analyses] == ["rerandomisation"]


def test_the_visits_of_the_listing_page_are_those_of_its_time_frames() -> None:
    protocol = protocol_of(drafted_from(LISTING))
    offsets = {visit.id: str(visit.offset) for visit in protocol.visits}
    assert offsets == {
        "screening": "P0D", "baseline": "P0D", "start": "P0D", "month_1": "P1M", "month_6": "P6M", "month_24": "P2Y",
    }  # fmt: skip
    reserve, insulin = protocol.endpoints
    assert (reserve.method, reserve.visits) == ("single_value", ("month_1", "month_6", "month_24"))
    assert (insulin.method, insulin.visits) == ("daily_dose_per_weight", ("month_24",))
    assert {analysis.method for analysis in protocol.analyses} == {"signed_rank"}


def test_the_written_record_reads_back_as_the_same_record() -> None:
    reading = read(CLASSIC)
    again = read_record(draft(reading).record_json.encode(), "record.json")
    assert again.record == reading.record
    assert again.unrecognised == ()


def test_the_same_record_gives_the_same_draft_under_another_hash_seed(tmp_path: Path) -> None:
    program = "import sys; from armlet.cli.main import run; sys.exit(run(sys.argv[1:]))"
    texts = []
    for seed in ("1", "2"):
        here = tmp_path / seed
        here.mkdir()
        command = [sys.executable, "-c", program, "new", str(CLASSIC.resolve()), "--out", "draft", "--json"]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        said = subprocess.run(command, capture_output=True, check=True, env=environment, cwd=here)
        files = sorted((here / "draft").iterdir())
        assert [file.name for file in files] == ["protocol.yaml", "record.json", "review.html"]
        texts.append((said.stdout, *(file.read_bytes() for file in files)))
    assert texts[0] == texts[1]
