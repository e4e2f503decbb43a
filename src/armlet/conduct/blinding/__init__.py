"""Remarks about what was given, and notes that somebody may have guessed it from what everybody can see.

It knows no arm, and what is said in either is in a box for the vault alone.
"""
