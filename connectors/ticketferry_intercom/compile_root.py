"""People and companies: contacts and companies are made, teammates and teams are matched and never made. Pure.

A contact's mark is a note, which also keeps what Intercom has no place for; its external id is its own, or names the source record. A
company bears no note: its id is its own or names the source record, and what it has no place for is lost, and told.
"""

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
    joined = [ref for ref in wanted if ref not in there]
    if change.outcome is sdk.Outcome.MATCH:
        for key in desired:
            lane.derived(key, "matched: the account's own value stands")
        mine = lane.root.kind is sdk.Kind.PERSON and (change.current or {}).get("account") == "customer"
        for ref in joined if mine else ():
            _join(lane, ref)
        return lane.compiled(sdk.slim({"ref": desired["ref"], "organizations": wanted if mine else None}))
    if lane.root.kind is sdk.Kind.GROUP:
        return lane.compiled(None, refused=_TEAM)
    root = _Root(desired, catalog, session)
    if change.outcome is sdk.Outcome.CREATE:
        root.lane.add(f"{root.noun}.create", f"{root.lane.root}/create", body=root.body)
        for ref in joined:
            _join(root.lane, ref)
        root.note("")
    elif change.outcome is sdk.Outcome.UPDATE:
        root.update(change, joined)
    return root.lane.compiled(root.expected)


def _join(lane: sdk.Lane, ref: str) -> None:
    lane.edit("contact.join", f"{lane.root}/join", params={"id": sdk.From(lane.root)}, body={"id": sdk.From(sdk.parse_ref(ref))})  # fmt: skip


class _Root:
    def __init__(self, desired: sdk.Record, catalog: sdk.Catalog, session: sdk.Session) -> None:
        self.desired, self.lane, self.session = desired, sdk.Lane(sdk.parse_ref(desired["ref"])), session
        self.root = self.lane.root
        self.person = self.root.kind is sdk.Kind.PERSON
        self.noun, of = ("contact", "person") if self.person else ("company", "organization")
        self.exact: dict[str, Any] = {}
        self.expected: sdk.Record = {"ref": desired["ref"], **({"account": "customer"} if self.person else {})}  # fmt: skip
        self.body: dict[str, sdk.Template] = {"role": "user"} if self.person else {}
        name = (" ".join(str(desired.get("name", "")).split()) or desired.get("email") or f"{of} {self.lane.root.id}")  # fmt: skip
        self._put("name", "name", str(name))
        self._put("email", "email", str(desired.get("email", "")).strip().lower() if self.person else "")
        self._put("external_id", "external_id" if self.person else "company_id", desired.get("external_id") or "")  # fmt: skip
        self.body.setdefault("external_id" if self.person else "company_id", session.mark(self.lane.root.id))
        known = {row["key"] for row in catalog.get("fields", ()) if row.get("of") == of and row.get("active", True)}  # fmt: skip
        given = desired.get("fields", {})
        fields = {key: value for key, value in given.items() if key in known and isinstance(value, str | int | float)}  # fmt: skip
        if fields:
            self.body["custom_attributes"] = dict(fields)
        self.lane.carried(*(f'fields["{key}"]' for key in fields), by="data attribute")
        others = {key: value for key, value in given.items() if key not in fields}
        self.beside = {key: value for key, value in desired.items() if key not in (ROOT if self.person else _COMPANY)}  # fmt: skip
        if self.person:
            self.lane.carried("account", "organizations", by="contact")
            self.lane.kept("ref", *sorted(self.beside), *(f'fields["{key}"]' for key in others), by="our note")  # fmt: skip
            self.expected |= {**self.beside, "fields": given, "organizations": desired.get("organizations")}
            self.beside |= {"fields": given} if others else {}
        else:
            self._company(others)
        self.expected = sdk.slim(self.expected)

    def _company(self, others: dict[str, Any]) -> None:
        desired, lane = self.desired, self.lane
        lane.derived("ref", "the company's own id")
        if desired.get("created"):
            self.body["remote_created_at"] = to_unix(desired["created"])
            lane.carried("created", by="remote_created_at")
        lane.derived("updated", "the desk's own time stands")
        lost = sorted([*(key for key in self.beside if key != "updated"), *(f'fields["{key}"]' for key in others)])  # fmt: skip
        for key in lost:
            lane.lost(key, "INTERCOM-COMPANY", "a company has no place for it", "Make a company attribute of this name.")  # fmt: skip
        held = desired.get("fields", {}).keys() - others.keys()
        self.expected |= {"created": desired.get("created"), "fields": {key: desired["fields"][key] for key in held}}  # fmt: skip

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
            body: dict[str, sdk.Template] = {"about": str(self.root), "mark": packed({"ref": str(self.root), **told})}  # fmt: skip
            self.lane.add("contact.note", f"{self.root}/note{edit}", params={"id": sdk.From(self.root)}, body=body)  # fmt: skip

    def update(self, change: sdk.Change, joined: list[str]) -> None:
        """Write what moved, and a new note: the newest counts."""
        moved = {name.split("[", 1)[0] for name in change.fields}
        names = {"name": "name", "fields": "custom_attributes"}
        names |= {"email": "email", "external_id": "external_id"} if self.person else {}
        body = {target: self.body[target] for key, target in names.items() if key in moved and target in self.body}  # fmt: skip
        if body:
            self.lane.edit(f"{self.noun}.update", f"{self.root}/edit", params={"id": sdk.From(self.root)}, body=body)  # fmt: skip
        for ref in joined if "organizations" in moved else ():
            _join(self.lane, ref)
        for ref in (change.current or {}).get("organizations", ()) if "organizations" in moved else ():
            if ref not in self.desired.get("organizations", ()):
                params: dict[str, sdk.Template] = {"id": sdk.From(self.root), "company": sdk.From(sdk.parse_ref(ref))}  # fmt: skip
                self.lane.edit("contact.leave", f"{self.root}/leave", params=params)
        if change.fields:
            self.note(f"@{short_hash((self.beside, self.exact))}")
