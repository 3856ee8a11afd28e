"""Rules for texts: subject, links to old tickets, placeholders, and the header over a comment."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ticketferry.mapping import expressions
from ticketferry.mapping.files_left import pictures
from ticketferry.mapping.folding import Folding
from ticketferry.mapping.guide_links import GuideLinks
from ticketferry.mapping.patterns import compile_pattern
from ticketferry.mapping.work import Rule, Setup, Work, to
from ticketferry.schema.body import Inline, clean_text, normalise
from ticketferry.schema.body_rewrite import rewrite
from ticketferry.schema.body_subset import parse, write_html
from ticketferry.schema.records import Record
from ticketferry.sdk.features import REST, Feature

__all__ = [
    "TextRules",
    "files_by_address",
    "with_file",
]

_NUMBER = re.compile(r"(?<![\w#&/])#(\d{1,18})(?!\w)")
_TICKET_URL = re.compile(r"/(?:agent/)?(?:tickets|requests|hc/[\w-]+/requests)/(\d{1,18})(?=$|[/?#])")
_OPEN = re.compile(r"\{(?=\{)")
_HOST = re.compile(r"[a-z][a-z0-9+.-]*://([^/?#\\]+)", re.IGNORECASE)


class TextRules:
    """The compiled `text` section."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._text = setup.rules.text
        self._strip = [compile_pattern(pattern, ignore_case=True) for pattern in self._text.subject.strip]
        self._header = expressions.compile_template(self._text.header.template)
        hosts = (_host(setup.source.get("url", "")), *setup.source.get("hosts", ()))
        self._same_desk = frozenset(host for host in hosts if host)
        self._folding = Folding(setup)
        self._links_pictures = setup.rules.attachments.inline == "keep_link"
        rule = self._text.links.help_center
        self._guides = None if rule == "keep" else GuideLinks(rule, self._same_desk)
        # What a file does not hold, and what comes after it, is written over the API: there the line is needed.
        lacking = setup.way != REST or not (
            setup.has(Feature.COMMENT_AUTHOR) and setup.has(Feature.COMMENT_TIME)
        )
        when = self._text.header.when
        self.headers = when == "always" or (when in ("needed", "rest") and lacking)
        """Whether comments get a header."""
        self._browse = re.compile(
            r"/(?:browse|issues)/([A-Za-z][A-Za-z0-9_]*-\d{1,18})$|/portal/\d+/([A-Za-z][A-Za-z0-9_]*-\d{1,18})$"
        )

    def rules(self) -> Sequence[Rule]:
        """The rules for cases, in order."""
        return (self._subject,)

    def _subject(self, work: Work) -> None:
        subject = self._text.subject
        before = work.case.get("subject") or ""
        by = self._setup.by("text.subject", "text", "subject")
        after = before
        for pattern in self._strip:
            while len(shorter := pattern.replace(after, "", 1)) < len(after):
                after = shorter
        if not self._setup.any:
            after = " ".join(clean_text(after).split())
        prefix = self._prefix(work)
        if prefix and before:
            after = prefix + after
        if not after.strip() and not self._setup.any:
            after = f"{prefix}(no subject)"
            work.findings.add("T502", f"{work.head}.subject", "an empty subject was filled")
        if subject.max and len(after) > subject.max:
            after = after[: subject.max - 1].rstrip() + "…"
            work.kept[f"{work.head}.subject"] = before
            work.findings.add(
                "T501",
                f"{work.head}.subject",
                f"a subject of {len(before)} characters was cut to {subject.max}",
            )
        if self._text.placeholders == "escape":
            after = _escaped(after)
        if after:
            work.desired["subject"] = after
        if before:
            work.fate(
                "subject", to("subject", by if after != before else "same", transformed=after != before)
            )

    def _prefix(self, work: Work) -> str:
        """Return what stands before a subject; the old number in it counts as carried."""
        source = self._text.subject.prefix
        if "{{" not in source:
            return source
        by = self._setup.by("text.subject.prefix", "text", "subject", "prefix")
        number = work.case.get("number") or ""
        try:
            text = expressions.render(expressions.compile_template(source), {"number": number})
        except expressions.ExpressionError as error:
            work.findings.add("F104", by, f"the prefix could not be made: {error}")
            return ""
        if number and number in text:
            work.fate("number", to("subject", by, transformed=True))
        return text

    def body(
        self, work: Work, body: dict[str, Any], *, public: bool, of: Record | None = None
    ) -> tuple[dict[str, Any], str]:
        """Rewrite a body: pixels, quotes and signature out, then files, links, mentions and placeholders; tells the rule that changed
        anything, "" for none.

        `of`: the comment that the body is of, or the ticket; None for what is no message.
        `public`: the text is for everybody who sees the ticket, so that it may show no file that fewer people see.
        """
        html = body.get("html", "")
        by = ""
        if of is not None and self._folding.active and html:
            whole = parse(html)
            left, by = self._folding.apply(work, of, whole, public=public)
            if by:
                html = write_html(normalise(left))
                # The verbatim original would tell what was taken out.
                body = {key: value for key, value in body.items() if key not in ("original", "format")}
                body["html"] = html
        links, escape = self._text.links, self._text.placeholders == "escape"
        odd = "&#" in html  # signs may be written as numbers
        numbers = links.numbers == "both" and "#" in html and (odd or _NUMBER.search(html) is not None)
        tickets = links.tickets == "both" and "href=" in html and (odd or self._names_desk(html))
        braces = escape and "{{" in html
        files = files_by_address(work.case, public=public) if "href=" in html or "src=" in html else {}
        names = "data-person=" in html
        pictured = self._pictures_left(work) if self._links_pictures and "<img " in html else {}
        guides = self._guides is not None and self._guides.concerns(html)
        if not (numbers or tickets or braces or files or names or pictured or guides):
            return body, by
        tree = parse(html)
        new = tree
        if pictured:
            files = {key: file for key, file in files.items() if file[0] not in pictured}
            new = rewrite(new, lambda node: _as_link(node, pictured))
        if guides and self._guides is not None:
            new = rewrite(new, self._guides.change)
        if files:
            new = rewrite(new, lambda node: with_file(node, files))
        if names:
            new = rewrite(new, self._named)
        if numbers or tickets or braces:
            new = rewrite(new, self._change(numbers=numbers, tickets=tickets, braces=braces))
        if new is tree:
            return body, by
        return {**body, "html": write_html(new)}, by or self._setup.by("text", "text")

    def _pictures_left(self, work: Work) -> dict[str, tuple[str, str]]:
        """Return (name, address) of the pictures that stay in the old desk, by their refs."""
        shown = pictures(work.case)
        return {
            file["ref"]: (file.get("name", ""), file.get("url", ""))
            for file in work.case.get("attachments") or ()
            if file["ref"] in shown
        }

    def _change(
        self, *, numbers: bool, tickets: bool, braces: bool
    ) -> Callable[[Inline], Inline | Sequence[Inline] | None]:
        def change(node: Inline) -> Inline | Sequence[Inline] | None:
            if node[0] != "t":
                return node
            _, text, marks, link = node
            if link is not None:
                if tickets and not link[1]:
                    ref = self._linked(link[0])
                    if ref is not None:
                        return ("t", _escaped(text) if braces else text, marks, (link[0], ref))
                return ("t", _escaped(text), marks, link) if braces and "{{" in text else node
            parts: list[Inline] = []
            last = 0
            for number in _NUMBER.finditer(text) if numbers else ():
                ref = self._ticket(number[1])
                if ref is None:
                    continue
                if number.start() > last:
                    parts.append(("t", text[last : number.start()], marks, None))
                parts.append(("t", number[0], marks, (self._address(ref), ref)))
                last = number.end()
            if last == 0 and not (braces and "{{" in text):
                return node
            if last < len(text):
                parts.append(("t", text[last:], marks, None))
            if not braces:
                return parts
            return [("t", _escaped(part[1]), part[2], part[3]) if part[0] == "t" else part for part in parts]

        return change

    def _named(self, node: Inline) -> Inline:
        """Give a mention that shows an account's id, or nothing, the person's name."""
        if node[0] == "at" and node[1].removeprefix("@").strip() in ("", node[4].split(":", 2)[-1]):
            name = (self._setup.lookups.record(node[4]) or {}).get("name")
            if name:
                return ("at", f"@{name}", node[2], node[3], node[4])
        return node

    def _ticket(self, number: str) -> str | None:
        ref = self._setup.lookups.ticket(number)
        return ref if ref is not None and self._setup.lookups.in_scope(ref) else None

    def _linked(self, href: str) -> str | None:
        if _host(href) not in self._same_desk:
            return None
        path = href.split("?", 1)[0].split("#", 1)[0].rstrip("/")
        link = _TICKET_URL.search(path)
        if link is not None:
            return self._ticket(link[1])
        browse = self._browse.search(path)
        return self._ticket(browse[1] or browse[2]) if browse is not None else None

    def _names_desk(self, html: str) -> bool:
        """Tell whether an address of the source desk may stand in a text."""
        folded = html.casefold()
        return any(host in folded for host in self._same_desk)

    def _address(self, ref: str) -> str:
        record = self._setup.lookups.record(ref) or {}
        return record.get("url") or f"#{record.get('number', ref.split(':', 2)[2])}"

    def header(self, work: Work, comment: dict[str, Any], author: str) -> str:
        """Render the line over a comment; the plain one where the template fails."""
        values = {
            "author": author,
            "at": comment.get("created", ""),
            "via": comment.get("channel", ""),
            "public": comment.get("public") is True,
        }
        try:
            line = expressions.render(self._header, values, self._text.header.locale or "")
        except expressions.ExpressionError as error:
            work.findings.add(
                "F104", self._setup.mapping.at("text", "header"), f"the header's template failed: {error}"
            )
            line = f"{author} · {comment.get('created', '')}"
        return " ".join(line.split())


def _escaped(text: str) -> str:
    """Keep `{{` from being read as a placeholder: a word joiner (no width) parts the braces."""
    return _OPEN.sub("{\u2060", text)


def _host(url: str) -> str:
    address = _HOST.match(url)
    return address[1].rsplit("@", 1)[-1].casefold() if address is not None else ""


def _as_link(node: Inline, left: Mapping[str, tuple[str, str]]) -> Inline:
    """Return a picture that is not moved as a link to where it stays."""
    if node[0] != "img" or node[2] not in left:
        return node
    name, address = left[node[2]]
    return ("t", node[1] or name or "image", 0, (address, "") if address else node[4])


_JIRA = re.compile(r"/(?:secure|rest/api/\d+)/(?:attachment|thumbnail)/(?:content/|thumbnail/)?(\d+)(?:/|$)")
"""Jira's addresses of one file: `/secure/attachment/ID/NAME`, `/rest/api/3/attachment/content/ID`, and its thumbnails [OAS attachments]."""
_ADDRESS = re.compile(r"(https?)://([^/?#\\]+)([^?#]*)", re.IGNORECASE)


def _key(address: str) -> str:
    """Return what is the same in all addresses of one file: the host, and the id or path; "" for what is no address."""
    parts = _ADDRESS.match(address)
    if parts is None:
        return ""
    host = parts[2].rsplit("@", 1)[-1].casefold()
    jira = _JIRA.search(parts[3])
    return f"{host}/jira/{jira[1]}" if jira is not None else f"{host}{parts[3].rstrip('/')}"


def files_by_address(case: Mapping[str, Any], *, public: bool) -> dict[str, tuple[str, str]]:
    """Return (ref, name) of a case's files by the key of their address; `public`: only of those that everybody sees who sees the ticket."""
    internal = {comment["ref"] for comment in case.get("comments") or () if comment.get("public") is not True}
    files: dict[str, tuple[str, str]] = {}
    for item in case.get("attachments") or ():
        hidden = item.get("public") is False or item.get("comment") in internal
        if item.get("url") and not (public and hidden) and item.get("state") in (None, "stored"):
            files[_key(item["url"])] = (item["ref"], item["name"])
    files.pop("", None)
    return files


def with_file(node: Inline, files: Mapping[str, tuple[str, str]]) -> Inline | Sequence[Inline]:
    """Return an image of the old address as the file itself, and a link to a file as its words with the file beside them."""
    if node[0] == "img" and not node[2]:
        shown = files.get(_key(node[3]))
        return ("img", node[1], shown[0], "", node[4]) if shown is not None else node
    if node[0] == "t" and node[3] is not None and not node[3][1]:
        shown = files.get(_key(node[3][0]))
        if shown is not None:
            return [("t", node[1], node[2], None), ("t", " ", 0, None), ("img", shown[1], shown[0], "", None)]
    return node
