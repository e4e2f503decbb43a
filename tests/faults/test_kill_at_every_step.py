"""``kill -9`` at every step boundary of an act: nothing is lost, doubled or half done, and a retry has the same answer.

No step is named in the program. An undisturbed run is watched by the interpreter's own profiler, which counts every
boundary; then the act is done once for each of them, in a process that kills itself there; then it is asked again, by a
program that was just started, under the same key. In the default suite a boundary is each time the program goes to the
machine (a file, a disk, a lock, a database, a cipher) or comes back; with ``ARMLET_LONG=1`` also each begin and end of
every function of the program (on databases: of the door, the store and the vault).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from armlet.allocation.pharmacy import Batch, prepare, reject
from armlet.allocation.unblinding import read_arm
from armlet.allocation.vault import Writer
from armlet.conduct import commands as c
from armlet.conduct.commands import By
from armlet.ledger.entry import Chained
from armlet.ledger.events import Randomised, UnblindingCategory
from armlet.ledger.sealed import ArmAssigned, ArmRead, SealedEvent
from armlet.protocol.model import Role
from armlet.units import Quantity
from tests.databases import Database
from tests.faults.under_fire import (
    ANSWERS,
    GIVEN,
    LONG,
    TODAY,
    Home,
    at,
    copy_of,
    given,
    in_words,
    is_of_the_program,
    is_of_writing,
    life_of,
    make_protocol,
    open_trial,
    run_to,
    start,
    touches_outside,
    wait,
)

BATCH = Batch(
    "L1001", "P1", Quantity.parse("5.0 10*6/mL"),
    {"viability": "91 %", "sterility": "no growth", "strength": "5.0 10*6/mL"}, at(GIVEN, 14),
)  # fmt: skip
WEIGHT = Quantity.parse("70.0 kg")


# --- The acts, and how far the trial has come before each -----------------------------------------------------------


def asks_for_randomisation(home: Home) -> str:
    return in_words(home.ask(c.RequestRandomisation("P1", "R-P1"), Role.INVESTIGATOR, key="K1"))


def answers_the_request(home: Home) -> str:
    """The worker is not told who waits; the answer is what the strand says afterwards."""
    assert home.worker().look().waiting == ()
    return repr([one.event for one in home.store().read() if isinstance(one.event, Randomised)])


def screens(home: Home) -> str:
    return in_words(home.ask(c.Screen("P1", ANSWERS, TODAY), Role.INVESTIGATOR, key="K1"))


def prepares(home: Home) -> str:
    return repr(prepare(home.vault(), Writer("Phil", home.clock.now()), home.protocol, "PREP-001", WEIGHT, BATCH))


def rejects(home: Home) -> str:
    return repr(reject(home.vault(), Writer("Phil", home.clock.now()), home.protocol, "PREP-001", BATCH))


def releases(home: Home) -> str:
    release = c.ReleasePreparation("P1", at(GIVEN, 14), WEIGHT, Quantity.parse("26.5 mL"))
    return in_words(home.ask(release, Role.UNBLINDED_PHARMACIST, GIVEN, "K2"))


def administers(home: Home) -> str:
    return in_words(home.ask(given("P1", "PREP-001"), Role.CARE_PROVIDER, GIVEN, "K1"))


def corrects(home: Home) -> str:
    weight = next(one.seq for one in home.store().read() if one.event.kind == "result recorded")
    return in_words(home.ask(c.CorrectResult(weight, "70.5", "kg", "read again"), Role.INVESTIGATOR, GIVEN, "K1"))


def locks(home: Home) -> str:
    return in_words(home.ask(c.Lock(("Dora", "Sam")), Role.DATA_MANAGER, GIVEN, "K1"))


def grants_a_warrant(home: Home) -> str:
    warrant = c.GrantWarrant("W1", "P1", UnblindingCategory.EMERGENCY, "A seizure.", "Eve")
    by = By("Ada", Role.CODE_BREAK_HOLDER, at(GIVEN, 12), key="K2", confirmed_by="a code")
    return in_words(home.door().ask(warrant, by))


def reveals(home: Home) -> str:
    """The sealed entry, the open one, and then the arm: asked again under the same key, the arm again."""
    by = By("Ada", Role.CODE_BREAK_HOLDER, at(GIVEN, 12), key="K3", confirmed_by="a code")
    return str(read_arm(home.vault(), home.door(), "W1", by).arm)


def until_consent(home: Home) -> None:
    for command in life_of("P1", "harbour", home.protocol)[:2]:
        home.does(command)


def until_enrolment(home: Home) -> None:
    for command in life_of("P1", "harbour", home.protocol)[:-1]:
        home.does(command)


def until_the_request(home: Home) -> None:
    until_enrolment(home)
    home.does(c.RequestRandomisation("P1", "R-P1"))


def until_allocation(home: Home) -> None:
    until_the_request(home)
    home.worker().look()


def until_weighing(home: Home) -> None:
    until_allocation(home)
    home.does(c.HoldVisit("P1", "infusion_day", GIVEN), on=GIVEN)
    home.does(c.RecordResult("P1", "infusion_day", "scales", "weight", "70.0", "kg"), on=GIVEN)


def until_release(home: Home) -> None:
    until_weighing(home)
    prepares(home)
    assert releases(home).startswith("done")


def until_the_end(home: Home) -> None:
    until_release(home)
    home.does(given("P1", "PREP-001"), Role.CARE_PROVIDER, GIVEN)
    home.does(c.EndFollowUp("P1"), on=GIVEN)
    home.does(c.Complete(), Role.SPONSOR, GIVEN)


def until_the_warrant(home: Home) -> None:
    until_allocation(home)
    assert grants_a_warrant(home).startswith("done")


@dataclass(frozen=True)
class Act:
    """What is done, how far the trial has come, and which strands it touches."""

    does: Callable[[Home], str]
    after: Callable[[Home], None]
    in_vault: bool = False
    only_vault: bool = False


ACTS = {
    "screening": Act(screens, until_consent),
    "request": Act(asks_for_randomisation, until_enrolment),
    "allocation": Act(answers_the_request, until_the_request, in_vault=True),
    "preparation": Act(prepares, until_weighing, in_vault=True, only_vault=True),
    "rejection": Act(rejects, until_weighing, in_vault=True, only_vault=True),
    "release": Act(releases, until_weighing),
    "administration": Act(administers, until_release),
    "correction": Act(corrects, until_weighing),
    "lock": Act(locks, until_the_end),
    "warrant": Act(grants_a_warrant, until_allocation),
    "reading": Act(reveals, until_the_warrant, in_vault=True),
}
HOMES = ["file", "sqlite", "postgresql"]
CASES = [(act, home) for act, one in ACTS.items() for home in HOMES if home == "file" or not one.only_vault]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Home, tuple[Chained, ...]]]:
    """A trial, in files, that stands just before the act."""
    made = dict[str, tuple[Home, tuple[Chained, ...]]]()
    protocols = tmp_path_factory.mktemp("protocols")

    def make(act: str) -> tuple[Home, tuple[Chained, ...]]:
        if act not in made:
            home = Home(tmp_path_factory.mktemp(act), make_protocol(protocols, by_site=False))
            open_trial(home, block=4)
            ACTS[act].after(home)
            made[act] = (home, home.entries())
        return made[act]

    return make


def sealed_events(home: Home) -> list[SealedEvent]:
    return list(home.vault().every_event())


def check_kept(home: Home, before: int, whole: list[str], *, is_over: bool) -> None:
    """Of what an undisturbed act writes into the open strand, all is there or, while it is not over, nothing."""
    new = [repr(one.event) for one in home.entries()[before:]]
    assert new == whole or (not is_over and new == []), (new, whole)


@pytest.mark.parametrize(("act", "kind"), CASES, ids=[f"{act} in {kind}" for act, kind in CASES])
def test_an_act_that_is_killed_at_any_step_is_done_once_and_answered_as_if_undisturbed(
    act: str,
    kind: str,
    template: Callable[[str], tuple[Home, tuple[Chained, ...]]],
    request: pytest.FixtureRequest,
    tmp_path: Path,
    tally: Callable[..., None],
) -> None:
    made, entries = template(act)
    database: Database | None = request.getfixturevalue("databases")[kind] if kind != "file" else None
    made = Home(made.folder, made.protocol, database, "", made.clock)
    does = ACTS[act].does
    selects = touches_outside if not LONG else is_of_the_program if kind == "file" else is_of_writing

    for number in (1, 2):  # what a process remembers once for all is remembered: every run has the same boundaries
        does(copy_of(made, tmp_path / f"warm {number}", entries))
    undisturbed = copy_of(made, tmp_path / "undisturbed", entries)
    code, said = wait(start(undisturbed, lambda: run_to(None, selects, lambda: does(undisturbed))))
    assert code == 0
    steps, answer = eval(said)
    assert steps >= (4 if ACTS[act].only_vault or kind != "postgresql" else 2)
    assert not str(answer).startswith("refused"), answer
    whole = [repr(one.event) for one in undisturbed.entries()[len(entries) :]]
    sealed = sealed_events(undisturbed)

    killed, had_nothing, had_all = 0, 0, 0
    for step in range(1, steps + 1):
        home = copy_of(made, tmp_path / str(step), entries)
        code, _ = wait(start(home, lambda home=home, step=step: run_to(step, selects, lambda: does(home))))
        assert code in {-9, 0}, code
        killed += code == -9
        is_there = (len(home.entries()), home.vault().head().seq) == (len(entries) + len(whole), len(sealed))
        had_all += code == -9 and is_there
        had_nothing += code == -9 and not is_there
        check_kept(home, len(entries), whole, is_over=False)
        check_sealed(home, sealed, sealed_events(home), is_over=False)
        assert does(home) == answer
        check_kept(home, len(entries), whole, is_over=True)
        check_sealed(home, sealed, sealed_events(home), is_over=True)
        home.check_whole()
        assert does(home) == answer, "and once more"
        check_kept(home, len(entries), whole, is_over=True)
        shutil.rmtree(home.folder)
    assert killed >= 0.98 * steps, "boundaries were counted that no run came to: the test has lost its point"
    assert had_nothing >= 1, "no kill came before the act was written"
    assert had_all >= 1, "no kill came between the writing and the answer"
    tally(acts=1 + 3 * steps, faults=killed, losses=0)


def check_sealed(home: Home, whole: list[SealedEvent], found: list[SealedEvent], *, is_over: bool) -> None:
    """The same of the vault. A reading that was asked for twice may be written twice: each is a reading."""
    readings = [one for one in found if isinstance(one, ArmRead)]
    expected = [one for one in whole if isinstance(one, ArmRead)]
    rest = [one for one in found if not isinstance(one, ArmRead)]
    known = [one for one in whole if not isinstance(one, ArmRead)]
    if is_over:
        assert rest == known
        assert len(expected) <= len(readings) <= 2 * len(expected)
        assert set(map(type, readings)) == set(map(type, expected))
    else:
        assert rest == known[: len(rest)]
        written = len(known) - len(rest)
        assert written in {0, 1, len(known) - _before(known)}, "a part of what is written at once"


def _before(whole: list[SealedEvent]) -> int:
    """How many sealed events there were before a preparation was written, which is all of it or nothing."""
    return next((number for number, one in enumerate(whole) if type(one).__name__ == "PreparationMade"), len(whole))


def test_every_slot_of_a_killed_allocation_went_to_whoever_asked(
    template: Callable[[str], tuple[Home, tuple[Chained, ...]]], tmp_path: Path
) -> None:
    """The undisturbed answer itself, so that the comparison above compares with something."""
    made, entries = template("allocation")
    home = copy_of(made, tmp_path / "home", entries)
    assert "PREP-001" in answers_the_request(home)
    assert [(one.slot, one.participant) for one in home.vault().events(ArmAssigned)] == [(1, "P1")]
