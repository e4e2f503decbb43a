"""The archive of a trial: one file of open formats that anybody can read and verify for decades, without this program.

Knows what belongs in it, how it is packed so that the same trial gives the same bytes, and how it is unpacked without
trusting it. A blinded archive is made from the open strand alone. Refuses to know who people are: identities are never
in it.
"""
