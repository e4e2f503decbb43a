"""A product that fails: the steps of the protocol in their order, and the narrow way of a lot out of specification."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from armlet.issues import Issue
from armlet.product.failure import Paper, Step, check_out_of_specification, next_step
from armlet.product.release import Release, assess_by_specification
from armlet.protocol.load import read_protocol
from armlet.protocol.model import Product
from armlet.protocol.product import OutOfSpecification, ProductFailure
from armlet.protocol.source import Assumed, Source

BASE = Path(__file__).parents[2] / "spec/checks/base.yaml"
PRODUCT = read_protocol(BASE.read_text("utf-8"), "base.yaml")[0].products[0]
ASSUMED = Source(assumed=Assumed(because="a test", confirm="nobody"))
ALL_STEPS: tuple[Step, ...] = ("collect again", "stored lot", "follow without a dose")


def with_policy(*then: Step, collections: int | None = 2) -> Product:
    policy = ProductFailure(source=ASSUMED, then=then, collections=collections)
    return PRODUCT.model_copy(update={"failure": policy})


@pytest.mark.parametrize(
    ("collections", "tried", "lot_in_store", "step"),
    [
        (1, (), True, "collect again"),
        (2, ("collect again",), True, "stored lot"),
        (2, ("collect again",), False, "follow without a dose"),
        (2, ("collect again", "stored lot"), True, "follow without a dose"),
    ],
)
def test_the_steps_are_tried_in_the_order_of_the_protocol(
    collections: int, tried: tuple[Step, ...], lot_in_store: bool, step: str
) -> None:
    assert next_step(with_policy(*ALL_STEPS), collections, tried, lot_in_store=lot_in_store) == step


def test_without_a_policy_nothing_is_done_by_itself() -> None:
    found = next_step(PRODUCT, 1, (), lot_in_store=True)
    assert isinstance(found, Issue)
    assert found.rule == "product/failure-unspecified"


def test_a_policy_that_ends_without_an_answer_says_so() -> None:
    found = next_step(with_policy("collect again"), 2, ("collect again",), lot_in_store=True)
    assert isinstance(found, Issue)
    assert found.rule == "product/failure-exhausted"
    unbounded = next_step(with_policy("collect again", collections=None), 1, (), lot_in_store=True)
    assert isinstance(unbounded, Issue)


NEEDS = ("risk_evaluation", "physician_request", "participant_informed")
NOON = datetime(2021, 5, 1, 12, tzinfo=UTC)
SIGNERS = ("maker", "physician", "physician")
PAPERS = [
    Paper(kind, by, NOON + timedelta(hours=hour))
    for hour, (kind, by) in enumerate(zip(NEEDS, SIGNERS, strict=True))
]  # fmt: skip
ALLOWED = PRODUCT.model_copy(update={"out_of_specification": OutOfSpecification(source=ASSUMED, needs=NEEDS)})
FAILED = assess_by_specification(PRODUCT, {"viability": "74 %", "sterility": "no growth", "strength": "8 10*6/mL"})


def rules(product: Product, release: Release = FAILED, papers: list[Paper] | None = None) -> list[str]:
    given = PAPERS if papers is None else papers
    found = check_out_of_specification(product, release, given, frozenset({"maker"}))
    return [f"{issue.rule} {issue.where}" for issue in found]


def test_the_way_out_of_specification_is_closed_unless_the_protocol_opens_it() -> None:
    assert FAILED.verdict == "fail"
    assert rules(PRODUCT) == ["product/out-of-specification airway_cells"]
    assert rules(ALLOWED) == []


def test_a_lot_that_did_not_fail_does_not_take_this_way() -> None:
    passed = assess_by_specification(PRODUCT, {"viability": "75 %", "sterility": "no growth", "strength": "8 10*6/mL"})
    assert rules(ALLOWED, passed) == ["product/not-out-of-specification airway_cells"]


def test_a_final_failure_is_never_waived() -> None:
    tests = tuple(test.model_copy(update={"final": test.id == "viability" or None}) for test in PRODUCT.release)
    assert rules(ALLOWED.model_copy(update={"release": tests})) == ["product/final airway_cells"]


def test_every_paper_is_there_and_in_order() -> None:
    assert rules(ALLOWED, papers=PAPERS[:2]) == ["product/paper-missing participant_informed"]
    early = [PAPERS[0], Paper("physician_request", "physician", NOON - timedelta(seconds=1)), PAPERS[2]]
    assert rules(ALLOWED, papers=early) == ["product/paper-order physician_request"]
    same_moment = [Paper(kind, by, NOON) for kind, by in zip(NEEDS, SIGNERS, strict=True)]
    assert rules(ALLOWED, papers=same_moment) == []


def test_who_made_the_lot_asks_for_nothing_but_evaluates_it() -> None:
    own = [PAPERS[0], Paper("physician_request", "maker", NOON + timedelta(hours=1)), PAPERS[2]]
    assert rules(ALLOWED, papers=own) == ["product/paper-by-maker physician_request"]
