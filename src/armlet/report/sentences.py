"""A result in plain words, from the estimate alone: what came out, how sure that is, and what it cannot say.

Only for the page after the lock. Nothing is rounded into certainty: the interval, p with its sides, the smallest p
that these people could have given, the number of people and an early stop stand in the same breath as the number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from armlet.analysis.catalogue import load_method
from armlet.analysis.estimates import NO_INTERVAL, Estimate, Interval, NotEstimable, PValue
from armlet.analysis.plan import PlannedResult
from armlet.derivation.baseline import Change
from armlet.protocol.model import Endpoint, Protocol
from armlet.protocol.prose import listed
from armlet.report.content import BlindedContent
from armlet.report.figures import short_name
from armlet.report.numbers import (
    DASH,
    SPACE,
    capital,
    decimals_for,
    number,
    per_cent,
    plural,
    probability,
    span,
    unit,
    with_unit,
)

FEW = 50
"""Below so many people the summary says in so many words what they cannot show."""


def arm_names(protocol: Protocol) -> dict[str, str]:
    """The short name of each arm: its id as words."""
    return {arm.id: arm.id.replace("_", " ") for arm in protocol.arms}


def result_sentence(content: BlindedContent, planned: PlannedResult, arm_of: Mapping[str, str]) -> str:
    """One sentence: the number, its interval, its p."""
    opening = f"In this {content.reality}"
    endpoint, visit = content.protocol.endpoint(planned.analysis.endpoint), content.protocol.visit(planned.visit).label
    result = planned.result
    if isinstance(result, NotEstimable):
        what = "no difference between the arms" if len(content.protocol.arms) > 1 else "no change"
        return f"{opening}, {what} in {short_name(endpoint)} at {visit} can be estimated: {result.reason.rstrip('.')}."
    return f"{opening}, {_finding(content, planned, result, endpoint, arm_of)} ({_certainty(result)})."


def _finding(
    content: BlindedContent, planned: PlannedResult, result: Estimate, endpoint: Endpoint, arm_of: Mapping[str, str]
) -> str:
    protocol = content.protocol
    if len(result.n_used) == 1:
        return _of_one_arm(protocol, planned, result, endpoint)
    names = arm_names(protocol)
    reference = protocol.reference_arm or protocol.arms[-1].id
    other = next(arm for arm in result.n_used if arm != reference)
    pair = names[other], names[reference]
    means = _mean_changes(content, planned, result, (other, reference), arm_of)
    if means is not None:
        return _of_changes(protocol, planned, result, endpoint, pair, means)
    return _of_levels(protocol, planned, result, endpoint, pair)


def _of_one_arm(protocol: Protocol, planned: PlannedResult, result: Estimate, endpoint: Endpoint) -> str:
    """A change in the only arm looked at, or its level where no change was taken."""
    visit, baseline = protocol.visit(planned.visit).label, protocol.visit(endpoint.baseline).label
    (arm,) = result.n_used
    whose = f" with {arm_names(protocol)[arm]}" if len(protocol.arms) > 1 else ""
    scale = _scale(result, endpoint)
    if "change" not in result.estimand:
        return f"{scale}{short_name(endpoint)}{whose} was {_plain(result)} at {visit}"
    if result.value == 0:
        return f"{scale}{short_name(endpoint)}{whose} did not change from {baseline} to {visit}"
    moved = "rose" if result.value > 0 else "fell"
    return f"{scale}{short_name(endpoint)}{whose} {moved} by {_size(result)} from {baseline} to {visit}"


def _of_levels(
    protocol: Protocol, planned: PlannedResult, result: Estimate, endpoint: Endpoint, pair: tuple[str, str]
) -> str:
    what = "the change in " if "change" in result.estimand else ""
    equal = ", compared at the same baseline," if "same baseline" in result.estimand else ""
    scale, visit = _scale(result, endpoint), protocol.visit(planned.visit).label
    subject = f"{scale}{what}{short_name(endpoint)} at {visit}{equal}"
    if result.value == 0:
        return f"{subject} was the same with {pair[0]} as with {pair[1]}"
    side = "higher" if result.value > 0 else "lower"
    return f"{subject} was {_size(result)} {side} with {pair[0]} than with {pair[1]}"


def _of_changes(
    protocol: Protocol,
    planned: PlannedResult,
    result: Estimate,
    endpoint: Endpoint,
    pair: tuple[str, str],
    means: tuple[float, float],
) -> str:
    """``fell by … less with … than with …``; both means where one rose and the other fell."""
    visit, baseline = protocol.visit(planned.visit).label, protocol.visit(endpoint.baseline).label
    name, when = short_name(endpoint), f"from {baseline} to {visit}"
    if means[0] * means[1] > 0 and result.value != 0:
        moved, more = ("rose", result.value > 0) if means[0] > 0 else ("fell", result.value < 0)
        how = "more" if more else "less"
        return f"{name} {moved} by {_size(result)} {how} with {pair[0]} than with {pair[1]} {when}"
    decimals = decimals_for([result.value])
    shown = [with_unit(number(mean, decimals), result.unit) for mean in means]
    return (
        f"the mean change in {name} {when} was {shown[0]} with {pair[0]} and {shown[1]} with {pair[1]}, "
        f"a difference of {_plain(result)}"
    )


def _mean_changes(
    content: BlindedContent,
    planned: PlannedResult,
    result: Estimate,
    arms: tuple[str, str],
    arm_of: Mapping[str, str],
) -> tuple[float, float] | None:
    """The mean change in both arms, where the estimate is their plain difference; None for any other estimate."""
    out = {name for name, _ in result.left_out}
    endpoint = planned.analysis.endpoint
    sums: dict[str, list[float]] = {arm: [] for arm in arms}
    for name in content.dataset.sets.get(planned.analysis.set, ()):
        change = content.dataset.change(endpoint, name, planned.visit) if name in content.dataset.participants else None
        if name not in out and isinstance(change, Change) and arm_of.get(name) in sums:
            sums[arm_of[name]].append(float(change.change))
    if "change" not in result.estimand or not all(sums.values()):
        return None
    other, reference = (sum(values) / len(values) for values in sums.values())
    is_plain = abs(other - reference - result.value) <= 1e-9 * max(1.0, abs(result.value))
    return (other, reference) if is_plain else None


def _scale(result: Estimate, endpoint: Endpoint) -> str:
    return "" if result.unit == endpoint.unit else f"on the scale {result.unit}, "


def _size(result: Estimate) -> str:
    """The absolute value with its unit; on a transformed scale the number alone, for the scale is named before."""
    return _with_scale(number(abs(result.value), decimals_of(result)), result)


def _plain(result: Estimate) -> str:
    return _with_scale(number(result.value, decimals_of(result)), result)


def _with_scale(text: str, result: Estimate) -> str:
    return text if "," in result.unit else with_unit(text, result.unit)


def decimals_of(result: Estimate) -> int:
    """The decimals in which an estimate and its limits are shown; at least what tells them from nought."""
    limits = () if result.interval is None else (result.interval.lower, result.interval.upper)
    return max(decimals_for([result.value, *limits]), 1)


def _certainty(result: Estimate) -> str:
    people = sum(result.n_used.values())
    parts = [_middle(result.estimand), _interval_words(result), "" if result.p is None else p_words(result.p, people)]
    return "; ".join(part for part in parts if part)


def _middle(estimand: str) -> str:
    """What a Hodges-Lehmann estimate is the middle of; it is neither a mean nor the median of the changes."""
    if "Hodges-Lehmann median of the change" in estimand:
        return f"Hodges{DASH}Lehmann estimate, the middle of the pairwise averages of the changes"
    if "Hodges-Lehmann shift" in estimand:
        return f"Hodges{DASH}Lehmann estimate, the middle of the pairwise differences between the arms"
    return ""


def _interval_words(result: Estimate) -> str:
    interval = result.interval
    if interval is None:
        return "no interval with two ends can be given"
    words = f"{per_cent(interval.nominal)} interval {limits_words(interval, decimals_of(result))}"
    attained = _attained(interval)
    return f"{words}, which really holds {attained}" if attained else words


def limits_words(interval: Interval, decimals: int) -> str:
    """``−0.050 to 0.290``."""
    return span(number(interval.lower, decimals), number(interval.upper, decimals))


def confidence(interval: Interval) -> str:
    """``95 %``, with the level really held where it is known and another."""
    attained = _attained(interval)
    return f"{per_cent(interval.nominal)}, attained {attained}" if attained else per_cent(interval.nominal)


def _attained(interval: Interval) -> str:
    attained = interval.attained
    if attained is None or abs(attained - interval.nominal) < 0.0005:
        return ""
    return per_cent(attained)


def p_words(p: PValue, people: int) -> str:
    """``p = 0.200, two-sided, exact; the smallest p that these 7 people could have given was 0.008``.

    The smallest p is of the people who were analysed, not of the design, which with more of them could go lower.
    """
    text = f"p{SPACE}{probability(p.value)}, {p.sides}, {'exact' if p.exact else 'not exact'}"
    if p.smallest_reachable is None:
        return text
    whose = _these(people)
    return f"{text}; the smallest p that {whose} could have given was {bare_p(p.smallest_reachable)}"


def _these(people: int) -> str:
    return f"{'this' if people == 1 else 'these'} {plural(people, 'person', 'people')}"


def bare_p(value: float) -> str:
    """A p-value for a table: ``0.029``, ``< 0.001``."""
    return probability(value).removeprefix("=").strip()


# --- What the number cannot say -------------------------------------------------------------------------------------


def caveats(content: BlindedContent, results: Sequence[PlannedResult]) -> tuple[str, ...]:
    """What must be known beside the sentences: intervals in words, people, number of tests, design, stop, invention."""
    said = [_of_one(content, planned, several=len(results) > 1) for planned in results]
    if max((sum(planned.result.n_used.values()) for planned in results), default=0) < FEW:
        said.append(
            "With so few, one participant more or less can change the result: a small or moderate effect cannot be told "
            "from none, and a rare harm would not be seen."
        )
    said += [*_many_tests(results), *_nothing_to_compare(content.protocol)]
    said += [_stop_words(content)] if content.state.stopped is not None else []
    if content.state.simulated:
        said.append(
            "The participants are invented. The numbers show how the trial would run and be analysed; "
            "they say nothing about whether the intervention works."
        )
    return tuple(said)


def _many_tests(results: Sequence[PlannedResult]) -> list[str]:
    tests = sum(isinstance(planned.result, Estimate) and planned.result.p is not None for planned in results)
    if tests < 2:
        return []
    words = "without adjustment for their number: the more tests, the more easily one gives a small p by chance alone"
    return [f"{tests}{SPACE}tests were made {words}."]


def _nothing_to_compare(protocol: Protocol) -> list[str]:
    if len(protocol.arms) > 1:
        return []
    words = (
        "the endpoint may change without any intervention, so a change does not show that the intervention caused it"
    )
    return [f"The trial has a single arm and no control arm: {words}."]


def _of_one(content: BlindedContent, planned: PlannedResult, *, several: bool) -> str:
    """The people and the interval of one result in words, begun with its visit where there are several results."""
    result = planned.result
    parts = [_people_words(content, planned)]
    if isinstance(result, Estimate):
        parts += [_meaning(content, planned, result), *_reach_words(result)]
    opening = f"{capital(content.protocol.visit(planned.visit).label)}: " if several else ""
    return opening + " ".join(parts)


def _meaning(content: BlindedContent, planned: PlannedResult, result: Estimate) -> str:
    interval, null = result.interval, _without_effect(planned)
    if interval is None:
        if any(words.startswith(NO_INTERVAL) for words in result.warnings):
            return "There is no interval that would say how far chance may have moved it."
        return "So few people set no bound to the difference on at least one side."
    if interval.lower > null or interval.upper < null:
        nothing = "difference" if len(result.n_used) > 1 else "change"
        return f"The interval leaves out {null:g}, that is, no {nothing} at all."
    neither = "that the arms differ nor that they are equal" if len(result.n_used) > 1 else "a change nor its absence"
    return (
        f"The interval, from {_limit(result, interval.lower)} to {_limit(result, interval.upper)}, includes {null:g}: this "
        f"{content.reality} shows neither {neither}."
    )


def _without_effect(planned: PlannedResult) -> float:
    """What the number would be if no arm did anything: 1 of a ratio, and 0 of a difference or of a change in one arm."""
    method = load_method(planned.analysis.method)
    null = method.without_effect(method.parse(planned.analysis.settings)) if method.compares_arms else 0.0
    return 0.0 if null is None else null


def _limit(result: Estimate, value: float) -> str:
    return _with_scale(number(value, decimals_of(result)), result)


def _people_words(content: BlindedContent, planned: PlannedResult) -> str:
    result, names = planned.result, arm_names(content.protocol)
    used, left = sum(result.n_used.values()), len(result.left_out)
    by_arm = listed(f"{count} with {names[arm]}" for arm, count in result.n_used.items())
    counted = f"{plural(used, 'participant was', 'participants were')} analysed"
    counted += f" ({by_arm})" if len(result.n_used) > 1 else ""
    return counted + (f"; {plural(left, 'was', 'were')} left out for want of a usable value." if left else ".")


def _stop_words(content: BlindedContent) -> str:
    stopped = content.state.stopped
    if stopped is None:
        return ""
    enrolled, planned = len(content.state.enrolled()), content.protocol.design.participants
    return (
        f"The trial stopped early ({stopped.because.value}: {stopped.why.rstrip('.')}), with {enrolled} of {planned} "
        "planned participants enrolled."
    )


def _reach_words(result: Estimate) -> list[str]:
    p = result.p
    alpha = 1 - (result.interval.nominal if result.interval else 0.95)
    if p is None or p.smallest_reachable is None or p.smallest_reachable <= alpha + 1e-12:
        return []
    least = bare_p(p.smallest_reachable)
    whose = _these(sum(result.n_used.values()))
    return [f"No outcome of {whose} could have given a p below {least}: the test could not reach {number(alpha, 2)}."]


def unit_of(result: Estimate) -> str:
    """The unit of an estimate as printed; the name of its scale where it was transformed."""
    return result.unit if "," in result.unit else unit(result.unit)
