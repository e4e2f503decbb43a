"""Drafts of records of trials that never were, of other shapes than the founding ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeAlias

import pytest

from armlet.cli.check import find_issues
from armlet.errors import InputError
from armlet.issues import Severity
from armlet.protocol.load import load_trial, read_protocol
from armlet.protocol.model import Anchor, ArmType, Protocol, Role
from armlet.registry.accounting import Reading
from armlet.registry.draft import Draft, draft
from armlet.registry.draft_product import read_dose, read_pairs
from armlet.registry.read import read_record
from armlet.registry.time_frames import read_moments, read_span

Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json]"
Module: TypeAlias = dict[str, Json]


def tablet() -> dict[str, Module]:
    """A blinded trial of a tablet in two arms, of adults without an upper age."""
    return {
        "identificationModule": {"nctId": "NCT09999990", "briefTitle": "Snail Slime Tablets: a Trial"},
        "statusModule": {
            "overallStatus": "RECRUITING",
            "startDateStruct": {"date": "2020-05"},
            "studyFirstSubmitDate": "2020-07-01",
            "lastUpdateSubmitDate": "2021-01-05",
        },
        "sponsorCollaboratorsModule": {
            "responsibleParty": {"type": "SPONSOR"},
            "leadSponsor": {"name": "Garden Remedies", "class": "INDUSTRY"},
        },
        "descriptionModule": {"briefSummary": "Do the tablets help?"},
        "conditionsModule": {"conditions": ["Chapped Hands"]},
        "designModule": {
            "studyType": "INTERVENTIONAL",
            "phases": ["PHASE1", "PHASE2"],
            "designInfo": {
                "allocation": "RANDOMIZED",
                "interventionModel": "PARALLEL",
                "primaryPurpose": "TREATMENT",
                "maskingInfo": {"masking": "DOUBLE", "whoMasked": ["PARTICIPANT", "OUTCOMES_ASSESSOR"]},
            },
            "enrollmentInfo": {"count": 24, "type": "ESTIMATED"},
        },
        "armsInterventionsModule": {
            "armGroups": [
                {"label": "Slime", "type": "EXPERIMENTAL", "interventionNames": ["Drug: slime tablet"]},
                {"label": "Control", "type": "PLACEBO_COMPARATOR", "interventionNames": ["Drug: placebo tablet"]},
            ],
            "interventions": [
                {"type": "DRUG", "name": "slime tablet", "armGroupLabels": ["Slime"]},
                {"type": "DRUG", "name": "placebo tablet", "armGroupLabels": ["Control"]},
            ],
        },
        "outcomesModule": {
            "primaryOutcomes": [{"measure": "Crack depth", "timeFrame": "baseline, 4 and 12 weeks"}],
            "secondaryOutcomes": [{"measure": "Itch score", "timeFrame": "every evening"}],
        },
        "eligibilityModule": {
            "eligibilityCriteria": "Inclusion Criteria:\n\n- chapped hands\n\nExclusion Criteria:\n\n- pregnancy",
            "sex": "ALL",
            "minimumAge": "18 Years",
            "healthyVolunteers": False,
        },
        "contactsLocationsModule": {"locations": [{"facility": "Garden Clinic", "city": "Oslo", "country": "Norway"}]},
    }


def reading_of(section: dict[str, Module]) -> Reading:
    return read_record(json.dumps({"protocolSection": section}, indent=1).encode(), "invented.json")


def drafted_of(section: dict[str, Module]) -> tuple[Draft, Protocol, set[str]]:
    drafted = draft(reading_of(section))
    protocol = read_protocol(drafted.protocol_yaml, "draft")[0]
    return drafted, protocol, {question.id for question in drafted.questions}


def other_errors(drafted: Draft, folder: Path) -> list[str]:
    (folder / "protocol.yaml").write_text(drafted.protocol_yaml, encoding="utf-8")
    issues = [issue for issue in find_issues(load_trial(folder)) if issue.severity is Severity.ERROR]
    return [issue.rule for issue in issues if issue.rule != "protocol/unanswered-question"]


def refusal(section: dict[str, Module]) -> list[str]:
    with pytest.raises(InputError) as refused:
        draft(reading_of(section))
    return [issue.rule for issue in refused.value.issues]


def test_a_trial_of_tablets_has_no_product_and_counts_from_the_allocation(tmp_path: Path) -> None:
    drafted, protocol, asked = drafted_of(tablet())
    assert protocol.products == ()
    assert {visit.id: visit.anchor for visit in protocol.visits} == {
        "screening": Anchor.CONSENT,
        "baseline": Anchor.ENROLMENT,
        "start": Anchor.RANDOMISATION,
        "week_4": Anchor.RANDOMISATION,
        "week_12": Anchor.RANDOMISATION,
    }
    assert protocol.design.phase == "PHASE1/PHASE2"
    assert protocol.blinding.blinded == (Role.PARTICIPANT, Role.OUTCOME_ASSESSOR)
    assert {arm.id: arm.reference for arm in protocol.arms} == {"slime": False, "control": True}
    assert not any(item.sham for item in protocol.interventions)
    assert {"intervention_details_slime_tablet", "visit_anchor", "endpoint_times_itch_score", "who_is_blinded"} <= asked
    assert other_errors(drafted, tmp_path) == []


def test_what_the_tablet_record_states_is_not_asked() -> None:
    _, _, asked = drafted_of(tablet())
    assert asked & {"site", "sponsor", "short_title", "aim", "healthy_volunteers", "dose", "sham_content"} == set()
    assert "no_maximum_age" in asked


def test_a_late_registration_is_asked_about_and_one_in_time_is_not() -> None:
    drafted, _, _ = drafted_of(tablet())
    asked = {question.id: question.about for question in drafted.questions}
    assert "started 2020-05 and was registered 2020-07-01" in asked["registration_date"]
    section = tablet()
    section["statusModule"]["studyFirstSubmitDate"] = "2020-05-31"  # still within the month of the start
    assert "registration_date" not in drafted_of(section)[2]


def test_an_endpoint_without_readable_times_stands_at_the_day_of_the_intervention_and_is_asked_about() -> None:
    _, protocol, _ = drafted_of(tablet())
    assert protocol.endpoint("itch_score").visits == ("start",)


def test_three_arms_have_the_same_chance_and_a_reference_that_is_asked_for(tmp_path: Path) -> None:
    section = tablet()
    module = section["armsInterventionsModule"]
    module["armGroups"] = [
        {"label": name, "type": "EXPERIMENTAL", "interventionNames": ["Drug: slime tablet"]} for name in "ABC"
    ]
    drafted, protocol, asked = drafted_of(section)
    assert protocol.allocation.ratio == {"a": 1, "b": 1, "c": 1}
    assert [arm.reference for arm in protocol.arms] == [False, False, True]
    assert "reference_arm" in asked
    assert other_errors(drafted, tmp_path) == []


@pytest.mark.parametrize("model", ["CROSSOVER", "FACTORIAL", "SEQUENTIAL", "SINGLE_GROUP"])
def test_a_design_that_cannot_be_run_as_it_is_is_the_first_question(model: str, tmp_path: Path) -> None:
    section = tablet()
    section["designModule"]["designInfo"] = {
        "allocation": "RANDOMIZED",
        "interventionModel": model,
        "primaryPurpose": "TREATMENT",
        "maskingInfo": {"masking": "NONE"},
    }
    drafted, protocol, _ = drafted_of(section)
    assert drafted.questions[0].id == "design_model"
    assert model.replace("_", " ").lower() in drafted.questions[0].about
    assert drafted.questions[0].default is None
    assert protocol.is_open_label
    assert other_errors(drafted, tmp_path) == []


def test_arms_that_are_not_randomised_are_not_said_to_be(tmp_path: Path) -> None:
    section = tablet()
    section["designModule"]["designInfo"] = {"allocation": "NON_RANDOMIZED", "interventionModel": "PARALLEL"}
    drafted, protocol, asked = drafted_of(section)
    assert protocol.design.allocation == "not randomised"
    assert {"design_model", "design_facts_its_purpose", "blinding"} <= asked
    assert protocol.blinding.unblinded == ()
    assert other_errors(drafted, tmp_path) == []


def test_a_record_without_outcomes_has_no_endpoint_and_says_so(tmp_path: Path) -> None:
    section = tablet()
    del section["outcomesModule"]
    drafted, protocol, asked = drafted_of(section)
    assert (protocol.endpoints, protocol.analyses) == ((), ())
    assert "outcomes" in asked
    assert other_errors(drafted, tmp_path) == []


def test_a_record_without_arms_makes_an_arm_of_each_intervention(tmp_path: Path) -> None:
    section = tablet()
    del section["armsInterventionsModule"]["armGroups"]
    drafted, protocol, asked = drafted_of(section)
    assert [arm.label for arm in protocol.arms] == ["slime tablet", "placebo tablet"]
    assert {"arms", "reference_arm"} <= asked
    assert other_errors(drafted, tmp_path) == []


def test_an_arm_to_which_nothing_is_given_though_its_type_says_so_gets_a_stand_in(tmp_path: Path) -> None:
    section = tablet()
    section["armsInterventionsModule"]["armGroups"] = [
        {"label": "Slime", "type": "EXPERIMENTAL", "interventionNames": ["Drug: slime tablet"]},
        {"label": "Usual care", "type": "ACTIVE_COMPARATOR"},
        {"label": "Nothing", "type": "NO_INTERVENTION"},
    ]
    drafted, protocol, asked = drafted_of(section)
    assert [arm.interventions for arm in protocol.arms] == [("slime_tablet",), ("not_stated",), ()]
    assert protocol.arm("nothing").type is ArmType.NO_INTERVENTION
    assert protocol.arm("nothing").reference
    assert "interventions_usual_care" in asked
    assert other_errors(drafted, tmp_path) == []


def test_almost_nothing_but_criteria_still_loads_with_everything_asked(tmp_path: Path) -> None:
    section: dict[str, Module] = {
        "identificationModule": {"orgStudyIdInfo": {"id": "2021/7"}},
        "eligibilityModule": {"eligibilityCriteria": "Inclusion Criteria:\n- good health"},
    }
    drafted, protocol, asked = drafted_of(section)
    assert protocol.id == "trial_2021_7"
    assert {"design_model", "arms", "size", "sponsor", "aim", "short_title", "condition", "outcomes"} <= asked
    assert {"design_facts_its_status_and_the_date_of_it", "population_sex", "healthy_volunteers"} <= asked
    assert other_errors(drafted, tmp_path) == []


def test_ages_in_months_are_counted_in_months_and_ages_in_weeks_are_judged() -> None:
    section = tablet()
    section["eligibilityModule"] |= {"minimumAge": "6 Months", "maximumAge": "2 Years"}
    drafted, protocol, _ = drafted_of(section)
    assert protocol.measure("age").unit == "mo"
    assert drafted.criteria[0].text == "6 Months to 2 Years"
    section["eligibilityModule"] |= {"minimumAge": "6 Weeks"}
    drafted, _, asked = drafted_of(section)
    assert [(item.text, item.computable) for item in drafted.criteria[:2]] == [
        ("at least 6 Weeks", False),
        ("at most 2 Years", True),
    ]
    assert "age_unreadable" in asked


def test_two_limits_of_one_measure_in_units_that_do_not_fit_are_not_both_computed(tmp_path: Path) -> None:
    section = tablet()
    text = "Inclusion Criteria:\n- HbA1c >= 7 %\n- HbA1c <= 86 mmol/mol\n- HbA1c < 12 %"
    section["eligibilityModule"]["eligibilityCriteria"] = text
    drafted, _, _ = drafted_of(section)
    assert [item.computable for item in drafted.criteria] == [True, True, False, True]
    assert other_errors(drafted, tmp_path) == []


def test_criteria_under_no_heading_are_asked_about_and_left_out() -> None:
    section = tablet()
    section["eligibilityModule"]["eligibilityCriteria"] = "dry skin\n\nExclusion Criteria:\n\n- gloves"
    drafted, _, asked = drafted_of(section)
    assert [item.text for item in drafted.criteria] == ["at least 18 Years", "gloves"]
    assert "criteria_without_heading" in asked


def test_times_that_can_fall_on_one_day_are_one_visit_and_asked_about(tmp_path: Path) -> None:
    section = tablet()
    section["outcomesModule"] = {
        "primaryOutcomes": [{"measure": "Crack depth", "timeFrame": "4 weeks, 1 month, day 29"}]
    }
    drafted, protocol, asked = drafted_of(section)
    assert [visit.id for visit in protocol.visits[3:]] == ["week_4", "day_29"]
    assert {"same_day_visits_month_1", "day_numbers"} <= asked
    assert other_errors(drafted, tmp_path) == []


def test_cells_in_a_drip_are_a_product_with_its_dose_and_a_sham_that_is_asked_for(tmp_path: Path) -> None:
    section = tablet()
    section["armsInterventionsModule"] = {
        "armGroups": [
            {"label": "Cells", "type": "EXPERIMENTAL", "interventionNames": ["Biological: slug cells"]},
            {"label": "Vehicle", "type": "SHAM_COMPARATOR", "interventionNames": ["Biological: placebo"]},
        ],
        "interventions": [
            {
                "type": "BIOLOGICAL",
                "name": "slug cells",
                "description": "allogeneic cells, 1 x 10^6 to 2 x 10^6 cells/kg by intravenous infusion",
            },
            {"type": "BIOLOGICAL", "name": "placebo"},
        ],
    }
    drafted, protocol, asked = drafted_of(section)
    product = protocol.products[0]
    assert (product.donor, product.route) == ("another person", "intravenous")
    assert (str(product.dose.lowest), str(product.dose.highest)) == ("1 10*6/kg", "2 10*6/kg")
    assert product.sham is not None
    assert {"sham_content", "sham_volume", "donor_panel", "number_of_doses", "target_dose"} <= asked
    assert "dose" not in asked
    assert other_errors(drafted, tmp_path) == []


def test_words_that_yaml_would_take_for_something_else_stay_words() -> None:
    section = tablet()
    words = ["no", "null", "1.0", "a: b # c", "- x", "{y}", "'q' \"r\"", "tab\tnew\nline", "é ∆ 𝛼 \u2028", "=", "@"]
    section["conditionsModule"] = {"conditions": ["~"], "keywords": [*words]}
    _, protocol, _ = drafted_of(section)
    assert protocol.population.condition == "~"
    assert set(words) <= set(protocol.design.keywords)


@pytest.mark.parametrize("kind", ["OBSERVATIONAL", "EXPANDED_ACCESS"])
def test_what_is_no_trial_is_refused(kind: str) -> None:
    section = tablet()
    section["designModule"]["studyType"] = kind
    assert refusal(section) == ["new/no-trial"]


def test_more_than_eight_arms_and_no_headings_are_refused_together() -> None:
    section = tablet()
    section["armsInterventionsModule"]["armGroups"] = [{"label": f"arm {n}", "type": "OTHER"} for n in range(9)]
    section["eligibilityModule"]["eligibilityCriteria"] = "be well"
    assert refusal(section) == ["new/too-many-arms", "new/no-criteria"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2-3 millions/Kg", ("2 10*6/kg", "3 10*6/kg")),
        ("1×10⁶ to 2×10⁶ cells/kg", ("1 10*6/kg", "2 10*6/kg")),
        ("5 x 10^5 viable cells per kilogram", ("5 10*5/kg", "5 10*5/kg")),
        ("1 x 10^5 to 2 x 10^6 cells/kg", None),  # two powers: not read
        ("100 million cells", None),  # not by weight
        ("5 mg/kg", None),
    ],
)
def test_doses_of_cells_by_weight(text: str, expected: tuple[str, str] | None) -> None:
    found = read_dose(text)
    assert (None if found is None else (str(found.lowest), str(found.highest))) == expected


def test_pairs_of_keys_and_values_are_read_and_prose_is_not() -> None:
    assert read_pairs("source: fat; via: intravenous; colour: blue") == {"origin": "fat", "route": "intravenous"}
    assert read_pairs("Note: the slime is collected at night by hand and then dried for a week") == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pre- and 1, 6, 24 months post-intervention", ["month_1", "month_6", "month_24"]),
        ("difference between two years after and before", ["month_24"]),
        ("Baseline and Day 180, 365", ["day_180", "day_365"]),
        ("12 weeks, 24 weeks", ["week_12", "week_24"]),
        ("3th month", ["month_3"]),
        ("every 4 weeks until Week 12", ["week_12"]),
        ("4.5 months", []),
        ("120 minutes after surgery", []),
        ("in the year 2009", []),
    ],
)
def test_moments_of_time_frames(text: str, expected: list[str]) -> None:
    assert [moment.id for moment in read_moments(text)] == expected


def test_only_the_end_of_a_span_is_known_to_be_only_the_end() -> None:
    assert [moment.is_end for moment in read_moments("up to 24 months")] == [True]
    assert [moment.is_end for moment in read_moments("at 24 months")] == [False]
    assert [moment.is_day_number for moment in read_moments("Day 29, later 60 days")] == [True, False]


def test_spans_of_samples() -> None:
    assert read_span("AUC (0-120 min)") == ("0 min", "120 min")
    assert read_span("from 0 to 4 hours") == ("0 h", "4 h")
    assert read_span("120-0 min") is None
