"""The invented trial of `invented_trial.py`, for every test of the report."""

from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest


@pytest.fixture(scope="session")
def invented() -> SimpleNamespace:
    """The functions that make content."""
    return SimpleNamespace(**run_path(str(Path(__file__).parent / "invented_trial.py")))
