"""The estimators, one module each, each offering one `METHOD`.

A method knows its settings, when it must refuse, and where it is written down. It refuses to know the other methods,
the protocol and the ledger. Find one by name with `armlet.analysis.catalogue.load_method`.
"""
