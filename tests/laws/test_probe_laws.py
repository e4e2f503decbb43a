"""The probe of blinding accuses no honest program more often than it says, and finds every leak that is planted.

The planted leaks are the positive controls: without them, "nothing found" could mean that nobody looked. Each changes
what blinded people see of eight simulated trials, for the participants of one arm only.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from armlet.cli.probe import blinded_outputs
from armlet.errors import InputError
from armlet.protocol.load import load_trial, read_protocol
from armlet.protocol.model import Protocol
from armlet.simulation.probe.batch import probe_rehearsals
from armlet.simulation.probe.features import Described, describe_trial
from armlet.simulation.probe.redraw import Redraws, Truth, truth_of
from armlet.simulation.probe.verdict import Verdict, probe
from armlet.simulation.rehearse import rehearse
from armlet.simulation.scenario import Scenario, load_scenario

ROOT: Final = Path(__file__).parents[2]
NEUTRAL: Final = ROOT / "tests" / "spec" / "checks" / "base.yaml"
LONG: Final = os.environ.get("ARMLET_LONG") == "1"
TRIALS: Final = 8
DRAWS: Final = 499
"""Three looks may each be the greatest of so many: p is then at most 3/500, below the level of 1/100."""
STRAND: Final = "ledger/open.jsonl"
Outputs = Mapping[str, bytes]
Arms = Mapping[str, int]
Leak = Callable[[Outputs, Arms], Outputs]


def _neutral() -> Protocol:
    return read_protocol(NEUTRAL.read_text("utf-8"), NEUTRAL.name)[0]


@lru_cache(maxsize=1)
def _honest() -> tuple[tuple[Outputs, Truth], ...]:
    lived = [rehearse(_neutral(), Scenario(), f"probe {number}") for number in range(TRIALS)]
    return tuple((_shortened(blinded_outputs(one)), truth_of(one.vault)) for one in lived)


def _shortened(outputs: Outputs) -> Outputs:
    """The strand without measured results (they stay in results.csv), since reading them again for each leak is slow."""
    if LONG:
        return outputs
    kept = [line for line in outputs[STRAND].splitlines(keepends=True) if b'"kind":"result ' not in line]
    return {**outputs, STRAND: b"".join(kept)}


def _described(leak: Leak = lambda outputs, _arms: outputs) -> list[Described]:
    return [
        describe_trial(leak(outputs, dict(zip(truth.participants, truth.arms, strict=True))), truth.participants)
        for outputs, truth in _honest()
    ]


def _judge(leak: Leak) -> Verdict:
    return probe(_described(leak), [truth for _, truth in _honest()], np.random.default_rng(1), DRAWS)


# --- What is planted --------------------------------------------------------------------------------------------------


def _text(outputs: Outputs, name: str, change: Callable[[list[str]], list[str]]) -> Outputs:
    lines = outputs[name].decode().splitlines()
    return {**outputs, name: "".join(f"{line}\n" for line in change(lines)).encode()}


def _entries(change: Callable[[dict[str, Any], int], Iterator[dict[str, Any]]]) -> Leak:
    """A leak in the open strand: `change` gives what stands in the place of an entry about somebody."""

    def leak(outputs: Outputs, arms: Arms) -> Outputs:
        def rewrite(lines: list[str]) -> list[str]:
            read = [json.loads(line) for line in lines]
            told = [
                list(change(one, arms[one["event"]["participant"]]))
                if one["event"].get("participant") in arms
                else [one]
                for one in read
            ]
            return [json.dumps(one, sort_keys=True, separators=(",", ":")) for many in told for one in many]

        return _text(outputs, STRAND, rewrite)

    return leak


def _later(moment: str, **by: float) -> str:
    return (datetime.fromisoformat(moment) + timedelta(**by)).isoformat().replace("+00:00", "Z")


def _slow_allocator(entry: dict[str, Any], arm: int) -> Iterator[dict[str, Any]]:
    if entry["event"]["kind"] == "randomised" and arm:
        entry["recorded"] = _later(entry["recorded"], seconds=20)
    yield entry


def _extra_entry(entry: dict[str, Any], arm: int) -> Iterator[dict[str, Any]]:
    yield entry
    if entry["event"]["kind"] == "preparation released" and arm:
        yield {**entry, "event": {**entry["event"], "kind": "product certified"}}


def _round_volume(entry: dict[str, Any], arm: int) -> Iterator[dict[str, Any]]:
    if entry["event"]["kind"] in {"preparation released", "administered"} and not arm:
        entry["event"]["volume"] = "150 mL"
    yield entry


def _longer_infusion(entry: dict[str, Any], arm: int) -> Iterator[dict[str, Any]]:
    if entry["event"]["kind"] == "administered" and arm:
        entry["event"]["stopped"] = _later(entry["event"]["stopped"], minutes=10)
    yield entry


def _odd_kits(entry: dict[str, Any], arm: int) -> Iterator[dict[str, Any]]:
    if "preparation" in entry["event"]:
        number = int(entry["event"]["preparation"].rsplit("-", 1)[1])
        entry["event"]["preparation"] = f"PREP-{2 * number + arm:03d}"
    yield entry


def _free_text(outputs: Outputs, arms: Arms) -> Outputs:
    notes = [f"{who}: {'cells arrived in time' if arm else 'bag arrived in time'}" for who, arm in arms.items()]
    return {**outputs, "queries.txt": "\n".join(notes).encode()}


def _file_name(outputs: Outputs, arms: Arms) -> Outputs:
    return outputs | {f"certificate_{who}.pdf": b"%PDF" for who, arm in arms.items() if arm}


def _file_size(outputs: Outputs, arms: Arms) -> Outputs:
    return outputs | {f"label_{who}.bin": bytes(200 + 3 * arm) for who, arm in arms.items()}


def _refused_more(outputs: Outputs, arms: Arms) -> Outputs:
    lines = [f"{who} refused: viability required" for who, arm in arms.items() if arm]
    return {**outputs, "refusals of people": "\n".join(lines).encode()}


def _arm_first(outputs: Outputs, arms: Arms) -> Outputs:
    def reorder(lines: list[str]) -> list[str]:
        return [lines[0], *sorted(lines[1:], key=lambda line: arms.get(line.split(",")[1], 0))]

    return _text(outputs, "data/participants.csv", reorder)


def _notices(outputs: Outputs, arms: Arms) -> Outputs:
    sent = [f"to pharmacy: {who} is due" for who, arm in arms.items() for _ in range(1 + arm)]
    return {**outputs, "notices": "\n".join(sent).encode()}


def _visit_a_day_later(outputs: Outputs, arms: Arms) -> Outputs:
    def shift(lines: list[str]) -> list[str]:
        cells = [line.split(",") for line in lines]
        for one in cells[1:]:
            if arms.get(one[1]) and one[2] == "infusion_day" and one[3]:
                one[3] = str(datetime.fromisoformat(one[3]).date() + timedelta(days=3))
        return [",".join(one) for one in cells]

    return _text(outputs, "data/visits.csv", shift)


def _counts_by_arm(outputs: Outputs, arms: Arms) -> Outputs:
    """Who came first is in an arm that the page counts: told of the trial as a whole, of nobody by number."""
    return {**outputs, "stock": f"kits left: {20 - 3 * next(iter(arms.values()))}\n".encode()}


PEOPLE_LEAKS: Final[Mapping[str, tuple[Leak, str]]] = {
    "L1 an allocator that takes twenty seconds longer": (_entries(_slow_allocator), STRAND),
    "L2 preparations numbered odd for one arm": (_entries(_odd_kits), STRAND),
    "L3 one entry more in the open strand": (_entries(_extra_entry), STRAND),
    "L4 a word in free text": (_free_text, "queries.txt"),
    "L5 a file that only one arm has": (_file_name, "certificate_{who}.pdf"),
    "L6 refusals of one arm": (_refused_more, "refusals of people"),
    "L8 rows in the order of the arms": (_arm_first, "data/participants.csv"),
    "L11 a second notice": (_notices, "notices"),
    "L14 a sham of constant volume": (_entries(_round_volume), STRAND),
    "L14 an infusion ten minutes longer": (_entries(_longer_infusion), STRAND),
    "L16 visits three days later": (_visit_a_day_later, "data/visits.csv"),
    "L20 three bytes more in a file": (_file_size, "label_{who}.bin"),
}


@pytest.mark.parametrize("name", PEOPLE_LEAKS)
def test_a_planted_leak_is_found_in_eight_trials_and_the_output_is_named(name: str) -> None:
    leak, output = PEOPLE_LEAKS[name]

    verdict = _judge(leak)

    assert verdict.found
    assert {output, "(the list of outputs)"} & {told.output for told in verdict.telling}


def test_honest_trials_are_not_accused() -> None:
    verdict = _judge(lambda outputs, _arms: outputs)

    assert (verdict.found, verdict.trials, verdict.telling) == (False, TRIALS, ())
    assert verdict.classifier.lower <= verdict.classifier.value <= verdict.classifier.upper


def test_at_a_level_of_one_in_a_hundred_honest_batches_are_accused_no_more_often() -> None:
    """Honest batches: what is seen stays, and another allocation of the scheme is the true one.

    At the stated rate of at most 1 in 100, seven or more of 200 happen with probability 0.004 at most.
    """
    tables = {"data/participants.csv", "data/visits.csv", "refusals"}
    described = [
        describe_trial({name: data for name, data in outputs.items() if name in tables}, truth.participants)
        for outputs, truth in _honest()
    ]
    rng = np.random.default_rng(2)
    redraws = Redraws(rng)
    accused = 0
    for _ in range(200 if LONG else 100):
        truths = [
            Truth(
                one.participants, tuple(int(arm) for arm in redraws.draw(one.scheme, len(one.arms), 1)[0]), one.scheme
            )
            for _, one in _honest()
        ]
        accused += probe(described, truths, rng, 99).found

    assert accused < 7


def test_an_output_told_of_the_whole_trial_is_found_in_forty_trials() -> None:
    scheme = _honest()[0][1].scheme
    arms = Redraws(np.random.default_rng(3)).draw(scheme, 10, 40)
    people = tuple(f"P{number:02d}" for number in range(1, 11))
    truths = [Truth(people, tuple(int(arm) for arm in row), scheme) for row in arms]
    described = [
        describe_trial(_counts_by_arm({}, dict(zip(people, truth.arms, strict=True))), people) for truth in truths
    ]

    verdict = probe(described, truths, np.random.default_rng(1), DRAWS)

    assert verdict.found
    assert verdict.whole is not None
    assert verdict.whole.output == "stock"


def test_a_truth_prints_without_the_arms() -> None:
    assert repr(Truth(("P01", "P02"), (0, 1), _honest()[0][1].scheme)) == "Truth(2 participants, not shown)"


def test_a_trial_with_one_arm_has_nothing_to_blind() -> None:
    protocol = _neutral()
    alone = protocol.model_copy(update={"arms": protocol.arms[:1]})

    with pytest.raises(InputError, match="one arm"):
        probe_rehearsals(alone, Scenario(), "1", 1, blinded_outputs)


@pytest.mark.skipif(not LONG, reason="200 trials of each; ARMLET_LONG=1 runs it")
@pytest.mark.parametrize("name", ["neutral", "masked"])
def test_two_hundred_trials_tell_nothing(name: str) -> None:
    trial = load_trial(ROOT / "trials" / "nct02057211") if name == "masked" else None
    protocol, scenario = (trial.protocol, load_scenario(trial.folder)) if trial else (_neutral(), Scenario())

    verdict = probe_rehearsals(protocol, scenario, "1", 200, blinded_outputs, draws=DRAWS)

    assert not verdict.found, verdict
