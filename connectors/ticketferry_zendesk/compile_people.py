"""People: end users are made, agents are matched and never made."""

from collections.abc import Sequence
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
    parse_ref,
    slim,
)
from ticketferry.sdk.codec import places
from ticketferry_zendesk.compile_account import APART, AccountWriter
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.people_rows import PERSON, as_written
from ticketferry_zendesk.site_index import ZendeskCatalogIndex
from ticketferry_zendesk.time_zones import RAILS_ZONES

__all__ = ["compile_person", "expected_person"]

_MADE_INLINE = frozenset({"email", "twitter", "facebook", "google"})
"""Kinds of identities that a request may give beside the primary e-mail [OAS UserIdentityInput]; a phone number goes into `phone`."""


class PersonWriter(AccountWriter):
    """Writes an end user."""

    kind = "user"
    placed = places(PERSON) | APART | {"account", "organizations", "identities", "time_zone"}

    def describe(self) -> None:
        """Write all but organizations and the mark."""
        email = str(self.desired.get("email", "")).strip()
        self.desired = {**self.desired, "email": email}
        self.write_name(self.name() or email or f"Person {self.lane.root.id}")
        self.write(PERSON)
        _identities(self, email)
        if "locale" in self.body:
            # Accounts fill in a language of their own: that one was set stands in the notes.
            self.exact["locale"] = [self.desired["locale"], self.desired["locale"]]
        zone = self.desired.get("time_zone")
        label = RAILS_ZONES.get(zone) if zone else None
        if label is not None:
            self.put("time_zone", "time_zone", label)
            self.show("time_zone", "time_zone", zone, label, as_written("time_zone"))
        elif zone:
            self.kept["time_zone"] = zone
            self.lane.kept("time_zone", by="notes")
        self.fields("person", "user_fields")

    def describe_whole(self) -> None:
        """Describe an end user with organizations and mark."""
        self.describe()
        self.expected["account"] = "customer"
        self.lane.carried("account", "organizations", by="user")
        organizations = list(dict.fromkeys(self.desired.get("organizations", [])))
        if organizations:
            self.expected["organizations"] = organizations
        self.mark()


def compile_person(
    change: Change, site: ZendeskCatalogIndex, session: Session, options: ZendeskOptions
) -> Compiled:
    """Compile a person: an end user to make, one that is there and may lack an organization, or one that moved."""
    desired = change.desired
    assert desired is not None
    root = PersonWriter(desired, site, session)
    lane = root.lane
    organizations: list[str] = list(dict.fromkeys(desired.get("organizations", [])))
    if change.outcome is Outcome.MATCH:
        return _matched(change, lane, organizations)
    root.describe_whole()
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
    root = PersonWriter(desired, site, session)
    root.describe_whole()
    return root.lane.expected(slim(root.expected))


def _identities(root: PersonWriter, email: str) -> None:
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


def _moved(root: PersonWriter, change: Change, organizations: Sequence[str]) -> Compiled:
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
        root.edit("user.update", written, current)
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


def _new_identities(root: PersonWriter, current: Record) -> None:
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
