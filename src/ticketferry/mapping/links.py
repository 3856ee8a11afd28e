"""Rules for links between tickets, to addresses, and to the ticket that one was merged into."""

import re
from collections.abc import Sequence

from ticketferry.mapping.choices import NameTable
from ticketferry.mapping.condition_values import Subject
from ticketferry.mapping.result import MapFate
from ticketferry.mapping.work import Rule, Setup, Work, keep, to
from ticketferry.schema.records import Record
from ticketferry.sdk.features import Feature

__all__ = ["LinkRules", "is_issue"]

_LINK_KINDS = frozenset(
    {"problem_incident", "problem", "incident", "follow_up", "merged", "blocks", "relates", "parent"}
)


_ISSUE = re.compile(r"[A-Z][A-Z0-9_]*-[1-9]\d{0,17}")


def is_issue(link: Record) -> bool:
    """Tell whether a link that leads out of the desk leads to an issue of Jira."""
    address = str(link.get("url") or "")
    key = str(link.get("title") or "")
    return link.get("type") == "remote" and (
        _ISSUE.fullmatch(key) is not None or _ISSUE.fullmatch(address.rpartition("/browse/")[2]) is not None
    )


class LinkRules:
    """The compiled section `links`, and what of `exits` is a link."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._rules = setup.rules
        setup.fates["ticket[].links"] = keep("links")
        self._types = NameTable(setup, "type", setup.rules.type)

    def rules(self) -> Sequence[Rule]:
        """The rules for cases, in order."""
        return (self._links,)

    def _links(self, work: Work) -> None:
        out: list[Record] = []
        self._left_out(work)
        for index, link in work.items("links"):
            made, fate = self._link(work, link)
            work.fate(f"links[{index}]", fate)
            if made is not None and made not in out:
                out.append(made)
        work.settle("links")
        self._winner(work, out)
        if out:
            work.desired["links"] = out

    @staticmethod
    def _left_out(work: Work) -> None:
        for index, link in enumerate(work.whole.get("links") or ()):
            if link.get("to") and f"{work.head}.links[{index}]" in work.dropped:
                work.findings.add("L402", "links", "links to tickets that are not migrated")

    def _kind(self, kind: str) -> tuple[str | None, str]:
        links, exits = self._rules.links, self._rules.exits
        typed = next((key for key in links.types if key.casefold() == kind.casefold()), None)
        if typed is not None:
            by = self._setup.by(f"links.types.{typed}", "links", "types", typed)
            return kind if links.types[typed] == "keep" else links.types[typed], by
        if kind == "follow_up" and exits.follow_up is not None:
            return exits.follow_up.link, self._setup.by("exits.follow_up", "exits", "follow_up")
        if kind == "merged" and exits.merged.link is not None:
            return exits.merged.link, self._setup.by("exits.merged", "exits", "merged")
        name: str | None = getattr(links, kind, None) if kind in _LINK_KINDS else None
        key = kind
        if name is None and kind in ("problem", "incident"):
            name, key = links.problem_incident, "problem_incident"
        if name is None and self._setup.any:
            return kind, "same name"
        if name == "keep":
            name = kind
        return name, self._setup.by(f"links.{key}", "links", key)

    def _link(self, work: Work, link: Record) -> tuple[Record | None, MapFate]:
        kind = link["type"]
        links = self._rules.links
        if link.get("url") and not link.get("to"):
            word = "jira" if links.jira is not None and is_issue(link) else "remote"
            if self._setup.any or getattr(links, word) == "keep":
                return dict(link), to("links", f"links.{word}")
            return None, keep(f"links.{word}")
        name, by = self._kind(kind)
        if name is None:
            work.findings.add(
                "L401", "links", f"links of the kind `{kind}` have no rule", f"Add `{kind}: NAME` to links."
            )
            return None, keep("links: no rule")
        if not link.get("to") or not (self._setup.any or self._setup.has(Feature.LINKS)):
            return None, keep("links: the target has none")
        if not self._setup.lookups.in_scope(link["to"]):
            work.findings.add("L402", "links", "links to tickets that are not migrated")
            return None, keep("links.unmigrated")
        if (
            name == "problem"
            and link.get("inward")
            and not self._setup.any
            and not self._is_problem(link["to"])
        ):
            work.findings.add("L403", "links", "links to a problem that the mapping gives another type")
            name = kind if kind != name else "relates"
        return {**link, "type": name}, to("links", by, transformed=name != kind)

    def _is_problem(self, ref: str) -> bool:
        """Tell whether a ticket becomes a problem: an incident can belong to no other kind of ticket."""
        record = self._setup.lookups.record(ref) or {}
        value = record.get("type")
        chosen = self._types.of(Subject(record, self._setup.lookups), value)
        return str(chosen.name if chosen is not None else value).casefold() == "problem"

    def _winner(self, work: Work, out: list[Record]) -> None:
        winner = work.case.get("merged_into")
        if not winner:
            return
        name = self._rules.exits.merged.link
        if self._setup.any:
            work.desired["merged_into"] = winner
            work.fate("merged_into", to("merged_into", "same"))
        if name is None or not self._setup.lookups.in_scope(winner):
            return
        link = {"type": name, "to": winner}
        if not any(known["type"] == name and known.get("to") == winner for known in out):
            out.append(link)
        work.fate(
            "merged_into", to("links", self._setup.by("exits.merged", "exits", "merged"), transformed=True)
        )
