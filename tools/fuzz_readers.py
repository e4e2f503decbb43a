"""Fuzzes the readers of registry records, the draft made of what they read, and the splitting of criteria.

With ``atheris`` installed (``pip install atheris``; it is no dependency of the tests) it is guided by coverage:

    python tools/fuzz_readers.py --seconds 600 --seeds FOLDER --findings out/fuzz

FOLDER holds records to begin with; without it the invented ones of this file are taken. Each way in which a promise is
broken is written to the folder of findings once, with the input that broke it, and the run goes on. Exit code 1 when
there was any. The tests run `broken_promises` too, on inputs that Hypothesis draws.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from armlet.registry.accounting import Reading

SLOWEST_SECONDS: Final = 2.0
LARGEST: Final = 4_000
DRAFTED: Final = 30
"""One input in so many is drafted as well, which takes a hundred times as long as reading it."""
CONTACT_SHOWN: Final = "(contact details, not kept)"
PAGE: Final = """\
This trial is completed.
A Trial of Tea
Sponsor Lark Institute
Phase phase 2
Start date 2001
Study Design
Masking open label
Allocation: | Randomized |
First Posted : May 1, 2001
Eligibility Criteria
Inclusion Criteria: - age 18 - 45 years - BMI < 30 kg/m2 unless the investigator agrees Exclusion Criteria: - HIV positive
Arm | Intervention/treatment |
---|---|
Experimental: A
tea
Drug: tea |
- thirst [ Time Frame: 1, 6 and 12 months ]
Norway | |
Oslo, Norway |
Last Verified: | May 2001 |
"""
FORM: Final = """\
Summary
EudraCT Number: 2010-000001-11
Trial Status: Completed
A.3 Full title of the trial: Larks
B.1.1 Name of Sponsor: Lark
B.5.6 E-mail: a@b.org
D.3.1 Product name: Tea
E.1.1 Medical condition(s) being investigated: Thirst
E.3 Principal inclusion criteria: 1. larks
2. owls
E.4 Principal exclusion criteria: - bats
E.5.1 Primary end point(s): 1. thirst
E.8.1.1 Randomised: Yes
E.8.2 Comparator
F.1.2 Adults (18-64 years) Yes
"""
V2: Final = """\
{"protocolSection": {
 "identificationModule": {"nctId": "NCT09999993", "briefTitle": "Larks", "orgStudyIdInfo": {"id": "X1"}},
 "statusModule": {"overallStatus": "COMPLETED", "startDateStruct": {"date": "2001-02", "type": "ACTUAL"}},
 "sponsorCollaboratorsModule": {"leadSponsor": {"name": "Lark", "class": "OTHER"}},
 "conditionsModule": {"conditions": ["Thirst", "Hunger"]},
 "designModule": {"studyType": "INTERVENTIONAL", "phases": ["PHASE1", "PHASE2"],
  "designInfo": {"allocation": "RANDOMIZED", "interventionModel": "PARALLEL", "maskingInfo": {"masking": "DOUBLE",
   "whoMasked": ["PARTICIPANT", "INVESTIGATOR"]}}, "enrollmentInfo": {"count": 20, "type": "ACTUAL"}},
 "armsInterventionsModule": {"armGroups": [{"label": "A", "type": "EXPERIMENTAL", "interventionNames": ["Drug: Tea"]},
  {"label": "B", "type": "SHAM_COMPARATOR"}],
  "interventions": [{"type": "DRUG", "name": "Tea", "description": "2 x 10^6 leaves/kg", "armGroupLabels": ["A"]}]},
 "outcomesModule": {"primaryOutcomes": [{"measure": "Thirst, AUC 0-2 h", "timeFrame": "1, 6 and 12 months"}]},
 "eligibilityModule": {"eligibilityCriteria": "Inclusion Criteria:\\n\\n* HbA1c \\\\> 7 % (53 mmol/mol)\\n  * nested\\n* \
age 18 to 45\\n\\nExclusion Criteria:\\n\\n* BMI > 30\\n* pregnancy", "sex": "ALL", "minimumAge": "18 Years",
  "stdAges": ["ADULT"], "healthyVolunteers": false},
 "contactsLocationsModule": {"centralContacts": [{"name": "N", "phone": "0123 456", "email": "a@b.org"}],
  "locations": [{"city": "Oslo", "geoPoint": {"lat": 59.9, "lon": 10.7}}]}},
 "resultsSection": {"moreInfoModule": {"pointOfContact": {"phone": "1"}}, "x": [{"value": "1e3"}, null, 1.50]},
 "hasResults": true}
"""
V1: Final = """\
{"FullStudiesResponse": {"FullStudies": [{"Rank": 1, "Study": {"ProtocolSection": {
 "IdentificationModule": {"NCTId": "NCT09999992", "BriefTitle": "Larks", "OrgStudyIdInfo": {"OrgStudyId": "X1"}},
 "StatusModule": {"OverallStatus": "Completed", "StartDateStruct": {"StartDate": "February 2001"}},
 "ConditionsModule": {"ConditionList": {"Condition": ["Thirst"]}},
 "DesignModule": {"StudyType": "Interventional", "PhaseList": {"Phase": ["Phase 1"]},
  "DesignInfo": {"DesignMaskingInfo": {"DesignMasking": "Double"}}, "EnrollmentInfo": {"EnrollmentCount": "20"}},
 "EligibilityModule": {"EligibilityCriteria": "Inclusion Criteria:\\n\\nlarks", "MinimumAge": "18 Years"}},
 "ResultsSection": {"a": {"b": ["c"]}}}}]}}
"""
XML: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<clinical_study rank="1">
  <!-- Results have not yet been posted for this study -->
  <required_header><url>http://x</url></required_header>
  <id_info><org_study_id>X1</org_study_id><nct_id>NCT09999991</nct_id></id_info>
  <brief_title>Larks &amp;lt; owls &#xD;</brief_title>
  <brief_summary>
    <textblock>
      One line of larks,&#xD;
      wrapped here.

        -  a point
    </textblock>
  </brief_summary>
  <overall_status>Completed</overall_status>
  <start_date type="Actual">February 2001</start_date>
  <study_design>Allocation: Randomized, Masking: Double Blind (Subject, Investigator)</study_design>
  <primary_outcome><measure>thirst</measure><time_frame>1 month</time_frame></primary_outcome>
  <arm_group><arm_group_label>A</arm_group_label><arm_group_type>Experimental</arm_group_type></arm_group>
  <intervention><intervention_type>Drug</intervention_type><intervention_name>Tea</intervention_name>
    <arm_group_label>A</arm_group_label></intervention>
  <eligibility><criteria><textblock>Inclusion Criteria: - larks Exclusion Criteria: - owls</textblock></criteria>
    <gender>All</gender><minimum_age>18 Years</minimum_age></eligibility>
  <overall_contact><last_name>N</last_name><email>a@b.org</email></overall_contact>
  <clinical_results><participant_flow><group_list><group group_id="P1"><title>A</title></group></group_list>
  </participant_flow></clinical_results>
</clinical_study>
"""
ARCHIVED: Final = """\
<clinical_study><study_id><org_study_id>X1</org_study_id><nct_id>NCT09999991</nct_id></study_id>
<brief_title><textblock><![CDATA[Larks & owls]]></textblock></brief_title>
<status_block><status>Completed</status><date>2001-02</date></status_block><design>Double-Blind</design>
<eligibility><criteria><textblock>Inclusion Criteria:

larks</textblock></criteria><expected_enrollment>20</expected_enrollment></eligibility></clinical_study>
"""
VERSION: Final = """\
<html><head><title>NCT09999961 on 2012_03_13: Archive</title></head><body>
<h1>View of NCT09999961 on
  2012_03_13</h1>
<table class="info"><tr><th nowrap>Updated:</th><td>2012_03_13</td></tr>
<tr><th>Brief title</th><td><p>Larks &amp; Owls</p></td></tr>
<tr><th>Brief summary</th></tr>
<tr><td colspan="2"><p>Birds. &nbsp;Nobody knows:<br>&bull;	why<br>
<br>The end.</p></td></tr>
<tr><th>Phase</th><td>Phase 2/Phase 3</td></tr><tr><th>Study design</th><td>Double-Blind</td></tr>
<tr><th>Eligibility criteria</th></tr><tr><td><p>Inclusion Criteria:<br>- larks<br>Exclusion Criteria:<br>- owls</p></td></tr>
</table></body></html>
"""
HISTORY: Final = """\
<html><body><h1>History of NCT09999961</h1>
<table><tr><th>Date</th><th>Changes</th></tr>
<tr><td><a href="x">2012_03_13</a></td><td>Brief title, Phase</td></tr>
<tr><td>2012_05_01</td><td>none</td></tr></table></body></html>
"""
OTHERS: Final = (
    '{"a2_eudract_number": "2010-000001-11", "e81_controlled": "Yes", "dimp": [{"d31_product_name": "Seed"}]}',
    '{"ctNumber": "2023-500001-11-00", "ctPublicStatusCode": 5,\n "authorizedApplication": {"authorizedPartI": {"id": 1}}}',
    '{"isrctn": "00000001", "trialDescription": {"title": "Larks"}, "participants": {"inclusion": "1. larks"}}',
    'NCT Number,Study Title,Study Status,Age\r\nNCT09999991,"Larks, ""early""\nones",COMPLETED,"CHILD, ADULT"\r\n',
    "TrialID,Public title,Phase,Inclusion agemin\r\nNCT09999991,Larks,Phase 2,18Y\r\n",
    (
        "<Trials_downloaded_from_ICTRP><Trial><TrialID>X1</TrialID><Condition>a;b</Condition></Trial>"
        "</Trials_downloaded_from_ICTRP>"
    ),
)
INVENTED: Final = tuple(
    text.encode() for text in (PAGE, FORM, V2, json.dumps(json.loads(V2)), V1, XML, ARCHIVED, VERSION, HISTORY, *OTHERS)
)
"""A small record of every layout."""


def broken_promises(data: bytes, *, drafts: bool = True) -> list[str]:
    """What is wrong with the way in which the bytes are read, split and drafted; nothing for what is refused.

    An exception that is no InputError is not caught: it breaks the first promise.
    """
    from armlet.errors import InputError
    from armlet.registry.criteria_text import read_criteria
    from armlet.registry.decode import decode_text
    from armlet.registry.draft import draft
    from armlet.registry.read import read_record

    try:
        reading = read_record(data, "fuzzed")
    except InputError as refusal:
        mute = not refusal.issues or any(not issue.message or not issue.fix for issue in refusal.issues)
        return ["a refusal that does not say what is wrong and what to do"] if mute else []
    found = list(_wrong_accounts(reading, decode_text(data, "fuzzed")))
    read_criteria(reading.record.protocol_section.eligibility_module.eligibility_criteria or "")
    try:
        if drafts:
            draft(reading)  # which loads the protocol that it made
    except InputError as refusal:
        found += [] if refusal.issues else ["a draft is refused without a reason"]
    return found


def _wrong_accounts(reading: Reading, text: str) -> Iterator[str]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    numbers = {number for number, line in enumerate(lines, start=1) if line.strip()}
    read = {fact.line for fact in (*reading.facts, *reading.provenance)}
    known = {line.line for line in reading.boilerplate}
    left = {line.line for line in reading.unrecognised}
    if (read | known | left) != numbers:
        yield f"lines unaccounted for, or accounted for and not there: {sorted((read | known | left) ^ numbers)[:5]}"
    if known & (read | left):
        yield f"lines that are boilerplate and something else: {sorted(known & (read | left))[:5]}"
    if (reading.total, reading.accounted) != (len(numbers), len(numbers - left)):
        yield "lines counted wrongly"
    for fact in (*reading.facts, *reading.provenance):
        if not all(part.strip() in lines[fact.line - 1] for part in fact.quote.split(CONTACT_SHOWN)):
            yield f"a quote that is not in its line: {fact.path}"
    record = reading.as_json()["record"]
    for fact in reading.facts:
        stored = _value_at(record, fact.path)
        is_part = isinstance(fact.value, str) and isinstance(stored, str) and _close(fact.value) in _close(stored)
        if stored != fact.value and not is_part:
            yield f"a fact that the record does not have: {fact.path}"
    json.dumps(reading.as_json(), allow_nan=False).encode()


def _close(text: str) -> str:
    return " ".join(text.split())


def _value_at(node: object, path: str) -> object:
    """The value at a path; a name may have any characters in it, so the longest that fits is taken first."""
    if not path:
        return node
    if isinstance(node, list) and path[0] == "[":
        index, _, rest = path[1:].partition("]")
        return _value_at(node[int(index)], rest.removeprefix(".")) if int(index) < len(node) else None
    if isinstance(node, dict):
        for name in sorted((name for name in node if path.startswith(name)), key=len, reverse=True):
            rest = path[len(name) :]
            if not rest or rest[0] in ".[":
                found = _value_at(node[name], rest.removeprefix("."))
                if found is not None:
                    return found
    return None


# --- The run ----------------------------------------------------------------------------------------------------------


class Findings:
    """The ways in which promises were broken, each kept once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: set[str] = set()
        self.executions = 0

    def check(self, data: bytes) -> None:
        """Checks one input and keeps it where it breaks a promise in a new way."""
        self.executions += 1
        started = time.process_time()
        try:
            for broken in broken_promises(data, drafts=self.executions % DRAFTED == 0):
                self._keep(broken.partition(":")[0] + broken.rpartition(".")[2][:40], broken, data)
        except Exception as problem:  # noqa: BLE001  (whatever it is, it is a finding)
            frame = traceback.extract_tb(problem.__traceback__)[-1]
            self._keep(f"{type(problem).__name__} {frame.filename}:{frame.lineno}", traceback.format_exc(), data)
        seconds = time.process_time() - started
        if seconds > SLOWEST_SECONDS:
            self._keep("slow", f"{seconds:.1f} s for {len(data)} bytes", data)

    def _keep(self, signature: str, told: str, data: bytes) -> None:
        if signature in self.seen:
            return
        self.seen.add(signature)
        name = hashlib.sha256(signature.encode()).hexdigest()[:12]
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{name}.input").write_bytes(data)
        (self.folder / f"{name}.txt").write_text(f"{signature}\n{told}\n", encoding="utf-8")
        sys.stderr.write(f"FINDING {name}: {signature}\n")


def mutate(data: bytes, seeds: list[bytes], chance: random.Random) -> bytes:
    """The input with lines or stretches cut, repeated, swapped, or put in from another record, or bytes flipped."""
    separator = b"\n" if data.count(b"\n") > 3 else b'"' if b'"' in data else b">" if b">" in data else b" "
    parts = data.split(separator)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(parts))
        end = min(len(parts), at + chance.randint(1, 4))
        other = chance.choice(seeds).split(separator)
        start = chance.randrange(len(other))
        match chance.randrange(6):
            case 0:
                parts[at:end] = []
            case 1:
                parts[at:at] = parts[at:end] * chance.randint(1, 3)
            case 2:
                to = chance.randrange(len(parts))
                parts[at], parts[to] = parts[to], parts[at]
            case 3:
                parts[at:end] = other[start : start + chance.randint(1, 6)]
            case 4:
                parts[at] = bytes(
                    byte ^ (1 << chance.randrange(8)) if chance.random() < 0.1 else byte for byte in parts[at]
                )
            case _:
                parts = [*parts[:at], *other[start:]]
        parts = parts or [b""]
    return separator.join(parts)[:LARGEST]


def read_seeds(folder: Path | None) -> list[bytes]:
    """The records below the folder that are small enough to be read often, and the invented ones."""
    files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder else []
    return [*INVENTED, *(data for path in files if len(data := path.read_bytes()) <= LARGEST)]


def run_guided(findings: Findings, seeds: list[bytes], seconds: int, corpus: Path) -> None:
    """Coverage-guided, with atheris: its own mutations and ours in turns."""
    import atheris

    def custom(data: bytes, largest: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if chance.random() < 0.5:
            return bytes(atheris.Mutate(data, largest))
        return mutate(data or INVENTED[0], seeds, chance)[:largest]

    corpus.mkdir(parents=True, exist_ok=True)
    for data in seeds:
        (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    options = [f"-max_total_time={seconds}", f"-max_len={LARGEST}", "-timeout=120", "-rss_limit_mb=3000", str(corpus)]
    atheris.Setup([sys.argv[0], *options], findings.check, custom_mutator=custom)
    atheris.Fuzz()


def main() -> int:
    """Parses the arguments and runs; without atheris it only mutates."""
    parser = argparse.ArgumentParser(description="fuzz the readers of registry records")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seeds", type=Path, help="a folder of records to begin with")
    parser.add_argument("--findings", type=Path, default=Path("out/fuzz"))
    parser.add_argument("--corpus", type=Path, default=Path("out/fuzz-corpus"))
    arguments = parser.parse_args()
    findings, seeds = Findings(arguments.findings), read_seeds(arguments.seeds)
    try:
        import atheris
    except ImportError:
        chance, until = random.Random(0), time.monotonic() + arguments.seconds
        while time.monotonic() < until:
            findings.check(mutate(chance.choice(seeds), seeds, chance))
    else:
        import os
        import threading

        with atheris.instrument_imports(include=["armlet.registry", "armlet.eligibility"]):
            broken_promises(INVENTED[0])
            broken_promises(INVENTED[2])

        def stop() -> None:
            sys.stderr.write(f"{findings.executions} executions, {len(findings.seen)} findings\n")
            os._exit(1 if findings.seen else 0)

        threading.Timer(arguments.seconds + 5, stop).start()
        run_guided(findings, seeds, arguments.seconds, arguments.corpus)
    sys.stderr.write(f"{findings.executions} executions, {len(findings.seen)} findings\n")
    return 1 if findings.seen else 0


if __name__ == "__main__":
    raise SystemExit(main())
