"""Programs that would leak an arm, or take an unknown for a no, are found by the type checker before they run.

Each program in `leaks/` marks the lines that must be errors, ``# expect: CODE``; its twin of the same name in `fine/`
does the permitted thing and has none. One run of mypy, with the project's own settings, checks them all.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
from mypy import api

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LEAKS = sorted(path.name for path in (HERE / "leaks").glob("*.py"))
Errors = dict[tuple[str, str], dict[int, set[str]]]
"""The error codes by folder, file and line."""


@pytest.fixture(scope="module")
def errors() -> Errors:
    """Every error that mypy finds in the programs."""
    programs = [str(path) for folder in ("leaks", "fine") for path in sorted((HERE / folder).glob("*.py"))]
    options = ["--config-file", "pyproject.toml", "--strict", "--explicit-package-bases", "--no-error-summary"]
    found: Errors = defaultdict(lambda: defaultdict(set))
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(ROOT)
        said, failed, _ = api.run([*options, *programs])
    assert failed == "", failed
    for folder, name, line, code in re.findall(r"(\w+)/(\w+\.py):(\d+): error: .*\[([\w-]+)\]", said):
        found[folder, name][int(line)].add(code)
    return found


def expected_in(path: Path) -> dict[int, set[str]]:
    marked = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if match := re.search(r"# expect: ([\w, -]+)", line):
            marked[number] = set(match[1].replace(" ", "").split(","))
    return marked


@pytest.mark.parametrize("name", LEAKS)
def test_a_program_that_leaks_does_not_type_check_at_each_marked_line_and_nowhere_else(
    errors: Errors, name: str
) -> None:
    expected = expected_in(HERE / "leaks" / name)
    assert expected
    assert dict(errors["leaks", name]) == expected


@pytest.mark.parametrize("name", LEAKS)
def test_its_twin_that_does_the_permitted_thing_type_checks(errors: Errors, name: str) -> None:
    assert (HERE / "fine" / name).is_file()
    assert dict(errors["fine", name]) == {}


def test_no_twin_stands_alone() -> None:
    assert sorted(path.name for path in (HERE / "fine").glob("*.py")) == LEAKS
