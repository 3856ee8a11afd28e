"""The page of an audit's sample: every drawn ticket before and after, to read on a screen or on paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from ticketferry.audit.readable import ReadableTicket
from ticketferry.audit.worksheet import WorksheetLine
from ticketferry.schema.signs import visible

__all__ = ["SheetTicket", "render_page"]


@dataclass(frozen=True, slots=True)
class SheetTicket:
    """A ticket of the sample: its line of the worksheet, and both sides."""

    line: WorksheetLine
    sides: ReadableTicket


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("ticketferry.audit"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: visible(value) if isinstance(value, str) else value,
        trim_blocks=True,
    )


def render_page(
    tickets: Sequence[SheetTicket], *, plan: str, digest: str, seed: str, population: int, random: int
) -> str:
    """Return the page as HTML: it needs no network and runs nothing. The same sample gives the same page."""
    template = _environment().get_template("worksheet.html.j2")
    return template.render(
        tickets=tickets, plan=plan, digest=digest, seed=seed, population=population, random=random
    )
