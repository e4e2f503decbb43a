"""What is asked for often starts fast: no numerical or drawing library is loaded where none is needed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("numpy", "scipy", "matplotlib", "django", "jinja2", "psycopg", "pandas", "polars", "statsmodels")
SRC = Path(__file__).parents[2] / "src"
TRIAL = Path(__file__).parents[1] / "unit/cli/trial"


def modules_after(statements: str, tmp_path: Path) -> tuple[set[str], int]:
    """The modules that a new process has loaded after the statements, and the `code` that they leave."""
    program = tmp_path / "program.py"
    program.write_text(
        f"import json, sys\ncode = 0\n{statements}\n"
        "print(json.dumps([sorted(sys.modules), int(code)]), file=open(sys.argv[1], 'w'))\n"
    )
    answer = tmp_path / "answer.json"
    subprocess.run([sys.executable, str(program), str(answer)], check=True, capture_output=True, timeout=60)
    modules, code = json.loads(answer.read_text())
    return set(modules), code


def calling(*words: str) -> str:
    return f"from armlet.cli.main import run\ncode = run({list(words)!r})"


def heavy(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules} & set(HEAVY)


def test_importing_armlet_loads_nothing_heavy(tmp_path: Path) -> None:
    modules, _ = modules_after("import armlet", tmp_path)
    assert heavy(modules) == set()
    assert not modules & {"pydantic", "ruamel.yaml", "cryptography", "rich"}


@pytest.mark.parametrize("words", [("--help",), ("--version",)])
def test_help_loads_no_package_of_a_verb(tmp_path: Path, words: tuple[str, ...]) -> None:
    modules, code = modules_after(calling(*words), tmp_path)
    assert code == 0
    assert not modules & {"pydantic", "ruamel.yaml", "cryptography", "rich", "armlet.protocol", "armlet.registry"}
    assert heavy(modules) == set()


@pytest.mark.parametrize("verb", ["read", "check", "show", "screen", "predictability", "verify"])
def test_the_help_of_a_verb_loads_no_package_that_does_the_work(tmp_path: Path, verb: str) -> None:
    modules, code = modules_after(calling(verb, "--help"), tmp_path)
    assert code == 0
    assert "pydantic" not in modules
    assert f"armlet.cli.{verb}" in modules


def test_read_show_and_screen_load_no_numerical_library(tmp_path: Path) -> None:
    record, person = tmp_path / "record.txt", tmp_path / "person.json"
    record.write_text('{"protocolSection": {"identificationModule": {"nctId": "NCT00000000", "briefTitle": "X"}}}')
    person.write_text('{"age": "40 a"}')
    calls = (
        (("read", str(record)), "armlet.registry.read"),
        (("show", str(TRIAL)), "armlet.protocol.prose"),
        (("screen", str(TRIAL), "--person", str(person)), "armlet.eligibility"),
    )
    for words, worked in calls:
        modules, code = modules_after(calling(*words), tmp_path)
        assert (code, worked in modules) == (0, True), words
        assert heavy(modules) == set(), words


def test_the_estimators_on_a_table_load_no_data_frame_and_no_slow_statistics(tmp_path: Path) -> None:
    modules, _ = modules_after(
        "import armlet.analysis.data, armlet.analysis.described as d\nd.describe_methods()", tmp_path
    )
    assert "armlet.analysis.methods.mmrm" in modules
    assert heavy(modules) == {"numpy", "scipy"}
    assert "scipy.stats" not in modules


def test_everything_but_the_web_runs_where_django_is_not_installed(tmp_path: Path) -> None:
    files = sorted((SRC / "armlet").rglob("*.py"))
    names = [".".join(file.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__") for file in files]
    imports = [f"import {name}" for name in names if not name.startswith("armlet.web")]
    missing = "sys.modules['django'] = sys.modules['psycopg'] = None"
    modules, _ = modules_after("\n".join([missing, *imports]), tmp_path)
    assert len([name for name in modules if name.startswith("armlet.")]) >= len(imports) - 1 > 150


def test_the_finder_of_heavy_libraries_finds_one(tmp_path: Path) -> None:
    modules, _ = modules_after("import numpy", tmp_path)
    assert heavy(modules) == {"numpy"}
