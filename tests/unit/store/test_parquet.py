"""A table as Parquet: types as declared whatever the rows hold, whole or not there."""

import sys
from pathlib import Path

import pytest

from ticketferry.errors import ConfigError
from ticketferry.store.parquet import write_parquet

COLUMNS: dict[str, type] = {"code": str, "count": int, "share": float}


def test_another_program_reads_what_was_written(tmp_path: Path) -> None:
    import duckdb

    rows = [
        {"code": "Q1 שלום '\";\n", "count": 2**40, "share": 0.25},
        {"code": "=1+1", "count": 0, "share": 1},
    ]
    write_parquet(tmp_path / "a.parquet", COLUMNS, rows)
    read = duckdb.sql(f"SELECT * FROM '{tmp_path / 'a.parquet'}'")
    assert read.columns == ["code", "count", "share"]
    assert read.fetchall() == [("Q1 שלום '\";\n", 2**40, 0.25), ("=1+1", 0, 1.0)]


def test_a_table_without_rows_keeps_its_types(tmp_path: Path) -> None:
    import duckdb

    write_parquet(tmp_path / "a.parquet", COLUMNS, [])
    read = duckdb.sql(f"SELECT * FROM '{tmp_path / 'a.parquet'}'")
    assert [str(kind) for kind in read.types] == ["VARCHAR", "BIGINT", "DOUBLE"]


def test_a_value_of_another_type_leaves_no_half_file(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="int"):
        write_parquet(tmp_path / "a.parquet", COLUMNS, [{"code": "x", "count": "many", "share": 0.1}])
    assert not list(tmp_path.iterdir())


def test_without_pyarrow_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigError, match="pyarrow") as told:
        write_parquet(tmp_path / "a.parquet", COLUMNS, [])
    assert "ticketferry[parquet]" in str(told.value.remedy)
