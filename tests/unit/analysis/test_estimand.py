"""Each strategy of ICH E9(R1) turns values as observed into those that the estimand asks for; what is missing stays apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import pytest

from armlet.allocation.scheme import Scheme
from armlet.allocation.unblinded import Slot, UnblindedDataset
from armlet.analysis.cases import Case, Cases
from armlet.analysis.estimates import Estimate, NotEstimable
from armlet.analysis.plan import PlannedResult, check_plan, make_cases, run_plan
from armlet.derivation.dataset import BlindedDataset
from armlet.derivation.derived import Derived, DerivedOrNot, NotDerived
from armlet.derivation.followed import Followed, Occurrence
from armlet.errors import InputError
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Protocol
from tests.unit.conduct.conftest import BASE

ASSUMED = {"assumed": {"because": "invented for the tests", "confirm": "the trial statistician"}}
DAYS = {"screening": date(2021, 3, 2), "month_3": date(2021, 7, 15), "month_9": date(2022, 1, 15)}
CLOSES = {"month_3": date(2021, 7, 25), "month_9": date(2022, 2, 5)}
BEGINS = {"enrolment": date(2021, 3, 5), "randomisation": date(2021, 3, 11), "administration": date(2021, 4, 15)}
AFTER_3, BEFORE_3 = date(2021, 8, 1), date(2021, 7, 1)
FEV1: Mapping[str, Sequence[str | None]] = {
    "P1": ("2.0", "2.2", "2.4"), "P2": ("2.0", "2.1", "2.2"), "P3": ("2.0", "2.3", None), "P4": ("2.0", "1.9", "1.8"),
}  # fmt: skip


def planned(*treated: Mapping[str, object], **analysis: object) -> Protocol:
    """The neutral trial with two events, and a primary analysis that treats them so."""
    plain = load_protocol(BASE).model_dump(mode="json", by_alias=True, exclude_none=True)
    plain["intercurrent_events"] = [
        {"id": "graft", "label": "a lung graft", "when": ["recorded"], "source": ASSUMED},
        {"id": "death", "label": "death", "when": ["died"], "source": ASSUMED},
    ]
    plain["sets"].append({"id": "kept", "label": "who kept to it", "of": "per protocol", "source": ASSUMED})
    plain["analyses"][0] |= {"method": "difference", "intercurrent": list(treated), **analysis}
    return Protocol.from_plain(plain)


def derived(endpoint: str, who: str, visit: str, typed: str | None, unit: str) -> DerivedOrNot:
    if typed is None:
        return NotDerived(endpoint, who, visit, "visit month 9 not held: not yet")
    below = typed.startswith("<")
    return Derived(endpoint, who, visit, Decimal(typed.removeprefix("<")), unit, DAYS[visit], (1,), below_limit=below)


def blinded(
    *occurrences: Occurrence, fev1: Mapping[str, Sequence[str | None]] = FEV1, last: date = date(2022, 1, 15)
) -> BlindedDataset:
    values = [
        derived("fev1_after_exercise", who, visit, typed, "L")
        for who, numbers in fev1.items()
        for visit, typed in zip(DAYS, numbers, strict=True)
    ]
    values += [derived("reliever_per_weight", who, "screening", "3.5", "ug/kg/d") for who in fev1]
    background: Mapping[tuple[str, str], Decimal | str] = {
        ("screening", "sex"): "female", ("screening", "weight"): Decimal("71.5"),
    }  # fmt: skip
    followed = {
        who: Followed(tuple(one for one in occurrences if one.participant == who), BEGINS, last, CLOSES, background)
        for who in fev1
    }
    everybody = tuple(fev1)
    sets = {"all_randomised": everybody, "kept": ()}
    return BlindedDataset("breeze", "sha256:0", True, everybody, tuple(values), (), sets, followed, frozenset({"kept"}))


def unblinded(dataset: BlindedDataset) -> UnblindedDataset:
    arms = ("cells", "imitation")
    slots = tuple(Slot(number, who, arms[number % 2]) for number, who in enumerate(dataset.participants, start=1))
    return UnblindedDataset(dataset, Scheme.of(arms, (1, 1), "complete"), slots, {}, {})


def cases(protocol: Protocol, *occurrences: Occurrence, visit: str = "month_9") -> Cases:
    return make_cases(protocol, unblinded(blinded(*occurrences)), protocol.analyses[0], visit)


def of(made: Cases, who: str) -> Case:
    return next(row for row in made.rows if row.participant == who)


def ran(protocol: Protocol, *occurrences: Occurrence) -> PlannedResult:
    return run_plan(protocol, unblinded(blinded(*occurrences)))[0]


def graft(who: str = "P1", on: date = AFTER_3) -> Occurrence:
    return Occurrence(who, "graft", on, "recorded by a person")


def died(who: str = "P3", on: date = date(2021, 11, 1)) -> Occurrence:
    return Occurrence(who, "death", on, "a death was recorded")


# --- The strategies -------------------------------------------------------------------------------------------------


def test_treatment_policy_takes_the_value_as_observed() -> None:
    row = of(cases(planned({"event": "graft", "strategy": "treatment policy"}), graft()), "P1")
    assert (row.outcome, row.course, row.why_missing) == (2.4, (2.2, 2.4), "")


def test_hypothetical_sets_aside_what_came_after_the_event_and_nothing_before() -> None:
    row = of(cases(planned({"event": "graft", "strategy": "hypothetical"}), graft()), "P1")
    assert (row.baseline, row.outcome, row.course) == (2.0, None, (2.2, None))
    assert row.why_missing == ("set aside after a lung graft (2021-08-01), as if that had not happened (hypothetical)")


def test_a_value_of_the_day_of_the_event_is_before_it() -> None:
    protocol = planned({"event": "graft", "strategy": "hypothetical"})
    assert of(cases(protocol, graft(on=DAYS["month_3"])), "P1").course == (2.2, None)
    assert of(cases(protocol, graft(on=date(2021, 7, 14))), "P1").course == (None, None)


def test_composite_puts_the_declared_value_in_the_unit_of_the_endpoint() -> None:
    row = of(cases(planned({"event": "death", "strategy": "composite", "value": "500 mL"}), died()), "P3")
    assert (row.outcome, row.course, row.failed) == (0.5, (2.3, 0.5), "")


def test_composite_without_a_value_is_a_failure_with_its_day() -> None:
    row = of(cases(planned({"event": "death", "strategy": "composite"}), died()), "P3")
    assert (row.outcome, row.course) == (None, (2.3, None))
    assert row.failed == "death (2021-11-01)"
    assert row.failed_after == 235  # from 2021-03-11
    assert row.why_missing == "death (2021-11-01), counted as worse than every value (composite)"


def test_while_on_treatment_carries_the_last_value_up_to_the_event() -> None:
    protocol = planned({"event": "graft", "strategy": "while on treatment"})
    assert of(cases(protocol, graft()), "P1").outcome == 2.2
    row = of(cases(protocol, graft(on=BEFORE_3)), "P1")
    assert (row.outcome, row.why_missing) == (
        None, "no value between allocation and a lung graft (2021-07-01) (while on treatment)",
    )  # fmt: skip


def test_a_principal_stratum_has_only_those_without_the_event_and_says_what_that_costs() -> None:
    protocol = planned({"event": "graft", "strategy": "principal stratum"})
    assert [row.participant for row in cases(protocol, graft()).rows] == ["P2", "P3", "P4"]
    result = ran(protocol, graft()).result
    assert ("P1", "outside the principal stratum: a lung graft (2021-08-01)") in result.left_out


def test_an_event_after_the_visit_changes_nothing_at_it() -> None:
    protocol = planned({"event": "graft", "strategy": "principal stratum"})
    assert len(cases(protocol, graft(), visit="month_3").rows) == 4
    assert len(cases(protocol, graft(), visit="month_9").rows) == 3


def test_at_a_visit_not_held_an_event_counts_up_to_the_last_day_of_its_window() -> None:
    protocol = planned({"event": "death", "strategy": "composite", "value": "0 L"})
    assert of(cases(protocol, died(on=CLOSES["month_9"])), "P3").outcome == 0.0
    assert of(cases(protocol, died(on=date(2022, 2, 6))), "P3").outcome is None


def test_an_event_that_the_analysis_does_not_name_changes_nothing() -> None:
    assert of(cases(planned(), graft()), "P1").outcome == 2.4


def test_of_two_events_the_composite_one_decides_and_else_the_first() -> None:
    both = ({"event": "graft", "strategy": "hypothetical"}, {"event": "death", "strategy": "composite", "value": "0 L"})
    assert of(cases(planned(*both), graft("P3"), died("P3")), "P3").outcome == 0.0
    other = (
        {"event": "graft", "strategy": "hypothetical"}, {"event": "death", "strategy": "while on treatment"},
    )  # fmt: skip
    assert of(cases(planned(*other), graft("P3"), died("P3")), "P3").outcome is None
    assert of(cases(planned(*other), graft("P3", date(2021, 12, 1)), died("P3")), "P3").outcome == 2.3


# --- Missing tests are no intercurrent events ---------------------------------------------------------------------------


def test_a_test_that_was_not_done_is_missing_and_not_an_intercurrent_event() -> None:
    result = ran(planned({"event": "graft", "strategy": "hypothetical"}), graft())
    assert result.missing == (("P3", "visit month 9 not held: not yet"),)
    assert [(one.participant, one.label, one.strategy, one.changed) for one in result.applied] == [
        ("P1", "a lung graft", "hypothetical", True)
    ]
    assert dict(result.result.left_out).keys() == {"P1", "P3"}


def test_a_missing_value_that_an_event_accounts_for_is_not_counted_as_missing() -> None:
    result = ran(planned({"event": "death", "strategy": "composite", "value": "0 L"}), died())
    assert result.missing == ()
    assert result.result.left_out == ()


def test_events_that_leave_the_value_as_it_is_are_listed_too() -> None:
    result = ran(planned({"event": "graft", "strategy": "treatment policy"}), graft())
    plain = result.as_json(planned({"event": "graft", "strategy": "treatment policy"}))
    assert plain["applied"] == [
        {
            "participant": "P1", "event": "graft", "label": "a lung graft", "date": "2021-08-01",
            "strategy": "treatment policy", "changed": False,
        }
    ]  # fmt: skip
    assert plain["intercurrent_events"] == [
        {"id": "graft", "event": "a lung graft", "strategy": "treatment policy", "value": None, "participants": 1}
    ]
    assert plain["missing"] == [{"participant": "P3", "reason": "visit month 9 not held: not yet"}]


# --- Warnings, sets, refusals -------------------------------------------------------------------------------------------


def full() -> dict[str, Sequence[str | None]]:
    """Six people, so that one may be left out."""
    return {**FEV1, "P3": ("2.0", "2.3", "2.5"), "P5": ("2.0", "2.2", "2.3"), "P6": ("2.0", "1.7", "1.9")}


def warnings(protocol: Protocol, *occurrences: Occurrence) -> tuple[str, ...]:
    result = run_plan(protocol, unblinded(blinded(*occurrences, fev1=full())))[0].result
    assert isinstance(result, Estimate), result
    return result.warnings


def test_a_complete_case_method_says_that_it_leaves_out_what_was_set_aside() -> None:
    said = warnings(planned({"event": "graft", "strategy": "hypothetical"}), graft())
    assert any(words.startswith("1 person left out because the value after an intercurrent event") for words in said)
    assert not any(
        "hypothetical" in words for words in warnings(planned({"event": "graft", "strategy": "hypothetical"}))
    )


def test_a_principal_stratum_warns_that_chance_does_not_protect_it() -> None:
    said = warnings(planned({"event": "graft", "strategy": "principal stratum"}), graft())
    assert any("not protected by randomisation" in words for words in said)


def test_a_set_that_nobody_assigned_cannot_be_analysed_and_says_so() -> None:
    result = ran(planned(set="kept"))
    assert isinstance(result.result, NotEstimable)
    assert result.result.reason == 'who belongs to "who kept to it" was never assigned in a blind review'


def test_worse_than_every_value_needs_a_method_that_ranks() -> None:
    protocol = planned({"event": "death", "strategy": "composite"})
    (issue,) = check_plan(protocol)
    assert (issue.rule, issue.where) == ("analysis/strategy-unfit", "analyses/main/intercurrent/0")
    assert issue.message == (
        '"difference between the arms at month 9" counts "death" as worse than every value; difference has no place for '
        "that."
    )
    with pytest.raises(InputError, match="worse than every value"):
        ran(protocol)
    assert check_plan(planned({"event": "death", "strategy": "composite"}, method="worst_rank")) == ()


@pytest.mark.parametrize("method", ["mmrm", "multiple_imputation", "tipping_point"])
def test_the_last_value_on_treatment_cannot_stand_for_later_visits_of_a_course(method: str) -> None:
    protocol = planned({"event": "graft", "strategy": "while on treatment"}, method=method, settings={})
    (issue,) = check_plan(protocol)
    assert (issue.rule, issue.where) == ("analysis/strategy-unfit", "analyses/main/intercurrent/0")
    assert issue.message == (
        '"difference between the arms at month 9" takes the last value before "a lung graft" (while on treatment); '
        f"{method} models the course over 2 visits, where one value repeated would count as measured at each. "
        "Expected a method that looks at one visit."
    )
    assert issue.fix == (
        "Use hypothetical or treatment policy, or a method of one visit, such as ancova or rerandomisation."
    )
    with pytest.raises(InputError, match="one value repeated"):
        ran(protocol, graft())


def test_the_last_value_on_treatment_is_fit_for_one_visit_and_a_course_for_the_other_strategies() -> None:
    assert check_plan(planned({"event": "graft", "strategy": "while on treatment"})) == ()
    assert check_plan(planned({"event": "graft", "strategy": "hypothetical"}, method="mmrm", settings={})) == ()


def test_a_death_ranks_below_everybody_in_the_worst_rank_analysis() -> None:
    protocol = planned({"event": "death", "strategy": "composite"}, method="worst_rank")
    result = ran(protocol, died()).result
    assert isinstance(result, Estimate)
    assert (result.left_out, sum(result.n_used.values())) == ((), 4)
    # P2 and P4 got cells (2.2, 1.8), P1 and P3 the imitation (2.4, death): each of the former beats the death alone
    assert result.value == 0.5


# --- What else a case has -----------------------------------------------------------------------------------------------


def test_covariates_are_numbers_or_words_and_absent_where_not_known() -> None:
    named = ["sex", "weight", "reliever_per_weight", "cotinine"]
    row = of(cases(planned(covariates=named)), "P1")
    assert row.covariates == {"sex": "female", "weight": 71.5, "reliever_per_weight": 3.5}


@pytest.mark.parametrize(("policy", "is_bound"), [("censored", True), ("half", False), (None, False)])
def test_a_value_below_the_limit_is_an_upper_bound_by_the_policy_censored_alone(
    policy: str | None, is_bound: bool
) -> None:
    protocol = planned()
    endpoints = tuple(
        one.model_copy(update={"settings": {**one.settings, **({"below_limit": policy} if policy else {})}})
        for one in protocol.endpoints
    )
    protocol = protocol.model_copy(update={"endpoints": endpoints})
    dataset = blinded(fev1={**FEV1, "P1": ("2.0", "2.2", "<0.1")})
    made = make_cases(protocol, unblinded(dataset), protocol.analyses[0], "month_9")
    assert of(made, "P1").below_limit is is_bound
    assert not of(made, "P2").below_limit


@pytest.mark.parametrize(
    ("since", "unit", "who", "expected"),
    [
        ("administration", "d", "P1", 275.0),  # 2021-04-15 to the visit, 2022-01-15
        ("randomisation", "wk", "P1", 310 / 7),
        ("enrolment", "a", "P1", 316 / 365.25),
        ("administration", "d", "P3", 275.0),  # not held: to the last contact, which is before the window closes
    ],
)
def test_exposure_runs_to_the_visit_or_the_last_contact(since: str, unit: str, who: str, expected: float) -> None:
    protocol = planned(exposure={"since": since, "unit": unit})
    assert of(cases(protocol), who).exposure == pytest.approx(expected)


def test_exposure_ends_with_the_last_contact_before_the_visit() -> None:
    protocol = planned(exposure={"since": "administration", "unit": "d"})
    dataset = blinded(last=date(2021, 5, 15))
    made = make_cases(protocol, unblinded(dataset), protocol.analyses[0], "month_9")
    assert of(made, "P3").exposure == 30.0
    assert of(cases(planned()), "P3").exposure is None
