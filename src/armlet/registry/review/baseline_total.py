"""A total of the baseline that is not the sum of the arms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from armlet.registry.results.rows import MeasureParam
from armlet.registry.results.walk import chosen, lines, number, rows, total_id
from armlet.registry.review import Finding, ReviewRule, Submission, amiss, doubtful


def _find(submission: Submission) -> Iterator[Finding]:
    module, total = submission.results.baseline_characteristics_module, total_id(submission.results)
    if len(module.groups) > 1 and total is None:
        message = "there are several arms and no total over all of them."
        yield doubtful("baselineCharacteristicsModule.groups", message, "Add the total.")
    if total is None:
        return
    analysed: Mapping[str, int] = chosen(module.denoms, None)
    if total in analysed:
        parts = sum(count for group, count in analysed.items() if group != total)
        if parts != analysed[total]:
            message = f"the arms have {parts} participants together and the total {analysed[total]}."
            yield amiss("baselineCharacteristicsModule.denoms", message, "Add up again.")
    for index, measure in enumerate(module.measures):
        if measure.param_type is not MeasureParam.COUNT_OF_PARTICIPANTS:
            continue
        for row_path, row in rows(f"baselineCharacteristicsModule.measures[{index}]", measure):
            for path, line in lines(row_path, row):
                counts = {cell.group_id: number(cell.value) for cell in line.measurements}
                all_known = {group: count for group, count in counts.items() if count is not None}
                parts_here = sum(count for group, count in all_known.items() if group != total)
                if total in all_known and len(all_known) == len(counts) > 1 and parts_here != all_known[total]:
                    message = f"the arms have {parts_here} together and the total {all_known[total]}."
                    yield amiss(path, message, "Add up again.")


METHOD = ReviewRule(
    rule="baseline/total",
    says="The total of the baseline is the sum of its arms, for participants and for every count.",
    source='PRS Major Comments, "Information within the measure appears inconsistent"',
    checked="text",
    mend="the ledger: baseline results",
    find=_find,
)
