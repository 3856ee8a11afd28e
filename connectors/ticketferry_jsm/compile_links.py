"""Links of a ticket: to other tickets, to addresses outside; each made and taken away by its ends."""

from typing import Any

from ticketferry.sdk import From, Lane, Record, Ref, Template, parse_ref, slim

from .lane import issue_of
from .site_index import JiraCatalogIndex

__all__ = ["link_entry", "remove_link", "write_links"]


def link_entry(link: Record) -> str:
    """Return the entry of a record's hash vector that stands for a link."""
    return f"links[{link['type']}:{link.get('to') or link.get('url')}:{int(bool(link.get('inward')))}]"


def write_links(
    desired: Record,
    site: JiraCatalogIndex,
    lane: Lane,
    rows: dict[str, list[Any]],
    expected: Record,
    fields: frozenset[str] | None,
) -> None:
    """Compile the links of a ticket; `fields`: only those that these entries of the vector name are written.

    `rows` takes what the property of parts must say of each: a link shows itself on both of its issues, and belongs to one.
    """
    lane.carried("links", by="issue links")
    for link in desired.get("links", []):
        wanted = fields is None or link_entry(link) in fields
        if not link.get("to"):
            rows.setdefault("remote", []).append(dict(link))
            expected.setdefault("links", []).append(dict(link))
            if wanted and link.get("url"):
                key = f"{lane.root}/remote/{link['url']}"
                lane.add("issue.remote_link", key, params=issue_of(lane), body=_remote(lane, link))
            continue
        kind = site.entry("link_types", link["type"])
        if kind is None:
            # The mapping files all links under one path: the account errs on the side of loss.
            lane.lost(
                "links",
                "JSM-LINK",
                f"Jira has no link type {link['type']!r}",
                "Make the link type, or map it to another.",
            )
            continue
        to, inward = parse_ref(link["to"]), bool(link.get("inward"))
        written = slim(
            {"type": kind["name"], "to": link["to"], "inward": inward or None, "title": link.get("title")}
        )
        rows.setdefault("links", []).append({"id": From(to), "record": written})
        expected.setdefault("links", []).append(written)
        if wanted:
            params: dict[str, Template] = {"undo": _named(lane, kind["id"], to, inward=inward)}
            key = f"{lane.root}/link/{kind['id']}:{to}:{int(inward)}"
            lane.add("issue.link", key, params=params, body=_ends(lane, kind["id"], to, inward=inward))


def remove_link(link: Record, site: JiraCatalogIndex, lane: Lane) -> None:
    """Take a link away that the source has no longer."""
    if not link.get("to"):
        if link.get("url"):
            params: dict[str, Template] = {**issue_of(lane), "undo": _remote(lane, link)}
            body: Template = {"globalId": _global_id(lane, link)}
            lane.add("remote_link.delete", f"{lane.root}/unlink/{link['url']}", params=params, body=body)
        return
    kind = site.entry("link_types", link["type"])
    if kind is None:
        return
    to, inward = parse_ref(link["to"]), bool(link.get("inward"))
    lane.add(
        "link.delete",
        f"{lane.root}/unlink/{kind['id']}:{to}:{int(inward)}",
        params={"undo": _ends(lane, kind["id"], to, inward=inward)},
        body=_named(lane, kind["id"], to, inward=inward),
    )


def _ends(lane: Lane, kind: str, to: Ref, *, inward: bool) -> Template:
    """The issue that is posted as inward shows the outward wording: it is the active one [field notes, probed]."""
    here, there = ("outwardIssue", "inwardIssue") if inward else ("inwardIssue", "outwardIssue")
    return {"type": {"id": kind}, here: {"key": From(lane.root, "key")}, there: {"key": From(to, "key")}}


def _named(lane: Lane, kind: str, to: Ref, *, inward: bool) -> Template:
    """Name a link by its ends: posting one does not tell its id."""
    return {"type": kind, "issue": From(lane.root), "other": From(to), "inward": inward}


def _global_id(lane: Lane, link: Record) -> str:
    return f"ticketferry:{lane.root}:{link['url']}"[:255]


def _remote(lane: Lane, link: Record) -> Template:
    title = (link.get("title") or link["url"])[:255]
    return {"globalId": _global_id(lane, link), "object": {"url": link["url"], "title": title}}
