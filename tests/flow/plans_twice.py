"""Each plan that is made from the last one is made from nothing too, and both are held against each other, table by table."""

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

from ticketferry.plan import builder
from ticketferry.plan.keeping import AnswerKeeper
from ticketferry.ranges import HERE

__all__ = ["compared", "differences", "rows_of"]

BUILD = builder.build


def rows_of(path: Path) -> dict[str, list[Any]]:
    """All rows of a plan file by table, in order, and how it is laid out."""
    with closing(sqlite3.connect(path)) as connection:
        layout = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()
        tables = [name for kind, name, _ in layout if kind == "table"]
        return {"layout": layout} | {
            name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables
        }


def differences(one: Path, other: Path) -> list[str]:
    """What differs between two plan files, beginning with the table."""
    here, there = rows_of(one), rows_of(other)
    found = [f"tables {sorted(here.keys() ^ there.keys())}"] if here.keys() != there.keys() else []
    for name in here.keys() & there.keys():
        if here[name] != there[name]:
            only = [
                [row for row in a if row not in b][:2]
                for a, b in ((here[name], there[name]), (there[name], here[name]))
            ]
            found.append(f"{name}: only in the first {only[0]}, only in the second {only[1]}")
    return found


@contextmanager
def compared() -> Iterator[Counter[str]]:
    """Inside, every plan is made both ways. Counts how many were made `from the last` one and how many `from nothing`."""
    told: Counter[str] = Counter()
    last = AnswerKeeper.last

    def build(path: Path, *opener: Any, keeper: AnswerKeeper | None = None, **more: Any) -> Any:
        found: list[Any] = []

        def noted(self: AnswerKeeper, *args: Any) -> Any:
            found.append(last(self, *args))
            return found[-1]

        with mock.patch.object(AnswerKeeper, "last", noted):
            plan = BUILD(path, *opener, keeper=keeper, **more)
        again = any(one is not None for one in found)
        told["from the last" if again else "from nothing"] += 1
        if again:
            with TemporaryDirectory(dir=path.parent, prefix=".twice-") as folder:
                other = Path(folder) / path.name
                BUILD(other, *opener, **{**more, "executor": HERE, "range_roots": 3}).close()
                assert not differences(path, other), differences(path, other)
                assert path.read_bytes() == other.read_bytes()
        return plan

    with mock.patch.object(builder, "build", build):
        yield told
