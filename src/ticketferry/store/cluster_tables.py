"""Working tables of a cluster: people and their keys, spread and parted on the disk, in memory that does not grow."""

from collections.abc import Iterable

from ticketferry.store.directory import DirectoryTables

__all__ = ["ClusterTables", "KeyRow", "PersonRow"]

PersonRow = tuple[str, str, int, int, str, str, str, str]
"""(ref, side, rank of the state, how many identities, order of the id, label, name, external id); the label is the ref at first."""
KeyRow = tuple[str, str, int, str]
"""(key, ref, 1 where nobody verified it, first address)."""

_BEGIN = """
DROP TABLE IF EXISTS temp.cluster_people;
DROP TABLE IF EXISTS temp.cluster_keys;
CREATE TEMP TABLE cluster_people (
    ref TEXT PRIMARY KEY, side TEXT, state INTEGER, identities INTEGER, place TEXT, label TEXT, name TEXT, external TEXT
) WITHOUT ROWID;
CREATE TEMP TABLE cluster_keys (key TEXT, ref TEXT, weak INTEGER, mail TEXT, PRIMARY KEY (key, ref)) WITHOUT ROWID;
DROP TABLE IF EXISTS temp.cluster_alone;
CREATE TEMP TABLE cluster_alone (ref TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_WEAK = """
SELECT key FROM cluster_keys JOIN cluster_people USING (ref) WHERE key NOT LIKE '%|merged:%' GROUP BY key
HAVING count(DISTINCT name) > 1 OR max(weak) OR count(DISTINCT nullif(external, '')) > 1
    OR (key LIKE '%|external_id:%' AND count(DISTINCT nullif(mail, '')) > 1)
"""


class ClusterTables:
    """People and keys of one clustering, beside the directory that gets its results."""

    def __init__(self, directory: DirectoryTables) -> None:
        self._database = directory.connection
        self._database.executescript(_BEGIN)

    def close(self) -> None:
        """Drop the tables."""
        self._database.executescript(
            "DROP TABLE temp.cluster_people; DROP TABLE temp.cluster_keys; DROP TABLE temp.cluster_alone;"
        )

    def add(self, people: Iterable[PersonRow], keys: Iterable[KeyRow]) -> None:
        """Take in people and their keys."""
        self._database.executemany("INSERT OR REPLACE INTO cluster_people VALUES (?,?,?,?,?,?,?,?)", people)
        self._database.executemany("INSERT OR IGNORE INTO cluster_keys VALUES (?,?,?,?)", keys)

    def add_alone(self, refs: Iterable[str]) -> None:
        """Take in people who are one with nobody unless a person says so."""
        self._database.executemany("INSERT OR IGNORE INTO cluster_alone VALUES (?)", ((ref,) for ref in refs))

    def alone(self, ref: str) -> bool:
        """Tell whether somebody is one with nobody unless a person says so."""
        return (
            self._database.execute("SELECT 1 FROM cluster_alone WHERE ref = ?", (ref,)).fetchone() is not None
        )

    def drop_single_keys(self) -> None:
        """Take the keys out that one person has alone, or that name nobody who is there."""
        self._database.executescript(
            """
            DELETE FROM cluster_keys WHERE key IN (SELECT key FROM cluster_keys GROUP BY key HAVING count(*) = 1);
            DELETE FROM cluster_keys WHERE ref NOT IN (SELECT ref FROM cluster_people);
            CREATE INDEX temp.cluster_keys_ref ON cluster_keys (ref);
            """
        )

    def part_weak_keys(self) -> None:
        """Take the keys out that join nobody by themselves, and keep who shares them as suspects."""
        self._database.executescript(
            f"CREATE TEMP TABLE cluster_weak AS {_WEAK};"
            """
            INSERT OR IGNORE INTO suspects
            SELECT ref, first, substr(key, instr(key, '|') + 1) FROM (
                SELECT key, ref, first_value(ref) OVER (PARTITION BY key ORDER BY state, identities DESC, place, ref) AS first
                FROM cluster_keys JOIN cluster_people USING (ref) WHERE key IN (SELECT key FROM cluster_weak)
            ) WHERE ref <> first;
            DELETE FROM cluster_keys WHERE key IN (SELECT key FROM cluster_weak);
            DROP TABLE cluster_weak;
            """
        )

    def spread(self) -> None:
        """Spread the least ref of every group over its keys until nothing moves: connected groups get one label.

        Each round is linear in the keys, and labels that point at each other are followed to their end, so that the rounds of a long
        chain are few.
        """
        execute = self._database.execute
        self._database.executescript(
            """
            CREATE TEMP TABLE cluster_least (key TEXT, side TEXT, label TEXT, PRIMARY KEY (key, side)) WITHOUT ROWID;
            CREATE INDEX temp.cluster_keys_key ON cluster_keys (key);
            """
        )
        while True:
            execute("DELETE FROM cluster_least")
            execute(
                "INSERT INTO cluster_least SELECT key, side, min(label) FROM cluster_keys JOIN cluster_people USING (ref) GROUP BY key, side"
            )
            moved = execute(
                """
                UPDATE cluster_people SET label = least.label FROM (
                    SELECT ref, min(cluster_least.label) AS label FROM cluster_keys JOIN cluster_people USING (ref)
                    JOIN cluster_least USING (key, side) GROUP BY ref
                ) AS least WHERE cluster_people.ref = least.ref AND least.label < cluster_people.label
                """
            ).rowcount
            if not moved:
                break
            while execute(
                """
                UPDATE cluster_people SET label = next.label FROM cluster_people AS next
                WHERE next.ref = cluster_people.label AND next.label < cluster_people.label
                """
            ).rowcount:
                pass
        execute("DROP TABLE cluster_least")

    def part_contradictions(self) -> None:
        """Part those whom a chain of keys joined although they have several external ids, unless the desk itself merged them."""
        self._database.executescript(
            """
            CREATE TEMP TABLE cluster_torn AS SELECT label FROM cluster_people GROUP BY label
                HAVING count(DISTINCT nullif(external, '')) > 1
                AND sum(ref IN (SELECT ref FROM cluster_keys WHERE key LIKE '%|merged:%')) < count(*);
            INSERT OR IGNORE INTO suspects SELECT ref, label, 'several external ids' FROM cluster_people
                WHERE label IN (SELECT label FROM cluster_torn) AND ref <> label;
            DELETE FROM cluster_keys WHERE ref IN (SELECT ref FROM cluster_people WHERE label IN (SELECT label FROM cluster_torn));
            DROP TABLE cluster_torn;
            """
        )

    def write_survivors(self) -> None:
        """Write to the directory who of each group stands for the others: active first, then most identities, then the lowest id."""
        self._database.execute(
            """
            INSERT INTO survivors
            SELECT ref, survivor, 'same key' FROM (
                SELECT ref, first_value(ref) OVER (PARTITION BY label ORDER BY state, identities DESC, place, ref) AS survivor
                FROM cluster_people WHERE ref IN (SELECT ref FROM cluster_keys)
            ) WHERE ref <> survivor
            """
        )

    def sides(self, one: str, other: str) -> tuple[int, int]:
        """Return on how many sides (agents, end users) the two stand, and how many of them are there."""
        sides, present = self._database.execute(
            "SELECT count(DISTINCT side), count(*) FROM cluster_people WHERE ref IN (?,?)", (one, other)
        ).fetchone()
        return int(sides), int(present)
