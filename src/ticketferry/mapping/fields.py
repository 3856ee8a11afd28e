"""Rules for custom fields: from, to and their verbs; set, drop, rest, required."""

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeAlias

from ticketferry.mapping import expressions
from ticketferry.mapping.conditions import ALWAYS, text_of
from ticketferry.mapping.field_values import dates_and_number, short, written
from ticketferry.mapping.model import OWN, FieldRule, named_other
from ticketferry.mapping.new_keys import compile_keys
from ticketferry.mapping.patterns import PatternError, compile_pattern
from ticketferry.mapping.profile_fields import ProfileFields
from ticketferry.mapping.result import MapFate
from ticketferry.mapping.sections.part import REFUSING, REJECT
from ticketferry.mapping.transforms import MisfitError, is_empty, option_of
from ticketferry.mapping.value_tables import PATH, ValueTable
from ticketferry.mapping.work import SYSTEM_TARGETS, Rule, Setup, Work, keep, to
from ticketferry.schema.catalog import FieldDef
from ticketferry.schema.records import Record
from ticketferry.sdk.trace import join_path

__all__ = [
    "compile_fields",
]

_REFS = frozenset({"group", "organization", "requester", "submitter", "assignee"})
_Read: TypeAlias = Callable[[Work], Any]
_EMPTY: dict[str, Any] = {
    **dict.fromkeys(("number", "url", "subject", "stage", "status", "resolution", "priority", "type", "form", "channel", "brand",
                     "external_id", "created", "updated", "solved", "due", "handled_by", "project", "security"), ""),
    **{key: [] for key in ("tags", "sla", "links", "comments", "attachments", "events", "followers", "ccs", "components", "worklogs")},
    "fields": {}, "satisfaction": {"score": "", "comment": "", "reason": ""},
}  # fmt: skip


class _Refused(Exception):  # never leaves this module  # noqa: N818 -- control flow, never seen by a user
    pass


def compile_fields(setup: Setup) -> list[Rule]:
    """Compile the field rules in the order of the file, then the requirements."""
    rest = next(((index, rule) for index, rule in enumerate(setup.rules.fields) if rule.rest), None)
    if rest is None:
        by = "fields: no rule"
        setup.fates["ticket[].fields"] = keep(by)
    else:
        by = _by(setup, rest[1], rest[0], "rest")
        setup.fates["ticket[].fields"] = (
            MapFate("drop", "", False, by) if rest[1].rest == "drop" else keep(by)
        )
    rules: list[Rule] = []
    if setup.any and (rest is None or rest[1].rest == "same_name"):
        rules.append(_carry_rest(setup))
    elif rest is not None and rest[1].rest == "same_name":
        rules.append(_carry_known(setup, by))
    if rest is not None and rest[1].rest in REFUSING:
        rules.append(_refuse_rest(setup, by, "F109" if rest[1].rest == REJECT else "F101"))
    for index, rule in enumerate(setup.rules.fields):
        if rule.set:
            rules.append(_set(setup, rule, index))
        elif rule.to is not None:
            rules.append(_move(setup, rule, rule.to, index))
    rules.extend([*dates_and_number(setup), *compile_keys(setup)])
    rules.extend(
        _required(setup, rule, rule.to, index)
        for index, rule in enumerate(setup.rules.fields)
        if rule.required is not None and rule.to is not None
    )
    return rules


def _named(setup: Setup) -> frozenset[str]:
    return frozenset(
        name.removeprefix("fields.")
        for rule in setup.rules.fields
        for name in rule.source
        if name.startswith("fields.")
    )


def _carry_rest(setup: Setup) -> Rule:
    """Carry fields that no rule names under the names that people know them by; a key may be no more than a number."""
    named = _named(setup)
    rows = [row for row in setup.source.get("fields", ()) if row.get("of", "ticket") == "ticket"]
    count = Counter(row["name"] for row in rows)
    keys = {row["key"] for row in rows}
    shown = {
        row["key"]: row["name"]
        for row in rows
        if count[row["name"]] == 1 and (row["name"] == row["key"] or row["name"] not in keys)
    }

    def apply(work: Work) -> None:
        for key, value in (work.case.get("fields") or {}).items():
            if key not in named and not is_empty(value):
                leaf = join_path("fields", key)
                work.fate(leaf, to(work.put(shown.get(key, key), value, "same name", leaf), "same name"))

    return apply


def _carry_known(setup: Setup, by: str) -> Rule:
    """Carry fields that no rule names to the target's field of the same name; what it lacks is kept beside."""
    named = _named(setup)
    shown = {
        row["key"]: row["name"]
        for row in setup.source.get("fields", ())
        if row.get("of", "ticket") == "ticket"
    }

    def apply(work: Work) -> None:
        for key, value in (work.case.get("fields") or {}).items():
            definition = setup.target_fields.get(shown.get(key, key).casefold())
            if key in named or is_empty(value) or definition is None:
                continue
            new = _same_option(setup, definition, key, value)
            leaf = join_path("fields", key)
            place = work.put(definition["name"], new, by, leaf)
            work.fate(leaf, to(place, by, transformed=new != value))

    return apply


def _same_option(setup: Setup, definition: FieldDef, key: str, value: Any) -> Any:
    """Return a choice by its name in the target, where another value may stand for it."""
    if isinstance(value, list):
        return [_same_option(setup, definition, key, item) for item in value]
    if not isinstance(value, str) or not definition.get("options"):
        return value
    return option_of(definition, setup.shown(key, value)) or value


def _refuse_rest(setup: Setup, by: str, code: str) -> Rule:
    named = _named(setup)

    def apply(work: Work) -> None:
        for key, value in (work.case.get("fields") or {}).items():
            if key not in named and not is_empty(value):
                work.refuse(
                    code,
                    by,
                    f"no rule names the field `{key}`",
                    f"Add {{from: fields.{key}, …}} to fields.",
                )

    return apply


def _reader(setup: Setup, name: str) -> tuple[_Read, str]:
    """Read a source field of a case; returns the reader and the leaf's path in the ticket."""
    if name.startswith("fields."):
        key = name.removeprefix("fields.")
        return (lambda work: (work.case.get("fields") or {}).get(key)), join_path("fields", key)
    other = named_other(name)
    if other is not None:
        return _other_reader(setup, *other), ""
    steps = OWN[name]
    if steps[0] in _REFS:
        return (lambda work: _name_of(setup, work.case.get(steps[0]))), steps[0]
    if len(steps) == 2:
        return (lambda work: (work.case.get(steps[0]) or {}).get(steps[1])), ".".join(steps)
    return (lambda work: work.case.get(steps[0])), steps[0]


def _other_reader(setup: Setup, who: str, what: str) -> _Read:
    """Read a value of somebody whom a ticket names, without what is dropped of them; it is theirs and no leaf of the ticket."""
    profiles = ProfileFields(setup, "organization" if who == "organization" else "person")
    key = what.removeprefix("fields.")

    def read(work: Work) -> Any:
        ref = work.case.get(who)
        record = setup.lookups.record(ref) if ref else None
        if record is None:
            return None
        if key == what:
            return record.get(what)
        value = (profiles.left(record)[0].get("fields") or {}).get(key)
        return profiles.shown(key, value)

    return read


def _name_of(setup: Setup, ref: str | None) -> str | None:
    if not ref:
        return None
    record = setup.lookups.record(ref)
    return None if record is None else record.get("name") or record.get("email")


def _kind(setup: Setup, rule: FieldRule, name: str) -> str | None:
    if rule.as_ is not None:
        return rule.as_
    definition = setup.target_fields.get(name.casefold())
    return definition["type"] if definition is not None and not setup.any else None


def _set(setup: Setup, rule: FieldRule, index: int) -> Rule:
    check = ALWAYS if rule.when is None else setup.condition(rule.when, ("fields", index, "when"))
    by = _by(setup, rule, index, "set")

    def apply(work: Work) -> None:
        if not check(work.subject):
            return
        for name, value in rule.set.items():
            if setup.makes_tags(name):
                work.tags.append(value)
                continue
            definition = setup.target_fields.get(name.casefold())
            try:
                kind = _kind(setup, rule, name)
                made = written(setup, work, by, name, value, kind, None if setup.any else definition, rule.tz)
                work.put(name, made, by)
            except MisfitError as error:
                work.findings.add("F102", by, f"{name}: {error}")

    return apply


def _by(setup: Setup, rule: FieldRule, index: int, label: str) -> str:
    by = setup.by(f"fields[{index}] {label}", "fields", index)
    return f"{by}: {rule.because}" if rule.because else by


def _move(setup: Setup, rule: FieldRule, name: str, index: int) -> Rule:
    check = ALWAYS if rule.when is None else setup.condition(rule.when, ("fields", index, "when"))
    by = _by(setup, rule, index, short(rule))
    sources = [(*_reader(setup, source), source) for source in rule.source]
    definition = None if setup.any else setup.target_fields.get(name.casefold())
    kind = _kind(setup, rule, name)
    tags = setup.makes_tags(name)
    value_of = _expression(setup, rule, by) if rule.expr is not None else _verbs(setup, rule, by)

    def moved(work: Work, place: str) -> None:
        """Note where the tags went of which a value was made; nowhere where it did not fit."""
        for tag in [tag for tag, to_where in work.moved_tags.items() if to_where is None]:
            if place:
                work.moved_tags[tag] = to(place, by, transformed=True)
            else:
                del work.moved_tags[tag]

    def apply(work: Work) -> None:
        if not check(work.subject):
            return
        values = [(leaf, read(work), source) for read, leaf, source in sources]
        raw = [(leaf, value) for leaf, value, _ in values if leaf and not is_empty(value)]
        try:
            value = value_of(work, [(source, value) for _, value, source in values if not is_empty(value)])
            if is_empty(value):
                if rule.missing is None:
                    return
                value = rule.missing.default
            if tags:
                _tagged(work, value, by, [leaf for leaf, _ in raw])
                moved(work, "tags")
                return
            value = written(setup, work, by, name, value, kind, definition, rule.tz)
        except MisfitError as error:
            work.findings.add("F102", by, f"{name}: {error}", "Add `values` for it, or another `as`.")
            moved(work, "")
            for leaf, _ in raw:
                work.fate(leaf, keep(by))
            return
        except _Refused:
            return
        place = work.put(name, value, by, *(leaf for leaf, _ in raw))
        moved(work, place)
        for leaf, before in raw:
            known = work.fates.get(f"{work.head}.{leaf}")
            if known is None or known.action != "to" or leaf.startswith("fields"):
                work.fate(leaf, to(place, by, transformed=value != before))

    return apply


def _tagged(work: Work, value: Any, by: str, leaves: list[str]) -> None:
    """Put the value, or each of several, on the ticket as a tag."""
    work.tags += [
        text_of(part) for part in (value if isinstance(value, list) else [value]) if not is_empty(part)
    ]
    for leaf in leaves:
        known = work.fates.get(f"{work.head}.{leaf}")
        if known is None or known.action != "to":
            work.fate(leaf, to("tags", by, transformed=True))


def _verbs(setup: Setup, rule: FieldRule, by: str) -> Callable[[Work, list[tuple[str, Any]]], Any]:
    table = ValueTable(setup, rule)
    pattern = None if rule.regex is None else compile_pattern(rule.regex.find)
    typed = rule.as_ or ("same" if setup.any else None)

    def one(work: Work, source: str, value: Any) -> Any:
        if table:
            return looked_up(work, source, value)
        key = source.removeprefix("fields.") if source.startswith("fields.") else ""
        shown = setup.shown(key, value) if key else text_of(value)
        if pattern is not None and rule.regex is not None:
            if not pattern.found(shown):
                return _missed(work, rule, by, source, value)
            try:
                return pattern.replace(shown, rule.regex.to)
            except PatternError as error:
                raise MisfitError(str(error)) from error
        if rule.split is not None:
            return [part.strip() for part in shown.split(rule.split) if part.strip()]
        if isinstance(value, bool | int | float) or (typed == "same" and not key):
            return value
        return value if typed == "same" else shown

    def looked_up(work: Work, source: str, value: Any) -> Any:
        new = table.find(source, value)
        if new is None and table.optional:
            return None
        if new is None or new in REFUSING:
            text = PATH.join(map(text_of, value)) if isinstance(value, list) else text_of(value)
            if new == REJECT:
                message = f"`{text}` of {source}: the mapping rejects such tickets"
                work.refuse("F109", by, message, "Give it a value where they shall go.")
                raise _Refused
            work.refuse("F101", by, f"`{text}` of {source} has no rule", f"Add `{text}: …` to values.")
            raise _Refused
        if source == "tags":
            work.moved_tags[str(value)] = None
        return new

    def value_of(work: Work, pairs: list[tuple[str, Any]]) -> Any:
        done: list[Any] = []
        for source, value in pairs:
            whole: Any = value
            if table and rule.split is not None and not table.whole and isinstance(value, str):
                whole = [part.strip() for part in value.split(rule.split) if part.strip()]
            if isinstance(whole, list) and not table.whole:
                parts = [one(work, source, part) for part in whole]
                done.append([part for part in parts if not is_empty(part)])
            else:
                done.append(one(work, source, whole))
        if rule.join is not None:
            flat = [part for item in done for part in (item if isinstance(item, list) else [item])]
            return rule.join.join(text_of(part) for part in flat if not is_empty(part))
        return done[0] if done else None

    return value_of


def _missed(work: Work, rule: FieldRule, by: str, source: str, value: Any) -> Any:
    if rule.on_miss in REFUSING:
        work.refuse(
            "F109" if rule.on_miss == REJECT else "F101",
            by,
            f"`{text_of(value)[:80]}` of {source} does not fit the pattern",
            "Change `regex`, or `on_miss`.",
        )
        raise _Refused
    if rule.on_miss == "provenance":
        raise MisfitError("a value does not fit the pattern")
    work.findings.add("F210", by, f"a value of {source} does not fit the pattern and is as it was")
    return value


def _expression(setup: Setup, rule: FieldRule, by: str) -> Callable[[Work, list[tuple[str, Any]]], Any]:
    source = rule.expr or ""
    template = expressions.compile_template(source)
    names = {name.split(".", 1)[0] for name in expressions.names_in(source)}

    def value_of(work: Work, _found: list[tuple[str, Any]]) -> Any:
        values: dict[str, Any] = {
            key: work.case.get(key, _EMPTY.get(key)) for key in names if key in _EMPTY or key in work.case
        }
        for key in names & _REFS:
            record: Record = setup.lookups.record(work.case[key]) or {} if work.case.get(key) else {}
            values[key] = {"name": "", "email": ""} | record
        try:
            return expressions.render(template, values).strip()
        except expressions.ExpressionError as error:
            work.findings.add("F104", by, f"the expression failed: {error}")
            raise _Refused from error

    return value_of


def _required(setup: Setup, rule: FieldRule, name: str, index: int) -> Rule:
    assert rule.required is not None
    check = setup.condition(rule.required.when, ("fields", index, "required", "when"))
    where = setup.mapping.at("fields", index)
    spelt = setup.spelt(name)

    def apply(work: Work) -> None:
        own = work.desired.get(SYSTEM_TARGETS.get(name.casefold(), ""))
        if is_empty((work.desired.get("fields") or {}).get(spelt, own)) and check(work.subject):
            work.refuse(
                "F103",
                where,
                f"required field `{spelt}` is empty",
                "Add `missing: {default: …}`, or fill it in the old desk.",
            )

    return apply
