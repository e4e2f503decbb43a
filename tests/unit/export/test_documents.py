"""The documents to attach: what they say, and who is not in them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from armlet.export.attached.pages import as_html
from armlet.export.attached.redacting import Removed, redact
from armlet.export.format import load_format
from armlet.export.results_form.locked import LockedTrial

Make = Callable[..., LockedTrial]


def files(trial: LockedTrial) -> dict[str, str]:
    """All files as text."""
    return {name: data.decode() for name, data in load_format("documents").export(trial).files.items()}


def test_protocol_and_plan_say_their_version_and_that_people_are_invented(locked: Make) -> None:
    trial = locked()

    written = files(trial)

    assert sorted(written) == [
        "SIMULATED-breeze-analysis-plan.html",
        "SIMULATED-breeze-analysis-plan.md",
        "SIMULATED-breeze-protocol.html",
        "SIMULATED-breeze-protocol.md",
        "SIMULATED-breeze-redacted.md",
    ]
    assert all("SIMULATED, INVENTED PEOPLE" in text for text in written.values())
    assert f"Version {trial.protocol.version}, in force since" in written["SIMULATED-breeze-protocol.md"]
    assert "rerandomisation" in written["SIMULATED-breeze-analysis-plan.md"]


def test_people_of_the_organisation_are_taken_out_and_counted(locked: Make) -> None:
    plain = locked().protocol
    person = {"name": "Ada Quick", "role": "principal investigator", "affiliation": "Harbour"}
    organisation = plain.organisation.model_validate(
        {**plain.organisation.model_dump(), "people": (person,), "responsible_party": "Dr Quick, ada@quick.example"}
    )
    protocol = plain.model_copy(update={"organisation": organisation})

    written = files(locked(protocol=protocol))

    assert [name for name, text in written.items() if "Quick" in text or "ada@" in text] == []
    assert "- protocol, section Identity: name, 2 times" in written["SIMULATED-breeze-redacted.md"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ask Ada Quick today", "ask [name taken out] today"),
        ("Quick and others", "[name taken out] and others"),
        ("quickly", "quickly"),
        ("Quickstep", "Quickstep"),
        ("call +46 18 611 00 00 or a.b@c.example", "call [contact taken out] or [contact taken out]"),
        ("from 2 to +3 10^6/kg on 2014-05-09", "from 2 to +3 10^6/kg on 2014-05-09"),
    ],
)
def test_names_their_parts_and_contacts_go_and_nothing_else_does(text: str, expected: str) -> None:
    assert redact(text, frozenset({"Ada Quick"}))[0] == expected


def test_what_was_taken_out_is_told_by_section_and_not_in_words() -> None:
    _, removed = redact("# T\n## Aim\nAda Quick, Ada Quick\n## Product\nQuick", frozenset({"Ada Quick"}))

    assert removed == (Removed("Aim", "name", 2), Removed("Product", "name", 1))


def test_markup_in_the_text_is_text_on_the_page() -> None:
    page = as_html("# A <script>alert(1)</script>\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n", "t<i>")

    assert "<script>" not in page
    assert "<title>t&lt;i&gt;</title>" in page
    assert "<td>1</td>" in page
