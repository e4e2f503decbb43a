"""An outcome whose title or time frame is another than was registered, or that was not registered at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from armlet.registry.record import Outcome, OutcomesModule
from armlet.registry.results.rows import OutcomeMeasureType
from armlet.registry.results.walk import OUTCOMES, outcomes, plain_words
from armlet.registry.review import Finding, ReviewRule, Submission, doubtful

_KINDS: Final = (OutcomeMeasureType.PRIMARY, OutcomeMeasureType.SECONDARY, OutcomeMeasureType.OTHER_PRE_SPECIFIED)


def _registered(module: OutcomesModule, kind: OutcomeMeasureType | None) -> tuple[Outcome, ...]:
    lists = dict(zip(_KINDS, (module.primary_outcomes, module.secondary_outcomes, module.other_outcomes), strict=True))
    return lists.get(kind, ()) if kind is not None else ()


def _find(submission: Submission) -> Iterator[Finding]:
    module = submission.protocol.outcomes_module
    for path, outcome in outcomes(submission.results):
        if outcome.type is OutcomeMeasureType.POST_HOC or outcome.type is None:
            continue
        registered = _registered(module, outcome.type)
        same = [one for one in registered if plain_words(one.measure) == plain_words(outcome.title)]
        if not same:
            message = f'"{outcome.title}" is no {outcome.type.value.lower().replace("_", " ")} outcome as registered.'
            yield doubtful(f"{path}.title", message, "Use the registered title, or amend the registration first.")
        elif plain_words(outcome.time_frame) not in {plain_words(one.time_frame) for one in same}:
            message = (
                f'"{outcome.title}" has the time frame "{outcome.time_frame}"; registered: "{same[0].time_frame}".'
            )
            yield doubtful(
                f"{path}.timeFrame", message, "Use the registered time frame, or amend the registration first."
            )
    shown = {plain_words(outcome.title) for _, outcome in outcomes(submission.results)}
    for one in module.secondary_outcomes:
        if plain_words(one.measure) not in shown:
            message = f'the registered secondary outcome "{one.measure}" is not listed.'
            yield doubtful(
                f"{OUTCOMES}.outcomeMeasures", message, "Report it, or list it with the month it is expected."
            )


METHOD = ReviewRule(
    rule="outcomes/as-registered",
    says="Outcomes have the titles, kinds and time frames that were registered; no registered secondary one is left out.",
    source='PRS Major Comments, "Information here appears inconsistent with information in other parts of the record"',
    checked="text",
    mend="endpoints[].label, endpoints[].time_frame",
    find=_find,
)
