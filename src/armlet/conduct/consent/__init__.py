"""Consent through the whole of a trial: its documents, who may sign, asking anew, and what a withdrawal leads to.

Knows nothing of arms: a withdrawal frees no slot, deletes no entry and reads the same whatever was allocated.
"""
