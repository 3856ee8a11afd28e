"""The sample desk moved into an empty account, which is then read as a source by a project that never heard of the migration.

Our own marks are not trusted here: what the second account shows to anybody is compared, value by value, with what the first one shows.
Everything that differs stands in this file with its reason, and in docs/limits.md.
"""

import re
from collections import defaultdict
from typing import Any

import pytest
from tests.flow.zendesk_desks import Account, read_account
from tests.flow.zendesk_pair import pair
from tools.tables.zendesk_writing import rows

from ticketferry.project import Project, stages
from ticketferry.sdk.contract import Disposition

TICKETS = 200
MARK = "tf-acme-"

BY_MAPPING = {
    "tags": "the mapping's label with the old number, and a tag that it drops",
    "people": "the mapping's placeholder stands for agents who have no account in the target and for who was deleted",
    "contested": "an account that is suspended in the target is nobody's: the mapping's placeholder stands under the words",
    "assignee": "who is stood for by a placeholder is assigned nothing",
    "followers": "a light agent does not follow",
    "fields": "the mapping drops the field `Card number`",
    "mentions": "the mapping leads numbers of other tickets to their copies",
    "addresses": "and so it does with addresses of other tickets",
    "empty subject": "the mapping fills an empty subject",
}
"""What the shipped mapping changes, each a line of it."""

BY_ZENDESK = {
    "subject": ("subject (with line breaks or placeholders)", Disposition.TRANSFORMED),
    "no text": ("comments[].body (without words)", Disposition.TRANSFORMED),
    "quotes": ("tags (with spaces, capitals or quotes)", Disposition.TRANSFORMED),
    "braces": ("comments[].body (with placeholders)", Disposition.TRANSFORMED),
    "lookups": ("fields (a lookup of another record)", Disposition.KEPT),
    "unused field": ("fields (that the account lacks or has switched off)", Disposition.KEPT),
    "stage": ("stage", Disposition.TRANSFORMED),
    "seconds": ("comments[].created (with parts of a second)", Disposition.TRANSFORMED),
    "file name": ("attachments[].name (with a path or quotes)", Disposition.TRANSFORMED),
    "redacted file": ("attachments[] (without bytes)", Disposition.UNSUPPORTED),
}
"""What the import API cannot show as it was: the row of the table in docs/limits.md."""

BY_ITSELF = {"domain": "P317", "requester's": "P318"}
"""What Zendesk does on its own to whom is made (a member by the domain of the address) and to their tickets: the plan's finding."""


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    """Both accounts, each read as a source, and the codes of what the plan told."""
    base = tmp_path_factory.mktemp("round")
    with pair(TICKETS) as desks:
        with Project.load(desks.project(base / "mig"), clock=desks.clock) as project:
            stages.extract(project)
            plan = stages.make_plan(project)
            assert stages.apply(project, plan).failed == 0
            told = {item.code for item in plan.findings()}
        desks.clock.advance(180)  # exports leave the newest minute out
        first = read_account(base / "first", desks.source, desks.clock, "acme")
        second = read_account(base / "second", desks.target, desks.clock, "globex")
        desks.healthy()
    return first, second, told


@pytest.fixture(scope="module")
def accounts(migrated):
    return migrated[:2]


def drawn(first: Account, ref: str) -> list[str]:
    """The organizations that a person of the first account gets into: their own, else the one that claims their address's domain."""
    person = first.people[ref.rpartition(":")[2]]
    own = [first.name(of) for of in person.get("organizations", [])]
    if own or person["role"] != "end_user":
        return own
    domains = {
        str(row["value"]).rpartition("@")[2] for row in person.get("identities", []) if row["type"] == "email"
    }
    return sorted(
        first.name(row["ref"])
        for row in first.organizations.values()
        if domains & set(row.get("domains", []))
    )[:1]


def copies(first: Account, second: Account) -> dict[str, str]:
    """Number in the first account -> number of its copy; every ticket of the second is one, and is there once."""
    found = {ticket["external_id"].removeprefix(MARK): number for number, ticket in second.tickets.items()}
    assert len(found) == len(second.tickets)
    gone = {number for number, ticket in first.tickets.items() if ticket["stage"] == "deleted"}
    assert found.keys() == first.tickets.keys() - gone
    return found


class Rules:
    """What should be there, by the rules above; notes which of them were needed."""

    def __init__(
        self, first: Account, numbers: dict[str, str], label: str = "zd-", second: Account | None = None
    ) -> None:
        self.first = first
        there = (
            {row.get("email") for row in second.people.values() if row["state"] == "suspended"}
            if second
            else set()
        )
        self.contested = {
            first.name(row["ref"]): f"former-{id_}~unsure@placeholder.invalid"
            for id_, row in first.people.items()
            if row.get("email") in there
        }
        """Name in the account -> address of the placeholder under their words."""
        self.label = label
        self.numbers = numbers
        self.used: dict[str, int] = defaultdict(int)
        self.placeholders = {
            first.name(person["ref"]): f"former-{id_}@placeholder.invalid"
            for id_, person in first.people.items()
            if (
                person["state"] == "deleted" or (person["role"] != "end_user" and person["state"] != "active")
            )
            and first.name(person["ref"]) not in self.contested
        }
        self.light = {
            first.name(person["ref"]) for person in first.people.values() if person["role"] == "light_agent"
        }
        lookups = {field["name"] for field in first.catalog["fields"] if field["type"] == "lookup"}
        unused = {field["name"] for field in first.catalog["fields"] if not field.get("active", True)}
        self.left_out = {
            **dict.fromkeys(lookups, "lookups"),
            **dict.fromkeys(unused, "unused field"),
            "Card number": "fields",
        }

    def labels(self, number: str) -> list[str]:
        return [f"{self.label}{number}"] if self.label else []

    def apply(self, rule: str, before: Any, after: Any) -> Any:
        if before != after:
            self.used[rule] += 1
        return after

    def braces(self, text: str, rule: str) -> str:
        return str(self.apply(rule, text, re.sub(r"\{(?=[{%])", "{\u2060", text)))

    def person(self, name: str | None) -> str | None:
        return self.apply("people", name, self.placeholders.get(name, name)) if name is not None else None

    def ticket(self, number: str) -> dict[str, Any]:
        wanted = self.first.ticket(number)
        line = " ".join(wanted["subject"].split())
        wanted["subject"] = self.braces(self.apply("subject", wanted["subject"], line), "subject")
        if not line:
            wanted["subject"] = self.apply("empty subject", "", "(no subject)")
        wanted["stage"] = self.apply("stage", wanted["stage"], wanted["stage"].replace("merged", "closed"))
        wanted["tags"] = self.apply(
            "quotes", wanted["tags"], [tag.replace("'", "_") for tag in wanted["tags"]]
        )
        wanted["tags"] = self.apply(
            "tags", wanted["tags"], sorted({*wanted["tags"], *self.labels(number)} - {"closed_by_merge"})
        )
        wanted["requester"] = self.person(wanted["requester"])
        if wanted["assignee"] in self.placeholders or wanted["assignee"] in self.contested:
            wanted["assignee"] = self.apply("assignee", wanted["assignee"], None)
        there = [name for name in wanted["followers"] if name not in self.light]
        wanted["followers"] = self.apply("followers", wanted["followers"], there)
        if wanted["organization"] is None and wanted["requester"] not in self.placeholders.values():
            belongs = drawn(self.first, self.first.tickets[number]["requester"])
            wanted["organization"] = self.apply("requester's", None, belongs[0] if belongs else None)
        for name in list(wanted["fields"]):
            if name in self.left_out:
                self.used[self.left_out[name]] += 1
                del wanted["fields"][name]
        for kind in ("problem", "follow_up"):
            wanted[kind] = sorted((inward, self.numbers[other]) for inward, other in wanted[kind])
        wanted["comments"] = [self.comment(comment) for comment in wanted["comments"]]
        return wanted

    def comment(self, comment: dict[str, Any]) -> dict[str, Any]:
        author = self.contested.get(comment["author"])
        if author is not None:
            self.used["contested"] += 1
        return {
            "author": author or self.person(comment["author"]),
            "time": self.apply("seconds", comment["time"], re.sub(r"\.\d+Z", "Z", comment["time"])),
            "public": comment["public"],
            "text": self.braces(
                self.apply("no text", comment["text"], comment["text"] or "(no text)"), "braces"
            ),
            "files": sorted(self.file(*file) for file in comment["files"] if self.has_bytes(file)),
        }

    def has_bytes(self, file: tuple[Any, ...]) -> bool:
        if file[2] is None:
            self.used["redacted file"] += 1
        return file[2] is not None

    def file(self, name: str, size: int, checksum: str) -> tuple[str, int, str]:
        bare = re.split(r"[/\\]", name)[-1].replace('"', "'")
        return str(self.apply("file name", name, bare)), size, checksum


def without_leads(text: str, rules: Rules) -> str:
    """Take out the addresses that stand after numbers and old addresses of other tickets, each of which must lead to that very ticket."""

    def lead(found: re.Match[str]) -> str:
        assert found[2] == found[3], found[0]
        assert found[2] in rules.numbers
        rules.used["mentions" if found[1] == "#" else "addresses"] += 1
        return found[1] + found[2]

    return re.sub(
        r"(#|/agent/tickets/)(\d+) \(http[^ )]*/agent/search/1\?type=ticket&q=external_id%3Atf-acme-(\d+)\)",
        lead,
        text,
    )


def test_every_ticket_is_there_with_everything_that_an_import_can_carry(migrated):
    first, second, told = migrated
    numbers = copies(first, second)
    rules = Rules(first, numbers, second=second)
    for number, copy in numbers.items():
        seen = second.ticket(copy)
        ours = seen["comments"].pop()
        assert "ticketferry" in ours["text"]
        assert ours["public"] is False
        for comment in seen["comments"]:
            comment["text"] = without_leads(comment["text"], rules)
        wanted = rules.ticket(number)
        assert {key: seen[key] for key in seen if seen[key] != wanted[key]} == {
            key: wanted[key] for key in seen if seen[key] != wanted[key]
        }, f"ticket {number}"
    assert rules.used.keys() == BY_MAPPING.keys() | BY_ZENDESK.keys() | {"requester's"}, (
        "each rule has a ticket that needs it, or it could hide a fault"
    )
    assert BY_ITSELF["requester's"] in told


def test_what_differs_is_what_the_table_of_limits_says():
    table = {row.path: row.disposition for row in rows("ticket")}
    for path, disposition in BY_ZENDESK.values():
        assert table[path] is disposition, path


def test_tickets_hang_together_as_they_did(accounts):
    """The links are compared with the tickets above; here it is seen that there are some of each kind."""
    first, second = accounts
    numbers = copies(first, second)
    for kind in ("problem", "follow_up"):
        assert sum(len(second.ticket(copy)[kind]) for copy in numbers.values()) > 1


def _profile(account: Account, person: dict[str, Any]) -> dict[str, Any]:
    plain = ("name", "locale", "time_zone", "details", "alias", "fields")
    return {
        **{key: person.get(key) for key in plain},
        "tags": sorted(person.get("tags", [])),
        "organizations": [account.name(ref) for ref in person.get("organizations", [])],
        "identities": sorted((row["type"], row["value"].casefold()) for row in person.get("identities", [])),
        "notes": str(person.get("notes") or "").partition("\u2014 imported by ticketferry")[0].strip(),
    }


def test_people_and_organizations_keep_their_profiles(migrated):
    first, second, told = migrated
    made = {
        str(person.get("external_id") or "").removeprefix(MARK): person
        for person in second.people.values()
        if str(person.get("external_id") or "").startswith(MARK)
    }
    compared = 0
    differ: dict[str, int] = defaultdict(int)
    for id_, person in first.people.items():
        copy = made.get(id_)
        if copy is None or copy.get("email", "").startswith("former-"):
            continue
        wanted, seen = _profile(first, person), _profile(second, copy)
        shown = {**wanted, "tags": sorted(tag.replace(" ", "_") for tag in wanted["tags"])}
        messaging = [row for row in wanted["identities"] if row[0] == "messaging"]
        shown["identities"] = [row for row in wanted["identities"] if row not in messaging]
        differ["tags"] += shown["tags"] != wanted["tags"]
        differ["messaging"] += bool(messaging)
        shown["organizations"] = drawn(first, person["ref"])
        differ["domain"] += shown["organizations"] != wanted["organizations"]
        assert seen == shown, person["ref"]
        compared += 1
    assert compared > 30
    assert all(differ.values()), "each of the rules is needed"
    assert BY_ITSELF["domain"] in told
    organizations = {row["name"]: row for row in second.organizations.values()}
    compared = 0
    for row in first.organizations.values():
        copy = organizations.get(row["name"])
        if copy is None:
            assert not any(ticket.get("organization") == row["ref"] for ticket in first.tickets.values())
            continue
        for key in ("name", "domains", "tags", "details", "shared_tickets", "shared_comments", "fields"):
            assert copy.get(key) == row.get(key), (row["name"], key)
        assert second.name(copy.get("group")) == first.name(row.get("group"))
        compared += 1
    assert compared == 10
