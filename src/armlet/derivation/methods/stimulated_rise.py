"""The stimulated rise: the level at one moment of a timed test minus that at its start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from armlet.conduct.observation import Observation
from armlet.derivation.conditions import condition_notes
from armlet.derivation.derived import EXACT, Answer, Reason, Value, Why, entries_of, finished, mean, notes_on
from armlet.derivation.methods import Method, SettingsReader
from armlet.derivation.peaks import RISE_SETTINGS, MomentSettings, find_nearest, read_moment_settings
from armlet.derivation.timed import basal_notes, basal_samples, minutes, needs_uncensored, read_samples
from armlet.protocol.model import Endpoint, Protocol


def parse(settings: Mapping[str, object], protocol: Protocol) -> MomentSettings:
    """Raises InputError with all that is amiss."""
    reader = SettingsReader(settings, protocol, RISE_SETTINGS)
    read = read_moment_settings(reader)
    needs_uncensored(reader, read.below_limit)
    grid = reader.grid(read.activity)
    if grid and read.start not in grid:
        reader.add("activity", f"the test has no sample at {minutes(read.start)}.", "Name a test that has one.")
    reader.finish()
    return read


def derive(
    observations: Sequence[Observation], endpoint: Endpoint, settings: MomentSettings, protocol: Protocol
) -> Answer:
    """The rise in the endpoint's unit; negative where the level fell. Marked where no reading could be measured."""
    samples = read_samples(observations, settings, protocol, endpoint.unit)
    if isinstance(samples, Reason):
        return samples
    basal = basal_samples(samples, settings)
    if not basal:
        missing = [time for time in sorted(samples.missing) if time <= settings.start]
        return Reason(f"no level at the start: missing at {samples.lacking(missing)}", Why.MISSING)
    found = find_nearest(samples, settings)
    if isinstance(found, Reason):
        return found
    if found.sample in basal:
        return Reason(f"the sample nearest to {minutes(settings.at)} is that of the start", Why.MISSING)
    readings = (*(sample.reading for sample in basal), *found.readings)
    rise = EXACT.subtract(found.sample.reading.value, mean([sample.reading.value for sample in basal]))
    notes = (
        *basal_notes(samples, basal, settings),
        *found.notes,
        *notes_on(readings, endpoint.unit, protocol.measure(settings.measure), settings.below_limit),
        *condition_notes(observations, settings.activity, settings.conditions, protocol),
    )
    return Value(finished(rise), entries_of(readings), notes, all(reading.below for reading in readings))


METHOD: Final = Method(
    name="stimulated_rise",
    label="Rise to one moment of a test",
    source="The level at the moment minus that at the start, as of the 6 min sample of a glucagon test",
    parse=parse,
    derive=derive,
    settings=RISE_SETTINGS,
)
