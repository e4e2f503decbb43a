"""What Django must be told of the open strand: its name, and a check that the guards of its table are there."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import Tags, register


class OpenStore(AppConfig):
    """The open strand as a part of a Django project."""

    name = "armlet.web.openstore"
    label = "openstore"
    verbose_name = "open strand"

    def ready(self) -> None:
        """Lets ``check --database`` and ``migrate`` look for missing guards."""
        from armlet.web.openstore.guards import check_guards

        register(check_guards, Tags.database)
