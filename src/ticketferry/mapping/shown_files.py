"""Files that a text shows or links to by their address in the old desk: the text gets the migrated file instead."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ticketferry.schema.body import Inline

__all__ = ["files_by_address", "with_file"]

_JIRA = re.compile(r"/(?:secure|rest/api/\d+)/(?:attachment|thumbnail)/(?:content/|thumbnail/)?(\d+)(?:/|$)")
"""Jira's addresses of one file: `/secure/attachment/ID/NAME`, `/rest/api/3/attachment/content/ID`, and its thumbnails [OAS attachments]."""
_ADDRESS = re.compile(r"(https?)://([^/?#\\]+)([^?#]*)", re.IGNORECASE)


def _key(address: str) -> str:
    """Return what is the same in all addresses of one file: the host, and the id or path; "" for what is no address."""
    found = _ADDRESS.match(address)
    if found is None:
        return ""
    host = found[2].rsplit("@", 1)[-1].casefold()
    jira = _JIRA.search(found[3])
    return f"{host}/jira/{jira[1]}" if jira is not None else f"{host}{found[3].rstrip('/')}"


def files_by_address(case: Mapping[str, Any], *, public: bool) -> dict[str, tuple[str, str]]:
    """Return (ref, name) of a case's files by the key of their address; `public`: only of those that everybody sees who sees the ticket."""
    internal = {comment["ref"] for comment in case.get("comments") or () if comment.get("public") is not True}
    found: dict[str, tuple[str, str]] = {}
    for item in case.get("attachments") or ():
        hidden = item.get("public") is False or item.get("comment") in internal
        if item.get("url") and not (public and hidden) and item.get("state") in (None, "stored"):
            found[_key(item["url"])] = (item["ref"], item["name"])
    found.pop("", None)
    return found


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
