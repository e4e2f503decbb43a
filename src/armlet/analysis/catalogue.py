"""Finds an estimator by the name that a protocol uses."""

from __future__ import annotations

from armlet.analysis import methods
from armlet.analysis.method import Method
from armlet.errors import InputError
from armlet.issues import error
from armlet.plugins import find_methods


def method_names() -> tuple[str, ...]:
    """Every estimator there is, in alphabetical order."""
    return tuple(find_methods(methods))


def load_method(name: str) -> Method[object]:
    """The estimator of that name; InputError with the known names where there is none."""
    found = find_methods(methods)
    if name not in found:
        message = f'there is no analysis method "{name}".'
        raise InputError([error("analysis/method-unknown", "analysis", message, f"Use: {', '.join(found)}.")])
    method = found[name]
    if not isinstance(method, Method):
        raise TypeError(f"analysis/methods/{name}: METHOD is not a Method")
    return method
