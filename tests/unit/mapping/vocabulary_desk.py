"""Tickets and people in which every word of the worked mapping of two projects has something to say."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ticketferry.mapping.result import Account, MatchState, NoLookups
from ticketferry.schema.catalog import Catalog

__all__ = ["NOW", "VocabularyLookups", "cases", "organizations", "people"]

NOW = datetime(2026, 11, 30, tzinfo=UTC)
_PEOPLE = {
    "1": {
        "name": "Ann Customer",
        "role": "end_user",
        "organizations": ["acme:organization:1", "acme:organization:4"],
    },
    "2": {"name": "Bob Agent", "role": "agent"},
    "3": {"name": "Old Agent", "role": "agent", "state": "suspended"},
    "4": {"name": "Cy Light", "role": "light_agent"},
    "5": {"name": "Ada", "role": "ai_agent"},
    "6": {"name": "Dot Suspended", "role": "end_user", "state": "suspended"},
    "7": {"name": "Nobody Asks", "role": "end_user"},
    "8": {"name": "Eve Unlicensed", "role": "agent"},
}
_ORGANIZATIONS = {
    "1": {"name": "Umbrella Shop", "shared_tickets": True, "domains": ["umbrella.example"]},
    "2": {"name": "Private Ltd", "shared_tickets": False},
    "3": {"name": "Nobody's", "shared_tickets": True},
    "4": {"name": "Umbrella North", "shared_tickets": True},
}
_USES = {"rare": 2, "vip-customer": 3}


class VocabularyLookups(NoLookups):
    """Bob and Eve have accounts, Eve's cannot be assigned; groups are those of a catalog; ticket 900 comes in a later phase, 9000 never."""

    def __init__(self, source: Catalog) -> None:
        self._records: dict[str, dict[str, Any]] = {
            f"acme:person:{id_}": {
                "ref": f"acme:person:{id_}",
                "state": "active",
                "email": f"p{id_}@umbrella.example",
                **row,
            }
            for id_, row in _PEOPLE.items()
        } | {
            f"acme:organization:{id_}": {"ref": f"acme:organization:{id_}", **row}
            for id_, row in _ORGANIZATIONS.items()
        }
        self.groups = {row["name"]: f"acme:group:{row['id']}" for row in source.get("groups", ())}
        for row in source.get("groups", ()):
            ref = f"acme:group:{row['id']}"
            self._records[ref] = {"ref": ref, "name": row["name"], "restricted": row.get("restricted", False)}

    def record(self, ref: str) -> dict[str, Any] | None:
        """Return whom a ref names; every ticket has a number and an address."""
        if ref.startswith("acme:ticket:"):
            number = ref.rsplit(":", 1)[1]
            return {
                "ref": ref,
                "number": number,
                "url": f"https://acme.zendesk.example/agent/tickets/{number}",
                "status": "open",
                "stage": "in_progress",
            }
        return self._records.get(ref)

    def account(self, ref: str) -> Account | None:  # type: ignore[override]
        """Return the accounts that are there."""
        kinds = {"acme:person:2": "agent", "acme:person:8": "customer"}
        return Account(f"site:person:{ref[-1]}", kinds[ref], "email") if ref in kinds else None

    def named(self, account: str) -> str | None:
        """Find two accounts by their addresses."""
        known = {"ben.okoro@acme.example": "acme:person:2", "lead@acme.example": "acme:person:2"}
        return known.get(account)

    def match_state(self, _ref: str) -> MatchState:
        """Know nothing beside."""
        return MatchState()

    def figures(self, ref: str) -> Mapping[str, int]:
        """Count what nobody asks for."""
        return (
            {"tickets": 0, "users": 0}
            if ref in ("acme:person:7", "acme:organization:3")
            else {"tickets": 2, "users": 1}
        )

    def tag_uses(self, tag: str) -> int:
        """Count tags."""
        return _USES.get(tag, 50)

    def in_scope(self, ref: str) -> bool:
        """Tell that one ticket is left out."""
        return not ref.endswith(":9000")

    def ticket(self, number: str) -> str | None:
        """Find every ticket."""
        return f"acme:ticket:{number}"


def people() -> Iterator[dict[str, Any]]:
    """Yield one of each kind."""
    for id_, row in _PEOPLE.items():
        yield {"ref": f"acme:person:{id_}", "state": "active", "email": f"p{id_}@umbrella.example", **row}


def organizations() -> Iterator[dict[str, Any]]:
    """Yield one that shares, one that does not, one that nothing names."""
    for id_, row in _ORGANIZATIONS.items():
        yield {"ref": f"acme:organization:{id_}", **row}


def _comment(id_: str, html: str, **more: Any) -> dict[str, Any]:
    return {"ref": f"acme:comment:{id_}", "ticket": "acme:ticket:12", "public": True, "body": {"html": html}, "author": "acme:person:2",
            "created": f"2026-06-01T10:00:{int(id_):02}Z", **more}  # fmt: skip


def _file(id_: str, name: str, **more: Any) -> dict[str, Any]:
    return {"ref": f"acme:attachment:{id_}", "ticket": "acme:ticket:12", "comment": "acme:comment:2", "name": name, "size": 10,
            "url": f"https://acme.zendesk.example/{id_}", "media_type": "image/png", "created": "2026-06-01T10:00:00Z", **more}  # fmt: skip


_TALK = {
    "ref": "acme:side_conversation:s1", "ticket": "acme:ticket:12", "subject": "Spare part", "participants": ["vendor@parts.example"],
    "messages": [{"ref": "acme:comment:71", "public": False, "author": "acme:person:2", "created": "2026-06-01T10:00:05Z",
                  "body": {"html": "<p>Do you have one?</p>"}}],
}  # fmt: skip
_HTML = (
    '<p>See #13 and <a href="https://acme.zendesk.example/agent/tickets/14">that</a>, {{ticket.id}}, '
    '<a href="https://acme.zendesk.example/hc/en-us/articles/1">help</a> <img data-ref="acme:attachment:1" alt="x"></p>'
)


def cases(groups: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return tickets: a rich one, one for each value of each name, and those that a single word is about."""
    base: dict[str, Any] = {
        "ref": "acme:ticket:12", "number": "12", "url": "https://acme.zendesk.example/agent/tickets/12", "subject": "Help", "status": "open",
        "stage": "in_progress", "requester": "acme:person:1", "organization": "acme:organization:1", "assignee": "acme:person:2", "brand": "Acme",
        "channel": "email", "created": "2026-06-01T10:00:00Z", "updated": "2026-06-03T10:00:00Z",
    }  # fmt: skip
    closed = {"status": "closed", "stage": "closed", "solved": "2026-06-02T10:00:00Z"}
    rich = {
        "subject": "RE: Refund for DE89370400440532013000", "priority": "high", "type": "question", "form": "Default", "group": groups["Tier 1"],
        "due": "2026-12-24T23:30:00Z", "handled_by": "human", "satisfaction": {"score": "good", "comment": "fine"}, "sla": [{"metric": "first_reply", "business_minutes": 3}],
        "tags": ["Loud", "panne", "closed_by_merge", "auto_x", "vip-customer", "invoices", "Rechnung", "rare", "two words", "broken"],
        "ccs": ["acme:person:6"], "followers": ["acme:person:4"],
        "fields": {"refund_reason": "broken", "product": "hardware__router__r1", "serial": "SN 123456", "city": "Bonn", "zip": "53111", "vip": True,
                   "card_number": "4111111111111111", "refund_amount": 3.5, "delivery_date": "2026-06-01", "steps_to_reproduce": "press", "account_manager": "x"},
        "comments": [_comment("1", _HTML, opening=True, author="acme:person:1"), _comment("2", "<p>said</p><blockquote><p>said before</p></blockquote><p>-- <br>Bob</p>"),
                     _comment("3", "<p>inner</p>", public=False, author="acme:person:5"), _comment("4", "<p>robot</p>", public=False, kind="system"),
                     _comment("5", "<p>call</p>", kind="voice", recording={"name": "call.mp3"}, via="voice"), _comment("6", "<p>by hand</p>", author="acme:person:3")],
        "side_conversations": [_TALK],
        "attachments": [_file("1", "a.png", inline=True), _file("2", "b.exe"), _file("3", "c.js"), _file("4", "d.scr"), _file("5", "e.png", size=10**10),
                        _file("6", "f.png", created="2016-01-01T00:00:00Z"), _file("7", "g.png", state="malware"), _file("8", "call.mp3", comment="acme:comment:5")],
        "links": [{"type": "problem", "to": "acme:ticket:13"}, {"type": "follow_up", "to": "acme:ticket:14"}, {"type": "remote", "url": "https://site.atlassian.net/browse/A-1", "title": "A-1"},
                  {"type": "follow_up", "to": "acme:ticket:9000"}, {"type": "merged", "to": "acme:ticket:15"}],
        "events": [{"ref": "acme:event:1", "ticket": "acme:ticket:12", "time": "2026-06-01T11:00:00Z", "type": "changed", "field": "priority", "before": "low", "after": "high", "actor": "acme:person:2"}],
        "native": {"metadata.system.client": "x", "a.visitor.b": "y", "a.ip": "z", "a.ip_address": "z", "a.user_agent": "z", "a.latitude": 1, "a.longitude": 2},
    }  # fmt: skip
    found = [
        base,
        {**base, **rich},
        {**base, **rich, **closed},
        {**base, **rich, **closed, "updated": "2020-01-01T10:00:00Z"},
    ]
    varied: dict[str, list[dict[str, Any]]] = {
        "status": [{"status": status, "stage": stage} for status, stage in (
            ("new", "new"), ("pending", "pending_customer"), ("hold", "on_hold"), ("custom:Waiting on vendor", "on_hold"), ("custom:Parked", "on_hold"),
            ("custom:Escalated to engineering", "in_progress"), ("solved", "resolved"), ("closed", "closed"), ("deleted", "deleted"), ("suspended", "suspended"), ("nowhere", "open"))],
        "assignee": [{"assignee": None}, {"assignee": None, "form": "Outage", "type": "incident"}, {"assignee": "acme:person:8"}, {"assignee": "acme:person:3"}, {"assignee": "acme:person:4"}, {"assignee": "acme:person:5"}],
        "requester": [{"requester": f"acme:person:{id_}"} for id_ in ("6", "7", "4")],
        "route": [{"form": "Outage", "type": kind} for kind in ("problem", "incident", "question")] + [{"form": "Billing question"}],
        "outcome": [{"status": "solved", "stage": "resolved", "fields": {"outcome": value}} for value in ("fixed", "wont_fix", "outcome_duplicate")],
        "required": [{"status": status, "stage": stage, "form": "Outage", "type": "problem"} for status, stage in (("solved", "resolved"), ("closed", "closed"))],
        "spam": [{"stage": "spam"}, {"status": "closed", "stage": "merged", "merged_into": "acme:ticket:15"}],
        "organization": [{"organization": "acme:organization:2", "fields": {"vip": True}}],
        "language": [{"comments": [_comment("1", "<p>Bonjour, la facture comporte une erreur, merci de bien vouloir la corriger pour nous</p>", opening=True)]}],
        "clean": [{"subject": word, "comments": []} for word in ("test me", "asdf")] + [
            {**closed, "subject": "old", "solved": "2018-01-01T00:00:00Z", "updated": "2018-01-01T00:00:00Z", "tags": tags} for tags in ([], ["legal-hold"])] + [
            {**closed, "subject": f"{word}", "comments": [_comment("1", f"<p>{word}</p>", opening=True)], "tags": tags}
            for word in ("DE89370400440532013000", "4111 1111 1111 1111", "password: hunter2") for tags in ([], ["legal-hold"])],
        "stages": [{"stage": stage, "status": "open"} for stage in ("new", "assigned", "in_progress", "pending_customer", "on_hold", "resolved")],
        "pilot": [{"group": groups["Billing"], "assignee": None}, {"group": groups["Billing"]}, {"group": groups["Billing"], "created": "2025-01-01T00:00:00Z"}],
        "recent": [{**closed, "updated": "2023-01-01T00:00:00Z"}, {"status": "solved", "stage": "resolved"}],
        "serial": [{"fields": {"serial": "sn 12"}}, {"subject": "long " * 60}, {"subject": "x" * 256}, {"subject": "test it", "comments": [_comment("1", "<p>a</p>", opening=True), _comment("2", "<p>b</p>")]}],
    }  # fmt: skip
    for key, values in {
        "priority": ["urgent", "normal", "low"], "type": ["problem", "incident", "task"], "brand": ["Globex", "Billing"],
        "channel": ["voice", "chat", "web", "api", "twitter", None], "handled_by": ["ai_agent", "hybrid", "automation"],
    }.items():  # fmt: skip
        varied[key] = [{key: value} for value in values]
    varied["type in billing"] = [
        {"brand": "Billing", "type": kind} for kind in ("problem", "incident", "question", "task")
    ]
    varied["group"] = [{"group": ref} for ref in groups.values()] + [
        {"group": groups["HR-cases"], "brand": "Billing", "form": "Outage", "type": "incident"}
    ]
    varied["fields"] = [
        {"fields": {"refund_reason": value}} for value in ("late", "wrong_item", "refund_other", "odd")
    ] + [
        {"fields": {"product": value}}
        for value in (
            "hardware__router__r2",
            "hardware__modem",
            "software__mobile_app",
            "software__web",
            "services",
        )
    ]
    varied["score"] = [{"satisfaction": {"score": value}} for value in ("bad", "offered", "unoffered")]
    return found + [
        {key: value for key, value in {**base, **more}.items() if value is not None}
        for rows in varied.values()
        for more in rows
    ]
