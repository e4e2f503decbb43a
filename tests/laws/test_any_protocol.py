"""The whole pipeline on trials nobody thought of: from the protocol through a simulated life to both reports.

One drawn protocol is lived once and asked for everything, since living is what costs; `ARMLET_LONG=1` draws many more
and larger trials.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from armlet.allocation.sealed_strand import verify_sealed
from armlet.allocation.unblinded import UnblindedDataset
from armlet.allocation.vault import Vault, replay_draws
from armlet.analysis.cases import Cases
from armlet.analysis.catalogue import load_method, method_names
from armlet.analysis.data import analyse, read_csv
from armlet.analysis.data.plan import read_plan
from armlet.analysis.estimates import Estimate, NotEstimable
from armlet.analysis.plan import make_cases, run_plan
from armlet.cli.check import find_issues
from armlet.cli.strongroom import unblind
from armlet.conduct.state import Phase as TrialPhase
from armlet.conduct.state import TrialState, fold
from armlet.derivation.derive import load_methods
from armlet.derivation.derived import Derived
from armlet.document import Lines
from armlet.export import tables
from armlet.export.package import TrialData, compute, until
from armlet.export.prs.write import write_prs
from armlet.export.results_form.compose import FilledForm, fill_form
from armlet.export.results_form.locked import LockedTrial
from armlet.issues import Severity
from armlet.laboratory.accountability import account
from armlet.laboratory.genealogy import find_broken_paths
from armlet.laboratory.state import fold as fold_product
from armlet.laboratory.strand import verify_product
from armlet.ledger import events as e
from armlet.ledger.chain import verify
from armlet.ledger.entry import Chained, encode
from armlet.ledger.sealed import DosePrepared, PreparationMade
from armlet.product.dose import is_within_limits
from armlet.protocol.load import Trial, read_protocol
from armlet.protocol.model import Protocol
from armlet.protocol.prose import render_protocol
from armlet.registry.read import read_record
from armlet.registry.results.rows import OutcomeMeasure, ResultsSection
from armlet.registry.review import Submission, review
from armlet.report.blinded import render_blinded
from armlet.report.content import BlindedContent
from armlet.report.unblinded import UnblindedContent, render_unblinded
from armlet.simulation.rehearse import Rehearsed, rehearse
from armlet.simulation.scenario import CurveModel, Scenario

TELLTALE: Final = "zqx"
"""What the strategy puts into every id and label that belongs to one arm alone."""

LONG: Final = os.environ.get("ARMLET_LONG") == "1"
TRIES: Final = settings(
    max_examples=300 if LONG else 22,
    deadline=None,
    derandomize=not LONG,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=(Phase.explicit, Phase.reuse, Phase.generate, *((Phase.shrink,) if LONG else ())),
)
"""Shrinking a whole trial takes minutes, so only the long run does it."""
AnyProtocol = Callable[[], st.SearchStrategy[Protocol]]
SEEDS: Final = st.integers(1, 99).map(str)


@settings(TRIES, max_examples=1000 if LONG else 60)
@given(data=st.data())
def test_a_protocol_is_checked_printed_and_written_back_as_it_was(
    data: st.DataObject, any_protocol: AnyProtocol
) -> None:
    protocol = data.draw(any_protocol())
    trial = Trial(Path(), protocol, Lines("protocol.yaml", {}))
    errors = [i for i in find_issues(trial) if i.severity is Severity.ERROR]
    assert errors == []
    for text in (protocol.canonical().decode(), json.dumps(json.loads(protocol.canonical()), indent=1)):
        again, _ = read_protocol(text, "again.yaml")
        assert again == protocol
        assert again.digest() == protocol.digest()
    printed = render_protocol(protocol)
    labels = [arm.label for arm in protocol.arms]
    labels += [visit.label for visit in protocol.visits]
    labels += [endpoint.label for endpoint in protocol.endpoints]
    for label in labels:
        assert label.split()[-1] in printed


@TRIES
@given(data=st.data())
def test_any_trial_is_lived_to_its_end_and_reported(data: st.DataObject, any_protocol: AnyProtocol) -> None:
    protocol, seed = data.draw(any_protocol()), data.draw(SEEDS)
    lived = rehearse(protocol, Scenario(), seed)
    entries = tuple(lived.store.read())
    require_whole_strands(lived, entries)
    state = require_the_same_fold_step_by_step(entries)
    require_rules_of_entry(protocol, state, entries)
    require_slots(state, lived.vault)
    require_doses(protocol, lived.vault)
    require_nothing_lost(protocol, state, lived)
    require_product_accounted(protocol, state, lived)
    sealed = compute(protocol, entries)
    computed, unblinded = unblind(sealed, lived.vault.detached())
    require_reports(computed, until(sealed, lived.before_lock), unblinded)
    require_results_form(computed, unblinded)
    require_the_same_of_a_table(protocol, unblinded)
    require_the_same_again(protocol, seed, lived, entries)


WHOLE_NUMBERS: Final = CurveModel(
    activity="blood", measure="episodes", model="steady", settings={"mean": 9, "within_sd": 3}, unit="1", places=0
)
"""Counts of events, which people have without a model in hundredths."""


@settings(TRIES, max_examples=1)
@given(data=st.data())
def test_every_endpoint_and_every_estimator_gives_a_number_in_one_trial(
    data: st.DataObject, whole_protocol: AnyProtocol
) -> None:
    protocol = data.draw(whole_protocol())
    trial = Trial(Path(), protocol, Lines("protocol.yaml", {}))
    assert [issue for issue in find_issues(trial) if issue.severity is Severity.ERROR] == []
    lived = rehearse(protocol, Scenario(models=(WHOLE_NUMBERS,)), "7")
    sealed = compute(protocol, tuple(lived.store.read()))
    computed, unblinded = unblind(sealed, lived.vault.detached())

    methods = {endpoint.id: endpoint.method for endpoint in protocol.endpoints}
    derived = {methods[one.endpoint] for one in computed.dataset.derived if isinstance(one, Derived)}
    assert set(load_methods()) - derived == set(), "add it to ENDPOINTS or COMPOSED of tests/laws/invented_plans.py"
    results = [one.result for one in run_plan(protocol, unblinded)]
    estimated = {result.method for result in results if isinstance(result, Estimate)}
    refused = {(one.method, one.reason) for one in results if isinstance(one, NotEstimable)}
    assert set(method_names()) - estimated == set(), f"add it to ANALYSES of tests/laws/invented_plans.py; {refused}"

    require_reports(computed, until(sealed, lived.before_lock), unblinded)
    require_results_form(computed, unblinded)
    require_the_same_of_a_table(protocol, unblinded)


def require_the_same_of_a_table(protocol: Protocol, unblinded: UnblindedDataset) -> None:
    """Written as a table with a plan, wide or long, the people of an analysis give its result to the last digit."""
    for planned in run_plan(protocol, unblinded):
        cases = make_cases(protocol, unblinded, planned.analysis, planned.visit)
        if planned.visit not in cases.visits or not cases.rows:
            continue
        # The bare estimator: what strategies add to people left out and to warnings belongs to the protocol.
        estimated = load_method(planned.analysis.method).run(cases, planned.analysis.settings, "")
        expected = estimated.as_json()
        for text, plan in (as_wide_table(cases), as_long_table(cases)):
            asked = {"label": "same", "method": planned.analysis.method, "settings": planned.analysis.settings}
            plan["analyses"] = [{**asked, "visits": [planned.visit], "set": "in", "covariates": covariates_of(cases)}]
            read = read_plan(json.dumps(plan), "plan.yaml")
            (found,) = analyse(read_csv(text, "people.csv", read.all_columns()), read)
            assert {**found.result.as_json(), "label": ""} == expected, (plan, text)
            event(f"a table: {'estimated' if expected['estimable'] else 'not estimable'}")


def covariates_of(cases: Cases) -> list[str]:
    return sorted({name for case in cases.rows for name in case.covariates})


def people_of_table(cases: Cases) -> list[dict[str, object]]:
    """What belongs to a person: the members of the set, and whoever else has a slot, who keeps it."""
    kept = {case.slot for case in cases.rows if case.slot is not None}
    strangers = [(slot, arm) for slot, arm in enumerate(cases.allocated, start=1) if slot not in kept]
    people: list[dict[str, object]] = [
        {"who": case.participant, "arm": case.arm, "slot": case.slot, "base": case.baseline, "in": "yes"}
        | {name: case.covariates.get(name) for name in covariates_of(cases)}
        for case in cases.rows
    ]
    people += [{"who": f"slot {slot}", "arm": arm, "slot": slot, "in": "no"} for slot, arm in strangers]
    if cases.scheme is not None and cases.scheme.people:
        for one in people:
            levels = cases.scheme.people[int(str(one["slot"])) - 1]
            named = zip(cases.scheme.factors, levels, strict=True)
            one |= {f"level {factor.name}": factor.levels[level] for factor, level in named}
    return people


def as_plan(cases: Cases, **columns: object) -> dict[str, object]:
    names = covariates_of(cases)
    words = {name for case in cases.rows for name, value in case.covariates.items() if isinstance(value, str)}
    known = {name: "word" if name in words else "number" for name in names}
    first = {"participant": "who", "arm": "arm", "baseline": "base", "covariates": known, "sets": {"in": "in"}}
    plan: dict[str, object] = {"title": "a table", "unit": cases.unit, "arms": list(cases.arms)}
    plan |= {"reference": cases.reference} if cases.reference is not None else {}
    if cases.allocated and cases.scheme is not None:
        first["slot"] = "slot"
        drawn = cases.scheme
        plan["allocation"] = {
            "method": drawn.method,
            "ratio": dict(zip(drawn.arms, drawn.ratio, strict=True)),
            "settings": dict(drawn.settings),
            "factors": {f"level {factor.name}": factor.levels for factor in drawn.factors},
        }
    return {**plan, "columns": {**first, **columns}}


def as_csv(rows: list[dict[str, object]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def as_wide_table(cases: Cases) -> tuple[str, dict[str, object]]:
    by_name = {case.participant: case for case in cases.rows}
    rows = people_of_table(cases)
    for row in rows:
        case = by_name.get(str(row["who"]))
        if case is not None:
            row |= {f"at {visit}": value for visit, value in zip(cases.visits, case.course, strict=True)}
            row |= {"why": case.why_missing, "low": "yes" if case.below_limit else "no", "bad": case.failed}
            row |= {f"at {cases.visit}": case.outcome, "risk": case.exposure}
    beside = {"why_missing": "why", "below_limit": "low", "failed": "bad", "exposure": "risk"}
    columns: dict[str, object] = {name: {cases.visit: column} for name, column in beside.items()}
    return as_csv(rows), as_plan(cases, outcomes={visit: f"at {visit}" for visit in cases.visits}, **columns)


def as_long_table(cases: Cases) -> tuple[str, dict[str, object]]:
    """Visits from last to first, so that their order comes from the plan; who has no value keeps one row."""
    by_name, rows = {case.participant: case for case in cases.rows}, list[dict[str, object]]()
    for row in people_of_table(cases):
        case = by_name.get(str(row["who"]))
        course = dict(zip(cases.visits, case.course, strict=True)) if case is not None else {}
        for visit in reversed(cases.visits):
            if course.get(visit) is not None or visit == cases.visit:
                rows.append({**row, "visit": visit, "y": course.get(visit), "low": "no"})
                if case is not None and visit == cases.visit:
                    rows[-1] |= {"why": case.why_missing, "low": "yes" if case.below_limit else "no"}
                    rows[-1] |= {"y": case.outcome, "bad": case.failed, "risk": case.exposure}
    beside = {"why_missing": "why", "below_limit": "low", "failed": "bad", "exposure": "risk"}
    plan = as_plan(cases, visit="visit", outcome="y", **beside)
    return as_csv(rows), {**plan, "visits": list(cases.visits)}


def require_whole_strands(lived: Rehearsed, entries: tuple[Chained, ...]) -> None:
    found = verify(b"".join(encode(entry) + b"\n" for entry in entries), entries[-1].head)
    assert (found.breaks, found.cut, found.entries) == ((), b"", entries)
    lines, breaks = verify_sealed(lived.vault.as_bytes(), lived.vault.head())
    assert (len(lines), breaks) == (lived.vault.head().seq, [])
    recorded = [entry.entry.recorded for entry in entries]
    assert recorded == sorted(recorded), "the clock ran backwards"


def require_the_same_fold_step_by_step(entries: tuple[Chained, ...]) -> TrialState:
    state = TrialState()
    for entry in entries:
        state = fold([entry], state)
    assert state == fold(entries)
    return state


def require_product_accounted(protocol: Protocol, state: TrialState, lived: Rehearsed) -> None:
    """Everybody who was given something was given it in both strands; the books balance, and nothing is left over."""
    assert (lived.product is None) == (not protocol.products)
    if lived.product is None:
        return
    assert lived.product_refusals.keys() <= {"laboratory/suspended"}
    product = fold_product(lived.product.entries())
    books = account(product, lived.product.entries())
    given = {one.id for one in state.randomised() if one.administered is not None}
    assert {one.participant for one in product.preparations.values() if one.given is not None} == given
    assert (books.balances, books.open, find_broken_paths(product)) == (True, (), ())
    lines, breaks = verify_product(lived.product.as_bytes(), lived.product.head())
    assert (len(lines), breaks) == (lived.product.head().seq, [])


def require_rules_of_entry(protocol: Protocol, state: TrialState, entries: tuple[Chained, ...]) -> None:
    """Nobody is enrolled who is not eligible; nothing is done to anybody before every consent."""
    forms = {form.id for form in protocol.consents}
    given_by: dict[str, set[str]] = {}
    verdict: dict[str, str] = {}
    for one in (entry.event for entry in entries):
        who = getattr(one, "participant", None)
        if who is None or isinstance(one, e.Identified):
            continue
        if isinstance(one, e.Consented):
            given_by.setdefault(who, set()).add(one.form)
            continue
        assert given_by.get(who) == forms, f"{one.kind} before consent"
        if isinstance(one, e.EligibilityAssessed):
            verdict[who] = one.verdict
            met = {name: answer for name, answer in one.criteria.items() if answer == "met"}
            inclusion = {criterion.id for criterion in protocol.criteria if criterion.kind.value == "inclusion"}
            is_eligible = set(met) == inclusion and "unknown" not in one.criteria.values()
            assert (one.verdict == "eligible") == is_eligible
        if isinstance(one, e.Enrolled):
            assert verdict[who] == "eligible"
    assert len(state.enrolled()) <= protocol.design.participants


def require_slots(state: TrialState, vault: Vault) -> None:
    assignments = vault.assignments()
    assert [one.slot for one in assignments] == list(range(1, len(assignments) + 1))
    assert [one.participant for one in assignments] == [one.id for one in state.randomised()]
    assert len({one.preparation for one in assignments}) == len(assignments)
    assert replay_draws(vault) == []


def require_doses(protocol: Protocol, vault: Vault) -> None:
    """Every dose that was drawn up lies in the closed limits, computed here anew from weight, concentration, volume."""
    contents = {made.preparation: made.content for made in vault.events(PreparationMade)}
    arm_of = {one.preparation: one.arm for one in vault.assignments()}
    with_product = {one.id for one in protocol.interventions if one.product and not one.sham}
    for dosed in vault.events(DosePrepared):
        volume, cells = dosed.volume.to("mL").value, dosed.concentration.to("10*6/mL").value
        weight = dosed.weight.to("kg").value
        exact = _fraction(volume) * _fraction(cells) / _fraction(weight)
        assert is_within_limits(protocol.products[0].dose, exact)
        is_product = bool(with_product & set(protocol.arm(arm_of[dosed.preparation]).interventions))
        assert contents[dosed.preparation] == ("product" if is_product else "sham")
        assert (dosed.dose.value > 0) == is_product


def _fraction(value: object) -> Fraction:
    return Fraction(str(value))


def require_nothing_lost(protocol: Protocol, state: TrialState, lived: Rehearsed) -> None:
    """The trial came to its planned number and end; whoever was allocated was given it, or it was cancelled."""
    assert state.phase is TrialPhase.COMPLETED
    assert state.locked is not None
    assert state.simulated
    assert len(state.enrolled()) == protocol.design.participants, dict(lived.refusals)
    assert len(state.randomised()) == len(state.enrolled()), dict(lived.refusals)
    for one in state.enrolled():
        assert (one.administered is None) != (one.cancelled is None), dict(lived.refusals)
        if one.withdrawn or one.lost:
            continue
        left = {visit.id for visit in protocol.visits} - set(one.held) - set(one.missed)
        asked = [f"{visit.id}: {visit.offset} after {visit.anchor.value}" for visit in protocol.visits]
        assert not left, (one.id, left, asked, one.held, one.ended, dict(lived.refusals))
    given_to = [one for one in state.enrolled() if one.administered is not None]
    event(f"{len(protocol.arms)} arms, {'product' if protocol.products else 'no product'}")
    event(f"given to {'all' if len(given_to) == len(state.enrolled()) else 'some' if given_to else 'nobody'}")


def require_reports(data: TrialData, before: TrialData, unblinded: UnblindedDataset) -> None:
    protocol = data.protocol
    page = render_blinded(content_of(before))
    assert TELLTALE not in page
    results = run_plan(protocol, unblinded)
    assert [(one.analysis.id, one.visit) for one in results] == [
        (analysis.id, visit) for analysis in protocol.analyses for visit in analysis.visits
    ]
    for one in results:
        assert isinstance(one.result, Estimate | NotEstimable)
        event(f"{one.result.method}: {'estimated' if isinstance(one.result, Estimate) else 'not estimable'}")
    report = render_unblinded(UnblindedContent(content_of(data), unblinded, results))
    for text in (page, report):
        assert "SIMULATED" in text
        assert "<b>bold</b>" not in text, "a word of the protocol was taken for HTML"
    require_tables(data, before, unblinded)


def content_of(data: TrialData) -> BlindedContent:
    return BlindedContent(data.protocol, data.state, data.dataset, data.observations, data.head, data.as_of)


def require_tables(data: TrialData, before: TrialData, unblinded: UnblindedDataset) -> None:
    people = [slot.participant for slot in unblinded.slots]
    blinded = {
        "participants": tables.participants_csv(before),
        "visits": tables.visits_csv(before),
        "results": tables.results_csv(before, blinded=True),
        "endpoints": tables.endpoints_csv(before),
        "adverse events": tables.adverse_events_csv(before),
    }
    rows = {name: read_table(text) for name, text in blinded.items()}
    assert not any(TELLTALE in text for text in blinded.values())
    assert len(rows["participants"]) == len(data.state.participants)
    assert len(rows["results"]) == len(data.observations)
    assert len(rows["endpoints"]) == len(data.dataset.derived)
    allocation = read_table(tables.allocation_csv(data, unblinded))
    assert [(row["participant"], row["arm"]) for row in allocation] == [(who, unblinded.arm_of(who)) for who in people]
    assert len(read_table(tables.results_csv(data, blinded=False))) == len(data.observations)
    assert len(read_table(tables.endpoints_csv(data, unblinded))) == len(data.dataset.derived)
    assert len(read_table(tables.adverse_events_csv(data, unblinded))) == len(rows["adverse events"])


def read_table(text: str) -> list[dict[str, str]]:
    """The rows of a table that a spreadsheet would read: all as wide as the header, each said to be simulated."""
    header, *rows = csv.reader(io.StringIO(text))
    assert len(set(header)) == len(header)
    assert all(len(row) == len(header) for row in rows)
    assert all(row[0] == "SIMULATED" for row in rows)
    return [dict(zip(header, row, strict=True)) for row in rows]


def require_results_form(data: TrialData, unblinded: UnblindedDataset) -> None:
    """The registry's form of any trial can be filled in, balances, names nobody, and is read back as it was written."""
    protocol, results = data.protocol, run_plan(data.protocol, unblinded)
    form = fill_form(LockedTrial(data, unblinded, results))
    text = json.dumps(form.record.as_json(), allow_nan=False)
    reading = read_record(text.encode(), "form.json")
    assert reading.record == form.record
    assert ResultsSection.model_validate_json(json.dumps(reading.record.results_section)) == form.results
    (period,) = form.results.participant_flow_module.periods
    counted = {one.type: [int(each.num_subjects or -1) for each in one.achievements] for one in period.milestones}
    assert counted["STARTED"] == [unblinded.allocated().count(arm.id) for arm in protocol.arms]
    for place, started in enumerate(counted["STARTED"]):
        left = sum(int(reason.reasons[place].num_subjects or -1) for reason in period.drop_withdraws)
        assert started == counted["COMPLETED"][place] + left
        assert counted["NOT COMPLETED"][place] == left
    outcomes = form.results.outcome_measures_module.outcome_measures
    assert len(outcomes) == len(protocol.endpoints)
    assert sum(len(one.analyses) for one in outcomes) == len(results)
    require_denominators(outcomes)
    require_what_a_reviewer_takes(form, data)
    written = json.dumps(form.results.as_json())
    assert not [one for one in data.state.participants if re.search(rf"\b{re.escape(one)}\b", written)]


NOBODY_KNOWS: Final = frozenset(
    {"baseline/required", "events/terms", "more/agreement", "more/contact", "prs/pick-list"}
)
"""Organ systems, agreements and contacts, which no trial holds; an age that a trial never asked for; a pick-list that has
no word for an invented purpose."""


def has_primary(protocol: Protocol) -> bool:
    return any(endpoint.level == "primary" for endpoint in protocol.endpoints)


def require_what_a_reviewer_takes(form: FilledForm, data: TrialData) -> None:
    """By rules written from the registry's side, nothing is wrong with the form but what nobody has told the trial."""
    submission = Submission(form.record.protocol_section, form.results, frozenset(data.state.participants))
    found = (*review(submission), *write_prs(form.record, form.results).issues)
    allowed = NOBODY_KNOWS | ({"outcomes/primary"} if not has_primary(data.protocol) else set())
    errors = [str(issue) for issue in found if issue.severity is Severity.ERROR and issue.rule not in allowed]
    assert not errors, "\n".join(errors)


def require_denominators(outcomes: Iterable[OutcomeMeasure]) -> None:
    """A cell for each column with somebody in the row and for no other; no row has more people than its table."""
    for one in outcomes:
        whole = {count.group_id: int(count.value or -1) for denom in one.denoms for count in denom.counts}
        for row in one.classes:
            known = {count.group_id: int(count.value or -1) for denom in row.denoms for count in denom.counts}
            assert all(0 <= known[group] <= whole[group] for group in whole)
            shown = {cell.group_id for category in row.categories for cell in category.measurements}
            assert shown == {group for group, count in known.items() if count}


def require_the_same_again(protocol: Protocol, seed: str, lived: Rehearsed, entries: tuple[Chained, ...]) -> None:
    again = rehearse(protocol, Scenario(), seed)
    assert tuple(again.store.read()) == entries
    assert again.vault.as_bytes() == lived.vault.as_bytes()
    assert lived.product is None or again.product is None or again.product.as_bytes() == lived.product.as_bytes()
