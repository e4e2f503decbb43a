"""The vault of a trial folder: written, opened with the key beside it, and unblinded under the ledger's own warrant.

A rehearsal keeps the key beside the strand because nobody in it is real; a real trial keeps it with other people.
"""

from __future__ import annotations

from pathlib import Path

from armlet.allocation.belonging import check_belongs
from armlet.allocation.boxes import open_boxes, opening_key
from armlet.allocation.sealed_strand import VaultKey, verify_sealed
from armlet.allocation.unblinded import UnblindedDataset
from armlet.allocation.unblinding import find_warrant, unseal
from armlet.allocation.vault import Vault, Writer
from armlet.errors import RefusedError, SealBroken
from armlet.export.package import (
    KEY,
    PRODUCT,
    PRODUCT_HEAD,
    PRODUCT_KEY,
    SEALED,
    SEALED_HEAD,
    TrialData,
    compute,
    head_json,
    read_head,
    write_bytes,
    write_text,
)
from armlet.issues import error
from armlet.laboratory.strand import ProductKey, ProductStrand
from armlet.ledger.events import UnblindingCategory


def write_vault(folder: Path, vault: Vault, key: VaultKey) -> None:
    """Writes the sealed strand, its head, and the key, which only its owner may read."""
    write_bytes(folder / SEALED, vault.as_bytes())
    write_text(folder / SEALED_HEAD, head_json(vault.head()))
    key.save(folder / KEY)


def write_product(folder: Path, strand: ProductStrand, key: ProductKey) -> None:
    """Writes the product strand, its head, and its key, which is another than the vault's."""
    write_bytes(folder / PRODUCT, strand.as_bytes())
    write_text(folder / PRODUCT_HEAD, head_json(strand.head()))
    key.save(folder / PRODUCT_KEY)


def load_vault(folder: Path, key: VaultKey | None = None) -> Vault:
    """The vault of a folder, with the key beside it unless one is given. What is read is written into a copy in memory.

    Raises SealBroken, also for a strand that does not end at its published head.
    """
    if not (folder / SEALED).is_file():
        raise SealBroken(f"{folder / SEALED} is not there; without it nobody can say who got what.")
    _, breaks = verify_sealed((folder / SEALED).read_bytes(), read_head(folder / SEALED_HEAD))
    if breaks:
        raise SealBroken(f"{folder / SEALED}: {breaks[0]}")
    return Vault(key or VaultKey.load(folder / KEY), folder / SEALED).detached()


def unblind(data: TrialData, vault: Vault) -> tuple[TrialData, UnblindedDataset]:
    """The trial with its sealed results opened, and its dataset with arms, under the warrant for all after the lock.

    Raises RefusedError without that warrant, SealBroken where the vault does not fit the open strand.
    """
    granted = [
        warrant.warrant
        for warrant in data.state.warrants.values()
        if warrant.participant is None and warrant.category is UnblindingCategory.ANALYSIS
    ]
    if data.state.locked is None or not granted:
        message = "the trial is not locked, or nobody was granted the allocations after the lock."
        fix = "Lock it and ask for a warrant for all participants."
        raise RefusedError([error("unblinding/before-lock", data.protocol.id, message, fix)])
    check_belongs(vault, data.state)
    without = {one.id for one in data.state.randomised()} - {slot.participant for slot in vault.assignments()}
    if without:
        who = ", ".join(sorted(without))
        raise SealBroken(f"the vault holds no slot for {who}, whom the open strand says were allocated.")
    at = data.entries[-1].entry.recorded
    warrant = find_warrant(data.entries, granted[0])
    opened = compute(data.protocol, data.entries, open_boxes(data.entries, opening_key(vault)))
    return opened, unseal(vault, Writer("Analysis", at), warrant, opened.dataset)
