"""Chance, as an argument: one independent stream for each purpose, named by words and a seed.

A stream's name never holds an arm: what is drawn for a participant does not depend on what the vault says, so that
swapping the arms changes nothing that a blinded role can see.
"""

from __future__ import annotations

import hashlib
import math
from datetime import date, timedelta
from decimal import Decimal

import numpy as np


class Streams:
    """Makes generators from a seed and a name; the same two make the same numbers on every machine."""

    def __init__(self, seed: str) -> None:
        self._seed = seed

    def bytes_of(self, *names: str | int) -> bytes:
        """32 bytes for a purpose."""
        return hashlib.sha256("/".join(["armlet/simulation/1", self._seed, *map(str, names)]).encode()).digest()

    def of(self, *names: str | int) -> np.random.Generator:
        """A generator for a purpose."""
        return np.random.Generator(np.random.PCG64(int.from_bytes(self.bytes_of(*names), "big")))

    def chance(self, probability: float, *names: str | int) -> bool:
        """Whether something of that probability happens."""
        return bool(self.of(*names).random() < probability)

    def whole(self, lowest: int, highest: int, *names: str | int) -> int:
        """A whole number between the two, both included."""
        return int(self.of(*names).integers(lowest, highest, endpoint=True))

    def day(self, start: date, lowest: int, highest: int, *names: str | int) -> date:
        """A day so many days after `start`."""
        return start + timedelta(days=self.whole(lowest, highest, *names))


def places_for(span: float, least: int) -> int:
    """So many decimal places, at least `least`, that a value from a span this wide can take a hundred values."""
    return least if span <= 0 else max(least, 2 - math.floor(math.log10(span)))


def typed(value: float, places: int) -> str:
    """The number as a laboratory would type it."""
    return str(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-places)))
