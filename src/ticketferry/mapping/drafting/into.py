"""A draft added to a mapping that is there: what is not decided gets a line, what vanished a mark, and nothing else changes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ticketferry.mapping.choices import key_of, status_key
from ticketferry.mapping.condition_lint import asks
from ticketferry.mapping.drafting.document import Draft
from ticketferry.mapping.drafting.entries import DraftEntry, DraftSection, comment, flow, scalar
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.loader_checks import conditions_of
from ticketferry.mapping.work import Setup
from ticketferry.mapping.yaml_edit import YamlEdit
from ticketferry.sdk.contract import Finding

__all__ = ["Added", "add_into"]

_TABLES = ("priority", "type", "form")
_GONE = frozenset({"S205", "S206", "S214"})
"""Codes of names that one of the desks does not have (any more)."""


@dataclass(frozen=True, slots=True)
class Added:
    """The mapping with what was added. `decided`: lines for what had no decision; `proposed`: proposals as comments; `gone`: marks."""

    text: str
    decided: int = 0
    proposed: int = 0
    gone: int = 0


def add_into(text: str, setup: Setup, draft: Draft, findings: Iterable[Finding]) -> Added:
    """Add to the text of a mapping, which is the main file of `setup.mapping`; every line of it stays as it is.

    Statuses, priorities, types, forms and options without a decision get one. Proposals for fields, routes, groups and brands that the mapping
    does not name are added as comments: that nothing names them may be what somebody wants. `findings`: those of `lint`; names that a desk does
    not have are marked above their line. Run twice, nothing more is added.
    """
    edit = YamlEdit(text)
    adding = _Adding(edit, setup)
    for section in draft.sections:
        adding.section(section)
    gone = _mark(edit, setup.mapping, findings)
    return Added(edit.result(), adding.decided, adding.proposed, gone)


class _Adding:
    def __init__(self, edit: YamlEdit, setup: Setup) -> None:
        self._edit, self._setup = edit, setup
        self._rules = setup.rules
        self._written = {rule.to.casefold() for rule in setup.rules.fields if rule.to}
        self._asked = {
            (each.key, str(each.value).casefold()) for path, condition, _ in conditions_of(setup.rules)
            if path[0] == "route" for each in asks(condition, path) if each.value is not None
        }  # fmt: skip
        self.decided = self.proposed = 0

    def section(self, section: DraftSection) -> None:
        """Add what a section of the draft has and the mapping lacks."""
        key = section.key
        if key == "status" or key in _TABLES:
            self._table(key, [entry for entry in section.entries if not self._is_decided(entry)])
        elif key in ("groups", "brands"):
            table = getattr(self._rules, key)
            known = {name.casefold() for name in table}
            if "*" not in known:
                self._comments(key, [entry for entry in section.entries if entry.key.casefold() not in known])
        elif key == "fields":
            self._fields(section.entries)
        elif key == "route":
            last = next((entry for entry in section.entries if entry.key == "always"), None)
            if not self._rules.route and last is not None:
                self._edit.append(
                    "\n".join(
                        [
                            "",
                            "route:",
                            *(f"  - {flow(entry.data)}" for entry in section.entries if not entry.off),
                            "",
                        ]
                    )
                )
                self.decided += 1
            else:
                self._comments(key, [entry for entry in section.entries if self._is_new_route(entry)])

    def _is_decided(self, entry: DraftEntry) -> bool:
        if entry.section == "status":
            return status_key(self._setup, entry.key) is not None
        table = getattr(self._rules, entry.section)
        if entry.off or not table or (entry.key == "none" and "none" in table):
            return True  # without a table every name stays as it is
        return key_of(table, entry.key) is not None

    def _table(self, key: str, entries: Sequence[DraftEntry]) -> None:
        if not entries:
            return
        if self._edit.has(key):
            for entry in entries:
                if self._edit.add_key((key,), scalar(entry.key), flow(entry.data), comment(entry.words)):
                    self.decided += 1
            return
        lines = [f"  {scalar(entry.key)}: {flow(entry.data)}  # {comment(entry.words)}" for entry in entries]
        self._edit.append("\n".join(["", f"{key}:", *lines, ""]))
        self.decided += len(entries)

    def _fields(self, entries: Sequence[DraftEntry]) -> None:
        named = {name: index for index, rule in enumerate(self._rules.fields) for name in rule.source}
        new = []
        for entry in entries:
            index = named.get(entry.key)
            if index is not None:
                self._options(index, entry)
            elif (
                entry.data is not None
                and not entry.off
                and str(entry.data["to"]).casefold() not in self._written
            ):
                new.append(entry)
        self._comments("fields", new)

    def _options(self, index: int, entry: DraftEntry) -> None:
        values = self._rules.fields[index].values
        if not values or "*" in values:
            return
        known = {value.casefold() for value in values}
        for option in entry.options:
            shown = {option.key.casefold(), option.name.casefold()} - {""}
            if not shown & known and not option.off:
                path = ("fields", index, "values")
                # A rule of another file, or a table of values in one: it stays for `mapping check` to tell of.
                if self._edit.has(*path) and self._edit.add_key(
                    path, scalar(option.key), flow(option.data), comment(option.words)
                ):
                    self.decided += 1

    def _is_new_route(self, entry: DraftEntry) -> bool:
        if entry.key == "always" or entry.off:
            return False
        key, _, name = entry.key.partition(": ")
        return (key, name.casefold()) not in self._asked

    def _comments(self, key: str, entries: Sequence[DraftEntry]) -> None:
        """Add proposals as comments below a section, or at the end of the file."""
        lines = []
        for entry in entries:
            shown = (
                f"- {flow(entry.data)}"
                if key in ("fields", "route")
                else f"{scalar(entry.key)}: {flow(entry.data)}"
            )
            if (
                self._edit.says(f"# {shown}  # {comment(entry.words)}")
                or self._edit.says(f"# {shown}")
                or entry.off
            ):
                continue
            lines.append(f"  # {shown}  # {comment(entry.words)}")
        if not lines:
            return
        self.proposed += len(lines)
        if self._edit.has(key):
            self._edit.below((key,), "\n".join(lines))
        else:
            self._edit.append("\n".join(["", f"# {key}:", *lines, ""]))


def _mark(edit: YamlEdit, mapping: MappingFile, findings: Iterable[Finding]) -> int:
    marked = 0
    for finding in findings:
        parts = finding.where.rsplit(":", 2)
        if (
            finding.code not in _GONE
            or len(parts) != 3
            or parts[0] != mapping.document.name
            or not parts[1].isdigit()
        ):
            continue
        before = edit.edits
        edit.insert_above(int(parts[1]) - 1, f"# gone? {comment(finding.message)}")
        marked += edit.edits - before
    return marked
