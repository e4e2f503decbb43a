"""The import contracts in `pyproject.toml` hold, and each of them would say so if it did not."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
LINT: Final = Path(sys.executable).with_name("lint-imports")

NEEDED: Final = {
    "layers": {"layers"},
    "forbidden": {"source_modules", "forbidden_modules"},
    "protected": {"protected_modules", "allowed_importers"},
    "independence": {"modules"},
}
"""What a contract of each type must name; the linter stops at the first that lacks it."""


def contracts() -> list[dict[str, object]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    found: list[dict[str, object]] = settings["tool"]["importlinter"]["contracts"]
    return found


def named(words: str, key: str) -> set[str]:
    """The modules that the contract of that name lists under the key; none where it lists none."""
    listed = next(one for one in contracts() if words in str(one["name"])).get(key, [])
    assert isinstance(listed, list)
    return set(listed)


def test_every_contract_is_kept() -> None:
    done = subprocess.run([LINT, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_contract_names_what_it_is_about() -> None:
    lacking = {one["name"]: NEEDED[str(one["type"])] - one.keys() for one in contracts()}

    assert {name: missing for name, missing in lacking.items() if missing} == {}


def test_every_package_has_its_layer() -> None:
    assert [one["exhaustive"] for one in contracts() if one["type"] == "layers"] == [True]


def test_the_blinded_side_is_kept_from_the_allocation() -> None:
    contract = "what a blinded role sees"

    assert named(contract, "source_modules") >= {
        "armlet.report.blinded", "armlet.projections", "armlet.derivation", "armlet.conduct"
    }  # fmt: skip
    assert named(contract, "forbidden_modules") >= {"armlet.allocation", "armlet.analysis"}


def test_running_a_trial_is_kept_from_numerics() -> None:
    assert named("no numerics", "forbidden_modules") >= {"numpy", "scipy", "jinja2"}


def test_only_the_web_may_know_django() -> None:
    contract = "only the web knows Django"
    packages = {f"armlet.{path.stem}" for path in (ROOT / "src/armlet").iterdir() if not path.stem.startswith("_")}

    assert named(contract, "source_modules") == packages - {"armlet.web", "armlet.py"}
    assert named(contract, "forbidden_modules") >= {"django", "psycopg"}
