"""Where did these cells go, and whose were they: both answered in one call, from any thing to every other.

From a donor to everybody who got their cells; from a participant back to the donor and on to all who got of the same;
from a supply to the lots that it went into and whom they were given to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from armlet.laboratory.state import Node, ProductState, reach
from armlet.laboratory.strand import ProductEntry
from armlet.ledger import product_events as p

KINDS: Final = ("donor", "donation", "container", "culture", "lot", "supply", "preparation", "participant")
"""What can be looked up, in the order from donor to bedside; a supply goes in on the way."""


@dataclass(frozen=True, slots=True)
class LookBack:
    """All that a thing was made from, all that was made from it, and who else got of the same donors."""

    of: Node
    back: tuple[Node, ...]
    forward: tuple[Node, ...]
    siblings: tuple[str, ...]
    """Participants who got cells of a donor that this thing leads back to, apart from those it was given to."""
    remaining: tuple[str, ...]
    """Containers made from it that are not empty."""

    def all(self, what: str) -> tuple[str, ...]:
        """Every number of one kind of thing, in either direction."""
        found = [*self.back, *self.forward, self.of]
        return tuple(sorted({name for kind, name in found if kind == what}))


def find_thing(state: ProductState, name: str) -> tuple[Node, ...]:
    """Every thing of that number: a participant and a donor, say, may share one."""
    known: dict[str, Iterable[str]] = {
        "donor": state.donors,
        "donation": state.donations,
        "container": [*state.containers, *state.renamed],
        "culture": state.cultures,
        "lot": state.lots,
        "supply": state.supplies,
        "preparation": state.preparations,
        "participant": {one.participant for one in state.preparations.values()},
    }
    return tuple((kind, name) for kind in KINDS if name in known[kind])


def look_back(state: ProductState, of: Node) -> LookBack:
    """Both directions at once."""
    back, forward = reach(state.parents, of), reach(state.children, of)
    donors = [node for node in [*back, of] if node[0] == "donor"]
    got = [name for donor in donors for what, name in reach(state.children, donor) if what == "participant"]
    own = {name for what, name in [*forward, of] if what == "participant"}
    made = [of, *forward] if of[0] != "participant" else back
    left = [state.containers[name].id for what, name in made if what == "container" and name in state.containers]
    remaining = tuple(sorted(name for name in left if state.containers[name].held > 0))
    return LookBack(of, tuple(back), tuple(forward), tuple(sorted(set(got) - own)), remaining)


@dataclass(frozen=True, slots=True)
class Step:
    """One entry on the way of a thing: its number, who did it and what happened, in words without an arm."""

    seq: int
    occurred: str
    actor: str
    what: str
    about: str


def trace(state: ProductState, entries: Sequence[ProductEntry], of: Node) -> tuple[Step, ...]:
    """Every entry about a thing or what it was made from, in the order of the strand."""
    return tuple(_steps(entries, {of, *reach(state.parents, of)}))


def _steps(entries: Sequence[ProductEntry], wanted: set[Node]) -> Iterator[Step]:
    for entry in entries:
        about = [node[1] for node in dict.fromkeys(_named(entry.event)) if node in wanted]
        if about:
            yield Step(entry.seq, entry.occurred.isoformat(), entry.actor, entry.event.kind, ", ".join(about))


_ONE: Final = {
    "donor": "donor", "donation": "donation", "container": "container", "bag": "container", "new": "container",
    "culture": "culture", "lot": "lot", "supply": "supply", "preparation": "preparation",
}  # fmt: skip
_SEVERAL: Final = {
    "containers": "container", "taken": "container", "into": "container", "cultures": "culture", "supplies": "supply",
}  # fmt: skip
"""What the fields of events name."""


def _named(event: p.ProductEvent) -> Iterator[Node]:
    """Every thing that an event names."""
    for field, what in _ONE.items():
        value = getattr(event, field, None)
        if isinstance(value, str):
            yield what, value
    for field, what in _SEVERAL.items():
        values = getattr(event, field, None)
        if isinstance(values, tuple):
            yield from ((what, one.container if isinstance(one, p.Portion) else one) for one in values)


def find_broken_paths(state: ProductState) -> tuple[str, ...]:
    """Every preparation of cells that was given and does not lead back to a donation, or is not held without a gap."""
    return tuple(
        sentence
        for one in state.preparations.values()
        if one.given is not None and one.content == "product"
        for sentence in _breaks_of(state, one.id)
    )


def _breaks_of(state: ProductState, preparation: str) -> Iterator[str]:
    back = reach(state.parents, ("preparation", preparation))
    if not any(what == "donation" for what, _ in back):
        yield f"{preparation} does not lead back to a collection"
    for what, name in back:
        one = state.find_container(name) if what == "container" else None
        if one is not None and any(two[1] < first[1] for first, two in pairwise(one.custody)):
            yield f"{one.id}: a hand-over is dated before the one before it"
