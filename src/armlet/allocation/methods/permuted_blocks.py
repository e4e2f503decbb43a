"""Permuted blocks, of one size or of sizes drawn by chance: every block holds the arms in the ratio, in a random order."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm
from typing import Final

from armlet.allocation.method import (
    AllocationMethod,
    Scheme,
    Urn,
    as_typed,
    check_settings_known,
    check_shape,
    check_whole_number,
    impossible_history,
    read_whole_number,
    read_whole_numbers,
    refuse_errors,
    refuse_unknown_arms,
)
from armlet.issues import Issue, error, has_error, warning

_Left = tuple[int, ...]
"""How many slots of each arm an open block still holds; never all 0, as a full block opens the next."""


_Weights = tuple[tuple[_Left, int], ...]
"""Open blocks with whole numbers in proportion to their probabilities, in lowest terms and sorted."""

_STRIDE: Final = 100
"""How many slots are followed in one go, so that a long history does not exhaust the stack."""


class PermutedBlocks:
    """Draws without replacement from a block that holds each arm in the ratio; a full block is followed by a new one.

    Setting `block`: its size, a multiple of the ratio's sum in lowest terms (default twice that sum: 4 at 1:1). All
    orders of a block are equally likely. A last block that the trial does not fill is the beginning of a whole block,
    so its orders are not equally likely in general. The last slot of a full block is always certain to who knows the
    others: the size belongs in no document that investigators read.

    Setting `blocks` in place of `block`: several sizes, one of which is taken by chance before each block, all equally
    likely or as the whole numbers `weights` say, in the same order. **No size is ever drawn or kept.** Each arm has its
    probability given the arms before it, summed over every way in which sizes can have led there; by the product rule a
    list then comes out exactly as often as if the sizes had been drawn, and seed and arms alone replay it. At 1:1,
    sizes with a 2 among them make fewer slots certain than blocks of 4, yet the next arm is the easier to guess.
    """

    name = "permuted_blocks"
    label = "permuted blocks"
    source = (
        "Zelen M. The randomization and stratification of patients to clinical trials. "
        "Journal of Chronic Diseases 1974;27:365-375; sizes by chance: Matts JP, Lachin JM. Properties of "
        "permuted-block randomization in clinical trials. Controlled Clinical Trials 1988;9(4):327-344"
    )

    def check(self, scheme: Scheme) -> tuple[Issue, ...]:
        shape = check_shape(scheme, least=2)
        sizes = () if has_error(shape) else _check_sizes(scheme)
        return shape + check_settings_known(scheme, ("block", "blocks", "weights")) + sizes

    def next_probabilities(self, scheme: Scheme, history: Sequence[int]) -> tuple[Fraction, ...]:
        refuse_errors(self.check(scheme))
        refuse_unknown_arms(scheme, history)
        if _has_one_size(scheme):
            left = _count_left(scheme, history)
            return tuple(Fraction(slots, sum(left)) for slots in left)
        open_blocks = _weigh_open(scheme, history)
        if not open_blocks:
            raise impossible_history(scheme)
        whole = sum(weight for _, weight in open_blocks)
        return tuple(
            sum((Fraction(weight * left[arm], sum(left)) for left, weight in open_blocks), Fraction(0)) / whole
            for arm in range(len(scheme.arms))
        )

    def state(self, scheme: Scheme, history: Sequence[int]) -> Hashable:
        if not _has_one_size(scheme):
            return _weigh_open(scheme, history)
        opened = history[len(history) - len(history) % _block_size(scheme) :]
        return tuple(map(opened.count, range(len(scheme.arms))))

    def urns(self, scheme: Scheme, number: int) -> tuple[Urn, ...] | None:
        if not _has_one_size(scheme):
            return None
        size = _block_size(scheme)
        whole = _hold_ratio(scheme, size)
        return tuple(Urn(whole, tuple(range(start, min(start + size, number)))) for start in range(0, number, size))


# --- One size -------------------------------------------------------------------------------------------------------


def _count_left(scheme: Scheme, history: Sequence[int]) -> _Left:
    """What the open block still holds. Raises InputError where a block, open or full, has more of an arm than it holds."""
    size = _block_size(scheme)
    whole = _hold_ratio(scheme, size)
    left = whole
    for start in range(0, len(history), size):
        used = history[start : start + size]
        left = tuple(held - used.count(arm) for arm, held in enumerate(whole))
        if min(left) < 0:
            raise impossible_history(scheme)
    return left if any(left) else whole


def _hold_ratio(scheme: Scheme, size: int) -> _Left:
    return tuple(share * size // sum(scheme.ratio) for share in scheme.ratio)


def _has_one_size(scheme: Scheme) -> bool:
    return all(name != "blocks" for name, _ in scheme.settings)


def _block_size(scheme: Scheme) -> int:
    return read_whole_number(scheme, "block", _default_size(scheme))


def _default_size(scheme: Scheme) -> int:
    return 2 * sum(scheme.lowest_ratio())


# --- Sizes by chance ------------------------------------------------------------------------------------------------


def _weigh_open(scheme: Scheme, history: Sequence[int]) -> _Weights:
    """Every block that can be open after the history, weighed by its probability given the arms; none where none can be.

    Blocks of different sizes that hold the same rest have the same future and count as one.
    """
    slots = tuple(history)
    opening = _weigh_sizes(scheme)
    for start in range(_STRIDE, len(slots), _STRIDE):
        _follow(opening, slots[:start])
    return _follow(opening, slots)


@lru_cache(maxsize=2**15)
def _follow(opening: _Weights, history: tuple[int, ...]) -> _Weights:
    """One step from the history without its last slot, which is remembered where it was asked for not long ago."""
    if not history:
        return opening
    found: dict[_Left, int] = {}
    before = _follow(opening, history[:-1])
    shared = lcm(*(sum(left) for left, _ in before)) * sum(weight for _, weight in opening)
    for left, weight in _place(history[-1], before, opening, shared):
        found[left] = found.get(left, 0) + weight
    divisor = gcd(*found.values())
    return tuple(sorted((left, weight // divisor) for left, weight in found.items()))


def _place(arm: int, before: _Weights, opening: _Weights, shared: int) -> Iterator[tuple[_Left, int]]:
    """The open blocks after one slot more, each with `shared` times the joint probability of its blocks and the arm."""
    sizes = sum(weight for _, weight in opening)
    for left, weight in before:
        if not left[arm]:
            continue
        joint = weight * left[arm] * shared // sum(left)
        rest = (*left[:arm], left[arm] - 1, *left[arm + 1 :])
        if any(rest):
            yield rest, joint
        else:
            yield from ((whole, joint // sizes * share) for whole, share in opening)


def _weigh_sizes(scheme: Scheme) -> _Weights:
    sizes = read_whole_numbers(scheme.setting("blocks", None))
    weights = read_whole_numbers(scheme.setting("weights", (1,) * len(sizes)))
    return tuple(sorted((_hold_ratio(scheme, size), weight) for size, weight in zip(sizes, weights, strict=True)))


# --- What does not fit ----------------------------------------------------------------------------------------------


def _check_sizes(scheme: Scheme) -> tuple[Issue, ...]:
    if _has_one_size(scheme):
        return _check_block(scheme) + _check_no_weights(scheme)
    if any(name == "block" for name, _ in scheme.settings):
        message = "both block, one size, and blocks, several sizes, are given."
        return (error("allocation/block", "allocation/settings/blocks", message, "Leave out one of them."),)
    return _check_blocks(scheme)


def _check_no_weights(scheme: Scheme) -> tuple[Issue, ...]:
    if all(name != "weights" for name, _ in scheme.settings):
        return ()
    message = "weights are given, but no sizes that they belong to."
    return (error("allocation/setting", "allocation/settings/weights", message, "Give blocks, or leave them out."),)


def _check_block(scheme: Scheme) -> tuple[Issue, ...]:
    unfit = check_whole_number(scheme, "block", _default_size(scheme))
    return unfit or _check_ratio_held(scheme, "block", (_block_size(scheme),))


def _check_blocks(scheme: Scheme) -> tuple[Issue, ...]:
    step, typed = sum(scheme.lowest_ratio()), scheme.setting("blocks", None)
    where, sizes = "allocation/settings/blocks", read_whole_numbers(typed)
    fix = f"Write, for example, blocks: [{2 * step}, {3 * step}]."
    if not sizes:
        message = f"the blocks of permuted_blocks must be a list of whole numbers from 1 up, got {as_typed(typed)}."
        return (error("allocation/setting", where, message, fix),)
    if len(set(sizes)) < len(sizes):
        message = "a block size is listed more than once."
        return (error("allocation/block", where, message, "List each size once; use weights to favour one."),)
    return _check_ratio_held(scheme, "blocks", sizes) + _check_weights(scheme, len(sizes))


def _check_weights(scheme: Scheme, count: int) -> tuple[Issue, ...]:
    typed = scheme.setting("weights", (1,) * count)
    if len(read_whole_numbers(typed)) == count:
        return ()
    message = f"the weights of permuted_blocks must be {count} whole numbers from 1 up, got {as_typed(typed)}."
    fix = "Give one weight for each size in blocks, in the same order."
    return (error("allocation/setting", "allocation/settings/weights", message, fix),)


def _check_ratio_held(scheme: Scheme, setting: str, sizes: Sequence[int]) -> tuple[Issue, ...]:
    step, where = sum(scheme.lowest_ratio()), f"allocation/settings/{setting}"
    ratio = ":".join(map(str, scheme.ratio))
    unfit = tuple(
        error(
            "allocation/block",
            where,
            f"a block of {size} cannot hold the ratio {ratio}; expected a multiple of {step}, got {size}.",
            f"Use {2 * step} or {3 * step}.",
        )
        for size in sizes
        if size % step
    )
    if unfit or step not in sizes:
        return unfit
    message = f"blocks of {step} are the smallest that hold {ratio}: many slots are certain to who knows the past arms."
    return (warning("allocation/guessable", where, message, f"Prefer blocks of {2 * step} or more."),)


METHOD: Final[AllocationMethod] = PermutedBlocks()
