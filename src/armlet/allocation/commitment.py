"""The commitment: a digest, published before the first consent, that binds the seed, the scheme and the list of arms.

It is the SHA-256 of the canonical JSON of::

    {"tag": "armlet/allocation/commitment/v1", "trial": id, "scheme": the scheme as the vault holds it,
     "seed": 64 hexadecimal digits, "list": the arms of the planned slots in order}

``list`` is left out where there are factors: there the seed and the scheme are bound, and the arms follow from them and
from who comes. The seed is 256 bits from the operating system, so nobody finds the list by digesting every list there
is: without the seed in it a list of ten arms would be one of 1,024.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from armlet.allocation.scheme import Scheme, planned_slots
from armlet.allocation.stream import draw_next
from armlet.document import canonical_json, digest

TAG: Final = "armlet/allocation/commitment/v1"


def commit_to(trial: str, scheme: Scheme, seed: bytes, slots: int) -> str:
    """The commitment to a list of so many slots (of the planned number, where the method has one).

    Raises InputError for a scheme with errors or an unfit seed.
    """
    bare = replace(scheme, people=())
    committed: dict[str, object] = {"tag": TAG, "trial": trial, "scheme": bare.as_dict(), "seed": seed.hex()}
    if not scheme.factors:
        arms = list_arms(bare, seed, planned_slots(bare) or slots)
        committed["list"] = [scheme.arms[arm] for arm in arms]
    return digest(canonical_json(committed))


def list_arms(scheme: Scheme, seed: bytes, slots: int) -> tuple[int, ...]:
    """The arms that the seed gives the first slots of a scheme without factors, as positions."""
    history: tuple[int, ...] = ()
    for _ in range(slots):
        history = (*history, draw_next(scheme, history, seed).arm)
    return history
