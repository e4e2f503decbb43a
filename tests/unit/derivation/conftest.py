"""An invented trial with every kind of activity, and short ways to write observations and endpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from armlet.conduct.observation import Observation
from armlet.derivation.derive import prepare_endpoint
from armlet.derivation.derived import Answer, Value
from armlet.ledger.events import MissingReason
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Endpoint, Protocol, Settings
from armlet.protocol.source import Assumed, Source
from armlet.units import Quantity

DAY = date(2021, 3, 15)
ASSUMED = Source(assumed=Assumed(because="a test", confirm="nobody"))


class Bench:
    """Writes observations of the invented trial and derives one endpoint from them."""

    day = DAY

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol

    def endpoint(self, method: str, unit: str, settings: Mapping[str, object]) -> Endpoint:
        """An endpoint of the invented trial by this method, at both of its visits."""
        plain: Settings = {name: value for name, value in settings.items() if isinstance(value, str | int)}
        return Endpoint(
            source=ASSUMED,
            id="tried",
            label="Tried",
            level="primary",
            objective="To try.",
            time_frame="6 months",
            method=method,
            settings=plain,
            unit=unit,
            visits=("later",),
            baseline="before",
        )

    def derive(
        self, method: str, unit: str, settings: Mapping[str, object], observations: Sequence[Observation]
    ) -> Answer:
        """What the method answers for these observations of one visit."""
        return prepare_endpoint(self.protocol, self.endpoint(method, unit, settings)).derive(observations)

    def value(
        self, method: str, unit: str, settings: Mapping[str, object], observations: Sequence[Observation]
    ) -> Value:
        """The same where a number is expected; fails with the reason otherwise."""
        answer = self.derive(method, unit, settings, observations)
        assert isinstance(answer, Value), answer
        return answer

    def one(
        self,
        text: str | None,
        *,
        activity: str = "meal_test",
        measure: str = "c_peptide",
        sample: str = "",
        actual: str = "",
        entry: int = 1,
        participant: str = "001",
        visit: str = "before",
        missing: MissingReason = MissingReason.HAEMOLYSED,
    ) -> Observation:
        """One observation: ``0.7 ng/mL``, ``<0.05 ng/mL``, or None for a missing one."""
        below = text is not None and text.startswith("<")
        quantity = None if text is None else Quantity.parse(text.removeprefix("<"))
        why = missing if text is None else None
        return Observation(
            entry, participant, visit, activity, measure, sample, actual, DAY, quantity, below=below, missing=why
        )

    def meal(
        self, levels: Mapping[int, str | None], actual: Mapping[int, str] | None = None, *, unit: str = "ng/mL"
    ) -> list[Observation]:
        """A meal test by nominal minute; entry numbers count from 101 in the order given."""
        times = actual or {}
        return [
            self.one(
                None if level is None else f"{level} {unit}",
                sample=f"{minute} min",
                actual=times.get(minute, ""),
                entry=101 + place,
            )
            for place, (minute, level) in enumerate(levels.items())
        ]


@pytest.fixture(scope="session")
def bench() -> Bench:
    return Bench(load_protocol(Path(__file__).parent / "protocol.yaml"))


@pytest.fixture(scope="session")
def six() -> Callable[[Decimal], Decimal]:
    """Rounds to the six decimals in which the worked cases are written."""
    return lambda value: value.quantize(Decimal("0.000001"))
