"""What was drawn so far, and so what is drawn next: the slots that somebody has, and those that were lost.

A slot is *lost* where it was used and nobody knows any more for whom (decision record 0014). What it leaves behind:

* without factors there is one list; the lost slot is a place in it, with the arm that the seed draws there;
* with a list for each stratum nobody knows which list the slot was of, so that the next place of *every* list counts as
  used, each with the arm that its own seed draws there: no place of any list is ever given twice;
* in minimisation the arm depends on levels that nobody knows; the slot counts in no table, and its number of the stream
  of draws is never drawn with again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

from armlet.allocation.scheme import Scheme, method_of
from armlet.allocation.strata import Stratified
from armlet.allocation.stream import Draw, draw_arm, find_list
from armlet.ledger.sealed import ArmAssigned, SlotLost


@dataclass(frozen=True, slots=True, repr=False)
class History:
    """The places that are used up, in order: their arms as positions, and in `scheme.people` whose levels they had.

    `skipped` counts the lost slots of minimisation, which have no place. Prints nothing of it.
    """

    scheme: Scheme
    seed: bytes
    arms: tuple[int, ...] = ()
    skipped: int = 0

    def __repr__(self) -> str:
        return "History(not shown)"

    def draw(self, levels: Mapping[str, str]) -> Draw:
        """The draw for the next slot, for somebody with these levels.

        Raises InputError where a level is missing, the list has ended, or the method cannot have this history.
        """
        scheme = self.scheme.joined_by(levels)
        seed, counter = find_list(scheme, self.arms, self.seed)
        return draw_arm(scheme, self.arms, seed, counter + self.skipped)

    def after(self, used: ArmAssigned | SlotLost) -> History:
        """The history with one more slot, given or lost. Raises InputError as `draw` does."""
        if isinstance(used, ArmAssigned):
            return self._with(used.levels or {}, self.scheme.arms.index(used.arm))
        if not self.scheme.factors:
            return self._with({}, self.draw({}).arm if used.arm is None else self.scheme.arms.index(used.arm))
        if not isinstance(method_of(self.scheme), Stratified):
            return replace(self, skipped=self.skipped + 1)
        longer = self
        for names in product(*(factor.levels for factor in self.scheme.factors)):
            levels = {factor.name: name for factor, name in zip(self.scheme.factors, names, strict=True)}
            longer = longer._with(levels, longer.draw(levels).arm)
        return longer

    def _with(self, levels: Mapping[str, str], arm: int) -> History:
        return replace(self, scheme=self.scheme.joined_by(levels), arms=(*self.arms, arm))

    def lose(self, slot: int, preparation: str) -> SlotLost:
        """The next slot as a lost one, with its arm where that is known. Raises InputError as `draw` does."""
        if self.scheme.factors:
            return SlotLost(slot=slot, preparation=preparation)
        draw = self.draw({})
        arm = self.scheme.arms[draw.arm]
        return SlotLost(slot=slot, preparation=preparation, arm=arm, drawn=draw.u_numerator)
