"""Fewer were analysed than started, or nobody, and nothing says who was left out."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.registry.results.walk import arm_key, chosen, named, posted, started, weight_since_final_rule
from armlet.registry.review import Finding, ReviewRule, Submission, doubtful


def _find(submission: Submission) -> Iterator[Finding]:
    results = submission.results
    began = started(results)
    for path, outcome in posted(results):
        if outcome.population_description:
            continue
        titles = {group.id: arm_key(group.title) for group in outcome.groups}
        analysed = chosen(outcome.denoms, None)
        for group, count in analysed.items():
            at_start = began.get(titles.get(group, ""))
            if count == 0:
                message = f"nobody of {named(outcome.groups, group)} was analysed, and nothing says why."
                fix = "Say in the population description why."
                yield Finding(
                    weight_since_final_rule(submission.protocol), f"{path}.populationDescription", message, fix
                )
            elif at_start is not None and count < at_start:
                message = (
                    f"{count} of {named(outcome.groups, group)} were analysed and {at_start} started, "
                    "and nothing says who was left out."
                )
                yield doubtful(f"{path}.populationDescription", message, "Name the analysis set and who is not in it.")


METHOD = ReviewRule(
    rule="denominators/population",
    says="Where fewer were analysed than started, the population description says who; an error where nobody was.",
    source="PRS validation messages of June 2018; Results Data Element Definitions, Analysis Population Description",
    checked="text",
    mend="sets[].label, analyses[].set",
    find=_find,
)
