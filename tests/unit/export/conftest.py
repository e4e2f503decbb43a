"""The invented trial of the report's tests as a locked trial, and small ways to look into a filled form."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest

from armlet.export.package import TrialData
from armlet.export.results_form.locked import LockedTrial

INVENTED = Path(__file__).parents[1] / "report" / "invented_trial.py"


@pytest.fixture(scope="session")
def invented() -> SimpleNamespace:
    """The functions that make the invented trial: P1 and P4 in the arm `cells`, P2 and P3 in `imitation`."""
    return SimpleNamespace(**run_path(str(INVENTED)))


@pytest.fixture
def locked(invented: SimpleNamespace) -> Callable[..., LockedTrial]:
    """The invented trial, locked; parts may be replaced by name."""

    def make(**parts: object) -> LockedTrial:
        state, data = parts.pop("state", None), parts.pop("data", None)
        before = invented.blinded(parts.pop("protocol", None), state, data)
        content = invented.unblinded(before, parts.pop("results", None))
        trial = TrialData(before.protocol, (), before.state, before.observations, before.dataset)
        return LockedTrial(trial, content.unblinded, content.results, **parts)

    return make
