"""Writes the report: one HTML file with everything in it, of bounded size, that needs no network and runs nothing but its own filter."""

import base64
import os
import re
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ticketferry.errors import FatalError
from ticketferry.report.blocks import ReportVerdict, Section
from ticketferry.report.commands import COMMANDS, command, in_environment
from ticketferry.report.data import ReportData, collect
from ticketferry.report.sections import sections
from ticketferry.report.tables import RowBudget, printable
from ticketferry.store.database import disk_errors

__all__ = [
    "MOST_BYTES",
    "ReportData",
    "collect",
    "page_environment",
    "render",
    "style_of",
    "write_page",
    "write_report",
]

MOST_BYTES = 15_000_000
_NAMES = frozenset(line.split()[1] for line in COMMANDS.values()) | {"people"}
"""Commands that the report prints."""
_WHOLE = 24
"""Letters of a word that a narrow column does not break."""
_FIXED = 1_500_000
"""Bytes set aside for what is not a row of a table: style, charts, headings."""


@cache
def page_environment() -> Environment:
    """Return what renders pages: everything is escaped, and an unknown name is an error."""
    made = Environment(
        loader=PackageLoader("ticketferry.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["joints"] = _joints
    made.tests["short_words"] = _short_words
    return made


def _joints(text: str) -> Markup:
    """Return a path that may be broken behind its signs, before it is broken within a word."""
    return Markup("<wbr>").join(re.split(r"(?<=[._/:\[\]])(?=[^._/:\[\]])", printable(text)))


def _short_words(text: object) -> bool:
    """Tell whether a cell of a narrow column can keep its words whole."""
    return max(map(len, re.split(r"[\s-]", str(text)))) <= _WHOLE


def _printable(value: object) -> object:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def write_report(path: Path, data: ReportData, *, most: int = MOST_BYTES) -> int:
    """Write the report and return its size in bytes, at most `most`. The file appears whole or not at all."""
    return write_page(path, render(data, most=most))


def write_page(path: Path, text: str) -> int:
    """Write a page, readable by its owner alone, and return its size in bytes. The file appears whole or not at all."""
    page = text.encode()
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.part")
        try:
            partial.unlink(missing_ok=True)
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(page)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    return len(page)


def render(data: ReportData, *, most: int = MOST_BYTES) -> str:
    """Return the report as text. Where it would be larger than `most` bytes, tables are cut and say so."""
    samples = list(data.samples)
    budget = max(0, most - min(_FIXED, most // 3))
    while True:
        data.samples = samples
        page = _page(data, sections(data, RowBudget(budget)))
        size = len(page.encode())
        if size <= most:
            return page
        if budget == 0 and not samples:
            raise FatalError(f"the report cannot be made smaller than {size:,} bytes")
        budget = max(0, budget - (size - most) - budget // 5) if budget > 50_000 else 0
        samples = samples[: len(samples) * 2 // 3]


def _page(data: ReportData, parts: list[Section]) -> str:
    environment = page_environment()
    view = data.overview
    footer = re.sub(r"[^\w.:-]", " ", f"{view.id} {view.digest[:24]}")
    sheet, style_hash = style_of(footer)
    style = Markup(sheet)  # noqa: S704 -- our own style sheet
    loader = environment.loader
    assert loader is not None
    script = Markup(loader.get_source(environment, "filter.js")[0])  # noqa: S704 -- our own script
    anchors = {sample.root: sample.anchor for sample in data.samples}
    verdict = next(block for part in parts for block in part.blocks if isinstance(block, ReportVerdict))
    return environment.get_template("report.html.j2").render(
        view=view,
        data=data,
        parts=parts,
        verdict=verdict,
        anchors=anchors,
        style=style,
        script=script,
        style_hash=style_hash,
        script_hash=_hash(script),
        reprint=command,
        said=lambda text: in_environment(text, data.environment, _NAMES),
        section_ids={part.id for part in parts},
    )


def style_of(footer: str) -> tuple[str, str]:
    """Return the style sheet with what stands at the foot of each printed page, and its hash for the page's security policy."""
    style = page_environment().get_template("report.css.j2").render(footer=footer)
    return style, _hash(style)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(sha256(text.encode()).digest()).decode()
