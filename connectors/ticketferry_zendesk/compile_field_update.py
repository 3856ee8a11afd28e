"""What moved of a ticket's own fields, as one update with the mark anew, and what undoing it writes."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

from ticketferry.sdk import Change, From, Record, Severity, Template, id_template, short_hash
from ticketferry_zendesk.catalog import STAGES
from ticketferry_zendesk.compile_case import TicketInputs
from ticketferry_zendesk.compile_ticket import ImportHead
from ticketferry_zendesk.options import ZendeskOptions
from ticketferry_zendesk.provenance import UPDATE
from ticketferry_zendesk.translate_own import NAMED

__all__ = ["FieldUpdate"]

_REOPENED = frozenset({STAGES[name].value for name in ("pending", "hold", "solved")})
_PARTS = ("comments", "attachments", "worklogs")
_SILENT = frozenset({"ref", "origin", "native", "number", "url", "events", "sla", "side_conversations"})


class FieldUpdate:
    """Writes what moved of the fields. `mark_entries`: what the mark says anew of comments; `spoken`: the update adds some."""

    def __init__(self, change: Change, case: TicketInputs, current: Record, options: ZendeskOptions) -> None:
        self.change = change
        self.case = case
        self.lane = case.lane
        self.head = case.head
        self.current = current
        # The record as it stands, compiled the same way: what undoing writes.
        former = {
            key: value for key, value in current.items() if key not in (*_SILENT, "comments", "attachments")
        }
        former["ref"] = str(case.lane.root)
        self.former = TicketInputs(former, case.site, case.session, options)
        self.mark_entries: list[dict[str, Any]] = []
        self.spoken = False

    def cannot(self, where: str, what: str, severity: Severity = Severity.LOSS, remedy: str = "") -> None:
        """Tell what Zendesk does not change."""
        self.lane.find("ZD-FIXED", severity, where, f"{what}: it stays as it is in Zendesk", remedy)

    def follows(self) -> None:
        """Keep in the mark which ticket this one follows: only an import can say so, and that one may have come in a later phase."""
        kept = self.head.mark.get("links", [])
        for index, link in enumerate(self.case.desired.get("links", [])):
            if link["type"] != "follow_up" or link.get("inward") or not link.get("to") or link in kept:
                continue
            kept = [*kept, link]
            self.head.mark["links"] = kept
            if f"links[follow_up:{link['to']}:0]" in self.change.fields:
                self.lane.kept(f"links[{index}]", by="provenance comment")
                self.lane.find(
                    "ZD-FOLLOWS", Severity.REPAIR, f"links[{index}]",
                    "only an import can say which ticket one follows: it stands in the internal comment",
                    "Bring the older ticket in the same phase or an earlier one.",
                )  # fmt: skip

    def fields(self) -> None:
        """Write the fields that moved, and the mark anew in an internal comment, in one update."""
        moved = {
            entry
            for entry in self.change.fields
            if not entry.startswith(tuple(f"{name}[" for name in _PARTS))
        }
        self._taken_on(moved)
        ticket, back = self.head.moved(self.former.head, {_group(entry) for entry in moved})
        for key, row in _removed(self.head, self.former.head):
            if key in ticket:
                ticket[key] = [*cast("list[Template]", ticket[key] or []), row]
        for key, row in _removed(self.former.head, self.head):
            if key in back:
                back[key] = [*cast("list[Template]", back[key] or []), row]
        self._as_it_was(ticket)
        if ticket.get("status") in ("solved", "closed") and not self.current.get("assignee"):
            # A setting of the account gives a ticket that is solved without a word on it to whom solves it: to the migration.
            ticket.setdefault("assignee_id", None)
        if ticket.get("status") == "solved" and self.head.expected.get("type") == "problem":
            self._with_incidents()
        self._one_way(ticket, back)
        if "external_id" in ticket:
            del ticket["external_id"], back["external_id"]
        if "tags" in ticket:
            ticket["tags"] = self._tags(moved)
        custom = self._custom(moved)
        if custom:
            ticket["custom_fields"] = [
                {"id": id_template(id_, slot="number", as_int=True), "value": new}
                for id_, (new, _) in custom.items()
            ]
            back["custom_fields"] = [
                {"id": id_template(id_, slot="number", as_int=True), "value": old}
                for id_, (_, old) in custom.items()
            ]
        self._not_later(moved)
        if not moved and not self.mark_entries:
            return
        self.head.mark["comments"] = self.mark_entries
        known = {str(row[0]) for row in self.current.get("provenance", {}).get("events", ())}
        fresh = [row for row in self.case.events if str(row[0]) not in known]
        stamp = self._stamp()
        ticket["comment"] = self.case.mark_comment(
            "Updated by ticketferry", fresh, None, key=f".{len(fresh)}-{stamp}"
        )
        self.former.head.mark["comments"] = []
        back["comment"] = self.former.mark_comment("Taken back by ticketferry", [], None)
        if self.former.lane.operations:
            del back["comment"]  # too large for a comment: the file would have to be uploaded first
        ticket["metadata"] = {"custom": {UPDATE: stamp}}
        back["metadata"] = {"custom": {UPDATE: f"undo {stamp}"}}
        self.lane.edit(
            "ticket.update",
            f"{self.lane.root}/edit",
            params={"id": From(self.lane.root)},
            body={"ticket": ticket},
        )
        last = self.lane.operations[-1]
        self.lane.operations[-1] = replace(last, params={**last.params, "undo": {"ticket": back}})

    def _one_way(self, ticket: dict[str, Template], back: dict[str, Template]) -> None:
        """Leave out what Zendesk does not do: take a priority away, make a ticket New again; and expect what it does, Open for an
        assigned one [support 4408894213018, native rules of tickets].
        """
        expected, new = self.head.expected, self.current.get("stage") == "new"
        if "priority" in ticket:
            if ticket["priority"] is None and self.current.get("priority"):
                self.cannot("priority", "a priority that is set cannot be taken away")
                del ticket["priority"], back["priority"]
                expected["priority"] = self.current["priority"]
            elif back["priority"] is None:
                del back["priority"]
        if ticket.get("status") == "new" and not new:
            self.cannot("status", "a ticket that was not New any more cannot be New again")
            for key in ("status", "custom_status_id"):
                ticket.pop(key, None)
                back.pop(key, None)
            for key in ("status", "stage"):
                expected.pop(key, None)
                if key in self.current:
                    expected[key] = self.current[key]
        if (
            new
            and ticket.get("assignee_id", self.current.get("assignee"))
            and ticket.get("status", "new") == "new"
        ):
            # Any update of an assigned New ticket makes it Open.
            ticket.pop("custom_status_id", None)
            ticket["status"] = "open"
            expected |= {"status": "open", "stage": STAGES["open"].value}
            back["status"] = "open"
        if new and "status" in back:
            back.pop("custom_status_id", None)
            back["status"] = "open"

    def _with_incidents(self) -> None:
        """Tell that Zendesk solves the incidents of a problem with it, each with the problem's last comment [RECALL]."""
        if (
            NAMED in (self.current.get("native") or {})
            and self.current.get("stage") != STAGES["solved"].value
        ):
            self.lane.find(
                "ZD-INCIDENTS", Severity.DOUBT, "status",
                "Zendesk solves the incidents of a problem that is solved, by itself and with its last comment",
                "Bring the incidents' own changes in the same plan, and look at those that the old desk holds open.",
            )  # fmt: skip

    def _as_it_was(self, ticket: dict[str, Template]) -> None:
        """Give a ticket its status back that a customer's comment makes Open [support 4408894213018]; what moved is written anyway."""
        if not self.spoken or "status" in ticket or self.current.get("stage") not in _REOPENED:
            return
        former = self.former.head.body
        ticket |= {key: former[key] for key in ("status", "custom_status_id") if key in former}

    def _taken_on(self, moved: set[str]) -> None:
        """Leave the group of a ticket alone that somebody took on in Zendesk: another group would take it from them."""
        if "group" not in moved or "assignee" in moved:
            return
        if self.current.get("assignee") in (None, self.head.expected.get("assignee")):
            return
        moved.discard("group")
        self.cannot("group", "somebody took the ticket on, and another group would take it from them")
        self.head.expected.pop("group", None)
        if self.current.get("group"):
            self.head.expected["group"] = self.current["group"]

    def _tags(self, moved: set[str]) -> list[Template]:
        """Return all tags, which Zendesk replaces together with the fields they stand for: those that did not move stay as they are."""
        site, wanted = self.case.site, self.head.expected.get("fields", {})
        fields = {
            key: value
            for key, value in self.current.get("fields", {}).items()
            if f'fields["{key}"]' not in moved
        }
        fields |= {key: value for key, value in wanted.items() if f'fields["{key}"]' in moved}
        ours = [
            tag
            for key, value in fields.items()
            if (known := site.field(key)) is not None
            for tag in site.tags_of(known, value)
        ]
        own = [tag for tag in self.head.mark.get("tags", []) if tag not in site.owner_of or tag in ours]
        return list(dict.fromkeys([*own, *ours]))

    def _stamp(self) -> str:
        return short_hash((sorted(self.change.fields), self.case.desired))

    def _custom(self, moved: set[str]) -> dict[str, tuple[Template, Template]]:
        found: dict[str, tuple[Template, Template]] = {}
        for entry in sorted(moved):
            if not entry.startswith('fields["'):
                continue
            known = self.case.site.field(entry[8:-2])
            if known is not None:
                found[known["id"]] = (
                    self.head.custom.get(known["id"]),
                    self.former.head.custom.get(known["id"]),
                )
        return found

    def _not_later(self, moved: set[str]) -> None:
        """Tell what only an import can set; who submitted a ticket our mark says."""
        if "created" in moved and self.current.get("created") != self.head.expected.get("created"):
            self.cannot("created", "`created` can be set by an import only")
            self.head.expected.pop("created", None)
            if "created" in self.current:
                self.head.expected["created"] = self.current["created"]


def _removed(wanted: ImportHead, there: ImportHead) -> Iterator[tuple[str, Template]]:
    """Yield whom an update takes out by name: people who are no longer followers or CCs."""
    for key in ("followers", "email_ccs"):
        kept = {str(row["user_id"]) for row in cast("list[dict[str, Template]]", wanted.body.get(key) or [])}
        for row in cast("list[dict[str, Template]]", there.body.get(key) or []):
            if str(row["user_id"]) not in kept:
                yield key, {**row, "action": "delete"}


def _group(entry: str) -> str:
    return "links" if entry.startswith("links[") else entry
