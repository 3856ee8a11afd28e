"""What the conditions of a mapping ask for, held against what the source defines and against its tickets."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, get_args

import orjson

from ticketferry.mapping.codes import CODES
from ticketferry.mapping.collisions import collisions
from ticketferry.mapping.condition_values import NameSource, Subject, accessor
from ticketferry.mapping.conditions import Check, compile_condition, text_of
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.loader_checks import choices_of, conditions_of
from ticketferry.mapping.near import near
from ticketferry.mapping.work import Setup
from ticketferry.mapping.yaml_document import Path
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.lifecycle import Stage
from ticketferry.schema.records import Record
from ticketferry.schema.tickets import HandledBy
from ticketferry.sdk.contract import Finding, Severity

__all__ = [
    "ConditionCount",
    "ConditionTally",
    "ConditionValue",
    "asks",
    "lint_choices",
    "lint_conditions",
    "taken",
]

_FIRST = ("clean", "route", "phases")
"""Sections whose first rule that matches decides."""
_MOST_VALUES = 100_000
_WORDS = frozenset({"present", "absent"})


class ConditionValue(NamedTuple):
    """One value that a condition asks for. `key`: the field; `value` None: the field alone."""

    path: Path
    key: str
    value: str | None


class ConditionCount(NamedTuple):
    """How many tickets of the source a condition holds for now. `reached`: those that no rule before it takes (None: order does not
    matter there); `total`: all tickets that the section is asked about.
    """

    path: Path
    where: str
    takes: int
    reached: int | None
    total: int


def asks(condition: Any, path: Path) -> Iterator[ConditionValue]:
    """Yield every field and plain value of a condition as written."""
    if not isinstance(condition, dict):
        return
    for key, item in condition.items():
        here = (*path, key)
        if key in ("all", "any") and isinstance(item, list):
            for index, each in enumerate(item):
                yield from asks(each, (*here, index))
        elif key == "not":
            yield from asks(item, here)
        else:
            name, _, suffix = key.rpartition("_")
            if suffix in ("before", "after") and name:
                yield ConditionValue(here, name, None)
                continue
            yield ConditionValue(here, key, None)
            yield from _values(key, item, here)


def _values(key: str, item: Any, path: Path) -> Iterator[ConditionValue]:
    if isinstance(item, list):
        for index, each in enumerate(item):
            if isinstance(each, str):
                yield ConditionValue((*path, index), key, each)
    elif isinstance(item, dict):
        if "not" in item:
            yield from _values(key, item["not"], (*path, "not"))
    elif isinstance(item, str) and item not in _WORDS and not item.startswith(("<", ">", "=", "!")):
        yield ConditionValue(path, key, item)


# ---- against the catalog


def lint_conditions(mapping: MappingFile, source: Catalog) -> Iterator[Finding]:
    """Yield what conditions ask for and the source does not define."""
    known = _defined(source)
    fields = {row["key"]: row for row in source.get("fields", ()) if row.get("of", "ticket") == "ticket"}
    for path, condition, kind in conditions_of(mapping.rules):
        for each in asks(condition, path) if kind == "ticket" else ():
            if each.key.startswith("fields."):
                key = each.key.removeprefix("fields.")
                if each.value is None and fields and key not in fields:
                    yield _unknown(mapping, each, "field", key, list(fields))
                names = _options(fields.get(key))
            else:
                names = known.get(each.key, [])
            if (
                each.value is not None
                and names
                and each.value.casefold() not in {name.casefold() for name in names}
            ):
                yield _unknown(mapping, each, each.key, each.value, names)


def lint_choices(mapping: MappingFile, source: Catalog) -> Iterator[Finding]:
    """Yield keys of `values` that no option of the field has, and choices that tell what another rule drops."""
    fields: dict[str, Mapping[str, Any]] = {
        row["key"]: row for row in source.get("fields", ()) if row.get("of", "ticket") == "ticket"
    }
    dropped = {
        name: index
        for index, rule in enumerate(mapping.rules.fields)
        if rule.drop and rule.when in (None, "always")
        for name in rule.source
    }
    tables: list[tuple[Path, list[str], Mapping[str, str]]] = [
        (("fields", index, "values"), rule.source, rule.values)
        for index, rule in enumerate(mapping.rules.fields)
    ]
    for path, choice in choices_of(mapping.rules):
        if choice.by is None:
            continue
        tables.append(((*path, "values"), [choice.by], choice.values))
        if choice.by in dropped:
            where = mapping.at("fields", dropped[choice.by])
            message = f"the choice tells of `{choice.by}`, which fields[{dropped[choice.by]}] ({where}) drops"
            remedy = "Choose by another field where nothing may tell of it."
            yield Finding("S218", CODES["S218"][0], None, mapping.at(*path, "by"), message, remedy)
    for path, names, values in tables:
        options = [
            name
            for key in names
            for option in fields.get(key.removeprefix("fields."), {}).get("options", ())
            if key.startswith("fields.")
            for name in (option["value"], option["name"], *_paths(option))
        ]
        known = {name.casefold() for name in options}
        for value in values if options else ():
            if value != "*" and value.casefold() not in known:
                like = near(value, options)
                hint = f": did you mean `{like}`?" if like else ""
                message = f"{' and '.join(names)} has no option `{value}`{hint}"
                yield Finding("S206", CODES["S206"][0], None, mapping.at(*path, value), message)


def _paths(option: Mapping[str, Any]) -> Iterator[str]:
    """Yield the path of an option, and those of the levels above it: an entry of the table may stand for all below."""
    path = f"{option['parent']}::{option['name']}" if option.get("parent") else str(option["name"])
    while "::" in path:
        yield path
        path = path.rpartition("::")[0]
    yield path


def _defined(source: Catalog) -> dict[str, list[str]]:
    projects = source.get("projects", ())
    types = [*source.get("types", ()), *(row for project in projects for row in project.get("types", ()))]
    named: Mapping[str, Iterable[Mapping[str, Any]]] = {
        "status": source.get("statuses", ()), "priority": source.get("priorities", ()), "type": types,
        "form": source.get("forms", ()), "brand": source.get("brands", ()), "group": source.get("groups", ()),
        "resolution": source.get("resolutions", ()),
        "security": [row for project in projects for row in project.get("security", ())],
        "components": [row for project in projects for row in project.get("components", ())],
    }  # fmt: skip
    names = {key: list(dict.fromkeys(row["name"] for row in rows)) for key, rows in named.items()}
    if names["status"]:
        names["status"] += [stage.value for stage in Stage]
    names["project"] = [row["key"] for row in projects]
    names["stage"] = [stage.value for stage in Stage]
    names["handled_by"] = list(get_args(HandledBy))
    names["public"] = ["true", "false"]
    return names


def _options(definition: Mapping[str, Any] | None) -> list[str]:
    if definition is None:
        return []
    if definition["type"] == "checkbox":
        return ["true", "false"]
    return [option["value"] for option in definition.get("options", ())]


def _unknown(
    mapping: MappingFile, each: ConditionValue, what: str, name: str, names: list[str], *, seen: bool = False
) -> Finding:
    like = near(name, names)
    hint = f": did you mean `{like}`?" if like else ""
    if not like and len(names) <= 12:
        hint = ": it has " + ", ".join(f"`{one}`" for one in sorted(names)) if names else ""
    problem = (
        f"no ticket of the source has the {what} `{name}`" if seen else f"the source has no {what} `{name}`"
    )
    weight = _weight(mapping, each.path, like=bool(like), seen=seen)
    remedy = "Correct the name: a condition on a name that nobody has holds for no ticket."
    return Finding("S214", weight, None, mapping.at(*each.path), f"{problem}{hint}", remedy)


def _weight(mapping: MappingFile, path: Path, *, like: bool, seen: bool) -> Severity:
    """A name that may be a typing error stops where it would leave a ticket behind, or show it to more people."""
    rules = mapping.rules
    if path[0] == "clean":
        rule = rules.clean[int(path[1])]
        if rule.unused == "ok" and seen:
            return Severity.DOUBT
        return (
            Severity.BLOCKER
            if rule.do == "keep" or rule.redact is not None or like or not seen
            else Severity.DOUBT
        )
    if path[0] == "route" and rules.route[int(path[1])].security:
        return Severity.BLOCKER if like or not seen else Severity.DOUBT
    return Severity.BLOCKER if like and not seen else Severity.DOUBT


# ---- against the tickets


class ConditionTally:
    """Asks every condition of tickets one by one (`ask`), and tells of all answers together (`result`)."""

    def __init__(self, setup: Setup, lookups: NameSource, now: datetime) -> None:
        self._mapping = mapping = setup.mapping
        self._lookups = lookups
        listed = {f"fields.{row['key']}" for row in setup.source.get("fields", ()) if _options(row)}
        self._rules: list[tuple[Path, Check]] = []
        self._asked: dict[str, list[ConditionValue]] = {}
        for path, condition, kind in conditions_of(mapping.rules):
            if kind != "ticket":
                continue
            self._rules.append((path, compile_condition(condition, now, lambda *_: None, path)))
            for each in asks(condition, path):
                checkable = (
                    each.key in _SEEN
                    or each.key.partition(".")[0] in _NAMED
                    or (each.key.startswith("fields.") and each.key not in listed)
                )
                if each.value is not None and checkable:
                    self._asked.setdefault(each.key, []).append(each)
        self._readers = {key: accessor(key, lambda *_: None, ()) for key in self._asked}
        self._meetings = [
            (collision, _both(collision.conditions, now))
            for collision in collisions(setup)
            if not collision.sure
        ]

    @property
    def questions(self) -> list[Any]:
        """Return all that a ticket is asked, as plain data: another mapping that asks the same gets the same answers."""
        conditions = [
            [list(path), condition]
            for path, condition, kind in conditions_of(self._mapping.rules)
            if kind == "ticket"
        ]
        return [
            conditions,
            [list(collision.conditions) for collision, _ in self._meetings],
            sorted(self._asked),
        ]

    def ask(self, record: Record) -> str:
        """Return what one ticket answers: numbers of the conditions that hold, of the pairs that meet, and values of the fields
        that conditions ask for, as JSON.
        """
        subject = Subject(record, self._lookups)
        holding = [number for number, (_, check) in enumerate(self._rules) if check(subject)]
        met = [
            number
            for number, (_, (one, other)) in enumerate(self._meetings)
            if one(subject) and other(subject)
        ]
        seen: dict[str, list[str]] = {}
        for key, reader in self._readers.items():
            value = reader(subject) if reader is not None else None
            if value is not None:
                seen[key] = [text_of(part) for part in (value if isinstance(value, list) else [value])]
        return orjson.dumps([holding, met, seen]).decode()

    def result(self, counts: Iterable[tuple[str, int]]) -> tuple[list[ConditionCount], list[Finding]]:
        """Tell for how many tickets each condition holds, and find what takes none, or stands behind rules that take all.

        `counts`: answers with the number of tickets that gave them, in the order of the answers.
        """
        counting = _Counting(self._mapping, self._asked, [path for path, _ in self._rules])
        met: Counter[int] = Counter()
        for text, count in counts:
            holding, meeting, seen = orjson.loads(text)
            counting.count(holding, seen, count)
            for number in meeting:
                met[number] += count
        rows, findings = counting.result()
        for number, (collision, _) in enumerate(self._meetings):
            if met[number]:
                code = "S213" if collision.carries else "S211"
                message = f"{collision.message}; {met[number]:,} tickets fulfil both conditions now"
                where = self._mapping.at(*collision.path)
                findings.append(Finding(code, CODES[code][0], None, where, message, collision.remedy))
        return rows, findings


def taken(
    setup: Setup, records: Iterable[Record], lookups: NameSource, now: datetime
) -> tuple[list[ConditionCount], list[Finding]]:
    """Count for how many tickets each condition holds, and find what takes none, or stands behind rules that take all."""
    tally = ConditionTally(setup, lookups, now)
    return tally.result(sorted(Counter(map(tally.ask, records)).items()))


def _both(conditions: tuple[Any, Any], now: datetime) -> tuple[Check, Check]:
    one, other = (
        compile_condition("always" if each is None else each, now, lambda *_: None) for each in conditions
    )
    return one, other


class _Counting:
    def __init__(
        self, mapping: MappingFile, asked: Mapping[str, list[ConditionValue]], rules: list[Path]
    ) -> None:
        self._mapping = mapping
        self._asked = asked
        self._rules = rules
        self._seen: dict[str, dict[str, str]] = {key: {} for key in asked}
        self._takes: Counter[Path] = Counter()
        self._reached: Counter[Path] = Counter()
        self._total = 0

    def count(self, holding: list[int], values: Mapping[str, list[str]], count: int) -> None:
        self._total += count
        decided: set[str] = set()
        for number in holding:
            path = self._rules[number]
            self._takes[path] += count
            section = str(path[0])
            if section in _FIRST and section not in decided:
                self._reached[path] += count
                decided.add(section)
        for key, texts in values.items():
            seen = self._seen[key]
            if len(seen) < _MOST_VALUES:
                for text in texts:
                    seen.setdefault(text.casefold(), text)

    def result(self) -> tuple[list[ConditionCount], list[Finding]]:
        mapping = self._mapping
        rows: list[ConditionCount] = []
        findings: list[Finding] = []
        if not self._total:
            return rows, findings
        doubted: set[Path] = set()
        for key, several in self._asked.items():
            seen = self._seen[key]
            for each in several:
                value = str(each.value)
                if value.casefold() not in seen and len(seen) < _MOST_VALUES:
                    what = key.removeprefix("fields.") if key.startswith("fields.") else key
                    findings.append(_unknown(mapping, each, what, value, list(seen.values()), seen=True))
                    doubted.add(each.path[:2])
        for path in self._rules:
            first = self._reached[path] if path[0] in _FIRST else None
            row = ConditionCount(path, mapping.at(*path), self._takes[path], first, self._total)
            rows.append(row)
            if not row.takes and path[:2] not in doubted:
                findings.append(_told("S215", row, "the condition holds for no ticket of the source now"))
            elif first == 0 and row.takes:
                findings.append(
                    _told(
                        "S216",
                        row,
                        f"rules before it take all {row.takes:,} tickets that this one would take",
                    )
                )
        return rows, findings


_SEEN = frozenset({
    "tag", "tags", "channel", "organization", "requester", "assignee", "submitter", "external_id", "number",
})  # fmt: skip
"""Fields whose values no catalog lists: the tickets themselves tell which there are."""
_NAMED = frozenset({"requester", "assignee", "submitter", "organization", "satisfaction"})
"""Those of whom more can be asked (`requester.role`), likewise."""


def _told(code: str, row: ConditionCount, message: str) -> Finding:
    return Finding(
        code, CODES[code][0], None, row.where, message, "Correct the condition, or take the rule out."
    )
