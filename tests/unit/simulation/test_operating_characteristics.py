"""The operating characteristics of a design: what is counted over many simulated trials, and with which error."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from armlet.analysis.estimates import Estimate, Interval, NotEstimable, PValue, Result
from armlet.analysis.plan import PlannedResult, run_plan
from armlet.cli.simulate import unblind_one
from armlet.protocol.load import read_protocol
from armlet.protocol.model import Protocol
from armlet.protocol.source import Assumed, Source
from armlet.protocol.stopping import BetaBinomial, PauseRule, Stopping, StoppingRule
from armlet.protocol.stopping import Harm as CountedHarm
from armlet.simulation.many import live_many
from armlet.simulation.operating_characteristics import Share, Spread, characterise, truth_of
from armlet.simulation.outcome import TrialOutcome, seed_of
from armlet.simulation.rehearse import rehearse
from armlet.simulation.scenario import Behaviour, Ending, Harm, Scenario
from armlet.studytime import Duration

NEUTRAL = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"
NOTHING_GOES_WRONG = Behaviour(
    screen_failures=0, unanswered_at_first=0, missed_visit=0, late_visit=0, sample_spoilt=0, diary_day_blank=0,
    preparation_fails=0, infusion_incomplete=0, withdraws_each_year=0, lost_each_year=0,
)  # fmt: skip
BLOCKS_OF_2 = {"block": 2}


def _protocol(people: int) -> Protocol:
    protocol = read_protocol(NEUTRAL.read_text("utf-8"), NEUTRAL.name)[0]
    design = protocol.design.model_copy(update={"participants": people})
    return protocol.model_copy(update={"design": design})


def _scenario(**changes: object) -> Scenario:
    plain = Scenario(behaviour=NOTHING_GOES_WRONG, sealed_settings=BLOCKS_OF_2)
    return plain.model_copy(update=changes)


def test_a_share_has_its_binomial_error_and_exact_limits() -> None:
    share = Share(3, 10)

    assert share.value == 0.3
    assert share.standard_error == pytest.approx(0.144914, abs=1e-6)
    assert (share.limits.lower, share.limits.upper) == pytest.approx((0.066740, 0.652453), abs=1e-6)


def test_a_share_of_none_has_no_error_but_limits_that_say_how_little_is_known() -> None:
    share = Share(0, 50)

    assert share.standard_error == 0
    assert share.limits.upper == pytest.approx(1 - 0.025 ** (1 / 50))


def test_a_mean_has_the_error_of_a_mean() -> None:
    spread = Spread.of([1.0, None, 2.0, 3.0, 4.0])

    assert spread is not None
    assert (spread.trials, spread.mean, spread.least, spread.most) == (4, 2.5, 1.0, 4.0)
    assert spread.sd == pytest.approx(1.290994, abs=1e-6)
    assert spread.standard_error == pytest.approx(0.645497, abs=1e-6)


def test_of_one_trial_no_error_is_known_and_of_none_no_number() -> None:
    alone = Spread.of([2.0])

    assert alone is not None
    assert (alone.sd, alone.standard_error) == (None, None)
    assert Spread.of([None, None]) is None


def test_one_trial_is_the_rehearsal_of_that_seed() -> None:
    protocol, scenario = _protocol(4), _scenario()
    lived = rehearse(protocol, scenario, "a seed")
    state, unblinded = unblind_one(lived)

    (outcome,) = live_many(protocol, scenario, "a seed", 1, unblind_one)

    assert outcome.results == run_plan(protocol, unblinded)
    assert outcome.seed == "a seed"
    assert outcome.figures.identified == len(state.participants)
    assert (outcome.figures.enrolled, outcome.figures.randomised, outcome.figures.given) == (4, 4, 4)


def test_each_trial_of_many_can_be_lived_again_by_its_seed() -> None:
    protocol, scenario = _protocol(2), _scenario()

    third = live_many(protocol, scenario, "7", 3, unblind_one)[2]
    (again,) = live_many(protocol, scenario, third.seed, 1, unblind_one)

    assert third.seed == seed_of("7", 3) == "7/3"
    assert replace(again, number=3) == third


def test_several_processes_live_the_same_trials_in_the_same_order() -> None:
    protocol, scenario = _protocol(1), _scenario()
    told: list[tuple[int, int]] = []

    shared = live_many(
        protocol, scenario, "1", 8, unblind_one, processes=2, progress=lambda done, total: told.append((done, total))
    )

    assert shared == live_many(protocol, scenario, "1", 8, unblind_one)
    assert [outcome.number for outcome in shared] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert told == [(done, 8) for done in range(1, 9)]


def test_blocks_of_two_let_half_the_slots_be_known_and_three_quarters_be_guessed() -> None:
    (outcome,) = live_many(_protocol(4), _scenario(), "1", 1, unblind_one)

    figures = outcome.figures
    assert (figures.guessed, figures.certain, figures.imbalance) == (0.75, 0.5, 0.0)


def test_an_early_end_is_counted_with_its_reason_and_leaves_fewer_people() -> None:
    ending = Ending(terminated=Scenario().opens.replace(month=3), why="The money is gone.")

    outcomes = live_many(_protocol(12), _scenario(ending=ending), "1", 2, unblind_one)

    found = characterise(_protocol(12), _scenario(ending=ending), outcomes, 0.05)
    assert {name: share.count for name, share in found.ended.items()} == {"terminated: The money is gone.": 2}
    assert all(outcome.figures.enrolled < 12 for outcome in outcomes)


ASSUMED = Source(assumed=Assumed(because="invented for the test", confirm="nobody"))
FEVER = CountedHarm(grade=3, within=Duration.parse("P30D"))


def _stopping(counts: str) -> Stopping:
    boundary = BetaBinomial(method="beta_binomial", unacceptable="0.2", prior=("1", "1"), confidence="0.9")
    return Stopping(
        rules=(
            StoppingRule.model_validate(
                {"id": "fevers", "label": "fevers", "counts": counts, "harm": FEVER, "boundary": boundary, "source": ASSUMED}
            ),
        ),
        pauses=(
            PauseRule(id="death", label="a death", harm=CountedHarm(fatal=True), source=ASSUMED),
        ),
    )  # fmt: skip


@pytest.mark.parametrize(("counts", "enrolled"), [("by arm", 6), ("together", 2)])
def test_a_rule_that_harm_reaches_is_counted_and_only_one_for_all_ends_recruitment(counts: str, enrolled: int) -> None:
    protocol = _protocol(6)
    safety = protocol.safety.model_copy(update={"stopping": _stopping(counts)})
    protocol = protocol.model_copy(update={"safety": safety})
    fever = Harm(term="fever", each_year=4000, within_days=3, grades={"3": 1.0})
    harmed, well = _scenario(harms=(fever,)), _scenario()

    found = characterise(protocol, harmed, live_many(protocol, harmed, "1", 2, unblind_one), 0.05)
    unharmed = characterise(protocol, well, live_many(protocol, well, "1", 2, unblind_one), 0.05)

    assert found.rules_met == {"fevers": Share(2, 2), "death": Share(0, 2)}
    assert unharmed.rules_met == {"fevers": Share(0, 2), "death": Share(0, 2)}
    reached = found.figures["given"]
    assert reached is not None
    assert reached.mean <= enrolled
    assert (reached.mean == 6) == (counts == "by arm")


# --- One analysis, from results written out -------------------------------------------------------------------------


def _estimate(value: float, lower: float, upper: float, p: float, smallest: float) -> Estimate:
    return Estimate(
        "change", "difference", "rerandomisation", value, "L", Interval(lower, upper, 0.95), PValue(p, True, smallest),
        {"cells": 2, "imitation": 2},
    )  # fmt: skip


RESULTS: tuple[Result, ...] = (
    _estimate(1.0, 0.5, 1.5, 0.04, 0.02),
    _estimate(-1.0, -2.0, 0.0, 0.06, 0.02),
    _estimate(0.0, -1.0, 1.0, 1.0, 0.10),
    NotEstimable("change", "rerandomisation", "nobody is left", {"cells": 0, "imitation": 0}),
)


def _outcomes(protocol: Protocol) -> list[TrialOutcome]:
    (lived,) = live_many(_protocol(1), _scenario(), "1", 1, unblind_one)
    analysis = protocol.analyses[0].model_copy(update={"method": "rerandomisation", "settings": {}})
    return [replace(lived, results=(PlannedResult(analysis, "visit", result),)) for result in RESULTS]


def test_what_cannot_be_estimated_rejects_nothing_and_is_named_with_its_reason() -> None:
    protocol = _protocol(1)

    (one,) = characterise(protocol, _scenario(), _outcomes(protocol), 0.05).analyses

    assert one.estimable == Share(3, 4)
    assert one.reasons == {"nobody is left": 1}
    assert one.rejects == Share(1, 4)
    assert one.cannot_reject == Share(1, 3)
    assert one.value is not None
    assert (one.value.trials, one.value.mean, one.value.sd) == (3, 0.0, 1.0)
    assert one.people is not None
    assert one.people.mean == 3.0


def test_the_level_belongs_to_what_rejects() -> None:
    protocol = _protocol(1)

    rejected = [
        characterise(protocol, _scenario(), _outcomes(protocol), level).analyses[0].rejects for level in (0.04, 0.06)
    ]

    assert rejected == [Share(1, 4), Share(2, 4)]


def test_an_interval_is_held_against_a_truth_of_0_where_no_arm_does_more_than_the_other() -> None:
    protocol = _protocol(1)

    (one,) = characterise(protocol, _scenario(), _outcomes(protocol), 0.05).analyses
    (other,) = characterise(protocol, _scenario(effects={"cells": 0.5}), _outcomes(protocol), 0.05).analyses

    assert (one.truth, one.covers) == (0.0, Share(2, 3))
    assert (other.truth, other.covers) == (None, None)


@pytest.mark.parametrize(
    ("method", "effects", "truth"),
    [
        ("ancova", {}, 0.0),
        ("ancova", {"cells": 0.5, "imitation": 0.5}, 0.0),
        ("ancova", {"cells": 0.5}, None),
        ("win_ratio", {}, 1.0),
        ("worst_rank", {}, 0.5),
        ("sign_flip", {}, None),
    ],
)
def test_a_truth_is_known_only_of_a_comparison_of_arms_that_do_the_same(
    method: str, effects: dict[str, float], truth: float | None
) -> None:
    protocol = _protocol(1)
    analysis = protocol.analyses[0].model_copy(update={"method": method})

    assert truth_of(protocol, _scenario(effects=effects), analysis) == truth


def test_without_any_p_nothing_is_said_of_rejecting() -> None:
    protocol = _protocol(1)
    outcomes = [
        replace(outcome, results=tuple(replace(one, result=replace(one.result, p=None)) for one in outcome.results))
        for outcome in _outcomes(protocol)[:3]
    ]

    (one,) = characterise(protocol, _scenario(), outcomes, 0.05).analyses

    assert (one.rejects, one.cannot_reject, one.smallest_p) == (None, None, None)
    assert one.as_json()["rejects"] is None


def test_no_figure_is_left_that_is_not_finite() -> None:
    protocol, scenario = _protocol(2), _scenario()

    found = characterise(protocol, scenario, live_many(protocol, scenario, "1", 2, unblind_one), 0.05)

    spreads = [spread for spread in found.figures.values() if spread is not None]
    assert all(math.isfinite(spread.mean) for spread in spreads)
    assert len(spreads) == len(found.figures)
