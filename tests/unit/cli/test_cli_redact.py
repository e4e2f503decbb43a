"""A leaked name: found, taken out by two people, gone from the folder, and the chain still the one that was published."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from armlet.conduct import commands as c
from armlet.conduct.commands import By
from armlet.conduct.decide import Accepted, Refused
from armlet.conduct.door import Door
from armlet.conduct.redaction import prepare
from armlet.ledger.entry import Entry, chain, decode, encode
from armlet.ledger.stores.file import FileStore
from armlet.protocol.load import load_trial
from armlet.protocol.model import Role
from armlet.studytime import SystemClock

BASE = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"
NOW = datetime(2021, 3, 1, 9, tzinfo=UTC)
NAME = "Zebedee"
AGREED = ("--by", "Dora", "--agreed-by", "Sam", "--why", "a name was written")


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    """A folder with the neutral trial and a ledger whose entry 5 holds a name, in the words and in the reason."""
    folder = tmp_path / "trial"
    folder.mkdir()
    shutil.copy(BASE, folder / "protocol.yaml")
    door = door_of(folder)
    by = By("Ada Example", Role.INVESTIGATOR, NOW)
    asked = (
        (c.OpenTrial(simulated=True), By("Ada Example", Role.SPONSOR, NOW)),
        (c.Identify("P1", "harbour"), by),
        (
            c.RecordDeviation("P1", f"{NAME} came late", NOW.date()),
            By("Ada Example", Role.INVESTIGATOR, NOW, reason=f"{NAME} rang", key="K1"),
        ),
        (c.RecordDeviation("P1", "Rain.", NOW.date()), by),
    )
    for command, who in asked:
        assert isinstance(door.ask(command, who), Accepted)
    return folder


def door_of(folder: Path) -> Door:
    return Door(load_trial(folder).protocol, FileStore(folder / "open.jsonl"), SystemClock())


def words(folder: Path, *more: object) -> tuple[object, ...]:
    return ("redact", folder, "--ledger", folder / "open.jsonl", *more)


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def test_a_name_is_found_by_entry_and_field_and_is_not_repeated(armlet: Any, trial: Path) -> None:
    called = armlet(*words(trial, "--find", NAME.lower(), "--json"))
    assert called.code == 0
    assert called.document()["found"] == [{"entry": 5, "field": "reason"}, {"entry": 5, "field": "what"}]
    assert NAME.lower() not in armlet(*words(trial, "--find", NAME)).out.lower()
    assert armlet(*words(trial, "--find", "nobody")).code == 1


def test_redacted_words_are_gone_from_the_folder_and_the_published_head_still_stands(armlet: Any, trial: Path) -> None:
    before = FileStore(trial / "open.jsonl").head()

    called = armlet(*words(trial, "--entry", 5, "--field", "what", "--field", "reason", *AGREED))

    assert called.code == 0, called.err
    assert NAME.encode() not in bytes_of(trial)
    assert sorted(path.name for path in trial.iterdir()) == ["open.jsonl", "protocol.yaml"]
    verified = armlet("verify", trial / "open.jsonl", "--head", str(before))
    assert verified.code == 0, verified.out
    assert "entry 5: words redacted by entry 7 (what, reason)" in verified.out
    (deviation, rain) = door_of(trial).state.participants["P1"].deviations
    assert (deviation.what, rain.what) == ("[redacted]", "Rain.")


def test_the_other_field_is_redacted_later(armlet: Any, trial: Path) -> None:
    assert armlet(*words(trial, "--entry", 5, "--field", "what", *AGREED)).code == 0
    assert NAME.encode() in bytes_of(trial)
    assert armlet(*words(trial, "--entry", 5, "--field", "what", *AGREED)).code == 3
    assert armlet(*words(trial, "--entry", 5, "--field", "reason", *AGREED)).code == 0
    assert NAME.encode() not in bytes_of(trial)
    assert armlet("verify", trial / "open.jsonl").code == 0


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (("--agreed-by", " dora "), "conduct/two-people"),
        (("--why", "zebedee asked for it"), "conduct/why-repeats"),
        (("--field", "participant"), "conduct/no-words"),
        (("--entry", 99), "conduct/no-entry"),
        (("--entry", 2), "conduct/no-words"),
    ],
)
def test_it_is_refused_and_nothing_changes(armlet: Any, trial: Path, change: tuple[object, ...], rule: str) -> None:
    before = bytes_of(trial)
    called = armlet(*words(trial, "--entry", 5, "--field", "what", *AGREED, *change, "--json"))
    assert (called.code, [issue["rule"] for issue in called.issues()]) == (3, [rule])
    assert bytes_of(trial) == before
    assert NAME.lower() not in called.out.lower()


def test_a_redaction_itself_is_not_redacted(armlet: Any, trial: Path) -> None:
    armlet(*words(trial, "--entry", 5, "--field", "what", *AGREED))
    assert armlet(*words(trial, "--entry", 7, "--field", "why", *AGREED)).code == 3


def test_a_door_that_was_open_forgets_the_words_and_the_key_is_not_used_again(trial: Path) -> None:
    door, store = door_of(trial), FileStore(trial / "open.jsonl")
    assert NAME in str(door.state)
    command = prepare(list(store.read()), 5, ("what", "reason"), "a name", ("Dora", "Sam"))
    assert isinstance(command, c.Redact)
    other = door_of(trial)
    assert isinstance(other.ask(command, By("Dora", Role.DATA_MANAGER, NOW)), Accepted)
    assert NAME not in str(door.state)
    again = c.RecordDeviation("P1", f"{NAME} came late", NOW.date())
    answer = door.ask(again, By("Ada Example", Role.INVESTIGATOR, NOW, key="K1"))
    assert isinstance(answer, Refused)
    assert [issue.rule for issue in answer.issues] == ["conduct/key-used"]
    unfit = c.Redact(6, ("what",), f"sha256:{'1' * 64}", "a name", ("Dora", "Sam"))
    refused = door.ask(unfit, By("Dora", Role.DATA_MANAGER, NOW))
    assert isinstance(refused, Refused)
    assert [issue.rule for issue in refused.issues] == ["conduct/other-kept"]


def test_a_crash_between_the_two_steps_is_said_and_completed_by_the_next_opening(armlet: Any, trial: Path) -> None:
    path = trial / "open.jsonl"
    original = path.read_bytes().splitlines(keepends=True)
    armlet(*words(trial, "--entry", 5, "--field", "what", "--field", "reason", *AGREED))
    done = path.read_bytes()
    path.write_bytes(b"".join([*original, done.splitlines(keepends=True)[-1]]))
    (trial / "open.jsonl.redacting").write_bytes(done[:300])

    verified = armlet("verify", path)
    assert (verified.code, "still holds words that were redacted (entry 5)" in verified.out) == (1, True)
    assert NAME not in str([one.entry for one in FileStore(path).read()])
    assert path.read_bytes() == done
    assert NAME.encode() not in bytes_of(trial)
    assert armlet("verify", path).code == 0


def redacted(armlet: Any, trial: Path) -> tuple[Path, list[bytes]]:
    assert armlet(*words(trial, "--entry", 5, "--field", "what", "--field", "reason", *AGREED)).code == 0
    path = trial / "open.jsonl"
    return path, path.read_bytes().splitlines()


def save(path: Path, lines: list[bytes]) -> None:
    path.write_bytes(b"".join(line + b"\n" for line in lines))


def test_words_taken_out_without_the_entry_that_tells_are_found(armlet: Any, trial: Path) -> None:
    path, lines = redacted(armlet, trial)
    save(path, lines[:-1])
    called = armlet("verify", path)
    assert called.code == 4
    assert "words were taken out of it is not told by any later entry" in called.out


@pytest.mark.parametrize(
    ("old", "new"), [(b'"participant":"P1"', b'"participant":"P2"'), (b'["reason","what"]', b'["what"]')]
)
def test_anything_else_that_changes_in_a_redacted_line_is_found(
    armlet: Any, trial: Path, old: bytes, new: bytes
) -> None:
    path, lines = redacted(armlet, trial)
    assert old in lines[4]
    save(path, [*lines[:4], lines[4].replace(old, new), *lines[5:]])
    called = armlet("verify", path)
    assert (called.code, "entry 5 was altered" in called.out) == (4, True)


def test_another_digest_in_a_redacted_line_breaks_the_chain(armlet: Any, trial: Path) -> None:
    path, lines = redacted(armlet, trial)
    stated = decode(lines[4]).digest.encode()
    save(path, [*lines[:4], lines[4].replace(stated, b"sha256:" + b"0" * 64), *lines[5:]])
    called = armlet("verify", path)
    assert (called.code, "entry 6 does not follow" in called.out) == (4, True)


def test_an_older_copy_proves_that_only_words_differ(armlet: Any, trial: Path, tmp_path: Path) -> None:
    copy = tmp_path / "escrow.jsonl"
    shutil.copy(trial / "open.jsonl", copy)
    path, lines = redacted(armlet, trial)
    called = armlet("verify", path, "--against", copy)
    assert called.code == 0, called.out
    assert "nothing differs but the words that were redacted" in called.out + called.err

    forged = json.loads(lines[4])
    forged["event"]["on"] = "2021-02-28"
    entry = Entry.model_validate_json(json.dumps({key: part for key, part in forged.items() if key != "digest"}))
    kept = chain(entry).digest
    told = decode(lines[6]).entry
    event = told.event.model_copy(update={"kept": kept})
    line = encode(chain(entry)).replace(kept.encode(), forged["digest"].encode())
    save(path, [*lines[:4], line, lines[5], encode(chain(told.model_copy(update={"event": event})))])
    assert armlet("verify", path).code == 0
    called = armlet("verify", path, "--against", copy)
    assert (called.code, "entry 5 differs from the older copy in more than reason, what" in called.out) == (4, True)
