"""The record's words for each part of a draft, and what the draft must say where the record has none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from armlet.protocol.source import Assumed, Source, Stated
from armlet.registry.accounting import CRITERIA, Certainty, Fact, Reading
from armlet.registry.questions import Asked
from armlet.registry.record import ProtocolSection

NOT_STATED: Final = "not stated"
"""What stands in a field of words that the record leaves empty; a question goes with each."""
_SECTION: Final = "protocolSection."


@dataclass
class Drafting:
    """One draft in the making: the reading, the questions asked so far, and the facts that have found their place."""

    reading: Reading
    asked: Asked = field(default_factory=Asked)
    placed: set[int] = field(default_factory=set)

    @property
    def section(self) -> ProtocolSection:
        """What those who run the trial told the registry."""
        return self.reading.record.protocol_section

    def stated(self, *places: str) -> tuple[Stated, ...]:
        """The record's words for everything at or below these places, each once; they have then found their place.

        A place is a path of the v2 shape without ``protocolSection``.
        """
        found: dict[Stated, None] = {}
        for place in places:
            for fact in self.reading.facts:
                if _lies_in(fact.path, place):
                    self.placed.add(id(fact))
                    found.setdefault(stated_by(fact))
        return _without_repeats(found)

    def source(self, *places: str, ask: Iterable[str] = (), because: str = "") -> Source:
        """The source of a part: the record's words, and for the rest the questions (by id) that stand open.

        What the reader inferred at the places is said as well.
        """
        return Source(stated=self.stated(*places), assumed=self.assumed(*ask, because=because, places=places))

    def assumed(self, *questions: str, because: str = "", places: tuple[str, ...] = ()) -> Assumed | None:
        """Why something stands in the draft that the record does not say; None where no question stands open."""
        if not questions:
            return None
        reasons = [because] if because else [*self._inferred(places)] or ["not stated in the record"]
        noun = "question" if len(questions) == 1 else "questions"
        return Assumed(
            because=f"{'; '.join(reasons)}; see {noun} {', '.join(questions)}", confirm=self.asked.who(questions[0])
        )

    def is_inferred(self, place: str) -> bool:
        """Whether anything at or below the place was inferred by the reader, for a person to confirm."""
        return bool(self._inferred((place,)))

    def _inferred(self, places: tuple[str, ...]) -> list[str]:
        stored = [item for item in self.reading.confirm if item.stored and item.certainty is Certainty.INFERRED]
        return list(dict.fromkeys(item.because for item in stored if any(_lies_in(item.path, p) for p in places)))

    def left_over(self) -> tuple[Stated, ...]:
        """What the record states and no part of the protocol has a field for, and what the page says beyond it."""
        facts = [fact for fact in self.reading.facts if id(fact) not in self.placed and _is_of_trial(fact)]
        return _without_repeats([stated_by(fact) for fact in (*facts, *self.reading.provenance)])


def _lies_in(path: str, place: str) -> bool:
    short = path.removeprefix(_SECTION)
    return short == place or (short.startswith(place) and short[len(place)] in ".[")


def stated_by(fact: Fact) -> Stated:
    """Where a fact stands and in which words; words of a JSON text are shown as the text that they spell."""
    words = fact.value if "\\" in fact.quote and isinstance(fact.value, str) else fact.quote
    return Stated(where=fact.path.removeprefix(_SECTION), words=" ".join(words.split()))


def _is_of_trial(fact: Fact) -> bool:
    """Results and what the registry worked out itself stay in the record; the criteria have their own part."""
    return fact.path != CRITERIA and fact.path.startswith((_SECTION, "hasResults", "derivedSection.conditionBrowse"))


def _without_repeats(found: Iterable[Stated]) -> tuple[Stated, ...]:
    """Each statement once, though the page says it several times."""
    return tuple(dict.fromkeys(found))
