"""A table as a Parquet file, for a data frame or a database."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ticketferry.errors import ConfigError
from ticketferry.store.database import disk_errors

__all__ = ["write_parquet"]

_TYPES = {str: "string", int: "int64", float: "float64"}


def write_parquet(path: Path, columns: Mapping[str, type], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows whole or not at all; each column has the type that is declared (text, whole number or fraction), also without any row.

    Raises ConfigError where pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise ConfigError(
            "a Parquet file needs pyarrow, which is not installed",
            remedy="pip install 'ticketferry[parquet]', or use --csv.",
        ) from error
    schema = pa.schema([(name, getattr(pa, _TYPES[kind])()) for name, kind in columns.items()])
    table = pa.Table.from_pylist([{name: row.get(name) for name in columns} for row in rows], schema=schema)
    partial = path.with_name(f"{path.name}.part")
    with disk_errors(path):
        try:
            parquet.write_table(table, partial)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
