"""What the optional sections on consents and on the course of the trial ask for, in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.protocol.consenting import CompetenceRule, Consenting
from armlet.protocol.course import CourseRules
from armlet.protocol.model import Protocol
from armlet.protocol.source import Source


def consenting_in_words(protocol: Protocol) -> Iterator[tuple[str, Source]]:
    """What is asked of consents beyond their being there, each with where it comes from."""
    rules = protocol.consenting
    if rules is None:
        return
    for text in _rules(rules):
        yield f"- {text}", rules.source
    if rules.competence is not None:
        yield f"- {_competence(rules.competence, protocol)}", rules.competence.source


def _rules(rules: Consenting) -> Iterator[str]:
    if rules.documents:
        yield "only on a text that is approved and in use at the site, in the participant's language"
    if rules.copy_first:
        yield "nobody is enrolled before the signed copy was handed over"
    yield f"who is asked for consent anew has {rules.reconsent_within.in_words()}"
    for option in rules.options:
        yield f"may be agreed to or not: {option.label}"


def _competence(rule: CompetenceRule, protocol: Protocol) -> str:
    labels = {form.id: form.label for form in protocol.consents}
    after, before = labels.get(rule.after, rule.after), labels.get(rule.before, rule.before)
    how = ", ".join(rule.instruments)
    span = rule.valid_for.in_words()
    return f"competence is judged after {after} and before {before}, by somebody independent ({how}); valid for {span}"


def course_in_words(protocol: Protocol) -> Iterator[tuple[str, Source]]:
    """What is asked of the course of the trial, each with where it comes from."""
    rules = protocol.course
    if rules is None:
        return
    for text in _course(rules):
        yield f"- {text}", rules.source


def _course(rules: CourseRules) -> Iterator[str]:
    if rules.before_recruiting:
        yield f"nobody is identified before there are: {', '.join(rules.before_recruiting)}"
    if rules.contact_attempts is not None:
        yield f"a participant is lost after {rules.contact_attempts} documented attempts to reach them"
    for notice in rules.notices:
        yield f"of {notice.about}: a letter to the {notice.to.value} within {notice.within.in_words()}"
