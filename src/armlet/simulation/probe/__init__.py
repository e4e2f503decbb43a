"""A statistical probe of blinding: can anything in what blinded people see tell who got what?

Knows bytes with a name, the numbers of participants, and (kept apart) the arms and the scheme that drew them. Refuses
to know a format, a view, a role or an arm's name: what it can find is what somebody could find who has the files alone.
"""
