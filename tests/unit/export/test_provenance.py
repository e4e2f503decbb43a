"""A field of the results form is traced to where its words come from, and can be said in clearer words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from armlet.errors import InputError
from armlet.export.results_form.answers import Answers, refuse_unknown_endpoints
from armlet.export.results_form.compose import fill_form
from armlet.export.results_form.locked import LockedTrial
from armlet.export.results_form.provenance import Origin, explain
from armlet.registry.record import Outcome, OutcomesModule, ProtocolSection, Record

Make = Callable[..., LockedTrial]
FRAME = "outcomeMeasuresModule.outcomeMeasures[0].timeFrame"
CLEARER = "From the infusion to month 9"


def told(trial: LockedTrial, path: str) -> tuple[str, list[Origin]]:
    """What the field says, and where it comes from."""
    found = explain(trial, fill_form(trial), path)
    return found.text, list(found.origins)


def test_without_a_registered_outcome_a_time_frame_comes_from_the_endpoint(locked: Make) -> None:
    trial = locked()
    endpoint = trial.protocol.endpoints[0]

    text, origins = told(trial, FRAME)

    assert origins[0] == Origin("protocol.yaml: endpoints.fev1_after_exercise.time_frame", endpoint.time_frame)
    assert text.startswith(endpoint.time_frame)


def test_a_registered_time_frame_stands_for_the_endpoints_own_and_is_named(locked: Make) -> None:
    outcome = Outcome(measure="Breath", time_frame="9 months")
    section = ProtocolSection(outcomes_module=OutcomesModule(primary_outcomes=(outcome,)))
    plain = locked().protocol
    first, *others = plain.endpoints
    (stated,) = first.source.stated
    from_record = stated.model_copy(update={"where": "outcomesModule.primaryOutcomes[0].measure"})
    source = first.source.model_copy(update={"stated": (from_record,)})
    endpoints = (first.model_copy(update={"source": source}), *others)
    protocol = plain.model_copy(update={"endpoints": endpoints})
    trial = locked(registered=Record(protocol_section=section), protocol=protocol)

    _, origins = told(trial, FRAME)

    assert origins[0] == Origin("record: protocolSection.outcomesModule.primaryOutcomes[0].timeFrame", "9 months")
    assert "not used" in origins[-1].where


def test_clearer_words_stand_in_both_sections_and_are_named_as_the_origin(locked: Make) -> None:
    trial = locked(answers=Answers(time_frames={"fev1_after_exercise": CLEARER}))
    form = fill_form(trial)

    text, origins = told(trial, FRAME)

    assert text == f"{CLEARER}. Reported at: screening, month 3 and month 9"
    assert origins[0] == Origin("answers: time_frames.fev1_after_exercise", CLEARER)
    (registered,) = form.record.protocol_section.outcomes_module.primary_outcomes
    assert registered.time_frame == text
    assert "results-form/time-frame-reworded" in {issue.rule for issue in form.issues}


def test_a_number_leads_to_the_ledger(locked: Make) -> None:
    _, origins = told(locked(), "resultsSection.participantFlowModule.periods[0].milestones[0].type")

    assert [one.where.split(":")[0] for one in origins] == ["protocol.yaml", "ledger"]


@pytest.mark.parametrize(
    "path", ["outcomeMeasuresModule.outcomeMeasures[99].timeFrame", "nothing", "resultsSection.no"]
)
def test_a_field_that_the_form_does_not_have_is_refused(locked: Make, path: str) -> None:
    trial = locked()

    with pytest.raises(InputError, match="the form has no field"):
        explain(trial, fill_form(trial), path)


def test_words_for_an_endpoint_that_there_is_not_are_refused() -> None:
    with pytest.raises(InputError, match="there is no endpoint breath"):
        refuse_unknown_endpoints(Answers(time_frames={"breath": CLEARER}), ("fev1_after_exercise",), "answers.yaml")
