"""Working tables of matching: both sides' records and keys, what fits what, and what was chosen."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ticketferry.store.directory import DirectoryTables

__all__ = ["MatchTables", "SourceAccount", "SourceRow", "TargetAccount", "TargetRow"]

TargetRow = tuple[str, str, str, str, str, str, str, str]
"""(ref, kind, state, addresses, external id, ref in our mark, whose it is, how it is shown)."""
SourceRow = tuple[str, str, str, str, str, str, str, str, int, str]
"""The fields of `SourceAccount`, then 1 where it is gone in the source, and how it is shown."""

_NAMES = ("there", "there_keys", "here", "here_keys", "fits", "chosen")
_BEGIN = """
DROP TABLE IF EXISTS temp.there;
DROP TABLE IF EXISTS temp.there_keys;
DROP TABLE IF EXISTS temp.here;
DROP TABLE IF EXISTS temp.here_keys;
DROP TABLE IF EXISTS temp.fits;
DROP TABLE IF EXISTS temp.chosen;
CREATE TEMP TABLE there (
    ref TEXT PRIMARY KEY, kind TEXT, state TEXT, emails TEXT, external TEXT, mark TEXT, owner TEXT, told TEXT
) WITHOUT ROWID;
CREATE TEMP TABLE there_keys (key TEXT, ref TEXT, name TEXT, weak INTEGER, PRIMARY KEY (key, ref)) WITHOUT ROWID;
CREATE TEMP TABLE here (
    ref TEXT PRIMARY KEY, survivor TEXT, name TEXT, side TEXT, emails TEXT, external TEXT, decided TEXT, how TEXT, gone INTEGER,
    told TEXT
) WITHOUT ROWID;
CREATE TEMP TABLE here_keys (key TEXT, ref TEXT, survivor TEXT, name TEXT, weak INTEGER, PRIMARY KEY (key, ref)) WITHOUT ROWID;
CREATE TEMP TABLE fits (survivor TEXT, target TEXT, how TEXT, doubt TEXT, PRIMARY KEY (survivor, target, how, doubt)) WITHOUT ROWID;
CREATE TEMP TABLE chosen (survivor TEXT PRIMARY KEY, target TEXT, kind TEXT, how TEXT, own INTEGER) WITHOUT ROWID;
"""


class SourceAccount(NamedTuple):
    """A record of the source; `decided`: key of the account that somebody named, "-" for nobody, "" where nobody decided."""

    ref: str
    survivor: str
    name: str
    side: str
    emails: str
    external: str
    decided: str
    how: str


class TargetAccount(NamedTuple):
    """An account of the target, as it fits a key; `owner`: whose it is by our mark or by an earlier plan. `emails`: domains of an organization."""

    ref: str
    kind: str
    state: str
    emails: str
    external: str
    owner: str
    weak: int
    name: str


class MatchTables:
    """One matching of people or of organizations, beside the directory that gets its results."""

    def __init__(self, directory: DirectoryTables) -> None:
        self._database = directory.connection
        self._database.executescript(_BEGIN)

    def close(self) -> None:
        """Drop the tables."""
        for name in _NAMES:
            self._database.execute(f"DROP TABLE temp.{name}")

    # ---- both sides ----------------------------------------------------------------------------------------------

    def add_target(self, rows: Iterable[TargetRow], keys: Iterable[tuple[str, str, str, int]]) -> None:
        """Take in accounts of the target and their keys: (key, ref, name, 1 where nobody verified it)."""
        self._database.executemany("INSERT OR REPLACE INTO there VALUES (?,?,?,?,?,?,?,?)", rows)
        self._database.executemany("INSERT OR REPLACE INTO there_keys VALUES (?,?,?,?)", keys)

    def add_source(self, rows: Iterable[SourceRow], keys: Iterable[tuple[str, str, str, str, int]]) -> None:
        """Take in records of the source and their keys: (key, ref, survivor, name, 1 where nobody verified it)."""
        self._database.executemany("INSERT OR REPLACE INTO here VALUES (?,?,?,?,?,?,?,?,?,?)", rows)
        self._database.executemany("INSERT OR IGNORE INTO here_keys VALUES (?,?,?,?,?)", keys)

    def ready(self) -> None:
        """Make what was taken in quick to ask. A number that several people of different names bear tells none of them, and goes."""
        self._database.execute("CREATE INDEX temp.there_owner ON there (owner)")
        self._database.execute("CREATE INDEX temp.here_survivor ON here (survivor)")
        self._database.execute("CREATE INDEX temp.here_keys_ref ON here_keys (ref)")
        self._database.execute("CREATE INDEX temp.fits_target ON fits (target)")
        self._database.execute("CREATE INDEX temp.chosen_target ON chosen (target)")
        self._database.executescript(
            """
            DELETE FROM here_keys WHERE key IN
                (SELECT key FROM here_keys WHERE key LIKE 'external_id:%' GROUP BY key HAVING count(DISTINCT name) > 1);
            DELETE FROM there_keys WHERE key IN
                (SELECT key FROM there_keys WHERE key LIKE 'external_id:%' GROUP BY key HAVING count(DISTINCT name) > 1);
            """
        )

    def sources(self) -> Iterator[SourceAccount]:
        """Stream the records of the source."""
        for row in self._database.execute(
            "SELECT ref, survivor, name, side, emails, external, decided, how FROM here"
        ):
            yield SourceAccount(*row)

    def agents_without_fit(self) -> list[SourceAccount]:
        """Return the agents of the source for whom no account fits and none was chosen, nobody having decided that there is none, in order."""
        rows = self._database.execute(
            """
            SELECT ref, survivor, name, side, emails, external, decided, how FROM here
            WHERE side = 'agent' AND decided = '' AND survivor NOT IN (SELECT survivor FROM fits)
                AND survivor NOT IN (SELECT survivor FROM chosen) ORDER BY ref
            """
        ).fetchall()
        return [SourceAccount(*row) for row in rows]

    def fit_only_by(self, how: str, target: str) -> set[str]:
        """Return whom an account fits by nothing else than `how`."""
        rows = self._database.execute(
            "SELECT survivor FROM fits WHERE target = ?1 GROUP BY survivor HAVING min(how) = ?2 AND max(how) = ?2"
            " AND survivor NOT IN (SELECT owner FROM there WHERE ref = ?1)",
            (target, how),
        )
        return {row[0] for row in rows}

    def shown_sources(self, survivor: str) -> list[str]:
        """Return how the first of those are shown for whom somebody stands."""
        rows = self._database.execute(
            "SELECT told FROM here WHERE survivor = ? ORDER BY ref LIMIT 3", (survivor,)
        )
        return [row[0] for row in rows]

    def marked(self, ref: str) -> list[tuple[str, str]]:
        """Return (ref, kind) of the accounts that carry the mark of a record, in order."""
        execute = self._database.execute
        # Only the owner has an index; most records have no account with their mark.
        if execute("SELECT 1 FROM there WHERE owner = ? AND mark = owner LIMIT 1", (ref,)).fetchone() is None:
            return []
        return execute("SELECT ref, kind FROM there WHERE mark = ? ORDER BY ref", (ref,)).fetchall()

    def named(self, key: str) -> list[tuple[str, str, str]]:
        """Return (ref, kind, state) of the accounts with a key: agents' first, customers' last."""
        return self._database.execute(
            "SELECT ref, kind, state FROM there_keys JOIN there USING (ref) WHERE key = ? ORDER BY kind = 'customer', kind = 'app', ref",
            (key,),
        ).fetchall()

    def keys_of(self, ref: str, rule: str) -> list[tuple[str, int]]:
        """Return (key, 1 where nobody verified it) of a record of the source, of those that a rule compares."""
        return self._database.execute(
            "SELECT key, weak FROM here_keys WHERE ref = ? AND key LIKE ?", (ref, f"{rule}:%")
        ).fetchall()

    def with_key(self, key: str) -> list[TargetAccount]:
        """Return the accounts with a key."""
        rows = self._database.execute(
            "SELECT ref, kind, state, emails, external, owner, weak, name FROM there_keys JOIN there USING (ref) WHERE key = ?",
            (key,),
        )
        return [TargetAccount(*row) for row in rows]

    def kind_of(self, target: str) -> str:
        """Return the kind of an account."""
        return str(self._database.execute("SELECT kind FROM there WHERE ref = ?", (target,)).fetchone()[0])

    def addresses_of(self, target: str) -> set[str]:
        """Return the e-mail addresses of an account, or the domains of an organization."""
        row = self._database.execute("SELECT emails FROM there WHERE ref = ?", (target,)).fetchone()
        return set(row[0].split("\n")) - {""}

    # ---- what fits, and what is chosen ---------------------------------------------------------------------------

    def note_fit(self, survivor: str, target: str, how: str, doubt: str) -> None:
        """Note that an account fits; `doubt`: what speaks against it, empty for nothing."""
        self._database.execute("INSERT OR IGNORE INTO fits VALUES (?,?,?,?)", (survivor, target, how, doubt))

    def fitted(self) -> Iterator[str]:
        """Stream for whom something fits."""
        for (survivor,) in self._database.execute("SELECT DISTINCT survivor FROM fits"):
            yield survivor

    def fits(self, survivor: str) -> list[tuple[str, str, str]]:
        """Return (account, how, doubt) of all that fits somebody, in order."""
        return self._database.execute(
            "SELECT target, how, doubt FROM fits WHERE survivor = ? ORDER BY target, how, doubt", (survivor,)
        ).fetchall()

    def name_account(self, survivor: str, target: str, kind: str, how: str, own: int) -> None:
        """Choose an account that a mark or a decision names; the record's own one (`own` 0) wins."""
        self._database.execute(
            """
            INSERT INTO chosen VALUES (?,?,?,?,?) ON CONFLICT (survivor) DO UPDATE SET
                target = excluded.target, kind = excluded.kind, how = excluded.how, own = excluded.own
            WHERE (excluded.own, excluded.target) < (chosen.own, chosen.target)
            """,
            (survivor, target, kind, how, own),
        )

    def choose(self, survivor: str, target: str, kind: str, how: str) -> None:
        """Choose an account for somebody who has none yet."""
        self._database.execute("INSERT INTO chosen VALUES (?,?,?,?,0)", (survivor, target, kind, how))

    def has_chosen(self, survivor: str) -> bool:
        """Tell whether an account was chosen for somebody."""
        row = self._database.execute("SELECT 1 FROM chosen WHERE survivor = ?", (survivor,)).fetchone()
        return row is not None

    def drop_choice(self, survivor: str) -> None:
        """Take back what was chosen for somebody."""
        self._database.execute("DELETE FROM chosen WHERE survivor = ?", (survivor,))

    def shared_targets(self) -> list[str]:
        """Return the accounts that fit several, were chosen for several, or have an owner and fit somebody else too."""
        rows = self._database.execute(
            """
            SELECT target FROM (SELECT target, survivor FROM fits UNION SELECT target, survivor FROM chosen
                UNION SELECT ref, owner FROM there WHERE owner <> '') GROUP BY target HAVING count(*) > 1
            """
        )
        return [target for (target,) in rows.fetchall()]

    def claimants(self, target: str) -> list[tuple[str, str, str, str, str]]:
        """Return (survivor, how it was chosen or "", name, side, addresses) of those whom an account fits, in order."""
        return self._database.execute(
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

    def drop_choice_of(self, survivor: str, target: str) -> None:
        """Take back that an account was chosen for somebody."""
        self._database.execute("DELETE FROM chosen WHERE survivor = ? AND target = ?", (survivor, target))

    def sharing_addresses(self) -> list[tuple[str, str]]:
        """Return (key, survivor) of those who live under one address, are not one, and for whom nothing was decided.

        Who has an account of ours by that address already keeps it; an account under another address is the placeholder that they got for
        this very reason, which it must go on to be.
        """
        return self._database.execute(
            """
            SELECT key, survivor FROM here_keys JOIN here USING (ref, survivor) WHERE key LIKE 'email:%' AND gone = 0
                AND key IN (
                    SELECT key FROM here_keys JOIN here USING (ref, survivor) WHERE key LIKE 'email:%' AND gone = 0
                    GROUP BY key, side HAVING count(DISTINCT survivor) > 1
                ) AND survivor NOT IN (SELECT survivor FROM chosen WHERE how IN ('decision', 'agents'))
                AND NOT EXISTS (
                    SELECT 1 FROM chosen JOIN there ON there.ref = chosen.target
                    WHERE chosen.survivor = here.survivor AND chosen.how = 'origin' AND (there.emails = '' OR EXISTS (
                        SELECT 1 FROM there_keys WHERE there_keys.ref = chosen.target AND there_keys.key = here_keys.key))
                )
                AND decided = ''
            """
        ).fetchall()

    def write(self) -> None:
        """Write to the directory the accounts of those whom nothing contradicts, and the candidates of all others."""
        self._database.execute(
            "INSERT OR REPLACE INTO accounts SELECT survivor, target, kind, how, own FROM chosen"
            " WHERE survivor NOT IN (SELECT ref FROM contested)"
        )
        self._database.execute(
            "INSERT OR IGNORE INTO candidates SELECT survivor, target, how FROM fits WHERE survivor IN (SELECT ref FROM contested)"
        )

    def shown_candidates(self, ref: str) -> list[str]:
        """Return how the first candidates of somebody are shown; call after `write`."""
        rows: list[tuple[Any, ...]] = self._database.execute(
            "SELECT DISTINCT there.told FROM candidates JOIN there ON there.ref = target WHERE candidates.ref = ? ORDER BY 1 LIMIT 5",
            (ref,),
        ).fetchall()
        return [row[0] for row in rows]
