"""What a pattern of hepatitis B serology means in a participant; donors are judged by their own rules, not by this."""

from __future__ import annotations

from typing import Literal

from armlet.product.donor import TestResult

HepatitisB = Literal["never exposed", "vaccinated", "exposed", "vaccination to be confirmed", "unknown"]


def read_hepatitis_b(
    surface_antigen: TestResult | None,
    core_antibody: TestResult | None,
    surface_antibody: TestResult | None,
    vaccinated: bool | None,
) -> HepatitisB:
    """The pattern of three results. Antibodies to the surface alone are those of a vaccine only with a history of one.

    Without the history somebody must ask; an absent or indeterminate result leaves the pattern unknown, unless another
    shows contact with the virus already.
    """
    if TestResult.POSITIVE in {surface_antigen, core_antibody}:
        return "exposed"
    if {surface_antigen, core_antibody} != {TestResult.NEGATIVE}:
        return "unknown"
    if surface_antibody is TestResult.NEGATIVE:
        return "never exposed"
    if surface_antibody is not TestResult.POSITIVE:
        return "unknown"
    return "vaccinated" if vaccinated else "vaccination to be confirmed"
