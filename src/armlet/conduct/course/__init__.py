"""The course of a trial: papers, signatures, sites, the registry's status, amendments, an early end and its letters.

Knows nothing of arms. What is to be done for the whole trial is said in words that hold for every participant.
"""
