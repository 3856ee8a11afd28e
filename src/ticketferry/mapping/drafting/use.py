"""How many tickets use each status, priority, field, option, group and so on: counts of names, nothing of any person."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record

__all__ = ["COUNTED", "UseCounts", "count_use"]

COUNTED = (
    "status",
    "priority",
    "type",
    "form",
    "brand",
    "group",
    "channel",
    "project",
    "security",
    "handled_by",
)
"""Names of a ticket that are counted."""
_EMPTY: tuple[Any, ...] = (None, "", [], {})


@dataclass(slots=True)
class UseCounts:
    """Counts over the tickets of a desk. `names`: key of a ticket -> name -> tickets, the empty name for none; `options`: only those that the
    catalog defines: what people typed in is not held.
    """

    tickets: int = 0
    names: dict[str, Counter[str]] = field(default_factory=dict)
    links: Counter[str] = field(default_factory=Counter)
    components: Counter[str] = field(default_factory=Counter)
    satisfaction: Counter[str] = field(default_factory=Counter)
    fields: Counter[str] = field(default_factory=Counter)
    """Key -> tickets with a value."""
    options: dict[str, Counter[str]] = field(default_factory=dict)
    """Field key -> option value -> tickets."""
    together: dict[str, dict[tuple[str, ...], int]] = field(default_factory=dict)
    """Field key -> options that a ticket has beside each other, two at the least and sorted -> tickets."""

    def chosen(self, key: str, options: Iterable[str]) -> int:
        """Return how many tickets have one of these options of a field, or several: each ticket once."""
        asked = set(options)
        counts = self.options.get(key, Counter())
        again = (
            (len(asked.intersection(have)) - 1, count) for have, count in self.together.get(key, {}).items()
        )
        return sum(counts[option] for option in asked) - sum(
            more * count for more, count in again if more > 0
        )

    def of(self, key: str, name: str) -> int:
        """Return how many tickets bear a name."""
        return self.names.get(key, Counter())[name]

    def as_json(self) -> dict[str, Any]:
        """Return plain data, sorted."""
        return {
            "tickets": self.tickets,
            "names": {key: dict(sorted(counts.items())) for key, counts in sorted(self.names.items())},
            "links": dict(sorted(self.links.items())),
            "components": dict(sorted(self.components.items())),
            "satisfaction": dict(sorted(self.satisfaction.items())),
            "fields": dict(sorted(self.fields.items())),
            "options": {key: dict(sorted(counts.items())) for key, counts in sorted(self.options.items())},
            "together": {
                key: [[list(have), count] for have, count in sorted(sets.items())]
                for key, sets in sorted(self.together.items())
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `as_json` gave. Raises KeyError, TypeError or ValueError for anything else."""
        return cls(
            int(data["tickets"]),
            {key: Counter(counts) for key, counts in data["names"].items()},
            Counter(data["links"]), Counter(data["components"]), Counter(data["satisfaction"]), Counter(data["fields"]),
            {key: Counter(counts) for key, counts in data["options"].items()},
            {key: {tuple(have): int(count) for have, count in sets} for key, sets in data.get("together", {}).items()},
        )  # fmt: skip


def count_use(tickets: Iterable[Record], catalog: Catalog, groups: Mapping[str, str]) -> UseCounts:
    """Count the tickets' own records. `groups`: ref of a group -> its name."""
    use = UseCounts(names={key: Counter() for key in COUNTED})
    known: dict[str, dict[str, str]] = {}
    for row in catalog.get("fields", ()):
        if row.get("of", "ticket") == "ticket" and row.get("options"):
            known[row["key"]] = {
                name: option["value"]
                for option in row["options"]
                for name in (option["name"], option["value"])
            }
    use.options = {key: Counter() for key in known}
    for ticket in tickets:
        use.tickets += 1
        for key in COUNTED:
            value = ticket.get(key)
            name = groups.get(value, "") if key == "group" and value else value
            use.names[key][str(name or "")] += 1
        use.links.update({str(link.get("type", "")) for link in ticket.get("links", ())})
        use.components.update(set(ticket.get("components", ())))
        score = (ticket.get("satisfaction") or {}).get("score")
        if score:
            use.satisfaction[str(score)] += 1
        for key, value in (ticket.get("fields") or {}).items():
            if value in _EMPTY:
                continue
            use.fields[key] += 1
            options = known.get(key)
            if options is not None:
                parts = value if isinstance(value, list) else [value]
                chosen = {options[part] for part in map(str, parts) if part in options}
                use.options[key].update(chosen)
                if len(chosen) > 1:
                    beside = use.together.setdefault(key, {})
                    have = tuple(sorted(chosen))
                    beside[have] = beside.get(have, 0) + 1
    return use
