"""The project's papers are true: every example runs, every link leads somewhere, every name exists.

In a Markdown file a fence ```console holds commands after ``$ ``, run in order in a folder that has `trials/` in it. Shown
output must come; a line ``...`` stands for any lines, and ``...`` in a line for anything. ``console exit=4`` expects
that exit code of its last command. A fence with a file name (```json person.json) makes that file; ```python is run.
"""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import yaml

import armlet
from armlet.cli.main import VERBS
from tests.rehearsed import OUT, Rehearsals

ROOT: Final = Path(__file__).parents[2]
PAPERS: Final = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "trials").glob("*/README.md")],
    key=lambda path: path.relative_to(ROOT).as_posix(),
)
DECISIONS: Final = sorted((ROOT / "docs/explanation/decisions").glob("[0-9]*.md"))
_FENCE: Final = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def each_paper(papers: list[Path]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("paper", papers, ids=name_of)


# --- Examples -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Command:
    """One line typed in a shell, and the lines that are shown below it (none: the output is not shown)."""

    typed: str
    shown: tuple[str, ...]


def commands(body: str) -> Iterator[Command]:
    typed, shown = "", list[str]()
    for line in body.splitlines():
        if line.startswith("$ "):
            if typed:
                yield Command(typed, tuple(shown))
            typed, shown = line.removeprefix("$ "), []
        else:
            shown.append(line)
    if typed:
        yield Command(typed, tuple(shown))


def pattern_of(shown: tuple[str, ...]) -> re.Pattern[str]:
    """The output that is shown, as a pattern; blanks at the ends of lines do not matter."""
    parts = []
    for line in shown:
        if line.strip() == "...":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            inside = r"[^\n]*?".join(re.escape(part.strip()) for part in line.split("..."))
            parts.append(rf"[^\S\n]*{inside}[^\S\n]*\n")
    return re.compile("".join(parts))


def run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    tools = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "200"}
    return subprocess.run(
        words, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
        check=False,
    )  # fmt: skip


_REHEARSE: Final = re.compile(r"armlet rehearse trials/(\w+) --out (out/\w+)((?: --(?:seed|people) \w+)*)")


def type_in(typed: str, folder: Path, rehearsals: Rehearsals) -> subprocess.CompletedProcess[str]:
    """What a shell makes of it; papers that rehearse the same trial in the same way share one rehearsal."""
    rehearsing = _REHEARSE.fullmatch(typed)
    if rehearsing is None:
        return run(["/bin/sh", "-c", typed], folder)
    trial, out, options = rehearsing.groups()
    printed = rehearsals.copy(trial, tuple(options.split()), folder / out)
    return subprocess.CompletedProcess([typed], 0, printed.replace(OUT, out))


def run_console(body: str, folder: Path, expected_exit: int, rehearsals: Rehearsals) -> None:
    asked = list(commands(body))
    assert asked, "a console fence without a command"
    for place, command in enumerate(asked, start=1):
        done = type_in(command.typed, folder, rehearsals)
        assert done.returncode == (expected_exit if place == len(asked) else 0), f"{command.typed}\n{done.stdout}"
        if command.shown:
            is_as_shown = pattern_of(command.shown).fullmatch(done.stdout.rstrip("\n") + "\n")
            assert is_as_shown, f"{command.typed}\n{done.stdout}"


def run_fence(info: str, body: str, folder: Path, rehearsals: Rehearsals) -> None:
    language, _, rest = info.strip().partition(" ")
    if language == "console":
        run_console(body, folder, int(rest.removeprefix("exit=") or 0), rehearsals)
    elif language == "python":
        done = run([sys.executable, "-W", "error", "-c", body], folder)
        assert done.returncode == 0, f"{body}\n{done.stdout}"
    elif rest:
        (folder / rest).parent.mkdir(parents=True, exist_ok=True)
        (folder / rest).write_text(body, "utf-8")


def has_examples(path: Path) -> bool:
    return bool(re.search(r"^```(console|python)", path.read_text("utf-8"), re.MULTILINE))


@each_paper([path for path in PAPERS if has_examples(path)])
def test_every_example_of_a_paper_does_what_it_shows(paper: Path, tmp_path: Path, rehearsals: Rehearsals) -> None:
    (tmp_path / "trials").symlink_to(ROOT / "trials")

    for fence in _FENCE.finditer(paper.read_text("utf-8")):
        run_fence(fence["info"], fence["body"], tmp_path, rehearsals)


@pytest.mark.parametrize("shown", ["no issues\n...", "a ... z", "one\nthree", "one"])
def test_output_that_did_not_come_is_noticed(shown: str, tmp_path: Path, rehearsals: Rehearsals) -> None:
    with pytest.raises(AssertionError):
        run_console(f"$ printf 'one\\ntwo\\n'\n{shown}", tmp_path, 0, rehearsals)


@pytest.mark.parametrize("shown", ["one\ntwo", "...", "one\n...", "...\ntwo", "o...e\n...", "...\none\n...\ntwo\n..."])
def test_output_that_came_is_accepted(shown: str, tmp_path: Path, rehearsals: Rehearsals) -> None:
    run_console(f"$ printf 'one\\ntwo\\n'\n{shown}", tmp_path, 0, rehearsals)


def test_an_example_that_fails_is_noticed(tmp_path: Path, rehearsals: Rehearsals) -> None:
    with pytest.raises(AssertionError, match="no verb"):
        run_fence("console", "$ armlet dance\n", tmp_path, rehearsals)


# --- Promises -------------------------------------------------------------------------------------------------------


def text_without_fences(path: Path) -> str:
    return _FENCE.sub("", path.read_text("utf-8"))


@each_paper(PAPERS)
def test_every_link_leads_to_something_in_the_repository(paper: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", text_without_fences(paper))
    local = [link.partition("#")[0] for link in links if "://" not in link and not link.startswith("#")]

    assert [link for link in local if not (paper.parent / link).exists()] == []


@each_paper(PAPERS)
def test_every_make_target_exists(paper: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    fences = "\n".join(fence["body"] for fence in _FENCE.finditer(paper.read_text("utf-8")))
    named = set(re.findall(r"(?:^|&& )make ([a-z]+)", fences, re.MULTILINE))
    named |= set(re.findall(r"`make ([a-z]+)`", paper.read_text("utf-8")))

    assert named - targets == set()


@each_paper(PAPERS)
def test_every_verb_that_is_named_exists(paper: Path) -> None:
    verbs = {name for name, _ in VERBS}
    named = set(re.findall(r"(?:^\$ |`|bin/)armlet ([a-z]+)\b", paper.read_text("utf-8"), re.MULTILINE))

    assert named - verbs == set()


def test_the_readme_shows_an_example_of_every_verb() -> None:
    shown = set(re.findall(r"^\$ armlet ([a-z]+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE))

    assert shown == {name for name, _ in VERBS}


def test_the_readme_says_early_that_armlet_is_not_for_patients() -> None:
    first_screen = "\n".join((ROOT / "README.md").read_text("utf-8").splitlines()[:30])

    for promise in ("Not for use with patients", "SIMULATED", "make demo", "make test"):
        assert promise in first_screen


@each_paper([path for path in PAPERS if path.parent.parent != ROOT / "trials"])
def test_prose_has_one_sentence_a_line(paper: Path) -> None:
    lines = [
        line
        for line in text_without_fences(paper).splitlines()
        if not re.match(r"\s*(\||#|\d+\. |- |\*\*)", line) and re.search(r"[a-z)`*][.!?] [A-Z`]", line)
    ]

    assert lines == []


def test_every_public_name_exists() -> None:
    names = re.findall(r"^\| `(armlet[\w.]+)` \|", (ROOT / "docs/reference/python.md").read_text("utf-8"), re.MULTILINE)

    assert len(names) > 20
    for name in names:
        module, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(module), attribute), name


# --- Decisions, words, versions -------------------------------------------------------------------------------------


@each_paper(DECISIONS)
def test_a_decision_says_why_and_what_would_change_it(paper: Path) -> None:
    text = paper.read_text("utf-8")
    headings = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]

    assert text.startswith(f"# {paper.name[:4]}: ")
    assert [heading for heading in headings if heading != "What it does not protect against"] == [
        "Context",
        "Decision",
        "Consequences",
        "What would change it",
    ]


def test_the_list_of_decisions_is_complete() -> None:
    index = (ROOT / "docs/explanation/decisions/README.md").read_text("utf-8")

    assert re.findall(r"\]\(([\w-]+\.md)\)", index) == [path.name for path in DECISIONS]


def test_every_decision_that_the_program_cites_exists() -> None:
    cited = {
        number
        for path in (ROOT / "src").rglob("*.py")
        for number in re.findall(r"[Dd]ecision\s+record\s+(\d{4})", path.read_text("utf-8"))
    }

    assert cited
    assert cited - {path.name[:4] for path in DECISIONS} == set()


def glossary() -> dict[str, str]:
    text = (ROOT / "GLOSSARY.md").read_text("utf-8")
    return dict(re.findall(r"^\*\*([^*]+)\*\*: (.+)$", text, re.MULTILINE))


def test_the_glossary_has_the_words_of_the_house_and_their_sources() -> None:
    words = glossary()

    assert {
        "Strand",
        "Vault",
        "Entry",
        "Head",
        "Warrant",
        "Preparation",
        "Verdict",
        "Viewpoint",
        "Rehearsal",
        "Scenario",
    } <= (words.keys())
    assert [word for word, meaning in words.items() if not re.search(r"\([^()]+(\([^()]*\)[^()]*)*\)", meaning)] == []


def test_the_glossary_has_each_word_once() -> None:
    text = (ROOT / "GLOSSARY.md").read_text("utf-8")
    words = re.findall(r"^\*\*([^*]+)\*\*:", text, re.MULTILINE)

    assert sorted(set(words)) == sorted(words)


def test_the_papers_name_the_version_of_the_program() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    newest = re.search(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)

    assert str(citation["version"]) == armlet.__version__
    assert newest is not None
    assert newest[1] == armlet.__version__
