"""Organizations and customers as they are made: what was there before is nobody's success, whatever Jira answers.

Neither can bear our mark from its first moment: the property is written after it was made. So one whose answer was lost is ours by what
nobody else's is: it was not there when we looked right before, it equals all that was asked for, it is the only one, and an organization
came to be while the request was on its way (`created`, held against the desk's own clock). Jira tells of no account when it was made.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from ticketferry.sdk import (
    Attempt,
    Endpoint,
    FatalError,
    Finding,
    Operation,
    RejectedError,
    Session,
    Severity,
    Sight,
    WriteResult,
)
from ticketferry.sdk.outcomes import body_of

from .client import JsmClient, refused
from .marks import SOURCE
from .name_keys import name_key
from .wire import API, DESK_API, account_kind, neutral_time

__all__ = ["SIGHTED", "Newcomers"]

SIGHTED = frozenset({"customer.create"})
"""Organizations need no look: their list is read once, and each tells when it was made."""
_ELSEWHERE = "customer accounts in customer service management"
"""What a site says that has Customer Service Management only [LZ-07]; no API tells it beforehand."""
_DECIDE = "Decide in the decisions file: the account's ref or `leave`. Or match the person in people.agents by the account's id."

_Request = Callable[[Endpoint, Operation], tuple[Any, Any]]


class Newcomers:
    """Makes organizations and customers, and tells of lost ones. Safe for threads. `request` sends one operation."""

    def __init__(self, client: JsmClient, session: Session, request: _Request) -> None:
        self.client = client
        self.session = session
        self._request = request
        self._lock = threading.Lock()
        self._there: dict[str, list[str]] | None = None

    # ---- organizations

    def organization(self, endpoint: Endpoint, operation: Operation) -> WriteResult:
        """Make an organization. Jira answers a name in use with the organization that bears it, whose members would see our tickets."""
        name = _name(operation)
        with self._lock:
            there = self._organizations()
            known = {id_ for ids in there.values() for id_ in ids}
            for id_ in there.get(name_key("organization", name), ()):
                if self.bears_mark(operation, f"{DESK_API}/organization/{id_}/property/{SOURCE}"):
                    return WriteResult(operation.key, "done", {"id": id_})
                return self._taken(operation, f"an organization {name!r} is there already (number {id_})")
            began = self._now()
            answer, _ = self._request(endpoint, operation)
            if not isinstance(answer, Mapping) or "id" not in answer:
                return WriteResult(operation.key, "unknown")
            id_ = str(answer["id"])
            old = _made(answer)
            fresh = old is None or self.client.clock.within(old, Attempt("", began, self._now()))
            if id_ in known or not fresh:
                return self._taken(
                    operation,
                    f"Jira answered with an organization that was there before ({answer.get('name')!r}, number {id_})",
                )
            there.setdefault(name_key("organization", name), []).append(id_)
            return WriteResult(operation.key, "done", {"id": id_})

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.session.clock.time(), UTC)

    def _organizations(self) -> dict[str, list[str]]:
        """Return the organizations of the site by what Jira compares of their names; read once, and kept up by what is made."""
        if self._there is None:
            self._there = {}
            for row in self.client.desk_rows(f"{DESK_API}/organization", endpoint="organization.list"):
                key = name_key("organization", str(row.get("name", "")))
                self._there.setdefault(key, []).append(str(row["id"]))
        return self._there

    def lost_organization(self, operation: Operation, attempt: Attempt | None) -> WriteResult:
        """Tell what became of a new organization whose answer was lost: ours bears our mark, or can be nobody else's."""
        name = _name(operation)
        with self._lock:
            self._there = None
            found = list(self._organizations().get(name_key("organization", name), ()))
        for id_ in found:
            if self.bears_mark(operation, f"{DESK_API}/organization/{id_}/property/{SOURCE}"):
                return WriteResult(operation.key, "done", {"id": id_})
        ours = [id_ for id_ in found if attempt is not None and self._lost_one(name, id_, attempt)]
        if len(ours) == 1:
            return WriteResult(operation.key, "done", {"id": ours[0]})
        if found:
            numbers = ", ".join(found)
            return self._taken(operation, f"an organization {name!r} is there already (number {numbers})")
        return WriteResult(operation.key, "absent")

    def _lost_one(self, name: str, id_: str, attempt: Attempt) -> bool:
        """Tell whether an organization came to be while our request was on its way, as it was asked for, with nobody in it yet."""
        row = self.client.get(f"{DESK_API}/organization/{id_}", endpoint="organization.get")
        if row.get("name") != name or not self.client.clock.within(_made(row), attempt):
            return False
        rows = self.client.desk_rows(f"{DESK_API}/organization/{id_}/user", endpoint="organization_user.list")
        return next(rows, None) is None

    def bears_mark(self, operation: Operation, path: str, params: Mapping[str, str] | None = None) -> bool:
        """Tell whether the property at `path` holds our mark for the operation's record."""
        value = (self.client.show(path, params, endpoint="property.get") or {}).get("value")
        return isinstance(value, Mapping) and value.get("ref") == str(operation.subject)

    def _taken(self, operation: Operation, message: str) -> WriteResult:
        return refused(
            operation,
            f"{message}: it is not ours and nothing is bound to it",
            remedy="Extract the target and plan anew: the plan names it, with the lines to decide by. If nobody else made it, it is what is left"
            " of a request whose answer was lost: delete it in Jira, then run the same command again.",
            code="JSM-TAKEN",
        )

    # ---- customers

    def before(self, batch: Sequence[Operation]) -> dict[str, Sight]:
        """Return for each new customer the accounts that have the address already; `taken` where none of them bears our mark."""
        found: dict[str, Sight] = {}
        for operation in batch:
            rows = self._by_address(operation)
            note = orjson.dumps(sorted(str(row["accountId"]) for row in rows)).decode()
            ours = any(self._is_ours(operation, row) for row in rows)
            found[operation.key] = Sight(note, None if ours or not rows else self._in_use(operation, rows))
        return found

    def customer(self, endpoint: Endpoint, operation: Operation) -> WriteResult:
        """Make a customer. An address in use is refused (409), and bound only where the account bears our mark."""
        try:
            answer, _ = self._request(endpoint, operation)
        except RejectedError as error:
            if _ELSEWHERE in error.message.casefold():
                # It would refuse each of them alike: nobody is made, and no ticket goes without its requester.
                raise FatalError(
                    f"the site takes no portal customers: {error.message}",
                    where=f"{endpoint.method} {endpoint.path}",
                    remedy="Its customers live in Customer Service Management: let Atlassian allow customers of service projects, or"
                    " match people to accounts that exist (people.customers in the mapping).",
                ) from error
            if error.status != 409:
                return refused(
                    operation,
                    error.message,
                    remedy="Give the person a placeholder in the mapping, or match them.",
                )
            rows = self._by_address(operation)
            for row in rows:
                if self._is_ours(operation, row):
                    return WriteResult(operation.key, "done", {"id": str(row["accountId"])})
            return WriteResult(operation.key, "rejected", error=self._in_use(operation, rows))
        if not isinstance(answer, Mapping) or "accountId" not in answer:
            return WriteResult(operation.key, "unknown")
        return WriteResult(operation.key, "done", {"id": str(answer["accountId"])})

    def lost_customer(self, operation: Operation, attempt: Attempt | None) -> WriteResult:
        """Tell what became of a new customer whose answer was lost: ours bears our mark, or is new, of that very name, and the only one."""
        rows = self._by_address(operation)
        for row in rows:
            if self._is_ours(operation, row):
                return WriteResult(operation.key, "done", {"id": str(row["accountId"])})
        known = set(orjson.loads(attempt.sight)) if attempt is not None and attempt.sight else None
        wanted = body_of(operation).get("displayName")
        fresh = [row for row in rows if known is not None and str(row["accountId"]) not in known]
        ours = [row for row in fresh if account_kind(row) == "customer" and row.get("displayName") == wanted]
        if len(ours) == len(rows) == 1:
            return WriteResult(operation.key, "done", {"id": str(ours[0]["accountId"])})
        if rows:
            return WriteResult(operation.key, "rejected", error=self._in_use(operation, rows))
        return WriteResult(operation.key, "absent")

    def _is_ours(self, operation: Operation, row: Mapping[str, Any]) -> bool:
        """Tell whether an account bears our mark for the operation's person."""
        return self.bears_mark(
            operation, f"{API}/user/properties/{SOURCE}", {"accountId": str(row["accountId"])}
        )

    def _in_use(self, operation: Operation, rows: Sequence[Mapping[str, Any]]) -> Finding:
        told = ", ".join(f"{row.get('displayName')}, {row['accountId']}" for row in rows)
        shown = f" ({told})" if told else ""
        return Finding(
            "JSM-TAKEN", Severity.DOUBT, operation.subject, operation.endpoint,
            f"an account with this e-mail address exists{shown}, and the plan did not say so: nothing is bound to it", _DECIDE,
        )  # fmt: skip

    def _by_address(self, operation: Operation) -> list[Mapping[str, Any]]:
        """Return the accounts of an operation's e-mail address, Atlassian accounts before portal ones.

        An account that hides its address is not taken: the search finds beginnings of addresses too, and may mean another person.
        """
        email = str(body_of(operation).get("email", ""))
        rows = (
            self.client.get(
                f"{API}/user/search", endpoint="user.search", params={"query": email, "maxResults": 50}
            )
            or []
        )
        wanted = name_key("user", email)
        exact = [row for row in rows if name_key("user", str(row.get("emailAddress") or "")) == wanted]
        exact.sort(key=lambda row: (account_kind(row) != "agent", str(row["accountId"])))
        return exact


def _name(operation: Operation) -> str:
    return str(body_of(operation).get("name", ""))


def _made(row: Mapping[str, Any]) -> datetime | None:
    """Return when Jira made an organization; None where it does not say."""
    told = neutral_time(row.get("created"))
    return datetime.fromisoformat(told) if told else None
