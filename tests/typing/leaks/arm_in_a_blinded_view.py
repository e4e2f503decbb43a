"""An arm asked of what everybody may see."""

from armlet.conduct.observation import Observation
from armlet.conduct.state import Participant, TrialState
from armlet.derivation.dataset import BlindedDataset
from armlet.ledger.events import OpenEvent
from armlet.projections.flow import Flow
from armlet.projections.participants import ParticipantRow


def look(state: TrialState, one: Participant, row: ParticipantRow, flow: Flow, seen: Observation) -> object:
    return (
        state.arms,  # expect: attr-defined
        one.arm,  # expect: attr-defined
        row.arm,  # expect: attr-defined
        flow.by_arm,  # expect: attr-defined
        seen.arm,  # expect: attr-defined
    )


def ask(blinded: BlindedDataset, event: OpenEvent) -> object:
    if event.kind == "randomised":
        return event.arm  # expect: attr-defined
    return blinded.arm_of("P1")  # expect: attr-defined
