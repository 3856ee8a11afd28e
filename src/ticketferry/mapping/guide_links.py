"""Links to articles of the old desk's help center: left as they are, without their address, or with another."""

import re
from collections.abc import Sequence

from ticketferry.mapping.sections.content import HelpCenter
from ticketferry.schema.body import Inline

__all__ = ["GuideLinks"]

_ADDRESS = re.compile(r"https?://[^\s<>\"']{1,2000}")
_HOST = re.compile(r"https?://([^/?#\\]+)", re.IGNORECASE)
_ARTICLE = re.compile(
    r"/hc/(?:[\w-]+/)?(?:articles|sections|categories|community)\b|/portal/\d+/(?:article|topic)/|/articles/\d+"
)
"""Addresses of help centers: Zendesk's Guide [P help center], Jira Service Management's knowledge base in the portal, Intercom's Articles."""
_ENDS = frozenset(".,;:!?)]}'\"")


class GuideLinks:
    """The compiled `text.links.help_center`. `hosts`: those of the old desk, in small letters."""

    def __init__(self, rule: str | HelpCenter, hosts: frozenset[str]) -> None:
        self._hosts = hosts
        table = rule.rewrite if isinstance(rule, HelpCenter) else {}
        self._table = sorted(table.items(), key=lambda row: -len(row[0]))
        self._begins = tuple({f"{old.split('://', 1)[1].split('/', 1)[0].casefold()}" for old in table})

    def concerns(self, html: str) -> bool:
        """Tell whether such an address may stand in a text."""
        if "://" not in html:
            return False
        folded = html.casefold()
        return any(host in folded for host in (self._begins if self._table else self._hosts))

    def change(self, node: Inline) -> Inline | Sequence[Inline]:
        """Return a piece of text with its links as the rule wants them; the words stay as somebody wrote them."""
        if node[0] != "t":
            return node
        _, text, marks, link = node
        if link is None:
            return self._bare(node, text, marks) if self._table and "://" in text else node
        if link[1]:
            return node
        if not self._table:
            return ("t", text, marks, None) if self._is_article(link[0]) else node
        new = self._new(link[0])
        return node if new is None else ("t", text, marks, (new, ""))

    def _is_article(self, address: str) -> bool:
        host = _HOST.match(address)
        return (
            host is not None
            and host[1].rsplit("@", 1)[-1].casefold() in self._hosts
            and bool(_ARTICLE.search(address))
        )

    def _new(self, address: str) -> str | None:
        for old, new in self._table:
            if address[: len(old)].casefold() != old.casefold():
                continue
            rest = address[len(old) :]
            if old.endswith("/"):
                return new + rest
            if not rest or rest[0] in "-?#/":  # what the old desk puts behind the number of an article
                return new
        return None

    def _bare(self, node: Inline, text: str, marks: int) -> Inline | Sequence[Inline]:
        """Give addresses that stand in a text without being links the new address as their link."""
        out: list[Inline] = []
        last = 0
        for found in _ADDRESS.finditer(text):
            address = found[0]
            while address and address[-1] in _ENDS:
                address = address[:-1]
            new = self._new(address)
            if new is None:
                continue
            if found.start() > last:
                out.append(("t", text[last : found.start()], marks, None))
            out.append(("t", address, marks, (new, "")))
            last = found.start() + len(address)
        if last == 0:
            return node
        if last < len(text):
            out.append(("t", text[last:], marks, None))
        return out
