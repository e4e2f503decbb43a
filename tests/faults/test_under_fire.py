"""The rest of what can go wrong around an act: clocks, double clicks, stale state, stores and disks that go and come back."""

from __future__ import annotations

import io
import os
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from armlet.allocation.vault import Writer
from armlet.cli.main import run
from armlet.conduct import commands as c
from armlet.conduct.commands import By
from armlet.conduct.decide import Accepted, Decision, Refused
from armlet.conduct.door import Door
from armlet.ledger.chain import find_clock_steps
from armlet.ledger.entry import Chained, Entry, Head, encode
from armlet.ledger.events import Administered, RandomisationRequested, Randomised
from armlet.ledger.sealed import ArmAssigned, ArmRead
from armlet.ledger.stores import Store, StoreUnavailable
from armlet.protocol.model import Role
from armlet.units import Quantity
from bench.postgresql import PostgreSQL
from tests.databases import Database, connect
from tests.faults.under_fire import (
    GIVEN,
    LONG,
    SITES,
    TODAY,
    Home,
    at,
    given,
    in_words,
    life_of,
    make_protocol,
    open_trial,
    start,
    wait,
)  # fmt: skip

REPEATS = 25 if LONG else 5
Count = Callable[..., None]


@pytest.fixture(params=["file", "sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    """An opened trial at two sites with a slot for each repetition, in each kind of store."""
    database = None if request.param == "file" else request.getfixturevalue("databases")[request.param]
    return make_home(tmp_path, database, max(12, 2 * REPEATS))


def make_home(folder: Path, database: Database | None = None, participants: int = 12) -> Home:
    protocol = make_protocol(folder, participants, by_site=False)
    return open_trial(Home(folder, protocol, database, database.new_trial() if database else ""), block=4)


def enrol(home: Home, *people: str, asks: bool = False) -> None:
    for who in people:
        for command in life_of(who, "harbour", home.protocol)[: None if asks else -1]:
            home.does(command)


def make_ready(home: Home, who: str = "P1") -> None:
    """Allocated, weighed and released."""
    enrol(home, who, asks=True)
    assert home.worker().look().answered == (who,)
    home.does(c.HoldVisit(who, "infusion_day", GIVEN), on=GIVEN)
    home.does(c.RecordResult(who, "infusion_day", "scales", "weight", "70.0", "kg"), on=GIVEN)
    volume, weight = Quantity.parse("26.5 mL"), Quantity.parse("70.0 kg")
    home.does(c.ReleasePreparation(who, at(GIVEN, 14), weight, volume), Role.UNBLINDED_PHARMACIST, GIVEN)


# --- Clocks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "moment",
    [datetime(2021, 4, 30, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC)],
    ids=["a day back", "the first day of the machine", "far ahead"],
)
def test_no_act_is_lost_because_of_a_clock(home: Home, moment: datetime, tally: Count) -> None:
    """What is recorded before the entry before it, or far ahead, is recorded as the clock said; the order is the chain's."""
    enrol(home, "P1")
    before, home.clock.moment = home.clock.moment, moment
    home.does(c.RequestRandomisation("P1", "R-P1"))
    assert home.worker().look().answered == ("P1",)
    home.clock.moment = before
    enrol(home, "P2", asks=True)
    home.worker().look()
    entries = home.check_whole()
    recorded = {one.entry.recorded for one in entries if one.event.kind in {"randomisation requested", "randomised"}}
    assert recorded == {moment, before}
    assert [one.event.participant for one in entries if isinstance(one.event, Randomised)] == ["P1", "P2"]
    back = next(one.seq for one in entries if one.event.kind == "randomisation requested")
    is_back = moment < before
    assert find_clock_steps(entries) == ((back,) if is_back else (back + 2,))
    assert "The clock stepped back" in verify_by_command(home, entries)
    tally(acts=12, faults=2, losses=0)


def verify_by_command(home: Home, entries: tuple[Chained, ...]) -> str:
    (home.folder / "copy.jsonl").write_bytes(b"".join(encode(one) + b"\n" for one in entries))
    said = io.StringIO()
    with redirect_stderr(said):
        assert run(["verify", str(home.folder / "copy.jsonl")]) == 0
    return said.getvalue()


def test_an_answer_with_a_date_that_cannot_be_waits_until_the_clock_is_right(home: Home, tally: Count) -> None:
    enrol(home, "P1", asks=True)
    before, home.clock.moment = home.clock.moment, datetime(9999, 12, 31, tzinfo=UTC)
    worker = home.worker()
    look = worker.look()
    assert (look.answered, look.waiting) == ((), ("P1",))
    assert "the time of the event is in the year 9999" in look.trouble
    home.clock.moment = before
    assert worker.look().answered == ("P1",)
    home.check_whole()
    tally(acts=6, faults=1, losses=0)


def test_an_infusion_over_the_hour_that_comes_twice_lasts_as_long_as_it_did(home: Home, tally: Count) -> None:
    """From 02:40 summer time to 02:20 winter time are forty minutes, and both are kept as they were said."""
    make_ready(home)
    summer, winter = timezone(timedelta(hours=2)), timezone(timedelta(hours=1))
    started, stopped = datetime(2021, 4, 15, 2, 40, tzinfo=summer), datetime(2021, 4, 15, 2, 20, tzinfo=winter)
    act = c.Administer("P1", "PREP-001", started, stopped, Quantity.parse("26.5 mL"), True, ("Bo", "Cy"))
    home.does(act, Role.CARE_PROVIDER, GIVEN)
    event = home.entries()[-1].event
    assert isinstance(event, Administered)
    assert (event.started.isoformat(), event.stopped.isoformat()) == (
        "2021-04-15T02:40:00+02:00", "2021-04-15T02:20:00+01:00",
    )  # fmt: skip
    tally(acts=11, faults=1, losses=0)


# --- Double clicks and stale state ----------------------------------------------------------------------------------


def both_at_once(home: Home, *acts: Callable[[Door], Decision]) -> list[str]:
    """Each act in a process of its own with a door that is open already; all are let go at one moment."""
    gate, opened = os.pipe()

    def act_when_let_go(act: Callable[[Door], Decision]) -> str:
        os.close(opened)
        door = home.door()
        os.read(gate, 1)
        return in_words(act(door))

    processes = [start(home, lambda act=act: act_when_let_go(act)) for act in acts]
    os.close(gate)
    os.close(opened)
    answers = []
    for code, said in map(wait, processes):
        assert code == 0
        answers.append(eval(said))
    return answers


def test_a_double_click_is_one_act_with_one_answer(home: Home, tally: Count) -> None:
    """The same wish under the same key, from two processes at one moment."""
    people = [f"P{number}" for number in range(1, REPEATS + 1)]
    enrol(home, *people)
    for who in people:
        by = By("Ada", Role.INVESTIGATOR, at(TODAY, 12), key=f"K-{who}")
        answers = both_at_once(home, *[lambda door, by=by, who=who: door.ask(c.RequestRandomisation(who, "R"), by)] * 2)
        assert answers[0] == answers[1]
        assert answers[0].startswith("done: {")
    asked = [one.event.participant for one in home.entries() if isinstance(one.event, RandomisationRequested)]
    assert asked == people
    tally(acts=2 * len(people), faults=len(people), losses=0)


def test_two_nurses_do_not_give_one_preparation_twice(home: Home, tally: Count) -> None:
    make_ready(home)

    def gives(nurse: str) -> Callable[[Door], Decision]:
        return lambda door: door.ask(given("P1", "PREP-001"), By(nurse, Role.CARE_PROVIDER, at(GIVEN, 12), key=nurse))

    answers = sorted(both_at_once(home, gives("Bo"), gives("Cy")))
    assert answers[0].startswith("done: {")
    assert "conduct/already-given" in answers[1]
    assert [one.event.kind for one in home.entries()].count("administered") == 1
    tally(acts=13, faults=1, losses=0)


class Interrupted:
    """A store at which somebody else acts after a decision and before it is written: the stalest state there can be."""

    def __init__(self, store: Store, other: Callable[[], object]) -> None:
        self._store, self._other, self.happened = store, other, 0

    def head(self) -> Head:
        return self._store.head()

    def read(self, after: int = 0) -> Iterator[Chained]:
        return self._store.read(after)

    def append(self, entries: Sequence[Entry], expected_seq: int) -> Head:
        if not self.happened:
            self.happened = 1
            self._other()
        return self._store.append(entries, expected_seq)


def ask_late(home: Home, command: c.Command, role: Role, other: Callable[[], object]) -> Decision:
    """Asks, decides, and is overtaken by the other before anything is written."""
    store = Interrupted(home.store(), other)
    decision = Door(home.protocol, store, home.clock).ask(command, By("Late", role, at(GIVEN, 12)))
    assert store.happened
    return decision


def rules_of(decision: Decision) -> list[str]:
    return [issue.rule for issue in decision.issues] if isinstance(decision, Refused) else []


def test_who_decided_on_the_last_place_decides_again_when_it_is_taken(
    tmp_path: Path, databases: dict[str, Database], tally: Count
) -> None:
    for kind in ("file", "sqlite", "postgresql"):
        (tmp_path / kind).mkdir()
        home = make_home(tmp_path / kind, databases.get(kind), participants=1)
        enrol(home, "P1", "P2")
        first = c.RequestRandomisation("P1", "R1")
        late = ask_late(home, c.RequestRandomisation("P2", "R2"), Role.INVESTIGATOR, lambda: home.does(first, on=GIVEN))  # noqa: B023
        assert rules_of(late) == ["conduct/list-exhausted"]
        home.worker().look()
        assert [one.participant for one in home.vault().events(ArmAssigned)] == ["P1"]
        home.check_whole()
    tally(acts=33, faults=3, losses=0)


def test_a_lock_names_the_correction_that_overtook_it_and_a_correction_that_came_late_is_refused(
    home: Home, tally: Count
) -> None:
    make_ready(home)
    home.does(given("P1", "PREP-001"), Role.CARE_PROVIDER, GIVEN)
    home.does(c.EndFollowUp("P1"), on=GIVEN)
    home.does(c.Complete(), Role.SPONSOR, GIVEN)
    weight = next(one.seq for one in home.entries() if one.event.kind == "result recorded")
    first, second = (
        c.CorrectResult(weight, "70.5", "kg", "read again"),
        c.CorrectResult(weight + 3, "71.0", "kg", "x"),
    )
    lock = c.Lock(("Dora", "Sam"))
    locked = ask_late(home, lock, Role.DATA_MANAGER, lambda: home.does(first, on=GIVEN))
    assert isinstance(locked, Accepted)
    kinds = [one.event.kind for one in home.check_whole()]
    assert kinds[-2:] == ["result corrected", "database locked"]
    assert rules_of(home.ask(second, Role.INVESTIGATOR, GIVEN)) == ["conduct/locked"]
    assert rules_of(home.ask(lock, Role.DATA_MANAGER, GIVEN)) == ["conduct/locked"]
    tally(acts=20, faults=1, losses=0)


def test_a_correction_that_is_overtaken_by_a_lock_or_by_another_correction_changes_nothing(
    home: Home, tally: Count
) -> None:
    make_ready(home)
    home.does(given("P1", "PREP-001"), Role.CARE_PROVIDER, GIVEN)
    weight = next(one.seq for one in home.entries() if one.event.kind == "result recorded")
    one, other = (c.CorrectResult(weight, value, "kg", "read again") for value in ("70.5", "71.0"))
    late = ask_late(home, other, Role.INVESTIGATOR, lambda: home.does(one, on=GIVEN))
    assert rules_of(late) == ["conduct/corrected-already"]
    home.does(c.EndFollowUp("P1"), on=GIVEN)
    home.does(c.Complete(), Role.SPONSOR, GIVEN)
    newest = next(one.seq for one in home.entries() if one.event.kind == "result corrected")
    lock = c.Lock(("Dora", "Sam"))
    third = c.CorrectResult(newest, "72.0", "kg", "read once more")
    late = ask_late(home, third, Role.INVESTIGATOR, lambda: home.does(lock, Role.DATA_MANAGER, GIVEN))
    assert rules_of(late) == ["conduct/locked"]
    assert home.check_whole()[-1].event.kind == "database locked"
    tally(acts=20, faults=2, losses=0)


def test_an_answer_that_is_overtaken_by_another_workers_is_not_told_twice(home: Home, tally: Count) -> None:
    enrol(home, "P1", asks=True)
    late = ask_late(
        home, c.ConfirmRandomisation("P1", "PREP-001", GIVEN), Role.RANDOMISATION_STATISTICIAN, home.worker().look
    )
    assert rules_of(late) == ["conduct/already-randomised"]
    assert [one.event.kind for one in home.check_whole()].count("randomised") == 1
    tally(acts=7, faults=1, losses=0)


# --- Stores and disks that go and come back -------------------------------------------------------------------------


def ask_until_answered(home: Home, number: int, each: int) -> int:
    """A client that meets its database gone: it asks again, under the same key, until it knows. How often it had to."""
    lost = 0
    for mine in range(each):
        who = f"P{number}-{mine}"
        for count, command in enumerate(life_of(who, SITES[number % 2], home.protocol)):
            by = By(f"Client {number}", Role.INVESTIGATOR, at(TODAY, 12), key=f"{who}/{count}")
            while True:
                try:
                    decision = home.door().ask(command, by)
                except StoreUnavailable:
                    lost += 1
                    time.sleep(0.05)
                    continue
                break
            assert isinstance(decision, Accepted), decision
    return lost


def answer_until(home: Home, people: int) -> int:
    """A worker that meets the database gone, from its start on; how many of its looks were in vain."""
    vain, worker, done, until = 0, None, 0, time.monotonic() + 120
    while done < people:
        assert time.monotonic() < until
        try:
            worker = worker or home.worker()
            look = worker.look()
            vain += bool(look.trouble)
            done = len({one.event.participant for one in home.store().read() if isinstance(one.event, Randomised)})
        except StoreUnavailable:
            vain += 1
        time.sleep(0.02)
    return vain


def test_a_database_that_crashes_while_people_are_randomised_loses_nobody(
    databases: dict[str, Database], tmp_path: Path, tally: Count
) -> None:
    with PostgreSQL(recovery_init_sync_method="syncfs") as server:
        database = connect("under_fire", server.address("postgres"))
        each, crashes = (50, 10) if LONG else (8, 3)
        home = make_home(tmp_path, database, participants=4 * each)
        clients = [start(home, lambda number=number: ask_until_answered(home, number, each)) for number in range(4)]
        workers = [start(home, lambda: answer_until(home, 4 * each)) for _ in range(2)]
        for _ in range(crashes):
            time.sleep(0.3)
            server.crash()
            time.sleep(0.1)
            server.start()
        ended = [wait(process) for process in (*clients, *workers)]
        assert [code for code, _ in ended] == [0] * 6
        home.forget()
        entries = home.check_whole()
        told = [one.event.participant for one in entries if isinstance(one.event, Randomised)]
        assert sorted(told) == sorted(f"P{number}-{mine}" for number in range(4) for mine in range(each))
        assert told == [one.participant for one in home.vault().events(ArmAssigned)]
        assert len(entries) == 4 + 7 * 4 * each
        assert sum(int(said) for _, said in ended) >= crashes, "nobody met the database gone"
        tally(acts=24 * each, faults=crashes, losses=4 * each - len(told))
        database.close()


def look_within(home: Home, room: int, makes_full: Path) -> tuple[str, str]:
    """A look while no file may grow past so many bytes more than this one has, and one when there is room again."""
    worker = home.worker()
    resource.setrlimit(resource.RLIMIT_FSIZE, (makes_full.stat().st_size + room, resource.RLIM_INFINITY))
    full = worker.look()
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    return f"{full.answered} {full.waiting} {full.trouble}", repr(worker.look().answered)


@pytest.mark.parametrize("room", [0, 1, 500])
@pytest.mark.parametrize("full", ["vault", "ledger"])
def test_a_full_disk_of_one_strand_leaves_the_request_standing_until_there_is_room(
    tmp_path: Path, full: str, room: int, tally: Count
) -> None:
    """Each strand in turn is the longer one, so that only it meets the limit."""
    home = make_home(tmp_path)
    people = ["P1"] if full == "vault" else [f"P{number}" for number in range(1, 9)]
    enrol(home, *people[:-1], asks=True)
    home.worker().look()
    if full == "vault":
        home.vault().write(Writer("Eve", home.clock.now()), *[ArmRead(participant="P1", warrant="W", by="Eve")] * 8)
    enrol(home, people[-1], asks=True)
    longer, shorter = (home.sealed, tmp_path / "open") if full == "vault" else (tmp_path / "open", home.sealed)
    assert longer.stat().st_size > shorter.stat().st_size + 3000
    before = home.sealed.read_bytes(), (tmp_path / "open").read_bytes()

    code, said = wait(start(home, lambda: look_within(home, min(room, 300) if full == "ledger" else room, longer)))
    assert code == 0
    while_full, after = eval(said)
    assert while_full.startswith(f"() ('{people[-1]}',) OSError: [Errno 27]")
    assert after == f"('{people[-1]}',)"
    assert home.sealed.read_bytes().startswith(before[0])
    assert (tmp_path / "open").read_bytes().startswith(before[1])
    assert [one.participant for one in home.vault().events(ArmAssigned)] == people
    home.check_whole()
    tally(acts=6 * len(people), faults=1, losses=0)


def look_unable_to_write(home: Home) -> tuple[str, str]:
    worker = home.worker()
    home.sealed.chmod(0o444)
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    unable = worker.look()
    if is_root:
        os.seteuid(0)
    home.sealed.chmod(0o644)
    return f"{unable.answered} {unable.waiting} {unable.trouble}", repr(worker.look().answered)


def test_a_vault_that_may_only_be_read_leaves_the_request_standing_until_it_may_be_written(
    tmp_path: Path, tally: Count
) -> None:
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/tmp"):
            folder.chmod(folder.stat().st_mode | 0o055)
    home = make_home(tmp_path)
    enrol(home, "P1", asks=True)
    code, said = wait(start(home, lambda: look_unable_to_write(home)))
    assert code == 0
    unable, after = eval(said)
    assert unable.startswith("() ('P1',) PermissionError")
    assert after == "('P1',)"
    home.check_whole()
    tally(acts=6, faults=1, losses=0)


def test_a_database_that_is_gone_leaves_the_slot_in_the_vault_and_the_same_slot_is_told_when_it_is_back(
    databases: dict[str, Database], tmp_path: Path, tally: Count
) -> None:
    """The vault has the slot; the ledger is gone before it can be told."""
    with PostgreSQL() as server:
        database = connect("away", server.address("postgres"))
        home = make_home(tmp_path, database)
        enrol(home, "P1", asks=True)
        worker = home.worker()
        number = worker._allocator.allocate("P1", "R-P1")
        server.stop()
        look = worker.look()
        assert look.answered == ()
        assert "the database cannot be used" in look.trouble
        server.start()
        assert worker.look().answered == ("P1",)
        told = [one.event for one in home.check_whole() if isinstance(one.event, Randomised)]
        assert [(one.participant, one.preparation) for one in told] == [("P1", number)]
        tally(acts=6, faults=1, losses=0)
        database.close()
