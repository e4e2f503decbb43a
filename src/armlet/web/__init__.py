"""What needs Django: here, and nowhere else, is it known.

Comes with the extra `web` (``pip install armlet[web]``); the rest of Armlet runs without it. Refuses to know any rule of
a trial: it keeps entries and shows what other packages have decided.
"""
