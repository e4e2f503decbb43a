"""The allocation of a life, sealed: a real vault, whose seed stands in the life because nobody in it is real."""

from __future__ import annotations

import json

from armlet.allocation.commitment import commit_to, list_arms
from armlet.allocation.scheme import Scheme, plan_slots, scheme_of
from armlet.allocation.sealed_strand import VaultKey, draw_seed
from armlet.allocation.vault import Vault, Writer
from armlet.conduct.commands import By, CommitAllocation
from armlet.conduct.decide import Refused
from armlet.export.package import KEY, SEALED
from armlet.ledger.box import OpeningKey
from armlet.ledger.sealed import SealingKeyMade, VaultOpened
from armlet.life.model import Life
from armlet.life.world import World
from armlet.protocol.model import Protocol, Role


def scheme_of_life(life: Life, protocol: Protocol, *, is_swapped: bool) -> Scheme:
    """The scheme that the life's seed draws from; in the swapped world the arms stand in the other order."""
    arms = [arm.id for arm in protocol.arms]
    scheme = scheme_of(protocol, life.sealed_settings, arms[::-1] if is_swapped else arms)
    return plan_slots(scheme, protocol.design.participants)


def drawn_arms(life: Life, protocol: Protocol, *, is_swapped: bool) -> list[str]:
    """The arms that the seed gives the slots, in their order."""
    scheme = scheme_of_life(life, protocol, is_swapped=is_swapped)
    drawn = list_arms(scheme, bytes.fromhex(life.simulated_seed), len(life.arms))
    return [scheme.arms[arm] for arm in drawn]


def seal_allocation(world: World, by: str) -> list[str]:
    """Seals, and publishes the commitment; what is amiss. In the swapped world the commitment is that of the told one.

    So nothing in the open strand differs between the two worlds; the swapped one is never verified against its vault.
    """
    life, protocol = world.life, world.protocol
    told, drawn = list(world.arms.values()), drawn_arms(life, protocol, is_swapped=world.is_swapped)
    scheme, seed = scheme_of_life(life, protocol, is_swapped=world.is_swapped), bytes.fromhex(life.simulated_seed)
    key, secret = VaultKey.generate(), draw_seed()
    for path in (KEY, SEALED):
        (world.folder / path).parent.mkdir(parents=True, exist_ok=True)
    key.save(world.folder / KEY)
    vault, writer = Vault(key, world.folder / SEALED), Writer(by, world.clock.moment)
    opened = {**scheme.as_dict(), "trial": protocol.id, "seed": life.simulated_seed, "simulated": True}
    vault.write(writer, VaultOpened.model_validate_json(json.dumps(opened)))
    vault.write(writer, SealingKeyMade(secret=secret.hex()))
    published = scheme_of_life(life, protocol, is_swapped=False)
    commitment = commit_to(protocol.id, published, seed, protocol.design.participants)
    who = By(by, Role.RANDOMISATION_STATISTICIAN, world.clock.moment)
    decision = world.door.ask(CommitAllocation(commitment, OpeningKey(secret).public()), who)
    refused = [str(issue) for issue in decision.issues] if isinstance(decision, Refused) else []
    return refused if told == drawn else [*refused, "the seed does not give the arms that are told"]
