"""A ticket's own fields on their way to an issue: what Jira takes, what is kept in our mark, what reading will give."""

from collections.abc import Callable
from typing import Any, cast

from ticketferry.sdk import From, Json, Lane, Record, Severity, Template, join_path, parse_ref

from . import marks
from .body import draft_long, html_record, joined, tree_of
from .fields import MisfitError, Written, write_value
from .head import Head
from .lane import on_desk, told
from .paths import find_path
from .provenance import keep_beside
from .site_index import Site

__all__ = ["HeadWriter", "compile_head"]

_SUMMARY = 255
_LABEL = 255


class HeadWriter:
    """Writes one ticket's own fields into a head, key by key; `desired` is what the mapping wants."""

    def __init__(self, desired: Record, site: Site, lane: Lane, head: Head) -> None:
        self.desired = desired
        self.site = site
        self.lane = lane
        self.head = head
        self.expected = head.expected
        self.unplaced: dict[str, Json] = {}
        self.screen = frozenset(head.type.get("fields", []))

    def beside(self, path: str, value: Json, code: str, message: str, remedy: str = "") -> None:
        """Keep a value that has no place in Jira in the mark, with a finding."""
        self.unplaced[path] = value
        self.lane.kept(path, by=f"property {marks.SOURCE} ({code})")
        self.lane.find(code, Severity.REPAIR, path, message, remedy)

    def exact(self, key: str, written: Json, exact: Json) -> None:
        """Note that Jira shows `written` where the record says `exact`: reading gives the exact value while nobody changes it."""
        self.head.mark.setdefault("exact", {})[key] = [written, exact]

    # ---- field by field

    def subject(self) -> None:
        """Write the summary: one line of at most 255 characters."""
        text = self.desired.get("subject", "")
        line = " ".join(text.split())
        if not line:
            line = "(no subject)"
        units = line.encode("utf-16-le", "surrogatepass")
        if len(units) // 2 > _SUMMARY:
            line = units[: (_SUMMARY - 1) * 2].decode("utf-16-le", "ignore").rstrip() + "…"
        self.head.put("subject", "summary", line)
        if text:
            self.expected["subject"] = text
        if line != text:
            self.exact("subject", line, text or None)
            self.lane.transformed("subject", "summary: one line of 255 characters; the whole in the property")
        else:
            self.lane.carried("subject", by="summary")

    def description(self, files: frozenset[str]) -> None:
        """Write the body as the description."""
        tree = tree_of(self.desired.get("body"))
        if tree:
            self.head.description = draft_long(tree, files)
            body = html_record(joined(part.tree for part in self.head.description))
            if body is not None:
                self.expected["body"] = body
            told(self.lane, "body", self.head.description)
        self.lane.carried("body", by="description (ADF)")

    def people(self) -> None:
        """Write reporter, assignee, organization and participants."""
        desired, head = self.desired, self.head
        requester, assignee = desired.get("requester"), desired.get("assignee")
        if not requester or "reporter" not in self.screen:
            head.mark.setdefault("unset", []).append("requester")
        if requester and self._on_screen("requester", "reporter", requester):
            head.put("requester", "reporter", {"id": From(parse_ref(requester))})
            self.expected["requester"] = requester
        if assignee and self._on_screen("assignee", "assignee", assignee):
            self.expected["assignee"] = assignee
        if "assignee" in self.screen:
            head.put("assignee", "assignee", {"id": From(parse_ref(assignee))} if assignee else None)
        self._special("organization", "organizations", lambda ref: [self._organization(ref)])
        self._special(
            "ccs", "participants", lambda refs: [{"accountId": From(parse_ref(ref))} for ref in refs]
        )

    def _organization(self, ref: str) -> From:
        desk = self.head.project.get("desk_id")
        return From(on_desk(ref, desk), "on_desk", as_int=True) if desk else From(parse_ref(ref), as_int=True)

    def _on_screen(self, key: str, field_id: str, value: Json) -> bool:
        if field_id in self.screen:
            self.lane.carried(key, by=field_id)
            return True
        self.beside(
            key, value, "JSM-SCREEN", f"the create screen of {self.head.type['name']} has no field for it",
            "Put the field on the create screen of the issue type.",
        )  # fmt: skip
        return False

    def _special(self, key: str, special: str, write: Any) -> None:
        value = self.desired.get(key)
        field_id = self.site.special(special)
        known = self.site.field_by_id(field_id) if field_id else None
        if field_id is None or known is None or known["key"] not in self.screen:
            if value:
                self._on_screen(key, "", value)
            return
        self.head.of.setdefault(key, []).append(field_id)
        if value:
            self.head.put(key, field_id, write(value))
            self.expected[key] = list(dict.fromkeys(value)) if isinstance(value, list) else value
        self.lane.carried(key, by=special)

    def names(self) -> None:
        """Write priority, security level and components."""
        self._one("priority", "priority", self.site.priority, self.site.default_priority)
        self._one("security", "security", lambda name: self.site.security(self.head.project, name), None)
        chosen: list[str] = []
        names = self.desired.get("components", [])
        for index, name in enumerate(dict.fromkeys(names)):
            found = self.site.component(self.head.project, name)
            if found is None or "components" not in self.screen:
                self.beside(
                    f"components[{index}]", name, "JSM-NAME", f"project {self.head.project['key']} has no component {name!r}",
                    "Make the component in the project.",
                )  # fmt: skip
            elif found["name"] not in chosen:
                chosen.append(found["name"])
                self.head.fields.setdefault("components", [])
                cast("list[Template]", self.head.fields["components"]).append({"id": found["id"]})
        self.head.of["components"] = ["components"]
        if chosen:
            self.expected["components"] = chosen
        self.lane.carried("components", by="components")

    def _one(self, key: str, field_id: str, find: Any, default: str | None) -> None:
        name = self.desired.get(key)
        found = find(name or default) if name or default else None
        self.head.of[key] = [field_id]
        if found is not None and field_id in self.screen:
            self.head.fields[field_id] = {"id": found["id"]}
            self.expected[key] = found["name"]
            self.lane.carried(key, by=field_id)
            return
        if key == "priority":
            # Jira gives one by itself: it says nothing of the source.
            self.head.mark.setdefault("unset", []).append(key)
        if name and key == "security":
            # Fails closed: without its level the ticket would show itself to people who must not see it.
            self.lane.lost(
                key,
                "JSM-SECURITY",
                f"project {self.head.project['key']} cannot set the security level {name!r}",
            )
            self.lane.find(
                "JSM-SECURITY-MISSING", Severity.BLOCKER, key, f"the ticket would be visible without its security level {name!r}",
                "Put the field Security Level on the create screen and make the level, or change the mapping.",
            )  # fmt: skip
        elif name:
            self.beside(
                key,
                name,
                "JSM-NAME",
                f"Jira has no {key} {name!r} here",
                "Make it in Jira, or map it to another.",
            )

    def labels(self, ours: frozenset[str]) -> None:
        """Write the tags and our own labels."""
        chosen: list[str] = []
        for index, tag in enumerate(self.desired.get("tags", [])):
            text = "-".join(tag.split())
            path = f"tags[{index}]"
            if len(text) > _LABEL or not text:
                self.beside(path, tag, "JSM-LABEL", "a label has between 1 and 255 characters")
                continue
            if text != tag:
                self.lane.transformed(path, "labels take no spaces")
                self.lane.find(
                    "JSM-LABEL-SPACE",
                    Severity.REPAIR,
                    path,
                    "labels take no spaces: '-' stands for them",
                    "Set tags.spaces in the mapping.",
                )
            if text not in chosen and text not in ours:
                chosen.append(text)
        if "labels" not in self.screen:
            self.lane.find(
                "JSM-SCREEN", Severity.DOUBT, "tags", f"the create screen of {self.head.type['name']} has no labels: our mark cannot be searched",
                "Put Labels on the create screen of the issue type.",
            )  # fmt: skip
            if chosen:
                self.beside("tags", [*chosen], "JSM-SCREEN", "the create screen has no labels")
            return
        self.head.put("tags", "labels", [*chosen, *sorted(ours)])
        if chosen:
            self.expected["tags"] = chosen
        self.lane.carried("tags", by="labels")

    def due(self) -> None:
        """Write the due date."""
        due = self.desired.get("due")
        if due is None:
            return
        self.expected["due"] = due
        if "duedate" in self.screen:
            self.head.put("due", "duedate", due[:10])
        if due != due[:10] or "duedate" not in self.screen:
            self.exact("due", due[:10] if "duedate" in self.screen else None, due)
            self.lane.transformed("due", "due date: a day; the time in the property")
        else:
            self.lane.carried("due", by="due date")

    def custom(self) -> None:
        """Write the custom fields."""
        read: dict[str, Json] = {}
        for name, value in self.desired.get("fields", {}).items():
            path = join_path("fields", name)
            known = self.site.field(name)
            if known is None or known["key"] not in self.screen:
                what = (
                    "has no such field"
                    if known is None
                    else f"has it not on the create screen of {self.head.type['name']}"
                )
                self.beside(
                    path, value, "JSM-FIELD", f"Jira {what}", "Make the field, or put it on the screen."
                )
                continue
            try:
                written = write_value(known, value)
            except MisfitError as error:
                self.beside(
                    path,
                    value,
                    "JSM-VALUE",
                    f"the field cannot hold the value: {error}",
                    "Map the value, or add the option.",
                )
                continue
            self.head.put(f'fields["{known["key"]}"]', known["id"], written.wire)
            self._field_fate(path, value, written, known["type"])
            if written.back is not None:
                read[known["key"]] = written.back
        if read:
            self.expected["fields"] = read
        self.lane.carried("fields", by="custom fields")

    def _field_fate(self, path: str, value: Json, written: Written, kind: str) -> None:
        if written.left is not None:
            self.unplaced[path] = written.left
            self.lane.find(
                "JSM-VALUE",
                Severity.REPAIR,
                path,
                "some of the values are no options of the field",
                "Map them, or add the options.",
            )
        if written.back is not None and written.back != value:
            self.lane.transformed(path, f"{kind} field")

    def status(self) -> None:
        """Write the status and the way to it, with the resolution."""
        desired, head = self.desired, self.head
        workflow = self.site.workflow(head.type)
        initial = workflow.get("initial", "") if workflow else ""
        wanted = desired.get("status")
        name = (self.site.status(wanted) or wanted) if wanted else initial
        reached = initial
        if workflow and name and name != initial:
            given = {"resolution"}
            path = find_path(workflow, initial, name, done=self.site.done, given=given)
            if path is None:
                self.beside(
                    "status", name, "JSM-PATH", f"the workflow {workflow['name']!r} has no way from {initial!r} to {name!r}",
                    "Add a transition, or map to another status.",
                )  # fmt: skip
            else:
                head.hops, reached = path, name
        if reached:
            self.expected["status"] = reached
            stage = self.site.stage(reached)
            if stage:
                self.expected["stage"] = stage
        self.lane.carried("status", by="transitions")
        self.lane.transformed("stage", "the status's category")
        self._resolution(reached)

    def _resolution(self, reached: str) -> None:
        wanted = self.desired.get("resolution")
        found = self.site.resolution(wanted) if wanted else None
        if wanted and found is None:
            self.beside(
                "resolution",
                wanted,
                "JSM-NAME",
                f"Jira has no resolution {wanted!r}",
                "Make it, or map to another.",
            )
        name = found["name"] if found else None
        asking = [
            hop
            for hop in self.head.hops
            if "resolution" in hop.required or (hop.to in self.site.done and "resolution" in hop.fields)
        ]
        if asking and name is None and reached in self.site.done:
            name = self.site.default_resolution
            self.lane.find(
                "JSM-RESOLUTION", Severity.REPAIR, "resolution", f"the transition {asking[-1].name!r} asks for a resolution: {name!r} is set",
                "Give the status a resolution in the mapping.",
            )  # fmt: skip
        self.lane.carried("resolution", by="resolution")
        if name is None:
            return
        self.expected["resolution"] = name
        on_screen = [hop for hop in asking if "resolution" in hop.fields or "resolution" in hop.required]
        if on_screen:
            self.head.hop_resolution[on_screen[-1].id] = name
        else:
            self.head.resolution = name

    def request_type(self) -> None:
        """Write the request type."""
        name = self.desired.get("form")
        if not name:
            return
        found = self.site.form(self.head.project, name)
        if found is None or self.site.special("request_type") is None:
            self.beside(
                "form", name, "JSM-NAME", f"project {self.head.project['key']} has no request type {name!r}",
                "Make the request type; without one the customer does not see the ticket on the portal.",
            )  # fmt: skip
            return
        self.head.form = found["id"]
        self.expected["form"] = found["name"]
        self.lane.carried("form", by="request type")


def compile_head(
    desired: Record,
    site: Site,
    lane: Lane,
    origin: str,
    workspace: str,
    files: frozenset[str],
    writer_of: Callable[[Record, Site, Lane, Head], "HeadWriter"] | None = None,
) -> Head | None:
    """Compile a ticket's own fields; None, with a finding, where project or issue type are unknown.

    `writer_of` makes the writer for another way into Jira than over REST.
    """
    project = site.project(desired.get("project", ""))
    type_ = site.type(project, desired.get("type")) if project is not None else None
    if project is None or type_ is None:
        what = (
            f"issue type {desired.get('type')!r}"
            if project is not None
            else f"project {desired.get('project')!r}"
        )
        where = "type" if project is not None else "project"
        lane.find(
            "JSM-ROUTE",
            Severity.DOUBT,
            where,
            f"Jira has no {what}: the ticket cannot be made",
            "Mend the route in the mapping.",
        )
        return None
    number = str(desired.get("number") or desired.get("provenance", {}).get("number") or lane.root.id)
    mark: dict[str, Any] = {"ref": str(lane.root), "workspace": workspace, "number": number}
    head = Head(
        project, type_, {"ref": desired["ref"], "project": project["key"], "type": type_["name"]}, mark
    )
    head.fields["project"] = {"id": project["id"]}
    head.fields["issuetype"] = {"id": type_["id"]}
    lane.carried("project", "type", by="project and issue type")
    writer = (writer_of or HeadWriter)(desired, site, lane, head)
    writer.subject()
    writer.description(files)
    writer.people()
    writer.names()
    writer.labels(marks.labels_of(origin, number))
    writer.due()
    writer.custom()
    writer.status()
    writer.request_type()
    keep_beside(desired, lane, head, writer.unplaced)
    return head
