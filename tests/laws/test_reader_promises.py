"""Laws of reading for every layout: whatever is done to a record, it is refused, or read with all promises kept.

The promises, a small invented record of each layout and the ways to spoil them are those of `tools/fuzz_readers.py`,
which goes on for longer.
"""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from armlet.registry.read import read_record, supported_formats

_SPEC = importlib.util.spec_from_file_location("fuzz_readers", Path(__file__).parents[2] / "tools" / "fuzz_readers.py")
assert _SPEC is not None
assert _SPEC.loader is not None
fuzz = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(fuzz)

OFTEN = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_there_is_an_invented_record_of_each_layout_but_the_page_of_the_registry() -> None:
    read = {read_record(data, "x").format for data in fuzz.INVENTED}
    assert supported_formats().keys() - read == {"classic_page"}


@pytest.mark.parametrize("number", range(len(fuzz.INVENTED)))
def test_an_invented_record_keeps_all_promises_drafted_too(number: int) -> None:
    assert fuzz.broken_promises(fuzz.INVENTED[number]) == []


@given(st.integers(0, len(fuzz.INVENTED) - 1), st.integers(0, 2**32))
@OFTEN
def test_a_spoilt_record_is_refused_or_keeps_all_promises(number: int, seed: int) -> None:
    spoilt = fuzz.mutate(fuzz.INVENTED[number], list(fuzz.INVENTED), random.Random(seed))
    assert fuzz.broken_promises(spoilt, drafts=False) == []


@given(st.integers(0, len(fuzz.INVENTED) - 1), st.integers(0, 2**32))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_read_of_a_spoilt_record_is_drafted_or_refused(number: int, seed: int) -> None:
    spoilt = fuzz.mutate(fuzz.INVENTED[number], list(fuzz.INVENTED), random.Random(seed))
    assert fuzz.broken_promises(spoilt) == []


@pytest.mark.parametrize(
    "found",
    [
        'NCT Number,Study Title,Study Status,Age\r\nNCT09999991,"Larks, ""early""1"}}, x": ,COMPLETED,"CHILD, ADULT"\r\n',
        '{"protocolSection": {"contactsLocationsModule": {"locations": [{"geoPoint": {"lat": ' + "9" * 400 + "}}]}}}",
        "<clinical_study><brief_title xmlns:x='y' x:a='1'>Larks</brief_title></clinical_study>",
    ],
    ids=["a quotation mark inside a cell", "a number without end", "an attribute behind a namespace"],
)
def test_what_was_found_once_is_not_found_again(found: str) -> None:
    assert fuzz.broken_promises(found.encode()) == []


def test_lines_after_a_list_of_studies_are_not_lost() -> None:
    listed = fuzz.INVENTED[4] + b"\nOslo, Norway |\nLast Verified: | May 2001 |\n"
    assert fuzz.broken_promises(listed) == []


def test_a_promise_that_is_broken_is_told() -> None:
    reading = read_record(fuzz.INVENTED[2], "x")
    text = fuzz.INVENTED[2].decode()
    assert list(fuzz._wrong_accounts(reading, text)) == []
    assert list(fuzz._wrong_accounts(reading, text.replace("Larks", "Gulls"))) == [
        "a quote that is not in its line: protocolSection.identificationModule.briefTitle"
    ]
    assert any("unaccounted" in told for told in fuzz._wrong_accounts(reading, f"{text}\none more"))
