"""Pages of trials that never were: other labels, several arms, other statuses, contacts, lost headings."""

from __future__ import annotations

import pytest

from armlet.registry.accounting import Reading
from armlet.registry.criteria_text import split_criteria
from armlet.registry.read import read_record
from armlet.registry.record import (
    ArmGroupType,
    DateType,
    DesignAllocation,
    DesignMasking,
    IpdSharing,
    OfficialRole,
    Phase,
    RecruitmentStatus,
    SecondaryIdType,
    Sex,
    StandardAge,
    Status,
    WhoMasked,
)

LISTING = """\
Snail Slime for Chapped Hands of Gardeners
This trial has been completed.

Conditions chapped hands, cracked thumbs
Treatments snail balm, plain balm
Phase phase 1/phase 2
Sponsor Garden Balms Ltd
Collaborators Soil Trust, Spade Society
Start date 3 May 2010
End date 2011
Trial size 1,024 participants
Trial identifier NCT09999991

Hands of gardeners crack in spring, and nobody knows why this should be so.
A second paragraph follows, which also belongs to the summary of this trial.

Costa Rica No locations recruiting
Peru No locations recruiting

Study Design

Allocation randomized
Endpoint classification safety study
Intervention model parallel assignment
Masking double-blind (subject, outcomes assessor)
Primary purpose supportive care
Slime (Experimental) twice a day
Control (Placebo Comparator)
snail balm
balm with slime of the garden snail
plain balm base cream, emollient

Primary Outcomes

Depth of cracks
time frame: 6 weeks
Comfort
time frame: 6 weeks

Secondary Outcomes

Wear of gloves

Eligibility Criteria

Female participants from 21 years up to 70 years old.

Exclusion Criteria: - snail allergy - age 30 - 40 years with long-standing eczema Inclusion Criteria: - gardeners

Additional Information

Official title A Trial of Slime
Study chair Flora Trowel, MSc
Study director Pip Dibber
Trial information was received from EudraCT and was last updated in March 2012.
Information provided to ClinicalTrials.gov by Garden Balms Ltd.
This line is about something else.
"""

CLASSIC = """\
Tea Against Sleepiness in Night Porters
![]() |
ClinicalTrials.gov Identifier: NCT09999992 |
Recruitment Status : Recruiting
First Posted : March 3, 2019
Results First Posted : June 1, 2021
Last Update Posted : 5 July 2021
- Study Results
Condition or disease | Intervention/treatment | Phase |
---|---|---|
Sleepiness
Boredom | Dietary Supplement: green tea Drug: caffeine Other: hot water | Phase 2
Phase 3 |
Brief Summary:
Porters fall asleep.
Tea may help.
Detailed Description:
There is more to say.
Study Type : | Interventional (Clinical Trial) |
Estimated Enrollment : | 1,200 participants |
Allocation: | Non-Randomized |
Intervention Model: | Factorial Assignment |
Masking: | Double (Participant, Investigator, Outcomes Assessor) |
Masking Description: | Cups are opaque |
Primary Purpose: | Basic Science |
Official Title: | Tea: A Trial |
Actual Study Start Date : | January 5, 2019 |
Estimated Primary Completion Date : | December 2022 |
Estimated Study Completion Date : | 2023 |
Arm | Intervention/treatment |
---|---|
Experimental: Tea
Green tea each night
|
Dietary Supplement: green tea
Two cups
Other Name: Sencha
Drug: caffeine
Tablet |
Sham Comparator: Water | Other: hot water |
No Intervention: Nothing
Porters as they are
| |
Primary Outcome Measures :
1. Minutes awake [%] [ Time Frame: one night ]
Counted by a camera
2. Steps walked [ Time Frame: one night ] with a pedometer
Secondary Outcome Measures :
1. Cups broken [ Time Frame: one year ]
Contacts
Contact: Ann Teapot | +44 1234 567 | ann@example.org
Ages Eligible for Study: | 18 Years and older (Adult, Older Adult) |
Sexes Eligible for Study: | Male |
Accepts Healthy Volunteers: | Yes |
Criteria
Inclusion Criteria:
1. night porter
   - of a hotel, or
   - of a hospital
2. able to drink
hot tea
Exclusion Criteria:
* allergy to tea
Locations
United Kingdom | |
Grand Hotel | Recruiting |
Leeds, United Kingdom, LS1 1AA |
Station Hotel | |
York, Yorkshire, United Kingdom |
Norway | |
Fjord Hotel | Not yet recruiting |
Bergen, Norway, 5003 |
Sponsors and Collaborators
Sponsor: | Night Work Foundation |
Collaborators:
Tea Board |
Cup Makers |
Study Director: | Kettle Black, MD | Leeds Tea School |
Responsible Party: | Night Work Foundation |
Other Study ID Numbers: |
TEA-1 |
2018-001234-56 ( EudraCT Number ) |
U1111 ( Other Identifier: WHO ) |
Last Verified: | July 2021 |
Plan to Share IPD: | No |
Studies a U.S. FDA-regulated Drug Product: | Yes |
Keywords provided by Night Work Foundation:
tea
porters
"""


@pytest.fixture(scope="module")
def listing() -> Reading:
    return read_record(LISTING.encode(), "listing")


@pytest.fixture(scope="module")
def classic() -> Reading:
    return read_record(CLASSIC.encode(), "classic")


def test_a_line_that_nobody_knows_is_listed_and_not_counted(listing: Reading) -> None:
    assert [line.text for line in listing.unrecognised] == ["This line is about something else."]
    assert listing.accounted == listing.total - 1


def test_a_listing_with_lists_and_ranges_is_read(listing: Reading) -> None:
    section = listing.record.protocol_section
    assert section.identification_module.brief_title == "Snail Slime for Chapped Hands of Gardeners"
    assert section.status_module.overall_status is Status.COMPLETED
    assert section.conditions_module.conditions == ("chapped hands", "cracked thumbs")
    assert section.design_module.phases == (Phase.PHASE1, Phase.PHASE2)
    assert section.design_module.enrollment_info.count == 1024
    assert section.design_module.enrollment_info.type is None
    assert [item.name for item in section.sponsor_collaborators_module.collaborators] == ["Soil Trust", "Spade Society"]
    assert str(section.status_module.start_date_struct.date) == "2010-05-03"
    assert str(section.status_module.completion_date_struct.date) == "2011"
    assert section.description_module.brief_summary == (
        "Hands of gardeners crack in spring, and nobody knows why this should be so.\n\n"
        "A second paragraph follows, which also belongs to the summary of this trial."
    )
    assert section.design_module.design_info.allocation is DesignAllocation.RANDOMIZED
    masking = section.design_module.design_info.masking_info
    assert (masking.masking, masking.who_masked) == (
        DesignMasking.DOUBLE,
        (WhoMasked.PARTICIPANT, WhoMasked.OUTCOMES_ASSESSOR),
    )


def test_arms_of_a_listing_that_are_named_keep_name_and_type_and_nothing_is_linked(listing: Reading) -> None:
    module = listing.record.protocol_section.arms_interventions_module
    assert [(arm.label, arm.type, arm.description) for arm in module.arm_groups] == [
        ("Slime", ArmGroupType.EXPERIMENTAL, "twice a day"),
        ("Control", ArmGroupType.PLACEBO_COMPARATOR, None),
    ]
    assert [(item.name, item.description, item.other_names, item.type) for item in module.interventions] == [
        ("snail balm", "balm with slime of the garden snail", (), None),
        ("plain balm", None, ("base cream", "emollient"), None),
    ]
    assert all(item.arm_group_labels == () for item in module.interventions)


def test_outcomes_without_time_frame_and_several_outcomes_are_told_apart(listing: Reading) -> None:
    outcomes = listing.record.protocol_section.outcomes_module
    assert [(item.measure, item.time_frame) for item in outcomes.primary_outcomes] == [
        ("Depth of cracks", "6 weeks"),
        ("Comfort", "6 weeks"),
    ]
    assert [(item.measure, item.time_frame) for item in outcomes.secondary_outcomes] == [("Wear of gloves", None)]


def test_hyphens_in_words_and_ranges_do_not_part_criteria(listing: Reading) -> None:
    eligibility = listing.record.protocol_section.eligibility_module
    assert (eligibility.sex, eligibility.minimum_age, eligibility.maximum_age) == (Sex.FEMALE, "21 Years", "70 Years")
    assert eligibility.std_ages == (StandardAge.ADULT, StandardAge.OLDER_ADULT)
    found = [(item.kind.value, item.text) for item in split_criteria(eligibility.eligibility_criteria or "")]
    assert found == [
        ("inclusion", "gardeners"),
        ("exclusion", "snail allergy"),
        ("exclusion", "age 30 - 40 years with long-standing eczema"),
    ]


def test_officials_of_a_listing_have_their_roles(listing: Reading) -> None:
    officials = listing.record.protocol_section.contacts_locations_module.overall_officials
    assert [(person.name, person.role) for person in officials] == [
        ("Flora Trowel, MSc", OfficialRole.STUDY_CHAIR),
        ("Pip Dibber", OfficialRole.STUDY_DIRECTOR),
    ]


def test_a_past_end_date_is_not_called_actual_without_asking(listing: Reading) -> None:
    proposals = {item.path: (item.value, item.stored) for item in listing.confirm}
    path = "protocolSection.statusModule.completionDateStruct.type"
    assert proposals[path] == ("ACTUAL", False)
    assert listing.record.protocol_section.status_module.completion_date_struct.type is None


@pytest.mark.parametrize(
    ("sentence", "status"),
    [
        ("This trial is currently recruiting participants.", Status.RECRUITING),
        ("This trial is not yet open for participant recruitment.", Status.NOT_YET_RECRUITING),
        ("This trial has been terminated.", Status.TERMINATED),
        ("This trial has been withdrawn prior to enrollment.", Status.WITHDRAWN),
        ("This trial is ongoing, but not recruiting participants.", Status.ACTIVE_NOT_RECRUITING),
        ("This trial is enrolling participants by magic.", None),
    ],
)
def test_the_status_sentence_is_read_or_listed_as_unrecognised(sentence: str, status: Status | None) -> None:
    reading = read_record(LISTING.replace("This trial has been completed.", sentence).encode(), "x")
    assert reading.record.protocol_section.status_module.overall_status is status
    assert (sentence in [line.text for line in reading.unrecognised]) is (status is None)


def test_every_line_of_an_invented_classic_page_is_accounted_for(classic: Reading) -> None:
    assert classic.unrecognised == ()
    assert classic.total == classic.accounted


def test_contact_details_are_passed_over_and_kept_nowhere(classic: Reading) -> None:
    assert classic.record.protocol_section.contacts_locations_module.central_contacts == ()
    assert "ann@example.org" not in str(classic.as_json())
    assert "567" not in str(classic.as_json())


def test_a_classic_page_with_several_arms_is_read(classic: Reading) -> None:
    module = classic.record.protocol_section.arms_interventions_module
    assert [(arm.label, arm.type, arm.description, arm.intervention_names) for arm in module.arm_groups] == [
        (
            "Tea",
            ArmGroupType.EXPERIMENTAL,
            "Green tea each night",
            ("Dietary Supplement: green tea", "Drug: caffeine"),
        ),
        ("Water", ArmGroupType.SHAM_COMPARATOR, None, ("Other: hot water",)),
        ("Nothing", ArmGroupType.NO_INTERVENTION, "Porters as they are", ()),
    ]
    assert [
        (item.name, item.description, item.other_names, item.arm_group_labels) for item in module.interventions
    ] == [
        ("green tea", "Two cups", ("Sencha",), ("Tea",)),
        ("caffeine", "Tablet", (), ("Tea",)),
        ("hot water", None, (), ("Water",)),
    ]


def test_outcome_headings_of_a_classic_page_sort_the_outcomes(classic: Reading) -> None:
    outcomes = classic.record.protocol_section.outcomes_module
    assert [(item.measure, item.time_frame, item.description) for item in outcomes.primary_outcomes] == [
        ("Minutes awake [%]", "one night", "Counted by a camera"),
        ("Steps walked", "one night", "with a pedometer"),
    ]
    assert [item.measure for item in outcomes.secondary_outcomes] == ["Cups broken"]
    assert not [item for item in classic.confirm if "outcomesModule" in item.path]


def test_nested_and_continued_criteria_stay_together(classic: Reading) -> None:
    text = classic.record.protocol_section.eligibility_module.eligibility_criteria or ""
    assert [(item.kind.value, item.text) for item in split_criteria(text)] == [
        ("inclusion", "night porter\n- of a hotel, or\n- of a hospital"),
        ("inclusion", "able to drink hot tea"),
        ("exclusion", "allergy to tea"),
    ]


def test_sites_of_several_countries_are_told_apart(classic: Reading) -> None:
    sites = classic.record.protocol_section.contacts_locations_module.locations
    assert [(site.facility, site.status, site.city, site.state, site.zip, site.country) for site in sites] == [
        ("Grand Hotel", RecruitmentStatus.RECRUITING, "Leeds", None, "LS1 1AA", "United Kingdom"),
        ("Station Hotel", None, "York", "Yorkshire", None, "United Kingdom"),
        ("Fjord Hotel", RecruitmentStatus.NOT_YET_RECRUITING, "Bergen", None, "5003", "Norway"),
    ]


def test_the_rest_of_an_invented_classic_page_is_read(classic: Reading) -> None:
    section = classic.record.protocol_section
    identity, design = section.identification_module, section.design_module
    assert classic.record.has_results is True
    assert section.conditions_module.conditions == ("Sleepiness", "Boredom")
    assert section.conditions_module.keywords == ("tea", "porters")
    assert section.description_module.brief_summary == "Porters fall asleep.\n\nTea may help."
    assert section.description_module.detailed_description == "There is more to say."
    assert (design.enrollment_info.count, design.enrollment_info.type) == (1200, DateType.ESTIMATED)
    assert str(section.status_module.start_date_struct.date) == "2019-01-05"
    assert section.status_module.study_first_post_date_struct.type is None
    assert section.eligibility_module.healthy_volunteers is True
    assert (section.eligibility_module.minimum_age, section.eligibility_module.maximum_age) == ("18 Years", None)
    assert section.sponsor_collaborators_module.lead_sponsor.name == "Night Work Foundation"
    assert [item.name for item in section.sponsor_collaborators_module.collaborators] == ["Tea Board", "Cup Makers"]
    assert identity.org_study_id_info.id == "TEA-1"
    assert [(item.id, item.type, item.domain) for item in identity.secondary_id_infos] == [
        ("2018-001234-56", SecondaryIdType.EUDRACT_NUMBER, None),
        ("U1111", SecondaryIdType.OTHER, "WHO"),
    ]
    assert section.ipd_sharing_statement_module.ipd_sharing is IpdSharing.NO
    assert section.oversight_module.is_fda_regulated_drug is True


def test_a_masking_level_that_disagrees_with_the_roles_is_reported_and_kept(classic: Reading) -> None:
    masking = classic.record.protocol_section.design_module.design_info.masking_info
    assert (masking.masking, len(masking.who_masked)) == (DesignMasking.DOUBLE, 3)
    assert "read/masking-count" in {issue.rule for issue in classic.issues}


def test_two_phases_on_two_lines_are_both_kept(classic: Reading) -> None:
    assert classic.record.protocol_section.design_module.phases == (Phase.PHASE2, Phase.PHASE3)


def test_criteria_without_a_heading_get_no_polarity_and_an_issue() -> None:
    text = LISTING.replace("Exclusion Criteria: ", "").replace(" Inclusion Criteria:", "")
    reading = read_record(text.encode(), "x")
    criteria = reading.record.protocol_section.eligibility_module.eligibility_criteria or ""
    assert "- snail allergy" in criteria
    assert split_criteria(criteria) == ()
    assert "read/criteria-polarity" in {issue.rule for issue in reading.issues}


@pytest.mark.parametrize("kind", ["Observational", "Expanded Access"])
def test_a_record_that_is_no_trial_is_read_with_a_warning(kind: str) -> None:
    reading = read_record(CLASSIC.replace("Interventional (Clinical Trial)", kind).encode(), "x")
    assert "read/not-interventional" in {issue.rule for issue in reading.issues}
