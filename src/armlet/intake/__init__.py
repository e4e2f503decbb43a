"""Files of laboratories and devices, read into rows that a trial may record: by a declared mapping, never by a guess.

Knows delimiters, encodings, decimal commas, units as senders spell them, and clocks that change. Refuses to record: it
plans, and the door decides. Nothing of the file is trusted.
"""
