"""What an archive made after the lock holds beside the blinded part: arms, opened results, and the proof of the draws."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from armlet.allocation.boxes import OpenedGuess, OpenedRemark
from armlet.allocation.disclosed import DisclosedAllocation
from armlet.allocation.unblinded import UnblindedDataset
from armlet.analysis.guesses import tabulate_guesses
from armlet.analysis.plan import results_json, run_plan
from armlet.archive.contents import content_of, with_json
from armlet.archive.trail import imports_csv
from armlet.export import tables
from armlet.export.harms import exposure_csv, harms_csv
from armlet.export.package import TrialData
from armlet.report.unblinded import UnblindedContent, render_unblinded

PROOF = "allocation/proof.json"


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """The unblinded side of a locked trial.

    `imports` are the digests of files by entry; `sealed` are the files of the vault and the product strand as they were
    kept.
    """

    data: TrialData
    unblinded: UnblindedDataset
    allocation: DisclosedAllocation
    guesses: tuple[OpenedGuess, ...]
    imports: Mapping[int, str]
    sealed: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    remarks: tuple[OpenedRemark, ...] = ()


def opened_files(opened: Opened) -> dict[str, bytes]:
    """The files that only an archive with arms holds."""
    data, unblinded = opened.data, opened.unblinded
    results = run_plan(data.protocol, unblinded)
    document = {"trial": data.protocol.id, "simulated": data.state.simulated,
                "estimates": results_json(data.protocol, results)}  # fmt: skip
    told = tabulate_guesses(opened.guesses, unblinded, [arm.id for arm in data.protocol.arms])
    report = render_unblinded(UnblindedContent(content_of(data), unblinded, results, told, opened.remarks))
    files = {
        PROOF: json.dumps(json.loads(opened.allocation.canonical()), indent=2, sort_keys=True).encode() + b"\n",
        "exports/allocation.csv": tables.allocation_csv(data, unblinded).encode(),
        "exports/results.csv": tables.results_csv(data, blinded=False).encode(),
        "exports/endpoints.csv": tables.endpoints_csv(data, unblinded).encode(),
        "exports/adverse_events.csv": tables.adverse_events_csv(data, unblinded).encode(),
        "exports/harms.csv": harms_csv(data.protocol, data.state, unblinded).encode(),
        "exports/exposure.csv": exposure_csv(data.state, unblinded).encode(),
        "exports/analysis.json": json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n",
        "reports/report.html": report.encode(),
    }
    files["exports/imports.csv"] = imports_csv(data.entries, opened.imports, simulated=data.state.simulated)
    if not data.protocol.is_open_label:
        files["exports/guesses.csv"] = tables.guesses_csv(data, unblinded, opened.guesses).encode()
    return {**with_json(files), **opened.sealed}
