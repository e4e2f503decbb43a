"""Documents to attach to results: what was planned, in plain words, and without names.

Knows how a document is worded, redacted and set. Refuses to say what came of the plan.
"""
