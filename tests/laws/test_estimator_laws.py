"""Every method on small tables of every awkward kind: an answer or a reason, and none that hangs on rows or names.

The tables are drawn with seeds that count from 1, so that a failure names its table. Under ``ARMLET_LONG=1`` there are
many more of them. What is drawn at random inside a method (`multiple_imputation`, `tipping_point`) is dealt out in the
order of the names, so there a renaming must keep that order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

import pytest

from armlet.analysis.catalogue import method_names
from armlet.analysis.data import analyse
from armlet.analysis.estimates import Estimate, Result
from tests.laws.conftest import LONG

TABLES = 400 if LONG else 12
Columns = dict[str, list[object]]
Settings = dict[str, object]

LEVELS = (0.5, 0.8, 0.95, 0.99)
TRANSFORMS = ("none", "ln(x+1)", "sqrt")
SIDES = ("two-sided", "greater", "less")
HISTORY = [{"source": "invented", "events": 3, "n": 10}, {"source": "invented", "events": 2, "n": 9}]

# what may be asked of each method, beside level; every word is drawn for every table
CHOICES: dict[str, dict[str, tuple[object, ...]]] = {
    "ancova": {
        "transform": TRANSFORMS, "sides": SIDES, "weights": ("observed", "equal"), "spread": ("common", "by arm", "any"),
    },
    "bayes_binomial": {"better": ("higher", "lower"), "threshold": (0, "0.1"), "history": ([], HISTORY)},
    "bayes_normal": {"of": ("outcome", "change"), "transform": TRANSFORMS},
    "clopper_pearson": {"sides": ("two-sided", "upper", "lower"), "responder": ({"at_least": 1},), "arm": ("A",)},
    "difference": {"of": ("outcome", "change"), "spread": ("pooled", "welch"), "transform": TRANSFORMS},
    "exact_poisson": {"sides": SIDES},
    "fisher": {
        "measure": ("risk_difference", "odds_ratio"), "sides": SIDES, "mid_p": (False, True),
        "responder": ({"at_least": 1}, {"below": "0.5"}),
    },
    "mmrm": {
        "transform": TRANSFORMS, "sides": SIDES, "baseline": ("by visit", "common", "constrained", "none"),
        "covariance": ("unstructured", "Toeplitz", "compound symmetry"), "at": ("visit", "average"),
    },
    "multiple_imputation": {
        "assumption": ("missing at random", "jump to reference", "copy reference", "copy increments in reference"),
        "transform": TRANSFORMS, "covariance": ("shared", "by arm"), "imputations": (5,), "burn_in": (5,),
    },
    "rank_sum": {"of": ("outcome", "change"), "transform": TRANSFORMS, "sides": SIDES},
    "rerandomisation": {
        "statistic": ("difference", "change", "ancova_coefficient", "ancova_t", "ranks", "trimmed_means", "yuen"),
        "transform": TRANSFORMS, "sides": SIDES, "one_arm_empty": ("extreme", "not_extreme", "condition"),
        "draws": (999,),
    },
    "sign_flip": {"of": ("change", "outcome"), "transform": TRANSFORMS, "sides": SIDES, "arm": ("A",), "draws": (999,)},
    "sign_test": {"sides": SIDES, "arm": ("A",)},
    "signed_rank": {"zeros": ("wilcoxon", "pratt"), "transform": TRANSFORMS, "sides": SIDES, "arm": ("A",)},
    "tipping_point": {"imputations": (5,), "burn_in": (5,), "delta_arms": ("other", "reference", "both")},
    "tobit": {"transform": TRANSFORMS},
    "win_ratio": {"measure": ("win_ratio", "win_odds", "net_benefit"), "better": ("higher", "lower")},
    "worst_rank": {"of": ("outcome", "change"), "better": ("higher", "lower"), "draws": (999,)},
}  # fmt: skip
BY_NAME = {"multiple_imputation", "tipping_point"}
"""Methods that deal out what they draw in the order of the names."""
WITHOUT_LEVEL: set[str] = set()
MIRRORED = set(CHOICES) - {
    "clopper_pearson", "multiple_imputation", "sign_flip", "sign_test", "signed_rank", "tipping_point", "worst_rank",
}  # fmt: skip
"""Methods whose answer is one arm against the other, with no draw and no assumption that only one of them has."""
RATIOS = {"odds_ratio", "win_ratio", "win_odds"}
SEARCHED = {"trimmed_means", "yuen"}
"""Statistics whose limits are found by trying shifts on a grid: ties may make islands of which another is met first."""
LIMITED = {"far", "huge"}
"""Kinds of values of which sums in another order differ visibly."""

Value = Callable[[Random], float]
KINDS: dict[str, Value] = {
    "whole": lambda chance: chance.randint(0, 6),
    "tied": lambda chance: chance.choice([0.1, 0.2, 0.3, 0.1 + 0.2]),
    "smooth": lambda chance: round(chance.gauss(1, 1), 3),
    "events": lambda chance: chance.randint(0, 1),
    "alike": lambda _: 1,
    "below nought": lambda chance: -chance.random(),
    "mostly nought": lambda chance: chance.choice([0, 0, 0, 1]),
    "tiny": lambda chance: chance.random() * 1e-9,
    "far": lambda chance: 1e9 + chance.random(),
    "huge": lambda chance: chance.choice([1e12, -1e12, 1e15, 1e30]),
}


@dataclass(frozen=True)
class Table:
    """One table with its arms and the kind of its values; `asked` are settings and covariates for one method."""

    columns: Columns
    arms: tuple[str, ...]
    kind: str

    def asked(self, method: str, chance: Random) -> tuple[Settings, tuple[str, ...]]:
        chosen = {name: chance.choice(words) for name, words in CHOICES[method].items()}
        if method not in WITHOUT_LEVEL:
            chosen["level"] = str(chance.choice(LEVELS))
        if len(self.arms) == 3 and method in {"ancova", "mmrm", "rerandomisation"}:
            chosen["arm"] = "A"
        if chosen.get("history"):
            chosen["tau_scale"] = "0.5"
        names = chance.choice([(), ("number",), ("number", "word")]) if method in {"ancova", "mmrm"} else ()
        return chosen, names

    def plan(self, method: str, settings: Settings, names: tuple[str, ...], reference: str = "B") -> Settings:
        columns: Settings = {
            "participant": "person", "arm": "arm", "baseline": "before",
            "outcomes": {"first": "first", "later": "later"}, "exposure": {"first": "time", "later": "time"},
            "below_limit": {"later": "below"}, "failed": {"later": "failed"},
            "covariates": {"number": "number", "word": "word"},
        }  # fmt: skip
        analysis = {"label": method, "method": method, "settings": settings, "covariates": names, "visits": ["later"]}
        plan: Settings = {"title": "t", "unit": "nmol/L", "columns": columns, "arms": self.arms, "analyses": [analysis]}
        if len(self.arms) > 1:
            block = {"block": 2 * len(self.arms)}
            ratio = dict.fromkeys(self.arms, 1)
            plan["allocation"] = {"method": "permuted_blocks", "ratio": ratio, "settings": block}
            plan["reference"], columns["slot"] = reference, "slot"
        return plan


def drawn(seed: int) -> tuple[Table, Random]:
    """Up to twelve people of one, two or three arms, in blocks of twice the arms, with gaps wherever there may be some."""
    chance = Random(seed)
    number = chance.randint(1, 12)
    arms = ("A", "B", "C")[: chance.choice([1, 2, 2, 2, 2, 3])]
    kind = chance.choice(list(KINDS))

    def some(value: Value, missing: float = 0.12) -> list[object]:
        return [None if chance.random() < missing else value(chance) for _ in range(number)]

    blocks = [chance.sample(arms * 2, 2 * len(arms)) for _ in range(number)]
    later = some(KINDS[kind])
    columns: Columns = {
        "person": [f"P{place:02d}" for place in range(number)],
        "slot": list(range(1, number + 1)),
        "arm": [arm for block in blocks for arm in block][:number],
        "before": some(KINDS[kind]),
        "first": some(KINDS[kind]),
        "later": later,
        "below": [0 if value is None else chance.choice([0, 0, 1]) for value in later],
        "failed": [chance.choice(["", "", "", "died"]) for _ in range(number)],
        "time": some(lambda chance: chance.choice([0.5, 1, 2, 1, 0.1, 0])),
        "number": some(lambda chance: chance.randint(0, 5), 0.05),
        "word": [chance.choice(["u", "v", "v", ""]) for _ in range(number)],
    }
    return Table(columns, arms, kind), chance


def run(columns: Columns, plan: Settings) -> Result:
    (only,) = analyse(columns, plan)
    return only.result


def numbers(result: Result) -> list[float]:
    if not isinstance(result, Estimate):
        return []
    ends = [result.interval.lower, result.interval.upper] if result.interval else []
    return [result.value, *ends, *([result.p.value] if result.p else [])]


def cases(method: str) -> Iterator[tuple[int, Table, Settings, tuple[str, ...]]]:
    for seed in range(1, TABLES + 1):
        table, chance = drawn(seed)
        yield seed, table, *table.asked(method, chance)


def test_every_method_is_asked_here() -> None:
    assert set(CHOICES) == set(method_names())


@pytest.mark.parametrize("method", sorted(CHOICES))
def test_an_answer_has_numbers_within_their_bounds_and_a_refusal_has_a_reason(method: str) -> None:
    """What is no finite number, p outside of 0 to 1, limits in the wrong order: making such a result is a fault itself."""
    for seed, table, settings, names in cases(method):
        result = run(table.columns, table.plan(method, settings, names))
        if not isinstance(result, Estimate):
            assert result.reason, seed
            continue
        if result.interval is not None:
            room = 1e-9 * max(abs(number) for number in numbers(result))
            assert result.interval.lower - room <= result.value <= result.interval.upper + room, seed
        if result.p is not None and result.p.smallest_reachable is not None:
            assert result.p.smallest_reachable <= result.p.value + 1e-12, seed
        assert sum(result.n_used.values()) <= len(table.columns["person"]), seed


@pytest.mark.parametrize("method", sorted(CHOICES))
def test_neither_the_order_of_the_rows_nor_the_names_of_the_people_move_an_answer(method: str) -> None:
    for seed, table, settings, names in cases(method):
        if table.kind in LIMITED:
            continue
        plan, columns = table.plan(method, settings, names), table.columns
        order = list(range(len(columns["person"])))
        Random(seed).shuffle(order)
        turned = {name: [values[place] for place in order] for name, values in columns.items()}
        people = [f"Ü {place:02d}" for place in (range(len(order)) if method in BY_NAME else order)]
        first = run(columns, plan)
        for other in (run(turned, plan), run({**columns, "person": people}, plan)):
            assert type(other) is type(first), seed
            assert numbers(other) == pytest.approx(numbers(first), rel=1e-6, abs=1e-9), seed
            assert other.n_used == first.n_used, seed


@pytest.mark.parametrize("method", sorted(MIRRORED))
def test_with_the_arms_exchanged_the_answer_is_the_mirror_image(method: str) -> None:
    """The difference has the other sign, or the ratio is one by it; p is the same, or that of the other side."""
    for seed, table, settings, names in cases(method):
        if len(table.arms) != 2 or table.kind in LIMITED or settings.get("history"):
            continue
        other = {"greater": "less", "less": "greater"}
        sides = {"sides": other.get(str(settings["sides"]), settings["sides"])} if "sides" in settings else {}
        first = run(table.columns, table.plan(method, settings, names))
        second = run(table.columns, table.plan(method, {**settings, **sides}, names, reference="A"))
        if not isinstance(first, Estimate) or not isinstance(second, Estimate):
            is_ratio = method == "exact_poisson" or settings.get("measure") in RATIOS
            assert is_ratio or type(first) is type(second), seed
            continue
        is_ratio = method == "exact_poisson" or settings.get("measure") in RATIOS
        found = [1 / number if is_ratio and number else -number for number in numbers(second)[:1]]
        assert first.value == pytest.approx(found[0], rel=1e-6, abs=1e-9), seed
        assert (first.p is None) == (second.p is None), seed
        if first.p is not None and second.p is not None:
            assert first.p.value == pytest.approx(second.p.value, rel=1e-6, abs=1e-9), seed
        by_search = settings.get("statistic") in SEARCHED
        if first.interval is not None and second.interval is not None and not is_ratio and not by_search:
            assert first.interval.lower == pytest.approx(-second.interval.upper, rel=1e-6, abs=1e-9), seed
            assert first.interval.upper == pytest.approx(-second.interval.lower, rel=1e-6, abs=1e-9), seed
