"""The conduct of the cell product, from donor to bedside: a strand of its own, its door, and where every cell went.

Knows donors, lots, bags and which preparation held product and which a sham: so it stands on the unblinded side, and the
cell laboratory and the pharmacist hold its key. Refuses to know the vault: seeds, limits and slots nobody has yet are
not here, and whoever holds the vault's key has not this one (decision record 0019).
"""
