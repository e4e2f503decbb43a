"""What a blinded role sees is made by a process that has no way to the allocation: not even loaded, by any road.

The import contracts read the source; this starts Python, since `importlib` and lazy imports escape them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

SRC: Final = Path(__file__).parents[2] / "src" / "armlet"
BLINDED: Final = ("conduct", "derivation", "projections")
UNBLINDED: Final = ("armlet.allocation", "armlet.laboratory", "armlet.analysis", "armlet.simulation")
ON_ARRAYS: Final = frozenset({"armlet.derivation.arrays", "armlet.derivation.frames"})
"""Very many tests at once: needs numpy, and no other module of these packages may import it (an import contract)."""

_PROGRAM: Final = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(sorted(sys.modules)))
"""


def modules_after(names: Sequence[str]) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, *names], capture_output=True, text=True, timeout=60, check=True
    )
    return set(json.loads(done.stdout))


def loaded_of(packages: Sequence[str], modules: set[str]) -> list[str]:
    return sorted(name for name in modules if any(name == one or name.startswith(f"{one}.") for one in packages))


def every_module_of(package: str) -> list[str]:
    files = sorted((SRC / package).rglob("*.py"))
    return [
        ".".join(("armlet", *file.relative_to(SRC).with_suffix("").parts)).removesuffix(".__init__") for file in files
    ]


@pytest.mark.parametrize("package", BLINDED)
def test_no_module_of_a_blinded_package_loads_who_got_what(package: str) -> None:
    assert loaded_of(UNBLINDED, modules_after(every_module_of(package))) == []


def test_the_blinded_report_loads_neither_the_allocation_nor_the_analysis() -> None:
    assert loaded_of(UNBLINDED, modules_after(["armlet.report.blinded"])) == []


def test_no_view_of_a_role_loads_the_allocation_the_analysis_or_what_is_written_after_the_lock() -> None:
    assert loaded_of((*UNBLINDED, "armlet.export"), modules_after(every_module_of("report/views"))) == []


def test_the_blinded_packages_load_no_numerics() -> None:
    names = [name for package in BLINDED for name in every_module_of(package) if name not in ON_ARRAYS]

    assert loaded_of(("numpy", "scipy", "jinja2"), modules_after(names)) == []


def test_a_module_that_reaches_the_allocation_would_be_seen() -> None:
    assert "armlet.allocation.vault" in loaded_of(UNBLINDED, modules_after(["armlet.cli.strongroom"]))


_OPEN_STRAND: Final = """
import json, sys
import django
django.setup()
import armlet.web.openstore.store
from django.apps import apps
from django.conf import settings
tables = [model._meta.db_table for model in apps.get_models()]
print(json.dumps([sorted(sys.modules), list(settings.DATABASES), tables]))
"""


def test_the_open_strand_in_a_database_knows_one_table_and_no_way_to_the_allocation(tmp_path: Path) -> None:
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "armlet.web.settings.strand", "ARMLET_DATABASE": str(tmp_path / "one"),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", _OPEN_STRAND], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    modules, databases, tables = json.loads(done.stdout)

    assert loaded_of(UNBLINDED, set(modules)) == []
    assert (databases, tables) == (["default"], ["open_entry"])
