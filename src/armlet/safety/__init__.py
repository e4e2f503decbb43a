"""Rules of safety: grades, deadlines, readings during an infusion, and the boundaries at which a trial stops. All pure.

Knows the protocol, numbers and dates. Refuses to know who got what: nothing here has an arm, and whoever counts by arm
(`armlet.allocation.stopping`) hands in counts.
"""
