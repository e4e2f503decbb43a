"""`armlet analyse --dry-run`: the same analyses on dummy arms, without a vault, before and after the lock."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from armlet.cli import main
from armlet.errors import ExitCode
from armlet.export.package import load_data, write_ledger
from armlet.protocol.load import load_protocol
from armlet.simulation.rehearse import rehearse
from armlet.simulation.scenario import Scenario

NEUTRAL = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"
MARK = "DUMMY ARMS \u2013 DRY RUN"


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A trial before its lock and the same after it; neither has a vault."""
    folder = tmp_path_factory.mktemp("dry")
    base = load_protocol(NEUTRAL)
    protocol = base.model_copy(update={"design": base.design.model_copy(update={"participants": 6})})
    lived = rehearse(protocol, Scenario(), "1")
    entries = tuple(lived.store.read())
    before = tuple(entry for entry in entries if entry.seq <= lived.before_lock.seq)
    for name, strand in (("before", before), ("after", entries)):
        write_ledger(folder / name, protocol.canonical().decode(), strand)
    return {"before": folder / "before", "after": folder / "after"}


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main.run(["analyse", *words])
    caught = capsys.readouterr()
    return code, caught.out, caught.err


def test_before_the_lock_a_dry_run_analyses_and_an_analysis_is_refused(
    folders: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = said(capsys, str(folders["before"]), "--dry-run")
    assert code == ExitCode.DONE
    assert out.startswith(f"{MARK}: no arm here is anybody's. SIMULATED")
    code, out, _ = said(capsys, str(folders["before"]))
    assert code != ExitCode.DONE
    assert out == ""


def test_the_lock_changes_nothing_of_it_and_the_seed_does(
    folders: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    texts = {
        (name, seed): said(capsys, str(folders[name]), "--dry-run", "--json", "--seed", seed)[1]
        for name in ("before", "after")
        for seed in ("1", "2")
    }
    assert texts["before", "1"] == texts["after", "1"]
    assert texts["before", "1"] != texts["before", "2"]
    document = json.loads(texts["before", "1"])
    assert document["arms"] == MARK
    assert any(one["estimable"] for one in document["estimates"])


def test_the_report_and_every_file_say_that_the_arms_are_dummies(
    folders: dict[str, Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, _, aside = said(capsys, str(folders["before"]), "--dry-run", "--out", str(tmp_path / "out"))
    assert code == ExitCode.DONE
    assert "dry-run.html" in aside
    page = (tmp_path / "out" / "dry-run.html").read_text("utf-8")
    assert f"<title>{MARK}" in page
    assert page.count('<span class="sim">Dummy arms</span>') > 15
    for absent in ('id="product"', 'id="guesses"', 'id="blinding"', "Report after the lock"):
        assert absent not in page
    files = sorted((tmp_path / "out" / "exports").rglob("*.csv"))
    assert len(files) > 15
    for path in files:
        rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
        assert {row["data"] for row in rows} <= {f"{MARK}; SIMULATED"}, path
    assert json.loads((tmp_path / "out" / "exports" / "analysis.json").read_text("utf-8"))["arms"] == MARK
    code, _, aside = said(capsys, str(folders["before"]), "--dry-run", "--out", str(tmp_path / "out"))
    assert code == ExitCode.ISSUES
    assert "nothing was overwritten" in aside


def test_a_vault_beside_it_is_not_read_not_even_a_broken_one(
    folders: dict[str, Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shutil.copytree(folders["after"], tmp_path / "trial")
    (tmp_path / "trial" / "vault").mkdir()
    (tmp_path / "trial" / "vault" / "sealed.jsonl").write_text("not a vault")
    whole = said(capsys, str(folders["after"]), "--dry-run")
    assert said(capsys, str(tmp_path / "trial"), "--dry-run") == whole


@pytest.mark.parametrize(
    ("role", "code"),
    [
        ("trial_statistician", ExitCode.DONE), ("data_manager", ExitCode.DONE), ("participant", ExitCode.REFUSED),
        ("cell_laboratory", ExitCode.REFUSED), ("nobody", ExitCode.USAGE),
    ],
)  # fmt: skip
def test_who_may_see_the_trial_as_a_whole_may_have_a_dry_run(
    role: str, code: ExitCode, folders: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, str(folders["before"]), "--dry-run", "--as", role)[0] == code


@pytest.mark.parametrize("option", [("--seed", "1"), ("--as", "sponsor"), ("--out", "x")])
def test_an_option_of_the_dry_run_means_nothing_without_it(
    option: tuple[str, str], folders: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, aside = said(capsys, str(folders["after"]), *option)
    assert code == ExitCode.USAGE
    assert "Add --dry-run" in aside


def test_a_trial_that_was_only_opened_has_a_dry_run_in_which_nobody_is_analysed(
    folders: dict[str, Path], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    data = load_data(folders["before"])
    write_ledger(tmp_path / "opened", data.protocol.canonical().decode(), data.entries[:1])
    code, out, _ = said(capsys, str(tmp_path / "opened"), "--dry-run", "--out", str(tmp_path / "out"))
    assert code == ExitCode.DONE
    assert "nobody is in the analysis set" in out
    assert "not yet recruiting" in (tmp_path / "out" / "dry-run.html").read_text("utf-8")
