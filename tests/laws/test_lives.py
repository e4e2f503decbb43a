"""The acceptance scenario: each step of the lives in `trials/` comes as told, or says what it waits for.

A masked life is lived twice, in the second world with the other arm for everybody: the open strand stays the same.

Chance and clock are the same in both worlds, so that the strands can be held against each other byte by byte, and not
only their shape. A view is made from the open strand alone; so what is the same after the last act before the lock was
the same after each step.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from armlet.cli.scenario import CommandLine
from armlet.cli.view import content_of
from armlet.export.package import load_data
from armlet.life.acts import Outcome, do
from armlet.life.live import Told, live, prepare_world
from armlet.life.load import load_life
from armlet.life.moments import Planned, plan
from armlet.life.world import World
from armlet.protocol.model import Role
from armlet.report.views import find_views

TRIALS: Final = Path(__file__).parents[2] / "trials"
MASKED: Final = TRIALS / "nct02057211"
BLINDED: Final = (
    Role.INVESTIGATOR,
    Role.CARE_PROVIDER,
    Role.OUTCOME_ASSESSOR,
    Role.MONITOR,
    Role.SPONSOR,
    Role.PARTICIPANT,
)


@dataclass
class Lived:
    """One world: its arms and steps, and how the blinded side of it stood before the lock."""

    arms: Mapping[str, str]
    told: Mapping[int, Told]
    strand: bytes
    views: Mapping[str, bytes]
    said: tuple[tuple[str, str], ...]

    def amiss(self) -> list[str]:
        return [words for one in self.told.values() for words in one.amiss]


def _same_chance() -> Callable[[int], bytes]:
    """Bytes that are the same whenever the same place of the program asks; what asks more in one world is seen so.

    Each place counts for itself: the product strand, which only the told world has, takes nothing from the others.
    """
    asked: Counter[str] = Counter()

    def draw(size: int) -> bytes:
        frame = sys._getframe(1)
        places = [frame.f_code.co_qualname, frame.f_back.f_code.co_qualname if frame.f_back is not None else ""]
        place = "/".join([frame.f_code.co_filename, *places])
        asked[place] += 1
        block = hashlib.sha256(f"a life/{place}/{asked[place]}".encode()).digest()
        return (block * (size // len(block) + 1))[:size]

    return draw


def _is_lock(planned: Planned) -> bool:
    return "lock" in (planned.act.do or {}) and not planned.act.refused


def _is_about_invented_trials(planned: Planned) -> bool:
    """A rehearsal and a probe know nothing of the life's arms, and take long: they are not done in every world."""
    return (planned.act.armlet or "").startswith(("rehearse", "probe", "verify {here}/rehearsed"))


def _do_but_rehearse(world: World, planned: Planned) -> Outcome:
    return Outcome() if _is_about_invented_trials(planned) else do(world, planned)


def _live(folder: Path, *, is_swapped: bool) -> Lived:
    """The told world is lived to its end, the swapped one to the lock."""
    world = prepare_world(MASKED, folder / "life", load_life(MASKED), CommandLine(), is_swapped=is_swapped)
    lived = Lived({}, {}, b"", {}, ())
    said: list[tuple[str, str]] = []

    def stop(planned: Planned) -> bool:
        if lived.strand or not _is_lock(planned):  # after an unlock it is locked a second time
            return False
        lived.strand, lived.views, lived.said = world.ledger.read_bytes(), dict(_views(world)), tuple(said)
        return is_swapped

    told = live(world, stop=stop, after=lambda planned, outcome: said.append((planned.place, outcome.said)))
    lived.told = {one.step.step: one for one in told}
    lived.arms = {one.participant: one.arm for one in world.open_vault().assignments()}
    return lived


def _views(world: World) -> Iterator[tuple[str, bytes]]:
    content = content_of(load_data(world.folder))
    for view in find_views().values():
        for role in BLINDED:
            yield f"{view.id} for {role}", view.render(content, role)


@lru_cache(maxsize=2)
def lived(*, is_swapped: bool = False) -> Lived:
    honest = os.urandom
    os.urandom = _same_chance()
    try:
        with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
            if is_swapped:
                patched.setattr("armlet.life.live.do", _do_but_rehearse)
            return _live(Path(folder), is_swapped=is_swapped)
    finally:
        os.urandom = honest


STEPS: Final = [step.step for step in load_life(MASKED).steps()]


@pytest.mark.parametrize("step", STEPS)
def test_a_step_of_the_masked_trial_comes_as_told(step: int) -> None:
    told = lived().told[step]

    assert told.amiss == []
    assert told.is_ticked, told


def test_step_97_of_the_open_trial_comes_as_told(tmp_path: Path) -> None:
    trial = TRIALS / "nct02893306"

    (told,) = live(prepare_world(trial, tmp_path / "life", load_life(trial), CommandLine()))

    assert told.step.step == 97
    assert told.amiss == []
    assert told.is_ticked


def test_the_steps_are_ninety_six_and_each_leaves_something_behind() -> None:
    assert list(range(1, 97)) == STEPS
    silent = [step for step, told in lived().told.items() if told.is_ticked and not (told.entries or told.step.acts)]
    assert silent == []


def test_every_entry_of_the_life_belongs_to_one_step() -> None:
    entries = [seq for told in lived().told.values() for seq in told.entries]

    assert sorted(entries) == list(range(1, len(entries) + 1))


def test_everybody_has_the_other_arm_in_the_other_world() -> None:
    one, other = lived(), lived(is_swapped=True)

    assert list(one.arms) == ["P01", "P04", "P05", "P06", "P08", "P09", "P10", "P13", "P14", "P12"]
    assert list(one.arms.values()) == [
        "cells",
        "sham",
        "cells",
        "sham",
        "cells",
        "cells",
        "sham",
        "sham",
        "cells",
        "sham",
    ]
    assert other.arms == {who: {"cells": "sham", "sham": "cells"}[arm] for who, arm in one.arms.items()}


def _with_the_key() -> list[str]:
    """Where who holds the key holds everything against the vault: in the other world what was published fits no draw."""
    verbs = ("verify {here} --key", "reconcile {here} --key")
    return [one.place for one in plan(load_life(MASKED)) if (one.act.armlet or "").startswith(verbs) and one.step < 83]


def test_in_both_worlds_everything_comes_as_told_but_that_the_vault_is_not_the_one_committed_to() -> None:
    assert lived().amiss() == []
    amiss = lived(is_swapped=True).amiss()
    assert f"{_with_the_key()[0]} (armlet): exit code of `armlet verify`: expected 0; got 4" in amiss
    assert {told.partition(" ")[0] for told in amiss} == set(_with_the_key())


def test_the_open_strand_is_the_same_byte_for_byte() -> None:
    one, other = lived().strand, lived(is_swapped=True).strand

    assert one.count(b"\n") > 1000
    assert one == other


def test_every_view_of_every_blinded_role_is_the_same() -> None:
    one, other = lived().views, lived(is_swapped=True).views

    assert len(one) > 90
    assert [name for name in one if one[name] != other[name]] == []


def test_every_verb_says_the_same_but_the_one_that_draws_again_with_the_key() -> None:
    one, other = dict(lived().said), dict(lived(is_swapped=True).said)

    assert sum(bool(words) for words in other.values()) > 20
    left_out = {planned.place for planned in plan(load_life(MASKED)) if _is_about_invented_trials(planned)}
    assert len(left_out) == 3
    differing = [place for place, words in other.items() if one[place] != words and place not in left_out]
    assert differing == _with_the_key()


def test_what_is_lived_before_the_lock_is_steps_11_to_82() -> None:
    before = {planned.step for planned in plan(load_life(MASKED))[: len(lived().said)]}
    told = {step for step, one in lived().told.items() if one.step.acts}

    assert before >= {step for step in told if 11 <= step <= 82}
    later = [one for one in plan(load_life(MASKED))[: len(lived().said)] if one.step >= 83]
    assert [one.place for one in later if not (one.act.refused or one.act.exits)] == [], "done too early"


def test_a_planted_leak_an_entry_that_only_one_arm_makes_is_seen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The worlds are held against each other by the bytes: one minute more for one arm is enough."""
    honest = do

    def slower(world: World, planned: Planned) -> Outcome:
        if _is_about_invented_trials(planned):
            return Outcome()
        if planned.act.deed == "allocates" and "P01" in (planned.act.allocates or ()) and world.arms["P01"] == "cells":
            planned = Planned(planned.step, planned.place, planned.at + timedelta(minutes=1), planned.act)
        return honest(world, planned)

    monkeypatch.setattr("armlet.life.live.do", slower)
    strands = []
    for is_swapped in (False, True):
        monkeypatch.setattr(os, "urandom", _same_chance())
        (tmp_path / str(is_swapped)).mkdir()
        world = prepare_world(
            MASKED, tmp_path / str(is_swapped) / "life", load_life(MASKED), CommandLine(), is_swapped=is_swapped
        )
        live(world, stop=lambda planned: planned.step == 23)
        strands.append(world.ledger.read_bytes())

    assert strands[0] != strands[1]
