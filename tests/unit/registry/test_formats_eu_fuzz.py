"""Whatever is done to a record of another registry, it is read or refused with a reason: never a traceback."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from armlet.errors import InputError
from armlet.registry.accounting import Reading
from armlet.registry.read import read_record

RECORDS: Final = Path(__file__).parents[3] / ".." / "shared" / "records"
LARGEST: Final = 40_000
FORM: Final = (
    b"Summary\nEudraCT Number: 2010-000001-11\nA.3 Full title of the trial: Larks\nB.5.6 E-mail: a@b.org\n"
    b"B.1.1 Name of Sponsor: Lark\nE.3 Principal inclusion criteria: 1. larks\n2. owls\nE.8.2 Comparator\n"
)
EXPORT: Final = (
    b"<Trials_downloaded_from_ICTRP><Trial><TrialID>X1</TrialID><Condition>a;b</Condition></Trial>"
    b"</Trials_downloaded_from_ICTRP>"
)
INVENTED: Final = (
    FORM,
    EXPORT,
    b'{"a2_eudract_number": "2010-000001-11", "e81_controlled": "Yes", "dimp": [{"d31_product_name": "Seed"}]}',
    b'{"ctNumber": "2023-500001-11-00", "ctPublicStatusCode": 5, "authorizedApplication": {"authorizedPartI": {"id": 1}}}',
    b'{"isrctn": "00000001", "trialDescription": {"title": "Larks"}, "participants": {"inclusion": "1. larks"}}',
    b'NCT Number,Study Title,Study Status,Age\r\nNCT09999991,"Larks, ""early""\nones",COMPLETED,"CHILD, ADULT"\r\n',
    b"TrialID,Public title,Phase,Inclusion agemin\r\nNCT09999991,Larks,Phase 2,18Y\r\n",
)


def rows_alone() -> list[bytes]:
    found = []
    for path in sorted((RECORDS / "ctg_csv").glob("*.csv")):
        header, first, *_ = csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
        text = io.StringIO()
        csv.writer(text).writerows([header, first])
        found.append(text.getvalue().encode())
    return found


def real() -> list[bytes]:
    """Real records that are small enough to be read often; none where they are not here."""
    folders = ("euctr_txt", "euctr_json", "isrctn_json", "ictrp")
    files = [path.read_bytes() for folder in folders for path in sorted((RECORDS / folder).glob("*"))]
    return [data for data in (*files, *rows_alone()) if len(data) <= LARGEST]


SAMPLES: Final = (*INVENTED, *real())


def read(data: bytes) -> Reading | InputError:
    try:
        return read_record(data, "fuzzed")
    except InputError as refusal:
        return refusal


def read_or_refuse(data: bytes) -> None:
    reading = read(data)
    if isinstance(reading, InputError):
        assert all(issue.message and issue.fix for issue in reading.issues)
        return
    reading.as_json()
    assert reading.accounted <= reading.total
    settled = {fact.line for fact in (*reading.facts, *reading.provenance)}
    settled |= {line.line for line in (*reading.boilerplate, *reading.unrecognised)}
    assert len(settled) >= reading.total


@given(st.sampled_from(SAMPLES), st.floats(0, 1))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_record_cut_anywhere_is_read_or_refused(data: bytes, share: float) -> None:
    read_or_refuse(data[: int(share * len(data))])


@given(
    st.sampled_from(SAMPLES),
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from(b'"{}[],:;|<>&/\\09aA \n\t()-\xc3')), min_size=1, max_size=12),
)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(INVENTED[2], [(0.99, ord("]"))])
def test_a_record_with_bytes_changed_is_read_or_refused(data: bytes, changes: list[tuple[float, int]]) -> None:
    changed = bytearray(data)
    for share, byte in changes:
        changed[min(int(share * len(changed)), len(changed) - 1)] = byte
    read_or_refuse(bytes(changed))


@given(st.sampled_from(SAMPLES), st.floats(0, 1), st.integers(1, 500))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_record_with_a_piece_missing_is_read_or_refused(data: bytes, share: float, length: int) -> None:
    start = int(share * len(data))
    read_or_refuse(data[:start] + data[start + length :])


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 99)
    | st.sampled_from(["", "Yes", "No", "1. a\n2. b", "N/A", "2010-13"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "number", "title"]), inner),
    max_leaves=6,
)
ROOTS: Final = {
    "a2_eudract_number": ("dimp", "b1_sponsor", "e3_principal_inclusion_criteria", "trialInformation", "e812_open"),
    "isrctn": ("trialDescription", "participants", "externalRefs", "conditions", "interventions", "parties"),
    "ctNumber": ("authorizedPartI", "authorizedPartsII", "ctStatus", "totalNumberEnrolled", "ageGroup", "startDateEU"),
}


@given(st.sampled_from(sorted(ROOTS)), st.data())
@settings(max_examples=100, deadline=None)
def test_members_of_any_shape_are_read_or_refused(root: str, data: st.DataObject) -> None:
    tree: dict[str, object] = {root: "00000001"}
    for name in ROOTS[root]:
        tree[name] = data.draw(JSON)
    read_or_refuse(json.dumps(tree, indent=1).encode())
