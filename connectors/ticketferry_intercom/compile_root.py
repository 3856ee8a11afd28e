"""People and companies: contacts and companies are made, teammates and teams are matched and never made. Pure.

A contact's mark is a note, which also keeps what Intercom has no place for; its external id is its own, or names the source record. A
company bears no note: its id is its own or names the source record, and what it has no place for is lost, and told.
"""

from typing import Any

from ticketferry.sdk import (
    Catalog,
    Change,
    Compiled,
    Expected,
    From,
    Kind,
    Lane,
    Outcome,
    Record,
    Session,
    Template,
    parse_ref,
    slim,
)  # fmt: skip
from ticketferry.sdk.lane import short_hash
from ticketferry.sdk.mark_text import packed
from ticketferry.sdk.values import to_unix
from ticketferry_intercom.own import ROOT

__all__ = ["compile_root", "expected_root"]

_COMPANY = frozenset({"ref", "origin", "native", "name", "external_id", "fields", "created"})
_TEAM = "teams are made in Intercom by hand: the API makes none"


def expected_root(desired: Record, catalog: Catalog, session: Session) -> Expected:
    """Say what reading gives where a person or company was written; teams are made by hand."""
    if parse_ref(desired["ref"]).kind is Kind.GROUP:
        return Expected(None, refused=_TEAM)
    root = _Root(desired, catalog, session)
    return root.lane.expected(root.expected)


def compile_root(change: Change, catalog: Catalog, session: Session) -> Compiled:
    """Compile a person or company: one to make, one that is there, or what moved of one."""
    desired = change.desired or {}
    lane = Lane(parse_ref(desired["ref"]))
    joined = [
        ref
        for ref in desired.get("organizations", ())
        if ref not in (change.current or {}).get("organizations", ())
    ]
    if change.outcome is Outcome.MATCH:
        for key in desired:
            lane.derived(key, "matched: the account's own value stands")
        mine = lane.root.kind is Kind.PERSON and (change.current or {}).get("account") == "customer"
        for ref in joined if mine else ():
            _join(lane, ref)
        return lane.compiled(
            slim({"ref": desired["ref"], "organizations": desired.get("organizations") if mine else None})
        )
    if lane.root.kind is Kind.GROUP:
        return lane.compiled(None, refused=_TEAM)
    root = _Root(desired, catalog, session)
    if change.outcome is Outcome.CREATE:
        root.lane.add(f"{root.noun}.create", f"{root.lane.root}/create", body=root.body)
        for ref in joined:
            _join(root.lane, ref)
        root.note("")
    elif change.outcome is Outcome.UPDATE:
        root.update(change, joined)
    return root.lane.compiled(root.expected)


def _join(lane: Lane, ref: str) -> None:
    lane.edit("contact.join", f"{lane.root}/join", params={"id": From(lane.root)}, body={"id": From(parse_ref(ref))})  # fmt: skip


class _Root:
    def __init__(self, desired: Record, catalog: Catalog, session: Session) -> None:
        self.desired, self.lane, self.session = desired, Lane(parse_ref(desired["ref"])), session
        self.person = self.lane.root.kind is Kind.PERSON
        self.noun, of = ("contact", "person") if self.person else ("company", "organization")
        self.exact: dict[str, Any] = {}
        self.expected: Record = {"ref": desired["ref"], **({"account": "customer"} if self.person else {})}
        self.body: dict[str, Template] = {"role": "user"} if self.person else {}
        name = " ".join(str(desired.get("name", "")).split()) or str(
            desired.get("email") or f"{of} {self.lane.root.id}"
        )
        self._put("name", "name", name)
        self._put("email", "email", str(desired.get("email", "")).strip().lower() if self.person else "")
        self._put("external_id", "external_id" if self.person else "company_id", desired.get("external_id") or "")  # fmt: skip
        self.body.setdefault("external_id" if self.person else "company_id", session.mark(self.lane.root.id))
        known = {row["key"] for row in catalog.get("fields", ()) if row.get("of") == of and row.get("active", True)}  # fmt: skip
        fields = {
            key: value
            for key, value in desired.get("fields", {}).items()
            if key in known and isinstance(value, str | int | float)
        }
        if fields:
            self.body["custom_attributes"] = dict(fields)
        self.lane.carried(*(f'fields["{key}"]' for key in fields), by="data attribute")
        others = {key: value for key, value in desired.get("fields", {}).items() if key not in fields}
        self.beside = {key: value for key, value in desired.items() if key not in (ROOT if self.person else _COMPANY)}  # fmt: skip
        if self.person:
            self.lane.carried("account", "organizations", by="contact")
            self.lane.kept("ref", *sorted(self.beside), *(f'fields["{key}"]' for key in others), by="our note")  # fmt: skip
            self.expected |= {
                **self.beside, "fields": desired.get("fields"), "organizations": desired.get("organizations"),
            }  # fmt: skip
            self.beside |= {"fields": desired.get("fields")} if others else {}
        else:
            self._company(others)
        self.expected = slim(self.expected)

    def _company(self, others: dict[str, Any]) -> None:
        desired, lane = self.desired, self.lane
        lane.derived("ref", "the company's own id")
        if desired.get("created"):
            self.body["remote_created_at"] = to_unix(desired["created"])
            lane.carried("created", by="remote_created_at")
        lane.derived("updated", "the desk's own time stands")
        lost = sorted([*(key for key in self.beside if key != "updated"), *(f'fields["{key}"]' for key in others)])  # fmt: skip
        for key in lost:
            lane.lost(
                key, "INTERCOM-COMPANY", "a company has no place for it", "Make a company attribute of this name, or drop it.",
            )  # fmt: skip
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
            mark = {
                "ref": str(self.lane.root), "workspace": self.session.workspace, "record": self.beside, "exact": self.exact,
            }  # fmt: skip
            body: dict[str, Template] = {"about": str(self.lane.root), "mark": packed(mark)}
            self.lane.add(
                "contact.note", f"{self.lane.root}/note{edit}", params={"id": From(self.lane.root)}, body=body
            )

    def update(self, change: Change, joined: list[str]) -> None:
        """Write what moved, and a new note: the newest counts."""
        moved = {name.split("[", 1)[0] for name in change.fields}
        names = {"name": "name", "email": "email", "external_id": "external_id", "fields": "custom_attributes"}  # fmt: skip
        if not self.person:
            names = {"name": "name", "fields": "custom_attributes"}
        body = {
            target: self.body.get(target)
            for key, target in names.items()
            if key in moved and self.body.get(target)
        }
        if body:
            self.lane.edit(
                f"{self.noun}.update", f"{self.lane.root}/edit", params={"id": From(self.lane.root)}, body=body,
            )  # fmt: skip
        for ref in joined if "organizations" in moved else ():
            _join(self.lane, ref)
        for ref in (change.current or {}).get("organizations", ()) if "organizations" in moved else ():
            if ref not in self.desired.get("organizations", ()):
                params: dict[str, Template] = {"id": From(self.lane.root), "company": From(parse_ref(ref))}
                self.lane.edit("contact.leave", f"{self.lane.root}/leave", params=params)
        if change.fields:
            self.note(f"@{short_hash((self.beside, self.exact))}")
