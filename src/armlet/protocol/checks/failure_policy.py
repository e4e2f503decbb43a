"""A policy for failed products that leaves somebody without an answer, tells the arm, or can never be used."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.document import Lines
from armlet.issues import Issue, error, warning
from armlet.protocol.checks import Check
from armlet.protocol.model import Protocol, Role
from armlet.protocol.product import ProductFailure

RULE = "product/failure-policy"


def _problems(policy: ProductFailure, protocol: Protocol) -> Iterator[tuple[str, str]]:
    if policy.then[-1] != "follow without a dose":
        message = f"the last resort is {policy.then[-1]!r}, and when that fails nothing is said."
        yield message, "End with `follow without a dose`."
    elif "follow without a dose" in policy.then[:-1]:
        yield "`follow without a dose` stands before other steps, which are never taken.", "Put it last."
    if "collect again" in policy.then and policy.collections is None:
        yield "cells may be collected again, and nothing says how often.", "Add `collections`, the first included."
    if "collect again" in policy.then and policy.collections == 1:
        yield "cells may be collected again, and one collection is allowed in all.", "Allow more, or take it out."
    is_blinded = Role.PARTICIPANT not in protocol.blinding.unblinded and len(protocol.arms) > 1
    if is_blinded and "collect again" in policy.then and not policy.imitated:
        yield "who is collected from again knows the arm.", "Say `imitated: true`, and imitate it, or take it out."


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    for index, product in enumerate(protocol.products):
        if product.failure is None:
            continue
        where = lines.where(("products", index, "failure"))
        for message, fix in _problems(product.failure, protocol):
            yield error(RULE, where, f'"{product.label}": {message}', fix)
        if protocol.allocation.after_release:
            message = f'"{product.label}": everybody is allocated after release, so no product fails after allocation.'
            yield warning(RULE, where, message, "Take `failure` out, or allocate earlier.")


METHOD = Check(
    rule=RULE,
    says="What is done when a product fails after allocation ends with an answer and does not tell the arm.",
    find=_find,
)
