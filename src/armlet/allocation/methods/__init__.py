"""The allocation procedures, one module each, each offering one `METHOD`.

A method knows the chance of each arm in the next slot, given the arms of the slots before. It refuses to know the seed,
the participants and the other methods. What it answers is held to the laws of ``tests/laws/test_allocation_laws.py``.
"""
