"""How CDISC ODM 1.3.2 spells a casebook: its metadata, its data, and the people who entered them.

Knows the spelling and nothing of the trial's rules. The names of elements and attributes are those of the standard's
published schema, which the tests hold every file to.
"""
