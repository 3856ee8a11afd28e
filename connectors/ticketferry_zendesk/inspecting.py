"""What an account does by itself, held against a plan: triggers, automations, SLA policies, agents, limits. At most three requests."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from ticketferry.sdk import FatalError, Kind, Ref, RejectedError, counted
from ticketferry.sdk.preflight import PlannedWrites, PreflightItem
from ticketferry.sdk.preflight_items import (
    Firings,
    Unseen,
    failed,
    person,
    predicted,
    proved,
    unknown,
    unseen,
)
from ticketferry_zendesk import guards
from ticketferry_zendesk.client import ZendeskClient
from ticketferry_zendesk.firings import REACTING, RuleFirings, act, facts_of, in_order, predict, updates_of
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.rule_conditions import UNKNOWN, RuleMoment, meets, unknown_fields
from ticketferry_zendesk.wire import Row, moment

__all__ = ["Inspector"]

MOST = 20_000
"""Tickets that are worked out one by one; of more an even part, and figures are about right."""
_IMPORTS = ("ticket.import", "ticket.import_closed", "ticket.import_archived")
_QUIET = frozenset({"comment.hide", "comment.redact", "comment.redact_closed", "attachment.redact"})
_LIVE = frozenset({"new", "open", "pending", "hold"})
_LIGHT = 1
_COMMENTS = 5_000
"""Comments that a ticket holds [DOC ticket_comments]."""
_UNSAID: Mapping[str, Any] = {
    "via": {"channel": "api"},
    "priority": None,
    "type": None,
    "assignee_id": None,
    "tags": [],
}
"""What an import that does not say it leaves empty; group, brand, form and organization Zendesk may fill by itself."""
_PLAN = "Run `ticketferry preflight PLAN`."
_MAIL = Unseen(
    REACTING | _QUIET | {"ticket.update_closed"},
    "Zendesk has no switch for all outgoing mail: triggers, automations and the templates for CCs and followers send it",
    "The three guards name each place.",
    quiet="the plan only imports, which mails nobody [DOC ticket_import]; accounts are made with `skip_verify_email`",
)


class Inspector:
    """One look. `rules`: active triggers and automations, where the guards have read them already."""

    def __init__(
        self, client: ZendeskClient, options: ZendeskOptions, rules: Mapping[str, list[Row]]
    ) -> None:
        self._client = client
        self._where = options.where()
        self._rules = dict(rules)
        self._made: list[dict[str, Any]] | None = None

    def items(self, planned: PlannedWrites | None) -> Iterator[PreflightItem]:
        """Yield the items."""
        yield self._triggers(planned)
        yield self._automations(planned)
        yield self._sla(planned)
        yield self._reopened(planned)
        page = f"{self._where}/admin/channels/talk_and_email/email"
        yield from unseen({"PF-MAIL": _MAIL._replace(page=page)}, planned)
        if planned is not None:
            yield self._seats(planned)
            yield self._limits(planned)

    def _active(self, key: str) -> list[Row] | None:
        """Return the active rules of a list in their order; None where they cannot be read."""
        if key not in self._rules:
            try:
                self._rules[key] = list(self._client.every(f"/{key}", key, endpoint=f"setup.{key}"))
            except (RejectedError, FatalError):
                return None
        return in_order(self._rules[key])

    def _page(self, name: str) -> str:
        return f"{self._where}/admin/objects-rules/rules/{name}"

    # ---- triggers

    def _triggers(self, planned: PlannedWrites | None) -> PreflightItem:
        page, rules = self._page("triggers"), self._active("triggers")
        if rules is None:
            return _unread("PF-RULES", "triggers", page)
        if planned is None:
            return _listed("PF-RULES", "trigger", rules, page)
        imports, silent = (
            sum(planned.endpoints.get(name, 0) for name in names) for names in (_IMPORTS, _QUIET)
        )
        found, updates = predict(rules, planned.lanes(REACTING), self._customers(planned))
        return _fired("PF-RULES", "trigger", found, f"{counted(updates, 'update')}; {counted(imports, 'import')} run none", page,
                      {"updates": updates, "imports": imports}, silent=silent)  # fmt: skip

    def _customers(self, planned: PlannedWrites) -> Callable[[Any], bool | None]:
        desk = self._client.session.desk

        @lru_cache(50_000)
        def is_customer(number: Any) -> bool | None:
            if not isinstance(number, int | str):
                return None
            row = planned.wire(Ref(desk, Kind.PERSON, str(number)))
            role = row.get("role") if isinstance(row, dict) else None
            return None if role is None else role == "end-user"

        return lambda number: is_customer(number) if not isinstance(number, tuple) else None

    def _left(self, planned: PlannedWrites) -> list[dict[str, Any]]:
        """Return the tickets that a plan makes, as an import says them, without their comments; compiled once."""
        if self._made is None:
            self._made = [
                {
                    **_UNSAID,
                    **facts_of({key: value for key, value in operation.body.items() if key != "comments"}),
                }
                for lane in planned.lanes(_IMPORTS, MOST)
                for operation in lane.operations
                if operation.endpoint in _IMPORTS and isinstance(operation.body, dict)
            ]
        return [dict(ticket) for ticket in self._made]

    # ---- automations

    def _automations(self, planned: PlannedWrites | None) -> PreflightItem:
        page, rules = self._page("automations"), self._active("automations")
        if rules is None:
            return _unread("PF-TIMED", "automations", page)
        if planned is None or not rules:
            return _listed("PF-TIMED", "automation", rules, page)
        found = [RuleFirings(rule) for rule in rules]
        now, tickets = (planned.clock() // 3600 + 1) * 3600, 0
        for ticket in self._left(planned):
            if ticket.get("status") == "closed":
                continue
            tickets += 1
            for one in found:
                look = RuleMoment(ticket, ticket, hours=_Hours(ticket, now))
                fires = meets(one.rule.get("conditions"), look)
                one.sure += fires is True
                one.most += fires is not False
                if fires is None:
                    one.because.update(unknown_fields(one.rule.get("conditions"), look))
                # The next one sees what this one did.
                if fires is not False and act(one.rule, ticket, sure=fires is True):
                    ticket["updated_at"] = _stamp(now) if fires else UNKNOWN
                if ticket.get("status") == "closed":
                    break
        told = f"{counted(tickets, 'ticket')} that are not closed, at the first full hour after the apply"
        return _fired(
            "PF-TIMED", "automation", found, told + _part(planned, _IMPORTS), page, {"tickets": tickets}
        )

    # ---- SLA

    def _sla(self, planned: PlannedWrites | None) -> PreflightItem:
        page = self._page("slas")
        try:
            policies = list(
                self._client.every("/slas/policies", "sla_policies", endpoint="setup.sla_policies")
            )
        except (RejectedError, FatalError) as error:
            if isinstance(error, RejectedError) and error.status == 404:
                return proved("PF-SLA", "the account's plan has no SLA policies")
            return _unread("PF-SLA", "SLA policies", page)
        policies.sort(key=lambda row: row.get("position") or 0)
        names = tuple(f"{row.get('title')}: {_targets(row)}" for row in policies)
        if planned is None or not policies:
            told = f"{counted(len(policies), 'SLA policy')}: an import starts none [DOC ticket_import]"
            make = unknown if policies else proved
            return make("PF-SLA", told, _PLAN if policies else "", page, names)
        late, taken = Counter[str](), Counter[str]()
        now = planned.clock()
        for ticket in self._left(planned):
            policy = _policy_of(policies, ticket) if ticket.get("status") in _LIVE else None
            if policy is not None:
                taken[str(policy.get("title"))] += 1
                late[str(policy.get("title"))] += _overdue(policy, ticket, now)
        rows = [
            f"{name}: {counted(count, 'ticket')}, {late[name]:,} older than its shortest target"
            for name, count in taken.items()
        ]
        overdue, measured = late.total(), taken.total()
        figures = {"breached at creation": 0, "measured later": measured, "overdue then": overdue}
        told = (
            f"0 goals are breached at creation: an import starts no SLA; {counted(measured, 'ticket')} are measured from"
            f" their first later update on, {overdue:,} of them at most overdue by then{_part(planned, _IMPORTS)}"
        )
        if not overdue:
            return proved("PF-SLA", told, page=page, rows=rows, figures=figures)
        remedy = "Give each policy the condition that tickets with the migration's tag are left out, or tell whoever reads the reports."
        return person("PF-SLA", told, remedy, page, rows, figures)

    # ---- comments that reopen

    def _reopened(self, planned: PlannedWrites | None) -> PreflightItem:
        if planned is None:
            told = "a customer's comment makes Pending, On-hold and Solved tickets Open by itself [support 4408894213018]"
            return unknown("PF-REOPEN", told, _PLAN)
        opened = left = 0
        customers = self._customers(planned)
        for lane in planned.lanes({"comment.add"}):
            updates = list(updates_of(lane, customers))
            here = sum(update.reopened for update in updates)
            opened += here
            if here and updates[-1].after.get("status") != updates[0].before.get("status"):
                wanted = [op for op in lane.operations if "status" in _sent(op.body)]
                left += not wanted
        figures = {"comments that reopen": opened, "left open": left}
        if not opened:
            return proved("PF-REOPEN", "no planned comment reopens a ticket", figures=figures)
        told = f"at most {counted(opened, 'comment')} of customers make a ticket Open"
        if not left:
            told += " for a moment; the same lane gives each its status back"
            return proved("PF-REOPEN", told, figures=figures)
        remedy = "Map the status in the plan, or set it afterwards."
        return failed("PF-REOPEN", f"{told}, and {left:,} stay so", remedy, figures=figures)

    # ---- seats, limits

    def _seats(self, planned: PlannedWrites) -> PreflightItem:
        agents = [(name, planned.wire(account)) for name, account in planned.agents()]
        unfit = [f"{name}: {why}" for name, row in agents if (why := _unfit(row))]
        made = planned.made("person")
        figures = {"agents": len(agents), "cannot be assigned": len(unfit), "accounts made": made}
        if unfit:
            told = f"{len(unfit)} of {counted(len(agents), 'agent')} cannot be assigned tickets"
            remedy = "Give each a seat with a role that solves tickets, or map them to a placeholder."
            return failed(
                "PF-SEATS", told, remedy, f"{self._where}/admin/people/team/members", unfit, figures
            )
        told = f"no seat is needed: {counted(made, 'account')} are made, all end users; {counted(len(agents), 'agent')} are there already"
        return proved("PF-SEATS", told, figures=figures)

    def _limits(self, planned: PlannedWrites) -> PreflightItem:
        most = planned.largest()
        told = f"the longest ticket has {counted(most.get('comments', 0), 'comment')} of {_COMMENTS:,} [DOC ticket_comments]"
        rows = (
            "files over the limit of `largest_file` are findings of the plan",
            "what Zendesk stores in all its API does not tell",
        )
        if most.get("comments", 0) > _COMMENTS:
            told += ": what is more goes into one attached file"
        return proved("PF-LIMITS", told, rows=rows, figures=most)


def _part(planned: PlannedWrites, endpoints: Sequence[str]) -> str:
    count = planned.count(endpoints)
    return f" (worked out on an even part of {count:,} tickets)" if count > MOST else ""


def _stamp(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class _Hours:
    """Hours since something happened to an imported ticket; None for what an import does not say."""

    def __init__(self, ticket: Mapping[str, Any], now: float) -> None:
        self._ticket, self._now = ticket, now

    def __call__(self, field: str) -> float | None:
        key = {"SOLVED": "solved_at", "updated_at": "updated_at"}.get(field)
        at = moment(self._ticket.get(key)) if key else None
        return (self._now - at.timestamp()) / 3600 if isinstance(at, datetime) else None


def _sent(body: Any) -> Mapping[str, Any]:
    ticket = body.get("ticket") if isinstance(body, dict) else None
    return ticket if isinstance(ticket, dict) else {}


def _policy_of(policies: Sequence[Row], ticket: Mapping[str, Any]) -> Row | None:
    """Return the first policy that takes a ticket, or may."""
    look = RuleMoment(ticket, ticket)
    return next((row for row in policies if meets(row.get("filter"), look) is not False), None)


def _overdue(policy: Row, ticket: Mapping[str, Any], now: float) -> bool:
    made = moment(ticket.get("created_at"))
    targets = [
        row["target"]
        for row in policy.get("policy_metrics") or ()
        if row.get("priority") == ticket.get("priority") and row.get("target")
    ]
    return bool(made and targets and (now - made.timestamp()) / 60 > min(targets))


def _targets(policy: Row) -> str:
    rows = policy.get("policy_metrics") or ()
    return ", ".join(
        f"{row.get('metric')} {row.get('priority')} {row.get('target')} min" for row in rows[:3]
    ) + (" …" if len(rows) > 3 else "")


def _unfit(row: Any) -> str:
    if not row or not isinstance(row, dict):
        return "the account was not read"
    if row.get("role") not in ("agent", "admin"):
        return f"the account is {row.get('role')}"
    if row.get("suspended") or row.get("active") is False:
        return "the account is suspended"
    return "a light agent writes internal notes only" if row.get("role_type") == _LIGHT else ""


def _does(rule: Row) -> str:
    names = [str(row.get("field")) for row in rule.get("actions") or () if isinstance(row, dict)]
    return f"{'tells somebody, ' if guards.tells(rule) else ''}{', '.join(names[:3]) or 'does nothing'}"


def _unread(code: str, what: str, page: str) -> PreflightItem:
    return unknown(code, f"the {what} cannot be read", "Use the credentials of an admin.", page)


def _listed(code: str, what: str, rules: Sequence[Row], page: str) -> PreflightItem:
    figures = {"active": len(rules), "tell people": sum(guards.tells(rule) for rule in rules)}
    if not rules:
        return proved(code, f"no {what} is active", figures=figures)
    rows = [f"{rule.get('title')}: {_does(rule)}" for rule in rules]
    told = f"{counted(len(rules), f'active {what}')}; a plan tells how often each would fire"
    return unknown(code, told, _PLAN, page, rows, figures)


def _fired(
    code: str, what: str, found: Sequence[RuleFirings], on: str, page: str, figures: Mapping[str, int], *, silent: int = 0
) -> PreflightItem:  # fmt: skip
    """Return the item of rules whose firings are predicted."""
    unsaid = (
        f"whether {counted(silent, 'write')} that hide or black out words run rules Zendesk does not document"
    )
    rules = [
        Firings(one.name, one.sure, one.most, _untold(one.because), _does(one.rule) if one.most else "")
        for one in found
    ]
    told = f"of {counted(len(found), f'active {what}')} predicted on {on}"
    remedy = f"Switch these {what}s off for the time, or give each the condition that tickets with the external id `tf-…` are left out."
    figures = {"active": len(found), **figures}
    return predicted(code, rules, figures, told, remedy, page, beside=[unsaid] if silent else ())


def _untold(fields: Collection[str]) -> str:
    return f"{', '.join(sorted(fields))} cannot be told from here" if fields else ""
