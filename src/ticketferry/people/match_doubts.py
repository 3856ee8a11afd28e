"""When an account that fits a record by its keys is in doubt all the same."""

from collections.abc import Callable, Sequence

from ticketferry.store.match_tables import SourceAccount, TargetAccount

__all__ = ["best_fit", "doubts_of"]

_RANKS = {"agent": 0, "app": 1, "customer": 2, "organization": 0}


def best_fit(accounts: Sequence[TargetAccount]) -> list[TargetAccount]:
    """Of the accounts of one key, return those of the best kind: an agent's account comes before a portal's of the same address."""
    live = [account for account in accounts if account.state == "active"] or list(accounts)
    best = min((_RANKS[account.kind] for account in live), default=0)
    return [
        account
        for account in accounts
        if account.state != "deleted" or account in live
        if _RANKS[account.kind] == best or account.state != "active"
    ]


def doubts_of(
    source: SourceAccount,
    target: TargetAccount,
    rule: str,
    *,
    by: Sequence[str],
    organization: bool,
    weak: bool,
    survivor: Callable[[str], str],
) -> list[str]:
    """Return what forbids that an account which fits by the key of a rule is taken for the person's.

    `by`: all rules; `organization`: an organization is matched, not a person; `weak`: nobody verified the key in the source;
    `survivor`: who stands for a record of the source.
    """
    doubts = []
    if target.state != "active":
        doubts.append(f"the account is {target.state}")
    mine, theirs = set(source.emails.split("\n")) - {""}, set(target.emails.split("\n")) - {""}
    apart = not mine & theirs
    other_id = (
        "external_id" in by
        and "" not in (source.external, target.external)
        and source.external != target.external
    )
    if rule == "external_id" and apart:
        # Two systems that number from one: only an address or the name tells that a number means the same.
        if source.name and target.name and source.name != target.name:
            doubts.append("the same external id, but another name, and no address or domain in common")
        elif mine and theirs and not organization:
            doubts.append("the same external id, but other e-mail addresses")
    if rule == "name" and "domain" in by and mine and theirs and apart:
        doubts.append("the same name, but other domains")
    if rule in ("domain", "name") and other_id:
        doubts.append(f"the same {rule}, but other external ids")
    if rule == "email":
        if weak:
            doubts.append("the address is not verified in the source")
        if target.weak:
            doubts.append("the address is not verified in the target")
        if other_id:
            doubts.append("the same e-mail address, but other external ids")
    if target.owner and survivor(target.owner) != source.survivor:
        doubts.append(f"the account is that of {target.owner} by our mark or an earlier plan")
    return doubts
