"""A ticket's own fields on their way to an issue: what Jira takes, what is kept in our mark, what reading will give."""

from collections.abc import Callable
from typing import Any

from ticketferry.sdk import (
    FieldDef,
    Json,
    Lane,
    Record,
    Severity,
    slim,
)
from ticketferry.sdk.body import Tree
from ticketferry.sdk.codec import FieldRow, NoPlaceError
from ticketferry.sdk.messages import html_record, joined, named_files, tree_of

from . import marks
from .body import draft, draft_long, with_group
from .compile_stage import StageWriter
from .fields import WireValue, write_value
from .head import IssueHead
from .issue_rows import rows_of
from .lane import told
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

    def check_place(self, row: FieldRow, target: str) -> None:
        """Refuse what the create screen has not; a field without which Jira makes no issue is on each."""
        known = self.site.field_by_id(target)
        if row.default is None and (known["key"] if known is not None else target) not in self.screen:
            raise NoPlaceError(
                "JSM-SCREEN", f"the create screen of {self.head.type['name']} has no field for it",
                "Put the field on the create screen of the issue type.",
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
    writer.write(rows_of(site))
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
