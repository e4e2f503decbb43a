"""The results as tables; only for the page after the lock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from armlet.allocation.unblinded import UnblindedDataset
from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import Estimate, LeftOut, NotEstimable, Result
from armlet.analysis.methods.clopper_pearson import Sides, clopper_pearson
from armlet.analysis.plan import PlannedResult
from armlet.ledger.events import Administered
from armlet.projections.safety import list_events
from armlet.protocol.intercurrent import Treated
from armlet.protocol.model import Protocol
from armlet.report.content import BlindedContent
from armlet.report.document import Column, Folded, Row, Table
from armlet.report.groups import Group
from armlet.report.numbers import MINUS, SPACE, amount, capital, day, number, per_cent, unit
from armlet.report.sentences import arm_names, bare_p, confidence, decimals_of, limits_words, unit_of
from armlet.report.sheets import slug
from armlet.units import Quantity

NO_BREAK_HYPHEN = "\u2011"
ROLES = ("primary", "supportive", "sensitivity")


# --- Tables ---------------------------------------------------------------------------------------------------------


def results_table(protocol: Protocol, results: Sequence[PlannedResult]) -> Table:
    """Every planned analysis at every visit: estimate, interval, p and how many people."""
    rows: list[Row] = []
    for role in ROLES:
        chosen = [planned for planned in results if planned.analysis.role == role]
        rows += [Row((f"{capital(role)} analyses",))] if chosen else []
        rows += [_result_row(protocol, planned) for planned in chosen]
    titles = ("Estimate", "Interval", "p", "Smallest p possible", "Analysed")
    columns = (Column("Analysis, visit and method", numeric=False), *(Column(title) for title in titles))
    note = (
        f"{_direction(protocol)}Intervals name the level asked for, and the level really held where it is another. "
        "p-values are not corrected for one another."
    )
    return Table("Results of the planned analyses", columns, tuple(rows), note=note)


def _direction(protocol: Protocol) -> str:
    """Which arm is subtracted from which."""
    names = arm_names(protocol)
    if len(names) != 2 or protocol.reference_arm is None:
        return ""
    (other,) = (name for arm, name in names.items() if arm != protocol.reference_arm)
    return f"A difference is {other} minus {names[protocol.reference_arm]}. "


def _result_row(protocol: Protocol, planned: PlannedResult) -> Row:
    result = planned.result
    method = load_method(planned.analysis.method).label
    title = f"{at_visit(protocol, planned)}\n{method}"
    analysed = _analysed(protocol, result)
    if isinstance(result, NotEstimable):
        return Row((title, f"not estimable: {result.reason}", "none", "none", "none", analysed))
    decimals = decimals_of(result)
    value = f"{number(result.value, decimals)}\n{unit_of(result)}"
    interval = "none with two ends"
    if result.interval is not None:
        interval = f"{limits_words(result.interval, decimals)}\n{confidence(result.interval)}"
    return Row((title, value, interval, *_p_cells(result), analysed))


def at_visit(protocol: Protocol, planned: PlannedResult) -> str:
    """The analysis with its visit, which is not said twice."""
    visit = protocol.visit(planned.visit).label
    return capital(planned.analysis.label) + ("" if visit in planned.analysis.label else f", {visit}")


def _p_cells(result: Estimate) -> tuple[str, str]:
    p = result.p
    if p is None:
        return "none", "none"
    least = "not bounded" if p.smallest_reachable is None else bare_p(p.smallest_reachable)
    sides = p.sides.replace("-", NO_BREAK_HYPHEN)
    return f"{bare_p(p.value)}\n{sides},\n{'exact' if p.exact else 'not exact'}", least


def _analysed(protocol: Protocol, result: Result) -> str:
    names = arm_names(protocol)
    if len(result.n_used) == 1:
        return str(sum(result.n_used.values()))
    return "\n".join(f"{names[arm]}: {count}" for arm, count in result.n_used.items())


def remarks_table(protocol: Protocol, results: Sequence[PlannedResult]) -> Table | None:
    """For each analysis: what is estimated, with the strategies declared, and who was left out and why."""
    rows = [_remarks_row(protocol, planned) for planned in results]
    titles = ("Analysis and visit", "What is estimated", "Left out")
    columns = tuple(Column(title, numeric=False) for title in titles)
    return Table("Notes on the analyses", columns, tuple(rows), dense=True) if rows else None


def _remarks_row(protocol: Protocol, planned: PlannedResult) -> Row:
    result = planned.result
    wanted = result.estimand if isinstance(result, Estimate) else f"not estimable: {result.reason.rstrip('.')}"
    events = "".join(f"\n{words}" for words in by_strategy(protocol, planned))
    left = "\n".join(by_reason(result.left_out)) or "nobody"
    return Row((at_visit(protocol, planned), f"{capital(wanted)}.{events}", left))


def by_strategy(protocol: Protocol, planned: PlannedResult) -> Iterator[str]:
    """``Hypothetical, if: …; ….``, one line for each strategy."""
    for strategy in dict.fromkeys(one.strategy for one in planned.analysis.intercurrent):
        events = [one for one in planned.analysis.intercurrent if one.strategy == strategy]
        yield f"{capital(strategy)}, if: {'; '.join(_event_words(protocol, one) for one in events)}."


def _event_words(protocol: Protocol, treated: Treated) -> str:
    counted = f" (counted as {treated.value})" if treated.value is not None else ""
    return f"{protocol.intercurrent_event(treated.event).label}{counted}"


def changed_by_events(planned: PlannedResult) -> tuple[str, ...]:
    """Whose value an intercurrent event has changed, and by which strategy."""
    return tuple(
        f"{one.participant}: {one.label} ({one.on}) changed the value ({one.strategy})."
        for one in planned.applied
        if one.changed
    )


def by_reason(left_out: Sequence[LeftOut]) -> Iterator[str]:
    """``Visit … not held: P1, P6``, one line for each reason."""
    for reason in dict.fromkeys(why for _, why in left_out):
        yield f"{capital(reason)}: {', '.join(name for name, why in left_out if why == reason)}"


def fold_details(protocol: Protocol, results: Sequence[PlannedResult]) -> tuple[Folded, ...]:
    """The by-products of each estimate, folded: degrees of freedom, adjusted means, numbers of sequences."""
    return tuple(
        Folded(f"Details: {at_visit(protocol, planned)}", (_details_table(protocol, planned, planned.result),))
        for planned in results
        if isinstance(planned.result, Estimate) and planned.result.details
    )


def _details_table(protocol: Protocol, planned: PlannedResult, result: Estimate) -> Table:
    rows = tuple(Row((capital(name), _detail(value))) for name, value in result.details)
    columns = (Column("What the method also gives", numeric=False), Column("Value"))
    caption = f"{at_visit(protocol, planned)}, {load_method(planned.analysis.method).label}"
    return Table(caption, columns, rows, name=f"details-{slug(planned.analysis.id)}-{slug(planned.visit)}")


def _detail(value: float | str) -> str:
    """A word as it is; a number to six significant digits, which is more than anybody reads and enough to compare."""
    if isinstance(value, str):
        return value
    return f"{value:.6g}".replace("-", MINUS)


def list_remarks(protocol: Protocol, results: Sequence[PlannedResult]) -> tuple[str, ...]:
    """What the methods ask to bear in mind, each remark once with the analyses that it concerns."""
    return _each_once(protocol, results, _warnings)


def _warnings(planned: PlannedResult) -> tuple[str, ...]:
    return planned.result.warnings if isinstance(planned.result, Estimate) else ()


def _each_once(
    protocol: Protocol, results: Sequence[PlannedResult], said: Callable[[PlannedResult], tuple[str, ...]]
) -> tuple[str, ...]:
    distinct = dict.fromkeys(words for planned in results for words in said(planned))
    concerned = {words: [planned for planned in results if words in said(planned)] for words in distinct}
    return tuple(
        f"{words} Concerns: {'all planned analyses' if len(of) == len(results) else _named(protocol, of)}."
        for words, of in concerned.items()
    )


def _named(protocol: Protocol, results: Sequence[PlannedResult]) -> str:
    """``Change of weight (month 1, month 6); …``: each label once, with its visits."""
    visits: dict[str, list[str]] = {}
    for planned in results:
        visits.setdefault(planned.analysis.label, []).append(protocol.visit(planned.visit).label)
    return "; ".join(f"{label} ({', '.join(dict.fromkeys(at))})" for label, at in visits.items())


# --- Safety and product by arm --------------------------------------------------------------------------------------


def serious_limits(content: BlindedContent, groups: Sequence[Group]) -> tuple[str, ...]:
    """For each arm, what the number of people with a serious event still allows (exact limits)."""
    return tuple(_serious_limit(content, group) for group in groups if group.members)


def _serious_limit(content: BlindedContent, group: Group) -> str:
    events = list_events(content.state, set(group.members))
    count, size = len({event.participant for event in events if event.serious}), len(group.members)
    if count:
        limits = clopper_pearson(count, size)
        level = f"{per_cent(limits.nominal)} interval {per_cent(limits.lower)} to {per_cent(limits.upper)}"
        return f"{capital(group.name)}: {count} of {size} had a serious adverse event ({level})."
    limits = clopper_pearson(0, size, sides=Sides.UPPER)
    return (
        f"{capital(group.name)}: 0 of {size} had a serious adverse event, which is not proof of safety: the upper limit "
        f"is {per_cent(limits.upper)} ({per_cent(limits.nominal)}, one-sided)."
    )


def product_table(content: BlindedContent, unblinded: UnblindedDataset, named: Mapping[str, str]) -> Table | None:
    """Every preparation: whose, of which arm, lot, dose, and how much of it was given. `named` is arm by participant."""
    people = content.state.randomised()
    given = {one.id: one.administered for one in people if one.administered is not None}
    volumes = {name: event.volume for name, event in given.items() if event.volume is not None}
    rows = tuple(
        Row(
            (
                one.preparation,
                one.id,
                named.get(one.id, "not known"),
                unblinded.lots.get(one.id, "none made"),
                _in_column(unblinded.doses.get(one.id), unblinded.doses),
                _in_column(volumes.get(one.id), volumes),
                _given(given.get(one.id)),
            )
        )
        for one in people
    )
    titles = ("Preparation", "Participant", "Arm", "Lot")
    numbers = (_with_common_unit("Dose prepared", unblinded.doses), _with_common_unit("Volume given", volumes))
    columns = (
        *(Column(title, numeric=False) for title in titles),
        *map(Column, numbers),
        Column("Given", numeric=False),
    )
    return Table("Preparations", columns, rows) if rows else None


def _common_unit(quantities: Mapping[str, Quantity]) -> str | None:
    units = {quantity.unit for quantity in quantities.values()}
    return units.pop() if len(units) == 1 else None


def _with_common_unit(title: str, quantities: Mapping[str, Quantity]) -> str:
    code = _common_unit(quantities)
    return title if code is None else f"{title} ({unit(code)})"


def _in_column(quantity: Quantity | None, others: Mapping[str, Quantity]) -> str:
    """A quantity without its unit where the column's title has it."""
    if quantity is None:
        return "none"
    if quantity.value == 0:
        return "0"
    return amount(quantity) if _common_unit(others) is None else number(quantity.value, _typed_decimals(quantity))


def _typed_decimals(quantity: Quantity) -> int:
    exponent = quantity.value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _given(event: Administered | None) -> str:
    if event is None:
        return "not given"
    return f"{day(event.started.date())}, {'in full' if event.complete else 'in part'}"


def arms_words(protocol: Protocol, groups: Sequence[Group]) -> tuple[tuple[str, str], ...]:
    """The short names of the arms with what they stand for and how many people are in each."""
    names = arm_names(protocol)
    size = {group.name: len(group.members) for group in groups}
    return tuple(
        (
            capital(names[arm.id]),
            f"{arm.label}{f'. {arm.description}' if arm.description else ''} (n{SPACE}={SPACE}{size[names[arm.id]]})",
        )
        for arm in protocol.arms
    )
