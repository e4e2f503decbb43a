"""Permuted blocks of one fixed size: every block holds the arms in the ratio, in an order drawn by chance."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction
from typing import Final

from armlet.allocation.scheme import (
    AllocationMethod,
    Scheme,
    check_settings_known,
    check_shape,
    check_whole_number,
    impossible_history,
    read_whole_number,
    refuse_errors,
    refuse_unknown_arms,
)
from armlet.issues import Issue, error, has_error, warning


class PermutedBlocks:
    """Draws without replacement from a block that holds each arm in the ratio; a full block is followed by a new one.

    Setting `block`: its size, a multiple of the ratio's sum in lowest terms (default twice that sum: 4 at 1:1). All
    orders of a block are equally likely. A last block that the trial does not fill is the beginning of a whole block,
    so its orders are not equally likely in general. The last slot of a full block is always certain to who knows the
    others: the size belongs in no document that investigators read.
    """

    name = "permuted_blocks"
    label = "permuted blocks"
    source = (
        "Zelen M. The randomization and stratification of patients to clinical trials. "
        "Journal of Chronic Diseases 1974;27:365-375"
    )

    def check(self, scheme: Scheme) -> tuple[Issue, ...]:
        shape = check_shape(scheme, least=2)
        block = () if has_error(shape) else _check_block(scheme)
        return shape + check_settings_known(scheme, ("block",)) + block

    def next_probabilities(self, scheme: Scheme, history: Sequence[int]) -> tuple[Fraction, ...]:
        refuse_errors(self.check(scheme))
        refuse_unknown_arms(scheme, history)
        left = _count_left(scheme, history)
        return tuple(Fraction(slots, sum(left)) for slots in left)

    def state(self, scheme: Scheme, history: Sequence[int]) -> Hashable:
        opened = history[len(history) - len(history) % _block_size(scheme) :]
        return tuple(map(opened.count, range(len(scheme.arms))))


def _count_left(scheme: Scheme, history: Sequence[int]) -> tuple[int, ...]:
    """How many slots of each arm the open block still holds; never all 0, as a full block opens the next.

    Raises InputError where a block, open or full, has more of an arm than it holds.
    """
    size = _block_size(scheme)
    whole = tuple(share * size // sum(scheme.ratio) for share in scheme.ratio)
    left = whole
    for start in range(0, len(history), size):
        used = history[start : start + size]
        left = tuple(held - used.count(arm) for arm, held in enumerate(whole))
        if min(left) < 0:
            raise impossible_history(scheme)
    return left if any(left) else whole


def _block_size(scheme: Scheme) -> int:
    return read_whole_number(scheme, "block", _default_size(scheme))


def _default_size(scheme: Scheme) -> int:
    return 2 * sum(scheme.lowest_ratio())


def _check_block(scheme: Scheme) -> tuple[Issue, ...]:
    unfit = check_whole_number(scheme, "block", _default_size(scheme))
    if unfit:
        return unfit
    size, step = _block_size(scheme), sum(scheme.lowest_ratio())
    where, ratio = "allocation/settings/block", ":".join(map(str, scheme.ratio))
    if size % step:
        message = f"a block of {size} cannot hold the ratio {ratio}; expected a multiple of {step}, got {size}."
        return (error("allocation/block", where, message, f"Use {2 * step} or {3 * step}."),)
    if size == step:
        message = (
            f"blocks of {size} are the smallest that hold {ratio}: many slots are certain to who knows the past arms."
        )
        return (warning("allocation/guessable", where, message, f"Prefer blocks of {2 * step} or more."),)
    return ()


METHOD: Final[AllocationMethod] = PermutedBlocks()
