"""What holds of every rule and every person."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from armlet.eligibility import Outcome, Person, Truth, evaluate_criteria, evaluate_rule, read_person
from armlet.eligibility.evaluate import compare_elapsed
from armlet.eligibility.person import Coded, Judged, Reading, Value
from armlet.eligibility.truth import all_of, any_of
from armlet.protocol import load_protocol
from armlet.protocol.criteria import (
    All,
    AnyOf,
    Compare,
    CompareTo,
    Comparison,
    Judgement,
    MeasureIs,
    Not,
    Question,
    Rule,
    Unless,
    WhenExcept,
    Within,
    WithinOf,
)
from armlet.studytime import Duration
from armlet.units import Quantity

BASE = Path(__file__).parents[1] / "spec" / "checks" / "base.yaml"
REFERENCE = date(2021, 6, 1)
PROTOCOL = load_protocol(BASE)


truths = st.sampled_from(Truth)
yes_no_ids = ("asthma", "pregnant", "contraception")
weights = st.integers(30, 220).map(lambda kilos: Quantity.parse(f"{kilos} kg"))
spans = st.sampled_from([Duration.parse(text) for text in ("P1D", "P3W", "P1M", "P11M", "P1Y", "P5Y")])
days = st.integers(0, 3000).map(lambda count: REFERENCE - timedelta(days=count))


def compared(how: Comparison, value: Quantity) -> Rule:
    return Compare(compare=CompareTo(measure="weight", is_=how, value=value))


def judged(name: str) -> Rule:
    return Judgement(judgement=Question(id=name, question="Is it steady?", by="investigator"))


quantity_comparisons = st.sampled_from([how for how in Comparison if how is not Comparison.IN])
atoms: st.SearchStrategy[Rule] = st.one_of(
    st.sampled_from(yes_no_ids).map(lambda name: MeasureIs(measure=name)),
    st.builds(compared, quantity_comparisons, weights),
    st.sampled_from(["negative", "positive", "indeterminate"]).map(
        lambda code: Compare(compare=CompareTo(measure="hiv", is_=Comparison.EQUAL, code=code))
    ),
    spans.map(lambda span: Within(within=WithinOf(measure="last_attack", at_most=span))),
    st.just(judged("asthma_is_steady")),
)


def joined(parts: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    several = st.lists(parts, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        several.map(lambda found: All(all=found)),
        several.map(lambda found: AnyOf(any=found)),
        parts.map(lambda part: Not(not_=part)),
        st.tuples(parts, parts).map(lambda pair: Unless(unless=WhenExcept(when=pair[0], except_=pair[1]))),
    )


rules: st.SearchStrategy[Rule] = st.recursive(atoms, joined, max_leaves=6)
complete: st.SearchStrategy[dict[str, Value]] = st.fixed_dictionaries(
    {
        **{name: st.booleans() for name in yes_no_ids},
        "weight": weights.map(lambda weight: Reading(weight, weight)),
        "hiv": st.sampled_from(["negative", "positive", "indeterminate"]).map(Coded),
        "last_attack": days,
        "asthma_is_steady": st.booleans().map(lambda answer: Judged(answer, "Dr A")),
    }
)


def truth_of(rule: Rule, values: dict[str, Value]) -> Truth:
    return evaluate_rule(rule, Person("p", values, REFERENCE), PROTOCOL).truth


@given(truths, truths, truths)
def test_kleenes_laws(one: Truth, two: Truth, three: Truth) -> None:
    assert ~~one is one
    assert (one & two) is (two & one)
    assert (one | two) is (two | one)
    assert ~(one & two) is (~one | ~two)
    assert ((one & two) & three) is (one & (two & three)) is all_of((one, two, three))
    assert ((one | two) | three) is (one | (two | three)) is any_of((one, two, three))
    assert (one & (two | three)) is ((one & two) | (one & three))
    assert (one & (one | two)) is one
    assert (one & Truth.FALSE) is Truth.FALSE
    assert (one | Truth.TRUE) is Truth.TRUE


@given(rules, complete, st.data())
def test_answering_more_never_overturns_what_is_known(
    rule: Rule, values: dict[str, Value], data: st.DataObject
) -> None:
    known = data.draw(st.sets(st.sampled_from(sorted(values))))
    before = truth_of(rule, {name: values[name] for name in known})
    assert before in {Truth.UNKNOWN, truth_of(rule, values)}


@given(rules, complete)
def test_of_a_rule_and_its_denial_at_most_one_holds(rule: Rule, values: dict[str, Value]) -> None:
    assert truth_of(Not(not_=rule), values) is ~truth_of(rule, values)


@given(rules, complete)
def test_every_finding_gives_a_reason_on_one_line(rule: Rule, values: dict[str, Value]) -> None:
    because = evaluate_rule(rule, Person("p", values, REFERENCE), PROTOCOL).because
    assert because
    assert "\n" not in because


@given(st.integers(30_000, 220_000), st.integers(30_000, 220_000), quantity_comparisons)
def test_the_unit_of_an_answer_and_of_a_limit_change_nothing(grams: int, limit: int, how: Comparison) -> None:
    kilos, limits = f"{grams / 1000:.3f} kg", (f"{limit / 1000:.3f} kg", f"{limit} g", f"{limit * 1000} mg")
    found = {
        evaluate_rule(compared(how, Quantity.parse(one)), read_person({"weight": typed}, PROTOCOL, "p"), PROTOCOL).truth
        for one in limits
        for typed in (kilos, f"{grams} g", f"{grams * 1000} mg")
    }
    expected = {"<": grams < limit, "<=": grams <= limit, "=": grams == limit, ">=": grams >= limit, ">": grams > limit}
    assert found == {Truth.of(expected[how.value])}


@given(spans, st.integers(0, 2500), st.integers(0, 5000))
def test_an_elapsed_time_never_contradicts_the_dates(span: Duration, ago: int, shift: int) -> None:
    reference = date(2010, 1, 1) + timedelta(days=shift)
    exact = Truth.of(reference - timedelta(days=ago) >= span.before(reference))
    assert compare_elapsed(Duration(days=ago), span, None) in {Truth.UNKNOWN, exact}
    assert compare_elapsed(Duration(days=ago), span, reference) is exact


@given(complete, st.data())
def test_what_is_unknown_never_makes_anybody_eligible(values: dict[str, Value], data: st.DataObject) -> None:
    known = data.draw(st.sets(st.sampled_from(sorted(values))))
    person = Person("p", {name: values[name] for name in known}, REFERENCE)
    assessment = evaluate_criteria(PROTOCOL, person)
    if any(item.verdict.value == "unknown" for item in assessment.criteria):
        assert assessment.verdict is not Outcome.ELIGIBLE
