"""Takes names and contacts out of a text, and counts what was taken out by section, without keeping the words."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from armlet.export.results_form.locked import LockedTrial

NAME: Final = "[name taken out]"
CONTACT: Final = "[contact taken out]"
_MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_TELEPHONE: Final = re.compile(r"(?<![\w:.\-])\+\d[\d ()\-]{6,}\d")
SHORTEST: Final = 3
"""A part of a name of fewer letters is an initial or a particle; taken out by itself it would take out other words."""


@dataclass(frozen=True, slots=True)
class Removed:
    """So many times something of a kind was taken out of a section."""

    section: str
    what: str
    times: int


def names_of(trial: LockedTrial) -> frozenset[str]:
    """Every name of a person that protocol and ledger hold: of people of the organisation, and of who wrote entries."""
    organisation = trial.protocol.organisation
    institutions = {organisation.sponsor, *organisation.collaborators, *(site.name for site in organisation.sites)}
    named = {person.name for person in organisation.people}
    party = organisation.responsible_party.partition(",")[0].strip()
    delegated = {name for name, _ in trial.data.state.delegations}
    written = {one.entry.actor for one in trial.data.entries}
    return frozenset({*named, *delegated, *written, *({party} if party else set())} - institutions - {""})


def redact(text: str, names: frozenset[str]) -> tuple[str, tuple[Removed, ...]]:
    """The text without names and contacts, and what was taken out by section, in the order of the text."""
    pattern = _pattern(names)
    counts: Counter[tuple[str, str]] = Counter()
    section, lines = "the title", []
    for line in text.split("\n"):
        if line.startswith("## "):
            section = line.removeprefix("## ")
        for what, found, instead in (
            ("name", pattern, NAME),
            ("mail", _MAIL, CONTACT),
            ("telephone", _TELEPHONE, CONTACT),
        ):
            line, times = found.subn(instead, line)  # noqa: PLW2901
            counts[section, what] += times
        lines.append(line)
    removed = tuple(Removed(section, what, times) for (section, what), times in counts.items() if times)
    return "\n".join(lines), removed


def _pattern(names: frozenset[str]) -> re.Pattern[str]:
    """Whole names first, then their parts: a text that was put together may have the surname alone."""
    parts = {part for name in names if " " in name for part in name.split() if _is_proper(part)}
    words = sorted({*names, *parts}, key=lambda name: (-len(name), name))
    if not words:
        return re.compile(r"(?!)")
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)")


def _is_proper(part: str) -> bool:
    return len(part) >= SHORTEST and part[:1].isupper() and not part.isupper() and part[-1:] != "."
