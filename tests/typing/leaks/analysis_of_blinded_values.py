"""An analysis of values that have no arm."""

from armlet.analysis.plan import run_plan
from armlet.derivation.dataset import BlindedDataset
from armlet.protocol.model import Protocol


def analyse(protocol: Protocol, blinded: BlindedDataset) -> None:
    run_plan(protocol, blinded)  # expect: arg-type
