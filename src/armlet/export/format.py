"""What every module of `formats/` offers as its ``METHOD``, how it is found, and how its files are written."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from armlet.errors import Fault, InputError, UsageError
from armlet.export import formats
from armlet.export.results_form.locked import LockedTrial
from armlet.issues import Issue, error
from armlet.plugins import find_methods


@dataclass(frozen=True, slots=True)
class Exported:
    """The files of one export, by their name inside the folder, and what people have to fill in or to know.

    `review` is what those who receive the files would send back, by rules of ours; an error there ends the command with 1.
    """

    files: Mapping[str, bytes]
    issues: tuple[Issue, ...]
    review: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One format: what it is in a line, and how a locked trial becomes its files.

    A simulated trial has to say so in every file and in every file's name.
    """

    description: str
    export: Callable[[LockedTrial], Exported]


@cache
def export_formats() -> dict[str, ExportFormat]:
    """Every format that can be written, by name."""
    found: dict[str, ExportFormat] = {}
    for name, method in find_methods(formats).items():
        if not isinstance(method, ExportFormat):
            raise Fault(f"the module {name} of export/formats offers no ExportFormat")
        found[name] = method
    return found


def load_format(name: str) -> ExportFormat:
    """The format of that name. Raises UsageError with the known names where there is none."""
    known = export_formats()
    if name not in known:
        listed = "; ".join(f"{one}: {method.description}" for one, method in known.items())
        raise UsageError(
            [error("export/format-unknown", "--format", f"there is no format {name!r}.", f"Use {listed}.")]
        )
    return known[name]


def refuse_existing_folder(target: Path) -> None:
    """Raises InputError where something is there already: nothing is overwritten and nothing is mixed."""
    if target.exists() or target.is_symlink():
        message = "this exists already; nothing was written."
        raise InputError([error("export/exists", str(target), message, "Name a new folder.")])


def write_files(target: Path, files: Mapping[str, bytes]) -> None:
    """Writes all files into a new folder, or none of them. Raises InputError."""
    refuse_existing_folder(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
        try:
            for name, data in files.items():
                (building / name).write_bytes(data)
            building.chmod(0o755)
            building.rename(target)
        finally:
            shutil.rmtree(building, ignore_errors=True)
    except OSError as problem:
        message = f"the folder cannot be written: {problem.strerror}."
        raise InputError([error("export/unwritable", str(target), message, "Choose another folder.")]) from None
