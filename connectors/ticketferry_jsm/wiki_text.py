r"""Plain text in Jira's wiki markup: what is escaped so that no character changes its meaning, and how addresses and names are written.

Jira takes a backslash before `- # * _ + ? ^ ~ | % { } [ ] ( ) ! @` and nothing else for an escape, and only where no other
backslash stands before it (BackslashEscapeRendererComponent of Atlassian's renderer, kept in the editor's parser of wiki
markup). Two backslashes are a line break. So what no backslash can escape – the backslash itself, `h1.`, `bq.`, `:D`, `&amp;` – is
written as a character reference, which Jira's renderer leaves as it is; these are rare, all else is a backslash.
"""

import re
from typing import Final

__all__ = ["MARKERS", "address", "attribute", "escaped", "file_name", "language", "units"]

MARKERS: Final = ("*", "_", "+", "-", "~", "^", "{{")
"""What opens each mark, outermost first: strong, em, underline, strike, sub, sup, code."""

_START = re.compile(r"(\s*)(?:(#)|(h[1-6]|bq)(\.))")
# What comes first decides at the speed of a character class whether there is anything to look at; then comes what must be around it.
_ESCAPE = re.compile(
    r"""
    [{}\[\]*_+^~|!\-?():;\\&h]
    (?:(?<=[{}\[\]*_+^~|!])
      |(?<=-)(?:(?<![^\W_]-)|(?![^\W_]))
      |(?<=\?)(?:(?<=\?\?)|(?=\?))
      |(?<=\()(?:(?<=[:;]\()|(?=(?:/|x|y|n|i|\?|on|off|flag|flagoff)\)))
      |(?<=[:;]\))
      |(?<=:)(?<![A-Za-z0-9]:)(?=[DPp](?![A-Za-z0-9]))
      |(?<=\\)(?![A-Za-z0-9\ ])
      |(?<=&)(?=\#?[A-Za-z0-9]+;)
      |(?<=h)(?<![A-Za-z0-9\\]h)ttps?://(?:(?:[-A-Za-z0-9._~/?\#@=+$,;:%']|&(?!\#?[A-Za-z0-9]+;))*[A-Za-z0-9/=\#%])?
    )
    """,
    re.VERBOSE,
)
_WRITTEN: Final = {sign: "\\" + sign for sign in "{}[]*_+^~|!-?()"} | {
    "\\": "&#92;",
    "&": "&amp;",
    ":": "&#58;",
}
_IN_ADDRESS = re.compile(r"""[\s|\[\]{}\\^"<>`\x00-\x1f\x7f]""")
_SAFE_NAME = re.compile(
    r"[^\s!|\[\]{}\\^~*&;,=/:\"<>#?%\x00-\x1f](?:[^!|\[\]{}\\^~*&;,=/:\"<>#?%\x00-\x1f\s]| (?! ))*"
)
_SAFE_ATTRIBUTE = re.compile(r"[^\W_](?:[\w.'/()-]|[ ](?![ ]))*")
_LANGUAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9+#._-]{0,39}")


def _escape(found: re.Match[str]) -> str:
    sign = found[0]
    return _WRITTEN.get(sign, sign)  # an address stands as it is: Jira shows it as a link


def escaped(text: str, *, starts_line: bool = False) -> str:
    """Return text without line ends as markup that shows the same text; `starts_line`: nothing stands before it on its line."""
    opening = ""
    if starts_line:
        found = _START.match(text)
        if found is not None:
            opening = found[1] + ("\\#" if found[2] else f"{found[3]}&#46;")
            text = text[found.end() :]
    return opening + _ESCAPE.sub(_escape, text)


def address(href: str) -> str:
    """Return an address as it may stand in `[words|address]`: characters that are markup there percent-encoded."""
    return _IN_ADDRESS.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), href)


def file_name(name: str) -> str | None:
    """Return a file's name as it may stand in `!name!` and `[^name]`; None where a character of it is markup there."""
    return name if _SAFE_NAME.fullmatch(name) and not name.endswith(" ") else None


def attribute(text: str) -> str | None:
    """Return a description as it may stand in `!name|alt=…!`; None where a character of it is markup there."""
    return text if _SAFE_ATTRIBUTE.fullmatch(text) and not text.endswith(" ") else None


def language(name: str) -> str | None:
    """Return a language as it may stand in `{code:…}`; None where it may not."""
    return name if _LANGUAGE.fullmatch(name) else None


def units(text: str) -> int:
    """Return the length that Jira's limit counts: UTF-16 units, since Jira is written in Java."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
