"""A part of the product that a protocol began to lay down and left open: limits that are blank are not without limits.

A protocol that says nothing of culture, storage, administration and failure is a sketch, and is let pass. One that says
something of them says all of it, or why not: in `without`, with a reason and who must confirm it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, get_args

from armlet.document import Lines
from armlet.issues import Issue, warning
from armlet.protocol.checks import Check
from armlet.protocol.model import Product, Protocol
from armlet.protocol.product import Part

RULE = "product/unspecified"
_PARTS: Final[tuple[Part, ...]] = get_args(Part)


def _said(product: Product) -> set[str]:
    return {part for part in _PARTS if getattr(product, part) is not None}


def _open_fields(product: Product) -> Iterator[tuple[str, str]]:
    """Limits of the administration that are blank where others of it are given: the part and the field."""
    giving = product.administration
    if giving is None:
        return
    for name in ("fastest", "endotoxin_limit"):
        if getattr(giving, name) is None:
            yield "administration", name
    if giving.dmso_fraction is not None:
        for name in ("dmso_density", "dmso_limit"):
            if getattr(giving, name) is None:
                yield "administration", name


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    for index, product in enumerate(protocol.products):
        said, without = _said(product), {one.part for one in product.without or ()}
        where = lines.where(("products", index))
        for part in _PARTS if said or without else ():
            if part not in said | without:
                message = f'the protocol does not say the {part} of "{product.label}".'
                yield warning(RULE, where, message, f"Add `{part}`, or say in `without` why it has none.")
            if part in said & without:
                message = f'the {part} of "{product.label}" is laid down and also said to be without.'
                yield warning(RULE, where, message, "Take one of the two out.")
        for section, name in _open_fields(product):
            message = f'the {section} of "{product.label}" leaves {name.replace("_", " ")} open.'
            yield warning(RULE, lines.where(("products", index, section)), message, f"Add `{name}`.")


METHOD = Check(
    rule=RULE,
    says="A product whose making or giving is laid down has every part of it laid down, or says why not.",
    find=_find,
)
