"""Rules of the sealing key, and of words that are held until somebody else who may know the arms has checked them."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.conduct.commands import By, ReleaseWords
from armlet.conduct.roles import UnblindedViewpoint, viewpoint
from armlet.conduct.rules import are_two_people, refuse
from armlet.conduct.state import TrialState
from armlet.issues import Issue
from armlet.protocol.model import Protocol


def check_may_publish(state: TrialState) -> Iterator[Issue]:
    """Once, while nobody has consented: results sealed with another key could not be opened with this one."""
    if state.sealing_key:
        message = "a sealing key is published already."
        yield refuse("already-published", "", message, "The first key stands; its secret is in the vault.")
    if any(one.consents for one in state.participants.values()):
        message = "somebody has consented already."
        yield refuse("after-consent", "", message, "The sealing key is published before the first consent.")


def check_release(protocol: Protocol, state: TrialState, command: ReleaseWords, by: By) -> Iterator[Issue]:
    """Words that are held, and not released yet, are released by another person whom the protocol unblinds."""
    held = state.held_words.get(command.of)
    if held is None:
        yield refuse("not-held", "", f"no words of entry {command.of} are held.", "Name the entry of held words.")
        return
    if not isinstance(viewpoint(protocol, by.role), UnblindedViewpoint):
        message = f"the protocol does not unblind the role {by.role.value.replace('_', ' ')}."
        yield refuse("role", "", message, "Ask somebody whom it unblinds.")
    if not are_two_people((held.actor, by.actor)):
        message = f"the words of entry {command.of} are your own."
        yield refuse("own-words", "", message, "Somebody else checks them.")
    if command.of in state.released_words:
        yield refuse("released-already", "", f"the words of entry {command.of} were released.", "They can be read.")
    unknown = sorted(set(command.texts) - set(held.fields))
    if unknown or not command.texts:
        expected = ", ".join(held.fields)
        message = f"entry {command.of} holds {expected}; got {', '.join(unknown) or 'nothing'}."
        yield refuse("not-held", "", message, "Release what is held.")
    if any(not text.strip() for text in command.texts.values()):
        yield refuse("no-words", "", "a released text is empty.", "Say at least that words were taken out.")
