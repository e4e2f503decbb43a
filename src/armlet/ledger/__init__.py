"""The ledger: what happened, append-only, chained by digests, in an open and a sealed strand.

Knows how entries are written, chained, stored and verified. Refuses to know what they mean for the trial (`conduct`
folds them) and who got what (the sealed events pass through here as a type; only `armlet.allocation` reads them).
"""
