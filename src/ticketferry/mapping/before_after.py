"""A record of the old desk beside what the mapping makes of it, value by value, each with the rule."""

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from ticketferry.mapping.conditions import text_of
from ticketferry.mapping.held import Shortfall
from ticketferry.mapping.loader import MappingFile
from ticketferry.mapping.model import Rules
from ticketferry.mapping.result import MapFate, Mapped, fate_of
from ticketferry.schema.records import Record
from ticketferry.sdk.contract import Outcome
from ticketferry.sdk.trace import join_path

__all__ = ["ComparedValue", "before_after", "placed"]

_PARTS = {"comments": "comment", "attachments": "attachment", "events": "event", "worklogs": "worklog"}
_REFS = frozenset(
    {"requester", "assignee", "submitter", "group", "organization", "followers", "ccs", "author"}
)
_OF_THE_ROUTE = frozenset({"project", "type", "form", "security", "components"})
_HIDDEN = frozenset({"ref", "native", "provenance", "side_conversations", *_PARTS})
_PLACE = re.compile(r"\S+:\d+:\d+$")
_NOWHERE = re.compile(r"\s\S+:1:1$")
_EMPTY: tuple[Any, ...] = (None, "", [], {})


class ComparedValue(NamedTuple):
    """One value. `kind`: `same`, `changed`, `new` (the old desk had none), `kept` beside the record, `dropped`; `rule`: with file:line:column
    where the mapping says it. Where the new desk will hold something else than the mapping asks (`after`), `held` says what, `held_because` why.
    """

    what: str
    before: str
    after: str
    kind: str
    rule: str
    held: str = ""
    held_because: str = ""


NOTHING = "nothing"
"""What is told of a value that the new desk will not hold at all."""


def before_after(
    record: Record,
    mapped: Mapped,
    mapping: MappingFile,
    called: Callable[[str], str],
    route: int | None = None,
    short: Mapping[str, Shortfall] = MappingProxyType({}),
) -> list[ComparedValue]:
    """Return every value of a record in the old desk and in the new one. `called`: ref -> what people are called; `route`: the number of the
    route that took the ticket; `short`: what the new desk will hold otherwise (`held.shortfalls`). Pure.
    """
    return list(_Comparing(record, mapped, mapping, called, route, short).rows())


class _Comparing:
    def __init__(
        self,
        record: Record,
        mapped: Mapped,
        mapping: MappingFile,
        called: Callable[[str], str],
        route: int | None,
        short: Mapping[str, Shortfall],
    ) -> None:
        self._short = short
        self._record, self._mapped, self._mapping, self._called, self._route = (
            record,
            mapped,
            mapping,
            called,
            route,
        )
        self._made: Record = mapped.record or {}
        kind, id_ = record["ref"].split(":", 2)[1:]
        self._head = f"{kind}[{id_}]"
        self._told: set[str] = set()

    def rows(self) -> Iterator[ComparedValue]:
        for key, value in self._record.items():
            if key in _HIDDEN or value in _EMPTY or (key == "stage" and self._record.get("status")):
                continue  # the stage is what the status means
            if key in ("fields", "satisfaction") and isinstance(value, Mapping):
                for name, each in value.items():
                    if each not in _EMPTY:
                        yield self._row(f"{key}.{name}", join_path(f"{self._head}.{key}", name), each)
            else:
                yield self._row(key, f"{self._head}.{key}", value)
        yield from self._parts()
        yield from self._new()

    def _row(self, what: str, path: str, value: Any) -> ComparedValue:
        fate = fate_of(self._mapped.fates, path)
        before = self._shown(what, value)
        if isinstance(value, list) and fate is not None:
            return self._list(what, path, value, fate)
        if fate is None or not self._made:
            return ComparedValue(what, before, "", "dropped" if not self._made else "kept", self._reason())
        if fate.action != "to" and what in _OF_THE_ROUTE and self._made.get(what):
            self._told.add(what)
            after = self._shown(what, self._made[what])
            row = ComparedValue(
                what, before, after, "same" if after == before else "changed", self._rule_of(what)
            )
            return self._as_held(row, what)
        rule = placed(self._mapping, fate.by)
        if fate.action == "to":
            self._told.add(fate.to)
            after = self._shown(fate.to, _at(self._made, fate.to))
            shown = after if fate.to.partition("[")[0] == what else f"{fate.to}: {after}"
            row = ComparedValue(
                what, before, shown, "same" if after == before and not fate.transformed else "changed", rule
            )
            return self._as_held(row, fate.to)
        return ComparedValue(what, before, "", "kept" if fate.action == "keep" else "dropped", rule)

    def _reason(self) -> str:
        """Say why nothing became of a value: of a rejected record the place that its finding names, else that of the rule."""
        reason = self._mapped.because or "no rule"
        if self._mapped.outcome is not Outcome.REJECT:
            return placed(self._mapping, reason)
        told = (item.where for item in self._mapped.findings if item.where and item.message in reason)
        return f"{reason} {next(told, '')}".rstrip()

    def _list(self, what: str, path: str, value: list[Any], fate: MapFate) -> ComparedValue:
        """Compare a list as a whole: its items may have fates of their own."""
        fates = [fate_of(self._mapped.fates, f"{path}[{number}]") or fate for number in range(len(value))]
        ends = {each.action for each in fates}
        rules = dict.fromkeys(placed(self._mapping, each.by) for each in fates)
        target = next((each.to for each in fates if each.action == "to"), what)
        self._told.add(target)
        before, after = (
            self._shown(what, value),
            self._shown(target, self._made.get(target) if "." not in target else _at(self._made, target)),
        )
        if "to" not in ends:
            return ComparedValue(what, before, "", "kept" if "keep" in ends else "dropped", "; ".join(rules))
        row = ComparedValue(what, before, after, "same" if before == after else "changed", "; ".join(rules))
        return self._as_held(row, target)

    def _as_held(self, row: ComparedValue, path: str) -> ComparedValue:
        """Add what the new desk will hold where it is something else."""
        short = self._short.get(path) or self._short.get(path.partition("[")[0].partition(".")[0])
        if short is None:
            return row
        because = f"{short.because} [{short.code}]" if short.code else short.because
        return row._replace(
            kind="changed" if row.kind == "same" else row.kind,
            held=self._shown(path, short.held) or NOTHING,
            held_because=because,
        )

    def _parts(self) -> Iterator[ComparedValue]:
        """Yield how many comments, files and events there are on either side, and which of the comments change."""
        for key, kind in _PARTS.items():
            parts = self._record.get(key) or []
            if not parts:
                continue
            made = self._made.get(key) or []
            self._told.add(key)
            rules: dict[str, None] = {}
            same = bool(self._made) and len(parts) == len(made)
            for part in parts:
                head = f"{kind}[{part['ref'].split(':', 2)[2]}]"
                for name in ("body", "public", "name", "ref"):
                    fate = fate_of(self._mapped.fates, f"{head}.{name}") if name in part else None
                    if fate is not None and (fate.transformed or fate.action != "to" or not same):
                        rules[placed(self._mapping, fate.by)] = None
                        same = same and not fate.transformed
            ends = {
                fate.action
                for part in parts
                if (fate := fate_of(self._mapped.fates, _ref_path(kind, part))) is not None
            }
            what_became = (
                "same"
                if same
                else "changed"
                if made or "to" in ends
                else "kept"
                if "keep" in ends
                else "dropped"
            )
            after = "" if what_became in ("kept", "dropped") else _counted(made)
            row = ComparedValue(key, _counted(parts), after, what_became, "; ".join(list(rules)[:3]))
            yield self._as_held(row, key) if after else row

    def _new(self) -> Iterator[ComparedValue]:
        """Yield what the new desk says and nothing of the old one became."""
        for key, value in self._made.items():
            if key in _HIDDEN or key in self._told or value in _EMPTY or key == "body":
                continue
            if key == "fields":
                for name, each in value.items():
                    if join_path("fields", name) not in self._told and each not in _EMPTY:
                        shown = self._shown(f"fields.{name}", each)
                        row = ComparedValue(f"fields.{name}", "", shown, "new", self._rule_of_field(name))
                        yield self._as_held(row, join_path("fields", name))
            else:
                row = ComparedValue(key, "", self._shown(key, value), "new", self._rule_of(key))
                yield self._as_held(row, key)

    def _rule_of(self, key: str) -> str:
        if made := self._mapped.made.get(key):
            return placed(self._mapping, made)
        if key in _OF_THE_ROUTE and self._route is not None:
            return f"route[{self._route}] {self._mapping.at('route', self._route)}"
        if key == "resolution":
            fate = fate_of(self._mapped.fates, f"{self._head}.status")
            return placed(self._mapping, fate.by) if fate is not None else "status"
        table = getattr(self._mapping.rules, key, None)
        if isinstance(table, dict) and "none" in table:
            return f"{key}.none {self._mapping.at(key, 'none')}"
        return placed(self._mapping, key)

    def _rule_of_field(self, name: str) -> str:
        if made := self._mapped.made.get(join_path("fields", name)):
            return placed(self._mapping, made)
        rules, at = self._mapping.rules, self._mapping.at
        folded = name.casefold()
        for index, rule in enumerate(rules.fields):
            for given in rule.set:
                if given.casefold() == folded:
                    return f"fields[{index}] {at('fields', index, 'set', given)}"
            if rule.to is not None and rule.to.casefold() == folded:
                return f"fields[{index}] {at('fields', index)}"
        return next(
            (
                f"{'.'.join(map(str, path))} {at(*path)}"
                for path, field in _other_places(rules)
                if (field or "").casefold() == folded
            ),
            "",
        )

    def _shown(self, path: str, value: Any) -> str:
        key = path.partition("[")[0].rpartition(".")[2]
        if isinstance(value, Mapping) and isinstance(value.get("html"), str):
            return re.sub(r"<[^>]*>", " ", value["html"])
        if isinstance(value, Mapping):
            return ", ".join(
                f"{name}: {self._shown(name, each)}" for name, each in value.items() if each not in _EMPTY
            )
        if isinstance(value, list):
            return ", ".join(self._shown(key, each) for each in value)
        if value is None:
            return ""
        return self._called(str(value)) if key in _REFS else text_of(value)


def _other_places(rules: Rules) -> Iterator[tuple[tuple[str, ...], str | None]]:
    """Yield the places beside `fields` that fill a field of the target."""
    yield ("channel", "field"), rules.channel.field if rules.channel else None
    yield ("people", "unlicensed_assignee", "field"), rules.people.unlicensed_assignee.field
    yield ("history", "date_fields", "created"), rules.history.date_fields.created
    yield ("history", "date_fields", "solved"), rules.history.date_fields.solved
    yield ("provenance", "number", "field"), rules.provenance.number.field
    yield ("provenance", "url", "field"), rules.provenance.url.field if rules.provenance.url else None


def _at(record: Record, path: str) -> Any:
    name = path.partition(".")[2] if path.startswith("fields.") else ""
    if name:
        return (record.get("fields") or {}).get(name)
    if path.startswith('fields["'):
        return next(
            (
                value
                for key, value in (record.get("fields") or {}).items()
                if join_path("fields", key) == path
            ),
            None,
        )
    return record.get(path.partition(".")[0].partition("[")[0])


def _ref_path(kind: str, part: Mapping[str, Any]) -> str:
    return f"{kind}[{part['ref'].split(':', 2)[2]}].ref"


def _counted(parts: list[Any]) -> str:
    public = sum(bool(part.get("public")) for part in parts)
    internal = sum(part.get("public") is False for part in parts)
    return f"{len(parts)} ({public} public, {internal} internal)" if public or internal else str(len(parts))


def placed(mapping: MappingFile, by: str) -> str:
    """Return a rule with its place in the file; what the mapping does not say stands there without one."""
    if _NOWHERE.search(by):
        return f"{_NOWHERE.sub('', by)} (as usual)"
    if _PLACE.search(by) or not by:
        return by
    steps = tuple(re.split(r"[ :]", by, maxsplit=1)[0].split("."))
    while steps and steps not in mapping.document.places:
        steps = steps[:-1]
    return f"{by} {mapping.at(*steps)}" if steps and steps[0] in Rules.model_fields else by
