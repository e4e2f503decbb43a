"""The EU Clinical Trials Register as text: a trial that never was, in one member state, in two, in two languages."""

from __future__ import annotations

import pytest

from armlet.errors import InputError
from armlet.registry.accounting import Reading
from armlet.registry.criteria_text import CriterionKind, split_criteria
from armlet.registry.read import read_record
from armlet.registry.record import (
    DateType,
    DesignAllocation,
    DesignMasking,
    InterventionalAssignment,
    InterventionType,
    Phase,
    SecondaryIdType,
    Sex,
    StandardAge,
    Status,
    StudyType,
)

LARKS = """\
This file contains full details on each clinical trial selected for download. And so on.

Summary
EudraCT Number: 2010-000001-11
Sponsor's Protocol Code Number: LARK-1
National Competent Authority: Sweden - MPA
Clinical Trial Type: EEA CTA
Trial Status: Completed
Date on which this record was first entered in the EudraCT database: 2010-02-03
Link: https://www.clinicaltrialsregister.eu/ctr-search/trial/2010-000001-11/SE/

A. Protocol Information
A.1 Member State Concerned: Sweden - MPA
A.2 EudraCT number: 2010-000001-11
A.3 Full title of the trial: A trial of seed: larks against owls
A.3 Full title of the trial (sv): En studie om lärkor
A.3.1 Title of the trial for lay people, in easily understood, i.e. non-technical, language: Do larks sing?
A.3.2 Name or abbreviated title of the trial where available: LARK
A.4.1 Sponsor's protocol code number: LARK-1
A.5.1 ISRCTN (International Standard Randomised Controlled Trial) Number: ISRCTN00000001
A.5.2 US NCT (ClinicalTrials.gov registry) number: NCT09999991
A.8 EMA Decision number of Paediatric Investigation Plan:

B. Sponsor Information
Sponsor 1
B.1.1 Name of Sponsor: Lark Foundation
B.1.3.4\tCountry: Sweden
B.3.1 and B.3.2\tStatus of the sponsor: Non-Commercial
B.4 Source(s) of Monetary or Material Support for the clinical trial:
B.4.1 Name of organisation providing support: Seed Trust
B.4.2 Country: Sweden
B.5 Contact point designated by the sponsor for further information on the trial
B.5.2 Functional name of contact point: Ann Fieldfare
B.5.4 Telephone number: 004612345678
B.5.6 E-mail: ann@example.org
Sponsor 2
B.1.1 Name of Sponsor: Owl Society
B.1.3.4\tCountry: Norway

D. IMP Identification
D.IMP: 1
D.1.2 and D.1.3 IMP Role: Test
D.2.1.1.1 Trade name: Songseed
D.3.1 Product name: Seed mix
D.3.4 Pharmaceutical form: Powder
D.3.7 Routes of administration for this IMP:
Oral use
D.3.11.1 Active substance of chemical origin: Yes
D.3.11.2 Active substance of biological/ biotechnological origin (other than Advanced Therapy IMP (ATIMP): Yes
D.3.11.3.2 Gene therapy medical product: No
D.IMP: 2
D.3.1 Product name: seed mix
D.3.4 Pharmaceutical form: Tablet

D.8 Information on Placebo
D.8 Placebo: 1
D.8.1 Is a Placebo used in this Trial? Yes
D.8.3 Pharmaceutical form of the placebo: Powder
D.8.4 Route of administration of the placebo: Oral use

E. General Information on the Trial
E.1.1 Medical condition(s) being investigated: Silence at dawn
E.1.2 Term: Aphonia
E.2.1 Main objective of the trial: To hear more song.
E.3 Principal inclusion criteria: 1. larks that
have sung
2. ringed birds:
- on the left leg
- or on the right
E.4 Principal exclusion criteria: 1. owls
2. deafness
E.5.1 Primary end point(s): 1. songs a day
2. songs a night
E.5.1.1 Timepoint(s) of evaluation of this end point: week 4
E.5.2 Secondary end point(s): weight of the bird
E.5.2.1 Timepoint(s) of evaluation of this end point: week 8
E.6.1 Diagnosis: No
E.6.2 Prophylaxis: No
E.6.3 Therapy: Yes
E.7.1 Human pharmacology (Phase I): No
E.7.2 Therapeutic exploratory (Phase II): Yes
E.7.3 Therapeutic confirmatory (Phase III): Yes
E.7.4 Therapeutic use (Phase IV): No
E.8.1 Controlled: Yes
E.8.1.1 Randomised: Yes
E.8.1.2 Open: No
E.8.1.3 Single blind: Yes
E.8.1.4 Double blind: No
E.8.1.5 Parallel group: No
E.8.1.6 Cross over: Yes
E.8.5 The trial involves multiple Member States: No
E.8.7 Trial has a data monitoring committee: No

F. Population of Trial Subjects
F.1.1 Trial has subjects under 18: No
F.1.2 Adults (18-64 years): Yes
F.1.3 Elderly (>=65 years): No
F.2.1 Female: Yes
F.2.2 Male: No
F.3.1 Healthy volunteers: Yes
F.4.1 In the member state: 24

G. Investigator Networks to be involved in the Trial

N. Review by the Competent Authority or Ethics Committee in the country concerned
N. Competent Authority Decision: Authorised
N. Ethics Committee Opinion: Reason(s) for unfavourable opinion:
N. Date of Ethics Committee Opinion: 2010-03-01

P. End of Trial
P. End of Trial Status: Completed
P. Date of the global end of the trial: 2012-05-06
A line that nobody knows
"""


def read(text: str = LARKS) -> Reading:
    return read_record(text.encode(), "larks.txt")


def proposed(reading: Reading) -> dict[str, object]:
    return {item.path.removeprefix("protocolSection."): item.value for item in reading.confirm if not item.stored}


def rules(reading: Reading) -> set[str]:
    return {issue.rule for issue in reading.issues}


def test_titles_and_numbers_are_those_of_the_form() -> None:
    reading = read()
    identity = reading.record.protocol_section.identification_module
    assert reading.format == "euctr_text"
    assert identity.official_title == "A trial of seed: larks against owls"
    assert identity.brief_title == "Do larks sing?"
    assert identity.acronym == "LARK"
    assert identity.org_study_id_info.id == "LARK-1"
    assert identity.nct_id == "NCT09999991"
    assert [(number.id, number.type, number.domain) for number in identity.secondary_id_infos] == [
        ("2010-000001-11", SecondaryIdType.EUDRACT_NUMBER, None),
        ("ISRCTN00000001", None, "ISRCTN"),
    ]


def test_a_translation_beside_the_english_is_provenance() -> None:
    kept = {fact.path: fact.value for fact in read().provenance}
    assert kept["A.3 Full title of the trial (sv)"] == "En studie om lärkor"
    assert "read/not-english" not in rules(read())


def test_a_translation_without_the_english_is_taken_and_told() -> None:
    text = LARKS.replace("A.3 Full title of the trial: A trial of seed: larks against owls\n", "")
    reading = read(text)
    assert reading.record.protocol_section.identification_module.official_title == "En studie om lärkor"
    (issue,) = [issue for issue in reading.issues if issue.rule == "read/not-english"]
    assert "(sv)" in issue.message
    assert issue.where == "larks.txt:15"


def test_the_first_sponsor_leads_and_the_others_and_the_supporters_collaborate() -> None:
    sponsors = read().record.protocol_section.sponsor_collaborators_module
    assert sponsors.lead_sponsor.name == "Lark Foundation"
    assert sponsors.lead_sponsor.agency_class is None
    assert [sponsor.name for sponsor in sponsors.collaborators] == ["Owl Society", "Seed Trust"]
    assert proposed(read())["sponsorCollaboratorsModule.leadSponsor.class"] == "OTHER"


def test_contacts_are_not_kept_and_their_lines_are_accounted_for() -> None:
    reading = read()
    shown = str(reading.as_json())
    assert "Fieldfare" not in shown
    assert "ann@example.org" not in shown
    assert "004612345678" not in shown
    assert [line.text for line in reading.unrecognised] == ["A line that nobody knows"]


def test_the_design_is_read_from_the_answers() -> None:
    section = read().record.protocol_section
    design = section.design_module
    assert design.study_type is StudyType.INTERVENTIONAL
    assert design.phases == (Phase.PHASE2, Phase.PHASE3)
    assert design.design_info.allocation is DesignAllocation.RANDOMIZED
    assert design.design_info.intervention_model is InterventionalAssignment.CROSSOVER
    assert design.design_info.masking_info.masking is DesignMasking.SINGLE
    assert design.design_info.primary_purpose is None
    assert proposed(read())["designModule.designInfo.primaryPurpose"] == "TREATMENT"
    assert section.oversight_module.oversight_has_dmc is False
    assert (design.enrollment_info.count, design.enrollment_info.type) == (24, DateType.ESTIMATED)


def test_two_kinds_of_blinding_are_reported_and_neither_is_stored() -> None:
    reading = read(LARKS.replace("E.8.1.4 Double blind: No", "E.8.1.4 Double blind: Yes"))
    assert reading.record.protocol_section.design_module.design_info.masking_info.masking is None
    assert "read/contradiction" in rules(reading)


def test_the_size_of_one_member_state_is_not_that_of_a_trial_in_several() -> None:
    reading = read(LARKS.replace("multiple Member States: No", "multiple Member States: Yes"))
    assert reading.record.protocol_section.design_module.enrollment_info.count is None


def test_products_of_one_name_are_one_intervention_and_the_placebo_is_another() -> None:
    seed, placebo = read().record.protocol_section.arms_interventions_module.interventions
    assert (seed.name, seed.other_names, seed.type) == ("Seed mix", ("Songseed",), InterventionType.BIOLOGICAL)
    assert seed.description == "Powder\nOral use"
    assert (placebo.name, placebo.type) == ("Placebo", None)
    assert read().record.protocol_section.arms_interventions_module.arm_groups == ()


def test_points_below_a_numbered_criterion_stay_with_it() -> None:
    text = read().record.protocol_section.eligibility_module.eligibility_criteria
    assert text is not None
    found = [(criterion.kind, criterion.text) for criterion in split_criteria(text)]
    assert found == [
        (CriterionKind.INCLUSION, "larks that have sung"),
        (CriterionKind.INCLUSION, "ringed birds:\n- on the left leg\n- or on the right"),
        (CriterionKind.EXCLUSION, "owls"),
        (CriterionKind.EXCLUSION, "deafness"),
    ]


def test_a_list_of_end_points_is_parted_and_their_common_time_frame_only_proposed() -> None:
    reading = read()
    outcomes = reading.record.protocol_section.outcomes_module
    assert [(item.measure, item.time_frame) for item in outcomes.primary_outcomes] == [
        ("songs a day", None),
        ("songs a night", None),
    ]
    assert proposed(reading)["outcomesModule.primaryOutcomes[0].timeFrame"] == "week 4"
    assert [(item.measure, item.time_frame) for item in outcomes.secondary_outcomes] == [
        ("weight of the bird", "week 8")
    ]


def test_age_groups_are_stored_and_limits_only_proposed() -> None:
    reading = read()
    eligibility = reading.record.protocol_section.eligibility_module
    assert eligibility.std_ages == (StandardAge.ADULT,)
    assert (eligibility.minimum_age, eligibility.maximum_age) == (None, None)
    assert proposed(reading)["eligibilityModule.minimumAge"] == "18 Years"
    assert proposed(reading)["eligibilityModule.maximumAge"] == "64 Years"
    assert eligibility.sex is Sex.FEMALE
    assert eligibility.healthy_volunteers is True


def test_a_completed_trial_in_one_member_state_is_completed_with_its_date() -> None:
    status = read().record.protocol_section.status_module
    assert status.overall_status is Status.COMPLETED
    assert str(status.completion_date_struct.date) == "2012-05-06"
    assert status.completion_date_struct.type is DateType.ACTUAL


@pytest.mark.parametrize(
    ("words", "value"),
    [("Ongoing", "RECRUITING"), ("Completed", "COMPLETED"), ("Not Authorised", "WITHDRAWN")],
)
def test_a_status_that_leaves_a_doubt_is_proposed_and_not_stored(words: str, value: str) -> None:
    text = LARKS.replace("Trial Status: Completed\nDate", f"Trial Status: {words}\nDate")
    text = text.replace("multiple Member States: No", "multiple Member States: Yes")
    text = text.replace("P. Date of the global end of the trial: 2012-05-06\n", "")
    reading = read(text)
    assert reading.record.protocol_section.status_module.overall_status is None
    assert proposed(reading)["statusModule.overallStatus"] == value


def test_a_second_member_state_gives_its_country_and_is_provenance_for_the_rest() -> None:
    norway = LARKS[LARKS.index("Summary") :].replace("Sweden - MPA", "Norway - NOMA").replace("week 4", "week 5")
    reading = read(LARKS + norway)
    section = reading.record.protocol_section
    assert [place.country for place in section.contacts_locations_module.locations] == ["Sweden", "Norway"]
    assert "week 5" in {fact.value for fact in reading.provenance if fact.path.startswith("Norway: E.5.1.1")}
    assert "Fieldfare" not in str(reading.as_json())


def test_a_file_of_two_trials_is_refused_with_their_numbers() -> None:
    other = LARKS[LARKS.index("Summary") :].replace("2010-000001-11", "2011-000002-22")
    with pytest.raises(InputError) as caught:
        read(LARKS + other)
    (issue,) = caught.value.issues
    assert issue.rule == "read/several-records"
    assert "2 trials: 2010-000001-11, 2011-000002-22" in issue.message


def test_every_fact_quotes_words_of_its_line() -> None:
    reading = read()
    lines = LARKS.split("\n")
    assert len(reading.facts) > 40
    for fact in reading.facts:
        assert fact.quote in lines[fact.line - 1]


def test_paths_of_the_facts_are_those_of_the_record() -> None:
    found = {fact.path for fact in read().facts}
    assert "protocolSection.identificationModule.secondaryIdInfos[1].id" in found
    assert "protocolSection.identificationModule.secondaryIdInfos[2].id" not in found
