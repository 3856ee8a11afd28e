"""Which tickets take part: those that are in the target already and those that this plan brings."""

import threading
from collections import OrderedDict
from collections.abc import Collection

from ticketferry.plan.guarding import ENDS_ALL
from ticketferry.plan.inputs import Scope
from ticketferry.plan.recording import Recorder
from ticketferry.plan.root_mapper import RootMapper
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.sdk.contract import Outcome

__all__ = ["TicketScope", "scope_key"]

REMEMBERED = 100_000


def scope_key(ref: str) -> str:
    """Return the key of whether a ticket takes part."""
    return f"?{ref}"


class TicketScope:
    """Answers `takes_part(ref)` for links between tickets.

    A linked ticket is mapped to see whether a rule skips or rejects it. For the `mapper` that does so all of its own links count as
    there, so that tickets which link each other in a circle do not ask for ever.
    """

    def __init__(
        self,
        mapper: RootMapper,
        scope: Scope,
        chosen: frozenset[str] | None = None,
        left_out: Collection[str] = (),
        recorder: Recorder | None = None,
    ) -> None:
        self._recorder = recorder or Recorder()
        self.chosen = chosen
        self._mapper = mapper
        self._phase = scope.phase
        self._left_out = frozenset(left_out)
        self._known: OrderedDict[str, bool] = OrderedDict()
        self._lock = threading.Lock()

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
        """Tell whether the ticket `text` is, or will be, in the target: an answer of its own, under `scope_key`."""
        with self._lock:
            known = self._known.get(text)
        if known is not None:
            self._recorder.asked(scope_key(text))
            return known
        answer = bool(self._recorder.answer(scope_key(text), lambda: self._decide(text)))
        with self._lock:
            self._known[text] = answer
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return answer

    def _decide(self, text: str) -> bool:
        mapper = self._mapper
        ref = parse_ref(text)
        if ref.kind is not Kind.TICKET or ref.desk != mapper.source.desk:
            return False
        if mapper.idmap.how(text, mapper.inputs.idmap) in ("created", "adopted"):
            return True
        if text in self._left_out or ref in mapper.held:
            return False
        if self.chosen is not None and text not in self.chosen:
            return False
        try:
            record = mapper.source_record(ref)
            if record is None:
                return False
            phase = mapper.phase_of(record)
            if phase is None or self._phase not in (None, phase):
                return False
            mapped = mapper.case(record)
            return mapped.outcome not in (Outcome.SKIP, Outcome.REJECT) and not mapper.refuses(mapped)
        except ENDS_ALL:
            raise
        except Exception:  # noqa: BLE001 -- the linked ticket goes to quarantine where it is planned itself
            return False
