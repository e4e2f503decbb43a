"""A trial under fire: its two strands in a home of each kind, its people's acts, and processes that are killed.

A home holds the open strand (a file, SQLite or PostgreSQL) and the vault (always a file, as in life). An act is a
function of the home; it opens everything anew, as a program does that was just started.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any, Final

from armlet.allocation.commitment import commit_to
from armlet.allocation.proof import prove
from armlet.allocation.sealed_strand import VaultKey, verify_sealed
from armlet.allocation.vault import Vault, Writer
from armlet.allocation.worker import Worker
from armlet.conduct import commands as c
from armlet.conduct.commands import By
from armlet.conduct.decide import Accepted, Decision, Refused
from armlet.conduct.door import Door
from armlet.ledger.chain import verify
from armlet.ledger.entry import Chained, encode
from armlet.ledger.sealed import VaultOpened
from armlet.ledger.stores import Store
from armlet.ledger.stores.file import FileStore
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Protocol, Role
from armlet.units import Quantity
from tests.databases import Database

BASE: Final = Path(__file__).parents[1] / "spec/checks/base.yaml"
LONG: Final = os.environ.get("ARMLET_LONG") == "1"
KEY: Final = bytes(range(32))
SEED: Final = "5e" * 32
SITES: Final = ("harbour", "hillside")
ANSWERS: Final[dict[str, str | bool | None]] = {
    "sex": "female", "age": "34 a", "asthma": True, "asthma_found": "2018-06-01", "fev1": "2.1 L", "consented": True,
    "asthma_is_steady": True, "body_mass_index": "24.0 kg/m2", "last_attack": "2020-06-01", "cotinine": "3 nmol/L",
    "hiv": "negative", "pregnant": False, "could_become_pregnant": True, "contraception": True,
}  # fmt: skip
TODAY: Final = date(2021, 3, 11)
GIVEN: Final = date(2021, 4, 15)
_FACTOR: Final = "{id: site, label: site, site: true, source: {assumed: {because: a test, confirm: nobody}}}"


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), UTC)


class FixedClock:
    """Always the same moment, so that two runs write the same."""

    def __init__(self, moment: datetime = datetime(2021, 5, 1, tzinfo=UTC)) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


@cache
def make_protocol(folder: Path, participants: int = 12, method: str = "permuted_blocks", *, by_site: bool) -> Protocol:
    """The neutral trial at two sites, which allocates right after enrolment."""
    text = BASE.read_text("utf-8")
    second = "    - {id: hillside, name: Hillside Hospital, city: Hilltop, country: Freedonia}\n"
    for old, new in (
        ("design:\n", f"{second}design:\n"),
        ("  participants: 12\n", f"  participants: {participants}\n"),
        ("  after: [brushing]\n", f"  factors: [{_FACTOR}]\n" if by_site else ""),
        ("method: permuted_blocks", f"method: {method}"),
    ):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path = folder / f"{participants}-{method}-{by_site}.yaml"
    path.write_text(text, "utf-8")
    return load_protocol(path)


# --- Where a trial lives --------------------------------------------------------------------------------------------


@dataclass
class Home:
    """Where the strands of one trial are: the open one in a file or a database, the sealed one in a file."""

    folder: Path
    protocol: Protocol
    database: Database | None = None
    trial: str = ""
    clock: FixedClock = field(default_factory=FixedClock)

    @property
    def sealed(self) -> Path:
        return self.folder / "sealed"

    def store(self, connection: int = 0) -> Store:
        if self.database is not None:
            return self.database.store(self.trial, connection)
        return FileStore(self.folder / "open")

    def door(self) -> Door:
        return Door(self.protocol, self.store(), self.clock)

    def vault(self) -> Vault:
        return Vault(VaultKey(KEY), self.sealed)

    def worker(self) -> Worker:
        return Worker(self.door(), self.vault(), self.clock, "Ruth")

    def ask(
        self, command: c.Command, role: Role, on: date = TODAY, key: str | None = None, who: str = "Ada"
    ) -> Decision:
        return self.door().ask(command, By(who, role, at(on, 12), key=key))

    def does(self, command: c.Command, role: Role = Role.INVESTIGATOR, on: date = TODAY) -> None:
        decision = self.ask(command, role, on)
        assert isinstance(decision, Accepted), decision

    def entries(self) -> tuple[Chained, ...]:
        """The open strand, which must be whole."""
        store = self.store()
        found = verify(b"".join(encode(one) + b"\n" for one in store.read()), store.head())
        assert found.is_whole, found.breaks
        assert [one.seq for one in found.entries] == list(range(1, len(found.entries) + 1))
        return found.entries

    def check_whole(self) -> tuple[Chained, ...]:
        """Both strands are whole, every draw is the seed's, and the slots are 1, 2, 3 … in the order of the requests."""
        entries, vault = self.entries(), self.vault()
        assert verify_sealed(self.sealed.read_bytes(), vault.head())[1] == []
        breaks, notes = prove(vault, self.protocol, self.door().state)
        assert (breaks, notes) == ((), ())
        assert [one.slot for one in vault.assignments()] == list(range(1, len(vault.assignments()) + 1))
        return entries

    def forget(self) -> None:
        """Leaves no connection open that a new process would share."""
        if self.database is not None:
            from django.db import connections

            for using in self.database.using:
                connections[using].close()


def open_trial(home: Home, **settings: object) -> Home:
    """Seals the allocation and opens the trial, with a commitment."""
    allocation = home.protocol.allocation
    factors = ({"name": "site", "levels": SITES},) if allocation.factors else None
    opened = VaultOpened.model_validate(
        {"trial": "breeze", "arms": ("cells", "imitation"), "ratio": (1, 1), "method": allocation.method,
         "settings": settings, "factors": factors, "seed": SEED, "simulated": True}
    )  # fmt: skip
    vault = home.vault()
    vault.write(Writer("Ruth", home.clock.now()), opened)
    home.does(c.OpenTrial(simulated=True), Role.SPONSOR)
    commitment = commit_to("breeze", vault.scheme(), bytes.fromhex(SEED), home.protocol.design.participants)
    home.does(c.CommitAllocation(commitment), Role.RANDOMISATION_STATISTICIAN)
    return home


def life_of(participant: str, site: str, protocol: Protocol) -> list[c.Command]:
    """What an investigator asks for, from the first word to the request for an allocation."""
    levels = {"site": site} if protocol.allocation.factors else None
    return [
        c.Identify(participant, site),
        c.GiveConsent(participant, "trial_consent", "1"),
        c.Screen(participant, ANSWERS, TODAY),
        c.Enrol(participant),
        c.RequestRandomisation(participant, f"R-{participant}", levels),
    ]


def given(participant: str, preparation: str) -> c.Administer:
    return c.Administer(
        participant, preparation, at(GIVEN, 10), at(GIVEN, 10, 40), Quantity.parse("26.5 mL"), True, ("Bo", "Cy")
    )


# --- Processes ------------------------------------------------------------------------------------------------------


def start(home: Home, work: Callable[[], object]) -> tuple[int, int]:
    """The work in a process of its own: its number, and where its answer (in words) can be read once it is over."""
    home.forget()
    reading, writing = os.pipe()
    if child := os.fork():
        os.close(writing)
        return child, reading
    code = 1
    try:
        os.close(reading)
        said = repr(work())
        home.forget()
        os.write(writing, said.encode())
        code = 0
    except BaseException:
        sys.__stderr__.write(traceback.format_exc()) if sys.__stderr__ else None
        raise
    finally:
        os._exit(code)


def wait(process: tuple[int, int]) -> tuple[int, str]:
    """How the process ended (0; or less: by which signal) and what it answered."""
    child, reading = process
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said


# --- Points at which a process can be killed ------------------------------------------------------------------------

_BUILT_IN: Final = frozenset(
    {"open", "write", "fsync", "ftruncate", "truncate", "unlink", "rename", "replace", "close", "flock", "urandom",
     "execute", "executemany", "commit", "rollback", "encrypt", "connect"}
)  # fmt: skip
_MODULES: Final = frozenset({"posix", "fcntl", "_io", "io", "sqlite3", "_sqlite3"})
_OF_PSYCOPG: Final = frozenset({"execute", "executemany", "commit", "rollback", "connect"})


def touches_outside(frame: FrameType, what: str, argument: Any) -> bool:
    """Whether the program just goes to the machine, or comes back: a file, a disk, a lock, a database, a cipher."""
    if what in {"c_call", "c_return"}:
        name = getattr(argument, "__name__", "")
        owner = getattr(argument, "__self__", None)
        module = getattr(argument, "__module__", None) or type(owner).__module__
        objclass = getattr(getattr(argument, "__objclass__", None), "__module__", "")
        return name in _BUILT_IN and (
            {module, objclass} & _MODULES != set() or "cryptography" in f"{module} {objclass} {type(owner)}"
        )
    return "/psycopg/" in frame.f_code.co_filename and frame.f_code.co_name in _OF_PSYCOPG


def is_of_the_program(frame: FrameType, what: str, argument: Any) -> bool:
    """Whether a function of the program begins or ends; or it touches the outside."""
    if what in {"call", "return"} and "/src/armlet/" in frame.f_code.co_filename:
        return True
    return touches_outside(frame, what, argument)


_OF_WRITING: Final = ("/web/openstore/", "/conduct/door.py", "/allocation/")


def is_of_writing(frame: FrameType, what: str, argument: Any) -> bool:
    """The same for the door, the store in a database and the vault: the rest is what it is with a file."""
    if what in {"call", "return"} and any(place in frame.f_code.co_filename for place in _OF_WRITING):
        return True
    return touches_outside(frame, what, argument)


Selects = Callable[[FrameType, str, Any], bool]


def run_to(last: int | None, selects: Selects, act: Callable[[], object]) -> tuple[int, object]:
    """Does the act and kills this process at the boundary of that number; None: counts them. Number and answer."""
    passed = 0

    def count(frame: FrameType, what: str, argument: Any) -> None:
        nonlocal passed
        if selects(frame, what, argument):
            passed += 1
            if passed == last:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)
    try:
        answer = act()
    finally:
        sys.setprofile(None)
    return passed, answer


def copy_of(home: Home, folder: Path, entries: tuple[Chained, ...]) -> Home:
    """Another trial that stands where this one does: the same entries and the same vault, in a home of the same kind."""
    folder.mkdir()
    shutil.copy(home.sealed, folder / "sealed")
    copy = Home(folder, home.protocol, home.database, home.database.new_trial() if home.database else "", home.clock)
    if home.database is None:
        (folder / "open").write_bytes(b"".join(encode(one) + b"\n" for one in entries))
    else:
        copy.store().append([one.entry for one in entries], 0)
    return copy


def in_words(decision: Decision) -> str:
    """An answer of the door, as whoever asked is told it."""
    if isinstance(decision, Refused):
        return "refused: " + "; ".join(str(issue) for issue in decision.issues)
    return "done: " + "; ".join(event.canonical().decode() for event in decision.events)
