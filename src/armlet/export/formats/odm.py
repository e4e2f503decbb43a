"""The collected data as CDISC ODM 1.3.2: one XML file with the metadata, the data and who entered what stands, and when.

A snapshot: every value as it stands after corrections, with the audit record of its entry. The values before a
correction are in the ledger, and the archive holds it. Users are numbers; the ledger knows who they are.
"""

from __future__ import annotations

from armlet.export.casebook import compile_casebook
from armlet.export.format import Exported, ExportFormat
from armlet.export.odm.data import clinical_data
from armlet.export.odm.metadata import study
from armlet.export.odm.people import admin_data, list_authors
from armlet.export.prs.node import Node, render
from armlet.export.results_form.locked import LockedTrial

NAMESPACE = "http://www.cdisc.org/ns/odm/v1.3"
SIMULATED_MARK = "SIMULATED-"


def export(trial: LockedTrial) -> Exported:
    """The one file."""
    book, authors = compile_casebook(trial), list_authors(trial)
    name = f"{SIMULATED_MARK if trial.data.state.simulated else ''}{trial.protocol.id}"
    entries = trial.data.entries
    written = entries[-1].entry.recorded.isoformat() if entries else f"{trial.data.as_of}T00:00:00+00:00"
    root = Node(
        "ODM",
        children=(study(trial, book), admin_data(trial, authors), clinical_data(trial, book, authors)),
        attributes=(
            ("xmlns", NAMESPACE),
            ("Description", trial.marked(f"All data of {trial.protocol.id} after its lock, with arms.")),
            ("FileType", "Snapshot"),
            ("Granularity", "All"),
            ("FileOID", f"{name}.{trial.data.head.seq}"),
            ("CreationDateTime", written),
            ("AsOfDateTime", written),
            ("ODMVersion", "1.3.2"),
            ("SourceSystem", "armlet"),
        ),
    )
    return Exported({f"{name}-odm.xml": render(root)}, ())


METHOD = ExportFormat(
    description="all collected data with their metadata and who entered them: CDISC ODM 1.3.2, one XML file",
    export=export,
)
