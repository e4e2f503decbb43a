"""Grades of laboratory values: every case of the table in the domain notes (2.3), at and beside each limit."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from armlet.safety.grading import Graded, GradeRange, NotGradable, Reference, grade_value, load_scales
from armlet.units import Quantity

V5, V6 = "CTCAE 5.0", "CTCAE 6.0"


def q(text: str) -> Quantity:
    return Quantity.parse(text)


def grade(scale: str, test: str, value: str, **reference: str) -> int | str:
    """The grade, or why there is none."""
    found = grade_value(scale, test, q(value), Reference(**{name: q(text) for name, text in reference.items()}))
    assert found.scale == scale
    return found.grade if isinstance(found, Graded) else found.because


@pytest.mark.parametrize(
    ("value", "expected"), [(40, 0), (41, 1), (120, 1), (121, 2), (200, 2), (201, 3), (800, 3), (801, 4)]
)
@pytest.mark.parametrize("scale", [V5, V6])
@pytest.mark.parametrize("test", ["alt", "ast"])
def test_a_normal_baseline_is_graded_in_multiples_of_the_upper_limit(
    scale: str, test: str, value: int, expected: int
) -> None:
    assert grade(scale, test, f"{value} umol/s/L", upper="40 umol/s/L", baseline="30 umol/s/L") == expected


@pytest.mark.parametrize(
    ("value", "in_5", "in_6"),
    [(75, 0, 1), (89, 0, 1), (90, 1, 1), (180, 1, 3), (200, 2, 3), (301, 3, 4), (1200, 3, 4), (1201, 4, 4)],
)
def test_an_abnormal_baseline_is_graded_in_multiples_of_itself(value: int, in_5: int, in_6: int) -> None:
    for scale, expected in ((V5, in_5), (V6, in_6)):
        assert grade(scale, "alt", f"{value} umol/s/L", upper="40 umol/s/L", baseline="60 umol/s/L") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("70 mg/dL", 0), ("69 mg/dL", 1), ("55 mg/dL", 1), ("54.5 mg/dL", 2), ("40 mg/dL", 2), ("39.9 mg/dL", 3),
        ("30 mg/dL", 3), ("29.9 mg/dL", 4),
    ],
)  # fmt: skip
@pytest.mark.parametrize("scale", [V5, V6])
def test_hypoglycaemia_in_milligrams(scale: str, value: str, expected: int) -> None:
    assert grade(scale, "hypoglycaemia", value, lower="70 mg/dL") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("3.9 mmol/L", 0), ("3.025 mmol/L", 1), ("3.0 mmol/L", 1), ("2.99 mmol/L", 2), ("2.2 mmol/L", 2),
        ("2.19 mmol/L", 3), ("1.7 mmol/L", 3), ("1.69 mmol/L", 4),
    ],
)  # fmt: skip
def test_hypoglycaemia_in_millimoles_is_graded_in_millimoles(value: str, expected: int) -> None:
    assert grade(V5, "hypoglycaemia", value, lower="3.9 mmol/L") == expected


def test_hyperglycaemia_has_no_number_in_version_5_and_has_in_version_6() -> None:
    assert "by what was changed in the care of the diabetes" in str(
        grade(V5, "hyperglycaemia", "16.0 mmol/L", upper="5.5 mmol/L")
    )
    values = ["5.5", "5.6", "8.9", "9.0", "13.9", "14.0", "16.0", "27.8", "27.9"]
    assert [grade(V6, "hyperglycaemia", f"{value} mmol/L", upper="5.5 mmol/L") for value in values] == [
        0,
        1,
        1,
        2,
        2,
        3,
        3,
        3,
        4,
    ]


@pytest.mark.parametrize(
    ("test", "value", "reference", "because"),
    [
        ("hypoglycaemia", "60 mg/dL", {}, "the lower limit of normal is not known"),
        ("hypoglycaemia", "3.5 mmol/L", {"lower": "70 mg/dL"}, "the lower limit is in mg/dL and the value in mmol/L"),
        ("hypoglycaemia", "3500 umol/L", {"lower": "3900 umol/L"}, "the scale has no limits in umol/L; it has mg/dL, mmol/L"),
        ("alt", "50 umol/s/L", {"upper": "40 umol/s/L"}, "the baseline is not known"),
        ("alt", "50 umol/s/L", {"baseline": "30 umol/s/L"}, "the upper limit of normal is not known"),
        ("albumin", "30 g/L", {}, "CTCAE 5.0 has no numeric rule for 'albumin' here"),
        ("neutrophils", "1.2 10*9/L", {}, "only part of the rules is known: grade 3"),
        ("platelets", "25 10*9/L", {}, "only part of the rules is known: grade 4"),
    ],
)  # fmt: skip
def test_what_cannot_be_graded_says_why_and_is_never_grade_0(
    test: str, value: str, reference: dict[str, str], because: str
) -> None:
    assert str(grade(V5, test, value, **reference)).startswith(because)


def test_neutrophils_changed_between_the_versions() -> None:
    assert (grade(V5, "neutrophils", "0.9 10*9/L"), grade(V6, "neutrophils", "0.9 10*9/L")) == (3, 2)
    assert (grade(V6, "neutrophils", "0.49 10*9/L"), grade(V6, "neutrophils", "0.1 10*9/L")) == (3, 3)
    assert grade(V5, "platelets", "24.9 10*9/L") == 4


def test_a_scale_that_is_not_known_grades_nothing() -> None:
    assert grade_value("CTCAE 4.03", "alt", q("50 umol/s/L"), Reference()) == NotGradable(
        "CTCAE 4.03", "no numeric rules of CTCAE 4.03 are known here"
    )


def test_every_scale_says_its_source_and_whether_that_was_read() -> None:
    assert sorted(load_scales()) == [V5, V6]
    assert all(scale.source and scale.checked == "memory" for scale in load_scales().values())
    with pytest.raises(ValidationError, match="either a `unit` or what it is a multiple `of`"):
        GradeRange(grade=1)
