"""The invented staff of a rehearsal: delegated before anything is done, each in one role."""

from __future__ import annotations

from pathlib import Path

from armlet.ledger import events as e
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Role
from armlet.simulation.rehearse import rehearse
from armlet.simulation.scenario import load_scenario

TRIALS = Path(__file__).parents[3] / "trials"


def test_a_rehearsal_delegates_its_staff_first_and_refuses_nobody_for_want_of_it() -> None:
    folder = TRIALS / "nct02893306"
    lived = rehearse(load_protocol(folder / "protocol.yaml"), load_scenario(folder), "staff")
    events = [one.event for one in lived.store.read()]
    delegated = [event for event in events if isinstance(event, e.Delegated)]
    assert {one.role for one in delegated} == set(Role) - {Role.PARTICIPANT}
    assert len({one.person for one in delegated}) == len(delegated)
    assert events[3:21] == delegated
    unwanted = ("delegated", "segregation", "other-site", "no-log")
    assert not [rule for rule in lived.refusals if rule.endswith(unwanted)]
