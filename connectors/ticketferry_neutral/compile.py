"""From a change to appended lines: what is written for each record, part, link and history. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from ticketferry.sdk import (
    Blob,
    Case,
    Change,
    Compiled,
    Disposition,
    Fate,
    From,
    Group,
    Join,
    Kind,
    Operation,
    Organization,
    Outcome,
    Person,
    Record,
    Ref,
    Template,
    compact,
    digest,
    parse_ref,
)
from ticketferry.sdk.templates import encode
from ticketferry_neutral.endpoints import PART_LISTS, create_of

__all__ = ["Compiler", "fates", "link_name", "parts_by_name"]

_SINGLE = frozenset(
    {
        "requester",
        "submitter",
        "assignee",
        "group",
        "organization",
        "author",
        "actor",
        "comment",
        "to",
        "merged_into",
    }
)
_MANY = frozenset({"followers", "ccs", "organizations", "groups"})
_OWN = frozenset({"ref", "origin", "ticket"})
_APART = frozenset({"events", "links", "merged_into", *PART_LISTS})
"""Keys that have operations of their own."""
_IN_HTML = re.compile(r'data-(?:ref|person|ticket)="([^"]+)"')
_FIELD = re.compile(r'fields\["(.*)"\]\Z', re.DOTALL)
_PART = re.compile(r"(\w+)\[(.*)\]\Z", re.DOTALL)

_KEYS: dict[Kind, tuple[str, ...]] = {
    kind: tuple(sorted(model.__required_keys__ | model.__optional_keys__))
    for kind, model in (
        (Kind.TICKET, Case),
        (Kind.PERSON, Person),
        (Kind.ORGANIZATION, Organization),
        (Kind.GROUP, Group),
    )
}
"""Root kind -> every key that a desired record can have."""


class Compiler:
    """Compiles the change of one root record. `desk` is the key of the desk that is written."""

    def __init__(self, change: Change, desk: str) -> None:
        self.change = change
        self.desk = desk
        desired = cast("Record", compact(change.desired or {}))
        self.desired = desired
        self.root = parse_ref(desired["ref"])
        self.operations: list[Operation] = []
        self.late: list[Operation] = []
        self.known = frozenset(_named(desired))
        """References that something in the plan or the id map is sure to give."""

    def compile(self) -> Compiled:
        """Return the operations; reading the folder afterwards will show the desired record itself."""
        outcome = self.change.outcome
        if outcome is Outcome.MATCH:
            return self._matched()
        if outcome is Outcome.CREATE:
            self._create()
        elif outcome is Outcome.UPDATE:
            self._update()
        return Compiled((*self.operations, *self.late), self.desired, fates(self.root.kind))

    def _matched(self) -> Compiled:
        """Leave a matched account as it is; nothing of it is relied on but that it is there."""
        current = self.change.current or {}
        same = {key for key, value in self.desired.items() if current.get(key) == value}
        fates = [
            Fate(key, Disposition.CARRIED, "matched: the same there")
            if key in same
            else Fate(key, Disposition.DROPPED, "matched: the account's own value stands")
            for key in _KEYS[self.root.kind]
        ]
        return Compiled((), {"ref": self.desired["ref"]}, fates)

    # ---- creation ------------------------------------------------------------------------------------------------

    def _create(self) -> None:
        head = {key: value for key, value in self.desired.items() if key not in _APART}
        self._add(
            self.root, create_of(self.root.kind), "create", {}, {"record": self._record(self.root, head)}
        )
        self._body_later(self.root, head)
        for name, kind in PART_LISTS.items():
            for part in self.desired.get(name, ()):
                self._create_part(kind, part)
        if merged := self.desired.get("merged_into"):
            self._edit(self.root, {"set": {"merged_into": self._ref(merged)}}, late=True)
        for link in self.desired.get("links", ()):
            self._link("add", link)
        if self.root.kind is Kind.TICKET and self.desired.get("events"):
            self._put_history()

    def _create_part(self, kind: Kind, part: Record) -> None:
        ref = parse_ref(part["ref"])
        body: dict[str, Template] = {"record": self._record(ref, part)}
        if kind is Kind.ATTACHMENT and part.get("sha256"):
            media_type = part.get("media_type", "application/octet-stream")
            body["file"] = Blob(part["sha256"], part["name"], media_type)
        self._add(ref, create_of(kind), "create", {"ticket": From(self.root)}, body)
        self._body_later(ref, part)

    def _record(self, ref: Ref, record: Record) -> dict[str, Template]:
        """Return a record as it is written: our mark instead of its name, references under the target's key."""
        result = {key: self._value(key, value) for key, value in record.items() if key not in _OWN}
        result["origin"] = str(ref)
        if ref != self.root:
            result["ticket"] = self._ref(str(self.root))
        return result

    def _value(self, key: str, value: Any) -> Template:
        if key in _SINGLE:
            return self._ref(value)
        if key in _MANY:
            return [self._ref(ref) for ref in value]
        if key == "identities":
            # An identity is part of its person and has no number of its own here.
            return [
                {name: item for name, item in row.items() if name not in ("ref", "person", "origin")}
                | ({"origin": row["ref"]} if "ref" in row else {})
                for row in value
            ]
        if key == "messages":
            # Who spoke may not come with this plan: then the source's own name stays.
            return [
                {**row, "author": self._ref(row["author"])} if row.get("author") in self.known else row
                for row in value
            ]
        return cast("Template", value)

    def values(self, values: Mapping[str, Any]) -> dict[str, Template]:
        """Return new values of an existing record; None takes a key away, texts name what has its number by now."""
        result: dict[str, Template] = {}
        for key, value in values.items():
            if value is None:
                result[key] = None
            elif key == "body":
                result[key] = {**value, "html": self._joined(value.get("html", ""))}
            else:
                result[key] = self._value(key, value)
        return result

    def _ref(self, text: str) -> Template:
        """Return a reference in the target: known when the record is made there."""
        ref = parse_ref(text)
        if ref.desk == self.desk:
            return text
        return Join((f"{self.desk}:{ref.kind.value}:", From(ref)))

    def _body_later(self, ref: Ref, record: Record) -> None:
        """Write a text that names records again at the end of the lane, when all it names have their numbers.

        What may not come with this plan (a person or a ticket that nothing else here refers to) keeps its source name.
        """
        body = record.get("body")
        if not isinstance(body, dict):
            return
        html = self._joined(body.get("html", ""))
        if isinstance(html, Join):
            self._edit(ref, {"set": {"body": {**body, "html": html}}}, late=True)

    def _joined(self, html: str) -> Template:
        parts: list[str | From] = []
        at = 0
        for found in _IN_HTML.finditer(html):
            if found[1] not in self.known:
                continue
            ref = parse_ref(found[1])
            parts += [html[at : found.start(1)] + f"{self.desk}:{ref.kind.value}:", From(ref)]
            at = found.end(1)
        return Join((*parts, html[at:])) if parts else html

    def history(self) -> dict[str, Template]:
        """Return the whole history as it is to be; a comment that is not carried keeps its source name."""
        events: list[Template] = []
        for event in self.desired.get("events", ()):
            row = {key: value for key, value in event.items() if key not in (*_OWN, "actor", "comment")}
            ref = parse_ref(event["ref"])
            if "actor" in event:
                row["actor"] = self._ref(event["actor"])
            if "comment" in event:
                row["comment"] = (
                    self._ref(event["comment"]) if event["comment"] in self.known else event["comment"]
                )
            named = {"id": ref.id} if ref.desk == self.desk else {"origin": str(ref)}
            events.append(cast("Template", {**named, "record": {**row, "ticket": self._ref(str(self.root))}}))
        return {"events": events}

    def _put_history(self) -> None:
        body = self.history()
        self._add(
            self.root, "history.put", f"history@{_digest(body)}", {"ticket": From(self.root)}, body, late=True
        )

    # ---- update --------------------------------------------------------------------------------------------------

    def _update(self) -> None:
        heads: dict[str, Any] = {}
        fields: dict[str, Template] = {}
        parts: list[tuple[str, str]] = []
        for name in sorted(self.change.fields):
            if found := _FIELD.match(name):
                fields[found[1]] = self.desired.get("fields", {}).get(found[1])
            elif (found := _PART.match(name)) and found[1] in PART_LISTS:
                parts.append((found[1], found[2]))
            elif not name.startswith("links["):
                heads[name] = self.desired.get(name)
        body: dict[str, Template] = {}
        if heads:
            body["set"] = self.values(heads)
        if fields:
            body["fields"] = fields
        if body:
            self._edit(self.root, body)
        # A part may name one before it: comments go before their files, each list in its own order.
        order = {name: number for number, name in enumerate(self._part_names())}
        for name, text in sorted(parts, key=lambda part: (order.get(part, -1), part)):
            self._update_part(name, text)
        if any(name.startswith("links[") for name in self.change.fields):
            self._update_links()
        if self.root.kind is Kind.TICKET and self._history_moved():
            self._put_history()

    def _part_names(self) -> Iterator[tuple[str, str]]:
        for name in PART_LISTS:
            for text in parts_by_name(self.desired, name):
                yield name, text

    def _update_part(self, name: str, text: str) -> None:
        wanted = parts_by_name(self.desired, name).get(text)
        there = parts_by_name(self.change.current or {}, name).get(text)
        kind = PART_LISTS[name]
        if wanted is None:
            if there is not None:
                self._add(parse_ref(text), f"{kind.value}.delete", "delete", {"id": self._id(there)}, {})
            return
        if there is None and not self.change.slots.get(wanted["ref"], {}).get("id"):
            self._create_part(kind, wanted)
            return
        before = there or {}
        keys = sorted(
            key for key in {*before, *wanted} - _OWN - {"native"} if before.get(key) != wanted.get(key)
        )
        if keys:
            self._edit(
                parse_ref(wanted["ref"]),
                {"set": self.values({key: wanted.get(key) for key in keys})},
                late=True,
            )

    def _id(self, part: Record) -> Template:
        ref = parse_ref(part["ref"])
        return ref.id if ref.desk == self.desk else From(ref)

    def _update_links(self) -> None:
        wanted = {link_name(link): link for link in self.desired.get("links", ())}
        there = {link_name(link): link for link in (self.change.current or {}).get("links", ())}
        moved = {name for name in self.change.fields if name.startswith("links[")}
        for name in sorted(moved):
            if name in wanted:
                self._link("add", wanted[name])
            elif name in there:
                self._link("delete", there[name])

    def _history_moved(self) -> bool:
        def bare(record: Mapping[str, Any]) -> list[Record]:
            return [
                {key: value for key, value in event.items() if key not in _OWN}
                for event in record.get("events", ())
            ]

        return bool(self.desired.get("events")) and bare(self.desired) != bare(self.change.current or {})

    # ---- operations ----------------------------------------------------------------------------------------------

    def _link(self, verb: str, link: Record) -> None:
        what = f"{verb}-{link_name(link)}"
        self._add(
            self.root, f"link.{verb}", what, {"id": From(self.root)}, {"link": self.values(link)}, late=True
        )

    def _edit(self, ref: Ref, body: dict[str, Template], *, late: bool = False) -> None:
        self._add(
            ref, f"{ref.kind.value}.update", f"edit@{_digest(body)}", {"id": From(ref)}, body, late=late
        )

    def _add(
        self,
        subject: Ref,
        endpoint: str,
        what: str,
        params: dict[str, Template],
        body: dict[str, Template],
        *,
        late: bool = False,
    ) -> None:
        operation = Operation(f"{subject}/{what}", subject, endpoint, params, body, self.root)
        (self.late if late else self.operations).append(operation)


def fates(kind: Kind) -> list[Fate]:
    """Return what becomes of each key of a root of a kind."""
    kept = {"provenance", "comments[].provenance"} if kind is Kind.TICKET else {"provenance"}
    return [
        *(
            Fate(key, Disposition.CARRIED, f"{kind.value}.jsonl {key}")
            for key in _KEYS[kind]
            if key not in kept
        ),
        *(Fate(key, Disposition.KEPT, "provenance") for key in sorted(kept)),
    ]


def _named(record: Record) -> Iterator[str]:
    """Yield the references that a record makes outside of texts and history, and its own parts."""
    yield record["ref"]
    for key, value in record.items():
        if key in _SINGLE:
            yield value
        elif key in _MANY:
            yield from value
        elif key in PART_LISTS:
            for part in value:
                yield part["ref"]
                yield from (part[name] for name in ("author", "comment") if name in part)
        elif key == "links":
            yield from (link["to"] for link in value if "to" in link)


def parts_by_name(record: Mapping[str, Any], name: str) -> dict[str, Record]:
    """Return the parts of one list by the source record that each stands for."""
    return {part.get("origin") or part["ref"]: part for part in record.get(name, ())}


def link_name(link: Mapping[str, Any]) -> str:
    """Name a link as the diff of two records does."""
    return f"links[{link['type']}:{link.get('to') or link.get('url')}:{int(bool(link.get('inward')))}]"


def _digest(body: Template) -> str:
    return digest(encode(body), 4).hex()
