"""An id that names nothing: the rule, visit or analysis that uses it could never be carried out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from armlet.document import Lines, Path_
from armlet.issues import Issue, error
from armlet.protocol.checks import Check
from armlet.protocol.checks._rules import nodes_of, suggest
from armlet.protocol.criteria import Compare, MeasureIs, Rule, Within, measures_of
from armlet.protocol.data_management import EARLIER
from armlet.protocol.intercurrent import ByMeasure
from armlet.protocol.model import Protocol

Use = tuple[Path_, str, str]
"""Where an id is used, the id, and what it should name."""


def _each(path: Path_, names: Iterable[str], kind: str) -> Iterator[Use]:
    for index, name in enumerate(names):
        yield (*path, index), name, kind


WEIGHED: Final = "measure or endpoint"
"""What divides a dose: a measure of the visit, or an endpoint where the dose is one as well."""


def _measure_of(node: Rule) -> tuple[Path_, str] | None:
    match node:
        case MeasureIs():
            return ("measure",), node.measure
        case Compare():
            return ("compare", "measure"), node.compare.measure
        case Within():
            return ("within", "measure"), node.within.measure
        case _:
            return None


def _in_criteria(protocol: Protocol) -> Iterator[Use]:
    for path, _, node in nodes_of(protocol):
        found = _measure_of(node)
        if found is not None:
            yield (*path, *found[0]), found[1], "measure"


def _in_treatment(protocol: Protocol) -> Iterator[Use]:
    for index, arm in enumerate(protocol.arms):
        yield from _each(("arms", index, "interventions"), arm.interventions, "intervention")
    for index, intervention in enumerate(protocol.interventions):
        if intervention.product is not None:
            yield ("interventions", index, "product"), intervention.product, "product"
    for index, consent in enumerate(protocol.consents):
        if consent.measure is not None:
            yield ("consents", index, "measure"), consent.measure, "measure"
    competence = protocol.consenting.competence if protocol.consenting is not None else None
    if competence is not None:
        yield ("consenting", "competence", "after"), competence.after, "consent"
        yield ("consenting", "competence", "before"), competence.before, "consent"


def _in_schedule(protocol: Protocol) -> Iterator[Use]:
    for index, activity in enumerate(protocol.activities):
        yield from _each(("activities", index, "measures"), activity.measures, "measure")
    for index, visit in enumerate(protocol.visits):
        yield from _each(("visits", index, "activities"), visit.activities, "activity")


def _in_endpoints(protocol: Protocol) -> Iterator[Use]:
    for index, endpoint in enumerate(protocol.endpoints):
        path: Path_ = ("endpoints", index)
        yield from _each((*path, "visits"), endpoint.visits, "visit")
        yield (*path, "baseline"), endpoint.baseline, "visit"
        for setting, kind in (("activity", "activity"), ("measure", "measure"), ("weight", WEIGHED)):
            name = endpoint.settings.get(setting)
            if isinstance(name, str):
                yield (*path, "settings", setting), name, kind


def _in_analyses(protocol: Protocol) -> Iterator[Use]:
    for index, analysis in enumerate(protocol.analyses):
        yield ("analyses", index, "endpoint"), analysis.endpoint, "endpoint"
        yield ("analyses", index, "set"), analysis.set, "set"
        yield from _each(("analyses", index, "visits"), analysis.visits, "visit")
        for place, one in enumerate(analysis.intercurrent):
            yield ("analyses", index, "intercurrent", place, "event"), one.event, "intercurrent event"
        yield from _each(("analyses", index, "covariates"), analysis.covariates or (), "factor, measure or endpoint")
    for index, event in enumerate(protocol.intercurrent_events or ()):
        for place, sign in enumerate(event.when):
            if isinstance(sign, ByMeasure):
                path: Path_ = ("intercurrent_events", index, "when", place, "measured", "measure")
                yield path, sign.measured.measure, "measure"


def _in_data(protocol: Protocol) -> Iterator[Use]:
    for index, check in enumerate(protocol.edit_checks or ()):
        path: Path_ = ("edit_checks", index)
        yield from _each((*path, "visits"), check.visits or (), "visit")
        yield from _each((*path, "required"), check.required or (), "measure")
        made = {one.id for one in check.compared or ()}
        for place, one in enumerate(check.compared or ()):
            if one.measure is not None:
                yield (*path, "compared", place, "measure"), one.measure, "measure"
            if one.since != EARLIER:
                yield (*path, "compared", place, "since"), one.since, "visit"
        if check.rule is not None:
            yield from (((*path, "rule"), name, "measure") for name in sorted(measures_of(check.rule) - made))
    if protocol.data_management is not None:
        yield from _each(("data_management", "critical"), protocol.data_management.critical or (), "measure")


def _known(protocol: Protocol) -> dict[str, set[str]]:
    return {
        "measure": {item.id for item in protocol.measures},
        "consent": {item.id for item in protocol.consents},
        "intervention": {item.id for item in protocol.interventions},
        "product": {item.id for item in protocol.products},
        "activity": {item.id for item in protocol.activities},
        "visit": {item.id for item in protocol.visits},
        "endpoint": {item.id for item in protocol.endpoints},
        "set": {item.id for item in protocol.sets},
        "intercurrent event": {item.id for item in protocol.intercurrent_events or ()},
        WEIGHED: {*(item.id for item in protocol.measures), *(item.id for item in protocol.endpoints)},
        "factor, measure or endpoint": {
            *(item.id for item in protocol.allocation.factors or ()),
            *(item.id for item in protocol.measures),
            *(item.id for item in protocol.endpoints),
        },
    }


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    known = _known(protocol)
    for find in (_in_treatment, _in_criteria, _in_schedule, _in_endpoints, _in_analyses, _in_data):
        for path, name, kind in find(protocol):
            if name not in known[kind]:
                fix = suggest(name, known[kind])
                yield error("protocol/unknown-reference", lines.where(path), f'"{name}" names no {kind}.', fix)
    yield from _visits_beyond_endpoint(protocol, lines)


def _visits_beyond_endpoint(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    visits_of = {endpoint.id: endpoint.visits for endpoint in protocol.endpoints}
    known = {visit.id for visit in protocol.visits}
    for index, analysis in enumerate(protocol.analyses):
        for place, name in enumerate(analysis.visits):
            if name in known and name not in visits_of.get(analysis.endpoint, (name,)):
                message = f'analysis "{analysis.label}" looks at "{name}", which is no visit of its endpoint.'
                where = lines.where(("analyses", index, "visits", place))
                yield error("protocol/unknown-reference", where, message, "Add it to the endpoint's visits.")


METHOD = Check(
    rule="protocol/unknown-reference",
    says="Every id that is used names something that the protocol defines.",
    find=_find,
)
