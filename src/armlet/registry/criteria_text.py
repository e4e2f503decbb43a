"""The criteria text of a record, as the formats meet it; how it is split is told in `armlet.eligibility.text.split`."""

from armlet.eligibility.text.split import (
    CriteriaText,
    CriterionText,
    HeadedText,
    heading_kind,
    read_criteria,
    render_criteria,
    split_at_headings,
    split_bullets,
    split_criteria,
)
from armlet.protocol.criteria import CriterionKind

__all__ = [
    "CriteriaText",
    "CriterionKind",
    "CriterionText",
    "HeadedText",
    "heading_kind",
    "read_criteria",
    "render_criteria",
    "split_at_headings",
    "split_bullets",
    "split_criteria",
]
