"""Backups of a trial and putting them back: encrypted to somebody's public key, and verified before they are trusted.

There are several, never in one hand: one of the open side (ledger, protocol, record), one of the sealed strand and one of
that of the product, which are ciphertext already and stay so. This package opens no vault and knows no arm; it knows what
a whole strand is.
"""
