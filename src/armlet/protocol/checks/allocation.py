"""An allocation that does not fit the arms, or that waits for something that is never done."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.document import Lines
from armlet.issues import Issue, error
from armlet.protocol.checks import Check
from armlet.protocol.checks._rules import suggest
from armlet.protocol.model import Anchor, Protocol

RULE = "design/allocation"
SINGLE = "single_arm"


def _ratio(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    arms, ratio = [arm.id for arm in protocol.arms], protocol.allocation.ratio
    for name in ratio:
        if name not in arms:
            where = lines.where(("allocation", "ratio", name))
            yield error(RULE, where, f'the ratio names "{name}", which is no arm.', suggest(name, arms))
    for arm in protocol.arms:
        if arm.id not in ratio:
            where = lines.where(("allocation", "ratio"))
            yield error(RULE, where, f'the ratio leaves out arm "{arm.label}".', f"Add `{arm.id}` with its share.")


def _method(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    method, count = protocol.allocation.method, len(protocol.arms)
    where = lines.where(("allocation", "method"))
    if (method == SINGLE) != (count == 1):
        fix = f"Use `{SINGLE}` for one arm, and a method of chance for more."
        yield error(RULE, where, f"the method is `{method}` and the trial has {count} arm(s).", fix)
    expected = "single arm" if count == 1 else "parallel"
    says_single = protocol.design.allocation == "single arm" or protocol.design.model == "single group"
    if says_single != (count == 1):
        message = f"the design is {protocol.design.allocation}, {protocol.design.model}, with {count} arm(s)."
        yield error(RULE, lines.where(("design", "allocation")), message, f"Expected {expected}.")


def _after(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    known = {activity.id for activity in protocol.activities}
    before = {Anchor.CONSENT, Anchor.ENROLMENT}
    done = {name for visit in protocol.visits if visit.anchor in before for name in visit.activities}
    for index, name in enumerate(protocol.allocation.after):
        where = lines.where(("allocation", "after", index))
        if name not in known:
            yield error(RULE, where, f'allocation waits for "{name}", which is no activity.', suggest(name, known))
        elif name not in done:
            message = f'allocation waits for "{name}", which no visit before it does.'
            yield error(RULE, where, message, "Add it to a visit counted from consent or enrolment.")


def _late(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    if protocol.allocation.after_release and not protocol.products:
        message = "allocation waits for the release of a product, and the trial has none."
        where = lines.where(("allocation", "after_release"))
        yield error(RULE, where, message, "Take out `after_release`, or add the product.")


def _reference(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    marked = [arm.id for arm in protocol.arms if arm.reference]
    if len(protocol.arms) > 1 and len(marked) != 1:
        message = f"{len(marked)} arms are marked as the reference; expected exactly one."
        yield error(RULE, lines.where(("arms",)), message, "Mark the arm that others are compared with.")


def _find(protocol: Protocol, lines: Lines) -> Iterator[Issue]:
    for find in (_ratio, _method, _after, _late, _reference):
        yield from find(protocol, lines)


METHOD = Check(
    rule=RULE,
    says="The ratio names exactly the arms, the method fits them, and what allocation waits for is done before it.",
    find=_find,
)
