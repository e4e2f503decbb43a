"""What every allocation method is written against: the scheme, what a method answers, and what several of them check.

Knows no method by name (see `armlet.allocation.scheme` for that), so that the methods may import it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product
from typing import Final, Protocol, TypeAlias, TypeGuard, runtime_checkable

from armlet.errors import InputError
from armlet.issues import Issue, error, has_error

Setting: TypeAlias = "str | int | bool | tuple[Setting, ...] | None"


Levels: TypeAlias = "tuple[int, ...]"
"""One participant's level of each factor, as positions in `Factor.levels`, in the order of the factors."""


@dataclass(frozen=True, slots=True)
class Factor:
    """What the arms are balanced over: its name, and the names of its levels in the protocol's order."""

    name: str
    levels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scheme:
    """How arms are allotted: the arms and the ratio in the protocol's order, the method's name and its raw settings.

    Nothing is checked here; `check_scheme` says what does not fit. `settings` are pairs sorted by name, so that equal
    schemes are equal and hash alike; `Scheme.of` makes them from a mapping. They are left out of the printed form: a
    block size in a log is a hint to those who enrol.

    Where there are `factors`, `people` holds the levels of the participants in the order of their slots, as far as
    they are known. A chance is always that of the arms *given* these levels: they are facts about people, not draws.
    """

    arms: tuple[str, ...]
    ratio: tuple[int, ...]
    method: str
    settings: tuple[tuple[str, Setting], ...] = field(default=(), repr=False)
    factors: tuple[Factor, ...] = ()
    people: tuple[Levels, ...] = field(default=(), repr=False)

    @classmethod
    def of(
        cls,
        arms: Iterable[str],
        ratio: Iterable[int],
        method: str,
        settings: Mapping[str, object] | None = None,
        factors: Iterable[Factor] = (),
    ) -> Scheme:
        """A scheme from settings as they were read; numbers with a decimal point become text, for `read_probability`."""
        pairs = ((name, _freeze(value)) for name, value in (settings or {}).items())
        return cls(tuple(arms), tuple(ratio), method, tuple(sorted(pairs, key=lambda pair: pair[0])), tuple(factors))

    def joined_by(self, *people: Mapping[str, str]) -> Scheme:
        """The scheme with the next participants, each told by the level of each factor by name.

        Raises InputError where a factor has no level, or one that it does not know. Without factors nothing changes.
        """
        if not self.factors:
            return self
        return replace(self, people=(*self.people, *(self._positions(one) for one in people)))

    def _positions(self, levels: Mapping[str, str]) -> Levels:
        unfit = [
            _unknown_level(factor, levels) for factor in self.factors if levels.get(factor.name) not in factor.levels
        ]
        if unfit:
            raise InputError(unfit)
        return tuple(factor.levels.index(levels[factor.name]) for factor in self.factors)

    def next_levels(self, history: Sequence[int]) -> Levels:
        """The levels of whoever gets the slot after the history. Raises InputError where they are not known."""
        if len(history) >= len(self.people):
            message = f"the levels of {len(self.people)} participant(s) are known; asked for number {len(history) + 1}."
            raise InputError([error("allocation/levels", "people", message, "Say the participant's levels first.")])
        return self.people[len(history)]

    def combinations(self) -> tuple[Levels, ...]:
        """Every combination of levels, in the order of factors and levels; one empty one where there is no factor."""
        return tuple(product(*(range(len(factor.levels)) for factor in self.factors)))

    def setting(self, name: str, default: Setting) -> Setting:
        """The raw setting, or the default where the protocol does not give it."""
        return dict(self.settings).get(name, default)

    def lowest_ratio(self) -> tuple[int, ...]:
        """The ratio in lowest terms: 2:2 is 1:1. Meant for a ratio of positive numbers."""
        divisor = math.gcd(*self.ratio) or 1
        return tuple(share // divisor for share in self.ratio)

    def as_dict(self) -> dict[str, object]:
        """The scheme as plain lists, texts and numbers; `Scheme.of` reads it back."""
        return {
            "arms": list(self.arms),
            "ratio": list(self.ratio),
            "method": self.method,
            "settings": dict(self.settings),
            **({"factors": self._factors_as_lists()} if self.factors else {}),
        }

    def _factors_as_lists(self) -> list[dict[str, object]]:
        return [{"name": factor.name, "levels": list(factor.levels)} for factor in self.factors]


def _unknown_level(factor: Factor, levels: Mapping[str, str]) -> Issue:
    got = f'got "{levels[factor.name]}"' if factor.name in levels else "got none"
    message = f"expected one of {', '.join(factor.levels)} for {factor.name}, {got}."
    return error("allocation/levels", factor.name, message, "Take the level from the participant's own data.")


def _freeze(value: object) -> Setting:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, list | tuple):
        return tuple(_freeze(part) for part in value)
    return str(value)


@runtime_checkable
class AllocationMethod(Protocol):
    """A procedure of allocation. Everything else (sequences, draws, predictability) follows from the next chances."""

    name: str
    label: str
    source: str

    def __hash__(self) -> int: ...

    def check(self, scheme: Scheme) -> tuple[Issue, ...]:
        """Every reason why the scheme does not suit the method; warnings leave it usable."""

    def next_probabilities(self, scheme: Scheme, history: Sequence[int]) -> tuple[Fraction, ...]:
        """The chance of each arm in the next slot; they sum to exactly 1.

        Raises InputError for a scheme with errors and for a history that the procedure cannot produce.
        """


@runtime_checkable
class StatefulMethod(AllocationMethod, Protocol):
    """A method whose chances hang on less than the whole history; offering `state` makes tables for long lists quick.

    The promise: two histories *of the same length* with the same state have the same chances now and after any same
    continuation. A wrong promise gives wrong tables; the laws try it against the whole history.
    """

    def state(self, scheme: Scheme, history: Sequence[int]) -> Hashable:
        """All that the chances of the next slots depend on."""


@runtime_checkable
class FactorMethod(AllocationMethod, Protocol):
    """A method that uses the participants' levels; any other keeps a list for each stratum (`armlet.allocation.strata`).

    `pattern` is for tables about people who are not known yet, whose combinations of levels are all as likely.
    """

    def pattern(self, scheme: Scheme, history: Sequence[int]) -> Hashable:
        """What the chances of the next slots depend on, up to other names of the levels: people may have any of them."""


@runtime_checkable
class SpreadMethod(AllocationMethod, Protocol):
    """A method that spreads the ratio over places of which it keeps none; whoever makes many lists makes lists of places.

    The promise: every arm has a chance in every slot.
    """

    def spread(self, scheme: Scheme) -> tuple[Scheme, tuple[int, ...]]:
        """A scheme of the places at 1:1 and the arm of each: its lists of arms are as likely as the scheme's own."""


@dataclass(frozen=True, slots=True)
class Urn:
    """What is drawn from without putting back: how many slots of each arm it holds, and the slots of the list drawn from it.

    `slots` are places in the list, counted from 0 and ascending; fewer than it holds where the list ends before it.
    """

    holds: tuple[int, ...]
    slots: tuple[int, ...]


@runtime_checkable
class UrnMethod(AllocationMethod, Protocol):
    """A method whose list is drawn from urns that know nothing of each other; offering them makes many lists quick.

    The promise: the list is as likely as drawing each urn's slots from it, and each slot belongs to one urn.
    """

    def urns(self, scheme: Scheme, number: int) -> tuple[Urn, ...] | None:
        """The urns of the first `number` slots, or None where these settings have none. Meant for a fit scheme."""


@runtime_checkable
class PlannedMethod(AllocationMethod, Protocol):
    """A method for a number of slots fixed beforehand, its setting `n`, for which there is no default.

    After the last slot there is no next: `next_probabilities` raises `used_up`. A list is never begun again.
    """

    def planned(self, scheme: Scheme) -> int:
        """The number of slots in all. Raises InputError where the setting is missing or unfit."""


def check_shape(scheme: Scheme, least: int = 1, most: int | None = None) -> tuple[Issue, ...]:
    """Whether arms and ratio fit together and the number of arms suits the method (`least` to `most`)."""
    return (*_check_arms(scheme, least, most), *_check_ratio(scheme))


def _check_arms(scheme: Scheme, least: int, most: int | None) -> Iterator[Issue]:
    where, count = "allocation/arms", len(scheme.arms)
    if count < least or (most is not None and count > most):
        expected = f"exactly {least}" if least == most else f"{least} or more"
        message = f"{scheme.method} was given {count} arm(s); expected {expected}."
        yield error("allocation/arms", where, message, "Choose a method that suits the number of arms.")
    repeated = sorted({arm for arm in scheme.arms if scheme.arms.count(arm) > 1})
    if repeated:
        message = f"arms listed more than once: {', '.join(repeated)}."
        yield error("allocation/arms", where, message, "List every arm once; its weight belongs in the ratio.")


def _check_ratio(scheme: Scheme) -> Iterator[Issue]:
    where, ratio = "allocation/ratio", ":".join(map(str, scheme.ratio))
    if len(scheme.ratio) != len(scheme.arms):
        message = f'the ratio "{ratio}" has {len(scheme.ratio)} number(s) for {len(scheme.arms)} arm(s).'
        yield error("allocation/ratio", where, message, "Give one whole number for each arm, in the order of the arms.")
    if any(share < 1 for share in scheme.ratio):
        message = f'the ratio "{ratio}" has a number below 1; every arm needs a chance.'
        yield error(
            "allocation/ratio", where, message, "Give whole numbers from 1 up; leave out an arm nobody is to get."
        )


def check_two_equal(scheme: Scheme) -> tuple[Issue, ...]:
    """What is wrong with arms and ratio of a method for two arms at 1:1."""
    shape = check_shape(scheme, least=2, most=2)
    if has_error(shape) or scheme.lowest_ratio() == (1, 1):
        return shape
    got = ":".join(map(str, scheme.ratio))
    message = f"{scheme.method} allots two arms at 1:1; got the ratio {got}."
    fix = "Use 1:1, or permuted_blocks for other ratios."
    return (*shape, error("allocation/ratio", "allocation/ratio", message, fix))


def check_factors(scheme: Scheme) -> tuple[Issue, ...]:
    """What is wrong with the factors themselves: a name twice, too few levels, or a level twice."""
    names = [factor.name for factor in scheme.factors]
    repeated = [
        error(
            "allocation/factors", "allocation/factors", f"{name} is a factor more than once.", "Count each factor once."
        )
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    unfit = [
        error(
            "allocation/factors",
            f"allocation/factors/{factor.name}",
            f"{factor.name} has {len(set(factor.levels))} different level(s) of {len(factor.levels)}.",
            "Give one or more levels, each once.",
        )
        for factor in scheme.factors
        if not factor.levels or len(set(factor.levels)) < len(factor.levels)
    ]
    return (*repeated, *unfit)


def check_settings_known(scheme: Scheme, known: Sequence[str]) -> tuple[Issue, ...]:
    """An issue for every setting that the method does not have: a misspelt one must not fall back on its default."""
    expected = f"expected only: {', '.join(known)}" if known else "it takes none"
    return tuple(
        error(
            "allocation/setting",
            f"allocation/settings/{name}",
            f'{scheme.method} has no setting "{name}"; {expected}.',
            "Correct the name or remove the line.",
        )
        for name, _ in scheme.settings
        if name not in known
    )


def check_whole_number(scheme: Scheme, name: str, default: int, least: int = 1) -> tuple[Issue, ...]:
    """An issue where the setting is not one whole number from `least` up; text and lists are not read as numbers."""
    if _is_whole(scheme.setting(name, default), least):
        return ()
    got = as_typed(scheme.setting(name, default))
    message = f"the {name} of {scheme.method} must be one whole number from {least} up, got {got}."
    where, fix = f"allocation/settings/{name}", f"Write, for example, {name}: {default}."
    return (error("allocation/setting", where, message, fix),)


def read_whole_number(scheme: Scheme, name: str, default: int, least: int = 1) -> int:
    """The setting as a whole number; raises InputError where `check_whole_number` finds an issue."""
    value = scheme.setting(name, default)
    if not _is_whole(value, least):
        raise InputError(check_whole_number(scheme, name, default, least))
    return value


def _is_whole(value: Setting, least: int) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def check_planned(scheme: Scheme) -> tuple[Issue, ...]:
    """An issue where the setting `n` is missing or is no number of slots that the ratio divides. Needs a fit ratio."""
    where, step, n = "allocation/settings/n", sum(scheme.lowest_ratio()), scheme.setting("n", None)
    if all(name != "n" for name, _ in scheme.settings):
        message = f"{scheme.method} needs the planned number of slots, n, and has no default for it."
        return (error("allocation/setting", where, message, f"Write, for example, n: {5 * step}."),)
    if not _is_whole(n, 1):
        return check_whole_number(scheme, "n", 5 * step)
    if n % step:
        ratio = ":".join(map(str, scheme.ratio))
        message = f"{n:,} slots cannot be shared out at {ratio}; expected a multiple of {step}, got {n:,}."
        return (error("allocation/setting", where, message, f"Plan {n - n % step + step:,} slots."),)
    return ()


def read_planned(scheme: Scheme) -> int:
    """The setting `n`; raises InputError where `check_planned` finds an issue."""
    refuse_errors(check_planned(scheme))
    return read_whole_number(scheme, "n", 1)


def read_whole_numbers(value: Setting) -> tuple[int, ...]:
    """The setting as a list of one or more whole numbers from 1 up; empty where it is anything else."""
    found = value if isinstance(value, tuple) else ()
    numbers = tuple(number for number in found if _is_whole(number, 1))
    return numbers if len(numbers) == len(found) else ()


def check_probability(scheme: Scheme, name: str, default: str) -> tuple[Issue, ...]:
    """An issue where the setting is no probability from 1/2 to 1, written as in ``2/3`` or ``0.7``."""
    value = _find_fraction(scheme.setting(name, default))
    if value is not None and Fraction(1, 2) <= value <= 1:
        return ()
    got = as_typed(scheme.setting(name, default))
    message = f"the {name} of {scheme.method} must be a probability from 1/2 to 1, got {got}."
    where, fix = f"allocation/settings/{name}", f"Write, for example, {name}: {default}."
    return (error("allocation/setting", where, message, fix),)


def read_probability(scheme: Scheme, name: str, default: str) -> Fraction:
    """The setting as it was written, exactly: 0.7 is 7/10. Raises InputError where `check_probability` does not pass."""
    issues = check_probability(scheme, name, default)
    value = _find_fraction(scheme.setting(name, default))
    if issues or value is None:
        raise InputError(issues)
    return value


_FRACTION: Final = re.compile(r"[0-9]{1,9}/[1-9][0-9]{0,8}|[0-9]{1,9}|[0-9]?\.[0-9]{1,18}")


def _find_fraction(value: Setting) -> Fraction | None:
    if isinstance(value, bool):
        return None
    text = str(value) if isinstance(value, int | str) else ""
    return Fraction(text) if _FRACTION.fullmatch(text) else None


def as_typed(value: Setting) -> str:
    """What somebody wrote, in words for a message."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return f'the text "{value}"'
        case tuple():
            return f"a list of {len(value)} values"


def refuse_errors(issues: Sequence[Issue]) -> None:
    """Raises InputError with all the issues where one of them is an error."""
    if has_error(issues):
        raise InputError(issues)


def refuse_unknown_arms(scheme: Scheme, history: Sequence[int]) -> None:
    """Raises InputError where the history names a position that no arm has."""
    if history and not (min(history) >= 0 and max(history) < len(scheme.arms)):
        message = f"the history holds a position outside 0 to {len(scheme.arms) - 1}, the positions of the arms."
        raise InputError([error("allocation/history", "history", message, _HISTORY_FIX)])


def impossible_history(scheme: Scheme) -> InputError:
    """What to raise where the history has probability 0. Names neither arm nor slot: the message may reach anybody."""
    message = f"the slots used so far cannot have come from {scheme.method} with these settings."
    return InputError([error("allocation/history", "history", message, _HISTORY_FIX)])


def used_up(scheme: Scheme, n: int) -> InputError:
    """What to raise where a slot is asked for after the last of the `n` planned ones."""
    message = f"all {n:,} slots planned for {scheme.method} are used; there is no further one."
    fix = "Stop allocating. A larger number is a new list under an amended protocol; this one is never begun again."
    return InputError([error("allocation/used-up", "history", message, fix)])


_HISTORY_FIX: Final = (
    "Use the scheme under which the trial was started, and the whole history in the order of the slots."
)


# --- Two arms at 1:1 ------------------------------------------------------------------------------------------------


def find_lead(history: Sequence[int]) -> int:
    """By how many slots the first of two arms leads, below 0 where it is behind."""
    return len(history) - 2 * sum(history)


def follow_lead(scheme: Scheme, history: Sequence[int], limit: int) -> int:
    """The lead of the first of two arms after the history; raises InputError where it ever went past the limit."""
    lead = 0
    for arm in history:
        lead += 1 if arm == 0 else -1
        if abs(lead) > limit:
            raise impossible_history(scheme)
    return lead
