"""Tabulation data in the manner of CDISC SDTM: Dataset-JSON 1.1 for each data set, and Define-XML 2.1 that describes them.

DM, EX, AE, DS, DV, SV, TV, TI and TS, as far as the trial holds their facts, and the trial's own XR with every result.
Nothing is coded that nobody coded, and no conformance to an implementation guide is claimed: the files are what a
programmer begins with.
"""

from __future__ import annotations

from armlet.export.format import Exported, ExportFormat
from armlet.export.prs.node import render
from armlet.export.results_form.locked import LockedTrial
from armlet.export.sdtm.dataset import as_json
from armlet.export.sdtm.define import define, version_oid
from armlet.export.sdtm.design import list_design
from armlet.export.sdtm.people import list_people, study_id

SIMULATED_MARK = "SIMULATED-"


def export(trial: LockedTrial) -> Exported:
    """One file for each data set, and the one that describes them."""
    mark = SIMULATED_MARK if trial.data.state.simulated else ""
    datasets = (*list_design(trial), *list_people(trial))
    entries = trial.data.entries
    written = (entries[-1].entry.recorded if entries else trial.data.as_of).isoformat()
    written = written if "T" in written else f"{written}T00:00:00+00:00"
    names = {one.name: f"{mark}{one.file}" for one in datasets}
    describing = f"{mark}define.xml"
    originator = trial.protocol.organisation.sponsor
    files = {describing: render(define(trial, datasets, names, written))}
    for one in datasets:
        study, version = f"STDY.{study_id(trial)}", version_oid(trial)
        files[names[one.name]] = as_json(one, study, version, written, originator, describing)
    return Exported(files, ())


METHOD = ExportFormat(
    description="tabulation data in the manner of SDTM, uncoded: Dataset-JSON 1.1 with Define-XML 2.1",
    export=export,
)
