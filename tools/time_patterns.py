"""Times every regular expression of the readers on inputs made to hurt it: prints those whose time grows faster than size.

    python tools/time_patterns.py

From each pattern are drawn words that it (or a part of it) matches; they are repeated, alone, in pairs and behind a
beginning that matches, and closed with a character that fits nowhere. A pattern is told of when twice the length takes
more than three times as long, measured where it takes long enough to measure. It finds much, and proves nothing.
"""

from __future__ import annotations

import ast
import importlib
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from re import _constants as c  # the parser of the standard library, which has no public name
from re import _parser as parser
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PACKAGES: Final = ("registry", "eligibility")
SIZES: Final = (500, 1_000, 2_000)
LONG_ENOUGH: Final = 0.004
GROWTH: Final = 3.0
TERMINATORS: Final = ("\x01", "")


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Compiled patterns of the modules, and those spelt where they are used."""
    for package in PACKAGES:
        for path in sorted((ROOT / "src" / "armlet" / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
            module = importlib.import_module(name.removesuffix(".__init__"))
            for key, value in vars(module).items():
                yield from ((f"{name}.{key}", found) for found in _compiled(value, 0))
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
                if is_call and isinstance(node.func.value, ast.Name) and node.func.value.id == "re" and node.args:
                    first = node.args[0]
                    if isinstance(first, ast.Constant) and isinstance(first.value, str) and node.func.attr != "compile":
                        flags = re.IGNORECASE if "IGNORECASE" in ast.dump(node) else 0
                        yield f"{name}:{node.lineno} re.{node.func.attr}", re.compile(first.value, flags)


def _compiled(value: object, depth: int) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif depth < 3 and isinstance(value, tuple | list | frozenset):
        for item in value:
            yield from _compiled(item, depth + 1)
    elif depth < 3 and isinstance(value, Mapping):
        for item in value.values():
            yield from _compiled(item, depth + 1)


def drawn(tree: object, chance: random.Random, words: set[str]) -> str:
    """A text that the parsed pattern may match; those of its parts are gathered in `words`."""
    text = ""
    for code, argument in tree:
        part = _drawn_part(code, argument, chance, words)
        if part:
            words.add(part)
        text += part
    words.add(text)
    return text


def _drawn_part(code: object, argument: object, chance: random.Random, words: set[str]) -> str:
    if code is c.LITERAL:
        return chr(argument)
    if code is c.NOT_LITERAL:
        return "a" if argument != ord("a") else "b"
    if code is c.ANY:
        return chance.choice("a -")
    if code is c.IN:
        return _drawn_class(argument, chance)
    if code is c.BRANCH:
        return drawn(chance.choice(argument[1]), chance, words)
    if code is c.SUBPATTERN:
        return drawn(argument[3], chance, words)
    if code is c.ATOMIC_GROUP:
        return drawn(argument, chance, words)
    if code in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
        low, high, inner = argument
        times = min(high, max(low, chance.choice((1, 1, 2))))
        return "".join(drawn(inner, chance, words) for _ in range(times))
    return ""


def _drawn_class(items: list[tuple[object, object]], chance: random.Random) -> str:
    if items[0][0] is c.NEGATE:
        pattern = [item for item in items[1:] if item[0] is c.LITERAL]
        return next(char for char in "a 0-(\n\x02" if all(item[1] != ord(char) for item in pattern))
    code, argument = chance.choice(items)
    if code is c.LITERAL:
        return chr(argument)
    if code is c.RANGE:
        return chr(argument[0])
    return {c.CATEGORY_DIGIT: "1", c.CATEGORY_SPACE: " ", c.CATEGORY_WORD: "a"}.get(argument, "-")


def uses(name: str, pattern: re.Pattern[str], source: str) -> list[Callable[[str], object]]:
    """The ways in which the pattern is used, as far as the name tells; all where it does not."""
    known = {
        "match": pattern.match,
        "fullmatch": pattern.fullmatch,
        "search": lambda text: pattern.sub("", text),
    }
    spelt = set(re.findall(rf"\b{re.escape(name.rpartition('.')[2])}\.(\w+)\b", source))
    if " re." in name:
        spelt = {name.rpartition(".")[2]}
    others = {"search", "finditer", "findall", "sub", "subn", "split"}
    found = {"search" if way in others else way for way in spelt if way in known or way in others}
    return [known[way] for way in sorted(found or known)]


def slow(works: list[Callable[[str], object]], pump: str, head: str, tail: str) -> tuple[float, float] | None:
    """Seconds at the largest size and growth at the last doubling, where it grows faster than size."""
    for work in works:
        taken = []
        for size in SIZES:
            text = head + pump * (size // len(pump)) + tail
            started = time.perf_counter()
            work(text)
            taken.append(time.perf_counter() - started)
            if taken[-1] > 1:
                return taken[-1], float("inf")
        if taken[-1] > LONG_ENOUGH and taken[-1] / taken[-2] > GROWTH and taken[-2] / taken[-3] > GROWTH * 0.8:
            return taken[-1], taken[-1] / taken[-2]
    return None


def main() -> int:
    """Prints what it finds; exit code 1 when there is any."""
    chance, bad = random.Random(0), 0
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src" / "armlet").rglob("*.py"))
    for name, pattern in {(name, found.pattern, found.flags): (name, found) for name, found in patterns()}.values():
        words: set[str] = {" ", "a", "1", "-", "\n", "("}
        wholes = [drawn(parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE), chance, words) for _ in range(12)]
        pumps = sorted({word for word in words if 0 < len(word) < 60}, key=len)[:40]
        works = uses(name, pattern, source)
        worst: tuple[float, float, str] | None = None
        for pump in pumps:
            for head in ("", *chance.sample(wholes, 2)):
                for tail in TERMINATORS:
                    found = slow(works, pump, head, tail)
                    if found and (worst is None or found[0] > worst[0]):
                        worst = (*found, repr((head, pump, tail)))
                if worst and worst[0] > 0.3:
                    break
        if worst:
            bad += 1
            told = f"{worst[0] * 1000:.0f} ms at {SIZES[-1]}, x{worst[1]:.1f}  {worst[2][:150]}"
            print(f"{name}: {told}\n    {pattern.pattern[:200]}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
