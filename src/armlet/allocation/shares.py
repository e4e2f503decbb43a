"""The vault's key in shares: any k of n people open it together, and fewer learn nothing.

The scheme is SLIP-39 (SatoshiLabs, 2017): Shamir's sharing over GF(256), each share in 33 words with a checksum, with a
digest of the secret by which shares that do not belong together are told. The library `shamir-mnemonic` does the work.
A share on paper is its words; typed into a file, they are a share again. Lines that begin with ``#`` are for people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from shamir_mnemonic import MnemonicError, Share, combine_mnemonics, generate_mnemonics
from shamir_mnemonic.wordlist import WORD_INDEX_MAP

from armlet.allocation.sealed_strand import VaultKey
from armlet.errors import InputError
from armlet.issues import Issue, error

MOST_SHARES: Final = 16
"""What SLIP-39 has room for."""
WORDS: Final = 33
"""How many words a share of 256 bits has."""
_ITERATIONS: Final = 0
"""SLIP-39 stretches a passphrase; there is none, and the key has 256 bits of chance."""


@dataclass(frozen=True, slots=True, repr=False)
class KeyShare:
    """One share: which of how many, how many open, and the words. `of` is 0 where nobody wrote it down.

    Shares of one splitting have the same `splitting`. Never prints its words.
    """

    number: int
    of: int
    threshold: int
    splitting: int
    words: str

    def __repr__(self) -> str:
        return f"KeyShare({self.number}, not shown)"

    def spell(self) -> str:
        """The file of this share."""
        lines = [f"# Share {self.number} of {self.of} of the key of an Armlet vault (SLIP-39, {self.splitting:04x})."]
        lines.append(f"# Any {self.threshold} of them open it. Keep it secret, and with nobody who has another one.")
        words = self.words.split()
        lines += [" ".join(words[start : start + 11]) for start in range(0, len(words), 11)]
        return "\n".join(lines) + "\n"


def split_key(key: VaultKey, threshold: int, shares: int) -> tuple[KeyShare, ...]:
    """The key in so many shares, of which `threshold` open it. The words are new every time.

    Raises InputError for a threshold below 2, above the number of shares, or more shares than the scheme has room for.
    """
    if not 2 <= threshold <= shares <= MOST_SHARES:
        message = f"{threshold} of {shares} cannot be; expected 2 <= threshold <= shares <= {MOST_SHARES}."
        fix = "A threshold of 1 would be copies of the key."
        raise InputError([error("vault/threshold", "--threshold", message, fix)])
    secret = key.reveal_secret()
    (all_words,) = generate_mnemonics(1, [(threshold, shares)], secret, iteration_exponent=_ITERATIONS)
    read = (Share.from_mnemonic(words) for words in all_words)
    return tuple(
        KeyShare(one.index + 1, shares, one.member_threshold, one.identifier, words)
        for one, words in zip(read, all_words, strict=True)
    )


def read_share(text: str, where: str) -> KeyShare:
    """The share in the text of a file. Raises InputError, never showing a word, for one that was mistyped or damaged."""
    lines = [line.strip() for line in text.splitlines()]
    words = " ".join(line for line in lines if not line.startswith("#")).lower().split()
    problem = _why_damaged(words)
    if problem:
        raise InputError([_damaged(where, problem)])
    try:
        share = Share.from_mnemonic(" ".join(words))
    except MnemonicError:
        message = "the words are of the list, and their checksum does not fit: one was changed, or two changed places."
        raise InputError([_damaged(where, message)]) from None
    if share.group_count != 1 or share.member_threshold < 2:
        raise InputError([_damaged(where, "it is a share of something else than a vault's key.")])
    said = re.search(r"^# Share (\d+) of (\d+) ", text, re.MULTILINE)
    if said is not None and int(said[1]) != share.index + 1:
        raise InputError(
            [_damaged(where, f"it says that it is share {said[1]}; its words are share {share.index + 1}.")]
        )
    of = int(said[2]) if said is not None else 0
    return KeyShare(share.index + 1, of, share.member_threshold, share.identifier, " ".join(words))


def _why_damaged(words: Sequence[str]) -> str:
    unknown = [str(place) for place, word in enumerate(words, start=1) if word not in WORD_INDEX_MAP]
    if unknown:
        return f"word {', '.join(unknown)} is not in the list of words."
    return "" if len(words) == WORDS else f"it has {len(words)} words; expected {WORDS}."


def _damaged(where: str, message: str) -> Issue:
    return error("vault/share-damaged", where, message, "Hold it against the paper, or use another share.")


def join_shares(shares: Sequence[tuple[str, KeyShare]]) -> VaultKey:
    """The key that the shares (each with the name of its file) give.

    Raises InputError for too few, for shares of different splittings, and for one that does not belong to the others.
    """
    problems = tuple(_refuse(shares))
    if problems:
        raise InputError(problems)
    several = list({share.number: share for _, share in shares}.values())
    needed = several[0].threshold
    secret = _combine(several[:needed])
    for another in several[needed:]:
        if _combine([*several[: needed - 1], another]) != secret:
            raise InputError([_mixed("share", "they give different keys")])
    return VaultKey(secret)


def _combine(shares: Sequence[KeyShare]) -> bytes:
    try:
        return bytes(combine_mnemonics([share.words for share in shares]))
    except MnemonicError:
        raise InputError([_mixed("share", "they do not fit together")]) from None


def _refuse(shares: Sequence[tuple[str, KeyShare]]) -> Iterator[Issue]:
    if not shares:
        yield error("vault/shares-few", "--share", "no share was given.", "")
        return
    where, first = shares[0]
    known: dict[int, tuple[str, KeyShare]] = {}
    for name, share in shares:
        if (share.splitting, share.threshold) != (first.splitting, first.threshold):
            yield _mixed(
                name, f"it is of another splitting ({share.splitting:04x}) than {where} ({first.splitting:04x})"
            )
        elif known.setdefault(share.number, (name, share))[1].words != share.words:
            yield _mixed(name, f"it is another share {share.number} than {known[share.number][0]}")
    if len(known) < first.threshold:
        message = f"{first.threshold} different shares open the vault; got {len(known)}."
        yield error("vault/shares-few", where, message, "Ask those who keep the others.")


def _mixed(where: str, why: str) -> Issue:
    return error("vault/shares-mixed", where, f"the shares are not of one key: {why}.", "Use shares of one splitting.")
