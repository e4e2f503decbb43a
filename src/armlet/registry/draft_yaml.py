"""Writes a drafted protocol as people would: in order, short things on one line, and a few words above each part."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final, TypeAlias

import yaml

from armlet.document import Plain
from armlet.protocol.model import OpenQuestion, Protocol

_WIDTH: Final = 92
_LEAST_ROOM: Final = 40
_LONGEST_KEY: Final = 16
_ONE_LINE: Final = (
    {"where", "words"}, {"id", "given_by", "source"}, {"measure", "is", "value"}, {"measure", "is", "code"},
    {"measure", "at_most"}, {"measure"}, {"event", "strategy"}, {"name", "role"},
)  # fmt: skip
_RULES: Final = "-" * 3
_HEADER: Final = """\
# A draft, made from a registry record. It is not a protocol yet: nobody has decided anything.
# 1. Read `questions` at the end, the weightiest first. Each says why it matters and who answers.
# 2. Write the decision in place of the stand-in, where a part says "see question ...".
# 3. Then write the question's `answer`, with `because` (the reason) and `confirm` (who agreed).
# 4. `armlet check` lists what is still open. With no errors left, the trial can be rehearsed.
"""
_COMMENTS: Final[Mapping[str, str]] = {
    "aim": "The record's own summary.",
    "registry": "What the registry said as of its date, not what is true today.",
    "design": f"{_RULES} Design",
    "blinding": "Whoever is not named under `unblinded` is blinded.",
    "allocation": "Limits, block sizes and seeds stand beside the vault, never in this file.",
    "products": f"{_RULES} Product. A 0 stands where the record gives no number: nothing can be given by mistake.",
    "population": f"{_RULES} Who may take part",
    "criteria": "Every criterion of the record. A `judgement` is answered by a person, never by a computer.",
    "activities": f"{_RULES} What is done, and when",
    "visits": "P0D early and late: no window, because the record gives none.",
    "endpoints": f"{_RULES} Endpoints and analyses",
    "safety": f"{_RULES} Safety",
    "questions": f"{_RULES} Open questions: what the record leaves out or contradicts, in order of weight",
}
_WEIGHTS: Final = {
    1: "What the trial means, and whom it could harm",
    2: "How it is carried out",
    3: "What the record itself needs",
}
Tree: TypeAlias = dict[str, Plain]


class _OneLineMap(dict[str, Plain]):
    """A mapping written as ``{key: value}``."""


class _OneLineList(list[Plain]):
    """A list written as ``[one, two]``."""


class _Dumper(yaml.SafeDumper):
    """Writes what `armlet.document.read_yaml` reads: only it decides what is a word, and what is a number or null."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 (an attribute of the base class, replaced and never changed)

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indents the items of a list below its key."""
        return super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        """Anchors are not used in these files: a value that stands twice is written twice."""
        return True


_WORDS: Final = (
    ("bool", r"(?:true|false|yes|no|on|off|=)$", "tfyno="),
    ("null", r"(?:null|~|)$", ("n", "~", "")),
    ("int", r"[-+]?\d+(?:\.\d+)?$", "-+0123456789"),
)
"""Texts that some reader of YAML takes for something else: they are quoted, so that every reader sees a text."""


_BREAKS: Final = frozenset("\x85\u2028\u2029")
"""Line ends of YAML that no line of a record ends with: spelled out, since PyYAML's folding changes them."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if _BREAKS & set(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _prepare() -> None:
    _Dumper.add_representer(str, _represent_text)
    for tag, pattern, first in _WORDS:
        _Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))
    _Dumper.add_representer(
        _OneLineMap,
        lambda dumper, data: dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=True),
    )
    _Dumper.add_representer(
        _OneLineList, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)
    )


_prepare()


def render_protocol(protocol: Protocol, weights: Mapping[str, int]) -> str:
    """The protocol as YAML with comments; `weights` are those of the questions, by id."""
    plain = json.loads(protocol.model_dump_json(by_alias=True, exclude_defaults=True))
    parts = [_HEADER]
    for name, value in plain.items():
        if name == "questions":
            continue
        comment = _COMMENTS.get(name)
        if comment:
            parts.append(f"\n# {comment}\n")
        elif isinstance(value, dict | list):
            parts.append("\n")
        parts.append(_dump({name: _ordered(value)}))
    parts.append(_render_questions(protocol.questions, weights))
    return "".join(parts)


def _render_questions(questions: tuple[OpenQuestion, ...], weights: Mapping[str, int]) -> str:
    parts = [f"\n# {_COMMENTS['questions']}\nquestions:\n"]
    before = None
    for question in questions:
        weight = weights[question.id]
        if weight != before:
            parts.append(f"{'' if before is None else chr(10)}  # {weight}. {_WEIGHTS[weight]}\n")
            before = weight
        plain: Tree = {**json.loads(question.model_dump_json(exclude_defaults=True)), "answer": None}
        lines = _dump([plain]).splitlines()
        parts.append("".join(f"  {line}\n" if line else "\n" for line in lines))
    return "".join(parts) if questions else ""


def _dump(plain: Plain) -> str:
    return yaml.dump(
        _compact(plain, 0),
        Dumper=_Dumper,
        width=_WIDTH,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
    )


def _ordered(node: Plain) -> Plain:
    """Every part with its id first, then what is said in a line, then where that comes from, then what it is made of."""
    if isinstance(node, list):
        return [_ordered(item) for item in node]
    if not isinstance(node, dict) or "source" not in node or not isinstance(node["source"], dict):
        return {key: _ordered(value) for key, value in node.items()} if isinstance(node, dict) else node
    rest = {key: _ordered(value) for key, value in node.items() if key not in {"id", "source"}}
    short = {key: value for key, value in rest.items() if not _is_long(value)}
    long = {key: value for key, value in rest.items() if _is_long(value)}
    first = {"id": node["id"]} if "id" in node else {}
    return {**first, **short, "source": _ordered(node["source"]), **long}


def _is_long(value: Plain) -> bool:
    if isinstance(value, list):
        return any(isinstance(item, dict | list) for item in value)
    return isinstance(value, dict) and any(isinstance(item, dict | list) for item in value.values())


def _compact(node: Plain, depth: int) -> Plain:
    """The tree with what fits on one line marked as such."""
    room = max(_WIDTH - 2 * depth - 2, _LEAST_ROOM)
    if isinstance(node, dict):
        is_plain = not any(isinstance(value, dict | list) for value in node.values())
        if is_plain and set(node) in _ONE_LINE and _length(node) <= room:
            return _OneLineMap(node)
        return {key: _compact(value, depth + 1) for key, value in node.items()}
    if isinstance(node, list):
        if not any(isinstance(item, dict | list) for item in node) and _length(node) <= room - _LONGEST_KEY:
            return _OneLineList(node)
        return [_compact(item, depth + 1) for item in node]
    return node


def _length(node: Plain) -> int:
    return len(json.dumps(node, ensure_ascii=False))
