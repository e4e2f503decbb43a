"""Invented schedules, endpoints of every method of derivation, and analyses by every estimator, for `protocols()`.

Each endpoint is one that people of a drawn schedule can be asked for: its activities stand together at two visits or more.
Measures that only one kind of endpoint needs join their activity when it is drawn, so that other trials cost no more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from hypothesis import strategies as st

from armlet.analysis.catalogue import load_method

Plain = dict[str, object]
SOURCE: Final[Plain] = {"assumed": {"because": "invented for a test", "confirm": "nobody"}}
AWKWARD: Final = ("plain", "a & b", "<b>bold</b>", '"quoted", with comma', "=1+1", "Ångström µ", "50 % of {x}", "l'eau")
"""Words that a page, a table or a template may trip over."""


def words(what: str) -> st.SearchStrategy[str]:
    return st.sampled_from([f"{what} {word}" for word in AWKWARD])


# --- Schedule -------------------------------------------------------------------------------------------------------

TIMES: Final = (
    ["-10 min", "0 min", "15 min", "30 min", "60 min", "90 min", "120 min"],
    ["0 min", "1 h", "2 h"],
    ["0 min", "2 min", "4 min", "6 min"],
)


class Schedule:
    """Activities of every kind, and visits counted from every anchor whose windows never meet.

    A `whole` one has a test of two hours and a few visits with every activity.
    """

    def __init__(self, draw: st.DrawFn, asked: list[str], *, is_dosed: bool, whole: bool = False) -> None:
        self._draw, self._is_dosed = draw, is_dosed
        self.times = draw(st.sampled_from(TIMES[:1] if whole else TIMES))
        self.days = draw(st.integers(1, 7))
        self.at_least = draw(st.integers(1, self.days))
        self.activities = self._activities(asked)
        self.visits: list[Plain] = []
        if whole:
            self._add_whole_visits()
            return
        for anchor in ("consent", "enrolment", "randomisation", "administration"):
            self._add_visits(anchor)

    def _add_whole_visits(self) -> None:
        for anchor, offset in (("enrolment", "P0D"), ("administration", "P0D"), ("administration", "P60D")):
            self._add_visit(anchor, offset, 0, 3, is_weighing=False)
            self.visits[-1]["activities"] = [str(activity["id"]) for activity in self.activities]

    def _activities(self, asked: list[str]) -> list[Plain]:
        curve: Plain = {"kind": "timed samples", "measures": ["level", "other_level"], "at": self.times}
        diary: Plain = {"kind": "daily", "measures": ["taken"], "days": self.days, "at_least": self.at_least}
        made: dict[str, Plain] = {
            "questions": {"kind": "single", "measures": asked},
            "scales": {"kind": "single", "measures": ["weight"]},
            "blood": {"kind": "single", "measures": ["level", "event", "mark"]},
            "curve": curve,
            "diary": diary,
            "procedure": {"kind": "procedure"},
            "measured_procedure": {"kind": "procedure", "measures": ["event"]},
        }
        return [{"id": name, "source": SOURCE, "label": self._draw(words(name)), **made[name]} for name in made]

    def _add_visits(self, anchor: str) -> None:
        most = 3 if anchor == "administration" else 2
        fewest = 1 if anchor == "administration" and self._is_dosed else 0
        by_months = self._draw(st.booleans())
        closes = 0
        for number in range(self._draw(st.integers(fewest, most))):
            early = self._draw(st.integers(0, 5)) if number else 0
            late = self._draw(st.integers(0, 5)) if number else 0
            opens = closes + self._draw(st.integers(1, 40)) if number else 0
            target = opens + early
            closes = target + late
            offset = f"P{number * 2}M" if by_months and number else f"P{target}D"
            is_weighing = self._is_dosed and anchor == "administration" and not number
            self._add_visit(anchor, offset, early, late, is_weighing=is_weighing)

    def _add_visit(self, anchor: str, offset: str, early: int, late: int, *, is_weighing: bool) -> None:
        name = f"v{len(self.visits) + 1}"
        chosen = self._draw(
            st.lists(st.sampled_from([str(a["id"]) for a in self.activities]), min_size=1, max_size=6, unique=True)
        )
        if is_weighing and "scales" not in chosen:
            chosen.insert(0, "scales")
        self.visits.append(
            {
                "id": name,
                "source": SOURCE,
                "label": self._draw(words(f"visit {name}")),
                "epoch": "treatment",
                "anchor": anchor,
                "offset": offset,
                "early": f"P{early}D",
                "late": f"P{late}D",
                "activities": chosen,
            }
        )

    def holding(self, *activities: str) -> list[str]:
        """The visits that have all of these activities."""
        return [str(visit["id"]) for visit in self.visits if set(activities) <= set(_list(visit["activities"]))]

    @property
    def lasts_two_hours(self) -> bool:
        """Whether the test's last sample is planned for 120 min, written so."""
        return self.times[-1] == "120 min"

    def join(self, activity: str, measure: str) -> None:
        """One more measure of the activity."""
        (found,) = (one for one in self.activities if one["id"] == activity)
        found["measures"] = [*_list(found["measures"]), measure]

    def before_allocation(self) -> list[str]:
        early = [visit for visit in self.visits if visit["anchor"] in {"consent", "enrolment"}]
        return sorted({name for visit in early for name in _list(visit["activities"])})


def _list(value: object) -> list[str]:
    assert isinstance(value, list)
    return [str(item) for item in value]


MEASURED: Final[list[Plain]] = [
    {"id": "weight", "label": "body weight", "kind": "quantity", "unit": "kg", "also_in": ["[lb_av]"],
     "plausible": {"lowest": "30 kg", "highest": "200 kg", "because": "invented"}},
    {"id": "level", "label": "level", "kind": "quantity", "unit": "nmol/L", "also_in": ["ng/mL"],
     "molar_mass": "176.22 g/mol", "plausible": {"lowest": "0 ng/mL", "highest": "2 ng/mL", "because": "invented"}},
    {"id": "other_level", "label": "other level", "kind": "quantity", "unit": "mg/dL", "tells_arm": True},
    {"id": "taken", "label": "what is taken daily", "kind": "quantity", "unit": "ug/d"},
    {"id": "event", "label": "events", "kind": "quantity", "unit": "1"},
    {"id": "mark", "label": "mark", "kind": "code", "codes": ["yes", "no"]},
]  # fmt: skip


MORE: Final[dict[str, Plain]] = {
    "glycated": {"kind": "quantity", "unit": "mmol/mol", "plausible": ("20 mmol/mol", "130 mmol/mol")},
    "episodes": {"kind": "quantity", "unit": "1", "plausible": ("0 1", "900 1")},
    "worn": {"kind": "quantity", "unit": "d", "plausible": ("0 d", "30 d")},
    "sugar": {"kind": "quantity", "unit": "mg/dL", "plausible": ("40 mg/dL", "600 mg/dL")},
    "acid": {"kind": "quantity", "unit": "1", "plausible": ("6.8 1", "7.6 1")},
    "buffer": {"kind": "quantity", "unit": "mmol/L", "plausible": ("5 mmol/L", "30 mmol/L")},
    "sticks": {"kind": "quantity", "unit": "1", "plausible": ("0 1", "4 1")},
    "units": {"kind": "quantity", "unit": "[IU]", "plausible": ("0 [IU]", "90 [IU]")},
    "years": {"kind": "quantity", "unit": "a", "plausible": ("8 a", "45 a")},
}
"""Measures that only some endpoints need."""


# --- Endpoints ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """A method, the activities that a visit must have, settings, units that fit, and measures that join the first activity.

    `answers`: the value is 1 or 0. `spans`: which of the settings `from`, `to` and `at` the test's times give.
    """

    method: str
    needs: tuple[str, ...]
    units: tuple[str, ...]
    settings: Plain = field(default_factory=dict)
    adds: tuple[str, ...] = ()
    answers: bool = False
    spans: tuple[str, ...] = ()


SPAN: Final = ("from", "to")
LEVEL: Final[Plain] = {"measure": "level"}
GLYCATED: Final[Plain] = {"measure": "glycated"}
KETOACIDOSIS: Final[Plain] = {"glucose": "sugar", "ketones_urine": "sticks", "ph": "acid", "bicarbonate": "buffer"}
ENDPOINTS: Final = (
    Kind("auc", ("curve",), ("nmol.min/L", "nmol.h/L", "ng.h/mL"), LEVEL, spans=SPAN),
    Kind("auc_mean", ("curve",), ("nmol/L", "ng/mL"), LEVEL, spans=SPAN),
    Kind("auc_mean", ("curve",), ("mg/dL",), {"measure": "other_level", "times": "nominal"}, spans=SPAN),
    Kind("auc_incremental", ("curve",), ("nmol.min/L",), LEVEL, spans=SPAN),
    Kind("auc_incremental_positive", ("curve",), ("nmol.min/L",), LEVEL, spans=SPAN),
    Kind("auc_ratio", ("curve",), ("nmol/mg",), LEVEL | {"over": "other_level"}, spans=SPAN),
    Kind("peak", ("curve",), ("nmol/L",), LEVEL | {"below_limit": "censored"}, spans=SPAN),
    Kind("time_to_peak", ("curve",), ("min", "h"), LEVEL, spans=SPAN),
    Kind("reaches", ("curve",), ("1",), LEVEL | {"threshold": "6.5 nmol/L"}, answers=True, spans=SPAN),
    Kind("stimulated", ("curve",), ("nmol/L",), LEVEL, spans=("at",)),
    Kind("stimulated_rise", ("curve",), ("nmol/L",), LEVEL, spans=("at",)),
    Kind("fasting", ("curve",), ("pmol/L",), LEVEL),
    Kind(
        "daily_dose_per_weight", ("diary", "scales"), ("ug/kg/d", "mg/kg/d"), {"measure": "taken", "weight": "weight"}
    ),
    Kind("daily_insulin", ("diary",), ("[IU]/d",), {"measures": ["units"]}, adds=("units",)),
    Kind("single_value", ("blood",), ("nmol/L",), LEVEL),
    Kind("single_value", ("blood",), ("1",), {"measure": "event"}),
    Kind("single_value", ("measured_procedure",), ("1",), {"measure": "event"}),
    Kind("event_rate", ("blood",), ("1/wk",), {"measure": "episodes", "time": "worn"}, adds=("episodes", "worn")),
    Kind("haemoglobin_a1c", ("blood",), ("%",), GLYCATED | {"scale": "ngsp"}, adds=("glycated",)),
    Kind("haemoglobin_a1c", ("blood",), ("mmol/mol",), GLYCATED | {"scale": "ifcc"}, adds=("glycated",)),
    Kind(
        "antibody_positive",
        ("blood",),
        ("1",),
        LEVEL | {"assay": "an assay", "positive_from": "5.5 nmol/L"},
        answers=True,
    ),
    Kind(
        "diabetic_ketoacidosis",
        ("blood",),
        ("1",),
        KETOACIDOSIS | {"criteria": "ada_2024", "known_diabetes": "yes"},
        adds=("sugar", "sticks", "acid", "buffer"),
        answers=True,
    ),
)

RULES: Final[tuple[Plain, ...]] = (
    {"rule": "no decrease"},
    {"rule": "loss below", "percent": "40"},
    {"rule": "gain of at least", "percent": "10"},
    {"rule": "within", "percent": "15"},
)
COMPOSED: Final[dict[str, tuple[str, ...]]] = {
    "responder": ("blood",),
    "combined": ("blood",),
    "time_in_state": ("blood",),
    "titre_change": ("blood",),
    "dose_per_weight": ("diary", "scales"),
    "idaa1c": ("diary", "scales", "blood"),
    "insulin_independence": ("diary", "blood"),
    "quantitative_response": ("curve", "blood"),
}
"""Methods that make an endpoint of others, which are drawn with it, and the activities that a visit must have for those."""

Made = tuple[Plain, str, str]
"""Settings, unit, and the sort of the values."""


class Endpoints:
    """The endpoints drawn so far, and the measures that join an activity because of them."""

    def __init__(self, draw: st.DrawFn, schedule: Schedule) -> None:
        self._draw, self._schedule = draw, schedule
        self.found: list[Plain] = []
        self.kinds: dict[str, str] = {}
        self.measures: dict[str, Plain] = {}

    def add(self) -> None:
        """One of the methods that read results, if a visit and a baseline have what it needs."""
        collected = [one for one in ENDPOINTS if len(self._schedule.holding(*one.needs)) > 1]
        if collected:
            kind = self._draw(st.sampled_from(collected))
            self._add_kind(kind, self._schedule.holding(*kind.needs))

    def add_every(self) -> None:
        """One of each kind, and one of each composed method, with its parts."""
        for kind in ENDPOINTS:
            self._add_kind(kind, self._schedule.holding(*kind.needs))
        for method in COMPOSED:
            self.compose(method)

    def add_composed(self) -> None:
        """One of the methods that are made from others, and those others, where the schedule can serve them."""
        fitting = [name for name in COMPOSED if len(self._schedule.holding(*COMPOSED[name])) > 1]
        if not self._schedule.lasts_two_hours:
            fitting = [name for name in fitting if name != "quantitative_response"]
        if not fitting:
            return
        self.compose(self._draw(st.sampled_from(fitting)))

    def compose(self, method: str) -> None:
        """An endpoint of this method, one of `COMPOSED`, and those that it is made from."""
        places = self._schedule.holding(*COMPOSED[method])
        settings, unit, sort = self._makers()[method](places)
        self._add(method, settings, unit, places, sort)

    def _add_kind(self, kind: Kind, places: list[str], extra: Plain | None = None) -> str:
        settings: Plain = {"activity": kind.needs[0], **kind.settings, **(extra or {})}
        ends = {"from": "0 min", "to": self._schedule.times[-1], "at": self._schedule.times[-1]}
        settings |= {name: ends[name] for name in kind.spans}
        if kind.method == "daily_insulin" and "at_least" not in settings:
            settings["at_least"] = self._schedule.at_least
        for name in kind.adds:
            self._join(kind.needs[0], name)
        sort = "answer" if kind.answers else "amount"
        return self._add(kind.method, settings, self._draw(st.sampled_from(kind.units)), places, sort)

    def _join(self, activity: str, measure: str) -> None:
        """The measure is asked for at the activity; once."""
        if measure in self.measures:
            return
        told = MORE[measure]
        lowest, highest = told["plausible"]
        span = {"lowest": lowest, "highest": highest, "because": "invented"}
        self.measures[measure] = {"id": measure, "label": measure, **told, "plausible": span}
        self._schedule.join(activity, measure)

    def _add(self, method: str, settings: Plain, unit: str, places: list[str], sort: str) -> str:
        name = f"e{len(self.found)}"
        self.kinds[name] = sort
        self.found.append(
            {
                "id": name,
                "source": SOURCE,
                "label": self._draw(words(f"endpoint {name[1:]}")),
                "level": self._draw(st.sampled_from(["primary", "secondary", "exploratory"])),
                "objective": "to learn something",
                "time_frame": "some time",
                "method": method,
                "settings": settings,
                "unit": unit,
                "visits": places[1:],
                "baseline": places[0],
                "tells_arm": self._draw(st.booleans()),
            }
        )
        return name

    def _part(self, method: str, places: list[str], extra: Plain | None = None, unit: str = "") -> str:
        """A part of a whole that is asked for at its visits: a new endpoint of the method, in this unit if one is named."""
        fitting = (one for one in ENDPOINTS if one.method == method and (not unit or unit in one.units))
        return self._add_kind(next(fitting), places, extra)

    def _answer(self, places: list[str]) -> str:
        return self._part("antibody_positive", places)

    def _makers(self) -> dict[str, Callable[[list[str]], Made]]:
        """What each of `COMPOSED` is made of."""
        return {
            "responder": self._responder,
            "combined": self._combined,
            "time_in_state": self._time_in_state,
            "titre_change": self._titre_change,
            "dose_per_weight": self._dose_per_weight,
            "idaa1c": self._idaa1c,
            "insulin_independence": self._insulin_independence,
            "quantitative_response": self._quantitative_response,
        }

    def _responder(self, places: list[str]) -> Made:
        return {"endpoint": self._part("single_value", places)} | self._draw(st.sampled_from(RULES)), "1", "answer"

    def _combined(self, places: list[str]) -> Made:
        parts = [self._answer(places), self._part("diabetic_ketoacidosis", places)]
        return {"endpoints": parts, "how": self._draw(st.sampled_from(["any", "all"]))}, "1", "answer"

    def _time_in_state(self, places: list[str]) -> Made:
        return {"endpoint": self._answer(places)}, "d", "amount"

    def _titre_change(self, places: list[str]) -> Made:
        assays = dict.fromkeys(places, "an assay")
        return {"endpoint": self._part("single_value", places), "assays": assays}, "1", "amount"

    def _dose_per_weight(self, places: list[str]) -> Made:
        dose = self._part("daily_insulin", places)
        weight = self._add_kind(Kind("single_value", ("scales",), ("kg",), {"measure": "weight"}), places)
        whose = self._draw(st.sampled_from(["visit", "baseline"]))
        return {"endpoint": dose, "weight": weight, "weight_of": whose}, "[IU]/kg/d", "amount"

    def _idaa1c(self, places: list[str]) -> Made:
        settings, unit, sort = self._dose_per_weight(places)
        dose = self._add("dose_per_weight", settings, unit, places, sort)
        return {"endpoint": self._part("haemoglobin_a1c", places, unit="%"), "dose": dose}, "%", "amount"

    def _insulin_independence(self, places: list[str]) -> Made:
        dose = self._part("daily_insulin", places, {"at_least": self._schedule.days})
        criteria = [self._answer(places)]
        return {"endpoint": dose, "days": self._schedule.days, "criteria": criteria}, "1", "answer"

    def _quantitative_response(self, places: list[str]) -> Made:
        level = Kind("auc_mean", ("curve",), ("nmol/L",), LEVEL | {"from": "0 min", "to": "120 min"})
        age = Kind("single_value", ("blood",), ("a",), {"measure": "years"}, adds=("years",))
        parts: Plain = {"endpoint": self._add_kind(level, places), "age": self._add_kind(age, places)}
        return parts | {"months": {visit: str(12 + place) for place, visit in enumerate(places)}}, "1", "amount"


@st.composite
def endpoints(draw: st.DrawFn, schedule: Schedule, *, whole: bool = False) -> Endpoints:
    """Up to four endpoints of any method, each with a baseline and visits where it is collected; one may be composed.

    A `whole` trial has one of each kind.
    """
    drawn = Endpoints(draw, schedule)
    if whole:
        drawn.add_every()
        return drawn
    for _ in range(draw(st.integers(0, 4))):
        drawn.add()
    if draw(st.integers(0, 3)) == 0:
        drawn.add_composed()
    return drawn


# --- Analyses -------------------------------------------------------------------------------------------------------

IMPUTED: Final[Plain] = {"imputations": 20, "burn_in": 5}
HISTORY: Final = [{"source": "invented", "mean": "0.3", "sd": "0.1", "n": 20}]
EVENTS_OF_HISTORY: Final = [{"source": "invented", "events": 3, "n": 20}]
ANALYSES: Final[tuple[tuple[str, tuple[Plain, ...]], ...]] = (
    ("ancova", ({}, {"transform": "ln(x+1)"}, {"transform": "sqrt"})),
    ("difference", ({}, {"of": "change", "spread": "welch"})),
    ("rank_sum", ({}, {"of": "change"})),
    ("rerandomisation", ({}, {"statistic": "change", "one_arm_empty": "condition"}, {"statistic": "ancova_t"})),
    ("sign_flip", ({}, {"of": "outcome"})),
    ("signed_rank", ({}, {"zeros": "pratt"})),
    ("clopper_pearson", ({}, {"sides": "upper"}, {"responder": {"at_least": "650.0"}})),
    ("worst_rank", ({}, {"of": "change", "better": "lower"})),
    ("mmrm", ({}, {"covariance": "compound symmetry"}, {"baseline": "constrained"})),
    ("multiple_imputation", (IMPUTED, IMPUTED | {"assumption": "jump to reference", "delta": "-0.1"})),
    ("tipping_point", (IMPUTED | {"steps": 1},)),
    ("tobit", ({}, {"limit": "0.25"})),
    ("fisher", ({}, {"measure": "odds_ratio"}, {"responder": {"at_least": "650.0"}})),
    ("exact_poisson", ({}, {"per": "week"})),
    ("sign_test", ({}, {"sides": "greater"})),
    ("bayes_normal", ({}, {"history": HISTORY, "tau_scale": "0.1", "reference_sd": "0.2"})),
    ("bayes_binomial", ({}, {"history": EVENTS_OF_HISTORY, "tau_scale": "0.5"})),
    ("win_ratio", ({}, {"measure": "net_benefit"})),
)
QUICK: Final[dict[str, Plain]] = {
    "rerandomisation": {"most_sequences": 20_000, "draws": 999},
    "worst_rank": {"most_sequences": 20_000, "draws": 999},
    "sign_flip": {"draws": 999},
}
OF_ONE_ARM: Final = {"sign_flip", "signed_rank", "clopper_pearson", "sign_test", "exact_poisson"}
OF_NAMED_ARM: Final = {"ancova", "mmrm", "rerandomisation"}
"""Those that compare two arms of more, one of which is named."""
OF_ANSWERS: Final = {"clopper_pearson", "fisher", "bayes_binomial", "sign_test", "exact_poisson"}
SETS: Final = ("enrolled", "randomised", "administered")
EVENTS: Final[tuple[tuple[str, list[object]], ...]] = (
    ("off", ["not given", "partly given"]),
    ("dead", ["died"]),
    ("harmed", [{"adverse_event": {"grade": 2}}]),
    ("left", [{"withdrew": ["visits", "samples"]}]),
    ("told", ["code broken", "randomised in error", "recorded"]),
)
STRATEGIES: Final = ("hypothetical", "composite", "while on treatment", "principal stratum", "treatment policy")


@st.composite
def treated(draw: st.DrawFn, unit: str, method: str) -> list[Plain]:
    """A strategy for some of the events, such as the method can carry out."""
    chosen: list[Plain] = []
    for event, _ in draw(st.lists(st.sampled_from(EVENTS), unique_by=lambda one: one[0], max_size=3)):
        strategy = draw(st.sampled_from(STRATEGIES[:-1] if event == "dead" else STRATEGIES))
        has_value = strategy == "composite" and (not load_method(method).ranks_failures or draw(st.booleans()))
        chosen.append({"event": event, "strategy": strategy} | ({"value": f"0 {unit}"} if has_value else {}))
    return chosen


def fitting_methods(sort: str, arms: int) -> list[tuple[str, tuple[Plain, ...]]]:
    """The estimators that such values and so many arms are for; others may answer that they cannot."""
    known = OF_ANSWERS if sort == "answer" else {name for name, _ in ANALYSES} - OF_ANSWERS | {"sign_test"}
    allowed = {1: OF_ONE_ARM, 2: known}.get(arms, OF_ONE_ARM | OF_NAMED_ARM) & known
    return [one for one in ANALYSES if one[0] in (allowed or OF_ONE_ARM)]


@st.composite
def analyses(draw: st.DrawFn, drawn: Endpoints, arms: list[str]) -> list[Plain]:
    """An analysis or two of each endpoint, by any method; some cannot be answered, which is a value as well."""
    planned: list[Plain] = []
    for endpoint in drawn.found:
        for _ in range(draw(st.integers(1, 2))):
            fitting = fitting_methods(drawn.kinds[str(endpoint["id"])], len(arms))
            method, choices = draw(st.sampled_from(fitting if draw(st.integers(0, 3)) else ANALYSES))
            chosen = dict(draw(st.sampled_from(choices)))
            if method in OF_ONE_ARM and len(arms) > 1 and draw(st.integers(0, 3)):
                chosen["arm"] = draw(st.sampled_from(arms))
            if method in OF_NAMED_ARM and len(arms) > 2 and draw(st.integers(0, 3)):
                chosen["arm"] = draw(st.sampled_from(arms))
            chosen |= QUICK.get(method, {})
            planned.append(
                {
                    "id": f"a{len(planned)}",
                    "source": SOURCE,
                    "label": draw(words(f"analysis {len(planned)}")),
                    "endpoint": endpoint["id"],
                    "role": draw(st.sampled_from(["primary", "supportive", "sensitivity"])),
                    "method": method,
                    "settings": chosen,
                    "set": draw(st.sampled_from((*SETS, "kept"))),
                    "visits": endpoint["visits"],
                    "intercurrent": draw(treated(str(endpoint["unit"]), method)),
                    **({"exposure": {"since": "enrolment", "unit": "wk"}} if method == "exact_poisson" else {}),
                }
            )
    return planned


def every_analysis(drawn: Endpoints, arm: str) -> list[Plain]:
    """Each estimator with each of its settings, for the first endpoint of its sort; this arm where it is of one arm."""
    planned: list[Plain] = []
    for method, choices in ANALYSES:
        for chosen in choices:
            is_answer = method in OF_ANSWERS - {"sign_test"} and "responder" not in chosen
            sort = "answer" if is_answer else "amount"
            endpoint = next(one for one in drawn.found if drawn.kinds[str(one["id"])] == sort)
            of_one = {"arm": arm} if method in OF_ONE_ARM else {}
            exposure = {"exposure": {"since": "enrolment", "unit": "wk"}} if method == "exact_poisson" else {}
            planned.append(
                {
                    "id": f"a{len(planned)}",
                    "source": SOURCE,
                    "label": f"analysis {len(planned)}",
                    "endpoint": endpoint["id"],
                    "role": "supportive",
                    "method": method,
                    "settings": chosen | QUICK.get(method, {}) | of_one,
                    "set": "enrolled",
                    "visits": endpoint["visits"],
                    **exposure,
                }
            )
    return planned
