"""A mapping in words as one HTML file that loads nothing, or as Markdown."""

import re

from markupsafe import Markup

from ticketferry.mapping.wording.chapters import MappingWords, WordTable
from ticketferry.report.html import page_environment, style_of
from ticketferry.report.tables import printable

__all__ = ["mapping_html", "mapping_markdown"]

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~&])")


def mapping_html(words: MappingWords) -> str:
    """Return the page; the same words give the same bytes."""
    facts = dict(words.facts)
    style, digest = style_of(re.sub(r"[^\w.:-]", " ", f"{facts.get('File', '')} {facts.get('Digest', '')}"))
    template = page_environment().get_template("mapping.html.j2")
    return template.render(words=words, style=Markup(style), style_hash=digest)  # noqa: S704 -- our own style sheet


def mapping_markdown(words: MappingWords) -> str:
    """Return the same in Markdown with tables of GitHub's kind; nothing that a name holds is read as a sign of it."""
    lines = [f"# {_plain(words.title)}", ""]
    lines += [f"- {_plain(name)}: {_plain(value)}" for name, value in words.facts]
    for chapter in words.chapters:
        lines += ["", f"## {_plain(chapter.title)}", "", _plain(chapter.lead)]
        for line in chapter.lines:
            lines += ["", _plain(line)]
        for table in chapter.tables:
            lines += ["", *(_table(table))]
    return "\n".join([*lines, ""])


def _table(table: WordTable) -> list[str]:
    lines = [f"**{_plain(table.caption)}**", ""] if table.caption else []
    lines.append("| " + " | ".join(_plain(column) for column in table.columns) + " |")
    lines.append(
        "|"
        + "|".join("---:" if number in table.numbers else "---" for number in range(len(table.columns)))
        + "|"
    )
    lines += ["| " + " | ".join(_plain(cell) for cell in row) + " |" for row in table.rows]
    return lines


def _plain(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(printable(text).split()))
