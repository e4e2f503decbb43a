"""What everybody may see."""

from armlet.conduct.observation import Observation
from armlet.conduct.state import Participant, TrialState
from armlet.derivation.dataset import BlindedDataset
from armlet.ledger.events import OpenEvent
from armlet.projections.flow import Flow
from armlet.projections.participants import ParticipantRow


def look(state: TrialState, one: Participant, row: ParticipantRow, flow: Flow, seen: Observation) -> object:
    return (
        state.participants,
        one.preparation,
        row.preparation,
        flow.randomised,
        seen.quantity,
    )


def ask(blinded: BlindedDataset, event: OpenEvent) -> object:
    if event.kind == "randomised":
        return event.preparation
    return blinded.participants
