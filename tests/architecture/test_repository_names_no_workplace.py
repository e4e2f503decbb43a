"""The repository could have been made anywhere: it names nobody's machine, folder, registry or proxy."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]

SIGNS: Final = {
    "somebody's folder": re.compile(r"(?<![\w.~/-])/(?:home|Users|root|work|mnt)/\w|[A-Z]:\\\\?Users"),
    "an address of this network": re.compile(
        r"\b(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d{1,3}\.\d{1,3}\b|\blocalhost:\d{2,5}\b"
    ),
    "an internal host": re.compile(r"https?://[\w.-]+\.(?:internal|local|lan|corp|intra)\b"),
    "where packages are downloaded": re.compile(
        r"--(?:extra-)?index-url|--find-links|--trusted-host|PIP_(?:EXTRA_)?INDEX_URL|UV_(?:DEFAULT_)?INDEX"
        r"|https?://[\w.-]*(?:pypi|pythonhosted|artifactory|nexus|devpi)[\w.-]*/(?:simple|packages|pypi|repository)"
    ),
}
LOCKS: Final = frozenset(
    {"poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock", "pylock.toml", "package-lock.json", "yarn.lock", "pip.conf"}
)
THIS: Final = Path(__file__).name


def tracked() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git repository: there is no list of tracked files")
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def find_signs(text: str) -> Iterator[str]:
    for sign, pattern in SIGNS.items():
        for number, line in enumerate(text.splitlines(), 1):
            if pattern.search(line):
                yield f"{number}: {sign}: {line.strip()[:120]}"


def test_no_tracked_file_names_a_workplace() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): signs
        for path in tracked()
        if path.name != THIS and (signs := list(find_signs(path.read_bytes().decode("utf-8", "replace"))))
    }

    assert found == {}


def test_no_lock_file_is_tracked() -> None:
    assert [path.name for path in tracked() if path.name in LOCKS] == []


@pytest.mark.parametrize(
    "planted",
    [
        "see /home/somebody/armlet",
        "cd " + "/wo" + "rk/main",
        "C:\\Users\\somebody",
        "http://10.1.2.3/simple",
        "pip install --index" + "-url https://example.org/simple",
        "https://pypi.example.org/simple/",
        "http://packages.corp.internal/x",
    ],
)
def test_a_workplace_is_recognised(planted: str) -> None:
    assert list(find_signs(planted))


@pytest.mark.parametrize(
    "ordinary", ["out/work/report.html", "https://www.rfc-editor.org/rfc/rfc8785", "version 10.1.2"]
)
def test_an_ordinary_line_is_none(ordinary: str) -> None:
    assert list(find_signs(ordinary)) == []
