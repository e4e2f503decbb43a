"""C-peptide, glucose and glycated haemoglobin after a diagnosis of type 1 diabetes, drawn from published aggregates.

The figures stand in ``data/c_peptide_after_diagnosis.yaml`` with their source. A person's course is one joint draw over
the months; between months it is a straight line, after the last month it is held.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import yaml

from armlet.simulation.subject import Subject

Floats = npt.NDArray[np.float64]
_FILE: Final = "data/c_peptide_after_diagnosis.yaml"
_SMALLEST_Y: Final = 0.004
"""A course never falls below this (about 0.004 nmol/L): the detection limit then makes it a "below" result."""


@lru_cache(maxsize=1)
def figures() -> dict[str, dict[str, list[float]]]:
    """The aggregates, as the data file has them."""
    text = files("armlet.simulation").joinpath(_FILE).read_text("utf-8")
    loaded: dict[str, dict[str, list[float]]] = yaml.safe_load(text)
    return loaded


def _draw(rng: np.random.Generator, mean: list[float], covariance: list[float]) -> Floats:
    """One joint normal draw through the symmetric square root, whose signs no library version can choose otherwise."""
    values, vectors = np.linalg.eigh(np.asarray(covariance, dtype=np.float64))
    root = (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T
    drawn: Floats = np.asarray(mean, dtype=np.float64) + root @ rng.standard_normal(len(mean))
    return drawn


def course(subject: Subject, months: float) -> float:
    """ln(AUC mean + 1) of the person at that time, in nmol/L; an effect keeps its share of what would be lost."""
    adults = figures()["adults"]
    rng = subject.streams.of(subject.participant, "c-peptide course")
    drawn = np.clip(_draw(rng, adults["mean_y"], adults["covariance_y"]), _SMALLEST_Y, None)
    natural = float(np.interp(months, adults["months"], drawn))
    return natural + subject.kept * (float(drawn[0]) - natural)


def _draw_shape(subject: Subject, visit: str) -> Floats:
    """The logarithm of the curve over its mean: part of the spread belongs to the person, the rest to the day."""
    shape = figures()["shape"]
    mean, share = np.asarray(shape["mean_log_ratio"]), float(str(shape["share_of_person"]))
    person, day = (
        _draw(
            subject.streams.of(subject.participant, "c-peptide shape", name),
            shape["mean_log_ratio"],
            shape["covariance_log_ratio"],
        )
        for name in ("of the person", visit)
    )
    drawn: Floats = mean + np.sqrt(share) * (person - mean) + np.sqrt(1 - share) * (day - mean)
    return drawn


def auc_mean(subject: Subject, months: float) -> float:
    """The AUC mean of the two-hour test, nmol/L."""
    return float(np.expm1(course(subject, months)))


def concentration(subject: Subject, months: float, visit: str, minute: float) -> float:
    """C-peptide at a minute of the test, nmol/L: a drawn shape whose mean over the two hours is the person's AUC mean."""
    shape = figures()["shape"]
    ratio = np.exp(_draw_shape(subject, visit))
    minutes = shape["minutes"]
    area = sum(
        (b - a) * (left + right) / 2 for (a, b), (left, right) in zip(pairwise(minutes), pairwise(ratio), strict=True)
    )
    curve = ratio * (minutes[-1] - minutes[0]) / area * auc_mean(subject, months)
    repeat = subject.streams.of(subject.participant, "c-peptide repeat", visit, str(minute)).normal(0.0, 0.05)
    return float(np.interp(minute, minutes, curve)) * (float(np.exp(repeat)) if minute < 0 else 1.0)


def glucose(subject: Subject, visit: str, minute: float) -> float:
    """Glucose at a minute of the test, mg/dL; part of the spread belongs to the person's day, the rest to the sample."""
    known = figures()["glucose"]
    share = float(str(known["share_of_person"]))
    day = subject.streams.of(subject.participant, "glucose day", visit).standard_normal()
    own = subject.streams.of(subject.participant, "glucose sample", visit, str(minute)).standard_normal()
    mean, sd = (float(np.interp(minute, known["minutes"], known[name])) for name in ("mean", "sd"))
    return max(mean + sd * float(np.sqrt(share) * day + np.sqrt(1 - share) * own), 55.0)


def hba1c_percent(subject: Subject, months: float, visit: str) -> float:
    """Glycated haemoglobin, NGSP per cent: lower where more C-peptide is left, by the published correlation."""
    known, adults = figures()["hba1c"], figures()["adults"]
    rho = float(str(known["correlation_with_y"]))
    mean, sd = (float(np.interp(months, known["months"], known[name])) for name in ("mean", "sd"))
    mean_y = float(np.interp(months, adults["months"], adults["mean_y"]))
    sd_y = float(np.sqrt(np.interp(months, adults["months"], np.diag(np.asarray(adults["covariance_y"])))))
    own = subject.streams.of(subject.participant, "hba1c", visit).standard_normal()
    z = rho * (course(subject, months) - mean_y) / sd_y + float(np.sqrt(1 - rho**2)) * own
    return max(mean + sd * z, 4.5)
