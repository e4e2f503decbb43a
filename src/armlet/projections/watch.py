"""What pages show of a trial that runs: views that cost what is new and what is shown, however long the trial has run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from armlet.conduct.following import Following
from armlet.conduct.state import TrialState
from armlet.derivation.dataset import BlindedDataset
from armlet.derivation.derive import ValuesOfEndpoint, derive_participant, gather, prepare_endpoints
from armlet.ledger.stores import Store
from armlet.projections.analysis_visits import assign_visits
from armlet.projections.followed import follow
from armlet.projections.observations import analysis_sets
from armlet.protocol.model import Protocol


@dataclass(frozen=True, slots=True)
class _Derived:
    """The values of one participant, and the newest entry about them when they were derived."""

    as_of: int
    values: Sequence[ValuesOfEndpoint]


class Watch:
    """The state of a trial, and the derived values of its participants, both extended from where they were.

    A participant's values are derived when they are asked for, and anew only after an entry about that participant. All
    of it is in memory and may be thrown away at any time. Like the state, it is for one thread at a time.
    """

    def __init__(self, protocol: Protocol, store: Store, following: Following | None = None) -> None:
        """Folds what is there, unless it is given who follows the store already.

        Raises InputError where an endpoint's settings do not fit, and what reading raises.
        """
        self.protocol = protocol
        self._following = following or Following(store)
        self._endpoints = prepare_endpoints(protocol)
        self._derived: dict[str, _Derived] = {}

    @property
    def state(self) -> TrialState:
        """Where the trial stands now."""
        return self._following.state

    def values_of(self, participant: str) -> Sequence[ValuesOfEndpoint]:
        """Every endpoint of one participant, in the protocol's order. Raises KeyError for an unknown number."""
        return self._values(self.state, participant)

    def dataset(self) -> BlindedDataset:
        """The values of everybody enrolled; only those about whom something is new are derived."""
        state = self.state
        of_participant = {one.id: self._values(state, one.id) for one in state.enrolled()}
        sets, followed = analysis_sets(self.protocol, state), follow(self.protocol, state)
        return gather(self.protocol, of_participant, sets, state.simulated, followed)

    def _values(self, state: TrialState, participant: str) -> Sequence[ValuesOfEndpoint]:
        one = state.participants[participant]
        known = self._derived.get(participant)
        if known is None or known.as_of != one.last_entry:
            counted = assign_visits(self.protocol, one)
            visits = (counted.held, counted.absent)
            values = derive_participant(self.protocol, self._endpoints, one.id, counted.observations, visits)
            known = self._derived[participant] = _Derived(one.last_entry, values)
        return known.values
