"""The page after the lock: the same parts as before it, asked once for each arm, and the results.

The same page is made for a dry run on dummy arms: the data say that they are, and the page is marked all over.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from armlet.allocation.boxes import OpenedRemark
from armlet.allocation.unblinded import UnblindedDataset
from armlet.analysis.guesses import GuessTable
from armlet.analysis.plan import PlannedResult
from armlet.protocol.hidden import Hidden
from armlet.protocol.model import Protocol
from armlet.report.blinding import blinding_section
from armlet.report.content import BlindedContent
from armlet.report.document import Block, Facts, Heading, Items, Page, Section, Summary, Text, render_page
from armlet.report.estimand import result_table
from armlet.report.flow_diagram import Step, draw_flow
from armlet.report.forest import draw_adjusted, draw_forest
from armlet.report.groups import Group, with_total
from armlet.report.guesses import guesses_section
from armlet.report.harms import harm_blocks
from armlet.report.numbers import DASH, SPACE, capital, span
from armlet.report.results import (
    arms_words,
    at_visit,
    fold_details,
    list_remarks,
    product_table,
    remarks_table,
    results_table,
    serious_limits,
)
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
from armlet.report.sentences import arm_names, caveats, result_sentence

DUMMY_WORDS = (
    "This is a dry run: every arm was drawn anew and is nobody's, so no number by arm says anything about the trial. "
    "It shows that the analysis and this report can be made. What is sealed until the lock is not in it."
)


@dataclass(frozen=True, slots=True)
class UnblindedContent:
    """A locked trial: what the page before the lock had, who got what, and the results of the planned analyses.

    `hidden`: what may not be shown all the same; nothing after the lock, and in a dry run what is sealed.
    """

    blinded: BlindedContent
    unblinded: UnblindedDataset
    results: tuple[PlannedResult, ...]
    guesses: tuple[GuessTable, ...] = ()
    remarks: tuple[OpenedRemark, ...] = ()
    hidden: Hidden = field(default_factory=Hidden)

    def arms(self) -> dict[str, str]:
        """The arm of each participant who was allocated one."""
        return {slot.participant: slot.arm for slot in self.unblinded.slots}

    def groups(self) -> tuple[Group, ...]:
        """The people of each arm, in the order of enrolment."""
        arm_of, names = self.arms(), arm_names(self.blinded.protocol)
        enrolled = [one.id for one in self.blinded.state.enrolled()]
        return tuple(
            Group(names[arm.id], tuple(name for name in enrolled if arm_of.get(name) == arm.id), look)
            for look, arm in enumerate(self.blinded.protocol.arms)
        )


def render_unblinded(content: UnblindedContent) -> str:
    """The trial as one HTML page by arm, with its results."""
    return render_page(make_page(content))


def make_page(content: UnblindedContent) -> Page:
    """The page with all that it is made of, so that the data of its tables and figures can be written beside it.

    What is shown is the dataset that was analysed, so that no figure can have another one.
    """
    content = replace(content, blinded=replace(content.blinded, dataset=content.unblinded.blinded))
    blinded, groups = content.blinded, content.groups()
    protocol, dummy = blinded.protocol, content.unblinded.dummy
    kind = "Dry run on dummy arms" if dummy else "Report after the lock"
    return Page(
        title=protocol.title,
        subtitle=protocol.official_title if protocol.official_title != protocol.title else "",
        kind=kind,
        simulated=blinded.state.simulated,
        facts=identity(blinded),
        summary=_summary(content),
        sections=tuple(_sections(content, groups)),
        foot=f"{protocol.id}, protocol version {protocol.version}, {kind[0].lower()}{kind[1:]}",
        dummy=dummy,
    )


def _sections(content: UnblindedContent, groups: Sequence[Group]) -> Iterator[Section]:
    blinded, protocol, dummy = content.blinded, content.blinded.protocol, content.unblinded.dummy
    names = arm_names(protocol)
    named = {who: names[arm] for who, arm in content.arms().items()}
    yield trial_section(blinded, Heading("Arms"), Facts(arms_words(protocol, groups)))
    yield flow_section(blinded, groups, draw_flow(blinded, groups, _analysed(content, groups)))
    yield eligibility_section(blinded)
    yield baseline_section(blinded, with_total(groups, blinded.state))
    yield _results_section(content, groups)
    yield endpoints_section(blinded, groups, content.hidden, intervals=True)
    yield missing_section(blinded)
    by_arm = named if len(groups) > 1 else None
    limits = Text(serious_limits(blinded, groups))
    yield safety_section(blinded, groups, by_arm, limits, *harm_blocks(blinded, content.unblinded, names))
    if not dummy:  # the vault says what was prepared, and what people guessed and remarked
        yield _product_section(content, named)
        yield from [] if protocol.is_open_label else _blinding_sections(content, names)
    yield deviations_section(blinded)
    yield assumptions_section(blinded)
    yield records_section(blinded)


def _blinding_sections(content: UnblindedContent, names: dict[str, str]) -> Iterator[Section]:
    yield guesses_section(content.guesses, names)
    yield blinding_section(content.blinded.state, content.remarks)


def _primary(content: UnblindedContent) -> tuple[PlannedResult, ...]:
    return tuple(planned for planned in content.results if planned.analysis.role == "primary")


def _summary(content: UnblindedContent) -> Summary:
    primary, arm_of = _primary(content), content.arms()
    if not primary:
        return Summary("Main result", ("The protocol names no primary analysis.",))
    sentences = tuple(result_sentence(content.blinded, planned, arm_of) for planned in primary)
    title = "Main result" if len(primary) == 1 else "Main results"
    if content.unblinded.dummy:
        return Summary(f"{title} on dummy arms", (DUMMY_WORDS, *sentences), caveats(content.blinded, primary))
    return Summary(title, sentences, caveats(content.blinded, primary))


def _analysed(content: UnblindedContent, groups: Sequence[Group]) -> dict[str, Step]:
    """The last boxes of the flow: who counts in each primary result, and who is left out of it and why."""
    primary = _primary(content)
    if not primary:
        return {group.name: Step("Analysis", None, words=("no primary analysis",)) for group in groups}
    protocol = content.blinded.protocol
    if len(primary) == 1:
        (only,) = primary
        return {
            group.name: Step("In the primary analysis", _used(protocol, only, group), _reasons(only, group))
            for group in groups
        }
    return {group.name: _several_analysed(protocol, primary, group) for group in groups}


def _several_analysed(protocol: Protocol, primary: Sequence[PlannedResult], group: Group) -> Step:
    """One box for several primary results: the reach of their numbers, then each with its visit and its number."""
    used = [_used(protocol, planned, group) for planned in primary]
    one_analysis = len({planned.analysis.id for planned in primary}) == 1
    title = "In the primary analysis" if one_analysis else "In the primary analyses"
    parts: list[tuple[str, int]] = []
    for planned, count in zip(primary, used, strict=True):
        parts.append((protocol.visit(planned.visit).label if one_analysis else at_visit(protocol, planned), count))
        parts += [(f"{DASH} {words}", left) for words, left in _reasons(planned, group)]
    if min(used) == max(used):
        return Step(title, used[0], tuple(parts))
    return Step(f"{title} (n{SPACE}={SPACE}{span(str(min(used)), str(max(used)))})", None, tuple(parts))


def _used(protocol: Protocol, planned: PlannedResult, group: Group) -> int:
    names = arm_names(protocol)
    return sum(count for arm, count in planned.result.n_used.items() if names[arm] == group.name)


def _reasons(planned: PlannedResult, group: Group) -> tuple[tuple[str, int], ...]:
    """Why how many of these people are left out of one result."""
    reasons = [why for name, why in planned.result.left_out if name in group.members]
    return tuple((f"left out: {why}", reasons.count(why)) for why in dict.fromkeys(reasons))


def _results_section(content: UnblindedContent, groups: Sequence[Group]) -> Section:
    protocol, results = content.blinded.protocol, content.results
    bars = waterfalls(content.blinded, groups, content.hidden)
    if not results:
        return Section("results", "Results", (Text(("The protocol plans no analysis.",)), *bars))
    primary = _primary(content)
    endpoint = capital(protocol.endpoint(primary[0].analysis.endpoint).label) if primary else "none"
    blocks: list[Block] = [Facts((("Primary endpoint", endpoint),))]
    blocks += [result_table(protocol, planned, _members(content, planned)) for planned in primary]
    blocks += [*bars, Heading("All planned analyses"), results_table(protocol, results)]
    more = (draw_forest(protocol, results), draw_adjusted(protocol, results), remarks_table(protocol, results))
    blocks += [block for block in more if block is not None]
    blocks += _listed("To bear in mind", list_remarks(protocol, results))
    details = fold_details(protocol, results)
    blocks += [Heading("What the methods also give"), *details] if details else []
    return Section("results", "Results", tuple(blocks))


def _members(content: UnblindedContent, planned: PlannedResult) -> dict[str, list[str]]:
    """The people of the analysis set by arm."""
    arm_of, found = content.arms(), dict[str, list[str]]()
    for name in content.blinded.dataset.sets.get(planned.analysis.set, ()):
        if name in arm_of:
            found.setdefault(arm_of[name], []).append(name)
    return found


def _listed(title: str, items: tuple[str, ...]) -> list[Block]:
    return [Heading(title), Items(items)] if items else []


def _product_section(content: UnblindedContent, named: dict[str, str]) -> Section:
    table = product_table(content.blinded, content.unblinded, named)
    block: Block = table if table is not None else Text(("Nothing was prepared.",))
    return Section("product", "Product", (block,))
