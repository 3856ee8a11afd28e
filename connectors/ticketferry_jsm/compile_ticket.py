"""A ticket's own fields on their way to an issue: what Jira takes, what is kept in our mark, what reading will give."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from ticketferry.sdk import (
    FieldDef,
    From,
    Json,
    Lane,
    Record,
    Severity,
    Template,
    parse_ref,
    slim,
)
from ticketferry.sdk.body import Tree
from ticketferry.sdk.codec import NoPlaceError
from ticketferry.sdk.messages import html_record, joined, named_files, tree_of
from ticketferry.sdk.values import MisfitError, day_of

from . import marks
from .body import draft, draft_long, with_group
from .compile_stage import StageWriter
from .fields import WireValue, write_value
from .head import IssueHead
from .issue_rows import DAY, ISSUE
from .lane import on_desk, told
from .provenance import NATIVE
from .site_index import JiraCatalogIndex

__all__ = ["HeadWriter", "compile_head"]

_LABEL = 255


class HeadWriter(StageWriter):
    """Writes one ticket's own fields into a head, key by key; `desired` is what the mapping wants."""

    # ---- field by field

    def description(self, files: frozenset[str]) -> None:
        """Write the body as the description."""
        tree = tree_of(self.desired.get("body"))
        if tree:
            self.head.description = draft_long(tree, files, html=self.desired["body"].get("html", ""))
            body = html_record(joined(part.tree for part in self.head.description))
            if body is not None:
                self.expected["body"] = body
            told(self.lane, "body", self.head.description)
        self.show_below(files, tree)
        self.lane.carried("body", by="description (ADF)")

    def show_below(self, files: frozenset[str], tree: Tree) -> None:
        """Show the ticket's own files that no text shows below the description: on the portal customers see no others.

        Files that are not public, and those of a comment that is not written, stay where only agents look.
        """
        shown = set(named_files(tree))
        self.head.below = [
            item["ref"]
            for item in self.desired.get("attachments", [])
            if item["ref"] in files
            and item["ref"] not in shown
            and not item.get("comment")
            and item.get("public") is not False
        ]
        if self.head.below:
            drafts = self.head.description or [draft((), files)]
            self.head.description = [with_group(drafts[0], self.head.below), *drafts[1:]]

    def write_rows(self) -> None:
        """Write the fields that are rows, those that the create screen has; of what else the record says it is told."""
        for row in ISSUE:
            value = self.desired.get(row.neutral)
            if row.target is None:
                continue
            if row.target in self.screen or row.target == "summary":
                self.write([row])
            elif value and row.neutral == "due":
                self.write_hidden_day(value)
            elif value:
                self._off_screen(row.neutral, value)
        if not self.desired.get("requester") or "reporter" not in self.screen:
            self.unset.append("requester")
        if "assignee" in self.screen:
            self.body.setdefault("assignee", None)
        self._special("organization", "organizations", lambda ref: [self._organization(ref)])
        self._special(
            "ccs", "participants", lambda refs: [{"accountId": From(parse_ref(ref))} for ref in refs]
        )

    def _organization(self, ref: str) -> From:
        desk = self.head.project.get("desk_id")
        return From(on_desk(ref, desk), "on_desk", as_int=True) if desk else From(parse_ref(ref), as_int=True)

    def _off_screen(self, key: str, value: Json) -> None:
        self.beside(
            key, value, "JSM-SCREEN", f"the create screen of {self.head.type['name']} has no field for it",
            "Put the field on the create screen of the issue type.",
        )  # fmt: skip

    def _special(self, key: str, special: str, write: Any) -> None:
        value = self.desired.get(key)
        field_id = self.site.special(special)
        known = self.site.field_by_id(field_id) if field_id else None
        if field_id is None or known is None or known["key"] not in self.screen:
            if value:
                self._off_screen(key, value)
            return
        self.head.of.setdefault(key, []).append(field_id)
        if value:
            self.put(key, field_id, write(value))
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
        taken = self.head.type.get("allowed", {}).get(field_id)
        if found is not None and taken is not None and found["id"] not in taken:
            if name:
                self._refused_choice(key, name, taken)
                return
            found = None
        if found is not None and field_id in self.screen:
            self.head.fields[field_id] = {"id": found["id"]}
            self.expected[key] = found["name"]
            self.lane.carried(key, by=field_id)
            return
        if key == "priority":
            # Jira gives one by itself: it says nothing of the source.
            self.unset.append(key)
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

    def _refused_choice(self, key: str, name: str, taken: Sequence[str]) -> None:
        """Stop at a priority that the project's scheme has not: Jira would refuse each of these tickets."""
        names = [row["name"] for row in self.site.catalog.get("priorities", []) if row["id"] in taken]
        self.unplaced[key] = name
        self.lane.kept(key, by=f"property {marks.SOURCE} (JSM-CHOICE)")
        self.lane.find(
            "JSM-CHOICE", Severity.BLOCKER, key,
            f"{self.head.type['name']} of {self.head.project['key']} takes no {key} {name!r}, only {', '.join(names)}",
            f"Write one of those in the mapping (`{key}: {{…: {names[0] if names else '…'}}}`), or change the project's scheme.",
        )  # fmt: skip

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
        self.put("tags", "labels", [*chosen, *sorted(ours)])
        if chosen:
            self.expected["tags"] = chosen
        self.lane.carried("tags", by="labels")

    def write_hidden_day(self, due: str) -> None:
        """Keep a due date that no screen takes: it is given back while the issue has none."""
        try:
            day_of(due[:10])
        except MisfitError as error:
            self.beside("due", due, "JSM-VALUE", f"the due date cannot hold the value: {error}")
            return
        self.show("due", "duedate", due, None, DAY)

    def _fitted(self, name: str, value: Json) -> tuple[FieldDef, WireValue]:
        known = self.site.field(name)
        if known is None or (known["key"] not in self.screen and self._hop_with(known["key"]) is None):
            on_screen = f"has it not on the create screen of {self.head.type['name']}"
            what = "has no such field" if known is None else on_screen
            raise NoPlaceError("JSM-FIELD", f"Jira {what}", "Make the field, or put it on the screen.")
        return known, write_value(self._in_context(known), value)

    def custom(self) -> None:
        """Write the custom fields."""
        read: dict[str, Json] = {}
        for path, value, known, written in self.custom_fields(
            self._fitted,
            "JSM-VALUE",
            "the field cannot hold the value: {error}",
            "Map the value, or add the option.",
        ):
            late = None if known["key"] in self.screen else self._hop_with(known["key"])
            if late is None:
                self.put(f'fields["{known["key"]}"]', known["id"], written.wire)
            else:
                self.head.hop_fields.setdefault(late, {})[known["id"]] = written.wire
            self._field_fate(path, value, written, known["type"])
            if written.back is not None:
                read[known["key"]] = written.back
        if read:
            self.expected["fields"] = read
        self.lane.carried("fields", by="custom fields")

    def _hop_with(self, key: str) -> str | None:
        """Return the transition on the way whose screen takes a field that the create screen has not."""
        return next((hop.id for hop in reversed(self.head.hops) if key in hop.fields), None)

    def _in_context(self, known: FieldDef) -> FieldDef:
        """Leave a field the options that its context has for this project and issue type."""
        taken = self.head.type.get("allowed", {}).get(known["key"])
        if taken is None:
            return known
        return {**known, "options": [item for item in known.get("options", []) if item.get("id") in taken]}

    def _field_fate(self, path: str, value: Json, written: WireValue, kind: str) -> None:
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


def compile_head(
    desired: Record,
    site: JiraCatalogIndex,
    lane: Lane,
    origin: str,
    workspace: str,
    files: frozenset[str],
    writer_of: Callable[[Record, JiraCatalogIndex, Lane, IssueHead], "HeadWriter"] | None = None,
) -> IssueHead | None:
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
    head = IssueHead(
        project, type_, {"ref": desired["ref"], "project": project["key"], "type": type_["name"]}, mark
    )
    head.fields["project"] = {"id": project["id"]}
    head.fields["issuetype"] = {"id": type_["id"]}
    lane.carried("project", "type", by="project and issue type")
    writer = (writer_of or HeadWriter)(desired, site, lane, head)
    writer.description(files)
    writer.write_rows()
    writer.names()
    writer.labels(marks.labels_of(origin, number))
    writer.status()
    writer.custom()
    writer.request_type()
    record, provenance = writer.keep_rest(NATIVE)
    told: dict[str, Any] = {"exact": writer.exact, "unset": writer.unset}
    if "subject" not in writer.exact:
        told = {
            "unset": writer.unset,
            "exact": writer.exact,
        }  # an edit's key is a hash of the mark as it was gathered
    head.mark |= slim({**told, "record": record, "provenance": provenance})
    return head
