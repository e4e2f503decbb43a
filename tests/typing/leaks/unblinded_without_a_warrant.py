"""Arms without a warrant: the dataset made by hand from the blinded one, or unsealed with less than it takes."""

from armlet.allocation.unblinded import UnblindedDataset
from armlet.allocation.unblinding import unseal
from armlet.allocation.vault import Vault, Writer
from armlet.derivation.dataset import BlindedDataset


def unblind(blinded: BlindedDataset, vault: Vault, writer: Writer) -> object:
    by_hand = UnblindedDataset(blinded)  # expect: call-arg
    cast: UnblindedDataset = blinded  # expect: assignment
    without = unseal(vault, writer, blinded)  # expect: call-arg
    named = unseal(vault, writer, "W1", blinded)  # expect: arg-type
    return by_hand, cast, without, named
