"""A registered primary outcome that has no results."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.registry.results.rows import OutcomeMeasureType
from armlet.registry.results.walk import OUTCOMES, outcomes, plain_words, posted
from armlet.registry.review import Finding, ReviewRule, Submission, amiss, doubtful


def _find(submission: Submission) -> Iterator[Finding]:
    results = submission.results
    primary = OutcomeMeasureType.PRIMARY
    if not any(outcome.type is primary for _, outcome in posted(results)):
        message = "no primary outcome has results; at least one is needed."
        yield amiss(
            f"{OUTCOMES}.outcomeMeasures", message, "Analyse a primary endpoint, or say why nobody was analysed."
        )
    with_numbers = {plain_words(outcome.title) for _, outcome in posted(results)}
    listed = {plain_words(outcome.title) for _, outcome in outcomes(results)}
    registered = submission.protocol.outcomes_module.primary_outcomes
    missing = [one.measure for one in registered if plain_words(one.measure) not in listed]
    reported = sum(outcome.type is primary for _, outcome in outcomes(results))
    if missing and reported < len(registered):
        for title in missing:
            message = f'the registered primary outcome "{title}" has no results.'
            yield amiss(
                f"{OUTCOMES}.outcomeMeasures", message, "Report it, with nobody analysed where there are no data."
            )
    for one in registered:
        title = plain_words(one.measure)
        if title in listed - with_numbers:
            message = f'the registered primary outcome "{one.measure}" has no numbers yet.'
            yield doubtful(f"{OUTCOMES}.outcomeMeasures", message, "Report it by the deadline: see `armlet deadlines`.")


METHOD = ReviewRule(
    rule="outcomes/primary",
    says="Every registered primary outcome has results, and at least one has numbers.",
    source="Results Data Element Definitions, Outcome Measure Reporting Status (as kept by AACT); 42 CFR 11.48(a)(3)",
    checked="text",
    mend="endpoints[].level",
    find=_find,
)
