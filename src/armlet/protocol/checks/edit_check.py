"""An edit check that can never say anything: of a measure that is no number, or with a limit in a unit of another kind."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.document import Lines, Path_
from armlet.issues import Issue, error
from armlet.protocol.checks import Check
from armlet.protocol.checks._rules import walk_paths
from armlet.protocol.criteria import Compare, MeasureKind
from armlet.protocol.data_management import Against, EditCheck
from armlet.protocol.model import Protocol
from armlet.units import UnitError

RULE = "data/edit-check-mute"


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    for index, check in enumerate(protocol.edit_checks or ()):
        path: Path_ = ("edit_checks", index)
        for place, one in enumerate(check.compared or ()):
            yield from _not_a_number(protocol, one.measure, lines.where((*path, "compared", place, "measure")))
        for step, node in walk_paths(check.rule, (*path, "rule")) if check.rule is not None else ():
            if isinstance(node, Compare):
                yield from _limits(protocol, check, node, lines.where((*step, "compare")))
            else:
                yield from _other_nodes(node, lines.where(step))


def _other_nodes(node: object, where: str) -> Iterator[Issue]:
    kind = type(node).__name__
    if kind in {"MeasureIs", "Within", "Judgement"}:
        message = "an edit check looks at results, which are numbers; this part asks for an answer of another kind."
        yield error(RULE, where, message, "Use `compare` with a limit, or ask at screening.")


def _not_a_number(protocol: Protocol, measure: str | None, where: str) -> Iterator[Issue]:
    found = {one.id: one for one in protocol.measures}.get(measure or "")
    if found is not None and found.kind is not MeasureKind.QUANTITY:
        message = f'"{found.label}" is no number, and an edit check looks at results, which are numbers.'
        yield error(RULE, where, message, "Check a measured quantity.")


def _limits(protocol: Protocol, check: EditCheck, node: Compare, where: str) -> Iterator[Issue]:
    made = {one.id: one for one in check.compared or ()}
    known = {one.id: one for one in protocol.measures}
    name = node.compare.measure
    if name not in made:
        yield from _not_a_number(protocol, name, where)
    one = made.get(name)
    measure = known.get((one.measure if one is not None else name) or "")
    unit = measure.unit if measure is not None else None
    if one is not None and one.is_ is not Against.CHANGE:
        unit = "%" if one.is_ is Against.CHANGE_IN_PERCENT else "d"
    if node.compare.value is None or unit is None:
        return
    try:
        node.compare.value.to(unit, measure.molar_mass if measure is not None and one is None else None)
    except UnitError:
        message = f'the limit {node.compare.value} does not measure the same as "{name}", which is in {unit}.'
        yield error(RULE, where, message, f"Give the limit in {unit}.")


METHOD = Check(
    rule=RULE,
    says="An edit check looks at numbers, with limits in a unit of theirs; otherwise it would never ask anything.",
    find=_find,
)
