"""A record as one upload document, with what the schemas cannot check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from armlet.export.prs.lint import find_lost, find_unlisted
from armlet.export.prs.node import Node, element, render
from armlet.export.prs.protocol import protocol_nodes
from armlet.export.prs.results import NAMESPACE as RESULTS_NAMESPACE
from armlet.export.prs.results import results_node
from armlet.issues import Issue
from armlet.registry.record import Record
from armlet.registry.results.reading import read_results
from armlet.registry.results.rows import ResultsSection

NAMESPACE: Final = "http://clinicaltrials.gov/prs"


@dataclass(frozen=True, slots=True)
class Upload:
    """The bytes of the document, and what stands in it wrongly, emptily or not at all."""

    xml: bytes
    issues: tuple[Issue, ...]


def write_prs(record: Record, results: ResultsSection | None = None) -> Upload:
    """A record, with its results where it has some, as an upload that replaces the whole record in the registry.

    `results` are the record's own unless given. The same record gives the same bytes.
    """
    rows = results
    if rows is None and record.results_section is not None:
        rows = read_results(record.results_section).section
    root = _collection(record, rows)
    issues = (*find_unlisted(root), *find_lost(record, rows or ResultsSection()))
    return Upload(render(root), issues)


def render_prs(record: Record) -> bytes:
    """The upload document of a record alone."""
    return write_prs(record).xml


def _collection(record: Record, rows: ResultsSection | None) -> Node:
    study = element(
        "clinical_study",
        *protocol_nodes(record.protocol_section),
        None if rows is None else results_node(rows),
    )
    named = (("xmlns:prs", NAMESPACE), ("xmlns:rrs", RESULTS_NAMESPACE))
    return Node("prs:study_collection", children=(study,), attributes=named)
