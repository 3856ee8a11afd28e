"""Accounts of the target that a mapping names: which one is meant, and whether anything can be assigned to it."""

from collections.abc import Iterable, Mapping, Sequence

from ticketferry.people.keys import email_key
from ticketferry.sdk.contract import Finding, Severity

__all__ = ["NamedRow", "chosen", "key_of", "unassignable"]

NamedRow = tuple[str, str, str]
"""(ref, kind of account, state) of an account that has the key."""


def key_of(account: str) -> str:
    """Return the key (`people.keys.target_keys`) of an account as the mapping writes it: its e-mail, or its id."""
    return f"email:{email_key(account)}" if "@" in account else f"id:{account}"


def chosen(rows: Sequence[NamedRow]) -> str | None:
    """Return the ref of the one account that is meant and can be assigned to; else None."""
    agents = [(ref, state) for ref, kind, state in rows if kind == "agent"]
    return agents[0][0] if len(agents) == 1 and agents[0][1] == "active" else None


def unassignable(named: Mapping[str, str], found: Mapping[str, Sequence[NamedRow]]) -> Iterable[Finding]:
    """Yield a finding for each account to which nothing can be assigned. `named`: account as written -> where; `found`: by the same."""
    for account, where in named.items():
        rows = found.get(account, ())
        if chosen(rows) is not None:
            continue
        agents = [state for _, kind, state in rows if kind == "agent"]
        why = "is no account of the target"
        if len(agents) > 1:
            why = f"is {len(agents)} accounts of the target"
        elif agents:
            why = f"is {agents[0]} in the target"
        elif rows:
            why = "is no agent of the target: nothing can be assigned to it"
        remedy = "Correct it, give it a licence, or take `assign` out."
        yield Finding("P326", Severity.BLOCKER, None, where, f"`{account}` {why}", remedy)
