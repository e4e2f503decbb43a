"""The cautious reading of criterion prose: what becomes a rule, and what is left to a person."""

from __future__ import annotations

import pytest

from armlet.eligibility.text import Doubt, is_rate_for_area, read_criterion, slug
from armlet.protocol.criteria import CriterionKind

INFECTIONS = {"hiv": "HIV", "hbv": "HBV", "hcv": "HCV"}
IN, OUT = CriterionKind.INCLUSION, CriterionKind.EXCLUSION


def rule_of(text: str, kind: CriterionKind) -> object:
    read = read_criterion(text, kind, INFECTIONS)
    return None if read.rule is None else read.rule.model_dump(mode="json", by_alias=True, exclude_defaults=True)


@pytest.mark.parametrize(
    ("text", "measure", "comparison", "value"),
    [
        ("haemoglobin ≥ 9 g/dL", "haemoglobin", ">=", "9 g/dL"),
        ("Patients with HbA1c greater than 10%.", "hba1c", ">", "10 %"),
        ("serum ferritin below 30 ug/L", "serum_ferritin", "<", "30 ug/L"),
        ("creatinine at most 110 µmol/l", "creatinine", "<=", "110 umol/L"),
        ("BMI>35.", "body_mass_index", ">", "35 kg/m2"),
        ("Body Mass Index ≥25 kg/m²;", "body_mass_index", ">=", "25 kg/m2"),
    ],
)
def test_a_measure_an_operator_a_number_and_a_unit_make_a_rule(
    text: str, measure: str, comparison: str, value: str
) -> None:
    assert rule_of(text, OUT) == {"compare": {"measure": measure, "is": comparison, "value": value}}


@pytest.mark.parametrize(
    "text",
    [
        "haemoglobin > 9",  # no unit
        "haemoglobin > 9,5 g/dL",  # a decimal comma
        "haemoglobin > 9 g/dL without transfusion",  # an exception
        "women with haemoglobin < 9 g/dL",  # only some people
        "no haemoglobin < 9 g/dL",
        "life expectancy < 12 months",  # a forecast and not a measure
        "back pain for at least 6 months",
        "NYHA class > 2",
        "BMI > 30 pounds",
        "significant comorbidities",
        "pregnancy within the last year",
        "pregnant women with diabetes",
        "HIV, HBV or malaria positive",  # malaria is not among the infections given
        "HIV positive unless treated",
        "Able to provide informed consent",
    ],
)
def test_whatever_leaves_a_doubt_is_for_a_person_to_judge(text: str) -> None:
    assert rule_of(text, OUT) is None
    assert rule_of(text, IN) is None


@pytest.mark.parametrize(
    ("text", "at_most"),
    [
        ("within three weeks of diagnosis of gout", "P3W"),
        ("diagnosed at most 1 year before enrolment", "P1Y"),
        ("diagnosis of gout no more than 6 months prior to randomization", "P6M"),
        ("within 100 days from diagnosis", "P100D"),
    ],
)
def test_time_since_the_diagnosis_is_counted_in_the_calendar_and_asked_from_when(text: str, at_most: str) -> None:
    read = read_criterion(text, IN, INFECTIONS)
    assert rule_of(text, IN) == {"within": {"measure": "diagnosis_date", "at_most": at_most}}
    assert read.doubts == (Doubt.FROM_WHEN,)


@pytest.mark.parametrize(
    "text",
    [
        "diagnosed less than 1 year before enrolment",  # the anniversary is out, and a rule would let it in
        "within three weeks of surgery",
        "within three weeks of diagnosis of gout and without treatment",
        "diagnosed within 6 months",
    ],
)
def test_other_times_are_judged(text: str) -> None:
    assert rule_of(text, IN) is None


def test_pregnancy_asks_nothing_of_men() -> None:
    female = {"compare": {"measure": "sex", "is": "=", "code": "female"}}
    assert rule_of("Pregnant women", OUT) == {"all": [female, {"measure": "pregnant"}]}
    assert rule_of("pregnant or breast-feeding women", OUT) == {
        "all": [female, {"any": [{"measure": "pregnant"}, {"measure": "nursing"}]}]
    }
    unless = {"when": {"measure": "able_to_become_pregnant"}, "except": {"measure": "effective_contraception"}}
    text = "women of child-bearing potential, unless they use effective contraception"
    assert rule_of(text, OUT) == {"all": [female, {"unless": unless}]}
    assert rule_of("Pregnancy", IN) is None


def test_a_panel_of_infections_is_met_by_any_of_them() -> None:
    positive = [{"compare": {"measure": name, "is": "=", "code": "positive"}} for name in ("hiv", "hbv", "hcv")]
    assert rule_of("HIV, HBV, or HCV positive", OUT) == {"any": positive}
    assert rule_of("positive for HIV", OUT) == positive[0]
    read = read_criterion("HIV positive", OUT, INFECTIONS)
    assert (read.measures[0].codes, read.measures[0].unclear) == (("negative", "positive"), ("indeterminate",))


def test_a_concentration_over_time_is_no_area() -> None:
    assert is_rate_for_area("insulin reserve above 0.5 nmol/L/h")
    assert is_rate_for_area("AUC > 3 ng/mL/min")
    assert not is_rate_for_area("insulin secretion below 5 mg/min")  # a true rate
    assert not is_rate_for_area("C-peptide above 0.5 nmol/L")
    assert rule_of("insulin reserve above 0.5 nmol/L/h", IN) is None


def test_a_slug_is_an_id_whatever_the_words() -> None:
    assert slug("β-cell mass, 2nd test") == "cell_mass_2nd_test"
    assert slug("10 000 steps") == "steps"
    assert slug("…") == "item"
    assert slug("one two three", longest=8) == "one_two"
