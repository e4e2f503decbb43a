"""The results form of a locked trial, filled in: flow, baseline, outcomes, adverse events, limitations, the record.

For the unblinded side after the lock only. Knows which fact of the ledger, the vault and the analysis plan answers which
field of the registry. Refuses to invent: a field that the trial does not answer stays empty and is listed with the part
of the protocol that would answer it. Nobody is named and no participant number is written; small cells can still tell
who somebody is, which the notes beside every export say.
"""
