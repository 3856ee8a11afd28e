"""What a person is asked in a spreadsheet: a row for each name of the source, with its use, what the mapping says now and a proposal."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from ticketferry.mapping.choices import key_of, status_key
from ticketferry.mapping.drafting.document import Draft
from ticketferry.mapping.drafting.entries import DraftEntry
from ticketferry.mapping.drafting.use import UseCounts
from ticketferry.mapping.model import FieldRule
from ticketferry.mapping.name_checker import names_of
from ticketferry.mapping.wording.phrases import choice_words, leftover_words
from ticketferry.mapping.work import Setup
from ticketferry.schema.lifecycle import EXITS

__all__ = ["COLUMNS", "NEEDED", "SheetRow", "SheetTable", "sheet_tables"]

COLUMNS = ("id", "key", "name", "tickets", "now", "proposal", "score", "why", "decision", "because")
"""`decision` and `because` are for people; what stands in the others is read only to see whether a spreadsheet changed it."""
NEEDED = ("id", "decision")
LINK_KINDS: Mapping[str, tuple[str, ...]] = {
    "problem_incident": ("problem", "incident"), "problem": (), "incident": (),
    **{kind: (kind,) for kind in ("follow_up", "merged", "blocks", "relates", "parent")},
}  # fmt: skip
"""Kind of link in a mapping -> those of the desk that it decides, where no word of their own does."""


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One question. `id`: letters that stand for table and key, whatever a spreadsheet makes of the key."""

    table: str
    key: str
    name: str = ""
    tickets: int | None = None
    now: str = ""
    proposal: str = ""
    score: int = 0
    why: str = ""
    field: str = ""
    """Of an option: the field that has it."""

    @property
    def id(self) -> str:
        """Return sixteen letters: no spreadsheet takes them for a number, a date or a formula."""
        digest = blake2b(f"{self.table}\0{self.field}\0{self.key}".encode(), digest_size=8).hexdigest()
        return digest.translate(str.maketrans("0123456789abcdef", "ghjkmnpqrstuvwxy"))

    @property
    def shown(self) -> str:
        """Return the key as the table shows it."""
        return f"{self.field}: {self.key}" if self.field else self.key

    def cells(self) -> tuple[str, ...]:
        """Return the row, with nothing decided."""
        tickets = "" if self.tickets is None else str(self.tickets)
        score = str(self.score) if self.proposal else ""
        return (self.id, self.shown, self.name, tickets, self.now, self.proposal, score, self.why, "", "")


@dataclass(frozen=True, slots=True)
class SheetTable:
    """A table. `choices`: names that may be decided for; `free`: any other text is taken as well."""

    name: str
    rows: Sequence[SheetRow]
    choices: Sequence[str] = ()
    free: bool = False


def sheet_tables(setup: Setup, draft: Draft, use: UseCounts | None) -> list[SheetTable]:
    """Return the tables of a mapping that have a row, each in the order of the source's catalog."""
    making = _Tables(setup, draft, use)
    return [table for table in making.tables() if table.rows]


class _Tables:
    def __init__(self, setup: Setup, draft: Draft, use: UseCounts | None) -> None:
        self._setup, self._use = setup, use
        self._entries = {(entry.section, entry.key): entry for entry in draft.entries()}

    def tables(self) -> Iterator[SheetTable]:
        """Yield every table, those without a row too."""
        setup = self._setup
        target = setup.target
        yield self._table("status", [row["name"] for row in setup.source.get("statuses", ()) if row.get("stage") not in EXITS],
                          names_of(target.get("statuses", ())))  # fmt: skip
        types = [row for project in target.get("projects", ()) for row in project.get("types", ())]
        for section, key, there in (
            ("priority", "priorities", names_of(target.get("priorities", ()))),
            ("type", "types", names_of([*target.get("types", ()), *types])),
            ("form", "forms", names_of(target.get("forms", ()))),
        ):
            if section != "priority" and not getattr(setup.rules, section) and target.get("projects"):
                continue  # the route says it
            rows: Sequence[Mapping[str, object]] = setup.source.get(key, ())  # type: ignore[assignment]
            yield self._table(
                section, [*(str(row["name"]) for row in rows), *(("none",) if rows else ())], there
            )
        yield self._fields()
        yield from self._options()
        yield self._channel()
        yield self._groups()
        yield self._brands()
        yield self._links()

    def _table(self, section: str, names: Sequence[str], choices: Sequence[str]) -> SheetTable:
        rows = [self._row(section, name, self._now(section, name)) for name in dict.fromkeys(names)]
        return SheetTable(section, rows, choices, self._setup.any or not choices)

    def _now(self, section: str, name: str) -> str:
        table = getattr(self._setup.rules, section)
        key = (
            status_key(self._setup, name)
            if section == "status"
            else key_of(table, None if name == "none" else name)
        )
        rule = table.get(key) if key is not None else None
        return "" if rule is None else rule.plain or choice_words(rule)

    def _row(self, section: str, key: str, now: str, *, name: str = "", field: str = "") -> SheetRow:
        entry = self._entries.get((field or section, key))
        tickets = None if self._use is None else self._count(section, key, field)
        if entry is None:
            return SheetRow(section, key, name, tickets, now, field=field)
        score, why = entry.decision.score, entry.decision.words.removeprefix(f"{entry.decision.score} ")
        return SheetRow(section, key, name, tickets, now, _proposal(entry), score, why, field)

    def _count(self, section: str, key: str, field: str) -> int:
        use = self._use or UseCounts()
        if field:
            return use.options.get(field.removeprefix("fields."), Counter())[key]
        if section == "fields":
            return use.fields[key.removeprefix("fields.")]
        if section == "links":
            return sum(use.links[kind] for kind in LINK_KINDS.get(key, (key,)))
        return use.of(
            {"groups": "group", "brands": "brand"}.get(section, section), "" if key == "none" else key
        )

    def _fields(self) -> SheetTable:
        rules = {name: rule for rule in reversed(self._setup.rules.fields) for name in rule.source}
        rows = []
        for row in self._setup.source.get("fields", ()):
            if row.get("of", "ticket") == "ticket":
                key = f"fields.{row['key']}"
                rows.append(
                    self._row(
                        "fields", key, _field_now(rules.get(key)), name=f"{row['name']} ({row['type']})"
                    )
                )
        names = [
            row["name"] for row in self._setup.target.get("fields", ()) if row.get("of", "ticket") == "ticket"
        ]
        return SheetTable("fields", rows, [*dict.fromkeys(names), "drop"], self._setup.any or not names)

    def _options(self) -> Iterator[SheetTable]:
        """Yield a table for each field that has a rule with choices on both sides."""
        for rule in self._setup.rules.fields:
            if rule.to is None or len(rule.source) != 1:
                continue
            field = rule.source[0]
            there = self._setup.target_fields.get(rule.to.casefold())
            options = self._setup.option_names.get(field.removeprefix("fields."), {})
            if not options or there is None or not there.get("options"):
                continue
            folded = {value.casefold(): name for value, name in rule.values.items()}
            rows = []
            for value, shown in options.items():
                now = folded.get(value.casefold(), folded.get(shown.casefold(), rule.values.get("*", "")))
                rows.append(self._row("options", value, str(now), name=shown, field=field))
            names = [option["name"] for option in there["options"]]
            # The draft may propose another field of the target than the one that the mapping names.
            fitting = [
                row if row.proposal in names else replace(row, proposal="", score=0, why="") for row in rows
            ]
            yield SheetTable(f"options {field.removeprefix('fields.')}", fitting, names)

    def _groups(self) -> SheetTable:
        setup = self._setup
        table = {key.casefold(): rule for key, rule in setup.rules.groups.items()}
        rows = []
        for name in dict.fromkeys(row["name"] for row in setup.source.get("groups", ())):
            rule = table.get(name.casefold(), table.get("*"))
            rows.append(
                self._row("groups", name, "" if rule is None else "; ".join(leftover_words(rule, set())))
            )
        return SheetTable("groups", rows, _places(setup), setup.any)

    def _channel(self) -> SheetTable:
        """Return what each channel is called in the target's field; nothing where another field decides that."""
        rule = self._setup.rules.channel
        if rule is None or rule.by is not None:
            return SheetTable("channel", ())
        used = self._use.names.get("channel", Counter()) if self._use is not None else Counter()
        names = dict.fromkeys([*sorted(filter(None, used)), *(key for key in rule.values if key != "*")])
        rows = []
        for name in names:
            choice = rule.values.get(key_of(rule.values, name) or "")
            rows.append(
                self._row("channel", name, "" if choice is None else choice.plain or choice_words(choice))
            )
        field = self._setup.target_fields.get(rule.field.casefold())
        options = [option["name"] for option in field.get("options", ())] if field is not None else []
        return SheetTable("channel", rows, options, self._setup.any or not options)

    def _brands(self) -> SheetTable:
        """Return the labels of brands, for a target that has no brands of its own."""
        setup = self._setup
        if setup.target.get("brands"):
            return SheetTable("brands", ())
        table = {key.casefold(): rule.label for key, rule in setup.rules.brands.items()}
        names = dict.fromkeys(row["name"] for row in setup.source.get("brands", ()))
        rows = [self._row("brands", name, table.get(name.casefold(), "")) for name in names]
        return SheetTable("brands", rows, free=True)

    def _links(self) -> SheetTable:
        """Return the kinds of links that tickets have or the mapping names."""
        rules, used = self._setup.rules.links, self._use.links if self._use is not None else Counter()
        names = [
            kind
            for kind, counted in LINK_KINDS.items()
            if getattr(rules, kind) is not None or any(used[each] for each in counted)
        ]
        rows = [self._row("links", kind, getattr(rules, kind) or "") for kind in names]
        there = names_of(self._setup.target.get("link_types", ()))
        return SheetTable("links", rows, [*there, "keep"], self._setup.any or not there)


def _places(setup: Setup) -> list[str]:
    """Return what a group can be decided to: a team, a component or a security level, each with its word."""
    projects = setup.target.get("projects", ())
    found = [f"team: {row['name']}" for row in setup.target.get("groups", ())]
    found += [f"component: {row['name']}" for project in projects for row in project.get("components", ())]
    found += [f"security: {row['name']}" for project in projects for row in project.get("security", ())]
    return list(dict.fromkeys(found))


def _field_now(rule: FieldRule | None) -> str:
    if rule is None:
        return ""
    return "(dropped)" if rule.drop else rule.to or ""


def _proposal(entry: DraftEntry) -> str:
    """Return the proposal as somebody would decide for it; empty where there is none."""
    if entry.data is None:
        return ""
    if entry.decision.open:
        return ""
    if entry.section == "groups":
        return next((f"{word}: {name}" for word, name in entry.data.items()), "")
    return entry.decision.name
