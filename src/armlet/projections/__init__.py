"""Views of a trial that have no arm: computed from protocol and state on request, kept nowhere.

Knows how to count, list and tabulate what everybody may see. Refuses to know who got what: a view by arm is made on the
unblinded side, by asking the same view for the participants of one arm.
"""
