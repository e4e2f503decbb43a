"""What may be done when a product fails: after allocation, by the protocol's policy; or given all the same, if allowed.

Whatever happens, the allocation stays as it was drawn and what was received is another fact than what was assigned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from armlet.issues import Issue, error
from armlet.product.release import Release
from armlet.protocol.model import Product
from armlet.studytime import as_utc

Step = Literal["collect again", "stored lot", "follow without a dose"]


def next_step(product: Product, collections: int, tried: Sequence[Step], *, lot_in_store: bool) -> Step | Issue:
    """What the protocol says to do next; an issue where it says nothing, or nothing is left to do.

    `collections` counts those done, the first included; `tried` are the steps already taken for this participant.
    """
    policy = product.failure
    if policy is None:
        message = f'the protocol does not say what to do when "{product.label}" fails after allocation.'
        return error("product/failure-unspecified", product.id, message, "Ask the sponsor; write it into `failure`.")
    for step in policy.then:
        if step == "collect again" and (policy.collections is None or collections >= policy.collections):
            continue
        if step == "stored lot" and (not lot_in_store or step in tried):
            continue
        return step
    message = f'nothing that the protocol names is left to do for "{product.label}".'
    return error("product/failure-exhausted", product.id, message, "Ask the sponsor. The participant is followed up.")


@dataclass(frozen=True, slots=True)
class Paper:
    """One document of the way of a lot that failed: which it is, who signed it, when."""

    kind: str
    by: str
    at: datetime


def check_out_of_specification(
    product: Product, release: Release, papers: Sequence[Paper], manufacturers: frozenset[str]
) -> tuple[Issue, ...]:
    """Why a lot that failed may not be given; nothing where the protocol allows it and every paper is there in order.

    The failure of a test that is `final` (whose cells these are) is never waived. Whoever made the lot may sign its risk
    evaluation, the first paper, and none of the others. Raises ValueError for a time without a zone.
    """
    if release.verdict != "fail":
        message = f"the lot did not fail: its verdict is {release.verdict}."
        return (error("product/not-out-of-specification", product.id, message, "Release it in the usual way."),)
    rule = product.out_of_specification
    if rule is None:
        message = "the protocol does not allow a lot out of specification to be given."
        return (error("product/out-of-specification", product.id, message, "Do not give it."),)
    final = [test.label for test in product.release if test.final and release.tests.get(test.id) == "fail"]
    found = [error("product/final", product.id, f"{label} failed; this is never waived.", "Stop.") for label in final]
    return (*found, *_papers(rule.needs, papers, manufacturers))


def _papers(needs: Sequence[str], papers: Sequence[Paper], manufacturers: frozenset[str]) -> list[Issue]:
    found, last = [], None
    for place, kind in enumerate(needs):
        words = kind.replace("_", " ")
        paper = next((one for one in papers if one.kind == kind), None)
        if paper is None:
            found.append(error("product/paper-missing", kind, f"there is no {words}.", "Get it first."))
            continue
        at = as_utc(paper.at)
        if last is not None and at < last:
            message = f"the {words} is of {at.isoformat()}, before the paper that it rests on ({last.isoformat()})."
            found.append(error("product/paper-order", kind, message, "Repeat it, in the order of the protocol."))
        if place and paper.by in manufacturers:
            message = f"the {words} is signed by somebody who made the lot."
            found.append(error("product/paper-by-maker", kind, message, "Somebody else must sign it."))
        last = at if last is None else max(last, at)
    return found
