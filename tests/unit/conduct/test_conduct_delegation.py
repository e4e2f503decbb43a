"""Who works in which role: delegated by whom, ended when, and which two roles one person must not hold."""

from __future__ import annotations

from typing import Any

import pytest

from armlet.conduct import commands as c
from armlet.conduct.accident import seal_details
from armlet.conduct.decide import Accepted
from armlet.conduct.duties import load_duties
from armlet.ledger import events as e
from armlet.ledger.events import UnblindingCategory as Ground
from armlet.protocol.model import Blinding, Protocol, Role

SPONSOR, INVESTIGATOR = Role.SPONSOR, Role.INVESTIGATOR


def asks(life: Any, *commands: c.Command, role: Role = SPONSOR) -> tuple[e.OpenEvent, ...]:
    """The sponsor asks for each, and is not refused; the events of the last."""
    events: tuple[e.OpenEvent, ...] = ()
    for command in commands:
        decision = life.door.ask(command, life.by(command, role))
        assert isinstance(decision, Accepted), decision
        events = decision.events
    return events


@pytest.fixture
def open_label(breeze: Protocol) -> Protocol:
    everybody = Blinding(source=breeze.blinding.source, unblinded=tuple(Role))
    return breeze.model_copy(update={"blinding": everybody})


def test_a_delegation_is_written_and_held_until_it_is_ended(life: Any) -> None:
    life.opens()
    begun = e.Delegated(person="Ada Example", role=SPONSOR)
    delegated = e.Delegated(person="Bo Stand", role=Role.CARE_PROVIDER, site="harbour")
    assert asks(life, c.Delegate("  Bo  Stand ", Role.CARE_PROVIDER, "harbour")) == (begun, delegated)
    assert life.state.delegations["Bo Stand", Role.CARE_PROVIDER] == delegated
    ended = e.DelegationEnded(person="Bo Stand", role=Role.CARE_PROVIDER, why="moved away")
    assert asks(life, c.EndDelegation("bo stand", Role.CARE_PROVIDER, "moved away")) == (ended,)
    assert ("Bo Stand", Role.CARE_PROVIDER) not in life.state.delegations
    assert life.state.former_delegations == [delegated]
    monitor = e.Delegated(person="Cy", role=Role.MONITOR)
    assert asks(life, c.Delegate("Cy", Role.MONITOR)) == (monitor,)


def test_the_sponsor_begins_the_log_and_stands_in_it_once(life: Any) -> None:
    life.opens()
    life.refuses(c.Delegate("Bo", Role.CARE_PROVIDER), "no-log", "nobody is delegated", role=INVESTIGATOR)
    life.refuses(
        c.Delegate("ada example", Role.CODE_BREAK_HOLDER),
        "segregation",
        "both sponsor and code break holder",
        role=SPONSOR,
    )
    assert asks(life, c.Delegate("Ada example", SPONSOR)) == (e.Delegated(person="Ada example", role=SPONSOR),)
    life.refuses(c.EndDelegation("Ada Example", SPONSOR, "x"), "last-sponsor", "is the last sponsor", role=SPONSOR)
    asks(life, c.Delegate("Second Sponsor", SPONSOR), c.EndDelegation("Ada Example", SPONSOR, "x"))
    assert list(life.state.delegations) == [("Second Sponsor", SPONSOR)]


def test_where_nobody_was_ever_delegated_the_role_alone_counts(life: Any) -> None:
    life.opens().does(c.Identify("P1", "harbour"))


def test_from_the_first_delegation_on_a_role_works_only_when_delegated(life: Any) -> None:
    life.opens()
    asks(life, c.Delegate("Ida Site", INVESTIGATOR))
    said = "Ada Example was not delegated the role investigator in this trial"
    life.refuses(c.Identify("P1", "harbour"), "not-delegated", said, role=INVESTIGATOR)
    ida = c.By("Ida  Site", INVESTIGATOR, life.now)
    assert isinstance(life.door.ask(c.Identify("P1", "harbour"), ida), Accepted)
    coordinator = c.By("Ida Site", Role.SITE_COORDINATOR, life.now)
    life.refuses(c.Identify("P2", "harbour"), "not-delegated", "the role site coordinator", by=coordinator)
    asks(life, c.EndDelegation("Ida Site", INVESTIGATOR, "moved away"))
    life.refuses(
        c.Identify("P2", "harbour"), "not-delegated", "Ida Site was not", by=c.By("Ida Site", INVESTIGATOR, life.now)
    )


def test_who_works_at_one_site_does_nothing_about_participants_of_another(make_life: Any, breeze: Protocol) -> None:
    (site,) = breeze.organisation.sites
    two = breeze.organisation.model_copy(update={"sites": (site, site.model_copy(update={"id": "hill"}))})
    life = make_life(breeze.model_copy(update={"organisation": two})).opens()
    asks(life, c.Delegate("Ida Site", INVESTIGATOR, "harbour"), c.Delegate("Hal", INVESTIGATOR, "hill"))
    ida, hal = (c.By(name, INVESTIGATOR, life.now) for name in ("Ida Site", "Hal"))
    said = "Ida Site is investigator at harbour only; this is about hill"
    life.refuses(c.Identify("P2", "hill"), "other-site", said, by=ida)
    assert isinstance(life.door.ask(c.Identify("P2", "hill"), hal), Accepted)
    life.refuses(c.GiveConsent("P2", "trial_consent", "1"), "other-site", said, by=ida)
    assert isinstance(life.door.ask(c.GiveConsent("P2", "trial_consent", "1"), hal), Accepted)


def test_an_accident_is_reported_by_whoever_learnt_of_it(life: Any) -> None:
    life.gives()
    asks(life, c.Delegate("Cy", Role.MONITOR))
    box = seal_details("", "P1", "It was cells.", bytes(range(32)))
    nobody = c.By("Passer By", Role.CARE_PROVIDER, life.now)
    report = c.ReportUnblinding("P1", "Bo", Role.CARE_PROVIDER, e.LearntHow.DOCUMENT, life.now.date(), box)
    assert isinstance(life.door.ask(report, nobody), Accepted)


@pytest.mark.parametrize(
    ("command", "rule", "words"),
    [
        (c.Delegate(" ", Role.MONITOR), "no-name", "names nobody"),
        (c.Delegate("Bo", Role.PARTICIPANT), "no-role-of-staff", "a participant is not delegated"),
        (c.Delegate("Bo", Role.CARE_PROVIDER, "moon"), "unknown-site", "no site 'moon'; it has harbour"),
        (c.EndDelegation("Bo", Role.MONITOR, "x"), "not-delegated", "Bo does not work as monitor"),
    ],
    ids=["nobody", "a participant", "an unknown site", "an end without a beginning"],
)
def test_what_cannot_be_delegated(life: Any, command: c.Command, rule: str, words: str) -> None:
    life.opens().refuses(command, rule, words, role=SPONSOR)


def test_the_same_role_is_not_delegated_twice_however_the_name_is_spelt(life: Any) -> None:
    asks(life.opens(), c.Delegate("Bo Stand", Role.MONITOR))
    life.refuses(
        c.Delegate("BO  STAND", Role.MONITOR), "delegated-already", "Bo Stand is monitor already", role=SPONSOR
    )


def test_an_end_needs_a_reason(life: Any) -> None:
    asks(life.opens(), c.Delegate("Bo", Role.CARE_PROVIDER))
    life.refuses(c.EndDelegation("Bo", Role.CARE_PROVIDER, " "), "no-reason", "a reason of 1 to 250 characters")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.PARTICIPANT}))
def test_an_investigator_delegates_the_roles_of_a_site_and_the_sponsor_every_one(life: Any, role: Role) -> None:
    of_a_site = {"investigator", "site_coordinator", "care_provider", "outcome_assessor", "treating_physician"}
    asks(life.opens(), c.Delegate("Ada Example", INVESTIGATOR))
    if role.value not in of_a_site:
        said = f"an investigator does not delegate the role {role.value.replace('_', ' ')}"
        life.refuses(c.Delegate("Bo", role), "not-of-the-site", said, role=INVESTIGATOR)
    else:
        asks(life, c.Delegate("Cy", role), role=INVESTIGATOR)
        assert ("Cy", role) in life.state.delegations
    asks(life, c.Delegate("Bo", role))
    assert ("Bo", role) in life.state.delegations


PAIRS = [
    ("cell_laboratory", "outcome_assessor"), ("randomisation_statistician", "trial_statistician"),
    ("sponsor", "randomisation_statistician"), ("sponsor", "safety_board"), ("sponsor", "code_break_holder"),
    ("system_administrator", "randomisation_statistician"), ("system_administrator", "code_break_holder"),
    ("system_administrator", "cell_laboratory"), ("system_administrator", "unblinded_pharmacist"),
    ("system_administrator", "unblinded_monitor"), ("system_administrator", "safety_unit"),
    ("randomisation_statistician", "investigator"), ("randomisation_statistician", "site_coordinator"),
    ("randomisation_statistician", "treating_physician"),
]  # fmt: skip


def test_these_are_the_duties_and_each_has_a_reason_and_a_source() -> None:
    pairs = [(one.value, other.value) for duty in load_duties() for one in duty.one for other in duty.other]
    assert pairs == PAIRS
    assert all(duty.because and duty.source for duty in load_duties())


@pytest.mark.parametrize(("one", "other"), [*PAIRS, *((b, a) for a, b in PAIRS)])
def test_two_duties_that_do_not_go_together_are_refused_in_either_order(
    make_life: Any, open_label: Protocol, one: str, other: str
) -> None:
    """In an open-label trial, where blinding forbids nothing."""
    life = make_life(open_label).opens()
    asks(life, c.Delegate("Bo Stand", Role(one)))
    said = f"Bo Stand must not be both {one.replace('_', ' ')} and {other.replace('_', ' ')} in one trial: "
    life.refuses(c.Delegate("bo STAND", Role(other)), "segregation", said, role=SPONSOR)
    life.door.ask(c.Delegate("Cy", Role(other)), life.by(c.Delegate("Cy", Role(other)), SPONSOR))
    assert ("Cy", Role(other)) in life.state.delegations


def test_nobody_holds_a_blinded_and_an_unblinded_role_in_one_trial(life: Any, breeze: Protocol) -> None:
    unblinded = set(breeze.blinding.unblinded)
    life.opens()
    for number, one in enumerate(sorted(set(Role) - {Role.PARTICIPANT})):
        person = f"Person {number}"
        asks(life, c.Delegate(person, one))
        for other in set(Role) - {one, Role.PARTICIPANT}:
            if (one in unblinded) is not (other in unblinded):
                life.refuses(c.Delegate(person, other), "segregation", f"{person} must not be both", role=SPONSOR)


def test_where_nobody_is_blinded_one_person_may_prepare_and_assess(make_life: Any, open_label: Protocol) -> None:
    life = make_life(open_label).opens()
    asks(life, c.Delegate("Bo", Role.UNBLINDED_PHARMACIST))
    asks(life, c.Delegate("Bo", Role.OUTCOME_ASSESSOR))
    assert ("Bo", Role.OUTCOME_ASSESSOR) in life.state.delegations


def test_who_was_unblinded_does_not_become_blinded_by_an_end_but_the_other_way_is_open(life: Any) -> None:
    life.opens()
    asks(life, c.Delegate("Bo", Role.UNBLINDED_MONITOR))
    asks(life, c.EndDelegation("Bo", Role.UNBLINDED_MONITOR, "x"))
    assert not [one for one in life.state.delegations.values() if one.person == "Bo"]
    life.refuses(c.Delegate("Bo", Role.MONITOR), "segregation", "both unblinded monitor and monitor", role=SPONSOR)
    asks(life, c.Delegate("Cy", Role.CARE_PROVIDER), c.EndDelegation("Cy", Role.CARE_PROVIDER, "x"))
    asks(life, c.Delegate("Cy", Role.UNBLINDED_MONITOR))


def test_an_investigator_of_one_site_delegates_for_that_site_only(life: Any) -> None:
    life.opens()
    asks(life, c.Delegate("Ida Site", Role.INVESTIGATOR, "harbour"))
    life.refuses(
        c.Delegate("Bo", Role.CARE_PROVIDER), "other-site", "investigator at harbour only; got all sites",
        by=c.By("Ida Site", INVESTIGATOR, life.now),
    )  # fmt: skip


@pytest.mark.parametrize("way", ["an emergency", "an accident"])
def test_who_learnt_an_allocation_gets_no_blinded_role(life: Any, way: str) -> None:
    life.gives()
    if way == "an emergency":
        life.does(
            c.GrantWarrant("W1", "P1", Ground.EMERGENCY, "Anaphylaxis.", "Bo Stand"), c.RecordRead("W1", "Bo Stand")
        )
    else:
        box = seal_details("", "P1", "It was cells.", bytes(range(32)))
        life.does(c.ReportUnblinding("P1", "Bo Stand", Role.CARE_PROVIDER, e.LearntHow.DOCUMENT, life.now.date(), box))
    said = "Bo stand learnt an allocation of this trial; the role outcome assessor is blinded in it"
    life.refuses(c.Delegate("Bo stand", Role.OUTCOME_ASSESSOR), "learnt-an-allocation", said, role=SPONSOR)
    asks(life, c.Delegate("Bo Stand", Role.UNBLINDED_MONITOR))


def test_a_drill_and_the_labels_of_the_safety_board_are_no_learning(life: Any) -> None:
    life.gives()
    drill = c.GrantWarrant("W1", "P1", Ground.EMERGENCY, "A drill.", "Bo Stand", drill=True)
    board = c.GrantWarrant("W2", None, Ground.SAFETY_BOARD, "First report.", "Bo Stand")
    life.does(drill, c.RecordRead("W1", "Bo Stand"), board, c.RecordRead("W2", "Bo Stand"))
    asks(life, c.Delegate("Bo Stand", Role.OUTCOME_ASSESSOR))


def test_a_trial_with_real_people_is_opened_by_its_sponsor_who_then_delegates_everybody(life: Any) -> None:
    real = c.OpenTrial(simulated=False)
    life.refuses(real, "opened-by-sponsor", "opened by its sponsor; got data manager", role=Role.DATA_MANAGER)
    assert asks(life, real)[-1] == e.Delegated(person="Ada Example", role=SPONSOR)
    arrives = c.Identify("001", "harbour")
    life.refuses(arrives, "not-delegated", "was not delegated the role investigator", role=INVESTIGATOR)
    asks(life, c.Delegate("Bo", INVESTIGATOR, "harbour"))
    life.refuses(arrives, "not-delegated", "Ada Example was not delegated", role=INVESTIGATOR)
    accepted = life.door.ask(arrives, c.By("Bo", INVESTIGATOR, life.by(arrives, INVESTIGATOR).occurred))
    assert isinstance(accepted, Accepted), accepted
