"""What all benchmarks do with their figures: text and JSON on the screen, and a block in docs/benchmarks.md."""

import argparse
import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

__all__ = ["DOCUMENT", "add_options", "machine", "tell"]

DOCUMENT = Path(__file__).parents[1] / "docs/benchmarks.md"


def machine() -> str:
    """Return when and on what the figures were seen."""
    return f"{datetime.now(UTC):%d %B %Y}, Python {platform.python_version()}, {os.cpu_count()} cores, shared machine"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what every benchmark takes."""
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")


def tell(mark: str, text: str, figures: Any, options: argparse.Namespace) -> None:
    """Print the tables and, in one line, the same as JSON; with `--write` the tables replace the block `mark` of the document.

    A document without such a block is an error: figures would be lost.
    """
    print(text, flush=True)
    told = {"benchmark": mark, "machine": machine(), "figures": figures}
    print(json.dumps(told), flush=True)
    if options.json is not None:
        options.json.write_text(json.dumps(told, indent=1) + "\n")
    if options.write:
        begin, end = f"<!-- {mark} -->\n", f"<!-- /{mark} -->"
        before, found, rest = DOCUMENT.read_text().partition(begin)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise SystemExit(f"{DOCUMENT.name} has no place for the figures of {mark}")
        DOCUMENT.write_text(f"{before}{begin}{machine()}\n\n{text}\n{end}{after}")
