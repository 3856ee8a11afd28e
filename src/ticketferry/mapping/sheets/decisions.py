"""Decisions out of a spreadsheet, written into the mapping's text by places: comments and every other line stay."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ftfy import fix_text

from ticketferry.mapping.choices import status_key
from ticketferry.mapping.drafting.entries import flow, scalar
from ticketferry.mapping.near import near
from ticketferry.mapping.sections.part import REFUSING
from ticketferry.mapping.sheets.tables import SheetRow, SheetTable
from ticketferry.mapping.work import Setup
from ticketferry.mapping.yaml_document import Path
from ticketferry.mapping.yaml_edit import YamlEdit
from ticketferry.schema.signs import visible
from ticketferry.store.spreadsheet import Spreadsheet

__all__ = ["SheetDecisions", "decide_by_sheets"]

_PLAIN: dict[str, Path] = {"links": ("links",), "channel": ("channel", "values")}
"""Tables whose entries are plain values -> where they stand."""
_OK = frozenset({"ok", "yes", "x", "ja", "oui", "si", "sim"})
"""What people write who agree with the proposal."""


@dataclass(slots=True)
class SheetDecisions:
    """What was written. `text`: the mapping; `problems`: with `file:line` of the table, nothing is written where there is any."""

    text: str
    written: int = 0
    same: int = 0
    problems: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    """Cells that a spreadsheet made something else of; the rows were known by their ids all the same."""


def decide_by_sheets(
    text: str, setup: Setup, tables: Sequence[SheetTable], sheets: Iterable[Spreadsheet]
) -> SheetDecisions:
    """Write the decisions of filled-in tables into the text of a mapping. An empty decision leaves everything as it is; `ok` takes the proposal.

    Names are taken as the target spells them. A decision for a rule with conditions is refused with its place.
    """
    return _Deciding(text, setup, tables).all(sheets)


class _Deciding:
    def __init__(self, text: str, setup: Setup, tables: Sequence[SheetTable]) -> None:
        self._setup, self._edit = setup, YamlEdit(text)
        self._result = SheetDecisions(text)
        self._rows: dict[str, tuple[SheetTable, SheetRow]] = {
            row.id: (table, row) for table in tables for row in table.rows
        }
        self._new: dict[str, list[str]] = {}
        self._decided: dict[str, str] = {}

    def all(self, sheets: Iterable[Spreadsheet]) -> SheetDecisions:
        result = self._result
        for sheet in sheets:
            result.problems += sheet.problems
            for row in sheet.rows:
                self._row(row.where, row.cells, certain=sheet.certain)
        if not result.problems:
            for section, lines in self._new.items():
                self._edit.append("\n".join(["", f"{section}:", *lines, ""]))
            result.text = self._edit.result()
        return result

    def _row(self, where: str, cells: Mapping[str, str], *, certain: bool) -> None:
        known = self._rows.get(cells["id"])
        if known is None:
            if cells.get("decision"):
                self._problem(
                    where,
                    f"the mapping has no row `{cells['id'] or cells.get('key', '')}` any more: export the table again",
                )
            return
        table, row = known
        self._look_at(where, row, cells)
        wanted = cells.get("decision", "")
        if not wanted:
            return
        if not certain and not wanted.isascii():
            self._problem(where, "neither UTF-8 nor UTF-16 text: save the file as CSV UTF-8")
            return
        name = self._name(where, table, row, wanted)
        if name is None:
            return
        if row.id in self._decided:
            if self._decided[row.id] != name:
                self._problem(
                    where, f"`{row.shown}` is decided twice: `{self._decided[row.id]}` and `{name}`"
                )
            return
        self._decided[row.id] = name
        if name == row.now or self._dropped_so(row, name, cells.get("because", "")):
            self._result.same += 1
        elif self._write(where, row, name, cells.get("because", "")):
            self._result.written += 1

    def _dropped_so(self, row: SheetRow, name: str, because: str) -> bool:
        """Tell whether a field is left out already, for this reason, by the first rule that reads it."""
        if row.table != "fields" or name != "drop":
            return False
        rule = next((rule for rule in self._setup.rules.fields if row.key in rule.source), None)
        return rule is not None and bool(rule.drop) and rule.when is None and because in ("", rule.because)

    def _look_at(self, where: str, row: SheetRow, cells: Mapping[str, str]) -> None:
        """Note what a spreadsheet made of a key: `00123` became `123`, `3-4` a day, `é` two signs."""
        found = cells.get("key")
        if found is not None and found != visible(row.shown).strip():
            self._result.changed.append(f"{where}: the spreadsheet made `{found}` of `{row.shown}`")

    def _name(self, where: str, table: SheetTable, row: SheetRow, wanted: str) -> str | None:
        """Return what was decided as the target spells it; None, with a problem, where it is no name."""
        if wanted.casefold() in _OK:
            if not row.proposal:
                self._problem(
                    where, f"`{wanted}`: there is no proposal for `{row.shown}` to agree with: write a name"
                )
                return None
            return row.proposal
        folded = {name.casefold(): name for name in table.choices}
        name = wanted if wanted in table.choices else folded.get(wanted.casefold())
        if name is not None or table.free:
            return name or wanted
        if wanted in REFUSING and row.table not in ("fields", "groups", "links"):
            return wanted
        mended = folded.get(fix_text(wanted).casefold())
        if mended is not None:
            self._problem(
                where,
                f"`{wanted}` reads like `{mended}` in another character set: save the file as CSV UTF-8",
            )
            return None
        like = near(wanted, table.choices, 0.5)
        hint = f": did you mean `{like}`?" if like else ""
        digits = (
            " (a spreadsheet made a number or a day of it?)"
            if wanted.replace(".", "").replace("-", "").isdigit() and not like
            else ""
        )
        self._problem(where, f"the target has no `{wanted}` for `{row.shown}`{hint}{digits}")
        return None

    def _write(self, where: str, row: SheetRow, name: str, because: str) -> bool:
        if row.table == "fields":
            return self._field(where, row, name, because)
        if row.table == "options":
            return self._option(where, row, name)
        if row.table == "groups":
            word, _, value = name.partition(": ")
            return self._entry(where, "groups", row.key, {word: value} if value else {"team": word})
        if row.table in _PLAIN:
            return self._plain(where, _PLAIN[row.table], row.key, name)
        if row.table == "brands":
            return self._plain(where, ("brands",), row.key, name, "label")
        return self._entry(where, row.table, row.key, {"default": name} if row.key == "none" else name)

    def _entry(self, where: str, section: str, key: str, data: str | dict[str, str]) -> bool:
        """Write an entry of a table: in its place where it has one of its own, else as a new line."""
        written = self._own_key(section, key)
        if written is None:
            if self._edit.has(section):
                return self._edit.add_key((section,), scalar(key), flow(data))
            self._new.setdefault(section, []).append(f"  {scalar(key)}: {flow(data)}")
            return True
        rule = getattr(self._setup.rules, section)[written]
        path: Path = (section, written)
        if isinstance(data, dict) and section == "groups":
            ((word, value),) = data.items()
            if self._edit.replace((*path, word), scalar(value)):
                return True
            return self._edit.add_key(path, word, scalar(value)) or self._refuse(where, path)
        if rule.plain is None and rule.to not in REFUSING:
            return self._refuse(where, path)
        name = data if isinstance(data, str) else next(iter(data.values()))
        for step in ("to", "default", "name"):
            if self._edit.replace((*path, step), scalar(name)):
                return True
        return self._edit.replace(path, flow(data)) or self._refuse(where, path)

    def _plain(self, where: str, table: Path, key: str, name: str, word: str = "") -> bool:
        """Write a value of a table that knows no conditions (`word`: the key that the value has in an entry), in its own line or a new one."""
        rules: Any = self._setup.rules.model_dump(by_alias=True, include={str(table[0])})
        for step in table:
            rules = (rules or {}).get(step)
        known: list[str] = list(rules or {})
        own = next((each for each in known if each.casefold() == key.casefold()), key)
        path: Path = (*table, own)
        if table == ("channel", "values") and self._setup.rules.channel is not None:
            choice = self._setup.rules.channel.values.get(own)
            if choice is not None and choice.plain is None and choice.to not in REFUSING:
                return self._refuse(where, path)
        if word and self._edit.has(*path):
            return self._edit.replace((*path, word), scalar(name)) or self._refuse(where, path)
        if self._edit.replace(path, scalar(name)):
            return True
        data = flow({word: name}) if word else scalar(name)
        if self._edit.has(*table):
            return self._edit.add_key(table, scalar(key), data)
        section = str(table[0])
        if len(table) > 1 and self._edit.has(section):
            return self._edit.add_key((section,), str(table[1]), flow({key: name}))
        lines = self._new.setdefault(section, [f"  {step}:" for step in table[1:]])
        lines.append(f"{'  ' * len(table)}{scalar(key)}: {data}")
        return True

    def _own_key(self, section: str, key: str) -> str | None:
        """Return the key of the file's own line for a name of the source; None where `"*"`, a category, or another file decides."""
        table = getattr(self._setup.rules, section)
        if section == "status":
            found = status_key(self._setup, key)
            bare = {key.casefold(), f"custom:{key.casefold()}", key.casefold().removeprefix("custom:")}
            found = found if found is not None and found.casefold() in bare else None
        else:
            found = next((each for each in table if each.casefold() == key.casefold()), None)
        return found if found is not None and self._edit.has(section, found) else None

    def _refuse(self, where: str, path: Path) -> bool:
        place = self._setup.mapping.at(*path)
        self._problem(where, f"a rule with conditions decides there: change it at {place}")
        return False

    def _field(self, where: str, row: SheetRow, name: str, because: str) -> bool:
        index = next(
            (number for number, rule in enumerate(self._setup.rules.fields) if row.key in rule.source), None
        )
        if name == "drop" and not because:
            self._problem(
                where,
                f"`drop` needs a reason in the column `because`: what is left out of `{row.key}` must be explained",
            )
            return False
        if index is not None:
            rule = self._setup.rules.fields[index]
            own = rule.drop and rule.when is None and rule.source == [row.key]
            if name == "drop" and own and self._edit.replace(("fields", index, "because"), scalar(because)):
                return True
            if (
                name == "drop"
                or self._setup.rules.fields[index].to is None
                or not self._edit.replace(("fields", index, "to"), scalar(name))
            ):
                self._problem(
                    where,
                    f"`{row.key}` has a rule of another kind: change it at {self._setup.mapping.at('fields', index)}",
                )
                return False
            return True
        data = (
            {"from": row.key, "drop": "true", "because": because}
            if name == "drop"
            else {"from": row.key, "to": name}
        )
        line = f"- {flow(data)}"
        rest = next(
            (number for number, rule in enumerate(self._setup.rules.fields) if rule.rest is not None), None
        )
        at = self._edit.line_of("fields", rest) if rest is not None else None
        if at is not None:
            self._edit.insert_above(at, line)
        elif self._edit.has("fields"):
            return self._edit.below(("fields",), f"  {line}")
        else:
            self._new.setdefault("+fields" if self._setup.rules.fields else "fields", []).append(f"  {line}")
        return True

    def _option(self, where: str, row: SheetRow, name: str) -> bool:
        index = next(
            (
                number
                for number, rule in enumerate(self._setup.rules.fields)
                if rule.source == [row.field] and rule.to
            ),
            None,
        )
        if index is None:
            self._problem(where, f"`{row.field}` has no rule any more: export the table again")
            return False
        values = self._setup.rules.fields[index].values
        path: Path = ("fields", index, "values")
        shown = row.name.casefold()
        key = next((each for each in values if each.casefold() in (row.key.casefold(), shown)), None)
        if key is not None and self._edit.replace((*path, key), scalar(name)):
            return True
        if self._edit.has(*path):
            return self._edit.add_key(path, scalar(row.key), scalar(name))
        place = self._setup.mapping.at("fields", index)
        self._problem(where, f"the rule of `{row.field}` has no `values` in this file: add them at {place}")
        return False

    def _problem(self, where: str, message: str) -> None:
        self._result.problems.append(f"{where}: {message}")
