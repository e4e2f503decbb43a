"""Keeping up with a trial while it runs: the state is folded once, and after that only extended by what is new."""

from __future__ import annotations

from armlet.conduct.state import TrialState, fold
from armlet.ledger.events import EntryRedacted
from armlet.ledger.stores import Store


class Following:
    """The state of the trial in a store, brought up to date whenever it is asked for.

    What was folded is neither read nor folded again, so asking costs what the new entries cost, however long the trial.
    It is one and the same state that is extended: whoever keeps it sees it change. Only after a redaction everything is
    read anew, since words that were folded are to be forgotten. For one thread at a time.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._state = fold(store.read())

    @property
    def state(self) -> TrialState:
        """Where the trial stands now, whoever wrote. Raises what reading the store raises."""
        new = list(self._store.read(after=self._state.head.seq))
        is_redacted = any(isinstance(one.event, EntryRedacted) for one in new)
        self._state = fold(self._store.read()) if is_redacted else fold(new, self._state)
        return self._state
