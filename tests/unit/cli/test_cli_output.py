"""Tables for a terminal and for a pipe."""

from __future__ import annotations

from armlet.cli.output import render_table, show_controls


def test_in_a_pipe_nothing_is_wrapped() -> None:
    assert render_table(("id", "because"), [("weight", "a " * 60 + "b")]).splitlines() == [
        "id      because",
        "--      -------",
        "weight  " + "a " * 60 + "b",
    ]


def test_on_a_terminal_the_last_column_is_wrapped_below_itself() -> None:
    rows = [("a", "one two three four five six seven"), ("bc", "")]
    assert render_table(("id", "because"), rows, width=30).splitlines() == [
        "id  because",
        "--  -------",
        "a   one two three four five",
        "    six seven",
        "bc",
    ]


def test_on_a_terminal_that_is_narrower_still_the_names_are_wrapped_as_well() -> None:
    rows = [("change of the reserve of insulin after two years", "primary", "one two three four five six")]
    assert render_table(("analysis", "role", "because"), rows, width=60).splitlines() == [
        "analysis                   role     because",
        "--------                   ----     -------",
        "change of the reserve of   primary  one two three four five",
        "insulin after two years             six",
    ]


def test_line_ends_and_tabs_stay_and_other_controls_are_spelled_out() -> None:
    assert show_controls("a\n\tb\x07\x1b[0m\x9b") == "a\n\tb\\x07\\x1b[0m\\x9b"
