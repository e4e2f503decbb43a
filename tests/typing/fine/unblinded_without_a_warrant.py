"""Arms under a warrant."""

from armlet.allocation.unblinded import UnblindedDataset
from armlet.allocation.unblinding import Warrant, reveal, unseal
from armlet.allocation.vault import Vault, Writer
from armlet.derivation.dataset import BlindedDataset


def unblind(blinded: BlindedDataset, vault: Vault, writer: Writer, for_all: Warrant, for_one: Warrant) -> object:
    unblinded: UnblindedDataset = unseal(vault, writer, for_all, blinded)
    return unblinded, reveal(vault, writer, for_one)
