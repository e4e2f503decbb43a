"""A trial as files: its folder on disk, tables for other programs, and the formats that outsiders ask for.

Knows how a trial is written and read back. Refuses to decide anything: what an exporter may read is the package, and a
blinded table has no arm because what it is made of has none.
"""
