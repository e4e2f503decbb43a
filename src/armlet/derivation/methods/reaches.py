"""Whether a level is reached in a timed test: 1 where it is, 0 where it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final

from armlet.conduct.observation import Observation
from armlet.derivation.conditions import CONDITION_SETTINGS, Conditions, condition_notes, read_conditions
from armlet.derivation.derived import Answer, BelowLimit, Reading, Reason, Value, Why, entries_of, notes_on
from armlet.derivation.methods import Method, Setting, SettingsReader
from armlet.derivation.timed import SAMPLE_SETTINGS, SPAN_SETTINGS, Samples, read_samples, read_span
from armlet.protocol.model import ActivityKind, Endpoint, Protocol
from armlet.units import Quantity

_SETTINGS: Final = (
    *SAMPLE_SETTINGS,
    *SPAN_SETTINGS,
    Setting("threshold", "the level, with its unit; detectable and preserved are thresholds of different height"),
    Setting(
        "boundary",
        "whether a level `at least` the threshold reaches it, or only one `above` it",
        "at least",
        "peak of at least the threshold as in PROTECT (NCT03875729); DiViDInt takes above",
    ),
    Setting("counted", "`after start`: as for a peak; `all`: the sample at the start counts too", "after start"),
    *CONDITION_SETTINGS,
)


class Boundary(StrEnum):
    """Whether the threshold itself counts."""

    AT_LEAST = "at least"
    ABOVE = "above"


class Counted(StrEnum):
    """Which samples of the span count."""

    AFTER_START = "after start"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class ReachesSettings:
    """Which level of which test; no number ever stands for a value below the limit here."""

    activity: str
    measure: str
    start: Decimal
    end: Decimal
    threshold: Quantity
    boundary: Boundary = Boundary.AT_LEAST
    counted: Counted = Counted.AFTER_START
    conditions: Conditions = field(default_factory=Conditions)
    below_limit: BelowLimit = BelowLimit.LIMIT


def parse(settings: Mapping[str, object], protocol: Protocol) -> ReachesSettings:
    """Raises InputError with all that is amiss."""
    reader = SettingsReader(settings, protocol, _SETTINGS)
    activity = reader.activity(ActivityKind.TIMED_SAMPLES)
    measure = reader.measure(activity)
    start, end = read_span(reader, reader.grid(activity))
    threshold = reader.amount("threshold", reader.unit_of(measure) or "1", measure)
    boundary, counted = reader.choice("boundary", Boundary.AT_LEAST), reader.choice("counted", Counted.AFTER_START)
    conditions = read_conditions(reader, activity)
    reader.finish()
    reached = threshold or Quantity(Decimal(0), "1")
    return ReachesSettings(activity, measure, start, end, reached, boundary, counted, conditions)


def derive(
    observations: Sequence[Observation], endpoint: Endpoint, settings: ReachesSettings, protocol: Protocol
) -> Answer:
    """1 as soon as one sample reaches the level, whatever is missing; 0 only where all samples are there and none does.

    A value below a limit that is above the threshold decides nothing. The endpoint's unit is ``1``.
    """
    measure = protocol.measure(settings.measure)
    if not Quantity(Decimal(1), "1").measures_same_as(endpoint.unit) or endpoint.unit == "%":
        return Reason(f"whether a level is reached has the unit 1; the endpoint is in {endpoint.unit}")
    unit = settings.threshold.unit
    samples = read_samples(observations, settings, protocol, unit)
    if isinstance(samples, Reason):
        return samples
    own = samples.between(settings.start, settings.end)
    readings = [one.reading for one in own if settings.counted is Counted.ALL or one.nominal > settings.start]
    reaching = [one for one in readings if not one.below and _reaches(one.full, settings)]
    if not reaching:
        undecided = _undecided(readings, samples, settings)
        if undecided is not None:
            return undecided
    used = reaching or readings
    said = f"reached at {', '.join(one.at for one in reaching)}" if reaching else "not reached"
    notes = (
        f"{settings.boundary.value} {settings.threshold}: {said}",
        *notes_on(used, unit, measure, settings.below_limit),
        *condition_notes(observations, settings.activity, settings.conditions, protocol),
    )
    return Value(Decimal(1 if reaching else 0), entries_of(used), notes)


def _reaches(level: Decimal, settings: ReachesSettings) -> bool:
    threshold = settings.threshold.value
    return level >= threshold if settings.boundary is Boundary.AT_LEAST else level > threshold


def _undecided(readings: Sequence[Reading], samples: Samples, settings: ReachesSettings) -> Reason | None:
    """Why it cannot be said that no sample reaches the level, or None."""
    missing = [
        time
        for time in samples.missing_between(settings.start, settings.end)
        if settings.counted is Counted.ALL or time > settings.start
    ]
    if missing:
        return Reason(f"no sample there reaches it, but missing at {samples.lacking(missing)}", Why.MISSING)
    vague = [one for one in readings if one.below and one.full > settings.threshold.value]
    if vague:
        which = ", ".join(f"less than {one.reported} at {one.at}" for one in vague)
        return Reason(f"{which} does not tell whether {settings.threshold} is reached", Why.UNDECIDED)
    return None


METHOD: Final = Method(
    name="reaches",
    label="Whether a level is reached",
    source=(
        "C-peptide of at least 0.2 nmol/L after a meal is clinically relevant: "
        "Besser REJ et al., Diabetes Care 2013;36:195-201; other thresholds are the protocol's"
    ),
    parse=parse,
    derive=derive,
    settings=_SETTINGS,
)
