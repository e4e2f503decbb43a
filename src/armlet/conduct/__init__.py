"""Running a trial: commands go in, a pure decision comes out, accepted events are folded into the state.

Knows every rule of conduct from consent to the lock. Refuses to know the clock, chance, files, and who got what.
"""
