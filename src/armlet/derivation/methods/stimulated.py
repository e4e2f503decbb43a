"""The stimulated level: that of the sample drawn nearest to one moment of a timed test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from armlet.conduct.observation import Observation
from armlet.derivation.conditions import condition_notes
from armlet.derivation.derived import Answer, Reason, Value, entries_of, finished, notes_on, settled
from armlet.derivation.methods import Method, SettingsReader
from armlet.derivation.peaks import MOMENT_SETTINGS, MomentSettings, find_nearest, read_moment_settings
from armlet.derivation.timed import read_samples
from armlet.protocol.model import Endpoint, Protocol


def parse(settings: Mapping[str, object], protocol: Protocol) -> MomentSettings:
    """Raises InputError with all that is amiss."""
    reader = SettingsReader(settings, protocol, MOMENT_SETTINGS)
    read = read_moment_settings(reader)
    reader.finish()
    return read


def derive(
    observations: Sequence[Observation], endpoint: Endpoint, settings: MomentSettings, protocol: Protocol
) -> Answer:
    """The level of the nearest sample in the endpoint's unit, as at 6 min of a glucagon test.

    Such levels of different tests are not interchangeable.
    """
    samples = read_samples(observations, settings, protocol, endpoint.unit)
    if isinstance(samples, Reason):
        return samples
    found = find_nearest(samples, settings)
    if isinstance(found, Reason):
        return found
    level, below = settled(found.sample.reading.value, found.readings, settings.below_limit)
    notes = (
        *found.notes,
        *notes_on(found.readings, endpoint.unit, protocol.measure(settings.measure), settings.below_limit),
        *condition_notes(observations, settings.activity, settings.conditions, protocol),
    )
    return Value(finished(level), entries_of(found.readings), notes, below)


METHOD: Final = Method(
    name="stimulated",
    label="Level at one moment of a test",
    source=(
        "After a meal: Besser REJ et al., Diabetes Care 2013;36:195-201; "
        "after glucagon: Acta Med Scand 1981;210:153-156"
    ),
    parse=parse,
    derive=derive,
    settings=MOMENT_SETTINGS,
)
