"""What a profile found wrong, on the screen and as a table for a spreadsheet."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ticketferry.cli.console import Console
from ticketferry.cli.layout import fit, number, plural, wrap

if TYPE_CHECKING:
    from ticketferry.quality.check import QualityFinding
    from ticketferry.quality.profile import Profile

__all__ = ["QUALITY_COLUMNS", "print_quality", "quality_rows"]

QUALITY_COLUMNS: dict[str, type] = {
    "code": str,
    "title": str,
    "unit": str,
    "count": int,
    "of": int,
    "share": float,
    "samples": str,
    "detail": str,
    "remedy": str,
    "section": str,
    "lines": str,
    "why": str,
    "source": str,
}
"""Column of the table -> what stands in it."""
_INDENT = " " * 6


def print_quality(console: Console, profile: "Profile") -> None:
    """Print each finding with samples and what mends it; lines for the mapping are whole, so that they can be pasted."""
    if profile.languages:
        few = ", ".join(f"{name} {number(tickets)}" for name, tickets in list(profile.languages.items())[:6])
        console.text(few, "languages ", " " * 10)
    moved = " in what the mapping moves" if profile.mapped else ""
    if not profile.quality:
        console.out("", f"nothing wrong was found{moved}")
        return
    console.out("", f"wrong{moved}; docs/profile.md says why each matters")
    for finding in profile.quality:
        _print(console, finding)


def _print(console: Console, finding: "QualityFinding") -> None:
    of = f", {finding.share:.1%}" if finding.of else ""
    count = f"{number(finding.count)} {plural(finding.unit, finding.count)}{of}"
    detail = f"; {finding.detail}" if finding.detail else ""
    console.out()
    console.text(f"{count}: {finding.title}{detail}", f"{finding.code}  ", _INDENT)
    if finding.samples:
        console.text(
            f"such as {', '.join(fit(sample, 50) for sample in finding.samples[:3])}", _INDENT, _INDENT
        )
    remedy = finding.remedy
    if not remedy.lines:
        console.text(remedy.words, _INDENT, _INDENT)
        return
    place = " in place of the same keys" if remedy.replaces else ""
    console.text(
        f"{remedy.words.rstrip('.')}, in the mapping below `{remedy.section}:`{place}", _INDENT, _INDENT
    )
    for line in remedy.lines:
        # A line broken at a blank is the same to YAML: these are flow collections, and texts in quotes.
        for part in wrap(line, _INDENT + "  ", _INDENT + "      "):
            console.out(part)


def quality_rows(profile: "Profile") -> Iterator[dict[str, Any]]:
    """Yield the findings as rows of a table."""
    for finding in profile.quality:
        remedy = finding.remedy
        yield {
            "code": finding.code, "title": finding.title, "unit": finding.unit, "count": finding.count, "of": finding.of,
            "share": round(finding.share, 4), "samples": "; ".join(finding.samples), "detail": finding.detail, "remedy": remedy.words,
            "section": remedy.section, "lines": "\n".join(remedy.lines), "why": finding.why, "source": finding.source,
        }  # fmt: skip
