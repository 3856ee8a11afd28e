"""The items of a preflight that need no desk: what both snapshots, the mapping and a plan tell."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from ticketferry.plan.file.lanes import findings_by_words, visible_by_route
from ticketferry.plan.file.reader import PlanFile
from ticketferry.project.preflight_readers import TeamReaders
from ticketferry.schema.catalog import Catalog, SupportAddress
from ticketferry.schema.counting import counted
from ticketferry.sdk.contract import Finding, Severity
from ticketferry.sdk.preflight import PreflightItem, PreflightResult

__all__ = ["access_item", "channel_items", "check_item", "name_items", "screen_item"]

_SHOWN = 8
_WHAT = re.compile(r"the target has no ([a-z ]+?) `")
_STATUSES = frozenset({"status", "workflow", "transition"})
_FIELDS = frozenset({"field", "option", "priority", "resolution", "value"})
_NAMED = ("PF-FIELDS", "PF-STATUSES", "PF-TYPES")
_ASKED = frozenset({"REQUIRED", "SCREEN", "PATH", "HOP", "VALIDATOR"})
"""Last words of the codes of findings on what a screen or a step of a workflow asks for."""


def check_item(findings: Sequence[Finding], guards: frozenset[str], requests: int) -> PreflightItem:
    """Return what the target's own check found in the way; guards are items of their own."""
    found = [item for item in findings if item.code not in guards]
    blockers = [item for item in found if item.severity is Severity.BLOCKER]
    doubts = [item for item in found if item.severity in (Severity.DOUBT, Severity.LOSS)]
    rows = tuple(f"{item.message} [{item.code}]" for item in (*blockers, *doubts))
    figures = {"in the way": len(blockers), "to know": len(doubts)}
    if blockers:
        remedy = " ".join(dict.fromkeys(item.remedy for item in blockers if item.remedy))
        return PreflightItem(
            "PF-RIGHTS",
            PreflightResult.FAILED,
            f"{len(blockers)} in the way",
            remedy,
            rows=rows,
            figures=figures,
        )
    told = f"nothing in the way by {counted(requests, 'request')} of `check`"
    return PreflightItem("PF-RIGHTS", PreflightResult.PROVED, told, rows=rows, figures=figures)


def name_items(lacking: Sequence[Finding], *, compared: str) -> Iterator[PreflightItem]:
    """Yield whether what the mapping names is there. `compared`: of when the catalog is, empty where none was read."""
    if not compared:
        for code in _NAMED:
            yield PreflightItem(
                code, PreflightResult.UNKNOWN, "the mapping was not held against the target yet", "Run `ticketferry extract`."
            )  # fmt: skip
        return
    of: dict[str, list[Finding]] = {code: [] for code in _NAMED}
    for item in lacking:
        of[_named(item)].append(item)
    for code, found in of.items():
        if not found:
            told = f"all that the mapping names is there, or made by a plan (as read {compared})"
            yield PreflightItem(code, PreflightResult.PROVED, told)
            continue
        rows = tuple(f"{item.where}: {item.message}" for item in found)
        remedy = " ".join(dict.fromkeys(item.remedy for item in found if item.remedy))
        told = f"the target lacks {counted(len(found), 'name')} (as read {compared})"
        yield PreflightItem(
            code, PreflightResult.FAILED, told, remedy, rows=rows, figures={"lacking": len(found)}
        )


def _named(item: Finding) -> str:
    told = _WHAT.search(item.message)
    what = told[1] if told else "field"
    if what in _STATUSES:
        return "PF-STATUSES"
    return "PF-FIELDS" if what in _FIELDS else "PF-TYPES"


def screen_item(plan: PlanFile | None) -> PreflightItem:
    """Return whether tickets of the plan lack what a screen, or a step on their way, asks for."""
    if plan is None:
        return PreflightItem(
            "PF-SCREENS", PreflightResult.UNKNOWN, "a plan tells, ticket by ticket", "Run `ticketferry preflight PLAN`."
        )  # fmt: skip
    kinds: Counter[tuple[str, str, str]] = Counter()
    failed = 0
    for code, severity, message, remedy, count in findings_by_words(plan):
        if not set(code.split("-")) & _ASKED:
            continue
        kinds[message, remedy, code] += count
        failed += count if severity == Severity.BLOCKER.value else 0
    rows = tuple(
        f"{counted(count, 'ticket')}: {message} [{code}]"
        for (message, _, code), count in kinds.most_common(_SHOWN)
    )
    if failed:
        remedy = " ".join(dict.fromkeys(remedy for _, remedy, _ in list(kinds)[:3] if remedy))
        told = f"{counted(failed, 'ticket')} would be refused"
        return PreflightItem(
            "PF-SCREENS", PreflightResult.FAILED, told, remedy, rows=rows, figures={"tickets": failed}
        )
    told = "no ticket lacks what a screen or a step of its workflow asks for"
    return PreflightItem("PF-SCREENS", PreflightResult.PROVED, told, rows=rows, figures={"tickets": 0})


def access_item(plan: PlanFile | None, readers: TeamReaders) -> PreflightItem:
    """Return, by route, how many tickets more people than today would see, and why; `readers`: how many of the team, before and after."""
    if plan is None:
        return PreflightItem(
            "PF-ACCESS", PreflightResult.UNKNOWN, "a plan tells, route by route", "Run `ticketferry preflight PLAN`."
        )  # fmt: skip
    tickets: Counter[str] = Counter()
    wider: Counter[str] = Counter()
    why: dict[str, Counter[str]] = {}
    for route, reasons, count in visible_by_route(plan):
        name = route or "(one place for all)"
        tickets[name] += count
        if not reasons:
            continue
        wider[name] += count
        for reason in reasons:
            why.setdefault(name, Counter())[reason] += count
    members = int(plan.header.get("figures", {}).get("members of more", 0))
    rows = tuple(
        f"{name}: {counted(count, 'ticket')}, {wider[name]:,} newly visible{_reasons(why.get(name))}"
        for name, count in sorted(tickets.items(), key=lambda item: (-wider[item[0]], -item[1], item[0]))
    )
    rows = (*readers.rows, *rows) if readers.more else (*rows, *readers.rows)
    figures = {
        "tickets": sum(tickets.values()),
        "newly visible": sum(wider.values()),
        "members of more": members,
        "more readers of the team": readers.more,
        "readers of the team not known": readers.unknown,
    }
    if not figures["newly visible"] and not members:
        if readers.more:
            told = f"no ticket leaves its group or level, but more of the team than today could read {counted(readers.more, 'ticket')}"
            remedy = "Look whether all of the new desk's team may: mend roles and members of groups there, or name another group in the mapping."
            return PreflightItem(
                "PF-ACCESS", PreflightResult.PERSON, told, remedy, rows=rows, figures=figures
            )
        told = f"of {counted(figures['tickets'], 'ticket')} none becomes visible to more people than today"
        if readers.unknown:
            told = f"of {counted(figures['tickets'], 'ticket')} none leaves its group or level; how many of the team read them is not known"
        return PreflightItem("PF-ACCESS", PreflightResult.PROVED, told, rows=rows, figures=figures)
    told = f"{counted(figures['newly visible'], 'ticket')} would become visible to more people than today"
    if members:
        told += f"; {counted(members, 'person')} would become members of an organization that others there belong to"
    remedy = f"`ticketferry plan show {plan.id} --visible` names them; change the mapping, or apply with --allow-visible."
    return PreflightItem("PF-ACCESS", PreflightResult.FAILED, told, remedy, rows=rows, figures=figures)


def _reasons(found: "Counter[str] | None") -> str:
    if not found:
        return ""
    return ": " + "; ".join(f"{reason} ({count:,})" for reason, count in found.most_common(3))


def channel_items(catalog: Catalog | None, role: str, desk: str) -> Iterator[PreflightItem]:
    """Yield the state of a desk's support addresses, as its catalog has them: what must be moved at the cut-over, and what must work by then."""
    if catalog is None:
        yield PreflightItem(
            "PF-CHANNELS",
            PreflightResult.UNKNOWN,
            f"{role}: nothing was read yet",
            "Run `ticketferry extract`.",
        )
        return
    addresses = [row for row in catalog.get("support_addresses", []) if row.get("active", True)]
    if not addresses:
        yield PreflightItem(
            "PF-CHANNELS", PreflightResult.PERSON, f"{role}: {desk} lists no support address through its API",
            "Look at the e-mail channels in its settings: which addresses reach it, and who forwards to them.",
        )  # fmt: skip
        return
    rows = tuple(_address(row) for row in addresses)
    broken = [row["name"] for row in addresses if "failed" in _states(row) or "waiting" in _states(row)]
    figures = {"addresses": len(addresses), "not working": len(broken)}
    if role == "source":
        told = f"source: mail of {counted(len(addresses), 'address')} comes here; each needs a new way at the cut-over"
        yield PreflightItem(
            "PF-CHANNELS", PreflightResult.PERSON, told,
            "Move the forwarding of each to the new desk's address at the cut-over, and send a test mail both ways.",
            rows=rows, figures=figures,
        )  # fmt: skip
        return
    if broken:
        told = f"target: {len(broken)} of {counted(len(addresses), 'address')} would not work: {', '.join(broken[:4])}"
        remedy = "Verify forwarding, SPF and the domain of each (the desk's e-mail settings), then read the target again: `ticketferry extract target`."
        yield PreflightItem("PF-CHANNELS", PreflightResult.FAILED, told, remedy, rows=rows, figures=figures)
        return
    told = f"target: forwarding and SPF of {counted(len(addresses), 'address')} are verified, or not told"
    yield PreflightItem("PF-CHANNELS", PreflightResult.PROVED, told, rows=rows, figures=figures)


def _states(row: SupportAddress) -> tuple[str, str, str]:
    return row.get("forwarding", "unknown"), row.get("spf", "unknown"), row.get("domain", "unknown")


def _address(row: SupportAddress) -> str:
    forwarding, spf, domain = _states(row)
    return f"{row['name']}: forwarding {forwarding}, SPF {spf}, domain {domain}"
