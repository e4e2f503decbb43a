"""How a redaction is asked for: the command, made from what stands in the strand now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from armlet.conduct.commands import Redact
from armlet.conduct.rules import refuse
from armlet.issues import Issue
from armlet.ledger.entry import Chained
from armlet.ledger.redaction import redact, redactable

_SHORT: Final = 3


def prepare(
    entries: Sequence[Chained], of: int, fields: tuple[str, ...], why: str, agreed_by: tuple[str, str]
) -> Redact | Issue:
    """The command that takes the words out of the fields, or why it cannot be asked for. Never repeats the words."""
    chained = next((one for one in entries if one.seq == of), None)
    if chained is None:
        message = f"there is no entry {of}; the last one is {len(entries)}."
        return refuse("no-entry", "", message, "Find it with `armlet redact --find`.")
    words = redactable(chained.entry)
    unknown = sorted(set(fields) - set(words))
    if unknown or not fields:
        message = f"entry {of} has no words to take out of {', '.join(unknown) or 'nothing'}."
        return refuse("no-words", "", message, f"It has words in: {', '.join(sorted(words)) or 'no field'}.")
    if any(_repeats(why, words[name]) for name in fields):
        return refuse("why-repeats", "", "the reason repeats words that are taken out.", "Say why without them.")
    return Redact(of, fields, redact(chained, fields).kept, why, agreed_by)


def _repeats(why: str, words: str) -> bool:
    """Whether a reason has in it the whole text, or a word that stands there with a capital letter, as a name would.

    Short words must be spelled alike: "The" at the beginning of a text is not "the" in a reason.
    """
    names = {word for word in _split(words) if word[:1].isupper()}
    loose = {name.casefold() for name in names if len(name) > _SHORT}
    said = _split(why)
    return words.casefold() in why.casefold() or bool(said & names) or any(word.casefold() in loose for word in said)


def _split(text: str) -> set[str]:
    return {word.strip(".,;:()'\"") for word in text.split()}
