"""Finds the methods of a folder: each module of a ``methods/`` or ``formats/`` package offers one `METHOD`."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def find_methods(package: ModuleType) -> dict[str, object]:
    """Every module's ``METHOD`` by module name, in alphabetical order.

    Raises AttributeError where a module of the folder offers none: such a module is a defect of the program.
    """
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("_"))
    return {name: importlib.import_module(f"{package.__name__}.{name}").METHOD for name in names}
