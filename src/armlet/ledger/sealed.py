"""What can happen on the unblinded side: the second family of events. The open strand cannot hold one of these.

For every participant the same events are written in the same order, whatever the arm: a sham preparation is made,
tested and dosed on paper like a real one, with results that say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from armlet.document import Document
from armlet.ledger.event import Moment, ParticipantId
from armlet.protocol.criteria import Name
from armlet.protocol.model import Settings
from armlet.units import Quantity


class _Sealed(Document):
    """Base of the sealed events; they never print their contents, plainly or prettily."""

    version: Literal[1] = 1

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: not shown>"

    __str__ = __repr__

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        return iter(())


class SealedFactor(Document):
    """What the arms are balanced over: its name and levels, in the protocol's order."""

    name: Name
    levels: tuple[str, ...]


class VaultOpened(_Sealed):
    """The vault begins: the method with its limits, and the seed that every draw is replayed from."""

    kind: Literal["vault opened"] = "vault opened"
    trial: Name
    arms: tuple[Name, ...]
    ratio: tuple[int, ...]
    method: str
    settings: Settings
    factors: tuple[SealedFactor, ...] | None = None
    seed: str = Field(pattern=r"^[0-9a-f]{64}$")
    simulated: bool


class SealingKeyMade(_Sealed):
    """The secret half of the trial's sealing key: it opens the boxes of the open strand."""

    kind: Literal["sealing key made"] = "sealing key made"
    secret: str = Field(pattern=r"^[0-9a-f]{64}$")


class ArmAssigned(_Sealed):
    """One slot went to one participant, for ever. `drawn` is the number drawn, so that the draw can be replayed.

    `levels` are those of the request: without them a draw that balances over factors could not be replayed.
    """

    kind: Literal["arm assigned"] = "arm assigned"
    participant: ParticipantId
    request: str
    slot: int = Field(ge=1)
    arm: Name
    drawn: str
    preparation: str
    levels: dict[Name, str] | None = None


class PreparationMade(_Sealed):
    """A preparation was made: product or sham, from which lot and donor."""

    kind: Literal["preparation made"] = "preparation made"
    preparation: str
    content: Literal["product", "sham"]
    lot: str
    donor: str


class ReleaseTested(_Sealed):
    """One release test of a preparation. A sham has the same tests with no value and `passed` true."""

    kind: Literal["release tested"] = "release tested"
    preparation: str
    test: Name
    value: str
    unit: str
    passed: bool


class DosePrepared(_Sealed):
    """The dose drawn up: the volume for the weight, and the dose per kilogram after rounding (0 in a sham)."""

    kind: Literal["dose prepared"] = "dose prepared"
    preparation: str
    weight: Quantity
    concentration: Quantity
    volume: Quantity
    dose: Quantity


class PreparationCertified(_Sealed):
    """Somebody who did not make it released the preparation, or did not."""

    kind: Literal["preparation certified"] = "preparation certified"
    preparation: str
    verdict: Literal["pass", "fail"]
    expires: Moment


class ArmRead(_Sealed):
    """Somebody learned an allocation, under which warrant."""

    kind: Literal["arm read"] = "arm read"
    participant: ParticipantId | None = None
    warrant: str
    by: str


class KeyRotated(_Sealed):
    """The first entry under a new key, the vault's key number `generation`; it holds the key before it.

    So the newest key opens all of the strand, and an older one nothing from here on.
    """

    kind: Literal["key rotated"] = "key rotated"
    generation: int = Field(ge=2)
    previous: str = Field(pattern=r"^[0-9a-f]{64}$")


class VaultRestored(_Sealed):
    """The strand was put back from a backup and may be older than what was handed out: no slot until reconciled.

    `entries` and `head` are where the backup ended, `backed_up` when it was made.
    """

    kind: Literal["vault restored"] = "vault restored"
    entries: int = Field(ge=1)
    head: str
    backed_up: Moment
    at: Moment


class SlotLost(_Sealed):
    """A slot was used, and nobody knows any more for whom: it is given to nobody else, ever.

    `arm` and `drawn` are what the seed draws for it; None where the draw depends on whom it was for.
    """

    kind: Literal["slot lost"] = "slot lost"
    slot: int = Field(ge=1)
    preparation: str
    arm: Name | None = None
    drawn: str | None = None


class VaultReconciled(_Sealed):
    """Every slot that was used is in the vault again, as far as the open strand and the papers outside tell.

    `entries` and `head` are where the open strand ended, `last` the last slot that it or the papers show (0: none).
    """

    kind: Literal["vault reconciled"] = "vault reconciled"
    entries: int = Field(ge=0)
    head: str
    last: int = Field(ge=0)


class BoardLabelsDrawn(_Sealed):
    """Which label stands for which arm in one report to the safety board: drawn for that report alone."""

    kind: Literal["board labels drawn"] = "board labels drawn"
    report: str = Field(min_length=1)
    labels: dict[Name, str]


class PossibleUnblindingNoted(_Sealed):
    """Something that happened may tell somebody an arm: written for the statistician of the safety board alone.

    It stands here and not in the open strand, because that it was written at all could tell the arm.
    """

    kind: Literal["possible unblinding noted"] = "possible unblinding noted"
    participant: ParticipantId
    what: str = Field(min_length=1, max_length=2000)


SealedEvent: TypeAlias = (
    VaultOpened
    | SealingKeyMade
    | ArmAssigned
    | PreparationMade
    | ReleaseTested
    | DosePrepared
    | PreparationCertified
    | ArmRead
    | KeyRotated
    | VaultRestored
    | SlotLost
    | VaultReconciled
    | BoardLabelsDrawn
    | PossibleUnblindingNoted
)
AnySealedEvent = Annotated[SealedEvent, Field(discriminator="kind")]
__all__ = [
    "AnySealedEvent",
    "ArmAssigned",
    "ArmRead",
    "BoardLabelsDrawn",
    "DosePrepared",
    "KeyRotated",
    "PossibleUnblindingNoted",
    "PreparationCertified",
    "PreparationMade",
    "ReleaseTested",
    "SealedEvent",
    "SealedFactor",
    "SealingKeyMade",
    "SlotLost",
    "VaultOpened",
    "VaultReconciled",
    "VaultRestored",
]
