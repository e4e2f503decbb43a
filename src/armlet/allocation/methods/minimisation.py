"""Pocock and Simon's minimisation: the arm that leaves the factors' levels best balanced is favoured, never certain."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from math import comb, gcd, lcm, prod
from operator import add
from typing import Final

from armlet.allocation.method import (
    AllocationMethod,
    Levels,
    Scheme,
    as_typed,
    check_factors,
    check_probability,
    check_settings_known,
    check_shape,
    check_whole_number,
    read_probability,
    read_whole_number,
    read_whole_numbers,
    refuse_errors,
    refuse_unknown_arms,
)
from armlet.issues import Issue, error, has_error, warning

_DEFAULT_P: Final = "4/5"
_DISTANCES: Final = ("range", "variance", "standard_deviation")
_NO_END: Final = 1_000_000
_MOST_TABLES: Final = 20_000
"""How many tables of places may be followed for an unequal ratio: some seconds for a whole list; our choice, not a law."""
_STRIDE: Final = 100
"""How many slots are followed in one go, so that a long history does not exhaust the stack."""

_Row = tuple[int, ...]
"""How many participants of one level each place has, less the fewest of them: only differences count."""
_Table = tuple[_Row, ...]
"""A row for each level of each factor, one factor after the other."""
_Tables = tuple[tuple[_Table, int], ...]
"""Tables with whole numbers in proportion to their probabilities, in lowest terms and sorted."""
_Key = tuple[Decimal, tuple[tuple[int, int], ...]]
"""How far out of balance: a number to order by, and the same exactly, to tell what is equal."""


class Minimisation:
    """For each arm, the imbalance is summed over the factors as if it got the next participant; the least is favoured.

    The sum is of weight times distance, over the counts of the arms at the participant's level of each factor. The arms
    with the least share the probability `p` equally, the others share 1 - p; where all are alike, chance decides alone.

    Settings `p` (default 4/5), below 1 so that no slot is certain, and large enough that arms that share it are not
    worse off than the others: at least (k - 1)/k for k arms; `distance`, one of ``range`` (default), ``variance``,
    ``standard_deviation``; `weights`, one whole number for each factor in their order (default: 1 each); `first`, how
    many first slots are by chance alone (default 0); `last`, after how many slots they are by chance alone again
    (default: never). The site is one factor like any other and has no list of its own.

    An unequal ratio is not met by dividing counts: that gives the arms other chances than the ratio says. Instead the
    ratio in lowest terms is spread over as many *places* (2:1 is three), minimised as arms at 1:1:1, and who falls in a
    place gets its arm; so each slot has exactly the ratio's chances as long as nothing is known of the slots before.
    **No place is ever drawn or kept**: an arm has its probability given the arms before it, summed over every way in
    which places can have led there. Where these ways may be more than can be followed (at 2:1 with two factors of two
    levels not before slot 43; the levels alone decide it), the slots are by chance alone in the ratio.
    """

    name = "minimisation"
    label = "minimisation"
    source = (
        "Pocock SJ, Simon R. Sequential treatment assignment with balancing for prognostic factors in the controlled "
        "clinical trial. Biometrics 1975;31(1):103-115; unequal ratios: Kuznetsova OM, Tymofyeyev Y. Preserving the "
        "allocation ratio at every allocation with biased coin randomization and minimization in studies with unequal "
        "allocation. Statistics in Medicine 2012;31(8):701-723"
    )

    def check(self, scheme: Scheme) -> tuple[Issue, ...]:
        known = check_settings_known(scheme, ("distance", "first", "last", "p", "weights"))
        return check_shape(scheme, least=2) + known + _check_factors(scheme) + _check_settings(scheme)

    def next_probabilities(self, scheme: Scheme, history: Sequence[int]) -> tuple[Fraction, ...]:
        rule, levels = _read_rule(scheme), scheme.next_levels(history)
        refuse_unknown_arms(scheme, history)
        if not rule.is_minimised(scheme.people[: len(history)]):
            return rule.by_chance
        tables = _follow(rule, scheme.people[: len(history)], tuple(history))
        whole = sum(weight for _, weight in tables)
        found = [Fraction(0)] * len(rule.ratio)
        for table, weight in tables:
            for arm, chance in enumerate(rule.by_arm(rule.place_chances(table, levels))):
                found[arm] += chance * weight
        return tuple(chance / whole for chance in found)

    def state(self, scheme: Scheme, history: Sequence[int]) -> Hashable:
        """The tables; where there is but one, as far as its levels are those of somebody still to come."""
        rule = _read_rule(scheme)
        tables = _follow(rule, scheme.people[: len(history)], tuple(history))
        if not rule.is_equal:
            return tables
        to_come = {row for levels in scheme.people[len(history) :] for row in rule.rows_of(levels)}
        return tuple(counts for row, counts in enumerate(tables[0][0]) if row in to_come)

    def spread(self, scheme: Scheme) -> tuple[Scheme, tuple[int, ...]]:
        """The scheme with its places as arms at 1:1, and the arm of each place: quick to draw lists from.

        The arms of its lists come out exactly as often as lists of the scheme itself.
        """
        rule = _read_rule(scheme)
        arm_of = tuple(arm for arm in range(len(rule.ratio)) for _ in rule.places_of(arm))
        last = next(
            (slot for slot in range(len(scheme.people)) if _bound_tables(rule, scheme.people[:slot]) > _MOST_TABLES),
            rule.last,
        )
        settings = {**dict(scheme.settings), "last": min(last, rule.last)}
        names = tuple(f"place {number}" for number in range(1, rule.places + 1))
        places = Scheme.of(names, (1,) * rule.places, scheme.method, settings, scheme.factors)
        return replace(places, people=scheme.people), arm_of

    def pattern(self, scheme: Scheme, history: Sequence[int]) -> Hashable:
        """The tables; where there is but one, with alike factors and the levels of each in any order."""
        rule = _read_rule(scheme)
        tables = _follow(rule, scheme.people[: len(history)], tuple(history))
        if not rule.is_equal:
            return tables
        ((table, _),) = tables
        ends = (*rule.starts[1:], len(table))
        rows = (tuple(sorted(table[start:end])) for start, end in zip(rule.starts, ends, strict=True))
        return tuple(sorted(zip(rule.weights, rows, strict=True)))


@dataclass(frozen=True, slots=True)
class _Rule:
    """The settings, read: how many `levels` each factor has, and where its rows start."""

    ratio: tuple[int, ...]
    levels: tuple[int, ...]
    starts: tuple[int, ...]
    weights: tuple[int, ...]
    distance: str
    p: Fraction
    first: int
    last: int

    @property
    def places(self) -> int:
        return sum(self.ratio)

    @property
    def by_chance(self) -> tuple[Fraction, ...]:
        return tuple(Fraction(share, self.places) for share in self.ratio)

    @property
    def is_equal(self) -> bool:
        """Whether each arm is one place, so that the arms tell the one table."""
        return len(self.ratio) == self.places

    def rows_of(self, person: Levels) -> tuple[int, ...]:
        return tuple(map(add, self.starts, person))

    def places_of(self, arm: int) -> range:
        start = sum(self.ratio[:arm])
        return range(start, start + self.ratio[arm])

    def is_minimised(self, before: tuple[Levels, ...]) -> bool:
        """Whether the next slot is more than chance alone. That hangs on the people, never on their arms."""
        return self.first <= len(before) < self.last and _bound_tables(self, before) <= _MOST_TABLES

    def place_chances(self, table: _Table, person: Levels) -> tuple[Fraction, ...]:
        """The chance of each place for a participant of these levels."""
        return _weigh_places(self, tuple(table[row] for row in self.rows_of(person)))

    def by_arm(self, chances: Sequence[Fraction]) -> tuple[Fraction, ...]:
        return tuple(
            sum((chances[place] for place in self.places_of(arm)), Fraction(0)) for arm in range(len(self.ratio))
        )


@lru_cache(maxsize=2**14)
def _weigh_places(rule: _Rule, rows: tuple[_Row, ...]) -> tuple[Fraction, ...]:
    """The chance of each place, from the counts at the participant's level of each factor."""
    keys = [_sum_imbalance(rule, rows, place) for place in range(rule.places)]
    least = min(keys)
    best = sum(key[1] == least[1] for key in keys)
    if best == rule.places:
        return (Fraction(1, best),) * best
    favoured, other = rule.p / best, (1 - rule.p) / (rule.places - best)
    return tuple(favoured if key[1] == least[1] else other for key in keys)


def _sum_imbalance(rule: _Rule, rows: tuple[_Row, ...], place: int) -> _Key:
    total = dict[int, int]()
    for weight, row in zip(rule.weights, rows, strict=True):
        root, times = _measure(rule.distance, [count + (number == place) for number, count in enumerate(row)])
        total[root] = total.get(root, 0) + weight * times
    exact = tuple(sorted((root, times) for root, times in total.items() if times))
    return sum((times * _root(root) for root, times in exact), Decimal(0)), exact


# --- Distances ------------------------------------------------------------------------------------------------------


_DIGITS: Final = Context(prec=60)


def _measure(distance: str, counts: Sequence[int]) -> tuple[int, int]:
    """The distance as ``times`` the square root of ``root``, a number without square factors: exact for each of them."""
    if distance == "range":
        return 1, max(counts) - min(counts)
    spread = len(counts) * sum(count * count for count in counts) - sum(counts) ** 2
    return (1, spread) if distance == "variance" else _split_square(spread)


@lru_cache(maxsize=4096)
def _split_square(number: int) -> tuple[int, int]:
    """``(r, t)`` with number = r t², r without square factors; (1, 0) for 0."""
    if number == 0:
        return 1, 0
    root, times = number, 1
    for factor in range(2, int(number**0.5) + 2):
        while root % (factor * factor) == 0:
            root, times = root // (factor * factor), times * factor
    return root, times


@lru_cache(maxsize=4096)
def _root(number: int) -> Decimal:
    return _DIGITS.sqrt(Decimal(number))


# --- What has happened so far ---------------------------------------------------------------------------------------


def _follow(rule: _Rule, people: tuple[Levels, ...], history: tuple[int, ...]) -> _Tables:
    for start in range(_STRIDE, len(history), _STRIDE):
        _after(rule, people[:start], history[:start])
    return _after(rule, people, history)


@lru_cache(maxsize=2**15)
def _after(rule: _Rule, people: tuple[Levels, ...], history: tuple[int, ...]) -> _Tables:
    """Every table that the arms so far can stand for, weighed; one where each arm is one place."""
    if not history:
        return (((((0,) * rule.places,) * sum(rule.levels)), 1),)
    before = _after(rule, people[:-1], history[:-1])
    if rule.is_equal:
        return ((_seat(rule, before[0][0], people[-1], history[-1]), 1),)
    is_minimised = rule.is_minimised(people[:-1])
    found: dict[_Table, Fraction] = {}
    for table, weight in before:
        equal = (Fraction(1, rule.places),) * rule.places
        chances = rule.place_chances(table, people[-1]) if is_minimised else equal
        for place in rule.places_of(history[-1]):
            longer = _seat(rule, table, people[-1], place)
            found[longer] = found.get(longer, Fraction(0)) + weight * chances[place]
    return _in_lowest_terms(found)


def _seat(rule: _Rule, table: _Table, person: Levels, place: int) -> _Table:
    """The table with one participant more; places of one arm are told apart by nothing, so they are put in order."""
    rows = list(table)
    for row in rule.rows_of(person):
        counts = [count + (number == place) for number, count in enumerate(rows[row])]
        fewest = min(counts)
        rows[row] = tuple(count - fewest for count in counts)
    if rule.is_equal:
        return tuple(rows)
    columns = list(zip(*rows, strict=True))
    ordered = [column for arm in range(len(rule.ratio)) for column in sorted(columns[p] for p in rule.places_of(arm))]
    return tuple(zip(*ordered, strict=True))


def _in_lowest_terms(found: dict[_Table, Fraction]) -> _Tables:
    shared = lcm(*(weight.denominator for weight in found.values()))
    whole = {table: int(weight * shared) for table, weight in found.items()}
    divisor = gcd(*whole.values())
    return tuple(sorted((table, weight // divisor) for table, weight in whole.items()))


@lru_cache(maxsize=2**12)
def _bound_tables(rule: _Rule, people: tuple[Levels, ...]) -> int:
    """At most so many tables after these people, whatever their arms; 1 where each arm is one place."""
    if rule.is_equal:
        return 1
    counts = [[sum(one[factor] == level for one in people) for level in range(number)]
              for factor, number in enumerate(rule.levels)]  # fmt: skip
    free = [len(people), *(count for of_factor in counts for count in sorted(of_factor)[:-1])]
    return prod(comb(count + share - 1, share - 1) for share in rule.ratio for count in free)


# --- Settings -------------------------------------------------------------------------------------------------------


def _read_rule(scheme: Scheme) -> _Rule:
    """Raises InputError for a scheme with errors."""
    return _read_settings(replace(scheme, people=()))


@lru_cache(maxsize=64)
def _read_settings(scheme: Scheme) -> _Rule:
    refuse_errors(METHOD.check(scheme))
    levels = tuple(len(factor.levels) for factor in scheme.factors)
    return _Rule(
        ratio=scheme.lowest_ratio(),
        levels=levels,
        starts=(0, *accumulate(levels[:-1])),
        weights=read_whole_numbers(scheme.setting("weights", (1,) * len(scheme.factors))),
        distance=str(scheme.setting("distance", _DISTANCES[0])),
        p=read_probability(scheme, "p", _DEFAULT_P),
        first=read_whole_number(scheme, "first", 0, least=0),
        last=read_whole_number(scheme, "last", _NO_END),
    )


def _check_factors(scheme: Scheme) -> tuple[Issue, ...]:
    if scheme.factors:
        return check_factors(scheme)
    message = "minimisation balances the arms over factors, and none is given."
    fix = "Name the factors, or use big_stick or efron, which balance the arms without any."
    return (error("allocation/factors", "allocation/factors", message, fix),)


def _check_settings(scheme: Scheme) -> tuple[Issue, ...]:
    slots = check_whole_number(scheme, "first", 0, least=0) + check_whole_number(scheme, "last", _NO_END)
    unfit = slots + check_probability(scheme, "p", _DEFAULT_P)
    return unfit + _check_distance(scheme) + _check_weights(scheme) + (() if has_error(unfit) else _check_p(scheme))


def _check_distance(scheme: Scheme) -> tuple[Issue, ...]:
    typed = scheme.setting("distance", _DISTANCES[0])
    if typed in _DISTANCES:
        return ()
    message = f"the distance of minimisation must be one of {', '.join(_DISTANCES)}, got {as_typed(typed)}."
    return (error("allocation/setting", "allocation/settings/distance", message, "Write one of these."),)


def _check_weights(scheme: Scheme) -> tuple[Issue, ...]:
    count, typed = len(scheme.factors), scheme.setting("weights", (1,) * len(scheme.factors))
    if len(read_whole_numbers(typed)) == count:
        return ()
    message = f"the weights of minimisation must be {count} whole numbers from 1 up, got {as_typed(typed)}."
    fix = "Give one weight for each factor, in the same order."
    return (error("allocation/setting", "allocation/settings/weights", message, fix),)


def _check_p(scheme: Scheme) -> tuple[Issue, ...]:
    p, where = read_probability(scheme, "p", _DEFAULT_P), "allocation/settings/p"
    if p == 1:
        message = "a p of 1 leaves nothing to chance: who knows the factors and the past arms knows the next arm."
        fix = "Use 4/5 or less; ICH E9 (2.3.1) asks for an element of chance in every allocation."
        return (error("allocation/deterministic", where, message, fix),)
    places = sum(scheme.lowest_ratio()) if all(share > 0 for share in scheme.ratio) else 2
    least = Fraction(places - 1, places)
    if p < least:
        message = f"with a p of {p} an arm that shares it could be worse off than one that is not favoured."
        return (error("allocation/setting", where, message, f"Use {least} or more."),)
    if places == 2 and p == least:
        message = "a p of 1/2 is a fair coin: nothing is balanced."
        return (warning("allocation/no-balance", where, message, "Prefer 3/4 or 4/5."),)
    return ()


METHOD: Final[AllocationMethod] = Minimisation()
