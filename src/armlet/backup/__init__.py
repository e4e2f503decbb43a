"""Backups of a trial and putting them back: encrypted to somebody's public key, and verified before they are trusted.

There are two, never in one hand: one of the open side (ledger, protocol, record), one of the sealed strand, which is
ciphertext already and stays so. This package opens no vault and knows no arm; it knows what a whole strand is.
"""
