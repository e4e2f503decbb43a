"""The trials that are measured with: the neutral example of the tests, and a trial folder."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from armlet.protocol.load import Trial, load_trial, read_protocol
from armlet.protocol.model import Protocol

ROOT: Final = Path(__file__).parents[1]
EXAMPLE: Final = ROOT / "tests" / "spec" / "checks" / "base.yaml"
CURVE_ENDPOINT: Final = "fev1_after_exercise"
MINUTES_APART: Final = 20
"""Between two samples: wider than the widest sampling window, so that no rule turns a sample away."""


def load_example() -> str:
    """The neutral example as text."""
    return EXAMPLE.read_text("utf-8")


def with_samples(number: int) -> Protocol:
    """The neutral example with so many timed samples, and its area over all of them."""
    times = [f"{index * MINUTES_APART} min" for index in range(number)]
    text = re.sub(r"at: \[0 min[^\]]*\]", f"at: [{', '.join(times)}]", load_example())
    settings = f"{{activity: exercise_test, measure: fev1, from: {times[0]}, to: {times[-1]}}}"
    return read_protocol(re.sub(r"\{activity: exercise_test[^}]*\}", settings, text), EXAMPLE.name)[0]


def load_folder() -> Trial:
    """The trial of `trials/` that nothing ends early, so that any number of people can be enrolled."""
    for folder in sorted((ROOT / "trials").iterdir()):
        scenario = folder / "scenario.yaml"
        if scenario.is_file() and "terminated:" not in scenario.read_text("utf-8"):
            return load_trial(folder)
    raise SystemExit("there is no trial to rehearse in trials/")


def with_people(protocol: Protocol, number: int) -> Protocol:
    """The protocol with another planned number."""
    design = protocol.design.model_copy(update={"participants": number})
    return protocol.model_copy(update={"design": design})
