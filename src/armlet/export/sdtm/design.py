"""Data sets of the design: TV, TI and TS. TA and TE are not written: the protocol has no elements to put into them."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.export.results_form.locked import LockedTrial
from armlet.export.sdtm.dataset import Column, Dataset
from armlet.export.sdtm.people import Row, study_id
from armlet.protocol.criteria import CriterionKind

_STUDY = Column("STUDYID", "Study Identifier", origin="Protocol", is_key=True)
_DOMAIN = Column("DOMAIN", "Domain Abbreviation", origin="Assigned")


def list_design(trial: LockedTrial) -> Iterator[Dataset]:
    """The planned visits, the criteria, and the summary."""
    study = study_id(trial)
    visits: tuple[Row, ...] = tuple(
        {"STUDYID": study, "DOMAIN": "TV", "VISITNUM": number, "VISIT": visit.label, "TVSTRL": visit.offset.in_words()}
        for number, visit in enumerate(trial.protocol.visits, start=1)
    )
    columns = (
        Column("VISITNUM", "Visit Number", "integer", "Protocol", is_key=True),
        Column("VISIT", "Visit Name", origin="Protocol"),
        Column("TVSTRL", "Visit Start Rule", origin="Protocol"),
    )
    yield _design("TV", "Trial Visits", "One record per planned visit", columns, visits)
    kinds = {CriterionKind.INCLUSION: "INCLUSION", CriterionKind.EXCLUSION: "EXCLUSION"}
    criteria: tuple[Row, ...] = tuple(
        {"STUDYID": study, "DOMAIN": "TI", "IETESTCD": f"C{number:03d}", "IETEST": one.says, "IECAT": kinds[one.kind]}
        for number, one in enumerate(trial.protocol.criteria, start=1)
    )
    columns = (
        Column("IETESTCD", "Incl/Excl Criterion Short Name", origin="Assigned", is_key=True),
        Column("IETEST", "Inclusion/Exclusion Criterion", origin="Protocol"),
        Column("IECAT", "Inclusion/Exclusion Category", origin="Assigned"),
    )
    yield _design("TI", "Trial Inclusion/Exclusion Criteria", "One record per criterion", columns, criteria)
    yield _summary(trial, study)


def _design(name: str, label: str, structure: str, columns: tuple[Column, ...], rows: tuple[Row, ...]) -> Dataset:
    return Dataset(name, label, "TRIAL DESIGN", structure, (_STUDY, _DOMAIN, *columns), rows)


def _summary(trial: LockedTrial, study: str) -> Dataset:
    protocol = trial.protocol
    primary = [one for one in protocol.endpoints if one.level == "primary"]
    told = [
        ("TITLE", "Trial Title", trial.marked(protocol.official_title or protocol.title)),
        ("SPONSOR", "Clinical Study Sponsor", protocol.organisation.sponsor),
        ("INDIC", "Trial Disease/Condition Indication", protocol.population.condition),
        ("PLANSUB", "Planned Number of Subjects", str(protocol.design.participants)),
        ("ACTSUB", "Actual Number of Subjects", str(len(trial.data.state.enrolled()))),
        *(("OBJPRIM", "Trial Primary Objective", one.objective) for one in primary),
        *(("OUTMSPRI", "Primary Outcome Measure", one.label) for one in primary),
    ]
    rows: tuple[Row, ...] = tuple(
        {
            "STUDYID": study,
            "DOMAIN": "TS",
            "TSSEQ": sum(each[0] == code for each in told[:place]) + 1,
            "TSPARMCD": code,
            "TSPARM": name,
            "TSVAL": value,
        }
        for place, (code, name, value) in enumerate(told)
    )
    columns = (
        Column("TSSEQ", "Sequence Number", "integer", "Derived", is_key=True),
        Column("TSPARMCD", "Trial Summary Parameter Short Name", origin="Assigned", is_key=True),
        Column("TSPARM", "Trial Summary Parameter", origin="Assigned"),
        Column("TSVAL", "Parameter Value", origin="Protocol"),
    )
    return _design("TS", "Trial Summary", "One record per value of a parameter", columns, rows)
