"""The ceremony: the allocation is sealed once, before the first consent, and nothing secret leaves the two files."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from armlet.allocation.commitment import commit_to
from armlet.allocation.sealed_strand import VaultKey
from armlet.allocation.vault import Vault, Writer
from armlet.cli.strongroom import write_vault
from armlet.conduct import commands as c
from armlet.export.package import write_ledger
from armlet.protocol.load import load_trial
from armlet.protocol.model import Role
from armlet.simulation.rehearse import rehearse
from armlet.simulation.scenario import Scenario
from tests.unit.cli.sealed_trial import ANSWERS, BASE, NOW, ask


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    """A folder with the neutral trial, and its ledger opened beside it."""
    folder = tmp_path / "trial"
    folder.mkdir()
    shutil.copy(BASE, folder / "protocol.yaml")
    (tmp_path / "elsewhere").mkdir()
    ask(folder, c.OpenTrial(simulated=True), Role.SPONSOR)
    return folder


def words(folder: Path, *more: object) -> tuple[object, ...]:
    files = ("--ledger", folder / "open.jsonl", "--strand", folder / "sealed.jsonl")
    return ("vault", "seal", folder, *files, "--key", folder.parent / "elsewhere" / "key.hex", "--by", "Ruth", *more)


def test_the_commitment_in_the_ledger_is_that_of_the_sealed_seed(armlet: Any, trial: Path) -> None:
    called = armlet(*words(trial, "--json"))

    assert called.code == 0, called.err
    key = trial.parent / "elsewhere" / "key.hex"
    vault = Vault(VaultKey.load(key), trial / "sealed.jsonl")
    seed = vault.opening().seed
    commitment = called.document()["commitment"]
    assert commitment == commit_to("breeze", vault.scheme(), bytes.fromhex(seed), 12)
    last = json.loads((trial / "open.jsonl").read_text("utf-8").splitlines()[-1])
    assert last["event"] == {"kind": "allocation committed", "version": 1, "commitment": commitment}
    assert (last["actor"], last["role"]) == ("Ruth", "randomisation_statistician")
    assert key.stat().st_mode & 0o077 == 0


def test_neither_seed_nor_key_nor_setting_nor_arm_is_on_the_screen_or_on_the_open_side(
    armlet: Any, trial: Path
) -> None:
    limits = trial.parent / "elsewhere" / "limits.yaml"
    limits.write_text("block: 2\n", "utf-8")

    called = armlet(*words(trial, "--settings", limits))

    assert called.code == 0, called.err
    key = (trial.parent / "elsewhere" / "key.hex").read_text("ascii").strip()
    vault = Vault(VaultKey(bytes.fromhex(key)), trial / "sealed.jsonl")
    assert dict(vault.scheme().settings) == {"block": 2}
    seen = called.out + called.err + (trial / "open.jsonl").read_text("utf-8")
    for secret in (key, vault.opening().seed, "blocks of 2", "cells", "imitation"):
        assert secret not in seen, secret
    assert "allocation/guessable" in called.err


def test_two_ceremonies_have_two_seeds(armlet: Any, trial: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "trial"
    shutil.copytree(trial, other)
    (tmp_path / "other" / "elsewhere").mkdir()

    first, second = armlet(*words(trial, "--json")), armlet(*words(other, "--json"))

    assert first.document()["commitment"] != second.document()["commitment"]


@pytest.mark.parametrize("when", ["after the first consent", "a second time"])
def test_too_late_is_refused_and_leaves_nothing_behind(armlet: Any, trial: Path, when: str) -> None:
    if when == "a second time":
        ask(trial, c.CommitAllocation("sha256:" + "0" * 64), Role.RANDOMISATION_STATISTICIAN)
    else:
        ask(trial, c.Identify("P1", "harbour"), Role.INVESTIGATOR)
        ask(trial, c.GiveConsent("P1", "trial_consent", "1"), Role.INVESTIGATOR)
    before = (trial / "open.jsonl").read_bytes()

    called = armlet(*words(trial))

    assert called.code == 3
    assert ("already-committed" if when == "a second time" else "after-consent") in called.err
    assert not (trial / "sealed.jsonl").exists()
    assert list((trial.parent / "elsewhere").iterdir()) == []
    assert (trial / "open.jsonl").read_bytes() == before


def test_a_consent_that_comes_during_the_ceremony_undoes_it(
    armlet: Any, trial: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = VaultKey.save

    def save_while_somebody_consents(self: VaultKey, path: Path) -> None:
        honest(self, path)
        ask(trial, c.Identify("P1", "harbour"), Role.INVESTIGATOR)
        ask(trial, c.GiveConsent("P1", "trial_consent", "1"), Role.INVESTIGATOR)

    monkeypatch.setattr(VaultKey, "save", save_while_somebody_consents)

    called = armlet(*words(trial))

    assert called.code == 3
    assert not (trial / "sealed.jsonl").exists()
    assert list((trial.parent / "elsewhere").iterdir()) == []


def test_settings_that_do_not_fit_are_told_without_their_values(armlet: Any, trial: Path) -> None:
    limits = trial.parent / "elsewhere" / "limits.yaml"
    limits.write_text("block: 7\nblok: 4\n", "utf-8")

    called = armlet(*words(trial, "--settings", limits))

    assert called.code == 1
    assert "(block)" in called.err
    assert "7" not in re.sub(r"\S*/\S*", "", called.err)
    assert not (trial / "sealed.jsonl").exists()


def test_the_key_does_not_lie_beside_the_strand_and_nothing_is_overwritten(armlet: Any, trial: Path) -> None:
    (trial / "sealed.jsonl").write_text("", "utf-8")

    called = armlet("vault", "seal", trial, "--ledger", trial / "none.jsonl", "--strand", trial / "sealed.jsonl",
                    "--key", trial / "key.hex", "--by", "Ruth")  # fmt: skip

    assert called.code == 1
    for rule in ("vault/exists", "vault/key-beside", "vault/no-ledger"):
        assert rule in called.err


def test_the_unblinded_side_is_warned_while_slots_are_left(armlet: Any, trial: Path) -> None:
    armlet(*words(trial))
    status = ("vault", "status", "--strand", trial / "sealed.jsonl", "--key", trial.parent / "elsewhere" / "key.hex")

    many, few, endless = armlet(*status, "--people", 12), armlet(*status, "--people", 2), armlet(*status, "--json")

    assert many.out == "0 slots used, 12 left of 12.\n"
    assert many.err == ""
    assert few.out == "0 slots used, 2 left of 2.\n"
    assert "Few slots are left" in few.err
    expected = {"used": 0, "of": None, "left": None, "few": False, "lost": 0, "quarantined": False}
    assert endless.document() == expected


# --- The proof at the end -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a rehearsal of the neutral trial."""
    folder = tmp_path_factory.mktemp("lived") / "breeze"
    trial = tmp_path_factory.mktemp("trial")
    shutil.copy(BASE, trial / "protocol.yaml")
    protocol = load_trial(trial).protocol
    done = rehearse(protocol, Scenario(), "1")
    write_ledger(folder, BASE.read_text("utf-8"), tuple(done.store.read()))
    write_vault(folder, done.vault, done.key)
    return folder


def test_with_the_key_every_draw_is_made_again(armlet: Any, lived: Path) -> None:
    called = armlet("verify", lived, "--key", lived / "vault" / "key.hex")

    assert called.code == 0, called.out
    assert "opened with the key; every draw was made again" in called.out
    assert "No commitment was published" in called.err
    assert "imitation" not in called.out + called.err


def test_a_slot_that_the_seed_does_not_draw_is_named_and_its_arm_is_not(
    armlet: Any, lived: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "breeze"
    shutil.copytree(lived, folder)
    key = VaultKey.load(folder / "vault" / "key.hex")
    before = Vault(key, folder / "vault" / "sealed.jsonl")
    forged = Vault(key)
    for entry in before._entries:
        event = entry.event
        if event.kind == "arm assigned" and event.slot == 3:
            event = event.model_copy(update={"arm": "cells" if event.arm == "imitation" else "imitation"})
        forged.write(Writer(entry.actor, entry.recorded), event)
    (folder / "vault" / "sealed.jsonl").write_bytes(forged.as_bytes())
    head = forged.head()
    (folder / "vault" / "head.json").write_text(json.dumps({"seq": head.seq, "digest": head.digest}) + "\n", "utf-8")

    without, called = armlet("verify", folder), armlet("verify", folder, "--key", folder / "vault" / "key.hex")

    assert without.code == 0
    assert called.code == 4
    assert "slot 3 is not what the seed draws" in called.out
    assert "imitation" not in called.out + called.err


# --- Sheets ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def sealed(armlet: Any, trial: Path) -> Path:
    """The trial with its allocation sealed, and two people who asked for an allocation."""
    text = (trial / "protocol.yaml").read_text("utf-8").replace("  after: [brushing]\n", "")
    (trial / "protocol.yaml").write_text(text, "utf-8")
    (trial / "open.jsonl").unlink()
    ask(trial, c.OpenTrial(simulated=True), Role.SPONSOR)
    assert armlet(*words(trial)).code == 0
    for who in ("P1", "P2"):
        ask(trial, c.Identify(who, "harbour"), Role.INVESTIGATOR)
        ask(trial, c.GiveConsent(who, "trial_consent", "1"), Role.INVESTIGATOR)
        ask(trial, c.Screen(who, ANSWERS, NOW.date()), Role.INVESTIGATOR)
        ask(trial, c.Enrol(who), Role.INVESTIGATOR)
        ask(trial, c.RequestRandomisation(who, f"R-{who}"), Role.INVESTIGATOR)
    return trial


def enter(folder: Path, sheet: int, participant: str) -> tuple[object, ...]:
    files = ("--ledger", folder / "open.jsonl", "--strand", folder / "sealed.jsonl")
    key = folder.parent / "elsewhere" / "key.hex"
    return (
        "vault",
        "enter",
        folder,
        *files,
        "--key",
        key,
        "--sheet",
        sheet,
        "--participant",
        participant,
        "--by",
        "Ada",
    )


def test_a_sheet_says_what_the_server_draws_and_the_screen_does_not(armlet: Any, sealed: Path) -> None:
    key, page = sealed.parent / "elsewhere" / "key.hex", sealed.parent / "elsewhere" / "sheets.html"
    files = ("--strand", sealed / "sealed.jsonl", "--key", key)

    made = armlet("vault", "sheets", *files, "--people", 12, "--out", page)
    entered = [armlet(*enter(sealed, 1, "P1")), armlet(*enter(sealed, 2, "P2"))]

    on_paper = re.findall(r"sheet (\d+)<.*?Preparation <b>(PREP-\d+)</b>. Arm <b>(\w+)</b>", page.read_text("utf-8"))
    drawn = Vault(VaultKey.load(key), sealed / "sealed.jsonl").assignments()
    assert (made.code, len(on_paper)) == (0, 12)
    assert on_paper[:2] == [(str(one.slot), one.preparation, one.arm) for one in drawn]
    assert [one.code for one in entered] == [0, 0]
    assert page.stat().st_mode & 0o077 == 0
    for called in (made, *entered):
        assert not re.search("imitation|cells", called.out + called.err)


@pytest.mark.parametrize(
    ("sheet", "participant", "rule"),
    [(3, "P2", "vault/out-of-order"), (2, "P1", "vault/allocated-twice"), (2, "P9", "vault/no-request")],
)
def test_a_sheet_that_should_not_have_been_used_is_refused_and_told(
    armlet: Any, sealed: Path, sheet: int, participant: str, rule: str
) -> None:
    armlet(*enter(sealed, 1, "P1"))
    before = (sealed / "sealed.jsonl").read_bytes()

    called = armlet(*enter(sealed, sheet, participant))

    assert called.code == 3
    assert rule in called.err
    assert (sealed / "sealed.jsonl").read_bytes() == before


def test_there_are_no_sheets_for_a_trial_that_balances_over_factors(armlet: Any, trial: Path) -> None:
    factor = "{id: sex, source: {assumed: {because: a test, confirm: nobody}}, label: sex, measure: sex}"
    text = (trial / "protocol.yaml").read_text("utf-8")
    text = text.replace("  after: [brushing]\n", f"  factors: [{factor}]\n").replace("permuted_blocks", "minimisation")
    (trial / "protocol.yaml").write_text(text, "utf-8")
    (trial / "open.jsonl").unlink()
    ask(trial, c.OpenTrial(simulated=True), Role.SPONSOR)
    sealing = armlet(*words(trial))
    page = trial.parent / "elsewhere" / "sheets.html"

    files = ("--strand", trial / "sealed.jsonl", "--key", trial.parent / "elsewhere" / "key.hex")
    called = armlet("vault", "sheets", *files, "--people", 12, "--out", page)

    assert sealing.code == 0, sealing.err
    assert called.code == 1
    assert "no sheet can say it" in called.err
    assert not page.exists()


# --- Answering ------------------------------------------------------------------------------------------------------


def told(folder: Path) -> list[tuple[str, str]]:
    lines = [json.loads(line) for line in (folder / "open.jsonl").read_text("utf-8").splitlines()]
    events = [line["event"] for line in lines if line["event"]["kind"] == "randomised"]
    return [(event["participant"], event["preparation"]) for event in events]


def answer(folder: Path, *more: object) -> tuple[object, ...]:
    files = ("--ledger", folder / "open.jsonl", "--strand", folder / "sealed.jsonl")
    return ("vault", "answer", folder, *files, "--key", folder.parent / "elsewhere" / "key.hex", "--by", "Ada", *more)


def test_one_look_answers_whoever_asked_and_the_next_finds_nobody(armlet: Any, sealed: Path) -> None:
    first, second = armlet(*answer(sealed)), armlet(*answer(sealed, "--json"))

    assert (first.code, first.out) == (0, "Answered: P1, P2. Waiting: nobody.\n")
    assert second.document() == {"answered": [], "waiting": [], "trouble": ""}
    assert told(sealed) == [("P1", "PREP-001"), ("P2", "PREP-002")]
    assert not re.search("imitation|cells", first.out + first.err)


def test_a_sheet_that_is_entered_is_told_to_the_ledger_and_entering_it_again_says_the_same(
    armlet: Any, sealed: Path
) -> None:
    first = armlet(*enter(sealed, 1, "P1"))
    again = armlet(*enter(sealed, 1, "P1"))

    assert (first.code, first.out) == (0, "Sheet 1 is entered: P1 has PREP-001.\n")
    assert (again.code, again.out) == (0, first.out)
    assert told(sealed) == [("P1", "PREP-001")]
    assert armlet(*answer(sealed)).out == "Answered: P2. Waiting: nobody.\n"


@pytest.mark.parametrize("seconds", ["0", "-1", "nan"])
def test_a_watch_without_a_pause_is_refused(armlet: Any, sealed: Path, seconds: str) -> None:
    called = armlet(*answer(sealed, "--watch", seconds))
    assert called.code == 2
    assert "expected more than 0" in called.err
