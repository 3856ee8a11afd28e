"""Whether statuses still mean what they meant, and which options cannot be told apart any more."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ticketferry.mapping.choices import status_key
from ticketferry.mapping.definitions import UNDECIDED
from ticketferry.mapping.drafting.meaning import told_stage
from ticketferry.mapping.model import FieldRule
from ticketferry.mapping.name_checker import NameChecker, listed
from ticketferry.mapping.sections.part import REFUSING
from ticketferry.mapping.value_tables import ValueTable, over_paths
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.lifecycle import EXITS

__all__ = ["lint_meaning", "meaning_lost", "options_that_fall_together"]

_MEANINGS: Mapping[str, str] = {
    "new": "nobody has begun", "assigned": "somebody works on it", "in_progress": "somebody works on it",
    "pending_customer": "waits for the customer", "on_hold": "waits for somebody else", "resolved": "is done", "closed": "is done",
}  # fmt: skip
"""Stage -> what a status of it says to agents and key figures."""
_DONE = "is done"
_SHOWN = 6
_WAITS = frozenset({"pending_customer", "on_hold"})


def lint_meaning(check: NameChecker) -> None:
    """Complain of statuses that become ones of another meaning."""
    if check.any:
        return
    meanings, own = _meanings(check.target), _meanings(check.source)
    for row in check.source.get("statuses", ()):
        mine = own.get(row["name"].casefold())
        key = status_key(check.setup, row["name"]) if row.get("stage") not in EXITS else None
        if mine is None or key is None or not row.get("active", True):
            continue
        if check.affected is not None and check.affected.named("status", row["name"]) == 0:
            continue
        rule = check.rules.status[key]
        for name in rule.names():
            theirs = meanings.get(name.casefold())
            if theirs is None or theirs == mine or not _matters(mine, theirs):
                continue
            tickets = check.tickets_of("status", row["name"])
            check.say(
                "S223", ("status", key), f"`{row['name']}` ({mine}) becomes `{name}` ({theirs}){tickets}: key figures and queues count it otherwise",
                "Map it to a status that means the same, or make one in the target; leave it where that is decided.",
            )  # fmt: skip


def _matters(mine: str, theirs: str) -> bool:
    """New tickets that count as begun, and the reverse, are told where they fall together."""
    return _DONE in (mine, theirs) or "waits" in mine or "waits" in theirs


def _meanings(catalog: Catalog) -> dict[str, str]:
    """Return status (small letters) -> its meaning, where the desk tells it.

    A desk that knows no more than open, begun and done (Jira) has it from the status's name; where that says nothing, nothing is known of one
    that is not done.
    """
    rows = [row for row in catalog.get("statuses", ()) if row.get("active", True)]
    tells = any(row["stage"] in _WAITS for row in rows)
    meanings: dict[str, str] = {}
    for row in rows:
        stage = row["stage"]
        if not tells and _MEANINGS.get(stage) != _DONE:
            told = told_stage(row["name"])
            stage = told if told in _WAITS else ""
        if stage in _MEANINGS:
            meanings[row["name"].casefold()] = _MEANINGS[stage]
    return meanings


def meaning_lost(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return, behind a list of statuses that fall together, which meanings cannot be told apart any more; empty where all mean the same."""
    meanings = list(dict.fromkeys(_MEANINGS[row["stage"]] for row in rows if row.get("stage") in _MEANINGS))
    if len(meanings) < 2:
        return ""
    return f": nobody can tell any more which of them said {', '.join(f'`{each}`' for each in meanings[:-1])} and which `{meanings[-1]}`"


def options_that_fall_together(check: NameChecker, index: int, rule: FieldRule) -> None:
    """Tell of options of a source's field that become one in the target."""
    if over_paths(rule):
        return
    table = ValueTable(check.setup, rule)
    for source in rule.source:
        falls: dict[str, list[str]] = {}
        for option, shown in check.setup.option_names.get(source.removeprefix("fields."), {}).items():
            name = table.find("", option) or table.find("", shown)
            if name not in (None, *REFUSING, UNDECIDED):
                falls.setdefault(str(name), []).append(option)
        for name, options in falls.items():
            if len(options) > 1:
                check.info(("fields", index, "values"), _fallen(check, source, name, options))


def _fallen(check: NameChecker, source: str, name: str, options: Sequence[str]) -> str:
    several = (
        f"{listed(list(options))} of {source}"
        if len(options) <= _SHOWN
        else f"{len(options)} options of {source}"
    )
    return f"{several} fall together in `{name}`{check.tickets_with(source, *options)}"
