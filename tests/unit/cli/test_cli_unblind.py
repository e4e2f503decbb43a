"""The code is broken as it is at three in the morning: one command, one person who learns it, and nothing lost."""

from __future__ import annotations

import io
import json
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from armlet.cli import main
from armlet.cli.second_factor import PAUSE_SECONDS, code_at, enrol, is_right, load
from armlet.cli.strongroom import load_vault, write_vault
from armlet.conduct import commands as c
from armlet.conduct.commands import By
from armlet.conduct.decide import Accepted
from armlet.conduct.door import Door
from armlet.errors import InputError
from armlet.export.package import OPEN, TrialData, load_data, write_ledger
from armlet.ledger.events import AllocationRead, Seriousness, UnblindingRefused, UnblindingReported, WarrantGranted
from armlet.ledger.sealed import ArmRead, BoardLabelsDrawn, PossibleUnblindingNoted
from armlet.ledger.stores.file import FileStore
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Role
from armlet.simulation.rehearse import Rehearsed, rehearse
from armlet.simulation.scenario import Scenario
from armlet.studytime import SystemClock

BASE = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"
NOW = datetime(2021, 5, 3, 3, 10, tzinfo=UTC)
SECRET = bytes(range(20))


@cache
def lived() -> Rehearsed:
    return rehearse(load_protocol(BASE), Scenario(), "1")


def written(folder: Path, *, locked: bool) -> Path:
    """The folder of a rehearsal, as it stood before its lock or after it, with two people's second factors beside it."""
    made = lived()
    folder.mkdir()
    last = made.store.head().seq if locked else made.before_lock.seq
    write_ledger(folder, BASE.read_text("utf-8"), tuple(entry for entry in made.store.read() if entry.seq <= last))
    write_vault(folder, made.vault, made.key)
    for name in ("Cora", "Dora"):
        enrol(folder.parent / f"{name}.json", name, SECRET if name == "Cora" else SECRET[::-1])
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "breeze", locked=False)


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    return written(tmp_path / "breeze", locked=True)


def allocated(folder: Path) -> str:
    return load_data(folder).state.randomised()[0].id


def arm_of(participant: str) -> str:
    return next(slot.arm for slot in lived().vault.assignments() if slot.participant == participant)


def events(data: TrialData, kind: type[Any]) -> list[Any]:
    return [entry.event for entry in data.entries if isinstance(entry.event, kind)]


def sealed_reads(folder: Path) -> list[tuple[str | None, str]]:
    before = len(list(lived().vault.events(ArmRead)))
    return [(read.participant, read.by) for read in load_vault(folder).events(ArmRead)][before:]


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Types what these people's devices show now, one line each; a step later the next time, as time goes."""

    def type_in(*files: Path, wrong: bool = False) -> None:
        codes = [code_at(file, SystemClock().now()) for file in files]
        if wrong:
            codes = [f"{(int(code) + 1) % 1_000_000:06d}" for code in codes]
        for file in files:  # each use counts once; the test does not wait half a minute for the next
            plain = json.loads(file.read_text("utf-8"))
            file.write_text(json.dumps({**plain, "used": 0}), "utf-8")
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{code}\n" for code in codes)))

    return type_in


def breaking(folder: Path, *more: object, deed: str = "emergency", who: str = "") -> tuple[object, ...]:
    second = ("--second", folder.parent / "Cora.json")
    words = ("--participant", who or allocated(folder), "--why", "Anaphylaxis.", "--to", "Dr Care", "--by", "Cora")
    return ("unblind", deed, folder, *words, *second, *more)


def test_in_an_emergency_the_arm_goes_to_the_named_person_s_file_and_nowhere_else(
    armlet: Any, folder: Path, types: Any
) -> None:
    who, out, notice = allocated(folder), folder.parent / "p.txt", folder.parent / "notice.txt"
    types(folder.parent / "Cora.json")

    called = armlet(*breaking(folder, "--out", out, "--notice", notice))

    assert called.code == 0, called.err
    arm = arm_of(who)
    assert out.read_text("utf-8") == f"Participant {who}: arm {arm}. For Dr Care alone; tell nobody.\n"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    data = load_data(folder)
    (warrant,) = events(data, WarrantGranted)
    assert (warrant.participant, warrant.to, warrant.confirmed_by) == (who, "Dr Care", "time-based code (RFC 6238)")
    assert [(read.participant, read.by, read.drill) for read in events(data, AllocationRead)] == [
        (who, "Dr Care", None)
    ]
    assert sealed_reads(folder) == [(who, "Dr Care")]
    seen = called.out + called.err + notice.read_text("utf-8") + (folder / OPEN).read_text("utf-8")
    assert not [word for word in ("cells", "imitation", load(folder.parent / "Cora.json").secret) if word in seen]
    assert armlet("verify", folder).code == 0


def test_the_same_act_typed_again_is_one_event_and_shows_the_arm_again(armlet: Any, folder: Path, types: Any) -> None:
    for _ in range(2):
        types(folder.parent / "Cora.json")
        called = armlet(*breaking(folder, "--show", "--act", "NIGHT-1"))
        assert called.code == 0, called.err
        assert f"arm {arm_of(allocated(folder))}." in called.out
    data = load_data(folder)
    assert (len(events(data, WarrantGranted)), len(events(data, AllocationRead))) == (1, 1)
    types(folder.parent / "Cora.json", wrong=True)
    called = armlet(*breaking(folder, "--show", "--act", "NIGHT-1"))
    assert called.code == 3
    assert "cells" not in called.out + called.err


def test_a_wrong_code_is_refused_and_recorded_and_nothing_is_read(armlet: Any, folder: Path, types: Any) -> None:
    types(folder.parent / "Cora.json", wrong=True)
    called = armlet(*breaking(folder, "--show", "--notice", folder.parent / "notice.txt"))
    assert called.code == 3
    assert "conduct/second-factor" in called.err
    data = load_data(folder)
    (refused,) = events(data, UnblindingRefused)
    assert (refused.participant, refused.rules) == (allocated(folder), ("conduct/second-factor",))
    assert (events(data, WarrantGranted), sealed_reads(folder)) == ([], [])
    assert "was refused" in (folder.parent / "notice.txt").read_text("utf-8")
    listed = armlet("unblind", "attempts", folder, "--json").document()["attempts"]
    assert [(one["who"], one["refused by"]) for one in listed] == [("Cora", "conduct/second-factor")]


def test_another_person_s_code_confirms_nobody(armlet: Any, folder: Path, types: Any) -> None:
    types(folder.parent / "Dora.json")
    words = [folder.parent / "Dora.json" if str(word).endswith("Cora.json") else word for word in breaking(folder)]
    assert armlet(*words, "--show").code == 3


def test_a_blinded_statistician_is_refused_and_the_attempt_is_listed(armlet: Any, folder: Path, types: Any) -> None:
    types(folder.parent / "Cora.json")
    called = armlet(*breaking(folder, "--show", "--role", "trial_statistician"))
    assert called.code == 3
    assert "the role trial statistician may not do this" in called.err
    assert "trial_statistician" in armlet("unblind", "attempts", folder).out
    assert sealed_reads(folder) == []


def test_the_arm_goes_into_no_pipe_and_no_document_unless_asked_for(armlet: Any, folder: Path, types: Any) -> None:
    for more in ((), ("--json",)):
        called = armlet(*breaking(folder, *more))
        assert called.code == 1
        assert "unblind/where" in called.err + called.out
    assert events(load_data(folder), WarrantGranted) == []
    types(folder.parent / "Cora.json")
    shown = armlet(*breaking(folder, "--json", "--show")).document()["shown"]
    assert f"arm {arm_of(allocated(folder))}." in shown


def test_a_drill_shows_no_arm_and_needs_no_vault(armlet: Any, folder: Path, types: Any) -> None:
    (folder / "vault" / "key.hex").unlink()
    types(folder.parent / "Cora.json")
    called = armlet(*breaking(folder, deed="drill"))
    assert called.code == 0, called.err
    assert called.out == "DRILL: no arm is shown.\n"
    (read,) = events(load_data(folder), AllocationRead)
    assert read.drill is True
    assert armlet("unblind", "who-knows", folder).out == "Nobody who was not to know.\n"


def test_an_envelope_opened_while_the_server_was_down_is_entered_afterwards(
    armlet: Any, folder: Path, types: Any
) -> None:
    types(folder.parent / "Cora.json")
    moment = "2021-05-03T03:10+02:00"
    called = armlet(*breaking(folder, "--on-paper", moment))
    assert called.code == 0, called.err
    assert "cells" not in called.out + called.err
    entry = load_data(folder).entries[-1].entry
    assert isinstance(entry.event, AllocationRead)
    assert entry.occurred == datetime.fromisoformat(moment)
    assert sealed_reads(folder) == [(allocated(folder), "Dr Care")]


def test_two_people_at_once_in_two_processes_lose_nothing_and_double_nothing(folder: Path) -> None:
    """Whoever meets the other at the vault is told to go on with the same act, and then it is done."""
    left = dict.fromkeys(("Cora", "Dora"))
    for _ in range(3):
        running = {name: begin(folder, name) for name in left}
        for name, process in running.items():
            process.communicate(timeout=60)
            if process.returncode == 0:
                del left[name]
            else:
                assert process.returncode == 4, name
                path = folder.parent / f"{name}.json"
                path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "used": 0}), "utf-8")
    assert not left
    data = load_data(folder)
    assert sorted(warrant.warrant for warrant in events(data, WarrantGranted)) == ["NIGHT-Cora", "NIGHT-Dora"]
    assert sorted(read.warrant for read in events(data, AllocationRead)) == ["NIGHT-Cora", "NIGHT-Dora"]
    assert len(sealed_reads(folder)) == 2


def begin(folder: Path, name: str) -> subprocess.Popen[bytes]:
    home = folder.parent
    words = (
        "unblind", "emergency", folder, "--participant", allocated_in(folder), "--why", "Anaphylaxis.", "--to", name,
        "--by", name, "--second", home / f"{name}.json", "--show", "--act", f"NIGHT-{name}",
    )  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "armlet.cli.main", *map(str, words)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(f"{code_at(home / f'{name}.json', SystemClock().now())}\n".encode())
    process.stdin.flush()
    return process


def allocated_in(folder: Path) -> str:
    """Read from the strand alone: its published head may be behind while somebody writes."""
    return Door(load_protocol(BASE), FileStore(folder / OPEN), SystemClock()).state.randomised()[0].id


def test_who_knows_and_what_follows_for_the_others(armlet: Any, folder: Path, types: Any) -> None:
    types(folder.parent / "Cora.json")
    armlet(*breaking(folder, "--out", folder.parent / "p.txt"))
    knows = armlet("unblind", "who-knows", folder, "--json").document()["knows"]
    assert [(one["participant"], one["who"], one["way"]) for one in knows] == [
        (allocated(folder), "Dr Care", "emergency care")
    ]
    slots = [slot.participant for slot in lived().vault.assignments()]
    found = armlet("unblind", "impact", folder, "--by", "Ruth", "--json").document()
    assert found["known"] == [allocated(folder)]
    assert [one["participant"] for one in found["hidden"]] == [who for who in slots if who != allocated(folder)]
    assert all(0.5 <= one["highest"] <= 1 for one in found["hidden"])
    assert armlet("unblind", "impact", folder, "--by", "Ruth", "--if", "P99").code == 2, "what if is asked of nobody"


def test_the_safety_unit_has_its_copy_and_the_investigators_theirs(armlet: Any, folder: Path, types: Any) -> None:
    who, unit, site = allocated(folder), folder.parent / "unit.txt", folder.parent / "site.txt"
    words = breaking(folder, "--event", "1", "--out", unit, "--blinded", site, deed="report-safety")
    types(folder.parent / "Cora.json")
    assert "conduct/no-susar" in armlet(*words).err
    door = Door(load_protocol(BASE), FileStore(folder / OPEN), SystemClock())
    number = len(door.state.participants[who].adverse_events) + 1
    rash = c.ReportAdverseEvent(
        who, "rash", date(2026, 5, 3), None, 3, (Seriousness.HOSPITALISATION,), ("product",), expected=False
    )
    asked = door.ask(rash, By("Ivo", Role.INVESTIGATOR, datetime(2028, 5, 4, tzinfo=UTC)))
    assert isinstance(asked, Accepted), asked
    types(folder.parent / "Cora.json")
    words = breaking(folder, "--event", number, "--out", unit, "--blinded", site, deed="report-safety")
    called = armlet(*words)
    assert called.code == 0, called.err
    assert f"Arm               {arm_of(who)}" in unit.read_text("utf-8")
    assert "Arm               blinded: not stated" in site.read_text("utf-8")
    assert stat.S_IMODE(unit.stat().st_mode) == 0o600


def test_the_board_gets_a_closed_and_an_open_report(armlet: Any, folder: Path, types: Any) -> None:
    second = folder.parent / "Cora.json"
    words = ("unblind", "board", folder, "--report", "R1", "--to", "The board", "--by", "Cora", "--primary")
    words += ("--second", second)
    types(second, wrong=True)
    refused = armlet(*words, "--out", folder.parent / "board")
    assert refused.code == 3, refused.err
    assert "conduct/second-factor" in refused.err
    assert not (folder.parent / "board").exists()
    types(second)
    called = armlet(*words, "--out", folder.parent / "board")
    assert called.code == 0, called.err
    closed, opened = ((folder.parent / "board" / f"{name}.csv").read_text("utf-8") for name in ("closed", "open"))
    assert "CLOSED SESSION" in closed
    assert ",X,Y" in closed
    assert ",All" in opened
    assert "mean" in closed
    assert "mean" not in opened
    for text in (closed, opened):
        assert "SIMULATED" in text
        assert not [word for word in ("cells", "imitation") if word in text]
    (drawn,) = load_vault(folder).events(BoardLabelsDrawn)
    assert (drawn.report, sorted(drawn.labels.values())) == ("R1", ["X", "Y"])
    assert stat.S_IMODE((folder.parent / "board" / "closed.html").stat().st_mode) == 0o600
    assert armlet(*words, "--out", folder.parent / "board").code == 1


def test_planned_unblinding_takes_the_lock_and_two_people_with_a_code_each(
    armlet: Any, tmp_path: Path, types: Any
) -> None:
    for is_locked in (False, True):
        home = tmp_path / str(is_locked)
        home.mkdir()
        folder = written(home / "breeze", locked=is_locked)
        cora, dora, out = home / "Cora.json", home / "Dora.json", home / "list.csv"
        words = (
            "unblind", "planned", folder, "--by", "Cora", "--with", "Dora", "--to", "Stan",
            "--second", cora, "--second-with", dora, "--out", out,
        )  # fmt: skip
        types(cora, dora)
        called = armlet(*words)
        assert called.code == (0 if is_locked else 3), called.err
        if not is_locked:
            assert "conduct/before-lock" in called.err
            assert [event.rules for event in events(load_data(folder), UnblindingRefused)] == [("conduct/before-lock",)]
            continue
        rows = [f"{slot.slot},{slot.participant},{slot.arm}" for slot in lived().vault.assignments()]
        assert out.read_text("utf-8").splitlines() == ["slot,participant,arm", *rows]
        assert sealed_reads(folder)[-1] == (None, "Stan")
        types(cora, dora, wrong=True)
        called = armlet(*words[:-1], home / "again.csv")
        assert called.code == 3
        assert "conduct/two-people" in called.err


def test_anybody_reports_an_accident_and_the_details_are_not_in_the_ledger(armlet: Any, folder: Path) -> None:
    details = folder.parent / "details.txt"
    details.write_text("I saw the label: cells.", "utf-8")
    called = armlet(
        "unblind", "accident", folder, "--participant", allocated(folder), "--who", "Ivo", "--works-as", "investigator",
        "--how", "document", "--on", "2021-05-03", "--by", "Ivo", "--role", "monitor", "--details", details,
    )  # fmt: skip
    assert called.code == 0, called.err
    (reported,) = events(load_data(folder), UnblindingReported)
    assert (reported.who, reported.how.value) == ("Ivo", "a document, a label or a message")
    assert "cells" not in (folder / OPEN).read_text("utf-8")


def test_a_ledger_that_lost_its_end_is_not_used(armlet: Any, folder: Path) -> None:
    lines = (folder / OPEN).read_bytes().splitlines(keepends=True)
    (folder / OPEN).write_bytes(b"".join(lines[:-1]))
    called = armlet(*breaking(folder, "--show", who="P1"))
    assert called.code == 4
    assert "does not hold its published head" in called.err


# --- The second factor ----------------------------------------------------------------------------------------------


def test_the_codes_are_those_of_rfc_6238(tmp_path: Path) -> None:
    """Appendix B, SHA-1: the secret is 12345678901234567890 and the last six of the eight digits are ours."""
    enrol(tmp_path / "a.json", "Ada", b"12345678901234567890")
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")):
        assert code_at(tmp_path / "a.json", datetime.fromtimestamp(seconds, UTC)) == code


def test_a_code_counts_once_and_for_a_step_around_its_own(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    enrol(path, "Ada", SECRET)
    code = code_at(path, NOW)
    assert not is_right(path, code, NOW + timedelta(seconds=90))
    assert is_right(path, code, NOW + timedelta(seconds=30))
    assert not is_right(path, code, NOW)


def test_after_five_wrong_codes_there_is_a_pause(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    enrol(path, "Ada", SECRET)
    right = code_at(path, NOW)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for bad in (wrong, "", "12345", "١٢٣٤٥٦", "not a code"):
        assert not is_right(path, bad, NOW)
    assert not is_right(path, right, NOW)
    later = NOW + timedelta(seconds=PAUSE_SECONDS)
    assert is_right(path, code_at(path, later), later)


def test_the_secret_is_its_owner_s_alone_and_is_never_shown(armlet: Any, tmp_path: Path) -> None:
    path = tmp_path / "ada.json"
    called = armlet("unblind", "enrol", "--person", "Ada", "--second", path)
    assert called.code == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load(path).secret not in called.out + called.err + repr(load(path))
    assert armlet("unblind", "enrol", "--person", "Ada", "--second", path).code == 1
    is_right(path, "000000", NOW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_no_second_factor_is_an_issue(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for text in ("", "{}", '{"person": 1, "other": 2}'):
        path.write_text(text, "utf-8")
        with pytest.raises(InputError, match="not a file of `armlet unblind enrol`"):
            is_right(path, "123456", NOW)


def test_a_note_stands_in_the_sealed_strand_alone_and_looking_at_it_is_recorded(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    who, before = allocated(folder), (folder / OPEN).read_bytes()

    assert (
        main.run(["unblind", "note", str(folder), "--participant", who, "--what", "Moved twice.", "--by", "Phil"]) == 0
    )
    assert (folder / OPEN).read_bytes() == before
    assert main.run(["unblind", "notes", str(folder), "--by", "Ruth", "--json"]) == 0

    said = capsys.readouterr().out
    assert json.loads(said[said.index("{") :]) == {"notes": [{"participant": who, "what": "Moved twice."}]}
    assert list(load_vault(folder).events(ArmRead))[-1] == ArmRead(participant=None, warrant="notes", by="Ruth")
    assert "Moved" not in repr(next(load_vault(folder).events(PossibleUnblindingNoted)))
    assert main.run(["unblind", "note", str(folder), "--participant", "P999", "--what", "x", "--by", "Phil"]) == 1
    assert main.run(["unblind", "note", str(folder), "--participant", who, "--what", " ", "--by", "Phil"]) == 1
