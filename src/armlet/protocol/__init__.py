"""The protocol of a trial: one document that people write and sign and that the program executes.

Knows what a protocol may say, how it is loaded, checked and put into plain words. Refuses to know what happened
(the ledger), who got what (the allocation), and how a named method of derivation, allocation or analysis works: the
protocol keeps the name and the raw settings, and the package that owns the method reads them.
"""

from armlet.protocol.load import load_protocol, load_trial
from armlet.protocol.model import Protocol

__all__ = ["Protocol", "load_protocol", "load_trial"]
