"""What the upload schemas do not see: values outside their pick-lists, elements that stand empty, and what has no place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from armlet.export.prs.node import Node, holds_forbidden
from armlet.export.prs.picklists import LISTS
from armlet.issues import Issue, error, note, warning
from armlet.registry.record import Record
from armlet.registry.results.rows import FlowMilestone, ResultsSection
from armlet.registry.results.walk import lines, outcomes, periods, rows, tables

_EMPTY_IS_FINE: Final = frozenset({"parameterType"})
"""The schema wants it with every analysis, also with one that estimates nothing."""

_MAY_BE_EMPTY: Final = re.compile(r"(s|Groups|Analyses|Values|Entries|Rows|Details|Stats|Events)$")
"""Names of lists, which may have no item."""


def find_unlisted(root: Node) -> Iterator[Issue]:
    """Values that no pick-list has, elements that the schema wants and that are empty, references to no group."""
    known = {value for _, node in root.walk() for name, value in node.attributes if name == "id"}
    for path, node in root.walk():
        listed = _list_of(path)
        if listed is not None and node.text and node.text not in listed:
            expected = (
                ", ".join(sorted(listed)) if len(listed) <= _FEW else f"one of the {len(listed)} of the registry's list"
            )
            message = f"{node.text!r} is no value of this pick-list; expected {expected}."
            yield error("prs/pick-list", path, message, "Correct it in the registry's form.")
        if node.name.endswith("GroupId") and node.text not in known:
            yield error("prs/reference", path, f"{node.text!r} is no group of the document.", "Correct the results.")
        if holds_forbidden(node.text):
            yield warning("prs/character", path, "the text has a character that XML cannot hold.", "Take it out.")
        if not node.text and not node.children and _is_wanted(node):
            message = "the schema wants this, and the record does not say it."
            yield warning("prs/empty", path, message, "Fill it in, in the registry's form.")


def _list_of(path: str) -> frozenset[str] | None:
    """The values of the pick-list that the element at the path is of, by its own name or its parent's and its own."""
    tail = "/".join(step.partition("[")[0] for step in path.split("/")[-2:])
    return LISTS.get(tail) or LISTS.get(tail.partition("/")[2])


_FEW: Final = 12


def _is_wanted(node: Node) -> bool:
    return node.name not in _EMPTY_IS_FINE and not _MAY_BE_EMPTY.search(node.name) and not node.attributes


def find_lost(record: Record, results: ResultsSection) -> Iterator[Issue]:
    """What the record says and the schemas have no place for; it has to be typed into the registry's form."""
    identity = record.protocol_section.identification_module
    if identity.nct_id:
        yield _lost(
            "protocolSection.identificationModule.nctId", "its own number", "nothing to do, it knows the number"
        )
    officials = record.protocol_section.contacts_locations_module.overall_officials
    if officials:
        where = "protocolSection.contactsLocationsModule.overallOfficials"
        yield _lost(where, "first and last names apart (a record has one text)", "take the last names apart")
    for path, period in periods(results):
        yield from _lost_of_flow(path, period.milestones)
        if any(reason.comment or any(one.comment for one in reason.reasons) for reason in period.drop_withdraws):
            yield _lost(f"{path}.dropWithdraws", "a comment on a reason for leaving", "add it to the form")
    yield from _categories_without_cells(results)
    for path, outcome in outcomes(results):
        for index, analysis in enumerate(outcome.analyses):
            if analysis.ci_lower_limit_comment:
                yield _lost(
                    f"{path}.analyses[{index}].ciLowerLimitComment",
                    "why a lower limit is missing",
                    "add it to the form",
                )
    if record.document_section:
        yield _lost("documentSection", "uploaded documents", "upload them to the registry")


def _categories_without_cells(results: ResultsSection) -> Iterator[Issue]:
    for path, table in tables(results):
        for row_path, row in rows(path, table):
            for line_path, line in lines(row_path, row):
                if not line.measurements:
                    yield _lost(line_path, "a category without a number", "add it to the form")


def _lost_of_flow(path: str, milestones: tuple[FlowMilestone, ...]) -> Iterator[Issue]:
    for one in milestones:
        if one.type == "NOT COMPLETED" and (one.comment or any(stats.comment for stats in one.achievements)):
            yield _lost(f"{path}.milestones", "a comment on those who did not complete", "add it to the form")


def _lost(path: str, what: str, fix: str) -> Issue:
    where = path if path.startswith(("protocolSection", "documentSection")) else f"resultsSection.{path}"
    return note("prs/no-place", where, f"the upload has no place for {what}.", f"In the registry's own form: {fix}.")
