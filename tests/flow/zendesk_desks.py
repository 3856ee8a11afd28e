"""A Zendesk account read as a source, in words that two accounts have in common: addresses and names instead of numbers."""

from pathlib import Path
from typing import Any

from tests.flow.migrations import MAPPING

from ticketferry.desired.cases import assemble
from ticketferry.project import Project, stages
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.sdk.body import parse, to_text

__all__ = ["Account", "read_account"]


class Account:
    """Everything of one snapshot: `tickets` by number, `people` and `organizations` by id, the catalog's names."""

    def __init__(self, project: Project) -> None:
        snapshots = project.snapshots("source")
        info = snapshots.latest()
        assert info is not None
        self.catalog = snapshots.catalog(info.catalog)

        def every(kind: Kind) -> dict[str, dict[str, Any]]:
            found = {}
            for ref, rows in snapshots.roots(kind, info.number):
                record = assemble(ref, rows, snapshots.content)
                if record is not None:
                    found[ref.id] = record
            return found

        self.people = every(Kind.PERSON)
        self.organizations = every(Kind.ORGANIZATION)
        self.groups = every(Kind.GROUP)
        self.tickets = every(Kind.TICKET)
        self._fields = {
            field["key"]: field for field in self.catalog["fields"] if field.get("of", "ticket") == "ticket"
        }

    def name(self, ref: str | None) -> str | None:
        """What a reference is known by in any account: an address, or a name."""
        if ref is None:
            return None
        own = parse_ref(ref)
        table = {Kind.PERSON: self.people, Kind.ORGANIZATION: self.organizations, Kind.GROUP: self.groups}[
            own.kind
        ]
        row = table.get(own.id)
        if row is None:
            return f"no such {own.kind.value}"
        return str(row.get("email") or row.get("name")).casefold()

    def fields(self, ticket: dict[str, Any]) -> dict[str, Any]:
        """Custom fields by name, options by their names; an empty checkbox is one that nobody touched."""
        found: dict[str, Any] = {}
        for key, value in ticket.get("fields", {}).items():
            field = self._fields[key]
            names = {option["value"]: option["name"] for option in field.get("options", ())}
            if value is False:
                continue
            said = (
                [names.get(item, item) for item in value]
                if isinstance(value, list)
                else names.get(value, value)
            )
            found[field["name"]] = said
        return found

    def comment(self, comment: dict[str, Any], files: list[dict[str, Any]]) -> dict[str, Any]:
        """A comment as people see it."""
        body = comment.get("body") or {}
        return {
            "author": self.name(comment.get("author")),
            "time": comment.get("created"),
            "public": comment["public"],
            "text": to_text(parse(body.get("html", ""))).strip(),
            "files": sorted(
                (file["name"], file.get("size"), file.get("sha256"))
                for file in files
                if file.get("comment") == comment["ref"]
            ),
        }

    def ticket(self, number: str) -> dict[str, Any]:
        """What the import API can carry of a ticket."""
        ticket = self.tickets[number]
        files = ticket.get("attachments", [])
        plain = (
            "subject",
            "status",
            "stage",
            "priority",
            "type",
            "brand",
            "form",
            "created",
            "updated",
            "due",
        )
        found: dict[str, Any] = {key: ticket.get(key) for key in plain}
        for key in ("requester", "assignee", "group", "organization"):
            found[key] = self.name(ticket.get(key))
        for key in ("followers", "ccs"):
            found[key] = sorted(str(self.name(ref)) for ref in ticket.get(key, []))
        found["tags"] = sorted(ticket.get("tags", []))
        found["fields"] = self.fields(ticket)
        for kind in ("problem", "follow_up"):
            found[kind] = sorted(
                (bool(link.get("inward")), parse_ref(link["to"]).id)
                for link in ticket.get("links", [])
                if link["type"] == kind and link.get("to")
            )
        found["comments"] = [self.comment(comment, files) for comment in ticket.get("comments", [])]
        return found


def read_account(root: Path, account: Any, clock: Any, key: str) -> Account:
    """Extract an emulated account as a source, with its files, as somebody would who never heard of the migration."""
    root.mkdir(parents=True)
    who = account.credentials
    (root / "out").mkdir()
    (root / "migration.yaml").write_text(
        "version: 1\n"
        f"source: {{connector: zendesk, key: {key}, base_url: '{account.base_url}',"
        f" client_id: {who['ZENDESK_CLIENT_ID']}, client_secret: env:ZENDESK_CLIENT_SECRET}}\n"
        "target: {connector: neutral, key: files, folder: out}\nmapping: mapping.yaml\n"
    )
    (root / "mapping.yaml").write_text(MAPPING.replace("source: neutral", "source: zendesk"))
    with Project.load(root, clock=clock) as project:
        stages.extract(project, ("source",))
        return Account(project)
