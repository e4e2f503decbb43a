"""Arms under a warrant."""

from armlet.allocation.unblinded import UnblindedDataset
from armlet.allocation.unblinding import Warrant, unseal
from armlet.allocation.vault import Vault, Writer
from armlet.derivation.dataset import BlindedDataset


def unblind(blinded: BlindedDataset, vault: Vault, writer: Writer, for_all: Warrant) -> object:
    unblinded: UnblindedDataset = unseal(vault, writer, for_all, blinded)
    return unblinded
