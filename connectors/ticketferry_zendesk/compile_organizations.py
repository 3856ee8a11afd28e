"""Organizations and groups: organizations are made and marked, groups are matched by name or made where the mapping says so."""

from ticketferry.sdk import (
    Change,
    Compiled,
    Expected,
    From,
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
from ticketferry_zendesk.people_rows import ORGANIZATION
from ticketferry_zendesk.site_index import ZendeskCatalogIndex

__all__ = ["compile_group", "compile_organization", "expected_group", "expected_organization"]


class OrganizationWriter(AccountWriter):
    """Writes an organization."""

    kind = "organization"
    placed = places(ORGANIZATION) | APART | {"shared_tickets", "shared_comments", "domains_last"}

    def describe(self) -> None:
        """Write all but the mark."""
        desired = self.desired
        # Without a name Zendesk makes none, and its members could not be made either: they name it.
        given = self.name()
        if "|" in given:
            self.lane.find(
                "ZD-ORGANIZATION-NAME", Severity.REPAIR, "name", "an organization's name takes no `|`: `/` stands for it",
                "Rename it in the old desk where the name matters; as it was it stands in the notes.",
            )  # fmt: skip
        self.write_name(given.replace("|", "/") or f"Organization {self.lane.root.id}")
        self.write(ORGANIZATION)
        for key in ("shared_tickets", "shared_comments"):
            value = desired.get(key) is True
            self.body[key] = value
            self.of[key] = [key]
            if value:
                self.expected[key] = True
            self.lane.carried(key, by=key)
        self.fields("organization", "organization_fields")

    def describe_whole(self) -> None:
        """Describe an organization with its mark, and tell where it had no name."""
        self.describe()
        if not self.name():
            self.lane.find(
                "ZD-ORGANIZATION", Severity.REPAIR, "name", f"an organization needs a name: it gets {self.body['name']!r}",
                "Give it a name in the source.",
            )  # fmt: skip
        self.mark()


def compile_organization(change: Change, site: ZendeskCatalogIndex, session: Session) -> Compiled:
    """Compile an organization: looked up by external id and name before it is made, never updated by its name."""
    desired = change.desired
    assert desired is not None
    root = OrganizationWriter(desired, site, session)
    lane = root.lane
    if change.outcome is Outcome.MATCH:
        lane.carried("ref", "name", by="the organization that is there")
        return lane.compiled({"ref": desired["ref"]})
    root.describe_whole()
    if change.outcome is Outcome.UPDATE:
        written = root.changes(change.fields)
        if written:
            root.edit("organization.update", written, change.current or {})
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
    root = OrganizationWriter(desired, site, session)
    root.describe_whole()
    return root.lane.expected(slim(root.expected))


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
