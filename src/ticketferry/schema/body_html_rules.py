"""What reading vendor HTML goes by: which element means what, styles, addresses, repairs, and the codes of losses."""

import re
from collections import Counter
from functools import lru_cache
from typing import Final

from lxml import etree

from ticketferry.schema.body import CODE, EM, STRIKE, STRONG, SUB, SUP, UNDERLINE, clean_text
from ticketferry.schema.body_losses import LossTally

__all__ = [
    "BLOCK",
    "BR",
    "DT",
    "EMBED",
    "FONT",
    "FORM",
    "HR",
    "IMG",
    "INPUT",
    "LI",
    "LOSSES",
    "MAX_DEPTH",
    "OL",
    "OPS",
    "PRE",
    "PRESENTATION",
    "QUOTE",
    "SCRIPT",
    "SILENT",
    "TABLE",
    "UL",
    "UNKNOWN",
    "WHITE",
    "A",
    "H",
    "Q",
    "follows_cell",
    "language_of",
    "read_style",
    "repaired",
    "safe_address",
    "shallow",
    "span",
    "styling",
]

LOSSES: Final = {
    "BODY-ANCHOR": "A link within the text leads nowhere any more; its words are kept",
    "BODY-CONTROL": "Control characters were taken out",
    "BODY-DEFINITION": "A definition list is kept as paragraphs",
    "BODY-DEPTH": "Nesting too deep to keep; the text is kept, in order",
    "BODY-EMBED": "Embedded content is not held",
    "BODY-FORM": "A form control is kept as text",
    "BODY-IMAGE": "An image has no attachment and no web address; its description is kept",
    "BODY-LAYOUT": "A table made for layout is dissolved into its cells",
    "BODY-LINK": "A link around blocks or around nothing is not held",
    "BODY-LIST-STYLE": "The kind of numbering of a list is not held",
    "BODY-PIXEL": "An invisible tracking image was taken out",
    "BODY-PRE-MARKUP": "Links, images or emphasis within preformatted text are not held in place",
    "BODY-SCRIPT": "A script was taken out",
    "BODY-STYLE": "Appearance is not held",
    "BODY-TRUNCATED": "The text ends within a tag or comment; what stands there is kept as text",
    "BODY-UNKNOWN": "An unknown element is not held; its text is kept",
    "BODY-URL": "An address of an unsafe or unknown kind was taken out; the words are kept",
}
"""Codes of what vendor HTML can lose, and the sentence each opens with."""

MAX_DEPTH: Final = 150
"""Elements within each other that the walk descends into; below, only text, breaks and images are read."""

# Operations up to 127 are marks (0 = no more than its content); from BLOCK on, an element ends the line.
(BR, IMG, A, FONT, Q, SCRIPT, SILENT, EMBED, INPUT, FORM) = range(128, 138)
(BLOCK, DT, LI, HR, H, UL, OL, QUOTE, PRE, TABLE) = range(200, 210)
UNKNOWN: Final = -1


def _table(**groups: str) -> dict[str, int]:
    codes = {
        "strong": STRONG, "em": EM, "underline": UNDERLINE, "strike": STRIKE, "code": CODE, "sub": SUB, "sup": SUP, "plain": 0,
        "br": BR, "img": IMG, "a": A, "font": FONT, "q": Q, "script": SCRIPT, "silent": SILENT, "embed": EMBED,
        "input": INPUT, "form": FORM, "block": BLOCK, "dt": DT, "li": LI, "hr": HR, "h": H, "ul": UL, "ol": OL,
        "quote": QUOTE, "pre": PRE, "table": TABLE,
    }  # fmt: skip
    return {tag: codes[group] for group, tags in groups.items() for tag in tags.split()}


OPS: Final = _table(
    strong="strong b", em="em i cite var dfn", underline="u ins", strike="s strike del", code="code kbd samp tt", sub="sub", sup="sup",
    plain="span abbr acronym label small big mark time bdi bdo data wbr nobr ruby rb rt rp map area noscript blink marquee image figure-img",
    br="br", img="img", a="a", font="font basefont", q="q", script="script",
    silent="meta link base title style template param source track col colgroup",
    embed="iframe object embed applet video audio svg math canvas frame frameset noembed noframes", input="input",
    form="textarea select button option optgroup datalist meter progress output",
    block="""html head body p div section article aside header footer main nav address center form fieldset legend figure figcaption hgroup
             details summary dialog dl dd dir-item td th tr tbody thead tfoot caption search""",
    dt="dt", li="li", hr="hr", h="h1 h2 h3 h4 h5 h6", ul="ul menu dir", ol="ol", quote="blockquote", pre="pre xmp listing plaintext", table="table",
)  # fmt: skip

WHITE = re.compile("[ \t\n\r\f]+")
# libxml2 ends these elements where a <p> or <td> begins within them (HTML 4); their newer names it leaves open.
_CLOSED_BY_P = re.compile(r"<(/?)([bisuBISU]|[sS][tT][rR][iI][kK][eE]|[tT][tT])(?=[\s>/])")
_NEWER: Final = {"b": "strong", "i": "em", "u": "ins", "s": "del", "strike": "del", "tt": "samp"}
_STYLED: Final = ("color", "align", "face", "size", "background")
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_SAFE: Final = frozenset(
    {"http", "https", "mailto", "tel", "sms", "ftp", "ftps", "sip", "sips", "callto", "skype", "xmpp"}
)
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)[^>]*>")
_CLOSES_ITSELF: Final = frozenset({"p", "li", "tr", "td", "th", "dt", "dd", "option"})
_DEEPEST: Final = 1000
_VOID: Final = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
})  # fmt: skip


def styling(html: str) -> int:
    """How elements may say how they look: 0 not at all, 1 by style alone, 2 by other attributes too. Most mail needs the least."""
    lower = html.lower()
    for word in _STYLED:
        if word in lower and (f"{word}=" in lower or f"{word} =" in lower):
            return 2
    return 1 if "style" in lower else 0


def repaired(html: str, losses: LossTally) -> str:
    """`html` without what would make the parser stop or drop text."""
    clean = clean_text(html)
    if len(clean) != len(html) and len(clean) != len(html.replace("\r\n", "\n")):
        losses.add("BODY-CONTROL", "/")
    at = clean.rfind("<!--")
    if at >= 0 and clean.find("-->", at) < 0 and clean.find("--!>", at) < 0:
        losses.add("BODY-TRUNCATED", "/")
        clean = clean[:at] + clean[at + 4 :]
    at = clean.rfind("<")
    if at > clean.rfind(">") and clean[at + 1 : at + 2].isalpha():
        losses.add("BODY-TRUNCATED", "/")
        clean = f"{clean[:at]}&lt;{clean[at + 1 :]}"
    return _CLOSED_BY_P.sub(lambda tag: f"<{tag[1]}{_NEWER[tag[2].lower()]}", clean)


def shallow(html: str) -> str:
    """`html` with every element closed, and without the tags that open too deep for libxml2, which stops there."""
    stack: list[str] = []
    opened: Counter[str] = Counter()

    def closed(name: str) -> str:
        tags: list[str] = []
        while opened[name]:
            last = stack.pop()
            opened[last] -= 1
            if len(stack) < _DEEPEST:
                tags.append(f"</{last}>")
            if last == name:
                break
        return "".join(tags)

    def kept(tag: re.Match[str]) -> str:
        name = tag[2].lower()
        if name in _VOID:
            return tag[0]
        if tag[1]:
            return closed(name)
        before = closed(name) if stack and stack[-1] == name in _CLOSES_ITSELF else ""
        stack.append(name)
        opened[name] += 1
        if len(stack) <= _DEEPEST:
            return before + tag[0]
        return before + ("<br>" if OPS.get(name, UNKNOWN) >= BLOCK else "")

    return _TAG.sub(kept, html)


@lru_cache(maxsize=4096)
def read_style(style: str) -> tuple[int, int, bool, tuple[str, ...]]:
    """What a style attribute says: marks to set, marks to clear, white space kept, kinds of appearance that are lost."""
    add = clear = 0
    keep = False
    lost: dict[str, None] = {}
    for declaration in style.lower().split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        value = value.removesuffix("!important").strip()
        if name == "font-weight":
            bold = value in ("bold", "bolder") or (value.isdigit() and int(value[:5]) >= 600)
            add, clear = (add | STRONG, clear) if bold else (add, clear | STRONG)
        elif name == "font-style":
            add, clear = (add | EM, clear) if value in ("italic", "oblique") else (add, clear | EM)
        elif name in ("text-decoration", "text-decoration-line"):
            add |= (UNDERLINE if "underline" in value else 0) | (STRIKE if "line-through" in value else 0)
        elif name == "vertical-align" and value in ("sub", "super"):
            add |= SUB if value == "sub" else SUP
        elif name == "white-space":
            keep = value.startswith("pre") or value == "break-spaces"
        elif name == "color":
            lost["text colour"] = None
        elif name.startswith("background"):
            lost["background"] = None
        elif name.startswith("font"):
            lost["font"] = None
        elif name in ("text-align", "direction"):
            lost["alignment"] = None
        elif name and not name.startswith("mso-"):
            lost["spacing, borders and other layout"] = None
    return add, clear & ~add, keep, tuple(lost)


PRESENTATION: Final = {
    "color": "text colour", "bgcolor": "background", "background": "background", "face": "font", "align": "alignment",
}  # fmt: skip


def language_of(element: etree._Element) -> str:
    """The language of code as highlighters mark it: `data-language`, or a class `language-…` or `lang-…`."""
    named: str = element.get("data-language", "")
    if named:
        return clean_text(named).replace("\n", " ")
    for name in element.get("class", "").split():
        for prefix in ("language-", "lang-", "brush:"):
            if name.startswith(prefix):
                return clean_text(name.removeprefix(prefix))
    return ""


def span(element: etree._Element, name: str) -> int:
    """How many columns or rows a cell spans: 1 to 1000."""
    value = element.get(name, "1").strip()
    return min(max(int(value), 1), 1000) if value.isascii() and value.isdigit() and len(value) < 10 else 1


def follows_cell(element: etree._Element) -> bool:
    """Whether a cell stands beside another, in a row that nobody opened."""
    before = element.getprevious()
    return before is not None and before.tag in ("td", "th")


def safe_address(value: str) -> tuple[str, str]:
    """An address without white space that browsers ignore, and the code of its loss where it must not be kept (else "")."""
    if value.startswith(("https://", "http://", "mailto:")) and value.isprintable() and value[-1] != " ":
        return value, ""
    href = clean_text(value).translate({9: None, 10: None, 13: None}).strip()
    if href.startswith("#"):
        return href, "BODY-ANCHOR"
    scheme = _SCHEME.match(href)
    if scheme and scheme[1].lower() not in _SAFE and "." not in scheme[1]:
        return href, "BODY-URL"
    return href, ""
