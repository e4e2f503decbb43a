"""Pure rules of the cell product: the dose and the release verdict.

Knows arithmetic on weights, counts and limits. Refuses to know whose preparation it is and which arm that person is in.
"""
