"""People and companies: contacts and companies are made, teammates and teams are matched and never made. Pure.

A contact's mark is a note, which also keeps what Intercom has no place for; its external id is its own, or names the source record. A
company bears no note: its id is its own or names the source record, and what it has no place for is lost, and told.
"""

from collections.abc import Collection
from typing import Any

from ticketferry import sdk
from ticketferry.sdk.lane import short_hash
from ticketferry.sdk.mark_text import packed
from ticketferry.sdk.values import to_unix
from ticketferry_intercom.own import ROOT

__all__ = ["compile_root", "expected_root"]

_COMPANY = frozenset({"ref", "origin", "native", "name", "external_id", "fields", "created"})
_TEAM = "teams are made in Intercom by hand: the API makes none"


def expected_root(desired: sdk.Record, catalog: sdk.Catalog, session: sdk.Session) -> sdk.Expected:
    """Say what reading gives where a person or company was written; teams are made by hand."""
    if sdk.parse_ref(desired["ref"]).kind is sdk.Kind.GROUP:
        return sdk.Expected(None, refused=_TEAM)
    root = _Root(desired, catalog, session)
    return root.lane.expected(root.expected)


def compile_root(change: sdk.Change, catalog: sdk.Catalog, session: sdk.Session) -> sdk.Compiled:
    """Compile a person or company: one to make, one that is there, or what moved of one."""
    desired = change.desired or {}
    lane = sdk.Lane(sdk.parse_ref(desired["ref"]))
    there, wanted = (list((record or {}).get("organizations", ())) for record in (change.current, desired))
    if change.outcome is sdk.Outcome.MATCH:
        for key in desired:
            lane.derived(key, "matched: the account's own value stands")
        mine = lane.root.kind is sdk.Kind.PERSON and (change.current or {}).get("account") == "customer"
        _join(lane, there, wanted if mine else ())
        return lane.compiled(sdk.slim({"ref": desired["ref"], "organizations": wanted if mine else None}))
    if lane.root.kind is sdk.Kind.GROUP:
        return lane.compiled(None, refused=_TEAM)
    root = _Root(desired, catalog, session)
    if change.outcome is sdk.Outcome.CREATE:
        root.lane.add(f"{root.noun}.create", f"{root.lane.root}/create", body=root.body)
        _join(root.lane, there, wanted)
        root.note("")
    elif change.outcome is sdk.Outcome.UPDATE:
        root.update({name.split("[", 1)[0] for name in change.fields}, there, wanted)
    return root.lane.compiled(root.expected)


def _join(lane: sdk.Lane, there: Collection[str], wanted: Collection[str]) -> None:
    for ref in wanted:
        if ref not in there:
            company: dict[str, sdk.Template] = {"id": sdk.From.of(ref)}
            lane.edit("contact.join", f"{lane.root}/join", params={"id": sdk.From(lane.root)}, body=company)


class _Root:
    def __init__(self, desired: sdk.Record, catalog: sdk.Catalog, session: sdk.Session) -> None:
        self.desired, self.lane, self.session = desired, sdk.Lane(sdk.parse_ref(desired["ref"])), session
        self.root = self.lane.root
        self.person = self.root.kind is sdk.Kind.PERSON
        self.noun, of = ("contact", "person") if self.person else ("company", "organization")
        self.id = "external_id" if self.person else "company_id"
        self.exact: dict[str, Any] = {}
        self.expected: sdk.Record = {"ref": desired["ref"]}
        self.body: dict[str, sdk.Template] = {}
        if self.person:
            self.expected["account"], self.body["role"] = "customer", "user"
        name = " ".join(str(desired.get("name", "")).split()) or desired.get("email")
        self._put("name", "name", str(name or f"{of} {self.root.id}"))
        self._put("email", "email", str(desired.get("email", "")).strip().lower() if self.person else "")
        self._put("external_id", self.id, desired.get("external_id") or "")
        self.body.setdefault(self.id, session.mark(self.root.id))
        rows = (row for row in catalog.get("fields", ()) if row.get("of") == of and row.get("active", True))
        known, given = {row["key"] for row in rows}, desired.get("fields", {})
        fits = {key for key, value in given.items() if isinstance(value, str | int | float)} & known
        fields = {key: value for key, value in given.items() if key in fits}
        if fields:
            self.body["custom_attributes"] = dict(fields)
        self.lane.carried(*(f'fields["{key}"]' for key in fields), by="data attribute")
        others = [f'fields["{key}"]' for key in given if key not in fields]
        native = ROOT if self.person else _COMPANY
        self.beside = {key: value for key, value in desired.items() if key not in native}
        if self.person:
            self.lane.carried("account", "organizations", by="contact")
            self.lane.kept("ref", *sorted(self.beside), *others, by="our note")
            self.expected |= {**self.beside, "fields": given, "organizations": desired.get("organizations")}
            self.beside |= {"fields": given} if others else {}
        else:
            self._company(others)
            self.expected |= {"created": desired.get("created"), "fields": fields}
        self.expected = sdk.slim(self.expected)

    def _company(self, others: list[str]) -> None:
        desired, lane = self.desired, self.lane
        lane.derived("ref", "the company's own id")
        if desired.get("created"):
            self.body["remote_created_at"] = to_unix(desired["created"])
            lane.carried("created", by="remote_created_at")
        lane.derived("updated", "the desk's own time stands")
        told = "a company has no place for it", "Make a company attribute of this name."
        for key in sorted([*(key for key in self.beside if key != "updated"), *others]):
            lane.lost(key, "INTERCOM-COMPANY", *told)

    def _put(self, key: str, target: str, value: str) -> None:
        """Write a text; where the record has it otherwise (a case, spaces), our note tells how."""
        if value:
            self.body[target] = value
        told = self.desired.get(key)
        if told not in (None, "") and (self.person or told == value):
            self.expected[key] = told
            if told != value:
                self.exact[key] = told
        elif value and key == "name":
            self.expected[key] = value
        self.lane.carried(key, by=target)

    def note(self, edit: str) -> None:
        """Write the note that bears the mark and keeps what has no place."""
        if self.person:
            told = {"workspace": self.session.workspace, "record": self.beside, "exact": self.exact}
            mark = packed({"ref": str(self.root), **told})
            body: dict[str, sdk.Template] = {"about": str(self.root), "mark": mark}
            at = {"id": sdk.From(self.root)}
            self.lane.add("contact.note", f"{self.root}/note{edit}", params=at, body=body)

    def update(self, moved: Collection[str], there: Collection[str], wanted: Collection[str]) -> None:
        """Write what moved, and a new note: the newest counts."""
        at: dict[str, sdk.Template] = {"id": sdk.From(self.root)}
        names = {"name": "name", "fields": "custom_attributes"}
        names |= {"email": "email", "external_id": "external_id"} if self.person else {}
        body = {
            target: self.body[target] for key, target in names.items() if key in moved and target in self.body
        }
        if body:
            self.lane.edit(f"{self.noun}.update", f"{self.root}/edit", params=at, body=body)
        if "organizations" in moved:
            _join(self.lane, there, wanted)
            for ref in (ref for ref in there if ref not in wanted):
                left = {**at, "company": sdk.From.of(ref)}
                self.lane.edit("contact.leave", f"{self.root}/leave", params=left)
        if moved:
            self.note(f"@{short_hash((self.beside, self.exact))}")
