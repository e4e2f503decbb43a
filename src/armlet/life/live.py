"""A life lived from its first act to its last, and what came of each step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from armlet.export.package import OPEN, PROTOCOL, refuse_existing, write_bytes
from armlet.life.acts import Outcome, do
from armlet.life.model import Life, Step
from armlet.life.moments import Planned, plan
from armlet.life.world import LABORATORY_KEY, Doors, ToldClock, World, arms_of
from armlet.protocol.load import load_protocol
from armlet.simulation.scenario import SCENARIO_FILE

RECORD = "record.json"
IDENTITIES = "identities.txt"
"""Invented names and numbers of the people of a life, one a line, as a hospital keeps them: no archive holds any."""


@dataclass(slots=True)
class Told:
    """One step as it was lived. It is ticked when everything came as told and it waits for nothing."""

    step: Step
    part: str
    entries: list[int] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    amiss: list[str] = field(default_factory=list)

    @property
    def is_ticked(self) -> bool:
        """Whether all of it was told, done, and came as expected."""
        return not self.amiss and self.step.waits_for is None


def prepare_world(trial: Path, folder: Path, life: Life, doors: Doors, *, is_swapped: bool = False) -> World:
    """A new folder with protocol, record and assumptions in it, and nothing lived yet.

    Raises InputError where something is there.
    """
    refuse_existing(folder)
    for name in (PROTOCOL, Path(RECORD), Path(SCENARIO_FILE), Path(IDENTITIES)):
        if (trial / name).is_file():
            write_bytes(folder / name, (trial / name).read_bytes())
    for path in (folder / OPEN, folder / LABORATORY_KEY):
        path.parent.mkdir(parents=True)
    protocol = load_protocol(folder / PROTOCOL)
    start = datetime.fromisoformat(life.begins).replace(tzinfo=ZoneInfo(life.zone))
    return World(
        life, protocol, folder, doors, ToldClock(start), arms_of(life, protocol, is_swapped=is_swapped), is_swapped
    )


def live(
    world: World,
    *,
    stop: Callable[[Planned], bool] = lambda planned: False,
    after: Callable[[Planned, Outcome], None] = lambda planned, outcome: None,
) -> Sequence[Told]:
    """Lives every act in the order of time, up to the first at which to `stop`; `after` is called with each that is done."""
    told = {step.step: Told(step, part.part) for part in world.life.parts for step in part.steps}
    for planned in plan(world.life):
        if stop(planned):
            break
        if world.is_swapped and _is_of_the_product(planned):
            continue
        outcome, one = do(world, planned), told[planned.step]
        one.entries.extend(outcome.entries)
        one.refused.extend(outcome.refused)
        one.amiss.extend(f"{planned.place} ({planned.act.deed}): {words}" for words in outcome.amiss)
        after(planned, outcome)
    world.publish_heads()
    return list(told.values())


def _is_of_the_product(planned: Planned) -> bool:
    """Whether only the unblinded side acts, on the product strand: what it does depends on the arm, as it must.

    In the swapped world it would be another story, so it is left out there; nothing of it may show on the blinded side.
    """
    return planned.act.deed == "product" or (planned.act.armlet or "").startswith("product ")
