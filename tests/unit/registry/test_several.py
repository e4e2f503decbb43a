"""Files with several records: each line keeps its number."""

from __future__ import annotations

import pytest

from armlet.registry.read import read_part, split_records

ANSWER = """\
{
  "studies": [
    {"protocolSection": {
      "identificationModule": {"briefTitle": "Larks"}}},
    {
      "protocolSection": {
        "identificationModule": {
          "briefTitle": "Owls"}}}
  ]
}
"""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_values_of_each_study_of_an_answer_have_their_lines_in_the_file(end: str) -> None:
    parts = split_records(ANSWER.replace("\n", end).encode(), "x.json")

    readings = [read_part(part) for part in parts]

    assert [[(fact.value, fact.line) for fact in reading.facts] for reading in readings] == [
        [("Larks", 4)],
        [("Owls", 8)],
    ]
    assert [line.line for line in readings[1].boilerplate] == [5, 6, 7]


def test_what_follows_a_study_is_not_carried_with_it() -> None:
    parts = split_records(ANSWER.encode(), "x.json")

    assert [(part.source.first_line, part.source.text.count("\n")) for part in parts] == [(3, 1), (5, 3)]
