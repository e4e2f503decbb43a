"""Each act done, and held to what is expected of it: whatever is not as it was told is said, in words."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from armlet.allocation.pharmacy import Batch, prepare, reject
from armlet.allocation.vault import Writer
from armlet.allocation.worker import Worker
from armlet.conduct.commands import By, Command
from armlet.conduct.decide import Decision, Refused
from armlet.errors import ArmletError, InputError
from armlet.export.package import write_text
from armlet.issues import Issue, error
from armlet.laboratory.answer import Refused as RefusedProduct
from armlet.life.at_once import ask_at_once
from armlet.life.commands import read_command, read_record
from armlet.life.model import Act, Prepares, Reads, Sees, Writes
from armlet.life.moments import Planned, read_moment
from armlet.life.sealing import seal_allocation
from armlet.life.world import HERE, World
from armlet.protocol.model import Role
from armlet.report.views import find_views, is_served
from armlet.units import Quantity


@dataclass(slots=True)
class Outcome:
    """What came of an act: the numbers of the entries it made, the rules that refused it, and what was not as told.

    `said` is what a verb of the command line said.
    """

    entries: list[int] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    amiss: list[str] = field(default_factory=list)
    said: str = ""


def do(world: World, planned: Planned) -> Outcome:
    """Does the act at its moment. What the program cannot do is told as amiss and ends nothing."""
    world.clock.moment = planned.at
    before, outcome = world.head(), Outcome()
    try:
        _do(world, planned, outcome)
    except (ArmletError, OSError, KeyError, ValueError) as problem:
        outcome.amiss.append(f"{type(problem).__name__}: {problem}")
    added = world.entries_after(before)
    outcome.entries, outcome.amiss = [one.seq for one in added], list(dict.fromkeys(outcome.amiss))
    act = planned.act
    if added and act.remember is not None:
        world.remembered[act.remember] = added[-1].seq
    if act.do is None and act.product is None and not act.at_once and "adds" in act.model_fields_set:
        _compare(outcome, "entries", list(act.adds), [one.event.kind for one in added])
    return outcome


def _compare(outcome: Outcome, what: str, expected: Sequence[object], got: Sequence[object]) -> None:
    if list(expected) != list(got):
        outcome.amiss.append(f"{what}: expected {_said(expected)}; got {_said(got)}")


def _said(values: Sequence[object]) -> str:
    return ", ".join(map(str, values)) or "none"


def _do(world: World, planned: Planned, outcome: Outcome) -> None:
    act = planned.act
    match act.deed:
        case "do":
            _ask(world, planned, outcome)
        case "product":
            _record(world, planned, outcome)
        case "at_once":
            _ask_at_once(world, planned, outcome)
        case "armlet":
            _run_verb(world, act, outcome)
        case "seals":
            outcome.amiss.extend(seal_allocation(world, _name(world, act)))
        case "allocates":
            _allocate(world, act, outcome)
        case "prepares":
            _prepare(world, act, cast("Prepares", act.prepares), outcome)
        case "sees":
            for seen in act.sees:
                _look(world, seen, outcome)
        case "reads":
            _read(world, cast("Reads", act.reads), outcome)
        case "writes":
            _write(world, cast("Writes", act.writes))
        case other:
            raise InputError([error("life/deed", planned.place, f"{other} is not done here.", "")])


def _name(world: World, act: Act) -> str:
    return world.life.people[act.as_ or ""].name


# --- Commands -------------------------------------------------------------------------------------------------------


def _wishes(world: World, act: Act, place: str, at: datetime) -> list[tuple[Command, By]]:
    """What is asked for, by whom, each under a key of its own: one wish, or one for each line of `each`."""
    ((name, given),) = (act.do or {}).items()
    return [(read_command(name, told, f"step {place}"), by) for told, by in _lines(world, act, given, place, at)]


def _lines(
    world: World, act: Act, given: dict[str, JsonValue], place: str, at: datetime
) -> Iterator[tuple[dict[str, JsonValue], By]]:
    who = world.life.people[act.as_ or ""]
    lines = [dict(zip(act.each, line, strict=True)) for line in zip(*act.each.values(), strict=True)] or [{}]
    occurred = at if act.happened is None else read_moment(act.happened, at, ZoneInfo(world.life.zone))
    for number, line in enumerate(lines, start=1):
        told = cast("dict[str, JsonValue]", world.fill({**given, **line}))
        yield told, By(who.name, who.role, occurred, act.reason, f"life/{place}/{number}", act.confirmed_by)


def _ask(world: World, planned: Planned, outcome: Outcome) -> None:
    act = planned.act
    for number, (command, by) in enumerate(_wishes(world, act, planned.place, planned.at), start=1):
        before = world.head()
        decision = world.door.ask(command, by)
        if act.remember is not None and act.each:
            world.remembered[f"{act.remember} {number}"] = world.head()
        _hold(outcome, act, decision, [one.event.kind for one in world.entries_after(before)])
        if act.again:
            _ask_again(world, command, by, decision, outcome)


def _record(world: World, planned: Planned, outcome: Outcome) -> None:
    """Like a command, at the door of the product strand; what it adds there is none of the open strand's."""
    act = planned.act
    ((kind, given),) = (act.product or {}).items()
    strand, door = world.open_product()
    for told, by in _lines(world, act, given, planned.place, planned.at):
        record, before = read_record(kind, told, f"step {planned.place}"), strand.head().seq
        decision = door.ask(record, by)
        issues = decision.issues if isinstance(decision, RefusedProduct) else ()
        _hold_answer(outcome, act, issues, [entry.event.kind for entry in strand.entries(before)])


def _hold(outcome: Outcome, act: Act, decision: Decision, added: list[str]) -> None:
    _hold_answer(outcome, act, decision.issues if isinstance(decision, Refused) else (), added)


def _hold_answer(outcome: Outcome, act: Act, issues: Sequence[Issue], added: list[str]) -> None:
    rules = sorted({issue.rule for issue in issues})
    outcome.refused.extend(rules)
    _compare(outcome, "refused by", sorted(set(act.refused)), rules)
    _compare(outcome, "entries", act.adds, added)


def _ask_again(world: World, command: Command, by: By, first: Decision, outcome: Outcome) -> None:
    before = world.head()
    second = world.door.ask(command, by)
    if second != first:
        outcome.amiss.append("asked again under the same key: the answer is another one")
    _compare(outcome, "entries of the second asking", [], [one.event.kind for one in world.entries_after(before)])


def _ask_at_once(world: World, planned: Planned, outcome: Outcome) -> None:
    wishes: list[tuple[Command, By]] = []
    for number, act in enumerate(planned.act.at_once, start=1):
        wishes.extend(_wishes(world, act, f"{planned.place}.{number}", planned.at))
    before = world.head()
    decisions = ask_at_once(world, wishes)
    added = world.entries_after(before)
    for act, (_, by), decision in zip(planned.act.at_once, wishes, decisions, strict=True):
        _hold(outcome, act, decision, [one.event.kind for one in added if one.entry.key == by.key])


# --- The command line, the allocator, the pharmacist ----------------------------------------------------------------


def _run_verb(world: World, act: Act, outcome: Outcome) -> None:
    words = shlex.split(str(world.fill(act.armlet)))
    typed = [world.doors.code_of(world.folder / name, world.clock.moment) for name in act.types]
    world.publish_heads()
    said = world.doors.run_verb(words, typed, world.clock)
    _compare(outcome, f"exit code of `armlet {words[0]}`", [act.exits], [said.code])
    outcome.said = said.words.replace(str(world.folder), f"{{{HERE}}}")
    _hold_words(world, outcome, f"`armlet {words[0]}`", said.words, act.shows, act.hides)
    if act.equals is not None and world.kept[act.equals] != outcome.said:
        outcome.amiss.append(f"`armlet {words[0]}` says something else than {act.equals!r}")
    if act.keeps is not None:
        world.kept[act.keeps] = outcome.said


def _hold_words(
    world: World, outcome: Outcome, what: str, text: str, shows: Sequence[str], hides: Sequence[str]
) -> None:
    for words in shows:
        if str(world.fill(words)) not in text:
            outcome.amiss.append(f"{what} does not show {words!r}")
    for words in hides:
        if str(world.fill(words)).casefold() in text.casefold():
            outcome.amiss.append(f"{what} shows {words!r}, which it must not")


def _allocate(world: World, act: Act, outcome: Outcome) -> None:
    vault = world.open_vault()
    look = Worker(world.door, vault, world.clock, _name(world, act)).look()
    _compare(outcome, "allocated", act.allocates or (), look.answered)
    if look.trouble:
        outcome.amiss.append(f"waiting: {look.trouble}")
    given = {assigned.participant: assigned.arm for assigned in vault.assignments()}
    for who in act.allocates or ():
        if given.get(who) != world.arms.get(who):
            outcome.amiss.append(f"{who} was not given the arm that is told")


def _prepare(world: World, act: Act, told: Prepares, outcome: Outcome) -> None:
    one = world.door.state.participants[told.participant]
    expires = datetime.fromisoformat(str(world.fill(told.expires)))
    batch = Batch(told.lot, told.donor, Quantity.parse(told.concentration), told.results, expires)
    vault, writer = world.open_vault(), Writer(_name(world, act), world.clock.moment)
    try:
        if not told.released:
            reject(vault, writer, world.protocol, one.preparation, batch)
            return
        made = prepare(vault, writer, world.protocol, one.preparation, Quantity.parse(told.weight), batch)
    except InputError as problem:
        _hold_answer(outcome, act, problem.issues, [])
        return
    world.prepared[told.participant] = made
    _compare(outcome, "released", [told.released], [made.released])
    _compare(outcome, "refused by", act.refused, [])


# --- What people see ------------------------------------------------------------------------------------------------


def _look(world: World, seen: Sees, outcome: Outcome) -> None:
    views = find_views()
    if seen.view != "every" and seen.view not in views:
        raise InputError(
            [error("life/unknown-view", seen.view, "there is no such view.", f"There are {', '.join(views)}.")]
        )
    for role in seen.as_:
        asked = list(views.values()) if seen.view == "every" else [views[seen.view]]
        served = [view for view in asked if is_served(world.protocol, role, view)]
        what = f"the view {seen.view!r} of the {_spoken(role)}"
        if bool(served) is not seen.served:
            outcome.amiss.append(f"{what} is {'' if served else 'not '}served")
            continue
        text = "\n".join(part.decode() for part in world.doors.render(world.data(), role, served).values())
        _hold_words(world, outcome, what, text, seen.shows, seen.hides)


def _spoken(role: Role) -> str:
    return role.value.replace("_", " ")


def _read(world: World, told: Reads, outcome: Outcome) -> None:
    text = (world.folder / str(world.fill(told.file))).read_text("utf-8")
    _hold_words(world, outcome, f"the file {told.file}", text, told.shows, told.hides)


def _write(world: World, told: Writes) -> None:
    path = world.folder / told.file
    if path.exists():
        raise InputError([error("life/file-exists", told.file, "there is such a file already.", "Name another.")])
    write_text(path, told.text)
