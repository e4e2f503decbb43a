"""Commands about the open strand in a database, run with ``python -m django``; see each one's ``--help``."""
