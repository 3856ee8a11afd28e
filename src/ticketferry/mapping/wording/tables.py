"""Statuses, priorities, types, forms, routes, fields and cleaning in words, with their tickets."""

from collections import Counter
from collections.abc import Mapping

from ticketferry.mapping.choices import key_of, status_key
from ticketferry.mapping.drafting.use import UseCounts
from ticketferry.mapping.model import FieldRule
from ticketferry.mapping.wording.chapters import Chapter, WordTable, line_told, tickets_told
from ticketferry.mapping.wording.phrases import (
    choice_words,
    condition_words,
    leftover_words,
    plain_words,
    spelt_out,
    told,
)
from ticketferry.mapping.work import Setup
from ticketferry.mapping.yaml_document import Path

__all__ = [
    "Taken",
    "cleaning",
    "fields",
    "line_at",
    "name_table",
    "phases",
    "routes",
    "status_counts",
    "table_counts",
]

Taken = Mapping[Path, int]
"""Place of a condition -> tickets that its rule takes."""
_NUMBER = frozenset({1})


def status_counts(setup: Setup, use: UseCounts | None) -> Counter[str]:
    """Return key of `status` -> tickets whose status it decides; the empty key for those that none decides."""
    counts: Counter[str] = Counter()
    for name, tickets in (use.names.get("status", {}) if use is not None else {}).items():
        if name:
            counts[status_key(setup, name) or ""] += tickets
    return counts


def table_counts(setup: Setup, section: str, use: UseCounts | None) -> Counter[str]:
    """Return key of a plain table -> tickets that it decides; the empty key for those that none decides."""
    table = getattr(setup.rules, section)
    counts: Counter[str] = Counter()
    for name, tickets in (use.names.get(section, {}) if use is not None else {}).items():
        counts[key_of(table, name or None) or ""] += tickets
    return counts


def name_table(setup: Setup, section: str, use: UseCounts | None) -> Chapter | None:
    """Return a table of names: in the old desk, tickets, in the new desk."""
    table = getattr(setup.rules, section)
    if not table:
        return None
    counts = status_counts(setup, use) if section == "status" else table_counts(setup, section, use)
    resolved = any(getattr(rule, "resolution", None) is not None for rule in table.values())
    rows = []
    for key, rule in table.items():
        shown = {"*": "all others", "none": "(empty)"}.get(key, key.removeprefix("custom:"))
        row = [shown, tickets_told(counts[key] if use is not None else None), choice_words(rule)]
        if resolved:
            row[2] = (
                row[2].partition("; resolution: ")[0]
                if getattr(rule, "resolution", None) is not None
                else row[2]
            )
            row.append(choice_words(getattr(rule, "resolution", None)))
        rows.append((*row, line_at(setup, section, key)))
    columns = (
        "In the old desk",
        "Tickets",
        "In the new desk",
        *(("With the resolution",) if resolved else ()),
        "Line",
    )
    names = {"status": "Statuses", "priority": "Priorities", "type": "Types", "form": "Forms"}
    lead = f"What becomes of each {section} of the old desk."
    return Chapter(section, names[section], lead, (WordTable(columns, rows, names[section], _NUMBER),))


def routes(setup: Setup, taken: Taken) -> Chapter | None:
    """Return where tickets go."""
    if not setup.rules.route:
        return None
    rows = []
    known = {"when", "project", "issue_type", "request_type"}
    for index, rule in enumerate(setup.rules.route):
        more = "; ".join(leftover_words(rule, known))
        rows.append((
            condition_words(rule.when), tickets_told(taken.get(("route", index, "when"))), choice_words(rule.project),
            choice_words(rule.issue_type), choice_words(rule.request_type), more, line_at(setup, "route", index),
        ))  # fmt: skip
    columns = ("Tickets where", "Tickets", "Project", "Type", "Request type", "And", "Line")
    lead = (
        "The first line that fits a ticket decides. Tickets counts those that no line before it takes, among them those that were deleted"
        " or merged and do not move."
    )
    return Chapter("route", "Where tickets go", lead, (WordTable(columns, rows, "Routes", _NUMBER),))


def phases(setup: Setup, taken: Taken) -> Chapter | None:
    """Return in which order tickets move."""
    if not setup.rules.phases:
        return None
    rows = []
    for index, rule in enumerate(setup.rules.phases):
        more = "; ".join(leftover_words(rule, {"name", "where"}))
        count = tickets_told(taken.get(("phases", index, "where")))
        rows.append((rule.name, count, condition_words(rule.where), more, line_at(setup, "phases", index)))
    table = WordTable(("Phase", "Tickets", "Tickets where", "And", "Line"), rows, "Phases", _NUMBER)
    return Chapter(
        "phases",
        "In which order",
        "A ticket moves with the first phase whose condition it fulfils.",
        (table,),
    )


def cleaning(setup: Setup, taken: Taken) -> Chapter | None:
    """Return what stays behind and what is taken out."""
    if not setup.rules.clean:
        return None
    rows = []
    for index, rule in enumerate(setup.rules.clean):
        what = plain_words(rule.do) if rule.do else ""
        more = "; ".join(filter(None, (what, *leftover_words(rule, {"id", "when", "do", "because"}))))
        count = tickets_told(taken.get(("clean", index, "when")))
        rows.append(
            (
                rule.id,
                count,
                condition_words(rule.when),
                more,
                rule.because or "",
                line_at(setup, "clean", index),
            )
        )
    table = WordTable(
        ("Rule", "Tickets", "Tickets where", "What happens", "Because", "Line"), rows, "Cleaning", _NUMBER
    )
    return Chapter("clean", "What stays behind or is taken out", "Every rule names its reason.", (table,))


def fields(setup: Setup, use: UseCounts | None) -> Chapter | None:
    """Return what becomes of fields, with a table of choices for each field that has some."""
    if not setup.rules.fields:
        return None
    names = {
        f"fields.{row['key']}": row["name"] if row["name"] == row["key"] else f"{row['name']} ({row['key']})"
        for row in setup.source.get("fields", ())
        if row.get("of", "ticket") == "ticket"
    }
    rows, tables = [], []
    for index, rule in enumerate(setup.rules.fields):
        where = line_at(setup, "fields", index)
        sources = ", ".join(names.get(name, spelt_out(name)) for name in rule.source)
        count = (
            None
            if use is None or not rule.source
            else sum(use.fields[name.removeprefix("fields.")] for name in rule.source)
        )
        own = any(not name.startswith("fields.") for name in rule.source)
        target, how = _field_words(rule)
        rows.append(
            (
                sources or "(nothing)" if rule.rest is None else "all other fields",
                tickets_told(None if own else count),
                target,
                how,
                where,
            )
        )
        if rule.values:
            tables.append(_choices(setup, rule, sources, use))
    table = WordTable(
        ("In the old desk", "Tickets", "In the new desk", "How", "Line"), rows, "Fields", _NUMBER
    )
    lead = "Where each field goes. Tickets counts those that have a value; what no line names is under `all other fields`."
    return Chapter("fields", "Fields", lead, (table, *tables))


def _field_words(rule: FieldRule) -> tuple[str, str]:
    known = {"source", "to", "values", "set", "drop", "rest", "when", "because", "required", "missing"}
    how = ["" if rule.when in (None, "always") else f"only where {condition_words(rule.when)}"]
    how += leftover_words(rule, known)
    if rule.missing is not None:
        how.append(f"empty becomes {rule.missing.default}")
    if rule.required is not None:
        how.append(
            f"must not be empty{'' if rule.required.when == 'always' else f' where {condition_words(rule.required.when)}'}"
        )
    if rule.values:
        how.append("by the table of its choices")
    if rule.because:
        how.append(f"because {rule.because}")
    words = "; ".join(filter(None, how))
    if rule.drop:
        return "(left out)", words
    if rule.rest is not None:
        return f"({plain_words(rule.rest)})", words
    if rule.set:
        return "; ".join(f"{name} is always {value}" for name, value in rule.set.items()), words
    return told(rule.to), words


def _choices(setup: Setup, rule: FieldRule, sources: str, use: UseCounts | None) -> WordTable:
    key = rule.source[0].removeprefix("fields.") if rule.source else ""
    shown = setup.option_names.get(key, {})
    counts = use.options.get(key) if use is not None else None
    rows = []
    for value, name in rule.values.items():
        label = "all others" if value == "*" else shown.get(value, value)
        count = counts[value] if counts is not None and value != "*" else None
        both = f"{label} ({value})" if label not in (value, "all others") else label
        rows.append((both, tickets_told(count), told(name)))
    return WordTable(
        (sources or "Value", "Tickets", rule.to or "becomes"), rows, f"Choices of {sources}", _NUMBER
    )


def line_at(setup: Setup, *path: str | int) -> str:
    """Return the line on which something stands, as a cell."""
    return line_told(setup.mapping.at(*path), setup.mapping.document.name)
