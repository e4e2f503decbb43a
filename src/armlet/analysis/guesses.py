"""Guess forms against the arms that people truly had: one table for each role and occasion, and the indices of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from armlet.allocation.boxes import OpenedGuess
from armlet.allocation.unblinded import UnblindedDataset
from armlet.analysis.blinding_index import Guesses, bang_index, james_index
from armlet.analysis.estimates import NotEstimable, Result
from armlet.ledger.events import GuessOccasion
from armlet.protocol.model import Role


@dataclass(frozen=True, slots=True)
class GuessTable:
    """What the people of one role guessed on one occasion, arm by arm, with James's index and Bang's for each arm."""

    of: Role
    occasion: GuessOccasion
    counts: tuple[Guesses, ...]
    james: Result
    bang: tuple[Result, ...]


def tabulate_guesses(
    guesses: Sequence[OpenedGuess], dataset: UnblindedDataset, arms: Sequence[str]
) -> tuple[GuessTable, ...]:
    """A table for each role and occasion that somebody was asked on; those never allocated are in none."""
    return tuple(_table(chosen, dataset, arms) for chosen in _by_role_and_occasion(guesses))


def _by_role_and_occasion(guesses: Sequence[OpenedGuess]) -> Iterator[list[OpenedGuess]]:
    for role in Role:
        for occasion in GuessOccasion:
            chosen = [one for one in guesses if (one.of, one.occasion) == (role, occasion)]
            if chosen:
                yield chosen


def _table(guesses: Sequence[OpenedGuess], dataset: UnblindedDataset, arms: Sequence[str]) -> GuessTable:
    counts = tuple(_count(guesses, dataset, arm) for arm in arms)
    label = f"{guesses[0].of.value.replace('_', ' ')}, {guesses[0].occasion.value}"
    bang = tuple(bang_index(one, f"Bang, {label}, {one.arm}") for one in counts)
    if len(counts) != 2:
        used = {one.arm: one.people for one in counts}
        reason = f"the index is defined for two arms; this trial has {len(counts)}"
        james: Result = NotEstimable(f"James, {label}", "james", reason, used)
    else:
        james = james_index(*counts, label=f"James, {label}")
    return GuessTable(guesses[0].of, guesses[0].occasion, counts, james, bang)


def _count(guesses: Sequence[OpenedGuess], dataset: UnblindedDataset, arm: str) -> Guesses:
    own = [one for one in guesses if dataset.arm_of(one.participant) == arm]
    right = sum(one.guess == arm for one in own)
    named = sum(one.names_an_arm for one in own)
    return Guesses(arm, right, named - right, len(own) - named)
