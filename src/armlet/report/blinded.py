"""The page before the lock: what everybody may know, with nothing by arm.

This module and all that it imports know neither the allocation nor the analysis (a test in a fresh process says so).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from armlet.protocol.hidden import Hidden, hidden_before_lock
from armlet.report.content import BlindedContent
from armlet.report.document import Heading, Page, Section, Summary, render_page
from armlet.report.flow_diagram import Step, draw_flow
from armlet.report.groups import Group, everybody
from armlet.report.numbers import plural
from armlet.report.sections import (
    assumptions_section,
    baseline_section,
    deviations_section,
    eligibility_section,
    endpoints_section,
    flow_section,
    identity,
    missing_section,
    records_section,
    safety_section,
    trial_section,
    waterfalls,
)

__all__ = ["BlindedContent", "render_blinded"]

TELLING_PARTS = ("arms", "interventions", "allocation", "products")
"""Parts of the protocol that this page says nothing about."""


def render_blinded(content: BlindedContent) -> str:
    """The trial as one HTML page without any arm; values that could tell the arm only up to baseline."""
    groups, hidden = (everybody(content.state),), hidden_before_lock(content.protocol)
    waiting = Step("Analysis", None, words=("comes after the lock",))
    flow = draw_flow(content, groups, {group.name: waiting for group in groups})
    sections = (
        trial_section(content),
        flow_section(content, groups, flow),
        eligibility_section(content),
        baseline_section(content, groups),
        _endpoints(content, groups, hidden),
        missing_section(content),
        safety_section(content, groups),
        deviations_section(content),
        assumptions_section(content, TELLING_PARTS),
        records_section(content),
    )
    protocol = content.protocol
    page = Page(
        title=protocol.title,
        subtitle=protocol.official_title if protocol.official_title != protocol.title else "",
        kind="Blinded report",
        simulated=content.state.simulated,
        facts=identity(content),
        summary=_summary(content),
        sections=sections,
        foot=f"{protocol.id}, protocol version {protocol.version}, blinded report",
    )
    return render_page(page)


def _endpoints(content: BlindedContent, groups: Sequence[Group], hidden: Hidden) -> Section:
    """The endpoints, and everybody's change at the primary visit where that may be shown."""
    section = endpoints_section(content, groups, hidden)
    bars = waterfalls(content, groups, hidden)
    more = (Heading("Change at the primary visit"), *bars) if bars else ()
    return replace(section, blocks=(*section.blocks, *more))


def _summary(content: BlindedContent) -> Summary:
    state = content.state
    done = sum(one.administered is not None for one in state.enrolled())
    lead = (
        f"In this {content.reality}, {plural(len(state.participants), 'person was', 'people were')} assessed, "
        f"{len(state.enrolled())} of {content.protocol.design.participants} planned participants "
        f"{'was' if len(state.enrolled()) == 1 else 'were'} enrolled, and {done} "
        f"{'was' if done == 1 else 'were'} given what was prepared for them."
    )
    more = (
        "Nothing here is told by arm, and no result is compared: that comes after the lock.",
        "Values that could tell an arm are shown up to baseline only; of later ones, whether they are there.",
    )
    return Summary("Where the trial stands", (lead,), more)
