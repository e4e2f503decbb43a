"""Turns endpoint values and the arms of an unsealed data set into estimates, intervals and p-values.

Knows: how to compare two arms, or one arm with no change, when ten people are all there is: exact tests over the
allocations that the trial's own method allows, least squares, ranks, exact limits for a proportion; and when to say
`NotEstimable` with a reason instead of a number.

Refuses to know: where values come from, what a visit or a laboratory is, who may see an arm. It opens no ledger and
no vault; it is handed `Cases` by a caller that was allowed to unseal them. Floats begin here: recorded values stay
decimal in every package before this one. Importing it brings numpy, so callers import it late.
"""
