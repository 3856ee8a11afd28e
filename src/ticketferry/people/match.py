"""Whose account of the target stands for whom: keys that agree and are verified, a mark of ours, or a decision; contradictions are nobody's."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

from ticketferry.people.account import Account, AccountKind
from ticketferry.people.cluster import chunks
from ticketferry.people.decisions import Decisions
from ticketferry.people.directory import RESULTS
from ticketferry.people.keys import (
    email_key,
    emails_of,
    external_key,
    name_of,
    organization_keys,
    person_keys,
    side_of,
    target_keys,
    unverified,
)
from ticketferry.people.match_doubts import best_fit, doubts_of, explicit, has_mark
from ticketferry.people.match_tables import (
    TABLES,
    WORTHLESS,
    MatchJob,
    SourceAccount,
    TargetAccount,
)
from ticketferry.schema.records import Record
from ticketferry.schema.refs import Kind, parse_ref
from ticketferry.sdk.contract import Finding, Severity

__all__ = [
    "match",
    "told",
]

_NAMED = 5
"""Others who fit an account and are named; the rest is counted."""
_REMEDY = (
    "Decide in the decisions file (`ticketferry people --write`): the ref of the account, `separate`, or a placeholder by"
    " `people.contested: placeholder`."
)


def told(record: Record) -> str:
    """Say who a record is: name, address, ref."""
    mail = f" <{record['email']}>" if record.get("email") else ""
    return f"{record.get('name') or '(no name)'}{mail} {record['ref']}"


def match(
    source: Iterable[Record], target: Iterable[Record], database: sqlite3.Connection, *,
    by: Sequence[str] = ("external_id", "email"), agents: Mapping[str, str] | None = None, decisions: Decisions | None = None,
    kind: Literal[Kind.PERSON, Kind.ORGANIZATION] = Kind.PERSON, owners: Callable[[str], str | None] = lambda _: None,
    tell: Callable[[Record], str] = told,
) -> list[Finding]:  # fmt: skip
    """Find accounts of the target for people (or organizations) of the source: tables `accounts`, `contested`, `candidates`.

    Replaces what an earlier call wrote for this kind. `agents`: e-mail key, external id or ref -> address or id of an account. Order: our own mark, a decision, the agents' file, then all keys of `by`.
    Agents' accounts come before customers' of the same address. Keys that contradict each other give nobody: two accounts that fit,
    one account that fits two people who are not one, the same external id with other addresses or, where none is known, another name,
    an organization's name with other domains, an address that is not verified on either side, an account that is switched off, or that is another person's by our mark or by an earlier plan (`owners`: id in the
    target -> source ref). Such people stand in `contested`, with a finding P310 that shows all candidates (`tell`). Call after
    `cluster`: what fits any of a group stands for its survivor, who comes first.
    """
    database.executescript(RESULTS)
    database.executescript(TABLES)
    job = MatchJob(database, by, agents or {}, decisions or Decisions(), kind is Kind.ORGANIZATION, tell)
    _forget(job)
    for chunk in chunks(target):
        _take_there(job, chunk, owners)
    for chunk in chunks(source):
        _take_here(job, chunk)
    database.execute("CREATE INDEX temp.there_owner ON there (owner)")
    database.execute("CREATE INDEX temp.here_survivor ON here (survivor)")
    database.execute("CREATE INDEX temp.here_keys_ref ON here_keys (ref)")
    database.execute("CREATE INDEX temp.fits_target ON fits (target)")
    database.execute("CREATE INDEX temp.chosen_target ON chosen (target)")
    database.executescript(WORTHLESS)
    for row in database.execute("SELECT ref, survivor, name, side, emails, external, decided, how FROM here"):
        _fit(job, SourceAccount(*row))
    for (survivor,) in database.execute("SELECT DISTINCT survivor FROM fits"):
        _choose(job, survivor)
    _part(job)
    if not job.organization:
        _part_shared_addresses(job)
    findings = _written(job)
    for name in ("there", "there_keys", "here", "here_keys", "fits", "chosen"):
        database.execute(f"DROP TABLE temp.{name}")
    return findings


def _forget(job: MatchJob) -> None:
    of = int(job.organization)
    job.database.execute("DELETE FROM accounts WHERE (kind = 'organization') = ?", (of,))
    job.database.execute("DELETE FROM contested WHERE (ref LIKE '%:organization:%') = ?", (of,))
    job.database.execute("DELETE FROM candidates WHERE (ref LIKE '%:organization:%') = ?", (of,))


def _account_kind(person: Record) -> AccountKind:
    account = person.get("account")
    if account in ("agent", "customer", "app"):
        return account  # type: ignore[no-any-return]
    if account == "placeholder":
        return "customer"
    return "agent" if side_of(person) == "agent" else "customer"


def _text(emails: Iterable[str]) -> str:
    return "\n".join(sorted(set(emails)))


def _addresses(record: Record, keys: Sequence[str]) -> str:
    """Return what somebody is reached under: e-mail addresses, of an organization its domains."""
    return _text(emails_of(record)) or _text(key for key in keys if key.startswith("domain:"))


def _take_there(job: MatchJob, chunk: Sequence[Record], owners: Callable[[str], str | None]) -> None:
    rows, keys = [], []
    for record in chunk:
        ref, mark = record["ref"], str(record.get("origin") or "")
        kind = "organization" if job.organization else _account_kind(record)
        owner = mark or owners(parse_ref(ref).id) or ""
        external = external_key(record.get("external_id"))
        state = str(record.get("state") or "active")
        own = target_keys(record, organization=job.organization)
        rows.append((ref, kind, state, _addresses(record, own), external, mark, owner, job.tell(record)))
        for key in own:
            weak = key.startswith("email:") and unverified(record, key.removeprefix("email:"))
            keys.append((key, ref, name_of(record), int(weak)))
    job.database.executemany("INSERT OR REPLACE INTO there VALUES (?,?,?,?,?,?,?,?)", rows)
    job.database.executemany("INSERT OR REPLACE INTO there_keys VALUES (?,?,?,?)", keys)


def _take_here(job: MatchJob, chunk: Sequence[Record]) -> None:
    rows, keys = [], []
    for record in chunk:
        ref, name = record["ref"], name_of(record)
        found = job.database.execute("SELECT survivor FROM survivors WHERE ref = ?", (ref,)).fetchone()
        survivor = found[0] if found else ref
        own = organization_keys(record) if job.organization else person_keys(record)
        decided, how = _decided(job, ref, own)
        gone = int(record.get("state") in ("deleted", "merged"))
        external = external_key(record.get("external_id"))
        rows.append(
            (
                ref,
                survivor,
                name,
                side_of(record),
                _addresses(record, own),
                external,
                decided,
                how,
                gone,
                job.tell(record),
            )
        )
        for key in own:
            weak = key.startswith("email:") and unverified(record, key.removeprefix("email:"))
            keys.append((key, ref, survivor, name, int(weak)))
    job.database.executemany("INSERT OR REPLACE INTO here VALUES (?,?,?,?,?,?,?,?,?,?)", rows)
    job.database.executemany("INSERT OR IGNORE INTO here_keys VALUES (?,?,?,?,?)", keys)


def _decided(job: MatchJob, ref: str, keys: Sequence[str]) -> tuple[str, str]:
    """Return the key of the account that a decision or the agents' file names, and which of them does."""
    chosen = job.decisions.chosen(ref)
    if chosen == "":
        return "-", "decision"
    if chosen and parse_ref(chosen).desk != parse_ref(ref).desk:
        return f"id:{parse_ref(chosen).id}", "decision"
    if job.agents and not job.organization:
        for name in (ref, *(key.split(":", 1)[1] for key in keys)):
            wanted = job.agents.get(name)
            if wanted is not None:
                return (f"email:{email_key(wanted)}" if "@" in wanted else f"id:{wanted}"), "agents"
    return "", ""


def _fit(job: MatchJob, here: SourceAccount) -> None:
    """Note every account that fits a record of the source, and what speaks against it."""
    execute = job.database.execute
    own = int(here.ref != here.survivor)
    marked = (
        execute("SELECT ref, kind FROM there WHERE mark = ? ORDER BY ref", (here.ref,)).fetchall()
        if has_mark(job, here.ref)
        else []
    )
    if len(marked) == 1:
        explicit(job, here.survivor, Account(marked[0][0], marked[0][1], "origin"), own)
        return
    for ref, _ in marked:
        execute(
            "INSERT OR IGNORE INTO fits VALUES (?,?,?,?)",
            (here.survivor, ref, "origin", "several accounts bear our mark for them"),
        )
    if marked or here.decided == "-":
        return
    if here.decided:
        rows = execute(
            "SELECT ref, kind, state FROM there_keys JOIN there USING (ref) WHERE key = ? ORDER BY kind = 'customer', kind = 'app', ref",
            (here.decided,),
        ).fetchall()
        best = [row for row in rows if row[1] == rows[0][1]]
        if len(best) == 1 and best[0][2] == "active":
            explicit(job, here.survivor, Account(best[0][0], best[0][1], here.how), own)
        for ref, _, state in best if len(best) > 1 or (best and best[0][2] != "active") else ():
            doubt = (
                f"the account is {state}"
                if state != "active"
                else f"several accounts are what the {here.how} name"
            )
            execute("INSERT OR IGNORE INTO fits VALUES (?,?,?,?)", (here.survivor, ref, here.how, doubt))
        if not best and here.how == "agents":
            named = here.decided.split(":", 1)[1]
            _contest(job, here.survivor, f"the agents' file names {named}, which is no account of the target")
        return
    for rule in job.by:
        keys = execute(
            "SELECT key, weak FROM here_keys WHERE ref = ? AND key LIKE ?", (here.ref, f"{rule}:%")
        ).fetchall()
        for key, weak in keys:
            rows = execute(
                "SELECT ref, kind, state, emails, external, owner, weak, name FROM there_keys JOIN there USING (ref) WHERE key = ?",
                (key,),
            ).fetchall()
            for row in best_fit([TargetAccount(*row) for row in rows]):
                for doubt in doubts_of(job, here, rule, row, weak=bool(weak)) or ("",):
                    execute(
                        "INSERT OR IGNORE INTO fits VALUES (?,?,?,?)", (here.survivor, row.ref, rule, doubt)
                    )


def _choose(job: MatchJob, survivor: str) -> None:
    """Take the one account that fits by all keys and that nothing speaks against; else note why nobody is matched."""
    execute = job.database.execute
    if execute("SELECT 1 FROM chosen WHERE survivor = ?", (survivor,)).fetchone():
        return
    rows = execute(
        "SELECT target, how, doubt FROM fits WHERE survivor = ? ORDER BY target, how, doubt", (survivor,)
    ).fetchall()
    targets = list(dict.fromkeys(row[0] for row in rows))
    doubts = list(dict.fromkeys(row[2] for row in rows if row[2]))
    if len(targets) > 1:
        doubts.insert(
            0,
            f"{len(targets)} accounts of the target fit, by {', '.join(dict.fromkeys(row[1] for row in rows))}",
        )
    if doubts:
        _contest(job, survivor, "; ".join(doubts))
        return
    kind = execute("SELECT kind FROM there WHERE ref = ?", (targets[0],)).fetchone()[0]
    how = min((row[1] for row in rows), key=_order(job).index)
    execute("INSERT INTO chosen VALUES (?,?,?,?,0)", (survivor, targets[0], kind, how))


def _order(job: MatchJob) -> list[str]:
    return ["origin", "decision", "agents", *job.by]


def _contest(job: MatchJob, survivor: str, why: str) -> None:
    job.database.execute("INSERT OR IGNORE INTO contested VALUES (?,?)", (survivor, why))


def _part(job: MatchJob) -> None:
    """Leave an account to nobody that fits several people who are not one; what somebody decided stays."""
    execute = job.database.execute
    shared = execute(
        """
        SELECT target FROM (SELECT target, survivor FROM fits UNION SELECT target, survivor FROM chosen
            UNION SELECT ref, owner FROM there WHERE owner <> '') GROUP BY target HAVING count(*) > 1
        """
    ).fetchall()
    for (target,) in shared:
        people = execute(
            """
            SELECT who.survivor, coalesce((SELECT how FROM chosen WHERE chosen.survivor = who.survivor AND chosen.target = ?1), ''),
                coalesce(here.name, ''), coalesce(here.side, ''), coalesce(here.emails, '')
            FROM (SELECT survivor FROM fits WHERE target = ?1 UNION SELECT survivor FROM chosen WHERE target = ?1
                UNION SELECT coalesce((SELECT survivor FROM survivors WHERE survivors.ref = there.owner), owner) FROM there
                    WHERE ref = ?1 AND owner <> '') AS who
            LEFT JOIN here ON here.ref = who.survivor ORDER BY who.survivor
            """,
            (target,),
        ).fetchall()
        if len(people) < 2 or _are_one(people):
            continue
        theirs = set(
            execute("SELECT emails FROM there WHERE ref = ?", (target,)).fetchone()[0].split("\n")
        ) - {""}
        for survivor, how, _, _, emails in people:
            if how in ("decision", "agents") or (how == "origin" and theirs & set(emails.split("\n"))):
                continue
            others = _named(
                [person[0] for person in people[: _NAMED + 1] if person[0] != survivor], len(people) - 1
            )
            execute("DELETE FROM chosen WHERE survivor = ? AND target = ?", (survivor, target))
            _contest(job, survivor, f"the account {target} fits {others} too")


def _part_shared_addresses(job: MatchJob) -> None:
    """Let those wait who live under one address and are not one: an account of that address would be everybody's."""
    rows = job.database.execute(
        """
        SELECT key, survivor FROM here_keys JOIN here USING (ref, survivor) WHERE key LIKE 'email:%' AND gone = 0
            AND key IN (
                SELECT key FROM here_keys JOIN here USING (ref, survivor) WHERE key LIKE 'email:%' AND gone = 0
                GROUP BY key, side HAVING count(DISTINCT survivor) > 1
            ) AND survivor NOT IN (SELECT survivor FROM chosen WHERE how IN ('origin', 'decision', 'agents'))
            AND decided = ''
        """
    ).fetchall()
    for key, survivor in rows:
        job.database.execute("DELETE FROM chosen WHERE survivor = ?", (survivor,))
        _contest(
            job,
            survivor,
            f"several people of the source, who are not one, have the address {key.removeprefix('email:')}",
        )


def _named(refs: Sequence[str], count: int) -> str:
    """Return some of `count` refs; a mailbox that a whole company shares would fill every message of theirs."""
    shown = refs[:_NAMED]
    return ", ".join(shown) + (f" and {count - len(shown)} more" if count > len(shown) else "")


def _are_one(people: Sequence[Sequence[str]]) -> bool:
    """Tell whether those whom an account fits are one human in two roles: the same name, once as agent and once as customer."""
    names, sides = {person[2] for person in people}, [person[3] for person in people]
    return len(names) == 1 and "" not in names and len(set(sides)) == len(sides)


def _written(job: MatchJob) -> list[Finding]:
    """Write accounts and candidates, and return a finding for everybody who is in doubt."""
    execute = job.database.execute
    execute(
        "INSERT OR REPLACE INTO accounts SELECT survivor, target, kind, how, own FROM chosen"
        " WHERE survivor NOT IN (SELECT ref FROM contested)"
    )
    execute(
        "INSERT OR IGNORE INTO candidates SELECT survivor, target, how FROM fits WHERE survivor IN (SELECT ref FROM contested)"
    )
    findings = []
    of = "organizations.match" if job.organization else "people.match"
    rows = execute(
        "SELECT ref, why FROM contested WHERE (ref LIKE '%:organization:%') = ? ORDER BY ref",
        (int(job.organization),),
    ).fetchall()
    for ref, why in rows:
        mine = execute("SELECT told FROM here WHERE survivor = ? ORDER BY ref LIMIT 3", (ref,)).fetchall()
        others = execute(
            "SELECT DISTINCT there.told FROM candidates JOIN there ON there.ref = target WHERE candidates.ref = ? ORDER BY 1 LIMIT 5",
            (ref,),
        ).fetchall()
        message = f"{why}. Source: {'; '.join(row[0] for row in mine) or ref}"
        if others:
            message += f". Target: {'; '.join(row[0] for row in others)}"
        findings.append(Finding("P310", Severity.DOUBT, parse_ref(ref), of, message, _REMEDY))
    return findings
