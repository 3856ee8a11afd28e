"""Working tables of a linkage in DuckDB: traits of people, who is compared with whom, what becomes of each pair."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb

__all__ = ["LinkageTables", "TraitColumns"]

TraitColumns = Mapping[str, bool]
"""Names of the traits, in order, and whether each is a list."""
_BATCH = 50_000
_MEMORY = "700MB"
_FEW = 300
"""People for whom the model's own frequency of a value counts beside those of the desk."""
_GIVEN_ALIKE = """coalesce(one.given = other.given OR one.given_other = other.given OR one.given = other.given_other
    OR (one.given = other.family AND one.family = other.given), FALSE)"""
_KEYS = (
    "SELECT id, side, hash('mail', unnest(list_concat(mails, shared_mails))) AS key FROM traits",
    "SELECT id, side, hash('phone', unnest(phones)) FROM traits",
    "SELECT id, side, hash('external', external) FROM traits WHERE external IS NOT NULL",
    "SELECT id, side, hash('number', number) FROM traits WHERE number IS NOT NULL",
    "SELECT id, side, hash('local', local) FROM traits WHERE local IS NOT NULL",
    "SELECT id, side, hash('name', least(given, family), greatest(given, family)) FROM traits WHERE given IS NOT NULL AND {alone}",
    "SELECT id, side, hash('name', least(given_other, family_other), greatest(given_other, family_other)) FROM traits WHERE given_other IS NOT NULL AND {alone}",
)
_PAIRED = (
    ("family", "domain"), ("given", "domain"), ("family", "organizations[1]"), ("given", "organizations[1]"),
    ("family", "birth"), ("given", "birth"), ("postcode", "birth"), ("street", "birth"),
    ("family", "postcode"), ("given", "postcode"), ("family", "city"), ("given", "city"),
    ("street_number", "street"), ("street_number", "postcode"), ("street_number", "city"), ("street", "postcode"), ("street", "city"),
    ("street", "family"), ("street", "given"), ("street_number", "family"), ("street_number", "given"),
    ("street_more", "postcode"), ("street_more", "family"), ("street_more", "given"), ("street_more", "street_number"),
    ("left(family, 3)", "postcode"), ("left(given, 3)", "postcode"), ("left(street, 5)", "postcode"), ("left(street, 5)", "left(family, 3)"),
    ("left(street, 5)", "left(given, 3)"),
)  # fmt: skip
"""Two traits, or how they begin, that bring people together where both agree: all else may be wrong."""


class LinkageTables:
    """One linkage: `add` all people, `prepare`, score the pairs of `candidates` (splink does), `judge`, then read `pairs`.

    People are numbered in the order of their refs, so that nothing depends on the order in which they come. Memory is bounded: what does
    not fit is spilled to `folder`.
    """

    def __init__(self, folder: Path, columns: TraitColumns) -> None:
        self.connection = duckdb.connect(":memory:")
        self.connection.execute(f"SET memory_limit = '{_MEMORY}'")
        self.connection.execute(f"SET temp_directory = '{str(folder).replace(chr(39), chr(39) * 2)}'")
        self.connection.execute("SET preserve_insertion_order = FALSE")
        self.connection.execute("SET enable_progress_bar = FALSE")
        self._columns = columns
        self._common: Mapping[str, float] = {}
        self._never = ""
        typed = ", ".join(f"{name} VARCHAR{'[]' if many else ''}" for name, many in columns.items())
        self.connection.execute(f"CREATE TABLE given_traits ({typed})")

    def close(self) -> None:
        """Close the database."""
        self.connection.close()

    def add(self, people: Iterable[Sequence[Any]]) -> int:
        """Take in the traits of people; returns how many."""
        import pyarrow as pa

        types = [pa.list_(pa.string()) if many else pa.string() for many in self._columns.values()]
        count, iterator = 0, iter(people)
        while batch := list(islice(iterator, _BATCH)):
            arrays = [
                pa.array(column, type_) for column, type_ in zip(zip(*batch, strict=True), types, strict=True)
            ]
            self._with(
                "batch",
                dict(zip(self._columns, arrays, strict=True)),
                "INSERT INTO given_traits SELECT * FROM batch",
            )
            count += len(batch)
        return count

    def _with(self, name: str, columns: Mapping[str, Any], statement: str) -> list[tuple[Any, ...]]:
        """Run a statement over a table that is there for it alone; returns its rows. Arrow comes with numpy, so it is imported late."""
        import pyarrow as pa

        self.connection.register(name, pa.table(dict(columns)))
        try:
            return self.connection.execute(statement).fetchall()
        finally:
            self.connection.unregister(name)

    def prepare(self, block: int, common: Mapping[str, float], alone: str) -> int:
        """Number the people, tell mailboxes that several share, and find whom to compare; returns how many pairs.

        `block`: a value that more people have brings nobody together. `common`: traits of which the frequency of a value counts, each with
        what stands for it where little is known; `alone`: whether a name is rare enough to bring two people together alone. The tables `traits` and `candidates` are splink's input.
        """
        self._common = common
        execute = self.connection.execute
        execute("CREATE TABLE numbered AS SELECT row_number() OVER (ORDER BY ref) AS id, * FROM given_traits")
        execute("DROP TABLE given_traits")
        execute(
            "CREATE TABLE holders AS SELECT id, unnest(mails) AS mailbox, given, given_other, family FROM numbered"
        )
        execute(
            "CREATE TABLE crowds AS SELECT mailbox, count(*) AS people FROM holders GROUP BY mailbox HAVING count(*) > 1"
        )
        execute(
            f"""
            CREATE TABLE shared AS
            SELECT mailbox FROM crowds WHERE people > {int(block)}
            UNION SELECT one.mailbox FROM crowds JOIN holders one USING (mailbox) JOIN holders other USING (mailbox)
            WHERE people <= {int(block)} AND one.id < other.id AND NOT {_GIVEN_ALIKE}
            """
        )
        execute(
            """
            CREATE TABLE compared AS
            SELECT * REPLACE (
                coalesce(own.mails, numbered.mails) AS mails,
                list_distinct(list_concat(shared_mails, coalesce(own.lent, []))) AS shared_mails
            ), list_concat(numbered.mails, shared_mails) AS all_mails,
                list_extract(list_concat(numbered.mails, shared_mails), 1) AS mail,
                split_part(list_extract(list_concat(numbered.mails, shared_mails), 1), '@', 1) AS mail_user,
                split_part(list_extract(list_concat(numbered.mails, shared_mails), 1), '@', 2) AS mail_host,
                len(numbered.mails) + len(shared_mails) > 1 AS several,
                CASE WHEN own.id IS NULL THEN list_extract(numbered.mails, 1) ELSE list_extract(own.mails, 1) END AS own_mail
            FROM numbered LEFT JOIN (
                SELECT id, coalesce(list(mailbox) FILTER (shared.mailbox IS NULL), []) AS mails,
                    coalesce(list(mailbox) FILTER (shared.mailbox IS NOT NULL), []) AS lent
                FROM holders LEFT JOIN shared USING (mailbox)
                WHERE id IN (SELECT id FROM holders SEMI JOIN shared USING (mailbox)) GROUP BY id
            ) AS own USING (id)
            """
        )
        for table in ("numbered", "holders", "crowds", "shared"):
            execute(f"DROP TABLE {table}")
        self._count_values(common)
        named = [key.replace("{alone}", alone) for key in _KEYS]
        paired = [
            f"SELECT id, side, hash('{one} {two}', {one}, {two}) FROM traits WHERE {one} IS NOT NULL AND {two} IS NOT NULL"
            for one, two in _PAIRED
        ]
        execute(
            f"CREATE TABLE keys AS SELECT DISTINCT id, side, key FROM ({' UNION ALL '.join([*named, *paired])})"
        )
        execute(
            f"""
            CREATE TABLE candidates AS
            SELECT DISTINCT '0' AS match_key, one.id AS join_key_l, other.id AS join_key_r
            FROM (SELECT key, side FROM keys GROUP BY key, side HAVING count(*) BETWEEN 2 AND {int(block)}) AS blocks
            JOIN keys one USING (key, side) JOIN keys other USING (key, side) WHERE one.id < other.id
            """
        )
        execute("DROP TABLE keys")
        return self._count("candidates")

    def _count_values(self, common: Mapping[str, float]) -> None:
        """Put beside each value how common it is: as counted where there are many people, as the model says where there are few."""
        counted = [
            f"CREATE TABLE values_{trait} AS SELECT {trait}, count(*) AS people FROM compared GROUP BY {trait}"
            for trait in common
        ]
        for statement in counted:
            self.connection.execute(statement)
        people = self._count("compared")
        shares = [
            f"CASE WHEN {trait} IS NOT NULL THEN (values_{trait}.people - 1 + {_FEW * usual}) / {people + _FEW}::DOUBLE END AS tf_{trait}"
            for trait, usual in common.items()
        ]
        joins = " ".join(f"LEFT JOIN values_{trait} USING ({trait})" for trait in common)
        self.connection.execute(
            f"CREATE TABLE traits AS SELECT {', '.join(['compared.*', *shares])} FROM compared {joins}"
        )
        self.connection.execute("DROP TABLE compared")
        for trait in common:
            self.connection.execute(f"DROP TABLE values_{trait}")

    def judge(
        self,
        scored: str,
        names: Sequence[str],
        never: Mapping[str, str],
        ties: Mapping[str, str],
        automatic: float,
    ) -> None:
        """Put each pair of the table `scored` into a band: `automatic` where the score suffices, something ties them and nothing forbids it."""
        self._never = _told(never, own=True)
        levels = ", ".join(
            f"gamma_{name}::TINYINT AS level_{name}, (mw_{name}{f' + mw_tf_adj_{name}' if name in self._common else ''})::FLOAT AS weight_{name}"
            for name in names
        )
        self.connection.execute(
            f"""
            CREATE TABLE pairs AS
            SELECT id_l, id_r, score, tie, never, {levels},
                CASE WHEN score >= {automatic} AND never = '' AND tie <> '' THEN 'automatic' ELSE 'review' END AS band
            FROM (
                SELECT scored.*, match_weight AS score, {_told(ties)} AS tie, {self._never} AS never
                FROM {scored} AS scored JOIN traits l ON l.id = scored.id_l JOIN traits r ON r.id = scored.id_r
            )
            """
        )

    def _count(self, table: str) -> int:
        ((count,),) = self.connection.execute(f"SELECT count(*) FROM {table}").fetchall()
        return int(count)

    # ---- bands ---------------------------------------------------------------------------------------------------

    def automatic(self) -> list[tuple[int, int]]:
        """Return the pairs that the tool would join, in order."""
        return self.connection.execute(
            "SELECT id_l, id_r FROM pairs WHERE band = 'automatic' ORDER BY ALL"
        ).fetchall()

    def numbers(self, joined: Iterable[tuple[str, str]]) -> list[tuple[int, int]]:
        """Return the numbers of pairs of refs; who is not compared is left out."""
        pairs = list(joined)
        if not pairs:
            return []
        return self._with(
            "given_pairs",
            {"one": [one for one, _ in pairs], "other": [other for _, other in pairs]},
            "SELECT l.id, r.id FROM given_pairs JOIN traits l ON l.ref = one JOIN traits r ON r.ref = other ORDER BY ALL",
        )

    def forbidden(self, pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int, str]]:
        """Return those of some pairs that something keeps from being joined by the tool, each with what does."""
        if not pairs:
            return []
        return self._with(
            "named_pairs",
            {"id_l": [one for one, _ in pairs], "id_r": [other for _, other in pairs]},
            f"""
            SELECT id_l, id_r, never FROM (
                SELECT id_l, id_r, {self._never} AS never
                FROM named_pairs JOIN traits l ON l.id = id_l JOIN traits r ON r.id = id_r
            ) WHERE never <> '' ORDER BY ALL
            """,
        )

    def demote(self, pairs: Iterable[tuple[int, int, str]]) -> None:
        """Leave pairs to a person, each with what keeps the tool from joining them."""
        rows = list(pairs)
        if rows:
            ones, others, whys = zip(*rows, strict=True)
            self._with(
                "demoted",
                {"one": ones, "other": others, "why": whys},
                "UPDATE pairs SET band = 'review', never = why FROM demoted WHERE id_l = one AND id_r = other",
            )

    def counts(self) -> dict[str, int]:
        """Return how many pairs are in each band."""
        return dict(self.connection.execute("SELECT band, count(*) FROM pairs GROUP BY band").fetchall())

    def ages(self, ids: Iterable[int]) -> dict[int, tuple[str, str]]:
        """Return (ref, created) of people by their numbers."""
        wanted = list(ids)
        if not wanted:
            return {}
        rows = self._with(
            "wanted", {"id": wanted}, "SELECT id, ref, created FROM traits SEMI JOIN wanted USING (id)"
        )
        return {id_: (ref, created) for id_, ref, created in rows}

    def pairs(self, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Yield (ref, created, ref, created, band, score, tie, never, level and weight of each comparison …), the highest scores of each band first."""
        levels = ", ".join(f"level_{name}, weight_{name}" for name in names)
        cursor = self.connection.cursor()
        cursor.execute(
            f"""
            SELECT l.ref, l.created, r.ref, r.created, band, score, tie, pairs.never, {levels}
            FROM pairs JOIN traits l ON l.id = id_l JOIN traits r ON r.id = id_r ORDER BY band, score DESC, id_l, id_r
            """
        )
        while rows := cursor.fetchmany(_BATCH):
            yield from rows


def _told(conditions: Mapping[str, str], *, own: bool = False) -> str:
    """Return an expression that says which conditions hold over `l` and `r`, parted by semicolons. `own`: what a record says of itself first."""
    parts = ["l.never", "CASE WHEN r.never IS DISTINCT FROM l.never THEN r.never END"] if own else []
    parts += [f"CASE WHEN {when} THEN '{said}' END" for said, when in conditions.items()]
    return f"concat_ws('; ', {', '.join(parts)})"
