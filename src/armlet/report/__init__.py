"""The report of a trial: one self-contained page that a principal investigator would show.

Knows how to put a trial's state, its derived values and (after the lock) its results into words, tables and figures.
Refuses to decide anything: it counts, formats and says what is missing. The page before the lock is made by `blinded`,
which imports neither the allocation nor the analysis, so that it has no arm to show; the page after the lock is made by
`unblinded` from the same parts, asked once for each arm.
"""
