"""How many tickets of the source a place of the mapping decides, by counts of names: what a name that is missing in the target stops."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from ticketferry.mapping.choices import status_key
from ticketferry.mapping.drafting.use import UseCounts
from ticketferry.mapping.work import Setup
from ticketferry.mapping.yaml_document import Path

__all__ = ["AffectedTickets"]

_TABLES = {"priority": "priority", "type": "type", "form": "form", "groups": "group", "brands": "brand"}
"""Section -> key of a ticket whose names it decides."""


class AffectedTickets:
    """Counts for one mapping. `taken`: place of a condition -> tickets that it takes."""

    def __init__(self, setup: Setup, use: UseCounts, taken: Mapping[Path, int] | None = None) -> None:
        self._setup = setup
        self._use = use
        self._taken = taken or {}

    def __call__(self, path: Path) -> int | None:
        """Return how many tickets have what the rule at a place is for, at the most; None where counts of names do not tell."""
        match path:
            case ("status", str(key), *_):
                return self._sum("status", lambda name: status_key(self._setup, name) == key)
            case (str(section), str(key), *_) if section in _TABLES:
                return self._sum(_TABLES[section], self._takes(key, getattr(self._setup.rules, section)))
            case ("channel", "values", str(key), *_):
                channel = self._setup.rules.channel
                return self._sum("channel", self._takes(key, channel.values if channel is not None else ()))
            case ("fields", int(index), *rest):
                return self._of_field(index, rest)
            case ("links", str(key), *_):
                return self._use.links[key]
            case ("route", int(index), *_):
                return self._taken.get(("route", index, "when"))
        return None

    def named(self, section: str, *names: str) -> int:
        """Return how many tickets have one of these statuses, priorities, types or forms."""
        return sum(self._use.of(section, name) for name in names)

    def chosen(self, field: str, *options: str) -> int:
        """Return how many tickets have one of these options of a field (`fields.KEY`), or several."""
        return self._use.chosen(field.removeprefix("fields."), options)

    def in_group(self, name: str) -> int:
        """Return how many tickets a group of the source has."""
        return self._sum("group", lambda known: known.casefold() == name.casefold())

    def _sum(self, key: str, takes: Callable[[str], bool]) -> int:
        return sum(count for name, count in self._use.names.get(key, {}).items() if takes(name))

    def _takes(self, key: str, keys: Iterable[str]) -> Callable[[str], bool]:
        """Return whether a table's key takes a name: its own in any letters, `none` for no name, `*` for what no other takes."""
        known = {each.casefold() for each in keys}
        own = key.casefold()

        def takes(name: str) -> bool:
            folded = name.casefold() or "none"
            return folded == own or (own == "*" and folded not in known)

        return takes

    def _of_field(self, index: int, rest: Sequence[str | int]) -> int | None:
        rule = self._setup.rules.fields[index]
        keys = [source.removeprefix("fields.") for source in rule.source if source.startswith("fields.")]
        if not keys:
            return None
        match rest:
            case ("values", str(value), *_) if value != "*":
                return sum(
                    count
                    for key in keys
                    for name, count in self._use.options.get(key, {}).items()
                    if name.casefold() == value.casefold()
                )
        return sum(self._use.fields[key] for key in keys)
