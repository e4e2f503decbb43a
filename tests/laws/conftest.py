"""Trials nobody thought of: a Hypothesis strategy of valid protocols, for every law that must hold for any small trial.

Criteria can always be met by somebody (each speaks of measures of its own, with limits inside what is plausible), and
windows never overlap; everything else is drawn. Words that belong to one arm alone hold `TELLTALE`, so that a leak of
them can be searched for in any text.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import strategies as st

from armlet.protocol.model import Protocol, Role
from tests.laws.invented_plans import (
    AWKWARD,
    EVENTS,
    MEASURED,
    SETS,
    SOURCE,
    Plain,
    Schedule,
    analyses,
    endpoints,
    every_analysis,
    words,
)

TELLTALE: Final = "zqx"
"""Stands in every id and label that belongs to one arm alone, and nowhere else."""

LONG: Final = os.environ.get("ARMLET_LONG") == "1"
"""Whether many more and larger trials are drawn."""

PEOPLE: Final = st.sampled_from([1, 2, 6, 8, 30] if LONG else [1, 3, 6, 8])
# --- Measures and criteria ------------------------------------------------------------------------------------------

# unit, other units, molar mass, lowest and highest of the plausible range (None: no range is given), limits to compare
QUANTITIES: Final = (
    ("a", ("mo",), None, ("0 a", "120 a"), ("18 a", "30 a", "65 a")),
    ("nmol/L", ("ng/mL",), "176.22 g/mol", ("0 ng/mL", "900 ng/mL"), ("0.02 nmol/L", "12 ng/mL", "85 nmol/L")),
    ("mmol/mol", (), None, ("10 mmol/mol", "200 mmol/mol"), ("48 mmol/mol", "97.5 mmol/mol")),
    ("10*9/L", (), None, None, ("0.5 10*9/L", "4 10*9/L")),
    ("kg/m2", (), None, ("10 kg/m2", "80 kg/m2"), ("18.5 kg/m2", "30 kg/m2")),
    ("1", (), None, ("0 1", "27 1"), ("5 1", "9 1")),
    ("Cel", (), None, ("34 Cel", "42 Cel"), ("37.8 Cel",)),
)  # fmt: skip


@st.composite
def quantity_measures(draw: st.DrawFn, name: str) -> tuple[Plain, tuple[str, ...]]:
    """A measured quantity, and limits that it may be compared with."""
    unit, also_in, molar_mass, span, limits = draw(st.sampled_from(QUANTITIES))
    measure: Plain = {"id": name, "label": draw(words(f"amount {name}")), "kind": "quantity", "unit": unit}
    measure |= {"also_in": list(also_in)}
    if molar_mass is not None:
        measure["molar_mass"] = molar_mass
    if span is not None and draw(st.booleans()):
        measure["plausible"] = {"lowest": span[0], "highest": span[1], "because": "invented"}
    if unit == "a" and draw(st.booleans()):
        measure["whole"] = "down"
    return measure, limits


class Criteria:
    """Criteria of every node, each leaf with a measure of its own, so that no two can contradict each other."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self.measures: list[Plain] = []
        self.criteria: list[Plain] = []
        self._judgements = 0

    def add(self) -> None:
        number = len(self.criteria) + 1
        kind = self._draw(st.sampled_from(["inclusion", "exclusion"]))
        rule = self._rule(self._draw(st.integers(0, 2)))
        says = self._draw(words(f"criterion {number}"))
        self.criteria.append({"id": f"c{number}", "kind": kind, "source": SOURCE, "says": says, "rule": rule})

    def _rule(self, depth: int) -> Plain:
        if depth == 0:
            return self._leaf()
        node = self._draw(st.sampled_from(["leaf", "all", "any", "not", "unless"]))
        if node in {"all", "any"}:
            return {node: [self._rule(depth - 1) for _ in range(self._draw(st.integers(1, 3)))]}
        if node == "not":
            return {"not": self._rule(depth - 1)}
        if node == "unless":
            return {"unless": {"when": self._rule(depth - 1), "except": self._rule(depth - 1)}}
        return self._leaf()

    def _leaf(self) -> Plain:
        name = f"m{len(self.measures) + 1}"
        kind = self._draw(st.sampled_from(["yes_no", "code", "date", "quantity", "judgement"]))
        match kind:
            case "yes_no":
                self.measures.append({"id": name, "label": self._draw(words(f"whether {name}")), "kind": "yes_no"})
                return {"measure": name}
            case "code":
                return self._coded(name)
            case "date":
                self.measures.append({"id": name, "label": self._draw(words(f"day of {name}")), "kind": "date"})
                span = self._draw(st.sampled_from(["P0D", "P21D", "P6W", "P3M", "P5Y"]))
                return {"within": {"measure": name, "at_most": span}}
            case "quantity":
                measure, limits = self._draw(quantity_measures(name))
                self.measures.append(measure)
                comparison = self._draw(st.sampled_from(["<", "<=", "=", ">=", ">"]))
                return {"compare": {"measure": name, "is": comparison, "value": self._draw(st.sampled_from(limits))}}
            case _:
                return self._judgement()

    def _coded(self, name: str) -> Plain:
        codes = [f"{name} code {letter}" for letter in "abcd"[: self._draw(st.integers(2, 4))]]
        unclear = ["indeterminate"] if self._draw(st.booleans()) else []
        label = self._draw(words(f"kind of {name}"))
        self.measures.append({"id": name, "label": label, "kind": "code", "codes": codes, "unclear": unclear})
        if self._draw(st.booleans()):
            return {"compare": {"measure": name, "is": "in", "codes": codes[:-1]}}
        return {"compare": {"measure": name, "is": "=", "code": codes[0]}}

    def _judgement(self) -> Plain:
        self._judgements += 1
        return {
            "judgement": {
                "id": f"judged_{self._judgements}",
                "question": self._draw(words("is it so")),
                "by": "investigator",
            }
        }


# --- Arms, interventions, product -----------------------------------------------------------------------------------

NO_BLINDING: Final = {"unblinded": [role.value for role in Role]}
PRODUCT_STAFF: Final = {
    "blinded": ["participant", "outcome_assessor"],
    "unblinded": ["cell_laboratory", "unblinded_pharmacist", "randomisation_statistician", "code_break_holder"],
}
METHODS: Final = {1: ["single_arm"], 2: ["permuted_blocks", "big_stick", "complete"]}


@st.composite
def treatments(draw: st.DrawFn, counts: tuple[int, ...] = (2, 1, 2, 3, 4)) -> Plain:
    """The design, arms, interventions, blinding, allocation and products that belong together."""
    count = draw(st.sampled_from(counts))
    content = draw(
        st.sampled_from(["product and sham", "product", "no product"] if count > 1 else ["product", "no product"])
    )
    kinds = [_kind_of_arm(draw, content, number) for number in range(count)]
    interventions = [_intervention(kind, number) for number, kind in enumerate(kinds) if kind != "nothing"]
    reference = draw(st.integers(0, count - 1))
    arms = [_arm(kind, number, number == reference and count > 1) for number, kind in enumerate(kinds)]
    method = draw(st.sampled_from(METHODS.get(count, ["permuted_blocks", "complete"])))
    share = st.just(1) if method == "big_stick" else st.integers(1, 3)
    is_blinded = content == "product and sham" or (content == "no product" and draw(st.booleans()))
    return {
        "design": {
            "source": SOURCE,
            "phase": "PHASE1",
            "allocation": "single arm" if count == 1 else draw(st.sampled_from(["randomised", "not randomised"])),
            "model": "single group" if count == 1 else "parallel",
            "purpose": "treatment",
            "participants": draw(PEOPLE),
        },
        "arms": arms,
        "interventions": interventions,
        "blinding": {"source": SOURCE, **(PRODUCT_STAFF if is_blinded else NO_BLINDING)},
        "allocation": {"source": SOURCE, "method": method, "ratio": {arm["id"]: draw(share) for arm in arms}},
        "products": [] if content == "no product" else [draw(products(with_sham=content == "product and sham"))],
    }


def _kind_of_arm(draw: st.DrawFn, content: str, number: int) -> str:
    if content == "no product":
        return draw(st.sampled_from(["behaviour", "nothing"] if number else ["behaviour"]))
    if number == 0:
        return "product"
    return draw(st.sampled_from(["sham", "product"] if content == "product and sham" else ["behaviour", "nothing"]))


def _intervention(kind: str, number: int) -> Plain:
    plain: Plain = {"id": f"done_{TELLTALE}_{number}", "source": SOURCE, "label": f"what {TELLTALE} does {number}"}
    types = {"product": "BIOLOGICAL", "sham": "PROCEDURE", "behaviour": "BEHAVIORAL"}
    extras: dict[str, Plain] = {"product": {"product": "cells"}, "sham": {"sham": True}}
    extra = extras.get(kind, {})
    return {**plain, "type": types[kind], **extra}


def _arm(kind: str, number: int, is_reference: bool) -> Plain:
    types = {"product": "EXPERIMENTAL", "sham": "SHAM_COMPARATOR", "behaviour": "OTHER", "nothing": "NO_INTERVENTION"}
    return {
        "id": f"arm_{TELLTALE}_{number}",
        "source": SOURCE,
        "label": f"{AWKWARD[number + 1]} {TELLTALE} {number}",
        "type": types[kind],
        "description": f"How {TELLTALE} number {number} is lived.",
        "interventions": [] if kind == "nothing" else [f"done_{TELLTALE}_{number}"],
        "reference": is_reference,
    }


@st.composite
def products(draw: st.DrawFn, with_sham: bool) -> Plain:
    """A product by weight, from a few cells to many, with release tests of every comparison."""
    lowest = draw(st.sampled_from(["0.05", "1", "2.5", "40"]))
    top = {"0.05": ("0.07", "0.06"), "1": ("2", "1.5"), "2.5": ("5", "4"), "40": ("60", "40")}[lowest]
    plain: Plain = {
        "id": "cells",
        "source": SOURCE,
        "label": draw(words("cells")),
        "donor": draw(st.sampled_from(["participant", "another person"])),
        "origin": "somewhere",
        "manipulation": "little",
        "route": "intravenous",
        "vehicle": "saline",
        "preparation_takes": draw(st.sampled_from(["P0D", "P1D", "P4W", "P2M"])),
        "shelf_life": draw(st.sampled_from(["45 min", "4 h", "2 d"])),
        "dose": {
            "source": SOURCE,
            "basis": draw(st.sampled_from(["viable", "total"])),
            "lowest": f"{lowest} 10*6/kg",
            "highest": f"{top[0]} 10*6/kg",
            "target": f"{top[1]} 10*6/kg",
            "volume_step": draw(st.sampled_from(["0.1 mL", "1 mL"])),
            "dead_volume": "0 mL",
            "weight_valid_for": draw(st.sampled_from(["P0D", "P3D"])),
            "weight_change_limit": draw(st.sampled_from(["5 %", "10 %"])),
        },
        "release": [draw(release_tests(number)) for number in range(draw(st.integers(0, 4)))],
    }
    if with_sham:
        plain["sham"] = {"source": SOURCE, "content": "the fluid alone", "volume": "the same"}
    return plain


@st.composite
def release_tests(draw: st.DrawFn, number: int) -> Plain:
    plain: Plain = {"id": f"t{number}", "source": SOURCE, "label": draw(words(f"test {number}"))}
    plain |= {"releasing": draw(st.booleans()), "after_release": draw(st.booleans())}
    if draw(st.booleans()):
        return {**plain, "is": "in", "codes": draw(st.sampled_from([["no growth"], ["negative", "positive"]]))}
    comparison = draw(st.sampled_from(["<", "<=", "=", ">=", ">"]))
    limit, unit = draw(st.sampled_from([("75", "%"), ("0.04", "[EU]/mL"), ("0", "10*6/mL"), ("0.333", "1")]))
    if limit == "0" and comparison == "<":
        comparison = "<="
    return {**plain, "unit": unit, "is": comparison, "limit": f"{limit} {unit}"}


# --- The whole ------------------------------------------------------------------------------------------------------


def balance_over_sites(draw: st.DrawFn, allocation: Plain) -> None:
    """Lists for each site, or minimisation over the sites where two arms are as likely."""
    allocation["factors"] = [{"id": "site", "source": SOURCE, "label": draw(words("site")), "site": True}]
    shares = allocation["ratio"]
    assert isinstance(shares, dict)
    if set(shares.values()) == {1} and len(shares) == 2 and draw(st.booleans()):
        allocation["method"] = "minimisation"


def enlarge(treatment: Plain) -> None:
    """Ten people in blocks, one to one."""
    design, allocation = treatment["design"], treatment["allocation"]
    assert isinstance(design, dict)
    assert isinstance(allocation, dict)
    design["participants"] = 10
    allocation |= {"method": "permuted_blocks", "ratio": dict.fromkeys(allocation["ratio"], 1)}


@st.composite
def protocols(draw: st.DrawFn, *, whole: bool = False) -> Protocol:
    """A valid protocol of a small trial: any arms, product or none, criteria, schedule, endpoints and analyses.

    A `whole` one has two arms, enough people for every estimator, every kind of endpoint and every analysis.
    """
    treatment = draw(treatments((2,) if whole else (2, 1, 2, 3, 4)))
    if whole:
        enlarge(treatment)
    criteria = Criteria(draw)
    for _ in range(draw(st.integers(0, 5))):
        criteria.add()
    asked = [str(measure["id"]) for measure in criteria.measures]
    schedule = Schedule(draw, asked, is_dosed=bool(treatment["products"]), whole=whole)
    allocation = treatment["allocation"]
    assert isinstance(allocation, dict)
    if early := schedule.before_allocation():
        allocation["after"] = draw(st.lists(st.sampled_from(early), max_size=2, unique=True))
    drawn = draw(endpoints(schedule, whole=whole))
    sites, arms = draw(st.integers(1, 3)), list(allocation["ratio"])
    if len(arms) > 1 and draw(st.booleans()):
        balance_over_sites(draw, allocation)
    plain: Plain = {
        "armlet": 1,
        "id": "anything",
        "version": draw(st.sampled_from(["1", "2.0", "draft 3"])),
        "title": draw(words("A trial")),
        "official_title": draw(words("An official trial")),
        "aim": draw(words("To learn something")),
        "identifiers": [{"id": "X-1", "given_by": "nobody"}],
        "registry": {"source": SOURCE, "status": "RECRUITING", "as_of": draw(st.sampled_from(["2020", "2020-02"]))},
        "organisation": {
            "source": SOURCE,
            "sponsor": draw(words("Institute")),
            "sites": [{"id": f"s{number}", "name": draw(words(f"Hospital {number}"))} for number in range(sites)],
        },
        **treatment,
        "population": {"source": SOURCE, "condition": "something", "sex": "all"},
        "consents": draw(consents(criteria.measures)),
        "measures": [*criteria.measures, *MEASURED, *drawn.measures.values()],
        "criteria": criteria.criteria,
        "activities": schedule.activities,
        "visits": schedule.visits,
        "endpoints": drawn.found,
        "sets": [
            *({"id": name, "source": SOURCE, "label": f"everybody {name}", "of": name} for name in SETS),
            {"id": "kept", "source": SOURCE, "label": "who kept to the protocol", "of": "per protocol"},
        ],
        "intercurrent_events": [
            {"id": name, "source": SOURCE, "label": f"event {name}", "when": when} for name, when in EVENTS
        ],
        "analyses": every_analysis(drawn, next(iter(allocation["ratio"])))
        if whole
        else draw(analyses(drawn, list(allocation["ratio"]))),
        "safety": {"source": SOURCE, "scale": "CTCAE 5.0", "related_to": ["procedure"], "follow_up": "P3M"},
        "questions": draw(questions()),
    }
    return Protocol.model_validate_json(json.dumps(plain))


@st.composite
def consents(draw: st.DrawFn, measures: list[Plain]) -> list[Plain]:
    asked = [str(measure["id"]) for measure in measures if measure["kind"] == "yes_no"] or ["none"]
    forms: list[Plain] = []
    for number in range(draw(st.integers(1, 3))):
        form: Plain = {"id": f"consent_{number}", "source": SOURCE, "label": draw(words("consent")), "version": "1.0"}
        form["by"] = draw(st.sampled_from(["participant", "treating_physician"]))
        if "none" not in asked and draw(st.booleans()):
            form["measure"] = draw(st.sampled_from(asked))
        forms.append(form)
    return forms


@st.composite
def questions(draw: st.DrawFn) -> list[Plain]:
    return [
        {"id": f"q{number}", "about": draw(words("Unsaid")), "why": "It matters.", "who": "the sponsor",
         "answer": "this", "because": "of that", "confirm": "the sponsor"}
        for number in range(draw(st.integers(0, 2)))
    ]  # fmt: skip


@pytest.fixture(scope="session")
def any_protocol() -> Callable[[], st.SearchStrategy[Protocol]]:
    """The strategy of valid protocols, for the laws that hold for any trial."""
    return protocols


@pytest.fixture(scope="session")
def whole_protocol() -> Callable[[], st.SearchStrategy[Protocol]]:
    """The strategy of valid protocols that hold everything at once."""
    return lambda: protocols(whole=True)
