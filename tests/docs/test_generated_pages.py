"""Pages of the reference that are made from the program: they say what it says, and are written anew with `make approve`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from armlet.conduct.duties import load_duties
from armlet.conduct.role_matrix import Act, Conditions, load_matrix
from armlet.conduct.roles import COMMANDS, MAY
from armlet.derivation.derive import load_methods
from armlet.derivation.derived import Why
from armlet.derivation.methods import Method
from armlet.errors import InputError
from armlet.product.donor_rules import Cited, DonorRules, load_donor_rules
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Role
from armlet.registry.jurisdiction import load_rules as load_deadlines
from armlet.registry.review import load_rules
from armlet.registry.review.character_limits import load_limits

ROOT: Final = Path(__file__).parents[2]
REFERENCE: Final = ROOT / "docs" / "reference"
CHECKED: Final = {"text": "read", "secondary": "an account read", "memory": "**from memory**"}


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def row(*cells: str) -> str:
    return f"| {' | '.join(cell(one) for one in cells)} |"


def review_rules() -> Iterator[str]:
    yield "# Review rules"
    yield ""
    yield "What `armlet export --format ctgov` holds results against before a reviewer of ClinicalTrials.gov does."
    yield "The rules are ours; the last columns say what each follows, and whether that was read when the rule was written."
    yield "A quotation is the heading of the comment that a reviewer would leave."
    yield "An error is what its own program or its reviewers must have mended; a warning is what they ask about."
    yield ""
    yield row("Rule", "What it asks", "What to mend", "What it follows", "Checked")
    yield row(*["---"] * 5)
    for rule in sorted(load_rules().values(), key=lambda one: one.rule):
        yield row(f"`{rule.rule}`", rule.says, rule.mend, rule.source, CHECKED[rule.checked])
    yield ""
    yield "A rule is one module of [`registry/review/`](../../src/armlet/registry/review), with a good and a bad case under"
    yield "[`tests/spec/results/`](../../tests/spec/results)."
    yield ""
    yield "## How long a text may be"
    yield ""
    yield "In characters; a limit from memory gives a warning only."
    yield ""
    yield row("Field of `resultsSection`", "At most", "Source", "Checked")
    yield row(*["---"] * 4)
    for limit in load_limits().values():
        yield row(f"`{limit.path}`", str(limit.most), limit.source, CHECKED[limit.checked])


def posting_deadlines() -> Iterator[str]:
    rules = load_deadlines()
    yield "# Posting deadlines"
    yield ""
    yield "The rules of [`armlet deadlines`](../how-to/know-the-deadlines.md), as data of this version."
    yield "They are no legal advice; a qualified person has to look at them before anybody relies on them."
    yield ""
    yield row("Rule", "What is to be done", "Only if", "Within", "Counted from", "Binding", "Source", "Checked")
    yield row(*["---"] * 8)
    for rule in rules.rules:
        start = rule.counts_from.value.replace("_", " ")
        only = ", ".join(one.value.replace("_", " ") for one in rule.only)
        within, source, checked = rule.within.in_words(), rule.source, CHECKED[rule.checked]
        yield row(f"`{rule.id}`", rule.what, only, within, start, rule.binding, source, checked)
    yield ""
    certificate = rules.certificate
    yield (
        f"A certificate of delay gives {certificate.after_event.in_words()} after what it waits for, "
        f"and at most {certificate.at_most.in_words()} after it was handed in ({certificate.source}; "
        f"{CHECKED[certificate.checked]})."
    )


def endpoints() -> Iterator[str]:
    yield "# Endpoints"
    yield ""
    yield "How an endpoint is derived from results: each method of"
    yield "[`derivation/methods/`](../../src/armlet/derivation/methods), with its settings in `protocol.yaml`."
    yield "A setting without a default must be given."
    yield "A default that is a choice of this program should be confirmed by the trial's statistician."
    yield "Every value says in its notes which rule was used, and names the ledger entries of the samples that it stands on."
    yield "Where no rule gives a number there is a reason instead, never a zero and never NaN."
    for method in load_methods().values():
        yield from one_method(method)
    yield from traps_of_endpoints()


def one_method(method: Method[object]) -> Iterator[str]:
    yield ""
    yield f"## `{method.name}`"
    yield ""
    yield f"{method.label}."
    yield f"Source: {method.source}."
    if not method.settings:
        return
    yield ""
    yield row("Setting", "What it says", "Left out", "Whose rule")
    yield row(*["---"] * 4)
    for setting in method.settings:
        yield row(f"`{setting.name}`", setting.says, setting.default or "**must be given**", setting.source)


TRAPS: Final = (
    (
        "A unit that is a rate, such as nmol/L/h",
        (
            "An area has the unit of a level times a time. `auc` in nmol.h/L, `auc_mean` in nmol/L, the same"
            " over 4 h and `peak` are four readings of such a text; say which one is meant."
        ),
    ),
    (
        "Area and mean",
        (
            "An area in nmol.min/L, one in nmol.h/L and the mean in nmol/L differ by the factors 60, 2 and "
            "120 over two hours. The unit of the endpoint decides; a mean does not come out in the unit of "
            "an area."
        ),
    ),
    (
        "Factors that drift",
        (
            "0.331094, 0.331, 0.33 and 0.333 are all in use for C-peptide from ng/mL to nmol/L. The protocol"
            " gives one molar mass for each measure, every value is converted once, and the factor stands in"
            " its notes."
        ),
    ),
    (
        "A last sample at 117 or 123 min",
        (
            "A late one is cut at the end of the span on its line; with an early one the mean is over the "
            "minutes covered, unless `early_end` says otherwise. An area of other minutes is never divided "
            "by the planned ones."
        ),
    ),
    (
        "A missing last sample",
        (
            "Renormalised weights and carried values give numbers, each with a bias of its own. The default "
            "is no value; the others are sensitivity analyses."
        ),
    ),
    (
        "Net and positive increments",
        (
            "`auc_incremental` lets what sinks below the start count against what rises, "
            "`auc_incremental_positive` leaves it out. They are two variables."
        ),
    ),
    (
        "Peak and time of two and of four hours",
        "They are different variables: the span must be given.",
    ),
    (
        "Values below the limit",
        (
            "`half`, `zero` and `limit` put a number in their place; `censored` marks a level that is below "
            "the limit as a whole, for a tobit model. A percentage of such a baseline does not exist. "
            "`reaches` never puts a number in their place."
        ),
    ),
    (
        "Percentages of several people",
        (
            "The mean of their percentages, the percentage of their means and that of their geometric means "
            "are three numbers; `armlet.derivation.baseline.mean_percents` gives all three under their "
            "names."
        ),
    ),
    (
        "Glucagon and meal",
        (
            "The level after glucagon and that after a meal are not interchangeable, nor are those of meals "
            "of different size."
        ),
    ),
    (
        "An odd test",
        (
            "Glucose outside the range asked for and a meal that was not finished are noted beside the "
            "value, which is kept."
        ),
    ),
    (
        "Levels that cannot fall further",
        (
            "A slope of the logarithm ends with the first visit at the floor; "
            "`armlet.derivation.trajectory.until_floor` leaves the later ones out."
        ),
    ),
)


WITHOUT_A_TRIAL: Final = (
    "## Without a trial",
    "",
    "`armlet.derivation.frames.read_tests` takes a table with a row a sample (a dict of columns, a data frame), and",
    "`armlet.derivation.frames.derive_table` gives a row a test with every variable, None for a gap and why beside it.",
    "`armlet.derivation.arrays.TimedTests` takes arrays, for very many tests at once.",
    "Both agree with the decimal path to twelve digits, also in what has no value and why.",
    "",
    "```python",
    "from armlet.derivation.arrays import rules",
    "from armlet.derivation.frames import derive_table, read_tests",
    "",
    "table = {",
    '    "id": ["A"] * 6 + ["B"] * 6,',
    '    "minute": [0, 15, 30, 60, 90, 120] * 2,',
    '    "c_peptide": [0.70, 1.11, 1.12, 1.00, 1.15, 1.26, "<0.05", 0.06, 0.09, None, 0.08, 0.06],',
    "}",
    "tests = read_tests(",
    '    table, person="id", minute="minute", level="c_peptide", unit="ng/mL", to="nmol/L", molar_mass="3020.29 g/mol"',
    ")",
    'derived = derive_table(tests, rules(0, 120, below_limit="half"))',
    'assert [round(value, 6) for value in derived["auc_mean"]] == [0.360065, 0.024729]',
    'assert derived["peak_because"] == ["", ""]',
    "```",
)


def traps_of_endpoints() -> Iterator[str]:
    yield ""
    yield "## Why there is no value"
    yield ""
    yield (
        "The reason stands in words in the data set; on arrays it is one of these codes: "
        + ", ".join(f"`{why.value}`" for why in Why)
        + "."
    )
    yield ""
    yield "## Traps"
    yield ""
    yield row("Trap", "What is done here")
    yield row("---", "---")
    for trap, done in TRAPS:
        yield row(trap, done)
    yield ""
    yield from WITHOUT_A_TRIAL
    yield ""
    yield "Worked cases with their numbers stand in [`tests/spec/derivation/`](../../tests/spec/derivation)."
    yield "The ratio of centroids of C-peptide and glucose is not offered: no definition of it could be read."


def said(role: Role) -> str:
    return role.value.replace("_", " ")


def right(role: Role, conditions: Conditions, only: str) -> str:
    narrowed = [one.value.replace("_", " ") for one in conditions] + ([only] if only else [])
    return f"{said(role)} ({', '.join(narrowed)})" if narrowed else said(role)


def roles() -> Iterator[str]:
    yield "# Roles"
    yield ""
    yield "Who may do what with what, as [`conduct/role_matrix.yaml`](../../src/armlet/conduct/role_matrix.yaml) has it."
    yield "A role that does not stand in a cell has no right there."
    yield "In brackets stands what narrows a right; whoever may write a thing may also read it."
    yield "To act is what the object is for: to randomise, to lock, to break a code."
    yield "An object that tells the arm also needs the unblinded viewpoint that the protocol gives a role."
    yield "[Decision record 0016](../explanation/decisions/0016-the-role-matrix.md) tells why it is so."
    yield ""
    yield row("Object", "What it is", "Tells the arm", "Read", "Write", "Act")
    yield row(*["---"] * 6)
    for thing in load_matrix().values():
        rights = []
        for act in Act:
            granted = ((role, getattr(cell, act.value), cell.only) for role, cell in thing.cells.items())
            rights.append("; ".join(right(role, when, only) for role, when, only in granted if when is not None))
        yield row(f"`{thing.id}`", thing.what, "yes" if thing.tells_arm else "", *rights)
    yield ""
    yield "## Where it is not its source"
    yield ""
    yield "The source is a matrix of 17 roles by 27 objects for a double-blind trial with a sham."
    yield ""
    yield row("Object", "Role", "Why")
    yield row(*["---"] * 3)
    for thing in load_matrix().values():
        if thing.added:
            yield row(f"`{thing.id}`", "all", thing.added)
        for role, cell in thing.cells.items():
            if cell.differs:
                yield row(f"`{thing.id}`", said(role), cell.differs)
    yield ""
    yield "## Commands"
    yield ""
    yield "A right to one's own things only lets nobody ask for a command: the ledger does not know who a participant is."
    yield ""
    yield row("Command", "Object", "Right", "Who may ask for it")
    yield row(*["---"] * 4)
    for command, (name, act) in COMMANDS.items():
        yield row(f"`{command.__name__}`", f"`{name}`", act.value, ", ".join(sorted(said(one) for one in MAY[command])))
    yield ""
    yield "## Duties that one person must not hold together"
    yield ""
    yield "Beside these, nobody holds a blinded and an unblinded role of one trial."
    yield ""
    yield row("One", "Other", "Why", "Source", "Checked")
    yield row(*["---"] * 5)
    for duty in load_duties():
        one, other = (", ".join(said(role) for role in group) for group in (duty.one, duty.other))
        yield row(one, other, duty.because, duty.source, {**CHECKED, "own": "our own rule"}[duty.checked])


def checked(line: Cited) -> str:
    return f"**to be confirmed**: {line.confirm}" if line.confirm else "an excerpt was read"


def donor_rules() -> Iterator[str]:
    yield "# Donor rules"
    yield ""
    yield "By which rules a donor of cells is found eligible, as"
    yield "[`product/data/donor_rules/`](../../src/armlet/product/data/donor_rules) has them."
    yield "A rule set is chosen by its name and the day of the donation."
    yield "What stands as to be confirmed was entered from memory; a qualified person has to look it up before use."
    for rules in load_donor_rules():
        yield from one_rule_set(rules)


def one_rule_set(rules: DonorRules) -> Iterator[str]:
    until = f", before {rules.until}" if rules.until else ""
    yield ""
    yield f"## `{rules.name}` for donations from {rules.from_}{until}"
    yield ""
    yield f"{rules.title}."
    if rules.confirm:
        yield f"To be confirmed: {rules.confirm}."
    if rules.unsettled:
        yield f"Decides nothing: {rules.unsettled}."
    yield f"Cells for their own donor: a determination is {rules.autologous.determination} ({rules.autologous.source})."
    yield ""
    yield row("What", "Rule", "Source", "Checked")
    yield row(*["---"] * 4)
    for test in rules.tests:
        history = f" ({test.history})" if test.history else ""
        settled = f"; a positive one is settled by `{test.settled_by}`" if test.settled_by else ""
        yield row(
            test.label, f"asked {test.asked}{history}; positive: {test.positive}{settled}", test.source, checked(test)
        )
    for window in rules.windows:
        days = f"from {window.before} days before to {window.after} after the collection"
        yield row(f"sample, {(window.tissue or 'any tissue').replace('_', ' ')}", days, window.source, checked(window))
    parts = ", ".join(part.replace("_", " ") for part in rules.screening.parts)
    yield row("screening", parts, rules.screening.source, checked(rules.screening))
    yield row("kit", rules.kit.must_be, rules.kit.source, checked(rules.kit))
    if rules.haemodilution is not None:
        hours = rules.haemodilution
        said = (
            f"assessed within {hours.colloid_hours} h of blood or colloid, {hours.crystalloid_hours} h of crystalloid"
        )
        yield row("dilution", said, hours.source, checked(hours))
    for label in rules.labels:
        yield row(f"label when {label.when}", label.text, label.source, checked(label))
    for kept in rules.retention:
        yield row("records are kept", f"{kept.years} years after {kept.after}", kept.source, checked(kept))


PAGES: Final[dict[str, Callable[[], Iterator[str]]]] = {
    "review-rules.md": review_rules,
    "posting-deadlines.md": posting_deadlines,
    "roles.md": roles,
    "donor-rules.md": donor_rules,
    "endpoints.md": endpoints,
}


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_says_what_the_program_says(name: str) -> None:
    text = "\n".join(PAGES[name]()) + "\n"
    if os.environ.get("ARMLET_APPROVE"):
        (REFERENCE / name).write_text(text, encoding="utf-8")

    assert (REFERENCE / name).read_text("utf-8") == text, f"run `make approve` and read the difference of {name}"


@pytest.mark.parametrize("name", load_methods())
def test_every_setting_that_a_method_is_said_to_have_can_be_given_and_no_other(name: str) -> None:
    method = load_methods()[name]
    if not method.settings:
        pytest.skip("the method tells nothing of its settings")
    empty = load_protocol(ROOT / "tests" / "unit" / "derivation" / "protocol.yaml")
    with pytest.raises(InputError) as raised:
        method.parse({"no_such_setting": "1"}, empty)
    (unknown,) = (issue for issue in raised.value.issues if issue.rule == "derivation/setting-unknown")

    assert unknown.fix == f"Use: {', '.join(setting.name for setting in method.settings)}."
    assert all(setting.says for setting in method.settings)
