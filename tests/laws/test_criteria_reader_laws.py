"""What holds of every criterion text, whatever stands in it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from armlet.eligibility import Person, Truth, evaluate_rule
from armlet.eligibility.person import Reading
from armlet.eligibility.text import ReadCriterion, read_criterion
from armlet.eligibility.text.split import read_criteria
from armlet.protocol import load_protocol
from armlet.protocol.criteria import CriterionKind, Judgement, walk
from armlet.units import Quantity

INFECTIONS: Final = {"hiv": "HIV", "hbv": "HBV"}
PROTOCOL: Final = load_protocol(Path(__file__).parents[1] / "spec" / "checks" / "base.yaml")
CASES: Final = [
    line.strip("| ").split(" | ")[0].strip().replace("\\n", "\n")
    for path in sorted((Path(__file__).parents[1] / "spec" / "criteria").glob("*.md"))
    for line in path.read_text("utf-8").splitlines()
    if line.startswith("| ") and " | " in line and not line.startswith("| prose")
]
kinds = st.sampled_from(CriterionKind)
pieces = st.sampled_from([
    "asthma", "gout", "and", "or", "no", "not", "without", ",", ";", "(", ")", "history of", "within", "the last",
    "6 months", "haemoglobin", "≥", "<", "9 g/dL", "x ULN", "ALT", "aged", "18", "years", "-", "unless", "except",
    "pregnant", "women", "HIV", "positive", "at screening", "patients with", "any of the following:", "\n- ", "\n  - ",
    "5.5 %", "10^9/L", "x 109/L", "²", "²³", "½", "١٢", "≥ 3", "informed consent", "1,000", "1.000", "/", "and/or",
])  # fmt: skip
loose = st.one_of(st.text(max_size=80), st.lists(pieces, max_size=14).map(" ".join))


def read(text: str, kind: CriterionKind) -> ReadCriterion:
    return read_criterion(text, kind, INFECTIONS)


@given(loose, kinds)
def test_any_text_is_read_or_left_to_a_person_with_a_reason(text: str, kind: CriterionKind) -> None:
    found = read(text, kind)
    assert found.text == " ".join(found.text.split())
    assert (found.rule is None) == (not found.spans)
    assert bool(found.why_judged) == (not found.is_computable)
    for span in found.spans:
        assert 0 <= span.start < span.end <= len(found.text)


@given(
    st.text(max_size=200)
    | st.lists(pieces | st.sampled_from(["\n", "Inclusion Criteria:", "* "]), max_size=30).map(" ".join)
)
def test_every_word_of_a_text_stands_in_a_criterion_or_among_the_unsorted(text: str) -> None:
    found = read_criteria(text)
    kept = " ".join([*found.unsorted, *(item.text for item in found.criteria)])
    letters = {word for word in text.replace("\\", " ").split() if word.isalpha() and len(word) > 3}
    headings = {"Inclusion", "Criteria"}
    assert {word for word in letters - headings if word not in kept} == set()


@given(st.sampled_from(CASES), kinds, st.integers(0, 400), st.sampled_from(["zorblax", "Zorblax", "zorblaxes"]))
@settings(max_examples=400)
def test_an_unknown_word_never_leaves_a_computed_rule_as_it_was(
    prose: str, kind: CriterionKind, place: int, word: str
) -> None:
    """It stops the reading, or it stands in the name of what is measured; it is never passed over."""
    before = read(prose, kind)
    assume(before.is_computable)
    gaps = [at for at, letter in enumerate(prose) if letter == " "] + [len(prose)]
    at = gaps[place % len(gaps)]
    after = read(f"{prose[:at]} {word}{prose[at:]}", kind)
    if after.is_computable:
        assert (after.rule, after.measures) != (before.rule, before.measures)
        assert any("zorblax" in measure.label.casefold() for measure in after.measures)


@given(st.sampled_from(CASES), kinds)
def test_the_words_at_the_top_of_a_rule_cover_all_but_empty_words(prose: str, kind: CriterionKind) -> None:
    """A computed rule without its words would be a rule from nowhere."""
    found = read(prose, kind)
    assume(found.rule is not None)
    paths = {span.path for span in found.spans}
    assert len(paths) == len(found.spans)
    leaves = [node for node in walk(found.rule) if not {"all", "any", "not_", "unless"} & set(type(node).model_fields)]
    assert len(paths) == len(leaves)


# --- A computed criterion says what its words say -----------------------------------------------------------------------

numbers = st.decimals(min_value="40", max_value="200", places=1)
Truly = Callable[[Decimal, Decimal, Decimal], bool]
FORMS: Final[list[tuple[str, Truly]]] = [
    ("weight ≥ {a} kg", lambda x, a, b: x >= a),
    ("weight of at least {a} kg", lambda x, a, b: x >= a),
    ("weight {a} kg or more", lambda x, a, b: x >= a),
    ("body weight > {a} kg", lambda x, a, b: x > a),
    ("weight above {a} kg", lambda x, a, b: x > a),
    ("weight =< {a} kg", lambda x, a, b: x <= a),
    ("weight not exceeding {a} kg", lambda x, a, b: x <= a),
    ("weight no more than {a} kg", lambda x, a, b: x <= a),
    ("weight less than {a} kg", lambda x, a, b: x < a),
    ("weight not less than {a} kg", lambda x, a, b: x >= a),
    ("weight {a} to {b} kg", lambda x, a, b: a <= x <= b),
    ("weight between {a} and {b} kg, inclusive", lambda x, a, b: a <= x <= b),
    ("weight ≥ {a} and < {b} kg", lambda x, a, b: a <= x < b),
    ("weight > {a} kg and ≤ {b} kg", lambda x, a, b: a < x <= b),
    ("weight < {a} or > {b} kg", lambda x, a, b: x < a or x > b),
]


@given(st.sampled_from(FORMS), kinds, numbers, numbers, numbers)
@settings(suppress_health_check=[HealthCheck.filter_too_much])
def test_a_limit_decides_as_its_words_do(
    form: tuple[str, Truly], kind: CriterionKind, first: Decimal, second: Decimal, value: Decimal
) -> None:
    low, high = sorted((first, second))
    assume(low < high)
    words, truly = form
    found = read(words.format(a=low, b=high), kind)
    assert found.rule is not None, words
    protocol = PROTOCOL.model_copy(update={"measures": found.measures})
    for asked in (value, low, high):
        amount = Quantity(asked, "kg")
        person = Person("somebody", {found.measures[0].id: Reading(amount, amount)})
        assert evaluate_rule(found.rule, person, protocol).truth is Truth.of(truly(asked, low, high))


def test_a_judgement_on_a_part_keeps_the_words_of_the_part() -> None:
    found = read("any of the following:\n- asthma\n- a grumpy mood", CriterionKind.EXCLUSION)
    (judged,) = [node for node in walk(found.rule) if isinstance(node, Judgement)] if found.rule else []
    assert judged.judgement.question == "Does this hold: a grumpy mood?"
