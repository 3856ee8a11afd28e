"""Steps of a ticket's history in the target's words, for ways that write history: statuses, priorities, people, field names."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ticketferry.mapping.choices import NameTable, status_key
from ticketferry.mapping.people_rules import PeopleRules
from ticketferry.mapping.sections.part import REFUSING
from ticketferry.mapping.work import Setup, Work
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Json

__all__ = ["HistoryTerms"]

_PEOPLE = frozenset({"assignee", "requester", "submitter"})
_Turn: TypeAlias = Callable[[Work, Any], Json]


class HistoryTerms:
    """Compiled once from the same tables that map the tickets themselves; what no table decides keeps the source's words.

    A person becomes `{"person": ref, "name": text}`, without `person` where nobody stands for them; a record with a name its name: whoever writes the step has no
    snapshot to look into.
    """

    def __init__(self, setup: Setup, people: PeopleRules) -> None:
        self._setup = setup
        self._people = people
        self._fields = {
            rule.source[0].removeprefix("fields."): rule.to
            for rule in setup.rules.fields
            if rule.to and len(rule.source) == 1 and rule.source[0].startswith("fields.")
        }
        self._priorities = NameTable(setup, "priority", setup.rules.priority)
        self._types = NameTable(setup, "type", setup.rules.type)
        self._turns: Mapping[str, _Turn] = {
            "status": self._status,
            "priority": self._priority,
            "type": self._type,
        }

    def event(self, work: Work, event: Record) -> Record:
        """Return the event with its field and values in the target's words."""
        field = event.get("field")
        if not isinstance(field, str):
            return event
        out = dict(event)
        key = field.removeprefix("fields.") if field.startswith("fields.") else None
        if key is not None and key in self._fields:
            out["field"] = f"fields.{self._fields[key]}"
        for side in ("before", "after"):
            if side in event:
                out[side] = self._value(work, field, key, event[side])
        return out

    def _value(self, work: Work, field: str, key: str | None, value: Any) -> Json:
        if key is not None:
            return self._setup.shown(key, value) if isinstance(value, str) else value
        if field in _PEOPLE and isinstance(value, str) and value.count(":") >= 2:
            person, name = self._people.stand_in(work, value), self._people.text(value)
            return {"name": name} if person is None else {"person": person, "name": name}
        turn = self._turns.get(field)
        if turn is not None:
            return turn(work, value)
        return self._named(value)

    def _named(self, value: Json) -> Json:
        if isinstance(value, str) and value.split(":", 2)[1:2] in (["group"], ["organization"]):
            record = self._setup.lookups.record(value)
            return str((record or {}).get("name") or value)
        return value

    def _status(self, _: Work, value: Any) -> Json:
        key = status_key(self._setup, str(value))
        rule = self._setup.rules.status.get(key) if key is not None else None
        # What another field decided once is not known: such a status keeps the source's word.
        name = None if rule is None or rule.by is not None or rule.to in REFUSING else rule.to
        return value if name is None else name

    def _priority(self, _: Work, value: Any) -> Json:
        return self._priorities.plain(str(value)) or value

    def _type(self, _: Work, value: Any) -> Json:
        return self._types.plain(str(value)) or value
