"""How fast armlet is beside its peers, measured side by side in one run: ``python -m bench``.

Knows how to time two ways of doing one thing and to print a table. Refuses to judge: no figure here is asserted
anywhere, since the next machine has others.
"""
