"""An edited ticket: only what moved is written, and what Jira cannot change is told and left as it is."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from ticketferry.sdk import Change, Compiled, Record, Session, Severity, Template, slim
from ticketferry.sdk.messages import tree_of

from .before import Before
from .body import bound, draft_long
from .compile_case import IssueInputs, show, walk
from .compile_links import link_entry, remove_link
from .compile_watchers import list_watchers, write_watchers
from .demands import lacking
from .head import IssueHead
from .lane import QUIET, issue_of
from .paths import Hop, find_path
from .site_index import JiraCatalogIndex
from .translate import PARTS_THERE

__all__ = ["compile_update"]

_FIXED = {"project": "moving an issue to another project", "type": "changing the issue type"}
_OF_PLACE = ("form", "components", "security")
"""What only one project or issue type has: an issue that stands elsewhere keeps what it has of them."""
_WALKED = frozenset({"status", "stage", "resolution"})
_PART_LISTS = ("comments", "attachments", "worklogs")


def compile_update(
    change: Change,
    site: JiraCatalogIndex,
    session: Session,
    case_of: Callable[..., IssueInputs] = IssueInputs,
) -> Compiled:
    """Compile what `change.fields` names. Each edit carries what undoing it would write. `case_of` makes the case of another way."""
    current = change.current
    assert change.desired is not None
    assert current is not None
    asked = change
    desired, change = change.desired, _where_it_stands(change, change.desired, current)
    assert change.desired is not None
    desired = change.desired
    new = frozenset(ref for ref in _part_refs(desired) if not change.slots.get(ref))
    moved = {
        ref: slots["id"]
        for ref, slots in change.slots.items()
        if "id" in slots and f"comments[{ref}]" in change.fields
    }
    there = {name for part in current.get("comments", []) for name in (part["ref"], part.get("origin"))}
    gone = moved.keys() - there
    moved = {ref: id_ for ref, id_ in moved.items() if ref in there}
    case = case_of(desired, site, session, new, moved)
    if case.head is None:
        return case.lane.compiled(dict(current))
    update = _Update(change, case, case.head, current)
    update.fixed(asked)
    update.hidden_files()
    case.thread.description(
        case.head.description,
        write="body" in change.fields and "body" not in update.kept,
        group=bool(case.head.below),
    )
    update.fields()
    case.thread.current = {part["origin"]: part for part in current.get("comments", []) if part.get("origin")}
    case.thread.comments()
    case.thread.worklogs()
    update.deleted(gone)
    update.gone()
    update.status()
    case.thread.links(change.fields)
    list_watchers(desired, case.thread.rows, case.thread.expected)
    if new or any(
        field.startswith(("links[", "attachments[", "worklogs[")) or field in ("body", "followers")
        for field in change.fields
    ):
        case.thread.parts(always=True)
    if "form" in change.fields:
        show(case.lane, case.head, site)
        update.off_portal()
    if "followers" in change.fields:
        write_watchers(desired, case.lane, current.get("followers", []))
    # Reading gives the issue's key as the number; our mark holds the source's.
    named = {**current, "number": desired.get("number")}
    before = Before(named, site, session, moved, frozenset(change.slots))
    case.lane.operations = [before.with_undo(operation) for operation in case.lane.operations]
    return case.lane.compiled({**case.expected(case.head), **update.kept})


def _where_it_stands(change: Change, desired: Record, current: Record) -> Change:
    """Return the change as the issue's own project and type take it: no edit moves an issue to others."""
    elsewhere = [key for key in _FIXED if current.get(key) and current[key] != desired.get(key)]
    if not elsewhere:
        return change
    there = {key: current.get(key) for key in (*_FIXED, *_OF_PLACE)}
    record = {**{key: value for key, value in desired.items() if key not in there}, **slim(there)}
    return replace(change, desired=record, fields=change.fields - frozenset(_OF_PLACE))


def _part_refs(record: Record) -> list[str]:
    return [part["ref"] for name in _PART_LISTS for part in record.get(name, [])]


class _Update:
    def __init__(self, change: Change, case: IssueInputs, head: IssueHead, current: Record) -> None:
        self.change = change
        self.case = case
        self.lane = case.lane
        self.head = head
        self.current = current
        self.kept: Record = {}
        """Keys of `expected` that stay as they are, since Jira cannot change them."""

    def _cannot(self, where: str, what: str, remedy: str = "") -> None:
        self.lane.find(
            "JSM-FIXED", Severity.LOSS, where, f"{what} is not done: it stays as it is in Jira", remedy
        )

    def fixed(self, asked: Change) -> None:
        """Tell what no edit changes. `asked`: the change before it was fitted to where the issue stands."""
        wanted = asked.desired or {}
        moved = [key for key in _FIXED if key in asked.fields and self.current.get(key) != wanted.get(key)]
        for key in moved:
            self._cannot(key, _FIXED[key], "Move the issue in Jira by hand.")
        level = wanted.get("security")
        if moved and level and level != self.current.get("security"):
            # Fails closed: fewer people see the ticket in the source by now, and the issue would stay open to all.
            self.lane.find(
                "JSM-SECURITY-MISSING", Severity.BLOCKER, "security",
                f"the issue cannot get the security level {level!r} where it stands: it would stay visible without it",
                f"Move the issue to {wanted.get('project')} in Jira by hand and set its level.",
            )  # fmt: skip
        if "body" in self.change.fields:
            before = len(draft_long(tree_of(self.current.get("body")), frozenset()))
            before = max([before, *(self.current.get("native") or {}).get(PARTS_THERE, [])])
            if before > 1 or len(self.head.description) > 1:
                what = "editing a description that is or becomes longer than one field holds"
                if self.head.says:
                    self._cannot("body", what, "Edit it in Jira by hand.")
                else:
                    # The opening message became internal, or went away: its text must not stay on the portal.
                    self.lane.find(
                        "JSM-FIXED", Severity.BLOCKER, "body", f"{what} is not done: it would stay public",
                        "Take its text out of the description and hide its further parts in Jira by hand.",
                    )  # fmt: skip
                self.kept["body"] = self.current.get("body")

    def hidden_files(self) -> None:
        """Stop the plan where a file below the description is for agents only by now.

        Jira deletes a file that its last text no longer shows, so that taking it out of the description would lose it.
        """
        there = {part.get("origin"): part for part in self.current.get("attachments", [])}
        hidden = [
            item
            for item in self.case.desired.get("attachments", [])
            if item.get("public") is False
            and f"attachments[{item['ref']}]" in self.change.fields
            and item["ref"] in there
            and there[item["ref"]].get("public") is not False
        ]
        if hidden:
            self.lane.find(
                "JSM-FIXED", Severity.BLOCKER, "attachments",
                f"{hidden[0]['name']!r} is for agents only by now and would stay where customers see it",
                "Delete it in Jira by hand, or attach it anew to an internal comment there.", count=len(hidden),
            )  # fmt: skip

    def fields(self) -> None:
        """Write the fields that moved, and the mark anew, in one edit."""
        moved: dict[str, Template] = {}
        for entry in sorted(self.change.fields):
            for field_id in self.head.of.get(entry, []):
                moved[field_id] = self.head.fields.get(field_id, self.head.cleared.get(field_id))
            if entry.startswith('fields["') and entry not in self.head.of:
                known = self.case.site.field(entry[8:-2])
                if known is not None:
                    moved[known["id"]] = None
            if entry == "body" and not self.head.description and "body" not in self.kept:
                moved["description"] = None
        first = self.head.description[0] if self.head.description else None
        single = first is not None and "body" not in self.kept
        if (
            "body" in self.change.fields
            and first is not None
            and single
            and not (first.media or first.tickets)
        ):
            moved["description"] = bound(first, self.case.site.browse)
        of_ticket = [entry for entry in self.change.fields if not entry.startswith((*_PART_LISTS, "links["))]
        if not moved and not of_ticket:
            return
        body: dict[str, Any] = {"properties": [*self.head.properties]}
        if moved:
            body["fields"] = moved
        self.lane.edit(
            "issue.edit", f"{self.lane.root}/edit", params={**issue_of(self.lane), **QUIET}, body=body
        )

    def off_portal(self) -> None:
        """Take the request type away where the ticket is to have none: customers see the issue no longer."""
        field = self.case.site.special("request_type")
        if self.head.form is None and field is not None and self.current.get("form"):
            body: Template = {"fields": {field: None}}
            params: dict[str, Template] = {**issue_of(self.lane), **QUIET}
            self.lane.edit("issue.request_type", f"{self.lane.root}/request_type", params=params, body=body)

    def deleted(self, refs: Collection[str]) -> None:
        """Tell of comments of ours that somebody deleted in Jira: they are not written again."""
        if refs:
            self._cannot("comments", f"editing {len(refs)} comments that were deleted in Jira")
            rows = self.case.thread.expected.get("comments", [])
            self.case.thread.expected["comments"] = [row for row in rows if row["ref"] not in refs]

    def gone(self) -> None:
        """Tell of parts that the source has no longer: what people may have read is not deleted."""
        wanted = set(_part_refs(self.case.desired))
        for name in _PART_LISTS:
            stay = [
                part
                for part in self.current.get(name, [])
                if part.get("origin") and part["origin"] not in wanted
            ]
            if not stay:
                continue
            self.case.thread.expected.setdefault(name, []).extend(stay)
            told = [part for part in stay if f"{name}[{part['origin']}]" in self.change.fields]
            if name == "attachments" and (seen := [part for part in told if self._is_seen(part)]):
                # A file that was taken back in the source must not stay where customers see it.
                self.lane.find(
                    "JSM-FIXED", Severity.BLOCKER, name,
                    f"{seen[0].get('name')!r} cannot be had in the source any more and would stay where customers see it",
                    "Delete it in Jira by hand.", count=len(seen),
                )  # fmt: skip
            elif told:
                self._cannot(
                    name,
                    f"deleting {len(stay)} of the {name}",
                    "Delete them in Jira by hand if they must go.",
                )
        there = {link_entry(link) for link in self.case.desired.get("links", [])}
        for link in self.current.get("links", []):
            entry = link_entry(link)
            if entry in self.change.fields and entry not in there:
                remove_link(link, self.case.site, self.lane)

    def _is_seen(self, file: Record) -> bool:
        """Tell whether customers may see a file that is there: one of the ticket itself, or of a public comment."""
        if file.get("public") is False:
            return False
        comments = {
            ref: part
            for part in self.current.get("comments", [])
            for ref in (part["ref"], part.get("origin"))
        }
        owner = comments.get(file.get("comment"))
        return owner is None or owner.get("public") is True

    def status(self) -> None:
        """Walk from where the issue stands now."""
        if not self.change.fields & _WALKED:
            return
        head, site = self.head, self.case.site
        workflow = site.workflow(head.type)
        start, end = self.current.get("status", ""), head.expected.get("status", "")
        resolution = head.expected.get("resolution")
        if workflow is None or not start or not end:
            return
        wanted = self.case.desired.get("status")
        if wanted and end != (site.spelt("statuses", wanted) or wanted):
            self._cannot(
                "status", f"going to {wanted!r}", "The workflow has no such status, or no way to it."
            )
            self.kept |= {key: self.current.get(key) for key in ("status", "stage", "resolution")}
            return
        hops = find_path(workflow, start, end, done=site.done, given={"resolution"})
        if hops is None:
            self._cannot(
                "status",
                f"going from {start!r} to {end!r}",
                "The workflow has no such way: add a transition.",
            )
            self.kept |= {key: self.current.get(key) for key in ("status", "stage")}
            return
        held = {*self.current.get("fields", {}), *(("assignee",) if self.current.get("assignee") else ())}
        asked = {key: hop for key, hop in lacking(head, site, hops).items() if key not in held}
        if asked:
            key, hop = next(iter(asked.items()))
            self._cannot("status", f"going to {end!r}", f"The transition {hop.name!r} asks for {key!r}.")
            self.kept |= {key: self.current.get(key) for key in ("status", "stage")}
            return
        on_screen = [hop for hop in hops if "resolution" in hop.fields]
        head.hop_resolution = {}
        head.resolution = None
        if resolution is not None and on_screen:
            head.hop_resolution = {on_screen[-1].id: resolution}
        elif resolution != self.current.get("resolution"):
            head.resolution = resolution
        walk(self.lane, head, hops)
        self._way_back(hops, find_path(workflow, end, start, done=site.done, given={"resolution"}))
        if resolution is None and self.current.get("resolution") and end in site.done:
            body: Template = {"fields": {"resolution": None}}
            self.lane.edit(
                "issue.edit",
                f"{self.lane.root}/resolution",
                params={**issue_of(self.lane), **QUIET},
                body=body,
            )

    def _way_back(self, hops: Sequence[Hop], back: Sequence[Hop] | None) -> None:
        """Note on the last hop how to walk back."""
        if not hops:
            return
        resolution = self.current.get("resolution")
        rows: list[Template] = []
        for hop in back or []:
            body: dict[str, Template] = {"transition": {"id": hop.id}}
            if resolution and "resolution" in hop.fields:
                body["fields"] = {"resolution": {"name": resolution}}
            rows.append({"body": body, "expect": f"status:{hop.source}"})
        numbers = [
            number for number, item in enumerate(self.lane.operations) if item.endpoint == "issue.transition"
        ]
        last = self.lane.operations[numbers[-1]]
        self.lane.operations[numbers[-1]] = replace(last, params={**last.params, "undo": rows})
