"""The count of what was tried and what was injected, printed at the end: figures come from a run and not from memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

Count = Callable[..., None]


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Count:
    """Adds to the figures: ``tally(acts=200, faults=3, losses=0)``."""

    def add(**figures: int) -> None:
        request.node.user_properties.extend((f"under fire: {name}", figure) for name, figure in figures.items())

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line with the figures of all tests that passed, whichever process ran them."""
    figures = Counter[str]()
    for report in terminalreporter.getreports("passed"):
        for name, figure in report.user_properties:
            if name.startswith("under fire: "):
                figures[name.removeprefix("under fire: ")] += int(str(figure))
    if figures:
        said = ", ".join(f"{figures[name]:,} {name}" for name in ("acts", "faults", "losses"))
        terminalreporter.write_line(f"under fire: {said}")
