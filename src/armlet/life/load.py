"""Where a life stands: `life.yaml` in a trial's folder, beside its protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from armlet.document import load_document, read_text, read_yaml
from armlet.errors import InputError
from armlet.issues import error
from armlet.life.model import Life

LIFE_FILE: Final = "life.yaml"


def load_life(folder: Path) -> Life:
    """The life in a trial's folder. Raises InputError where there is none, with the line of each mistake."""
    path = folder / LIFE_FILE
    if not path.is_file():
        fix = "Write one: see the how-to guide about a life of your own trial."
        raise InputError([error("life/none", str(path), "the trial has no life to live.", fix)])
    plain, lines = read_yaml(read_text(path, "life"), str(path))
    return load_document(Life, plain, lines, "life")
