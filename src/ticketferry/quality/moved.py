"""A desk as a mapping leaves it: what of each ticket is moved, for a profile of what comes after the cleaning."""

from collections.abc import Iterator
from typing import Any

from ticketferry.mapping.engine import Engine
from ticketferry.plan.guarding import ENDS_ALL
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record
from ticketferry.sdk.contract import Outcome

__all__ = ["MovedView"]


class MovedView:
    """What checks ask of a mapping. `whole`: nothing is left out; the mapping is asked for the words of remedies only."""

    def __init__(self, engine: Engine, catalog: Catalog, *, whole: bool) -> None:
        self._engine = engine
        self.whole = whole
        rules = engine.mapping.rules
        self._phased = bool(rules.phases)
        named = frozenset(_fields_in(engine.mapping.document.data))
        self.dropped = frozenset(
            name.removeprefix("fields.")
            for rule in rules.fields
            if rule.drop and rule.when is None
            for name in rule.source
            if name.startswith("fields.")
        )
        """Fields that a rule drops from every ticket."""
        self.named = named - self.dropped
        """Fields that rules read."""
        if any(rule.rest == "drop" for rule in rules.fields):
            self.dropped |= {row["key"] for row in catalog.get("fields", ()) if row["key"] not in named}

    def target_status(self, status: str) -> tuple[str, str] | None:
        """Return (key of `status:`, status of the target) of a source status; None where no rule decides it."""
        key, target = self._engine.status_key(status), self._engine.status_of(status)
        return None if key is None or target is None else (key, target)

    def case(self, case: Record) -> Record | None:
        """Return what is moved of a folded ticket, in the source's words; None where it stays behind."""
        if self.whole:
            return case
        try:
            mapped = self._engine.case(case, folded=True)
        except ENDS_ALL:
            raise
        except Exception:  # noqa: BLE001 -- a plan puts such a ticket into quarantine: it is not moved
            return None
        moves = mapped.outcome is Outcome.CREATE and (mapped.phase is not None or not self._phased)
        left = self._engine.left_of(case) if moves else None
        if left is None or mapped.record is None:
            return None
        files = {item["ref"] for item in mapped.record.get("attachments", ())}
        if left.get("attachments"):
            left["attachments"] = [item for item in left["attachments"] if item["ref"] in files]
        if left.get("subject"):
            left["subject"] = mapped.record.get("subject", "")
        return left


def _fields_in(item: Any) -> Iterator[str]:
    if isinstance(item, dict):
        for key, value in item.items():
            yield from _fields_in(key)
            yield from _fields_in(value)
    elif isinstance(item, list):
        for value in item:
            yield from _fields_in(value)
    elif isinstance(item, str) and item.startswith("fields."):
        yield item.removeprefix("fields.")
