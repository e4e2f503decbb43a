"""Armlet runs a small clinical trial from its registry record to results ready to post.

Importing this package loads nothing heavy; import the package you need (``armlet.protocol``, ``armlet.analysis`` …).
"""

__version__ = "0.1.0"
