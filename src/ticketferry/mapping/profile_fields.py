"""Rules for custom fields of people and organizations: what is dropped of them, and where the others go."""

from typing import Any, Literal

from ticketferry.mapping.codes import finding
from ticketferry.mapping.condition_values import Subject
from ticketferry.mapping.conditions import ALWAYS, Check, text_of
from ticketferry.mapping.model import ProfileRule
from ticketferry.mapping.result import MapFate, Mapped
from ticketferry.mapping.sections.part import REFUSING
from ticketferry.mapping.transforms import MisfitError, coerce, is_empty
from ticketferry.mapping.work import Setup, keep, to
from ticketferry.schema.catalog import FieldDef
from ticketferry.schema.records import Record
from ticketferry.sdk.contract import Outcome
from ticketferry.sdk.features import Feature
from ticketferry.sdk.trace import join_path

__all__ = ["ProfileFields"]

_SECTIONS: dict[str, Literal["people", "organizations"]] = {
    "person": "people",
    "organization": "organizations",
}


class ProfileFields:
    """The compiled `fields` of `people` or `organizations`."""

    def __init__(self, setup: Setup, kind: Literal["person", "organization"]) -> None:
        self._setup = setup
        self._kind = kind
        section = _SECTIONS[kind]
        rules: list[ProfileRule] = getattr(setup.rules, section).fields
        self._rules = [
            (rule, self._check(rule, section, index), _label(setup, rule, section, index))
            for index, rule in enumerate(rules)
        ]
        self._named = frozenset(name.removeprefix("fields.") for rule in rules for name in rule.source)
        self._drops = [row for row in self._rules if row[0].drop]
        self._rest = next(((rule.rest, by) for rule, _, by in self._rules if rule.rest), ("same_name", ""))
        self._targets = _definitions(setup.target.get("fields", ()), kind)
        rows = [row for row in setup.source.get("fields", ()) if row.get("of") == kind]
        self._shown = {
            row["key"]: {option["value"]: option["name"] for option in row.get("options", ())} for row in rows
        }
        self._names = {row["key"]: row["name"] for row in rows}

    def __bool__(self) -> bool:
        return bool(self._rules)

    def _check(self, rule: ProfileRule, section: str, index: int) -> Check:
        if rule.when is None:
            return ALWAYS
        return self._setup.condition(rule.when, (section, "fields", index, "when"), self._kind)

    def shown(self, key: str, value: Any) -> Any:
        """Return a value as people read it: choices by their names."""
        if isinstance(value, list):
            return [self.shown(key, item) for item in value]
        return self._shown.get(key, {}).get(value, value) if isinstance(value, str) else value

    def left(self, record: Record) -> tuple[Record, dict[str, MapFate]]:
        """Return a record without what the rules drop of it, and the fates of that. Pure."""
        fields = record.get("fields")
        if not fields or not (self._drops or self._rest[0] == "drop"):
            return record, {}
        subject = Subject(record, self._setup.lookups)
        gone = {
            name.removeprefix("fields."): by
            for rule, check, by in self._drops
            if check(subject)
            for name in rule.source
        }
        if self._rest[0] == "drop":
            gone = {key: self._rest[1] for key in fields if key not in self._named} | gone
        kept = {key: value for key, value in fields.items() if key not in gone}
        left = {key: value for key, value in record.items() if key != "fields"}
        if kept:
            left["fields"] = kept
        head = self._head(record)
        fates = {
            f"{head}.{join_path('fields', key)}": MapFate("drop", "", False, by)
            for key, by in gone.items()
            if key in fields
        }
        return left, fates

    def write(self, record: Record, mapped: Mapped) -> None:
        """Put the fields into what is made of a record; only a target that keeps profiles has places for them."""
        made = mapped.record
        places = self._setup.any or self._setup.has(Feature.PROFILES)
        if not self._rules or made is None or mapped.outcome is not Outcome.CREATE or not places:
            return
        if made.get("account") == "placeholder":
            return
        own, head = record.get("fields") or {}, self._head(record)
        subject = Subject(record, self._setup.lookups)
        out: dict[str, Any] = {}
        beside: dict[str, Any] = {}
        for key, value in own.items():
            leaf = f"{head}.{join_path('fields', key)}"
            if key not in self._named and self._rest[0] == "same_name":
                place = key if self._setup.any else self._target(self._names.get(key, key), key)
                out[place] = value
                mapped.fates[leaf] = to(join_path("fields", place), self._rest[1] or self._kind)
            else:
                beside[leaf] = value
                mapped.fates[leaf] = keep(
                    self._rest[1] if key not in self._named else f"{_SECTIONS[self._kind]}.fields"
                )
        for rule, check, by in self._rules:
            if not check(subject):
                continue
            for name, constant in rule.set.items():
                out[self._target(name, name)] = self._typed(name, constant)
            if rule.to is not None:
                self._move(rule, rule.to, by, own, out, beside, mapped, head)
        made.pop("fields", None)
        if out:
            made["fields"] = out
        if beside:
            provenance = made.setdefault("provenance", {"ref": record["ref"]})
            provenance["kept"] = provenance.get("kept", {}) | beside

    def _move(
        self, rule: ProfileRule, name: str, by: str, own: Record, out: Record, beside: Record, mapped: Mapped, head: str
    ) -> None:  # fmt: skip
        given = [
            (key, own[key])
            for key in (n.removeprefix("fields.") for n in rule.source)
            if not is_empty(own.get(key))
        ]
        place = self._target(name, name)
        try:
            parts = [self._value(rule, key, value) for key, value in given]
            value: Any = parts[0] if parts else None
            if rule.join is not None and parts:
                value = rule.join.join(text_of(part) for part in parts)
            if is_empty(value):
                if rule.missing is None:
                    return
                value = rule.missing.default
            out[place] = self._typed(name, value)
        except MisfitError as error:
            mapped.findings.append(
                finding("F102", mapped.record["ref"] if mapped.record else None, by, f"{name}: {error}", "Add `values` for it.")
            )  # fmt: skip
            return
        for key, before in given:
            leaf = f"{head}.{join_path('fields', key)}"
            mapped.fates[leaf] = to(join_path("fields", place), by, transformed=out[place] != before)
            beside.pop(leaf, None)

    def _value(self, rule: ProfileRule, key: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(rule, key, item) for item in value]
        if not rule.values:
            shown = self._shown.get(key, {}).get(text_of(value))
            return value if shown is None or self._setup.any else shown
        folded = {word.casefold(): new for word, new in rule.values.items()}
        text = text_of(value)
        new = folded.get(text.casefold()) or folded.get(self._shown.get(key, {}).get(text, text).casefold())
        new = new or folded.get("*")
        if new is None or new in REFUSING:
            raise MisfitError(f"`{text}` has no rule")
        return new

    def _target(self, name: str, otherwise: str) -> str:
        """Return the key by which the target's records hold a field, by its name or key."""
        definition = self._targets.get(name.casefold()) or self._targets.get(otherwise.casefold())
        return definition["key"] if definition is not None and not self._setup.any else otherwise

    def _typed(self, name: str, value: Any) -> Any:
        definition = self._targets.get(name.casefold())
        if definition is None or self._setup.any:
            return value
        return coerce(value, definition["type"], definition, self._setup.zone)

    def _head(self, record: Record) -> str:
        return f"{self._kind}[{record['ref'].split(':', 2)[2]}]"


def _definitions(rows: Any, kind: str) -> dict[str, FieldDef]:
    own = [row for row in rows if row.get("of") == kind]
    return {row["key"].casefold(): row for row in own} | {
        row["name"].casefold(): row for row in reversed(own)
    }


def _label(setup: Setup, rule: ProfileRule, section: str, index: int) -> str:
    short = "+".join(name.removeprefix("fields.") for name in rule.source) or rule.to or "rest"
    by = setup.by(f"{section}.fields[{index}] {short}", section, "fields", index)
    return f"{by}: {rule.because}" if rule.because else by
