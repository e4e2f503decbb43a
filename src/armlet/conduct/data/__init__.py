"""What is done with data after they were entered: forms, edit checks, queries, signatures, freezing, locks.

Knows who entered, changed and signed what, and when. Refuses to know what only the vault can read: a check never looks at
a sealed value once it is sealed, and no query is opened because of one.
"""
