"""How a comparison of two records is shown to people: what it is worth first, then each difference with both values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Final

from armlet.cli.output import render_table

if TYPE_CHECKING:
    from armlet.registry.compare import Comparison, Difference, Side

_SHOWN: Final = 160
_MOST_WORD_CHANGES: Final = 12


def render_comparison(comparison: Comparison, names: tuple[str, str]) -> str:
    """Both records, whether they are of one trial, a table of counts, and the differences, substance first."""
    from armlet.registry.compare import Nature

    dates = [f" (of {date})" if date else " (of no known date)" for date in comparison.dates]
    newer = {"a": "A is newer", "b": "B is newer", None: "neither is known to be newer"}[comparison.newer]
    identity = comparison.identity
    head = [f"A: {names[0]}{dates[0]}", f"B: {names[1]}{dates[1]}", f"{newer}; {identity.sameness.value}"]
    head += [f"  matched: {sign}" for sign in identity.matched] + [
        f"  not matched: {sign}" for sign in identity.unmatched
    ]
    shown = [item for item in comparison.differences if item.nature is not Nature.BOOKKEEPING]
    hidden = len(comparison.differences) - len(shown)
    blocks = ["\n".join(head), _counts(comparison), *render_differences(shown)]
    if hidden:
        blocks.append(f"{hidden} differences in the registry's own book-keeping are listed with --json only")
    return "\n\n".join(blocks)


def _counts(comparison: Comparison) -> str:
    rows = [("the same", str(comparison.same), "")]
    keyed = sorted(comparison.differences, key=lambda item: (item.kind.value, item.nature.value))
    for (kind, nature), items in groupby(keyed, key=lambda item: (item.kind.value, item.nature.value)):
        rows.append((kind, str(len(list(items))), nature))
    return render_table(("fields", "count", "in"), rows)


def render_differences(differences: Iterable[Difference]) -> Iterator[str]:
    """One block for each nature and topic."""
    for (nature, topic), items in groupby(differences, key=lambda item: (item.nature, item.about)):
        lines = [line for item in items for line in _lines(item)]
        yield "\n".join([f"{topic.value[0].upper()}{topic.value[1:]} ({nature.value})", *lines])


def _lines(item: Difference) -> Iterator[str]:
    path = item.path.removeprefix("protocolSection.")
    about = f" [{_short(item.item)}]" if item.item and item.item != path else ""
    yield f"  {path}{about}: {item.kind.value}"
    if item.words:
        yield f"    A {_where(item.a)}, B {_where(item.b)}"
        for change in item.words[:_MOST_WORD_CHANGES]:
            before = f"… {change.before} " if change.before else ""
            yield f"    {before}[-{_short(change.a)}-] {{+{_short(change.b)}+}}"
        if len(item.words) > _MOST_WORD_CHANGES:
            yield f"    and {len(item.words) - _MOST_WORD_CHANGES} more"
        return
    for name, side in (("A", item.a), ("B", item.b)):
        if side is not None:
            yield f"    {name} {_where(side)}: {_short(side.value)}"


def _where(side: Side | None) -> str:
    if side is None or side.line is None:
        return "(inferred)"
    return f"(line {side.line})" if side.last_line in {None, side.line} else f"(lines {side.line} to {side.last_line})"


def _short(value: object) -> str:
    if isinstance(value, dict):
        value = "; ".join(f"{name}: {member}" for name, member in value.items())
    elif isinstance(value, list):
        value = " · ".join(str(member) for member in value)
    text = " ".join(str(value).split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
