"""An account put up again from what was read of it: every record as it was given, and a set-up made from the catalog that was kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ticketferry_emulators.kit.told import Assumed, ToldDesk, ToldRoot
from ticketferry_emulators.zendesk.seed.case import TicketWithAudits
from ticketferry_emulators.zendesk.seed.desk import SampleDesk, WireRecord
from ticketferry_emulators.zendesk.seed.rules import RULES, settings
from ticketferry_emulators.zendesk.seed.told_audits import audit_of
from ticketferry_emulators.zendesk.seed.told_set_up import set_up

__all__ = ["desk_of"]

_JOINED = ("merge", "rating", "jira_links")
"""What stands beside a ticket from other answers."""
_TOKEN = "/attachments/token/"
_EMPTY = (
    "articles",
    "automations",
    "custom_objects",
    "items",
    "macros",
    "sharing_agreements",
    "suspended_tickets",
    "triggers",
    "views",
)


def desk_of(told: ToldDesk, assumed: Assumed) -> SampleDesk:
    """Return the account as data. Its records are the told ones with their ids; what had to be made up is noted in `assumed`."""
    lists: dict[str, list[WireRecord]] = {kind: [] for kind in _EMPTY}
    lists |= {
        kind: []
        for kind in ("users", "identities", "organization_memberships", "group_memberships", "jira_links")
    }
    people = {row.id: row.body for root in told.roots("organization") for row in root.rows if row.body}
    lists["organizations"] = [_organization(row) for row in people.values()]
    groups = [row.body for root in told.roots("group") for row in root.rows if row.body]
    for root in told.roots("person"):
        _person(root, lists)
    lists |= set_up(told, groups, assumed)
    files: dict[str, tuple[str, int]] = {}
    count = 0
    for root in told.roots("ticket"):
        case = _case(root)
        if case is None:
            continue
        count += 1
        own = root.own("ticket")
        lists["jira_links"] += (own.body.get("jira_links") or []) if own else []
        files.update(_files(case))
    missing = sum(not told.fetched(id_) for id_, _ in files.values())
    if missing:
        assumed.note(
            "{n} files were not fetched: bytes of the size that the desk told stand for them", missing
        )
    host = _host(told)
    account = settings()
    _rules(told, lists, account, assumed)
    account["brands"]["default_brand_id"] = next(
        (row["id"] for row in lists["brands"] if row["default"]), None
    )
    account["tickets"]["default_group_id"] = next(
        (row["id"] for row in lists["groups"] if row.get("default")), None
    )

    def blob(token: str) -> bytes:
        id_, size = files[token]
        content = told.content(id_)
        return content if content is not None else b"\n" * size

    return SampleDesk(
        tickets=count,
        lists={kind: lambda rows=rows: iter(rows) for kind, rows in lists.items()},  # type: ignore[misc]
        cases=lambda: (case for root in told.roots("ticket") if (case := _case(root)) is not None),
        blob=blob,
        settings=account,
        host=host,
        first_number=_highest(lists),
    )


def _rules(told: ToldDesk, lists: dict[str, list[WireRecord]], account: WireRecord, assumed: Assumed) -> None:
    """Give a desk that is written to the rules that tell people, but for those of which a guard says that there are none."""
    if "quiet" not in told.facts:
        assumed.note("triggers and automations of the old desk are not played: it is only read")
        return
    quiet = frozenset(told.facts["quiet"])
    for code, kind in (("ZD-G-TRIGGERS", "triggers"), ("ZD-G-AUTOMATIONS", "automations")):
        if code in quiet:
            continue
        lists[kind] = [dict(row) for row in RULES[kind]]
        assumed.note(
            f"nobody has found yet that no {kind} tell people: those of a new account do; `ticketferry preflight` looks"
        )
    if quiet and "ZD-G-WORKSPACE" not in quiet:
        account["agents"]["agent_workspace"] = False
    assumed.note(
        "the account's settings are in no snapshot: those of a new account, with Agent Workspace unless a guard says otherwise"
    )


def _host(told: ToldDesk) -> str:
    """Return what addresses in the desk's answers begin with: they may name another host than the one asked."""
    for root in told.roots("person"):
        for row in root.rows:
            url = str((row.body or {}).get("url") or "")
            if "/api/v2/" in url:
                return url.partition("/api/v2/")[0]
    return told.url.rstrip("/")


def _highest(lists: dict[str, list[WireRecord]]) -> int:
    return max(
        (row["id"] for rows in lists.values() for row in rows if isinstance(row.get("id"), int)), default=0
    )


def _organization(row: WireRecord) -> WireRecord:
    return {"details": None, "notes": None, "group_id": None, "external_id": None, "tags": [], "domain_names": [],
            "organization_fields": {}, "shared_tickets": False, "shared_comments": False, **row}  # fmt: skip


def _person(root: ToldRoot, lists: dict[str, list[WireRecord]]) -> None:
    own = root.own("person")
    if own is None or not own.body:
        return
    user = dict(own.body)
    lists["identities"] += user.pop("identities", None) or []
    lists["users"].append(user)
    for row in root.parts("membership"):
        kind = "group_memberships" if row.id.startswith("group-") else "organization_memberships"
        lists[kind].append(row.body)


def _case(root: ToldRoot) -> TicketWithAudits | None:
    own = root.own("ticket")
    if own is None or not own.body:
        return None
    ticket = {key: value for key, value in own.body.items() if key not in _JOINED}
    ticket.setdefault("support_type", "agent")
    audits = [audit_of(row.body) for row in root.parts("event") if row.body]
    audits.sort(key=lambda row: (str(row["created_at"]), row["id"]))
    deletion = None
    if own.gone or ticket.get("status") == "deleted":
        deletion = {
            "id": ticket["id"], "subject": ticket.get("subject"), "deleted_at": ticket.get("updated_at"), "previous_state": "open",
            "actor": {"id": -1, "name": "Somebody"},
        }  # fmt: skip
    sides = [row.body for row in root.parts("side_conversation") if row.body]
    talk = [row.body for row in root.parts("comment") if row.body]
    return TicketWithAudits(ticket, audits, own.body.get("rating"), deletion, sides, None, talk)


def _files(case: TicketWithAudits) -> Iterator[tuple[str, tuple[str, int]]]:
    """Yield token -> attachment and size of every file of a case."""
    for holder in (*case.audits, *case.sides, *case.talk):
        yield from _files_below(holder)


def _files_below(value: Any) -> Iterator[tuple[str, tuple[str, int]]]:
    if isinstance(value, dict):
        url = value.get("content_url") or value.get("media_url")
        if isinstance(url, str) and _TOKEN in url:
            token = url.partition(_TOKEN)[2].partition("/")[0].partition("?")[0]
            yield token, (str(value.get("id")), int(value.get("size") or 0))
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict | list):
                yield from _files_below(item)
