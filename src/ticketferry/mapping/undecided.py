"""What of the source is not decided, in tickets: `3 statuses undecided: 4,812 tickets`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ticketferry.mapping.choices import key_of, status_key
from ticketferry.mapping.definitions import UNDECIDED
from ticketferry.mapping.drafting.use import UseCounts
from ticketferry.mapping.work import Setup
from ticketferry.mapping.yaml_document import Path
from ticketferry.schema.counting import counted
from ticketferry.schema.lifecycle import EXITS

__all__ = ["UndecidedNames", "undecided"]

_OPEN = (None, "fail", UNDECIDED)
_SECTIONS = {"priority": "priorities", "type": "types", "form": "forms"}


@dataclass(frozen=True, slots=True)
class UndecidedNames:
    """Names of one kind without a decision. `tickets`: how many have one of them, of the kinds of which a ticket has one; None: not counted."""

    what: str
    names: tuple[str, ...]
    tickets: int | None

    @property
    def words(self) -> str:
        """Return it in one line."""
        kind, _, rest = self.what.partition(" of ")
        head = counted(len(self.names), kind) + (f" of {rest}" if rest else "")
        return f"{head} undecided" + ("" if self.tickets is None else f": {counted(self.tickets, 'ticket')}")


def undecided(
    setup: Setup, use: UseCounts | None, taken: Mapping[Path, int] | None = None
) -> list[UndecidedNames]:
    """Return every kind of which a name is undecided, the most tickets first. `taken`: place of a condition -> tickets that it takes."""
    rows = [*_statuses(setup, use), *_tables(setup, use), *_fields(setup, use), *_routes(setup, taken or {})]
    return sorted(rows, key=lambda row: -(row.tickets or 0))


def _row(what: str, names: Sequence[str], counts: Mapping[str, int] | None) -> Iterator[UndecidedNames]:
    if names:
        tickets = None if counts is None else sum(counts.get(name, 0) for name in names)
        yield UndecidedNames(what, tuple(names), tickets)


def _statuses(setup: Setup, use: UseCounts | None) -> Iterator[UndecidedNames]:
    if not setup.rules.status and setup.any:
        return
    open_ = []
    for row in setup.source.get("statuses", ()):
        key = status_key(setup, row["name"]) if row.get("stage") not in EXITS else "*"
        rule = setup.rules.status.get(key) if key is not None else None
        left = rule is not None and rule.by is None and rule.to in _OPEN and (rule.to != "fail" or key == "*")
        if row.get("stage") not in EXITS and (key is None or (left and row.get("active", True))):
            open_.append(row["name"])
    yield from _row(
        "status", list(dict.fromkeys(open_)), None if use is None else use.names.get("status", {})
    )


def _tables(setup: Setup, use: UseCounts | None) -> Iterator[UndecidedNames]:
    for section, entries in _SECTIONS.items():
        table = getattr(setup.rules, section)
        if not table:
            continue
        rows: Sequence[Mapping[str, object]] = setup.source.get(entries, ())  # type: ignore[assignment]
        open_ = []
        for name in dict.fromkeys(str(row["name"]) for row in rows):
            key = key_of(table, name)
            rule = table[key] if key is not None else None
            if rule is None or (rule.by is None and rule.to in _OPEN and (rule.to != "fail" or key == "*")):
                open_.append(name)
        yield from _row(section, open_, None if use is None else use.names.get(section, {}))


def _fields(setup: Setup, use: UseCounts | None) -> Iterator[UndecidedNames]:
    left = [rule.source[0] for rule in setup.rules.fields if rule.to == UNDECIDED and rule.source]
    fields = None if use is None else {f"fields.{key}": count for key, count in use.fields.items()}
    yield from _row("field", left, fields)
    for rule in setup.rules.fields:
        if not rule.values or len(rule.source) != 1:
            continue
        key = rule.source[0].removeprefix("fields.")
        folded = {value.casefold(): name for value, name in rule.values.items()}
        open_ = []
        for option, shown in setup.option_names.get(key, {}).items():
            name = folded.get(option.casefold(), folded.get(shown.casefold(), rule.values.get("*")))
            if name in (None, UNDECIDED):
                open_.append(option)
        yield from _row(
            f"option of {rule.source[0]}", open_, None if use is None else use.options.get(key, {})
        )


def _routes(setup: Setup, taken: Mapping[Path, int]) -> Iterator[UndecidedNames]:
    open_ = [
        index
        for index, route in enumerate(setup.rules.route)
        if UNDECIDED
        in {
            name
            for choice in (route.project, route.issue_type, route.request_type, route.security)
            if choice
            for name in choice.names()
        }
    ]
    if open_:
        counts = [taken.get(("route", index, "when")) for index in open_]
        known = [count for count in counts if count is not None]
        tickets = sum(known) if len(known) == len(counts) else None
        yield UndecidedNames("route", tuple(f"route[{index}]" for index in open_), tickets)
