"""Harm in a trial: adverse events as they develop, readings around an infusion, stops, the board, pregnancies.

Knows everybody and no arm: what is counted here is counted in everybody together.
"""
