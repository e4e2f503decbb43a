"""Results that come in a file, as one act: all rows that were planned are recorded with where they came from, or none.

Knows that every row obeys the rules of a result that somebody types. Refuses to know what a file looks like.
"""
