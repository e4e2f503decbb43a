"""Invented records with drafts, and a page of a review taken apart. Loaded by path, because tests are no package."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from armlet.cli.check import find_issues
from armlet.protocol.load import Trial, read_protocol
from armlet.registry.draft import draft
from armlet.registry.read import read_record
from armlet.report.review import ReviewContent

_VOID: Final = frozenset({"meta", "input", "br", "link", "img"})

RECORD: Final[dict[str, object]] = {
    "identificationModule": {
        "nctId": "NCT09999991",
        "briefTitle": "Moss Tea: a <script>alert(1)</script> Trial",
        "officialTitle": 'A "Blinded" Trial of Moss Tea & Water \u202eesrever',
    },
    "statusModule": {"overallStatus": "RECRUITING", "lastUpdateSubmitDate": "2021-01-05"},
    "sponsorCollaboratorsModule": {"leadSponsor": {"name": "Bog Institute", "class": "OTHER"}},
    "descriptionModule": {
        "briefSummary": "Does moss tea help? Write to moss@bog.example or telephone +47 12 34 56 78.",
        "detailedDescription": "Call 555-123-4567. " + "x" * 400,
    },
    "conditionsModule": {"conditions": ["Cold Feet"]},
    "designModule": {
        "studyType": "INTERVENTIONAL",
        "designInfo": {
            "allocation": "RANDOMIZED",
            "interventionModel": "PARALLEL",
            "maskingInfo": {"masking": "DOUBLE", "whoMasked": ["PARTICIPANT"]},
        },
        "enrollmentInfo": {"count": 12, "type": "ESTIMATED"},
    },
    "armsInterventionsModule": {
        "armGroups": [
            {"label": "Moss </script><b>", "type": "EXPERIMENTAL", "interventionNames": ["Drug: moss tea"]},
            {"label": "Water", "type": "PLACEBO_COMPARATOR", "interventionNames": ["Drug: water"]},
        ],
        "interventions": [{"type": "DRUG", "name": "moss tea"}, {"type": "DRUG", "name": "water"}],
    },
    "outcomesModule": {
        "primaryOutcomes": [{"measure": "Warmth of both feet", "timeFrame": "baseline, 4 and 12 weeks"}],
        "secondaryOutcomes": [{"measure": "Steps a day", "timeFrame": "4 weeks"}],
    },
    "eligibilityModule": {
        "eligibilityCriteria": (
            "Inclusion Criteria:\n\n* cold feet, shown by\n   1. a thermometer\n   2. a witness\n* BMI \\> 20 kg/m2\n\n"
            "Exclusion Criteria:\n\n* HLTV infection\n* fear of </textarea> moss"
        ),
        "sex": "ALL",
        "minimumAge": "18 Years",
        "maximumAge": "70 Years",
    },
    "contactsLocationsModule": {
        "centralContacts": [{"name": "Nora Secret", "phone": "555 0100", "email": "nora@bog.example"}],
        "locations": [{"facility": "Bog Clinic", "city": "Oslo", "country": "Norway"}],
    },
}

PAGE: Final = """\
Moss Tea Again
ClinicalTrials.gov Identifier: NCT09999992
Recruitment Status :
Completed
First Posted : May 1, 2001
Arm | Intervention/treatment |
---|---|
Experimental: Moss
moss in a cup
|
Drug: moss tea |
- Warmth of feet [ Time Frame: 4 weeks ]
Inclusion Criteria:
- cold feet
Exclusion Criteria:
- warm feet
To be had from nora@bog.example
A line that nobody knows
"""


def record_bytes(**modules: object) -> bytes:
    """The invented record with some modules replaced, as the API writes it."""
    return json.dumps({"protocolSection": {**RECORD, **modules}}, indent=1, ensure_ascii=False).encode()


def content_of(data: bytes, name: str = "invented.json") -> ReviewContent:
    """What a review is made from, as `armlet new` makes it."""
    reading = read_record(data, name)
    drafted = draft(reading)
    trial = Trial(Path("invented"), *read_protocol(drafted.protocol_yaml, "protocol.yaml"))
    return ReviewContent(reading, drafted, trial, find_issues(trial))


@dataclass
class Node:
    """An element with its attributes, its children in order, and its place in the tree."""

    tag: str
    attributes: dict[str, str]
    children: list[Node | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def links(self, css_class: str = "") -> list[str]:
        """The ids that the links of this class below lead to."""
        found = [one for one in self.walk() if one.tag == "a" and css_class in one.attributes.get("class", "")]
        return [one.attributes["href"].removeprefix("#") for one in found if one.attributes["href"].startswith("#")]


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Node("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in _VOID:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


class Taken:
    """A page taken apart: fails where its elements do not nest or an id stands twice."""

    def __init__(self, html: str) -> None:
        tree = _Tree()
        tree.feed(html)
        tree.close()
        self.root = tree.root
        self.by_id: dict[str, Node] = {}
        for node in self.root.walk():
            name = node.attributes.get("id")
            if name is not None:
                assert name not in self.by_id, name
                self.by_id[name] = node
        self._rows = {
            one.attributes["id"]: row for row in self.of_class("row") for one in row.walk() if "id" in one.attributes
        }

    def of_class(self, css_class: str) -> list[Node]:
        return [node for node in self.root.walk() if css_class in node.attributes.get("class", "").split()]

    def dead_links(self) -> list[str]:
        return [name for name in self.root.links() if name not in self.by_id]

    def row_of(self, mark: str) -> Node:
        """The row of the record in which the mark of that id lies."""
        return self._rows[mark]


def bare(text: str) -> str:
    """Letters and numbers only: what bullets, escapes and line ends do not change."""
    return "".join(re.findall(r"[^\W_]+", text.casefold()))
