"""The results form of an invented trial with four participants: every number below was worked out by hand."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace

import pytest

from armlet.analysis.estimates import Estimate, Interval, NotEstimable, PValue
from armlet.analysis.plan import PlannedResult
from armlet.conduct.state import Participant
from armlet.errors import Fault
from armlet.export.results_form.compose import FilledForm, fill_form
from armlet.export.results_form.flow import why_not_completed
from armlet.export.results_form.locked import LockedTrial
from armlet.export.results_form.notes import render_notes
from armlet.export.results_form.numbers import Average
from armlet.ledger import events as e
from armlet.protocol.model import Endpoint, Protocol
from armlet.protocol.source import Source, Stated
from armlet.registry.record import (
    ArmGroup,
    ArmsInterventionsModule,
    Contact,
    ContactsLocationsModule,
    IdentificationModule,
    Location,
    Official,
    Outcome,
    OutcomesModule,
    ProtocolSection,
    Record,
    ResponsibleParty,
    ResponsiblePartyType,
    Sponsor,
    SponsorCollaboratorsModule,
    StatusModule,
)
from armlet.registry.results.rows import BaselineMeasure, MeasureClass, OutcomeMeasure, ReportingStatus
from armlet.studytime import PartialDate

Locked = Callable[..., LockedTrial]
Cells = list[tuple[str | None, str | None]]


def outcome(form: FilledForm, number: int = 0) -> OutcomeMeasure:
    return form.results.outcome_measures_module.outcome_measures[number]


def baseline(form: FilledForm, title: str) -> BaselineMeasure:
    measures = form.results.baseline_characteristics_module.measures
    return {str(measure.title): measure for measure in measures}[title]


def counts(row: MeasureClass) -> list[str | None]:
    return [count.value for denom in row.denoms for count in denom.counts]


def cells(row: MeasureClass, category: int = 0) -> Cells:
    return [(cell.value, cell.spread) for cell in row.categories[category].measurements]


def rows(measure: OutcomeMeasure) -> dict[str, MeasureClass]:
    return {str(row.title): row for row in measure.classes}


def rules(form: FilledForm) -> set[str]:
    return {issue.rule.removeprefix("results-form/") for issue in form.issues}


# --- Participant flow -----------------------------------------------------------------------------------------------


def test_the_flow_counts_everybody_once_and_balances(locked: Locked) -> None:
    (period,) = fill_form(locked()).results.participant_flow_module.periods

    counted = {
        milestone.type: [achieved.num_subjects for achieved in milestone.achievements]
        for milestone in period.milestones
    }
    assert counted == {
        "STARTED": ["2", "2"],
        "Received the intervention": ["1", "2"],
        "COMPLETED": ["2", "1"],
        "NOT COMPLETED": ["0", "1"],
    }
    (reason,) = period.drop_withdraws
    assert (reason.type, reason.comment) == ("Study terminated early", "The sponsor's funds ran out.")
    assert [one.num_subjects for one in reason.reasons] == ["0", "1"]


def test_the_milestone_says_why_somebody_was_not_given_the_intervention(locked: Locked) -> None:
    (period,) = fill_form(locked()).results.participant_flow_module.periods

    assert [one.comment for one in period.milestones[1].achievements] == ["Not given (logistics): 1.", None]


@pytest.mark.parametrize("is_sham", [True, False])
def test_a_sham_is_spoken_of_only_where_there_is_one(locked: Locked, invented: SimpleNamespace, is_sham: bool) -> None:
    base: Protocol = invented.protocol()
    given = tuple(one.model_copy(update={"sham": one.sham and is_sham}) for one in base.interventions)
    (period,) = fill_form(
        locked(protocol=base.model_copy(update={"interventions": given}))
    ).results.participant_flow_module.periods

    with_sham = "Product or sham, as the arm has it; also where not all of it could be given."
    assert period.milestones[1].comment == (with_sham if is_sham else "Also where not all of it could be given.")


def test_what_came_before_the_arms_is_told_with_everybody_in_one_line(
    locked: Locked, invented: SimpleNamespace
) -> None:
    flow = fill_form(locked(state=invented.lived(simulated=False))).results.participant_flow_module

    assert flow.pre_assignment_details == (
        "People given a participant number: 6; not eligible: 1; did not consent: 1; enrolled: 4."
    )
    assert flow.recruitment_details == (
        "Participants were enrolled in March 2021 at one site: Harbour Hospital, Seaford, Freedonia."
    )


def person(**changes: object) -> Participant:
    return dataclasses.replace(Participant("P1", "harbour", date(2021, 3, 1)), **changes)


def ended(*, early: bool) -> e.FollowUpEnded:
    return e.FollowUpEnded(participant="P1", early=early)


def death() -> e.AdverseEventReported:
    serious = (e.Seriousness.DEATH,)
    return e.AdverseEventReported(participant="P1", term="stroke", onset=date(2021, 5, 1), grade=5, serious=serious)


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (person(ended=ended(early=False)), None),
        (person(ended=ended(early=True)), "Study terminated early"),
        (person(lost=True), "Lost to Follow-up"),
        (person(withdrawn={e.WithdrawalScope.VISITS}), "Withdrawal by Subject"),
        (person(withdrawn={e.WithdrawalScope.INTERVENTION}, ended=ended(early=False)), None),
        (person(withdrawn={e.WithdrawalScope.VISITS}, ended=ended(early=False)), None),
        (person(withdrawn={e.WithdrawalScope.VISITS}, lost=True), "Withdrawal by Subject"),
        (person(lost=True, adverse_events=[death()]), "Death"),
    ],
)
def test_a_participant_is_in_exactly_one_place(one: Participant, reason: str | None) -> None:
    assert why_not_completed(one) == reason


def test_somebody_who_never_ended_is_a_fault_of_the_lock() -> None:
    with pytest.raises(Fault, match="neither ended nor left"):
        why_not_completed(person())


# --- Baseline -------------------------------------------------------------------------------------------------------


def test_age_and_sex_have_a_column_for_each_arm_and_one_for_everybody(locked: Locked) -> None:
    form = fill_form(locked())
    age, sex = baseline(form, "Age, Continuous"), baseline(form, "Sex: Female, Male")

    titles = [group.title for group in form.results.baseline_characteristics_module.groups]
    assert titles == ["airway cells", "imitated infusion", "Total"]
    assert cells(age.classes[0]) == [("32.50", "2.12"), ("32.50", "0.71"), ("32.50", "1.29")]
    assert age.unit_of_measure == "years"
    assert [category.title for category in sex.classes[0].categories] == ["Female", "Male"]
    assert [value for value, _ in cells(sex.classes[0])] == ["1", "0", "1"]
    assert [value for value, _ in cells(sex.classes[0], 1)] == ["1", "2", "3"]


def test_what_was_not_asked_is_said_in_the_registrys_words_and_the_region_is_the_country(locked: Locked) -> None:
    form = fill_form(locked())
    race, region = baseline(form, "Race and Ethnicity Not Collected"), baseline(form, "Region of Enrollment")

    assert race.population_description == "Race and Ethnicity were not collected from any participant."
    assert counts(race.classes[0]) == ["0", "0", "0"]
    assert race.classes[0].categories == ()
    assert region.classes[0].title == "Freedonia"
    assert [value for value, _ in cells(region.classes[0])] == ["2", "2", "4"]


def test_the_trials_own_measures_have_their_unit_and_endpoints_their_value_before(locked: Locked) -> None:
    form = fill_form(locked())
    weight = baseline(form, "Body weight, at screening")
    fev1 = baseline(form, "Mean FEV1 in the half hour after exercise, before the intervention")

    assert (weight.unit_of_measure, cells(weight.classes[0])[0]) == ("kg", ("63.00", "2.12"))
    assert fev1.unit_of_measure == "L"
    assert cells(fev1.classes[0]) == [("1.950", "0.071"), ("2.000", "0.283"), ("1.975", "0.171")]


def test_a_person_without_an_answer_is_in_no_denominator(locked: Locked, invented: SimpleNamespace) -> None:
    state = invented.lived()
    del state.participants["P4"].answers["age"]
    state.participants["P2"].answers["sex"] = None

    form = fill_form(locked(state=state))

    age, sex = baseline(form, "Age, Continuous"), baseline(form, "Sex: Female, Male")
    assert counts(age.classes[0]) == ["1", "2", "3"]
    assert cells(age.classes[0])[0] == ("31.00", "NA")
    assert counts(sex.classes[0]) == ["2", "1", "3"]


def test_medians_come_with_the_range_where_they_are_asked_for(locked: Locked) -> None:
    form = fill_form(locked(average=Average.MEDIAN))
    (age,) = baseline(form, "Age, Continuous").classes
    last = age.categories[0].measurements[2]

    assert str(baseline(form, "Age, Continuous").dispersion_type) == "FULL_RANGE"
    assert (last.value, last.lower_limit, last.upper_limit) == ("32.50", "31.00", "34.00")
    assert outcome(form).dispersion_type == "Full Range"


def test_a_protocol_without_age_sex_or_country_has_them_listed_with_the_part_to_mend(
    locked: Locked, invented: SimpleNamespace
) -> None:
    base: Protocol = invented.protocol()
    other = {"age": {"unit": "1"}, "sex": {"codes": ("a", "b")}}
    measures = tuple(one.model_copy(update=other.get(one.id, {})) for one in base.measures)
    site = base.organisation.sites[0].model_copy(update={"country": ""})
    organisation = base.organisation.model_copy(update={"sites": (site,)})
    protocol = base.model_copy(update={"measures": measures, "organisation": organisation})

    form = fill_form(locked(protocol=protocol))

    assert {"age", "sex", "region"} <= rules(form)
    places = {issue.rule: issue.where for issue in form.issues}
    assert places["results-form/age"] == "protocol.yaml: measures"
    titles = {measure.title for measure in form.results.baseline_characteristics_module.measures}
    assert not titles & {"Age, Continuous", "Sex: Female, Male", "Region of Enrollment"}


# --- Outcomes -------------------------------------------------------------------------------------------------------


def test_an_outcome_has_a_row_for_each_visit_and_change_with_its_own_denominators(locked: Locked) -> None:
    first = outcome(fill_form(locked()))

    table = {title: (counts(row), cells(row)) for title, row in rows(first).items()}
    assert table == {
        "Screening": (["2", "2"], [("1.950", "0.071"), ("2.000", "0.283")]),
        "Month 3": (["2", "2"], [("2.015", "0.120"), ("1.950", "0.283")]),
        "Month 9": (["2", "1"], [("2.130", "0.269"), ("1.720", "NA")]),
        "Change from screening to month 3": (["2", "2"], [("0.065", "0.049"), ("-0.050", "0.000")]),
        "Change from screening to month 9": (["2", "1"], [("0.180", "0.198"), ("-0.080", "NA")]),
    }
    assert [count.value for count in first.denoms[0].counts] == ["2", "2"]
    alone = rows(first)["Month 9"].categories[0].measurements[1]
    assert alone.comment == "The standard deviation cannot be computed from the value of one participant."


def test_an_outcome_says_what_when_of_whom_and_why_values_are_missing(locked: Locked) -> None:
    first = outcome(fill_form(locked()))

    assert (first.type, first.title, first.unit_of_measure) == (
        "PRIMARY",
        "Mean FEV1 in the half hour after exercise",
        "L",
    )
    assert first.time_frame == (
        "before the infusion and 3 and 9 months after it. Reported at: screening, month 3 and month 9"
    )
    assert first.population_description is not None
    assert first.population_description.endswith(
        "Everybody randomised. No value at month 9: visit month 9 not held (1)."
    )


def test_an_outcome_without_any_value_is_posted_with_nobody_analysed_and_no_table(
    locked: Locked, invented: SimpleNamespace
) -> None:
    nothing = dict.fromkeys(("P1", "P2", "P3", "P4"), (None, None, None))
    first = outcome(fill_form(locked(data=invented.dataset(fev1=nothing))))

    assert first.reporting_status is ReportingStatus.POSTED
    assert [count.value for count in first.denoms[0].counts] == ["0", "0"]
    assert (first.param_type, first.classes) == (None, ())
    assert "visit month 9 not held (4)" in str(first.population_description)


def from_outcome(endpoint: Endpoint, place: str) -> Endpoint:
    return endpoint.model_copy(update={"source": Source(stated=(Stated(where=place, words="as registered"),))})


def test_a_registered_outcome_keeps_its_words_and_one_that_nobody_measured_is_not_posted(
    locked: Locked, invented: SimpleNamespace
) -> None:
    base: Protocol = invented.protocol()
    endpoints = (from_outcome(base.endpoints[0], "outcomesModule.primaryOutcomes[0].measure"), *base.endpoints[1:])
    outcomes = OutcomesModule(
        primary_outcomes=(Outcome(measure="Breathing after effort", time_frame="9 months"),),
        secondary_outcomes=(Outcome(measure="Sleep", time_frame="9 months"),),
    )
    registered = Record(protocol_section=ProtocolSection(outcomes_module=outcomes))

    form = fill_form(locked(protocol=base.model_copy(update={"endpoints": endpoints}), registered=registered))

    told = [
        (str(one.title), str(one.reporting_status)) for one in form.results.outcome_measures_module.outcome_measures
    ]
    assert told == [
        ("Breathing after effort", "POSTED"),
        ("Reliever inhaled per day and body weight", "POSTED"),
        ("Sleep", "NOT_POSTED"),
    ]
    assert "Measured as: mean FEV1 in the half hour after exercise." in str(outcome(form).description)
    module = form.record.protocol_section.outcomes_module
    assert [one.measure for one in module.primary_outcomes] == ["Breathing after effort"]
    assert [one.measure for one in module.secondary_outcomes] == ["Reliever inhaled per day and body weight", "Sleep"]
    assert {"outcome-without-endpoint", "outcome-not-registered"} <= rules(form)


def test_an_event_is_a_count_of_participants(locked: Locked, invented: SimpleNamespace) -> None:
    base: Protocol = invented.protocol()
    endpoint = base.endpoints[0].model_copy(update={"unit": "1"})
    analysis = base.analyses[0].model_copy(update={"method": "clopper_pearson", "settings": {"arm": "cells"}})
    protocol = base.model_copy(update={"endpoints": (endpoint, base.endpoints[1]), "analyses": (analysis,)})
    had = {"P1": ("0", "1", "1"), "P2": ("0", "0", "1"), "P3": ("0", "1", None), "P4": ("0", "0", "0")}
    share = Estimate("share", "proportion with the event in cells", "clopper_pearson", 0.5, "1",
                     Interval(0.0126, 0.9874, 0.95), None, {"cells": 2})  # fmt: skip
    results = (PlannedResult(analysis, "month_9", share),)

    first = outcome(fill_form(locked(protocol=protocol, data=invented.dataset(fev1=had), results=results)))

    assert (str(first.param_type), first.unit_of_measure) == ("COUNT_OF_PARTICIPANTS", "Participants")
    table = {title: (counts(row), cells(row)) for title, row in rows(first).items()}
    assert table == {
        "Month 3": (["2", "2"], [("1", None), ("1", None)]),
        "Month 9": (["2", "1"], [("1", None), ("1", None)]),
    }
    (told,) = first.analyses
    assert (told.param_type, told.param_value, told.p_value) == ("Proportion", "0.5000", None)
    assert told.group_ids == ("OG000",)


# --- Analyses -------------------------------------------------------------------------------------------------------


def test_an_estimate_has_its_interval_p_arms_and_words(locked: Locked) -> None:
    (told,) = outcome(fill_form(locked())).analyses

    assert (told.param_type, told.param_value) == ("Mean Difference (Final Values)", "0.2600")
    assert (told.ci_pct_value, told.ci_lower_limit, told.ci_upper_limit) == ("95", "-0.0500", "0.6100")
    assert (str(told.ci_num_sides), str(told.non_inferiority_type)) == ("TWO_SIDED", "SUPERIORITY")
    assert (told.p_value, told.group_ids) == ("0.2500", ("OG000", "OG001"))
    assert told.p_value_comment == (
        "Two-sided; exact. The smallest p that could have come out is 0.1250. No adjustment for several analyses."
    )
    assert told.estimate_comment == (
        'Difference in means of the change from baseline, "airway cells" minus "imitated infusion". Unit: L.'
    )
    assert told.non_inferiority_comment == "Read with care."
    assert told.group_description == (
        "Primary analysis: main. Of: everybody randomised. Analysed: 2 in airway cells, 1 in imitated infusion. "
        "Left out: visit month 9 not held (1)."
    )


def test_an_analysis_that_cannot_be_computed_is_told_in_words_and_has_no_number(
    locked: Locked, invented: SimpleNamespace
) -> None:
    reason = 'arm "imitation" has 1 person with a usable value; at least 2 needed'
    result = NotEstimable("main", "rerandomisation", reason, {"cells": 2, "imitation": 1})

    (told,) = outcome(fill_form(locked(results=(invented.planned(result),)))).analyses

    assert (told.param_value, told.p_value, told.ci_pct_value) == (None, None, None)
    assert told.other_analysis_description == (
        "Planned and not computed (Re-randomisation test over the trial's own allocations): "
        'the arm "imitated infusion" has 1 person with a usable value; at least 2 needed.'
    )


def test_one_arm_is_no_comparison_and_a_small_p_is_told_as_such(locked: Locked, invented: SimpleNamespace) -> None:
    result = Estimate("change", "mean change from baseline in cells", "sign_flip", 12.345, "L", None,
                      PValue(0.00001, exact=False), {"cells": 2}, details=(("standard error", 0.5),))  # fmt: skip

    (told,) = outcome(fill_form(locked(results=(invented.planned(result),)))).analyses

    assert (str(told.non_inferiority_type), told.p_value) == ("OTHER", "<0.0001")
    assert (told.param_value, told.dispersion_value) == ("12.35", "0.50")
    assert told.estimate_comment == (
        'Mean change from baseline in "airway cells". Unit: L. No interval with finite ends can be given.'
    )
    assert "not exact" in str(told.p_value_comment)


@pytest.mark.parametrize(
    ("method", "settings", "details", "expected"),
    [
        ("mmrm", {}, (("standard error, Kenward and Roger", 0.5),), ("LS Mean Difference", "0.50", "TWO_SIDED")),
        ("tobit", {}, (("standard error, observed information", 0.5),), ("LS Mean Difference", "0.50", "TWO_SIDED")),
        ("win_ratio", {"measure": "win_odds"}, (), ("Win odds", None, "TWO_SIDED")),
        ("rerandomisation", {"statistic": "ranks"}, (), ("Hodges-Lehmann shift", None, "TWO_SIDED")),
        (
            "rerandomisation",
            {"statistic": "difference", "of": "change"},
            (),
            ("Mean Difference (Net)", None, "TWO_SIDED"),
        ),
        ("clopper_pearson", {"sides": "lower"}, (("sides", "lower"),), ("Proportion", None, "ONE_SIDED")),
    ],
)
def test_each_method_says_what_it_estimates_with_its_error_and_the_sides_of_its_interval(
    locked: Locked, invented: SimpleNamespace, method: str, settings: dict[str, object],
    details: tuple[tuple[str, float | str], ...], expected: tuple[str, str | None, str],
) -> None:  # fmt: skip
    result = Estimate("change", "what", method, 12.345, "L", Interval(1.0, 20.0, 0.95), None, {"cells": 2, "imitation": 1},
                      details=details)  # fmt: skip
    planned = invented.planned(result)
    analysis = planned.analysis.model_copy(update={"method": method, "settings": settings})

    (told,) = outcome(fill_form(locked(results=(dataclasses.replace(planned, analysis=analysis),)))).analyses

    assert (told.param_type, told.dispersion_value, str(told.ci_num_sides)) == expected
    assert (told.ci_upper_limit is None) is (expected[2] == "ONE_SIDED")
    assert "Method: " in str(told.estimate_comment)


def test_a_table_counts_the_members_of_the_analysis_set_and_nobody_else(
    locked: Locked, invented: SimpleNamespace
) -> None:
    without_the_last = dataclasses.replace(invented.dataset(), sets={"all_randomised": ("P1", "P2", "P3")})
    first = outcome(fill_form(locked(data=without_the_last)))

    assert [count.value for count in first.denoms[0].counts] == ["1", "2"]
    assert cells(rows(first)["Month 3"]) == [("2.100", "NA"), ("1.950", "0.283")]
    assert "Assigned and not in this set: 1 of 2 in airway cells." in str(first.population_description)


def test_a_set_that_nobody_is_in_says_so_beside_its_noughts(locked: Locked, invented: SimpleNamespace) -> None:
    nobody = dataclasses.replace(invented.dataset(), sets={"all_randomised": ()})
    first = outcome(fill_form(locked(data=nobody)))

    assert [count.value for count in first.denoms[0].counts] == ["0", "0"]
    said = "Assigned and not in this set: 2 of 2 in airway cells; 2 of 2 in imitated infusion."
    assert said in str(first.population_description)


def test_an_outcome_says_how_many_values_rest_on_a_result_below_the_limit_and_what_was_reckoned_with(
    locked: Locked, invented: SimpleNamespace
) -> None:
    data = invented.dataset()
    notes = {
        ("P1", "month_3"): ("below the limit of 0.1 L, taken as half of it (at 0 min, 10 min)",),
        ("P2", "month_3"): ("covers 0 to 29 min", "below the limit of 0.1 L, taken as half of it (at 30 min)"),
        ("P2", "month_9"): ("below the limit of 0.2 L, taken as half of it",),
    }
    derived = tuple(
        dataclasses.replace(one, notes=notes.get((one.participant, one.visit), ()))
        if one.endpoint == "fev1_after_exercise" and (one.participant, one.visit) in notes
        else one
        for one in data.derived
    )
    form = fill_form(locked(data=dataclasses.replace(data, derived=derived)))

    assert (
        "Values that rest on a result below what could be measured: 3 (below the limit of 0.1 L, taken as half of it; "
        "below the limit of 0.2 L, taken as half of it)."
    ) in str(outcome(form).description)
    assert "below what could be measured" not in str(outcome(form, 1).description)


def test_what_an_analysis_leans_on_is_told_whole_where_its_own_field_is_too_short(
    locked: Locked, invented: SimpleNamespace
) -> None:
    long = [f"{letter * 248}." for letter in "abc"]
    result = dataclasses.replace(invented.estimate(), warnings=tuple(long))

    first = outcome(fill_form(locked(results=(invented.planned(result), invented.planned(result)))))

    assert [one.non_inferiority_comment for one in first.analyses] == [f"{long[0]} {long[1]}"] * 2
    assert str(first.description).endswith(f"a fall is negative. Of the analyses: {long[2]}")


# --- Adverse events -------------------------------------------------------------------------------------------------


def test_adverse_events_are_counted_by_arm_with_noughts(locked: Locked, invented: SimpleNamespace) -> None:
    events = fill_form(locked(state=invented.lived(term="asthma attack"))).results.adverse_events_module

    heads = [
        (one.deaths_num_affected, one.serious_num_affected, one.other_num_affected, one.other_num_at_risk)
        for one in events.event_groups
    ]
    assert heads == [(0, 1, 0, 2), (0, 0, 1, 2)]
    ((serious,), (other,)) = (events.serious_events, events.other_events)
    assert (serious.term, serious.notes) == ("asthma attack", "Highest grade: 3 (CTCAE 5.0).")
    assert [(one.num_events, one.num_affected, one.num_at_risk) for one in serious.stats] == [(1, 1, 2), (0, 0, 2)]
    assert (other.term, other.organ_system, other.source_vocabulary) == ("sore throat", None, "Not coded")
    assert [(one.num_events, one.num_affected) for one in other.stats] == [(0, 0), (1, 1)]
    assert events.frequency_threshold == "0"


def test_a_death_is_counted_and_events_outside_the_arms_are_listed(locked: Locked, invented: SimpleNamespace) -> None:
    state = invented.lived()
    state.participants["P3"].adverse_events.append(death())
    state.participants["P5"].adverse_events.append(death())

    form = fill_form(locked(state=state))

    deaths = [one.deaths_num_affected for one in form.results.adverse_events_module.event_groups]
    assert deaths == [0, 1]
    assert "events-without-arm" in rules(form)


def test_somebody_with_one_event_twice_is_one_participant_and_two_events(
    locked: Locked, invented: SimpleNamespace
) -> None:
    state = invented.lived()
    again = e.AdverseEventReported(participant="P2", term="sore throat", onset=date(2021, 7, 1))
    state.participants["P2"].adverse_events.append(again)
    (other,) = fill_form(locked(state=state)).results.adverse_events_module.other_events

    assert [(one.num_events, one.num_affected) for one in other.stats] == [(0, 0), (2, 1)]


def test_words_that_differ_in_case_or_spaces_only_are_one_term(locked: Locked, invented: SimpleNamespace) -> None:
    state = invented.lived()
    for name, term in (("P1", " Sore  Throat"), ("P2", "SORE THROAT ")):
        event = e.AdverseEventReported(participant=name, term=term, onset=date(2021, 7, 1))
        state.participants[name].adverse_events.append(event)
    (other,) = fill_form(locked(state=state)).results.adverse_events_module.other_events

    assert other.term == "Sore Throat"
    assert [(one.num_events, one.num_affected) for one in other.stats] == [(1, 1), (2, 1)]


def test_a_grade_that_means_death_without_a_death_is_listed_and_not_counted(
    locked: Locked, invented: SimpleNamespace
) -> None:
    state = invented.lived()
    graded = death().model_copy(update={"serious": (e.Seriousness.HOSPITALISATION,)})
    state.participants["P2"].adverse_events.append(graded)
    form = fill_form(locked(state=state))

    assert [one.deaths_num_affected for one in form.results.adverse_events_module.event_groups] == [0, 0]
    (issue,) = [one for one in form.issues if one.rule == "results-form/fatal-grade"]
    assert issue.where == "protocol.yaml: safety.scale"
    assert issue.message == (
        "participants with an event of grade 5, which is death by CTCAE 5.0, and with none that was reported as a "
        "death: 1; they are not counted as dead."
    )
    state.participants["P2"].adverse_events.append(death())
    assert "fatal-grade" not in rules(fill_form(locked(state=state)))


def test_a_trial_without_adverse_events_says_that_there_was_none(locked: Locked, invented: SimpleNamespace) -> None:
    state = invented.lived(simulated=False)
    for one in state.participants.values():
        one.adverse_events.clear()
    form = fill_form(locked(state=state))
    events = form.results.adverse_events_module

    assert (events.serious_events, events.other_events) == ((), ())
    assert str(events.description).startswith("No adverse event was reported. At risk is everybody who was assigned")
    assert "organ-system" not in rules(form)


def test_the_completion_is_the_last_day_on_which_anybody_was_seen_also_outside_the_schedule(
    locked: Locked, invented: SimpleNamespace
) -> None:
    state = invented.lived()
    unplanned = e.UnscheduledVisitHeld(participant="P3", on=date(2022, 2, 20), why="a cold")
    state.participants["P3"].unscheduled.append(unplanned)
    status = fill_form(locked(state=state)).record.protocol_section.status_module

    assert str(status.primary_completion_date_struct.date) == "2022-01-14"
    assert str(status.completion_date_struct.date) == "2022-02-20"


def test_the_primary_completion_is_the_last_visit_of_a_primary_outcome_not_of_any(
    locked: Locked, invented: SimpleNamespace
) -> None:
    base: Protocol = invented.protocol()
    early = base.endpoints[0].model_copy(update={"visits": ("month_3",)})
    protocol = base.model_copy(update={"endpoints": (early, base.endpoints[1]), "analyses": ()})
    status = fill_form(locked(protocol=protocol, results=())).record.protocol_section.status_module

    assert str(status.primary_completion_date_struct.date) == "2021-07-13"
    assert str(status.completion_date_struct.date) == "2022-01-14"


# --- The rest, and the whole ----------------------------------------------------------------------------------------


def test_limitations_are_facts(locked: Locked, invented: SimpleNamespace) -> None:
    more = fill_form(locked(state=invented.lived(simulated=False))).results.more_info_module

    assert more.limitations_and_caveats.description == (
        "The trial was terminated early on 2022-04-05: the sponsor's funds ran out. "
        "Participants planned: 12; enrolled: 4 (2 and 2 by arm). "
        "Assigned and never given the intervention: 1. "
        "Values planned for the primary outcome, over all visits: 12; missing: 1. "
        "With so few participants, estimates are imprecise; each analysis says what it leans on."
    )
    assert more.point_of_contact.organization == "Institute for Breathing Research"
    assert more.certain_agreement.pi_sponsor_employee is None


def test_what_the_trial_does_not_hold_is_listed_and_not_made_up(locked: Locked) -> None:
    form = fill_form(locked())

    assert {"contact", "agreement", "documents", "organ-system", "assessment", "responsible-party"} <= rules(form)
    assert all(
        issue.where and issue.message and issue.where.startswith(("protocol.yaml:", "record:")) for issue in form.issues
    )


def test_nobody_is_named_in_the_results(locked: Locked) -> None:
    form = fill_form(locked())
    text = json.dumps(form.results.as_json())

    assert not re.search(r"\bP[1-6]\b", text)
    assert "Ada Example" not in text


def test_a_simulated_trial_says_so_in_every_module_and_loses_its_number(locked: Locked) -> None:
    registered = Record(
        protocol_section=ProtocolSection(identification_module=IdentificationModule(nct_id="NCT00000001"))
    )
    trial = locked(registered=registered)
    form = fill_form(trial)

    parts = form.record.results_section
    assert parts is not None
    assert all("SIMULATED" in json.dumps(part) for part in parts.values())
    identity = form.record.protocol_section.identification_module
    assert identity.nct_id is None
    assert "SIMULATED" in str(identity.brief_title)
    assert "SIMULATED" in render_notes(trial, form, "study.json")


def test_a_real_trial_keeps_its_number_and_never_says_simulated(locked: Locked, invented: SimpleNamespace) -> None:
    registered = Record(
        protocol_section=ProtocolSection(identification_module=IdentificationModule(nct_id="NCT00000001"))
    )
    trial = locked(registered=registered, state=invented.lived(simulated=False))
    form = fill_form(trial)

    assert form.record.protocol_section.identification_module.nct_id == "NCT00000001"
    assert "SIMULATED" not in json.dumps(form.record.as_json()) + render_notes(trial, form, "study.json")


def test_nobody_real_is_named_beside_invented_results(locked: Locked, invented: SimpleNamespace) -> None:
    somebody = "Ada Example, MD"
    section = ProtocolSection(
        sponsor_collaborators_module=SponsorCollaboratorsModule(
            responsible_party=ResponsibleParty(
                type=ResponsiblePartyType.PRINCIPAL_INVESTIGATOR,
                investigator_full_name=somebody,
                investigator_affiliation="Harbour Hospital",
            ),
            lead_sponsor=Sponsor(name="Institute for Breathing Research"),
        ),
        contacts_locations_module=ContactsLocationsModule(
            central_contacts=(Contact(name=somebody),),
            overall_officials=(Official(name=somebody),),
            locations=(Location(city="Seaford", contacts=(Contact(name=somebody),)),),
        ),
    )
    simulated = fill_form(locked(registered=Record(protocol_section=section))).record
    real = fill_form(locked(registered=Record(protocol_section=section), state=invented.lived(simulated=False))).record

    assert json.dumps(real.as_json()).count(somebody) == 4
    assert somebody not in json.dumps(simulated.as_json())
    kept = simulated.protocol_section
    assert kept.sponsor_collaborators_module.responsible_party == ResponsibleParty(
        type=ResponsiblePartyType.PRINCIPAL_INVESTIGATOR
    )
    assert kept.sponsor_collaborators_module.lead_sponsor == Sponsor(name="Institute for Breathing Research")
    assert kept.contacts_locations_module.locations == (Location(city="Seaford"),)


def test_the_section_says_what_happened_and_keeps_what_was_registered(
    locked: Locked, invented: SimpleNamespace
) -> None:
    registered = Record(
        protocol_section=ProtocolSection(
            identification_module=IdentificationModule(brief_title="As it was registered"),
            status_module=StatusModule(status_verified_date=PartialDate(2021, 5), why_stopped=None),
            arms_interventions_module=ArmsInterventionsModule(arm_groups=(ArmGroup(description="no label"),)),
        )
    )
    form = fill_form(locked(registered=registered, state=invented.lived(simulated=False)))
    section = form.record.protocol_section
    status = section.status_module

    assert section.identification_module.brief_title == "As it was registered"
    assert str(status.overall_status) == "TERMINATED"
    assert status.why_stopped == "the sponsor's funds ran out"
    assert str(status.start_date_struct.date) == "2021-03-02"
    assert str(status.primary_completion_date_struct.date) == "2022-01-14"
    assert str(status.completion_date_struct.type) == "ACTUAL"
    assert section.design_module.enrollment_info.count == 4
    assert [str(phase) for phase in section.design_module.phases] == ["PHASE1", "PHASE2"]
    assert [arm.label for arm in section.arms_interventions_module.arm_groups] == ["airway cells", "imitated infusion"]
    masking = section.design_module.design_info.masking_info
    assert (str(masking.masking), [str(one) for one in masking.who_masked]) == (
        "DOUBLE",
        ["PARTICIPANT", "OUTCOMES_ASSESSOR"],
    )
    assert form.record.has_results is True
    taken = {issue.where for issue in form.issues if issue.rule == "results-form/from-protocol"}
    assert "record: protocolSection.armsInterventionsModule.armGroups" in taken
    assert "record: protocolSection.identificationModule.briefTitle" not in taken


def test_an_arm_is_described_with_dose_route_and_what_a_sham_holds(locked: Locked) -> None:
    groups = fill_form(locked()).results.participant_flow_module.groups

    assert groups[0].description == (
        "One infusion of the participant's own airway cells. "
        "Product: airway cells, 1.5 × 10^6/kg to 2.5 × 10^6/kg (viable cells), intravenous, in saline. "
        "Intervention: infusion of airway cells."
    )
    assert groups[1].description == (
        "One infusion that looks the same and holds no cells. Sham: saline with the same additives, no cells. "
        "Intervention: sham infusion."
    )


def test_the_notes_ask_for_a_look_at_privacy_and_list_what_is_to_be_filled_in(locked: Locked) -> None:
    trial = locked()
    form = fill_form(trial)
    notes = render_notes(trial, form, "study.json")

    assert "Small cells can tell who somebody is: with 4 participants" in notes
    assert "four significant digits" in notes
    assert notes.count("results-form/contact") == 1
