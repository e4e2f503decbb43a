"""Result rows from the older layouts: the classic API's FullStudies JSON, and the XML that was given out until 2024.

The readers of those layouts carry results as they stand, each value with its path; here the paths are turned into rows.
Words become the API's enumerations, group ids stay those of the source. What has no row is kept and listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from pydantic import JsonValue

from armlet.registry.accounting import Fact, Reading
from armlet.registry.record import JsonObject
from armlet.registry.results.older_names import ENUMERATED, LISTS, NUMBERS, WORDS, XML, YES_NO
from armlet.registry.results.reading import Kept, ReadResults, read_results

FULL_STUDIES: Final = "ResultsSection."
CLINICAL: Final = re.compile(r"clinical_results?/")
TOTAL: Final = "Total"
AGREEMENT: Final = "certain_agreements/restrictive_agreement"
_TOTALS: Final = MappingProxyType({"serious": "serious", "other": "other", "all-cause mortality": "deaths"})
_STEP: Final = re.compile(r"([^\[\]]+)(?:\[(\d+)\])?")


def results_of(reading: Reading) -> ReadResults | None:
    """The results that were read with a record, of whatever layout; None where it has none."""
    if reading.record.results_section is not None:
        return read_results(reading.record.results_section)
    classic = [fact for fact in reading.provenance if fact.path.startswith(FULL_STUDIES)]
    if classic:
        return _read_classic(classic)
    clinical = [fact for fact in reading.provenance if CLINICAL.match(fact.path)]
    return _Clinical().read(clinical) if clinical else None


@dataclass
class _Tree:
    """A section of results being put together: values by path, items of lists in the order in which they first come."""

    root: JsonObject = field(default_factory=dict)
    items: dict[tuple[str, ...], JsonObject] = field(default_factory=dict)

    def put(self, steps: Sequence[tuple[str, str]], value: JsonValue) -> None:
        """Sets a value; each step is a key and, for an item of a list, what tells it from the others."""
        node, above = self.root, tuple[str, ...]()
        for key, which in steps[:-1]:
            above = (*above, key, which)
            if above not in self.items:
                self.items[above] = self._new(node, key, which)
            node = self.items[above]
        key, which = steps[-1]
        if which:
            found = node.setdefault(key, [])
            assert isinstance(found, list)
            found.append(value)
        else:
            node[key] = value

    def _new(self, node: JsonObject, key: str, which: str) -> JsonObject:
        made: JsonObject = {}
        if which:
            found = node.setdefault(key, [])
            assert isinstance(found, list)
            found.append(made)
            return made
        node[key] = made
        return made


def _texts(facts: Iterable[Fact]) -> dict[str, str]:
    """One text for each path; the lines of a text that stands on several are joined."""
    found: dict[str, list[str]] = {}
    for fact in facts:
        found.setdefault(fact.path, []).append(str(fact.value))
    return {path: "\n".join(lines) for path, lines in found.items()}


def _converted(keys: Sequence[str], text: str) -> JsonValue:
    """The text as the API has it: yes or no, a whole number, a word of an enumeration, or the text itself."""
    name, above = keys[-1], keys[-2] if len(keys) > 1 else ""
    if name in YES_NO:
        return {"yes": True, "no": False}.get(text.casefold(), text)
    if name in NUMBERS and text.isascii() and text.isdigit():
        return int(text)
    if (above, name) in ENUMERATED or ("", name) in ENUMERATED:
        return WORDS.get(text.casefold(), re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_"))
    return text


# --- The classic API ------------------------------------------------------------------------------------------------


def _read_classic(facts: Iterable[Fact]) -> ReadResults:
    tree, kept = _Tree(), list[Kept]()
    for path, text in _texts(facts).items():
        steps = _classic_steps(path.removeprefix(FULL_STUDIES))
        if steps is None:
            kept.append(Kept((path,), text, "no row has a place for it"))
        else:
            tree.put(steps, _converted([key for key, _ in steps], text))
    return _with_kept(read_results(tree.root), kept)


def _classic_steps(path: str) -> list[tuple[str, str]] | None:
    """``FlowGroupList.FlowGroup[0].FlowGroupId`` as ``groups`` item 0, ``id``: names lose what their holder says."""
    steps: list[tuple[str, str]] = []
    holder = ""
    parts = path.split(".")
    for place, part in enumerate(parts):
        found = _STEP.fullmatch(part)
        if found is None:
            return None
        name, number = found[1], found[2]
        if number is not None:
            steps.append((LISTS[f"{name}List"], number)) if f"{name}List" in LISTS else None
            holder = name
        elif name.endswith("List") and place < len(parts) - 1:
            if name not in LISTS:
                return None
        elif place < len(parts) - 1:
            steps.append((_lower(name), ""))
            holder = _HOLDERS.get(name, name)
        else:
            steps.append((_lower(name.removeprefix(holder)), ""))
    return steps


_HOLDERS: Final = MappingProxyType(
    {
        "ParticipantFlowModule": "Flow",
        "BaselineCharacteristicsModule": "Baseline",
        "AdverseEventsModule": "Events",
        "CertainAgreement": "Agreement",
    }
)


def _lower(name: str) -> str:
    """``CIPctValue`` as ``ciPctValue``."""
    return re.sub(r"^(?:[A-Z]+(?=[A-Z][a-z])|[A-Z])", lambda found: found[0].lower(), name)


# --- The XML --------------------------------------------------------------------------------------------------------


@dataclass
class _Clinical:
    """The element ``clinical_results`` being read."""

    tree: _Tree = field(default_factory=_Tree)
    kept: list[Kept] = field(default_factory=list)
    categories: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    totals: dict[str, str] = field(default_factory=dict)

    def read(self, facts: Sequence[Fact]) -> ReadResults:
        """The rows of all the values, in the order in which they stand."""
        for path, text in _texts(facts).items():
            self._take(path, text)
        self._finish_events()
        self._finish_outcomes()
        return _with_kept(read_results(self.tree.root), self.kept)

    def _take(self, path: str, text: str) -> None:
        inside = CLINICAL.sub("", path, count=1)
        plain = re.sub(r"\[\d+\]", "", inside)
        if self._takes_category(inside, plain, text):
            return
        template = XML.get(plain)
        if plain == AGREEMENT:
            self._take_agreement(text)
        elif template is None:
            self.kept.append(Kept((path,), text, "no row has a place for it"))
        elif template:
            steps = _filled(template, _positions(inside))
            self.tree.put(steps, self._value(steps, text))

    def _take_agreement(self, text: str) -> None:
        """One text that says whether there is an agreement; where there is one, the text also says which."""
        is_restricted = " NOT an agreement" not in text
        where = [("moreInfoModule", ""), ("certainAgreement", "")]
        self.tree.put([*where, ("restrictiveAgreement", "")], is_restricted)
        if is_restricted:
            self.tree.put([*where, ("otherDetails", "")], text)

    def _value(self, steps: Sequence[tuple[str, str]], text: str) -> JsonValue:
        keys = [key for key, _ in steps]
        if keys[-1] == "anticipatedPostingDate" and (found := re.fullmatch(r"(\d{2})/(\d{4})", text)):
            return f"{found[2]}-{found[1]}"
        if keys[-1] == "piSponsorEmployee":
            return " NOT " not in text
        return _converted(keys, text)

    def _takes_category(self, inside: str, plain: str, text: str) -> bool:
        """Adverse events stand by organ system; the first system, "Total", holds the numbers of the groups."""
        found = re.match(r"reported_events/(serious|other)_events/category_list/(category(?:\[\d+\])?)", inside)
        if found is None:
            if plain.endswith(("/default_vocab", "/default_assessment")):
                self.defaults[plain] = text
                return True
            return False
        category = found[0]
        if plain.endswith("/category/title"):
            self.categories[category] = text
            return True
        if self.categories.get(category) != TOTAL:
            return False
        self._take_total(inside, plain, text)
        return True

    def _take_total(self, inside: str, plain: str, text: str) -> None:
        event = inside.partition("/counts")[0].removesuffix("/sub_title")
        if plain.endswith("/sub_title"):
            self.totals[event] = text
            return
        counts = inside.rpartition("@")[0]
        if plain.endswith("@group_id"):
            self.totals[counts] = text
            return
        kind = next((one for words, one in _TOTALS.items() if words in self.totals.get(event, "").casefold()), "")
        name = {"subjects_affected": "NumAffected", "subjects_at_risk": "NumAtRisk"}.get(plain.rpartition("@")[2])
        group = self._event_group(self.totals.get(counts, ""))
        if not kind or name is None or group is None:
            self.kept.append(Kept((inside,), text, "it is of no group of adverse events"))
        else:
            group[f"{kind}{name}"] = _converted([f"{kind}{name}"], text)

    def _event_group(self, group_id: str) -> JsonObject | None:
        items = self.tree.items.items()
        groups = [node for key, node in items if key[:1] == ("adverseEventsModule",) and key[2:3] == ("eventGroups",)]
        return next((node for node in groups if node.get("id") == group_id), None)

    def _finish_events(self) -> None:
        """Each event gets the organ system that it stood under, and what its section says for all of its events."""
        for key, node in self.tree.items.items():
            if key[:1] == ("adverseEventsModule",) and len(key) == 4 and key[2] in {"seriousEvents", "otherEvents"}:
                section = f"reported_events/{key[2].removesuffix('Events')}_events"
                node["organSystem"] = self.categories.get(f"{section}/category_list/{key[3].partition('+')[0]}", "")
                for name, default in (("sourceVocabulary", "default_vocab"), ("assessmentType", "default_assessment")):
                    text = self.defaults.get(f"{section}/{default}")
                    if name not in node and text is not None:
                        node[name] = _converted([name], text)

    def _finish_outcomes(self) -> None:
        for key, node in self.tree.items.items():
            if key[:1] == ("outcomeMeasuresModule",) and len(key) == 4:
                node["reportingStatus"] = "POSTED" if "denoms" in node else "NOT_POSTED"


def _positions(inside: str) -> dict[str, str]:
    """What tells each element of a path from others of its name: the element with its number."""
    elements = inside.partition("@")[0].split("/")
    return {element.partition("[")[0]: element for element in elements}


def _filled(template: str, positions: Mapping[str, str]) -> list[tuple[str, str]]:
    """``seriousEvents[category+event].term``: the path in rows, with the places of the elements that it names."""
    steps = []
    for part in template.split("."):
        key, _, which = part.rstrip("]").partition("[")
        steps.append((key, "+".join(positions[name] for name in which.split("+")) if which else ""))
    return steps


def _with_kept(read: ReadResults, kept: list[Kept]) -> ReadResults:
    return ReadResults(read.section, (*read.kept, *kept))
