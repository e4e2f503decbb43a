"""Baseline characteristics: age, sex, race and ethnicity, region, and the trial's own measures before the intervention.

Which measure of the protocol is which field of the form: the age is the quantity ``age``; the sex is the coded measure
with both ``female`` and ``male``; race and ethnicity are coded measures of those ids. The region is the country of the
site. Everybody who was assigned to an arm is counted; a row with fewer says so in its denominators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from armlet.conduct.state import Participant
from armlet.derivation.derived import Derived
from armlet.export.results_form.locked import PARTICIPANTS, Column, LockedTrial, denominators
from armlet.export.results_form.open_items import to_fill
from armlet.export.results_form.tables import (
    DISPERSION,
    PARAM,
    CountRow,
    ValueRow,
    count_class,
    unit_words,
    value_classes,
)
from armlet.issues import Issue
from armlet.protocol.criteria import Measure, MeasureKind, Within, walk
from armlet.protocol.model import ActivityKind, Endpoint
from armlet.registry.results.rows import (
    BaselineCharacteristicsModule,
    BaselineMeasure,
    Group,
    MeasureClass,
    MeasureParam,
)
from armlet.units import Quantity, UnitError

MODULE: Final = "BG"
AGE: Final = "age"
SEXES: Final = ("female", "male")
RACES: Final = ("race", "ethnicity")
NOT_COLLECTED: Final = "Race and Ethnicity Not Collected"
"""The registry's own wording, as seen in public records; so is the explanation below."""
NOT_COLLECTED_WORDS: Final = "Race and Ethnicity were not collected from any participant."
TOTAL: Final = "Total"

ValueOf = Callable[[Participant], Decimal | None]


@dataclass(frozen=True, slots=True)
class FilledBaseline:
    """The module, and the fields of the form that the trial does not answer."""

    module: BaselineCharacteristicsModule
    issues: tuple[Issue, ...]


def fill_baseline(trial: LockedTrial) -> FilledBaseline:
    """The module, with a column for each arm and one for everybody where there are several arms."""
    columns = _with_total(trial)
    age, sex = _find_age(trial), _find_sex(trial)
    measures = [
        *([_age(trial, columns, age)] if age is not None else []),
        *([_coded("Sex: Female, Male", _sex_titles(sex), sex, columns)] if sex is not None else []),
        *_race(trial, columns),
        *_region(trial, columns),
        *_own_measures(trial, columns, {one.id for one in (age, sex) if one is not None}),
    ]
    module = BaselineCharacteristicsModule(
        population_description=trial.marked("Everybody who was assigned to an arm."),
        groups=tuple(_group(column) for column in columns),
        denoms=(denominators(MODULE, [(column, len(column.people)) for column in columns]),),
        measures=tuple(measures),
    )
    return FilledBaseline(module, tuple(_missing(trial, age, sex)))


def _with_total(trial: LockedTrial) -> tuple[Column, ...]:
    columns = trial.columns()
    if len(columns) == 1:
        return columns
    everybody = tuple(one for column in columns for one in column.people)
    return (*columns, Column(columns[0].arm, len(columns), TOTAL, "All arms together.", everybody))


def _group(column: Column) -> Group:
    return column.group(MODULE)


def _missing(trial: LockedTrial, age: Measure | None, sex: Measure | None) -> Iterator[Issue]:
    if age is None:
        message = f'the form needs the age; no measure has the id "{AGE}" and a unit of time.'
        yield to_fill("age", "measures", message, f"Ask for the age at screening, as a measure {AGE} in years.")
    if sex is None:
        message = "the form needs the sex; no coded measure has the codes female and male."
        yield to_fill("sex", "measures", message, "Ask for the sex at screening, as a measure with these codes.")
    without = [site.id for site in trial.protocol.organisation.sites if not site.country]
    if without or not trial.protocol.organisation.sites:
        message = f"the form needs the region of enrolment; no country is known of {', '.join(without) or 'any site'}."
        yield to_fill("region", "organisation.sites", message, "Give every site its country.")


# --- Fields of the registry -----------------------------------------------------------------------------------------


def _find_age(trial: LockedTrial) -> Measure | None:
    years = Quantity.parse("1 a")
    return next(
        (one for one in trial.protocol.measures if one.id == AGE and one.unit and years.measures_same_as(one.unit)),
        None,
    )


def _find_sex(trial: LockedTrial) -> Measure | None:
    return next((one for one in trial.protocol.measures if set(SEXES) <= set(one.codes)), None)


def _sex_titles(sex: Measure) -> dict[str, str]:
    """Female and male first, as the registry has them; another code of the protocol after them, in its own words."""
    others = [code for code in sex.codes if code not in SEXES]
    return {"female": "Female", "male": "Male", **{code: code for code in others}}


def _age(trial: LockedTrial, columns: Sequence[Column], age: Measure) -> BaselineMeasure:
    described = "In completed years, at screening." if age.whole == "down" else "At screening."
    return _valued(trial, columns, ("Age, Continuous", described, "a"), lambda one: _answer(one, age, "a"))


def _race(trial: LockedTrial, columns: Sequence[Column]) -> Iterator[BaselineMeasure]:
    asked = [one for one in trial.protocol.measures if one.id in RACES and one.codes]
    for measure in asked:
        titles = {code: code for code in measure.codes}
        yield _coded("Race/Ethnicity, Customized", titles, measure, columns)
    if not asked:
        yield BaselineMeasure(
            title=NOT_COLLECTED,
            population_description=NOT_COLLECTED_WORDS,
            param_type=MeasureParam.COUNT_OF_PARTICIPANTS,
            unit_of_measure=PARTICIPANTS,
            classes=(MeasureClass(denoms=(denominators(MODULE, [(column, 0) for column in columns]),)),),
        )


def _region(trial: LockedTrial, columns: Sequence[Column]) -> Iterator[BaselineMeasure]:
    country_of = {site.id: site.country for site in trial.protocol.organisation.sites}
    countries = dict.fromkeys(country for country in country_of.values() if country)
    known = {column.place: sum(bool(country_of.get(one.site)) for one in column.people) for column in columns}
    classes = []
    for country in countries:
        counts = {column.place: sum(country_of.get(one.site) == country for one in column.people) for column in columns}
        classes.append(count_class(MODULE, columns, known, [CountRow(None, counts)], country))
    if classes:
        yield BaselineMeasure(
            title="Region of Enrollment",
            param_type=MeasureParam.NUMBER,
            unit_of_measure="participants",
            classes=tuple(classes),
        )


def _coded(title: str, titles: Mapping[str, str], measure: Measure, columns: Sequence[Column]) -> BaselineMeasure:
    """A count for each code of a measure; whoever answered none of them is not in the denominators."""
    known = {column.place: sum(one.answers.get(measure.id) in titles for one in column.people) for column in columns}
    lines = [
        CountRow(words, {column.place: _count(column, measure.id, code) for column in columns})
        for code, words in titles.items()
    ]
    return BaselineMeasure(
        title=title,
        param_type=MeasureParam.COUNT_OF_PARTICIPANTS,
        unit_of_measure=PARTICIPANTS,
        classes=(count_class(MODULE, columns, known, lines),),
    )


def _count(column: Column, measure: str, code: str) -> int:
    return sum(one.answers.get(measure) == code for one in column.people)


# --- The trial's own measures ---------------------------------------------------------------------------------------


def _valued(
    trial: LockedTrial, columns: Sequence[Column], told: tuple[str, str, str], value_of: ValueOf
) -> BaselineMeasure:
    """A measure with its title, description and unit, summed up by column."""
    title, description, unit = told
    values = {
        column.place: tuple(value for one in column.people if (value := value_of(one)) is not None)
        for column in columns
    }
    return BaselineMeasure(
        title=title,
        description=description or None,
        param_type=PARAM[trial.average],
        dispersion_type=DISPERSION[trial.average],
        unit_of_measure=unit_words(unit),
        classes=value_classes(MODULE, columns, [ValueRow(None, values)], trial.average),
    )


def _own_measures(trial: LockedTrial, columns: Sequence[Column], done: set[str]) -> Iterator[BaselineMeasure]:
    """Quantities and times from screening, quantities weighed at the baseline visit, and the endpoints' baselines."""
    told: list[tuple[tuple[str, str, str], ValueOf]] = [
        *_screened(trial, done),
        *_times(trial),
        *_weighed(trial, done),
        *((_told(trial, one), _derived(trial, one)) for one in trial.protocol.endpoints),
    ]
    for words, value_of in told:
        if any(value_of(one) is not None for column in columns for one in column.people):
            yield _valued(trial, columns, words, value_of)


def _screened(trial: LockedTrial, done: set[str]) -> Iterator[tuple[tuple[str, str, str], ValueOf]]:
    for measure in trial.protocol.measures:
        if measure.kind is MeasureKind.QUANTITY and measure.unit is not None and measure.id not in done:
            title = f"{_capital(measure.label)}, at screening"
            yield (title, "", measure.unit), _answered(measure, measure.unit)


def _answered(measure: Measure, unit: str) -> ValueOf:
    return lambda one: _answer(one, measure, unit)


def _answer(one: Participant, measure: Measure, unit: str) -> Decimal | None:
    raw = one.answers.get(measure.id)
    if not isinstance(raw, str):
        return None
    try:
        return Quantity.parse(raw).to(unit, measure.molar_mass).value
    except UnitError:
        return None


def _times(trial: LockedTrial) -> Iterator[tuple[tuple[str, str, str], ValueOf]]:
    """Dates that a criterion counts from: how long before the enrolment they lie."""
    counted = {
        node.within.measure
        for criterion in trial.protocol.criteria
        for node in walk(criterion.rule)
        if isinstance(node, Within)
    }
    for measure in trial.protocol.measures:
        if measure.id in counted:
            yield (f"Days from {measure.label} to enrolment", "", "d"), _days_since(measure)


def _days_since(measure: Measure) -> ValueOf:
    def days(one: Participant) -> Decimal | None:
        raw = one.answers.get(measure.id)
        if not isinstance(raw, str) or one.enrolled is None:
            return None
        try:
            return Decimal((one.enrolled - date.fromisoformat(raw)).days)
        except ValueError:
            return None

    return days


def _weighed(trial: LockedTrial, done: set[str]) -> Iterator[tuple[tuple[str, str, str], ValueOf]]:
    """Single measures of the baseline visits that no endpoint is made of and that nobody was screened for."""
    protocol = trial.protocol
    baselines = [visit for visit in protocol.visits if visit.id in {one.baseline for one in protocol.endpoints}]
    own = {one.settings.get("measure") for one in protocol.endpoints} | done
    screened = {name for one in trial.data.state.enrolled() for name in one.answers}
    for visit in baselines:
        for activity in (protocol.activity(name) for name in visit.activities):
            for measure in map(protocol.measure, activity.measures):
                is_own = measure.id in own or measure.id in screened
                if activity.kind is ActivityKind.SINGLE and measure.unit is not None and not is_own:
                    told = (
                        f"{_capital(measure.label)}, before the intervention",
                        f"Visit: {visit.label}.",
                        measure.unit,
                    )
                    yield told, _recorded(measure, visit.id, measure.unit)


def _recorded(measure: Measure, visit: str, unit: str) -> ValueOf:
    def value(one: Participant) -> Decimal | None:
        for item in one.results.values():
            if item.measure == measure.id and item.visit == visit and item.quantity is not None and not item.below:
                try:
                    return item.quantity.to(unit, measure.molar_mass).value
                except UnitError:
                    return None
        return None

    return value


def _told(trial: LockedTrial, endpoint: Endpoint) -> tuple[str, str, str]:
    """The endpoint's value before the intervention; its label up to the first comma names the value by itself."""
    short = [one.label.split(",")[0] for one in trial.protocol.endpoints]
    name = endpoint.label.split(",")[0]
    name = name if short.count(name) == 1 else endpoint.label
    title = f"{_capital(name)}, before the intervention"
    return title, "The value itself, from which changes are counted.", endpoint.unit


def _derived(trial: LockedTrial, endpoint: Endpoint) -> ValueOf:
    def value(one: Participant) -> Decimal | None:
        found = trial.data.dataset.value(endpoint.id, one.id, endpoint.baseline)
        return found.value if isinstance(found, Derived) else None

    return value


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"
