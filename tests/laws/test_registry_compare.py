"""Laws of comparing: a record does not differ from itself, both ways round say the same, and every edit is found."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.errors import InputError
from armlet.registry.accounting import Reading
from armlet.registry.compare import Comparison, Difference, Sameness, WordChange, compare
from armlet.registry.history import histories
from armlet.registry.read import read_record

RECORDS = Path(__file__).parents[2] / ".." / "shared" / "records"
FILES = [
    path
    for folder in (
        "v2json",
        "v2json_partial",
        "v1json_fullstudies",
        "legacyxml",
        "history_versions",
        "isrctn_json",
        "seeds",
    )
    for path in sorted((RECORDS / folder).glob("*"))[::6]
]
needs_records = pytest.mark.skipif(not FILES, reason="the real records (../shared/records) are not here")
STUDY: dict[str, Any] = {
    "identificationModule": {"nctId": "NCT09999931", "briefTitle": "Bells for Waking", "acronym": "BELL"},
    "statusModule": {"overallStatus": "RECRUITING", "startDateStruct": {"date": "2014-04-12", "type": "ACTUAL"}},
    "armsInterventionsModule": {
        "armGroups": [
            {"label": "Loud", "description": "a large bell at the door"},
            {"label": "Soft", "description": "a small bell below the pillow"},
        ],
        "interventions": [{"name": "bell", "armGroupLabels": ["Loud", "Soft"]}],
    },
    "outcomesModule": {"primaryOutcomes": [{"measure": "awake", "timeFrame": "one day"}, {"measure": "cross"}]},
    "conditionsModule": {"conditions": ["Sleep"], "keywords": ["bell", "noise", "pillow"]},
    "eligibilityModule": {"eligibilityCriteria": "Inclusion Criteria:\n\n* sleeps\n* hears", "minimumAge": "18 Years"},
}


def read(section: dict[str, Any]) -> Reading:
    return read_record(json.dumps({"protocolSection": section}).encode(), "x")


def real() -> Iterator[Reading]:
    for path in FILES:
        try:
            yield read_record(path.read_bytes(), path.name)
        except InputError:
            continue


def mirrored(item: Difference) -> Difference:
    words = tuple(WordChange(change.before, change.b, change.a) for change in item.words)
    names = item.item.split(" / ")
    return replace(item, kind=item.kind.mirrored(), a=item.b, b=item.a, words=words, item=" / ".join(reversed(names)))


def spoken(items: tuple[Difference, ...]) -> Counter[str]:
    """The differences without their order and without the words before a change, which are A's."""
    plain = (replace(item, words=tuple(replace(word, before="") for word in item.words), item="") for item in items)
    return Counter(json.dumps(item.as_json()) for item in plain)


def check_mirror(a: Reading, b: Reading) -> Comparison:
    there, back = compare(a, b), compare(b, a)
    assert spoken(tuple(mirrored(item) for item in back.differences)) == spoken(there.differences)
    assert there.same == back.same
    assert there.identity.sameness is back.identity.sameness
    assert {"a": "b", "b": "a", None: None}[there.newer] == back.newer
    return there


@needs_records
def test_no_real_record_differs_from_itself() -> None:
    for reading in real():
        comparison = compare(reading, reading)
        assert (comparison.differences, comparison.newer) == ((), None), reading.name
        assert comparison.identity.sameness in {Sameness.SAME, Sameness.LIKELY}, reading.name


@needs_records
def test_two_real_versions_say_the_same_both_ways_round() -> None:
    folder = RECORDS / "history_versions"
    files = sorted(folder.glob("*_2*"))
    for first, second in zip(files[::4], files[1::4], strict=False):
        a, b = (read_record(path.read_bytes(), path.name) for path in (first, second))
        check_mirror(a, b)


@needs_records
def test_the_archived_versions_are_put_in_order_and_the_known_switch_is_found() -> None:
    """By eye: one trial's primary outcomes were given time frames in its last version, after its completion."""
    found = histories(read_record(path.read_bytes(), path.name) for path in (RECORDS / "history_versions").glob("*"))
    by_trial = {history.trial: history for history in found}
    assert sorted(by_trial) == ["NCT00000122", "NCT00181896", "NCT01111552"]
    for history in found:
        dates = [amendment.date for amendment in history.amendments]
        assert dates == sorted(dates)
    (*earlier, last) = by_trial["NCT00181896"].amendments
    assert not any(amendment.switches for amendment in earlier)
    assert [item.parts for item in last.switches] == [("time frame added",)] * 3


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if steps is None:
        yield path
        return
    for step, member in steps:
        yield from leaves(member, (*path, step))


TEXTS = [path for path in leaves(STUDY) if path[-1] not in {"nctId", "overallStatus", "date", "type", "minimumAge"}]


def at(section: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        section = section[step]
    return section


@given(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=5, unique=True), st.text("wxyz", min_size=3, max_size=5))
@settings(max_examples=120, deadline=None)
def test_each_edit_of_a_record_is_found_and_nothing_else(paths: list[tuple[str | int, ...]], word: str) -> None:
    """Break by: pairing items by their place, or skipping a member."""
    edited = copy.deepcopy(STUDY)
    for number, path in enumerate(paths):
        at(edited, path[:-1])[path[-1]] = f"{at(STUDY, path)} {word}{number}"
    comparison = check_mirror(read(STUDY), read(edited))
    values = {
        value
        for item in comparison.differences
        for side in (item.a, item.b)
        if side
        for value in all_values(side.value)
    }
    for number, path in enumerate(paths):
        assert f"{at(STUDY, path)} {word}{number}" in values
        assert at(STUDY, path) in values
    named = {json.dumps([step for step in path if isinstance(step, str)]) for path in paths}
    for item in comparison.differences:
        steps = item.path.removeprefix("protocolSection.").split(".")
        assert any(json.loads(name)[: len(steps)] == steps for name in named), item


def all_values(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from all_values(member)
    else:
        yield value


@given(
    st.lists(st.sampled_from(TEXTS), max_size=3, unique=True), st.lists(st.sampled_from(TEXTS), max_size=3, unique=True)
)
@settings(max_examples=120, deadline=None)
def test_two_records_with_parts_left_out_mirror_each_other(
    one: list[tuple[str | int, ...]], other: list[tuple[str | int, ...]]
) -> None:
    sections = []
    for paths in (one, other):
        section = copy.deepcopy(STUDY)
        for path in sorted(paths, key=lambda path: [str(step) for step in path], reverse=True):
            del at(section, path[:-1])[path[-1]]
        sections.append(section)
    comparison = check_mirror(read(sections[0]), read(sections[1]))
    assert bool(comparison.differences) is (read(sections[0]).record != read(sections[1]).record)
