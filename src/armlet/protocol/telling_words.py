"""Words of a text that could tell an arm, pointed out to whoever checks it: computed from the protocol, for any trial.

A help and no guarantee: "it came late" tells an arm as well, and no list knows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from armlet.protocol.model import Protocol

ALWAYS: Final = ("sham", "placebo", "unblinded", "active", "allocated to", "control arm")
"""Words that speak of arms in every trial."""
_LOT: Final = re.compile(r"\b(?=[A-Za-z-]*\d)(?=[\d-]*[A-Za-z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*\b|\b\d{5,}\b")
"""Letters with digits, or five digits and more: how lots, donors and kits are numbered."""
_SHORTEST: Final = 4
"""A label is searched for word by word, without its shorter words, which are in every sentence."""


def find_telling_words(protocol: Protocol, text: str) -> tuple[str, ...]:
    """The words of the text that name an arm, an intervention or a product, or look like the number of a lot.

    In the order of the text, each once. The protocol's own participant numbers may be among what looks like a lot.
    """
    known = sorted({*ALWAYS, *_words(protocol)}, key=len, reverse=True)
    naming = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in known), re.IGNORECASE)
    found = sorted((*naming.finditer(text), *_LOT.finditer(text)), key=lambda match: match.start())
    return tuple(dict.fromkeys(match[0] for match in found))


def _words(protocol: Protocol) -> Iterator[str]:
    labels = [text for arm in protocol.arms for text in (arm.id.replace("_", " "), arm.label)]
    labels += [text for done in protocol.interventions for text in (done.label, *done.other_names)]
    for product in protocol.products:
        labels += [product.id.replace("_", " "), product.label]
    for label in labels:
        yield label.lower()
        yield from (word for word in re.findall(r"\w+", label.lower()) if len(word) >= _SHORTEST)
