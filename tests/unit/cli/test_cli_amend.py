"""`armlet amend`: two versions held against each other, for the people of a life; and a life that holds both."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from armlet.cli import main
from armlet.conduct import commands as c
from armlet.conduct.course import commands as course
from armlet.export.package import load_data
from armlet.ledger import events as e
from armlet.ledger.entry import encode
from armlet.protocol.course import Impact
from armlet.protocol.load import load_in_force, load_versions
from armlet.protocol.model import Protocol
from tests.unit.conduct.amended import amended, coursing, plain_of
from tests.unit.conduct.conftest import BASE as BREEZE
from tests.unit.conduct.conftest import Life, at, load_protocol

SUMMER = date(2021, 6, 1)


def write(path: Path, protocol: Protocol) -> Path:
    path.write_text(yaml.safe_dump(plain_of(protocol), allow_unicode=True, sort_keys=False), "utf-8")
    return path


def lives(folder: Path, life: Life) -> Path:
    """The folder of a life, as far as what is blinded needs it."""
    folder.mkdir()
    write(folder / "protocol.yaml", life.protocol)
    (folder / "ledger").mkdir()
    (folder / "ledger" / "open.jsonl").write_bytes(b"".join(encode(one) + b"\n" for one in life.store.read()))
    return folder


@pytest.fixture
def running() -> Life:
    notices = [{"to": "participant", "about": "early end", "within": "P15D"}]
    life = Life(coursing(load_protocol(BREEZE), notices=notices)).gives()
    life.now = at(SUMMER)
    return life


def say(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    code = main.run([str(word) for word in words])
    return code, capsys.readouterr().out


def test_the_difference_and_who_is_asked_are_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], running: Life
) -> None:
    new = write(tmp_path / "protocol-1.1.yaml", amended(running.protocol))
    folder = lives(tmp_path / "life", running)
    code, said = say(capsys, "amend", folder / "protocol.yaml", new, "--life", folder)
    assert code == 0
    assert "breeze: version 1.0 to version 1.1" in said
    assert "  visits.month_6_call: new: call at month 6" in said
    assert "  consents: trial_consent (version 2)" in said
    assert "  new: harvest/scales, month_6_call" in said
    assert "  new participants only: nobody" in said
    assert "  treated participants only: P1" in said


def test_the_same_as_one_document(tmp_path: Path, capsys: pytest.CaptureFixture[str], running: Life) -> None:
    old, new = write(tmp_path / "a.yaml", running.protocol), write(tmp_path / "b.yaml", amended(running.protocol))
    code, said = say(capsys, "amend", old, new, "--json")
    found: dict[str, Any] = json.loads(said)
    assert (code, found["from"], found["to"], found["asked"]) == (0, "1.0", "1.1", None)
    assert found["changes"][0] == {"path": "version", "before": "1.0", "after": "1.1"}
    assert found["impact"]["consents"] == {"trial_consent": "2"}


def test_a_protocol_of_another_trial_is_not_a_version_of_this_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], running: Life
) -> None:
    old = write(tmp_path / "a.yaml", running.protocol)
    other = write(tmp_path / "b.yaml", running.protocol.model_copy(update={"id": "other"}))
    assert main.run(["amend", str(old), str(other)]) == 1
    assert "amend/other-trial" in capsys.readouterr().err


def test_a_life_with_an_amendment_is_read_with_both_versions_and_not_without_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], running: Life
) -> None:
    new = amended(running.protocol)
    running.does(course.AdoptAmendment(new, "Committee", "E-2", SUMMER, SUMMER, Impact.ALL_ACTIVE, date(2021, 7, 1)))
    running.does(c.GiveConsent("P1", "trial_consent", "2"))
    folder = lives(tmp_path / "life", running)
    assert say(capsys, "verify", folder)[0] == 4
    assert main.run(["view", str(folder), "--as", "sponsor"]) == 4
    write(folder / "protocol-1.1.yaml", new)
    assert [protocol.version for protocol in load_versions(folder)] == ["1.0", "1.1"]
    assert load_data(folder).protocol == new
    assert main.run(["view", str(folder), "--as", "sponsor"]) == 0


def test_an_amended_life_is_backed_up_with_every_version_and_put_back_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], running: Life
) -> None:
    new = amended(running.protocol)
    running.does(course.AdoptAmendment(new, "Committee", "E-2", SUMMER, SUMMER, Impact.ALL_ACTIVE, date(2021, 7, 1)))
    running.does(c.GiveConsent("P1", "trial_consent", "2"))
    folder, keys, file = lives(tmp_path / "life", running), tmp_path / "keys", tmp_path / "open.age"
    write(folder / "protocol-1.1.yaml", new)
    backup = ("backup", "--ledger", folder / "ledger/open.jsonl", "--trial", folder, "--out", file)
    assert say(capsys, "backup", "key", "--out", keys)[0] == 0
    assert say(capsys, *backup, "--to", keys / "backup-key.public.txt")[0] == 0
    assert say(capsys, "restore", file, "--key", keys / "backup-key.txt", "--out", tmp_path / "back")[0] == 0
    for name in ("protocol.yaml", "protocol-1.1.yaml", "ledger/open.jsonl"):
        assert (tmp_path / "back" / name).read_bytes() == (folder / name).read_bytes()
    drill = ("restore", file, "--key", keys / "backup-key.txt", "--drill", "--record", tmp_path / "drills")
    assert say(capsys, *drill)[0] == 0


def test_the_version_that_is_in_force_is_found_by_what_the_ledger_names(tmp_path: Path, running: Life) -> None:
    new, folder = amended(running.protocol), lives(tmp_path / "life", running)
    write(folder / "protocol-1.1.yaml", new)
    assert load_in_force(folder, "").version == "1.0"
    assert load_in_force(folder, running.protocol.digest()).version == "1.0"
    assert load_in_force(folder, new.digest()).version == "1.1"
    (folder / "protocol-1.1.yaml").unlink()
    with pytest.raises(Exception, match="with the version that the ledger has in force"):
        load_in_force(folder, new.digest())


def test_a_broken_draft_beside_the_versions_is_passed_over_only_where_that_is_asked_for(
    tmp_path: Path, running: Life
) -> None:
    folder = lives(tmp_path / "life", running)
    (folder / "protocol-draft.yaml").write_text("armlet: [", "utf-8")
    assert [protocol.version for protocol in load_versions(folder, all_of_them=False)] == ["1.0"]
    with pytest.raises(Exception, match="this is not YAML"):
        load_versions(folder)


def test_the_views_tell_a_nurse_and_a_sponsor_what_is_to_be_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], running: Life
) -> None:
    life = running
    life.does(c.Withdraw("P1", (e.WithdrawalScope.SAMPLES,)))
    life.does(c.Terminate(e.StopReason.REGULATORY_CHANGE, "The rules changed."))
    folder = lives(tmp_path / "life", life)
    rows = {name: say(capsys, "view", folder, "--as", "sponsor", "--view", name)[1].splitlines() for name in (
        "withdrawals", "letters", "registry_fields", "visits_not_held", "consents", "tasks_after_the_end"
    )}  # fmt: skip
    assert "SIMULATED,P1,2021-06-01,samples,\"samples on hold, then destroyed or returned with a certificate\",open" in rows[
        "withdrawals"
    ]  # fmt: skip
    assert rows["letters"][1:] == ["SIMULATED,participant,P1,early end,2021-06-16,"]
    assert "SIMULATED,overallStatus,RECRUITING,TERMINATED" in rows["registry_fields"]
    assert "SIMULATED,P1,month_9,to come" in rows["visits_not_held"]
    assert rows["consents"][1] == "SIMULATED,P1,trial_consent,1,2021-03-02T09:00:00+00:00,,,,,consent first,"
    assert len(rows["tasks_after_the_end"]) == 8
