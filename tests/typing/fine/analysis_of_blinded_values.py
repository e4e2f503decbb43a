"""An analysis of values whose arms were unsealed."""

from armlet.allocation.unblinded import UnblindedDataset
from armlet.analysis.plan import run_plan
from armlet.protocol.model import Protocol


def analyse(protocol: Protocol, unblinded: UnblindedDataset) -> None:
    run_plan(protocol, unblinded)
