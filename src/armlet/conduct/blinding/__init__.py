"""Remarks about what was given. It knows no arm, and what is said in one is in a box for the vault alone."""
