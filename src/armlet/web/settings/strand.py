"""Settings for work on the open strand alone: to make its tables, to check them, to bring a strand in or out.

The database stands in ``ARMLET_DATABASE``: a ``postgresql://`` address, or else the file of a SQLite database.
"""

from __future__ import annotations

import os
from typing import Final

from armlet.web.openstore.database import DatabaseSettings, describe_database

DATABASES: Final[dict[str, DatabaseSettings]] = {"default": describe_database(os.environ.get("ARMLET_DATABASE", ""))}
INSTALLED_APPS: Final = ["armlet.web.openstore"]
USE_TZ: Final = True
