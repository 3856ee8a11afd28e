"""Which account a record falls upon by its marks and keys, and when that is in doubt."""

from collections.abc import Sequence

from ticketferry.people.account import Account
from ticketferry.people.match_tables import (
    RANKS,
    MatchJob,
    SourceAccount,
    TargetAccount,
    survivor_of,
)

__all__ = [
    "best_fit",
    "doubts_of",
    "explicit",
    "has_mark",
]


def has_mark(job: MatchJob, ref: str) -> bool:
    """Tell whether an account of the target carries the mark of a record."""
    return (
        job.database.execute(
            "SELECT 1 FROM there WHERE owner = ? AND mark = owner LIMIT 1", (ref,)
        ).fetchone()
        is not None
    )


def explicit(job: MatchJob, survivor: str, account: Account, own: int) -> None:
    """Choose an account that a mark or a decision names; the record's own one wins."""
    job.database.execute(
        """
        INSERT INTO chosen VALUES (?,?,?,?,?) ON CONFLICT (survivor) DO UPDATE SET
            target = excluded.target, kind = excluded.kind, how = excluded.how, own = excluded.own
        WHERE (excluded.own, excluded.target) < (chosen.own, chosen.target)
        """,
        (survivor, *account, own),
    )


def best_fit(rows: Sequence[TargetAccount]) -> list[TargetAccount]:
    """Of the accounts of one key, return those of the best kind: an agent's account comes before a portal's of the same address."""
    live = [row for row in rows if row.state == "active"] or list(rows)
    best = min((RANKS[row.kind] for row in live), default=0)
    return [
        row
        for row in rows
        if row.state != "deleted" or row in live
        if RANKS[row.kind] == best or row.state != "active"
    ]


def doubts_of(
    job: MatchJob, here: SourceAccount, rule: str, there: TargetAccount, *, weak: bool
) -> list[str]:
    """Return what forbids that an account which fits by a key is taken for the person's."""
    found = []
    if there.state != "active":
        found.append(f"the account is {there.state}")
    mine, theirs = set(here.emails.split("\n")) - {""}, set(there.emails.split("\n")) - {""}
    apart = not mine & theirs
    if rule == "external_id" and apart:
        # Two systems that number from one: only an address or the name tells that a number means the same.
        if here.name and there.name and here.name != there.name:
            found.append("the same external id, but another name, and no address or domain in common")
        elif mine and theirs and not job.organization:
            found.append("the same external id, but other e-mail addresses")
    if rule == "name" and "domain" in job.by and mine and theirs and apart:
        found.append("the same name, but other domains")
    if rule in ("domain", "name") and _other_id(job, here, there):
        found.append(f"the same {rule}, but other external ids")
    if rule == "email":
        if weak:
            found.append("the address is not verified in the source")
        if there.weak:
            found.append("the address is not verified in the target")
        if _other_id(job, here, there):
            found.append("the same e-mail address, but other external ids")
    if there.owner and survivor_of(job, there.owner) != here.survivor:
        found.append(f"the account is that of {there.owner} by our mark or an earlier plan")
    return found


def _other_id(job: MatchJob, here: SourceAccount, there: TargetAccount) -> bool:
    return (
        "external_id" in job.by
        and "" not in (here.external, there.external)
        and here.external != there.external
    )
