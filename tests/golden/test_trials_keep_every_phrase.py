"""Every phrase of the two founding records has its place in a trial folder, and no sentence of theirs stands there.

The records are read from beside the repository and are not part of it; where they are absent the tests that need them
are skipped. A *place* is a fragment of a record, where the trial keeps it, and what must be found there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import pytest

from armlet.analysis.plan import check_plan
from armlet.derivation.derive import prepare_endpoints
from armlet.document import Document
from armlet.eligibility import evaluate_criteria, read_person
from armlet.issues import Severity
from armlet.protocol.checks import check_trial
from armlet.protocol.criteria import Compare, CompareTo, Within, measures_of, walk
from armlet.protocol.load import load_trial
from armlet.protocol.model import Protocol, Role
from armlet.protocol.source import Sourced, Stated
from armlet.registry.record import Record

ROOT = Path(__file__).resolve().parents[2]
TRIALS = ("nct02893306", "nct02057211")
SEEDS = ROOT.parent / "shared" / "records" / "seeds"
SEED_OF = {"nct02893306": "000_90e0e7b6a174f708.txt", "nct02057211": "001_cb6ae5f777205bbc.txt"}
LONGEST_RUN = 9
"""So many words in a row may agree with a record; one more is a copied sentence."""


class Place(NamedTuple):
    """A fragment of a record, where the trial keeps what it says, and what must be found there."""

    words: str
    found: Callable[[Protocol, Record], object]
    expected: object


@cache
def load(trial: str) -> tuple[Protocol, Record]:
    folder = ROOT / "trials" / trial
    plain = json.loads((folder / "record.json").read_text(encoding="utf-8"))
    return load_trial(folder).protocol, Record.from_plain(plain)


def folded(text: str) -> str:
    return " ".join(text.casefold().split())


def seed(trial: str) -> str:
    path = SEEDS / SEED_OF[trial]
    if not path.is_file():
        pytest.skip(f"the founding record {path.name} is not beside the repository")
    return path.read_text(encoding="utf-8")


def comparison(protocol: Protocol, criterion: str) -> CompareTo:
    """The only comparison of a criterion."""
    rule = {item.id: item.rule for item in protocol.criteria}[criterion]
    (node,) = [part.compare for part in walk(rule) if isinstance(part, Compare)]
    return node


def limit(protocol: Protocol, criterion: str) -> tuple[str, str]:
    node = comparison(protocol, criterion)
    return node.is_.value, str(node.value)


def code(protocol: Protocol, criterion: str) -> tuple[str, str | None]:
    node = comparison(protocol, criterion)
    return node.measure, node.code


def at_most(protocol: Protocol, criterion: str) -> str:
    rule = {item.id: item.rule for item in protocol.criteria}[criterion]
    (node,) = [part.within for part in walk(rule) if isinstance(part, Within)]
    return str(node.at_most)


def asks(protocol: Protocol, criterion: str) -> tuple[str, frozenset[str]]:
    """The kind of a criterion and the measures and judgements that it speaks of."""
    (item,) = [item for item in protocol.criteria if item.id == criterion]
    return item.kind.value, measures_of(item.rule)


def first_sham(protocol: Protocol) -> str:
    sham = protocol.products[0].sham
    return sham.content if sham is not None else ""


def names_a_question(protocol: Protocol, question: str) -> bool:
    return question in {item.id for item in protocol.questions}


SANTIAGO = (
    Place("active, not recruiting", lambda p, r: p.registry.status, "ACTIVE_NOT_RECRUITING"),
    Place("Condition type 1 diabetes mellitus", lambda p, r: p.population.condition, "type 1 diabetes mellitus"),
    Place("Treatment mscs", lambda p, r: p.interventions[0].label, "mscs"),
    Place("Phase phase 2", lambda p, r: p.design.phase, "PHASE2"),
    Place("Sponsor Universidad del Desarrollo", lambda p, r: p.organisation.sponsor, "Universidad del Desarrollo"),
    Place(
        "Collaborator Clinica Alemana de Santiago",
        lambda p, r: p.organisation.collaborators,
        ("Clinica Alemana de Santiago",),
    ),
    Place("Start date March 2012", lambda p, r: str(p.registry.start), "2012-03"),
    Place("End date March 2017", lambda p, r: str(p.registry.completion), "2017-03"),
    Place("Trial size 10 participants", lambda p, r: (p.design.participants, p.registry.enrolment), (10, 10)),
    Place("NCT02893306", lambda p, r: (p.id, p.identifiers[0].id), ("nct02893306", "NCT02893306")),
    Place("DMT1-MSC", lambda p, r: p.identifiers[1].id, "DMT1-MSC"),
    Place("evaluate whether the administration of", lambda p, r: "To learn whether" in p.aim, True),
    Place("multipotent stromal cell also referred as to", lambda p, r: "MSC" in str(r.as_json()), True),
    Place("mesenchymal stem cells (MSCs)", lambda p, r: p.interventions[0].other_names, ("mesenchymal stem cells",)),
    Place("modified Type 1 Diabetes progression", lambda p, r: "changes how type 1 diabetes goes on" in p.aim, True),
    Place("United States No locations recruiting", lambda p, r: names_a_question(p, "site"), True),
    Place(
        "Other Countries No locations recruiting",
        lambda p, r: r.protocol_section.contacts_locations_module.locations,
        (),
    ),
    Place("Endpoint classification efficacy study", lambda p, r: p.design.keywords, ("efficacy study",)),
    Place(
        "single group assignment", lambda p, r: (p.design.model, p.allocation.method), ("single group", "single_arm")
    ),
    Place("Masking open label", lambda p, r: (p.is_open_label, set(p.blinding.unblinded)), (True, set(Role))),
    Place("Primary purpose treatment", lambda p, r: p.design.purpose, "treatment"),
    Place("type 1 diabetic patients receiving a single dose", lambda p, r: [arm.id for arm in p.arms], ["cells"]),
    Place("allogeneic ex vivo expanded mesenchymal stem cells", lambda p, r: p.products[0].donor, "another person"),
    Place("mscs mesenchymal stem cells", lambda p, r: p.interventions[0].product, "donor_cells"),
    Place("origin: bone marrow of healthy donor", lambda p, r: p.products[0].origin, "bone marrow of a healthy donor"),
    Place("manipulation: ex vivo expanded", lambda p, r: p.products[0].manipulation, "ex vivo expanded"),
    Place("via: intravenous", lambda p, r: p.products[0].route, "intravenous"),
    Place(
        "vehicle: 5% human recombinant albumin in physiological serum",
        lambda p, r: p.products[0].vehicle,
        "5% human recombinant albumin in physiological serum",
    ),
    Place(
        "dose: 2-3 millions/Kg",
        lambda p, r: (str(p.products[0].dose.lowest), str(p.products[0].dose.highest)),
        ("2 10*6/kg", "3 10*6/kg"),
    ),
    Place("dosage: single", lambda p, r: [v.id for v in p.visits if "infusion" in v.activities], ["day_0"]),
    Place("Changes in insulin pancreatic reserve", lambda p, r: p.endpoint("reserve").level, "primary"),
    Place(
        "pre- and 1, 6, 24 months post-intervention",
        lambda p, r: (p.endpoint("reserve").baseline, p.endpoint("reserve").visits),
        ("baseline", ("month_1", "month_6", "month_24")),
    ),
    Place("Changes in insulin requirement", lambda p, r: p.endpoint("insulin_requirement").level, "secondary"),
    Place(
        "pre- and up to 24 months post-intervention",
        lambda p, r: p.endpoint("insulin_requirement").visits[-1],
        "month_24",
    ),
    Place("Male or female participants", lambda p, r: p.population.sex, "all"),
    Place("at least 18 years old", lambda p, r: limit(p, "adult"), (">=", "18 a")),
    Place(
        "differential diagnosis of Type 1 Diabetes",
        lambda p, r: asks(p, "differential_diagnosis"),
        ("inclusion", {"type_1_diabetes_told_apart"}),
    ),
    Place(
        "diagnosed performed at most 1 year before enrollment",
        lambda p, r: at_most(p, "diagnosed_within_a_year"),
        "P1Y",
    ),
    Place(
        "pancreatic reserve of insulin",
        lambda p, r: asks(p, "reserve_left"),
        ("inclusion", {"pancreatic_reserve"}),
    ),
    Place("higher than 0.8 nmol/L/h", lambda p, r: limit(p, "reserve_left"), (">", "0.8 nmol.h/L")),
    Place(
        "good general health status",
        lambda p, r: asks(p, "good_general_health"),
        ("inclusion", {"general_health_good"}),
    ),
    Place(
        "informed consent of patient",
        lambda p, r: (p.consents[0].by, p.consents[0].measure),
        ("participant", "informed_consent"),
    ),
    Place(
        "consent of treating physician",
        lambda p, r: (p.consents[1].by, p.consents[1].measure),
        ("treating_physician", "treating_physician_consent"),
    ),
    Place(
        "proved psychiatric competence to be",
        lambda p, r: asks(p, "psychiatric_competence"),
        ("inclusion", {"psychiatric_competence_proved"}),
    ),
    Place("enrolled in a clinical study", lambda p, r: asks(p, "psychiatric_competence")[0], "inclusion"),
    Place("Exclusion Criteria: - pregnancy", lambda p, r: asks(p, "pregnancy"), ("exclusion", {"sex", "pregnant"})),
    Place(
        "significant comorbidities",
        lambda p, r: asks(p, "significant_comorbidities"),
        ("exclusion", {"comorbidities_significant"}),
    ),
    Place("HIV,", lambda p, r: code(p, "hiv_positive"), ("hiv", "positive")),
    Place("HBV,", lambda p, r: code(p, "hbv_positive"), ("hbv", "positive")),
    Place("HCV,", lambda p, r: code(p, "hcv_positive"), ("hcv", "positive")),
    Place("HTLV-1", lambda p, r: code(p, "htlv_1_positive"), ("htlv_1", "positive")),
    Place("HLTV-2", lambda p, r: code(p, "htlv_2_positive"), ("htlv_2", "positive")),
    Place("HLTV-2", lambda p, r: "HLTV-2" in str(r.protocol_section.eligibility_module.eligibility_criteria), True),
    Place("VDRL positive", lambda p, r: code(p, "vdrl_positive"), ("vdrl", "positive")),
    Place(
        "Phase 2 Study of Intravenous Administration of Allogeneic Mesenchymal Stem Cells in Patients With Type 1 "
        "Diabetes Mellitus.",
        lambda p, r: p.official_title == r.protocol_section.identification_module.official_title,
        True,
    ),
    Place(
        "Principal investigator Paulette Conget, PhD",
        lambda p, r: [(one.name, one.title, one.role) for one in p.organisation.people],
        [("Paulette Conget", "PhD", "principal investigator")],
    ),
    Place("single intravenous administration of", lambda p, r: p.products[0].route, "intravenous"),
    Place("allogeneic bone marrow-derived", lambda p, r: "marrow" in p.products[0].origin, True),
    Place(
        "modified endogenous insulin secretion capacity", lambda p, r: "insulin that people still make" in p.aim, True
    ),
    Place("exogenous insulin requirement", lambda p, r: "the insulin that they have to inject" in p.aim, True),
    Place("in patients with Type 1 Diabetes Mellitus", lambda p, r: p.population.healthy_volunteers, False),
    Place("Participants: 10, females or males", lambda p, r: (p.design.participants, p.population.sex), (10, "all")),
    Place("18 years or older", lambda p, r: (str(p.population.minimum_age), p.population.maximum_age), ("18 a", None)),
    Place("diagnosed with Type 1 Diabetes Mellitus at most", lambda p, r: p.measure("diagnosis_date").kind, "date"),
    Place("1 year before enrollment", lambda p, r: at_most(p, "diagnosed_within_a_year"), "P1Y"),
    Place(
        "under exogenous insulin treatment",
        lambda p, r: asks(p, "treated_with_insulin"),
        ("inclusion", {"exogenous_insulin"}),
    ),
    Place("with pancreatic reserve of insulin", lambda p, r: p.measure("pancreatic_reserve").unit, "nmol.h/L"),
    Place("intravenous administration of a single dose", lambda p, r: p.visit("day_0").anchor, "administration"),
    Place("(2-3 millions/Kg) of allogeneic MSCs", lambda p, r: p.products[0].dose.basis, "viable"),
    Place(
        "before and 1, 6, 24 months after MSC administration",
        lambda p, r: [str(v.offset) for v in p.visits if v.epoch == "follow-up"],
        ["P1M", "P6M", "P2Y"],
    ),
    Place(
        "last updated in September 2016",
        lambda p, r: (str(p.registry.as_of), str(p.registry.last_updated)),
        ("2016-09", "2016-09"),
    ),
    Place(
        "provided to ClinicalTrials.gov by Universidad del Desarrollo",
        lambda p, r: r.protocol_section.identification_module.organization.full_name,
        "Universidad del Desarrollo",
    ),
)

TITLE = (
    "Mesenchymal Stem Cells to Intervene in the Development of Type 1 Diabetes: a Blinded Randomized Study"  # a name
)
UPPSALA = (
    Place(TITLE, lambda p, r: (p.title, p.official_title), (TITLE, TITLE)),
    Place("NCT02057211", lambda p, r: (p.id, p.identifiers[0].id), ("nct02057211", "NCT02057211")),
    Place("Terminated", lambda p, r: p.registry.status, "TERMINATED"),
    Place(
        "(Changed regulations of culture procedure)",
        lambda p, r: p.registry.why_stopped,
        "Changed regulations of culture procedure",
    ),
    Place("February 7, 2014", lambda p, r: str(p.registry.first_posted), "2014-02-07"),
    Place(
        "November 6, 2020",
        lambda p, r: (str(p.registry.last_updated), str(p.registry.as_of)),
        ("2020-11-06", "2020-11-06"),
    ),
    Place("No Results Posted", lambda p, r: (p.registry.results_posted, r.has_results), (False, False)),
    Place("Type 1 Diabetes Mellitus", lambda p, r: p.population.condition, "Type 1 Diabetes Mellitus"),
    Place(
        "Biological: autologous mesenchymal stem cell transplantation",
        lambda p, r: (p.interventions[0].type, p.interventions[0].label),
        ("BIOLOGICAL", "autologous mesenchymal stem cell transplantation"),
    ),
    Place("autologous", lambda p, r: p.products[0].donor, "participant"),
    Place(
        "Procedure: sham transplantation of mesenchymal stem cells",
        lambda p, r: (p.interventions[1].type, p.interventions[1].sham),
        ("PROCEDURE", True),
    ),
    Place("Phase 2", lambda p, r: p.design.phase, "PHASE2"),
    Place(
        "Interventional (Clinical Trial)", lambda p, r: r.protocol_section.design_module.study_type, "INTERVENTIONAL"
    ),
    Place(
        "Actual Enrollment : | 10 participants",
        lambda p, r: (p.design.participants, p.registry.enrolment, p.registry.enrolment_is),
        (10, 10, "actual"),
    ),
    Place("Allocation: | Randomized", lambda p, r: (p.design.allocation, len(p.allocation.ratio)), ("randomised", 2)),
    Place("Parallel Assignment", lambda p, r: p.design.model, "parallel"),
    Place(
        "Triple (Participant, Care Provider, Investigator)",
        lambda p, r: p.blinding.blinded,
        ("participant", "care_provider", "investigator"),
    ),
    Place("Primary Purpose: | Prevention", lambda p, r: p.design.purpose, "prevention"),
    Place("April 2014", lambda p, r: str(p.registry.start), "2014-04"),
    Place(
        "November 2017",
        lambda p, r: (str(p.registry.primary_completion), str(p.registry.completion)),
        ("2017-11", "2017-11"),
    ),
    Place(
        "Placebo Comparator: sham transplantation of mesenchymal stem cells",
        lambda p, r: (p.arm("sham").type, p.arm("sham").label, p.reference_arm),
        ("PLACEBO_COMPARATOR", "sham transplantation of mesenchymal stem cells", "sham"),
    ),
    Place("control arm with sham transplantation", lambda p, r: p.arm("sham").interventions, ("sham_transplantation",)),
    Place(
        "Placebo control for transplantation of mesenchymal stem cells",
        lambda p, r: "without cells" in first_sham(p),
        True,
    ),
    Place(
        "Active Comparator: autologous mesenchymal stem cell transplantation",
        lambda p, r: (p.arm("cells").type, p.arm("cells").label),
        ("ACTIVE_COMPARATOR", "autologous mesenchymal stem cell transplantation"),
    ),
    Place(
        "Active arm with transplantation of cells", lambda p, r: p.arm("cells").interventions, ("cell_transplantation",)
    ),
    Place(
        "∆-change of C-peptide Area Under the Curve (AUC)", lambda p, r: p.endpoint("c_peptide_auc").level, "primary"
    ),
    Place(
        "(0-120 min)",
        lambda p, r: (p.endpoint("c_peptide_auc").settings["from"], p.endpoint("c_peptide_auc").settings["to"]),
        ("0 min", "120 min"),
    ),
    Place("mixed meal tolerance test", lambda p, r: p.activity("mmtt").kind, "timed samples"),
    Place(
        "two year follow-up",
        lambda p, r: [(one.visits, one.settings["statistic"]) for one in p.analyses if one.role == "primary"],
        [(("month_24",), "change")],
    ),
    Place("when compared to pre-treatment values at enrolment", lambda p, r: p.visit("baseline").anchor, "enrolment"),
    Place("Time Frame: ∆-change will be assessed as a", lambda p, r: p.endpoint("c_peptide_auc").baseline, "baseline"),
    Place("difference between two years after", lambda p, r: str(p.visit("month_24").offset), "P2Y"),
    Place("transplantation/sham transplantation", lambda p, r: p.visit("month_24").anchor, "administration"),
    Place("of mesenchymal stem cells when compared to before", lambda p, r: names_a_question(p, "baseline"), True),
    Place("i.e. at time 0", lambda p, r: str(p.visit("day_0").offset), "P0D"),
    Place(
        "18 Years to 40 Years (Adult)",
        lambda p, r: (str(p.population.minimum_age), str(p.population.maximum_age)),
        ("18 a", "40 a"),
    ),
    Place("18 Years to 40 Years", lambda p, r: asks(p, "age_18_to_40"), ("inclusion", {"age"})),
    Place("Sexes Eligible for Study: | All", lambda p, r: p.population.sex, "all"),
    Place("Accepts Healthy Volunteers: | No", lambda p, r: p.population.healthy_volunteers, False),
    Place("fasting C-peptide >0.12 nmol/l", lambda p, r: limit(p, "insulin_secretion_left"), (">", "0.12 nmol/L")),
    Place("within three weeks of diagnosis of type 1 diabetes", lambda p, r: at_most(p, "newly_diagnosed"), "P3W"),
    Place("body mass index (BMI) >30", lambda p, r: limit(p, "body_mass_index_above_30"), (">", "30 kg/m2")),
    Place(
        "unstable cardiovascular status",
        lambda p, r: asks(p, "unstable_cardiovascular_status"),
        ("exclusion", {"cardiovascular_status_unstable"}),
    ),
    Place(
        "incl. New York Heart Association (NYHA) class III/IV",
        lambda p, r: comparison(p, "heart_failure_nyha_3_or_4").codes,
        ("III", "IV"),
    ),
    Place(
        "patients with known or previous malignancy",
        lambda p, r: asks(p, "malignancy_ever"),
        ("exclusion", {"malignancy"}),
    ),
    Place("active infections", lambda p, r: asks(p, "active_infection"), ("exclusion", {"infection_active"})),
    Place(
        "incl. serological evidence of infection with HIV", lambda p, r: code(p, "hiv_infection"), ("hiv", "positive")
    ),
    Place("Treponema pallidum", lambda p, r: code(p, "syphilis"), ("treponema_pallidum", "positive")),
    Place(
        "hepatitis B",
        lambda p, r: asks(p, "hepatitis_b"),
        ("exclusion", {"hbsag", "anti_hbc", "anti_hbs", "anti_hbs_from_infection", "hepatitis_b_vaccination"}),
    ),
    Place(
        "patients with serology consistent with previous vaccination",
        lambda p, r: p.measure("anti_hbs").codes,
        ("negative", "positive"),
    ),
    Place(
        "and a history of vaccination are acceptable",
        lambda p, r: p.measure("hepatitis_b_vaccination").kind,
        "yes_no",
    ),
    Place("or hepatitis C", lambda p, r: code(p, "hepatitis_c_infection"), ("hepatitis_c", "positive")),
    Place(
        "immune suppressive treatment",
        lambda p, r: asks(p, "immune_suppression"),
        ("exclusion", {"immune_suppressive_treatment"}),
    ),
    Place("women being pregnant", lambda p, r: asks(p, "pregnancy"), ("exclusion", {"sex", "pregnant"})),
    Place("or nursing", lambda p, r: asks(p, "nursing_women"), ("exclusion", {"sex", "nursing"})),
    Place(
        "or women physiologically capable of becoming pregnant",
        lambda p, r: asks(p, "no_effective_contraception"),
        ("exclusion", {"sex", "able_to_become_pregnant", "effective_contraception"}),
    ),
    Place(
        "unless they are using effective methods of",
        lambda p, r: next(one.says for one in p.criteria if one.id == "no_effective_contraception").split(", ")[1],
        "unless they use effective contraception during the trial",
    ),
    Place("contraception during study", lambda p, r: names_a_question(p, "effective_contraception"), True),
    Place(
        "Uppsala, Sweden, SE-75185",
        lambda p, r: [(one.city, one.country, one.postcode) for one in p.organisation.sites],
        [("Uppsala", "Sweden", "SE-75185")],
    ),
    Place("Sweden", lambda p, r: p.organisation.sites[0].country, "Sweden"),
    Place("Uppsala University Hospital", lambda p, r: p.organisation.sites[0].name, "Uppsala University Hospital"),
    Place(
        "Per-Ola Carlsson, MD, PhD | Uppsala University Hospital",
        lambda p, r: [(one.name, one.title, one.affiliation, one.role) for one in p.organisation.people],
        [("Per-Ola Carlsson", "MD, PhD", "Uppsala University Hospital", "principal investigator")],
    ),
    Place(
        "Per-Ola Carlsson, Professor, Uppsala University Hospital",
        lambda p, r: p.organisation.responsible_party,
        "Per-Ola Carlsson, Professor, Uppsala University Hospital",
    ),
    Place("AS Dnr2013/195", lambda p, r: p.identifiers[1].id, "AS Dnr2013/195"),
    Place("November 2020", lambda p, r: str(p.registry.last_verified), "2020-11"),
    Place("Diabetes Mellitus, Type 1", lambda p, r: "Diabetes Mellitus, Type 1" in p.design.keywords, True),
    Place("Diabetes Mellitus", lambda p, r: "Diabetes Mellitus" in p.design.keywords, True),
    Place("Glucose Metabolism Disorders", lambda p, r: "Glucose Metabolism Disorders" in p.design.keywords, True),
    Place("Metabolic Diseases", lambda p, r: "Metabolic Diseases" in p.design.keywords, True),
    Place("Endocrine System Diseases", lambda p, r: "Endocrine System Diseases" in p.design.keywords, True),
    Place("Autoimmune Diseases", lambda p, r: "Autoimmune Diseases" in p.design.keywords, True),
    Place("Immune System Diseases", lambda p, r: "Immune System Diseases" in p.design.keywords, True),
)
PLACES = {"nct02893306": SANTIAGO, "nct02057211": UPPSALA}

FURNITURE = {
    "nct02893306": (
        "This trial is", "Trial identifier", "The purpose of this study is to", "Study Design", "Intervention model",
        "Primary Outcomes", "Secondary Outcomes", "time frame:", "Eligibility Criteria", "Inclusion Criteria:",
        "Additional Information", "Official title", "Description Aim: to evaluate whether a",
        "multipotent stromal cell also referred as to", "Intervention:", "Follow up:",
        "Trial information was received from ClinicalTrials.gov and was", "Information",
    ),
    "nct02057211": (
        "ClinicalTrials.gov Identifier:", "Recruitment Status :", "First Posted :", "First Posted:", "Key Record Dates",
        "Last Update Posted :", "Last Update Posted:", "Last Verified:", "Condition or disease",
        "Intervention/treatment", "Phase |", "Study Type :", "Intervention Model:", "Masking:", "Official Title:",
        "Actual Study Start Date :", "Actual Primary Completion Date :", "Actual Study Completion Date :", "Arm |",
        "at", "for a", "Ages Eligible for Study:", "Inclusion Criteria:", "Exclusion Criteria:",
        "Principal Investigator:", "Responsible Party:", "Other Study ID Numbers:",
    ),
}  # fmt: skip
"""Headings and labels: words that say nothing of the trial."""

BOILERPLATE = {
    "nct02893306": (),
    "nct02057211": (
        "responsibility of the study sponsor", "![]()", "- Study Details", "- Tabular View", "- Disclaimer",
        "- How to Read a Study Record", "important personal decision", "contact the study research staff",
        "Please refer to this study by",
    ),
}  # fmt: skip
"""Lines that the registry prints on every page; a line that holds one of these is passed over."""

EVERY_PLACE = [(trial, place) for trial, places in PLACES.items() for place in places]
A_SMALL_WORD = {"a", "and", "in", "of", "or", "the", "to", "with", "before", "transplantation", "sham", "incl"}
"""What may be left between fragments. The four last words stand in the Uppsala outcome more often than in fragments."""


def sources(document: Document, path: str = "") -> Iterator[tuple[str, Sourced]]:
    """Every part of a protocol that says where it comes from, with its path."""
    if isinstance(document, Sourced):
        yield path, document
    for name in type(document).model_fields:
        value = getattr(document, name)
        for index, item in enumerate(value if isinstance(value, tuple) else (value,)):
            if isinstance(item, Document):
                yield from sources(item, f"{path}/{name}[{index}]")


def statements(protocol: Protocol) -> list[tuple[str, Stated]]:
    return [(path, one) for path, part in sources(protocol) for one in part.source.stated]


def step_into(plain: object, path: str) -> object:
    """What a v2 path leads to. Raises KeyError, IndexError or TypeError where it leads nowhere."""
    for name, index in re.findall(r"([A-Za-z0-9]+)|\[(\d+)\]", path):
        if name:
            assert isinstance(plain, dict), path
            plain = plain[name]
        else:
            assert isinstance(plain, list), path
            plain = plain[int(index)]
    return plain


def words_of(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def runs(words: list[str], length: int) -> set[tuple[str, ...]]:
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}


# --- The trial folders are whole ------------------------------------------------------------------------------------


@pytest.mark.parametrize("trial", TRIALS)
def test_a_trial_folder_loads_without_an_error_and_its_methods_take_their_settings(trial: str) -> None:
    checked = load_trial(ROOT / "trials" / trial)
    issues = check_trial(checked)
    assert [str(issue) for issue in issues if issue.severity is Severity.ERROR] == []
    assert check_plan(checked.protocol) == ()
    assert len(prepare_endpoints(checked.protocol)) == len(checked.protocol.endpoints)


def test_the_only_warnings_are_the_two_arm_types_that_the_uppsala_record_states() -> None:
    found = {trial: [issue.rule for issue in check_trial(load_trial(ROOT / "trials" / trial))] for trial in TRIALS}
    assert found == {"nct02893306": [], "nct02057211": ["design/arm-type", "design/arm-type"]}


@pytest.mark.parametrize("trial", TRIALS)
def test_record_json_is_a_v2_record_and_nothing_in_it_is_lost_by_reading_it(trial: str) -> None:
    plain = json.loads((ROOT / "trials" / trial / "record.json").read_text(encoding="utf-8"))
    assert Record.from_plain(plain).as_json() == plain


@pytest.mark.parametrize("trial", TRIALS)
def test_every_question_is_answered_with_one_of_its_options_a_reason_and_somebody_to_confirm(trial: str) -> None:
    questions = load(trial)[0].questions
    assert len(questions) >= 40
    lacking = [one.id for one in questions if not (one.why and one.who and one.answer and one.because and one.confirm)]
    assert lacking == []
    assert [one.id for one in questions if one.answer not in one.options] == []
    assert [one.id for one in questions if one.default is not None and one.default not in one.options] == []


@pytest.mark.parametrize("trial", TRIALS)
def test_every_stated_path_leads_somewhere_in_record_json(trial: str) -> None:
    plain = json.loads((ROOT / "trials" / trial / "record.json").read_text(encoding="utf-8"))
    for _, one in statements(load(trial)[0]):
        top = plain if one.where.split(".")[0] in plain else plain["protocolSection"]
        assert step_into(top, one.where) is not None


@pytest.mark.parametrize("trial", TRIALS)
def test_stated_words_are_short(trial: str) -> None:
    long = [one.words for _, one in statements(load(trial)[0]) if len(words_of(one.words)) > LONGEST_RUN]
    assert long == []


@pytest.mark.parametrize("trial", TRIALS)
def test_windows_of_one_anchor_do_not_touch_in_any_calendar(trial: str) -> None:
    visits = load(trial)[0].visits
    spans = {
        visit.id: (
            visit.offset.shortest_days() - visit.early.longest_days(),
            visit.offset.longest_days() + visit.late.longest_days(),
        )
        for visit in visits
    }
    for one, other in combinations(visits, 2):
        if one.anchor == other.anchor:
            (first, second) = sorted((spans[one.id], spans[other.id]))
            assert first[1] < second[0], (one.id, other.id)


# --- Against the founding records -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("trial", "place"), EVERY_PLACE, ids=[f"{t}: {p.words[:50]}" for t, p in EVERY_PLACE])
def test_a_phrase_of_the_record_has_its_place(trial: str, place: Place) -> None:
    protocol, record = load(trial)
    assert place.found(protocol, record) == place.expected


@pytest.mark.parametrize(("trial", "place"), EVERY_PLACE, ids=[f"{t}: {p.words[:50]}" for t, p in EVERY_PLACE])
def test_a_phrase_stands_in_the_record(trial: str, place: Place) -> None:
    assert folded(place.words) in folded(seed(trial))


def uncovered(trial: str, line: str) -> list[str]:
    """The words of a line that no fragment and no label holds."""
    left = folded(line)
    fragments = [folded(place.words) for place in PLACES[trial]] + [folded(one) for one in FURNITURE[trial]]
    for fragment in sorted(fragments, key=len, reverse=True):
        left = re.sub(rf"(?<!\w){re.escape(fragment)}(?!\w)", " | ", left)
    return [word for word in re.findall(r"[^\W_][\w/.-]*", left) if word.strip(".") not in A_SMALL_WORD]


@pytest.mark.parametrize("trial", TRIALS)
def test_no_word_of_a_content_line_is_without_a_place(trial: str) -> None:
    lines = [line for line in seed(trial).splitlines() if not any(one in line for one in BOILERPLATE[trial])]
    left = {line: uncovered(trial, line) for line in lines}
    assert {line[:60]: words for line, words in left.items() if words} == {}


@pytest.mark.parametrize("trial", TRIALS)
def test_stated_words_stand_in_the_record_as_they_are_quoted(trial: str) -> None:
    text = folded(seed(trial))
    assert [(path, one.words) for path, one in statements(load(trial)[0]) if folded(one.words) not in text] == []


@pytest.mark.parametrize("trial", TRIALS)
def test_no_sentence_of_a_record_is_copied_into_a_trial_folder(trial: str) -> None:
    names = (TITLE, SANTIAGO_TITLE, *ORGANISATIONS)
    copied = {}
    for source in TRIALS:
        text = folded(seed(source))
        for name in names:
            text = text.replace(folded(name), " endofname ")
        taken = runs(words_of(text), LONGEST_RUN + 1)
        for path in sorted((ROOT / "trials" / trial).iterdir()):
            written = words_of(path.read_text(encoding="utf-8").replace("\\n", " "))
            copied[path.name, source] = runs(written, LONGEST_RUN + 1) & taken
    assert {place: found for place, found in copied.items() if found} == {}


SANTIAGO_TITLE = next(place.words for place in SANTIAGO if place.words.startswith("Phase 2 Study"))
ORGANISATIONS = ("Universidad del Desarrollo", "Clinica Alemana de Santiago", "Uppsala University Hospital")


def test_the_search_for_copied_sentences_finds_one() -> None:
    copied = words_of("one two three four five six seven eight nine ten")
    assert runs(copied, 10) & runs(words_of("0 one two three four five six seven eight nine ten 11"), 10)
    assert not runs(copied[:9], 10)


# --- The criteria decide as the records say -------------------------------------------------------------------------

UPPSALA_WOMAN: dict[str, object] = {
    "reference_date": "2015-03-22", "age": "27 a", "sex": "female", "diagnosis_date": "2015-03-10",
    "fasting_c_peptide": "0.31 nmol/L", "body_mass_index": "24 kg/m2", "cardiovascular_status_unstable": False,
    "nyha_class": "none", "malignancy": False, "infection_active": False, "hiv": "negative",
    "treponema_pallidum": "negative", "hbsag": "negative", "anti_hbc": "negative", "anti_hbs": "negative",
    "hepatitis_b_vaccination": False, "hepatitis_c": "negative", "immune_suppressive_treatment": False,
    "pregnant": False, "nursing": False, "able_to_become_pregnant": True, "effective_contraception": True,
}  # fmt: skip
SANTIAGO_MAN: dict[str, object] = {
    "reference_date": "2013-06-30", "age": "41 a", "sex": "male", "type_1_diabetes_told_apart": True,
    "diagnosis_date": "2013-01-15", "pancreatic_reserve": "1.1 nmol.h/L", "exogenous_insulin": True,
    "general_health_good": True, "informed_consent": True, "treating_physician_consent": True,
    "psychiatric_competence_proved": True, "comorbidities_significant": False, "hiv": "negative", "hbv": "negative",
    "hcv": "negative", "htlv_1": "negative", "htlv_2": "negative", "vdrl": "negative",
}  # fmt: skip
PEOPLE = {"nct02057211": UPPSALA_WOMAN, "nct02893306": SANTIAGO_MAN}


def screened(trial: str, changed: dict[str, object]) -> str:
    protocol = load(trial)[0]
    return evaluate_criteria(protocol, read_person({**PEOPLE[trial], **changed}, protocol, "person.json")).verdict.value


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({}, "eligible"),
        ({"age": "17.9 a"}, "not eligible"),
        ({"age": "40.9 a"}, "eligible"),
        ({"age": "41 a"}, "not eligible"),
        ({"diagnosis_date": "2015-03-01"}, "eligible"),
        ({"diagnosis_date": "2015-02-28"}, "not eligible"),
        ({"fasting_c_peptide": "0.12 nmol/L"}, "not eligible"),
        ({"fasting_c_peptide": "120 pmol/L"}, "not eligible"),
        ({"fasting_c_peptide": "0.13 nmol/L"}, "eligible"),
        ({"fasting_c_peptide": None}, "unknown"),
        ({"body_mass_index": "30.0 kg/m2"}, "eligible"),
        ({"body_mass_index": "30.1 kg/m2"}, "not eligible"),
        ({"nyha_class": "II"}, "eligible"),
        ({"nyha_class": "III"}, "not eligible"),
        ({"nyha_class": "not assessed"}, "unknown"),
        ({"hiv": "indeterminate"}, "unknown"),
        ({"treponema_pallidum": "positive"}, "not eligible"),
        ({"anti_hbc": "positive", "anti_hbs": "positive", "hepatitis_b_vaccination": True}, "not eligible"),
        ({"hbsag": "positive"}, "not eligible"),
        ({"anti_hbs": "positive", "hepatitis_b_vaccination": True}, "eligible"),
        ({"anti_hbs": "positive", "hepatitis_b_vaccination": False}, "unknown"),
        ({"anti_hbs": "positive", "hepatitis_b_vaccination": None}, "unknown"),
        ({"anti_hbs": "positive", "anti_hbs_from_infection": True}, "not eligible"),
        ({"anti_hbs": "positive", "anti_hbs_from_infection": False}, "eligible"),
        ({"pregnant": True}, "not eligible"),
        ({"pregnant": None}, "unknown"),
        ({"nursing": True}, "not eligible"),
        ({"effective_contraception": False}, "not eligible"),
        ({"effective_contraception": None}, "unknown"),
        ({"able_to_become_pregnant": False, "effective_contraception": None}, "eligible"),
        (
            {
                "sex": "male", "pregnant": None, "nursing": None, "able_to_become_pregnant": None,
                "effective_contraception": None,
            },
            "eligible",
        ),
        ({"malignancy": True}, "not eligible"),
        ({"immune_suppressive_treatment": True}, "not eligible"),
        ({"infection_active": None}, "unknown"),
        ({"cardiovascular_status_unstable": True}, "not eligible"),
    ],
)  # fmt: skip
def test_uppsala_lets_in_whom_the_record_lets_in(changed: dict[str, object], outcome: str) -> None:
    assert screened("nct02057211", changed) == outcome


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({}, "eligible"),
        ({"age": "17.9 a"}, "not eligible"),
        ({"age": "81 a"}, "eligible"),
        ({"diagnosis_date": "2012-06-30"}, "eligible"),
        ({"diagnosis_date": "2012-06-29"}, "not eligible"),
        ({"pancreatic_reserve": "0.8 nmol.h/L"}, "not eligible"),
        ({"pancreatic_reserve": "0.81 nmol.h/L"}, "eligible"),
        ({"pancreatic_reserve": "48 nmol.min/L"}, "not eligible"),
        ({"exogenous_insulin": False}, "not eligible"),
        ({"treating_physician_consent": False}, "not eligible"),
        ({"psychiatric_competence_proved": None}, "unknown"),
        ({"general_health_good": False}, "not eligible"),
        ({"comorbidities_significant": True}, "not eligible"),
        ({"htlv_2": "positive"}, "not eligible"),
        ({"htlv_2": None}, "unknown"),
        ({"vdrl": "positive"}, "not eligible"),
        ({"sex": "female"}, "unknown"),
        ({"sex": "female", "pregnant": False}, "eligible"),
        ({"sex": "female", "pregnant": True}, "not eligible"),
    ],
)
def test_santiago_lets_in_whom_the_record_lets_in(changed: dict[str, object], outcome: str) -> None:
    assert screened("nct02893306", changed) == outcome
