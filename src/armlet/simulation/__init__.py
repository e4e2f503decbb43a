"""Invented people live through a real trial: the same door, the same rules, the same ledger, the same vault.

Knows how people may answer, measure and behave (a scenario says so), and drives commands from that. Refuses to take any
short cut: what the door refuses did not happen, and every simulated trial says SIMULATED in its first entry.
"""
