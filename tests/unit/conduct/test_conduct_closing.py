"""After the lock: who people are stays where it was, and one account after the other is closed, the last one last."""

from __future__ import annotations

from typing import Any

import pytest

from armlet.conduct import commands as c
from armlet.conduct.course.commands import StateIdentities
from armlet.protocol.model import Role

STATED = StateIdentities("Harbour Hospital", "sha256:" + "1" * 64, 3)


@pytest.fixture
def locked(life: Any) -> Any:
    life.opens()
    life.does(c.Delegate("Ada Example", Role.SPONSOR))
    roles = (Role.INVESTIGATOR, Role.SITE_COORDINATOR, Role.DATA_MANAGER)
    life.does(*(c.Delegate(name, role) for name, role in zip(("Ivo", "Cora", "Dora"), roles, strict=True)))
    return life


def test_identities_are_stated_after_the_lock_only(life: Any) -> None:
    life.opens()
    life.refuses(STATED, "not-locked-yet", "the database is not locked", role=Role.SPONSOR)
    life.locks()
    [stated] = life.door.ask(STATED, life.by(STATED, Role.SPONSOR)).events
    assert (stated.kept_at, stated.people) == ("Harbour Hospital", 3)


def test_before_the_lock_the_last_sponsor_stays(locked: Any) -> None:
    end = c.EndDelegation("Ada Example", Role.SPONSOR, "Over.")
    locked.refuses(end, "last-sponsor", "is the last sponsor", role=Role.SPONSOR)
