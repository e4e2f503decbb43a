"""The exceptions of the program, drawn as a tree, and the exit code of each.

A problem in people's data is an `armlet.issues.Issue`, a value; a "no" to a command is a refusal, a value too.
Only two things are raised::

    ArmletError
    ├── InputError          a file or an argument cannot be used; carries the issues        exit 1
    │   └── UsageError      the command itself is put together wrongly                      exit 2
    ├── RefusedError        a rule of the trial says no (raised at the outermost door only) exit 3
    └── Fault               a promise of the program is broken                              exit 4
        ├── LedgerBroken    the open strand is not what was written
        └── SealBroken      the sealed strand is not what was written, or the key is wrong
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from armlet.issues import Issue


class ExitCode(IntEnum):
    """What the command line answers to the shell (the contract with outsiders)."""

    DONE = 0
    ISSUES = 1
    USAGE = 2
    REFUSED = 3
    FAULT = 4


class ArmletError(Exception):
    """Base of everything that Armlet raises on purpose."""

    exit_code = ExitCode.FAULT


class InputError(ArmletError):
    """People's input cannot be used: every problem found, at once, as issues."""

    exit_code = ExitCode.ISSUES

    def __init__(self, issues: Sequence[Issue]) -> None:
        self.issues: tuple[Issue, ...] = tuple(issues)
        super().__init__("\n".join(str(issue) for issue in self.issues))

    def __reduce__(self) -> tuple[type[Self], tuple[tuple[Issue, ...]]]:
        """What another process makes it anew from."""
        return type(self), (self.issues,)


class UsageError(InputError):
    """The command or its options do not fit together."""

    exit_code = ExitCode.USAGE


class RefusedError(ArmletError):
    """A rule of the trial says no; raised only where a refusal must leave a function that returns something else."""

    exit_code = ExitCode.REFUSED

    def __init__(self, issues: Sequence[Issue]) -> None:
        self.issues: tuple[Issue, ...] = tuple(issues)
        super().__init__("\n".join(str(issue) for issue in self.issues))

    def __reduce__(self) -> tuple[type[Self], tuple[tuple[Issue, ...]]]:
        """What another process makes it anew from."""
        return type(self), (self.issues,)


class Fault(ArmletError):
    """A promise of the program is broken: never caught but at the outermost edge."""


class LedgerBroken(Fault):
    """The open strand is not what was written; the message names the first bad entry."""


class SealBroken(Fault):
    """The sealed strand is not what was written, or the key does not open it; the message never names an arm."""
