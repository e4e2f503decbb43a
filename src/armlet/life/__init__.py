"""A trial's life told as data and lived through the public doors: who does what, when, and what must come of it.

It knows how to ask the doors and how to hold every answer to what the teller expects. It knows no trial. It decides
nothing: what the doors refuse is refused here too, and what was not expected is never ticked.
"""
