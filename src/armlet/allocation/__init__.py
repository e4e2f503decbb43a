"""Allocation: who gets which arm, by which procedure, and what may be known of it.

Knows: the scheme a protocol asks for, the exact chance of every arm in every slot, the stream of draws that anybody can
replay from the seed, and how far a procedure can be guessed. The only package that holds who got what.

Refuses to know: who the participants are, what was measured, and the hour. It reads no clock and no generator of the
machine: a seed is an argument. Arms travel as positions in the protocol's list of arms, chances as exact fractions.
"""
