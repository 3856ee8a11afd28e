"""People and organizations: end users and organizations are made, agents and groups are matched and never made.

Their mark is the external id (`tf-acme-7`), which is unique and can be asked for. Where the source has an external id of its own, that is
kept in its place, since other systems look the record up by it; the mark then stands in the last line of the notes, with whatever has
no place in Zendesk. Not in a tag: the tags of users and organizations come upon all their new tickets.
"""

from collections.abc import Collection, Sequence
from typing import Any

from ticketferry.sdk import (
    Change,
    Compiled,
    Expected,
    From,
    Json,
    Kind,
    Lane,
    Outcome,
    Record,
    Session,
    Severity,
    Template,
    join_path,
    parse_ref,
    slim,
)
from ticketferry.sdk.codec import FieldWriter, places
from ticketferry.sdk.values import MisfitError
from ticketferry_zendesk.compile_ticket import write_value
from ticketferry_zendesk.notes import NOTES, join_notes
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.people_rows import ORGANIZATION, PERSON, as_written
from ticketferry_zendesk.site_index import ZendeskCatalogIndex
from ticketferry_zendesk.time_zones import RAILS_ZONES

__all__ = [
    "compile_group",
    "compile_organization",
    "compile_person",
    "expected_group",
    "expected_organization",
    "expected_person",
]

_APART = {"ref", "name", "external_id", "fields", "notes", "origin", "native"}
_PERSON = places(PERSON) | _APART | {"account", "organizations", "identities", "time_zone"}
_ORGANIZATION = places(ORGANIZATION) | _APART | {"shared_tickets", "shared_comments", "domains_last"}
_MADE_INLINE = frozenset({"email", "twitter", "facebook", "google"})
"""Kinds of identities that a request may give beside the primary e-mail [OAS UserIdentityInput]; a phone number goes into `phone`."""
_NAME = 255


class _Root(FieldWriter):
    """What people and organizations have in common. `kept`: what stands in the notes, key by key."""

    def __init__(
        self, desired: Record, site: ZendeskCatalogIndex, session: Session, kind: str, of: frozenset[str]
    ) -> None:
        super().__init__(desired, site, Lane(parse_ref(desired["ref"])), "notes")
        self.session = session
        self.kind = kind
        self.expected["ref"] = desired["ref"]
        self.kept: Record = {
            key: value for key, value in desired.items() if key not in of and value not in (None, "", [], {})
        }
        self.lane.kept("ref", *sorted(self.kept), by="notes")

    def write_name(self, name: str) -> None:
        """Write the name that Zendesk takes, which may not be the record's own."""
        self.put("name", "name", name)
        self.show("name", "name", self.desired.get("name") or name, name, as_written("name"))

    def name(self, most: int = _NAME) -> str:
        text = str(self.desired.get("name", ""))
        line = " ".join(text.split())
        if len(line) > most:
            line = line[: most - 1].rstrip() + "…"
        return line

    def fields(self, of: str, target: str) -> None:
        written: dict[str, Template] = {}
        read: dict[str, Any] = {}
        for name, value in self.desired.get("fields", {}).items():
            known = self.site.field(name, of)
            path = join_path("fields", name)
            try:
                if known is None:
                    raise MisfitError("Zendesk has no such field")
                done = write_value(known, value)
            except MisfitError as error:
                self.beside(
                    path, value, "ZD-FIELD", f"{error}: the value is kept in the notes", "Make the field."
                )
                continue
            written[known["key"]] = done  # type: ignore[assignment]
            if done is not False:
                read[known["key"]] = done
            self.of[f'fields["{known["key"]}"]'] = [target]
        if written:
            self.body[target] = written
            self.expected["fields"] = read
        self.lane.carried("fields", by=target)

    def mark(self) -> None:
        """Set the external id and the notes: one of them bears the mark."""
        own = self.desired.get("external_id")
        mark = self.session.mark(self.lane.root.id)
        self.body["external_id"] = own or mark
        self.of["external_id"] = ["external_id"]
        if own:
            self.expected["external_id"] = own
        self.lane.carried("external_id", by="external_id")
        if self.unplaced:
            self.kept["provenance"] = {**self.kept.get("provenance", {}), "unplaced": self.unplaced}
        told: dict[str, Any] = slim({"record": self.kept, "exact": self.exact})
        notes = str(self.desired.get("notes", ""))
        while True:
            text = join_notes(
                notes, str(self.lane.root), self.session.workspace, mark, told, always=bool(own)
            )
            if len(text.encode()) <= NOTES or not self.kept:
                break
            key = max(sorted(self.kept), key=lambda name: len(repr(self.kept[name])))
            self.lane.lost(
                key, "ZD-PROVENANCE", f"{len(repr(self.kept.pop(key))):,} characters do not fit into the notes",
                "The snapshot still holds it.",
            )  # fmt: skip
            told = slim({"record": self.kept, "exact": self.exact})
        self.body["notes"] = text
        self.of["notes"] = ["notes"]
        if notes:
            self.expected["notes"] = notes
        self.lane.carried("notes", by="notes")

    def changes(self, entries: Collection[str]) -> dict[str, Template]:
        """Return what an update writes: the keys that moved, and the notes, which hold what is kept beside."""
        moved = {target for entry in entries for target in self.of.get(entry, [])}
        fields = {entry[8:-2] for entry in entries if entry.startswith('fields["')}
        if fields:
            moved.add(self.fields_key)
        return self.values(moved | ({"notes"} if entries else set()), fields)

    @property
    def fields_key(self) -> str:
        """Return the key under which a request holds custom fields."""
        return f"{self.kind}_fields"

    def values(self, targets: Collection[str], fields: Collection[str]) -> dict[str, Template]:
        """Return what stands under some keys; of custom fields those named, emptied where the record lacks them."""
        found: dict[str, Template] = {}
        for target in sorted(targets):
            found[target] = self.value(target)
        if self.fields_key in found:
            mine = self.body.get(self.fields_key)
            held = mine if isinstance(mine, dict) else {}
            found[self.fields_key] = {name: held.get(name) for name in sorted(fields)}
        return found


def compile_person(
    change: Change, site: ZendeskCatalogIndex, session: Session, options: ZendeskOptions
) -> Compiled:
    """Compile a person: an end user to make, one that is there and may lack an organization, or one that moved."""
    desired = change.desired
    assert desired is not None
    root = _Root(desired, site, session, "user", _PERSON)
    lane = root.lane
    organizations: list[str] = list(dict.fromkeys(desired.get("organizations", [])))
    if change.outcome is Outcome.MATCH:
        return _matched(change, lane, organizations)
    _describe_whole(root)
    if change.outcome is Outcome.UPDATE:
        return _moved(root, change, organizations)
    body: dict[str, Template] = {**root.body, "skip_verify_email": True}
    if organizations:
        body["organization_id"] = site.number(organizations[0])
    if options.bulk_users:
        lane.add("user.create_many", f"{lane.root}/create", body=body)
    else:
        lane.add("user.create", f"{lane.root}/create", body={"user": body})
    _memberships(lane, site, organizations[1:])
    return lane.compiled(slim(root.expected))


def expected_person(desired: Record, site: ZendeskCatalogIndex, session: Session) -> Expected:
    """Say what reading gives of an end user."""
    root = _Root(desired, site, session, "user", _PERSON)
    _describe_whole(root)
    return root.lane.expected(slim(root.expected))


def _describe_whole(root: _Root) -> None:
    """Describe an end user with organizations and mark."""
    _describe(root)
    root.expected["account"] = "customer"
    root.lane.carried("account", "organizations", by="user")
    organizations = list(dict.fromkeys(root.desired.get("organizations", [])))
    if organizations:
        root.expected["organizations"] = organizations
    root.mark()


def _describe(root: _Root) -> None:
    email = str(root.desired.get("email", "")).strip()
    root.desired = {**root.desired, "email": email}
    root.write_name(root.name() or email or f"Person {root.lane.root.id}")
    root.write(PERSON)
    _identities(root, email)
    if "locale" in root.body:
        # Accounts fill in a language of their own: that one was set stands in the notes.
        root.exact["locale"] = [root.desired["locale"], root.desired["locale"]]
    zone = root.desired.get("time_zone")
    label = RAILS_ZONES.get(zone) if zone else None
    if label is not None:
        root.put("time_zone", "time_zone", label)
        root.show("time_zone", "time_zone", zone, label, as_written("time_zone"))
    elif zone:
        root.kept["time_zone"] = zone
        root.lane.kept("time_zone", by="notes")
    root.fields("person", "user_fields")


def _identities(root: _Root, email: str) -> None:
    """Give other addresses with the person; the first phone number is one that several may share, since a direct line is unique."""
    shown: list[dict[str, Any]] = [{"type": "email", "value": email, "primary": True}] if email else []
    inline: list[Template] = []
    left = 0
    for item in root.desired.get("identities", []):
        kind, value = item.get("type"), str(item.get("value", ""))
        if kind == "email" and value.lower() == email.lower():
            continue
        if kind in _MADE_INLINE:
            written = value.lower() if kind == "email" else value
            inline.append({"type": kind, "value": written})
            shown.append({"type": kind, "value": written})
        elif kind == "phone" and "phone" not in root.body:
            root.body |= {"phone": value, "shared_phone_number": True}
            shown.append({"type": kind, "value": value})
        else:
            left += 1
    if inline:
        root.body["identities"] = inline
    if shown:
        # Read back in small letters: Zendesk's own way with addresses.
        root.expected["identities"] = [
            {**item, "value": item["value"].lower() if item["type"] == "email" else item["value"]}
            for item in shown
        ]
    # A request takes type and value only: whether one is verified and since when stands in the notes, with kinds that it does not take.
    whole: list[Json] = [
        slim({key: value for key, value in item.items() if key not in ("ref", "origin", "person", "native")})
        for item in root.desired.get("identities", [])
    ]
    if left or any(item.keys() - {"type", "value"} for item in whole if isinstance(item, dict)):
        root.kept["provenance"] = {**root.kept.get("provenance", {}), "identities": whole}
    root.of["identities"] = ["phone"]
    if left:
        root.lane.transformed("identities", "identities, phone; other kinds in the notes")
    else:
        root.lane.carried("identities", by="identities, phone; what else is known of them in the notes")
    root.lane.kept(
        *(f"identities[].{key}" for key in ("primary", "verified", "created", "updated")), by="notes"
    )
    root.lane.carried("identities[].type", "identities[].value", by="identities, phone")


def _moved(root: _Root, change: Change, organizations: Sequence[str]) -> Compiled:
    current, lane = change.current or {}, root.lane
    written = root.changes(change.fields)
    if "email" in written:
        # An update of the address adds a second one and does not change the first [DOC users].
        del written["email"]
        if current.get("email") != root.expected.get("email"):
            lane.find(
                "ZD-FIXED", Severity.LOSS, "email", "the API adds a further address and keeps the primary one as it is",
                "Change it in Zendesk by hand.",
            )  # fmt: skip
            _keep(root.expected, current, "email", "identities")
    if "identities" in change.fields and current.get("identities") != root.expected.get("identities"):
        _new_identities(root, current)
    if written:
        _edit(root, "user.update", written, current)
    there = current.get("organizations", [])
    if "organizations" in change.fields:
        _memberships(lane, root.site, [ref for ref in organizations if ref not in there])
        extra = [ref for ref in there if ref not in organizations]
        if extra:
            lane.find(
                "ZD-MEMBER",
                Severity.DOUBT,
                "organizations",
                f"stays a member of {', '.join(extra)}, which the source does not say (any more), and sees what its members share",
                "End the membership in Zendesk by hand, unless somebody there made it on purpose.",
                count=len(extra),
            )
            root.expected["organizations"] = [*organizations, *extra]
    return lane.compiled(slim(root.expected))


def _new_identities(root: _Root, current: Record) -> None:
    """Add addresses that are new; those that the source has no longer stay."""
    there = {(item.get("type"), str(item.get("value"))) for item in current.get("identities", [])}
    shown = root.expected.get("identities", [])
    for item in shown:
        if (item["type"], item["value"]) not in there and item["type"] in _MADE_INLINE:
            body: Template = {"type": item["type"], "value": item["value"], "skip_verify_email": True}
            subject = root.lane.part(Kind.IDENTITY, f"{root.lane.root.id}.{item['type']}.{item['value']}")
            root.lane.add(
                "identity.add",
                f"{root.lane.root}/identity/{item['type']}:{item['value']}",
                params={"id": From(root.lane.root)},
                body={"identity": body},
                subject=subject,
            )
    wanted = {(item["type"], item["value"]) for item in shown}
    shown += [
        item
        for item in current.get("identities", [])
        if (item.get("type"), str(item.get("value"))) not in wanted
    ]
    if shown:
        root.expected["identities"] = shown


def _keep(expected: Record, current: Record, *keys: str) -> None:
    for key in keys:
        expected.pop(key, None)
        if key in current:
            expected[key] = current[key]


def _edit(root: _Root, endpoint: str, written: dict[str, Template], current: Record) -> None:
    """Write what moved, with what undoing it writes: the record as it was read."""
    former = _Root(
        {**current, "ref": str(root.lane.root)},
        root.site,
        root.session,
        root.kind,
        _PERSON if root.kind == "user" else _ORGANIZATION,
    )
    if root.kind == "user":
        _describe(former)
    else:
        _describe_organization(former)
    former.mark()
    fields = written.get(root.fields_key)
    back = former.values(written, fields if isinstance(fields, dict) else ())
    root.lane.edit(
        endpoint,
        f"{root.lane.root}/edit",
        params={"id": From(root.lane.root), "undo": {root.kind: back}},
        body={root.kind: written},
    )


def _matched(change: Change, lane: Lane, organizations: Sequence[str]) -> Compiled:
    desired, current = change.desired or {}, change.current or {}
    lane.carried("ref", "email", "name", "account", by="the account that is there")
    lane.carried("organizations", by="organization_memberships")
    lane.kept("provenance", by="the account that is there is not marked")
    there = current.get("organizations", [])
    _memberships(lane, None, [ref for ref in organizations if ref not in there])
    return lane.compiled(slim({"ref": desired["ref"], "organizations": list(organizations)}))


def _memberships(lane: Lane, site: ZendeskCatalogIndex | None, organizations: Sequence[str]) -> None:
    for ref in organizations:
        own = parse_ref(ref)
        organization: Template = site.number(ref) if site is not None else From(own, as_int=True)
        body: Template = {"user_id": From(lane.root, as_int=True), "organization_id": organization}
        subject = lane.part(Kind.MEMBERSHIP, f"{lane.root.id}.{own.id}")
        lane.add("membership.create", f"{lane.root}/member/{ref}", body=body, subject=subject)


# ---- organizations


def compile_organization(change: Change, site: ZendeskCatalogIndex, session: Session) -> Compiled:
    """Compile an organization: looked up by external id and name before it is made, never updated by its name."""
    desired = change.desired
    assert desired is not None
    root = _Root(desired, site, session, "organization", _ORGANIZATION)
    lane = root.lane
    if change.outcome is Outcome.MATCH:
        lane.carried("ref", "name", by="the organization that is there")
        return lane.compiled({"ref": desired["ref"]})
    _describe_named(root)
    if change.outcome is Outcome.UPDATE:
        written = root.changes(change.fields)
        if written:
            _edit(root, "organization.update", written, change.current or {})
        return lane.compiled(slim(root.expected))
    body = {**root.body}
    late = body.pop("domain_names", None) if desired.get("domains_last") else None
    lane.add("organization.create", f"{lane.root}/create", body=body)
    if late:
        # Whoever is made while an organization has domains becomes its member [DOC 4408882246298].
        params: dict[str, Template] = {"id": From(lane.root)}
        lane.add(
            "organization.domains",
            f"{lane.root}/domains",
            params=params,
            body={"organization": {"domain_names": late}},
        )
    return lane.compiled(slim(root.expected))


def expected_organization(desired: Record, site: ZendeskCatalogIndex, session: Session) -> Expected:
    """Say what reading gives of an organization."""
    root = _Root(desired, site, session, "organization", _ORGANIZATION)
    _describe_named(root)
    return root.lane.expected(slim(root.expected))


def _describe_named(root: _Root) -> None:
    """Describe an organization with its mark, and tell where it had no name."""
    _describe_organization(root)
    if not root.name():
        root.lane.find(
            "ZD-ORGANIZATION", Severity.REPAIR, "name", f"an organization needs a name: it gets {root.body['name']!r}",
            "Give it a name in the source.",
        )  # fmt: skip
    root.mark()


def _describe_organization(root: _Root) -> None:
    desired = root.desired
    # Without a name Zendesk makes none, and its members could not be made either: they name it.
    given = root.name()
    if "|" in given:
        root.lane.find(
            "ZD-ORGANIZATION-NAME", Severity.REPAIR, "name", "an organization's name takes no `|`: `/` stands for it",
            "Rename it in the old desk where the name matters; as it was it stands in the notes.",
        )  # fmt: skip
    root.write_name(given.replace("|", "/") or f"Organization {root.lane.root.id}")
    root.write(ORGANIZATION)
    for key in ("shared_tickets", "shared_comments"):
        value = desired.get(key) is True
        root.body[key] = value
        root.of[key] = [key]
        if value:
            root.expected[key] = True
        root.lane.carried(key, by=key)
    root.fields("organization", "organization_fields")


def compile_group(change: Change) -> Compiled:
    """Compile a group: one of the same name is matched; a mapping that makes groups says so (`catalog: {create: [groups]}`).

    Their notes have no room, so that what has no place is told as lost; a lost answer is looked for by name.
    """
    desired = change.desired or {}
    lane = Lane(parse_ref(desired["ref"]))
    if change.outcome is Outcome.MATCH:
        lane.carried("ref", "name", "restricted", "description", by="group")
        return lane.compiled({"ref": desired["ref"]})
    expected = _group_record(desired, lane)
    body: dict[str, Template] = {"name": desired.get("name"), "is_public": not expected["restricted"]}
    if "description" in expected:
        body["description"] = expected["description"]
    if change.outcome is Outcome.CREATE:
        lane.add("group.create", f"{lane.root}/create", body={"group": body})
    elif change.fields:
        lane.find(
            "ZD-FIXED", Severity.LOSS, "name", "groups are made and not changed: it stays as it is in Zendesk"
        )
        expected = {**(change.current or {}), "ref": desired["ref"]}
    return lane.compiled(expected)


def expected_group(desired: Record) -> Expected:
    """Say what reading gives of a group."""
    lane = Lane(parse_ref(desired["ref"]))
    return lane.expected(_group_record(desired, lane))


def _group_record(desired: Record, lane: Lane) -> Record:
    lane.carried("ref", "name", "restricted", "description", by="group")
    record: Record = {
        "ref": desired["ref"],
        "name": desired.get("name"),
        "restricted": desired.get("restricted") is True,
    }
    if desired.get("description"):
        record["description"] = desired["description"]
    for key in [key for key in desired if key not in {*record, "description", "origin", "native"}]:
        lane.lost(key, "ZD-GROUP", "a group has no room for it", "The snapshot still holds it.")
    return record
