"""Which tickets take part: those that are in the target already and those that this plan brings."""

import threading
from collections import OrderedDict
from collections.abc import Collection
from typing import Any

from ticketferry.plan.guarding import ENDS_ALL
from ticketferry.plan.materials import PlanContext, Scope
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.sdk.contract import Outcome

__all__ = ["TicketScope"]

REMEMBERED = 100_000


class TicketScope:
    """Answers `takes_part(ref)` for links between tickets. `materials` is set once they are open.

    A linked ticket is mapped to see whether a rule skips or rejects it; while that goes on, its own links count as there, so
    that tickets which link each other in a circle do not ask for ever.
    """

    def __init__(self, scope: Scope, chosen: frozenset[str] | None = None) -> None:
        self.scope = scope
        self.chosen = chosen
        self.materials: PlanContext | None = None
        self._left_out: frozenset[str] = frozenset()
        self._known: OrderedDict[str, bool] = OrderedDict()
        self._lock = threading.Lock()
        self._asking = threading.local()

    def choose(self, chosen: frozenset[str] | None) -> None:
        """Narrow the plan to these tickets (None: no narrowing); what was answered before no longer counts."""
        with self._lock:
            self.chosen = chosen
            self._known.clear()

    @property
    def left_out(self) -> frozenset[str]:
        """Return the tickets that the plan turned out not to bring."""
        return self._left_out

    def leave_out(self, refs: Collection[str]) -> None:
        """Set which tickets the plan turned out not to bring; what was answered before no longer counts."""
        with self._lock:
            self._left_out = frozenset(refs)
            self._known.clear()

    def takes_part(self, text: str) -> bool:
        """Tell whether the ticket `text` is, or will be, in the target."""
        if getattr(self._asking, "deep", False):
            return True
        with self._lock:
            known = self._known.get(text)
        if known is not None:
            return known
        self._asking.deep = True
        try:
            answer = self._ask(text)
        finally:
            self._asking.deep = False
        with self._lock:
            self._known[text] = answer
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return answer

    def _ask(self, text: str) -> bool:
        materials = self.materials
        assert materials is not None, "set when the materials are opened"
        ref = parse_ref(text)
        if ref.kind is not Kind.TICKET or ref.desk != materials.source.desk:
            return False
        if materials.idmap.how(text, materials.inputs.idmap) in ("created", "adopted"):
            return True
        if text in self._left_out or ref in materials.held:
            return False
        if self.chosen is not None and text not in self.chosen:
            return False
        try:
            record = materials.source_record(ref)
            if record is None:
                return False
            mapped: Any = materials.case(record)
            if mapped.outcome in (Outcome.SKIP, Outcome.REJECT) or materials.refuses(mapped):
                return False
        except ENDS_ALL:
            raise
        except Exception:  # noqa: BLE001 -- the linked ticket goes to quarantine where it is planned itself
            return False
        phase = materials.idmap.phase(text) or mapped.phase
        return phase is not None and self.scope.phase in (None, phase)
