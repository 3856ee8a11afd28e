"""What of a mapped record the new desk will hold: the answer of its connector, in the words of the mapping."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

from ticketferry.mapping.result import MapFate, Mapped
from ticketferry.schema.catalog import Catalog
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Json
from ticketferry.sdk.contract import Disposition, Expected, Fate, Outcome
from ticketferry.sdk.trace import join_path, lookup

__all__ = ["Shortfall", "as_held", "field_keys", "shortfalls"]

_BESIDE = frozenset({"ref", "key", "native", "provenance", "stage", "events", "side_conversations"})
"""What no field of the new desk is asked for; a stage follows from the status."""
_PARTS = ("comments", "attachments", "worklogs", "links")
_EMPTY: tuple[Json, ...] = (None, "", [], {})
_WORD = re.compile(r"<[^>]*>")
_CODE = re.compile(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*")
_ACTIONS = {Disposition.KEPT: "keep", Disposition.DROPPED: "drop", Disposition.UNSUPPORTED: "lost"}


class Shortfall(NamedTuple):
    """A value that the new desk will hold otherwise than the mapping asks. `held`: what stands there then, as records hold it (None: nothing);
    `because`: the connector's words for it; `code`: of its finding, "" where it gives none.
    """

    held: Any
    because: str
    code: str


def field_keys(target: Catalog) -> dict[str, str]:
    """Return under which keys a target's records hold the fields that mappings name: names, in small letters, and keys."""
    rows = [row for row in target.get("fields", ()) if row.get("of", "ticket") == "ticket"]
    return {str(row[word]).casefold(): row["key"] for word in ("key", "name") for row in rows}


def as_held(
    mapped: Mapped, expected: Expected | None, keys: Mapping[str, str] = MappingProxyType({})
) -> Mapped:
    """Return a mapped record as the new desk will hold it: its values, what becomes of each leaf, and all findings. `expected`: the answer of
    the target's connector for it, None where nobody asked it; `keys`: of `field_keys`. Pure.

    What is carried stands as the mapping asks for it, in its words; what is not, as the connector says. What the connector refuses is rejected, as a plan does. A fate can be `lost` here: the new desk has no place for what the mapping moves.
    """
    if expected is None or mapped.record is None or mapped.outcome is not Outcome.CREATE:
        return mapped
    findings = [*mapped.findings, *expected.findings]
    if expected.refused or expected.record is None:
        because = expected.refused or next(
            (item.message for item in reversed(expected.findings)), "the target cannot take it"
        )
        return replace(
            mapped, outcome=Outcome.REJECT, record=None, because=because, findings=findings, newly_visible=[]
        )
    compiled = {fate.path: fate for fate in expected.fates}
    fates = {path: _end(fate, compiled) for path, fate in mapped.fates.items()}
    return replace(
        mapped, record=_Asking(mapped.record, expected, keys).record(), fates=fates, findings=findings
    )


def _end(fate: MapFate, compiled: Mapping[str, Fate]) -> MapFate:
    if fate.action != "to":
        return fate
    end = lookup(compiled, fate.to)
    if end is None:
        return fate
    if end.disposition is Disposition.TRANSFORMED:
        return fate._replace(transformed=True)
    action: Any = _ACTIONS.get(end.disposition, "to")
    return fate if action == "to" else fate._replace(action=action, by=f"{end.by} (the new desk)")


def shortfalls(
    mapped: Mapped, expected: Expected, keys: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Shortfall]:
    """Return what the new desk will hold otherwise than the mapping asks, by path: `subject`, `fields["Serial no."]`, `comments` as a whole."""
    if mapped.record is None or expected.record is None:
        return {}
    return dict(_Asking(mapped.record, expected, keys).all())


class _Asking:
    def __init__(self, asked: Record, expected: Expected, keys: Mapping[str, str]) -> None:
        assert expected.record is not None
        self._asked: Record = asked
        self._held: Record = expected.record
        self._keys = keys
        self._findings = expected.findings
        self._fates = {fate.path: fate for fate in expected.fates}

    def all(self) -> Iterator[tuple[str, Shortfall]]:
        for key, value in self._asked.items():
            if key in _BESIDE or value in _EMPTY:
                continue
            if key == "fields":
                for name, each in value.items():
                    path = join_path("fields", name)
                    held = self._field(name, each)
                    if each not in _EMPTY and not _same(each, held):
                        yield path, self._shortfall(held, path, f"fields.{name}")
            elif key in _PARTS:
                missing = _missing(value, self._held.get(key) or [])
                if missing:
                    yield key, self._shortfall(missing, key)
            elif not self._carried(key) and not _same(value, self._held.get(key)):
                yield key, self._shortfall(self._held.get(key), key)

    def record(self) -> Record:
        """Return what will be held, in the words of the mapping where a value is carried."""
        made: Record = {**self._held}
        for key, value in self._asked.items():
            if key not in (*_BESIDE, *_PARTS, "fields") and self._carried(key):
                made[key] = value
        asked = self._asked.get("fields") or {}
        spelt = {self._key(name): name for name in asked}
        fields = {spelt.get(key, key): value for key, value in (self._held.get("fields") or {}).items()}
        fields |= {name: self._field(name, value) for name, value in asked.items()}
        made["fields"] = {name: value for name, value in fields.items() if value not in _EMPTY}
        return made

    def _key(self, name: str) -> str:
        return self._keys.get(name.casefold(), name)

    def _field(self, name: str, asked: Json) -> Json:
        """Return what a field will hold: what is asked where it is carried, whatever the desk's own word for an option is."""
        if self._carried(join_path("fields", name), f"fields.{name}"):
            return asked
        held = self._held.get("fields") or {}
        value: Json = held.get(name, held.get(self._key(name)))
        return value

    def _carried(self, *paths: str) -> bool:
        fate = next((found for path in paths if (found := lookup(self._fates, path)) is not None), None)
        return fate is not None and fate.disposition is Disposition.CARRIED

    def _shortfall(self, held: Json, *paths: str) -> Shortfall:
        """Say why: by the finding about the value, else by what the connector says of its place."""
        for finding in self._findings:
            if any(_below(finding.where, path) for path in paths):
                return Shortfall(held, finding.message, finding.code)
        fate = next((found for path in paths if (found := lookup(self._fates, path)) is not None), None)
        if fate is None:
            return Shortfall(held, "the new desk has no place for it", "")
        if _CODE.fullmatch(fate.by):
            message = next((item.message for item in self._findings if item.code == fate.by), fate.by)
            return Shortfall(held, message, fate.by)
        return Shortfall(held, fate.by, "")


def _below(where: str, path: str) -> bool:
    return where == path or where.startswith((f"{path}[", f"{path}."))


def _same(asked: Json, held: Json) -> bool:
    if asked == held:
        return True
    if isinstance(asked, list) and isinstance(held, list):
        return sorted(map(_plain, asked)) == sorted(map(_plain, held))
    return _plain(asked) == _plain(held)


def _plain(value: Json) -> str:
    """Return a value as text, without its markup and kinds of space."""
    if isinstance(value, Mapping) and isinstance(value.get("html"), str):
        value = _WORD.sub(" ", str(value["html"]))
    return " ".join(str(value).split())


def _missing(asked: list[Any], held: list[Any]) -> str:
    """Say how many parts will not be there, or not with all their words; empty where all are."""
    known = {_part(item): item for item in held}
    gone = sum(1 for item in asked if _part(item) not in known)
    cut = sum(
        1
        for item in asked
        if _part(item) in known
        and item.get("body")
        and not _same(item["body"], known[_part(item)].get("body"))
    )
    words = [f"{gone} of {len(asked)} not there"] if gone else []
    return ", ".join([*words, *([f"{cut} of {len(asked)} with other words"] if cut else [])])


def _part(item: Mapping[str, Any]) -> str:
    return str(item.get("ref") or (item.get("type"), item.get("to")))
