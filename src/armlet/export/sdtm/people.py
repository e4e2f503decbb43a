"""Data sets of what happened to participants: DM, EX, AE, DS, DV, SV, and the trial's own XR with all results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Final

from armlet.conduct.observation import Observation
from armlet.conduct.state import Participant
from armlet.export.results_form.flow import DEATH, LOST, TERMINATED, WITHDRAWAL, why_not_completed
from armlet.export.results_form.locked import LockedTrial
from armlet.export.sdtm.dataset import Column, Dataset, Value
from armlet.ledger.events import Seriousness
from armlet.units import Quantity, UnitError

Row = Mapping[str, Value]
SCREENED_OUT: Final = "SCREEN FAILURE"
NOT_ASSIGNED: Final = "NOT ASSIGNED"
NOT_TREATED: Final = "ASSIGNED, NOT TREATED"
"""Terms of the CDISC list ARMNULRS, from memory: to be checked against a release of the controlled terminology."""
ENDS: Final = {
    None: "COMPLETED",
    DEATH: "DEATH",
    WITHDRAWAL: "WITHDRAWAL BY SUBJECT",
    LOST: "LOST TO FOLLOW-UP",
    TERMINATED: "STUDY TERMINATED BY SPONSOR",
}
"""Terms of the CDISC list NCOMPLT, from memory: to be checked against a release of the controlled terminology."""
SERIOUS: Final = {
    Seriousness.DEATH: "AESDTH",
    Seriousness.LIFE_THREATENING: "AESLIFE",
    Seriousness.HOSPITALISATION: "AESHOSP",
}
_SEXES: Final = {"female": "F", "male": "M"}


def study_id(trial: LockedTrial) -> str:
    """The trial's id, which says so where it is simulated: it stands in every row."""
    return f"{'SIMULATED-' if trial.data.state.simulated else ''}{trial.protocol.id}"


def identifiers(domain: str, *, has_sequence: bool = True) -> tuple[Column, ...]:
    """The columns that every data set about participants begins with."""
    found = (
        Column("STUDYID", "Study Identifier", origin="Protocol", is_key=True),
        Column("DOMAIN", "Domain Abbreviation", origin="Assigned"),
        Column("USUBJID", "Unique Subject Identifier", origin="Derived", is_key=True),
    )
    sequence = Column(f"{domain}SEQ", "Sequence Number", "integer", "Derived", is_key=True)
    return (*found, sequence) if has_sequence else found


def list_people(trial: LockedTrial) -> Iterator[Dataset]:
    """The data sets, in the order in which readers look for them."""
    yield _demographics(trial)
    yield _exposure(trial)
    yield _adverse_events(trial)
    yield _disposition(trial)
    yield _deviations(trial)
    yield _visits(trial)
    yield _results(trial)


def _numbered(trial: LockedTrial, domain: str, rows_of: Callable[[Participant], Iterable[Row]]) -> tuple[Row, ...]:
    found: list[Row] = []
    for one in trial.data.state.participants.values():
        for number, row in enumerate(rows_of(one), start=1):
            found.append({**_identified(trial, domain, one), f"{domain}SEQ": number, **row})
    return tuple(found)


def _identified(trial: LockedTrial, domain: str, one: Participant) -> Row:
    study = study_id(trial)
    return {"STUDYID": study, "DOMAIN": domain, "USUBJID": f"{study}-{one.id}"}


def _demographics(trial: LockedTrial) -> Dataset:
    columns = (
        *identifiers("DM", has_sequence=False),
        Column("SUBJID", "Subject Identifier for the Study"),
        Column("RFSTDTC", "Subject Reference Start Date/Time", "datetime", "Derived"),
        Column("RFXSTDTC", "Date/Time of First Study Treatment", "datetime", "Derived"),
        Column("RFXENDTC", "Date/Time of Last Study Treatment", "datetime", "Derived"),
        Column("RFICDTC", "Date/Time of Informed Consent", "datetime"),
        Column("DTHDTC", "Date/Time of Death", "date"),
        Column("DTHFL", "Subject Death Flag", origin="Derived"),
        Column("SITEID", "Study Site Identifier", origin="Assigned"),
        Column("AGE", "Age", "decimal"),
        Column("AGEU", "Age Units", origin="Assigned"),
        Column("SEX", "Sex"),
        Column("ARMCD", "Planned Arm Code", origin="Assigned"),
        Column("ARM", "Description of Planned Arm", origin="Assigned"),
        Column("ACTARMCD", "Actual Arm Code", origin="Derived"),
        Column("ACTARM", "Description of Actual Arm", origin="Derived"),
        Column("ARMNRS", "Reason Arm and/or Actual Arm is Null", origin="Derived"),
    )
    rows = tuple(_person(trial, one) for one in trial.data.state.participants.values())
    return Dataset("DM", "Demographics", "SPECIAL PURPOSE", "One record per participant", columns, rows)


def _person(trial: LockedTrial, one: Participant) -> Row:
    arm, given = trial.unblinded.arm_of(one.id), one.administered
    label = trial.protocol.arm(arm).label if arm is not None else None
    began = given.started.isoformat() if given is not None else None
    consent = min((consent.first for consent in one.consents.values()), default=None)
    age = _age(one)
    missing = SCREENED_OUT if one.enrolled is None else NOT_ASSIGNED if arm is None else NOT_TREATED
    return {
        **_identified(trial, "DM", one),
        "SUBJID": one.id,
        "RFSTDTC": began,
        "RFXSTDTC": began,
        "RFXENDTC": given.stopped.isoformat() if given is not None else None,
        "RFICDTC": consent.isoformat() if consent is not None else None,
        "DTHDTC": one.died.isoformat() if one.died is not None else None,
        "DTHFL": "Y" if one.died is not None else None,
        "SITEID": one.site,
        "AGE": age,
        "AGEU": "YEARS" if age is not None else None,
        "SEX": _SEXES.get(str(one.answers.get("sex"))),
        "ARMCD": arm,
        "ARM": label,
        "ACTARMCD": arm if given is not None else None,
        "ACTARM": label if given is not None else None,
        "ARMNRS": None if given is not None else missing,
    }


def _age(one: Participant) -> Decimal | None:
    answer = one.answers.get("age")
    if not isinstance(answer, str):
        return None
    try:
        return Quantity.parse(answer).to("a").value
    except UnitError:
        return None


def _exposure(trial: LockedTrial) -> Dataset:
    columns = (
        *identifiers("EX"),
        Column("EXTRT", "Name of Treatment", origin="Assigned"),
        Column("EXDOSE", "Dose", "decimal"),
        Column("EXDOSU", "Dose Units"),
        Column("EXLOT", "Lot Number"),
        Column("EXSTDTC", "Start Date/Time of Treatment", "datetime"),
        Column("EXENDTC", "End Date/Time of Treatment", "datetime"),
    )

    def given(one: Participant) -> Iterator[Row]:
        if one.administered is None:
            return
        arm = trial.unblinded.arm_of(one.id)
        names = trial.protocol.arm(arm).interventions if arm is not None else ()
        labels = [each.label for each in trial.protocol.interventions if each.id in names]
        dose = trial.unblinded.doses.get(one.id)
        yield {
            "EXTRT": "; ".join(labels) or None,
            "EXDOSE": dose.value if dose is not None else None,
            "EXDOSU": dose.unit if dose is not None else None,
            "EXLOT": trial.unblinded.lots.get(one.id),
            "EXSTDTC": one.administered.started.isoformat(),
            "EXENDTC": one.administered.stopped.isoformat(),
        }

    rows = _numbered(trial, "EX", given)
    return Dataset("EX", "Exposure", "INTERVENTIONS", "One record per administration", columns, rows)


def _adverse_events(trial: LockedTrial) -> Dataset:
    columns = (
        *identifiers("AE"),
        Column("AETERM", "Reported Term for the Adverse Event"),
        Column("AESER", "Serious Event"),
        *(Column(name, f"Serious: {reason.value}") for reason, name in SERIOUS.items()),
        Column("AEREL", "Causality"),
        Column("AETOXGR", "Standard Toxicity Grade"),
        Column("AESTDTC", "Start Date/Time of Adverse Event", "date"),
        Column("AEENDTC", "End Date/Time of Adverse Event", "date"),
    )

    def had(one: Participant) -> Iterator[Row]:
        for event in one.adverse_events:
            yield {
                "AETERM": event.term,
                "AESER": "Y" if event.serious else "N",
                **{name: "Y" if reason in event.serious else "N" for reason, name in SERIOUS.items()},
                "AEREL": "; ".join(event.related_to) or None,
                "AETOXGR": None if event.grade is None else str(event.grade),
                "AESTDTC": event.onset.isoformat(),
                "AEENDTC": event.ended.isoformat() if event.ended is not None else None,
            }

    return Dataset(
        "AE", "Adverse Events", "EVENTS", "One record per adverse event", columns, _numbered(trial, "AE", had)
    )


def _disposition(trial: LockedTrial) -> Dataset:
    columns = (
        *identifiers("DS"),
        Column("DSTERM", "Reported Term for the Disposition Event"),
        Column("DSDECOD", "Standardized Disposition Term", origin="Derived"),
        Column("DSCAT", "Category for Disposition Event", origin="Assigned"),
        Column("DSSTDTC", "Start Date/Time of Disposition Event", "date"),
    )

    def went(one: Participant) -> Iterator[Row]:
        milestone = "PROTOCOL MILESTONE"
        if one.randomised is not None:
            day = one.randomised.isoformat()
            yield {"DSTERM": "Allocated", "DSDECOD": "RANDOMIZED", "DSCAT": milestone, "DSSTDTC": day}
        if one.enrolled is not None:
            why = why_not_completed(one)
            yield {
                "DSTERM": why or "Completed",
                "DSDECOD": ENDS[why],
                "DSCAT": "DISPOSITION EVENT",
                "DSSTDTC": _end_of(one, why),
            }

    return Dataset(
        "DS", "Disposition", "EVENTS", "One record per disposition event", columns, _numbered(trial, "DS", went)
    )


def _end_of(one: Participant, why: str | None) -> str | None:
    """The day of a death or a withdrawal; of other ends the state keeps no day."""
    day = {DEATH: one.died, WITHDRAWAL: one.withdrawn_on}.get(why or "")
    return day.isoformat() if day is not None else None


def _deviations(trial: LockedTrial) -> Dataset:
    columns = (
        *identifiers("DV"),
        Column("DVTERM", "Protocol Deviation Term"),
        Column("DVSTDTC", "Start Date/Time of Deviation", "date"),
    )

    def departed(one: Participant) -> Iterator[Row]:
        return ({"DVTERM": each.what, "DVSTDTC": each.on.isoformat()} for each in one.deviations)

    rows = _numbered(trial, "DV", departed)
    return Dataset("DV", "Protocol Deviations", "EVENTS", "One record per deviation", columns, rows)


def _visits(trial: LockedTrial) -> Dataset:
    columns = (
        *identifiers("SV", has_sequence=False),
        Column("VISITNUM", "Visit Number", "integer", "Derived", is_key=True),
        Column("VISIT", "Visit Name", origin="Protocol"),
        Column("SVPRESP", "Pre-specified", origin="Derived"),
        Column("SVOCCUR", "Occurrence", origin="Derived"),
        Column("SVREASOC", "Reason for Occur Value"),
        Column("SVSTDTC", "Start Date/Time of Observation", "date"),
    )
    rows: list[Row] = []
    for one in trial.data.state.participants.values():
        for code, number, label in _visits_of(trial, one):
            held, missed = one.day_of(code), one.missed.get(code)
            told = (held.isoformat() if held is not None else None, missed.why if missed is not None else None)
            is_planned = any(visit.id == code for visit in trial.protocol.visits)
            rows.append(
                {
                    **_identified(trial, "SV", one),
                    "VISITNUM": number,
                    "VISIT": label,
                    "SVPRESP": "Y" if is_planned else None,
                    "SVOCCUR": ("Y" if held is not None else "N") if is_planned else None,
                    "SVREASOC": told[1],
                    "SVSTDTC": told[0],
                }
            )
    return Dataset(
        "SV", "Subject Visits", "SPECIAL PURPOSE", "One record per visit held or missed", columns, tuple(rows)
    )


def _visits_of(trial: LockedTrial, one: Participant) -> Iterator[tuple[str, int, str]]:
    """The visits that were held or missed, those outside the schedule numbered after it."""
    planned = trial.protocol.visits
    for number, visit in enumerate(planned, start=1):
        if visit.id in one.held or visit.id in one.missed:
            yield visit.id, number, visit.label
    for number, code in enumerate(one.extra, start=len(planned) + 1):
        yield code, number, code


def _results(trial: LockedTrial) -> Dataset:
    columns = (
        *identifiers("XR"),
        Column("XRTESTCD", "Short Name of Measurement", origin="Assigned"),
        Column("XRTEST", "Name of Measurement", origin="Protocol"),
        Column("XRCAT", "Activity", origin="Protocol"),
        Column("XRORRES", "Result or Finding in Original Units"),
        Column("XRORRESU", "Original Units"),
        Column("XRSTAT", "Completion Status", origin="Derived"),
        Column("XRREASND", "Reason Not Done"),
        Column("VISITNUM", "Visit Number", "integer", "Derived"),
        Column("VISIT", "Visit Name", origin="Protocol"),
        Column("XRDTC", "Date/Time of Measurement", "date"),
        Column("XRTPT", "Planned Time Point Name", origin="Protocol"),
    )
    codes = {measure.id: f"M{place:03d}" for place, measure in enumerate(trial.protocol.measures, start=1)}

    def found(one: Participant) -> Iterator[Row]:
        numbers = {code: (number, label) for code, number, label in _visits_of(trial, one)}
        for result in one.results.values():
            number, label = numbers.get(result.visit, (None, result.visit))
            yield {
                **_result(trial, result),
                "XRTESTCD": codes[result.measure],
                "VISITNUM": number,
                "VISIT": label,
            }

    return Dataset(
        "XR", "Results", "FINDINGS", "One record per value asked for", columns, _numbered(trial, "XR", found), True
    )


def _result(trial: LockedTrial, result: Observation) -> Row:
    quantity, missing = result.quantity, result.missing
    value = None if quantity is None else f"{'<' if result.below else ''}{format(quantity.value, 'f')}"
    return {
        "XRTEST": trial.protocol.measure(result.measure).label,
        "XRCAT": trial.protocol.activity(result.activity).label,
        "XRORRES": value,
        "XRORRESU": quantity.unit if quantity is not None else None,
        "XRSTAT": "NOT DONE" if missing is not None else None,
        "XRREASND": missing.value if missing is not None else None,
        "XRDTC": result.on.isoformat(),
        "XRTPT": result.sample or None,
    }
