"""The operating characteristics of a design as tables: the same rows for every call, so that two can be laid side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from armlet.cli.output import SIMULATED, render_table

if TYPE_CHECKING:
    from armlet.protocol.model import Protocol
    from armlet.simulation.operating_characteristics import Characteristics, OfAnalysis, Share, Spread
    from armlet.simulation.scenario import Scenario

NONE: Final = "-"
_CLOSING: Final = (
    "Errors (standard errors) and limits (exact) are those of the simulation: more trials make them smaller, and the "
    "assumptions no better."
)
FIGURES: Final = {
    "identified": "identified",
    "screened": "screened",
    "not_eligible": "not eligible",
    "enrolled": "enrolled",
    "randomised": "allocated",
    "given": "given what was allocated",
    "with_primary": "with the primary endpoint",
    "failed_preparations": "preparations that failed",
    "months_to_last_allocation": "months to the last allocation",
    "months": "months to the end",
    "imbalance": "imbalance of the arms",
    "guessed": "right guesses of who knows all past arms",
    "certain": "slots known for certain",
}


def assumptions(protocol: Protocol, scenario: Scenario) -> list[tuple[str, str]]:
    """What the figures lean on, in words; `--json` has the scenario whole."""
    ending, behaviour = scenario.ending, scenario.behaviour
    apart = " to ".join(map(str, behaviour.days_between_candidates))
    effects = ", ".join(f"{arm.id} {scenario.effects.get(arm.id, 0.0):g}" for arm in protocol.arms)
    dates = [
        f"{what} {day}" for what, day in (("suspended", ending.suspended), ("terminated", ending.terminated)) if day
    ]
    return [
        ("says", scenario.says),
        ("share of a loss that each arm prevents", effects),
        ("opens", str(scenario.opens)),
        ("comes to an end", f"{', '.join(dates)}: {ending.why or ending.because.value}" if dates else "completed"),
        ("candidates", f"at most {scenario.candidates}, {apart} days apart"),
        ("candidates who are not eligible", f"{behaviour.screen_failures:g}"),
        ("preparations that fail", f"{behaviour.preparation_fails:g}"),
        ("infusions that are incomplete", f"{behaviour.infusion_incomplete:g}"),
        ("visits missed, visits late", f"{behaviour.missed_visit:g}, {behaviour.late_visit:g}"),
        ("withdrawn and lost each year", f"{behaviour.withdraws_each_year:g}, {behaviour.lost_each_year:g}"),
        ("kinds of harm", ", ".join(harm.term for harm in scenario.harms) or "none"),
    ]  # fmt: skip


def describe(
    protocol: Protocol, seed: str, found: Characteristics, assumed: list[tuple[str, str]], width: int | None
) -> str:
    """The whole answer in words and tables."""
    head = (
        f"The design of {protocol.id} in {found.trials} simulated trials of {protocol.design.participants} planned "
        f"participants, seed {seed}.\n{SIMULATED}: invented people, no real data; every figure is as good as what is assumed."
    )
    parts = [
        head,
        render_table(("assumed", "answer"), assumed, width),
        render_table(("a trial has", "mean", "error", "spread", "least", "most"), list(_figures(found))),
        render_table(("how often", "trials", "share", "error", "95 % limits"), list(_shares(protocol, found))),
        *(_describe_analysis(one, found.level) for one in found.analyses if one.analysis.role == "primary"),
        *_describe_others([one for one in found.analyses if one.analysis.role != "primary"], found.level),
        _CLOSING,
    ]
    return "\n\n".join(parts)


def _figures(found: Characteristics) -> Iterator[tuple[str, ...]]:
    for name, label in FIGURES.items():
        yield _spread_row(label, found.figures[name])
    for reason, spread in found.not_given.items():
        yield _spread_row(f"not given: {reason}", spread)


def _spread_row(label: str, spread: Spread | None) -> tuple[str, ...]:
    if spread is None:
        return (label, *[NONE] * 5)
    return (
        label,
        *(_number(one) for one in (spread.mean, spread.standard_error, spread.sd, spread.least, spread.most)),
    )


def _shares(protocol: Protocol, found: Characteristics) -> Iterator[tuple[str, ...]]:
    for name, share in found.ended.items():
        yield _share_row(name, share)
    stopping = protocol.safety.stopping
    if stopping is None:
        yield "the protocol has no rule by which harm stops it", *[NONE] * 4
        return
    for rule in stopping.rules:
        how = ", looked back at by arm" if rule.counts == "by arm" else ""
        yield _share_row(f"harm reaches: {rule.label}{how}", found.rules_met[rule.id])
    for pause in stopping.pauses:
        yield _share_row(f"harm pauses: {pause.label}", found.rules_met[pause.id])


def _share_row(label: str, share: Share | None) -> tuple[str, ...]:
    if share is None:
        return (label, *[NONE] * 4)
    limits = f"{share.limits.lower:.3f} to {share.limits.upper:.3f}"
    return label, f"{share.count} of {share.of}", f"{share.value:.3f}", f"{share.standard_error:.3f}", limits


def _describe_analysis(one: OfAnalysis, level: float) -> str:
    unit, sides = f", {one.unit}" if one.unit else "", f"{one.sides} " if one.sides else ""
    title = f"{one.analysis.id} at {one.visit} ({one.analysis.role}): {one.analysis.label}; {one.analysis.method}{unit}"
    smallest = _spread_row("smallest p that could come out", one.smallest_p)
    shares = [
        _share_row("can be estimated", one.estimable),
        _share_row(f"rejects, {sides}p {level:g} or less", one.rejects),
        _share_row("no outcome could have rejected", one.cannot_reject),
        _share_row(f"interval covers the truth ({'not known' if one.truth is None else f'{one.truth:g}'})", one.covers),
    ]
    spreads = [
        _spread_row("people in it", one.people),
        _spread_row("estimate", one.value),
        _spread_row("width of the interval", one.width),
        smallest,
    ]
    reasons = [f"not in {count} of {one.estimable.of}: {reason}" for reason, count in one.reasons.items()]
    return "\n".join(
        (
            title,
            render_table(("how often", "trials", "share", "error", "95 % limits"), shares),
            render_table(("over the trials", "mean", "error", "spread", "least", "most"), spreads),
            *reasons,
        )
    )


def _describe_others(others: list[OfAnalysis], level: float) -> Iterator[str]:
    """A line for each analysis that is not primary; `--json` has as much of them as of the primary one."""
    if not others:
        return
    head = (
        "the other analyses", "estimable", "estimate", "error", "spread", f"p {level:g} or less", "95 % limits",
        "covers the truth", "unit",
    )  # fmt: skip
    rows = []
    for one in others:
        estimate = _spread_row("", one.value)
        rejects, covers = _share_row("", one.rejects), _share_row("", one.covers)
        rows.append(
            (f"{one.analysis.id} at {one.visit}", _share_row("", one.estimable)[1], *estimate[1:4], rejects[1], rejects[4],
             covers[1], one.unit or NONE)
        )  # fmt: skip
    yield render_table(head, rows)


def _number(value: float | None) -> str:
    return NONE if value is None else f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
