"""What an extract tells at its end: whether everything came, and what it asked the desk."""

from typing import TYPE_CHECKING

from ticketferry.cli.console import Console
from ticketferry.cli.layout import counted, number

if TYPE_CHECKING:
    from ticketferry.extract.completeness import Completeness
    from ticketferry.store.request_log import RequestLog

__all__ = ["print_completeness", "print_ledger"]


def print_completeness(
    console: Console, completeness: "Completeness", indent: str = "  ", *, pointer: bool = True
) -> None:
    """Print the sum of the numbers, what it leaves out, and how the control totals came out."""
    blank = " " * (len(indent) + 10)
    console.text(completeness.numbers.words, f"{indent}numbers   ", blank)
    for line in completeness.numbers.beside:
        console.text(line, blank)
    console.text(completeness.totals.words, f"{indent}totals    ", blank)
    if completeness.totals.behind and pointer:
        console.text(completeness.totals.behind, blank)
    if completeness.totals.differs and pointer:
        console.text("each with both figures: ticketferry profile", blank)


def print_ledger(console: Console, ledger: "RequestLog", records: int, indent: str = "  ") -> None:
    """Print the requests by purpose, and what a request of reading gave."""
    parts = [f"{name} {number(count)}" for name, count in ledger.purposes.items()]
    blank = " " * (len(indent) + 10)
    console.text(f"{number(ledger.requests)} = {' + '.join(parts)}", f"{indent}requests  ", blank)
    reading = ledger.purposes.get("reading", 0)
    if reading and records:
        each = records // reading
        console.text(f"one request of reading for {counted(each, 'record')}", blank)
    if ledger.refused:
        console.text(f"{number(ledger.refused)} of them answered 429, too fast", blank)
