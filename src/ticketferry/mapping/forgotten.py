"""The history of fields that a mapping drops: it goes with them, since old values would tell what the field may not."""

from collections.abc import Callable, Iterator, Sequence

from ticketferry.mapping.conditions import ALWAYS, Check
from ticketferry.mapping.result import MapFate
from ticketferry.mapping.work import Setup, Work
from ticketferry.schema.records import Record

__all__ = ["Forgotten"]

_Names = Callable[[str], bool]


class Forgotten:
    """The rules that drop fields, compiled once: what of a ticket's history they drop."""

    def __init__(self, setup: Setup) -> None:
        self._rules = list(_rules(setup))

    def kept(self, work: Work, events: Sequence[Record]) -> list[Record]:
        """Return the events that stay, and note the fate of the others."""
        rules = [(names, fate) for check, names, fate in self._rules if check(work.subject)]
        if not rules:
            return list(events)
        kept: list[Record] = []
        for event in events:
            field = event.get("field")
            found = next((fate for names, fate in rules if isinstance(field, str) and names(field)), None)
            if found is None:
                kept.append(event)
                continue
            head = f"event[{event['ref'].split(':', 2)[2]}]"
            work.fates.update({f"{head}.{key}": found for key in event})
        return kept


def _rules(setup: Setup) -> Iterator[tuple[Check, _Names, MapFate]]:
    """Yield for each rule that drops fields: when it holds, which fields, and the fate of their history."""
    ruled = frozenset(name for rule in setup.rules.fields for name in rule.source)
    for index, rule in enumerate(setup.rules.fields):
        if not rule.drop and rule.rest != "drop":
            continue
        check = ALWAYS if rule.when is None else setup.condition(rule.when, ("fields", index, "when"))
        by = setup.by(f"fields[{index}]", "fields", index)
        fate = MapFate("drop", "", False, f"{by}: {rule.because}" if rule.because else by)
        yield check, _others(ruled) if rule.rest else frozenset(rule.source).__contains__, fate


def _others(ruled: frozenset[str]) -> _Names:
    return lambda name: name.startswith("fields.") and name not in ruled
